/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_ATR_NAMES_H
#define HIVEAUDIT_RULE_ATR_NAMES_H

#include "model/atr.h"
#include "rule/rule.h"

/* An ATR, or several that differ in some places, and what the card is called. */
struct known_card {
    const uint16_t *nibbles; /* two for each byte, the high one first; bit N set: it may be N */
    size_t len;              /* bytes that they stand for */
    size_t gap;              /* bytes in front of any number of others; SIZE_MAX: no such place */
    const uint8_t *atr;      /* len bytes, where this is one ATR; NULL: several */
    struct strings names;    /* in the order of the list */
};

/* Which cards are known, from a list in the format of pcsc-tools' smartcard_list.txt: lines of
 * ATRs, with "." for any digit, "[..]" for one of several, ".*" for any bytes; below each, lines
 * that start with a blank and say what the card is. */
struct atr_names {
    const char *file;         /* where it was read, for reports; NULL: not from a file */
    struct known_card *cards; /* by length, those with a gap last; else in the order of the list */
    size_t count;
    size_t first[ATR_LEN_API_MAX + 2]; /* the first card of a length, or of a greater one */
    size_t nmalformed;                 /* lines that are not understood, and skipped */
    unsigned malformed_line;           /* the first of them, from 1 */
};

/* Reads a list; whatever the bytes are, what is understood of them. Lives in the arena. */
struct atr_names *atr_names_parse(struct arena *arena, struct slice bytes);

/* What the card with an ATR is called; names may be NULL. Of many names, the first ones. */
struct strings atr_names_find(struct arena *arena, const struct atr_names *names, struct slice atr);

#endif
