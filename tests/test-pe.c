/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/pe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support.h"

/* Sizes and places are those of Microsoft's PE Format. */
enum { DOS_SIZE = 64, AT_SIGNATURE = 0x3c, HEADER_SIZE = 24 };

/* A file of zeros with a DOS header that points to a PE header for a machine. */
static uint8_t *make_file(struct arena *arena, size_t size, uint32_t at, uint16_t machine)
{
    uint8_t *bytes = arena_alloc(arena, size, 1);
    memcpy(bytes, "MZ", 2);
    put_u32(bytes + AT_SIGNATURE, at);
    if (at <= size && size - at >= 6) {
        memcpy(bytes + at, "PE\0\0", 4);
        put_u16(bytes + at + 4, machine);
    }
    return bytes;
}

/* What is read of bytes that have nothing behind them. */
static uint32_t machine_of(struct arena *arena, const uint8_t *bytes, size_t size)
{
    uint32_t machine = 1;
    uint8_t *copy = malloc(size + !size);
    assert_non_null(copy);
    if (size)
        memcpy(copy, bytes, size);
    assert_true(pe_read_machine(&support_wrap(arena, copy, size)->source, &machine));
    free(copy);
    return machine;
}

static void the_machine_is_that_of_the_file_header(void **state)
{
    static const uint16_t machines[] = {0x14c, 0x8664, 0xaa64, 0x1c4, 0x200, 0xffff};
    static const uint32_t places[] = {DOS_SIZE, 0x80, 0xf8, 4093};
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
            size_t size = places[j] + HEADER_SIZE;
            const uint8_t *bytes = make_file(*state, size, places[j], machines[i]);
            assert_int_equal(machine_of(*state, bytes, size), machines[i]);
        }
}

static void what_has_no_pe_header_has_no_machine(void **state)
{
    enum { SIZE = DOS_SIZE + HEADER_SIZE };
    static const uint32_t places[] = {DOS_SIZE + 1, SIZE, SIZE + 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_int_equal(machine_of(*state, make_file(*state, SIZE, places[i], 0x8664), SIZE), 0);
    uint8_t *bytes = make_file(*state, SIZE, DOS_SIZE, 0x8664);
    assert_int_equal(machine_of(*state, bytes, SIZE), 0x8664);
    for (size_t size = 0; size < SIZE; size++)
        assert_int_equal(machine_of(*state, bytes, size), 0);
    for (size_t i = 0; i < 4; i++) {
        bytes[DOS_SIZE + i] ^= 1;
        assert_int_equal(machine_of(*state, bytes, SIZE), 0);
        bytes[DOS_SIZE + i] ^= 1;
    }
    bytes[0] = 'Z';
    assert_int_equal(machine_of(*state, bytes, SIZE), 0);
}

/* A header within the other is odd, and no harm. */
static void headers_may_overlap(void **state)
{
    uint8_t *bytes = make_file(*state, DOS_SIZE, 4, 0x14c);
    assert_int_equal(machine_of(*state, bytes, DOS_SIZE), 0x14c);
}

static ssize_t fail_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void a_file_that_cannot_be_read_is_told_from_one_without_a_header(void **state)
{
    uint32_t machine;
    struct source source = {.size = 4096, .read_at = fail_to_read, .fd = -1};
    (void)state;
    assert_false(pe_read_machine(&source, &machine));
    assert_int_equal(errno, EIO);
}

static void machines_have_the_names_of_architectures(void **state)
{
    static const struct {
        uint32_t machine;
        enum arch arch;
        const char *name;
    } cases[] = {
        {0x14c, ARCH_X86, "x86"},         {0x8664, ARCH_AMD64, "amd64"},
        {0xaa64, ARCH_ARM64, "arm64"},    {0x1c0, ARCH_ARM, "arm"},
        {0x1c2, ARCH_ARM, "arm"},         {0x1c4, ARCH_ARM, "arm"},
        {0x200, ARCH_UNKNOWN, "0x0200"},  {0x7, ARCH_UNKNOWN, "0x0007"},
        {0xa641, ARCH_UNKNOWN, "0xa641"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(pe_machine_arch(cases[i].machine), cases[i].arch);
        assert_string_equal(pe_machine_name(*state, cases[i].machine), cases[i].name);
    }
}

static void an_elf_file_has_no_machine(void **state)
{
    static const uint8_t elf[DOS_SIZE] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    assert_int_equal(machine_of(*state, elf, sizeof elf), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_machine_is_that_of_the_file_header),
        SUPPORT_TEST(what_has_no_pe_header_has_no_machine),
        SUPPORT_TEST(headers_may_overlap),
        SUPPORT_TEST(a_file_that_cannot_be_read_is_told_from_one_without_a_header),
        SUPPORT_TEST(machines_have_the_names_of_architectures),
        SUPPORT_TEST(an_elf_file_has_no_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
