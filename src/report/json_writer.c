/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define INDENT        2 /* blanks, as jansson puts them within a value */
#define DELETE        '\x7f'
#define DELETE_ESCAPE "\\u007f"

static void start_line(const struct json_writer *writer, int depth)
{
    if (!writer->is_line)
        fprintf(writer->stream, "\n%*s", INDENT * depth, "");
}

/* What stands in front of a member. */
static void start_member(struct json_writer *writer, const char *name)
{
    if (writer->count++)
        fputc(',', writer->stream);
    start_line(writer, writer->depth + 1);
    if (name)
        fprintf(writer->stream, "\"%s\":%s", name, writer->is_line ? "" : " ");
}

static struct json_writer begin(const struct json_writer *parent, const char *ends)
{
    fputc(ends[0], parent->stream);
    return (struct json_writer){.stream = parent->stream,
                                .depth = parent->depth + 1,
                                .end = ends[1],
                                .is_line = parent->is_line};
}

struct json_writer json_begin(FILE *stream)
{
    return begin(&(struct json_writer){.stream = stream, .depth = -1}, "{}");
}

struct json_writer json_begin_line(FILE *stream)
{
    return begin(&(struct json_writer){.stream = stream, .depth = -1, .is_line = true}, "{}");
}

struct json_writer json_begin_object(struct json_writer *parent, const char *name)
{
    start_member(parent, name);
    return begin(parent, "{}");
}

struct json_writer json_begin_array(struct json_writer *parent, const char *name)
{
    start_member(parent, name);
    return begin(parent, "[]");
}

/* The one control character that JSON, and so jansson, leaves as it is. */
static char *escape_delete(char *text)
{
    size_t count = 0;
    for (const char *p = text; (p = strchr(p, DELETE)); p++)
        count++;
    if (!count)
        return text;
    char *escaped = malloc(strlen(text) + count * strlen(DELETE_ESCAPE) + 1), *out = escaped;
    if (!escaped)
        end_out_of_memory();
    for (const char *p = text; *p; p++)
        if (*p == DELETE)
            out = stpcpy(out, DELETE_ESCAPE);
        else
            *out++ = *p;
    *out = '\0';
    free(text);
    return escaped;
}

/* ASCII only: names from evidence must not reach a terminal as they are. */
static char *dump(json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(value);
    if (!text)
        end_out_of_memory();
    return escape_delete(text);
}

/* Lines move in to the depth of the member. */
void json_add_dumped(struct json_writer *parent, const char *name, char *text)
{
    start_member(parent, name);
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n'); /* strings have none */
        fwrite(line, 1, end ? (size_t)(end - line) : strlen(line), parent->stream);
        if (end)
            start_line(parent, parent->depth + 1);
        end = end ? end + 1 : NULL;
    }
    free(text);
}

void json_add(struct json_writer *parent, const char *name, json_t *value)
{
    json_add_dumped(parent, name,
                    dump(value, parent->is_line ? JSON_COMPACT : JSON_INDENT(INDENT)));
}

char *json_make_line(json_t *value)
{
    return dump(value, JSON_COMPACT);
}

void json_end(const struct json_writer *writer)
{
    if (writer->count)
        start_line(writer, writer->depth);
    fputc(writer->end, writer->stream);
}
