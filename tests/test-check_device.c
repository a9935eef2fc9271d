/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>

#include "findings.h"

#define DEVICE_RULE RULE("device", "note", "device_id_shared")
#define CACHE_RULE                                                                                 \
    "- {id: cache, title: Title, severity: note, check: atr_cache_conflict, "                      \
    "parameters: {entries: ['" PIV "']}}\n"

#define CARD(name)          "[" CARDS name "]\n"
#define VALUES(atr, module) "\"ATR\"=hex:" atr "\n\"80000001\"=\"" module "\"\n"
#define MASK(mask)          "\"ATRMask\"=hex:" mask "\n"
#define PIV_CACHE           "[Microsoft\\Cryptography\\Calais\\PIV Device ATR Cache]\n"
#define IDMP_CACHE          "[Microsoft\\Cryptography\\Calais\\IDMP ATR Cache]\n"

/* Historical bytes 51 ff 08 00 behind different interface bytes. */
#define PLAIN    "3b,04,51,ff,08,00"
#define TA1      "3b,14,11,51,ff,08,00"
#define TA1_TB1  "3b,34,11,00,51,ff,08,00"
#define SHARED_B "note device native B|80000001\n"

/* The two cards of two vendors that share a device ID. */
#define BELGIUM  "3b,7f,96,00,00,80,31,80,65,b0,85,04,01,20,12,0f,ff,82,90,00"
#define PORTUGAL "3b,ff,96,00,00,81,31,fe,43,80,31,80,65,b0,85,04,01,20,12,0f,ff,82,90,00,d0"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

struct hive_case {
    const char *name, *hive, *expected;
};

static void check_hives(struct arena *arena, const char *rules, const struct hive_case *cases,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got =
            findings_of(arena, rules, arena_printf(arena, SUPPORT_WINDOWS_10 "%s", cases[i].hive));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static void a_device_id_of_two_minidrivers_is_reported_once(void **state)
{
    static const struct hive_case cases[] = {
        {"shared", CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES(TA1, "b.dll"), SHARED_B},
        {"two vendors", CARD("A") VALUES(BELGIUM, "a.dll") CARD("B") VALUES(PORTUGAL, "b.dll"),
         SHARED_B},
        {"one minidriver", CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES(TA1, "A.DLL"), ""},
        {"one minidriver by its path",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B")
             VALUES(TA1, "C:\\\\Windows\\\\System32\\\\a.dll"),
         ""},
        {"no minidriver", CARD("A") VALUES(PLAIN, "a.dll") CARD("B") "\"ATR\"=hex:" TA1 "\n", ""},
        {"the same ATR", CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES(PLAIN, "b.dll"), ""},
        {"other historical bytes",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES("3b,14,11,51,ff,08,01", "b.dll"), ""},
        {"more historical bytes",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES("3b,15,11,51,ff,08,00,00", "b.dll"), ""},
        {"no historical bytes",
         CARD("A") VALUES("3b,00", "a.dll") CARD("B") VALUES("3b,10,11", "b.dll"), ""},
        {"historical bytes cut off",
         CARD("A") VALUES("3b,04,51", "a.dll") CARD("B") VALUES("3b,14,11,51", "b.dll"), ""},
        {"a historical byte masked in part",
         CARD("A") VALUES(PLAIN, "a.dll") MASK("ff,ff,ff,ff,ff,fe") CARD("B") VALUES(TA1, "b.dll"),
         ""},
        {"an interface byte masked",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES("3b,14,00,51,ff,08,00", "b.dll")
             MASK("ff,ff,00,ff,ff,ff,ff"),
         SHARED_B},
        {"T0 masked",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES("3b,00,11,51,ff,08,00", "b.dll")
             MASK("ff,00,ff,ff,ff,ff,ff"),
         ""},
        {"three minidrivers",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES(TA1, "b.dll") CARD("C")
             VALUES(TA1_TB1, "c.dll"),
         SHARED_B "note device native C|80000001\n"},
        {"a second entry of the same minidriver",
         CARD("A") VALUES(PLAIN, "a.dll") CARD("B") VALUES(TA1, "b.dll") CARD("C")
             VALUES(TA1_TB1, "b.dll"),
         SHARED_B},
    };
    check_hives(*state, DEVICE_RULE, cases, COUNT_OF(cases));
}

static void a_shared_device_id_names_the_first_entry_and_counts_others(void **state)
{
    struct findings findings =
        findings_judge(*state, DEVICE_RULE,
                       SUPPORT_WINDOWS_10 CARD("A") VALUES(PLAIN, "a.dll") CARD("B")
                           VALUES(TA1, "b.dll") CARD("C") VALUES(TA1_TB1, "c.dll"));
    assert_int_equal(findings.count, 2);
    const char *message = findings.items[1].message;
    assert_non_null(strstr(message, "SCFILTER\\CID_51FF0800 is that of \"A\" (and 1 more)"));
    assert_non_null(strstr(message, "\"a.dll\" there and \"c.dll\" here"));
}

static void a_cached_atr_that_an_entry_matches_is_reported(void **state)
{
    static const struct hive_case cases[] = {
        {"no cache", CARD("A") VALUES(PLAIN, "a.dll"), ""},
        {"PIV", CARD("A") VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex:" PLAIN "\n",
         "note cache native PIV Device ATR Cache|0\n"},
        {"GIDS", CARD("A") VALUES(PLAIN, "a.dll") IDMP_CACHE "\"x\"=hex:" PLAIN "\n",
         "note cache native IDMP ATR Cache|x\n"},
        {"both caches, and one ATR twice",
         CARD("A") VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex:" PLAIN "\n\"1\"=hex:" PLAIN
                                                    "\n" IDMP_CACHE "\"0\"=hex:" PLAIN "\n",
         "note cache native IDMP ATR Cache|0\nnote cache native PIV Device ATR Cache|0\n"
         "note cache native PIV Device ATR Cache|1\n"},
        {"under a mask",
         CARD("A") VALUES("3b,04,51,ff,08,00", "a.dll") MASK("ff,ff,ff,ff,ff,00") PIV_CACHE
         "\"0\"=hex:3b,04,51,ff,08,77\n",
         "note cache native PIV Device ATR Cache|0\n"},
        {"another ATR", CARD("A") VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex:" TA1 "\n", ""},
        {"no binary data", CARD("A") VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex(3a):" PLAIN "\n",
         ""},
        {"odd lengths",
         CARD("A") VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex:\n\"1\"=hex:3b\n\"2\"=hex:" PLAIN
                                                    "," PLAIN "," PLAIN "," PLAIN "," PLAIN
                                                    "," PLAIN "," PLAIN "\n",
         ""},
        {"an entry of Windows",
         CARD(PIV) VALUES(PLAIN, "msclmd.dll") PIV_CACHE "\"0\"=hex:" PLAIN "\n", ""},
        {"an entry for 32-bit programs only",
         "[" WOW CARDS "A]\n" VALUES(PLAIN, "a.dll") PIV_CACHE "\"0\"=hex:" PLAIN "\n",
         "note cache native PIV Device ATR Cache|0\n"},
    };
    check_hives(*state, CACHE_RULE, cases, COUNT_OF(cases));
}

static void a_cached_atr_names_the_entry_that_windows_picks_now(void **state)
{
    struct findings findings = findings_judge(
        *state, CACHE_RULE,
        SUPPORT_WINDOWS_10 CARD("A") VALUES(TA1, "a.dll") CARD("B") VALUES(PLAIN, "b.dll") CARD("C")
            VALUES(PLAIN, "c.dll") IDMP_CACHE "\"0\"=hex:" PLAIN "\n");
    assert_int_equal(findings.count, 1);
    const char *message = findings.items[0].message;
    assert_non_null(strstr(message, "3b 04 51 ff 08 00"));
    assert_non_null(strstr(message, "GIDS driver"));
    assert_non_null(strstr(message, "\"B\" (native)"));
}

/* Entries with one device ID and a minidriver each, under patterns that do not overlap: more than
 * are compared with each other. */
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
        uint8_t atr[] = {0x3b, 0x71, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0x51};
        const char *name = arena_printf(arena, "%zu.dll", i);
        values[0] = (struct regval){.name = "ATR", .state = VALUE_OK};
        values[0].raw = arena_dup(arena, (struct slice){atr, sizeof atr});
        values[1] = (struct regval){
            .name = "80000001", .state = VALUE_OK, .type = REG_SZ, .text = name, .seen = name};
        struct card *card = &config->cards[i];
        card->key.origin = (struct origin){.key = name, .name = name};
        for (int field = 0; field < NCARD_FIELDS; field++)
            card->field[field] = &absent;
        card->field[CARD_ATR] = &values[0];
        card->field[CARD_MODULE] = &values[1];
    }
    return snapshot;
}

static void that_not_all_device_ids_were_compared_is_a_note(void **state)
{
    struct ruleset ruleset =
        support_load_rules(*state, "rules:\n" RULE("device", "error", "device_id_shared"));
    struct findings findings = ruleset_judge(*state, &ruleset, make_hostile(*state, 6000));
    size_t notes = 0;
    for (size_t i = 0; i < findings.count; i++)
        notes += findings.items[i].severity == SEVERITY_NOTE;
    assert_int_equal(notes, 1);
    assert_true(findings.count > 1000);
    findings = ruleset_judge(*state, &ruleset, make_hostile(*state, 1000));
    assert_int_equal(findings.count, 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_device_id_of_two_minidrivers_is_reported_once),
        SUPPORT_TEST(a_shared_device_id_names_the_first_entry_and_counts_others),
        SUPPORT_TEST(a_cached_atr_that_an_entry_matches_is_reported),
        SUPPORT_TEST(a_cached_atr_names_the_entry_that_windows_picks_now),
        SUPPORT_TEST(that_not_all_device_ids_were_compared_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
