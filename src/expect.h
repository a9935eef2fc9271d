/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_EXPECT_H
#define HIVEAUDIT_EXPECT_H

#include "options.h"

/* Packages and golden hives as rules. They are as hostile as evidence is, and read like it: each by
 * a worker. False after messages on standard error. */

/* --expect: appends the rules of each as a rule file of its name. */
bool expect_add_rules(struct rule_errors *errors, const struct options *options,
                      struct rule_files *files);

/* --rules-from: prints the rules of one. Nothing is to be opened behind that. */
bool expect_print_rules(struct arena *arena, const struct options *options);

#endif
