/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>

#include "base/text.h"
#include "model/atr_parse.h"
#include "rule/pairing.h"

#define NAME_SHOWN 400 /* bytes; paths of Windows have up to 260 characters */

/* The parameters of card_pairs, in their order. */
enum { ATRS, ENTRIES, MODULES, CSPS };

/* Whether a list that is there holds a text, which may be NULL. */
static bool is_wanted(const struct strings *list, const char *text)
{
    return !list->count || (text && strings_hold(list, text));
}

static bool is_wanted_entry(const struct rule *rule, const struct card *entry)
{
    const struct strings *modules = &rule->parameters[MODULES];
    const char *module = card_text(entry, CARD_MODULE);
    return is_wanted(&rule->parameters[ENTRIES], entry->key.origin.name) &&
           (is_wanted(modules, module) ||
            (module && is_wanted(modules, module_file_name(module)))) &&
           is_wanted(&rule->parameters[CSPS], card_text(entry, CARD_CSP));
}

/* ", minidriver "a.dll" or "b.dll"": what a rule wants of one part. */
static const char *describe_list(struct arena *arena, const char *what, const struct strings *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->count; i++)
        text = arena_printf(arena, "%s%s \"%s\"", text, i ? " or" : what, list->items[i]);
    return text;
}

static const char *describe_wanted(struct arena *arena, const struct rule *rule)
{
    const char *wanted = describe_list(arena, ", entry", &rule->parameters[ENTRIES]);
    wanted = arena_printf(arena, "%s%s", wanted,
                          describe_list(arena, ", minidriver", &rule->parameters[MODULES]));
    wanted =
        arena_printf(arena, "%s%s", wanted, describe_list(arena, ", CSP", &rule->parameters[CSPS]));
    return *wanted ? wanted + 2 : "";
}

static const char *quote(struct arena *arena, const char *text)
{
    return text ? arena_printf(arena, "\"%s\"", text_cut(arena, text, NAME_SHOWN)) : "none";
}

static const char *describe_entry(struct arena *arena, const struct card *entry)
{
    return arena_printf(arena, "\"%s\" (minidriver %s, CSP %s)", entry->key.origin.name,
                        quote(arena, card_text(entry, CARD_MODULE)),
                        quote(arena, card_text(entry, CARD_CSP)));
}

/* What may help to see why: the entry that is wanted and comes too late, or the nearest one. */
static const char *describe_hint(struct judgement *judgement, const struct pairing *pairing,
                                 struct slice atr)
{
    for (size_t i = 0; i < pairing->nothers; i++)
        if (is_wanted_entry(judgement->rule, pairing->others[i]))
            return arena_printf(judgement->arena, "; \"%s\" fits too, and comes later",
                                pairing->others[i]->key.origin.name);
    if (!pairing->nnear)
        return "";
    const struct near_miss *near = &pairing->near[0];
    return arena_printf(judgement->arena, "; near miss \"%s\": %s", near->entry->key.origin.name,
                        near_miss_describe(judgement->arena, near, atr));
}

static void judge_card(struct judgement *judgement, const struct view_config *config,
                       const struct contenders *contenders, struct slice atr)
{
    struct arena *arena = judgement->arena;
    struct pairing pairing = pairing_find(arena, contenders, atr);
    const struct card *entry = pairing.entry;
    if (entry && is_wanted_entry(judgement->rule, entry))
        return;
    const char *card = text_hex(arena, atr, "");
    const char *hint = describe_hint(judgement, &pairing, atr);
    struct finding *finding;
    if (entry)
        finding = judgement_add(
            judgement, &entry->key.origin, NULL, "card %s pairs with %s, want %s%s", card,
            describe_entry(arena, entry), describe_wanted(arena, judgement->rule), hint);
    else
        finding = judgement_add(
            judgement, &config->smart_cards.origin, NULL, "card %s pairs with no entry%s%s", card,
            pairing.complete ? "" : ", as far as the entries could be read and compared", hint);
    finding->card = atr;
}

/* The ATRs were looked at when the rule was loaded. */
void check_card_pairs(struct judgement *judgement)
{
    const struct strings *atrs = &judgement->rule->parameters[ATRS];
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &judgement->snapshot->views[view];
        if (!config->exists || !judgement_wants_view(judgement, view))
            continue;
        struct contenders contenders =
            contenders_collect(judgement->arena, config, NVIEWS * atrs->count);
        for (size_t i = 0; i < atrs->count; i++) {
            struct slice atr;
            if (!atr_parse(judgement->arena, atrs->items[i], &atr))
                judge_card(judgement, config, &contenders, atr);
        }
    }
}
