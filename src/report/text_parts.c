/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include <string.h>

#include "base/text.h"

#define ROW_BYTES   20  /* in one line, so that it fits */
#define VALUE_SHOWN 400 /* bytes; paths of Windows have up to 260 characters */

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

const char *text_wrap_prose(struct arena *arena, const char *prose)
{
    return text_wrap(arena, text_escape(arena, prose), TEXT_LABEL_WIDTH, TEXT_WIDTH);
}

const char *text_join_lines(struct arena *arena, const char *prose)
{
    char *line = arena_strdup(arena, prose);
    for (char *p = line; *p; p++)
        *p = *p == '\n' ? ' ' : *p;
    return line;
}

void text_write_prose(struct output *output, struct arena *arena, const char *label,
                      const char *prose)
{
    text_write_line(output, label, text_wrap_prose(arena, prose));
}

static void write_row(struct output *output, const struct text_row *row, size_t from)
{
    size_t end = row->bytes.len < from + ROW_BYTES ? row->bytes.len : from + ROW_BYTES;
    if (!row->is_there || (from && from >= end))
        return;
    text_write_label(output, row->label);
    for (size_t i = from; i < end; i++)
        fprintf(output->stream, "%s%02x", i > from ? " " : "", row->bytes.ptr[i]);
    fputs(end ? "\n" : "(no bytes)\n", output->stream);
}

static void write_marks(struct output *output, const uint8_t *marked, size_t len, size_t from)
{
    size_t end = len < from + ROW_BYTES ? len : from + ROW_BYTES;
    while (end > from && !marked[end - 1])
        end--;
    if (end <= from)
        return;
    text_write_label(output, "");
    text_paint(output, COLOR_ERROR);
    for (size_t i = from; i < end; i++)
        fprintf(output->stream, "%s%s", i > from ? " " : "", marked[i] ? "^^" : "  ");
    text_paint(output, COLOR_NONE);
    fputc('\n', output->stream);
}

void text_write_rows(struct output *output, const struct text_row *rows, size_t count,
                     const uint8_t *marked, size_t nmarked)
{
    size_t longest = 1; /* one without bytes is said to be */
    for (size_t i = 0; i < count; i++)
        longest = rows[i].bytes.len > longest ? rows[i].bytes.len : longest;
    for (size_t from = 0; from < longest; from += ROW_BYTES) {
        for (size_t i = 0; i < count; i++)
            write_row(output, &rows[i], from);
        write_marks(output, marked, nmarked, from);
    }
}

const char *text_show_value(struct arena *arena, const struct regval *value)
{
    bool is_text = value->state == VALUE_OK && value->seen;
    if (value->state == VALUE_ABSENT || (is_text && !*value->seen))
        return "none";
    return text_escape(arena, is_text ? text_cut(arena, value->seen, VALUE_SHOWN)
                                      : regval_show(arena, value));
}

const char *text_name_value(struct arena *arena, const struct regval *value)
{
    return *value->name ? arena_printf(arena, "the value \"%s\"", value->name)
                        : "the default value";
}

const char *text_list_archs(struct arena *arena, unsigned archs)
{
    const char *text = "";
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            text = arena_printf(arena, "%s%s%s", text, *text ? ", " : "", arch_name(arch));
    return text;
}
