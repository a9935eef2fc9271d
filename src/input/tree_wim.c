/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wimlib.h>

#include "base/bytes.h"
#include "base/path.h"
#include "base/text.h"
#include "input/wim_window.h"

/* Images of one WIM; those of Windows have fewer than twenty. */
#define IMAGES_MAX 1000
/* Parts of a split one: each takes two of a worker's descriptors. */
#define PARTS_MAX 20
/* A hive's cells are addressed by 31 bits, and a worker's memfd takes no more. */
#define FILE_SIZE_MAX (UINT64_C(2) << 30)

/* The header (MS "Windows Imaging File Format", 2007, "WIMHEADER_V1_PACKED"). */
#define HEADER_SIZE    208
#define GUID_AT        24
#define GUID_SIZE      16
#define PART_NUMBER_AT 40
#define TOTAL_PARTS_AT 42

/* Of a reparse tag: another named object stands for this one ([MS-FSCC] 2.1.2.1). */
#define NAME_SURROGATE 0x20000000

#define FUNCTIONS(X)                                                                               \
    X(wimlib_open_wim)                                                                             \
    X(wimlib_free)                                                                                 \
    X(wimlib_get_error_string)                                                                     \
    X(wimlib_get_wim_info)                                                                         \
    X(wimlib_get_image_name)                                                                       \
    X(wimlib_reference_resource_files)                                                             \
    X(wimlib_iterate_dir_tree)                                                                     \
    X(wimlib_extract_paths)
LIBRARY_TABLE(wl, FUNCTIONS)

struct wim {
    struct access *access;
    WIMStruct *handle;
    struct wim_image *images;
    size_t count;
    struct wim_window *window; /* NULL: the WIM is a file */
};

struct wim_tree {
    WIMStruct *handle;
    struct wim_window *window;
    int number; /* of the image */
};

/* "Out of memory" included: a damaged WIM has sizes that no memory would do for. */
static const char *describe(int code)
{
    return wl.wimlib_get_error_string((enum wimlib_error_code)code);
}

static const char *name_descriptor(struct arena *arena, int fd)
{
    return arena_printf(arena, "/proc/self/fd/%d", fd);
}

struct header {
    uint8_t bytes[HEADER_SIZE];
    unsigned part, parts;
};

static bool read_header(const struct source *file, struct header *header)
{
    if (!source_read(file, 0, header->bytes, sizeof header->bytes))
        return false;
    header->part = get_u16(header->bytes + PART_NUMBER_AT);
    header->parts = get_u16(header->bytes + TOTAL_PARTS_AT);
    return true;
}

/* The name of another part, as Windows gives it: install.swm, install2.swm, install3.swm. */
static const char *name_part(struct arena *arena, const char *first, unsigned part)
{
    const char *name = path_name(first), *end = strrchr(name, '.');
    size_t len = end ? (size_t)(end - name) : strlen(name);
    return arena_printf(arena, "%.*s%u%s", (int)len, name, part, end ? end : "");
}

/* A later part of a split WIM: where its name is one of these, it tells that of the first. */
static void note_part(struct access *access, const char *path, unsigned part)
{
    const char *name = path_name(path), *end = strrchr(name, '.');
    size_t len = end ? (size_t)(end - name) : strlen(name);
    const char *number = arena_printf(access->arena, "%u", part);
    size_t digits = strlen(number);
    if (len > digits && memcmp(name + len - digits, number, digits) == 0)
        access_note_part(access, arena_printf(access->arena, "%.*s%s", (int)(len - digits), name,
                                              end ? end : ""));
}

/* Opens a part beside the first. Returns NULL, or why it cannot be. */
static const char *open_part(struct access *access, const struct header *first, const char *name,
                             unsigned part, struct source *source)
{
    struct header header;
    if (!access_open_beside(access, name, source))
        return strerror(errno);
    if (!read_header(source, &header))
        return errno == ENODATA ? "it is no WIM" : strerror(errno);
    if (memcmp(header.bytes, first->bytes, 8) != 0)
        return "it is no WIM";
    if (memcmp(header.bytes + GUID_AT, first->bytes + GUID_AT, GUID_SIZE) != 0)
        return "it belongs to another set";
    return header.part == part && header.parts == first->parts ? NULL : "it is another part";
}

/* Adds the other parts of a split WIM. A missing one costs only the files in it. */
static void reference_parts(struct wim *wim, const struct source *file, const struct header *first)
{
    struct access *access = wim->access;
    for (unsigned part = 2; part <= first->parts; part++) {
        struct source source;
        const char *name = name_part(access->arena, file->name, part);
        const char *error = part > PARTS_MAX ? "no more parts than 20 are read"
                                             : open_part(access, first, name, part, &source);
        const char *path = error ? NULL : name_descriptor(access->arena, source.fd);
        int code = error ? 0 : wl.wimlib_reference_resource_files(wim->handle, &path, 1, 0, 0);
        if (code)
            error = describe(code);
        if (error)
            diag_add(access->diags, DIAG_INCOMPLETE, NULL, "part %u of %u, %s, cannot be read: %s",
                     part, first->parts, name, error);
        if (part > PARTS_MAX)
            return;
    }
}

static void free_wim(void *handle)
{
    wl.wimlib_free(handle);
}

static void list_images(struct wim *wim, uint32_t count)
{
    struct access *access = wim->access;
    if (count > IMAGES_MAX) {
        diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                 "%" PRIu32 " images: no more than the first %d are read", count, IMAGES_MAX);
        count = IMAGES_MAX;
    }
    wim->images = arena_alloc(access->arena, count, sizeof *wim->images);
    for (wim->count = 0; wim->count < count; wim->count++) {
        const char *name = wl.wimlib_get_image_name(wim->handle, (int)wim->count + 1);
        wim->images[wim->count] = (struct wim_image){
            .number = (unsigned)wim->count + 1,
            .name = name ? text_from_utf8(access->arena, name, strlen(name)) : ""};
    }
}

bool wim_open(struct access *access, const struct source *file, struct wim **result)
{
    if (!LIBRARY_BIND(access, LIBRARY_WIM, wl))
        return false;
    struct header header;
    if (!read_header(file, &header))
        return access_fail(access, "the header cannot be read: %s", strerror(errno));
    if (header.part > 1)
        note_part(access, file->name, header.part);
    if (header.part > 1)
        return access_fail(access, "is part %u of %u of a split WIM: want its first part",
                           header.part, header.parts);
    struct wim *wim = arena_alloc(access->arena, 1, sizeof *wim);
    wim->access = access;
    if (file->fd < 0) {
        wim->window = arena_alloc(access->arena, 1, sizeof *wim->window);
        if (!wim_window_open(access, file, wim->window))
            return false;
    }
    int fd = wim->window ? wim->window->fd : file->fd;
    int code = wl.wimlib_open_wim(name_descriptor(access->arena, fd), 0, &wim->handle);
    if (code == WIMLIB_ERR_NO_FILENAME)
        return access_fail(access, "a WIM on a disc is read in the sandbox only (--sandbox)");
    if (code)
        return access_fail(access, "cannot be read as a WIM: %s", describe(code));
    arena_on_free(access->arena, free_wim, wim->handle);
    struct wimlib_wim_info info;
    wl.wimlib_get_wim_info(wim->handle, &info);
    if (!info.image_count)
        return access_fail(access, "is a WIM without images");
    list_images(wim, info.image_count);
    reference_parts(wim, file, &header);
    *result = wim;
    return true;
}

size_t wim_images(const struct wim *wim, const struct wim_image **images)
{
    *images = wim->images;
    return wim->count;
}

/* What an iteration is for. */
struct visit {
    struct arena *arena;
    const struct node *folder;
    struct node *nodes;
    size_t count;
    /* Of the last one. */
    uint32_t attributes, tag;
    struct wimlib_resource_entry data;
};

/* 0 where it is no reparse point. */
static uint32_t get_tag(const struct wimlib_dir_entry *entry)
{
    return entry->attributes & WIMLIB_FILE_ATTRIBUTE_REPARSE_POINT ? entry->reparse_tag : 0;
}

static enum node_kind get_kind(const struct wimlib_dir_entry *entry)
{
    if (get_tag(entry) & NAME_SURROGATE)
        return NODE_OTHER;
    return entry->attributes & WIMLIB_FILE_ATTRIBUTE_DIRECTORY ? NODE_FOLDER : NODE_FILE;
}

/* Names are UTF-8, widened by lone surrogates, as texts are. */
static int visit_entry(const struct wimlib_dir_entry *entry, void *context)
{
    struct visit *visit = context;
    const struct wimlib_resource_entry *data = &entry->streams[0].resource;
    const char *spelled = entry->filename ? entry->filename : "";
    const char *name = text_from_utf8(visit->arena, spelled, strlen(spelled));
    enum node_kind kind = get_kind(entry);
    visit->nodes = arena_grow(visit->arena, visit->nodes, visit->count, sizeof *visit->nodes);
    visit->nodes[visit->count++] = (struct node){
        .name = name,
        .path = tree_join(visit->arena, visit->folder, name),
        .kind = kind,
        .size = kind == NODE_FILE ? data->uncompressed_size : 0,
        .id = entry->hard_link_group_id,
        .is_elsewhere = kind == NODE_FILE && get_tag(entry),
    };
    visit->attributes = entry->attributes;
    visit->tag = get_tag(entry);
    visit->data = *data;
    return 0;
}

/* Looks at a path, or at what is in it. libwim keeps the metadata of one image at a time. */
static enum tree_result look(struct tree *tree, const char *path, int flags, struct visit *visit)
{
    const struct wim_tree *wim = tree->context;
    const char *absolute = arena_printf(visit->arena, "/%s", path);
    int code =
        wl.wimlib_iterate_dir_tree(wim->handle, wim->number, absolute, flags, visit_entry, visit);
    if (code == WIMLIB_ERR_PATH_DOES_NOT_EXIST)
        return TREE_ABSENT;
    if (code == 0)
        return TREE_FOUND;
    access_fail(tree->access, "image %d: its folders cannot be read: %s", wim->number,
                describe(code));
    return TREE_FAILED;
}

static enum tree_result find_in_wim(struct tree *tree, struct arena *arena,
                                    const struct node *folder, const char *name, struct node *found)
{
    struct visit visit = {.arena = arena, .folder = folder};
    enum tree_result result = look(tree, tree_join(arena, folder, name), 0, &visit);
    if (result == TREE_FOUND)
        *found = visit.nodes[0];
    return result;
}

static bool list_wim(struct tree *tree, struct arena *arena, const struct node *folder,
                     struct node **nodes, size_t *count)
{
    struct visit visit = {.arena = arena, .folder = folder};
    enum tree_result result =
        look(tree, folder->path, WIMLIB_ITERATE_DIR_TREE_FLAG_CHILDREN, &visit);
    *nodes = visit.nodes;
    *count = visit.count;
    tree_sort(*nodes, *count);
    return result != TREE_FAILED;
}

/* libwim gives the bytes of a file only to standard output. A memfd takes that place meanwhile. By
 * closing and duplicating to the lowest free number: a worker may not call dup2. */
static int put_in_place(int fd)
{
    close(STDOUT_FILENO);
    return fcntl(fd, F_DUPFD, STDOUT_FILENO) == STDOUT_FILENO ? 0 : -1;
}

static const char *extract_to(const struct wim_tree *wim, const char *path, int memory)
{
    fflush(stdout);
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (output < 0 || put_in_place(memory) < 0)
        return strerror(errno);
    int code = wl.wimlib_extract_paths(wim->handle, wim->number, ".", &path, 1,
                                       WIMLIB_EXTRACT_FLAG_TO_STDOUT);
    put_in_place(output);
    close(output);
    return code ? describe(code) : NULL;
}

static ssize_t read_memory(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    return pread(source->fd, buf, len, (off_t)offset);
}

/* Extracts a file into memory. libwim compares its SHA-1. Returns NULL, or why it failed. */
static const char *extract(struct tree *tree, struct arena *arena, const struct node *file,
                           struct source *source)
{
    int memory = memfd_create("hiveaudit-wim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return strerror(errno);
    arena_close_fd(arena, memory);
    const char *error = extract_to(tree->context, arena_printf(arena, "/%s", file->path), memory);
    if (error)
        return error;
    off_t end = lseek(memory, 0, SEEK_END);
    if (end < 0 || (uint64_t)end != file->size)
        return "it ends early";
    *source = (struct source){.name = file->path,
                              .size = file->size,
                              .read_at = read_memory,
                              .fd = memory,
                              .is_own = true};
    return NULL;
}

/* Why the bytes that the WIM has are not those of the file; NULL. */
static const char *refuse(struct arena *arena, const struct visit *visit)
{
    if (visit->data.is_missing)
        return "its data is not in this WIM, but in another or in a part that is missing";
    if (visit->attributes & WIMLIB_FILE_ATTRIBUTE_ENCRYPTED)
        return "it is encrypted (EFS)";
    if (visit->tag == WIMLIB_REPARSE_TAG_WOF)
        return "it is compressed by WOF";
    if (visit->tag)
        return arena_printf(arena, "it is a reparse point (tag %08" PRIx32 ")", visit->tag);
    return visit->nodes[0].size > FILE_SIZE_MAX ? "it is larger than 2 GiB" : NULL;
}

/* A file in a solid resource cannot be read without what is before it there. */
static const char *fill_window(struct wim_window *window, const struct wimlib_resource_entry *data)
{
    if (!window || data->uncompressed_size == 0)
        return NULL;
    return data->packed ? wim_window_fill(window, data->raw_resource_offset_in_wim,
                                          data->raw_resource_compressed_size)
                        : wim_window_fill(window, data->offset, data->compressed_size);
}

static bool open_in_wim(struct tree *tree, struct arena *arena, const struct node *file,
                        struct source *source)
{
    struct visit visit = {.arena = arena, .folder = &tree->root};
    enum tree_result result = look(tree, file->path, 0, &visit);
    if (result == TREE_FAILED)
        return false;
    const char *error = result == TREE_ABSENT ? "it is not there any more" : refuse(arena, &visit);
    const struct wim_tree *wim = tree->context;
    if (!error)
        error = fill_window(wim->window, &visit.data);
    if (!error)
        error = extract(tree, arena, file, source);
    return !error || access_fail(tree->access, "cannot be read out of the WIM: %s", error);
}

static const struct tree_methods methods = {
    .find = find_in_wim,
    .list = list_wim,
    .open = open_in_wim,
};

bool tree_open_wim(struct access *access, struct wim *wim, unsigned number, struct tree *tree)
{
    struct wim_tree *context = arena_alloc(access->arena, 1, sizeof *context);
    *context =
        (struct wim_tree){.handle = wim->handle, .window = wim->window, .number = (int)number};
    *tree = (struct tree){.access = access,
                          .methods = &methods,
                          .context = context,
                          .root = {.name = "", .path = "", .kind = NODE_FOLDER}};
    struct visit visit = {.arena = access->arena, .folder = &tree->root};
    enum tree_result result = look(tree, "", 0, &visit);
    return result == TREE_FOUND ||
           (result == TREE_ABSENT && access_fail(access, "image %u is empty", number));
}
