/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "support.h"

static const char *report(struct arena *arena, const char *hex)
{
    struct slice bytes = {0};
    assert_true(!*hex || text_parse_hex(arena, hex, &bytes));
    return atr_report(arena, bytes);
}

/* Whether the report of an ATR has a line. */
static void check_line(struct arena *arena, const char *hex, const char *line)
{
    const char *text = arena_printf(arena, "\n%s", report(arena, hex));
    if (!strstr(text, arena_printf(arena, "\n%s\n", line)))
        fail_msg("%s has no line \"%s\":%s", hex, line, text);
}

static void check_no_line(struct arena *arena, const char *hex, const char *start)
{
    const char *text = arena_printf(arena, "\n%s", report(arena, hex));
    if (strstr(text, arena_printf(arena, "\n%s", start)))
        fail_msg("%s has a line \"%s\":%s", hex, start, text);
}

static void every_byte_of_an_atr_has_its_line(void **state)
{
    assert_string_equal(
        report(*state, "3bfd1300008131fe158073c021c057597562694b657940"),
        "ATR         3b fd 13 00 00 81 31 fe 15 80 73 c0 21 c0 57 59 75 62 69 4b 65 79 40\n"
        "            (23 bytes)\n"
        "TS  3b      direct convention\n"
        "T0  fd      TA1, TB1, TC1, TD1 follow; K=13: 13 historical bytes\n"
        "TA1 13      Fi=372 (up to 5 MHz), Di=4\n"
        "TB1 00      programming voltage: deprecated, to be ignored\n"
        "TC1 00      extra guard time N=0: none\n"
        "TD1 81      T=1; TD2 follows\n"
        "TD2 31      T=1; TA3, TB3 follow\n"
        "TA3 fe      T=1: IFSC=254: the card takes so many bytes at once\n"
        "TB3 15      T=1: waiting times BWI=1, CWI=5\n"
        "protocols   T=1\n"
        "historical  80 73 c0 21 c0 57 59 75 62 69 4b 65 79 (\"WYubiKey\")\n"
        "    80      category: data objects in compact TLV\n"
        "    73      card capabilities: c0 21 c0\n"
        "    57      card issuer's data: 59 75 62 69 4b 65 79 (\"YubiKey\")\n"
        "TCK 40      right\n"
        "device ID   SCFILTER\\CID_8073C021C057597562694B6579\n");
}

static void the_shortest_atr_has_a_report(void **state)
{
    assert_string_equal(report(*state, "3f00"), "ATR         3f 00 (2 bytes)\n"
                                                "TS  3f      inverse convention\n"
                                                "T0  00      no more interface bytes; K=0: 0 "
                                                "historical bytes\n"
                                                "protocols   T=0\n"
                                                "historical  none\n"
                                                "TCK         none, as T=0 alone has none\n"
                                                "device ID   none\n");
}

/* ISO/IEC 7816-3, tables 7 and 8. */
static void ta1_gives_the_rates_of_the_standard(void **state)
{
    check_line(*state, "3b1011", "TA1 11      Fi=372 (up to 5 MHz), Di=1");
    check_line(*state, "3b1095", "TA1 95      Fi=512 (up to 5 MHz), Di=16");
    check_line(*state, "3b10a8", "TA1 a8      Fi=768 (up to 7.5 MHz), Di=12");
    check_line(*state, "3b10d9", "TA1 d9      Fi=2048 (up to 20 MHz), Di=20");
    check_line(*state, "3b1000", "TA1 00      Fi=372 (up to 4 MHz), Di is reserved");
    check_line(*state, "3b107f", "TA1 7f      Fi is reserved, Di is reserved");
}

static void global_interface_bytes_are_explained(void **state)
{
    check_line(*state, "3b4000", "TC1 00      extra guard time N=0: none");
    check_line(*state, "3b40fe", "TC1 fe      extra guard time N=254");
    check_line(*state, "3b40ff",
               "TC1 ff      extra guard time N=255: the least that the protocol allows");
    check_line(*state, "3b80100080",
               "TA2 00      specific mode: T=0, rates of TA1; the card can leave it");
    check_line(*state, "3b809191",
               "TA2 91      specific mode: T=1, rates known otherwise; the card cannot leave it");
    check_line(*state, "3b80400a", "TC2 0a      T=0: waiting time integer WI=10");
    check_line(*state, "3b804000", "TC2 00      T=0: waiting time integer WI=0, reserved");
    check_line(*state, "3b802005", "TB2 05      programming voltage: deprecated, to be ignored");
}

static void the_first_specific_bytes_of_t_1_are_explained(void **state)
{
    check_line(*state, "3b808171ff9a01", "TA3 ff      T=1: IFSC=255, reserved");
    check_line(*state, "3b808171fe9a01", "TB3 9a      T=1: waiting times BWI=9, CWI=10");
    check_line(*state, "3b808171fea501", "TB3 a5      T=1: waiting times BWI=10 (reserved), CWI=5");
    check_line(*state, "3b808171fe9a01", "TC3 01      T=1: errors are found by CRC");
    check_line(*state, "3b808171fe9a00", "TC3 00      T=1: errors are found by LRC");
    /* A second TA for T=1 has no meaning. */
    check_line(*state, "3b808191fe11fd", "TA4 fd      T=1: reserved");
}

static void global_bytes_behind_t_15_are_explained(void **state)
{
    check_line(*state, "3b80811f03", "TA3 03      clock stop not supported; class A, B");
    check_line(*state, "3b80811fc7", "TA3 c7      clock stop in any state; class A, B, C");
    check_line(*state, "3b80811f44", "TA3 44      clock stop in state L; class C (1.8 V)");
    check_line(*state, "3b80811f85", "TA3 85      clock stop in state H; class reserved");
    check_line(*state, "3b80812f00", "TB3 00      contact SPU is not used");
    check_line(*state, "3b80812f81", "TB3 81      contact SPU: proprietary use");
    check_line(*state, "3b80812f01", "TB3 01      contact SPU: standard use");
    check_line(*state, "3bde18ffc080b1fe451f034573744549442076657220312e302b",
               "TA4 03      clock stop not supported; class A, B");
}

static void other_protocols_keep_their_bytes_to_themselves(void **state)
{
    check_line(*state, "3b80811e03", "TA3 03      T=14: reserved");
}

static void the_category_says_how_the_history_is_read(void **state)
{
    check_line(*state, "3b0680318065a208", "    31      card service data: 80");
    check_line(*state, "3b0680318065a208", "    65      ends too early (got 2 bytes, want 5)");
    check_line(*state, "3b058082900000", "    82      status information: 90 00");
    check_line(*state, "3b058082900000", "    00      unknown");
    check_line(*state, "3b06003180079000", "    31      card service data: 80");
    check_line(*state, "3b06003180079000", "            status: 07 90 00");
    check_line(*state, "3b02009000", "    00      category: proprietary");
    check_line(*state, "3b021007", "    10      category: DIR data reference 07");
    check_line(*state, "3b0185", "    85      category: reserved");
    check_line(*state, "3b021458", "    14      category: proprietary");
}

static void text_in_the_history_is_shown(void **state)
{
    check_line(*state, "3b971181217569536869656c6405",
               "historical  69 53 68 69 65 6c 64 (\"iShield\")");
}

static void a_truncated_atr_is_decoded_as_far_as_it_goes(void **state)
{
    static const char cut[] = "3b7d95000080318065b08311c0a98300";
    check_line(*state, cut, "T0  7d      TA1, TB1, TC1 follow; K=13: 13 historical bytes");
    check_line(*state, cut, "historical  80 31 80 65 b0 83 11 c0 a9 83 00");
    check_line(*state, cut, "device ID   none");
    check_line(*state, cut,
               "fault       ends within the historical bytes (got 11 of them, want 13)");
    check_no_line(*state, cut, "TCK");
    check_line(*state, "3b8080", "TD1 80      T=0; TD2 follows");
    check_line(*state, "3b8080",
               "fault       ends within the interface bytes (got 3 bytes, want 4 at least)");
    check_no_line(*state, "3b8080", "historical");
    check_no_line(*state, "3b8080", "protocols");
    check_no_line(*state, "3b0a", "TCK");
}

/* It would be the last three of them. */
static void a_status_is_not_told_of_historical_bytes_that_are_cut(void **state)
{
    check_line(*state, "3b070062010c829000", "            status: 82 90 00");
    check_line(*state, "3b090062010c829000", "    62      pre-issuing data: 01 0c");
    check_no_line(*state, "3b090062010c829000", "            status");
}

static void a_wrong_ts_does_not_hide_the_rest(void **state)
{
    static const char wrong[] = "4b80800102";
    check_line(*state, wrong, "TS  4b      no convention");
    check_line(*state, wrong, "protocols   T=0, T=1");
    check_line(*state, wrong, "device ID   none");
    check_line(*state, wrong, "fault       wrong TS (got 4b, want 3b or 3f)");
    check_line(*state, wrong, "fault       wrong TCK (got 02, want 01)");
    check_line(*state, "4b0451ff0800", "historical  51 ff 08 00");
}

static void the_tck_is_judged(void **state)
{
    check_line(*state, "3b80800101", "TCK 01      right");
    check_line(*state, "3b80800102", "TCK 02      wrong");
    check_line(*state, "3b80800102", "fault       wrong TCK (got 02, want 01)");
    check_line(*state, "3b808001", "TCK         missing");
    check_line(*state, "3b808001", "fault       TCK is missing (got 4 bytes, want 5)");
    check_line(*state, "3b8080010100", "fault       bytes behind the end (got 6 bytes, want 5)");
    check_line(*state, "3b0451ff0800", "TCK         none, as T=0 alone has none");
}

static void too_few_bytes_have_a_report(void **state)
{
    assert_string_equal(report(*state, ""),
                        "ATR         (0 bytes)\n"
                        "fault       too short (got 0 bytes, want 2 at least: TS and T0)\n");
    assert_string_equal(report(*state, "3b"),
                        "ATR         3b (1 byte)\n"
                        "TS  3b      direct convention\n"
                        "fault       too short (got 1 byte, want 2 at least: TS and T0)\n");
}

static void a_report_ends_however_long_the_value_is(void **state)
{
    enum { LEN = 1 << 20 };
    uint8_t *bytes = arena_alloc(*state, LEN, 1);
    bytes[0] = 0x3b;
    for (int fill = 0; fill < 256; fill++) {
        memset(bytes + 1, fill, fill % 16 ? 200 : LEN - 1);
        const char *text = atr_report(*state, (struct slice){bytes, LEN});
        assert_in_range(strlen(text), 100, 10000);
        assert_non_null(strstr(text, " ... (1048576"));
    }
}

/* Every value of three bytes behind TS, in blocks of exactly their size: lines of plain text. */
static void any_short_value_is_reported_plainly(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 1 << 16; value++) {
        struct arena *arena = arena_new();
        size_t len = 2 + value % 3;
        uint8_t *bytes = malloc(len);
        const uint8_t all[4] = {0x3b, (uint8_t)(value >> 8), (uint8_t)value, 0x81};
        memcpy(bytes, all, len);
        const char *text = atr_report(arena, (struct slice){bytes, len});
        for (const char *p = text; *p; p++)
            assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
        bool has_fault = strstr(text, "\nfault ");
        assert_int_equal(atr_is_sound((struct slice){bytes, len}), !has_fault);
        free(bytes);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(every_byte_of_an_atr_has_its_line),
        SUPPORT_TEST(the_shortest_atr_has_a_report),
        SUPPORT_TEST(ta1_gives_the_rates_of_the_standard),
        SUPPORT_TEST(global_interface_bytes_are_explained),
        SUPPORT_TEST(the_first_specific_bytes_of_t_1_are_explained),
        SUPPORT_TEST(global_bytes_behind_t_15_are_explained),
        SUPPORT_TEST(other_protocols_keep_their_bytes_to_themselves),
        SUPPORT_TEST(the_category_says_how_the_history_is_read),
        SUPPORT_TEST(text_in_the_history_is_shown),
        SUPPORT_TEST(a_truncated_atr_is_decoded_as_far_as_it_goes),
        SUPPORT_TEST(a_status_is_not_told_of_historical_bytes_that_are_cut),
        SUPPORT_TEST(a_wrong_ts_does_not_hide_the_rest),
        SUPPORT_TEST(the_tck_is_judged),
        SUPPORT_TEST(too_few_bytes_have_a_report),
        SUPPORT_TEST(a_report_ends_however_long_the_value_is),
        SUPPORT_TEST(any_short_value_is_reported_plainly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
