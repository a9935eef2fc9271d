/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include <regex.h>
#include <string.h>

#include "rule/number.h"

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
    static const char *const words[] = {
        "REG_NONE",
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_BINARY",
        "REG_DWORD",
        "REG_DWORD_BIG_ENDIAN",
        "REG_LINK",
        "REG_MULTI_SZ",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST",
        "REG_QWORD",
    };
    int index = load_word(loader, node, "registry type", words, COUNT(words));
    expect->has_type = true;
    expect->type = index < 0 ? 0 : (uint32_t)index;
}

static void load_equals(struct loader *loader, const struct yaml_node *node,
                        struct expectation *expect)
{
    if (node->kind != YAML_SCALAR) {
        load_error(loader, node, "\"equals\" has to be a text");
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

void load_expect(struct loader *loader, const struct yaml_node *node, struct expectation *expect)
{
    static const char *const fields[] = {"exists", "absent",  "type",    "equals",
                                         "one_of", "none_of", "matches", "range"};
    if (!load_mapping(loader, node))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *child = &node->children[i];
        switch (load_field_index(loader, child, fields, COUNT(fields))) {
        case 0:
        case 1:
            load_presence(loader, child, expect);
            break;
        case 2:
            load_type(loader, child, expect);
            break;
        case 3:
            load_equals(loader, child, expect);
            break;
        case 4:
            load_list(loader, child, &expect->one_of);
            break;
        case 5:
            load_list(loader, child, &expect->none_of);
            break;
        case 6:
            load_pattern(loader, child, expect);
            break;
        case 7:
            load_range(loader, child, expect);
            break;
        }
    }
}
