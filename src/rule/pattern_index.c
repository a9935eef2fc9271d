/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pattern_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static struct pattern_words words_of(const struct pattern *pattern)
{
    struct pattern_words words;
    uint8_t bytes[2][PATTERN_WORDS * 8] = {0};
    memcpy(bytes[0], pattern->atr, pattern->len);
    memcpy(bytes[1], pattern->mask, pattern->len);
    for (size_t i = 0; i < PATTERN_WORDS; i++) {
        words.atr[i] = get_u64(bytes[0] + 8 * i);
        words.mask[i] = get_u64(bytes[1] + 8 * i);
    }
    return words;
}

/* The first byte by which two patterns of a length keep out each other's cards, or SIZE_MAX. */
static size_t find_conflict(const struct pattern_words *a, const struct pattern_words *b,
                            size_t nwords)
{
    for (size_t i = 0; i < nwords; i++) {
        uint64_t conflict = (a->atr[i] ^ b->atr[i]) & a->mask[i] & b->mask[i];
        if (conflict)
            return 8 * i + (size_t)__builtin_ctzll(conflict) / 8;
    }
    return SIZE_MAX;
}

/* By length, then byte by byte: patterns that share their first bytes stand side by side. */
static int compare_patterns(const void *left, const void *right)
{
    const struct pattern *a = *(const struct pattern *const *)left;
    const struct pattern *b = *(const struct pattern *const *)right;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    for (size_t i = 0; i < a->len; i++) {
        if (a->mask[i] != b->mask[i])
            return a->mask[i] < b->mask[i] ? -1 : 1;
        if (a->atr[i] != b->atr[i])
            return a->atr[i] < b->atr[i] ? -1 : 1;
    }
    return a < b ? -1 : a > b; /* both in the array of the view */
}

static const struct pattern **sort_patterns(struct arena *arena, const struct patterns *patterns)
{
    const struct pattern **sorted = arena_alloc(arena, patterns->count, sizeof *sorted);
    for (size_t i = 0; i < patterns->count; i++)
        sorted[i] = &patterns->items[i];
    if (patterns->count)
        qsort(sorted, patterns->count, sizeof *sorted, compare_patterns);
    return sorted;
}

/* Makes one group of equal patterns. */
static void collect_groups(struct arena *arena, struct pattern_index *index,
                           const struct pattern **sorted, size_t count)
{
    size_t *places = arena_alloc(arena, count, sizeof *places);
    index->groups = arena_alloc(arena, count, sizeof *index->groups);
    for (size_t i = 0; i < count; i++) {
        places[i] = (size_t)(sorted[i] - index->patterns);
        if (i == 0 || !patterns_equal(sorted[i - 1], sorted[i]))
            index->groups[index->ngroups++] =
                (struct pattern_group){.words = words_of(sorted[i]), .places = &places[i]};
        index->groups[index->ngroups - 1].count++;
    }
}

static const struct pattern *pattern_at(const struct pattern_index *index, size_t group)
{
    return &index->patterns[index->groups[group].places[0]];
}

static void mark_lengths(struct pattern_index *index)
{
    size_t group = 0;
    for (size_t len = 0; len <= ATR_LEN_API_MAX; len++) {
        index->of_len[len] = group;
        while (group < index->ngroups && pattern_at(index, group)->len == len)
            group++;
    }
    index->of_len[ATR_LEN_API_MAX + 1] = group;
}

/* From the last group to the first: a group that shares bytes with the next one skips what that
 * skips. */
static void link_skips(struct arena *arena, struct pattern_index *index)
{
    index->skips = arena_alloc(arena, index->ngroups, ATR_LEN_API_MAX * sizeof *index->skips);
    for (size_t at = index->ngroups; at-- > 0;) {
        const struct pattern *pattern = pattern_at(index, at);
        const struct pattern *next = at + 1 < index->ngroups ? pattern_at(index, at + 1) : NULL;
        uint32_t *skips = &index->skips[at * ATR_LEN_API_MAX];
        bool shares = next && next->len == pattern->len;
        for (size_t i = 0; i < pattern->len; i++) {
            shares = shares && next->mask[i] == pattern->mask[i] && next->atr[i] == pattern->atr[i];
            skips[i] = shares ? skips[ATR_LEN_API_MAX + i] : (uint32_t)at + 1;
        }
    }
}

struct pattern_index pattern_index_build(struct arena *arena, const struct patterns *patterns)
{
    struct patterns some = *patterns;
    some.count = some.count < PATTERNS_INDEXED_MAX ? some.count : PATTERNS_INDEXED_MAX;
    struct pattern_index index = {.patterns = some.items};
    collect_groups(arena, &index, sort_patterns(arena, &some), some.count);
    mark_lengths(&index);
    link_skips(arena, &index);
    return index;
}

struct pattern_walk pattern_walk_start(const struct pattern_index *index,
                                       const struct pattern *query)
{
    return (struct pattern_walk){
        .index = index,
        .query = words_of(query),
        .nwords = (query->len + 7) / 8,
        .at = index->of_len[query->len],
        .end = index->of_len[query->len + 1],
    };
}

/* Where a group and the query exclude each other by a byte, so do all groups that have the same
 * bytes up to there. Each turn steps forward. */
const struct pattern_group *pattern_walk_next(struct pattern_walk *walk, uint64_t *budget)
{
    const struct pattern_index *index = walk->index;
    while (walk->at < walk->end && *budget) {
        --*budget;
        const struct pattern_group *group = &index->groups[walk->at];
        size_t conflict = find_conflict(&walk->query, &group->words, walk->nwords);
        if (conflict == SIZE_MAX) {
            walk->at++;
            return group;
        }
        walk->at = index->skips[walk->at * ATR_LEN_API_MAX + conflict];
    }
    return NULL;
}

bool pattern_group_covers(const struct pattern_group *a, const struct pattern_group *b)
{
    uint64_t only_a = 0;
    for (size_t i = 0; i < PATTERN_WORDS; i++)
        only_a |= a->words.mask[i] & ~b->words.mask[i];
    return !only_a;
}

const struct pattern *pattern_index_pair(const struct pattern_index *index, struct slice atr,
                                         uint64_t *budget)
{
    if (atr.len < ATR_LEN_MIN || atr.len > ATR_LEN_API_MAX)
        return NULL;
    struct pattern exact = {.len = atr.len};
    memcpy(exact.atr, atr.ptr, atr.len);
    memset(exact.mask, 0xff, atr.len);
    struct pattern_walk walk = pattern_walk_start(index, &exact);
    const struct pattern *first = NULL;
    for (const struct pattern_group *group; (group = pattern_walk_next(&walk, budget));) {
        const struct pattern *pattern = &index->patterns[group->places[0]];
        first = first && first < pattern ? first : pattern;
    }
    return first;
}
