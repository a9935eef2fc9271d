/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <malloc.h>

#include "disks.h"

#define RAW_SIZE ((size_t)5 * 1024 * 1024 + 3 * 512) /* not a whole number of clusters */

/* Makes x.qcow2 of raw, and raw itself where it is not there yet. */
static void make_image(const struct scratch *scratch, const char *options)
{
    disks_need("qemu-img");
    if (access(scratch_path(scratch, "raw"), F_OK) != 0)
        disks_make_raw(scratch, "raw", RAW_SIZE, 77);
    disks_run(scratch, "qemu-img convert -f raw -O qcow2 %s raw x.qcow2", options);
}

static void check_options(const struct scratch *scratch, const char *options)
{
    print_message("qemu-img convert %s\n", options);
    make_image(scratch, options);
    disks_check(scratch, "x.qcow2", disk_open_qcow2, "raw");
}

static void every_size_of_clusters_is_read(void **state)
{
    static const char *const sizes[] = {"512", "4k", "64k", "2M"};
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_options(scratch, arena_printf(scratch->arena, "-o cluster_size=%s", sizes[i]));
}

static void both_versions_are_read(void **state)
{
    check_options(*state, "-o compat=0.10");
    check_options(*state, "-o compat=1.1");
}

static void allocation_in_advance_is_read(void **state)
{
    check_options(*state, "-o preallocation=metadata");
    check_options(*state, "-o preallocation=falloc");
    check_options(*state, "-S 0");
}

static void clusters_compressed_by_zlib_are_read(void **state)
{
    check_options(*state, "-c -o compat=0.10");
    check_options(*state, "-c -o cluster_size=512");
    check_options(*state, "-c -o cluster_size=4k");
    check_options(*state, "-c");
    check_options(*state, "-c -o cluster_size=2M");
}

static void clusters_compressed_by_zstd_are_read(void **state)
{
    check_options(*state, "-c -o compression_type=zstd,cluster_size=4k");
    check_options(*state, "-c -o compression_type=zstd");
    check_options(*state, "-c -o compression_type=zstd,cluster_size=2M");
}

static void an_empty_disk_is_read(void **state)
{
    const struct scratch *scratch = *state;
    disks_need("qemu-img");
    scratch_write(scratch, "raw", "", 0);
    disks_run(scratch, "qemu-img create -f qcow2 x.qcow2 0");
    struct disks_image *image = disks_open(scratch, "x.qcow2", disk_open_qcow2);
    assert_int_equal(image->disk.size, 0);
    disks_close(image);
}

/* What is not loaded is asked for, and nothing is said. */
static void the_library_of_the_compression_is_wanted(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "-c -o compression_type=zstd");
    struct disks_image *image = disks_open(scratch, "x.qcow2", disk_open_qcow2);
    image->access.libraries = 0;
    assert_false(disk_open_qcow2(&image->access, &image->file, &image->disk));
    assert_int_equal(image->access.wanted, LIBRARY_BIT(LIBRARY_ZSTD));
    assert_int_equal(image->diags.count, 0);
    disks_close(image);
}

/* Data at the very end of disks with large tables, which are not read whole. */
static void a_disk_of_terabytes_takes_little_memory(void **state)
{
    static const struct {
        const char *size;
        uint64_t bytes;
        unsigned cluster_size;
    } cases[] = {{"64G", UINT64_C(64) << 30, 512}, {"16T", UINT64_C(16) << 40, 65536}};
    const struct scratch *scratch = *state;
    uint8_t bytes[512], want[512];
    disks_need("qemu-io");
    memset(want, 0x5a, sizeof want);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        disks_run(scratch,
                  "qemu-img create -f qcow2 -o cluster_size=%u x.qcow2 %s && "
                  "qemu-io -f qcow2 -c 'write -P 0x5a %ju 512' x.qcow2",
                  cases[i].cluster_size, cases[i].size, (uintmax_t)cases[i].bytes - 512);
        struct disks_image *image = disks_open(scratch, "x.qcow2", disk_open_qcow2);
        assert_int_equal(image->disk.size, cases[i].bytes);
        struct mallinfo2 before = mallinfo2();
        assert_true(source_read(&image->disk, image->disk.size - 512, bytes, sizeof bytes));
        assert_memory_equal(bytes, want, sizeof bytes);
        for (uint64_t at = 0; at + 512 <= image->disk.size; at += image->disk.size / 1000)
            assert_true(source_read(&image->disk, at, bytes, sizeof bytes));
        struct mallinfo2 after = mallinfo2();
        assert_true(after.uordblks <= before.uordblks + 1024 * 1024);
        disks_close(image);
    }
}

static void clusters_of_zeros_hide_what_is_below(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    disks_need("qemu-io");
    disks_run(scratch, "qemu-img create -f qcow2 -b x.qcow2 -F qcow2 y.qcow2 && "
                       "qemu-io -f qcow2 -c 'write -z 65536 262144' -c 'write -P 3 393216 65536' "
                       "-c 'write -z 393216 65536' y.qcow2 && "
                       "qemu-img convert -f qcow2 -O raw y.qcow2 want");
    disks_check(scratch, "y.qcow2", disk_open_qcow2, "want");
}

static void a_backing_file_may_be_raw_or_qcow2(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "-c");
    disks_need("qemu-io");
    disks_run(scratch,
              "qemu-img create -f qcow2 -b raw -F raw a.qcow2 && "
              "qemu-io -f qcow2 -c 'write -P 1 70000 100000' a.qcow2 && "
              "qemu-img create -f qcow2 -o compression_type=zstd -b a.qcow2 -F qcow2 b.qcow2 && "
              "qemu-io -f qcow2 -c 'write -P 2 160000 100000' -c 'write -c -P 4 2M 64k' b.qcow2 && "
              "qemu-img create -f qcow2 -b b.qcow2 -F qcow2 c.qcow2 9M && "
              "qemu-io -f qcow2 -c 'write -P 3 8M 512' c.qcow2 && "
              "for i in a b c; do qemu-img convert -f qcow2 -O raw $i.qcow2 $i; done; "
              "qemu-img create -f qcow2 -b x.qcow2 -F qcow2 d.qcow2");
    disks_check(scratch, "a.qcow2", disk_open_qcow2, "a");
    disks_check(scratch, "b.qcow2", disk_open_qcow2, "b");
    disks_check(scratch, "c.qcow2", disk_open_qcow2, "c");
    disks_check(scratch, "d.qcow2", disk_open_qcow2, "raw");
}

/* Who follows the content of a raw file lets the machine that wrote it choose what is read. */
static void the_stated_format_of_a_backing_file_counts(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    disks_run(scratch, "qemu-img create -f qcow2 -b x.qcow2 -F raw y.qcow2");
    disks_check(scratch, "y.qcow2", disk_open_qcow2, "x.qcow2");
    disks_run(scratch, "qemu-img create -f qcow2 -u -b raw -F vmdk y.qcow2 5M");
    disks_refuse(scratch, "y.qcow2", disk_open_qcow2, "which is vmdk (want raw or qcow2)");
}

/* As qemu-img made them before it asked for the format. */
static void a_format_that_is_not_stated_is_told_by_content(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t none[4] = {0};
    make_image(scratch, "");
    disks_run(scratch, "qemu-img create -f qcow2 -b x.qcow2 -F qcow2 y.qcow2 && "
                       "qemu-img create -f qcow2 -b raw -F raw z.qcow2");
    disks_poke(scratch, "y.qcow2", 112, none, sizeof none);
    disks_poke(scratch, "z.qcow2", 112, none, sizeof none);
    disks_check(scratch, "y.qcow2", disk_open_qcow2, "raw");
    disks_check(scratch, "z.qcow2", disk_open_qcow2, "raw");
    disks_run(scratch, "mv raw disk && qemu-img convert -f raw -O vmdk disk raw");
    disks_refuse(scratch, "z.qcow2", disk_open_qcow2, "which is a VMDK image");
    disks_run(scratch, "qemu-img convert -f raw -O vpc disk raw");
    disks_refuse(scratch, "z.qcow2", disk_open_qcow2, "which is a VHD image");
}

static void a_backing_file_elsewhere_is_refused(void **state)
{
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"/etc/passwd", "in another folder, which is not followed: /etc/passwd"},
        {"../raw", "in another folder, which is not followed: ../raw"},
        {"./raw", "in another folder"},
        {"nbd://localhost/x", "no file beside it: nbd://localhost/x"},
        {"nbd:localhost:10809", "no file beside it"},
        {"json:{\"driver\":\"raw\"}", "no file beside it"},
        {"file:raw", "no file beside it"},
        {"..", "cannot be opened"},
        {"gone.qcow2", "cannot be opened, gone.qcow2: No such file or directory"},
    };
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        disks_run(scratch, "qemu-img create -f qcow2 -u -b '%s' -F raw y.qcow2 5M", cases[i].name);
        disks_refuse(scratch, "y.qcow2", disk_open_qcow2, cases[i].words);
    }
}

static void a_circle_of_backing_files_ends(void **state)
{
    const struct scratch *scratch = *state;
    disks_need("qemu-img");
    disks_run(scratch, "qemu-img create -f qcow2 -u -b y.qcow2 -F qcow2 x.qcow2 5M && "
                       "qemu-img create -f qcow2 -u -b x.qcow2 -F qcow2 y.qcow2 5M");
    disks_refuse(scratch, "x.qcow2", disk_open_qcow2, "they go in a circle");
}

static void what_is_not_supported_is_said(void **state)
{
    const struct scratch *scratch = *state;
    uint8_t unknown = 0x40;
    make_image(scratch, "-o data_file=data");
    disks_refuse(scratch, "x.qcow2", disk_open_qcow2, "keeps its data in another file");
    make_image(scratch, "-o extended_l2=on");
    disks_refuse(scratch, "x.qcow2", disk_open_qcow2, "has subclusters");
    make_image(scratch, "");
    disks_poke(scratch, "x.qcow2", 79, &unknown, 1);
    disks_refuse(scratch, "x.qcow2", disk_open_qcow2, "features that are not known (0x40)");
    make_image(scratch, "");
    disks_poke(scratch, "x.qcow2", 35, "\2", 1);
    disks_refuse(scratch, "x.qcow2", disk_open_qcow2, "is encrypted (method 2)");
}

static void check_bit(const struct scratch *scratch, uint8_t bit, enum diag_level level,
                      const char *words)
{
    make_image(scratch, "");
    disks_poke(scratch, "x.qcow2", 79, &bit, 1);
    struct disks_image *image = disks_try(scratch, "x.qcow2", disk_open_qcow2);
    assert_true(image->is_open);
    assert_int_equal(image->diags.count, 1);
    assert_int_equal(image->diags.worst, level);
    assert_non_null(strstr(image->diags.items[0].message, words));
    disks_compare(&image->disk, &disks_load(scratch, "raw")->source);
    assert_int_equal(image->diags.count, 1);
    disks_close(image);
}

static void a_dirty_image_is_noted_and_a_corrupt_one_is_incomplete(void **state)
{
    check_bit(*state, 1, DIAG_NOTE, "dirty");
    check_bit(*state, 2, DIAG_INCOMPLETE, "corrupt");
}

static void a_file_that_is_cut_short_fails_to_read_and_says_so_once(void **state)
{
    static const char *const options[] = {"", "-c", "-c -o compression_type=zstd"};
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        make_image(scratch, options[i]);
        disks_run(scratch, "truncate -s 1000000 x.qcow2");
        disks_check_damage(scratch, "x.qcow2", disk_open_qcow2, "raw", "cut short");
    }
}

static void a_backing_file_that_is_cut_short_fails_to_read(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "");
    disks_run(scratch, "qemu-img create -f qcow2 -b x.qcow2 -F qcow2 y.qcow2 && "
                       "truncate -s 1000000 x.qcow2");
    disks_check_damage(scratch, "y.qcow2", disk_open_qcow2, "raw",
                       "the backing file x.qcow2 is cut short");
}

/* The offset of the L2 table of the first cluster of x.qcow2. */
static uint64_t find_l2(const struct scratch *scratch)
{
    const uint8_t *bytes = disks_load(scratch, "x.qcow2")->bytes;
    return get_be64(bytes + get_be64(bytes + 40)) & UINT64_C(0x00fffffffffffe00);
}

/* Raw deflate has no checksum, so that not all damage shows: this is no start of its data. */
static void a_damaged_compressed_cluster_fails_to_read(void **state)
{
    static const char *const options[] = {"-c", "-c -o compression_type=zstd"};
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        make_image(scratch, options[i]);
        uint64_t l2 = find_l2(scratch);
        for (int cluster = 0; cluster < 20; cluster++) {
            uint64_t entry = get_be64(disks_load(scratch, "x.qcow2")->bytes + l2 + cluster * 8);
            if (entry >> 62 == 1)
                disks_poke(scratch, "x.qcow2", entry & UINT64_C(0x3fffffffffffff), "\xff", 1);
        }
        disks_check_damage(scratch, "x.qcow2", disk_open_qcow2, "raw",
                           "is damaged: the compressed cluster at");
    }
}

static void tables_that_lead_nowhere_fail_to_read(void **state)
{
    static const struct {
        uint8_t entry[8];
        const char *words;
    } cases[] = {
        {{0x80, 0, 0, 0, 0, 1, 2, 0}, "a cluster at a bad offset (66048)"},
        {{0x80, 0xff, 0xff, 0, 0, 0, 0, 0}, "is cut short"},
        {{0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "is cut short"},
        {{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "is cut short"},
    };
    const struct scratch *scratch = *state;
    make_image(scratch, "-S 0");
    uint64_t l2 = find_l2(scratch);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int entry = 0; entry < 8; entry++)
            disks_poke(scratch, "x.qcow2", l2 + entry * 8, cases[i].entry, 8);
        disks_check_damage(scratch, "x.qcow2", disk_open_qcow2, "raw", cases[i].words);
    }
}

static void an_l2_table_in_a_bad_place_fails_to_read(void **state)
{
    static const struct {
        uint8_t entry[8];
        const char *words;
    } cases[] = {
        {{0x80, 0, 0, 0, 0, 1, 2, 0}, "an L2 table at a bad offset (66048)"},
        {{0x80, 0xff, 0xff, 0, 0, 0, 0, 0}, "is cut short"},
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_image(scratch, "-S 0");
        uint64_t l1 = get_be64(disks_load(scratch, "x.qcow2")->bytes + 40);
        disks_poke(scratch, "x.qcow2", l1, cases[i].entry, 8);
        disks_check_damage(scratch, "x.qcow2", disk_open_qcow2, "raw", cases[i].words);
    }
}

static void a_cluster_of_zeros_in_version_2_is_damage(void **state)
{
    const struct scratch *scratch = *state;
    make_image(scratch, "-S 0 -o compat=0.10");
    uint64_t l2 = find_l2(scratch);
    disks_poke(scratch, "x.qcow2", l2 + 7, "\1", 1);
    disks_check_damage(scratch, "x.qcow2", disk_open_qcow2, "raw", "a cluster of zeros");
}

/* Fields of the header with values that no sound image has. */
static void a_hostile_header_is_refused(void **state)
{
    static const struct {
        size_t at, len;
        uint8_t bytes[8];
        const char *words;
    } cases[] = {
        {0, 1, {'q'}, "has no qcow2 header"},
        {4, 4, {0, 0, 0, 1}, "unknown version (got 1"},
        {4, 4, {0, 0, 0, 4}, "unknown version (got 4"},
        {20, 4, {0, 0, 0, 0}, "clusters of a bad size (got 0 bits"},
        {20, 4, {0, 0, 0, 8}, "clusters of a bad size (got 8 bits"},
        {20, 4, {0, 0, 0, 22}, "clusters of a bad size (got 22 bits"},
        {20, 4, {0xff, 0xff, 0xff, 0xff}, "clusters of a bad size"},
        {24, 8, {0x80, 0, 0, 0, 0, 0, 0, 0}, "a disk of a bad size"},
        {24, 8, {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "an L1 table that is too short"},
        {36, 4, {0, 0, 0, 0}, "an L1 table that is too short (got 0, want 1"},
        {40, 8, {0, 0, 0, 0, 0, 0, 0, 1}, "an L1 table at a bad offset (1)"},
        {40, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0}, "its L1 table is not in it"},
        {40, 8, {0, 0, 0, 0, 0x10, 0, 0, 0}, "its L1 table is not in it"},
        {100, 4, {0, 0, 0, 0}, "a header of a bad length"},
        {100, 4, {0xff, 0xff, 0xff, 0xf8}, "a header of a bad length"},
        {104, 1, {1}, "an unknown compression (type 1)"},
        {104, 1, {9}, "an unknown compression (type 9)"},
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_image(scratch, "");
        disks_poke(scratch, "x.qcow2", cases[i].at, cases[i].bytes, cases[i].len);
        disks_refuse(scratch, "x.qcow2", disk_open_qcow2, cases[i].words);
    }
    for (unsigned size = 0; size < 104; size += 13) {
        disks_run(scratch,
                  "head -c %u raw >y.qcow2; qemu-img create -f qcow2 x.qcow2 5M && "
                  "head -c %u x.qcow2 >y.qcow2",
                  size, size);
        disks_refuse(scratch, "y.qcow2", disk_open_qcow2, "head");
    }
}

static void hostile_names_and_extensions_are_refused(void **state)
{
    static const struct {
        size_t at, len;
        uint8_t bytes[8];
        const char *words;
    } cases[] = {
        {8, 8, {0xff, 0, 0, 0, 0, 0, 0, 0}, "whose name is damaged"},
        {16, 4, {0xff, 0xff, 0xff, 0xff}, "whose name is damaged"},
        {16, 4, {0, 0, 0, 0}, "whose name is damaged"},
        {16, 4, {0, 0, 0, 9}, "whose name is damaged"}, /* with the bytes behind it */
        {116, 4, {0, 0, 0, 16}, "extensions"},
        {116, 4, {0xff, 0xff, 0xff, 0xff}, "extensions"},
    };
    const struct scratch *scratch = *state;
    disks_need("qemu-img");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        disks_run(scratch, "qemu-img create -f qcow2 -u -b raw -F raw x.qcow2 5M");
        disks_poke(scratch, "x.qcow2", cases[i].at, cases[i].bytes, cases[i].len);
        disks_refuse(scratch, "x.qcow2", disk_open_qcow2, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(every_size_of_clusters_is_read),
        SCRATCH_TEST(both_versions_are_read),
        SCRATCH_TEST(allocation_in_advance_is_read),
        SCRATCH_TEST(clusters_compressed_by_zlib_are_read),
        SCRATCH_TEST(clusters_compressed_by_zstd_are_read),
        SCRATCH_TEST(an_empty_disk_is_read),
        SCRATCH_TEST(the_library_of_the_compression_is_wanted),
        SCRATCH_TEST(a_disk_of_terabytes_takes_little_memory),
        SCRATCH_TEST(clusters_of_zeros_hide_what_is_below),
        SCRATCH_TEST(a_backing_file_may_be_raw_or_qcow2),
        SCRATCH_TEST(the_stated_format_of_a_backing_file_counts),
        SCRATCH_TEST(a_format_that_is_not_stated_is_told_by_content),
        SCRATCH_TEST(a_backing_file_elsewhere_is_refused),
        SCRATCH_TEST(a_circle_of_backing_files_ends),
        SCRATCH_TEST(what_is_not_supported_is_said),
        SCRATCH_TEST(a_dirty_image_is_noted_and_a_corrupt_one_is_incomplete),
        SCRATCH_TEST(a_file_that_is_cut_short_fails_to_read_and_says_so_once),
        SCRATCH_TEST(a_backing_file_that_is_cut_short_fails_to_read),
        SCRATCH_TEST(a_damaged_compressed_cluster_fails_to_read),
        SCRATCH_TEST(tables_that_lead_nowhere_fail_to_read),
        SCRATCH_TEST(an_l2_table_in_a_bad_place_fails_to_read),
        SCRATCH_TEST(a_cluster_of_zeros_in_version_2_is_damage),
        SCRATCH_TEST(a_hostile_header_is_refused),
        SCRATCH_TEST(hostile_names_and_extensions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
