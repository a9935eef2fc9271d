/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_DRIVER_H
#define HIVEAUDIT_RULE_DRIVER_H

#include "model/snapshot.h"

/* What an entry leads to. Two lead to the same where all parts are the same texts. */
#define NDRIVER_PARTS 3
extern const enum card_field driver_parts[NDRIVER_PARTS]; /* minidriver, CSP, KSP */

struct driver {
    bool is_known;                    /* all of it could be read */
    const char *parts[NDRIVER_PARTS]; /* to compare, in capitals; "" where there is none. The
                                       * minidriver as the path where this Windows looks for it */
};

struct driver driver_of(struct arena *arena, const struct os_build *os, const struct card *card);

/* Orders drivers, in the manner of strcmp. */
int driver_compare(const struct driver *a, const struct driver *b);

/* In what the drivers of two entries differ, for people: "80000001 is "a.dll" there and "b.dll"
 * here". Not yet escaped. */
const char *driver_describe_difference(struct arena *arena, const struct os_build *os,
                                       const struct card *there, const struct card *here);

#endif
