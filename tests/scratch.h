/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_SCRATCH_H
#define HIVEAUDIT_TESTS_SCRATCH_H

/* What tests share that need files: a folder of their own, gone with all in it when they end. Every
 * function fails the running test where it cannot do its work. */

#include "support.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SCRATCH_NOBODY 65534

struct scratch {
    struct arena *arena;
    const char *folder; /* anybody may look into it */
};

/* Setup and teardown of one test: *state is a struct scratch. SCRATCH_TEST is a row of a table. */
static inline int scratch_start(void **state)
{
    struct arena *arena = arena_new();
    struct scratch *scratch = arena_alloc(arena, 1, sizeof *scratch);
    const char *tmp = getenv("TMPDIR");
    char *folder = arena_printf(arena, "%s/hiveaudit-test-XXXXXX", tmp ? tmp : "/tmp");
    *scratch = (struct scratch){.arena = arena, .folder = mkdtemp(folder)};
    *state = scratch;
    return scratch->folder && chmod(folder, 0755) == 0 ? 0 : -1;
}

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline int scratch_stop(void **state)
{
    struct scratch *scratch = *state;
    int status = nftw(scratch->folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(scratch->arena);
    return status;
}
#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_start, scratch_stop)

/* A path in the folder. */
static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
    return arena_printf(scratch->arena, "%s/%s", scratch->folder, name);
}

static inline const char *scratch_write(const struct scratch *scratch, const char *name,
                                        const void *bytes, size_t len)
{
    const char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (len)
        assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *scratch_write_text(const struct scratch *scratch, const char *name,
                                             const char *text)
{
    return scratch_write(scratch, name, text, strlen(text));
}

static inline const char *scratch_make_folder(const struct scratch *scratch, const char *name)
{
    const char *path = scratch_path(scratch, name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

static inline const char *scratch_make_fifo(const struct scratch *scratch, const char *name)
{
    const char *path = scratch_path(scratch, name);
    assert_int_equal(mkfifo(path, 0600), 0);
    return path;
}

/* Runs part of a test as a user without rights, in a process of its own, which ends with what run
 * returns. Skips the test where that user cannot reach the folder. */
static inline int scratch_run_as_nobody(struct scratch *scratch,
                                        int (*run)(struct scratch *scratch))
{
    enum { IMPOSSIBLE = 77 };
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && setresuid(SCRATCH_NOBODY, SCRATCH_NOBODY, SCRATCH_NOBODY) != 0)
            _exit(IMPOSSIBLE);
        _exit(access(scratch->folder, X_OK) == 0 ? run(scratch) : IMPOSSIBLE);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == IMPOSSIBLE)
        skip();
    return WEXITSTATUS(status);
}

#endif
