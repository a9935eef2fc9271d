/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/gunzip.h"

#include <errno.h>
#include <string.h>

#include "trees.h"

/* "hello" and "world", each by gzip -n. */
static const uint8_t hello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
static const uint8_t world[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                0x03, 0x2b, 0xcf, 0x2f, 0xca, 0x49, 0x01, 0x00, 0x43,
                                0x11, 0x77, 0x3a, 0x05, 0x00, 0x00, 0x00};

/* Parts one after the other, in the arena. */
struct joined {
    uint8_t bytes[400];
    size_t len;
};

static void join(struct joined *joined, const void *bytes, size_t len)
{
    memcpy(joined->bytes + joined->len, bytes, len);
    joined->len += len;
}

/* What comes out: the bytes as text, and behind them "!" and the error. */
static const char *unpack(struct arena *arena, const struct source *source)
{
    struct opened *opened = opened_make(arena, LIBRARY_BIT(LIBRARY_ZLIB));
    struct gunzip *gunzip = gunzip_open(&opened->access, opened->arena, source);
    assert_non_null(gunzip);
    const char *text = "", *error = NULL;
    const void *bytes;
    ssize_t n;
    while ((n = gunzip_read(gunzip, &bytes, &error)) > 0)
        text = arena_printf(arena, "%s%.*s", text, (int)n, (const char *)bytes);
    if (n < 0)
        text = arena_printf(arena, "%s!%s", text, error);
    opened_close(opened);
    return text;
}

static const char *unpack_joined(struct arena *arena, struct joined *joined)
{
    return unpack(arena, &support_wrap(arena, joined->bytes, joined->len)->source);
}

static void members_follow_each_other(void **state)
{
    struct joined joined = {0};
    join(&joined, hello, sizeof hello);
    assert_string_equal(unpack_joined(*state, &joined), "hello");
    join(&joined, world, sizeof world);
    assert_string_equal(unpack_joined(*state, &joined), "helloworld");
}

static void zeros_between_and_behind_members_are_passed_over(void **state)
{
    struct joined joined = {0};
    join(&joined, hello, sizeof hello);
    join(&joined, "\0\0\0", 3);
    join(&joined, world, sizeof world);
    join(&joined, "\0\0\0\0\0", 5);
    assert_string_equal(unpack_joined(*state, &joined), "helloworld");
}

static void other_bytes_behind_a_member_are_an_error(void **state)
{
    struct joined joined = {0};
    join(&joined, hello, sizeof hello);
    join(&joined, "xyz", 3);
    assert_string_equal(unpack_joined(*state, &joined),
                        "hello!bytes that are no gzip data follow it");
}

static void every_cut_is_an_error(void **state)
{
    for (size_t len = 0; len < sizeof hello; len++) {
        struct joined joined = {0};
        join(&joined, hello, len);
        const char *error = strchr(unpack_joined(*state, &joined), '!');
        assert_non_null(error);
        assert_string_equal(error, "!the gzip data ends before it is complete");
    }
}

static void a_wrong_checksum_or_length_is_an_error(void **state)
{
    for (size_t i = sizeof hello - 8; i < sizeof hello; i++) {
        struct joined joined = {0};
        join(&joined, hello, sizeof hello);
        joined.bytes[i] ^= 0x40;
        assert_string_equal(unpack_joined(*state, &joined), i < sizeof hello - 4
                                                                ? "hello!incorrect data check"
                                                                : "hello!incorrect length check");
    }
}

static ssize_t refuse_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void an_error_of_the_file_is_told(void **state)
{
    const struct source source = {.name = "", .size = 100, .read_at = refuse_to_read, .fd = -1};
    assert_string_equal(unpack(*state, &source), arena_printf(*state, "!%s", strerror(EIO)));
}

static void zlib_is_asked_for(void **state)
{
    struct diags diags = {.arena = *state};
    struct access access = {.arena = *state, .diags = &diags, .folder = -1};
    struct memory_hive *file = support_wrap(*state, (uint8_t *)hello, sizeof hello);
    assert_null(gunzip_open(&access, *state, &file->source));
    assert_int_equal(access.wanted, LIBRARY_BIT(LIBRARY_ZLIB));
    assert_int_equal(diags.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(members_follow_each_other),
        SUPPORT_TEST(zeros_between_and_behind_members_are_passed_over),
        SUPPORT_TEST(other_bytes_behind_a_member_are_an_error),
        SUPPORT_TEST(every_cut_is_an_error),
        SUPPORT_TEST(a_wrong_checksum_or_length_is_an_error),
        SUPPORT_TEST(an_error_of_the_file_is_told),
        SUPPORT_TEST(zlib_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
