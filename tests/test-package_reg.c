/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "support.h"

#define HEADER "Windows Registry Editor Version 5.00\r\n"
#define CARDS  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\"

static struct package read_bytes(void **state, const void *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct package package = package_read_reg(*state, (struct slice){.ptr = copy, .len = len});
    free(copy);
    assert_int_equal(package.kind, PACKAGE_REG);
    assert_int_equal(package.ninstallations, 1);
    return package;
}

static struct package read_text(void **state, const char *text)
{
    return read_bytes(state, text, strlen(text));
}

/* "fault line:column [where] message" of each problem, a line each. */
static const char *say_problems(void **state, const struct package *package)
{
    static const char *const names[NTEXT_FAULTS] = {
        [TEXT_SYNTAX] = "syntax",
        [TEXT_CHARACTERS] = "characters",
        [TEXT_HEX] = "hex",
        [TEXT_NO_HEADER] = "header",
    };
    const char *said = "";
    for (size_t i = 0; i < package->nproblems; i++) {
        const struct text_problem *problem = &package->problems[i];
        said = arena_printf(*state, "%s%s %u:%u [%s] %s\n", said, names[problem->fault],
                            problem->line, problem->column, problem->where, problem->message);
    }
    return said;
}

static void assert_problems(void **state, const char *text, const char *want)
{
    struct package package = read_text(state, text);
    assert_string_equal(say_problems(state, &package), want);
}

static void a_sound_text_is_its_keys(void **state)
{
    struct package package = read_text(state, HEADER "[" CARDS "A]\r\n\"ATR\"=hex:3b,00\r\n"
                                                     "\"x\"=-\r\n[-" CARDS "B]\r\n"
                                                     "[hkey_users\\.DEFAULT\\Software]\r\n");
    assert_string_equal(say_problems(state, &package), "");
    assert_int_equal(package.encoding, ENCODING_UTF8);
    const struct installation *installation = &package.installations[0];
    assert_int_equal(installation->nkeys, 3);
    assert_string_equal(installation->keys[0].path, CARDS "A");
    assert_int_equal(installation->keys[0].nvalues, 2);
    assert_int_equal(installation->keys[0].values[0].column, 1);
    assert_true(installation->keys[0].values[1].remove);
    assert_true(installation->keys[1].remove);
    assert_int_equal(installation->nids, 0);
}

/* The typing error of OpenSC #1735, which costs the entry this value and no other. */
static void a_broken_value_is_a_problem_of_its_key(void **state)
{
    struct package package =
        read_text(state, HEADER "[" CARDS "A]\r\n\"ATR\"=hex:3b,00\r\n\"ATRMask\"=hex,ff,ff\r\n"
                                "\"80000001\"=\"a.dll\"\r\n@=x\r\n");
    assert_string_equal(
        say_problems(state, &package),
        "hex 4:14 [" CARDS "A] \"ATRMask\": malformed hex data (got \",\", want \":\")\n"
        "syntax 6:3 [" CARDS "A] the default value: malformed data (got \"x\", want a string in "
        "quotes, \"dword:\", \"hex:\" or \"-\")\n");
    assert_int_equal(package.installations[0].keys[0].nvalues, 2);
}

static void a_path_with_single_backslashes_is_what_windows_makes_of_it(void **state)
{
    struct package package =
        read_text(state, HEADER "[" CARDS "A]\r\n\"80000001\"=\"C:\\Program Files\\a.dll\"\r\n");
    assert_string_equal(say_problems(state, &package),
                        "syntax 3:16 [" CARDS "A] \"80000001\": malformed string (got \"P\", want "
                        "\"\\\" or '\"' behind a backslash)\n");
    assert_memory_equal(package.installations[0].keys[0].values[0].data.ptr, "C\0:\0P\0", 6);
}

static void regedit_wants_the_header_in_the_first_line(void **state)
{
    assert_problems(state, "REGEDIT4\n", "");
    assert_problems(state, "[" CARDS "A]\n",
                    "header 1:1 [] no header in the first line (got none at all, want \"Windows "
                    "Registry Editor Version 5.00\")\n");
    assert_problems(state, "; x\n" HEADER,
                    "header 1:1 [] no header in the first line (got it in line 2, want nothing "
                    "above it)\n");
    assert_problems(state, "regedit4\n[" CARDS "A]\n",
                    "header 1:1 [] malformed header (got \"regedit4\", want \"Windows Registry "
                    "Editor Version 5.00\" or \"REGEDIT4\")\n");
    assert_problems(state, "x\n" HEADER,
                    "syntax 1:1 [] malformed line (got \"x\", want a [key], a value or a \";\" "
                    "comment)\n"
                    "header 1:1 [] no header in the first line (got it in line 2, want nothing "
                    "above it)\n");
}

static void a_root_is_written_in_full(void **state)
{
    struct package package =
        read_text(state, HEADER "[HKLM\\Software\\X]\n\"v\"=\"1\"\n[X\\Y]\n\"v\"=\"1\"\n"
                                "[HKEY_LOCAL_MACHINES\\X]\n[hkcu]\n[ HKEY_USERS\\X]\n");
    assert_string_equal(
        say_problems(state, &package),
        "syntax 2:1 [HKLM\\Software\\X] key without a root (got \"HKLM\", want "
        "HKEY_LOCAL_MACHINE)\n"
        "syntax 4:1 [X\\Y] key without a root (got \"X\", want HKEY_LOCAL_MACHINE or such)\n"
        "syntax 6:1 [HKEY_LOCAL_MACHINES\\X] key without a root (got \"HKEY_LOCAL_MACHINES\", want "
        "HKEY_LOCAL_MACHINE or such)\n"
        "syntax 7:1 [hkcu] key without a root (got \"hkcu\", want HKEY_CURRENT_USER)\n"
        "syntax 8:1 [ HKEY_USERS\\X] key without a root (got \" HKEY_USERS\", want "
        "HKEY_LOCAL_MACHINE or such)\n");
    assert_int_equal(package.installations[0].nkeys, 2);
    assert_string_equal(package.installations[0].keys[0].path, "HKEY_LOCAL_MACHINE\\Software\\X");
    assert_int_equal(package.installations[0].keys[0].nvalues, 1);
}

static void numbers_have_the_size_of_their_type(void **state)
{
    assert_problems(state,
                    HEADER "[" CARDS "A]\n\"a\"=hex(4):01\n\"b\"=hex(b):01,02,03,04\n"
                           "\"c\"=hex(5):01,02,03,04\n\"d\"=hex(b):01,02,03,04,05,06,07,08\n"
                           "\"e\"=hex(4):\n\"f\"=dword:1\n\"g\"=hex(0):01\n",
                    "hex 3:1 [" CARDS "A] \"a\": REG_DWORD of another size (got 1 byte, want 4)\n"
                    "hex 4:1 [" CARDS "A] \"b\": REG_QWORD of another size (got 4 bytes, want 8)\n"
                    "hex 7:1 [" CARDS
                    "A] \"e\": REG_DWORD of another size (got 0 bytes, want 4)\n");
}

static void nuls_and_half_characters_are_problems(void **state)
{
    static const char text[] = HEADER "[" CARDS "A]\r\n\"a\"=\"x\0\"\r\n\"b\"=\"y\"\r\n";
    struct package package = read_bytes(state, text, sizeof text - 1);
    assert_string_equal(say_problems(state, &package),
                        "characters 3:7 [" CARDS
                        "A] malformed text (got a NUL character, want none)\n");
    assert_int_equal(package.installations[0].keys[0].nvalues, 1);
    package = read_bytes(state, "\xff\xfeR", 3);
    assert_int_equal(package.encoding, ENCODING_UTF16LE);
    assert_int_equal(package.problems[0].fault, TEXT_CHARACTERS);
}

static char *repeat(void **state, const char *before, const char *unit, size_t count,
                    const char *after)
{
    size_t len = strlen(unit);
    char *text = arena_alloc(*state, strlen(before) + len * count + strlen(after) + 1, 1);
    char *out = stpcpy(text, before);
    for (size_t i = 0; i < count; i++)
        out = stpcpy(out, unit);
    strcpy(out, after);
    return text;
}

static void what_is_too_much_to_list_is_counted(void **state)
{
    struct package package =
        read_text(state, repeat(state, HEADER, "x\n[X]\n", TEXT_PROBLEMS_MAX, ""));
    assert_int_equal(package.nproblems, TEXT_PROBLEMS_MAX);
    for (size_t i = 0; i < TEXT_PROBLEMS_MAX; i++)
        assert_int_equal(package.problems[i].line, i + 2);
    assert_string_equal(package.problems[TEXT_PROBLEMS_MAX - 1].message,
                        "1001 problems from here on that are not listed");
    package = read_text(state, repeat(state, HEADER, "x\n", TEXT_PROBLEMS_MAX, ""));
    assert_int_equal(package.nproblems, TEXT_PROBLEMS_MAX);
    assert_non_null(strstr(package.problems[TEXT_PROBLEMS_MAX - 1].message, "malformed line"));
    package = read_text(state, repeat(state, HEADER, "x\n", 100000, ""));
    assert_int_equal(package.nproblems, TEXT_PROBLEMS_MAX);
    assert_string_equal(package.problems[TEXT_PROBLEMS_MAX - 1].message,
                        "99001 problems from here on that are not listed");
    package = read_text(state, repeat(state, HEADER, "[X]\n", 100000, ""));
    assert_string_equal(package.problems[TEXT_PROBLEMS_MAX - 1].message,
                        "99001 problems from here on that are not listed");
}

/* Each problem goes to the parent with its key. */
static void long_names_are_cut_in_problems(void **state)
{
    const char *name = repeat(state, "", "n", 100000, "");
    char *head = arena_printf(*state, HEADER "[HKEY_USERS\\%s]\n", name);
    struct package package =
        read_text(state, repeat(state, head, "\"v\"=x\n", 2 * TEXT_PROBLEMS_MAX, ""));
    assert_int_equal(package.nproblems, TEXT_PROBLEMS_MAX);
    for (size_t i = 0; i < package.nproblems; i++)
        assert_in_range(strlen(package.problems[i].where), 900, 1100);
    package =
        read_text(state, arena_printf(*state, HEADER "[%s]\n[HKEY_USERS]\n\"%s\"=x\n", name, name));
    assert_int_equal(package.nproblems, 2);
    assert_in_range(strlen(package.problems[0].message), 100, 300);
    assert_in_range(strlen(package.problems[1].message), 100, 300);
}

static void names_are_cut_between_characters(void **state)
{
    const char *name = repeat(state, "", "\xe2\x82\xac", 1000, "");
    struct package package =
        read_text(state, arena_printf(*state, HEADER "[%s]\n[HKEY_USERS]\n\"%s\"=x\nREGEDIT%s\n",
                                      name, name, name));
    struct package other = read_text(state, arena_printf(*state, "REGEDIT%s\n", name));
    assert_int_equal(package.nproblems, 3);
    assert_int_equal(other.nproblems, 1);
    for (size_t i = 0; i < 3; i++) {
        assert_true(
            text_is_valid(package.problems[i].message, strlen(package.problems[i].message)));
        assert_true(text_is_valid(package.problems[i].where, strlen(package.problems[i].where)));
    }
    assert_true(text_is_valid(other.problems[0].message, strlen(other.problems[0].message)));
}

static void a_name_of_a_key_has_255_characters_at_most(void **state)
{
    struct {
        const char *unit;
        size_t most;
    } rows[] = {{"n", 255}, {"\xc3\xa9", 255}, {"\xf0\x9f\x99\x82", 127}};
    for (size_t i = 0; i < 3; i++) {
        const char *name = repeat(state, "", rows[i].unit, rows[i].most, "");
        char *text = arena_printf(*state, HEADER "[HKEY_USERS\\%s\\x]\n[HKEY_USERS\\%s%s\\x]\n",
                                  name, name, rows[i].unit);
        struct package package = read_text(state, text);
        assert_int_equal(package.installations[0].nkeys, 1);
        assert_int_equal(package.nproblems, 1);
        assert_int_equal(package.problems[0].line, 3);
        assert_string_equal(
            package.problems[0].message,
            "key with a name that is too long (got 256 characters, want at most 255)");
    }
}

static void many_keys_and_long_lines_are_read(void **state)
{
    struct package package =
        read_text(state, repeat(state, HEADER, "[" CARDS "A]\n\"v\"=\"1\"\n", 100000, ""));
    assert_int_equal(package.installations[0].nkeys, 100000);
    assert_int_equal(package.nproblems, 0);
    package = read_text(
        state, repeat(state, HEADER "[" CARDS "A]\n\"v\"=hex:00", ",01", 10000000 / 3, "\n"));
    assert_int_equal(package.installations[0].keys[0].values[0].data.len, 10000000 / 3 + 1);
    package =
        read_text(state, repeat(state, HEADER "[" CARDS "A]\n\"v\"=\"", "\\x", 5000000, "\"\n"));
    assert_int_equal(package.nproblems, 1);
}

static struct package read_corpus(void **state, const char *name)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    CLEANUP(file) FILE *file = fopen(arena_printf(*state, "%s/reg/%s", corpus, name), "rb");
    assert_non_null(file);
    uint8_t *bytes = arena_alloc(*state, 65536, 1);
    return read_bytes(state, bytes, fread(bytes, 1, 65536, file));
}

/* Two of the vendors' files have a mistake in their text; all others have none. */
static void texts_of_vendors_have_the_problems_that_they_have(void **state)
{
    static const struct {
        const char *name;
        size_t nkeys, nproblems;
        enum encoding encoding;
    } rows[] = {
        {"fedict_beid_registry.reg", 11, 0, ENCODING_UTF16LE},
        {"open-eid-install.reg", 6, 0, ENCODING_UTF16LE},
        {"opensc-minidriver-feitian-a0464462.reg", 4, 1, ENCODING_UTF8},
        {"opensc-minidriver-feitian-c980b821.reg", 6, 1, ENCODING_UTF8},
        {"opensc-minidriver-italian-cns-a0464462.reg", 4, 0, ENCODING_UTF8_BOM},
        {"opensc-minidriver-westcos-a0464462.reg", 1, 0, ENCODING_UTF8},
        {"sc-hsm_minidriver-sc-hsm.reg", 6, 0, ENCODING_UTF16LE},
    };
    if (!getenv("HIVEAUDIT_CORPUS"))
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct package package = read_corpus(state, rows[i].name);
        assert_int_equal(package.installations[0].nkeys, rows[i].nkeys);
        assert_int_equal(package.encoding, rows[i].encoding);
        assert_string_equal(say_problems(state, &package),
                            rows[i].nproblems ? "hex 5:14 [" CARDS
                                                "ePass2003] \"ATRMask\": malformed hex data "
                                                "(got \",\", want \":\")\n"
                                              : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_sound_text_is_its_keys),
        SUPPORT_TEST(a_broken_value_is_a_problem_of_its_key),
        SUPPORT_TEST(a_path_with_single_backslashes_is_what_windows_makes_of_it),
        SUPPORT_TEST(regedit_wants_the_header_in_the_first_line),
        SUPPORT_TEST(a_root_is_written_in_full),
        SUPPORT_TEST(numbers_have_the_size_of_their_type),
        SUPPORT_TEST(nuls_and_half_characters_are_problems),
        SUPPORT_TEST(what_is_too_much_to_list_is_counted),
        SUPPORT_TEST(long_names_are_cut_in_problems),
        SUPPORT_TEST(names_are_cut_between_characters),
        SUPPORT_TEST(a_name_of_a_key_has_255_characters_at_most),
        SUPPORT_TEST(many_keys_and_long_lines_are_read),
        SUPPORT_TEST(texts_of_vendors_have_the_problems_that_they_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
