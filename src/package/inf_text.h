/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_TEXT_H
#define HIVEAUDIT_PACKAGE_INF_TEXT_H

#include "package/package.h"

/* One value of an entry, without its quotes and the blanks around it. */
struct inf_field {
    const char *text;
    bool is_quoted; /* some of it was: an empty one is then meant */
    unsigned line, column;
};

/* One entry: "key = field, field" or "field, field". */
struct inf_line {
    struct inf_field key; /* text NULL: there is none */
    struct inf_field *fields;
    size_t nfields; /* at least 1 */
    unsigned line, column;
};

struct inf_write;

/* All sections of one name. Marks are bits by target, of who has dealt with it. */
struct inf_section {
    const char *name; /* as spelled first */
    unsigned line, column;
    struct inf_line *lines;
    size_t nlines;
    bool is_read; /* its lines as those of AddReg: see inf_addreg.h */
    struct inf_write *writes;
    size_t nwrites;
    unsigned added, listed, checked;
};

struct inf {
    struct arena *arena;
    struct inf_section *sections; /* sorted by name */
    size_t nsections;
    struct text_problem *problems; /* in the order they were met */
    size_t nproblems, nomitted;
    const char *wide_section; /* where the first character of an entry is that is not ASCII */
    unsigned wide_line, wide_column; /* 0: there is none */
};

/* Longest section name and field, in characters (general syntax rules, size limits: 4096 with the
 * NUL that ends a field). */
#define INF_NAME_MAX  255
#define INF_FIELD_MAX 4095

/* Reads the sections of a text (base/text.h). */
struct inf inf_read(struct arena *arena, const char *text);

/* The section with a name, in any letter case, or NULL. */
struct inf_section *inf_find(const struct inf *inf, const char *name);

/* Adds a problem at a place of a section (NULL: in none). */
void inf_fail(struct inf *inf, enum text_fault fault, const struct inf_section *section,
              unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Evidence in a message: not all of it where it is long. */
const char *inf_quote(struct inf *inf, const char *text);

/* Whether an entry's key is that of a directive, in any letter case. */
bool inf_line_is(const struct inf_line *line, const char *directive);

/* The text of a field, "" where the line has no such field. */
const char *inf_line_text(const struct inf_line *line, size_t index);

#endif
