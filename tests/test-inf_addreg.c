/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_addreg.h"

#include <string.h>

#include "infs.h"

#define DATA(literal) (literal), sizeof(literal) - 1

static struct inf read_lines(void **state, const char *lines)
{
    struct inf inf = inf_read(*state, arena_printf(*state, "[R]\n%s\n", lines));
    assert_int_equal(inf.nproblems, 0);
    inf_read_writes(&inf, inf_find(&inf, "R"));
    inf_read_writes(&inf, inf_find(&inf, "R")); /* the second time does nothing */
    return inf;
}

/* The write of a line without problems. */
static const struct inf_write *read_write(void **state, const char *line)
{
    struct inf inf = read_lines(state, line);
    if (inf.nproblems)
        fail_msg("%s: %s", line, inf.problems[0].message);
    assert_int_equal(inf_find(&inf, "R")->nwrites, 1);
    return &inf_find(&inf, "R")->writes[0];
}

/* A line "HKLM,k,v," and what follows has such a value. */
static void assert_value(void **state, const char *rest, uint32_t type, const char *data,
                         size_t len)
{
    const struct inf_write *write = read_write(state, arena_printf(*state, "HKLM,k,v,%s", rest));
    assert_true(write->has_value);
    assert_string_equal(write->value.name, "v");
    infs_check_data(&write->value, type, data, len);
}

/* A line has one problem, in line 2. */
static void assert_problem(void **state, const char *line, enum text_fault fault, unsigned column,
                           const char *message, size_t nwrites)
{
    struct inf inf = read_lines(state, line);
    assert_int_equal(inf.nproblems, 1);
    infs_check_problem(&inf.problems[0], fault, 2, column, message);
    assert_string_equal(inf.problems[0].where, "[R]");
    assert_int_equal(inf_find(&inf, "R")->nwrites, nwrites);
}

static void roots_have_their_names_in_registry_text(void **state)
{
    assert_string_equal(read_write(state, "HKLM,a\\b")->path, "HKEY_LOCAL_MACHINE\\a\\b");
    assert_string_equal(read_write(state, "hkcu ,\"a, b\"")->path, "HKEY_CURRENT_USER\\a, b");
    assert_string_equal(read_write(state, "HKCR,x")->path, "HKEY_CLASSES_ROOT\\x");
    assert_string_equal(read_write(state, "HKU,x")->path, "HKEY_USERS\\x");
    assert_string_equal(read_write(state, "HKLM")->path, "HKEY_LOCAL_MACHINE");
}

static void other_roots_are_problems(void **state)
{
    assert_problem(state, "HKEY_LOCAL_MACHINE,k,v,,x", TEXT_SYNTAX, 1,
                   "root: got \"HKEY_LOCAL_MACHINE\", want HKLM", 0);
    assert_problem(state, "x=HKLM,k", TEXT_SYNTAX, 3, "root: got", 0);
    assert_problem(state, ",k", TEXT_SYNTAX, 1, "root: got \"\"", 0);
}

static void texts_are_utf_16_with_a_nul(void **state)
{
    assert_value(state, ",\"a b\"", 1, DATA("a\0 \0b\0\0\0"));
    assert_value(state, "0,x", 1, DATA("x\0\0\0"));
    assert_value(state, "0x00000000,x,", 1, DATA("x\0\0\0"));
    assert_value(state, "0x20000,\"%%a\"", 2, DATA("%\0%\0a\0\0\0"));
    assert_value(state, ",\xe2\x82\xac", 1, DATA("\xac\x20\0\0"));
    assert_value(state, ",\"\"", 1, DATA("\0\0"));
    assert_value(state, "", 1, DATA("\0\0"));
}

static void lists_of_texts_end_with_one_more_nul(void **state)
{
    assert_value(state, "0x00010000,a,bc", 7, DATA("a\0\0\0b\0c\0\0\0\0\0"));
    assert_value(state, "0x00010008,a,", 7, DATA("a\0\0\0\0\0"));
    assert_value(state, "0x10000", 7, DATA("\0\0"));
}

static void numbers_are_decimal_or_hexadecimal_or_four_bytes(void **state)
{
    assert_value(state, "0x10001,258", 4, DATA("\x02\x01\0\0"));
    assert_value(state, "65537,0xFFFFFFFF", 4, DATA("\xff\xff\xff\xff"));
    assert_value(state, "0x10001,1,2,0,ff", 4, DATA("\x01\x02\0\xff"));
    assert_value(state, "0x10001", 4, DATA("\0\0\0\0"));
}

static void bytes_are_one_or_two_digits(void **state)
{
    assert_value(state, "1,3b, 04 ,F,00", 3, DATA("\x3b\x04\x0f\0"));
    assert_value(state, "0x00000001,3b,", 3, DATA("\x3b"));
    assert_value(state, "1,3b,\\\n  04", 3, DATA("\x3b\x04"));
    assert_value(state, "1", 3, NULL, 0);
    assert_value(state, "0x00020001,ff", 0, DATA("\xff"));
    assert_value(state, "0x00380001,1,0", 0x38, DATA("\x01\0"));
}

static void data_that_is_none_of_its_type_is_a_problem_at_its_field(void **state)
{
    assert_problem(state, "HKLM,k,v,1,3b,0g", TEXT_HEX, 15, "data: got \"0g\"", 1);
    assert_problem(state, "HKLM,k,v,1,3b04", TEXT_HEX, 12, "data: got \"3b04\"", 1);
    assert_problem(state, "HKLM,k,v,1,0x3b", TEXT_HEX, 12, "data: got \"0x3b\"", 1);
    assert_problem(state, "HKLM,k,v,1,3b,,04", TEXT_HEX, 15, "data: got \"\"", 1);
    assert_problem(state, "HKLM,k,v,0x10001,x", TEXT_HEX, 18, "data: got \"x\"", 1);
    assert_problem(state, "HKLM,k,v,0x10001,4294967296", TEXT_HEX, 18, "data: got", 1);
    assert_problem(state, "HKLM,k,v,0x10001,1,2", TEXT_HEX, 18, "data: got 2 values", 1);
    /* One problem for the line, however many bytes of it are wrong. */
    struct inf inf = read_lines(state, "HKLM,k,v,1,3b,0x04,0x51");
    assert_int_equal(inf.nproblems, 1);
    assert_false(inf_find(&inf, "R")->writes[0].has_value); /* the key alone is left */
}

static void bytes_without_their_flag_are_a_problem_and_a_text(void **state)
{
    assert_problem(state, "HKLM,k,ATR,0,3b,04", TEXT_FLAGS, 12, "flags: got \"0\" and 2 values", 1);
    assert_problem(state, "HKLM,k,ATR,,3b,04", TEXT_FLAGS, 12, "flags: got none and 2 values", 1);
}

static void flags_that_mean_nothing_are_problems(void **state)
{
    assert_problem(state, "HKLM,k,v,x,1", TEXT_FLAGS, 10, "flags: got \"x\", want a number", 1);
    assert_problem(state, "HKLM,k,v,0x100000000,1", TEXT_FLAGS, 10, "flags: got", 1);
    assert_problem(state, "HKLM,k,v,0x30000,1", TEXT_FLAGS, 10, "flags: got 0x00030000", 1);
    assert_problem(state, "HKLM,k,v,0x22,1", TEXT_FLAGS, 10, "flags: got NOCLOBBER", 1);
    assert_problem(state, "HKLM,k,v,0x5000,1", TEXT_FLAGS, 10, "flags: got 64BITKEY", 1);
    assert_problem(state, "HKLM,k,v,0x14,1", TEXT_FLAGS, 10, "flags: got DELVAL", 1);
    assert_problem(state, "HKLM,k,v,0x8,1", TEXT_FLAGS, 10, "flags: got APPEND", 1);
    assert_problem(state, "HKLM,k,v,0x8000,1", TEXT_FLAGS, 10, "flags: got 0x00008000, of which",
                   1);
}

static void flags_say_when_a_value_is_written(void **state)
{
    assert_int_equal(read_write(state, "HKLM,k,v,,x")->value.condition, REG_ALWAYS);
    assert_int_equal(read_write(state, "HKLM,k,v,2,x")->value.condition, REG_IF_ABSENT);
    assert_int_equal(read_write(state, "HKLM,k,v,0x21,0")->value.condition, REG_IF_PRESENT);
}

static void lines_without_a_value_are_about_the_key(void **state)
{
    assert_false(read_write(state, "HKLM,k")->has_value);
    assert_false(read_write(state, "HKLM,k,,,")->has_value);
    assert_false(read_write(state, "HKLM,k,v,0x10,x")->has_value);
    assert_false(read_write(state, "HKLM,k,v,0x2000")->has_value);
    assert_true(read_write(state, "HKLM,k,v")->has_value);
    const struct inf_write *write = read_write(state, "HKLM,k,,,x"); /* the default value */
    assert_true(write->has_value);
    assert_string_equal(write->value.name, "");
    assert_true(read_write(state, "HKLM,k,,,\"\"")->has_value);
}

static void delval_deletes_a_value_or_the_key(void **state)
{
    const struct inf_write *write = read_write(state, "HKLM,k,v,4");
    assert_true(write->has_value && write->value.remove);
    assert_false(write->removes_key);
    write = read_write(state, "HKLM,k,,4");
    assert_true(write->removes_key);
    assert_false(write->has_value);
}

static void places_are_those_of_the_line(void **state)
{
    const struct inf_write *write = read_write(state, "\n  HKLM,k,v,,x");
    assert_int_equal(write->line, 3);
    assert_int_equal(write->column, 3);
    assert_int_equal(write->value.line, 3);
    assert_int_equal(write->value.column, 3);
}

/* Domain: E.1; a Windows of 32 bits has one view. */
static void the_32_bit_view_is_below_wow6432node(void **state)
{
    struct inf inf = {.arena = *state};
    const struct inf_write *write = read_write(state, "HKLM," CALAIS "x,v,0x4001,1");
    assert_string_equal(inf_write_path(&inf, write, true), MACHINE CALAIS_WOW "x");
    assert_string_equal(inf_write_path(&inf, write, false), MACHINE CALAIS "x");
    write = read_write(state, "HKLM," CALAIS_WOW "x,v,0x4000,1");
    assert_string_equal(inf_write_path(&inf, write, true), MACHINE CALAIS_WOW "x");
    write = read_write(state, "HKLM," CALAIS "x,v,0x1000,1");
    assert_string_equal(inf_write_path(&inf, write, true), MACHINE CALAIS "x");
    write = read_write(state, "HKLM,SYSTEM\\x,v,0x4000,1");
    assert_string_equal(inf_write_path(&inf, write, true), MACHINE "SYSTEM\\x");
}

static void calais_below_hkr_is_a_problem_for_each_key(void **state)
{
    struct inf inf = read_lines(state, "HKR," CALAIS "a,v,,1\nHKR," CALAIS "a,w,,1\n"
                                       "HKR,,Other,,1\nHKR," CALAIS "b,v,,1");
    assert_int_equal(inf.nproblems, 2);
    infs_check_problem(&inf.problems[0], TEXT_HKR, 2, 1, "root: got HKR");
    infs_check_problem(&inf.problems[1], TEXT_HKR, 5, 1, "root: got HKR");
    assert_int_equal(inf_find(&inf, "R")->nwrites, 3);
    assert_string_equal(inf_find(&inf, "R")->writes[2].path, MACHINE CALAIS "b");
}

/* As of a text that was taken from a .reg: the key that was meant is judged all the same. */
static void backslashes_too_many_are_a_problem_for_each_key(void **state)
{
    struct inf inf = read_lines(state, "HKLM,\\S\\\\T\\,v,,1\nHKLM,\\s\\\\t\\,w,,1\n"
                                       "HKLM,S\\\\T,v,,1\nHKLM,S\\T,v,,a\\\\b");
    assert_int_equal(inf.nproblems, 2);
    infs_check_problem(&inf.problems[0], TEXT_SYNTAX, 2, 6, "key: got \"\\S\\\\T\\\", want one");
    infs_check_problem(&inf.problems[1], TEXT_SYNTAX, 4, 6, "key: got \"S\\\\T\", want one");
    const struct inf_section *section = inf_find(&inf, "R");
    assert_string_equal(section->writes[0].path, MACHINE "S\\T\\");
    assert_string_equal(section->writes[2].path, MACHINE "S\\T");
}

static void keys_of_the_device_are_left_out(void **state)
{
    struct inf inf = read_lines(state, "HKR,,UpperFilters,0x10000,x\nHKR,Parameters,v,,1");
    assert_int_equal(inf.nproblems, 0);
    assert_int_equal(inf_find(&inf, "R")->nwrites, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(roots_have_their_names_in_registry_text),
        SUPPORT_TEST(other_roots_are_problems),
        SUPPORT_TEST(texts_are_utf_16_with_a_nul),
        SUPPORT_TEST(lists_of_texts_end_with_one_more_nul),
        SUPPORT_TEST(numbers_are_decimal_or_hexadecimal_or_four_bytes),
        SUPPORT_TEST(bytes_are_one_or_two_digits),
        SUPPORT_TEST(data_that_is_none_of_its_type_is_a_problem_at_its_field),
        SUPPORT_TEST(bytes_without_their_flag_are_a_problem_and_a_text),
        SUPPORT_TEST(flags_that_mean_nothing_are_problems),
        SUPPORT_TEST(flags_say_when_a_value_is_written),
        SUPPORT_TEST(lines_without_a_value_are_about_the_key),
        SUPPORT_TEST(delval_deletes_a_value_or_the_key),
        SUPPORT_TEST(places_are_those_of_the_line),
        SUPPORT_TEST(the_32_bit_view_is_below_wow6432node),
        SUPPORT_TEST(calais_below_hkr_is_a_problem_for_each_key),
        SUPPORT_TEST(backslashes_too_many_are_a_problem_for_each_key),
        SUPPORT_TEST(keys_of_the_device_are_left_out),
    };
    return cmocka_run_group_tests_name("inf_addreg", tests, NULL, NULL);
}
