/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "support.h"

/* A folder of one test, removed with all files in it. */
struct folder {
    struct arena *arena;
    char *path;
    struct rule_errors errors;
    struct rule_files files;
};

static int start(void **state)
{
    const char *parent = getenv("TMPDIR");
    struct arena *arena = arena_new();
    struct folder *folder = arena_alloc(arena, 1, sizeof *folder);
    folder->arena = folder->errors.arena = arena;
    folder->path = arena_printf(arena, "%s/hiveaudit-XXXXXX", parent ? parent : P_tmpdir);
    *state = folder;
    return mkdtemp(folder->path) ? 0 : -1;
}

static int stop(void **state)
{
    struct folder *folder = *state;
    int status = system(arena_printf(folder->arena, "rm -rf '%s'", folder->path));
    arena_free(folder->arena);
    return status;
}

static const char *path_of(const struct folder *folder, const char *name)
{
    return arena_printf(folder->arena, "%s/%s", folder->path, name);
}

static const char *put_file(const struct folder *folder, const char *name, const char *text,
                            size_t len)
{
    const char *path = path_of(folder, name);
    CLEANUP(file) FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    return path;
}

static void assert_error(const struct folder *folder, const char *path, const char *what)
{
    assert_int_equal(folder->errors.count, 1);
    assert_ptr_equal(strstr(folder->errors.items[0], path), folder->errors.items[0]);
    if (!strstr(folder->errors.items[0], what))
        fail_msg("got \"%s\", want \"%s\"", folder->errors.items[0], what);
}

static void a_file_is_taken_with_its_name_and_bytes(void **state)
{
    struct folder *folder = *state;
    const char *path = put_file(folder, "any name", "a\0b\n", 4);
    rule_files_add_path(&folder->errors, &folder->files, path);
    assert_int_equal(folder->errors.count, 0);
    assert_int_equal(folder->files.count, 1);
    assert_string_equal(folder->files.items[0].name, path);
    assert_int_equal(folder->files.items[0].len, 4);
    assert_memory_equal(folder->files.items[0].text, "a\0b\n", 5);
}

static void an_empty_file_is_taken_as_one(void **state)
{
    struct folder *folder = *state;
    rule_files_add_path(&folder->errors, &folder->files, put_file(folder, "e.yaml", "", 0));
    assert_int_equal(folder->files.count, 1);
    assert_int_equal(folder->files.items[0].len, 0);
    assert_string_equal(folder->files.items[0].text, "");
}

static void a_folder_gives_its_rule_files_in_the_order_of_their_names(void **state)
{
    static const char *const names[] = {"b.yaml", "a.yaml", "B.yaml", "10.yaml", "9.yaml"};
    static const char *const order[] = {"10.yaml", "9.yaml", "B.yaml", "a.yaml", "b.yaml"};
    struct folder *folder = *state;
    for (size_t i = 0; i < 5; i++)
        put_file(folder, names[i], names[i], strlen(names[i]));
    put_file(folder, "readme.txt", "x", 1);
    put_file(folder, "yaml", "x", 1);
    put_file(folder, "a.yaml~", "x", 1);
    put_file(folder, "a.yaml.bak", "x", 1);
    rule_files_add_path(&folder->errors, &folder->files, folder->path);
    assert_int_equal(folder->errors.count, 0);
    assert_int_equal(folder->files.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(folder->files.items[i].name, path_of(folder, order[i]));
        assert_string_equal(folder->files.items[i].text, order[i]);
    }
}

static void files_are_appended_to_those_that_are_there(void **state)
{
    struct folder *folder = *state;
    for (int i = 0; i < 20; i++)
        rule_files_add_path(&folder->errors, &folder->files,
                            put_file(folder, arena_printf(folder->arena, "%d", i), "x", 1));
    assert_int_equal(folder->files.count, 20);
    assert_string_equal(folder->files.items[19].name, path_of(folder, "19"));
}

static void what_cannot_be_opened_is_named(void **state)
{
    struct folder *folder = *state;
    const char *path = path_of(folder, "missing.yaml");
    rule_files_add_path(&folder->errors, &folder->files, path);
    assert_error(folder, path, "cannot be read: No such file");
    assert_int_equal(folder->files.count, 0);
}

static void a_folder_without_rule_files_is_an_error(void **state)
{
    struct folder *folder = *state;
    put_file(folder, "rules.yaml.txt", "x", 1);
    rule_files_add_path(&folder->errors, &folder->files, folder->path);
    assert_error(folder, folder->path, "no *.yaml in this folder");
}

static void a_folder_that_is_named_like_a_rule_file_is_an_error(void **state)
{
    struct folder *folder = *state;
    const char *path = path_of(folder, "a.yaml");
    assert_int_equal(mkdir(path, 0777), 0);
    rule_files_add_path(&folder->errors, &folder->files, folder->path);
    assert_error(folder, path, "cannot be");
}

static void one_bad_file_of_a_folder_does_not_hide_the_others(void **state)
{
    struct folder *folder = *state;
    put_file(folder, "a.yaml", "x", 1);
    assert_int_equal(symlink("nowhere", path_of(folder, "b.yaml")), 0);
    put_file(folder, "c.yaml", "x", 1);
    rule_files_add_path(&folder->errors, &folder->files, folder->path);
    assert_error(folder, path_of(folder, "b.yaml"), "cannot be read");
    assert_int_equal(folder->files.count, 2);
}

static void a_rule_file_has_a_largest_size(void **state)
{
    struct folder *folder = *state;
    size_t most = RULE_FILE_SIZE_MAX;
    char *text = arena_alloc(folder->arena, most + 1, 1);
    memset(text, '#', most + 1);
    rule_files_add_path(&folder->errors, &folder->files, put_file(folder, "a", text, most));
    assert_int_equal(folder->errors.count, 0);
    assert_int_equal(folder->files.items[0].len, most);
    assert_int_equal(folder->files.items[0].text[most], 0);
    const char *path = put_file(folder, "b", text, most + 1);
    rule_files_add_path(&folder->errors, &folder->files, path);
    assert_error(folder, path, "too large");
    assert_int_equal(folder->files.count, 1);
}

static void an_endless_file_is_too_large(void **state)
{
    struct folder *folder = *state;
    rule_files_add_path(&folder->errors, &folder->files, "/dev/zero");
    assert_error(folder, "/dev/zero", "too large");
}

static void the_shipped_rules_are_part_of_the_program(void **state)
{
    struct folder *folder = *state;
    rule_files_add_shipped(&folder->errors, &folder->files);
    assert_true(folder->files.count > 0);
    struct ruleset ruleset = ruleset_load(&folder->errors, &folder->files);
    if (folder->errors.count)
        fail_msg("%s", folder->errors.items[0]);
    assert_non_null(ruleset_find(&ruleset, "atr-outside-mask"));
    for (size_t i = 0; i < folder->files.count; i++)
        assert_int_equal(folder->files.items[i].len, strlen(folder->files.items[i].text));
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_file_is_taken_with_its_name_and_bytes),
        FOLDER_TEST(an_empty_file_is_taken_as_one),
        FOLDER_TEST(a_folder_gives_its_rule_files_in_the_order_of_their_names),
        FOLDER_TEST(files_are_appended_to_those_that_are_there),
        FOLDER_TEST(what_cannot_be_opened_is_named),
        FOLDER_TEST(a_folder_without_rule_files_is_an_error),
        FOLDER_TEST(a_folder_that_is_named_like_a_rule_file_is_an_error),
        FOLDER_TEST(one_bad_file_of_a_folder_does_not_hide_the_others),
        FOLDER_TEST(a_rule_file_has_a_largest_size),
        FOLDER_TEST(an_endless_file_is_too_large),
        FOLDER_TEST(the_shipped_rules_are_part_of_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
