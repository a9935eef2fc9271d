/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_RENDERING_H
#define HIVEAUDIT_TESTS_RENDERING_H

/* What the tests of report formats share: a piece of evidence with up to four findings, and its
 * report as text. */

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "rule/check.h"

#define BYTES(literal)                                                                             \
    (struct slice)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* What a report is made of; tests change what they are about. Rules are named one to four, and each
 * finding is of the rule of its number. */
struct rendering {
    struct arena *arena;
    struct run run;
    struct ruleset ruleset;
    struct rule rules[4];
    struct origin origin;
    struct finding findings[4];
    struct waiver waiver;
    struct snapshot snapshot;
    struct diags diags;
    struct audited audited;
};

static inline int rendering_start(void **state)
{
    static const char *const ids[] = {"a-one", "b-two", "c-three", "d-four"};
    struct arena *arena = arena_new();
    struct rendering *rendering = *state = arena_alloc(arena, 1, sizeof *rendering);
    rendering->arena = rendering->diags.arena = arena;
    rendering->ruleset = (struct ruleset){.rules = rendering->rules, .count = 4};
    rendering->run = (struct run){.version = "1",
                                  .sandbox = "none",
                                  .fail.least = SEVERITY_WARNING,
                                  .ruleset = &rendering->ruleset};
    rendering->origin = (struct origin){
        .key = "A\\B", .name = "B", .last_write = 129783058347342920, .offset = 0x8c8200};
    for (size_t i = 0; i < 4; i++) {
        rendering->rules[i] = (struct rule){
            .id = ids[i], .title = "Title", .severity = SEVERITY_ERROR, .enabled = true};
        rendering->findings[i] = (struct finding){.rule = &rendering->rules[i],
                                                  .severity = SEVERITY_ERROR,
                                                  .origin = &rendering->origin,
                                                  .message = "what is wrong"};
    }
    rendering->waiver =
        (struct waiver){.owner = "A. Owner", .reason = "known", .expires = "2027-01-31"};
    rendering->snapshot.views[VIEW_NATIVE].exists = true;
    rendering->audited = (struct audited){.name = "SOFTWARE",
                                          .size = 24576,
                                          .snapshot = &rendering->snapshot,
                                          .findings = {rendering->findings, 1},
                                          .diags = &rendering->diags};
    return 0;
}

static inline int rendering_stop(void **state)
{
    struct rendering *rendering = *state;
    arena_free(rendering->arena);
    return 0;
}

#define RENDERING_TEST(name) cmocka_unit_test_setup_teardown(name, rendering_start, rendering_stop)

/* The report as it would be written. */
static inline const char *rendering_with(struct rendering *rendering, const struct format *format,
                                         const struct totals *totals)
{
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = format,
                            .run = &rendering->run,
                            .stream = open_memstream(&text, &len),
                            .arena = rendering->arena};
    assert_non_null(output.stream);
    if (format->begin)
        format->begin(&output);
    report_add(&output, &rendering->audited);
    if (format->end)
        format->end(&output, totals);
    fclose(output.stream);
    char *copy = arena_strndup(rendering->arena, text, len);
    assert_int_equal(strlen(copy), len);
    free(text);
    return copy;
}

static inline const char *rendering_of(struct rendering *rendering, const struct format *format)
{
    static const struct totals totals = {.evidence = {1, 0, 0}};
    return rendering_with(rendering, format, &totals);
}

static inline void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

static inline void assert_silent(const char *text, const char *words)
{
    if (strstr(text, words))
        fail_msg("\"%s\" is in:\n%s", words, text);
}

/* How often words are in a text. */
static inline size_t count_of(const char *text, const char *words)
{
    size_t n = 0;
    while ((text = strstr(text, words))) {
        text += strlen(words);
        n++;
    }
    return n;
}

#endif
