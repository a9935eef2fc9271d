/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/encoding.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf16.h"
#include "support.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

/* A copy of the exact size, so that a sanitizer sees a read past the end. */
static char *decode(void **state, const char *bytes, size_t len, enum encoding *encoding,
                    unsigned *flaws)
{
    uint8_t *copy = len ? malloc(len) : NULL;
    assert_true(copy || !len);
    if (len)
        memcpy(copy, bytes, len);
    char *text = encoding_decode(*state, (struct slice){.ptr = copy, .len = len}, encoding, flaws);
    free(copy);
    return text;
}

static void encodings_are_told_and_decoded(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum encoding encoding;
        const char *text;
        unsigned flaws;
    } rows[] = {
        {BYTES(""), ENCODING_UTF8, "", 0},
        {BYTES("plain"), ENCODING_UTF8, "plain", 0},
        {BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82"), ENCODING_UTF8,
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", 0},
        {BYTES("\xef\xbb\xbf"), ENCODING_UTF8_BOM, "", 0},
        {BYTES("\xef\xbb\xbf\xc3\xa9"), ENCODING_UTF8_BOM, "\xc3\xa9", 0},
        {BYTES("\xef\xbb\xbf\xe9"), ENCODING_UTF8_BOM, "\xef\xbf\xbd", 0},
        {BYTES("\xff\xfe"), ENCODING_UTF16LE, "", 0},
        {BYTES("\xff\xfe\xe9\0\x3d\xd8\x42\xde"), ENCODING_UTF16LE, "\xc3\xa9\xf0\x9f\x99\x82", 0},
        {BYTES("\xff\xfex"), ENCODING_UTF16LE, "", UTF16_ODD_LENGTH},
        {BYTES("\xff\xfex\0y"), ENCODING_UTF16LE, "x", UTF16_ODD_LENGTH},
        {BYTES("\xff\xfex\0\0\0"), ENCODING_UTF16LE, "x", UTF16_EMBEDDED_NUL},
        {BYTES("\xff\xfex\0\0\0y\0"), ENCODING_UTF16LE, "x\xc0\x80y", UTF16_EMBEDDED_NUL},
        {BYTES("\xff\xfe\0\xd8"), ENCODING_UTF16LE, "\xed\xa0\x80", 0},
        {BYTES("a\0b\0"), ENCODING_UTF8,
         "a\xc0\x80"
         "b\xc0\x80",
         UTF16_EMBEDDED_NUL},
        {BYTES("\xef\xbb\xbf\0"), ENCODING_UTF8_BOM, "\xc0\x80", UTF16_EMBEDDED_NUL},
        {BYTES("\xe9\0"), ENCODING_CP1252, "\xc3\xa9\xc0\x80", UTF16_EMBEDDED_NUL},
        {BYTES("caf\xe9"), ENCODING_CP1252, "caf\xc3\xa9", 0},
        {BYTES("\x80"), ENCODING_CP1252, "\xe2\x82\xac", 0},
        {BYTES("\xc3"), ENCODING_CP1252, "\xc3\x83", 0},
        {BYTES("\xc3\0\xa9"), ENCODING_CP1252, "\xc3\x83\xc0\x80\xc2\xa9", UTF16_EMBEDDED_NUL},
        {BYTES("\xff"), ENCODING_CP1252, "\xc3\xbf", 0},
        {BYTES("\xef\xbb"), ENCODING_CP1252, "\xc3\xaf\xc2\xbb", 0},
        /* overlong forms, halves of characters and more than Unicode has are no UTF-8 */
        {BYTES("\xc0\x80"), ENCODING_CP1252, "\xc3\x80\xe2\x82\xac", 0},
        {BYTES("\xc1\xbf"), ENCODING_CP1252, "\xc3\x81\xc2\xbf", 0},
        {BYTES("\xe0\x80\x80"), ENCODING_CP1252, "\xc3\xa0\xe2\x82\xac\xe2\x82\xac", 0},
        {BYTES("\xed\xa0\x80"), ENCODING_CP1252, "\xc3\xad\xc2\xa0\xe2\x82\xac", 0},
        {BYTES("\xed\xbf\xbf"), ENCODING_CP1252, "\xc3\xad\xc2\xbf\xc2\xbf", 0},
        {BYTES("\xed\x9f\xbf"), ENCODING_UTF8, "\xed\x9f\xbf", 0},
        {BYTES("\xf4\x90\x80\x80"), ENCODING_CP1252, "\xc3\xb4\xc2\x90\xe2\x82\xac\xe2\x82\xac", 0},
        /* UTF-16 of the other order has no mark that Windows takes */
        {BYTES("\xfe\xff"), ENCODING_CP1252, "\xc3\xbe\xc3\xbf", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum encoding encoding;
        unsigned flaws;
        char *text = decode(state, rows[i].bytes, rows[i].len, &encoding, &flaws);
        if (encoding != rows[i].encoding || flaws != rows[i].flaws)
            fail_msg("row %zu: %s, flaws %x", i, encoding_names[encoding], flaws);
        assert_string_equal(text, rows[i].text);
        assert_true(text_is_valid(text, strlen(text)));
    }
}

/* Against iconv, which knows no characters for five of them: those are controls on Windows. */
static void every_byte_of_windows_1252_has_its_character(void **state)
{
    iconv_t converter = iconv_open("UTF-8", "CP1252");
    if (converter == (iconv_t)-1)
        skip();
    for (unsigned i = 1; i < 256; i++) {
        char byte = (char)i, want[8] = "", *in = &byte, *out = want;
        size_t in_len = 1, out_len = sizeof want - 1;
        if (iconv(converter, &in, &in_len, &out, &out_len) == (size_t)-1) {
            assert_non_null(memchr("\x81\x8d\x8f\x90\x9d", byte, 5));
            want[text_put(want, i)] = 0;
        }
        struct slice one = {.ptr = (uint8_t *)&byte, .len = 1};
        assert_string_equal(encoding_decode_cp1252(*state, one), want);
    }
    iconv_close(converter);
}

/* UTF-8 as iconv takes it, NULs apart, and nothing else. */
static void what_is_utf8_for_iconv_is_utf8(void **state)
{
    static const char bytes[] = "\x01\x7f\x80\x9f\xa0\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xff";
    unsigned seed = 20241101;
    const char *wanted = getenv("HIVEAUDIT_SEED");
    if (wanted)
        seed = (unsigned)strtoul(wanted, NULL, 10);
    print_message("HIVEAUDIT_SEED=%u\n", seed);
    srand(seed);
    iconv_t converter = iconv_open("UTF-32LE", "UTF-8");
    if (converter == (iconv_t)-1)
        skip();
    for (int turn = 0; turn < 20000; turn++) {
        char source[6], wide[32], *in = source, *out = wide;
        size_t len = (size_t)(1 + rand() % 5), in_len = len, out_len = sizeof wide;
        for (size_t i = 0; i < len; i++)
            source[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
        enum encoding encoding;
        unsigned flaws;
        CLEANUP(arena) struct arena *arena = arena_new();
        void *inner = arena;
        char *text = decode(&inner, source, len, &encoding, &flaws);
        bool has_mark = len >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0;
        bool is_utf8 = iconv(converter, &in, &in_len, &out, &out_len) != (size_t)-1;
        iconv(converter, NULL, NULL, NULL, NULL);
        if (has_mark || (source[0] == '\xff' && source[1] == '\xfe'))
            continue;
        assert_int_equal(encoding, is_utf8 ? ENCODING_UTF8 : ENCODING_CP1252);
        if (is_utf8)
            assert_memory_equal(text, source, len);
    }
    iconv_close(converter);
    (void)state;
}

static void names_are_those_of_people(void **state)
{
    (void)state;
    assert_string_equal(encoding_names[ENCODING_UTF8], "UTF-8");
    assert_string_equal(encoding_names[ENCODING_UTF8_BOM], "UTF-8 with BOM");
    assert_string_equal(encoding_names[ENCODING_UTF16LE], "UTF-16LE");
    assert_string_equal(encoding_names[ENCODING_CP1252], "Windows-1252");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(encodings_are_told_and_decoded),
        SUPPORT_TEST(every_byte_of_windows_1252_has_its_character),
        SUPPORT_TEST(what_is_utf8_for_iconv_is_utf8),
        SUPPORT_TEST(names_are_those_of_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
