/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include <string.h>

#include "rule/suggest.h"

void load_error(struct loader *loader, const struct yaml_node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(loader->errors->arena, format, args);
    va_end(args);
    rule_error_at(loader->errors, loader->file, node->line, node->column, "%s", message);
}

/* An error at a word, with the one that was perhaps meant. */
static void say_unknown(struct loader *loader, unsigned line, unsigned column, const char *what,
                        const char *got, const char *meant)
{
    const char *hint =
        meant ? arena_printf(loader->errors->arena, " (did you mean \"%s\"?)", meant) : "";
    rule_error_at(loader->errors, loader->file, line, column, "unknown %s \"%s\"%s", what, got,
                  hint);
}

static int find_word(const char *const *words, size_t count, const char *got, const char **meant)
{
    struct suggestion best = {0};
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], got) == 0)
            return (int)i;
    for (size_t i = 0; i < count; i++)
        suggest_consider(&best, got, words[i]);
    *meant = best.word;
    return -1;
}

int load_field_index(struct loader *loader, const struct yaml_node *node, const char *const *fields,
                     size_t count)
{
    const char *meant = NULL;
    int index = find_word(fields, count, node->key, &meant);
    if (index < 0)
        say_unknown(loader, node->key_line, node->key_column, "field", node->key, meant);
    return index;
}

/* A scalar that is one of the words; -1 after an error. */
int load_word(struct loader *loader, const struct yaml_node *node, const char *what,
              const char *const *words, size_t count)
{
    const char *meant = NULL;
    if (node->kind != YAML_SCALAR) {
        load_error(loader, node, "want a %s", what);
        return -1;
    }
    int index = find_word(words, count, node->text, &meant);
    if (index < 0)
        say_unknown(loader, node->line, node->column, what, node->text, meant);
    return index;
}

bool load_text(struct loader *loader, const struct yaml_node *node, const char **text)
{
    if (node->kind != YAML_SCALAR || !*node->text) {
        load_error(loader, node, "\"%s\" has to be a text", node->key);
        return false;
    }
    *text = node->text;
    return true;
}

bool load_strings(struct loader *loader, const struct yaml_node *node, struct strings *strings)
{
    if (node->kind != YAML_SEQUENCE || node->count == 0) {
        load_error(loader, node, "\"%s\" has to be a sequence of at least one text", node->key);
        return false;
    }
    strings->items = arena_alloc(loader->errors->arena, node->count, sizeof *strings->items);
    for (size_t i = 0; i < node->count; i++) {
        if (node->children[i].kind != YAML_SCALAR) {
            load_error(loader, &node->children[i], "want a text");
            return false;
        }
        strings->items[strings->count++] = node->children[i].text;
    }
    return true;
}

/* A sequence of texts, or the name of a list. */
void load_list(struct loader *loader, const struct yaml_node *node, struct strings *strings)
{
    if (node->kind != YAML_SCALAR) {
        load_strings(loader, node, strings);
        return;
    }
    const struct strings *list = lists_find(loader->lists, node->text);
    if (list)
        *strings = *list;
    else
        say_unknown(loader, node->line, node->column, "list", node->text,
                    lists_suggest(loader->lists, node->text));
}

bool load_mapping(struct loader *loader, const struct yaml_node *node)
{
    if (node->kind == YAML_MAPPING && node->count)
        return true;
    load_error(loader, node, "\"%s\" has to be a mapping", node->key);
    return false;
}

/* One word or a sequence of them, as bits. */
unsigned load_bits(struct loader *loader, const struct yaml_node *node, const char *what,
                   const char *const *words, size_t count)
{
    unsigned bits = 0;
    const struct yaml_node *items = node->kind == YAML_SEQUENCE ? node->children : node;
    size_t nitems = node->kind == YAML_SEQUENCE ? node->count : 1;
    for (size_t i = 0; i < nitems; i++) {
        int index = load_word(loader, &items[i], what, words, count);
        bits |= index < 0 ? 0 : 1u << index;
    }
    if (nitems == 0)
        load_error(loader, node, "want a %s", what);
    return bits;
}
