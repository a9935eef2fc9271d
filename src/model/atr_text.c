/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_text.h"

#include "base/text.h"

#define TEXT_SHOWN_MIN 4 /* shorter runs of printable bytes are chance more often than text */

static const char *describe_convention(uint8_t ts)
{
    if (ts == ATR_TS_DIRECT)
        return "direct convention";
    return ts == ATR_TS_INVERSE ? "inverse convention" : "TS masked";
}

/* A second TD often only repeats the T of the first. T=15 says of what follows that it is for all
 * protocols. */
const char *atr_describe_protocols(struct arena *arena, const struct atr *atr)
{
    const char *text = atr->nprotocols ? NULL : "T=0";
    unsigned seen = 1U << ATR_T_GLOBAL;
    for (size_t i = 0; i < atr->nprotocols; i++) {
        if (!(seen & 1U << atr->protocols[i]))
            text = arena_printf(arena, "%s%sT=%u", text ? text : "", text ? ", " : "",
                                atr->protocols[i]);
        seen |= 1U << atr->protocols[i];
    }
    return text ? text : "no protocol";
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

const char *atr_show_bytes(struct arena *arena, struct slice bytes)
{
    const char *hex = text_hex(arena, bytes, " ");
    struct slice text = find_text(bytes);
    if (text.len < TEXT_SHOWN_MIN)
        return hex;
    return arena_printf(arena, "%s (\"%.*s\")", hex, (int)text.len, (const char *)text.ptr);
}

static const char *describe_historical(struct arena *arena, struct slice bytes)
{
    if (bytes.len == 0)
        return "no historical bytes";
    return arena_printf(arena, "%zu historical byte%s %s", bytes.len, bytes.len == 1 ? "" : "s",
                        atr_show_bytes(arena, bytes));
}

/* How long an ATR that ends within its interface bytes has to be at least: all of its last group
 * announces, by the TD in front of it or T0. */
static size_t find_least_len(struct slice bytes, const struct atr *atr)
{
    size_t i = atr->ninterface, there = 0;
    for (; i > 0 && atr->interface[i - 1].letter != 'D'; i--)
        there++;
    uint8_t announcer = i > 0 ? atr->interface[i - 1].value : bytes.ptr[1];
    return bytes.len - there + (size_t)__builtin_popcount(announcer >> 4);
}

static const char *describe_truncation(struct arena *arena, struct slice bytes,
                                       const struct atr *atr)
{
    if (atr->historical_offset)
        return arena_printf(arena, "ends within the historical bytes (got %zu of them, want %zu)",
                            bytes.len - atr->historical_offset, atr->historical_len);
    if (atr->ninterface == ATR_INTERFACE_MAX)
        return "ends within the interface bytes";
    return arena_printf(arena, "ends within the interface bytes (got %s, want %zu at least)",
                        text_count_bytes(arena, bytes.len), find_least_len(bytes, atr));
}

const char *atr_describe_violation(struct arena *arena, struct slice bytes, const struct atr *atr)
{
    const char *got = text_count_bytes(arena, bytes.len);
    switch (atr->fault) {
    case ATR_SHORT:
        return arena_printf(arena, "too short (got %s, want %d at least: TS and T0)", got,
                            ATR_LEN_MIN);
    case ATR_BAD_TS:
        return arena_printf(arena, "wrong TS (got %02x, want 3b or 3f)", bytes.ptr[0]);
    case ATR_TRUNCATED:
        return describe_truncation(arena, bytes, atr);
    case ATR_NO_TCK:
        return arena_printf(arena, "TCK is missing (got %s, want %zu)", got, atr->expected_len);
    case ATR_TRAILING:
        return arena_printf(arena, "bytes behind the end (got %s, want %zu)", got,
                            atr->expected_len);
    case ATR_BAD_TCK:
        return arena_printf(arena, "wrong TCK (got %02x, want %02x)", atr->tck, atr->tck_expected);
    case ATR_OK:
        break;
    }
    if (bytes.len > ATR_LEN_ISO_MAX)
        return arena_printf(arena, "too long (got %s, want %d at most)", got, ATR_LEN_ISO_MAX);
    return NULL;
}

static const char *describe_end(struct arena *arena, struct slice bytes, const struct atr *atr)
{
    const char *violation = atr_describe_violation(arena, bytes, atr);
    if (violation)
        return violation;
    if (!atr->needs_tck)
        return "no TCK";
    if (atr->reach != ATR_FULL)
        return "TCK not checkable: a byte that it covers is masked";
    return arena_printf(arena, "TCK %02x", atr->tck);
}

const char *atr_describe(struct arena *arena, struct slice bytes, const struct atr *atr)
{
    if (atr->fault == ATR_SHORT || atr->fault == ATR_BAD_TS || atr->fault == ATR_TRUNCATED)
        return atr_describe_violation(arena, bytes, atr);
    const char *convention = describe_convention(bytes.ptr[0]);
    if (atr->reach == ATR_UNCHECKABLE)
        return arena_printf(arena, "%s, structure unknown: T0 or a TD is masked", convention);
    struct slice historical = {bytes.ptr + atr->historical_offset, atr->historical_len};
    return arena_printf(arena, "%s, %s, %s, %s", convention, atr_describe_protocols(arena, atr),
                        describe_historical(arena, historical), describe_end(arena, bytes, atr));
}
