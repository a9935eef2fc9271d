/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/yaml.h"

#include <libfyaml.h>
#include <string.h>

#include "base/text.h"

#define YAML_DEPTH_MAX 8

struct parse {
    struct rule_errors *errors;
    const struct rule_file *file;
    struct fy_parser *parser;
    unsigned depth;
};

/* libfyaml prints what it finds; its position is part of what it hands over. */
static void take_library_errors(struct parse *parse, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    if (error)
        rule_error_at(parse->errors, parse->file, (unsigned)error->line, (unsigned)error->column,
                      "not YAML: %s", error->msg);
    else
        rule_error_at(parse->errors, parse->file, 1, 1, "not YAML");
}

/* Where an event stands; marks count from 0. Nothing has none: it stands where it was expected. */
static void place_node(struct yaml_node *node, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (!mark)
        return;
    node->line = (unsigned)mark->line + 1;
    node->column = (unsigned)mark->column + 1;
}

static bool refuse(struct parse *parse, const struct yaml_node *node, const char *what)
{
    rule_error_at(parse->errors, parse->file, node->line, node->column, "%s", what);
    return false;
}

static bool read_node(struct parse *parse, struct fy_event *event, struct yaml_node *node);

/* Reads the event that follows into a node; *ended at the end of a sequence or mapping. */
static bool read_next(struct parse *parse, struct yaml_node *node, bool *ended)
{
    struct fy_event *event = fy_parser_parse(parse->parser);
    if (!event)
        return false;
    *ended = event->type == FYET_MAPPING_END || event->type == FYET_SEQUENCE_END;
    bool good = *ended || read_node(parse, event, node);
    fy_parser_event_free(parse->parser, event);
    return good;
}

static bool take_key(struct parse *parse, const struct yaml_node *mapping, struct yaml_node *key)
{
    if (key->kind != YAML_SCALAR)
        return refuse(parse, key, "a key has to be a plain word");
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->children[i].key, key->text) == 0) {
            rule_error_at(parse->errors, parse->file, key->line, key->column,
                          "\"%s\" is here twice: it is in line %u already", key->text,
                          mapping->children[i].key_line);
            return false;
        }
    return true;
}

/* Reads what a sequence or mapping holds. Ends: each step takes an event, and a file has finitely
 * many. */
static bool read_children(struct parse *parse, struct yaml_node *node)
{
    struct arena *arena = parse->errors->arena;
    for (bool ended;;) {
        struct yaml_node key = {0}, child = {0};
        if (node->kind == YAML_MAPPING) {
            if (!read_next(parse, &key, &ended))
                return false;
            if (ended)
                return true;
            if (!take_key(parse, node, &key))
                return false;
        }
        child.line = key.text ? key.line : node->line;
        child.column = key.text ? key.column : node->column;
        if (!read_next(parse, &child, &ended))
            return false;
        if (ended)
            return true;
        child.key = key.text;
        child.key_line = key.line;
        child.key_column = key.column;
        node->children = arena_grow(arena, node->children, node->count, sizeof child);
        node->children[node->count++] = child;
    }
}

static bool read_scalar(struct parse *parse, struct fy_event *event, struct yaml_node *node)
{
    if (event->scalar.anchor || event->scalar.tag)
        return refuse(parse, node, "anchors and tags are not used here");
    size_t len = 0;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : "";
    if (memchr(text, 0, len))
        return refuse(parse, node, "NUL in a text");
    node->text = arena_strndup(parse->errors->arena, text, len);
    return true;
}

static bool read_collection(struct parse *parse, bool is_decorated, struct yaml_node *node)
{
    if (is_decorated)
        return refuse(parse, node, "anchors and tags are not used here");
    if (parse->depth == YAML_DEPTH_MAX)
        return refuse(parse, node, "nested too deeply");
    parse->depth++;
    bool good = read_children(parse, node);
    parse->depth--;
    return good;
}

static bool read_node(struct parse *parse, struct fy_event *event, struct yaml_node *node)
{
    place_node(node, event);
    switch (event->type) {
    case FYET_SCALAR:
        node->kind = YAML_SCALAR;
        return read_scalar(parse, event, node);
    case FYET_SEQUENCE_START:
        node->kind = YAML_SEQUENCE;
        return read_collection(parse, event->sequence_start.anchor || event->sequence_start.tag,
                               node);
    case FYET_MAPPING_START:
        node->kind = YAML_MAPPING;
        return read_collection(parse, event->mapping_start.anchor || event->mapping_start.tag,
                               node);
    default:
        return refuse(parse, node, "aliases are not used here");
    }
}

static bool frames_document(const struct fy_event *event)
{
    return event->type == FYET_STREAM_START || event->type == FYET_STREAM_END ||
           event->type == FYET_DOCUMENT_START || event->type == FYET_DOCUMENT_END;
}

/* Takes an event of the stream: the one document, or its frame. */
static bool take_event(struct parse *parse, struct fy_event *event, struct yaml_node **root)
{
    struct yaml_node place = {.line = 1, .column = 1};
    place_node(&place, event);
    if (event->type == FYET_DOCUMENT_START && *root)
        return refuse(parse, &place, "a second document: one is all that is read");
    if (frames_document(event))
        return true;
    *root = arena_alloc(parse->errors->arena, 1, sizeof **root);
    **root = place;
    return read_node(parse, event, *root);
}

/* Reads the stream. Ends: each step takes an event, and a file has finitely many. */
static struct yaml_node *read_stream(struct parse *parse)
{
    struct yaml_node *root = NULL;
    for (bool at_end = false; !at_end;) {
        struct fy_event *event = fy_parser_parse(parse->parser);
        if (!event)
            return NULL;
        at_end = event->type == FYET_STREAM_END;
        bool good = take_event(parse, event, &root);
        fy_parser_event_free(parse->parser, event);
        if (!good)
            return NULL;
    }
    if (!root)
        rule_error_at(parse->errors, parse->file, 1, 1, "nothing here: the file is empty");
    return root;
}

/* U+FFFD of one byte stands for a byte that is no UTF-8. */
static bool is_text(uint32_t code, size_t len)
{
    return code != TEXT_NUL && !text_is_surrogate(code) && !(code == 0xfffd && len == 1);
}

/* The first byte that is no text, or the end. Nearly all are ASCII, and at each start of the
 * program all rules pass here. */
static const char *skip_text(const char *p)
{
    for (;;) {
        while ((unsigned char)*p - 1U < 0x7f)
            p++;
        const char *next = p;
        uint32_t code = text_next(&next);
        if (!code || !is_text(code, (size_t)(next - p)))
            return p;
        p = next;
    }
}

/* libfyaml takes a NUL for the end and lets other bytes pass. */
static bool check_encoding(struct rule_errors *errors, const struct rule_file *file)
{
    unsigned line = 1, column = 1;
    const char *end = skip_text(file->text);
    if (end == file->text + file->len)
        return true;
    for (const char *p = file->text; p < end;) {
        uint32_t code = text_next(&p);
        column = code == '\n' ? 1 : column + 1;
        line += code == '\n';
    }
    rule_error_at(errors, file, line, column, "not YAML: a byte that is no text in UTF-8");
    return false;
}

struct yaml_node *yaml_parse(struct rule_errors *errors, const struct rule_file *file)
{
    if (!check_encoding(errors, file))
        return NULL;
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2, .diag = diag};
    struct parse parse = {.errors = errors, .file = file, .parser = fy_parser_create(&cfg)};
    size_t before = errors->count;
    struct yaml_node *root = NULL;
    if (fy_parser_set_string(parse.parser, file->text, file->len) == 0)
        root = read_stream(&parse);
    if (!root && errors->count == before)
        take_library_errors(&parse, diag);
    fy_parser_destroy(parse.parser);
    fy_diag_destroy(diag);
    return root;
}

const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->children[i].key, key) == 0)
            return &mapping->children[i];
    return NULL;
}

const char *yaml_library_version(void)
{
    return fy_library_version();
}
