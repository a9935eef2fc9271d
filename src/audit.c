/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "audit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "input/input.h"

/* The run, for the functions below. */
struct audit {
    const struct options *options;
    const struct ruleset *ruleset;
    const struct key_request *requests;
    size_t nrequests;
    struct output *outputs;
    struct totals totals;
};

bool audit_source(struct arena *arena, struct diags *diags, const struct source *source,
                  const struct ruleset *ruleset, const struct key_request *requests,
                  size_t nrequests, struct snapshot *snapshot, struct findings *findings)
{
    *findings = (struct findings){0};
    struct read_plan plan = {.requests = requests, .nrequests = nrequests};
    if (!snapshot_read(arena, diags, source, &plan, snapshot))
        return false;
    *findings = ruleset_judge(arena, ruleset, snapshot);
    return true;
}

/* A dirty hive shows an old state: its last changes are in logs that are not replayed. */
static void judge_dirty(const struct audit *audit, struct diags *diags,
                        const struct snapshot *snapshot)
{
    const struct hive_facts *hive = &snapshot->hive;
    if (hive->state != HIVE_UNRECOVERED)
        return;
    diag_add(
        diags, audit->options->allow_dirty ? DIAG_NOTE : DIAG_INCOMPLETE, NULL,
        "the hive is dirty (sequence numbers %u and %u differ): its last changes may be missing%s",
        hive->primary_sequence, hive->secondary_sequence,
        audit->options->allow_dirty ? ", as --allow-dirty accepts"
                                    : " (--allow-dirty accepts that)");
}

/* Whether a person at the terminal sees the text report, which holds the diagnostics as well. */
static bool shows_diags(const struct options *options)
{
    for (size_t i = 0; i < options->noutputs; i++)
        if (!options->outputs[i].path && options->outputs[i].format == &text_format)
            return isatty(STDOUT_FILENO);
    return false;
}

static void print_diags(struct arena *arena, const char *name, const struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (diag->level != DIAG_NOTE)
            fprintf(stderr, "hiveaudit: %s: %s%s%s\n", text_escape(arena, name),
                    diag->key ? text_escape(arena, diag->key) : "", diag->key ? ": " : "",
                    text_escape(arena, diag->message));
    }
}

static void count_item(struct audit *audit, const struct audited *audited)
{
    audit->totals.evidence[audited->status]++;
    for (size_t i = 0; i < audited->findings.count; i++)
        audit->totals.findings[audited->findings.items[i].severity]++;
}

/* Whether nobody is left to read on: every report met an error. */
static bool all_lost(const struct audit *audit)
{
    for (size_t i = 0; i < audit->options->noutputs; i++)
        if (!audit->outputs[i].error)
            return false;
    return audit->options->noutputs > 0;
}

/* Everything about one piece of evidence lives and dies here: the next starts fresh. */
static void audit_item(struct audit *audit, const char *argument)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct snapshot snapshot = {0};
    struct source source;
    struct findings findings = {0};
    bool opened = input_open(arena, &diags, argument, &source);
    if (opened)
        audit_source(arena, &diags, &source, audit->ruleset, audit->requests, audit->nrequests,
                     &snapshot, &findings);
    judge_dirty(audit, &diags, &snapshot);
    struct audited audited = {
        .name = text_from_utf8(arena, source.name, strlen(source.name)),
        .size = source.size,
        .status = (enum evidence_status)diags.worst,
        .snapshot = &snapshot,
        .findings = findings,
        .diags = &diags,
    };
    if (opened)
        input_close(&source);
    count_item(audit, &audited);
    if (!shows_diags(audit->options))
        print_diags(arena, audited.name, &diags);
    for (size_t i = 0; i < audit->options->noutputs; i++)
        report_add(&audit->outputs[i], &audited);
}

static int decide_status(const struct audit *audit)
{
    const struct totals *totals = &audit->totals;
    if (totals->evidence[EVIDENCE_INCOMPLETE] || totals->evidence[EVIDENCE_FAILED])
        return STATUS_INCOMPLETE;
    for (enum severity severity = audit->options->fail_on; severity < NSEVERITIES; severity++)
        if (totals->findings[severity] && !audit->options->never_fail)
            return STATUS_FINDINGS;
    return STATUS_CLEAN;
}

/* NO_COLOR and CLICOLOR_FORCE are what terminal programs agreed on. */
static bool wants_color(const struct options *options, const struct output_request *request)
{
    const char *no_color = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    if (no_color && *no_color)
        return false;
    if (force && strcmp(force, "0") != 0)
        return true;
    return !request->path && isatty(STDOUT_FILENO);
}

/* EPIPE: the reader has seen enough, which needs no message. */
static void print_output_error(const struct output *output, int error)
{
    if (error != EPIPE)
        fprintf(stderr, "hiveaudit: %s: the report cannot be written: %s\n",
                output->path ? output->path : "standard output", strerror(error));
}

static bool is_same_file(const char *path, const char *argument)
{
    struct stat a, b;
    if (!path || stat(path, &a) < 0)
        return false;
    int result = strcmp(argument, "-") == 0 ? fstat(STDIN_FILENO, &b) : stat(argument, &b);
    return result == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Evidence is never changed, also where a report is asked for in its place. */
static bool spares_evidence(const struct options *options)
{
    for (size_t i = 0; i < options->noutputs; i++)
        for (size_t j = 0; j < options->narguments; j++)
            if (is_same_file(options->outputs[i].path, options->arguments[j])) {
                fprintf(stderr, "hiveaudit: %s: is evidence: no report can take its place\n",
                        options->outputs[i].path);
                return false;
            }
    return true;
}

static bool open_outputs(struct audit *audit, struct arena *arena, const struct run *run)
{
    const struct options *options = audit->options;
    audit->outputs = arena_alloc(arena, options->noutputs, sizeof *audit->outputs);
    for (size_t i = 0; i < options->noutputs; i++) {
        audit->outputs[i] = (struct output){
            .format = options->outputs[i].format,
            .run = run,
            .path = options->outputs[i].path,
            .use_color = wants_color(options, &options->outputs[i]),
            .arena = arena,
        };
        if (report_open(&audit->outputs[i]))
            continue;
        print_output_error(&audit->outputs[i], errno);
        while (i-- > 0)
            report_discard(&audit->outputs[i]);
        return false;
    }
    return true;
}

static bool close_outputs(struct audit *audit)
{
    bool good = true;
    for (size_t i = 0; i < audit->options->noutputs; i++)
        if (!report_close(&audit->outputs[i], &audit->totals)) {
            print_output_error(&audit->outputs[i], errno);
            good = false;
        }
    return good;
}

int audit_run(struct arena *arena, const struct options *options, struct ruleset *ruleset)
{
    struct audit audit = {.options = options, .ruleset = ruleset};
    struct run run = {
        .version = PACKAGE_VERSION,
        .sandbox = "none",
        .min_severity = options->min_severity,
    };
    run.libraries = libraries_list(arena, &run.nlibraries);
    audit.requests = ruleset_collect_requests(arena, ruleset, &audit.nrequests);
    if (!spares_evidence(options) || !open_outputs(&audit, arena, &run))
        return STATUS_ERROR;
    for (size_t i = 0; i < options->narguments && !all_lost(&audit); i++)
        audit_item(&audit, options->arguments[i]);
    audit.totals.exit_status = decide_status(&audit);
    return close_outputs(&audit) ? audit.totals.exit_status : STATUS_ERROR;
}
