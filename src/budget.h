/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BUDGET_H
#define HIVEAUDIT_BUDGET_H

#include "job.h"

/* What a worker may use up. timeout: seconds for a hive; 0: no limit. */

/* What is read of an image is a hive, however large the image is. The processor's time, which adds
 * up over the hives of an image, has no limit there. */
struct sandbox_limits budget_limits(const struct job *job, unsigned timeout);

/* Seconds for the first hive, and for looking through an image before it. */
unsigned budget_time(const struct job *job, unsigned timeout);

#endif
