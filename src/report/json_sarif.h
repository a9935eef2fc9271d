/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_JSON_SARIF_H
#define HIVEAUDIT_REPORT_JSON_SARIF_H

#include "report/json_parts.h"

/* What the files of the SARIF report share. Clauses in their comments are those of SARIF 2.1.0. */

/* More than these of a run GitHub does not take. */
#define SARIF_RESULTS_MAX ((size_t)25000)

/* A file that results are about, or that was read with one. */
struct sarif_artifact {
    const char *name;      /* as a text */
    bool is_target;        /* it was audited */
    const char *note;      /* what it is, or NULL */
    uint64_t size;         /* bytes; 0: unknown */
    const uint8_t *digest; /* NULL: none */
};

/* The artifacts of a run, in the order in which they came. */
struct sarif_artifacts {
    struct arena *arena;
    struct sarif_artifact *items;
    size_t count;
};

/* Adds one, of which texts and digest are copied. Returns its index. */
size_t sarif_artifacts_add(struct sarif_artifacts *artifacts, struct sarif_artifact artifact);

/* Adds the digests of the files that were read; a file that is no artifact yet becomes one. */
void sarif_artifacts_add_inputs(struct sarif_artifacts *artifacts,
                                const struct input_record *inputs, size_t count);

/* Where the artifact with an index is, and what that is relative to. */
json_t *sarif_make_bases(void);
json_t *sarif_make_location(const struct sarif_artifacts *artifacts, size_t index);
void sarif_write_artifacts(struct json_writer *run, const struct sarif_artifacts *artifacts);

/* A string of a message: nothing in it is a placeholder or a link. */
json_t *sarif_make_string(const char *text);

/* A message about evidence, cut where it is too long: what text_escape escapes is escaped. */
json_t *sarif_make_message(const char *text);

/* All enabled rules of a ruleset. */
void sarif_write_rules(struct json_writer *driver, const struct ruleset *ruleset);

/* The position of each rule of a ruleset among those; SIZE_MAX for one that is not enabled. */
size_t *sarif_number_rules(struct arena *arena, const struct ruleset *ruleset);

/* What results are about besides their findings. */
struct sarif_subject {
    const struct run *run;
    const size_t *rule_numbers; /* by sarif_number_rules */
    const struct sarif_artifacts *artifacts;
    const struct audited *audited;
    size_t evidence, system; /* indices of artifacts; system: where there is one */
};

/* A result for a finding, and for one of the baseline that is no more. */
json_t *sarif_make_result(const struct sarif_subject *subject, const struct finding *finding);
json_t *sarif_make_gone(const struct sarif_subject *subject, const struct old_finding *old);

/* The results of a run so far, as lines of JSON: where there are too many, the last ones of the
 * lowest severity are cut. */
struct sarif_results {
    struct arena *arena;
    FILE *lines; /* in memory */
    struct sarif_kept *items;
    size_t nitems;
    size_t last[NSEVERITIES]; /* of each severity, counted from 1; 0: none */
    size_t count;
    size_t cut[NSEVERITIES];
};

/* Everything is released with the arena. */
struct sarif_results *sarif_results_new(struct arena *arena);

/* Makes room for a result. False where it is itself cut. */
bool sarif_results_reserve(struct sarif_results *results, enum severity severity);

/* Adds a result that there is room for, and takes it over. */
void sarif_results_add(struct sarif_results *results, enum severity severity, json_t *result);

/* Writes them in the order in which they came. */
void sarif_results_write(struct json_writer *run, const struct sarif_results *results);

#endif
