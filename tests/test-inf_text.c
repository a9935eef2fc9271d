/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_text.h"

#include <stdio.h>
#include <string.h>

#include "infs.h"

/* The only line of section A of a text without problems. */
static const struct inf_line *read_line(void **state, const char *line)
{
    struct inf inf = inf_read(*state, arena_printf(*state, "[A]\n%s", line));
    if (inf.nproblems)
        fail_msg("%s: %s", line, inf.problems[0].message);
    const struct inf_section *section = inf_find(&inf, "A");
    assert_non_null(section);
    assert_int_equal(section->nlines, 1);
    return &section->lines[0];
}

/* Fields are written one behind the other with a "|" after each. */
static void assert_fields(void **state, const char *line, const char *expected)
{
    const struct inf_line *read = read_line(state, line);
    const char *fields = "";
    for (size_t i = 0; i < read->nfields; i++)
        fields = arena_printf(*state, "%s%s|", fields, read->fields[i].text);
    assert_string_equal(fields, expected);
}

static void sections_of_one_name_are_one_in_any_letter_case(void **state)
{
    struct inf inf = inf_read(*state, "[One]\na=1\n[Two]\nx\n[ONE]\nb=2\n[one]\n");
    assert_int_equal(inf.nproblems, 0);
    assert_int_equal(inf.nsections, 2);
    const struct inf_section *one = inf_find(&inf, "oNE");
    assert_string_equal(one->name, "One");
    assert_int_equal(one->line, 1);
    assert_int_equal(one->nlines, 2);
    assert_string_equal(one->lines[0].key.text, "a");
    assert_string_equal(one->lines[1].key.text, "b");
    assert_int_equal(one->lines[1].line, 6);
    assert_null(inf_find(&inf, "Three"));
}

static void keys_and_fields_lose_the_blanks_around_them(void **state)
{
    const struct inf_line *line = read_line(state, " AddReg =  one ,two\t, three\t\r\n");
    assert_true(inf_line_is(line, "ADDREG"));
    assert_false(inf_line_is(line, "AddRe"));
    assert_int_equal(line->nfields, 3);
    assert_string_equal(inf_line_text(line, 0), "one");
    assert_string_equal(inf_line_text(line, 1), "two");
    assert_string_equal(inf_line_text(line, 2), "three");
    assert_string_equal(inf_line_text(line, 3), "");
    assert_int_equal(line->line, 2);
    assert_int_equal(line->column, 2);
    assert_int_equal(line->fields[0].column, 12);
    assert_int_equal(line->fields[1].column, 17);
}

static void omitted_fields_keep_their_place(void **state)
{
    assert_fields(state, "a,,c", "a||c|");
    assert_fields(state, "a,b,", "a|b||");
    assert_fields(state, ",,", "|||");
    assert_fields(state, "HKLM ,%X%,\"ATR\",1", "HKLM|%X%|ATR|1|");
}

static void an_equals_sign_counts_in_the_first_field_only(void **state)
{
    const struct inf_line *line = read_line(state, "HKLM,a=b");
    assert_null(line->key.text);
    assert_string_equal(inf_line_text(line, 1), "a=b");
    line = read_line(state, "a=b=c");
    assert_string_equal(line->key.text, "a");
    assert_string_equal(inf_line_text(line, 0), "b=c");
    assert_null(read_line(state, "\"a=b\"")->key.text);
}

static void quotes_keep_what_is_in_them(void **state)
{
    assert_fields(state, "\" a, b; c \",d", " a, b; c |d|");
    assert_fields(state, "\"say \"\"x\"\"\"", "say \"x\"|");
    assert_fields(state, "a\"b \"c", "ab c|");
    assert_fields(state, "\"\"", "|");
    assert_true(read_line(state, "\"\"")->fields[0].is_quoted);
    assert_false(read_line(state, "x,")->fields[1].is_quoted);
}

static void comments_end_a_line_but_not_a_token(void **state)
{
    assert_fields(state, "; all\n  ;more\na,b ; c,d\n", "a|b|");
    assert_fields(state, "a;b", "a|");
    assert_fields(state, "%a;b%,c", "%a;b%|c|");
    assert_fields(state, "50%;x%", "50%;x%|");
    assert_fields(state, "50% ; x%", "50%|");
}

static void backslashes_at_the_end_continue_a_line(void **state)
{
    assert_fields(state, "a,\\\n  b", "a|b|");
    assert_fields(state, "a, \\ ; comment\nb,\\\r\n\\\nc", "a|b|c|");
    assert_fields(state, "\"dir\\\"\\\n,file", "dir\\|file|");
    assert_fields(state, "dir\\\\\n,file", "dir|file|");
    assert_fields(state, "a\\b\\c", "a\\b\\c|");
    assert_fields(state, "a\\", "a\\|"); /* the end of the text continues nothing */
    const struct inf_line *line = read_line(state, "a,\\\n  b");
    assert_int_equal(line->fields[1].line, 3);
    assert_int_equal(line->fields[1].column, 3);
}

static void missing_line_end_at_the_end_of_the_text_is_fine(void **state)
{
    assert_fields(state, "a=b", "b|");
    struct inf inf = inf_read(*state, "[A]");
    assert_int_equal(inf.nproblems, 0);
    assert_non_null(inf_find(&inf, "A"));
}

static void section_names_are_all_between_the_brackets(void **state)
{
    struct inf inf = inf_read(*state, "[ a;b ]  \t\n[Two] ; comment\n  [Three]\r\nx\n");
    assert_int_equal(inf.nproblems, 0);
    assert_non_null(inf_find(&inf, " a;b "));
    assert_non_null(inf_find(&inf, "Two"));
    assert_int_equal(inf_find(&inf, "Three")->column, 3);
}

static void columns_are_characters(void **state)
{
    const struct inf_line *line = read_line(state, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xb3,x");
    assert_int_equal(line->fields[1].column, 5);
}

static void broken_lines_are_problems_at_their_place(void **state)
{
    struct inf inf = inf_read(*state, "stray\nother\n[A\nx=\"open\n[B] tail\ny\n");
    assert_int_equal(inf.nproblems, 4);
    infs_check_problem(&inf.problems[0], TEXT_SYNTAX, 1, 1, "entry: got one above");
    assert_string_equal(inf.problems[0].where, "");
    infs_check_problem(&inf.problems[1], TEXT_SYNTAX, 3, 3, "section name: got the end");
    infs_check_problem(&inf.problems[2], TEXT_SYNTAX, 4, 3, "quoted text: got the end");
    assert_string_equal(inf.problems[2].where, "[A]");
    infs_check_problem(&inf.problems[3], TEXT_SYNTAX, 5, 5, "section name: got text behind");
    assert_string_equal(inf_line_text(&inf_find(&inf, "A")->lines[0], 0), "open");
    assert_int_equal(inf_find(&inf, "B")->nlines, 1);
}

static void long_names_and_fields_are_problems_and_fields_are_cut(void **state)
{
    char *text = arena_printf(*state, "[A]\n%04096d,x\n[%0256d]\n[%0255d]\n%04095d\n", 0, 0, 1, 0);
    struct inf inf = inf_read(*state, text);
    assert_int_equal(inf.nproblems, 2);
    infs_check_problem(&inf.problems[0], TEXT_SYNTAX, 2, 1, "field: got 4096 characters");
    infs_check_problem(&inf.problems[1], TEXT_SYNTAX, 3, 1, "section name: got 256 characters");
    assert_int_equal(strlen(inf_find(&inf, "A")->lines[0].fields[0].text), INF_FIELD_MAX);
    assert_string_equal(inf_line_text(&inf_find(&inf, "A")->lines[0], 1), "x");
}

/* Repeats a text. */
static char *repeat(void **state, const char *text, size_t count)
{
    size_t len = strlen(text);
    char *all = arena_alloc(*state, len * count + 1, 1);
    for (size_t i = 0; i < count; i++)
        memcpy(all + i * len, text, len);
    return all;
}

static void a_text_without_end_is_read_up_to_a_budget(void **state)
{
    static const char *const texts[] = {"a\n", ",", "[A]\n", "x\n[B]\ny=z\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = arena_printf(*state, "[A]\n%s", repeat(state, texts[i], 2000000));
        struct inf inf = inf_read(*state, text);
        size_t lines = 0;
        for (size_t j = 0; j < inf.nsections; j++)
            lines += inf.sections[j].nlines;
        assert_true(lines <= 250000);
        assert_int_equal(inf.nproblems, i == 1 ? 0 : 1); /* of commas nothing is left behind them */
    }
}

static void a_hundred_thousand_sections_are_found(void **state)
{
    char *text = arena_alloc(*state, 100000 * 16, 1), *at = text;
    for (int i = 0; i < 100000; i++)
        at += sprintf(at, "[S%d]\nk\n", i);
    struct inf inf = inf_read(*state, text);
    assert_int_equal(inf.nproblems, 0);
    assert_int_equal(inf.nsections, 100000);
    for (int i = 0; i < 100000; i += 997)
        assert_int_equal(inf_find(&inf, arena_printf(*state, "s%d", i))->line, 2 * i + 1);
}

static void problems_beyond_the_limit_are_counted(void **state)
{
    struct inf inf = inf_read(*state, arena_printf(*state, "[A]\n%s", repeat(state, "\"\n", 3000)));
    assert_int_equal(inf.nproblems, TEXT_PROBLEMS_MAX - 1);
    assert_int_equal(inf.nomitted, 3000 - (TEXT_PROBLEMS_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(sections_of_one_name_are_one_in_any_letter_case),
        SUPPORT_TEST(keys_and_fields_lose_the_blanks_around_them),
        SUPPORT_TEST(omitted_fields_keep_their_place),
        SUPPORT_TEST(an_equals_sign_counts_in_the_first_field_only),
        SUPPORT_TEST(quotes_keep_what_is_in_them),
        SUPPORT_TEST(comments_end_a_line_but_not_a_token),
        SUPPORT_TEST(backslashes_at_the_end_continue_a_line),
        SUPPORT_TEST(missing_line_end_at_the_end_of_the_text_is_fine),
        SUPPORT_TEST(section_names_are_all_between_the_brackets),
        SUPPORT_TEST(columns_are_characters),
        SUPPORT_TEST(broken_lines_are_problems_at_their_place),
        SUPPORT_TEST(long_names_and_fields_are_problems_and_fields_are_cut),
        SUPPORT_TEST(a_text_without_end_is_read_up_to_a_budget),
        SUPPORT_TEST(a_hundred_thousand_sections_are_found),
        SUPPORT_TEST(problems_beyond_the_limit_are_counted),
    };
    return cmocka_run_group_tests_name("inf_text", tests, NULL, NULL);
}
