/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/fix.h"

#include <stdlib.h>

#include "base/text.h"
#include "rule/pattern.h"

/* New findings that are held against all changes in one attempt. */
#define COMPARED_MAX 1000

/* What is known of the changes that make new findings. */
struct blame {
    struct arena *arena;
    struct fix *fix;
    const struct snapshot *repaired;
    const char **whys; /* one per change; NULL: it stays */
};

static struct findings select_timing(struct arena *arena, const struct findings *findings,
                                     enum timing timing)
{
    struct findings chosen = {.items = arena_alloc(arena, findings->count, sizeof *chosen.items)};
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].timing == timing)
            chosen.items[chosen.count++] = findings->items[i];
    return chosen;
}

static int compare_refusals(const void *left, const void *right)
{
    const struct fix_refusal *a = left, *b = right; /* findings of one array */
    return a->finding < b->finding ? -1 : a->finding > b->finding;
}

/* Drops the changes that are to blame; their findings are refused. */
static size_t drop_changes(const struct blame *blame)
{
    struct fix *fix = blame->fix;
    size_t left = 0, dropped = 0;
    for (size_t i = 0; i < fix->nchanges; i++) {
        const struct fix_change *change = &fix->changes[i];
        for (size_t j = 0; blame->whys[i] && j < change->nfindings; j++) {
            fix->refusals =
                arena_grow(blame->arena, fix->refusals, fix->nrefusals, sizeof *fix->refusals);
            fix->refusals[fix->nrefusals++] =
                (struct fix_refusal){change->findings[j], blame->whys[i]};
        }
        if (blame->whys[i])
            dropped++;
        else
            fix->changes[left++] = *change;
    }
    fix->nchanges = left;
    if (dropped)
        qsort(fix->refusals, fix->nrefusals, sizeof *fix->refusals, compare_refusals);
    return dropped;
}

/* As findings are sorted, and changes with them. */
static int compare_place(const void *key, const void *item)
{
    const struct origin *a = key, *b = &((const struct fix_change *)item)->key->origin;
    int order = (int)a->view - (int)b->view;
    return order ? order : text_compare(a->key, b->key);
}

/* The cards that an entry takes in the repaired hive. */
static bool find_pattern(const struct snapshot *repaired, const struct origin *origin,
                         struct pattern *pattern)
{
    if (origin->view >= NVIEWS)
        return false;
    const struct card *card = view_find_card(&repaired->views[origin->view], origin->name);
    return card && text_equal(card->key.origin.key, origin->key) && pattern_of(card, pattern);
}

/* Whether a finding may come of a repaired entry: it is about a copy of it in another view, or
 * about an entry some of whose cards it now takes. */
static bool may_come_of(const struct blame *blame, const struct finding *finding,
                        const struct pattern *own, const struct fix_change *change)
{
    const struct origin *origin = &change->key->origin;
    struct pattern pattern;
    if (text_equal(origin->name, finding->origin->name))
        return true;
    return own && origin->view == finding->origin->view &&
           find_pattern(blame->repaired, origin, &pattern) && patterns_overlap(own, &pattern);
}

static bool blame_others(const struct blame *blame, const struct finding *finding, const char *why)
{
    struct pattern own;
    bool has_own = find_pattern(blame->repaired, finding->origin, &own), found = false;
    for (size_t i = 0; i < blame->fix->nchanges; i++) {
        if (!may_come_of(blame, finding, has_own ? &own : NULL, &blame->fix->changes[i]))
            continue;
        blame->whys[i] = why;
        found = true;
    }
    return found;
}

/* Blames the change in the finding's own key. */
static bool blame_own(const struct blame *blame, const struct finding *finding, const char *why)
{
    struct fix *fix = blame->fix;
    struct fix_change *own =
        bsearch(finding->origin, fix->changes, fix->nchanges, sizeof *own, compare_place);
    if (own)
        blame->whys[own - fix->changes] = why;
    return own;
}

static void blame_all(const struct blame *blame, const char *why)
{
    for (size_t i = 0; i < blame->fix->nchanges; i++)
        blame->whys[i] = why;
}

/* A new finding comes of a change in its own key, or else of changes elsewhere that fit it; where
 * none does, all are to blame. */
static enum fix_result drop_for(struct arena *arena, struct fix *fix, const struct findings *added,
                                const struct snapshot *repaired, const char **fault)
{
    struct blame blame = {arena, fix, repaired, arena_alloc(arena, fix->nchanges, sizeof(char *))};
    size_t compared = 0;
    for (size_t i = 0; i < added->count; i++) {
        const struct finding *finding = &added->items[i];
        const char *why = arena_printf(arena, "repaired, it would bring %s of %s",
                                       finding->rule->id, finding->origin->key);
        if (!blame_own(&blame, finding, why) && compared++ < COMPARED_MAX &&
            !blame_others(&blame, finding, why))
            blame_all(&blame, why);
    }
    *fault = arena_printf(arena, "the repaired hive has %s of %s, which was not there before",
                          added->items[0].rule->id, added->items[0].origin->key);
    return drop_changes(&blame) ? FIX_ADAPTED : FIX_FAILED;
}

static struct findings list_promised(struct arena *arena, const struct fix *fix)
{
    struct findings promised = {0};
    for (size_t i = 0; i < fix->nchanges + fix->nsettled; i++) {
        bool is_change = i < fix->nchanges;
        const struct finding *const *findings =
            is_change ? fix->changes[i].findings : &fix->settled[i - fix->nchanges];
        for (size_t j = 0; j < (is_change ? fix->changes[i].nfindings : 1); j++) {
            promised.items =
                arena_grow(arena, promised.items, promised.count, sizeof *promised.items);
            promised.items[promised.count++] = *findings[j];
        }
    }
    return promised;
}

/* Moves findings from the refused ones to those that go without a change. */
static void promise(struct arena *arena, struct fix *fix, const struct findings *extra)
{
    size_t left = 0;
    qsort(extra->items, extra->count, sizeof *extra->items, finding_compare);
    for (size_t i = 0; i < fix->nrefusals; i++) {
        const struct finding *finding = fix->refusals[i].finding;
        if (!bsearch(finding, extra->items, extra->count, sizeof *finding, finding_compare)) {
            fix->refusals[left++] = fix->refusals[i];
            continue;
        }
        fix->settled = arena_grow(arena, fix->settled, fix->nsettled, sizeof(struct finding *));
        fix->settled[fix->nsettled++] = finding;
    }
    fix->nrefusals = left;
}

enum fix_result fix_settle(struct arena *arena, struct fix *fix, const struct findings *before,
                           const struct findings *after, const struct snapshot *repaired,
                           const char **fault)
{
    struct findings all = findings_join(arena, after, before);
    struct findings added = select_timing(arena, &all, TIMING_AFTER);
    struct findings gone = select_timing(arena, &all, TIMING_BEFORE);
    if (added.count)
        return drop_for(arena, fix, &added, repaired, fault);
    struct findings promised = list_promised(arena, fix);
    all = findings_join(arena, &promised, &gone);
    struct findings kept = select_timing(arena, &all, TIMING_AFTER);
    struct findings extra = select_timing(arena, &all, TIMING_BEFORE);
    if (kept.count) {
        *fault = arena_printf(arena, "the repaired hive still has %s of %s", kept.items[0].rule->id,
                              kept.items[0].origin->key);
        return FIX_FAILED;
    }
    promise(arena, fix, &extra);
    return extra.count ? FIX_ADAPTED : FIX_EXACT;
}
