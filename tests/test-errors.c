/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include <string.h>

#include "support.h"

/* An error at a place in a text that is called f.yaml. */
static const char *error_at(struct arena *arena, const char *text, unsigned line, unsigned column)
{
    struct rule_errors errors = {.arena = arena};
    struct rule_file file = {.name = "f.yaml", .text = text, .len = strlen(text)};
    rule_error_at(&errors, &file, line, column, "what is %s", "wrong");
    assert_int_equal(errors.count, 1);
    return errors.items[0];
}

static void an_error_shows_its_place_its_line_and_a_mark(void **state)
{
    assert_string_equal(error_at(*state, "one\ntwo: x\nthree\n", 2, 6),
                        "f.yaml:2:6: what is wrong\n    two: x\n         ^");
    assert_string_equal(error_at(*state, "one\ntwo\n", 1, 1),
                        "f.yaml:1:1: what is wrong\n    one\n    ^");
}

static void the_last_line_needs_no_end(void **state)
{
    assert_string_equal(error_at(*state, "one\ntwo", 2, 3),
                        "f.yaml:2:3: what is wrong\n    two\n      ^");
}

static void a_carriage_return_is_not_part_of_a_line(void **state)
{
    assert_string_equal(error_at(*state, "one\r\ntwo\r\n", 2, 1),
                        "f.yaml:2:1: what is wrong\n    two\n    ^");
}

static void the_mark_counts_characters_and_keeps_tabs(void **state)
{
    assert_string_equal(error_at(*state, "\u00e4\u20ac\U0001f600: x\n", 1, 6),
                        "f.yaml:1:6: what is wrong\n    \u00e4\u20ac\U0001f600: x\n         ^");
    assert_string_equal(error_at(*state, "\ta\tb\n", 1, 4),
                        "f.yaml:1:4: what is wrong\n    \ta\tb\n    \t \t^");
}

static void a_place_outside_the_text_is_no_fault(void **state)
{
    assert_string_equal(error_at(*state, "one\n", 1, 90), "f.yaml:1:90: what is wrong\n    one\n"
                                                          "       ^");
    assert_string_equal(error_at(*state, "one\n", 7, 1), "f.yaml:7:1: what is wrong\n    \n    ^");
    assert_string_equal(error_at(*state, "", 1, 1), "f.yaml:1:1: what is wrong\n    \n    ^");
    assert_string_equal(error_at(*state, "one", 0, 0), "f.yaml:0:0: what is wrong\n    one\n    ^");
}

static void a_line_is_shown_as_it_is(void **state)
{
    assert_string_equal(error_at(*state, "100%s %n\n", 1, 1),
                        "f.yaml:1:1: what is wrong\n    100%s %n\n    ^");
}

static void errors_are_kept_in_their_order(void **state)
{
    struct rule_errors errors = {.arena = *state};
    for (int i = 0; i < 100; i++)
        rule_error_add(&errors, "error %d", i);
    assert_int_equal(errors.count, 100);
    for (size_t i = 0; i < 100; i++)
        assert_string_equal(errors.items[i], arena_printf(*state, "error %zu", i));
}

static void a_line_cannot_talk_to_the_terminal(void **state)
{
    struct rule_errors errors = {.arena = *state};
    static const char text[] = "a: \033[2Jb\n";
    struct rule_file file = {.name = "f.yaml", .text = text, .len = sizeof text - 1};
    rule_error_at(&errors, &file, 1, 4, "bad");
    assert_string_equal(errors.items[0], "f.yaml:1:4: bad\n    a: ?[2Jb\n       ^");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_line_cannot_talk_to_the_terminal),
        SUPPORT_TEST(an_error_shows_its_place_its_line_and_a_mark),
        SUPPORT_TEST(the_last_line_needs_no_end),
        SUPPORT_TEST(a_carriage_return_is_not_part_of_a_line),
        SUPPORT_TEST(the_mark_counts_characters_and_keeps_tabs),
        SUPPORT_TEST(a_place_outside_the_text_is_no_fault),
        SUPPORT_TEST(a_line_is_shown_as_it_is),
        SUPPORT_TEST(errors_are_kept_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
