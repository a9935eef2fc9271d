/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>

#include "base/text.h"
#include "base/utf16.h"

void check_inbox_missing(struct judgement *judgement)
{
    const struct strings *entries = &judgement->rule->parameters[0];
    const struct view_config *views = judgement->snapshot->views;
    for (size_t i = 0; i < entries->count; i++) {
        bool found = false;
        for (enum view view = 0; view < NVIEWS; view++)
            found |= views[view].smart_cards.state == KEY_UNREADABLE ||
                     view_find_card(&views[view], entries->items[i]);
        if (!found)
            judgement_add(judgement, &views[VIEW_NATIVE].smart_cards.origin, NULL,
                          "the entry \"%s\" of Windows is missing", entries->items[i]);
    }
}

/* Only 64-bit Windows has two views that matter; the one of 32-bit ARM programs is rarely filled.
 */
void check_view_asymmetric(struct judgement *judgement, const struct card *card)
{
    enum view view = card->key.origin.view;
    if (!judgement->snapshot->os.is_64bit || view == VIEW_WOWAA32NODE)
        return;
    enum view other = view == VIEW_NATIVE ? VIEW_WOW6432NODE : VIEW_NATIVE;
    const struct view_config *config = &judgement->snapshot->views[other];
    if (config->smart_cards.state == KEY_UNREADABLE ||
        view_find_card(config, card->key.origin.name))
        return;
    judgement_add(judgement, &card->key.origin, NULL,
                  "registered for %s-bit programs only: %s has no such entry",
                  view == VIEW_NATIVE ? "64" : "32",
                  other == VIEW_NATIVE ? "the native view" : "Wow6432Node");
}

/* A .reg does not tell on which Windows it will be imported: one entry stands for all. */
void check_one_view(struct judgement *judgement)
{
    const struct snapshot *snapshot = judgement->snapshot;
    const struct view_config *native = &snapshot->views[VIEW_NATIVE];
    const struct view_config *other = &snapshot->views[VIEW_WOW6432NODE];
    bool is_reg = snapshot->package && snapshot->package->kind == PACKAGE_REG;
    if (!is_reg || !native->ncards == !other->ncards)
        return;
    const struct view_config *only = native->ncards ? native : other;
    judgement_add(judgement, &only->cards[0].key.origin, NULL,
                  "no entry is written for %s-bit programs on 64-bit Windows (got %zu in %s view, "
                  "want as many in both)",
                  native->ncards ? "32" : "64", only->ncards,
                  native->ncards ? "the native" : "Wow6432Node's");
}

static bool same_value(const struct regval *a, const struct regval *b)
{
    if (a->state == VALUE_UNREADABLE || b->state == VALUE_UNREADABLE)
        return true; /* not known to differ; a diagnostic tells */
    if (a->seen && b->seen)
        return text_equal(a->seen, b->seen);
    return a->state == b->state && a->raw.len == b->raw.len &&
           (a->raw.len == 0 || memcmp(a->raw.ptr, b->raw.ptr, a->raw.len) == 0);
}

/* Whether every bit of the ATR counts: a mask that is not there is one of all FF. */
static bool compares_all(const struct card *card)
{
    const struct regval *mask = card->field[CARD_ATR_MASK];
    if (mask->state == VALUE_ABSENT)
        return true;
    for (size_t i = 0; i < mask->raw.len; i++)
        if (mask->raw.ptr[i] != 0xff)
            return false;
    return mask->state == VALUE_OK && mask->raw.len == card->field[CARD_ATR]->raw.len;
}

static bool same_mask(const struct card *a, const struct card *b)
{
    const struct regval *mask_a = a->field[CARD_ATR_MASK], *mask_b = b->field[CARD_ATR_MASK];
    bool one_absent = (mask_a->state == VALUE_ABSENT) != (mask_b->state == VALUE_ABSENT);
    return same_value(mask_a, mask_b) || (one_absent && compares_all(a) && compares_all(b));
}

/* The module may differ: the views often name different DLLs. */
static void compare_views(struct judgement *judgement, const struct card *native,
                          const struct card *other)
{
    static const enum card_field fields[] = {CARD_ATR, CARD_ATR_MASK, CARD_CSP, CARD_KSP};
    const char *differences = "";
    const struct regval *first = NULL;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct regval *a = native->field[fields[i]], *b = other->field[fields[i]];
        if (fields[i] == CARD_ATR_MASK ? same_mask(native, other) : same_value(a, b))
            continue;
        differences =
            arena_printf(judgement->arena, "%s%s%s is %s here and %s there", differences,
                         first ? "; " : "", card_fields[fields[i]].value,
                         regval_show(judgement->arena, a), regval_show(judgement->arena, b));
        first = first ? first : a->state == VALUE_ABSENT ? b : a;
    }
    if (first)
        judgement_add(judgement, &native->key.origin, first, "differs from %s: %s",
                      other->key.origin.key, differences);
}

void check_view_differs(struct judgement *judgement, const struct card *card)
{
    if (card->key.origin.view != VIEW_NATIVE)
        return;
    for (enum view view = VIEW_WOW6432NODE; view < NVIEWS; view++) {
        const struct card *other =
            view_find_card(&judgement->snapshot->views[view], card->key.origin.name);
        if (other)
            compare_views(judgement, card, other);
    }
}

static const char *describe_flaw(unsigned flaws)
{
    if (flaws & UTF16_ODD_LENGTH)
        return "has an odd number of bytes: half a character at its end";
    if (flaws & UTF16_EMBEDDED_NUL)
        return "has characters behind a NUL, which Windows does not see";
    if (flaws & UTF16_LONE_SURROGATE)
        return "is not valid UTF-16";
    return "has no terminating NUL";
}

/* The check's detail is the set of flaws that it reports; the first of them on a value wins, and a
 * malformed string is not also reported as unterminated. */
void check_string_form(struct judgement *judgement, const struct card *card)
{
    unsigned wanted = (unsigned)judgement->rule->check->detail;
    bool is_note = wanted == UTF16_UNTERMINATED;
    for (int i = 0; i < NCARD_FIELDS; i++) {
        const struct regval *value = card->field[i];
        if (card_fields[i].type != REG_SZ)
            continue;
        if (value->state == VALUE_WRONG_TYPE && !is_note)
            judgement_add(judgement, &card->key.origin, value,
                          "%s has the wrong type (got %s, want REG_SZ)", card_fields[i].value,
                          regtype_name(judgement->arena, value->type));
        bool hit = is_note ? value->flaws == wanted : value->flaws & wanted;
        if (value->state == VALUE_OK && hit && value->raw.len)
            judgement_add(judgement, &card->key.origin, value, "%s %s", card_fields[i].value,
                          describe_flaw(value->flaws & wanted));
    }
}
