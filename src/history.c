/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "history.h"

#include <search.h>
#include <string.h>

#include "base/text.h"

/* What makes a finding the same in another state of a hive, and the copies that show it. */
struct sighting {
    const char *rule, *key, *value; /* value NULL: the key as a whole */
    struct slice card;
    enum view view;
    unsigned *shadows;
    size_t count;
};

static int compare_values(const char *a, const char *b)
{
    return a && b ? text_compare(a, b) : (a != NULL) - (b != NULL);
}

static int compare_sightings(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;
    int order = strcmp(a->rule, b->rule);
    if (order == 0)
        order = a->view < b->view ? -1 : a->view > b->view;
    if (order == 0)
        order = text_compare(a->key, b->key);
    if (order == 0)
        order = compare_values(a->value, b->value);
    return order ? order : slice_compare(a->card, b->card);
}

static struct sighting *add_sighting(struct history *history, const struct sighting *seen)
{
    struct arena *arena = history->arena;
    struct sighting *sighting = arena_alloc(arena, 1, sizeof *sighting);
    *sighting = (struct sighting){
        .rule = arena_strdup(arena, seen->rule),
        .key = arena_strdup(arena, seen->key),
        .value = seen->value ? arena_strdup(arena, seen->value) : NULL,
        .card = arena_dup(arena, seen->card),
        .view = seen->view,
    };
    if (!tsearch(sighting, &history->sightings, compare_sightings))
        end_out_of_memory();
    return sighting;
}

static struct sighting *find_sighting(struct history *history, const struct finding *finding)
{
    struct sighting seen = {.rule = finding->rule->id,
                            .key = finding->origin->key,
                            .value = finding->value ? finding->value->name : NULL,
                            .card = finding->card,
                            .view = finding->origin->view};
    struct sighting **found = tfind(&seen, &history->sightings, compare_sightings);
    return found ? *found : add_sighting(history, &seen);
}

/* Of one entry a rule may find several things, which are one here. */
static bool is_told(const struct sighting *sighting, unsigned shadow)
{
    return sighting->count && sighting->shadows[sighting->count - 1] == shadow;
}

static void tell(struct history *history, struct finding *finding, unsigned shadow)
{
    struct sighting *sighting = find_sighting(history, finding);
    if (shadow && !is_told(sighting, shadow)) {
        sighting->shadows = arena_grow(history->arena, sighting->shadows, sighting->count,
                                       sizeof *sighting->shadows);
        sighting->shadows[sighting->count++] = shadow;
    }
    finding->has_history = true;
    finding->shadows = sighting->shadows;
    finding->nshadows = sighting->count;
}

void history_add(struct history *history, const char *origin, unsigned shadow,
                 struct findings *findings)
{
    if (!history->arena || strcmp(history->origin, origin) != 0) {
        history_end(history);
        history->arena = arena_new();
        history->origin = arena_strdup(history->arena, origin);
    }
    history->copies += shadow != 0;
    for (size_t i = 0; i < findings->count && history->copies; i++)
        tell(history, &findings->items[i], shadow);
}

static void keep_sighting(void *sighting)
{
    (void)sighting; /* the arena's */
}

void history_end(struct history *history)
{
    tdestroy(history->sightings, keep_sighting);
    arena_free(history->arena);
    *history = (struct history){0};
}
