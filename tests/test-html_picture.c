/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <stdlib.h>

#include "rendering.h"

#define CARDS "[Microsoft\\Cryptography\\Calais\\SmartCards\\"

/* The picture of the entries that registry text adds to a Windows; "" where there is none. */
static const char *draw(struct arena *arena, const char *entries)
{
    char *text = NULL;
    size_t len = 0;
    const char *hive = arena_printf(arena, "%s%s", SUPPORT_WINDOWS_10, entries);
    const struct reading *reading = support_read(arena, support_build(arena, hive));
    struct inventory inventory = inventory_list(arena, &reading->snapshot);
    struct html_involved *involved;
    size_t count = html_find_involved(arena, &inventory, &involved);
    if (!count)
        return "";
    const struct html html = {open_memstream(&text, &len), arena, NULL};
    html_write_picture(&html, &inventory, involved, count);
    fclose(html.stream);
    char *copy = arena_strndup(arena, text, len);
    free(text);
    return copy;
}

static void an_entry_that_takes_all_cards_of_two_leads_to_both(void **state)
{
    const char *text =
        draw(*state, CARDS "A]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:ff,00\n" CARDS
                           "B]\n\"ATR\"=hex:3b,01\n" CARDS "C]\n\"ATR\"=hex:3b,02\n" CARDS
                           "D]\n\"ATR\"=hex:3f,02\n");
    assert_int_equal(count_of(text, "<circle"), 1);
    assert_int_equal(count_of(text, "<path class=\"head\""), 2);
    assert_int_equal(count_of(text, "class=\"line some\""), 0);
    assert_int_equal(count_of(text, "class=\"name lost\""), 2);
    assert_int_equal(count_of(text, ">D<"), 0);
    assert_int_equal(count_of(text, ">3b\u00b7\u00b7<"), 1);
}

static void a_line_to_an_entry_that_keeps_cards_is_dashed(void **state)
{
    const char *text = draw(*state, CARDS "A]\n\"ATR\"=hex:3b,01\n\"ATRMask\"=hex:ff,0f\n" CARDS
                                          "B]\n\"ATR\"=hex:3b,20\n\"ATRMask\"=hex:ff,f8\n");
    assert_int_equal(count_of(text, "class=\"line some\""), 1);
    assert_int_equal(count_of(text, "class=\"name lost\""), 0);
    assert_int_equal(count_of(text, ">3b\u00b71<"), 1);
    assert_int_equal(count_of(text, ">3b2~<"), 1);
}

static void lines_that_would_run_over_each_other_have_their_own_lanes(void **state)
{
    const char *text =
        draw(*state, CARDS "A]\n\"ATR\"=hex:3b,01\n" CARDS "B]\n\"ATR\"=hex:3b,02\n" CARDS
                           "C]\n\"ATR\"=hex:3b,01\n" CARDS "D]\n\"ATR\"=hex:3b,02\n");
    const char *first = strstr(text, "<circle"), *second = strstr(first + 1, "<circle");
    assert_non_null(second);
    assert_int_not_equal(atoi(strstr(first, "cx=\"") + 4), atoi(strstr(second, "cx=\"") + 4));
}

static void entries_that_share_no_card_are_not_drawn(void **state)
{
    assert_string_equal(
        draw(*state, CARDS "A]\n\"ATR\"=hex:3b,01\n" CARDS "B]\n\"ATR\"=hex:3b,02\n"), "");
}

/* The line is of one view; the entry that loses its cards may be in both. */
static void an_entry_is_drawn_once_for_both_views(void **state)
{
    const char *text =
        draw(*state, CARDS "A]\n\"ATR\"=hex:3b,01\n" CARDS "B]\n\"ATR\"=hex:3b,01\n"
                           "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\"
                           "A]\n\"ATR\"=hex:3b,01\n"
                           "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\"
                           "B]\n\"ATR\"=hex:3b,01\n");
    assert_int_equal(count_of(text, ">A<"), 1);
    assert_int_equal(count_of(text, "<path class=\"head\""), 1);
}

static void of_many_entries_the_first_are_drawn(void **state)
{
    struct arena *arena = *state;
    const char *entries = "";
    for (int i = 0; i < 100; i++)
        entries = arena_printf(arena, "%s" CARDS "E%02d]\n\"ATR\"=hex:3b,01\n", entries, i);
    const char *text = draw(arena, entries);
    assert_int_equal(count_of(text, "<path class=\"head\""), 59);
    assert_int_equal(count_of(text, "Of 100 such entries, 60 are drawn."), 1);
}

/* All of the first hundred take cards, from the hundred that come behind. */
static void of_many_entries_those_are_drawn_that_belong_together(void **state)
{
    struct arena *arena = *state;
    const char *entries = "";
    for (int i = 0; i < 200; i++)
        entries =
            arena_printf(arena, "%s" CARDS "E%03d]\n\"ATR\"=hex:3b,%02x\n", entries, i, i % 100);
    const char *text = draw(arena, entries);
    assert_int_equal(count_of(text, "<circle"), 30);
    assert_int_equal(count_of(text, "<path class=\"head\""), 30);
    assert_int_equal(count_of(text, "Of 200 such entries, 60 are drawn."), 1);
}

static void a_name_is_escaped_and_cut(void **state)
{
    const char *text =
        draw(*state, CARDS "<script>]\n\"ATR\"=hex:3b,01\n" CARDS
                           "Z0123456789012345678901234567890123456789012345]\n\"ATR\"=hex:3b,01\n");
    assert_int_equal(count_of(text, "&lt;script&gt;"), 1);
    assert_int_equal(count_of(text, "<script"), 0);
    assert_int_equal(count_of(text, "Z0123456789012345678901234567890123456789..."), 0);
    assert_int_equal(count_of(text, "6789012345<"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_entry_that_takes_all_cards_of_two_leads_to_both),
        SUPPORT_TEST(a_line_to_an_entry_that_keeps_cards_is_dashed),
        SUPPORT_TEST(lines_that_would_run_over_each_other_have_their_own_lanes),
        SUPPORT_TEST(entries_that_share_no_card_are_not_drawn),
        SUPPORT_TEST(an_entry_is_drawn_once_for_both_views),
        SUPPORT_TEST(of_many_entries_the_first_are_drawn),
        SUPPORT_TEST(of_many_entries_those_are_drawn_that_belong_together),
        SUPPORT_TEST(a_name_is_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
