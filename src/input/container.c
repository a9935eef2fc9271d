/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "input/disk.h"
#include "input/partitions.h"

#define BOOT_SECTOR_SIZE 512
#define NTFS             "NTFS    "

/* How each kind of disk image is read. */
static disk_open_fn *const disk_readers[] = {
    [CONTENT_EWF] = disk_open_ewf,    [CONTENT_QCOW2] = disk_open_qcow2,
    [CONTENT_VMDK] = disk_open_vmdk,  [CONTENT_VHD] = disk_open_vhd,
    [CONTENT_VHDX] = disk_open_vhdx,  [CONTENT_VDI] = disk_open_vdi,
    [CONTENT_DISK] = disk_open_split,
};
#define NDISK_READERS (sizeof disk_readers / sizeof *disk_readers)

static bool is_disk(enum content content)
{
    return content < NDISK_READERS && disk_readers[content];
}

bool container_is(enum content content)
{
    return is_disk(content) || content == CONTENT_WIM || content == CONTENT_ARCHIVE ||
           content == CONTENT_ISO;
}

/* Has what is met from now on kept apart, until it is known what it is about. */
static struct diags *collect(struct container *container)
{
    struct diags *diags = arena_alloc(container->access->arena, 1, sizeof *diags);
    diags->arena = container->access->arena;
    return container->access->diags = diags;
}

static struct volume *add_volume(struct container *container, const char *name, struct diags *diags)
{
    container->volumes = arena_grow(container->access->arena, container->volumes, container->count,
                                    sizeof *container->volumes);
    struct volume *volume = &container->volumes[container->count++];
    *volume = (struct volume){.name = name, .origin = name, .diags = diags};
    return volume;
}

/* What is no volume of Windows is passed over, and named where nothing else is found. */
static void add_other(struct container *container, const char *name, const char *what)
{
    struct arena *arena = container->access->arena;
    struct strings_seen *others = &container->others;
    others->items = arena_grow(arena, others->items, others->count, sizeof *others->items);
    others->items[others->count++] = *name ? arena_printf(arena, "%s: %s", name, what) : what;
}

/* Names file systems by what their specifications put into the boot sector; NULL: it is another. */
static const char *name_volume(const uint8_t *sector)
{
    if (memcmp(sector + 3, "EXFAT   ", 8) == 0)
        return "exFAT";
    if (memcmp(sector + 3, "ReFS\0\0\0\0", 8) == 0)
        return "ReFS, which cannot be read here";
    if (memcmp(sector + 54, "FAT", 3) == 0 || memcmp(sector + 82, "FAT32", 5) == 0)
        return "FAT";
    return NULL;
}

static bool is_ntfs(const struct source *volume)
{
    uint8_t sector[BOOT_SECTOR_SIZE];
    return source_read(volume, 0, sector, sizeof sector) && memcmp(sector + 3, NTFS, 8) == 0;
}

static bool wants_shadow(const struct shadow_choice *choice, unsigned number)
{
    if (!choice->numbers)
        return choice->any;
    for (size_t i = 0; i < choice->count; i++)
        if (choice->numbers[i] == number)
            return true;
    return false;
}

/* Those that were asked for and are not there. */
static void miss_shadows(struct diags *diags, const struct shadow_choice *choice, size_t count)
{
    if (!choice->numbers && count == 0 && diags->count == 0)
        diag_add(diags, DIAG_NOTE, NULL, "has no shadow copies");
    for (size_t i = 0; i < choice->count; i++)
        if (choice->numbers[i] == 0 || choice->numbers[i] > count)
            diag_add(diags, DIAG_INCOMPLETE, NULL,
                     "has no shadow copy %u (--shadow-copies): there are %zu", choice->numbers[i],
                     count);
}

static void add_shadow(struct container *container, const char *origin, const struct shadow *shadow)
{
    struct arena *arena = container->access->arena;
    const char *name = arena_printf(arena, "%s%svss%u", origin, *origin ? "/" : "", shadow->number);
    struct volume *volume = add_volume(container, name, collect(container));
    volume->origin = origin;
    volume->shadow = shadow->number;
    volume->created = shadow->created;
    volume->is_open = tree_open_ntfs(container->access, &shadow->source, &volume->tree);
}

/* The oldest first, so that one sees when something came; the volume as it is comes last. What is
 * wrong with all of them is said with that. */
static void add_shadows(struct container *container, const char *origin,
                        const struct source *source, const struct shadow_choice *choice)
{
    struct access *access = container->access;
    struct diags *diags = access->diags;
    struct shadow *shadows;
    size_t count = 0;
    shadows_open(access, source, &shadows, &count);
    if (!access->wanted)
        miss_shadows(diags, choice, count);
    for (size_t i = 0; i < count; i++)
        if (wants_shadow(choice, shadows[i].number))
            add_shadow(container, origin, &shadows[i]);
    access->diags = diags;
}

static void add_ntfs(struct container *container, const char *name, const struct source *source,
                     const struct shadow_choice *choice)
{
    if (choice->any)
        add_shadows(container, name, source, choice);
    struct volume *volume = add_volume(container, name, container->access->diags);
    volume->is_open = tree_open_ntfs(container->access, source, &volume->tree);
}

static void add_failed(struct container *container, const char *name, const char *why)
{
    add_volume(container, name, container->access->diags);
    access_fail(container->access, "%s", why);
}

/* The copy of its boot sector that NTFS keeps in the last sector of the volume. */
static bool ends_like_ntfs(const struct source *source)
{
    static const unsigned sizes[] = {512, 4096};
    char name[8];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (source->size >= sizes[i] &&
            source_read(source, source->size - sizes[i] + 3, name, sizeof name) &&
            memcmp(name, NTFS, sizeof name) == 0)
            return true;
    return false;
}

/* What is not encrypted, or no longer. */
static void add_plain(struct container *container, const char *name, const struct source *source,
                      bool was_encrypted, const struct shadow_choice *choice)
{
    uint8_t sector[BOOT_SECTOR_SIZE];
    const char *kind;
    if (!source_read(source, 0, sector, sizeof sector))
        add_failed(container, name,
                   arena_printf(container->access->arena, "its first sector cannot be read: %s",
                                strerror(errno)));
    else if (memcmp(sector + 3, NTFS, 8) == 0)
        add_ntfs(container, name, source, choice);
    else if (!(kind = name_volume(sector)) && ends_like_ntfs(source))
        add_failed(container, name,
                   "the boot sector of this NTFS volume is damaged: the copy of it, in the last "
                   "sector of the volume, is whole");
    else if (!kind && was_encrypted)
        add_failed(container, name, "what BitLocker encrypted is damaged: it is no file system");
    else
        add_other(container, name, kind ? kind : "no file system of Windows");
}

static void add_partition(struct container *container, const char *name,
                          const struct source *source, const struct shadow_choice *choice)
{
    collect(container);
    if (!bitlocker_is_volume(source)) {
        add_plain(container, name, source, false, choice);
        return;
    }
    struct source *plain = arena_alloc(container->access->arena, 1, sizeof *plain);
    if (bitlocker_open(container->access, source, plain))
        add_plain(container, name, plain, true, choice);
    else
        add_volume(container, name, container->access->diags);
}

/* A disk without a partition table may be a volume as a whole. */
static const char *name_disk(const struct source *disk)
{
    uint8_t sector[BOOT_SECTOR_SIZE];
    const char *kind = source_read(disk, 0, sector, sizeof sector) ? name_volume(sector) : NULL;
    return kind ? kind : "no partition, and no file system of Windows";
}

static void add_partitions(struct container *container, const struct source *disk,
                           const struct shadow_choice *choice)
{
    struct arena *arena = container->access->arena;
    struct partition *partitions;
    size_t count;
    if (partitions_read(arena, &container->diags, disk, &partitions, &count) == PARTITIONS_NONE)
        add_other(container, "", name_disk(disk));
    for (size_t i = 0; i < count; i++) {
        struct source *part = arena_alloc(arena, 1, sizeof *part);
        const char *name = arena_printf(arena, "p%u", partitions[i].number);
        *part = source_part(arena, disk, disk->name, partitions[i].offset, partitions[i].size);
        add_partition(container, name, part, choice);
    }
}

/* A volume has no partition table, though its boot sector may look like one. */
static void open_disk(struct container *container, const struct source *file, enum content content,
                      const struct container_choice *choice)
{
    struct source *disk = arena_alloc(container->access->arena, 1, sizeof *disk);
    if (!disk_readers[content](container->access, file, disk))
        return;
    if (is_ntfs(disk) || bitlocker_is_volume(disk))
        add_partition(container, "", disk, &choice->shadows);
    else
        add_partitions(container, disk, &choice->shadows);
}

static bool is_chosen(const struct wim_image *image, const char *choice)
{
    char number[16];
    snprintf(number, sizeof number, "%u", image->number);
    return !choice || strcmp(choice, number) == 0 || text_equal(choice, image->name);
}

/* prefix is the way to the WIM, where it is not the image itself: "sources/install.wim!/". */
static void open_wim(struct container *container, const struct source *file, const char *prefix,
                     const char *choice)
{
    struct arena *arena = container->access->arena;
    struct wim *wim;
    const struct wim_image *images;
    size_t chosen = 0;
    if (!wim_open(container->access, file, &wim))
        return;
    size_t count = wim_images(wim, &images);
    for (size_t i = 0; i < count; i++) {
        if (!is_chosen(&images[i], choice))
            continue;
        const char *name = arena_printf(arena, "%s%u", prefix, images[i].number);
        struct volume *volume = add_volume(container, name, collect(container));
        volume->is_open = tree_open_wim(container->access, wim, images[i].number, &volume->tree);
        chosen++;
    }
    if (!chosen)
        diag_add(&container->diags, DIAG_FAILED, NULL, "has no image \"%s\" (--image): it has %zu",
                 choice ? choice : "", count);
}

/* An archive, or the file system of a disc: UDF where there is one, as on those of Windows. */
static struct volume *open_tree(struct container *container, const struct source *file)
{
    struct volume *volume = add_volume(container, "", collect(container));
    volume->where = MEMBERS_ANYWHERE;
    volume->is_open = udf_is_volume(file)
                          ? tree_open_udf(container->access, file, &volume->tree)
                          : tree_open_archive(container->access, file, &volume->tree);
    return volume;
}

/* Opens the WIM of one folder of a disc, if it has one. */
static void open_disc_wim(struct container *container, struct tree *tree, const char *folder,
                          const char *choice)
{
    static const char *const names[] = {"install.wim", "install.esd", "install.swm"};
    struct arena *arena = container->access->arena;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct node node;
        struct source *wim = arena_alloc(arena, 1, sizeof *wim);
        const char *path = arena_printf(arena, "%s/%s", folder, names[i]);
        container->access->diags = &container->diags;
        if (tree_find(tree, arena, &tree->root, path, &node) == TREE_FOUND &&
            tree->methods->open(tree, arena, &node, wim))
            open_wim(container, wim, arena_printf(arena, "%s!/", node.path), choice);
    }
}

/* The disc that Windows is installed from has it in a WIM; one for both architectures in two. */
static void open_iso(struct container *container, const struct source *file, const char *choice)
{
    static const char *const folders[] = {"sources", "x64/sources", "x86/sources"};
    const struct volume *volume = open_tree(container, file);
    if (!volume->is_open)
        return;
    struct tree *tree = arena_alloc(container->access->arena, 1, sizeof *tree);
    *tree = volume->tree; /* volumes move when there are more */
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        open_disc_wim(container, tree, folders[i], choice);
}

void container_open(struct access *access, const struct source *file, enum content content,
                    const struct container_choice *choice, struct container *container)
{
    *container = (struct container){.access = access, .diags.arena = access->arena};
    access->diags = &container->diags;
    if (is_disk(content) && !(access->libraries & LIBRARY_BIT(LIBRARY_NTFS)))
        access->wanted |= LIBRARY_BIT(LIBRARY_NTFS); /* it will be; without it nothing is opened */
    else if (is_disk(content))
        open_disk(container, file, content, choice);
    else if (content == CONTENT_WIM)
        open_wim(container, file, "", choice->image);
    else if (content == CONTENT_ISO)
        open_iso(container, file, choice->image);
    else
        open_tree(container, file);
}
