/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUTS_H
#define HIVEAUDIT_INPUTS_H

#include "job.h"
#include "progress.h"
#include "report/report.h"

/* The files of evidence by their digests, before the run and after it: one record for each path. */
struct inputs {
    struct arena *arena;
    int stop_fd; /* where it can be read from, no digest is finished; -1: none */
    struct progress *progress;
    size_t total; /* that progress is of: candidates of the run, then files */
    struct input_file **items;
    size_t count;
    size_t ntaken; /* files that were taken, one that is taken for several candidates so often */
    void *by_path; /* a tree of them */
};

/* Takes the digests of all files of a candidate that are open, before its worker starts. One that
 * is there already has its digest. */
void inputs_add_job(struct inputs *inputs, size_t candidate, const struct job *job);

/* Likewise of a file in which an image goes on: a name in its folder, which a worker has sent. What
 * is there and is none is passed over: the worker cannot have read it. */
void inputs_add_part(struct inputs *inputs, size_t candidate, const char *image, int folder,
                     const char *name);

/* Likewise of a pipe, which its worker has read into a memfd, all or some of it. */
void inputs_add_stream(struct inputs *inputs, size_t candidate, const char *path, int memory);

/* Opens all files once more, takes their digests again, and says on standard error which are not
 * the same. False where it was stopped. */
bool inputs_compare(struct inputs *inputs);

/* The records in the order of evidence, whatever the number of jobs; behind inputs_compare. They
 * live in the arena. */
const struct input_record *inputs_list(const struct inputs *inputs, size_t *count);

void inputs_end(struct inputs *inputs);

#endif
