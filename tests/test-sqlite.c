/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/sqlite_parts.h"

#include <dirent.h>
#include <errno.h>

#include "scratch.h"

static const struct ruleset no_rules;
static const struct run run = {.version = "0", .sandbox = "none", .ruleset = &no_rules};
static const struct totals totals = {.exit_status = 3};

static struct output make_output(const struct scratch *scratch, const char *name)
{
    return (struct output){
        .format = &sqlite_format,
        .run = &run,
        .path = scratch_path(scratch, name),
        .arena = scratch->arena,
    };
}

/* A piece of evidence without entries, and with one diagnostic. */
static void add_evidence(struct output *output, const char *name, const char *message)
{
    static const struct snapshot snapshot;
    struct diag diag = {.message = message};
    struct diags diags = {.items = &diag, .count = 1};
    report_add(output,
               &(struct audited){.name = name, .size = 7, .snapshot = &snapshot, .diags = &diags});
}

static const char *make_database(const struct scratch *scratch, const char *name)
{
    struct output output = make_output(scratch, name);
    assert_true(report_open(&output));
    add_evidence(&output, name, "");
    assert_true(report_close(&output, &totals));
    return output.path;
}

/* The first value of a query, of a database that nobody writes. */
static const char *ask(const struct scratch *scratch, const char *path, const char *sql)
{
    sqlite3 *db;
    struct output output = {.arena = scratch->arena};
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    const char *answer = sqlite_ask(&output, db, sql);
    sqlite3_close(db);
    assert_non_null(answer);
    return answer;
}

#define LIST_EVIDENCE                                                                              \
    "SELECT group_concat(run_id || ' ' || evidence_id || ' ' || name, ', ') FROM evidence"

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The files in the folder, each followed by a blank. */
static const char *list_folder(const struct scratch *scratch)
{
    struct dirent **entries;
    const char *list = "";
    int count = scandir(scratch->folder, &entries, NULL, compare_names);
    for (int i = 0; i < count; i++) {
        if (*entries[i]->d_name != '.')
            list = arena_printf(scratch->arena, "%s%s ", list, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return list;
}

static void a_run_follows_the_one_before(void **state)
{
    struct scratch *scratch = *state;
    const char *path = make_database(scratch, "runs");
    make_database(scratch, "runs");
    assert_string_equal(ask(scratch, path, LIST_EVIDENCE), "1 1 runs, 2 1 runs");
    assert_string_equal(ask(scratch, path, "SELECT group_concat(exit_status) FROM runs"), "3,3");
    assert_string_equal(list_folder(scratch), "runs ");
}

/* Both writers found no database when they began. */
static void a_run_is_added_to_what_came_meanwhile(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    assert_true(report_open(&output));
    add_evidence(&output, "second", "");
    assert_int_equal(rename(make_database(scratch, "first"), output.path), 0);
    assert_true(report_close(&output, &totals));
    assert_string_equal(ask(scratch, output.path, LIST_EVIDENCE), "1 1 first, 2 1 second");
    assert_string_equal(list_folder(scratch), "runs ");
}

static void what_came_meanwhile_is_checked(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    assert_true(report_open(&output));
    scratch_write_text(scratch, "runs", "text");
    assert_false(report_close(&output, &totals));
    assert_string_equal(output.fault, "it is no SQLite database");
    assert_string_equal(list_folder(scratch), "runs ");
}

static void an_empty_file_is_filled_once(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    scratch_write(scratch, "runs", "", 0);
    assert_true(report_open(&output));
    add_evidence(&output, "second", "");
    make_database(scratch, "first");
    assert_int_equal(rename(scratch_path(scratch, "first"), output.path), 0);
    assert_true(report_close(&output, &totals));
    assert_string_equal(ask(scratch, output.path, LIST_EVIDENCE), "1 1 first, 2 1 second");
}

static void a_database_that_is_gone_is_made_anew(void **state)
{
    struct scratch *scratch = *state;
    make_database(scratch, "runs");
    struct output output = make_output(scratch, "runs");
    assert_true(report_open(&output));
    add_evidence(&output, "new", "");
    assert_int_equal(unlink(output.path), 0);
    assert_true(report_close(&output, &totals));
    assert_string_equal(ask(scratch, output.path, LIST_EVIDENCE), "1 1 new");
}

static void what_is_given_up_leaves_nothing(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    assert_true(report_open(&output));
    add_evidence(&output, "lost", "");
    assert_string_not_equal(list_folder(scratch), "");
    report_discard(&output);
    assert_string_equal(list_folder(scratch), "");
}

static void a_refused_target_is_not_opened(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    scratch_write_text(scratch, "runs", "text");
    assert_false(report_open(&output));
    assert_string_equal(output.fault, "it is no SQLite database");
    assert_string_equal(list_folder(scratch), "runs ");
}

static int open_runs(struct scratch *scratch)
{
    struct output output = make_output(scratch, "runs");
    return report_open(&output) || strcmp(output.fault, strerror(EACCES)) != 0;
}

static void a_database_that_may_not_be_written_is_refused(void **state)
{
    struct scratch *scratch = *state;
    assert_int_equal(chmod(make_database(scratch, "runs"), 0444), 0);
    assert_int_equal(chmod(scratch->folder, 0777), 0);
    assert_int_equal(scratch_run_as_nobody(scratch, open_runs), 0);
    assert_string_equal(list_folder(scratch), "runs ");
}

/* Another program is not waited for here: a minute is too long for a test. */
static void a_lock_of_another_program_is_named(void **state)
{
    struct scratch *scratch = *state;
    struct output output = make_output(scratch, "runs");
    make_database(scratch, "runs");
    sqlite3 *other = sqlite_open_file(&output, output.path);
    sqlite3 *db = sqlite_open_file(&output, output.path);
    assert_true(sqlite_run(&output, other, "BEGIN IMMEDIATE"));
    assert_int_equal(sqlite3_busy_timeout(db, 0), SQLITE_OK);
    assert_false(sqlite_run(&output, db, "BEGIN IMMEDIATE"));
    assert_string_equal(output.fault, "another program keeps it locked (waited 60 s)");
    sqlite3_close(db);
    sqlite3_close(other);
}

/* A row of a database in memory, as far as it was put. */
static const char *show_row(const struct scratch *scratch, void (*put)(sqlite3_stmt *row))
{
    sqlite3 *db;
    struct output output = {.arena = scratch->arena};
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_true(sqlite_run(&output, db, "CREATE TABLE runs (text, exact, bytes, number)"));
    sqlite3_stmt *row = sqlite_prepare_row(&output, db, TABLE_RUNS);
    assert_non_null(row);
    put(row);
    sqlite_end_row(&output, row);
    sqlite3_finalize(row);
    const char *shown = sqlite_ask(&output, db,
                                   "SELECT quote(text) || ' ' || quote(exact) || ' ' ||"
                                   " quote(bytes) || ' ' || quote(number) FROM runs");
    sqlite3_close(db);
    assert_int_equal(output.error, 0);
    return shown;
}

static void put_nothing(sqlite3_stmt *row)
{
    sqlite_put_text(row, ":text", NULL);
}

static void put_empty(sqlite3_stmt *row)
{
    sqlite_put_exact(row, ":text", ":exact", "");
    sqlite_put_bytes(row, ":bytes", (struct slice){0});
    sqlite_put_number(row, ":number", INT64_MIN + 1);
}

static void put_plain(sqlite3_stmt *row)
{
    sqlite_put_exact(row, ":text", ":exact", "'\xf0\x9f\x92\xb3\xef\xbf\xbd%s");
}

/* "a", NUL, "b", a lone surrogate: as base/text.h has them. */
static void put_lossy(sqlite3_stmt *row)
{
    sqlite_put_exact(row, ":text", ":exact",
                     "a\xc0\x80"
                     "b\xed\xa0\x80");
}

static void put_time(sqlite3_stmt *row)
{
    sqlite_put_filetime(row, ":text", 116444736000000000 + INT64_C(10000000) * 365 * 86400 * 20);
    sqlite_put_filetime(row, ":exact", -1);
}

static void what_is_not_put_is_null(void **state)
{
    assert_string_equal(show_row(*state, put_nothing), "NULL NULL NULL NULL");
}

static void what_is_empty_is_not_null(void **state)
{
    assert_string_equal(show_row(*state, put_empty), "'' NULL X'' -9223372036854775807");
}

static void a_text_that_is_whole_has_no_copy(void **state)
{
    assert_string_equal(show_row(*state, put_plain),
                        "'''\xf0\x9f\x92\xb3\xef\xbf\xbd%s' NULL NULL NULL");
}

static void what_a_text_loses_is_in_its_copy(void **state)
{
    assert_string_equal(show_row(*state, put_lossy),
                        "'a\xef\xbf\xbd"
                        "b\xef\xbf\xbd' X'61000000620000D8' NULL NULL");
}

static void times_are_text(void **state)
{
    assert_string_equal(show_row(*state, put_time),
                        "'1989-12-27T00:00:00.0000000Z' '-1' NULL NULL");
}

static void a_row_that_is_there_stays(void **state)
{
    struct scratch *scratch = *state;
    sqlite3 *db;
    struct output output = {.arena = scratch->arena};
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_true(sqlite_run(&output, db, sqlite_schema->text));
    sqlite3_stmt *row = sqlite_prepare_row(&output, db, TABLE_RULE_TAGS);
    for (int i = 0; i < 2; i++) {
        sqlite_put_number(row, ":run_id", 1);
        sqlite_put_text(row, ":rule", "rule");
        sqlite_put_text(row, ":tag", "tag");
        sqlite_end_row(&output, row);
    }
    assert_int_equal(output.error, 0);
    assert_string_equal(sqlite_ask(&output, db, "SELECT count(*) FROM rule_tags"), "1");
    sqlite_end_row(&output, row); /* without what a row has to have */
    assert_int_not_equal(output.error, 0);
    assert_non_null(strstr(output.fault, "NOT NULL"));
    sqlite3_finalize(row);
    sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_run_follows_the_one_before),
        SCRATCH_TEST(a_run_is_added_to_what_came_meanwhile),
        SCRATCH_TEST(what_came_meanwhile_is_checked),
        SCRATCH_TEST(an_empty_file_is_filled_once),
        SCRATCH_TEST(a_database_that_is_gone_is_made_anew),
        SCRATCH_TEST(what_is_given_up_leaves_nothing),
        SCRATCH_TEST(a_refused_target_is_not_opened),
        SCRATCH_TEST(a_database_that_may_not_be_written_is_refused),
        SCRATCH_TEST(a_lock_of_another_program_is_named),
        SCRATCH_TEST(what_is_not_put_is_null),
        SCRATCH_TEST(what_is_empty_is_not_null),
        SCRATCH_TEST(a_text_that_is_whole_has_no_copy),
        SCRATCH_TEST(what_a_text_loses_is_in_its_copy),
        SCRATCH_TEST(times_are_text),
        SCRATCH_TEST(a_row_that_is_there_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
