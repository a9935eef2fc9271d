/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_SALVAGE_STEPS_H
#define HIVEAUDIT_HIVE_SALVAGE_STEPS_H

/* The steps of a salvage, in their order: base block, hive bins with their cells, tree of keys. For
 * the salvage*.c files only. Offsets count from the start of the file, unless they are read from
 * the hive, which counts from its first hive bin. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/diag.h"
#include "hive/base_block.h"
#include "hive/salvage.h"

/* Cells start at multiples of 8 ("aligned to 8 bytes"), so that one bit stands for each such
 * offset. */
#define CELL_ALIGNMENT 8
#define NO_CELL        UINT32_C(0xffffffff)

#define BIN_HEADER_SIZE 32
#define BIN_ALIGNMENT   4096 /* of hive bins and their sizes */

/* Offsets of fields from the start of a cell; the record stands behind the cell's size ("Key node",
 * "Key value", "Key security" and the lists of subkeys). */
enum {
    CELL_SIGNATURE = 4,
    CELL_SIZE_MIN = 8,
    NK_FLAGS = 4 + 2,
    NK_SUBKEY_COUNT = 4 + 20,
    NK_SUBKEYS = 4 + 28,
    NK_PARENT = 4 + 16,
    NK_VALUE_COUNT = 4 + 36,
    NK_VALUES = 4 + 40,
    NK_NAME_LENGTH = 4 + 72,
    NK_NAME = 4 + 76,
    VK_NAME_LENGTH = 4 + 2,
    VK_NAME = 4 + 20,
    SK_DESCRIPTOR_SIZE = 4 + 16,
    SK_DESCRIPTOR = 4 + 20,
    LIST_COUNT = 4 + 2,
    LIST_ELEMENTS = 4 + 4,
};

enum {
    KEY_HIVE_ENTRY = 0x0004,
    KEY_COMP_NAME = 0x0020,
};

struct salvager {
    struct arena *arena;   /* of the evidence: what is handed back */
    struct arena *scratch; /* gone with the salvage */
    struct diags *diags;
    uint8_t *bytes;       /* of the image, which may be changed */
    size_t size;          /* of the image */
    size_t evidence_size; /* bytes of it that are evidence: zeros are padded behind them */
    size_t end;           /* of the hive bins */
    bool trusted;         /* the base block had the right checksum: it says what was written */
    uint8_t *cells;       /* bitmap: allocated cells */
    struct salvage result;
};

static inline bool bitmap_has(const uint8_t *bitmap, size_t offset)
{
    size_t bit = offset / CELL_ALIGNMENT;
    return bitmap[bit / 8] >> (bit % 8) & 1;
}

static inline void bitmap_add(uint8_t *bitmap, size_t offset)
{
    size_t bit = offset / CELL_ALIGNMENT;
    bitmap[bit / 8] |= (uint8_t)(1 << (bit % 8));
}

static inline uint8_t *bitmap_new(const struct salvager *salvager)
{
    return arena_alloc(salvager->scratch, salvager->size / CELL_ALIGNMENT / 8 + 1, 1);
}

/* The size of a cell whose header was found to be right. */
static inline size_t cell_size(const struct salvager *salvager, size_t cell)
{
    uint32_t size = get_u32(salvager->bytes + cell);
    return size > INT32_MAX ? -size : size;
}

static inline bool has_signature(const struct salvager *salvager, size_t cell, const char *name)
{
    return memcmp(salvager->bytes + cell + CELL_SIGNATURE, name, 2) == 0;
}

/* Whether a diagnostic would be kept: there can be more repairs than memory for their texts. */
bool salvage_is_heard(const struct salvager *salvager);

/* Counts a repair and adds its diagnostic; key is the path of a key, or NULL. */
void salvage_note(struct salvager *salvager, const char *key, size_t offset, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/* Whether the image is a hive that may be repaired; makes its base block one, but for offsets,
 * sizes and checksum. */
bool salvage_base_block(struct salvager *salvager);

/* Where the hive bins end; beyond the image where the last page of it is incomplete. */
size_t salvage_find_end(const struct salvager *salvager);

/* The size of a hive bin, or 0 where no sound header of one stands. */
size_t salvage_bin_size(const struct salvager *salvager, size_t bin);

/* Makes the hive bins one chain up to the end, and the cells of each a chain that fills it. */
void salvage_bins(struct salvager *salvager);

struct bin {
    size_t start, end;
    size_t reach; /* where it ended before the file was truncated; else the end */
    size_t cut;   /* where the evidence in it ends; the end, or before it */
};

/* Where the chain of a bin's cells breaks: at its end if it does not, else at the first cell whose
 * size cannot be right. */
size_t salvage_find_break(const struct salvager *salvager, const struct bin *bin);

/* Makes the cells of a bin a chain that fills it. good is a bitmap in which nothing of the bin is
 * set. */
void salvage_cells(struct salvager *salvager, const struct bin *bin, uint8_t *good);

/* Enters the allocated cells of a bin, which are such a chain, into the bitmap of cells. */
void salvage_mark_cells(struct salvager *salvager, const struct bin *bin);

/* Makes offset of the root, size of the bins and checksum fit. Returns the root's cell, or 0 where
 * there is none. */
size_t salvage_root(struct salvager *salvager);

/* Makes the lists of all keys below the root such that each element can be read. */
void salvage_keys(struct salvager *salvager, size_t root);

/* Whether an allocated cell holds the fixed part of a key node. */
bool salvage_is_key(const struct salvager *salvager, size_t cell);

#endif
