/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_WAIVERS_H
#define HIVEAUDIT_RULE_WAIVERS_H

#include "rule/finding.h"
#include "rule/load.h"

/* That someone answers for findings until a day. */
struct waiver {
    const char *rule;     /* id */
    const char *key;      /* as text reports name it, in any letter case; NULL: any */
    const char *evidence; /* a pattern of its name there, with * and ?; NULL: any */
    const char *reason, *owner;
    const char *expires; /* "2027-01-31", the last day on which it holds */
    bool is_expired;     /* it waives nothing any more */
    struct place place;
    size_t nfindings; /* that it has waived, or would have, so far */
};

struct waivers {
    struct waiver *items; /* in the order of the files */
    size_t count;
    struct waiver **by_rule; /* all of them, by rule and key, those that hold first */
};

/* Reads waivers from files, each a YAML mapping with a list "waivers"; now is "2026-11-21". Each
 * waiver has a rule of the ruleset, a key or evidence, a reason, an owner and a day of expiry; all
 * that is wrong becomes an error as in rule files. Everything lives in the arena of errors. */
struct waivers waivers_load(struct rule_errors *errors, const struct ruleset *ruleset,
                            const struct rule_files *files, const char *now);

/* Sets the waiver of each finding that one is for: the first that holds, else the first that has
 * expired. Counts what each has waived. evidence is the name of the evidence. */
void waivers_apply(struct waivers *waivers, const char *evidence, struct findings *findings);

/* "used", "unused" or "expired". */
const char *waiver_state(const struct waiver *waiver);

/* What is to be said of a waiver at the end, as a text; NULL where it was used. */
const char *waiver_complain(struct arena *arena, const struct waiver *waiver);

#endif
