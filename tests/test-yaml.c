/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/yaml.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static struct yaml_node *parse(struct rule_errors *errors, const char *text, size_t len)
{
    struct rule_file *file = arena_alloc(errors->arena, 1, sizeof *file);
    *file = (struct rule_file){.name = "f.yaml", .text = text, .len = len};
    return yaml_parse(errors, file);
}

static struct yaml_node *parse_well(struct arena *arena, const char *text)
{
    struct rule_errors errors = {.arena = arena};
    struct yaml_node *root = parse(&errors, text, strlen(text));
    if (errors.count)
        fail_msg("%s", errors.items[0]);
    assert_non_null(root);
    return root;
}

/* The one error in a text, which yields no node. */
static const char *parse_badly(struct arena *arena, const char *text, size_t len)
{
    struct rule_errors errors = {.arena = arena};
    if (parse(&errors, text, len))
        fail_msg("taken: %s", text);
    assert_int_equal(errors.count, 1);
    return errors.items[0];
}

static void assert_starts(const char *error, const char *start)
{
    if (strncmp(error, start, strlen(start)) != 0)
        fail_msg("got \"%s\", want \"%s...\"", error, start);
}

/* The same, where the place may be anywhere in a token: libfyaml skips quotes and such marks. */
static void assert_within(const char *error, unsigned line, unsigned first, unsigned last,
                          const char *what)
{
    unsigned got_line = 0, got_column = 0;
    int end = 0;
    sscanf(error, "f.yaml:%u:%u: %n", &got_line, &got_column, &end);
    if (got_line != line || got_column < first || got_column > last)
        fail_msg("got \"%s\", want line %u, column %u to %u", error, line, first, last);
    assert_starts(error + end, what);
}

static void a_document_is_read_into_nodes_with_places(void **state)
{
    struct yaml_node *root = parse_well(*state, "# comment\n"
                                                "rules:\n"
                                                "  - id: x\n"
                                                "    tags: [a, bc]\n"
                                                "lists: {}\n");
    assert_int_equal(root->kind, YAML_MAPPING);
    assert_int_equal(root->count, 2);
    assert_null(root->key);
    const struct yaml_node *rules = &root->children[0], *lists = &root->children[1];
    assert_string_equal(rules->key, "rules");
    assert_int_equal(rules->key_line, 2);
    assert_int_equal(rules->key_column, 1);
    assert_int_equal(rules->kind, YAML_SEQUENCE);
    assert_int_equal(rules->count, 1);
    const struct yaml_node *rule = &rules->children[0];
    assert_int_equal(rule->line, 3);
    assert_int_equal(rule->column, 5);
    assert_null(rule->key);
    const struct yaml_node *tags = &rule->children[1];
    assert_string_equal(tags->key, "tags");
    assert_int_equal(tags->key_column, 5);
    assert_string_equal(tags->children[1].text, "bc");
    assert_int_equal(tags->children[1].line, 4);
    assert_int_equal(tags->children[1].column, 15);
    assert_int_equal(lists->kind, YAML_MAPPING);
    assert_int_equal(lists->count, 0);
    assert_int_equal(lists->line, 5);
    assert_int_equal(lists->column, 8);
}

/* YAML 1.1 reads the most of these as booleans, nulls, dates and numbers of base 60, 8 or 16. */
static void every_scalar_is_the_text_that_stands_there(void **state)
{
    static const char *const plain[] = {
        "no",  "yes", "on",   "off",  "true",  "False",    "null",           "~",    "3b:01",
        "1:2", "010", "0x10", "0o17", "1_000", "1e3",      "2024-01-02",     ".inf", "-0",
        "<<",  "=",   "1.10", "y",    "a b",   "C:\\a\\n", "$DisableSCPnP$",
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        struct yaml_node *root = parse_well(*state, arena_printf(*state, "k: %s\n", plain[i]));
        assert_int_equal(root->children[0].kind, YAML_SCALAR);
        assert_string_equal(root->children[0].text, plain[i]);
    }
}

static void quoted_and_folded_scalars_are_what_yaml_makes_of_them(void **state)
{
    static const struct {
        const char *yaml, *text;
    } cases[] = {
        {"k:\n", ""},
        {"k: ''\n", ""},
        {"k: \"\"\n", ""},
        {"k: 'it''s \\n'\n", "it's \\n"},
        {"k: \"a\\tb\\x41\\u20ac\"\n", "a\tbA\u20ac"},
        {"k: '- [x]'\n", "- [x]"},
        {"k: |\n  [a\\b]\n  \"c\"=dword:1\n", "[a\\b]\n\"c\"=dword:1\n"},
        {"k: >-\n  a\n  b\n\n  c\n", "a b\nc"},
        {"k: a # comment\n", "a"},
        {"k: a#b\n", "a#b"},
        {"k: \u00e4\u20ac\n", "\u00e4\u20ac"},
        {"\xef\xbb\xbfk: a\n", "a"},
        {"---\nk: a\n...\n", "a"},
        {"%YAML 1.2\n---\nk: a\n", "a"},
        {"k: a\r\n", "a"},
        {"k: a", "a"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct yaml_node *root = parse_well(*state, cases[i].yaml);
        assert_string_equal(root->children[0].key, "k");
        assert_string_equal(root->children[0].text, cases[i].text);
    }
}

static void a_key_is_there_once_in_its_mapping(void **state)
{
    assert_string_equal(parse_badly(*state, "a: 1\nb: 2\na: 3\n", 15),
                        "f.yaml:3:1: \"a\" is here twice: it is in line 1 already\n"
                        "    a: 3\n    ^");
    static const char nested[] = "r:\n  - {x: 1, y: 2, x: 3}\n";
    assert_starts(parse_badly(*state, nested, strlen(nested)),
                  "f.yaml:2:18: \"x\" is here twice: it is in line 2 already\n");
    static const char quoted[] = "a: 1\n\"\\x61\": 2\n";
    assert_within(parse_badly(*state, quoted, strlen(quoted)), 2, 1, 2, "\"a\" is here twice");
    parse_well(*state, "a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 1}]\nA: 1\n");
}

#define ANCHOR "anchors and tags are not used"
#define ALIAS  "aliases are not used"

/* A text that is refused, the token that is at fault, and what is said. */
static void what_rule_files_do_not_use_is_refused_at_its_place(void **state)
{
    static const struct {
        const char *yaml;
        unsigned line, first, last;
        const char *error;
    } cases[] = {
        {"a: &x 1\nb: 2\n", 1, 4, 7, ANCHOR},
        {"a: 1\nb: &x [1]\n", 2, 4, 7, ANCHOR},
        {"a: 1\nb: &x {c: 1}\n", 2, 4, 7, ANCHOR},
        {"a: !!str 1\n", 1, 4, 10, ANCHOR},
        {"a: !local 1\n", 1, 4, 11, ANCHOR},
        {"a: !!seq [1]\n", 1, 4, 10, ANCHOR},
        {"a: 1\nb:\n  c: !!map {d: 1}\n", 3, 6, 12, ANCHOR},
        {"&x a: 1\n", 1, 1, 4, ANCHOR},
        {"a: 1\nb: *x\n", 2, 4, 5, ALIAS},
        {"a: 1\n*x : 1\n", 2, 1, 2, ALIAS},
        {"? [a, b]\n: 1\n", 1, 3, 3, "a key has to be a plain word"},
        {"{a: 1}: 2\n", 1, 1, 1, "a key has to be a plain word"},
        {"a: 1\n---\nb: 2\n", 2, 1, 4, "a second document"},
        {"a: \"x\\0y\"\n", 1, 4, 5, "NUL in a text"},
        {"a: 1\n\"b\\0\": 1\n", 2, 1, 2, "NUL in a text"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_within(parse_badly(*state, cases[i].yaml, strlen(cases[i].yaml)), cases[i].line,
                      cases[i].first, cases[i].last, cases[i].error);
}

static void an_empty_second_document_is_refused_at_its_place(void **state)
{
    assert_within(parse_badly(*state, "a: 1\n---\n", 9), 2, 1, 4, "a second document");
}

static void an_empty_value_has_its_place(void **state)
{
    struct yaml_node *root = parse_well(*state, "a: 1\nb:\nc:\n  - 1\n  -\n");
    assert_string_equal(root->children[1].text, "");
    assert_int_equal(root->children[1].line, 2);
    assert_string_equal(root->children[2].children[1].text, "");
}

static void what_is_not_yaml_is_refused_at_its_place(void **state)
{
    static const struct {
        const char *yaml, *error;
    } cases[] = {
        {"a: [1\nb: 2\n", "f.yaml:"},
        {"a: 1\nb: ]\n", "f.yaml:2:4: not YAML: "},
        {"a: 1\n b: 2\n", "f.yaml:1:4: not YAML: "},
        {"a: 1\nb: 'open\n", "f.yaml:"},
        {"a: 1\nb: \"\\q\"\n", "f.yaml:2:5: not YAML: "},
        {"a: 1\n\tb: 2\n", "f.yaml:"},
        {"a: 1\nb: @x\n", "f.yaml:2:4: not YAML: "},
        {"a: >=18362\n", "f.yaml:1:"},
        {"a: 1\nb: caf\xe9 x\n", "f.yaml:"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *error = parse_badly(*state, cases[i].yaml, strlen(cases[i].yaml));
        assert_starts(error, cases[i].error);
        assert_non_null(strstr(error, "not YAML"));
    }
}

static void a_text_without_a_document_holds_no_rules(void **state)
{
    static const char *const texts[] = {"", "\n", "   \n\n", "# only a comment\n", "\xef\xbb\xbf"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_starts(parse_badly(*state, texts[i], strlen(texts[i])),
                      "f.yaml:1:1: nothing here: the file is empty");
}

/* A parser that takes such a byte for the end of the text would drop the rules behind it. */
static void a_byte_that_no_text_holds_does_not_end_the_file(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"a: 1\0b: 2\n", 10},           {"a: 1\n\0b: 2\n", 11},
        {"a: 1\nb: 2\n\0", 11},         {"a: 1\nb: \xff\xfe\nc: 3\n", 16},
        {"a: 1\nb: \xe9t\nc: 3\n", 15}, {"regf\1\0\0\0\2\0\0\0\xff\xfe", 14},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        parse_badly(*state, cases[i].bytes, cases[i].len);
}

/* "[[[...1...]]]" or "{a: {a: ...1...}}" */
static char *nest(struct arena *arena, size_t depth, const char *open, const char *close)
{
    char *text = arena_alloc(arena, depth * (strlen(open) + strlen(close)) + 2, 1), *p = text;
    for (size_t i = 0; i < depth; i++)
        p = stpcpy(p, open);
    *p++ = '1';
    for (size_t i = 0; i < depth; i++)
        p = stpcpy(p, close);
    return text;
}

static void deep_nesting_is_refused_and_does_not_use_up_the_stack(void **state)
{
    static const char *const brackets[][2] = {{"[", "]"}, {"{a: ", "}"}};
    for (size_t i = 0; i < COUNT_OF(brackets); i++) {
        parse_well(*state, nest(*state, 7, brackets[i][0], brackets[i][1]));
        static const size_t depths[] = {9, 100, 5000};
        for (size_t j = 0; j < COUNT_OF(depths); j++) {
            char *text = nest(*state, depths[j], brackets[i][0], brackets[i][1]);
            assert_starts(parse_badly(*state, text, strlen(text)), "f.yaml:1:");
        }
    }
    char *text = nest(*state, 9, "[", "]");
    assert_non_null(strstr(parse_badly(*state, text, strlen(text)), "nested too deeply"));
}

static void columns_count_characters(void **state)
{
    struct yaml_node *root = parse_well(*state, "{\u00e4\u20ac\U0001f600: 1, b: 2}\n");
    assert_int_equal(root->children[1].key_column, 10);
    assert_within(parse_badly(*state, "{\u00e4: 1, b: *x}\n", 15), 1, 11, 12, ALIAS);
}

static void the_library_has_a_version(void **state)
{
    (void)state;
    assert_true(strlen(yaml_library_version()) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_document_is_read_into_nodes_with_places),
        SUPPORT_TEST(every_scalar_is_the_text_that_stands_there),
        SUPPORT_TEST(quoted_and_folded_scalars_are_what_yaml_makes_of_them),
        SUPPORT_TEST(a_key_is_there_once_in_its_mapping),
        SUPPORT_TEST(what_rule_files_do_not_use_is_refused_at_its_place),
        SUPPORT_TEST(an_empty_second_document_is_refused_at_its_place),
        SUPPORT_TEST(an_empty_value_has_its_place),
        SUPPORT_TEST(what_is_not_yaml_is_refused_at_its_place),
        SUPPORT_TEST(a_text_without_a_document_holds_no_rules),
        SUPPORT_TEST(a_byte_that_no_text_holds_does_not_end_the_file),
        SUPPORT_TEST(deep_nesting_is_refused_and_does_not_use_up_the_stack),
        SUPPORT_TEST(columns_count_characters),
        SUPPORT_TEST(the_library_has_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
