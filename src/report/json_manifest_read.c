/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/manifest.h"

#include <inttypes.h>
#include <string.h>

#include "base/day.h"
#include "report/json_parts.h"

struct reader {
    struct arena *arena;
    struct manifest *manifest;
    const char *fault; /* the first one; NULL: none */
};

static const char *type_name(json_type type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",  [JSON_STRING] = "a text",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    return names[type];
}

/* A member of this type; NULL after a fault. */
static const json_t *get(struct reader *reader, const json_t *object, const char *name,
                         json_type type)
{
    const json_t *member = json_object_get(object, name);
    if (reader->fault || (member && json_typeof(member) == type))
        return reader->fault ? NULL : member;
    const char *got = member ? type_name(json_typeof(member)) : "nothing";
    reader->fault =
        arena_printf(reader->arena, "\"%s\": got %s, want %s", name, got, type_name(type));
    return NULL;
}

/* "" after a fault. */
static const char *get_text(struct reader *reader, const json_t *object, const char *name)
{
    const json_t *member = get(reader, object, name, JSON_STRING);
    return member ? json_get_text(reader->arena, member) : "";
}

/* NULL where it is null. */
static const char *get_text_or_null(struct reader *reader, const json_t *object, const char *name)
{
    return json_is_null(json_object_get(object, name)) ? NULL : get_text(reader, object, name);
}

static int64_t get_number(struct reader *reader, const json_t *object, const char *name)
{
    return json_integer_value(get(reader, object, name, JSON_INTEGER));
}

static struct fact *add_fact(struct reader *reader, const char *kind, const char *name,
                             const char *value)
{
    struct manifest *manifest = reader->manifest;
    manifest->facts =
        arena_grow(reader->arena, manifest->facts, manifest->nfacts, sizeof *manifest->facts);
    struct fact *fact = &manifest->facts[manifest->nfacts];
    *fact = (struct fact){.kind = kind, .name = name, .value = value, .number = manifest->nfacts++};
    return fact;
}

/* "SHA-256 ba78...". */
static const char *get_digest(struct reader *reader, const json_t *object, const char *name)
{
    const char *digest = get_text_or_null(reader, object, name);
    return digest ? arena_printf(reader->arena, "SHA-256 %s", digest) : "no SHA-256";
}

static void read_tool(struct reader *reader, const json_t *tool)
{
    const char *name;
    json_t *version;
    add_fact(reader, "version", "hiveaudit", get_text(reader, tool, "version"))->is_aside = true;
    json_t *libraries = (json_t *)get(reader, tool, "libraries", JSON_OBJECT);
    json_object_foreach(libraries, name, version) add_fact(
        reader, "version", arena_strdup(reader->arena, name), get_text(reader, libraries, name))
        ->is_aside = true;
}

static void read_file(struct reader *reader, const json_t *file)
{
    const char *option = get_text(reader, file, "option"), *name = get_text(reader, file, "name");
    add_fact(reader, arena_printf(reader->arena, "--%s", option), name,
             get_digest(reader, file, "sha256"));
}

static unsigned rank_status(struct reader *reader, const char *name)
{
    for (enum evidence_status status = 0; status <= EVIDENCE_FAILED; status++)
        if (strcmp(name, evidence_status_name(status)) == 0)
            return status;
    if (!reader->fault)
        reader->fault = arena_printf(reader->arena,
                                     "\"status\": got \"%s\", want \"complete\", "
                                     "\"incomplete\" or \"failed\"",
                                     name);
    return 0;
}

static void read_evidence(struct reader *reader, const json_t *evidence)
{
    const char *name = get_text(reader, evidence, "name");
    const char *status = get_text(reader, evidence, "status");
    const json_t *findings = get(reader, evidence, "findings", JSON_OBJECT);
    int64_t errors = get_number(reader, findings, "error");
    int64_t warnings = get_number(reader, findings, "warning");
    int64_t notes = get_number(reader, findings, "note");
    const char *value = arena_printf(
        reader->arena, "%s, errors %" PRId64 ", warnings %" PRId64 ", notes %" PRId64 ", %s",
        status, errors, warnings, notes, get_digest(reader, evidence, "sha256"));
    struct fact *fact = add_fact(reader, "evidence", name, value);
    fact->is_of_evidence = true;
    fact->rank = rank_status(reader, status);
}

/* Its SHA-256 after the run is in its state. */
static void read_input(struct reader *reader, const json_t *input)
{
    const char *name = get_text(reader, input, "name"), *role = get_text(reader, input, "role");
    const char *state = get_text(reader, input, "state");
    int64_t size = get_number(reader, input, "size");
    const char *value = arena_printf(reader->arena, "%" PRId64 " bytes, %s, %s", size, state,
                                     get_digest(reader, input, "sha256_before"));
    struct fact *fact =
        add_fact(reader, arena_printf(reader->arena, "file of %s", role), name, value);
    fact->is_of_evidence = true;
    fact->rank = strcmp(state, input_state_name(INPUT_LOST)) == 0 ||
                 strcmp(state, input_state_name(INPUT_UNREAD)) == 0;
}

static void read_items(struct reader *reader, const json_t *root, const char *name,
                       void (*read)(struct reader *reader, const json_t *item))
{
    const json_t *array = get(reader, root, name, JSON_ARRAY);
    for (size_t i = 0; !reader->fault && i < json_array_size(array); i++)
        read(reader, json_array_get(array, i));
}

static void read_argument(struct reader *reader, const json_t *argument)
{
    struct strings *arguments = &reader->manifest->arguments;
    if (!json_is_string(argument))
        reader->fault = "\"arguments\": want texts";
    else if (arguments->count == MANIFEST_ARGUMENTS_MAX)
        reader->fault = "\"arguments\": more than a command line has";
    else
        strings_add(reader->arena, arguments, json_get_text(reader->arena, argument));
}

/* What could not be written then has nothing to do with what was found. */
static void read_exit_status(struct reader *reader, const json_t *root)
{
    int64_t status = get_number(reader, root, "exit_status");
    add_fact(reader, "exit status", "", arena_printf(reader->arena, "%" PRId64, status))->is_aside =
        status == 2;
}

static void read_kind(struct reader *reader, const json_t *root)
{
    const char *kind = get_text(reader, root, "kind");
    const char *version = get_text(reader, root, "schema_version");
    if (reader->fault)
        return;
    if (strcmp(kind, MANIFEST_KIND) != 0)
        reader->fault =
            arena_printf(reader->arena, "\"kind\": got \"%s\", want \"%s\"", kind, MANIFEST_KIND);
    else if (strcmp(version, MANIFEST_SCHEMA_VERSION) != 0)
        reader->fault = arena_printf(reader->arena, "\"schema_version\": got \"%s\", want \"%s\"",
                                     version, MANIFEST_SCHEMA_VERSION);
}

static void read_now(struct reader *reader, const json_t *root)
{
    const char *now = get_text_or_null(reader, root, "now");
    if (!reader->fault && now && !day_is_valid(now))
        reader->fault = arena_printf(reader->arena, "\"now\": got \"%s\", want a day", now);
    reader->manifest->now = now;
}

static void read_root(struct reader *reader, const json_t *root)
{
    read_kind(reader, root);
    reader->manifest->directory = get_text_or_null(reader, root, "working_directory");
    read_now(reader, root);
    read_items(reader, root, "arguments", read_argument);
    read_tool(reader, get(reader, root, "tool", JSON_OBJECT));
    read_items(reader, root, "files", read_file);
    read_items(reader, root, "evidence", read_evidence);
    read_items(reader, root, "inputs", read_input);
    read_exit_status(reader, root);
}

const char *manifest_read(struct arena *arena, struct slice bytes, struct manifest *manifest)
{
    struct reader reader = {.arena = arena, .manifest = manifest};
    json_error_t error;
    *manifest = (struct manifest){0};
    json_t *root = json_loadb((const char *)bytes.ptr, bytes.len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!root)
        return arena_printf(arena, "is no JSON: %d:%d: %s", error.line, error.column, error.text);
    read_root(&reader, root);
    json_decref(root);
    return reader.fault ? arena_printf(arena, "is no manifest of a run: %s", reader.fault) : NULL;
}
