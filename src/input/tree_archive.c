/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "input/archive_pass.h"
#include "input/candidates.h"
#include "input/content.h"
#include "input/tree_index.h"

/* Members looked at, those included that get no place in the index. */
#define MEMBERS_MAX 2000000
/* A hive's cells are addressed by 31 bits, and a worker's memfd takes no more. */
#define FETCH_SIZE_MAX (UINT64_C(2) << 30)
/* A hive is whole pages. Where each look takes an inflation of its own, or all that is packed
 * before it, files of other sizes are not looked into, nor those behind so many bytes; and after
 * so many looks that failed no others are tried. */
#define PAGE_SIZE       4096
#define LOOK_BYTES_MAX  (UINT64_C(1) << 30)
#define LOOK_FAILED_MAX 16

/* A file that was fetched; it may have failed. */
struct fetched {
    struct fetched *next;
    struct archive_tree *tree;
    uint64_t ordinal, size;
    uint64_t offset; /* in the memfd */
    int fd;
    const char *error; /* NULL: the bytes are there */
};

struct archive_tree {
    struct access *access;
    const struct source *file;
    struct tree_index *index;
    struct archive_pass *pass; /* NULL: none is under way */
    uint64_t ordinal;          /* of the member that the pass gives next */
    struct fetched *fetched;
};

/* A file to be looked into. */
struct look {
    struct tree_item *item;
    uint64_t ordinal; /* the item's, unless a later member has taken its place */
};

/* What the first pass over the members meets. */
struct survey {
    struct arena *arena; /* of its own */
    struct archive_tree *tree;
    uint64_t bytes;                          /* of the members so far */
    uint64_t nameless, refused, again, lost; /* members; lost: links to nothing */
    struct look *later;                      /* in the order of the archive */
    size_t nlater;
};

static void close_pass(void *handle)
{
    struct archive_tree *tree = handle;
    archive_pass_close(tree->pass);
    tree->pass = NULL;
}

static bool open_pass(struct archive_tree *tree)
{
    close_pass(tree);
    tree->pass = archive_pass_open(tree->access, tree->file);
    tree->ordinal = 0;
    return tree->pass;
}

static enum archive_step next_member(struct archive_tree *tree, struct archive_member *member)
{
    tree->ordinal++;
    return archive_pass_next(tree->pass, member);
}

/* A compressed file that is no archive is one member without a name: it gets that of the file
 * without its end, as gzip would call it. */
static const char *name_single(struct arena *arena, const struct archive_tree *tree)
{
    const char *slash = strrchr(tree->file->name, '/');
    const char *name = slash ? slash + 1 : tree->file->name;
    const char *end = strrchr(name, '.');
    size_t len = end && end > name ? (size_t)(end - name) : strlen(name);
    return len ? arena_strndup(arena, name, len) : "data";
}

/* Reads a member to its end, which is the only way to learn its size. */
static uint64_t measure(struct archive_pass *pass, struct archive_run run)
{
    uint64_t size;
    do
        if (__builtin_add_overflow(run.offset, run.len, &size))
            return UINT64_MAX;
    while (archive_pass_read(pass, &run) == ARCHIVE_STEP_ONE);
    return size;
}

/* Looks at the start of a file at which the pass stands. */
static bool look_into(struct archive_pass *pass, const struct archive_member *member,
                      struct tree_item *item)
{
    struct archive_run run;
    enum archive_step step = archive_pass_read(pass, &run);
    if (step == ARCHIVE_STEP_ONE) {
        item->is_hive |= run.offset == 0 && content_is_hive(run.bytes, run.len);
        item->size = member->has_size ? member->size : measure(pass, run);
    }
    return step != ARCHIVE_STEP_BROKEN;
}

static void take_file(struct survey *survey, const struct archive_member *member,
                      struct tree_item *item)
{
    struct archive_tree *tree = survey->tree;
    item->id = tree->ordinal - 1;
    item->size = member->size;
    item->is_hive = is_named_software(item->name); /* others have to start like one */
    if (!member->has_size || (archive_pass_is_stream(tree->pass) && member->size >= PAGE_SIZE)) {
        look_into(tree->pass, member, item);
    } else if (member->size >= PAGE_SIZE && member->size % PAGE_SIZE == 0 &&
               !member->is_encrypted && survey->bytes < LOOK_BYTES_MAX) {
        survey->later =
            arena_grow(survey->arena, survey->later, survey->nlater, sizeof *survey->later);
        survey->later[survey->nlater++] = (struct look){.item = item, .ordinal = item->id};
    }
    if (__builtin_add_overflow(survey->bytes, item->size, &survey->bytes))
        survey->bytes = UINT64_MAX;
}

/* Another name of an earlier member; pax allows the bytes to stand with each. */
static bool is_link(const struct archive_member *member)
{
    return member->link && !(member->has_size && member->size);
}

static void take_link(struct survey *survey, const struct tree_item *target, struct tree_item *item)
{
    if (target && target->kind == NODE_FILE) {
        item->size = target->size;
        item->id = target->id;
        item->is_hive = target->is_hive;
        return;
    }
    item->kind = NODE_OTHER;
    survey->lost++;
}

static void take_member(struct survey *survey, const struct archive_member *member)
{
    struct archive_tree *tree = survey->tree;
    struct tree_item *item;
    const char *path = member->is_single ? name_single(tree->access->arena, tree) : member->path;
    if (!path) {
        survey->nameless++;
        return;
    }
    const struct tree_item *target =
        is_link(member) ? tree_index_look_up(tree->index, member->link) : NULL;
    enum tree_put put = tree_index_put(tree->index, path, member->kind, &item);
    survey->again += put == TREE_PUT_AGAIN;
    survey->nameless += put == TREE_PUT_NAMELESS;
    survey->refused += put == TREE_PUT_REFUSED;
    if (put == TREE_PUT_NAMELESS || put == TREE_PUT_REFUSED || item->kind != NODE_FILE)
        return;
    if (is_link(member))
        take_link(survey, target, item);
    else
        take_file(survey, member, item);
}

/* What the survey met, each kind once. */
static void report_survey(const struct survey *survey)
{
    struct diags *diags = survey->tree->access->diags;
    if (survey->nameless)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "%" PRIu64 " members of the archive have no name that can be used",
                 survey->nameless);
    if (survey->refused)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "%" PRIu64 " members of the archive are left out: no path may be longer than %d "
                 "bytes, and no more than %d paths or %d MiB of names are kept",
                 survey->refused, TREE_INDEX_PATH, TREE_INDEX_ITEMS, (int)(TREE_INDEX_NAMES >> 20));
    if (survey->lost)
        diag_add(diags, DIAG_NOTE, NULL, "%" PRIu64 " links of the archive lead to no file of it",
                 survey->lost);
    if (survey->again)
        diag_add(diags, DIAG_NOTE, NULL,
                 "%" PRIu64 " paths stand in the archive more than once: the last one counts",
                 survey->again);
}

static bool report_break(struct archive_tree *tree, uint64_t members)
{
    const char *error = archive_pass_error(tree->pass, tree->access->diags->arena);
    if (!members)
        return access_fail(tree->access, "cannot be read as an archive: %s", error);
    diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL,
             "the archive is damaged behind its first %" PRIu64 " members: %s", members, error);
    return true;
}

/* All members, once. False where there is nothing that could be read. */
static bool survey_members(struct survey *survey)
{
    struct archive_tree *tree = survey->tree;
    struct archive_member member;
    enum archive_step step = ARCHIVE_STEP_ONE;
    while (tree->ordinal < MEMBERS_MAX && step == ARCHIVE_STEP_ONE) {
        step = next_member(tree, &member);
        if (step == ARCHIVE_STEP_ONE)
            take_member(survey, &member);
    }
    report_survey(survey);
    if (step == ARCHIVE_STEP_ONE)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL,
                 "the archive has more than %d members: the rest is left out", MEMBERS_MAX);
    return step != ARCHIVE_STEP_BROKEN || report_break(tree, tree->ordinal - 1);
}

/* Goes on to a member from where the pass is, or from the start. False with *error set, or with
 * NULL after a diagnostic. */
static bool go_to(struct archive_tree *tree, uint64_t ordinal, struct archive_member *member,
                  struct arena *arena, const char **error)
{
    *error = NULL;
    if ((!tree->pass || tree->ordinal > ordinal) && !open_pass(tree))
        return false;
    while (tree->ordinal <= ordinal) {
        enum archive_step step = next_member(tree, member);
        if (step == ARCHIVE_STEP_ONE)
            continue;
        *error = step == ARCHIVE_STEP_END ? "the archive ends before it"
                                          : archive_pass_error(tree->pass, arena);
        close_pass(tree);
        return false;
    }
    return true;
}

/* Files that the survey left for later: a look that fails spoils the pass, and the survey is to
 * find all there is. What cannot be read is said where it is read for more than a look. */
static void look_later(struct survey *survey)
{
    struct archive_tree *tree = survey->tree;
    struct archive_member member;
    const char *error;
    unsigned failed = 0;
    for (size_t i = 0; i < survey->nlater && failed < LOOK_FAILED_MAX; i++) {
        const struct look *look = &survey->later[i];
        if (look->item->kind != NODE_FILE || look->item->id != look->ordinal)
            continue;
        if (!go_to(tree, look->ordinal, &member, survey->arena, &error))
            return;
        if (look_into(tree->pass, &member, look->item))
            continue;
        close_pass(tree);
        failed++;
    }
}

static enum tree_result find_in_archive(struct tree *tree, struct arena *arena,
                                        const struct node *folder, const char *name,
                                        struct node *found)
{
    struct archive_tree *archive = tree->context;
    return tree_index_find(archive->index, arena, folder, name, found);
}

static bool list_archive(struct tree *tree, struct arena *arena, const struct node *folder,
                         struct node **nodes, size_t *count)
{
    struct archive_tree *archive = tree->context;
    tree_index_list(archive->index, arena, folder, nodes, count);
    return true;
}

static struct fetched *find_fetched(const struct archive_tree *tree, uint64_t ordinal)
{
    struct fetched *fetched = tree->fetched;
    while (fetched && fetched->ordinal != ordinal)
        fetched = fetched->next;
    return fetched;
}

static void forget_fetched(void *handle)
{
    struct fetched *fetched = handle;
    struct fetched **at = &fetched->tree->fetched;
    while (*at != fetched)
        at = &(*at)->next;
    *at = fetched->next;
}

/* Notes a file to be fetched. */
static struct fetched *note_file(struct archive_tree *tree, struct arena *arena,
                                 const struct node *file)
{
    struct fetched *fetched = arena_alloc(arena, 1, sizeof *fetched);
    *fetched = (struct fetched){.next = tree->fetched,
                                .tree = tree,
                                .ordinal = file->id,
                                .size = file->size,
                                .fd = -1,
                                .error = "the archive was not read so far"};
    tree->fetched = fetched;
    arena_on_free(arena, forget_fetched, fetched);
    return fetched;
}

/* Where the bytes of files go, one behind the other: a worker has few descriptors. */
struct memory {
    struct arena *arena;
    uint64_t used;
    int fd;
};

/* A memfd with room for size bytes, which are zeros. */
static bool make_room(struct memory *memory, uint64_t size)
{
    if (memory->fd < 0 || size > FETCH_SIZE_MAX - memory->used) {
        memory->used = 0;
        memory->fd = memfd_create("hiveaudit-member", MFD_CLOEXEC);
        if (memory->fd < 0)
            return false;
        arena_close_fd(memory->arena, memory->fd);
    }
    return ftruncate(memory->fd, (off_t)(memory->used + size)) == 0;
}

static bool store_run(const struct fetched *fetched, const struct archive_run *run)
{
    const unsigned char *bytes = run->bytes;
    for (size_t done = 0; done < run->len;) {
        ssize_t n = pwrite(fetched->fd, bytes + done, run->len - done,
                           (off_t)(fetched->offset + run->offset + done));
        if (n < 0 && errno != EINTR)
            return false;
        done += n < 0 ? 0 : (size_t)n;
    }
    return true;
}

/* Reads the member at which the pass stands. Runs come in order, and zeros between them are not
 * stored. Returns NULL, or why it failed. */
static const char *store_member(struct archive_tree *tree, struct arena *arena,
                                const struct fetched *fetched)
{
    struct archive_run run = {0};
    enum archive_step step;
    uint64_t end = 0;
    while ((step = archive_pass_read(tree->pass, &run)) == ARCHIVE_STEP_ONE) {
        if (__builtin_add_overflow(run.offset, run.len, &end) || end > fetched->size)
            return "it is longer than the archive says";
        if (!store_run(fetched, &run))
            return strerror(errno);
    }
    if (step == ARCHIVE_STEP_BROKEN)
        return archive_pass_error(tree->pass, arena);
    end = run.offset > end ? run.offset : end;
    return end == fetched->size ? NULL
                                : arena_printf(arena, "it ends early (got %ju bytes, want %ju)",
                                               (uintmax_t)end, (uintmax_t)fetched->size);
}

static void fetch_member(struct archive_tree *tree, const struct archive_member *member,
                         struct memory *memory, struct fetched *fetched)
{
    if (member->is_encrypted) {
        fetched->error = "it is encrypted, and archives are read without passwords";
        return;
    }
    if (!make_room(memory, fetched->size)) {
        fetched->error = strerror(errno);
        return;
    }
    fetched->fd = memory->fd;
    fetched->offset = memory->used;
    memory->used += fetched->size;
    fetched->error = store_member(tree, memory->arena, fetched);
    if (fetched->error)
        close_pass(tree); /* it may be spoiled */
}

static int compare_fetched(const void *left, const void *right)
{
    const struct fetched *a = *(const struct fetched *const *)left;
    const struct fetched *b = *(const struct fetched *const *)right;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

/* What lies behind a break is not tried again. */
static bool fetch_in_order(struct archive_tree *tree, struct arena *arena, struct fetched **wanted,
                           size_t count)
{
    struct memory memory = {.arena = arena, .fd = -1};
    struct archive_member member;
    const char *error = NULL;
    for (size_t i = 0; i < count; i++) {
        wanted[i]->error = error;
        if (wanted[i]->size > FETCH_SIZE_MAX)
            wanted[i]->error = "it is larger than 2 GiB";
        if (wanted[i]->error)
            continue;
        if (go_to(tree, wanted[i]->ordinal, &member, arena, &error))
            fetch_member(tree, &member, &memory, wanted[i]);
        else if (!error)
            return false;
        else
            wanted[i]->error = error;
    }
    return true;
}

static bool fetch_from_archive(struct tree *tree, struct arena *arena,
                               const struct node *const *files, size_t count)
{
    struct archive_tree *archive = tree->context;
    struct fetched **wanted = arena_alloc(arena, count, sizeof *wanted);
    size_t nwanted = 0;
    for (size_t i = 0; i < count; i++)
        if (!find_fetched(archive, files[i]->id)) /* names of one file may be several */
            wanted[nwanted++] = note_file(archive, arena, files[i]);
    if (!nwanted)
        return true;
    qsort(wanted, nwanted, sizeof *wanted, compare_fetched);
    return fetch_in_order(archive, arena, wanted, nwanted);
}

static ssize_t read_fetched(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct fetched *fetched = source->context;
    if (offset >= fetched->size)
        return 0;
    uint64_t left = fetched->size - offset;
    return pread(fetched->fd, buf, len < left ? len : (size_t)left,
                 (off_t)(fetched->offset + offset));
}

static bool open_in_archive(struct tree *tree, struct arena *arena, const struct node *file,
                            struct source *source)
{
    struct archive_tree *archive = tree->context;
    if (!find_fetched(archive, file->id) && !fetch_from_archive(tree, arena, &file, 1))
        return false;
    struct fetched *fetched = find_fetched(archive, file->id);
    if (fetched->error)
        return access_fail(tree->access, "cannot be read out of the archive: %s", fetched->error);
    *source = (struct source){.name = file->path,
                              .size = fetched->size,
                              .read_at = read_fetched,
                              .fd = -1,
                              .context = fetched};
    return true;
}

static const struct tree_methods methods = {
    .find = find_in_archive,
    .list = list_archive,
    .open = open_in_archive,
    .fetch = fetch_from_archive,
};

static bool take_survey(struct archive_tree *tree)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct survey survey = {.arena = arena, .tree = tree};
    if (!survey_members(&survey))
        return false;
    look_later(&survey);
    close_pass(tree);
    return true;
}

bool tree_open_archive(struct access *access, const struct source *file, struct tree *tree)
{
    struct archive_tree *archive = arena_alloc(access->arena, 1, sizeof *archive);
    *archive = (struct archive_tree){.access = access, .file = file};
    arena_on_free(access->arena, close_pass, archive);
    if (!open_pass(archive))
        return false;
    archive->index = tree_index_new(access->arena);
    if (!take_survey(archive))
        return false;
    *tree = (struct tree){
        .access = access, .methods = &methods, .context = archive, .is_sequential = true};
    tree_index_root(archive->index, &tree->root);
    return true;
}
