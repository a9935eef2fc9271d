/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "hive/log_apply.h"

#define BITMAP_START     (LOG_START + 4)
#define BIN_HEADER_SIZE  32
#define BIN_AT_OFFSET    4
#define BIN_AT_SIZE      8
#define BIN_AT_TIMESTAMP 20
#define PAGES_PER_BLOCK  (LOG_BLOCK_SIZE / LOG_PAGE_SIZE)
static_assert(PAGES_PER_BLOCK == 8, "a byte of the bitmap stands for a block of a hive bin");

/* A dirty vector and what it counts. */
struct dirt {
    uint32_t bins_size;
    const uint8_t *bitmap;
    size_t nblocks; /* bytes of the bitmap */
    const uint8_t *pages;
};

/* "A transaction log can be applied when a Last written timestamp in its base block is equal to a
 * Last written timestamp in a base block of a primary file (when a base block of a primary file is
 * invalid, a Timestamp from the first hive bin is used instead)." That bin may also be older: it is
 * written after the base block, and the log before both, so that a log newer than the bin is of the
 * write that damaged the base block. */
static const char *check_timestamp(struct arena *arena, const struct log_target *target,
                                   const struct log_file *file)
{
    int64_t got = file->block.last_written, want = target->block.last_written;
    bool fits = got == want;
    if (!target->sound) {
        if (target->size < BASE_BLOCK_SIZE + BIN_HEADER_SIZE)
            return "the hive has no base block and no hive bin to tell whether the log fits";
        want = (int64_t)get_u64(target->bytes + BASE_BLOCK_SIZE + BIN_AT_TIMESTAMP);
        fits = got >= want;
    }
    if (fits)
        return NULL;
    return arena_printf(arena, "is not of the hive's last write (got %s, want %s)",
                        text_filetime(arena, got), text_filetime(arena, want));
}

/* "Bitmap length = Hive bins data size / 512", in bits. The pages follow in the next sector. */
static const char *find_pages(struct arena *arena, const struct log_file *file, struct dirt *dirt)
{
    if (file->bytes.len < BITMAP_START || memcmp(file->bytes.ptr + LOG_START, "DIRT", 4) != 0)
        return "no dirty vector (want the signature DIRT)";
    dirt->bins_size = file->block.bins_size;
    dirt->bitmap = file->bytes.ptr + BITMAP_START;
    dirt->nblocks = dirt->bins_size / LOG_BLOCK_SIZE;
    size_t start = BITMAP_START + dirt->nblocks;
    start += (LOG_PAGE_SIZE - start % LOG_PAGE_SIZE) % LOG_PAGE_SIZE;
    if (start > file->bytes.len)
        return arena_printf(arena, "its dirty vector is cut off (got %zu bytes, want %zu)",
                            file->bytes.len, start);
    dirt->pages = file->bytes.ptr + start;
    size_t want = 0, there = (file->bytes.len - start) / LOG_PAGE_SIZE;
    for (size_t i = 0; i < dirt->nblocks; i++)
        want += (size_t)__builtin_popcount(dirt->bitmap[i]);
    if (want > there)
        return arena_printf(arena, "its dirty pages are cut off (got %zu, want %zu)", there, want);
    return NULL;
}

/* The header of the hive bin that starts with a block, as it will be after the replay; NULL where
 * the hive ends before. page is the first dirty one of the block. */
static const uint8_t *find_header(const struct log_target *target, const struct dirt *dirt,
                                  size_t block, const uint8_t *page)
{
    if (dirt->bitmap[block] & 1)
        return page;
    uint64_t offset = BASE_BLOCK_SIZE + (uint64_t)block * LOG_BLOCK_SIZE;
    if (offset > target->size || target->size - offset < BIN_HEADER_SIZE)
        return NULL;
    return target->bytes + offset;
}

/* How many blocks the hive bin has; 0 where it is none ("its Signature must be correct, its Offset
 * must match a location of a dirty hive bin"). */
static size_t measure_bin(const uint8_t *header, size_t block, size_t nblocks)
{
    if (!header || memcmp(header, "hbin", 4) != 0 ||
        get_u32(header + BIN_AT_OFFSET) != block * LOG_BLOCK_SIZE ||
        get_u32(header + BIN_AT_SIZE) % LOG_BLOCK_SIZE)
        return 0;
    size_t count = get_u32(header + BIN_AT_SIZE) / LOG_BLOCK_SIZE;
    return count <= nblocks - block ? count : 0;
}

/* "a dirty hive bin is verified for correctness ...; recovery aborts if a dirty hive bin is
 * invalid": here before anything is written. Where a clean hive bin is none, the next block may
 * begin one. One step for each block. */
static const char *check_bins(struct arena *arena, const struct log_target *target,
                              const struct dirt *dirt)
{
    const uint8_t *page = dirt->pages;
    size_t bin_end = 0;
    for (size_t i = 0; i < dirt->nblocks; i++) {
        if (i == bin_end) {
            const uint8_t *header = find_header(target, dirt, i, page);
            size_t count = measure_bin(header, i, dirt->nblocks);
            if (count == 0 && dirt->bitmap[i])
                return arena_printf(arena, "would write a hive bin that is none, at offset %zu",
                                    BASE_BLOCK_SIZE + i * LOG_BLOCK_SIZE);
            bin_end += count ? count : 1;
        }
        page += LOG_PAGE_SIZE * __builtin_popcount(dirt->bitmap[i]);
    }
    return NULL;
}

static void write_pages(const struct log_target *target, const struct dirt *dirt)
{
    const uint8_t *page = dirt->pages;
    uint8_t *bins = target->bytes + BASE_BLOCK_SIZE;
    for (size_t i = 0; i < dirt->nblocks * PAGES_PER_BLOCK; i++) {
        if (!(dirt->bitmap[i / PAGES_PER_BLOCK] >> i % PAGES_PER_BLOCK & 1))
            continue;
        memcpy(bins + i * LOG_PAGE_SIZE, page, LOG_PAGE_SIZE);
        page += LOG_PAGE_SIZE;
    }
}

/* Returns NULL where the log was applied. */
static const char *apply(struct arena *arena, struct log_target *target,
                         const struct log_file *file)
{
    struct dirt dirt = {0};
    const char *fault = check_timestamp(arena, target, file);
    if (!fault)
        fault = find_pages(arena, file, &dirt);
    if (!fault)
        fault = check_bins(arena, target, &dirt);
    if (fault)
        return fault;
    if (!log_target_grow(target, dirt.bins_size))
        return arena_printf(arena, "the hive cannot grow: %s", strerror(errno));
    write_pages(target, &dirt);
    const struct base_block *numbers = target->sound ? &target->block : &file->block;
    uint32_t sequence = numbers->primary_sequence;
    log_target_finish(target, file->bytes.ptr, sequence, dirt.bins_size);
    file->use->first = file->use->last = sequence;
    file->use->applied = 1;
    return NULL;
}

/* "an applicable one ... is used to recover a hive": the first that works. */
void log_apply_dirt(struct arena *arena, struct log_target *target, struct log_file *files,
                    size_t nfiles, struct replay *replay)
{
    for (size_t i = 0; i < nfiles; i++) {
        if (!files[i].sound || files[i].use->format != LOG_DIRT)
            continue;
        files[i].use->reason = replay->recovered ? "not used: another log was applied"
                                                 : apply(arena, target, &files[i]);
        replay->recovered |= !files[i].use->reason;
    }
}
