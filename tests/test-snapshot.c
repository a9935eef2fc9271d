/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "support.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

static void views_and_architectures_have_the_names_of_the_report(void **state)
{
    (void)state;
    assert_string_equal(view_name(VIEW_NATIVE), "native");
    assert_string_equal(view_name(VIEW_WOW6432NODE), "wow6432node");
    assert_string_equal(view_name(VIEW_WOWAA32NODE), "wowaa32node");
    assert_string_equal(view_name(VIEW_NONE), "none");
    assert_string_equal(arch_name(ARCH_UNKNOWN), "unknown");
    assert_string_equal(arch_name(ARCH_X86), "x86");
    assert_string_equal(arch_name(ARCH_AMD64), "amd64");
    assert_string_equal(arch_name(ARCH_ARM), "arm");
    assert_string_equal(arch_name(ARCH_ARM64), "arm64");
}

static void requests_for_one_key_have_one_answer(void **state)
{
    static const struct key_request requests[] = {
        {"A\\B", VIEW_NATIVE},      {"A\\B", VIEW_WOW6432NODE}, {"A", VIEW_NATIVE},
        {"a\\b", VIEW_WOW6432NODE}, {"A\\B", VIEW_WOWAA32NODE}, {"a\\B", VIEW_NATIVE},
    };
    static const size_t first[] = {0, 1, 2, 1, 4, 0};
    size_t count = sizeof first / sizeof *first;
    assert_memory_equal(key_requests_first(*state, requests, count), first, sizeof first);
}

static void a_value_is_found_in_any_letter_case(void **state)
{
    struct regval values[] = {{.name = "", .state = VALUE_OK, .type = REG_DWORD},
                              {.name = "atrMASK", .state = VALUE_WRONG_TYPE},
                              {.name = "ATR", .state = VALUE_OK}};
    struct regkey key = {.state = KEY_PRESENT, .values = values, .nvalues = 3};
    (void)state;
    assert_ptr_equal(regkey_value(&key, "ATRMask"), &values[1]);
    assert_ptr_equal(regkey_value(&key, "atr"), &values[2]);
    assert_ptr_equal(regkey_value(&key, ""), &values[0]);
}

static void a_value_that_is_not_there_is_absent(void **state)
{
    struct regval values[] = {{.name = "ATR", .state = VALUE_OK}};
    struct regkey key = {.state = KEY_PRESENT, .values = values, .nvalues = 1};
    (void)state;
    assert_int_equal(regkey_value(&key, "ATRMask")->state, VALUE_ABSENT);
    assert_int_equal(regkey_value(&key, "")->state, VALUE_ABSENT);
    key = (struct regkey){.state = KEY_ABSENT};
    assert_int_equal(regkey_value(&key, "ATR")->state, VALUE_ABSENT);
}

static void a_value_of_a_key_that_cannot_be_read_is_unreadable(void **state)
{
    struct regkey key = {.state = KEY_UNREADABLE};
    (void)state;
    assert_int_equal(regkey_value(&key, "ATR")->state, VALUE_UNREADABLE);
    struct regval values[] = {{.name = "ATR", .state = VALUE_OK}};
    key = (struct regkey){.state = KEY_UNREADABLE, .values = values, .nvalues = 1};
    assert_ptr_equal(regkey_value(&key, "ATR"), &values[0]);
    assert_int_equal(regkey_value(&key, "ATRMask")->state, VALUE_UNREADABLE);
}

static void a_dword_has_four_bytes_the_lowest_first(void **state)
{
    struct regval value = {.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\x78\x56\x34\xf2")};
    uint32_t number = 7;
    (void)state;
    assert_true(regval_dword(&value, &number));
    assert_int_equal(number, 0xf2345678);
    value.state = VALUE_WRONG_TYPE; /* not the type that a field wants, but a number */
    assert_true(regval_dword(&value, &number));
}

static void what_is_no_dword_is_refused(void **state)
{
    static const struct regval values[] = {
        {.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\1\0\0")},
        {.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\1\0\0\0\0")},
        {.state = VALUE_OK, .type = REG_DWORD, .raw = {NULL, 0}},
        {.state = VALUE_OK, .type = REG_BINARY, .raw = BYTES("\1\0\0\0")},
        {.state = VALUE_OK, .type = REG_DWORD_BIG_ENDIAN, .raw = BYTES("\0\0\0\1")},
        {.state = VALUE_OK, .type = REG_QWORD, .raw = BYTES("\1\0\0\0\0\0\0\0")},
        {.state = VALUE_OK, .type = REG_SZ, .raw = BYTES("1\0\0\0"), .text = "1"},
        {.state = VALUE_ABSENT, .type = REG_DWORD, .raw = BYTES("\1\0\0\0")},
        {.state = VALUE_UNREADABLE, .type = REG_DWORD, .raw = BYTES("\1\0\0\0")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        uint32_t number = 4711;
        assert_false(regval_dword(&values[i], &number));
        assert_int_equal(number, 4711);
    }
}

static void numbers_have_three_types(void **state)
{
    static const struct {
        struct regval value;
        uint64_t number;
    } cases[] = {
        {{.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\1\2\3\4")}, 0x04030201},
        {{.state = VALUE_OK, .type = REG_DWORD_BIG_ENDIAN, .raw = BYTES("\1\2\3\4")}, 0x01020304},
        {{.state = VALUE_OK, .type = REG_QWORD, .raw = BYTES("\1\2\3\4\5\6\7\xf8")},
         UINT64_C(0xf807060504030201)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t number;
        assert_true(regval_number(&cases[i].value, &number));
        assert_int_equal(number, cases[i].number);
        struct regval value = cases[i].value;
        value.raw.len--;
        assert_false(regval_number(&value, &number));
    }
    struct regval value = {.state = VALUE_OK, .type = REG_QWORD, .raw = BYTES("\1\2\3\4")};
    uint64_t number;
    assert_false(regval_number(&value, &number));
    value.type = REG_BINARY;
    assert_false(regval_number(&value, &number));
}

static void a_value_is_shown_so_that_its_type_can_be_told(void **state)
{
    static const struct {
        struct regval value;
        const char *shown;
    } cases[] = {
        {{.state = VALUE_ABSENT}, "absent"},
        {{.state = VALUE_UNREADABLE, .type = REG_SZ}, "unreadable"},
        {{.state = VALUE_OK, .type = REG_SZ, .text = "basecsp.dll"}, "\"basecsp.dll\""},
        {{.state = VALUE_OK, .type = REG_SZ, .text = ""}, "\"\""},
        {{.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\1\0\0\0")}, "REG_DWORD 1"},
        {{.state = VALUE_OK, .type = REG_DWORD_BIG_ENDIAN, .raw = BYTES("\0\0\0\1")},
         "REG_DWORD_BIG_ENDIAN 1"},
        {{.state = VALUE_OK, .type = REG_QWORD, .raw = BYTES("\0\0\0\0\1\0\0\0")},
         "REG_QWORD 4294967296"},
        {{.state = VALUE_OK, .type = REG_DWORD, .raw = BYTES("\1\0")}, "REG_DWORD 01 00"},
        {{.state = VALUE_OK, .type = REG_BINARY, .raw = BYTES("\x3b\x04")}, "3b 04"},
        {{.state = VALUE_OK, .type = REG_BINARY}, "of no bytes"},
        {{.state = VALUE_WRONG_TYPE, .type = REG_MULTI_SZ, .raw = BYTES("A\0")},
         "REG_MULTI_SZ 41 00"},
        {{.state = VALUE_OK, .type = 0x1234, .raw = BYTES("\xff")}, "type 0x1234 ff"},
        {{.state = VALUE_OK, .type = REG_NONE}, "REG_NONE of no bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(regval_show(*state, &cases[i].value), cases[i].shown);
}

/* A REG_SZ where bytes are wanted is still shown as what it is. */
static void text_of_the_wrong_type_is_shown_as_text(void **state)
{
    struct regval value = {
        .state = VALUE_WRONG_TYPE, .type = REG_SZ, .text = "3B 04", .raw = BYTES("3\0B\0")};
    assert_non_null(strstr(regval_show(*state, &value), "\"3B 04\""));
}

static void long_data_is_cut_and_says_so(void **state)
{
    uint8_t bytes[1000] = {0xab};
    struct regval value = {.state = VALUE_OK, .type = REG_BINARY, .raw = {bytes, sizeof bytes}};
    const char *shown = regval_show(*state, &value);
    assert_int_equal(strncmp(shown, "ab 00 00 ", 9), 0);
    assert_string_equal(shown + strlen(shown) - 6, "00 ...");
    assert_true(strlen(shown) < 200);
    value.raw.len = 33; /* an ATR is always whole */
    assert_null(strstr(regval_show(*state, &value), "..."));
}

static void types_are_named_as_windows_does(void **state)
{
    static const char *const names[] = {
        "REG_NONE",
        "REG_SZ",
        "REG_EXPAND_SZ",
        "REG_BINARY",
        "REG_DWORD",
        "REG_DWORD_BIG_ENDIAN",
        "REG_LINK",
        "REG_MULTI_SZ",
        "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST",
        "REG_QWORD",
    };
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(regtype_name(*state, i), names[i]);
    assert_string_equal(regtype_name(*state, 12), "type 0xc");
    assert_string_equal(regtype_name(*state, 0xffffffff), "type 0xffffffff");
}

/* A hive may hold its subkeys in any order, and a name twice: then the first one counts. */
static void a_subkey_is_found_by_its_name(void **state)
{
    struct origin subkeys[] = {{.name = "m"}, {.name = "B"}, {.name = "\xc3\xa9"},
                               {.name = "b"}, {.name = ""},  {.name = "z"}};
    struct regkey key = {.state = KEY_PRESENT, .subkeys = subkeys, .nsubkeys = 6};
    regkey_index_subkeys(*state, &key);
    assert_int_equal(regkey_find_subkey(&key, "M"), 0);
    assert_int_equal(regkey_find_subkey(&key, "b"), 1);
    assert_int_equal(regkey_find_subkey(&key, "\xc3\x89"), 2);
    assert_int_equal(regkey_find_subkey(&key, ""), 4);
    assert_int_equal(regkey_find_subkey(&key, "Z"), 5);
    assert_true(regkey_find_subkey(&key, "a") == SIZE_MAX);
    assert_true(regkey_find_subkey(&key, "zz") == SIZE_MAX);
    assert_true(regkey_find_subkey(&(struct regkey){0}, "a") == SIZE_MAX);
}

/* Random names against a search from one end to the other. */
static void subkeys_are_found_whatever_their_order(void **state)
{
    for (unsigned seed = 1; seed <= 200; seed++) {
        struct origin subkeys[40];
        struct regkey key = {.subkeys = subkeys, .nsubkeys = seed % 41};
        srand(seed);
        for (size_t i = 0; i < key.nsubkeys; i++)
            subkeys[i] = (struct origin){.name = arena_printf(*state, "%x", rand() % 64)};
        regkey_index_subkeys(*state, &key);
        for (int name = 0; name < 64; name++) {
            const char *wanted = arena_printf(*state, "%X", name);
            size_t first = 0;
            while (first < key.nsubkeys && strcasecmp(subkeys[first].name, wanted) != 0)
                first++;
            size_t found = regkey_find_subkey(&key, wanted);
            if (found != (first < key.nsubkeys ? first : SIZE_MAX))
                fail_msg("seed %u: \"%s\" is at %zu, not at %zu", seed, wanted, first, found);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(views_and_architectures_have_the_names_of_the_report),
        SUPPORT_TEST(requests_for_one_key_have_one_answer),
        SUPPORT_TEST(a_value_is_found_in_any_letter_case),
        SUPPORT_TEST(a_subkey_is_found_by_its_name),
        SUPPORT_TEST(subkeys_are_found_whatever_their_order),
        SUPPORT_TEST(a_value_that_is_not_there_is_absent),
        SUPPORT_TEST(a_value_of_a_key_that_cannot_be_read_is_unreadable),
        SUPPORT_TEST(a_dword_has_four_bytes_the_lowest_first),
        SUPPORT_TEST(what_is_no_dword_is_refused),
        SUPPORT_TEST(numbers_have_three_types),
        SUPPORT_TEST(a_value_is_shown_so_that_its_type_can_be_told),
        SUPPORT_TEST(text_of_the_wrong_type_is_shown_as_text),
        SUPPORT_TEST(long_data_is_cut_and_says_so),
        SUPPORT_TEST(types_are_named_as_windows_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
