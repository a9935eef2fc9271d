/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pattern.h"

#include <string.h>

#include "rule/pair.h"

/* Whether ATR is bytes of a possible length, and the mask bytes where it is there. Lengths and bits
 * of the mask are not asked of pair_judge: of a pair with several faults it names only the first,
 * and some of those that come before do not keep an entry from matching. */
static bool has_bytes(const struct card *card)
{
    enum pair_fault fault = pair_judge(card);
    return fault < PAIR_UNDECIDED || fault > PAIR_LENGTH_INVALID;
}

bool pattern_of(const struct card *card, struct pattern *pattern)
{
    if (!has_bytes(card))
        return false;
    struct slice atr = card->field[CARD_ATR]->raw, mask = card->field[CARD_ATR_MASK]->raw;
    bool has_mask = card->field[CARD_ATR_MASK]->state != VALUE_ABSENT;
    if (has_mask && mask.len != atr.len)
        return false;
    *pattern = (struct pattern){.card = card, .len = atr.len};
    memcpy(pattern->atr, atr.ptr, atr.len);
    memset(pattern->mask, 0xff, atr.len);
    if (has_mask)
        memcpy(pattern->mask, mask.ptr, atr.len);
    return !pair_is_outside(atr, mask);
}

struct patterns patterns_collect(struct arena *arena, const struct view_config *config)
{
    struct patterns patterns = {
        .items = arena_alloc(arena, config->ncards, sizeof *patterns.items),
    };
    for (size_t i = 0; i < config->ncards; i++) {
        struct pattern *pattern = &patterns.items[patterns.count];
        if (!pattern_of(&config->cards[i], pattern))
            continue;
        pattern->index = i;
        patterns.count++;
    }
    return patterns;
}

bool pattern_matches(const struct pattern *pattern, struct slice atr)
{
    return atr_matches(atr, (struct slice){pattern->atr, pattern->len},
                       (struct slice){pattern->mask, pattern->len});
}

bool patterns_equal(const struct pattern *a, const struct pattern *b)
{
    return a->len == b->len && memcmp(a->atr, b->atr, a->len) == 0 &&
           memcmp(a->mask, b->mask, a->len) == 0;
}

/* Two patterns of a length keep each other's cards out only by a bit that both compare, and for
 * which they want different values (domain: A.5). */
bool patterns_overlap(const struct pattern *a, const struct pattern *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if ((a->atr[i] ^ b->atr[i]) & a->mask[i] & b->mask[i])
            return false;
    return true;
}

bool pattern_covers(const struct pattern *a, const struct pattern *b)
{
    if (!patterns_overlap(a, b))
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (a->mask[i] & ~b->mask[i])
            return false;
    return true;
}

/* The bits that either wants; the others are free, and 0 is as good as 1. */
void pattern_example(const struct pattern *a, const struct pattern *b,
                     uint8_t example[ATR_LEN_API_MAX])
{
    for (size_t i = 0; i < a->len; i++)
        example[i] = a->atr[i] | b->atr[i];
}
