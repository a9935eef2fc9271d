/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define ROOT_ID "ROOT" /* the base of what was named by an absolute path */

static bool is_path_byte(unsigned char byte)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~/!()";
    return memchr(allowed, byte, sizeof allowed - 1);
}

/* A relative reference (RFC 3986, 4.2) of one name, which is never empty: what leads to the root
 * or to the working folder is left out. A lone surrogate, of which no reader could make a name, is
 * U+FFFD. */
static const char *make_reference(struct arena *arena, const char *name)
{
    while (*name == '/' || (name[0] == '.' && name[1] == '/'))
        name++;
    if (!*name)
        return ".";
    /* A code point has at most 4 bytes, of 3 characters; NUL, which has 2 here, has 1. */
    char *uri = arena_alloc(arena, strlen(name) + 1, 3), *out = uri;
    for (uint32_t code; (code = text_next(&name));) {
        unsigned char bytes[4] = {0};
        size_t len = 1;
        if (code != TEXT_NUL)
            len = text_put((char *)bytes, text_is_surrogate(code) ? 0xfffd : code);
        for (size_t i = 0; i < len; i++)
            out += sprintf(out, is_path_byte(bytes[i]) ? "%c" : "%%%02X", bytes[i]);
    }
    return uri;
}

json_t *sarif_make_location(const struct sarif_artifacts *artifacts, size_t index)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *name = artifacts->items[index].name;
    json_t *object = json_object();
    json_put(object, "uri", json_string(make_reference(arena, name)));
    if (*name == '/')
        json_put(object, "uriBaseId", json_string(ROOT_ID));
    json_put(object, "index", json_integer((json_int_t)index));
    return object;
}

json_t *sarif_make_bases(void)
{
    return json_pack("{s{ss}}", ROOT_ID, "uri", "file:///");
}

size_t sarif_artifacts_add(struct sarif_artifacts *artifacts, struct sarif_artifact artifact)
{
    struct arena *arena = artifacts->arena;
    artifact.name = arena_strdup(arena, artifact.name);
    if (artifact.digest)
        artifact.digest = arena_dup(arena, (struct slice){artifact.digest, FILE_DIGEST_SIZE}).ptr;
    artifacts->items =
        arena_grow(arena, artifacts->items, artifacts->count, sizeof *artifacts->items);
    artifacts->items[artifacts->count] = artifact;
    return artifacts->count++;
}

/* An artifact by its name. */
struct named {
    const char *name;
    size_t index;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static struct named *sort_by_name(const struct sarif_artifacts *artifacts)
{
    struct named *sorted = arena_alloc(artifacts->arena, artifacts->count, sizeof *sorted);
    for (size_t i = 0; i < artifacts->count; i++)
        sorted[i] = (struct named){artifacts->items[i].name, i};
    if (artifacts->count)
        qsort(sorted, artifacts->count, sizeof *sorted, compare_named);
    return sorted;
}

/* The first of those with a name, or with one that comes behind it. */
static size_t find_name(const struct named *sorted, size_t count, const char *name)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same file may have been audited several times. */
static void add_input(struct sarif_artifacts *artifacts, const struct named *sorted, size_t count,
                      const struct input_record *input)
{
    const uint8_t *digest = input->has_before ? input->before : NULL;
    size_t first = find_name(sorted, count, input->name), at = first;
    for (; at < count && strcmp(sorted[at].name, input->name) == 0; at++)
        if (!artifacts->items[sorted[at].index].digest)
            artifacts->items[sorted[at].index].digest = digest;
    if (at == first)
        sarif_artifacts_add(artifacts, (struct sarif_artifact){.name = input->name,
                                                               .note = input->role,
                                                               .size = input->size,
                                                               .digest = digest});
}

void sarif_artifacts_add_inputs(struct sarif_artifacts *artifacts,
                                const struct input_record *inputs, size_t count)
{
    size_t nsorted = artifacts->count;
    const struct named *sorted = sort_by_name(artifacts);
    for (size_t i = 0; i < count; i++)
        add_input(artifacts, sorted, nsorted, &inputs[i]);
}

static json_t *make_artifact(const struct sarif_artifacts *artifacts, size_t index)
{
    const struct sarif_artifact *artifact = &artifacts->items[index];
    json_t *object = json_object();
    json_put(object, "location", sarif_make_location(artifacts, index));
    if (artifact->size)
        json_put(object, "length", json_integer((json_int_t)artifact->size));
    if (artifact->is_target)
        json_put(object, "roles", json_pack("[s]", "analysisTarget"));
    if (artifact->note)
        json_put(object, "description", sarif_make_message(artifact->note));
    if (artifact->digest)
        json_put(object, "hashes",
                 json_pack("{so}", "sha-256", json_make_digest(true, artifact->digest)));
    return object;
}

void sarif_write_artifacts(struct json_writer *run, const struct sarif_artifacts *artifacts)
{
    struct json_writer array = json_begin_array(run, "artifacts");
    for (size_t i = 0; i < artifacts->count; i++)
        json_add(&array, NULL, make_artifact(artifacts, i));
    json_end(&array);
}
