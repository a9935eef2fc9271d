/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_JSON_BASELINE_H
#define HIVEAUDIT_REPORT_JSON_BASELINE_H

#include "rule/baseline.h"

/* Reads what the formats json and jsonl have written as a baseline, which lives in the arena. NULL,
 * or what is wrong: "is no report ...". */
const char *json_read_baseline(struct arena *arena, struct slice bytes, struct baseline *baseline);

#endif
