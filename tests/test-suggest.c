/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What is suggested for got of words, the last of which is NULL. */
static const char *suggest(const char *got, const char *const *words)
{
    struct suggestion best = {0};
    for (size_t i = 0; words[i]; i++)
        suggest_consider(&best, got, words[i]);
    return best.word;
}

static const char *const fields[] = {"severity", "title", "rationale", "references", "check", NULL};

static void a_word_with_a_few_letters_changed_is_recognised(void **state)
{
    (void)state;
    assert_string_equal(suggest("severty", fields), "severity");
    assert_string_equal(suggest("serverity", fields), "severity");
    assert_string_equal(suggest("sevarity", fields), "severity");
    assert_string_equal(suggest("tilte", fields), "title");
    assert_string_equal(suggest("reference", fields), "references");
    assert_string_equal(suggest("chekc", fields), "check");
    assert_string_equal(suggest("check", fields), "check");
}

static void a_word_that_resembles_none_gets_no_suggestion(void **state)
{
    (void)state;
    assert_null(suggest("colour", fields));
    assert_null(suggest("x", fields));
    assert_null(suggest("", fields));
    assert_null(suggest("titles-of-all-the-rules", fields));
    assert_null(suggest("level", fields));
}

static void the_nearest_word_wins_and_of_equals_the_first(void **state)
{
    static const char *const nearer_last[] = {"mask-types", "mask-typ", "mask-type", NULL};
    static const char *const nearer_first[] = {"mask-type", "mask-typ", NULL};
    static const char *const equal[] = {"enable", "unable", "stable", NULL};
    (void)state;
    assert_string_equal(suggest("mask-type", nearer_last), "mask-type");
    assert_string_equal(suggest("mask-typee", nearer_first), "mask-type");
    assert_string_equal(suggest("able", equal), "enable");
}

static void letter_case_counts_as_a_change(void **state)
{
    static const char *const words[] = {"error", NULL};
    (void)state;
    assert_string_equal(suggest("Error", words), "error");
    assert_null(suggest("ERROR", words));
}

static void at_most_a_third_of_the_letters_may_be_changed(void **state)
{
    static const char *const words[] = {"abcdefghi", NULL};
    (void)state;
    assert_string_equal(suggest("abcdefxyz", words), "abcdefghi");
    assert_null(suggest("abcdewxyz", words));
}

/* The buffer on the stack has room for 63 letters. */
static void very_long_words_get_no_suggestion(void **state)
{
    char got[4096], word[4096];
    (void)state;
    for (size_t len = 60; len <= 68; len++) {
        const char *const words[] = {word, NULL};
        memset(got, 'a', len);
        memset(word, 'a', len);
        got[len] = word[len] = 0;
        assert_true((suggest(got, words) == word) == (len <= 63));
        word[60] = 0;
        assert_true((suggest(got, words) == word) == (len <= 63));
    }
    memset(got, 'a', sizeof got);
    got[sizeof got - 1] = 0;
    assert_null(suggest(got, fields));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_with_a_few_letters_changed_is_recognised),
        cmocka_unit_test(a_word_that_resembles_none_gets_no_suggestion),
        cmocka_unit_test(the_nearest_word_wins_and_of_equals_the_first),
        cmocka_unit_test(letter_case_counts_as_a_change),
        cmocka_unit_test(at_most_a_third_of_the_letters_may_be_changed),
        cmocka_unit_test(very_long_words_get_no_suggestion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
