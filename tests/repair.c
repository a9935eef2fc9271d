/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "repair.h"

#include <string.h>

#include "base/bytes.h"
#include "hive/base_block.h"
#include "hive/marvin.h"

/* The Windows registry file format specification, "Log entries". */
#define SEED UINT64_C(0x82ef4d887a4e55c5)
enum {
    ENTRIES = 512,
    AT_SIZE = 4,
    AT_HASH_1 = 24,
    AT_HASH_2 = 32,
    HASHED_HEADER = 32,
    HEADER = 40
};

void repair_base_block(uint8_t *bytes, size_t len)
{
    if (len >= BASE_BLOCK_CHECKED)
        base_block_put_checksum(bytes);
}

static uint64_t hash(const uint8_t *bytes, size_t len)
{
    return marvin32(SEED, (struct slice){.ptr = bytes, .len = len});
}

size_t repair_entry(uint8_t *entry, size_t left)
{
    if (left < HEADER || memcmp(entry, "HvLE", 4) != 0)
        return 0;
    size_t size = get_u32(entry + AT_SIZE);
    if (size < HEADER || size > left)
        return 0;
    put_u64(entry + AT_HASH_1, hash(entry + HEADER, size - HEADER));
    put_u64(entry + AT_HASH_2, hash(entry, HASHED_HEADER));
    return size;
}

void repair_entries(uint8_t *bytes, size_t len)
{
    size_t size;
    for (size_t at = ENTRIES; at < len && (size = repair_entry(bytes + at, len - at)); at += size)
        ;
}
