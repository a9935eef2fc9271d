/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "logs.h"

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
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 6, 9);
    assert_used(&outcome.replay.logs[0], 6, 9);
    assert_null(outcome.replay.logs[0].reason);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 2 to 3, want 6 or later)");
    assert_null(outcome.replay.lost);
}

/* Alone it tells nothing of the write that did not finish. */
static void the_entry_before_the_hive_needs_the_next_one(void **state)
{
    struct memory_hive *hive = make_hive(*state, 7);
    struct outcome outcome = replay(*state, hive, make_marks(*state, hive, 5, 6), NULL);
    assert_unchanged(hive, &outcome);
    assert_unused(&outcome.replay.logs[0], "only older entries (got 5 to 6, want 7 or later)");
    assert_marks(*state, hive, make_marks(*state, hive, 5, 6), make_marks(*state, hive, 7, 8), 6,
                 8);
}

static void the_entry_before_the_hive_needs_its_secondary_number(void **state)
{
    struct memory_hive *hive = make_hive(*state, 7);
    set_numbers(hive, 7, 5);
    assert_marks(*state, hive, make_marks(*state, hive, 5, 9), NULL, 7, 9);
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
    struct outcome outcome = assert_marks(*state, hive, log1, log2, 0xfffffffd, 2);
    assert_used(&outcome.replay.logs[0], 1, 2);
    assert_used(&outcome.replay.logs[1], 0xfffffffd, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_entry_changes_its_pages_and_nothing_else),
        SUPPORT_TEST(entries_apply_in_the_order_of_their_numbers),
        SUPPORT_TEST(entries_before_the_hive_are_skipped),
        SUPPORT_TEST(the_entry_before_the_hive_needs_the_next_one),
        SUPPORT_TEST(the_entry_before_the_hive_needs_its_secondary_number),
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
        SUPPORT_TEST(a_truncated_hive_is_filled_up),
        SUPPORT_TEST(a_damaged_base_block_is_taken_from_the_log),
        SUPPORT_TEST(a_sound_base_block_keeps_its_other_fields),
        SUPPORT_TEST(an_old_log_does_not_recover_a_base_block),
        SUPPORT_TEST(a_damaged_log_is_no_old_log),
        SUPPORT_TEST(a_log_without_a_sound_base_block_is_not_used),
        SUPPORT_TEST(what_an_unsound_log_would_have_held_is_lost),
        SUPPORT_TEST(a_log_of_another_sequence_than_its_base_block_is_not_used),
        SUPPORT_TEST(damaged_logs_apply_a_prefix_of_their_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
