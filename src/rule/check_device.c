/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rule/pattern_index.h"

/* Comparisons of one view; more than any real one takes by far. What is left out is said. */
#define STEPS_MAX 10000000

/* An entry of a card with a device ID and a minidriver. */
struct device {
    struct slice id;    /* the historical bytes */
    const char *module; /* in capitals */
    const struct pattern *pattern;
};

/* Plug and Play makes the device ID of all historical bytes (domain: D.1): with one of them masked,
 * or none at all, the entry has none to compare. */
static bool find_device(struct judgement *judgement, const struct pattern *pattern,
                        struct device *device)
{
    struct slice atr = {pattern->atr, pattern->len}, mask = {pattern->mask, pattern->len};
    struct slice id = atr_historical(atr, mask);
    if (!id.len)
        return false;
    struct driver driver = driver_of(judgement->arena, &judgement->snapshot->os, pattern->card);
    *device = (struct device){id, driver.parts[0], pattern};
    return driver.is_known && *device->module;
}

static int compare_modules(const void *left, const void *right)
{
    const struct device *a = left, *b = right;
    int order = slice_compare(a->id, b->id);
    if (!order)
        order = strcmp(a->module, b->module);
    return order ? order : (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

static int compare_places(const void *left, const void *right)
{
    const struct device *a = left, *b = right;
    int order = slice_compare(a->id, b->id);
    return order ? order : (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

/* Of the entries with one device ID and one minidriver only the first is kept: each device ID is
 * left with the first entry of each of its minidrivers, in the order of the view. */
static size_t collect_devices(struct judgement *judgement, const struct patterns *patterns,
                              struct device *devices)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < patterns->count; i++)
        count += find_device(judgement, &patterns->items[i], &devices[count]);
    if (count)
        qsort(devices, count, sizeof *devices, compare_modules);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || slice_compare(devices[i - 1].id, devices[i].id) != 0 ||
            strcmp(devices[i - 1].module, devices[i].module) != 0)
            devices[kept++] = devices[i];
    if (kept)
        qsort(devices, kept, sizeof *devices, compare_places);
    return kept;
}

static void add(struct judgement *judgement, const struct device *device,
                const struct device *earlier, size_t more)
{
    struct arena *arena = judgement->arena;
    const struct card *card = device->pattern->card, *other = earlier->pattern->card;
    struct slice atr = {device->pattern->atr, device->pattern->len};
    struct slice mask = {device->pattern->mask, device->pattern->len};
    const char *others = more ? arena_printf(arena, " (and %zu more)", more) : "";
    judgement_add(judgement, &card->key.origin, card->field[CARD_MODULE],
                  "the device ID %s is that of \"%s\"%s, too, with another "
                  "minidriver: %s there and %s here",
                  atr_device_id(arena, atr, mask), other->key.origin.name, others,
                  regval_show(arena, other->field[CARD_MODULE]),
                  regval_show(arena, card->field[CARD_MODULE]));
}

/* Compares a device with those from first on, all of its device ID. Patterns that overlap are the
 * matter of other rules. */
static void compare_device(struct judgement *judgement, const struct device *first,
                           const struct device *device, uint64_t *steps)
{
    const struct device *named = NULL;
    size_t more = 0;
    for (const struct device *earlier = first; earlier < device && *steps; earlier++) {
        --*steps;
        if (patterns_overlap(earlier->pattern, device->pattern))
            continue;
        more += named != NULL;
        named = named ? named : earlier;
    }
    if (named)
        add(judgement, device, named, more);
}

static void judge_devices(struct judgement *judgement, const struct view_config *config)
{
    struct patterns patterns = patterns_collect(judgement->arena, config);
    struct device *devices = arena_alloc(judgement->arena, patterns.count + 1, sizeof *devices);
    size_t count = collect_devices(judgement, &patterns, devices), first = 0;
    uint64_t steps = STEPS_MAX;
    for (size_t i = 1; i < count; i++) {
        first = slice_compare(devices[first].id, devices[i].id) == 0 ? first : i;
        compare_device(judgement, &devices[first], &devices[i], &steps);
    }
    if (!steps)
        judgement_add(judgement, &config->smart_cards.origin, NULL,
                      "too many entries share device IDs: not all of them were compared")
            ->severity = SEVERITY_NOTE;
}

void check_device_id(struct judgement *judgement)
{
    for (enum view view = 0; view < NVIEWS; view++)
        if (judgement_wants_view(judgement, view))
            judge_devices(judgement, &judgement->snapshot->views[view]);
}

/* The entries of a view that are none of those that Windows fills the caches for. */
static struct patterns collect_vendors(struct judgement *judgement, enum view view)
{
    struct patterns patterns =
        patterns_collect(judgement->arena, &judgement->snapshot->views[view]);
    size_t kept = 0;
    for (size_t i = 0; i < patterns.count; i++)
        if (!strings_hold(&judgement->rule->parameters[0], patterns.items[i].card->key.origin.name))
            patterns.items[kept++] = patterns.items[i];
    patterns.count = kept;
    return patterns;
}

static void judge_cached(struct judgement *judgement, enum atr_cache cache,
                         const struct pattern_index *indexes, uint64_t *steps)
{
    const struct regkey *key = &judgement->snapshot->atr_caches[cache];
    for (size_t i = 0; i < key->nvalues && *steps; i++) {
        const struct regval *value = &key->values[i];
        const struct pattern *pattern = NULL;
        if (value->state != VALUE_OK || value->type != REG_BINARY)
            continue;
        for (enum view view = 0; view < NVIEWS && !pattern; view++)
            pattern = pattern_index_pair(&indexes[view], value->raw, steps);
        if (pattern)
            judgement_add(judgement, &key->origin, value,
                          "a card with the ATR %s was once served by the %s driver of Windows, and "
                          "is now paired with \"%s\" (%s)",
                          text_hex(judgement->arena, value->raw, " "),
                          cache == ATR_CACHE_PIV ? "PIV" : "GIDS", pattern->card->key.origin.name,
                          view_name(pattern->card->key.origin.view));
    }
}

/* The caches hold the ATRs of cards for which Windows found no entry, and which answered to PIV or
 * GIDS (domain: A.4). */
void check_atr_cache(struct judgement *judgement)
{
    struct pattern_index indexes[NVIEWS] = {0};
    uint64_t steps = STEPS_MAX;
    bool complete = true;
    for (enum view view = 0; view < NVIEWS; view++) {
        if (!judgement_wants_view(judgement, view))
            continue;
        struct patterns vendors = collect_vendors(judgement, view);
        indexes[view] = pattern_index_build(judgement->arena, &vendors);
        complete &= vendors.count <= PATTERNS_INDEXED_MAX;
    }
    for (enum atr_cache cache = 0; cache < NATR_CACHES; cache++)
        judge_cached(judgement, cache, indexes, &steps);
    if (!steps || !complete)
        judgement_add(judgement, &judgement->snapshot->views[VIEW_NATIVE].calais.origin, NULL,
                      "too many cached ATRs or entries: not all of them were compared")
            ->severity = SEVERITY_NOTE;
}
