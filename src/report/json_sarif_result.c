/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define NAME_SHOWN_MAX 1000 /* bytes of a name: those of values may have 16,383 characters */

/* A cell's size, and the part of a key's record ("nk") that each has: its name stands behind. */
#define KEY_CELL_SIZE (4 + 76)

/* GitHub takes no result without a line, though SARIF has lines for texts only (3.30.1). The bytes
 * are those of the key's cell; one that only the logs have added lies in no file. */
static json_t *make_region(const struct sarif_subject *subject, const struct finding *finding)
{
    struct text_place place = finding_place(finding);
    uint64_t offset = finding->origin->offset, size = subject->audited->size;
    json_t *object = json_object();
    json_put(object, "startLine", json_integer(place.line ? place.line : 1));
    if (place.line && place.column)
        json_put(object, "startColumn", json_integer(place.column));
    if (!offset || (!finding->in_system && (size < KEY_CELL_SIZE || offset > size - KEY_CELL_SIZE)))
        return object;
    json_put(object, "byteOffset", json_integer((json_int_t)offset));
    json_put(object, "byteLength", json_integer(KEY_CELL_SIZE));
    return object;
}

/* "HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\...\ATR"; value NULL: the key itself. */
static json_t *make_logical(const char *root, const char *key, const char *value, const char *kind)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *name = !value ? "" : *value ? value : "(default)";
    const char *full = arena_printf(arena, "%s%s%s%s", root, key, value ? "\\" : "", name);
    json_t *object = json_object();
    json_put(object, "fullyQualifiedName",
             json_make_text(text_escape(arena, text_cut(arena, full, NAME_SHOWN_MAX))));
    if (kind)
        json_put(object, "kind", json_string(kind));
    return object;
}

/* A fault of a text has a section or an ID for a key. */
static json_t *make_registry_place(const struct finding *finding)
{
    const struct origin *origin = finding->origin;
    if (origin->view == VIEW_NONE && origin->line && finding->rule->check)
        return make_logical("", origin->key, NULL, NULL);
    const char *root =
        finding->in_system ? "HKEY_LOCAL_MACHINE\\SYSTEM\\" : "HKEY_LOCAL_MACHINE\\SOFTWARE\\";
    return make_logical(root, origin->key, finding->value ? finding->value->name : NULL,
                        finding->value ? "value" : "key");
}

/* What SARIF has no members for, as the JSON report has it. */
static json_t *make_properties(const struct finding *finding)
{
    static const char *const said[] = {"fingerprint", "rule", "key",    "value",  "message",
                                       "baseline",    "line", "column", "offset", "data"};
    json_t *object = json_make_finding(finding);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        json_object_del(object, said[i]);
    return object;
}

/* One that has expired suppresses nothing. */
static json_t *make_suppressions(const struct waiver *waiver)
{
    json_t *array = json_array();
    if (!waiver || waiver->is_expired)
        return array;
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *justification =
        arena_printf(arena, "%s (%s, until %s)", waiver->reason, waiver->owner, waiver->expires);
    json_array_append_new(array, json_pack("{ssssso}", "kind", "external", "status", "accepted",
                                           "justification", json_make_text(justification)));
    return array;
}

/* Where one result says how it stands to waivers or a baseline, all have to (3.27.23, 3.27.24). */
static void put_standing(json_t *result, const struct run *run, const struct waiver *waiver,
                         const char *baseline)
{
    if (run->now)
        json_put(result, "suppressions", make_suppressions(waiver));
    if (run->baseline)
        json_put(result, "baselineState", json_string(baseline));
}

/* What the baseline left out by its severity is not known to be new. */
static const char *name_state(const struct finding *finding)
{
    if (finding->timing == TIMING_BEFORE)
        return "absent";
    return finding->baseline == BASELINE_NEW ? "new" : "unchanged";
}

static json_t *start_result(const struct sarif_subject *subject, const char *rule,
                            const char *severity, const char *message, const char *fingerprint)
{
    const struct ruleset *ruleset = subject->run->ruleset;
    const struct rule *known = ruleset_find(ruleset, rule);
    size_t number = known ? subject->rule_numbers[known - ruleset->rules] : SIZE_MAX;
    json_t *object = json_object();
    json_put(object, "ruleId", json_make_text(rule));
    if (number != SIZE_MAX)
        json_put(object, "ruleIndex", json_integer((json_int_t)number));
    json_put(object, "level", json_string(severity));
    json_put(object, "message", sarif_make_message(message));
    json_put(object, "partialFingerprints",
             json_pack("{so}", "hiveauditFingerprint/v1", json_make_text(fingerprint)));
    return object;
}

static void put_location(json_t *result, const struct sarif_subject *subject, size_t artifact,
                         json_t *region, json_t *logical)
{
    json_t *location =
        json_pack("{s{soso}}", "physicalLocation", "artifactLocation",
                  sarif_make_location(subject->artifacts, artifact), "region", region);
    if (logical)
        json_put(location, "logicalLocations", json_pack("[o]", logical));
    json_put(result, "locations", json_pack("[o]", location));
}

json_t *sarif_make_result(const struct sarif_subject *subject, const struct finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    json_t *result = start_result(subject, finding->rule->id, severity_name(finding->severity),
                                  finding->message, finding_fingerprint(arena, finding));
    put_location(result, subject, finding->in_system ? subject->system : subject->evidence,
                 make_region(subject, finding),
                 *finding->origin->key ? make_registry_place(finding) : NULL);
    put_standing(result, subject->run, finding->waiver, name_state(finding));
    json_put(result, "properties", make_properties(finding));
    return result;
}

/* Where it was in the file is not known any more, nor, without a view, in which hive. The earlier
 * report is a text of the user's, so that its texts are anything. */
json_t *sarif_make_gone(const struct sarif_subject *subject, const struct old_finding *old)
{
    bool is_software = strcmp(old->view, view_name(VIEW_NONE)) != 0;
    json_t *result =
        start_result(subject, old->rule, old->severity, old->message, old->fingerprint);
    put_location(result, subject, subject->evidence, json_pack("{si}", "startLine", 1),
                 *old->key ? make_logical(is_software ? "HKEY_LOCAL_MACHINE\\SOFTWARE\\" : "",
                                          old->key, old->value, old->value ? "value" : "key")
                           : NULL);
    put_standing(result, subject->run, NULL, "absent");
    json_put(result, "properties",
             json_pack("{ssso}", "severity", old->severity, "view", json_make_text(old->view)));
    return result;
}
