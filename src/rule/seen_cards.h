/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_SEEN_CARDS_H
#define HIVEAUDIT_RULE_SEEN_CARDS_H

#include "model/snapshot.h"

/* A value of an ATR cache: the ATR of a card that was inserted here and had the application of the
 * cache (domain: A.4). Whoever can write the key can make one up. */
struct seen_card {
    enum atr_cache cache;
    const struct origin
        *key; /* of the cache: when it was last written is known of all its values */
    const struct regval *value;
    struct slice atr;      /* len 0: the value is none */
    const char *fault;     /* why it is none: "is a REG_SZ, not a REG_BINARY"; NULL: it is one */
    const char *decoded;   /* the ATR in words; NULL where there is none */
    const char *device_id; /* NULL where its historical bytes give none */
};

struct seen_cards {
    struct seen_card *items; /* by cache, in the order of its values */
    size_t count;
};

struct seen_cards seen_cards_list(struct arena *arena, const struct snapshot *snapshot);

#endif
