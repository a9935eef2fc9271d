/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

static void put_promise(json_t *object, const struct waiver *waiver)
{
    json_put(object, "reason", json_make_text(waiver->reason));
    json_put(object, "owner", json_make_text(waiver->owner));
    json_put(object, "expires", json_make_text(waiver->expires));
}

json_t *json_make_waiver(const struct waiver *waiver)
{
    json_t *object = json_object();
    put_promise(object, waiver);
    json_put(object, "expired", json_boolean(waiver->is_expired));
    return object;
}

static json_t *make_item(const struct waiver *waiver)
{
    json_t *object = json_object();
    json_put(object, "file", json_make_text(waiver->place.file));
    json_put(object, "line", json_integer(waiver->place.line));
    json_put(object, "rule", json_make_text(waiver->rule));
    json_put(object, "key", json_make_text(waiver->key));
    json_put(object, "evidence", json_make_text(waiver->evidence));
    put_promise(object, waiver);
    json_put(object, "state", json_string(waiver_state(waiver)));
    json_put(object, "findings", json_integer((json_int_t)waiver->nfindings));
    return object;
}

json_t *json_make_waivers(const struct run *run, const struct waivers *waivers)
{
    json_t *object = json_object(), *items = json_array();
    for (size_t i = 0; i < waivers->count; i++)
        json_array_append_new(items, make_item(&waivers->items[i]));
    json_put(object, "day", json_make_text(run->now));
    json_put(object, "items", items);
    return object;
}
