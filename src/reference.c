/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "hive/hive.h"
#include "judged.h"

/* A file being read. */
struct attempt {
    struct reference *reference;
    struct judge judge;
    bool failed;
};

void reference_complain(const struct reference *reference, const char *what)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *path = text_from_utf8(arena, reference->path, strlen(reference->path));
    fprintf(stderr, "hiveaudit: --%s: %s: %s\n", reference->option, text_escape(arena, path),
            text_escape(arena, what));
}

static void fail(struct attempt *attempt, const char *what)
{
    reference_complain(attempt->reference, what);
    attempt->failed = true;
}

static void refuse_parts(struct attempt *attempt, const struct diags *diags)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (diag->level != DIAG_NOTE)
            fail(attempt, diag->key ? arena_printf(arena, "%s: %s", diag->key, diag->message)
                                    : diag->message);
    }
    if (diags->worst != DIAG_NOTE)
        attempt->failed = true;
}

/* Takes over what the judge would forget. */
static void keep(struct reference *reference, struct judged *judged)
{
    struct snapshot *snapshot = arena_alloc(judged->arena, 1, sizeof *snapshot);
    *snapshot = judged->item.snapshot;
    reference->arena = judged->arena;
    reference->snapshot = snapshot;
    *judged = (struct judged){0};
}

static void take_result(struct attempt *attempt, const struct candidate *candidate,
                        const struct outcome *outcome)
{
    struct judged *judged = judge_take(&attempt->judge, outcome);
    if (judged->fault) {
        fail(attempt, WORKER_NONSENSE);
        return;
    }
    if (judged_is_passed_over(judged, candidate))
        return;
    refuse_parts(attempt, &judged->item.diags);
    if (!attempt->failed && attempt->reference->snapshot)
        fail(attempt, "holds more than one hive");
    if (!attempt->failed)
        keep(attempt->reference, judged);
}

static bool take_outcome(void *context, const struct candidate *candidate,
                         const struct outcome *outcome)
{
    struct attempt *attempt = context;
    if (outcome->fault)
        fail(attempt, outcome->fault);
    else
        take_result(attempt, candidate, outcome);
    return !attempt->failed;
}

/* The same way as for evidence, but that no option about the evidence is one about this file. */
static bool read_file(struct reference *reference, const struct options *options, int null_fd)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct ruleset no_rules = {0};
    struct recovered not_wanted = {0};
    struct progress progress = {0};
    struct candidate candidate = {.kind = CANDIDATE_NAMED, .path = reference->path};
    struct candidates candidates = {.arena = arena, .items = &candidate, .count = 1};
    struct queue_settings settings = {
        .job = {.policy = options->log_policy, .recovered_fd = -1},
        .sandbox = options->sandbox,
        .null_fd = null_fd,
        .stop_fd = -1,
        .jobs = 1,
        .timeout = options->timeout,
        .progress = &progress,
    };
    struct attempt attempt = {
        .reference = reference,
        .judge = {.options = options, .ruleset = &no_rules, .recovered = &not_wanted}};
    queue_run(&settings, &candidates, take_outcome, &attempt);
    judge_end(&attempt.judge);
    if (!attempt.failed && !reference->snapshot)
        fail(&attempt, "holds no SOFTWARE hive");
    return !attempt.failed && reference->snapshot;
}

/* Nothing is opened behind --rules-from, so that this process needs no more than to print. With
 * other options, rules are still to be read and reports to be opened. */
static bool confine(const struct options *options)
{
    if (options->mode != MODE_RULES_FROM || sandbox_enter_parent(&options->sandbox, NULL, 0))
        return true;
    fprintf(stderr, "hiveaudit: the sandbox cannot be entered: %s (see --sandbox)\n",
            strerror(errno));
    return false;
}

bool reference_read(struct reference *reference, const struct options *options)
{
    struct hive_converters converters;
    CLEANUP(fd) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0 || !hive_load_converters(&converters)) {
        reference_complain(reference, "cannot be read: /dev/null or iconv is not to be had here");
        return false;
    }
    bool is_read = confine(options) && read_file(reference, options, null_fd);
    hive_unload_converters(&converters);
    return is_read;
}
