/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/digest.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "input/input.h"
#include "support.h"

/* A source by its name and its bytes. */
struct part {
    const char *name, *bytes;
};

#define PARTS(...)                                                                                 \
    (const struct part[]){__VA_ARGS__},                                                            \
        sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part)

static struct source make_source(const struct part *part)
{
    struct input input = {.name = part->name,
                          .fd = memfd_create("test-digest", MFD_CLOEXEC),
                          .size = strlen(part->bytes)};
    assert_int_equal(write(input.fd, part->bytes, input.size), input.size);
    return input_source(&input);
}

static const char *digest_of(struct arena *arena, const struct part *parts, size_t count)
{
    struct source *sources = arena_alloc(arena, count, sizeof *sources);
    uint8_t *digest = arena_alloc(arena, 1, DIGEST_SIZE);
    for (size_t i = 0; i < count; i++)
        sources[i] = make_source(&parts[i]);
    assert_true(digest_sources(sources, count, digest));
    for (size_t i = 0; i < count; i++)
        close(sources[i].fd);
    return text_hex(arena, (struct slice){.ptr = digest, .len = DIGEST_SIZE}, "");
}

static void sha_256_is_there(void **state)
{
    (void)state;
    assert_true(digest_prepare());
}

/* By sha256sum of: printf '\0' '\3\0\0\0\0\0\0\0' 'abc', and of the same with
 * 'LOG1\0' '\2\0\0\0\0\0\0\0' 'xy' behind it. */
static void the_digest_is_that_of_names_sizes_and_bytes(void **state)
{
    assert_string_equal(digest_of(*state, PARTS({"SOFTWARE", "abc"})),
                        "7e47cb99d8e4af79b92f2b180f4c9324720a2d16aa3b2e4aaed908e654902595");
    assert_string_equal(digest_of(*state, PARTS({"SOFTWARE", "abc"}, {"LOG1", "xy"})),
                        "b03ca36760dea9225bf3c5ac0bb9a5a8c8d4ced41a25dc1cd34c239e6d3b36bc");
}

/* By sha256sum of '\0' '\0\0\4\0\0\0\0\0' and 262144 times 'x': more than is read at once. */
static void a_large_source_counts_whole(void **state)
{
    size_t len = 262144;
    char *bytes = arena_alloc(*state, len + 1, 1);
    memset(bytes, 'x', len);
    assert_string_equal(digest_of(*state, PARTS({"", bytes})),
                        "604ee537dcf7cb461739aa04423b4e4e8e6dee71af438125746e871bac76cb70");
}

static void the_name_of_the_hive_does_not_matter(void **state)
{
    assert_string_equal(digest_of(*state, PARTS({"a", "bytes"}, {"x.LOG", "log"})),
                        digest_of(*state, PARTS({"other", "bytes"}, {"x.LOG", "log"})));
}

static void whatever_else_differs_gives_another_digest(void **state)
{
    const char *digests[] = {
        digest_of(*state, PARTS({"", "abcdef"})),
        digest_of(*state, PARTS({"", "abcdeF"})),
        digest_of(*state, PARTS({"", "abcdef"}, {"L1", ""})),
        digest_of(*state, PARTS({"", "abcdef"}, {"L2", ""})),
        digest_of(*state, PARTS({"", "abcdef"}, {"L1", ""}, {"L2", ""})),
        digest_of(*state, PARTS({"", "abcdef"}, {"L2", ""}, {"L1", ""})),
        digest_of(*state, PARTS({"", "abc"}, {"L1", "def"})),
        digest_of(*state, PARTS({"", "abcd"}, {"L1", "ef"})),
        digest_of(*state, PARTS({"", "abc"}, {"L1", "def"}, {"L2", "ghi"})),
        digest_of(*state, PARTS({"", "abc"}, {"L1", "de"}, {"L2", "fghi"})),
        digest_of(*state, PARTS({"", "abc"}, {"L1", "defghi"}, {"L2", ""})),
        digest_of(*state, PARTS({"", "abc"}, {"L1", ""}, {"L2", "defghi"})),
        digest_of(*state, PARTS({"", ""})),
    };
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(digests[i], digests[j]);
}

static ssize_t read_error(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)buf;
    errno = EIO;
    return offset >= 4 ? -1 : (ssize_t)(len < 4 ? len : 4);
}

static void a_source_that_fails_has_no_digest(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_SIZE];
    struct source good = make_source(&(struct part){"good", "good"});
    struct source bad = {.name = "bad", .size = 8, .read_at = read_error};
    const struct source first[] = {bad, good}, last[] = {good, bad};
    errno = 0;
    assert_false(digest_sources(first, 2, digest));
    assert_int_equal(errno, EIO);
    assert_false(digest_sources(last, 2, digest));
    close(good.fd);
}

static ssize_t read_two(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source;
    size_t n = offset >= 2 ? 0 : len < 2 - offset ? len : 2 - offset;
    memset(buf, 'x', n);
    return (ssize_t)n;
}

static void a_source_that_became_shorter_has_no_digest(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_SIZE];
    struct source source = {.name = "", .size = 2, .read_at = read_two};
    assert_true(digest_sources(&source, 1, digest));
    source.size = 3;
    assert_false(digest_sources(&source, 1, digest));
}

/* It has no size that is known: an empty log must not stand for it. */
static void a_log_that_could_not_be_opened_has_no_digest(void **state)
{
    uint8_t digest[DIGEST_SIZE];
    struct diags diags = {.arena = *state};
    struct input log;
    struct source hive = make_source(&(struct part){"SOFTWARE", "regf"});
    assert_false(input_open(*state, &diags, "/nonexistent/SOFTWARE.LOG1", &log));
    const struct source sources[] = {hive, input_source(&log)};
    errno = 0;
    assert_false(digest_sources(sources, 2, digest));
    assert_int_equal(errno, ENOENT);
    close(hive.fd);
}

/* FIPS 180-2, appendix B.1 and B.2. */
static void pieces_have_the_digest_of_the_whole(void **state)
{
    static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    uint8_t digest[DIGEST_SIZE];
    struct digester *digester = digester_new();
    for (size_t i = 0; i < sizeof text - 1; i += 7)
        digester_add(digester, (struct slice){(const uint8_t *)text + i, 7});
    digester_add(digester, (struct slice){0});
    digester_end(digester, digest);
    assert_string_equal(text_hex(*state, (struct slice){digest, sizeof digest}, ""),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void bytes_that_are_gone_have_no_digest(void **state)
{
    uint8_t digest[DIGEST_SIZE];
    struct source source = make_source(&(struct part){"SOFTWARE", "abc"});
    (void)state;
    assert_int_equal(ftruncate(source.fd, 0), 0);
    errno = 0;
    assert_false(digest_source(&source, digest));
    assert_int_equal(errno, ENODATA);
    close(source.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(sha_256_is_there),
        SUPPORT_TEST(the_digest_is_that_of_names_sizes_and_bytes),
        SUPPORT_TEST(a_large_source_counts_whole),
        SUPPORT_TEST(the_name_of_the_hive_does_not_matter),
        SUPPORT_TEST(whatever_else_differs_gives_another_digest),
        SUPPORT_TEST(a_source_that_fails_has_no_digest),
        SUPPORT_TEST(a_source_that_became_shorter_has_no_digest),
        SUPPORT_TEST(a_log_that_could_not_be_opened_has_no_digest),
        SUPPORT_TEST(pieces_have_the_digest_of_the_whole),
        SUPPORT_TEST(bytes_that_are_gone_have_no_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
