/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_CHECK_H
#define HIVEAUDIT_RULE_CHECK_H

#include "rule/collisions.h"
#include "rule/finding.h"
#include "rule/rule.h"

/* One rule being judged on one snapshot. */
struct judgement {
    const struct rule *rule;
    const struct snapshot *snapshot;
    struct arena *arena;
    struct findings *findings;
    const struct atr_names *names;  /* of cards; NULL: no list */
    const struct snapshot *golden;  /* the hive to compare with; NULL: none */
    struct collisions **collisions; /* of each view, once a rule has asked for them */
};

/* A check is a small function that adds what it finds. on_card is called for each entry of
 * Calais\SmartCards that the rule does not exempt; on_snapshot once. One of the two is set, or
 * both. */
struct check {
    const char *name; /* as rule files spell it */
    void (*on_card)(struct judgement *judgement, const struct card *card);
    void (*on_snapshot)(struct judgement *judgement);
    int detail; /* tells checks that share a function apart */
    const char *parameters[NPARAMETERS_MAX];
    int noptional;    /* of the parameters, those from the end that may be left out */
    unsigned numbers; /* bits: which parameters are one number each, in place of a list */
    bool wants_atrs;  /* the first parameter is a list of ATRs of cards */
    bool wants_keys;  /* the first parameter is a list of keys to read */
    bool of_no_view;  /* looks at all views, or at one, whatever a rule says */
    bool of_text;     /* what it finds is of a text as a whole, on all architectures */
    bool of_hive;     /* what is not there matters: a text, which holds a part, is not judged */
    bool of_golden;   /* finds something only where there is a golden hive */
};

/* How a hive differs from the golden one: the detail of check_golden. */
enum drift { DRIFT_ADDED, DRIFT_REMOVED, DRIFT_CHANGED };

/* The table of all checks; count rows. */
extern const struct check checks[];
extern const size_t nchecks;

/* Functions of the table. */
void check_pair(struct judgement *judgement, const struct card *card);
void check_mask_too_broad(struct judgement *judgement, const struct card *card);
void check_atr_missing(struct judgement *judgement, const struct card *card);
void check_module_missing(struct judgement *judgement, const struct card *card);
void check_module_path(struct judgement *judgement, const struct card *card);
void check_module_found(struct judgement *judgement, const struct card *card);
void check_module_machine(struct judgement *judgement, const struct card *card);
void check_module_place(struct judgement *judgement, const struct card *card);
void check_image_found(struct judgement *judgement);
void check_image_machine(struct judgement *judgement);
void check_image_place(struct judgement *judgement);
void check_card_pairs(struct judgement *judgement);
void check_file_unverified(struct judgement *judgement);
void check_inbox_module(struct judgement *judgement, const struct card *card);
void check_inbox_missing(struct judgement *judgement);
void check_provider_missing(struct judgement *judgement, const struct card *card);
void check_csp_missing(struct judgement *judgement, const struct card *card);
void check_ksp_missing(struct judgement *judgement, const struct card *card);
void check_csp_registered(struct judgement *judgement, const struct card *card);
void check_csp_known(struct judgement *judgement, const struct card *card);
void check_ksp_registered(struct judgement *judgement, const struct card *card);
void check_ksp_known(struct judgement *judgement, const struct card *card);
void check_csp_suppresses(struct judgement *judgement, const struct card *card);
void check_provider_bad(struct judgement *judgement, const struct card *card);
void check_string_form(struct judgement *judgement, const struct card *card);
void check_view_asymmetric(struct judgement *judgement, const struct card *card);
void check_one_view(struct judgement *judgement);
void check_view_differs(struct judgement *judgement, const struct card *card);
void check_retry_value(struct judgement *judgement);
void check_retry_misplaced(struct judgement *judgement);
void check_stray_key(struct judgement *judgement);
void check_service_disabled(struct judgement *judgement);
void check_pnp_filter(struct judgement *judgement);
void check_golden(struct judgement *judgement);

void check_text(struct judgement *judgement);
void check_hardware_id(struct judgement *judgement);
void check_collision(struct judgement *judgement);
void check_device_id(struct judgement *judgement);
void check_atr_cache(struct judgement *judgement);

/* Judges an expectation rule: the check of every rule that names none. */
void check_expectation(struct judgement *judgement);

/* Whether a value that is there meets an expectation. */
bool expectation_takes(struct arena *arena, const struct expectation *expect,
                       const struct regval *value);

/* Adds a finding of the rule on a value (NULL: on the key as a whole). Returns it for more detail;
 * it may move with the next one. */
struct finding *judgement_add(struct judgement *judgement, const struct origin *origin,
                              const struct regval *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Whether the rule looks at a view. */
bool judgement_wants_view(const struct judgement *judgement, enum view view);

/* The text of a value that is there and readable as one; NULL otherwise, and for an empty one. */
const char *card_text(const struct card *card, enum card_field field);

/* The name of the file that a path of Windows leads to, without drive and folders. */
const char *module_file_name(const char *path);

/* Whether a value is not there, or is an empty text. */
bool card_lacks(const struct card *card, enum card_field field);

#endif
