/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "lookup.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"

/* Bytes of DLLs that are fetched out of an archive at once, into memory. */
#define EXPECTED_BYTES_MAX ((uint64_t)32 << 20)

void append_file_faults(struct diags *diags, const char *name, const struct diags *own)
{
    for (size_t i = 0; i < own->count; i++)
        diag_add(diags, DIAG_INCOMPLETE, NULL, "%s: %s", name, own->items[i].message);
}

/* A tree that holds the Windows folder alone has none of the files that lie elsewhere. */
static const char *path_in_tree(const struct lookup *lookup, struct arena *arena, const char *path)
{
    char *slashed = arena_strdup(arena, path);
    for (char *p = slashed; *p; p++)
        *p = *p == '\\' ? '/' : *p;
    if (!lookup->is_windows)
        return slashed;
    char *rest = strchr(slashed, '/');
    if (!rest)
        return NULL;
    *rest = '\0';
    return text_equal(slashed, "Windows") || text_equal(slashed, "WINNT") ? rest + 1 : NULL;
}

/* Nobody follows links: what is behind one is not known. */
static enum file_state find_node(const struct lookup *lookup, struct arena *arena, const char *path,
                                 struct node *node)
{
    enum tree_result result = tree_find(lookup->tree, arena, &lookup->root, path, node);
    if (result == TREE_FAILED)
        return FILE_UNREADABLE;
    if (node->kind == NODE_OTHER)
        return FILE_UNKNOWN;
    return result == TREE_FOUND && node->kind == NODE_FILE ? FILE_PRESENT : FILE_ABSENT;
}

/* The hive can be audited without its DLLs. Where Windows keeps the bytes of DLLs elsewhere, as it
 * does with all of them under Compact OS, nothing is wrong, and saying so once is enough. */
static void say_of_file(struct lookup *lookup, struct diags *diags, const struct node *node,
                        const struct diags *own)
{
    if (!node->is_elsewhere)
        append_file_faults(diags, node->path, own);
    else if (own->count && !lookup->was_said)
        diag_add(diags, DIAG_NOTE, NULL,
                 "%s: %s: of such DLLs it is known that they are there, no more", node->path,
                 own->items[0].message);
    lookup->was_said |= node->is_elsewhere;
}

/* Of an archive, each file that is not fetched with others takes a pass of its own. What cannot be
 * fetched is said when it is opened. */
static void expect_files(void *context, struct arena *arena, const char *const *paths, size_t count)
{
    struct lookup *lookup = context;
    struct tree *tree = lookup->tree;
    if (!tree->methods->fetch)
        return;
    struct diags *diags = tree->access->diags, unused = {.arena = arena};
    struct node *nodes = arena_alloc(arena, count, sizeof *nodes);
    const struct node **files = arena_alloc(arena, count, sizeof *files);
    uint64_t room = EXPECTED_BYTES_MAX;
    size_t nfiles = 0;
    tree->access->diags = &unused;
    for (size_t i = 0; i < count; i++) {
        const char *path = path_in_tree(lookup, arena, paths[i]);
        if (!path || find_node(lookup, arena, path, &nodes[i]) != FILE_PRESENT ||
            nodes[i].size > room)
            continue;
        room -= nodes[i].size;
        files[nfiles++] = &nodes[i];
    }
    tree->methods->fetch(tree, arena, files, nfiles);
    tree->access->diags = diags;
}

static enum file_state find_file(void *context, struct arena *arena, const char *path,
                                 struct found_file *file)
{
    struct lookup *lookup = context;
    struct access *access = lookup->tree->access;
    struct diags *diags = access->diags, own = {.arena = arena};
    struct node node = {0};
    path = path_in_tree(lookup, arena, path);
    enum file_state state = path ? find_node(lookup, arena, path, &node) : FILE_UNKNOWN;
    if (state != FILE_PRESENT)
        return state;
    file->path = node.path;
    access->diags = &own;
    bool opened = lookup->tree->methods->open(lookup->tree, arena, &node, &file->source);
    access->diags = diags;
    say_of_file(lookup, diags, &node, &own);
    return opened ? FILE_PRESENT : FILE_UNREADABLE;
}

struct file_finder lookup_finder(struct lookup *lookup, bool hash)
{
    return (struct file_finder){.find = find_file,
                                .expect = expect_files,
                                .digest = hash ? digest_source : NULL,
                                .context = lookup};
}
