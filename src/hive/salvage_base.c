/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/salvage_steps.h"

/* The base block: what a salvage believes of it, and what it puts right. */

#define FIRST_ROOT                                                                                 \
    BIN_HEADER_SIZE /* where the root cell of nearly every hive is, behind the first bin's header  \
                     */

#define BIN_AT_TIMESTAMP 20 /* in the first one "a backup copy" of the base block's */

static struct base_block decode(const struct salvager *salvager)
{
    struct slice bytes = {.ptr = salvager->bytes, .len = BASE_BLOCK_CHECKED};
    return base_block_decode(salvager->scratch, bytes);
}

static bool has_bins(const struct salvager *salvager)
{
    return salvager->size >= BASE_BLOCK_SIZE + CELL_SIZE_MIN &&
           memcmp(salvager->bytes + BASE_BLOCK_SIZE, "hbin", 4) == 0;
}

/* Puts the signature back, or where the rest is no base block either, a new one. Returns whether
 * only the signature was lost. */
static bool rebuild(struct salvager *salvager)
{
    uint8_t *bytes = salvager->bytes;
    uint32_t signature = get_u32(bytes);
    memcpy(bytes, "regf", 4);
    struct base_block block = decode(salvager);
    if (block.checksum == block.computed_checksum) {
        salvage_note(salvager, NULL, 0, "no signature of the base block (got %08x, want \"regf\")",
                     signature);
        return true;
    }
    salvage_note(salvager, NULL, 0, "no base block (got %08x, want \"regf\"); it is made anew",
                 signature);
    memset(bytes + 4, 0, BASE_BLOCK_CHECKED - 4);
    put_u32(bytes + BASE_AT_MAJOR, 1);
    put_u32(bytes + BASE_AT_MINOR, 5);
    put_u32(bytes + BASE_AT_FORMAT, 1);
    put_u32(bytes + BASE_AT_ROOT_OFFSET, FIRST_ROOT);
    put_u32(bytes + BASE_AT_CLUSTERING, 1);
    if (salvager->size >= BASE_BLOCK_SIZE + FIRST_ROOT)
        memcpy(bytes + BASE_AT_LAST_WRITTEN, bytes + BASE_BLOCK_SIZE + BIN_AT_TIMESTAMP, 8);
    base_block_put_checksum(bytes);
    return false;
}

static void put_field(struct salvager *salvager, size_t field, const char *name, uint32_t want)
{
    uint32_t got = get_u32(salvager->bytes + field);
    if (got == want)
        return;
    put_u32(salvager->bytes + field, want);
    salvage_note(salvager, NULL, field, "%s of the base block (got 0x%x, want 0x%x)", name, got,
                 want);
}

/* A base block with the wrong checksum: any of its fields may be what is damaged. */
static void correct(struct salvager *salvager, const struct base_block *block)
{
    salvage_note(salvager, NULL, BASE_AT_CHECKSUM,
                 "wrong checksum of the base block (got %08x, want %08x)", block->checksum,
                 block->computed_checksum);
    put_field(salvager, BASE_AT_MAJOR, "major version", 1);
    put_field(salvager, BASE_AT_TYPE, "file type", 0);
    put_field(salvager, BASE_AT_FORMAT, "file format", 1);
    base_block_put_checksum(salvager->bytes);
}

/* A transaction log has a base block too, but no hive bins. */
bool salvage_base_block(struct salvager *salvager)
{
    bool is_signed = memcmp(salvager->bytes, "regf", 4) == 0;
    if (!is_signed && !has_bins(salvager))
        return false;
    if (!is_signed)
        salvager->trusted = rebuild(salvager);
    struct base_block block = decode(salvager);
    if (is_signed && block.checksum != block.computed_checksum) {
        struct base_block summed = block;
        summed.checksum = summed.computed_checksum;
        if (!has_bins(salvager) && base_block_fault(salvager->scratch, &summed))
            return false;
        correct(salvager, &block);
        return true;
    }
    salvager->trusted |= is_signed;
    return !base_block_fault(salvager->scratch, &block);
}

/* Where the last bin ends that looks like one, up to the limit. */
static size_t find_last_end(const struct salvager *salvager, size_t limit)
{
    size_t end = BASE_BLOCK_SIZE;
    for (size_t bin = BASE_BLOCK_SIZE; bin < limit;) { /* ends: each step is at least a page */
        size_t size = salvage_bin_size(salvager, bin);
        bin += size ? size : BIN_ALIGNMENT;
        if (size)
            end = bin < limit ? bin : limit;
    }
    return end;
}

size_t salvage_find_end(const struct salvager *salvager)
{
    size_t size = get_u32(salvager->bytes + BASE_AT_BINS_SIZE);
    size_t rest = salvager->size % BIN_ALIGNMENT, limit = salvager->size - rest;
    if (rest >= BIN_HEADER_SIZE + CELL_SIZE_MIN)
        limit += BIN_ALIGNMENT;
    if (salvager->trusted && size > limit - BASE_BLOCK_SIZE)
        return limit; /* the file is truncated */
    size_t end = find_last_end(salvager, limit);
    if (size % BIN_ALIGNMENT || size == 0 || size > limit - BASE_BLOCK_SIZE)
        return end;
    if (salvager->trusted || BASE_BLOCK_SIZE + size > end)
        return BASE_BLOCK_SIZE + size;
    return end;
}

/* The first key that says it is a root, or what stands where roots do; 0 where there is neither. */
static size_t find_root(const struct salvager *salvager)
{
    for (size_t cell = BASE_BLOCK_SIZE; cell < salvager->end; cell += CELL_ALIGNMENT)
        if (salvage_is_key(salvager, cell) &&
            get_u16(salvager->bytes + cell + NK_FLAGS) & KEY_HIVE_ENTRY)
            return cell;
    size_t first = BASE_BLOCK_SIZE + FIRST_ROOT;
    return salvage_is_key(salvager, first) ? first : 0;
}

/* Whether the base block refers to the root. Where it had the wrong checksum, the key must say so
 * too. */
static bool is_root(const struct salvager *salvager, size_t cell)
{
    return salvage_is_key(salvager, cell) &&
           (salvager->trusted || get_u16(salvager->bytes + cell + NK_FLAGS) & KEY_HIVE_ENTRY);
}

size_t salvage_root(struct salvager *salvager)
{
    size_t stated = BASE_BLOCK_SIZE + (size_t)get_u32(salvager->bytes + BASE_AT_ROOT_OFFSET);
    size_t root = is_root(salvager, stated) ? stated : find_root(salvager);
    if (!root && salvage_is_key(salvager, stated))
        root = stated;
    put_field(salvager, BASE_AT_BINS_SIZE, "size of the hive bins",
              (uint32_t)(salvager->end - BASE_BLOCK_SIZE));
    if (root)
        put_field(salvager, BASE_AT_ROOT_OFFSET, "offset of the root",
                  (uint32_t)(root - BASE_BLOCK_SIZE));
    base_block_put_checksum(salvager->bytes);
    return root;
}
