/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/rules_yaml.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/configuration.h"

#define WORD_LEN_MAX 48 /* of a name in an id */

/* A rule file being written. */
struct writer {
    struct arena *arena;
    struct id_set *ids;
    FILE *stream;
    const char *name; /* of what it is made of, escaped */
};

/* A double-quoted scalar. YAML spells escaped characters as text_escape does. */
static const char *quote(struct arena *arena, const char *text)
{
    char *quoted = arena_alloc(arena, 2 * strlen(text) + 3, 1), *out = quoted;
    *out++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    *out = '"';
    return text_escape(arena, quoted);
}

/* A name as part of an id: what is neither a letter nor a digit of ASCII is a "-" at most. */
static const char *make_word(struct arena *arena, const char *name)
{
    char *word = arena_alloc(arena, WORD_LEN_MAX + 1, 1);
    size_t len = 0;
    for (; *name && len < WORD_LEN_MAX; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < 0x80 && isalnum(c))
            word[len++] = (char)tolower(c);
        else if (len && word[len - 1] != '-')
            word[len++] = '-';
    }
    while (len && word[len - 1] == '-')
        word[--len] = 0;
    return len ? word : "unnamed";
}

/* "-x86-amd64" */
static const char *join_archs(struct arena *arena, unsigned archs)
{
    const char *text = "";
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            text = arena_printf(arena, "%s-%s", text, arch_name(arch));
    return text;
}

/* Ids that come out alike are numbered, from 2. Ends: of a base each number is tried but once. */
static const char *make_unique(struct writer *writer, const char *base)
{
    const char *id = base;
    while (id_set_take(writer->arena, writer->ids, id)->number) {
        size_t number = ++id_set_take(writer->arena, writer->ids, base)->number;
        id = arena_printf(writer->arena, "%s-%zu", base, number);
    }
    id_set_take(writer->arena, writer->ids, id)->number = 1;
    return id;
}

static const char *make_id(struct writer *writer, const struct rule_draft *draft)
{
    struct arena *arena = writer->arena;
    const char *entry = make_word(arena, draft->entry ? draft->entry : strrchr(draft->key, '\\'));
    const char *value = "";
    if (draft->value)
        value = arena_printf(
            arena, "-%s", *draft->value->name ? make_word(arena, draft->value->name) : "default");
    return make_unique(
        writer, arena_printf(arena, "expect-%s-%s%s%s", entry, view_name(draft->view), value,
                             draft->is_one_of_several ? join_archs(arena, draft->archs) : ""));
}

static void write_field(struct writer *writer, const char *field, const char *text)
{
    fprintf(writer->stream, "    %s: %s\n", field, quote(writer->arena, text));
}

/* Prose goes to terminals as it is: hostile names are escaped in it. */
static void write_prose(struct writer *writer, const struct rule_draft *draft)
{
    struct arena *arena = writer->arena;
    const char *name = writer->name, *value = "";
    const char *subject =
        draft->entry ? arena_printf(arena, "\"%s\"", text_escape(arena, draft->entry)) : "Readers";
    if (draft->value)
        value = *draft->value->name ? text_escape(arena, draft->value->name) : "default value";
    write_field(writer, "title",
                draft->value ? arena_printf(arena, "%s of %s is not as in %s", value, subject, name)
                             : arena_printf(arena, "%s is missing, which %s has", subject, name));
    fputs("    severity: error\n", writer->stream);
    write_field(writer, "rationale",
                arena_printf(arena, "Made of %s, which %s.", name,
                             draft->value ? "holds this value" : "holds this key"));
}

static void write_scope(struct writer *writer, const struct rule_draft *draft)
{
    fprintf(writer->stream, "    applies_to:\n      view: %s\n", view_name(draft->view));
    const char *separator = "      architecture: [";
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (draft->archs & 1u << arch) {
            fprintf(writer->stream, "%s%s", separator, arch_name(arch));
            separator = ", ";
        }
    if (draft->archs)
        fputs("]\n", writer->stream);
}

/* The type is left out where a rule cannot name it, and of numbers that have not its length. */
static void write_type(struct writer *writer, const struct regval *value)
{
    uint64_t number;
    bool is_number =
        value->type == REG_DWORD || value->type == REG_DWORD_BIG_ENDIAN || value->type == REG_QWORD;
    if (value->type < NREGTYPES && (!is_number || regval_number(value, &number)))
        fprintf(writer->stream, "      type: %s\n", regtype_names[value->type]);
}

static void write_demand(struct writer *writer, const struct regval *value)
{
    FILE *stream = writer->stream;
    uint64_t number;
    fputs("    expect:\n", stream);
    if (!value) {
        fputs("      exists: true\n", stream);
        return;
    }
    write_type(writer, value);
    if (value->text)
        fprintf(stream, "      exactly: %s\n", quote(writer->arena, value->text));
    else if (regval_number(value, &number))
        fprintf(stream, "      equals: \"%" PRIu64 "\"\n", number);
    else
        fprintf(stream, "      equals: \"%s\"\n", text_hex(writer->arena, value->raw, " "));
}

static void write_rule(struct writer *writer, const struct rule_draft *draft)
{
    fprintf(writer->stream, "  - id: %s\n", make_id(writer, draft));
    write_prose(writer, draft);
    write_scope(writer, draft);
    write_field(writer, "key", draft->key);
    if (draft->value)
        write_field(writer, "value", draft->value->name);
    write_demand(writer, draft->value);
}

/* A hive that no rule applies to must not look like one that meets them all. */
static void write_other_archs(struct writer *writer, unsigned archs)
{
    const struct rule_draft scope = {.view = VIEW_NATIVE, .archs = archs};
    fprintf(writer->stream, "  - id: %s\n", make_unique(writer, "expect-architecture"));
    write_field(writer, "title",
                arena_printf(writer->arena,
                             "%s writes nothing on this architecture: nothing here was compared "
                             "with it",
                             writer->name));
    fputs("    severity: warning\n", writer->stream);
    write_field(writer, "rationale",
                arena_printf(writer->arena,
                             "Made of %s, which has no sections for this architecture: of such a "
                             "hive it demands nothing.",
                             writer->name));
    write_scope(writer, &scope);
    write_field(writer, "key", CALAIS);
    fputs("    expect:\n      absent: true\n", writer->stream);
}

const char *rules_yaml_write(struct arena *arena, struct id_set *ids, const char *name,
                             const struct rule_draft *drafts, size_t count, unsigned other_archs,
                             const struct strings *left_out)
{
    char *text = NULL;
    size_t len;
    struct writer writer = {.arena = arena, .ids = ids, .name = text_escape(arena, name)};
    writer.stream = open_memstream(&text, &len);
    if (!writer.stream)
        end_out_of_memory();
    fprintf(writer.stream, "# What %s has, as rules that demand it of hives.\n", writer.name);
    for (size_t i = 0; i < left_out->count; i++)
        fprintf(writer.stream, "# Left out: %s\n", text_escape(arena, left_out->items[i]));
    fputs("rules:\n", writer.stream);
    for (size_t i = 0; i < count; i++)
        write_rule(&writer, &drafts[i]);
    if (other_archs)
        write_other_archs(&writer, other_archs);
    if (fclose(writer.stream) != 0)
        end_out_of_memory();
    const char *yaml = arena_strndup(arena, text, len);
    free(text);
    return yaml;
}
