/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_NAMES_H
#define HIVEAUDIT_NAMES_H

#include "options.h"
#include "rule/atr_names.h"

/* Reads the list of card names that --atr-names asks for; without that option, pcsc-tools' where
 * it is installed. *names is NULL where there is none. False after a message on standard error. */
bool names_load(struct arena *arena, const struct options *options, const struct atr_names **names);

#endif
