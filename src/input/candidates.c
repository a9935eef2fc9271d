/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/candidates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "input/input.h"
#include "input/logs.h"

/* Bytes of the base block that hold its numbers and times. */
#define START_SIZE 512

static struct candidate *add(struct candidates *candidates, enum candidate_kind kind,
                             const char *path)
{
    candidates->items = arena_grow(candidates->arena, candidates->items, candidates->count,
                                   sizeof *candidates->items);
    struct candidate *candidate = &candidates->items[candidates->count++];
    *candidate = (struct candidate){.kind = kind, .path = arena_strdup(candidates->arena, path)};
    return candidate;
}

static void add_fault(struct candidates *candidates, const char *path, int error)
{
    add(candidates, CANDIDATE_FAULT, path)->fault =
        arena_printf(candidates->arena, "cannot be looked into: %s", strerror(error));
}

/* Where several names differ in letter case alone, the one that is spelled as wanted comes first.
 */
static bool is_better(const char *name, const char *found, const char *wanted)
{
    if (!found || strcmp(found, wanted) == 0)
        return !found;
    return strcmp(name, wanted) == 0 || strcmp(name, found) < 0;
}

static bool is_link(int folder, const char *name)
{
    struct stat st;
    return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(st.st_mode);
}

/* The path of a name in a folder, in any letter case; NULL where it is not there. A link is not
 * followed. */
static char *find_name(const char *folder, const char *wanted)
{
    char *path = NULL;
    const char *found = NULL;
    DIR *stream = opendir(folder);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        if (strcasecmp(entry->d_name, wanted) != 0 || !is_better(entry->d_name, found, wanted) ||
            is_link(dirfd(stream), entry->d_name))
            continue;
        free(path);
        if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            end_out_of_memory();
        found = path_name(path);
    }
    if (stream)
        closedir(stream);
    return path;
}

/* The SOFTWARE hive of a Windows folder; NULL where it is none. */
static char *find_live_hive(const char *folder)
{
    static const char *const names[] = {"System32", "config", "SOFTWARE"};
    char *path = strdup(folder);
    if (!path)
        end_out_of_memory();
    for (size_t i = 0; path && i < sizeof names / sizeof *names; i++) {
        CLEANUP(free) char *above = path;
        path = find_name(above, names[i]);
    }
    return path;
}

static bool add_live_hive(struct candidates *candidates, const char *folder)
{
    struct stat st;
    CLEANUP(free) char *hive = find_live_hive(folder);
    if (!hive || lstat(hive, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    add(candidates, CANDIDATE_FOUND, hive)->size = (uint64_t)st.st_size;
    return true;
}

/* A Windows folder, or a drive with such folders, has its hives where Windows has them: nothing
 * else in it is looked at. */
static bool add_windows(struct candidates *candidates, FTS *tree, const FTSENT *entry)
{
    CLEANUP(free) char *folder = strdup(entry->fts_path); /* listing the folder changes it */
    if (!folder)
        end_out_of_memory();
    if (add_live_hive(candidates, folder))
        return true;
    bool any = false;
    for (const FTSENT *child = fts_children(tree, 0); child; child = child->fts_link)
        if (child->fts_info == FTS_D) {
            CLEANUP(free) char *path = NULL;
            if (asprintf(&path, "%s/%s", folder, child->fts_name) < 0)
                end_out_of_memory();
            any |= add_live_hive(candidates, path);
        }
    return any;
}

static int compare_entries(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

/* fts frees each entry behind it, so that even a deep tree takes little memory. */
static void add_folder(struct candidates *candidates, const char *folder)
{
    char *roots[] = {arena_strdup(candidates->arena, folder), NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_entries);
    if (!tree) {
        add_fault(candidates, folder, errno);
        return;
    }
    for (FTSENT *entry; (errno = 0, entry = fts_read(tree));) {
        if (entry->fts_info == FTS_D && !candidates->all_copies &&
            ((entry->fts_level > FTS_ROOTLEVEL && is_old_copy(entry->fts_name)) ||
             add_windows(candidates, tree, entry)))
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F && !*log_suffix(entry->fts_name))
            add(candidates, CANDIDATE_FOUND, entry->fts_path)->size =
                (uint64_t)entry->fts_statp->st_size;
        else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
                 entry->fts_info == FTS_NS)
            add_fault(candidates, entry->fts_path, entry->fts_errno);
    }
    if (errno)
        add_fault(candidates, folder, errno);
    fts_close(tree);
    add(candidates, CANDIDATE_FOLDER, folder);
}

void candidates_add(struct candidates *candidates, const char *argument)
{
    struct stat st;
    bool known = strcmp(argument, "-") != 0 && stat(argument, &st) == 0;
    if (known && S_ISDIR(st.st_mode))
        add_folder(candidates, argument);
    else
        add(candidates, CANDIDATE_NAMED, argument)->size =
            known && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

static void add_named(struct candidates *candidates, FILE *list, const char *path)
{
    CLEANUP(free) char *name = NULL;
    size_t room = 0, before = candidates->count;
    while (getdelim(&name, &room, '\0', list) > 0)
        if (list == stdin && strcmp(name, "-") == 0)
            add(candidates, CANDIDATE_FAULT, name)->fault = "standard input is the list itself";
        else
            candidates_add(candidates, name);
    if (candidates->count == before)
        add(candidates, CANDIDATE_FAULT, path)->fault = "names nothing to audit";
}

bool candidates_add_list(struct candidates *candidates, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    CLEANUP(file) FILE *file = is_stdin ? NULL : fopen(path, "re");
    FILE *list = is_stdin ? stdin : file;
    if (!list)
        return false;
    errno = 0;
    add_named(candidates, list, path);
    return !ferror(list);
}

static int compare_starts(const void *left, const void *right)
{
    const struct candidate *a = *(struct candidate *const *)left;
    const struct candidate *b = *(struct candidate *const *)right;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* A number that stands for the first bytes: FNV-1a. Those of two hives differ nearly always, in
 * sequence numbers and times, and where they do not, digests decide. */
static uint64_t hash_start(const char *path)
{
    uint8_t bytes[START_SIZE];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    CLEANUP(fd) int fd = input_open_file(path);
    ssize_t len = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Sorts candidates that have a size, so that those that may be twins are neighbours. */
static void sort_candidates(struct candidate **sorted, size_t count)
{
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_starts);
}

static bool mark_twins(struct candidate **sorted, size_t count)
{
    bool any = false;
    for (size_t i = 1; i < count; i++)
        if (compare_starts(&sorted[i - 1], &sorted[i]) == 0)
            any = sorted[i]->has_twin = sorted[i - 1]->has_twin = true;
    return any;
}

bool candidates_find_twins(struct candidates *candidates)
{
    struct candidate **sorted =
        arena_alloc(candidates->arena, candidates->count, sizeof(struct candidate *));
    size_t count = 0;
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->items[i].size)
            sorted[count++] = &candidates->items[i];
    sort_candidates(sorted, count);
    if (!mark_twins(sorted, count)) /* by size alone */
        return false;
    for (size_t i = 0; i < count; i++)
        if (sorted[i]->has_twin)
            sorted[i]->start = hash_start(sorted[i]->path);
    for (size_t i = 0; i < count; i++)
        sorted[i]->has_twin = false;
    sort_candidates(sorted, count);
    return mark_twins(sorted, count);
}

bool is_old_copy(const char *name)
{
    static const char *const names[] = {"RegBack", "Windows.old", "$WINDOWS.~BT", "$Windows.~WS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    /* Another upgrade makes Windows.old.000 beside Windows.old. */
    return strncasecmp(name, "Windows.old.", strlen("Windows.old.")) == 0;
}

bool is_named_software(const char *path)
{
    return strcasecmp(path_name(path), "SOFTWARE") == 0;
}
