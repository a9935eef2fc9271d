/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_UTF16_H
#define HIVEAUDIT_BASE_UTF16_H

#include "base/arena.h"
#include "base/slice.h"

/* What is odd about the bytes of a registry string; bits of one set. */
enum utf16_flaw {
    UTF16_UNTERMINATED = 1 << 0,   /* no NUL at the end: normal for some writers */
    UTF16_ODD_LENGTH = 1 << 1,     /* half a code unit at the end */
    UTF16_EMBEDDED_NUL = 1 << 2,   /* characters behind a NUL */
    UTF16_LONE_SURROGATE = 1 << 3, /* not valid UTF-16 */
};

/* Decodes the UTF-16LE data of a REG_SZ by its length: NULs at the end are dropped, a missing one
 * is fine. The text (see base/text.h for its form) loses nothing but those NULs and an odd last
 * byte. Sets *flaws. */
char *utf16_decode(struct arena *arena, struct slice bytes, unsigned *flaws);

/* UTF-16LE of a text, without a terminating NUL. */
struct slice utf16_encode(struct arena *arena, const char *text);

#endif
