/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fix_job.h"

#include "base/cleanup.h"
#include "hive/hive_write.h"
#include "message.h"

/* Every line of the text counts: it is what an administrator would import. */
static bool apply(struct hive_image *image, struct slice bytes, struct diags *diags)
{
    struct reg_text text = reg_text_parse(diags->arena, bytes);
    const char *fault = NULL;
    if (text.nproblems)
        fault = text.problems[0].message;
    else if (!text.has_header)
        fault = "it has no header";
    if (!fault && hive_apply(diags->arena, image, &text, &fault))
        return true;
    diag_add(diags, DIAG_FAILED, NULL, "%s", fault);
    return false;
}

static bool run_text(const struct fix_job *job, struct hive_image *image, struct slice text,
                     int out)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena, .snapshot.requests = job->requests};
    struct read_plan plan = {
        .policy = LOGS_IGNORE, .requests = job->requests, .nrequests = job->nrequests};
    if (apply(image, text, &item.diags)) {
        struct source source = hive_image_source(image);
        item.size = source.size;
        item.read = snapshot_read(arena, &item.diags, &source, &plan, &item.snapshot);
    }
    message_send_item(out, (struct message){.member = ""}, &item);
    return item.read;
}

void fix_job_run(const void *context, int out)
{
    const struct fix_job *job = context;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct source source = hive_image_source(&job->hive);
    struct hive_image image = hive_image_load(&source, &diags);
    bool goes_on = image.fd >= 0;
    if (!goes_on) {
        struct wire_item item = {.diags = diags, .snapshot.requests = job->requests};
        message_send_item(out, (struct message){.member = ""}, &item);
    }
    for (size_t i = 0; goes_on && i < job->ntexts; i++)
        goes_on = run_text(job, &image, job->texts[i], out);
    message_send(out, &(struct message){.kind = MESSAGE_END});
    hive_image_close(&image);
}
