/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "expect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "hive/hive.h"
#include "judged.h"
#include "rule/rules_from.h"

#define PROBLEMS_SHOWN 20

/* One file that rules are made of. */
struct expected {
    struct arena *arena;
    const struct options *options;
    const char *option, *path; /* as on the command line */
    struct id_set *ids;
    struct judge judge;
    size_t nhives;
    bool failed;
    struct rules_from rules;
};

/* "hiveaudit: --expect: driver.inf: what". */
static void complain(const struct expected *expected, const char *what)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *path = text_from_utf8(arena, expected->path, strlen(expected->path));
    fprintf(stderr, "hiveaudit: --%s: %s: %s\n", expected->option, text_escape(arena, path),
            text_escape(arena, what));
}

static void fail(struct expected *expected, const char *what)
{
    complain(expected, what);
    expected->failed = true;
}

/* What rules are made of has to be there as a whole: what is missing would never be missed. */
static void refuse_parts(struct expected *expected, const struct diags *diags)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        if (diag->level != DIAG_NOTE)
            fail(expected, diag->key ? arena_printf(arena, "%s: %s", diag->key, diag->message)
                                     : diag->message);
    }
    if (diags->worst != DIAG_NOTE)
        expected->failed = true;
}

/* Problems of a text because of which it may say less than was meant. Those of HKR are said with
 * the keys that they concern. */
static bool is_loss(const struct text_problem *problem)
{
    switch (problem->fault) {
    case TEXT_SYNTAX:
    case TEXT_CHARACTERS:
    case TEXT_HEX:
    case TEXT_FLAGS:
    case TEXT_STRING:
    case TEXT_SECTION:
        return true;
    default:
        return false;
    }
}

static void say_problems(const struct expected *expected, const struct package_facts *package)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t count = 0;
    for (size_t i = 0; i < package->nproblems; i++) {
        const struct text_problem *problem = &package->problems[i];
        if (is_loss(problem) && count++ < PROBLEMS_SHOWN)
            complain(expected, arena_printf(arena, "%u:%u: %s", problem->line, problem->column,
                                            problem->message));
    }
    if (count > PROBLEMS_SHOWN)
        complain(expected,
                 arena_printf(arena, "%zu more problems of its text", count - PROBLEMS_SHOWN));
}

static void say_left_out(const struct expected *expected)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct rules_from *rules = &expected->rules;
    for (size_t i = 0; i < rules->left_out.count; i++)
        complain(expected, arena_printf(arena, "left out: %s", rules->left_out.items[i]));
    if (rules->nleft_out > rules->left_out.count)
        complain(expected, arena_printf(arena, "left out: %zu more",
                                        rules->nleft_out - rules->left_out.count));
}

static void take_snapshot(struct expected *expected, const struct snapshot *snapshot)
{
    struct arena *arena = expected->arena;
    const char *name = path_name(expected->path);
    name = strcmp(name, "-") == 0 ? "standard input" : text_from_utf8(arena, name, strlen(name));
    if (snapshot->package)
        say_problems(expected, snapshot->package);
    expected->rules = rules_from_snapshot(arena, expected->ids, snapshot, name);
    say_left_out(expected);
    if (expected->rules.fault)
        fail(expected, expected->rules.fault);
}

static void take_result(struct expected *expected, const struct outcome *outcome)
{
    struct judged *judged = judge_take(&expected->judge, outcome);
    if (judged->fault)
        fail(expected, "made the process that read it send nonsense");
    else
        refuse_parts(expected, &judged->item.diags);
    if (!expected->failed && expected->nhives++)
        fail(expected, "holds more than one hive");
    if (!expected->failed)
        take_snapshot(expected, &judged->item.snapshot);
    judge_release(judged, outcome);
}

static bool take_outcome(void *context, const struct candidate *candidate,
                         const struct outcome *outcome)
{
    struct expected *expected = context;
    (void)candidate;
    if (outcome->fault)
        fail(expected, outcome->fault);
    else
        take_result(expected, outcome);
    return !expected->failed;
}

/* The same way as for evidence, but that no option about the evidence is one about this file. */
static void read_file(struct expected *expected, int null_fd)
{
    const struct options *options = expected->options;
    struct ruleset no_rules = {0};
    struct recovered not_wanted = {0};
    struct progress progress = {0};
    struct candidate candidate = {.kind = CANDIDATE_NAMED, .path = expected->path};
    struct candidates candidates = {.arena = expected->arena, .items = &candidate, .count = 1};
    struct queue_settings settings = {
        .job = {.policy = options->log_policy, .recovered_fd = -1},
        .sandbox = options->sandbox,
        .null_fd = null_fd,
        .stop_fd = -1,
        .jobs = 1,
        .timeout = options->timeout,
        .progress = &progress,
    };
    expected->judge =
        (struct judge){.options = options, .ruleset = &no_rules, .recovered = &not_wanted};
    queue_run(&settings, &candidates, take_outcome, expected);
    judge_end(&expected->judge);
}

/* Nothing is opened behind --rules-from, so that this process needs no more than to print. With
 * --expect, rules are still to be read and reports to be opened. */
static bool confine(const struct options *options)
{
    if (options->mode != MODE_RULES_FROM || sandbox_enter_parent(&options->sandbox, NULL, 0))
        return true;
    fprintf(stderr, "hiveaudit: the sandbox cannot be entered: %s (see --sandbox)\n",
            strerror(errno));
    return false;
}

/* The rules of a file as YAML, or NULL. */
static const char *make_rules(struct arena *arena, const struct options *options,
                              struct id_set *ids, const char *option, const char *path)
{
    struct expected expected = {
        .arena = arena, .options = options, .option = option, .path = path, .ids = ids};
    struct hive_converters converters;
    CLEANUP(fd) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0 || !hive_load_converters(&converters)) {
        fail(&expected, "cannot be read: /dev/null or iconv is not to be had here");
        return NULL;
    }
    if (confine(options))
        read_file(&expected, null_fd);
    hive_unload_converters(&converters);
    return expected.failed ? NULL : expected.rules.yaml;
}

bool expect_add_rules(struct rule_errors *errors, const struct options *options,
                      struct rule_files *files)
{
    struct id_set ids = {0}; /* two packages may have entries of one name */
    for (size_t i = 0; i < options->expected.count; i++) {
        const char *path = options->expected.items[i];
        const char *yaml = make_rules(errors->arena, options, &ids, "expect", path);
        if (!yaml)
            return false;
        rule_files_add_text(errors, files, path, yaml);
    }
    return true;
}

bool expect_print_rules(struct arena *arena, const struct options *options)
{
    struct id_set ids = {0};
    const char *yaml = make_rules(arena, options, &ids, "rules-from", options->rules_from);
    if (yaml)
        fputs(yaml, stdout);
    return yaml;
}
