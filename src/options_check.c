/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "options_check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "input/logs.h"

/* A file that is no report would replace one, or be replaced. */
static bool check_place(const struct options *options, const char *path, const char *other)
{
    bool is_taken = path && other && strcmp(path, other) == 0;
    for (size_t i = 0; path && !is_taken && i < options->noutputs; i++)
        is_taken = options->outputs[i].path && strcmp(options->outputs[i].path, path) == 0;
    if (is_taken)
        fprintf(stderr, "hiveaudit: two files cannot both be %s\n", path);
    return !is_taken;
}

/* What is at a path; standard output where that is NULL. False where there is nothing. */
static bool look_at(const char *path, struct stat *st)
{
    return (path ? stat(path, st) : fstat(STDOUT_FILENO, st)) == 0;
}

/* Under two names as well, such as /dev/stdout. A device may take both: /dev/null does. */
static bool is_same_place(const char *a, const char *b)
{
    struct stat of_a, of_b;
    if ((a && b) ? strcmp(a, b) == 0 : a == b)
        return true;
    return look_at(a, &of_a) && look_at(b, &of_b) && path_is_same_file(&of_a, &of_b) &&
           !S_ISCHR(of_a.st_mode);
}

/* Two reports in one place: the second would replace the first. */
static bool check_reports(const struct options *options)
{
    for (size_t i = 0; i < options->noutputs; i++)
        for (size_t j = 0; j < i; j++) {
            const char *a = options->outputs[i].path, *b = options->outputs[j].path;
            if (!is_same_place(a, b))
                continue;
            fprintf(stderr, "hiveaudit: two reports cannot both go to %s: give one another =FILE\n",
                    a ? a : "standard output");
            return false;
        }
    return true;
}

static bool contradict(const char *one, const char *other)
{
    fprintf(stderr, "hiveaudit: %s does not go with %s (see --help)\n", one, other);
    return false;
}

const char *options_find_single(const struct options *options)
{
    return options->logs.count       ? "--log"
           : options->save_recovered ? "--save-recovered"
           : options->fix            ? "--fix"
           : options->system         ? "--system"
                                     : NULL;
}

/* Logs and their result belong to one hive. */
static bool check_logs(const struct options *options)
{
    const char *option = options_find_single(options);
    if (option && options->files0_from)
        return contradict(option, "--files0-from: it is for one hive");
    if (option && options->narguments > 1)
        return contradict(option, "more than one piece of evidence: it is for one hive");
    bool has_logs = options->logs.count || options->save_recovered;
    if (has_logs && !options->system && options->log_policy == LOGS_IGNORE)
        return contradict(option, "--logs=ignore");
    if (options->logs.count <= LOGS_MAX)
        return true;
    fprintf(stderr, "hiveaudit: --log: got %zu logs, want at most %d\n", options->logs.count,
            LOGS_MAX);
    return false;
}

static bool is_stdin(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static bool check_stdin(const struct options *options)
{
    size_t count =
        is_stdin(options->files0_from) + is_stdin(options->system) + is_stdin(options->golden);
    for (size_t i = 0; i < options->expected.count; i++)
        count += is_stdin(options->expected.items[i]);
    for (size_t i = 0; i < options->narguments; i++)
        count += is_stdin(options->arguments[i]);
    for (size_t i = 0; i < options->logs.count; i++)
        count += is_stdin(options->logs.items[i]);
    for (size_t i = 0; i < options->card_files.count; i++)
        count += is_stdin(options->card_files.items[i]);
    if (count > 1)
        fputs("hiveaudit: standard input can be read but once\n", stderr);
    return count <= 1;
}

/* What is for findings, and NULL where none of it is asked for. */
static const char *find_judgement_option(const struct options *options)
{
    return options->waiver_paths.count ? "--waivers"
           : options->baseline         ? "--baseline"
           : options->golden           ? "--golden"
           : options->fix              ? "--fix"
           : options->expected.count   ? "--expect"
                                       : NULL;
}

/* Where cards are asked about, no rule is judged. */
static bool check_cards(const struct options *options)
{
    const char *judging = find_judgement_option(options);
    static const char other[] = "--card or --cards-from: these judge no rule";
    if (!options->cards.count && !options->card_files.count)
        return true;
    if (judging)
        return contradict(judging, other);
    for (size_t i = 0; i < options->noutputs; i++) {
        const struct format *format = options->outputs[i].format;
        if (!format->wants_findings)
            continue;
        fprintf(stderr, "hiveaudit: --output=%s does not go with %s (see --help)\n", format->name,
                other);
        return false;
    }
    return true;
}

/* Options that mean nothing without another. */
static bool check_companions(const struct options *options)
{
    const char *lonely =
        options->now && !options->waiver_paths.count   ? "--now needs --waivers"
        : options->fail.only_new && !options->baseline ? "--fail-on-new needs --baseline"
        : options->undo && !options->fix               ? "--undo needs --fix, which it takes back"
                                                       : NULL;
    if (lonely)
        fprintf(stderr, "hiveaudit: %s (see --help)\n", lonely);
    return !lonely;
}

static bool check_evidence(const struct options *options)
{
    if (!check_stdin(options) || !check_companions(options) || !check_cards(options))
        return false;
    if (options->files0_from && options->narguments)
        return contradict("--files0-from", "evidence on the command line");
    if (options->narguments || options->files0_from)
        return check_logs(options);
    fputs("hiveaudit: no evidence was named: hiveaudit SOFTWARE (see --help)\n", stderr);
    return false;
}

/* Of options that are for audits, those that would say what is wanted and not given. */
static const char *find_audit_option(const struct options *options)
{
    if (options->cards.count || options->card_files.count)
        return options->cards.count ? "--card" : "--cards-from";
    if (options->expected.count &&
        (options->mode == MODE_DECODE || options->mode == MODE_RULES_FROM))
        return "--expect";
    const char *judging = find_judgement_option(options);
    if (judging && strcmp(judging, "--expect") != 0)
        return judging;
    if (options->inventory)
        return "--inventory";
    if (options->manifest)
        return "--manifest";
    return options->noutputs ? "--output" : NULL;
}

/* Labels are for reports. */
static bool check_labels(const struct options *options, const char *mode)
{
    struct label labels[NLABELS];
    if (!labels_list(&options->labels, labels))
        return true;
    fprintf(stderr, "hiveaudit: --%s does not go with %s (see --help)\n", labels[0].name, mode);
    return false;
}

/* The manifest says how the audit is made. */
static bool check_alien(const struct options *options)
{
    if (options->alien)
        fprintf(stderr, "hiveaudit: --%s does not go with --verify (see --help)\n", options->alien);
    return !options->alien;
}

/* Nothing that was asked for is passed over in silence. */
static bool check_modes(const struct options *options)
{
    static const char *const names[] = {
        [MODE_LIST_RULES] = "--list-rules",   [MODE_EXPLAIN] = "--explain",
        [MODE_CHECK_RULES] = "--check-rules", [MODE_RULES_FROM] = "--rules-from",
        [MODE_DECODE] = "--decode",           [MODE_VERIFY] = "--verify",
    };
    for (enum mode other = 0; other < MODE_DONE; other++)
        if (options->modes & 1u << other && other != options->mode)
            return contradict(names[other], names[options->mode]);
    if (options->mode == MODE_VERIFY)
        return check_alien(options);
    const char *option = find_audit_option(options), *mode = names[options->mode];
    if (options->mode == MODE_AUDIT)
        return true;
    return option ? contradict(option, mode) : check_labels(options, mode);
}

bool options_check(const struct options *options)
{
    if (!check_modes(options))
        return false;
    if (options->mode == MODE_AUDIT && !check_evidence(options))
        return false;
    if (options->narguments && options->mode != MODE_AUDIT && options->mode != MODE_CHECK_RULES) {
        fprintf(stderr, "hiveaudit: unexpected argument \"%s\" (see --help)\n",
                options->arguments[0]);
        return false;
    }
    return true;
}

/* UTF-16 is nothing for a terminal, and a file named "-" is not what was meant. */
static bool check_repair(const char *option, const char *path)
{
    if (path && strcmp(path, "-") == 0)
        fprintf(stderr, "hiveaudit: --%s: got \"-\", want a file\n", option);
    return !path || strcmp(path, "-") != 0;
}

bool options_check_outputs(const struct options *options)
{
    return check_repair("fix", options->fix) && check_repair("undo", options->undo) &&
           check_reports(options) && check_place(options, options->fix, options->undo) &&
           check_place(options, options->undo, NULL);
}
