/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include <string.h>

static void add_item(struct rule_errors *errors, const char *item)
{
    errors->items = arena_grow(errors->arena, errors->items, errors->count, sizeof *errors->items);
    errors->items[errors->count++] = item;
}

void rule_error_add(struct rule_errors *errors, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_item(errors, arena_vprintf(errors->arena, format, args));
    va_end(args);
}

/* The text of a line, without its end. */
static struct slice find_line(const struct rule_file *file, unsigned line)
{
    const char *start = file->text;
    for (unsigned i = 1; i < line; i++) {
        const char *end = strchr(start, '\n');
        if (!end)
            return (struct slice){0};
        start = end + 1;
    }
    return (struct slice){(const uint8_t *)start, strcspn(start, "\r\n")};
}

/* A line that does a terminal no harm, each character in its column. */
static char *make_line(struct arena *arena, struct slice line)
{
    char *text = arena_strndup(arena, (const char *)line.ptr, line.len);
    for (char *p = text; *p; p++)
        if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
            *p = '?';
    return text;
}

/* Blanks up to a column, with the tabs of the line, so that the mark stands below its character. */
static char *make_indent(struct arena *arena, struct slice line, unsigned column)
{
    char *indent = arena_alloc(arena, column, 1);
    size_t n = 0;
    for (size_t i = 0; i < line.len && n + 1 < column; i++)
        if ((line.ptr[i] & 0xc0) != 0x80) /* one per character, not per byte of UTF-8 */
            indent[n++] = line.ptr[i] == '\t' ? '\t' : ' ';
    return indent;
}

void rule_error_at(struct rule_errors *errors, const struct rule_file *file, unsigned line,
                   unsigned column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(errors->arena, format, args);
    va_end(args);
    struct slice text = find_line(file, line);
    add_item(errors, arena_printf(errors->arena, "%s:%u:%u: %s\n    %s\n    %s^", file->name, line,
                                  column, message, make_line(errors->arena, text),
                                  make_indent(errors->arena, text, column ? column : 1)));
}
