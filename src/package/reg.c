/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

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

struct reader {
    struct arena *arena;
    struct text_problem *problems;
    size_t nproblems;
    size_t nunlisted;
};

static void add_problem(struct reader *reader, const struct text_problem *problem)
{
    if (reader->nproblems == COLLECTED_MAX) {
        reader->nunlisted++;
        return;
    }
    reader->problems =
        arena_grow(reader->arena, reader->problems, reader->nproblems, sizeof *reader->problems);
    reader->problems[reader->nproblems] = *problem;
    reader->problems[reader->nproblems++].where =
        text_cut(reader->arena, problem->where, WHERE_SHOWN_MAX);
}

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
        struct text_problem problem = {
            .fault = faults[from->fault],
            .where = from->key ? from->key : "",
            .line = from->line,
            .column = from->column,
            .message = from->message,
        };
        if (from->name)
            problem.message =
                arena_printf(reader->arena, "%s: %s", show(reader, from->name), from->message);
        add_problem(reader, &problem);
    }
    reader->nunlisted += text->nunlisted;
}

/* Regedit wants the header in the very first line: below an empty line or a comment it refuses the
 * file. A wrong one was said with its line. */
static void check_header(struct reader *reader, const struct reg_text *text)
{
    struct text_problem problem = {.fault = TEXT_NO_HEADER, .where = "", .line = 1, .column = 1};
    if (text->header_line == 1 || (text->header_line && !text->has_header))
        return;
    problem.message = "no header in the first line (got none at all, want \"Windows Registry "
                      "Editor Version 5.00\")";
    if (text->has_header)
        problem.message = arena_printf(reader->arena,
                                       "no header in the first line (got it in line %u, want "
                                       "nothing above it)",
                                       text->header_line);
    add_problem(reader, &problem);
}

/* A root in full, and the rest of the path; NULL where regedit knows no such root. */
static bool split_root(const char *path, bool *is_short, const char **root, const char **rest)
{
    size_t len = strcspn(path, "\\");
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        const char *names[] = {roots[i].name, roots[i].short_name};
        for (size_t j = 0; j < 2; j++)
            if (strlen(names[j]) == len && strncasecmp(path, names[j], len) == 0) {
                *is_short = j == 1;
                *root = roots[i].name;
                *rest = path + len;
                return true;
            }
    }
    return false;
}

/* What stands below a root that regedit does not know is not written. Below a short name of a root
 * it is read all the same, so that the rest of its mistakes is found as well. */
static bool check_root(struct reader *reader, struct reg_key *key)
{
    bool is_short = false;
    const char *root = NULL, *rest;
    bool is_known = split_root(key->path, &is_short, &root, &rest);
    if (is_known && !is_short)
        return true;
    const char *got = arena_strndup(reader->arena, key->path, strcspn(key->path, "\\"));
    add_problem(reader, &(struct text_problem){
                            .fault = TEXT_SYNTAX,
                            .where = key->path,
                            .line = key->line,
                            .column = key->column,
                            .message = arena_printf(
                                reader->arena, "key without a root (got %s, want %s)",
                                show(reader, got), root ? root : "HKEY_LOCAL_MACHINE or such"),
                        });
    if (is_known)
        key->path = arena_printf(reader->arena, "%s%s", root, rest);
    return is_known;
}

static void check_size(struct reader *reader, const struct reg_key *key,
                       const struct reg_value *value)
{
    for (size_t i = 0; i < sizeof sized_types / sizeof *sized_types; i++) {
        size_t want = sized_types[i].size, got = value->data.len;
        if (value->remove || value->type != sized_types[i].type || got == want)
            continue;
        add_problem(reader,
                    &(struct text_problem){
                        .fault = TEXT_HEX,
                        .where = key->path,
                        .line = value->line,
                        .column = value->column,
                        .message = arena_printf(reader->arena,
                                                "%s: %s of another size (got %zu byte%s, want %zu)",
                                                show(reader, value->name), sized_types[i].name, got,
                                                got == 1 ? "" : "s", want),
                    });
    }
}

static void check_keys(struct reader *reader, struct installation *installation,
                       const struct reg_text *text)
{
    installation->keys = text->keys;
    for (size_t i = 0; i < text->nkeys; i++) {
        struct reg_key *key = &text->keys[i];
        if (!check_root(reader, key))
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
