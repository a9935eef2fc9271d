/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offsets and names are those of Microsoft's "Virtual Hard Disk Image Format Specification" 1.0,
 * whose numbers are big-endian. */
#include "config.h"

#include "input/disk_vhd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "input/disk.h"
#include "input/disk_image.h"

#define SECTOR          512
#define FOOTER_SIZE     512
#define FOOTER_CHECKSUM 64
#define HEADER_SIZE     1024
#define HEADER_CHECKSUM 36
#define BLOCK_UNUSED    UINT32_C(0xffffffff)
#define BLOCK_SIZE_MIN  UINT32_C(4096) /* a byte of the bitmap */

enum vhd_type { VHD_FIXED = 2, VHD_DYNAMIC, VHD_DIFFERENCING };

struct vhd {
    struct disk_image image; /* first */
    uint32_t type;           /* an enum vhd_type */
    uint64_t size;           /* of the disk */
    uint64_t table;          /* offset of the block allocation table */
    uint32_t blocks;         /* its entries */
};

/* "one's complement of the sum of all the bytes without the checksum field". */
static uint32_t compute_checksum(const uint8_t *bytes, size_t len, size_t field)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        if (i < field || i >= field + 4)
            sum += bytes[i];
    return ~sum;
}

/* Footers, the best first. There are two of all but fixed disks. */
enum footer_found { FOOTER_AT_END, FOOTER_COPY, FOOTER_UNSOUND, FOOTER_NONE };

static bool take_footer(const struct source *file, uint64_t at, uint8_t footer[FOOTER_SIZE])
{
    uint32_t type;
    if (!source_read(file, at, footer, FOOTER_SIZE) || memcmp(footer, "conectix", 8) != 0)
        return false;
    type = get_be32(footer + 60);
    return type == VHD_FIXED || type == VHD_DYNAMIC || type == VHD_DIFFERENCING;
}

static bool is_sound(const uint8_t footer[FOOTER_SIZE])
{
    return compute_checksum(footer, FOOTER_SIZE, FOOTER_CHECKSUM) ==
           get_be32(footer + FOOTER_CHECKSUM);
}

static enum footer_found find_footer(const struct source *file, uint8_t footer[FOOTER_SIZE])
{
    uint64_t end = file->size < FOOTER_SIZE ? 0 : file->size - FOOTER_SIZE;
    if (take_footer(file, end, footer) && is_sound(footer))
        return FOOTER_AT_END;
    if (take_footer(file, 0, footer) && is_sound(footer))
        return FOOTER_COPY;
    if (take_footer(file, end, footer) || take_footer(file, 0, footer))
        return FOOTER_UNSOUND;
    return FOOTER_NONE;
}

/* What is fixed needs nothing of its footer but the type. */
static bool read_footer(struct vhd *vhd, uint8_t footer[FOOTER_SIZE])
{
    struct disk_image *image = &vhd->image;
    enum footer_found found = find_footer(image->file, footer);
    if (found == FOOTER_NONE)
        return disk_fail(image, "has no footer, or one of an unknown type");
    vhd->type = get_be32(footer + 60);
    vhd->size = get_be64(footer + 48);
    if (found == FOOTER_COPY)
        disk_say(image, DIAG_INCOMPLETE,
                 "has a damaged footer, or is cut short: the copy at its start is used");
    if (found != FOOTER_UNSOUND)
        return true;
    disk_say(image, DIAG_INCOMPLETE,
             "has a damaged footer (checksum: got 0x%08" PRIx32 ", want 0x%08" PRIx32 ")",
             get_be32(footer + FOOTER_CHECKSUM),
             compute_checksum(footer, FOOTER_SIZE, FOOTER_CHECKSUM));
    if (vhd->type == VHD_FIXED)
        vhd->size = image->file->size - FOOTER_SIZE;
    return true;
}

bool vhd_is_disk(const struct source *file, const uint8_t id[VHD_ID_SIZE])
{
    uint8_t footer[FOOTER_SIZE];
    return find_footer(file, footer) != FOOTER_NONE && memcmp(footer + 68, id, VHD_ID_SIZE) == 0;
}

static bool open_fixed(struct vhd *vhd, struct source *disk)
{
    struct disk_image *image = &vhd->image;
    uint64_t room = image->file->size - FOOTER_SIZE;
    if (vhd->size > room)
        return disk_fail(image, "is cut short (got %" PRIu64 " bytes, want %" PRIu64 ")", room,
                         vhd->size);
    *disk = source_part(image->access->arena, image->file, image->file->name, 0, vhd->size);
    return true;
}

static bool check_layout(struct vhd *vhd)
{
    struct disk_image *image = &vhd->image;
    uint64_t block = image->block_size;
    if (block < BLOCK_SIZE_MIN || block & (block - 1))
        return disk_fail(image, "has blocks of a bad size (%" PRIu64 ")", block);
    if (vhd->size > INT64_MAX || vhd->size > vhd->blocks * block)
        return disk_fail(image,
                         "has too few blocks (got %" PRIu32 " of %" PRIu64
                         " bytes for a disk of %" PRIu64 ")",
                         vhd->blocks, block, vhd->size);
    if (vhd->table > image->file->size || vhd->blocks > (image->file->size - vhd->table) / 4)
        return disk_fail(image,
                         "is cut short: its block allocation table is not in it (at %" PRIu64
                         " of %" PRIu64 " bytes)",
                         vhd->table, image->file->size);
    return true;
}

static bool read_header(struct vhd *vhd, uint64_t at, uint8_t header[HEADER_SIZE])
{
    struct disk_image *image = &vhd->image;
    if (!source_read(image->file, at, header, HEADER_SIZE))
        return disk_fail(image, "has a header that cannot be read, at %" PRIu64 ": %s", at,
                         errno == ENODATA ? "the file is cut short" : strerror(errno));
    uint32_t checksum = compute_checksum(header, HEADER_SIZE, HEADER_CHECKSUM);
    if (memcmp(header, "cxsparse", 8) != 0)
        return disk_fail(image, "has no header where its footer says (at %" PRIu64 ")", at);
    if (get_be32(header + HEADER_CHECKSUM) != checksum)
        disk_say(image, DIAG_INCOMPLETE,
                 "has a damaged header (checksum: got 0x%08" PRIx32 ", want 0x%08" PRIx32 ")",
                 get_be32(header + HEADER_CHECKSUM), checksum);
    vhd->table = get_be64(header + 16);
    vhd->blocks = get_be32(header + 28);
    image->block_size = get_be32(header + 32);
    return check_layout(vhd);
}

/* Whether a sector is in this image: the highest bit of the bitmap is the first one. */
static bool read_bit(struct disk_image *image, uint64_t bitmap, uint64_t sector, bool *is_here)
{
    uint8_t byte;
    if (!disk_read_table(image, bitmap + sector / 8, &byte, sizeof byte))
        return false;
    *is_here = byte >> (7 - sector % 8) & 1;
    return true;
}

/* How many bytes from an offset of a block on, len at most, are all in this image, or all below. */
static bool measure_run(struct disk_image *image, uint64_t bitmap, uint64_t within, size_t len,
                        size_t *run, bool *is_here)
{
    uint64_t sector = within / SECTOR;
    bool next;
    if (!read_bit(image, bitmap, sector, is_here))
        return false;
    for (*run = SECTOR - within % SECTOR; *run < len; *run += SECTOR) {
        if (!read_bit(image, bitmap, ++sector, &next))
            return false;
        if (next != *is_here)
            break;
    }
    *run = *run < len ? *run : len;
    return true;
}

static bool read_differences(struct disk_image *image, uint64_t bitmap, uint64_t data, uint64_t at,
                             void *buf, size_t len)
{
    uint8_t *bytes = buf;
    for (size_t run; len; at += run, bytes += run, len -= run) {
        uint64_t within = at % image->block_size;
        bool is_here;
        if (!measure_run(image, bitmap, within, len, &run, &is_here) ||
            !(is_here ? disk_read_file(image, data + within, bytes, run)
                      : disk_read_below(image, at, bytes, run)))
            return false;
    }
    return true;
}

/* Only differencing disks need the bitmap of a block. Sectors of others that it leaves out were
 * never written, and are zeros anyway; not all that makes such disks keeps it. */
static bool read_block(struct disk_image *image, uint64_t at, void *buf, size_t len)
{
    struct vhd *vhd = (struct vhd *)image;
    uint8_t entry[4];
    if (!disk_read_table(image, vhd->table + at / image->block_size * sizeof entry, entry,
                         sizeof entry))
        return false;
    if (get_be32(entry) == BLOCK_UNUSED)
        return disk_read_below(image, at, buf, len);
    uint64_t bits = image->block_size / SECTOR, bitmap = (uint64_t)get_be32(entry) * SECTOR;
    uint64_t data = bitmap + (bits + 8 * SECTOR - 1) / (8 * SECTOR) * SECTOR;
    if (vhd->type == VHD_DIFFERENCING)
        return read_differences(image, bitmap, data, at, buf, len);
    return disk_read_file(image, data + at % image->block_size, buf, len);
}

static bool open_vhd(struct access *access, const struct source *file, const char *what,
                     unsigned depth, struct source *disk);

static bool open_parent(struct vhd *vhd, const uint8_t header[HEADER_SIZE])
{
    struct disk_image *image = &vhd->image;
    struct arena *arena = image->access->arena;
    struct source *file = arena_alloc(arena, 1, sizeof *file);
    image->below = arena_alloc(arena, 1, sizeof *image->below);
    if (image->depth == DISK_DEPTH_MAX)
        return disk_fail(image, "has a parent, too: there are more than %d, or they go in a circle",
                         DISK_DEPTH_MAX);
    if (!vhd_find_parent(image, header, file))
        return false;
    return open_vhd(image->access, file, arena_printf(arena, "the parent disk %s", file->name),
                    image->depth + 1, image->below);
}

static bool open_dynamic(struct vhd *vhd, uint64_t at, struct source *disk)
{
    uint8_t header[HEADER_SIZE];
    if (!read_header(vhd, at, header) ||
        (vhd->type == VHD_DIFFERENCING && !open_parent(vhd, header)))
        return false;
    *disk = disk_source(&vhd->image, vhd->size);
    return true;
}

static bool open_vhd(struct access *access, const struct source *file, const char *what,
                     unsigned depth, struct source *disk)
{
    uint8_t footer[FOOTER_SIZE] = {0};
    struct vhd *vhd = arena_alloc(access->arena, 1, sizeof *vhd);
    vhd->image = (struct disk_image){
        .access = access, .file = file, .what = what, .depth = depth, .read = read_block};
    if (!read_footer(vhd, footer))
        return false;
    return vhd->type == VHD_FIXED ? open_fixed(vhd, disk)
                                  : open_dynamic(vhd, get_be64(footer + 16), disk);
}

bool disk_open_vhd(struct access *access, const struct source *file, struct source *disk)
{
    return open_vhd(access, file, "the VHD image", 0, disk);
}
