/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include "json_at.h"
#include "rendering.h"

static void release(void *root)
{
    json_decref(root);
}

/* The only run of the report, which lives as long as the arena. */
static json_t *run_with(struct rendering *rendering, const struct totals *totals)
{
    const char *text = rendering_with(rendering, &sarif_format, totals);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    arena_on_free(rendering->arena, release, root);
    assert_int_equal(json_array_size(json_at(root, "runs")), 1);
    return json_at(root, "runs.0");
}

static json_t *run_of(struct rendering *rendering)
{
    static const struct totals totals = {.evidence = {1, 0, 0}};
    return run_with(rendering, &totals);
}

static void assert_count(json_t *array, size_t count)
{
    assert_true(json_is_array(array));
    assert_int_equal(json_array_size(array), count);
}

#define REGION  "results.0.locations.0.physicalLocation.region"
#define LOGICAL "results.0.locations.0.logicalLocations"

static void a_result_has_its_rule_level_and_fingerprint(void **state)
{
    struct rendering *rendering = *state;
    rendering->audited.findings.items = &rendering->findings[2];
    rendering->findings[2].severity = SEVERITY_NOTE;
    rendering->rules[1].enabled = false;
    json_t *run = run_of(rendering);
    assert_count(json_at(run, "tool.driver.rules"), 3);
    assert_string(json_at(run, "results.0.ruleId"), "c-three");
    assert_integer(json_at(run, "results.0.ruleIndex"), 1);
    assert_string(json_at(run, "tool.driver.rules.1.id"), "c-three");
    assert_string(json_at(run, "tool.driver.rules.1.defaultConfiguration.level"), "error");
    assert_string(json_at(run, "results.0.level"), "note");
    assert_string(json_at(run, "results.0.message.text"), "what is wrong");
    assert_string(
        json_object_get(json_at(run, "results.0.partialFingerprints"), "hiveauditFingerprint/v1"),
        finding_fingerprint(rendering->arena, &rendering->findings[2]));
    assert_null(json_at(run, "results.0.suppressions"));
    assert_null(json_at(run, "results.0.baselineState"));
}

static void a_finding_lies_in_the_cell_of_its_key(void **state)
{
    struct rendering *rendering = *state;
    rendering->audited.size = 0x8c8200 + 80;
    json_t *run = run_of(rendering);
    assert_integer(json_at(run, REGION ".startLine"), 1);
    assert_integer(json_at(run, REGION ".byteOffset"), 0x8c8200);
    assert_integer(json_at(run, REGION ".byteLength"), 80);
    rendering->audited.size--; /* the logs have made the hive longer than its file */
    run = run_of(rendering);
    assert_integer(json_at(run, REGION ".startLine"), 1);
    assert_null(json_at(run, REGION ".byteOffset"));
    rendering->audited.size = 79;
    assert_null(json_at(run_of(rendering), REGION ".byteOffset"));
}

static void a_finding_without_a_cell_has_a_line(void **state)
{
    struct rendering *rendering = *state;
    rendering->origin.offset = 0;
    json_t *run = run_of(rendering);
    assert_integer(json_at(run, REGION ".startLine"), 1);
    assert_null(json_at(run, REGION ".byteOffset"));
    rendering->origin.line = 7;
    rendering->origin.column = 3;
    run = run_of(rendering);
    assert_integer(json_at(run, REGION ".startLine"), 7);
    assert_integer(json_at(run, REGION ".startColumn"), 3);
}

static void keys_and_values_are_named_from_the_root(void **state)
{
    struct rendering *rendering = *state;
    struct regval value = {.name = "ATR"};
    assert_string(json_at(run_of(rendering), LOGICAL ".0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\B");
    assert_string(json_at(run_of(rendering), LOGICAL ".0.kind"), "key");
    rendering->findings[0].value = &value;
    json_t *run = run_of(rendering);
    assert_string(json_at(run, LOGICAL ".0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\B\\ATR");
    assert_string(json_at(run, LOGICAL ".0.kind"), "value");
    value.name = "";
    assert_string(json_at(run_of(rendering), LOGICAL ".0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\B\\(default)");
}

static void a_fault_of_a_text_lies_in_no_registry(void **state)
{
    struct rendering *rendering = *state;
    static const struct check check = {.name = "text"};
    rendering->rules[0].check = &check;
    rendering->origin = (struct origin){.key = "[Version]", .view = VIEW_NONE, .line = 1};
    assert_string(json_at(run_of(rendering), LOGICAL ".0.fullyQualifiedName"), "[Version]");
    rendering->origin.key = "";
    assert_null(json_at(run_of(rendering), LOGICAL));
}

static void the_system_hive_is_an_artifact_of_its_own(void **state)
{
    struct rendering *rendering = *state;
    struct system_config *system = &rendering->snapshot.system;
    *system =
        (struct system_config){.state = SYSTEM_READ, .name = "SYSTEM", .hive.has_digest = true};
    rendering->findings[0].in_system = true;
    json_t *run = run_of(rendering);
    assert_count(json_at(run, "artifacts"), 2);
    assert_string(json_at(run, "artifacts.1.location.uri"), "SYSTEM");
    assert_int_equal(
        strlen(json_string_value(json_object_get(json_at(run, "artifacts.1.hashes"), "sha-256"))),
        64);
    assert_integer(json_at(run, "results.0.locations.0.physicalLocation.artifactLocation.index"),
                   1);
    assert_integer(json_at(run, REGION ".byteOffset"), 0x8c8200);
    assert_string(json_at(run, LOGICAL ".0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SYSTEM\\A\\B");
    system->state = SYSTEM_FAILED;
    assert_count(json_at(run_of(rendering), "artifacts"), 2);
}

/* A NUL, a lone surrogate, a mark that turns the direction, a line break. */
static void hostile_names_are_escaped(void **state)
{
    struct rendering *rendering = *state;
    rendering->origin.key = "a\xc0\x80\xed\xa0\x80\xe2\x80\xae\n<b>\"";
    rendering->findings[0].message = rendering->origin.key;
    json_t *run = run_of(rendering);
    assert_string(json_at(run, LOGICAL ".0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SOFTWARE\\a\\x00\\ud800\\u202e\\x0a<b>\"");
    assert_string(json_at(run, "results.0.message.text"), "a\\x00\\ud800\\u202e\\x0a<b>\"");
}

static void names_are_no_placeholders_and_no_links(void **state)
{
    struct rendering *rendering = *state;
    rendering->findings[0].message = "{0} [a](http://b) [c] (d) \\[e\\](f)";
    assert_string(json_at(run_of(rendering), "results.0.message.text"),
                  "{{0}} [a]\\(http://b) [c] (d) \\[e\\]\\(f)");
}

static void long_names_are_cut(void **state)
{
    struct rendering *rendering = *state;
    char *name = arena_alloc(rendering->arena, 50001, 1);
    memset(name, 'x', 50000);
    struct regval value = {.name = name};
    rendering->findings[0].value = &value;
    json_t *full = json_at(run_of(rendering), LOGICAL ".0.fullyQualifiedName");
    assert_in_range(json_string_length(full), 1000, 1010);
}

static void what_there_is_besides_is_a_property(void **state)
{
    struct rendering *rendering = *state;
    static const uint8_t marked[] = {0, 0, 1};
    const struct pair_detail pair = {
        .atr = BYTES("\x3b\x04\xff"), .mask = BYTES("\xff\xff\x00"), .marked = marked};
    rendering->findings[0].pair = &pair;
    rendering->origin.view = VIEW_WOW6432NODE;
    json_t *properties = json_at(run_of(rendering), "results.0.properties");
    assert_string(json_at(properties, "view"), "wow6432node");
    assert_string(json_at(properties, "severity"), "error");
    assert_string(json_at(properties, "last_write"), "2012-04-07T20:57:14.7342920Z");
    assert_string(json_at(properties, "pair.atr"), "3b04ff");
    assert_string(json_at(properties, "pair.mask"), "ffff00");
    assert_integer(json_at(properties, "pair.offending_bytes.0"), 2);
    assert_null(json_at(properties, "message"));
}

static void findings_below_what_is_shown_are_left_out(void **state)
{
    struct rendering *rendering = *state;
    struct old_finding gone = {.fingerprint = "f",
                               .rule = "a-one",
                               .severity = "note",
                               .view = "native",
                               .key = "K",
                               .message = "m"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    rendering->run.min_severity = SEVERITY_ERROR;
    rendering->findings[0].severity = SEVERITY_WARNING;
    assert_count(json_at(run_of(rendering), "results"), 0);
}

/* The earlier report may have any text, as here a NUL and a rule that is no more. */
static void a_baseline_makes_states(void **state)
{
    struct rendering *rendering = *state;
    struct old_finding gone = {.fingerprint = "f\xc0\x80",
                               .rule = "a\xc0\x80",
                               .severity = "error",
                               .view = "wow6432node",
                               .key = "K",
                               .value = "V",
                               .message = "m"};
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    rendering->audited.findings.count = 4;
    rendering->findings[0].baseline = BASELINE_NEW;
    rendering->findings[1].baseline = BASELINE_UNCHANGED;
    rendering->findings[2].timing = TIMING_BEFORE;
    rendering->run.baseline = "earlier.json";
    json_t *root = json_loads(rendering_of(rendering, &sarif_format), JSON_ALLOW_NUL, NULL);
    json_t *run = json_at(root, "runs.0");
    assert_string(json_at(run, "results.0.baselineState"), "new");
    assert_string(json_at(run, "results.1.baselineState"), "unchanged");
    assert_string(json_at(run, "results.2.baselineState"), "absent");
    assert_string(json_at(run, "results.3.baselineState"), "unchanged");
    assert_string(json_at(run, "results.4.baselineState"), "absent");
    assert_null(json_at(run, "results.4.ruleIndex"));
    assert_integer(json_at(run, "results.4.locations.0.physicalLocation.region.startLine"), 1);
    assert_string(json_at(run, "results.4.locations.0.logicalLocations.0.fullyQualifiedName"),
                  "HKEY_LOCAL_MACHINE\\SOFTWARE\\K\\V");
    assert_string(json_at(run, "properties.baseline"), "earlier.json");
    json_decref(root);
    gone.view = "none";
    gone.rule = gone.fingerprint = "f";
    assert_string(
        json_at(run_of(rendering), "results.4.locations.0.logicalLocations.0.fullyQualifiedName"),
        "K\\V");
}

static void waived_findings_are_suppressed(void **state)
{
    struct rendering *rendering = *state;
    struct waiver expired = rendering->waiver;
    expired.is_expired = true;
    rendering->run.now = "2026-01-01";
    rendering->audited.findings.count = 3;
    rendering->findings[0].waiver = &rendering->waiver;
    rendering->findings[1].waiver = &expired;
    json_t *run = run_of(rendering);
    assert_count(json_at(run, "results.0.suppressions"), 1);
    assert_string(json_at(run, "results.0.suppressions.0.kind"), "external");
    assert_string(json_at(run, "results.0.suppressions.0.status"), "accepted");
    assert_string(json_at(run, "results.0.suppressions.0.justification"),
                  "known (A. Owner, until 2027-01-31)");
    assert_count(json_at(run, "results.1.suppressions"), 0);
    assert_count(json_at(run, "results.2.suppressions"), 0);
}

#define CONFIGURATION "invocations.0.toolConfigurationNotifications"

static void what_was_asked_for_in_vain_is_said(void **state)
{
    struct rendering *rendering = *state;
    static const char *missing[] = {"gone/SOFTWARE"};
    struct waiver items[3];
    for (int i = 0; i < 3; i++)
        items[i] = rendering->waiver, items[i].rule = "a-one",
        items[i].place = (struct place){.file = "w.yaml", .line = 2, .column = 5};
    items[0].nfindings = items[1].nfindings = 1;
    items[1].is_expired = true;
    const struct waivers waivers = {.items = items, .count = 3};
    const struct totals totals = {.waivers = &waivers, .missing = missing, .nmissing = 1};
    json_t *run = run_with(rendering, &totals);
    assert_count(json_at(run, CONFIGURATION), 3);
    assert_string(json_at(run, CONFIGURATION ".0.level"), "warning");
    assert_string(json_at(run, CONFIGURATION ".0.message.text"),
                  "w.yaml:2:5: this waiver expired on 2027-01-31: 1 finding of a-one counts again");
    assert_string(json_at(run, CONFIGURATION ".1.level"), "note");
    assert_string(json_at(run, CONFIGURATION ".1.message.text"),
                  "w.yaml:2:5: this waiver has waived nothing: no finding of a-one");
    assert_string(json_at(run, CONFIGURATION ".2.message.text"),
                  "evidence of the baseline is not in this run: gone/SOFTWARE");
}

#define EXECUTION "invocations.0.toolExecutionNotifications"

static void diagnostics_are_notifications(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_NOTE, NULL, "worth saying");
    diag_add(&rendering->diags, DIAG_INCOMPLETE, "K\n", "{cannot} be read");
    diag_add(&rendering->diags, DIAG_FAILED, NULL, "nothing");
    json_t *run = run_of(rendering);
    assert_count(json_at(run, EXECUTION), 3);
    assert_string(json_at(run, EXECUTION ".0.level"), "note");
    assert_string(json_at(run, EXECUTION ".1.level"), "warning");
    assert_string(json_at(run, EXECUTION ".1.message.text"), "K\\x0a: {{cannot}} be read");
    assert_integer(json_at(run, EXECUTION ".1.locations.0.physicalLocation.artifactLocation.index"),
                   0);
    assert_string(json_at(run, EXECUTION ".2.level"), "error");
}

static void diagnostics_past_a_limit_are_counted(void **state)
{
    struct rendering *rendering = *state;
    struct diag *items = arena_alloc(rendering->arena, 10007, sizeof *items);
    for (size_t i = 0; i < 10007; i++)
        items[i] = (struct diag){.message = "m"};
    rendering->diags.items = items;
    rendering->diags.count = 10007;
    json_t *run = run_of(rendering);
    assert_count(json_at(run, EXECUTION), 10001);
    assert_string(json_at(run, EXECUTION ".10000.message.text"),
                  "7 more diagnostics are left out (-o json has all)");
}

static void results_that_were_cut_are_counted(void **state)
{
    struct rendering *rendering = *state;
    struct finding *items = arena_alloc(rendering->arena, 25002, sizeof *items);
    for (size_t i = 0; i < 25002; i++)
        items[i] = rendering->findings[0];
    items[0].severity = SEVERITY_WARNING;
    rendering->audited.findings = (struct findings){items, 25002};
    json_t *run = run_of(rendering);
    assert_count(json_at(run, "results"), SARIF_RESULTS_MAX);
    assert_string(json_at(run, "results.0.level"), "error");
    assert_string(json_at(run, CONFIGURATION ".0.level"), "error");
    assert_string(json_at(run, CONFIGURATION ".0.message.text"),
                  "at most 25000 results are reported: left out are errors: 1, warnings: 1, notes: "
                  "0 (see --min-severity; -o json has all)");
}

static void the_status_says_whether_the_run_was_successful(void **state)
{
    for (int status = 0; status <= 3; status++) {
        const struct totals totals = {.exit_status = status};
        json_t *run = run_with(*state, &totals);
        assert_integer(json_at(run, "invocations.0.exitCode"), status);
        assert_int_equal(json_is_true(json_at(run, "invocations.0.executionSuccessful")),
                         status <= 1);
    }
}

static void the_run_says_what_it_is_about(void **state)
{
    struct rendering *rendering = *state;
    rendering->run.labels = (struct labels){.case_name = "C", .note = "N\xc3\xa4"};
    json_t *run = run_of(rendering);
    assert_string(json_at(run, "properties.case"), "C");
    assert_string(json_at(run, "properties.note"), "N\xc3\xa4");
    assert_string(json_at(run, "properties.min_severity"), "note");
    assert_null(json_at(run, "properties.examiner"));
    assert_string(json_at(run, "tool.driver.name"), "hiveaudit");
    assert_string(json_at(run, "tool.driver.version"), "1");
    assert_string(json_at(run, "tool.driver.properties.sandbox"), "none");
}

static void names_are_relative_references(void **state)
{
    struct rendering *rendering = *state;
    static const struct {
        const char *name, *uri;
        bool is_absolute;
    } cases[] = {
        {"SOFTWARE", "SOFTWARE", false},
        {"./a/SOFTWARE", "a/SOFTWARE", false},
        {"././/a", "a", false},
        {".hidden", ".hidden", false},
        {"../a", "../a", false},
        {"/a/b", "a/b", true},
        {"//a", "a", true},
        {"/", ".", true},
        {"./", ".", false},
        {".", ".", false},
        {"(standard input)", "(standard%20input)", false},
        {"disk.qcow2!/p2/Windows/System32/config/SOFTWARE",
         "disk.qcow2!/p2/Windows/System32/config/SOFTWARE", false},
        {"http://a", "http%3A//a", false},
        {"a?b#c%d\\e\"f'g<h>", "a%3Fb%23c%25d%5Ce%22f%27g%3Ch%3E", false},
        {"\n\x1b\x7f", "%0A%1B%7F", false},
        {"\xc3\xa4\xe2\x80\xae\xf0\x9f\x92\xb3", "%C3%A4%E2%80%AE%F0%9F%92%B3", false},
        {"a\xc0\x80"
         "b\xed\xa0\x80",
         "a%00b%EF%BF%BD", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rendering->audited.name = cases[i].name;
        json_t *run = run_of(rendering);
        assert_string(json_at(run, "artifacts.0.location.uri"), cases[i].uri);
        assert_int_equal(!!json_at(run, "artifacts.0.location.uriBaseId"), cases[i].is_absolute);
        assert_true(json_equal(json_at(run, "artifacts.0.location"),
                               json_at(run, "results.0.locations.0.physicalLocation."
                                            "artifactLocation")));
    }
}

static void files_that_were_read_have_digests(void **state)
{
    struct rendering *rendering = *state;
    struct input_record inputs[] = {
        {.name = "SOFTWARE", .role = "evidence", .has_before = true, .before = {0xab}},
        {.name = "SOFTWARE.LOG1", .role = "log", .size = 7, .has_before = true, .before = {0xcd}},
        {.name = "A.LOG1", .role = "log"},
    };
    const struct totals totals = {.inputs = inputs, .ninputs = 3};
    inputs[0].has_after = inputs[1].has_after = true;
    inputs[1].after[0] = 0xcd;
    json_t *run = run_with(rendering, &totals);
    assert_count(json_at(run, EXECUTION), 2);
    assert_string(json_at(run, EXECUTION ".0.level"), "error");
    assert_string(json_at(run, EXECUTION ".0.message.text"),
                  "SOFTWARE: changed while it was audited");
    assert_string(json_at(run, EXECUTION ".1.message.text"),
                  "A.LOG1: has no SHA-256, as it cannot be read");
    assert_count(json_at(run, "artifacts"), 3);
    const char *digest =
        json_string_value(json_object_get(json_at(run, "artifacts.0.hashes"), "sha-256"));
    assert_int_equal(strncmp(digest, "ab00", 4), 0);
    assert_string(json_at(run, "artifacts.0.roles.0"), "analysisTarget");
    assert_string(json_at(run, "artifacts.1.description.text"), "log");
    assert_integer(json_at(run, "artifacts.1.length"), 7);
    assert_non_null(json_at(run, "artifacts.1.hashes"));
    assert_null(json_at(run, "artifacts.2.hashes"));
    assert_null(json_at(run, "artifacts.2.roles"));
}

static void a_rule_has_help(void **state)
{
    struct rendering *rendering = *state;
    static const char *references[] = {"ISO_7816 #3", "https://a b", "https://a.example/b_c"};
    static const char *tags[] = {"one", "two", "one"};
    rendering->rules[0] = (struct rule){.id = "a-one-2",
                                        .title = "Title",
                                        .rationale = "Be {a} <b>",
                                        .effect = "No_thing",
                                        .remedy = "D*o",
                                        .references = {references, 3},
                                        .tags = {tags, 3},
                                        .enabled = true};
    json_t *rule = json_at(run_of(rendering), "tool.driver.rules.0");
    assert_string(json_at(rule, "name"), "AOne2");
    assert_string(json_at(rule, "shortDescription.text"), "Title");
    assert_string(json_at(rule, "fullDescription.text"), "Be {{a}} <b>");
    assert_string(json_at(rule, "helpUri"), "https://a.example/b_c");
    assert_string(json_at(rule, "help.text"),
                  "Title\n\nWhy: Be {{a}} <b>\n\nEffect: No_thing\n\nRemedy: D*o\n\nReferences:\n\n"
                  "- ISO_7816 #3\n- https://a b\n- https://a.example/b_c");
    assert_string(json_at(rule, "help.markdown"),
                  "Title\n\n**Why:** Be {{a}} \\<b\\>\n\n**Effect:** No\\_thing\n\n**Remedy:** "
                  "D\\*o\n\n**References:**\n\n- ISO\\_7816 \\#3\n- https://a b\n- "
                  "https://a.example/b_c");
    assert_count(json_at(rule, "properties.tags"), 2);
}

static void a_rule_of_a_title_has_help_too(void **state)
{
    json_t *rule = json_at(run_of(*state), "tool.driver.rules.0");
    assert_string(json_at(rule, "fullDescription.text"), "Title");
    assert_string(json_at(rule, "help.text"), "Title");
    assert_null(json_at(rule, "helpUri"));
}

static void a_report_that_is_given_up_leaves_nothing(void **state)
{
    struct rendering *rendering = *state;
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = &sarif_format,
                            .run = &rendering->run,
                            .stream = open_memstream(&text, &len),
                            .arena = rendering->arena};
    diag_add(&rendering->diags, DIAG_NOTE, NULL, "worth saying");
    sarif_format.begin(&output);
    report_add(&output, &rendering->audited);
    report_discard(&output);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERING_TEST(a_result_has_its_rule_level_and_fingerprint),
        RENDERING_TEST(a_finding_lies_in_the_cell_of_its_key),
        RENDERING_TEST(a_finding_without_a_cell_has_a_line),
        RENDERING_TEST(keys_and_values_are_named_from_the_root),
        RENDERING_TEST(a_fault_of_a_text_lies_in_no_registry),
        RENDERING_TEST(the_system_hive_is_an_artifact_of_its_own),
        RENDERING_TEST(hostile_names_are_escaped),
        RENDERING_TEST(names_are_no_placeholders_and_no_links),
        RENDERING_TEST(long_names_are_cut),
        RENDERING_TEST(what_there_is_besides_is_a_property),
        RENDERING_TEST(findings_below_what_is_shown_are_left_out),
        RENDERING_TEST(a_baseline_makes_states),
        RENDERING_TEST(waived_findings_are_suppressed),
        RENDERING_TEST(what_was_asked_for_in_vain_is_said),
        RENDERING_TEST(diagnostics_are_notifications),
        RENDERING_TEST(diagnostics_past_a_limit_are_counted),
        RENDERING_TEST(results_that_were_cut_are_counted),
        RENDERING_TEST(the_status_says_whether_the_run_was_successful),
        RENDERING_TEST(the_run_says_what_it_is_about),
        RENDERING_TEST(names_are_relative_references),
        RENDERING_TEST(files_that_were_read_have_digests),
        RENDERING_TEST(a_rule_has_help),
        RENDERING_TEST(a_rule_of_a_title_has_help_too),
        RENDERING_TEST(a_report_that_is_given_up_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
