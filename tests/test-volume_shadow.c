/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/volume.h"

#include "base/text.h"
#include "images.h"

#define SMALL ((size_t)4 * 1024 * 1024)

/* The sample of plaso: vshadowinfo says when its two shadow copies were made. */
static void unpack_sample(const struct scratch *scratch)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus) {
        print_message("# skipped: HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    images_run(scratch,
               arena_printf(scratch->arena,
                            "qemu-img convert -O raw '%s/images/vsstest.qcow2' raw.img", corpus));
}

static void shadow_copies_come_with_their_times(void **state)
{
    unpack_sample(*state);
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    assert_true(shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count));
    assert_int_equal(count, 2);
    assert_int_equal(access->diags->count, 0);
    assert_int_equal(shadows[0].number, 1);
    assert_int_equal(shadows[1].number, 2);
    assert_string_equal(text_filetime(access->arena, shadows[0].created),
                        "2013-12-03T06:35:09.7363787Z");
    assert_string_equal(text_filetime(access->arena, shadows[1].created),
                        "2013-12-03T06:37:48.9190583Z");
    images_close(access);
}

/* ntfscat knows nothing of this library: it finds the file in the bytes of one copy only. */
static void each_holds_the_files_of_its_time(void **state)
{
    const struct scratch *scratch = *state;
    unpack_sample(scratch);
    struct access *access = images_access(scratch, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    assert_true(shadows_open(access, images_file(scratch, access, "raw.img"), &shadows, &count));
    for (size_t i = 0; i < count; i++) {
        const char *path = scratch_path(scratch, i ? "copy2" : "copy1");
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        assert_true(fd >= 0);
        assert_true(source_copy(&shadows[i].source, fd));
        close(fd);
    }
    assert_int_equal(access->diags->count, 0);
    images_run(scratch, "ntfsls copy1 | grep -qx syslog && ! ntfsls copy2 | grep -qx syslog");
    images_run(scratch, "ntfscat copy1 syslog | grep -q ':'");
    images_close(access);
}

static void a_volume_may_have_none(void **state)
{
    images_run(*state, "mkntfs --version");
    images_run(*state, "truncate -s 20M raw.img && mkntfs -qF raw.img");
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    assert_true(shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count));
    assert_int_equal(count, 0);
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

static void bytes_without_a_file_system_have_none(void **state)
{
    images_write_disk(*state, "raw.img", SMALL);
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    assert_true(shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count));
    assert_int_equal(count, 0);
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

static void a_damaged_catalog_is_said(void **state)
{
    unpack_sample(*state);
    images_run(*state, "truncate -s 16384 raw.img");
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    assert_false(shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count));
    assert_int_equal(count, 0);
    assert_true(images_says(access, DIAG_INCOMPLETE, "their catalog is damaged"));
    images_close(access);
}

static void what_cannot_be_read_of_one_fails(void **state)
{
    unpack_sample(*state);
    images_run(*state, "truncate -s 600M raw.img");
    struct access *access = images_access(*state, LIBRARY_BIT(LIBRARY_VSHADOW));
    struct shadow *shadows;
    size_t count;
    uint8_t byte;
    if (shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count) && count)
        assert_false(source_read(&shadows[0].source, 1000 << 20, &byte, 1));
    assert_int_equal(access->diags->worst, DIAG_INCOMPLETE);
    images_close(access);
}

static void a_library_that_is_not_loaded_is_wanted(void **state)
{
    struct access *access = images_access(*state, 0);
    struct shadow *shadows;
    size_t count;
    scratch_write_text(*state, "raw.img", "");
    assert_false(shadows_open(access, images_file(*state, access, "raw.img"), &shadows, &count));
    assert_int_equal(access->wanted, LIBRARY_BIT(LIBRARY_VSHADOW));
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(shadow_copies_come_with_their_times),
        SCRATCH_TEST(each_holds_the_files_of_its_time),
        SCRATCH_TEST(a_volume_may_have_none),
        SCRATCH_TEST(bytes_without_a_file_system_have_none),
        SCRATCH_TEST(a_damaged_catalog_is_said),
        SCRATCH_TEST(what_cannot_be_read_of_one_fails),
        SCRATCH_TEST(a_library_that_is_not_loaded_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
