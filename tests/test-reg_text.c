/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/reg_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"

#define HEADER "Windows Registry Editor Version 5.00\n"

static int start(void **state)
{
    *state = arena_new();
    return 0;
}

static int stop(void **state)
{
    arena_free(*state);
    return 0;
}

static struct reg_text parse_bytes(void **state, const void *bytes, size_t len)
{
    /* A copy of the exact size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    struct reg_text text = reg_text_parse(*state, (struct slice){.ptr = copy, .len = len});
    free(copy);
    return text;
}

static struct reg_text parse(void **state, const char *source)
{
    return parse_bytes(state, source, strlen(source));
}

static struct reg_text parse_repeated(void **state, const char *prefix, const char *unit,
                                      size_t count)
{
    size_t prefix_len = strlen(prefix), unit_len = strlen(unit),
           len = prefix_len + count * unit_len;
    char *source = malloc(len);
    assert_non_null(source);
    memcpy(source, prefix, prefix_len);
    for (size_t i = prefix_len; i < len; i++)
        source[i] = unit[(i - prefix_len) % unit_len];
    struct reg_text text = parse_bytes(state, source, len);
    free(source);
    return text;
}

/* The one value of the one key of a text without problems. */
static struct reg_value parse_value(void **state, const char *header, const char *line)
{
    char *source = arena_printf(*state, "%s[k]\n%s\n", header, line);
    struct reg_text text = parse(state, source);
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.nkeys, 1);
    assert_int_equal(text.keys[0].nvalues, 1);
    return text.keys[0].values[0];
}

static void assert_data(const struct reg_value *value, uint32_t type, const char *data, size_t len)
{
    assert_int_equal(value->type, type);
    assert_false(value->remove);
    assert_int_equal(value->data.len, len);
    if (len)
        assert_memory_equal(value->data.ptr, data, len);
}

#define DATA(literal) (literal), sizeof(literal) - 1

static void assert_problem(const struct reg_text *text, unsigned line, unsigned column,
                           const char *message)
{
    assert_int_equal(text->nproblems, 1);
    assert_string_equal(text->problems[0].message, message);
    assert_int_equal(text->problems[0].line, line);
    assert_int_equal(text->problems[0].column, column);
}

static void keys_and_values_keep_their_order_and_lines(void **state)
{
    struct reg_text text = parse(state, HEADER "\n; a comment\n[A\\B]\n\"one\"=\"1\"\n"
                                               "\"two\"=dword:00000002\n\n[-C]\n[A\\B]\n@=\"x\"\n");
    assert_int_equal(text.nproblems, 0);
    assert_true(text.has_header);
    assert_int_equal(text.nkeys, 3);
    assert_string_equal(text.keys[0].path, "A\\B");
    assert_int_equal(text.keys[0].line, 4);
    assert_int_equal(text.keys[0].nvalues, 2);
    assert_string_equal(text.keys[0].values[0].name, "one");
    assert_string_equal(text.keys[0].values[1].name, "two");
    assert_int_equal(text.keys[0].values[1].line, 6);
    assert_string_equal(text.keys[1].path, "C");
    assert_true(text.keys[1].remove);
    assert_int_equal(text.keys[1].nvalues, 0);
    assert_string_equal(text.keys[2].path, "A\\B");
    assert_false(text.keys[2].remove);
    assert_string_equal(text.keys[2].values[0].name, "");
    assert_int_equal(text.keys[2].values[0].line, 10);
}

static void header_is_optional(void **state)
{
    struct reg_text text = parse(state, "[k]\n");
    assert_false(text.has_header);
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.nkeys, 1);
    assert_true(parse(state, "REGEDIT4\n").has_header);
    assert_true(parse(state, "; first\n\n" HEADER).has_header);
}

static void empty_text_has_nothing(void **state)
{
    struct reg_text text = parse(state, "");
    assert_int_equal(text.nkeys, 0);
    assert_int_equal(text.nproblems, 0);
}

static void last_bracket_of_the_line_closes_a_key(void **state)
{
    struct reg_text text = parse(state, "[S\\Identity Device (NIST SP 800-73 [PIV])]  \n"
                                        "[Contoso [v2] (test/1)+]\n");
    assert_int_equal(text.nproblems, 0);
    assert_string_equal(text.keys[0].path, "S\\Identity Device (NIST SP 800-73 [PIV])");
    assert_string_equal(text.keys[1].path, "Contoso [v2] (test/1)+");
}

static void blanks_around_tokens_do_not_matter(void **state)
{
    struct reg_text text =
        parse(state, "\t[k] \n \"n\" = \"v\" \n\t@\t=\tdword: 01\t\n\"h\"= hex: 01 , 02 \n");
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.keys[0].nvalues, 3);
    assert_data(&text.keys[0].values[0], 1, DATA("v\0\0\0"));
    assert_data(&text.keys[0].values[1], 4, DATA("\1\0\0\0"));
    assert_data(&text.keys[0].values[2], 3, DATA("\1\2"));
}

static void line_ends_of_windows_and_a_missing_last_one_are_fine(void **state)
{
    struct reg_text text = parse(state, "REGEDIT4\r\n\r\n[k]\r\n\"a\"=\"1\"\r\n\"b\"=hex:01,\\\r\n"
                                        "  02\r\n\"c\"=\"2\"");
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.keys[0].nvalues, 3);
    assert_data(&text.keys[0].values[1], 3, DATA("\1\2"));
    assert_data(&text.keys[0].values[2], 1, DATA("2\0\0\0"));
    assert_int_equal(text.keys[0].values[2].line, 7);
}

static void strings_end_in_a_nul_and_know_two_escapes(void **state)
{
    struct reg_value value = parse_value(state, HEADER, "\"a\\\\b\\\"c\"=\"x\\\\y\\\"\"");
    assert_string_equal(value.name, "a\\b\"c");
    assert_data(&value, 1, DATA("x\0\\\0y\0\"\0\0\0"));
    value = parse_value(state, HEADER, "\"empty\"=\"\"");
    assert_data(&value, 1, DATA("\0\0"));
    value = parse_value(state, HEADER, "\"brackets\"=\"[;]=\"");
    assert_data(&value, 1, DATA("[\0;\0]\0=\0\0\0"));
}

static void strings_hold_any_utf8(void **state)
{
    struct reg_value value =
        parse_value(state, HEADER, "\"\xc3\xa9\"=\"\xd0\x9f\xf0\x9f\x99\x82\"");
    assert_string_equal(value.name, "\xc3\xa9");
    assert_data(&value, 1, DATA("\x1f\x04\x3d\xd8\x42\xde\0\0"));
}

static void dwords_are_stored_little_endian(void **state)
{
    struct reg_value value = parse_value(state, HEADER, "\"d\"=dword:0123aBcD");
    assert_data(&value, 4, DATA("\xcd\xab\x23\x01"));
    value = parse_value(state, HEADER, "\"d\"=dword:1");
    assert_data(&value, 4, DATA("\1\0\0\0"));
}

static void hex_data_takes_any_type(void **state)
{
    static const struct {
        const char *data;
        uint32_t type;
    } rows[] = {
        {"hex:41,00", 3},           {"hex(0):41,00", 0},  {"hex(1):41,00", 1},
        {"hex(2):41,00", 2},        {"hex(5):41,00", 5},  {"hex(7):41,00", 7},
        {"hex(b):41,00", 11},       {"hex(B):41,00", 11}, {"hex(ffff0001):41,00", 0xffff0001},
        {"hex(00000003):41,00", 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *line = arena_printf(*state, "\"v\"=%s", rows[i].data);
        struct reg_value value = parse_value(state, HEADER, line);
        assert_data(&value, rows[i].type, DATA("A\0"));
    }
}

static void hex_data_may_be_empty(void **state)
{
    struct reg_value value = parse_value(state, HEADER, "\"v\"=hex:");
    assert_data(&value, 3, "", 0);
    value = parse_value(state, HEADER, "\"v\"=hex(7): ");
    assert_data(&value, 7, "", 0);
}

static void hex_data_goes_on_behind_a_backslash(void **state)
{
    struct reg_value value =
        parse_value(state, HEADER, "\"v\"=hex:\\\n  01,\\\n\t02, \\ \n 03,\\ ; why\r  04");
    assert_data(&value, 3, DATA("\1\2\3\4"));
    value = parse_value(state, HEADER, "\"v\"=hex:01,\\\n\n \t\n  ; why\n;\n 02 ; and so on");
    assert_data(&value, 3, DATA("\1\2"));
    assert_int_equal(value.line, 3);
    assert_int_equal(value.column, 1);
}

static void a_minus_removes_a_value(void **state)
{
    struct reg_value value = parse_value(state, HEADER, "\"v\"=-");
    assert_true(value.remove);
    assert_string_equal(value.name, "v");
    value = parse_value(state, HEADER, "@= - ");
    assert_true(value.remove);
    assert_string_equal(value.name, "");
}

static void regedit4_strings_in_hex_become_utf16(void **state)
{
    struct reg_value value = parse_value(state, "REGEDIT4\n", "\"v\"=hex(2):25,41,00");
    assert_data(&value, 2, DATA("%\0A\0\0\0"));
    value = parse_value(state, "REGEDIT4\n", "\"v\"=hex(7):41,00,42,00,00");
    assert_data(&value, 7, DATA("A\0\0\0B\0\0\0\0\0"));
    value = parse_value(state, "REGEDIT4\n", "\"v\"=hex:41,00");
    assert_data(&value, 3, DATA("A\0"));
    value = parse_value(state, "REGEDIT4\n", "\"v\"=hex(1):e9,80,00");
    assert_data(&value, 1, DATA("\xe9\0\xac\x20\0\0"));
    value = parse_value(state, HEADER, "\"v\"=hex(1):e9,00");
    assert_data(&value, 1, DATA("\xe9\0"));
}

static void faults_are_named_where_they_are(void **state)
{
    static const struct {
        const char *line;
        unsigned column;
        const char *message;
    } rows[] = {
        /* the typing error of OpenSC #1735 */
        {"\"ATRMask\"=hex,ff,ff", 14, "malformed hex data (got \",\", want \":\")"},
        {"\"v\"=hex", 8, "malformed hex data (got the end of the line, want \":\")"},
        {"\"v\"=hex(", 9, "malformed hex type (got the end of the line, want 1 to 8 hex digits)"},
        {"\"v\"=hex(g):01", 9, "malformed hex type (got \"g\", want 1 to 8 hex digits)"},
        {"\"v\"=hex(123456789):01", 17, "malformed hex type (got \"9\", want \")\")"},
        {"\"v\"=hex:01 02", 12,
         "malformed hex data (got \"0\", want \",\" or the end of the line)"},
        {"\"v\"=hex:0102", 11, "malformed hex data (got \"0\", want \",\" or the end of the line)"},
        {"\"v\"=hex:01 # why", 12,
         "malformed hex data (got \"#\", want \",\" or the end of the line)"},
        {"\"v\"=hex:01,\\02", 12, "malformed hex data (got \"\\\", want two hex digits)"},
        {"\"v\"=dword:", 11,
         "malformed dword data (got the end of the line, want 1 to 8 hex digits)"},
        {"\"v\"=dword 1", 10, "malformed dword data (got \" \", want \":\")"},
        {"\"v\"=dword:0x1", 12, "malformed dword data (got \"x\", want the end of the line)"},
        {"\"v\"=dword:123456789", 19, "malformed dword data (got \"9\", want the end of the line)"},
        {"\"v\"=dword:1 #", 13, "malformed dword data (got \"#\", want the end of the line)"},
        {"\"v\"=\"x\" # why", 9, "malformed string (got \"#\", want the end of the line)"},
        {"\"v\"=\"x", 7, "malformed string (got the end of the line, want '\"')"},
        {"\"v\"=\"x\\", 8,
         "malformed string (got the end of the line, want \"\\\" or '\"' behind a backslash)"},
        {"\"v", 3, "malformed value name (got the end of the line, want '\"')"},
        {"\"v\"", 4, "malformed value name (got the end of the line, want \"=\")"},
        {"\"v\":\"x\"", 4, "malformed value name (got \":\", want \"=\")"},
        {"@\"x\"", 2, "malformed value name (got '\"', want \"=\")"},
        {"\"v\"=", 5,
         "malformed data (got the end of the line, want a string in quotes, \"dword:\", \"hex:\" "
         "or \"-\")"},
        {"\"v\"=x", 5,
         "malformed data (got \"x\", want a string in quotes, \"dword:\", \"hex:\" or \"-\")"},
        {"\"v\"=-1", 6, "malformed removal (got \"1\", want the end of the line)"},
        {"v=\"x\"", 1, "malformed line (got \"v\", want a [key], a value or a \";\" comment)"},
        {"\xc3\xa9\xc3\xa9", 1,
         "malformed line (got \"\xc3\xa9\", want a [key], a value or a \";\" comment)"},
        /* columns count characters, not bytes */
        {"\"\xc3\xa9\xf0\x9f\x99\x82\"=x", 6,
         "malformed data (got \"x\", want a string in quotes, \"dword:\", \"hex:\" or \"-\")"},
        {"  \"v\" \x1b", 7, "malformed value name (got \"\\x1b\", want \"=\")"},
        {"[k", 3, "malformed key (got the end of the line, want \"]\")"},
        {"[]", 2, "malformed key (got \"]\", want a name)"},
        {"[-]", 3, "malformed key (got \"]\", want a name)"},
        {"[\\k]", 2, "malformed key (got \"\\\", want a name)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *source =
            arena_printf(*state, HEADER "[first]\n%s\n[last]\n\"v\"=\"1\"\n", rows[i].line);
        struct reg_text text = parse(state, source);
        assert_problem(&text, 3, rows[i].column, rows[i].message);
        assert_string_equal(text.keys[text.nkeys - 1].path, "last");
        assert_int_equal(text.keys[text.nkeys - 1].nvalues, 1);
        assert_int_equal(text.keys[0].nvalues, 0);
    }
}

/* What Windows does with a line, as Wine's tests of regedit and reg.exe found on it. */
static void a_line_is_read_as_windows_reads_it(void **state)
{
    static const struct {
        const char *line;
        const char *data; /* NULL: nothing is written */
        size_t len;
        size_t nproblems;
    } rows[] = {
        {"\"v\"=hex:01,02;why", DATA("\1\2"), 0},
        {"\"v\"=hex:01,02 \t; why", DATA("\1\2"), 0},
        {"\"v\"=hex:01,02 # why", NULL, 0, 1},
        {"\"v\"=dword:00000001;why", DATA("\1\0\0\0"), 0},
        {"\"v\"=dword:\t1 ; why", DATA("\1\0\0\0"), 0},
        {"\"v\"=\"x\" ; why", DATA("x\0\0\0"), 0},
        {"\"v\"=\"x\"\"y\"", NULL, 0, 1},
        {"\"v\"=\"x;y#\"", DATA("x\0;\0y\0#\0\0\0"), 0},
        {"\"v\"=;\"x\"", NULL, 0, 1},
        {"\"v\"=\"\\0\"", NULL, 0, 1},
        {"\"v\"=hex:01,02,", DATA("\1\2"), 1},
        {"\"v\"=hex:01,02,\n  03,04", DATA("\1\2"), 1},
        {"\"v\"=hex:01,02,;why\n  03,04", DATA("\1\2"), 1},
        {"\"v\"=hex:01,02\\\n,03", NULL, 0, 1},
        {"\"v\"=hex:01,02\\\n  ,03", NULL, 0, 1},
        {"\"v\"=hex:01,02\\\n  03", NULL, 0, 1},
        {"\"v\"=hex:01,0\\\n2,03", NULL, 0, 1},
        {"\"v\"=hex:01,\\02", NULL, 0, 1},
        {"\"v\"=hex:\\01", NULL, 0, 1},
        {"\"v\"=hex:,\\\n  01", NULL, 0, 1},
        {"\"v\"=hex:01,,02", NULL, 0, 1},
        {"\"v\"=hex:01,100", NULL, 0, 1},
        {"\"v\"=hex:01,\\\n\\\n  02", NULL, 0, 1},
        {"\"v\"=hex:01,\\#why\n  02", NULL, 0, 1},
        {"\"v\"=hex:01,\\\n  #why\n  02", NULL, 0, 1},
        {"\"v\"=hex(0x3):01", NULL, 0, 1},
        {"# \"v\"=\"x\"", NULL, 0, 0},
        {"\"\"=\"x\"", DATA("x\0\0\0"), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reg_text text =
            parse(state, arena_printf(*state, HEADER "[k]\n%s\n[l]\n", rows[i].line));
        const struct reg_key *key = &text.keys[0];
        assert_int_equal(text.nkeys, 2);
        if (text.nproblems != rows[i].nproblems || key->nvalues != !!rows[i].data)
            fail_msg("%s: %zu problems, %zu values", rows[i].line, text.nproblems, key->nvalues);
        if (rows[i].data)
            assert_data(&key->values[0], key->values[0].type, rows[i].data, rows[i].len);
    }
}

/* Behind a comma, a backslash makes the next line part of the data, whatever it is. */
static void the_values_that_hex_data_swallows_are_lost(void **state)
{
    struct reg_text text =
        parse(state, "[k]\n\"a\"=hex:01,\\\n\"b\"=\"1\"\n\"c\"=hex:01\\\n\"d\"=\"2\"\n"
                     "\"e\"=hex:01,\\\n[l]\n\"f\"=\"3\"\n");
    assert_int_equal(text.nproblems, 3);
    assert_int_equal(text.problems[0].line, 3);
    assert_string_equal(text.problems[0].name, "a");
    assert_int_equal(text.problems[1].line, 4);
    assert_int_equal(text.problems[2].line, 7);
    assert_int_equal(text.nkeys, 1);
    assert_int_equal(text.keys[0].nvalues, 2);
    assert_string_equal(text.keys[0].values[0].name, "d");
    assert_string_equal(text.keys[0].values[1].name, "f");
}

static void a_lone_backslash_is_dropped_and_said(void **state)
{
    struct reg_text text = parse(state, "[k]\n\"v\"=\"C:\\Program Files\\x\\\\y\"\n");
    assert_problem(&text, 2, 9,
                   "malformed string (got \"P\", want \"\\\" or '\"' behind a backslash)");
    assert_data(&text.keys[0].values[0], 1,
                DATA("C\0:\0P\0r\0o\0g\0r\0a\0m\0 \0F\0i\0l\0e\0s\0x\0\\\0y\0\0\0"));
    text = parse(state, "[k]\n\"a\\b\"=\"\\\xc3\xa9\"\n");
    assert_int_equal(text.nproblems, 2);
    assert_int_equal(text.problems[1].column, 9);
    assert_string_equal(text.keys[0].values[0].name, "ab");
    assert_data(&text.keys[0].values[0], 1, DATA("\xe9\0\0\0"));
}

static void a_line_of_hex_data_that_nothing_carries_on_is_one_problem(void **state)
{
    struct reg_text text =
        parse(state, "[k]\n\"v\"=hex:01,02\n  03,04,\\\n  05\n\n  06\n\"w\"=\"1\"\n  07\n");
    assert_int_equal(text.nproblems, 2);
    assert_int_equal(text.problems[0].line, 3);
    assert_int_equal(text.problems[0].fault, REG_HEX);
    assert_string_equal(
        text.problems[0].message,
        "malformed hex data (got \"0\", want \",\\\" at the end of the line above)");
    assert_int_equal(text.problems[1].line, 8);
    assert_int_equal(text.problems[1].fault, REG_SYNTAX);
    assert_data(&text.keys[0].values[0], 3, DATA("\1\2"));
}

static void a_single_digit_is_a_byte_and_said_once(void **state)
{
    struct reg_text text = parse(state, "[k]\n\"v\"=hex:1,02,3 ,4\n");
    assert_problem(&text, 2, 10, "malformed hex data (got \",\", want two hex digits)");
    assert_data(&text.keys[0].values[0], 3, DATA("\1\2\3\4"));
    text = parse(state, "[k]\n\"v\"=hex:3");
    assert_problem(&text, 2, 10,
                   "malformed hex data (got the end of the text, want two hex digits)");
    assert_data(&text.keys[0].values[0], 3, DATA("\3"));
}

static void paths_are_tidied_up_as_windows_does(void **state)
{
    static const struct {
        const char *line, *path;
        size_t nproblems;
    } rows[] = {
        {"[a\\\\b\\c\\]", "a\\b\\c", 0},
        {"[a\\\\\\\\]", "a", 0},
        {"[a\\b ]", "a\\b ", 0},
        {"[a] ; b", "a", 0},
        {"[a];]", "a", 0},
        {"[a ; b]", "a ; b", 0},
        {"[a] b", "a", 1},
        {"[-a\\]", "a", 0},
        {"[ a]", " a", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reg_text text = parse(state, rows[i].line);
        assert_int_equal(text.nproblems, rows[i].nproblems);
        assert_string_equal(text.keys[0].path, rows[i].path);
    }
}

static void lines_may_end_in_any_way(void **state)
{
    static const char *const ends[] = {"\n", "\r", "\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *e = ends[i];
        struct reg_text text = parse(
            state, arena_printf(*state, "REGEDIT4%s%s;x%s[k]%s\"a\"=hex:01,\\%s  02%s\"b\"=x%s", e,
                                e, e, e, e, e, e));
        assert_problem(&text, 7, 5,
                       "malformed data (got \"x\", want a string in quotes, \"dword:\", \"hex:\" "
                       "or \"-\")");
        assert_int_equal(text.keys[0].line, 4);
        assert_int_equal(text.keys[0].values[0].line, 5);
        assert_data(&text.keys[0].values[0], 3, DATA("\1\2"));
    }
}

static void problems_say_what_they_belong_to(void **state)
{
    struct reg_text text =
        parse(state, "\"a\"=1\n[k]\n  \"b\"=hex,1\n\"c\n@=x\n[l\n\"d\"=x\n \t[\xc3\xa9] x\n\0");
    static const struct {
        const char *key, *name;
        enum reg_fault fault;
    } rows[] = {
        {NULL, NULL, REG_SYNTAX},       {"k", "b", REG_HEX},      {"k", NULL, REG_SYNTAX},
        {"k", "", REG_SYNTAX},          {NULL, NULL, REG_SYNTAX}, {NULL, "d", REG_SYNTAX},
        {"\xc3\xa9", NULL, REG_SYNTAX},
    };
    assert_int_equal(text.nproblems, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < text.nproblems; i++) {
        const struct reg_problem *problem = &text.problems[i];
        assert_int_equal(problem->fault, rows[i].fault);
        assert_true(!problem->key == !rows[i].key && !problem->name == !rows[i].name);
        if (rows[i].key)
            assert_string_equal(problem->key, rows[i].key);
        if (rows[i].name)
            assert_string_equal(problem->name, rows[i].name);
    }
    assert_int_equal(text.keys[1].column, 3);
    assert_int_equal(text.problems[6].column, 7);
}

static void bytes_that_are_no_utf8_are_windows_1252(void **state)
{
    struct reg_value value = parse_value(state, HEADER, "\"\xe9\x80\"=\"\x80\"");
    assert_string_equal(value.name, "\xc3\xa9\xe2\x82\xac");
    assert_data(&value, 1, DATA("\xac\x20\0\0"));
    struct reg_text text = parse(state, "\xef\xbb\xbf[k]\n; \xe9\n\"\xe9\"=\"x\"\n\"w\"=\"1\"\n");
    assert_problem(&text, 3, 2, "malformed text (got a byte that is not UTF-8, want UTF-8)");
    assert_int_equal(text.problems[0].fault, REG_CHARACTERS);
    assert_int_equal(text.keys[0].nvalues, 1);
}

static void faults_at_the_end_of_the_text_say_so(void **state)
{
    struct reg_text text = parse(state, "[k]\n\"v\"=hex:01,\\");
    assert_problem(
        &text, 2, 13,
        "malformed hex data (got the end of the text, want two hex digits or a backslash)");
    assert_data(&text.keys[0].values[0], 3, DATA("\1"));
    text = parse(state, "[k]\n\"v\"=hex:01,\\\r\n  ");
    assert_problem(
        &text, 3, 3,
        "malformed hex data (got the end of the text, want two hex digits or a backslash)");
    text = parse(state, "[k");
    assert_problem(&text, 1, 3, "malformed key (got the end of the text, want \"]\")");
}

static void a_fault_in_hex_data_takes_its_lines_along(void **state)
{
    struct reg_text text =
        parse(state, "[k]\n\"a\"=hex,01,\\\n  02,\\\n  03\n\"b\"=\"1\"\n\"c\"=hex:01,\\\n  0g,\\\n"
                     "  03\n\"d\"=\"2\"\n");
    assert_int_equal(text.nproblems, 2);
    assert_int_equal(text.problems[0].line, 2);
    assert_int_equal(text.problems[0].column, 8);
    assert_int_equal(text.problems[1].line, 7);
    assert_int_equal(text.problems[1].column, 4);
    assert_int_equal(text.keys[0].nvalues, 2);
    assert_string_equal(text.keys[0].values[0].name, "b");
    assert_string_equal(text.keys[0].values[1].name, "d");
}

static void a_fault_in_a_string_does_not_take_the_next_line_along(void **state)
{
    struct reg_text text = parse(state, "[k]\n\"a\"=\"C:\\\\x\\\n\"b\"=\"1\"\n");
    assert_int_equal(text.nproblems, 1);
    assert_int_equal(text.keys[0].nvalues, 1);
    assert_string_equal(text.keys[0].values[0].name, "b");
}

static void values_need_a_key_that_stays(void **state)
{
    struct reg_text text = parse(state, HEADER "\"v\"=\"1\"\n");
    assert_problem(&text, 2, 1,
                   "malformed value (got one above the first [key], want it below one)");
    text = parse(state, "[-k]\n\"v\"=\"1\"\n");
    assert_problem(&text, 2, 1, "malformed value (got one below a [-key], want it below a [key])");
}

static void values_below_a_broken_key_go_to_no_other(void **state)
{
    struct reg_text text = parse(state, "[a]\n\"v\"=\"1\"\n[b\n\"w\"=\"2\"\n\"x\"=\"3\"\n");
    assert_problem(&text, 3, 3, "malformed key (got the end of the line, want \"]\")");
    assert_int_equal(text.nkeys, 1);
    assert_int_equal(text.keys[0].nvalues, 1);
}

static void unknown_header_is_a_problem(void **state)
{
    static const char *const rows[] = {
        "Windows Registry Editor Version 6.00",
        "Windows Registry Editor version 5.00",
        "REGEDIT",
        "REGEDIT45",
        "regedit4",
        "REGEDIT4 ;",
        "REGEDIT 4",
        "  Regedit4",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reg_text text = parse(state, arena_printf(*state, "%s\n[k]\n", rows[i]));
        size_t blanks = strspn(rows[i], " ");
        assert_problem(&text, 1, (unsigned)blanks + 1,
                       arena_printf(*state,
                                    "malformed header (got \"%s\", want \"Windows Registry Editor "
                                    "Version 5.00\" or \"REGEDIT4\")",
                                    rows[i] + blanks));
        assert_int_equal(text.problems[0].fault, REG_HEADER);
        assert_false(text.has_header);
        assert_int_equal(text.header_line, 1);
        assert_int_equal(text.nkeys, 1);
    }
    /* only the first one is taken for a header, and a long one is cut */
    struct reg_text text = parse(state, "REGEDIT5\nREGEDIT6\n");
    assert_int_equal(text.nproblems, 2);
    assert_int_equal(text.problems[1].fault, REG_SYNTAX);
    text = parse_repeated(state, "REGEDIT", "5", 100000);
    assert_in_range(strlen(text.problems[0].message), 100, 250);
}

static void headers_may_stand_behind_blanks_and_below_other_lines(void **state)
{
    struct reg_text text = parse(state, " \tREGEDIT4 \t\r\n[k]\r\n");
    assert_int_equal(text.nproblems, 0);
    assert_true(text.has_header);
    assert_int_equal(text.header_line, 1);
    /* one text was put behind another */
    text = parse(state, "\n; x\n" HEADER "[k]\n\"v\"=hex(1):41,00\n" HEADER "REGEDIT4\n[l]\n"
                        "\"w\"=hex(1):42,00\n");
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.header_line, 3);
    assert_data(&text.keys[1].values[0], 1, DATA("B\0"));
}

static void utf8_mark_is_no_character(void **state)
{
    struct reg_text text = parse(state, "\xef\xbb\xbf" HEADER "[k]\n");
    assert_int_equal(text.nproblems, 0);
    assert_true(text.has_header);
    text = parse(state, "\xef\xbb\xbfx\n");
    assert_int_equal(text.problems[0].column, 1);
}

static void utf16_with_a_mark_is_read(void **state)
{
    struct reg_text text = parse_bytes(
        state, DATA("\xff\xfe[\0k\0]\0\r\0\n\0\"\0\x16\x04\"\0=\0\"\0\x3d\xd8\x42\xde\"\0 \0x\0"));
    assert_problem(&text, 2, 9, "malformed string (got \"x\", want the end of the line)");
    text = parse_bytes(state, DATA("\xff\xfe[\0k\0]\0\n\0@\0=\0\"\0\x3d\xd8\xfd\xff\"\0"));
    assert_int_equal(text.nproblems, 0);
    assert_data(&text.keys[0].values[0], 1, DATA("\x3d\xd8\xfd\xff\0\0"));
}

static void utf16_that_is_cut_is_a_problem(void **state)
{
    struct reg_text text = parse_bytes(state, DATA("\xff\xfe[\0k\0]\0\n"));
    assert_problem(&text, 1, 4,
                   "malformed text (got half a character at its end, want a whole one)");
    text = parse_bytes(state, DATA("\xff\xfe[\0k\0]\0\n\0\0\0"));
    assert_problem(&text, 2, 1, "malformed text (got a NUL character at its end, want none)");
    text = parse_bytes(state, DATA("\xff\xfe"));
    assert_int_equal(text.nproblems, 0);
}

static void nul_is_a_problem_wherever_it_is(void **state)
{
    struct reg_text text = parse_bytes(state, DATA("[k]\n\"v\"=\"a\0b\"\n\"w\"=\"1\"\n"));
    assert_problem(&text, 2, 7, "malformed text (got a NUL character, want none)");
    assert_int_equal(text.keys[0].nvalues, 1);
    text = parse_bytes(state, DATA("[k]\n; \0\n"));
    assert_problem(&text, 2, 3, "malformed text (got a NUL character, want none)");
    text = parse_bytes(state, DATA("[k]\n\"v\"=hex:01,\\\n\0\n"));
    assert_problem(&text, 3, 1, "malformed hex data (got \"\\x00\", want two hex digits)");
    text = parse_bytes(state, DATA("[\0k\0]\0\n\0"));
    assert_int_equal(text.nproblems, 2);
    assert_int_equal(text.nkeys, 0);
}

static void comments_may_hold_any_other_bytes(void **state)
{
    struct reg_text text = parse(state, "; caf\xe9 \x1b\n ; \xff\xff\n[k]\n");
    assert_int_equal(text.nproblems, 0);
}

static void problems_are_cut_at_a_thousand(void **state)
{
    size_t lines = 100000;
    char *source = malloc(2 * lines + sizeof "[k]");
    assert_non_null(source);
    for (size_t i = 0; i < lines; i++)
        memcpy(source + 2 * i, "x\n", 2);
    strcpy(source + 2 * lines, "[k]");
    struct reg_text text = parse(state, source);
    free(source);
    assert_int_equal(text.nproblems, 1000);
    assert_int_equal(text.nunlisted, lines - 1000);
    assert_int_equal(text.problems[999].line, 1000);
    assert_int_equal(text.nkeys, 1);
}

static void long_lines_are_read_in_passing(void **state)
{
    size_t many = 3 * 1000 * 1000;
    clock_t before = clock();
    struct reg_text text = parse_repeated(state, "[k]\n\"v\"=hex:01", ",02", many);
    assert_int_equal(text.nproblems, 0);
    assert_int_equal(text.keys[0].values[0].data.len, 1 + many);
    text = parse_repeated(state, "[k]\n\"v\"=hex:01", ",\\\n 02", many);
    assert_int_equal(text.keys[0].values[0].data.len, 1 + many);
    text = parse_repeated(state, "[k]\n\"v\"=hex:01,", "\\\n", many);
    assert_problem(&text, 3, 1, "malformed hex data (got \"\\\", want two hex digits)");
    text = parse_repeated(state, "[k]\n\"v\"=hex:01,\\", "\n;", many);
    assert_int_equal(text.keys[0].values[0].data.len, 1);
    text = parse_repeated(state, "[k]\n\"v\"=\"", "\\a", many);
    assert_int_equal(text.nproblems, 2);
    text = parse_repeated(state, "[k", "] ", many);
    assert_int_equal(text.nkeys, 1);
    text = parse_repeated(state, "", "REGEDIT5\n", many);
    assert_int_equal(text.nproblems, REG_PROBLEMS_MAX);
    text = parse_repeated(state, "[k]\n\"v\"=\"", "\\\\", many);
    assert_problem(&text, 2, 2 * (unsigned)many + 6,
                   "malformed string (got the end of the text, want '\"')");
    text = parse_repeated(state, "", "[", many);
    assert_problem(&text, 1, (unsigned)many + 1,
                   "malformed key (got the end of the text, want \"]\")");
    text = parse_repeated(state, "", "[k]\n", many);
    assert_int_equal(text.nkeys, many);
    /* A reader that is not linear takes hours. */
    assert_true(clock() - before < 60 * CLOCKS_PER_SEC);
}

static void any_bytes_are_survived(void **state)
{
    static const char *const tokens[] = {
        "[",  "]",  "\"", "\\", "=", "@",      "hex", "hex(", "):",       ":",        ",",
        "\n", "\r", "-",  ";",  " ", "dword:", "0a",  "\xff", "\xc0\x80", "REGEDIT4", "k"};
    unsigned seed = 20240607;
    const char *wanted = getenv("HIVEAUDIT_SEED");
    if (wanted)
        seed = (unsigned)strtoul(wanted, NULL, 10);
    print_message("HIVEAUDIT_SEED=%u\n", seed);
    srand(seed);
    for (int turn = 0; turn < 20000; turn++) {
        char source[256] = "[k]\n";
        for (int i = rand() % 24; i > 0; i--)
            strcat(source, tokens[(size_t)rand() % (sizeof tokens / sizeof *tokens)]);
        CLEANUP(arena) struct arena *arena = arena_new();
        void *inner = arena;
        struct reg_text text = parse(&inner, source);
        for (size_t i = 0; i < text.nproblems; i++) {
            assert_in_range(text.problems[i].line, 1, 260);
            assert_in_range(text.problems[i].column, 1, 260);
        }
    }
    (void)state;
}

static void path_in_hive_drops_the_name_of_the_hive(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\X", "Microsoft\\X"},
        {"hkey_local_machine\\Software\\Wow6432Node", "Wow6432Node"},
        {"HKEY_LOCAL_MACHINE\\SYSTEM\\Select", "Select"},
        {"HKEY_LOCAL_MACHINE\\SOFTWARE", ""},
        {"HKEY_LOCAL_MACHINE", ""},
        {"HKEY_CURRENT_USER\\Software\\X", "Software\\X"},
        {"Hkey_Current_User", ""},
        {"HKEY_LOCAL_MACHINES\\SOFTWARE\\X", "HKEY_LOCAL_MACHINES\\SOFTWARE\\X"},
        {"Microsoft\\X", "Microsoft\\X"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(reg_path_in_hive(rows[i][0]), rows[i][1]);
}

static void paths_of_the_system_hive_are_told(void **state)
{
    (void)state;
    assert_true(reg_path_is_system("HKEY_LOCAL_MACHINE\\SYSTEM"));
    assert_true(reg_path_is_system("hkey_local_machine\\system\\Select"));
    assert_false(reg_path_is_system("HKEY_LOCAL_MACHINE\\SYSTEM2\\Select"));
    assert_false(reg_path_is_system("HKEY_LOCAL_MACHINE\\SOFTWARE\\SYSTEM"));
    assert_false(reg_path_is_system("HKEY_LOCAL_MACHINE"));
    assert_false(reg_path_is_system("SYSTEM\\Select"));
    assert_false(reg_path_is_system(""));
}

static bool read_corpus(void **state, const char *name, struct slice *bytes)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus)
        return false;
    CLEANUP(file) FILE *file = fopen(arena_printf(*state, "%s/reg/%s", corpus, name), "rb");
    assert_non_null(file);
    uint8_t *buffer = arena_alloc(*state, 65536, 1);
    *bytes = (struct slice){.ptr = buffer, .len = fread(buffer, 1, 65536, file)};
    return true;
}

/* Vendors' files, some with real mistakes; keys and values as a search for lines that start with [
 * and with " counts them. */
static void files_of_vendors_are_read(void **state)
{
    static const struct {
        const char *name;
        size_t nkeys, nvalues, nproblems;
    } rows[] = {
        {"fedict_beid_registry.reg", 11, 24, 0},
        {"open-eid-install.reg", 6, 35, 0},
        {"opensc-minidriver-feitian-a0464462.reg", 4, 20, 1},
        {"opensc-minidriver-feitian-c980b821.reg", 6, 30, 1},
        {"opensc-minidriver-italian-cns-a0464462.reg", 4, 20, 0},
        {"opensc-minidriver-westcos-a0464462.reg", 1, 4, 0},
        {"sc-hsm_minidriver-sc-hsm.reg", 6, 24, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice bytes;
        if (!read_corpus(state, rows[i].name, &bytes))
            skip();
        struct reg_text text = reg_text_parse(*state, bytes);
        size_t nvalues = text.nproblems;
        for (size_t j = 0; j < text.nkeys; j++)
            nvalues += text.keys[j].nvalues;
        assert_true(text.has_header);
        assert_int_equal(text.nkeys, rows[i].nkeys);
        assert_int_equal(nvalues, rows[i].nvalues);
        assert_int_equal(text.nproblems, rows[i].nproblems);
        if (text.nproblems)
            assert_problem(&text, 5, 14, "malformed hex data (got \",\", want \":\")");
    }
}

static void data_of_a_vendor_is_read_byte_for_byte(void **state)
{
    struct slice bytes;
    if (!read_corpus(state, "opensc-minidriver-italian-cns-a0464462.reg", &bytes))
        skip();
    struct reg_text text = reg_text_parse(*state, bytes);
    assert_string_equal(text.keys[0].path, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\Microsoft\\"
                                           "Cryptography\\Calais\\SmartCards\\CPS");
    assert_string_equal(text.keys[0].values[3].name, "ATR");
    assert_data(&text.keys[0].values[3], 3,
                DATA("\x3b\xff\x18\x00\xff\xc1\x0a\x31\xfe\x55\x00\x6b\x05\x08\xc8\x0c\x01\x11\x01"
                     "\x43\x4e\x53\x10\x31\x80\x05"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(keys_and_values_keep_their_order_and_lines),
        TEST(header_is_optional),
        TEST(empty_text_has_nothing),
        TEST(last_bracket_of_the_line_closes_a_key),
        TEST(blanks_around_tokens_do_not_matter),
        TEST(line_ends_of_windows_and_a_missing_last_one_are_fine),
        TEST(strings_end_in_a_nul_and_know_two_escapes),
        TEST(strings_hold_any_utf8),
        TEST(dwords_are_stored_little_endian),
        TEST(hex_data_takes_any_type),
        TEST(hex_data_may_be_empty),
        TEST(hex_data_goes_on_behind_a_backslash),
        TEST(a_minus_removes_a_value),
        TEST(regedit4_strings_in_hex_become_utf16),
        TEST(faults_are_named_where_they_are),
        TEST(faults_at_the_end_of_the_text_say_so),
        TEST(a_fault_in_hex_data_takes_its_lines_along),
        TEST(a_fault_in_a_string_does_not_take_the_next_line_along),
        TEST(values_need_a_key_that_stays),
        TEST(values_below_a_broken_key_go_to_no_other),
        TEST(unknown_header_is_a_problem),
        TEST(headers_may_stand_behind_blanks_and_below_other_lines),
        TEST(a_line_is_read_as_windows_reads_it),
        TEST(the_values_that_hex_data_swallows_are_lost),
        TEST(a_lone_backslash_is_dropped_and_said),
        TEST(a_line_of_hex_data_that_nothing_carries_on_is_one_problem),
        TEST(a_single_digit_is_a_byte_and_said_once),
        TEST(paths_are_tidied_up_as_windows_does),
        TEST(lines_may_end_in_any_way),
        TEST(problems_say_what_they_belong_to),
        TEST(bytes_that_are_no_utf8_are_windows_1252),
        TEST(utf8_mark_is_no_character),
        TEST(utf16_with_a_mark_is_read),
        TEST(utf16_that_is_cut_is_a_problem),
        TEST(nul_is_a_problem_wherever_it_is),
        TEST(comments_may_hold_any_other_bytes),
        TEST(problems_are_cut_at_a_thousand),
        TEST(long_lines_are_read_in_passing),
        TEST(any_bytes_are_survived),
        TEST(path_in_hive_drops_the_name_of_the_hive),
        TEST(paths_of_the_system_hive_are_told),
        TEST(files_of_vendors_are_read),
        TEST(data_of_a_vendor_is_read_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
