/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Memory is counted by the sanitizer of leaks, where there is one. */

static struct slice make_result(size_t len)
{
    uint8_t *bytes = calloc(len ? len : 1, 1);
    assert_non_null(bytes);
    return (struct slice){.ptr = bytes, .len = len};
}

static struct known *make_known(void **state)
{
    return arena_alloc(*state, 1, sizeof(struct known));
}

/* An outcome that is over, with a digest that is its number, and one result. */
static struct shared_outcome *make_outcome(struct known *known, unsigned number, size_t len)
{
    struct shared_outcome *shared = outcome_new(known);
    shared->may_recur = true;
    memcpy(shared->digest, &number, sizeof number);
    outcome_add(shared, make_result(len));
    outcome_end(shared, NULL);
    return shared;
}

/* Remembers it, and holds it no longer. */
static void remember(struct known *known, unsigned number, size_t len)
{
    struct shared_outcome *shared = make_outcome(known, number, len);
    known_add(known, shared);
    outcome_release(shared);
}

static struct shared_outcome *find(const struct known *known, unsigned number)
{
    uint8_t digest[DIGEST_SIZE] = {0};
    memcpy(digest, &number, sizeof number);
    return known_find(known, digest);
}

static void outcomes_have_numbers_of_their_own(void **state)
{
    struct known *known = make_known(state);
    struct shared_outcome *a = outcome_new(known), *b = outcome_new(known);
    assert_int_not_equal(a->id, b->id);
    assert_false(a->may_recur || a->is_over || a->nresults || a->fault);
    outcome_release(a);
    outcome_release(b);
    outcome_release(NULL);
}

static void results_are_kept_in_order_until_they_are_dropped(void **state)
{
    struct known *known = make_known(state);
    struct shared_outcome *shared = outcome_new(known);
    for (size_t i = 0; i < 100; i++)
        outcome_add(shared, make_result(i));
    assert_int_equal(shared->nresults, 100);
    assert_int_equal(shared->size, 99 * 100 / 2);
    assert_int_equal(shared->results[7].len, 7);
    outcome_drop(shared, 7);
    assert_null(shared->results[7].ptr);
    assert_int_equal(shared->nresults, 100);
    assert_int_equal(shared->size, 99 * 100 / 2 - 7);
    outcome_drop(shared, 7);
    assert_int_equal(shared->size, 99 * 100 / 2 - 7);
    outcome_release(shared);
}

static void a_fault_is_kept_as_a_copy(void **state)
{
    struct known *known = make_known(state);
    struct shared_outcome *shared = outcome_new(known);
    char fault[] = "is damaged";
    outcome_end(shared, fault);
    memset(fault, 'x', sizeof fault - 1);
    assert_true(shared->is_over);
    assert_string_equal(shared->fault, "is damaged");
    outcome_release(shared);
}

static void an_outcome_lives_as_long_as_somebody_holds_it(void **state)
{
    struct known *known = make_known(state);
    struct shared_outcome *shared = make_outcome(known, 1, 10);
    struct shared_outcome *twin = outcome_share(shared);
    outcome_release(shared);
    assert_int_equal(twin->results[0].len, 10);
    known_add(known, twin);
    outcome_release(twin);
    assert_ptr_equal(find(known, 1), twin);
    known_end(known);
    assert_null(find(known, 1));
}

static void what_is_remembered_is_found_by_its_digest(void **state)
{
    struct known *known = make_known(state);
    assert_null(find(known, 0));
    for (unsigned i = 0; i < 50; i++)
        remember(known, i, i);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(find(known, i)->results[0].len, i);
    assert_null(find(known, 50));
    known_end(known);
}

static void the_oldest_is_forgotten_where_there_are_too_many(void **state)
{
    struct known *known = make_known(state);
    for (unsigned i = 0; i < KNOWN_MAX + 10; i++)
        remember(known, i, 1);
    assert_int_equal(known->count, KNOWN_MAX);
    assert_int_equal(known->bytes, KNOWN_MAX);
    for (unsigned i = 0; i < KNOWN_MAX + 10; i++)
        assert_int_equal(find(known, i) != NULL, i >= 10);
    known_end(known);
}

static void the_oldest_are_forgotten_where_they_are_too_large(void **state)
{
    struct known *known = make_known(state);
    for (unsigned i = 0; i < 8; i++)
        remember(known, i, KNOWN_BYTES_MAX / 4);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(find(known, i) != NULL, i >= 4);
    assert_int_equal(known->bytes, KNOWN_BYTES_MAX);
    remember(known, 8, 1);
    assert_null(find(known, 4));
    assert_non_null(find(known, 5));
    known_end(known);
    assert_int_equal(known->bytes, 0);
}

/* It costs all others, and itself. */
static void what_is_larger_than_all_may_be_is_not_remembered(void **state)
{
    struct known *known = make_known(state);
    remember(known, 1, 10);
    struct shared_outcome *large = make_outcome(known, 2, KNOWN_BYTES_MAX + 1);
    known_add(known, large);
    assert_null(find(known, 1));
    assert_null(find(known, 2));
    assert_int_equal(known->count, 0);
    assert_int_equal(known->bytes, 0);
    assert_int_equal(large->results[0].len, KNOWN_BYTES_MAX + 1); /* who holds it has it still */
    outcome_release(large);
}

static void what_was_forgotten_is_no_loss_to_those_that_hold_it(void **state)
{
    struct known *known = make_known(state);
    struct shared_outcome *held = make_outcome(known, 0, 5);
    known_add(known, held);
    for (unsigned i = 1; i <= KNOWN_MAX; i++)
        remember(known, i, 1);
    assert_null(find(known, 0));
    assert_int_equal(held->results[0].len, 5);
    outcome_release(held);
    known_end(known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(outcomes_have_numbers_of_their_own),
        SUPPORT_TEST(results_are_kept_in_order_until_they_are_dropped),
        SUPPORT_TEST(a_fault_is_kept_as_a_copy),
        SUPPORT_TEST(an_outcome_lives_as_long_as_somebody_holds_it),
        SUPPORT_TEST(what_is_remembered_is_found_by_its_digest),
        SUPPORT_TEST(the_oldest_is_forgotten_where_there_are_too_many),
        SUPPORT_TEST(the_oldest_are_forgotten_where_they_are_too_large),
        SUPPORT_TEST(what_is_larger_than_all_may_be_is_not_remembered),
        SUPPORT_TEST(what_was_forgotten_is_no_loss_to_those_that_hold_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
