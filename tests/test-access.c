/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/access.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "scratch.h"

#define FUNCTIONS(X) X(zlibVersion) X(crc32)
LIBRARY_TABLE(zlib, FUNCTIONS)

/* No library has this. */
int hiveaudit_no_such_function(void);
#define NO_FUNCTIONS(X) X(zlibVersion) X(hiveaudit_no_such_function)
LIBRARY_TABLE(lacking, NO_FUNCTIONS)

struct fixture {
    struct access access;
    struct diags diags;
};

static struct fixture *make(const struct scratch *scratch)
{
    struct fixture *fixture = arena_alloc(scratch->arena, 1, sizeof *fixture);
    fixture->diags.arena = scratch->arena;
    fixture->access = (struct access){
        .arena = arena_new(),
        .diags = &fixture->diags,
        .folder = open(scratch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
    };
    assert_true(fixture->access.folder >= 0);
    return fixture;
}

static void end(struct fixture *fixture)
{
    close(fixture->access.folder);
    arena_free(fixture->access.arena);
}

static void a_failure_is_a_diagnostic(void **state)
{
    struct fixture *fixture = make(*state);
    assert_false(access_fail(&fixture->access, "is %s (got %d%%)", "bad", 7));
    assert_int_equal(fixture->diags.count, 1);
    assert_int_equal(fixture->diags.worst, DIAG_FAILED);
    assert_null(fixture->diags.items[0].key);
    assert_string_equal(fixture->diags.items[0].message, "is bad (got 7%)");
    end(fixture);
}

/* Whoever reads the image has to be started again. */
static void a_library_that_is_not_loaded_is_wanted_without_a_word(void **state)
{
    struct fixture *fixture = make(*state);
    fixture->access.libraries = LIBRARY_BIT(LIBRARY_WIM);
    fixture->access.wanted = LIBRARY_BIT(LIBRARY_NTFS);
    assert_false(LIBRARY_BIND(&fixture->access, LIBRARY_ZLIB, zlib));
    assert_int_equal(fixture->access.wanted, LIBRARY_BIT(LIBRARY_NTFS) | LIBRARY_BIT(LIBRARY_ZLIB));
    assert_int_equal(fixture->diags.count, 0);
    end(fixture);
}

static void functions_of_a_loaded_library_are_bound(void **state)
{
    struct fixture *fixture = make(*state);
    fixture->access.libraries = LIBRARY_BIT(LIBRARY_ZLIB);
    assert_null(libraries_load(fixture->access.arena, fixture->access.libraries));
    assert_true(LIBRARY_BIND(&fixture->access, LIBRARY_ZLIB, zlib));
    assert_string_equal(zlib.zlibVersion(), ZLIB_VERSION);
    assert_int_equal(zlib.crc32(0, (const unsigned char *)"123456789", 9), 0xcbf43926);
    assert_int_equal(fixture->access.wanted, 0);
    end(fixture);
}

static void a_library_that_lacks_a_function_is_said(void **state)
{
    struct fixture *fixture = make(*state);
    fixture->access.libraries = LIBRARY_BIT(LIBRARY_ZLIB);
    assert_null(libraries_load(fixture->access.arena, fixture->access.libraries));
    assert_false(LIBRARY_BIND(&fixture->access, LIBRARY_ZLIB, lacking));
    assert_int_equal(fixture->access.wanted, 0);
    assert_string_equal(fixture->diags.items[0].message,
                        "the library that reads this lacks hiveaudit_no_such_function");
    end(fixture);
}

static void a_file_beside_the_image_is_opened_by_its_name(void **state)
{
    static const char *const names[] = {"disk.002", "a b", "..x", "...", "C:\\disk.vmdk", "\xff"};
    struct fixture *fixture = make(*state);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct source source;
        char bytes[8];
        scratch_write_text(*state, names[i], "evidence");
        assert_true(access_open_beside(&fixture->access, names[i], &source));
        assert_string_equal(source.name, names[i]);
        assert_int_equal(source.size, 8);
        assert_true(source_read(&source, 0, bytes, 8));
        assert_memory_equal(bytes, "evidence", 8);
    }
    assert_int_equal(fixture->diags.count, 0);
    end(fixture);
}

/* errno of what was refused, 0 where it was not. */
static int try_open(struct fixture *fixture, const char *name)
{
    struct source source;
    errno = 0;
    if (access_open_beside(&fixture->access, name, &source))
        return 0;
    assert_int_equal(fixture->diags.count, 0);
    return errno;
}

static void a_name_that_is_a_way_is_refused(void **state)
{
    static const char *const names[] = {
        "",       ".",           "..",       "/",     "/etc/hostname", "../in/file",
        "./file", "sub/../file", "sub/file", "file/", "..//",          "//file"};
    const struct scratch *scratch = *state;
    struct fixture *fixture = make(scratch);
    scratch_write_text(scratch, "file", "1");
    scratch_make_folder(scratch, "sub");
    scratch_write_text(scratch, "sub/file", "1");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(try_open(fixture, names[i]), EXDEV);
    assert_int_equal(try_open(fixture, "file"), 0);
    end(fixture);
}

static void without_a_folder_nothing_is_opened(void **state)
{
    struct fixture *fixture = make(*state);
    scratch_write_text(*state, "file", "1");
    int folder = fixture->access.folder;
    fixture->access.folder = -1;
    assert_int_equal(try_open(fixture, "file"), EXDEV);
    fixture->access.folder = folder;
    end(fixture);
}

static void a_link_is_taken_for_a_way_out(void **state)
{
    const struct scratch *scratch = *state;
    struct fixture *fixture = make(scratch);
    scratch_write_text(scratch, "file", "1");
    assert_int_equal(symlink("/etc/hostname", scratch_path(scratch, "out")), 0);
    assert_int_equal(symlink("file", scratch_path(scratch, "in")), 0);
    assert_int_equal(symlink("nowhere", scratch_path(scratch, "dangling")), 0);
    assert_int_equal(try_open(fixture, "out"), EXDEV);
    assert_int_equal(try_open(fixture, "in"), EXDEV);
    assert_int_equal(try_open(fixture, "dangling"), EXDEV);
    end(fixture);
}

static void a_missing_file_is_missing(void **state)
{
    char name[300];
    struct fixture *fixture = make(*state);
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(try_open(fixture, "missing"), ENOENT);
    assert_int_equal(try_open(fixture, name), ENAMETOOLONG);
    end(fixture);
}

/* A device is not even opened: a tape would be wound back. */
static void what_is_no_file_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    struct fixture *fixture = make(scratch);
    scratch_make_folder(scratch, "folder");
    scratch_make_fifo(scratch, "pipe");
    assert_int_equal(try_open(fixture, "folder"), EINVAL);
    assert_int_equal(try_open(fixture, "pipe"), EINVAL);
    if (mknod(scratch_path(scratch, "device"), S_IFCHR | 0600, 0x0fff) == 0)
        assert_int_equal(try_open(fixture, "device"), EINVAL); /* opened, it would be ENXIO */
    end(fixture);
}

/* A writer that waits for somebody who reads does not see that it was looked at. */
static void a_pipe_is_not_even_opened(void **state)
{
    struct fixture *fixture = make(*state);
    const char *path = scratch_make_fifo(*state, "pipe");
    assert_int_equal(try_open(fixture, "pipe"), EINVAL);
    assert_int_equal(open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
    assert_int_equal(errno, ENXIO);
    end(fixture);
}

static void reading_leaves_the_access_time(void **state)
{
    struct fixture *fixture = make(*state);
    struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    const char *path = scratch_write_text(*state, "file", "evidence");
    struct source source;
    struct stat st;
    char byte;
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    assert_true(access_open_beside(&fixture->access, "file", &source));
    assert_true(source_read(&source, 0, &byte, 1));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_atim.tv_sec, 1000000000);
    end(fixture);
}

static void files_are_closed_with_the_image(void **state)
{
    struct fixture *fixture = make(*state);
    struct source source;
    scratch_write_text(*state, "file", "1");
    assert_true(access_open_beside(&fixture->access, "file", &source));
    end(fixture);
    assert_int_equal(fcntl(source.fd, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_failure_is_a_diagnostic),
        SCRATCH_TEST(a_library_that_is_not_loaded_is_wanted_without_a_word),
        SCRATCH_TEST(functions_of_a_loaded_library_are_bound),
        SCRATCH_TEST(a_library_that_lacks_a_function_is_said),
        SCRATCH_TEST(a_file_beside_the_image_is_opened_by_its_name),
        SCRATCH_TEST(a_name_that_is_a_way_is_refused),
        SCRATCH_TEST(without_a_folder_nothing_is_opened),
        SCRATCH_TEST(a_link_is_taken_for_a_way_out),
        SCRATCH_TEST(a_missing_file_is_missing),
        SCRATCH_TEST(what_is_no_file_is_refused),
        SCRATCH_TEST(a_pipe_is_not_even_opened),
        SCRATCH_TEST(reading_leaves_the_access_time),
        SCRATCH_TEST(files_are_closed_with_the_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
