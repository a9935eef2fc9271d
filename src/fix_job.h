/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_FIX_JOB_H
#define HIVEAUDIT_FIX_JOB_H

#include "base/slice.h"
#include "hive/image.h"
#include "model/snapshot.h"

/* A repair to try: the texts are applied to a copy of the hive in turn, and after each the hive is
 * read and sent. */
struct fix_job {
    struct hive_image hive;    /* hostile, and never changed */
    const struct slice *texts; /* .reg files */
    size_t ntexts;
    const struct key_request *requests;
    size_t nrequests;
};

/* The worker's side: a worker's job, with a struct fix_job as its context. It sends an item for
 * each text, or up to one that says why it could not be applied. */
void fix_job_run(const void *context, int out);

#endif
