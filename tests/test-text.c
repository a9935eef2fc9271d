/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/text.h"

#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

#include "support.h"

#define FFFD "\xef\xbf\xbd"

/* Text of bytes that lie in memory of exactly their size, so that a sanitizer sees a read past
 * their end. */
static char *from_utf8(void **state, const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    char *text = text_from_utf8(*state, copy, len);
    free(copy);
    return text;
}

/* The first code point of a text that lies in memory of exactly its size. */
static uint32_t first_code(const char *bytes, size_t *step)
{
    char *copy = strdup(bytes);
    assert_non_null(copy);
    const char *p = copy;
    uint32_t code = text_next(&p);
    *step = (size_t)(p - copy);
    free(copy);
    return code;
}

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x110000; code++) {
        char bytes[8] = {0};
        const char *p = bytes;
        size_t len = text_put(bytes, code);
        assert_true(len <= 4);
        assert_int_equal(text_next(&p), code);
        assert_int_equal(p - bytes, len);
        assert_int_equal(text_next(&p), 0);
        assert_int_equal(p - bytes, len);
    }
}

/* The C library is the judge. */
static void text_of_unicode_is_utf_8(void **state)
{
    (void)state;
    if (!setlocale(LC_ALL, "C.UTF-8"))
        skip();
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        char ours[8] = {0}, theirs[16] = {0};
        mbstate_t shift = {0};
        assert_int_equal(wcrtomb(theirs, (wchar_t)code, &shift), text_put(ours, code));
        assert_string_equal(ours, theirs);
    }
    setlocale(LC_ALL, "C");
}

static void nul_and_lone_surrogates_have_a_form_of_their_own(void **state)
{
    (void)state;
    char bytes[4];
    assert_int_equal(text_put(bytes, TEXT_NUL), 2);
    assert_memory_equal(bytes, "\xc0\x80", 2);
    assert_int_equal(text_put(bytes, 0xd800), 3);
    assert_memory_equal(bytes, "\xed\xa0\x80", 3);
    assert_int_equal(text_put(bytes, 0xdfff), 3);
    assert_memory_equal(bytes, "\xed\xbf\xbf", 3);
}

static void nuls_among_bytes_become_text(void **state)
{
    assert_string_equal(from_utf8(state, "\0a\0\0", 4), "\xc0\x80"
                                                        "a\xc0\x80\xc0\x80");
    assert_string_equal(from_utf8(state, "", 0), "");
    assert_string_equal(text_from_utf8(*state, NULL, 0), "");
}

static void utf_8_passes_unchanged(void **state)
{
    static const char *const texts[] = {
        "Identity Device (NIST SP 800-73 [PIV])",
        "caf\xc3\xa9 \xd0\x9a\xd0\xb0\xd1\x80\xd1\x82\xd0\xb0 \xe5\x8d\xa1 \xf0\x9f\x92\xb3",
        "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(from_utf8(state, texts[i], strlen(texts[i])), texts[i]);
}

/* Each byte that fits nothing is one U+FFFD. */
static void bytes_that_are_not_utf_8_become_replacement_characters(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        {"\x80", FFFD},
        {"\xbf", FFFD},
        {"a\xff"
         "b",
         "a" FFFD "b"},
        {"\xfe\xff", FFFD FFFD},
        {"\xc0\x80", FFFD FFFD}, /* an overlong NUL is not ours to take */
        {"\xc1\xbf", FFFD FFFD}, /* overlong */
        {"\xe0\x80\xaf", FFFD FFFD FFFD},
        {"\xe0\x9f\xbf", FFFD FFFD FFFD},
        {"\xf0\x80\x80\xaf", FFFD FFFD FFFD FFFD},
        {"\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD},
        {"\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD}, /* U+110000 */
        {"\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD},
        {"\xc3", FFFD}, /* cut short */
        {"\xe2\x82", FFFD FFFD},
        {"\xf0\x9f\x92", FFFD FFFD FFFD},
        {"\xc3(", FFFD "("}, /* cut short by other text */
        {"\xe2\x82(", FFFD FFFD "("},
        {"\xe2(\xa1", FFFD "(" FFFD},
        {"\xf0\x9f\x92x", FFFD FFFD FFFD "x"},
        {"\xe2\xc3\xa9", FFFD "\xc3\xa9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(from_utf8(state, cases[i].bytes, strlen(cases[i].bytes)),
                            cases[i].text);
}

static void a_text_that_ends_within_a_character_is_not_overread(void **state)
{
    static const char *const texts[] = {"\xc3",         "\xe2",     "\xe2\x82", "\xf0",
                                        "\xf0\x9f",     "\xc0",     "\xff",     "\x80",
                                        "\xf0\x9f\x92", "\xed\xa0", "\xf4\x90", "\xc1"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t step;
        assert_int_equal(first_code(texts[i], &step), 0xfffd);
        assert_int_equal(step, 1);
    }
}

static void any_bytes_make_a_sound_text(void **state)
{
    enum { ROUNDS = 20000, LEN_MAX = 24 };
    static const unsigned char tricky[] = {0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                           0xe0, 0xed, 0xa0, 0xef, 0xf0, 0xf4, 0xf5, 0xff, 0x9f};
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        char bytes[LEN_MAX];
        size_t len = (size_t)random() % (LEN_MAX + 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(random() % 2 ? tricky[(size_t)random() % sizeof tricky]
                                           : (unsigned char)random());
        struct arena *arena = arena_new();
        void *own = arena;
        char *copy = strdup(from_utf8(&own, bytes, len));
        assert_non_null(copy);
        size_t codes = 0;
        for (const char *p = copy; text_next(&p);)
            codes++;
        assert_true(codes <= len);
        assert_true(text_equal(copy, copy));
        for (const char *p = text_escape(arena, copy); *p; p++)
            assert_false(iscntrl((unsigned char)*p));
        text_is_unicode(copy);
        assert_true(text_is_valid(copy, strlen(copy)));
        free(copy);
        arena_free(arena);
    }
    (void)state;
}

static bool is_valid(const char *bytes)
{
    return text_is_valid(bytes, strlen(bytes));
}

static void what_decodes_without_loss_is_valid_text(void **state)
{
    (void)state;
    assert_true(text_is_valid(NULL, 0));
    assert_true(is_valid("a\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb3"));
    assert_true(
        is_valid("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    assert_true(is_valid(FFFD));
    assert_true(is_valid("a\xc0\x80z\xc0\x80"));
    assert_true(is_valid("\xed\xa0\x80\xed\xbf\xbf"));
}

static void what_is_lost_in_decoding_is_no_valid_text(void **state)
{
    static const char *const texts[] = {
        "\x80",         "\xbf",     "\xc0",         "\xc0\x81",         "\xc1\xbf",
        "a\xc3",        "\xc3z",    "\xe0\x9f\xbf", "\xe2\x82",         "\xe2\xc0\x80",
        "\xf0\x9f\x92", "\xf5\x80", "\xff",         "\xf4\x90\x80\x80", "\xf0\x8f\xbf\xbf",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_valid(texts[i]))
            fail_msg("case %zu", i);
    assert_false(text_is_valid("", 1));
    assert_false(text_is_valid("a\0b", 3));
    assert_false(text_is_valid("a\xc0\x80", 2)); /* what stands behind the length does not count */
    assert_false(text_is_valid("\xe2\x82\xac", 2));
}

static void only_lone_surrogates_are_not_unicode(void **state)
{
    (void)state;
    assert_true(text_is_unicode(""));
    assert_true(text_is_unicode("a\xc0\x80z\xc3\xa9\xf0\x9f\x92\xb3\xee\x80\x80\xed\x9f\xbf"));
    assert_false(text_is_unicode("a\xed\xa0\x80"));
    assert_false(text_is_unicode("\xed\xbf\xbf"
                                 "b"));
}

static void ordinary_text_is_not_escaped(void **state)
{
    static const char *const texts[] = {
        "",
        "Microsoft\\Cryptography\\Calais\\SmartCards\\x",
        "C:\\new\\table\\x1b\\u202e",
        "Identity Device (NIST SP 800-73 [PIV]) \"'%s%n~`$",
        "caf\xc3\xa9 \xc2\xa0 \xc3\xbf \xd0\x96 \xce\xa9 \xe5\x8d\xa1 \xf0\x9f\x92\xb3 \xd7\x90",
        FFFD,
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(text_escape(*state, texts[i]), texts[i]);
}

static void text_that_would_act_on_a_terminal_is_escaped(void **state)
{
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"a\033[31mb", "a\\x1b[31mb"},
        {"\a\b\t\n\v\f\r", "\\x07\\x08\\x09\\x0a\\x0b\\x0c\\x0d"},
        {"\x01\x1f\x7f", "\\x01\\x1f\\x7f"},
        {"\xc2\x80\xc2\x85\xc2\x9b\xc2\x9f", "\\x80\\x85\\x9b\\x9f"},
        {"a\xc0\x80z", "a\\x00z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_escape(*state, cases[i].text), cases[i].escaped);
}

static const char *escape_code(void **state, uint32_t code)
{
    char bytes[8] = {0};
    text_put(bytes, code);
    return text_escape(*state, bytes);
}

static void marks_that_reorder_or_hide_text_are_escaped(void **state)
{
    static const uint32_t codes[] = {
        0x061c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c,
        0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, /* bidi */
        0x200b, 0x200c, 0x200d, 0x2060,                 /* zero width */
        0xfeff, 0x00ad, 0x2028, 0x2029, /* byte order mark, soft hyphen, separators */
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_string_equal(
            escape_code(state, codes[i]),
            arena_printf(*state, codes[i] < 0x100 ? "\\x%02x" : "\\u%04x", codes[i]));
    assert_string_equal(escape_code(state, 0xe0001), "\\U000e0001");
    assert_string_equal(escape_code(state, 0xe007f), "\\U000e007f");
    assert_string_equal(escape_code(state, 0xe0100), "\\U000e0100");
}

/* The Unicode property Default_Ignorable_Code_Point: shown as nothing at all, so that two names
 * that differ in them look the same. */
static void characters_that_are_shown_as_nothing_are_escaped(void **state)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xad, 0xad},       {0x34f, 0x34f},   {0x61c, 0x61c},     {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180f}, {0x200b, 0x200f},   {0x202a, 0x202e},
        {0x2060, 0x206f},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
        {0xffa0, 0xffa0},   {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (uint32_t code = ranges[i].first; code <= ranges[i].last; code++)
            if (*escape_code(state, code) != '\\')
                fail_msg("U+%04X is not escaped", code);
}

static void lone_surrogates_are_escaped(void **state)
{
    assert_string_equal(text_escape(*state, "a\xed\xa0\x80z\xed\xbf\xbf"), "a\\ud800z\\udfff");
}

static void prose_is_broken_between_words(void **state)
{
    assert_string_equal(text_wrap(*state, "", 4, 20), "");
    assert_string_equal(text_wrap(*state, "one two", 4, 20), "one two");
    assert_string_equal(text_wrap(*state, "  one \n two  ", 4, 20), "one two");
    assert_string_equal(text_wrap(*state, "one two three", 2, 9), "one two\n  three");
    assert_string_equal(text_wrap(*state, "one two three", 2, 8), "one\n  two\n  three");
    assert_string_equal(text_wrap(*state, "a verylongword b", 3, 5), "a\n   verylongword\n   b");
}

static void wrapped_prose_has_room(void **state)
{
    enum { COUNT = 1000 };
    char *prose = arena_alloc(*state, 2 * COUNT + 1, 1);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(prose + 2 * i, "w ", 2);
    const char *wrapped = text_wrap(*state, prose, 50, 51);
    const char *next = arena_alloc(*state, 1000, 1);
    assert_int_equal(strlen(wrapped), COUNT + (COUNT - 1) * 51);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(next[i], 0); /* nothing was written behind the room */
}

static void letter_case_does_not_count(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"microsoft", "MICROSOFT"},
        {"WOW6432node", "Wow6432Node"},
        {"ATRMask", "atrmASK"},
        {"\xc3\xa9\xc3\xa0\xc3\xbe", "\xc3\x89\xc3\x80\xc3\x9e"}, /* Latin-1 */
        {"\xc3\xbf", "\xc5\xb8"},                                 /* U+00FF, U+0178 */
        {"\xc4\x8d\xc5\x99\xc5\xbe", "\xc4\x8c\xc5\x98\xc5\xbd"}, /* Czech */
        {"\xce\xb1\xce\xb2\xcf\x83\xcf\x89", "\xce\x91\xce\x92\xce\xa3\xce\xa9"}, /* Greek */
        {"\xd0\xba\xd0\xb0\xd1\x80\xd1\x82", "\xd0\x9a\xd0\x90\xd0\xa0\xd0\xa2"}, /* Cyrillic */
        {"\xd1\x91\xd1\x96", "\xd0\x81\xd0\x86"}, /* U+0451, U+0456 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(text_equal(pairs[i][0], pairs[i][1]));
        assert_true(text_equal(pairs[i][1], pairs[i][0]));
        assert_int_equal(text_compare(pairs[i][0], pairs[i][1]), 0);
    }
}

/* Every letter of Latin-1, Greek (with its accents) and Cyrillic, by the tables of the C library.
 */
static void letters_equal_their_capitals(void **state)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x61, 0x7a}, {0xe0, 0xff}, {0x3ac, 0x3ce}, {0x430, 0x45f}};
    (void)state;
    if (!setlocale(LC_ALL, "C.UTF-8"))
        skip();
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (uint32_t code = ranges[i].first; code <= ranges[i].last; code++) {
            char lower[8] = {0}, upper[8] = {0};
            text_put(lower, code);
            text_put(upper, (uint32_t)towupper((wint_t)code));
            if (!text_equal(lower, upper))
                fail_msg("U+%04X does not equal U+%04X", code, (uint32_t)towupper((wint_t)code));
        }
    setlocale(LC_ALL, "C");
}

static void characters_that_are_no_pair_differ(void **state)
{
    static const char *const pairs[][2] = {
        {"a", "b"},
        {"a", "ab"},
        {"[", "{"},
        {"@", "`"},
        {"\xc3\x97", "\xc3\xb7"}, /* multiplication and division signs */
        {"\xc3\x9f", "ss"},       /* sharp s: the registry maps single characters */
        {"\xc3\x9f", "\xc3\xbf"},
        {"i", "\xc4\xb1"}, /* dotless i */
        {"i", "\xc4\xb0"}, /* capital I with dot */
        {"e", "\xc3\xa9"},
        {"a", "\xd0\xb0"}, /* Latin and Cyrillic */
        {"a\xc0\x80", "a"},
        {"\xed\xa0\x80", "\xed\xa0\x81"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_false(text_equal(pairs[i][0], pairs[i][1]));
        assert_int_equal(text_compare(pairs[i][0], pairs[i][1]),
                         -text_compare(pairs[i][1], pairs[i][0]));
    }
}

/* As NT sorts subkeys: by their upper-case names. */
static void names_sort_by_their_capitals(void **state)
{
    static const char *const sorted[] = {
        "",   "\x01", "-", "0", "A",        "aa",       "B",
        "b0", "[",    "_", "{", "\xc3\xa9", "\xd0\xb0", "\xf0\x9f\x92\xb3",
    };
    size_t count = sizeof sorted / sizeof *sorted;
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(text_compare(sorted[i], sorted[j]), i < j ? -1 : i > j);
}

static void bytes_are_shown_as_hex_pairs(void **state)
{
    static const uint8_t bytes[] = {0x3b, 0x04, 0x51, 0xff, 0x00};
    struct slice slice = {.ptr = bytes, .len = sizeof bytes};
    assert_string_equal(text_hex(*state, slice, " "), "3b 04 51 ff 00");
    assert_string_equal(text_hex(*state, slice, ""), "3b0451ff00");
    assert_string_equal(text_hex(*state, slice, ", "), "3b, 04, 51, ff, 00");
    assert_string_equal(text_hex(*state, (struct slice){.ptr = bytes, .len = 1}, " "), "3b");
    assert_string_equal(text_hex(*state, (struct slice){0}, " "), "");
}

static void hex_is_read_in_any_usual_spelling(void **state)
{
    static const char *const spellings[] = {"3B0451FF",      "3b0451ff",    "3B 04 51 FF",
                                            "3b:04:51:ff",   "3b,04,51,ff", "3B-04-51-Ff",
                                            "3b, 04, 51, ff"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct slice bytes;
        assert_true(text_parse_hex(*state, spellings[i], &bytes));
        assert_int_equal(bytes.len, 4);
        assert_memory_equal(bytes.ptr, "\x3b\x04\x51\xff", 4);
    }
}

static void what_is_no_hex_is_refused(void **state)
{
    static const char *const texts[] = {"",      "3",      "3b0",   "3b 0", "3g",        "g3",
                                        "3b 4",  "3b 04 ", " 3b04", ",",    "0x3b",      "3b04h",
                                        "3b/04", "3b\t04", "3 b04", "\xff", "3\xc3\xa9", "3b..04"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct slice bytes;
        char *copy = strdup(texts[i]);
        assert_non_null(copy);
        if (text_parse_hex(*state, copy, &bytes))
            fail_msg("\"%s\" was taken for hex", texts[i]);
        free(copy);
    }
}

/* Counted with another program's calendar. */
static void filetimes_are_iso_8601_in_utc_with_seven_digits(void **state)
{
    static const struct {
        int64_t filetime;
        const char *text;
    } cases[] = {
        {129783058347342920, "2012-04-07T20:57:14.7342920Z"}, /* win7-x86 of the corpus */
        {130216580842042425, "2013-08-22T15:14:44.2042425Z"}, /* win81-x64 */
        {133594528891234567, "2024-05-06T07:08:09.1234567Z"},
        {133537247999999999, "2024-02-29T23:59:59.9999999Z"},
        {125962992000000001, "2000-02-29T12:00:00.0000001Z"},
        {137919572485000000, "2038-01-19T03:14:08.5000000Z"},
        {157520160000000000, "2100-03-01T00:00:00.0000000Z"},
        {119600064000000000, "1980-01-01T00:00:00.0000000Z"},
        {189025919999999999, "2199-12-31T23:59:59.9999999Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(text_filetime(*state, cases[i].filetime), cases[i].text);
}

static void absurd_filetimes_are_shown_raw(void **state)
{
    assert_string_equal(text_filetime(*state, 0), "0");
    assert_string_equal(text_filetime(*state, 1), "1");
    assert_string_equal(text_filetime(*state, -1), "-1");
    assert_string_equal(text_filetime(*state, 116444736000000000), "116444736000000000"); /* 1970 */
    assert_string_equal(text_filetime(*state, 119600063999999999), "119600063999999999");
    assert_string_equal(text_filetime(*state, 189025920000000000), "189025920000000000");
    assert_string_equal(text_filetime(*state, INT64_MAX), "9223372036854775807");
    assert_string_equal(text_filetime(*state, INT64_MIN), "-9223372036854775808");
}

static void filetimes_are_whole_seconds_since_1970_or_none(void **state)
{
    int64_t seconds;
    (void)state;
    assert_true(text_filetime_seconds(133594528891234567, &seconds)); /* 2024-05-06T07:08:09.12 */
    assert_int_equal(seconds, 1714979289);
    assert_true(text_filetime_seconds(119600064000000000, &seconds));
    assert_int_equal(seconds, 315532800);
    assert_false(text_filetime_seconds(119600063999999999, &seconds));
    assert_true(text_filetime_seconds(189025919999999999, &seconds));
    assert_false(text_filetime_seconds(189025920000000000, &seconds));
    assert_false(text_filetime_seconds(0, &seconds));
    assert_false(text_filetime_seconds(INT64_MIN, &seconds));
    assert_false(text_filetime_seconds(INT64_MAX, &seconds));
}

/* No clock, no zone: the same evidence gives the same report anywhere. */
static void filetimes_do_not_depend_on_the_time_zone(void **state)
{
    setenv("TZ", "America/New_York", 1);
    tzset();
    assert_string_equal(text_filetime(*state, 133594528891234567), "2024-05-06T07:08:09.1234567Z");
    unsetenv("TZ");
    tzset();
}

static void capitals_are_the_same_bytes_where_texts_are_equal(void **state)
{
    static const char *const texts[] = {
        "",
        "a",
        "A",
        "b",
        "aB",
        "Ab",
        "[]{}",
        "\xc3\xa4",
        "\xc3\x84",
        "\xc3\xbf",
        "\xc5\xb8",
        "\xcf\x82",
        "\xcf\x83",
        "\xc0\x80",
        "\xed\xa0\x80",
        "\xff",
        "\xef\xbf\xbd",
    };
    size_t count = sizeof texts / sizeof *texts;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(
                text_equal(texts[i], texts[j]),
                strcmp(text_capitals(*state, texts[i]), text_capitals(*state, texts[j])) == 0);
}

static void names_are_told_apart_by_their_hashes(void **state)
{
    enum { NAMES = 10000, SLOTS = 1 << 20 };
    uint8_t *counts = arena_alloc(*state, SLOTS, 1);
    size_t crowded = 0;
    for (int i = 0; i < NAMES; i++) {
        uint32_t hash = text_hash(arena_printf(*state, "card %d", i));
        assert_int_equal(hash, text_hash(arena_printf(*state, "CARD %d", i)));
        crowded += ++counts[hash % SLOTS] > 4;
    }
    assert_int_equal(crowded, 0);
}

/* Texts of which each has the same FNV-1a as the other: with three such parts there are 8 of one
 * hash, with 16 of them 65,536. */
static void no_names_can_be_made_to_fall_together(void **state)
{
    static const char *const parts[][2] = {
        {"AN64Z", "ARIHE"}, {"CM5YH", "CQJCA"}, {"AK2TX", "AWC0A"}};
    uint32_t first = text_hash("AN64ZCM5YHAK2TX");
    for (int i = 1; i < 8; i++)
        assert_int_not_equal(first,
                             text_hash(arena_printf(*state, "%s%s%s", parts[0][i & 1],
                                                    parts[1][i >> 1 & 1], parts[2][i >> 2])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(every_code_point_comes_back),
        SUPPORT_TEST(text_of_unicode_is_utf_8),
        SUPPORT_TEST(nul_and_lone_surrogates_have_a_form_of_their_own),
        SUPPORT_TEST(nuls_among_bytes_become_text),
        SUPPORT_TEST(utf_8_passes_unchanged),
        SUPPORT_TEST(bytes_that_are_not_utf_8_become_replacement_characters),
        SUPPORT_TEST(a_text_that_ends_within_a_character_is_not_overread),
        SUPPORT_TEST(any_bytes_make_a_sound_text),
        SUPPORT_TEST(what_decodes_without_loss_is_valid_text),
        SUPPORT_TEST(what_is_lost_in_decoding_is_no_valid_text),
        SUPPORT_TEST(only_lone_surrogates_are_not_unicode),
        SUPPORT_TEST(ordinary_text_is_not_escaped),
        SUPPORT_TEST(text_that_would_act_on_a_terminal_is_escaped),
        SUPPORT_TEST(marks_that_reorder_or_hide_text_are_escaped),
        SUPPORT_TEST(characters_that_are_shown_as_nothing_are_escaped),
        SUPPORT_TEST(lone_surrogates_are_escaped),
        SUPPORT_TEST(prose_is_broken_between_words),
        SUPPORT_TEST(wrapped_prose_has_room),
        SUPPORT_TEST(letter_case_does_not_count),
        SUPPORT_TEST(letters_equal_their_capitals),
        SUPPORT_TEST(characters_that_are_no_pair_differ),
        SUPPORT_TEST(names_sort_by_their_capitals),
        SUPPORT_TEST(bytes_are_shown_as_hex_pairs),
        SUPPORT_TEST(hex_is_read_in_any_usual_spelling),
        SUPPORT_TEST(what_is_no_hex_is_refused),
        SUPPORT_TEST(filetimes_are_iso_8601_in_utc_with_seven_digits),
        SUPPORT_TEST(absurd_filetimes_are_shown_raw),
        SUPPORT_TEST(filetimes_are_whole_seconds_since_1970_or_none),
        SUPPORT_TEST(filetimes_do_not_depend_on_the_time_zone),
        SUPPORT_TEST(names_are_told_apart_by_their_hashes),
        SUPPORT_TEST(no_names_can_be_made_to_fall_together),
        SUPPORT_TEST(capitals_are_the_same_bytes_where_texts_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
