/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include "findings.h"
#include "loading.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))
#define A_RULE          "rules:\n" RULE("a", "error", "atr_missing")

static void rules_of_all_files_are_sorted_by_id(void **state)
{
    static const char *const texts[] = {
        "rules:\n" RULE("c", "error", "atr_missing") RULE("a-2", "note", "atr_missing"),
        "rules:\n" RULE("b", "note", "atr_missing") RULE("a", "note", "atr_missing"),
    };
    static const char *const ids[] = {"a", "a-2", "b", "c"};
    struct rule_errors errors;
    struct ruleset ruleset = loading_load(*state, &errors, texts, 2);
    assert_int_equal(errors.count, 0);
    assert_int_equal(ruleset.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(ruleset.rules[i].id, ids[i]);
    assert_string_equal(ruleset.rules[3].place.file, "a.yaml");
    assert_string_equal(ruleset.rules[2].place.file, "b.yaml");
    assert_int_equal(ruleset.rules[0].place.line, 3);
}

static void a_file_that_is_no_rule_file_is_refused_at_its_place(void **state)
{
    static const struct loading_case cases[] = {
        {"", "a.yaml:1:1: nothing here: the file is empty\n"},
        {"# nothing\n", "a.yaml:1:1: nothing here: the file is empty\n"},
        {"just words\n", "a.yaml:1:1: a rule file is a mapping"},
        {"- id: a\n", "a.yaml:1:1: a rule file is a mapping"},
        {"{}\n", "a.yaml:1:1: a rule file is a mapping"},
        {"rules: []\n", "a.yaml:1:8: \"rules\" has to be a sequence of at least one rule\n"},
        {"rules: none\n", "a.yaml:1:8: \"rules\" has to be a sequence"},
        {"rules: {id: a}\n", "a.yaml:1:8: \"rules\" has to be a sequence"},
        {"lists: []\n", "a.yaml:1:8: \"lists\" has to name at least one list\n"},
        {"lists: {}\n", "a.yaml:1:8: \"lists\" has to name at least one list\n"},
        {"lists: {a: []}\n", "a.yaml:1:12: \"a\" has to be a sequence"},
        {"lists: {a: b}\n", "a.yaml:1:12: \"a\" has to be a sequence"},
        {"lists: {a: [[b]]}\n", "a.yaml:1:13: want a text\n"},
        {"rule: []\n", "a.yaml:1:1: unknown field \"rule\" (did you mean \"rules\"?)\n"},
        {A_RULE "version: 1\n", "a.yaml:3:1: unknown field \"version\"\n"},
        {A_RULE "rules: []\n", "a.yaml:3:1: \"rules\" is here twice: it is in line 1 already\n"},
        {A_RULE "---\n" A_RULE, "a.yaml:3:1: a second document"},
        {A_RULE "- {id: b\n", "a.yaml:4:0: not YAML: "},
    };
    loading_check_cases(*state, cases, COUNT_OF(cases));
}

static void keys_that_are_there_twice_are_refused_at_every_level(void **state)
{
    static const struct loading_case cases[] = {
        {RULE_HEAD "  check: atr_missing\n  title: Other\n",
         "a.yaml:6:3: \"title\" is here twice: it is in line 3 already\n"},
        {RULE_HEAD "  applies_to:\n    build: 1\n    build: 2\n",
         "a.yaml:7:5: \"build\" is here twice: it is in line 6 already\n"},
        {RULE_HEAD "  key: A\n  value: V\n  expect:\n    equals: 1\n    equals: 2\n",
         "a.yaml:9:5: \"equals\" is here twice: it is in line 8 already\n"},
        {"lists:\n  a: [b]\n  a: [c]\n",
         "a.yaml:3:3: \"a\" is here twice: it is in line 2 already\n"},
    };
    loading_check_cases(*state, cases, COUNT_OF(cases));
}

static void an_id_that_is_there_twice_names_both_places(void **state)
{
    static const char *const texts[] = {
        "rules:\n" RULE("a", "error", "atr_missing") RULE("b", "error", "atr_missing"),
        "# two lines\n# of comment\nrules:\n- title: T\n  severity: note\n"
        "  check: atr_missing\n  id: b\n",
    };
    struct rule_errors errors;
    loading_load(*state, &errors, texts, 2);
    assert_int_equal(errors.count, 1);
    loading_check_error(errors.items[0], texts[1], "b.yaml:7:7: rule \"b\" is there twice");
    assert_non_null(strstr(errors.items[0], "a.yaml:3"));
    static const char *const one[] = {"rules:\n" RULE("a", "error", "atr_missing")
                                          RULE("a", "note", "atr_type")};
    loading_load(*state, &errors, one, 1);
    assert_int_equal(errors.count, 1);
    loading_check_error(errors.items[0], one[0], "a.yaml:3:8: rule \"a\" is there twice");
    assert_non_null(strstr(errors.items[0], "a.yaml:2"));
}

static void every_error_of_every_file_is_reported(void **state)
{
    static const char *const texts[] = {
        "rules:\n"
        "- {id: a, title: T, severity: high, check: atr_mising, enabled: maybe}\n"
        "- {id: b, title: T}\n"
        "- nothing\n"
        "- {id: c, title: T, severity: note, check: atr_missing, colour: red, smell: bad}\n"
        "- {id: d, title: T, severity: note, key: A, expect: {tpye: x, range: 5, matches: '('}}\n"
        "list: {}\n",
        "rules: [\n",
        ("lists: {a: x}\nrules:\n- {id: e, title: T, severity: note, check: atr_missing}\n"
         "- {id: e, title: T, severity: note, check: atr_missing}\n"),
    };
    static const char *const starts[] = {
        "a.yaml:7:1: unknown field \"list\"",
        "b.yaml:",
        "c.yaml:1:12: \"a\" has to be a sequence",
        "a.yaml:2:31: unknown severity",
        "a.yaml:2:65: unknown truth value",
        "a.yaml:2:44: unknown check",
        "a.yaml:3:3: this rule has no \"severity\"",
        "a.yaml:3:3: this rule has neither",
        "a.yaml:4:3: a rule is a mapping",
        "a.yaml:5:57: unknown field \"colour\"",
        "a.yaml:5:70: unknown field \"smell\"",
        "a.yaml:6:54: unknown field \"tpye\" (did you mean \"type\"?)",
        "a.yaml:6:70: \"5\" is no range",
        "a.yaml:6:",
        "c.yaml:4:8: rule \"e\" is there twice",
    };
    struct rule_errors errors;
    loading_load(*state, &errors, texts, 3);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        size_t found = 0;
        for (size_t j = 0; j < errors.count; j++)
            found += strncmp(errors.items[j], starts[i], strlen(starts[i])) == 0;
        if (!found)
            fail_msg("not reported: %s", starts[i]);
    }
    assert_int_equal(errors.count, COUNT_OF(starts));
}

static void a_list_is_what_all_files_put_into_it(void **state)
{
    static const char *const texts[] = {
        ("rules:\n- {id: a, title: T, severity: note, check: atr_missing,\n"
         "   exempt: {entries: some}}\n"),
        "lists: {some: [x, y]}\n",
        "lists: {some: [z], other: [w]}\n",
    };
    struct rule_errors errors;
    struct ruleset ruleset = loading_load(*state, &errors, texts, 3);
    assert_int_equal(errors.count, 0);
    const struct strings *entries = &ruleset.rules[0].exempt_entries;
    assert_int_equal(entries->count, 3);
    assert_string_equal(entries->items[0], "x");
    assert_string_equal(entries->items[2], "z");
}

static void a_list_that_no_file_has_is_refused_with_the_nearest(void **state)
{
    static const char *const texts[] = {
        "rules:\n- {id: a, title: T, severity: note, check: atr_missing,\n"
        "   exempt: {entries: inbox-entrys}}\n",
        "lists: {inbox-entries: [x], dummy-providers: [y]}\n",
    };
    struct rule_errors errors;
    loading_load(*state, &errors, texts, 2);
    assert_int_equal(errors.count, 1);
    loading_check_error(
        errors.items[0], texts[0],
        "a.yaml:3:22: unknown list \"inbox-entrys\" (did you mean \"inbox-entries\"?)\n");
}

static void no_files_give_no_rules(void **state)
{
    struct rule_errors errors;
    assert_int_equal(loading_load(*state, &errors, NULL, 0).count, 0);
    assert_int_equal(errors.count, 0);
}

static void many_rules_are_loaded_quickly(void **state)
{
    size_t count = 2000, room = 80 * count;
    char *text = arena_alloc(*state, room, 1), *p = stpcpy(text, "rules:\n");
    for (size_t i = 0; i < count; i++)
        p += snprintf(p, room - (size_t)(p - text),
                      "- {id: r%zu, title: T, severity: note, check: atr_missing}\n", i);
    assert_int_equal(loading_load_well(*state, text).count, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(rules_of_all_files_are_sorted_by_id),
        SUPPORT_TEST(a_file_that_is_no_rule_file_is_refused_at_its_place),
        SUPPORT_TEST(keys_that_are_there_twice_are_refused_at_every_level),
        SUPPORT_TEST(an_id_that_is_there_twice_names_both_places),
        SUPPORT_TEST(every_error_of_every_file_is_reported),
        SUPPORT_TEST(a_list_is_what_all_files_put_into_it),
        SUPPORT_TEST(a_list_that_no_file_has_is_refused_with_the_nearest),
        SUPPORT_TEST(no_files_give_no_rules),
        SUPPORT_TEST(many_rules_are_loaded_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
