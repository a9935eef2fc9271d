/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/wire_key.h"

#include <string.h>

/* The fewest bytes that each takes on the wire: a count is believed only where these are left. */
enum { LEAST_VALUE = 13, LEAST_SUBKEY = 24 };

/* Of a hive these are 0, and there are many. */
void wire_place(struct codec *codec, uint32_t *line, uint32_t *column)
{
    if (!codec->has_places)
        return;
    codec_u32(codec, line);
    codec_u32(codec, column);
}

/* A value of a key's list is there: it is not absent. */
static void wire_value(struct codec *codec, struct regval *value)
{
    value->name = codec_text(codec, value->name);
    value->state =
        VALUE_OK + codec_choice(codec, value->state - VALUE_OK, VALUE_UNREADABLE - VALUE_OK + 1);
    codec_u32(codec, &value->type);
    wire_place(codec, &value->line, &value->column);
    if (value->state == VALUE_UNREADABLE)
        return;
    value->raw = codec_slice(codec, value->raw);
    if (codec->arena)
        regval_decode_text(codec->arena, value);
}

static void wire_values(struct codec *codec, struct regkey *key)
{
    key->nvalues = codec_count(codec, key->nvalues, LEAST_VALUE);
    key->values = codec_array(codec, key->values, key->nvalues, sizeof *key->values);
    for (size_t i = 0; i < key->nvalues && !codec->fault; i++)
        wire_value(codec, &key->values[i]);
}

const char *wire_path(struct codec *codec, const char *parent, const char *name)
{
    size_t size = strlen(parent) + strlen(name) + sizeof "\\";
    codec_demand(codec, size <= codec->spare, "the paths of keys are too long");
    if (codec->fault)
        return "";
    codec->spare -= size;
    return arena_printf(codec->arena, "%s\\%s", parent, name);
}

static void wire_subkeys(struct codec *codec, struct regkey *key)
{
    key->nsubkeys = codec_count(codec, key->nsubkeys, LEAST_SUBKEY);
    key->subkeys = codec_array(codec, key->subkeys, key->nsubkeys, sizeof *key->subkeys);
    for (size_t i = 0; i < key->nsubkeys && !codec->fault; i++) {
        struct origin *origin = &key->subkeys[i];
        origin->name = codec_text(codec, origin->name);
        codec_i64(codec, &origin->last_write);
        codec_size(codec, &origin->offset);
        wire_place(codec, &origin->line, &origin->column);
        if (!codec->arena)
            continue;
        origin->key = wire_path(codec, key->origin.key, origin->name);
        origin->view = key->origin.view;
    }
    if (codec->arena && !codec->fault)
        regkey_index_subkeys(codec->arena, key);
}

void wire_content(struct codec *codec, struct regkey *key)
{
    key->state = codec_choice(codec, key->state, KEY_UNREADABLE + 1);
    if (key->state == KEY_ABSENT)
        return;
    codec_i64(codec, &key->origin.last_write);
    codec_size(codec, &key->origin.offset);
    wire_place(codec, &key->origin.line, &key->origin.column);
    wire_values(codec, key);
    wire_subkeys(codec, key);
}

void wire_regkey(struct codec *codec, struct regkey *key, unsigned views)
{
    struct origin *origin = &key->origin;
    origin->key = codec_text(codec, origin->key);
    origin->view = codec_choice(codec, origin->view, VIEW_NONE + 1);
    codec_demand(codec, views & 1u << origin->view, "a key is of another view");
    if (codec->arena) {
        const char *name = strrchr(origin->key, '\\');
        origin->name = name ? name + 1 : origin->key;
    }
    wire_content(codec, key);
}

void wire_entry(struct codec *codec, struct regkey *key, const struct origin *origin)
{
    if (codec->arena)
        key->origin = *origin;
    key->state = KEY_PRESENT + codec_choice(codec, key->state - KEY_PRESENT, 2);
    wire_values(codec, key);
}
