/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PROVENANCE_H
#define HIVEAUDIT_PROVENANCE_H

#include "options.h"

/* What a manifest says of a run besides its evidence. */

/* Sets the files that the run uses, those of waivers as they were loaded, its working directory and
 * when it started. */
void provenance_describe(struct arena *arena, const struct options *options,
                         const struct rule_files *waivers, struct run *run);

/* Now, as a FILETIME. */
int64_t provenance_clock(void);

#endif
