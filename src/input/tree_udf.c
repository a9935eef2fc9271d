/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <errno.h>
#include <string.h>
#include <udfread/blockinput.h>
#include <udfread/udfread.h>

#include "base/text.h"

/* The volume recognition sequence (ECMA-167, 2/8): one descriptor a sector, from here on. */
#define SEQUENCE_AT   (16 * UDF_BLOCK_SIZE)
#define SEQUENCE_MAX  64 /* descriptors; there are fewer than ten */
#define IDENTIFIER_AT 1  /* in a descriptor */

/* Nodes of one folder, more than a disc has. */
#define NODES_MAX 1000000
/* Blocks have numbers of 32 bits. */
#define FILE_SIZE_MAX ((uint64_t)UINT32_MAX * UDF_BLOCK_SIZE)

#define FUNCTIONS(X)                                                                               \
    X(udfread_init)                                                                                \
    X(udfread_open_input)                                                                          \
    X(udfread_close)                                                                               \
    X(udfread_opendir)                                                                             \
    X(udfread_readdir)                                                                             \
    X(udfread_closedir)                                                                            \
    X(udfread_file_open)                                                                           \
    X(udfread_file_close)                                                                          \
    X(udfread_file_size)                                                                           \
    X(udfread_file_lba)                                                                            \
    X(udfread_file_seek)                                                                           \
    X(udfread_file_read)                                                                           \
    X(udfread_read_blocks)
LIBRARY_TABLE(ur, FUNCTIONS)

struct udf_tree {
    struct udfread_block_input input; /* first: libudfread hands out its address */
    const struct source *disk;
    udfread *handle;
};

bool udf_is_volume(const struct source *disk)
{
    static const char *const identifiers[] = {"BEA01", "CD001", "BOOT2", "TEA01"};
    for (unsigned i = 0; i < SEQUENCE_MAX; i++) {
        char name[5];
        bool is_known = false;
        if (!source_read(disk, SEQUENCE_AT + (uint64_t)i * UDF_BLOCK_SIZE + IDENTIFIER_AT, name,
                         sizeof name))
            return false;
        if (memcmp(name, "NSR02", 5) == 0 || memcmp(name, "NSR03", 5) == 0)
            return true;
        for (size_t k = 0; k < sizeof identifiers / sizeof *identifiers; k++)
            is_known |= memcmp(name, identifiers[k], sizeof name) == 0;
        if (!is_known)
            return false;
    }
    return false;
}

static int read_blocks(struct udfread_block_input *input, uint32_t lba, void *buf, uint32_t count,
                       int flags)
{
    (void)flags;
    const struct source *disk = ((struct udf_tree *)input)->disk;
    ssize_t n =
        disk->read_at(disk, (uint64_t)lba * UDF_BLOCK_SIZE, buf, (size_t)count * UDF_BLOCK_SIZE);
    return n < 0 ? -1 : (int)(n / UDF_BLOCK_SIZE);
}

static uint32_t count_blocks(struct udfread_block_input *input)
{
    uint64_t blocks = ((struct udf_tree *)input)->disk->size / UDF_BLOCK_SIZE;
    return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

static void close_volume(void *handle)
{
    ur.udfread_close(handle);
}

static void close_file(void *handle)
{
    ur.udfread_file_close(handle);
}

/* NULL where it cannot be read, or is longer than numbers of blocks reach. */
static UDFFILE *open_file(const struct udf_tree *udf, const char *path, uint64_t *size)
{
    UDFFILE *file = ur.udfread_file_open(udf->handle, path);
    int64_t signed_size = file ? ur.udfread_file_size(file) : -1;
    *size = (uint64_t)signed_size;
    if (signed_size >= 0 && *size <= FILE_SIZE_MAX)
        return file;
    ur.udfread_file_close(file);
    return NULL;
}

static bool fail_entry(struct tree *tree, const char *path)
{
    diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: its file entry cannot be read", path);
    return false;
}

/* Names are UTF-8, with a NUL as in texts. False after a diagnostic: the node is of no kind then.
 */
static bool take_entry(struct tree *tree, struct arena *arena, const struct node *folder,
                       const struct udfread_dirent *entry, struct node *node)
{
    const struct udf_tree *udf = tree->context;
    size_t len = strlen(entry->d_name);
    const char *name = text_is_valid(entry->d_name, len)
                           ? arena_strndup(arena, entry->d_name, len)
                           : text_from_utf8(arena, entry->d_name, len);
    *node = (struct node){
        .name = name,
        .path = tree_join(arena, folder, name),
        .kind = entry->d_type == UDF_DT_DIR   ? NODE_FOLDER
                : entry->d_type == UDF_DT_REG ? NODE_FILE
                                              : NODE_OTHER,
    };
    if (node->kind != NODE_FILE)
        return true;
    UDFFILE *file = open_file(udf, node->path, &node->size);
    ur.udfread_file_close(file);
    if (file)
        return true;
    node->size = 0;
    node->kind = NODE_OTHER;
    return fail_entry(tree, node->path);
}

static UDFDIR *open_folder(struct tree *tree, const struct node *folder)
{
    const struct udf_tree *udf = tree->context;
    UDFDIR *stream = ur.udfread_opendir(udf->handle, *folder->path ? folder->path : "/");
    if (!stream)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: the folder cannot be read",
                 *folder->path ? folder->path : "/");
    return stream;
}

/* libudfread compares bytes, so the folder is looked through. It keeps folders in memory. */
static enum tree_result find_in_udf(struct tree *tree, struct arena *arena,
                                    const struct node *folder, const char *name, struct node *found)
{
    struct udfread_dirent entry;
    UDFDIR *stream = open_folder(tree, folder);
    enum tree_result result = stream ? TREE_ABSENT : TREE_FAILED;
    while (result == TREE_ABSENT && ur.udfread_readdir(stream, &entry))
        if (text_equal(entry.d_name, name))
            result = take_entry(tree, arena, folder, &entry, found) ? TREE_FOUND : TREE_FAILED;
    ur.udfread_closedir(stream);
    return result;
}

static bool list_udf(struct tree *tree, struct arena *arena, const struct node *folder,
                     struct node **nodes, size_t *count)
{
    struct udfread_dirent entry;
    bool is_complete = true;
    UDFDIR *stream = open_folder(tree, folder);
    *nodes = NULL;
    *count = 0;
    while (stream && *count < NODES_MAX && ur.udfread_readdir(stream, &entry)) {
        *nodes = arena_grow(arena, *nodes, *count, sizeof **nodes);
        is_complete &= take_entry(tree, arena, folder, &entry, &(*nodes)[(*count)++]);
    }
    ur.udfread_closedir(stream);
    tree_sort(*nodes, *count);
    return stream && is_complete;
}

struct udf_file {
    const struct udf_tree *udf;
    UDFFILE *handle;
};

/* A small file lies in its file entry and has no blocks. One whose blocks are not recorded would be
 * zeros to libudfread, so that it reads a block of them. */
static bool is_inline(UDFFILE *file)
{
    char block[UDF_BLOCK_SIZE];
    return ur.udfread_file_size(file) <= UDF_BLOCK_SIZE && ur.udfread_file_lba(file, 0) == 0 &&
           ur.udfread_read_blocks(file, block, 0, 1, 0) == 0;
}

static ssize_t read_inline(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct udf_file *file = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    errno = EIO;
    if (ur.udfread_file_seek(file->handle, (int64_t)offset, UDF_SEEK_SET) < 0)
        return -1;
    return ur.udfread_file_read(file->handle, buf, len);
}

/* How many bytes from an offset on, len at most, follow each other on the disk, and where. 0 where
 * they are not recorded. */
static size_t map_run(UDFFILE *file, uint64_t offset, size_t len, uint64_t *at)
{
    uint32_t block = (uint32_t)(offset / UDF_BLOCK_SIZE), skip = offset % UDF_BLOCK_SIZE;
    uint32_t first = ur.udfread_file_lba(file, block);
    *at = (uint64_t)first * UDF_BLOCK_SIZE + skip;
    if (!first)
        return 0;
    size_t run = UDF_BLOCK_SIZE - skip;
    for (uint32_t i = 1; run < len && ur.udfread_file_lba(file, block + i) == first + i; i++)
        run += UDF_BLOCK_SIZE;
    return run < len ? run : len;
}

/* libudfread gives zeros for what is not recorded. Here that is an error. */
static ssize_t read_udf(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct udf_file *file = source->context;
    const struct source *disk = file->udf->disk;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    for (size_t done = 0, run; done < len; done += run) {
        uint64_t at;
        run = map_run(file->handle, offset + done, len - done, &at);
        errno = EIO;
        if (!run || !source_read(disk, at, (char *)buf + done, run))
            return -1;
    }
    return (ssize_t)len;
}

static bool open_in_udf(struct tree *tree, struct arena *arena, const struct node *file,
                        struct source *source)
{
    const struct udf_tree *udf = tree->context;
    uint64_t size;
    UDFFILE *handle = open_file(udf, file->path, &size);
    if (!handle)
        return access_fail(tree->access, "its file entry cannot be read");
    arena_on_free(arena, close_file, handle);
    if (size > udf->disk->size)
        return access_fail(tree->access,
                           "is larger than its disc (got %ju bytes, want at most %ju)",
                           (uintmax_t)size, (uintmax_t)udf->disk->size);
    struct udf_file *context = arena_alloc(arena, 1, sizeof *context);
    *context = (struct udf_file){.udf = udf, .handle = handle};
    *source = (struct source){.name = file->path,
                              .size = size,
                              .read_at = is_inline(handle) ? read_inline : read_udf,
                              .fd = -1,
                              .context = context};
    return true;
}

static const struct tree_methods methods = {
    .find = find_in_udf,
    .list = list_udf,
    .open = open_in_udf,
};

bool tree_open_udf(struct access *access, const struct source *disk, struct tree *tree)
{
    if (!LIBRARY_BIND(access, LIBRARY_UDFREAD, ur))
        return false;
    struct udf_tree *udf = arena_alloc(access->arena, 1, sizeof *udf);
    *udf = (struct udf_tree){.input = {.read = read_blocks, .size = count_blocks},
                             .disk = disk,
                             .handle = ur.udfread_init()};
    if (!udf->handle)
        end_out_of_memory();
    arena_on_free(access->arena, close_volume, udf->handle);
    if (ur.udfread_open_input(udf->handle, &udf->input) < 0)
        return access_fail(access, "cannot be read as a UDF file system");
    *tree = (struct tree){.access = access,
                          .methods = &methods,
                          .context = udf,
                          .root = {.name = "", .path = "", .kind = NODE_FOLDER}};
    return true;
}
