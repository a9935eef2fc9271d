/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_baseline.h"

#include <string.h>

#include "support.h"

#define HEAD "{\"schema_version\":\"1\",\"min_severity\":\"note\","
#define A_FINDING                                                                                  \
    "{\"fingerprint\":\"f1\",\"rule\":\"r\",\"severity\":\"error\",\"view\":\"native\","           \
    "\"key\":\"K\",\"value\":null,\"message\":\"m\"}"

static const char *read_text(struct arena *arena, const char *text, struct baseline *baseline)
{
    return json_read_baseline(arena, (struct slice){(const uint8_t *)text, strlen(text)}, baseline);
}

static struct baseline read_well(struct arena *arena, const char *text)
{
    struct baseline baseline;
    const char *fault = read_text(arena, text, &baseline);
    if (fault)
        fail_msg("%s: %s", fault, text);
    return baseline;
}

static void a_report_is_read(void **state)
{
    struct baseline baseline = read_well(
        *state,
        HEAD "\"tool\":{},\"evidence\":[{\"name\":\"a\",\"findings\":[" A_FINDING
             ",{\"fingerprint\":\"f2\",\"rule\":\"r2\",\"severity\":\"note\",\"view\":\"none\","
             "\"key\":\"a\\u0000b\\ud83d\\ude00\",\"value\":\"\",\"message\":\"m2\","
             "\"offset\":null}]}]}\n");
    assert_int_equal(baseline.count, 1);
    assert_int_equal(baseline.min_severity, SEVERITY_NOTE);
    assert_string_equal(baseline.evidence[0].name, "a");
    assert_int_equal(baseline.evidence[0].nfindings, 2);
    const struct old_finding *old = baseline.evidence[0].findings;
    assert_string_equal(old[0].fingerprint, "f1");
    assert_string_equal(old[0].rule, "r");
    assert_string_equal(old[0].severity, "error");
    assert_string_equal(old[0].view, "native");
    assert_string_equal(old[0].key, "K");
    assert_null(old[0].value);
    assert_string_equal(old[0].message, "m");
    assert_string_equal(old[1].key, "a\300\200b\360\237\230\200");
    assert_string_equal(old[1].value, "");
}

static void evidence_is_sorted_and_keeps_the_order_of_equal_names(void **state)
{
    struct baseline baseline = read_well(
        *state, HEAD "\"evidence\":[{\"name\":\"b\",\"findings\":[]},"
                     "{\"name\":\"a\",\"findings\":[" A_FINDING "]},{\"name\":\"c\",\"findings\":"
                     "[]},{\"name\":\"a\",\"findings\":[]}]}");
    static const char *const names[] = {"a", "a", "b", "c"};
    assert_int_equal(baseline.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(baseline.evidence[i].name, names[i]);
    assert_int_equal(baseline.evidence[0].nfindings, 1);
    assert_int_equal(baseline.evidence[1].nfindings, 0);
}

static void json_lines_are_read(void **state)
{
    struct baseline baseline =
        read_well(*state, HEAD "\"name\":\"b\",\"findings\":[]}\n"
                               "{\"schema_version\":\"1\",\"min_severity\":\"error\","
                               "\"name\":\"a\",\"findings\":[" A_FINDING "]}\n");
    assert_int_equal(baseline.count, 2);
    assert_int_equal(baseline.min_severity, SEVERITY_ERROR);
    assert_string_equal(baseline.evidence[0].name, "a");
    assert_int_equal(baseline.evidence[0].nfindings, 1);
}

/* A fleet has the same findings again and again. */
static void texts_that_are_alike_are_kept_once(void **state)
{
    struct baseline baseline =
        read_well(*state, HEAD "\"evidence\":[{\"name\":\"a\",\"findings\":[" A_FINDING "]},"
                               "{\"name\":\"b\",\"findings\":[" A_FINDING "]}]}");
    const struct old_finding *a = baseline.evidence[0].findings, *b = baseline.evidence[1].findings;
    assert_ptr_equal(a->fingerprint, b->fingerprint);
    assert_ptr_equal(a->message, b->message);
    assert_string_equal(b->message, "m");
}

static void what_the_logs_had_taken_away_was_not_there(void **state)
{
    struct baseline baseline = read_well(
        *state, HEAD "\"name\":\"a\",\"findings\":[{\"replay\":\"only-before\"}," A_FINDING "]}");
    assert_int_equal(baseline.evidence[0].nfindings, 1);
    assert_string_equal(baseline.evidence[0].findings[0].fingerprint, "f1");
}

static void what_is_no_report_is_refused(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {"", "is no report"},
        {" \n\t", "is no report"},
        {"{", "is not JSON at byte 1: "},
        {"words", "is not JSON at byte "},
        {"\xff", "is not JSON at byte "},
        {"[]", "is no report"},
        {"{}", "is no report"},
        {"{\"schema_version\":1}", "is no report"},
        {"{\"schema_version\":\"2\",\"min_severity\":\"note\",\"evidence\":[]}",
         "has schema_version \"2\", want \"1\""},
        {"{\"schema_version\":\"1\",\"evidence\":[]}",
         "does not say its min_severity (want a report of -o json or -o jsonl)"},
        {"{\"schema_version\":\"1\",\"min_severity\":\"high\"}", "does not say its min_severity"},
        {HEAD "\"evidence\":[]}", "is no report"},
        {HEAD "\"evidence\":{}}", "is no report"},
        {HEAD "\"evidence\":[7]}", "evidence 1 lacks "},
        {HEAD "\"evidence\":[{\"name\":\"a\"}]}", "evidence 1 lacks "},
        {HEAD "\"evidence\":[{\"findings\":[]}]}", "evidence 1 lacks "},
        {HEAD "\"name\":\"a\",\"findings\":[7]}", "finding 1 of evidence 1 lacks "},
        {HEAD "\"name\":\"a\",\"findings\":[" A_FINDING ",{\"rule\":\"r\"}]}",
         "finding 2 of evidence 1 lacks "},
        {HEAD "\"name\":\"a\",\"name\":\"b\",\"findings\":[]}", "is not JSON at byte "},
        {HEAD "\"name\":\"a\",\"findings\":[],\"cards\":[]}", "is of a run with --card"},
        {HEAD "\"name\":\"a\",\"findings\":[]} x", "is not JSON at byte "},
        {HEAD "\"name\":\"a\",\"findings\":[]}{\"schema_version\":\"3\"}",
         "has schema_version \"3\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct baseline baseline;
        const char *fault = read_text(*state, cases[i].text, &baseline);
        if (!fault || strncmp(fault, cases[i].fault, strlen(cases[i].fault)) != 0)
            fail_msg("got \"%s\", want \"%s\" of: %s", fault ? fault : "no fault", cases[i].fault,
                     cases[i].text);
    }
}

static void each_member_of_a_finding_is_wanted(void **state)
{
    static const char *const names[] = {"fingerprint", "rule", "severity",
                                        "view",        "key",  "message"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct baseline baseline;
        char *text = arena_strdup(*state, HEAD "\"name\":\"a\",\"findings\":[" A_FINDING "]}");
        assert_null(read_text(*state, text, &baseline));
        strstr(strstr(text, "findings"), names[i])[0] = 'x';
        assert_non_null(read_text(*state, text, &baseline));
    }
}

static void nesting_ends(void **state)
{
    struct baseline baseline;
    char *text = arena_alloc(*state, 100001, 1);
    memset(text, '[', 100000);
    assert_non_null(read_text(*state, text, &baseline));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_report_is_read),
        SUPPORT_TEST(evidence_is_sorted_and_keeps_the_order_of_equal_names),
        SUPPORT_TEST(json_lines_are_read),
        SUPPORT_TEST(texts_that_are_alike_are_kept_once),
        SUPPORT_TEST(what_the_logs_had_taken_away_was_not_there),
        SUPPORT_TEST(what_is_no_report_is_refused),
        SUPPORT_TEST(each_member_of_a_finding_is_wanted),
        SUPPORT_TEST(nesting_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
