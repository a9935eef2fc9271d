/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "rendering.h"

static const struct totals no_totals;

/* The page of a run that meets these. */
static const char *render_all(struct rendering *rendering, const struct audited *audited,
                              size_t count, const struct totals *totals)
{
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = &html_format,
                            .run = &rendering->run,
                            .stream = open_memstream(&text, &len),
                            .arena = rendering->arena};
    assert_non_null(output.stream);
    html_format.begin(&output);
    for (size_t i = 0; i < count; i++)
        report_add(&output, &audited[i]);
    html_format.end(&output, totals);
    assert_int_equal(output.error, 0);
    fclose(output.stream);
    char *copy = arena_strndup(rendering->arena, text, len);
    assert_int_equal(strlen(copy), len);
    free(text);
    return copy;
}

/* That of one that meets the evidence so many times. */
static const char *render_with(struct rendering *rendering, size_t pieces,
                               const struct totals *totals)
{
    struct audited *audited = arena_alloc(rendering->arena, pieces, sizeof *audited);
    for (size_t i = 0; i < pieces; i++)
        audited[i] = rendering->audited;
    return render_all(rendering, audited, pieces, totals);
}

static const char *render(struct rendering *rendering, size_t pieces)
{
    return render_with(rendering, pieces, &no_totals);
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
    struct regval golden = value;
    struct waiver waiver = {.rule = "x",
                            .key = "x",
                            .evidence = "x",
                            .owner = "x",
                            .reason = "x",
                            .expires = "2027-01-31"};
    const struct waivers waivers = {.items = &waiver, .count = 1};
    struct old_finding gone = {"x", "x", "error", "x", "x", NULL, "x"};
    struct input_record input = {.name = "x", .role = "evidence"};
    const char *missing = "x";
    const struct totals totals = {
        .waivers = &waivers, .missing = &missing, .nmissing = 1, .inputs = &input, .ninputs = 1};
    rendering->run.now = "2026-01-31";
    rendering->snapshot.system = (struct system_config){.state = SYSTEM_FAILED, .name = "x"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    rendering->findings[0].value = &value;
    rendering->findings[0].golden = &golden;
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
        &rendering->snapshot.hive.lost,
        &rendering->snapshot.system.name,
        &golden.text,
        &waiver.rule,
        &waiver.key,
        &waiver.evidence,
        &gone.rule,
        &gone.view,
        &gone.key,
        &gone.message,
        &input.name,
        &missing,
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *saved = *places[i];
        *places[i] = HOSTILE;
        const char *text = render_with(rendering, 2, &totals);
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

static void a_finding_says_where_else_it_is_true(void **state)
{
    struct rendering *rendering = *state;
    const unsigned shadows[] = {1, 3};
    struct finding *finding = &rendering->findings[0];
    finding->timing = TIMING_AFTER;
    finding->has_history = true;
    finding->shadows = shadows;
    finding->nshadows = 2;
    finding->archs = 1u << ARCH_ARM64;
    rendering->rules[0].remedy = "Do\nthis.";
    const char *text = render(rendering, 1);
    assert_int_equal(count_of(text, "<small>only with the logs replayed"), 2);
    assert_int_equal(count_of(text, "<small>in shadow copies 1, 3</small>"), 2);
    assert_says(text, "<dt>On<dd>arm64\n");
    assert_says(text, "<dt>Remedy<dd>Do this.\n");
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
    static const uint8_t zeros[200], other[200] = {[199] = 1};
    const struct slice same = {zeros, 200}, differs = {other, 200};
    const struct pair_detail plain = {same, same, .repaired = same, .marked = zeros};
    struct pair_detail pairs[] = {plain, plain, plain, plain, plain};
    struct regval values[] = {{.name = "v", .raw = same}, {.name = "v", .raw = differs}};
    pairs[1].atr = pairs[2].mask = pairs[3].repaired = differs;
    pairs[4].marked = other;
    struct finding findings[6];
    for (size_t i = 0; i < 6; i++) {
        findings[i] = rendering->findings[0];
        findings[i].pair = &pairs[i % 5];
        findings[i].value = &values[i / 5];
    }
    rendering->audited.findings = (struct findings){findings, 6};
    assert_int_equal(count_of(render(rendering, 1), "<article"), 6);
}

static void findings_below_the_least_severity_are_not_shown(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].severity = SEVERITY_NOTE;
    rendering->run.min_severity = SEVERITY_WARNING;
    const struct old_finding gone = {"f", "old-rule", "note", "native", "K", NULL, "was wrong"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    const char *text = render(rendering, 1);
    assert_silent(text, "<article");
    assert_silent(text, "<table class=\"lines\"");
    assert_silent(text, "was wrong");
    assert_says(text, "<span class=\"count note\">1 note</span>");
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
    rendering->audited.name = "/fleet/<i>/SOFTWARE";
    const char *text = render(rendering, 2);
    assert_says(text, "All items are below <bdi>/fleet/&lt;i&gt;/</bdi>");
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
    rendering->run.ncards = 1;
    const struct totals totals = {.exit_status = 1};
    assert_says(render_with(rendering, 1, &totals), "A card pairs with no entry");
}

/* Both pieces have what one of them has of a-one and b-two; c-three is worse, and of one alone. */
static void the_worst_rule_comes_first_then_the_most_frequent(void **state)
{
    struct rendering *rendering = *state;
    struct finding *findings = rendering->findings;
    findings[0].severity = findings[1].severity = findings[3].severity = SEVERITY_WARNING;
    findings[3].rule = &rendering->rules[1];
    struct audited both[] = {rendering->audited, rendering->audited};
    both[0].name = "/fleet/ab/1";
    both[0].findings.count = 4;
    both[1].name = "/fleet/ac/2";
    both[1].status = EVIDENCE_INCOMPLETE;
    both[1].findings.items = findings + 1;
    const char *text = render_all(rendering, both, 2, &no_totals);
    const char *rules = strstr(text, "<table class=\"rules\">");
    const char *matrix = strstr(text, "<div class=\"scroll matrix");
    assert_says(rules, "<a href=\"#r1\">c-three</a><td>Title<td class=\"number\">1"
                       "<td class=\"number\">1<");
    assert_says(rules, "<a href=\"#r2\">b-two</a><td>Title<td class=\"number\">3"
                       "<td class=\"number\">2<");
    assert_says(rules, "<a href=\"#r3\">a-one</a>");
    assert_says(text, "<span class=\"count warning\">3 warnings</span>");
    assert_says(matrix, "<bdi>/fleet/</bdi>");
    assert_says(matrix, "<bdi>ab/1</bdi><td class=\"error\">E1<td class=\"warning\">W2"
                        "<td class=\"warning\">W1\n");
    assert_says(matrix, "<bdi>ac/2</bdi> <em>incomplete</em><td><td class=\"warning\">W1<td>\n");
    const char *section = strstr(text, "<section class=\"rule\"");
    assert_true(strstr(section, "c-three") < strstr(section, "b-two"));
    assert_says(section, "<article class=\"finding warning\"");
}

static void the_record_says_what_became_of_waivers_files_and_the_baseline(void **state)
{
    struct rendering *rendering = *state;
    struct waiver waiver = {.rule = "a-one",
                            .owner = "J. Doe",
                            .reason = "ticket",
                            .expires = "2027-01-31",
                            .nfindings = 7};
    const struct waivers waivers = {.items = &waiver, .count = 1};
    const struct input_record inputs[] = {
        {.name = "good", .role = "evidence", .has_before = true, .has_after = true},
        {.name = "bad", .role = "log", .has_before = true, .has_after = true, .after = {0xab}}};
    const char *missing[1001];
    for (size_t i = 0; i < 1001; i++)
        missing[i] = "lost";
    const struct totals totals = {.evidence = {1, 2, 3},
                                  .new = 11,
                                  .unchanged = 12,
                                  .gone = 13,
                                  .waived = 21,
                                  .expired = 22,
                                  .waivers = &waivers,
                                  .missing = missing,
                                  .nmissing = 1001,
                                  .inputs = inputs,
                                  .ninputs = 2};
    rendering->run.baseline = "old.json";
    rendering->run.now = "2026-01-31";
    const char *text = render_with(rendering, 1, &totals);
    assert_says(text, "1 complete, 2 incomplete, 3 failed");
    assert_says(text, "11 new, 12 unchanged, 13 gone");
    assert_says(text, "21 findings waived, 22 with an expired waiver, as of 2026-01-31");
    assert_says(text, "<code>any</code><td><code>any</code>");
    assert_says(text, ">2027-01-31<td>J. Doe<td>ticket<td>used<td class=\"number\">7");
    assert_int_equal(count_of(text, "<li><bdi>lost</bdi>"), 1000);
    assert_says(text, "and 1 more");
    assert_says(text, "<td>unchanged\n");
    assert_says(text, "<br><code>ab00");
    assert_says(text, "<td><strong>changed while it was audited</strong>\n");
    assert_says(text, "The baseline has no evidence of this name: all of it is new.");
}

static void what_could_not_be_read_as_a_whole_is_said(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.hive =
        (struct hive_facts){.known = true, .file_name = "", .lost = "log 1 is missing"};
    rendering->snapshot.system = (struct system_config){.state = SYSTEM_FAILED, .name = "SYSTEM"};
    rendering->snapshot.views[VIEW_NATIVE].nread = 12;
    rendering->snapshot.views[VIEW_NATIVE].nlisted = 14;
    const char *text = render(rendering, 1);
    assert_says(text, "<dt>Lost<dd>log 1 is missing");
    assert_says(text, "<dt>SYSTEM hive<dd><code>SYSTEM</code>\n<dt>State<dd>not read");
    assert_says(text, "native: 12 of 14 entries read as a whole");
}

/* A hive whose entries take cards from each other, and one that does not. */
static void entries_are_escaped_and_listed_where_they_take_cards(void **state)
{
    struct rendering *rendering = *state;
    const char *cards = "[Microsoft\\Cryptography\\Calais\\SmartCards\\";
    const struct reading *reading = support_read(
        rendering->arena,
        support_build(rendering->arena,
                      arena_printf(rendering->arena,
                                   SUPPORT_WINDOWS_10
                                   "%s<b>&]\n\"ATR\"=hex:3b,01\n\"ATRMask\"=hex:ff,ff\n"
                                   "%sB]\n\"ATR\"=hex:3b,01\n\"ATRMask\"=hex:ff,0f\n"
                                   "\"80000001\"=\"<i>.dll\"\n"
                                   "%sAlone]\n\"ATR\"=hex:3b,02\n\"ATRMask\"=\"<b>\"\n",
                                   cards, cards, cards)));
    rendering->audited.snapshot = &reading->snapshot;
    for (int i = 0; i < 2; i++) {
        rendering->run.inventory = i;
        const char *text = strstr(render(rendering, 1), "<table class=\"inventory\">");
        assert_non_null(text);
        assert_says(text, "<bdi>&lt;b&gt;&amp;</bdi><td>native<td><code>3b 01</code><br>"
                          "mask all ff");
        assert_says(text, "<bdi>B</bdi><td>native<td><code>3b 01</code><br><code>ff 0f</code>");
        assert_says(text, "&lt;i&gt;.dll");
        assert_silent(text, "<b>");
        assert_int_equal(count_of(text, "<bdi>Alone</bdi>"), i);
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
    assert_int_equal(count_of(text, "='; "), 2);
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
        RENDERING_TEST(a_finding_says_where_else_it_is_true),
        RENDERING_TEST(a_finding_of_several_pieces_is_drawn_once),
        RENDERING_TEST(of_many_places_the_first_are_listed_and_all_are_said),
        RENDERING_TEST(findings_that_differ_in_their_bytes_alone_are_drawn_apart),
        RENDERING_TEST(findings_below_the_least_severity_are_not_shown),
        RENDERING_TEST(the_matrix_is_for_several_pieces),
        RENDERING_TEST(the_matrix_leaves_out_the_folder_of_all),
        RENDERING_TEST(lines_of_findings_have_a_limit_that_is_said),
        RENDERING_TEST(drawings_have_a_limit_that_is_said),
        RENDERING_TEST(the_exit_status_is_said_in_words),
        RENDERING_TEST(the_worst_rule_comes_first_then_the_most_frequent),
        RENDERING_TEST(the_record_says_what_became_of_waivers_files_and_the_baseline),
        RENDERING_TEST(what_could_not_be_read_as_a_whole_is_said),
        RENDERING_TEST(entries_are_escaped_and_listed_where_they_take_cards),
        RENDERING_TEST(a_waiver_and_the_baseline_are_said),
        RENDERING_TEST(what_is_gone_is_said),
        RENDERING_TEST(evidence_that_could_not_be_read_says_why),
        RENDERING_TEST(the_policy_names_two_digests),
        RENDERING_TEST(a_page_that_is_given_up_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
