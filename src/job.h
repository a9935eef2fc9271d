/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_JOB_H
#define HIVEAUDIT_JOB_H

#include "input/input.h"
#include "model/wire.h"
#include "worker/worker.h"

/* How all hives of a run are read. */
struct job_settings {
    enum log_policy policy;
    const struct key_request *requests;
    size_t nrequests;
    int recovered_fd; /* a memfd that takes the recovered hive; -1: none */
};

/* What one worker is to do: look at one piece of evidence, and send what it found. */
struct job {
    const struct job_settings *settings;
    struct input input;
    struct input *logs;
    size_t nlogs;
};

/* The worker's side: a worker_job, with a struct job as its context. */
void job_run(const void *context, int out);

#endif
