/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/ntfs_volume.h"

#include <errno.h>
#include <string.h>

#include <ntfs-3g/device.h>
#include <ntfs-3g/logging.h>

#include "base/bytes.h"

/* Of the boot sector (NTFS documentation of the Linux-NTFS project, "$Boot"). */
#define BOOT_SIZE            512
#define BYTES_PER_SECTOR_AT  0x0b
#define NUMBER_OF_SECTORS_AT 0x28

#define FUNCTIONS(X)                                                                               \
    X(ntfs_device_alloc)                                                                           \
    X(ntfs_device_free)                                                                            \
    X(ntfs_device_mount)                                                                           \
    X(ntfs_log_handler_null)                                                                       \
    X(ntfs_log_set_handler)                                                                        \
    X(ntfs_umount)
LIBRARY_TABLE(lib, FUNCTIONS)

static int succeed(struct ntfs_device *device)
{
    (void)device;
    return 0;
}

static int open_device(struct ntfs_device *device, int flags)
{
    (void)device, (void)flags;
    return 0;
}

/* The library only seeks to see whether the last sector of the volume is there. It may be missing:
 * what lies behind the end of the source fails when it is read. */
static s64 seek(struct ntfs_device *device, s64 offset, int whence)
{
    (void)device, (void)whence;
    errno = EINVAL;
    return offset < 0 ? -1 : offset;
}

static s64 read_at(struct ntfs_device *device, void *buf, s64 count, s64 offset)
{
    struct ntfs *ntfs = device->d_private;
    errno = EIO;
    if (offset < 0 || count < 0 || ntfs->reads_left == 0)
        return -1;
    ntfs->reads_left--;
    if ((uint64_t)offset >= ntfs->source->size) {
        ntfs->is_beyond_end = true;
        return -1;
    }
    ssize_t n = ntfs->source->read_at(ntfs->source, (uint64_t)offset, buf, (size_t)count);
    if (n < 0)
        ntfs->error = errno;
    return n;
}

static s64 read_next(struct ntfs_device *device, void *buf, s64 count)
{
    (void)device, (void)buf, (void)count;
    errno = EOPNOTSUPP; /* the library reads at offsets */
    return -1;
}

static s64 refuse_write(struct ntfs_device *device, const void *buf, s64 count)
{
    (void)device, (void)buf, (void)count;
    errno = EROFS;
    return -1;
}

static s64 refuse_write_at(struct ntfs_device *device, const void *buf, s64 count, s64 offset)
{
    (void)offset;
    return refuse_write(device, buf, count);
}

static int refuse_stat(struct ntfs_device *device, struct stat *st)
{
    (void)device, (void)st;
    errno = EOPNOTSUPP;
    return -1;
}

static int refuse_ioctl(struct ntfs_device *device, unsigned long request, void *argument)
{
    (void)device, (void)request, (void)argument;
    errno = EOPNOTSUPP;
    return -1;
}

static const struct ntfs_device_operations read_only = {
    .open = open_device,
    .close = succeed,
    .seek = seek,
    .read = read_next,
    .write = refuse_write,
    .pread = read_at,
    .pwrite = refuse_write_at,
    .sync = succeed,
    .stat = refuse_stat,
    .ioctl = refuse_ioctl,
};

void ntfs_expect(struct ntfs *ntfs, uint64_t reads)
{
    ntfs->reads_left = reads;
    ntfs->is_beyond_end = false;
    ntfs->error = 0;
}

const char *ntfs_explain(const struct ntfs *ntfs, struct arena *arena)
{
    int error = ntfs->error ? ntfs->error : errno;
    uint64_t size = ntfs->source->size;
    if (!ntfs->is_beyond_end)
        return arena_strdup(arena, strerror(error ? error : EIO));
    if (ntfs->announced > size)
        return arena_printf(arena, "truncated: the volume ends before (got %ju bytes, want %ju)",
                            (uintmax_t)size, (uintmax_t)ntfs->announced);
    return "it lies outside the volume";
}

static void unmount(void *handle)
{
    lib.ntfs_umount(handle, TRUE);
}

/* The library owns the device as soon as it is mounted. */
static bool mount_volume(struct access *access, struct ntfs *ntfs)
{
    const ntfs_mount_flags flags = NTFS_MNT_RDONLY | NTFS_MNT_FORENSIC | NTFS_MNT_IGNORE_HIBERFILE;
    struct ntfs_device *device =
        lib.ntfs_device_alloc("", 1L << ND_ReadOnly, &ntfs->operations, ntfs);
    if (!device)
        end_out_of_memory();
    ntfs_expect(ntfs, UINT64_MAX);
    ntfs->volume = lib.ntfs_device_mount(device, flags);
    if (ntfs->volume) {
        arena_on_free(access->arena, unmount, ntfs->volume);
        return true;
    }
    bool is_invalid = (errno == EINVAL || errno == EIO) && !ntfs->error && !ntfs->is_beyond_end;
    const char *reason = ntfs_explain(ntfs, access->diags->arena);
    lib.ntfs_device_free(device);
    return access_fail(access, "the NTFS volume cannot be opened: %s",
                       is_invalid ? "its boot sector or its $MFT is damaged" : reason);
}

/* The bytes that a volume has by its boot sector; 0 where that is absurd. */
static uint64_t announced_size(const uint8_t *boot)
{
    uint64_t size;
    return __builtin_mul_overflow(get_u64(boot + NUMBER_OF_SECTORS_AT),
                                  (uint64_t)get_u16(boot + BYTES_PER_SECTOR_AT), &size)
               ? 0
               : size;
}

struct ntfs *ntfs_open(struct access *access, const struct source *source)
{
    uint8_t boot[BOOT_SIZE];
    if (!LIBRARY_BIND(access, LIBRARY_NTFS, lib))
        return NULL;
    if (!source_read(source, 0, boot, sizeof boot)) {
        access_fail(access, "the boot sector of the volume cannot be read: %s", strerror(errno));
        return NULL;
    }
    lib.ntfs_log_set_handler(lib.ntfs_log_handler_null);
    struct ntfs *ntfs = arena_alloc(access->arena, 1, sizeof *ntfs);
    *ntfs =
        (struct ntfs){.source = source, .operations = read_only, .announced = announced_size(boot)};
    if (!mount_volume(access, ntfs))
        return NULL;
    if (ntfs->announced > source->size)
        diag_add(access->diags, DIAG_INCOMPLETE, NULL,
                 "truncated: the end of the volume is missing (got %ju bytes, want %ju)",
                 (uintmax_t)source->size, (uintmax_t)ntfs->announced);
    return ntfs;
}
