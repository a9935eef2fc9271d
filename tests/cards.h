/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_CARDS_H
#define HIVEAUDIT_TESTS_CARDS_H

/* What the tests of pairing share: entries and views made of bytes, without a hive. */

#include "support.h"

#include <string.h>

#include "base/text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* Bytes of their hex digits; none of NULL. */
static inline struct slice cards_bytes(struct arena *arena, const char *hex)
{
    struct slice bytes = {0};
    if (hex)
        assert_true(text_parse_hex(arena, hex, &bytes));
    return bytes;
}

static inline void cards_set(struct arena *arena, struct card *entry, enum card_field field,
                             struct regval value)
{
    struct regval *copy = arena_alloc(arena, 1, sizeof *copy);
    *copy = value;
    copy->name = card_fields[field].value;
    entry->field[field] = copy;
}

static inline struct regval cards_binary(struct slice bytes)
{
    return (struct regval){
        .state = bytes.ptr ? VALUE_OK : VALUE_ABSENT, .type = REG_BINARY, .raw = bytes};
}

static inline struct regval cards_text(const char *text)
{
    return (struct regval){.state = VALUE_OK, .type = REG_SZ, .text = text, .seen = text};
}

/* An entry with a name, an ATR and a mask, each in hex or NULL: it has none. */
static inline void cards_make(struct arena *arena, struct card *entry, const char *name,
                              const char *atr, const char *mask)
{
    *entry = (struct card){.key.origin = {.key = name, .name = name}};
    for (enum card_field field = 0; field < NCARD_FIELDS; field++)
        cards_set(arena, entry, field, (struct regval){.state = VALUE_ABSENT});
    cards_set(arena, entry, CARD_ATR, cards_binary(cards_bytes(arena, atr)));
    cards_set(arena, entry, CARD_ATR_MASK, cards_binary(cards_bytes(arena, mask)));
}

#endif
