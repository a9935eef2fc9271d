/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_JSON_WRITER_H
#define HIVEAUDIT_REPORT_JSON_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* An object or array that is written member by member: as one value, all that a hostile text
 * leads to would not fit into memory. */
struct json_writer {
    FILE *stream;
    int depth;    /* of what encloses it, in the document */
    size_t count; /* of members so far */
    char end;     /* what closes it */
    bool is_line; /* JSON Lines: without any line break */
};

/* Begins a document, an object. */
struct json_writer json_begin(FILE *stream);

/* Begins an object that is one line of JSON Lines; the line break behind it is the caller's. */
struct json_writer json_begin_line(FILE *stream);

/* Begins a member that is an object or array; name is NULL in an array. Until it is ended, nothing
 * is added to the parent. */
struct json_writer json_begin_object(struct json_writer *parent, const char *name);
struct json_writer json_begin_array(struct json_writer *parent, const char *name);

/* Adds a member, and takes over its value. */
void json_add(struct json_writer *parent, const char *name, json_t *value);

/* A value as ASCII on one line, malloc'ed; takes over the value. */
char *json_make_line(json_t *value);

/* Adds a member that is JSON already, and frees it. */
void json_add_dumped(struct json_writer *parent, const char *name, char *text);

void json_end(const struct json_writer *writer);

#endif
