/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_ID_SET_H
#define HIVEAUDIT_RULE_ID_SET_H

#include <stddef.h>

#include "base/arena.h"

/* Ids of rules, each with a number of the caller's: rules that were made of a package are many. */
struct id_slot {
    const char *id;
    size_t number;
};

/* Starts as zeros. */
struct id_set {
    struct id_slot *slots;
    size_t nslots, count;
};

/* The slot of an id, which is added with the number 0 where it is not there. Kept by reference; the
 * slot may move with the next one. */
struct id_slot *id_set_take(struct arena *arena, struct id_set *set, const char *id);

#endif
