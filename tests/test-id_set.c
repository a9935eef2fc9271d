/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/id_set.h"

#include "support.h"

static void an_id_is_added_once_with_the_number_0(void **state)
{
    struct id_set set = {0};
    char again[] = "some-id";
    assert_int_equal(id_set_take(*state, &set, "some-id")->number, 0);
    id_set_take(*state, &set, "some-id")->number = 7;
    assert_int_equal(id_set_take(*state, &set, again)->number, 7);
    assert_int_equal(id_set_take(*state, &set, "some-i")->number, 0);
    assert_int_equal(set.count, 2);
}

static void letter_case_counts(void **state)
{
    struct id_set set = {0};
    id_set_take(*state, &set, "a")->number = 1;
    assert_int_equal(id_set_take(*state, &set, "A")->number, 0);
}

static void many_ids_keep_their_numbers(void **state)
{
    struct id_set set = {0};
    for (size_t i = 0; i < 10000; i++)
        id_set_take(*state, &set, arena_printf(*state, "id-%zu", i))->number = i;
    assert_int_equal(set.count, 10000);
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(id_set_take(*state, &set, arena_printf(*state, "id-%zu", i))->number, i);
    assert_int_equal(set.count, 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_id_is_added_once_with_the_number_0),
        SUPPORT_TEST(letter_case_counts),
        SUPPORT_TEST(many_ids_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
