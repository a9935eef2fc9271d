/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *tree_join(struct arena *arena, const struct node *folder, const char *name)
{
    return *folder->path ? arena_printf(arena, "%s/%s", folder->path, name)
                         : arena_strdup(arena, name);
}

enum tree_result tree_find(struct tree *tree, struct arena *arena, const struct node *folder,
                           const char *path, struct node *found)
{
    *found = *folder;
    while (*path) {
        size_t len = strcspn(path, "/");
        struct node parent = *found;
        if (parent.kind != NODE_FOLDER)
            return TREE_ABSENT;
        enum tree_result result =
            tree->methods->find(tree, arena, &parent, arena_strndup(arena, path, len), found);
        if (result != TREE_FOUND)
            return result;
        path += len + (path[len] == '/');
    }
    return TREE_FOUND;
}

static int compare_nodes(const void *left, const void *right)
{
    const struct node *a = left, *b = right;
    int order = text_compare(a->name, b->name);
    return order ? order : strcmp(a->name, b->name);
}

void tree_sort(struct node *nodes, size_t count)
{
    if (count)
        qsort(nodes, count, sizeof *nodes, compare_nodes);
}
