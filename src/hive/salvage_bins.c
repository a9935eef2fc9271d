/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/salvage_steps.h"

/* "Hive bin": which bytes are bins. The bins follow each other up to the end, so that each byte is
 * looked at a few times, whatever the headers say. */

enum {
    BIN_OFFSET = 4,
    BIN_SIZE = 8,
};

/* Whether a header stands there whose size may be wrong. */
static bool is_header(const struct salvager *salvager, size_t bin)
{
    return bin % BIN_ALIGNMENT == 0 && bin < salvager->size &&
           salvager->size - bin >= BIN_HEADER_SIZE &&
           memcmp(salvager->bytes + bin, "hbin", 4) == 0 &&
           get_u32(salvager->bytes + bin + BIN_OFFSET) == bin - BASE_BLOCK_SIZE;
}

/* The size that a header states; 0 where it can be none. */
static size_t stated_size(const struct salvager *salvager, size_t bin)
{
    size_t size = get_u32(salvager->bytes + bin + BIN_SIZE);
    return size % BIN_ALIGNMENT ? 0 : size;
}

size_t salvage_bin_size(const struct salvager *salvager, size_t bin)
{
    return is_header(salvager, bin) ? stated_size(salvager, bin) : 0;
}

/* The next header behind a page, or the end. */
static size_t find_header(const struct salvager *salvager, size_t page)
{
    do {
        page += BIN_ALIGNMENT;
    } while (page < salvager->end && !is_header(salvager, page));
    return page < salvager->end ? page : salvager->end;
}

/* Whether the cells of a bin would end where it says. */
static bool cells_fill(const struct salvager *salvager, size_t bin, size_t end)
{
    struct bin stated = {.start = bin, .end = end, .reach = end, .cut = end};
    return salvage_find_break(salvager, &stated) == end;
}

/* Where a bin ends. Where none follows at the end that its header states, its cells tell whether it
 * is that header which is damaged, or the next one. The last bin may reach behind the end of all,
 * which hivex allows. */
static size_t find_bin_end(const struct salvager *salvager, size_t bin)
{
    size_t size = stated_size(salvager, bin), end = bin + size;
    if (size && (end == salvager->end || (end < salvager->end && is_header(salvager, end))))
        return end;
    if (size == 0 || !is_header(salvager, bin))
        return find_header(salvager, bin);
    if (end < salvager->end)
        return cells_fill(salvager, bin, end) ? end : find_header(salvager, end);
    size_t next = find_header(salvager, bin);
    bool is_last = next == salvager->end && end <= salvager->size;
    return is_last && cells_fill(salvager, bin, end) ? end : next;
}

static void put_header(struct salvager *salvager, size_t bin, size_t end)
{
    uint8_t *header = salvager->bytes + bin;
    uint32_t offset = (uint32_t)(bin - BASE_BLOCK_SIZE), size = (uint32_t)(end - bin);
    if (is_header(salvager, bin) && get_u32(header + BIN_SIZE) == size)
        return;
    salvage_note(salvager, NULL, bin,
                 "header of a hive bin (got signature %08x, offset 0x%x, size 0x%x; want \"hbin\", "
                 "0x%x, 0x%x)",
                 get_u32(header), get_u32(header + BIN_OFFSET), get_u32(header + BIN_SIZE), offset,
                 size);
    memcpy(header, "hbin", 4);
    put_u32(header + BIN_OFFSET, offset);
    put_u32(header + BIN_SIZE, size);
}

/* A header that states an end beyond the file says where the bin ended before it was cut. */
static struct bin measure_bin(const struct salvager *salvager, size_t start)
{
    struct bin bin = {.start = start, .end = find_bin_end(salvager, start)};
    size_t stated = start + salvage_bin_size(salvager, start);
    bin.reach = stated > salvager->size ? stated : bin.end;
    bin.cut = bin.end > salvager->evidence_size ? salvager->evidence_size : bin.end;
    return bin;
}

/* Whether the cells of a bin need no repair. Cuts the bin short where its cells end before another
 * one: its size is too large. */
static bool are_cells_sound(const struct salvager *salvager, struct bin *bin)
{
    if (bin->cut < bin->end || bin->end < bin->reach)
        return false;
    size_t stop = salvage_find_break(salvager, bin);
    if (is_header(salvager, stop))
        bin->end = bin->cut = bin->reach = stop;
    return stop == bin->end;
}

void salvage_bins(struct salvager *salvager)
{
    uint8_t *good = NULL;
    for (size_t start = BASE_BLOCK_SIZE; start < salvager->end;) {
        struct bin bin = measure_bin(salvager, start);
        bool is_sound = are_cells_sound(salvager, &bin);
        put_header(salvager, start, bin.end);
        if (!is_sound && !good)
            good = bitmap_new(salvager);
        if (!is_sound)
            salvage_cells(salvager, &bin, good);
        salvage_mark_cells(salvager, &bin);
        start = bin.end;
    }
}
