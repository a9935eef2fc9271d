/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/log.h"

#include <errno.h>
#include <fcntl.h>

#include "logs.h"

static void formats_have_names(void **state)
{
    (void)state;
    assert_string_equal(log_format_names[LOG_NONE], "none");
    assert_string_equal(log_format_names[LOG_DIRT], "DIRT");
    assert_string_equal(log_format_names[LOG_HVLE], "HvLE");
}

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
    assert_unused(&outcome.replay.logs[2], "is too large (got 536870913 bytes, ");
    hive_image_close(&image);
}

/* Nobody knows whether it holds more than the other one, which is used all the same. */
static void a_log_that_is_not_read_may_hold_the_last_changes(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 22);
    struct diags diags = {.arena = *state};
    struct hive_image image = hive_image_load(&log->source, &diags);
    struct source good = hive_image_source(&image);
    struct source bad[3] = {good, good, good};
    bad[0].read_at = fail_to_read;
    bad[1].read_at = read_less;
    bad[2].size = (UINT64_C(512) << 20) + 1;
    static const char *const reasons[] = {"BAD\\x0a cannot be read: Input/output error",
                                          "BAD\\x0a has become shorter (got 1000 bytes",
                                          "BAD\\x0a is too large (got 536870913 bytes"};
    for (size_t i = 0; i < 3; i++)
        for (size_t first = 0; first < 2; first++) {
            struct source sources[2] = {good, good};
            sources[first] = bad[i];
            sources[first].name = "BAD\n";
            struct outcome outcome = replay_sources(*state, hive, sources, 2);
            assert_true(outcome.replay.recovered);
            assert_int_equal(read_marks(outcome.after), marks_of(20, 22));
            assert_used(&outcome.replay.logs[1 - first], 20, 22);
            assert_int_equal(outcome.replay.logs[first].applied, 0);
            assert_says(outcome.replay.lost, reasons[i]);
        }
    hive_image_close(&image);
}

/* An empty one, or one that is none, holds nothing that would be missing. */
static void a_log_that_is_read_and_holds_nothing_loses_nothing(void **state)
{
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 22);
    struct memory_hive *zeros = support_wrap(*state, arena_alloc(*state, 8192, 1), 8192);
    for (size_t size = 0; size <= 8192; size += 4096) {
        zeros->source.size = size;
        assert_null(assert_marks(*state, hive, zeros, log, 20, 22).replay.lost);
    }
}

/* Logs of 512 bytes and some more cannot hold the pages of 64 MiB that are new. */
#define SLACK ((uint32_t)64 << 20)

static void assert_growth(struct arena *arena, const struct memory_hive *hive,
                          const struct memory_hive *log, uint32_t bins_size, bool grows)
{
    struct outcome outcome = replay(arena, hive, log, NULL);
    if (!grows) {
        assert_unchanged(hive, &outcome);
        assert_unused(&outcome.replay.logs[0], "the hive cannot grow: File too large");
        return;
    }
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_int_equal(outcome.after->source.size, 4096 + (uint64_t)bins_size);
}

static void a_hive_grows_by_what_its_logs_hold_and_64_mib(void **state)
{
    struct page page = {SPARE, 8, 0xee};
    struct memory_hive *hive = make_hive(*state, 20);
    for (uint32_t more = 0; more <= 4096; more += 4096) {
        struct memory_hive *log = make_log(*state, hive, 6, 20);
        /* The log is smaller than a page, so that it is no room for one more. */
        add_pages(*state, log, 20, BINS_SIZE + SLACK + more, &page, 1);
        assert_in_range(log->source.size, 1, 4095);
        assert_growth(*state, hive, log, BINS_SIZE + SLACK + more, more == 0);
    }
}

static void more_logs_are_room_for_more(void **state)
{
    struct page page = {SPARE, 8, 0xee};
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_log(*state, hive, 6, 20);
    struct memory_hive *zeros = support_wrap(*state, arena_alloc(*state, 8192, 1), 8192);
    memcpy(zeros->bytes, "regf", 4);
    support_put_u32(zeros, BASE_AT_TYPE, 6);
    add_pages(*state, log, 20, BINS_SIZE + SLACK + 4096, &page, 1);
    struct outcome outcome = replay(*state, hive, log, zeros);
    assert_used(&outcome.replay.logs[0], 20, 20);
}

/* Of two entries the first is applied as a whole, and the second not at all. */
static void an_entry_that_grows_too_far_is_where_the_log_ends(void **state)
{
    struct page page = {SPARE, 8, 0xdd};
    struct memory_hive *hive = make_hive(*state, 20);
    struct memory_hive *log = make_marks(*state, hive, 20, 20);
    add_pages(*state, log, 21, 0x7ffff000, &page, 1);
    struct outcome outcome = replay(*state, hive, log, NULL);
    assert_true(outcome.replay.recovered);
    assert_used(&outcome.replay.logs[0], 20, 20);
    assert_says(outcome.replay.logs[0].reason, "the hive cannot grow: File too large");
    assert_int_equal(read_marks(outcome.after), marks_of(20, 20));
    assert_base_block(*state, outcome.after, 20, BINS_SIZE);
    assert_int_equal(outcome.after->source.size, hive->source.size);
    assert_non_null(outcome.replay.lost);
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
    assert_used(&outcome.replay.logs[0], 2, 2);
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

/* The hive is at 567 and 566, and yet none of the pages of entry 566 is in it: its copy was not
 * made at one moment. Without that entry the data of one value would be cut off. */
static void a_replay_starts_with_the_entry_that_the_hive_should_hold(void **state)
{
    struct outcome outcome =
        replay_corpus(*state, "hives/dirty/ntuser/NTUSER.DAT", "hives/dirty/ntuser/ntuser.dat.log1",
                      "hives/dirty/ntuser/ntuser.dat.log2");
    assert_used(&outcome.replay.logs[0], 566, 588);
    assert_null(outcome.replay.logs[0].reason);
    assert_unused(&outcome.replay.logs[1], "only older entries (got 562 to 562");
    assert_null(outcome.replay.lost);
    assert_base_block(*state, outcome.after, 588, 0xe2000);
    assert_tree(*state, outcome.after, 3105, 0);
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
        SUPPORT_TEST(other_files_are_listed),
        SUPPORT_TEST(no_logs_change_nothing),
        SUPPORT_TEST(a_log_that_cannot_be_read_is_not_used),
        SUPPORT_TEST(a_log_that_is_not_read_may_hold_the_last_changes),
        SUPPORT_TEST(a_log_that_is_read_and_holds_nothing_loses_nothing),
        SUPPORT_TEST(a_hive_grows_by_what_its_logs_hold_and_64_mib),
        SUPPORT_TEST(more_logs_are_room_for_more),
        SUPPORT_TEST(an_entry_that_grows_too_far_is_where_the_log_ends),
        SUPPORT_TEST(a_dirty_vector_is_not_used_beside_the_new_format),
        SUPPORT_TEST(an_image_that_cannot_change_stays_as_it_is),
        SUPPORT_TEST(the_new_format_recovers_what_windows_10_does),
        SUPPORT_TEST(the_old_format_recovers_what_windows_7_does),
        SUPPORT_TEST(a_replay_goes_on_in_the_second_log),
        SUPPORT_TEST(a_replay_starts_with_the_entry_that_the_hive_should_hold),
        SUPPORT_TEST(a_log_with_a_wrong_checksum_is_not_used),
        SUPPORT_TEST(a_base_block_with_a_wrong_checksum_is_recovered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
