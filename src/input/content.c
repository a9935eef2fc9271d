/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/content.h"

#include <stdint.h>
#include <string.h>

#include "input/content_text.h"

#define BINS_AT 4096 /* where the first hive bin is (registry file format, "Hive bin") */
#define FOOTER  512  /* bytes at the end of a VHD, and all that a fixed one has of its own */

/* Distances from the end are negative. The first row that fits decides: what Windows formats keeps
 * what stood behind its boot sector, that of a disc for example. */
struct magic {
    int64_t offset;
    size_t len;
    const char *bytes;
    enum content content;
    const char *name;
};

static const struct magic magics[] = {
    {0, 4, "regf", CONTENT_HIVE, "a registry hive"},
    {0, 3, "EVF", CONTENT_EWF, "an E01 (EWF) image"},
    {0, 4, "QFI\xfb", CONTENT_QCOW2, "a qcow2 image"},
    {0, 4, "KDMV", CONTENT_VMDK, "a VMDK image"},
    {0, 21, "# Disk DescriptorFile", CONTENT_VMDK, "a VMDK image"},
    {0, 8, "vhdxfile", CONTENT_VHDX, "a VHDX image"},
    {0, 8, "conectix", CONTENT_VHD, "a VHD image"},
    {64, 4, "\x7f\x10\xda\xbe", CONTENT_VDI, "a VDI image"},
    {0, 8, "MSWIM\0\0\0", CONTENT_WIM, "a WIM image"},
    {0, 8, "WLPWM\0\0\0", CONTENT_WIM, "a WIM image for pipes"},
    {0, 2, "\x1f\x8b", CONTENT_ARCHIVE, "gzip data"},
    {0, 6, "\xfd\x37zXZ\0", CONTENT_ARCHIVE, "xz data"},
    {0, 4, "\x28\xb5\x2f\xfd", CONTENT_ARCHIVE, "zstd data"},
    {0, 3, "BZh", CONTENT_ARCHIVE, "bzip2 data"},
    {0, 4, "PK\3\4", CONTENT_ARCHIVE, "a zip archive"},
    {0, 4, "PK\5\6", CONTENT_ARCHIVE, "an empty zip archive"},
    {0, 6, "7z\xbc\xaf\x27\x1c", CONTENT_ARCHIVE, "a 7z archive"},
    {257, 5, "ustar", CONTENT_ARCHIVE, "a tar archive"},
    {3, 8, "NTFS    ", CONTENT_DISK, "an NTFS volume"},
    {3, 8, "-FVE-FS-", CONTENT_DISK, "a BitLocker volume"},
    {0x8001, 5, "CD001", CONTENT_ISO, "an ISO image"},
    {0x8001, 5, "BEA01", CONTENT_ISO, "a UDF image"},
    {3, 8, "MSWIN4.1", CONTENT_DISK, "a BitLocker To Go volume"},
    {-FOOTER, 8, "conectix", CONTENT_VHD, "a VHD image"},
    {512, 8, "EFI PART", CONTENT_DISK, "a disk"},
    {4096, 8, "EFI PART", CONTENT_DISK, "a disk with sectors of 4096 bytes"},
    {510, 2, "\x55\xaa", CONTENT_DISK, "a disk"},
    {BINS_AT, 4, "hbin", CONTENT_HIVE, "a registry hive without its base block"},
    {0, 4, "CREG", CONTENT_OTHER, "a registry file of Windows 95/98/ME"},
    {0, 4, "HvLE", CONTENT_OTHER, "a registry transaction log"},
    {0, 4, "KWAJ", CONTENT_OTHER, "a compressed file (KWAJ)"},
    {0, 2, "MZ", CONTENT_OTHER, "a Windows program"},
    {0, 4, "\x7f\x45LF", CONTENT_OTHER, "an ELF program"},
};

#define MAGIC_MAX 32

static bool fits(const struct source *source, const struct magic *magic, bool *failed)
{
    uint8_t bytes[MAGIC_MAX];
    uint64_t offset =
        magic->offset < 0 ? source->size - (uint64_t)-magic->offset : (uint64_t)magic->offset;
    if (offset > source->size || source->size - offset < magic->len)
        return false;
    *failed = !source_read(source, offset, bytes, magic->len);
    return !*failed && memcmp(bytes, magic->bytes, magic->len) == 0;
}

/* A tar of before POSIX has no magic: the sum of its first header, its own field taken as blanks,
 * is written there in octal (tar(5), "Old-Style Archive Format"). */
static bool is_old_tar(const struct source *source)
{
    uint8_t header[512];
    unsigned sum = 0, wanted = 0;
    if (source->size < sizeof header || !source_read(source, 0, header, sizeof header))
        return false;
    for (size_t i = 0; i < sizeof header; i++)
        sum += i >= 148 && i < 156 ? ' ' : header[i];
    for (size_t i = 148; i < 156 && (header[i] == ' ' || (header[i] >= '0' && header[i] <= '7'));
         i++)
        wanted = header[i] == ' ' ? wanted : wanted * 8 + (unsigned)(header[i] - '0');
    return header[0] && sum == wanted;
}

/* The first lines decide, and comments may stand above them. */
static bool tell_text(const struct source *source, enum content *content, const char **name)
{
    uint8_t head[CONTENT_START_SIZE];
    size_t len = source_limit(source, 0, sizeof head);
    if (!source_read(source, 0, head, len))
        return false;
    *content = content_tell_text((struct slice){.ptr = head, .len = len});
    if (*content != CONTENT_UNKNOWN)
        *name = *content == CONTENT_INF ? "an INF text" : "a .reg text";
    return true;
}

bool content_tell(const struct source *source, enum content *content, const char **name)
{
    bool failed = false;
    *content = source->size ? CONTENT_UNKNOWN : CONTENT_EMPTY;
    *name = source->size ? NULL : "nothing";
    for (size_t i = 0; i < sizeof magics / sizeof *magics && source->size && !failed; i++)
        if (fits(source, &magics[i], &failed)) {
            *content = magics[i].content;
            *name = magics[i].name;
            break;
        }
    if (*content == CONTENT_UNKNOWN && is_old_tar(source)) {
        *content = CONTENT_ARCHIVE;
        *name = "a tar archive";
    }
    if (*content == CONTENT_UNKNOWN && !failed)
        failed = !tell_text(source, content, name);
    return !failed;
}

bool content_is_auditable(enum content content)
{
    return content != CONTENT_EMPTY && content != CONTENT_OTHER && content != CONTENT_UNKNOWN;
}

bool content_is_hive(const unsigned char *head, size_t len)
{
    return (len >= 4 && memcmp(head, "regf", 4) == 0) ||
           (len >= CONTENT_HEAD_SIZE && memcmp(head + BINS_AT, "hbin", 4) == 0);
}
