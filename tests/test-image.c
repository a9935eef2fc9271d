/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

#define SIZE 200003 /* some chunks and a rest */

static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251);
}

static ssize_t read_all(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buf)[i] = byte_at(offset + i);
    return offset + len > source->size ? -1 : (ssize_t)len;
}

/* Reading fails behind the first chunk. */
static ssize_t read_failing(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    if (offset == 0)
        return read_all(source, offset, buf, len);
    errno = EIO;
    return -1;
}

/* The source has become shorter than its size says. */
static ssize_t read_shrunk(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    uint64_t there = 100000;
    if (offset >= there)
        return 0;
    return read_all(source, offset, buf, len < there - offset ? len : (size_t)(there - offset));
}

static struct hive_image load(void **state, read_at_fn *read_at, uint64_t size, struct diags *diags)
{
    struct source source = {.name = "test", .size = size, .read_at = read_at, .fd = -1};
    *diags = (struct diags){.arena = *state};
    return hive_image_load(&source, diags);
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void an_image_holds_the_bytes_of_its_source(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 65535, 65536, 65537, SIZE};
    struct diags diags;
    uint8_t *bytes = arena_alloc(*state, SIZE + 1, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct hive_image image = load(state, read_all, sizes[i], &diags);
        assert_true(image.fd >= 0);
        assert_int_equal(diags.count, 0);
        assert_int_equal(image.size, sizes[i]);
        assert_int_equal(pread(image.fd, bytes, SIZE + 1, 0), (ssize_t)sizes[i]);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(bytes[j], byte_at(j));
        hive_image_close(&image);
    }
}

static void an_image_can_be_changed_until_it_is_sealed(void **state)
{
    struct diags diags;
    struct hive_image image = load(state, read_all, SIZE, &diags);
    assert_int_equal(pwrite(image.fd, "xy", 2, SIZE - 1), 2);
    assert_int_equal(hive_image_seal(image.fd), 0);
    struct source source = hive_image_source(&image);
    char end[3];
    assert_int_equal(source.read_at(&source, SIZE - 1, end, sizeof end), 2);
    assert_memory_equal(end, "xy", 2);
    hive_image_close(&image);
}

static void nothing_can_change_a_sealed_image(void **state)
{
    struct diags diags;
    struct hive_image image = load(state, read_all, SIZE, &diags);
    assert_true(image.fd >= 0);
    assert_int_equal(hive_image_seal(image.fd), 0);
    assert_int_equal(pwrite(image.fd, "x", 1, 0), -1);
    assert_int_equal(pwrite(image.fd, "x", 1, SIZE), -1);
    assert_int_equal(ftruncate(image.fd, 10), -1);
    assert_int_equal(ftruncate(image.fd, SIZE + 10), -1);
    assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, image.fd, 0), MAP_FAILED);
    assert_int_equal(fallocate(image.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, image.fd, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    munmap(map, 4096);
    hive_image_close(&image);
}

static void an_image_does_not_outlive_exec(void **state)
{
    struct diags diags;
    struct hive_image image = load(state, read_all, 10, &diags);
    assert_int_equal(fcntl(image.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    hive_image_close(&image);
    assert_int_equal(image.fd, -1);
    hive_image_close(&image);
}

static void assert_fails(void **state, read_at_fn *read_at, uint64_t size, const char *words)
{
    struct diags diags;
    int before = count_descriptors();
    struct hive_image image = load(state, read_at, size, &diags);
    assert_int_equal(image.fd, -1);
    assert_int_equal(diags.count, 1);
    assert_int_equal(diags.worst, DIAG_FAILED);
    if (!strstr(diags.items[0].message, words))
        fail_msg("\"%s\" does not say \"%s\"", diags.items[0].message, words);
    assert_int_equal(count_descriptors(), before);
}

static void a_source_that_cannot_be_read_fails(void **state)
{
    assert_fails(state, read_failing, SIZE, strerror(EIO));
}

static void a_source_that_has_shrunk_fails(void **state)
{
    assert_fails(state, read_shrunk, SIZE, strerror(ENODATA));
}

static void a_source_larger_than_any_hive_fails_without_being_read(void **state)
{
    assert_fails(state, NULL, (UINT64_C(2) << 30) + 1, "got 2147483649 bytes");
    assert_fails(state, NULL, UINT64_MAX, "got 18446744073709551615 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_image_holds_the_bytes_of_its_source),
        SUPPORT_TEST(an_image_can_be_changed_until_it_is_sealed),
        SUPPORT_TEST(nothing_can_change_a_sealed_image),
        SUPPORT_TEST(an_image_does_not_outlive_exec),
        SUPPORT_TEST(a_source_that_cannot_be_read_fails),
        SUPPORT_TEST(a_source_that_has_shrunk_fails),
        SUPPORT_TEST(a_source_larger_than_any_hive_fails_without_being_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
