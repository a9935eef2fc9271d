/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/fix.h"

#include <string.h>

#include "base/text.h"
#include "rule/check.h"
#include "rule/waivers.h"

#define RETRY "RetryDeviceInitialize"

/* More changes than a worker would apply, as the names of keys are compared in turn. */
#define CHANGES_MAX 4000

static const uint8_t one[] = {1, 0, 0, 0}; /* as a REG_DWORD */

struct plan {
    struct arena *arena;
    const struct snapshot *snapshot;
    struct fix *fix;
};

/* Whether a text can be written as a name in a .reg, and by the library that the repair is tried
 * with. */
static bool is_plain_name(const char *name)
{
    for (uint32_t code; (code = text_next(&name));)
        if (code < 0x20 || code == TEXT_NUL || text_is_surrogate(code))
            return false;
    return true;
}

/* In a .reg a backslash parts names, and the last bracket of a line ends the key, or one with a
 * comment behind it. */
static bool is_plain_key(const char *name)
{
    if (!*name || strchr(name, '\\') || !is_plain_name(name))
        return false;
    for (const char *p = name; (p = strchr(p, ']')); p++)
        if (p[1 + strspn(p + 1, " \t")] == ';')
            return false;
    return true;
}

/* Why a value of a key cannot be changed, with all else in the key as it was; NULL: it can. */
static const char *key_fault(const struct regkey *key, const char *name)
{
    size_t count = 0;
    if (!is_plain_key(key->origin.name))
        return "a .reg cannot hold the name of its key";
    if (key->state == KEY_UNREADABLE)
        return "not all of its key can be read";
    for (size_t i = 0; i < key->nvalues; i++) {
        if (key->values[i].state == VALUE_UNREADABLE)
            return "not all of its key can be read";
        if (!is_plain_name(key->values[i].name))
            return "a .reg cannot hold the name of a value beside it";
        count += text_equal(key->values[i].name, name);
    }
    return count > 1 ? "its key has several values of that name" : NULL;
}

/* The ATR without the bits that its mask clears. */
static const char *propose_atr(struct plan *plan, const struct finding *finding,
                               struct fix_change *change)
{
    const struct origin *origin = finding->origin;
    const struct card *card = view_find_card(&plan->snapshot->views[origin->view], origin->name);
    if (!card || &card->key.origin != origin)
        return "another key has the same name";
    *change = (struct fix_change){.key = &card->key,
                                  .name = card->field[CARD_ATR]->name,
                                  .old = card->field[CARD_ATR],
                                  .type = REG_BINARY,
                                  .data = finding->pair->repaired};
    return key_fault(change->key, change->name);
}

/* Whether somebody wanted the value, and put it where it has no effect. */
static bool is_meant(const struct snapshot *snapshot)
{
    uint32_t number;
    for (enum view view = VIEW_WOW6432NODE; view < NVIEWS; view++)
        if (regval_dword(regkey_value(&snapshot->views[view].readers, RETRY), &number) &&
            number == 1)
            return true;
    return false;
}

/* 1 is the only value that is documented (domain: C.3). */
static const char *propose_retry(struct plan *plan, const struct finding *finding,
                                 struct fix_change *change)
{
    const struct view_config *native = &plan->snapshot->views[VIEW_NATIVE];
    const struct regval *old = regkey_value(&native->readers, RETRY);
    const struct regval wanted = {
        .name = RETRY, .state = VALUE_OK, .type = REG_DWORD, .raw = {one, sizeof one}};
    const struct rule *rule = finding->rule;
    bool is_absent = old->state == VALUE_ABSENT;
    if (!rule->check && !expectation_takes(plan->arena, &rule->expect, &wanted))
        return "its rule wants something else than 1, which alone is documented";
    if (is_absent && finding->severity == SEVERITY_NOTE && !is_meant(plan->snapshot))
        return "a note demands nothing";
    if (native->readers.state == KEY_ABSENT && native->calais.state != KEY_PRESENT)
        return "the native view has no Calais key";
    *change = (struct fix_change){.key = &native->readers,
                                  .name = is_absent ? RETRY : old->name,
                                  .old = old,
                                  .type = REG_DWORD,
                                  .data = wanted.raw};
    return key_fault(change->key, change->name);
}

static const char *propose_removal(struct plan *plan, const struct finding *finding,
                                   struct fix_change *change)
{
    if (!finding->value)
        return "what that key holds is not known here, so that nothing could bring it back";
    *change = (struct fix_change){.key = &plan->snapshot->views[finding->origin->view].readers,
                                  .name = finding->value->name,
                                  .old = finding->value,
                                  .removes = true};
    return key_fault(change->key, change->name);
}

/* Whether a rule is about the value that drivers of readers look at. */
static bool wants_retry(const struct plan *plan, const struct finding *finding)
{
    const struct rule *rule = finding->rule;
    if (rule->check)
        return rule->check->on_snapshot == check_retry_value;
    return rule->value && text_equal(rule->value, RETRY) &&
           text_equal(finding->origin->key, plan->snapshot->views[VIEW_NATIVE].readers.origin.key);
}

/* Why findings of a rule are never repaired. */
static const char *explain_rule(const struct rule *rule)
{
    static const struct {
        const char *check, *why;
    } reasons[] = {
        {"view_asymmetric", "a copy for the other view would be a guess: its DLL differs"},
        {"view_differs", "which of the views is right would be a guess"},
        {"atr_duplicate", "which entry is meant for the card would be a guess"},
        {"atr_shadowed", "which entry is meant for the card would be a guess"},
        {"atr_overlap", "which entry is meant for the card would be a guess"},
        {"device_id_shared", "which entry is meant for the card would be a guess"},
        {"stray_key", "what of it belongs elsewhere would be a guess"},
        {"golden_added", "which of the hives is right would be a guess"},
        {"golden_removed", "which of the hives is right would be a guess"},
        {"golden_changed", "which of the hives is right would be a guess"},
    };
    for (size_t i = 0; rule->check && i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(rule->check->name, reasons[i].check) == 0)
            return reasons[i].why;
    return "what is right cannot be told from the hive";
}

/* What is to be done about a finding; or why nothing is. */
static const char *propose(struct plan *plan, const struct finding *finding,
                           struct fix_change *change)
{
    const struct rule *rule = finding->rule;
    if (finding_is_waived(finding))
        return arena_printf(plan->arena, "waived until %s by %s (%s)", finding->waiver->expires,
                            finding->waiver->owner, finding->waiver->reason);
    if (finding->in_system)
        return "it is in the SYSTEM hive";
    if (finding->is_undecided)
        return "whether its rule applies is not known";
    if (finding->pair && finding->pair->repaired.len)
        return propose_atr(plan, finding, change);
    if (wants_retry(plan, finding))
        return propose_retry(plan, finding, change);
    if (rule->check && rule->check->on_snapshot == check_retry_misplaced)
        return propose_removal(plan, finding, change);
    return explain_rule(rule);
}

static void refuse(struct arena *arena, struct fix *fix, const struct finding *finding,
                   const char *why)
{
    fix->refusals = arena_grow(arena, fix->refusals, fix->nrefusals, sizeof *fix->refusals);
    fix->refusals[fix->nrefusals++] = (struct fix_refusal){finding, why};
}

/* Several findings may want the same change: as they are sorted by key, the last one is it then.
 * NULL where there are too many. */
static struct fix_change *find_change(struct plan *plan, const struct fix_change *change)
{
    struct fix *fix = plan->fix;
    struct fix_change *last = fix->nchanges ? &fix->changes[fix->nchanges - 1] : NULL;
    if (last && last->key == change->key && text_equal(last->name, change->name))
        return last;
    if (fix->nchanges == CHANGES_MAX)
        return NULL;
    fix->changes = arena_grow(plan->arena, fix->changes, fix->nchanges, sizeof *fix->changes);
    last = &fix->changes[fix->nchanges++];
    *last = *change;
    return last;
}

static void add_change(struct plan *plan, const struct finding *finding,
                       const struct fix_change *proposed)
{
    struct fix_change *change = find_change(plan, proposed);
    if (!change) {
        refuse(plan->arena, plan->fix, finding, "there is too much to repair at once");
        return;
    }
    change->findings =
        arena_grow(plan->arena, change->findings, change->nfindings, sizeof(struct finding *));
    change->findings[change->nfindings++] = finding;
}

struct fix fix_plan(struct arena *arena, const struct findings *findings,
                    const struct snapshot *snapshot)
{
    struct fix fix = {0};
    struct plan plan = {arena, snapshot, &fix};
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        struct fix_change change;
        const char *why = propose(&plan, finding, &change);
        if (why)
            refuse(arena, &fix, finding, why);
        else
            add_change(&plan, finding, &change);
    }
    return fix;
}

/* The value that a change is about, in another state of the hive. */
static const struct regval *find_value(const struct fix_change *change,
                                       const struct snapshot *snapshot)
{
    const struct origin *origin = &change->key->origin;
    const struct view_config *config = &snapshot->views[origin->view];
    if (text_equal(config->readers.origin.key, origin->key))
        return regkey_value(&config->readers, change->name);
    const struct card *card = view_find_card(config, origin->name);
    return card ? card->field[CARD_ATR] : NULL;
}

bool fix_is_undone(const struct fix *fix, const struct snapshot *undone)
{
    for (size_t i = 0; i < fix->nchanges; i++) {
        const struct regval *old = fix->changes[i].old;
        const struct regval *value = find_value(&fix->changes[i], undone);
        if (!value || value->state != old->state || strcmp(value->name, old->name) != 0 ||
            value->type != old->type || slice_compare(value->raw, old->raw) != 0)
            return false;
    }
    return true;
}

struct findings fix_current(struct arena *arena, const struct findings *findings)
{
    struct findings now = {.items = arena_alloc(arena, findings->count, sizeof *now.items)};
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].timing != TIMING_BEFORE)
            now.items[now.count++] = findings->items[i];
    return now;
}
