/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_strings.h"

#include <stdio.h>
#include <string.h>

#include "infs.h"

static struct inf expand(void **state, const char *text)
{
    struct inf inf = inf_read(*state, text);
    assert_int_equal(inf.nproblems, 0);
    inf_expand(&inf, inf_choose_strings(&inf, INF_LANGUAGE));
    return inf;
}

/* The first field of section A. */
static const char *first_of(const struct inf *inf)
{
    return inf_line_text(&inf_find(inf, "A")->lines[0], 0);
}

static void assert_expanded(void **state, const char *field, const char *expected)
{
    struct inf inf = expand(state, arena_printf(*state,
                                                "[A]\n%s\n[Strings]\nname = \"a, b\" ; comment\n"
                                                "Empty=\"\"\nplain = x y \nname=second\n",
                                                field));
    if (inf.nproblems)
        fail_msg("%s: %s", field, inf.problems[0].message);
    assert_string_equal(first_of(&inf), expected);
}

static void tokens_become_their_strings(void **state)
{
    assert_expanded(state, "%name%", "a, b"); /* the first of one name; no further field */
    assert_expanded(state, "%NAME%%Plain%!", "a, bx y!");
    assert_expanded(state, "\"[%plain%]\"", "[x y]");
    assert_expanded(state, "%empty%", "");
    assert_expanded(state, "key = %plain%", "x y");
}

static void percent_signs_that_are_no_token_stay(void **state)
{
    assert_expanded(state, "100%%", "100%");
    assert_expanded(state, "%%plain%%", "%plain%");
    assert_expanded(state, "50%", "50%");
    assert_expanded(state, "5% of 7%", "5% of 7%");
    assert_expanded(state, "%%%plain%", "%x y");
}

static void folders_become_their_paths(void **state)
{
    assert_expanded(state, "%11%\\x.dll", "C:\\Windows\\System32\\x.dll");
    assert_expanded(state, "%16425%\\x.dll", "C:\\Windows\\SysWOW64\\x.dll");
    assert_expanded(state, "%65535%", "%65535%");
}

static void variables_of_the_environment_stay(void **state)
{
    assert_expanded(state, "%SystemRoot%\\x", "%SystemRoot%\\x");
    assert_expanded(state, "\"%ProgramFiles(x86)%\\x\"", "%ProgramFiles(x86)%\\x");
}

static void keys_are_expanded_and_strings_are_not(void **state)
{
    struct inf inf = expand(state, "[A]\n%n%=1\n[Strings]\nn=name\nm=%n%\n");
    assert_int_equal(inf.nproblems, 0); /* m is used by nobody */
    assert_string_equal(inf_find(&inf, "A")->lines[0].key.text, "name");
    assert_string_equal(inf_line_text(&inf_find(&inf, "Strings")->lines[1], 0), "%n%");
}

static void undefined_strings_are_problems_at_their_field(void **state)
{
    struct inf inf = expand(state, "[A]\nx,%none%,%other%\n");
    assert_string_equal(inf_line_text(&inf_find(&inf, "A")->lines[0], 1), "%none%");
    assert_int_equal(inf.nproblems, 2);
    infs_check_problem(&inf.problems[0], TEXT_STRING, 2, 3,
                       "string: got %none%, which [Strings] does not define");
    assert_string_equal(inf.problems[0].where, "[A]");
    infs_check_problem(&inf.problems[1], TEXT_STRING, 2, 10, "string: got %other%");
}

/* Sections are gone through by their names, and not by their lines. */
static void a_string_that_is_wrong_is_one_problem_at_its_first_use(void **state)
{
    struct inf inf = expand(state, "[B]\ny,x%none%\n[A]\n%None%,%none%\n[A]\n%c%\n%c%\n"
                                   "[Strings.0409]\nc=<%c%>\n[Strings]\nnone=1\n");
    assert_int_equal(inf.nproblems, 2);
    infs_check_problem(&inf.problems[0], TEXT_STRING, 2, 3,
                       "string: got %None%, which [Strings.0409] does not define (used 3 times, ");
    assert_string_equal(inf.problems[0].where, "[B]");
    infs_check_problem(&inf.problems[1], TEXT_STRING, 6, 1, "string: got %c%, whose text names");
    assert_non_null(strstr(inf.problems[1].message, "(used 2 times, here first)"));
}

static void of_undefined_strings_so_many_are_told_apart(void **state)
{
    char *text = arena_alloc(*state, 9 * 3000 + 16, 1), *end = text + sprintf(text, "[A]\n");
    for (size_t i = 0; i < 3000; i++)
        end += sprintf(end, "%%%05zu-%%\n", i * 7919 % 3000);
    struct inf inf = expand(state, text);
    assert_int_equal(inf.nproblems, TEXT_PROBLEMS_MAX - 1);
    assert_int_equal(inf.nproblems + inf.nomitted, 3000);
}

static void strings_within_strings_stay_and_are_problems(void **state)
{
    struct inf inf = expand(state, "[A]\n%a%\n[Strings]\na = \"<%b%>\"\nb = \"%a%\"\n");
    assert_string_equal(first_of(&inf), "<%b%>");
    assert_int_equal(inf.nproblems, 1);
    infs_check_problem(&inf.problems[0], TEXT_STRING, 2, 1,
                       "string: got %a%, whose text names %b%");
    inf = expand(state, "[A]\n%a%\n[Strings]\na = \"%a%\"\n");
    assert_string_equal(first_of(&inf), "%a%");
    assert_int_equal(inf.nproblems, 1);
    inf = expand(state, "[A]\n%a%\n[Strings]\na = \"5%b%\"\n");
    assert_int_equal(inf.nproblems, 0); /* of nothing that is defined */
}

static void an_entry_of_strings_without_a_name_is_a_problem(void **state)
{
    struct inf inf = expand(state, "[Strings]\nx\ny=1\n");
    assert_int_equal(inf.nproblems, 1);
    infs_check_problem(&inf.problems[0], TEXT_SYNTAX, 2, 1, "string: got \"x\", want name");
}

static const char *choose(void **state, const char *text, unsigned language)
{
    struct inf inf = inf_read(*state, text);
    const struct inf_section *section = inf_choose_strings(&inf, language);
    return section ? section->name : "none";
}

/* INF Strings section: exact, neutral, another of the same language, the one for all. */
static void the_nearest_language_is_chosen(void **state)
{
    static const char all[] = "[Strings]\n[Strings.0809]\n[Strings.0009]\n[Strings.0409]\n"
                              "[Strings.040c]\n[STRINGS.080A]\n";
    assert_string_equal(choose(state, all, 0x0409), "Strings.0409");
    assert_string_equal(choose(state, all, 0x0c09), "Strings.0009");
    assert_string_equal(choose(state, all, 0x0c0c), "Strings.040c");
    assert_string_equal(choose(state, all, 0x040a), "STRINGS.080A");
    assert_string_equal(choose(state, all, 0x0407), "Strings");
    assert_string_equal(choose(state, "[Strings.0407]\n[Strings.9]\n", 0x0409), "Strings.9");
    assert_string_equal(choose(state, "[Strings.0407]\n[Strings.x]\n[Strings.10409]\n", 0x0409),
                        "none");
}

static void strings_of_other_languages_are_not_used(void **state)
{
    struct inf inf = expand(state, "[A]\n%a%%b%\n[Strings]\na=1\nb=2\n[Strings.0409]\na=3\n");
    assert_string_equal(first_of(&inf), "3%b%"); /* one section alone is taken */
    assert_int_equal(inf.nproblems, 1);
}

static void what_strings_put_in_has_limits(void **state)
{
    char *text = arena_printf(*state, "[A]\n%%a%%%%a%%\n[Strings]\na=%03000d\n", 0);
    struct inf inf = expand(state, text);
    assert_int_equal(inf.nproblems, 1);
    infs_check_problem(&inf.problems[0], TEXT_SYNTAX, 2, 1, "field: got 6000 characters");
    assert_int_equal(strlen(first_of(&inf)), INF_FIELD_MAX);

    char *uses = arena_alloc(*state, 4 * 100000 + 1, 1);
    for (size_t i = 0; i < 100000; i++)
        memcpy(uses + 4 * i, "%a%\n", 4);
    inf = expand(state, arena_printf(*state, "[Strings]\na=%04000d\n[A]\n%s", 0, uses));
    assert_int_equal(inf.nproblems, 1);
    assert_int_equal(inf.problems[0].fault, TEXT_SYNTAX);
    const struct inf_section *section = inf_find(&inf, "A");
    assert_string_equal(inf_line_text(&section->lines[99999], 0), "%a%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(tokens_become_their_strings),
        SUPPORT_TEST(percent_signs_that_are_no_token_stay),
        SUPPORT_TEST(folders_become_their_paths),
        SUPPORT_TEST(variables_of_the_environment_stay),
        SUPPORT_TEST(keys_are_expanded_and_strings_are_not),
        SUPPORT_TEST(undefined_strings_are_problems_at_their_field),
        SUPPORT_TEST(a_string_that_is_wrong_is_one_problem_at_its_first_use),
        SUPPORT_TEST(of_undefined_strings_so_many_are_told_apart),
        SUPPORT_TEST(strings_within_strings_stay_and_are_problems),
        SUPPORT_TEST(an_entry_of_strings_without_a_name_is_a_problem),
        SUPPORT_TEST(the_nearest_language_is_chosen),
        SUPPORT_TEST(strings_of_other_languages_are_not_used),
        SUPPORT_TEST(what_strings_put_in_has_limits),
    };
    return cmocka_run_group_tests_name("inf_strings", tests, NULL, NULL);
}
