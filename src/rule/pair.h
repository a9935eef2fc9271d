/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_PAIR_H
#define HIVEAUDIT_RULE_PAIR_H

#include "model/snapshot.h"

/* What is wrong with an entry's ATR and mask: one fault, the first of these that holds. */
enum pair_fault {
    PAIR_SOUND,
    PAIR_UNDECIDED, /* a value is unreadable */
    PAIR_NO_ATR,
    PAIR_ATR_TYPE,
    PAIR_MASK_TYPE,
    PAIR_LENGTH_INVALID,  /* under 2 or over 36 bytes */
    PAIR_LENGTH_OVER_ISO, /* 34 to 36 bytes */
    PAIR_MASK_LENGTH,
    PAIR_MASK_ZERO,
    PAIR_OUTSIDE_MASK,
    PAIR_MASK_WEAK,
    PAIR_STRUCTURE,
    PAIR_NO_MASK, /* sound, but every bit counts */
};

enum pair_fault pair_judge(const struct card *card);

/* Whether an ATR has bits outside of its mask, as far as both go. */
bool pair_is_outside(struct slice atr, struct slice mask);

/* Such an ATR without these bits; both have one length. */
struct slice pair_repair(struct arena *arena, struct slice atr, struct slice mask);

#endif
