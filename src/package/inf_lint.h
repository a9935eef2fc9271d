/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_LINT_H
#define HIVEAUDIT_PACKAGE_INF_LINT_H

#include "package/inf_text.h"

/* Adds what is wrong with the sections of an INF as a whole, on every target: sections that are
 * named and missing, lines of AddReg sections, DefaultInstall (domain: E.4). */
void inf_lint(struct inf *inf);

#endif
