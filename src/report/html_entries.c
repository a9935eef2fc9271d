/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "model/atr.h"
#include "model/atr_text.h"
#include "report/describe.h"
#include "report/text_parts.h"

#define ROWS_MAX 1000 /* of one table */

static bool is_bytes(const struct regval *value)
{
    return value->state == VALUE_OK && value->raw.len <= ATR_LEN_API_MAX;
}

static void write_bytes(const struct html *html, const struct regval *value)
{
    const char *text = is_bytes(value) && value->raw.len ? text_hex(html->arena, value->raw, " ")
                                                         : regval_show(html->arena, value);
    html_print(html, "<code>%s</code>", html_text(html, text));
}

static void write_pair(const struct html *html, const struct card *card)
{
    const struct regval *atr = card->field[CARD_ATR], *mask = card->field[CARD_ATR_MASK];
    struct slice fitting = inventory_mask(card);
    if (atr->state == VALUE_ABSENT) {
        html_print(html, "none");
        return;
    }
    write_bytes(html, atr);
    html_print(html, "<br>");
    if (mask->state == VALUE_ABSENT)
        html_print(html, "no mask, which stands for all ff");
    else if (fitting.len && slice_is_all(fitting, 0xff))
        html_print(html, "mask all ff");
    else
        write_bytes(html, mask);
    if (!html->run->inventory || !is_bytes(atr) || !atr->raw.len)
        return;
    struct atr decoded = atr_decode(atr->raw, fitting);
    html_print(html, "<br><small>%s</small>",
               html_text(html, atr_describe(html->arena, atr->raw, &decoded)));
}

static void write_providers(const struct html *html, const struct card *card)
{
    static const enum card_field fields[] = {CARD_MODULE, CARD_CSP, CARD_KSP};
    const char *separator = "";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct regval *value = card->field[fields[i]];
        if (value->state == VALUE_ABSENT)
            continue;
        html_print(html, "%s%s", separator, html_text(html, text_show_value(html->arena, value)));
        separator = "<br>";
    }
}

static void write_views(const struct html *html, const struct inventory_row *row, bool is_inf)
{
    const char *separator = "";
    for (enum view view = 0; view < NVIEWS; view++) {
        if (!row->in_view[view])
            continue;
        html_print(html, "%s%s", separator, view_name(view));
        if (is_inf)
            html_print(html, " on %s", text_list_archs(html->arena, row->archs[view]));
        separator = "<br>";
    }
}

static void write_row(const struct html *html, const struct inventory_row *row, bool is_inf)
{
    html_print(html, "<tr><th scope=\"row\"><bdi>%s</bdi><td>",
               html_text(html, row->card->key.origin.name));
    write_views(html, row, is_inf);
    html_print(html, "<td>");
    write_pair(html, row->card);
    html_print(html, "<td>");
    write_providers(html, row->card);
    html_print(html, "<td>%s\n", html_text(html, describe_verdict(html->arena, row)));
}

/* All entries, or those that are in the picture. */
static void write_table(const struct html *html, const struct inventory *inventory,
                        const struct html_involved *involved, bool is_inf)
{
    size_t count = 0;
    html_print(html, "<div class=\"scroll\"><table class=\"inventory\"><thead><tr>"
                     "<th scope=\"col\">Entry<th scope=\"col\">Views<th scope=\"col\">ATR and mask"
                     "<th scope=\"col\">Minidriver, CSP, KSP<th scope=\"col\">Takes<tbody>\n");
    for (size_t i = 0; i < inventory->count; i++) {
        bool is_wanted = html->run->inventory || involved[i].is_involved;
        if (is_wanted && count++ < ROWS_MAX)
            write_row(html, &inventory->rows[i], is_inf);
    }
    html_print(html, "</table></div>\n");
    if (count > ROWS_MAX)
        html_print(html, "<p class=\"more\">Of %zu entries, the first %d are listed.</p>\n", count,
                   ROWS_MAX);
}

void html_add_entries(struct html_page *page, const struct html *piece,
                      const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct html part = {piece->stream, arena, piece->run};
    struct inventory inventory = inventory_list(arena, snapshot);
    struct html_involved *involved;
    size_t ninvolved = html_find_involved(arena, &inventory, &involved);
    if (!ninvolved && !(piece->run->inventory && inventory.count))
        return;
    struct html_draft draft;
    uint8_t digest[DIGEST_SIZE];
    html_begin_draft(&draft, &part);
    if (ninvolved)
        html_write_picture(&draft.html, &inventory, involved, ninvolved);
    write_table(&draft.html, &inventory, involved, snapshot_is_inf(snapshot));
    html_end_draft(&draft);
    digest_bytes((struct slice){(const uint8_t *)draft.text, draft.len}, digest);
    struct html_group *group = html_groups_find(page->arena, &page->entries, digest);
    if (!group->npieces)
        page->has_undrawn |= !html_group_draw(page, group, &draft);
    html_free_draft(&draft);
    html_group_add_piece(page, group);
    if (group->size)
        html_print(piece, "<dt>Drawn<dd><a href=\"#c%zu\">entries, set %zu</a>\n", group->number,
                   group->number);
}

void html_write_entries(const struct html *html, struct html_page *page)
{
    for (size_t i = 0; i < page->entries.count; i++) {
        const struct html_group *group = &page->entries.items[i];
        if (!group->size)
            continue;
        html_print(html, "<section class=\"set\" id=\"c%zu\">\n<h3>Set %zu, of ", group->number,
                   group->number);
        html_write_ranges(html, group);
        html_print(html, "</h3>\n");
        html_write_drawing(html, page, group);
        html_print(html, "</section>\n");
    }
}
