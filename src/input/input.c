/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "base/cleanup.h"
#include "base/text.h"

/* A hive's cells are addressed by 31 bits (registry file format, "Hive bin"); what is behind its
 * bins is small. A stream that goes on past this is no hive. */
#define STREAM_SIZE_MAX (UINT64_C(2) << 30)
#define HEAD_SIZE       512

#define STREAM ((off_t)-1) /* in place of an offset: where the stream is */

/* Reads until len bytes or the end. */
static ssize_t read_fully(int fd, off_t offset, void *buf, size_t len)
{
    size_t done = 0;
    while (done < len) {
        char *to = (char *)buf + done;
        ssize_t n = offset == STREAM ? read(fd, to, len - done)
                                     : pread(fd, to, len - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static ssize_t read_source(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    return read_fully(source->fd, (off_t)offset, buf, len);
}

/* What the first bytes say that a file is, for those that people confuse with a hive. */
static const char *name_content(const unsigned char *head, size_t len)
{
    static const struct {
        size_t offset, len;
        const char *magic, *name;
    } kinds[] = {
        {0, 4, "CREG", "a registry file of Windows 95/98/ME"},
        {0, 4, "HvLE", "a registry transaction log"},
        {0, 8, "REGEDIT4", "a .reg text"},
        {0, 16, "Windows Registry", "a .reg text"},
        {0, 10, "\xff\xfeW\0i\0n\0d\0", "a .reg text (UTF-16)"},
        {0, 8, "MSWIM\0\0\0", "a WIM image"},
        {0, 4, "QFI\xfb", "a qcow2 image"},
        {0, 3, "EVF", "an E01 (EWF) image"},
        {0, 4, "KDMV", "a VMDK image"},
        {0, 8, "vhdxfile", "a VHDX image"},
        {0, 8, "conectix", "a VHD image"},
        {3, 4, "NTFS", "an NTFS volume"},
        {3, 8, "-FVE-FS-", "a BitLocker volume"},
        {510, 2, "\x55\xaa", "a disk or volume image"},
        {0, 4, "PK\3\4", "a zip archive"},
        {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
        {0, 2, "\x1f\x8b", "gzip data"},
        {0, 6,
         "\xfd"
         "7zXZ\0",
         "xz data"},
        {0, 4, "\x28\xb5\x2f\xfd", "zstd data"},
        {0, 2, "MZ", "a Windows program"},
        {0, 4,
         "\x7f"
         "ELF",
         "an ELF program"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (len >= kinds[i].offset + kinds[i].len &&
            memcmp(head + kinds[i].offset, kinds[i].magic, kinds[i].len) == 0)
            return kinds[i].name;
    return NULL;
}

/* Whether the content starts like a hive; says what it is instead. */
static bool accept_head(struct diags *diags, const unsigned char *head, size_t len)
{
    static const char magic[] = {'r', 'e', 'g', 'f'};
    if (len == 0) {
        diag_add(diags, DIAG_FAILED, NULL, "is empty: nothing to audit");
        return false;
    }
    if (len >= sizeof magic && memcmp(head, magic, sizeof magic) == 0)
        return true;
    const char *kind = name_content(head, len);
    struct slice start = {.ptr = head, .len = len < sizeof magic ? len : sizeof magic};
    if (kind)
        diag_add(diags, DIAG_FAILED, NULL, "is not a registry hive: it looks like %s", kind);
    else
        diag_add(diags, DIAG_FAILED, NULL,
                 "is not a registry hive (its first bytes are %s, want 72 65 67 66, \"regf\")",
                 text_hex(diags->arena, start, " "));
    return false;
}

/* Copies a stream into memory, so that it can be read at any offset. Its head is in head. */
static bool spool_stream(struct diags *diags, int stream, const unsigned char *head, size_t len,
                         struct source *source)
{
    unsigned char chunk[1 << 16];
    source->fd = memfd_create("hiveaudit-input", MFD_CLOEXEC);
    if (source->fd < 0) {
        diag_add(diags, DIAG_FAILED, NULL, "cannot be read into memory: %s", strerror(errno));
        return false;
    }
    memcpy(chunk, head, len);
    for (ssize_t n = (ssize_t)len; n != 0; n = read_fully(stream, STREAM, chunk, sizeof chunk)) {
        if (n < 0 || write(source->fd, chunk, (size_t)n) != n) {
            diag_add(diags, DIAG_FAILED, NULL, "cannot be read: %s", strerror(errno));
            return false;
        }
        source->size += (uint64_t)n;
        if (source->size > STREAM_SIZE_MAX) {
            diag_add(diags, DIAG_FAILED, NULL, "is larger than any registry hive (2 GiB)");
            return false;
        }
    }
    return true;
}

static bool take_stream(struct diags *diags, int stream, struct source *source)
{
    unsigned char head[HEAD_SIZE];
    ssize_t len = read_fully(stream, STREAM, head, sizeof head);
    if (len < 0) {
        diag_add(diags, DIAG_FAILED, NULL, "cannot be read: %s", strerror(errno));
        return false;
    }
    return accept_head(diags, head, (size_t)len) &&
           spool_stream(diags, stream, head, (size_t)len, source);
}

/* The size of a plain file or block device, or false with errno set. */
static bool measure(int fd, const struct stat *st, uint64_t *size)
{
    *size = (uint64_t)st->st_size;
    return !S_ISBLK(st->st_mode) || ioctl(fd, BLKGETSIZE64, size) == 0;
}

static bool take_file(struct diags *diags, int fd, const struct stat *st, struct source *source)
{
    unsigned char head[HEAD_SIZE];
    source->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    ssize_t len = -1;
    if (source->fd >= 0 && measure(fd, st, &source->size))
        len = read_source(source, 0, head, sizeof head);
    if (len < 0) {
        diag_add(diags, DIAG_FAILED, NULL, "cannot be read: %s", strerror(errno));
        return false;
    }
    return accept_head(diags, head, (size_t)len);
}

/* O_NOATIME is refused for files of other owners. O_NOCTTY: a terminal must not become ours. */
static int open_read_only(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOATIME);
    return fd < 0 && errno == EPERM ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : fd;
}

bool input_open(struct arena *arena, struct diags *diags, const char *argument,
                struct source *source)
{
    bool is_stdin = strcmp(argument, "-") == 0;
    *source = (struct source){
        .name = is_stdin ? "(standard input)" : arena_strdup(arena, argument),
        .read_at = read_source,
        .fd = -1,
    };
    CLEANUP(fd)
    int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open_read_only(argument);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        diag_add(diags, DIAG_FAILED, NULL, "cannot be opened: %s", strerror(errno));
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        diag_add(diags, DIAG_FAILED, NULL, "is a folder: name the SOFTWARE hive in it");
        return false;
    }
    bool seekable = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
    bool taken = seekable ? take_file(diags, fd, &st, source) : take_stream(diags, fd, source);
    if (!taken)
        input_close(source);
    return taken;
}

void input_close(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}
