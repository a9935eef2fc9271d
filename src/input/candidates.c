/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/candidates.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "input/logs.h"

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
        if (entry->fts_info == FTS_F && !log_has_name(entry->fts_name))
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

static int compare_sizes(const void *left, const void *right)
{
    const struct candidate *a = *(struct candidate *const *)left,
                           *b = *(struct candidate *const *)right;
    return a->size < b->size ? -1 : a->size > b->size;
}

bool candidates_find_twins(struct candidates *candidates)
{
    struct candidate **by_size = arena_alloc(candidates->arena, candidates->count, sizeof *by_size);
    for (size_t i = 0; i < candidates->count; i++)
        by_size[i] = &candidates->items[i];
    if (candidates->count)
        qsort(by_size, candidates->count, sizeof *by_size, compare_sizes);
    bool any = false;
    for (size_t i = 1; i < candidates->count; i++)
        if (by_size[i]->size && by_size[i]->size == by_size[i - 1]->size)
            any = by_size[i]->has_twin = by_size[i - 1]->has_twin = true;
    return any;
}

bool candidate_is_named_software(const struct candidate *candidate)
{
    return strcasecmp(path_name(candidate->path), "SOFTWARE") == 0;
}
