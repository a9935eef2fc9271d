/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_STRINGS_H
#define HIVEAUDIT_PACKAGE_INF_STRINGS_H

#include "package/inf_text.h"

/* U.S. English: the language that is assumed of the Windows where an INF installs. */
#define INF_LANGUAGE 0x0409

/* The section of strings that Windows chooses for a language (a Windows LANGID), or NULL. */
const struct inf_section *inf_choose_strings(const struct inf *inf, unsigned language);

/* Replaces each %token% in keys and fields by its string of that section, the number of a known
 * folder (%11%) by its path, and "%%" by "%". What is not defined stays and is a problem. */
void inf_expand(struct inf *inf, const struct inf_section *strings);

#endif
