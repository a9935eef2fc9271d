/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "scratch.h"

/* What a worker may open by its path because it is evidence. Every fact is tried in a child, which
 * ends with the errno of what was refused, 0 for what was allowed, or NOT_ENTERED. */
#define NOT_ENTERED 250

/* A file and a folder that may be read, and others beside them. */
static const char *const names[] = {"image", "other", "in/file", "in/sub/deep", "out/file"};

static struct sandbox sandbox;

static void make_tree(const struct scratch *scratch)
{
    static const char *const folders[] = {"in", "in/sub", "out"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        scratch_make_folder(scratch, folders[i]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scratch_write_text(scratch, names[i], "evidence");
    assert_int_equal(symlink("../out/file", scratch_path(scratch, "in/link")), 0);
    assert_int_equal(symlink("file", scratch_path(scratch, "in/inner")), 0);
}

static int open_here(const struct scratch *scratch, const char *name)
{
    int fd = open(scratch_path(scratch, name), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static int finish(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status))
        fail_msg("the worker was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static bool enter(const int *readable, size_t count)
{
    const struct sandbox_limits limits = {.memory = (uint64_t)1 << 32,
                                          .seconds = 10,
                                          .file = (uint64_t)1 << 20,
                                          .descriptors = 64,
                                          .readable = readable,
                                          .nreadable = count};
    return sandbox_enter_worker(&sandbox, &limits);
}

/* What comes of opening a path in a worker that may read "image" and "in". */
static int try_open(const struct scratch *scratch, const char *name, int flags)
{
    int readable[] = {open_here(scratch, "image"), open_here(scratch, "in")};
    const char *path = scratch_path(scratch, name);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (!enter(readable, 2))
            _exit(NOT_ENTERED);
        char byte;
        int fd = open(path, flags, 0600);
        _exit(fd < 0 || (!(flags & O_DIRECTORY) && read(fd, &byte, 1) != 1) ? errno : 0);
    }
    close(readable[0]);
    close(readable[1]);
    return finish(pid);
}

static void need(bool has)
{
    if (has)
        return;
    print_message("this sandbox is not to be had here\n");
    skip();
}

static void need_landlock(void)
{
    sandbox_choose(SANDBOX_AUTO, &sandbox);
    need(sandbox.landlock);
}

static void readable_files_open_for_reading(void **state)
{
    static const char *const open_names[] = {"image", "in/file", "in/sub/deep", "in/inner"};
    need_landlock();
    make_tree(*state);
    for (size_t i = 0; i < sizeof open_names / sizeof *open_names; i++)
        assert_int_equal(try_open(*state, open_names[i], O_RDONLY | O_CLOEXEC), 0);
}

static void nothing_else_opens(void **state)
{
    static const char *const closed[] = {"other", "out/file", "in/../other", "in/link"};
    need_landlock();
    make_tree(*state);
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        assert_int_equal(try_open(*state, closed[i], O_RDONLY | O_CLOEXEC), EACCES);
    assert_int_equal(try_open(*state, "../../etc/hostname", O_RDONLY), EACCES);
    assert_int_equal(try_open(*state, "../../proc/self/maps", O_RDONLY), EACCES);
}

static void folders_open_only_where_they_are_readable(void **state)
{
    need_landlock();
    make_tree(*state);
    assert_int_equal(try_open(*state, "in", O_RDONLY | O_DIRECTORY), 0);
    assert_int_equal(try_open(*state, "in/sub", O_RDONLY | O_DIRECTORY), 0);
    assert_int_equal(try_open(*state, ".", O_RDONLY | O_DIRECTORY), EACCES);
    assert_int_equal(try_open(*state, "out", O_RDONLY | O_DIRECTORY), EACCES);
    assert_int_equal(try_open(*state, "in/..", O_RDONLY | O_DIRECTORY), EACCES);
}

static void flags_that_change_nothing_are_allowed(void **state)
{
    static const int flags[] = {
        O_NOFOLLOW, O_NONBLOCK, O_NOATIME,
        O_NOCTTY,   O_CLOEXEC,  O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_NOCTTY | O_CLOEXEC};
    need_landlock();
    make_tree(*state);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        assert_int_equal(try_open(*state, "in/file", O_RDONLY | flags[i]), 0);
    assert_int_equal(try_open(*state, "in/inner", O_RDONLY | O_NOFOLLOW), ELOOP);
    assert_int_equal(try_open(*state, "in/file", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

static void flags_that_write_are_refused(void **state)
{
    static const int flags[] = {O_WRONLY,           O_RDWR,   O_RDONLY | O_TRUNC,
                                O_RDONLY | O_CREAT, O_APPEND, O_RDWR | O_TMPFILE,
                                O_ACCMODE,          O_PATH};
    need_landlock();
    need(sandbox.seccomp);
    make_tree(*state);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        assert_int_equal(try_open(*state, "in/file", flags[i]), EPERM);
}

static void landlock_alone_refuses_to_write(void **state)
{
    need_landlock();
    sandbox.seccomp = false;
    make_tree(*state);
    assert_int_equal(try_open(*state, "in/file", O_RDONLY), 0);
    assert_int_equal(try_open(*state, "in/file", O_WRONLY), EACCES);
    assert_int_equal(try_open(*state, "image", O_RDWR), EACCES);
    assert_int_equal(try_open(*state, "in/new", O_WRONLY | O_CREAT), EACCES);
    assert_int_equal(try_open(*state, "other", O_RDONLY), EACCES);
}

/* What may not be read is said to be there all the same; a descriptor would be no way to it. */
static void without_landlock_all_paths_open_for_reading(void **state)
{
    need_landlock();
    need(sandbox.seccomp);
    sandbox.landlock = false;
    make_tree(*state);
    assert_int_equal(try_open(*state, "other", O_RDONLY), 0);
    assert_int_equal(try_open(*state, "out", O_RDONLY | O_DIRECTORY), 0);
    assert_int_equal(try_open(*state, "in/file", O_WRONLY), EPERM);
    assert_int_equal(try_open(*state, "in/new", O_RDONLY | O_CREAT), EPERM);
}

/* Whether a worker that may read a folder lists it and what is below, but not what is above. */
static int list_folders(int folder)
{
    int count = 0;
    DIR *stream = fdopendir(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (stream && readdir(stream))
        count++;
    if (count != 6) /* ".", "..", "file", "inner", "link", "sub" */
        return 1;
    if (openat(folder, "sub/deep", O_RDONLY | O_NOFOLLOW | O_CLOEXEC) < 0)
        return 2;
    if (openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 || errno != EACCES)
        return 3;
    return openat(folder, "../other", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES ? 4 : 0;
}

static void a_readable_folder_is_listed_by_its_descriptor(void **state)
{
    need_landlock();
    make_tree(*state);
    int folder = open_here(*state, "in");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(enter(&folder, 1) ? list_folders(folder) : NOT_ENTERED);
    close(folder);
    assert_int_equal(finish(pid), 0);
}

/* libwim would follow what such a link says, which of a memfd is nowhere. */
static void links_seem_to_be_none(void **state)
{
    sandbox_choose(SANDBOX_AUTO, &sandbox);
    need(sandbox.seccomp);
    make_tree(*state);
    int folder = open_here(*state, "in");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        char target[16];
        _exit(!enter(&folder, 1)                                      ? NOT_ENTERED
              : readlinkat(folder, "link", target, sizeof target) < 0 ? errno
                                                                      : 0);
    }
    close(folder);
    assert_int_equal(finish(pid), EINVAL);
}

/* The kernel has no rules for what lies in no file system: they are open anyhow. */
static void memory_and_pipes_need_no_rule(void **state)
{
    int readable[3], ends[2];
    need_landlock();
    make_tree(*state);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    readable[0] = memfd_create("test", MFD_CLOEXEC);
    readable[1] = ends[0];
    readable[2] = open_here(*state, "image");
    const char *path = scratch_path(*state, "image");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(!enter(readable, 3) ? NOT_ENTERED : open(path, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
    for (size_t i = 0; i < 3; i++)
        close(readable[i]);
    close(ends[1]);
    assert_int_equal(finish(pid), 0);
}

static void a_descriptor_that_is_closed_is_no_sandbox(void **state)
{
    (void)state;
    int closed = 1000;
    need_landlock();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(enter(&closed, 1) ? 0 : NOT_ENTERED);
    assert_int_equal(finish(pid), NOT_ENTERED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(readable_files_open_for_reading),
        SCRATCH_TEST(nothing_else_opens),
        SCRATCH_TEST(folders_open_only_where_they_are_readable),
        SCRATCH_TEST(flags_that_change_nothing_are_allowed),
        SCRATCH_TEST(flags_that_write_are_refused),
        SCRATCH_TEST(landlock_alone_refuses_to_write),
        SCRATCH_TEST(without_landlock_all_paths_open_for_reading),
        SCRATCH_TEST(a_readable_folder_is_listed_by_its_descriptor),
        SCRATCH_TEST(links_seem_to_be_none),
        SCRATCH_TEST(memory_and_pipes_need_no_rule),
        SCRATCH_TEST(a_descriptor_that_is_closed_is_no_sandbox),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
