/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>

#include "findings.h"

/* All at once, so that a second finding on a pair would show. */
#define RULES                                                                                      \
    RULE("duplicate", "warning", "atr_duplicate")                                                  \
    RULE("shadowed", "warning", "atr_shadowed")                                                    \
    RULE("overlap", "warning", "atr_overlap")                                                      \
    RULE("device", "note", "device_id_shared")

#define CARD(name)          "[" CARDS name "]\n"
#define WOW_CARD(name)      "[" WOW CARDS name "]\n"
#define VALUES(atr, module) "\"ATR\"=hex:" atr "\n\"80000001\"=\"" module "\"\n"
#define MASK(mask)          "\"ATRMask\"=hex:" mask "\n"

#define ATR_0 "3b,04,51,ff,08,00"
#define ATR_1 "3b,04,51,ff,08,01"
#define BROAD VALUES(ATR_0, "a.dll") MASK("ff,ff,ff,ff,ff,00")

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void a_pair_of_entries_gives_one_finding_on_the_later_one(void **state)
{
    static const struct {
        const char *name, *hive, *expected;
    } cases[] = {
        {"apart", CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES("3b,00", "b.dll"), ""},
        {"equal", CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES(ATR_0, "b.dll"),
         "warning duplicate native B|ATR\n"},
        {"equal, made in another order",
         CARD("B") VALUES(ATR_0, "b.dll") CARD("A") VALUES(ATR_0, "a.dll"),
         "warning duplicate native B|ATR\n"},
        {"equal, one with a mask",
         CARD("A") VALUES(ATR_0, "a.dll") MASK("ff,ff,ff,ff,ff,ff") CARD("B")
             VALUES(ATR_0, "b.dll"),
         "warning duplicate native B|ATR\n"},
        {"hidden", CARD("A") BROAD CARD("B") VALUES(ATR_1, "b.dll"),
         "warning shadowed native B|ATR\n"},
        {"the broader one later", CARD("A") VALUES(ATR_1, "b.dll") CARD("B") BROAD,
         "warning overlap native B|ATR\n"},
        {"one driver", CARD("A") BROAD CARD("B") VALUES(ATR_1, "A.DLL"), ""},
        {"three drivers",
         CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES(ATR_0, "b.dll") CARD("C")
             VALUES(ATR_0, "c.dll"),
         "warning duplicate native B|ATR\nwarning duplicate native C|ATR\n"},
        {"each view by itself",
         CARD("A") VALUES(ATR_0, "a.dll") WOW_CARD("B") VALUES(ATR_0, "b.dll"), ""},
        {"both views",
         CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES(ATR_0, "b.dll") WOW_CARD("A")
             VALUES(ATR_0, "a.dll") WOW_CARD("B") VALUES(ATR_0, "b.dll"),
         "warning duplicate native B|ATR\nwarning duplicate wow6432node B|ATR\n"},
        {"the entries of Windows",
         CARD(PIV) "\"80000001\"=\"msclmd.dll\"\n" CARD(GENERIC) "\"80000001\"=\"b.dll\"\n", ""},
        {"bits outside of the mask",
         CARD("A") VALUES(ATR_1, "a.dll") MASK("ff,ff,ff,ff,ff,00") CARD("B")
             VALUES(ATR_1, "b.dll"),
         ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got = findings_of(*state, RULES,
                                      arena_printf(*state, SUPPORT_WINDOWS_10 "%s", cases[i].hive));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static struct finding judge_one(struct arena *arena, const char *rules, const char *hive)
{
    struct findings findings =
        findings_judge(arena, rules, arena_printf(arena, SUPPORT_WINDOWS_10 "%s", hive));
    assert_true(findings.count > 0);
    return findings.items[findings.count - 1];
}

static void a_finding_names_the_first_earlier_entry_and_counts_the_others(void **state)
{
    struct finding finding =
        judge_one(*state, RULES,
                  CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES(ATR_0, "b.dll") CARD("C")
                      VALUES(ATR_0, "c.dll") CARD("D") VALUES(ATR_0, "d.dll"));
    assert_string_equal(finding.origin->name, "D");
    assert_non_null(strstr(finding.message, "\"A\" (and 2 more) comes before it"));
    assert_non_null(strstr(finding.message, "80000001 is \"a.dll\" there and \"d.dll\" here"));
    assert_null(strstr(finding.message, "Crypto Provider"));
}

static void a_finding_shows_the_bytes_of_its_entry(void **state)
{
    struct finding finding =
        judge_one(*state, RULES, CARD("A") VALUES(ATR_1, "b.dll") CARD("B") BROAD);
    assert_int_equal(finding.pair->atr.len, 6);
    assert_int_equal(finding.pair->mask.len, 6);
    assert_int_equal(finding.pair->mask.ptr[5], 0);
    assert_null(finding.pair->marked);
}

static void an_overlap_shows_a_card_that_both_match(void **state)
{
    struct finding finding =
        judge_one(*state, RULES,
                  CARD("A") VALUES("3b,04,51,ff,00,00", "a.dll") MASK("ff,ff,ff,ff,00,ff") CARD("B")
                      VALUES("3b,04,51,00,08,00", "b.dll") MASK("ff,ff,ff,00,ff,ff"));
    assert_non_null(strstr(finding.message, "3b 04 51 ff 08 00"));
    assert_non_null(strstr(finding.message, "paired with \"A\""));
}

static void each_part_of_a_driver_that_differs_is_named(void **state)
{
    struct finding finding = judge_one(
        *state, RULES,
        CARD("A") VALUES(ATR_0, "a.dll") "\"Crypto Provider\"=\"" BASE_CSP "\"\n" CARD("B")
            VALUES(ATR_0, "A.dll") "\"Smart Card Key Storage Provider\"=\"" BASE_KSP "\"\n");
    assert_null(strstr(finding.message, "80000001"));
    assert_non_null(strstr(finding.message, "Crypto Provider is \"" BASE_CSP "\" there and absent "
                                            "here"));
    assert_non_null(strstr(finding.message, "Smart Card Key Storage Provider is absent there"));
}

static void a_rule_of_one_view_looks_at_that_view(void **state)
{
    static const char rules[] =
        "- {id: duplicate, title: Title, severity: error, check: atr_duplicate, applies_to: "
        "{view: wow6432node}}\n";
    const char *hive =
        SUPPORT_WINDOWS_10 CARD("A") VALUES(ATR_0, "a.dll") CARD("B") VALUES(ATR_0, "b.dll")
            WOW_CARD("C") VALUES(ATR_0, "a.dll") WOW_CARD("D") VALUES(ATR_0, "b.dll");
    assert_string_equal(findings_of(*state, rules, hive), "error duplicate wow6432node D|ATR\n");
}

/* Entries that all overlap, as many that not all pairs are looked at. */
static const struct snapshot *make_hostile(struct arena *arena, size_t count)
{
    static const struct regval absent;
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    struct view_config *config = &snapshot->views[VIEW_NATIVE];
    config->smart_cards.origin = (struct origin){.key = "SmartCards", .name = "SmartCards"};
    config->ncards = count;
    config->cards = arena_alloc(arena, count, sizeof *config->cards);
    for (size_t i = 0; i < count; i++) {
        struct regval *values = arena_alloc(arena, 2, sizeof *values);
        uint8_t *atr = arena_alloc(arena, ATR_LEN_ISO_MAX, 1);
        atr[i % 33] |= (uint8_t)(1U << i / 33 % 8);
        atr[i / 264 % 33] |= (uint8_t)(1U << i / 264 / 33 % 8);
        values[0] = (struct regval){.name = "ATR", .state = VALUE_OK, .raw = {atr, 33}};
        values[1] = (struct regval){.name = "80000001",
                                    .state = VALUE_OK,
                                    .type = REG_SZ,
                                    .seen = arena_printf(arena, "%zu.dll", i)};
        values[1].text = values[1].seen;
        struct card *card = &config->cards[i];
        card->key.origin = (struct origin){.key = values[1].seen, .name = values[1].seen};
        for (int field = 0; field < NCARD_FIELDS; field++)
            card->field[field] = &absent;
        card->field[CARD_ATR] = card->field[CARD_ATR_MASK] = &values[0];
        card->field[CARD_MODULE] = &values[1];
    }
    return snapshot;
}

static void that_not_all_were_compared_is_a_note(void **state)
{
    struct ruleset ruleset =
        support_load_rules(*state, "rules:\n" RULE("overlap", "error", "atr_overlap"));
    struct findings findings = ruleset_judge(*state, &ruleset, make_hostile(*state, 15000));
    size_t notes = 0;
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.items[i].severity != SEVERITY_NOTE)
            continue;
        notes++;
        assert_string_equal(findings.items[i].origin->key, "SmartCards");
        assert_non_null(strstr(findings.items[i].message, "not all of 15000 were compared"));
    }
    assert_int_equal(notes, 1);
    assert_true(findings.count > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_pair_of_entries_gives_one_finding_on_the_later_one),
        SUPPORT_TEST(a_finding_names_the_first_earlier_entry_and_counts_the_others),
        SUPPORT_TEST(a_finding_shows_the_bytes_of_its_entry),
        SUPPORT_TEST(an_overlap_shows_a_card_that_both_match),
        SUPPORT_TEST(each_part_of_a_driver_that_differs_is_named),
        SUPPORT_TEST(a_rule_of_one_view_looks_at_that_view),
        SUPPORT_TEST(that_not_all_were_compared_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
