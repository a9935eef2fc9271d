/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_SHIPPED_H
#define HIVEAUDIT_RULE_SHIPPED_H

#include <stddef.h>

/* The rule files in rules/, made part of the program when it is built. */
struct shipped_rules {
    const char *name, *text;
};

extern const struct shipped_rules shipped_rules[];
extern const size_t nshipped_rules;

#endif
