/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/baseline.h"

#include <string.h>

#include "base/digest.h"
#include "support.h"

static struct rule rule = {.id = "rule-a"};

/* Findings on keys that are named by one letter each. */
static struct findings now(struct arena *arena, const char *letters)
{
    struct findings findings = {.count = strlen(letters)};
    assert_true(digest_prepare());
    findings.items = arena_alloc(arena, findings.count, sizeof *findings.items);
    for (size_t i = 0; i < findings.count; i++) {
        struct origin *origin = arena_alloc(arena, 1, sizeof *origin);
        origin->key = arena_strndup(arena, letters + i, 1);
        findings.items[i] = (struct finding){
            .rule = &rule, .origin = origin, .severity = SEVERITY_WARNING, .message = ""};
    }
    return findings;
}

static struct old_evidence then(struct arena *arena, const char *name, const char *letters)
{
    struct findings findings = now(arena, letters);
    struct old_evidence evidence = {.name = name, .nfindings = findings.count};
    evidence.findings = arena_alloc(arena, findings.count, sizeof *evidence.findings);
    for (size_t i = 0; i < findings.count; i++)
        evidence.findings[i] = (struct old_finding){
            .fingerprint = finding_fingerprint(arena, &findings.items[i]),
            .rule = rule.id,
            .severity = "warning",
            .key = findings.items[i].origin->key,
            .message = arena_printf(arena, "%zu", i),
        };
    return evidence;
}

/* "a+b=c? -de": new, unchanged, neither; then what is gone. */
static const char *compare(struct arena *arena, struct baseline *baseline, const char *name,
                           struct findings *findings, bool *is_known)
{
    static const char states[] = {
        [BASELINE_NONE] = '?', [BASELINE_NEW] = '+', [BASELINE_UNCHANGED] = '='};
    size_t ngone;
    const struct old_finding *gone =
        baseline_compare(arena, baseline, name, findings, &ngone, is_known);
    const char *text = "";
    for (size_t i = 0; i < findings->count; i++)
        text = arena_printf(arena, "%s%s%c", text, findings->items[i].origin->key,
                            states[findings->items[i].baseline]);
    text = arena_printf(arena, "%s -", text);
    for (size_t i = 0; i < ngone; i++)
        text = arena_printf(arena, "%s%s%s", text, gone[i].key, gone[i].message);
    return text;
}

static void findings_are_new_unchanged_or_gone(void **state)
{
    static const struct {
        const char *then, *now, *expected;
    } cases[] = {
        {"", "", " -"},
        {"abc", "abc", "a=b=c= -"},
        {"cba", "abc", "a=b=c= -"},
        {"ABC", "abc", "a=b=c= -"},
        {"", "ab", "a+b+ -"},
        {"ab", "", " -a0b1"},
        {"abc", "bcd", "b=c=d+ -a0"},
        {"a", "aaa", "a=a+a+ -"},
        {"aaa", "a", "a= -a1a2"},
        {"xabab", "bbbzaa", "b=b=b+z+a=a= -x0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool is_known;
        struct old_evidence evidence = then(*state, "hive", cases[i].then);
        struct baseline baseline = {&evidence, 1, SEVERITY_NOTE};
        struct findings findings = now(*state, cases[i].now);
        assert_string_equal(compare(*state, &baseline, "hive", &findings, &is_known),
                            cases[i].expected);
        assert_true(is_known);
        assert_true(evidence.is_seen);
    }
}

static void evidence_is_known_by_its_name(void **state)
{
    bool is_known;
    struct old_evidence evidence[] = {then(*state, "a", "x"), then(*state, "b", "y"),
                                      then(*state, "c", "z")};
    struct baseline baseline = {evidence, 3, SEVERITY_NOTE};
    struct findings findings = now(*state, "y");
    assert_string_equal(compare(*state, &baseline, "b", &findings, &is_known), "y= -");
    assert_true(is_known);
    assert_false(evidence[0].is_seen);
    assert_true(evidence[1].is_seen);
    assert_string_equal(compare(*state, &baseline, "c", &findings, &is_known), "y+ -z0");
    assert_string_equal(compare(*state, &baseline, "d", &findings, &is_known), "y+ -");
    assert_false(is_known);
    assert_string_equal(compare(*state, &baseline, "B", &findings, &is_known), "y+ -");
    assert_false(is_known);
}

static void evidence_of_one_name_is_told_apart_by_its_order(void **state)
{
    bool is_known;
    struct old_evidence evidence[] = {then(*state, "a", "x"), then(*state, "a", "y"),
                                      then(*state, "b", "")};
    struct baseline baseline = {evidence, 3, SEVERITY_NOTE};
    struct findings x = now(*state, "x"), y = now(*state, "y");
    assert_string_equal(compare(*state, &baseline, "a", &x, &is_known), "x= -");
    assert_string_equal(compare(*state, &baseline, "a", &y, &is_known), "y= -");
    assert_string_equal(compare(*state, &baseline, "a", &y, &is_known), "y+ -");
    assert_false(is_known);
}

static void an_empty_baseline_knows_nothing(void **state)
{
    bool is_known;
    struct baseline baseline = {0};
    struct findings findings = now(*state, "a");
    assert_string_equal(compare(*state, &baseline, "a", &findings, &is_known), "a+ -");
    assert_false(is_known);
}

static void what_the_baseline_left_out_is_not_new(void **state)
{
    bool is_known;
    struct old_evidence evidence = then(*state, "hive", "ab");
    struct baseline baseline = {&evidence, 1, SEVERITY_WARNING};
    struct findings findings = now(*state, "abcd");
    findings.items[0].severity = findings.items[2].severity = SEVERITY_NOTE;
    assert_string_equal(compare(*state, &baseline, "hive", &findings, &is_known), "a=b=c?d+ -");
}

static void what_the_logs_take_away_is_gone(void **state)
{
    bool is_known;
    struct old_evidence evidence = then(*state, "hive", "a");
    struct baseline baseline = {&evidence, 1, SEVERITY_NOTE};
    struct findings findings = now(*state, "ab");
    findings.items[0].timing = findings.items[1].timing = TIMING_BEFORE;
    assert_string_equal(compare(*state, &baseline, "hive", &findings, &is_known), "a?b? -a0");
}

/* JSON has U+FFFD where the name of a file in an image has a lone surrogate. */
static void lone_surrogates_are_compared_as_json_has_them(void **state)
{
    bool is_known;
    struct old_evidence evidence = then(*state, "x\357\277\275\300\200y", "a");
    struct baseline baseline = {&evidence, 1, SEVERITY_NOTE};
    struct findings findings = now(*state, "a");
    assert_string_equal(compare(*state, &baseline, "x\355\240\200\300\200y", &findings, &is_known),
                        "a= -");
    assert_true(is_known);
}

/* Each with 50,000 of one name, or findings: what takes a look at each for each takes minutes. */
static void many_of_one_name_and_kind_take_little_time(void **state)
{
    enum { MANY = 50000 };
    bool is_known;
    size_t ngone;
    struct old_evidence *evidence = arena_alloc(*state, MANY, sizeof *evidence);
    for (size_t i = 0; i < MANY; i++)
        evidence[i].name = "a";
    struct baseline baseline = {evidence, MANY, SEVERITY_NOTE};
    struct findings none = {0};
    for (size_t i = 0; i < MANY; i++) {
        baseline_compare(*state, &baseline, "a", &none, &ngone, &is_known);
        assert_true(is_known);
    }
    char *letters = arena_alloc(*state, MANY + 1, 1);
    memset(letters, 'a', MANY);
    struct old_evidence alike = then(*state, "a", letters);
    struct findings findings = now(*state, letters + 1);
    baseline = (struct baseline){&alike, 1, SEVERITY_NOTE};
    baseline_compare(*state, &baseline, "a", &findings, &ngone, &is_known);
    assert_int_equal(ngone, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(findings_are_new_unchanged_or_gone),
        SUPPORT_TEST(evidence_is_known_by_its_name),
        SUPPORT_TEST(evidence_of_one_name_is_told_apart_by_its_order),
        SUPPORT_TEST(an_empty_baseline_knows_nothing),
        SUPPORT_TEST(what_the_baseline_left_out_is_not_new),
        SUPPORT_TEST(what_the_logs_take_away_is_gone),
        SUPPORT_TEST(lone_surrogates_are_compared_as_json_has_them),
        SUPPORT_TEST(many_of_one_name_and_kind_take_little_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
