/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/diag.h"

#include <string.h>

#include "support.h"

static void diagnostics_keep_their_order(void **state)
{
    struct diags diags = {.arena = *state};
    for (int i = 0; i < DIAGS_MAX - 1; i++)
        diag_add(&diags, DIAG_NOTE, NULL, "number %d", i);
    assert_int_equal(diags.count, DIAGS_MAX - 1);
    for (int i = 0; i < DIAGS_MAX - 1; i++)
        assert_string_equal(diags.items[i].message, arena_printf(*state, "number %d", i));
}

/* A hostile hive can raise any number of them. */
static void what_is_too_much_is_cut_and_still_decides(void **state)
{
    struct diags diags = {.arena = *state};
    for (int i = 0; i < 2 * DIAGS_MAX; i++)
        diag_add(&diags, DIAG_NOTE, "key", "number %d", i);
    assert_int_equal(diags.count, DIAGS_MAX);
    assert_non_null(strstr(diags.items[DIAGS_MAX - 1].message, "left out"));
    assert_null(diags.items[DIAGS_MAX - 1].key);
    diag_add(&diags, DIAG_FAILED, "key", "late");
    diag_add(&diags, DIAG_INCOMPLETE, "key", "later");
    assert_int_equal(diags.count, DIAGS_MAX);
    assert_string_equal(diags.items[DIAGS_MAX - 1].message, "late");
    assert_int_equal(diags.items[DIAGS_MAX - 1].level, DIAG_FAILED);
    assert_int_equal(diags.worst, DIAG_FAILED);
}

static void the_worst_level_decides_in_whatever_order(void **state)
{
    struct diags diags = {.arena = *state};
    assert_int_equal(diags.worst, DIAG_NOTE);
    diag_add(&diags, DIAG_NOTE, NULL, "a");
    assert_int_equal(diags.worst, DIAG_NOTE);
    diag_add(&diags, DIAG_INCOMPLETE, NULL, "b");
    assert_int_equal(diags.worst, DIAG_INCOMPLETE);
    diag_add(&diags, DIAG_NOTE, NULL, "c");
    assert_int_equal(diags.worst, DIAG_INCOMPLETE);
    diag_add(&diags, DIAG_FAILED, NULL, "d");
    diag_add(&diags, DIAG_INCOMPLETE, NULL, "e");
    assert_int_equal(diags.worst, DIAG_FAILED);
}

static void a_diagnostic_says_level_key_and_message(void **state)
{
    struct diags diags = {.arena = *state};
    diag_add(&diags, DIAG_INCOMPLETE, "A\\B", "%s (got %u, want %u)", "wrong", 1u, 2u);
    diag_add(&diags, DIAG_FAILED, NULL, "is empty");
    assert_int_equal(diags.items[0].level, DIAG_INCOMPLETE);
    assert_string_equal(diags.items[0].key, "A\\B");
    assert_string_equal(diags.items[0].message, "wrong (got 1, want 2)");
    assert_int_equal(diags.items[1].level, DIAG_FAILED);
    assert_null(diags.items[1].key);
    assert_string_equal(diags.items[1].message, "is empty");
}

static void a_percent_sign_in_an_argument_is_text(void **state)
{
    struct diags diags = {.arena = *state};
    diag_add(&diags, DIAG_NOTE, "100%s", "%s", "100%n");
    assert_string_equal(diags.items[0].key, "100%s");
    assert_string_equal(diags.items[0].message, "100%n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(diagnostics_keep_their_order),
        SUPPORT_TEST(what_is_too_much_is_cut_and_still_decides),
        SUPPORT_TEST(the_worst_level_decides_in_whatever_order),
        SUPPORT_TEST(a_diagnostic_says_level_key_and_message),
        SUPPORT_TEST(a_percent_sign_in_an_argument_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
