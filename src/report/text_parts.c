/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include <string.h>

#include "base/text.h"

void text_paint(struct output *output, enum color color)
{
    static const char *const codes[] = {"\033[1m",  "\033[1;31m", "\033[1;33m",
                                        "\033[36m", "\033[2m",    "\033[0m"};
    if (output->use_color)
        fputs(codes[color], output->stream);
}

/* Through fputs: reports of a fleet have millions of these lines. */
void text_write_label(struct output *output, const char *label)
{
    static const char spaces[] = "                ";
    size_t len = strlen(label), width = TEXT_LABEL_WIDTH - 4;
    fputs("    ", output->stream);
    fputs(label, output->stream);
    fputs(spaces + sizeof spaces - 1 - (len < width ? width - len : 0), output->stream);
}

void text_write_line(struct output *output, const char *label, const char *text)
{
    text_write_label(output, label);
    fputs(text, output->stream);
    fputc('\n', output->stream);
}

void text_write_bytes(struct output *output, struct arena *arena, const char *label,
                      struct slice bytes)
{
    text_write_line(output, label, bytes.len ? text_hex(arena, bytes, " ") : "(no bytes)");
}

const char *text_list_archs(struct arena *arena, unsigned archs)
{
    const char *text = "";
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", arch_name(arch));
    return text;
}
