/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/base_block.h"

#include <assert.h>

#include "base/utf16.h"

/* Offsets in the base block. */
enum {
    AT_PRIMARY_SEQUENCE = 4,
    AT_SECONDARY_SEQUENCE = 8,
    AT_LAST_WRITTEN = 12,
    AT_MAJOR = 20,
    AT_MINOR = 24,
    AT_TYPE = 28,
    AT_FORMAT = 32,
    AT_ROOT_OFFSET = 36,
    AT_BINS_SIZE = 40,
    AT_FILE_NAME = 48,
    FILE_NAME_SIZE = 64,
    AT_CHECKSUM = 508,
};

static uint32_t read_u32(struct slice bytes, size_t offset)
{
    const uint8_t *p = bytes.ptr + offset;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* XOR of the first 508 bytes as 32-bit words; 0 and -1 are never stored. */
static uint32_t compute_checksum(struct slice bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < AT_CHECKSUM; i += 4)
        sum ^= read_u32(bytes, i);
    return sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

struct base_block base_block_decode(struct arena *arena, struct slice bytes)
{
    assert(bytes.len >= BASE_BLOCK_CHECKED);
    struct slice name = {.ptr = bytes.ptr + AT_FILE_NAME, .len = 0};
    while (name.len < FILE_NAME_SIZE && (name.ptr[name.len] || name.ptr[name.len + 1]))
        name.len += 2;
    unsigned flaws;
    return (struct base_block){
        .primary_sequence = read_u32(bytes, AT_PRIMARY_SEQUENCE),
        .secondary_sequence = read_u32(bytes, AT_SECONDARY_SEQUENCE),
        .last_written = (int64_t)((uint64_t)read_u32(bytes, AT_LAST_WRITTEN + 4) << 32 |
                                  read_u32(bytes, AT_LAST_WRITTEN)),
        .major = read_u32(bytes, AT_MAJOR),
        .minor = read_u32(bytes, AT_MINOR),
        .type = read_u32(bytes, AT_TYPE),
        .format = read_u32(bytes, AT_FORMAT),
        .root_offset = read_u32(bytes, AT_ROOT_OFFSET),
        .bins_size = read_u32(bytes, AT_BINS_SIZE),
        .checksum = read_u32(bytes, AT_CHECKSUM),
        .computed_checksum = compute_checksum(bytes),
        .file_name = utf16_decode(arena, name, &flaws),
    };
}

const char *base_block_fault(struct arena *arena, const struct base_block *block)
{
    if (block->checksum != block->computed_checksum)
        return arena_printf(arena, "wrong checksum of the base block (got %08x, want %08x)",
                            block->checksum, block->computed_checksum);
    if (block->type == 1 || block->type == 2 || block->type == 6)
        return arena_printf(arena, "a transaction log, not a hive (got file type %u, want 0)",
                            block->type);
    if (block->type != 0 || block->major != 1 || block->format != 1)
        return arena_printf(arena,
                            "unknown hive format (got file type %u, version %u.%u, format %u; want "
                            "0, 1.x, 1)",
                            block->type, block->major, block->minor, block->format);
    return NULL;
}

bool base_block_is_dirty(const struct base_block *block)
{
    return block->primary_sequence != block->secondary_sequence;
}
