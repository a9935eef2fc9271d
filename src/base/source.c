/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/source.h"

#include <errno.h>
#include <unistd.h>

#define COPY_SIZE (64 * 1024)

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
        if (write(fd, chunk, len) != n)
            return false;
        offset += len;
    }
    return true;
}
