/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_EXAMPLES_H
#define HIVEAUDIT_EXAMPLES_H

#include "rule/load.h"

/* --list-rules: a line for each rule. */
void examples_list_rules(const struct ruleset *ruleset);

/* --explain: all that is known about a rule, and its first failing example with what it reports. */
void examples_explain(struct arena *arena, const struct rule *rule);

/* --check-rules: builds a hive of each example, audits it by its rule alone, and says which do not
 * behave as they should. Returns the exit status. */
int examples_check(struct arena *arena, const struct ruleset *ruleset);

#endif
