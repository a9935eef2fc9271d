/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/wim_window.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"

/* The header, and where in it resources are described (MS "Windows Imaging File Format", 2007,
 * "WIMHEADER_V1_PACKED"). */
#define HEADER_SIZE   208
#define BLOB_TABLE_AT 48
#define XML_DATA_AT   72
#define BOOT_AT       96
#define INTEGRITY_AT  124
#define RESOURCE_SIZE 24

/* An entry of the blob table (same, "Lookup Table"), and flags of its resource. */
#define ENTRY_SIZE      50
#define FLAG_METADATA   0x02
#define FLAG_COMPRESSED 0x04

/* What may be held of a WIM: the table of a million files takes 50 MB. A solid resource is needed
 * as a whole for any file in it. */
#define TABLE_MAX ((uint64_t)64 << 20)
#define FILL_MAX  ((uint64_t)2 << 30)
#define ALL_MAX   ((uint64_t)4 << 30)

/* What is at least so large is not copied again: a solid resource is asked for with each file. */
#define LARGE_MIN ((uint64_t)1 << 20)

#define CHUNK_SIZE (64 * 1024)

struct resource {
    uint64_t size, offset; /* bytes in the WIM */
    unsigned flags;
};

static struct resource decode_resource(const uint8_t *bytes)
{
    uint64_t size = get_u64(bytes);
    return (struct resource){.size = size & ((UINT64_C(1) << 56) - 1),
                             .offset = get_u64(bytes + 8),
                             .flags = (unsigned)(size >> 56)};
}

static bool is_filled(const struct wim_window *window, uint64_t offset, uint64_t size)
{
    for (size_t i = 0; i < window->nlarge; i++) {
        const struct wim_fill *fill = &window->large[i];
        if (offset >= fill->offset && offset - fill->offset <= fill->size &&
            size <= fill->size - (offset - fill->offset))
            return true;
    }
    return false;
}

static const char *copy_bytes(const struct wim_window *window, uint64_t offset, uint64_t size)
{
    uint8_t chunk[CHUNK_SIZE];
    while (size) {
        size_t len = size < sizeof chunk ? (size_t)size : sizeof chunk;
        if (!source_read(window->wim, offset, chunk, len) ||
            pwrite(window->fd, chunk, len, (off_t)offset) != (ssize_t)len)
            return strerror(errno);
        offset += len;
        size -= len;
    }
    return NULL;
}

const char *wim_window_fill(struct wim_window *window, uint64_t offset, uint64_t size)
{
    if (offset > window->wim->size || size > window->wim->size - offset)
        return "it lies outside of the WIM";
    if (size > FILL_MAX)
        return "it is part of more than 2 GiB that have to be unpacked at once";
    if (is_filled(window, offset, size))
        return NULL;
    if (size > ALL_MAX - window->filled)
        return "more than 4 GiB of the WIM would have to be held in memory";
    window->filled += size;
    const char *error = copy_bytes(window, offset, size);
    if (!error && size >= LARGE_MIN) {
        window->large =
            arena_grow(window->arena, window->large, window->nlarge, sizeof *window->large);
        window->large[window->nlarge++] = (struct wim_fill){.offset = offset, .size = size};
    }
    return error;
}

/* The metadata of all images; what is wrong with a table, libwim will say. */
static const char *fill_metadata(struct wim_window *window, const struct resource *table)
{
    if (table->flags & FLAG_COMPRESSED || table->size > TABLE_MAX)
        return "its table of resources is compressed, or larger than 64 MiB";
    uint8_t entry[ENTRY_SIZE];
    const char *error = NULL;
    for (uint64_t at = 0; !error && at + ENTRY_SIZE <= table->size; at += ENTRY_SIZE) {
        if (pread(window->fd, entry, ENTRY_SIZE, (off_t)(table->offset + at)) != ENTRY_SIZE)
            return strerror(errno);
        struct resource resource = decode_resource(entry);
        if (resource.flags & FLAG_METADATA)
            error = wim_window_fill(window, resource.offset, resource.size);
    }
    return error;
}

static const char *fill_tables(struct wim_window *window)
{
    static const size_t places[] = {BLOB_TABLE_AT, XML_DATA_AT, BOOT_AT, INTEGRITY_AT};
    uint8_t header[HEADER_SIZE];
    const char *error = wim_window_fill(window, 0, HEADER_SIZE);
    if (!error && pread(window->fd, header, HEADER_SIZE, 0) != HEADER_SIZE)
        error = strerror(errno);
    for (size_t i = 0; i < sizeof places / sizeof *places && !error; i++) {
        struct resource resource = decode_resource(header + places[i]);
        error = resource.size > TABLE_MAX ? "one of its tables is larger than 64 MiB"
                                          : wim_window_fill(window, resource.offset, resource.size);
    }
    struct resource table = decode_resource(header + BLOB_TABLE_AT);
    return error ? error : fill_metadata(window, &table);
}

bool wim_window_open(struct access *access, const struct source *wim, struct wim_window *window)
{
    *window = (struct wim_window){
        .wim = wim, .fd = memfd_create("hiveaudit-wim", MFD_CLOEXEC), .arena = access->arena};
    if (window->fd < 0)
        return access_fail(access, "cannot be read into memory: %s", strerror(errno));
    arena_close_fd(access->arena, window->fd);
    const char *error =
        ftruncate(window->fd, (off_t)wim->size) < 0 ? strerror(errno) : fill_tables(window);
    return !error || access_fail(access, "cannot be read as a WIM: %s", error);
}
