/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/json_sarif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_at.h"

/* Adds results that are their numbers, from one on, as far as they are not cut. */
static void add(struct sarif_results *results, enum severity severity, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        if (sarif_results_reserve(results, severity))
            sarif_results_add(results, severity, json_pack("{sI}", "number", (json_int_t)i));
}

/* What is written of them: an array. */
static json_t *write_all(struct sarif_results *results)
{
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    assert_non_null(stream);
    struct json_writer run = json_begin(stream);
    sarif_results_write(&run, results);
    json_end(&run);
    fclose(stream);
    json_t *root = json_loadb(text, len, 0, NULL);
    assert_non_null(root);
    free(text);
    json_t *array = json_incref(json_object_get(root, "results"));
    json_decref(root);
    return array;
}

static void assert_numbers(struct sarif_results *results, const size_t *runs, size_t nruns)
{
    json_t *array = write_all(results);
    size_t at = 0;
    for (size_t i = 0; i < nruns; i += 2)
        for (size_t number = runs[i]; number <= runs[i + 1]; number++, at++)
            assert_int_equal(
                json_integer_value(json_object_get(json_array_get(array, at), "number")), number);
    assert_int_equal(json_array_size(array), at);
    json_decref(array);
}
#define ASSERT_NUMBERS(results, ...)                                                               \
    assert_numbers(results, (const size_t[]){__VA_ARGS__},                                         \
                   sizeof(const size_t[]){__VA_ARGS__} / sizeof(size_t))

static void results_keep_their_order(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_NOTE, 1, 2);
    add(results, SEVERITY_ERROR, 3, 1);
    add(results, SEVERITY_WARNING, 4, 2);
    ASSERT_NUMBERS(results, 1, 5);
}

static void as_many_as_may_be_are_not_cut(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_NOTE, 1, SARIF_RESULTS_MAX);
    assert_int_equal(results->cut[SEVERITY_NOTE], 0);
    ASSERT_NUMBERS(results, 1, SARIF_RESULTS_MAX);
}

static void of_one_severity_the_last_are_cut(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_ERROR, 1, SARIF_RESULTS_MAX + 3);
    assert_int_equal(results->cut[SEVERITY_ERROR], 3);
    ASSERT_NUMBERS(results, 1, SARIF_RESULTS_MAX);
}

static void notes_go_before_warnings_and_these_before_errors(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_WARNING, 1, 2);
    add(results, SEVERITY_NOTE, 3, 2);
    add(results, SEVERITY_ERROR, 5, SARIF_RESULTS_MAX - 4);
    add(results, SEVERITY_ERROR, SARIF_RESULTS_MAX + 1, 3);
    add(results, SEVERITY_NOTE, SARIF_RESULTS_MAX + 4, 1);
    assert_int_equal(results->cut[SEVERITY_NOTE], 3);
    assert_int_equal(results->cut[SEVERITY_WARNING], 1);
    assert_int_equal(results->cut[SEVERITY_ERROR], 0);
    ASSERT_NUMBERS(results, 1, 1, 5, SARIF_RESULTS_MAX + 3);
}

/* A warning that came in the place of a note goes for an error, as the last one. */
static void what_made_room_may_go_itself(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_NOTE, 1, 1);
    add(results, SEVERITY_WARNING, 2, 1);
    add(results, SEVERITY_ERROR, 3, SARIF_RESULTS_MAX - 2);
    add(results, SEVERITY_WARNING, SARIF_RESULTS_MAX + 1, 1);
    add(results, SEVERITY_ERROR, SARIF_RESULTS_MAX + 2, 1);
    ASSERT_NUMBERS(results, 2, SARIF_RESULTS_MAX, SARIF_RESULTS_MAX + 2, SARIF_RESULTS_MAX + 2);
}

static void properties_that_are_too_large_are_left_out(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    char large[9000];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    for (int i = 0; i < 2; i++)
        sarif_results_add(
            results, SEVERITY_NOTE,
            json_pack("{sis{ss}}", "number", i, "properties", "text", i ? large : "small"));
    json_t *array = write_all(results);
    assert_non_null(json_at(array, "0.properties.text"));
    assert_non_null(json_at(array, "1.number"));
    assert_null(json_at(array, "1.properties"));
    json_decref(array);
}

/* A run that is given up writes nothing: a sanitizer sees what is left. */
static void what_is_never_written_is_released(void **state)
{
    struct sarif_results *results = sarif_results_new(*state);
    add(results, SEVERITY_NOTE, 1, 3);
    assert_int_equal(results->count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(results_keep_their_order),
        SUPPORT_TEST(as_many_as_may_be_are_not_cut),
        SUPPORT_TEST(of_one_severity_the_last_are_cut),
        SUPPORT_TEST(notes_go_before_warnings_and_these_before_errors),
        SUPPORT_TEST(what_made_room_may_go_itself),
        SUPPORT_TEST(properties_that_are_too_large_are_left_out),
        SUPPORT_TEST(what_is_never_written_is_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
