/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_BASE_BLOCK_H
#define HIVEAUDIT_HIVE_BASE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

#define BASE_BLOCK_SIZE 4096 /* bytes before the first hive bin */

/* The base block of a primary file (Windows registry file format specification, "Base block"). */
struct base_block {
    uint32_t primary_sequence, secondary_sequence; /* differ: the last write did not finish */
    int64_t last_written;                          /* FILETIME */
    uint32_t major, minor, type, format;
    uint32_t root_offset, bins_size; /* bytes; the offset counts from the first hive bin */
    uint32_t checksum, computed_checksum;
    const char *file_name; /* the last 31 characters of the hive's path, often empty */
};

/* Decodes the first bytes of a hive; at least BASE_BLOCK_CHECKED of them are there. Any value of
 * any field is taken as it is. */
#define BASE_BLOCK_CHECKED 512
struct base_block base_block_decode(struct arena *arena, struct slice bytes);

/* What makes this no base block that Windows would accept, in words; NULL where nothing does. */
const char *base_block_fault(struct arena *arena, const struct base_block *block);

bool base_block_is_dirty(const struct base_block *block);

#endif
