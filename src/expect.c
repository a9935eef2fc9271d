/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "expect.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/text.h"
#include "reference.h"
#include "rule/rules_from.h"

#define PROBLEMS_SHOWN 20

/* Problems of a text because of which it may say less than was meant. Those of HKR are said with
 * the keys that they concern. */
static bool is_loss(const struct text_problem *problem)
{
    switch (problem->fault) {
    case TEXT_SYNTAX:
    case TEXT_CHARACTERS:
    case TEXT_HEX:
    case TEXT_FLAGS:
    case TEXT_STRING:
    case TEXT_SECTION:
        return true;
    default:
        return false;
    }
}

static void say_problems(const struct reference *reference, const struct package_facts *package)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t count = 0;
    for (size_t i = 0; i < package->nproblems; i++) {
        const struct text_problem *problem = &package->problems[i];
        if (is_loss(problem) && count++ < PROBLEMS_SHOWN)
            reference_complain(reference, arena_printf(arena, "%u:%u: %s", problem->line,
                                                       problem->column, problem->message));
    }
    if (count > PROBLEMS_SHOWN)
        reference_complain(reference, arena_printf(arena, "%zu more problems of its text",
                                                   count - PROBLEMS_SHOWN));
}

static void say_left_out(const struct reference *reference, const struct rules_from *rules)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (size_t i = 0; i < rules->left_out.count; i++)
        reference_complain(reference,
                           arena_printf(arena, "left out: %s", rules->left_out.items[i]));
    if (rules->nleft_out > rules->left_out.count)
        reference_complain(reference, arena_printf(arena, "left out: %zu more",
                                                   rules->nleft_out - rules->left_out.count));
}

/* The rules of a file that was read as YAML, or NULL. */
static const char *write_rules(struct arena *arena, struct id_set *ids,
                               const struct reference *reference)
{
    const struct snapshot *snapshot = reference->snapshot;
    const char *name = path_name(reference->path);
    name = strcmp(name, "-") == 0 ? "standard input" : text_from_utf8(arena, name, strlen(name));
    if (snapshot->package)
        say_problems(reference, snapshot->package);
    struct rules_from rules = rules_from_snapshot(arena, ids, snapshot, name);
    say_left_out(reference, &rules);
    if (rules.fault)
        reference_complain(reference, rules.fault);
    return rules.fault ? NULL : rules.yaml;
}

/* The rules of a file as YAML, or NULL. */
static const char *make_rules(struct arena *arena, const struct options *options,
                              struct id_set *ids, const char *option, const char *path)
{
    CLEANUP(reference) struct reference reference = {.option = option, .path = path};
    return reference_read(&reference, options) ? write_rules(arena, ids, &reference) : NULL;
}

bool expect_add_rules(struct rule_errors *errors, const struct options *options,
                      struct rule_files *files)
{
    struct id_set ids = {0}; /* two packages may have entries of one name */
    for (size_t i = 0; i < options->expected.count; i++) {
        const char *path = options->expected.items[i];
        const char *yaml = make_rules(errors->arena, options, &ids, "expect", path);
        if (!yaml)
            return false;
        rule_files_add_text(errors, files, path, yaml);
    }
    return true;
}

bool expect_print_rules(struct arena *arena, const struct options *options)
{
    struct id_set ids = {0};
    const char *yaml = make_rules(arena, options, &ids, "rules-from", options->rules_from);
    if (yaml)
        fputs(yaml, stdout);
    return yaml;
}
