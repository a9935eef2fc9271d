/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <libvmdk.h>

#include "base/path.h"
#include "base/text.h"
#include "input/bfio.h"
#include "input/disk_image.h"

#define EXTENTS_MAX 4096 /* of 2 GB: 8 TB */
#define NAME_SIZE   1024 /* bytes of the name of an extent */
#define NO_PARENT   UINT32_MAX

#define FUNCTIONS(X)                                                                               \
    X(libvmdk_handle_initialize)                                                                   \
    X(libvmdk_handle_free)                                                                         \
    X(libvmdk_handle_open_file_io_handle)                                                          \
    X(libvmdk_handle_open_extent_data_files_file_io_pool)                                          \
    X(libvmdk_handle_get_parent_content_identifier)                                                \
    X(libvmdk_handle_get_number_of_extents)                                                        \
    X(libvmdk_handle_get_extent_descriptor)                                                        \
    X(libvmdk_handle_get_media_size)                                                               \
    X(libvmdk_handle_read_buffer_at_offset)                                                        \
    X(libvmdk_extent_descriptor_free)                                                              \
    X(libvmdk_extent_descriptor_get_type)                                                          \
    X(libvmdk_extent_descriptor_get_range)                                                         \
    X(libvmdk_extent_descriptor_get_utf8_filename_size)                                            \
    X(libvmdk_extent_descriptor_get_utf8_filename)
LIBRARY_TABLE(vmdk, FUNCTIONS)

struct extent {
    int type;
    off64_t offset; /* in its file */
    size64_t size;
    const char *name; /* "" where it has none */
};

static void release(void *context)
{
    libvmdk_handle_t **handle = context;
    vmdk.libvmdk_handle_free(handle, NULL);
}

/* An extent is named after its descriptor: disk-s001.vmdk, disk-f001.vmdk. */
static void note_extent(struct access *access, const char *path)
{
    const char *name = path_name(path), *dash = strrchr(name, '-');
    size_t digits = dash && (dash[1] == 's' || dash[1] == 'f') ? strspn(dash + 2, "0123456789") : 0;
    if (digits)
        access_note_part(access, arena_printf(access->arena, "%.*s%s", (int)(dash - name), name,
                                              dash + 2 + digits));
}

static bool open_descriptor(struct disk_image *image, libvmdk_handle_t **handle)
{
    uint32_t parent;
    libbfio_handle_t *file = bfio_open(image->access, LIBRARY_VMDK, image->file);
    if (!file)
        return false;
    if (vmdk.libvmdk_handle_initialize(handle, NULL) != 1)
        end_out_of_memory();
    arena_on_free(image->access->arena, release, handle);
    bool is_open =
        vmdk.libvmdk_handle_open_file_io_handle(*handle, file, LIBVMDK_OPEN_READ, NULL) == 1;
    if (!is_open)
        note_extent(image->access, image->file->name);
    if (!is_open)
        return disk_fail(image, "is damaged, or an extent without its descriptor: name the "
                                "descriptor, which is a small .vmdk file beside it");
    if (vmdk.libvmdk_handle_get_parent_content_identifier(*handle, &parent, NULL) == 1 &&
        parent != NO_PARENT)
        return disk_fail(image, "holds only the changes of another image, as a snapshot does: this "
                                "cannot be read here; merge it first");
    return true;
}

static bool read_descriptor(struct arena *arena, libvmdk_extent_descriptor_t *descriptor,
                            struct extent *extent)
{
    size_t size = 0;
    extent->name = "";
    if (vmdk.libvmdk_extent_descriptor_get_type(descriptor, &extent->type, NULL) != 1 ||
        vmdk.libvmdk_extent_descriptor_get_range(descriptor, &extent->offset, &extent->size,
                                                 NULL) != 1)
        return false;
    if (vmdk.libvmdk_extent_descriptor_get_utf8_filename_size(descriptor, &size, NULL) != 1)
        return true;
    if (size > NAME_SIZE)
        return false;
    char *name = arena_alloc(arena, size + 1, 1);
    extent->name = name;
    return vmdk.libvmdk_extent_descriptor_get_utf8_filename(descriptor, (uint8_t *)name, size,
                                                            NULL) == 1;
}

static bool read_extent(struct arena *arena, libvmdk_handle_t *handle, int index,
                        struct extent *extent)
{
    libvmdk_extent_descriptor_t *descriptor = NULL;
    if (vmdk.libvmdk_handle_get_extent_descriptor(handle, index, &descriptor, NULL) != 1)
        return false;
    bool good = read_descriptor(arena, descriptor, extent);
    vmdk.libvmdk_extent_descriptor_free(&descriptor, NULL);
    return good;
}

/* Whoever renames an image often leaves the names in its descriptor as they were. old-s001.vmdk of
 * new.vmdk would be new-s001.vmdk. */
static const char *derive_name(struct arena *arena, const char *image, const char *name)
{
    const char *slash = strrchr(image, '/'), *suffix = strrchr(name, '-');
    image = slash ? slash + 1 : image;
    const char *dot = strrchr(image, '.');
    int len = (int)(dot ? (size_t)(dot - image) : strlen(image));
    return suffix ? arena_printf(arena, "%.*s%s", len, image, suffix) : NULL;
}

static bool open_extent(struct disk_image *image, const struct extent *extent,
                        struct source *source)
{
    struct access *access = image->access;
    const char *other = derive_name(access->arena, image->file->name, extent->name);
    const char *shown = text_from_utf8(access->diags->arena, extent->name, strlen(extent->name));
    if (access_open_beside(access, extent->name, source))
        return true;
    if (errno == EXDEV && access->folder >= 0)
        return disk_fail(image, "names a file that does not lie beside it: %s", shown);
    if (errno == ENOENT && other && access_open_beside(access, other, source))
        return true;
    return disk_fail(image, "lacks its extent %s: %s", shown, disk_open_error());
}

/* libvmdk would only say that something is wrong. */
static bool check_size(struct disk_image *image, const struct extent *extent,
                       const struct source *source)
{
    uint64_t want;
    if (extent->type != LIBVMDK_EXTENT_TYPE_FLAT && extent->type != LIBVMDK_EXTENT_TYPE_VMFS_FLAT)
        return true;
    if (!__builtin_add_overflow(extent->offset, extent->size, &want) && want <= source->size)
        return true;
    return disk_fail(
        image,
        "is incomplete: its extent %s is too short (got %" PRIu64 " bytes, want %" PRIu64
        " from offset %jd on)",
        text_from_utf8(image->access->diags->arena, extent->name, strlen(extent->name)),
        source->size, (uint64_t)extent->size, (intmax_t)extent->offset);
}

static bool is_sparse_extent(const struct source *file)
{
    char magic[4];
    return source_read(file, 0, magic, sizeof magic) && memcmp(magic, "KDMV", 4) == 0;
}

/* A file that holds both its descriptor and its only extent may have any name. */
static bool open_extents(struct disk_image *image, libvmdk_handle_t *handle, struct source *sources,
                         int count)
{
    for (int i = 0; i < count; i++) {
        struct extent extent;
        if (!read_extent(image->access->arena, handle, i, &extent))
            return disk_fail(image, "is damaged: extent %d of its descriptor cannot be read",
                             i + 1);
        if (count == 1 && is_sparse_extent(image->file))
            sources[i] = *image->file;
        else if (!open_extent(image, &extent, &sources[i]))
            return false;
        if (!check_size(image, &extent, &sources[i]))
            return false;
    }
    return true;
}

static bool open_data(struct disk_image *image, libvmdk_handle_t *handle)
{
    int count;
    if (vmdk.libvmdk_handle_get_number_of_extents(handle, &count, NULL) != 1 || count < 1)
        return disk_fail(image, "is damaged: its descriptor names no extents");
    if (count > EXTENTS_MAX)
        return disk_fail(image, "has too many extents (got %d, want at most %d)", count,
                         EXTENTS_MAX);
    struct source *sources = arena_alloc(image->access->arena, (size_t)count, sizeof *sources);
    if (!open_extents(image, handle, sources, count))
        return false;
    libbfio_pool_t *pool = bfio_open_pool(image->access, LIBRARY_VMDK, sources, (size_t)count);
    if (!pool)
        return false;
    if (vmdk.libvmdk_handle_open_extent_data_files_file_io_pool(handle, pool, NULL) != 1)
        return disk_fail(image,
                         "is damaged, incomplete or of an unknown kind: libvmdk cannot open "
                         "its %d extents",
                         count);
    return true;
}

bool disk_open_vmdk(struct access *access, const struct source *file, struct source *disk)
{
    struct disk_image image = {.access = access, .file = file, .what = "the VMDK image"};
    libvmdk_handle_t **handle = arena_alloc(access->arena, 1, sizeof *handle);
    size64_t size;
    if (!LIBRARY_BIND(access, LIBRARY_VMDK, vmdk) || !open_descriptor(&image, handle) ||
        !open_data(&image, *handle))
        return false;
    if (vmdk.libvmdk_handle_get_media_size(*handle, &size, NULL) != 1 || size > INT64_MAX)
        return disk_fail(&image, "is damaged: it does not say how large its disk is");
    *disk = bfio_source(access, image.what, file->name, size,
                        vmdk.libvmdk_handle_read_buffer_at_offset, *handle);
    return true;
}
