/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "inputs.h"

#include <string.h>
#include <sys/mman.h>

#include "base/digest.h"
#include "input/logs.h"
#include "scratch.h"

static struct progress no_progress;

/* SHA-256 of "abc" begins so (FIPS 180-2, appendix B.1). */
static const uint8_t abc_start[] = {0xba, 0x78, 0x16, 0xbf};

static struct inputs make_inputs(struct scratch *scratch)
{
    assert_true(digest_prepare());
    return (struct inputs){.arena = scratch->arena, .stop_fd = -1, .progress = &no_progress};
}

/* Adds a file as the evidence of a candidate, with up to one log. */
static void add(struct inputs *inputs, size_t candidate, const char *path, const char *log)
{
    struct job job = {.input = log_open(inputs->arena, path)};
    struct input logs[1] = {log_open(inputs->arena, log ? log : path)};
    job.logs = logs;
    job.nlogs = log != NULL;
    inputs_add_job(inputs, candidate, &job);
    input_close(&job.input);
    input_close(&logs[0]);
}

static const char *show(struct inputs *inputs)
{
    size_t count;
    const struct input_record *records = inputs_list(inputs, &count);
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(inputs->arena, "%s%s %s %s\n", text, strrchr(records[i].name, '/') + 1,
                            records[i].role, input_state_name(input_state(&records[i])));
    inputs_end(inputs);
    return text;
}

static void what_stays_the_same_is_unchanged(void **state)
{
    struct inputs inputs = make_inputs(*state);
    size_t count;
    add(&inputs, 0, scratch_write_text(*state, "a", "abc"), NULL);
    assert_true(inputs_compare(&inputs));
    const struct input_record *record = inputs_list(&inputs, &count);
    assert_int_equal(count, 1);
    assert_int_equal(record->size, 3);
    assert_memory_equal(record->before, abc_start, sizeof abc_start);
    assert_memory_equal(record->after, abc_start, sizeof abc_start);
    assert_int_equal(input_state(record), INPUT_UNCHANGED);
    inputs_end(&inputs);
}

static void change_growth_and_loss_are_seen(void **state)
{
    struct inputs inputs = make_inputs(*state);
    add(&inputs, 0, scratch_write_text(*state, "changed", "abc"), NULL);
    add(&inputs, 1, scratch_write_text(*state, "grown", "abc"), NULL);
    add(&inputs, 2, scratch_write_text(*state, "lost", "abc"), NULL);
    add(&inputs, 3, scratch_write_text(*state, "pipe", "abc"), NULL);
    add(&inputs, 4, scratch_write_text(*state, "same", "abc"), NULL);
    scratch_write_text(*state, "changed", "abd");
    scratch_write_text(*state, "grown", "abcd");
    assert_int_equal(unlink(scratch_path(*state, "lost")), 0);
    assert_int_equal(unlink(scratch_path(*state, "pipe")), 0);
    assert_int_equal(mkfifo(scratch_path(*state, "pipe"), 0600), 0);
    assert_true(inputs_compare(&inputs));
    assert_string_equal(show(&inputs), "changed evidence changed\n"
                                       "grown evidence changed\n"
                                       "lost evidence lost\n"
                                       "pipe evidence lost\n"
                                       "same evidence unchanged\n");
}

/* Workers end in any order. */
static void records_come_in_the_order_of_evidence(void **state)
{
    struct inputs inputs = make_inputs(*state);
    const char *a = scratch_write_text(*state, "a", "1"), *b = scratch_write_text(*state, "b", "2");
    const char *log = scratch_write_text(*state, "a.LOG1", "3");
    add(&inputs, 7, b, NULL);
    add(&inputs, 3, a, log);
    assert_true(inputs_compare(&inputs));
    assert_string_equal(show(&inputs), "a evidence unchanged\n"
                                       "a.LOG1 log unchanged\n"
                                       "b evidence unchanged\n");
}

static void a_path_has_one_record_that_of_the_first_evidence(void **state)
{
    struct inputs inputs = make_inputs(*state);
    const char *a = scratch_write_text(*state, "a", "1"), *b = scratch_write_text(*state, "b", "2");
    add(&inputs, 1, b, NULL);
    add(&inputs, 0, a, b);
    add(&inputs, 2, a, NULL);
    assert_true(inputs_compare(&inputs));
    assert_string_equal(show(&inputs), "a evidence unchanged\n"
                                       "b log unchanged\n");
}

static void what_was_not_opened_has_no_record(void **state)
{
    struct inputs inputs = make_inputs(*state);
    add(&inputs, 0, scratch_path(*state, "missing"), NULL);
    assert_true(inputs_compare(&inputs));
    assert_string_equal(show(&inputs), "");
}

static void a_pipe_has_the_digest_of_what_was_read_of_it(void **state)
{
    struct inputs inputs = make_inputs(*state);
    size_t count;
    int memory = memfd_create("test", MFD_CLOEXEC);
    assert_int_equal(write(memory, "abc", 3), 3);
    inputs_add_stream(&inputs, 0, "-", memory);
    close(memory);
    assert_true(inputs_compare(&inputs));
    const struct input_record *record = inputs_list(&inputs, &count);
    assert_int_equal(count, 1);
    assert_string_equal(record->name, "(standard input)");
    assert_memory_equal(record->before, abc_start, sizeof abc_start);
    assert_int_equal(input_state(record), INPUT_READ_ONCE);
    assert_false(input_is_bad(record));
    inputs_end(&inputs);
}

static void a_signal_stops_it(void **state)
{
    struct inputs inputs = make_inputs(*state);
    int stop[2];
    assert_int_equal(pipe(stop), 0);
    inputs.stop_fd = stop[0];
    add(&inputs, 0, scratch_write_text(*state, "a", "abc"), NULL);
    assert_int_equal(write(stop[1], "x", 1), 1);
    assert_false(inputs_compare(&inputs));
    inputs_end(&inputs);
    close(stop[0]);
    close(stop[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_stays_the_same_is_unchanged),
        SCRATCH_TEST(change_growth_and_loss_are_seen),
        SCRATCH_TEST(records_come_in_the_order_of_evidence),
        SCRATCH_TEST(a_path_has_one_record_that_of_the_first_evidence),
        SCRATCH_TEST(what_was_not_opened_has_no_record),
        SCRATCH_TEST(a_pipe_has_the_digest_of_what_was_read_of_it),
        SCRATCH_TEST(a_signal_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
