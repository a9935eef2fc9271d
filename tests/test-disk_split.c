/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include "disks.h"

#define RAW_SIZE ((size_t)1024 * 1024 + 3 * 512)

/* Parts of raw, which split(1) makes, and raw itself. */
static void split_raw(const struct scratch *scratch, const char *options, const char *prefix)
{
    disks_make_raw(scratch, "raw", RAW_SIZE, 80);
    disks_run(scratch, "split %s raw %s", options, prefix);
}

static void parts_are_one_disk(void **state)
{
    split_raw(*state, "-b 100000 --numeric-suffixes=1 -a 3", "x.");
    disks_check(*state, "x.001", disk_open_split, "raw");
}

static void any_spelling_of_numbers_is_followed(void **state)
{
    split_raw(*state, "-b 500000 --numeric-suffixes=1 -a 2", "x.dd.");
    split_raw(*state, "-b 100000 --numeric-suffixes=1 -a 5", "X.Y.");
    disks_check(*state, "x.dd.01", disk_open_split, "raw");
    disks_check(*state, "X.Y.00001", disk_open_split, "raw");
}

/* FTK Imager and others go on with four digits. */
static void numbers_grow_where_digits_end(void **state)
{
    split_raw(*state, "-b 20000 --numeric-suffixes=1 -a 3", "x.");
    disks_run(*state,
              "for i in $(seq 1 53); do mv x.$(printf %%03d $i) x.$(printf %%02d $i); done; "
              "for i in $(seq 54 99); do : >x.$i; done");
    struct disks_image *image = disks_try(*state, "x.01", disk_open_split);
    assert_true(image->is_open);
    disks_close(image);
    disks_run(*state, "rm x.*");
    split_raw(*state, "-b 10000 --numeric-suffixes=1 -a 3", "x.");
    disks_run(*state,
              "for i in $(seq 1 99); do mv x.$(printf %%03d $i) x.$(printf %%02d $i); done");
    disks_check(*state, "x.01", disk_open_split, "raw");
}

static void a_part_may_be_all_there_is(void **state)
{
    static const char *const names[] = {"x.001", "x.dd", "x.1", "x001", "x.002", "001", "x.000"};
    const struct scratch *scratch = *state;
    disks_make_raw(scratch, "raw", RAW_SIZE, 80);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        disks_run(scratch, "cp raw %s", names[i]);
        disks_check(scratch, names[i], disk_open_split, "raw");
        disks_run(scratch, "rm %s", names[i]);
    }
}

/* What is lost cannot be read, and all else can, at its place. */
static void check_lost(const struct scratch *scratch, uint64_t from, uint64_t to, const char *words)
{
    uint8_t a[500], b[500];
    struct disks_image *image = disks_try(scratch, "x.001", disk_open_split);
    struct source *want = &disks_load(scratch, "raw")->source;
    struct diags later = {.arena = scratch->arena};
    assert_true(image->is_open);
    assert_int_equal(image->disk.size, RAW_SIZE);
    assert_int_equal(image->diags.count, 1);
    assert_int_equal(image->diags.worst, DIAG_INCOMPLETE);
    assert_string_equal(image->diags.items[0].message, words);
    image->access.diags = &later;
    for (uint64_t at = 0; at + sizeof a <= RAW_SIZE; at += sizeof a) {
        bool is_lost = at + sizeof a > from && at < to;
        assert_true(source_read(want, at, b, sizeof b));
        errno = 0;
        assert_int_equal(source_read(&image->disk, at, a, sizeof a), !is_lost);
        if (!is_lost)
            assert_memory_equal(a, b, sizeof a);
        else
            assert_int_equal(errno, EIO);
    }
    assert_int_equal(later.count, 1);
    assert_non_null(strstr(later.items[0].message, "these bytes are missing"));
    disks_close(image);
}

static void a_part_that_is_missing_or_short_is_said_and_only_its_bytes_are_lost(void **state)
{
    const struct scratch *scratch = *state;
    split_raw(scratch, "-b 100000 --numeric-suffixes=1 -a 3", "x.");
    disks_run(scratch, "mv x.004 gone");
    check_lost(scratch, 300000, 400000, "the part x.004 is missing");
    disks_run(scratch, "head -c 30000 gone >x.004");
    check_lost(scratch, 330000, 400000, "the part x.004 is short (got 30000 bytes, want 100000)");
    disks_run(scratch, "mv gone x.004 && truncate -s 50000 x.001");
    check_lost(scratch, 50000, 100000, "the part x.001 is short (got 50000 bytes, want 100000)");
}

static void a_last_part_that_is_longer_makes_the_others_short(void **state)
{
    const struct scratch *scratch = *state;
    scratch_write(scratch, "x.001", "1234", 4);
    scratch_write(scratch, "x.002", "12345", 5);
    struct disks_image *image = disks_try(scratch, "x.001", disk_open_split);
    assert_true(image->is_open);
    assert_string_equal(disks_said(scratch, &image->diags),
                        "the part x.001 is short (got 4 bytes, want 5)\n");
    disks_close(image);
}

static void a_part_that_cannot_be_opened_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    scratch_write(scratch, "x.001", "1234", 4);
    scratch_make_folder(scratch, "x.002");
    disks_refuse(scratch, "x.001", disk_open_split, "the part x.002 cannot be opened: ");
}

/* Reading a file would set it otherwise, where it is that old. */
static void the_access_time_of_a_part_stays(void **state)
{
    const struct scratch *scratch = *state;
    const char *path = scratch_path(scratch, "x.002");
    const struct timespec times[] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    struct stat st;
    scratch_write_text(scratch, "x.001", "first part");
    scratch_write_text(scratch, "x.002", "the second");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    struct disks_image *image = disks_open(scratch, "x.001", disk_open_split);
    char bytes[20];
    assert_true(source_read(&image->disk, 0, bytes, sizeof bytes));
    assert_memory_equal(bytes, "first partthe second", sizeof bytes);
    disks_close(image);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_atim.tv_sec, 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(parts_are_one_disk),
        SCRATCH_TEST(any_spelling_of_numbers_is_followed),
        SCRATCH_TEST(numbers_grow_where_digits_end),
        SCRATCH_TEST(a_part_may_be_all_there_is),
        SCRATCH_TEST(a_part_that_is_missing_or_short_is_said_and_only_its_bytes_are_lost),
        SCRATCH_TEST(a_last_part_that_is_longer_makes_the_others_short),
        SCRATCH_TEST(a_part_that_cannot_be_opened_is_an_error),
        SCRATCH_TEST(the_access_time_of_a_part_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
