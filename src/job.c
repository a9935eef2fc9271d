/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hive/hive.h"
#include "hive/image.h"

/* The parent's memfd takes the bytes, all or none: it writes them where they were asked for. */
static void keep_recovered(struct hive_image *recovered, int fd, struct diags *diags)
{
    struct source source = hive_image_source(recovered);
    if (recovered->fd >= 0 && !source_copy(&source, fd)) {
        diag_add(diags, DIAG_INCOMPLETE, NULL, "the recovered hive cannot be kept: %s",
                 strerror(errno));
        if (ftruncate(fd, 0) < 0)
            end_out_of_memory();
    }
    hive_image_close(recovered);
}

static void read_evidence(const struct job *job, const struct input *input, struct wire_item *item)
{
    struct arena *arena = item->diags.arena;
    struct source hive = input_source(input);
    struct source *logs = arena_alloc(arena, job->nlogs, sizeof *logs);
    for (size_t i = 0; i < job->nlogs; i++)
        logs[i] = input_source(&job->logs[i]);
    struct hive_image recovered = {.fd = -1};
    struct read_plan plan = {
        .logs = logs,
        .nlogs = job->nlogs,
        .policy = job->settings->policy,
        .requests = job->settings->requests,
        .nrequests = job->settings->nrequests,
        .recovered = job->settings->recovered_fd >= 0 ? &recovered : NULL,
    };
    item->read = snapshot_read(arena, &item->diags, &hive, &plan, &item->snapshot);
    keep_recovered(&recovered, job->settings->recovered_fd, &item->diags);
}

void job_run(const void *context, int out)
{
    const struct job *job = context;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena};
    struct input input = job->input;
    bool is_hive;
    item.snapshot.requests = job->settings->requests;
    if (input_read(&input, &item.diags, &is_hive))
        read_evidence(job, &input, &item);
    else if (!is_hive)
        item.snapshot.hive.kind = HIVE_KIND_NONE;
    item.size = input.size;
    struct slice bytes = wire_encode(&item);
    worker_send(out, bytes);
    free((void *)bytes.ptr);
}
