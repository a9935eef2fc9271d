/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_CARD_ANSWER_H
#define HIVEAUDIT_RULE_CARD_ANSWER_H

#include "rule/pairing.h"

/* A card that is asked about. */
struct asked_card {
    struct slice atr; /* ATR_LEN_MIN to ATR_LEN_ISO_MAX bytes */
    const char *name; /* as the user calls it; NULL: not at all */
};

struct asked_cards {
    struct asked_card *items;
    size_t count;
};

/* Where discovery goes on with a card that no entry takes (domain: D.1): first the ATRs of cards
 * that once had an application, then that application itself, and either leads to an entry of
 * Windows. One row per enum atr_cache. */
struct discovery_step {
    const char *cache, *application, *entry;
};
extern const struct discovery_step discovery_steps[NATR_CACHES];

enum plug_and_play {
    PNP_ON,
    PNP_OFF,     /* EnableScPnP is 0 */
    PNP_UNKNOWN, /* the policy could not be read */
};

/* What follows where no entry of a view takes a card. */
struct discovery {
    const struct regval *cached[NATR_CACHES]; /* the value of the cache that is the ATR, or NULL */
    bool cache_unknown[NATR_CACHES];          /* the cache could not be read as a whole */
    const struct card *inbox[NATR_CACHES];    /* the entry of Windows in this view, or NULL */
    enum plug_and_play plug_and_play;
};

/* A card in one view. */
struct view_answer {
    enum view view;
    enum arch arch;             /* of an INF, the architecture that it is installed on */
    const struct regkey *where; /* the key of the entries */
    struct pairing pairing;
    const struct discovery *after; /* NULL: an entry takes it, or a text does not say the rest */
};

/* A card in one piece of evidence. */
struct card_answer {
    const struct asked_card *asked;
    const char *device_id;     /* NULL: its historical bytes give none */
    const char *decoded;       /* the ATR in words */
    struct view_answer *views; /* those that exist; of an INF, of each architecture */
    size_t nviews;
    bool pairs; /* some entry takes it, in some view */
};

/* Answers for each card, in their order. */
struct card_answer *cards_answer(struct arena *arena, const struct asked_cards *cards,
                                 const struct snapshot *snapshot);

/* Adds up how many pair with no entry, and how many with one. */
void cards_count(const struct card_answer *answers, size_t count, size_t counts[2]);

#endif
