/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/path.h"

#include <sys/stat.h>

#include "support.h"

static void the_name_is_what_follows_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(path_name("SOFTWARE"), "SOFTWARE");
    assert_string_equal(path_name("a/b/SOFTWARE"), "SOFTWARE");
    assert_string_equal(path_name("/SOFTWARE"), "SOFTWARE");
    assert_string_equal(path_name("a//b"), "b");
    assert_string_equal(path_name("a/"), "");
    assert_string_equal(path_name(""), "");
    assert_string_equal(path_name("a\\b"), "a\\b");
}

static void the_name_is_part_of_the_path(void **state)
{
    (void)state;
    static const char path[] = "folder/file";
    assert_ptr_equal(path_name(path), path + 7);
    assert_ptr_equal(path_name(path + 7), path + 7);
}

static void a_path_without_a_folder_is_in_the_current_one(void **state)
{
    assert_string_equal(path_folder(*state, "SOFTWARE"), ".");
    assert_string_equal(path_folder(*state, ""), ".");
}

/* For opening: however it is spelled, it is the folder that holds the file. */
static void the_folder_opens_what_holds_the_file(void **state)
{
    static const struct {
        const char *path, *folder;
    } cases[] = {
        {"/dev/null", "/dev"}, {"/dev//null", "/dev"}, {"/dev", "/"}, {"//dev", "/"}, {"dev", "."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stat got, want;
        assert_int_equal(stat(path_folder(*state, cases[i].path), &got), 0);
        assert_int_equal(stat(cases[i].folder, &want), 0);
        assert_int_equal(got.st_ino, want.st_ino);
        assert_int_equal(got.st_dev, want.st_dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_name_is_what_follows_the_last_slash),
        SUPPORT_TEST(the_name_is_part_of_the_path),
        SUPPORT_TEST(a_path_without_a_folder_is_in_the_current_one),
        SUPPORT_TEST(the_folder_opens_what_holds_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
