/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk.h"

#include <malloc.h>

#include "disks.h"

#define RAW_SIZE ((size_t)5 * 1024 * 1024 + 3 * 512)

/* Makes x.vdi of raw, and raw itself where it is not there yet. */
static void make_image(const struct scratch *scratch, const char *options)
{
    disks_need("qemu-img");
    if (access(scratch_path(scratch, "raw"), F_OK) != 0)
        disks_make_raw(scratch, "raw", RAW_SIZE, 79);
    disks_run(scratch, "qemu-img convert -f raw -O vdi %s raw x.vdi", options);
}

static void dynamic_and_fixed_disks_are_read(void **state)
{
    static const char *const options[] = {"", "-S 0", "-o static=on"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        make_image(*state, options[i]);
        disks_check(*state, "x.vdi", disk_open_vdi, "raw");
    }
}

/* Blocks in no order, with bytes of their own in front of the data; free and zero ones. The layout
 * is VirtualBox's: these are blocks that QEMU does not make. */
static void blocks_lie_where_the_map_says(void **state)
{
    enum { BLOCK = 4096, LEAD = 512, DATA = 1024 };
    static const uint32_t map[] = {2, 0xffffffff, 0, 0xfffffffe, 1};
    const struct scratch *scratch = *state;
    uint8_t file[DATA + 3 * (BLOCK + LEAD)] = {0}, want[5 * BLOCK - 512] = {0};
    put_u32(file + 64, 0xbeda107f);
    put_u32(file + 68, 0x00010001);
    put_u32(file + 72, 400);
    put_u32(file + 76, 1);
    put_u32(file + 340, 512);
    put_u32(file + 344, DATA);
    put_u32(file + 360, 512);
    put_u64(file + 368, sizeof want);
    put_u32(file + 376, BLOCK);
    put_u32(file + 380, LEAD);
    put_u32(file + 384, 5);
    for (size_t i = 0; i < 5; i++)
        put_u32(file + 512 + 4 * i, map[i]);
    for (size_t i = DATA; i < sizeof file; i++)
        file[i] = (uint8_t)(i / 7 + i);
    for (size_t i = 0; i < 5; i++)
        if (map[i] < 3)
            memcpy(want + i * BLOCK, file + DATA + map[i] * (BLOCK + LEAD) + LEAD,
                   i == 4 ? BLOCK - 512 : BLOCK);
    scratch_write(scratch, "x.vdi", file, sizeof file);
    scratch_write(scratch, "raw", want, sizeof want);
    disks_check(scratch, "x.vdi", disk_open_vdi, "raw");
}

static void a_disk_of_terabytes_takes_little_memory(void **state)
{
    const struct scratch *scratch = *state;
    uint64_t size = UINT64_C(8) << 40;
    uint8_t bytes[512], want[512];
    disks_need("qemu-io");
    disks_run(scratch,
              "qemu-img create -f vdi x.vdi 8T && qemu-io -f vdi -c 'write -P 0x5a %ju 512' x.vdi",
              (uintmax_t)size - 512);
    memset(want, 0x5a, sizeof want);
    struct disks_image *image = disks_open(scratch, "x.vdi", disk_open_vdi);
    assert_int_equal(image->disk.size, size);
    struct mallinfo2 before = mallinfo2();
    assert_true(source_read(&image->disk, size - 512, bytes, sizeof bytes));
    assert_memory_equal(bytes, want, sizeof bytes);
    for (uint64_t at = 0; at + 512 <= size; at += size / 1000)
        assert_true(source_read(&image->disk, at, bytes, sizeof bytes));
    struct mallinfo2 after = mallinfo2();
    assert_true(after.uordblks <= before.uordblks + 1024 * 1024);
    disks_close(image);
}

static void a_file_that_is_cut_short_fails_to_read_and_says_so_once(void **state)
{
    make_image(*state, "");
    disks_run(*state, "truncate -s 2000000 x.vdi");
    disks_check_damage(*state, "x.vdi", disk_open_vdi, "raw", "is cut short");
}

static void blocks_outside_the_file_fail_to_read(void **state)
{
    static const uint8_t far[] = {0xfd, 0xff, 0xff, 0xff};
    make_image(*state, "-S 0");
    uint32_t map = get_u32(disks_load(*state, "x.vdi")->bytes + 340);
    disks_poke(*state, "x.vdi", map + 4, far, sizeof far);
    disks_check_damage(*state, "x.vdi", disk_open_vdi, "raw", "is cut short");
}

static void a_hostile_header_is_refused(void **state)
{
    static const struct {
        size_t at, len;
        uint8_t bytes[8];
        const char *words;
    } cases[] = {
        {64, 1, {0}, "has no VDI header"},
        {70, 2, {0, 0}, "unknown version (got 0.1, want 1)"},
        {70, 2, {2, 0}, "unknown version (got 2.1, want 1)"},
        {76, 4, {4, 0, 0, 0}, "only the differences to another one"},
        {76, 4, {3, 0, 0, 0}, "only the differences to another one"},
        {76, 4, {9, 0, 0, 0}, "an unknown type (9)"},
        {340, 4, {0xff, 0xff, 0xff, 0xff}, "its block map is not in it"},
        {368, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "too few blocks"},
        {376, 4, {0, 0, 0, 0}, "blocks of a bad size (0"},
        {376, 4, {1, 0, 16, 0}, "blocks of a bad size"},
        {376, 4, {0, 1, 0, 0}, "blocks of a bad size (256"},
        {380, 4, {0, 2, 16, 0}, "and 1049088 in front of each"},
        {384, 4, {1, 0, 0, 0}, "too few blocks (got 1"},
        {384, 4, {0xff, 0xff, 0xff, 0xff}, "its block map is not in it"},
    };
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_image(scratch, "");
        disks_poke(scratch, "x.vdi", cases[i].at, cases[i].bytes, cases[i].len);
        disks_refuse(scratch, "x.vdi", disk_open_vdi, cases[i].words);
    }
    disks_run(scratch, "truncate -s 399 x.vdi");
    disks_refuse(scratch, "x.vdi", disk_open_vdi, "ends in its header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(dynamic_and_fixed_disks_are_read),
        SCRATCH_TEST(blocks_lie_where_the_map_says),
        SCRATCH_TEST(a_disk_of_terabytes_takes_little_memory),
        SCRATCH_TEST(a_file_that_is_cut_short_fails_to_read_and_says_so_once),
        SCRATCH_TEST(blocks_outside_the_file_fail_to_read),
        SCRATCH_TEST(a_hostile_header_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
