/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "model/atr_parse.h"
#include "rule/check.h"

typedef void load_fn(struct loader *loader, const struct yaml_node *node, struct rule *rule);

/* true or false; anything else is an error. */
static bool load_bool(struct loader *loader, const struct yaml_node *node)
{
    static const char *const words[] = {"false", "true"};
    return load_word(loader, node, "truth value", words, 2) == 1;
}

static void load_id(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (load_text(loader, node, &rule->id) && rule->id[strspn(rule->id, allowed)])
        load_error(loader, node,
                   "an id is made of lower-case letters, digits and \"-\" (got \"%s\")", rule->id);
}

static void load_references(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    load_strings(loader, node, &rule->references);
}

static void load_tags(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    load_strings(loader, node, &rule->tags);
}

static void load_severity(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    int index = load_word(loader, node, "severity", severity_names, NSEVERITIES);
    rule->severity = index < 0 ? SEVERITY_ERROR : (enum severity)index;
}

static void load_enabled(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    rule->enabled = load_bool(loader, node);
}

/* "18362", ">=18362", ">N", "<=N", "<N", or "N..M", both included. */
static bool parse_builds(struct arena *arena, const char *text, struct rule *rule)
{
    uint64_t number, last;
    const char *dots = strstr(text, "..");
    size_t sign_len = strspn(text, "<>=");
    const char *sign = arena_strndup(arena, text, sign_len);
    const char *digits = arena_strndup(
        arena, text + sign_len, dots ? (size_t)(dots - text) - sign_len : strlen(text) - sign_len);
    if (!number_parse(digits, &number) || number > UINT32_MAX - 1)
        return false;
    uint32_t build = (uint32_t)number;
    rule->build_max = UINT32_MAX;
    if (dots) {
        if (sign_len || !number_parse(dots + 2, &last) || last > UINT32_MAX || last < number)
            return false;
        rule->build_min = build;
        rule->build_max = (uint32_t)last;
    } else if (!sign_len) {
        rule->build_min = rule->build_max = build;
    } else if (strcmp(sign, ">=") == 0) {
        rule->build_min = build;
    } else if (strcmp(sign, ">") == 0) {
        rule->build_min = build + 1;
    } else if (strcmp(sign, "<=") == 0) {
        rule->build_max = build;
    } else if (strcmp(sign, "<") == 0 && build) {
        rule->build_max = build - 1;
    } else {
        return false;
    }
    return true;
}

static void load_builds(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    const char *text = "";
    if (!load_text(loader, node, &text))
        return;
    rule->limits_build = true;
    if (!parse_builds(loader->errors->arena, text, rule))
        load_error(loader, node,
                   "\"%s\" is no range of builds (want 18362, >=18362, <18362 or "
                   "18362..19045)",
                   text);
}

static void load_applies_to(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    static const char *const fields[] = {"build", "architecture", "view"};
    if (!load_mapping(loader, node))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *child = &node->children[i];
        switch (load_field_index(loader, child, fields, COUNT(fields))) {
        case 0:
            load_builds(loader, child, rule);
            break;
        case 1: /* enum arch starts with ARCH_UNKNOWN, which nobody asks for */
            rule->archs = load_bits(loader, child, "architecture", arch_names + 1, NARCHS - 1) << 1;
            break;
        case 2:
            rule->views = load_bits(loader, child, "view", view_names, NVIEWS);
            break;
        }
    }
}

static void load_exempt(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    static const char *const fields[] = {"entries", "providers"};
    if (!load_mapping(loader, node))
        return;
    for (size_t i = 0; i < node->count; i++) {
        int field = load_field_index(loader, &node->children[i], fields, COUNT(fields));
        if (field >= 0)
            load_list(loader, &node->children[i],
                      field == 0 ? &rule->exempt_entries : &rule->exempt_providers);
    }
}

static void load_check(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    const char **names = arena_alloc(loader->errors->arena, nchecks, sizeof *names);
    for (size_t i = 0; i < nchecks; i++)
        names[i] = checks[i].name;
    int index = load_word(loader, node, "check", names, nchecks);
    if (index >= 0)
        rule->check = &checks[index];
}

/* A parameter that is a number is kept as the text of one. */
static void load_number(struct loader *loader, const struct yaml_node *node,
                        struct strings *strings)
{
    const char *text;
    uint64_t number;
    if (!load_text(loader, node, &text))
        return;
    strings_add(loader->errors->arena, strings, text);
    if (!number_parse(text, &number) || number == 0)
        load_error(loader, node, "\"%s\" has to be a number above 0 (got \"%s\")", node->key, text);
}

static int count_parameters(const struct check *check)
{
    int count = 0;
    while (count < NPARAMETERS_MAX && check->parameters[count])
        count++;
    return count;
}

/* Each ATR is an error where it stands; of a named list, where that is named. */
static void check_atrs(struct loader *loader, const struct yaml_node *node,
                       const struct strings *atrs)
{
    struct slice atr;
    for (size_t i = 0; i < atrs->count; i++) {
        const char *fault = atr_parse(loader->errors->arena, atrs->items[i], &atr);
        if (fault)
            load_error(loader, node->kind == YAML_SEQUENCE ? &node->children[i] : node, "%s",
                       fault);
    }
}

static void load_parameters(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    if (!rule->check || !load_mapping(loader, node))
        return;
    size_t count = (size_t)count_parameters(rule->check);
    for (size_t i = 0; i < node->count; i++) {
        int index = load_field_index(loader, &node->children[i], rule->check->parameters, count);
        if (index < 0)
            continue;
        if (rule->check->numbers & 1u << index)
            load_number(loader, &node->children[i], &rule->parameters[index]);
        else
            load_list(loader, &node->children[i], &rule->parameters[index]);
        if (index == 0 && rule->check->wants_atrs)
            check_atrs(loader, &node->children[i], &rule->parameters[0]);
    }
}

/* Keys count from the root of the hive. One that names a root of the live registry is found
 * nowhere, and a rule that wants it absent would always pass. */
static void load_key(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    static const char *const roots[] = {"\\", "HKEY_", "HKLM", "HKCU", "SOFTWARE\\"};
    if (!load_text(loader, node, &rule->key))
        return;
    for (size_t i = 0; i < COUNT(roots); i++)
        if (strncasecmp(rule->key, roots[i], strlen(roots[i])) == 0)
            load_error(loader, node,
                       "a key is written from the root of the hive: Microsoft\\... (got \"%s\")",
                       rule->key);
    if (strstr(rule->key, "\\\\") || rule->key[strlen(rule->key) - 1] == '\\')
        load_error(loader, node, "an empty name in the path of the key (got \"%s\")", rule->key);
    if (strchr(rule->key, '/') && !strchr(rule->key, '\\'))
        load_error(loader, node, "the names of a path are parted by \\ (got \"%s\")", rule->key);
}

static void load_value(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    if (node->kind == YAML_SCALAR)
        rule->value = node->text;
    else
        load_error(loader, node, "\"value\" has to be the name of a value");
}

/* Paths of DLLs, and for which processor each is. */
static void load_files(struct loader *loader, const struct yaml_node *node, struct example *example)
{
    static const char *const words[NARCHS] = {"none", "x86", "amd64", "arm", "arm64"};
    if (!load_mapping(loader, node))
        return;
    example->files = arena_alloc(loader->errors->arena, node->count, sizeof *example->files);
    example->nfiles = node->count;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *child = &node->children[i];
        int index = load_word(loader, child, "architecture", words, NARCHS);
        example->files[i] =
            (struct example_file){child->key, index < 0 ? ARCH_UNKNOWN : (enum arch)index};
        if (strpbrk(child->key, "/:") || child->key[0] == '\\')
            load_error(loader, child,
                       "a file is written from the root of the drive of Windows: "
                       "Windows\\System32\\... (got \"%s\")",
                       child->key);
    }
}

/* The fields of an example; the last ones are its kinds, one of which it has. */
static const char *const example_fields[] = {"name",   "expect",     "files", "atr_names",
                                             "golden", [5] = "hive", "inf",   "reg"};
#define FIRST_KIND 5

static bool has_example_fields(const struct yaml_node *node)
{
    size_t kinds = 0;
    if (!yaml_find(node, "name") || !yaml_find(node, "expect"))
        return false;
    for (size_t i = FIRST_KIND; i < COUNT(example_fields); i++)
        kinds += yaml_find(node, example_fields[i]) != NULL;
    return kinds == 1;
}

static void load_example(struct loader *loader, const struct yaml_node *node,
                         struct example *example)
{
    static const char *const outcomes[] = {"fail", "pass"};
    bool is_known = true;
    example->place = (struct place){loader->file->name, node->line, node->column};
    for (size_t i = 0; node->kind == YAML_MAPPING && i < node->count; i++) {
        const struct yaml_node *child = &node->children[i];
        int field = load_field_index(loader, child, example_fields, COUNT(example_fields));
        switch (field) {
        case -1:
            is_known = false;
            break;
        case 0:
            load_text(loader, child, &example->name);
            break;
        case 1:
            example->must_pass = load_word(loader, child, "outcome", outcomes, 2) == 1;
            break;
        case 2:
            load_files(loader, child, example);
            break;
        case 3:
            load_text(loader, child, &example->atr_names);
            break;
        case 4:
            load_text(loader, child, &example->golden);
            break;
        default:
            example->kind = (enum example_kind)(field - FIRST_KIND);
            load_text(loader, child, &example->text);
            break;
        }
    }
    if (node->kind != YAML_MAPPING || (is_known && !has_example_fields(node)))
        load_error(loader, node,
                   "an example has a name, an outcome to expect, and a hive, an INF or a .reg");
    if (example->nfiles && example->kind != EXAMPLE_HIVE)
        load_error(loader, node, "files come with a hive, not with an INF or .reg");
    if (example->golden && example->kind != EXAMPLE_HIVE)
        load_error(loader, node, "a golden hive is compared with a hive, not with an INF or .reg");
}

static void load_examples(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    if (node->kind != YAML_SEQUENCE) {
        load_error(loader, node, "\"examples\" has to be a sequence");
        return;
    }
    rule->examples = arena_alloc(loader->errors->arena, node->count, sizeof *rule->examples);
    rule->nexamples = node->count;
    for (size_t i = 0; i < node->count; i++)
        load_example(loader, &node->children[i], &rule->examples[i]);
}

static void load_expectation(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    load_expect(loader, node, &rule->expect);
}

/* In the order in which they are read: parameters behind check, which says what there are. */
static const struct {
    const char *name;
    load_fn *load;
    size_t text; /* where load is NULL: offset of the member that takes the text */
} rule_fields[] = {
    {"id", .load = load_id},
    {"title", .text = offsetof(struct rule, title)},
    {"severity", .load = load_severity},
    {"tags", .load = load_tags},
    {"rationale", .text = offsetof(struct rule, rationale)},
    {"effect", .text = offsetof(struct rule, effect)},
    {"remedy", .text = offsetof(struct rule, remedy)},
    {"references", .load = load_references},
    {"enabled", .load = load_enabled},
    {"applies_to", .load = load_applies_to},
    {"exempt", .load = load_exempt},
    {"check", .load = load_check},
    {"parameters", .load = load_parameters},
    {"key", .load = load_key},
    {"value", .load = load_value},
    {"expect", .load = load_expectation},
    {"message", .text = offsetof(struct rule, message)},
    {"examples", .load = load_examples},
};

static void check_missing_fields(struct loader *loader, const struct yaml_node *node,
                                 const struct rule *rule)
{
    if (!rule->id)
        load_error(loader, node, "this rule has no \"id\"");
    if (!rule->title)
        load_error(loader, node, "this rule has no \"title\"");
    if (!yaml_find(node, "severity"))
        load_error(loader, node, "this rule has no \"severity\"");
    if (!rule->check && !rule->key)
        load_error(loader, node, "this rule has neither a \"check\" nor a \"key\" to look at");
    if (rule->key && !rule->value &&
        (rule->expect.demands_value || rule->expect.presence == PRESENCE_OPTIONAL))
        load_error(loader, node, "this rule expects something of a value and names no \"value\"");
}

/* A check and an expectation exclude each other, and each needs what belongs to it. */
static void check_combination(struct loader *loader, const struct yaml_node *node,
                              const struct rule *rule)
{
    bool has_expect = yaml_find(node, "expect");
    if (rule->check && (rule->key || rule->value || rule->message || has_expect))
        load_error(loader, node, "a rule has a \"check\", or \"key\" and \"expect\", not both");
    if (rule->key && !has_expect)
        load_error(loader, node, "this rule has a \"key\" and no \"expect\"");
    if (rule->check && rule->check->of_no_view && rule->views)
        load_error(loader, node, "check \"%s\" cannot be limited to a view", rule->check->name);
    if (!rule->check && yaml_find(node, "parameters"))
        load_error(loader, node, "only a \"check\" has \"parameters\"");
    if (!(rule->check && rule->check->on_card) &&
        (rule->exempt_entries.count || rule->exempt_providers.count))
        load_error(loader, node, "only a check of each card entry can have \"exempt\"");
    for (int i = 0, end = rule->check ? count_parameters(rule->check) - rule->check->noptional : 0;
         i < end; i++)
        if (!rule->parameters[i].count)
            load_error(loader, node, "check \"%s\" needs the parameter \"%s\"", rule->check->name,
                       rule->check->parameters[i]);
}

bool load_rule(struct loader *loader, const struct yaml_node *node, struct rule *rule)
{
    size_t before = loader->errors->count;
    const char *names[COUNT(rule_fields)];
    const struct yaml_node *nodes[COUNT(rule_fields)] = {0};
    *rule = (struct rule){
        .enabled = true,
        .place = {loader->file->name, node->line, node->column},
    };
    if (node->kind != YAML_MAPPING) {
        load_error(loader, node, "a rule is a mapping");
        return false;
    }
    for (size_t i = 0; i < COUNT(rule_fields); i++)
        names[i] = rule_fields[i].name;
    for (size_t i = 0; i < node->count; i++) {
        int index = load_field_index(loader, &node->children[i], names, COUNT(rule_fields));
        if (index >= 0)
            nodes[index] = &node->children[i];
    }
    for (size_t i = 0; i < COUNT(rule_fields); i++)
        if (nodes[i] && rule_fields[i].load)
            rule_fields[i].load(loader, nodes[i], rule);
        else if (nodes[i])
            load_text(loader, nodes[i], (const char **)((char *)rule + rule_fields[i].text));
    if (loader->errors->count == before) {
        check_missing_fields(loader, node, rule);
        check_combination(loader, node, rule);
    }
    return loader->errors->count == before;
}
