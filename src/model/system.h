/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_SYSTEM_H
#define HIVEAUDIT_MODEL_SYSTEM_H

#include "model/snapshot.h"

/* KSPs that are read; Windows brings less than ten. */
#define KSPS_MAX 1000

/* Reads the SYSTEM hive of a plan, which has one, on the way that SOFTWARE takes as well. What it
 * meets is at most a DIAG_INCOMPLETE and names the SYSTEM hive: SOFTWARE can be audited without. */
void system_read(struct arena *arena, struct diags *diags, const struct read_plan *plan,
                 struct system_config *system);

#endif
