/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_JOB_H
#define HIVEAUDIT_JOB_H

#include "input/container.h"
#include "input/input.h"
#include "model/wire.h"
#include "worker/worker.h"

/* How all evidence of a run is read. */
struct job_settings {
    enum log_policy policy;
    const struct key_request *requests;
    size_t nrequests;
    int recovered_fd;               /* a memfd that takes the recovered hive; -1: none */
    bool hash;                      /* take digests of files that the registry names */
    bool is_for_hive;               /* what was asked for has a meaning for a hive file only */
    struct container_choice choice; /* what of an image is read */
    struct unlock unlock;           /* keys of encrypted volumes */
};

/* What one worker is to do: look at one piece of evidence, and send what it found. */
struct job {
    const struct job_settings *settings;
    struct input input;
    struct input *logs;
    size_t nlogs;
    bool has_system; /* the SYSTEM hive of the same Windows */
    struct input system;
    struct input *system_logs;
    size_t nsystem_logs;
    int drive;  /* the folder above the Windows folder that the hive lies in; negative: none */
    int folder; /* that of the file: an image names others in it; negative: none */
    int spool;  /* a memfd that takes a stream; negative: it is none */
    unsigned libraries; /* to be loaded, LIBRARY_BITs; an image is read once there are any */
};

/* The worker's side: a worker's prepare and job, with a struct job as their context. */
bool job_prepare(const void *context, int out);
void job_run(const void *context, int out);

#endif
