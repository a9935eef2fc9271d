/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_report.h"

#include "base/text.h"
#include "model/atr_text.h"

#define LABEL_LEN   11
#define WIDTH       80 /* columns */
#define BYTES_SHOWN 64 /* an ATR has at most 33, but what is given as one may have any number */

/* A report being written. */
struct report {
    struct arena *arena;
    struct slice bytes;
    struct atr atr;
    const char *text;
};

const char *atr_report_line(struct arena *arena, const char *label, const char *text)
{
    return arena_printf(arena, "%-*s %s\n", LABEL_LEN, label,
                        text_wrap(arena, text, LABEL_LEN + 1, WIDTH));
}

static void add_line(struct report *report, const char *label, const char *text)
{
    report->text = arena_printf(report->arena, "%s%s", report->text,
                                atr_report_line(report->arena, label, text));
}

/* A line about one byte: "TD1 80". */
static void add_byte(struct report *report, const char *name, uint8_t byte, const char *text)
{
    add_line(report, arena_printf(report->arena, "%-3s %02x", name, byte), text);
}

static void add_all(struct report *report)
{
    size_t len = report->bytes.len;
    struct slice shown = {report->bytes.ptr, len < BYTES_SHOWN ? len : BYTES_SHOWN};
    add_line(report, "ATR",
             arena_printf(report->arena, "%s%s (%s)", text_hex(report->arena, shown, " "),
                          shown.len < len ? " ..." : "", text_count_bytes(report->arena, len)));
}

static void add_ts(struct report *report)
{
    uint8_t ts = report->bytes.ptr[0];
    add_byte(report, "TS", ts,
             ts == ATR_TS_DIRECT    ? "direct convention"
             : ts == ATR_TS_INVERSE ? "inverse convention"
                                    : "no convention");
}

/* "TA2, TD2 follow": what T0 or a TD announces. */
static const char *describe_following(struct arena *arena, uint8_t announcer, unsigned group)
{
    const char *list = NULL;
    for (int i = 0; i < 4; i++)
        if (announcer & 0x10U << i)
            list = arena_printf(arena, "%s%sT%c%u", list ? list : "", list ? ", " : "", 'A' + i,
                                group);
    if (!list)
        return "no more interface bytes";
    return arena_printf(arena, "%s follow%s", list,
                        __builtin_popcount(announcer >> 4) == 1 ? "s" : "");
}

static void add_t0(struct report *report)
{
    uint8_t t0 = report->bytes.ptr[1];
    unsigned count = t0 & 0x0f;
    add_byte(report, "T0", t0,
             arena_printf(report->arena, "%s; K=%u: %u historical byte%s",
                          describe_following(report->arena, t0, 1), count, count,
                          count == 1 ? "" : "s"));
}

/* ISO/IEC 7816-3, tables 7 and 8; 0 is reserved. */
static const char *describe_rates(struct arena *arena, uint8_t ta1)
{
    static const unsigned fi[16] = {372, 372, 558, 744,  1116, 1488, 1860, 0,
                                    0,   512, 768, 1024, 1536, 2048, 0,    0};
    static const char *const mhz[16] = {"4",  "5", "6",   "8",  "12", "16", "20", NULL,
                                        NULL, "5", "7.5", "10", "15", "20", NULL, NULL};
    static const unsigned di[16] = {0, 1, 2, 4, 8, 16, 32, 64, 12, 20};
    unsigned f = fi[ta1 >> 4], d = di[ta1 & 0x0f];
    const char *high =
        f ? arena_printf(arena, "Fi=%u (up to %s MHz)", f, mhz[ta1 >> 4]) : "Fi is reserved";
    const char *low = d ? arena_printf(arena, "Di=%u", d) : "Di is reserved";
    return arena_printf(arena, "%s, %s", high, low);
}

static const char *describe_guard_time(struct arena *arena, uint8_t tc1)
{
    if (tc1 == 255)
        return "extra guard time N=255: the least that the protocol allows";
    return arena_printf(arena, "extra guard time N=%u%s", tc1, tc1 ? "" : ": none");
}

static const char *describe_specific_mode(struct arena *arena, uint8_t ta2)
{
    return arena_printf(arena, "specific mode: T=%u, rates %s; the card %s leave it", ta2 & 0x0f,
                        ta2 & 0x10 ? "known otherwise" : "of TA1", ta2 & 0x80 ? "cannot" : "can");
}

/* Of the first two groups, which are for any protocol, but for TC2. */
static const char *describe_global(struct arena *arena, const struct atr_interface *byte)
{
    switch (byte->letter) {
    case 'A':
        return byte->group == 1 ? describe_rates(arena, byte->value)
                                : describe_specific_mode(arena, byte->value);
    case 'B':
        return "programming voltage: deprecated, to be ignored";
    default:
        if (byte->group == 1)
            return describe_guard_time(arena, byte->value);
        return arena_printf(arena, "T=0: waiting time integer WI=%u%s", byte->value,
                            byte->value ? "" : ", reserved");
    }
}

static const char *describe_t1(struct arena *arena, const struct atr_interface *byte)
{
    unsigned value = byte->value;
    switch (byte->letter) {
    case 'A':
        return arena_printf(arena, "T=1: IFSC=%u%s", value,
                            value == 0 || value == 255 ? ", reserved"
                                                       : ": the card takes so many bytes at once");
    case 'B':
        return arena_printf(arena, "T=1: waiting times BWI=%u%s, CWI=%u", value >> 4,
                            value >> 4 > 9 ? " (reserved)" : "", value & 0x0f);
    default:
        return value & 1 ? "T=1: errors are found by CRC" : "T=1: errors are found by LRC";
    }
}

static const char *describe_t15(struct arena *arena, const struct atr_interface *byte)
{
    static const char *const stop[4] = {"not supported", "in state L", "in state H",
                                        "in any state"};
    static const char *const class[8] = {NULL,        "A (5 V)", "B (3 V)", "A, B",
                                         "C (1.8 V)", NULL,      "B, C",    "A, B, C"};
    unsigned classes = byte->value & 0x3f;
    if (byte->letter == 'A')
        return arena_printf(arena, "clock stop %s; class %s", stop[byte->value >> 6],
                            classes < 8 && class[classes] ? class[classes] : "reserved");
    if (byte->letter == 'B')
        return byte->value == 0     ? "contact SPU is not used"
               : byte->value & 0x80 ? "contact SPU: proprietary use"
                                    : "contact SPU: standard use";
    return "reserved";
}

/* Whether no earlier byte has the same letter and T: only the first of each has a meaning. */
static bool is_first(const struct atr *atr, const struct atr_interface *byte)
{
    for (const struct atr_interface *other = atr->interface; other < byte; other++)
        if (other->group > 2 && other->letter == byte->letter &&
            atr->protocols[other->group - 2] == atr->protocols[byte->group - 2])
            return false;
    return true;
}

/* From the third group on, they are for the protocol of the TD in front. */
static const char *describe_specific(struct arena *arena, const struct atr *atr,
                                     const struct atr_interface *byte)
{
    unsigned protocol = atr->protocols[byte->group - 2];
    if (!is_first(atr, byte) || (protocol != 1 && protocol != ATR_T_GLOBAL))
        return arena_printf(arena, "T=%u: reserved", protocol);
    return protocol == 1 ? describe_t1(arena, byte) : describe_t15(arena, byte);
}

static void add_interface(struct report *report, const struct atr_interface *byte)
{
    struct arena *arena = report->arena;
    const char *text;
    if (byte->letter == 'D')
        text = arena_printf(arena, "T=%u; %s", byte->value & 0x0f,
                            describe_following(arena, byte->value, byte->group + 1U));
    else if (byte->group <= 2)
        text = describe_global(arena, byte);
    else
        text = describe_specific(arena, &report->atr, byte);
    add_byte(report, arena_printf(arena, "T%c%u", byte->letter, byte->group), byte->value, text);
}

/* ISO/IEC 7816-4, by the high half of the tag; the low half is the length. */
static const char *const object_names[16] = {
    [1] = "country code",
    [2] = "issuer identification number",
    [3] = "card service data",
    [4] = "initial access data",
    [5] = "card issuer's data",
    [6] = "pre-issuing data",
    [7] = "card capabilities",
    [8] = "status information",
    [15] = "application identifier",
};

static void add_object(struct report *report, uint8_t tag, struct slice value)
{
    const char *name = object_names[tag >> 4] ? object_names[tag >> 4] : "unknown";
    add_byte(report, "", tag,
             arena_printf(report->arena, "%s%s%s", name, value.len ? ": " : "",
                          atr_show_bytes(report->arena, value)));
}

/* Each turn takes a tag at least. */
static void add_objects(struct report *report, struct slice bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        uint8_t tag = bytes.ptr[at++];
        size_t len = tag & 0x0f, left = bytes.len - at;
        if (len > left) {
            add_byte(report, "", tag,
                     arena_printf(report->arena, "ends too early (got %s, want %zu)",
                                  text_count_bytes(report->arena, left), len));
            return;
        }
        add_object(report, tag, (struct slice){bytes.ptr + at, len});
        at += len;
    }
}

/* What the first historical byte, the category indicator, says of the others (ISO/IEC 7816-4). The
 * status stands behind all others: where some are missing, nobody knows which of them it is. */
static void add_category(struct report *report, struct slice bytes)
{
    uint8_t category = bytes.ptr[0];
    struct slice rest = {bytes.ptr + 1, bytes.len - 1};
    bool is_whole = bytes.len == report->atr.historical_len;
    if (category == 0x80 || (category == 0 && !is_whole)) {
        add_byte(report, "", category, "category: data objects in compact TLV");
        add_objects(report, rest);
    } else if (category == 0 && rest.len >= 3) {
        struct slice status = {rest.ptr + rest.len - 3, 3};
        rest.len -= 3;
        add_byte(report, "", category, "category: data objects in compact TLV, then the status");
        add_objects(report, rest);
        add_line(report, "",
                 arena_printf(report->arena, "status: %s", text_hex(report->arena, status, " ")));
    } else if (category == 0x10 && rest.len > 0) {
        add_byte(report, "", category,
                 arena_printf(report->arena, "category: DIR data reference %02x", rest.ptr[0]));
    } else {
        add_byte(report, "", category,
                 category > 0x80 && category <= 0x8f ? "category: reserved"
                                                     : "category: proprietary");
    }
}

static void add_historical(struct report *report)
{
    const struct atr *atr = &report->atr;
    if (!atr->historical_offset)
        return;
    size_t left = report->bytes.len - atr->historical_offset;
    struct slice bytes = {report->bytes.ptr + atr->historical_offset, atr->historical_len};
    if (bytes.len > left)
        bytes.len = left;
    add_line(report, "historical", bytes.len ? atr_show_bytes(report->arena, bytes) : "none");
    if (bytes.len)
        add_category(report, bytes);
}

static void add_tck(struct report *report)
{
    const struct atr *atr = &report->atr;
    if (!atr->expected_len || atr->fault == ATR_TRUNCATED)
        return;
    if (!atr->needs_tck)
        add_line(report, "TCK", "none, as T=0 alone has none");
    else if (atr->fault == ATR_NO_TCK)
        add_line(report, "TCK", "missing");
    else
        add_byte(report, "TCK", report->bytes.ptr[atr->expected_len - 1],
                 atr->fault == ATR_BAD_TCK ? "wrong" : "right");
}

static void add_fault(struct report *report, const struct atr *atr)
{
    const char *violation = atr_describe_violation(report->arena, report->bytes, atr);
    if (violation)
        add_line(report, "fault", violation);
}

static void add_parts(struct report *report)
{
    const char *id = atr_device_id(report->arena, report->bytes, (struct slice){0});
    add_t0(report);
    for (size_t i = 0; i < report->atr.ninterface; i++)
        add_interface(report, &report->atr.interface[i]);
    if (report->atr.historical_offset)
        add_line(report, "protocols", atr_describe_protocols(report->arena, &report->atr));
    add_historical(report);
    add_tck(report);
    add_line(report, "device ID", id ? id : "none");
}

/* What follows a wrong TS is decoded as if that was masked. */
static struct atr decode_behind_ts(struct arena *arena, struct slice bytes)
{
    uint8_t *mask = arena_alloc(arena, bytes.len, 1);
    for (size_t i = 1; i < bytes.len; i++)
        mask[i] = 0xff;
    return atr_decode(bytes, (struct slice){mask, bytes.len});
}

const char *atr_report(struct arena *arena, struct slice bytes)
{
    struct report report = {arena, bytes, .text = ""};
    struct atr atr = report.atr = atr_decode(bytes, (struct slice){0});
    if (atr.fault == ATR_BAD_TS)
        report.atr = decode_behind_ts(arena, bytes);
    add_all(&report);
    if (bytes.len)
        add_ts(&report);
    if (bytes.len >= ATR_LEN_MIN)
        add_parts(&report);
    add_fault(&report, &atr);
    if (atr.fault == ATR_BAD_TS)
        add_fault(&report, &report.atr);
    return report.text;
}

bool atr_is_sound(struct slice bytes)
{
    return atr_decode(bytes, (struct slice){0}).fault == ATR_OK && bytes.len <= ATR_LEN_ISO_MAX;
}
