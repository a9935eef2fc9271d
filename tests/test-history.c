/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "history.h"

#include "support.h"

#define ORIGIN "p1/Windows/System32/config/SOFTWARE"
#define MANY   50000

static const struct rule rule = {.id = "fault"};

/* Findings on these keys, each of them as a whole. */
static struct findings find_on(struct arena *arena, const char *const *keys, size_t count)
{
    struct findings findings = {.items = arena_alloc(arena, count, sizeof *findings.items),
                                .count = count};
    struct origin *origins = arena_alloc(arena, count, sizeof *origins);
    for (size_t i = 0; i < count; i++) {
        origins[i] = (struct origin){.key = keys[i]};
        findings.items[i] = (struct finding){.rule = &rule, .origin = &origins[i]};
    }
    return findings;
}

static void a_finding_tells_the_copies_that_show_it(void **state)
{
    static const char *const first[] = {"Old"}, *const second[] = {"Old", "New"};
    struct history history = {0};
    struct findings copy_1 = find_on(*state, first, 1), copy_2 = find_on(*state, second, 2);
    struct findings now = find_on(*state, second, 2);
    history_add(&history, ORIGIN, 1, &copy_1);
    history_add(&history, ORIGIN, 2, &copy_2);
    history_add(&history, ORIGIN, 0, &now);
    assert_int_equal(now.items[0].nshadows, 2);
    assert_int_equal(now.items[0].shadows[0], 1);
    assert_int_equal(now.items[0].shadows[1], 2);
    assert_int_equal(now.items[1].nshadows, 1);
    assert_int_equal(now.items[1].shadows[0], 2);
    history_end(&history);
}

static void a_rule_that_finds_two_things_of_one_key_names_a_copy_once(void **state)
{
    static const char *const keys[] = {"Card", "CARD"};
    struct history history = {0};
    struct findings copy = find_on(*state, keys, 2);
    history_add(&history, ORIGIN, 1, &copy);
    assert_int_equal(copy.items[1].nshadows, 1);
    history_end(&history);
}

static void another_hive_has_a_history_of_its_own(void **state)
{
    static const char *const keys[] = {"Card"};
    struct history history = {0};
    struct findings copy = find_on(*state, keys, 1), other = find_on(*state, keys, 1);
    history_add(&history, ORIGIN, 1, &copy);
    history_add(&history, "p2/Windows/System32/config/SOFTWARE", 0, &other);
    assert_true(copy.items[0].has_history);
    assert_false(other.items[0].has_history);
    history_end(&history);
}

/* A hostile hive has many, and nobody limits the time of the parent. */
static void many_findings_take_no_time(void **state)
{
    const char **keys = arena_alloc(*state, MANY, sizeof *keys);
    for (int i = 0; i < MANY; i++)
        keys[i] = arena_printf(*state, "Card %d", i);
    struct history history = {0};
    struct findings copy = find_on(*state, keys, MANY), now = find_on(*state, keys, MANY);
    history_add(&history, ORIGIN, 1, &copy);
    history_add(&history, ORIGIN, 0, &now);
    assert_int_equal(now.items[MANY - 1].nshadows, 1);
    history_end(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_finding_tells_the_copies_that_show_it),
        SUPPORT_TEST(a_rule_that_finds_two_things_of_one_key_names_a_copy_once),
        SUPPORT_TEST(another_hive_has_a_history_of_its_own),
        SUPPORT_TEST(many_findings_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
