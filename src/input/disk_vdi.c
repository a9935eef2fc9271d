/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offsets are those of the header 1.1 in VirtualBox's VDICore.h, whose numbers are little-endian.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "input/disk.h"
#include "input/disk_image.h"

#define HEADER_SIZE    400
#define SIGNATURE      UINT32_C(0xbeda107f)
#define MAJOR_VERSION  1
#define BLOCK_SIZE_MIN 512
#define BLOCK_FREE     UINT32_C(0xffffffff)
#define BLOCK_ZERO     UINT32_C(0xfffffffe)

enum vdi_type { VDI_DYNAMIC = 1, VDI_FIXED, VDI_UNDO, VDI_DIFFERENCING };

struct vdi {
    struct disk_image image; /* first */
    uint64_t map;            /* offset of the block map */
    uint64_t data;           /* offset of the first block */
    uint64_t stride;         /* from block to block of the file */
    uint64_t lead;           /* bytes of a block in front of its data */
    uint64_t size;           /* of the disk */
    uint32_t blocks;
};

static bool check_kind(struct disk_image *image, const uint8_t *header)
{
    uint32_t version = get_u32(header + 68), type = get_u32(header + 76);
    if (get_u32(header + 64) != SIGNATURE)
        return disk_fail(image, "has no VDI header");
    if (version >> 16 != MAJOR_VERSION)
        return disk_fail(image, "has an unknown version (got %" PRIu32 ".%" PRIu32 ", want %d)",
                         version >> 16, version & 0xffff, MAJOR_VERSION);
    if (type == VDI_UNDO || type == VDI_DIFFERENCING)
        return disk_fail(image, "holds only the differences to another one, which is not "
                                "supported: merge them first");
    if (type != VDI_DYNAMIC && type != VDI_FIXED)
        return disk_fail(image, "has an unknown type (%" PRIu32 ")", type);
    return true;
}

static bool check_layout(struct vdi *vdi)
{
    struct disk_image *image = &vdi->image;
    uint64_t block = image->block_size;
    if (block < BLOCK_SIZE_MIN || block & (block - 1) || vdi->lead > block)
        return disk_fail(image,
                         "has blocks of a bad size (%" PRIu64 ", and %" PRIu64 " in front of each)",
                         block, vdi->lead);
    if (vdi->size > INT64_MAX || vdi->size > vdi->blocks * block)
        return disk_fail(image,
                         "has too few blocks (got %" PRIu32 " of %" PRIu64
                         " bytes for a disk of %" PRIu64 ")",
                         vdi->blocks, block, vdi->size);
    if (vdi->map > image->file->size || vdi->blocks > (image->file->size - vdi->map) / 4)
        return disk_fail(
            image, "is cut short: its block map is not in it (at %" PRIu64 " of %" PRIu64 " bytes)",
            vdi->map, image->file->size);
    return true;
}

static bool read_header(struct vdi *vdi)
{
    struct disk_image *image = &vdi->image;
    uint8_t header[HEADER_SIZE];
    if (!source_read(image->file, 0, header, sizeof header))
        return disk_fail(image, "cannot be read: %s",
                         errno == ENODATA ? "it ends in its header" : strerror(errno));
    if (!check_kind(image, header))
        return false;
    vdi->map = get_u32(header + 340);
    vdi->data = get_u32(header + 344);
    vdi->size = get_u64(header + 368);
    image->block_size = get_u32(header + 376);
    vdi->lead = get_u32(header + 380);
    vdi->blocks = get_u32(header + 384);
    vdi->stride = vdi->lead + image->block_size;
    return check_layout(vdi);
}

/* Nothing here can overflow: block and stride are less than 2^32, or just that, and block is two
 * less at the least, which leaves room for the other terms. */
static bool read_block(struct disk_image *image, uint64_t at, void *buf, size_t len)
{
    struct vdi *vdi = (struct vdi *)image;
    uint8_t entry[4];
    if (!disk_read_table(image, vdi->map + at / image->block_size * sizeof entry, entry,
                         sizeof entry))
        return false;
    uint32_t block = get_u32(entry);
    if (block == BLOCK_FREE || block == BLOCK_ZERO)
        return disk_read_below(image, at, buf, len);
    uint64_t offset = vdi->data + block * vdi->stride + vdi->lead + at % image->block_size;
    return disk_read_file(image, offset, buf, len);
}

bool disk_open_vdi(struct access *access, const struct source *file, struct source *disk)
{
    struct vdi *vdi = arena_alloc(access->arena, 1, sizeof *vdi);
    vdi->image = (struct disk_image){
        .access = access, .file = file, .what = "the VDI image", .read = read_block};
    if (!read_header(vdi))
        return false;
    *disk = disk_source(&vdi->image, vdi->size);
    return true;
}
