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

static json_t *make_waivers(const struct run *run, const struct waivers *waivers)
{
    json_t *object = json_object(), *items = json_array();
    for (size_t i = 0; i < waivers->count; i++)
        json_array_append_new(items, make_item(&waivers->items[i]));
    json_put(object, "day", json_make_text(run->now));
    json_put(object, "items", items);
    return object;
}

static json_t *make_old(const struct old_finding *old)
{
    json_t *object = json_object();
    json_put(object, "fingerprint", json_make_text(old->fingerprint));
    json_put(object, "rule", json_make_text(old->rule));
    json_put(object, "severity", json_make_text(old->severity));
    json_put(object, "view", json_make_text(old->view));
    json_put(object, "key", json_make_text(old->key));
    json_put(object, "value", json_make_text(old->value));
    json_put(object, "message", json_make_text(old->message));
    return object;
}

void json_write_gone(const struct run *run, struct json_writer *evidence,
                     const struct audited *audited)
{
    json_add(evidence, "in_baseline", json_boolean(audited->in_baseline));
    struct json_writer array = json_begin_array(evidence, "gone");
    for (size_t i = 0; i < audited->ngone; i++)
        if (run_shows_gone(run, &audited->gone[i]))
            json_add(&array, NULL, make_old(&audited->gone[i]));
    json_end(&array);
}

static json_t *make_baseline(const struct run *run, const struct totals *totals)
{
    const struct strings missing = {totals->missing, totals->nmissing};
    json_t *object = json_object();
    json_put(object, "file", json_make_text(run->baseline));
    json_put(object, "new", json_integer((json_int_t)totals->new));
    json_put(object, "unchanged", json_integer((json_int_t)totals->unchanged));
    json_put(object, "gone", json_integer((json_int_t)totals->gone));
    json_put(object, "missing", json_make_strings(&missing));
    return object;
}

void json_write_standing(const struct run *run, struct json_writer *document,
                         const struct totals *totals)
{
    if (totals->waivers)
        json_add(document, "waivers", make_waivers(run, totals->waivers));
    if (run->baseline)
        json_add(document, "baseline", make_baseline(run, totals));
}
