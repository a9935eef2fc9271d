/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/waivers.h"

#include <stdlib.h>

#include "loading.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))
#define NOW             "2026-11-21"
#define REST            "  reason: why\n  owner: who\n  expires: 2026-11-21\n"
#define HEAD            "waivers:\n- rule: rule-b\n"

static struct rule rules[] = {{.id = "rule-a"}, {.id = "rule-b"}, {.id = "rule-c"}};
static const struct ruleset ruleset = {.rules = rules, .count = 3};

/* Loads the texts of files that are called a.yaml, b.yaml and so on. */
static struct waivers load(struct arena *arena, struct rule_errors *errors,
                           const char *const *texts, size_t count)
{
    struct rule_files files = {0};
    *errors = (struct rule_errors){.arena = arena};
    for (size_t i = 0; i < count; i++)
        rule_files_add_text(errors, &files, arena_printf(arena, "%c.yaml", (int)('a' + i)),
                            texts[i]);
    return waivers_load(errors, &ruleset, &files, NOW);
}

static struct waivers load_well(struct arena *arena, const char *text)
{
    struct rule_errors errors;
    struct waivers waivers = load(arena, &errors, &text, 1);
    if (errors.count)
        fail_msg("%s\nin:\n%s", errors.items[0], text);
    return waivers;
}

/* A waiver of rule-b; NULL leaves a field out. */
static const char *write_waiver(struct arena *arena, const char *key, const char *evidence,
                                const char *expires)
{
    return arena_printf(arena,
                        "- rule: rule-b\n%s%s%s%s  reason: why\n  owner: who\n  expires: %s\n",
                        key ? "  key: " : "", key ? arena_printf(arena, "'%s'\n", key) : "",
                        evidence ? "  evidence: " : "",
                        evidence ? arena_printf(arena, "'%s'\n", evidence) : "", expires);
}

/* The waiver that a finding of rule-b gets, by the key and the name of the evidence. */
static const struct waiver *apply(struct waivers *waivers, const char *key, const char *evidence)
{
    struct origin origin = {.key = key};
    struct finding finding = {.rule = &rules[1], .origin = &origin};
    waivers_apply(waivers, evidence, &(struct findings){&finding, 1});
    return finding.waiver;
}

static void all_fields_are_read(void **state)
{
    struct waivers waivers =
        load_well(*state, "waivers:\n- {rule: rule-a, key: 'A\\B', evidence: '*/x',\n"
                          "   reason: no one ever, owner: J. Doe, expires: 2027-01-31}\n");
    assert_int_equal(waivers.count, 1);
    const struct waiver *waiver = &waivers.items[0];
    assert_string_equal(waiver->rule, "rule-a");
    assert_string_equal(waiver->key, "A\\B");
    assert_string_equal(waiver->evidence, "*/x");
    assert_string_equal(waiver->reason, "no one ever");
    assert_string_equal(waiver->owner, "J. Doe");
    assert_string_equal(waiver->expires, "2027-01-31");
    assert_string_equal(waiver->place.file, "a.yaml");
    assert_int_equal(waiver->place.line, 2);
    assert_false(waiver->is_expired);
}

static void a_file_that_is_no_waiver_file_is_refused_at_its_place(void **state)
{
    static const struct loading_case cases[] = {
        {"", "a.yaml:1:1: nothing here: the file is empty\n"},
        {"words\n", "a.yaml:1:1: a waiver file is a mapping with \"waivers\"\n"},
        {"{}\n", "a.yaml:1:1: a waiver file is a mapping"},
        {"waivers: []\n", "a.yaml:1:10: \"waivers\" has to be a sequence of at least one waiver\n"},
        {"waivers: none\n", "a.yaml:1:10: \"waivers\" has to be a sequence"},
        {"waiver: []\n", "a.yaml:1:1: unknown field \"waiver\" (did you mean \"waivers\"?)\n"},
        {"waivers: [word]\n", "a.yaml:1:11: a waiver is a mapping\n"},
        {HEAD "  key: K\n" REST "  keys: K\n",
         "a.yaml:7:3: unknown field \"keys\" (did you mean \"key\"?)\n"},
        {HEAD "  key: K\n" REST "  key: K\n", "a.yaml:7:3: \"key\" is here twice"},
        {HEAD REST, "a.yaml:2:3: this waiver has neither a \"key\" nor \"evidence\"\n"},
        {HEAD "  key: ''\n" REST, "a.yaml:3:0: \"key\" has to be a text\n"},
        {HEAD "  key: [K]\n" REST, "a.yaml:3:8: \"key\" has to be a text\n"},
        {"waivers:\n- key: K\n" REST, "a.yaml:2:3: this waiver has no \"rule\"\n"},
        {HEAD "  key: K\n  owner: o\n  expires: 2027-01-31\n",
         "a.yaml:2:3: this waiver has no \"reason\"\n"},
        {HEAD "  key: K\n  reason: r\n  expires: 2027-01-31\n",
         "a.yaml:2:3: this waiver has no \"owner\"\n"},
        {HEAD "  key: K\n  reason: r\n  owner: o\n",
         "a.yaml:2:3: this waiver has no \"expires\"\n"},
        {HEAD "  key: K\n  reason: r\n  owner: o\n  expires: 2027-02-29\n",
         "a.yaml:6:12: \"2027-02-29\" is no day, such as 2027-01-31\n"},
        {HEAD "  key: K\n  reason: r\n  owner: o\n  expires: never\n",
         "a.yaml:6:12: \"never\" is no day"},
        {"waivers:\n- rule: rule-bb\n  key: K\n" REST,
         "a.yaml:2:9: unknown rule \"rule-bb\" (did you mean \"rule-b\"?)\n"},
        {"waivers:\n- rule: nothing-near\n  key: K\n" REST,
         "a.yaml:2:9: unknown rule \"nothing-near\"\n"},
        {HEAD "  key: K\n" REST "- rule: rule-b\n  key: k\n" REST,
         "a.yaml:7:3: the same is waived twice: the other is a.yaml:2\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rule_errors errors;
        load(*state, &errors, &cases[i].text, 1);
        if (errors.count != 1)
            fail_msg("%zu errors, want \"%s\"", errors.count, cases[i].expected);
        loading_check_error(errors.items[0], cases[i].text, cases[i].expected);
    }
}

static void errors_of_all_files_are_reported(void **state)
{
    static const char *const texts[] = {HEAD REST, "waivers: []\n",
                                        "waivers:\n- {rule: x, key: K}\n"};
    struct rule_errors errors;
    load(*state, &errors, texts, 3);
    assert_int_equal(errors.count, 6);
}

static void what_is_waived_in_two_files_is_an_error_with_both_places(void **state)
{
    static const char *const texts[] = {HEAD "  key: K\n" REST, HEAD "  key: K\n" REST};
    struct rule_errors errors;
    load(*state, &errors, texts, 2);
    assert_int_equal(errors.count, 1);
    loading_check_error(errors.items[0], texts[1],
                        "b.yaml:2:3: the same is waived twice: the other is a.yaml:2\n");
}

static void a_waiver_holds_to_the_end_of_its_last_day(void **state)
{
    static const struct {
        const char *expires;
        bool is_expired;
    } cases[] = {{"2026-11-20", true}, {"2026-11-21", false}, {"2026-11-22", false},
                 {"2025-12-31", true}, {"2027-01-01", false}, {"2026-10-31", true},
                 {"0001-01-01", true}, {"9999-12-31", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct waivers waivers =
            load_well(*state, arena_printf(*state, "waivers:\n%s",
                                           write_waiver(*state, "K", NULL, cases[i].expires)));
        assert_int_equal(waivers.items[0].is_expired, cases[i].is_expired);
        const struct waiver *waiver = apply(&waivers, "K", "x");
        assert_ptr_equal(waiver, &waivers.items[0]);
        assert_int_equal(finding_is_waived(&(struct finding){.waiver = waiver}),
                         !cases[i].is_expired);
        assert_string_equal(waiver_state(waiver), cases[i].is_expired ? "expired" : "used");
    }
}

static void a_key_is_literal_and_whole_in_any_letter_case(void **state)
{
    static const struct {
        const char *waived, *key;
        bool holds;
    } cases[] = {
        {"Microsoft\\Card", "microsoft\\CARD", true},
        {"Microsoft\\Card", "Wow6432Node\\Microsoft\\Card", false},
        {"Microsoft\\Card", "Microsoft\\Card\\Sub", false},
        {"Microsoft\\*", "Microsoft\\Card", false},
        {"Card [a]* (?)/+.", "Card [a]* (?)/+.", true},
        {"\303\204pfel", "\303\244PFEL", true},
        {"a\\x1b[31m", "a\033[31m", true},     /* as text reports show it */
        {"a\\x00b", "a\300\200b", true},       /* NUL */
        {"a\\u202eb", "a\342\200\256b", true}, /* a bidi mark */
        {"a\342\200\256b", "a\342\200\256b", true},
        {"a\\ud800", "a\355\240\200", true}, /* a lone surrogate */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct waivers waivers =
            load_well(*state, arena_printf(*state, "waivers:\n%s",
                                           write_waiver(*state, cases[i].waived, NULL, NOW)));
        if (!apply(&waivers, cases[i].key, "x") == cases[i].holds)
            fail_msg("case %zu", i);
        assert_int_equal(waivers.items[0].nfindings, cases[i].holds);
    }
}

static void evidence_is_a_pattern_of_the_whole_name(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool holds;
    } cases[] = {
        {"SOFTWARE", "SOFTWARE", true},
        {"SOFTWARE", "software", false},
        {"SOFTWARE", "host1/SOFTWARE", false},
        {"SOFTWARE*", "SOFTWARE", true},
        {"host1*", "host1/a/b/SOFTWARE", true},
        {"host1*", "host2/SOFTWARE", false},
        {"*/SOFTWARE", "disk.e01!/p2/Windows/System32/config/SOFTWARE", true},
        {"*/SOFTWARE", "SOFTWARE", false},
        {"host?/S*E", "host1/SOFTWARE", true},
        {"host?/S*E", "host10/SOFTWARE", false},
        {"host?", "host\303\244", true},
        {"host??", "host\303\244", false},
        {"h[12]", "h1", false},
        {"h[12]", "h[12]", true},
        {"*", "", true},
        {"?", "", false},
        {"**a**", "bab", true},
        {"*ab*ab*c", "xabyabab", false},
        {"*ab*ab*c", "xabyababc", true},
        {"a\\x1b*", "a\033[31m", true},
        {"a\\\\b", "a\\\\b", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct waivers waivers =
            load_well(*state, arena_printf(*state, "waivers:\n%s",
                                           write_waiver(*state, NULL, cases[i].pattern, NOW)));
        if (!apply(&waivers, "K", cases[i].name) == cases[i].holds)
            fail_msg("case %zu", i);
    }
}

static void rule_key_and_evidence_all_have_to_fit(void **state)
{
    struct waivers waivers = load_well(
        *state, arena_printf(*state, "waivers:\n%s", write_waiver(*state, "K", "host1*", NOW)));
    assert_null(apply(&waivers, "K", "host2"));
    assert_null(apply(&waivers, "L", "host1"));
    struct origin origin = {.key = "K"};
    struct finding other = {.rule = &rules[0], .origin = &origin};
    waivers_apply(&waivers, "host1", &(struct findings){&other, 1});
    assert_null(other.waiver);
    assert_int_equal(waivers.items[0].nfindings, 0);
    assert_string_equal(waiver_state(&waivers.items[0]), "unused");
    assert_non_null(apply(&waivers, "K", "host1"));
    assert_int_equal(waivers.items[0].nfindings, 1);
}

static void the_first_that_holds_is_taken(void **state)
{
    struct waivers waivers = load_well(
        *state,
        arena_printf(*state, "waivers:\n%s%s%s%s%s", write_waiver(*state, "K", NULL, "2026-11-20"),
                     write_waiver(*state, NULL, "*", "2026-11-20"),
                     write_waiver(*state, NULL, "h*", NOW), write_waiver(*state, "K", "h*", NOW),
                     write_waiver(*state, "L", NULL, NOW)));
    assert_ptr_equal(apply(&waivers, "K", "host"), &waivers.items[2]);
    assert_ptr_equal(apply(&waivers, "L", "host"), &waivers.items[2]);
    assert_ptr_equal(apply(&waivers, "L", "other"), &waivers.items[4]);
    assert_ptr_equal(apply(&waivers, "K", "other"), &waivers.items[0]);
    assert_ptr_equal(apply(&waivers, "M", "other"), &waivers.items[1]);
}

static void complaints_name_what_is_wrong(void **state)
{
    struct waivers waivers = load_well(
        *state, arena_printf(*state, "waivers:\n%s%s%s%s", write_waiver(*state, "K", "h*", NOW),
                             write_waiver(*state, "L", NULL, "2026-11-20"),
                             write_waiver(*state, "M", NULL, NOW),
                             write_waiver(*state, "N", NULL, "2026-11-20")));
    apply(&waivers, "L", "x");
    apply(&waivers, "M", "x");
    assert_string_equal(waiver_complain(*state, &waivers.items[0]),
                        "this waiver has waived nothing: no finding of rule-b in the key \"K\" of "
                        "evidence \"h*\" (want all of the key, with Wow6432Node where reports show "
                        "that)");
    assert_string_equal(waiver_complain(*state, &waivers.items[1]),
                        "this waiver expired on 2026-11-20: 1 finding of rule-b in the key \"L\" "
                        "counts again");
    assert_null(waiver_complain(*state, &waivers.items[2]));
    assert_string_equal(waiver_complain(*state, &waivers.items[3]),
                        "this waiver expired on 2026-11-20, and there is no finding of rule-b in "
                        "the key \"N\"");
}

/* 20,000 waivers of one rule, one finding for each: a walk over all waivers for each of them would
 * take minutes under the sanitizers. */
static void many_waivers_are_found_by_their_keys(void **state)
{
    enum { MANY = 20000 };
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    fputs("waivers:\n", stream);
    for (int i = 0; i < MANY; i++)
        fprintf(stream, "- {rule: rule-b, key: k%d, reason: r, owner: o, expires: " NOW "}\n", i);
    fclose(stream);
    struct waivers waivers = load_well(*state, text);
    free(text);
    assert_int_equal(waivers.count, MANY);
    struct finding *findings = arena_alloc(*state, MANY, sizeof *findings);
    struct origin *origins = arena_alloc(*state, MANY, sizeof *origins);
    for (int i = 0; i < MANY; i++) {
        origins[i].key = arena_printf(*state, "K%d", MANY - 1 - i);
        findings[i] = (struct finding){.rule = &rules[1], .origin = &origins[i]};
    }
    waivers_apply(&waivers, "x", &(struct findings){findings, MANY});
    for (int i = 0; i < MANY; i++)
        assert_ptr_equal(findings[i].waiver, &waivers.items[MANY - 1 - i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(all_fields_are_read),
        SUPPORT_TEST(a_file_that_is_no_waiver_file_is_refused_at_its_place),
        SUPPORT_TEST(errors_of_all_files_are_reported),
        SUPPORT_TEST(what_is_waived_in_two_files_is_an_error_with_both_places),
        SUPPORT_TEST(a_waiver_holds_to_the_end_of_its_last_day),
        SUPPORT_TEST(a_key_is_literal_and_whole_in_any_letter_case),
        SUPPORT_TEST(evidence_is_a_pattern_of_the_whole_name),
        SUPPORT_TEST(rule_key_and_evidence_all_have_to_fit),
        SUPPORT_TEST(the_first_that_holds_is_taken),
        SUPPORT_TEST(complaints_name_what_is_wrong),
        SUPPORT_TEST(many_waivers_are_found_by_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
