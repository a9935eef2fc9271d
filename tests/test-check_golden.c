/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/text.h"
#include "findings.h"
#include "random.h"

#define RULES                                                                                      \
    RULE("added", "warning", "golden_added")                                                       \
    RULE("removed", "warning", "golden_removed") RULE("changed", "warning", "golden_changed")

#define CALAIS   "Microsoft\\Cryptography\\Calais"
#define POLICIES "Policies\\Microsoft\\Windows\\"
#define POLICY   POLICIES "ScPnP"
#define WINDOWS  SUPPORT_WINDOWS_10
#define CARD     WINDOWS "[" CARDS "Card]\n"
#define VALUE(t) CARD "\"V\"=" t "\n"

#define WINDOWS_7_X86                                                                              \
    "[Microsoft\\Windows NT\\CurrentVersion]\n"                                                    \
    "\"BuildLabEx\"=\"7601.17514.x86fre.win7sp1_rtm.101119-1850\"\n"                               \
    "[" CARDS "Card]\n"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static struct findings judge(struct arena *arena, const char *rules, const struct snapshot *here,
                             const struct snapshot *golden)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    ruleset.golden = golden;
    return ruleset_judge(arena, &ruleset, here);
}

static const struct snapshot *read_text(struct arena *arena, const char *reg_text)
{
    const struct reading *reading = support_read(arena, support_build(arena, reg_text));
    assert_true(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_NOTE);
    return &reading->snapshot;
}

static struct findings compare(struct arena *arena, const char *here, const char *golden)
{
    return judge(arena, RULES, read_text(arena, here), read_text(arena, golden));
}

struct drift_case {
    const char *name, *here, *golden, *expected;
};

static void check_cases(struct arena *arena, const struct drift_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = findings_show(arena, compare(arena, cases[i].here, cases[i].golden));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static void what_is_the_same_is_no_drift(void **state)
{
    static const struct drift_case cases[] = {
        {"one entry", CARD "\"ATR\"=hex:3b,00\n", CARD "\"ATR\"=hex:3b,00\n", ""},
        {"other letter case and order of values", CARD "\"ATR\"=hex:3b,00\n\"b\"=dword:1\n",
         CARD "\"B\"=dword:1\n\"atr\"=hex:3b,00\n", ""},
        {"other letter case of keys", WINDOWS "[" CARDS "CARD]\n[" POLICY "]\n[" PROVIDERS "csp]\n",
         WINDOWS "[" CARDS "Card]\n[POLICIES\\microsoft\\windows\\SCPNP]\n[" PROVIDERS "CSP]\n",
         ""},
        {"a text without its NUL", VALUE("hex(1):78,00"), VALUE("\"x\""), ""},
        {"and one with many", VALUE("hex(1):78,00,00,00,00,00,00,00"), VALUE("\"x\""), ""},
        {"an empty text without its NUL", VALUE("hex(1):"), VALUE("\"\""), ""},
        {"a cache of ATRs", WINDOWS "[" CALAIS "\\PIV Device ATR Cache]\n\"a\"=hex:3b\n", WINDOWS,
         ""},
        {"the other one", WINDOWS, WINDOWS "[" CALAIS "\\IDMP ATR Cache]\n", ""},
        {"what Windows keeps as it runs", WINDOWS "[" CALAIS "\\current]\n", WINDOWS, ""},
        {"what is no smart card's", WINDOWS "[Microsoft\\Other]\n\"a\"=\"b\"\n", WINDOWS, ""},
        {"a view that neither Windows has", WINDOWS_7_X86,
         WINDOWS_7_X86 "[" WOW CARDS "Card]\n\"ATR\"=hex:3b,00\n", ""},
    };
    check_cases(*state, cases, COUNT_OF(cases));
}

static void a_value_that_differs_is_changed(void **state)
{
    static const char changed[] = "warning changed native Card|V\n";
    static const struct drift_case cases[] = {
        {"data", VALUE("hex:3b,00"), VALUE("hex:3b,01"), changed},
        {"length", VALUE("hex:3b,00"), VALUE("hex:3b"), changed},
        {"no data", VALUE("hex:"), VALUE("hex:00"), changed},
        {"type", VALUE("hex:01,00,00,00"), VALUE("dword:1"), changed},
        {"type of a text", VALUE("hex(2):78,00,00,00"), VALUE("\"x\""), changed},
        {"letter case of a text", VALUE("\"x\""), VALUE("\"X\""), changed},
        {"behind a NUL", VALUE("hex(1):78,00,00,00,79,00,00,00"), VALUE("\"x\""), changed},
        {"half a character more", VALUE("hex(1):78,00,00,00,79"), VALUE("\"x\""), changed},
        {"a number", VALUE("dword:1"), VALUE("dword:2"), changed},
        {"a list of texts", VALUE("hex(7):78,00,00,00,00,00"), VALUE("hex(7):78,00,00,00"),
         changed},
        {"the default value", CARD "@=\"a\"\n", CARD "@=\"b\"\n", "warning changed native Card|\n"},
        {"of a CSP", WINDOWS "[" PROVIDERS "CSP]\n\"Type\"=dword:1\n",
         WINDOWS "[" PROVIDERS "CSP]\n\"Type\"=dword:2\n", "warning changed native CSP|Type\n"},
        {"of Readers", WINDOWS "[" READERS "]\n\"a\"=dword:1\n",
         WINDOWS "[" READERS "]\n\"A\"=dword:2\n", "warning changed native Readers|a\n"},
        {"of a policy", WINDOWS "[" POLICY "]\n\"EnableScPnP\"=dword:0\n",
         WINDOWS "[" POLICY "]\n\"EnableScPnP\"=dword:1\n",
         "warning changed none ScPnP|EnableScPnP\n"},
        {"of the last policy", WINDOWS "[" POLICIES "SmartCardCredentialProvider]\n\"A\"=dword:0\n",
         WINDOWS "[" POLICIES "SmartCardCredentialProvider]\n\"A\"=dword:1\n",
         "warning changed none SmartCardCredentialProvider|A\n"},
        {"in the 32-bit view", CARD "[" WOW CARDS "Card]\n\"V\"=\"a\"\n",
         CARD "[wow6432NODE\\" CARDS "CARD]\n\"v\"=\"b\"\n",
         "warning changed wow6432node Card|V\n"},
    };
    check_cases(*state, cases, COUNT_OF(cases));
}

static void what_only_one_hive_has_is_added_or_removed(void **state)
{
    static const struct drift_case cases[] = {
        {"a value", CARD "\"a\"=\"x\"\n\"b\"=\"x\"\n", CARD "\"b\"=\"x\"\n",
         "warning added native Card|a\n"},
        {"many values", CARD "\"a\"=\"x\"\n\"c\"=\"x\"\n", CARD "\"B\"=\"x\"\n\"d\"=\"x\"\n",
         "warning added native Card|a\nwarning added native Card|c\n"
         "warning removed native Card|B\nwarning removed native Card|d\n"},
        {"an entry with all of its values",
         WINDOWS "[" CARDS "B]\n[" CARDS "a]\n\"ATR\"=hex:3b,00\n\"b\"=\"c\"\n",
         WINDOWS "[" CARDS "b]\n", "warning added native a|-\n"},
        {"all entries", WINDOWS, WINDOWS "[" CARDS "a]\n[" CARDS "b]\n",
         "warning removed native a|-\nwarning removed native b|-\n"},
        {"SmartCards, with all entries", WINDOWS "[" READERS "]\n",
         WINDOWS "[" WOW CARDS "a]\n[" CARDS "b]\n[" READERS "]\n",
         "warning removed native b|-\nwarning removed wow6432node a|-\n"},
        {"Calais of a view",
         "[Microsoft\\Windows NT\\CurrentVersion]\n"
         "\"BuildLabEx\"=\"19041.1.amd64fre.vb_release.191206-1406\"\n[" CARDS "Card]\n",
         CARD, "warning removed wow6432node Calais|-\n"},
        {"a CSP", WINDOWS "[" PROVIDERS "A]\n[" PROVIDERS "B]\n\"Type\"=dword:1\n",
         WINDOWS "[" PROVIDERS "A]\n", "warning added native B|-\n"},
        {"all CSPs", WINDOWS, WINDOWS "[" PROVIDERS "A]\n[" PROVIDERS "B]\n",
         "warning removed native Provider|-\n"},
        {"a reader", WINDOWS "[" READERS "\\a]\n[" READERS "\\b]\n", WINDOWS "[" READERS "\\b]\n",
         "warning added native a|-\n"},
        {"Readers", WINDOWS, WINDOWS "[" READERS "\\a]\n\"a\"=\"b\"\n",
         "warning removed native Readers|-\n"},
        {"another key of Calais", WINDOWS "[" CALAIS "\\!SmartCards\\a]\n", WINDOWS,
         "warning added native !SmartCards|-\n"},
        {"a policy", WINDOWS "[" POLICY "]\n\"EnableScPnP\"=dword:0\n", WINDOWS,
         "warning added none ScPnP|-\n"},
    };
    check_cases(*state, cases, COUNT_OF(cases));
}

static void a_view_that_one_windows_lacks_is_one_finding(void **state)
{
    static const char both[] = CARD "[" WOW CARDS "a]\n[" WOW CARDS "b]\n[" WOW PROVIDERS "c]\n";
    const struct drift_case cases[] = {
        {"here", both, WINDOWS_7_X86, "warning added wow6432node Calais|-\n"},
        {"there", WINDOWS_7_X86, both, "warning removed wow6432node Calais|-\n"},
        {"there, and a stray one here", WINDOWS_7_X86 "[" WOW CARDS "a]\n", both,
         "warning removed wow6432node Calais|-\n"},
    };
    check_cases(*state, cases, COUNT_OF(cases));
}

static void check_message(struct arena *arena, const char *here, const char *golden,
                          const char *expected)
{
    struct findings findings = compare(arena, here, golden);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].message, expected);
}

static void messages_say_what_both_sides_have(void **state)
{
    static const char long_a[] = "hex:00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,"
                                 "00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,01";
    static const struct drift_case cases[] = {
        {"", CARD "\"ATR\"=hex:3b,00\n", CARD "\"ATR\"=hex:3b,01\n",
         "ATR differs: got 3b 00, the golden hive has 3b 01"},
        {"", VALUE("hex(2):78,00,00,00"), VALUE("\"x\""),
         "V differs: got REG_EXPAND_SZ \"x\", the golden hive has REG_SZ \"x\""},
        {"", VALUE("hex:01"), VALUE("dword:1"),
         "V differs: got REG_BINARY 01, the golden hive has REG_DWORD 1"},
        {"", CARD "@=\"a\"\n", CARD, "the default value is not in the golden hive (got \"a\")"},
        {"", CARD, CARD "\"V\"=dword:7\n", "V is missing: the golden hive has REG_DWORD 7"},
        {"", WINDOWS "[" CARDS "a]\n\"b\"=\"x\"\n\"ATR\"=hex:3b,00\n", WINDOWS,
         "this key is not in the golden hive (got ATR 3b 00, b \"x\")"},
        {"", WINDOWS, WINDOWS "[" CARDS "a]\n\"b\"=\"x\"\n",
         "this key is missing: the golden hive has it, with b \"x\""},
        {"", WINDOWS, WINDOWS "[" CARDS "a]\n", "this key is missing: the golden hive has it"},
        {"", WINDOWS "[" PROVIDERS "a]\n[" PROVIDERS "b]\n", WINDOWS,
         "this key is not in the golden hive (got 2 subkeys)"},
        {"", CARD "[" WOW CARDS "a]\n", WINDOWS_7_X86,
         "the Windows of the golden hive does not have this view (got 1 entry, 0 CSPs)"},
        {"", WINDOWS_7_X86, CARD,
         "this Windows does not have this view: the golden hive has 0 entries, 0 CSPs"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_message(*state, cases[i].here, cases[i].golden, cases[i].expected);
    check_message(*state, arena_printf(*state, CARD "\"V\"=%s\n", long_a),
                  arena_printf(*state, CARD "\"V\"=%.*s2\n", (int)sizeof long_a - 2, long_a),
                  "V differs: got 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
                  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ..., the golden hive "
                  "has 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
                  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ... (they differ from byte 40 on)");
}

static void a_key_that_is_missing_is_nowhere_in_the_evidence(void **state)
{
    struct findings findings = compare(*state, WINDOWS, WINDOWS "[" CARDS "Card]\n\"a\"=\"b\"\n");
    assert_int_equal(findings.count, 1);
    const struct finding *finding = &findings.items[0];
    assert_string_equal(finding->origin->key, CARDS "Card");
    assert_int_equal(finding->origin->offset, 0);
    assert_int_equal(finding->origin->last_write, 0);
    assert_null(finding->value);
    assert_null(finding->golden);
}

static void a_value_that_is_missing_is_absent_at_its_key(void **state)
{
    struct findings findings = compare(*state, CARD, CARD "\"a\"=\"b\"\n");
    assert_int_equal(findings.count, 1);
    const struct finding *finding = &findings.items[0];
    assert_int_not_equal(finding->origin->offset, 0);
    assert_int_equal(finding->value->state, VALUE_ABSENT);
    assert_string_equal(finding->value->name, "a");
    assert_string_equal(finding->golden->text, "b");
}

static void a_changed_value_comes_with_that_of_the_golden_hive(void **state)
{
    struct findings findings = compare(*state, VALUE("\"a\""), VALUE("\"b\""));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].value->text, "a");
    assert_string_equal(findings.items[0].golden->text, "b");
}

/* Makes a key no key any more: the list that it stands in loses it. */
static void lose_key(struct arena *arena, struct memory_hive *hive, const char *path)
{
    hive->bytes[support_locate_key(arena, hive, path) + 4] = 'x';
}

static const struct snapshot *read_damaged(struct arena *arena, const struct memory_hive *hive)
{
    const struct reading *reading = support_read(arena, hive);
    assert_true(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    return &reading->snapshot;
}

/* Compares a damaged hive with one that is not, and the other way round. */
static void check_unknown(struct arena *arena, const struct memory_hive *damaged, const char *whole,
                          const char *expected, const char *expected_reversed)
{
    const struct snapshot *here = read_damaged(arena, damaged), *there = read_text(arena, whole);
    assert_string_equal(findings_show(arena, judge(arena, RULES, here, there)), expected);
    assert_string_equal(findings_show(arena, judge(arena, RULES, there, here)), expected_reversed);
}

static void a_value_that_cannot_be_read_is_not_changed(void **state)
{
    static const char whole[] = VALUE("hex:00,00,00,00,00,00,00,00");
    struct memory_hive *hive = support_build(*state, VALUE("hex:01,00,00,00,00,00,00,00"));
    findings_damage_value(hive, "V");
    check_unknown(*state, hive, whole, "", "");
}

static void a_value_that_is_lost_is_not_missing(void **state)
{
    static const char text[] = CARD "\"Lost\"=\"b\"\n\"Own\"=\"b\"\n";
    struct memory_hive *hive = support_build(*state, text);
    findings_lose_value(hive, "Lost");
    check_unknown(*state, hive, CARD "\"Lost\"=\"b\"\n", "warning added native Card|Own\n",
                  "warning removed native Card|Own\n");
}

/* A name of UTF-16 cannot have three bytes. */
static void a_value_whose_name_is_lost_is_not_added(void **state)
{
    enum { AT_FLAGS = 16, LEN = 20 };
    static const char record[] = {'v', 'k', 3, 0};
    struct memory_hive *hive = support_build(*state, CARD "\"Odd\"=dword:1\n");
    size_t at = support_locate(hive, 4096, "Odd", 3) - LEN;
    assert_memory_equal(hive->bytes + at, record, sizeof record);
    hive->bytes[at + AT_FLAGS] = 0;
    check_unknown(*state, hive, CARD "\"Odd\"=dword:1\n", "", "");
}

static void an_entry_that_is_lost_is_not_missing(void **state)
{
    static const char text[] = WINDOWS "[" CARDS "Lost]\n[" CARDS "Own]\n";
    struct memory_hive *hive = support_build(*state, text);
    lose_key(*state, hive, CARDS "Lost");
    check_unknown(*state, hive, WINDOWS "[" CARDS "Lost]\n[" CARDS "Other]\n",
                  "warning added native Own|-\n", "warning removed native Own|-\n");
}

static void a_policy_that_may_be_lost_is_not_missing(void **state)
{
    static const char text[] = CARD "[" POLICY "]\n\"EnableScPnP\"=dword:0\n";
    struct memory_hive *hive = support_build(*state, text);
    lose_key(*state, hive, POLICY);
    check_unknown(*state, hive, text, "", "");
}

static void a_view_that_may_be_lost_is_not_missing(void **state)
{
    static const char text[] =
        "[Microsoft\\Windows NT\\CurrentVersion]\n\"ProductName\"=\"x\"\n[" CARDS "a]\n[" WOW CARDS
        "a]\n";
    struct memory_hive *hive = support_build(*state, text);
    lose_key(*state, hive, "Wow6432Node");
    check_unknown(*state, hive, text, "", "");
}

static const struct snapshot *read_both(struct arena *arena, const char *system)
{
    const struct reading *reading =
        support_read_both(arena, support_build(arena, CARD), support_build(arena, system));
    assert_true(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_NOTE);
    return &reading->snapshot;
}

#define SET(number)         "[Select]\n\"Current\"=dword:" number "\n[Setup]\n[ControlSet00" number "]\n"
#define KSPS(set)           "ControlSet00" set "\\Control\\Cryptography\\Providers\\"
#define SERVICE(set, start) "[ControlSet00" set "\\Services\\SCardSvr]\n\"Start\"=dword:" start "\n"

static void system_hives_are_compared_by_their_current_control_sets(void **state)
{
    static const struct drift_case cases[] = {
        {"the same in another set", SET("1") SERVICE("1", "3"),
         SET("2") SERVICE("2", "3") SERVICE("1", "4"), ""},
        {"a service", SET("1") SERVICE("1", "4"), SET("2") SERVICE("2", "3"),
         "warning changed none SCardSvr|Start\n"},
        {"a service that is missing", SET("1"), SET("1") SERVICE("1", "3"),
         "warning removed none SCardSvr|-\n"},
        {"another service", SET("1") "[ControlSet001\\Services\\Other]\n", SET("1"), ""},
        {"a KSP", SET("1") "[" KSPS("1") "a]\n[" KSPS("1") "b]\n", SET("1") "[" KSPS("1") "a]\n",
         "warning added none b|-\n"},
        {"an alias and an image",
         SET("1") "[" KSPS("1") "a]\n\"Aliases\"=\"x\"\n[" KSPS("1") "a\\UM]\n\"Image\"=\"x\"\n",
         SET("1") "[" KSPS("1") "A]\n\"Aliases\"=\"y\"\n[" KSPS("1") "A\\um]\n\"image\"=\"y\"\n",
         "warning changed none a|Aliases\nwarning changed none UM|Image\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings = judge(*state, RULES, read_both(*state, cases[i].here),
                                         read_both(*state, cases[i].golden));
        const char *got = findings_show(*state, findings);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
        for (size_t j = 0; j < findings.count; j++)
            assert_true(findings.items[j].in_system);
    }
}

static void a_system_hive_of_one_side_is_not_compared(void **state)
{
    const struct snapshot *with = read_both(*state, SET("1") SERVICE("1", "3"));
    const struct snapshot *without = read_text(*state, CARD);
    assert_int_equal(judge(*state, RULES, with, without).count, 0);
    assert_int_equal(judge(*state, RULES, without, with).count, 0);
}

static void a_rule_of_one_view_leaves_the_others_out(void **state)
{
    static const char rule[] = "- {id: added, title: Title, severity: note, check: golden_added,\n"
                               "   applies_to: {view: wow6432node}}\n";
    const struct snapshot *here =
        read_text(*state, WINDOWS "[" CARDS "a]\n[" WOW CARDS "b]\n[" POLICY "]\n");
    assert_string_equal(
        findings_show(*state, judge(*state, rule, here, read_text(*state, WINDOWS))),
        "note added wow6432node b|-\n");
}

static void without_a_golden_hive_nothing_is_found(void **state)
{
    assert_int_equal(judge(*state, RULES, read_text(*state, CARD), NULL).count, 0);
}

static void a_text_is_not_compared(void **state)
{
    struct ruleset ruleset = support_load_rules(*state, "rules:\n" RULES);
    ruleset.golden = read_text(*state, WINDOWS);
    struct findings findings = support_judge_package(
        *state, &ruleset, PACKAGE_REG,
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\" CARDS "Card]\n\"a\"=\"b\"\n");
    assert_int_equal(findings.count, 0);
}

/* A name of a few, in some letter case. */
static const char *random_name(struct arena *arena)
{
    static const char *const names[] = {"ATR", "Name", "x y", "\u00e9t\u00e9", "z"};
    char *name = arena_strdup(arena, names[random_below(COUNT_OF(names))]);
    for (char *p = name; *p; p++)
        if (random_below(2) && *p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return name;
}

static const char *add_random_values(struct arena *arena, const char *text)
{
    static const char *const data[] = {"\"a\"", "\"A\"", "hex:3b,00", "dword:1", "hex(2):61,00"};
    for (unsigned count = random_below(4); count; count--)
        text = arena_printf(arena, "%s\"%s\"=%s\n", text, random_name(arena),
                            data[random_below(COUNT_OF(data))]);
    return text;
}

static const char *random_hive(struct arena *arena)
{
    static const char *const parents[] = {
        CARDS, WOW CARDS, PROVIDERS, WOW PROVIDERS, CALAIS "\\", READERS "\\",
    };
    const char *text = random_below(4) ? CARD : WINDOWS_7_X86;
    for (unsigned count = random_below(12); count; count--)
        text = add_random_values(arena, arena_printf(arena, "%s[%s%s]\n", text,
                                                     parents[random_below(COUNT_OF(parents))],
                                                     random_name(arena)));
    if (random_below(2))
        text = add_random_values(arena, arena_printf(arena, "%s[" POLICY "]\n", text));
    if (random_below(2))
        text = add_random_values(arena, arena_printf(arena, "%s[" READERS "]\n", text));
    return text;
}

/* A line for each finding of a rule, in capitals: as seen from either side. */
static const char *show_identities(struct arena *arena, struct findings findings, const char *rule)
{
    const char *text = "";
    for (size_t i = 0; i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];
        if (strcmp(finding->rule->id, rule) == 0)
            text = arena_printf(arena, "%s%s %s|%s\n", text, view_name(finding->origin->view),
                                text_capitals(arena, finding->origin->key),
                                finding->value ? text_capitals(arena, finding->value->name) : "-");
    }
    return text;
}

static void what_is_added_to_one_is_removed_from_the_other(void **state)
{
    print_message("seed %#jx\n", (uintmax_t)random_take_seed(0x601de4));
    for (int round = 0; round < 300; round++) {
        struct arena *arena = arena_new();
        const struct snapshot *a = read_text(arena, random_hive(arena));
        const struct snapshot *b = read_text(arena, random_hive(arena));
        struct findings ab = judge(arena, RULES, a, b), ba = judge(arena, RULES, b, a);
        assert_string_equal(show_identities(arena, ab, "added"),
                            show_identities(arena, ba, "removed"));
        assert_string_equal(show_identities(arena, ab, "removed"),
                            show_identities(arena, ba, "added"));
        assert_string_equal(show_identities(arena, ab, "changed"),
                            show_identities(arena, ba, "changed"));
        assert_int_equal(judge(arena, RULES, a, a).count, 0);
        arena_free(arena);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_is_the_same_is_no_drift),
        SUPPORT_TEST(a_value_that_differs_is_changed),
        SUPPORT_TEST(what_only_one_hive_has_is_added_or_removed),
        SUPPORT_TEST(a_view_that_one_windows_lacks_is_one_finding),
        SUPPORT_TEST(messages_say_what_both_sides_have),
        SUPPORT_TEST(a_key_that_is_missing_is_nowhere_in_the_evidence),
        SUPPORT_TEST(a_value_that_is_missing_is_absent_at_its_key),
        SUPPORT_TEST(a_changed_value_comes_with_that_of_the_golden_hive),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_not_changed),
        SUPPORT_TEST(a_value_that_is_lost_is_not_missing),
        SUPPORT_TEST(a_value_whose_name_is_lost_is_not_added),
        SUPPORT_TEST(an_entry_that_is_lost_is_not_missing),
        SUPPORT_TEST(a_policy_that_may_be_lost_is_not_missing),
        SUPPORT_TEST(a_view_that_may_be_lost_is_not_missing),
        SUPPORT_TEST(system_hives_are_compared_by_their_current_control_sets),
        SUPPORT_TEST(a_system_hive_of_one_side_is_not_compared),
        SUPPORT_TEST(a_rule_of_one_view_leaves_the_others_out),
        SUPPORT_TEST(without_a_golden_hive_nothing_is_found),
        SUPPORT_TEST(a_text_is_not_compared),
        SUPPORT_TEST(what_is_added_to_one_is_removed_from_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
