/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/describe.h"
#include "report/text_parts.h"

/* What is kept while a report is written. */
#define WRAPPED_MAX 256
struct layout {
    bool has_text; /* something was written */
    struct wrapped {
        const char *prose, *lines;
    } wrapped[WRAPPED_MAX]; /* by address */
};

static enum color severity_color(enum severity severity)
{
    static const enum color colors[NSEVERITIES] = {COLOR_NOTE, COLOR_WARNING, COLOR_ERROR};
    return colors[severity];
}

static const char *wrap_prose(struct arena *arena, const char *prose)
{
    return text_wrap_prose(arena, text_join_lines(arena, prose));
}

/* Prose of a rule, which is the same each time that the rule finds something, is wrapped once. */
static const char *wrap_once(struct output *output, struct arena *arena, const char *prose)
{
    struct layout *layout = output->state;
    struct wrapped *slot = &layout->wrapped[((uintptr_t)prose >> 4) % WRAPPED_MAX];
    if (!slot->prose)
        *slot = (struct wrapped){.prose = prose, .lines = wrap_prose(output->arena, prose)};
    return slot->prose == prose ? slot->lines : wrap_prose(arena, prose);
}

static void write_pair(struct output *output, struct arena *arena, const struct pair_detail *pair)
{
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    const struct text_row rows[] = {{"ATR", true, pair->atr},
                                    {"ATRMask", pair->mask.ptr, pair->mask}};
    const struct text_row repaired = {"repaired", pair->repaired.len, pair->repaired};
    text_write_rows(output, rows, 2, pair->marked, pair->marked ? len : 0);
    text_write_rows(output, &repaired, 1, NULL, 0);
    if (pair->decoded)
        text_write_prose(output, arena, "decoded", pair->decoded);
}

/* What was found of a DLL; what was not is in the message. */
static void write_file(struct output *output, struct arena *arena, const struct module_file *file)
{
    if (file->state != FILE_PRESENT)
        return;
    text_write_line(output, "file", text_escape(arena, describe_file(arena, file)));
    if (file->has_digest)
        text_write_line(output, "SHA-256", describe_digest(arena, file->digest));
}

/* "driver.inf:12:1", where a text says what it is about: editors and terminals know this form. */
static void write_place(struct output *output, const char *name, const struct finding *finding)
{
    struct text_place place = finding_place(finding);
    if (!place.line)
        return;
    text_write_label(output, "at");
    fprintf(output->stream, "%s:%u:%u\n", name, place.line, place.column);
}

/* What the key of a finding is: one of a view, of SYSTEM, or a place in a text. */
static const char *place_label(const struct finding *finding)
{
    if (finding->origin->view == VIEW_NONE && finding->origin->line)
        return "where";
    return finding->in_system ? "system" : view_name(finding->origin->view);
}

/* "error atr-missing: no ATR". */
static void write_headline(struct output *output, struct arena *arena,
                           const struct finding *finding)
{
    fputs("\n  ", output->stream);
    text_paint(output, finding_is_waived(finding) ? COLOR_DIM : severity_color(finding->severity));
    fprintf(output->stream, "%s %s", severity_name(finding->severity), finding->rule->id);
    text_write_standing(output, finding);
    text_paint(output, COLOR_NONE);
    fprintf(output->stream, ": %s\n", text_escape(arena, finding->message));
    text_write_waiver(output, arena, finding->waiver);
}

/* name is that of the evidence, escaped. */
static void write_finding(struct output *output, struct arena *arena, const char *name,
                          const struct finding *finding)
{
    FILE *stream = output->stream;
    const struct origin *origin = finding->origin;
    write_headline(output, arena, finding);
    if (*origin->key)
        text_write_line(output, place_label(finding), text_escape(arena, origin->key));
    if (finding->timing != TIMING_BOTH)
        text_write_line(output, "logs", describe_timing(finding->timing));
    if (finding->has_history)
        text_write_line(output, "copies", describe_history(arena, finding));
    if (finding->pair)
        write_pair(output, arena, finding->pair);
    if (finding->value && (!finding->pair || finding->value->state == VALUE_WRONG_TYPE)) {
        text_write_label(output, "value");
        fprintf(stream, "%s = %s\n",
                *finding->value->name ? text_escape(arena, finding->value->name) : "(default)",
                text_escape(arena, regval_show(arena, finding->value)));
    }
    if (finding->golden)
        text_write_line(output, "golden", text_escape(arena, regval_show(arena, finding->golden)));
    if (finding->file)
        write_file(output, arena, finding->file);
    if (finding->rule->effect)
        text_write_line(output, "effect", wrap_once(output, arena, finding->rule->effect));
    if (finding->rule->remedy)
        text_write_line(output, "remedy", wrap_once(output, arena, finding->rule->remedy));
    if (finding->archs)
        text_write_line(output, "on", text_list_archs(arena, finding->archs));
    write_place(output, name, finding);
    if (!origin->offset)
        return;
    text_paint(output, COLOR_DIM);
    text_write_label(output, "written");
    fprintf(stream, "%s, cell at 0x%" PRIx64, text_filetime(arena, origin->last_write),
            origin->offset);
    text_paint(output, COLOR_NONE);
    fputc('\n', stream);
}

static void write_os(struct output *output, struct arena *arena, const struct os_build *os)
{
    fprintf(output->stream, "  %s, architecture %s\n", text_escape(arena, describe_os(arena, os)),
            arch_name(os->arch));
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void write_logs(struct output *output, struct arena *arena, const struct hive_facts *hive)
{
    for (size_t i = 0; i < hive->nlogs; i++)
        fprintf(output->stream, "  log %s\n",
                text_escape(arena, describe_log(arena, &hive->logs[i])));
}

static void write_digest(struct output *output, struct arena *arena, const struct hive_facts *hive)
{
    if (hive->has_digest)
        fprintf(output->stream, "    SHA-256 %s\n", describe_digest(arena, hive->digest));
}

static void write_hive(struct output *output, struct arena *arena, const struct audited *audited)
{
    const struct hive_facts *hive = &audited->snapshot->hive;
    if (audited->shadow)
        fprintf(output->stream, "  shadow copy %u, made %s\n", audited->shadow,
                text_filetime(arena, audited->created));
    if (!hive->known)
        return;
    fprintf(output->stream, "  hive of %" PRIu64 " bytes, ", audited->size);
    fprintf(output->stream, "%s, last written %s\n", describe_state(arena, hive),
            text_filetime(arena, hive->last_written));
    write_digest(output, arena, hive);
    write_logs(output, arena, hive);
}

/* "SYSTEM hive config/SYSTEM: clean, ControlSet001, 7 CNG providers". */
static void write_system(struct output *output, struct arena *arena,
                         const struct system_config *system)
{
    if (system->state == SYSTEM_NONE)
        return;
    fprintf(output->stream, "  SYSTEM hive %s: ", text_escape(arena, system->name));
    if (system->state == SYSTEM_FAILED) {
        fputs("not read\n", output->stream);
        return;
    }
    fprintf(output->stream, "%s\n", describe_system(arena, system));
    write_digest(output, arena, &system->hive);
    write_logs(output, arena, &system->hive);
}

/* "INF, Windows-1252": what stands in place of a hive. */
static void write_package(struct output *output, const struct package_facts *package)
{
    fprintf(output->stream, "  %s, %s\n", package_kind_names[package->kind],
            encoding_names[package->encoding]);
}

/* "entries: 2 native, 2 wow6432node", those that an INF writes on one architecture. */
static void write_entries(struct output *output, struct arena *arena,
                          const struct snapshot *snapshot)
{
    const char *entries = describe_entries(arena, snapshot);
    if (!*entries)
        return;
    fputs("  entries", output->stream);
    if (snapshot_is_inf(snapshot))
        fprintf(output->stream, " on %s", arch_name(snapshot->os.arch));
    fprintf(output->stream, ": %s\n", entries);
}

static void write_diags(struct output *output, struct arena *arena, const struct diags *diags)
{
    static const enum color colors[] = {COLOR_NOTE, COLOR_WARNING, COLOR_ERROR};
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        fputs("  ", output->stream);
        text_paint(output, colors[diag->level]);
        fputs(diag_level_names[diag->level], output->stream);
        text_paint(output, COLOR_NONE);
        fprintf(output->stream, ": %s%s%s\n", diag->key ? text_escape(arena, diag->key) : "",
                diag->key ? ": " : "", text_escape(arena, diag->message));
    }
}

static void write_counts(struct output *output, const size_t counts[NSEVERITIES])
{
    for (int severity = NSEVERITIES - 1; severity >= 0; severity--)
        fprintf(output->stream, "%zu %s%s%s", counts[severity], severity_name(severity),
                plural(counts[severity]), severity ? ", " : "");
}

/* Where cards are asked about, no rule is judged. */
static void write_results(struct output *output, const struct totals *totals, size_t hidden)
{
    const struct aside asides[] = {{totals->waived, "waived"},
                                   {totals->new, "new"},
                                   {totals->gone, "gone"},
                                   {hidden, "not shown"}};
    if (output->run->ncards)
        text_write_card_counts(output, totals->cards);
    else
        write_counts(output, totals->findings);
    text_write_asides(output, asides, sizeof asides / sizeof *asides);
}

/* What the evidence is, and what was met in reading it. */
static void write_facts(struct output *output, struct arena *arena, const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    bool read = audited_was_read(audited);
    if (read && snapshot->package)
        write_package(output, snapshot->package);
    else if (read)
        write_os(output, arena, &snapshot->os);
    write_hive(output, arena, audited);
    write_system(output, arena, &snapshot->system);
    for (const struct snapshot *at = read ? snapshot : NULL; at; at = at->variant)
        write_entries(output, arena, at);
    if (read && !output->run->ncards)
        text_write_seen_cards(output, snapshot);
    write_diags(output, arena, audited->diags);
    text_write_unknown(output, audited);
    if (read && output->run->inventory)
        text_write_inventory(output, snapshot);
}

static size_t count_hidden(const struct output *output, const struct findings *findings)
{
    size_t hidden = 0;
    for (size_t i = 0; i < findings->count; i++)
        hidden += findings->items[i].severity < output->run->min_severity;
    return hidden;
}

/* "NAME: 1 error, 0 warnings, 2 notes (1 waived, 2 not shown); audit complete". */
static void write_summary(struct output *output, const char *name, const struct audited *audited)
{
    struct totals totals = {0};
    totals_add(&totals, audited);
    fprintf(output->stream, "\n%s: ", name);
    if (audited_was_read(audited)) {
        write_results(output, &totals, count_hidden(output, &audited->findings));
        fputs("; ", output->stream);
    }
    if (audited_was_read(audited) || audited->status == EVIDENCE_FAILED)
        fprintf(output->stream, "audit %s\n", evidence_status_name(audited->status));
    else
        fputs("nothing audited\n", output->stream);
}

static void write_evidence(struct output *output, const struct audited *audited)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct layout *layout = output->state;
    if (layout->has_text)
        fputc('\n', output->stream);
    layout->has_text = true;
    const char *name = text_escape(arena, audited->name);
    text_paint(output, COLOR_BOLD);
    fputs(name, output->stream);
    text_paint(output, COLOR_NONE);
    fputc('\n', output->stream);
    write_facts(output, arena, audited);
    for (size_t i = 0; i < audited->findings.count; i++)
        if (audited->findings.items[i].severity >= output->run->min_severity)
            write_finding(output, arena, name, &audited->findings.items[i]);
    text_write_gone(output, arena, audited);
    text_write_cards(output, audited);
    write_summary(output, name, audited);
}

static void begin_layout(struct output *output)
{
    struct layout *layout = output->state = arena_alloc(output->arena, 1, sizeof *layout);
    const char *golden = output->run->golden;
    struct label labels[NLABELS];
    size_t nlabels = labels_list(&output->run->labels, labels);
    for (size_t i = 0; i < nlabels; i++)
        fprintf(output->stream, "%s: %s\n", labels[i].name,
                text_escape(output->arena, labels[i].text));
    layout->has_text = golden || nlabels;
    if (golden)
        fprintf(output->stream, "compared with the golden hive %s\n",
                text_escape(output->arena, golden));
}

static void write_totals(struct output *output, const struct totals *totals)
{
    size_t pieces = 0;
    for (int status = 0; status <= EVIDENCE_FAILED; status++)
        pieces += totals->evidence[status];
    if (pieces > 1) {
        fprintf(output->stream,
                "\n%zu pieces of evidence: %zu complete, %zu incomplete, %zu failed; ", pieces,
                totals->evidence[EVIDENCE_COMPLETE], totals->evidence[EVIDENCE_INCOMPLETE],
                totals->evidence[EVIDENCE_FAILED]);
        write_results(output, totals, 0);
        fputc('\n', output->stream);
    }
    text_write_standing_totals(output, totals);
    text_write_inputs(output, totals);
    fprintf(output->stream, "hiveaudit %s, sandbox: %s\n", output->run->version,
            output->run->sandbox);
}

const struct format text_format = {
    .name = "text",
    .begin = begin_layout,
    .evidence = write_evidence,
    .end = write_totals,
};
