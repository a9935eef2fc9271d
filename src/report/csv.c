/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/describe.h"
#include "report/text_parts.h"

/* RFC 4180: one finding a row. UTF-8 without a byte-order mark: to most programs that read CSV it
 * would be a part of the first column's name; spreadsheets ask for the encoding, or detect it,
 * where they import a file. */

enum column {
    COLUMN_EVIDENCE,
    COLUMN_STATUS,
    COLUMN_SHA256,
    COLUMN_PRODUCT,
    COLUMN_RELEASE,
    COLUMN_BUILD,
    COLUMN_UBR,
    COLUMN_ARCH,
    COLUMN_RULE,
    COLUMN_SEVERITY,
    COLUMN_VIEW,
    COLUMN_KEY,
    COLUMN_VALUE,
    COLUMN_DATA,
    COLUMN_GOLDEN,
    COLUMN_MESSAGE,
    COLUMN_ATR,
    COLUMN_MASK,
    COLUMN_OFFENDING,
    COLUMN_REPAIRED,
    COLUMN_LAST_WRITE,
    COLUMN_OFFSET,
    COLUMN_LINE,
    COLUMN_COLUMN,
    COLUMN_REPLAY,
    COLUMN_ARCHITECTURES,
    COLUMN_WAIVER,
    COLUMN_OWNER,
    COLUMN_EXPIRES,
    COLUMN_REASON,
    COLUMN_BASELINE,
    COLUMN_FINGERPRINT,
    COLUMN_CASE,
    COLUMN_EXAMINER,
    COLUMN_EXHIBIT,
    COLUMN_NOTE,
    NCOLUMNS,
};

static const char *const column_names[NCOLUMNS] = {
    [COLUMN_EVIDENCE] = "evidence",
    [COLUMN_STATUS] = "status",
    [COLUMN_SHA256] = "sha256",
    [COLUMN_PRODUCT] = "product",
    [COLUMN_RELEASE] = "release",
    [COLUMN_BUILD] = "build",
    [COLUMN_UBR] = "ubr",
    [COLUMN_ARCH] = "arch",
    [COLUMN_RULE] = "rule",
    [COLUMN_SEVERITY] = "severity",
    [COLUMN_VIEW] = "view",
    [COLUMN_KEY] = "key",
    [COLUMN_VALUE] = "value",
    [COLUMN_DATA] = "data",
    [COLUMN_GOLDEN] = "golden",
    [COLUMN_MESSAGE] = "message",
    [COLUMN_ATR] = "atr",
    [COLUMN_MASK] = "mask",
    [COLUMN_OFFENDING] = "offending_bytes",
    [COLUMN_REPAIRED] = "repaired_atr",
    [COLUMN_LAST_WRITE] = "last_write",
    [COLUMN_OFFSET] = "offset",
    [COLUMN_LINE] = "line",
    [COLUMN_COLUMN] = "column",
    [COLUMN_REPLAY] = "replay",
    [COLUMN_ARCHITECTURES] = "architectures",
    [COLUMN_WAIVER] = "waiver",
    [COLUMN_OWNER] = "waiver_owner",
    [COLUMN_EXPIRES] = "waiver_expires",
    [COLUMN_REASON] = "waiver_reason",
    [COLUMN_BASELINE] = "baseline",
    [COLUMN_FINGERPRINT] = "fingerprint",
    [COLUMN_CASE] = "case",
    [COLUMN_EXAMINER] = "examiner",
    [COLUMN_EXHIBIT] = "exhibit",
    [COLUMN_NOTE] = "note",
};

/* The texts of one row; NULL: an empty cell. */
struct row {
    const char *cells[NCOLUMNS];
};

/* Whether a spreadsheet would take a text that starts so for a formula, with the wide forms that
 * some take for the same (OWASP, CSV Injection). The apostrophe is one of them so that it can be
 * told from the one that is put in front. */
static bool starts_formula(uint32_t code)
{
    static const uint32_t starts[] = {'=', '+', '-', '@', '\'', 0xff1d, 0xff0b, 0xff0d, 0xff20};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (code == starts[i])
            return true;
    return false;
}

/* Where the comma is a decimal one, spreadsheets split cells at semicolons, whatever quotes there
 * are: a formula would start behind one as well, also in quotes of its own. */
static void write_guarded(FILE *stream, const char *text)
{
    uint32_t before = ';';
    for (const char *at = text; *at;) {
        const char *start = at;
        uint32_t code = text_next(&at);
        if (before == ';' && (starts_formula(code) || (code == '"' && start > text)))
            fputc('\'', stream);
        if (code == '"')
            fputc('"', stream);
        fwrite(start, 1, (size_t)(at - start), stream);
        before = code;
    }
}

static void write_cell(FILE *stream, struct arena *arena, const char *text)
{
    const char *escaped = text_escape(arena, text); /* no line break is left */
    const char *quote = strpbrk(escaped, "\",") ? "\"" : "";
    fputs(quote, stream);
    write_guarded(stream, escaped);
    fputs(quote, stream);
}

static void write_row(struct output *output, const struct row *row)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (int column = 0; column < NCOLUMNS; column++) {
        if (column)
            fputc(',', output->stream);
        if (row->cells[column])
            write_cell(output->stream, arena, row->cells[column]);
    }
    fputs("\r\n", output->stream);
}

static const char *make_number(struct arena *arena, uint64_t number)
{
    return arena_printf(arena, "%" PRIu64, number);
}

static struct row begin_row(const struct output *output, const char *name,
                            enum evidence_status status)
{
    const struct labels *labels = &output->run->labels;
    return (struct row){{
        [COLUMN_EVIDENCE] = name,
        [COLUMN_STATUS] = evidence_status_name(status),
        [COLUMN_CASE] = labels->case_name,
        [COLUMN_EXAMINER] = labels->examiner,
        [COLUMN_EXHIBIT] = labels->exhibit,
        [COLUMN_NOTE] = labels->note,
    }};
}

/* What each row of a piece of evidence says. */
static struct row begin_rows(struct arena *arena, const struct output *output,
                             const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    const struct os_build *os = &snapshot->os;
    struct row row = begin_row(output, audited->name, audited->status);
    if (snapshot->hive.has_digest)
        row.cells[COLUMN_SHA256] = describe_digest(arena, snapshot->hive.digest);
    if (audited->status == EVIDENCE_FAILED || snapshot->package)
        return row;
    row.cells[COLUMN_PRODUCT] = os->product;
    row.cells[COLUMN_RELEASE] = os->display_version;
    row.cells[COLUMN_BUILD] = os->build ? make_number(arena, os->build) : NULL;
    row.cells[COLUMN_UBR] = os->has_ubr ? make_number(arena, os->ubr) : NULL;
    row.cells[COLUMN_ARCH] = arch_name(os->arch);
    return row;
}

/* "1 5": with commas it would be a number in some countries. */
static const char *list_offending(struct arena *arena, const struct pair_detail *pair)
{
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    char *list = arena_alloc(arena, len + 1, sizeof "18446744073709551615"), *out = list;
    for (size_t i = 0; pair->marked && i < len; i++)
        if (pair->marked[i])
            out += sprintf(out, "%s%zu", out > list ? " " : "", i);
    return list;
}

/* Bytes in hex stand apart: "3e10" would be a number. */
static void fill_pair(struct arena *arena, struct row *row, const struct pair_detail *pair)
{
    row->cells[COLUMN_ATR] = text_hex(arena, pair->atr, " ");
    row->cells[COLUMN_MASK] = text_hex(arena, pair->mask, " ");
    row->cells[COLUMN_OFFENDING] = list_offending(arena, pair);
    row->cells[COLUMN_REPAIRED] = text_hex(arena, pair->repaired, " ");
}

static void fill_waiver(struct row *row, const struct waiver *waiver)
{
    row->cells[COLUMN_WAIVER] = waiver->is_expired ? "expired" : "waived";
    row->cells[COLUMN_OWNER] = waiver->owner;
    row->cells[COLUMN_EXPIRES] = waiver->expires;
    row->cells[COLUMN_REASON] = waiver->reason;
}

/* Where a finding stands. */
static void fill_place(struct arena *arena, struct row *row, const struct finding *finding)
{
    const struct origin *origin = finding->origin;
    struct text_place place = finding_place(finding);
    if (origin->offset) {
        row->cells[COLUMN_LAST_WRITE] = text_filetime(arena, origin->last_write);
        row->cells[COLUMN_OFFSET] = make_number(arena, origin->offset);
    }
    if (place.line) {
        row->cells[COLUMN_LINE] = make_number(arena, place.line);
        row->cells[COLUMN_COLUMN] = make_number(arena, place.column);
    }
}

static void fill_finding(struct arena *arena, struct row *row, const struct finding *finding)
{
    const struct origin *origin = finding->origin;
    const struct regval *value = finding->value;
    row->cells[COLUMN_RULE] = finding->rule->id;
    row->cells[COLUMN_SEVERITY] = severity_name(finding->severity);
    row->cells[COLUMN_VIEW] = finding->in_system ? "system" : view_name(origin->view);
    row->cells[COLUMN_KEY] = origin->key;
    row->cells[COLUMN_MESSAGE] = finding->message;
    if (value) {
        row->cells[COLUMN_VALUE] = *value->name ? value->name : "(default)";
        row->cells[COLUMN_DATA] = regval_show(arena, value);
    }
    if (finding->golden)
        row->cells[COLUMN_GOLDEN] = regval_show(arena, finding->golden);
    if (finding->pair)
        fill_pair(arena, row, finding->pair);
    fill_place(arena, row, finding);
    row->cells[COLUMN_REPLAY] = timing_names[finding->timing];
    row->cells[COLUMN_ARCHITECTURES] = text_list_archs(arena, finding->archs);
    if (finding->waiver)
        fill_waiver(row, finding->waiver);
    row->cells[COLUMN_BASELINE] = baseline_state_names[finding->baseline];
    row->cells[COLUMN_FINGERPRINT] = finding_fingerprint(arena, finding);
}

static void write_finding(struct output *output, const struct row *common,
                          const struct finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct row row = *common;
    fill_finding(arena, &row, finding);
    write_row(output, &row);
}

static void write_gone(struct output *output, const struct row *common,
                       const struct old_finding *gone)
{
    struct row row = *common;
    row.cells[COLUMN_RULE] = gone->rule;
    row.cells[COLUMN_SEVERITY] = gone->severity;
    row.cells[COLUMN_VIEW] = gone->view;
    row.cells[COLUMN_KEY] = gone->key;
    row.cells[COLUMN_VALUE] = gone->value;
    row.cells[COLUMN_MESSAGE] = gone->message;
    row.cells[COLUMN_BASELINE] = "gone";
    row.cells[COLUMN_FINGERPRINT] = gone->fingerprint;
    write_row(output, &row);
}

/* Evidence that was not audited as a whole must not look like clean evidence, which has no row:
 * what it lacks is a row without a rule. */
static void write_diag(struct output *output, const struct row *common, const struct diag *diag)
{
    struct row row = *common;
    if (diag->level == DIAG_NOTE)
        return;
    row.cells[COLUMN_SEVERITY] = diag_level_names[diag->level];
    row.cells[COLUMN_KEY] = diag->key;
    row.cells[COLUMN_MESSAGE] = diag->message;
    write_row(output, &row);
}

static void write_header(struct output *output)
{
    struct row row;
    memcpy(row.cells, column_names, sizeof column_names);
    write_row(output, &row);
}

static void write_rows(struct output *output, const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct row common = begin_rows(arena, output, audited);
    for (size_t i = 0; i < audited->diags->count; i++)
        write_diag(output, &common, &audited->diags->items[i]);
    for (size_t i = 0; i < audited->findings.count; i++)
        if (audited->findings.items[i].severity >= output->run->min_severity)
            write_finding(output, &common, &audited->findings.items[i]);
    for (size_t i = 0; i < audited->ngone; i++)
        if (run_shows_gone(output->run, &audited->gone[i]))
            write_gone(output, &common, &audited->gone[i]);
}

/* What was audited was not all of one file: its findings cannot be relied on. */
static void write_bad_inputs(struct output *output, const struct totals *totals)
{
    for (size_t i = 0; i < totals->ninputs; i++) {
        const struct input_record *input = &totals->inputs[i];
        struct row row = begin_row(output, input->name, EVIDENCE_INCOMPLETE);
        row.cells[COLUMN_SEVERITY] = row.cells[COLUMN_STATUS];
        row.cells[COLUMN_MESSAGE] = input_state_text(input_state(input));
        if (input_is_bad(input))
            write_row(output, &row);
    }
}

const struct format csv_format = {
    .name = "csv",
    .wants_findings = true,
    .begin = write_header,
    .evidence = write_rows,
    .end = write_bad_inputs,
};
