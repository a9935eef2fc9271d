/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rule/check.h"
#include "rule/suggest.h"

void strings_add(struct arena *arena, struct strings *strings, const char *text)
{
    strings->items = arena_grow(arena, strings->items, strings->count, sizeof *strings->items);
    strings->items[strings->count++] = text;
}

const char *const severity_names[NSEVERITIES] = {"note", "warning", "error"};

const char *severity_name(enum severity severity)
{
    return severity_names[severity];
}

bool severity_parse(const char *name, enum severity *severity)
{
    for (int i = 0; i < NSEVERITIES; i++)
        if (strcmp(name, severity_names[i]) == 0) {
            *severity = (enum severity)i;
            return true;
        }
    return false;
}

static int compare_id(const void *id, const void *rule)
{
    return strcmp(id, ((const struct rule *)rule)->id);
}

struct rule *ruleset_find(const struct ruleset *ruleset, const char *id)
{
    return ruleset->count
               ? bsearch(id, ruleset->rules, ruleset->count, sizeof *ruleset->rules, compare_id)
               : NULL;
}

const char *ruleset_suggest(const struct ruleset *ruleset, const char *id)
{
    struct suggestion best = {0};
    for (size_t i = 0; i < ruleset->count; i++)
        suggest_consider(&best, id, ruleset->rules[i].id);
    return best.word;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && text_equal(name + len - end_len, end);
}

bool strings_hold(const struct strings *strings, const char *name)
{
    for (size_t i = 0; i < strings->count; i++) {
        const char *item = strings->items[i];
        if (item[0] == '*' ? ends_with(name, item + 1) : text_equal(name, item))
            return true;
    }
    return false;
}

/* An expectation rule that names no view means the native one: a value that is wanted in all of
 * them has to say so. */
static unsigned views_to_read(const struct rule *rule)
{
    return rule->views ? rule->views : 1u << VIEW_NATIVE;
}

struct key_request *ruleset_collect_requests(struct arena *arena, struct ruleset *ruleset,
                                             size_t *count)
{
    struct key_request *requests = NULL;
    *count = 0;
    for (size_t i = 0; i < ruleset->count; i++) {
        struct rule *rule = &ruleset->rules[i];
        bool wants_keys = rule->check && rule->check->wants_keys;
        struct strings keys = wants_keys ? rule->parameters[0] : (struct strings){&rule->key, 1};
        rule->first_request = *count;
        if (!rule->enabled || (rule->check && !wants_keys))
            continue;
        for (size_t k = 0; k < keys.count; k++)
            for (enum view view = 0; view < NVIEWS; view++) {
                if (!(views_to_read(rule) & 1u << view))
                    continue;
                requests = arena_grow(arena, requests, *count, sizeof *requests);
                requests[(*count)++] = (struct key_request){.path = keys.items[k], .view = view};
            }
        rule->nrequests = *count - rule->first_request;
    }
    return requests;
}
