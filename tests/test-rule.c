/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/rule.h"

#include "findings.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void severities_are_named_and_ordered(void **state)
{
    static const char *const names[] = {"note", "warning", "error"};
    (void)state;
    assert_int_equal(NSEVERITIES, COUNT_OF(names));
    for (int i = 0; i < NSEVERITIES; i++) {
        enum severity severity;
        assert_string_equal(severity_name((enum severity)i), names[i]);
        assert_true(severity_parse(names[i], &severity));
        assert_int_equal(severity, i);
    }
}

static void other_words_are_no_severity(void **state)
{
    static const char *const words[] = {"",    "Error", "ERROR", "errors",
                                        "err", "info",  "never", "2"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        enum severity severity;
        assert_false(severity_parse(words[i], &severity));
    }
}

static void a_rule_is_found_by_its_whole_id(void **state)
{
    struct ruleset ruleset =
        support_load_rules(*state, "rules:\n" RULE("mask-weak", "warning", "mask_weak")
                                       RULE("atr-missing", "error", "atr_missing"));
    assert_int_equal(ruleset.count, 2);
    assert_string_equal(ruleset_find(&ruleset, "mask-weak")->id, "mask-weak");
    assert_string_equal(ruleset_find(&ruleset, "atr-missing")->id, "atr-missing");
    assert_null(ruleset_find(&ruleset, "mask"));
    assert_null(ruleset_find(&ruleset, "MASK-WEAK"));
    assert_null(ruleset_find(&ruleset, ""));
    assert_string_equal(ruleset_suggest(&ruleset, "mask-week"), "mask-weak");
    assert_string_equal(ruleset_suggest(&ruleset, "atr_missing"), "atr-missing");
    assert_null(ruleset_suggest(&ruleset, "module-path"));
}

static void a_list_holds_names_in_any_letter_case_and_ends_of_names(void **state)
{
    static const char *items[] = {"OpenSC CSP", "* Dummy Provider", "a[b]?", "\u00c4rzte"};
    static const struct strings list = {items, COUNT_OF(items)};
    static const struct {
        const char *name;
        bool is_held;
    } cases[] = {
        {"OpenSC CSP", true},
        {"opensc csp", true},
        {"OpenSC CSP ", false},
        {"OpenSC", false},
        {"My OpenSC CSP", false},
        {"Contoso Dummy Provider", true},
        {"CONTOSO DUMMY PROVIDER", true},
        {" Dummy Provider", true},
        {"Dummy Provider", false},
        {"Contoso Dummy Provider 2", false},
        {"a[b]?", true},
        {"ab", false},
        {"abx", false},
        {"\u00e4RZTE", true},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (strings_hold(&list, cases[i].name) != cases[i].is_held)
            fail_msg("\"%s\"", cases[i].name);
    assert_false(strings_hold(&(struct strings){0}, "a"));
}

static void an_end_does_not_begin_before_the_name(void **state)
{
    static const char *items[] = {"* Dummy Provider"};
    static const struct strings list = {items, COUNT_OF(items)};
    static const char longer[] = "Contoso Dummy Provider";
    (void)state;
    assert_true(strings_hold(&list, longer));
    assert_false(strings_hold(&list, longer + strlen("Contoso ")));
}

static void enabled_rules_ask_for_the_keys_that_they_look_at(void **state)
{
    static const char yaml[] =
        "rules:\n"
        "- {id: a-key, title: Title, severity: error, key: 'A\\B', expect: {exists: true}}\n"
        "- {id: b-off, title: Title, severity: error, enabled: false, key: 'C',\n"
        "   expect: {exists: true}}\n"
        "- {id: c-card, title: Title, severity: error, check: atr_missing}\n"
        "- {id: d-views, title: Title, severity: error, key: 'D', expect: {exists: true},\n"
        "   applies_to: {view: [wowaa32node, native]}}\n"
        "- {id: e-keys, title: Title, severity: error, check: stray_key,\n"
        "   parameters: {keys: ['E', 'F\\G']}}\n"
        "- {id: f-keys, title: Title, severity: error, check: stray_key,\n"
        "   parameters: {keys: ['H']}, applies_to: {view: wow6432node}}\n";
    static const struct key_request expected[] = {
        {"A\\B", VIEW_NATIVE}, {"D", VIEW_NATIVE},    {"D", VIEW_WOWAA32NODE},
        {"E", VIEW_NATIVE},    {"F\\G", VIEW_NATIVE}, {"H", VIEW_WOW6432NODE},
    };
    static const size_t first[] = {0, 1, 1, 1, 3, 5}, counts[] = {1, 0, 0, 2, 2, 1};
    struct ruleset ruleset = support_load_rules(*state, yaml);
    size_t count;
    struct key_request *requests = ruleset_collect_requests(*state, &ruleset, &count);
    assert_int_equal(count, COUNT_OF(expected));
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(requests[i].path, expected[i].path);
        assert_int_equal(requests[i].view, expected[i].view);
    }
    for (size_t i = 0; i < ruleset.count; i++) {
        assert_int_equal(ruleset.rules[i].nrequests, counts[i]);
        if (counts[i])
            assert_int_equal(ruleset.rules[i].first_request, first[i]);
    }
}

static void a_rule_that_is_switched_off_later_asks_for_nothing(void **state)
{
    struct ruleset ruleset = support_load_rules(
        *state, "rules:\n- {id: a, title: T, severity: error, key: 'A', expect: {exists: true}}\n"
                "- {id: b, title: T, severity: error, key: 'B', expect: {exists: true}}\n");
    size_t count;
    ruleset.rules[0].enabled = false;
    struct key_request *requests = ruleset_collect_requests(*state, &ruleset, &count);
    assert_int_equal(count, 1);
    assert_string_equal(requests[0].path, "B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(severities_are_named_and_ordered),
        SUPPORT_TEST(other_words_are_no_severity),
        SUPPORT_TEST(a_rule_is_found_by_its_whole_id),
        SUPPORT_TEST(a_list_holds_names_in_any_letter_case_and_ends_of_names),
        SUPPORT_TEST(an_end_does_not_begin_before_the_name),
        SUPPORT_TEST(enabled_rules_ask_for_the_keys_that_they_look_at),
        SUPPORT_TEST(a_rule_that_is_switched_off_later_asks_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
