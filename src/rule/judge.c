/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Names from evidence can be long; all of a value is in the finding itself. */
#define MESSAGE_LEN_MAX 2000

struct finding *judgement_add(struct judgement *judgement, const struct origin *origin,
                              const struct regval *value, const char *format, ...)
{
    struct findings *findings = judgement->findings;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(judgement->arena, format, args);
    va_end(args);
    findings->items =
        arena_grow(judgement->arena, findings->items, findings->count, sizeof *findings->items);
    struct finding *finding = &findings->items[findings->count++];
    *finding = (struct finding){
        .rule = judgement->rule,
        .severity = judgement->rule->severity,
        .origin = origin,
        .value = value,
        .message = text_cut(judgement->arena, message, MESSAGE_LEN_MAX),
    };
    return finding;
}

bool judgement_wants_view(const struct judgement *judgement, enum view view)
{
    unsigned views = judgement->rule->views;
    return !views || (views & 1u << view);
}

const char *card_text(const struct card *card, enum card_field field)
{
    const struct regval *value = card->field[field];
    return value->state == VALUE_OK && value->seen && *value->seen ? value->seen : NULL;
}

bool card_lacks(const struct card *card, enum card_field field)
{
    const struct regval *value = card->field[field];
    return value->state == VALUE_ABSENT ||
           (value->state == VALUE_OK && value->seen && !*value->seen);
}

static bool is_exempt(const struct rule *rule, const struct card *card)
{
    const char *csp = card_text(card, CARD_CSP);
    return strings_hold(&rule->exempt_entries, card->key.origin.name) ||
           (csp && strings_hold(&rule->exempt_providers, csp));
}

static void judge_cards(struct judgement *judgement)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &judgement->snapshot->views[view];
        if (!judgement_wants_view(judgement, view))
            continue;
        for (size_t i = 0; i < config->ncards; i++)
            if (!is_exempt(judgement->rule, &config->cards[i]))
                judgement->rule->check->on_card(judgement, &config->cards[i]);
    }
}

/* What is missing in a text, which is a part of a hive, is no fault of it; a hive is no text. Drift
 * needs something to drift from. */
static bool is_about(const struct check *check, const struct snapshot *snapshot,
                     const struct snapshot *golden)
{
    if (!check)
        return true;
    return !(snapshot->package ? check->of_hive : check->of_text) && (golden || !check->of_golden);
}

static void judge_rule(struct judgement *judgement)
{
    const struct check *check = judgement->rule->check;
    if (!is_about(check, judgement->snapshot, judgement->golden))
        return;
    if (!check)
        check_expectation(judgement);
    if (check && check->on_card)
        judge_cards(judgement);
    if (check && check->on_snapshot)
        check->on_snapshot(judgement);
}

enum applies { APPLIES, APPLIES_NOT, APPLIES_UNDECIDED };

/* The first condition that says no decides, then the first that cannot be decided; *unknown names
 * it. */
static enum applies judge_conditions(const struct rule *rule, const struct os_build *os,
                                     const char **unknown)
{
    *unknown = NULL;
    if (rule->limits_build && !os->build)
        *unknown = "build";
    else if (rule->limits_build && (os->build < rule->build_min || os->build > rule->build_max))
        return APPLIES_NOT;
    if (rule->archs && os->arch == ARCH_UNKNOWN)
        *unknown = *unknown ? "build and architecture" : "architecture";
    else if (rule->archs && !(rule->archs & 1u << os->arch))
        return APPLIES_NOT;
    return *unknown ? APPLIES_UNDECIDED : APPLIES;
}

bool rule_is_judged(const struct ruleset *ruleset, const struct rule *rule,
                    const struct snapshot *snapshot)
{
    const char *unknown;
    for (const struct snapshot *at = snapshot; rule->enabled && at; at = at->variant)
        if (is_about(rule->check, at, ruleset->golden) &&
            judge_conditions(rule, &at->os, &unknown) != APPLIES_NOT)
            return true;
    return false;
}

/* What a rule would find only matters if it applies. Where that is not known, one note stands for
 * all it would have found; a rule that would find nothing passes either way. */
static void judge_undecided(struct judgement *judgement, const char *unknown)
{
    struct findings *findings = judgement->findings, would_be = {0};
    judgement->findings = &would_be;
    judge_rule(judgement);
    judgement->findings = findings;
    if (would_be.count == 0)
        return;
    const struct finding *first = &would_be.items[0];
    struct finding *note = judgement_add(
        judgement, first->origin, first->value,
        "cannot be decided, as the %s of this Windows is unknown; if the rule applies: %s", unknown,
        first->message);
    note->severity = SEVERITY_NOTE;
    note->is_undecided = true;
    note->pair = first->pair;
    note->in_system = first->in_system;
    note->file = first->file;
}

static int compare_keys(const struct finding *a, const struct finding *b)
{
    int order = (int)a->origin->view - (int)b->origin->view;
    if (!order)
        order = text_compare(a->origin->key, b->origin->key);
    return order ? order : strcmp(a->origin->key, b->origin->key);
}

static int compare_rules(const struct finding *a, const struct finding *b)
{
    int order = strcmp(a->rule->id, b->rule->id);
    if (!order)
        order = strcmp(a->value ? a->value->name : "", b->value ? b->value->name : "");
    return order ? order : slice_compare(a->card, b->card);
}

int finding_compare(const void *left, const void *right)
{
    int order = compare_keys(left, right);
    return order ? order : compare_rules(left, right);
}

static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = left, *b = right;
    int order = compare_keys(a, b);
    if (!order && a->origin->offset != b->origin->offset)
        order = a->origin->offset < b->origin->offset ? -1 : 1;
    if (!order && a->origin->line != b->origin->line)
        order = a->origin->line < b->origin->line ? -1 : 1;
    if (!order && a->origin->column != b->origin->column)
        order = a->origin->column < b->origin->column ? -1 : 1;
    if (!order)
        order = compare_rules(a, b);
    return order ? order : strcmp(a->message, b->message);
}

static void sort_findings(struct findings *findings,
                          int (*compare)(const void *left, const void *right))
{
    if (findings->count)
        qsort(findings->items, findings->count, sizeof *findings->items, compare);
}

static void judge_snapshot(struct arena *arena, const struct ruleset *ruleset,
                           const struct snapshot *snapshot, struct findings *findings)
{
    struct collisions *collisions[NVIEWS] = {0};
    for (size_t i = 0; i < ruleset->count; i++) {
        const struct rule *rule = &ruleset->rules[i];
        struct judgement judgement = {
            rule, snapshot, arena, findings, ruleset->names, ruleset->golden, collisions,
        };
        const char *unknown;
        enum applies applies = judge_conditions(rule, &snapshot->os, &unknown);
        if (!rule->enabled || applies == APPLIES_NOT)
            continue;
        if (applies == APPLIES)
            judge_rule(&judgement);
        else
            judge_undecided(&judgement, unknown);
    }
}

/* What is found on several architectures is one finding. */
static void unite(struct findings *findings)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *last = count ? &findings->items[count - 1] : NULL;
        if (last && compare_findings(last, &findings->items[i]) == 0)
            last->archs |= findings->items[i].archs;
        else
            findings->items[count++] = findings->items[i];
    }
    findings->count = count;
}

/* Faults of a text are with its first architecture, and of no other. */
static bool is_of_text(const struct rule *rule)
{
    return rule->check && rule->check->of_text;
}

struct findings ruleset_judge(struct arena *arena, const struct ruleset *ruleset,
                              const struct snapshot *snapshot)
{
    struct findings findings = {0};
    bool is_inf = snapshot_is_inf(snapshot);
    for (const struct snapshot *at = snapshot; at; at = at->variant) {
        size_t first = findings.count;
        judge_snapshot(arena, ruleset, at, &findings);
        for (size_t i = first; is_inf && i < findings.count; i++)
            if (!is_of_text(findings.items[i].rule))
                findings.items[i].archs = 1u << at->os.arch;
    }
    sort_findings(&findings, compare_findings);
    if (is_inf)
        unite(&findings);
    return findings;
}

static struct findings copy_by_identity(struct arena *arena, const struct findings *findings)
{
    struct findings copy = {.items = arena_alloc(arena, findings->count, sizeof *copy.items),
                            .count = findings->count};
    if (copy.count)
        memcpy(copy.items, findings->items, copy.count * sizeof *copy.items);
    sort_findings(&copy, finding_compare);
    return copy;
}

static void join(struct findings *all, const struct finding *finding, enum timing timing)
{
    struct finding *joined = &all->items[all->count++];
    *joined = *finding;
    joined->timing = timing;
    if (timing == TIMING_BEFORE)
        joined->severity = SEVERITY_NOTE;
}

struct findings findings_join(struct arena *arena, const struct findings *after,
                              const struct findings *before)
{
    struct findings now = copy_by_identity(arena, after), then = copy_by_identity(arena, before);
    struct findings all = {.items = arena_alloc(arena, now.count + then.count, sizeof *all.items)};
    for (size_t i = 0, j = 0; i < now.count || j < then.count;) {
        int order = i == now.count    ? 1
                    : j == then.count ? -1
                                      : finding_compare(&now.items[i], &then.items[j]);
        join(&all, order <= 0 ? &now.items[i] : &then.items[j],
             order == 0  ? TIMING_BOTH
             : order < 0 ? TIMING_AFTER
                         : TIMING_BEFORE);
        i += order <= 0;
        j += order >= 0;
    }
    sort_findings(&all, compare_findings);
    return all;
}
