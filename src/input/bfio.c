/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/bfio.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "input/disk_image.h"

/* Bound anew for each handle: the functions of one library's libbfio know nothing of another's. */
#define FUNCTIONS(X)                                                                               \
    X(libbfio_handle_initialize)                                                                   \
    X(libbfio_handle_free)                                                                         \
    X(libbfio_pool_initialize) X(libbfio_pool_append_handle) X(libbfio_pool_free)

struct functions {
    FUNCTIONS(LIBRARY_MEMBER)
};
static const char *const function_names[] = {FUNCTIONS(LIBRARY_NAME)};

/* What a handle reads from; libbfio moves in it as in a file. */
struct stream {
    struct arena *arena;
    const struct source *source;
    uint64_t at;
    bool is_open;
};

/* A handle or a pool, to be released by the functions that made it. */
struct owned {
    const struct functions *functions;
    libbfio_handle_t *handle;
    libbfio_pool_t *pool;
};

/* libbfio calls a stream intptr_t. Its callbacks return 1 or 0 for good, -1 where they fail; the
 * libraries check for these very numbers. */
static struct stream *stream_of(intptr_t *io_handle)
{
    return (struct stream *)(void *)io_handle;
}

static int free_stream(intptr_t **io_handle, libbfio_error_t **error)
{
    (void)error;
    *io_handle = NULL; /* the arena has it */
    return 1;
}

static int clone_stream(intptr_t **clone, intptr_t *io_handle, libbfio_error_t **error)
{
    (void)error;
    const struct stream *stream = stream_of(io_handle);
    struct stream *copy = arena_alloc(stream->arena, 1, sizeof *copy);
    *copy = (struct stream){.arena = stream->arena, .source = stream->source};
    *clone = (intptr_t *)(void *)copy;
    return 1;
}

static int open_stream(intptr_t *io_handle, int flags, libbfio_error_t **error)
{
    (void)error;
    struct stream *stream = stream_of(io_handle);
    if (flags & LIBBFIO_ACCESS_FLAG_WRITE)
        return -1;
    stream->is_open = true;
    stream->at = 0;
    return 1;
}

static int close_stream(intptr_t *io_handle, libbfio_error_t **error)
{
    (void)error;
    stream_of(io_handle)->is_open = false;
    return 0;
}

static ssize_t read_stream(intptr_t *io_handle, uint8_t *buffer, size_t size,
                           libbfio_error_t **error)
{
    (void)error;
    struct stream *stream = stream_of(io_handle);
    ssize_t n = stream->source->read_at(stream->source, stream->at, buffer, size);
    if (n > 0)
        stream->at += (uint64_t)n;
    return n;
}

static ssize_t refuse_write(intptr_t *io_handle, const uint8_t *buffer, size_t size,
                            libbfio_error_t **error)
{
    (void)io_handle, (void)buffer, (void)size, (void)error;
    return -1;
}

static off64_t seek_stream(intptr_t *io_handle, off64_t offset, int whence, libbfio_error_t **error)
{
    (void)error;
    struct stream *stream = stream_of(io_handle);
    uint64_t base = whence == SEEK_CUR ? stream->at : whence == SEEK_END ? stream->source->size : 0;
    off64_t to;
    if (__builtin_add_overflow(base, offset, &to) || to < 0)
        return -1;
    stream->at = (uint64_t)to;
    return to;
}

static int stream_exists(intptr_t *io_handle, libbfio_error_t **error)
{
    (void)io_handle, (void)error;
    return 1;
}

static int stream_is_open(intptr_t *io_handle, libbfio_error_t **error)
{
    (void)error;
    return stream_of(io_handle)->is_open;
}

static int size_stream(intptr_t *io_handle, size64_t *size, libbfio_error_t **error)
{
    (void)error;
    *size = stream_of(io_handle)->source->size;
    return 1;
}

static void release(void *handle)
{
    struct owned *owned = handle;
    if (owned->pool) /* with the handles that were handed to it */
        owned->functions->libbfio_pool_free(&owned->pool, NULL);
    if (owned->handle)
        owned->functions->libbfio_handle_free(&owned->handle, NULL);
}

static struct owned *prepare(struct access *access, enum library library)
{
    struct functions *functions = arena_alloc(access->arena, 1, sizeof *functions);
    if (!access_bind(access, library, function_names, functions,
                     sizeof *functions / sizeof(void *)))
        return NULL;
    struct owned *owned = arena_alloc(access->arena, 1, sizeof *owned);
    owned->functions = functions;
    arena_on_free(access->arena, release, owned);
    return owned;
}

static void make_handle(struct access *access, const struct functions *functions,
                        const struct source *source, libbfio_handle_t **handle)
{
    struct stream *stream = arena_alloc(access->arena, 1, sizeof *stream);
    *stream = (struct stream){.arena = access->arena, .source = source};
    if (functions->libbfio_handle_initialize(
            handle, (intptr_t *)(void *)stream, free_stream, clone_stream, open_stream,
            close_stream, read_stream, refuse_write, seek_stream, stream_exists, stream_is_open,
            size_stream, LIBBFIO_FLAG_IO_HANDLE_MANAGED, NULL) != 1)
        end_out_of_memory(); /* nothing else can go wrong in it */
}

libbfio_handle_t *bfio_open(struct access *access, enum library library,
                            const struct source *source)
{
    struct owned *owned = prepare(access, library);
    if (!owned)
        return NULL;
    make_handle(access, owned->functions, source, &owned->handle);
    return owned->handle;
}

static void append(struct access *access, struct owned *pool, const struct source *source)
{
    int entry;
    make_handle(access, pool->functions, source, &pool->handle);
    if (pool->functions->libbfio_pool_append_handle(pool->pool, &entry, pool->handle,
                                                    LIBBFIO_ACCESS_FLAG_READ, NULL) != 1)
        end_out_of_memory();
    pool->handle = NULL;
}

libbfio_pool_t *bfio_open_pool(struct access *access, enum library library,
                               const struct source *sources, size_t count)
{
    struct owned *owned = prepare(access, library);
    if (!owned)
        return NULL;
    assert(count <= INT_MAX);
    if (owned->functions->libbfio_pool_initialize(
            &owned->pool, 0, LIBBFIO_POOL_UNLIMITED_NUMBER_OF_OPEN_HANDLES, NULL) != 1)
        end_out_of_memory();
    for (size_t i = 0; i < count; i++)
        append(access, owned, &sources[i]);
    return owned->pool;
}

struct disk {
    struct disk_image image;
    bfio_read_fn *read;
    intptr_t *handle;
};

static ssize_t read_disk(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct disk *disk = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    ssize_t n = disk->read(disk->handle, buf, len, (off64_t)offset, NULL);
    if (n == (ssize_t)len)
        return n;
    disk_complain(&disk->image, EIO, BFIO_DAMAGE, len, offset);
    return -1;
}

struct source bfio_source(struct access *access, const char *what, const char *name, uint64_t size,
                          bfio_read_fn *read, intptr_t *handle)
{
    struct disk *disk = arena_alloc(access->arena, 1, sizeof *disk);
    *disk = (struct disk){.read = read, .handle = handle};
    disk->image.access = access;
    disk->image.what = what;
    return (struct source){
        .name = name, .size = size, .read_at = read_disk, .fd = -1, .context = disk};
}
