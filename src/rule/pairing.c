/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pairing.h"

#include <string.h>

#include "model/atr.h"

/* Comparisons of cards with entries, for all cards and views of a hive: a vendor's thousand cards
 * with all entries of ten thousand, and of a hostile million with some. */
#define NEAR_STEPS_MAX  100000000
#define MATCH_STEPS_MAX 200000000

static bool is_unreadable(const struct card *entry)
{
    return entry->field[CARD_ATR]->state == VALUE_UNREADABLE ||
           entry->field[CARD_ATR_MASK]->state == VALUE_UNREADABLE;
}

struct contenders contenders_collect(struct arena *arena, const struct view_config *config,
                                     size_t nquestions)
{
    struct contenders contenders = {
        .items = arena_alloc(arena, config->ncards, sizeof *contenders.items),
        .patterns = patterns_collect(arena, config),
        .steps = MATCH_STEPS_MAX / (nquestions + !nquestions),
        .complete = config->smart_cards.state != KEY_UNREADABLE && !config->nlost,
    };
    for (size_t i = 0; i < config->ncards; i++) {
        const struct card *entry = &config->cards[i];
        if (is_unreadable(entry))
            contenders.complete = false;
        else if (contender_make(arena, entry, &contenders.items[contenders.count]))
            contenders.count++;
    }
    size_t most = NEAR_STEPS_MAX / (nquestions + !nquestions);
    contenders.nlooked = contenders.count < most ? contenders.count : most;
    contenders.index = pattern_index_build(arena, &contenders.patterns);
    return contenders;
}

/* Entries that take a card: places in patterns. */
struct matches {
    size_t first[1 + PAIRING_OTHERS_MAX]; /* ascending */
    size_t kept, count;
};

static void add_match(struct matches *matches, size_t place)
{
    const size_t most = sizeof matches->first / sizeof *matches->first;
    size_t at = matches->kept;
    matches->count++;
    if (at == most && place > matches->first[most - 1])
        return;
    matches->kept += at < most;
    at -= at == most;
    for (; at > 0 && matches->first[at - 1] > place; at--)
        matches->first[at] = matches->first[at - 1];
    matches->first[at] = place;
}

/* By the index, and what is behind its end one by one. False where not all were compared. */
static bool find_matches(const struct contenders *contenders, struct slice atr,
                         struct matches *matches)
{
    const struct pattern *patterns = contenders->patterns.items;
    uint64_t steps = contenders->steps;
    struct pattern card = {.len = atr.len};
    if (atr.len < ATR_LEN_MIN || atr.len > ATR_LEN_API_MAX)
        return true;
    memcpy(card.atr, atr.ptr, atr.len);
    memset(card.mask, 0xff, atr.len);
    struct pattern_walk walk = pattern_walk_start(&contenders->index, &card);
    for (const struct pattern_group *group; (group = pattern_walk_next(&walk, &steps));)
        for (size_t i = 0; i < group->count && steps; i++, steps--)
            add_match(matches, group->places[i]);
    for (size_t i = PATTERNS_INDEXED_MAX; i < contenders->patterns.count && steps; i++, steps--)
        if (pattern_matches(&patterns[i], atr))
            add_match(matches, i);
    return steps;
}

static void set_matches(struct arena *arena, const struct contenders *contenders,
                        const struct matches *matches, struct pairing *pairing)
{
    const struct pattern *patterns = contenders->patterns.items;
    if (!matches->kept)
        return;
    pairing->entry = patterns[matches->first[0]].card;
    pairing->nothers = matches->kept - 1;
    pairing->more_others = matches->count - matches->kept;
    pairing->others = arena_alloc(arena, pairing->nothers, sizeof *pairing->others);
    for (size_t i = 0; i < pairing->nothers; i++)
        pairing->others[i] = patterns[matches->first[i + 1]].card;
}

static bool takes(const struct contender *contender, struct slice card)
{
    return contender->takes_some && atr_matches(card, contender->atr, contender->mask);
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

static void find_near(const struct contenders *contenders, struct slice atr,
                      struct pairing *pairing)
{
    struct slice historical = atr_historical(atr, (struct slice){0});
    struct near_miss miss;
    for (size_t i = 0; i < contenders->nlooked; i++) {
        const struct contender *contender = &contenders->items[i];
        if (near_miss_judge(contender, atr, historical, &miss) && !takes(contender, atr))
            add_near(pairing, &miss);
    }
    pairing->nunlooked = contenders->count - contenders->nlooked;
}

struct pairing pairing_find(struct arena *arena, const struct contenders *contenders,
                            struct slice atr)
{
    struct pairing pairing = {.near = arena_alloc(arena, PAIRING_NEAR_MAX, sizeof *pairing.near)};
    struct matches matches = {0};
    pairing.complete = find_matches(contenders, atr, &matches) && contenders->complete;
    set_matches(arena, contenders, &matches, &pairing);
    find_near(contenders, atr, &pairing);
    return pairing;
}
