/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/fix.h"

#include "fixes.h"

#include "base/text.h"
#include "rule/waivers.h"

#define OUTSIDE   RULE("outside", "error", "atr_outside_mask")
#define VALUE     RULE("value", "warning", "retry_value")
#define MISPLACED RULE("misplaced", "warning", "retry_misplaced")
#define WANTED(severity)                                                                           \
    "- {id: wanted, title: Title, severity: " severity ", key: '" READERS                          \
    "', value: RetryDeviceInitialize, expect: {exists: true}}\n"

#define WINDOWS SUPPORT_WINDOWS_10
#define RETRY   "\"RetryDeviceInitialize\"="
#define ONE     "native Readers|RetryDeviceInitialize REG_DWORD 01000000:"

/* An entry whose ATR has a bit outside of its mask, and no other fault. */
#define DEAD "\"ATR\"=hex:3b,04,51,ff,08,01\n\"ATRMask\"=hex:ff,ff,ff,ff,ff,f0\n"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* A row: its name, rules, registry text, and the plan. */
static void check_plans(struct arena *arena, const char *const cases[][4], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct planned *planned =
            fixes_plan(arena, cases[i][1], support_build(arena, cases[i][2]));
        const char *got = fixes_show(arena, &planned->fix);
        if (strcmp(got, cases[i][3]) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i][0], got, cases[i][3]);
    }
}

static void an_atr_loses_the_bits_outside_of_its_mask(void **state)
{
    static const char *const cases[][4] = {
        {"native", OUTSIDE, WINDOWS "[" CARDS "Card]\n" DEAD,
         "native Card|ATR REG_BINARY 3b0451ff0800: outside\n"},
        {"32 bits", OUTSIDE, WINDOWS "[" WOW CARDS "Card]\n" DEAD,
         "wow6432node Card|ATR REG_BINARY 3b0451ff0800: outside\n"},
        {"a name in another letter case", OUTSIDE,
         WINDOWS "[" CARDS "Card]\n\"atr\"=hex:3b,05\n\"ATRMask\"=hex:ff,00\n",
         "native Card|atr REG_BINARY 3b00: outside\n"},
        {"two rules", OUTSIDE RULE("other", "note", "atr_outside_mask"),
         WINDOWS "[" CARDS "Card]\n" DEAD,
         "native Card|ATR REG_BINARY 3b0451ff0800: other outside\n"},
        {"a sound one", OUTSIDE,
         WINDOWS "[" CARDS "Card]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,ff\n", ""},
    };
    check_plans(*state, cases, COUNT_OF(cases));
}

/* The pairs of OpenSC's issues 2321 and 2626, with ATR & mask computed by hand. */
static void known_pairs_are_repaired(void **state)
{
    static const char *const cases[][4] = {
        {"2321", OUTSIDE,
         WINDOWS "[" CARDS "Card]\n"
                 "\"ATR\"=hex:3b,ac,00,40,2a,00,12,25,00,64,80,00,03,10,00,90,00\n"
                 "\"ATRMask\"=hex:ff,00,00,00,00,ff,ff,ff,ff,ff,ff,00,00,00,ff,ff,ff\n",
         "native Card|ATR REG_BINARY 3b0000000000122500648000000000"
         "9000: outside\n"},
        {"2626", OUTSIDE,
         WINDOWS "[" CARDS "Card]\n\"ATR\"=hex:3b,f2,18,00,ff,c1,0a,31,fe,55,c8,06,8a\n"
                 "\"ATRMask\"=hex:ff,ff,0f,ff,00,ff,00,ff,ff,00,00,00,00\n",
         "native Card|ATR REG_BINARY 3bf2080000c10031fe00000000: outside\n"},
    };
    check_plans(*state, cases, COUNT_OF(cases));
}

static void what_a_driver_looks_for_becomes_1(void **state)
{
    static const char type[] = "- {id: type, title: Title, severity: error, key: '" READERS
                               "', value: RetryDeviceInitialize, expect: {absent: allowed, type: "
                               "REG_DWORD}}\n";
    static const char two[] = "- {id: two, title: Title, severity: error, key: '" READERS
                              "', value: RetryDeviceInitialize, expect: {equals: '2'}}\n";
    const char *cases[][4] = {
        {"0", VALUE, WINDOWS "[" READERS "]\n" RETRY "dword:0\n", ONE " value\n"},
        {"text", type, WINDOWS "[" READERS "]\n" RETRY "\"1\"\n", ONE " type\n"},
        {"a name in another letter case", VALUE,
         WINDOWS "[" READERS "]\n\"retrydeviceinitialize\"=dword:0\n",
         "native Readers|retrydeviceinitialize REG_DWORD 01000000: value\n"},
        {"another number is wanted", two, WINDOWS "[" READERS "]\n" RETRY "dword:0\n",
         "native Readers two: its rule wants something else than 1, which alone is documented\n"},
        {"two rules", VALUE RULE("another", "note", "retry_value"),
         WINDOWS "[" READERS "]\n" RETRY "dword:0\n", ONE " another value\n"},
    };
    check_plans(*state, (const char *const(*)[4])cases, COUNT_OF(cases));
}

static void an_absent_value_is_written_where_it_is_demanded(void **state)
{
    static const char *const cases[][4] = {
        {"by a warning", WANTED("warning"), WINDOWS "[" READERS "]\n", ONE " wanted\n"},
        {"by a note", WANTED("note"), WINDOWS "[" READERS "]\n",
         "native Readers wanted: a note demands nothing\n"},
        {"by a note and a misplaced copy", WANTED("note"),
         WINDOWS "[" READERS "]\n[" WOW READERS "]\n" RETRY "dword:1\n", ONE " wanted\n"},
        {"by a note and a misplaced 0", WANTED("note"),
         WINDOWS "[" READERS "]\n[" WOW READERS "]\n" RETRY "dword:0\n",
         "native Readers wanted: a note demands nothing\n"},
        {"without the key", WANTED("warning"), WINDOWS, ONE " wanted\n"},
        {"without Calais", WANTED("warning"),
         "[" WOW "Microsoft\\Cryptography\\Calais\\SmartCards]\n",
         "native Readers wanted: the native view has no Calais key\n"},
    };
    check_plans(*state, cases, COUNT_OF(cases));
}

static void misplaced_copies_are_removed(void **state)
{
    static const char *const cases[][4] = {
        {"a value", MISPLACED, WINDOWS "[" WOW READERS "]\n" RETRY "dword:1\n",
         "wow6432node Readers|RetryDeviceInitialize removed: misplaced\n"},
        {"a key", MISPLACED, WINDOWS "[" READERS "\\RetryDeviceInitialize]\n",
         "native RetryDeviceInitialize misplaced: what that key holds is not known here, so that "
         "nothing could bring it back\n"},
    };
    check_plans(*state, cases, COUNT_OF(cases));
}

static void what_would_be_a_guess_is_refused(void **state)
{
    static const char *const cases[][4] = {
        {"a view", RULE("view", "warning", "view_asymmetric"), WINDOWS "[" CARDS "Card]\n" DEAD,
         "native Card view: a copy for the other view would be a guess: its DLL differs\n"},
        {"no ATR", RULE("no-atr", "error", "atr_missing"),
         WINDOWS "[" CARDS "Card]\n\"80000001\"=\"x.dll\"\n",
         "native Card no-atr: what is right cannot be told from the hive\n"},
        {"a condition that is not known",
         "- {id: outside, title: Title, severity: error, applies_to: {build: '>=1'}, check: "
         "atr_outside_mask}\n",
         "[" CARDS "Card]\n" DEAD, "native Card outside: whether its rule applies is not known\n"},
    };
    check_plans(*state, cases, COUNT_OF(cases));
}

/* Puts another character in place of '#' in the name of the key. */
static void rename_key(struct memory_hive *hive, const char *name, char into)
{
    char *at = (char *)hive->bytes + support_locate(hive, 4096, name, strlen(name));
    *strchr(at, '#') = into;
}

static void a_reg_can_hold_most_names(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *name;
        char into;
        bool held;
    } cases[] = {
        {"Ca#rd", '\r', false}, {"Ca#rd", '\n', false},   {"Ca#rd", '\\', false},
        {"Ca#rd", '\0', false}, {"Card#", '\t', false},   {"Ca#rd", '"', true},
        {"Card#", ']', true},   {"Card] #x", ';', false}, {"Card[#", ';', true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct memory_hive *hive = support_build(
            arena, arena_printf(arena, WINDOWS "[" CARDS "%s]\n" DEAD, cases[i].name));
        rename_key(hive, cases[i].name, cases[i].into);
        const struct fix *fix = &fixes_plan(arena, OUTSIDE, hive)->fix;
        if (fix->nchanges != cases[i].held || fix->nrefusals == cases[i].held)
            fail_msg("\"%s\" with 0x%02x: got %zu changes", cases[i].name, cases[i].into,
                     fix->nchanges);
        if (!cases[i].held)
            assert_string_equal(fix->refusals[0].why, "a .reg cannot hold the name of its key");
    }
}

static void keys_that_are_not_as_they_seem_are_left_alone(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *more, *why;
        char into;
    } cases[] = {
        {"\"Oth#r\"=\"x\"\n", "a .reg cannot hold the name of a value beside it", '\n'},
        {"\"AT#\"=hex:00\n", "its key has several values of that name", 'r'},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct memory_hive *hive = support_build(
            arena, arena_printf(arena, WINDOWS "[" CARDS "Card]\n" DEAD "%s", cases[i].more));
        rename_key(hive, i ? "AT#" : "Oth#r", cases[i].into);
        const struct fix *fix = &fixes_plan(arena, OUTSIDE, hive)->fix;
        assert_int_equal(fix->nchanges, 0);
        assert_int_equal(fix->nrefusals, 1);
        assert_string_equal(fix->refusals[0].why, cases[i].why);
    }
}

static void of_keys_with_one_name_the_first_is_repaired(void **state)
{
    struct arena *arena = *state;
    struct memory_hive *hive =
        support_build(arena, WINDOWS "[" CARDS "Card]\n" DEAD "[" CARDS "Car#]\n" DEAD);
    rename_key(hive, "Car#", 'd');
    const struct fix *fix = &fixes_plan(arena, OUTSIDE, hive)->fix;
    assert_int_equal(fix->nchanges, 1);
    assert_int_equal(fix->nrefusals, 1);
    assert_string_equal(fix->refusals[0].why, "another key has the same name");
}

static void damaged_keys_are_left_alone(void **state)
{
    struct arena *arena = *state;
    struct memory_hive *hive =
        support_build(arena, WINDOWS "[" CARDS "Card]\n" DEAD "\"Crypto Provider\"=\"Contoso\"\n");
    findings_damage_value(hive, "Crypto Provider");
    assert_string_equal(fixes_show(arena, &fixes_plan(arena, OUTSIDE, hive)->fix),
                        "native Card outside: not all of its key can be read\n");
    hive =
        support_build(arena, WINDOWS "[" CARDS "Card]\n" DEAD "\"Crypto Provider\"=\"Contoso\"\n");
    findings_lose_value(hive, "Crypto Provider");
    assert_string_equal(fixes_show(arena, &fixes_plan(arena, OUTSIDE, hive)->fix),
                        "native Card outside: not all of its key can be read\n");
}

static void waived_and_settled_findings_are_left_alone(void **state)
{
    struct arena *arena = *state;
    const struct waiver waiver = {.reason = "old cards", .owner = "Ada", .expires = "2027-01-31"};
    struct planned *planned =
        fixes_plan(arena, OUTSIDE, support_build(arena, WINDOWS "[" CARDS "Card]\n" DEAD));
    planned->findings.items[0].waiver = &waiver;
    struct fix fix = fix_plan(arena, &planned->findings, planned->snapshot);
    assert_string_equal(fixes_show(arena, &fix),
                        "native Card outside: waived until 2027-01-31 by Ada (old cards)\n");
    planned->findings.items[0].waiver = NULL;
    planned->findings.items[0].in_system = true;
    fix = fix_plan(arena, &planned->findings, planned->snapshot);
    assert_string_equal(fixes_show(arena, &fix), "native Card outside: it is in the SYSTEM hive\n");
    assert_int_equal(fix_current(arena, &planned->findings).count, 1);
    planned->findings.items[0].timing = TIMING_BEFORE;
    assert_int_equal(fix_current(arena, &planned->findings).count, 0);
}

static void old_values_have_to_come_back_byte_for_byte(void **state)
{
    struct arena *arena = *state;
    static const char rules[] = OUTSIDE MISPLACED WANTED("warning");
    static const char misplaced[] = "[" WOW READERS "]\n" RETRY "dword:1\n";
    const char *before = arena_printf(arena, WINDOWS "[" CARDS "Card]\n" DEAD "%s", misplaced);
    const char *others[] = {
        arena_printf(arena, WINDOWS "[" CARDS "Card]\n\"ATR\"=hex:3b\n%s", misplaced),
        arena_printf(arena, WINDOWS "[" CARDS "Card]\n" DEAD),
        arena_printf(arena,
                     WINDOWS "[" CARDS "Card]\n\"Atr\"=hex:3b,04,51,ff,08,01\n"
                             "\"ATRMask\"=hex:ff,ff,ff,ff,ff,f0\n%s",
                     misplaced),
        arena_printf(arena, WINDOWS "[" CARDS "Card]\n" DEAD "%s[" READERS "]\n" RETRY "dword:1\n",
                     misplaced),
        arena_printf(arena, WINDOWS "%s", misplaced),
    };
    struct planned *planned = fixes_plan(arena, rules, support_build(arena, before));
    assert_int_equal(planned->fix.nchanges, 3);
    assert_true(fix_is_undone(&planned->fix, planned->snapshot));
    assert_true(fix_is_undone(&planned->fix,
                              fixes_read(arena, &planned->ruleset, support_build(arena, before))));
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(fix_is_undone(
            &planned->fix, fixes_read(arena, &planned->ruleset, support_build(arena, others[i]))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_atr_loses_the_bits_outside_of_its_mask),
        SUPPORT_TEST(known_pairs_are_repaired),
        SUPPORT_TEST(what_a_driver_looks_for_becomes_1),
        SUPPORT_TEST(an_absent_value_is_written_where_it_is_demanded),
        SUPPORT_TEST(misplaced_copies_are_removed),
        SUPPORT_TEST(what_would_be_a_guess_is_refused),
        SUPPORT_TEST(a_reg_can_hold_most_names),
        SUPPORT_TEST(keys_that_are_not_as_they_seem_are_left_alone),
        SUPPORT_TEST(of_keys_with_one_name_the_first_is_repaired),
        SUPPORT_TEST(damaged_keys_are_left_alone),
        SUPPORT_TEST(waived_and_settled_findings_are_left_alone),
        SUPPORT_TEST(old_values_have_to_come_back_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
