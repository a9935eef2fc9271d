/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A vendor's has 500 entries. What lies behind these is not read, and that is said. */
#define LINES_MAX  ((size_t)250000)
#define FIELDS_MAX ((size_t)1000000)

#define SHOWN_MAX 80 /* bytes of evidence in a message */
#define BLANKS    " \t\r\v\f"

struct reader {
    struct inf *inf;
    const char *at;
    unsigned line, column;       /* of at */
    struct inf_section *section; /* the one that entries go to; NULL above the first */
    bool has_nul, has_stray;     /* said already */
    char *field;                 /* room for a field */
    size_t len, count;           /* of it: bytes, characters */
    struct inf_field *fields;    /* of the entry that is read */
    size_t nfields;
    struct inf_line *lines; /* of all sections, in order */
    size_t nlines;
    size_t fields_left;
};

static const char *name_place(struct inf *inf, const struct inf_section *section)
{
    return arena_printf(inf->arena, "[%s]", text_cut(inf->arena, section->name, INF_NAME_MAX));
}

static void __attribute__((format(printf, 6, 0)))
add_problem(struct inf *inf, enum text_fault fault, const struct inf_section *section,
            unsigned line, unsigned column, const char *format, va_list args)
{
    if (inf->nproblems == TEXT_PROBLEMS_MAX - 1) {
        inf->nomitted++;
        return;
    }
    inf->problems = arena_grow(inf->arena, inf->problems, inf->nproblems, sizeof *inf->problems);
    inf->problems[inf->nproblems++] = (struct text_problem){
        .fault = fault,
        .where = section ? name_place(inf, section) : "",
        .line = line,
        .column = column,
        .message = arena_vprintf(inf->arena, format, args),
    };
}

void inf_fail(struct inf *inf, enum text_fault fault, const struct inf_section *section,
              unsigned line, unsigned column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_problem(inf, fault, section, line, column, format, args);
    va_end(args);
}

const char *inf_quote(struct inf *inf, const char *text)
{
    return arena_printf(inf->arena, "\"%s\"", text_cut(inf->arena, text, SHOWN_MAX));
}

bool inf_line_is(const struct inf_line *line, const char *directive)
{
    return line->key.text && text_equal(line->key.text, directive);
}

const char *inf_line_text(const struct inf_line *line, size_t index)
{
    return index < line->nfields ? line->fields[index].text : "";
}

static void __attribute__((format(printf, 4, 5)))
fail_at(struct reader *reader, unsigned line, unsigned column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_problem(reader->inf, TEXT_SYNTAX, reader->section, line, column, format, args);
    va_end(args);
}

static bool at_end(const struct reader *reader)
{
    return !*reader->at || *reader->at == '\n';
}

static void check_nul(struct reader *reader)
{
    bool is_nul = (unsigned char)reader->at[0] == 0xc0 && (unsigned char)reader->at[1] == 0x80;
    if (is_nul && !reader->has_nul)
        inf_fail(reader->inf, TEXT_CHARACTERS, reader->section, reader->line, reader->column,
                 "text: got a NUL character");
    reader->has_nul |= is_nul;
}

/* Steps over one byte of a line: a column is a character, so bytes that go on do not count. */
static void step(struct reader *reader)
{
    check_nul(reader);
    reader->at++;
    reader->column += ((unsigned char)*reader->at & 0xc0) != 0x80;
}

static void skip_line(struct reader *reader)
{
    while (!at_end(reader))
        step(reader);
}

static void next_line(struct reader *reader)
{
    skip_line(reader);
    if (!*reader->at)
        return;
    reader->at++;
    reader->line++;
    reader->column = 1;
}

static void skip_blanks(struct reader *reader)
{
    while (*reader->at && strchr(BLANKS, *reader->at))
        step(reader);
}

/* Whether a backslash continues the line: only blanks or a comment are behind it. Of several only
 * the last does, and Windows ignores the others (general syntax rules, line continuation). */
static bool continues(const char *at)
{
    at += strspn(at, "\\");
    at += strspn(at, BLANKS);
    return *at == '\n' || *at == ';';
}

/* The bytes of a %token% that at starts with, or 0: it ends on its line and is visible characters
 * only; "%%" is one, too. */
static size_t token_len(const char *at)
{
    size_t len = strcspn(at + 1, "% \t\r\n\v\f\",=");
    return at[1 + len] == '%' ? len + 2 : 0;
}

/* Comments may hold any character: nobody reads them. A NUL, c0 80 here, is a problem of its own.
 */
static void note_wide(struct reader *reader)
{
    struct inf *inf = reader->inf;
    unsigned char byte = (unsigned char)*reader->at;
    if (inf->wide_line || byte <= 0xc0)
        return;
    inf->wide_section = reader->section ? reader->section->name : NULL;
    inf->wide_line = reader->line;
    inf->wide_column = reader->column;
}

/* Appends the byte at the reader's place to the field, as far as there is room. */
static void keep(struct reader *reader)
{
    note_wide(reader);
    reader->count += ((unsigned char)*reader->at & 0xc0) != 0x80;
    if (reader->count <= INF_FIELD_MAX)
        reader->field[reader->len++] = *reader->at;
    step(reader);
}

/* From the quote on: "" is a quote. */
static void read_quoted(struct reader *reader)
{
    unsigned column = reader->column;
    step(reader);
    while (!at_end(reader)) {
        if (*reader->at == '"') {
            step(reader);
            if (*reader->at != '"')
                return;
        }
        keep(reader);
    }
    while (reader->len && strchr(BLANKS, reader->field[reader->len - 1]))
        reader->len--;
    fail_at(reader, reader->line, column, "quoted text: got the end of the line, want a '\"'");
}

/* One step within a field that is not its end. Returns whether what was read counts, as blanks at
 * the end of a field do not. */
static bool read_part(struct reader *reader, struct inf_field *field)
{
    if (*reader->at == '"') {
        field->is_quoted = true;
        read_quoted(reader);
        return true;
    }
    if (*reader->at == '\\' && continues(reader->at)) {
        next_line(reader);
        skip_blanks(reader);
        return false;
    }
    bool is_blank = strchr(BLANKS, *reader->at) != NULL;
    size_t len = *reader->at == '%' ? token_len(reader->at) : strspn(reader->at, "\\");
    for (keep(reader); len > 1; len--)
        keep(reader);
    return !is_blank;
}

static bool ends_field(const struct reader *reader, bool may_be_key)
{
    char c = *reader->at;
    return at_end(reader) || c == ',' || c == ';' || (c == '=' && may_be_key);
}

/* Reads a field up to what ends it. */
static struct inf_field read_field(struct reader *reader, bool may_be_key)
{
    skip_blanks(reader);
    while (*reader->at == '\\' && continues(reader->at)) {
        next_line(reader);
        skip_blanks(reader);
    }
    struct inf_field field = {.line = reader->line, .column = reader->column};
    size_t kept = 0;
    reader->len = reader->count = 0;
    while (!ends_field(reader, may_be_key))
        if (read_part(reader, &field))
            kept = reader->len;
    if (reader->count > INF_FIELD_MAX)
        fail_at(reader, field.line, field.column, "field: got %zu characters, want at most %d",
                reader->count, INF_FIELD_MAX);
    field.text = arena_strndup(reader->inf->arena, reader->field, kept);
    return field;
}

static void add_line(struct reader *reader, const struct inf_field *key)
{
    struct arena *arena = reader->inf->arena;
    const struct inf_field *first = key->text ? key : reader->fields;
    struct inf_line line = {
        .key = *key, .nfields = reader->nfields, .line = first->line, .column = first->column};
    line.fields = arena_alloc(arena, reader->nfields, sizeof *line.fields);
    memcpy(line.fields, reader->fields, reader->nfields * sizeof *line.fields);
    reader->lines = arena_grow(arena, reader->lines, reader->nlines, sizeof *reader->lines);
    reader->lines[reader->nlines++] = line;
    reader->section->nlines++;
}

static void add_field(struct reader *reader, struct inf_field field)
{
    reader->fields =
        arena_grow(reader->inf->arena, reader->fields, reader->nfields, sizeof *reader->fields);
    reader->fields[reader->nfields++] = field;
    reader->fields_left--;
}

static void read_entry(struct reader *reader)
{
    struct inf_field key = {0};
    reader->nfields = 0;
    struct inf_field field = read_field(reader, true);
    if (*reader->at == '=') {
        key = field;
        step(reader);
        field = read_field(reader, false);
    }
    add_field(reader, field);
    while (*reader->at == ',' && reader->fields_left) {
        step(reader);
        add_field(reader, read_field(reader, false));
    }
    bool is_empty = !key.text && reader->nfields == 1 && !*field.text && !field.is_quoted;
    if (is_empty)
        return;
    if (reader->section)
        add_line(reader, &key);
    else if (!reader->has_stray)
        fail_at(reader, field.line, field.column, "entry: got one above the first section");
    reader->has_stray |= !reader->section;
}

static void add_section(struct reader *reader, const char *name, unsigned column)
{
    struct inf *inf = reader->inf;
    inf->sections = arena_grow(inf->arena, inf->sections, inf->nsections, sizeof *inf->sections);
    reader->section = &inf->sections[inf->nsections++];
    *reader->section = (struct inf_section){.name = name, .line = reader->line, .column = column};
}

/* A name is all that stands between the brackets: who refers to it quotes blanks and semicolons
 * (general syntax rules, section names). */
static void read_header(struct reader *reader)
{
    unsigned column = reader->column;
    step(reader);
    reader->len = reader->count = 0;
    while (!at_end(reader) && *reader->at != ']')
        keep(reader);
    bool is_closed = *reader->at == ']';
    while (!is_closed && reader->len && strchr(BLANKS, reader->field[reader->len - 1]))
        reader->len--;
    add_section(reader, arena_strndup(reader->inf->arena, reader->field, reader->len), column);
    if (!is_closed) {
        fail_at(reader, reader->line, reader->column,
                "section name: got the end of the line, want \"]\"");
        return;
    }
    if (reader->count > INF_NAME_MAX)
        fail_at(reader, reader->line, column, "section name: got %zu characters, want at most %d",
                reader->count, INF_NAME_MAX);
    step(reader);
    skip_blanks(reader);
    if (!at_end(reader) && *reader->at != ';')
        fail_at(reader, reader->line, reader->column,
                "section name: got text behind its \"]\", want the end of the line");
}

static void read_lines(struct reader *reader)
{
    while (*reader->at) {
        if (reader->nlines + reader->inf->nsections >= LINES_MAX || !reader->fields_left) {
            fail_at(reader, reader->line, reader->column,
                    "text: too much of it: nothing is read from here on");
            return;
        }
        skip_blanks(reader);
        if (*reader->at == '[')
            read_header(reader);
        else
            read_entry(reader);
        next_line(reader);
    }
}

/* Of one name, in the order of the text. */
static int compare_sections(const void *a, const void *b)
{
    const struct inf_section *first = a, *second = b;
    int order = text_compare(first->name, second->name);
    return order ? order : first->line < second->line ? -1 : first->line > second->line;
}

/* Sorts the sections and merges those of one name (domain: E.2). */
static void merge_sections(struct inf *inf, size_t nlines)
{
    struct inf_line *lines = arena_alloc(inf->arena, nlines, sizeof *lines), *next = lines;
    if (inf->nsections)
        qsort(inf->sections, inf->nsections, sizeof *inf->sections, compare_sections);
    size_t count = 0;
    for (size_t i = 0; i < inf->nsections; i++) {
        struct inf_section section = inf->sections[i];
        if (section.nlines)
            memcpy(next, section.lines, section.nlines * sizeof *next);
        section.lines = next;
        next += section.nlines;
        if (count && text_equal(inf->sections[count - 1].name, section.name))
            inf->sections[count - 1].nlines += section.nlines;
        else
            inf->sections[count++] = section;
    }
    inf->nsections = count;
}

struct inf inf_read(struct arena *arena, const char *text)
{
    struct inf inf = {.arena = arena};
    struct reader reader = {
        .inf = &inf, .at = text, .line = 1, .column = 1, .fields_left = FIELDS_MAX};
    reader.field = arena_alloc(arena, INF_FIELD_MAX, 4);
    read_lines(&reader);
    struct inf_line *next = reader.lines;
    for (size_t i = 0; i < inf.nsections; i++) {
        inf.sections[i].lines = next;
        next = inf.sections[i].nlines ? next + inf.sections[i].nlines : next;
    }
    merge_sections(&inf, reader.nlines);
    return inf;
}

static int compare_name(const void *name, const void *section)
{
    return text_compare(name, ((const struct inf_section *)section)->name);
}

struct inf_section *inf_find(const struct inf *inf, const char *name)
{
    return inf->nsections
               ? bsearch(name, inf->sections, inf->nsections, sizeof *inf->sections, compare_name)
               : NULL;
}
