/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rule/card_answer.h"
#include "rule/pair.h"
#include "rule/pattern_index.h"

/* As for collisions: 10,000 entries stay below it whatever they are. */
#define STEPS_MAX 50000000

const enum card_field listed_fields[NLISTED_FIELDS] = {CARD_ATR, CARD_ATR_MASK, CARD_MODULE,
                                                       CARD_CSP, CARD_KSP};

const char *const verdict_names[NVERDICTS] = {
    [VERDICT_PAIRS] = "pairs",           [VERDICT_SHARES] = "shares",
    [VERDICT_SHADOWED] = "shadowed",     [VERDICT_NEVER] = "never",
    [VERDICT_NO_ATR] = "no-atr",         [VERDICT_APPLICATION] = "application",
    [VERDICT_UNREADABLE] = "unreadable", [VERDICT_UNCOMPARED] = "uncompared",
};

struct slice inventory_mask(const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    bool fits = mask->state == VALUE_OK && mask->raw.len == atr->raw.len;
    return fits ? mask->raw : (struct slice){0};
}

/* The first byte with bits outside of the mask; of a pair whose lengths and types are right there
 * is one, or the entry would match. */
static const char *explain_bits(struct arena *arena, struct slice atr, struct slice mask)
{
    size_t i = 0;
    while (i + 1 < atr.len && !(atr.ptr[i] & ~mask.ptr[i]))
        i++;
    return arena_printf(arena, "byte %zu of its ATR is %02x and its mask %02x there", i, atr.ptr[i],
                        mask.ptr[i]);
}

static const char *explain_never(struct arena *arena, const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    switch (pair_judge(card)) {
    case PAIR_ATR_TYPE:
        return arena_printf(arena, "its ATR is a %s, not a REG_BINARY",
                            regtype_name(arena, atr->type));
    case PAIR_MASK_TYPE:
        return arena_printf(arena, "its ATRMask is a %s, not a REG_BINARY",
                            regtype_name(arena, mask->type));
    case PAIR_LENGTH_INVALID:
        return arena_printf(arena, "its ATR has %s, and a card's %d to %d",
                            text_count_bytes(arena, atr->raw.len), ATR_LEN_MIN, ATR_LEN_ISO_MAX);
    default:
        return mask->raw.len == atr->raw.len
                   ? explain_bits(arena, atr->raw, mask->raw)
                   : arena_printf(arena, "its ATR has %zu bytes and its ATRMask %zu", atr->raw.len,
                                  mask->raw.len);
    }
}

static const char *find_application(const struct card *card)
{
    for (int i = 0; i < NATR_CACHES; i++)
        if (text_equal(card->key.origin.name, discovery_steps[i].entry))
            return discovery_steps[i].application;
    return NULL;
}

/* Of an entry that has no pattern. */
static void judge_without_pattern(struct arena *arena, struct inventory_row *row)
{
    switch (pair_judge(row->card)) {
    case PAIR_UNDECIDED:
        row->verdict = VERDICT_UNREADABLE;
        break;
    case PAIR_NO_ATR:
        row->reason = find_application(row->card);
        row->verdict = row->reason ? VERDICT_APPLICATION : VERDICT_NO_ATR;
        break;
    default:
        row->verdict = VERDICT_NEVER;
        row->reason = explain_never(arena, row->card);
    }
}

/* What stands in front of a group: the first that takes all of its cards, or else some; SIZE_MAX
 * where there is none. */
struct ahead {
    size_t coverer, sharer;
};

static struct ahead find_ahead(const struct pattern_index *index, const struct pattern_group *group,
                               uint64_t *steps)
{
    struct ahead ahead = {SIZE_MAX, SIZE_MAX};
    struct pattern_walk walk = pattern_walk_start(index, &index->patterns[group->places[0]]);
    for (const struct pattern_group *other; (other = pattern_walk_next(&walk, steps));) {
        size_t place = other->places[0];
        if (place >= group->places[0])
            continue;
        if (pattern_group_covers(other, group))
            ahead.coverer = place < ahead.coverer ? place : ahead.coverer;
        else
            ahead.sharer = place < ahead.sharer ? place : ahead.sharer;
    }
    return ahead;
}

/* Of entries with the same pattern, the first hides the others. */
static void judge_group(const struct patterns *patterns, const struct pattern_group *group,
                        struct ahead ahead, struct inventory_row *rows)
{
    for (size_t i = 0; i < group->count; i++) {
        struct inventory_row *row = &rows[patterns->items[group->places[i]].index];
        size_t coverer = ahead.coverer != SIZE_MAX ? ahead.coverer
                         : i                       ? group->places[0]
                                                   : SIZE_MAX;
        size_t earlier = coverer != SIZE_MAX ? coverer : ahead.sharer;
        row->verdict = coverer != SIZE_MAX   ? VERDICT_SHADOWED
                       : earlier != SIZE_MAX ? VERDICT_SHARES
                                             : VERDICT_PAIRS;
        row->earlier = earlier != SIZE_MAX ? patterns->items[earlier].card : NULL;
    }
}

/* Rows are those of the view, in its order. What is behind the end of the index stays uncompared.
 */
static void judge_patterns(struct arena *arena, const struct view_config *config,
                           struct inventory_row *rows)
{
    struct patterns patterns = patterns_collect(arena, config);
    for (size_t i = 0; i < patterns.count; i++)
        rows[patterns.items[i].index].verdict = VERDICT_UNCOMPARED;
    struct pattern_index index = pattern_index_build(arena, &patterns);
    uint64_t steps = STEPS_MAX;
    for (size_t i = 0; i < index.ngroups; i++) {
        struct ahead ahead = find_ahead(&index, &index.groups[i], &steps);
        if (!steps)
            return;
        judge_group(&patterns, &index.groups[i], ahead, rows);
    }
}

static void add_view(struct arena *arena, const struct snapshot *snapshot, enum view view,
                     struct inventory *inventory)
{
    const struct view_config *config = &snapshot->views[view];
    struct inventory_row *rows = arena_alloc(arena, config->ncards, sizeof *rows);
    struct pattern pattern;
    judge_patterns(arena, config, rows);
    for (size_t i = 0; i < config->ncards; i++) {
        rows[i].card = &config->cards[i];
        rows[i].in_view[view] = true;
        rows[i].archs[view] = 1u << snapshot->os.arch;
        if (!pattern_of(rows[i].card, &pattern))
            judge_without_pattern(arena, &rows[i]);
        inventory->rows =
            arena_grow(arena, inventory->rows, inventory->count, sizeof *inventory->rows);
        inventory->rows[inventory->count++] = rows[i];
    }
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_names(const struct inventory_row *a, const struct inventory_row *b)
{
    const char *name = a->card->key.origin.name, *other = b->card->key.origin.name;
    int order = text_compare(name, other);
    return order ? order : strcmp(name, other);
}

static int compare_values(const struct regval *a, const struct regval *b)
{
    if (a->state != b->state || a->type != b->type)
        return a->state != b->state ? (int)a->state - (int)b->state : a->type < b->type ? -1 : 1;
    return slice_compare(a->raw, b->raw);
}

/* Whatever a report says of them but where they are. */
static int compare_contents(const struct inventory_row *a, const struct inventory_row *b)
{
    int order = compare_names(a, b);
    for (size_t i = 0; i < NLISTED_FIELDS && !order; i++)
        order = compare_values(a->card->field[listed_fields[i]], b->card->field[listed_fields[i]]);
    if (!order)
        order = (int)a->verdict - (int)b->verdict;
    if (!order)
        order = compare_texts(a->earlier ? a->earlier->key.origin.name : NULL,
                              b->earlier ? b->earlier->key.origin.name : NULL);
    return order ? order : compare_texts(a->reason, b->reason);
}

/* Views in their order, and of an INF architectures. */
static int compare_places(const struct inventory_row *a, const struct inventory_row *b)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        if (a->in_view[view] != b->in_view[view])
            return a->in_view[view] ? -1 : 1;
        unsigned first = a->archs[view] & -a->archs[view], other = b->archs[view] & -b->archs[view];
        if (first != other)
            return first < other ? -1 : 1;
    }
    /* One name twice in one view: by their cells, or lines. */
    const struct origin *origin = &a->card->key.origin, *behind = &b->card->key.origin;
    if (origin->offset != behind->offset)
        return origin->offset < behind->offset ? -1 : 1;
    return origin->line < behind->line ? -1 : origin->line > behind->line;
}

static int compare_to_unite(const void *left, const void *right)
{
    int order = compare_contents(left, right);
    return order ? order : compare_places(left, right);
}

static int compare_to_show(const void *left, const void *right)
{
    int order = compare_names(left, right);
    return order ? order : compare_places(left, right);
}

static void sort(struct inventory *inventory, int (*compare)(const void *left, const void *right))
{
    if (inventory->count)
        qsort(inventory->rows, inventory->count, sizeof *inventory->rows, compare);
}

/* A name that is twice in one view stays two rows: they are two entries. */
static bool can_unite(const struct inventory_row *to, const struct inventory_row *from)
{
    for (enum view view = 0; view < NVIEWS; view++)
        if (to->archs[view] & from->archs[view])
            return false;
    return compare_contents(to, from) == 0;
}

static void unite(struct inventory *inventory)
{
    size_t count = 0;
    for (size_t i = 0; i < inventory->count; i++) {
        struct inventory_row *from = &inventory->rows[i];
        struct inventory_row *to = count ? &inventory->rows[count - 1] : NULL;
        if (!to || !can_unite(to, from)) {
            inventory->rows[count++] = *from;
            continue;
        }
        for (enum view view = 0; view < NVIEWS; view++) {
            to->in_view[view] |= from->in_view[view];
            to->archs[view] |= from->archs[view];
        }
    }
    inventory->count = count;
}

struct inventory inventory_collect(struct arena *arena, const struct snapshot *snapshot)
{
    struct inventory inventory = {0};
    for (const struct snapshot *at = snapshot; at; at = at->variant)
        for (enum view view = 0; view < NVIEWS; view++)
            add_view(arena, at, view, &inventory);
    return inventory;
}

struct inventory inventory_list(struct arena *arena, const struct snapshot *snapshot)
{
    struct inventory inventory = inventory_collect(arena, snapshot);
    sort(&inventory, compare_to_unite);
    unite(&inventory);
    sort(&inventory, compare_to_show);
    return inventory;
}
