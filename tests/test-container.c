/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/container.h"

#include "base/text.h"
#include "disks.h"

/* The partitions of the disk, one behind the other, each with an NTFS volume. */
#define P1   (UINT64_C(2048) * 512)
#define P2   (UINT64_C(14336) * 512)
#define SIZE (UINT64_C(12288) * 512)

/* An image that was opened. */
struct opened {
    struct access access;
    struct input input;
    struct source file;
    struct container container;
};

static void make_disk(const struct scratch *scratch)
{
    disks_need("mkntfs");
    disks_need("sfdisk");
    disks_run(scratch, "truncate -s 6M volume && mkntfs -F -Q -q -p 2048 -s 512 volume && "
                       "truncate -s 14M disk && printf 'label: dos\\n"
                       "start=2048, size=12288, type=7\\nstart=14336, size=12288, type=7\\n' | "
                       "sfdisk -q disk && "
                       "dd if=volume of=disk bs=512 seek=2048 conv=notrunc status=none && "
                       "dd if=volume of=disk bs=512 seek=14336 conv=notrunc status=none");
}

static struct opened *open_with(const struct scratch *scratch, const char *name,
                                const struct unlock *unlock)
{
    const unsigned libraries =
        DISKS_LIBRARIES | LIBRARY_BIT(LIBRARY_NTFS) | LIBRARY_BIT(LIBRARY_BDE);
    const struct container_choice choice = {0};
    struct diags unused = {.arena = scratch->arena};
    struct opened *opened = arena_alloc(scratch->arena, 1, sizeof *opened);
    enum content content;
    const char *kind;
    opened->access = (struct access){.arena = scratch->arena,
                                     .libraries = libraries,
                                     .folder = open(scratch->folder, O_RDONLY | O_DIRECTORY),
                                     .unlock = unlock};
    assert_null(libraries_load(scratch->arena, libraries));
    assert_true(input_open(scratch->arena, &unused, scratch_path(scratch, name), &opened->input));
    opened->file = input_source(&opened->input);
    assert_true(content_tell(&opened->file, &content, &kind));
    container_open(&opened->access, &opened->file, content, &choice, &opened->container);
    return opened;
}

static struct opened *open_image(const struct scratch *scratch, const char *name)
{
    return open_with(scratch, name, NULL);
}

static void close_image(struct opened *opened)
{
    close(opened->access.folder);
    input_close(&opened->input);
}

/* The volumes of an image, those in parentheses not open, each with what was said of it; then what
 * was said of the image. */
static const char *show(const struct scratch *scratch, const struct opened *opened)
{
    const struct container *container = &opened->container;
    const char *text = "";
    for (size_t i = 0; i < container->count; i++)
        text = arena_printf(
            scratch->arena, container->volumes[i].is_open ? "%s%s\n%s" : "%s(%s)\n%s", text,
            container->volumes[i].name, disks_said(scratch, container->volumes[i].diags));
    return arena_printf(scratch->arena, "%s%s", text, disks_said(scratch, &container->diags));
}

static void expect(const struct scratch *scratch, struct opened *opened, const char *wanted)
{
    assert_string_equal(show(scratch, opened), wanted);
    close_image(opened);
}

static void all_volumes_are_opened(void **state)
{
    make_disk(*state);
    expect(*state, open_image(*state, "disk"), "p1\np2\n");
}

static void a_volume_that_lost_its_boot_sector_is_not_passed_over(void **state)
{
    static const uint8_t zeros[512];
    make_disk(*state);
    disks_poke(*state, "disk", P1, zeros, sizeof zeros);
    expect(
        *state, open_image(*state, "disk"),
        "(p1)\nthe boot sector of this NTFS volume is damaged: the copy of it, in the last sector "
        "of the volume, is whole\np2\n");
}

/* What lies there is another file system's now, whatever is left of the last one. */
static void a_volume_that_was_formatted_again_is_another(void **state)
{
    make_disk(*state);
    disks_poke(*state, "disk", P1 + 3, "EXFAT   ", 8);
    struct opened *opened = open_image(*state, "disk");
    assert_int_equal(opened->container.others.count, 1);
    assert_string_equal(opened->container.others.items[0], "p1: exFAT");
    expect(*state, opened, "p2\n");
}

static void damage_is_said_of_the_partition_that_it_is_in(void **state)
{
    static const uint8_t nowhere[8] = {0x80, 0, 0, 0x7f, 0, 0, 0, 0};
    struct scratch *scratch = *state;
    make_disk(scratch);
    disks_need("qemu-img");
    disks_run(scratch, "qemu-img convert -O qcow2 disk x.qcow2");
    const uint8_t *image = disks_load(scratch, "x.qcow2")->bytes;
    uint64_t l2 = get_be64(image + get_be64(image + 40)) & UINT64_C(0x00fffffffffffe00);
    disks_poke(scratch, "x.qcow2", l2 + P2 / 65536 * 8, nowhere, sizeof nowhere);
    struct opened *opened = open_image(scratch, "x.qcow2");
    const struct container *container = &opened->container;
    assert_int_equal(container->count, 2);
    assert_int_equal(container->volumes[0].diags->count, 0);
    assert_int_equal(container->volumes[1].diags->count, 2);
    assert_non_null(strstr(container->volumes[1].diags->items[0].message, "is cut short"));
    assert_non_null(strstr(container->volumes[1].diags->items[1].message, "first sector"));
    assert_int_equal(container->diags.count, 0);
    close_image(opened);
}

/* A volume of cryptsetup's samples, as the image vol.img, and what opens it. */
static const struct unlock *unpack_bitlocker(const struct scratch *scratch)
{
    static const struct unlock unlock = {.password = "anaconda"};
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus)
        skip();
    disks_need("xz");
    disks_run(scratch,
              "tar -xOf '%s/images/bitlk-images.tar.xz' bitlk-images/bitlk-aes-xts-128.img | "
              "dd of=vol.img bs=64K iflag=fullblock conv=sparse status=none",
              corpus);
    return &unlock;
}

/* Where the boot sector that is encrypted was moved to. */
#define MOVED UINT64_C(0x21a5000)

static void an_encrypted_volume_without_its_boot_sector_is_not_passed_over(void **state)
{
    const struct unlock *unlock = unpack_bitlocker(*state);
    disks_poke(*state, "vol.img", MOVED, "damaged", 7);
    expect(*state, open_with(*state, "vol.img", unlock),
           "()\nwhat BitLocker encrypted is damaged: it is no file system\n");
}

/* What the image says of that comes while the decrypted volume is read. */
static void so_is_one_whose_boot_sector_cannot_be_read(void **state)
{
    static const uint8_t nowhere[8] = {0x80, 0, 0, 0x7f, 0, 0, 0, 0};
    struct scratch *scratch = *state;
    const struct unlock *unlock = unpack_bitlocker(scratch);
    disks_need("qemu-img");
    disks_run(scratch, "qemu-img convert -f raw -O qcow2 vol.img x.qcow2");
    const uint8_t *image = disks_load(scratch, "x.qcow2")->bytes;
    uint64_t l2 = get_be64(image + get_be64(image + 40)) & UINT64_C(0x00fffffffffffe00);
    disks_poke(scratch, "x.qcow2", l2 + MOVED / 65536 * 8, nowhere, sizeof nowhere);
    struct opened *opened = open_with(scratch, "x.qcow2", unlock);
    const char *said = show(scratch, opened);
    assert_int_equal(opened->container.count, 1);
    assert_non_null(strstr(said, "the qcow2 image is cut short"));
    assert_non_null(strstr(said, "its first sector cannot be read"));
    close_image(opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(all_volumes_are_opened),
        SCRATCH_TEST(a_volume_that_lost_its_boot_sector_is_not_passed_over),
        SCRATCH_TEST(a_volume_that_was_formatted_again_is_another),
        SCRATCH_TEST(damage_is_said_of_the_partition_that_it_is_in),
        SCRATCH_TEST(an_encrypted_volume_without_its_boot_sector_is_not_passed_over),
        SCRATCH_TEST(so_is_one_whose_boot_sector_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
