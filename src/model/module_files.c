/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/module.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "model/pe.h"

#define DRIVE_ROOT_LEN 3 /* of C:\ */

/* Bytes of all files of one hive that a digest is taken of: hundreds of large DLLs. */
#define DIGESTED_MAX ((uint64_t)1 << 30)

/* What a view names. Far more may be asked than is looked up, so that this is kept small. */
struct request {
    const char *text;
    enum view view;
};

/* One look-up of all files. */
struct search {
    struct arena *arena;
    struct diags *diags;
    const struct file_finder *finder;
    struct snapshot *snapshot;
    struct request *requests;
    size_t nrequests;
    uint64_t digested; /* bytes */
    bool was_cut;      /* a digest was left out */
};

static const char *text_of(const struct regval *value)
{
    return value->state == VALUE_OK && value->seen && *value->seen ? value->seen : NULL;
}

const char *module_text(const struct card *card)
{
    const struct regval *value = card->field[CARD_MODULE];
    const char *text = text_of(value);
    return text && (value->type == REG_EXPAND_SZ || !strchr(text, '%')) ? text : NULL;
}

const char *module_image_text(const struct regval *image)
{
    return text_of(image);
}

static int compare_requests(const void *left, const void *right)
{
    const struct request *a = left, *b = right;
    return a->view != b->view ? (a->view < b->view ? -1 : 1) : strcmp(a->text, b->text);
}

int module_compare_files(const struct module_file *a, const struct module_file *b)
{
    return compare_requests(&(struct request){a->asked, a->view},
                            &(struct request){b->asked, b->view});
}

static int compare_with_file(const void *request, const void *file)
{
    const struct module_file *candidate = file;
    return compare_requests(request, &(struct request){candidate->asked, candidate->view});
}

const struct module_file *snapshot_find_file(const struct snapshot *snapshot, enum view view,
                                             const char *text)
{
    struct request wanted = {text, view};
    if (!snapshot->nfiles)
        return NULL;
    return bsearch(&wanted, snapshot->files, snapshot->nfiles, sizeof *snapshot->files,
                   compare_with_file);
}

static void ask(struct search *search, enum view view, const char *text)
{
    if (!text)
        return;
    search->requests =
        arena_grow(search->arena, search->requests, search->nrequests, sizeof *search->requests);
    search->requests[search->nrequests++] = (struct request){text, view};
}

/* A program of any view loads the image of a KSP: each from its own system folder. */
static void ask_state(struct search *search, const struct snapshot *snapshot, enum view view)
{
    const struct view_config *config = &snapshot->views[view];
    for (size_t i = 0; i < config->ncards; i++)
        ask(search, view, module_text(&config->cards[i]));
    for (size_t i = 0; i < config->ncsps; i++)
        ask(search, view, module_image_text(regkey_value(&config->csps[i], MODULE_CSP_IMAGE)));
    for (size_t i = 0; i < snapshot->system.nksps; i++)
        ask(search, view,
            module_image_text(regkey_value(&snapshot->system.ksps[i].user_mode, MODULE_KSP_IMAGE)));
}

static void ask_view(struct search *search, enum view view)
{
    ask_state(search, search->snapshot, view);
    if (search->snapshot->before)
        ask_state(search, search->snapshot->before, view);
}

/* Sorts what is asked, and keeps each once. */
static void sort_requests(struct search *search)
{
    struct request *requests = search->requests;
    size_t kept = 0;
    if (search->nrequests)
        qsort(requests, search->nrequests, sizeof *requests, compare_requests);
    for (size_t i = 0; i < search->nrequests; i++)
        if (kept == 0 || compare_requests(&requests[kept - 1], &requests[i]) != 0)
            requests[kept++] = requests[i];
    if (kept > MODULE_FILES_MAX)
        diag_add(search->diags, DIAG_INCOMPLETE, NULL,
                 "names %zu DLLs, of which only %d are looked up", kept, MODULE_FILES_MAX);
    search->nrequests = kept < MODULE_FILES_MAX ? kept : MODULE_FILES_MAX;
}

static enum file_state find(struct search *search, struct arena *arena, const char *path,
                            struct found_file *found)
{
    const struct file_finder *finder = search->finder;
    return finder->find(finder->context, arena, path + DRIVE_ROOT_LEN, found);
}

static const char *name_ntdll(const struct search *search, struct arena *arena, enum view view)
{
    return arena_printf(arena, "%s\\ntdll.dll",
                        module_system_folder(arena, &search->snapshot->os, view));
}

/* Everything that look_up and find_system_folders will ask for. */
static void expect_files(struct search *search)
{
    struct arena *arena = search->arena;
    const struct file_finder *finder = search->finder;
    if (!finder->expect)
        return;
    const char **paths = arena_alloc(arena, search->nrequests + NVIEWS, sizeof *paths);
    size_t count = 0;
    for (enum view view = 0; view < NVIEWS; view++)
        if (search->snapshot->views[view].exists)
            paths[count++] = name_ntdll(search, arena, view) + DRIVE_ROOT_LEN;
    for (size_t i = 0; i < search->nrequests; i++) {
        const struct request *request = &search->requests[i];
        struct module_place place =
            module_resolve(arena, &search->snapshot->os, request->view, request->text);
        if (place.path)
            paths[count++] = place.path + DRIVE_ROOT_LEN;
    }
    finder->expect(finder->context, arena, paths, count);
}

/* A view's folder is taken for held where its most basic DLL is there, readable or not. */
static void find_system_folders(struct search *search)
{
    struct snapshot *snapshot = search->snapshot;
    for (enum view view = 0; view < NVIEWS; view++) {
        CLEANUP(arena) struct arena *scratch = arena_new();
        struct found_file found = {0};
        if (!snapshot->views[view].exists)
            continue;
        enum file_state state = find(search, scratch, name_ntdll(search, scratch, view), &found);
        snapshot->has_system_folder[view] =
            state == FILE_PRESENT || (state == FILE_UNREADABLE && found.path);
    }
}

static bool read_digest(struct search *search, const struct source *source,
                        struct module_file *file)
{
    const struct file_finder *finder = search->finder;
    if (!finder->digest)
        return true;
    if (source->size > DIGESTED_MAX - search->digested) {
        search->was_cut = true;
        return true;
    }
    search->digested += source->size;
    file->has_digest = finder->digest(source, file->digest);
    return file->has_digest;
}

static void read_file(struct search *search, const struct source *source, struct module_file *file)
{
    file->size = source->size;
    if (pe_read_machine(source, &file->machine) && read_digest(search, source, file))
        return;
    diag_add(search->diags, DIAG_INCOMPLETE, NULL, "%s: cannot be read: %s", file->found,
             strerror(errno));
    file->state = FILE_UNREADABLE;
    file->size = 0;
    file->machine = PE_MACHINE_NONE;
}

/* What follows from the text alone. */
struct module_file module_place_file(struct arena *arena, const struct os_build *os, enum view view,
                                     const char *text, enum module_reach *reach)
{
    struct module_place place = module_resolve(arena, os, view, text);
    *reach = place.reach;
    return (struct module_file){
        .view = view, .asked = text, .path = place.path, .is_bare = place.is_bare};
}

/* Whether a path has a name like PROGRA~1: only NTFS keeps these, and they may lead elsewhere. */
static bool has_short_name(const char *path)
{
    for (const char *p = path; (p = strchr(p, '~')); p++)
        if (isdigit((unsigned char)p[1]))
            return true;
    return false;
}

/* What a find opens is released with its arena: thousands of files are never open at a time. */
static void look_up(struct search *search, const struct request *request, struct module_file *file)
{
    CLEANUP(arena) struct arena *scratch = arena_new();
    struct found_file found = {0};
    enum module_reach reach;
    *file = module_place_file(search->arena, &search->snapshot->os, request->view, request->text,
                              &reach);
    if (reach == MODULE_OUT_OF_REACH || !search->snapshot->has_system_folder[file->view])
        return;
    file->state = reach == MODULE_NO_NAME ? FILE_ABSENT : find(search, scratch, file->path, &found);
    if (file->state == FILE_ABSENT && file->path && has_short_name(file->path))
        file->state = FILE_UNKNOWN;
    if (file->state != FILE_PRESENT && file->state != FILE_UNREADABLE)
        return;
    file->found = found.path ? arena_strdup(search->arena, found.path) : NULL;
    if (file->state == FILE_PRESENT)
        read_file(search, &found.source, file);
}

void module_share_files(const struct snapshot *snapshot, struct snapshot *before)
{
    before->files = snapshot->files;
    before->nfiles = snapshot->nfiles;
    before->has_files = snapshot->has_files;
    memcpy(before->has_system_folder, snapshot->has_system_folder,
           sizeof before->has_system_folder);
}

void module_find_files(struct arena *arena, struct diags *diags, const struct file_finder *finder,
                       struct snapshot *snapshot)
{
    struct search search = {.arena = arena, .diags = diags, .finder = finder, .snapshot = snapshot};
    if (!finder)
        return;
    snapshot->has_files = true;
    for (enum view view = 0; view < NVIEWS; view++)
        if (snapshot->views[view].exists)
            ask_view(&search, view);
    sort_requests(&search);
    expect_files(&search);
    find_system_folders(&search);
    snapshot->nfiles = search.nrequests;
    snapshot->files = arena_alloc(arena, search.nrequests, sizeof *snapshot->files);
    for (size_t i = 0; i < search.nrequests; i++)
        look_up(&search, &search.requests[i], &snapshot->files[i]);
    if (search.was_cut)
        diag_add(diags, DIAG_NOTE, NULL, "no digest of some DLLs: they are too large");
    if (snapshot->before)
        module_share_files(snapshot, snapshot->before);
}
