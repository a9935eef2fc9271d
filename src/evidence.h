/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_EVIDENCE_H
#define HIVEAUDIT_EVIDENCE_H

#include "input/logs.h"
#include "job.h"

/* What is named for all evidence of a run, in place of what lies beside it. */
struct beside {
    const char *const *logs; /* paths; none: those beside the hive */
    size_t nlogs;
    const char *system; /* path; NULL: the one beside the hive */
};

/* Opens the files of a piece of evidence by its path, and sets up a job for them: no byte of them
 * is interpreted here. Texts live in the arena. False where something ran out that running workers
 * will give back; where the evidence cannot be opened, its descriptor is negative and a diagnostic
 * says why. */
bool evidence_open(struct arena *arena, struct diags *diags, struct log_finder *finder,
                   const struct beside *beside, const char *path, struct job *job);
void evidence_close(struct job *job);

/* Opens also the folder in which an image names other files. */
void evidence_open_folder(struct arena *arena, const char *path, struct job *job);

/* The descriptors of a job that is open: up to EVIDENCE_FDS_MAX. */
#define EVIDENCE_FDS_MAX (6 + 2 * LOGS_MAX)
size_t evidence_list_fds(const struct job *job, int *fds);

/* Their bytes: the hive, then what lies beside it. */
size_t evidence_list_sources(const struct job *job, struct source *sources);

/* The digest of a hive and what lies beside it, to find its twins. False where it is none, is
 * larger than hives are, or cannot be read: then it is not worth its time. */
bool evidence_take_digest(const struct job *job, uint8_t *digest);

/* Of these, what the worker may open again by their paths, with all that is below folders. */
size_t evidence_list_readable(const struct job *job, int *fds);

#endif
