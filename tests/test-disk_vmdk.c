/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "disks.h"

#define RAW_SIZE ((size_t)24 * 1024 * 1024)

static void make_image(const struct scratch *scratch, const char *subformat)
{
    disks_need("qemu-img");
    disks_make_raw(scratch, "raw", RAW_SIZE, 1);
    disks_run(scratch, "qemu-img convert -f raw -O vmdk -o subformat=%s raw x.vmdk", subformat);
}

/* A disk over several extents, as of 2 GB each: its middle lies on either side of a border. */
static void make_large(const struct scratch *scratch, const char *subformat)
{
    disks_need("qemu-img");
    disks_make_raw(scratch, "part", (size_t)3 * 1024 * 1024, 1);
    disks_run(scratch,
              "truncate -s 4400M raw && dd if=part of=raw bs=1M seek=2046 conv=notrunc &&"
              "dd if=part of=raw bs=1M seek=4094 conv=notrunc &&"
              "qemu-img convert -f raw -O vmdk -o subformat=%s raw x.vmdk",
              subformat);
}

static void images_of_one_file_give_the_bytes_of_the_disk(void **state)
{
    static const char *const subformats[] = {"monolithicSparse", "streamOptimized"};
    for (size_t i = 0; i < sizeof subformats / sizeof *subformats; i++) {
        make_image(*state, subformats[i]);
        disks_check(*state, "x.vmdk", disk_open_vmdk, "raw");
        disks_run(*state, "mv x.vmdk evidence");
        disks_check(*state, "evidence", disk_open_vmdk, "raw");
    }
}

static void extents_are_found_beside_the_descriptor(void **state)
{
    static const char *const subformats[] = {"monolithicFlat", "twoGbMaxExtentFlat",
                                             "twoGbMaxExtentSparse"};
    for (size_t i = 0; i < sizeof subformats / sizeof *subformats; i++) {
        make_image(*state, subformats[i]);
        disks_check(*state, "x.vmdk", disk_open_vmdk, "raw");
        disks_run(*state, "for f in x*; do mv $f new${f#x}; done");
        disks_check(*state, "new.vmdk", disk_open_vmdk, "raw");
        disks_run(*state, "rm new*");
    }
}

/* 3 MiB at an offset, which lie in two extents. */
static void check_border(const struct disks_image *image, const struct source *part, uint64_t at)
{
    static uint8_t a[3 << 20], b[sizeof a];
    assert_true(source_read(&image->disk, at, a, sizeof a));
    assert_true(source_read(part, 0, b, sizeof b));
    assert_memory_equal(a, b, sizeof a);
    assert_true(source_read(&image->disk, at + sizeof a, a, sizeof a));
    memset(b, 0, sizeof b);
    assert_memory_equal(a, b, sizeof a);
}

static void a_disk_goes_over_several_extents(void **state)
{
    static const char *const subformats[] = {"twoGbMaxExtentFlat", "twoGbMaxExtentSparse"};
    for (size_t i = 0; i < sizeof subformats / sizeof *subformats; i++) {
        make_large(*state, subformats[i]);
        struct disks_image *image = disks_open(*state, "x.vmdk", disk_open_vmdk);
        const struct source *part = &disks_load(*state, "part")->source;
        assert_int_equal(image->disk.size, UINT64_C(4400) << 20);
        check_border(image, part, UINT64_C(2046) << 20);
        check_border(image, part, UINT64_C(4094) << 20);
        assert_int_equal(image->diags.count, 0);
        disks_close(image);
        disks_run(*state, "test -e x-[sf]003.vmdk && rm x*");
    }
}

static void a_missing_extent_is_said(void **state)
{
    make_image(*state, "monolithicFlat");
    disks_run(*state, "rm x-flat.vmdk");
    disks_refuse(*state, "x.vmdk", disk_open_vmdk, "lacks its extent x-flat.vmdk: ");
}

static void a_truncated_flat_extent_is_said(void **state)
{
    make_image(*state, "monolithicFlat");
    disks_run(*state, "truncate -s 10M x-flat.vmdk");
    disks_refuse(*state, "x.vmdk", disk_open_vmdk,
                 "extent x-flat.vmdk is too short (got 10485760 bytes, want 25165824");
}

static void names_that_leave_the_folder_are_not_followed(void **state)
{
    static const char *const names[] = {"/etc/passwd", "../raw", "a/raw", ".."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        make_image(*state, "monolithicFlat");
        disks_run(*state, "mkdir -p a && cp raw a && sed -i 's,x-flat.vmdk,%s,' x.vmdk", names[i]);
        disks_refuse(*state, "x.vmdk", disk_open_vmdk, "names a file that does not lie beside it");
    }
}

static void an_extent_alone_is_refused(void **state)
{
    make_image(*state, "twoGbMaxExtentSparse");
    disks_refuse(*state, "x-s001.vmdk", disk_open_vmdk, "an extent without its descriptor");
}

static void a_snapshot_is_refused(void **state)
{
    make_image(*state, "monolithicSparse");
    disks_run(*state, "qemu-img create -f vmdk -b x.vmdk -F vmdk y.vmdk");
    disks_refuse(*state, "y.vmdk", disk_open_vmdk, "only the changes of another image");
}

static void what_a_truncated_image_lacks_is_not_zeros(void **state)
{
    static const char *const subformats[] = {"monolithicSparse", "streamOptimized"};
    for (size_t i = 0; i < sizeof subformats / sizeof *subformats; i++) {
        make_image(*state, subformats[i]);
        disks_run(*state, "truncate -s 4M x.vmdk");
        disks_check_damage(*state, "x.vmdk", disk_open_vmdk, "raw", "of its disk cannot be read");
    }
}

static void a_damaged_compressed_grain_is_not_zeros(void **state)
{
    make_image(*state, "streamOptimized");
    for (uint64_t at = 1; at < 9; at++)
        disks_poke(*state, "x.vmdk", at * 1000003, "damaged", 7);
    disks_check_damage(*state, "x.vmdk", disk_open_vmdk, "raw", "of its disk cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(images_of_one_file_give_the_bytes_of_the_disk),
        SCRATCH_TEST(extents_are_found_beside_the_descriptor),
        SCRATCH_TEST(a_disk_goes_over_several_extents),
        SCRATCH_TEST(a_missing_extent_is_said),
        SCRATCH_TEST(a_truncated_flat_extent_is_said),
        SCRATCH_TEST(names_that_leave_the_folder_are_not_followed),
        SCRATCH_TEST(an_extent_alone_is_refused),
        SCRATCH_TEST(a_snapshot_is_refused),
        SCRATCH_TEST(what_a_truncated_image_lacks_is_not_zeros),
        SCRATCH_TEST(a_damaged_compressed_grain_is_not_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
