/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/seen_cards.h"

#include "findings.h"

#define PIV_CACHE  "[Microsoft\\Cryptography\\Calais\\PIV Device ATR Cache]\n"
#define IDMP_CACHE "[Microsoft\\Cryptography\\Calais\\IDMP ATR Cache]\n"

static struct seen_cards list(struct arena *arena, const char *reg_text)
{
    const char *text = arena_printf(arena, SUPPORT_WINDOWS_10 "%s", reg_text);
    const struct reading *reading = support_read(arena, support_build(arena, text));
    assert_true(reading->read);
    return seen_cards_list(arena, &reading->snapshot);
}

static void no_cache_has_seen_no_card(void **state)
{
    assert_int_equal(list(*state, "").count, 0);
    assert_int_equal(list(*state, PIV_CACHE IDMP_CACHE).count, 0);
}

/* The YubiKey 5 and the GIDS card of the tables of ATRs. */
static void each_value_is_a_card_of_its_cache(void **state)
{
    struct seen_cards cards =
        list(*state, IDMP_CACHE
             "@=hex:3b,f7,18,00,00,80,31,fe,45,73,66,74,65,2d,6e,66,c4\n" PIV_CACHE
             "\"x\"=hex:3b,fd,13,00,00,81,31,fe,15,80,73,c0,21,c0,57,59,75,62,69,4b,65,79,40\n");
    assert_int_equal(cards.count, 2);
    assert_int_equal(cards.items[0].cache, ATR_CACHE_PIV);
    assert_int_equal(cards.items[1].cache, ATR_CACHE_IDMP);
    assert_string_equal(cards.items[0].device_id, "SCFILTER\\CID_8073C021C057597562694B6579");
    assert_string_equal(cards.items[1].device_id, "SCFILTER\\CID_736674652D6E66");
    assert_string_equal(cards.items[0].value->name, "x");
    assert_int_equal(cards.items[0].atr.len, 23);
    assert_null(cards.items[0].fault);
    assert_non_null(strstr(cards.items[0].decoded, "TCK 40"));
    assert_true(cards.items[0].key->offset > 0);
}

static void what_is_no_atr_is_told(void **state)
{
    static const struct {
        const char *value, *fault;
    } cases[] = {
        {"\"x\"=\"3b00\"", "is a REG_SZ, not a REG_BINARY"},
        {"\"x\"=dword:3b", "is a REG_DWORD, not a REG_BINARY"},
        {"\"x\"=hex(12345):3b,00", "is a type 0x12345, not a REG_BINARY"},
        {"\"x\"=hex:", "has 0 bytes, and an ATR 2 to 33"},
        {"\"x\"=hex:3b", "has 1 byte, and an ATR 2 to 33"},
        {"\"x\"=hex:00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,"
         "00,00,00,00,00,00,00,00",
         "has 34 bytes, and an ATR 2 to 33"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct seen_cards cards =
            list(*state, arena_printf(*state, PIV_CACHE "%s\n", cases[i].value));
        assert_int_equal(cards.count, 1);
        assert_string_equal(cards.items[0].fault, cases[i].fault);
        assert_int_equal(cards.items[0].atr.len, 0);
        assert_null(cards.items[0].decoded);
        assert_null(cards.items[0].device_id);
    }
}

/* Readers mangle ATRs, and some cards violate the standard: that they were here is true all the
 * same. */
static void an_atr_that_violates_the_standard_is_one(void **state)
{
    struct seen_cards cards = list(*state, PIV_CACHE "\"x\"=hex:4b,00\n\"y\"=hex:3b,0a,00\n");
    assert_int_equal(cards.count, 2);
    for (size_t i = 0; i < cards.count; i++) {
        assert_null(cards.items[i].fault);
        assert_non_null(cards.items[i].decoded);
    }
    assert_null(cards.items[1].device_id);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SUPPORT_TEST(no_cache_has_seen_no_card),
        SUPPORT_TEST(each_value_is_a_card_of_its_cache),
        SUPPORT_TEST(what_is_no_atr_is_told),
        SUPPORT_TEST(an_atr_that_violates_the_standard_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
