/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <stdlib.h>

#include "rendering.h"

/* domain: D.4, M6: as a card sends it, with bits outside of the mask. */
#define ATR_2321    BYTES("\x3b\xac\x00\x40\x2a\x00\x12\x25\x00\x64\x80\x00\x03\x10\x00\x90\x00")
#define MASK_2321   BYTES("\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\x00\x00\x00\xff\xff\xff")
#define MARKED_2321 ((const uint8_t *)"\0\1\0\1\1\0\0\0\0\0\0\0\1\1\0\0\0")

static const char *render(struct arena *arena, struct pair_detail pair)
{
    char *text = NULL;
    size_t len = 0;
    const struct html html = {open_memstream(&text, &len), arena, NULL};
    html_write_grid(&html, &pair);
    fclose(html.stream);
    char *copy = arena_strndup(arena, text, len);
    free(text);
    return copy;
}

/* The digits of all rows of a class, the highest bits first. */
static const char *digits_of(struct arena *arena, const char *text, const char *name)
{
    const char *start = arena_printf(arena, "<text class=\"%s\"", name), *digits = "";
    while ((text = strstr(text, start))) {
        text = strchr(text, '>') + 1;
        digits = arena_printf(arena, "%s%.*s", digits, (int)strcspn(text, "<"), text);
    }
    return digits;
}

static void bits_outside_of_the_mask_are_filled_and_named(void **state)
{
    struct arena *arena = *state;
    const char *text = render(
        arena, (struct pair_detail){.atr = ATR_2321, .mask = MASK_2321, .marked = MARKED_2321});
    assert_string_equal(digits_of(arena, text, "bad"), "11111111111");
    assert_says(text, "byte 1, bits 7 5 3 2; byte 3, bit 6; byte 4, bits 5 3 1; byte 12, bits 1 0; "
                      "byte 13, bit 4\n");
}

/* The number behind words that stand behind others. */
static int number_behind(const char *text, const char *others, const char *words)
{
    text = strstr(text, others);
    assert_non_null(text);
    text = strstr(text, words);
    assert_non_null(text);
    return atoi(text + strlen(words));
}

static void a_bit_stands_on_its_ground(void **state)
{
    for (int bit = 0; bit < 8; bit++) {
        uint8_t atr[] = {0x3b, (uint8_t)(1 << bit)};
        const char *text = render(*state, (struct pair_detail){.atr = {atr, 2},
                                                               .mask = BYTES("\xff\x00"),
                                                               .marked = (const uint8_t *)"\0\1"});
        int digit = number_behind(text, "<text class=\"bad\"", "y=\"");
        int ground = number_behind(text, "<path class=\"outside\"", " d=\"M89 ");
        assert_in_range(digit - ground, 8, 16);
    }
}

static void of_a_pair_that_is_masked_no_bit_is_filled(void **state)
{
    struct arena *arena = *state;
    const char *text = render(
        arena, (struct pair_detail){.atr = BYTES("\x3b\x95\x95\x40\xff\xd0\x00\x54\x01\x30"),
                                    .mask = BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc")});
    assert_string_equal(digits_of(arena, text, "bad"), "");
    assert_string_equal(digits_of(arena, text, "off"), "00");
    assert_silent(text, "byte 1");
}

static void what_a_finding_does_not_mark_is_not_marked(void **state)
{
    struct arena *arena = *state;
    const char *text = render(arena, (struct pair_detail){.atr = ATR_2321, .mask = MASK_2321});
    assert_string_equal(digits_of(arena, text, "bad"), "");
    assert_says(text, "<path class=\"mark\" d=\"\"/>");
}

static void a_byte_that_offends_as_a_whole_is_framed(void **state)
{
    struct arena *arena = *state;
    const char *text = render(arena, (struct pair_detail){.atr = BYTES("\x3b\x80\x80\x01\x02"),
                                                          .marked = (const uint8_t *)"\0\0\0\0\1"});
    assert_string_equal(digits_of(arena, text, "bad"), "");
    assert_says(text, "byte 4\n");
    assert_silent(text, "<path class=\"mark\" d=\"\"/>");
}

static void without_a_mask_every_bit_is_compared(void **state)
{
    struct arena *arena = *state;
    const char *text = render(arena, (struct pair_detail){.atr = BYTES("\x3b\x00")});
    assert_says(text, ">no mask<");
    assert_string_equal(digits_of(arena, text, "on"), "0000101010001010");
    assert_string_equal(digits_of(arena, text, "off"), "");
}

static void the_longer_of_both_is_drawn_to_its_end(void **state)
{
    struct arena *arena = *state;
    const char *text = render(arena, (struct pair_detail){.atr = BYTES("\x3b\x00"),
                                                          .mask = BYTES("\xff\xff\xff\xff"),
                                                          .marked = (const uint8_t *)"\0\0\1\1"});
    assert_says(text, ">ffffffff<");
    assert_says(text, "byte 2; byte 3\n");
    assert_int_equal(strlen(digits_of(arena, text, "on")), 16);
    text = render(
        arena, (struct pair_detail){.atr = BYTES("\x3b\x00\x00\x00"), .mask = BYTES("\xff\xff")});
    assert_int_equal(strlen(digits_of(arena, text, "off")), 16);
}

static void the_repaired_atr_is_drawn_and_said(void **state)
{
    const char *text = render(*state, (struct pair_detail){.atr = BYTES("\x3b\xac"),
                                                           .mask = BYTES("\xff\x0f"),
                                                           .repaired = BYTES("\x3b\x0c")});
    assert_says(text, ">3b0c<");
    assert_says(text, "aria-label=\"ATR 3b ac. Mask ff 0f. Repaired 3b 0c. \"");
}

/* domain: D.3. T0 announces TA1, TC1 and TD1, and TD1 TC2; twelve historical bytes follow. */
static void what_a_byte_is_stands_above_it(void **state)
{
    struct arena *arena = *state;
    const char *text = render(
        arena,
        (struct pair_detail){
            .atr =
                BYTES("\x3b\xdc\x13\x00\x40\x3a\x49\x54\x47\x5f\x4d\x53\x43\x53\x50\x5f\x56\x32")});
    assert_string_equal(digits_of(arena, text, "role"),
                        "TST0TA1TC1TD1TC2H1H2H3H4H5H6H7H8H9H10H11H12");
    text = render(arena, (struct pair_detail){.atr = BYTES("\x3b\x80\x80\x01\x01\x00")});
    assert_string_equal(digits_of(arena, text, "role"), "TST0TD1TD2TCK");
}

static void of_what_is_masked_it_is_not_known(void **state)
{
    struct arena *arena = *state;
    const char *text = render(arena, (struct pair_detail){.atr = ATR_2321, .mask = MASK_2321});
    assert_string_equal(digits_of(arena, text, "role"), "TST0");
}

static void of_many_bytes_the_first_are_drawn(void **state)
{
    struct arena *arena = *state;
    uint8_t bytes[100] = {0x3b}, marked[100] = {[99] = 1};
    const char *text = render(arena, (struct pair_detail){.atr = {bytes, 100}, .marked = marked});
    assert_says(text, "Of 100 bytes, the first 40 are drawn.");
    assert_int_equal(strlen(digits_of(arena, text, "on")), 40 * 8);
}

static void of_no_bytes_nothing_is_drawn(void **state)
{
    assert_string_equal(render(*state, (struct pair_detail){.mask = BYTES("")}), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(bits_outside_of_the_mask_are_filled_and_named),
        SUPPORT_TEST(a_bit_stands_on_its_ground),
        SUPPORT_TEST(of_a_pair_that_is_masked_no_bit_is_filled),
        SUPPORT_TEST(what_a_finding_does_not_mark_is_not_marked),
        SUPPORT_TEST(a_byte_that_offends_as_a_whole_is_framed),
        SUPPORT_TEST(without_a_mask_every_bit_is_compared),
        SUPPORT_TEST(the_longer_of_both_is_drawn_to_its_end),
        SUPPORT_TEST(the_repaired_atr_is_drawn_and_said),
        SUPPORT_TEST(what_a_byte_is_stands_above_it),
        SUPPORT_TEST(of_what_is_masked_it_is_not_known),
        SUPPORT_TEST(of_many_bytes_the_first_are_drawn),
        SUPPORT_TEST(of_no_bytes_nothing_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
