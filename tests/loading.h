/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_LOADING_H
#define HIVEAUDIT_TESTS_LOADING_H

/* What the tests of the rule loader share: rule files as text in, errors as text out. */

#include "support.h"

#include <stdio.h>
#include <string.h>

#include "rule/load.h"

/* Four lines that want a check or an expectation, which start in line 5, to be a rule. */
#define RULE_HEAD "rules:\n- id: x\n  title: Title\n  severity: error\n"

/* Loads the texts of files that are called a.yaml, b.yaml and so on. */
static inline struct ruleset loading_load(struct arena *arena, struct rule_errors *errors,
                                          const char *const *texts, size_t count)
{
    struct rule_files files = {.count = count};
    *errors = (struct rule_errors){.arena = arena};
    files.items = arena_alloc(arena, count, sizeof *files.items);
    for (size_t i = 0; i < count; i++)
        files.items[i] = (struct rule_file){arena_printf(arena, "%c.yaml", (int)('a' + i)),
                                            texts[i], strlen(texts[i])};
    return ruleset_load(errors, &files);
}

/* Loads one text, which has to be sound. */
static inline struct ruleset loading_load_well(struct arena *arena, const char *text)
{
    struct rule_errors errors;
    struct ruleset ruleset = loading_load(arena, &errors, &text, 1);
    if (errors.count)
        fail_msg("%s\nin:\n%s", errors.items[0], text);
    return ruleset;
}

/* The text of a line; it ends with a line end or a NUL. */
static inline const char *loading_line(const char *text, unsigned line)
{
    for (unsigned i = 1; i < line; i++) {
        text = strchr(text, '\n');
        assert_non_null(text);
        text++;
    }
    return text;
}

/* An error has to start like "a.yaml:6:3: unknown field". A column of 0 stands for any, as a quoted
 * scalar may be placed at its quote or behind it. The line is shown, with a mark below. */
static inline void loading_check_error(const char *error, const char *text, const char *expected)
{
    unsigned line = 0, column = 0, want_line = 0, want_column = 0;
    int end = 0, want_end = 0;
    sscanf(error, "%*[a-z.]:%u:%u: %n", &line, &column, &end);
    sscanf(expected, "%*[a-z.]:%u:%u: %n", &want_line, &want_column, &want_end);
    if (line != want_line || (want_column && column != want_column) || error[0] != expected[0] ||
        strncmp(error + end, expected + want_end, strlen(expected + want_end)) != 0)
        fail_msg("got \"%s\", want \"%s\" of:\n%s", error, expected, text);
    const char *source = loading_line(text, line);
    size_t len = strcspn(source, "\n");
    const char *shown = strstr(error, "\n    ");
    assert_non_null(shown);
    assert_memory_equal(shown + 5, source, len);
    const char *mark = shown + 5 + len;
    assert_memory_equal(mark, "\n    ", 5);
    assert_int_equal(strspn(mark + 5, " \t") + 1, column);
    assert_string_equal(mark + 5 + column - 1, "^");
}

/* A row of a table of cases: the text of a rule file, and the one error in it. */
struct loading_case {
    const char *text, *expected;
};

static inline void loading_check_cases(struct arena *arena, const struct loading_case *cases,
                                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct rule_errors errors;
        loading_load(arena, &errors, &cases[i].text, 1);
        if (errors.count != 1)
            fail_msg("%zu errors, want \"%s\" of:\n%s%s", errors.count, cases[i].expected,
                     cases[i].text, errors.count ? errors.items[1] : "");
        loading_check_error(errors.items[0], cases[i].text, cases[i].expected);
    }
}

#endif
