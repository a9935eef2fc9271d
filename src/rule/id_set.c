/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/id_set.h"

#include <string.h>

#include "base/text.h"

#define SLOTS_MIN 64

/* The slot of an id, or the free one where it belongs. Ends: half of the slots are free. */
static struct id_slot *find_slot(const struct id_set *set, const char *id)
{
    size_t slot = text_hash(id) & (set->nslots - 1);
    while (set->slots[slot].id && strcmp(set->slots[slot].id, id) != 0)
        slot = (slot + 1) & (set->nslots - 1);
    return &set->slots[slot];
}

static void grow(struct arena *arena, struct id_set *set)
{
    struct id_set grown = {.nslots = set->nslots ? 2 * set->nslots : SLOTS_MIN,
                           .count = set->count};
    grown.slots = arena_alloc(arena, grown.nslots, sizeof *grown.slots);
    for (size_t i = 0; i < set->nslots; i++)
        if (set->slots[i].id)
            *find_slot(&grown, set->slots[i].id) = set->slots[i];
    *set = grown;
}

struct id_slot *id_set_take(struct arena *arena, struct id_set *set, const char *id)
{
    if (2 * (set->count + 1) > set->nslots)
        grow(arena, set);
    struct id_slot *slot = find_slot(set, id);
    if (!slot->id) {
        slot->id = id;
        set->count++;
    }
    return slot;
}
