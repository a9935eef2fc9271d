/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/base_block.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf16.h"

/* XOR of the first 508 bytes as 32-bit words; 0 and -1 are never stored. */
static uint32_t compute_checksum(struct slice bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < BASE_AT_CHECKSUM; i += 4)
        sum ^= get_u32(bytes.ptr + i);
    return sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

void base_block_put_checksum(uint8_t *bytes)
{
    struct slice checked = {.ptr = bytes, .len = BASE_BLOCK_CHECKED};
    put_u32(bytes + BASE_AT_CHECKSUM, compute_checksum(checked));
}

struct base_block base_block_decode(struct arena *arena, struct slice bytes)
{
    assert(bytes.len >= BASE_BLOCK_CHECKED);
    struct slice name = {.ptr = bytes.ptr + BASE_AT_FILE_NAME, .len = 0};
    while (name.len < BASE_FILE_NAME_SIZE && (name.ptr[name.len] || name.ptr[name.len + 1]))
        name.len += 2;
    unsigned flaws;
    return (struct base_block){
        .has_signature = memcmp(bytes.ptr, "regf", 4) == 0,
        .primary_sequence = get_u32(bytes.ptr + BASE_AT_PRIMARY_SEQUENCE),
        .secondary_sequence = get_u32(bytes.ptr + BASE_AT_SECONDARY_SEQUENCE),
        .last_written = (int64_t)get_u64(bytes.ptr + BASE_AT_LAST_WRITTEN),
        .major = get_u32(bytes.ptr + BASE_AT_MAJOR),
        .minor = get_u32(bytes.ptr + BASE_AT_MINOR),
        .type = get_u32(bytes.ptr + BASE_AT_TYPE),
        .format = get_u32(bytes.ptr + BASE_AT_FORMAT),
        .root_offset = get_u32(bytes.ptr + BASE_AT_ROOT_OFFSET),
        .bins_size = get_u32(bytes.ptr + BASE_AT_BINS_SIZE),
        .checksum = get_u32(bytes.ptr + BASE_AT_CHECKSUM),
        .computed_checksum = compute_checksum(bytes),
        .file_name = utf16_decode(arena, name, &flaws),
    };
}

const char *base_block_fault(struct arena *arena, const struct base_block *block)
{
    if (!block->has_signature)
        return "its base block does not start with \"regf\"";
    if (block->checksum != block->computed_checksum)
        return arena_printf(arena, "wrong checksum of the base block (got %08x, want %08x)",
                            block->checksum, block->computed_checksum);
    if (base_block_is_log(block))
        return arena_printf(arena, "a transaction log, not a hive (got file type %u, want 0)",
                            block->type);
    if (block->type != 0 || block->major != 1 || block->format != 1)
        return arena_printf(arena,
                            "unknown hive format (got file type %u, version %u.%u, format %u; want "
                            "0, 1.x, 1)",
                            block->type, block->major, block->minor, block->format);
    return NULL;
}

bool base_block_is_sound(const struct base_block *block)
{
    return block->has_signature && block->checksum == block->computed_checksum;
}

bool base_block_is_log(const struct base_block *block)
{
    return base_block_is_sound(block) && (block->type == 1 || block->type == 2 || block->type == 6);
}

bool base_block_is_dirty(const struct base_block *block)
{
    return !base_block_is_sound(block) || block->primary_sequence != block->secondary_sequence;
}
