/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <ctype.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "rule/atr_names.h"
#include "rule/pattern.h"

#define SAMPLE_MAX   64   /* of the known cards that an entry takes; their names are compared */
#define WORDS_MAX    32   /* of each of them */
#define WORD_LEN_MIN 3    /* letters and digits; shorter ones are chance too often */
#define TABLE_SIZE   4096 /* places for words */
#define NAMED_MAX    3    /* in a message */
#define NAME_SHOWN   60   /* bytes */
#define COMMON_MAX   ((size_t)1000) /* words that a rule leaves out */
#define NOBODY       SAMPLE_MAX     /* the owner of such a word */

_Static_assert((SAMPLE_MAX * WORDS_MAX) + COMMON_MAX < TABLE_SIZE, "the table has a free place");

/* Known cards that an entry takes, and which of them are of one family: their names share a word,
 * or each shares one with a third. A list says what a card is called, not who made it; but makers
 * name themselves or their product, so that cards without any common word are hardly of one maker.
 */
struct sample {
    const struct known_card *cards[SAMPLE_MAX];
    size_t count;
    uint8_t parent[SAMPLE_MAX]; /* a card of the same family; itself: it stands for the family */
    uint64_t hashes[TABLE_SIZE];
    uint8_t owners[TABLE_SIZE]; /* 1 + the card that has a word, or NOBODY; 0: no word is here */
};

static size_t find_family(struct sample *sample, size_t card)
{
    while (sample->parent[card] != card) /* parents are smaller, so this ends */
        card = sample->parent[card];
    return card;
}

static void join_families(struct sample *sample, size_t one, size_t other)
{
    size_t a = find_family(sample, one), b = find_family(sample, other);
    if (a < b)
        sample->parent[b] = (uint8_t)a;
    else
        sample->parent[a] = (uint8_t)b;
}

/* Notes that a card has a word; where another has it, too, both are of one family. Words are told
 * apart by their hashes: two with the same one would only make a family larger. */
static void add_word(struct sample *sample, uint64_t hash, size_t card)
{
    size_t at = hash % TABLE_SIZE;
    while (sample->owners[at] && sample->hashes[at] != hash)
        at = (at + 1) % TABLE_SIZE;
    if (sample->owners[at] && sample->owners[at] != NOBODY + 1 && card != NOBODY)
        join_families(sample, sample->owners[at] - 1U, card);
    if (sample->owners[at])
        return;
    sample->owners[at] = (uint8_t)(card + 1);
    sample->hashes[at] = hash;
}

/* FNV-1a. */
static uint64_t hash_letter(uint64_t hash, unsigned char letter)
{
    return (hash ^ (unsigned char)tolower(letter)) * UINT64_C(0x100000001b3);
}
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* What is beyond ASCII is taken for a letter. */
static bool is_word_letter(unsigned char c)
{
    return c >= 0x80 || isalnum(c);
}

/* Steps over the next word of a text. False at its end; *hash is 0 for a word that says nothing:
 * too short, or a number. */
static bool next_word(const char **text, uint64_t *hash)
{
    const char *p = *text;
    size_t len = 0, letters = 0;
    *hash = HASH_START;
    while (*p && !is_word_letter((unsigned char)*p))
        p++;
    for (; is_word_letter((unsigned char)*p); p++, len++) {
        letters += !isdigit((unsigned char)*p);
        *hash = hash_letter(*hash, (unsigned char)*p);
    }
    if (len < WORD_LEN_MIN || !letters)
        *hash = 0;
    *text = p;
    return len > 0;
}

static void add_common_words(struct sample *sample, const struct strings *words)
{
    size_t count = 0;
    uint64_t hash;
    for (size_t i = 0; i < words->count; i++)
        for (const char *text = words->items[i]; count < COMMON_MAX && next_word(&text, &hash);
             count++)
            if (hash)
                add_word(sample, hash, NOBODY);
}

/* An address says nothing that the name does not. */
static void add_names(struct sample *sample, size_t card)
{
    const struct strings *names = &sample->cards[card]->names;
    size_t count = 0;
    uint64_t hash;
    for (size_t i = 0; i < names->count; i++) {
        const char *text = strstr(names->items[i], "://") ? "" : names->items[i];
        for (; count < WORDS_MAX && next_word(&text, &hash); count++)
            if (hash)
                add_word(sample, hash, card);
    }
}

/* How many families the sample is of. */
static size_t count_families(struct sample *sample, const struct strings *common_words)
{
    size_t families = 0;
    for (size_t i = 0; i < sample->count; i++)
        sample->parent[i] = (uint8_t)i;
    add_common_words(sample, common_words);
    for (size_t i = 0; i < sample->count; i++)
        add_names(sample, i);
    for (size_t i = 0; i < sample->count; i++)
        families += sample->parent[i] == i;
    return families;
}

/* Only cards of which the list gives the whole ATR, and a name, can be told to match. */
static bool is_taken(const struct pattern *pattern, const struct known_card *card)
{
    return card->atr && card->names.count &&
           pattern_matches(pattern, (struct slice){card->atr, card->len});
}

/* Of the known cards that an entry takes, which are count, evenly as many as a sample holds. */
static void take_sample(struct sample *sample, const struct atr_names *names,
                        const struct pattern *pattern, size_t count)
{
    size_t wanted = count < SAMPLE_MAX ? count : SAMPLE_MAX, seen = 0;
    sample->count = 0;
    for (size_t i = names->first[pattern->len]; i < names->first[pattern->len + 1]; i++)
        if (is_taken(pattern, &names->cards[i]) && seen++ >= sample->count * count / wanted)
            sample->cards[sample->count++] = &names->cards[i];
}

static size_t count_taken(const struct atr_names *names, const struct pattern *pattern)
{
    size_t count = 0;
    for (size_t i = names->first[pattern->len]; i < names->first[pattern->len + 1]; i++)
        count += is_taken(pattern, &names->cards[i]);
    return count;
}

/* The names of a card of each of the first families. */
static const char *name_families(struct arena *arena, const struct sample *sample)
{
    const char *text = NULL;
    size_t named = 0;
    for (size_t i = 0; i < sample->count && named < NAMED_MAX; i++)
        if (sample->parent[i] == i) {
            const char *name = text_cut(arena, sample->cards[i]->names.items[0], NAME_SHOWN);
            text = arena_printf(arena, "%s%s\"%s\"", text ? text : "", text ? ", " : "", name);
            named++;
        }
    return text;
}

static void add_finding(struct judgement *judgement, const struct card *card,
                        const struct sample *sample, size_t taken, size_t families)
{
    struct pair_detail *pair = arena_alloc(judgement->arena, 1, sizeof *pair);
    *pair = (struct pair_detail){.atr = card->field[CARD_ATR]->raw,
                                 .mask = card->field[CARD_ATR_MASK]->raw};
    struct finding *finding = judgement_add(
        judgement, &card->key.origin, card->field[CARD_ATR_MASK],
        "ATRMask leaves so much open that %zu known cards of %s%zu makers or issuers, by their "
        "names, match, such as %s",
        taken, taken > SAMPLE_MAX ? "at least " : "", families,
        name_families(judgement->arena, sample));
    finding->pair = pair;
}

/* An entry without any open bit takes one ATR. One that is all open is mask_zero's. */
static bool is_partly_open(const struct pattern *pattern)
{
    struct slice mask = {pattern->mask, pattern->len};
    return !slice_is_all(mask, 0xff) && !slice_is_all(mask, 0);
}

void check_mask_too_broad(struct judgement *judgement, const struct card *card)
{
    const struct strings *parameters = judgement->rule->parameters;
    uint64_t makers = UINT64_MAX;
    struct pattern pattern;
    if (!judgement->names || !pattern_of(card, &pattern) || !is_partly_open(&pattern) ||
        !number_parse(parameters[0].items[0], &makers))
        return;
    size_t taken = count_taken(judgement->names, &pattern);
    if (taken < makers)
        return;
    struct sample sample;
    memset(sample.owners, 0, sizeof sample.owners);
    take_sample(&sample, judgement->names, &pattern, taken);
    size_t families = count_families(&sample, &parameters[1]);
    if (families >= makers)
        add_finding(judgement, card, &sample, taken, families);
}
