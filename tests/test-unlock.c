/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "unlock.h"

#include <errno.h>
#include <string.h>

#include "scratch.h"

#define KEY_FILE_MAX 65536

/* What unlock_load says on standard error; NULL where it succeeds. */
static const char *load(const struct scratch *scratch, const struct options *options,
                        struct unlock *unlock)
{
    const char *path = scratch_path(scratch, "said");
    int said = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), saved = dup(STDERR_FILENO);
    char *text = arena_alloc(scratch->arena, 1000, 1);
    fflush(stderr);
    assert_true(said >= 0 && dup2(said, STDERR_FILENO) == STDERR_FILENO);
    bool loaded = unlock_load(scratch->arena, options, unlock);
    fflush(stderr);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    assert_true(pread(said, text, 999, 0) >= 0);
    close(said);
    close(saved);
    assert_int_equal(loaded, !*text);
    return loaded ? NULL : text;
}

/* The password that a file of these bytes gives. */
static const char *password_of(const struct scratch *scratch, const char *bytes, size_t len)
{
    struct unlock unlock;
    const struct options options = {.password_file = scratch_write(scratch, "file", bytes, len)};
    assert_null(load(scratch, &options, &unlock));
    assert_null(unlock.recovery_key);
    assert_int_equal(unlock.bek.len, 0);
    return unlock.password;
}
#define PASSWORD_OF(scratch, bytes) password_of(scratch, bytes, sizeof bytes - 1)

/* What a file of these bytes is refused for, as --bitlocker-password-file or as --bek. */
static const char *refusal_of(const struct scratch *scratch, bool is_bek, const char *path)
{
    struct unlock unlock;
    const struct options options = {.password_file = is_bek ? NULL : path,
                                    .bek = is_bek ? path : NULL};
    const char *said = load(scratch, &options, &unlock);
    const char *option = is_bek ? "bek" : "bitlocker-password-file";
    const char *prefix = arena_printf(scratch->arena, "hiveaudit: --%s: %s: ", option, path);
    assert_non_null(said);
    assert_int_equal(strncmp(said, prefix, strlen(prefix)), 0);
    return said + strlen(prefix);
}

static void nothing_asked_for_is_nothing(void **state)
{
    struct unlock unlock = {.password = "x"};
    assert_null(load(*state, &(struct options){0}, &unlock));
    assert_true(!unlock.recovery_key && !unlock.password && !unlock.bek.len);
}

static void a_recovery_key_is_taken_as_it_is(void **state)
{
    struct unlock unlock;
    const struct options options = {.recovery_key = "000000-111111"};
    assert_null(load(*state, &options, &unlock));
    assert_string_equal(unlock.recovery_key, "000000-111111");
}

static void a_password_is_the_first_line_of_its_file(void **state)
{
    assert_string_equal(PASSWORD_OF(*state, "secret"), "secret");
    assert_string_equal(PASSWORD_OF(*state, "secret\n"), "secret");
    assert_string_equal(PASSWORD_OF(*state, "secret\r\nmore\r\n"), "secret");
    assert_string_equal(PASSWORD_OF(*state, " a b \n"), " a b ");
    assert_string_equal(PASSWORD_OF(*state, "\xc3\xa4\xf0\x9f\x94\x91"),
                        "\xc3\xa4\xf0\x9f\x94\x91");
    assert_string_equal(PASSWORD_OF(*state, "\xef\xbb\xbfsecret\r\n"), "secret");
}

static void a_password_without_a_letter_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(refusal_of(scratch, false, scratch_write_text(scratch, "a", "\nx\n")),
                        "its first line is empty\n");
    assert_string_equal(refusal_of(scratch, false, scratch_write(scratch, "b", "\0x", 2)),
                        "its first line is empty\n");
    assert_string_equal(refusal_of(scratch, false, scratch_write_text(scratch, "c", "")),
                        "is empty\n");
}

static void a_startup_key_is_all_bytes_of_its_file(void **state)
{
    static const char bytes[] = "\0key\n\r\xff";
    const struct scratch *scratch = *state;
    struct unlock unlock;
    const struct options options = {.bek = scratch_write(scratch, "bek", bytes, sizeof bytes)};
    assert_null(load(scratch, &options, &unlock));
    assert_int_equal(unlock.bek.len, sizeof bytes);
    assert_memory_equal(unlock.bek.ptr, bytes, sizeof bytes);
}

static void what_is_too_large_for_a_key_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    char *bytes = arena_alloc(scratch->arena, KEY_FILE_MAX + 1, 1);
    struct unlock unlock;
    memset(bytes, 'x', KEY_FILE_MAX + 1);
    const struct options options = {.bek = scratch_write(scratch, "most", bytes, KEY_FILE_MAX)};
    assert_null(load(scratch, &options, &unlock));
    assert_int_equal(unlock.bek.len, KEY_FILE_MAX);
    assert_int_equal(strlen(password_of(scratch, bytes, KEY_FILE_MAX)), KEY_FILE_MAX);
    const char *path = scratch_write(scratch, "more", bytes, KEY_FILE_MAX + 1);
    assert_string_equal(refusal_of(scratch, true, path), "is too large for a key\n");
    assert_string_equal(refusal_of(scratch, false, path), "is too large for a key\n");
    assert_string_equal(refusal_of(scratch, true, "/dev/zero"), "is too large for a key\n");
}

static void a_file_that_cannot_be_read_is_said(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(refusal_of(scratch, true, scratch_path(scratch, "missing")),
                        arena_printf(scratch->arena, "%s\n", strerror(ENOENT)));
    assert_string_equal(refusal_of(scratch, false, scratch->folder),
                        arena_printf(scratch->arena, "%s\n", strerror(EISDIR)));
}

/* Its writer comes late, and writes in two pieces. */
static void a_password_may_come_by_a_pipe(void **state)
{
    const struct scratch *scratch = *state;
    const char *path = scratch_make_fifo(scratch, "pipe");
    struct unlock unlock;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        usleep(200000);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        bool written = write(fd, "sec", 3) == 3;
        usleep(200000);
        _exit(!written || write(fd, "ret\n", 4) != 4);
    }
    const char *said = load(scratch, &(struct options){.password_file = path}, &unlock);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_null(said);
    assert_int_equal(status, 0);
    assert_string_equal(unlock.password, "secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(nothing_asked_for_is_nothing),
        SCRATCH_TEST(a_recovery_key_is_taken_as_it_is),
        SCRATCH_TEST(a_password_is_the_first_line_of_its_file),
        SCRATCH_TEST(a_password_without_a_letter_is_refused),
        SCRATCH_TEST(a_startup_key_is_all_bytes_of_its_file),
        SCRATCH_TEST(what_is_too_large_for_a_key_is_refused),
        SCRATCH_TEST(a_file_that_cannot_be_read_is_said),
        SCRATCH_TEST(a_password_may_come_by_a_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
