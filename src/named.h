/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_NAMED_H
#define HIVEAUDIT_NAMED_H

#include "input/candidates.h"
#include "options.h"

/* What the command line names, before any of it is read. */

/* Whether logs and the SYSTEM hive can be opened: what is named is wanted, and without it nothing
 * can be relied on. False after a message on standard error. */
bool named_check_files(const struct options *options);

/* The evidence. False after a message on standard error. */
bool named_list_candidates(const struct options *options, struct candidates *candidates);

#endif
