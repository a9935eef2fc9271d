/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr.h"

#include <assert.h>

#define TS_DIRECT      0x3b
#define TS_INVERSE     0x3f
#define TD_FOLLOWS     0x8 /* in the high nibble of T0 and of each TD */
#define TEXT_SHOWN_MIN 4   /* shorter runs of printable bytes are chance more often than text */

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

/* Returns false where a masked T0 or TD leaves the structure unknown. */
static bool read_interface(struct atr *atr, struct slice bytes, struct slice mask)
{
    size_t at = 1;
    while (is_known(mask, at)) {
        if (at > 1)
            add_protocol(atr, bytes.ptr[at] & 0x0f);
        unsigned announced = bytes.ptr[at] >> 4;
        size_t count = (size_t)__builtin_popcount(announced);
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
    atr.inverse = ts_known && bytes.ptr[0] == TS_INVERSE;
    if (bytes.len < ATR_LEN_MIN)
        atr.fault = ATR_SHORT;
    else if (ts_known && !atr.inverse && bytes.ptr[0] != TS_DIRECT)
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

static const char *describe_convention(uint8_t ts)
{
    if (ts == TS_DIRECT)
        return "direct convention";
    return ts == TS_INVERSE ? "inverse convention" : "TS masked";
}

/* Each protocol once: a second TD often only repeats the T of the first. */
static const char *describe_protocols(struct arena *arena, const struct atr *atr)
{
    const char *text = atr->nprotocols ? "" : ", T=0";
    unsigned seen = 0;
    for (size_t i = 0; i < atr->nprotocols; i++) {
        if (!(seen & 1U << atr->protocols[i]))
            text = arena_printf(arena, "%s, T=%u", text, atr->protocols[i]);
        seen |= 1U << atr->protocols[i];
    }
    return text;
}

/* The longest run that is printed as it is: ASCII, without what would need escaping in quotes. */
static struct slice find_text(struct slice bytes)
{
    struct slice longest = {bytes.ptr, 0};
    size_t run = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        run = c >= ' ' && c <= '~' && c != '"' && c != '\\' ? run + 1 : 0;
        if (run > longest.len)
            longest = (struct slice){bytes.ptr + i + 1 - run, run};
    }
    return longest;
}

static const char *describe_historical(struct arena *arena, struct slice bytes)
{
    if (bytes.len == 0)
        return "no historical bytes";
    char *out = arena_printf(arena, "%zu historical byte%s", bytes.len, bytes.len == 1 ? "" : "s");
    for (size_t i = 0; i < bytes.len; i++)
        out = arena_printf(arena, "%s %02x", out, bytes.ptr[i]);
    struct slice text = find_text(bytes);
    if (text.len < TEXT_SHOWN_MIN)
        return out;
    return arena_printf(arena, "%s (\"%.*s\")", out, (int)text.len, (const char *)text.ptr);
}

static const char *describe_end(struct arena *arena, size_t len, const struct atr *atr)
{
    if (atr->fault == ATR_NO_TCK)
        return arena_printf(arena, "TCK missing: %zu bytes expected, %zu are there",
                            atr->expected_len, len);
    if (atr->fault == ATR_TRAILING)
        return arena_printf(arena, "bytes behind the expected end: %zu expected, %zu are there",
                            atr->expected_len, len);
    if (atr->fault == ATR_BAD_TCK)
        return arena_printf(arena, "wrong TCK: %02x expected, %02x is there", atr->tck_expected,
                            atr->tck);
    if (!atr->needs_tck)
        return "no TCK";
    if (atr->reach != ATR_FULL)
        return "TCK not checkable: a byte that it covers is masked";
    return arena_printf(arena, "TCK %02x", atr->tck);
}

const char *atr_describe(struct arena *arena, struct slice bytes, const struct atr *atr)
{
    if (atr->fault == ATR_SHORT)
        return arena_printf(arena, "too short: TS and T0 expected, %zu byte%s there", bytes.len,
                            bytes.len == 1 ? " is" : "s are");
    if (atr->fault == ATR_BAD_TS)
        return arena_printf(arena, "wrong TS: 3b or 3f expected, %02x is there", bytes.ptr[0]);
    if (atr->fault == ATR_TRUNCATED && atr->historical_offset == 0)
        return arena_printf(arena, "truncated: interface bytes announced past the end, at byte %zu",
                            bytes.len);
    if (atr->fault == ATR_TRUNCATED) {
        size_t there = bytes.len - atr->historical_offset;
        return arena_printf(arena, "truncated: T0 announces %zu historical byte%s, %zu %s there",
                            atr->historical_len, atr->historical_len == 1 ? "" : "s", there,
                            there == 1 ? "is" : "are");
    }
    const char *convention = describe_convention(bytes.ptr[0]);
    if (atr->reach == ATR_UNCHECKABLE)
        return arena_printf(arena, "%s, structure unknown: T0 or a TD is masked", convention);
    struct slice historical = {bytes.ptr + atr->historical_offset, atr->historical_len};
    return arena_printf(arena, "%s%s, %s, %s", convention, describe_protocols(arena, atr),
                        describe_historical(arena, historical),
                        describe_end(arena, bytes.len, atr));
}
