/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pairing.h"

#include <string.h>

#include "model/atr.h"

static bool is_unreadable(const struct card *entry)
{
    return entry->field[CARD_ATR]->state == VALUE_UNREADABLE ||
           entry->field[CARD_ATR_MASK]->state == VALUE_UNREADABLE;
}

struct contenders contenders_collect(struct arena *arena, const struct view_config *config)
{
    struct contenders contenders = {
        .items = arena_alloc(arena, config->ncards, sizeof *contenders.items),
        .complete = config->smart_cards.state != KEY_UNREADABLE && !config->nlost,
    };
    for (size_t i = 0; i < config->ncards; i++) {
        const struct card *entry = &config->cards[i];
        if (is_unreadable(entry))
            contenders.complete = false;
        else if (contender_make(arena, entry, &contenders.items[contenders.count]))
            contenders.count++;
    }
    return contenders;
}

static bool takes(const struct contender *contender, struct slice card)
{
    return contender->takes_some && atr_matches(card, contender->atr, contender->mask);
}

static void add_match(struct arena *arena, struct pairing *pairing, const struct card *entry)
{
    if (!pairing->entry) {
        pairing->entry = entry;
    } else if (pairing->nothers == PAIRING_OTHERS_MAX) {
        pairing->more_others++;
    } else {
        pairing->others =
            arena_grow(arena, pairing->others, pairing->nothers, sizeof *pairing->others);
        pairing->others[pairing->nothers++] = entry;
    }
}

/* Keeps the nearest ones sorted; of equally near ones the first stays in front. */
static void add_near(struct pairing *pairing, const struct near_miss *miss)
{
    size_t at = pairing->nnear;
    while (at > 0 && near_miss_is_nearer(miss, &pairing->near[at - 1]))
        at--;
    bool is_full = pairing->nnear == PAIRING_NEAR_MAX;
    pairing->more_near += is_full;
    if (at == PAIRING_NEAR_MAX)
        return;
    size_t moved = pairing->nnear - at - is_full;
    memmove(&pairing->near[at + 1], &pairing->near[at], moved * sizeof *miss);
    pairing->near[at] = *miss;
    pairing->nnear += !is_full;
}

struct pairing pairing_find(struct arena *arena, const struct contenders *contenders,
                            struct slice atr)
{
    struct slice historical = atr_historical(atr, (struct slice){0});
    struct near_miss miss;
    struct pairing pairing = {
        .near = arena_alloc(arena, PAIRING_NEAR_MAX, sizeof *pairing.near),
        .complete = contenders->complete,
    };
    for (size_t i = 0; i < contenders->count; i++) {
        const struct contender *contender = &contenders->items[i];
        if (takes(contender, atr))
            add_match(arena, &pairing, contender->entry);
        else if (near_miss_judge(contender, atr, historical, &miss))
            add_near(&pairing, &miss);
    }
    return pairing;
}
