/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/key_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define ROOT      "HKEY_LOCAL_MACHINE\\SOFTWARE"
#define DEPTH_MAX 512 /* levels of the registry; deeper keys are left out */

/* A name of the registry has 255 characters at most (Registry Element Size Limits): bytes that they
 * take here. Windows makes no key of a longer one. */
#define NAME_BYTES_MAX (255 * 3)

/* A key while the tree grows. Its parent's number and its name find it. */
struct node {
    struct tree_key key;
    size_t parent;
    uint32_t hash;
    size_t chain; /* the next of the same bucket; 0: none, as the root is in no bucket */
    bool removed;
};

/* A value that was written or removed, in order. */
struct write {
    size_t node, order;
    const struct reg_value *value;
};

struct builder {
    struct arena *arena;
    struct node *nodes; /* the first is the root */
    size_t nnodes;
    struct write *writes;
    size_t nwrites;
    size_t *buckets;
    size_t nbuckets; /* a power of two */
};

static uint32_t hash_child(size_t parent, const char *name)
{
    return text_hash(name) ^ (uint32_t)parent * UINT32_C(0x9e3779b1);
}

static void put_in_bucket(struct builder *builder, size_t index)
{
    struct node *node = &builder->nodes[index];
    size_t *bucket = &builder->buckets[node->hash & (builder->nbuckets - 1)];
    node->chain = *bucket;
    *bucket = index;
}

/* A removed key must not stand in the way: a text may write and remove one again and again. */
static void remove_node(struct builder *builder, size_t index)
{
    struct node *node = &builder->nodes[index];
    size_t *link = &builder->buckets[node->hash & (builder->nbuckets - 1)];
    while (*link != index)
        link = &builder->nodes[*link].chain;
    *link = node->chain;
    node->removed = true;
}

static void grow_buckets(struct builder *builder)
{
    if (builder->nnodes < builder->nbuckets)
        return;
    builder->nbuckets = builder->nbuckets ? 2 * builder->nbuckets : 64;
    builder->buckets = arena_alloc(builder->arena, builder->nbuckets, sizeof *builder->buckets);
    for (size_t i = 1; i < builder->nnodes; i++)
        if (!builder->nodes[i].removed)
            put_in_bucket(builder, i);
}

/* 0 where there is none: the root is nobody's child. */
static size_t find_child(const struct builder *builder, size_t parent, const char *name)
{
    uint32_t hash = hash_child(parent, name);
    size_t i = builder->nbuckets ? builder->buckets[hash & (builder->nbuckets - 1)] : 0;
    for (; i; i = builder->nodes[i].chain) {
        const struct node *node = &builder->nodes[i];
        if (node->hash == hash && node->parent == parent && text_equal(node->key.name, name))
            return i;
    }
    return 0;
}

static size_t add_child(struct builder *builder, size_t parent, const char *name,
                        const struct reg_key *from)
{
    builder->nodes =
        arena_grow(builder->arena, builder->nodes, builder->nnodes, sizeof *builder->nodes);
    size_t index = builder->nnodes++;
    builder->nodes[index] = (struct node){
        .key = {.name = name, .line = from->line, .column = from->column},
        .parent = parent,
        .hash = hash_child(parent, name),
    };
    if (index < builder->nbuckets)
        put_in_bucket(builder, index);
    else
        grow_buckets(builder);
    return index;
}

/* The node of a path, added where it is missing and create says so. False where there is none. */
static bool walk(struct builder *builder, const struct reg_key *from, const char *path, bool create,
                 size_t *found)
{
    *found = 0;
    for (int depth = 0; *path; depth++) {
        size_t len = strcspn(path, "\\");
        if (depth == DEPTH_MAX || len > NAME_BYTES_MAX)
            return false;
        const char *name = arena_strndup(builder->arena, path, len);
        size_t child = find_child(builder, *found, name);
        if (!child && !create)
            return false;
        *found = child ? child : add_child(builder, *found, name, from);
        path += len + (path[len] == '\\');
    }
    return true;
}

/* The path below SOFTWARE, or NULL. */
static const char *path_in_software(const char *path)
{
    size_t len = sizeof ROOT - 1;
    if (strncasecmp(path, ROOT, len) != 0 || (path[len] && path[len] != '\\'))
        return NULL;
    return path + len + (path[len] == '\\');
}

static void apply_key(struct builder *builder, const struct reg_key *key)
{
    const char *path = path_in_software(key->path);
    size_t node;
    if (!path || !walk(builder, key, path, !key->remove, &node))
        return;
    if (key->remove) {
        if (node) /* a new one does not get back what was below */
            remove_node(builder, node);
        return;
    }
    for (size_t i = 0; i < key->nvalues; i++) {
        builder->writes =
            arena_grow(builder->arena, builder->writes, builder->nwrites, sizeof *builder->writes);
        builder->writes[builder->nwrites] = (struct write){node, builder->nwrites, &key->values[i]};
        builder->nwrites++;
    }
}

static int compare_names(const struct write *a, const struct write *b)
{
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return text_compare(a->value->name, b->value->name);
}

static int compare_writes(const void *left, const void *right)
{
    const struct write *a = left, *b = right;
    int order = compare_names(a, b);
    return order ? order : a->order < b->order ? -1 : 1;
}

/* What the writes of one value, from first to before end, leave: NULL where it is not there. */
static const struct reg_value *settle(const struct write *first, const struct write *end)
{
    const struct reg_value *value = NULL;
    for (const struct write *write = first; write < end; write++) {
        bool is_in_vain = (write->value->condition == REG_IF_ABSENT && value) ||
                          (write->value->condition == REG_IF_PRESENT && !value);
        if (!is_in_vain)
            value = write->value->remove ? NULL : write->value;
    }
    return value;
}

static void settle_values(struct builder *builder)
{
    if (!builder->nwrites)
        return;
    const struct reg_value **values = arena_alloc(builder->arena, builder->nwrites, sizeof *values);
    const struct write *writes = builder->writes, *end = writes + builder->nwrites, *next;
    qsort(builder->writes, builder->nwrites, sizeof *writes, compare_writes);
    for (const struct write *first = writes; first < end; first = next) {
        struct tree_key *key = &builder->nodes[first->node].key;
        for (next = first + 1; next < end && compare_names(first, next) == 0;)
            next++;
        const struct reg_value *value = settle(first, next);
        if (!value)
            continue;
        if (!key->nvalues)
            key->values = values;
        *values++ = value;
        key->nvalues++;
    }
}

static int compare_nodes(const void *left, const void *right)
{
    const struct node *a = *(const struct node *const *)left;
    const struct node *b = *(const struct node *const *)right;
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    return text_compare(a->key.name, b->key.name);
}

static void list_subkeys(struct builder *builder)
{
    size_t count = 0;
    struct node **sorted = arena_alloc(builder->arena, builder->nnodes, sizeof *sorted);
    for (size_t i = 1; i < builder->nnodes; i++)
        if (!builder->nodes[i].removed)
            sorted[count++] = &builder->nodes[i];
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_nodes);
    const struct tree_key **keys = arena_alloc(builder->arena, count, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        struct tree_key *parent = &builder->nodes[sorted[i]->parent].key;
        keys[i] = &sorted[i]->key;
        if (!parent->nsubkeys++)
            parent->subkeys = &keys[i];
    }
}

const struct tree_key *key_tree_build(struct arena *arena, const struct reg_key *keys, size_t nkeys)
{
    struct builder builder = {.arena = arena, .nnodes = 1};
    builder.nodes = arena_grow(arena, NULL, 0, sizeof *builder.nodes);
    builder.nodes[0] = (struct node){.key = {.name = ""}};
    grow_buckets(&builder);
    for (size_t i = 0; i < nkeys; i++)
        apply_key(&builder, &keys[i]);
    settle_values(&builder);
    list_subkeys(&builder);
    return &builder.nodes[0].key;
}

static int compare_name(const void *name, const void *key)
{
    return text_compare(name, (*(const struct tree_key *const *)key)->name);
}

const struct tree_key *key_tree_find(const struct tree_key *key, const char *path)
{
    while (*path && key) {
        char name[NAME_BYTES_MAX + 1];
        size_t len = strcspn(path, "\\");
        if (len >= sizeof name)
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        const struct tree_key *const *found = NULL;
        if (key->nsubkeys)
            found = bsearch(name, key->subkeys, key->nsubkeys, sizeof *key->subkeys, compare_name);
        key = found ? *found : NULL;
        path += len + (path[len] == '\\');
    }
    return key;
}
