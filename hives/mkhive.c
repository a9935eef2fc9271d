/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "hive/base_block.h"
#include "hive/hive_write.h"
#include "hive/image.h"
#include "hive/reg_text.h"

#define USAGE "usage: mkhive [--dirty] OUT.hive IN.reg [IN.reg...]\n"

static bool fail(const char *path)
{
    fprintf(stderr, "mkhive: %s: %s\n", path, strerror(errno));
    return false;
}

static bool read_file(struct arena *arena, const char *path, struct slice *bytes)
{
    CLEANUP(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0)
        return fail(path);
    size_t size = (size_t)status.st_size, len = 0;
    uint8_t *buffer = arena_alloc(arena, size, 1);
    for (ssize_t n = 1; n > 0 && len < size; len += (size_t)n) {
        n = read(fd, buffer + len, size - len);
        if (n < 0)
            return fail(path);
    }
    *bytes = (struct slice){.ptr = buffer, .len = len};
    return true;
}

/* Prints every problem; false if there is one. */
static bool read_text(struct arena *arena, const char *path, struct reg_text *text)
{
    struct slice bytes;
    if (!read_file(arena, path, &bytes))
        return false;
    *text = reg_text_parse(arena, bytes);
    for (size_t i = 0; i < text->nproblems; i++)
        fprintf(stderr, "%s:%u:%u: %s\n", path, text->problems[i].line, text->problems[i].column,
                text->problems[i].message);
    return text->nproblems == 0;
}

/* Leaves the hive as a write that did not finish does: its first sequence number is one ahead. */
static void make_dirty(uint8_t *hive)
{
    put_u32(hive + BASE_AT_PRIMARY_SEQUENCE, get_u32(hive + BASE_AT_SECONDARY_SEQUENCE) + 1);
    base_block_put_checksum(hive);
}

static bool write_file(struct arena *arena, const char *path, struct slice bytes)
{
    const char *temporary = arena_printf(arena, "%s.tmp", path);
    FILE *file = fopen(temporary, "wb");
    if (!file)
        return fail(temporary);
    bool written = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    written = fclose(file) == 0 && written;
    if (written && rename(temporary, path) == 0)
        return true;
    fail(path);
    unlink(temporary);
    return false;
}

static bool write_hive(struct arena *arena, const char *path, const struct hive_image *image,
                       bool dirty)
{
    uint8_t *hive = arena_alloc(arena, image->size, 1);
    ssize_t n = pread(image->fd, hive, image->size, 0);
    if (n < 0 || (size_t)n != image->size)
        return fail(path);
    if (dirty)
        make_dirty(hive);
    return write_file(arena, path, (struct slice){.ptr = hive, .len = image->size});
}

int main(int argc, char **argv)
{
    bool dirty = argc > 1 && strcmp(argv[1], "--dirty") == 0;
    char **files = argv + 1 + dirty;
    int count = argc - 1 - dirty;
    if (count < 2 || files[0][0] == '-') {
        fputs(USAGE, stderr);
        return 2;
    }
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t ntexts = (size_t)count - 1;
    struct reg_text *texts = arena_alloc(arena, ntexts, sizeof *texts);
    bool sound = true;
    for (size_t i = 0; i < ntexts; i++)
        sound = read_text(arena, files[i + 1], &texts[i]) && sound;
    if (!sound)
        return 1;
    const char *fault;
    struct hive_image image = hive_build(arena, texts, ntexts, &fault);
    if (image.fd < 0)
        fprintf(stderr, "mkhive: %s: %s\n", files[0], fault);
    sound = image.fd >= 0 && write_hive(arena, files[0], &image, dirty);
    hive_image_close(&image);
    return sound ? 0 : 1;
}
