/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf16.h"

#define VALUES_SHOWN 8 /* of a key, in a message */

/* One hive being compared with the golden one, for one kind of drift. */
struct comparison {
    struct judgement *judgement;
    bool in_system; /* keys are of the SYSTEM hive */
};

static bool wants(const struct comparison *comparison, enum drift drift)
{
    return comparison->judgement->rule->check->detail == (int)drift;
}

static void add(const struct comparison *comparison, const struct origin *origin,
                const struct regval *value, const struct regval *golden, const char *message)
{
    struct finding *finding = judgement_add(comparison->judgement, origin, value, "%s", message);
    finding->golden = golden;
    finding->in_system = comparison->in_system;
}

/* By name; of several of one name, in the order of the hive: they are of one array. */
static int compare_names(const void *left, const void *right)
{
    const struct regval *a = *(const struct regval *const *)left;
    const struct regval *b = *(const struct regval *const *)right;
    int order = text_compare(a->name, b->name);
    return order ? order : a < b ? -1 : a > b;
}

static const struct regval **sort_values(struct arena *arena, const struct regkey *key)
{
    const struct regval **values = arena_alloc(arena, key->nvalues, sizeof *values);
    for (size_t i = 0; i < key->nvalues; i++)
        values[i] = &key->values[i];
    if (key->nvalues)
        qsort(values, key->nvalues, sizeof *values, compare_names);
    return values;
}

static const char *name_value(const struct regval *value)
{
    return *value->name ? value->name : "the default value";
}

/* The values of a key as text: "ATR 3b 04, Crypto Provider "X", and 2 more". */
static const char *show_values(struct arena *arena, const struct regkey *key)
{
    const struct regval **values = sort_values(arena, key);
    const char *text = "";
    for (size_t i = 0; i < key->nvalues && i < VALUES_SHOWN; i++)
        text = arena_printf(arena, "%s%s%s %s", text, i ? ", " : "", name_value(values[i]),
                            regval_show(arena, values[i]));
    if (key->nvalues > VALUES_SHOWN)
        text = arena_printf(arena, "%s, and %zu more", text, key->nvalues - VALUES_SHOWN);
    return text;
}

/* Where the golden hive has a key that is not in the evidence. */
static const struct origin *make_origin(struct arena *arena, const struct origin *golden)
{
    struct origin *origin = arena_alloc(arena, 1, sizeof *origin);
    *origin = (struct origin){.key = golden->key, .name = golden->name, .view = golden->view};
    return origin;
}

/* What a key holds, as far as the model has it; NULL where it has nothing. */
static const char *show_content(struct arena *arena, const struct regkey *key)
{
    if (key->nvalues)
        return show_values(arena, key);
    return key->nsubkeys
               ? arena_printf(arena, "%zu subkey%s", key->nsubkeys, key->nsubkeys == 1 ? "" : "s")
               : NULL;
}

/* A key as a whole; key is NULL where only its name is known. */
static void add_key(const struct comparison *comparison, enum drift drift,
                    const struct origin *origin, const struct regkey *key)
{
    struct arena *arena = comparison->judgement->arena;
    if (!wants(comparison, drift))
        return;
    const char *content = key ? show_content(arena, key) : NULL;
    if (drift == DRIFT_ADDED)
        add(comparison, origin, NULL, NULL,
            content ? arena_printf(arena, "this key is not in the golden hive (got %s)", content)
                    : "this key is not in the golden hive");
    else
        add(comparison, make_origin(arena, origin), NULL, NULL,
            content ? arena_printf(arena, "this key is missing: the golden hive has it, with %s",
                                   content)
                    : "this key is missing: the golden hive has it");
}

/* Of a value that cannot be read even the name may be lost, as its key then says: it may be any. */
static bool is_nameless(const struct regkey *key, const struct regval *value)
{
    return key->state == KEY_UNREADABLE && value->state == VALUE_UNREADABLE;
}

/* What only the key here has. Where the other key has lost some, it may have had it, too. */
static void add_value(const struct comparison *comparison, const struct regkey *here,
                      const struct regkey *there, const struct regval *value)
{
    struct arena *arena = comparison->judgement->arena;
    if (wants(comparison, DRIFT_ADDED) && there->state != KEY_UNREADABLE &&
        !is_nameless(here, value))
        add(comparison, &here->origin, value, NULL,
            arena_printf(arena, "%s is not in the golden hive (got %s)", name_value(value),
                         regval_show(arena, value)));
}

/* The finding is about a value of the evidence that is absent. */
static void add_missing_value(const struct comparison *comparison, const struct regkey *here,
                              const struct regkey *there, const struct regval *golden)
{
    struct arena *arena = comparison->judgement->arena;
    if (!wants(comparison, DRIFT_REMOVED) || here->state == KEY_UNREADABLE ||
        is_nameless(there, golden))
        return;
    struct regval *value = arena_alloc(arena, 1, sizeof *value);
    *value = (struct regval){.name = golden->name, .state = VALUE_ABSENT};
    add(comparison, &here->origin, value, golden,
        arena_printf(arena, "%s is missing: the golden hive has %s", name_value(golden),
                     regval_show(arena, golden)));
}

/* Windows adds a NUL that a text lacks at its end. */
static bool is_same_data(const struct regval *a, const struct regval *b)
{
    if (a->state == VALUE_UNREADABLE || b->state == VALUE_UNREADABLE)
        return true; /* not known to differ; a diagnostic tells */
    if (a->type != b->type)
        return false;
    if (a->text && b->text)
        return strcmp(a->text, b->text) == 0 &&
               ((a->flaws ^ b->flaws) & ~(unsigned)UTF16_UNTERMINATED) == 0;
    return slice_compare(a->raw, b->raw) == 0;
}

/* A value with its type where regval_show leaves that out. */
static const char *show_typed(struct arena *arena, const struct regval *value)
{
    const char *shown = regval_show(arena, value);
    bool shows_type = !value->text && value->type != REG_BINARY;
    return shows_type ? shown
                      : arena_printf(arena, "%s %s", regtype_name(arena, value->type), shown);
}

static size_t find_difference(struct slice a, struct slice b)
{
    size_t at = 0;
    while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at])
        at++;
    return at;
}

static const char *show_change(struct arena *arena, const struct regval *value,
                               const struct regval *golden)
{
    bool is_typed = value->type != golden->type;
    const char *got = is_typed ? show_typed(arena, value) : regval_show(arena, value);
    const char *want = is_typed ? show_typed(arena, golden) : regval_show(arena, golden);
    const char *where = "";
    if (strcmp(got, want) == 0) /* of long ones only the start is shown */
        where = arena_printf(arena, " (they differ from byte %zu on)",
                             find_difference(value->raw, golden->raw));
    return arena_printf(arena, "%s differs: got %s, the golden hive has %s%s", name_value(value),
                        got, want, where);
}

static void compare_value(const struct comparison *comparison, const struct regkey *here,
                          const struct regval *value, const struct regval *golden)
{
    if (wants(comparison, DRIFT_CHANGED) && !is_same_data(value, golden))
        add(comparison, &here->origin, value, golden,
            show_change(comparison->judgement->arena, value, golden));
}

static void compare_values(const struct comparison *comparison, const struct regkey *here,
                           const struct regkey *there)
{
    const struct regval **got = sort_values(comparison->judgement->arena, here);
    const struct regval **want = sort_values(comparison->judgement->arena, there);
    for (size_t i = 0, j = 0; i < here->nvalues || j < there->nvalues;) {
        int order = i == here->nvalues    ? 1
                    : j == there->nvalues ? -1
                                          : text_compare(got[i]->name, want[j]->name);
        if (order < 0)
            add_value(comparison, here, there, got[i]);
        else if (order > 0)
            add_missing_value(comparison, here, there, want[j]);
        else
            compare_value(comparison, here, got[i], want[j]);
        i += order <= 0;
        j += order >= 0;
    }
}

/* Whether a key was found, read as a whole or not. */
static bool is_found(const struct regkey *key)
{
    return key->origin.offset != 0;
}

/* Whether both have a key; where one has not, that is all that is said of it. What cannot be read
 * may be there. */
static bool have_both(const struct comparison *comparison, const struct regkey *here,
                      const struct regkey *there)
{
    if (is_found(here) && there->state == KEY_ABSENT)
        add_key(comparison, DRIFT_ADDED, &here->origin, here);
    if (is_found(there) && here->state == KEY_ABSENT)
        add_key(comparison, DRIFT_REMOVED, &there->origin, there);
    return is_found(here) && is_found(there);
}

static void compare_keys(const struct comparison *comparison, const struct regkey *here,
                         const struct regkey *there)
{
    if (have_both(comparison, here, there))
        compare_values(comparison, here, there);
}

/* Subkeys side by side. items are structs that start with a struct regkey, in the order of the
 * subkeys; NULL where only names are known. */
struct list {
    const struct regkey *key;
    const void *items;
    size_t size; /* of an item */
};

static const struct regkey *item_at(const struct list *list, size_t index)
{
    return list->items ? (const void *)((const char *)list->items + index * list->size) : NULL;
}

/* What only one list has. Where the other one has lost some, it may have had it, too. */
static void add_subkey(const struct comparison *comparison, enum drift drift,
                       const struct list *list, size_t index, const struct list *other)
{
    if (other->key->state != KEY_UNREADABLE)
        add_key(comparison, drift, &list->key->subkeys[index], item_at(list, index));
}

typedef void compare_items(const struct comparison *comparison, const void *here,
                           const void *there);

static void compare_lists(const struct comparison *comparison, const struct list *here,
                          const struct list *there, compare_items *compare)
{
    size_t nhere = here->key->nsubkeys, nthere = there->key->nsubkeys;
    for (size_t i = 0, j = 0; i < nhere || j < nthere;) {
        size_t a = i < nhere ? here->key->by_name[i] : 0;
        size_t b = j < nthere ? there->key->by_name[j] : 0;
        int order = i == nhere ? 1
                    : j == nthere
                        ? -1
                        : text_compare(here->key->subkeys[a].name, there->key->subkeys[b].name);
        if (order < 0)
            add_subkey(comparison, DRIFT_ADDED, here, a, there);
        else if (order > 0)
            add_subkey(comparison, DRIFT_REMOVED, there, b, here);
        else if (compare)
            compare(comparison, item_at(here, a), item_at(there, b));
        i += order <= 0;
        j += order >= 0;
    }
}

static void compare_items_values(const struct comparison *comparison, const void *here,
                                 const void *there)
{
    compare_values(comparison, here, there);
}

static void compare_ksps(const struct comparison *comparison, const void *here, const void *there)
{
    const struct ksp *got = here, *want = there;
    compare_values(comparison, &got->key, &want->key);
    compare_keys(comparison, &got->user_mode, &want->user_mode);
}

/* A key and its subkeys, with what the model has of these. */
static void compare_trees(const struct comparison *comparison, const struct list *here,
                          const struct list *there, compare_items *compare)
{
    if (!have_both(comparison, here->key, there->key))
        return;
    compare_values(comparison, here->key, there->key);
    compare_lists(comparison, here, there, compare);
}

static void compare_cards(const struct comparison *comparison, const struct view_config *here,
                          const struct view_config *there)
{
    const struct list got = {&here->smart_cards, here->cards, sizeof *here->cards};
    const struct list want = {&there->smart_cards, there->cards, sizeof *there->cards};
    compare_trees(comparison, &got, &want, compare_items_values);
}

static void compare_csps(const struct comparison *comparison, const struct view_config *here,
                         const struct view_config *there)
{
    const struct list got = {&here->providers, here->csps, sizeof *here->csps};
    const struct list want = {&there->providers, there->csps, sizeof *there->csps};
    compare_trees(comparison, &got, &want, compare_items_values);
}

static void compare_names_below(const struct comparison *comparison, const struct regkey *here,
                                const struct regkey *there)
{
    const struct list got = {.key = here}, want = {.key = there};
    compare_trees(comparison, &got, &want, NULL);
}

/* SmartCards and Readers are compared for themselves. Caches of ATRs, and what Windows keeps in
 * Current as it runs (domain: C.1), are no configuration. */
static bool is_other_subkey(const struct snapshot *snapshot, const struct view_config *config,
                            const char *name)
{
    for (int i = 0; i < NATR_CACHES; i++)
        if (text_equal(name, snapshot->atr_caches[i].origin.name))
            return false;
    return !text_equal(name, "Current") && !text_equal(name, config->smart_cards.origin.name) &&
           !text_equal(name, config->readers.origin.name);
}

/* The key Calais with its other subkeys alone. */
static const struct regkey *select_others(struct arena *arena, const struct snapshot *snapshot,
                                          enum view view)
{
    const struct view_config *config = &snapshot->views[view];
    struct regkey *others = arena_alloc(arena, 1, sizeof *others);
    *others = config->calais;
    others->subkeys = arena_alloc(arena, config->calais.nsubkeys, sizeof *others->subkeys);
    others->nsubkeys = 0;
    for (size_t i = 0; i < config->calais.nsubkeys; i++)
        if (is_other_subkey(snapshot, config, config->calais.subkeys[i].name))
            others->subkeys[others->nsubkeys++] = config->calais.subkeys[i];
    regkey_index_subkeys(arena, others);
    return others;
}

static void compare_calais(const struct comparison *comparison, enum view view)
{
    const struct judgement *judgement = comparison->judgement;
    const struct view_config *here = &judgement->snapshot->views[view];
    const struct view_config *there = &judgement->golden->views[view];
    if (!have_both(comparison, &here->calais, &there->calais))
        return; /* with all that is below it */
    compare_cards(comparison, here, there);
    compare_names_below(comparison, &here->readers, &there->readers);
    compare_names_below(comparison, select_others(judgement->arena, judgement->snapshot, view),
                        select_others(judgement->arena, judgement->golden, view));
}

/* One hive is of a Windows that has the view, the other one of a Windows that has not. Where the
 * view's key may be lost, nothing is said. */
static void add_view(const struct comparison *comparison, const struct view_config *here,
                     const struct view_config *there)
{
    struct arena *arena = comparison->judgement->arena;
    enum drift drift = here->exists ? DRIFT_ADDED : DRIFT_REMOVED;
    const struct view_config *only = here->exists ? here : there;
    const struct view_config *lacking = here->exists ? there : here;
    const char *content =
        arena_printf(arena, "%zu entr%s, %zu CSP%s", only->ncards, only->ncards == 1 ? "y" : "ies",
                     only->ncsps, only->ncsps == 1 ? "" : "s");
    if (!wants(comparison, drift) || lacking->calais.state == KEY_UNREADABLE)
        return;
    if (drift == DRIFT_ADDED)
        add(comparison, &here->calais.origin, NULL, NULL,
            arena_printf(arena, "the Windows of the golden hive does not have this view (got %s)",
                         content));
    else
        add(comparison, make_origin(arena, &there->calais.origin), NULL, NULL,
            arena_printf(arena, "this Windows does not have this view: the golden hive has %s",
                         content));
}

static void compare_view(const struct comparison *comparison, enum view view)
{
    const struct view_config *here = &comparison->judgement->snapshot->views[view];
    const struct view_config *there = &comparison->judgement->golden->views[view];
    if (here->exists != there->exists)
        add_view(comparison, here, there);
    if (!here->exists || !there->exists)
        return;
    compare_calais(comparison, view);
    compare_csps(comparison, here, there);
}

/* Only where both sides have a SYSTEM hive. */
static void compare_systems(const struct comparison *comparison, const struct system_config *here,
                            const struct system_config *there)
{
    const struct list got = {&here->providers, here->ksps, sizeof *here->ksps};
    const struct list want = {&there->providers, there->ksps, sizeof *there->ksps};
    if (here->state != SYSTEM_READ || there->state != SYSTEM_READ)
        return;
    compare_trees(comparison, &got, &want, compare_ksps);
    for (int i = 0; i < NSERVICES; i++)
        compare_keys(comparison, &here->services[i], &there->services[i]);
}

void check_golden(struct judgement *judgement)
{
    const struct snapshot *here = judgement->snapshot, *there = judgement->golden;
    const struct comparison of_software = {.judgement = judgement};
    const struct comparison of_system = {.judgement = judgement, .in_system = true};
    for (enum view view = 0; view < NVIEWS; view++)
        if (judgement_wants_view(judgement, view))
            compare_view(&of_software, view);
    if (!judgement_wants_view(judgement, VIEW_NONE))
        return; /* what follows is of no view */
    for (int i = 0; i < NPOLICIES; i++)
        compare_keys(&of_software, &here->policies[i], &there->policies[i]);
    compare_systems(&of_system, &here->system, &there->system);
}
