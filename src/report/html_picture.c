/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include "base/text.h"
#include "model/atr.h"

/* Entries in their order, from which lines lead to those whose cards they take. */

#define NODES_MAX  60 /* entries of one picture */
#define LANE       12 /* width of one, in units of the picture, as all that follows */
#define ROW        22 /* height */
#define NAME_WIDTH 300
#define BYTE_WIDTH 19
#define NAME_SHOWN 40 /* bytes */
#define TWINS_MAX  64 /* entries of one name that are looked at */

/* An entry in the picture. */
struct node {
    const struct inventory_row *row;
    size_t earlier;     /* the node that takes its cards; SIZE_MAX: none in the picture */
    size_t first, last; /* the nodes that its line spans, where it takes cards itself */
    size_t lane;
    bool takes;
};

struct picture {
    const struct html *html;
    struct node *nodes;
    size_t count, nlanes, bytes; /* of the longest ATR */
};

static bool share_a_view(const struct inventory_row *a, const struct inventory_row *b)
{
    for (enum view view = 0; view < NVIEWS; view++)
        if (a->archs[view] & b->archs[view])
            return true;
    return false;
}

static int compare_name(const struct inventory_row *row, const char *name)
{
    int order = text_compare(row->card->key.origin.name, name);
    return order ? order : strcmp(row->card->key.origin.name, name);
}

/* The row of the entry that takes cards from one, or SIZE_MAX. Rows are sorted by their names; that
 * of several views holds the entry of one of them. */
static size_t find_earlier(const struct inventory *inventory, const struct inventory_row *row)
{
    if (!row->earlier)
        return SIZE_MAX;
    const char *name = row->earlier->key.origin.name;
    size_t low = 0, high = inventory->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_name(&inventory->rows[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < inventory->count && i - low < TWINS_MAX; i++)
        if (compare_name(&inventory->rows[i], name) != 0)
            break;
        else if (&inventory->rows[i] != row && share_a_view(&inventory->rows[i], row))
            return i;
    return SIZE_MAX;
}

size_t html_find_involved(struct arena *arena, const struct inventory *inventory,
                          struct html_involved **involved)
{
    struct html_involved *items = arena_alloc(arena, inventory->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < inventory->count; i++)
        items[i].earlier = find_earlier(inventory, &inventory->rows[i]);
    for (size_t i = 0; i < inventory->count; i++)
        if (items[i].earlier != SIZE_MAX)
            items[i].is_involved = items[items[i].earlier].is_involved = true;
    for (size_t i = 0; i < inventory->count; i++)
        count += items[i].is_involved;
    *involved = items;
    return count;
}

/* Chooses so many entries as fit, each with the one that takes its cards. */
static bool *choose_rows(struct arena *arena, const struct inventory *inventory,
                         const struct html_involved *involved)
{
    bool *chosen = arena_alloc(arena, inventory->count, sizeof *chosen);
    size_t count = 0;
    for (size_t i = 0; i < inventory->count && count < NODES_MAX; i++) {
        size_t earlier = involved[i].earlier;
        if (earlier == SIZE_MAX)
            continue;
        size_t more = (size_t)!chosen[i] + !chosen[earlier];
        if (count + more > NODES_MAX)
            continue;
        chosen[i] = chosen[earlier] = true;
        count += more;
    }
    return chosen;
}

static void add_nodes(struct picture *picture, const struct inventory *inventory,
                      const struct html_involved *involved)
{
    struct arena *arena = picture->html->arena;
    const bool *chosen = choose_rows(arena, inventory, involved);
    size_t *node_of = arena_alloc(arena, inventory->count, sizeof *node_of);
    for (size_t i = 0; i < inventory->count; i++) {
        if (!chosen[i])
            continue;
        const struct inventory_row *row = &inventory->rows[i];
        size_t len = row->card->field[CARD_ATR]->raw.len;
        picture->bytes = len > picture->bytes ? len : picture->bytes;
        picture->nodes[picture->count] = (struct node){.row = row, .earlier = involved[i].earlier};
        node_of[i] = picture->count++;
    }
    for (size_t i = 0; i < picture->count; i++) {
        struct node *node = &picture->nodes[i];
        bool is_drawn = node->earlier != SIZE_MAX && chosen[node->earlier];
        node->earlier = is_drawn ? node_of[node->earlier] : SIZE_MAX;
    }
}

static void stretch(struct node *node, size_t own, size_t to)
{
    if (!node->takes)
        node->first = node->last = own;
    node->takes = true;
    node->first = to < node->first ? to : node->first;
    node->last = to > node->last ? to : node->last;
}

/* Lines that would run over each other get different lanes: the first that is free so far. */
static void choose_lanes(struct picture *picture)
{
    for (size_t i = 0; i < picture->count; i++)
        if (picture->nodes[i].earlier != SIZE_MAX)
            stretch(&picture->nodes[picture->nodes[i].earlier], picture->nodes[i].earlier, i);
    for (size_t i = 0; i < picture->count; i++) {
        struct node *node = &picture->nodes[i];
        bool used[NODES_MAX] = {false};
        for (size_t j = 0; j < i && node->takes; j++)
            if (picture->nodes[j].takes && picture->nodes[j].first <= node->last &&
                node->first <= picture->nodes[j].last)
                used[picture->nodes[j].lane] = true;
        while (used[node->lane]) /* ends: fewer lines than lanes are in front of it */
            node->lane++;
        if (node->takes && node->lane >= picture->nlanes)
            picture->nlanes = node->lane + 1;
    }
}

static int row_y(size_t node)
{
    return (int)node * ROW + ROW / 2;
}

static int names_x(const struct picture *picture)
{
    return (int)picture->nlanes * LANE + 18;
}

/* The lanes are counted from the names: short lines stay near to them. */
static int lane_x(const struct picture *picture, size_t lane)
{
    return names_x(picture) - 14 - (int)lane * LANE;
}

/* The line of an entry that takes cards, from its row to the last. */
static void write_trunk(const struct picture *picture, size_t i)
{
    const struct node *node = &picture->nodes[i];
    int x = lane_x(picture, node->lane);
    html_print(picture->html, "<path class=\"line\" d=\"M%d %dH%dM%d %dV%d\"/>",
               names_x(picture) - 4, row_y(i), x, x, row_y(node->first), row_y(node->last));
    html_print(picture->html, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"2.5\"/>\n", x,
               row_y(i));
}

/* An arrow to the entry that loses cards: dashed where it keeps some. */
static void write_branch(const struct picture *picture, size_t i)
{
    const struct node *node = &picture->nodes[i];
    bool keeps_some = node->row->verdict == VERDICT_SHARES;
    int x = lane_x(picture, picture->nodes[node->earlier].lane), end = names_x(picture) - 4;
    html_print(
        picture->html,
        "<path class=\"line%s\" d=\"M%d %dH%d\"/><path class=\"head\" d=\"M%d %dl-6-3.5v7z\"/>\n",
        keeps_some ? " some" : "", x, row_y(i), end - 5, end, row_y(i));
}

/* A digit as far as the mask compares it: all of its bits, some or none. */
static void write_digit(const struct picture *picture, uint8_t digit, uint8_t mask)
{
    if (mask == 0xf)
        html_print(picture->html, "%x", digit);
    else
        html_print(picture->html, mask ? "~" : "\u00b7");
}

/* The bytes of a pattern as the mask compares them. */
static void write_pattern(const struct picture *picture, const struct card *card, int y)
{
    struct slice atr = card->field[CARD_ATR]->raw, mask = inventory_mask(card);
    int x = names_x(picture) + NAME_WIDTH;
    size_t len = atr.len < ATR_LEN_API_MAX ? atr.len : ATR_LEN_API_MAX;
    if (!len)
        return;
    html_print(picture->html, "<text class=\"hex\" y=\"%d\" x=\"", y);
    for (size_t i = 0; i < len; i++)
        html_print(picture->html, "%s%d %d", i ? " " : "", x + (int)i * BYTE_WIDTH,
                   x + (int)i * BYTE_WIDTH + 8);
    html_print(picture->html, "\">");
    for (size_t i = 0; i < len; i++) {
        uint8_t compared = mask.ptr ? mask.ptr[i] : 0xff;
        write_digit(picture, atr.ptr[i] >> 4, compared >> 4);
        write_digit(picture, atr.ptr[i] & 0xf, compared & 0xf);
    }
    html_print(picture->html, "</text>\n");
}

static void write_node(const struct picture *picture, size_t i)
{
    const struct node *node = &picture->nodes[i];
    const struct html *html = picture->html;
    const char *name = node->row->card->key.origin.name;
    html_print(html, "<text class=\"name%s\" x=\"%d\" y=\"%d\">%s</text>\n",
               node->row->verdict == VERDICT_SHADOWED ? " lost" : "", names_x(picture),
               row_y(i) + 4, html_text(html, text_cut(html->arena, name, NAME_SHOWN)));
    write_pattern(picture, node->row->card, row_y(i) + 4);
    if (node->takes)
        write_trunk(picture, i);
    if (node->earlier != SIZE_MAX)
        write_branch(picture, i);
}

void html_write_picture(const struct html *html, const struct inventory *inventory,
                        const struct html_involved *involved, size_t ninvolved)
{
    struct picture picture = {.html = html,
                              .nodes = arena_alloc(html->arena, NODES_MAX, sizeof(struct node))};
    add_nodes(&picture, inventory, involved);
    choose_lanes(&picture);
    size_t bytes = picture.bytes < ATR_LEN_API_MAX ? picture.bytes : ATR_LEN_API_MAX;
    int width = names_x(&picture) + NAME_WIDTH + (int)bytes * BYTE_WIDTH + 4;
    int height = (int)picture.count * ROW;
    html_print(html,
               "<figure><div class=\"scroll\"><svg class=\"entries\" role=\"img\" width=\"%d\" "
               "height=\"%d\" viewBox=\"0 0 %d %d\" aria-label=\"Which entries take the cards of "
               "which; the table below says the same\">\n",
               width, height, width, height);
    for (size_t i = 0; i < picture.count; i++)
        write_node(&picture, i);
    html_print(html,
               "</svg></div><figcaption>A line leads from each entry to those that come later "
               "and whose cards it takes: all of them, or, where it is dashed, some. "
               "Of an ATR, a digit that the mask leaves out is a dot, one that it compares "
               "in part a tilde.");
    if (ninvolved > picture.count)
        html_print(html, " Of %zu such entries, %zu are drawn.", ninvolved, picture.count);
    html_print(html, "</figcaption></figure>\n");
}
