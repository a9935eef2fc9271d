/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define HEAD  "- {id: pairs, title: Title, severity: error, check: card_pairs, "
#define ENTRY "\"ATR\"=hex:3b,04,51,ff,08,00\n"

/* The messages of all findings, a line each. */
static const char *messages_of(struct arena *arena, const char *rules, const char *reg_text)
{
    struct findings findings = findings_judge(arena, rules, reg_text);
    const char *text = "";
    for (size_t i = 0; i < findings.count; i++)
        text = arena_printf(arena, "%s%s\n", text, findings.items[i].message);
    return text;
}

static void a_card_has_to_pair_in_every_view(void **state)
{
    static const char rule[] = HEAD "parameters: {atrs: [3B0451FF0800]}}\n";
    static const char hive[] = SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY;
    assert_string_equal(findings_of(*state, rule, hive), "error pairs wow6432node SmartCards|-\n");
    assert_string_equal(messages_of(*state, rule, hive), "card 3b0451ff0800 pairs with no entry\n");
    assert_string_equal(findings_of(*state,
                                    HEAD "applies_to: {view: native}, "
                                         "parameters: {atrs: [3B0451FF0800]}}\n",
                                    hive),
                        "");
    assert_string_equal(findings_of(*state, rule,
                                    SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY "[" WOW CARDS
                                                       "F]\n" ENTRY),
                        "");
}

static void the_near_miss_is_named(void **state)
{
    assert_string_equal(
        messages_of(*state,
                    HEAD "applies_to: {view: native}, parameters: {atrs: [3B0451FF0801]}}\n",
                    SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY),
        "card 3b0451ff0801 pairs with no entry; near miss \"Fabrikam\": byte 5 is 00 here and 01 "
        "on "
        "the card\n");
}

/* An entry in front of the one that is wanted, and three rules that want it. */
static void another_entry_than_is_wanted_is_found(void **state)
{
    static const char hive[] =
        SUPPORT_WINDOWS_10 "[" CARDS "Contoso]\n" ENTRY "\"80000001\"=\"contosocm.dll\"\n"
                           "\"Crypto Provider\"=\"Contoso CSP\"\n"
                           "[" CARDS "Fabrikam]\n" ENTRY
                           "\"80000001\"=\"C:\\\\Windows\\\\System32\\\\Fabrikamcm.dll\"\n"
                           "\"Crypto Provider\"=\"" BASE_CSP "\"\n";
    static const struct {
        const char *want, *message;
    } cases[] = {
        {"entries: [fabrikam]", "entry \"fabrikam\""},
        {"modules: [fabrikamcm.dll, x.dll]", "minidriver \"fabrikamcm.dll\" or \"x.dll\""},
        {"csps: [" BASE_CSP "]", "CSP \"" BASE_CSP "\""},
        {"entries: [Fabrikam], csps: [" BASE_CSP "]", "entry \"Fabrikam\", CSP \"" BASE_CSP "\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *rule = arena_printf(*state,
                                        HEAD "applies_to: {view: native}, parameters: {atrs: "
                                             "['3B 04 51 FF 08 00'], %s}}\n",
                                        cases[i].want);
        assert_string_equal(findings_of(*state, rule, hive), "error pairs native Contoso|-\n");
        assert_string_equal(
            messages_of(*state, rule, hive),
            arena_printf(*state,
                         "card 3b0451ff0800 pairs with \"Contoso\" (minidriver \"contosocm.dll\", "
                         "CSP \"Contoso CSP\"), want %s; \"Fabrikam\" fits too, and comes later\n",
                         cases[i].message));
    }
}

static void what_is_wanted_is_compared_without_regard_to_case(void **state)
{
    static const char hive[] = SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY
                                                  "\"80000001\"=\"C:\\\\x\\\\FABRIKAMCM.DLL\"\n"
                                                  "\"Crypto Provider\"=\"" BASE_CSP "\"\n";
    static const char *const wants[] = {
        "entries: [FABRIKAM]", "modules: [FabrikamCM.dll]", "modules: ['c:\\X\\fabrikamcm.dll']",
        "modules: ['*kamcm.dll']",
        "entries: [Fabrikam], modules: [fabrikamcm.dll], csps: [" BASE_CSP "]"};
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
        assert_string_equal(
            findings_of(*state,
                        arena_printf(*state,
                                     HEAD "applies_to: {view: native}, parameters: {atrs: "
                                          "[3B0451FF0800], %s}}\n",
                                     wants[i]),
                        hive),
            "");
    /* What is not there is none of what is wanted. */
    assert_string_equal(messages_of(*state,
                                    HEAD "applies_to: {view: native}, parameters: {atrs: "
                                         "[3B0451FF0800], modules: [a.dll]}}\n",
                                    SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY),
                        "card 3b0451ff0800 pairs with \"Fabrikam\" (minidriver none, CSP none), "
                        "want minidriver \"a.dll\"\n");
}

/* What is wanted stands behind them. */
static void long_names_leave_room_in_a_message(void **state)
{
    const char *hive = arena_printf(*state,
                                    SUPPORT_WINDOWS_10
                                    "[" CARDS "Fabrikam]\n" ENTRY
                                    "\"80000001\"=\"%05000d\"\n\"Crypto Provider\"=\"%05000d\"\n",
                                    0, 0);
    const char *message = messages_of(*state,
                                      HEAD "applies_to: {view: native}, parameters: {atrs: "
                                           "[3B0451FF0800], modules: [a.dll]}}\n",
                                      hive);
    assert_in_range(strlen(message), 800, 1000);
    assert_non_null(strstr(message, "0...\"), want minidriver \"a.dll\"\n"));
}

static void cards_of_one_rule_are_told_apart(void **state)
{
    static const char rule[] =
        HEAD "applies_to: {view: native}, parameters: {atrs: [3B0451FF0802, 3B0451FF0801]}}\n";
    struct findings now = findings_judge(*state, rule, SUPPORT_WINDOWS_10);
    struct findings then = findings_judge(
        *state, rule, SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n\"ATR\"=hex:3b,04,51,ff,08,01\n");
    assert_int_equal(now.count, 2);
    assert_int_equal(then.count, 1);
    assert_int_equal(now.items[0].card.ptr[5], 1);
    assert_int_equal(now.items[1].card.ptr[5], 2);
    struct findings all = findings_join(*state, &now, &then);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.items[0].timing, TIMING_AFTER);
    assert_int_equal(all.items[1].timing, TIMING_BOTH);
}

static void an_entry_that_cannot_be_read_is_not_taken_for_none(void **state)
{
    struct memory_hive *hive = support_build(
        *state, SUPPORT_WINDOWS_10 "[" CARDS "Fabrikam]\n" ENTRY "[" WOW CARDS "F]\n" ENTRY);
    findings_damage_value(hive, "ATR");
    struct ruleset ruleset =
        support_load_rules(*state, "rules:\n" HEAD "parameters: {atrs: [3B0451FF0800]}}\n");
    const struct reading *reading = support_read(*state, hive);
    assert_true(reading->read);
    struct findings findings = ruleset_judge(*state, &ruleset, &reading->snapshot);
    assert_int_equal(findings.count, 2);
    assert_string_equal(
        findings.items[0].message,
        "card 3b0451ff0800 pairs with no entry, as far as the entries could be read and compared");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_card_has_to_pair_in_every_view),
        SUPPORT_TEST(the_near_miss_is_named),
        SUPPORT_TEST(another_entry_than_is_wanted_is_found),
        SUPPORT_TEST(what_is_wanted_is_compared_without_regard_to_case),
        SUPPORT_TEST(long_names_leave_room_in_a_message),
        SUPPORT_TEST(cards_of_one_rule_are_told_apart),
        SUPPORT_TEST(an_entry_that_cannot_be_read_is_not_taken_for_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
