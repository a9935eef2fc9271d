/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/input.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#define BINS_AT         4096 /* where the first hive bin is ("Hive bin") */
static_assert(INPUT_HEAD_SIZE == BINS_AT + 4, "the head shows the first hive bin");

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
    if (source->fd < 0) {
        errno = -source->fd; /* why it could not be opened */
        return -1;
    }
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

bool input_is_hive(const unsigned char *head, size_t len)
{
    return (len >= 4 && memcmp(head, "regf", 4) == 0) ||
           (len >= INPUT_HEAD_SIZE && memcmp(head + BINS_AT, "hbin", 4) == 0);
}

/* Whether the content starts like a hive; says what it is instead. */
static bool accept_head(struct diags *diags, const unsigned char *head, size_t len)
{
    if (input_is_hive(head, len))
        return true;
    if (len == 0) {
        diag_add(diags, DIAG_FAILED, NULL, "is empty: nothing to audit");
        return false;
    }
    const char *kind = name_content(head, len);
    struct slice start = {.ptr = head, .len = len < 4 ? len : 4};
    if (kind)
        diag_add(diags, DIAG_FAILED, NULL, "is not a registry hive: it looks like %s", kind);
    else
        diag_add(diags, DIAG_FAILED, NULL,
                 "is not a registry hive (its first bytes are %s, want 72 65 67 66, \"regf\")",
                 text_hex(diags->arena, start, " "));
    return false;
}

static bool fail(struct diags *diags, const char *what)
{
    diag_add(diags, DIAG_FAILED, NULL, "%s: %s", what, strerror(errno));
    return false;
}

/* Copies a stream into memory, so that it can be read at any offset. Its head is in head. */
static bool spool_stream(struct input *input, struct diags *diags, const unsigned char *head,
                         size_t len, int memory)
{
    unsigned char chunk[1 << 16];
    memcpy(chunk, head, len);
    for (ssize_t n = (ssize_t)len; n != 0; n = read_fully(input->fd, STREAM, chunk, sizeof chunk)) {
        if (n < 0)
            return fail(diags, "cannot be read");
        input->size += (uint64_t)n;
        if (input->size > STREAM_SIZE_MAX) {
            diag_add(diags, DIAG_FAILED, NULL, "is larger than any registry hive (2 GiB)");
            return false;
        }
        if (!write_fully(memory, chunk, (size_t)n))
            return fail(diags, "cannot be read into memory");
    }
    return true;
}

/* The stream gives its place to the memory. */
static bool take_stream(struct input *input, struct diags *diags, const unsigned char *head,
                        size_t len)
{
    CLEANUP(fd) int memory = memfd_create("hiveaudit-input", MFD_CLOEXEC);
    if (memory < 0)
        return fail(diags, "cannot be read into memory");
    if (!spool_stream(input, diags, head, len, memory))
        return false;
    int stream = input->fd;
    input->fd = memory;
    memory = stream;
    input->is_stream = false;
    return true;
}

bool input_read(struct input *input, struct diags *diags, bool *is_hive)
{
    unsigned char head[INPUT_HEAD_SIZE];
    if (input->is_stream) /* a named pipe that nobody has opened yet would seem to be at its end */
        poll(&(struct pollfd){.fd = input->fd, .events = POLLIN}, 1, -1);
    ssize_t len = read_fully(input->fd, input->is_stream ? STREAM : 0, head, sizeof head);
    *is_hive = true;
    if (len < 0)
        return fail(diags, "cannot be read");
    *is_hive = accept_head(diags, head, (size_t)len);
    if (!*is_hive || !input->is_stream)
        return *is_hive;
    return take_stream(input, diags, head, (size_t)len);
}

struct source input_source(const struct input *input)
{
    return (struct source){
        .name = input->name, .size = input->size, .read_at = read_source, .fd = input->fd};
}

/* The size of a plain file or block device. */
static bool measure(struct input *input, const struct stat *st)
{
    input->is_stream = !S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode);
    input->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
    return !S_ISBLK(st->st_mode) || ioctl(input->fd, BLKGETSIZE64, &input->size) == 0;
}

/* O_NOATIME is refused for files of other owners. O_NOCTTY: a terminal must not become ours.
 * O_NONBLOCK: a pipe without a writer is waited for where that has a deadline, in the worker. */
int input_open_file(const char *path)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = open(path, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = open(path, flags);
    if (fd < 0 && errno == EWOULDBLOCK) /* a lease that its holder gives up when asked to wait */
        fd = open(path, flags & ~O_NONBLOCK);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

bool input_open(struct arena *arena, struct diags *diags, const char *argument, struct input *input)
{
    bool is_stdin = strcmp(argument, "-") == 0;
    *input = (struct input){
        .name = is_stdin ? "(standard input)" : arena_strdup(arena, argument),
        .fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : input_open_file(argument),
    };
    struct stat st;
    if (input->fd >= 0 && fstat(input->fd, &st) == 0 && measure(input, &st))
        return true;
    int error = errno;
    fail(diags, "cannot be opened");
    input_close(input);
    input->fd = -error;
    return false;
}

bool input_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM;
}

void input_close(struct input *input)
{
    if (input->fd >= 0)
        close(input->fd);
    input->fd = -1;
}
