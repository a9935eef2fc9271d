/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes inputs of fuzz targets from hives, logs and texts: see tests/fuzz/README. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "example_files.h"
#include "fuzz.h"

#define USAGE                                                                                      \
    "usage: mkseed wire HIVE [LOG]\n"                                                              \
    "       mkseed inf|reg TEXT\n"                                                                 \
    "       mkseed drive HIVE LOG|- SYSTEM|- [LOG]\n"                                              \
    "       mkseed replay BITS HIVE [LOG [LOG]]\n"

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

static ssize_t read_slice(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct slice *bytes = source->context;
    if (offset >= bytes->len)
        return 0;
    if (len > bytes->len - offset)
        len = bytes->len - offset;
    memcpy(buf, bytes->ptr + offset, len);
    return (ssize_t)len;
}

/* As many sources as there are files: none of "-". */
static size_t read_sources(struct arena *arena, const char *name, const char *path,
                           struct source *source)
{
    if (!path || strcmp(path, "-") == 0)
        return 0;
    struct slice *bytes = arena_alloc(arena, 1, sizeof *bytes);
    *bytes = read_file(arena, path);
    *source = (struct source){
        .name = name, .size = bytes->len, .read_at = read_slice, .fd = -1, .context = bytes};
    return 1;
}

static void put_item(const struct wire_item *item)
{
    struct slice bytes = wire_encode(item);
    put(bytes);
    free((void *)bytes.ptr);
}

/* What a worker would send about an INF or a .reg. */
static void put_text(struct arena *arena, const char *path, enum package_kind kind)
{
    const struct fuzz_rules *rules = fuzz_fixed_rules();
    struct read_plan plan = {.requests = rules->requests, .nrequests = rules->nrequests};
    struct source source = {0};
    struct wire_item item = {.diags.arena = arena};
    read_sources(arena, "text", path, &source);
    item.size = source.size;
    item.read = snapshot_read_package(arena, &item.diags, &source, kind, &plan, &item.snapshot);
    put_item(&item);
}

/* What a worker would send about a hive and its log. */
static void put_wire(struct arena *arena, const char *hive, const char *log, struct read_plan *plan)
{
    const struct fuzz_rules *rules = fuzz_fixed_rules();
    struct source software = {0}, logs[1];
    struct wire_item item = {.diags.arena = arena};
    struct hive_facts *facts = &item.snapshot.hive, *others = &item.snapshot.system.hive;
    read_sources(arena, "SOFTWARE", hive, &software);
    plan->nlogs = read_sources(arena, "SOFTWARE.LOG1", log, logs);
    plan->logs = logs;
    plan->requests = rules->requests;
    plan->nrequests = rules->nrequests;
    item.size = software.size;
    item.read = snapshot_read(arena, &item.diags, &software, plan, &item.snapshot);
    if (plan->system) {
        facts->has_digest = digest_source(&software, facts->digest);
        others->has_digest = digest_source(plan->system, others->digest);
    }
    put_item(&item);
}

/* The same with digests, a SYSTEM hive, and files of all kinds. */
static void put_drive(struct arena *arena, char **paths, int count)
{
    struct example_file there[] = {
        {"Windows\\System32\\ntdll.dll", ARCH_AMD64}, {"Windows\\SysWOW64\\ntdll.dll", ARCH_X86},
        {"Windows\\System32\\a.dll", ARCH_AMD64},     {"Windows\\SysWOW64\\a.dll", ARCH_X86},
        {"Windows\\System32\\scksp.dll", ARCH_ARM64}, {"Windows\\b.dll", ARCH_UNKNOWN}};
    struct example drive = {.files = there, .nfiles = sizeof there / sizeof *there};
    struct file_finder finder = example_files_finder(&drive);
    struct source system, logs[1];
    struct read_plan plan = {.files = &finder, .system_logs = logs};
    finder.digest = digest_source;
    MUST(digest_prepare());
    if (read_sources(arena, "SYSTEM", paths[2], &system))
        plan.system = &system;
    plan.nsystem_logs = read_sources(arena, "SYSTEM.LOG1", count > 3 ? paths[3] : NULL, logs);
    put_wire(arena, paths[0], paths[1], &plan);
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
        put_wire(arena, argv[2], argv[3], &(struct read_plan){0});
    else if (argc >= 3 && strcmp(argv[1], "inf") == 0)
        put_text(arena, argv[2], PACKAGE_INF);
    else if (argc >= 3 && strcmp(argv[1], "reg") == 0)
        put_text(arena, argv[2], PACKAGE_REG);
    else if (argc >= 5 && strcmp(argv[1], "drive") == 0)
        put_drive(arena, argv + 2, argc - 2);
    else if (argc >= 4 && strcmp(argv[1], "replay") == 0)
        put_replay(arena, argv[2], argv + 3, argc - 3);
    else {
        fputs(USAGE, stderr);
        return 2;
    }
    return fflush(stdout) != 0;
}
