/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include "rendering.h"

static const char *render(struct rendering *rendering)
{
    return rendering_of(rendering, &junit_format);
}

/* What a case holds; "" where it is empty. */
static const char *case_of(struct rendering *rendering, const char *name)
{
    const char *xml = render(rendering);
    const char *start = arena_printf(rendering->arena, "name=\"%s\" time=\"0\"", name);
    const char *at = strstr(xml, start), *end;
    if (!at)
        fail_msg("there is no case %s in:\n%s", name, xml);
    at += strlen(start);
    if (*at == '/')
        return "";
    end = strstr(at, "</testcase>");
    assert_non_null(end);
    return arena_strndup(rendering->arena, at, (size_t)(end - at));
}

static void each_rule_that_was_judged_is_a_case(void **state)
{
    struct rendering *rendering = *state;
    const char *xml = render(rendering);
    assert_says(xml, "tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"0\"");
    assert_says(case_of(rendering, "a-one"), "<failure type=\"error\" message=\"what is wrong\">");
    assert_string_equal(case_of(rendering, "b-two"), "");
    rendering->rules[1].enabled = false;
    assert_silent(render(rendering), "b-two");
}

static void several_findings_of_a_rule_are_one_failure(void **state)
{
    struct rendering *rendering = *state;
    rendering->audited.findings.count = 3;
    rendering->findings[1].rule = rendering->findings[2].rule = &rendering->rules[0];
    rendering->findings[0].severity = SEVERITY_NOTE;
    rendering->findings[1].message = "first";
    rendering->findings[2].message = "second";
    assert_says(render(rendering), "failures=\"1\"");
    const char *test = case_of(rendering, "a-one");
    assert_says(test, "message=\"first (and 1 more)\">error: first\n");
    assert_says(test, "error: second\n");
    assert_says(test, "<system-out>note: what is wrong\n");
}

static void findings_that_do_not_fail_the_run_are_output(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].severity = SEVERITY_NOTE;
    assert_silent(case_of(rendering, "a-one"), "<failure");
    assert_says(case_of(rendering, "a-one"), "<system-out>note: what is wrong\n");
    rendering->findings[0].severity = SEVERITY_ERROR;
    rendering->findings[0].timing = TIMING_BEFORE;
    assert_silent(case_of(rendering, "a-one"), "<failure");
    rendering->findings[0].timing = TIMING_BOTH;
    rendering->run.fail.never = true;
    assert_silent(case_of(rendering, "a-one"), "<failure");
    assert_says(case_of(rendering, "a-one"), "<system-out>");
    rendering->findings[0].severity = SEVERITY_NOTE;
    rendering->run.min_severity = SEVERITY_WARNING;
    assert_silent(case_of(rendering, "a-one"), "what is wrong");
}

static void where_only_new_findings_fail_an_old_one_does_not(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].baseline = BASELINE_UNCHANGED;
    assert_says(case_of(rendering, "a-one"), "<failure");
    rendering->run.fail.only_new = true;
    assert_silent(case_of(rendering, "a-one"), "<failure");
    assert_says(case_of(rendering, "a-one"), "unchanged against the baseline\n");
    rendering->findings[0].baseline = BASELINE_NEW;
    assert_says(case_of(rendering, "a-one"), "<failure");
}

static void a_waived_finding_is_skipped_and_stays_visible(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].waiver = &rendering->waiver;
    assert_says(render(rendering), "failures=\"0\" errors=\"0\" skipped=\"1\"");
    const char *test = case_of(rendering, "a-one");
    assert_says(test, "<skipped message=\"waived by A. Owner until 2027-01-31: known\"/>");
    assert_says(test, "<system-out>error: what is wrong\n");
    assert_says(test, "  waived by A. Owner until 2027-01-31: known\n");
}

static void one_waived_finding_does_not_excuse_another(void **state)
{
    struct rendering *rendering = *state;
    rendering->audited.findings.count = 2;
    rendering->findings[1].rule = &rendering->rules[0];
    rendering->findings[0].waiver = &rendering->waiver;
    assert_says(render(rendering), "failures=\"1\" errors=\"0\" skipped=\"0\"");
    rendering->findings[1].waiver = &rendering->waiver;
    assert_says(case_of(rendering, "a-one"), "known (and 1 more)\"/>");
}

static void an_expired_waiver_excuses_nothing(void **state)
{
    struct rendering *rendering = *state;
    rendering->waiver.is_expired = true;
    rendering->findings[0].waiver = &rendering->waiver;
    assert_says(case_of(rendering, "a-one"), "<failure");
    assert_says(case_of(rendering, "a-one"), "  was waived by A. Owner until 2027-01-31: known\n");
}

static void evidence_that_was_not_read_is_an_error_and_passes_nothing(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_NOTE, NULL, "worth saying");
    diag_add(&rendering->diags, DIAG_INCOMPLETE, NULL, "some is missing");
    diag_add(&rendering->diags, DIAG_FAILED, "K", "no hive");
    rendering->audited.status = EVIDENCE_FAILED;
    rendering->audited.findings.count = 0;
    assert_says(render(rendering), "tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\"");
    const char *test = case_of(rendering, "audit");
    assert_says(test, "<error type=\"failed\" message=\"no hive\">some is missing\nK: no hive\n");
    assert_says(test, "<system-out>worth saying\n</system-out>");
}

static void incomplete_evidence_is_an_error_beside_its_rules(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_INCOMPLETE, NULL, "some is missing");
    rendering->audited.status = EVIDENCE_INCOMPLETE;
    assert_says(render(rendering), "tests=\"5\" failures=\"1\" errors=\"1\"");
    assert_says(case_of(rendering, "audit"), "<error type=\"incomplete\"");
}

static void findings_that_are_gone_are_output_of_the_audit(void **state)
{
    struct rendering *rendering = *state;
    const struct old_finding gone = {
        .rule = "old-rule", .severity = "error", .message = "was <wrong>"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    assert_says(case_of(rendering, "audit"),
                "<system-out>gone since the baseline: old-rule: was &lt;wrong&gt;\n");
}

static void rules_for_other_evidence_are_no_cases(void **state)
{
    struct rendering *rendering = *state;
    const struct check of_text = {.of_text = true}, of_hive = {.of_hive = true};
    rendering->snapshot.os.build = 7601;
    rendering->rules[1].limits_build = true;
    rendering->rules[1].build_min = 10240;
    rendering->rules[1].build_max = UINT32_MAX;
    rendering->rules[2].check = &of_text;
    rendering->rules[3].check = &of_hive;
    const char *xml = render(rendering);
    assert_silent(xml, "b-two");
    assert_silent(xml, "c-three");
    assert_says(xml, "d-four");
    struct package_facts package = {.kind = PACKAGE_REG};
    rendering->snapshot.package = &package;
    xml = render(rendering);
    assert_says(xml, "c-three");
    assert_silent(xml, "d-four");
}

/* Before its logs were replayed, the hive was of another build. */
static void a_rule_that_found_something_is_a_case_in_any_event(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.os.build = 7601;
    rendering->rules[0].limits_build = true;
    rendering->rules[0].build_min = rendering->rules[0].build_max = 10240;
    rendering->findings[0].timing = TIMING_BEFORE;
    assert_says(case_of(rendering, "a-one"), "<system-out>error: what is wrong\n");
}

static void a_failure_has_what_is_needed_to_act(void **state)
{
    struct rendering *rendering = *state;
    const struct pair_detail pair = {
        .atr = BYTES("\x3b\x01"), .mask = BYTES("\xff\x00"), .repaired = BYTES("\x3b\x00")};
    rendering->findings[0].pair = &pair;
    rendering->origin.line = 7;
    rendering->origin.column = 3;
    rendering->rules[0].effect = "No card\nmatches.";
    rendering->rules[0].remedy = "Store A & B.";
    const char *test = case_of(rendering, "a-one");
    assert_says(test, "\n  native A\\B\n  ATR 3b 01\n  ATRMask ff 00\n  repaired 3b 00\n"
                      "  at SOFTWARE:7:3\neffect: No card matches.\nremedy: Store A &amp; B.\n");
    struct regval value = {.name = "ATR", .state = VALUE_OK, .raw = pair.atr};
    rendering->findings[0].value = &value;
    assert_silent(case_of(rendering, "a-one"), "  ATR = ");
    value.state = VALUE_WRONG_TYPE;
    assert_says(case_of(rendering, "a-one"), "  ATR = ");
}

static void hostile_texts_are_no_markup(void **state)
{
    struct rendering *rendering = *state;
    struct regval value = {.name = "x", .state = VALUE_OK, .type = REG_SZ, .text = "x"};
    struct old_finding gone = {"x", "x", "error", "native", "x", NULL, "x"};
    struct input_record input = {.name = "x", .role = "evidence"};
    struct waiver waiver = {.rule = "x", .place.file = "x"};
    const struct waivers waivers = {.items = &waiver, .count = 1};
    const char *missing = "x";
    const struct totals totals = {
        .waivers = &waivers, .missing = &missing, .nmissing = 1, .inputs = &input, .ninputs = 1};
    const char **places[] = {
        &rendering->audited.name,
        &rendering->origin.key,
        &rendering->findings[0].message,
        &value.name,
        &value.text,
        &rendering->rules[0].effect,
        &rendering->waiver.owner,
        &rendering->waiver.reason,
        &rendering->run.labels.note,
        &rendering->run.baseline,
        &gone.rule,
        &gone.message,
        &input.name,
        &missing,
        &waiver.rule,
        &waiver.place.file,
    };
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    rendering->audited.findings.count = 2;
    rendering->findings[0].value = &value;
    rendering->findings[1].waiver = &rendering->waiver;
    rendering->run.now = "2026-11-21";
    rendering->run.baseline = "x";
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *saved = *places[i];
        *places[i] = "<b>&\033\"";
        const char *xml = rendering_with(rendering, &junit_format, &totals);
        assert_says(xml, "&lt;b&gt;&amp;\\x1b&quot;");
        assert_silent(xml, "<b>");
        assert_silent(xml, "\033");
        *places[i] = saved;
    }
}

static void properties_hold_labels_and_the_windows(void **state)
{
    struct rendering *rendering = *state;
    rendering->run.labels = (struct labels){.case_name = "<1>", .note = "a\nb"};
    rendering->snapshot.os = (struct os_build){
        .product = "Windows 10 Pro", .build = 19045, .ubr = 3803, .has_ubr = true};
    const char *xml = render(rendering);
    assert_says(xml, "<property name=\"case\" value=\"&lt;1&gt;\"/>");
    assert_says(xml, "<property name=\"note\" value=\"a\\x0ab\"/>");
    assert_says(xml, "<property name=\"build\" value=\"19045.3803\"/>");
    assert_silent(xml, "examiner");
    rendering->audited.status = EVIDENCE_FAILED;
    assert_silent(render(rendering), "name=\"build\"");
}

/* What a run comes to, with each of the options that are about all of its evidence. */
static const char *render_run(struct rendering *rendering, bool has_changed)
{
    struct waiver waivers[] = {
        {.rule = "a-one", .key = "K<", .place = {.file = "w.yaml", .line = 2, .column = 5}},
        {.rule = "b-two", .nfindings = 1},
    };
    const struct waivers all = {.items = waivers, .count = 2};
    const struct input_record inputs[] = {
        {.name = "sound", .has_before = true, .has_after = true},
        {.name = "a<", .has_before = true, .has_after = true, .before = {has_changed}},
    };
    const char *missing[] = {"gone&lost"};
    rendering->run.now = "2026-11-21";
    rendering->run.baseline = "old.json";
    return rendering_with(
        rendering, &junit_format,
        &(struct totals){
            .waivers = &all, .inputs = inputs, .ninputs = 2, .missing = missing, .nmissing = 1});
}

static void what_is_wrong_with_the_run_is_a_suite_of_its_own(void **state)
{
    const char *xml = render_run(*state, true);
    assert_says(xml, "  </testsuite>\n  <testsuite name=\"hiveaudit\" tests=\"3\" failures=\"0\" "
                     "errors=\"1\" skipped=\"0\" time=\"0\">\n");
    assert_says(xml, "<error type=\"incomplete\" message=\"1 of 2 files\">"
                     "a&lt;: changed while it was audited\n</error>");
    assert_says(xml, "<system-out>as of 2026-11-21\nw.yaml:2:5: this waiver has waived nothing: "
                     "no finding of a-one in the key &quot;K&lt;&quot;");
    assert_silent(xml, "b-two in");
    assert_says(xml, "<system-out>old.json\nnot in this run: gone&amp;lost\n</system-out>");
}

static void a_run_with_sound_files_has_no_error(void **state)
{
    const char *xml = render_run(*state, false);
    assert_says(xml, "<testsuite name=\"hiveaudit\" tests=\"3\" failures=\"0\" errors=\"0\"");
    assert_says(xml, "<testcase classname=\"hiveaudit\" name=\"inputs\" time=\"0\"/>\n");
}

static void a_run_without_any_of_them_has_no_suite(void **state)
{
    assert_silent(render(*state), "<testsuite name=\"hiveaudit\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERING_TEST(each_rule_that_was_judged_is_a_case),
        RENDERING_TEST(several_findings_of_a_rule_are_one_failure),
        RENDERING_TEST(findings_that_do_not_fail_the_run_are_output),
        RENDERING_TEST(where_only_new_findings_fail_an_old_one_does_not),
        RENDERING_TEST(a_waived_finding_is_skipped_and_stays_visible),
        RENDERING_TEST(one_waived_finding_does_not_excuse_another),
        RENDERING_TEST(an_expired_waiver_excuses_nothing),
        RENDERING_TEST(evidence_that_was_not_read_is_an_error_and_passes_nothing),
        RENDERING_TEST(incomplete_evidence_is_an_error_beside_its_rules),
        RENDERING_TEST(findings_that_are_gone_are_output_of_the_audit),
        RENDERING_TEST(rules_for_other_evidence_are_no_cases),
        RENDERING_TEST(a_rule_that_found_something_is_a_case_in_any_event),
        RENDERING_TEST(a_failure_has_what_is_needed_to_act),
        RENDERING_TEST(hostile_texts_are_no_markup),
        RENDERING_TEST(properties_hold_labels_and_the_windows),
        RENDERING_TEST(what_is_wrong_with_the_run_is_a_suite_of_its_own),
        RENDERING_TEST(a_run_with_sound_files_has_no_error),
        RENDERING_TEST(a_run_without_any_of_them_has_no_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
