/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"
#include "cards.h"
#include "fixing.h"
#include "golden.h"
#include "history.h"
#include "hive/hive.h"
#include "inputs.h"
#include "judged.h"
#include "named.h"
#include "names.h"
#include "outputs.h"
#include "provenance.h"
#include "queue.h"
#include "signals.h"
#include "standing.h"
#include "unlock.h"
#include "versions.h"

/* The run, for the functions below. */
struct audit {
    const struct options *options;
    struct judge judge;
    struct standing standing;
    struct outputs outputs;
    struct recovered recovered; /* what --save-recovered asks for */
    struct fixing fixing;       /* what --fix asks for */
    enum fixing_result fixed;
    struct totals totals;
    bool has_failures;       /* findings at or above --fail-on */
    int signals;             /* a signalfd */
    size_t looked, reported; /* files in the folder at hand */
    struct history history;  /* of the volume at hand */
    struct unlock unlock;    /* keys of encrypted volumes */
    struct inputs inputs;    /* with --hash */
};

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
    totals_add(&audit->totals, audited);
    for (size_t i = 0; i < audited->findings.count; i++)
        audit->has_failures |= finding_fails(&audited->findings.items[i], &audit->options->fail);
}

/* "disk.qcow2!/p3/Windows/System32/config/SOFTWARE": what stands behind the mark is a text already.
 */
static const char *make_name(struct arena *arena, const char *path, const char *member)
{
    const char *name = strcmp(path, "-") == 0 ? "(standard input)" : path;
    name = text_from_utf8(arena, name, strlen(name));
    return *member ? arena_printf(arena, "%s!/%s", name, member) : name;
}

/* Whether it is still needed. */
static bool report_item(struct audit *audit, const char *path, const struct judged *judged)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct message *message = &judged->message;
    const struct wire_item *item = &judged->item;
    struct audited audited = {
        .name = make_name(arena, path, message->member),
        .size = item->size,
        .status = (enum evidence_status)item->diags.worst,
        .snapshot = &item->snapshot,
        .findings = judged->findings,
        .diags = &item->diags,
        .cards = judged->answers,
        .ncards = judged->answers ? audit->judge.cards.count : 0,
        .shadow = message->shadow,
        .created = message->created,
    };
    standing_apply(&audit->standing, arena, &audited);
    count_item(audit, &audited);
    if (!shows_diags(audit->options))
        print_diags(arena, audited.name, &item->diags);
    outputs_add(&audit->outputs, &audited);
    audit->reported++;
    return fixing_take(&audit->fixing, &audited, judged);
}

static void report_fault(struct audit *audit, const struct candidate *candidate, const char *fault,
                         uint64_t size)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct judged judged = {.message.member = "", .item = {.diags.arena = arena, .size = size}};
    diag_add(&judged.item.diags, DIAG_FAILED, NULL, "%s", fault);
    report_item(audit, candidate->path, &judged);
}

static void take_result(struct audit *audit, const struct candidate *candidate,
                        const struct outcome *outcome)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct judged *judged = judge_take(&audit->judge, outcome);
    bool is_needed = false;
    if (judged->fault)
        report_fault(audit, candidate, arena_printf(arena, WORKER_NONSENSE " (%s)", judged->fault),
                     outcome->size);
    else if (!judged_is_passed_over(judged, candidate)) {
        if (judged->message.origin)
            history_add(&audit->history, judged->message.origin, judged->message.shadow,
                        &judged->findings);
        is_needed = report_item(audit, candidate->path, judged);
    }
    if (!is_needed)
        judge_release(judged, outcome);
}

/* A folder in which nothing was found must not look like a clean one. */
static void end_folder(struct audit *audit, const struct candidate *candidate)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    if (audit->reported == 0)
        report_fault(audit, candidate,
                     arena_printf(arena,
                                  "nothing to audit: no SOFTWARE hive in this folder (%zu file%s "
                                  "looked at)",
                                  audit->looked, audit->looked == 1 ? "" : "s"),
                     0);
}

static bool take_outcome(void *context, const struct candidate *candidate,
                         const struct outcome *outcome)
{
    struct audit *audit = context;
    switch (candidate->kind) {
    case CANDIDATE_FAULT:
        report_fault(audit, candidate, candidate->fault, 0);
        break;
    case CANDIDATE_FOLDER:
        end_folder(audit, candidate);
        break;
    case CANDIDATE_NAMED:
    case CANDIDATE_FOUND:
        audit->looked += outcome->is_last;
        if (outcome->fault)
            report_fault(audit, candidate, outcome->fault, outcome->size);
        else
            take_result(audit, candidate, outcome);
    }
    if (outcome->is_last)
        history_end(&audit->history);
    audit->fixing.is_over = outcome->is_last;
    if (candidate->kind == CANDIDATE_NAMED || candidate->kind == CANDIDATE_FOLDER)
        audit->looked = audit->reported = 0;
    return !outputs_are_lost(&audit->outputs);
}

/* Evidence that changes under the audit cannot be relied on. */
static bool has_bad_input(const struct totals *totals)
{
    for (size_t i = 0; i < totals->ninputs; i++)
        if (input_is_bad(&totals->inputs[i]))
            return true;
    return false;
}

static int decide_status(const struct audit *audit)
{
    const size_t *evidence = audit->totals.evidence;
    if (audit->fixed == FIXING_FAILED)
        return STATUS_ERROR;
    if (evidence[EVIDENCE_INCOMPLETE] || evidence[EVIDENCE_FAILED] || has_bad_input(&audit->totals))
        return STATUS_INCOMPLETE;
    return audit->has_failures || audit->totals.cards[false] ? STATUS_FINDINGS : STATUS_CLEAN;
}

/* All that needs more than a confined process may do comes before this. */
static bool confine(const struct audit *audit, struct arena *arena)
{
    struct strings folders = {0};
    outputs_list_folders(&audit->outputs, arena, &folders);
    recovered_list_folder(&audit->recovered, arena, &folders);
    fixing_list_folders(&audit->fixing, &folders);
    if (sandbox_enter_parent(&audit->options->sandbox, folders.items, folders.count))
        return true;
    fprintf(stderr, "hiveaudit: the sandbox cannot be entered: %s (see --sandbox)\n",
            strerror(errno));
    return false;
}

/* False where a signal ended it. Where no report is left, nobody would learn of it. */
static bool compare_inputs(struct audit *audit)
{
    if (!audit->options->hash || outputs_are_lost(&audit->outputs))
        return true;
    bool compared = inputs_compare(&audit->inputs);
    audit->totals.inputs = inputs_list(&audit->inputs, &audit->totals.ninputs);
    return compared;
}

static bool read_candidates(struct audit *audit, const struct candidates *candidates, int null_fd)
{
    const struct options *options = audit->options;
    struct progress progress = {.is_wanted = isatty(STDERR_FILENO) && !options->quiet,
                                .started = worker_clock()};
    struct queue_settings settings = {
        .job = {.policy = options->log_policy,
                .requests = audit->judge.requests,
                .nrequests = audit->judge.nrequests,
                .recovered_fd = audit->recovered.memory,
                .hash = options->hash,
                .is_for_hive = options->logs.count || options->save_recovered,
                .choice = options->choice,
                .unlock = audit->unlock},
        .sandbox = options->sandbox,
        .null_fd = null_fd,
        .stop_fd = audit->signals,
        .jobs = options->jobs,
        .timeout = options->timeout,
        .beside = {.logs = options->logs.items,
                   .nlogs = options->logs.count,
                   .system = options->system},
        .progress = &progress,
        .inputs = options->hash ? &audit->inputs : NULL,
    };
    audit->inputs = (struct inputs){.arena = candidates->arena,
                                    .stop_fd = audit->signals,
                                    .progress = &progress,
                                    .total = candidates->count};
    bool ended = queue_run(&settings, candidates, take_outcome, audit) && compare_inputs(audit);
    history_end(&audit->history); /* a run may end within a volume */
    inputs_end(&audit->inputs);
    progress_clear(&progress);
    return ended;
}

/* What workers need and could not open any more. */
struct tools {
    struct hive_converters converters;
    int null_fd;
};

static bool load_tools(struct tools *tools)
{
    const char *missing = NULL;
    tools->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (tools->null_fd < 0)
        missing = "/dev/null";
    else if (!digest_prepare())
        missing = "SHA-256 in libcrypto";
    else if (!hive_load_converters(&tools->converters))
        missing = "conversion between UTF-8, UTF-16LE and Latin-1";
    if (!missing)
        return true;
    fprintf(stderr, "hiveaudit: not to be had here: %s\n", missing);
    if (tools->null_fd >= 0)
        close(tools->null_fd);
    return false;
}

/* False where a signal ended it. */
static bool run_fixing(struct audit *audit, int null_fd)
{
    struct fixing_tools tools = {.judge = &audit->judge,
                                 .hive = audit->recovered.memory,
                                 .null_fd = null_fd,
                                 .stop_fd = audit->signals};
    audit->fixed = fixing_run(&audit->fixing, &tools);
    return audit->fixed != FIXING_STOPPED;
}

/* False after a message on standard error, or where a signal ended it. */
static bool audit_candidates(struct audit *audit, struct arena *arena,
                             struct candidates *candidates)
{
    struct tools tools;
    candidates_find_twins(candidates);
    if (!load_tools(&tools))
        return false;
    bool ended = confine(audit, arena) && read_candidates(audit, candidates, tools.null_fd) &&
                 run_fixing(audit, tools.null_fd);
    judge_end(&audit->judge);
    hive_unload_converters(&tools.converters);
    close(tools.null_fd);
    return ended;
}

/* What is no report, and which a manifest is to tell of. */
static void record_files(struct audit *audit, struct arena *arena)
{
    const struct options *options = audit->options;
    const struct {
        const char *option, *path;
        bool is_complete;
    } files[] = {{"fix", options->fix, audit->fixed == FIXING_DONE},
                 {"undo", options->undo, audit->fixed == FIXING_DONE},
                 {"save-recovered", options->save_recovered, audit->recovered.saved}};
    size_t count = sizeof files / sizeof *files;
    struct report_record *records = arena_alloc(arena, count, sizeof *records);
    audit->totals.reports = records;
    for (size_t i = 0; options->manifest && i < count; i++)
        if (files[i].path)
            records[audit->totals.nreports++] =
                outputs_record(arena, files[i].option, files[i].path, files[i].is_complete);
}

static bool open_files(struct audit *audit, const struct candidates *candidates,
                       struct arena *arena, const struct run *run)
{
    const struct options *options = audit->options;
    if (!recovered_open(&audit->recovered, options))
        return false;
    if (outputs_spare_inputs(options, candidates) &&
        fixing_open(&audit->fixing, arena, options, run)) {
        if (outputs_open(&audit->outputs, arena, options, run))
            return true;
        fixing_discard(&audit->fixing);
    }
    recovered_discard(&audit->recovered);
    return false;
}

static int run_audit(struct audit *audit, struct arena *arena, const struct run *run)
{
    struct candidates candidates = {.arena = arena,
                                    .all_copies = audit->options->choice.all_copies};
    if (!named_check_files(audit->options) || !unlock_load(arena, audit->options, &audit->unlock) ||
        !named_list_candidates(audit->options, &candidates))
        return STATUS_ERROR;
    outputs_leave_out(audit->options, &candidates);
    if (!open_files(audit, &candidates, arena, run))
        return STATUS_ERROR;
    audit->signals = signals_take();
    bool ended = audit_candidates(audit, arena, &candidates);
    if (!ended) {
        outputs_discard(&audit->outputs);
        recovered_discard(&audit->recovered);
        fixing_discard(&audit->fixing);
        return STATUS_ERROR;
    }
    standing_end(&audit->standing, arena, &audit->totals);
    if (!shows_diags(audit->options))
        standing_complain(&audit->standing);
    int status = audit->totals.exit_status = decide_status(audit);
    bool saved = recovered_close(&audit->recovered);
    record_files(audit, arena);
    return outputs_close(&audit->outputs, &audit->totals, saved) ? status : STATUS_ERROR;
}

/* What reports say of the run, as far as the command line tells. */
static struct run describe_run(struct arena *arena, const struct options *options,
                               const struct ruleset *ruleset)
{
    struct run run = {
        .version = PACKAGE_VERSION,
        .sandbox = sandbox_name(&options->sandbox),
        .inventory = options->inventory,
        .min_severity = options->min_severity,
        .fail = options->fail,
        .golden = options->golden ? make_name(arena, options->golden, "") : NULL,
        .arguments = options->command_line.items,
        .narguments = options->command_line.count,
        .labels = options->labels,
        .comparison = options->comparison,
        .ruleset = ruleset,
    };
    run.libraries = versions_list(arena, options->is_recorded, &run.nlibraries);
    return run;
}

/* Reads what rules and findings are held against. False after a message on standard error. */
static bool load_references(struct audit *audit, struct arena *arena, struct ruleset *ruleset,
                            struct reference *golden, struct run *run)
{
    const struct options *options = audit->options;
    if (!names_load(arena, options, &run->names) ||
        !standing_load(&audit->standing, arena, options, ruleset) ||
        !golden_load(golden, options) || !cards_load(arena, options, &audit->judge.cards))
        return false;
    ruleset->names = run->names;
    ruleset->golden = golden->snapshot;
    run->now = audit->standing.now;
    run->baseline = audit->standing.baseline_path;
    run->ncards = audit->judge.cards.count;
    return true;
}

int audit_run(struct arena *arena, const struct options *options, struct ruleset *ruleset)
{
    struct audit audit = {.options = options, .signals = -1};
    struct run run = describe_run(arena, options, ruleset);
    CLEANUP(reference) struct reference golden = {0};
    audit.judge =
        (struct judge){.options = options, .ruleset = ruleset, .recovered = &audit.recovered};
    if (!load_references(&audit, arena, ruleset, &golden, &run))
        return STATUS_ERROR;
    if (options->is_recorded)
        provenance_describe(arena, options, &audit.standing.files, &run);
    audit.judge.requests = ruleset_collect_requests(arena, ruleset, &audit.judge.nrequests);
    int status = run_audit(&audit, arena, &run);
    if (audit.signals >= 0)
        signals_resume(audit.signals);
    return status;
}
