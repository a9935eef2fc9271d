/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include <stdlib.h>
#include <string.h>

#include "rule/check.h"
#include "rule/id_set.h"
#include "rule/load_value.h"
#include "rule/suggest.h"
#include "rule/yaml.h"

/* A top-level list, or what several files add to one. */
struct named_list {
    const char *name;
    struct strings strings;
};

static struct named_list *find_list(const struct lists *lists, const char *name)
{
    for (size_t i = 0; i < lists->count; i++)
        if (strcmp(lists->items[i].name, name) == 0)
            return &lists->items[i];
    return NULL;
}

const struct strings *lists_find(const struct lists *lists, const char *name)
{
    struct named_list *list = find_list(lists, name);
    return list ? &list->strings : NULL;
}

const char *lists_suggest(const struct lists *lists, const char *name)
{
    struct suggestion best = {0};
    for (size_t i = 0; i < lists->count; i++)
        suggest_consider(&best, name, lists->items[i].name);
    return best.word;
}

static void add_to_list(struct loader *loader, const struct yaml_node *node)
{
    struct arena *arena = loader->errors->arena;
    struct lists *lists = loader->lists;
    struct strings added = {0};
    if (!load_strings(loader, node, &added))
        return;
    struct named_list *list = find_list(lists, node->key);
    if (!list) {
        lists->items = arena_grow(arena, lists->items, lists->count, sizeof *lists->items);
        list = &lists->items[lists->count++];
        *list = (struct named_list){.name = node->key};
    }
    for (size_t i = 0; i < added.count; i++)
        strings_add(arena, &list->strings, added.items[i]);
}

static bool check_top_level(struct loader *loader, const struct yaml_node *root)
{
    static const char *const fields[] = {"rules", "lists"};
    if (root->kind != YAML_MAPPING || root->count == 0) {
        load_error(loader, root, "a rule file is a mapping with \"rules\", \"lists\" or both");
        return false;
    }
    for (size_t i = 0; i < root->count; i++)
        load_field_index(loader, &root->children[i], fields, 2);
    return true;
}

static void load_lists(struct loader *loader, const struct yaml_node *root)
{
    const struct yaml_node *lists = yaml_find(root, "lists");
    if (lists && (lists->kind != YAML_MAPPING || lists->count == 0))
        load_error(loader, lists, "\"lists\" has to name at least one list");
    else if (lists)
        for (size_t i = 0; i < lists->count; i++)
            add_to_list(loader, &lists->children[i]);
}

/* Ids are numbered by the rules that have them, from 1. */
static void add_rule(struct loader *loader, struct ruleset *ruleset, struct id_set *ids,
                     const struct yaml_node *node)
{
    struct rule rule;
    if (!load_rule(loader, node, &rule))
        return;
    struct id_slot *slot = id_set_take(loader->errors->arena, ids, rule.id);
    if (slot->number) {
        const struct rule *same = &ruleset->rules[slot->number - 1];
        load_error(loader, yaml_find(node, "id"), "rule \"%s\" is there twice: the other is %s:%u",
                   rule.id, same->place.file, same->place.line);
        return;
    }
    slot->number = ruleset->count + 1;
    ruleset->rules = arena_grow(loader->errors->arena, ruleset->rules, ruleset->count, sizeof rule);
    ruleset->rules[ruleset->count++] = rule;
}

static void load_rules(struct loader *loader, struct ruleset *ruleset, struct id_set *ids,
                       const struct yaml_node *root)
{
    const struct yaml_node *rules = yaml_find(root, "rules");
    if (rules && (rules->kind != YAML_SEQUENCE || rules->count == 0))
        load_error(loader, rules, "\"rules\" has to be a sequence of at least one rule");
    else if (rules)
        for (size_t i = 0; i < rules->count; i++)
            add_rule(loader, ruleset, ids, &rules->children[i]);
}

static int compare_rules(const void *left, const void *right)
{
    const struct rule *a = left, *b = right;
    return strcmp(a->id, b->id);
}

/* Lists first, of all files: a rule may use a list that another file adds to. */
struct ruleset ruleset_load(struct rule_errors *errors, const struct rule_files *files)
{
    struct lists lists = {0};
    struct ruleset ruleset = {.files = files->items, .nfiles = files->count};
    struct id_set ids = {0};
    struct yaml_node **roots = arena_alloc(errors->arena, files->count, sizeof *roots);
    for (size_t i = 0; i < files->count; i++) {
        struct loader loader = {errors, &files->items[i], &lists};
        roots[i] = yaml_parse(errors, loader.file);
        if (roots[i] && check_top_level(&loader, roots[i]))
            load_lists(&loader, roots[i]);
        else
            roots[i] = NULL;
    }
    for (size_t i = 0; i < files->count; i++) {
        struct loader loader = {errors, &files->items[i], &lists};
        if (roots[i])
            load_rules(&loader, &ruleset, &ids, roots[i]);
    }
    if (ruleset.count)
        qsort(ruleset.rules, ruleset.count, sizeof *ruleset.rules, compare_rules);
    return ruleset;
}
