/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_XML_H
#define HIVEAUDIT_REPORT_XML_H

#include "base/arena.h"

/* A text as it stands in an element, or in an attribute between double quotes. text_escape leaves
 * nothing that XML 1.0 has no place for (2.2): controls, surrogates, U+FFFE and U+FFFF. */
const char *xml_escape(struct arena *arena, const char *text);

#endif
