/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/pairing.h"

#include <stdlib.h>

#include "cards.h"
#include "model/atr.h"

/* A view whose entries are called 0, 1, 2 ... */
static struct view_config make_view(struct arena *arena, size_t count)
{
    struct view_config config = {.exists = true,
                                 .smart_cards.state = KEY_PRESENT,
                                 .cards = arena_alloc(arena, count, sizeof(struct card)),
                                 .ncards = count};
    for (size_t i = 0; i < count; i++)
        cards_make(arena, &config.cards[i], arena_printf(arena, "%zu", i), NULL, NULL);
    return config;
}

static void set_pair(struct arena *arena, struct view_config *config, size_t i, const char *atr,
                     const char *mask)
{
    cards_make(arena, &config->cards[i], config->cards[i].key.origin.name, atr, mask);
}

static struct pairing pair_bytes(struct arena *arena, const struct view_config *config,
                                 struct slice atr)
{
    struct contenders contenders = contenders_collect(arena, config, 1);
    return pairing_find(arena, &contenders, atr);
}

static struct pairing pair(struct arena *arena, const struct view_config *config, const char *card)
{
    return pair_bytes(arena, config, cards_bytes(arena, card));
}

/* The matching vectors of the domain (D.4), by what Windows documents. */
static void cards_match_as_the_vectors_say(void **state)
{
    static const struct {
        const char *name, *card, *atr, *mask;
        bool matches;
    } vectors[] = {
        {"M1", "3B0451FF0800", "3B0451FF0800", "FFFFFFFFFFFF", true},
        {"M2", "3B9894400AA503010101AD1311", "3B98004000A503010101AD1300",
         "FFFF00FF00FFFFFFFFFFFFFF00", true},
        {"M3", "3B9894400AA503010101AD1310", "3B98004000A503010101AD1300",
         "FFFF00FF00FFFFFFFFFFFFFF00", true},
        {"M4", "3B959540FFD000540132", "3B959540FFD000540130", "FFFFFFFFFFFFFFFFFFFC", true},
        {"M4b", "3B959540FFD000540134", "3B959540FFD000540130", "FFFFFFFFFFFFFFFFFFFC", false},
        {"M5", "3B7D95000080318065B08311C0A983009000", "3B7D95000080318065B08311000083009000",
         "FFFFFFFFFFFFFFFFFFFFFFFF0000FFFFFFFF", true},
        {"M6", "3B7D95000080318065B08311C0A983009000", "3B7D95000080318065B0831100008300",
         "FFFFFFFFFFFFFFFFFFFFFFFF0000FFFF", false},
        {"M7", "3BAC00402A001225006480000310009000", "3BAC00402A001225006480000310009000",
         "FF00000000FFFFFFFFFFFF000000FFFFFF", false},
        {"M8", "3BAC00402A001225006480000310009000", "3BAC00402A001225006480000310009000", NULL,
         true},
        {"M9", "3BF21800FFC10A31FE55C8068A", "3BF21800FFC10A31FE55C8068A",
         "FFFF0FFF00FF00FFFF00000000", false},
        {"M10", "3BF21800FFC10A31FE55C8068A", "3BF2080000C10031FE00000000",
         "FFFF0FFF00FF00FFFF00000000", true},
        {"M11", "3B0451FF0800", "3B0451FF0800", "FFFFFFFFFFFFFF", false},
        {"M12", "3B0451FF0800", "3B0451FF0800", "FFFFFF", false},
        {"M13", "3B0451FF0800", "000000000000", "000000000000", true},
        {"M14", "3B0451FF0800", "3B0451FF0800", "000000000000", false},
        {"M15", "3B0451FF0800",
         "3B0451FF0800000000000000000000000000000000000000000000000000000000000000",
         "FFFFFFFFFFFF000000000000000000000000000000000000000000000000000000000000", false},
        {"M16", "3B8D0180FBA000000397425446590401CF", "3B8D0180FBA000000397425446590401CF",
         "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", true},
    };
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct view_config config = make_view(*state, 1);
        set_pair(*state, &config, 0, vectors[i].atr, vectors[i].mask);
        struct pairing pairing = pair(*state, &config, vectors[i].card);
        if (!pairing.entry != !vectors[i].matches)
            fail_msg("%s: %s", vectors[i].name, pairing.entry ? "a match" : "no match");
        if (pairing.nnear != !vectors[i].matches) /* each of them is meant for its card */
            fail_msg("%s: %zu near misses", vectors[i].name, pairing.nnear);
    }
}

#define PATTERN_LEN 2 /* bytes; 65,536 cards */
#define ENTRIES     6
#define ROUNDS      12

/* Entries that often take the same cards: few bits are set in their masks. Every fourth has bits
 * outside, every fifth a mask that is too short. */
static void make_random(struct arena *arena, struct view_config *config)
{
    for (size_t i = 0; i < config->ncards; i++) {
        uint8_t *bytes = arena_alloc(arena, 2 * (size_t)PATTERN_LEN, 1);
        for (size_t j = 0; j < PATTERN_LEN; j++) {
            bytes[PATTERN_LEN + j] = (uint8_t)(random() & random());
            bytes[j] = (uint8_t)random();
            if (random() % 4)
                bytes[j] &= bytes[PATTERN_LEN + j];
        }
        struct slice mask = {bytes + PATTERN_LEN, PATTERN_LEN - (random() % 5 == 0)};
        cards_set(arena, &config->cards[i], CARD_ATR,
                  cards_binary((struct slice){bytes, PATTERN_LEN}));
        cards_set(arena, &config->cards[i], CARD_ATR_MASK, cards_binary(mask));
    }
}

/* What atr_matches alone says, entry by entry. */
static size_t count_matches(const struct view_config *config, struct slice card,
                            const struct card **first)
{
    size_t count = 0;
    *first = NULL;
    for (size_t i = 0; i < config->ncards; i++) {
        const struct card *entry = &config->cards[i];
        if (!atr_matches(card, entry->field[CARD_ATR]->raw, entry->field[CARD_ATR_MASK]->raw))
            continue;
        if (!count++)
            *first = entry;
    }
    return count;
}

static void every_card_pairs_with_the_first_entry_that_matches(void **state)
{
    const unsigned seed = 20260105;
    size_t matched = 0, unmatched = 0;
    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct view_config config = make_view(*state, ENTRIES);
        make_random(*state, &config);
        struct contenders contenders = contenders_collect(*state, &config, 1);
        for (unsigned number = 0; number < 0x10000; number++) {
            struct arena *arena = arena_new();
            const uint8_t bytes[PATTERN_LEN] = {(uint8_t)(number >> 8), (uint8_t)number};
            struct slice card = {bytes, PATTERN_LEN};
            const struct card *first;
            size_t count = count_matches(&config, card, &first);
            struct pairing pairing = pairing_find(arena, &contenders, card);
            assert_ptr_equal(pairing.entry, first);
            assert_int_equal(pairing.nothers, count ? count - 1 : 0);
            matched += count > 0;
            unmatched += count == 0;
            arena_free(arena);
        }
    }
    assert_true(matched > 1000 && unmatched > 1000); /* the entries were worth the test */
}

static void others_that_match_come_in_their_order(void **state)
{
    struct view_config config = make_view(*state, 5);
    set_pair(*state, &config, 1, "3B0451FF0800", NULL);
    set_pair(*state, &config, 2, "3B0451FF0801", NULL);
    set_pair(*state, &config, 3, "000000000000", "000000000000");
    set_pair(*state, &config, 4, "3B0451FF0000", "FFFFFFFF0000");
    struct pairing pairing = pair(*state, &config, "3B0451FF0800");
    assert_ptr_equal(pairing.entry, &config.cards[1]);
    assert_int_equal(pairing.nothers, 2);
    assert_ptr_equal(pairing.others[0], &config.cards[3]);
    assert_ptr_equal(pairing.others[1], &config.cards[4]);
    assert_int_equal(pairing.nnear, 1);
    assert_ptr_equal(pairing.near[0].entry, &config.cards[2]);
    assert_true(pairing.complete);
}

static void more_than_are_listed_are_counted(void **state)
{
    struct view_config config = make_view(*state, 40);
    for (size_t i = 0; i < 40; i++)
        set_pair(*state, &config, i, i < 30 ? "3B0451FF0800" : "3B0451FF0801", NULL);
    struct pairing pairing = pair(*state, &config, "3B0451FF0800");
    assert_int_equal(pairing.nothers, PAIRING_OTHERS_MAX);
    assert_int_equal(pairing.more_others, 29 - PAIRING_OTHERS_MAX);
    assert_int_equal(pairing.nnear, PAIRING_NEAR_MAX);
    assert_int_equal(pairing.more_near, 10 - PAIRING_NEAR_MAX);
    for (size_t i = 0; i < PAIRING_NEAR_MAX; i++)
        assert_ptr_equal(pairing.near[i].entry, &config.cards[30 + i]);
}

/* What pairing_find says of a card against what atr_matches says, entry by entry. */
static void check_matches(const struct view_config *config, const struct pairing *pairing,
                          struct slice card)
{
    size_t count = 0;
    for (size_t i = 0; i < config->ncards; i++) {
        const struct card *entry = &config->cards[i];
        if (!atr_matches(card, entry->field[CARD_ATR]->raw, entry->field[CARD_ATR_MASK]->raw))
            continue;
        if (count == 0)
            assert_ptr_equal(pairing->entry, entry);
        else if (count <= PAIRING_OTHERS_MAX)
            assert_ptr_equal(pairing->others[count - 1], entry);
        count++;
    }
    assert_int_equal((pairing->entry != NULL) + pairing->nothers + pairing->more_others, count);
}

static void of_many_that_match_the_first_are_listed(void **state)
{
    const unsigned seed = 20261121;
    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        struct view_config config = make_view(*state, 400);
        make_random(*state, &config);
        struct contenders contenders = contenders_collect(*state, &config, 1);
        for (int i = 0; i < 100; i++) {
            const uint8_t bytes[PATTERN_LEN] = {(uint8_t)random(), (uint8_t)random()};
            struct slice card = {bytes, PATTERN_LEN};
            struct pairing pairing = pairing_find(*state, &contenders, card);
            check_matches(&config, &pairing, card);
        }
    }
}

static void what_too_many_questions_leave_open_is_said(void **state)
{
    struct view_config config = make_view(*state, 40);
    for (size_t i = 0; i < 40; i++)
        set_pair(*state, &config, i, i < 39 ? "3B0451FF0801" : "3B0451FF0800", NULL);
    struct contenders contenders = contenders_collect(*state, &config, 10000000);
    struct pairing pairing = pairing_find(*state, &contenders, cards_bytes(*state, "3B0451FF0800"));
    assert_ptr_equal(pairing.entry, &config.cards[39]);
    assert_true(pairing.complete);
    assert_int_equal(pairing.nnear + pairing.more_near, 10);
    assert_int_equal(pairing.nunlooked, 30);
    contenders = contenders_collect(*state, &config, SIZE_MAX);
    pairing = pairing_find(*state, &contenders, cards_bytes(*state, "3B0451FF0800"));
    assert_null(pairing.entry);
    assert_false(pairing.complete);
    assert_int_equal(pairing.nnear, 0);
    assert_int_equal(pairing.nunlooked, 40);
}

static void the_nearest_are_kept_whatever_their_order(void **state)
{
    static const char *const atrs[] = {"3B0451FF08000003", "3B0451FF08000303", "3B0451FF08030303",
                                       "3B0451FF08000003", "3B0451FF08000303", "3B0451FF08030303",
                                       "3B0451FF08000003", "3B0451FF08000303"};
    static const char *const want[] = {"0", "3", "6", "1", "4"};
    struct view_config config = make_view(*state, COUNT_OF(atrs));
    for (size_t i = 0; i < COUNT_OF(atrs); i++)
        set_pair(*state, &config, i, atrs[i], NULL);
    struct pairing pairing = pair(*state, &config, "3B0451FF08000000");
    assert_null(pairing.entry);
    assert_int_equal(pairing.nnear, COUNT_OF(want));
    assert_int_equal(pairing.more_near, COUNT_OF(atrs) - COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_string_equal(pairing.near[i].entry->key.origin.name, want[i]);
}

static void an_entry_that_cannot_be_read_leaves_the_answer_open(void **state)
{
    struct view_config config = make_view(*state, 2);
    struct loss loss = {.key = "A", .reason = "gone"};
    set_pair(*state, &config, 1, "3B0451FF0800", NULL);
    assert_true(pair(*state, &config, "3B0451FF0800").complete);
    cards_set(*state, &config.cards[0], CARD_ATR, (struct regval){.state = VALUE_UNREADABLE});
    struct pairing pairing = pair(*state, &config, "3B0451FF0800");
    assert_ptr_equal(pairing.entry, &config.cards[1]);
    assert_false(pairing.complete);
    set_pair(*state, &config, 0, "3B00", NULL);
    config.lost = &loss;
    config.nlost = 1;
    assert_false(pair(*state, &config, "3B0451FF0800").complete);
    config.nlost = 0;
    config.smart_cards.state = KEY_UNREADABLE;
    assert_false(pair(*state, &config, "3B0451FF0800").complete);
}

static void a_view_without_entries_takes_nothing(void **state)
{
    struct view_config config = make_view(*state, 0);
    struct pairing pairing = pair(*state, &config, "3B00");
    assert_null(pairing.entry);
    assert_int_equal(pairing.nothers + pairing.nnear, 0);
    assert_true(pairing.complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(cards_match_as_the_vectors_say),
        SUPPORT_TEST(every_card_pairs_with_the_first_entry_that_matches),
        SUPPORT_TEST(others_that_match_come_in_their_order),
        SUPPORT_TEST(more_than_are_listed_are_counted),
        SUPPORT_TEST(of_many_that_match_the_first_are_listed),
        SUPPORT_TEST(what_too_many_questions_leave_open_is_said),
        SUPPORT_TEST(the_nearest_are_kept_whatever_their_order),
        SUPPORT_TEST(an_entry_that_cannot_be_read_leaves_the_answer_open),
        SUPPORT_TEST(a_view_without_entries_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
