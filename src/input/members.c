/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "input/candidates.h"
#include "input/content.h"
#include "input/logs.h"

#define CONFIG     "System32/config"
#define HIVE_BLOCK 4096 /* of base block and hive bins (registry file format) */

/* Folders within folders that are looked into, all of those, and members of one tree. A damaged
 * folder may lie in itself, and more than once. */
#define DEPTH_MAX   64
#define FOLDERS_MAX 500000
#define MEMBERS_MAX 10000

/* Where a search stands. */
struct search {
    struct tree *tree;
    struct arena *arena; /* of the members */
    enum members_where where;
    bool all_copies;
    struct member *members;
    size_t count;
    bool whole;  /* nothing was left out so far */
    bool is_cut; /* that there are too many hives was said */
    size_t folders;
    size_t unread;            /* files that could not be looked into */
    const char *first_unread; /* which, and why */
};

static void find_logs(struct search *search, const struct node *folder, struct hive_files *files)
{
    for (size_t i = 0; i < LOG_SUFFIXES; i++) {
        const char *name = arena_printf(search->arena, "%s%s", files->hive.name, log_suffixes[i]);
        struct node *log = &files->logs[files->nlogs];
        enum tree_result result = tree_find(search->tree, search->arena, folder, name, log);
        search->whole &= result != TREE_FAILED;
        files->nlogs += result == TREE_FOUND && log->kind == NODE_FILE;
    }
}

/* A hive that is named SOFTWARE is of the same Windows as the SYSTEM beside it. */
static void find_system(struct search *search, const struct node *folder, struct member *member)
{
    if (!text_equal(member->software.hive.name, "SOFTWARE"))
        return;
    struct hive_files *system = &member->system;
    enum tree_result result =
        tree_find(search->tree, search->arena, folder, "SYSTEM", &system->hive);
    search->whole &= result != TREE_FAILED;
    member->has_system = result == TREE_FOUND && system->hive.kind == NODE_FILE;
    if (member->has_system)
        find_logs(search, folder, system);
}

/* Listings are given up behind a folder. */
static struct node keep_node(struct search *search, const struct node *node)
{
    struct node kept = *node;
    kept.name = arena_strdup(search->arena, node->name);
    kept.path = arena_strdup(search->arena, node->path);
    return kept;
}

static struct member *add_member(struct search *search, const struct node *folder,
                                 const struct node *hive)
{
    if (search->count == MEMBERS_MAX) {
        if (!search->is_cut)
            diag_add(search->tree->access->diags, DIAG_INCOMPLETE, NULL,
                     "holds more than %d hives: the others are left out", MEMBERS_MAX);
        search->is_cut = true;
        search->whole = false;
        return NULL;
    }
    search->members =
        arena_grow(search->arena, search->members, search->count, sizeof *search->members);
    struct member *member = &search->members[search->count++];
    *member = (struct member){.software.hive = keep_node(search, hive)};
    find_logs(search, folder, &member->software);
    find_system(search, folder, member);
    return member;
}

/* Takes the SOFTWARE hive of a Windows folder, if it is one. */
static bool take_windows(struct search *search, const struct node *drive,
                         const struct node *windows)
{
    struct node config, hive;
    enum tree_result result = tree_find(search->tree, search->arena, windows, CONFIG, &config);
    if (result == TREE_FOUND)
        result = tree_find(search->tree, search->arena, &config, "SOFTWARE", &hive);
    search->whole &= result != TREE_FAILED;
    if (result != TREE_FOUND || hive.kind != NODE_FILE)
        return false;
    struct member *member = add_member(search, &config, &hive);
    if (member) {
        member->is_live = true;
        member->windows = keep_node(search, windows);
        member->has_drive = drive;
        if (drive)
            member->drive = keep_node(search, drive);
    }
    return true;
}

static void note_unread(struct search *search, const struct node *file, const struct diags *diags)
{
    const char *reason = diags->count ? diags->items[0].message : strerror(errno);
    if (search->unread++ == 0)
        search->first_unread = arena_printf(search->arena, "%s: %s", file->path, reason);
}

/* What one file after another has to say, where all of a volume may be encrypted or compressed, is
 * said once for all. */
static bool read_head(struct search *search, const struct node *file,
                      uint8_t head[CONTENT_HEAD_SIZE])
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct tree *tree = search->tree;
    struct diags *diags = tree->access->diags, own = {.arena = arena};
    struct source source;
    tree->access->diags = &own;
    bool is_read = tree->methods->open(tree, arena, file, &source) &&
                   source_read(&source, 0, head, CONTENT_HEAD_SIZE);
    if (!is_read)
        note_unread(search, file, &own);
    tree->access->diags = diags;
    return is_read;
}

/* Whether a file may be a hive, by its name or its start. Hives are made of blocks of 4096 bytes,
 * which few other files are: the others need not be opened. */
static bool is_like_hive(struct search *search, const struct node *file)
{
    uint8_t head[CONTENT_HEAD_SIZE];
    if (*log_suffix(file->name))
        return false;
    if (search->tree->is_sequential)
        return file->is_hive;
    if (is_named_software(file->name))
        return true;
    return file->size >= sizeof head && file->size % HIVE_BLOCK == 0 &&
           read_head(search, file, head) && content_is_hive(head, sizeof head);
}

static bool is_taken(const struct search *search, const struct node *file)
{
    for (size_t i = 0; i < search->count; i++)
        if (search->members[i].software.hive.id == file->id &&
            strcmp(search->members[i].software.hive.path, file->path) == 0)
            return true;
    return false;
}

static void walk(struct search *search, const struct node *folder, unsigned depth);

/* Of a volume, files are not opened to see what they are, but by their name. */
static bool may_be_hive(const struct search *search, const struct node *file)
{
    return search->all_copies || search->where == MEMBERS_ANYWHERE || is_named_software(file->name);
}

/* Looks into each node of a folder in turn. */
static void walk_nodes(struct search *search, const struct node *folder, const struct node *nodes,
                       size_t count, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        if (nodes[i].kind == NODE_FOLDER && (search->all_copies || !is_old_copy(nodes[i].name)))
            walk(search, &nodes[i], depth + 1);
        else if (nodes[i].kind == NODE_FILE && may_be_hive(search, &nodes[i]) &&
                 is_like_hive(search, &nodes[i]) && !is_taken(search, &nodes[i]))
            add_member(search, folder, &nodes[i]);
    }
}

/* Takes the Windows folders right in a folder, which is a drive then. */
static bool take_drive(struct search *search, const struct node *folder, const struct node *nodes,
                       size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++)
        if (nodes[i].kind == NODE_FOLDER)
            any |= take_windows(search, folder, &nodes[i]);
    return any;
}

/* Whether a folder may be looked into; says once that it may not. */
static bool enter_folder(struct search *search, const struct node *folder, unsigned depth)
{
    struct diags *diags = search->tree->access->diags;
    if (depth > DEPTH_MAX)
        diag_add(diags, DIAG_INCOMPLETE, NULL, "%s: not looked into: folders are more than %d deep",
                 arena_strdup(search->arena, folder->path), DEPTH_MAX);
    else if (search->folders++ == FOLDERS_MAX)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "there are more than %d folders: the others are not looked into", FOLDERS_MAX);
    bool may_enter = depth <= DEPTH_MAX && search->folders <= FOLDERS_MAX;
    search->whole &= may_enter;
    return may_enter;
}

/* A folder is a Windows folder, a drive with Windows folders, or is looked into. */
static void walk(struct search *search, const struct node *folder, unsigned depth)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct node *nodes;
    size_t count;
    if (!enter_folder(search, folder, depth))
        return;
    search->whole &= search->tree->methods->list(search->tree, arena, folder, &nodes, &count);
    bool is_windows = depth == 0 && take_windows(search, NULL, folder);
    bool is_drive = take_drive(search, folder, nodes, count);
    if (search->all_copies || (!is_windows && !is_drive))
        walk_nodes(search, folder, nodes, count, depth);
}

static void report_unread(struct search *search)
{
    if (!search->unread)
        return;
    diag_add(search->tree->access->diags, DIAG_INCOMPLETE, NULL,
             "%zu files cannot be looked into, the first is %s", search->unread,
             search->first_unread);
    search->whole = false;
}

static uint64_t first_id(const struct member *member)
{
    const struct node *files[MEMBER_FILES_MAX];
    uint64_t first = UINT64_MAX;
    for (size_t i = member_files(member, files); i-- > 0;)
        first = files[i]->id < first ? files[i]->id : first;
    return first;
}

static int compare_places(const void *left, const void *right)
{
    uint64_t a = first_id(left), b = first_id(right);
    if (a == b) { /* SYSTEM may be a member, too */
        a = ((const struct member *)left)->software.hive.id;
        b = ((const struct member *)right)->software.hive.id;
    }
    return a < b ? -1 : a > b;
}

static int compare_paths(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    int order = text_compare(a->software.hive.path, b->software.hive.path);
    return order ? order : strcmp(a->software.hive.path, b->software.hive.path);
}

bool members_find(struct tree *tree, struct arena *arena, enum members_where where, bool all_copies,
                  struct member **members, size_t *count)
{
    struct search search = {
        .tree = tree, .arena = arena, .where = where, .all_copies = all_copies, .whole = true};
    walk(&search, &tree->root, 0);
    report_unread(&search);
    if (search.count)
        qsort(search.members, search.count, sizeof *search.members,
              tree->is_sequential ? compare_places : compare_paths);
    *members = search.members;
    *count = search.count;
    return search.whole;
}

static size_t add_files(const struct hive_files *files, const struct node **out)
{
    size_t count = 0;
    out[count++] = &files->hive;
    for (size_t i = 0; i < files->nlogs; i++)
        out[count++] = &files->logs[i];
    return count;
}

size_t member_files(const struct member *member, const struct node **files)
{
    size_t count = add_files(&member->software, files);
    return member->has_system ? count + add_files(&member->system, files + count) : count;
}
