/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/rules_from.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf16.h"
#include "model/configuration.h"
#include "rule/load.h"
#include "rule/rules_yaml.h"

#define READERS          CALAIS "\\Readers"
#define RETRY            "RetryDeviceInitialize"
#define ENTRY_VALUES_MAX 100   /* of one entry: each rule looks for its own among them */
#define DATA_MAX         16384 /* bytes of one value */
#define ALL_DATA_MAX     (4 << 20)
#define TOO_MUCH         "holds too much for rules"

/* What the functions below share. */
struct maker {
    struct arena *arena;
    const struct snapshot *first; /* of an INF's variants */
    struct rule_draft *drafts;
    size_t ndrafts, data; /* bytes of their values */
    struct rules_from *result;
};

static void leave_out(struct maker *maker, const char *key, const struct regval *value,
                      const char *why)
{
    struct rules_from *result = maker->result;
    const char *subject = value ? *value->name ? value->name : "the default value" : "this key";
    const char *said = arena_printf(maker->arena, "%s: %s %s", key, subject, why);
    for (size_t i = 0; i < result->left_out.count; i++)
        if (strcmp(result->left_out.items[i], said) == 0)
            return; /* on another architecture */
    if (result->nleft_out++ < LEFT_OUT_MAX)
        strings_add(maker->arena, &result->left_out, said);
}

static void set_fault(struct maker *maker, const char *fault)
{
    if (!maker->result->fault)
        maker->result->fault = fault;
}

/* What YAML can hold: no NUL and no lone surrogate, even escaped. */
static bool is_sayable(const char *text)
{
    for (uint32_t code; (code = text_next(&text));)
        if (code == TEXT_NUL || text_is_surrogate(code))
            return false;
    return true;
}

/* Why a value cannot become a rule; NULL where it can. */
static const char *find_obstacle(struct arena *arena, const struct regval *value)
{
    if (value->raw.len > DATA_MAX)
        return arena_printf(arena, "is too large for a rule (got %zu bytes, want at most %d)",
                            value->raw.len, DATA_MAX);
    if (!is_sayable(value->name))
        return "has a name that no rule can spell (got NULs or half characters)";
    if (value->text && (value->flaws & UTF16_ODD_LENGTH || !is_sayable(value->text)))
        return "is a text that no rule can spell (got NULs, half characters or an odd length)";
    return NULL;
}

static void add_draft(struct maker *maker, struct rule_draft draft)
{
    maker->data += draft.value ? draft.value->raw.len : 0;
    if (maker->ndrafts == NTARGETS * RULES_FROM_MAX || maker->data > ALL_DATA_MAX) {
        set_fault(maker, TOO_MUCH);
        return;
    }
    maker->drafts = arena_grow(maker->arena, maker->drafts, maker->ndrafts, sizeof *maker->drafts);
    maker->drafts[maker->ndrafts++] = draft;
}

static void add_value(struct maker *maker, struct rule_draft draft, const struct regval *value)
{
    const char *obstacle = find_obstacle(maker->arena, value);
    if (obstacle) {
        leave_out(maker, draft.key, value, obstacle);
        return;
    }
    draft.value = value;
    add_draft(maker, draft);
}

/* Whether a text means a key for HKEY_LOCAL_MACHINE and writes it below HKR, the key of the device:
 * Windows has it elsewhere. */
static bool is_below_hkr(const struct maker *maker, const char *key)
{
    const struct package_facts *package = maker->first->package;
    size_t key_len = strlen(key);
    for (size_t i = 0; package && i < package->nproblems; i++) {
        if (package->problems[i].fault != TEXT_HKR)
            continue;
        const char *where = package->problems[i].where;
        size_t len = strlen(where);
        if (len > key_len && where[len - key_len - 1] == '\\' &&
            text_equal(where + len - key_len, key))
            return true;
    }
    return false;
}

/* A name in a path that a rule can spell. */
static bool is_plain_name(const char *name)
{
    return *name && !strchr(name, '\\') && is_sayable(name);
}

static unsigned arch_bit(const struct snapshot *snapshot)
{
    return snapshot_is_inf(snapshot) ? 1u << snapshot->os.arch : 0;
}

static void add_card(struct maker *maker, const struct snapshot *snapshot, const struct card *card)
{
    const struct regkey *key = &card->key;
    struct rule_draft draft = {
        .entry = key->origin.name,
        .key = arena_printf(maker->arena, CALAIS "\\SmartCards\\%s", key->origin.name),
        .view = key->origin.view,
        .archs = arch_bit(snapshot),
    };
    if (is_below_hkr(maker, key->origin.key))
        leave_out(maker, key->origin.key, NULL, "is written below HKR, not HKLM: no registration");
    else if (!is_plain_name(key->origin.name))
        leave_out(maker, key->origin.key, NULL, "has a name that no rule can spell");
    else if (key->nvalues > ENTRY_VALUES_MAX)
        leave_out(maker, key->origin.key, NULL,
                  arena_printf(maker->arena,
                               "has too many values for rules (got %zu, want at most %d)",
                               key->nvalues, ENTRY_VALUES_MAX));
    else if (key->nvalues == 0)
        add_draft(maker, draft);
    else
        for (size_t i = 0; i < key->nvalues; i++)
            add_value(maker, draft, &key->values[i]);
}

/* Both views share Readers: what stands in the other one has no effect. */
static void add_readers(struct maker *maker, const struct snapshot *snapshot)
{
    const struct regval *value = regkey_value(&snapshot->views[VIEW_NATIVE].readers, RETRY);
    if (value->state == VALUE_OK)
        add_value(
            maker,
            (struct rule_draft){.key = READERS, .view = VIEW_NATIVE, .archs = arch_bit(snapshot)},
            value);
}

static int compare_texts(const char *a, const char *b)
{
    int order = text_compare(a, b);
    return order ? order : strcmp(a, b);
}

/* By the value that they are about; a key comes before its values. */
static int compare_subjects(const struct rule_draft *a, const struct rule_draft *b)
{
    int order = compare_texts(a->key, b->key);
    if (!order)
        order = (int)a->view - (int)b->view;
    if (order || !a->value || !b->value)
        return order ? order : (a->value != NULL) - (b->value != NULL);
    return compare_texts(a->value->name, b->value->name);
}

static int compare_data(const struct regval *a, const struct regval *b)
{
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return slice_compare(a->raw, b->raw);
}

static int compare_demands(const struct rule_draft *a, const struct rule_draft *b)
{
    int order = compare_subjects(a, b);
    return order || !a->value ? order : compare_data(a->value, b->value);
}

static int compare_drafts(const void *left, const void *right)
{
    const struct rule_draft *a = left, *b = right;
    int order = compare_demands(a, b);
    return order ? order : a->archs < b->archs ? -1 : a->archs > b->archs;
}

/* What is the same on several architectures is one rule. */
static void unite(struct maker *maker)
{
    size_t count = 0;
    if (maker->ndrafts)
        qsort(maker->drafts, maker->ndrafts, sizeof *maker->drafts, compare_drafts);
    for (size_t i = 0; i < maker->ndrafts; i++) {
        struct rule_draft *last = count ? &maker->drafts[count - 1] : NULL;
        if (last && compare_demands(last, &maker->drafts[i]) == 0)
            last->archs |= maker->drafts[i].archs;
        else
            maker->drafts[count++] = maker->drafts[i];
    }
    maker->ndrafts = count;
}

/* Where each architecture that has the view has the same value, nothing needs to be said of them;
 * where two differ, their rules are told apart by them. */
static void settle_archs(struct maker *maker)
{
    const unsigned all_64 = 1u << ARCH_AMD64 | 1u << ARCH_ARM64, all = all_64 | 1u << ARCH_X86;
    for (size_t i = 0; i < maker->ndrafts; i++) {
        struct rule_draft *draft = &maker->drafts[i];
        if (draft->archs == (draft->view == VIEW_NATIVE ? all : all_64))
            draft->archs = 0;
        if (i && compare_subjects(draft - 1, draft) == 0)
            draft->is_one_of_several = draft[-1].is_one_of_several = true;
    }
}

/* Those that an INF does not install on. */
static unsigned list_other_archs(const struct snapshot *snapshot)
{
    unsigned others = 1u << ARCH_X86 | 1u << ARCH_AMD64 | 1u << ARCH_ARM64;
    for (const struct snapshot *at = snapshot; at; at = at->variant)
        others &= ~arch_bit(at);
    return arch_bit(snapshot) ? others : 0;
}

/* Of those that are not listed any more, some may be about keys below HKR. */
static bool has_too_many_problems(const struct snapshot *snapshot)
{
    return snapshot->package && snapshot->package->nproblems >= TEXT_PROBLEMS_MAX;
}

struct rules_from rules_from_snapshot(struct arena *arena, struct id_set *ids,
                                      const struct snapshot *snapshot, const char *name)
{
    struct rules_from result = {0};
    struct maker maker = {.arena = arena, .first = snapshot, .result = &result};
    for (const struct snapshot *at = snapshot; at; at = at->variant) {
        add_readers(&maker, at);
        for (enum view view = 0; view < NVIEWS; view++)
            for (size_t i = 0; i < at->views[view].ncards; i++)
                add_card(&maker, at, &at->views[view].cards[i]);
    }
    unite(&maker);
    settle_archs(&maker);
    if (has_too_many_problems(snapshot))
        set_fault(&maker, "has too many problems in its text");
    if (maker.ndrafts > RULES_FROM_MAX)
        set_fault(&maker, TOO_MUCH);
    if (!maker.ndrafts)
        set_fault(&maker, "holds nothing that rules could demand");
    if (result.fault)
        return result;
    unsigned other_archs = list_other_archs(snapshot);
    result.count = maker.ndrafts + (other_archs != 0);
    result.yaml = rules_yaml_write(arena, ids, name, maker.drafts, maker.ndrafts, other_archs,
                                   &result.left_out);
    if (strlen(result.yaml) > RULE_FILE_SIZE_MAX) {
        set_fault(&maker, TOO_MUCH);
        result.yaml = NULL;
    }
    return result;
}
