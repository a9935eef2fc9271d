/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_ENCODING_H
#define HIVEAUDIT_BASE_ENCODING_H

#include "base/arena.h"
#include "base/slice.h"

/* How the characters of a text file are written. */
enum encoding {
    ENCODING_UTF8, /* or ASCII, which is the same */
    ENCODING_UTF8_BOM,
    ENCODING_UTF16LE, /* with a byte order mark */
    ENCODING_CP1252,  /* Windows-1252: bytes that are not UTF-8 */
    NENCODINGS,
};

/* "UTF-8", "UTF-8 with BOM", "UTF-16LE", "Windows-1252". */
extern const char *const encoding_names[NENCODINGS];

/* Tells the encoding of a text file (domain: E.2) and decodes it to a text (base/text.h) without
 * its byte order mark. *flaws gets UTF16_ODD_LENGTH and UTF16_EMBEDDED_NUL, the latter for a NUL
 * anywhere and in any encoding. */
char *encoding_decode(struct arena *arena, struct slice bytes, enum encoding *encoding,
                      unsigned *flaws);

/* A text of bytes that are known to be Windows-1252, NULs included. */
char *encoding_decode_cp1252(struct arena *arena, struct slice bytes);

#endif
