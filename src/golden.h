/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_GOLDEN_H
#define HIVEAUDIT_GOLDEN_H

#include "reference.h"

/* Reads the hive that --golden names, if it does. False after messages on standard error. */
bool golden_load(struct reference *golden, const struct options *options);

#endif
