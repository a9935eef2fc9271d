/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <string.h>

#define HAVE_LIBBFIO 1 /* else libvhdi.h hides what takes a handle */
#include <libvhdi.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "input/bfio.h"
#include "input/disk_image.h"

/* [MS-VHDX] 2.2.2: two headers; the sound one with the higher sequence number is current. */
#define HEADERS_AT  65536
#define HEADER_SIZE 4096
#define CHECKSUM_AT 4
#define SEQUENCE_AT 8
#define LOG_GUID_AT 48
#define GUID_SIZE   16

#define FUNCTIONS(X)                                                                               \
    X(libvhdi_file_initialize)                                                                     \
    X(libvhdi_file_free)                                                                           \
    X(libvhdi_file_open_file_io_handle)                                                            \
    X(libvhdi_file_get_file_type)                                                                  \
    X(libvhdi_file_get_disk_type)                                                                  \
    X(libvhdi_file_get_media_size) X(libvhdi_file_read_buffer_at_offset)
LIBRARY_TABLE(vhdi, FUNCTIONS)

static void release(void *context)
{
    libvhdi_file_t **vhdx = context;
    vhdi.libvhdi_file_free(vhdx, NULL);
}

static bool is_header(uint8_t *header)
{
    uint32_t checksum = get_u32(header + CHECKSUM_AT);
    put_u32(header + CHECKSUM_AT, 0); /* as which it counts */
    return memcmp(header, "head", 4) == 0 && crc32_compute(CRC32C, header, HEADER_SIZE) == checksum;
}

/* An image that is in use, or that was not closed, has changes in its log that libvhdi does not
 * know of: Windows would make them before it reads anything. */
static bool check_log(struct disk_image *image)
{
    static const uint8_t none[GUID_SIZE];
    uint8_t header[HEADER_SIZE];
    bool found = false, has_log = false;
    uint64_t sequence = 0;
    for (unsigned i = 1; i <= 2; i++) {
        if (!source_read(image->file, i * (uint64_t)HEADERS_AT, header, HEADER_SIZE) ||
            !is_header(header) || (found && get_u64(header + SEQUENCE_AT) < sequence))
            continue;
        found = true;
        sequence = get_u64(header + SEQUENCE_AT);
        has_log = memcmp(header + LOG_GUID_AT, none, GUID_SIZE) != 0;
    }
    if (!found)
        return disk_fail(image, "is damaged: neither of its headers is sound");
    if (has_log)
        disk_say(image, DIAG_INCOMPLETE,
                 "was not closed: its log may hold changes of the disk, which are not made here");
    return true;
}

static bool open_file(struct disk_image *image, libvhdi_file_t **vhdx)
{
    int file_type;
    uint32_t disk_type;
    libbfio_handle_t *handle = bfio_open(image->access, LIBRARY_VHDI, image->file);
    if (!handle)
        return false;
    if (vhdi.libvhdi_file_initialize(vhdx, NULL) != 1)
        end_out_of_memory();
    arena_on_free(image->access->arena, release, vhdx);
    if (vhdi.libvhdi_file_open_file_io_handle(*vhdx, handle, LIBVHDI_OPEN_READ, NULL) != 1 ||
        vhdi.libvhdi_file_get_file_type(*vhdx, &file_type, NULL) != 1 ||
        vhdi.libvhdi_file_get_disk_type(*vhdx, &disk_type, NULL) != 1 ||
        file_type != LIBVHDI_FILE_TYPE_VHDX)
        return disk_fail(image, "is damaged or incomplete: libvhdi cannot open it");
    if (disk_type != LIBVHDI_DISK_TYPE_FIXED && disk_type != LIBVHDI_DISK_TYPE_DYNAMIC)
        return disk_fail(image, "holds only the changes of another image: such differencing disks "
                                "cannot be read here; merge it first");
    return true;
}

bool disk_open_vhdx(struct access *access, const struct source *file, struct source *disk)
{
    struct disk_image image = {.access = access, .file = file, .what = "the VHDX image"};
    libvhdi_file_t **vhdx = arena_alloc(access->arena, 1, sizeof *vhdx);
    size64_t size;
    if (!LIBRARY_BIND(access, LIBRARY_VHDI, vhdi) || !check_log(&image) || !open_file(&image, vhdx))
        return false;
    if (vhdi.libvhdi_file_get_media_size(*vhdx, &size, NULL) != 1 || size > INT64_MAX)
        return disk_fail(&image, "is damaged: it does not say how large its disk is");
    *disk = bfio_source(access, image.what, file->name, size,
                        vhdi.libvhdi_file_read_buffer_at_offset, *vhdx);
    return true;
}
