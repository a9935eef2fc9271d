/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf16.h"
#include "model/pe.h"

/* The document is written one piece of evidence at a time; what is said of all of them follows. */
struct document {
    json_t *rules; /* object: the rules that found something, by id */
    bool has_evidence;
};

/* A lone surrogate has no place in JSON's Unicode: it becomes U+FFFD here, and utf16_of keeps it.
 */
static json_t *make_text(const char *text)
{
    if (!text)
        return json_null();
    struct arena *arena = arena_new();
    char *utf8 = arena_alloc(arena, strlen(text) + 1, 1);
    size_t len = 0;
    for (uint32_t code; (code = text_next(&text));) {
        if (code == TEXT_NUL)
            utf8[len++] = 0;
        else
            len += text_put(utf8 + len, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
    }
    json_t *json = json_stringn(utf8, len);
    arena_free(arena);
    return json;
}

/* A string that a function made in an arena of its own. */
static json_t *make_filetime(int64_t filetime)
{
    struct arena *arena = arena_new();
    json_t *json = json_string(text_filetime(arena, filetime));
    arena_free(arena);
    return json;
}

static json_t *make_hex(struct slice bytes)
{
    struct arena *arena = arena_new();
    json_t *json = json_string(text_hex(arena, bytes, ""));
    arena_free(arena);
    return json;
}

static void put(json_t *object, const char *name, json_t *value)
{
    int failed = json_object_set_new(object, name, value);
    assert(!failed);
    (void)failed;
}

static void put_utf16_if_lossy(json_t *object, const char *name, const char *text)
{
    if (text_is_unicode(text))
        return;
    struct arena *arena = arena_new();
    put(object, name, make_hex(utf16_encode(arena, text)));
    arena_free(arena);
}

static json_t *make_marked(const struct pair_detail *pair)
{
    json_t *array = json_array();
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    for (size_t i = 0; pair->marked && i < len; i++)
        if (pair->marked[i])
            json_array_append_new(array, json_integer((json_int_t)i));
    return array;
}

static json_t *make_pair(const struct pair_detail *pair)
{
    json_t *object = json_object();
    put(object, "atr", make_hex(pair->atr));
    put(object, "mask", pair->mask.ptr ? make_hex(pair->mask) : json_null());
    put(object, "offending_bytes", make_marked(pair));
    put(object, "repaired_atr", pair->repaired.len ? make_hex(pair->repaired) : json_null());
    put(object, "decoded", make_text(pair->decoded));
    return object;
}

/* The shadow copies that show a finding. */
static json_t *make_history(const struct finding *finding)
{
    json_t *array = json_array();
    for (size_t i = 0; i < finding->nshadows; i++)
        json_array_append_new(array, json_integer(finding->shadows[i]));
    return array;
}

static json_t *make_digest(bool has_digest, const uint8_t *digest)
{
    return has_digest ? make_hex((struct slice){digest, FILE_DIGEST_SIZE}) : json_null();
}

static json_t *make_machine(uint32_t machine)
{
    if (!machine)
        return json_null();
    struct arena *arena = arena_new();
    json_t *json = json_string(pe_machine_name(arena, machine));
    arena_free(arena);
    return json;
}

static json_t *make_file(const struct module_file *file)
{
    static const char *const states[NFILE_STATES] = {"unknown", "absent", "present", "unreadable"};
    bool is_present = file->state == FILE_PRESENT;
    json_t *object = json_object();
    put(object, "view", json_string(view_name(file->view)));
    put(object, "name", make_text(file->asked));
    put(object, "path", make_text(file->path));
    put(object, "state", json_string(states[file->state]));
    put(object, "found", make_text(file->found));
    put(object, "size", is_present ? json_integer((json_int_t)file->size) : json_null());
    put(object, "machine", make_machine(file->machine));
    put(object, "sha256", make_digest(file->has_digest, file->digest));
    return object;
}

/* null where none came with the hive. */
static json_t *make_files(const struct snapshot *snapshot)
{
    if (!snapshot->has_files)
        return json_null();
    json_t *array = json_array();
    for (size_t i = 0; i < snapshot->nfiles; i++)
        json_array_append_new(array, make_file(&snapshot->files[i]));
    return array;
}

/* Of an INF: on which architectures a finding is there. */
static json_t *make_archs(unsigned archs)
{
    json_t *array = json_array();
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            json_array_append_new(array, json_string(arch_name(arch)));
    return array;
}

static json_t *make_finding(const struct finding *finding)
{
    json_t *object = json_object();
    const struct origin *origin = finding->origin;
    const struct regval *value = finding->value;
    put(object, "rule", json_string(finding->rule->id));
    put(object, "severity", json_string(severity_name(finding->severity)));
    put(object, "view", json_string(view_name(origin->view)));
    if (finding->in_system)
        put(object, "hive", json_string("system"));
    put(object, "key", make_text(origin->key));
    put_utf16_if_lossy(object, "key_utf16le", origin->key);
    put(object, "value", make_text(value ? value->name : NULL));
    if (value)
        put_utf16_if_lossy(object, "value_utf16le", value->name);
    put(object, "message", make_text(finding->message));
    if (finding->timing != TIMING_BOTH)
        put(object, "replay",
            json_string(finding->timing == TIMING_AFTER ? "only-after" : "only-before"));
    struct text_place place = finding_place(finding);
    if (place.line) {
        put(object, "line", json_integer(place.line));
        put(object, "column", json_integer(place.column));
    }
    if (finding->archs)
        put(object, "architectures", make_archs(finding->archs));
    if (finding->has_history)
        put(object, "shadow_copies", make_history(finding));
    put(object, "last_write", origin->offset ? make_filetime(origin->last_write) : json_null());
    put(object, "offset", origin->offset ? json_integer((json_int_t)origin->offset) : json_null());
    put(object, "data", value ? make_hex(value->raw) : json_null());
    if (finding->pair)
        put(object, "pair", make_pair(finding->pair));
    if (finding->file)
        put(object, "file", make_file(finding->file));
    return object;
}

static json_t *make_strings(const struct strings *strings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(array, make_text(strings->items[i]));
    return array;
}

static json_t *make_rule(const struct rule *rule)
{
    json_t *object = json_object();
    put(object, "title", make_text(rule->title));
    put(object, "severity", json_string(severity_name(rule->severity)));
    put(object, "tags", make_strings(&rule->tags));
    put(object, "effect", make_text(rule->effect));
    put(object, "remedy", make_text(rule->remedy));
    return object;
}

static json_t *make_log(const struct log_use *log)
{
    json_t *object = json_object();
    put(object, "name", make_text(log->name));
    put(object, "format", json_string(log_format_names[log->format]));
    put(object, "applied", json_integer(log->applied));
    put(object, "first", log->applied ? json_integer(log->first) : json_null());
    put(object, "last", log->applied ? json_integer(log->last) : json_null());
    put(object, "reason", make_text(log->reason));
    return object;
}

static json_t *make_logs(const struct hive_facts *hive)
{
    json_t *array = json_array();
    for (size_t i = 0; i < hive->nlogs; i++)
        json_array_append_new(array, make_log(&hive->logs[i]));
    return array;
}

static json_t *make_hive(const struct hive_facts *hive)
{
    if (!hive->known)
        return json_null();
    json_t *object = json_object();
    put(object, "state", json_string(hive_state_names[hive->state]));
    put(object, "file_name", make_text(hive->file_name));
    put(object, "primary_sequence", json_integer(hive->primary_sequence));
    put(object, "secondary_sequence", json_integer(hive->secondary_sequence));
    put(object, "last_written", make_filetime(hive->last_written));
    put(object, "logs", make_logs(hive));
    put(object, "repairs", json_integer((json_int_t)hive->repairs));
    put(object, "sha256", make_digest(hive->has_digest, hive->digest));
    return object;
}

/* The SYSTEM hive of the same Windows. */
static json_t *make_system(const struct system_config *system)
{
    static const char *const states[NSYSTEM_STATES] = {
        [SYSTEM_READ] = "read", [SYSTEM_FAILED] = "failed"};
    if (system->state == SYSTEM_NONE)
        return json_null();
    bool is_read = system->state == SYSTEM_READ;
    json_t *object = json_object();
    put(object, "name", make_text(system->name));
    put(object, "state", json_string(states[system->state]));
    put(object, "hive", make_hive(&system->hive));
    put(object, "control_set", is_read ? json_integer(system->control_set) : json_null());
    put(object, "providers", is_read ? json_integer((json_int_t)system->nksps) : json_null());
    return object;
}

static json_t *make_os(const struct os_build *os)
{
    json_t *object = json_object();
    put(object, "product", make_text(os->product));
    put(object, "display_version", make_text(os->display_version));
    put(object, "build", os->build ? json_integer(os->build) : json_null());
    put(object, "ubr", os->has_ubr ? json_integer(os->ubr) : json_null());
    put(object, "arch", json_string(arch_name(os->arch)));
    put(object, "system_root", make_text(os->system_root));
    return object;
}

/* The values of one key, as they are. */
static void append_settings(json_t *array, const struct regkey *key)
{
    struct arena *arena = arena_new();
    for (size_t i = 0; i < key->nvalues; i++) {
        const struct regval *value = &key->values[i];
        json_t *object = json_object();
        put(object, "view", json_string(view_name(key->origin.view)));
        put(object, "key", make_text(key->origin.key));
        put(object, "value", make_text(value->name));
        put(object, "type", json_string(regtype_name(arena, value->type)));
        put(object, "data", value->state == VALUE_UNREADABLE ? json_null() : make_hex(value->raw));
        put(object, "last_write", make_filetime(key->origin.last_write));
        json_array_append_new(array, object);
    }
    arena_free(arena);
}

/* What is configured apart from cards: readers, policies, and the ATRs that discovery has cached.
 */
static json_t *make_settings(const struct snapshot *snapshot)
{
    json_t *array = json_array();
    for (enum view view = 0; view < NVIEWS; view++)
        append_settings(array, &snapshot->views[view].readers);
    for (int i = 0; i < NPOLICIES; i++)
        append_settings(array, &snapshot->policies[i]);
    for (int i = 0; i < NATR_CACHES; i++)
        append_settings(array, &snapshot->atr_caches[i]);
    return array;
}

static json_t *make_entries(const struct snapshot *snapshot)
{
    json_t *entries = json_object();
    for (enum view view = 0; view < NVIEWS; view++)
        if (snapshot->views[view].exists)
            put(entries, view_name(view), json_integer((json_int_t)snapshot->views[view].ncards));
    return entries;
}

/* The INF or .reg that was read in place of a hive: the entries that it writes by architecture. */
static json_t *make_package(const struct snapshot *snapshot)
{
    static const char *const kinds[NPACKAGE_KINDS] = {"inf", "reg"};
    const struct package_facts *package = snapshot->package;
    json_t *object = json_object(), *entries = json_object();
    for (const struct snapshot *at = snapshot; at; at = at->variant)
        put(entries, arch_name(at->os.arch), make_entries(at));
    put(object, "kind", json_string(kinds[package->kind]));
    put(object, "encoding", json_string(encoding_names[package->encoding]));
    put(object, "entries", entries);
    return object;
}

static json_t *make_counts(const struct audited *audited)
{
    size_t counts[NSEVERITIES] = {0};
    for (size_t i = 0; i < audited->findings.count; i++)
        counts[audited->findings.items[i].severity]++;
    json_t *object = json_object();
    for (int severity = 0; severity < NSEVERITIES; severity++)
        put(object, severity_name(severity), json_integer((json_int_t)counts[severity]));
    put(object, "entries", make_entries(audited->snapshot));
    return object;
}

static json_t *make_losses(const struct view_config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->nlost; i++) {
        json_t *object = json_object();
        put(object, "key", make_text(config->lost[i].key));
        put(object, "offset", json_integer((json_int_t)config->lost[i].offset));
        put(object, "reason", make_text(config->lost[i].reason));
        json_array_append_new(array, object);
    }
    return array;
}

/* Whether it is known how many entries there are: of a list that cannot be read as a whole, where
 * those that are lost have been counted. Where the hive had to be repaired, a list that is not
 * there may be lost as well. */
static bool is_list_known(const struct snapshot *snapshot, const struct view_config *config)
{
    switch (config->smart_cards.state) {
    case KEY_PRESENT:
        return true;
    case KEY_ABSENT:
        return !snapshot->hive.repairs;
    default:
        return config->nlisted > config->ncards;
    }
}

/* How many of the entries that there are could be read as a whole, and which could not. */
static json_t *make_coverage(const struct snapshot *snapshot)
{
    json_t *object = json_object();
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &snapshot->views[view];
        if (!config->exists)
            continue;
        json_t *coverage = json_object();
        put(coverage, "entries",
            is_list_known(snapshot, config) ? json_integer((json_int_t)config->nlisted)
                                            : json_null());
        put(coverage, "read", json_integer((json_int_t)config->nread));
        put(coverage, "lost", make_losses(config));
        put(object, view_name(view), coverage);
    }
    return object;
}

static json_t *make_diags(const struct diags *diags)
{
    static const char *const levels[] = {"note", "incomplete", "failed"};
    json_t *array = json_array();
    for (size_t i = 0; i < diags->count; i++) {
        json_t *object = json_object();
        put(object, "level", json_string(levels[diags->items[i].level]));
        put(object, "key", make_text(diags->items[i].key));
        put(object, "message", make_text(diags->items[i].message));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *make_tool(const struct run *run)
{
    json_t *object = json_object(), *libraries = json_object();
    for (size_t i = 0; i < run->nlibraries; i++)
        put(libraries, run->libraries[i].name, json_string(run->libraries[i].version));
    put(object, "name", json_string("hiveaudit"));
    put(object, "version", json_string(run->version));
    put(object, "sandbox", json_string(run->sandbox));
    put(object, "libraries", libraries);
    return object;
}

/* Writes a value, and releases it, at a depth of the document: its lines move in. ASCII only: names
 * from evidence must not reach a terminal as they are. */
static void write_json(FILE *stream, json_t *json, int depth)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(json);
    if (!text)
        end_out_of_memory();
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n'); /* strings have none */
        fwrite(line, 1, end ? (size_t)(end - line) + 1 : strlen(line), stream);
        if (end)
            fprintf(stream, "%*s", 2 * depth, "");
        end = end ? end + 1 : NULL;
    }
    free(text);
}

static void write_member(FILE *stream, const char *name, json_t *json)
{
    fprintf(stream, "  \"%s\": ", name);
    write_json(stream, json, 1);
}

static void begin_document(struct output *output)
{
    struct document *document = arena_alloc(output->arena, 1, sizeof *document);
    *document = (struct document){.rules = json_object()};
    output->state = document;
    fputs("{\n  \"schema_version\": \"1\",\n", output->stream);
    write_member(output->stream, "tool", make_tool(output->run));
    fputs(",\n  \"evidence\": [", output->stream);
}

static void add_evidence(struct output *output, const struct audited *audited)
{
    struct document *document = output->state;
    json_t *findings = json_array(), *object = json_object();
    for (size_t i = 0; i < audited->findings.count; i++) {
        const struct finding *finding = &audited->findings.items[i];
        if (finding->severity < output->run->min_severity)
            continue;
        json_array_append_new(findings, make_finding(finding));
        if (!json_object_get(document->rules, finding->rule->id))
            put(document->rules, finding->rule->id, make_rule(finding->rule));
    }
    bool has_os = audited->status != EVIDENCE_FAILED && !audited->snapshot->package;
    put(object, "name", make_text(audited->name));
    put(object, "status", json_string(evidence_status_name(audited->status)));
    put(object, "size", json_integer((json_int_t)audited->size));
    if (audited->shadow)
        put(object, "shadow_copy",
            json_pack("{sIso}", "number", (json_int_t)audited->shadow, "created",
                      make_filetime(audited->created)));
    put(object, "hive", make_hive(&audited->snapshot->hive));
    if (audited->snapshot->package)
        put(object, "text", make_package(audited->snapshot));
    put(object, "system", make_system(&audited->snapshot->system));
    put(object, "os", has_os ? make_os(&audited->snapshot->os) : json_null());
    put(object, "counts", make_counts(audited));
    put(object, "coverage", make_coverage(audited->snapshot));
    put(object, "settings", make_settings(audited->snapshot));
    put(object, "files", make_files(audited->snapshot));
    put(object, "findings", findings);
    put(object, "diagnostics", make_diags(audited->diags));
    fputs(document->has_evidence ? ",\n    " : "\n    ", output->stream);
    document->has_evidence = true;
    write_json(output->stream, object, 2);
}

static void end_document(struct output *output, const struct totals *totals)
{
    struct document *document = output->state;
    fputs(document->has_evidence ? "\n  ],\n" : "],\n", output->stream);
    write_member(output->stream, "rules", document->rules);
    fprintf(output->stream, ",\n  \"exit_status\": %d\n}\n", totals->exit_status);
}

static void discard_document(struct output *output)
{
    struct document *document = output->state;
    json_decref(document->rules);
}

struct component report_json_library(void)
{
    return (struct component){"jansson", jansson_version_str()};
}

const struct format json_format = {
    .name = "json",
    .begin = begin_document,
    .evidence = add_evidence,
    .end = end_document,
    .discard = discard_document,
};
