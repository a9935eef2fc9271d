/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_AUDIT_H
#define HIVEAUDIT_AUDIT_H

#include "options.h"

/* Exit statuses, as --help says them. */
enum { STATUS_CLEAN = 0, STATUS_FINDINGS = 1, STATUS_ERROR = 2, STATUS_INCOMPLETE = 3 };

/* Audits every piece of evidence and reports it. Returns the exit status: the worst input decides.
 */
int audit_run(struct arena *arena, const struct options *options, struct ruleset *ruleset);

#endif
