/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/near_miss.h"

#include "cards.h"
#include "model/atr.h"

static struct slice historical_of(struct slice atr)
{
    struct atr decoded = atr_decode(atr, (struct slice){0});
    return (struct slice){atr.ptr + decoded.historical_offset, decoded.historical_len};
}

/* Compares a card with an entry. */
static bool judge(struct arena *arena, const struct card *entry, const char *card,
                  struct near_miss *miss)
{
    struct contender contender;
    struct slice atr = cards_bytes(arena, card);
    return contender_make(arena, entry, &contender) &&
           near_miss_judge(&contender, atr, historical_of(atr), miss);
}

static bool judge_pair(struct arena *arena, const char *card, const char *atr, const char *mask,
                       struct near_miss *miss)
{
    struct card *entry = arena_alloc(arena, 1, sizeof *entry);
    cards_make(arena, entry, "Entry", atr, mask);
    return judge(arena, entry, card, miss);
}

/* "atr-type card-length" */
static const char *show_reasons(struct arena *arena, unsigned reasons)
{
    const char *text = "";
    for (int i = 0; i < NMISS_REASONS; i++)
        if (reasons & 1u << i)
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", miss_reason_names[i]);
    return text;
}

static void the_first_difference_is_named_with_the_mask(void **state)
{
    static const struct {
        const char *card, *atr, *mask, *reasons, *message;
        size_t distance, first;
    } cases[] = {
        /* D.4 M4b: a mask that ends in the middle of a byte. */
        {"3B959540FFD000540134", "3B959540FFD000540130", "FFFFFFFFFFFFFFFFFFFC", "bytes",
         "byte 9 is 30 here and 34 on the card under mask fc", 1, 9},
        {"3B0451FF0801", "3B0451FF0800", NULL, "bytes", "byte 5 is 00 here and 01 on the card", 1,
         5},
        {"3B0451FF0801", "3B0452FF0800", NULL, "bytes",
         "byte 2 is 52 here and 51 on the card, and 1 more differs", 2, 2},
        {"3B0451FF08010203", "3B0452FF08000303", NULL, "bytes",
         "byte 2 is 52 here and 51 on the card, and 2 more differ", 3, 2},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct near_miss miss;
        assert_true(judge_pair(*state, cases[i].card, cases[i].atr, cases[i].mask, &miss));
        assert_string_equal(show_reasons(*state, miss.reasons), cases[i].reasons);
        assert_int_equal(miss.distance, cases[i].distance);
        assert_int_equal(miss.ndiffering, cases[i].distance);
        assert_true(miss.has_first);
        assert_int_equal(miss.first, cases[i].first);
        assert_string_equal(near_miss_describe(*state, &miss, cards_bytes(*state, cases[i].card)),
                            cases[i].message);
    }
}

/* D.4: M7, M9, M11, M12, M14, M15 and M6, none of which matches. */
static void an_entry_with_a_fault_is_compared_as_it_seems_to_be_meant(void **state)
{
    static const struct {
        const char *name, *card, *atr, *mask, *reasons;
        size_t distance;
    } cases[] = {
        {"M7", "3BAC00402A001225006480000310009000", "3BAC00402A001225006480000310009000",
         "FF00000000FFFFFFFFFFFF000000FFFFFF", "outside-mask", 0},
        {"M9", "3BF21800FFC10A31FE55C8068A", "3BF21800FFC10A31FE55C8068A",
         "FFFF0FFF00FF00FFFF00000000", "outside-mask", 0},
        {"M11", "3B0451FF0800", "3B0451FF0800", "FFFFFFFFFFFFFF", "mask-length", 0},
        {"M12", "3B0451FF0800", "3B0451FF0800", "FFFFFF", "mask-length", 0},
        {"M14", "3B0451FF0800", "3B0451FF0800", "000000000000", "outside-mask", 0},
        {"M15", "3B0451FF0800",
         "3B0451FF0800000000000000000000000000000000000000000000000000000000000000",
         "FFFFFFFFFFFF000000000000000000000000000000000000000000000000000000000000", "card-length",
         0},
        {"M6", "3B7D95000080318065B08311C0A983009000", "3B7D95000080318065B0831100008300",
         "FFFFFFFFFFFFFFFFFFFFFFFF0000FFFF", "card-length", 2},
        {"dead, and another byte", "3BF21801FFC10A31FE55C8068A", "3BF21800FFC10A31FE55C8068A",
         "FFFF0FFF00FF00FFFF00000000", "outside-mask bytes", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct near_miss miss;
        if (!judge_pair(*state, cases[i].card, cases[i].atr, cases[i].mask, &miss))
            fail_msg("%s is not near", cases[i].name);
        const char *reasons = show_reasons(*state, miss.reasons);
        if (strcmp(reasons, cases[i].reasons) != 0 || miss.distance != cases[i].distance)
            fail_msg("%s: %s, %zu apart", cases[i].name, reasons, miss.distance);
    }
}

static void values_of_a_wrong_type_are_compared_by_their_digits(void **state)
{
    struct near_miss miss;
    struct card entry;
    struct slice card = cards_bytes(*state, "3B0451FF0800");
    cards_make(*state, &entry, "Entry", NULL, NULL);
    struct regval text = cards_text("3b 04 51 ff 08 00");
    text.state = VALUE_WRONG_TYPE;
    cards_set(*state, &entry, CARD_ATR, text);
    assert_true(judge(*state, &entry, "3B0451FF0800", &miss));
    assert_int_equal(miss.reasons, 1u << MISS_ATR_TYPE);
    assert_string_equal(near_miss_describe(*state, &miss, card),
                        "ATR is of the wrong type (got REG_SZ, want REG_BINARY); as it seems to be "
                        "meant, it takes this card");
    cards_set(*state, &entry, CARD_ATR, cards_binary(card));
    text.seen = "FFFFFFFFFFF0";
    cards_set(*state, &entry, CARD_ATR_MASK, text);
    assert_true(judge(*state, &entry, "3B0451FF0801", &miss));
    assert_string_equal(show_reasons(*state, miss.reasons), "mask-type");
    text.seen = "no digits";
    cards_set(*state, &entry, CARD_ATR_MASK, text);
    assert_false(judge(*state, &entry, "3B0451FF0801", &miss));
}

static void an_entry_without_an_atr_is_near_to_no_card(void **state)
{
    struct near_miss miss;
    struct card entry;
    assert_false(judge_pair(*state, "3B0451FF0800", NULL, NULL, &miss));
    assert_false(judge_pair(*state, "3B0451FF0800", NULL, "FFFFFFFFFFFF", &miss));
    cards_make(*state, &entry, "Entry", "3B0451FF0800", NULL);
    cards_set(*state, &entry, CARD_ATR_MASK, (struct regval){.state = VALUE_UNREADABLE});
    assert_false(judge(*state, &entry, "3B0451FF0801", &miss));
    cards_set(*state, &entry, CARD_ATR, (struct regval){.state = VALUE_OK, .type = REG_BINARY});
    assert_false(judge(*state, &entry, "3B0451FF0801", &miss));
}

static void what_differs_in_many_bytes_is_not_near(void **state)
{
    static const struct {
        const char *name, *card, *atr, *mask;
        bool near;
    } cases[] = {
        {"3 bytes of 10", "3B959540FFD000540131", "3B959540FFD000999999", NULL, true},
        {"4 bytes of 10", "3B959540FFD000540131", "3B959540FFD099999999", NULL, false},
        {"half of 4", "3B0251FF", "3B029999", NULL, false},
        {"one of 4", "3B0251FF", "3B025199", NULL, true},
        {"one of the 2 that count", "3B0251FF", "3B000099", "FF0000FF", false},
        {"nothing counts, other length", "3B0251FF", "0000000000", "0000000000", false},
        {"the start of the card", "3B045101020304", "3B0451010203", NULL, true},
        {"less than half of the card", "3B04510102030405", "3B0451", NULL, false},
        {"the card is its start", "3B04510102", "3B045101020304050607", NULL, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct near_miss miss;
        if (judge_pair(*state, cases[i].card, cases[i].atr, cases[i].mask, &miss) != cases[i].near)
            fail_msg("%s: %s", cases[i].name, cases[i].near ? "not near" : "near");
    }
}

/* D.3: a YubiKey 5 by contacts and by NFC. */
static void the_same_historical_bytes_are_near_whatever_else_differs(void **state)
{
    static const char contact[] = "3BFD1300008131FE158073C021C057597562694B657940";
    static const char nfc[] = "3B8D80018073C021C057597562694B6579F9";
    struct near_miss miss;
    assert_true(judge_pair(*state, nfc, contact, NULL, &miss));
    assert_true(miss.same_device);
    assert_string_equal(show_reasons(*state, miss.reasons), "card-length bytes");
    const char *message = near_miss_describe(*state, &miss, cards_bytes(*state, nfc));
    assert_non_null(strstr(message, "(got 23 bytes, want 18)"));
    assert_non_null(strstr(message, "; its historical bytes are the card's"));
    /* A historical byte that the mask leaves open may be another. */
    assert_false(judge_pair(*state, nfc, "3BFD1300008131FE150073C021C057597562694B657940",
                            "FFFFFFFFFFFFFFFFFF00FFFFFFFFFFFFFFFFFFFFFFFFFF", &miss));
    /* Without any, nothing is the same. */
    assert_false(judge_pair(*state, "3B80800101", "3B00", NULL, &miss));
}

static void the_nearer_one_is_told(void **state)
{
    (void)state;
    const struct near_miss dead = {.distance = 0}, one = {.distance = 1}, two = {.distance = 2};
    const struct near_miss device = {.distance = 9, .same_device = true};
    assert_true(near_miss_is_nearer(&dead, &one));
    assert_true(near_miss_is_nearer(&dead, &device));
    assert_true(near_miss_is_nearer(&device, &one));
    assert_true(near_miss_is_nearer(&one, &two));
    assert_false(near_miss_is_nearer(&two, &one));
    assert_false(near_miss_is_nearer(&one, &one));
    assert_false(near_miss_is_nearer(&one, &device));
}

/* "..^^": one for each byte. */
static const char *show_marks(struct arena *arena, const struct near_miss *miss, const char *card)
{
    size_t len;
    const uint8_t *marked = near_miss_mark(arena, miss, cards_bytes(arena, card), &len);
    char *text = arena_alloc(arena, len + 1, 1);
    for (size_t i = 0; i < len; i++)
        text[i] = marked[i] ? '^' : '.';
    return text;
}

static void bytes_that_differ_or_are_missing_are_marked(void **state)
{
    static const struct {
        const char *card, *atr, *mask, *marks, *repaired;
    } cases[] = {
        {"3B0451FF0801", "3B0451FF0800", NULL, ".....^", ""},
        {"3B0451FF0801", "3B0452FF0800", "FFFF00FFFFFF", "..^..^", "3b0400ff0800"},
        {"3B0451FF0800", "3B0451FF0800", "FFFF0FFFFFFF", "..^...", "3b0401ff0800"},
        {"3B0451FF0800", "3B0451FF0800", "FFFFFFFF", "....^^", ""},
        {"3B0451FF0800", "3B0451FF0800", "FFFFFFFFFFFFFF", "......^", ""},
        {"3B0451FF0800", "3B0451FF", NULL, "....^^", ""},
        {"3B0451FF0800", "3B0451FF080000", NULL, "......^", ""},
        {"3B0451FF0800", "3B0451FF0800", "000000000000", "^^^^^.", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct near_miss miss;
        assert_true(judge_pair(*state, cases[i].card, cases[i].atr, cases[i].mask, &miss));
        assert_string_equal(show_marks(*state, &miss, cases[i].card), cases[i].marks);
        struct slice repaired = near_miss_repair(*state, &miss);
        assert_string_equal(text_hex(*state, repaired, ""), cases[i].repaired);
    }
}

static void an_endless_atr_is_not_compared(void **state)
{
    struct card entry;
    struct contender contender;
    uint8_t *bytes = arena_alloc(*state, 73, 1);
    bytes[0] = 0x3b;
    cards_make(*state, &entry, "Entry", NULL, NULL);
    cards_set(*state, &entry, CARD_ATR, cards_binary((struct slice){bytes, 73}));
    assert_false(contender_make(*state, &entry, &contender));
    cards_set(*state, &entry, CARD_ATR, cards_binary((struct slice){bytes, 72}));
    assert_true(contender_make(*state, &entry, &contender));
    assert_int_equal(contender.faults, 1u << MISS_ATR_LENGTH);
    assert_false(contender.takes_some);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_first_difference_is_named_with_the_mask),
        SUPPORT_TEST(an_entry_with_a_fault_is_compared_as_it_seems_to_be_meant),
        SUPPORT_TEST(values_of_a_wrong_type_are_compared_by_their_digits),
        SUPPORT_TEST(an_entry_without_an_atr_is_near_to_no_card),
        SUPPORT_TEST(what_differs_in_many_bytes_is_not_near),
        SUPPORT_TEST(the_same_historical_bytes_are_near_whatever_else_differs),
        SUPPORT_TEST(the_nearer_one_is_told),
        SUPPORT_TEST(bytes_that_differ_or_are_missing_are_marked),
        SUPPORT_TEST(an_endless_atr_is_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
