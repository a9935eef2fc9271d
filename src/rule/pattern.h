/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_PATTERN_H
#define HIVEAUDIT_RULE_PATTERN_H

#include "base/arena.h"
#include "model/atr.h"
#include "model/snapshot.h"

/* Which cards an entry takes: those with (card & mask) == atr, of the same length (domain: A.3). No
 * bit of atr is outside mask, so that some card matches every pattern. */
struct pattern {
    const struct card *card;
    size_t index; /* of card in its view: the order in which Windows looks at the entries */
    uint8_t atr[ATR_LEN_API_MAX];
    uint8_t mask[ATR_LEN_API_MAX]; /* all FF where the entry has none */
    size_t len;                    /* of both, in bytes; ATR_LEN_MIN at least */
};

struct patterns {
    struct pattern *items;
    size_t count;
};

/* Sets all but index. False where no card can ever match the entry: its ATR is absent, of another
 * type, unreadable, of an impossible length or outside of the mask, or the mask does not fit. */
bool pattern_of(const struct card *card, struct pattern *pattern);

/* The patterns of a view, in its order. */
struct patterns patterns_collect(struct arena *arena, const struct view_config *config);

/* Whether a card with this ATR matches. */
bool pattern_matches(const struct pattern *pattern, struct slice atr);

/* Whether both match the same cards. */
bool patterns_equal(const struct pattern *a, const struct pattern *b);

/* Whether some card matches both. */
bool patterns_overlap(const struct pattern *a, const struct pattern *b);

/* Whether a matches every card that b matches. */
bool pattern_covers(const struct pattern *a, const struct pattern *b);

/* An ATR that two overlapping patterns both match: a->len bytes to example. */
void pattern_example(const struct pattern *a, const struct pattern *b,
                     uint8_t example[ATR_LEN_API_MAX]);

#endif
