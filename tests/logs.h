/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_LOGS_H
#define HIVEAUDIT_TESTS_LOGS_H

/* What the tests of the replay share: dirty hives, logs made for them, and what became of both. */

#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "hive/base_block.h"
#include "hive/log.h"
#include "hive/marvin.h"

/* Offsets by the Windows registry file format specification, "Log entries". */
enum {
    ENTRIES = 512,
    ENTRY_SIZE = 4,
    ENTRY_FLAGS = 8,
    ENTRY_SEQUENCE = 12,
    ENTRY_BINS_SIZE = 16,
    ENTRY_COUNT = 20,
    ENTRY_HASH_1 = 24,
    ENTRY_HASH_2 = 32,
    ENTRY_PAGES = 40,
};

#define SEED       UINT64_C(0x82ef4d887a4e55c5)
#define BASE_FLAGS 144
#define BIN_STAMP  (4096 + 20) /* timestamp of the first hive bin */

/* A page of a log entry: size bytes of one kind for an offset of the hive bins data. */
struct page {
    uint32_t offset, size;
    uint8_t fill;
};

/* What became of a hive, and its bytes afterwards. */
struct outcome {
    struct replay replay;
    struct memory_hive *after;
};

/* Texts and hives of the other tests are small; this one has 4096 * 8 bytes of hive bins data, of
 * which these tests overwrite the last 4096. */
#define BINS_SIZE 32768
#define SPARE     (BINS_SIZE - 4096)

static inline void set_numbers(struct memory_hive *hive, uint32_t primary, uint32_t secondary)
{
    support_put_u32(hive, BASE_AT_PRIMARY_SEQUENCE, primary);
    support_put_u32(hive, BASE_AT_SECONDARY_SEQUENCE, secondary);
    support_fix_checksum(hive);
}

/* A dirty hive whose number is primary: one bin of one key, and further bins of one free cell each.
 */
static inline struct memory_hive *make_hive(struct arena *arena, uint32_t primary)
{
    const struct memory_hive *built = support_build(arena, "[Key]\n");
    assert_true(built->source.size <= 4096 + SPARE);
    uint8_t *bytes = arena_alloc(arena, 4096 + BINS_SIZE, 1);
    memcpy(bytes, built->bytes, built->source.size);
    for (size_t at = built->source.size; at < 4096 + BINS_SIZE; at += 4096) {
        memcpy(bytes + at, "hbin", 4);
        put_u32(bytes + at + 4, (uint32_t)at - 4096);
        put_u32(bytes + at + 8, 4096);
        put_u32(bytes + at + 32, 4096 - 32);
    }
    struct memory_hive *hive = support_wrap(arena, bytes, 4096 + BINS_SIZE);
    support_put_u32(hive, BASE_AT_BINS_SIZE, BINS_SIZE);
    set_numbers(hive, primary, primary - 1);
    return hive;
}

/* A log with the hive's base block and nothing else. */
static inline struct memory_hive *make_log(struct arena *arena, const struct memory_hive *hive,
                                           uint32_t type, uint32_t sequence)
{
    uint8_t *bytes = arena_alloc(arena, 512, 1);
    memcpy(bytes, hive->bytes, 512);
    struct memory_hive *log = support_wrap(arena, bytes, 512);
    support_put_u32(log, BASE_AT_TYPE, type);
    support_put_u32(log, BASE_AT_BINS_SIZE, BINS_SIZE);
    set_numbers(log, sequence, sequence);
    return log;
}

/* Appends zeros and returns where they begin. */
static inline size_t append(struct arena *arena, struct memory_hive *log, size_t len)
{
    size_t at = log->source.size;
    uint8_t *bytes = arena_alloc(arena, at + len, 1);
    memcpy(bytes, log->bytes, at);
    log->bytes = bytes;
    log->source.size = at + len;
    return at;
}

static inline uint64_t hash(const uint8_t *bytes, size_t len)
{
    return marvin32(SEED, (struct slice){.ptr = bytes, .len = len});
}

static inline void fix_hash_2(struct memory_hive *log, size_t at)
{
    put_u64(log->bytes + at + ENTRY_HASH_2, hash(log->bytes + at, 32));
}

static inline void fix_hashes(struct memory_hive *log, size_t at)
{
    uint32_t size = support_get_u32(log, at + ENTRY_SIZE);
    assert_true(size >= 40 && size <= log->source.size - at);
    put_u64(log->bytes + at + ENTRY_HASH_1, hash(log->bytes + at + ENTRY_PAGES, size - 40));
    fix_hash_2(log, at);
}

/* Appends an entry of any number of pages, and returns its offset. */
static inline size_t add_pages(struct arena *arena, struct memory_hive *log, uint32_t sequence,
                               uint32_t bins_size, const struct page *pages, uint32_t npages)
{
    size_t len = ENTRY_PAGES + 8 * npages;
    for (uint32_t i = 0; i < npages; i++)
        len += pages[i].size;
    len = (len + 511) / 512 * 512;
    size_t at = append(arena, log, len), reference = at + ENTRY_PAGES;
    uint8_t *data = log->bytes + reference + 8 * npages;
    memcpy(log->bytes + at, "HvLE", 4);
    support_put_u32(log, at + ENTRY_FLAGS, get_u32(log->bytes + BASE_FLAGS));
    support_put_u32(log, at + ENTRY_SIZE, (uint32_t)len);
    support_put_u32(log, at + ENTRY_SEQUENCE, sequence);
    support_put_u32(log, at + ENTRY_BINS_SIZE, bins_size);
    support_put_u32(log, at + ENTRY_COUNT, npages);
    for (uint32_t i = 0; i < npages; i++) {
        support_put_u32(log, reference + 8 * i, pages[i].offset);
        support_put_u32(log, reference + 8 * i + 4, pages[i].size);
        memset(data, pages[i].fill, pages[i].size);
        data += pages[i].size;
    }
    fix_hashes(log, at);
    return at;
}

/* Appends an entry that sets the byte of the spare bin that its number stands for. */
#define MARKS 16
static inline size_t add_mark(struct arena *arena, struct memory_hive *log, uint32_t sequence)
{
    struct page page = {.offset = SPARE + 64 + sequence % MARKS, .size = 1, .fill = 0xee};
    return add_pages(arena, log, sequence, BINS_SIZE, &page, 1);
}

static inline struct memory_hive *make_marks(struct arena *arena, const struct memory_hive *hive,
                                             uint32_t first, uint32_t last)
{
    struct memory_hive *log = make_log(arena, hive, 6, first);
    for (uint32_t i = first; i != last + 1; i++)
        add_mark(arena, log, i);
    return log;
}

/* Which of the marks a hive has, one bit each. */
static inline unsigned read_marks(const struct memory_hive *hive)
{
    unsigned marks = 0;
    for (unsigned i = 0; i < MARKS; i++)
        marks |= (hive->bytes[4096 + SPARE + 64 + i] == 0xee) * (1u << i);
    return marks;
}

static inline unsigned marks_of(uint32_t first, uint32_t last)
{
    unsigned marks = 0;
    for (uint32_t i = first; i != last + 1; i++)
        marks |= 1u << i % MARKS;
    return marks;
}

static inline struct memory_hive *read_image(struct arena *arena, const struct hive_image *image)
{
    uint8_t *bytes = arena_alloc(arena, image->size, 1);
    struct source source = hive_image_source(image);
    assert_int_equal(source.read_at(&source, 0, bytes, image->size), (ssize_t)image->size);
    assert_int_equal(lseek(image->fd, 0, SEEK_END), (off_t)image->size);
    return support_wrap(arena, bytes, image->size);
}

static inline struct outcome replay_sources(struct arena *arena, const struct memory_hive *hive,
                                            const struct source *logs, size_t nlogs)
{
    struct diags diags = {.arena = arena};
    struct hive_image image = hive_image_load(&hive->source, &diags);
    struct outcome outcome = {.replay = hive_replay(arena, &image, logs, nlogs)};
    assert_int_equal(hive_image_seal(image.fd), 0);
    outcome.after = read_image(arena, &image);
    hive_image_close(&image);
    assert_int_equal(outcome.replay.nlogs, nlogs);
    return outcome;
}

/* Replays up to two logs, which are called LOG1 and LOG2; either can be NULL with all behind it. */
static inline struct outcome replay(struct arena *arena, const struct memory_hive *hive,
                                    const struct memory_hive *log1, const struct memory_hive *log2)
{
    const struct memory_hive *logs[] = {log1, log2};
    static const char *const names[] = {"LOG1", "LOG2"};
    struct source sources[2] = {0};
    struct hive_image images[2];
    struct diags diags = {.arena = arena};
    size_t n = 0;
    for (; n < 2 && logs[n]; n++) {
        images[n] = hive_image_load(&logs[n]->source, &diags);
        sources[n] = hive_image_source(&images[n]);
        sources[n].name = names[n];
    }
    struct outcome outcome = replay_sources(arena, hive, sources, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(outcome.replay.logs[i].name, names[i]);
        hive_image_close(&images[i]);
    }
    return outcome;
}

static inline void assert_says(const char *text, const char *words)
{
    assert_non_null(text);
    if (!strstr(text, words))
        fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static inline void assert_used(const struct log_use *use, uint32_t first, uint32_t last)
{
    if (!use->applied)
        fail_msg("%s", use->reason);
    assert_int_equal(use->first, first);
    assert_int_equal(use->last, last);
    assert_int_equal(use->applied, last - first + 1);
}

static inline void assert_unused(const struct log_use *use, const char *words)
{
    assert_int_equal(use->applied, 0);
    assert_says(use->reason, words);
}

static inline void assert_unchanged(const struct memory_hive *hive, const struct outcome *outcome)
{
    assert_false(outcome->replay.recovered);
    assert_int_equal(outcome->after->source.size, hive->source.size);
    assert_memory_equal(outcome->after->bytes, hive->bytes, hive->source.size);
}

static inline void assert_base_block(struct arena *arena, const struct memory_hive *hive,
                                     uint32_t number, uint32_t bins_size)
{
    struct slice bytes = {.ptr = hive->bytes, .len = hive->source.size};
    struct base_block block = base_block_decode(arena, bytes);
    assert_memory_equal(hive->bytes, "regf", 4);
    assert_int_equal(block.checksum, block.computed_checksum);
    assert_int_equal(block.type, 0);
    assert_int_equal(block.primary_sequence, number);
    assert_int_equal(block.secondary_sequence, number);
    assert_int_equal(block.bins_size, bins_size);
    assert_true(hive->source.size >= 4096 + (uint64_t)bins_size);
}

/* Replays two logs of marks (one where last2 is before first2) and checks which were applied. */
static inline struct outcome assert_marks(struct arena *arena, const struct memory_hive *hive,
                                          const struct memory_hive *log1,
                                          const struct memory_hive *log2, uint32_t first,
                                          uint32_t last)
{
    struct outcome outcome = replay(arena, hive, log1, log2);
    assert_true(outcome.replay.recovered);
    assert_int_equal(read_marks(outcome.after), marks_of(first, last));
    assert_base_block(arena, outcome.after, last, BINS_SIZE);
    return outcome;
}

/* A log that fills whole blocks of 4096 bytes, which a mask of 32 bits names; each keeps what the
 * hive has there as its hive bin's header, and else holds fill. */
static inline struct memory_hive *make_dirt(struct arena *arena, const struct memory_hive *hive,
                                            uint32_t bins_size, uint32_t blocks, uint8_t fill)
{
    struct memory_hive *log = make_log(arena, hive, 1, get_u32(hive->bytes + 4));
    support_put_u32(log, BASE_AT_BINS_SIZE, bins_size);
    support_fix_checksum(log);
    size_t bitmap = append(arena, log, 512) + 4;
    memcpy(log->bytes + 512, "DIRT", 4);
    for (uint32_t i = 0; i < bins_size / 4096; i++) {
        if (!(blocks >> i & 1))
            continue;
        log->bytes[bitmap + i] = 0xff;
        size_t page = append(arena, log, 4096);
        memset(log->bytes + page, fill, 4096);
        memset(log->bytes + page, 0, 32);
        memcpy(log->bytes + page, "hbin", 4);
        put_u32(log->bytes + page + 4, i * 4096);
        put_u32(log->bytes + page + 8, 4096);
    }
    return log;
}

#define LAST_BLOCK (1u << (BINS_SIZE / 4096 - 1))

/* Flips up to three bits, and cuts every other log. */
static inline void flip_bits(struct memory_hive *log, unsigned *seed)
{
    for (int i = rand_r(seed) % 4; i > 0 && log->source.size; i--)
        log->bytes[(size_t)rand_r(seed) % log->source.size] ^= (uint8_t)(1 << rand_r(seed) % 8);
    if (rand_r(seed) % 2)
        log->source.size = (size_t)rand_r(seed) % (log->source.size + 1);
}

#endif
