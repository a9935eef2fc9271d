/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes inputs of fuzz targets from hives and logs: see tests/fuzz/README. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "fuzz.h"

#define USAGE "usage: mkseed wire HIVE [LOG...]\n       mkseed replay BITS HIVE [LOG [LOG]]\n"

static struct slice read_file(struct arena *arena, const char *path)
{
    struct stat status;
    CLEANUP(file) FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &status) < 0) {
        fprintf(stderr, "mkseed: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    uint8_t *bytes = arena_alloc(arena, (size_t)status.st_size, 1);
    return (struct slice){.ptr = bytes, .len = fread(bytes, 1, (size_t)status.st_size, file)};
}

static void put(struct slice bytes)
{
    fwrite(bytes.ptr, 1, bytes.len, stdout);
}

/* What a worker would send about a hive and its logs. */
static void put_wire(struct arena *arena, char **paths, int count)
{
    const struct fuzz_rules *rules = fuzz_fixed_rules();
    struct fuzz_source *files = arena_alloc(arena, (size_t)count, sizeof *files);
    struct source *logs = arena_alloc(arena, (size_t)count, sizeof *logs);
    for (int i = 0; i < count; i++) {
        struct slice bytes = read_file(arena, paths[i]);
        files[i] = fuzz_wrap(i ? "SOFTWARE.LOG1" : "SOFTWARE", bytes.ptr, bytes.len);
    }
    struct read_plan plan = {.requests = rules->requests, .nrequests = rules->nrequests};
    struct wire_item item = {.diags.arena = arena, .size = files[0].source.size};
    struct hive_image image = {.fd = -1};
    if (count > 1) {
        image = hive_image_load(&files[1].source, &item.diags);
        logs[0] = hive_image_source(&image);
        logs[0].name = files[1].source.name;
        plan.logs = logs;
        plan.nlogs = 1;
    }
    item.read = snapshot_read(arena, &item.diags, &files[0].source, &plan, &item.snapshot);
    hive_image_close(&image);
    struct slice bytes = wire_encode(&item);
    put(bytes);
    free((void *)bytes.ptr);
}

/* The layout of fuzz-replay.c. */
static void put_replay(struct arena *arena, const char *bits, char **paths, int count)
{
    uint8_t header[12] = {0};
    struct slice parts[3] = {0};
    for (int i = 0; i < count && i < 3; i++)
        parts[i] = read_file(arena, paths[i]);
    put_u32(header, (uint32_t)strtoul(bits, NULL, 0));
    put_u32(header + 4, (uint32_t)parts[0].len);
    put_u32(header + 8, (uint32_t)parts[1].len);
    put((struct slice){.ptr = header, .len = sizeof header});
    for (int i = 0; i < 3; i++)
        put(parts[i]);
}

int main(int argc, char **argv)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    if (argc >= 3 && strcmp(argv[1], "wire") == 0)
        put_wire(arena, argv + 2, argc - 2);
    else if (argc >= 4 && strcmp(argv[1], "replay") == 0)
        put_replay(arena, argv[2], argv + 3, argc - 3);
    else {
        fputs(USAGE, stderr);
        return 2;
    }
    return fflush(stdout) != 0;
}
