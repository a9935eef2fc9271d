/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_TREES_H
#define HIVEAUDIT_TESTS_TREES_H

/* What the tests of trees share: a tree with what it needs, shown as text. */

#include "support.h"

#include <string.h>

#include "base/source.h"
#include "input/tree.h"

/* Its allocator takes memory of its own, and ends the process where malloc would return NULL. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BUILT_WITH_ASAN true
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BUILT_WITH_ASAN true
#endif
#ifndef BUILT_WITH_ASAN
#define BUILT_WITH_ASAN false
#endif

struct opened {
    struct arena *arena; /* of the image; released by opened_close */
    struct diags diags;
    struct access access;
    struct tree tree;
};

/* Makes all but the tree, with a set of libraries loaded. */
static inline struct opened *opened_make(struct arena *arena, unsigned libraries)
{
    struct opened *opened = arena_alloc(arena, 1, sizeof *opened);
    *opened = (struct opened){.arena = arena_new(), .diags = {.arena = arena}};
    opened->access = (struct access){
        .arena = opened->arena, .diags = &opened->diags, .libraries = libraries, .folder = -1};
    const char *missing = libraries_load(arena, libraries);
    if (missing)
        fail_msg("%s", missing);
    return opened;
}

static inline void opened_close(struct opened *opened)
{
    arena_free(opened->arena);
}

/* The diagnostics that were added since the last call: "note: ...\n" for each. */
static inline const char *opened_said(struct opened *opened)
{
    static const char *const levels[] = {"note", "incomplete", "failed"};
    struct arena *arena = opened->diags.arena;
    const char *text = "";
    for (size_t i = 0; i < opened->diags.count; i++)
        text = arena_printf(arena, "%s%s: %s\n", text, levels[opened->diags.items[i].level],
                            opened->diags.items[i].message);
    opened->diags = (struct diags){.arena = arena};
    return text;
}

/* "Windows/ " for a folder, "a.txt:5 " for a file with its size, "link@ " for anything else. */
static inline const char *opened_show(struct arena *arena, const struct node *node)
{
    if (node->kind == NODE_FILE)
        return arena_printf(arena, "%s:%ju ", node->path, (uintmax_t)node->size);
    return arena_printf(arena, "%s%s ", node->path, node->kind == NODE_FOLDER ? "/" : "@");
}

/* What a path leads to, or "absent" or "failed". */
static inline const char *opened_find(struct opened *opened, const char *path)
{
    struct node found;
    struct arena *arena = opened->diags.arena;
    switch (tree_find(&opened->tree, arena, &opened->tree.root, path, &found)) {
    case TREE_FOUND:
        return opened_show(arena, &found);
    case TREE_ABSENT:
        return "absent";
    default:
        return "failed";
    }
}

/* The node of a path, which must be there. */
static inline struct node opened_node(struct opened *opened, const char *path)
{
    struct node found;
    if (tree_find(&opened->tree, opened->diags.arena, &opened->tree.root, path, &found) !=
        TREE_FOUND)
        fail_msg("%s: is not there", path);
    return found;
}

/* All nodes of a folder; "(failed)" behind them where list says that some are missing. */
static inline const char *opened_list(struct opened *opened, const char *path)
{
    struct node folder = opened_node(opened, path), *nodes;
    size_t count;
    struct arena *arena = opened->diags.arena;
    bool is_whole = opened->tree.methods->list(&opened->tree, arena, &folder, &nodes, &count);
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s", text, opened_show(arena, &nodes[i]));
    return is_whole ? text : arena_printf(arena, "%s(failed)", text);
}

/* Opens a file by its path. */
static inline bool opened_open(struct opened *opened, const char *path, struct source *source)
{
    struct node node = opened_node(opened, path);
    return opened->tree.methods->open(&opened->tree, opened->arena, &node, source);
}

/* Checks that a file has these bytes: all at once, and some in the middle. */
static inline void opened_check(struct opened *opened, const char *path, const void *bytes,
                                size_t len)
{
    struct source source;
    if (!opened_open(opened, path, &source))
        fail_msg("%s", opened_said(opened));
    assert_int_equal(source.size, len);
    char *got = arena_alloc(opened->diags.arena, len + 1, 1);
    assert_int_equal(source.read_at(&source, 0, got, len + 1), len);
    assert_memory_equal(got, bytes, len);
    for (size_t from = 0, part = 1; from < len; from += part, part = part * 3 % 70001) {
        size_t left = len - from < part ? len - from : part;
        assert_int_equal(source.read_at(&source, from, got, part), left);
        assert_memory_equal(got, (const char *)bytes + from, left);
    }
    assert_int_equal(source.read_at(&source, len, got, 1), 0);
}

#endif
