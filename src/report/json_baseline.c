/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_baseline.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/json_parts.h"

/* What reading a report needs. */
struct reader {
    struct arena *arena;
    struct baseline *baseline; /* its evidence in the order of the report so far */
    const char *fault;         /* the first; NULL: none */
    void *texts;               /* of findings, each once: a tree of tsearch, which stays balanced */
};

static bool refuse(struct reader *reader, const char *fault)
{
    reader->fault = fault;
    return false;
}

static const char *get_text(struct reader *reader, const json_t *object, const char *name)
{
    return json_get_text(reader->arena, json_object_get(object, name));
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(left, right);
}

/* Findings of a fleet say the same again and again, and every worker is forked with what they take.
 */
static const char *share_text(struct reader *reader, const char *text)
{
    if (!text)
        return NULL;
    const char *const *there = tfind(text, &reader->texts, compare_texts);
    if (there)
        return *there;
    text = arena_strdup(reader->arena, text);
    if (!tsearch(text, &reader->texts, compare_texts))
        end_out_of_memory();
    return text;
}

static void keep_text(void *text)
{
    (void)text; /* the arena has it */
}

static bool read_finding(struct reader *reader, const json_t *json, struct old_finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    enum severity severity;
    const struct {
        const char *name, **text;
    } members[] = {
        {"fingerprint", &finding->fingerprint},
        {"rule", &finding->rule},
        {"severity", &finding->severity},
        {"view", &finding->view},
        {"key", &finding->key},
        {"value", &finding->value},
        {"message", &finding->message},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        *members[i].text =
            share_text(reader, json_get_text(arena, json_object_get(json, members[i].name)));
    return finding->fingerprint && finding->rule && finding->severity && finding->view &&
           finding->key && finding->message && severity_parse(finding->severity, &severity);
}

/* What the replay of logs took away was not there then. */
static bool was_there(const json_t *finding)
{
    const char *replay = json_string_value(json_object_get(finding, "replay"));
    return !replay || strcmp(replay, "only-before") != 0;
}

static bool read_findings(struct reader *reader, const json_t *array, struct old_evidence *evidence)
{
    size_t count = json_array_size(array);
    evidence->findings = arena_alloc(reader->arena, count, sizeof *evidence->findings);
    for (size_t i = 0; i < count; i++) {
        const json_t *json = json_array_get(array, i);
        if (!was_there(json))
            continue;
        if (!read_finding(reader, json, &evidence->findings[evidence->nfindings++]))
            return refuse(reader, arena_printf(reader->arena,
                                               "finding %zu of evidence %zu lacks a member, such "
                                               "as \"fingerprint\" (want what this version writes)",
                                               i + 1, reader->baseline->count + 1));
    }
    return true;
}

static bool read_evidence(struct reader *reader, const json_t *json)
{
    struct baseline *baseline = reader->baseline;
    const json_t *findings = json_object_get(json, "findings");
    struct old_evidence evidence = {.name = get_text(reader, json, "name")};
    if (!evidence.name || !json_is_array(findings))
        return refuse(reader,
                      arena_printf(reader->arena, "evidence %zu lacks \"name\" or \"findings\"",
                                   baseline->count + 1));
    if (json_object_get(json, "cards"))
        return refuse(reader, "is of a run with --card, which judges no rule");
    if (!read_findings(reader, findings, &evidence))
        return false;
    baseline->evidence =
        arena_grow(reader->arena, baseline->evidence, baseline->count, sizeof evidence);
    baseline->evidence[baseline->count++] = evidence;
    return true;
}

/* What a report says of itself, or a line of JSON Lines of its run. */
static bool read_head(struct reader *reader, const json_t *json)
{
    const char *version = get_text(reader, json, "schema_version");
    const char *level = get_text(reader, json, "min_severity");
    enum severity severity;
    if (!version)
        return refuse(reader, "is no report (want one of -o json or -o jsonl)");
    if (strcmp(version, JSON_SCHEMA_VERSION) != 0)
        return refuse(reader, arena_printf(reader->arena, "has schema_version \"%s\", want \"%s\"",
                                           version, JSON_SCHEMA_VERSION));
    if (!level || !severity_parse(level, &severity))
        return refuse(reader,
                      "does not say its min_severity (want a report of -o json or -o jsonl)");
    if (severity > reader->baseline->min_severity)
        reader->baseline->min_severity = severity;
    return true;
}

/* A document of several pieces of evidence, or a line of one. */
static bool read_document(struct reader *reader, const json_t *json)
{
    const json_t *evidence = json_object_get(json, "evidence");
    if (!read_head(reader, json))
        return false;
    if (!evidence)
        return read_evidence(reader, json);
    for (size_t i = 0; i < json_array_size(evidence); i++)
        if (!read_evidence(reader, json_array_get(evidence, i)))
            return false;
    return true;
}

static size_t skip_blanks(struct slice bytes, size_t offset)
{
    while (offset < bytes.len && memchr(" \t\r\n", bytes.ptr[offset], 4))
        offset++;
    return offset;
}

/* Reads one document after the other. Ends: each takes some bytes. */
static bool read_documents(struct reader *reader, struct slice bytes)
{
    size_t flags = JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES;
    for (size_t at = skip_blanks(bytes, 0); at < bytes.len; at = skip_blanks(bytes, at)) {
        json_error_t error;
        json_t *json = json_loadb((const char *)bytes.ptr + at, bytes.len - at, flags, &error);
        if (!json)
            return refuse(reader, arena_printf(reader->arena, "is not JSON at byte %zu: %s",
                                               at + (size_t)error.position, error.text));
        at += (size_t)error.position;
        bool good = read_document(reader, json);
        json_decref(json);
        if (!good)
            return false;
    }
    return true;
}

static int compare_evidence(const void *left, const void *right)
{
    const struct old_evidence *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order ? order : (*a > *b) - (*a < *b);
}

/* qsort may change the order of equal ones, so it is told where they were. */
static void sort_evidence(struct arena *arena, struct baseline *baseline)
{
    struct old_evidence **order = arena_alloc(arena, baseline->count, sizeof *order);
    struct old_evidence *sorted = arena_alloc(arena, baseline->count, sizeof *sorted);
    for (size_t i = 0; i < baseline->count; i++)
        order[i] = &baseline->evidence[i];
    if (baseline->count)
        qsort(order, baseline->count, sizeof *order, compare_evidence);
    for (size_t i = 0; i < baseline->count; i++)
        sorted[i] = *order[i];
    baseline->evidence = sorted;
}

const char *json_read_baseline(struct arena *arena, struct slice bytes, struct baseline *baseline)
{
    struct reader reader = {.arena = arena, .baseline = baseline};
    *baseline = (struct baseline){0};
    bool good = read_documents(&reader, bytes);
    tdestroy(reader.texts, keep_text);
    if (!good)
        return reader.fault;
    if (!baseline->count)
        return "is no report (want one of -o json or -o jsonl): it names no evidence";
    sort_evidence(arena, baseline);
    return NULL;
}
