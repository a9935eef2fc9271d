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
#include "hive/marvin.h"
#include "hive/reg_text.h"

#define USAGE                                                                                      \
    "usage: mkhive [--dirty] OUT.hive IN.reg [IN.reg...]\n"                                        \
    "       mkhive --log OUT.LOG1 CHANGES.reg OUT.hive IN.reg [IN.reg...]\n"                       \
    "--dirty leaves the hive as a write that did not finish does; --log as well, with\n"           \
    "the changes in a transaction log.\n"

/* What is to be made. */
struct plan {
    bool dirty;
    const char *log;     /* NULL: none */
    const char *changes; /* what the log holds, behind all texts */
    const char *hive;
    char **texts;
    size_t ntexts;
};

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

static bool read_image(struct arena *arena, const struct hive_image *image, struct slice *bytes)
{
    uint8_t *hive = arena_alloc(arena, image->size, 1);
    *bytes = (struct slice){.ptr = hive, .len = image->size};
    ssize_t n = pread(image->fd, hive, image->size, 0);
    return n >= 0 && (size_t)n == image->size;
}

/* The hive of the first texts, in memory. */
static bool build(struct arena *arena, const struct reg_text *texts, size_t ntexts,
                  struct slice *hive)
{
    const char *fault;
    struct hive_image image = hive_build(arena, texts, ntexts, &fault);
    if (image.fd < 0)
        fprintf(stderr, "mkhive: %s\n", fault);
    bool built = image.fd >= 0 && (read_image(arena, &image, hive) || fail("memory"));
    hive_image_close(&image);
    return built;
}

/* A log of the new format ("Format of transaction log files"): a base block of type 6, then one
 * entry, whose only dirty page is all that the hive becomes. Its number is the dirty hive's. */
enum {
    LOG_TYPE = 6,
    ENTRY = BASE_BLOCK_CHECKED,
    ENTRY_PAGE = ENTRY + 48,
    ENTRY_ALIGNMENT = 512,
};
#define HASH_SEED UINT64_C(0x82ef4d887a4e55c5)

static struct slice make_log(struct arena *arena, struct slice hive, struct slice becomes)
{
    uint32_t bins_size = (uint32_t)becomes.len - BASE_BLOCK_SIZE;
    uint32_t sequence = get_u32(hive.ptr + BASE_AT_PRIMARY_SEQUENCE);
    size_t size = (48 + bins_size + ENTRY_ALIGNMENT - 1) / ENTRY_ALIGNMENT * ENTRY_ALIGNMENT;
    uint8_t *log = arena_alloc(arena, ENTRY + size, 1);
    memcpy(log, hive.ptr, ENTRY);
    put_u32(log + BASE_AT_SECONDARY_SEQUENCE, sequence);
    put_u32(log + BASE_AT_TYPE, LOG_TYPE);
    put_u32(log + BASE_AT_BINS_SIZE, bins_size);
    base_block_put_checksum(log);
    memcpy(log + ENTRY, "HvLE", 4);
    put_u32(log + ENTRY + 4, (uint32_t)size);
    put_u32(log + ENTRY + 12, sequence);
    put_u32(log + ENTRY + 16, bins_size);
    put_u32(log + ENTRY + 20, 1); /* one page: its offset is 0 */
    put_u32(log + ENTRY + 44, bins_size);
    memcpy(log + ENTRY_PAGE, becomes.ptr + BASE_BLOCK_SIZE, bins_size);
    struct slice pages = {.ptr = log + ENTRY + 40, .len = size - 40};
    put_u64(log + ENTRY + 24, marvin32(HASH_SEED, pages));
    put_u64(log + ENTRY + 32, marvin32(HASH_SEED, (struct slice){.ptr = log + ENTRY, .len = 32}));
    return (struct slice){.ptr = log, .len = ENTRY + size};
}

static bool make(struct arena *arena, const struct plan *plan)
{
    size_t ntexts = plan->ntexts;
    struct reg_text *texts = arena_alloc(arena, ntexts + 1, sizeof *texts);
    bool sound = !plan->log || read_text(arena, plan->changes, &texts[ntexts]);
    for (size_t i = 0; i < ntexts; i++)
        sound = read_text(arena, plan->texts[i], &texts[i]) && sound;
    struct slice hive, becomes;
    if (!sound || !build(arena, texts, ntexts, &hive))
        return false;
    if (plan->dirty)
        make_dirty((uint8_t *)hive.ptr);
    if (plan->log && (!build(arena, texts, ntexts + 1, &becomes) ||
                      !write_file(arena, plan->log, make_log(arena, hive, becomes))))
        return false;
    return write_file(arena, plan->hive, hive);
}

int main(int argc, char **argv)
{
    bool dirty = argc > 1 && strcmp(argv[1], "--dirty") == 0;
    bool log = argc > 3 && strcmp(argv[1], "--log") == 0;
    int first = dirty ? 2 : log ? 4 : 1;
    if (argc - first < 2 || argv[first][0] == '-') {
        fputs(USAGE, stderr);
        return 2;
    }
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct plan plan = {
        .dirty = dirty || log,
        .log = log ? argv[2] : NULL,
        .changes = log ? argv[3] : NULL,
        .hive = argv[first],
        .texts = argv + first + 1,
        .ntexts = (size_t)(argc - first - 1),
    };
    return make(arena, &plan) ? 0 : 1;
}
