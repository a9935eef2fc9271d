/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/container.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "images.h"

#define MIB  ((uint64_t)1 << 20)
#define NTFS LIBRARY_BIT(LIBRARY_NTFS)

/* A disk in memory of 8 MiB, in which some bytes may be unreadable. */
struct disk {
    struct source source;
    uint8_t *bytes;
    uint64_t bad; /* the byte that fails; UINT64_MAX: none */
};

static ssize_t read_disk(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct disk *disk = source->context;
    if (offset >= source->size)
        return 0;
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    if (disk->bad >= offset && disk->bad - offset < len) {
        errno = EIO;
        return -1;
    }
    memcpy(buf, disk->bytes + offset, len);
    return (ssize_t)len;
}

static struct disk *make_disk(struct arena *arena)
{
    struct disk *disk = arena_alloc(arena, 1, sizeof *disk);
    *disk = (struct disk){
        .source =
            {.name = "disk", .size = 8 * MIB, .read_at = read_disk, .fd = -1, .context = disk},
        .bytes = arena_alloc(arena, 8 * MIB, 1),
        .bad = UINT64_MAX,
    };
    return disk;
}

/* Puts what tells a file system into the sector at an offset of a disk. */
static void put_file_system(struct disk *disk, uint64_t at, size_t where, const char *text)
{
    memcpy(disk->bytes + at + where, text, strlen(text));
    put_u16(disk->bytes + at + 510, 0xaa55);
}

/* A table of partitions of one MiB each, the first of which starts at 1 MiB. */
static void put_table(struct disk *disk, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t *entry = disk->bytes + 446 + (size_t)16 * i;
        entry[4] = 7;
        put_u32(entry + 8, 2048 * (i + 1));
        put_u32(entry + 12, 2048);
    }
    put_u16(disk->bytes + 510, 0xaa55);
}

/* A container that was opened, with an arena of its own. */
struct opened {
    struct access access;
    struct container container;
};

static struct opened *open_as(struct arena *arena, const struct source *file, enum content content,
                              unsigned libraries, const struct container_choice *choice)
{
    struct opened *opened = arena_alloc(arena, 1, sizeof *opened);
    opened->access = (struct access){.arena = arena_new(), .libraries = libraries, .folder = -1};
    const char *missing = libraries_load(arena, libraries);
    if (missing)
        fail_msg("%s", missing);
    container_open(&opened->access, file, content, choice, &opened->container);
    return opened;
}

static struct opened *open_disk(struct arena *arena, const struct disk *disk, unsigned libraries)
{
    return open_as(arena, &disk->source, CONTENT_DISK, libraries, &(struct container_choice){0});
}

static void close_opened(struct opened *opened)
{
    arena_free(opened->access.arena);
}

static const char *show_diags(struct arena *arena, const struct diags *diags)
{
    const char *text = "";
    for (size_t i = 0; i < diags->count; i++)
        text = arena_printf(arena, "%s (%d: %s)", text, diags->items[i].level,
                            diags->items[i].message);
    return text;
}

/* Volumes, then other partitions, then what is said of the whole: "p1 open\nother p2: FAT\n". */
static const char *show(struct arena *arena, const struct opened *opened)
{
    const struct container *container = &opened->container;
    const char *text = "";
    for (size_t i = 0; i < container->count; i++) {
        const struct volume *volume = &container->volumes[i];
        text =
            arena_printf(arena, "%s%s%s%s\n", text, volume->name,
                         volume->is_open ? " open" : " closed", show_diags(arena, volume->diags));
    }
    for (size_t i = 0; i < container->others.count; i++)
        text = arena_printf(arena, "%sother %s\n", text, container->others.items[i]);
    if (container->diags.count)
        text = arena_printf(arena, "%sall%s\n", text, show_diags(arena, &container->diags));
    return text;
}

static const char *show_disk(struct arena *arena, const struct disk *disk, unsigned libraries)
{
    struct opened *opened = open_disk(arena, disk, libraries);
    const char *text = show(arena, opened);
    close_opened(opened);
    return text;
}

static void what_is_read_as_an_image_is_known(void **state)
{
    static const enum content images[] = {CONTENT_EWF,  CONTENT_QCOW2,  CONTENT_VMDK, CONTENT_VHD,
                                          CONTENT_VHDX, CONTENT_VDI,    CONTENT_DISK, CONTENT_WIM,
                                          CONTENT_ISO,  CONTENT_ARCHIVE};
    static const enum content others[] = {CONTENT_UNKNOWN, CONTENT_EMPTY, CONTENT_HIVE,
                                          CONTENT_OTHER};
    (void)state;
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        assert_true(container_is(images[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(container_is(others[i]));
}

/* Names of file systems are those of their specifications: FAT12 and FAT16 at 54, FAT32 at 82. */
static void partitions_without_windows_are_named(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 4);
    put_file_system(disk, 1 * MIB, 54, "FAT16   ");
    put_file_system(disk, 2 * MIB, 82, "FAT32   ");
    put_file_system(disk, 3 * MIB, 3, "EXFAT   ");
    put_file_system(disk, 4 * MIB, 3, "ReFS");
    assert_string_equal(show_disk(*state, disk, NTFS),
                        "other p1: FAT\nother p2: FAT\nother p3: exFAT\n"
                        "other p4: ReFS, which cannot be read here\n");
}

static void what_is_in_no_file_system_is_named_as_that(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 1);
    assert_string_equal(show_disk(*state, disk, NTFS), "other p1: no file system of Windows\n");
}

static void a_volume_on_a_disk_without_partitions_is_named(void **state)
{
    struct disk *disk = make_disk(*state);
    assert_string_equal(show_disk(*state, disk, NTFS),
                        "other no partition, and no file system of Windows\n");
    memcpy(disk->bytes, "\xeb\x3c\x90mkfs.fat\0\2", 13);
    put_file_system(disk, 0, 54, "FAT12   ");
    assert_string_equal(show_disk(*state, disk, NTFS), "other FAT\n");
}

static void a_partition_that_cannot_be_read_is_said_and_costs_no_other(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 3);
    put_file_system(disk, 1 * MIB, 54, "FAT");
    put_file_system(disk, 3 * MIB, 54, "FAT");
    disk->bad = 2 * MIB + 7;
    assert_string_equal(show_disk(*state, disk, NTFS),
                        arena_printf(*state,
                                     "p2 closed (2: its first sector cannot be read: %s)\n"
                                     "other p1: FAT\nother p3: FAT\n",
                                     strerror(EIO)));
}

static void a_disk_that_cannot_be_read_is_said(void **state)
{
    struct disk *disk = make_disk(*state);
    disk->bad = 0;
    struct opened *opened = open_disk(*state, disk, NTFS);
    assert_int_equal(opened->container.count, 0);
    assert_int_equal(opened->container.diags.count, 1);
    assert_int_equal(opened->container.diags.worst, DIAG_INCOMPLETE);
    close_opened(opened);
}

/* It ends within the disk that its table speaks of: the rest is as it is. */
static void a_disk_that_is_cut_short_shows_what_is_left(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 3);
    put_file_system(disk, 1 * MIB, 54, "FAT");
    disk->source.size = 2 * MIB;
    struct opened *opened = open_disk(*state, disk, NTFS);
    assert_int_equal(opened->container.others.count, 1);
    assert_string_equal(opened->container.others.items[0], "p1: FAT");
    assert_int_equal(opened->container.diags.worst, DIAG_INCOMPLETE);
    close_opened(opened);
}

static void libraries_are_wanted_by_what_is_there(void **state)
{
    static const struct {
        enum content content;
        unsigned library;
    } rows[] = {
        {CONTENT_EWF, LIBRARY_EWF},         {CONTENT_VMDK, LIBRARY_VMDK},
        {CONTENT_VHDX, LIBRARY_VHDI},       {CONTENT_WIM, LIBRARY_WIM},
        {CONTENT_ARCHIVE, LIBRARY_ARCHIVE}, {CONTENT_ISO, LIBRARY_ARCHIVE},
    };
    struct disk *disk = make_disk(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct opened *opened =
            open_as(*state, &disk->source, rows[i].content, NTFS, &(struct container_choice){0});
        assert_int_equal(opened->access.wanted, LIBRARY_BIT(rows[i].library));
        close_opened(opened);
    }
}

/* A disc of today has both: ISO 9660 shows a text that asks for a reader of UDF. */
static void a_disc_with_udf_wants_its_library(void **state)
{
    struct disk *disk = make_disk(*state);
    memcpy(disk->bytes + 0x8001, "CD001", 5);
    memcpy(disk->bytes + 0x8801, "BEA01", 5);
    memcpy(disk->bytes + 0x9001, "NSR02", 5);
    memcpy(disk->bytes + 0x9801, "TEA01", 5);
    struct opened *opened =
        open_as(*state, &disk->source, CONTENT_ISO, 0, &(struct container_choice){0});
    assert_int_equal(opened->access.wanted, LIBRARY_BIT(LIBRARY_UDFREAD));
    close_opened(opened);
}

/* All that can be known to be wanted is wanted at once. */
static void volumes_want_their_libraries_together(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 3);
    put_file_system(disk, 1 * MIB, 3, "NTFS    ");
    put_file_system(disk, 2 * MIB, 3, "-FVE-FS-");
    struct container_choice choice = {.shadows = {.any = true}};
    struct opened *opened = open_as(*state, &disk->source, CONTENT_DISK, NTFS, &choice);
    assert_int_equal(opened->access.wanted,
                     LIBRARY_BIT(LIBRARY_VSHADOW) | LIBRARY_BIT(LIBRARY_BDE));
    close_opened(opened);
}

/* Whatever the image is of, nothing of it can be read without. */
static void a_disk_wants_ntfs_before_it_is_opened(void **state)
{
    struct disk *disk = make_disk(*state);
    disk->bad = 0;
    for (enum content content = CONTENT_EWF; content <= CONTENT_DISK; content++) {
        struct opened *opened =
            open_as(*state, &disk->source, content, 0, &(struct container_choice){0});
        assert_int_equal(opened->access.wanted, NTFS);
        assert_string_equal(show(*state, opened), "");
        close_opened(opened);
    }
}

static void no_library_is_wanted_where_nothing_is_for_it(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 2);
    put_file_system(disk, 1 * MIB, 54, "FAT");
    struct opened *opened = open_disk(*state, disk, NTFS);
    assert_int_equal(opened->access.wanted, 0);
    close_opened(opened);
}

static void a_damaged_volume_costs_no_other(void **state)
{
    struct disk *disk = make_disk(*state);
    put_table(disk, 3);
    put_file_system(disk, 1 * MIB, 3, "NTFS    ");
    put_file_system(disk, 2 * MIB, 54, "FAT");
    put_file_system(disk, 3 * MIB, 3, "-FVE-FS-");
    struct opened *opened = open_disk(*state, disk, NTFS | LIBRARY_BIT(LIBRARY_BDE));
    const struct container *container = &opened->container;
    assert_int_equal(opened->access.wanted, 0);
    assert_int_equal(container->count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(container->volumes[i].name, i ? "p3" : "p1");
        assert_false(container->volumes[i].is_open);
        assert_int_equal(container->volumes[i].diags->worst, DIAG_FAILED);
    }
    assert_int_equal(container->others.count, 1);
    assert_int_equal(container->diags.count, 0);
    close_opened(opened);
}

/* A volume that mkntfs makes, in a partition or alone. */
static void ntfs_is_opened_and_named_by_its_partition(void **state)
{
    const struct scratch *scratch = *state;
    images_run(scratch, "mkntfs --version");
    images_run(scratch, "truncate -s 3M volume && mkntfs -qFQ volume && truncate -s 8M disk && "
                        "dd if=volume of=disk bs=1M seek=2 conv=notrunc");
    struct disk *disk = make_disk(scratch->arena);
    struct access *access = images_access(scratch, 0);
    assert_true(
        source_read(images_file(scratch, access, "disk"), 0, disk->bytes, disk->source.size));
    put_table(disk, 4);
    disk->bytes[446 + 16 + 12] = 0; /* the second one has 3 MiB, */
    put_u32(disk->bytes + 446 + 16 + 12, 3 * 2048);
    memset(disk->bytes + 446 + 32, 0, 32); /* and there are no more */
    put_file_system(disk, 1 * MIB, 54, "FAT");
    assert_string_equal(show_disk(scratch->arena, disk, NTFS), "p2 open\nother p1: FAT\n");
    memmove(disk->bytes, disk->bytes + 2 * MIB, 3 * MIB);
    disk->source.size = 3 * MIB;
    struct opened *opened = open_disk(scratch->arena, disk, NTFS);
    assert_string_equal(show(scratch->arena, opened), " open\n");
    const struct volume *volume = &opened->container.volumes[0];
    assert_int_equal(volume->where, MEMBERS_OF_VOLUME);
    assert_string_equal(volume->origin, "");
    assert_int_equal(volume->shadow, 0);
    close_opened(opened);
    images_close(access);
}

/* Opens the sample of plaso, which has two shadow copies, without a partition table. */
static const char *show_shadows(const struct scratch *scratch, struct shadow_choice shadows)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus) {
        print_message("# skipped: HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    images_run(scratch, arena_printf(scratch->arena, "cp '%s/images/vsstest.qcow2' image", corpus));
    struct access *access = images_access(scratch, 0);
    struct container_choice choice = {.shadows = shadows};
    struct opened *opened =
        open_as(scratch->arena, images_file(scratch, access, "image"), CONTENT_QCOW2,
                NTFS | LIBRARY_BIT(LIBRARY_VSHADOW) | LIBRARY_BIT(LIBRARY_ZLIB), &choice);
    const char *text = "";
    for (size_t i = 0; i < opened->container.count; i++) {
        const struct volume *volume = &opened->container.volumes[i];
        assert_true(volume->is_open);
        assert_string_equal(volume->origin, "");
        assert_int_equal(volume->created != 0, volume->shadow != 0);
        text = arena_printf(scratch->arena, "%s'%s' %u\n", text, volume->name, volume->shadow);
        for (size_t j = 0; j < volume->diags->count; j++)
            if (volume->diags->items[j].level != DIAG_NOTE)
                text =
                    arena_printf(scratch->arena, "%s%s\n", text, volume->diags->items[j].message);
    }
    close_opened(opened);
    images_close(access);
    return text;
}

static void shadow_copies_come_before_their_volume(void **state)
{
    static const unsigned two[] = {2}, none[] = {3, 0, 1};
    assert_string_equal(show_shadows(*state, (struct shadow_choice){0}), "'' 0\n");
    assert_string_equal(show_shadows(*state, (struct shadow_choice){.any = true}),
                        "'vss1' 1\n'vss2' 2\n'' 0\n");
    assert_string_equal(
        show_shadows(*state, (struct shadow_choice){.any = true, .numbers = two, .count = 1}),
        "'vss2' 2\n'' 0\n");
    assert_string_equal(
        show_shadows(*state, (struct shadow_choice){.any = true, .numbers = none, .count = 3}),
        "'vss1' 1\n'' 0\nhas no shadow copy 3 (--shadow-copies): there are 2\n"
        "has no shadow copy 0 (--shadow-copies): there are 2\n");
}

/* Its decoy aside, a volume to go has FAT behind its encryption. */
static void a_decrypted_volume_is_named_by_what_is_in_it(void **state)
{
    const struct scratch *scratch = *state;
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus) {
        print_message("# skipped: HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    images_run(scratch, arena_printf(scratch->arena,
                                     "tar -xJf '%s/images/bitlk-images.tar.xz' "
                                     "bitlk-images/bitlk-togo-aes-xts-128.img",
                                     corpus));
    struct access *access = images_access(scratch, 0);
    const struct source *file =
        images_file(scratch, access, "bitlk-images/bitlk-togo-aes-xts-128.img");
    const struct unlock unlock = {.password = "anaconda"};
    struct opened *opened = arena_alloc(scratch->arena, 1, sizeof *opened);
    opened->access = (struct access){.arena = arena_new(), .folder = -1, .unlock = &unlock};
    opened->access.libraries = NTFS | LIBRARY_BIT(LIBRARY_BDE);
    assert_null(libraries_load(scratch->arena, opened->access.libraries));
    container_open(&opened->access, file, CONTENT_DISK, &(struct container_choice){0},
                   &opened->container);
    assert_string_equal(show(scratch->arena, opened), "other FAT\n");
    close_opened(opened);
    images_close(access);
}

/* A WIM of two images, "One" and "Two". */
static const struct source *make_wim(const struct scratch *scratch, struct access *access)
{
    images_run(scratch, "wimlib-imagex --version");
    images_run(scratch, "mkdir tree && touch tree/x && wimlib-imagex capture tree wim One && "
                        "wimlib-imagex append tree wim Two");
    return images_file(scratch, access, "wim");
}

static const char *show_images(const struct scratch *scratch, const struct source *wim,
                               const char *image)
{
    struct container_choice choice = {.image = image};
    struct opened *opened =
        open_as(scratch->arena, wim, CONTENT_WIM, LIBRARY_BIT(LIBRARY_WIM), &choice);
    const char *text = show(scratch->arena, opened);
    close_opened(opened);
    return text;
}

static void images_of_a_wim_are_chosen_by_number_or_name(void **state)
{
    struct access *access = images_access(*state, 0);
    const struct source *wim = make_wim(*state, access);
    assert_string_equal(show_images(*state, wim, NULL), "1 open\n2 open\n");
    assert_string_equal(show_images(*state, wim, "2"), "2 open\n");
    assert_string_equal(show_images(*state, wim, "ONE"), "1 open\n");
    assert_string_equal(show_images(*state, wim, "3"),
                        "all (2: has no image \"3\" (--image): it has 2)\n");
    assert_string_equal(show_images(*state, wim, "02"),
                        "all (2: has no image \"02\" (--image): it has 2)\n");
    images_close(access);
}

static void a_wim_without_images_says_so(void **state)
{
    struct access *access = images_access(*state, 0);
    const struct source *wim = make_wim(*state, access);
    images_run(*state, "wimlib-imagex delete wim all");
    wim = images_file(*state, access, "wim");
    assert_string_equal(show_images(*state, wim, NULL), "all (2: is a WIM without images)\n");
    images_close(access);
}

/* libwim opens it under the filter of system calls only. */
static void the_wim_that_windows_is_installed_from_is_found_on_a_disc(void **state)
{
    const struct scratch *scratch = *state;
    struct access *access = images_access(scratch, 0);
    make_wim(scratch, access);
    images_run(scratch, "genisoimage --version");
    images_run(scratch, "mkdir -p disc/Sources && cp wim disc/Sources/Install.WIM && "
                        "genisoimage -quiet -J -o iso disc");
    struct container_choice choice = {.image = "Two"};
    struct opened *opened =
        open_as(scratch->arena, images_file(scratch, access, "iso"), CONTENT_ISO,
                LIBRARY_BIT(LIBRARY_WIM) | LIBRARY_BIT(LIBRARY_ARCHIVE), &choice);
    const char *shown = show(scratch->arena, opened);
    assert_int_equal(opened->container.volumes[0].where, MEMBERS_ANYWHERE);
    assert_string_equal(
        shown, " open\nall (2: a WIM on a disc is read in the sandbox only (--sandbox))\n");
    close_opened(opened);
    images_close(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_is_read_as_an_image_is_known),
        SUPPORT_TEST(partitions_without_windows_are_named),
        SUPPORT_TEST(what_is_in_no_file_system_is_named_as_that),
        SUPPORT_TEST(a_volume_on_a_disk_without_partitions_is_named),
        SUPPORT_TEST(a_partition_that_cannot_be_read_is_said_and_costs_no_other),
        SUPPORT_TEST(a_disk_that_cannot_be_read_is_said),
        SUPPORT_TEST(a_disk_that_is_cut_short_shows_what_is_left),
        SUPPORT_TEST(libraries_are_wanted_by_what_is_there),
        SUPPORT_TEST(a_disc_with_udf_wants_its_library),
        SUPPORT_TEST(volumes_want_their_libraries_together),
        SUPPORT_TEST(a_disk_wants_ntfs_before_it_is_opened),
        SUPPORT_TEST(no_library_is_wanted_where_nothing_is_for_it),
        SUPPORT_TEST(a_damaged_volume_costs_no_other),
        SCRATCH_TEST(ntfs_is_opened_and_named_by_its_partition),
        SCRATCH_TEST(shadow_copies_come_before_their_volume),
        SCRATCH_TEST(a_decrypted_volume_is_named_by_what_is_in_it),
        SCRATCH_TEST(images_of_a_wim_are_chosen_by_number_or_name),
        SCRATCH_TEST(a_wim_without_images_says_so),
        SCRATCH_TEST(the_wim_that_windows_is_installed_from_is_found_on_a_disc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
