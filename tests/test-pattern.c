/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "findings.h"
#include "random.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static struct slice bytes_of(struct arena *arena, const char *hex)
{
    struct slice bytes = {0};
    assert_true(text_parse_hex(arena, hex, &bytes));
    return bytes;
}

static void set_value(struct arena *arena, struct card *card, enum card_field field,
                      struct slice bytes)
{
    struct regval *value = arena_alloc(arena, 1, sizeof *value);
    *value = (struct regval){.state = bytes.ptr ? VALUE_OK : VALUE_ABSENT, .raw = bytes};
    card->field[field] = value;
}

/* An entry with an ATR and a mask; no bytes: it has no such value. */
static struct card *make_card(struct arena *arena, struct slice atr, struct slice mask)
{
    struct card *card = arena_alloc(arena, 1, sizeof *card);
    set_value(arena, card, CARD_ATR, atr);
    set_value(arena, card, CARD_ATR_MASK, mask);
    return card;
}

static struct pattern pattern_from(struct arena *arena, const char *atr, const char *mask)
{
    struct slice none = {0};
    struct pattern pattern;
    assert_true(pattern_of(
        make_card(arena, bytes_of(arena, atr), mask ? bytes_of(arena, mask) : none), &pattern));
    return pattern;
}

/* The vectors of the domain, each both ways round. */
static void overlap_and_cover_are_what_the_vectors_say(void **state)
{
    static const struct {
        const char *atr1, *mask1, *atr2, *mask2;
        bool overlap, covers, is_covered;
    } vectors[] = {
        {"3B80800101", "FFFFFFFFFF", "3B80800100", "FFFFFFFF00", true, false, true},
        {"3B959540FFD000540130", "FFFFFFFFFFFFFFFFFFFC", "3B959540FFD000540131",
         "FFFFFFFFFFFFFFFFFFFF", true, true, false},
        {"3B0451FF0800", "FFFFFFFFFFFF", "000451FF0800", "00FFFFFFFFFF", true, false, true},
        {"3B0451FF0000", "FFFFFFFF00FF", "3B0451000800", "FFFFFF00FFFF", true, false, false},
        {"3B0451FF0800", "FFFFFFFFFFFF", "3B0451FF080000", "FFFFFFFFFFFFFF", false, false, false},
        {"3B0451FF0800", "FFFFFFFFFFFF", "000000000000", "000000000000", true, false, true},
        /* The same pattern, with a mask and without. */
        {"3B0451FF0800", "FFFFFFFFFFFF", "3B0451FF0800", NULL, true, true, true},
        {"3B0451FF0800", NULL, "3B0451FF0801", NULL, false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct pattern a = pattern_from(*state, vectors[i].atr1, vectors[i].mask1);
        struct pattern b = pattern_from(*state, vectors[i].atr2, vectors[i].mask2);
        assert_int_equal(patterns_overlap(&a, &b), vectors[i].overlap);
        assert_int_equal(patterns_overlap(&b, &a), vectors[i].overlap);
        assert_int_equal(pattern_covers(&a, &b), vectors[i].covers);
        assert_int_equal(pattern_covers(&b, &a), vectors[i].is_covered);
        assert_int_equal(patterns_equal(&a, &b), vectors[i].covers && vectors[i].is_covered);
    }
}

static void an_example_of_an_overlap_matches_both(void **state)
{
    struct pattern a = pattern_from(*state, "3B0451FF0000", "FFFFFFFF00FF");
    struct pattern b = pattern_from(*state, "3B0451000800", "FFFFFF00FFFF");
    uint8_t example[ATR_LEN_API_MAX];
    pattern_example(&a, &b, example);
    assert_memory_equal(example, bytes_of(*state, "3B0451FF0800").ptr, a.len);
}

/* What pair_judge calls a fault, and whether the entry takes cards all the same. */
static void an_entry_is_a_pattern_where_some_card_can_match_it(void **state)
{
    static const char atr_36[] =
        "3b0000000000000000000000000000000000000000000000000000000000000000000000";
    static const char mask_35[] =
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    static const struct {
        const char *name, *atr, *mask;
        bool matches;
    } cases[] = {
        {"sound", "3B0451FF0800", "FFFFFFFFFFFF", true},
        {"no mask", "3B0451FF0800", NULL, true},
        {"no ATR", NULL, "FFFF", false},
        {"one byte", "3B", NULL, false},
        {"36 bytes", atr_36, NULL, true},
        {"36 bytes, a mask of 35", atr_36, mask_35, false},
        {"36 bytes, outside of the mask", atr_36, atr_36 + 2, false},
        {"mask too long", "3B0451FF0800", "FFFFFFFFFFFFFF", false},
        {"mask too short", "3B0451FF0800", "FFFFFF", false},
        {"outside of the mask", "3B0451FF0800", "FFFFFFFFF700", false},
        {"mask of zeros", "000000000000", "000000000000", true},
        {"outside of a mask of zeros", "3B0451FF0800", "000000000000", false},
        {"weak", "000451FF0800", "00FFFFFFFFFF", true},
        {"oddly structured", "4B0451FF", "FFFFFFFF", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice none = {0};
        struct card *card = make_card(*state, cases[i].atr ? bytes_of(*state, cases[i].atr) : none,
                                      cases[i].mask ? bytes_of(*state, cases[i].mask) : none);
        struct pattern pattern;
        if (pattern_of(card, &pattern) != cases[i].matches)
            fail_msg("%s: %s", cases[i].name, cases[i].matches ? "no pattern" : "a pattern");
    }
}

static void values_that_are_no_bytes_make_no_pattern(void **state)
{
    static const enum value_state states[] = {VALUE_WRONG_TYPE, VALUE_UNREADABLE};
    struct slice bytes = bytes_of(*state, "3B00");
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct regval bad = {.state = states[i], .raw = bytes};
        struct card *card = make_card(*state, bytes, bytes_of(*state, "FFFF"));
        const struct regval *mask = card->field[CARD_ATR_MASK];
        struct pattern pattern;
        card->field[CARD_ATR_MASK] = &bad;
        assert_false(pattern_of(card, &pattern));
        card->field[CARD_ATR_MASK] = mask;
        card->field[CARD_ATR] = &bad;
        assert_false(pattern_of(card, &pattern));
    }
}

static void patterns_of_a_view_keep_their_place_in_it(void **state)
{
    const struct reading *reading = support_read(
        *state, support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "A]\n\"ATR\"=hex:3b,00\n"
                                                         "[" CARDS "B]\n\"ATR\"=hex:3b\n"
                                                         "[" CARDS "C]\n\"ATR\"=hex:3b,01,02\n"));
    struct patterns patterns = patterns_collect(*state, &reading->snapshot.views[VIEW_NATIVE]);
    assert_int_equal(patterns.count, 2);
    assert_int_equal(patterns.items[0].index, 0);
    assert_int_equal(patterns.items[1].index, 2);
    assert_string_equal(patterns.items[1].card->key.origin.name, "C");
    assert_int_equal(patterns_collect(*state, &reading->snapshot.views[VIEW_WOW6432NODE]).count, 0);
}

/* From here on: all cards of two bytes, tried one by one, against what the functions say. */

#define DEFAULT_SEED 20250301
#define TURNS        400
#define CARDS_ALL    65536U

static void random_pair(uint8_t atr[2], uint8_t mask[2])
{
    for (size_t i = 0; i < 2; i++) {
        mask[i] = (uint8_t)(random_below(256) | random_below(256));
        atr[i] = (uint8_t)(random_below(256) & mask[i]);
    }
}

/* Another pair with few bits changed, so that many such pairs overlap, and some cover. */
static void vary_pair(const uint8_t atr[2], const uint8_t mask[2], uint8_t other[2],
                      uint8_t other_mask[2])
{
    unsigned cleared = random_below(3), set = random_below(3), flipped = random_below(2);
    memcpy(other, atr, 2);
    memcpy(other_mask, mask, 2);
    while (cleared--)
        other_mask[random_below(2)] &= (uint8_t) ~(1U << random_below(8));
    while (set--)
        other_mask[random_below(2)] |= (uint8_t)(1U << random_below(8));
    if (flipped)
        other[random_below(2)] ^= (uint8_t)(1U << random_below(8));
    other[0] &= other_mask[0];
    other[1] &= other_mask[1];
}

static void card_bytes(unsigned number, uint8_t card[2])
{
    card[0] = (uint8_t)(number >> 8);
    card[1] = (uint8_t)number;
}

static bool takes(unsigned number, const uint8_t atr[2], const uint8_t mask[2])
{
    uint8_t card[2];
    card_bytes(number, card);
    return atr_matches((struct slice){card, 2}, (struct slice){atr, 2}, (struct slice){mask, 2});
}

static struct pattern pattern_of_bytes(const uint8_t atr[2], const uint8_t mask[2])
{
    struct pattern pattern = {.len = 2};
    memcpy(pattern.atr, atr, 2);
    memcpy(pattern.mask, mask, 2);
    return pattern;
}

static void pairs_relate_as_the_sets_of_their_cards_do(void **state)
{
    (void)state;
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    unsigned overlaps = 0, covers = 0;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        uint8_t atr[2][2], mask[2][2], example[ATR_LEN_API_MAX];
        random_pair(atr[0], mask[0]);
        vary_pair(atr[0], mask[0], atr[1], mask[1]);
        unsigned both = 0, only_a = 0, only_b = 0;
        for (unsigned number = 0; number < CARDS_ALL; number++) {
            bool in_a = takes(number, atr[0], mask[0]), in_b = takes(number, atr[1], mask[1]);
            both += in_a && in_b;
            only_a += in_a && !in_b;
            only_b += !in_a && in_b;
        }
        struct pattern a = pattern_of_bytes(atr[0], mask[0]), b = pattern_of_bytes(atr[1], mask[1]);
        pattern_example(&a, &b, example);
        bool agrees = patterns_overlap(&a, &b) == (both > 0) &&
                      pattern_covers(&a, &b) == (only_b == 0) &&
                      pattern_covers(&b, &a) == (only_a == 0) &&
                      patterns_equal(&a, &b) == (only_a == 0 && only_b == 0) &&
                      (!both || (pattern_matches(&a, (struct slice){example, 2}) &&
                                 pattern_matches(&b, (struct slice){example, 2})));
        if (!agrees)
            fail_msg("%02x%02x/%02x%02x and %02x%02x/%02x%02x; repeat with TEST_SEED=%llu",
                     atr[0][0], atr[0][1], mask[0][0], mask[0][1], atr[1][0], atr[1][1], mask[1][0],
                     mask[1][1], (unsigned long long)seed);
        overlaps += both > 0;
        covers += only_b == 0;
    }
    /* Else the loop would prove little. */
    assert_in_range(overlaps, TURNS / 10, TURNS - TURNS / 10);
    assert_in_range(covers, TURNS / 100, TURNS / 2);
}

static void an_entry_is_a_pattern_exactly_where_one_of_all_cards_matches(void **state)
{
    uint64_t seed = random_take_seed(DEFAULT_SEED);
    for (unsigned turn = 0; turn < TURNS; turn++) {
        uint8_t atr[2], mask[2];
        random_pair(atr, mask);
        atr[random_below(2)] |= (uint8_t)(random_below(2) << random_below(8));
        unsigned matching = 0;
        for (unsigned number = 0; number < CARDS_ALL; number++)
            matching += takes(number, atr, mask);
        struct pattern pattern;
        if (pattern_of(make_card(*state, (struct slice){atr, 2}, (struct slice){mask, 2}),
                       &pattern) != (matching > 0))
            fail_msg("%02x%02x/%02x%02x: %u cards match; repeat with TEST_SEED=%llu", atr[0],
                     atr[1], mask[0], mask[1], matching, (unsigned long long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(overlap_and_cover_are_what_the_vectors_say),
        SUPPORT_TEST(an_example_of_an_overlap_matches_both),
        SUPPORT_TEST(an_entry_is_a_pattern_where_some_card_can_match_it),
        SUPPORT_TEST(values_that_are_no_bytes_make_no_pattern),
        SUPPORT_TEST(patterns_of_a_view_keep_their_place_in_it),
        cmocka_unit_test(pairs_relate_as_the_sets_of_their_cards_do),
        SUPPORT_TEST(an_entry_is_a_pattern_exactly_where_one_of_all_cards_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
