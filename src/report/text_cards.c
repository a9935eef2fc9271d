/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "rule/atr_names.h"
#include "rule/card_answer.h"

#define NAMES_MAX 3 /* of a card that are shown */

static void write_entry(struct output *output, struct arena *arena, const struct card *entry)
{
    static const struct {
        enum card_field field;
        const char *label;
    } parts[] = {{CARD_MODULE, "minidriver"}, {CARD_CSP, "CSP"}, {CARD_KSP, "KSP"}};
    const struct regval *mask = entry->field[CARD_ATR_MASK];
    const struct text_row rows[] = {{"ATR", true, entry->field[CARD_ATR]->raw},
                                    {"ATRMask", mask->state != VALUE_ABSENT, mask->raw}};
    text_write_rows(output, rows, 2, NULL, 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text_write_line(output, parts[i].label,
                        text_show_value(arena, entry->field[parts[i].field]));
}

static void write_others(struct output *output, struct arena *arena, const struct pairing *pairing)
{
    for (size_t i = 0; i < pairing->nothers; i++) {
        const struct card *entry = pairing->others[i];
        text_write_label(output, "fits too");
        fprintf(output->stream, "%s, which comes later",
                text_escape(arena, entry->key.origin.name));
        fprintf(output->stream, "; minidriver %s\n",
                text_show_value(arena, entry->field[CARD_MODULE]));
    }
    if (pairing->more_others) {
        text_write_label(output, "");
        fprintf(output->stream, "and %zu more\n", pairing->more_others);
    }
}

static void write_near_miss(struct output *output, struct arena *arena,
                            const struct near_miss *miss, struct slice atr)
{
    size_t nmarked;
    const uint8_t *marked = near_miss_mark(arena, miss, atr, &nmarked);
    const struct text_row rows[] = {{"  card", true, atr},
                                    {"  ATRMask", miss->mask.ptr, miss->mask},
                                    {"  ATR", true, miss->atr}};
    struct slice repaired = near_miss_repair(arena, miss);
    const struct text_row repair = {"  repaired", repaired.len, repaired};
    text_write_prose(output, arena, "near miss",
                     arena_printf(arena, "%s: %s", miss->entry->key.origin.name,
                                  near_miss_describe(arena, miss, atr)));
    text_write_rows(output, rows, 3, marked, nmarked);
    text_write_rows(output, &repair, 1, NULL, 0);
}

/* The entry of Windows that discovery leads to. */
static const char *show_inbox(struct arena *arena, const struct discovery *after,
                              enum atr_cache cache)
{
    return arena_printf(arena, "\"%s\"%s", discovery_steps[cache].entry,
                        after->inbox[cache] ? "" : ", which this view does not have");
}

static void write_cached(struct output *output, struct arena *arena, const struct discovery *after,
                         enum atr_cache cache, bool is_second)
{
    const char *where = discovery_steps[cache].cache;
    const char *value = text_name_value(arena, after->cached[cache]);
    const char *inbox = show_inbox(arena, after, cache);
    text_write_prose(output, arena, is_second ? "" : "then",
                     is_second
                         ? arena_printf(arena,
                                        "its ATR is in the %s, too (%s), which leads to %s; which "
                                        "of the two comes first is not documented",
                                        where, value, inbox)
                         : arena_printf(arena, "its ATR is in the %s (%s): the card goes to %s",
                                        where, value, inbox));
}

/* Returns whether the card is in one of the caches. */
static bool write_caches(struct output *output, struct arena *arena, const struct discovery *after)
{
    bool any = false, unknown = false;
    for (enum atr_cache i = 0; i < NATR_CACHES; i++) {
        unknown |= after->cache_unknown[i];
        if (!after->cached[i])
            continue;
        write_cached(output, arena, after, i, any);
        any = true;
    }
    if (!any)
        text_write_prose(output, arena, "then",
                         arena_printf(arena, "its ATR is neither in the %s nor in the %s%s",
                                      discovery_steps[ATR_CACHE_PIV].cache,
                                      discovery_steps[ATR_CACHE_IDMP].cache,
                                      unknown ? ", as far as these could be read" : ""));
    return any;
}

static const char *show_plug_and_play(struct arena *arena, enum plug_and_play state,
                                      const char *device_id)
{
    const char *doubt = state == PNP_UNKNOWN
                            ? ", unless the policy EnableScPnP, which could not be read, is 0"
                            : "";
    if (state == PNP_OFF)
        return "if it has neither: nothing. Plug and Play would look for a driver, and the policy "
               "EnableScPnP is 0";
    if (!device_id)
        return arena_printf(arena,
                            "if it has neither: Plug and Play looks for a driver by an ID that the "
                            "card itself has to give, as its ATR gives none%s",
                            doubt);
    return arena_printf(arena,
                        "if it has neither: Plug and Play looks for a driver for %s, or for an ID "
                        "that the card itself gives%s",
                        device_id, doubt);
}

static void write_after(struct output *output, struct arena *arena, const struct discovery *after,
                        const char *device_id)
{
    static const enum atr_cache order[] = {ATR_CACHE_IDMP, ATR_CACHE_PIV};
    if (write_caches(output, arena, after))
        return;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        text_write_prose(output, arena, "",
                         arena_printf(arena, "if it has the %s application: it goes to %s",
                                      discovery_steps[order[i]].application,
                                      show_inbox(arena, after, order[i])));
    text_write_prose(output, arena, "", show_plug_and_play(arena, after->plug_and_play, device_id));
}

/* All that is said of a view but which it is. */
static void write_view(struct output *output, struct arena *arena, const struct card_answer *answer,
                       const struct view_answer *view)
{
    const struct pairing *pairing = &view->pairing;
    if (pairing->entry)
        write_entry(output, arena, pairing->entry);
    write_others(output, arena, pairing);
    for (size_t i = 0; i < pairing->nnear; i++)
        write_near_miss(output, arena, &pairing->near[i], answer->asked->atr);
    if (pairing->more_near)
        text_write_line(output, "",
                        arena_printf(arena, "and %zu more near miss%s", pairing->more_near,
                                     pairing->more_near == 1 ? "" : "es"));
    if (pairing->nunlooked)
        text_write_prose(output, arena, "",
                         arena_printf(arena,
                                      "%zu entries were not looked at for near misses: there are "
                                      "too many cards and entries",
                                      pairing->nunlooked));
    if (!pairing->complete)
        text_write_prose(output, arena, "unread",
                         "not every entry here could be read, or compared: one that was not may "
                         "take this card");
    if (view->after)
        write_after(output, arena, view->after, answer->device_id);
}

/* The same as a text, to be compared. */
static const char *render_view(struct output *output, struct arena *arena,
                               const struct card_answer *answer, const struct view_answer *view)
{
    char *buffer = NULL;
    size_t len = 0;
    struct output part = *output;
    part.stream = open_memstream(&buffer, &len);
    if (!part.stream)
        end_out_of_memory();
    write_view(&part, arena, answer, view);
    if (fclose(part.stream) != 0)
        end_out_of_memory();
    const char *text = arena_strndup(arena, buffer, len);
    free(buffer);
    return text;
}

static void write_heading(struct output *output, struct arena *arena, const struct audited *audited,
                          const struct card *entry)
{
    const struct package_facts *package = audited->snapshot->package;
    fputs("\n  ", output->stream);
    text_paint(output, entry ? COLOR_NOTE : COLOR_ERROR);
    if (entry)
        fprintf(output->stream, "pairs with %s", text_escape(arena, entry->key.origin.name));
    else
        fputs("pairs with no entry", output->stream);
    text_paint(output, COLOR_NONE);
    if (package)
        fprintf(output->stream, ", as far as this %s says", package_kind_names[package->kind]);
    fputc('\n', output->stream);
}

static const char *entry_name(const struct view_answer *view)
{
    return view->pairing.entry ? view->pairing.entry->key.origin.name : NULL;
}

/* Whether two views have an entry of the same name, or both have none. */
static bool is_same_entry(const struct view_answer *a, const struct view_answer *b)
{
    const char *name = entry_name(a), *other = entry_name(b);
    return name && other ? strcmp(name, other) == 0 : name == other;
}

/* Views of which the same is to be said are said at once. */
static void write_views(struct output *output, struct arena *arena, const struct audited *audited,
                        const struct card_answer *answer)
{
    bool is_inf = snapshot_is_inf(audited->snapshot);
    const char *body = NULL;
    for (size_t i = 0; i < answer->nviews; i++) {
        const struct view_answer *view = &answer->views[i];
        const struct card *entry = view->pairing.entry;
        const char *own = render_view(output, arena, answer, view);
        if (i == 0 || !is_same_entry(view - 1, view) || strcmp(body, own) != 0) {
            fputs(body ? body : "", output->stream);
            write_heading(output, arena, audited, entry);
            body = own;
        }
        text_write_line(
            output, is_inf ? arch_name(view->arch) : view_name(view->view),
            text_escape(arena, entry ? entry->key.origin.key : view->where->origin.key));
    }
    fputs(body ? body : "", output->stream);
}

/* What the user calls the card, and what the list of names does. */
static void write_names(struct output *output, struct arena *arena, const struct asked_card *asked)
{
    struct strings names = atr_names_find(arena, output->run->names, asked->atr);
    const char *label = "name";
    if (asked->name)
        text_write_prose(output, arena, label, asked->name);
    for (size_t i = 0; i < names.count && i < NAMES_MAX; i++)
        text_write_prose(output, arena, asked->name || i ? "" : label, names.items[i]);
    if (names.count > NAMES_MAX)
        text_write_line(output, "", arena_printf(arena, "and %zu more", names.count - NAMES_MAX));
}

static void write_card(struct output *output, struct arena *arena, const struct audited *audited,
                       const struct card_answer *answer)
{
    fputs("\n  ", output->stream);
    text_paint(output, COLOR_BOLD);
    fprintf(output->stream, "card %s", text_hex(arena, answer->asked->atr, ""));
    text_paint(output, COLOR_NONE);
    fputc('\n', output->stream);
    write_names(output, arena, answer->asked);
    text_write_prose(output, arena, "decoded", answer->decoded);
    text_write_line(output, "device ID", answer->device_id ? answer->device_id : "none");
    write_views(output, arena, audited, answer);
}

void text_write_cards(struct output *output, const struct audited *audited)
{
    for (size_t i = 0; i < audited->ncards; i++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        write_card(output, arena, audited, &audited->cards[i]);
    }
}

void text_write_card_counts(struct output *output, const size_t counts[2])
{
    fprintf(output->stream, "%zu card%s with an entry, %zu with none", counts[true],
            counts[true] == 1 ? " pairs" : "s pair", counts[false]);
}
