/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own readers of disk images. The first byte says which, the others are the image: 'q' qcow2,
 * 'v' VHD, 'd' VDI. It has no folder, so that backing files and parents are named and not opened.
 */
#include "config.h"

#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "input/disk.h"

const char fuzz_corpus[] = "disk";

#define LIBRARIES (LIBRARY_BIT(LIBRARY_ZLIB) | LIBRARY_BIT(LIBRARY_ZSTD))
#define STEP      3000 /* bytes of a read */
#define STEPS     32   /* reads at the start of a disk, and as many all over it */

static disk_open_fn *choose_reader(uint8_t which)
{
    switch (which) {
    case 'q':
        return disk_open_qcow2;
    case 'v':
        return disk_open_vhd;
    case 'd':
        return disk_open_vdi;
    default:
        return NULL;
    }
}

/* What is read is all that was asked for, twice the same; what is not is an error. */
static bool read_step(const struct source *disk, uint64_t offset)
{
    uint8_t first[STEP], second[STEP];
    uint64_t left = offset < disk->size ? disk->size - offset : 0;
    ssize_t want = left < STEP ? (ssize_t)left : STEP;
    errno = 0;
    ssize_t n = disk->read_at(disk, offset, first, STEP);
    MUST(n == want || (n == -1 && errno != 0));
    MUST(disk->read_at(disk, offset, second, STEP) == n);
    MUST(n < 0 || memcmp(first, second, (size_t)n) == 0);
    return n >= 0;
}

/* Reads that fail are said, and once. A fixed VHD that is only a part of its file says nothing, but
 * then it fails nowhere. */
static void read_disk(const struct source *disk, const struct diags *diags)
{
    size_t before = diags->count;
    bool failed = false;
    for (uint64_t i = 0; i < STEPS; i++) {
        failed |= !read_step(disk, i * STEP);
        failed |= !read_step(disk, disk->size / STEPS * i);
    }
    failed |= !read_step(disk, disk->size - (disk->size < STEP / 2 ? disk->size : STEP / 2));
    MUST(!failed || diags->count > 0);
    MUST(diags->count <= before + 1);
    MUST(disk->read_at(disk, disk->size, NULL, 0) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    disk_open_fn *open_disk = len ? choose_reader(bytes[0]) : NULL;
    if (!open_disk)
        return 0;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct fuzz_source image = fuzz_wrap("image", bytes + 1, len - 1);
    struct diags diags = {.arena = arena};
    struct access access = {.arena = arena, .diags = &diags, .libraries = LIBRARIES, .folder = -1};
    struct source disk;
    MUST(!libraries_load(arena, LIBRARIES));
    bool is_open = open_disk(&access, &image.source, &disk);
    MUST(is_open || diags.worst == DIAG_FAILED);
    MUST(!access.wanted && diags.count <= 3);
    if (is_open)
        read_disk(&disk, &diags);
    return 0;
}
