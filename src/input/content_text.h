/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_CONTENT_TEXT_H
#define HIVEAUDIT_INPUT_CONTENT_TEXT_H

#include "base/slice.h"
#include "input/content.h"

/* Tells an INF and a .reg by the first bytes of a file, UTF-16LE with a byte order mark or 8 bits a
 * character: CONTENT_INF, CONTENT_REG, or CONTENT_UNKNOWN for everything else. */
enum content content_tell_text(struct slice head);

#endif
