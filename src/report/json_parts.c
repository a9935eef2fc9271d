/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf16.h"

/* A lone surrogate has no place in JSON's Unicode: it becomes U+FFFD here, and utf16_of keeps it.
 */
json_t *json_make_text(const char *text)
{
    if (!text)
        return json_null();
    CLEANUP(arena) struct arena *arena = arena_new();
    char *utf8 = arena_alloc(arena, strlen(text) + 1, 1);
    size_t len = 0;
    for (uint32_t code; (code = text_next(&text));) {
        if (code == TEXT_NUL)
            utf8[len++] = 0;
        else
            len += text_put(utf8 + len, text_is_surrogate(code) ? 0xfffd : code);
    }
    return json_stringn(utf8, len);
}

const char *json_get_text(struct arena *arena, const json_t *string)
{
    return json_is_string(string)
               ? text_from_utf8(arena, json_string_value(string), json_string_length(string))
               : NULL;
}

json_t *json_make_filetime(int64_t filetime)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    return json_string(text_filetime(arena, filetime));
}

json_t *json_make_hex(struct slice bytes)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    return json_string(text_hex(arena, bytes, ""));
}

json_t *json_make_digest(bool has_digest, const uint8_t *digest)
{
    return has_digest ? json_make_hex((struct slice){digest, FILE_DIGEST_SIZE}) : json_null();
}

json_t *json_make_strings(const struct strings *strings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(array, json_make_text(strings->items[i]));
    return array;
}

json_t *json_make_archs(unsigned archs)
{
    json_t *array = json_array();
    for (enum arch arch = 0; arch < NARCHS; arch++)
        if (archs & 1u << arch)
            json_array_append_new(array, json_string(arch_name(arch)));
    return array;
}

void json_put(json_t *object, const char *name, json_t *value)
{
    int failed = json_object_set_new(object, name, value);
    assert(!failed);
    (void)failed;
}

void json_put_utf16_if_lossy(json_t *object, const char *name, const char *text)
{
    if (text_is_unicode(text))
        return;
    CLEANUP(arena) struct arena *arena = arena_new();
    json_put(object, name, json_make_hex(utf16_encode(arena, text)));
}

json_t *json_make_labels(const struct labels *labels)
{
    struct label given[NLABELS];
    size_t count = labels_list(labels, given);
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_put(object, given[i].name, json_make_text(given[i].text));
    return object;
}

void json_write_head(const struct run *run, struct json_writer *document)
{
    json_add(document, "schema_version", json_string(JSON_SCHEMA_VERSION));
    json_add(document, "labels", json_make_labels(&run->labels));
    json_add(document, "min_severity", json_string(severity_name(run->min_severity)));
}
