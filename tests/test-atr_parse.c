/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/atr_parse.h"

#include <string.h>

#include "base/text.h"
#include "support.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void every_usual_spelling_is_read(void **state)
{
    static const char *const spellings[] = {
        "3B0451FF0800",
        "3b0451ff0800",
        "3B 04 51 FF 08 00",
        "3B:04:51:FF:08:00",
        "3b,04,51,ff,08,00",
        "3B-04-51-FF-08-00",
        "3b, 04, 51, ff, 08, 00",
        "0x3B,0x04,0x51,0xFF,0x08,0x00",
        "0x3B 0X04 0x51 0xFF 0x08 0x00",
        "0x3B0451FF0800",
        "3B04 51FF 0800",
        "  3B\t04\t51\tFF\t08\t00 \t",
    };
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        struct slice atr;
        const char *fault = atr_parse(*state, spellings[i], &atr);
        if (fault)
            fail_msg("%s: %s", spellings[i], fault);
        assert_string_equal(text_hex(*state, atr, ""), "3b0451ff0800");
    }
}

static void what_is_no_hex_is_said(void **state)
{
    static const char *const texts[] = {
        "",      " ",     "3",     "3B0",      "3B 0 4",   "3B;04",       "3B04h",
        "3B04,", ",3B04", "3Bx04", "3B0x0x04", "Fabrikam", "3B 04 51 ..",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct slice atr;
        const char *fault = atr_parse(*state, texts[i], &atr);
        if (!fault)
            fail_msg("\"%s\" is an ATR", texts[i]);
        assert_string_equal(fault, arena_printf(*state,
                                                "got \"%s\", want an ATR in hex, such as "
                                                "3B0451FF0800",
                                                texts[i]));
    }
}

/* So many bytes of hex. */
static const char *make_hex(struct arena *arena, size_t bytes)
{
    char *text = arena_alloc(arena, 2 * bytes + 1, 1);
    memset(text, '3', 2 * bytes);
    return text;
}

static void an_atr_has_2_to_33_bytes(void **state)
{
    struct slice atr;
    assert_string_equal(atr_parse(*state, "3B", &atr), "got 1 byte, want an ATR of 2 to 33");
    assert_null(atr_parse(*state, "3B00", &atr));
    assert_null(atr_parse(*state, make_hex(*state, 33), &atr));
    assert_int_equal(atr.len, 33);
    assert_string_equal(atr_parse(*state, make_hex(*state, 34), &atr),
                        "got 34 bytes, want an ATR of 2 to 33");
}

static void a_long_text_is_shown_in_part(void **state)
{
    struct slice atr;
    const char *fault = atr_parse(*state, make_hex(*state, 100000), &atr);
    assert_true(strlen(fault) < 200);
    assert_non_null(strstr(fault, "3333...\", want"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(every_usual_spelling_is_read),
        SUPPORT_TEST(what_is_no_hex_is_said),
        SUPPORT_TEST(an_atr_has_2_to_33_bytes),
        SUPPORT_TEST(a_long_text_is_shown_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
