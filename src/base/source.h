/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_SOURCE_H
#define HIVEAUDIT_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct source;

/* Reads up to len bytes at offset. Returns how many (less than len only at the end of the source),
 * or -1 with errno set. */
typedef ssize_t read_at_fn(const struct source *source, uint64_t offset, void *buf, size_t len);

/* Bytes of evidence, wherever they lie: a plain file, a pipe that was read, a member of an image.
 */
struct source {
    const char *name; /* as reports name it */
    uint64_t size;    /* bytes */
    read_at_fn *read_at;
    int fd;        /* of sources that are a descriptor; -1 of others */
    void *context; /* of others, what read_at needs */
    bool is_own;   /* fd is a memfd, made for these bytes alone, that can be sealed */
};

/* Reads len bytes at offset, all of them. False with errno set; ENODATA where the source ends
 * before. */
bool source_read(const struct source *source, uint64_t offset, void *buf, size_t len);

/* How many of len bytes a source has from an offset on: none behind its end. */
size_t source_limit(const struct source *source, uint64_t offset, size_t len);

/* A source of size bytes at an offset of another, which outlives it; it ends where that ends. */
struct source source_part(struct arena *arena, const struct source *whole, const char *name,
                          uint64_t offset, uint64_t size);

/* Writes all bytes. False with errno set. */
bool write_fully(int fd, const void *bytes, size_t len);

/* Writes all of a source to an empty file or memfd. False with errno set; ENODATA
 * where the source ends before its size. */
bool source_copy(const struct source *source, int fd);

#endif
