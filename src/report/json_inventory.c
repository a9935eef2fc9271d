/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "base/cleanup.h"
#include "model/atr_text.h"
#include "rule/inventory.h"

/* The data of an ATR or mask, of whatever type; null where there are none. */
static json_t *make_bytes(const struct regval *value)
{
    bool is_there = value->state == VALUE_OK || value->state == VALUE_WRONG_TYPE;
    return is_there ? json_make_hex(value->raw) : json_null();
}

static json_t *make_text(const struct regval *value)
{
    return json_make_text(value->state == VALUE_OK ? value->seen : NULL);
}

/* What the ATR says, where it is bytes. */
static void put_decoded(json_t *object, const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR];
    bool is_atr = atr->state == VALUE_OK && atr->raw.len && atr->raw.len <= ATR_LEN_API_MAX;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct slice mask = inventory_mask(card);
    struct atr decoded = is_atr ? atr_decode(atr->raw, mask) : (struct atr){0};
    json_put(object, "decoded",
             json_make_text(is_atr ? atr_describe(arena, atr->raw, &decoded) : NULL));
    json_put(object, "device_id",
             json_make_text(is_atr ? atr_device_id(arena, atr->raw, mask) : NULL));
}

/* By view: of an INF, on which architectures. */
static json_t *make_archs(const struct inventory_row *row)
{
    json_t *object = json_object();
    for (enum view view = 0; view < NVIEWS; view++)
        if (row->in_view[view])
            json_put(object, view_name(view), json_make_archs(row->archs[view]));
    return object;
}

static json_t *make_views(const struct inventory_row *row)
{
    json_t *array = json_array();
    for (enum view view = 0; view < NVIEWS; view++)
        if (row->in_view[view])
            json_array_append_new(array, json_string(view_name(view)));
    return array;
}

static json_t *make_row(const struct inventory_row *row, bool is_inf)
{
    const struct card *card = row->card;
    json_t *object = json_object();
    json_put(object, "name", json_make_text(card->key.origin.name));
    json_put_utf16_if_lossy(object, "name_utf16le", card->key.origin.name);
    json_put(object, "views", make_views(row));
    if (is_inf)
        json_put(object, "architectures", make_archs(row));
    json_put(object, "atr", make_bytes(card->field[CARD_ATR]));
    json_put(object, "mask", make_bytes(card->field[CARD_ATR_MASK]));
    put_decoded(object, card);
    json_put(object, "module", make_text(card->field[CARD_MODULE]));
    json_put(object, "csp", make_text(card->field[CARD_CSP]));
    json_put(object, "ksp", make_text(card->field[CARD_KSP]));
    json_put(object, "verdict", json_string(verdict_names[row->verdict]));
    json_put(object, "earlier",
             json_make_text(row->earlier ? row->earlier->key.origin.name : NULL));
    json_put(object, "reason", json_make_text(row->reason));
    return object;
}

void json_write_inventory(struct json_writer *evidence, const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    bool is_inf = snapshot_is_inf(snapshot);
    struct inventory inventory = inventory_list(arena, snapshot);
    struct json_writer array = json_begin_array(evidence, "inventory");
    for (size_t i = 0; i < inventory.count; i++)
        json_add(&array, NULL, make_row(&inventory.rows[i], is_inf));
    json_end(&array);
}
