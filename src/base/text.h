/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_TEXT_H
#define HIVEAUDIT_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* Text from evidence is a C string of UTF-8, widened so that it loses nothing: a NUL is C0 80, a
 * lone surrogate is the three bytes that its code point would take (ED A0 80 ...). */

/* Makes such a text of UTF-8 with a known length, embedded NULs included. Bytes that fit nothing
 * become U+FFFD. */
char *text_from_utf8(struct arena *arena, const char *bytes, size_t len);

/* Decodes the code point at *text and steps over it; 0 at the end. An embedded NUL is returned as
 * TEXT_NUL, a byte that fits nothing as U+FFFD. */
uint32_t text_next(const char **text);
#define TEXT_NUL UINT32_C(0x110000)

/* Whether len bytes are such a text, without the NUL that ends it. */
bool text_is_valid(const char *bytes, size_t len);

/* Appends the widened UTF-8 of a code point (TEXT_NUL included) to out, which has room for 4 bytes.
 * Returns the number of bytes. */
size_t text_put(char *out, uint32_t code);

/* Whether a code point is half of a character of UTF-16, which is none by itself. */
static inline bool text_is_surrogate(uint32_t code)
{
    return code >= 0xd800 && code <= 0xdfff;
}

/* Whether every code point is a Unicode scalar value: no lone surrogate. */
bool text_is_unicode(const char *text);

/* For people: control characters, NULs, lone surrogates, and characters that hide or reorder text
 * become \xNN or \uNNNN; all else, backslashes included, stays. Returns the text itself where there
 * is nothing to escape. */
const char *text_escape(struct arena *arena, const char *text);

/* Breaks prose between words into lines of up to width columns, of which the first indent are
 * blanks. The first line comes without them: something else may stand there. */
char *text_wrap(struct arena *arena, const char *prose, size_t indent, size_t width);

/* The text, or where it has more than max bytes, its first ones and "...". */
const char *text_cut(struct arena *arena, const char *text, size_t max);

/* "1 byte", "2 bytes". */
const char *text_count_bytes(struct arena *arena, size_t count);

/* Compares without regard to letter case, as the registry does with names, by code point. */
int text_compare(const char *a, const char *b);
bool text_equal(const char *a, const char *b);

/* A number that is the same for texts that text_equal takes for the same, in one process: it
 * differs from run to run. */
uint32_t text_hash(const char *text);

/* The text in capitals: two texts are equal in this sense where these are the same bytes. */
char *text_capitals(struct arena *arena, const char *text);

/* "3b 04 51": lower-case pairs, separated. */
char *text_hex(struct arena *arena, struct slice bytes, const char *separator);

/* The value of a hexadecimal digit, or -1. */
int text_hex_digit(char c);

/* Reads hex pairs in any usual spelling (3B0451, 3b 04 51, 3b,04,51, 3b:04). False where it is not.
 */
bool text_parse_hex(struct arena *arena, const char *text, struct slice *out);

/* A FILETIME as seconds since 1970, rounded down; false where it lies outside 1980..2199, as none
 * that is true does. */
bool text_filetime_seconds(int64_t filetime, int64_t *seconds);

/* A FILETIME (100 ns since 1601, UTC) as 2024-05-06T07:08:09.1234567Z; raw, as a number, where it
 * lies outside 1980..2199. */
char *text_filetime(struct arena *arena, int64_t filetime);

#endif
