/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include "loading.h"

/* A mapping in one line, and a loader that collects what is wrong with its nodes. */
struct line {
    struct rule_errors errors;
    struct rule_file file;
    struct lists lists;
    struct loader loader;
    struct yaml_node *root;
};

static struct line *read_line(struct arena *arena, const char *text)
{
    struct line *line = arena_alloc(arena, 1, sizeof *line);
    line->errors.arena = arena;
    line->file = (struct rule_file){.name = "a.yaml", .text = text, .len = strlen(text)};
    line->loader = (struct loader){&line->errors, &line->file, &line->lists};
    line->root = yaml_parse(&line->errors, &line->file);
    assert_int_equal(line->errors.count, 0);
    return line;
}

static void assert_error(const struct line *line, const char *expected)
{
    assert_int_equal(line->errors.count, 1);
    loading_check_error(line->errors.items[0], line->file.text, expected);
}

static void a_text_is_a_scalar_that_holds_something(void **state)
{
    struct line *line = read_line(*state, "a: text\nb: ''\nc: [x]\n");
    const char *text = "untouched";
    assert_true(load_text(&line->loader, &line->root->children[0], &text));
    assert_string_equal(text, "text");
    assert_false(load_text(&line->loader, &line->root->children[1], &text));
    assert_string_equal(text, "text");
    assert_error(line, "a.yaml:2:0: \"b\" has to be a text\n");
    assert_false(load_text(&line->loader, &line->root->children[2], &text));
    assert_int_equal(line->errors.count, 2);
}

static void strings_are_a_sequence_of_scalars(void **state)
{
    struct line *line = read_line(*state, "a: [x, '', z]\nb: [x, [y]]\nc: x\n");
    struct strings strings = {0};
    assert_true(load_strings(&line->loader, &line->root->children[0], &strings));
    assert_int_equal(strings.count, 3);
    assert_string_equal(strings.items[1], "");
    assert_string_equal(strings.items[2], "z");
    assert_false(load_strings(&line->loader, &line->root->children[1], &(struct strings){0}));
    assert_error(line, "a.yaml:2:8: want a text\n");
    assert_false(load_strings(&line->loader, &line->root->children[2], &(struct strings){0}));
}

static void a_word_is_found_by_its_exact_spelling(void **state)
{
    static const char *const words[] = {"native", "none"};
    struct line *line = read_line(*state, "a: none\nb: natve\nc: NONE\nd: [none]\n");
    const struct yaml_node *nodes = line->root->children;
    assert_int_equal(load_word(&line->loader, &nodes[0], "view", words, 2), 1);
    assert_int_equal(line->errors.count, 0);
    assert_int_equal(load_word(&line->loader, &nodes[1], "view", words, 2), -1);
    assert_error(line, "a.yaml:2:4: unknown view \"natve\" (did you mean \"native\"?)\n");
    assert_int_equal(load_word(&line->loader, &nodes[2], "view", words, 2), -1);
    assert_int_equal(load_word(&line->loader, &nodes[3], "view", words, 2), -1);
    assert_int_equal(line->errors.count, 3);
}

static void bits_are_one_word_or_several(void **state)
{
    static const char *const words[] = {"x", "y", "z"};
    struct line *line = read_line(*state, "a: y\nb: [z, x]\nc: [x, w, v]\nd: []\ne: [x, x]\n");
    const struct yaml_node *nodes = line->root->children;
    assert_int_equal(load_bits(&line->loader, &nodes[0], "word", words, 3), 2);
    assert_int_equal(load_bits(&line->loader, &nodes[1], "word", words, 3), 5);
    assert_int_equal(load_bits(&line->loader, &nodes[4], "word", words, 3), 1);
    assert_int_equal(line->errors.count, 0);
    load_bits(&line->loader, &nodes[2], "word", words, 3);
    assert_int_equal(line->errors.count, 2);
    load_bits(&line->loader, &nodes[3], "word", words, 3);
    assert_int_equal(line->errors.count, 3);
}

static void a_mapping_holds_something(void **state)
{
    struct line *line = read_line(*state, "a: {b: c}\nd: {}\ne: x\nf: [x]\n");
    const struct yaml_node *nodes = line->root->children;
    assert_true(load_mapping(&line->loader, &nodes[0]));
    assert_false(load_mapping(&line->loader, &nodes[1]));
    assert_error(line, "a.yaml:2:4: \"d\" has to be a mapping\n");
    assert_false(load_mapping(&line->loader, &nodes[2]));
    assert_false(load_mapping(&line->loader, &nodes[3]));
}

static void a_field_is_known_by_its_key(void **state)
{
    static const char *const fields[] = {"build", "view"};
    struct line *line = read_line(*state, "{view: 1, biuld: 2}\n");
    const struct yaml_node *nodes = line->root->children;
    assert_int_equal(load_field_index(&line->loader, &nodes[0], fields, 2), 1);
    assert_int_equal(load_field_index(&line->loader, &nodes[1], fields, 2), -1);
    assert_error(line, "a.yaml:1:11: unknown field \"biuld\" (did you mean \"build\"?)\n");
}

static void an_error_stands_at_the_word_even_where_its_key_is_the_same(void **state)
{
    static const char *const words[] = {"never"};
    struct line *line = read_line(*state, "what: what\n");
    load_word(&line->loader, &line->root->children[0], "word", words, 1);
    assert_error(line, "a.yaml:1:7: unknown word \"what\"\n");
}

static void a_list_that_is_not_there_is_not_found(void **state)
{
    struct lists lists = {0};
    (void)state;
    assert_null(lists_find(&lists, "a"));
    assert_null(lists_suggest(&lists, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_text_is_a_scalar_that_holds_something),
        SUPPORT_TEST(strings_are_a_sequence_of_scalars),
        SUPPORT_TEST(a_word_is_found_by_its_exact_spelling),
        SUPPORT_TEST(bits_are_one_word_or_several),
        SUPPORT_TEST(a_mapping_holds_something),
        SUPPORT_TEST(a_field_is_known_by_its_key),
        SUPPORT_TEST(an_error_stands_at_the_word_even_where_its_key_is_the_same),
        SUPPORT_TEST(a_list_that_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
