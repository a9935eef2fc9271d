/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/collisions.h"

#include <stdlib.h>

#include "rule/pattern_index.h"

/* How it scales. Entries with equal patterns are one group, whose members take one turn each.
 * Groups are joined over the trie of pattern_index: a pattern that overlaps nothing costs some
 * hundred comparisons at most, one for each value of a byte in which others differ from it; only
 * where masks leave out the first bytes it can be one for each other pattern. Patterns that overlap
 * are looked at in pairs. So 100,000 entries as vendors make them are far below this budget, 10,000
 * that do not overlap whatever their masks are, and 7,000 that all do. Beyond it, the rest is not
 * compared, and complete is false. */
#define STEPS_MAX 50000000

#define NONE SIZE_MAX

/* What the earlier entries are to one entry. All numbers are places in patterns. */
struct role {
    size_t driver;
    bool is_copy;     /* an earlier entry has its pattern and driver */
    size_t coverer;   /* the first that takes all of its cards, of any driver */
    size_t same;      /* the first that takes some, of the same driver */
    size_t other;     /* the first that takes some, of another driver */
    size_t twin;      /* the first with its pattern, of another driver */
    size_t ncovering; /* of another driver, without twins */
    size_t nother;    /* likewise */
    size_t ntwins;
};

struct join {
    struct arena *arena;
    struct patterns patterns;
    struct pattern_index index;
    struct role *roles;
    size_t ndrivers;
    uint64_t steps; /* left of the budget */
};

struct numbered_driver {
    struct driver driver;
    size_t place;
};

static int compare_numbered(const void *left, const void *right)
{
    const struct numbered_driver *a = left, *b = right;
    return driver_compare(&a->driver, &b->driver);
}

/* The patterns whose drivers are known, as many as are compared. */
static void collect(struct join *join, const struct os_build *os, struct patterns patterns,
                    struct numbered_driver *drivers)
{
    join->patterns.items = patterns.items;
    for (size_t i = 0; i < patterns.count && join->patterns.count < PATTERNS_INDEXED_MAX; i++) {
        size_t place = join->patterns.count;
        drivers[place] =
            (struct numbered_driver){driver_of(join->arena, os, patterns.items[i].card), place};
        if (drivers[place].driver.is_known)
            join->patterns.items[join->patterns.count++] = patterns.items[i];
    }
}

/* Gives equal drivers equal numbers. */
static void number_drivers(struct join *join, struct numbered_driver *drivers)
{
    size_t count = join->patterns.count;
    if (count)
        qsort(drivers, count, sizeof *drivers, compare_numbered);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_numbered(&drivers[i - 1], &drivers[i]) != 0)
            join->ndrivers++;
        join->roles[drivers[i].place] = (struct role){
            .driver = join->ndrivers - 1,
            .coverer = NONE,
            .same = NONE,
            .other = NONE,
            .twin = NONE,
        };
    }
}

/* Among equals the first of each driver counts; all that come before it have other drivers. */
static void relate_equals(struct join *join)
{
    size_t *last_seen = arena_alloc(join->arena, join->ndrivers, sizeof *last_seen);
    for (size_t i = 0; i < join->index.ngroups; i++) {
        const struct pattern_group *group = &join->index.groups[i];
        for (size_t j = 0; j < group->count; j++) {
            struct role *role = &join->roles[group->places[j]];
            role->is_copy = last_seen[role->driver] == i + 1;
            last_seen[role->driver] = i + 1;
            if (j == 0)
                continue;
            role->coverer = role->twin = group->places[0];
            role->ntwins = j;
        }
    }
}

static void note_earlier(struct join *join, size_t later, size_t earlier, bool covers)
{
    struct role *role = &join->roles[later];
    if (covers && earlier < role->coverer)
        role->coverer = earlier;
    if (join->roles[earlier].driver == role->driver) {
        role->same = earlier < role->same ? earlier : role->same;
        return;
    }
    role->other = earlier < role->other ? earlier : role->other;
    role->nother++;
    role->ncovering += covers;
}

/* Tells the members of one group about the earlier members of another that it overlaps. */
static void meet(struct join *join, const struct pattern_group *to,
                 const struct pattern_group *other)
{
    if (other->places[0] > to->places[to->count - 1])
        return;
    bool covers = pattern_group_covers(other, to);
    for (size_t i = 0; i < to->count && join->steps; i++) {
        if (join->roles[to->places[i]].is_copy)
            continue;
        for (size_t j = 0; j < other->count && other->places[j] < to->places[i]; j++) {
            if (!join->steps)
                return;
            join->steps--;
            note_earlier(join, to->places[i], other->places[j], covers);
        }
    }
}

/* Each pair of groups is met once: where one of them stands behind the other in the index. */
static void relate_groups(struct join *join)
{
    for (size_t i = 0; i < join->index.ngroups && join->steps; i++) {
        const struct pattern_group *group = &join->index.groups[i], *other;
        struct pattern_walk walk =
            pattern_walk_start(&join->index, &join->patterns.items[group->places[0]]);
        walk.at = i + 1;
        while ((other = pattern_walk_next(&walk, &join->steps))) {
            meet(join, group, other);
            meet(join, other, group);
        }
    }
}

/* Whether the card to show, which an entry shares with an earlier one of another driver, goes to
 * its own driver all the same, by a still earlier entry. The other driver's entry then collides
 * with that. */
static bool keeps_its_card(struct join *join, size_t place)
{
    const struct role *role = &join->roles[place];
    const struct pattern *items = join->patterns.items;
    uint8_t example[ATR_LEN_API_MAX];
    pattern_example(&items[role->other], &items[place], example);
    for (size_t i = role->same; i < role->other; i++) {
        if (!join->steps)
            return true;
        join->steps--;
        if (pattern_matches(&items[i], (struct slice){example, items[place].len}))
            return true;
    }
    return false;
}

static void add(struct join *join, struct collisions *collisions, enum collision_kind kind,
                size_t place, size_t earlier, size_t count)
{
    const struct pattern *items = join->patterns.items;
    collisions->items[collisions->count++] =
        (struct collision){kind, &items[earlier], &items[place], count - 1};
}

static void judge(struct join *join, struct collisions *collisions, size_t place)
{
    const struct role *role = &join->roles[place];
    if (role->is_copy)
        return;
    if (role->coverer == NONE) {
        if (role->other != NONE && !keeps_its_card(join, place))
            add(join, collisions, COLLISION_OVERLAP, place, role->other, role->nother);
    } else if (join->roles[role->coverer].driver != role->driver) {
        if (role->ntwins)
            add(join, collisions, COLLISION_DUPLICATE, place, role->twin, role->ntwins);
        else
            add(join, collisions, COLLISION_SHADOWED, place, role->coverer, role->ncovering);
    }
}

struct collisions collisions_find(struct arena *arena, const struct os_build *os,
                                  const struct view_config *config)
{
    struct patterns patterns = patterns_collect(arena, config);
    struct numbered_driver *drivers = arena_alloc(arena, patterns.count, sizeof *drivers);
    struct join join = {
        .arena = arena,
        .roles = arena_alloc(arena, patterns.count, sizeof *join.roles),
        .steps = STEPS_MAX,
    };
    collect(&join, os, patterns, drivers);
    number_drivers(&join, drivers);
    struct collisions collisions = {.complete = patterns.count <= PATTERNS_INDEXED_MAX};
    if (join.ndrivers < 2)
        return collisions;
    join.index = pattern_index_build(arena, &join.patterns);
    relate_equals(&join);
    relate_groups(&join);
    collisions.items = arena_alloc(arena, join.patterns.count, sizeof *collisions.items);
    for (size_t i = 0; i < join.patterns.count; i++)
        judge(&join, &collisions, i);
    collisions.complete &= join.steps > 0;
    return collisions;
}
