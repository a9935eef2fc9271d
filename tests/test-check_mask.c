/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/text.h"
#include "findings.h"
#include "rule/atr_names.h"

#define RULE_FROM(makers)                                                                          \
    "rules:\n- {id: broad, title: Title, severity: warning, check: mask_too_broad,\n"              \
    "   parameters: {makers: " makers ", common_words: [Card, bank]}}\n"
#define RULE_3 RULE_FROM("3")

#define PAIR(atr, mask) "\"ATR\"=hex:" atr "\n\"ATRMask\"=hex:" mask "\n"
#define OPEN            PAIR("3b,04,00,00,00,00", "ff,ff,00,00,00,00")
#define FOUND           "warning broad native Card|ATRMask\n"

/* Cards of 6 bytes with 4 historical ones, of three makers, and one of another length. */
#define THREE                                                                                      \
    "3B 04 51 FF 08 00\n\tFabrikam Smart Card\n"                                                   \
    "3B 04 51 FF 08 01\n\tFabrikam Bank Card\n"                                                    \
    "3B 04 41 44 56 57\n\tContoso card\n"                                                          \
    "3B 04 4C 69 74 77\n\tLitware bank card\n"                                                     \
    "3B 05 4C 69 74 77 61\n\tNorthwind\n"

/* The findings on one entry, Card, by a list of names; NULL: there is none. */
static struct findings judge(struct arena *arena, const char *rule, const char *list,
                             const char *values)
{
    struct ruleset ruleset = support_load_rules(arena, rule);
    ruleset.names =
        list ? atr_names_parse(arena, (struct slice){(const uint8_t *)list, strlen(list)}) : NULL;
    return support_judge(
        arena, &ruleset,
        support_build(arena,
                      arena_printf(arena, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n%s", values)));
}

static void check(struct arena *arena, const char *rule, const char *list, const char *values,
                  const char *expected)
{
    const char *got = findings_show(arena, judge(arena, rule, list, values));
    if (strcmp(got, expected) != 0)
        fail_msg("%s: got \"%s\", want \"%s\"", values, got, expected);
}

static void a_mask_that_takes_known_cards_of_several_makers_is_reported(void **state)
{
    check(*state, RULE_3, THREE, OPEN, FOUND);
    check(*state, RULE_3, THREE, PAIR("00,04,00,00,00,00", "00,ff,00,00,00,00"), FOUND);
}

static void fewer_makers_than_the_rule_says_are_not_reported(void **state)
{
    check(*state, RULE_FROM("4"), THREE, OPEN, "");
    check(*state, RULE_FROM("2"), THREE, OPEN, FOUND);
    check(*state, RULE_FROM("18446744073709551615"), THREE, OPEN, "");
}

static void the_entrys_own_family_is_one_maker(void **state)
{
    check(*state, RULE_FROM("2"), THREE, PAIR("3b,04,51,ff,08,00", "ff,ff,ff,ff,ff,00"), "");
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,04,51,ff,08,00", "ff,ff,ff,ff,ff,00"), FOUND);
}

static void cards_of_another_length_do_not_match(void **state)
{
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,05,00,00,00,00", "ff,ff,00,00,00,00"), "");
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,05,00,00,00,00,00", "ff,ff,00,00,00,00,00"),
          FOUND);
}

static void an_entry_that_takes_one_atr_or_any_or_none_is_not_reported(void **state)
{
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,04,51,ff,08,00", "ff,ff,ff,ff,ff,ff"), "");
    check(*state, RULE_FROM("1"), THREE, "\"ATR\"=hex:3b,04,51,ff,08,00\n", "");
    check(*state, RULE_FROM("1"), THREE, PAIR("00,00,00,00,00,00", "00,00,00,00,00,00"), "");
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,04,51,ff,08,00", "ff,ff,00,00,00,00"), "");
    check(*state, RULE_FROM("1"), THREE, PAIR("3b,04,51,ff,08,00", "ff,ff"), "");
    check(*state, RULE_FROM("1"), THREE, "\"ATRMask\"=hex:ff,ff\n", "");
    check(*state, RULE_FROM("1"), THREE, "", "");
}

static void without_a_list_nothing_is_known(void **state)
{
    check(*state, RULE_FROM("1"), NULL, OPEN, "");
    check(*state, RULE_FROM("1"), "# nothing\n", OPEN, "");
}

static void patterns_of_the_list_and_cards_without_a_name_do_not_count(void **state)
{
    check(*state, RULE_FROM("1"),
          "3B 04 .. .. .. ..\n\tFabrikam\n3B 04 51 FF 08 0[0-3]\n\tContoso\n3B 04 .*\n\tLitware\n"
          "3B 04 51 FF 08 00\n",
          OPEN, "");
}

/* Names, each of a card of its own, and how many makers they are of. */
static const struct {
    const char *about, *names[4];
    unsigned makers;
} name_cases[] = {
    {"other words", {"Fabrikam", "Contoso", "Litware"}, 3},
    {"a word in common, in any letter case", {"Fabrikam one", "two FABRIKAM", "Litware"}, 2},
    {"by way of a third", {"Fabrikam", "Contoso", "Contoso, formerly Fabrikam"}, 1},
    {"by way of a third that comes first", {"Contoso/Fabrikam", "Fabrikam", "Contoso"}, 1},
    {"two pairs", {"Aaa Bbb", "Ccc Ddd", "Bbb", "Ddd"}, 2},
    {"words for any card do not count", {"Fabrikam card", "Contoso Card", "CARD (Bank)"}, 3},
    {"short words do not count", {"Fabrikam AG", "Contoso AG", "AG"}, 3},
    {"numbers do not count", {"Fabrikam 2003", "Contoso 2003"}, 2},
    {"words with digits do", {"ePass2003", "token ePASS2003"}, 1},
    {"parts of words do not count", {"Fabrikam", "Fabrikams"}, 2},
    {"letters beyond ASCII are letters", {"Caf\xc3\xa9", "Caf\xc3\xa9 Contoso", "Caf"}, 2},
    {"all lines below an ATR count", {"Fabrikam\n\tContoso", "Contoso"}, 1},
    {"addresses do not count",
     {"Fabrikam\n\thttps://a.example/", "Contoso\n\thttps://a.example/"},
     2},
};

static void cards_are_of_one_maker_where_their_names_share_a_word(void **state)
{
    for (size_t i = 0; i < sizeof name_cases / sizeof *name_cases; i++) {
        const char *list = "";
        for (unsigned j = 0; j < 4 && name_cases[i].names[j]; j++)
            list = arena_printf(*state, "%s3B 04 00 00 00 %02X\n\t%s\n", list, j,
                                name_cases[i].names[j]);
        for (unsigned makers = 1; makers < 5; makers++) {
            const char *rule = arena_printf(*state, "%s%u%s",
                                            "rules:\n- {id: broad, title: Title, "
                                            "severity: warning, check: mask_too_broad, parameters: "
                                            "{makers: ",
                                            makers, ", common_words: [card, bank]}}\n");
            struct findings findings = judge(*state, rule, list, OPEN);
            if (findings.count != (makers <= name_cases[i].makers))
                fail_msg("%s: %zu findings from %u makers on", name_cases[i].about, findings.count,
                         makers);
        }
    }
}

static void a_finding_counts_and_names_cards_of_different_makers(void **state)
{
    struct findings findings = judge(*state, RULE_3, THREE "3B 04 00 00 00 00\n\tWingtip\n", OPEN);
    assert_int_equal(findings.count, 1);
    const struct finding *finding = &findings.items[0];
    assert_non_null(strstr(finding->message, "5 known cards of 4 makers"));
    assert_non_null(strstr(finding->message,
                           "\"Fabrikam Smart Card\", \"Contoso card\", \"Litware bank card\""));
    assert_null(strstr(finding->message, "Wingtip"));
    assert_int_equal(finding->pair->atr.len, 6);
    assert_int_equal(finding->pair->mask.len, 6);
    assert_null(finding->pair->marked);
}

/* 300 cards of as many makers: of a sample, all are told apart. */
static void many_cards_are_judged_by_a_sample_of_them(void **state)
{
    const char *list = "";
    for (int i = 0; i < 300; i++)
        list = arena_printf(*state, "%s3B 04 00 00 %02X %02X\n\tMaker%dx\n", list, i / 256, i % 256,
                            i);
    check(*state, RULE_FROM("64"), list, OPEN, FOUND);
    check(*state, RULE_FROM("65"), list, OPEN, "");
    struct findings findings = judge(*state, RULE_3, list, OPEN);
    assert_non_null(strstr(findings.items[0].message, "300 known cards of at least 64 makers"));
    /* The sample is taken from all of them, not from the first. */
    const char *late = "";
    for (int i = 0; i < 300; i++)
        late = arena_printf(*state, "%s3B 04 00 00 %02X %02X\n\t%s\n", late, i / 256, i % 256,
                            i < 200 ? "Same" : arena_printf(*state, "Maker%dx", i));
    check(*state, RULE_FROM("15"), late, OPEN, FOUND);
}

/* As many words as are looked at, in each name, and more. */
static void long_names_are_safe(void **state)
{
    const char *list = "";
    for (int i = 0; i < 80; i++) {
        list = arena_printf(*state, "%s3B 04 00 00 00 %02X\n", list, i);
        for (int line = 0; line < 3; line++) {
            list = arena_printf(*state, "%s\t", list);
            for (int word = 0; word < 20; word++)
                list = arena_printf(*state, "%sw%dx%dx%d ", list, i, line, word);
            list = arena_printf(*state, "%s\n", list);
        }
    }
    check(*state, RULE_FROM("64"), list, OPEN, FOUND);
}

static void an_exempt_entry_is_not_reported(void **state)
{
    check(*state,
          "rules:\n- {id: broad, title: Title, severity: warning, check: mask_too_broad,\n"
          "   exempt: {entries: [card]}, parameters: {makers: 1, common_words: [x]}}\n",
          THREE, OPEN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_mask_that_takes_known_cards_of_several_makers_is_reported),
        SUPPORT_TEST(fewer_makers_than_the_rule_says_are_not_reported),
        SUPPORT_TEST(the_entrys_own_family_is_one_maker),
        SUPPORT_TEST(cards_of_another_length_do_not_match),
        SUPPORT_TEST(an_entry_that_takes_one_atr_or_any_or_none_is_not_reported),
        SUPPORT_TEST(without_a_list_nothing_is_known),
        SUPPORT_TEST(patterns_of_the_list_and_cards_without_a_name_do_not_count),
        SUPPORT_TEST(cards_are_of_one_maker_where_their_names_share_a_word),
        SUPPORT_TEST(a_finding_counts_and_names_cards_of_different_makers),
        SUPPORT_TEST(many_cards_are_judged_by_a_sample_of_them),
        SUPPORT_TEST(long_names_are_safe),
        SUPPORT_TEST(an_exempt_entry_is_not_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
