/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_BASELINE_H
#define HIVEAUDIT_RULE_BASELINE_H

#include "rule/finding.h"

/* A finding as an earlier report tells it. */
struct old_finding {
    const char *fingerprint;                                    /* finding_fingerprint */
    const char *rule, *severity, *view, *key, *value, *message; /* value NULL: the key as a whole */
};

/* A piece of evidence of an earlier report. */
struct old_evidence {
    const char *name; /* as a text */
    struct old_finding *findings;
    size_t nfindings;
    bool is_seen; /* in this run as well */
};

/* An earlier report that findings are held against. */
struct baseline {
    struct old_evidence *evidence; /* sorted by name, with equal names in the order of the report */
    size_t count;
    enum severity min_severity; /* of what it shows */
};

/* Says of each finding whether the evidence of the same name had it then, each of several alike
 * once; gone are those that it has no more. In evidence that the baseline does not have all is new;
 * *is_known is then false. Findings that the baseline left out by their severity have no state, nor
 * have those that the replay of logs takes away. Evidence of one name is told apart by its order.
 */
const struct old_finding *baseline_compare(struct arena *arena, struct baseline *baseline,
                                           const char *name, struct findings *findings,
                                           size_t *ngone, bool *is_known);

#endif
