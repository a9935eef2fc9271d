/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_DAY_H
#define HIVEAUDIT_BASE_DAY_H

#include <stdbool.h>

/* Whether a text is a day of the Gregorian calendar as ISO 8601 writes it, "2027-01-31". Two such
 * texts come in the order of strcmp. */
bool day_is_valid(const char *text);

#endif
