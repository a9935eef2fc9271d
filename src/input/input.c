/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "base/cleanup.h"
#include "base/text.h"

/* A hive's cells are addressed by 31 bits (registry file format, "Hive bin"); what is behind its
 * bins is small. A stream that goes on past this is no hive. */
#define STREAM_SIZE_MAX (UINT64_C(2) << 30)

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
    if (offset > INT64_MAX)
        return 0; /* no file is that long; a negative offset is no place of one */
    return read_fully(source->fd, (off_t)offset, buf, len);
}

static bool fail(struct diags *diags, const char *what)
{
    diag_add(diags, DIAG_FAILED, NULL, "%s: %s", what, strerror(errno));
    return false;
}

/* Says why content is refused, and whether it is. */
static bool accept_content(struct diags *diags, const struct source *source, enum content content,
                           const char *kind)
{
    uint8_t start[4];
    if (content == CONTENT_EMPTY)
        diag_add(diags, DIAG_FAILED, NULL, "is empty: nothing to audit");
    else if (content == CONTENT_OTHER)
        diag_add(diags, DIAG_FAILED, NULL, "is not a registry hive: it looks like %s", kind);
    else if (content == CONTENT_UNKNOWN) {
        struct slice bytes = {.ptr = start, .len = source->size < 4 ? source->size : 4};
        if (!source_read(source, 0, start, bytes.len))
            return fail(diags, "cannot be read");
        diag_add(diags, DIAG_FAILED, NULL,
                 "is not a registry hive, nor an image, archive, INF or .reg that is known here "
                 "(its first bytes are %s, a hive's are 72 65 67 66, \"regf\")",
                 text_hex(diags->arena, bytes, " "));
    }
    return content_is_auditable(content);
}

static bool tell_content(const struct input *input, struct diags *diags, enum content *content,
                         const char **kind)
{
    struct source source = input_source(input);
    *content = CONTENT_HIVE;
    if (!content_tell(&source, content, kind))
        return fail(diags, "cannot be read");
    return accept_content(diags, &source, *content, *kind);
}

/* Copies the rest of a stream behind its head. */
static bool spool_rest(const struct input *stream, struct diags *diags, struct input *memory)
{
    unsigned char chunk[1 << 16];
    ssize_t n;
    while ((n = read_fully(stream->fd, STREAM, chunk, sizeof chunk)) != 0) {
        if (n < 0)
            return fail(diags, "cannot be read");
        memory->size += (uint64_t)n;
        if (memory->size > STREAM_SIZE_MAX) {
            diag_add(diags, DIAG_FAILED, NULL, "is larger than a pipe may bring here (2 GiB)");
            return false;
        }
        if (!write_fully(memory->fd, chunk, (size_t)n))
            return fail(diags, "cannot be read into memory");
    }
    return true;
}

/* The head alone has to show that the rest is worth reading: a pipe may have no end. */
static bool spool_stream(struct input *stream, struct diags *diags, struct input *memory,
                         enum content *content, const char **kind)
{
    unsigned char head[CONTENT_START_SIZE];
    *content = CONTENT_HIVE;
    /* A named pipe that nobody has opened yet would seem to be at its end. */
    poll(&(struct pollfd){.fd = stream->fd, .events = POLLIN}, 1, -1);
    ssize_t len = read_fully(stream->fd, STREAM, head, sizeof head);
    if (len < 0)
        return fail(diags, "cannot be read");
    if (!write_fully(memory->fd, head, (size_t)len))
        return fail(diags, "cannot be read into memory");
    memory->size = (uint64_t)len;
    return tell_content(memory, diags, content, kind) && spool_rest(stream, diags, memory);
}

bool input_read(struct input *input, int memory, struct diags *diags, enum content *content,
                const char **kind)
{
    if (!input->is_stream)
        return tell_content(input, diags, content, kind);
    struct input spooled = {.name = input->name, .fd = memory};
    off_t there = lseek(memory, 0, SEEK_END);
    bool read = true;
    spooled.size = there > 0 ? (uint64_t)there : 0;
    if (!spooled.size)
        read = spool_stream(input, diags, &spooled, content, kind);
    *input = spooled;
    return read && tell_content(input, diags, content, kind);
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
    input->stored = (uint64_t)st->st_blocks * 512;
    return !S_ISBLK(st->st_mode) || ioctl(input->fd, BLKGETSIZE64, &input->size) == 0;
}

/* O_NOATIME is refused for files of other owners. */
int input_open_at(int folder, const char *name, int flags)
{
    int fd = openat(folder, name, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? openat(folder, name, flags) : fd;
}

/* O_NOCTTY: a terminal must not become ours.
 * O_NONBLOCK: a pipe without a writer is waited for where that has a deadline, in the worker. */
int input_open_file(const char *path)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = input_open_at(AT_FDCWD, path, flags);
    if (fd < 0 && errno == EWOULDBLOCK) /* a lease that its holder gives up when asked to wait */
        fd = open(path, flags & ~O_NONBLOCK);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

bool input_open(struct arena *arena, struct diags *diags, const char *argument, struct input *input)
{
    bool is_stdin = strcmp(argument, "-") == 0;
    const char *path = arena_strdup(arena, argument);
    *input = (struct input){
        .name = is_stdin ? "(standard input)" : path,
        .path = path,
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
