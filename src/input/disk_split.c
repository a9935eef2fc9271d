/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "input/disk.h"
#include "input/disk_image.h"

#define SPLIT_PARTS_MAX 1000
#define SPLIT_GAP_MAX   8 /* parts in a row that may be missing, for one behind them to be found */
#define SPLIT_DIGITS    2 /* of the number, at least: "archive.1" is something else */

/* What splits disks makes all parts of one size but the last, which may be shorter. So each part
 * has its place, and where one is missing or short only its own bytes are. */
struct split {
    struct disk_image image; /* first; its blocks are the parts */
    const char *stem;        /* of their names, up to the number */
    int digits;
    struct source *parts; /* of size 0 where one is missing */
    unsigned count;
};

/* "disk.001" becomes "disk." and 3. */
static bool take_name(struct split *split, const char *name)
{
    size_t len = strlen(name), stem = len;
    while (stem && name[stem - 1] >= '0' && name[stem - 1] <= '9')
        stem--;
    if (!stem || name[stem - 1] != '.' || len - stem < SPLIT_DIGITS || len - stem > 9 ||
        strtoul(name + stem, NULL, 10) != 1)
        return false;
    split->stem = arena_strndup(split->image.access->arena, name, stem);
    split->digits = (int)(len - stem);
    return true;
}

static const char *part_name(const struct split *split, unsigned index)
{
    return arena_printf(split->image.access->arena, "%s%0*u", split->stem, split->digits,
                        index + 1);
}

/* Ends at the last part that is there: behind it so many are looked for in vain. What is there and
 * cannot be opened is no part that is missing. */
static bool open_parts(struct split *split)
{
    struct access *access = split->image.access;
    for (unsigned i = 1; i <= split->count + SPLIT_GAP_MAX - 1; i++) {
        split->parts = arena_grow(access->arena, split->parts, i, sizeof *split->parts);
        split->parts[i] = (struct source){0};
        const char *name = part_name(split, i);
        if (access_open_beside(access, name, &split->parts[i])) {
            split->count = i + 1;
        } else if (errno != ENOENT && errno != EXDEV) {
            return access_fail(access, "the part %s cannot be opened: %s", name, strerror(errno));
        } else {
            split->parts[i] = (struct source){0};
        }
        if (split->count > SPLIT_PARTS_MAX)
            return access_fail(access, "has more than %d parts", SPLIT_PARTS_MAX);
    }
    return true;
}

static void say_missing(const struct split *split, unsigned index)
{
    struct diags *diags = split->image.access->diags;
    const struct source *part = &split->parts[index];
    if (part->read_at)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "the part %s is short (got %" PRIu64 " bytes, want %" PRIu64 ")",
                 part_name(split, index), part->size, split->image.block_size);
    else
        diag_add(diags, DIAG_INCOMPLETE, NULL, "the part %s is missing", part_name(split, index));
}

/* Returns the size of the disk; 0 where that is too much. */
static uint64_t place_parts(struct split *split)
{
    uint64_t size = 0, before;
    for (unsigned i = 0; i < split->count; i++)
        if (split->parts[i].size > size)
            size = split->parts[i].size;
    split->image.block_size = size;
    for (unsigned i = 0; i + 1 < split->count; i++)
        if (split->parts[i].size < size)
            say_missing(split, i);
    if (__builtin_mul_overflow(size, split->count - 1, &before) ||
        before > INT64_MAX - split->parts[split->count - 1].size)
        return 0;
    return before + split->parts[split->count - 1].size;
}

static bool read_part(struct disk_image *image, uint64_t at, void *buf, size_t len)
{
    struct split *split = (struct split *)image;
    unsigned index = (unsigned)(at / image->block_size);
    const struct source *part = &split->parts[index];
    if (part->read_at && source_read(part, at % image->block_size, buf, len))
        return true;
    int error = part->read_at ? errno : ENODATA;
    return disk_complain(image, error == ENODATA ? EIO : error,
                         "cannot be read at %" PRIu64 ", in the part %s: %s", at,
                         part_name(split, index),
                         error == ENODATA ? "these bytes are missing" : strerror(error));
}

bool disk_open_split(struct access *access, const struct source *file, struct source *disk)
{
    struct split *split = arena_alloc(access->arena, 1, sizeof *split);
    split->image = (struct disk_image){
        .access = access, .file = file, .what = "the disk in parts", .read = read_part};
    *disk = *file;
    if (!file->size || !take_name(split, path_name(file->name)))
        return true;
    split->parts = arena_grow(access->arena, NULL, 0, sizeof *split->parts);
    split->parts[0] = *file;
    split->count = 1;
    if (!open_parts(split))
        return false;
    if (split->count == 1)
        return true;
    uint64_t size = place_parts(split);
    if (!size)
        return access_fail(access, "has parts that are too large");
    *disk = disk_source(&split->image, size);
    return true;
}
