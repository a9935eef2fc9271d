/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_TREE_INDEX_H
#define HIVEAUDIT_INPUT_TREE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "input/tree.h"

/* Folders and files made of a list of paths, whatever their order, in memory. */
struct tree_index;

#define TREE_INDEX_ITEMS 1000000
#define TREE_INDEX_NAMES (UINT64_C(64) << 20) /* bytes */
#define TREE_INDEX_PATH  32767                /* bytes: what Windows takes in characters */

struct tree_item {
    const char *name;
    struct tree_item *parent, *children, *next; /* next: of the same parent */
    uint64_t size, id;
    enum node_kind kind;
    bool is_hive;
};

enum tree_put {
    TREE_PUT_NEW,
    TREE_PUT_AGAIN,    /* the same path in any letter case is there, and is no folder both times */
    TREE_PUT_NAMELESS, /* no part of it is a name: "..", "" */
    TREE_PUT_REFUSED   /* too long, or past a budget */
};

struct tree_index *tree_index_new(struct arena *arena);

/* Puts a path of any bytes into the index, and the folders that it names: "/" and "\" separate, a
 * part ".." leads up, but never out. The item is the caller's to fill, unless it is nameless or
 * refused. */
enum tree_put tree_index_put(struct tree_index *index, const char *path, enum node_kind kind,
                             struct tree_item **item);

/* The item of a path, spelled as for tree_index_put; NULL. */
const struct tree_item *tree_index_look_up(struct tree_index *index, const char *path);

/* find and list of struct tree_methods. Ids of folders are of the index. */
void tree_index_root(struct tree_index *index, struct node *root);
enum tree_result tree_index_find(struct tree_index *index, struct arena *arena,
                                 const struct node *folder, const char *name, struct node *found);
void tree_index_list(struct tree_index *index, struct arena *arena, const struct node *folder,
                     struct node **nodes, size_t *count);

#endif
