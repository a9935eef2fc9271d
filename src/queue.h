/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_QUEUE_H
#define HIVEAUDIT_QUEUE_H

#include "evidence.h"
#include "input/candidates.h"
#include "progress.h"

struct inputs;

/* Many pieces of evidence, each read by a worker of its own, several side by side. */
struct queue_settings {
    struct job_settings job;
    struct sandbox sandbox;
    int stop_fd;      /* where it can be read from, the run ends; -1: none */
    int null_fd;      /* /dev/null, for the workers' standard streams */
    unsigned jobs;    /* workers at the same time, at least 1 */
    unsigned timeout; /* seconds for each; 0: none */
    struct beside beside;
    struct progress *progress;
    struct inputs *inputs; /* takes the digests of all files; NULL: not wanted */
};

/* What came of one candidate, in one part or, where it is an image, in several: what its worker
 * sent, and at the end perhaps a fault. */
struct outcome {
    bool may_recur;      /* other evidence may be identical */
    uint64_t id;         /* the same for identical evidence that was read once */
    const char *fault;   /* what happened to the evidence, in words; NULL: there is a result */
    struct slice result; /* for message_decode: an item */
    uint64_t size;       /* bytes of the evidence, where a fault kept its worker from saying it */
    bool is_last;        /* nothing more comes of this candidate */
};

/* Takes what came of a candidate. False: nothing more is wanted. */
typedef bool queue_take(void *context, const struct candidate *candidate,
                        const struct outcome *outcome);

/* Reads all candidates, each with what lies beside it, and hands over what came of them, in their
 * order whatever the number of jobs. Of identical evidence (same bytes, same logs) one is read and
 * stands for the others. Candidates that are no files are handed over with an outcome of zeros. */
bool queue_run(const struct queue_settings *settings, const struct candidates *candidates,
               queue_take *take, void *context);

#endif
