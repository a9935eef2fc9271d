/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "model/atr_text.h"
#include "report/describe.h"
#include "rule/atr_names.h"
#include "rule/inventory.h"

/* A block for each entry: a table would have to cut ATRs, of which each byte counts. */

/* "native on x86, amd64" of an INF, else "native". */
static const char *describe_view(struct arena *arena, const struct inventory_row *row,
                                 enum view view, bool is_inf)
{
    const char *name = view_name(view);
    return is_inf ? arena_printf(arena, "%s on %s", name, text_list_archs(arena, row->archs[view]))
                  : name;
}

static void write_views(struct output *output, struct arena *arena, const struct inventory_row *row,
                        bool is_inf)
{
    const char *separator = "";
    text_write_label(output, "views");
    for (enum view view = 0; view < NVIEWS; view++)
        if (row->in_view[view]) {
            fprintf(output->stream, "%s%s", separator, describe_view(arena, row, view, is_inf));
            separator = is_inf ? "; " : ", ";
        }
    fputc('\n', output->stream);
}

static void write_value(struct output *output, struct arena *arena, const char *label,
                        const struct regval *value)
{
    bool is_text = value->state == VALUE_OK && value->seen; /* lookups in a report want it whole */
    if (is_text)
        text_write_line(output, label, text_show_value(arena, value));
    else if (value->state != VALUE_ABSENT)
        text_write_prose(output, arena, label, regval_show(arena, value));
}

static bool is_bytes(const struct regval *value)
{
    return value->state == VALUE_OK && value->raw.len <= ATR_LEN_API_MAX;
}

/* Where they are no bytes that can be an ATR, what they are. */
static void write_pair(struct output *output, struct arena *arena, const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    struct slice fitting = inventory_mask(card);
    bool is_trivial = fitting.len && slice_is_all(fitting, 0xff);
    const struct text_row rows[] = {{"ATR", is_bytes(atr), atr->raw},
                                    {"ATRMask", is_bytes(mask) && !is_trivial, mask->raw}};
    if (!is_bytes(atr))
        write_value(output, arena, "ATR", atr);
    text_write_rows(output, rows, 2, NULL, 0);
    if (is_trivial)
        text_write_line(output, "ATRMask", "all ff");
    else if (!is_bytes(mask))
        write_value(output, arena, "ATRMask", mask);
    if (atr->state != VALUE_ABSENT && mask->state == VALUE_ABSENT)
        text_write_line(output, "ATRMask", "none, which stands for all ff");
}

/* What cards of one ATR are called; a mask leaves it open which cards these are. */
static void write_name(struct output *output, struct arena *arena, const struct card *card)
{
    if (inventory_mask(card).ptr && !slice_is_all(inventory_mask(card), 0xff))
        return;
    struct strings names = atr_names_find(arena, output->run->names, card->field[CARD_ATR]->raw);
    if (names.count)
        text_write_prose(output, arena, "name", names.items[0]);
}

static void write_atr(struct output *output, struct arena *arena, const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR];
    struct slice mask = inventory_mask(card);
    write_pair(output, arena, card);
    if (!is_bytes(atr) || !atr->raw.len)
        return;
    struct atr decoded = atr_decode(atr->raw, mask);
    const char *id = atr_device_id(arena, atr->raw, mask);
    text_write_prose(output, arena, "decoded", atr_describe(arena, atr->raw, &decoded));
    if (id)
        text_write_line(output, "device ID", id);
    write_name(output, arena, card);
}

static void write_row(struct output *output, struct arena *arena, const struct inventory_row *row,
                      bool is_inf)
{
    static const enum color colors[NVERDICTS] = {
        [VERDICT_PAIRS] = COLOR_NONE,         [VERDICT_SHARES] = COLOR_WARNING,
        [VERDICT_SHADOWED] = COLOR_WARNING,   [VERDICT_NEVER] = COLOR_ERROR,
        [VERDICT_NO_ATR] = COLOR_WARNING,     [VERDICT_APPLICATION] = COLOR_NONE,
        [VERDICT_UNREADABLE] = COLOR_WARNING, [VERDICT_UNCOMPARED] = COLOR_NOTE,
    };
    const struct card *card = row->card;
    fputs("\n  ", output->stream);
    text_paint(output, COLOR_BOLD);
    fprintf(output->stream, "entry %s", text_escape(arena, card->key.origin.name));
    text_paint(output, COLOR_NONE);
    fputc('\n', output->stream);
    write_views(output, arena, row, is_inf);
    write_atr(output, arena, card);
    write_value(output, arena, "minidriver", card->field[CARD_MODULE]);
    write_value(output, arena, "CSP", card->field[CARD_CSP]);
    write_value(output, arena, "KSP", card->field[CARD_KSP]);
    text_paint(output, colors[row->verdict]);
    text_write_prose(output, arena, "takes", describe_verdict(arena, row));
    text_paint(output, COLOR_NONE);
}

void text_write_inventory(struct output *output, const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    bool is_inf = snapshot_is_inf(snapshot);
    struct inventory inventory = inventory_list(arena, snapshot);
    for (size_t i = 0; i < inventory.count; i++)
        write_row(output, arena, &inventory.rows[i], is_inf);
}
