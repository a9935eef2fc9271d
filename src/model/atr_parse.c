/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_parse.h"

#include <string.h>

#include "base/text.h"

#define TEXT_MAX  256 /* bytes; an ATR in its longest spelling has about 200 */
#define SHOWN_MAX 60  /* bytes */

/* Without the blanks around it, without the "0x" of each byte, and with a blank for a tab. */
static char *simplify(struct arena *arena, const char *text)
{
    char *simple = arena_alloc(arena, strlen(text) + 1, 1), *out = simple;
    for (const char *p = text + strspn(text, " \t"); *p; p++) {
        bool starts = out == simple || strchr(" ,:-", out[-1]);
        if (starts && p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
            p++;
        else
            *out++ = *p == '\t' ? ' ' : *p;
    }
    while (out > simple && out[-1] == ' ')
        *--out = 0;
    return simple;
}

const char *atr_parse_bytes(struct arena *arena, const char *text, struct slice *bytes)
{
    if (strlen(text) > TEXT_MAX || !text_parse_hex(arena, simplify(arena, text), bytes))
        return arena_printf(arena, "got \"%s\", want an ATR in hex, such as 3B0451FF0800",
                            text_cut(arena, text, SHOWN_MAX));
    return NULL;
}

const char *atr_parse(struct arena *arena, const char *text, struct slice *atr)
{
    const char *fault = atr_parse_bytes(arena, text, atr);
    if (!fault && (atr->len < ATR_LEN_MIN || atr->len > ATR_LEN_ISO_MAX))
        fault = arena_printf(arena, "got %s, want an ATR of %d to %d",
                             text_count_bytes(arena, atr->len), ATR_LEN_MIN, ATR_LEN_ISO_MAX);
    return fault;
}
