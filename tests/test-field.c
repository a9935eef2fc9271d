/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/field.h"

#include <string.h>

#include "support.h"

/* The values of a Calais\SmartCards entry as Windows and its documentation name them. */
static void the_table_names_the_values_that_windows_reads(void **state)
{
    static const struct {
        const char *value;
        uint32_t type;
    } wanted[NCARD_FIELDS] = {
        [CARD_ATR] = {"ATR", 3},
        [CARD_ATR_MASK] = {"ATRMask", 3},
        [CARD_CSP] = {"Crypto Provider", 1},
        [CARD_KSP] = {"Smart Card Key Storage Provider", 1},
        [CARD_MODULE] = {"80000001", 1},
        [CARD_PRIMARY_PROVIDER] = {"Primary Provider", 3},
        [CARD_SUPPORTED_INTERFACES] = {"Supported Interfaces", 3},
        [CARD_INSTALLED_BY] = {"InstalledBy", 1},
    };
    (void)state;
    for (int i = 0; i < NCARD_FIELDS; i++) {
        assert_string_equal(card_fields[i].value, wanted[i].value);
        assert_int_equal(card_fields[i].type, wanted[i].type);
    }
}

/* Types are numbers of winnt.h. */
static void types_have_the_numbers_of_windows(void **state)
{
    (void)state;
    assert_int_equal(REG_NONE, 0);
    assert_int_equal(REG_SZ, 1);
    assert_int_equal(REG_EXPAND_SZ, 2);
    assert_int_equal(REG_BINARY, 3);
    assert_int_equal(REG_DWORD, 4);
    assert_int_equal(REG_DWORD_BIG_ENDIAN, 5);
    assert_int_equal(REG_LINK, 6);
    assert_int_equal(REG_MULTI_SZ, 7);
    assert_int_equal(REG_QWORD, 11);
}

static void text_may_have_variables_in_it(void **state)
{
    (void)state;
    assert_true(field_takes_type(&card_fields[CARD_MODULE], REG_SZ));
    assert_true(field_takes_type(&card_fields[CARD_MODULE], REG_EXPAND_SZ));
    assert_false(field_takes_type(&card_fields[CARD_MODULE], REG_MULTI_SZ));
    assert_false(field_takes_type(&card_fields[CARD_MODULE], REG_BINARY));
    assert_false(field_takes_type(&card_fields[CARD_MODULE], REG_LINK));
}

static void an_atr_is_nothing_but_binary(void **state)
{
    (void)state;
    assert_true(field_takes_type(&card_fields[CARD_ATR], REG_BINARY));
    for (uint32_t type = 0; type < 20; type++)
        assert_int_equal(field_takes_type(&card_fields[CARD_ATR], type), type == REG_BINARY);
    assert_false(field_takes_type(&card_fields[CARD_ATR], 0xffff0003));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_table_names_the_values_that_windows_reads),
        SUPPORT_TEST(types_have_the_numbers_of_windows),
        SUPPORT_TEST(text_may_have_variables_in_it),
        SUPPORT_TEST(an_atr_is_nothing_but_binary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
