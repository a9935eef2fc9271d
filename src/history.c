/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "history.h"

#include <string.h>

#include "base/text.h"

/* What makes a finding the same in another state of a hive, and the copies that show it. */
struct sighting {
    const char *rule, *key, *value; /* value NULL: the key as a whole */
    enum view view;
    unsigned *shadows;
    size_t count;
};

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? text_equal(a, b) : a == b;
}

static const char *value_name(const struct finding *finding)
{
    return finding->value ? finding->value->name : NULL;
}

static struct sighting *find_sighting(const struct history *history, const struct finding *finding)
{
    for (size_t i = 0; i < history->count; i++) {
        struct sighting *sighting = &history->items[i];
        if (strcmp(sighting->rule, finding->rule->id) == 0 &&
            sighting->view == finding->origin->view &&
            text_equal(sighting->key, finding->origin->key) &&
            is_same_text(sighting->value, value_name(finding)))
            return sighting;
    }
    return NULL;
}

static struct sighting *add_sighting(struct history *history, const struct finding *finding)
{
    struct arena *arena = history->arena;
    const char *value = value_name(finding);
    history->items = arena_grow(arena, history->items, history->count, sizeof *history->items);
    struct sighting *sighting = &history->items[history->count++];
    *sighting = (struct sighting){
        .rule = arena_strdup(arena, finding->rule->id),
        .key = arena_strdup(arena, finding->origin->key),
        .value = value ? arena_strdup(arena, value) : NULL,
        .view = finding->origin->view,
    };
    return sighting;
}

static void tell(struct history *history, struct finding *finding, unsigned shadow)
{
    struct sighting *sighting = find_sighting(history, finding);
    if (!sighting)
        sighting = add_sighting(history, finding);
    if (shadow) {
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

void history_end(struct history *history)
{
    arena_free(history->arena);
    *history = (struct history){0};
}
