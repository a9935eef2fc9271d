/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_RULES_FROM_H
#define HIVEAUDIT_RULE_RULES_FROM_H

#include "rule/id_set.h"
#include "rule/rule.h"

/* More rules are not made of one package or hive: vendors' have some hundred. */
#define RULES_FROM_MAX 20000

/* What is told of all that could not become a rule; the rest is counted. */
#define LEFT_OUT_MAX 20

/* Rules that demand what a package writes, or what a hive holds. */
struct rules_from {
    const char *yaml;        /* a rule file; NULL: none, and fault says why */
    const char *fault;       /* what is wrong (got X, want Y) */
    size_t count;            /* rules */
    struct strings left_out; /* "key: what, and why": texts, not yet escaped */
    size_t nleft_out;        /* all of them */
};

/* Makes a rule of each value of each entry of Calais\SmartCards, for its view and, of an INF, the
 * architectures that it is written on; of an entry without values, one that demands its key. Name
 * is what the rules call their source, a text. ids are those that are taken already, and takes the
 * new ones. Pure: what ruleset_load makes of the YAML finds nothing in the snapshot itself. */
struct rules_from rules_from_snapshot(struct arena *arena, struct id_set *ids,
                                      const struct snapshot *snapshot, const char *name);

#endif
