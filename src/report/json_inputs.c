/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_parts.h"

static json_t *make_input(const struct input_record *record)
{
    json_t *object = json_object();
    json_put(object, "name", json_make_text(record->name));
    json_put(object, "role", json_string(record->role));
    json_put(object, "size", json_integer((json_int_t)record->size));
    json_put(object, "state", json_string(input_state_name(input_state(record))));
    json_put(object, "sha256_before", json_make_digest(record->has_before, record->before));
    json_put(object, "sha256_after", json_make_digest(record->has_after, record->after));
    return object;
}

void json_write_inputs(struct json_writer *document, const struct totals *totals)
{
    struct json_writer array = json_begin_array(document, "inputs");
    for (size_t i = 0; i < totals->ninputs; i++)
        json_add(&array, NULL, make_input(&totals->inputs[i]));
    json_end(&array);
}
