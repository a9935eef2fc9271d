/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cards.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/text.h"
#include "model/atr_parse.h"

#define FILE_SIZE_MAX ((size_t)1 << 20) /* bytes: some 20,000 lines */
#define CARDS_MAX     10000
#define FAULTS_MAX    10 /* of a file that are shown */

static bool add_card(struct arena *arena, struct asked_cards *cards, struct slice atr,
                     const char *name)
{
    if (cards->count == CARDS_MAX) {
        fprintf(stderr, "hiveaudit: more than %d cards are asked about\n", CARDS_MAX);
        return false;
    }
    cards->items = arena_grow(arena, cards->items, cards->count, sizeof *cards->items);
    cards->items[cards->count++] = (struct asked_card){atr, name};
    return true;
}

static bool add_options(struct arena *arena, const struct strings *texts, struct asked_cards *cards)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct slice atr;
        const char *text = text_from_utf8(arena, texts->items[i], strlen(texts->items[i]));
        const char *fault = atr_parse(arena, text, &atr);
        if (fault) {
            fprintf(stderr, "hiveaudit: --card: %s\n", text_escape(arena, fault));
            return false;
        }
        if (!add_card(arena, cards, atr, NULL))
            return false;
    }
    return true;
}

static bool read_file(struct arena *arena, const char *path, const char **text)
{
    struct slice bytes;
    const char *fault = strcmp(path, "-") == 0
                            ? file_read_stream(arena, stdin, FILE_SIZE_MAX, &bytes)
                            : file_read(arena, path, FILE_SIZE_MAX, &bytes);
    if (fault) {
        fprintf(stderr, "hiveaudit: --cards-from: %s: %s\n", path, fault);
        return false;
    }
    enum encoding encoding;
    unsigned flaws;
    *text = encoding_decode(arena, bytes, &encoding, &flaws);
    return true;
}

/* Cuts off a comment: "#" at the start of a line, or behind a blank. */
static void cut_comment(char *line)
{
    for (char *p = line; (p = strchr(p, '#')); p++)
        if (p == line || p[-1] == ' ' || p[-1] == '\t') {
            *p = 0;
            return;
        }
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len && strchr(" \t\r", text[len - 1]))
        text[--len] = 0;
    return text;
}

/* "ATR", or "ATR = name". NULL, or what is wrong. */
static const char *read_line(struct arena *arena, char *line, struct asked_card *card)
{
    *card = (struct asked_card){0};
    cut_comment(line);
    char *atr = trim(line), *equals = strchr(atr, '=');
    if (!*atr)
        return NULL;
    if (equals) {
        *equals = 0;
        char *name = trim(equals + 1);
        card->name = *name ? name : NULL;
    }
    return atr_parse(arena, trim(atr), &card->atr);
}

static bool add_file(struct arena *arena, const char *path, struct asked_cards *cards)
{
    const char *text;
    size_t before = cards->count, nfaults = 0, number = 0;
    if (!read_file(arena, path, &text))
        return false;
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        struct asked_card card;
        const char *fault =
            read_line(arena, arena_strndup(arena, text, (size_t)(end - text)), &card);
        number++;
        if (fault && ++nfaults <= FAULTS_MAX)
            fprintf(stderr, "hiveaudit: %s:%zu: %s\n", path, number, text_escape(arena, fault));
        if (!fault && card.atr.len && !add_card(arena, cards, card.atr, card.name))
            return false;
    }
    if (nfaults > FAULTS_MAX)
        fprintf(stderr, "hiveaudit: %s: %zu more lines like these\n", path, nfaults - FAULTS_MAX);
    if (!nfaults && cards->count == before)
        fprintf(stderr, "hiveaudit: --cards-from: %s: holds no ATR\n", path);
    return !nfaults && cards->count > before;
}

bool cards_load(struct arena *arena, const struct options *options, struct asked_cards *cards)
{
    *cards = (struct asked_cards){0};
    if (!add_options(arena, &options->cards, cards))
        return false;
    for (size_t i = 0; i < options->card_files.count; i++)
        if (!add_file(arena, options->card_files.items[i], cards))
            return false;
    return true;
}
