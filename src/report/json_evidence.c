/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "base/cleanup.h"
#include "base/text.h"

/* null where none came with the hive. */
static json_t *make_files(const struct snapshot *snapshot)
{
    if (!snapshot->has_files)
        return json_null();
    json_t *array = json_array();
    for (size_t i = 0; i < snapshot->nfiles; i++)
        json_array_append_new(array, json_make_file(&snapshot->files[i]));
    return array;
}

static json_t *make_log(const struct log_use *log)
{
    json_t *object = json_object();
    json_put(object, "name", json_make_text(log->name));
    json_put(object, "format", json_string(log_format_names[log->format]));
    json_put(object, "applied", json_integer(log->applied));
    json_put(object, "first", log->applied ? json_integer(log->first) : json_null());
    json_put(object, "last", log->applied ? json_integer(log->last) : json_null());
    json_put(object, "reason", json_make_text(log->reason));
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
    json_put(object, "state", json_string(hive_state_names[hive->state]));
    json_put(object, "file_name", json_make_text(hive->file_name));
    json_put(object, "primary_sequence", json_integer(hive->primary_sequence));
    json_put(object, "secondary_sequence", json_integer(hive->secondary_sequence));
    json_put(object, "last_written", json_make_filetime(hive->last_written));
    json_put(object, "logs", make_logs(hive));
    json_put(object, "repairs", json_integer((json_int_t)hive->repairs));
    json_put(object, "sha256", json_make_digest(hive->has_digest, hive->digest));
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
    json_put(object, "name", json_make_text(system->name));
    json_put(object, "state", json_string(states[system->state]));
    json_put(object, "hive", make_hive(&system->hive));
    json_put(object, "control_set", is_read ? json_integer(system->control_set) : json_null());
    json_put(object, "providers", is_read ? json_integer((json_int_t)system->nksps) : json_null());
    return object;
}

static json_t *make_os(const struct os_build *os)
{
    json_t *object = json_object();
    json_put(object, "product", json_make_text(os->product));
    json_put(object, "display_version", json_make_text(os->display_version));
    json_put(object, "build", os->build ? json_integer(os->build) : json_null());
    json_put(object, "ubr", os->has_ubr ? json_integer(os->ubr) : json_null());
    json_put(object, "arch", json_string(arch_name(os->arch)));
    json_put(object, "system_root", json_make_text(os->system_root));
    return object;
}

/* The values of one key, as they are. */
static void add_settings(struct json_writer *array, const struct regkey *key)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (size_t i = 0; i < key->nvalues; i++) {
        const struct regval *value = &key->values[i];
        json_t *object = json_object();
        json_put(object, "view", json_string(view_name(key->origin.view)));
        json_put(object, "key", json_make_text(key->origin.key));
        json_put(object, "value", json_make_text(value->name));
        json_put(object, "type", json_string(regtype_name(arena, value->type)));
        json_put(object, "data",
                 value->state == VALUE_UNREADABLE ? json_null() : json_make_hex(value->raw));
        json_put(object, "last_write", json_make_filetime(key->origin.last_write));
        json_add(array, NULL, object);
    }
}

/* What is configured apart from cards: readers, policies, and the ATRs that discovery has cached.
 */
static void write_settings(struct json_writer *evidence, const struct snapshot *snapshot)
{
    struct json_writer array = json_begin_array(evidence, "settings");
    for (enum view view = 0; view < NVIEWS; view++)
        add_settings(&array, &snapshot->views[view].readers);
    for (int i = 0; i < NPOLICIES; i++)
        add_settings(&array, &snapshot->policies[i]);
    for (int i = 0; i < NATR_CACHES; i++)
        add_settings(&array, &snapshot->atr_caches[i]);
    json_end(&array);
}

static json_t *make_entries(const struct snapshot *snapshot)
{
    json_t *entries = json_object();
    for (enum view view = 0; view < NVIEWS; view++)
        if (snapshot->views[view].exists)
            json_put(entries, view_name(view),
                     json_integer((json_int_t)snapshot->views[view].ncards));
    return entries;
}

/* The INF or .reg that was read in place of a hive: the entries that it writes by architecture. */
static json_t *make_package(const struct snapshot *snapshot)
{
    const struct package_facts *package = snapshot->package;
    json_t *object = json_object(), *entries = json_object();
    for (const struct snapshot *at = snapshot; at; at = at->variant)
        json_put(entries, arch_name(at->os.arch), make_entries(at));
    json_put(object, "kind", json_string(package_kind_ids[package->kind]));
    json_put(object, "encoding", json_string(encoding_names[package->encoding]));
    json_put(object, "entries", entries);
    return object;
}

static void put_count(json_t *object, const char *name, size_t count)
{
    json_put(object, name, json_integer((json_int_t)count));
}

static json_t *make_counts(const struct run *run, const struct audited *audited)
{
    struct totals totals = {0};
    totals_add(&totals, audited);
    json_t *object = json_object();
    for (int severity = 0; severity < NSEVERITIES; severity++)
        put_count(object, severity_name(severity), totals.findings[severity]);
    if (run->now)
        put_count(object, "waived", totals.waived);
    if (run->baseline) {
        put_count(object, "new", totals.new);
        put_count(object, "unchanged", totals.unchanged);
        put_count(object, "gone", totals.gone);
    }
    json_put(object, "entries", make_entries(audited->snapshot));
    return object;
}

static json_t *make_losses(const struct view_config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->nlost; i++) {
        json_t *object = json_object();
        json_put(object, "key", json_make_text(config->lost[i].key));
        json_put(object, "offset", json_integer((json_int_t)config->lost[i].offset));
        json_put(object, "reason", json_make_text(config->lost[i].reason));
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
        json_put(coverage, "entries",
                 is_list_known(snapshot, config) ? json_integer((json_int_t)config->nlisted)
                                                 : json_null());
        json_put(coverage, "read", json_integer((json_int_t)config->nread));
        json_put(coverage, "lost", make_losses(config));
        json_put(object, view_name(view), coverage);
    }
    return object;
}

static json_t *make_diags(const struct diags *diags)
{
    json_t *array = json_array();
    for (size_t i = 0; i < diags->count; i++) {
        json_t *object = json_object();
        json_put(object, "level", json_string(diag_level_names[diags->items[i].level]));
        json_put(object, "key", json_make_text(diags->items[i].key));
        json_put(object, "message", json_make_text(diags->items[i].message));
        json_array_append_new(array, object);
    }
    return array;
}

/* Where evidence comes from, and what Windows it is of. */
static void write_facts(const struct run *run, struct json_writer *evidence,
                        const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    bool has_os = audited->status != EVIDENCE_FAILED && !snapshot->package;
    json_add(evidence, "name", json_make_text(audited->name));
    json_add(evidence, "status", json_string(evidence_status_name(audited->status)));
    json_add(evidence, "size", json_integer((json_int_t)audited->size));
    if (audited->shadow)
        json_add(evidence, "shadow_copy",
                 json_pack("{sIso}", "number", (json_int_t)audited->shadow, "created",
                           json_make_filetime(audited->created)));
    json_add(evidence, "hive", make_hive(&snapshot->hive));
    if (snapshot->package)
        json_add(evidence, "text", make_package(snapshot));
    json_add(evidence, "system", make_system(&snapshot->system));
    json_add(evidence, "os", has_os ? make_os(&snapshot->os) : json_null());
    json_add(evidence, "counts", make_counts(run, audited));
    json_add(evidence, "coverage", make_coverage(snapshot));
}

static void write_findings(const struct run *run, struct json_writer *evidence,
                           const struct findings *findings)
{
    struct json_writer array = json_begin_array(evidence, "findings");
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].severity >= run->min_severity)
            json_add(&array, NULL, json_make_finding(&findings->items[i]));
    json_end(&array);
}

void json_write_evidence(const struct run *run, struct json_writer *evidence,
                         const struct audited *audited)
{
    write_facts(run, evidence, audited);
    write_settings(evidence, audited->snapshot);
    json_write_seen_cards(run, evidence, audited->snapshot);
    json_add(evidence, "files", make_files(audited->snapshot));
    if (run->inventory)
        json_write_inventory(evidence, audited->snapshot);
    if (run->ncards)
        json_write_cards(run, evidence, audited);
    write_findings(run, evidence, &audited->findings);
    if (run->baseline)
        json_write_gone(run, evidence, audited);
    json_add(evidence, "diagnostics", make_diags(audited->diags));
}
