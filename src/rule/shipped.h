/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_SHIPPED_H
#define HIVEAUDIT_RULE_SHIPPED_H

#include "base/embedded.h"

/* The rule files in rules/. */
extern const struct embedded shipped_rules[];

#endif
