/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pair.h"

#include "base/text.h"
#include "findings.h"

/* Every rule about an ATR and its mask at once, so that a second finding would show. */
#define PAIR_RULES                                                                                 \
    RULE("atr-missing", "error", "atr_missing")                                                    \
    RULE("atr-type", "error", "atr_type")                                                          \
    RULE("mask-type", "error", "mask_type")                                                        \
    RULE("length", "error", "atr_length")                                                          \
    RULE("over-iso", "warning", "atr_length_over_iso")                                             \
    RULE("mask-length", "error", "mask_length")                                                    \
    RULE("mask-zero", "error", "mask_zero")                                                        \
    RULE("outside", "error", "atr_outside_mask")                                                   \
    RULE("weak", "warning", "mask_weak")                                                           \
    RULE("structure", "warning", "atr_structure")                                                  \
    RULE("mask-missing", "note", "mask_missing")

#define MODULE "\"80000001\"=\"Fabrikamcm.dll\"\n"

/* Findings, as findings_show says them. */
#define ON_ATR(what)   what " native Card|ATR\n"
#define ON_MASK(what)  what " native Card|ATRMask\n"
#define ON_ENTRY(what) what " native Card|-\n"

#define ATR_6  "\"ATR\"=hex:3b,04,51,ff,08,00\n"
#define MASK_6 "\"ATRMask\"=hex:ff,ff,ff,ff,ff,ff\n"
#define ZEROS_33                                                                                   \
    "00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,"   \
    "00,00,00"

/* The values ATR and ATRMask of bytes in hex; NULL: no such value. */
static const char *pair_text(struct arena *arena, const char *atr, const char *mask)
{
    const char *names[] = {"ATR", "ATRMask"}, *hex[] = {atr, mask}, *text = "";
    for (size_t i = 0; i < 2; i++) {
        struct slice bytes = {0};
        if (!hex[i])
            continue;
        if (*hex[i])
            assert_true(text_parse_hex(arena, hex[i], &bytes));
        text =
            arena_printf(arena, "%s\"%s\"=hex:%s\n", text, names[i], text_hex(arena, bytes, ","));
    }
    return text;
}

static const char *repeat(struct arena *arena, const char *hex, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s", text, hex);
    return text;
}

/* A pair in hex, and what it is reported as. */
struct pair_case {
    const char *name, *atr, *mask, *expected;
};

static void check_pairs(struct arena *arena, const struct pair_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct entry_case row = {cases[i].name, pair_text(arena, cases[i].atr, cases[i].mask),
                                 cases[i].expected};
        findings_check_entries(arena, PAIR_RULES, &row, 1);
    }
}

static struct finding judge_pair(struct arena *arena, const char *atr, const char *mask)
{
    struct findings findings =
        findings_judge(arena, PAIR_RULES,
                       arena_printf(arena, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n%s\n",
                                    pair_text(arena, atr, mask)));
    assert_int_equal(findings.count, 1);
    return findings.items[0];
}

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* The matching vectors of the domain, each by what is wrong with its stored pair. */
static void pairs_of_real_products_get_the_fault_that_they_have(void **state)
{
    static const struct pair_case cases[] = {
        {"M1", "3B0451FF0800", "FFFFFFFFFFFF", ""},
        {"M2", "3B98004000A503010101AD1300", "FFFF00FF00FFFFFFFFFFFFFF00", ""},
        {"M4", "3B959540FFD000540130", "FFFFFFFFFFFFFFFFFFFC", ""},
        {"M5", "3B7D95000080318065B08311000083009000", "FFFFFFFFFFFFFFFFFFFFFFFF0000FFFFFFFF", ""},
        {"M6", "3B7D95000080318065B0831100008300", "FFFFFFFFFFFFFFFFFFFFFFFF0000FFFF",
         ON_ATR("warning structure")},
        {"M7", "3BAC00402A001225006480000310009000", "FF00000000FFFFFFFFFFFF000000FFFFFF",
         ON_ATR("error outside")},
        {"M8", "3BAC00402A001225006480000310009000", NULL, ON_ENTRY("note mask-missing")},
        {"M9", "3BF21800FFC10A31FE55C8068A", "FFFF0FFF00FF00FFFF00000000", ON_ATR("error outside")},
        {"M10", "3BF2080000C10031FE00000000", "FFFF0FFF00FF00FFFF00000000", ""},
        {"M11", "3B0451FF0800", "FFFFFFFFFFFFFF", ON_MASK("error mask-length")},
        {"M12", "3B0451FF0800", "FFFFFF", ON_MASK("error mask-length")},
        {"M13", "000000000000", "000000000000", ON_MASK("error mask-zero")},
        {"M14", "3B0451FF0800", "000000000000", ON_MASK("error mask-zero")},
        {"M15", "3B0451FF0800000000000000000000000000000000000000000000000000000000000000",
         "FFFFFFFFFFFF000000000000000000000000000000000000000000000000000000000000",
         ON_ATR("warning over-iso")},
        {"M16", "3B8D0180FBA000000397425446590401CF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", ""},
    };
    check_pairs(*state, cases, COUNT_OF(cases));
}

/* An ATR of the longest form: 15 interface bytes, 15 historical bytes, TCK. */
static const char *longest_atr(struct arena *arena)
{
    static const char body[] = "3bff" /* T0, then TA..TD, thrice, and a last TA..TC */
                               "110000f1110000f1110000711100000102030405060708090a0b0c0d0e0f";
    struct slice bytes;
    assert_true(text_parse_hex(arena, body, &bytes));
    assert_int_equal(bytes.len, 32);
    uint8_t tck = 0;
    for (size_t i = 1; i < bytes.len; i++)
        tck ^= bytes.ptr[i];
    return arena_printf(arena, "%s%02x", body, tck);
}

static void lengths_of_2_to_33_bytes_are_sound_34_to_36_a_warning_others_an_error(void **state)
{
    struct arena *arena = *state;
    const char *longest = longest_atr(arena);
    for (size_t len = 0; len <= 40; len++) {
        const char *atr = len == 33 ? longest
                          : len < 2 ? repeat(arena, "3b", len)
                                    : arena_printf(arena, "3b00%s", repeat(arena, "00", len - 2));
        /* In between, the fault is another one: T0 announces nothing. */
        const char *expected = len < 2 || len > 36     ? ON_ATR("error length")
                               : len >= 34             ? ON_ATR("warning over-iso")
                               : len == 2 || len == 33 ? ""
                                                       : ON_ATR("warning structure");
        const struct pair_case row = {arena_printf(arena, "%zu bytes", len), atr,
                                      repeat(arena, "ff", len), expected};
        check_pairs(arena, &row, 1);
    }
}

/* Type, length, mask length, all-zero mask, outside mask, weak mask, structure: the first wins. */
static void of_several_faults_of_one_pair_only_the_first_is_reported(void **state)
{
    static const struct entry_case cases[] = {
        {"type of both", "\"ATR\"=\"3B0451FF0800\"\n\"ATRMask\"=\"FF\"\n",
         ON_ATR("error atr-type")},
        {"type of ATR, length of the mask", "\"ATR\"=dword:3b\n\"ATRMask\"=hex:\n",
         ON_ATR("error atr-type")},
        {"type of ATR, no mask", "\"ATR\"=\"3B0451FF0800\"\n", ON_ATR("error atr-type")},
        {"type of mask, length of ATR", "\"ATR\"=hex:3b\n\"ATRMask\"=\"FF\"\n",
         ON_MASK("error mask-type")},
        {"type of mask, structure", "\"ATR\"=hex:4b,00\n\"ATRMask\"=dword:0000ffff\n",
         ON_MASK("error mask-type")},
        {"length, mask length", "\"ATR\"=hex:3b\n\"ATRMask\"=hex:ff,ff\n", ON_ATR("error length")},
        {"length, all-zero mask", "\"ATR\"=hex:\n\"ATRMask\"=hex:00\n", ON_ATR("error length")},
        {"length, no mask", "\"ATR\"=hex:3b\n", ON_ATR("error length")},
        {"length over ISO, mask length",
         "\"ATR\"=hex:3b," ZEROS_33 "\n\"ATRMask\"=hex:" ZEROS_33 "\n", ON_ATR("warning over-iso")},
        {"length over ISO, all-zero mask",
         "\"ATR\"=hex:3b," ZEROS_33 "\n\"ATRMask\"=hex:00," ZEROS_33 "\n",
         ON_ATR("warning over-iso")},
        {"length over ISO, no mask", "\"ATR\"=hex:3b," ZEROS_33 "\n", ON_ATR("warning over-iso")},
        {"mask length, all-zero mask", ATR_6 "\"ATRMask\"=hex:00,00,00,00,00\n",
         ON_MASK("error mask-length")},
        {"mask of no bytes", ATR_6 "\"ATRMask\"=hex:\n", ON_MASK("error mask-length")},
        {"mask length, structure", "\"ATR\"=hex:3b,04\n\"ATRMask\"=hex:ff\n",
         ON_MASK("error mask-length")},
        {"all-zero mask, outside", ATR_6 "\"ATRMask\"=hex:00,00,00,00,00,00\n",
         ON_MASK("error mask-zero")},
        {"outside, weak", ATR_6 "\"ATRMask\"=hex:00,ff,ff,ff,ff,ff\n", ON_ATR("error outside")},
        {"outside, structure", "\"ATR\"=hex:3b,05,51,ff,08,01\n\"ATRMask\"=hex:ff,ff,ff,ff,ff,fe\n",
         ON_ATR("error outside")},
        {"weak, structure", "\"ATR\"=hex:00,05,51,ff\n\"ATRMask\"=hex:00,ff,ff,ff\n",
         ON_MASK("warning weak")},
        {"structure, no mask", "\"ATR\"=hex:3b,05,51,ff\n", ON_ATR("warning structure")},
        {"no ATR, type of mask", "\"ATRMask\"=\"FF\"\n" MODULE, ON_ENTRY("error atr-missing")},
        {"no ATR, mask of no bytes", "\"ATRMask\"=hex:\n" MODULE, ON_ENTRY("error atr-missing")},
    };
    findings_check_entries(*state, PAIR_RULES, cases, COUNT_OF(cases));
}

static void only_binary_is_the_type_of_an_atr_and_of_a_mask(void **state)
{
    static const struct entry_case cases[] = {
        {"binary", ATR_6 MASK_6, ""},
        {"none", "\"ATR\"=hex(0):3b,04,51,ff,08,00\n" MASK_6, ON_ATR("error atr-type")},
        {"text", "\"ATR\"=\"3b0451ff0800\"\n" MASK_6, ON_ATR("error atr-type")},
        {"expandable text", "\"ATR\"=hex(2):33,00,62,00,00,00\n" MASK_6, ON_ATR("error atr-type")},
        {"list of texts", "\"ATR\"=hex(7):33,00,62,00,00,00\n" MASK_6, ON_ATR("error atr-type")},
        {"number", ATR_6 "\"ATRMask\"=dword:ffffffff\n", ON_MASK("error mask-type")},
        {"unknown type", ATR_6 "\"ATRMask\"=hex(1234):ff,ff,ff,ff,ff,ff\n",
         ON_MASK("error mask-type")},
        {"names in other case", "\"atr\"=\"3b\"\n\"ATRMASK\"=hex:ff\n",
         "error atr-type native Card|atr\n"},
    };
    findings_check_entries(*state, PAIR_RULES, cases, COUNT_OF(cases));
}

static void an_entry_that_leads_nowhere_needs_no_atr(void **state)
{
    static const struct entry_case cases[] = {
        {"nothing", "", ""},
        {"another value", "\"InstalledBy\"=\"OpenSC\"\n", ""},
        {"a mask", MASK_6, ""},
        {"a module", MODULE, ON_ENTRY("error atr-missing")},
        {"a CSP", "\"Crypto Provider\"=\"" BASE_CSP "\"\n", ON_ENTRY("error atr-missing")},
        {"a KSP", "\"Smart Card Key Storage Provider\"=\"" BASE_KSP "\"\n",
         ON_ENTRY("error atr-missing")},
        {"a module of the wrong type", "\"80000001\"=dword:1\n", ON_ENTRY("error atr-missing")},
        {"an ATR", ATR_6 MASK_6 MODULE, ""},
        {"an ATR of no bytes", "\"ATR\"=hex:\n" MODULE, ON_ATR("error length")},
    };
    findings_check_entries(*state, PAIR_RULES, cases, COUNT_OF(cases));
}

static void only_bits_that_the_mask_clears_are_outside_it(void **state)
{
    static const struct pair_case cases[] = {
        {"top bit of the last byte", "3B0451FF0880", "FFFFFFFFFF7F", ON_ATR("error outside")},
        {"lowest bit of the last byte", "3B0451FF0801", "FFFFFFFFFFFE", ON_ATR("error outside")},
        {"another bit of that byte", "3B0451FF0802", "FFFFFFFFFFFE", ""},
        {"no bit of a byte masked out", "3B0451FF0000", "FFFFFFFF00FF", ""},
        {"first byte", "3B0451FF0800", "FEFFFFFFFFFF", ON_ATR("error outside")},
    };
    check_pairs(*state, cases, COUNT_OF(cases));
}

static void a_mask_is_weak_only_where_it_leaves_out_bits_of_ts_or_t0(void **state)
{
    static const struct pair_case cases[] = {
        {"TS", "000451FF0800", "00FFFFFFFFFF", ON_MASK("warning weak")},
        {"a bit of TS", "3A0451FF0800", "FEFFFFFFFFFF", ON_MASK("warning weak")},
        {"T0", "3B0051FF0800", "FF00FFFFFFFF", ON_MASK("warning weak")},
        {"a bit of T0", "3B0451FF0800", "FFFEFFFFFFFF", ON_MASK("warning weak")},
        {"the byte behind T0", "3B0400FF0800", "FFFF00FFFFFF", ""},
        {"all behind T0", "3B0400000000", "FFFF00000000", ""},
        {"single bits, as MaskTech", "3B8980014D54434F537002000431", "FFFFFFFFFFFFFFFFFFFCFFFCF4F5",
         ""},
    };
    check_pairs(*state, cases, COUNT_OF(cases));
}

static void structure_is_judged_only_where_the_mask_lets_it_be(void **state)
{
    static const struct pair_case cases[] = {
        {"TS is 4b", "4B00", "FFFF", ON_ATR("warning structure")},
        {"historical bytes cut", "3B0A00640181010C829000", "FFFFFFFFFFFFFFFFFFFFFF",
         ON_ATR("warning structure")},
        {"TD2 missing", "3B8080", "FFFFFF", ON_ATR("warning structure")},
        {"TCK missing", "3B8D0180FBA000000397425446590401", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
         ON_ATR("warning structure")},
        {"TCK wrong", "3B80800102", "FFFFFFFFFF", ON_ATR("warning structure")},
        {"TCK right", "3B80800101", "FFFFFFFFFF", ""},
        {"TCK masked out", "3B80800100", "FFFFFFFF00", ""},
        {"a byte that TCK covers masked out in part", "3BD218008131FE58C80316",
         "FFFFFFFFFFFFFFFFFEFFFF", ""},
        {"a byte too many", "3B0451FF080000", "FFFFFFFFFFFFFF", ON_ATR("warning structure")},
        {"a byte too many, masked out", "3B0451FF080000", "FFFFFFFFFFFF00",
         ON_ATR("warning structure")},
        {"TD1 masked out, all behind it unknown", "3B8000", "FFFF00", ""},
        {"a bit of TD1 masked out", "3B8080", "FFFFFE", ""},
        {"inverse convention", "3F690000006401000000809000", "FFFFFFFFFFFFFFFFFFFFFFFFFF", ""},
    };
    check_pairs(*state, cases, COUNT_OF(cases));
}

static void a_missing_mask_is_noted_only_on_a_sound_atr(void **state)
{
    static const struct pair_case cases[] = {
        {"sound", "3B0451FF0800", NULL, ON_ENTRY("note mask-missing")},
        {"structure", "3B0551FF0800", NULL, ON_ATR("warning structure")},
        {"length", "", NULL, ON_ATR("error length")},
        {"a mask of ff", "3B0451FF0800", "FFFFFFFFFFFF", ""},
    };
    check_pairs(*state, cases, COUNT_OF(cases));
}

static void each_view_is_judged_by_itself(void **state)
{
    assert_string_equal(findings_of(*state, PAIR_RULES,
                                    SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" ATR_6 MASK_6
                                                       "[" WOW CARDS "Card]\n" ATR_6
                                                       "\"ATRMask\"=hex:ff,ff,ff,ff,ff\n"
                                                       "[" WOW CARDS "Other]\n\"ATR\"=hex:3b\n"),
                        "error mask-length wow6432node Card|ATRMask\n"
                        "error length wow6432node Other|ATR\n");
}

static void assert_marked(const struct pair_detail *pair, const char *marks)
{
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    assert_int_equal(len, strlen(marks));
    for (size_t i = 0; i < len; i++)
        assert_int_equal(pair->marked[i] != 0, marks[i] == '^');
}

static void atr_bits_outside_mask_are_marked_and_repaired(void **state)
{
    struct finding finding =
        judge_pair(*state, "3BF21800FFC10A31FE55C8068A", "FFFF0FFF00FF00FFFF00000000");
    assert_string_equal(text_hex(*state, finding.pair->atr, ""), "3bf21800ffc10a31fe55c8068a");
    assert_string_equal(text_hex(*state, finding.pair->mask, ""), "ffff0fff00ff00ffff00000000");
    assert_marked(finding.pair, "  ^ ^ ^  ^^^^");
    assert_string_equal(text_hex(*state, finding.pair->repaired, ""), "3bf2080000c10031fe00000000");
    assert_non_null(finding.pair->decoded);
    assert_non_null(strstr(finding.message, "bytes 2, 4, 6, 9, 10, 11 and 12:"));
}

static void a_single_offending_byte_is_named_as_one(void **state)
{
    struct finding finding = judge_pair(*state, "3B0451FF0801", "FFFFFFFFFFFE");
    assert_marked(finding.pair, "     ^");
    assert_non_null(strstr(finding.message, "byte 5:"));
    finding = judge_pair(*state, "3B0451FF0901", "FFFFFFFFFEFE");
    assert_non_null(strstr(finding.message, "bytes 4 and 5:"));
}

static void faults_of_length_mark_the_bytes_that_the_other_value_lacks(void **state)
{
    struct finding finding = judge_pair(*state, "3B0451FF0800", "FFFFFFFFFFFFFFFF");
    assert_marked(finding.pair, "      ^^");
    assert_int_equal(finding.pair->repaired.len, 0);
    assert_non_null(strstr(finding.message, "got 8 bytes, want 6"));
    finding = judge_pair(*state, "3B0451FF0800", "FFFF");
    assert_marked(finding.pair, "  ^^^^");
    finding = judge_pair(*state, arena_printf(*state, "3b00%s", repeat(*state, "00", 33)), NULL);
    assert_marked(finding.pair, "                                 ^^");
    assert_null(finding.pair->mask.ptr);
}

static void weak_and_zero_masks_are_marked_where_they_are_weak(void **state)
{
    struct finding finding = judge_pair(*state, "3B0051FF0800", "FF00FFFFFFFF");
    assert_marked(finding.pair, " ^    ");
    finding = judge_pair(*state, "000000", "000000");
    assert_marked(finding.pair, "^^^");
    assert_int_equal(finding.pair->repaired.len, 0);
    assert_non_null(strstr(finding.message, "every card"));
    finding = judge_pair(*state, "3B0051", "000000");
    assert_non_null(strstr(finding.message, "no card"));
}

static void a_broken_structure_is_decoded_and_nothing_is_marked(void **state)
{
    struct finding finding = judge_pair(*state, "3B80800102", "FFFFFFFFFF");
    assert_null(finding.pair->marked);
    assert_int_equal(finding.pair->repaired.len, 0);
    assert_non_null(strstr(finding.pair->decoded, "TCK"));
}

static void bytes_that_no_eye_can_compare_are_not_shown(void **state)
{
    struct finding finding = judge_pair(*state, repeat(*state, "3b", 5000), "FF");
    assert_null(finding.pair);
    assert_non_null(strstr(finding.message, "got 5000 bytes"));
}

static void a_value_that_cannot_be_read_is_not_judged(void **state)
{
    static const char *const names[] = {"ATR", "ATRMask"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct memory_hive *hive = support_build(
            *state, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" MODULE "\"ATR\"=hex:3b,05,51,ff,08,00\n"
                                       "\"ATRMask\"=hex:ff,ff,ff,ff,ff\n");
        findings_damage_value(hive, names[i]);
        assert_string_equal(findings_of_damaged(*state, PAIR_RULES, hive), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(pairs_of_real_products_get_the_fault_that_they_have),
        SUPPORT_TEST(lengths_of_2_to_33_bytes_are_sound_34_to_36_a_warning_others_an_error),
        SUPPORT_TEST(of_several_faults_of_one_pair_only_the_first_is_reported),
        SUPPORT_TEST(only_binary_is_the_type_of_an_atr_and_of_a_mask),
        SUPPORT_TEST(an_entry_that_leads_nowhere_needs_no_atr),
        SUPPORT_TEST(only_bits_that_the_mask_clears_are_outside_it),
        SUPPORT_TEST(a_mask_is_weak_only_where_it_leaves_out_bits_of_ts_or_t0),
        SUPPORT_TEST(structure_is_judged_only_where_the_mask_lets_it_be),
        SUPPORT_TEST(a_missing_mask_is_noted_only_on_a_sound_atr),
        SUPPORT_TEST(each_view_is_judged_by_itself),
        SUPPORT_TEST(atr_bits_outside_mask_are_marked_and_repaired),
        SUPPORT_TEST(a_single_offending_byte_is_named_as_one),
        SUPPORT_TEST(faults_of_length_mark_the_bytes_that_the_other_value_lacks),
        SUPPORT_TEST(weak_and_zero_masks_are_marked_where_they_are_weak),
        SUPPORT_TEST(a_broken_structure_is_decoded_and_nothing_is_marked),
        SUPPORT_TEST(bytes_that_no_eye_can_compare_are_not_shown),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
