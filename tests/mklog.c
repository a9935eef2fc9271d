/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the transaction log that leads from one hive to another: for tests, which need more logs
 * than Windows left behind. The layouts are those of the Windows registry file format
 * specification, "Format of transaction log files". */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "hive/base_block.h"
#include "repair.h"

#define USAGE "usage: mklog dirt|ENTRIES BEFORE.hive AFTER.hive FIRST-SEQUENCE|- OUT.LOG\n"

#define START      512 /* of entries, or of the dirty vector: the second sector */
#define PAGE_SIZE  512
#define BLOCK_SIZE 4096

enum {
    TYPE_DIRT = 1,
    TYPE_HVLE = 6,
    AT_SIZE = 4,
    AT_SEQUENCE = 12,
    AT_BINS_SIZE = 16,
    AT_COUNT = 20,
    ENTRY_HEADER = 40,
    REFERENCE = 8,
};

struct bytes {
    uint8_t *ptr;
    size_t len;
};

static bool read_hive(struct arena *arena, const char *path, struct bytes *hive)
{
    CLEANUP(file) FILE *file = fopen(path, "rbe");
    size_t room = (size_t)64 << 20;
    if (!file)
        return false;
    hive->ptr = arena_alloc(arena, room, 1);
    hive->len = fread(hive->ptr, 1, room, file);
    return !ferror(file) && hive->len >= BASE_BLOCK_SIZE + BLOCK_SIZE &&
           hive->len % BLOCK_SIZE == 0;
}

/* Whether size bytes of hive bins data differ, or are only in the new hive. */
static bool differs(const struct bytes *before, const struct bytes *after, size_t offset,
                    size_t size)
{
    offset += BASE_BLOCK_SIZE;
    return offset + size > before->len ||
           memcmp(before->ptr + offset, after->ptr + offset, size) != 0;
}

static void append(struct bytes *log, const uint8_t *bytes, size_t len)
{
    memcpy(log->ptr + log->len, bytes, len);
    log->len += len;
}

/* The base block of a log is that of the hive, but for its type and numbers. */
static void put_base(struct bytes *log, const struct bytes *before, uint32_t type,
                     uint32_t bins_size, uint32_t sequence)
{
    append(log, before->ptr, START);
    put_u32(log->ptr + BASE_AT_TYPE, type);
    put_u32(log->ptr + BASE_AT_BINS_SIZE, bins_size);
    put_u32(log->ptr + BASE_AT_PRIMARY_SEQUENCE, sequence);
    put_u32(log->ptr + BASE_AT_SECONDARY_SEQUENCE, sequence);
    repair_base_block(log->ptr, log->len);
}

/* "DIRT", a bit for each page of 512 bytes, and from the next sector on the pages that have one. */
static void put_dirt(struct bytes *log, const struct bytes *before, const struct bytes *after,
                     uint32_t bins_size)
{
    uint8_t *bitmap = log->ptr + START + 4;
    memcpy(log->ptr + START, "DIRT", 4);
    log->len = (START + 4 + bins_size / BLOCK_SIZE + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    for (size_t i = 0; i < bins_size / PAGE_SIZE; i++) {
        if (!differs(before, after, i * PAGE_SIZE, PAGE_SIZE))
            continue;
        bitmap[i / 8] |= (uint8_t)(1u << i % 8);
        append(log, after->ptr + BASE_BLOCK_SIZE + i * PAGE_SIZE, PAGE_SIZE);
    }
}

/* The blocks that differ, every stride-th of them from the first on. */
static void put_entry(struct bytes *log, const struct bytes *before, const struct bytes *after,
                      uint32_t bins_size, uint32_t sequence, size_t first, size_t stride)
{
    size_t start = log->len, count = 0, seen = 0;
    uint32_t blocks[bins_size / BLOCK_SIZE];
    for (uint32_t at = 0; at < bins_size; at += BLOCK_SIZE)
        if (differs(before, after, at, BLOCK_SIZE) && seen++ % stride == first)
            blocks[count++] = at;
    uint8_t *entry = log->ptr + start;
    memcpy(entry, "HvLE", 4);
    put_u32(entry + AT_SEQUENCE, sequence);
    put_u32(entry + AT_BINS_SIZE, bins_size);
    put_u32(entry + AT_COUNT, (uint32_t)count);
    log->len += ENTRY_HEADER;
    for (size_t i = 0; i < count; i++, log->len += REFERENCE) {
        put_u32(log->ptr + log->len, blocks[i]);
        put_u32(log->ptr + log->len + 4, BLOCK_SIZE);
    }
    for (size_t i = 0; i < count; i++)
        append(log, after->ptr + BASE_BLOCK_SIZE + blocks[i], BLOCK_SIZE);
    log->len = (log->len + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    put_u32(entry + AT_SIZE, (uint32_t)(log->len - start));
    repair_entry(entry, log->len - start);
}

static bool write_file(const char *path, const struct bytes *bytes)
{
    FILE *file = fopen(path, "wbe");
    bool written = file && fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len;
    return file && fclose(file) == 0 && written;
}

int main(int argc, char **argv)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct bytes before, after, log = {0};
    if (argc != 6) {
        fputs(USAGE, stderr);
        return 2;
    }
    if (!read_hive(arena, argv[2], &before) || !read_hive(arena, argv[3], &after)) {
        fprintf(stderr, "mklog: %s, %s: no hives\n", argv[2], argv[3]);
        return 1;
    }
    uint32_t bins_size = get_u32(after.ptr + BASE_AT_BINS_SIZE);
    uint32_t sequence = get_u32(before.ptr + BASE_AT_PRIMARY_SEQUENCE);
    if (strcmp(argv[4], "-") != 0)
        sequence = (uint32_t)strtoul(argv[4], NULL, 0);
    unsigned entries = (unsigned)strtoul(argv[1], NULL, 10);
    bool is_dirt = strcmp(argv[1], "dirt") == 0;
    log.ptr = arena_alloc(arena, 2 * after.len + (size_t)(entries + 1) * BLOCK_SIZE, 1);
    put_base(&log, &before, is_dirt ? TYPE_DIRT : TYPE_HVLE, bins_size, sequence);
    if (is_dirt)
        put_dirt(&log, &before, &after, bins_size);
    for (unsigned i = 0; i < entries; i++)
        put_entry(&log, &before, &after, bins_size, sequence + i, i, entries);
    if (write_file(argv[5], &log))
        return 0;
    fprintf(stderr, "mklog: %s: cannot be written\n", argv[5]);
    return 1;
}
