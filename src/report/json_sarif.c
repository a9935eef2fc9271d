/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

#define NOTIFICATIONS_MAX 10000 /* ten on each of a thousand hives */
#define MESSAGE_SHOWN_MAX 2000  /* bytes; those of findings have no more */
#define KEY_SHOWN_MAX     500   /* of a key in front of a message */

/* Rules come first; results and what they are about are written when all are known. */
struct sarif_log {
    struct json_writer document, runs, run;
    const size_t *rule_numbers;
    struct sarif_artifacts artifacts;
    struct sarif_results *results;
    json_t *notifications; /* array */
    size_t nunsaid;        /* notifications past the limit */
};

/* Braces are doubled (3.11.5). A bracket and a parenthesis between them would make a link of what
 * stands before and behind (3.11.6), and viewers make links also of those that are escaped by the
 * letter: so they are kept apart. */
json_t *sarif_make_string(const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    char *string = arena_alloc(arena, strlen(text) + 1, 2), *out = string;
    for (const char *p = text; *p; p++) {
        if (*p == '{' || *p == '}')
            *out++ = *p;
        if (*p == '(' && p > text && p[-1] == ']')
            *out++ = '\\';
        *out++ = *p;
    }
    return json_make_text(string);
}

json_t *sarif_make_message(const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *shown = text_cut(arena, text, MESSAGE_SHOWN_MAX);
    json_t *string = sarif_make_string(text_escape(arena, shown));
    return json_pack("{so}", "text", string);
}

static void write_tool(struct json_writer *run, const struct run *facts)
{
    struct json_writer tool = json_begin_object(run, "tool");
    struct json_writer driver = json_begin_object(&tool, "driver");
    json_t *properties = json_make_tool(facts);
    json_object_del(properties, "name");
    json_object_del(properties, "version");
    json_add(&driver, "name", json_string("hiveaudit"));
    json_add(&driver, "version", json_string(facts->version));
    json_add(&driver, "semanticVersion", json_string(facts->version));
    json_add(&driver, "properties", properties);
    sarif_write_rules(&driver, facts->ruleset);
    json_end(&driver);
    json_end(&tool);
}

static void release(void *handle)
{
    json_decref(handle);
}

static void begin_log(struct output *output)
{
    struct arena *arena = output->arena;
    struct sarif_log *log = output->state = arena_alloc(arena, 1, sizeof *log);
    log->rule_numbers = sarif_number_rules(arena, output->run->ruleset);
    log->artifacts.arena = arena;
    log->results = sarif_results_new(arena);
    log->notifications = json_array();
    arena_on_free(arena, release, log->notifications);
    log->document = json_begin(output->stream);
    json_add(&log->document, "$schema", json_string(SCHEMA));
    json_add(&log->document, "version", json_string("2.1.0"));
    log->runs = json_begin_array(&log->document, "runs");
    log->run = json_begin_object(&log->runs, NULL);
    write_tool(&log->run, output->run);
    json_add(&log->run, "originalUriBaseIds", sarif_make_bases());
    json_add(&log->run, "columnKind", json_string("unicodeCodePoints"));
}

static size_t add_artifact(struct sarif_log *log, const char *name, uint64_t size,
                           const struct hive_facts *hive)
{
    return sarif_artifacts_add(&log->artifacts,
                               (struct sarif_artifact){
                                   .name = name,
                                   .is_target = true,
                                   .size = size,
                                   .digest = hive->has_digest ? hive->digest : NULL,
                               });
}

static void add_finding(struct sarif_log *log, const struct sarif_subject *subject,
                        const struct finding *finding)
{
    if (finding->severity >= subject->run->min_severity &&
        sarif_results_reserve(log->results, finding->severity))
        sarif_results_add(log->results, finding->severity, sarif_make_result(subject, finding));
}

static void add_gone(struct sarif_log *log, const struct sarif_subject *subject,
                     const struct old_finding *old)
{
    enum severity severity;
    if (run_shows_gone(subject->run, old) && severity_parse(old->severity, &severity) &&
        sarif_results_reserve(log->results, severity))
        sarif_results_add(log->results, severity, sarif_make_gone(subject, old));
}

static json_t *make_notification(const char *level, const char *text)
{
    return json_pack("{ssso}", "level", level, "message", sarif_make_message(text));
}

/* "KEY: what is wrong". */
static void add_diag(struct sarif_log *log, size_t artifact, const struct diag *diag)
{
    static const char *const levels[] = {
        [DIAG_NOTE] = "note", [DIAG_INCOMPLETE] = "warning", [DIAG_FAILED] = "error"};
    if (json_array_size(log->notifications) == NOTIFICATIONS_MAX) {
        log->nunsaid++;
        return;
    }
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *key = diag->key ? text_cut(arena, diag->key, KEY_SHOWN_MAX) : "";
    const char *text = arena_printf(arena, "%s%s%s", key, diag->key ? ": " : "", diag->message);
    json_t *notification = make_notification(levels[diag->level], text);
    json_put(notification, "locations",
             json_pack("[{s{so}}]", "physicalLocation", "artifactLocation",
                       sarif_make_location(&log->artifacts, artifact)));
    json_array_append_new(log->notifications, notification);
}

static void add_evidence(struct output *output, const struct audited *audited)
{
    struct sarif_log *log = output->state;
    const struct system_config *system = &audited->snapshot->system;
    struct sarif_subject subject = {.run = output->run,
                                    .rule_numbers = log->rule_numbers,
                                    .artifacts = &log->artifacts,
                                    .audited = audited};
    subject.evidence = add_artifact(log, audited->name, audited->size, &audited->snapshot->hive);
    if (system->state != SYSTEM_NONE)
        subject.system = add_artifact(log, system->name, 0, &system->hive);
    for (size_t i = 0; i < audited->findings.count; i++)
        add_finding(log, &subject, &audited->findings.items[i]);
    for (size_t i = 0; i < audited->ngone; i++)
        add_gone(log, &subject, &audited->gone[i]);
    for (size_t i = 0; i < audited->diags->count; i++)
        add_diag(log, subject.evidence, &audited->diags->items[i]);
}

static void say(struct json_writer *notifications, const char *level, const char *text)
{
    json_add(notifications, NULL, make_notification(level, text));
}

static void say_cut(struct json_writer *notifications, struct arena *arena, const size_t *cut)
{
    if (cut[SEVERITY_NOTE] || cut[SEVERITY_WARNING] || cut[SEVERITY_ERROR])
        say(notifications, cut[SEVERITY_ERROR] ? "error" : "warning",
            arena_printf(arena,
                         "at most %zu results are reported: left out are errors: %zu, "
                         "warnings: %zu, notes: %zu (see --min-severity; -o json has all)",
                         SARIF_RESULTS_MAX, cut[SEVERITY_ERROR], cut[SEVERITY_WARNING],
                         cut[SEVERITY_NOTE]));
}

/* One that has expired, or waived nothing, is to be looked at. */
static void say_waiver(struct json_writer *notifications, struct arena *arena,
                       const struct waiver *waiver)
{
    const char *complaint = waiver_complain(arena, waiver);
    if (complaint)
        say(notifications, waiver->is_expired ? "warning" : "note",
            arena_printf(arena, "%s:%u:%u: %s", waiver->place.file, waiver->place.line,
                         waiver->place.column, complaint));
}

/* What the user asked for and did not get. */
static void write_configuration(struct json_writer *invocation, const struct sarif_log *log,
                                const struct totals *totals)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct json_writer array = json_begin_array(invocation, "toolConfigurationNotifications");
    say_cut(&array, arena, log->results->cut);
    for (size_t i = 0; totals->waivers && i < totals->waivers->count; i++)
        say_waiver(&array, arena, &totals->waivers->items[i]);
    for (size_t i = 0; i < totals->nmissing; i++)
        say(&array, "note",
            arena_printf(arena, "evidence of the baseline is not in this run: %s",
                         totals->missing[i]));
    json_end(&array);
}

static void say_input(struct json_writer *notifications, struct arena *arena,
                      const struct input_record *input)
{
    if (input_is_bad(input))
        say(notifications, "error",
            arena_printf(arena, "%s: %s", input->name, input_state_text(input_state(input))));
}

static void write_notifications(struct json_writer *invocation, const struct sarif_log *log,
                                const struct totals *totals)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct json_writer array = json_begin_array(invocation, "toolExecutionNotifications");
    for (size_t i = 0; i < json_array_size(log->notifications); i++)
        json_add(&array, NULL, json_incref(json_array_get(log->notifications, i)));
    if (log->nunsaid)
        say(&array, "warning",
            arena_printf(arena, "%zu more diagnostics are left out (-o json has all)",
                         log->nunsaid));
    for (size_t i = 0; i < totals->ninputs; i++)
        say_input(&array, arena, &totals->inputs[i]);
    json_end(&array);
}

/* No time and no arguments: the same evidence gives the same bytes. */
static void write_invocation(struct sarif_log *log, const struct totals *totals)
{
    struct json_writer array = json_begin_array(&log->run, "invocations");
    struct json_writer invocation = json_begin_object(&array, NULL);
    json_add(&invocation, "executionSuccessful", json_boolean(totals->exit_status <= 1));
    json_add(&invocation, "exitCode", json_integer(totals->exit_status));
    write_configuration(&invocation, log, totals);
    write_notifications(&invocation, log, totals);
    json_end(&invocation);
    json_end(&array);
}

static json_t *make_properties(const struct run *run)
{
    json_t *object = json_make_labels(&run->labels);
    json_put(object, "min_severity", json_string(severity_name(run->min_severity)));
    if (run->baseline)
        json_put(object, "baseline", json_make_text(run->baseline));
    if (run->now)
        json_put(object, "day_of_waivers", json_make_text(run->now));
    return object;
}

static void end_log(struct output *output, const struct totals *totals)
{
    struct sarif_log *log = output->state;
    sarif_results_write(&log->run, log->results);
    sarif_artifacts_add_inputs(&log->artifacts, totals->inputs, totals->ninputs);
    sarif_write_artifacts(&log->run, &log->artifacts);
    write_invocation(log, totals);
    json_add(&log->run, "properties", make_properties(output->run));
    json_end(&log->run);
    json_end(&log->runs);
    json_end(&log->document);
    fputc('\n', output->stream);
}

const struct format sarif_format = {
    .name = "sarif",
    .wants_findings = true,
    .begin = begin_log,
    .evidence = add_evidence,
    .end = end_log,
};
