/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/file.h"

#include "base/cleanup.h"
#include "scratch.h"

static void all_bytes_of_a_file_are_read(void **state)
{
    struct scratch *scratch = *state;
    struct slice bytes;
    const char *path = scratch_write(scratch, "file", "a\0b", 3);
    assert_null(file_read(scratch->arena, path, 3, &bytes));
    assert_int_equal(bytes.len, 3);
    assert_memory_equal(bytes.ptr, "a\0b", 4); /* with a NUL behind them */
    assert_null(file_read(scratch->arena, scratch_write(scratch, "empty", "", 0), 3, &bytes));
    assert_int_equal(bytes.len, 0);
    assert_int_equal(*bytes.ptr, 0);
}

static void a_file_of_more_bytes_than_asked_for_is_refused(void **state)
{
    struct scratch *scratch = *state;
    struct slice bytes;
    const char *path = scratch_write(scratch, "file", "abcd", 4);
    assert_string_equal(file_read(scratch->arena, path, 3, &bytes),
                        "is too large (want 3 bytes at most)");
    assert_non_null(file_read(scratch->arena, "/dev/zero", 1 << 20, &bytes));
}

static void what_cannot_be_read_is_said(void **state)
{
    struct scratch *scratch = *state;
    struct slice bytes;
    assert_string_equal(file_read(scratch->arena, scratch_path(scratch, "none"), 3, &bytes),
                        "cannot be read: No such file or directory");
    assert_string_equal(file_read(scratch->arena, scratch->folder, 3, &bytes),
                        "cannot be read: Is a directory");
}

static void the_rest_of_a_stream_is_read(void **state)
{
    struct scratch *scratch = *state;
    struct slice bytes;
    CLEANUP(file) FILE *file = fopen(scratch_write(scratch, "file", "abc", 3), "rb");
    assert_int_equal(fgetc(file), 'a');
    assert_null(file_read_stream(scratch->arena, file, 2, &bytes));
    assert_string_equal((const char *)bytes.ptr, "bc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(all_bytes_of_a_file_are_read),
        SCRATCH_TEST(a_file_of_more_bytes_than_asked_for_is_refused),
        SCRATCH_TEST(what_cannot_be_read_is_said),
        SCRATCH_TEST(the_rest_of_a_stream_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
