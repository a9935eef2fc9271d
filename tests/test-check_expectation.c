/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define KEY     "Microsoft\\Contoso"
#define WINDOWS SUPPORT_WINDOWS_10

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* A rule that expects something of the value V, and more fields of it. */
static const char *value_rule(struct arena *arena, const char *expect, const char *more)
{
    return arena_printf(arena,
                        "- {id: wants, title: Title, severity: error, key: '" KEY "', value: V,\n"
                        "   expect: {%s}%s}\n",
                        expect, more);
}

/* What is expected of V, the values of its key, and whether they meet it. */
struct value_case {
    const char *expect, *values;
    bool is_met;
};

static void check_values(struct arena *arena, const struct value_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *hive = arena_printf(arena, WINDOWS "[" KEY "]\n%s\n", cases[i].values);
        const char *got = findings_of(arena, value_rule(arena, cases[i].expect, ""), hive);
        bool is_absent = !strstr(cases[i].values, "\"V\"");
        const char *expected = cases[i].is_met ? ""
                               : is_absent     ? "error wants native Contoso|-\n"
                                               : "error wants native Contoso|V\n";
        if (strcmp(got, expected) != 0)
            fail_msg("{%s} of %s: got \"%s\", want \"%s\"", cases[i].expect, cases[i].values, got,
                     expected);
    }
}

static void a_value_exists_whatever_it_is(void **state)
{
    static const struct value_case cases[] = {
        {"exists: true", "\"V\"=dword:0", true},
        {"exists: true", "\"V\"=\"\"", true},
        {"exists: true", "\"V\"=hex:", true},
        {"exists: true", "", false},
        {"exists: true", "@=\"x\"", false},
        {"exists: true", "\"V2\"=dword:0", false},
        {"absent: true", "", true},
        {"absent: true", "\"V\"=dword:0", false},
        {"absent: true", "\"V\"=\"\"", false},
        {"absent: true", "\"V2\"=\"\"", true},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void an_absent_value_passes_only_where_that_is_allowed(void **state)
{
    static const struct value_case cases[] = {
        {"equals: 1", "", false},
        {"absent: allowed, equals: 1", "", true},
        {"absent: allowed, equals: 1", "\"V\"=dword:1", true},
        {"absent: allowed, equals: 1", "\"V\"=dword:2", false},
        {"type: REG_SZ", "", false},
        {"one_of: [a]", "", false},
        {"none_of: [a]", "", false},
        {"matches: a", "", false},
        {"range: 0..1", "", false},
        {"absent: allowed, range: 0..1", "", true},
        {"absent: allowed, type: REG_DWORD", "", true},
        {"absent: allowed, type: REG_DWORD", "\"V\"=\"1\"", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void a_type_is_compared_and_a_number_has_its_length(void **state)
{
    static const struct value_case cases[] = {
        {"type: REG_NONE", "\"V\"=hex(0):", true},
        {"type: REG_SZ", "\"V\"=\"a\"", true},
        {"type: REG_SZ", "\"V\"=hex(2):61,00,00,00", false},
        {"type: REG_EXPAND_SZ", "\"V\"=hex(2):61,00,00,00", true},
        {"type: REG_EXPAND_SZ", "\"V\"=\"a\"", false},
        {"type: REG_BINARY", "\"V\"=hex:", true},
        {"type: REG_BINARY", "\"V\"=dword:1", false},
        {"type: REG_DWORD", "\"V\"=dword:1", true},
        {"type: REG_DWORD", "\"V\"=\"1\"", false},
        {"type: REG_DWORD", "\"V\"=hex(5):00,00,00,01", false},
        {"type: REG_DWORD", "\"V\"=hex(b):01,00,00,00,00,00,00,00", false},
        {"type: REG_DWORD", "\"V\"=hex(4):01,00,00", false},
        {"type: REG_DWORD", "\"V\"=hex(4):01,00,00,00,00", false},
        {"type: REG_DWORD", "\"V\"=hex(4):", false},
        {"type: REG_DWORD_BIG_ENDIAN", "\"V\"=hex(5):00,00,00,01", true},
        {"type: REG_DWORD_BIG_ENDIAN", "\"V\"=hex(5):01", false},
        {"type: REG_LINK", "\"V\"=hex(6):61,00", true},
        {"type: REG_MULTI_SZ", "\"V\"=hex(7):61,00,00,00,00,00", true},
        {"type: REG_RESOURCE_LIST", "\"V\"=hex(8):00", true},
        {"type: REG_FULL_RESOURCE_DESCRIPTOR", "\"V\"=hex(9):00", true},
        {"type: REG_RESOURCE_REQUIREMENTS_LIST", "\"V\"=hex(a):00", true},
        {"type: REG_QWORD", "\"V\"=hex(b):01,00,00,00,00,00,00,00", true},
        {"type: REG_QWORD", "\"V\"=dword:1", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void numbers_are_compared_as_numbers(void **state)
{
    static const struct value_case cases[] = {
        {"equals: 1", "\"V\"=dword:00000001", true},
        {"equals: '0x1'", "\"V\"=dword:00000001", true},
        {"equals: 0x00000001", "\"V\"=dword:00000001", true},
        {"equals: 1", "\"V\"=dword:00000002", false},
        {"equals: 1", "\"V\"=dword:01000000", false},
        {"equals: 16", "\"V\"=dword:00000010", true},
        {"equals: 10", "\"V\"=dword:00000010", false},
        {"equals: 0xffffffff", "\"V\"=dword:ffffffff", true},
        {"equals: 4294967295", "\"V\"=dword:ffffffff", true},
        {"equals: -1", "\"V\"=dword:ffffffff", false},
        {"equals: 1", "\"V\"=hex(5):00,00,00,01", true},
        {"equals: 1", "\"V\"=hex(b):01,00,00,00,00,00,00,00", true},
        {"equals: 0x100000000", "\"V\"=hex(b):00,00,00,00,01,00,00,00", true},
        {"equals: 18446744073709551616", "\"V\"=dword:00000000", false},
        {"equals: 01 00 00 00", "\"V\"=dword:00000001", false},
        {"equals: a", "\"V\"=dword:0000000a", false},
        {"equals: ''", "\"V\"=dword:00000000", false},
        {"equals: true", "\"V\"=dword:00000001", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void texts_are_compared_as_texts_in_any_letter_case(void **state)
{
    static const struct value_case cases[] = {
        {"equals: Contoso", "\"V\"=\"Contoso\"", true},
        {"equals: contoso", "\"V\"=\"CONTOSO\"", true},
        {"equals: Contoso", "\"V\"=\"Contoso \"", false},
        {"equals: Contoso", "\"V\"=\"Contos\"", false},
        {"equals: Contoso", "\"V\"=hex(2):43,00,6f,00,6e,00,74,00,6f,00,73,00,6f,00", true},
        {"equals: 1", "\"V\"=\"1\"", true},
        {"equals: 1", "\"V\"=\"01\"", false},
        {"equals: no", "\"V\"=\"no\"", true},
        {"equals: no", "\"V\"=\"false\"", false},
        {"equals: null", "\"V\"=\"null\"", true},
        {"equals: '~'", "\"V\"=\"~\"", true},
        {"equals: ''", "\"V\"=\"\"", true},
        {"equals: ''", "\"V\"=\"a\"", false},
        {"equals: a", "\"V\"=\"\"", false},
        {"equals: '*'", "\"V\"=\"a\"", false},
        {"equals: '* b'", "\"V\"=\"a b\"", false},
        {"equals: 'a [b] (c/d)'", "\"V\"=\"a [b] (c/d)\"", true},
        {"equals: 'C:\\Windows\\a.dll'", "\"V\"=\"C:\\\\Windows\\\\a.dll\"", true},
        {"equals: \u00c4", "\"V\"=\"\u00e4\"", true},
        {"equals: a", "\"V\"=hex(1):61,00,00,00,62,00", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void exactly_tells_letter_cases_apart(void **state)
{
    static const struct value_case cases[] = {
        {"exactly: Contoso", "\"V\"=\"Contoso\"", true},
        {"exactly: Contoso", "\"V\"=\"contoso\"", false},
        {"exactly: Contoso", "\"V\"=\"Contoso \"", false},
        {"exactly: Contoso", "", false},
        {"exactly: Contoso", "\"V\"=hex(2):43,00,6f,00,6e,00,74,00,6f,00,73,00,6f,00", true},
        {"exactly: ''", "\"V\"=\"\"", true},
        {"exactly: ''", "\"V\"=\"a\"", false},
        {"exactly: ''", "\"V\"=hex:", true},
        {"exactly: 3B 00", "\"V\"=hex:3b,00", true},
        {"exactly: 3b 01", "\"V\"=hex:3b,00", false},
        {"exactly: 0x1", "\"V\"=dword:1", true},
        {"exactly: 2", "\"V\"=dword:1", false},
        {"type: REG_SZ, exactly: a", "\"V\"=hex(2):61,00", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void bytes_are_compared_in_any_usual_spelling_of_hex(void **state)
{
    static const struct value_case cases[] = {
        {"equals: 3b0451ff0800", "\"V\"=hex:3b,04,51,ff,08,00", true},
        {"equals: 3B0451FF0800", "\"V\"=hex:3b,04,51,ff,08,00", true},
        {"equals: 3b 04 51 ff 08 00", "\"V\"=hex:3b,04,51,ff,08,00", true},
        {"equals: '3b:04:51:ff:08:00'", "\"V\"=hex:3b,04,51,ff,08,00", true},
        {"equals: '3b,04,51,ff,08,00'", "\"V\"=hex:3b,04,51,ff,08,00", true},
        {"equals: 3b0451ff08", "\"V\"=hex:3b,04,51,ff,08,00", false},
        {"equals: 3b0451ff080000", "\"V\"=hex:3b,04,51,ff,08,00", false},
        {"equals: 3b0451ff0801", "\"V\"=hex:3b,04,51,ff,08,00", false},
        {"equals: 3b01", "\"V\"=hex:3b,01", true},
        {"equals: '3b:01'", "\"V\"=hex:3b,01", true},
        {"equals: 0", "\"V\"=hex:00", false},
        {"equals: '00'", "\"V\"=hex:00", true},
        {"equals: ''", "\"V\"=hex:", true},
        {"equals: ''", "\"V\"=hex:00", false},
        {"equals: '00'", "\"V\"=hex:", false},
        {"equals: text", "\"V\"=hex:00", false},
        {"equals: 61000000", "\"V\"=hex(7):61,00,00,00", true},
        {"equals: 010000", "\"V\"=hex(4):01,00,00", true},
        {"equals: 1", "\"V\"=hex(4):01,00,00", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void a_list_allows_or_forbids_each_of_its_items(void **state)
{
    static const struct value_case cases[] = {
        {"one_of: [a, b]", "\"V\"=\"a\"", true},
        {"one_of: [a, b]", "\"V\"=\"B\"", true},
        {"one_of: [a, b]", "\"V\"=\"c\"", false},
        {"one_of: [1, 0x3]", "\"V\"=dword:3", true},
        {"one_of: [1, 0x3]", "\"V\"=dword:2", false},
        {"one_of: [3b00, 3f00]", "\"V\"=hex:3f,00", true},
        {"one_of: [3b00, 3f00]", "\"V\"=hex:3b,3f", false},
        {"none_of: [a, b]", "\"V\"=\"c\"", true},
        {"none_of: [a, b]", "\"V\"=\"b\"", false},
        {"none_of: [0]", "\"V\"=dword:0", false},
        {"none_of: [0]", "\"V\"=dword:1", true},
        {"none_of: [0]", "\"V\"=\"0\"", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void a_pattern_matches_a_part_of_a_text_in_any_letter_case(void **state)
{
    static const struct value_case cases[] = {
        {"matches: '^a.*[.]dll$'", "\"V\"=\"A64.DLL\"", true},
        {"matches: '^a.*[.]dll$'", "\"V\"=\"b.dll\"", false},
        {"matches: onto", "\"V\"=\"Contoso\"", true},
        {"matches: '^onto'", "\"V\"=\"Contoso\"", false},
        {"matches: '(msclmd|other)[.]dll'", "\"V\"=\"other.dll\"", true},
        {"matches: '^$'", "\"V\"=\"\"", true},
        {"matches: a", "\"V\"=hex(2):61,00", true},
        {"matches: '1'", "\"V\"=dword:1", false},
        {"matches: '3b'", "\"V\"=hex:3b", false},
        {"matches: a", "\"V\"=hex(7):61,00,00,00", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void a_range_holds_numbers_of_any_width_both_ends_included(void **state)
{
    static const struct value_case cases[] = {
        {"range: 1..3", "\"V\"=dword:0", false},
        {"range: 1..3", "\"V\"=dword:1", true},
        {"range: 1..3", "\"V\"=dword:3", true},
        {"range: 1..3", "\"V\"=dword:4", false},
        {"range: 0x10..0x20", "\"V\"=dword:00000010", true},
        {"range: 5..5", "\"V\"=dword:5", true},
        {"range: 0..18446744073709551615", "\"V\"=hex(b):ff,ff,ff,ff,ff,ff,ff,ff", true},
        {"range: 1..3", "\"V\"=hex(5):00,00,00,02", true},
        {"range: 1..3", "\"V\"=\"2\"", false},
        {"range: 1..3", "\"V\"=hex:02,00,00,00", false},
        {"range: 1..3", "\"V\"=hex(4):02,00,00", false},
        {"range: 1..3", "\"V\"=hex(b):02,00,00,00", false},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

static void every_demand_has_to_be_met(void **state)
{
    static const struct value_case cases[] = {
        {"type: REG_DWORD, equals: 1", "\"V\"=dword:1", true},
        {"type: REG_DWORD, equals: 1", "\"V\"=\"1\"", false},
        {"type: REG_DWORD, equals: 1", "\"V\"=dword:2", false},
        {"type: REG_SZ, matches: a, none_of: [ab]", "\"V\"=\"ac\"", true},
        {"type: REG_SZ, matches: a, none_of: [ab]", "\"V\"=\"ab\"", false},
        {"type: REG_SZ, matches: a, none_of: [ab]", "\"V\"=\"b\"", false},
        {"range: 1..9, none_of: [5]", "\"V\"=dword:5", false},
        {"range: 1..9, none_of: [5]", "\"V\"=dword:10", false},
        {"range: 1..9, none_of: [5]", "\"V\"=dword:9", true},
    };
    check_values(*state, cases, COUNT_OF(cases));
}

/* REG_SZ of len letters "a". */
static const char *long_hive(struct arena *arena, size_t len)
{
    char *letters = arena_alloc(arena, len + 1, 1);
    memset(letters, 'a', len);
    return arena_printf(arena, WINDOWS "[" KEY "]\n\"V\"=\"%s\"\n", letters);
}

static void texts_of_over_4096_bytes_match_no_pattern(void **state)
{
    const char *rule = value_rule(*state, "matches: '^a+$'", "");
    assert_string_equal(findings_of(*state, rule, long_hive(*state, 4096)), "");
    assert_string_equal(findings_of(*state, rule, long_hive(*state, 4097)),
                        "error wants native Contoso|V\n");
    rule = value_rule(*state, "matches: a", "");
    assert_string_equal(findings_of(*state, rule, long_hive(*state, 4097)),
                        "error wants native Contoso|V\n");
}

/* A pattern that a backtracking matcher would not come to an end with. */
static void a_pattern_of_nested_repeats_ends(void **state)
{
    const char *rule = value_rule(*state, "matches: '^((a*)*)*b$'", "");
    assert_string_equal(findings_of(*state, rule, long_hive(*state, 4096)),
                        "error wants native Contoso|V\n");
}

static void the_default_value_is_named_by_an_empty_name(void **state)
{
    static const char rule[] = "- {id: wants, title: Title, severity: error, key: '" KEY "',\n"
                               "   value: '', expect: {equals: a}}\n";
    assert_string_equal(findings_of(*state, rule, WINDOWS "[" KEY "]\n@=\"a\"\n"), "");
    struct findings findings = findings_judge(*state, rule, WINDOWS "[" KEY "]\n\"a\"=\"a\"\n");
    assert_int_equal(findings.count, 1);
    assert_non_null(strstr(findings.items[0].message, "the default value"));
}

static void a_value_is_found_in_any_letter_case(void **state)
{
    const char *rule = value_rule(*state, "equals: 1", "");
    assert_string_equal(findings_of(*state, rule, WINDOWS "[microsoft\\CONTOSO]\n\"v\"=dword:1\n"),
                        "");
}

static void a_rule_without_a_value_looks_at_the_key(void **state)
{
    static const char wanted[] = "- {id: wants, title: Title, severity: error, key: '" KEY "',\n"
                                 "   expect: {exists: true}}\n";
    static const char unwanted[] = "- {id: wants, title: Title, severity: error, key: '" KEY "',\n"
                                   "   expect: {absent: true}}\n";
    assert_string_equal(findings_of(*state, wanted, WINDOWS "[" KEY "]\n"), "");
    assert_string_equal(findings_of(*state, wanted, WINDOWS), "error wants native Contoso|-\n");
    assert_string_equal(findings_of(*state, unwanted, WINDOWS), "");
    assert_string_equal(findings_of(*state, unwanted, WINDOWS "[" KEY "]\n"),
                        "error wants native Contoso|-\n");
    assert_string_equal(findings_of(*state, unwanted, WINDOWS "[" KEY " 2]\n"), "");
}

static void a_value_of_a_key_that_is_not_there_is_absent(void **state)
{
    struct findings findings =
        findings_judge(*state, value_rule(*state, "equals: 1", ""), WINDOWS "[" KEY "2]\n");
    assert_string_equal(findings_show(*state, findings), "error wants native Contoso|-\n");
    assert_string_equal(findings.items[0].origin->key, KEY);
    assert_int_equal(findings.items[0].origin->offset, 0);
    assert_string_equal(findings_of(*state, value_rule(*state, "absent: true", ""), WINDOWS), "");
}

static void each_view_that_the_rule_names_has_to_meet_it(void **state)
{
    static const char both[] = WINDOWS "[" KEY "]\n\"V\"=dword:2\n[" WOW KEY "]\n\"V\"=dword:2\n";
    static const struct {
        const char *applies_to, *expected;
    } cases[] = {
        {"", "error wants native Contoso|V\n"},
        {", applies_to: {view: native}", "error wants native Contoso|V\n"},
        {", applies_to: {view: wow6432node}", "error wants wow6432node Contoso|V\n"},
        {", applies_to: {view: [wow6432node, native]}",
         "error wants native Contoso|V\nerror wants wow6432node Contoso|V\n"},
        {", applies_to: {view: [native, wowaa32node]}", "error wants native Contoso|V\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(
            findings_of(*state, value_rule(*state, "equals: 1", cases[i].applies_to), both),
            cases[i].expected);
}

static void a_view_that_windows_does_not_have_meets_everything(void **state)
{
    static const char x86[] = "[Microsoft\\Windows NT\\CurrentVersion]\n"
                              "\"BuildLabEx\"=\"7601.17514.x86fre.win7sp1_rtm.101119-1850\"\n"
                              "[Microsoft\\Cryptography\\Calais\\SmartCards]\n"
                              "[" WOW KEY "]\n\"V\"=dword:2\n";
    const char *rule =
        value_rule(*state, "equals: 1", ", applies_to: {view: [native, wow6432node]}");
    assert_string_equal(findings_of(*state, rule, x86), "error wants native Contoso|-\n");
}

/* A 64-bit Windows has the view, whether or not anything was ever written there. */
static void a_64_bit_windows_without_wow6432node_lacks_what_is_wanted_there(void **state)
{
    static const char amd64[] = "[Microsoft\\Windows NT\\CurrentVersion]\n"
                                "\"BuildLabEx\"=\"19041.1.amd64fre.vb_release.191206-1406\"\n"
                                "[Microsoft\\Cryptography\\Calais\\SmartCards]\n"
                                "[" KEY "]\n\"V\"=dword:1\n";
    const char *rule =
        value_rule(*state, "equals: 1", ", applies_to: {view: [native, wow6432node]}");
    assert_string_equal(findings_of(*state, rule, amd64), "error wants wow6432node Contoso|-\n");
}

static const char *message_of(struct arena *arena, const char *rule, const char *values)
{
    struct findings findings =
        findings_judge(arena, rule, arena_printf(arena, WINDOWS "[" KEY "]\n%s\n", values));
    assert_int_equal(findings.count, 1);
    return findings.items[0].message;
}

static void a_message_says_what_was_got_and_what_is_wanted(void **state)
{
    static const struct {
        const char *expect, *values, *tail;
    } cases[] = {
        {"equals: 1", "\"V\"=dword:2", "(V: got REG_DWORD 2, want 1)"},
        {"equals: 1", "", "(V: got nothing, want 1)"},
        {"absent: true", "\"V\"=\"a\"", "(V: got \"a\", want nothing)"},
        {"one_of: [a, b]", "\"V\"=\"c\"", "(V: got \"c\", want one of a, b)"},
        {"one_of: [a, b]", "", "(V: got nothing, want one of a, b)"},
        {"none_of: [a, b]", "\"V\"=\"a\"", "(V: got \"a\", want none of a, b)"},
        {"range: 1..3", "\"V\"=dword:9", "(V: got REG_DWORD 9, want 1 to 3)"},
        {"type: REG_DWORD", "\"V\"=hex:01", "(V: got 01, want a REG_DWORD of 4 bytes)"},
        {"matches: '^a'", "\"V\"=\"b\"", "(V: got \"b\", want a text that matches ^a)"},
        {"exists: true", "", "(V is not there)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *rule = value_rule(*state, cases[i].expect, "");
        assert_string_equal(message_of(*state, rule, cases[i].values),
                            arena_printf(*state, "Title %s", cases[i].tail));
    }
    assert_string_equal(
        message_of(*state, value_rule(*state, "equals: 1", ", message: Own text"), "\"V\"=dword:2"),
        "Own text (V: got REG_DWORD 2, want 1)");
}

static void an_absent_value_says_the_range_that_is_wanted(void **state)
{
    assert_string_equal(message_of(*state, value_rule(*state, "range: 1..3", ""), ""),
                        "Title (V: got nothing, want 1 to 3)");
}

static void a_value_that_cannot_be_read_is_not_judged(void **state)
{
    struct memory_hive *hive =
        support_build(*state, WINDOWS "[" KEY "]\n\"V\"=\"a long enough text\"\n");
    findings_damage_value(hive, "V");
    static const char *const expects[] = {"equals: 1", "exists: true", "absent: true"};
    for (size_t i = 0; i < COUNT_OF(expects); i++) {
        struct ruleset ruleset = support_load_rules(
            *state, arena_printf(*state, "rules:\n%s", value_rule(*state, expects[i], "")));
        size_t nrequests;
        struct key_request *requests = ruleset_collect_requests(*state, &ruleset, &nrequests);
        struct diags diags = {.arena = *state};
        struct snapshot snapshot;
        struct read_plan plan = {.requests = requests, .nrequests = nrequests};
        assert_true(snapshot_read(*state, &diags, &hive->source, &plan, &snapshot));
        assert_int_equal(diags.worst, DIAG_INCOMPLETE);
        assert_string_equal(findings_show(*state, ruleset_judge(*state, &ruleset, &snapshot)), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_value_exists_whatever_it_is),
        SUPPORT_TEST(an_absent_value_passes_only_where_that_is_allowed),
        SUPPORT_TEST(a_type_is_compared_and_a_number_has_its_length),
        SUPPORT_TEST(numbers_are_compared_as_numbers),
        SUPPORT_TEST(texts_are_compared_as_texts_in_any_letter_case),
        SUPPORT_TEST(exactly_tells_letter_cases_apart),
        SUPPORT_TEST(bytes_are_compared_in_any_usual_spelling_of_hex),
        SUPPORT_TEST(a_list_allows_or_forbids_each_of_its_items),
        SUPPORT_TEST(a_pattern_matches_a_part_of_a_text_in_any_letter_case),
        SUPPORT_TEST(a_range_holds_numbers_of_any_width_both_ends_included),
        SUPPORT_TEST(every_demand_has_to_be_met),
        SUPPORT_TEST(texts_of_over_4096_bytes_match_no_pattern),
        SUPPORT_TEST(a_pattern_of_nested_repeats_ends),
        SUPPORT_TEST(the_default_value_is_named_by_an_empty_name),
        SUPPORT_TEST(a_value_is_found_in_any_letter_case),
        SUPPORT_TEST(a_rule_without_a_value_looks_at_the_key),
        SUPPORT_TEST(a_value_of_a_key_that_is_not_there_is_absent),
        SUPPORT_TEST(each_view_that_the_rule_names_has_to_meet_it),
        SUPPORT_TEST(a_view_that_windows_does_not_have_meets_everything),
        SUPPORT_TEST(a_64_bit_windows_without_wow6432node_lacks_what_is_wanted_there),
        SUPPORT_TEST(a_message_says_what_was_got_and_what_is_wanted),
        SUPPORT_TEST(an_absent_value_says_the_range_that_is_wanted),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
