/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

const char *file_read_stream(struct arena *arena, FILE *stream, size_t max, struct slice *bytes)
{
    CLEANUP(free) uint8_t *buffer = malloc(max + 1); /* what is not filled costs nothing */
    if (!buffer)
        end_out_of_memory();
    size_t len = fread(buffer, 1, max + 1, stream);
    if (ferror(stream))
        return arena_printf(arena, "cannot be read: %s", strerror(errno));
    if (len > max)
        return arena_printf(arena, "is too large (want %zu bytes at most)", max);
    uint8_t *kept = realloc(buffer, len + 1); /* a copy would take as much again */
    if (!kept)
        end_out_of_memory();
    buffer = NULL;
    kept[len] = '\0';
    arena_on_free(arena, free, kept);
    *bytes = (struct slice){kept, len};
    return NULL;
}

const char *file_read(struct arena *arena, const char *path, size_t max, struct slice *bytes)
{
    CLEANUP(file) FILE *file = fopen(path, "rbe");
    if (!file)
        return arena_printf(arena, "cannot be read: %s", strerror(errno));
    return file_read_stream(arena, file, max, bytes);
}
