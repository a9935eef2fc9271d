/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_VERIFY_H
#define HIVEAUDIT_VERIFY_H

#include "options.h"
#include "report/manifest.h"

/* Reads the manifest that --verify names, goes to the working directory of its run, and gives the
 * options of that run, but for what it wrote: in place of that come the reports of these options,
 * whose paths are made absolute, and the verdict. False after a message on standard error. */
bool verify_load(struct arena *arena, const struct options *options, struct manifest *manifest,
                 struct options *again);

/* The exit status of a comparison, by that of its audit. */
int verify_status(int status, const struct comparison *comparison);

#endif
