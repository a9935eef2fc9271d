/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf16.h"
#include "input/disk_vhd.h"

#define PARENT_ID     40
#define PARENT_NAME   64
#define NAME_SIZE     512
#define LOCATORS      576
#define LOCATOR_SIZE  24
#define NLOCATORS     8
#define LOCATOR_MAX   8192                 /* bytes of a path */
#define RELATIVE_PATH UINT32_C(0x57327275) /* "W2ru", UTF-16LE */
#define ABSOLUTE_PATH UINT32_C(0x57326b75) /* "W2ku", the same */

/* What a differencing disk tells of its parent: how it was called in its folder. */
struct names {
    const char *items[NLOCATORS + 1];
    size_t count;
};

/* Adds the last part of a path of Windows, which may end in NULs. */
static void add_name(struct arena *arena, struct names *names, const uint8_t *utf16, size_t len)
{
    unsigned flaws;
    const char *path = utf16_decode(arena, (struct slice){.ptr = utf16, .len = len}, &flaws);
    const char *name = path;
    for (const char *p = path; *p; p++)
        if (*p == '\\' || *p == '/')
            name = p + 1;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    if (*name)
        names->items[names->count++] = name;
}

/* A locator that cannot be read tells nothing: there are others. */
static void add_locators(struct disk_image *image, const uint8_t *header, uint32_t code,
                         struct names *names)
{
    struct arena *arena = image->access->arena;
    for (size_t i = 0; i < NLOCATORS; i++) {
        const uint8_t *locator = header + LOCATORS + i * LOCATOR_SIZE;
        uint32_t len = get_be32(locator + 8);
        if (get_be32(locator) != code || len > LOCATOR_MAX)
            continue;
        uint8_t *path = arena_alloc(arena, len, 1);
        if (source_read(image->file, get_be64(locator + 16), path, len))
            add_name(arena, names, path, len);
    }
}

/* This one is big-endian, other than the locators. */
static void add_unicode_name(struct arena *arena, const uint8_t *header, struct names *names)
{
    uint8_t utf16[NAME_SIZE];
    for (size_t i = 0; i < NAME_SIZE; i++)
        utf16[i] = header[PARENT_NAME + (i ^ 1)];
    add_name(arena, names, utf16, NAME_SIZE);
}

bool vhd_find_parent(struct disk_image *image, const uint8_t *header, struct source *file)
{
    struct names names = {0};
    const char *other = NULL, *error = NULL;
    add_locators(image, header, RELATIVE_PATH, &names);
    add_locators(image, header, ABSOLUTE_PATH, &names);
    add_unicode_name(image->access->arena, header, &names);
    for (size_t i = 0; i < names.count; i++) {
        if (!access_open_beside(image->access, names.items[i], file)) {
            error = error ? error : disk_open_error();
            continue;
        }
        if (vhd_is_disk(file, header + PARENT_ID))
            return true;
        other = other ? other : names.items[i];
    }
    if (other)
        return disk_fail(image,
                         "needs its parent disk, and %s beside it is another (its unique id "
                         "is not %s)",
                         other,
                         text_hex(image->access->arena,
                                  (struct slice){.ptr = header + PARENT_ID, .len = VHD_ID_SIZE},
                                  ""));
    if (error)
        return disk_fail(image, "needs its parent disk %s, which cannot be opened: %s",
                         names.items[0], error);
    return disk_fail(image, "needs a parent disk, and does not tell which");
}
