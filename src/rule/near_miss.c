/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/near_miss.h"

#include <string.h>

#include "base/text.h"
#include "model/atr.h"
#include "rule/pair.h"
#include "rule/pattern.h"

/* Bytes; more are no ATR that somebody has got a byte wrong of. */
#define BYTES_MAX (2 * ATR_LEN_API_MAX)

const char *const miss_reason_names[NMISS_REASONS] = {
    [MISS_ATR_TYPE] = "atr-type",
    [MISS_MASK_TYPE] = "mask-type",
    [MISS_ATR_LENGTH] = "atr-length",
    [MISS_MASK_LENGTH] = "mask-length",
    [MISS_OUTSIDE_MASK] = "outside-mask",
    [MISS_CARD_LENGTH] = "card-length",
    [MISS_BYTES] = "bytes",
};

static size_t max_len(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The bytes of a value; of one that was written as text, those that its digits say. */
static bool read_bytes(struct arena *arena, const struct regval *value, struct slice *bytes)
{
    *bytes = value->raw;
    if (value->state == VALUE_WRONG_TYPE && value->seen &&
        !(strlen(value->seen) <= 4 * BYTES_MAX && text_parse_hex(arena, value->seen, bytes)))
        return false;
    return bytes->len <= BYTES_MAX;
}

static uint8_t mask_byte(const struct contender *contender, size_t i)
{
    if (contender->ignores_mask || i >= contender->mask.len)
        return 0xff;
    return contender->mask.ptr[i];
}

/* The historical bytes as a card has to have them; a mask that does not count masks none. */
static struct slice find_historical(const struct contender *contender)
{
    bool fits = contender->mask.len == contender->atr.len && !contender->ignores_mask;
    return atr_historical(contender->atr, fits ? contender->mask : (struct slice){0});
}

static unsigned find_faults(const struct contender *contender)
{
    const struct card *entry = contender->entry;
    struct slice atr = contender->atr, mask = contender->mask;
    unsigned faults = 0;
    if (entry->field[CARD_ATR]->state == VALUE_WRONG_TYPE)
        faults |= 1u << MISS_ATR_TYPE;
    if (entry->field[CARD_ATR_MASK]->state == VALUE_WRONG_TYPE)
        faults |= 1u << MISS_MASK_TYPE;
    if (atr.len < ATR_LEN_MIN || atr.len > ATR_LEN_API_MAX)
        faults |= 1u << MISS_ATR_LENGTH;
    if (mask.ptr && mask.len != atr.len)
        faults |= 1u << MISS_MASK_LENGTH;
    if (pair_is_outside(atr, mask))
        faults |= 1u << MISS_OUTSIDE_MASK;
    return faults;
}

bool contender_make(struct arena *arena, const struct card *entry, struct contender *contender)
{
    static const uint8_t nothing[1];
    struct pattern pattern;
    const struct regval *atr = entry->field[CARD_ATR], *mask = entry->field[CARD_ATR_MASK];
    *contender = (struct contender){.entry = entry};
    if (atr->state == VALUE_ABSENT || atr->state == VALUE_UNREADABLE ||
        mask->state == VALUE_UNREADABLE || !read_bytes(arena, atr, &contender->atr) ||
        !contender->atr.len)
        return false;
    if (mask->state != VALUE_ABSENT) {
        if (!read_bytes(arena, mask, &contender->mask))
            return false;
        if (!contender->mask.ptr)
            contender->mask = (struct slice){nothing, 0};
    }
    contender->takes_some = pattern_of(entry, &pattern);
    contender->faults = find_faults(contender);
    contender->ignores_mask = slice_is_all(contender->mask, 0) && !slice_is_all(contender->atr, 0);
    contender->historical = find_historical(contender);
    return true;
}

/* How many bytes are compared, and which of them differ, if the entry were repaired. Bytes behind
 * the end of the shorter count as far as the mask would compare them. Ends early where it can make
 * no near miss any more: that is most entries. */
static size_t count_differences(const struct contender *contender, struct slice card,
                                struct near_miss *miss)
{
    struct slice atr = contender->atr;
    size_t compared = 0, len = max_len(card.len, atr.len);
    size_t most = miss->same_device ? len : NEAR_DISTANCE_MAX;
    for (size_t i = 0; i < len && miss->ndiffering <= most; i++) {
        uint8_t mask = i < atr.len ? mask_byte(contender, i) : 0xff;
        bool both = i < card.len && i < atr.len;
        compared += both && mask;
        bool unlike = both && ((card.ptr[i] ^ atr.ptr[i]) & mask);
        if (unlike && !miss->ndiffering++)
            miss->first = i;
        miss->distance += unlike || (!both && mask);
    }
    return compared;
}

/* Whether a byte differs in what Windows compares. */
static bool differs(const struct near_miss *miss, struct slice card, size_t i)
{
    uint8_t mask = i < miss->mask.len ? miss->mask.ptr[i] : 0xff;
    return (card.ptr[i] & mask) != miss->atr.ptr[i];
}

/* Where none would differ in a repaired entry, the first that does as long as it is not. */
static void find_first(struct near_miss *miss, struct slice card)
{
    miss->has_first = miss->ndiffering;
    for (size_t i = 0; i < card.len && i < miss->atr.len && !miss->has_first; i++) {
        miss->first = i;
        miss->has_first = differs(miss, card, i);
    }
}

static bool is_near(const struct near_miss *miss, struct slice card, size_t compared)
{
    size_t shorter = card.len < miss->atr.len ? card.len : miss->atr.len;
    if (miss->same_device)
        return true;
    if (miss->distance <= NEAR_DISTANCE_MAX && 2 * miss->ndiffering < compared)
        return true;
    return miss->ndiffering == 0 && compared > 0 && 2 * shorter >= max_len(card.len, miss->atr.len);
}

bool near_miss_judge(const struct contender *contender, struct slice card, struct slice historical,
                     struct near_miss *miss)
{
    *miss = (struct near_miss){
        .entry = contender->entry,
        .reasons = contender->faults,
        .atr = contender->atr,
        .mask = contender->mask,
        .same_device = historical.len && historical.len == contender->historical.len &&
                       memcmp(historical.ptr, contender->historical.ptr, historical.len) == 0,
    };
    size_t compared = count_differences(contender, card, miss);
    if (card.len != miss->atr.len)
        miss->reasons |= 1u << MISS_CARD_LENGTH;
    if (miss->ndiffering)
        miss->reasons |= 1u << MISS_BYTES;
    if (!is_near(miss, card, compared))
        return false;
    find_first(miss, card);
    return true;
}

bool near_miss_is_nearer(const struct near_miss *a, const struct near_miss *b)
{
    if (!a->distance != !b->distance)
        return !a->distance;
    if (a->same_device != b->same_device)
        return a->same_device;
    return a->distance < b->distance;
}

const uint8_t *near_miss_mark(struct arena *arena, const struct near_miss *miss, struct slice card,
                              size_t *len)
{
    size_t longest = max_len(max_len(card.len, miss->atr.len), miss->mask.len);
    uint8_t *marked = arena_alloc(arena, longest, 1);
    bool any = false;
    for (size_t i = 0; i < longest; i++) {
        bool is_there =
            i < card.len && i < miss->atr.len && (!miss->mask.ptr || i < miss->mask.len);
        any |= marked[i] = !is_there || differs(miss, card, i);
    }
    *len = any ? longest : 0;
    return marked;
}

struct slice near_miss_repair(struct arena *arena, const struct near_miss *miss)
{
    if (!(miss->reasons & 1u << MISS_OUTSIDE_MASK) || miss->mask.len != miss->atr.len ||
        slice_is_all(miss->mask, 0))
        return (struct slice){0};
    return pair_repair(arena, miss->atr, miss->mask);
}

static const char *describe_bytes(struct arena *arena, const struct near_miss *miss,
                                  struct slice card)
{
    size_t i = miss->first, more = miss->ndiffering - 1;
    uint8_t mask = i < miss->mask.len ? miss->mask.ptr[i] : 0xff;
    const char *under = mask == 0xff ? "" : arena_printf(arena, " under mask %02x", mask);
    const char *rest = "";
    if (more)
        rest = arena_printf(arena, ", and %zu more differ%s", more, more == 1 ? "s" : "");
    return arena_printf(arena, "byte %zu is %02x here and %02x on the card%s%s", i,
                        miss->atr.ptr[i], card.ptr[i], under, rest);
}

static const char *describe_type(struct arena *arena, const struct near_miss *miss,
                                 enum card_field field)
{
    return arena_printf(arena, "%s is of the wrong type (got %s, want REG_BINARY)",
                        card_fields[field].value,
                        regtype_name(arena, miss->entry->field[field]->type));
}

static const char *describe_reason(struct arena *arena, const struct near_miss *miss,
                                   enum miss_reason reason, struct slice card)
{
    switch (reason) {
    case MISS_ATR_TYPE:
        return describe_type(arena, miss, CARD_ATR);
    case MISS_MASK_TYPE:
        return describe_type(arena, miss, CARD_ATR_MASK);
    case MISS_ATR_LENGTH:
        return arena_printf(arena, "ATR has an impossible length (got %s, want %d to %d)",
                            text_count_bytes(arena, miss->atr.len), ATR_LEN_MIN, ATR_LEN_ISO_MAX);
    case MISS_MASK_LENGTH:
        return arena_printf(arena, "ATRMask has another length than ATR (got %s, want %zu)",
                            text_count_bytes(arena, miss->mask.len), miss->atr.len);
    case MISS_OUTSIDE_MASK:
        return "ATR has bits set outside ATRMask, so that no card matches it";
    case MISS_CARD_LENGTH:
        return arena_printf(arena, "ATR has another length than the card's (got %s, want %zu)",
                            text_count_bytes(arena, miss->atr.len), card.len);
    default:
        return describe_bytes(arena, miss, card);
    }
}

const char *near_miss_describe(struct arena *arena, const struct near_miss *miss, struct slice card)
{
    const char *text = "";
    for (enum miss_reason reason = 0; reason < NMISS_REASONS; reason++)
        if (miss->reasons & 1u << reason)
            text = arena_printf(arena, "%s%s%s", text, *text ? "; " : "",
                                describe_reason(arena, miss, reason, card));
    if (miss->distance == 0)
        text = arena_printf(arena, "%s; as it seems to be meant, it takes this card", text);
    else if (miss->same_device)
        text = arena_printf(arena, "%s; its historical bytes are the card's", text);
    return text;
}
