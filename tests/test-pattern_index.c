/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pattern_index.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "support.h"

#define DEFAULT_SEED 20250302
#define TURNS        300
#define COUNT_MAX    60
#define PLENTY       1000000

/* Long and short ones whose bytes are mostly the same, so that they share first bytes, overlap, and
 * equal each other often enough. */
static struct pattern random_pattern(void)
{
    static const uint8_t masks[] = {0xff, 0xff, 0xff, 0xff, 0xf0, 0x0f, 0xfc, 0};
    static const size_t lens[] = {2, 3, 9, ATR_LEN_API_MAX};
    struct pattern pattern = {.len = lens[random_below(4)]};
    for (size_t i = 0; i < pattern.len; i++) {
        bool varies = i % 4 == 1 || i + 1 == pattern.len;
        pattern.mask[i] = varies ? masks[random_below(8)] : 0xff;
        pattern.atr[i] = (varies ? 0x10 * random_below(3) : 0x3b) & pattern.mask[i];
    }
    return pattern;
}

static struct patterns random_patterns(struct arena *arena)
{
    struct patterns patterns = {.count = random_below(COUNT_MAX)};
    patterns.items = arena_alloc(arena, patterns.count, sizeof *patterns.items);
    for (size_t i = 0; i < patterns.count; i++)
        patterns.items[i] = random_pattern();
    return patterns;
}

/* Whether a walk finds the patterns that overlap a query, each once, by comparing it with all. */
static bool walk_is_right(const struct patterns *patterns, const struct pattern_index *index,
                          const struct pattern *query)
{
    bool found[COUNT_MAX] = {false};
    uint64_t budget = PLENTY;
    struct pattern_walk walk = pattern_walk_start(index, query);
    for (const struct pattern_group *group; (group = pattern_walk_next(&walk, &budget));) {
        for (size_t i = 0; i < group->count; i++) {
            if (found[group->places[i]] || (i && group->places[i] <= group->places[i - 1]))
                return false;
            found[group->places[i]] = true;
        }
    }
    for (size_t i = 0; i < patterns->count; i++)
        if (found[i] != patterns_overlap(&patterns->items[i], query))
            return false;
    return true;
}

static void a_walk_finds_what_overlaps_and_nothing_else(void **state)
{
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        struct patterns patterns = random_patterns(*state);
        struct pattern_index index = pattern_index_build(*state, &patterns);
        for (unsigned i = 0; i < 20; i++) {
            struct pattern query = random_pattern();
            if (!walk_is_right(&patterns, &index, &query))
                fail_msg("turn %u; repeat with TEST_SEED=%llu", turn, (unsigned long long)seed);
        }
    }
}

static void a_card_is_paired_with_the_first_entry_that_takes_it(void **state)
{
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    unsigned paired = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        struct patterns patterns = random_patterns(*state);
        struct pattern_index index = pattern_index_build(*state, &patterns);
        for (unsigned i = 0; i < 20; i++) {
            struct pattern card = random_pattern();
            struct slice atr = {card.atr, card.len};
            uint64_t budget = PLENTY;
            const struct pattern *first = NULL;
            for (size_t j = patterns.count; j-- > 0;)
                first = pattern_matches(&patterns.items[j], atr) ? &patterns.items[j] : first;
            if (pattern_index_pair(&index, atr, &budget) != first)
                fail_msg("turn %u; repeat with TEST_SEED=%llu", turn, (unsigned long long)seed);
            paired += first != NULL;
        }
    }
    assert_in_range(paired, TURNS, 20 * TURNS - TURNS); /* else the loop would prove little */
}

static void groups_cover_each_other_as_their_patterns_do(void **state)
{
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        struct patterns patterns = random_patterns(*state);
        struct pattern_index index = pattern_index_build(*state, &patterns);
        for (size_t i = 0; i < index.ngroups * index.ngroups; i++) {
            const struct pattern_group *a = &index.groups[i / index.ngroups];
            const struct pattern_group *b = &index.groups[i % index.ngroups];
            const struct pattern *left = &patterns.items[a->places[0]];
            const struct pattern *right = &patterns.items[b->places[0]];
            if (patterns_overlap(left, right) &&
                pattern_group_covers(a, b) != pattern_covers(left, right))
                fail_msg("turn %u; repeat with TEST_SEED=%llu", turn, (unsigned long long)seed);
        }
    }
}

static void an_atr_of_an_impossible_length_is_paired_with_nothing(void **state)
{
    struct pattern_index index = pattern_index_build(*state, &(struct patterns){0});
    uint8_t atr[ATR_LEN_API_MAX + 1] = {0x3b};
    uint64_t budget = PLENTY;
    for (size_t len = 0; len <= sizeof atr; len++)
        assert_null(pattern_index_pair(&index, (struct slice){atr, len}, &budget));
    assert_null(pattern_index_pair(&index, (struct slice){NULL, 0}, &budget));
}

static struct patterns numbered_patterns(struct arena *arena, size_t count, uint8_t last_mask)
{
    struct patterns patterns = {arena_alloc(arena, count, sizeof *patterns.items), count};
    for (size_t i = 0; i < count; i++) {
        struct pattern *pattern = &patterns.items[i];
        *pattern = (struct pattern){.len = 6, .atr = {0x3b, 0x04}};
        memset(pattern->mask, 0xff, 6);
        pattern->atr[2] = (uint8_t)(i >> 16);
        pattern->atr[3] = (uint8_t)(i >> 8);
        pattern->atr[4] = (uint8_t)i;
        pattern->mask[5] = last_mask;
    }
    return patterns;
}

static void patterns_that_share_no_bytes_are_not_looked_at(void **state)
{
    struct patterns patterns = numbered_patterns(*state, 65536, 0xff);
    struct pattern_index index = pattern_index_build(*state, &patterns);
    uint64_t budget = PLENTY;
    assert_ptr_equal(
        pattern_index_pair(&index, (struct slice){patterns.items[65535].atr, 6}, &budget),
        &patterns.items[65535]);
    /* 256 values of byte 3, and as many of byte 4. */
    assert_in_range(PLENTY - budget, 1, 512);
}

static void a_walk_ends_where_its_budget_does(void **state)
{
    struct patterns patterns = numbered_patterns(*state, 100, 0);
    struct pattern_index index = pattern_index_build(*state, &patterns);
    struct pattern all = {.len = 6};
    struct pattern_walk walk = pattern_walk_start(&index, &all);
    uint64_t budget = 40;
    size_t count = 0;
    while (pattern_walk_next(&walk, &budget))
        count++;
    assert_int_equal(budget, 0);
    assert_int_equal(count, 40);
    assert_null(pattern_walk_next(&walk, &budget));
}

static void no_more_patterns_are_indexed_than_the_limit(void **state)
{
    struct patterns patterns = numbered_patterns(*state, PATTERNS_INDEXED_MAX + 1, 0xff);
    struct pattern_index index = pattern_index_build(*state, &patterns);
    assert_int_equal(index.ngroups, PATTERNS_INDEXED_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_walk_finds_what_overlaps_and_nothing_else),
        SUPPORT_TEST(a_card_is_paired_with_the_first_entry_that_takes_it),
        SUPPORT_TEST(groups_cover_each_other_as_their_patterns_do),
        SUPPORT_TEST(an_atr_of_an_impossible_length_is_paired_with_nothing),
        SUPPORT_TEST(patterns_that_share_no_bytes_are_not_looked_at),
        SUPPORT_TEST(a_walk_ends_where_its_budget_does),
        SUPPORT_TEST(no_more_patterns_are_indexed_than_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
