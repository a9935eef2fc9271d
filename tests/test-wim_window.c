/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/wim_window.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "support.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* Places of resources in the header, and flags of them (MS "Windows Imaging File Format", 2007). */
enum { BLOBS = 48, XML = 72, BOOT = 96, INTEGRITY = 124, HEADER = 208 };
enum { METADATA = 2, COMPRESSED = 4 };

/* A WIM whose first bytes are in memory; a byte behind them is the lowest one of its offset. */
struct made {
    struct source wim;
    uint8_t start[8192];
    uint64_t bad;  /* the byte that fails; UINT64_MAX: none */
    uint64_t read; /* bytes */
    struct access access;
    struct diags diags;
    struct wim_window window;
};

static ssize_t read_made(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct made *made = source->context;
    uint8_t *bytes = buf;
    if (offset >= source->size)
        return 0;
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    if (made->bad >= offset && made->bad - offset < len) {
        errno = EIO;
        return -1;
    }
    for (size_t i = 0; i < len; i++)
        bytes[i] =
            offset + i < sizeof made->start ? made->start[offset + i] : (uint8_t)(offset + i);
    made->read += len;
    return (ssize_t)len;
}

static struct made *make(struct arena *arena, uint64_t size)
{
    struct made *made = arena_alloc(arena, 1, sizeof *made);
    *made = (struct made){
        .wim = {.name = "wim", .size = size, .read_at = read_made, .fd = -1, .context = made},
        .bad = UINT64_MAX,
        .access = {.arena = arena_new(), .diags = &made->diags, .folder = -1},
        .diags = {.arena = arena},
    };
    memcpy(made->start, "MSWIM\0\0", 8);
    return made;
}

static void end(struct made *made)
{
    arena_free(made->access.arena);
    assert_int_equal(lseek(made->window.fd, 0, SEEK_CUR), -1); /* it is closed */
}

static void put_resource(struct made *made, size_t at, uint64_t offset, uint64_t size,
                         unsigned flags)
{
    put_u64(made->start + at, size | (uint64_t)flags << 56);
    put_u64(made->start + at + 8, offset);
}

static bool open_made(struct made *made)
{
    return wim_window_open(&made->access, &made->wim, &made->window);
}

/* What it is refused for; it is closed then. */
static const char *refuse(struct made *made)
{
    assert_false(open_made(made));
    assert_int_equal(made->diags.count, 1);
    assert_int_equal(made->diags.worst, DIAG_FAILED);
    end(made);
    return made->diags.items[0].message;
}

/* Whether the window has the bytes of the WIM, or a hole. */
static bool is_there(struct made *made, uint64_t offset, size_t len)
{
    uint8_t got[4096], want[4096];
    assert_in_range(len, 1, sizeof got);
    assert_int_equal(pread(made->window.fd, got, len, (off_t)offset), len);
    assert_true(source_read(&made->wim, offset, want, len));
    return memcmp(got, want, len) == 0;
}

static void what_opening_needs_is_filled_and_nothing_else(void **state)
{
    struct made *made = make(*state, 10 * MIB);
    struct stat st;
    put_resource(made, BLOBS, 1000, 100, 0);
    put_resource(made, XML, 2 * MIB, 100, 0);
    put_resource(made, BOOT, 3 * MIB, 100, METADATA | COMPRESSED);
    put_resource(made, INTEGRITY, 4 * MIB, 100, 0);
    put_resource(made, 1000, 5 * MIB, 5000, METADATA | COMPRESSED);
    put_resource(made, 1050, 6 * MIB, 5000, COMPRESSED);
    assert_true(open_made(made));
    assert_int_equal(made->diags.count, 0);
    assert_int_equal(fstat(made->window.fd, &st), 0);
    assert_int_equal(st.st_size, 10 * MIB);
    assert_true(is_there(made, 0, HEADER) && is_there(made, 1000, 100));
    for (uint64_t at = 2; at <= 4; at++)
        assert_true(is_there(made, at * MIB, 100));
    assert_true(is_there(made, 5 * MIB, 4096) && is_there(made, 5 * MIB + 4096, 904));
    assert_false(is_there(made, 6 * MIB, 100) || is_there(made, 9 * MIB, 100));
    assert_in_range((uint64_t)st.st_blocks * 512, 1, 100000);
    assert_null(wim_window_fill(&made->window, 6 * MIB, 5000));
    assert_true(is_there(made, 6 * MIB, 4096));
    end(made);
}

static void a_wim_of_nothing_but_a_header_is_left_to_the_library(void **state)
{
    struct made *made = make(*state, HEADER);
    assert_true(open_made(made));
    end(made);
}

static void a_header_that_is_cut_short_is_refused(void **state)
{
    for (uint64_t size = 0; size < HEADER; size += 69)
        assert_string_equal(refuse(make(*state, size)),
                            "cannot be read as a WIM: it lies outside of the WIM");
}

static void tables_outside_of_the_wim_are_refused(void **state)
{
    static const uint64_t places[][2] = {{MIB, 1},          {MIB + 1, 0},          {UINT64_MAX, 1},
                                         {0, MIB + 1},      {UINT64_MAX - 9, 10},  {1000, MIB},
                                         {INT64_MAX, 1000}, {(uint64_t)1 << 63, 0}};
    static const size_t fields[] = {BLOBS, XML, BOOT, INTEGRITY};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
            struct made *made = make(*state, MIB);
            put_resource(made, fields[i], places[j][0], places[j][1], 0);
            assert_non_null(strstr(refuse(made), "outside of the WIM"));
        }
}

/* Of a WIM that has room for them. */
static void tables_that_are_too_large_are_refused(void **state)
{
    static const size_t fields[] = {BLOBS, XML, BOOT, INTEGRITY};
    static const uint64_t sizes[] = {64 * MIB + 1, GIB, (UINT64_C(1) << 56) - 1};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            struct made *made = make(*state, UINT64_C(1) << 57);
            put_resource(made, fields[i], 4096, sizes[j], 0);
            assert_non_null(strstr(refuse(made), "larger than 64 MiB"));
            assert_in_range(made->read, 0, 4096);
        }
}

static void a_compressed_table_of_resources_is_refused(void **state)
{
    struct made *made = make(*state, MIB);
    put_resource(made, BLOBS, 1000, 100, COMPRESSED);
    assert_non_null(strstr(refuse(made), "is compressed"));
}

/* The last entry is not whole: libwim will say so. */
static void an_entry_that_is_cut_short_is_passed_over(void **state)
{
    struct made *made = make(*state, MIB);
    put_resource(made, BLOBS, 1000, 99, 0);
    put_resource(made, 1050, 2 * MIB, 5, METADATA);
    assert_true(open_made(made));
    end(made);
}

static void metadata_outside_of_the_wim_is_refused(void **state)
{
    struct made *made = make(*state, MIB);
    put_resource(made, BLOBS, 1000, 50, 0);
    put_resource(made, 1000, MIB - 1, 2, METADATA);
    assert_non_null(strstr(refuse(made), "outside of the WIM"));
}

static void what_cannot_be_read_is_refused(void **state)
{
    static const uint64_t bad[] = {0, 207, 1000, 5000};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct made *made = make(*state, MIB);
        put_resource(made, BLOBS, 1000, 50, 0);
        put_resource(made, 1000, 4500, 1000, METADATA);
        made->bad = bad[i];
        assert_string_equal(refuse(made),
                            arena_printf(*state, "cannot be read as a WIM: %s", strerror(EIO)));
    }
}

/* Each piece is a good one: together they are more than may be held. */
static void what_is_filled_has_a_limit(void **state)
{
    struct made *made = make(*state, 16 * MIB);
    assert_true(open_made(made));
    made->window.filled = 4 * GIB - 1500;
    assert_null(wim_window_fill(&made->window, 0, 1000));
    assert_non_null(strstr(wim_window_fill(&made->window, 0, 1000), "4 GiB of the WIM"));
    assert_null(wim_window_fill(&made->window, 1000, 500));
    assert_non_null(wim_window_fill(&made->window, 2000, 1));
    end(made);
}

static void a_file_outside_of_the_wim_cannot_be_filled(void **state)
{
    struct made *made = make(*state, MIB);
    assert_true(open_made(made));
    assert_null(wim_window_fill(&made->window, MIB, 0));
    assert_non_null(wim_window_fill(&made->window, MIB, 1));
    assert_non_null(wim_window_fill(&made->window, UINT64_MAX, UINT64_MAX));
    assert_non_null(wim_window_fill(&made->window, 1, UINT64_MAX));
    assert_int_equal(made->diags.count, 0);
    end(made);
}

static void more_than_two_gib_at_once_are_refused(void **state)
{
    struct made *made = make(*state, 8 * GIB);
    assert_true(open_made(made));
    assert_non_null(strstr(wim_window_fill(&made->window, MIB, 2 * GIB + 1), "2 GiB"));
    assert_in_range(made->read, 0, 4096);
    end(made);
}

/* A solid resource is asked for with each file in it. */
static void what_is_large_is_read_once(void **state)
{
    struct made *made = make(*state, 16 * MIB);
    assert_true(open_made(made));
    assert_null(wim_window_fill(&made->window, 4 * MIB, 3 * MIB));
    uint64_t read = made->read;
    for (int i = 0; i < 3; i++)
        assert_null(wim_window_fill(&made->window, 4 * MIB, 3 * MIB));
    assert_null(wim_window_fill(&made->window, 5 * MIB, 2 * MIB));
    assert_int_equal(made->read, read);
    assert_null(wim_window_fill(&made->window, 5 * MIB, 2 * MIB + 1));
    assert_int_equal(made->read, read + 2 * MIB + 1);
    end(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_opening_needs_is_filled_and_nothing_else),
        SUPPORT_TEST(a_wim_of_nothing_but_a_header_is_left_to_the_library),
        SUPPORT_TEST(a_header_that_is_cut_short_is_refused),
        SUPPORT_TEST(tables_outside_of_the_wim_are_refused),
        SUPPORT_TEST(tables_that_are_too_large_are_refused),
        SUPPORT_TEST(a_compressed_table_of_resources_is_refused),
        SUPPORT_TEST(an_entry_that_is_cut_short_is_passed_over),
        SUPPORT_TEST(metadata_outside_of_the_wim_is_refused),
        SUPPORT_TEST(what_cannot_be_read_is_refused),
        SUPPORT_TEST(what_is_filled_has_a_limit),
        SUPPORT_TEST(a_file_outside_of_the_wim_cannot_be_filled),
        SUPPORT_TEST(more_than_two_gib_at_once_are_refused),
        SUPPORT_TEST(what_is_large_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
