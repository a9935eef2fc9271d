/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/seen_cards.h"

#include "base/text.h"
#include "model/atr.h"
#include "model/atr_text.h"

/* The default value, which editors make of nothing, is a value like the others: names say nothing.
 */
static const char *find_fault(struct arena *arena, const struct regval *value)
{
    if (value->state == VALUE_UNREADABLE)
        return "could not be read";
    if (value->type != REG_BINARY)
        return arena_printf(arena, "is a %s, not a REG_BINARY", regtype_name(arena, value->type));
    if (value->raw.len < ATR_LEN_MIN || value->raw.len > ATR_LEN_ISO_MAX)
        return arena_printf(arena, "has %s, and an ATR %d to %d",
                            text_count_bytes(arena, value->raw.len), ATR_LEN_MIN, ATR_LEN_ISO_MAX);
    return NULL;
}

static struct seen_card take_value(struct arena *arena, enum atr_cache cache,
                                   const struct regkey *key, const struct regval *value)
{
    struct seen_card seen = {.cache = cache, .key = &key->origin, .value = value};
    seen.fault = find_fault(arena, value);
    if (seen.fault)
        return seen;
    struct atr decoded = atr_decode(value->raw, (struct slice){0});
    seen.atr = value->raw;
    seen.decoded = atr_describe(arena, value->raw, &decoded);
    seen.device_id = atr_device_id(arena, value->raw, (struct slice){0});
    return seen;
}

struct seen_cards seen_cards_list(struct arena *arena, const struct snapshot *snapshot)
{
    struct seen_cards cards = {0};
    size_t count = 0;
    for (int i = 0; i < NATR_CACHES; i++)
        count += snapshot->atr_caches[i].nvalues;
    cards.items = arena_alloc(arena, count, sizeof *cards.items);
    for (enum atr_cache i = 0; i < NATR_CACHES; i++) {
        const struct regkey *key = &snapshot->atr_caches[i];
        for (size_t j = 0; j < key->nvalues; j++)
            cards.items[cards.count++] = take_value(arena, i, key, &key->values[j]);
    }
    return cards;
}
