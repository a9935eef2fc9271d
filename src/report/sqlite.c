/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/sqlite_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "rule/atr_names.h"
#include "rule/inventory.h"

/* A database with one run, which only later comes where it is wanted. */
struct writer {
    struct output *output;
    sqlite3 *db;
    sqlite3_stmt *rows[NSQLITE_TABLES];
    int64_t evidence; /* the number of the last piece */
};

static void put_digest(sqlite3_stmt *row, const char *column, const uint8_t *digest)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct slice bytes = {digest, FILE_DIGEST_SIZE};
    sqlite_put_text(row, column, text_hex(arena, bytes, ""));
}

/* The run that this database has is the first. */
static sqlite3_stmt *begin_row(const struct writer *writer, enum sqlite_table table)
{
    sqlite3_stmt *row = writer->rows[table];
    sqlite_put_number(row, ":run_id", 1);
    return row;
}

/* A row about the piece of evidence at hand, with its number among those. */
static sqlite3_stmt *begin_part(const struct writer *writer, enum sqlite_table table,
                                const char *column, size_t index)
{
    sqlite3_stmt *row = begin_row(writer, table);
    sqlite_put_number(row, ":evidence_id", writer->evidence);
    sqlite_put_number(row, column, (int64_t)index + 1);
    return row;
}

static void end_row(const struct writer *writer, sqlite3_stmt *row)
{
    sqlite_end_row(writer->output, row);
}

static void add_rule(const struct writer *writer, const struct rule *rule)
{
    sqlite3_stmt *row = begin_row(writer, TABLE_RULES);
    sqlite_put_text(row, ":rule", rule->id);
    sqlite_put_text(row, ":severity", severity_name(rule->severity));
    sqlite_put_text(row, ":title", rule->title);
    sqlite_put_text(row, ":effect", rule->effect);
    sqlite_put_text(row, ":remedy", rule->remedy);
    end_row(writer, row);
    for (size_t i = 0; i < rule->tags.count; i++) {
        row = begin_row(writer, TABLE_RULE_TAGS);
        sqlite_put_text(row, ":rule", rule->id);
        sqlite_put_text(row, ":tag", rule->tags.items[i]);
        end_row(writer, row);
    }
}

static void add_rules(const struct writer *writer, const struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->count; i++)
        if (ruleset->rules[i].enabled)
            add_rule(writer, &ruleset->rules[i]);
}

static void begin_database(struct output *output)
{
    struct writer *writer = arena_alloc(output->arena, 1, sizeof *writer);
    writer->output = output;
    output->state = writer;
    if (sqlite_check_target(output))
        writer->db = sqlite_open_file(output, output->temporary);
    if (!writer->db || !sqlite_run(output, writer->db, "PRAGMA journal_mode = MEMORY; BEGIN") ||
        !sqlite_run(output, writer->db, sqlite_schema->text))
        return;
    for (int table = 0; table < NSQLITE_TABLES; table++)
        if (!(writer->rows[table] = sqlite_prepare_row(output, writer->db, table)))
            return;
    add_rules(writer, output->run->ruleset);
}

static void put_os(sqlite3_stmt *row, const struct os_build *os)
{
    sqlite_put_text(row, ":product", os->product);
    sqlite_put_text(row, ":display_version", os->display_version);
    if (os->build)
        sqlite_put_number(row, ":build", os->build);
    if (os->has_ubr)
        sqlite_put_number(row, ":ubr", os->ubr);
    sqlite_put_text(row, ":arch", arch_name(os->arch));
    sqlite_put_text(row, ":system_root", os->system_root);
}

static void put_hive(sqlite3_stmt *row, const struct hive_facts *hive)
{
    sqlite_put_text(row, ":hive_state", hive_state_names[hive->state]);
    sqlite_put_text(row, ":file_name", hive->file_name);
    sqlite_put_filetime(row, ":last_written", hive->last_written);
    sqlite_put_number(row, ":repairs", (int64_t)hive->repairs);
    if (hive->has_digest)
        put_digest(row, ":sha256", hive->digest);
}

static void put_counts(sqlite3_stmt *row, const struct audited *audited)
{
    static const char *const columns[NSEVERITIES] = {":notes", ":warnings", ":errors"};
    struct totals totals = {0};
    totals_add(&totals, audited);
    for (int severity = 0; severity < NSEVERITIES; severity++)
        sqlite_put_number(row, columns[severity], (int64_t)totals.findings[severity]);
}

static void add_evidence(const struct writer *writer, const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    sqlite3_stmt *row = begin_row(writer, TABLE_EVIDENCE);
    sqlite_put_number(row, ":evidence_id", writer->evidence);
    sqlite_put_text(row, ":name", audited->name);
    sqlite_put_text(row, ":status", evidence_status_name(audited->status));
    sqlite_put_number(row, ":size", (int64_t)audited->size);
    if (snapshot->package)
        sqlite_put_text(row, ":text_kind", package_kind_ids[snapshot->package->kind]);
    else if (audited->status != EVIDENCE_FAILED)
        put_os(row, &snapshot->os);
    if (snapshot->hive.known)
        put_hive(row, &snapshot->hive);
    if (audited->shadow) {
        sqlite_put_number(row, ":shadow_copy", audited->shadow);
        sqlite_put_filetime(row, ":shadow_created", audited->created);
    }
    put_counts(row, audited);
    end_row(writer, row);
}

/* Where a key was found: in a hive, or in a text. */
static void put_origin(sqlite3_stmt *row, const struct origin *origin, struct text_place place)
{
    if (origin->offset) {
        sqlite_put_filetime(row, ":last_write", origin->last_write);
        sqlite_put_number(row, ":cell_offset", (int64_t)origin->offset);
    }
    if (place.line) {
        sqlite_put_number(row, ":line_number", place.line);
        sqlite_put_number(row, ":column_number", place.column);
    }
}

/* Data of whatever type. */
static void put_data(sqlite3_stmt *row, const char *column, const struct regval *value)
{
    if (value->state == VALUE_OK || value->state == VALUE_WRONG_TYPE)
        sqlite_put_bytes(row, column, value->raw);
}

static void put_name(sqlite3_stmt *row, const char *column, const struct regval *value)
{
    if (value->state == VALUE_OK)
        sqlite_put_text(row, column, value->seen);
}

/* "amd64,arm64", of bits by enum arch. */
static void put_archs(sqlite3_stmt *row, const char *column, unsigned archs)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *names = NULL;
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            names = arena_printf(arena, "%s%s%s", names ? names : "", names ? "," : "",
                                 arch_name(arch));
    sqlite_put_text(row, column, names);
}

/* The row is of one view. */
static void put_entry(sqlite3_stmt *row, const struct inventory_row *entry, bool is_inf)
{
    const struct card *card = entry->card;
    const struct origin *origin = &card->key.origin;
    sqlite_put_text(row, ":view", view_name(origin->view));
    if (is_inf)
        put_archs(row, ":arch", entry->archs[origin->view]);
    sqlite_put_exact(row, ":name", ":name_utf16", origin->name);
    sqlite_put_text(row, ":key", origin->key);
    put_data(row, ":atr", card->field[CARD_ATR]);
    put_data(row, ":mask", card->field[CARD_ATR_MASK]);
    put_name(row, ":module", card->field[CARD_MODULE]);
    put_name(row, ":csp", card->field[CARD_CSP]);
    put_name(row, ":ksp", card->field[CARD_KSP]);
    sqlite_put_text(row, ":verdict", verdict_names[entry->verdict]);
    sqlite_put_text(row, ":earlier", entry->earlier ? entry->earlier->key.origin.name : NULL);
    sqlite_put_text(row, ":reason", entry->reason);
    put_origin(row, origin, (struct text_place){origin->line, origin->column});
}

static void add_entries(const struct writer *writer, const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct inventory inventory = inventory_collect(arena, snapshot);
    bool is_inf = snapshot_is_inf(snapshot);
    for (size_t i = 0; i < inventory.count; i++) {
        sqlite3_stmt *row = begin_part(writer, TABLE_ENTRIES, ":entry_id", i);
        put_entry(row, &inventory.rows[i], is_inf);
        end_row(writer, row);
    }
}

static void put_pair(sqlite3_stmt *row, const struct pair_detail *pair)
{
    sqlite_put_bytes(row, ":atr", pair->atr);
    if (pair->mask.ptr)
        sqlite_put_bytes(row, ":mask", pair->mask);
    if (pair->repaired.len)
        sqlite_put_bytes(row, ":repaired_atr", pair->repaired);
    sqlite_put_text(row, ":decoded", pair->decoded);
}

/* "1,3": of shadow copies there are 512 at most. */
static void put_history(sqlite3_stmt *row, const struct finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *numbers = "";
    for (size_t i = 0; i < finding->nshadows; i++)
        numbers = arena_printf(arena, "%s%s%u", numbers, i ? "," : "", finding->shadows[i]);
    sqlite_put_text(row, ":shadow_copies", numbers);
}

/* Where it is, and what is there. */
static void put_subject(sqlite3_stmt *row, const struct finding *finding)
{
    const struct regval *value = finding->value;
    sqlite_put_text(row, ":hive", finding->in_system ? "system" : "software");
    sqlite_put_text(row, ":view", view_name(finding->origin->view));
    sqlite_put_exact(row, ":key", ":key_utf16", finding->origin->key);
    if (value) {
        sqlite_put_exact(row, ":value", ":value_utf16", value->name);
        put_data(row, ":data", value);
    }
    if (finding->card.len)
        sqlite_put_bytes(row, ":card", finding->card);
    if (finding->pair)
        put_pair(row, finding->pair);
    put_origin(row, finding->origin, finding_place(finding));
}

/* How it stands to logs, shadow copies, waivers and other hives. */
static void put_standing(sqlite3_stmt *row, const struct finding *finding)
{
    if (finding->timing != TIMING_BOTH)
        sqlite_put_text(row, ":replay", timing_names[finding->timing]);
    put_archs(row, ":architectures", finding->archs);
    if (finding->has_history)
        put_history(row, finding);
    if (finding->waiver) {
        sqlite_put_text(row, ":waiver", finding->waiver->is_expired ? "expired" : "active");
        sqlite_put_text(row, ":waived_by", finding->waiver->owner);
        sqlite_put_text(row, ":waived_until", finding->waiver->expires);
        sqlite_put_text(row, ":waiver_reason", finding->waiver->reason);
    }
    if (finding->baseline != BASELINE_NONE)
        sqlite_put_text(row, ":baseline_state", baseline_state_names[finding->baseline]);
    if (finding->golden)
        put_data(row, ":golden_data", finding->golden);
}

static void add_findings(const struct writer *writer, const struct findings *findings)
{
    for (size_t i = 0, count = 0; i < findings->count; i++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        const struct finding *finding = &findings->items[i];
        if (finding->severity < writer->output->run->min_severity)
            continue;
        sqlite3_stmt *row = begin_part(writer, TABLE_FINDINGS, ":finding_id", count++);
        sqlite_put_text(row, ":rule", finding->rule->id);
        sqlite_put_text(row, ":severity", severity_name(finding->severity));
        sqlite_put_text(row, ":message", finding->message);
        sqlite_put_text(row, ":fingerprint", finding_fingerprint(arena, finding));
        put_subject(row, finding);
        put_standing(row, finding);
        end_row(writer, row);
    }
}

static void add_diags(const struct writer *writer, const struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        sqlite3_stmt *row = begin_part(writer, TABLE_DIAGNOSTICS, ":diagnostic_id", i);
        sqlite_put_text(row, ":level", diag_level_names[diags->items[i].level]);
        sqlite_put_text(row, ":key", diags->items[i].key);
        sqlite_put_text(row, ":message", diags->items[i].message);
        end_row(writer, row);
    }
}

static void add_gone(const struct writer *writer, const struct audited *audited)
{
    for (size_t i = 0, count = 0; i < audited->ngone; i++) {
        const struct old_finding *gone = &audited->gone[i];
        if (!run_shows_gone(writer->output->run, gone))
            continue;
        sqlite3_stmt *row = begin_part(writer, TABLE_GONE, ":gone_id", count++);
        sqlite_put_text(row, ":rule", gone->rule);
        sqlite_put_text(row, ":severity", gone->severity);
        sqlite_put_text(row, ":view", gone->view);
        sqlite_put_text(row, ":key", gone->key);
        sqlite_put_text(row, ":value", gone->value);
        sqlite_put_text(row, ":message", gone->message);
        sqlite_put_text(row, ":fingerprint", gone->fingerprint);
        end_row(writer, row);
    }
}

static void write_evidence(struct output *output, const struct audited *audited)
{
    struct writer *writer = output->state;
    if (output->error)
        return;
    writer->evidence++;
    add_evidence(writer, audited);
    add_entries(writer, audited->snapshot);
    add_findings(writer, &audited->findings);
    add_diags(writer, audited->diags);
    add_gone(writer, audited);
}

static void add_run(const struct writer *writer, const struct totals *totals)
{
    const struct run *run = writer->output->run;
    sqlite3_stmt *row = begin_row(writer, TABLE_RUNS);
    sqlite_put_text(row, ":version", run->version);
    sqlite_put_text(row, ":sandbox", run->sandbox);
    sqlite_put_number(row, ":exit_status", totals->exit_status);
    sqlite_put_text(row, ":min_severity", severity_name(run->min_severity));
    sqlite_put_text(row, ":case_name", run->labels.case_name);
    sqlite_put_text(row, ":examiner", run->labels.examiner);
    sqlite_put_text(row, ":exhibit", run->labels.exhibit);
    sqlite_put_text(row, ":note", run->labels.note);
    sqlite_put_text(row, ":waiver_day", run->now);
    sqlite_put_text(row, ":baseline", run->baseline);
    sqlite_put_text(row, ":golden", run->golden);
    sqlite_put_text(row, ":atr_names", run->names ? run->names->file : NULL);
    end_row(writer, row);
}

static void add_missing(const struct writer *writer, const struct totals *totals)
{
    for (size_t i = 0; i < totals->nmissing; i++) {
        sqlite3_stmt *row = begin_row(writer, TABLE_MISSING);
        sqlite_put_number(row, ":missing_id", (int64_t)i + 1);
        sqlite_put_text(row, ":name", totals->missing[i]);
        end_row(writer, row);
    }
}

static void add_waivers(const struct writer *writer, const struct totals *totals)
{
    for (size_t i = 0; totals->waivers && i < totals->waivers->count; i++) {
        const struct waiver *waiver = &totals->waivers->items[i];
        sqlite3_stmt *row = begin_row(writer, TABLE_WAIVERS);
        sqlite_put_number(row, ":waiver_id", (int64_t)i + 1);
        sqlite_put_text(row, ":file", waiver->place.file);
        sqlite_put_number(row, ":line_number", waiver->place.line);
        sqlite_put_text(row, ":rule", waiver->rule);
        sqlite_put_text(row, ":key", waiver->key);
        sqlite_put_text(row, ":evidence", waiver->evidence);
        sqlite_put_text(row, ":reason", waiver->reason);
        sqlite_put_text(row, ":owner", waiver->owner);
        sqlite_put_text(row, ":expires", waiver->expires);
        sqlite_put_text(row, ":state", waiver_state(waiver));
        sqlite_put_number(row, ":findings", (int64_t)waiver->nfindings);
        end_row(writer, row);
    }
}

static void add_inputs(const struct writer *writer, const struct totals *totals)
{
    for (size_t i = 0; i < totals->ninputs; i++) {
        const struct input_record *input = &totals->inputs[i];
        sqlite3_stmt *row = begin_row(writer, TABLE_INPUTS);
        sqlite_put_number(row, ":input_id", (int64_t)i + 1);
        sqlite_put_text(row, ":name", input->name);
        sqlite_put_text(row, ":role", input->role);
        sqlite_put_text(row, ":state", input_state_name(input_state(input)));
        sqlite_put_number(row, ":size", (int64_t)input->size);
        if (input->has_before)
            put_digest(row, ":sha256_before", input->before);
        if (input->has_after)
            put_digest(row, ":sha256_after", input->after);
        end_row(writer, row);
    }
}

static void discard_database(struct output *output)
{
    struct writer *writer = output->state;
    for (int table = 0; table < NSQLITE_TABLES; table++)
        sqlite3_finalize(writer->rows[table]);
    sqlite3_close(writer->db);
}

static void end_database(struct output *output, const struct totals *totals)
{
    struct writer *writer = output->state;
    if (!output->error) {
        add_run(writer, totals);
        add_missing(writer, totals);
        add_waivers(writer, totals);
        add_inputs(writer, totals);
        sqlite_run(output, writer->db, "COMMIT");
    }
    discard_database(output);
}

struct component report_sqlite_library(void)
{
    return (struct component){"sqlite", sqlite3_libversion()};
}

const struct format sqlite_format = {
    .name = "sqlite",
    .wants_findings = true,
    .needs_file = true,
    .begin = begin_database,
    .evidence = write_evidence,
    .end = end_database,
    .place = sqlite_place,
    .discard = discard_database,
};
