/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_OPTIONS_CHECK_H
#define HIVEAUDIT_OPTIONS_CHECK_H

#include "options.h"

/* Checks what only the whole command line can tell: what does not go together, what is missing.
 * False after a message on standard error. */
bool options_check(const struct options *options);

/* An option that was given and is for one hive: "--log"; NULL where there is none. */
const char *options_find_single(const struct options *options);

/* What can be told of all places that are written to, with those that no option names. False after
 * a message. */
bool options_check_outputs(const struct options *options);

#endif
