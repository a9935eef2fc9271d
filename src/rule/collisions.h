/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_COLLISIONS_H
#define HIVEAUDIT_RULE_COLLISIONS_H

#include "rule/driver.h"
#include "rule/pattern.h"

/* What an entry has to do with earlier ones of the same view that lead to another driver; the first
 * that holds. */
enum collision_kind {
    COLLISION_DUPLICATE, /* one has the same pattern */
    COLLISION_SHADOWED,  /* one takes all of its cards, and some more */
    COLLISION_OVERLAP,   /* one takes some of its cards */
};

struct collision {
    enum collision_kind kind;
    const struct pattern *earlier, *later; /* earlier is the first that is meant */
    size_t more;                           /* further ones that are earlier, too */
};

struct collisions {
    struct collision *items; /* in the order of the later entries: one for each at most */
    size_t count;
    bool complete; /* all entries were compared: there are no others */
};

/* Finds the collisions of a view, in the arena. An entry is left out where an earlier one with the
 * same driver takes its cards: whatever happens to them happens there. So is one whose driver
 * cannot be read.
 */
struct collisions collisions_find(struct arena *arena, const struct os_build *os,
                                  const struct view_config *config);

#endif
