/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/base_block.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Offsets by the Windows registry file format specification, "Base block". */
enum {
    PRIMARY_SEQUENCE = 4,
    SECONDARY_SEQUENCE = 8,
    LAST_WRITTEN = 12,
    MAJOR = 20,
    MINOR = 24,
    FILE_TYPE = 28,
    FILE_FORMAT = 32,
    ROOT_OFFSET = 36,
    BINS_SIZE = 40,
    FILE_NAME = 48,
    RESERVED = 112,
    CHECKSUM = 508,
};

/* A base block of exactly the bytes that are looked at. */
struct block {
    uint8_t bytes[BASE_BLOCK_CHECKED];
};

static void put_u32(struct block *block, size_t offset, uint32_t number)
{
    for (size_t i = 0; i < 4; i++)
        block->bytes[offset + i] = (uint8_t)(number >> 8 * i);
}

static uint32_t xor_of_first_508_bytes(const struct block *block)
{
    uint8_t sum[4] = {0};
    for (size_t i = 0; i < CHECKSUM; i++)
        sum[i % 4] ^= block->bytes[i];
    return sum[0] | (uint32_t)sum[1] << 8 | (uint32_t)sum[2] << 16 | (uint32_t)sum[3] << 24;
}

/* A clean hive's, with a right checksum. */
static struct block make_block(void)
{
    struct block block = {0};
    memcpy(block.bytes, "regf", 4);
    put_u32(&block, PRIMARY_SEQUENCE, 7);
    put_u32(&block, SECONDARY_SEQUENCE, 7);
    put_u32(&block, LAST_WRITTEN, 0x89abcdef);
    put_u32(&block, LAST_WRITTEN + 4, 0x01cd1234);
    put_u32(&block, MAJOR, 1);
    put_u32(&block, MINOR, 5);
    put_u32(&block, FILE_FORMAT, 1);
    put_u32(&block, ROOT_OFFSET, 0x20);
    put_u32(&block, BINS_SIZE, 0x21000);
    memcpy(block.bytes + FILE_NAME, "S\0Y\0S\0", 6);
    put_u32(&block, CHECKSUM, xor_of_first_508_bytes(&block));
    return block;
}

static struct base_block decode(void **state, const struct block *block)
{
    return base_block_decode(*state,
                             (struct slice){.ptr = block->bytes, .len = sizeof block->bytes});
}

/* The fault of a sound block after a field was set and its checksum made right again. */
static const char *fault_with(void **state, size_t offset, uint32_t number)
{
    struct block block = make_block();
    put_u32(&block, offset, number);
    put_u32(&block, CHECKSUM, xor_of_first_508_bytes(&block));
    struct base_block decoded = decode(state, &block);
    return base_block_fault(*state, &decoded);
}

static void every_field_is_where_the_specification_says(void **state)
{
    struct block block = make_block();
    put_u32(&block, SECONDARY_SEQUENCE, 6);
    put_u32(&block, FILE_TYPE, 3);
    put_u32(&block, FILE_FORMAT, 4);
    put_u32(&block, CHECKSUM, 0xdeadbeef);
    struct base_block decoded = decode(state, &block);
    assert_int_equal(decoded.primary_sequence, 7);
    assert_int_equal(decoded.secondary_sequence, 6);
    assert_int_equal(decoded.last_written, INT64_C(0x01cd123489abcdef));
    assert_int_equal(decoded.major, 1);
    assert_int_equal(decoded.minor, 5);
    assert_int_equal(decoded.type, 3);
    assert_int_equal(decoded.format, 4);
    assert_int_equal(decoded.root_offset, 0x20);
    assert_int_equal(decoded.bins_size, 0x21000);
    assert_int_equal(decoded.checksum, 0xdeadbeef);
    assert_int_equal(decoded.computed_checksum, xor_of_first_508_bytes(&block));
    assert_string_equal(decoded.file_name, "SYS");
}

static void a_sound_block_has_no_fault(void **state)
{
    struct block block = make_block();
    struct base_block decoded = decode(state, &block);
    assert_null(base_block_fault(*state, &decoded));
    assert_false(base_block_is_dirty(&decoded));
}

static void sequence_numbers_that_differ_are_dirty(void **state)
{
    struct block block = make_block();
    put_u32(&block, PRIMARY_SEQUENCE, 8);
    struct base_block decoded = decode(state, &block);
    assert_true(base_block_is_dirty(&decoded));
    put_u32(&block, SECONDARY_SEQUENCE, 9);
    decoded = decode(state, &block);
    assert_true(base_block_is_dirty(&decoded));
    put_u32(&block, PRIMARY_SEQUENCE, 9);
    decoded = decode(state, &block);
    assert_false(base_block_is_dirty(&decoded));
}

/* "Dirty state of a hive": also where the base block itself does not hold. */
static void a_base_block_that_cannot_be_trusted_is_dirty(void **state)
{
    struct block block = make_block();
    block.bytes[RESERVED] ^= 1;
    struct base_block decoded = decode(state, &block);
    assert_true(decoded.has_signature);
    assert_true(base_block_is_dirty(&decoded));
    block = make_block();
    memcpy(block.bytes, "fger", 4);
    put_u32(&block, CHECKSUM, xor_of_first_508_bytes(&block));
    decoded = decode(state, &block);
    assert_false(decoded.has_signature);
    assert_true(base_block_is_dirty(&decoded));
    assert_string_equal(base_block_fault(*state, &decoded),
                        "its base block does not start with \"regf\"");
}

/* "File type": 1 and 2 of the logs before Windows 8.1, 6 since; only where the block is sound. */
static void the_file_type_tells_a_log(void **state)
{
    for (uint32_t type = 0; type < 8; type++) {
        struct block block = make_block();
        put_u32(&block, FILE_TYPE, type);
        struct base_block unsound = decode(state, &block);
        put_u32(&block, CHECKSUM, xor_of_first_508_bytes(&block));
        struct base_block sound = decode(state, &block);
        bool is_log = type == 1 || type == 2 || type == 6;
        assert_int_equal(base_block_is_log(&sound), is_log);
        if (is_log)
            assert_non_null(strstr(base_block_fault(*state, &sound), "a transaction log"));
        if (type)
            assert_false(base_block_is_log(&unsound));
    }
}

static void being_dirty_is_no_fault(void **state)
{
    assert_null(fault_with(state, PRIMARY_SEQUENCE, 8));
}

static void every_byte_before_the_checksum_counts(void **state)
{
    for (size_t i = 0; i < CHECKSUM; i++) {
        struct block block = make_block();
        block.bytes[i] ^= 0x10;
        struct base_block decoded = decode(state, &block);
        const char *fault = base_block_fault(*state, &decoded);
        assert_non_null(fault);
        if (i < 4) {
            assert_non_null(strstr(fault, "\"regf\""));
            continue;
        }
        assert_non_null(strstr(fault, "checksum"));
        assert_non_null(strstr(fault, arena_printf(*state, "got %08x", decoded.checksum)));
        assert_non_null(
            strstr(fault, arena_printf(*state, "want %08x", xor_of_first_508_bytes(&block))));
    }
}

/* As Windows computes it: 0 becomes 1 and -1 becomes -2. */
static void a_checksum_is_never_0_or_minus_1(void **state)
{
    struct block block = make_block();
    put_u32(&block, RESERVED, xor_of_first_508_bytes(&block));
    assert_int_equal(xor_of_first_508_bytes(&block), 0);
    put_u32(&block, CHECKSUM, 1);
    struct base_block decoded = decode(state, &block);
    assert_int_equal(decoded.computed_checksum, 1);
    assert_null(base_block_fault(*state, &decoded));
    put_u32(&block, CHECKSUM, 0);
    decoded = decode(state, &block);
    assert_non_null(base_block_fault(*state, &decoded));

    put_u32(&block, RESERVED + 4, 0xffffffff);
    assert_int_equal(xor_of_first_508_bytes(&block), 0xffffffff);
    put_u32(&block, CHECKSUM, 0xfffffffe);
    decoded = decode(state, &block);
    assert_int_equal(decoded.computed_checksum, 0xfffffffe);
    assert_null(base_block_fault(*state, &decoded));
    put_u32(&block, CHECKSUM, 0xffffffff);
    decoded = decode(state, &block);
    assert_non_null(base_block_fault(*state, &decoded));
}

static void a_block_of_nothing_has_a_fault(void **state)
{
    struct block block = {0};
    struct base_block decoded = decode(state, &block);
    assert_non_null(base_block_fault(*state, &decoded));
    memset(block.bytes, 0xff, sizeof block.bytes);
    decoded = decode(state, &block);
    assert_non_null(base_block_fault(*state, &decoded));
}

static void transaction_logs_are_told_from_hives(void **state)
{
    static const uint32_t types[] = {1, 2, 6};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char *fault = fault_with(state, FILE_TYPE, types[i]);
        assert_non_null(fault);
        assert_non_null(strstr(fault, "transaction log"));
    }
}

static void unknown_types_formats_and_versions_are_faults(void **state)
{
    static const struct {
        size_t offset;
        uint32_t number;
    } cases[] = {
        {FILE_TYPE, 3}, {FILE_TYPE, 0xffffffff}, {FILE_FORMAT, 0}, {FILE_FORMAT, 2}, {MAJOR, 0},
        {MAJOR, 2},     {MAJOR, 0x10001}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *fault = fault_with(state, cases[i].offset, cases[i].number);
        assert_non_null(fault);
        assert_non_null(strstr(fault, "unknown hive format"));
    }
}

static void every_minor_version_is_taken(void **state)
{
    for (uint32_t minor = 2; minor <= 6; minor++)
        assert_null(fault_with(state, MINOR, minor));
}

static void a_file_name_need_not_end(void **state)
{
    struct block block = make_block();
    for (size_t i = 0; i < 32; i++) {
        block.bytes[FILE_NAME + 2 * i] = (uint8_t)('A' + i % 26);
        block.bytes[FILE_NAME + 2 * i + 1] = 0;
    }
    memset(block.bytes + RESERVED, 'x', 8); /* what follows is no part of it */
    struct base_block decoded = decode(state, &block);
    assert_string_equal(decoded.file_name, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF");
}

static void a_file_name_ends_at_its_nul(void **state)
{
    struct block block = make_block();
    memcpy(block.bytes + FILE_NAME, "\x16\x04\0\x4e\0\0Z\0Z\0", 10);
    assert_string_equal(decode(state, &block).file_name, "\xd0\x96\xe4\xb8\x80");
    memset(block.bytes + FILE_NAME, 0, 64);
    assert_string_equal(decode(state, &block).file_name, "");
}

static struct base_block decode_corpus(void **state, const char *path)
{
    struct memory_hive *hive = support_corpus(*state, path);
    assert_true(hive->source.size >= BASE_BLOCK_CHECKED);
    struct block block;
    memcpy(block.bytes, hive->bytes, sizeof block.bytes);
    return decode(state, &block);
}

static void a_windows_7_hive_is_clean(void **state)
{
    struct base_block block = decode_corpus(state, "hives/win7-x86/SOFTWARE");
    assert_null(base_block_fault(*state, &block));
    assert_false(base_block_is_dirty(&block));
    assert_int_equal(block.primary_sequence, 178240);
    assert_int_equal(block.last_written, 129783058347342920);
    assert_int_equal(block.root_offset, 0x20);
    assert_int_equal(block.bins_size, 0x21bf000);
    assert_int_equal(block.computed_checksum, 0x4d474d41);
    assert_string_equal(block.file_name, "emRoot\\System32\\Config\\SOFTWARE");
}

static void a_windows_8_1_hive_is_dirty(void **state)
{
    struct base_block block = decode_corpus(state, "hives/win81-x64/SOFTWARE");
    assert_null(base_block_fault(*state, &block));
    assert_true(base_block_is_dirty(&block));
    assert_int_equal(block.primary_sequence, 43469);
    assert_int_equal(block.secondary_sequence, 43468);
    assert_int_equal(block.last_written, 130216580842042425);
    assert_int_equal(block.bins_size, 0x3e33000);
}

static void a_wrong_checksum_of_the_corpus_is_a_fault(void **state)
{
    struct base_block block = decode_corpus(state, "hostile/misc/invalid_regf_checksum.rf");
    const char *fault = base_block_fault(*state, &block);
    assert_non_null(fault);
    assert_non_null(strstr(fault, "checksum"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(every_field_is_where_the_specification_says),
        SUPPORT_TEST(a_sound_block_has_no_fault),
        SUPPORT_TEST(sequence_numbers_that_differ_are_dirty),
        SUPPORT_TEST(a_base_block_that_cannot_be_trusted_is_dirty),
        SUPPORT_TEST(the_file_type_tells_a_log),
        SUPPORT_TEST(being_dirty_is_no_fault),
        SUPPORT_TEST(every_byte_before_the_checksum_counts),
        SUPPORT_TEST(a_checksum_is_never_0_or_minus_1),
        SUPPORT_TEST(a_block_of_nothing_has_a_fault),
        SUPPORT_TEST(transaction_logs_are_told_from_hives),
        SUPPORT_TEST(unknown_types_formats_and_versions_are_faults),
        SUPPORT_TEST(every_minor_version_is_taken),
        SUPPORT_TEST(a_file_name_need_not_end),
        SUPPORT_TEST(a_file_name_ends_at_its_nul),
        SUPPORT_TEST(a_windows_7_hive_is_clean),
        SUPPORT_TEST(a_windows_8_1_hive_is_dirty),
        SUPPORT_TEST(a_wrong_checksum_of_the_corpus_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
