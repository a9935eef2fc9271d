/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_OPTIONS_H
#define HIVEAUDIT_OPTIONS_H

#include <stdbool.h>

#include "input/container.h"
#include "report/report.h"
#include "rule/load.h"
#include "worker/sandbox.h"

enum mode {
    MODE_AUDIT,
    MODE_LIST_RULES,
    MODE_EXPLAIN,
    MODE_CHECK_RULES,
    MODE_RULES_FROM,
    MODE_DECODE,
    MODE_VERIFY,
    MODE_DONE,
};

/* Which demands on INFs are judged: those of the sample that vendors have copied since Windows 7,
 * or those of Windows 10 and later on signed packages. They contradict each other (domain: E.4). */
enum inf_profile { INF_LEGACY, INF_WINDOWS10, NINF_PROFILES };
extern const char *const inf_profile_tags[NINF_PROFILES]; /* of the rules that are for one only */

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* A change to the ruleset, in the order of the command line. */
struct adjustment {
    enum { ADJUST_ENABLE, ADJUST_DISABLE, ADJUST_SEVERITY } kind;
    const char *id; /* "all" for every rule */
    enum severity severity;
};

struct output_request {
    const struct format *format;
    const char *path; /* NULL: standard output */
};

/* The command line, checked as far as that goes without rules. */
struct options {
    enum mode mode;
    unsigned modes; /* bits by enum mode: those that were asked for */
    int asks;       /* 'h' for --help or 'V' for --version: MODE_DONE */
    const char *explain_id;
    const char **arguments; /* evidence; with MODE_CHECK_RULES, more rule files */
    size_t narguments;
    struct strings rule_paths;
    struct strings expected; /* packages and hives that rules are made of */
    const char *rules_from;  /* likewise, to print them: MODE_RULES_FROM */
    bool no_default_rules;
    struct adjustment *adjustments;
    size_t nadjustments;
    struct output_request *outputs;
    size_t noutputs;
    enum severity min_severity;
    struct fail_policy fail;
    struct strings waiver_paths;
    const char *now;        /* the day that waivers are held against; NULL: today */
    const char *baseline;   /* an earlier JSON report; NULL, as the next five: not asked for */
    const char *golden;     /* a hive that all is compared with */
    const char *fix, *undo; /* the .reg files to write */
    const char *manifest;   /* to write */
    const char *verify;     /* a manifest to audit again by: MODE_VERIFY */
    const char *alien;      /* an option that does not go with that */
    struct labels labels;
    bool quiet;
    bool allow_dirty;
    enum color_choice color;
    const char *files0_from; /* NULL: no list */
    struct strings logs;     /* in place of those beside the hive */
    enum log_policy log_policy;
    enum inf_profile inf_profile;
    const char *save_recovered;     /* NULL: not asked for */
    const char *system;             /* the SYSTEM hive, in place of the one beside; NULL: none */
    bool inventory;                 /* report all entries */
    bool hash;                      /* digests of evidence, and of what the registry names */
    bool is_recorded;               /* for a manifest, to be written or compared with */
    struct strings written;         /* where the reports of the run went that is made again */
    bool is_rerun;                  /* for --verify: nothing but reports is written */
    struct comparison *comparison;  /* of that */
    struct container_choice choice; /* what of images is read */
    const char *recovery_key;       /* of BitLocker; NULL, as the next two: none */
    const char *given_key;          /* with --verify, in place of one that was redacted */
    const char *password_file;
    const char *bek;
    struct slice *atrs; /* to decode */
    size_t natrs;
    struct strings cards;      /* ATRs of cards that are asked about */
    struct strings card_files; /* lists of such */
    const char *atr_names; /* a list of card names, or "none"; NULL: the one that is installed */
    unsigned jobs;         /* workers at the same time */
    unsigned timeout;      /* seconds for each piece of evidence; 0: no limit */
    enum sandbox_mode sandbox_mode;
    struct sandbox sandbox;      /* what that comes to here */
    struct strings command_line; /* all of it as texts, with "(redacted)" in place of any key */
};

/* Reads the command line. False after a message on standard error: status 2. --help and --version
 * are answered here: MODE_DONE. */
bool options_parse(struct arena *arena, int argc, char **argv, struct options *options);

/* Reads the command line of another run, without its program, that has to be one of an audit. What
 * verifying has of recovery keys stands in place of "(redacted)". False where it is none; a message
 * says what is wrong with a word of it. */
bool options_parse_again(struct arena *arena, const struct options *verifying,
                         const struct strings *words, struct options *options);

#endif
