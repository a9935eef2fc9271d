/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/xml.h"

#include <string.h>

#include "base/text.h"

static const char *find_entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

const char *xml_escape(struct arena *arena, const char *text)
{
    const char *escaped = text_escape(arena, text);
    if (!escaped[strcspn(escaped, "<>&\"")])
        return escaped;
    char *xml = arena_alloc(arena, strlen(escaped) + 1, sizeof "&quot;" - 1), *out = xml;
    for (const char *p = escaped; *p; p++) {
        const char *entity = find_entity(*p);
        if (entity)
            out = stpcpy(out, entity);
        else
            *out++ = *p;
    }
    return xml;
}
