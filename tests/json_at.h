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

#endif
