/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_FIXES_H
#define HIVEAUDIT_TESTS_FIXES_H

/* What the tests of repairs share: hives and rules as text in, the plan as text out. */

#include "findings.h"

#include "base/text.h"
#include "rule/fix.h"

/* A hive, its findings and the plan to repair it. */
struct planned {
    struct ruleset ruleset;
    const struct snapshot *snapshot;
    struct findings findings;
    struct fix fix;
};

/* Reads a hive, which may be damaged, for some rules. */
static inline const struct snapshot *fixes_read(struct arena *arena, struct ruleset *ruleset,
                                                const struct memory_hive *hive)
{
    struct read_plan plan = {.policy = LOGS_IGNORE};
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    struct diags diags = {.arena = arena};
    plan.requests = ruleset_collect_requests(arena, ruleset, &plan.nrequests);
    assert_true(snapshot_read(arena, &diags, &hive->source, &plan, snapshot));
    return snapshot;
}

static inline struct planned *fixes_plan(struct arena *arena, const char *rules,
                                         const struct memory_hive *hive)
{
    struct planned *planned = arena_alloc(arena, 1, sizeof *planned);
    planned->ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    planned->snapshot = fixes_read(arena, &planned->ruleset, hive);
    planned->findings = ruleset_judge(arena, &planned->ruleset, planned->snapshot);
    planned->fix = fix_plan(arena, &planned->findings, planned->snapshot);
    return planned;
}

/* A line for each change, "native Card|ATR hex 3b 00: rule", and behind these one for each refusal,
 * "native Card rule: why". Data of a REG_DWORD and of others are bytes alike. */
static inline const char *fixes_show(struct arena *arena, const struct fix *fix)
{
    const char *text = "";
    for (size_t i = 0; i < fix->nchanges; i++) {
        const struct fix_change *change = &fix->changes[i];
        text = arena_printf(arena, "%s%s %s|%s %s:", text, view_name(change->key->origin.view),
                            change->key->origin.name, change->name,
                            change->removes
                                ? "removed"
                                : arena_printf(arena, "%s %s", regtype_name(arena, change->type),
                                               text_hex(arena, change->data, "")));
        for (size_t j = 0; j < change->nfindings; j++)
            text = arena_printf(arena, "%s %s", text, change->findings[j]->rule->id);
        text = arena_printf(arena, "%s\n", text);
    }
    for (size_t i = 0; i < fix->nsettled; i++)
        text = arena_printf(arena, "%s%s %s %s: settled\n", text,
                            view_name(fix->settled[i]->origin->view), fix->settled[i]->origin->name,
                            fix->settled[i]->rule->id);
    for (size_t i = 0; i < fix->nrefusals; i++) {
        const struct finding *finding = fix->refusals[i].finding;
        text = arena_printf(arena, "%s%s %s %s: %s\n", text, view_name(finding->origin->view),
                            finding->origin->name, finding->rule->id, fix->refusals[i].why);
    }
    return text;
}

#endif
