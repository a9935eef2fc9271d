/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree_index.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

static enum tree_put put(struct tree_index *index, const char *path)
{
    struct tree_item *item;
    return tree_index_put(index, path, NODE_FILE, &item);
}

/* The names in a folder, in order: a folder has a slash. */
static const char *list(struct arena *arena, struct tree_index *index, const char *path)
{
    struct node folder, *nodes;
    size_t count;
    tree_index_root(index, &folder);
    while (*path) {
        size_t len = strcspn(path, "/");
        struct node parent = folder;
        assert_int_equal(
            tree_index_find(index, arena, &parent, arena_strndup(arena, path, len), &folder),
            TREE_FOUND);
        path += len + (path[len] == '/');
    }
    tree_index_list(index, arena, &folder, &nodes, &count);
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s ", text, nodes[i].path,
                            nodes[i].kind == NODE_FOLDER ? "/" : "");
    return text;
}

static void folders_of_a_path_are_made(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    assert_int_equal(put(index, "b/c/d"), TREE_PUT_NEW);
    assert_int_equal(put(index, "B/C/a"), TREE_PUT_NEW);
    assert_int_equal(put(index, "b/e"), TREE_PUT_NEW);
    assert_int_equal(put(index, "a"), TREE_PUT_NEW);
    assert_string_equal(list(*state, index, ""), "a b/ ");
    assert_string_equal(list(*state, index, "B"), "b/c/ b/e ");
    assert_string_equal(list(*state, index, "b/C"), "b/c/a b/c/d ");
}

static void separators_in_excess_mean_nothing(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    assert_int_equal(put(index, "/a//b"), TREE_PUT_NEW);
    assert_int_equal(put(index, "a\\c\\"), TREE_PUT_NEW);
    assert_int_equal(put(index, "./a/./d"), TREE_PUT_NEW);
    assert_int_equal(put(index, "\\\\a/\\e//"), TREE_PUT_NEW);
    assert_string_equal(list(*state, index, ""), "a/ ");
    assert_string_equal(list(*state, index, "a"), "a/b a/c a/d a/e ");
}

static void a_way_up_ends_at_the_root(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    assert_int_equal(put(index, "../../../x"), TREE_PUT_NEW);
    assert_int_equal(put(index, "a/b/../../y"), TREE_PUT_NEW);
    assert_int_equal(put(index, "a/../../z"), TREE_PUT_NEW);
    assert_int_equal(put(index, ".../w"), TREE_PUT_NEW);
    assert_string_equal(list(*state, index, ""), ".../ a/ x y z ");
}

static void what_is_no_name_is_none(void **state)
{
    static const char *const paths[] = {"", "/", ".", "..", "a/..", "a/.", "\\\\", "a/../..", "/."};
    struct tree_index *index = tree_index_new(*state);
    struct tree_item *item;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        assert_int_equal(put(index, paths[i]), TREE_PUT_NAMELESS);
        assert_int_equal(tree_index_put(index, paths[i], NODE_FOLDER, &item), TREE_PUT_NEW);
    }
    assert_string_equal(list(*state, index, ""), "a/ ");
}

static void a_path_that_is_there_is_put_again(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    struct tree_item *first, *second;
    assert_int_equal(tree_index_put(index, "a/b", NODE_FILE, &first), TREE_PUT_NEW);
    assert_int_equal(tree_index_put(index, "A/B", NODE_FILE, &second), TREE_PUT_AGAIN);
    assert_ptr_equal(first, second);
    assert_int_equal(tree_index_put(index, "A", NODE_FOLDER, &second), TREE_PUT_NEW);
    assert_int_equal(tree_index_put(index, "A", NODE_FILE, &second), TREE_PUT_AGAIN);
    assert_int_equal(second->kind, NODE_FOLDER); /* there is more in it than it would be */
    assert_int_equal(put(index, "a/b/c"), TREE_PUT_AGAIN);
    assert_int_equal(first->kind, NODE_FOLDER);
    assert_int_equal(put(index, "a/b/d"), TREE_PUT_NEW);
}

static void a_path_is_looked_up_as_it_is_put(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    struct tree_item *item;
    tree_index_put(index, "a/b", NODE_FILE, &item);
    assert_ptr_equal(tree_index_look_up(index, "/A\\b"), item);
    assert_ptr_equal(tree_index_look_up(index, "x/../a/b"), NULL);
    assert_ptr_equal(tree_index_look_up(index, "a/b/c"), NULL);
    assert_ptr_equal(tree_index_look_up(index, "c"), NULL);
    assert_string_equal(list(*state, index, ""), "a/ ");
}

static void a_path_has_its_longest_length(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    char *path = arena_alloc(*state, TREE_INDEX_PATH + 2, 1);
    memset(path, 'x', TREE_INDEX_PATH + 1);
    assert_int_equal(put(index, path), TREE_PUT_REFUSED);
    path[TREE_INDEX_PATH] = '\0';
    assert_int_equal(put(index, path), TREE_PUT_NEW);
    memset(path, '\xff', TREE_INDEX_PATH); /* each becomes U+FFFD, which has three bytes */
    assert_int_equal(put(index, path), TREE_PUT_REFUSED);
}

static void names_are_kept_up_to_a_budget(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    char *path = arena_alloc(*state, TREE_INDEX_PATH + 1, 1);
    memset(path, 'x', TREE_INDEX_PATH);
    unsigned i = 0;
    for (; i < 10000; i++) {
        char number[8];
        sprintf(number, "%07u", i);
        memcpy(path, number, 7);
        if (put(index, path) != TREE_PUT_NEW)
            break;
    }
    assert_int_equal(i, TREE_INDEX_NAMES / TREE_INDEX_PATH);
    assert_int_equal(put(index, path), TREE_PUT_REFUSED);
    assert_int_equal(put(index, "short"), TREE_PUT_NEW);
}

static void items_are_kept_up_to_a_budget(void **state)
{
    struct tree_index *index = tree_index_new(*state);
    char path[16];
    for (unsigned i = 0; i < TREE_INDEX_ITEMS; i++) {
        sprintf(path, "%u", i);
        if (put(index, path) != TREE_PUT_NEW)
            fail_msg("%u is refused", i);
    }
    assert_int_equal(put(index, "more"), TREE_PUT_REFUSED);
    assert_int_equal(put(index, "17"), TREE_PUT_AGAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(folders_of_a_path_are_made),
        SUPPORT_TEST(separators_in_excess_mean_nothing),
        SUPPORT_TEST(a_way_up_ends_at_the_root),
        SUPPORT_TEST(what_is_no_name_is_none),
        SUPPORT_TEST(a_path_that_is_there_is_put_again),
        SUPPORT_TEST(a_path_is_looked_up_as_it_is_put),
        SUPPORT_TEST(a_path_has_its_longest_length),
        SUPPORT_TEST(names_are_kept_up_to_a_budget),
        SUPPORT_TEST(items_are_kept_up_to_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
