/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/describe.h"
#include "report/text_parts.h"
#include "report/xml.h"

/* JUnit XML has no standard: this is what Jenkins' junit plugin, GitLab and the usual GitHub
 * actions read alike. They show one failure of a case, so that a case has one for all of its
 * findings. */

/* What a rule came to in one piece of evidence. */
struct rule_case {
    const struct rule *rule;
    const struct finding *const *findings; /* in the order of the report */
    size_t count, failing, waived;
};

struct suite {
    struct arena *arena;
    const struct run *run;
    const struct audited *audited;
    FILE *stream;
    const char *name; /* escaped */
    struct rule_case *cases;
    size_t ncases, failing, skipped;
};

static bool fails(const struct suite *suite, const struct finding *finding)
{
    return finding_fails(finding, &suite->run->fail);
}

/* Nothing that fails it, but something that would without a waiver. */
static bool is_skipped(const struct rule_case *test)
{
    return test->waived && !test->failing;
}

static int compare_places(const void *left, const void *right)
{
    const struct finding *a = *(const struct finding *const *)left;
    const struct finding *b = *(const struct finding *const *)right;
    int order = strcmp(a->rule->id, b->rule->id);
    return order ? order : a < b ? -1 : a > b;
}

static const struct finding **sort_by_rule(struct arena *arena, const struct findings *findings)
{
    const struct finding **sorted = arena_alloc(arena, findings->count, sizeof *sorted);
    for (size_t i = 0; i < findings->count; i++)
        sorted[i] = &findings->items[i];
    qsort(sorted, findings->count, sizeof *sorted, compare_places);
    return sorted;
}

/* Adds the case of a rule, with the findings of it that come first; returns how many these are. */
static size_t add_case(struct suite *suite, const struct rule *rule,
                       const struct finding *const *findings, size_t nfindings)
{
    struct rule_case test = {.rule = rule, .findings = findings};
    for (; test.count < nfindings && findings[test.count]->rule == rule; test.count++) {
        test.failing += fails(suite, findings[test.count]);
        test.waived += finding_is_waived(findings[test.count]);
    }
    suite->failing += test.failing > 0;
    suite->skipped += is_skipped(&test);
    suite->cases[suite->ncases++] = test;
    return test.count;
}

/* A case for each rule that was judged. Findings of another may be there all the same: those of a
 * dirty hive before its logs were replayed, when it had another build. */
static void collect_cases(struct suite *suite)
{
    const struct audited *audited = suite->audited;
    const struct ruleset *ruleset = suite->run->ruleset;
    size_t nfindings = audited->findings.count, next = 0;
    const struct finding *const *findings = sort_by_rule(suite->arena, &audited->findings);
    suite->cases = arena_alloc(suite->arena, ruleset->count, sizeof *suite->cases);
    for (size_t i = 0; i < ruleset->count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        bool has_findings = next < nfindings && findings[next]->rule == rule;
        bool is_judged =
            audited->status != EVIDENCE_FAILED && rule_is_judged(ruleset, rule, audited->snapshot);
        if (has_findings || is_judged)
            next += add_case(suite, rule, findings + next, nfindings - next);
    }
    assert(next == nfindings);
}

static void write_property(const struct suite *suite, const char *name, const char *value)
{
    if (value)
        fprintf(suite->stream, "      <property name=\"%s\" value=\"%s\"/>\n", name,
                xml_escape(suite->arena, value));
}

static void write_properties(const struct suite *suite)
{
    const struct snapshot *snapshot = suite->audited->snapshot;
    struct label labels[NLABELS];
    size_t nlabels = labels_list(&suite->run->labels, labels);
    bool has_os = suite->audited->status != EVIDENCE_FAILED && !snapshot->package;
    fputs("    <properties>\n", suite->stream);
    write_property(suite, "hiveaudit", suite->run->version);
    write_property(suite, "status", evidence_status_name(suite->audited->status));
    for (size_t i = 0; i < nlabels; i++)
        write_property(suite, labels[i].name, labels[i].text);
    if (snapshot->hive.known)
        write_property(suite, "hive", hive_state_names[snapshot->hive.state]);
    if (snapshot->hive.has_digest)
        write_property(suite, "sha256", describe_digest(suite->arena, snapshot->hive.digest));
    if (has_os) {
        write_property(suite, "product", snapshot->os.product);
        write_property(suite, "release", snapshot->os.display_version);
        write_property(suite, "build", describe_build(suite->arena, &snapshot->os));
        write_property(suite, "arch", arch_name(snapshot->os.arch));
    }
    fputs("    </properties>\n", suite->stream);
}

static void write_bytes(const struct suite *suite, const char *label, struct slice bytes)
{
    if (bytes.len)
        fprintf(suite->stream, "  %s %s\n", label, text_hex(suite->arena, bytes, " "));
}

static void write_waiver(const struct suite *suite, const struct waiver *waiver)
{
    fprintf(suite->stream, "  %s by %s until %s: %s\n",
            waiver->is_expired ? "was waived" : "waived", xml_escape(suite->arena, waiver->owner),
            waiver->expires, xml_escape(suite->arena, waiver->reason));
}

static void write_finding(const struct suite *suite, const struct finding *finding)
{
    const struct origin *origin = finding->origin;
    const struct regval *value = finding->value;
    struct text_place place = finding_place(finding);
    fprintf(suite->stream, "%s: %s\n", severity_name(finding->severity),
            xml_escape(suite->arena, finding->message));
    if (*origin->key)
        fprintf(suite->stream, "  %s %s\n", finding->in_system ? "system" : view_name(origin->view),
                xml_escape(suite->arena, origin->key));
    if (value && (!finding->pair || value->state == VALUE_WRONG_TYPE))
        fprintf(suite->stream, "  %s = %s\n",
                *value->name ? xml_escape(suite->arena, value->name) : "(default)",
                xml_escape(suite->arena, regval_show(suite->arena, value)));
    if (finding->pair) {
        write_bytes(suite, "ATR", finding->pair->atr);
        write_bytes(suite, "ATRMask", finding->pair->mask);
        write_bytes(suite, "repaired", finding->pair->repaired);
    }
    if (place.line)
        fprintf(suite->stream, "  at %s:%u:%u\n", suite->name, place.line, place.column);
    if (baseline_state_names[finding->baseline])
        fprintf(suite->stream, "  %s against the baseline\n",
                baseline_state_names[finding->baseline]);
    if (finding->waiver)
        write_waiver(suite, finding->waiver);
}

static void begin_case(const struct suite *suite, const char *name)
{
    fprintf(suite->stream, "    <testcase classname=\"%s\" name=\"%s\" time=\"0\"", suite->name,
            name);
}

static void write_prose(const struct suite *suite, const char *label, const char *prose)
{
    if (prose)
        fprintf(suite->stream, "%s: %s\n", label,
                xml_escape(suite->arena, text_join_lines(suite->arena, prose)));
}

/* What fails the run is shown, whatever --min-severity says: the case fails for it. */
static void write_failure(const struct suite *suite, const struct rule_case *test)
{
    const struct finding *first = test->findings[0];
    for (size_t i = 0; !fails(suite, first); i++)
        first = test->findings[i];
    fprintf(suite->stream, "      <failure type=\"%s\" message=\"%s",
            severity_name(first->severity), xml_escape(suite->arena, first->message));
    if (test->failing > 1)
        fprintf(suite->stream, " (and %zu more)", test->failing - 1);
    fputs("\">", suite->stream);
    for (size_t i = 0; i < test->count; i++)
        if (fails(suite, test->findings[i]))
            write_finding(suite, test->findings[i]);
    write_prose(suite, "effect", test->rule->effect);
    write_prose(suite, "remedy", test->rule->remedy);
    fputs("</failure>\n", suite->stream);
}

static void write_skipped(const struct suite *suite, const struct rule_case *test)
{
    const struct finding *first = test->findings[0];
    for (size_t i = 0; !finding_is_waived(first); i++)
        first = test->findings[i];
    const struct waiver *waiver = first->waiver;
    fprintf(suite->stream, "      <skipped message=\"waived by %s until %s: %s",
            xml_escape(suite->arena, waiver->owner), waiver->expires,
            xml_escape(suite->arena, waiver->reason));
    if (test->waived > 1)
        fprintf(suite->stream, " (and %zu more)", test->waived - 1);
    fputs("\"/>\n", suite->stream);
}

/* What is shown and fails nothing. */
static void write_output(const struct suite *suite, const struct rule_case *test)
{
    bool has_output = false;
    for (size_t i = 0; i < test->count; i++) {
        const struct finding *finding = test->findings[i];
        if (fails(suite, finding) || finding->severity < suite->run->min_severity)
            continue;
        fputs(has_output ? "" : "      <system-out>", suite->stream);
        has_output = true;
        write_finding(suite, finding);
    }
    fputs(has_output ? "</system-out>\n" : "", suite->stream);
}

static void write_case(const struct suite *suite, const struct rule_case *test)
{
    begin_case(suite, xml_escape(suite->arena, test->rule->id));
    if (!test->count) {
        fputs("/>\n", suite->stream);
        return;
    }
    fputs(">\n", suite->stream);
    if (test->failing)
        write_failure(suite, test);
    if (is_skipped(test))
        write_skipped(suite, test);
    write_output(suite, test);
    fputs("    </testcase>\n", suite->stream);
}

static void write_diags(const struct suite *suite, bool are_notes)
{
    const struct diags *diags = suite->audited->diags;
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (are_notes == (diag->level == DIAG_NOTE))
            fprintf(suite->stream, "%s%s%s\n", diag->key ? xml_escape(suite->arena, diag->key) : "",
                    diag->key ? ": " : "", xml_escape(suite->arena, diag->message));
    }
}

/* The first diagnostic that decided. */
static const char *find_reason(const struct audited *audited)
{
    for (size_t i = 0; i < audited->diags->count; i++)
        if ((int)audited->diags->items[i].level == (int)audited->status)
            return audited->diags->items[i].message;
    return "";
}

static void write_gone(const struct suite *suite)
{
    for (size_t i = 0; i < suite->audited->ngone; i++) {
        const struct old_finding *gone = &suite->audited->gone[i];
        if (run_shows_gone(suite->run, gone))
            fprintf(suite->stream, "gone since the baseline: %s: %s\n",
                    xml_escape(suite->arena, gone->rule), xml_escape(suite->arena, gone->message));
    }
}

/* Whether there is more to say of a piece of evidence than what decided. */
static bool has_remarks(const struct suite *suite)
{
    const struct audited *audited = suite->audited;
    for (size_t i = 0; i < audited->diags->count; i++)
        if (audited->diags->items[i].level == DIAG_NOTE)
            return true;
    for (size_t i = 0; i < audited->ngone; i++)
        if (run_shows_gone(suite->run, &audited->gone[i]))
            return true;
    return false;
}

/* That the evidence was read is a test of its own: without it, none that could not be read would
 * look like one that is clean. */
static void write_audit_case(const struct suite *suite)
{
    enum evidence_status status = suite->audited->status;
    begin_case(suite, "audit");
    fputs(">\n", suite->stream);
    if (status != EVIDENCE_COMPLETE) {
        fprintf(suite->stream, "      <error type=\"%s\" message=\"%s\">",
                evidence_status_name(status),
                xml_escape(suite->arena, find_reason(suite->audited)));
        write_diags(suite, false);
        fputs("</error>\n", suite->stream);
    }
    if (has_remarks(suite)) {
        fputs("      <system-out>", suite->stream);
        write_diags(suite, true);
        write_gone(suite);
        fputs("</system-out>\n", suite->stream);
    }
    fputs("    </testcase>\n", suite->stream);
}

static void begin_suite(const struct suite *suite, size_t tests, bool has_error)
{
    fprintf(suite->stream,
            "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%d\" "
            "skipped=\"%zu\" time=\"0\">\n",
            suite->name, tests, suite->failing, has_error, suite->skipped);
}

static void write_suite(struct output *output, const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct suite suite = {
        .arena = arena,
        .run = output->run,
        .audited = audited,
        .stream = output->stream,
        .name = xml_escape(arena, audited->name),
    };
    collect_cases(&suite);
    begin_suite(&suite, suite.ncases + 1, audited->status != EVIDENCE_COMPLETE);
    write_properties(&suite);
    write_audit_case(&suite);
    for (size_t i = 0; i < suite.ncases; i++)
        write_case(&suite, &suite.cases[i]);
    fputs("  </testsuite>\n", suite.stream);
}

/* The counts of all suites, which are known at the end only, are left out: they are optional. */
static void begin_suites(struct output *output)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hiveaudit\">\n",
          output->stream);
}

static void write_bad_inputs(const struct suite *suite, const struct totals *totals)
{
    for (size_t i = 0; i < totals->ninputs; i++) {
        const struct input_record *input = &totals->inputs[i];
        if (input_is_bad(input))
            fprintf(suite->stream, "%s: %s\n", xml_escape(suite->arena, input->name),
                    input_state_text(input_state(input)));
    }
}

static void write_inputs(const struct suite *suite, const struct totals *totals, size_t bad)
{
    begin_case(suite, "inputs");
    fputs(bad ? ">\n" : "/>\n", suite->stream);
    if (!bad)
        return;
    fprintf(suite->stream, "      <error type=\"incomplete\" message=\"%zu of %zu files\">", bad,
            totals->ninputs);
    write_bad_inputs(suite, totals);
    fputs("</error>\n    </testcase>\n", suite->stream);
}

static void write_waivers(const struct suite *suite, const struct waivers *waivers)
{
    begin_case(suite, "waivers");
    fprintf(suite->stream, ">\n      <system-out>as of %s\n", suite->run->now);
    for (size_t i = 0; i < waivers->count; i++) {
        const struct place *place = &waivers->items[i].place;
        const char *complaint = waiver_complain(suite->arena, &waivers->items[i]);
        if (complaint)
            fprintf(suite->stream, "%s:%u:%u: %s\n", xml_escape(suite->arena, place->file),
                    place->line, place->column, xml_escape(suite->arena, complaint));
    }
    fputs("</system-out>\n    </testcase>\n", suite->stream);
}

static void write_missing(const struct suite *suite, const struct totals *totals)
{
    begin_case(suite, "baseline");
    fprintf(suite->stream, ">\n      <system-out>%s\n",
            xml_escape(suite->arena, suite->run->baseline));
    for (size_t i = 0; i < totals->nmissing; i++)
        fprintf(suite->stream, "not in this run: %s\n",
                xml_escape(suite->arena, totals->missing[i]));
    fputs("</system-out>\n    </testcase>\n", suite->stream);
}

/* What is known at the end only, and of the run as a whole. */
static void write_run(const struct suite *suite, const struct totals *totals)
{
    bool has_inputs = totals->ninputs > 0, has_waivers = totals->waivers != NULL,
         has_baseline = suite->run->baseline != NULL;
    size_t bad = 0;
    for (size_t i = 0; i < totals->ninputs; i++)
        bad += input_is_bad(&totals->inputs[i]);
    if (!has_inputs && !has_waivers && !has_baseline)
        return;
    begin_suite(suite, has_inputs + has_waivers + has_baseline, bad > 0);
    if (has_inputs)
        write_inputs(suite, totals, bad);
    if (has_waivers)
        write_waivers(suite, totals->waivers);
    if (has_baseline)
        write_missing(suite, totals);
    fputs("  </testsuite>\n", suite->stream);
}

static void end_suites(struct output *output, const struct totals *totals)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct suite suite = {
        .arena = arena, .run = output->run, .stream = output->stream, .name = "hiveaudit"};
    write_run(&suite, totals);
    fputs("</testsuites>\n", output->stream);
}

const struct format junit_format = {
    .name = "junit",
    .wants_findings = true,
    .begin = begin_suites,
    .evidence = write_suite,
    .end = end_suites,
};
