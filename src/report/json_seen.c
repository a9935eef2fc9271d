/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "base/cleanup.h"
#include "rule/atr_names.h"
#include "rule/card_answer.h"
#include "rule/seen_cards.h"

static json_t *make_card(struct arena *arena, const struct run *run, const struct seen_card *seen)
{
    bool is_readable = seen->value->state != VALUE_UNREADABLE;
    struct strings found = atr_names_find(arena, run->names, seen->atr);
    json_t *object = json_object();
    json_put(object, "cache", json_string(discovery_steps[seen->cache].cache));
    json_put(object, "value", json_make_text(seen->value->name));
    json_put_utf16_if_lossy(object, "value_utf16le", seen->value->name);
    json_put(object, "data", is_readable ? json_make_hex(seen->value->raw) : json_null());
    json_put(object, "problem", json_make_text(seen->fault));
    json_put(object, "decoded", json_make_text(seen->decoded));
    json_put(object, "device_id", json_make_text(seen->device_id));
    json_put(object, "names", json_make_strings(&found));
    json_put(object, "last_write",
             seen->key->offset ? json_make_filetime(seen->key->last_write) : json_null());
    return object;
}

void json_write_seen_cards(const struct run *run, struct json_writer *evidence,
                           const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct seen_cards cards = seen_cards_list(arena, snapshot);
    struct json_writer array = json_begin_array(evidence, "seen_cards");
    for (size_t i = 0; i < cards.count; i++)
        json_add(&array, NULL, make_card(arena, run, &cards.items[i]));
    json_end(&array);
}
