/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_text.h"

#include <string.h>

#include "base/text.h"
#include "support.h"

static struct slice parse(struct arena *arena, const char *hex)
{
    struct slice bytes = {0};
    assert_true(!*hex || text_parse_hex(arena, hex, &bytes));
    return bytes;
}

static void check_described(struct arena *arena, const char *atr, const char *mask,
                            const char *expected)
{
    struct slice bytes = parse(arena, atr);
    struct atr decoded = atr_decode(bytes, mask ? parse(arena, mask) : (struct slice){0});
    assert_string_equal(atr_describe(arena, bytes, &decoded), expected);
}

static void a_valid_atr_is_described_with_its_parts(void **state)
{
    check_described(*state, "3b8d80018073c021c057597562694b6579f9", NULL,
                    "direct convention, T=0, T=1, 13 historical bytes "
                    "80 73 c0 21 c0 57 59 75 62 69 4b 65 79 (\"WYubiKey\"), TCK f9");
    check_described(*state, "3b8d0180fba000000397425446590401cf", NULL,
                    "direct convention, T=1, 13 historical bytes "
                    "80 fb a0 00 00 03 97 42 54 46 59 04 01 (\"BTFY\"), TCK cf");
    check_described(*state, "3bd218008131fe58c90316", NULL,
                    "direct convention, T=1, 2 historical bytes c9 03, TCK 16");
    check_described(*state, "3f690000006401000000809000", NULL,
                    "inverse convention, T=0, 9 historical bytes "
                    "00 64 01 00 00 00 80 90 00, no TCK");
    check_described(*state, "3b0180", NULL, "direct convention, T=0, 1 historical byte 80, no TCK");
    check_described(*state, "3b80800101", NULL,
                    "direct convention, T=0, T=1, no historical bytes, TCK 01");
    check_described(*state, "3bd6970081b1fe451f878031c152411223", NULL,
                    "direct convention, T=1, 6 historical bytes 80 31 c1 52 41 12, TCK 23");
    check_described(*state, "3b801f009f", NULL,
                    "direct convention, no protocol, no historical bytes, TCK 9f");
}

static void a_fault_is_described_with_what_was_expected_and_found(void **state)
{
    check_described(*state, "", NULL, "too short (got 0 bytes, want 2 at least: TS and T0)");
    check_described(*state, "3b", NULL, "too short (got 1 byte, want 2 at least: TS and T0)");
    check_described(*state, "4b00", NULL, "wrong TS (got 4b, want 3b or 3f)");
    check_described(*state, "3b8080", NULL,
                    "ends within the interface bytes (got 3 bytes, want 4 at least)");
    check_described(*state, "3b7d95000080318065b08311c0a98300", NULL,
                    "ends within the historical bytes (got 11 of them, want 13)");
    check_described(*state, "3b0280", NULL,
                    "ends within the historical bytes (got 1 of them, want 2)");
    check_described(*state, "3b01", NULL,
                    "ends within the historical bytes (got 0 of them, want 1)");
    check_described(*state, "3b808001", NULL,
                    "direct convention, T=0, T=1, no historical bytes, "
                    "TCK is missing (got 4 bytes, want 5)");
    check_described(*state, "3b000102", NULL,
                    "direct convention, T=0, no historical bytes, "
                    "bytes behind the end (got 4 bytes, want 2)");
    check_described(*state, "3b80800102", NULL,
                    "direct convention, T=0, T=1, no historical bytes, "
                    "wrong TCK (got 02, want 01)");
}

static void masked_bytes_are_named_in_the_description(void **state)
{
    check_described(*state, "3b0051ff0800", "ff00ffffffff",
                    "direct convention, structure unknown: T0 or a TD is masked");
    check_described(*state, "000451ff0800", "00ffffffffff",
                    "TS masked, T=0, 4 historical bytes 51 ff 08 00, no TCK");
    check_described(*state, "3b80800100", "ffffffff00",
                    "direct convention, T=0, T=1, no historical bytes, "
                    "TCK not checkable: a byte that it covers is masked");
}

static void only_plain_text_of_four_or_more_bytes_is_quoted(void **state)
{
    check_described(*state, "3b03616263", NULL,
                    "direct convention, T=0, 3 historical bytes 61 62 63, no TCK");
    check_described(*state, "3b0461626364", NULL,
                    "direct convention, T=0, 4 historical bytes 61 62 63 64 (\"abcd\"), no TCK");
    check_described(*state, "3b09616263640065666768", NULL,
                    "direct convention, T=0, 9 historical bytes "
                    "61 62 63 64 00 65 66 67 68 (\"abcd\"), no TCK");
    check_described(*state, "3b0761621b63642273", NULL,
                    "direct convention, T=0, 7 historical bytes "
                    "61 62 1b 63 64 22 73, no TCK");
    check_described(*state, "3b0661625c636465", NULL,
                    "direct convention, T=0, 6 historical bytes 61 62 5c 63 64 65, no TCK");
    check_described(*state, "3b056162637f64", NULL,
                    "direct convention, T=0, 5 historical bytes 61 62 63 7f 64, no TCK");
}

/* NULL: the ATR is sound. */
static void check_violation(struct arena *arena, const char *atr, const char *expected)
{
    struct slice bytes = parse(arena, atr);
    struct atr decoded = atr_decode(bytes, (struct slice){0});
    const char *violation = atr_describe_violation(arena, bytes, &decoded);
    if (expected && violation)
        assert_string_equal(violation, expected);
    else if (violation || expected)
        fail_msg("%s: got %s, want %s", atr, violation ? violation : "nothing",
                 expected ? expected : "nothing");
}

static void a_violation_says_what_is_there_and_what_has_to_be(void **state)
{
    check_violation(*state, "3b8d80018073c021c057597562694b6579f9", NULL);
    check_violation(*state, "3b00", NULL);
    check_violation(*state, "", "too short (got 0 bytes, want 2 at least: TS and T0)");
    check_violation(*state, "3b", "too short (got 1 byte, want 2 at least: TS and T0)");
    check_violation(*state, "4b00", "wrong TS (got 4b, want 3b or 3f)");
    check_violation(*state, "3b0a00640181010c829000",
                    "ends within the historical bytes (got 9 of them, want 10)");
    check_violation(*state, "3b8d0180fba000000397425446590401",
                    "TCK is missing (got 16 bytes, want 17)");
    check_violation(*state, "3b000102", "bytes behind the end (got 4 bytes, want 2)");
    check_violation(*state, "3b80800102", "wrong TCK (got 02, want 01)");
}

/* T0 wants TA1 to TD1; TD1 = f0 wants TA2 to TD2. */
static void a_cut_group_of_interface_bytes_says_what_it_takes_at_least(void **state)
{
    check_violation(*state, "3b10",
                    "ends within the interface bytes (got 2 bytes, want 3 at least)");
    check_violation(*state, "3bf0",
                    "ends within the interface bytes (got 2 bytes, want 6 at least)");
    check_violation(*state, "3bf01100",
                    "ends within the interface bytes (got 4 bytes, want 6 at least)");
    check_violation(*state, "3b8080",
                    "ends within the interface bytes (got 3 bytes, want 4 at least)");
    check_violation(*state, "3bf0110000f0",
                    "ends within the interface bytes (got 6 bytes, want 10 at least)");
    check_violation(*state, "3bf0110000f01122",
                    "ends within the interface bytes (got 8 bytes, want 10 at least)");
}

/* TDs that announce no more than one TD, until 34 bytes are full; then one that ends them. */
static void more_than_33_bytes_are_a_violation_even_if_all_are_announced(void **state)
{
    uint8_t bytes[34];
    memset(bytes, 0x80, sizeof bytes);
    bytes[0] = 0x3b;
    bytes[33] = 0;
    struct atr atr = atr_decode((struct slice){bytes, 34}, (struct slice){0});
    assert_string_equal(atr_describe_violation(*state, (struct slice){bytes, 34}, &atr),
                        "too long (got 34 bytes, want 33 at most)");
    bytes[32] = 0;
    atr = atr_decode((struct slice){bytes, 33}, (struct slice){0});
    assert_null(atr_describe_violation(*state, (struct slice){bytes, 33}, &atr));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_valid_atr_is_described_with_its_parts),
        SUPPORT_TEST(a_fault_is_described_with_what_was_expected_and_found),
        SUPPORT_TEST(masked_bytes_are_named_in_the_description),
        SUPPORT_TEST(only_plain_text_of_four_or_more_bytes_is_quoted),
        SUPPORT_TEST(a_violation_says_what_is_there_and_what_has_to_be),
        SUPPORT_TEST(a_cut_group_of_interface_bytes_says_what_it_takes_at_least),
        SUPPORT_TEST(more_than_33_bytes_are_a_violation_even_if_all_are_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
