/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <errno.h>

#include "images.h"

#define DISK_SIZE ((size_t)6 * 1024 * 1024)
#define CHUNK     32768

/* libewf loses the buffer of a chunk that it cannot find. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libewf";
}

static void acquire(const struct scratch *scratch, const char *options)
{
    images_write_disk(scratch, "raw.img", DISK_SIZE);
    images_run(scratch, arena_printf(scratch->arena,
                                     "ewfacquire -u -q -t disk -f encase6 -D d -e e -E 1 -C 1 -N n "
                                     "-m fixed -M physical -b 64 %s raw.img",
                                     options));
}

static bool open_disk(const struct scratch *scratch, struct access *access, const char *name,
                      struct source *disk)
{
    return disk_open_ewf(access, images_file(scratch, access, name), disk);
}

static void check_equal(const struct scratch *scratch, const char *name)
{
    struct access *access = images_access(scratch, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    assert_true(open_disk(scratch, access, name, &disk));
    images_compare(&disk, images_file(scratch, access, "raw.img"));
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

static void a_single_file_gives_the_bytes_of_the_disk(void **state)
{
    acquire(*state, "-c fast");
    check_equal(*state, "disk.E01");
}

static void a_file_of_another_name_is_read(void **state)
{
    acquire(*state, "-c fast");
    images_run(*state, "mv disk.E01 evidence");
    check_equal(*state, "evidence");
}

static void segments_are_found_beside_the_first(void **state)
{
    acquire(*state, "-c none -S 1048576");
    images_run(*state, "test -e disk.E06");
    check_equal(*state, "disk.E01");
}

static void segments_are_spelled_as_the_first(void **state)
{
    acquire(*state, "-c none -S 1048576");
    images_run(*state, "for f in disk.E0*; do mv $f x.e${f#disk.E}; done");
    check_equal(*state, "x.e01");
}

/* ewfacquire makes none of less than 1 MiB. */
static void segments_after_the_99th_have_letters(void **state)
{
    images_write_disk(*state, "raw.img", (size_t)103 * 1024 * 1024);
    images_run(*state, "ewfacquire -u -q -t disk -f encase6 -D d -e e -E 1 -C 1 -N n -m fixed "
                       "-M physical -c none -S 1048576 raw.img");
    images_run(*state, "test -e disk.E99 -a -e disk.EAA");
    check_equal(*state, "disk.E01");
}

static void damage(const struct scratch *scratch, const char *name, long at)
{
    FILE *file = fopen(scratch_path(scratch, name), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite("damaged", 1, 7, file), 7);
    assert_int_equal(fclose(file), 0);
}

/* Reads all chunks: returns how many cannot be read. What can is what it was. */
static unsigned count_failures(const struct scratch *scratch, struct access *access,
                               const struct source *disk)
{
    uint8_t got[CHUNK], want[CHUNK];
    unsigned failures = 0;
    const struct source *raw = images_file(scratch, access, "raw.img");
    for (uint64_t at = 0; at < disk->size; at += CHUNK) {
        errno = 0;
        if (!source_read(disk, at, got, CHUNK)) {
            assert_int_equal(errno, EIO);
            failures++;
            continue;
        }
        assert_true(source_read(raw, at, want, CHUNK));
        assert_memory_equal(got, want, CHUNK);
    }
    return failures;
}

/* Also when they are read again: libewf notes a damaged sector once. */
static void damaged_chunks_are_said_and_never_zeros(void **state)
{
    static const char *const options[] = {"-c none", "-c best"};
    for (size_t i = 0; i < 2; i++) {
        struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
        struct source disk;
        uint8_t byte;
        acquire(*state, options[i]);
        damage(*state, "disk.E01", 50000);
        assert_true(open_disk(*state, access, "disk.E01", &disk));
        unsigned failures = count_failures(*state, access, &disk);
        assert_in_range(failures, 1, 2);
        assert_int_equal(count_failures(*state, access, &disk), failures);
        assert_false(source_read(&disk, CHUNK + 1, &byte, 1));
        assert_true(source_read(&disk, 0, &byte, 1));
        assert_true(images_says(access, DIAG_INCOMPLETE,
                                "32768 bytes at 32768 of its disk cannot be read"));
        images_close(access);
        images_run(*state, "rm disk.E01");
    }
}

static void a_missing_last_segment_is_said_and_the_rest_is_read(void **state)
{
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    acquire(*state, "-c none -S 1048576");
    images_run(*state, "rm disk.E04 disk.E05 disk.E06 disk.E07");
    assert_true(open_disk(*state, access, "disk.E01", &disk));
    assert_int_equal(disk.size, DISK_SIZE);
    assert_true(images_says(access, DIAG_INCOMPLETE, "(got 3, and no file disk.E04)"));
    assert_in_range(count_failures(*state, access, &disk), 90, 110);
    images_close(access);
}

static void a_missing_segment_between_others_is_said(void **state)
{
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    acquire(*state, "-c none -S 1048576");
    images_run(*state, "rm disk.E03");
    assert_true(open_disk(*state, access, "disk.E01", &disk));
    assert_true(images_says(access, DIAG_INCOMPLETE, "(got 2, and no file disk.E03)"));
    assert_true(count_failures(*state, access, &disk) > 100);
    images_close(access);
}

static void a_truncated_image_is_said(void **state)
{
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    acquire(*state, "-c none");
    images_run(*state, "truncate -s 3000000 disk.E01");
    if (open_disk(*state, access, "disk.E01", &disk))
        assert_true(count_failures(*state, access, &disk) > 90);
    assert_true(access->diags->worst >= DIAG_INCOMPLETE);
    images_close(access);
}

static void a_later_segment_is_refused(void **state)
{
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    acquire(*state, "-c none -S 1048576");
    assert_false(open_disk(*state, access, "disk.E02", &disk));
    assert_true(images_says(access, DIAG_FAILED, "(got number 2, want 1)"));
    images_close(access);
}

static void what_is_no_image_is_refused(void **state)
{
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_EWF));
    struct source disk;
    scratch_write(*state, "a.E01", "EVF\x09\x0d\x0a\xff\0\1\1\0\0\0\0\0\0\0\0\0\0", 20);
    scratch_write(*state, "b.E01", "EVF", 3);
    assert_false(open_disk(*state, access, "a.E01", &disk));
    assert_false(open_disk(*state, access, "b.E01", &disk));
    assert_int_equal(access->diags->count, 2);
    images_close(access);
}

static void a_library_that_is_not_loaded_is_wanted(void **state)
{
    struct access *access = images_access(*state, 0);
    struct source disk;
    scratch_write_text(*state, "a.E01", "EVF");
    assert_false(open_disk(*state, access, "a.E01", &disk));
    assert_int_equal(access->wanted, LIBRARY_BIT(LIBRARY_EWF));
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_single_file_gives_the_bytes_of_the_disk),
        SCRATCH_TEST(a_file_of_another_name_is_read),
        SCRATCH_TEST(segments_are_found_beside_the_first),
        SCRATCH_TEST(segments_are_spelled_as_the_first),
        SCRATCH_TEST(segments_after_the_99th_have_letters),
        SCRATCH_TEST(damaged_chunks_are_said_and_never_zeros),
        SCRATCH_TEST(a_missing_last_segment_is_said_and_the_rest_is_read),
        SCRATCH_TEST(a_missing_segment_between_others_is_said),
        SCRATCH_TEST(a_truncated_image_is_said),
        SCRATCH_TEST(a_later_segment_is_refused),
        SCRATCH_TEST(what_is_no_image_is_refused),
        SCRATCH_TEST(a_library_that_is_not_loaded_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
