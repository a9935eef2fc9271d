/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/waivers.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/day.h"
#include "base/text.h"
#include "rule/id_set.h"
#include "rule/load_value.h"

/* Each is held against the name of each piece of evidence that has findings. */
#define WAIVERS_MAX 100000

/* What reading waiver files needs. */
struct waiver_loader {
    struct loader loader;
    const struct ruleset *ruleset;
    const char *now;
    struct id_set seen; /* what is waived, each with its number from 1 */
    struct waivers *waivers;
};

static const struct {
    const char *name;
    size_t offset;
    bool is_required;
} fields[] = {
    {"rule", offsetof(struct waiver, rule), true},
    {"key", offsetof(struct waiver, key), false},
    {"evidence", offsetof(struct waiver, evidence), false},
    {"reason", offsetof(struct waiver, reason), true},
    {"owner", offsetof(struct waiver, owner), true},
    {"expires", offsetof(struct waiver, expires), true},
};

static void load_fields(struct loader *loader, const struct yaml_node *node, struct waiver *waiver)
{
    const char *names[COUNT(fields)];
    for (size_t i = 0; i < COUNT(fields); i++)
        names[i] = fields[i].name;
    for (size_t i = 0; i < node->count; i++) {
        int index = load_field_index(loader, &node->children[i], names, COUNT(fields));
        if (index >= 0)
            load_text(loader, &node->children[i],
                      (const char **)((char *)waiver + fields[index].offset));
    }
    for (size_t i = 0; i < COUNT(fields); i++)
        if (fields[i].is_required && !yaml_find(node, fields[i].name))
            load_error(loader, node, "this waiver has no \"%s\"", fields[i].name);
    if (!yaml_find(node, "key") && !yaml_find(node, "evidence"))
        load_error(loader, node, "this waiver has neither a \"key\" nor \"evidence\"");
}

static void check_rule(struct waiver_loader *load, const struct yaml_node *node, const char *rule)
{
    if (ruleset_find(load->ruleset, rule))
        return;
    const char *meant = ruleset_suggest(load->ruleset, rule);
    const char *hint =
        meant ? arena_printf(load->loader.errors->arena, " (did you mean \"%s\"?)", meant) : "";
    load_error(&load->loader, node, "unknown rule \"%s\"%s", rule, hint);
}

/* A second waiver of the same would never be used. */
static void check_twin(struct waiver_loader *load, const struct yaml_node *node,
                       const struct waiver *waiver)
{
    struct arena *arena = load->loader.errors->arena;
    const char *key = waiver->key ? text_capitals(arena, waiver->key) : "";
    const char *evidence = waiver->evidence ? waiver->evidence : "";
    struct id_slot *slot = id_set_take(
        arena, &load->seen, arena_printf(arena, "%s\n%s\n%s", waiver->rule, key, evidence));
    if (!slot->number) {
        slot->number = load->waivers->count + 1;
        return;
    }
    const struct place *other = &load->waivers->items[slot->number - 1].place;
    load_error(&load->loader, node, "the same is waived twice: the other is %s:%u", other->file,
               other->line);
}

/* Evidence has characters that reports escape, and YAML has no NUL: as escaped, all can be said. */
static const char *escape(struct arena *arena, const char *text)
{
    return text ? text_escape(arena, text) : NULL;
}

static void add_waiver(struct waiver_loader *load, const struct yaml_node *node)
{
    struct loader *loader = &load->loader;
    struct waivers *waivers = load->waivers;
    struct arena *arena = loader->errors->arena;
    struct waiver waiver = {.place = {loader->file->name, node->line, node->column}};
    if (node->kind != YAML_MAPPING) {
        load_error(loader, node, "a waiver is a mapping");
        return;
    }
    size_t before = loader->errors->count;
    load_fields(loader, node, &waiver);
    if (waiver.rule)
        check_rule(load, yaml_find(node, "rule"), waiver.rule);
    if (waiver.expires && !day_is_valid(waiver.expires))
        load_error(loader, yaml_find(node, "expires"), "\"%s\" is no day, such as 2027-01-31",
                   waiver.expires);
    if (loader->errors->count > before)
        return;
    waiver.key = escape(arena, waiver.key);
    waiver.evidence = escape(arena, waiver.evidence);
    waiver.is_expired = strcmp(waiver.expires, load->now) < 0;
    check_twin(load, node, &waiver);
    waivers->items = arena_grow(arena, waivers->items, waivers->count, sizeof waiver);
    waivers->items[waivers->count++] = waiver;
}

static void load_file(struct waiver_loader *load)
{
    static const char *const top_fields[] = {"waivers"};
    struct loader *loader = &load->loader;
    const struct yaml_node *root = yaml_parse(loader->errors, loader->file);
    if (!root)
        return;
    if (root->kind != YAML_MAPPING || root->count == 0) {
        load_error(loader, root, "a waiver file is a mapping with \"waivers\"");
        return;
    }
    for (size_t i = 0; i < root->count; i++)
        load_field_index(loader, &root->children[i], top_fields, COUNT(top_fields));
    const struct yaml_node *list = yaml_find(root, "waivers");
    if (!list)
        return;
    if (list->kind != YAML_SEQUENCE || list->count == 0)
        load_error(loader, list, "\"waivers\" has to be a sequence of at least one waiver");
    else if (list->count > WAIVERS_MAX - load->waivers->count)
        load_error(loader, list, "too many waivers (want %d at most)", WAIVERS_MAX);
    else
        for (size_t i = 0; i < list->count; i++)
            add_waiver(load, &list->children[i]);
}

/* Those of any key come first. */
static int compare_subjects(const struct waiver *a, const struct waiver *b)
{
    int order = strcmp(a->rule, b->rule);
    if (order || !a->key || !b->key)
        return order ? order : !!a->key - !!b->key;
    return text_compare(a->key, b->key);
}

/* Which of two of one subject is taken: one that holds, then the first in the files. */
static int compare_claims(const struct waiver *a, const struct waiver *b)
{
    int order = (int)a->is_expired - (int)b->is_expired;
    return order ? order : (a > b) - (a < b);
}

static int compare_waivers(const void *left, const void *right)
{
    const struct waiver *const *a = left, *const *b = right;
    int order = compare_subjects(*a, *b);
    return order ? order : compare_claims(*a, *b);
}

static void sort_waivers(struct arena *arena, struct waivers *waivers)
{
    waivers->by_rule = arena_alloc(arena, waivers->count, sizeof *waivers->by_rule);
    for (size_t i = 0; i < waivers->count; i++)
        waivers->by_rule[i] = &waivers->items[i];
    if (waivers->count)
        qsort(waivers->by_rule, waivers->count, sizeof *waivers->by_rule, compare_waivers);
}

struct waivers waivers_load(struct rule_errors *errors, const struct ruleset *ruleset,
                            const struct rule_files *files, const char *now)
{
    struct waivers waivers = {0};
    struct waiver_loader load = {
        .loader = {.errors = errors}, .ruleset = ruleset, .now = now, .waivers = &waivers};
    for (size_t i = 0; i < files->count; i++) {
        load.loader.file = &files->items[i];
        load_file(&load);
    }
    sort_waivers(errors->arena, &waivers);
    return waivers;
}

/* Whether a text is one of those that a pattern stands for; both are escaped. Ends: each step takes
 * a character of the text, or of the pattern, or makes the last star take one more of the text. */
static bool is_match(const char *pattern, const char *text)
{
    const char *star = NULL, *taken = NULL; /* what follows the last star, and what that took */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            taken = text;
        } else if (*pattern == '?') {
            pattern++;
            text_next(&text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            text_next(&taken);
            text = taken;
            pattern = star;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

/* The waivers that a piece of evidence can need: of each rule and key, the one that is taken. */
static size_t select_waivers(const struct waivers *waivers, const char *evidence,
                             struct waiver **selected)
{
    size_t count = 0;
    for (size_t i = 0; i < waivers->count; i++) {
        struct waiver *waiver = waivers->by_rule[i];
        if (count && compare_subjects(selected[count - 1], waiver) == 0)
            continue;
        if (!waiver->evidence || is_match(waiver->evidence, evidence))
            selected[count++] = waiver;
    }
    return count;
}

static int find_subject(const void *key, const void *item)
{
    return compare_subjects(key, *(struct waiver *const *)item);
}

static struct waiver *find_waiver(struct waiver **waivers, size_t count, const char *rule,
                                  const char *key)
{
    struct waiver subject = {.rule = rule, .key = key};
    struct waiver **found =
        count ? bsearch(&subject, waivers, count, sizeof *waivers, find_subject) : NULL;
    return found ? *found : NULL;
}

void waivers_apply(struct waivers *waivers, const char *evidence, struct findings *findings)
{
    if (!findings->count)
        return;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct waiver **selected = arena_alloc(arena, waivers->count, sizeof *selected);
    size_t count = select_waivers(waivers, text_escape(arena, evidence), selected);
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        const char *key = text_escape(arena, finding->origin->key);
        struct waiver *of_key = find_waiver(selected, count, finding->rule->id, key);
        struct waiver *of_any = find_waiver(selected, count, finding->rule->id, NULL);
        struct waiver *waiver = of_key;
        if (!of_key || (of_any && compare_claims(of_any, of_key) < 0))
            waiver = of_any;
        finding->waiver = waiver;
        if (waiver)
            waiver->nfindings++;
    }
}

const char *waiver_state(const struct waiver *waiver)
{
    return waiver->is_expired ? "expired" : waiver->nfindings ? "used" : "unused";
}

/* "atr-type in the key "Microsoft\..." of evidence "host1*"". */
static const char *describe_subject(struct arena *arena, const struct waiver *waiver)
{
    const char *text = waiver->rule;
    if (waiver->key)
        text = arena_printf(arena, "%s in the key \"%s\"", text, waiver->key);
    if (waiver->evidence)
        text = arena_printf(arena, "%s of evidence \"%s\"", text, waiver->evidence);
    return text;
}

const char *waiver_complain(struct arena *arena, const struct waiver *waiver)
{
    const char *subject = describe_subject(arena, waiver);
    if (waiver->is_expired && !waiver->nfindings)
        return arena_printf(arena, "this waiver expired on %s, and there is no finding of %s",
                            waiver->expires, subject);
    if (waiver->is_expired)
        return arena_printf(arena, "this waiver expired on %s: %zu finding%s of %s count%s again",
                            waiver->expires, waiver->nfindings, waiver->nfindings == 1 ? "" : "s",
                            subject, waiver->nfindings == 1 ? "s" : "");
    if (waiver->nfindings)
        return NULL;
    return arena_printf(
        arena, "this waiver has waived nothing: no finding of %s%s", subject,
        waiver->key ? " (want all of the key, with Wow6432Node where reports show that)" : "");
}
