/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "base/cleanup.h"
#include "decode.h"
#include "examples.h"
#include "expect.h"
#include "options.h"
#include "rule/check.h"
#include "verify.h"

/* A file opened later must not take the place of a standard stream that is closed. Output to such a
 * stream has to fail, hence the wrong direction. */
static void fill_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(STATUS_ERROR);
}

static void print_unknown_rule(const struct ruleset *ruleset, const char *option, const char *id)
{
    const char *meant = ruleset_suggest(ruleset, id);
    fprintf(stderr, "hiveaudit: --%s: no rule has the id \"%s\"", option, id);
    if (meant)
        fprintf(stderr, " (did you mean \"%s\"?)", meant);
    fputs(" (see --list-rules)\n", stderr);
}

static void adjust_rule(struct rule *rule, const struct adjustment *adjustment)
{
    if (adjustment->kind == ADJUST_SEVERITY)
        rule->severity = adjustment->severity;
    else
        rule->enabled = adjustment->kind == ADJUST_ENABLE;
}

/* Rules of another profile are off, unless --enable asks for them. */
static void apply_profile(const struct options *options, struct ruleset *ruleset)
{
    for (int profile = 0; profile < NINF_PROFILES; profile++)
        for (size_t i = 0; profile != (int)options->inf_profile && i < ruleset->count; i++)
            if (strings_hold(&ruleset->rules[i].tags, inf_profile_tags[profile]))
                ruleset->rules[i].enabled = false;
}

static bool adjust_rules(const struct options *options, struct ruleset *ruleset)
{
    static const char *const names[] = {"enable", "disable", "severity"};
    for (size_t i = 0; i < options->nadjustments; i++) {
        const struct adjustment *adjustment = &options->adjustments[i];
        bool all = strcmp(adjustment->id, "all") == 0;
        for (size_t j = 0; all && j < ruleset->count; j++)
            adjust_rule(&ruleset->rules[j], adjustment);
        struct rule *rule = ruleset_find(ruleset, adjustment->id);
        if (rule)
            adjust_rule(rule, adjustment);
        if (rule || all)
            continue;
        print_unknown_rule(ruleset, names[adjustment->kind], adjustment->id);
        return false;
    }
    return true;
}

static bool is_of_golden(const struct rule *rule)
{
    return rule->check && rule->check->of_golden;
}

/* An audit by no rule finds nothing, and that must not look like a clean hive. */
static bool has_work(const struct options *options, const struct ruleset *ruleset)
{
    if (options->mode != MODE_AUDIT || options->cards.count || options->card_files.count)
        return true;
    size_t of_golden = 0, others = 0;
    for (size_t i = 0; i < ruleset->count; i++)
        if (ruleset->rules[i].enabled)
            ++*(is_of_golden(&ruleset->rules[i]) ? &of_golden : &others);
    if (options->golden ? of_golden : others)
        return true;
    fputs(options->golden
              ? "hiveaudit: --golden: every rule that compares is switched off, or left "
                "out (see golden-changed in --list-rules)\n"
              : "hiveaudit: every rule is switched off: nothing would be audited\n",
          stderr);
    return false;
}

static bool load_rules(struct arena *arena, const struct options *options, struct ruleset *ruleset)
{
    struct rule_errors errors = {.arena = arena};
    struct rule_files files = {0};
    if (!options->no_default_rules)
        rule_files_add_shipped(&errors, &files);
    for (size_t i = 0; i < options->rule_paths.count; i++)
        rule_files_add_path(&errors, &files, options->rule_paths.items[i]);
    if (options->mode == MODE_CHECK_RULES)
        for (size_t i = 0; i < options->narguments; i++)
            rule_files_add_path(&errors, &files, options->arguments[i]);
    if (!expect_add_rules(&errors, options, &files))
        return false;
    *ruleset = ruleset_load(&errors, &files);
    if (errors.count == 0 && ruleset->count == 0)
        rule_error_add(&errors, "no rules are left: --no-default-rules needs --rules");
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "hiveaudit: %s\n", errors.items[i]);
    apply_profile(options, ruleset);
    return errors.count == 0 && adjust_rules(options, ruleset) && has_work(options, ruleset);
}

static int explain(struct arena *arena, const struct options *options,
                   const struct ruleset *ruleset)
{
    const struct rule *rule = ruleset_find(ruleset, options->explain_id);
    if (!rule) {
        print_unknown_rule(ruleset, "explain", options->explain_id);
        return STATUS_ERROR;
    }
    examples_explain(arena, rule);
    return STATUS_CLEAN;
}

/* Audits once more as a manifest says, and compares. */
static int verify(struct arena *arena, const struct options *options)
{
    struct options again;
    struct manifest manifest;
    struct ruleset ruleset;
    struct comparison comparison = {.expected = &manifest};
    if (!verify_load(arena, options, &manifest, &again) || !load_rules(arena, &again, &ruleset))
        return STATUS_ERROR;
    again.comparison = &comparison;
    return verify_status(audit_run(arena, &again, &ruleset), &comparison);
}

static int run(struct arena *arena, const struct options *options)
{
    struct ruleset ruleset;
    if (options->mode == MODE_DONE)
        return STATUS_CLEAN;
    if (options->mode == MODE_DECODE)
        return decode_print(arena, options);
    if (options->mode == MODE_RULES_FROM)
        return expect_print_rules(arena, options) ? STATUS_CLEAN : STATUS_ERROR;
    if (options->mode == MODE_VERIFY)
        return verify(arena, options);
    if (!load_rules(arena, options, &ruleset))
        return STATUS_ERROR;
    switch (options->mode) {
    case MODE_LIST_RULES:
        examples_list_rules(&ruleset);
        return STATUS_CLEAN;
    case MODE_EXPLAIN:
        return explain(arena, options, &ruleset);
    case MODE_CHECK_RULES:
        return examples_check(arena, &ruleset);
    default:
        return audit_run(arena, options, &ruleset);
    }
}

/* What --help and its like print is output as well: losing it is an error. */
static int flush_stdout(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE)
        fprintf(stderr, "hiveaudit: standard output: %s\n", strerror(errno));
    return STATUS_ERROR;
}

int main(int argc, char **argv)
{
    fill_standard_streams();
    /* A reader that leaves must not keep other reports from being finished. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write */
    CLEANUP(arena) struct arena *arena = arena_new();
    struct options options;
    if (!options_parse(arena, argc, argv, &options))
        return STATUS_ERROR;
    int status = run(arena, &options);
    bool is_closed = options.mode == MODE_AUDIT || options.mode == MODE_VERIFY;
    return is_closed ? status : flush_stdout(status);
}
