/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_JSON_AT_H
#define HIVEAUDIT_TESTS_JSON_AT_H

#include "support.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The member at the end of a path like "evidence.0.findings.0.key". */
static inline json_t *json_at(json_t *json, const char *path)
{
    for (const char *p = path; *p;) {
        char name[64];
        size_t len = strcspn(p, ".");
        assert_true(len < sizeof name);
        memcpy(name, p, len);
        name[len] = '\0';
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
                                   : json_object_get(json, name);
        if (!json)
            return NULL;
        p += len + (p[len] == '.');
    }
    return json;
}

static inline void assert_string(json_t *json, const char *text)
{
    assert_true(json_is_string(json));
    assert_string_equal(json_string_value(json), text);
    assert_int_equal(json_string_length(json), strlen(text));
}

static inline void assert_integer(json_t *json, json_int_t number)
{
    assert_true(json_is_integer(json));
    assert_true(json_integer_value(json) == number);
}

#endif
