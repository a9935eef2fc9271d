/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HISTORY_H
#define HIVEAUDIT_HISTORY_H

#include "rule/finding.h"

/* In which shadow copies of a volume findings were seen: the copies come before the volume itself,
 * the oldest first, so that each finding shows when it came. Starts as zeros. */
struct history {
    struct arena *arena;
    void *sightings;    /* by rule, view, key and value: a tree of tsearch, which stays balanced */
    const char *origin; /* the hive whose copies these are */
    unsigned copies;    /* read so far */
};

/* Tells findings of a hive (origin: the same name for it and its copies; shadow: 0 for itself) in
 * which copies they were seen, this one included. What is no part of a history is left alone. */
void history_add(struct history *history, const char *origin, unsigned shadow,
                 struct findings *findings);

void history_end(struct history *history);

#endif
