/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/utf16.h"

#include <stdbool.h>

#include "base/text.h"

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static uint32_t unit_at(struct slice bytes, size_t index)
{
    return bytes.ptr[2 * index] | (uint32_t)bytes.ptr[2 * index + 1] << 8;
}

/* Takes the code point at *index of count units; a lone surrogate is returned as it is. */
static uint32_t take_code(struct slice bytes, size_t count, size_t *index)
{
    uint32_t unit = unit_at(bytes, (*index)++);
    if (!is_high(unit) || *index == count || !is_low(unit_at(bytes, *index)))
        return unit ? unit : TEXT_NUL;
    uint32_t low = unit_at(bytes, (*index)++);
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

char *utf16_decode(struct arena *arena, struct slice bytes, unsigned *flaws)
{
    size_t count = bytes.len / 2, used = count;
    *flaws = bytes.len % 2 ? UTF16_ODD_LENGTH : 0;
    while (used > 0 && unit_at(bytes, used - 1) == 0)
        used--;
    if (used == count)
        *flaws |= UTF16_UNTERMINATED;
    char *text = arena_alloc(arena, used * 3 + 1, 1), *out = text;
    for (size_t i = 0; i < used;) {
        uint32_t code = take_code(bytes, used, &i);
        if (code == TEXT_NUL)
            *flaws |= UTF16_EMBEDDED_NUL;
        if (is_high(code) || is_low(code))
            *flaws |= UTF16_LONE_SURROGATE;
        out += text_put(out, code);
    }
    return text;
}

struct slice utf16_encode(struct arena *arena, const char *text)
{
    size_t units = 0;
    for (const char *p = text; *p;)
        units += text_next(&p) >= 0x10000 ? 2 : 1;
    uint8_t *bytes = arena_alloc(arena, units, 2), *out = bytes;
    for (const char *p = text; *p;) {
        uint32_t code = text_next(&p);
        if (code == TEXT_NUL)
            code = 0;
        uint32_t pair[2] = {code, 0};
        size_t n = 1;
        if (code >= 0x10000) {
            pair[0] = 0xd800 + ((code - 0x10000) >> 10);
            pair[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
            n = 2;
        }
        for (size_t i = 0; i < n; i++) {
            *out++ = (uint8_t)pair[i];
            *out++ = (uint8_t)(pair[i] >> 8);
        }
    }
    return (struct slice){.ptr = bytes, .len = (size_t)(out - bytes)};
}
