/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pair.h"

#include "base/text.h"
#include "model/atr_text.h"
#include "rule/check.h"

/* The mask's bytes; ptr is NULL where there is none. */
static struct slice mask_of(const struct card *card)
{
    const struct regval *mask = card->field[CARD_ATR_MASK];
    static const uint8_t nothing[1];
    if (mask->state == VALUE_ABSENT)
        return (struct slice){0};
    return mask->raw.ptr ? mask->raw : (struct slice){.ptr = nothing, .len = 0};
}

bool pair_is_outside(struct slice atr, struct slice mask)
{
    for (size_t i = 0; i < atr.len && i < mask.len; i++)
        if (atr.ptr[i] & ~mask.ptr[i])
            return true;
    return false;
}

/* The rest of pair_judge, where both values are bytes of a fitting length. */
static enum pair_fault judge_bytes(struct slice atr, struct slice mask)
{
    if (mask.ptr && slice_is_all(mask, 0))
        return PAIR_MASK_ZERO;
    if (mask.ptr && pair_is_outside(atr, mask))
        return PAIR_OUTSIDE_MASK;
    if (mask.ptr && (mask.ptr[0] != 0xff || mask.ptr[1] != 0xff))
        return PAIR_MASK_WEAK;
    if (atr_decode(atr, mask).fault != ATR_OK)
        return PAIR_STRUCTURE;
    return mask.ptr ? PAIR_SOUND : PAIR_NO_MASK;
}

enum pair_fault pair_judge(const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    if (atr->state == VALUE_UNREADABLE || mask->state == VALUE_UNREADABLE)
        return PAIR_UNDECIDED;
    if (atr->state == VALUE_ABSENT)
        return PAIR_NO_ATR;
    if (atr->state == VALUE_WRONG_TYPE)
        return PAIR_ATR_TYPE;
    if (mask->state == VALUE_WRONG_TYPE)
        return PAIR_MASK_TYPE;
    if (atr->raw.len < ATR_LEN_MIN || atr->raw.len > ATR_LEN_API_MAX)
        return PAIR_LENGTH_INVALID;
    if (atr->raw.len > ATR_LEN_ISO_MAX)
        return PAIR_LENGTH_OVER_ISO;
    if (mask->state == VALUE_OK && mask->raw.len != atr->raw.len)
        return PAIR_MASK_LENGTH;
    return judge_bytes(atr->raw, mask_of(card));
}

/* Which bytes offend: for each fault that lies in single bytes. */
static bool offends(enum pair_fault fault, struct slice atr, struct slice mask, size_t i)
{
    switch (fault) {
    case PAIR_OUTSIDE_MASK:
        return atr.ptr[i] & ~mask.ptr[i];
    case PAIR_MASK_ZERO:
        return true;
    case PAIR_MASK_WEAK:
        return i < 2 && mask.ptr[i] != 0xff;
    case PAIR_MASK_LENGTH:
        return i >= (atr.len < mask.len ? atr.len : mask.len);
    case PAIR_LENGTH_OVER_ISO:
        return i >= ATR_LEN_ISO_MAX;
    default:
        return false;
    }
}

struct slice pair_repair(struct arena *arena, struct slice atr, struct slice mask)
{
    uint8_t *bytes = arena_alloc(arena, atr.len, 1);
    for (size_t i = 0; i < atr.len; i++)
        bytes[i] = atr.ptr[i] & mask.ptr[i];
    return (struct slice){.ptr = bytes, .len = atr.len};
}

/* Bytes to show for a pair; nothing longer than an API can hold helps the eye. */
static struct pair_detail *describe_pair(struct judgement *judgement, const struct card *card,
                                         enum pair_fault fault)
{
    struct slice atr = card->field[CARD_ATR]->raw, mask = mask_of(card);
    if (atr.len > 2 * ATR_LEN_API_MAX || mask.len > 2 * ATR_LEN_API_MAX)
        return NULL;
    struct pair_detail *pair = arena_alloc(judgement->arena, 1, sizeof *pair);
    *pair = (struct pair_detail){.atr = atr, .mask = mask};
    size_t len = atr.len > mask.len ? atr.len : mask.len;
    uint8_t *marked = arena_alloc(judgement->arena, len, 1);
    bool any = false;
    for (size_t i = 0; i < len; i++)
        any |= marked[i] = offends(fault, atr, mask, i);
    pair->marked = any ? marked : NULL;
    if (fault == PAIR_OUTSIDE_MASK)
        pair->repaired = pair_repair(judgement->arena, atr, mask);
    if (fault >= PAIR_OUTSIDE_MASK) {
        struct atr decoded = atr_decode(atr, mask);
        if (decoded.reach != ATR_UNCHECKABLE)
            pair->decoded = atr_describe(judgement->arena, atr, &decoded);
    }
    return pair;
}

/* "byte 3", "bytes 1, 2 and 4": the marked ones, counted from 0 as ATR tables do. */
static const char *list_marked(struct arena *arena, const struct pair_detail *pair)
{
    const char *text = "";
    size_t count = 0, last = 0,
           len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    for (size_t i = 0; i < len; i++)
        if (pair->marked[i])
            count++, last = i;
    for (size_t i = 0, n = 0; i < len; i++)
        if (pair->marked[i]) {
            const char *separator = n == 0 ? "" : i == last ? " and " : ", ";
            text = arena_printf(arena, "%s%s%zu", text, separator, i);
            n++;
        }
    return arena_printf(arena, "%s %s", count == 1 ? "byte" : "bytes", text);
}

static void add(struct judgement *judgement, const struct card *card, enum card_field field,
                enum pair_fault fault, const char *message)
{
    struct pair_detail *pair = describe_pair(judgement, card, fault);
    struct finding *finding =
        judgement_add(judgement, &card->key.origin, card->field[field], "%s", message);
    finding->pair = pair;
}

static void add_type(struct judgement *judgement, const struct card *card, enum card_field field)
{
    const struct regval *value = card->field[field];
    add(judgement, card, field, field == CARD_ATR ? PAIR_ATR_TYPE : PAIR_MASK_TYPE,
        arena_printf(judgement->arena, "%s has the wrong type (got %s, want REG_BINARY)",
                     card_fields[field].value, regtype_name(judgement->arena, value->type)));
}

static void add_outside(struct judgement *judgement, const struct card *card)
{
    const struct pair_detail *pair = describe_pair(judgement, card, PAIR_OUTSIDE_MASK);
    add(judgement, card, CARD_ATR, PAIR_OUTSIDE_MASK,
        arena_printf(judgement->arena,
                     "ATR has bits set outside ATRMask in %s: no card can ever match this entry",
                     list_marked(judgement->arena, pair)));
}

static void add_length(struct judgement *judgement, const struct card *card, enum pair_fault fault)
{
    size_t len = card->field[CARD_ATR]->raw.len, mask_len = card->field[CARD_ATR_MASK]->raw.len;
    const char *message;
    if (fault == PAIR_MASK_LENGTH)
        message =
            arena_printf(judgement->arena,
                         "ATRMask has another length than ATR (got %s, want %zu): the contract "
                         "is violated, and the entry must be assumed not to match",
                         text_count_bytes(judgement->arena, mask_len), len);
    else if (fault == PAIR_LENGTH_OVER_ISO)
        message =
            arena_printf(judgement->arena,
                         "ATR is longer than ISO/IEC 7816-3 allows (got %zu bytes, want %d at "
                         "most)",
                         len, ATR_LEN_ISO_MAX);
    else
        message =
            arena_printf(judgement->arena, "ATR has an impossible length (got %s, want %d to %d)",
                         text_count_bytes(judgement->arena, len), ATR_LEN_MIN, ATR_LEN_ISO_MAX);
    add(judgement, card, fault == PAIR_MASK_LENGTH ? CARD_ATR_MASK : CARD_ATR, fault, message);
}

static const char *describe_zero(const struct card *card)
{
    return slice_is_all(card->field[CARD_ATR]->raw, 0)
               ? "ATRMask is all zero: this entry takes every card whose ATR has this length"
               : "ATRMask is all zero, and ATR is not: no card can ever match this entry";
}

void check_pair(struct judgement *judgement, const struct card *card)
{
    enum pair_fault fault = pair_judge(card);
    if ((int)fault != judgement->rule->check->detail)
        return;
    switch (fault) {
    case PAIR_ATR_TYPE:
        add_type(judgement, card, CARD_ATR);
        break;
    case PAIR_MASK_TYPE:
        add_type(judgement, card, CARD_ATR_MASK);
        break;
    case PAIR_LENGTH_INVALID:
    case PAIR_LENGTH_OVER_ISO:
    case PAIR_MASK_LENGTH:
        add_length(judgement, card, fault);
        break;
    case PAIR_MASK_ZERO:
        add(judgement, card, CARD_ATR_MASK, fault, describe_zero(card));
        break;
    case PAIR_OUTSIDE_MASK:
        add_outside(judgement, card);
        break;
    case PAIR_MASK_WEAK:
        add(judgement, card, CARD_ATR_MASK, fault,
            "ATRMask ignores bits of TS or T0, the first two bytes: it may take other makers' "
            "cards");
        break;
    case PAIR_STRUCTURE:
        add(judgement, card, CARD_ATR, fault,
            "ATR is not built as ISO/IEC 7816-3 says: a conformant card cannot have it");
        break;
    case PAIR_NO_MASK:
        judgement_add(judgement, &card->key.origin, NULL,
                      "no ATRMask: every bit of the ATR counts");
        break;
    default:
        break;
    }
}

void check_atr_missing(struct judgement *judgement, const struct card *card)
{
    bool is_meant = card->field[CARD_MODULE]->state != VALUE_ABSENT ||
                    card->field[CARD_CSP]->state != VALUE_ABSENT ||
                    card->field[CARD_KSP]->state != VALUE_ABSENT;
    if (pair_judge(card) == PAIR_NO_ATR && is_meant)
        judgement_add(judgement, &card->key.origin, NULL,
                      "no ATR: no card can ever match this entry");
}
