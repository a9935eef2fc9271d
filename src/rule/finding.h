/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_FINDING_H
#define HIVEAUDIT_RULE_FINDING_H

#include "rule/rule.h"

/* The bytes of an ATR and its mask, for the reader's eye. */
struct pair_detail {
    struct slice atr, mask; /* mask.ptr NULL: there is none */
    const uint8_t *marked; /* one per byte of the longer: not 0 where it offends; NULL: none does */
    struct slice repaired; /* the ATR as it has to be stored; len 0 where that would be guessing */
    const char *decoded;   /* the ATR in words; NULL where it does not help */
};

/* In which state of a hive whose logs were replayed a finding is there. */
enum timing {
    TIMING_BOTH,   /* in both, or there was no replay */
    TIMING_AFTER,  /* only after the replay: the hive alone does not show it */
    TIMING_BEFORE, /* only before it: no longer true, so it is a note */
};

/* How a finding stands to an earlier report. */
enum baseline_state { BASELINE_NONE, BASELINE_NEW, BASELINE_UNCHANGED };

/* As programs read them: "only-after", "new" ...; NULL for TIMING_BOTH and BASELINE_NONE. */
extern const char *const timing_names[], *const baseline_state_names[];

struct finding {
    const struct rule *rule;
    enum severity severity; /* the rule's, or a note where it could not be decided */
    const struct origin *origin;
    const struct regval *value; /* NULL: the key as a whole; absent: what the golden hive has */
    const char *message;
    const struct pair_detail *pair; /* NULL but for ATR and mask faults */
    struct slice card;              /* the ATR of the card that it is about; len 0: of none */
    const struct module_file *file; /* the DLL that it is about; NULL: none, or not looked up */
    enum timing timing;
    unsigned
        archs; /* of an INF, bits by enum arch: where it is there; 0: of no INF, or of its text */
    bool in_system;    /* origin and value are of the SYSTEM hive */
    bool is_undecided; /* whether the rule applies is not known */
    /* Where shadow copies of its volume were read: those that show it, the oldest first. */
    bool has_history;
    const unsigned *shadows;
    size_t nshadows;
    const struct regval *golden; /* what the golden hive has there; NULL: nothing, or not asked */
    const struct waiver *waiver; /* one that has expired waives nothing; NULL: there is none */
    enum baseline_state baseline;
};

/* Sorted by view, key, rule id, value. */
struct findings {
    struct finding *items;
    size_t count;
};

/* Which findings fail a run. */
struct fail_policy {
    enum severity least;
    bool never;    /* none does */
    bool only_new; /* none that the baseline has */
};

/* What is waived, or gone once the logs are replayed, is shown and fails nothing. */
bool finding_fails(const struct finding *finding, const struct fail_policy *policy);

/* Whether a finding has a waiver that has not expired. */
bool finding_is_waived(const struct finding *finding);

/* Line and column of a text, from 1; 0: what it is about is in none. */
struct text_place {
    unsigned line, column;
};

/* Where the value of a finding stands, or its key. */
struct text_place finding_place(const struct finding *finding);

/* What a finding is the same by in another run, as 64 digits in hex: SHA-256 of its rule, view (or
 * that it is of SYSTEM), key, value and card, in any letter case; no place, time or wording goes
 * into it. */
const char *finding_fingerprint(struct arena *arena, const struct finding *finding);

/* Judges a snapshot by the enabled rules. Pure: no I/O, clock or locale. A rule whose conditions
 * cannot be decided gives one note in place of what it would have found. The variants of an INF are
 * judged as well. */
struct findings ruleset_judge(struct arena *arena, const struct ruleset *ruleset,
                              const struct snapshot *snapshot);

/* Whether ruleset_judge judges a snapshot, or a variant of it, by a rule of the ruleset. */
bool rule_is_judged(const struct ruleset *ruleset, const struct rule *rule,
                    const struct snapshot *snapshot);

/* Orders findings by what makes them the same, whatever their words and wherever their key's cell
 * is: rule, view, key, value and card. For qsort and bsearch. */
int finding_compare(const void *left, const void *right);

/* All findings of a hive after the replay of its logs and before it, each with its timing; they
 * are the same where finding_compare says so. */
struct findings findings_join(struct arena *arena, const struct findings *after,
                              const struct findings *before);

#endif
