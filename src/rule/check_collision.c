/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/text.h"

/* Computed once for all rules: each of them asks for one kind. */
static const struct collisions *collisions_of(struct judgement *judgement, enum view view)
{
    struct collisions **collisions = &judgement->collisions[view];
    if (!*collisions) {
        *collisions = arena_alloc(judgement->arena, 1, sizeof **collisions);
        **collisions = collisions_find(judgement->arena, &judgement->snapshot->os,
                                       &judgement->snapshot->views[view]);
    }
    return *collisions;
}

/* A card that both entries match. */
static const char *show_example(struct arena *arena, const struct collision *collision)
{
    uint8_t example[ATR_LEN_API_MAX];
    pattern_example(collision->earlier, collision->later, example);
    return text_hex(arena, (struct slice){example, collision->later->len}, " ");
}

/* "X" (and 2 more) */
static const char *show_earlier(struct arena *arena, const struct collision *collision)
{
    const char *name = collision->earlier->card->key.origin.name;
    return collision->more ? arena_printf(arena, "\"%s\" (and %zu more)", name, collision->more)
                           : arena_printf(arena, "\"%s\"", name);
}

static const char *describe(struct judgement *judgement, const struct collision *collision)
{
    struct arena *arena = judgement->arena;
    const char *earlier = show_earlier(arena, collision);
    const char *drivers = driver_describe_difference(
        arena, &judgement->snapshot->os, collision->earlier->card, collision->later->card);
    if (collision->kind == COLLISION_OVERLAP)
        return arena_printf(arena,
                            "cards that fit this entry, such as one with the ATR %s, are paired "
                            "with %s, which comes before it and has another driver: %s",
                            show_example(arena, collision), earlier, drivers);
    return arena_printf(arena,
                        "no card is paired with this entry: %s comes before it, for %s, and has "
                        "another driver: %s",
                        earlier,
                        collision->kind == COLLISION_DUPLICATE ? "the same cards"
                                                               : "all of its cards and others",
                        drivers);
}

static void add(struct judgement *judgement, const struct collision *collision)
{
    const struct pattern *later = collision->later;
    struct pair_detail *pair = arena_alloc(judgement->arena, 1, sizeof *pair);
    *pair = (struct pair_detail){.atr = later->card->field[CARD_ATR]->raw,
                                 .mask = later->card->field[CARD_ATR_MASK]->raw};
    struct finding *finding =
        judgement_add(judgement, &later->card->key.origin, later->card->field[CARD_ATR], "%s",
                      describe(judgement, collision));
    finding->pair = pair;
}

/* The check's detail is the kind of collision that it reports. */
void check_collision(struct judgement *judgement)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        if (!judgement_wants_view(judgement, view))
            continue;
        const struct view_config *config = &judgement->snapshot->views[view];
        const struct collisions *collisions = collisions_of(judgement, view);
        for (size_t i = 0; i < collisions->count; i++)
            if ((int)collisions->items[i].kind == judgement->rule->check->detail)
                add(judgement, &collisions->items[i]);
        if (!collisions->complete)
            judgement_add(judgement, &config->smart_cards.origin, NULL,
                          "too many entries overlap: not all of %zu were compared, so there may be "
                          "more of this, and others may come before those that are named",
                          config->ncards)
                ->severity = SEVERITY_NOTE;
    }
}
