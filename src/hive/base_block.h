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
    bool has_signature;                            /* "regf" */
    uint32_t primary_sequence, secondary_sequence; /* differ: the last write did not finish */
    int64_t last_written;                          /* FILETIME */
    uint32_t major, minor, type, format;
    uint32_t root_offset, bins_size; /* bytes; the offset counts from the first hive bin */
    uint32_t checksum, computed_checksum;
    const char *file_name; /* the last 31 characters of the hive's path, often empty */
};

/* Offsets of its fields, in bytes. */
enum {
    BASE_AT_PRIMARY_SEQUENCE = 4,
    BASE_AT_SECONDARY_SEQUENCE = 8,
    BASE_AT_LAST_WRITTEN = 12,
    BASE_AT_MAJOR = 20,
    BASE_AT_MINOR = 24,
    BASE_AT_TYPE = 28,
    BASE_AT_FORMAT = 32,
    BASE_AT_ROOT_OFFSET = 36,
    BASE_AT_BINS_SIZE = 40,
    BASE_AT_CLUSTERING = 44,
    BASE_AT_FILE_NAME = 48,
    BASE_FILE_NAME_SIZE = 64,
    BASE_AT_CHECKSUM = 508,
};

/* Decodes the first bytes of a hive; at least BASE_BLOCK_CHECKED of them are there. Any value of
 * any field is taken as it is. */
#define BASE_BLOCK_CHECKED 512
struct base_block base_block_decode(struct arena *arena, struct slice bytes);

/* Makes the checksum of as many bytes right again after a change. */
void base_block_put_checksum(uint8_t *bytes);

/* What makes this no base block that Windows would accept, in words; NULL where nothing does. */
const char *base_block_fault(struct arena *arena, const struct base_block *block);

/* Whether it has its signature and its checksum is right. */
bool base_block_is_sound(const struct base_block *block);

/* "Dirty state of a hive": the sequence numbers differ, or the block itself cannot be trusted. */
bool base_block_is_dirty(const struct base_block *block);

/* Whether it is the sound base block of a transaction log, and not that of a hive. */
bool base_block_is_log(const struct base_block *block);

#endif
