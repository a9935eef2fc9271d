/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_REPORT_H
#define HIVEAUDIT_REPORT_REPORT_H

#include <stdio.h>

#include "base/diag.h"
#include "rule/baseline.h"
#include "rule/card_answer.h"
#include "rule/finding.h"
#include "rule/waivers.h"

enum evidence_status { EVIDENCE_COMPLETE, EVIDENCE_INCOMPLETE, EVIDENCE_FAILED };

/* One piece of evidence, audited. */
struct audited {
    const char *name; /* as given, or as found */
    uint64_t size;    /* bytes; 0 where it could not be opened */
    enum evidence_status status;
    const struct snapshot *snapshot; /* as far as it could be read */
    struct findings findings;        /* all of them: reports show those of min_severity */
    const struct diags *diags;
    const struct card_answer *cards; /* those that were asked about, in place of findings */
    size_t ncards;
    bool in_baseline;               /* the baseline has evidence of this name */
    const struct old_finding *gone; /* its findings that are no more, where all was audited */
    size_t ngone;
    unsigned shadow; /* the number of the shadow copy that it lies in; 0: none */
    int64_t created; /* FILETIME of that */
};

/* A library that the program runs on. */
struct component {
    const char *name, *version;
};

/* What --case and its like say, as texts; NULL: nothing. */
struct labels {
    const char *case_name, *examiner, *exhibit, *note;
};
#define NLABELS 4

/* One of them by its name: "case". */
struct label {
    const char *name, *text;
};

/* Those that say something, in this order; returns how many. */
size_t labels_list(const struct labels *labels, struct label list[NLABELS]);

/* A file of evidence as it was before and after the run. */
struct input_record {
    const char *name; /* as a text */
    const char *role; /* "evidence", "part" of an image, "log", "system" or "system log" */
    uint64_t size;    /* bytes, before */
    bool is_stream;   /* standard input or a pipe: there is no after */
    bool has_before, has_after;
    uint8_t before[FILE_DIGEST_SIZE], after[FILE_DIGEST_SIZE];
};

/* What has become of it. */
enum input_state {
    INPUT_UNCHANGED,
    INPUT_READ_ONCE, /* a stream */
    INPUT_CHANGED,   /* that and what follows: its audit cannot be relied on */
    INPUT_LOST,      /* it cannot be read any more */
    INPUT_UNREAD,    /* it has no digest */
};
enum input_state input_state(const struct input_record *record);
bool input_is_bad(const struct input_record *record);

/* "unchanged", for programs; and for people. */
const char *input_state_name(enum input_state state);
const char *input_state_text(enum input_state state);

/* A file besides evidence that decides what a run finds. */
struct used_file {
    const char *option; /* that names it, without "--" */
    const char *name;   /* as a text */
    bool has_digest;    /* false: a pipe, or it cannot be read any more */
    uint8_t digest[FILE_DIGEST_SIZE];
};

/* A file that a run has written. */
struct report_record {
    const char *format; /* of a report; else the option that asks for it: "fix" */
    const char *name;   /* as a text; NULL: standard output */
    bool has_digest;    /* it is a file */
    uint8_t digest[FILE_DIGEST_SIZE];
};

/* What is the same for all evidence of a run. */
struct run {
    const char *version; /* of hiveaudit */
    const char *sandbox; /* what was in force: "none" */
    const struct component *libraries;
    size_t nlibraries;
    bool inventory;             /* all entries are listed */
    enum severity min_severity; /* of what is shown */
    struct fail_policy fail;
    const struct atr_names *names; /* of cards; NULL: no list */
    struct labels labels;
    const char *now;               /* the day that waivers are held against; NULL: there are none */
    const char *baseline, *golden; /* what all is compared with, as texts; NULL: nothing */
    const struct ruleset *ruleset;
    const char *const *arguments; /* the command line as texts, without any recovery key */
    size_t narguments;
    size_t ncards; /* that are asked about; 0: rules are judged */
    /* For a manifest only. */
    const struct used_file *files;
    size_t nfiles;
    const char *directory;         /* the working directory, as a text; NULL: it is gone */
    int64_t started;               /* FILETIME */
    struct comparison *comparison; /* what comes of --verify; NULL: it was not asked for */
};

/* Whether a finding that is gone is of a severity that is shown. */
bool run_shows_gone(const struct run *run, const struct old_finding *gone);

/* What the run came to. */
struct totals {
    size_t evidence[EVIDENCE_FAILED + 1]; /* by status */
    size_t findings[NSEVERITIES];
    size_t cards[2]; /* how many pair with no entry of a piece of evidence, and how many with one */
    size_t waived, expired;      /* findings with a waiver that holds, or has expired */
    size_t unchanged, new, gone; /* against the baseline */
    const char **missing;        /* evidence of the baseline that was not in this run */
    size_t nmissing;
    const struct waivers *waivers;     /* with what each came to */
    const struct input_record *inputs; /* with --hash */
    size_t ninputs;
    int exit_status;
    /* For a manifest only. */
    const struct report_record *reports; /* with what is none; that comes last */
    size_t nreports;
    int64_t ended; /* FILETIME */
};

/* Adds a piece of evidence. */
void totals_add(struct totals *totals, const struct audited *audited);

struct output;

/* One row per format. All but evidence may be NULL; discard releases what begin made, in place of
 * end. place moves a complete file to its target, in place of a rename; false with error set. */
struct format {
    const char *name;
    bool wants_findings; /* it has nothing to say of --card */
    bool comes_last;     /* it tells how all others ended */
    bool needs_file;     /* it is written by its name, temporary, and not to the stream */
    void (*begin)(struct output *output);
    void (*evidence)(struct output *output, const struct audited *audited);
    void (*end)(struct output *output, const struct totals *totals);
    bool (*place)(struct output *output);
    void (*discard)(struct output *output);
};

extern const struct format text_format, json_format, json_lines_format, csv_format, junit_format,
    sarif_format, sqlite_format, html_format, bodyfile_format;

/* A report being written. */
struct output {
    const struct format *format;
    const struct run *run;
    const char *path; /* NULL: standard output */
    bool use_color;
    FILE *stream;
    int error;             /* errno of the first write that failed; 0: none */
    const char *fault;     /* what is wrong, where errno does not say it; NULL */
    const char *temporary; /* written here, then renamed to target; NULL where written in place */
    const char *target;
    struct arena *arena; /* lives as long as the output */
    void *state;         /* the format's own */
};

/* The format with a name, or NULL. */
const struct format *report_find_format(const char *name);

/* Each of the formats by its index; NULL behind the last. */
const struct format *report_format_at(size_t index);

/* Opens an output: format, run, path, use_color and arena are set. A file is first written beside
 * its place. False with errno set. */
bool report_open(struct output *output);

/* Adds one piece of evidence. */
void report_add(struct output *output, const struct audited *audited);

/* Ends a report and moves it to its place. False with errno set, where not all of it could be
 * written: then nothing is left behind. */
bool report_close(struct output *output, const struct totals *totals);

/* Why that was, in words; errno is that of the failure. */
const char *report_explain(const struct output *output);

/* Gives up a report: no file is left behind. */
void report_discard(struct output *output);

/* A stream into memory, for what a report says at its end only: none of the heap, which is copied
 * for each worker. NULL with errno set. */
FILE *report_open_memory(void);

const char *evidence_status_name(enum evidence_status status);

/* Whether there was a configuration to audit. */
bool audited_was_read(const struct audited *audited);

/* "jansson" and "sqlite", for --version. */
struct component report_json_library(void);
struct component report_sqlite_library(void);

#endif
