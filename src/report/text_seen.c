/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "rule/atr_names.h"
#include "rule/card_answer.h"
#include "rule/seen_cards.h"

#define SHOWN_MAX 20 /* cards of a cache; JSON has all */

static void write_card(struct output *output, struct arena *arena, const struct seen_card *seen)
{
    if (seen->fault) {
        text_write_prose(
            output, arena, "no ATR",
            arena_printf(arena, "%s %s", text_name_value(arena, seen->value), seen->fault));
        return;
    }
    struct strings names = atr_names_find(arena, output->run->names, seen->atr);
    text_write_prose(output, arena, "ATR", text_hex(arena, seen->atr, " "));
    text_write_prose(output, arena, "decoded", seen->decoded);
    if (seen->device_id)
        text_write_line(output, "device ID", seen->device_id);
    if (names.count)
        text_write_prose(output, arena, "name", names.items[0]);
}

static void write_heading(struct output *output, struct arena *arena, const struct seen_card *seen)
{
    fprintf(output->stream, "  cards seen here, by the %s:\n", discovery_steps[seen->cache].cache);
    if (seen->key->offset)
        text_write_line(output, "written", text_filetime(arena, seen->key->last_write));
}

void text_write_seen_cards(struct output *output, const struct snapshot *snapshot)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct seen_cards cards = seen_cards_list(arena, snapshot);
    for (size_t i = 0, first = 0; i < cards.count; i++) {
        const struct seen_card *seen = &cards.items[i];
        bool is_last = i + 1 == cards.count || seen[1].cache != seen->cache;
        if (i == 0 || seen[-1].cache != seen->cache) {
            write_heading(output, arena, seen);
            first = i;
        }
        if (i - first < SHOWN_MAX)
            write_card(output, arena, seen);
        else if (is_last)
            text_write_line(output, "",
                            arena_printf(arena, "and %zu more", i + 1 - first - SHOWN_MAX));
    }
}
