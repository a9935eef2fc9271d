/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/atr.h"

/* Comparisons of hardware IDs with entries; more than any real INF takes by far. */
#define STEPS_MAX 10000000

#define GUID_DIGITS    32 /* more than 15 historical bytes have */
#define HISTORICAL_MAX 15

/* A place in the text; it belongs to no view. */
static const struct origin *make_origin(struct judgement *judgement, const char *where,
                                        unsigned line, unsigned column)
{
    struct origin *origin = arena_alloc(judgement->arena, 1, sizeof *origin);
    *origin = (struct origin){
        .key = where, .name = where, .view = VIEW_NONE, .line = line, .column = column};
    return origin;
}

void check_text(struct judgement *judgement)
{
    const struct package_facts *package = judgement->snapshot->package;
    for (size_t i = 0; package && i < package->nproblems; i++) {
        const struct text_problem *problem = &package->problems[i];
        if (judgement->rule->check->detail & 1 << problem->fault)
            judgement_add(judgement,
                          make_origin(judgement, problem->where, problem->line, problem->column),
                          NULL, "%s", problem->message);
    }
}

/* The historical bytes of an entry; of those that are masked only the bits that are compared. */
struct history {
    const uint8_t *bytes, *mask;
    size_t len;
    bool may_start_anywhere; /* where they start is masked: any part of the ATR may be they */
};

struct histories {
    struct history *items;
    size_t count;
    uint64_t steps;      /* left of STEPS_MAX */
    const char *example; /* the ID of an entry, and which; "" where none has one */
};

/* False where an entry has none, or no ATR and mask that go together. */
static bool find_history(struct judgement *judgement, const struct card *card,
                         struct history *history)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    bool has_mask = mask->state == VALUE_OK;
    if (atr->state != VALUE_OK || (has_mask && mask->raw.len != atr->raw.len) ||
        (!has_mask && mask->state != VALUE_ABSENT))
        return false;
    struct slice bits = has_mask ? mask->raw : (struct slice){0};
    struct atr decoded = atr_decode(atr->raw, bits);
    bool is_unknown = decoded.reach == ATR_UNCHECKABLE;
    size_t offset = is_unknown ? 0 : decoded.historical_offset;
    size_t len = is_unknown ? atr->raw.len : decoded.historical_len;
    if (len == 0 || offset + len > atr->raw.len || len > ATR_LEN_API_MAX)
        return false;
    uint8_t *all = arena_alloc(judgement->arena, len, 1);
    memset(all, 0xff, len);
    *history = (struct history){
        .bytes = atr->raw.ptr + offset,
        .mask = has_mask ? mask->raw.ptr + offset : all,
        .len = len,
        .may_start_anywhere = is_unknown,
    };
    return true;
}

/* What would be right, of the first entry that has an ID. */
static const char *find_example(struct judgement *judgement)
{
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &judgement->snapshot->views[view];
        for (size_t i = 0; i < config->ncards; i++) {
            const struct regval *const *field = config->cards[i].field;
            const struct regval *atr = field[CARD_ATR], *mask = field[CARD_ATR_MASK];
            bool has_mask = mask->state == VALUE_OK && mask->raw.len == atr->raw.len;
            struct slice bits = has_mask ? mask->raw : (struct slice){0};
            const char *id =
                atr->state == VALUE_OK ? atr_device_id(judgement->arena, atr->raw, bits) : NULL;
            if (id)
                return arena_printf(judgement->arena, ", as %s does with those of \"%s\"", id,
                                    config->cards[i].key.origin.name);
        }
    }
    return "";
}

static struct histories collect_histories(struct judgement *judgement)
{
    const struct snapshot *snapshot = judgement->snapshot;
    struct histories histories = {.steps = STEPS_MAX, .example = find_example(judgement)};
    size_t ncards = 0;
    for (enum view view = 0; view < NVIEWS; view++)
        ncards += snapshot->views[view].ncards;
    histories.items = arena_alloc(judgement->arena, ncards, sizeof *histories.items);
    for (enum view view = 0; view < NVIEWS; view++)
        for (size_t i = 0; i < snapshot->views[view].ncards; i++)
            histories.count += find_history(judgement, &snapshot->views[view].cards[i],
                                            &histories.items[histories.count]);
    return histories;
}

/* Bits outside of the mask are another rule's matter. */
static bool fits_at(const struct history *history, size_t offset, struct slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if ((id.ptr[i] ^ history->bytes[offset + i]) & history->mask[offset + i])
            return false;
    return true;
}

static bool fits(const struct history *history, struct slice id)
{
    if (!history->may_start_anywhere)
        return history->len == id.len && fits_at(history, 0, id);
    for (size_t offset = 0; offset + id.len <= history->len; offset++)
        if (fits_at(history, offset, id))
            return true;
    return false;
}

/* Out of steps, everything fits: what was not compared is not reported. */
static bool fits_some(struct histories *histories, struct slice id)
{
    for (size_t i = 0; i < histories->count && histories->steps; i++, histories->steps--)
        if (fits(&histories->items[i], id))
            return true;
    return histories->steps == 0;
}

/* A GUID of a card that names itself (domain: D.1), with the hyphens and braces of one or without.
 */
static bool is_guid(const char *suffix)
{
    size_t digits = 0;
    for (const char *p = suffix; *p; p++) {
        if (!isxdigit((unsigned char)*p) && !strchr("-{}", *p))
            return false;
        digits += isxdigit((unsigned char)*p) != 0;
    }
    return digits == GUID_DIGITS;
}

static void check_id(struct judgement *judgement, struct histories *histories,
                     const struct hardware_id *id)
{
    size_t prefix = sizeof ATR_DEVICE_ID_PREFIX - 1;
    const char *suffix = id->id + prefix, *wrong = NULL, *example = "";
    struct slice bytes;
    if (strncasecmp(id->id, ATR_DEVICE_ID_PREFIX, prefix) != 0)
        wrong = "is no smart card's, which start with " ATR_DEVICE_ID_PREFIX;
    else if (is_guid(suffix))
        return;
    else if (strpbrk(suffix, " ,:-") || !text_parse_hex(judgement->arena, suffix, &bytes) ||
             bytes.len > HISTORICAL_MAX)
        wrong = "ends neither with 1 to 15 bytes in hexadecimal digits nor with a GUID";
    else if (!fits_some(histories, bytes)) {
        wrong = "does not end with the historical bytes of any entry of this INF";
        example = histories->example;
    }
    if (wrong)
        judgement_add(judgement, make_origin(judgement, id->id, id->line, id->column), NULL,
                      "this hardware ID %s%s", wrong, example);
}

void check_hardware_id(struct judgement *judgement)
{
    const struct package_facts *package = judgement->snapshot->package;
    if (!package || !package->nids)
        return;
    struct histories histories = collect_histories(judgement);
    for (size_t i = 0; i < package->nids; i++)
        check_id(judgement, &histories, &package->ids[i]);
    if (!histories.steps)
        judgement_add(judgement, make_origin(judgement, "", 0, 0), NULL,
                      "too many hardware IDs and entries: not all of them were compared");
}
