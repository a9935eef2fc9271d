/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

#define CHUNK ((size_t)64 * 1024) /* what one step copies */

/* A source that goes wrong at an offset: it ends there, or gives an error. */
struct faulty {
    struct source source; /* first */
    uint64_t good;        /* bytes that can be read */
    int error;            /* 0: it ends */
    unsigned reads;
};

static ssize_t read_faulty(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct faulty *faulty = (struct faulty *)source;
    faulty->reads++;
    if (faulty->error && offset + len > faulty->good) {
        errno = faulty->error;
        return -1;
    }
    if (offset >= faulty->good)
        return 0;
    size_t n = faulty->good - offset < len ? (size_t)(faulty->good - offset) : len;
    memset(buf, 'x', n);
    return (ssize_t)n;
}

static struct faulty make_faulty(uint64_t size, uint64_t good, int error)
{
    return (struct faulty){
        .source = {.name = "faulty", .size = size, .read_at = read_faulty, .fd = -1},
        .good = good,
        .error = error,
    };
}

static int make_memory(void)
{
    int fd = memfd_create("test-source", MFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Bytes that show their order, as many as are asked for, come out as they went in. */
static void check_copy(struct arena *arena, size_t size)
{
    uint8_t *bytes = arena_alloc(arena, size, 1), *copy = arena_alloc(arena, size + 1, 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 253);
    const struct memory_hive *memory = support_wrap(arena, bytes, size);
    int fd = make_memory();
    assert_true(source_copy(&memory->source, fd));
    assert_int_equal(pread(fd, copy, size + 1, 0), size);
    assert_memory_equal(copy, bytes, size);
    close(fd);
}

static void a_source_of_any_size_is_copied(void **state)
{
    static const size_t sizes[] = {0,         1,         CHUNK - 1,     CHUNK,
                                   CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_copy(*state, sizes[i]);
}

static uint64_t measure_room(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return (uint64_t)st.st_blocks * 512;
}

/* Also the last of them, which no step back leads over. */
static void zeros_of_any_size_are_holes(void **state)
{
    static const size_t sizes[] = {1, 4096, CHUNK - 1, CHUNK + 1, 2 * CHUNK + 4096, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        uint8_t *zeros = arena_alloc(*state, size, 1), *copy = arena_alloc(*state, size + 1, 1);
        const struct memory_hive *memory = support_wrap(*state, zeros, size);
        int fd = make_memory();
        assert_true(source_copy(&memory->source, fd));
        assert_int_equal(measure_room(fd), 0);
        memset(copy, 1, size);
        assert_int_equal(pread(fd, copy, size + 1, 0), size);
        assert_memory_equal(copy, zeros, size);
        close(fd);
    }
}

static void bytes_between_zeros_are_where_they_were(void **state)
{
    size_t size = 5 * CHUNK + 1234;
    for (size_t at = 0; at < size; at += at % CHUNK ? CHUNK / 2 - 1 : CHUNK / 2 + 1) {
        uint8_t *bytes = arena_alloc(*state, size, 1), *copy = arena_alloc(*state, size + 1, 1);
        bytes[at] = 7;
        const struct memory_hive *memory = support_wrap(*state, bytes, size);
        int fd = make_memory();
        assert_true(source_copy(&memory->source, fd));
        assert_true(measure_room(fd) <= CHUNK);
        assert_int_equal(pread(fd, copy, size + 1, 0), size);
        assert_memory_equal(copy, bytes, size);
        close(fd);
    }
}

static void zeros_take_no_room_and_are_there(void **state)
{
    uint8_t *bytes = arena_alloc(*state, 4 * CHUNK, 1),
            *read_back = arena_alloc(*state, 4 * CHUNK, 1);
    bytes[CHUNK + 5] = 7;
    const struct memory_hive *memory = support_wrap(*state, bytes, 4 * CHUNK);
    int fd = make_memory();
    assert_true(source_copy(&memory->source, fd));
    assert_int_equal(lseek(fd, 0, SEEK_END), 4 * CHUNK);
    assert_true(measure_room(fd) <= 2 * CHUNK);
    assert_int_equal(pread(fd, read_back, 4 * CHUNK, 0), 4 * CHUNK);
    assert_memory_equal(read_back, bytes, 4 * CHUNK);
    close(fd);
}

static void a_source_that_became_shorter_is_an_error(void **state)
{
    (void)state;
    static const uint64_t good[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct faulty faulty = make_faulty(2 * CHUNK, good[i], 0);
        int fd = make_memory();
        errno = 0;
        assert_false(source_copy(&faulty.source, fd));
        assert_int_equal(errno, ENODATA);
        assert_in_range(faulty.reads, 1, 2);
        close(fd);
    }
}

static void bytes_that_came_meanwhile_are_left_out(void **state)
{
    (void)state;
    struct faulty faulty = make_faulty(CHUNK + 10, 5 * CHUNK, 0);
    int fd = make_memory();
    assert_true(source_copy(&faulty.source, fd));
    assert_int_equal(lseek(fd, 0, SEEK_END), CHUNK + 10);
    close(fd);
}

static void the_error_of_the_source_is_kept(void **state)
{
    (void)state;
    static const uint64_t good[] = {0, CHUNK};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct faulty faulty = make_faulty(2 * CHUNK, good[i], EIO);
        int fd = make_memory();
        errno = 0;
        assert_false(source_copy(&faulty.source, fd));
        assert_int_equal(errno, EIO);
        close(fd);
    }
}

static void the_error_of_writing_is_kept(void **state)
{
    const struct memory_hive *memory = support_wrap(*state, (uint8_t *)"bytes", 5);
    errno = 0;
    assert_false(source_copy(&memory->source, -1));
    assert_int_equal(errno, EBADF);
}

/* Ends with 0 where all of a pipe are these bytes. It takes them slowly, so that a writer that is
 * not to wait would fail, and signals come while the writer waits. */
static void read_slowly(int fd, const uint8_t *bytes, size_t len, pid_t writer)
{
    uint8_t chunk[CHUNK / 4];
    size_t done = 0;
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0; done += (size_t)n) {
        if ((size_t)n > len - done || memcmp(chunk, bytes + done, (size_t)n) != 0)
            _exit(1);
        kill(writer, SIGUSR1);
        usleep(2000);
    }
    _exit(done == len ? 0 : 2);
}

static void take_signal(int number)
{
    (void)number;
}

static void all_bytes_are_written_whatever_a_pipe_takes_at_once(void **state)
{
    enum { SIZE = 600007 };
    uint8_t *bytes = arena_alloc(*state, SIZE, 1);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 253);
    int ends[2], status;
    struct sigaction action = {.sa_handler = take_signal}; /* without SA_RESTART */
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t writer = getpid(), pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[1]);
        read_slowly(ends[0], bytes, SIZE, writer);
    }
    close(ends[0]);
    assert_true(write_fully(ends[1], bytes, SIZE));
    close(ends[1]);
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* The first write takes a part of them. */
static void an_end_of_the_room_is_an_error_after_what_there_was_room_for(void **state)
{
    uint8_t *bytes = arena_alloc(*state, CHUNK, 1);
    FILE *file = tmpfile();
    struct rlimit before, limit;
    assert_non_null(file);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    errno = 0;
    bool written = write_fully(fileno(file), bytes, CHUNK);
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(written);
    assert_int_equal(error, EFBIG);
    assert_int_equal(lseek(fileno(file), 0, SEEK_END), 1000);
    fclose(file);
}

static void writing_nothing_is_done(void **state)
{
    (void)state;
    assert_true(write_fully(-1, NULL, 0));
    errno = 0;
    assert_false(write_fully(-1, "x", 1));
    assert_int_equal(errno, EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_source_of_any_size_is_copied),
        SUPPORT_TEST(zeros_take_no_room_and_are_there),
        SUPPORT_TEST(zeros_of_any_size_are_holes),
        SUPPORT_TEST(bytes_between_zeros_are_where_they_were),
        SUPPORT_TEST(a_source_that_became_shorter_is_an_error),
        SUPPORT_TEST(bytes_that_came_meanwhile_are_left_out),
        SUPPORT_TEST(the_error_of_the_source_is_kept),
        SUPPORT_TEST(the_error_of_writing_is_kept),
        SUPPORT_TEST(all_bytes_are_written_whatever_a_pipe_takes_at_once),
        SUPPORT_TEST(an_end_of_the_room_is_an_error_after_what_there_was_room_for),
        SUPPORT_TEST(writing_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
