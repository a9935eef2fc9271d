/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "job.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "hive/hive.h"
#include "hive/image.h"
#include "input/digest.h"

static_assert(DIGEST_SIZE == WORKER_DIGEST_SIZE, "a worker asks by the digest of its evidence");

/* Evidence that cannot be read to its end has no twin; reading it says why. */
static void ask(const struct job *job, const struct source *hive, const struct source *logs,
                const struct channel *channel)
{
    const struct source *sources[1 + job->nlogs];
    uint8_t digest[DIGEST_SIZE];
    sources[0] = hive;
    for (size_t i = 0; i < job->nlogs; i++)
        sources[1 + i] = &logs[i];
    if (!digest_sources(sources, 1 + job->nlogs, digest))
        return;
    channel_send(channel, FRAME_DIGEST, (struct slice){.ptr = digest, .len = sizeof digest});
    channel_await(channel);
}

/* The parent's memfd takes the bytes; it writes them where they were asked for. */
static void keep_recovered(struct hive_image *recovered, int fd, struct diags *diags)
{
    struct source source = hive_image_source(recovered);
    if (recovered->fd >= 0 && !source_copy(&source, fd))
        diag_add(diags, DIAG_FAILED, NULL, "the recovered hive cannot be kept: %s",
                 strerror(errno));
    hive_image_close(recovered);
}

static void read_evidence(const struct job *job, const struct input *input,
                          const struct channel *channel, struct wire_item *item)
{
    struct arena *arena = item->diags.arena;
    struct source hive = input_source(input);
    struct source *logs = arena_alloc(arena, job->nlogs, sizeof *logs);
    for (size_t i = 0; i < job->nlogs; i++)
        logs[i] = input_source(&job->logs[i]);
    if (job->asks)
        ask(job, &hive, logs, channel);
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

void job_run(void *context, const struct channel *channel)
{
    const struct job *job = context;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena};
    struct input input = job->input;
    bool is_hive;
    item.snapshot.requests = job->settings->requests;
    if (input_read(&input, &item.diags, &is_hive))
        read_evidence(job, &input, channel, &item);
    else if (!is_hive)
        item.snapshot.hive.kind = HIVE_KIND_NONE;
    item.size = input.size;
    struct slice bytes = wire_encode(&item);
    channel_send(channel, FRAME_RESULT, bytes);
    free((void *)bytes.ptr);
}
