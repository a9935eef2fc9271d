/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/source.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

static void zeros_take_no_room_and_are_there(void **state)
{
    uint8_t *bytes = arena_alloc(*state, 4 * CHUNK, 1),
            *read_back = arena_alloc(*state, 4 * CHUNK, 1);
    bytes[CHUNK + 5] = 7;
    const struct memory_hive *memory = support_wrap(*state, bytes, 4 * CHUNK);
    int fd = make_memory();
    struct stat st;
    assert_true(source_copy(&memory->source, fd));
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 4 * CHUNK);
    assert_true((size_t)st.st_blocks * 512 <= 2 * CHUNK);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_source_of_any_size_is_copied),
        SUPPORT_TEST(zeros_take_no_room_and_are_there),
        SUPPORT_TEST(a_source_that_became_shorter_is_an_error),
        SUPPORT_TEST(bytes_that_came_meanwhile_are_left_out),
        SUPPORT_TEST(the_error_of_the_source_is_kept),
        SUPPORT_TEST(the_error_of_writing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
