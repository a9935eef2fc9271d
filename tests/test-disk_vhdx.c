/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "disks.h"

#define RAW_SIZE    ((size_t)40 * 1024 * 1024 + 512)
#define HEADER      65536
#define HEADER_SIZE 4096

static void make_image(const struct scratch *scratch, const char *options)
{
    disks_need("qemu-img");
    disks_make_raw(scratch, "raw", RAW_SIZE, 1);
    disks_run(scratch, "qemu-img convert -f raw -O vhdx %s raw x.vhdx", options);
}

static void fixed_and_dynamic_images_give_the_bytes_of_the_disk(void **state)
{
    static const char *const options[] = {"-o subformat=fixed", "-o subformat=dynamic",
                                          "-o subformat=dynamic,block_size=1M"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        make_image(*state, options[i]);
        disks_check(*state, "x.vhdx", disk_open_vhdx, "raw");
    }
}

/* CRC-32C, by its definition. */
static uint32_t compute_crc(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc ^ bytes[i] >> bit) & 1 ? 0x82f63b78 : 0);
    return ~crc;
}

/* Changes a header: its log, its sequence number; its checksum fits again. */
static void write_header(const struct scratch *scratch, unsigned number, const char *guid,
                         uint64_t sequence)
{
    uint8_t *header = disks_load(scratch, "x.vhdx")->bytes + (size_t)number * HEADER;
    memcpy(header + 48, guid, 16);
    put_u64(header + 8, sequence);
    put_u32(header + 4, 0);
    put_u32(header + 4, compute_crc(header, HEADER_SIZE));
    disks_poke(scratch, "x.vhdx", (uint64_t)number * HEADER, header, HEADER_SIZE);
}

static void check_log(const struct scratch *scratch, bool said)
{
    struct disks_image *image = disks_try(scratch, "x.vhdx", disk_open_vhdx);
    assert_true(image->is_open);
    assert_int_equal(image->diags.count, said);
    if (said) {
        assert_int_equal(image->diags.worst, DIAG_INCOMPLETE);
        assert_non_null(strstr(image->diags.items[0].message, "was not closed: its log"));
    }
    disks_close(image);
}

/* The header with the higher sequence number counts, if it is sound. */
static void a_log_that_was_not_replayed_is_said(void **state)
{
    static const char none[16], guid[16] = "0123456789abcde";
    make_image(*state, "");
    write_header(*state, 1, none, 10);
    write_header(*state, 2, guid, 11);
    check_log(*state, true);
    write_header(*state, 1, none, 12);
    check_log(*state, false);
    disks_poke(*state, "x.vhdx", HEADER + 100, "x", 1);
    check_log(*state, true);
}

static void an_image_without_a_sound_header_is_refused(void **state)
{
    make_image(*state, "");
    disks_poke(*state, "x.vhdx", HEADER + 100, "x", 1);
    disks_poke(*state, "x.vhdx", 2 * HEADER, "x", 1);
    disks_refuse(*state, "x.vhdx", disk_open_vhdx, "neither of its headers is sound");
}

static void what_a_truncated_image_lacks_is_not_zeros(void **state)
{
    make_image(*state, "-o subformat=dynamic,block_size=1M");
    disks_run(*state, "truncate -s 20M x.vhdx");
    disks_check_damage(*state, "x.vhdx", disk_open_vhdx, "raw", "of its disk cannot be read");
}

/* Of a fixed one, too. */
static void what_a_truncated_fixed_image_lacks_is_not_zeros(void **state)
{
    make_image(*state, "-o subformat=fixed");
    disks_run(*state, "truncate -s 20M x.vhdx");
    disks_check_damage(*state, "x.vhdx", disk_open_vhdx, "raw", "of its disk cannot be read");
}

static void tables_that_were_cut_off_are_said(void **state)
{
    make_image(*state, "");
    disks_run(*state, "truncate -s 256K x.vhdx");
    disks_refuse(*state, "x.vhdx", disk_open_vhdx, "libvhdi cannot open it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(fixed_and_dynamic_images_give_the_bytes_of_the_disk),
        SCRATCH_TEST(a_log_that_was_not_replayed_is_said),
        SCRATCH_TEST(an_image_without_a_sound_header_is_refused),
        SCRATCH_TEST(what_a_truncated_image_lacks_is_not_zeros),
        SCRATCH_TEST(what_a_truncated_fixed_image_lacks_is_not_zeros),
        SCRATCH_TEST(tables_that_were_cut_off_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
