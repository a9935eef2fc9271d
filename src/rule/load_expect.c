/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include <regex.h>
#include <string.h>

#include "base/number.h"

static void load_presence(struct loader *loader, const struct yaml_node *node,
                          struct expectation *expect)
{
    static const char *const words[] = {"true", "allowed"};
    bool is_absent = strcmp(node->key, "absent") == 0;
    int index = load_word(loader, node, is_absent ? "value for \"absent\"" : "value for \"exists\"",
                          words, is_absent ? 2 : 1);
    if (is_absent && index >= 0)
        expect->presence = index == 0 ? PRESENCE_FORBIDDEN : PRESENCE_OPTIONAL;
}

static void load_type(struct loader *loader, const struct yaml_node *node,
                      struct expectation *expect)
{
    int index = load_word(loader, node, "registry type", regtype_names, NREGTYPES);
    expect->has_type = true;
    expect->type = index < 0 ? 0 : (uint32_t)index;
}

static void load_equals(struct loader *loader, const struct yaml_node *node,
                        struct expectation *expect)
{
    if (node->kind != YAML_SCALAR) {
        load_error(loader, node, "\"%s\" has to be a text", node->key);
        return;
    }
    if (strcmp(node->key, "exactly") == 0) {
        expect->exactly = node->text;
        return;
    }
    expect->one_of.items = arena_alloc(loader->errors->arena, 1, sizeof *expect->one_of.items);
    expect->one_of.items[0] = node->text;
    expect->one_of.count = 1;
}

static void load_pattern(struct loader *loader, const struct yaml_node *node,
                         struct expectation *expect)
{
    regex_t regex;
    char why[128];
    if (!load_text(loader, node, &expect->pattern))
        return;
    int error = regcomp(&regex, expect->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (error) {
        regerror(error, &regex, why, sizeof why);
        load_error(loader, node, "is no regular expression: %s", why);
        return;
    }
    regfree(&regex);
}

static void load_range(struct loader *loader, const struct yaml_node *node,
                       struct expectation *expect)
{
    const char *text = "";
    if (!load_text(loader, node, &text))
        return;
    const char *dots = strstr(text, "..");
    const char *first =
        arena_strndup(loader->errors->arena, text, dots ? (size_t)(dots - text) : 0);
    expect->has_range = true;
    if (!number_parse(first, &expect->min) || !number_parse(dots + 2, &expect->max) ||
        expect->min > expect->max)
        load_error(loader, node, "\"%s\" is no range of numbers (want 1..5)", text);
}

/* What excludes each other, and would be read as one of the two only. */
static void check_contradictions(struct loader *loader, const struct yaml_node *node,
                                 const struct expectation *expect)
{
    if (yaml_find(node, "exists") && yaml_find(node, "absent"))
        load_error(loader, node, "\"exists\" and \"absent\" exclude each other");
    if (expect->presence == PRESENCE_FORBIDDEN && expect->demands_value)
        load_error(loader, node, "nothing can be expected of a value that must be absent");
    if (yaml_find(node, "equals") && yaml_find(node, "one_of"))
        load_error(loader, node, "\"equals\" and \"one_of\" exclude each other");
    if (yaml_find(node, "exactly") && (yaml_find(node, "equals") || yaml_find(node, "one_of")))
        load_error(loader, node, "\"exactly\" excludes \"equals\" and \"one_of\"");
}

static void load_demand(struct loader *loader, const struct yaml_node *node,
                        struct expectation *expect)
{
    static const char *const fields[] = {"type",    "equals", "exactly", "one_of", "none_of",
                                         "matches", "range",  "exists",  "absent"};
    int field = load_field_index(loader, node, fields, COUNT(fields));
    expect->demands_value |= field >= 0 && field < 7;
    switch (field) {
    case 0:
        load_type(loader, node, expect);
        break;
    case 1:
    case 2:
        load_equals(loader, node, expect);
        break;
    case 3:
        load_list(loader, node, &expect->one_of);
        break;
    case 4:
        load_list(loader, node, &expect->none_of);
        break;
    case 5:
        load_pattern(loader, node, expect);
        break;
    case 6:
        load_range(loader, node, expect);
        break;
    case 7:
    case 8:
        load_presence(loader, node, expect);
        break;
    }
}

void load_expect(struct loader *loader, const struct yaml_node *node, struct expectation *expect)
{
    if (!load_mapping(loader, node))
        return;
    for (size_t i = 0; i < node->count; i++)
        load_demand(loader, &node->children[i], expect);
    check_contradictions(loader, node, expect);
}
