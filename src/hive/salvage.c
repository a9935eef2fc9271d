/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/salvage.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hive/salvage_steps.h"

bool salvage_is_heard(const struct salvager *salvager)
{
    return salvager->diags->count < DIAGS_MAX || salvager->diags->worst < DIAG_INCOMPLETE;
}

void salvage_note(struct salvager *salvager, const char *key, size_t offset, const char *format,
                  ...)
{
    struct diags *diags = salvager->diags;
    salvager->result.repairs++;
    if (!salvage_is_heard(salvager))
        return;
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(diags->arena, format, args);
    va_end(args);
    diag_add(diags, DIAG_INCOMPLETE, key, "is damaged at 0x%zx: %s", offset, what);
}

static bool map_image(struct salvager *salvager, const struct hive_image *image)
{
    void *bytes = mmap(NULL, (size_t)image->size, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
    salvager->bytes = bytes == MAP_FAILED ? NULL : bytes;
    salvager->size = (size_t)image->size;
    return salvager->bytes != NULL;
}

static void unmap_image(struct salvager *salvager)
{
    if (salvager->bytes)
        munmap(salvager->bytes, salvager->size);
    salvager->bytes = NULL;
}

/* Makes the last page whole where the hive bins end in the midst of it. */
static bool grow_image(struct salvager *salvager, struct hive_image *image)
{
    if (salvager->end <= salvager->size)
        return true;
    unmap_image(salvager);
    if (ftruncate(image->fd, (off_t)salvager->end) < 0)
        return false;
    image->size = salvager->end;
    return map_image(salvager, image);
}

/* False with errno set where there is no memory for it. */
static bool repair(struct salvager *salvager, struct hive_image *image)
{
    if (!map_image(salvager, image))
        return false;
    if (!salvage_base_block(salvager))
        return true;
    salvager->end = salvage_find_end(salvager);
    if (salvager->end == BASE_BLOCK_SIZE)
        return true; /* no hive bins */
    if (!grow_image(salvager, image))
        return false;
    salvager->cells = bitmap_new(salvager);
    salvage_bins(salvager);
    size_t root = salvage_root(salvager);
    if (root)
        salvage_keys(salvager, root);
    return true;
}

struct salvage hive_salvage(struct arena *arena, struct diags *diags, struct hive_image *image)
{
    CLEANUP(arena) struct arena *scratch = arena_new();
    struct salvager salvager = {
        .arena = arena,
        .scratch = scratch,
        .diags = diags,
        .evidence_size = (size_t)image->size,
    };
    if (image->size > BASE_BLOCK_SIZE && !repair(&salvager, image))
        diag_add(diags, DIAG_INCOMPLETE, NULL, "cannot be repaired: %s", strerror(errno));
    unmap_image(&salvager);
    return salvager.result;
}
