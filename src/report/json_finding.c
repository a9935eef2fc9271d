/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "model/pe.h"

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
    json_put(object, "atr", json_make_hex(pair->atr));
    json_put(object, "mask", pair->mask.ptr ? json_make_hex(pair->mask) : json_null());
    json_put(object, "offending_bytes", make_marked(pair));
    json_put(object, "repaired_atr",
             pair->repaired.len ? json_make_hex(pair->repaired) : json_null());
    json_put(object, "decoded", json_make_text(pair->decoded));
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

static json_t *make_machine(uint32_t machine)
{
    if (!machine)
        return json_null();
    CLEANUP(arena) struct arena *arena = arena_new();
    return json_string(pe_machine_name(arena, machine));
}

json_t *json_make_file(const struct module_file *file)
{
    static const char *const states[NFILE_STATES] = {"unknown", "absent", "present", "unreadable"};
    bool is_present = file->state == FILE_PRESENT;
    json_t *object = json_object();
    json_put(object, "view", json_string(view_name(file->view)));
    json_put(object, "name", json_make_text(file->asked));
    json_put(object, "path", json_make_text(file->path));
    json_put(object, "state", json_string(states[file->state]));
    json_put(object, "found", json_make_text(file->found));
    json_put(object, "size", is_present ? json_integer((json_int_t)file->size) : json_null());
    json_put(object, "machine", make_machine(file->machine));
    json_put(object, "sha256", json_make_digest(file->has_digest, file->digest));
    return object;
}

/* What the golden hive has in place of the value. */
static json_t *make_golden(const struct regval *golden)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    json_t *object = json_object();
    json_put(object, "type", json_string(regtype_name(arena, golden->type)));
    json_put(object, "data", json_make_hex(golden->raw));
    return object;
}

static json_t *make_fingerprint(const struct finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    return json_string(finding_fingerprint(arena, finding));
}

/* What a finding is about. */
static void put_subject(json_t *object, const struct finding *finding)
{
    const struct origin *origin = finding->origin;
    const struct regval *value = finding->value;
    json_put(object, "view", json_string(view_name(origin->view)));
    if (finding->in_system)
        json_put(object, "hive", json_string("system"));
    json_put(object, "key", json_make_text(origin->key));
    json_put_utf16_if_lossy(object, "key_utf16le", origin->key);
    json_put(object, "value", json_make_text(value ? value->name : NULL));
    if (value)
        json_put_utf16_if_lossy(object, "value_utf16le", value->name);
}

/* How it stands to waivers, an earlier report, logs and shadow copies. */
static void put_standing(json_t *object, const struct finding *finding)
{
    if (finding->baseline != BASELINE_NONE)
        json_put(object, "baseline", json_string(baseline_state_names[finding->baseline]));
    if (finding->waiver)
        json_put(object, "waiver", json_make_waiver(finding->waiver));
    if (finding->timing != TIMING_BOTH)
        json_put(object, "replay", json_string(timing_names[finding->timing]));
    if (finding->has_history)
        json_put(object, "shadow_copies", make_history(finding));
}

/* Where it lies. */
static void put_place(json_t *object, const struct finding *finding)
{
    struct text_place place = finding_place(finding);
    const struct origin *origin = finding->origin;
    if (place.line) {
        json_put(object, "line", json_integer(place.line));
        json_put(object, "column", json_integer(place.column));
    }
    if (finding->archs)
        json_put(object, "architectures", json_make_archs(finding->archs));
    json_put(object, "last_write",
             origin->offset ? json_make_filetime(origin->last_write) : json_null());
    json_put(object, "offset",
             origin->offset ? json_integer((json_int_t)origin->offset) : json_null());
}

json_t *json_make_finding(const struct finding *finding)
{
    json_t *object = json_object();
    const struct regval *value = finding->value;
    bool is_there = value && value->state != VALUE_ABSENT;
    json_put(object, "fingerprint", make_fingerprint(finding));
    json_put(object, "rule", json_string(finding->rule->id));
    json_put(object, "severity", json_string(severity_name(finding->severity)));
    put_subject(object, finding);
    json_put(object, "message", json_make_text(finding->message));
    put_standing(object, finding);
    put_place(object, finding);
    json_put(object, "data", is_there ? json_make_hex(value->raw) : json_null());
    if (finding->golden)
        json_put(object, "golden", make_golden(finding->golden));
    if (finding->card.len)
        json_put(object, "card", json_make_hex(finding->card));
    if (finding->pair)
        json_put(object, "pair", make_pair(finding->pair));
    if (finding->file)
        json_put(object, "file", json_make_file(finding->file));
    return object;
}
