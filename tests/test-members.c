/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/members.h"

#include <errno.h>
#include <string.h>

#include "support.h"

/* A tree that is given as a list of nodes, sorted; a folder's id is that of the only folder whose
 * nodes it has. What starts with ! cannot be opened, what starts with ? cannot be read. */
struct listed {
    struct access access;
    struct diags diags;
    struct tree tree;
    const struct node *nodes;
    size_t count;
    size_t lists; /* how many folders were listed */
    bool is_endless;
};

static enum tree_result find_listed(struct tree *tree, struct arena *arena,
                                    const struct node *folder, const char *name, struct node *found)
{
    const struct listed *listed = tree->context;
    const char *path = tree_join(arena, folder, name);
    for (size_t i = 0; i < listed->count; i++)
        if (strcmp(listed->nodes[i].path, path) == 0) {
            *found = listed->nodes[i];
            return TREE_FOUND;
        }
    return TREE_ABSENT;
}

/* An endless folder holds itself, twice. */
static void list_endless(struct arena *arena, const struct node *folder, struct node **nodes,
                         size_t *count)
{
    *count = 2;
    *nodes = arena_alloc(arena, *count, sizeof **nodes);
    for (size_t i = 0; i < *count; i++) {
        const char *name = i ? "b" : "a";
        (*nodes)[i] = (struct node){
            .name = name, .path = tree_join(arena, folder, name), .kind = NODE_FOLDER, .id = 5};
    }
}

static bool is_in(const struct node *folder, const struct node *node)
{
    size_t len = strlen(folder->path);
    return strncmp(node->path, folder->path, len) == 0 &&
           strcmp(node->path + len + (len && node->path[len] == '/'), node->name) == 0;
}

static bool list_listed(struct tree *tree, struct arena *arena, const struct node *folder,
                        struct node **nodes, size_t *count)
{
    struct listed *listed = tree->context;
    listed->lists++;
    *nodes = NULL;
    *count = 0;
    if (listed->is_endless)
        list_endless(arena, folder, nodes, count);
    for (size_t i = 0; i < listed->count; i++)
        if (is_in(folder, &listed->nodes[i])) {
            *nodes = arena_grow(arena, *nodes, *count, sizeof **nodes);
            (*nodes)[(*count)++] = listed->nodes[i];
        }
    return true;
}

static ssize_t read_listed(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    errno = EIO;
    if (*source->name == '?')
        return -1;
    memset(buf, 0, len);
    if (offset == 0 && strncmp(source->name, "hive", 4) == 0)
        memcpy(buf, "regf", 4);
    return (ssize_t)len;
}

static bool open_listed(struct tree *tree, struct arena *arena, const struct node *file,
                        struct source *source)
{
    (void)arena;
    *source = (struct source){.name = file->name, .size = file->size, .read_at = read_listed};
    return *file->name != '!' || access_fail(tree->access, "is encrypted (EFS)");
}

static const struct tree_methods methods = {
    .find = find_listed, .list = list_listed, .open = open_listed};

static struct listed *make_tree(struct arena *arena, const struct node *nodes, size_t count)
{
    struct listed *listed = arena_alloc(arena, 1, sizeof *listed);
    listed->diags.arena = arena;
    listed->access = (struct access){.arena = arena, .diags = &listed->diags, .folder = -1};
    listed->tree = (struct tree){.access = &listed->access,
                                 .methods = &methods,
                                 .context = listed,
                                 .root = {.name = "", .path = "", .kind = NODE_FOLDER}};
    listed->nodes = nodes;
    listed->count = count;
    return listed;
}

/* The paths of the members, each with a blank behind it. */
static const char *find_members(struct listed *listed, bool all_copies, bool *whole)
{
    struct arena *arena = listed->access.arena;
    struct member *members;
    size_t count;
    const char *text = "";
    *whole = members_find(&listed->tree, arena, MEMBERS_ANYWHERE, all_copies, &members, &count);
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s ", text, members[i].software.hive.path);
    return text;
}

static void hives_are_found_by_their_start_and_software_by_its_name(void **state)
{
    static const struct node nodes[] = {
        {.name = "Software", .path = "Software", .size = 5000},
        {.name = "hive", .path = "hive", .size = 8192},
        {.name = "hive.LOG1", .path = "hive.LOG1", .size = 8192},
        {.name = "hive5000", .path = "hive5000", .size = 5000},
        {.name = "other", .path = "other", .size = 8192},
    };
    struct listed *listed = make_tree(*state, nodes, 5);
    bool whole;
    assert_string_equal(find_members(listed, false, &whole), "hive Software ");
    assert_true(whole);
    assert_int_equal(listed->diags.count, 0);
}

static void files_that_cannot_be_looked_into_are_counted(void **state)
{
    static const struct node nodes[] = {
        {.name = "!a", .path = "!a", .size = 8192},
        {.name = "!b", .path = "!b", .size = 8192},
        {.name = "?c", .path = "?c", .size = 8192},
        {.name = "hive", .path = "hive", .size = 8192},
    };
    struct listed *listed = make_tree(*state, nodes, 4);
    bool whole;
    assert_string_equal(find_members(listed, true, &whole), "hive ");
    assert_false(whole);
    assert_int_equal(listed->diags.count, 1);
    assert_int_equal(listed->diags.worst, DIAG_INCOMPLETE);
    assert_string_equal(listed->diags.items[0].message,
                        "3 files cannot be looked into, the first is !a: is encrypted (EFS)");
}

static void folders_that_hold_themselves_come_to_an_end(void **state)
{
    struct listed *listed = make_tree(*state, NULL, 0);
    bool whole;
    listed->is_endless = true;
    assert_string_equal(find_members(listed, false, &whole), "");
    assert_false(whole);
    assert_int_equal(listed->lists, 500000);
    assert_int_equal(listed->diags.worst, DIAG_INCOMPLETE);
    assert_non_null(strstr(listed->diags.items[listed->diags.count - 1].message, "more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(hives_are_found_by_their_start_and_software_by_its_name),
        SUPPORT_TEST(files_that_cannot_be_looked_into_are_counted),
        SUPPORT_TEST(folders_that_hold_themselves_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
