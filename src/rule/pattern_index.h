/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_PATTERN_INDEX_H
#define HIVEAUDIT_RULE_PATTERN_INDEX_H

#include "rule/pattern.h"

#define PATTERN_WORDS ((ATR_LEN_API_MAX + 7) / 8)

/* A pattern to compare by eight bytes at once; behind its end no bit counts. */
struct pattern_words {
    uint64_t atr[PATTERN_WORDS], mask[PATTERN_WORDS];
};

/* Entries with the same pattern: places in patterns, ascending. */
struct pattern_group {
    struct pattern_words words;
    const size_t *places;
    size_t count;
};

/* The patterns of a view by their bytes, to find those that overlap one without a look at all: a
 * trie, kept as a sorted list in which what shares its first bytes stands side by side. */
struct pattern_index {
    const struct pattern *patterns;
    struct pattern_group *groups;
    size_t ngroups;
    size_t of_len[ATR_LEN_API_MAX + 2]; /* where the groups of a length start */
    uint32_t *skips; /* for each group and byte: the next group that differs up to that byte */
};

/* No more patterns are indexed at once. */
#define PATTERNS_INDEXED_MAX 100000

/* Indexes patterns that are in the order of their view, and outlive the index: the first
 * PATTERNS_INDEXED_MAX of them. */
struct pattern_index pattern_index_build(struct arena *arena, const struct patterns *patterns);

/* A walk over the groups that overlap a pattern, in a fixed order that is not that of the view. */
struct pattern_walk {
    const struct pattern_index *index;
    struct pattern_words query;
    size_t nwords;  /* that query fills */
    size_t at, end; /* groups */
};
struct pattern_walk pattern_walk_start(const struct pattern_index *index,
                                       const struct pattern *query);

/* The next group, or NULL at the end. Each comparison takes one from *budget; NULL too, with a
 * budget of 0, where that is used up. */
const struct pattern_group *pattern_walk_next(struct pattern_walk *walk, uint64_t *budget);

/* Whether a group takes every card of another one, which it overlaps. */
bool pattern_group_covers(const struct pattern_group *a, const struct pattern_group *b);

/* The first entry of the view that takes a card with this ATR, as Windows finds it; or NULL. It
 * spends from *budget likewise. */
const struct pattern *pattern_index_pair(const struct pattern_index *index, struct slice atr,
                                         uint64_t *budget);

#endif
