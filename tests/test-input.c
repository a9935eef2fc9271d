/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define NOBODY 65534

/* What a test opens, in a folder of its own. */
struct fixture {
    struct arena *arena;
    char folder[64];
    struct diags diags;
    struct input input;
    bool is_hive; /* what the last reading said */
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    const char *tmp = getenv("TMPDIR");
    fixture->arena = fixture->diags.arena = arena;
    fixture->input.fd = -1;
    snprintf(fixture->folder, sizeof fixture->folder, "%s/test-input.XXXXXX", tmp ? tmp : "/tmp");
    *state = fixture;
    return mkdtemp(fixture->folder) && chmod(fixture->folder, 0755) == 0 ? 0 : -1;
}

static char *path_of(struct fixture *fixture, const char *name)
{
    return arena_printf(fixture->arena, "%s/%s", fixture->folder, name);
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    input_close(&fixture->input);
    unlink(path_of(fixture, "evidence"));
    rmdir(fixture->folder);
    arena_free(fixture->arena);
    return 0;
}

static const char *write_evidence(struct fixture *fixture, const void *bytes, size_t len)
{
    const char *path = path_of(fixture, "evidence");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Bytes that start like a hive and go on in a way that shows their order. */
static uint8_t *make_hive(struct fixture *fixture, size_t len)
{
    uint8_t *bytes = arena_alloc(fixture->arena, len, 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    memcpy(bytes, "regf", 4);
    return bytes;
}

static bool open_evidence(struct fixture *fixture, const char *argument)
{
    input_close(&fixture->input);
    return input_open(fixture->arena, &fixture->diags, argument, &fixture->input);
}

/* A stream goes into memory that is made for it. */
static bool read_input(struct fixture *fixture)
{
    enum content content;
    const char *kind;
    int memory = memfd_create("spool", MFD_CLOEXEC);
    assert_true(memory >= 0);
    bool read = input_read(&fixture->input, memory, &fixture->diags, &content, &kind);
    fixture->is_hive = content == CONTENT_HIVE;
    if (fixture->input.fd != memory)
        close(memory);
    return read;
}

static bool read_evidence(struct fixture *fixture, const char *argument)
{
    return open_evidence(fixture, argument) && read_input(fixture);
}

static void assert_said(const struct fixture *fixture, const char *words)
{
    assert_int_equal(fixture->diags.count, 1);
    assert_int_equal(fixture->diags.worst, DIAG_FAILED);
    if (!strstr(fixture->diags.items[0].message, words))
        fail_msg("\"%s\" does not say \"%s\"", fixture->diags.items[0].message, words);
}

/* The evidence cannot be opened, one diagnostic says why, and the error stays in the input. */
static void assert_unopened(struct fixture *fixture, const char *argument, int error)
{
    char byte;
    fixture->diags = (struct diags){.arena = fixture->arena};
    assert_false(open_evidence(fixture, argument));
    assert_said(fixture, strerror(error));
    assert_int_equal(fixture->input.fd, -error);
    struct source source = input_source(&fixture->input);
    errno = 0;
    assert_int_equal(source.read_at(&source, 0, &byte, 1), -1);
    assert_int_equal(errno, error);
}

/* The evidence opens, but its bytes are refused by one diagnostic that holds certain words. */
static void assert_refused(struct fixture *fixture, const char *argument, const char *words,
                           bool is_hive)
{
    fixture->diags = (struct diags){.arena = fixture->arena};
    assert_true(open_evidence(fixture, argument));
    assert_int_equal(fixture->diags.count, 0);
    assert_false(read_input(fixture));
    assert_said(fixture, words);
    assert_int_equal(fixture->is_hive, is_hive);
}

static void assert_no_hive(struct fixture *fixture, const char *argument, const char *words)
{
    assert_refused(fixture, argument, words, false);
}

static void assert_reads(struct fixture *fixture, const uint8_t *bytes, size_t len)
{
    struct source opened = input_source(&fixture->input), *source = &opened;
    uint8_t *read = arena_alloc(fixture->arena, len + 100, 1);
    assert_false(fixture->input.is_stream);
    assert_int_equal(fixture->input.size, len);
    assert_int_equal(source->size, len);
    assert_int_equal(source->read_at(source, 0, read, len + 100), len);
    assert_memory_equal(read, bytes, len);
    assert_int_equal(source->read_at(source, len - 3, read, 100), 3);
    assert_memory_equal(read, bytes + len - 3, 3);
    assert_int_equal(source->read_at(source, len / 2, read, 1), 1);
    assert_int_equal(read[0], bytes[len / 2]);
    assert_int_equal(source->read_at(source, len, read, 100), 0);
    assert_int_equal(source->read_at(source, len + 5000, read, 100), 0);
}

/* Starts a process that writes bytes, in two parts, and closes its end. */
static pid_t start_writer(const char *path, int fd, const uint8_t *bytes, size_t len)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (path)
        fd = open(path, O_WRONLY);
    for (size_t done = 0; done < len;) {
        size_t part = done == 0 && len > 3 ? 3 : len - done;
        ssize_t n = write(fd, bytes + done, part);
        if (n < 0)
            break;
        done += (size_t)n;
        usleep(1000);
    }
    _exit(0);
}

/* Reads "-" with standard input being another descriptor. */
static bool read_as_stdin(struct fixture *fixture, int fd)
{
    int saved = dup(STDIN_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    bool read = read_evidence(fixture, "-");
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    return read;
}

static void a_file_can_be_read_at_any_offset(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 70001);
    const char *path = write_evidence(fixture, bytes, 70001);
    assert_true(read_evidence(fixture, path));
    assert_true(fixture->is_hive);
    assert_string_equal(fixture->input.name, path);
    assert_int_equal(fixture->diags.count, 0);
    assert_reads(fixture, bytes, 70001);
}

static void the_evidence_is_open_for_reading_only(void **state)
{
    struct fixture *fixture = *state;
    assert_true(open_evidence(fixture, write_evidence(fixture, make_hive(fixture, 5000), 5000)));
    assert_int_equal(fcntl(fixture->input.fd, F_GETFL) & O_ACCMODE, O_RDONLY);
}

static void the_evidence_does_not_outlive_exec(void **state)
{
    struct fixture *fixture = *state;
    assert_true(open_evidence(fixture, write_evidence(fixture, make_hive(fixture, 5000), 5000)));
    assert_int_equal(fcntl(fixture->input.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static struct stat stat_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Whether an ordinary read moves the access time here: many systems are mounted so that it does
 * not. */
static bool reading_moves_atime(const char *path)
{
    char byte;
    struct stat before = stat_of(path);
    int fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, &byte, 1), 1);
    close(fd);
    return !same_time(before.st_atim, stat_of(path).st_atim);
}

static void a_file_is_not_changed_by_reading(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 9000);
    const char *path = write_evidence(fixture, bytes, 9000);
    struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    struct stat before = stat_of(path);
    assert_true(read_evidence(fixture, path));
    assert_reads(fixture, bytes, 9000);
    input_close(&fixture->input);
    struct stat after = stat_of(path);
    assert_true(same_time(before.st_mtim, after.st_mtim));
    assert_true(same_time(before.st_ctim, after.st_ctim));
    assert_int_equal(before.st_size, after.st_size);
    assert_true(same_time(before.st_atim, after.st_atim));
    if (!reading_moves_atime(path))
        print_message("the access time stays here whatever is done\n");
}

static void standard_input_can_be_a_pipe(void **state)
{
    struct fixture *fixture = *state;
    size_t len = 300007; /* more than a pipe holds */
    uint8_t *bytes = make_hive(fixture, len);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = start_writer(NULL, ends[1], bytes, len);
    close(ends[1]);
    assert_true(read_as_stdin(fixture, ends[0]));
    close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_string_equal(fixture->input.name, "(standard input)");
    assert_reads(fixture, bytes, len);
}

static void standard_input_can_be_a_file(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 6000);
    int fd = open(write_evidence(fixture, bytes, 6000), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read_as_stdin(fixture, fd));
    close(fd);
    assert_reads(fixture, bytes, 6000);
}

static void closed_standard_input_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    int saved = dup(STDIN_FILENO);
    assert_true(saved >= 0);
    close(STDIN_FILENO);
    bool opened = open_evidence(fixture, "-");
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    assert_false(opened);
    assert_said(fixture, "cannot be opened");
    assert_int_equal(fixture->input.fd, -EBADF);
}

static void a_pipe_is_read_whatever_its_name(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 100000);
    const char *path = path_of(fixture, "evidence");
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t pid = start_writer(path, -1, bytes, 100000);
    assert_true(open_evidence(fixture, path));
    assert_true(fixture->input.is_stream);
    assert_int_equal(fixture->input.size, 0);
    assert_true(read_input(fixture));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_reads(fixture, bytes, 100000);
}

static void a_pipe_that_closes_early_ends_the_reading(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 600);
    const char *path = path_of(fixture, "evidence");
    assert_int_equal(mkfifo(path, 0600), 0);
    static const struct {
        size_t len;
        const char *words; /* NULL: taken */
    } cases[] = {{0, "empty"}, {3, "72 65 67 "}, {4, NULL}, {511, NULL}, {512, NULL}, {513, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t pid = start_writer(path, -1, bytes, cases[i].len);
        if (cases[i].words) {
            assert_no_hive(fixture, path, cases[i].words);
        } else {
            assert_true(read_evidence(fixture, path));
            assert_reads(fixture, bytes, cases[i].len);
        }
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
}

static void what_is_not_there_cannot_be_opened(void **state)
{
    struct fixture *fixture = *state;
    assert_unopened(fixture, path_of(fixture, "missing"), ENOENT);
    assert_unopened(fixture, "", ENOENT);
    assert_unopened(
        fixture, arena_printf(fixture->arena, "%s/x", write_evidence(fixture, "regf", 4)), ENOTDIR);
}

/* Folders are looked into before they come here; reading one is an error, and says nothing about
 * hives. */
static void a_folder_is_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_refused(fixture, fixture->folder, strerror(EISDIR), true);
}

static void empty_evidence_is_nothing_to_audit(void **state)
{
    struct fixture *fixture = *state;
    assert_no_hive(fixture, write_evidence(fixture, "", 0), "nothing to audit");
    assert_no_hive(fixture, "/dev/null", "nothing to audit");
}

static void what_is_no_hive_is_refused_with_its_first_bytes(void **state)
{
    struct fixture *fixture = *state;
    assert_no_hive(fixture, write_evidence(fixture, "Hello\n", 6), "48 65 6c 6c");
    assert_no_hive(fixture, write_evidence(fixture, "re", 2), "72 65");
    assert_no_hive(fixture, write_evidence(fixture, "REGF....", 8), "52 45 47 46");
    assert_no_hive(fixture, write_evidence(fixture, "\0\0\0\0\0", 5), "00 00 00 00");
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static void what_people_confuse_with_a_hive_is_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *words;
    } cases[] = {
        {BYTES("CREG\0\0\1\0"), "Windows 95"},
        {BYTES("HvLE\0\2\0\0"), "transaction log"},
        {BYTES("MZ\x90\0"), "Windows program"},
        {BYTES("\x7f"
               "ELF\2\1\1"),
         "ELF"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_evidence(fixture, cases[i].bytes, cases[i].len);
        assert_no_hive(fixture, path, cases[i].words);
        assert_no_hive(fixture, path, "is not a registry hive");
    }
}

/* The head of a stream tells as much of them as that of a file: comments may stand above. */
static void an_inf_and_a_reg_are_taken_from_files_and_pipes(void **state)
{
    static const char *const heads[] = {"REGEDIT4", "[Version]\nSignature=\"$WINDOWS NT$\"\n"};
    struct fixture *fixture = *state;
    size_t len = CONTENT_START_SIZE, rest = 40000;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        size_t above = len - strlen(heads[i]);
        uint8_t *bytes = arena_alloc(fixture->arena, len + rest, 1);
        memset(bytes, ';', above - 1);
        bytes[above - 1] = '\n';
        memcpy(bytes + above, heads[i], strlen(heads[i]));
        int fd = open(write_evidence(fixture, bytes, len + rest), O_RDONLY | O_CLOEXEC);
        int ends[2];
        assert_true(fd >= 0 && pipe2(ends, O_CLOEXEC) == 0);
        assert_true(read_as_stdin(fixture, fd));
        assert_false(fixture->is_hive);
        pid_t pid = start_writer(NULL, ends[1], bytes, len + rest);
        close(ends[1]);
        assert_true(read_as_stdin(fixture, ends[0]));
        close(ends[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_false(fixture->is_hive);
        assert_reads(fixture, bytes, len + rest);
        close(fd);
    }
}

/* The first hive bin tells as well, where only the base block is lost. */
static void hive_bins_without_a_base_block_are_taken(void **state)
{
    struct fixture *fixture = *state;
    uint8_t *bytes = make_hive(fixture, 9000);
    memset(bytes, 0, 4096);
    memcpy(bytes + 4096, "hbin", 4);
    assert_true(read_evidence(fixture, write_evidence(fixture, bytes, 9000)));
    assert_reads(fixture, bytes, 9000);
    assert_true(read_evidence(fixture, write_evidence(fixture, bytes, 4100)));
    assert_no_hive(fixture, write_evidence(fixture, bytes, 4099), "00 00 00 00");
    bytes[4099] ^= 1;
    assert_no_hive(fixture, write_evidence(fixture, bytes, 9000), "00 00 00 00");
}

/* Only what has been looked at can be no hive: opening must not depend on content. */
static void opening_looks_at_no_byte(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "evidence");
    assert_int_equal(mkfifo(path, 0600), 0);
    uint8_t *bytes = make_hive(fixture, 5000);
    pid_t pid = start_writer(path, -1, bytes, 5000);
    assert_true(open_evidence(fixture, path));
    assert_int_equal(poll(&(struct pollfd){.fd = fixture->input.fd, .events = POLLIN}, 1, 30000),
                     1);
    uint8_t *read_back = arena_alloc(fixture->arena, 5000, 1);
    for (size_t len = 0; len < 5000;) {
        ssize_t n = read(fixture->input.fd, read_back + len, 5000 - len);
        assert_true(n > 0);
        len += (size_t)n;
    }
    assert_memory_equal(read_back, bytes, 5000);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Nobody may ever open the other end: the one that reads has a deadline, the one that opens not. */
static void opening_a_pipe_waits_for_no_writer(void **state)
{
    struct fixture *fixture = *state;
    const char *path = path_of(fixture, "evidence");
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(30);
    assert_true(open_evidence(fixture, path));
    alarm(0);
    assert_true(fixture->input.is_stream);
    assert_int_equal(fcntl(fixture->input.fd, F_GETFL) & O_NONBLOCK, 0);
}

enum attempt { OPENED, REFUSED, FAILED, IMPOSSIBLE };

/* Opens a file as a user without rights, in a process of its own. IMPOSSIBLE where there can be
 * none here, or where it cannot reach the folder. */
static enum attempt open_as_nobody(struct fixture *fixture, const char *path)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
            _exit(IMPOSSIBLE);
        if (access(path, F_OK) != 0)
            _exit(IMPOSSIBLE);
        if (open_evidence(fixture, path))
            _exit(OPENED);
        _exit(strstr(fixture->diags.items[0].message, strerror(EACCES)) ? REFUSED : FAILED);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum attempt)WEXITSTATUS(status);
}

static void a_file_that_may_not_be_read_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const char *path = write_evidence(fixture, make_hive(fixture, 5000), 5000);
    assert_int_equal(chmod(path, 0), 0);
    enum attempt attempt = open_as_nobody(fixture, path);
    if (attempt == IMPOSSIBLE)
        skip();
    assert_int_equal(attempt, REFUSED);
}

/* Where the access time may not be kept, the evidence is read all the same. */
static void a_file_of_another_owner_can_be_read(void **state)
{
    struct fixture *fixture = *state;
    const char *path = write_evidence(fixture, make_hive(fixture, 5000), 5000);
    assert_int_equal(chmod(path, 0644), 0);
    enum attempt attempt = geteuid() == 0 ? open_as_nobody(fixture, path) : IMPOSSIBLE;
    if (attempt == IMPOSSIBLE)
        skip();
    assert_int_equal(attempt, OPENED);
}

static void closing_twice_is_allowed(void **state)
{
    struct fixture *fixture = *state;
    assert_true(open_evidence(fixture, write_evidence(fixture, make_hive(fixture, 5000), 5000)));
    int fd = fixture->input.fd;
    input_close(&fixture->input);
    input_close(&fixture->input);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_file_can_be_read_at_any_offset),
        TEST(the_evidence_is_open_for_reading_only),
        TEST(the_evidence_does_not_outlive_exec),
        TEST(a_file_is_not_changed_by_reading),
        TEST(standard_input_can_be_a_pipe),
        TEST(standard_input_can_be_a_file),
        TEST(closed_standard_input_is_an_error),
        TEST(a_pipe_is_read_whatever_its_name),
        TEST(a_pipe_that_closes_early_ends_the_reading),
        TEST(what_is_not_there_cannot_be_opened),
        TEST(a_folder_is_refused),
        TEST(empty_evidence_is_nothing_to_audit),
        TEST(what_is_no_hive_is_refused_with_its_first_bytes),
        TEST(what_people_confuse_with_a_hive_is_named),
        TEST(an_inf_and_a_reg_are_taken_from_files_and_pipes),
        TEST(hive_bins_without_a_base_block_are_taken),
        TEST(opening_looks_at_no_byte),
        TEST(opening_a_pipe_waits_for_no_writer),
        TEST(a_file_that_may_not_be_read_is_refused),
        TEST(a_file_of_another_owner_can_be_read),
        TEST(closing_twice_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
