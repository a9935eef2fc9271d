/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_FIX_H
#define HIVEAUDIT_RULE_FIX_H

#include "rule/finding.h"

/* A value that a repair writes or removes. */
struct fix_change {
    const struct regkey *key; /* where it is absent, the repair makes it */
    const char *name;         /* of the value, as the hive spells it where it has one */
    const struct regval *old; /* VALUE_ABSENT: there is none yet */
    bool removes;
    uint32_t type; /* REG_..., and the data, of the new one */
    struct slice data;
    const struct finding **findings; /* that go with it; one at least */
    size_t nfindings;
};

/* A finding that the repair leaves as it is, and why, in words. */
struct fix_refusal {
    const struct finding *finding;
    const char *why;
};

/* What can be repaired without guessing, in the order of the findings. */
struct fix {
    struct fix_change *changes;
    size_t nchanges;
    struct fix_refusal *refusals;
    size_t nrefusals;
    const struct finding **settled; /* that go as well, without a change for them */
    size_t nsettled;
};

/* The findings of a hive as it is now: without those that its logs have settled. */
struct findings fix_current(struct arena *arena, const struct findings *findings);

/* Plans a repair of a hive: a snapshot, and its current findings with their waivers. All of these
 * outlive the plan. Pure. */
struct fix fix_plan(struct arena *arena, const struct findings *findings,
                    const struct snapshot *snapshot);

enum fix_result {
    FIX_EXACT,   /* what was promised is gone, no more and no less, and nothing is new */
    FIX_ADAPTED, /* the plan was changed for it, and is to be tried again */
    FIX_FAILED,  /* *fault says why it can never be exact */
};

/* Holds what the plan promises against the findings of the repaired hive. A change that makes new
 * findings is dropped; what goes without being promised is promised from now on. before are those
 * findings that the plan was made of. */
enum fix_result fix_settle(struct arena *arena, struct fix *fix, const struct findings *before,
                           const struct findings *after, const struct snapshot *repaired,
                           const char **fault);

/* Whether a hive has all values again that the repair changed, byte for byte. */
bool fix_is_undone(const struct fix *fix, const struct snapshot *undone);

#endif
