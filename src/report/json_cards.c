/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "rule/atr_names.h"
#include "rule/card_answer.h"

/* Paths and names of Windows have up to 260 characters. A hostile text of a megabyte would be
 * written for each card that is asked about. */
#define VALUE_SHOWN 1000 /* bytes */

static json_t *make_value(const struct card *entry, enum card_field field)
{
    const struct regval *value = entry->field[field];
    if (value->state != VALUE_OK || !value->seen)
        return json_null();
    CLEANUP(arena) struct arena *arena = arena_new();
    return json_make_text(text_cut(arena, value->seen, VALUE_SHOWN));
}

static json_t *make_bytes(struct slice bytes)
{
    return bytes.ptr ? json_make_hex(bytes) : json_null();
}

/* null for none. */
static json_t *make_entry(const struct card *entry)
{
    if (!entry)
        return json_null();
    json_t *object = json_object();
    json_put(object, "name", json_make_text(entry->key.origin.name));
    json_put(object, "key", json_make_text(entry->key.origin.key));
    json_put_utf16_if_lossy(object, "key_utf16le", entry->key.origin.key);
    json_put(object, "atr", make_bytes(entry->field[CARD_ATR]->raw));
    json_put(object, "mask", make_bytes(entry->field[CARD_ATR_MASK]->raw));
    json_put(object, "module", make_value(entry, CARD_MODULE));
    json_put(object, "csp", make_value(entry, CARD_CSP));
    json_put(object, "ksp", make_value(entry, CARD_KSP));
    return object;
}

static json_t *make_byte(const uint8_t *byte)
{
    return json_make_hex((struct slice){byte, 1});
}

/* null where no byte that both have differs. */
static json_t *make_first(const struct near_miss *miss, struct slice atr)
{
    static const uint8_t all = 0xff;
    size_t i = miss->first;
    if (!miss->has_first)
        return json_null();
    json_t *object = json_object();
    json_put(object, "offset", json_integer((json_int_t)i));
    json_put(object, "card", make_byte(&atr.ptr[i]));
    json_put(object, "mask", make_byte(i < miss->mask.len ? &miss->mask.ptr[i] : &all));
    json_put(object, "stored", make_byte(&miss->atr.ptr[i]));
    return object;
}

static json_t *make_near_miss(const struct near_miss *miss, struct slice atr)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    json_t *object = json_object(), *reasons = json_array();
    for (int i = 0; i < NMISS_REASONS; i++)
        if (miss->reasons & 1u << i)
            json_array_append_new(reasons, json_string(miss_reason_names[i]));
    struct slice repaired = near_miss_repair(arena, miss);
    json_put(object, "entry", make_entry(miss->entry));
    json_put(object, "reasons", reasons);
    json_put(object, "first_difference", make_first(miss, atr));
    json_put(object, "distance", json_integer((json_int_t)miss->distance));
    json_put(object, "same_device_id", json_boolean(miss->same_device));
    json_put(object, "repaired_atr", repaired.len ? json_make_hex(repaired) : json_null());
    json_put(object, "message", json_make_text(near_miss_describe(arena, miss, atr)));
    return object;
}

static json_t *make_caches(const struct discovery *after)
{
    json_t *array = json_array();
    for (int i = 0; i < NATR_CACHES; i++) {
        json_t *object = json_object();
        json_put(object, "cache", json_string(discovery_steps[i].cache));
        json_put(object, "complete", json_boolean(!after->cache_unknown[i]));
        json_put(object, "value", json_make_text(after->cached[i] ? after->cached[i]->name : NULL));
        json_put(object, "application", json_string(discovery_steps[i].application));
        json_put(object, "entry", make_entry(after->inbox[i]));
        json_array_append_new(array, object);
    }
    return array;
}

/* null where an entry takes the card, or what follows is not known. */
static json_t *make_after(const struct discovery *after)
{
    static const char *const states[] = {
        [PNP_ON] = "on", [PNP_OFF] = "off", [PNP_UNKNOWN] = "unknown"};
    if (!after)
        return json_null();
    json_t *object = json_object();
    json_put(object, "caches", make_caches(after));
    json_put(object, "plug_and_play", json_string(states[after->plug_and_play]));
    return object;
}

static json_t *make_view(const struct view_answer *view, struct slice atr, bool is_inf)
{
    const struct pairing *pairing = &view->pairing;
    json_t *object = json_object(), *others = json_array(), *near = json_array();
    for (size_t i = 0; i < pairing->nothers; i++)
        json_array_append_new(others, make_entry(pairing->others[i]));
    for (size_t i = 0; i < pairing->nnear; i++)
        json_array_append_new(near, make_near_miss(&pairing->near[i], atr));
    json_put(object, "view", json_string(view_name(view->view)));
    if (is_inf)
        json_put(object, "architecture", json_string(arch_name(view->arch)));
    json_put(object, "complete", json_boolean(pairing->complete));
    json_put(object, "entry", make_entry(pairing->entry));
    json_put(object, "others", others);
    json_put(object, "more_others", json_integer((json_int_t)pairing->more_others));
    json_put(object, "near_misses", near);
    json_put(object, "more_near_misses",
             pairing->nunlooked ? json_null() : json_integer((json_int_t)pairing->more_near));
    json_put(object, "then", make_after(view->after));
    return object;
}

static json_t *make_names(const struct run *run, struct slice atr)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct strings names = atr_names_find(arena, run->names, atr);
    return json_make_strings(&names);
}

static json_t *make_card(const struct run *run, const struct card_answer *answer, bool is_inf)
{
    struct slice atr = answer->asked->atr;
    json_t *object = json_object(), *views = json_array();
    for (size_t i = 0; i < answer->nviews; i++)
        json_array_append_new(views, make_view(&answer->views[i], atr, is_inf));
    json_put(object, "atr", json_make_hex(atr));
    json_put(object, "name", json_make_text(answer->asked->name));
    json_put(object, "names", make_names(run, atr));
    json_put(object, "decoded", json_make_text(answer->decoded));
    json_put(object, "device_id", json_make_text(answer->device_id));
    json_put(object, "pairs", json_boolean(answer->pairs));
    json_put(object, "views", views);
    return object;
}

void json_write_cards(const struct run *run, struct json_writer *evidence,
                      const struct audited *audited)
{
    bool is_inf = snapshot_is_inf(audited->snapshot);
    struct json_writer array = json_begin_array(evidence, "cards");
    for (size_t i = 0; i < audited->ncards; i++)
        json_add(&array, NULL, make_card(run, &audited->cards[i], is_inf));
    json_end(&array);
}
