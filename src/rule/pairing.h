/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_PAIRING_H
#define HIVEAUDIT_RULE_PAIRING_H

#include "rule/near_miss.h"
#include "rule/pattern_index.h"

/* More are counted, and not listed. */
#define PAIRING_OTHERS_MAX 20
#define PAIRING_NEAR_MAX   5

/* The entries of a view, made ready for many cards. */
struct contenders {
    struct contender *items; /* in the order of the view */
    size_t count;
    size_t nlooked;           /* of these the first: among them near misses are looked for */
    struct patterns patterns; /* of those that take some card */
    struct pattern_index index;
    uint64_t steps; /* to find those that take one card */
    bool complete;  /* every entry that is there could be read, as far as pairing needs it */
};

/* So many times a view of this hive is asked for a card: what one costs is limited accordingly. */
struct contenders contenders_collect(struct arena *arena, const struct view_config *config,
                                     size_t nquestions);

/* What becomes of a card in one view. */
struct pairing {
    const struct card *entry;   /* which takes it: the first that matches. NULL: none does */
    const struct card **others; /* which match as well, in the order of the view */
    size_t nothers, more_others;
    struct near_miss *near; /* the nearest first */
    size_t nnear, more_near;
    size_t nunlooked; /* entries that were not looked at for near misses: there are too many */
    bool complete;    /* else an entry that could not be read, or compared, may take it */
};

/* Pairs a card by its ATR as Windows does (domain: A.3, A.4): the first entry that matches, in the
 * order of the hive. */
struct pairing pairing_find(struct arena *arena, const struct contenders *contenders,
                            struct slice atr);

#endif
