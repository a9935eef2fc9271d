/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "rendering.h"

/* The page of a run that meets the evidence so many times. */
static const char *render_with(struct rendering *rendering, size_t pieces,
                               const struct totals *totals)
{
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = &html_format,
                            .run = &rendering->run,
                            .stream = open_memstream(&text, &len),
                            .arena = rendering->arena};
    assert_non_null(output.stream);
    html_format.begin(&output);
    for (size_t i = 0; i < pieces; i++)
        report_add(&output, &rendering->audited);
    html_format.end(&output, totals);
    assert_int_equal(output.error, 0);
    fclose(output.stream);
    char *copy = arena_strndup(rendering->arena, text, len);
    assert_int_equal(strlen(copy), len);
    free(text);
    return copy;
}

static const char *render(struct rendering *rendering, size_t pieces)
{
    static const struct totals totals = {0};
    return render_with(rendering, pieces, &totals);
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
    struct rendering *rendering = *state;
    struct regval value = {.name = "v", .state = VALUE_OK, .type = REG_SZ, .text = "v"};
    struct waiver waiver = {.owner = "x", .reason = "x", .expires = "2027-01-31"};
    rendering->findings[0].value = &value;
    rendering->findings[0].waiver = &waiver;
    rendering->snapshot.hive = (struct hive_facts){.known = true, .file_name = ""};
    const char **places[] = {
        &rendering->audited.name,
        &rendering->origin.key,
        &rendering->origin.name,
        &rendering->findings[0].message,
        &rendering->snapshot.os.product,
        &rendering->snapshot.os.display_version,
        &value.name,
        &value.text,
        &waiver.owner,
        &waiver.reason,
        &rendering->run.labels.case_name,
        &rendering->run.labels.examiner,
        &rendering->run.labels.exhibit,
        &rendering->run.labels.note,
        &rendering->run.golden,
        &rendering->run.baseline,
        &rendering->rules[0].id,
        &rendering->snapshot.hive.file_name,
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *saved = *places[i];
        *places[i] = HOSTILE;
        const char *text = render(rendering, 2);
        assert_harmless(text);
        assert_says(text, HOSTILE_ESCAPED);
        *places[i] = saved;
    }
}

static void hostile_diagnostics_are_escaped(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_INCOMPLETE, HOSTILE, "value \"%s\"", HOSTILE);
    const char *text = render(rendering, 1);
    assert_harmless(text);
    assert_says(text, "<code>" HOSTILE_ESCAPED "</code> value &quot;" HOSTILE_ESCAPED "&quot;");
}

/* A rule file is its user's: its references lead nowhere but to the web. */
static void only_an_address_of_the_web_is_a_link(void **state)
{
    struct rendering *rendering = *state;
    const char *references[] = {"javascript:alert(1)", "https://example.org/?a=\"&b"};
    rendering->rules[0].references = (struct strings){references, 2};
    const char *text = render(rendering, 1);
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
    struct rendering *rendering = *state;
    struct finding findings[2] = {rendering->findings[0], rendering->findings[0]};
    uint8_t bytes[2][200] = {{0}, {[199] = 1}};
    struct pair_detail pairs[2] = {{.atr = {bytes[0], 200}}, {.atr = {bytes[1], 200}}};
    for (int i = 0; i < 2; i++)
        findings[i].pair = &pairs[i];
    rendering->audited.findings = (struct findings){findings, 2};
    assert_int_equal(count_of(render(rendering, 1), "<article"), 2);
}

static void findings_below_the_least_severity_are_not_shown(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].severity = SEVERITY_NOTE;
    rendering->run.min_severity = SEVERITY_WARNING;
    const char *text = render(rendering, 1);
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
    struct rendering *rendering = *state;
    rendering->audited.name = "/fleet/host/SOFTWARE";
    const char *text = render(rendering, 2);
    assert_says(text, "All items are below <bdi>/fleet/host/</bdi>");
    assert_says(text, "<a href=\"#e1\">1</a> <bdi>SOFTWARE</bdi>");
}

static void lines_of_findings_have_a_limit_that_is_said(void **state)
{
    struct rendering *rendering = *state;
    struct finding *findings = arena_alloc(rendering->arena, 30000, sizeof *findings);
    for (size_t i = 0; i < 30000; i++)
        findings[i] = rendering->findings[0];
    rendering->audited.findings = (struct findings){findings, 30000};
    const char *text = render(rendering, 1);
    assert_says(text, "<strong>Not all is listed.</strong>");
    assert_int_equal(count_of(text, "<tr class=\"error\"><td class=\"severity\">error<td><a"),
                     25000);
}

static void drawings_have_a_limit_that_is_said(void **state)
{
    struct rendering *rendering = *state;
    struct finding findings[30];
    char *message = arena_alloc(rendering->arena, 1 << 20, 1);
    memset(message, 'x', (1 << 20) - 1);
    for (size_t i = 0; i < 30; i++) {
        findings[i] = rendering->findings[0];
        findings[i].message = arena_printf(rendering->arena, "%zu%s", i, message);
    }
    rendering->audited.findings = (struct findings){findings, 30};
    const char *text = render(rendering, 1);
    assert_says(text, "<strong>Not all is drawn.</strong>");
    assert_int_equal(count_of(text, "<article"), 23);
    assert_int_equal(count_of(text, "<td><a href=\"#f"), 23);
}

static void the_exit_status_is_said_in_words(void **state)
{
    struct rendering *rendering = *state;
    static const char *const words[] = {"All evidence was audited, and nothing fails the audit",
                                        "Findings fail the audit", "nothing can be relied on",
                                        "not all evidence could be read"};
    for (int i = 0; i < 4; i++) {
        const struct totals totals = {.exit_status = i};
        assert_says(render_with(rendering, 1, &totals), words[i]);
    }
}

static void a_waiver_and_the_baseline_are_said(void **state)
{
    struct rendering *rendering = *state;
    struct waiver waiver = {
        .rule = "a-one", .owner = "J. Doe", .reason = "ticket", .expires = "2027-01-31"};
    rendering->findings[0].waiver = &waiver;
    rendering->findings[0].baseline = BASELINE_NEW;
    const char *text = render(rendering, 1);
    assert_says(text, "<small>new</small>");
    assert_says(text, "<small>waived until 2027-01-31, J. Doe: ticket</small>");
    waiver.is_expired = true;
    assert_says(render(rendering, 1),
                "<small>waiver expired on 2027-01-31, J. Doe: ticket</small>");
}

static void what_is_gone_is_said(void **state)
{
    struct rendering *rendering = *state;
    const struct old_finding gone = {.rule = "old-rule",
                                     .severity = "error",
                                     .view = "native",
                                     .key = "K",
                                     .message = "was wrong"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    assert_says(render(rendering, 1), "<li>error old-rule: was wrong");
}

static void evidence_that_could_not_be_read_says_why(void **state)
{
    struct rendering *rendering = *state;
    struct snapshot nothing = {0};
    rendering->audited.status = EVIDENCE_FAILED;
    rendering->audited.snapshot = &nothing;
    rendering->audited.findings.count = 0;
    diag_add(&rendering->diags, DIAG_FAILED, NULL, "no hive");
    const char *text = render(rendering, 1);
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
    struct rendering *rendering = *state;
    struct output output = {.format = &html_format,
                            .run = &rendering->run,
                            .stream = tmpfile(),
                            .arena = rendering->arena};
    html_format.begin(&output);
    report_add(&output, &rendering->audited);
    html_format.discard(&output);
    fclose(output.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERING_TEST(hostile_text_is_escaped_wherever_it_stands),
        RENDERING_TEST(hostile_diagnostics_are_escaped),
        RENDERING_TEST(only_an_address_of_the_web_is_a_link),
        RENDERING_TEST(a_finding_says_what_where_and_when),
        RENDERING_TEST(a_finding_of_several_pieces_is_drawn_once),
        RENDERING_TEST(of_many_places_the_first_are_listed_and_all_are_said),
        RENDERING_TEST(findings_that_differ_in_their_bytes_alone_are_drawn_apart),
        RENDERING_TEST(findings_below_the_least_severity_are_not_shown),
        RENDERING_TEST(the_matrix_is_for_several_pieces),
        RENDERING_TEST(the_matrix_leaves_out_the_folder_of_all),
        RENDERING_TEST(lines_of_findings_have_a_limit_that_is_said),
        RENDERING_TEST(drawings_have_a_limit_that_is_said),
        RENDERING_TEST(the_exit_status_is_said_in_words),
        RENDERING_TEST(a_waiver_and_the_baseline_are_said),
        RENDERING_TEST(what_is_gone_is_said),
        RENDERING_TEST(evidence_that_could_not_be_read_says_why),
        RENDERING_TEST(the_policy_names_two_digests),
        RENDERING_TEST(a_page_that_is_given_up_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
