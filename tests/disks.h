/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_DISKS_H
#define HIVEAUDIT_TESTS_DISKS_H

/* What the tests of disk images share: images that qemu-img makes of a raw disk, in a folder of
 * their own, and what a reader makes of them. Every function fails the running test where it cannot
 * do its work. */

#include "scratch.h"

#include <errno.h>

#include "base/bytes.h"
#include "input/access.h"
#include "input/disk.h"
#include "input/input.h"

#define DISKS_LIBRARIES                                                                            \
    (LIBRARY_BIT(LIBRARY_ZLIB) | LIBRARY_BIT(LIBRARY_ZSTD) | LIBRARY_BIT(LIBRARY_VMDK) |           \
     LIBRARY_BIT(LIBRARY_VHDI))

/* An image that was opened. */
struct disks_image {
    struct access access;
    struct diags diags;
    struct input input;
    struct source file, disk;
    bool is_open;
};

/* Tools of file systems and partitions are in no user's path. */
#define DISKS_PATH "PATH=$PATH:/usr/sbin:/sbin; export PATH; "

/* Skips the running test where a program is missing. */
static inline void disks_need(const char *program)
{
    char command[128];
    snprintf(command, sizeof command, DISKS_PATH "command -v %s >/dev/null", program);
    if (system(command) != 0) {
        print_message("%s is missing\n", program);
        skip();
    }
}

/* Runs a command of the shell in the folder. */
static inline void disks_run(const struct scratch *scratch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void disks_run(const struct scratch *scratch, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *command = arena_vprintf(scratch->arena, format, args);
    va_end(args);
    const char *line = arena_printf(
        scratch->arena, DISKS_PATH "cd '%s' && { %s; } >log 2>&1 || { cat log; exit 1; }",
        scratch->folder, command);
    if (system(line) != 0)
        fail_msg("%s", command);
}

static inline uint64_t disks_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A raw disk: stretches of zeros, of noise and of what can be compressed. */
static inline void disks_make_raw(const struct scratch *scratch, const char *name, size_t size,
                                  uint64_t seed)
{
    enum { STRETCH = 16 * 1024 };
    uint8_t *bytes = arena_alloc(scratch->arena, size, 1);
    for (size_t at = 0; at < size; at += STRETCH) {
        uint64_t kind = disks_random(&seed) % 4;
        for (size_t i = at; i < at + STRETCH && i < size && kind; i++)
            bytes[i] = (uint8_t)(kind == 1 ? disks_random(&seed) : at / STRETCH + i % 61);
    }
    scratch_write(scratch, name, bytes, size);
}

/* Tries to open an image of the folder. */
static inline struct disks_image *disks_try(const struct scratch *scratch, const char *name,
                                            disk_open_fn *open_disk)
{
    struct disks_image *image = arena_alloc(scratch->arena, 1, sizeof *image);
    image->diags.arena = scratch->arena;
    image->access = (struct access){.arena = scratch->arena,
                                    .diags = &image->diags,
                                    .libraries = DISKS_LIBRARIES,
                                    .folder = open(scratch->folder, O_RDONLY | O_DIRECTORY)};
    assert_true(image->access.folder >= 0);
    assert_null(libraries_load(scratch->arena, DISKS_LIBRARIES));
    assert_true(
        input_open(scratch->arena, &image->diags, scratch_path(scratch, name), &image->input));
    image->file = input_source(&image->input);
    image->is_open = open_disk(&image->access, &image->file, &image->disk);
    return image;
}

static inline void disks_close(struct disks_image *image)
{
    close(image->access.folder);
    input_close(&image->input);
}

/* All diagnostics, one a line. */
static inline const char *disks_said(const struct scratch *scratch, const struct diags *diags)
{
    const char *said = "";
    for (size_t i = 0; i < diags->count; i++)
        said = arena_printf(scratch->arena, "%s%s\n", said, diags->items[i].message);
    return said;
}

/* Opens an image, about which nothing must be said. */
static inline struct disks_image *disks_open(const struct scratch *scratch, const char *name,
                                             disk_open_fn *open_disk)
{
    struct disks_image *image = disks_try(scratch, name, open_disk);
    if (!image->is_open || image->diags.count)
        fail_msg("%s: %s", name, disks_said(scratch, &image->diags));
    return image;
}

/* An image that is refused, with one diagnostic, which has these words. */
static inline void disks_refuse(const struct scratch *scratch, const char *name,
                                disk_open_fn *open_disk, const char *words)
{
    struct disks_image *image = disks_try(scratch, name, open_disk);
    assert_false(image->is_open);
    assert_int_equal(image->access.wanted, 0);
    if (image->diags.count != 1 || image->diags.worst != DIAG_FAILED ||
        !strstr(image->diags.items[0].message, words))
        fail_msg("want \"%s\", got \"%s\"", words, disks_said(scratch, &image->diags));
    disks_close(image);
}

/* The bytes of a file of the folder. */
static inline struct memory_hive *disks_load(const struct scratch *scratch, const char *name)
{
    struct stat st;
    FILE *file = fopen(scratch_path(scratch, name), "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    uint8_t *bytes = arena_alloc(scratch->arena, (size_t)st.st_size, 1);
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
    fclose(file);
    return support_wrap(scratch->arena, bytes, (size_t)st.st_size);
}

/* The same bytes in steps of one size. */
static inline void disks_compare_steps(const struct source *disk, const struct source *want,
                                       size_t step)
{
    uint8_t *a = malloc(step), *b = malloc(step);
    for (uint64_t at = 0; at < want->size; at += step) {
        size_t len = want->size - at < step ? (size_t)(want->size - at) : step;
        assert_true(source_read(disk, at, a, len));
        assert_true(source_read(want, at, b, len));
        if (memcmp(a, b, len) != 0)
            fail_msg("differs at %ju..%ju", (uintmax_t)at, (uintmax_t)(at + len));
    }
    free(a);
    free(b);
}

/* The same bytes, read in order and in no order. What follows them, up to the end of the disk, is
 * zeros: some formats round sizes up. */
static inline void disks_compare(const struct source *disk, const struct source *want)
{
    enum { READS = 500, MOST = 100000 };
    static uint8_t a[MOST], b[MOST];
    uint64_t seed = 0x9e3779b97f4a7c15;
    assert_true(disk->size >= want->size);
    disks_compare_steps(disk, want, 65536);
    disks_compare_steps(disk, want, 1000003);
    for (int i = 0; i < READS; i++) {
        uint64_t at = disks_random(&seed) % want->size;
        size_t len = (size_t)(disks_random(&seed) % MOST);
        ssize_t n = disk->read_at(disk, at, a, len);
        ssize_t m = want->read_at(want, at, b, len);
        assert_true(n >= m && (size_t)n <= len);
        assert_memory_equal(a, b, (size_t)m);
    }
    memset(b, 0, sizeof b);
    for (uint64_t at = want->size; at < disk->size;) {
        ssize_t n = disk->read_at(disk, at, a, MOST);
        assert_true(n > 0);
        assert_memory_equal(a, b, (size_t)n);
        at += (uint64_t)n;
    }
    assert_int_equal(disk->read_at(disk, disk->size, a, 1), 0);
    assert_int_equal(disk->read_at(disk, UINT64_MAX, a, 1), 0);
}

/* An image reads as a raw disk of the folder. */
static inline void disks_check(const struct scratch *scratch, const char *name,
                               disk_open_fn *open_disk, const char *raw)
{
    struct disks_image *image = disks_open(scratch, name, open_disk);
    disks_compare(&image->disk, &disks_load(scratch, raw)->source);
    assert_int_equal(image->diags.count, 0);
    disks_close(image);
}

/* Changes bytes of a file of the folder. */
static inline void disks_poke(const struct scratch *scratch, const char *name, uint64_t at,
                              const void *bytes, size_t len)
{
    int fd = open(scratch_path(scratch, name), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, (off_t)at), len);
    close(fd);
}

/* Makes a byte of a file of the folder another, whatever it is. */
static inline void disks_damage(const struct scratch *scratch, const char *name, uint64_t at)
{
    uint8_t byte;
    assert_true(source_read(&disks_load(scratch, name)->source, at, &byte, 1));
    byte ^= 0xff;
    disks_poke(scratch, name, at, &byte, 1);
}

/* Reads all of a disk in small steps, and goes on where a read fails. Returns how many fail; what
 * does not is as it should be. */
static inline unsigned disks_read_damaged(const struct source *disk, const struct source *want)
{
    enum { STEP = 4096 };
    uint8_t a[STEP], b[STEP];
    unsigned failures = 0;
    for (uint64_t at = 0; at + STEP <= want->size; at += STEP) {
        errno = 0;
        if (source_read(disk, at, a, STEP)) {
            assert_true(source_read(want, at, b, STEP));
            assert_memory_equal(a, b, STEP);
            continue;
        }
        assert_int_equal(errno, EIO);
        failures++;
    }
    return failures;
}

/* A damaged image opens, some of its reads fail, and that is said once for each piece of evidence.
 */
static inline void disks_check_damage(const struct scratch *scratch, const char *name,
                                      disk_open_fn *open_disk, const char *raw, const char *words)
{
    struct disks_image *image = disks_open(scratch, name, open_disk);
    struct diags other = {.arena = scratch->arena};
    struct source *want = &disks_load(scratch, raw)->source;
    assert_true(disks_read_damaged(&image->disk, want) > 1);
    if (image->diags.count != 1 || image->diags.worst != DIAG_INCOMPLETE ||
        !strstr(image->diags.items[0].message, words))
        fail_msg("want \"%s\", got \"%s\"", words, disks_said(scratch, &image->diags));
    image->access.diags = &other;
    assert_true(disks_read_damaged(&image->disk, want) > 1);
    assert_int_equal(other.count, 1);
    disks_close(image);
}

#endif
