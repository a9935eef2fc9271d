/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of fields and the clauses are those of QEMU's docs/interop/qcow2.txt. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "input/content.h"
#include "input/disk.h"
#include "input/disk_cluster.h"
#include "input/disk_image.h"

#define HEADER_V2        72
#define HEADER_V3        104
#define HEADER_READ      112 /* with the compression type */
#define CLUSTER_BITS_MIN 9
#define CLUSTER_BITS_MAX 21
#define EXTENSIONS_MAX   64
#define BACKING_NAME_MAX 1023
#define BACKING_FORMAT   UINT32_C(0xe2792aca)
#define FORMAT_NAME_MAX  15

/* incompatible_features */
#define FEATURE_DIRTY       UINT64_C(1)
#define FEATURE_CORRUPT     UINT64_C(2)
#define FEATURE_DATA_FILE   UINT64_C(4)
#define FEATURE_COMPRESSION UINT64_C(8)
#define FEATURE_EXTENDED_L2 UINT64_C(16)

/* Entries of tables. Reserved bits are not judged: QEMU does not either. */
#define ENTRY_OFFSET     UINT64_C(0x00fffffffffffe00)
#define ENTRY_COMPRESSED (UINT64_C(1) << 62)
#define ENTRY_ZERO       UINT64_C(1)

struct qcow2 {
    struct disk_image image; /* first; its blocks are the clusters */
    uint32_t version;
    uint32_t cluster_bits;
    uint64_t size;
    uint64_t l1_table_offset;
    uint32_t l1_size; /* entries */
    uint64_t backing_file_offset;
    uint32_t backing_file_size;
    uint32_t crypt_method;
    uint64_t incompatible_features;
    uint32_t header_length;
    uint8_t compression_type;
    struct clusters clusters;
};

static bool read_header(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    uint8_t header[HEADER_READ] = {0};
    ssize_t n = image->file->read_at(image->file, 0, header, sizeof header);
    if (n < 0)
        return disk_fail(image, "cannot be read: %s", strerror(errno));
    if (n < HEADER_V2 || memcmp(header, "QFI\xfb", 4) != 0)
        return disk_fail(image, "has no qcow2 header");
    qcow2->version = get_be32(header + 4);
    qcow2->backing_file_offset = get_be64(header + 8);
    qcow2->backing_file_size = get_be32(header + 16);
    qcow2->cluster_bits = get_be32(header + 20);
    qcow2->size = get_be64(header + 24);
    qcow2->crypt_method = get_be32(header + 32);
    qcow2->l1_size = get_be32(header + 36);
    qcow2->l1_table_offset = get_be64(header + 40);
    qcow2->header_length = HEADER_V2;
    if (qcow2->version != 3)
        return true;
    qcow2->incompatible_features = get_be64(header + 72);
    qcow2->header_length = get_be32(header + 100);
    if (qcow2->header_length > HEADER_V3)
        qcow2->compression_type = header[104];
    return n >= HEADER_V3 || disk_fail(image, "is cut short in its header");
}

static bool check_header(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    if (qcow2->version != 2 && qcow2->version != 3)
        return disk_fail(image, "has an unknown version (got %" PRIu32 ", want 2 or 3)",
                         qcow2->version);
    if (qcow2->cluster_bits < CLUSTER_BITS_MIN || qcow2->cluster_bits > CLUSTER_BITS_MAX)
        return disk_fail(image, "has clusters of a bad size (got %" PRIu32 " bits, want %d to %d)",
                         qcow2->cluster_bits, CLUSTER_BITS_MIN, CLUSTER_BITS_MAX);
    if (qcow2->version == 3 && (qcow2->header_length < HEADER_V3 ||
                                qcow2->header_length > UINT64_C(1) << qcow2->cluster_bits))
        return disk_fail(image, "has a header of a bad length (got %" PRIu32 ", want %d or more)",
                         qcow2->header_length, HEADER_V3);
    if (qcow2->size > INT64_MAX)
        return disk_fail(image, "has a disk of a bad size (got %" PRIu64 ")", qcow2->size);
    return true;
}

static bool check_features(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    uint64_t features = qcow2->incompatible_features;
    uint64_t known = FEATURE_DIRTY | FEATURE_CORRUPT | FEATURE_COMPRESSION;
    if (qcow2->crypt_method)
        return disk_fail(image, "is encrypted (method %" PRIu32 "), which is not supported",
                         qcow2->crypt_method);
    if (features & FEATURE_DATA_FILE)
        return disk_fail(image, "keeps its data in another file, which is not supported");
    if (features & FEATURE_EXTENDED_L2)
        return disk_fail(image, "has subclusters (extended L2 entries), which are not supported");
    if (features & ~known)
        return disk_fail(image, "has incompatible features that are not known (0x%" PRIx64 ")",
                         features & ~known);
    if (qcow2->compression_type > 1 ||
        !qcow2->compression_type != !(features & FEATURE_COMPRESSION))
        return disk_fail(image, "has an unknown compression (type %u)", qcow2->compression_type);
    if (features & FEATURE_DIRTY)
        disk_say(image, DIAG_NOTE, "was not closed by the machine that used it (its dirty bit)");
    if (features & FEATURE_CORRUPT)
        disk_say(image, DIAG_INCOMPLETE, "is marked as corrupt: what it holds may be wrong");
    return true;
}

/* The L1 table is never read whole: what counts is that it is there and reaches to the end. */
static bool check_l1(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    unsigned bits = 2 * qcow2->cluster_bits - 3; /* of the disk, for one entry */
    uint64_t entries = (qcow2->size >> bits) + ((qcow2->size & ((UINT64_C(1) << bits) - 1)) != 0);
    if (qcow2->l1_size < entries)
        return disk_fail(
            image, "has an L1 table that is too short (got %" PRIu32 ", want %" PRIu64 " entries)",
            qcow2->l1_size, entries);
    if (qcow2->l1_table_offset & (image->block_size - 1))
        return disk_fail(image, "has an L1 table at a bad offset (%" PRIu64 ")",
                         qcow2->l1_table_offset);
    if (qcow2->l1_table_offset > image->file->size ||
        entries > (image->file->size - qcow2->l1_table_offset) / 8)
        return disk_fail(
            image, "is cut short: its L1 table is not in it (at %" PRIu64 " of %" PRIu64 " bytes)",
            qcow2->l1_table_offset, image->file->size);
    return true;
}

/* The entry of an L2 table for a cluster of the disk; 0 where there is no table. */
static bool find_entry(struct qcow2 *qcow2, uint64_t cluster, uint64_t *entry)
{
    struct disk_image *image = &qcow2->image;
    unsigned l2_bits = qcow2->cluster_bits - 3;
    uint8_t bytes[8];
    uint64_t l1_at = qcow2->l1_table_offset + (cluster >> l2_bits) * 8;
    if (!disk_read_table(image, l1_at, bytes, sizeof bytes))
        return false;
    uint64_t table = get_be64(bytes) & ENTRY_OFFSET;
    *entry = 0;
    if (!table)
        return true;
    if (table & (image->block_size - 1))
        return disk_complain(image, EIO, "is damaged: an L2 table at a bad offset (%" PRIu64 ")",
                             table);
    uint64_t index = cluster & ((UINT64_C(1) << l2_bits) - 1);
    if (!disk_read_table(image, table + index * 8, bytes, sizeof bytes))
        return false;
    *entry = get_be64(bytes);
    return true;
}

/* "Compressed Clusters Descriptor". The last sector may lie behind the end of the file. */
static const uint8_t *read_compressed(struct qcow2 *qcow2, uint64_t cluster, uint64_t entry)
{
    struct disk_image *image = &qcow2->image;
    unsigned bits = 62 - (qcow2->cluster_bits - 8);
    uint64_t offset = entry & ((UINT64_C(1) << bits) - 1);
    uint64_t sectors = ((entry & (ENTRY_COMPRESSED - 1)) >> bits) + 1;
    size_t len = (size_t)(sectors * 512 - offset % 512);
    uint64_t left = offset < image->file->size ? image->file->size - offset : 0;
    bool is_last = left && left < len;
    if (is_last)
        len = (size_t)left;
    if (!disk_read_file(image, offset, clusters_room(&qcow2->clusters, len), len))
        return NULL;
    const uint8_t *bytes = clusters_unpack(&qcow2->clusters, cluster, len);
    if (!bytes)
        disk_complain(image, EIO, "is %s: the compressed cluster at %" PRIu64,
                      is_last ? "cut short or damaged" : "damaged", offset);
    return bytes;
}

static bool copy_compressed(struct qcow2 *qcow2, uint64_t at, uint64_t entry, void *buf, size_t len)
{
    uint64_t cluster = at >> qcow2->cluster_bits;
    const uint8_t *bytes = clusters_find(&qcow2->clusters, cluster);
    if (!bytes)
        bytes = read_compressed(qcow2, cluster, entry);
    if (!bytes)
        return false;
    memcpy(buf, bytes + (at & (qcow2->image.block_size - 1)), len);
    return true;
}

static bool read_cluster(struct disk_image *image, uint64_t at, void *buf, size_t len)
{
    struct qcow2 *qcow2 = (struct qcow2 *)image;
    uint64_t entry, within = at & (image->block_size - 1);
    if (!find_entry(qcow2, at >> qcow2->cluster_bits, &entry))
        return false;
    if (entry & ENTRY_COMPRESSED)
        return copy_compressed(qcow2, at, entry, buf, len);
    uint64_t host = entry & ENTRY_OFFSET;
    if (host & (image->block_size - 1))
        return disk_complain(image, EIO, "is damaged: a cluster at a bad offset (%" PRIu64 ")",
                             host);
    if (entry & ENTRY_ZERO && qcow2->version < 3)
        return disk_complain(image, EIO, "is damaged: a cluster of zeros in version 2");
    if (entry & ENTRY_ZERO) {
        memset(buf, 0, len);
        return true;
    }
    if (!host)
        return disk_read_below(image, at, buf, len);
    return disk_read_file(image, host + within, buf, len);
}

static bool open_qcow2(struct access *access, const struct source *file, const char *what,
                       unsigned depth, struct source *disk);

/* Finds the header extension that names the backing file's format: *len is 0 where there is none.
 * The extensions end with one of type 0, or where the backing file's name begins. */
static bool find_format(const struct qcow2 *qcow2, uint64_t *at, uint32_t *len)
{
    const struct source *file = qcow2->image.file;
    uint64_t end = qcow2->backing_file_offset;
    *at = qcow2->header_length;
    *len = 0;
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        uint8_t extension[8];
        if (*at + sizeof extension > end)
            return true;
        if (!source_read(file, *at, extension, sizeof extension))
            return false;
        *at += sizeof extension;
        uint32_t type = get_be32(extension), size = get_be32(extension + 4);
        if (!type)
            return true;
        if (size > end - *at)
            return false;
        *len = type == BACKING_FORMAT ? size : 0;
        if (type == BACKING_FORMAT)
            return size <= FORMAT_NAME_MAX;
        *at += ((uint64_t)size + 7) / 8 * 8;
    }
    return false;
}

/* "" where none is told. */
static bool read_format(struct qcow2 *qcow2, char format[FORMAT_NAME_MAX + 1])
{
    uint64_t at;
    uint32_t len;
    memset(format, 0, FORMAT_NAME_MAX + 1);
    return (find_format(qcow2, &at, &len) &&
            (!len || source_read(qcow2->image.file, at, format, len))) ||
           disk_fail(&qcow2->image, "has a damaged header (its extensions)");
}

/* NULL after disk_fail. */
static char *read_backing_name(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    struct arena *arena = image->access->arena;
    uint32_t len = qcow2->backing_file_size;
    char *name = arena_alloc(arena, BACKING_NAME_MAX + 1, 1);
    if (len > BACKING_NAME_MAX || !len ||
        !source_read(image->file, qcow2->backing_file_offset, name, len) || strlen(name) != len) {
        disk_fail(image, "has a backing file whose name is damaged");
        return NULL;
    }
    const char *shown = text_from_utf8(arena, name, len);
    size_t plain = strcspn(name, ":/");
    if (name[plain] == ':') {
        disk_fail(image, "has a backing file that is no file beside it: %s", shown);
        return NULL;
    }
    if (name[plain] == '/') {
        disk_fail(image, "has a backing file in another folder, which is not followed: %s", shown);
        return NULL;
    }
    return name;
}

/* Without a format it is told by its first bytes, as QEMU does: but what is neither is not taken
 * for raw. */
static bool open_backing_disk(struct qcow2 *qcow2, const struct source *file, const char *format)
{
    struct disk_image *image = &qcow2->image;
    struct access *access = image->access;
    enum content content = CONTENT_UNKNOWN;
    const char *kind = NULL;
    const char *what = arena_printf(access->arena, "the backing file %s", file->name);
    struct source *below = arena_alloc(access->arena, 1, sizeof *below);
    image->below = below;
    if (!*format && !content_tell(file, &content, &kind))
        return disk_fail(image, "has a backing file that cannot be read, %s: %s", file->name,
                         strerror(errno));
    if (strcmp(format, "qcow2") == 0 || content == CONTENT_QCOW2)
        return open_qcow2(access, file, what, image->depth + 1, below);
    bool is_other = content == CONTENT_EWF || content == CONTENT_VMDK || content == CONTENT_VHD ||
                    content == CONTENT_VHDX || content == CONTENT_VDI;
    if (is_other || (*format && strcmp(format, "raw") != 0))
        return disk_fail(image, "has a backing file %s, which is %s (want raw or qcow2)",
                         file->name,
                         is_other ? kind : text_from_utf8(access->arena, format, strlen(format)));
    *below = *file;
    below->name = what;
    return true;
}

static bool open_backing(struct qcow2 *qcow2)
{
    struct disk_image *image = &qcow2->image;
    struct arena *arena = image->access->arena;
    char format[FORMAT_NAME_MAX + 1];
    if (!qcow2->backing_file_offset)
        return true;
    if (!read_format(qcow2, format))
        return false;
    const char *name = read_backing_name(qcow2);
    if (!name)
        return false;
    const char *shown = text_from_utf8(arena, name, strlen(name));
    if (image->depth == DISK_DEPTH_MAX)
        return disk_fail(image,
                         "is over another backing file, %s: there are more than %d, or they "
                         "go in a circle",
                         shown, DISK_DEPTH_MAX);
    struct source *file = arena_alloc(arena, 1, sizeof *file);
    if (!access_open_beside(image->access, name, file))
        return disk_fail(image, "has a backing file that cannot be opened, %s: %s", shown,
                         disk_open_error());
    file->name = shown;
    return open_backing_disk(qcow2, file, format);
}

static bool open_qcow2(struct access *access, const struct source *file, const char *what,
                       unsigned depth, struct source *disk)
{
    struct qcow2 *qcow2 = arena_alloc(access->arena, 1, sizeof *qcow2);
    qcow2->image = (struct disk_image){
        .access = access, .file = file, .what = what, .depth = depth, .read = read_cluster};
    if (!read_header(qcow2) || !check_header(qcow2))
        return false;
    size_t cluster_size = (size_t)1 << qcow2->cluster_bits;
    qcow2->image.block_size = cluster_size;
    if (!check_features(qcow2) || !check_l1(qcow2) ||
        !clusters_start(&qcow2->clusters, access, cluster_size, qcow2->compression_type == 1) ||
        !open_backing(qcow2))
        return false;
    *disk = disk_source(&qcow2->image, qcow2->size);
    return true;
}

bool disk_open_qcow2(struct access *access, const struct source *file, struct source *disk)
{
    return open_qcow2(access, file, "the qcow2 image", 0, disk);
}
