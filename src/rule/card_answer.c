/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/card_answer.h"

#include <stdlib.h>

#include "model/atr.h"
#include "model/atr_text.h"

const struct discovery_step discovery_steps[NATR_CACHES] = {
    [ATR_CACHE_PIV] = {"PIV Device ATR Cache", "PIV", "Identity Device (NIST SP 800-73 [PIV])"},
    [ATR_CACHE_IDMP] = {"IDMP ATR Cache", "GIDS", "Identity Device (Microsoft Generic Profile)"},
};

/* The values of a cache that may be ATRs, sorted by their data: a hostile one has a million. Their
 * names say nothing. */
struct cached {
    const struct regval **values;
    size_t count;
};

static int compare_cached(const void *left, const void *right)
{
    const struct regval *a = *(const struct regval *const *)left;
    const struct regval *b = *(const struct regval *const *)right;
    int order = slice_compare(a->raw, b->raw);
    return order ? order : a < b ? -1 : a > b; /* both in the array of the key */
}

static struct cached sort_cached(struct arena *arena, const struct regkey *cache)
{
    struct cached cached = {.values = arena_alloc(arena, cache->nvalues, sizeof *cached.values)};
    for (size_t i = 0; i < cache->nvalues; i++) {
        const struct regval *value = &cache->values[i];
        if (value->state != VALUE_UNREADABLE && value->type == REG_BINARY)
            cached.values[cached.count++] = value;
    }
    if (cached.count)
        qsort(cached.values, cached.count, sizeof *cached.values, compare_cached);
    return cached;
}

/* The first value that is a whole ATR, or NULL. */
static const struct regval *find_cached(const struct cached *cached, struct slice atr)
{
    size_t low = 0, high = cached->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice_compare(cached->values[middle]->raw, atr) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < cached->count && slice_compare(cached->values[low]->raw, atr) == 0;
    return found ? cached->values[low] : NULL;
}

/* Any other number than 0, and any other type, leave it on. */
static enum plug_and_play judge_policy(const struct regkey *policy)
{
    const struct regval *value = regkey_value(policy, "EnableScPnP");
    uint32_t number;
    if (value->state == VALUE_UNREADABLE)
        return PNP_UNKNOWN;
    return regval_dword(value, &number) && number == 0 ? PNP_OFF : PNP_ON;
}

/* The entries of one view of one snapshot. */
struct searched_view {
    const struct snapshot *snapshot;
    enum view view;
    struct contenders contenders;
};

struct searched_views {
    struct searched_view *items;
    size_t count;
    struct cached
        caches[NATR_CACHES]; /* of the first snapshot; only an INF has more, and no cache */
};

static const struct discovery *discover(struct arena *arena, const struct searched_views *views,
                                        const struct searched_view *searched, struct slice atr)
{
    const struct snapshot *snapshot = searched->snapshot;
    struct discovery *discovery = arena_alloc(arena, 1, sizeof *discovery);
    discovery->plug_and_play = judge_policy(&snapshot->policies[POLICY_SCPNP]);
    for (int i = 0; i < NATR_CACHES; i++) {
        const struct regkey *cache = &snapshot->atr_caches[i];
        discovery->cached[i] = find_cached(&views->caches[i], atr);
        discovery->cache_unknown[i] = cache->state == KEY_UNREADABLE && !discovery->cached[i];
        discovery->inbox[i] =
            view_find_card(&snapshot->views[searched->view], discovery_steps[i].entry);
    }
    return discovery;
}

static struct searched_views list_views(struct arena *arena, const struct snapshot *snapshot,
                                        size_t ncards)
{
    struct searched_views views = {0};
    for (int i = 0; i < NATR_CACHES; i++)
        views.caches[i] = sort_cached(arena, &snapshot->atr_caches[i]);
    for (; snapshot; snapshot = snapshot->variant)
        for (enum view view = 0; view < NVIEWS; view++) {
            if (!snapshot->views[view].exists)
                continue;
            views.items = arena_grow(arena, views.items, views.count, sizeof *views.items);
            views.items[views.count++] = (struct searched_view){.snapshot = snapshot, .view = view};
        }
    for (size_t i = 0; i < views.count; i++) {
        struct searched_view *searched = &views.items[i];
        searched->contenders = contenders_collect(arena, &searched->snapshot->views[searched->view],
                                                  ncards * views.count);
    }
    return views;
}

/* What a text does not name is unknown: it says nothing of what follows. */
static struct view_answer answer_view(struct arena *arena, const struct searched_views *views,
                                      const struct searched_view *searched, struct slice atr)
{
    const struct snapshot *snapshot = searched->snapshot;
    struct view_answer answer = {
        .view = searched->view,
        .arch = snapshot->os.arch,
        .where = &snapshot->views[searched->view].smart_cards,
        .pairing = pairing_find(arena, &searched->contenders, atr),
    };
    if (!answer.pairing.entry && !snapshot->package)
        answer.after = discover(arena, views, searched, atr);
    return answer;
}

static struct card_answer answer_card(struct arena *arena, const struct searched_views *views,
                                      const struct asked_card *asked)
{
    struct slice atr = asked->atr;
    struct atr decoded = atr_decode(atr, (struct slice){0});
    struct card_answer answer = {
        .asked = asked,
        .device_id = atr_device_id(arena, atr, (struct slice){0}),
        .decoded = atr_describe(arena, atr, &decoded),
        .views = arena_alloc(arena, views->count, sizeof *answer.views),
        .nviews = views->count,
    };
    for (size_t i = 0; i < views->count; i++) {
        answer.views[i] = answer_view(arena, views, &views->items[i], atr);
        answer.pairs = answer.pairs || answer.views[i].pairing.entry;
    }
    return answer;
}

struct card_answer *cards_answer(struct arena *arena, const struct asked_cards *cards,
                                 const struct snapshot *snapshot)
{
    struct searched_views views = list_views(arena, snapshot, cards->count);
    struct card_answer *answers = arena_alloc(arena, cards->count, sizeof *answers);
    for (size_t i = 0; i < cards->count; i++)
        answers[i] = answer_card(arena, &views, &cards->items[i]);
    return answers;
}

void cards_count(const struct card_answer *answers, size_t count, size_t counts[2])
{
    for (size_t i = 0; i < count; i++)
        counts[answers[i].pairs]++;
}
