/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "package/inf_install.h"
#include "package/inf_lint.h"
#include "package/inf_strings.h"
#include "package/inf_text.h"

static int compare_problems(const void *a, const void *b)
{
    const struct text_problem *first = a, *second = b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    if (first->column != second->column)
        return first->column < second->column ? -1 : 1;
    if (first->fault != second->fault)
        return first->fault < second->fault ? -1 : 1;
    return strcmp(first->message, second->message);
}

/* What the place of a character does not say: a NUL at the end is not even decoded. */
static void check_characters(struct inf *inf, unsigned flaws)
{
    bool has_nul = false;
    for (size_t i = 0; i < inf->nproblems; i++)
        has_nul |= inf->problems[i].fault == TEXT_CHARACTERS;
    if ((flaws & UTF16_EMBEDDED_NUL) && !has_nul)
        inf_fail(inf, TEXT_CHARACTERS, NULL, 0, 0, "text: got a NUL character");
    if (flaws & UTF16_ODD_LENGTH)
        inf_fail(inf, TEXT_CHARACTERS, NULL, 0, 0, "text: got half a UTF-16 character at its end");
}

/* The ANSI code page of who reads is another elsewhere (general Unicode requirement). */
static void check_encoding(struct inf *inf, enum encoding encoding)
{
    if (inf->wide_line && encoding != ENCODING_UTF16LE)
        inf_fail(inf, TEXT_ENCODING, inf->wide_section ? inf_find(inf, inf->wide_section) : NULL,
                 inf->wide_line, inf->wide_column,
                 "text: got %s with characters that are not ASCII, want UTF-16LE",
                 encoding_names[encoding]);
}

/* In the order of lines. */
static void finish_problems(struct inf *inf)
{
    if (inf->nproblems)
        qsort(inf->problems, inf->nproblems, sizeof *inf->problems, compare_problems);
    if (!inf->nomitted)
        return;
    inf->problems = arena_grow(inf->arena, inf->problems, inf->nproblems, sizeof *inf->problems);
    const struct text_problem *last = &inf->problems[inf->nproblems - 1];
    inf->problems[inf->nproblems++] = (struct text_problem){
        .fault = TEXT_SYNTAX,
        .where = "",
        .line = last->line,
        .column = last->column,
        .message = arena_printf(inf->arena, "text: got %zu more problems, which are not listed",
                                inf->nomitted),
    };
}

struct package package_read_inf(struct arena *arena, struct slice bytes)
{
    unsigned flaws;
    struct package package = {.kind = PACKAGE_INF};
    struct inf inf = inf_read(arena, encoding_decode(arena, bytes, &package.encoding, &flaws));
    check_characters(&inf, flaws);
    check_encoding(&inf, package.encoding);
    inf_expand(&inf, inf_choose_strings(&inf, INF_LANGUAGE));
    inf_lint(&inf);
    package.installations = arena_alloc(arena, NTARGETS, sizeof *package.installations);
    for (enum package_target target = 0; target < NTARGETS; target++)
        if (inf_install(&inf, target, &package.installations[package.ninstallations]))
            package.ninstallations++;
    finish_problems(&inf);
    package.problems = inf.problems;
    package.nproblems = inf.nproblems;
    return package;
}
