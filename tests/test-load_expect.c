/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include "loading.h"

#define KEY    RULE_HEAD "  key: A\n"
#define VALUE  KEY "  value: V\n"
#define EXPECT VALUE "  expect:\n" /* seven lines */

static const struct expectation *load_one(struct arena *arena, const char *expect)
{
    struct ruleset ruleset =
        loading_load_well(arena, arena_printf(arena, VALUE "  expect: {%s}\n", expect));
    return &ruleset.rules[0].expect;
}

static void presence_is_required_unless_absence_is_allowed_or_demanded(void **state)
{
    assert_int_equal(load_one(*state, "exists: true")->presence, PRESENCE_REQUIRED);
    assert_int_equal(load_one(*state, "type: REG_SZ")->presence, PRESENCE_REQUIRED);
    assert_int_equal(load_one(*state, "absent: allowed, type: REG_SZ")->presence,
                     PRESENCE_OPTIONAL);
    assert_int_equal(load_one(*state, "absent: true")->presence, PRESENCE_FORBIDDEN);
}

static void registry_types_are_known_by_their_names(void **state)
{
    static const struct {
        const char *name;
        uint32_t type;
    } cases[] = {
        {"REG_NONE", 0},
        {"REG_SZ", 1},
        {"REG_EXPAND_SZ", 2},
        {"REG_BINARY", 3},
        {"REG_DWORD", 4},
        {"REG_DWORD_BIG_ENDIAN", 5},
        {"REG_LINK", 6},
        {"REG_MULTI_SZ", 7},
        {"REG_RESOURCE_LIST", 8},
        {"REG_FULL_RESOURCE_DESCRIPTOR", 9},
        {"REG_RESOURCE_REQUIREMENTS_LIST", 10},
        {"REG_QWORD", 11},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct expectation *expect =
            load_one(*state, arena_printf(*state, "type: %s", cases[i].name));
        assert_true(expect->has_type);
        assert_int_equal(expect->type, cases[i].type);
    }
    assert_false(load_one(*state, "exists: true")->has_type);
}

static void demands_are_kept_as_they_are_written(void **state)
{
    const struct expectation *expect =
        load_one(*state, "type: REG_SZ, one_of: [no, 0x10], none_of: ['', ~], matches: '^a|b$'");
    assert_int_equal(expect->one_of.count, 2);
    assert_string_equal(expect->one_of.items[0], "no");
    assert_string_equal(expect->one_of.items[1], "0x10");
    assert_int_equal(expect->none_of.count, 2);
    assert_string_equal(expect->none_of.items[0], "");
    assert_string_equal(expect->none_of.items[1], "~");
    assert_string_equal(expect->pattern, "^a|b$");
    expect = load_one(*state, "equals: 3b:01");
    assert_int_equal(expect->one_of.count, 1);
    assert_string_equal(expect->one_of.items[0], "3b:01");
    expect = load_one(*state, "equals: ''");
    assert_int_equal(expect->one_of.count, 1);
    assert_string_equal(expect->one_of.items[0], "");
    expect = load_one(*state, "exactly: ''");
    assert_string_equal(expect->exactly, "");
    assert_int_equal(expect->one_of.count, 0);
    expect = load_one(*state, "range: 0x10..4096");
    assert_true(expect->has_range);
    assert_int_equal(expect->min, 16);
    assert_int_equal(expect->max, 4096);
    assert_true(load_one(*state, "range: 0..18446744073709551615")->max == UINT64_MAX);
}

static void a_list_may_be_named(void **state)
{
    struct ruleset ruleset = loading_load_well(*state, "lists:\n  some: [a, b]\n" VALUE
                                                       "  expect: {one_of: some, none_of: some}\n");
    assert_int_equal(ruleset.rules[0].expect.one_of.count, 2);
    assert_string_equal(ruleset.rules[0].expect.none_of.items[1], "b");
}

static void bad_demands_are_refused_at_their_place(void **state)
{
    static const struct loading_case cases[] = {
        {EXPECT "    equal: 1\n",
         "a.yaml:8:5: unknown field \"equal\" (did you mean \"equals\"?)\n"},
        {EXPECT "    oneof: [1]\n",
         "a.yaml:8:5: unknown field \"oneof\" (did you mean \"one_of\"?)\n"},
        {EXPECT "    regexp: a\n", "a.yaml:8:5: unknown field \"regexp\"\n"},
        {EXPECT "    exists: yes\n", "a.yaml:8:13: unknown value for \"exists\" \"yes\"\n"},
        {EXPECT "    exists: false\n", "a.yaml:8:13: unknown value for \"exists\" \"false\"\n"},
        {EXPECT "    exists: allowed\n", "a.yaml:8:13: unknown value for \"exists\" \"allowed\"\n"},
        {EXPECT "    absent: false\n", "a.yaml:8:13: unknown value for \"absent\" \"false\"\n"},
        {EXPECT "    absent: allow\n",
         "a.yaml:8:13: unknown value for \"absent\" \"allow\" (did you mean \"allowed\"?)\n"},
        {EXPECT "    absent: [true]\n", "a.yaml:8:13: want a value for \"absent\"\n"},
        {EXPECT "    type: REG_DWROD\n",
         "a.yaml:8:11: unknown registry type \"REG_DWROD\" (did you mean \"REG_DWORD\"?)\n"},
        {EXPECT "    type: dword\n", "a.yaml:8:11: unknown registry type \"dword\"\n"},
        {EXPECT "    type: 4\n", "a.yaml:8:11: unknown registry type \"4\"\n"},
        {EXPECT "    equals: [1]\n", "a.yaml:8:13: \"equals\" has to be a text\n"},
        {EXPECT "    exactly: [1]\n", "a.yaml:8:14: \"exactly\" has to be a text\n"},
        {EXPECT "    one_of: []\n", "a.yaml:8:13: \"one_of\" has to be a sequence"},
        {EXPECT "    one_of: some\n", "a.yaml:8:13: unknown list \"some\"\n"},
        {EXPECT "    one_of: [a, {b: c}]\n", "a.yaml:8:17: want a text\n"},
        {EXPECT "    none_of: {a: b}\n", "a.yaml:8:14: \"none_of\" has to be a sequence"},
        {EXPECT "    matches: a(b\n", "a.yaml:8:14: is no regular expression: "},
        {EXPECT "    matches: a[b\n", "a.yaml:8:14: is no regular expression: "},
        {EXPECT "    matches: '*[[:foo:]]'\n", "a.yaml:8:0: is no regular expression: "},
        {EXPECT "    matches: a{2,1}\n", "a.yaml:8:14: is no regular expression: "},
        {EXPECT "    matches: [a]\n", "a.yaml:8:14: \"matches\" has to be a text\n"},
        {EXPECT "    matches: ''\n", "a.yaml:8:0: \"matches\" has to be a text\n"},
        {VALUE "  expect: 1\n", "a.yaml:7:11: \"expect\" has to be a mapping\n"},
        {VALUE "  expect: {}\n", "a.yaml:7:11: \"expect\" has to be a mapping\n"},
        {VALUE "  expect: [exists]\n", "a.yaml:7:11: \"expect\" has to be a mapping\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void what_is_no_range_of_numbers_is_refused(void **state)
{
    static const char *const bad[] = {
        "5",
        "5..1",
        "1-5",
        "1...5",
        "..5",
        "1..",
        "-1..5",
        "a..b",
        "..",
        "1..2..3",
        "1 ..5",
        "1.. 5",
        "1.5",
        "0x..0x1",
        "''",
        "[1, 5]",
        "0..18446744073709551616",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct loading_case row = {arena_printf(*state, EXPECT "    range: %s\n", bad[i]),
                                         "a.yaml:8:0: \""};
        loading_check_cases(*state, &row, 1);
    }
}

static void a_demand_on_a_value_needs_the_name_of_the_value(void **state)
{
    static const char *const demands[] = {"type: REG_SZ", "equals: 1",  "exactly: 1", "one_of: [1]",
                                          "none_of: [1]", "matches: a", "range: 1..2"};
    for (size_t i = 0; i < COUNT(demands); i++) {
        const struct loading_case row = {
            arena_printf(*state, KEY "  expect: {%s}\n", demands[i]),
            "a.yaml:2:3: this rule expects something of a value and names no \"value\"\n"};
        loading_check_cases(*state, &row, 1);
    }
}

/* Rules that could never report what they say: the loader has to refuse them. */
static void assert_refused(struct arena *arena, const char *rule, const char *expect)
{
    const char *text = arena_printf(arena, "%s  expect: {%s}\n", rule, expect);
    struct rule_errors errors;
    loading_load(arena, &errors, &text, 1);
    if (errors.count == 0)
        fail_msg("taken:\n%s", text);
}

static void a_demand_on_a_value_that_may_be_absent_needs_its_name_as_well(void **state)
{
    assert_refused(*state, KEY, "absent: allowed, type: REG_SZ");
    assert_refused(*state, KEY, "absent: true, equals: 1");
}

static void an_expectation_that_contradicts_itself_is_refused(void **state)
{
    assert_refused(*state, VALUE, "exists: true, absent: true");
    assert_refused(*state, VALUE, "exists: true, absent: allowed");
    assert_refused(*state, VALUE, "absent: true, equals: 1");
    assert_refused(*state, VALUE, "absent: true, type: REG_SZ");
    assert_refused(*state, VALUE, "absent: true, exactly: 1");
    assert_refused(*state, VALUE, "equals: 1, one_of: [2, 3]");
    assert_refused(*state, VALUE, "equals: 1, exactly: 2");
    assert_refused(*state, VALUE, "exactly: 1, one_of: [2, 3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(presence_is_required_unless_absence_is_allowed_or_demanded),
        SUPPORT_TEST(registry_types_are_known_by_their_names),
        SUPPORT_TEST(demands_are_kept_as_they_are_written),
        SUPPORT_TEST(a_list_may_be_named),
        SUPPORT_TEST(bad_demands_are_refused_at_their_place),
        SUPPORT_TEST(what_is_no_range_of_numbers_is_refused),
        SUPPORT_TEST(a_demand_on_a_value_needs_the_name_of_the_value),
        SUPPORT_TEST(a_demand_on_a_value_that_may_be_absent_needs_its_name_as_well),
        SUPPORT_TEST(an_expectation_that_contradicts_itself_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
