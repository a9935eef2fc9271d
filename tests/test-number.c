/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void whole_decimal_and_hexadecimal_texts_are_numbers(void **state)
{
    static const struct {
        const char *text;
        uint64_t number;
    } cases[] = {
        {"0", 0},
        {"1", 1},
        {"007", 7},
        {"18362", 18362},
        {"18446744073709551615", UINT64_MAX},
        {"0x0", 0},
        {"0x1f", 0x1f},
        {"0X1F", 0x1f},
        {"0x00000001", 1},
        {"0xffffffffffffffff", UINT64_MAX},
        {"0xfeDC", 0xfedc},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t number = 42;
        assert_true(number_parse(cases[i].text, &number));
        assert_int_equal(number, cases[i].number);
    }
}

static void everything_else_is_no_number(void **state)
{
    static const char *const texts[] = {
        "",         " ",   "x",      "0x",  "0x ",  "1 ",   " 1",   "+1",
        "-1",       "1.0", "1e3",    "ff",  "12ab", "0xfg", "0x-1", "0x+1",
        "0x 1",     "1,0", "1_000",  "1'0", "1\n",  "\t1",  "0b1",  "18446744073709551616",
        "0x1.8",    "h",   "0x1ull", "1u",  "1..2", "~",    "no",   "0x10000000000000000",
        "\xd9\xa1", /* a digit, though not of these */
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint64_t number;
        if (number_parse(texts[i], &number))
            fail_msg("\"%s\" is taken for %ju", texts[i], (uintmax_t)number);
    }
}

static void a_second_prefix_is_no_digit(void **state)
{
    uint64_t number;
    (void)state;
    assert_false(number_parse("0x0x10", &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_decimal_and_hexadecimal_texts_are_numbers),
        cmocka_unit_test(everything_else_is_no_number),
        cmocka_unit_test(a_second_prefix_is_no_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
