/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "logs.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_dirty_vector_changes_its_pages_and_nothing_else),
        SUPPORT_TEST(single_pages_go_where_their_bits_say),
        SUPPORT_TEST(a_dirty_vector_can_grow_the_hive),
        SUPPORT_TEST(a_damaged_dirty_vector_is_not_applied),
        SUPPORT_TEST(a_clean_bin_that_is_damaged_stays_so),
        SUPPORT_TEST(one_dirty_vector_is_enough),
        SUPPORT_TEST(a_damaged_base_block_is_taken_from_a_log_that_fits_the_first_bin),
        SUPPORT_TEST(a_truncated_hive_gets_its_dirty_bins),
        SUPPORT_TEST(damaged_dirty_vectors_apply_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
