/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/manifest.h"

#include "base/digest.h"
#include "report/json_parts.h"

struct document {
    struct json_writer writer, evidence;
};

static json_t *make_arguments(const struct run *run)
{
    json_t *array = json_array();
    for (size_t i = 0; i < run->narguments; i++)
        json_array_append_new(array, json_make_text(run->arguments[i]));
    return array;
}

static json_t *make_labels(const struct labels *labels)
{
    json_t *object = json_object();
    json_put(object, "case", json_make_text(labels->case_name));
    json_put(object, "examiner", json_make_text(labels->examiner));
    json_put(object, "exhibit", json_make_text(labels->exhibit));
    json_put(object, "note", json_make_text(labels->note));
    return object;
}

static json_t *make_file(const struct used_file *file)
{
    json_t *object = json_object();
    json_put(object, "option", json_string(file->option));
    json_put(object, "name", json_make_text(file->name));
    json_put(object, "sha256", json_make_digest(file->has_digest, file->digest));
    return object;
}

static void begin_manifest(struct output *output)
{
    const struct run *run = output->run;
    struct document *document = arena_alloc(output->arena, 1, sizeof *document);
    struct json_writer *writer = &document->writer;
    output->state = document;
    *writer = json_begin(output->stream);
    json_add(writer, "kind", json_string(MANIFEST_KIND));
    json_add(writer, "schema_version", json_string(MANIFEST_SCHEMA_VERSION));
    json_add(writer, "tool", json_make_tool(run));
    json_add(writer, "started", json_make_filetime(run->started));
    json_add(writer, "working_directory", json_make_text(run->directory));
    json_add(writer, "arguments", make_arguments(run));
    json_add(writer, "labels", make_labels(&run->labels));
    json_add(writer, "now", json_make_text(run->now));
    struct json_writer files = json_begin_array(writer, "files");
    for (size_t i = 0; i < run->nfiles; i++)
        json_add(&files, NULL, make_file(&run->files[i]));
    json_end(&files);
    document->evidence = json_begin_array(writer, "evidence");
}

static ssize_t digest_written(void *cookie, const char *bytes, size_t len)
{
    digester_add(cookie, (struct slice){(const uint8_t *)bytes, len});
    return (ssize_t)len;
}

/* Of its line of JSON Lines, which need not be in memory for that. */
static json_t *make_line_digest(const struct run *run, const struct audited *audited)
{
    uint8_t digest[DIGEST_SIZE];
    struct digester *digester = digester_new();
    FILE *stream = fopencookie(digester, "w", (cookie_io_functions_t){.write = digest_written});
    if (!stream)
        end_out_of_memory();
    json_write_line(stream, run, audited);
    fclose(stream);
    digester_end(digester, digest);
    return json_make_digest(true, digest);
}

static json_t *make_counts(const size_t counts[NSEVERITIES])
{
    json_t *object = json_object();
    for (int severity = NSEVERITIES - 1; severity >= 0; severity--)
        json_put(object, severity_name(severity), json_integer((json_int_t)counts[severity]));
    return object;
}

static void add_evidence(struct output *output, const struct audited *audited)
{
    struct document *document = output->state;
    struct totals totals = {0};
    totals_add(&totals, audited);
    json_t *object = json_object();
    json_put(object, "name", json_make_text(audited->name));
    json_put(object, "status", json_string(evidence_status_name(audited->status)));
    json_put(object, "findings", make_counts(totals.findings));
    json_put(object, "sha256", make_line_digest(output->run, audited));
    json_add(&document->evidence, NULL, object);
}

static json_t *make_report(const struct report_record *report)
{
    json_t *object = json_object();
    json_put(object, "format", json_string(report->format));
    json_put(object, "name", json_make_text(report->name));
    json_put(object, "sha256", json_make_digest(report->has_digest, report->digest));
    return object;
}

static json_t *make_totals(const struct totals *totals)
{
    json_t *object = json_object(), *evidence = json_object(), *cards = json_object();
    for (enum evidence_status status = 0; status <= EVIDENCE_FAILED; status++)
        json_put(evidence, evidence_status_name(status),
                 json_integer((json_int_t)totals->evidence[status]));
    json_put(cards, "paired", json_integer((json_int_t)totals->cards[true]));
    json_put(cards, "unpaired", json_integer((json_int_t)totals->cards[false]));
    json_put(object, "evidence", evidence);
    json_put(object, "findings", make_counts(totals->findings));
    json_put(object, "waived", json_integer((json_int_t)totals->waived));
    json_put(object, "cards", cards);
    return object;
}

static void end_manifest(struct output *output, const struct totals *totals)
{
    struct document *document = output->state;
    struct json_writer *writer = &document->writer;
    json_end(&document->evidence);
    json_write_inputs(writer, totals);
    struct json_writer reports = json_begin_array(writer, "reports");
    for (size_t i = 0; i < totals->nreports; i++)
        json_add(&reports, NULL, make_report(&totals->reports[i]));
    json_end(&reports);
    json_add(writer, "totals", make_totals(totals));
    json_add(writer, "exit_status", json_integer(totals->exit_status));
    json_add(writer, "ended", json_make_filetime(totals->ended));
    json_end(writer);
    fputc('\n', output->stream);
}

const struct format manifest_format = {
    .name = "manifest",
    .comes_last = true,
    .begin = begin_manifest,
    .evidence = add_evidence,
    .end = end_manifest,
};
