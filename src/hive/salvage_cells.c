/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/salvage_steps.h"

/* "Cell": the cells of one bin, found again from both sides. An offset is good where the sizes lead
 * from it to the end of the bin, or where a cell begins that is known by its record. Damage lies
 * between what can be reached from the start and the next good offset. */

static size_t round_up(size_t size)
{
    return (size + CELL_ALIGNMENT - 1) / CELL_ALIGNMENT * CELL_ALIGNMENT;
}

/* The end of a cell by its size; 0 where it cannot be that. A cell that reaches behind the evidence
 * ends with the bin. */
static size_t find_cell_end(const struct salvager *salvager, const struct bin *bin, size_t cell)
{
    size_t size = cell_size(salvager, cell);
    if (size < CELL_SIZE_MIN || size % CELL_ALIGNMENT || size > bin->reach - cell)
        return 0;
    return cell + size > bin->cut ? bin->end : cell + size;
}

size_t salvage_find_break(const struct salvager *salvager, const struct bin *bin)
{
    size_t cell = bin->start + BIN_HEADER_SIZE;
    while (cell < bin->end) { /* ends: each cell takes some bytes */
        size_t end = find_cell_end(salvager, bin, cell);
        if (end == 0)
            return cell;
        cell = end;
    }
    return cell;
}

/* How many bytes the record of a cell needs, as a size of a cell; 0 where it is none that says. */
static size_t find_need(const struct salvager *salvager, const struct bin *bin, size_t cell)
{
    const uint8_t *record = salvager->bytes + cell;
    size_t left = bin->end - cell, need = 0;
    if (left < 2 * CELL_SIZE_MIN)
        return 0;
    if (has_signature(salvager, cell, "nk"))
        need = NK_NAME + (left < NK_NAME ? 0 : get_u16(record + NK_NAME_LENGTH));
    else if (has_signature(salvager, cell, "vk"))
        need = VK_NAME + get_u16(record + VK_NAME_LENGTH);
    else if (has_signature(salvager, cell, "lf") || has_signature(salvager, cell, "lh"))
        need = LIST_ELEMENTS + (size_t)8 * get_u16(record + LIST_COUNT);
    else if (has_signature(salvager, cell, "li") || has_signature(salvager, cell, "ri"))
        need = LIST_ELEMENTS + (size_t)4 * get_u16(record + LIST_COUNT);
    else if (has_signature(salvager, cell, "sk"))
        need = SK_DESCRIPTOR +
               (left < SK_DESCRIPTOR ? 0 : (size_t)get_u32(record + SK_DESCRIPTOR_SIZE));
    need = round_up(need);
    return need <= left ? need : 0;
}

static bool is_allocated(const struct salvager *salvager, size_t cell)
{
    return get_u32(salvager->bytes + cell) > INT32_MAX;
}

/* Finds the good offsets of a bin from its end backwards. */
static void find_good(const struct salvager *salvager, const struct bin *bin, uint8_t *good)
{
    for (size_t cell = bin->end; (cell -= CELL_ALIGNMENT) >= bin->start + BIN_HEADER_SIZE;) {
        size_t end = find_cell_end(salvager, bin, cell), need = find_need(salvager, bin, cell);
        bool is_known = need && end && is_allocated(salvager, cell) && need <= end - cell;
        size_t next = end ? end : cell + need;
        if (is_known || next == bin->end || (next > cell && bitmap_has(good, next)))
            bitmap_add(good, cell);
    }
}

static bool is_good(const struct bin *bin, const uint8_t *good, size_t cell)
{
    return cell == bin->end || bitmap_has(good, cell);
}

/* Makes one cell of the bytes up to the end: allocated, so that what refers to it may read what is
 * left of it. What lies behind the evidence is free. */
static size_t put_cell(struct salvager *salvager, const struct bin *bin, size_t cell, size_t end)
{
    uint32_t got = get_u32(salvager->bytes + cell), size = (uint32_t)(end - cell);
    uint32_t want = end > bin->cut || (end == bin->end && bin->reach > end) ? size : -size;
    if (got == want)
        return end;
    put_u32(salvager->bytes + cell, want);
    salvage_note(salvager, NULL, cell, "size of a cell (got 0x%x, want 0x%x)", got, want);
    return end;
}

/* Mends the cell at an offset that those before it lead to; returns its end. A size that leads to
 * no good offset may be right, and the next cell damaged; its record and what lies in it tell. */
static size_t mend_cell(struct salvager *salvager, const struct bin *bin, const uint8_t *good,
                        size_t cell)
{
    size_t end = find_cell_end(salvager, bin, cell), need = find_need(salvager, bin, cell);
    if (end && cell_size(salvager, cell) > bin->cut - cell)
        return put_cell(salvager, bin, cell, bin->end);
    if (end && !is_allocated(salvager, cell))
        return end; /* in what was freed may be what looks like cells */
    bool leads_on = end && is_good(bin, good, end);
    if (leads_on && need <= end - cell)
        return end;
    if (need && is_good(bin, good, cell + need))
        return put_cell(salvager, bin, cell, cell + need);
    if (leads_on)
        return end;
    size_t next = cell + (need ? need : CELL_SIZE_MIN), limit = end ? end : bin->end;
    while (next < limit && !bitmap_has(good, next))
        next += CELL_ALIGNMENT;
    return next < limit || !end ? put_cell(salvager, bin, cell, next) : end;
}

void salvage_cells(struct salvager *salvager, const struct bin *bin, uint8_t *good)
{
    find_good(salvager, bin, good);
    size_t cell = bin->start + BIN_HEADER_SIZE;
    while (cell < bin->end) /* ends: each cell takes some bytes */
        cell = mend_cell(salvager, bin, good, cell);
}

void salvage_mark_cells(struct salvager *salvager, const struct bin *bin)
{
    for (size_t cell = bin->start + BIN_HEADER_SIZE; cell < bin->end;) {
        if (is_allocated(salvager, cell))
            bitmap_add(salvager->cells, cell);
        cell += cell_size(salvager, cell);
    }
}
