/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "rule/atr_names.h"

/* The document is written one piece of evidence at a time; what is said of all of them follows. */
struct document {
    struct json_writer writer, evidence;
    json_t *rules; /* object: the rules that found something, by id */
};

static json_t *make_rule(const struct rule *rule)
{
    json_t *object = json_object();
    json_put(object, "title", json_make_text(rule->title));
    json_put(object, "severity", json_string(severity_name(rule->severity)));
    json_put(object, "tags", json_make_strings(&rule->tags));
    json_put(object, "effect", json_make_text(rule->effect));
    json_put(object, "remedy", json_make_text(rule->remedy));
    return object;
}

static json_t *make_names(const struct atr_names *names)
{
    if (!names)
        return json_null();
    json_t *object = json_object();
    json_put(object, "file", json_make_text(names->file));
    json_put(object, "atrs", json_integer((json_int_t)names->count));
    return object;
}

json_t *json_make_tool(const struct run *run)
{
    json_t *object = json_object(), *libraries = json_object();
    for (size_t i = 0; i < run->nlibraries; i++)
        json_put(libraries, run->libraries[i].name, json_string(run->libraries[i].version));
    json_put(object, "name", json_string("hiveaudit"));
    json_put(object, "version", json_string(run->version));
    json_put(object, "sandbox", json_string(run->sandbox));
    json_put(object, "libraries", libraries);
    json_put(object, "atr_names", make_names(run->names));
    json_put(object, "golden", json_make_text(run->golden));
    return object;
}

static void begin_document(struct output *output)
{
    struct document *document = arena_alloc(output->arena, 1, sizeof *document);
    *document = (struct document){.writer = json_begin(output->stream), .rules = json_object()};
    output->state = document;
    json_write_head(output->run, &document->writer);
    json_add(&document->writer, "tool", json_make_tool(output->run));
    document->evidence = json_begin_array(&document->writer, "evidence");
}

/* The rules that found something are said once, behind all evidence. */
static void collect_rules(struct output *output, const struct findings *findings)
{
    struct document *document = output->state;
    for (size_t i = 0; i < findings->count; i++) {
        const struct rule *rule = findings->items[i].rule;
        if (findings->items[i].severity >= output->run->min_severity &&
            !json_object_get(document->rules, rule->id))
            json_put(document->rules, rule->id, make_rule(rule));
    }
}

static void add_evidence(struct output *output, const struct audited *audited)
{
    struct document *document = output->state;
    struct json_writer evidence = json_begin_object(&document->evidence, NULL);
    json_write_evidence(output->run, &evidence, audited);
    json_end(&evidence);
    collect_rules(output, &audited->findings);
}

static void end_document(struct output *output, const struct totals *totals)
{
    struct document *document = output->state;
    json_end(&document->evidence);
    json_add(&document->writer, "rules", document->rules);
    json_write_standing(output->run, &document->writer, totals);
    if (totals->inputs)
        json_write_inputs(&document->writer, totals);
    json_add(&document->writer, "exit_status", json_integer(totals->exit_status));
    json_end(&document->writer);
    fputc('\n', output->stream);
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
