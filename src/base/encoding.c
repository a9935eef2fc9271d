/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/encoding.h"

#include <string.h>

#include "base/text.h"
#include "base/utf16.h"

const char *const encoding_names[NENCODINGS] = {"UTF-8", "UTF-8 with BOM", "UTF-16LE",
                                                "Windows-1252"};

/* Bytes 80..9f of Windows-1252 (Unicode's CP1252.TXT); the five that it leaves undefined are the
 * control characters that Windows makes of them. All others are the code points of their numbers.
 */
static const uint16_t cp1252_high[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

char *encoding_decode_cp1252(struct arena *arena, struct slice bytes)
{
    char *text = arena_alloc(arena, bytes.len + 1, 3); /* none takes more bytes of UTF-8 */
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint32_t code = bytes.ptr[i];
        if (code >= 0x80 && code < 0xa0)
            code = cp1252_high[code - 0x80];
        len += text_put(text + len, code ? code : TEXT_NUL);
    }
    text[len] = 0;
    return text;
}

/* Whether a valid text has what stands there for a NUL (C0 80) or for half a character of UTF-16
 * (ED A0 80 ...): neither is UTF-8, but two letters or more of Windows-1252. */
static bool has_internal(const char *at, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++) {
        unsigned char first = (unsigned char)at[i], second = (unsigned char)at[i + 1];
        if (first == 0xc0 || (first == 0xed && second >= 0xa0))
            return true;
    }
    return false;
}

/* NULs are fine as far as UTF-8 goes. */
static bool is_utf8(struct slice bytes)
{
    const char *at = (const char *)bytes.ptr;
    for (size_t left = bytes.len, len; left > 0; at += len, left -= len) {
        len = strnlen(at, left);
        if (!text_is_valid(at, len) || has_internal(at, len))
            return false;
        len += len < left; /* and the NUL */
    }
    return true;
}

static bool starts_with(struct slice bytes, const char *mark, size_t len)
{
    return bytes.len >= len && memcmp(bytes.ptr, mark, len) == 0;
}

static struct slice behind(struct slice bytes, size_t len)
{
    return (struct slice){.ptr = len ? bytes.ptr + len : bytes.ptr, .len = bytes.len - len};
}

char *encoding_decode(struct arena *arena, struct slice bytes, enum encoding *encoding,
                      unsigned *flaws)
{
    *flaws = 0;
    if (starts_with(bytes, "\xff\xfe", 2)) {
        *encoding = ENCODING_UTF16LE;
        char *decoded = utf16_decode(arena, behind(bytes, 2), flaws);
        if (!(*flaws & UTF16_UNTERMINATED))
            *flaws |= UTF16_EMBEDDED_NUL; /* one at the end, which is dropped */
        *flaws &= UTF16_ODD_LENGTH | UTF16_EMBEDDED_NUL;
        return decoded;
    }
    bool has_mark = starts_with(bytes, "\xef\xbb\xbf", 3);
    struct slice rest = behind(bytes, has_mark ? 3 : 0);
    if (rest.len && memchr(rest.ptr, 0, rest.len))
        *flaws = UTF16_EMBEDDED_NUL;
    *encoding = has_mark ? ENCODING_UTF8_BOM : is_utf8(rest) ? ENCODING_UTF8 : ENCODING_CP1252;
    return *encoding == ENCODING_CP1252 ? encoding_decode_cp1252(arena, rest)
                                        : text_from_utf8(arena, (const char *)rest.ptr, rest.len);
}
