/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "hive/base_block.h"
#include "hive/marvin.h"
#include "support.h"

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

static void set_numbers(struct memory_hive *hive, uint32_t primary, uint32_t secondary)
{
    support_put_u32(hive, BASE_AT_PRIMARY_SEQUENCE, primary);
    support_put_u32(hive, BASE_AT_SECONDARY_SEQUENCE, secondary);
    support_fix_checksum(hive);
}

/* A dirty hive whose number is primary: one bin of one key, and further bins of one free cell each.
 */
static struct memory_hive *make_hive(struct arena *arena, uint32_t primary)
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
static struct memory_hive *make_log(struct arena *arena, const struct memory_hive *hive,
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
static size_t append(struct arena *arena, struct memory_hive *log, size_t len)
{
    size_t at = log->source.size;
    uint8_t *bytes = arena_alloc(arena, at + len, 1);
    memcpy(bytes, log->bytes, at);
    log->bytes = bytes;
    log->source.size = at + len;
    return at;
}

static uint64_t hash(const uint8_t *bytes, size_t len)
{
    return marvin32(SEED, (struct slice){.ptr = bytes, .len = len});
}

static void fix_hash_2(struct memory_hive *log, size_t at)
{
    put_u64(log->bytes + at + ENTRY_HASH_2, hash(log->bytes + at, 32));
}

static void fix_hashes(struct memory_hive *log, size_t at)
{
    uint32_t size = support_get_u32(log, at + ENTRY_SIZE);
    assert_true(size >= 40 && size <= log->source.size - at);
    put_u64(log->bytes + at + ENTRY_HASH_1, hash(log->bytes + at + ENTRY_PAGES, size - 40));
    fix_hash_2(log, at);
}

/* Appends an entry of any number of pages, and returns its offset. */
static size_t add_pages(struct arena *arena, struct memory_hive *log, uint32_t sequence,
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
static size_t add_mark(struct arena *arena, struct memory_hive *log, uint32_t sequence)
{
    struct page page = {.offset = SPARE + 64 + sequence % MARKS, .size = 1, .fill = 0xee};
    return add_pages(arena, log, sequence, BINS_SIZE, &page, 1);
}

static struct memory_hive *make_marks(struct arena *arena, const struct memory_hive *hive,
                                      uint32_t first, uint32_t last)
{
    struct memory_hive *log = make_log(arena, hive, 6, first);
    for (uint32_t i = first; i != last + 1; i++)
        add_mark(arena, log, i);
    return log;
}

/* Which of the marks a hive has, one bit each. */
static unsigned read_marks(const struct memory_hive *hive)
{
    unsigned marks = 0;
    for (unsigned i = 0; i < MARKS; i++)
        marks |= (hive->bytes[4096 + SPARE + 64 + i] == 0xee) * (1u << i);
    return marks;
}

static unsigned marks_of(uint32_t first, uint32_t last)
{
    unsigned marks = 0;
    for (uint32_t i = first; i != last + 1; i++)
        marks |= 1u << i % MARKS;
    return marks;
}

static struct memory_hive *read_image(struct arena *arena, const struct hive_image *image)
{
    uint8_t *bytes = arena_alloc(arena, image->size, 1);
    struct source source = hive_image_source(image);
    assert_int_equal(source.read_at(&source, 0, bytes, image->size), (ssize_t)image->size);
    assert_int_equal(lseek(image->fd, 0, SEEK_END), (off_t)image->size);
    return support_wrap(arena, bytes, image->size);
}

static struct outcome replay_sources(struct arena *arena, const struct memory_hive *hive,
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
static struct outcome replay(struct arena *arena, const struct memory_hive *hive,
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

static void assert_says(const char *text, const char *words)
{
    assert_non_null(text);
    if (!strstr(text, words))
        fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static void assert_used(const struct log_use *use, uint32_t first, uint32_t last)
{
    if (!use->applied)
        fail_msg("%s", use->reason);
    assert_int_equal(use->first, first);
    assert_int_equal(use->last, last);
    assert_int_equal(use->applied, last - first + 1);
}

static void assert_unused(const struct log_use *use, const char *words)
{
    assert_int_equal(use->applied, 0);
    assert_says(use->reason, words);
}

static void assert_unchanged(const struct memory_hive *hive, const struct outcome *outcome)
{
    assert_false(outcome->replay.recovered);
    assert_int_equal(outcome->after->source.size, hive->source.size);
    assert_memory_equal(outcome->after->bytes, hive->bytes, hive->source.size);
}

static void assert_base_block(struct arena *arena, const struct memory_hive *hive, uint32_t number,
                              uint32_t bins_size)
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
static struct outcome assert_marks(struct arena *arena, const struct memory_hive *hive,
                                   const struct memory_hive *log1, const struct memory_hive *log2,
                                   uint32_t first, uint32_t last)
{
    struct outcome outcome = replay(arena, hive, log1, log2);
    assert_true(outcome.replay.recovered);
    assert_int_equal(read_marks(outcome.after), marks_of(first, last));
    assert_base_block(arena, outcome.after, last, BINS_SIZE);
    return outcome;
}

static void formats_have_names(void **state)
{
    (void)state;
    assert_string_equal(log_format_names[LOG_NONE], "none");
    assert_string_equal(log_format_names[LOG_DIRT], "DIRT");
    assert_string_equal(log_format_names[LOG_HVLE], "HvLE");
}

/* The new format. */

static void an_entry_changes_its_pages_and_nothing_else(void **state)
{
    static const struct page pages[] = {
        {SPARE + 100, 4, 1}, {SPARE + 512, 512, 2}, {SPARE + 600, 1, 3}, {BINS_SIZE - 8, 8, 4}};
    struct memory_hive *hive = make_hive(*state, 7);
    struct memory_hive *log = make_log(*state, hive, 6, 7);
    add_pages(*state, log, 7, BINS_SIZE, pages, 4);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_true(outcome.replay.recovered);
    assert_null(outcome.replay.lost);
    assert_null(outcome.replay.logs[0].reason);
    assert_int_equal(outcome.replay.logs[0].format, LOG_HVLE);
    assert_used(&outcome.replay.logs[0], 7, 7);
    set_numbers(hive, 7, 7);
    for (size_t i = 0; i < 4; i++)
        memset(hive->bytes + 4096 + pages[i].offset, pages[i].fill, pages[i].size);
    assert_int_equal(outcome.after->source.size, hive->source.size);
    assert_memory_equal(outcome.after->bytes, hive->bytes, hive->source.size);
}

static void entries_apply_in_the_order_of_their_numbers(void **state)
{
    struct memory_hive *hive = make_hive(*state, 5);
    struct page early = {SPARE, 8, 0x11}, late = {SPARE, 8, 0x22};
    struct memory_hive *old = make_log(*state, hive, 6, 5);
    add_pages(*state, old, 5, BINS_SIZE, &early, 1);
    struct memory_hive *new = make_log(*state, hive, 6, 6);
    add_pages(*state, new, 6, BINS_SIZE, &late, 1);
    for (int swapped = 0; swapped < 2; swapped++) {
        struct outcome outcome =
            swapped ? replay(*state, hive, new, old) : replay(*state, hive, old, new);
        assert_used(&outcome.replay.logs[swapped], 5, 5);
        assert_used(&outcome.replay.logs[!swapped], 6, 6);
        assert_null(outcome.replay.lost);
        assert_base_block(*state, outcome.after, 6, BINS_SIZE);
        assert_int_equal(outcome.after->bytes[4096 + SPARE], 0x22);
    }
}

static void entries_before_the_hive_are_skipped(void **state)
{
    struct memory_hive *hive = make_hive(*state, 7);
    struct memory_hive *log1 = make_marks(*state, hive, 5, 9);
    struct memory_hive *log2 = make_marks(*state, hive, 2, 3);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 7, 9);
    assert_used(&outcome.replay.logs[0], 7, 9);
    assert_null(outcome.replay.logs[0].reason);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 2 to 3, want 7 or later)");
    assert_null(outcome.replay.lost);
}

static void the_first_entry_may_be_later_than_the_hive(void **state)
{
    struct memory_hive *hive = make_hive(*state, 2);
    struct outcome outcome =
        assert_marks(*state, hive, make_marks(*state, hive, 8, 10), NULL, 8, 10);
    assert_null(outcome.replay.lost);
}

static void the_same_log_twice_applies_once(void **state)
{
    struct memory_hive *hive = make_hive(*state, 3);
    struct memory_hive *log = make_marks(*state, hive, 3, 5);
    struct outcome outcome = assert_marks(*state, hive, log, log, 3, 5);
    assert_used(&outcome.replay.logs[0], 3, 5);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 3 to 5, want 6 or later)");
    assert_null(outcome.replay.lost);
}

static void a_gap_between_logs_stops_the_replay(void **state)
{
    struct memory_hive *hive = make_hive(*state, 3);
    struct memory_hive *log1 = make_marks(*state, hive, 3, 5);
    struct memory_hive *log2 = make_marks(*state, hive, 7, 9);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 3, 5);
    assert_null(outcome.replay.logs[0].reason);
    assert_unused(&outcome.replay.logs[1], "entry 7: entries before it are missing (want entry 6)");
    assert_string_equal(outcome.replay.lost,
                        "entries 7 to 9 of LOG2 follow a gap and cannot be applied");
}

static void a_gap_within_a_log_stops_the_replay(void **state)
{
    struct memory_hive *hive = make_hive(*state, 3);
    struct memory_hive *log1 = make_marks(*state, hive, 3, 4);
    add_mark(*state, log1, 6);
    add_mark(*state, log1, 7);
    struct memory_hive *log2 = make_marks(*state, hive, 8, 8);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 3, 4);
    assert_used(&outcome.replay.logs[0], 3, 4);
    assert_string_equal(outcome.replay.logs[0].reason,
                        "entry 6 at offset 1536: entries before it are missing (want entry 5)");
    assert_string_equal(outcome.replay.lost,
                        "entries 6 to 7 of LOG1 follow a gap and cannot be applied; "
                        "entries 8 to 8 of LOG2 follow a gap and cannot be applied");
}

static void flags_of_the_base_block_are_those_of_the_last_entry(void **state)
{
    struct memory_hive *hive = make_hive(*state, 3);
    struct memory_hive *log = make_marks(*state, hive, 3, 4);
    support_put_u32(log, 512 + ENTRY_FLAGS, 2);
    fix_hash_2(log, 512);
    support_put_u32(log, 1024 + ENTRY_FLAGS, 1);
    fix_hash_2(log, 1024);
    struct outcome outcome = assert_marks(*state, hive, log, NULL, 3, 4);
    assert_int_equal(support_get_u32(outcome.after, BASE_FLAGS), 1);
}

static void sequence_numbers_wrap_around(void **state)
{
    struct memory_hive *hive = make_hive(*state, 0xfffffffe);
    struct memory_hive *log1 = make_marks(*state, hive, 1, 2);
    struct memory_hive *log2 = make_marks(*state, hive, 0xfffffffc, 0);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 0xfffffffe, 2);
    assert_used(&outcome.replay.logs[0], 1, 2);
    assert_used(&outcome.replay.logs[1], 0xfffffffe, 0);
    assert_null(outcome.replay.lost);
}

static void the_number_next_to_the_hive_may_have_wrapped_around(void **state)
{
    struct memory_hive *hive = make_hive(*state, 1);
    struct outcome outcome =
        replay(*state, hive, make_marks(*state, hive, 0xfffffff0, 0xfffffff2), NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "only older entries");
}

static void add_garbage(struct arena *arena, struct memory_hive *log)
{
    size_t at = append(arena, log, 1024);
    memset(log->bytes + at, 0xff, 1024);
}

static void remnants_end_a_log(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    for (int kind = 0; kind < 5; kind++) {
        struct memory_hive *log = make_marks(*state, hive, 20, 21);
        if (kind == 1)
            append(*state, log, 4096);
        if (kind == 2)
            add_mark(*state, log, 18);
        if (kind == 3)
            add_mark(*state, log, 21);
        if (kind == 4)
            add_garbage(*state, log);
        if (kind == 2 || kind == 3)
            add_mark(*state, log, 22);
        struct outcome outcome = assert_marks(*state, hive, log, NULL, 20, 21);
        assert_null(outcome.replay.logs[0].reason);
        assert_null(outcome.replay.lost);
    }
}

/* Ways to damage an entry of one page of one byte; each is about entry 21 of 20 to 22. */
static void damage_hash_1(struct memory_hive *log, size_t at)
{
    log->bytes[at + 60] ^= 1;
}
static void damage_hash_2(struct memory_hive *log, size_t at)
{
    log->bytes[at + ENTRY_FLAGS] ^= 2;
}
static void damage_size(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_SIZE, 511);
    fix_hash_2(log, at);
}
static void zero_size(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_SIZE, 0);
    fix_hash_2(log, at);
}
static void enlarge_size(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_SIZE, 0xfffffe00);
    fix_hash_2(log, at);
}
static void put_bins_size(struct memory_hive *log, size_t at, uint32_t size)
{
    support_put_u32(log, at + ENTRY_BINS_SIZE, size);
    fix_hashes(log, at);
}
static void zero_bins_size(struct memory_hive *log, size_t at)
{
    put_bins_size(log, at, 0);
}
static void misalign_bins_size(struct memory_hive *log, size_t at)
{
    put_bins_size(log, at, BINS_SIZE + 512);
}
static void enlarge_bins_size(struct memory_hive *log, size_t at)
{
    put_bins_size(log, at, 0x80000000);
}
static void reduce_bins_size(struct memory_hive *log, size_t at)
{
    put_bins_size(log, at, 4096);
}
static void enlarge_count(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_COUNT, 0x20000001);
    fix_hashes(log, at);
}
static void add_reference(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_COUNT, 2);
    fix_hashes(log, at);
}
static void move_page(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_PAGES, BINS_SIZE);
    fix_hashes(log, at);
}
static void overflow_page(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_PAGES, 0xffffffff);
    fix_hashes(log, at);
}
static void empty_page(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_PAGES + 4, 0);
    fix_hashes(log, at);
}
static void enlarge_page(struct memory_hive *log, size_t at)
{
    support_put_u32(log, at + ENTRY_PAGES, 0);
    support_put_u32(log, at + ENTRY_PAGES + 4, 512);
    fix_hashes(log, at);
}

static const struct {
    void (*damage)(struct memory_hive *log, size_t at);
    const char *words;
} damages[] = {
    {damage_hash_1, "entry 21 at offset 1024: wrong Hash-1 (got "},
    {damage_hash_2, "entry 21 at offset 1024: wrong Hash-2 (got "},
    {damage_size, "wrong size (got 511, want a multiple of 512)"},
    {zero_size, "wrong size (got 0, want a multiple of 512)"},
    {enlarge_size, "beyond the end of the log (got 4294966784 bytes, 1024 are left)"},
    {zero_bins_size, "wrong size of the hive bins data (got 0)"},
    {misalign_bins_size, "wrong size of the hive bins data (got 33280)"},
    {enlarge_bins_size, "wrong size of the hive bins data (got 2147483648)"},
    {reduce_bins_size,
     "page 0 lies outside the hive (got 1 bytes at 28741, want them within 4096)"},
    {enlarge_count, "too many dirty pages for its size (got 536870913)"},
    {add_reference, "page 1 lies outside the hive (got 0 bytes at 238, want them within 32768)"},
    {move_page, "page 0 lies outside the hive (got 1 bytes at 32768, want them within 32768)"},
    {overflow_page, "page 0 lies outside the hive (got 1 bytes at 4294967295"},
    {empty_page, "page 0 lies outside the hive (got 0 bytes at 28741"},
    {enlarge_page, "page 0 is cut off (got 464 bytes, want 512)"},
};
#define NDAMAGES (sizeof damages / sizeof *damages)

static void a_damaged_entry_stops_the_replay_before_it(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    for (size_t i = 0; i < NDAMAGES; i++) {
        struct memory_hive *log = make_marks(*state, hive, 20, 22);
        damages[i].damage(log, 1024);
        struct outcome outcome = assert_marks(*state, hive, log, NULL, 20, 20);
        assert_used(&outcome.replay.logs[0], 20, 20);
        assert_says(outcome.replay.logs[0].reason, damages[i].words);
        if (damages[i].damage != enlarge_size)
            assert_string_equal(outcome.replay.lost,
                                "entries 22 to 22 of LOG1 follow a gap and cannot be applied");
    }
}

static void a_damaged_first_entry_leaves_the_hive_as_it_is(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    for (size_t i = 0; i < NDAMAGES; i++) {
        struct memory_hive *log1 = make_marks(*state, hive, 21, 21);
        log1->bytes = memmove(arena_alloc(*state, 1536, 1), log1->bytes, 1024);
        memmove(log1->bytes + 1024, log1->bytes + 512, 512);
        log1->source.size = 1536;
        damages[i].damage(log1, 512);
        struct memory_hive *log2 = make_marks(*state, hive, 22, 24);
        struct outcome outcome = replay(*state, hive, log1, log2);
        assert_unchanged(hive, &outcome);
        assert_says(outcome.replay.logs[0].reason, "entry 21 at offset 512: ");
        assert_unused(&outcome.replay.logs[1], "entry 22: entries before it are missing");
        assert_says(outcome.replay.lost, "entries 22 to 24 of LOG2 follow a gap");
    }
}

static void damage_in_what_the_hive_holds_already_does_not_matter(void **state)
{
    struct memory_hive *hive = make_hive(*state, 22);
    struct memory_hive *log1 = make_marks(*state, hive, 20, 21);
    damage_hash_1(log1, 1024);
    struct memory_hive *log2 = make_marks(*state, hive, 22, 24);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 22, 24);
    assert_unused(&outcome.replay.logs[0], "entry 21 at offset 1024: wrong Hash-1");
    assert_null(outcome.replay.lost);
}

static void another_log_can_hold_the_entry_that_is_damaged_in_one(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_marks(*state, hive, 20, 22);
    damage_hash_1(log1, 1024);
    struct memory_hive *log2 = make_marks(*state, hive, 20, 22);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 20, 22);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_used(&outcome.replay.logs[1], 21, 22);
    assert_null(outcome.replay.lost);
}

static void a_partial_last_entry_is_not_applied(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct page page = {SPARE + 64, 2000, 0xee};
    for (size_t cut = 1; cut <= 2048; cut++) {
        struct memory_hive *log = make_marks(*state, hive, 30, 30);
        add_pages(*state, log, 31, BINS_SIZE, &page, 1);
        log->source.size -= cut;
        struct outcome outcome = assert_marks(*state, hive, log, NULL, 30, 30);
        assert_null(outcome.replay.lost);
        if (cut <= 2048 - 16)
            assert_says(outcome.replay.logs[0].reason, "beyond the end of the log");
    }
}

static void a_hive_grows_with_its_entries(void **state)
{
    struct page page = {BINS_SIZE + 8192, 4096, 0xee}, last = {SPARE, 8, 0xdd};
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_log(*state, hive, 6, 20);
    add_pages(*state, log, 20, BINS_SIZE + 12288, &page, 1);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_base_block(*state, outcome.after, 20, BINS_SIZE + 12288);
    assert_int_equal(outcome.after->source.size, 4096 + BINS_SIZE + 12288);
    for (size_t i = 0; i < 8192; i++)
        assert_int_equal(outcome.after->bytes[4096 + BINS_SIZE + i], 0);
    assert_int_equal(outcome.after->bytes[4096 + BINS_SIZE + 8192], 0xee);

    add_pages(*state, log, 21, BINS_SIZE, &last, 1);
    outcome = replay(*state, hive, log, NULL);
    assert_base_block(*state, outcome.after, 21, BINS_SIZE);
    assert_int_equal(outcome.after->source.size, 4096 + BINS_SIZE + 12288);
}

static void a_hive_can_grow_to_the_limit(void **state)
{
    struct page page = {0x7ffff000 - 8, 8, 0xee};
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_log(*state, hive, 6, 20);
    add_pages(*state, log, 20, 0x7ffff000, &page, 1);
    struct diags diags = {.arena = *state};
    struct hive_image image = hive_image_load(&hive->source, &diags);
    struct hive_image log_image = hive_image_load(&log->source, &diags);
    struct source source = hive_image_source(&log_image);
    struct replay replay = hive_replay(*state, &image, &source, 1);
    assert_true(replay.recovered);
    assert_int_equal(image.size, UINT64_C(0x80000000));
    uint8_t end[9];
    assert_int_equal(pread(image.fd, end, 9, 0x80000000 - 8), 8);
    assert_int_equal(end[0], 0xee);
    hive_image_close(&image);
    hive_image_close(&log_image);
}

static void a_truncated_hive_is_filled_up(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 21);
    for (size_t size = 0; size < 4200; size += size < 600 ? 1 : 509) {
        hive->source.size = size;
        struct outcome outcome = assert_marks(*state, hive, log, NULL, 20, 21);
        assert_int_equal(outcome.after->source.size, 4096 + BINS_SIZE);
    }
}

static void a_damaged_base_block_is_taken_from_the_log(void **state)
{
    for (int kind = 0; kind < 2; kind++) {
        struct memory_hive *hive = make_hive(*state, 20);
        struct memory_hive *log1 = make_marks(*state, hive, 20, 21);
        struct memory_hive *log2 = make_marks(*state, hive, 22, 23);
        put_u64(log1->bytes + BASE_AT_LAST_WRITTEN, 4711);
        support_fix_checksum(log1);
        support_put_u32(hive, kind ? 0 : BASE_AT_ROOT_OFFSET, 12345);
        if (kind)
            support_fix_checksum(hive);
        struct outcome outcome = assert_marks(*state, hive, log1, log2, 20, 23);
        assert_null(outcome.replay.lost);
        set_numbers(log1, 23, 23);
        support_put_u32(log1, BASE_AT_TYPE, 0);
        support_fix_checksum(log1);
        assert_memory_equal(outcome.after->bytes, log1->bytes, 512);
        assert_memory_equal(outcome.after->bytes + 512, hive->bytes + 512, 4096 - 512);
    }
}

static void a_sound_base_block_keeps_its_other_fields(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 21);
    put_u64(log->bytes + BASE_AT_LAST_WRITTEN, 4711);
    support_fix_checksum(log);
    struct outcome outcome = assert_marks(*state, hive, log, NULL, 20, 21);
    set_numbers(hive, 21, 21);
    assert_memory_equal(outcome.after->bytes, hive->bytes, 4096);
}

/* 19 is not followed by 22: between the logs the hive was written. */
static void an_old_log_does_not_recover_a_base_block(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_marks(*state, hive, 22, 23);
    struct memory_hive *log2 = make_marks(*state, hive, 18, 19);
    struct memory_hive *empty = make_log(*state, hive, 6, 30);
    hive->bytes[4] ^= 1;
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 22, 23);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 18 to 19");
    assert_null(outcome.replay.lost);
    outcome = assert_marks(*state, hive, log2, empty, 18, 19);
    assert_unused(&outcome.replay.logs[1], "holds no entry");
}

/* 20 is damaged, so that 21 and 22 would miss it: nothing says that the hive holds it. */
static void a_damaged_log_is_no_old_log(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_marks(*state, hive, 19, 20);
    struct memory_hive *log2 = make_marks(*state, hive, 21, 22);
    damage_hash_1(log1, 1024);
    hive->bytes[4] ^= 1;
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 19, 19);
    assert_says(outcome.replay.lost, "entries 21 to 22 of LOG2 follow a gap");
}

/* A log that is not used, and why. */
static struct memory_hive *make_unsound(struct arena *arena, const struct memory_hive *hive,
                                        size_t offset, uint32_t number)
{
    struct memory_hive *log = make_marks(arena, hive, 20, 22);
    support_put_u32(log, offset, number);
    if (offset != BASE_AT_CHECKSUM)
        support_fix_checksum(log);
    return log;
}

static void a_log_without_a_sound_base_block_is_not_used(void **state)
{
    static const struct {
        size_t offset;
        uint32_t number;
        const char *words;
    } faults[] = {
        {0, 0, "no base block (want the signature regf)"},
        {BASE_AT_CHECKSUM, 1, "wrong checksum of its base block (got 00000001, want "},
        {BASE_AT_TYPE, 1, "wrong file type in its base block (got 1, want 6)"},
        {BASE_AT_TYPE, 0, "wrong file type in its base block (got 0, want 6)"},
        {BASE_AT_SECONDARY_SEQUENCE, 19, "not written to its end (got sequence numbers 20 and 19)"},
        {BASE_AT_BINS_SIZE, 0, "wrong size of the hive bins data in its base block (got 0)"},
        {BASE_AT_BINS_SIZE, 4097, "wrong size of the hive bins data in its base block (got 4097)"},
        {BASE_AT_BINS_SIZE, 0x80000000, "(got 2147483648)"},
    };
    struct memory_hive *hive = make_hive(*state, 20);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct memory_hive *log = make_unsound(*state, hive, faults[i].offset, faults[i].number);
        struct outcome outcome = replay(*state, hive, log, NULL);
        assert_unchanged(hive, &outcome);
        assert_int_equal(outcome.replay.logs[0].format, LOG_HVLE);
        assert_unused(&outcome.replay.logs[0], faults[i].words);
        assert_string_equal(
            outcome.replay.lost,
            "entries 20 to 22 of LOG1 cannot be applied, because the log is not sound");
    }
}

static void what_an_unsound_log_would_have_held_is_lost(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_unsound(*state, hive, BASE_AT_CHECKSUM, 1);
    struct memory_hive *log2 = make_marks(*state, hive, 23, 24);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 23, 24);
    assert_says(outcome.replay.lost, "entries 20 to 22 of LOG1 cannot be applied");
    set_numbers(hive, 23, 22);
    outcome = assert_marks(*state, hive, log1, log2, 23, 24);
    assert_null(outcome.replay.lost);
}

static void a_log_of_another_sequence_than_its_base_block_is_not_used(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 22);
    set_numbers(log, 21, 21);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "holds no entry");
    set_numbers(log, 19, 19);
    outcome = replay(*state, hive, log, NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "entry 20 at offset 512: entries before it are missing");
    assert_says(outcome.replay.lost, "entries 20 to 22 of LOG1 follow a gap");
}

/* What is no log at all. */

static void other_files_are_listed(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *zeros = support_wrap(*state, arena_alloc(*state, 8192, 1), 8192);
    static const struct {
        size_t size;
        const char *words;
    } sizes[] = {{0, "empty"},
                 {1, "too short for a log (got 1 bytes, want 512 or more)"},
                 {511, "too short for a log (got 511 bytes, want 512 or more)"},
                 {512, "no transaction log of a known format"},
                 {515, "no transaction log of a known format"},
                 {8192, "no transaction log of a known format"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        zeros->source.size = sizes[i].size;
        struct outcome outcome = replay(*state, hive, zeros, hive);
        assert_unchanged(hive, &outcome);
        assert_int_equal(outcome.replay.logs[0].format, LOG_NONE);
        assert_unused(&outcome.replay.logs[0], sizes[i].words);
        assert_unused(&outcome.replay.logs[1], "no transaction log of a known format");
        assert_null(outcome.replay.lost);
    }
}

static void no_logs_change_nothing(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct outcome outcome = replay(*state, hive, NULL, NULL);
    assert_unchanged(hive, &outcome);
    assert_null(outcome.replay.lost);
}

static ssize_t fail_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static ssize_t read_less(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    return pread(source->fd, buf, len < 1000 ? len : 1000, (off_t)offset);
}

static void a_log_that_cannot_be_read_is_not_used(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 22);
    struct diags diags = {.arena = *state};
    struct hive_image image = hive_image_load(&log->source, &diags);
    struct source sources[3];
    for (size_t i = 0; i < 3; i++)
        sources[i] = hive_image_source(&image);
    sources[0].read_at = fail_to_read;
    sources[1].read_at = read_less;
    sources[2].size = (UINT64_C(512) << 20) + 1;
    struct outcome outcome = replay_sources(*state, hive, sources, 3);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "cannot be read: Input/output error");
    assert_unused(&outcome.replay.logs[1], "has become shorter (got 1000 bytes, want 2048)");
    assert_unused(&outcome.replay.logs[2], "too large (got 536870913 bytes, ");
    hive_image_close(&image);
}

/* The old format. */

/* A log that fills whole blocks of 4096 bytes, which a mask of 32 bits names; each keeps what the
 * hive has there as its hive bin's header, and else holds fill. */
static struct memory_hive *make_dirt(struct arena *arena, const struct memory_hive *hive,
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

static void a_dirty_vector_changes_its_pages_and_nothing_else(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    support_put_u32(log, BASE_AT_MINOR, 3); /* the base block is the log's */
    set_numbers(log, 17, 17);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_true(outcome.replay.recovered);
    assert_int_equal(outcome.replay.logs[0].format, LOG_DIRT);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_null(outcome.replay.logs[0].reason);
    support_put_u32(hive, BASE_AT_MINOR, 3);
    set_numbers(hive, 20, 20);
    memcpy(hive->bytes + 4096 + SPARE, log->bytes + 1024, 4096);
    assert_int_equal(outcome.after->source.size, hive->source.size);
    assert_memory_equal(outcome.after->bytes, hive->bytes, hive->source.size);
}

/* Pages 1, 8 and 10 of a bin that stays as it was, but for them. */
static void single_pages_go_where_their_bits_say(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, 0, 0);
    log->bytes[516 + 6] = 0x02;
    log->bytes[516 + 7] = 0x84;
    size_t pages = append(*state, log, 3 * 512);
    for (int i = 0; i < 3; i++)
        memset(log->bytes + pages + 512 * i, 0xa0 + i, 512);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_used(&outcome.replay.logs[0], 20, 20);
    set_numbers(hive, 20, 20);
    memset(hive->bytes + 4096 + 6 * 4096 + 512, 0xa0, 512);
    memset(hive->bytes + 4096 + 7 * 4096 + 2 * 512, 0xa1, 512);
    memset(hive->bytes + 4096 + 7 * 4096 + 7 * 512, 0xa2, 512);
    assert_memory_equal(outcome.after->bytes, hive->bytes, hive->source.size);
}

static void a_dirty_vector_can_grow_the_hive(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE + 8192, LAST_BLOCK * 6, 0xee);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_base_block(*state, outcome.after, 20, BINS_SIZE + 8192);
    assert_int_equal(outcome.after->source.size, 4096 + BINS_SIZE + 8192);
    assert_int_equal(outcome.after->bytes[4096 + BINS_SIZE + 8191], 0xee);
}

static void damage_timestamp(struct memory_hive *log)
{
    put_u64(log->bytes + BASE_AT_LAST_WRITTEN, 4711);
    support_fix_checksum(log);
}
static void damage_dirt_signature(struct memory_hive *log)
{
    log->bytes[512] = 'd';
}
static void cut_vector(struct memory_hive *log)
{
    log->source.size = 520;
}
static void cut_pages(struct memory_hive *log)
{
    log->source.size -= 1;
}
static void damage_bin_signature(struct memory_hive *log)
{
    log->bytes[1024 + 4096] ^= 1;
}
static void damage_bin_offset(struct memory_hive *log)
{
    log->bytes[1024 + 4096 + 5] ^= 0x10;
}
static void damage_bin_size(struct memory_hive *log)
{
    support_put_u32(log, 1024 + 4096 + 8, 8192);
}
static void dirty_no_bin(struct memory_hive *log)
{
    log->bytes[516 + 5] = log->bytes[516 + 6];
    log->bytes[516 + 6] = 0;
}
static void damage_dirt_type(struct memory_hive *log)
{
    support_put_u32(log, BASE_AT_TYPE, 2);
    support_fix_checksum(log);
}
static void damage_dirt_checksum(struct memory_hive *log)
{
    support_put_u32(log, BASE_AT_CHECKSUM, 5);
}

static const struct {
    void (*damage)(struct memory_hive *log);
    const char *words;
} dirt_damages[] = {
    {damage_timestamp, "is not of the hive's last write (got 4711, want 2024-01-01T00:00:00"},
    {damage_dirt_signature, "no dirty vector (want the signature DIRT)"},
    {cut_vector, "its dirty vector is cut off (got 520 bytes, want 1024)"},
    {cut_pages, "its dirty pages are cut off (got 15, want 16)"},
    {damage_bin_signature, "would write a hive bin that is none, at offset 32768"},
    {damage_bin_offset, "would write a hive bin that is none, at offset 32768"},
    {damage_bin_size, "would write a hive bin that is none, at offset 32768"},
    {dirty_no_bin, "would write a hive bin that is none, at offset 24576"},
    {damage_dirt_type, "wrong file type in its base block (got 2, want 1)"},
    {damage_dirt_checksum, "wrong checksum of its base block (got 00000005, want "},
};

static void a_damaged_dirty_vector_is_not_applied(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    for (size_t i = 0; i < sizeof dirt_damages / sizeof *dirt_damages; i++) {
        struct memory_hive *log =
            make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK | LAST_BLOCK / 2, 1);
        dirt_damages[i].damage(log);
        struct outcome outcome = replay(*state, hive, log, NULL);
        assert_unchanged(hive, &outcome);
        assert_unused(&outcome.replay.logs[0], dirt_damages[i].words);
        assert_int_equal(outcome.replay.logs[0].format, LOG_DIRT);

        struct memory_hive *other = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
        outcome = replay(*state, hive, log, other);
        assert_unused(&outcome.replay.logs[0], dirt_damages[i].words);
        assert_used(&outcome.replay.logs[1], 20, 20);
        assert_base_block(*state, outcome.after, 20, BINS_SIZE);
        outcome = replay(*state, hive, other, log);
        assert_used(&outcome.replay.logs[0], 20, 20);
        assert_int_equal(outcome.replay.logs[1].applied, 0);
    }
}

static void a_clean_bin_that_is_damaged_stays_so(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    memset(hive->bytes + 4096 + 4 * 4096, 0xff, 32);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_memory_equal(outcome.after->bytes + 4096, hive->bytes + 4096, SPARE);
}

static void one_dirty_vector_is_enough(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    struct memory_hive *log2 = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xdd);
    struct outcome outcome = replay(*state, hive, log1, log2);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_unused(&outcome.replay.logs[1], "not used: another log was applied");
    assert_int_equal(outcome.after->bytes[4096 + SPARE + 64], 0xee);
}

static void a_dirty_vector_is_not_used_beside_the_new_format(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log1 = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xdd);
    struct memory_hive *log2 = make_marks(*state, hive, 20, 21);
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 20, 21);
    assert_unused(&outcome.replay.logs[0], "not used: another log has the new format");
    assert_used(&outcome.replay.logs[1], 20, 21);
    log2->bytes[BASE_AT_CHECKSUM] ^= 1;
    outcome = replay(*state, hive, log1, log2);
    assert_used(&outcome.replay.logs[0], 20, 20);
}

static void a_damaged_base_block_is_taken_from_a_log_that_fits_the_first_bin(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    set_numbers(log, 33, 33);
    hive->bytes[BASE_AT_LAST_WRITTEN] ^= 1;
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_used(&outcome.replay.logs[0], 33, 33);
    support_put_u32(log, BASE_AT_TYPE, 0);
    support_fix_checksum(log);
    assert_memory_equal(outcome.after->bytes, log->bytes, 512);

    log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    put_u64(hive->bytes + BIN_STAMP, get_u64(log->bytes + BASE_AT_LAST_WRITTEN) + 1);
    outcome = replay(*state, hive, log, NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "is not of the hive's last write");

    hive->source.size = 4096 + 31;
    outcome = replay(*state, hive, log, NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "no hive bin to tell");
}

static void a_truncated_hive_gets_its_dirty_bins(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK, 0xee);
    hive->source.size = 4096 + 31;
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_base_block(*state, outcome.after, 20, BINS_SIZE);
    assert_int_equal(outcome.after->bytes[4096 + BINS_SIZE - 1], 0xee);
}

/* An image that cannot change, by a seal. */
static void assert_refuses(struct arena *arena, const struct memory_hive *hive,
                           const struct memory_hive *log, int seal, const char *words)
{
    struct diags diags = {.arena = arena};
    struct hive_image image = hive_image_load(&hive->source, &diags);
    struct hive_image log_image = hive_image_load(&log->source, &diags);
    struct source source = hive_image_source(&log_image);
    assert_int_equal(fcntl(image.fd, F_ADD_SEALS, seal), 0);
    struct outcome outcome = {.replay = hive_replay(arena, &image, &source, 1)};
    outcome.after = read_image(arena, &image);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], words);
    hive_image_close(&image);
    hive_image_close(&log_image);
}

static void an_image_that_cannot_change_stays_as_it_is(void **state)
{
    struct page page = {BINS_SIZE, 8, 0xee};
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *dirt = make_dirt(*state, hive, BINS_SIZE + 4096, LAST_BLOCK * 2, 0xee);
    struct memory_hive *hvle = make_log(*state, hive, 6, 20);
    add_pages(*state, hvle, 20, BINS_SIZE + 4096, &page, 1);
    const char *map = "the hive cannot be mapped into memory: Operation not permitted";
    const char *grow = "the hive cannot grow: Operation not permitted";
    assert_refuses(*state, hive, dirt, F_SEAL_WRITE, map);
    assert_refuses(*state, hive, hvle, F_SEAL_WRITE, map);
    assert_refuses(*state, hive, dirt, F_SEAL_GROW, grow);
    assert_refuses(*state, hive, hvle, F_SEAL_GROW, grow);
    hive->source.size = 0;
    assert_refuses(*state, hive, hvle, F_SEAL_WRITE, "the hive cannot grow");
}

/* Properties. */

static void flip_bits(struct memory_hive *log, unsigned *seed)
{
    for (int i = rand_r(seed) % 4; i > 0 && log->source.size; i--)
        log->bytes[(size_t)rand_r(seed) % log->source.size] ^= (uint8_t)(1 << rand_r(seed) % 8);
    if (rand_r(seed) % 2)
        log->source.size = (size_t)rand_r(seed) % (log->source.size + 1);
}

/* Whatever happens to logs, entries are applied in order, each as a whole, and none behind one that
 * is missing. Each entry has pages in two places, and the entries overwrite each other. */
static void damaged_logs_apply_a_prefix_of_their_entries(void **state)
{
    enum { ENTRIES_MADE = 6, ROUNDS = 3000 };
    struct memory_hive *hive = make_hive(*state, 50);
    struct memory_hive *logs[2] = {make_log(*state, hive, 6, 50), make_log(*state, hive, 6, 53)};
    struct memory_hive *want[ENTRIES_MADE + 1] = {hive};
    for (uint32_t i = 0; i < ENTRIES_MADE; i++) {
        struct page pages[] = {{SPARE + 64, 700, (uint8_t)(i + 1)},
                               {SPARE + 1000 + i * 8, 9, 0xee}};
        add_pages(*state, logs[i / 3], 50 + i, BINS_SIZE, pages, 2);
        struct memory_hive *next = support_wrap(
            *state,
            (uint8_t *)arena_dup(*state, (struct slice){want[i]->bytes, hive->source.size}).ptr,
            hive->source.size);
        for (size_t j = 0; j < 2; j++)
            memset(next->bytes + 4096 + pages[j].offset, pages[j].fill, pages[j].size);
        set_numbers(next, 50 + i, 50 + i);
        want[i + 1] = next;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct arena *arena = arena_new();
        unsigned seed = round;
        struct memory_hive *damaged[2];
        for (size_t i = 0; i < 2; i++) {
            struct slice copy =
                arena_dup(arena, (struct slice){logs[i]->bytes, logs[i]->source.size});
            damaged[i] = support_wrap(arena, (uint8_t *)copy.ptr, copy.len);
            flip_bits(damaged[i], &seed);
        }
        struct outcome outcome = replay(arena, hive, damaged[round % 2], damaged[!(round % 2)]);
        size_t applied = outcome.replay.logs[0].applied + outcome.replay.logs[1].applied;
        bool jumped = outcome.after->bytes[4096 + SPARE + 1000] != 0xee && applied;
        if (applied > ENTRIES_MADE || outcome.after->source.size != hive->source.size ||
            (!jumped && memcmp(outcome.after->bytes, want[applied]->bytes, hive->source.size) != 0))
            fail_msg("seed %u: %zu entries, and not what they make", round, applied);
        /* Where the first log is gone altogether, the second is all there is: 53 on. */
        if (jumped)
            assert_true(get_u32(outcome.after->bytes + 4) == 52 + applied);
        arena_free(arena);
    }
}

static void damaged_dirty_vectors_apply_whole_or_not_at_all(void **state)
{
    struct memory_hive *hive = make_hive(*state, 50);
    struct memory_hive *log = make_dirt(*state, hive, BINS_SIZE, LAST_BLOCK | LAST_BLOCK / 4, 7);
    for (unsigned round = 0; round < 2000; round++) {
        struct arena *arena = arena_new();
        unsigned seed = round;
        struct slice copy = arena_dup(arena, (struct slice){log->bytes, log->source.size});
        struct memory_hive *damaged = support_wrap(arena, (uint8_t *)copy.ptr, copy.len);
        flip_bits(damaged, &seed);
        struct outcome outcome = replay(arena, hive, damaged, NULL);
        if (!outcome.replay.recovered)
            assert_unchanged(hive, &outcome);
        else
            assert_base_block(arena, outcome.after, 50, BINS_SIZE);
        arena_free(arena);
    }
}

/* The corpus: hives that Windows left dirty, and what it made of two of them. */

static struct outcome replay_corpus(struct arena *arena, const char *hive, const char *log1,
                                    const char *log2)
{
    return replay(arena, support_corpus(arena, hive), support_corpus(arena, log1),
                  support_corpus(arena, log2));
}

struct comparison {
    struct hive *got, *want;
    size_t keys, unreadable;
};

static void compare_values(struct comparison *comparison, hive_key got, hive_key want)
{
    struct hive_value *left, *right;
    size_t nleft, nright;
    assert_int_equal(hive_values(comparison->got, got, &left, &nleft), HIVE_OK);
    assert_int_equal(hive_values(comparison->want, want, &right, &nright), HIVE_OK);
    assert_int_equal(nleft, nright);
    for (size_t i = 0; i < nleft; i++) {
        comparison->unreadable += left[i].unreadable != NULL;
        assert_int_equal(!left[i].unreadable, !right[i].unreadable);
        assert_string_equal(left[i].name, right[i].name);
        assert_int_equal(left[i].type, right[i].type);
        assert_int_equal(left[i].raw.len, right[i].raw.len);
        if (left[i].raw.len)
            assert_memory_equal(left[i].raw.ptr, right[i].raw.ptr, left[i].raw.len);
    }
}

static void compare_keys(struct comparison *comparison, hive_key got, hive_key want)
{
    comparison->keys++;
    assert_string_equal(hive_key_name(comparison->got, got), hive_key_name(comparison->want, want));
    assert_int_equal(hive_key_last_write(comparison->got, got),
                     hive_key_last_write(comparison->want, want));
    compare_values(comparison, got, want);
    hive_key *left, *right;
    size_t nleft, nright;
    assert_int_equal(hive_subkeys(comparison->got, got, &left, &nleft), HIVE_OK);
    assert_int_equal(hive_subkeys(comparison->want, want, &right, &nright), HIVE_OK);
    assert_int_equal(nleft, nright);
    for (size_t i = 0; i < nleft; i++)
        compare_keys(comparison, left[i], right[i]);
}

static struct comparison compare_trees(struct arena *arena, const struct memory_hive *got,
                                       const struct memory_hive *want)
{
    struct open_hive *left = support_open(arena, got), *right = support_open(arena, want);
    assert_non_null(left->hive);
    assert_non_null(right->hive);
    struct comparison comparison = {.got = left->hive, .want = right->hive};
    compare_keys(&comparison, hive_root(left->hive), hive_root(right->hive));
    support_close(left);
    support_close(right);
    return comparison;
}

/* Reads a whole tree: every key of it can be. */
static void assert_tree(struct arena *arena, const struct memory_hive *hive, size_t keys,
                        size_t unreadable)
{
    struct comparison comparison = compare_trees(arena, hive, hive);
    assert_int_equal(comparison.keys, keys);
    assert_int_equal(comparison.unreadable, unreadable);
}

/* Whether two trees are the same, key by key, value by value and with all times. */
static void assert_same_tree(struct arena *arena, const struct memory_hive *got,
                             const struct memory_hive *want, size_t keys)
{
    struct comparison comparison = compare_trees(arena, got, want);
    assert_int_equal(comparison.keys, keys);
    assert_int_equal(comparison.unreadable, 0);
}

static void assert_same_bins(const struct memory_hive *got, const struct memory_hive *want)
{
    assert_int_equal(got->source.size, want->source.size);
    assert_memory_equal(got->bytes + 4096, want->bytes + 4096, want->source.size - 4096);
}

/* Windows has written the hive once more, so that its base block has the number 6. */
static void the_new_format_recovers_what_windows_10_does(void **state)
{
    struct outcome outcome =
        replay_corpus(*state, "hives/dirty/new1/NewDirtyHive", "hives/dirty/new1/NewDirtyHive.LOG1",
                      "hives/dirty/new1/NewDirtyHive.LOG2");
    assert_unused(&outcome.replay.logs[0], "only older entries (got 2 to 2, want 3 or later)");
    assert_used(&outcome.replay.logs[1], 3, 5);
    struct memory_hive *want = support_corpus(*state, "hives/dirty/new1/RecoveredHive_Windows10");
    assert_same_tree(*state, outcome.after, want, 5);
    assert_same_bins(outcome.after, want);
}

#define NAME_LENGTH 0x6bdc8

/* Windows has written the hive twice more: that changed numbers, timestamp and file name of the
 * base block, the timestamp of the first hive bin, and in one key the length of the largest value
 * name, which was wrong. */
static void the_old_format_recovers_what_windows_7_does(void **state)
{
    struct outcome outcome =
        replay_corpus(*state, "hives/dirty/old1/OldDirtyHive", "hives/dirty/old1/OldDirtyHive.LOG1",
                      "hives/dirty/old1/OldDirtyHive.LOG2");
    assert_used(&outcome.replay.logs[0], 5, 5);
    assert_unused(&outcome.replay.logs[1], "empty");
    struct memory_hive *want = support_corpus(*state, "hives/dirty/old1/RecoveredHive_Windows7");
    assert_same_tree(*state, outcome.after, want, 5003);
    memcpy(outcome.after->bytes + BIN_STAMP, want->bytes + BIN_STAMP, 8);
    memcpy(outcome.after->bytes + NAME_LENGTH, want->bytes + NAME_LENGTH, 4);
    assert_same_bins(outcome.after, want);
}

/* The hive is at 256; Windows did not log what came between. */
static void a_replay_goes_on_in_the_second_log(void **state)
{
    struct outcome outcome = replay_corpus(*state, "hives/dirty/usrclass/UsrClass.dat",
                                           "hives/dirty/usrclass/UsrClass.dat.LOG1",
                                           "hives/dirty/usrclass/UsrClass.dat.LOG2");
    assert_used(&outcome.replay.logs[0], 287, 290);
    assert_used(&outcome.replay.logs[1], 291, 300);
    assert_null(outcome.replay.logs[0].reason);
    assert_null(outcome.replay.logs[1].reason);
    assert_null(outcome.replay.lost);
    assert_base_block(*state, outcome.after, 300, 0x2b3000);
    assert_tree(*state, outcome.after, 6238, 0);
}

/* The hive is at 567, so that 566 counts as held already. It is not: none of its pages is in the
 * hive, whose copy was not made at one moment. One value misses a page by that. */
static void a_replay_starts_with_the_number_of_the_hive(void **state)
{
    struct outcome outcome =
        replay_corpus(*state, "hives/dirty/ntuser/NTUSER.DAT", "hives/dirty/ntuser/ntuser.dat.log1",
                      "hives/dirty/ntuser/ntuser.dat.log2");
    assert_used(&outcome.replay.logs[0], 567, 588);
    assert_null(outcome.replay.logs[0].reason);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 562 to 562");
    assert_null(outcome.replay.lost);
    assert_base_block(*state, outcome.after, 588, 0xe2000);
    assert_tree(*state, outcome.after, 3105, 1);
}

static void a_log_with_a_wrong_checksum_is_not_used(void **state)
{
    struct outcome outcome =
        replay_corpus(*state, "hostile/log1/BadLogHive", "hostile/log1/BadLogHive.LOG1",
                      "hostile/log1/BadLogHive.LOG2");
    assert_unchanged(support_corpus(*state, "hostile/log1/BadLogHive"), &outcome);
    assert_unused(&outcome.replay.logs[0], "wrong checksum of its base block");
    assert_unused(&outcome.replay.logs[1], "empty");
}

static void a_base_block_with_a_wrong_checksum_is_recovered(void **state)
{
    struct outcome outcome = replay_corpus(*state, "hostile/base-block/BadBaseBlockHive",
                                           "hostile/base-block/BadBaseBlockHive.LOG1",
                                           "hostile/base-block/BadBaseBlockHive.LOG2");
    assert_used(&outcome.replay.logs[0], 5, 5);
    assert_base_block(*state, outcome.after, 5, 0x77000);
    assert_same_tree(*state, outcome.after,
                     support_corpus(*state, "hives/dirty/old1/RecoveredHive_Windows7"), 5003);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(formats_have_names),
        SUPPORT_TEST(an_entry_changes_its_pages_and_nothing_else),
        SUPPORT_TEST(entries_apply_in_the_order_of_their_numbers),
        SUPPORT_TEST(entries_before_the_hive_are_skipped),
        SUPPORT_TEST(the_first_entry_may_be_later_than_the_hive),
        SUPPORT_TEST(the_same_log_twice_applies_once),
        SUPPORT_TEST(a_gap_between_logs_stops_the_replay),
        SUPPORT_TEST(a_gap_within_a_log_stops_the_replay),
        SUPPORT_TEST(flags_of_the_base_block_are_those_of_the_last_entry),
        SUPPORT_TEST(sequence_numbers_wrap_around),
        SUPPORT_TEST(the_number_next_to_the_hive_may_have_wrapped_around),
        SUPPORT_TEST(remnants_end_a_log),
        SUPPORT_TEST(a_damaged_entry_stops_the_replay_before_it),
        SUPPORT_TEST(a_damaged_first_entry_leaves_the_hive_as_it_is),
        SUPPORT_TEST(damage_in_what_the_hive_holds_already_does_not_matter),
        SUPPORT_TEST(another_log_can_hold_the_entry_that_is_damaged_in_one),
        SUPPORT_TEST(a_partial_last_entry_is_not_applied),
        SUPPORT_TEST(a_hive_grows_with_its_entries),
        SUPPORT_TEST(a_hive_can_grow_to_the_limit),
        SUPPORT_TEST(a_truncated_hive_is_filled_up),
        SUPPORT_TEST(a_damaged_base_block_is_taken_from_the_log),
        SUPPORT_TEST(a_sound_base_block_keeps_its_other_fields),
        SUPPORT_TEST(an_old_log_does_not_recover_a_base_block),
        SUPPORT_TEST(a_damaged_log_is_no_old_log),
        SUPPORT_TEST(a_log_without_a_sound_base_block_is_not_used),
        SUPPORT_TEST(what_an_unsound_log_would_have_held_is_lost),
        SUPPORT_TEST(a_log_of_another_sequence_than_its_base_block_is_not_used),
        SUPPORT_TEST(other_files_are_listed),
        SUPPORT_TEST(no_logs_change_nothing),
        SUPPORT_TEST(a_log_that_cannot_be_read_is_not_used),
        SUPPORT_TEST(a_dirty_vector_changes_its_pages_and_nothing_else),
        SUPPORT_TEST(single_pages_go_where_their_bits_say),
        SUPPORT_TEST(a_dirty_vector_can_grow_the_hive),
        SUPPORT_TEST(a_damaged_dirty_vector_is_not_applied),
        SUPPORT_TEST(a_clean_bin_that_is_damaged_stays_so),
        SUPPORT_TEST(one_dirty_vector_is_enough),
        SUPPORT_TEST(a_dirty_vector_is_not_used_beside_the_new_format),
        SUPPORT_TEST(a_damaged_base_block_is_taken_from_a_log_that_fits_the_first_bin),
        SUPPORT_TEST(a_truncated_hive_gets_its_dirty_bins),
        SUPPORT_TEST(an_image_that_cannot_change_stays_as_it_is),
        SUPPORT_TEST(damaged_logs_apply_a_prefix_of_their_entries),
        SUPPORT_TEST(damaged_dirty_vectors_apply_whole_or_not_at_all),
        SUPPORT_TEST(the_new_format_recovers_what_windows_10_does),
        SUPPORT_TEST(the_old_format_recovers_what_windows_7_does),
        SUPPORT_TEST(a_replay_goes_on_in_the_second_log),
        SUPPORT_TEST(a_replay_starts_with_the_number_of_the_hive),
        SUPPORT_TEST(a_log_with_a_wrong_checksum_is_not_used),
        SUPPORT_TEST(a_base_block_with_a_wrong_checksum_is_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
