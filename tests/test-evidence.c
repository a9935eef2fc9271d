/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "evidence.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "scratch.h"

#define CONFIG "/System32/config/"

/* Evidence that was opened. */
struct opened {
    struct job_settings settings;
    struct job job;
    struct log_finder finder;
    struct diags diags;
    bool is_whole; /* nothing ran out */
};

static struct opened *open_with(const struct scratch *scratch, const char *path,
                                const struct beside *beside, enum log_policy policy)
{
    struct opened *opened = arena_alloc(scratch->arena, 1, sizeof *opened);
    opened->settings = (struct job_settings){.policy = policy, .recovered_fd = -1};
    opened->diags.arena = scratch->arena;
    opened->job.settings = &opened->settings;
    opened->is_whole =
        evidence_open(scratch->arena, &opened->diags, &opened->finder, beside, path, &opened->job);
    return opened;
}

static struct opened *open_path(const struct scratch *scratch, const char *path)
{
    return open_with(scratch, path, &(struct beside){0}, LOGS_AUTO);
}

static struct opened *open_name(const struct scratch *scratch, const char *name)
{
    return open_path(scratch, scratch_path(scratch, name));
}

static void close_opened(struct opened *opened)
{
    evidence_close(&opened->job);
    log_finder_end(&opened->finder);
}

/* The name that a descriptor was opened by, in the folder of the test: "." is that itself. */
static const char *name_fd(const struct scratch *scratch, int fd)
{
    char *link = arena_printf(scratch->arena, "/proc/self/fd/%d", fd);
    char *path = realpath(link, NULL), *folder = realpath(scratch->folder, NULL);
    if (!path || !folder)
        fail_msg("descriptor %d: %s", fd, strerror(errno));
    size_t len = strlen(folder);
    const char *name = strncmp(path, folder, len) != 0 ? path : path[len] ? path + len + 1 : ".";
    name = arena_strdup(scratch->arena, name);
    free(path);
    free(folder);
    return name;
}

static const char *name_inputs(const struct scratch *scratch, const struct input *inputs,
                               size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(scratch->arena, "%s +%s", text,
                            inputs[i].fd < 0 ? strerror(-inputs[i].fd)
                                             : name_fd(scratch, inputs[i].fd));
    return text;
}

/* "a/SOFTWARE +a/SOFTWARE.LOG1 SYSTEM a/SYSTEM +a/SYSTEM.LOG drive x". */
static const char *show(const struct scratch *scratch, const struct opened *opened)
{
    const struct job *job = &opened->job;
    const char *text = name_fd(scratch, job->input.fd);
    text = arena_printf(scratch->arena, "%s%s", text, name_inputs(scratch, job->logs, job->nlogs));
    if (job->has_system)
        text = arena_printf(scratch->arena, "%s SYSTEM%s%s", text,
                            name_inputs(scratch, &job->system, 1),
                            name_inputs(scratch, job->system_logs, job->nsystem_logs));
    if (job->drive >= 0)
        text = arena_printf(scratch->arena, "%s drive %s", text, name_fd(scratch, job->drive));
    return text;
}

/* What is opened of a name in the folder. */
static void expect(const struct scratch *scratch, const char *name, const char *want)
{
    struct opened *opened = open_name(scratch, name);
    assert_true(opened->is_whole);
    assert_int_equal(opened->diags.count, 0);
    assert_string_equal(show(scratch, opened), want);
    close_opened(opened);
}

/* Empty files, and the folders that they are in. */
static void make_files(const struct scratch *scratch, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = arena_strdup(scratch->arena, scratch_path(scratch, names[i]));
        for (char *p = path + strlen(scratch->folder) + 1; (p = strchr(p, '/')); *p++ = '/') {
            *p = '\0';
            assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        }
        scratch_write_text(scratch, names[i], "x");
    }
}
#define MAKE_FILES(scratch, ...)                                                                   \
    make_files(scratch, (const char *const[]){__VA_ARGS__},                                        \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void what_lies_beside_a_hive_is_opened_with_it(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "SOFTWARE", "SOFTWARE.LOG1", "SOFTWARE.LOG2", "SYSTEM", "SYSTEM.LOG",
               "SECURITY");
    expect(scratch, "SOFTWARE",
           "SOFTWARE +SOFTWARE.LOG1 +SOFTWARE.LOG2 SYSTEM +SYSTEM +SYSTEM.LOG");
}

static void letter_case_does_not_count(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "a/software", "a/Software.Log1", "a/sYstem", "a/SYSTEM.log2");
    expect(scratch, "a/software", "a/software +a/Software.Log1 SYSTEM +a/sYstem +a/SYSTEM.log2");
}

/* A folder may hold hives of several machines. */
static void only_software_has_a_system_beside_it(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "SOFTWARE.bak", "SYSTEM", "SOFTWARE.bak.LOG1");
    expect(scratch, "SOFTWARE.bak", "SOFTWARE.bak +SOFTWARE.bak.LOG1");
}

static void what_is_named_takes_the_place_of_what_lies_beside(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "SOFTWARE", "SOFTWARE.LOG1", "SYSTEM", "x/log", "x/hive", "x/hive.LOG2");
    const char *const logs[] = {scratch_path(scratch, "x/log"), scratch_path(scratch, "missing")};
    const struct beside beside = {
        .logs = logs, .nlogs = 2, .system = scratch_path(scratch, "x/hive")};
    struct opened *opened =
        open_with(scratch, scratch_path(scratch, "SOFTWARE"), &beside, LOGS_AUTO);
    const char *want = arena_printf(
        scratch->arena, "SOFTWARE +x/log +%s SYSTEM +x/hive +x/hive.LOG2", strerror(ENOENT));
    assert_string_equal(show(scratch, opened), want);
    close_opened(opened);
}

static void logs_that_are_to_be_ignored_are_not_opened(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "SOFTWARE", "SOFTWARE.LOG1", "SYSTEM", "SYSTEM.LOG1");
    struct opened *opened =
        open_with(scratch, scratch_path(scratch, "SOFTWARE"), &(struct beside){0}, LOGS_IGNORE);
    assert_string_equal(show(scratch, opened), "SOFTWARE SYSTEM +SYSTEM");
    close_opened(opened);
}

static void the_drive_of_a_windows_is_opened(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE", "D/winnt/system32/CONFIG/software");
    expect(scratch, "C/Windows" CONFIG "SOFTWARE", "C/Windows" CONFIG "SOFTWARE drive C");
    expect(scratch, "D/winnt/system32/CONFIG/software", "D/winnt/system32/CONFIG/software drive D");
}

static void what_lies_elsewhere_has_no_drive(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const names[] = {
        "a/SOFTWARE",
        "a/config/SOFTWARE",
        "a/Windows/config/System32/SOFTWARE",
        "a/Windows" CONFIG "RegBack/SOFTWARE",
        "a/Windows/System32/config.old/SOFTWARE",
        "a/Windows/xSystem32/config/SOFTWARE",
    };
    make_files(scratch, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        expect(scratch, names[i], names[i]);
}

/* However one comes to the hive, it lies where it lies. */
static void the_drive_is_found_through_links_and_relative_paths(void **state)
{
    const struct scratch *scratch = *state;
    static const char where[] = "C/Windows" CONFIG "SOFTWARE drive C";
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE");
    assert_int_equal(symlink("C/Windows/System32/config", scratch_path(scratch, "link")), 0);
    assert_int_equal(symlink("C/Windows" CONFIG "SOFTWARE", scratch_path(scratch, "hive")), 0);
    expect(scratch, "link/SOFTWARE", where);
    expect(scratch, "hive", where);
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(scratch_path(scratch, "C/Windows/System32/config")), 0);
    struct opened *opened = open_path(scratch, "SOFTWARE");
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_string_equal(show(scratch, opened), where);
    close_opened(opened);
}

/* Below a root of its own: what is at / there is / for the program. */
static int look_from_root(struct scratch *scratch)
{
    static const char *const paths[] = {"/Windows" CONFIG "SOFTWARE", "/System32/config/SOFTWARE"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct opened *opened = open_path(scratch, paths[i]);
        if (opened->job.input.fd < 0 || opened->job.drive >= 0)
            return 1;
        close_opened(opened);
    }
    struct opened *opened = open_path(scratch, "/C/Windows" CONFIG "SOFTWARE");
    return opened->job.drive < 0;
}

static void the_root_of_this_machine_is_no_drive(void **state)
{
    struct scratch *scratch = *state;
    int status;
    MAKE_FILES(scratch, "Windows" CONFIG "SOFTWARE", "System32/config/SOFTWARE",
               "C/Windows" CONFIG "SOFTWARE");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(chroot(scratch->folder) != 0 || chdir("/") != 0 ? 77 : look_from_root(scratch));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* only root may change its root */
    assert_int_equal(status, 0);
}

static void a_pipe_has_nothing_beside_it_but_memory(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE.LOG1", "C/Windows" CONFIG "SYSTEM");
    scratch_make_fifo(scratch, "C/Windows" CONFIG "SOFTWARE");
    struct opened *opened = open_name(scratch, "C/Windows" CONFIG "SOFTWARE");
    const struct job *job = &opened->job;
    assert_true(opened->is_whole && job->input.is_stream && job->spool >= 0);
    assert_true(job->nlogs == 0 && !job->has_system && job->drive < 0);
    evidence_open_folder(scratch->arena, scratch_path(scratch, "C/Windows" CONFIG "SOFTWARE"),
                         &opened->job);
    assert_true(job->folder < 0);
    close_opened(opened);
}

/* A file that the shell has opened: what lies in the working folder is no part of it. */
static void standard_input_lies_nowhere(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "C/Windows" CONFIG "-", "C/Windows" CONFIG "-.LOG1",
               "C/Windows" CONFIG "hive");
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), saved = dup(STDIN_FILENO);
    int hive = open(scratch_path(scratch, "C/Windows" CONFIG "hive"), O_RDONLY | O_CLOEXEC);
    assert_true(hive >= 0 && dup2(hive, STDIN_FILENO) == STDIN_FILENO);
    assert_int_equal(chdir(scratch_path(scratch, "C/Windows/System32/config")), 0);
    struct opened *opened = open_path(scratch, "-");
    evidence_open_folder(scratch->arena, "-", &opened->job);
    assert_true(fchdir(here) == 0 && dup2(saved, STDIN_FILENO) == STDIN_FILENO);
    close(here), close(saved), close(hive);
    assert_false(opened->job.input.is_stream);
    assert_string_equal(show(scratch, opened), "C/Windows" CONFIG "hive");
    assert_true(opened->job.folder < 0);
    close_opened(opened);
}

static void what_cannot_be_opened_is_said_and_has_nothing_beside_it(void **state)
{
    const struct scratch *scratch = *state;
    int fds[EVIDENCE_FDS_MAX];
    MAKE_FILES(scratch, "SOFTWARE.LOG1", "SYSTEM");
    struct opened *opened = open_name(scratch, "SOFTWARE");
    assert_true(opened->is_whole);
    assert_int_equal(opened->job.input.fd, -ENOENT);
    assert_int_equal(opened->diags.count, 1);
    assert_int_equal(opened->diags.worst, DIAG_FAILED);
    assert_int_equal(evidence_list_fds(&opened->job, fds), 0);
    close_opened(opened);
}

static size_t count_open(void)
{
    size_t count = 0;
    DIR *stream = opendir("/proc/self/fd");
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

static void all_descriptors_are_listed_and_closed(void **state)
{
    const struct scratch *scratch = *state;
    int fds[EVIDENCE_FDS_MAX];
    struct source sources[EVIDENCE_FDS_MAX];
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE", "C/Windows" CONFIG "SOFTWARE.LOG",
               "C/Windows" CONFIG "SOFTWARE.LOG1", "C/Windows" CONFIG "SYSTEM",
               "C/Windows" CONFIG "SYSTEM.LOG2");
    size_t before = count_open();
    struct opened *opened = open_name(scratch, "C/Windows" CONFIG "SOFTWARE");
    evidence_open_folder(scratch->arena, scratch_path(scratch, "C/Windows" CONFIG "SOFTWARE"),
                         &opened->job);
    size_t count = evidence_list_fds(&opened->job, fds);
    assert_int_equal(count, 7);
    assert_int_equal(count_open(), before + count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
    assert_int_equal(evidence_list_sources(&opened->job, sources), 5);
    assert_int_equal(sources[0].fd, opened->job.input.fd);
    opened->settings.recovered_fd = 0;
    assert_int_equal(evidence_list_fds(&opened->job, fds), 8); /* and that one is not closed */
    close_opened(opened);
    assert_int_equal(count_open(), before);
    close_opened(opened); /* once more does no harm */
}

/* A worker that reads a hive may open what lies on its drive; one that reads an image, also that
 * and what lies beside it. */
static void what_may_be_opened_again_depends_on_the_libraries(void **state)
{
    const struct scratch *scratch = *state;
    int fds[EVIDENCE_FDS_MAX];
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE", "C/Windows" CONFIG "SYSTEM", "image");
    struct opened *opened = open_name(scratch, "C/Windows" CONFIG "SOFTWARE");
    assert_int_equal(evidence_list_readable(&opened->job, fds), 1);
    assert_string_equal(name_fd(scratch, fds[0]), "C");
    close_opened(opened);
    opened = open_name(scratch, "image");
    assert_int_equal(evidence_list_readable(&opened->job, fds), 0);
    opened->job.libraries = LIBRARY_BIT(LIBRARY_WIM);
    evidence_open_folder(scratch->arena, scratch_path(scratch, "image"), &opened->job);
    assert_int_equal(evidence_list_readable(&opened->job, fds), 2);
    assert_string_equal(name_fd(scratch, fds[0]), "image");
    assert_string_equal(name_fd(scratch, fds[1]), ".");
    close_opened(opened);
}

/* With so many descriptors to be had: all of it is opened, or that something is short is said. */
static bool is_all_or_short(const struct scratch *scratch, const char *name, unsigned more)
{
    struct rlimit limit;
    int next = dup(STDERR_FILENO);
    close(next);
    getrlimit(RLIMIT_NOFILE, &limit);
    setrlimit(RLIMIT_NOFILE,
              &(struct rlimit){.rlim_cur = (rlim_t)next + more, .rlim_max = limit.rlim_max});
    struct opened *opened = open_name(scratch, name);
    setrlimit(RLIMIT_NOFILE, &limit);
    const struct job *job = &opened->job;
    bool is_all = job->input.is_stream
                      ? job->spool >= 0
                      : job->nlogs == 1 && job->logs[0].fd >= 0 && job->has_system &&
                            job->system.fd >= 0 && job->nsystem_logs == 1 &&
                            job->system_logs[0].fd >= 0 && job->drive >= 0;
    bool is_whole = opened->is_whole;
    close_opened(opened);
    assert_int_equal(is_whole, is_all);
    return is_all;
}

static void a_shortage_is_said_whatever_it_hits(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "C/Windows" CONFIG "SOFTWARE", "C/Windows" CONFIG "Software.lOG1",
               "C/Windows" CONFIG "sYSTEM", "C/Windows" CONFIG "System.Log1");
    unsigned more = 0;
    while (more < 20 && !is_all_or_short(scratch, "C/Windows" CONFIG "SOFTWARE", more))
        more++;
    assert_in_range(more, 5, 6); /* the folder is listed by one that is there for a moment */
    scratch_make_fifo(scratch, "pipe");
    for (more = 0; more < 20 && !is_all_or_short(scratch, "pipe", more);)
        more++;
    assert_int_equal(more, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(what_lies_beside_a_hive_is_opened_with_it),
        SCRATCH_TEST(letter_case_does_not_count),
        SCRATCH_TEST(only_software_has_a_system_beside_it),
        SCRATCH_TEST(what_is_named_takes_the_place_of_what_lies_beside),
        SCRATCH_TEST(logs_that_are_to_be_ignored_are_not_opened),
        SCRATCH_TEST(the_drive_of_a_windows_is_opened),
        SCRATCH_TEST(what_lies_elsewhere_has_no_drive),
        SCRATCH_TEST(the_drive_is_found_through_links_and_relative_paths),
        SCRATCH_TEST(the_root_of_this_machine_is_no_drive),
        SCRATCH_TEST(a_pipe_has_nothing_beside_it_but_memory),
        SCRATCH_TEST(standard_input_lies_nowhere),
        SCRATCH_TEST(what_cannot_be_opened_is_said_and_has_nothing_beside_it),
        SCRATCH_TEST(all_descriptors_are_listed_and_closed),
        SCRATCH_TEST(what_may_be_opened_again_depends_on_the_libraries),
        SCRATCH_TEST(a_shortage_is_said_whatever_it_hits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
