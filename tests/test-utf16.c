/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/utf16.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "support.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* Decodes bytes that lie in memory of exactly their size, so that a sanitizer sees a read past
 * their end. */
static char *decode(void **state, const char *bytes, size_t len, unsigned *flaws)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    char *text = utf16_decode(*state, (struct slice){.ptr = copy, .len = len}, flaws);
    free(copy);
    return text;
}

static void assert_decoded(void **state, const char *bytes, size_t len, const char *text,
                           unsigned flaws)
{
    unsigned got;
    assert_string_equal(decode(state, bytes, len, &got), text);
    assert_int_equal(got, flaws);
}

static void a_terminated_string_has_no_flaw(void **state)
{
    assert_decoded(state, BYTES("A\0\xe9\0\x16\x04\0\0"), "A\xc3\xa9\xd0\x96", 0);
    assert_decoded(state, BYTES("\0\0"), "", 0);
}

static void a_missing_nul_is_said_and_loses_nothing(void **state)
{
    assert_decoded(state, BYTES("A\0B\0"), "AB", UTF16_UNTERMINATED);
    assert_decoded(state, BYTES(""), "", UTF16_UNTERMINATED);
}

static void more_nuls_than_one_are_no_flaw(void **state)
{
    assert_decoded(state, BYTES("A\0\0\0\0\0\0\0"), "A", 0);
}

static void half_a_code_unit_at_the_end_is_said_and_dropped(void **state)
{
    assert_decoded(state, BYTES("A\0\0\0B"), "A", UTF16_ODD_LENGTH);
    assert_decoded(state, BYTES("A\0\0"), "A", UTF16_ODD_LENGTH | UTF16_UNTERMINATED);
    assert_decoded(state, BYTES("A"), "", UTF16_ODD_LENGTH | UTF16_UNTERMINATED);
}

static void what_is_behind_a_nul_is_kept_and_said(void **state)
{
    assert_decoded(state, BYTES("A\0\0\0B\0\0\0"),
                   "A\xc0\x80"
                   "B",
                   UTF16_EMBEDDED_NUL);
    assert_decoded(state, BYTES("\0\0B\0"),
                   "\xc0\x80"
                   "B",
                   UTF16_EMBEDDED_NUL | UTF16_UNTERMINATED);
}

static void surrogate_pairs_are_one_character(void **state)
{
    assert_decoded(state, BYTES("\x3d\xd8\xb3\xdc\0\0"), "\xf0\x9f\x92\xb3", 0); /* U+1F4B3 */
    assert_decoded(state, BYTES("\0\xd8\0\xdc\0\0"), "\xf0\x90\x80\x80", 0);     /* U+10000 */
    assert_decoded(state, BYTES("\xff\xdb\xff\xdf\0\0"), "\xf4\x8f\xbf\xbf", 0); /* U+10FFFF */
}

static void lone_surrogates_are_kept_and_said(void **state)
{
    assert_decoded(state, BYTES("\0\xd8\0\0"), "\xed\xa0\x80", UTF16_LONE_SURROGATE);
    assert_decoded(state, BYTES("\0\xdc\0\xd8\0\0"), "\xed\xb0\x80\xed\xa0\x80",
                   UTF16_LONE_SURROGATE);
    assert_decoded(state,
                   BYTES("\0\xd8"
                         "A\0\0\0"),
                   "\xed\xa0\x80"
                   "A",
                   UTF16_LONE_SURROGATE);
    assert_decoded(state, BYTES("\0\xd8\x3d\xd8\xb3\xdc\0\0"), "\xed\xa0\x80\xf0\x9f\x92\xb3",
                   UTF16_LONE_SURROGATE);
    assert_decoded(state, BYTES("A\0\xff\xdb"), "A\xed\xaf\xbf",
                   UTF16_LONE_SURROGATE | UTF16_UNTERMINATED);
}

static void text_becomes_utf_16_without_a_nul(void **state)
{
    struct slice bytes = utf16_encode(*state, "A\xc3\xa9\xf0\x9f\x92\xb3\xc0\x80\xed\xa0\x80");
    assert_int_equal(bytes.len, 12);
    assert_memory_equal(bytes.ptr, "A\0\xe9\0\x3d\xd8\xb3\xdc\0\0\0\xd8", 12);
    assert_int_equal(utf16_encode(*state, "").len, 0);
}

static void long_text_outside_the_basic_plane_has_room(void **state)
{
    enum { COUNT = 1000 };
    char *text = arena_alloc(*state, 4 * COUNT + 1, 1);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x92\xb3", 4);
    struct slice bytes = utf16_encode(*state, text);
    const uint8_t *next = arena_alloc(*state, 4 * COUNT, 1);
    assert_int_equal(bytes.len, 4 * COUNT);
    for (size_t i = 0; i < 4 * COUNT; i++)
        assert_int_equal(next[i], 0); /* nothing was written behind the room */
    for (size_t i = 0; i < COUNT; i++)
        assert_memory_equal(bytes.ptr + 4 * i, "\x3d\xd8\xb3\xdc", 4);
}

static uint16_t random_unit(void)
{
    static const uint16_t tricky[] = {0,      1,      0x41,   0x7f,   0x80,   0x7ff,  0x800,
                                      0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff};
    return random() % 2 ? tricky[(size_t)random() % (sizeof tricky / sizeof *tricky)]
                        : (uint16_t)random();
}

static void any_units_come_back(void **state)
{
    enum { ROUNDS = 50000, UNITS_MAX = 16 };
    unsigned seed = (unsigned)time(NULL), flaws;
    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        char bytes[2 * UNITS_MAX];
        size_t len = 2 * ((size_t)random() % (UNITS_MAX + 1));
        for (size_t i = 0; i < len; i += 2) {
            uint16_t unit = random_unit();
            bytes[i] = (char)unit;
            bytes[i + 1] = (char)(unit >> 8);
        }
        while (len && !bytes[len - 1] && !bytes[len - 2])
            len -= 2;
        void *arena = arena_new();
        char *text = decode(&arena, bytes, len, &flaws);
        struct slice back = utf16_encode(arena, text);
        assert_int_equal(back.len, len);
        if (len)
            assert_memory_equal(back.ptr, bytes, len);
        assert_int_equal(!(flaws & UTF16_LONE_SURROGATE), text_is_unicode(text));
        arena_free(arena);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_terminated_string_has_no_flaw),
        SUPPORT_TEST(a_missing_nul_is_said_and_loses_nothing),
        SUPPORT_TEST(more_nuls_than_one_are_no_flaw),
        SUPPORT_TEST(half_a_code_unit_at_the_end_is_said_and_dropped),
        SUPPORT_TEST(what_is_behind_a_nul_is_kept_and_said),
        SUPPORT_TEST(surrogate_pairs_are_one_character),
        SUPPORT_TEST(lone_surrogates_are_kept_and_said),
        SUPPORT_TEST(text_becomes_utf_16_without_a_nul),
        SUPPORT_TEST(long_text_outside_the_basic_plane_has_room),
        SUPPORT_TEST(any_units_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
