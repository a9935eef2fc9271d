/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fixing.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "budget.h"
#include "fix_job.h"
#include "model/module.h"
#include "report/reg_file.h"

/* Attempts at a repair: each drops the changes that make new findings. */
#define ATTEMPTS_MAX 8

#define POLL_STEP 1000 /* milliseconds, after which a worker's time is looked at */

enum { FIXED, UNDONE, NSTATES }; /* states of the hive that an attempt gives */

/* One repair tried in a worker. */
struct attempt {
    struct arena *arena;
    const struct judge *judge;
    struct wire_item states[NSTATES];
    size_t nstates;
    bool stopped;      /* by a signal */
    const char *fault; /* NULL, or why it cannot be relied on */
};

/* The text of a .reg is the output's state. */
static void write_text(struct output *output, const struct audited *audited)
{
    const struct slice *text = output->state;
    (void)audited;
    fwrite(text->ptr, 1, text->len, output->stream);
}

static const struct format reg_format = {.name = ".reg", .evidence = write_text};

static void complain(const char *name, const char *what)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    fprintf(stderr, "hiveaudit: --fix: %s: %s\n", text_escape(arena, name),
            text_escape(arena, what));
}

/* By errno. */
static void say_unwritten(const struct fixing *fixing, const struct output *output)
{
    fprintf(stderr, "hiveaudit: --%s: %s: cannot be written: %s\n",
            output == &fixing->fix ? "fix" : "undo", output->path, report_explain(output));
}

static bool open_file(struct fixing *fixing, struct output *output, const char *path,
                      const struct run *run)
{
    *output =
        (struct output){.format = &reg_format, .run = run, .path = path, .arena = fixing->arena};
    if (!path || report_open(output))
        return true;
    say_unwritten(fixing, output);
    return false;
}

bool fixing_open(struct fixing *fixing, struct arena *arena, const struct options *options,
                 const struct run *run)
{
    if (!options->fix)
        return true;
    *fixing = (struct fixing){.options = options, .arena = arena};
    if (open_file(fixing, &fixing->fix, options->fix, run) &&
        open_file(fixing, &fixing->undo, options->undo, run))
        return true;
    fixing_discard(fixing);
    return false;
}

void fixing_discard(struct fixing *fixing)
{
    if (fixing->fix.stream)
        report_discard(&fixing->fix);
    if (fixing->undo.stream)
        report_discard(&fixing->undo);
}

void fixing_list_folders(const struct fixing *fixing, struct strings *folders)
{
    const struct output *outputs[] = {&fixing->fix, &fixing->undo};
    for (size_t i = 0; i < 2; i++)
        if (outputs[i]->temporary)
            strings_add(fixing->arena, folders, path_folder(fixing->arena, outputs[i]->target));
}

bool fixing_take(struct fixing *fixing, const struct audited *audited, const struct judged *judged)
{
    if (!fixing->options || fixing->nitems++)
        return false;
    fixing->name = arena_strdup(fixing->arena, audited->name);
    fixing->judged = judged->item.read ? judged : NULL;
    fixing->findings = fix_current(fixing->arena, &audited->findings);
    return fixing->judged;
}

/* The first line of a text that something is wrong with. */
static unsigned find_line(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (finding_place(&findings->items[i]).line)
            return finding_place(&findings->items[i]).line;
    return 0;
}

static const char *explain_package(struct arena *arena, const struct package_facts *package,
                                   const struct findings *findings)
{
    unsigned line = find_line(findings);
    const char *where = line ? arena_printf(arena, ", from line %u on", line) : "";
    return arena_printf(arena, "is %s %s: the file itself is to be corrected%s",
                        package->kind == PACKAGE_INF ? "an" : "a",
                        package_kind_names[package->kind], where);
}

/* Why no repair can be made of the evidence; NULL: it can. */
static const char *find_obstacle(struct fixing *fixing, struct hive_image *hive)
{
    struct stat st;
    if (fixing->nitems != 1)
        return fixing->nitems ? "is not all that is there: a repair is for one hive (of a WIM, "
                                "--image takes one)"
                              : "was not read";
    if (!fixing->is_over)
        return "may not be all that is there: no report was left to read on for";
    if (!fixing->judged)
        return "could not be audited";
    const struct snapshot *snapshot = &fixing->judged->item.snapshot;
    const struct sandbox *sandbox = &fixing->options->sandbox;
    if (snapshot->package)
        return explain_package(fixing->arena, snapshot->package, &fixing->findings);
    if (snapshot->hive.state == HIVE_UNRECOVERED || snapshot->hive.lost)
        return "is dirty, and its last changes are missing: a repair would be one of old values";
    if (snapshot->hive.repairs)
        return "is damaged: a repair would be one of what is left";
    if (sandbox->seccomp && !sandbox->landlock)
        return "no repair can be tried in a sandbox without Landlock (see --sandbox)";
    if (fstat(hive->fd, &st) < 0 || st.st_size == 0)
        return "is no whole hive: a repair cannot be tried";
    if (hive_image_seal(hive->fd) < 0)
        return "cannot be sealed";
    hive->size = (uint64_t)st.st_size;
    return NULL;
}

/* Takes a frame of the worker. Nothing of it is believed. */
static void take_frame(struct attempt *attempt, struct slice frame)
{
    struct message message;
    bool is_good = !message_decode(attempt->arena, frame, &message);
    if (is_good && message.kind == MESSAGE_ITEM && attempt->nstates < NSTATES)
        is_good = !wire_decode(attempt->arena, message.facts, attempt->judge->requests,
                               attempt->judge->nrequests, &attempt->states[attempt->nstates++]);
    else if (is_good)
        is_good = message.kind == MESSAGE_END;
    if (!is_good)
        attempt->fault = "made the process that tried the repair send nonsense";
}

static void await_worker(struct attempt *attempt, struct worker *worker, int stop_fd)
{
    while (worker->state == WORKER_RUNNING && !attempt->stopped && !attempt->fault) {
        struct pollfd fds[] = {{.fd = worker->out, .events = POLLIN},
                               {.fd = stop_fd, .events = POLLIN}};
        poll(fds, 2, POLL_STEP);
        attempt->stopped = fds[1].revents;
        worker_advance(worker, worker_clock());
        struct slice frame;
        while (!attempt->fault && worker_take_frame(worker, &frame)) {
            take_frame(attempt, frame);
            free((void *)frame.ptr);
        }
    }
    if (worker->state == WORKER_FAILED)
        attempt->fault = worker->fault;
}

static void run_worker(struct attempt *attempt, const struct options *options,
                       const struct fixing_tools *tools, const struct fix_job *job)
{
    struct worker worker;
    struct job like = {.input.size = job->hive.size}; /* what it may use up is that of a hive */
    struct worker_plan plan = {
        .sandbox = &options->sandbox,
        .limits = budget_limits(&like, options->timeout),
        .timeout = budget_time(&like, options->timeout),
        .null_fd = tools->null_fd,
        .fds = &job->hive.fd,
        .nfds = 1,
        .job = fix_job_run,
        .context = job,
    };
    plan.limits.rewrites = true;
    if (!worker_start(&worker, attempt->arena, &plan)) {
        attempt->fault =
            arena_printf(attempt->arena, "no process to try the repair: %s", strerror(errno));
        return;
    }
    await_worker(attempt, &worker, tools->stop_fd);
    worker_end(&worker);
}

/* The first thing that is wrong with what the worker sent. */
static const char *find_fault(const struct attempt *attempt)
{
    static const char *const names[] = {"repair", "inverse of the repair"};
    for (size_t i = 0; i < attempt->nstates; i++) {
        const struct wire_item *state = &attempt->states[i];
        if (!state->read)
            return arena_printf(attempt->arena, "the %s cannot be tried: %s", names[i],
                                state->diags.count ? state->diags.items[0].message : "no hive");
    }
    return attempt->nstates == NSTATES ? NULL : "the repair was not tried to its end";
}

/* What lies beside the hive is the same as before. */
static struct findings judge_state(const struct attempt *attempt, const struct snapshot *original,
                                   struct snapshot *state)
{
    state->system = original->system;
    module_share_files(original, state);
    return ruleset_judge(attempt->arena, attempt->judge->ruleset, state);
}

static bool is_undone(const struct attempt *attempt, const struct fixing *fixing,
                      const struct fix *fix, struct snapshot *state)
{
    struct findings after = judge_state(attempt, &fixing->judged->item.snapshot, state);
    struct findings all = findings_join(attempt->arena, &after, &fixing->findings);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].timing != TIMING_BOTH)
            return false;
    return fix_is_undone(fix, state);
}

/* Judges what came of an attempt; the plan may change for it. */
static enum fix_result settle(struct attempt *attempt, const struct fixing *fixing, struct fix *fix)
{
    struct snapshot *fixed = &attempt->states[FIXED].snapshot;
    if (!attempt->fault)
        attempt->fault = find_fault(attempt);
    if (attempt->fault)
        return FIX_FAILED;
    struct findings after = judge_state(attempt, &fixing->judged->item.snapshot, fixed);
    enum fix_result result =
        fix_settle(fixing->arena, fix, &fixing->findings, &after, fixed, &attempt->fault);
    if (result != FIX_EXACT || is_undone(attempt, fixing, fix, &attempt->states[UNDONE].snapshot))
        return result;
    attempt->fault = "the inverse of the repair does not bring back what was there";
    return FIX_FAILED;
}

static void make_texts(const struct fixing *fixing, const struct fix *fix, struct slice *texts)
{
    struct reg_file file = {.fix = fix,
                            .evidence = fixing->name,
                            .version = PACKAGE_VERSION,
                            .labels = &fixing->options->labels};
    texts[FIXED] = reg_file_fix(fixing->arena, &file);
    texts[UNDONE] = reg_file_undo(fixing->arena, &file);
}

/* One attempt; what it adds to the plan outlives it, nothing else does. */
static enum fixing_result try_repair(struct fixing *fixing, const struct fixing_tools *tools,
                                     const struct fix_job *job, struct fix *fix,
                                     enum fix_result *result)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct attempt attempt = {.arena = arena, .judge = tools->judge};
    run_worker(&attempt, fixing->options, tools, job);
    if (attempt.stopped)
        return FIXING_STOPPED;
    *result = settle(&attempt, fixing, fix);
    if (*result == FIX_FAILED)
        complain(fixing->name, attempt.fault);
    return *result == FIX_FAILED ? FIXING_FAILED : FIXING_DONE;
}

/* Tries the repair until it does what it promises. */
static enum fixing_result find_repair(struct fixing *fixing, const struct fixing_tools *tools,
                                      const struct hive_image *hive, struct slice *texts)
{
    struct fix fix = fix_plan(fixing->arena, &fixing->findings, &fixing->judged->item.snapshot);
    struct fix_job job = {.hive = *hive,
                          .texts = texts,
                          .ntexts = NSTATES,
                          .requests = tools->judge->requests,
                          .nrequests = tools->judge->nrequests};
    enum fix_result result = FIX_ADAPTED;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        make_texts(fixing, &fix, texts);
        if (!fix.nchanges) {
            complain(fixing->name, "nothing to repair: the file changes nothing");
            return FIXING_DONE;
        }
        enum fixing_result tried = try_repair(fixing, tools, &job, &fix, &result);
        if (tried != FIXING_DONE || result == FIX_EXACT)
            return tried;
    }
    complain(fixing->name, "each repair that was tried brings new findings");
    return FIXING_FAILED;
}

/* All of a text, down to the file; it is not in its place yet. */
static bool fill(const struct fixing *fixing, struct output *output, struct slice *text)
{
    if (!output->stream)
        return true;
    output->state = text;
    report_add(output, NULL);
    if (!output->error && fflush(output->stream) == 0)
        return true;
    errno = output->error ? output->error : errno;
    say_unwritten(fixing, output);
    return false;
}

static bool put_in_place(const struct fixing *fixing, struct output *output)
{
    if (!output->stream || report_close(output, NULL))
        return true;
    say_unwritten(fixing, output);
    return false;
}

/* No repair comes to its place without its inverse. */
static bool write_files(struct fixing *fixing, struct slice *texts)
{
    return fill(fixing, &fixing->fix, &texts[FIXED]) &&
           fill(fixing, &fixing->undo, &texts[UNDONE]) && put_in_place(fixing, &fixing->undo) &&
           put_in_place(fixing, &fixing->fix);
}

enum fixing_result fixing_run(struct fixing *fixing, const struct fixing_tools *tools)
{
    struct slice texts[NSTATES];
    struct hive_image hive = {.fd = tools->hive};
    if (!fixing->options)
        return FIXING_DONE;
    const char *obstacle = find_obstacle(fixing, &hive);
    enum fixing_result result = FIXING_FAILED;
    if (obstacle)
        complain(fixing->name ? fixing->name : "no evidence", obstacle);
    else
        result = find_repair(fixing, tools, &hive, texts);
    if (result == FIXING_DONE && !write_files(fixing, texts))
        result = FIXING_FAILED;
    fixing_discard(fixing);
    return result;
}
