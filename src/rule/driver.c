/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/driver.h"

#include <string.h>

#include "base/text.h"
#include "model/module.h"
#include "rule/check.h"

/* Windows takes 260 characters for a path or the name of a provider. Names that differ only behind
 * this many bytes count as the same, so that hostile ones cost no more. */
#define NAME_COMPARED_MAX 1000

const enum card_field driver_parts[NDRIVER_PARTS] = {CARD_MODULE, CARD_CSP, CARD_KSP};

/* One DLL has several names: "x.dll" is "C:\Windows\System32\x.dll". */
static const char *resolve_module(struct arena *arena, const struct os_build *os,
                                  const struct card *card)
{
    const char *text = module_text(card);
    if (!text)
        return card_text(card, CARD_MODULE);
    struct module_place place = module_resolve(arena, os, card->key.origin.view, text);
    return place.path ? place.path : text;
}

struct driver driver_of(struct arena *arena, const struct os_build *os, const struct card *card)
{
    struct driver driver = {.is_known = true};
    for (size_t i = 0; i < NDRIVER_PARTS; i++) {
        enum card_field field = driver_parts[i];
        const char *name =
            field == CARD_MODULE ? resolve_module(arena, os, card) : card_text(card, field);
        driver.is_known &= card->field[field]->state != VALUE_UNREADABLE;
        driver.parts[i] =
            text_capitals(arena, text_cut(arena, name ? name : "", NAME_COMPARED_MAX));
    }
    return driver;
}

int driver_compare(const struct driver *a, const struct driver *b)
{
    int order = 0;
    for (size_t i = 0; i < NDRIVER_PARTS && !order; i++)
        order = strcmp(a->parts[i], b->parts[i]);
    return order;
}

const char *driver_describe_difference(struct arena *arena, const struct os_build *os,
                                       const struct card *there, const struct card *here)
{
    struct driver a = driver_of(arena, os, there), b = driver_of(arena, os, here);
    const char *text = "";
    for (size_t i = 0; i < NDRIVER_PARTS; i++) {
        enum card_field field = driver_parts[i];
        if (strcmp(a.parts[i], b.parts[i]) != 0)
            text = arena_printf(arena, "%s%s%s is %s there and %s here", text, *text ? ", " : "",
                                card_fields[field].value, regval_show(arena, there->field[field]),
                                regval_show(arena, here->field[field]));
    }
    return text;
}
