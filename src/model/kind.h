/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_KIND_H
#define HIVEAUDIT_MODEL_KIND_H

#include "hive/hive.h"

/* What hive this is, judged by its keys: NULL for a SOFTWARE hive, else words for what it is
 * instead ("a SYSTEM hive"). */
const char *kind_other_than_software(struct hive *hive);

/* Likewise for a SYSTEM hive. */
const char *kind_other_than_system(struct hive *hive);

#endif
