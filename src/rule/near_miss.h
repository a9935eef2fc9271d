/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_NEAR_MISS_H
#define HIVEAUDIT_RULE_NEAR_MISS_H

#include "base/arena.h"
#include "model/snapshot.h"

/* What keeps an entry from taking a card. The first ones keep it from taking any. */
enum miss_reason {
    MISS_ATR_TYPE,     /* ATR is no REG_BINARY */
    MISS_MASK_TYPE,    /* nor is ATRMask */
    MISS_ATR_LENGTH,   /* ATR has under 2 or over 36 bytes */
    MISS_MASK_LENGTH,  /* ATRMask has another length than ATR */
    MISS_OUTSIDE_MASK, /* ATR has bits outside ATRMask */
    MISS_CARD_LENGTH,  /* ATR has another length than the card's */
    MISS_BYTES,        /* bytes that the mask compares differ */
    NMISS_REASONS,
};
#define MISS_FAULTS ((1u << MISS_CARD_LENGTH) - 1)

/* "atr-type", "mask-type" ... */
extern const char *const miss_reason_names[NMISS_REASONS];

/* An entry, read as it seems to be meant, to be compared with cards: an ATR that was written as
 * text is the bytes that its digits say. */
struct contender {
    const struct card *entry;
    bool takes_some;         /* some card matches it; then atr and mask are what Windows compares */
    unsigned faults;         /* bits by enum miss_reason */
    struct slice atr, mask;  /* as stored; mask.ptr NULL: there is none */
    bool ignores_mask;       /* compared without: the mask is all zero, and the ATR is not */
    struct slice historical; /* len 0: none, or not known as a whole */
};

/* False where the entry cannot be compared: without an ATR, or with one that cannot be read. */
bool contender_make(struct arena *arena, const struct card *entry, struct contender *contender);

/* An entry that does not take a card and is near to it. */
struct near_miss {
    const struct card *entry;
    unsigned reasons; /* bits by enum miss_reason */
    struct slice atr, mask;
    bool same_device;  /* its historical bytes are the card's, so that the device ID is the same */
    size_t distance;   /* bytes that differ or are on one side only, as far as the mask compares */
    size_t ndiffering; /* those that differ, if it were repaired */
    bool has_first;    /* of these the first; of none, the first that keeps them from being equal */
    size_t first;
};

/* Compares a card with an entry that does not take it. False where they are not near: up to
 * NEAR_DISTANCE_MAX bytes apart, and less than half of those that are compared; or the same but for
 * the length; or the same historical bytes. */
#define NEAR_DISTANCE_MAX 3
bool near_miss_judge(const struct contender *contender, struct slice card, struct slice historical,
                     struct near_miss *miss);

/* Whether a is nearer: one that would take the card if it were repaired, before one of the same
 * device ID, before fewer bytes apart. */
bool near_miss_is_nearer(const struct near_miss *a, const struct near_miss *b);

/* One for each byte of the longest of card, ATR and mask: not 0 where they differ, or where one is
 * missing. *len gets their number; 0 where none is marked. */
const uint8_t *near_miss_mark(struct arena *arena, const struct near_miss *miss, struct slice card,
                              size_t *len);

/* The ATR as it has to be stored; len 0 where that would be guessing. */
struct slice near_miss_repair(struct arena *arena, const struct near_miss *miss);

/* Why it does not take the card, for people: "byte 4 is 2a, and 40 on the card". */
const char *near_miss_describe(struct arena *arena, const struct near_miss *miss,
                               struct slice card);

#endif
