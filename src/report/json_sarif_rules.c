/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <string.h>

#include "base/cleanup.h"

/* A text as Markdown, in which its punctuation has no meaning. */
static const char *escape_markdown(struct arena *arena, const char *text)
{
    char *escaped = arena_alloc(arena, strlen(text) + 1, 2), *out = escaped;
    for (; *text; text++) {
        if (strchr("\\`*_[]<>&~|#", *text))
            *out++ = '\\';
        *out++ = *text;
    }
    return escaped;
}

/* An address on the Web that may stand as it is in a URI and in Markdown. */
static bool is_address(const char *text)
{
    size_t len = strlen(text);
    return (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0) &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                        "-._~:/?#@!$&'()*+,;=%") == len;
}

static const char *find_address(const struct rule *rule)
{
    for (size_t i = 0; i < rule->references.count; i++)
        if (is_address(rule->references.items[i]))
            return rule->references.items[i];
    return NULL;
}

/* "\n\nEffect: ..."; "" without a text. */
static const char *make_paragraph(struct arena *arena, const char *label, const char *text,
                                  bool is_markdown)
{
    const char *mark = is_markdown ? "**" : "";
    if (!text)
        return "";
    return arena_printf(arena, "\n\n%s%s:%s %s", mark, label, mark,
                        is_markdown ? escape_markdown(arena, text) : text);
}

static const char *make_references(struct arena *arena, const struct strings *references,
                                   bool is_markdown)
{
    const char *text = "";
    for (size_t i = 0; i < references->count; i++) {
        const char *reference = references->items[i];
        bool is_plain = !is_markdown || is_address(reference);
        text = arena_printf(arena, "%s\n- %s", text,
                            is_plain ? reference : escape_markdown(arena, reference));
    }
    return *text ? arena_printf(arena, "\n\n%sReferences:%s\n%s", is_markdown ? "**" : "",
                                is_markdown ? "**" : "", text)
                 : "";
}

/* What --explain says, without the example. */
static const char *make_help(struct arena *arena, const struct rule *rule, bool is_markdown)
{
    return arena_printf(arena, "%s%s%s%s%s",
                        is_markdown ? escape_markdown(arena, rule->title) : rule->title,
                        make_paragraph(arena, "Why", rule->rationale, is_markdown),
                        make_paragraph(arena, "Effect", rule->effect, is_markdown),
                        make_paragraph(arena, "Remedy", rule->remedy, is_markdown),
                        make_references(arena, &rule->references, is_markdown));
}

/* The schema wants each tag once. */
static bool is_first(const struct strings *strings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(strings->items[i], strings->items[index]) == 0)
            return false;
    return true;
}

static json_t *make_tags(const struct strings *tags)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tags->count; i++)
        if (is_first(tags, i))
            json_array_append_new(array, json_make_text(tags->items[i]));
    return array;
}

/* "AtrDuplicate" of "atr-duplicate". */
static const char *make_name(struct arena *arena, const char *id)
{
    char *name = arena_alloc(arena, strlen(id) + 1, 1), *out = name;
    for (bool starts = true; *id; starts = *id == '-', id++)
        if (*id != '-')
            *out++ = (char)(starts && *id >= 'a' && *id <= 'z' ? *id - 'a' + 'A' : *id);
    return name;
}

static json_t *make_prose(const char *text)
{
    return json_pack("{so}", "text", sarif_make_string(text));
}

static json_t *make_rule(const struct rule *rule)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *address = find_address(rule);
    json_t *object = json_object(), *help = make_prose(make_help(arena, rule, false));
    json_put(help, "markdown", sarif_make_string(make_help(arena, rule, true)));
    json_put(object, "id", json_string(rule->id));
    json_put(object, "name", json_string(make_name(arena, rule->id)));
    json_put(object, "shortDescription", make_prose(rule->title));
    json_put(object, "fullDescription",
             make_prose(rule->rationale ? rule->rationale : rule->title));
    json_put(object, "help", help);
    if (address)
        json_put(object, "helpUri", json_string(address));
    json_put(object, "defaultConfiguration",
             json_pack("{ss}", "level", severity_name(rule->severity)));
    json_put(object, "properties", json_pack("{so}", "tags", make_tags(&rule->tags)));
    return object;
}

void sarif_write_rules(struct json_writer *driver, const struct ruleset *ruleset)
{
    struct json_writer array = json_begin_array(driver, "rules");
    for (size_t i = 0; i < ruleset->count; i++)
        if (ruleset->rules[i].enabled)
            json_add(&array, NULL, make_rule(&ruleset->rules[i]));
    json_end(&array);
}

size_t *sarif_number_rules(struct arena *arena, const struct ruleset *ruleset)
{
    size_t *numbers = arena_alloc(arena, ruleset->count, sizeof *numbers), count = 0;
    for (size_t i = 0; i < ruleset->count; i++)
        numbers[i] = ruleset->rules[i].enabled ? count++ : SIZE_MAX;
    return numbers;
}
