/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include "base/bytes.h"

#define DRAWINGS_MAX (24 << 20) /* bytes of all drawings: a browser shows so much at once */
#define DRAWN_MAX    5000       /* of one kind */
#define SLOTS_MIN    256
#define RANGES_MAX   200 /* that are listed of a group */

/* A digest has no order that evidence could choose. */
static size_t *find_slot(const struct html_groups *groups, const uint8_t *digest)
{
    size_t at = get_u32(digest) % groups->nslots;
    while (groups->slots[at] &&
           memcmp(groups->items[groups->slots[at] - 1].digest, digest, DIGEST_SIZE) != 0)
        at = (at + 1) % groups->nslots; /* ends: half of them at least are free */
    return &groups->slots[at];
}

static void grow_slots(struct arena *arena, struct html_groups *groups)
{
    groups->nslots = groups->nslots ? groups->nslots * 2 : SLOTS_MIN;
    groups->slots = arena_alloc(arena, groups->nslots, sizeof *groups->slots);
    for (size_t i = 0; i < groups->count; i++)
        *find_slot(groups, groups->items[i].digest) = i + 1;
}

struct html_group *html_groups_find(struct arena *arena, struct html_groups *groups,
                                    const uint8_t *digest)
{
    if (groups->count * 2 >= groups->nslots)
        grow_slots(arena, groups);
    size_t *slot = find_slot(groups, digest);
    if (!*slot) {
        groups->items = arena_grow(arena, groups->items, groups->count, sizeof *groups->items);
        groups->items[groups->count] = (struct html_group){.number = groups->count + 1};
        memcpy(groups->items[groups->count].digest, digest, DIGEST_SIZE);
        *slot = ++groups->count;
    }
    return &groups->items[*slot - 1];
}

void html_group_add_piece(struct html_page *page, struct html_group *group)
{
    size_t piece = page->npieces;
    struct html_range *last = group->nranges ? &group->ranges[group->nranges - 1] : NULL;
    if (last && last->last == piece)
        return;
    group->npieces++;
    if (last && last->last + 1 == piece) {
        last->last = piece;
        return;
    }
    group->ranges = arena_grow(page->arena, group->ranges, group->nranges, sizeof *group->ranges);
    group->ranges[group->nranges++] = (struct html_range){piece, piece};
}

bool html_group_draw(struct html_page *page, struct html_group *group,
                     const struct html_draft *draft)
{
    long offset = ftell(page->drawings);
    if (group->number > DRAWN_MAX || offset < 0 || draft->len > DRAWINGS_MAX - (size_t)offset)
        return false;
    group->offset = offset;
    group->size = fwrite(draft->text, 1, draft->len, page->drawings);
    return true;
}

void html_write_drawing(const struct html *html, struct html_page *page,
                        const struct html_group *group)
{
    html_copy(html, page->drawings, group->offset, group->size);
}

void html_write_ranges(const struct html *html, const struct html_group *group)
{
    size_t shown = group->nranges < RANGES_MAX ? group->nranges : RANGES_MAX;
    html_print(html, group->npieces == 1 ? "item" : "items");
    for (size_t i = 0; i < shown; i++) {
        const struct html_range *range = &group->ranges[i];
        html_print(html, "%s<a href=\"#e%zu\">%zu</a>", i ? ", " : " ", range->first, range->first);
        if (range->last > range->first)
            html_print(html, "\u2013<a href=\"#e%zu\">%zu</a>", range->last, range->last);
    }
    if (group->nranges > shown)
        html_print(html, " and more");
}
