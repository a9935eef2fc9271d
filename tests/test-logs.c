/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/logs.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "scratch.h"

#define MANY 300

/* Adds a file that holds its own name, by which it is known again. */
static void add_file(const struct scratch *scratch, const char *name)
{
    scratch_write_text(scratch, name, path_name(name));
}

/* The content of the logs of a hive, or errors, one after the other: "a.LOG a.LOG2 !EACCES ". */
static const char *find_logs(struct log_finder *finder, struct arena *arena, const char *hive)
{
    const char *found = "";
    struct input *logs;
    size_t count;
    log_finder_open(finder, arena, hive, &logs, &count);
    for (size_t i = 0; i < count; i++) {
        char content[64] = "";
        struct source source = input_source(&logs[i]);
        errno = 0;
        ssize_t n = source.read_at(&source, 0, content, sizeof content - 1);
        found = arena_printf(arena, "%s%s%s ", found, n < 0 ? "!" : "",
                             n < 0 ? strerrorname_np(errno) : content);
        input_close(&logs[i]);
    }
    return found;
}

static const char *find_in(const struct scratch *scratch, const char *name)
{
    struct log_finder finder = {0};
    const char *found = find_logs(&finder, scratch->arena, scratch_path(scratch, name));
    log_finder_end(&finder);
    return found;
}

static void names_of_logs_are_known_in_any_letter_case(void **state)
{
    (void)state;
    static const struct {
        const char *name, *suffix;
    } cases[] = {
        {"SOFTWARE.LOG", ".LOG"},
        {"software.log1", ".log1"},
        {"x.Log2", ".Log2"},
        {"a.b.LOG1", ".LOG1"},
        {".LOG", ".LOG"},
        {"x.LOG.LOG1", ".LOG1"},
        {"SOFTWARE", ""},
        {"SOFTWARE.LOG3", ""},
        {"SOFTWARE.LOG12", ""},
        {"LOG1", ""},
        {"x.LOG1.bak", ""},
        {"x.LOG ", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(log_suffix(cases[i].name), cases[i].suffix);
    static const char name[] = "SOFTWARE.LOG1";
    assert_ptr_equal(log_suffix(name), name + 8);
}

static void all_three_logs_are_found_in_their_order(void **state)
{
    const struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE");
    add_file(scratch, "SOFTWARE.LOG2");
    add_file(scratch, "SOFTWARE.LOG");
    add_file(scratch, "SOFTWARE.LOG1");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG SOFTWARE.LOG1 SOFTWARE.LOG2 ");
}

static void logs_that_are_missing_are_left_out(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(find_in(scratch, "SOFTWARE"), "");
    add_file(scratch, "SOFTWARE.LOG2");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG2 ");
    assert_string_equal(find_in(scratch, "missing/SOFTWARE"), "");
}

static void files_of_other_names_are_no_logs_of_the_hive(void **state)
{
    static const char *const names[] = {"SOFTWARE.LOG3", "SOFTWARE.LOG11",    "SOFTWARE.LOG1.old",
                                        "SOFTWARE2.LOG", "SOFTWARE.old.LOG1", "SOFTWAR.LOG1",
                                        "SOFTWARELOG1",  "XSOFTWARE.LOG1",    ".LOG1"};
    const struct scratch *scratch = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_file(scratch, names[i]);
    assert_string_equal(find_in(scratch, "SOFTWARE"), "");
}

static void a_log_is_found_in_any_letter_case(void **state)
{
    const struct scratch *scratch = *state;
    add_file(scratch, "software.log1");
    add_file(scratch, "Software.Log2");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "software.log1 Software.Log2 ");
    assert_string_equal(find_in(scratch, "sOFTWARe"), "software.log1 Software.Log2 ");
}

/* On a file system that tells letter case apart, an examiner may keep both. */
static void each_of_two_hives_has_the_logs_that_are_spelled_like_it(void **state)
{
    const struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE.LOG1");
    add_file(scratch, "Software.LOG1");
    add_file(scratch, "software.log1");
    add_file(scratch, "software.LOG2");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG1 software.LOG2 ");
    assert_string_equal(find_in(scratch, "Software"), "Software.LOG1 software.LOG2 ");
    assert_string_equal(find_in(scratch, "software"), "software.log1 software.LOG2 ");
}

/* Where that hive is there: its log holds nothing of the other's. */
static void a_log_belongs_to_the_hive_that_is_named_exactly_like_it(void **state)
{
    const struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE");
    add_file(scratch, "software");
    add_file(scratch, "SOFTWARE.LOG1");
    add_file(scratch, "SOFTWARE.log2");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG1 SOFTWARE.log2 ");
    assert_string_equal(find_in(scratch, "software"), "");
    add_file(scratch, "Software.LOG1");
    assert_string_equal(find_in(scratch, "software"), "Software.LOG1 ");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG1 SOFTWARE.log2 ");
}

/* Runs find as a user who may enter the folder of the test, but not list it. */
static int run_without_listing(struct scratch *scratch, int (*find)(struct scratch *scratch))
{
    assert_int_equal(chmod(scratch->folder, 0311), 0);
    int result = scratch_run_as_nobody(scratch, find);
    assert_int_equal(chmod(scratch->folder, 0755), 0);
    return result;
}

static int find_unlisted(struct scratch *scratch)
{
    return strcmp(find_in(scratch, "SOFTWARE"), "SOFTWARE.LOG1 SOFTWARE.log2 ") ||
           strcmp(find_in(scratch, "software"), "software.LOG ") ||
           strcmp(find_in(scratch, "other"), "");
}

static void a_folder_that_cannot_be_listed_is_tried_for_the_usual_names(void **state)
{
    struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE.LOG1");
    add_file(scratch, "SOFTWARE.log2");
    add_file(scratch, "software.LOG");
    assert_int_equal(run_without_listing(scratch, find_unlisted), 0);
}

static int find_unlisted_secret(struct scratch *scratch)
{
    return strcmp(find_in(scratch, "SOFTWARE"), "!EACCES !ESPIPE ");
}

static void what_lies_in_such_a_folder_gives_its_error_when_read(void **state)
{
    struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE.LOG");
    assert_int_equal(chmod(scratch_path(scratch, "SOFTWARE.LOG"), 0), 0);
    scratch_make_fifo(scratch, "SOFTWARE.LOG1");
    assert_int_equal(run_without_listing(scratch, find_unlisted_secret), 0);
}

static void of_a_link_the_logs_beside_the_target_are_found(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "disk");
    scratch_make_folder(scratch, "links");
    add_file(scratch, "disk/SOFTWARE");
    add_file(scratch, "disk/SOFTWARE.LOG1");
    add_file(scratch, "disk/software.log2");
    assert_int_equal(symlink("../disk/SOFTWARE", scratch_path(scratch, "links/hive")), 0);
    assert_int_equal(symlink("hive", scratch_path(scratch, "links/again")), 0);
    assert_string_equal(find_in(scratch, "links/hive"), "SOFTWARE.LOG1 software.log2 ");
    assert_string_equal(find_in(scratch, "links/again"), "SOFTWARE.LOG1 software.log2 ");
    add_file(scratch, "links/hive.LOG");
    assert_string_equal(find_in(scratch, "links/hive"), "hive.LOG ");
    assert_string_equal(find_in(scratch, "links/again"), "SOFTWARE.LOG1 software.log2 ");
}

static void a_link_to_nothing_has_no_logs(void **state)
{
    const struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE.LOG1");
    assert_int_equal(symlink("none/SOFTWARE", scratch_path(scratch, "nowhere")), 0);
    assert_int_equal(symlink("loop", scratch_path(scratch, "loop")), 0);
    assert_string_equal(find_in(scratch, "nowhere"), "");
    assert_string_equal(find_in(scratch, "loop"), "");
}

static void a_log_is_named_as_its_file_and_measured(void **state)
{
    const struct scratch *scratch = *state;
    struct log_finder finder = {0};
    struct input *logs;
    size_t count;
    add_file(scratch, "SOFTWARE.Log1");
    log_finder_open(&finder, scratch->arena, scratch_path(scratch, "SOFTWARE"), &logs, &count);
    log_finder_end(&finder);
    assert_int_equal(count, 1);
    assert_string_equal(logs[0].name, "SOFTWARE.Log1"); /* and outlives the finder */
    assert_int_equal(logs[0].size, strlen("SOFTWARE.Log1"));
    assert_int_equal(fcntl(logs[0].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(fcntl(logs[0].fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    input_close(&logs[0]);
}

static void a_log_that_cannot_be_opened_gives_the_error_when_read(void **state)
{
    const struct scratch *scratch = *state;
    assert_int_equal(symlink("nowhere", scratch_path(scratch, "SOFTWARE.LOG")), 0);
    assert_int_equal(symlink("SOFTWARE.LOG1", scratch_path(scratch, "SOFTWARE.LOG1")), 0);
    add_file(scratch, "SOFTWARE.LOG2");
    assert_string_equal(find_in(scratch, "SOFTWARE"), "!ENOENT !ELOOP SOFTWARE.LOG2 ");
}

static int find_secret(struct scratch *scratch)
{
    return strcmp(find_in(scratch, "SOFTWARE"), "!EACCES ");
}

static void a_log_that_may_not_be_read_gives_the_error_when_read(void **state)
{
    struct scratch *scratch = *state;
    add_file(scratch, "SOFTWARE.LOG1");
    assert_int_equal(chmod(scratch_path(scratch, "SOFTWARE.LOG1"), 0), 0);
    assert_int_equal(scratch_run_as_nobody(scratch, find_secret), 0);
}

/* Opening a pipe that nobody writes to would never come back. */
static void what_is_no_file_is_an_error_and_not_waited_for(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "SOFTWARE.LOG");
    scratch_make_fifo(scratch, "SOFTWARE.LOG1");
    assert_int_equal(symlink("SOFTWARE.LOG1", scratch_path(scratch, "SOFTWARE.LOG2")), 0);
    alarm(10);
    assert_string_equal(find_in(scratch, "SOFTWARE"), "!EISDIR !ESPIPE !ESPIPE ");
    alarm(0);
}

static void a_named_log_is_opened_whatever_its_name(void **state)
{
    const struct scratch *scratch = *state;
    char content[8] = "";
    const char *path = scratch_write_text(scratch, "any name", "bytes");
    struct input log = log_open(scratch->arena, path);
    struct source source = input_source(&log);
    assert_string_equal(log.name, path);
    assert_int_equal(log.size, 5);
    assert_int_equal(source.read_at(&source, 0, content, 8), 5);
    assert_string_equal(content, "bytes");
    input_close(&log);
    log = log_open(scratch->arena, scratch_path(scratch, "missing"));
    source = input_source(&log);
    errno = 0;
    assert_int_equal(source.read_at(&source, 0, content, 8), -1);
    assert_int_equal(errno, ENOENT);
}

static void each_of_many_hives_of_a_folder_has_its_own(void **state)
{
    const struct scratch *scratch = *state;
    struct log_finder finder = {0};
    for (int i = 0; i < MANY; i++)
        add_file(scratch,
                 arena_printf(scratch->arena, "HOST%d.%s%d", i, i % 2 ? "log" : "LOG", 1 + i % 2));
    for (int i = 0; i < MANY; i++) {
        const char *want =
            arena_printf(scratch->arena, "HOST%d.%s%d ", i, i % 2 ? "log" : "LOG", 1 + i % 2);
        const char *hive = scratch_path(scratch, arena_printf(scratch->arena, "host%d", i));
        assert_string_equal(find_logs(&finder, scratch->arena, hive), want);
    }
    assert_int_equal(finder.count, MANY);
    log_finder_end(&finder);
}

/* A log that comes later is not seen where the folder is kept, and is where it is listed anew. */
static void a_folder_is_listed_once_and_the_next_one_anew(void **state)
{
    const struct scratch *scratch = *state;
    struct arena *arena = scratch->arena;
    struct log_finder finder = {0};
    const char *a = arena_printf(arena, "%s/SOFTWARE", scratch_make_folder(scratch, "a"));
    const char *b = arena_printf(arena, "%s/SOFTWARE", scratch_make_folder(scratch, "b"));
    add_file(scratch, "a/SOFTWARE.LOG1");
    add_file(scratch, "b/SOFTWARE.LOG2");
    assert_string_equal(find_logs(&finder, arena, a), "SOFTWARE.LOG1 ");
    add_file(scratch, "a/SOFTWARE.LOG2");
    assert_string_equal(find_logs(&finder, arena, a), "SOFTWARE.LOG1 ");
    assert_string_equal(find_logs(&finder, arena, b), "SOFTWARE.LOG2 ");
    assert_string_equal(find_logs(&finder, arena, a), "SOFTWARE.LOG1 SOFTWARE.LOG2 ");
    assert_string_equal(find_logs(&finder, arena, arena_printf(arena, "%s/none/x", a)), "");
    log_finder_end(&finder);
}

static void a_path_without_a_folder_is_looked_for_in_the_current_one(void **state)
{
    const struct scratch *scratch = *state;
    struct log_finder finder = {0};
    scratch_make_folder(scratch, "below");
    add_file(scratch, "SOFTWARE.LOG1");
    add_file(scratch, "below/SOFTWARE.LOG2");
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(scratch->folder), 0);
    assert_string_equal(find_logs(&finder, scratch->arena, "SOFTWARE"), "SOFTWARE.LOG1 ");
    assert_string_equal(find_logs(&finder, scratch->arena, "./SOFTWARE"), "SOFTWARE.LOG1 ");
    assert_string_equal(find_logs(&finder, scratch->arena, "below/SOFTWARE"), "SOFTWARE.LOG2 ");
    assert_int_equal(fchdir(before), 0);
    close(before);
    log_finder_end(&finder);
}

static void a_finder_can_end_before_it_began_and_twice(void **state)
{
    const struct scratch *scratch = *state;
    struct log_finder finder = {0};
    log_finder_end(&finder);
    add_file(scratch, "SOFTWARE.LOG1");
    find_logs(&finder, scratch->arena, scratch_path(scratch, "SOFTWARE"));
    log_finder_end(&finder);
    log_finder_end(&finder);
    assert_string_equal(find_logs(&finder, scratch->arena, scratch_path(scratch, "SOFTWARE")),
                        "SOFTWARE.LOG1 ");
    log_finder_end(&finder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(names_of_logs_are_known_in_any_letter_case),
        SCRATCH_TEST(all_three_logs_are_found_in_their_order),
        SCRATCH_TEST(logs_that_are_missing_are_left_out),
        SCRATCH_TEST(files_of_other_names_are_no_logs_of_the_hive),
        SCRATCH_TEST(a_log_is_found_in_any_letter_case),
        SCRATCH_TEST(each_of_two_hives_has_the_logs_that_are_spelled_like_it),
        SCRATCH_TEST(a_log_belongs_to_the_hive_that_is_named_exactly_like_it),
        SCRATCH_TEST(a_folder_that_cannot_be_listed_is_tried_for_the_usual_names),
        SCRATCH_TEST(what_lies_in_such_a_folder_gives_its_error_when_read),
        SCRATCH_TEST(of_a_link_the_logs_beside_the_target_are_found),
        SCRATCH_TEST(a_link_to_nothing_has_no_logs),
        SCRATCH_TEST(a_log_is_named_as_its_file_and_measured),
        SCRATCH_TEST(a_log_that_cannot_be_opened_gives_the_error_when_read),
        SCRATCH_TEST(a_log_that_may_not_be_read_gives_the_error_when_read),
        SCRATCH_TEST(what_is_no_file_is_an_error_and_not_waited_for),
        SCRATCH_TEST(a_named_log_is_opened_whatever_its_name),
        SCRATCH_TEST(each_of_many_hives_of_a_folder_has_its_own),
        SCRATCH_TEST(a_folder_is_listed_once_and_the_next_one_anew),
        SCRATCH_TEST(a_path_without_a_folder_is_looked_for_in_the_current_one),
        SCRATCH_TEST(a_finder_can_end_before_it_began_and_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
