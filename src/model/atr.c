/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr.h"

#include <assert.h>

#define TD_FOLLOWS 0x8 /* in the high nibble of T0 and of each TD */

static bool is_known(struct slice mask, size_t i)
{
    return !mask.ptr || mask.ptr[i] == 0xff;
}

static void add_protocol(struct atr *atr, uint8_t protocol)
{
    /* The 33 bytes of ISO/IEC 7816-3 hold at most 31 TDs; a longer value may announce more. */
    if (atr->nprotocols < sizeof atr->protocols)
        atr->protocols[atr->nprotocols++] = protocol;
    atr->needs_tck = atr->needs_tck || protocol != 0;
}

static void add_interface(struct atr *atr, char letter, uint8_t group, uint8_t value, bool is_known)
{
    if (atr->ninterface < ATR_INTERFACE_MAX)
        atr->interface[atr->ninterface++] = (struct atr_interface){letter, group, value, is_known};
}

/* Takes the bytes that the T0 or TD at a place announces, as far as they are there. Returns how
 * many it announces. */
static size_t read_group(struct atr *atr, struct slice bytes, struct slice mask, size_t at,
                         uint8_t group)
{
    unsigned announced = bytes.ptr[at] >> 4;
    for (char letter = 'A'; letter <= 'D'; letter++)
        if ((announced & 1U << (letter - 'A')) && ++at < bytes.len)
            add_interface(atr, letter, group, bytes.ptr[at], is_known(mask, at));
    return (size_t)__builtin_popcount(announced);
}

/* Returns false where a masked T0 or TD leaves the structure unknown. */
static bool read_interface(struct atr *atr, struct slice bytes, struct slice mask)
{
    size_t at = 1;
    for (uint8_t group = 1; is_known(mask, at); group += group < ATR_INTERFACE_MAX) {
        if (at > 1)
            add_protocol(atr, bytes.ptr[at] & 0x0f);
        unsigned announced = bytes.ptr[at] >> 4;
        size_t count = read_group(atr, bytes, mask, at, group);
        if (count > bytes.len - at - 1) {
            atr->fault = ATR_TRUNCATED;
            return true;
        }
        /* A TD is the last of its group, so each turn moves on by at least one byte. */
        at += count;
        if (!(announced & TD_FOLLOWS)) {
            atr->historical_offset = at + 1;
            atr->historical_len = bytes.ptr[1] & 0x0f;
            return true;
        }
    }
    return false;
}

static void judge_length(struct atr *atr, size_t len)
{
    size_t historical_end = atr->historical_offset + atr->historical_len;
    atr->expected_len = historical_end + atr->needs_tck;
    if (len < historical_end)
        atr->fault = ATR_TRUNCATED;
    else if (len < atr->expected_len)
        atr->fault = ATR_NO_TCK;
    else if (len > atr->expected_len)
        atr->fault = ATR_TRAILING;
}

static enum atr_reach find_reach(struct slice mask, size_t end)
{
    for (size_t i = 1; i < end; i++)
        if (!is_known(mask, i))
            return i == 1 ? ATR_UNCHECKABLE : ATR_CHECKABLE;
    return ATR_FULL;
}

static void judge_tck(struct atr *atr, struct slice bytes)
{
    atr->tck = bytes.ptr[atr->expected_len - 1];
    for (size_t i = 1; i < atr->expected_len - 1; i++)
        atr->tck_expected ^= bytes.ptr[i];
    if (atr->tck != atr->tck_expected)
        atr->fault = ATR_BAD_TCK;
}

struct atr atr_decode(struct slice bytes, struct slice mask)
{
    assert(!mask.ptr || mask.len == bytes.len);
    struct atr atr = {.reach = ATR_UNCHECKABLE};
    bool ts_known = bytes.len > 0 && is_known(mask, 0);
    atr.inverse = ts_known && bytes.ptr[0] == ATR_TS_INVERSE;
    if (bytes.len < ATR_LEN_MIN)
        atr.fault = ATR_SHORT;
    else if (ts_known && !atr.inverse && bytes.ptr[0] != ATR_TS_DIRECT)
        atr.fault = ATR_BAD_TS;
    else if (!read_interface(&atr, bytes, mask))
        return atr;
    if (atr.fault == ATR_OK)
        judge_length(&atr, bytes.len);
    /* TCK does not cover what trails the expected end. */
    atr.reach = find_reach(mask, atr.fault == ATR_TRAILING ? atr.expected_len : bytes.len);
    if (atr.fault == ATR_OK && atr.needs_tck && atr.reach == ATR_FULL)
        judge_tck(&atr, bytes);
    return atr;
}

bool atr_matches(struct slice card, struct slice stored, struct slice mask)
{
    if (card.len != stored.len || (mask.ptr && mask.len != stored.len))
        return false;
    for (size_t i = 0; i < stored.len; i++)
        if ((card.ptr[i] & (mask.ptr ? mask.ptr[i] : 0xff)) != stored.ptr[i])
            return false;
    return true;
}

struct slice atr_historical(struct slice bytes, struct slice mask)
{
    struct atr atr = atr_decode(bytes, mask);
    if (!atr.historical_offset || atr.fault == ATR_TRUNCATED)
        return (struct slice){0};
    struct slice historical = {bytes.ptr + atr.historical_offset, atr.historical_len};
    for (size_t i = 0; i < historical.len; i++)
        if (!is_known(mask, atr.historical_offset + i))
            return (struct slice){0};
    return historical;
}

const char *atr_device_id(struct arena *arena, struct slice bytes, struct slice mask)
{
    struct slice historical = atr_historical(bytes, mask);
    const char *id = ATR_DEVICE_ID_PREFIX;
    for (size_t i = 0; i < historical.len; i++)
        id = arena_printf(arena, "%s%02X", id, historical.ptr[i]);
    return historical.len ? id : NULL;
}
