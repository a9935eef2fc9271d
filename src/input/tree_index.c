/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree_index.h"

#include <search.h>
#include <string.h>

#include "base/text.h"

struct tree_index {
    struct arena *arena;
    struct tree_item root;
    void *items; /* by folder and name: a tree of tsearch, which stays balanced */
    size_t count;
    uint64_t names; /* bytes */
    bool is_clash;  /* the path just put is that of something else, too */
    /* Most paths lie in the folder of the one before: it is not looked up again. */
    struct tree_item *folder;
    char folder_path[TREE_INDEX_PATH + 1];
    char path[TREE_INDEX_PATH + 1];
};

static int compare_items(const void *left, const void *right)
{
    const struct tree_item *a = left, *b = right;
    if (a->parent != b->parent)
        return (uintptr_t)a->parent < (uintptr_t)b->parent ? -1 : 1;
    return text_compare(a->name, b->name);
}

static void keep_item(void *item)
{
    (void)item; /* the arena's */
}

static void destroy_items(void *handle)
{
    struct tree_index *index = handle;
    tdestroy(index->items, keep_item);
}

struct tree_index *tree_index_new(struct arena *arena)
{
    struct tree_index *index = arena_alloc(arena, 1, sizeof *index);
    index->arena = arena;
    index->root = (struct tree_item){.name = "", .kind = NODE_FOLDER};
    index->folder = &index->root;
    arena_on_free(arena, destroy_items, index);
    return index;
}

static struct tree_item *find_child(struct tree_index *index, struct tree_item *parent,
                                    const char *name)
{
    const struct tree_item wanted = {.name = name, .parent = parent};
    struct tree_item **found = tfind(&wanted, &index->items, compare_items);
    return found ? *found : NULL;
}

static struct tree_item *add_child(struct tree_index *index, struct tree_item *parent,
                                   const char *name, enum node_kind kind)
{
    size_t len = strlen(name);
    if (index->count == TREE_INDEX_ITEMS || TREE_INDEX_NAMES - index->names < len)
        return NULL;
    struct tree_item *item = arena_alloc(index->arena, 1, sizeof *item);
    *item = (struct tree_item){.name = arena_strndup(index->arena, name, len),
                               .parent = parent,
                               .next = parent->children,
                               .kind = kind};
    if (!tsearch(item, &index->items, compare_items))
        end_out_of_memory();
    parent->children = item;
    index->count++;
    index->names += len;
    return item;
}

/* A file in the place of a folder is none any more: what lies in it is more than it was. */
static struct tree_item *enter_folder(struct tree_index *index, struct tree_item *parent,
                                      const char *name, bool may_add)
{
    struct tree_item *item = find_child(index, parent, name);
    if (!item)
        return may_add ? add_child(index, parent, name, NODE_FOLDER) : NULL;
    if (item->kind == NODE_FOLDER)
        return item;
    index->is_clash = may_add;
    item->kind = may_add ? NODE_FOLDER : item->kind;
    return may_add ? item : NULL;
}

/* Cuts the next part of a path off, which may be empty; NULL at its end. */
static char *take_part(char **path)
{
    char *part = *path;
    if (!*part)
        return NULL;
    size_t len = strcspn(part, "/\\");
    *path = part + len + (part[len] != '\0');
    part[len] = '\0';
    return part;
}

static struct tree_item *walk(struct tree_index *index, char *path, bool may_add)
{
    struct tree_item *folder = &index->root;
    for (char *part; folder && (part = take_part(&path));) {
        if (!*part || strcmp(part, ".") == 0)
            continue;
        if (strcmp(part, "..") != 0)
            folder = enter_folder(index, folder, part, may_add);
        else if (folder->parent)
            folder = folder->parent;
    }
    return folder;
}

/* Makes a text of a path, without separators at its end. */
static bool take_path(struct tree_index *index, const char *path)
{
    size_t len = strlen(path);
    while (len && (path[len - 1] == '/' || path[len - 1] == '\\'))
        len--;
    if (len <= TREE_INDEX_PATH && text_is_valid(path, len)) {
        memcpy(index->path, path, len);
        index->path[len] = '\0';
        return true;
    }
    if (len > TREE_INDEX_PATH)
        return false;
    struct arena *arena = arena_new(); /* this is rare */
    const char *text = text_from_utf8(arena, path, len);
    bool fits = strlen(text) <= TREE_INDEX_PATH;
    if (fits)
        strcpy(index->path, text);
    arena_free(arena);
    return fits;
}

/* The folder of index->path, and its last part as the name. */
static struct tree_item *take_folder(struct tree_index *index, bool may_add, const char **name)
{
    char *separator = index->path + strlen(index->path);
    while (separator > index->path && separator[-1] != '/' && separator[-1] != '\\')
        separator--;
    *name = separator;
    if (separator == index->path)
        return &index->root;
    separator[-1] = '\0';
    if (index->folder != &index->root && strcmp(index->path, index->folder_path) == 0 &&
        index->folder->kind == NODE_FOLDER)
        return index->folder;
    strcpy(index->folder_path, index->path);
    struct tree_item *folder = walk(index, index->path, may_add);
    index->folder = folder ? folder : &index->root;
    return folder;
}

static enum tree_put put_child(struct tree_index *index, struct tree_item *folder, const char *name,
                               enum node_kind kind, struct tree_item **item)
{
    *item = find_child(index, folder, name);
    if (!*item) {
        *item = add_child(index, folder, name, kind);
        if (!*item)
            return TREE_PUT_REFUSED;
    } else {
        index->is_clash |= kind != NODE_FOLDER || (*item)->kind != NODE_FOLDER;
        if (!(*item)->children)
            (*item)->kind = kind;
    }
    return index->is_clash ? TREE_PUT_AGAIN : TREE_PUT_NEW;
}

enum tree_put tree_index_put(struct tree_index *index, const char *path, enum node_kind kind,
                             struct tree_item **item)
{
    const char *name;
    index->is_clash = false;
    if (!take_path(index, path))
        return TREE_PUT_REFUSED;
    struct tree_item *folder = take_folder(index, true, &name);
    if (!folder)
        return TREE_PUT_REFUSED;
    if (strcmp(name, "..") == 0)
        folder = folder->parent ? folder->parent : folder;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        *item = folder;
        return kind == NODE_FOLDER ? TREE_PUT_NEW : TREE_PUT_NAMELESS;
    }
    return put_child(index, folder, name, kind, item);
}

const struct tree_item *tree_index_look_up(struct tree_index *index, const char *path)
{
    const char *name;
    if (!take_path(index, path))
        return NULL;
    struct tree_item *folder = take_folder(index, false, &name);
    return folder ? find_child(index, folder, name) : NULL;
}

static void fill_node(struct arena *arena, const struct node *folder, const struct tree_item *item,
                      struct node *node)
{
    *node = (struct node){.name = item->name,
                          .path = tree_join(arena, folder, item->name),
                          .kind = item->kind,
                          .size = item->kind == NODE_FILE ? item->size : 0,
                          .id = item->kind == NODE_FOLDER ? (uintptr_t)item : item->id,
                          .is_hive = item->kind == NODE_FILE && item->is_hive};
}

void tree_index_root(struct tree_index *index, struct node *root)
{
    *root =
        (struct node){.name = "", .path = "", .kind = NODE_FOLDER, .id = (uintptr_t)&index->root};
}

enum tree_result tree_index_find(struct tree_index *index, struct arena *arena,
                                 const struct node *folder, const char *name, struct node *found)
{
    struct tree_item *item = find_child(index, (struct tree_item *)(uintptr_t)folder->id, name);
    if (!item)
        return TREE_ABSENT;
    fill_node(arena, folder, item, found);
    return TREE_FOUND;
}

void tree_index_list(struct tree_index *index, struct arena *arena, const struct node *folder,
                     struct node **nodes, size_t *count)
{
    (void)index;
    const struct tree_item *parent = (struct tree_item *)(uintptr_t)folder->id;
    *nodes = NULL;
    *count = 0;
    for (const struct tree_item *item = parent->children; item; item = item->next) {
        *nodes = arena_grow(arena, *nodes, *count, sizeof **nodes);
        fill_node(arena, folder, item, &(*nodes)[(*count)++]);
    }
    tree_sort(*nodes, *count);
}
