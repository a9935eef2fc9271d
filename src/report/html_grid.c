/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include "base/text.h"
#include "model/atr.h"

/* A column for each byte, with the ATR and the mask in hex above its bits, the highest on top. A
 * bit is shown as the ATR has it; whether the mask compares it is its background. */

#define BYTES_MAX 40 /* that are drawn: an ATR has up to 33, and hostile ones any number */
#define LEFT      66 /* of the columns, in units of the picture, as all that follows */
#define WIDTH     23 /* of a column */
#define GAP       3  /* between columns */
#define BIT       16 /* height of one */
#define ROLES_Y   10 /* base lines of text */
#define INDEX_Y   24
#define ATR_Y     42
#define MASK_Y    58
#define BITS_Y    67 /* upper edge */
#define BITS_END  (BITS_Y + 8 * BIT)
#define REPAIR_Y  (BITS_END + 18)

enum bit_state { BIT_COMPARED, BIT_IGNORED, BIT_OFFENDING, NBIT_STATES };

struct grid {
    const struct html *html;
    const struct pair_detail *pair;
    size_t len; /* columns */
};

static int column_x(size_t byte)
{
    return LEFT + (int)byte * WIDTH;
}

static int column_middle(size_t byte)
{
    return column_x(byte) + (WIDTH - GAP) / 2;
}

/* Which bits of a byte the mask compares; no mask compares all. */
static uint8_t find_compared(const struct pair_detail *pair, size_t byte)
{
    if (!pair->mask.ptr)
        return 0xff;
    return byte < pair->mask.len ? pair->mask.ptr[byte] : 0;
}

static bool is_marked(const struct pair_detail *pair, size_t byte)
{
    return pair->marked && pair->marked[byte];
}

/* The bits of a marked byte that are set in the ATR and clear in the mask. */
static uint8_t find_outside(const struct pair_detail *pair, size_t byte)
{
    bool has_both = pair->mask.ptr && byte < pair->atr.len && byte < pair->mask.len;
    return has_both && is_marked(pair, byte)
               ? (uint8_t)(pair->atr.ptr[byte] & ~pair->mask.ptr[byte])
               : 0;
}

static enum bit_state find_state(const struct pair_detail *pair, size_t byte, int bit)
{
    if (find_outside(pair, byte) >> bit & 1)
        return BIT_OFFENDING;
    return find_compared(pair, byte) >> bit & 1 ? BIT_COMPARED : BIT_IGNORED;
}

/* The bits of a column in one state, from the highest, as rectangles of a path. */
static void write_runs(const struct grid *grid, size_t byte, enum bit_state state)
{
    for (int bit = 7, run; bit >= 0; bit -= run + 1) {
        for (run = 0; run <= bit && find_state(grid->pair, byte, bit - run) == state; run++)
            continue;
        if (run)
            html_print(grid->html, "M%d %dh%dv%dh-%dz", column_x(byte), BITS_Y + (7 - bit) * BIT,
                       WIDTH - GAP, run * BIT, WIDTH - GAP);
    }
}

static void write_backgrounds(const struct grid *grid, const char *name, enum bit_state state)
{
    html_print(grid->html, "<path class=\"%s\" d=\"", name);
    for (size_t i = 0; i < grid->len; i++)
        write_runs(grid, i, state);
    html_print(grid->html, "\"/>\n");
}

/* The digits of a row that are in one state, each at its own place. */
static void write_digits(const struct grid *grid, const char *name, enum bit_state state, int bit)
{
    char digits[BYTES_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < grid->len && i < grid->pair->atr.len; i++) {
        if (find_state(grid->pair, i, bit) != state)
            continue;
        if (!count)
            html_print(grid->html, "<text class=\"%s\" y=\"%d\" x=\"", name,
                       BITS_Y + (7 - bit) * BIT + 12);
        html_print(grid->html, count ? " %d" : "%d", column_middle(i));
        digits[count++] = (char)('0' + (grid->pair->atr.ptr[i] >> bit & 1));
    }
    digits[count] = '\0';
    if (count)
        html_print(grid->html, "\">%s</text>\n", digits);
}

static void write_bits(const struct grid *grid)
{
    static const char *const names[NBIT_STATES] = {"on", "off", "bad"};
    write_backgrounds(grid, "compared", BIT_COMPARED);
    write_backgrounds(grid, "outside", BIT_OFFENDING);
    for (int bit = 7; bit >= 0; bit--)
        for (int state = 0; state < NBIT_STATES; state++)
            write_digits(grid, names[state], (enum bit_state)state, bit);
}

/* Bytes in hex. Each digit has a place of its own: fonts differ in their widths. */
static void write_hex(const struct grid *grid, int y, struct slice bytes)
{
    size_t len = bytes.len < grid->len ? bytes.len : grid->len;
    if (!len)
        return;
    html_print(grid->html, "<text class=\"hex\" y=\"%d\" x=\"", y);
    for (size_t i = 0; i < len; i++)
        html_print(grid->html, i ? " %d %d" : "%d %d", column_middle(i) - 4, column_middle(i) + 4);
    html_print(grid->html, "\">");
    for (size_t i = 0; i < len; i++)
        html_print(grid->html, "%02x", bytes.ptr[i]);
    html_print(grid->html, "</text>\n");
}

static void write_label(const struct grid *grid, int y, const char *label)
{
    html_print(grid->html, "<text class=\"label\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 10, y,
               label);
}

static void write_labels(const struct grid *grid)
{
    write_label(grid, INDEX_Y, "byte");
    write_label(grid, ATR_Y, "ATR");
    write_label(grid, MASK_Y, grid->pair->mask.ptr ? "ATRMask" : "no mask");
    if (grid->pair->repaired.len)
        write_label(grid, REPAIR_Y, "repaired");
    for (int bit = 7; bit >= 0; bit--)
        html_print(grid->html, "<text class=\"label\" x=\"%d\" y=\"%d\">%s%d</text>\n", LEFT - 10,
                   BITS_Y + (7 - bit) * BIT + 12, bit == 7 ? "bit " : "", bit);
}

/* "TS", "T0", "TA1" ... "H1" (historical bytes), "TCK", as far as the ATR says. */
static const char *find_role(const struct html *html, const struct atr *atr, size_t byte)
{
    if (byte < 2)
        return byte ? "T0" : "TS";
    if (byte - 2 < atr->ninterface)
        return arena_printf(html->arena, "T%c%u", atr->interface[byte - 2].letter,
                            atr->interface[byte - 2].group);
    if (!atr->expected_len)
        return "";
    if (byte >= atr->historical_offset && byte - atr->historical_offset < atr->historical_len)
        return arena_printf(html->arena, "H%zu", byte - atr->historical_offset + 1);
    return atr->needs_tck && byte + 1 == atr->expected_len ? "TCK" : "";
}

static void write_heads(const struct grid *grid)
{
    const struct pair_detail *pair = grid->pair;
    struct slice mask = pair->mask.len == pair->atr.len ? pair->mask : (struct slice){0};
    struct atr atr = atr_decode(pair->atr, mask);
    for (size_t i = 0; i < grid->len; i++)
        html_print(grid->html,
                   "<text class=\"role\" x=\"%d\" y=\"%d\">%s</text>"
                   "<text class=\"index\" x=\"%d\" y=\"%d\">%zu</text>\n",
                   column_middle(i), ROLES_Y,
                   i < pair->atr.len ? find_role(grid->html, &atr, i) : "", column_middle(i),
                   INDEX_Y, i);
}

/* Around each marked byte, for those who do not see colours as well. */
static void write_marks(const struct grid *grid)
{
    html_print(grid->html, "<path class=\"mark\" d=\"");
    for (size_t i = 0; i < grid->len; i++)
        if (is_marked(grid->pair, i))
            html_print(grid->html, "M%d %dh%dv%dh-%dz", column_x(i) - 1, ATR_Y - 13, WIDTH - 1,
                       BITS_END - ATR_Y + 14, WIDTH - 1);
    html_print(grid->html, "\"/>\n");
}

static const char *show_bytes(const struct grid *grid, const char *label, struct slice bytes)
{
    size_t len = bytes.len < grid->len ? bytes.len : grid->len;
    return len ? arena_printf(grid->html->arena, "%s %s. ", label,
                              text_hex(grid->html->arena, (struct slice){bytes.ptr, len}, " "))
               : "";
}

/* What the picture shows, for those who do not see it. */
static const char *describe(const struct grid *grid)
{
    return arena_printf(grid->html->arena, "%s%s%s", show_bytes(grid, "ATR", grid->pair->atr),
                        show_bytes(grid, "Mask", grid->pair->mask),
                        show_bytes(grid, "Repaired", grid->pair->repaired));
}

static void write_picture(const struct grid *grid)
{
    int width = column_x(grid->len) + 2;
    int height = grid->pair->repaired.len ? REPAIR_Y + 5 : BITS_END + 2;
    html_print(grid->html,
               "<div class=\"scroll\"><svg class=\"grid\" role=\"img\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\" aria-label=\"%s\">\n",
               width, height, width, height, describe(grid));
    write_labels(grid);
    write_heads(grid);
    write_hex(grid, ATR_Y, grid->pair->atr);
    write_hex(grid, MASK_Y, grid->pair->mask);
    write_hex(grid, REPAIR_Y, grid->pair->repaired);
    write_bits(grid);
    write_marks(grid);
    html_print(grid->html, "</svg></div>\n");
}

/* "byte 1, bits 7 5 3 2": the same in words. */
static void write_words(const struct grid *grid)
{
    const char *separator = "<strong>Marked:</strong>";
    for (size_t i = 0; i < grid->len; i++) {
        if (!is_marked(grid->pair, i))
            continue;
        uint8_t outside = find_outside(grid->pair, i);
        html_print(grid->html, "%s byte %zu", separator, i);
        separator = ";";
        if (outside)
            html_print(grid->html, outside & (outside - 1) ? ", bits" : ", bit");
        for (int bit = 7; bit >= 0; bit--)
            if (outside >> bit & 1)
                html_print(grid->html, " %d", bit);
    }
    html_print(grid->html, "\n");
}

void html_write_grid(const struct html *html, const struct pair_detail *pair)
{
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    struct grid grid = {html, pair, len < BYTES_MAX ? len : BYTES_MAX};
    if (!len)
        return;
    html_print(html, "<figure>");
    write_picture(&grid);
    html_print(html, "<figcaption>");
    write_words(&grid);
    if (len > BYTES_MAX)
        html_print(html, "Of %zu bytes, the first %d are drawn.", len, BYTES_MAX);
    html_print(html, "</figcaption></figure>\n");
}
