/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/atr_names.h"

#include <string.h>

#include "base/text.h"

#define CARDS_MAX 100000 /* that are kept; the list of 2023 has 4,041 */
#define NAMES_MAX 64     /* of one ATR */
#define NAME_LEN  400    /* bytes of a name that are kept */
#define ANY       0xffff /* a nibble that may be anything */

/* A pattern being read. */
struct pattern_text {
    uint16_t nibbles[2 * ATR_LEN_API_MAX];
    size_t count; /* of nibbles */
    size_t gap;
    bool is_concrete;
};

/* Reads "[13]", "[0-9]" or "[1,3]" from behind the "[" on: the comma is one character of the set in
 * the regular expressions that these are, and no ATR has it. Returns what is behind; NULL where it
 * is none. */
static const char *read_set(const char *p, const char *end, uint16_t *set)
{
    *set = 0;
    while (p < end && *p != ']') {
        int first = text_hex_digit(*p), last = first;
        if (first >= 0 && end - p > 2 && p[1] == '-') {
            last = text_hex_digit(p[2]);
            p += 2;
        }
        if (last < first || (first < 0 && *p != ','))
            return NULL;
        for (int digit = first; digit >= 0 && digit <= last; digit++)
            *set |= (uint16_t)(1U << digit);
        p++;
    }
    return p < end && *set ? p + 1 : NULL;
}

/* One nibble. Returns what is behind it; NULL where there is none. */
static const char *read_nibble(struct pattern_text *pattern, const char *p, const char *end)
{
    uint16_t set = ANY;
    int digit = text_hex_digit(*p);
    if (*p == '[')
        p = read_set(p + 1, end, &set);
    else if (digit >= 0 || *p == '.')
        p++;
    else
        return NULL;
    if (digit >= 0)
        set = (uint16_t)(1U << digit);
    if (!p || pattern->count == 2 * ATR_LEN_API_MAX)
        return NULL;
    pattern->is_concrete = pattern->is_concrete && digit >= 0;
    pattern->nibbles[pattern->count++] = set;
    return p;
}

/* ".*" stands between bytes, once. */
static bool read_gap(struct pattern_text *pattern)
{
    if (pattern->count % 2 || pattern->gap != SIZE_MAX)
        return false;
    pattern->gap = pattern->count / 2;
    pattern->is_concrete = false;
    return true;
}

static bool read_pattern(struct pattern_text *pattern, const char *p, const char *end)
{
    *pattern = (struct pattern_text){.gap = SIZE_MAX, .is_concrete = true};
    while (p && p < end) {
        if (*p == ' ' && pattern->count % 2 == 0)
            p++;
        else if (*p == '.' && end - p > 1 && p[1] == '*')
            p = read_gap(pattern) ? p + 2 : NULL;
        else
            p = read_nibble(pattern, p, end);
    }
    return p && pattern->count % 2 == 0 && pattern->count >= 2 * ATR_LEN_MIN;
}

/* What reading a list needs. */
struct reader {
    struct arena *arena;
    struct atr_names *names;
    unsigned line;
    struct known_card *card; /* to which names are added; NULL: they are of none */
    bool is_skipping;        /* its pattern was not understood, which was counted */
};

static void count_malformed(struct reader *reader)
{
    struct atr_names *names = reader->names;
    if (names->nmalformed++ == 0)
        names->malformed_line = reader->line;
}

static const uint8_t *make_atr(struct arena *arena, const struct pattern_text *pattern)
{
    uint8_t *atr = arena_alloc(arena, pattern->count / 2, 1);
    for (size_t i = 0; i < pattern->count; i++)
        atr[i / 2] = (uint8_t)(atr[i / 2] << 4 | __builtin_ctz(pattern->nibbles[i]));
    return atr;
}

static void add_card(struct reader *reader, const char *line, const char *end)
{
    struct atr_names *names = reader->names;
    struct pattern_text pattern;
    reader->card = NULL;
    reader->is_skipping = names->count == CARDS_MAX || !read_pattern(&pattern, line, end);
    if (reader->is_skipping) {
        count_malformed(reader);
        return;
    }
    uint16_t *nibbles = arena_alloc(reader->arena, pattern.count, sizeof *nibbles);
    memcpy(nibbles, pattern.nibbles, pattern.count * sizeof *nibbles);
    names->cards = arena_grow(reader->arena, names->cards, names->count, sizeof *names->cards);
    reader->card = &names->cards[names->count++];
    *reader->card = (struct known_card){
        .nibbles = nibbles,
        .len = pattern.count / 2,
        .gap = pattern.gap,
        .atr = pattern.is_concrete ? make_atr(reader->arena, &pattern) : NULL,
    };
}

static void add_name(struct reader *reader, const char *line, const char *end)
{
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (!reader->card && !reader->is_skipping)
        count_malformed(reader);
    if (!reader->card || line == end || reader->card->names.count == NAMES_MAX)
        return;
    const char *text = text_from_utf8(reader->arena, line, (size_t)(end - line));
    strings_add(reader->arena, &reader->card->names, text_cut(reader->arena, text, NAME_LEN));
}

/* line and end without the end of the line. */
static void read_line(struct reader *reader, const char *line, const char *end)
{
    while (end > line && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (line == end || *line == '#')
        return;
    if (*line == ' ' || *line == '\t')
        add_name(reader, line, end);
    else
        add_card(reader, line, end);
}

/* Those with a gap are of any length: they come behind all others. */
static size_t find_bucket(const struct known_card *card)
{
    return card->gap == SIZE_MAX ? card->len : ATR_LEN_API_MAX + 1;
}

/* Sorts by length, by counting: of one length they stay as they are. */
static void sort_cards(struct arena *arena, struct atr_names *names)
{
    enum { BUCKETS = ATR_LEN_API_MAX + 2 };
    size_t counts[BUCKETS] = {0}, next[BUCKETS];
    for (size_t i = 0; i < names->count; i++)
        counts[find_bucket(&names->cards[i])]++;
    for (size_t i = 1; i < BUCKETS; i++)
        names->first[i] = names->first[i - 1] + counts[i - 1];
    memcpy(next, names->first, sizeof next);
    struct known_card *sorted = arena_alloc(arena, names->count, sizeof *sorted);
    for (size_t i = 0; i < names->count; i++)
        sorted[next[find_bucket(&names->cards[i])]++] = names->cards[i];
    names->cards = sorted;
}

struct atr_names *atr_names_parse(struct arena *arena, struct slice bytes)
{
    struct atr_names *names = arena_alloc(arena, 1, sizeof *names);
    struct reader reader = {.arena = arena, .names = names, .line = 1};
    const char *line = (const char *)bytes.ptr, *all_end = line + bytes.len;
    for (; line < all_end; reader.line++) {
        const char *end = memchr(line, '\n', (size_t)(all_end - line));
        read_line(&reader, line, end ? end : all_end);
        line = end ? end + 1 : all_end;
    }
    sort_cards(arena, names);
    return names;
}

/* Whether bytes of an ATR, from one place on, are what nibbles of a pattern say. */
static bool matches_nibbles(const uint16_t *nibbles, const uint8_t *atr, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!(nibbles[2 * i] >> (atr[i] >> 4) & 1) || !(nibbles[2 * i + 1] >> (atr[i] & 0x0f) & 1))
            return false;
    return true;
}

static bool matches(const struct known_card *card, struct slice atr)
{
    if (card->gap == SIZE_MAX)
        return matches_nibbles(card->nibbles, atr.ptr, atr.len);
    size_t behind = card->len - card->gap;
    return atr.len >= card->len && matches_nibbles(card->nibbles, atr.ptr, card->gap) &&
           matches_nibbles(card->nibbles + 2 * card->gap, atr.ptr + atr.len - behind, behind);
}

static void find_among(struct arena *arena, const struct atr_names *names, size_t from, size_t to,
                       struct slice atr, struct strings *found)
{
    for (size_t i = from; i < to; i++) {
        const struct known_card *card = &names->cards[i];
        if (!matches(card, atr))
            continue;
        for (size_t j = 0; j < card->names.count && found->count < NAMES_MAX; j++)
            strings_add(arena, found, card->names.items[j]);
    }
}

struct strings atr_names_find(struct arena *arena, const struct atr_names *names, struct slice atr)
{
    struct strings found = {0};
    if (!names || atr.len > ATR_LEN_API_MAX)
        return found;
    find_among(arena, names, names->first[atr.len], names->first[atr.len + 1], atr, &found);
    find_among(arena, names, names->first[ATR_LEN_API_MAX + 1], names->count, atr, &found);
    return found;
}
