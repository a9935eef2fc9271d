/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COPY_SIZE (64 * 1024)

bool write_fully(int fd, const void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const uint8_t *)bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Zeros are left out: they take no memory, however many of them a sparse file or a log makes. */
static bool copy_chunk(int fd, const uint8_t *chunk, size_t len)
{
    return is_zero(chunk, len) ? lseek(fd, (off_t)len, SEEK_CUR) >= 0 : write_fully(fd, chunk, len);
}

/* Through a small buffer, which stays in the processor's cache: half the time of a mapping, whose
 * pages the kernel hands over one fault at a time. */
bool source_copy(const struct source *source, int fd)
{
    uint8_t chunk[COPY_SIZE];
    for (uint64_t offset = 0; offset < source->size;) {
        uint64_t left = source->size - offset;
        size_t len = left < sizeof chunk ? (size_t)left : sizeof chunk;
        ssize_t n = source->read_at(source, offset, chunk, len);
        if (n < 0)
            return false;
        if ((size_t)n < len) {
            errno = ENODATA; /* it became shorter meanwhile */
            return false;
        }
        if (!copy_chunk(fd, chunk, len))
            return false;
        offset += len;
    }
    return ftruncate(fd, (off_t)source->size) == 0;
}

bool source_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    ssize_t n = source->read_at(source, offset, buf, len);
    if (n < 0)
        return false;
    errno = ENODATA;
    return (size_t)n == len;
}

size_t source_limit(const struct source *source, uint64_t offset, size_t len)
{
    uint64_t left = offset < source->size ? source->size - offset : 0;
    return len < left ? len : (size_t)left;
}

struct part {
    const struct source *whole;
    uint64_t offset;
};

static ssize_t read_part(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct part *part = source->context;
    len = source_limit(source, offset, len);
    return len ? part->whole->read_at(part->whole, part->offset + offset, buf, len) : 0;
}

struct source source_part(struct arena *arena, const struct source *whole, const char *name,
                          uint64_t offset, uint64_t size)
{
    struct part *part = arena_alloc(arena, 1, sizeof *part);
    *part = (struct part){.whole = whole, .offset = offset};
    uint64_t left = offset < whole->size ? whole->size - offset : 0;
    return (struct source){.name = name,
                           .size = size < left ? size : left,
                           .read_at = read_part,
                           .fd = -1,
                           .context = part};
}
