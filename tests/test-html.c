/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "rendering.h"

/* What a page is made of; tests change what they are about. */
struct fixture {
    struct arena *arena;
    struct run run;
    struct rule rule;
    struct origin origin;
    struct finding finding;
    struct snapshot snapshot;
    struct diags diags;
    struct audited audited;
    struct totals totals;
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    fixture->arena = fixture->diags.arena = arena;
    fixture->run = (struct run){.version = "1", .sandbox = "none"};
    fixture->rule = (struct rule){.id = "some-rule", .title = "Title", .severity = SEVERITY_ERROR};
    fixture->origin = (struct origin){
        .key = "A\\B", .name = "B", .last_write = 129783058347342920, .offset = 0x8c8200};
    fixture->finding = (struct finding){.rule = &fixture->rule,
                                        .severity = SEVERITY_ERROR,
                                        .origin = &fixture->origin,
                                        .message = "what is wrong"};
    fixture->snapshot.hive = (struct hive_facts){.known = true, .file_name = ""};
    fixture->snapshot.views[VIEW_NATIVE].exists = true;
    fixture->audited = (struct audited){.name = "SOFTWARE",
                                        .size = 24576,
                                        .snapshot = &fixture->snapshot,
                                        .findings = {&fixture->finding, 1},
                                        .diags = &fixture->diags};
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    arena_free(fixture->arena);
    return 0;
}

/* The page of a run that meets the evidence so many times. */
static char *render(struct fixture *fixture, size_t pieces)
{
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = &html_format,
                            .run = &fixture->run,
                            .stream = open_memstream(&text, &len),
                            .arena = fixture->arena};
    assert_non_null(output.stream);
    html_format.begin(&output);
    for (size_t i = 0; i < pieces; i++)
        report_add(&output, &fixture->audited);
    html_format.end(&output, &fixture->totals);
    assert_int_equal(output.error, 0);
    fclose(output.stream);
    char *copy = arena_strndup(fixture->arena, text, len);
    assert_int_equal(strlen(copy), len);
    free(text);
    return copy;
}

/* Nothing of this may become a tag, a quote, a character reference or a control. */
#define HOSTILE         "<script>\"'&lt;\033[2J\n\xc2\x9b\xe2\x80\xae\xed\xa0\x80\xc0\x80y"
#define HOSTILE_ESCAPED "&lt;script&gt;&quot;'&amp;lt;\\x1b[2J\\x0a\\x9b\\u202e\\ud800\\x00y"

static void assert_harmless(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p != '\n' && iscntrl((unsigned char)*p))
            fail_msg("control character %02x", (unsigned char)*p);
    assert_int_equal(count_of(text, "<script>"), 1);
    assert_silent(text, "&lt;\"");
    assert_silent(text, "\xc2\x9b");
    assert_silent(text, "\xe2\x80\xae");
    assert_silent(text, "\xed\xa0\x80");
    assert_silent(text, "\xc0\x80");
}

static void hostile_text_is_escaped_wherever_it_stands(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {.name = "v", .state = VALUE_OK, .type = REG_SZ, .text = "v"};
    struct waiver waiver = {.owner = "x", .reason = "x", .expires = "2027-01-31"};
    fixture->finding.value = &value;
    fixture->finding.waiver = &waiver;
    const char **places[] = {
        &fixture->audited.name,
        &fixture->origin.key,
        &fixture->origin.name,
        &fixture->finding.message,
        &fixture->snapshot.os.product,
        &fixture->snapshot.os.display_version,
        &value.name,
        &value.text,
        &waiver.owner,
        &waiver.reason,
        &fixture->run.labels.case_name,
        &fixture->run.labels.examiner,
        &fixture->run.labels.exhibit,
        &fixture->run.labels.note,
        &fixture->run.golden,
        &fixture->run.baseline,
        &fixture->rule.id,
        &fixture->snapshot.hive.file_name,
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *saved = *places[i];
        *places[i] = HOSTILE;
        const char *text = render(fixture, 2);
        assert_harmless(text);
        assert_says(text, HOSTILE_ESCAPED);
        *places[i] = saved;
    }
}

static void hostile_diagnostics_are_escaped(void **state)
{
    struct fixture *fixture = *state;
    diag_add(&fixture->diags, DIAG_INCOMPLETE, HOSTILE, "value \"%s\"", HOSTILE);
    const char *text = render(fixture, 1);
    assert_harmless(text);
    assert_says(text, "<code>" HOSTILE_ESCAPED "</code> value &quot;" HOSTILE_ESCAPED "&quot;");
}

/* A rule file is its user's: its references lead nowhere but to the web. */
static void only_an_address_of_the_web_is_a_link(void **state)
{
    struct fixture *fixture = *state;
    const char *references[] = {"javascript:alert(1)", "https://example.org/?a=\"&b"};
    fixture->rule.references = (struct strings){references, 2};
    const char *text = render(fixture, 1);
    assert_silent(text, "href=\"javascript");
    assert_says(text, "<a href=\"https://example.org/?a=&quot;&amp;b\" rel=\"noreferrer\">");
}

static void a_finding_says_what_where_and_when(void **state)
{
    const char *text = render(*state, 1);
    assert_says(text, "<span class=\"severity error\">error</span> <bdi>B</bdi></h4>\n"
                      "<p>what is wrong</p>");
    assert_says(text, "<span class=\"view\">native</span> <code>A\\B</code>"
                      "<td>2012-04-07T20:57:14.7342920Z<td>0x8c8200");
}

static void a_finding_of_several_pieces_is_drawn_once(void **state)
{
    const char *text = render(*state, 3);
    assert_int_equal(count_of(text, "<article"), 1);
    assert_int_equal(count_of(text, "<td><a href=\"#e"), 3);
    assert_int_equal(count_of(text, "<details class=\"piece\""), 3);
}

static void of_many_places_the_first_are_listed_and_all_are_said(void **state)
{
    const char *text = render(*state, 100);
    assert_int_equal(count_of(text, "<td><a href=\"#e"), 8);
    assert_says(text, "and 92 more: in all, 100 times in items "
                      "<a href=\"#e1\">1</a>\u2013<a href=\"#e100\">100</a>");
}

static void findings_that_differ_in_their_bytes_alone_are_drawn_apart(void **state)
{
    struct fixture *fixture = *state;
    struct finding findings[2] = {fixture->finding, fixture->finding};
    uint8_t bytes[2][200] = {{0}, {[199] = 1}};
    struct pair_detail pairs[2] = {{.atr = {bytes[0], 200}}, {.atr = {bytes[1], 200}}};
    for (int i = 0; i < 2; i++)
        findings[i].pair = &pairs[i];
    fixture->audited.findings = (struct findings){findings, 2};
    assert_int_equal(count_of(render(fixture, 1), "<article"), 2);
}

static void findings_below_the_least_severity_are_not_shown(void **state)
{
    struct fixture *fixture = *state;
    fixture->finding.severity = SEVERITY_NOTE;
    fixture->run.min_severity = SEVERITY_WARNING;
    const char *text = render(fixture, 1);
    assert_silent(text, "<article");
    assert_says(text, "shown: warnings and worse");
}

static void the_matrix_is_for_several_pieces(void **state)
{
    assert_silent(render(*state, 1), "id=\"matrix\"");
    const char *text = render(*state, 2);
    assert_says(text, "id=\"matrix\"");
    assert_int_equal(count_of(text, "<td class=\"error\">E1"), 2);
}

static void the_matrix_leaves_out_the_folder_of_all(void **state)
{
    struct fixture *fixture = *state;
    fixture->audited.name = "/fleet/host/SOFTWARE";
    const char *text = render(fixture, 2);
    assert_says(text, "All items are below <bdi>/fleet/host/</bdi>");
    assert_says(text, "<a href=\"#e1\">1</a> <bdi>SOFTWARE</bdi>");
}

static void lines_of_findings_have_a_limit_that_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct finding *findings = arena_alloc(fixture->arena, 30000, sizeof *findings);
    for (size_t i = 0; i < 30000; i++)
        findings[i] = fixture->finding;
    fixture->audited.findings = (struct findings){findings, 30000};
    const char *text = render(fixture, 1);
    assert_says(text, "<strong>Not all is listed.</strong>");
    assert_int_equal(count_of(text, "<tr class=\"error\"><td class=\"severity\">error<td><a"),
                     25000);
}

static void drawings_have_a_limit_that_is_said(void **state)
{
    struct fixture *fixture = *state;
    struct finding findings[30];
    char *message = arena_alloc(fixture->arena, 1 << 20, 1);
    memset(message, 'x', (1 << 20) - 1);
    for (size_t i = 0; i < 30; i++) {
        findings[i] = fixture->finding;
        findings[i].message = arena_printf(fixture->arena, "%zu%s", i, message);
    }
    fixture->audited.findings = (struct findings){findings, 30};
    const char *text = render(fixture, 1);
    assert_says(text, "<strong>Not all is drawn.</strong>");
    assert_int_equal(count_of(text, "<article"), 23);
    assert_int_equal(count_of(text, "<td><a href=\"#f"), 23);
}

static void the_exit_status_is_said_in_words(void **state)
{
    struct fixture *fixture = *state;
    static const char *const words[] = {"All evidence was audited, and nothing fails the audit",
                                        "Findings fail the audit", "nothing can be relied on",
                                        "not all evidence could be read"};
    for (int i = 0; i < 4; i++) {
        fixture->totals.exit_status = i;
        assert_says(render(fixture, 1), words[i]);
    }
}

static void a_waiver_and_the_baseline_are_said(void **state)
{
    struct fixture *fixture = *state;
    struct waiver waiver = {
        .rule = "some-rule", .owner = "J. Doe", .reason = "ticket", .expires = "2027-01-31"};
    fixture->finding.waiver = &waiver;
    fixture->finding.baseline = BASELINE_NEW;
    const char *text = render(fixture, 1);
    assert_says(text, "<small>new</small>");
    assert_says(text, "<small>waived until 2027-01-31, J. Doe: ticket</small>");
    waiver.is_expired = true;
    assert_says(render(fixture, 1), "<small>waiver expired on 2027-01-31, J. Doe: ticket</small>");
}

static void what_is_gone_is_said(void **state)
{
    struct fixture *fixture = *state;
    const struct old_finding gone = {.rule = "old-rule",
                                     .severity = "error",
                                     .view = "native",
                                     .key = "K",
                                     .message = "was wrong"};
    fixture->audited.gone = &gone;
    fixture->audited.ngone = 1;
    assert_says(render(fixture, 1), "<li>error old-rule: was wrong");
}

static void evidence_that_could_not_be_read_says_why(void **state)
{
    struct fixture *fixture = *state;
    struct snapshot nothing = {0};
    fixture->audited.status = EVIDENCE_FAILED;
    fixture->audited.snapshot = &nothing;
    fixture->audited.findings.count = 0;
    diag_add(&fixture->diags, DIAG_FAILED, NULL, "no hive");
    const char *text = render(fixture, 1);
    assert_says(text, "<li class=\"failed\"><strong>failed</strong> no hive");
    assert_silent(text, "<dt>Windows");
}

/* Digests of what a browser would hash: a test in Chromium shows that it lets them pass. */
static void the_policy_names_two_digests(void **state)
{
    const char *text = render(*state, 1);
    assert_says(text, "content=\"default-src 'none'; style-src 'sha256-");
    assert_int_equal(count_of(text, "'sha256-"), 2);
    assert_int_equal(count_of(text, "='"), 2);
}

static void a_page_that_is_given_up_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct output output = {
        .format = &html_format, .run = &fixture->run, .stream = tmpfile(), .arena = fixture->arena};
    html_format.begin(&output);
    report_add(&output, &fixture->audited);
    html_format.discard(&output);
    fclose(output.stream);
}

static void a_page_is_the_same_twice(void **state)
{
    const char *text = render(*state, 5);
    assert_string_equal(text, render(*state, 5));
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(hostile_text_is_escaped_wherever_it_stands),
        PAGE_TEST(hostile_diagnostics_are_escaped),
        PAGE_TEST(only_an_address_of_the_web_is_a_link),
        PAGE_TEST(a_finding_says_what_where_and_when),
        PAGE_TEST(a_finding_of_several_pieces_is_drawn_once),
        PAGE_TEST(of_many_places_the_first_are_listed_and_all_are_said),
        PAGE_TEST(findings_that_differ_in_their_bytes_alone_are_drawn_apart),
        PAGE_TEST(findings_below_the_least_severity_are_not_shown),
        PAGE_TEST(the_matrix_is_for_several_pieces),
        PAGE_TEST(the_matrix_leaves_out_the_folder_of_all),
        PAGE_TEST(lines_of_findings_have_a_limit_that_is_said),
        PAGE_TEST(drawings_have_a_limit_that_is_said),
        PAGE_TEST(the_exit_status_is_said_in_words),
        PAGE_TEST(a_waiver_and_the_baseline_are_said),
        PAGE_TEST(what_is_gone_is_said),
        PAGE_TEST(evidence_that_could_not_be_read_says_why),
        PAGE_TEST(the_policy_names_two_digests),
        PAGE_TEST(a_page_that_is_given_up_leaves_nothing),
        PAGE_TEST(a_page_is_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
