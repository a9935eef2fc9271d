/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <string.h>

#include "base/text.h"
#include "support.h"

/* A tree of paths: those that end in "/" are folders, "!" in front makes looking for one fail. */
static const char *const paths[] = {"Windows/",
                                    "Windows/System32/",
                                    "Windows/notepad.exe",
                                    "Windows/System32/config/",
                                    "Windows/System32/config/SOFTWARE",
                                    "!Windows/lost"};

static bool match(struct arena *arena, const char *path, const char *wanted, struct node *found)
{
    size_t len = strlen(path);
    bool is_folder = path[len - 1] == '/';
    const char *whole = arena_strndup(arena, path, len - is_folder);
    if (!text_equal(whole, wanted))
        return false;
    const char *slash = strrchr(whole, '/');
    *found = (struct node){.name = slash ? slash + 1 : whole, .path = whole};
    found->kind = is_folder ? NODE_FOLDER : NODE_FILE;
    return true;
}

static enum tree_result find(struct tree *tree, struct arena *arena, const struct node *folder,
                             const char *name, struct node *found)
{
    (void)tree;
    const char *wanted = tree_join(arena, folder, name);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (match(arena, paths[i], wanted, found))
            return TREE_FOUND;
        if (paths[i][0] == '!' && text_equal(paths[i] + 1, wanted))
            return TREE_FAILED;
    }
    return TREE_ABSENT;
}

static const struct tree_methods methods = {.find = find};

/* "found PATH", "absent" or "failed". */
static const char *look(struct arena *arena, const char *path)
{
    struct tree tree = {.methods = &methods, .root = {.name = "", .path = "", .kind = NODE_FOLDER}};
    struct node found;
    switch (tree_find(&tree, arena, &tree.root, path, &found)) {
    case TREE_FOUND:
        return arena_printf(arena, "found %s", found.path);
    case TREE_ABSENT:
        return "absent";
    default:
        return "failed";
    }
}

static void a_path_is_found_part_by_part_as_it_is_spelled(void **state)
{
    assert_string_equal(look(*state, "windows/SYSTEM32/Config/software"),
                        "found Windows/System32/config/SOFTWARE");
    assert_string_equal(look(*state, "WINDOWS"), "found Windows");
}

static void no_path_is_the_folder_itself(void **state)
{
    assert_string_equal(look(*state, ""), "found ");
}

static void what_lies_in_no_folder_is_absent(void **state)
{
    assert_string_equal(look(*state, "Windows/notepad.exe/SOFTWARE"), "absent");
    assert_string_equal(look(*state, "Windows/System64/config"), "absent");
}

static void a_failure_on_the_way_is_passed_on(void **state)
{
    assert_string_equal(look(*state, "Windows/LOST"), "failed");
    assert_string_equal(look(*state, "Windows/lost/SOFTWARE"), "failed");
}

static void names_are_sorted_without_regard_to_letter_case(void **state)
{
    (void)state;
    struct node nodes[] = {{.name = "b"}, {.name = "C"}, {.name = "a"}, {.name = "B"}};
    tree_sort(nodes, sizeof nodes / sizeof *nodes);
    assert_string_equal(nodes[0].name, "a");
    assert_string_equal(nodes[1].name, "B");
    assert_string_equal(nodes[2].name, "b");
    assert_string_equal(nodes[3].name, "C");
    tree_sort(NULL, 0);
}

static void paths_are_joined_below_the_root_without_a_slash(void **state)
{
    const struct node root = {.path = ""}, folder = {.path = "Windows"};
    assert_string_equal(tree_join(*state, &root, "Windows"), "Windows");
    assert_string_equal(tree_join(*state, &folder, "System32"), "Windows/System32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_path_is_found_part_by_part_as_it_is_spelled),
        SUPPORT_TEST(no_path_is_the_folder_itself),
        SUPPORT_TEST(what_lies_in_no_folder_is_absent),
        SUPPORT_TEST(a_failure_on_the_way_is_passed_on),
        SUPPORT_TEST(names_are_sorted_without_regard_to_letter_case),
        SUPPORT_TEST(paths_are_joined_below_the_root_without_a_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
