/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

/* A format that writes what it is told. */
static void write_begin(struct output *output)
{
    fputs("begin\n", output->stream);
}

static void write_evidence(struct output *output, const struct audited *audited)
{
    fprintf(output->stream, "%s\n", audited->name);
}

static void write_end(struct output *output, const struct totals *totals)
{
    fprintf(output->stream, "end %d\n", totals->exit_status);
}

static const struct format plain_format = {
    .name = "plain", .begin = write_begin, .evidence = write_evidence, .end = write_end};

static const struct audited first = {.name = "one"}, second = {.name = "two"};
static const struct totals totals = {.exit_status = 3};

#define WHOLE "begin\none\ntwo\nend 3\n"

/* An output in a folder of its own. */
struct fixture {
    struct arena *arena;
    char folder[64];
    struct output output;
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    const char *tmp = getenv("TMPDIR");
    fixture->arena = arena;
    snprintf(fixture->folder, sizeof fixture->folder, "%s/test-report.XXXXXX", tmp ? tmp : "/tmp");
    *state = fixture;
    return mkdtemp(fixture->folder) ? 0 : -1;
}

static char *path_of(struct fixture *fixture, const char *name)
{
    return arena_printf(fixture->arena, "%s/%s", fixture->folder, name);
}

/* The names in the folder, each followed by a blank; they are few. */
static const char *list_folder(struct fixture *fixture)
{
    const char *list = "";
    DIR *folder = opendir(fixture->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            list = arena_printf(fixture->arena, "%s%s ", list, entry->d_name);
    closedir(folder);
    return list;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    for (char *p = arena_strdup(fixture->arena, list_folder(fixture)); *p;) {
        size_t len = strcspn(p, " ");
        p[len] = '\0';
        unlink(path_of(fixture, p));
        p += len + 1;
    }
    rmdir(fixture->folder);
    arena_free(fixture->arena);
    return 0;
}

static bool open_output(struct fixture *fixture, const char *path)
{
    fixture->output =
        (struct output){.format = &plain_format, .path = path, .arena = fixture->arena};
    return report_open(&fixture->output);
}

static void add_both(struct fixture *fixture)
{
    report_add(&fixture->output, &first);
    report_add(&fixture->output, &second);
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_content(const char *path, const char *content)
{
    char read[4096] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(read, 1, sizeof read - 1, file);
    fclose(file);
    assert_string_equal(read, content);
    assert_int_equal(len, strlen(content));
}

static void formats_are_found_by_their_names(void **state)
{
    (void)state;
    assert_ptr_equal(report_find_format("text"), &text_format);
    assert_ptr_equal(report_find_format("json"), &json_format);
    assert_null(report_find_format("JSON"));
    assert_null(report_find_format("jso"));
    assert_null(report_find_format(""));
}

static void states_of_evidence_have_the_names_of_the_report(void **state)
{
    (void)state;
    assert_string_equal(evidence_status_name(EVIDENCE_COMPLETE), "complete");
    assert_string_equal(evidence_status_name(EVIDENCE_INCOMPLETE), "incomplete");
    assert_string_equal(evidence_status_name(EVIDENCE_FAILED), "failed");
}

static void a_file_is_there_once_it_is_whole(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "report");
    assert_true(open_output(fixture, path));
    add_both(fixture);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(report_close(&fixture->output, &totals));
    assert_content(path, WHOLE);
    assert_string_equal(list_folder(fixture), "report ");
}

/* A rename across file systems is none. */
static void a_file_is_first_written_beside_its_place(void **state)
{
    struct fixture *fixture = *state;
    assert_true(open_output(fixture, path_of(fixture, "report")));
    const char *list = list_folder(fixture);
    assert_string_not_equal(list, "");
    assert_string_not_equal(list, "report ");
    report_discard(&fixture->output);
}

static void a_new_file_has_the_rights_of_any_other(void **state)
{
    struct fixture *fixture = *state;
    struct stat st;
    mode_t mask = umask(027);
    const char *path = path_of(fixture, "report");
    assert_true(open_output(fixture, path));
    umask(mask);
    assert_true(report_close(&fixture->output, &totals));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void an_earlier_file_stays_until_the_new_one_is_whole(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "report");
    write_file(path, "earlier");
    assert_true(open_output(fixture, path));
    add_both(fixture);
    assert_content(path, "earlier");
    assert_true(report_close(&fixture->output, &totals));
    assert_content(path, WHOLE);
    assert_string_equal(list_folder(fixture), "report ");
}

static void a_report_that_is_given_up_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    assert_true(open_output(fixture, path_of(fixture, "report")));
    add_both(fixture);
    report_discard(&fixture->output);
    assert_string_equal(list_folder(fixture), "");
}

static void an_earlier_file_survives_a_report_that_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "report");
    write_file(path, "earlier");
    assert_true(open_output(fixture, path));
    add_both(fixture);
    report_discard(&fixture->output);
    assert_content(path, "earlier");
    assert_string_equal(list_folder(fixture), "report ");
}

/* As on a full disk: not more than 4 KiB can be written. */
static void an_earlier_file_survives_a_report_that_cannot_be_written(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "report");
    struct rlimit saved, small;
    write_file(path, "earlier");
    assert_true(open_output(fixture, path));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    small = (struct rlimit){.rlim_cur = 4096, .rlim_max = saved.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 5000; i++)
        add_both(fixture);
    bool closed = report_close(&fixture->output, &totals);
    int error = errno;
    setrlimit(RLIMIT_FSIZE, &saved);
    signal(SIGXFSZ, handler);
    assert_false(closed);
    assert_int_not_equal(error, 0);
    assert_content(path, "earlier");
    assert_string_equal(list_folder(fixture), "report ");
}

/* Some of the report was lost in between; its end would have gone through. */
static void an_early_write_error_is_not_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit saved, small;
    assert_true(open_output(fixture, path_of(fixture, "report")));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    small = (struct rlimit){.rlim_cur = 1, .rlim_max = saved.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    add_both(fixture);
    fflush(fixture->output.stream);
    setrlimit(RLIMIT_FSIZE, &saved);
    signal(SIGXFSZ, handler);
    assert_false(report_close(&fixture->output, &totals));
    assert_string_equal(list_folder(fixture), "");
}

static void a_file_that_cannot_be_made_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    errno = 0;
    assert_false(open_output(fixture, path_of(fixture, "missing/report")));
    assert_int_equal(errno, ENOENT);
    errno = 0;
    assert_false(open_output(fixture, fixture->folder));
    assert_int_equal(errno, EISDIR);
    write_file(path_of(fixture, "file"), "earlier");
    errno = 0;
    assert_false(open_output(fixture, path_of(fixture, "file/report")));
    assert_int_equal(errno, ENOTDIR);
    assert_string_equal(list_folder(fixture), "file ");
}

/* Its place was taken by a folder meanwhile. */
static void a_file_that_cannot_be_put_in_its_place_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "report");
    assert_true(open_output(fixture, path));
    assert_int_equal(mkdir(path, 0700), 0);
    errno = 0;
    assert_false(report_close(&fixture->output, &totals));
    assert_int_equal(errno, EISDIR);
    assert_string_equal(list_folder(fixture), "report ");
    assert_int_equal(rmdir(path), 0);
}

/* A device as an output, reached through a link in the folder: where a fault puts a file in its
 * place, that is the link's. Skips the running test where there is no such device. */
static const char *link_device(struct fixture *fixture, const char *device)
{
    struct stat st;
    const char *path = path_of(fixture, "device");
    if (stat(device, &st) != 0 || !S_ISCHR(st.st_mode))
        skip();
    assert_int_equal(symlink(device, path), 0);
    return path;
}

static void assert_still_device(struct fixture *fixture, const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_string_equal(list_folder(fixture), "device ");
}

static void a_device_is_written_in_place(void **state)
{
    struct fixture *fixture = *state;
    const char *path = link_device(fixture, "/dev/null");
    assert_true(open_output(fixture, path));
    assert_string_equal(list_folder(fixture), "device ");
    add_both(fixture);
    assert_true(report_close(&fixture->output, &totals));
    assert_still_device(fixture, path);
    assert_true(open_output(fixture, path));
    report_discard(&fixture->output);
    assert_still_device(fixture, path);
}

static void a_full_device_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    const char *path = link_device(fixture, "/dev/full");
    assert_true(open_output(fixture, path));
    add_both(fixture);
    errno = 0;
    assert_false(report_close(&fixture->output, &totals));
    assert_int_equal(errno, ENOSPC);
    assert_still_device(fixture, path);
}

static void a_pipe_is_written_in_place(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "pipe");
    char read_back[100] = "";
    struct stat st;
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_true(open_output(fixture, path));
    add_both(fixture);
    assert_true(report_close(&fixture->output, &totals));
    assert_int_equal(read(reader, read_back, sizeof read_back - 1), strlen(WHOLE));
    assert_string_equal(read_back, WHOLE);
    close(reader);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_string_equal(list_folder(fixture), "pipe ");
}

/* Writes a report to standard output, which is another file, in a process of its own. Returns the
 * errno of report_close; 0 where it went well. */
static int write_stdout(struct fixture *fixture, const char *path)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(STDOUT_FILENO);
        if (path && open(path, O_WRONLY | O_CREAT, 0600) != STDOUT_FILENO)
            _exit(255);
        if (!open_output(fixture, NULL))
            _exit(254);
        add_both(fixture);
        _exit(report_close(&fixture->output, &totals) ? 0 : errno);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void no_path_means_standard_output(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "stdout");
    assert_int_equal(write_stdout(fixture, path), 0);
    assert_content(path, WHOLE);
    assert_string_equal(list_folder(fixture), "stdout ");
}

static void standard_output_that_is_full_or_closed_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write_stdout(fixture, link_device(fixture, "/dev/full")), ENOSPC);
    assert_int_equal(write_stdout(fixture, NULL), EBADF);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(formats_are_found_by_their_names),
        TEST(states_of_evidence_have_the_names_of_the_report),
        TEST(a_file_is_there_once_it_is_whole),
        TEST(a_file_is_first_written_beside_its_place),
        TEST(a_new_file_has_the_rights_of_any_other),
        TEST(an_earlier_file_stays_until_the_new_one_is_whole),
        TEST(a_report_that_is_given_up_leaves_nothing),
        TEST(an_earlier_file_survives_a_report_that_is_given_up),
        TEST(an_earlier_file_survives_a_report_that_cannot_be_written),
        TEST(an_early_write_error_is_not_forgotten),
        TEST(a_file_that_cannot_be_made_is_an_error),
        TEST(a_file_that_cannot_be_put_in_its_place_is_an_error),
        TEST(a_device_is_written_in_place),
        TEST(a_full_device_is_an_error),
        TEST(a_pipe_is_written_in_place),
        TEST(no_path_means_standard_output),
        TEST(standard_output_that_is_full_or_closed_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
