/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define NAME_LEN_MAX    255  /* characters of a key's name (Registry Element Size Limits) */
#define NAME_SHOWN_MAX  100  /* bytes of a name that a message shows */
#define WHERE_SHOWN_MAX 1000 /* of the key of a problem: each one carries it to the parent */

/* Those of lines come first, those of keys then: of both as many as may be listed. */
#define COLLECTED_MAX (REG_PROBLEMS_MAX + TEXT_PROBLEMS_MAX + 1)

/* Registry value types whose data has a fixed size (winnt.h). */
static const struct {
    uint32_t type;
    size_t size;
    const char *name;
} sized_types[] = {{4, 4, "REG_DWORD"}, {5, 4, "REG_DWORD_BIG_ENDIAN"}, {11, 8, "REG_QWORD"}};

/* The roots that regedit knows, and what people write for them. */
static const struct {
    const char *name, *short_name;
} roots[] = {
    {"HKEY_LOCAL_MACHINE", "HKLM"},  {"HKEY_CURRENT_USER", "HKCU"}, {"HKEY_CLASSES_ROOT", "HKCR"},
    {"HKEY_CURRENT_CONFIG", "HKCC"}, {"HKEY_USERS", "HKU"},
};
#define NROOTS (sizeof roots / sizeof *roots)

struct reader {
    struct arena *arena;
    struct text_problem *problems;
    size_t nproblems;
    size_t nunlisted;
};

/* What is not listed is not worth a message: a text of garbage has millions. */
static void __attribute__((format(printf, 6, 7)))
say(struct reader *reader, enum text_fault fault, const char *where, unsigned line, unsigned column,
    const char *format, ...)
{
    va_list args;
    if (reader->nproblems == COLLECTED_MAX) {
        reader->nunlisted++;
        return;
    }
    va_start(args, format);
    reader->problems =
        arena_grow(reader->arena, reader->problems, reader->nproblems, sizeof *reader->problems);
    reader->problems[reader->nproblems++] = (struct text_problem){
        .fault = fault,
        .where = text_cut(reader->arena, where, WHERE_SHOWN_MAX),
        .line = line,
        .column = column,
        .message = arena_vprintf(reader->arena, format, args),
    };
    va_end(args);
}

/* The name of a value, for a message. */
static const char *show(struct reader *reader, const char *name)
{
    return *name ? arena_printf(reader->arena, "\"%s\"",
                                text_cut(reader->arena, name, NAME_SHOWN_MAX))
                 : "the default value";
}

static void add_line_problems(struct reader *reader, const struct reg_text *text)
{
    static const enum text_fault faults[] = {
        [REG_SYNTAX] = TEXT_SYNTAX,
        [REG_CHARACTERS] = TEXT_CHARACTERS,
        [REG_HEX] = TEXT_HEX,
        [REG_HEADER] = TEXT_NO_HEADER,
    };
    for (size_t i = 0; i < text->nproblems; i++) {
        const struct reg_problem *from = &text->problems[i];
        const char *where = from->key ? from->key : "";
        if (from->name)
            say(reader, faults[from->fault], where, from->line, from->column, "%s: %s",
                show(reader, from->name), from->message);
        else
            say(reader, faults[from->fault], where, from->line, from->column, "%s", from->message);
    }
    reader->nunlisted += text->nunlisted;
}

/* Regedit wants the header in the very first line: below an empty line or a comment it refuses the
 * file. A wrong one was said with its line. */
static void check_header(struct reader *reader, const struct reg_text *text)
{
    if (text->header_line == 1 || (text->header_line && !text->has_header))
        return;
    if (text->has_header)
        say(reader, TEXT_NO_HEADER, "", 1, 1,
            "no header in the first line (got it in line %u, want nothing above it)",
            text->header_line);
    else
        say(reader, TEXT_NO_HEADER, "", 1, 1,
            "no header in the first line (got none at all, want \"Windows Registry Editor Version "
            "5.00\")");
}

/* Finds the root that a path begins with by either name; NROOTS where regedit knows none such. */
static size_t find_root(const char *path, size_t len, bool *is_short)
{
    size_t i = 0;
    for (; i < NROOTS; i++) {
        *is_short = strlen(roots[i].short_name) == len;
        const char *name = *is_short ? roots[i].short_name : roots[i].name;
        if (strlen(name) == len && strncasecmp(path, name, len) == 0)
            break;
    }
    return i;
}

/* What stands below a root that regedit does not know is not written. Below a short name of a root
 * it is read all the same, so that the rest of its mistakes is found as well. */
static bool check_root(struct reader *reader, struct reg_key *key)
{
    bool is_short;
    size_t len = strcspn(key->path, "\\");
    size_t root = find_root(key->path, len, &is_short);
    if (root < NROOTS && !is_short)
        return true;
    const char *got = arena_strndup(reader->arena, key->path, len);
    say(reader, TEXT_SYNTAX, key->path, key->line, key->column,
        "key without a root (got \"%s\", want %s)", text_cut(reader->arena, got, NAME_SHOWN_MAX),
        root < NROOTS ? roots[root].name : "HKEY_LOCAL_MACHINE or such");
    if (root == NROOTS)
        return false;
    key->path = arena_printf(reader->arena, "%s%s", roots[root].name, key->path + len);
    return true;
}

/* Windows makes no key of a name that is too long. */
static bool check_names(struct reader *reader, const struct reg_key *key)
{
    size_t len = 0, longest = 0;
    for (const char *p = key->path; *p;) {
        uint32_t code = text_next(&p);
        len = code == '\\' ? 0 : len + 1 + (code > 0xffff && code != TEXT_NUL);
        longest = len > longest ? len : longest;
    }
    if (longest <= NAME_LEN_MAX)
        return true;
    say(reader, TEXT_SYNTAX, key->path, key->line, key->column,
        "key with a name that is too long (got %zu characters, want at most %d)", longest,
        NAME_LEN_MAX);
    return false;
}

static void check_size(struct reader *reader, const struct reg_key *key,
                       const struct reg_value *value)
{
    for (size_t i = 0; i < sizeof sized_types / sizeof *sized_types; i++) {
        size_t want = sized_types[i].size, got = value->data.len;
        if (!value->remove && value->type == sized_types[i].type && got != want)
            say(reader, TEXT_HEX, key->path, value->line, value->column,
                "%s: %s of another size (got %zu byte%s, want %zu)", show(reader, value->name),
                sized_types[i].name, got, got == 1 ? "" : "s", want);
    }
}

static void check_keys(struct reader *reader, struct installation *installation,
                       const struct reg_text *text)
{
    installation->keys = text->keys;
    for (size_t i = 0; i < text->nkeys; i++) {
        struct reg_key *key = &text->keys[i];
        if (!check_root(reader, key) || !check_names(reader, key))
            continue;
        for (size_t j = 0; j < key->nvalues; j++)
            check_size(reader, key, &key->values[j]);
        installation->keys[installation->nkeys++] = *key;
    }
}

static int compare_problems(const void *left, const void *right)
{
    const struct text_problem *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return strcmp(a->message, b->message);
}

static void finish_problems(struct reader *reader, struct package *package)
{
    size_t total = reader->nproblems + reader->nunlisted;
    if (reader->nproblems)
        qsort(reader->problems, reader->nproblems, sizeof *reader->problems, compare_problems);
    package->problems = reader->problems;
    package->nproblems = total < TEXT_PROBLEMS_MAX ? total : TEXT_PROBLEMS_MAX;
    if (total > TEXT_PROBLEMS_MAX)
        package->problems[TEXT_PROBLEMS_MAX - 1].message =
            arena_printf(reader->arena, "%zu problems from here on that are not listed",
                         total - (TEXT_PROBLEMS_MAX - 1));
}

struct package package_read_reg(struct arena *arena, struct slice bytes)
{
    struct reg_text text = reg_text_parse(arena, bytes);
    struct reader reader = {.arena = arena};
    struct package package = {.kind = PACKAGE_REG, .encoding = text.encoding, .ninstallations = 1};
    package.installations = arena_alloc(arena, 1, sizeof *package.installations);
    add_line_problems(&reader, &text);
    check_header(&reader, &text);
    check_keys(&reader, package.installations, &text);
    finish_problems(&reader, &package);
    return package;
}
