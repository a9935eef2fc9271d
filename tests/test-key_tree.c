/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/key_tree.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "support.h"

#define SOFTWARE "HKEY_LOCAL_MACHINE\\SOFTWARE\\"

static const struct tree_key *build(struct arena *arena, const char *text)
{
    struct slice bytes = {.ptr = (const uint8_t *)text, .len = strlen(text)};
    struct reg_text parsed = reg_text_parse(arena, bytes);
    assert_int_equal(parsed.nproblems, 0);
    return key_tree_build(arena, parsed.keys, parsed.nkeys);
}

/* "a(1,2)b(c())": keys with the first bytes of their values' names and data, and their subkeys. */
static const char *show(struct arena *arena, const struct tree_key *key)
{
    const char *text = arena_printf(arena, "%s(", key->name);
    for (size_t i = 0; i < key->nvalues; i++)
        text = arena_printf(arena, "%s%s=%s,", text, key->values[i]->name,
                            text_hex(arena, key->values[i]->data, ""));
    for (size_t i = 0; i < key->nsubkeys; i++)
        text = arena_printf(arena, "%s%s", text, show(arena, key->subkeys[i]));
    return arena_printf(arena, "%s)", text);
}

static void check(struct arena *arena, const char *text, const char *want)
{
    assert_string_equal(show(arena, build(arena, text)), want);
}

static void keys_and_values_are_sorted_by_name(void **state)
{
    check(*state,
          "[" SOFTWARE "b]\n\"y\"=hex:01\n\"X\"=hex:02\n[" SOFTWARE "A]\n[" SOFTWARE "c\\d]\n",
          "(A()b(X=02,y=01,)c(d()))");
}

static void letter_case_makes_no_other_key_or_value(void **state)
{
    check(*state,
          "[" SOFTWARE "Key\\Sub]\n\"V\"=hex:01\n[HKEY_local_machine\\software\\KEY\\SUB]\n"
          "\"v\"=hex:02\n",
          "(Key(Sub(v=02,)))");
}

static void what_is_not_below_software_is_left_out(void **state)
{
    check(*state,
          "[HKEY_LOCAL_MACHINE\\SYSTEM\\x]\n[HKEY_CURRENT_USER\\Software\\x]\n"
          "[HKEY_LOCAL_MACHINE\\SOFTWAREx\\y]\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\n\"v\"=hex:01\n",
          "(v=01,)");
}

static void a_removed_key_takes_what_is_below_it(void **state)
{
    check(*state,
          "[" SOFTWARE "a\\b\\c]\n\"v\"=hex:01\n[" SOFTWARE "k]\n[-" SOFTWARE "A]\n[" SOFTWARE
          "a\\b]\n[-" SOFTWARE "nowhere\\x]\n",
          "(a(b())k())");
}

static void a_removed_value_is_gone_until_it_is_written_again(void **state)
{
    check(*state,
          "[" SOFTWARE "k]\n\"a\"=hex:01\n\"b\"=hex:01\n\"a\"=-\n\"b\"=-\n\"B\"=hex:02\n\"c\"=-\n",
          "(k(B=02,))");
}

static void conditions_look_at_what_was_written_before(void **state)
{
    static const uint8_t bytes[] = {1, 2, 3, 4};
    struct reg_value values[] = {
        {.name = "if present", .data = {bytes, 1}, .condition = REG_IF_PRESENT},
        {.name = "v", .data = {bytes, 1}, .condition = REG_IF_ABSENT},
        {.name = "v", .data = {bytes, 2}, .condition = REG_IF_ABSENT},
        {.name = "w", .data = {bytes, 1}},
        {.name = "w", .data = {bytes, 3}, .condition = REG_IF_PRESENT},
    };
    const struct reg_key key = {.path = SOFTWARE "k", .values = values, .nvalues = 5};
    assert_string_equal(show(*state, key_tree_build(*state, &key, 1)), "(k(v=01,w=010203,))");
}

static void a_key_is_where_it_is_first_named(void **state)
{
    const struct tree_key *root =
        build(*state, "\n[" SOFTWARE "a]\n\n[" SOFTWARE "a\\b]\n[" SOFTWARE "A]\n");
    assert_int_equal(key_tree_find(root, "a")->line, 2);
    assert_int_equal(key_tree_find(root, "A\\B")->line, 4);
    assert_ptr_equal(key_tree_find(root, ""), root);
    assert_null(key_tree_find(root, "a\\c"));
    assert_null(key_tree_find(root, "a\\b\\c"));
}

static void many_keys_of_one_parent_are_found(void **state)
{
    enum { MANY = 100000 };
    struct reg_key *keys = arena_alloc(*state, MANY, sizeof *keys);
    for (unsigned i = 0; i < MANY; i++) /* 7919 and MANY have no common divisor: each once */
        keys[i] = (struct reg_key){
            .path = arena_printf(*state, SOFTWARE "k\\%06u", (unsigned)(i * UINT64_C(7919) % MANY)),
            .line = i + 1};
    const struct tree_key *k = key_tree_find(key_tree_build(*state, keys, MANY), "K");
    assert_int_equal(k->nsubkeys, MANY);
    for (unsigned i = 0; i < MANY; i += 999)
        assert_string_equal(k->subkeys[i]->name, arena_printf(*state, "%06u", i));
}

static void a_name_of_more_than_255_characters_is_left_out(void **state)
{
    char name[2000] = "";
    for (int i = 0; i < 256; i++)
        strcat(name, "\xe2\x82\xac");
    char *text = arena_printf(*state, "[" SOFTWARE "a\\%s\\b]\n[" SOFTWARE "%s]\n", name,
                              name + strlen("\xe2\x82\xac"));
    const struct tree_key *root = build(*state, text);
    assert_int_equal(root->nsubkeys, 2);
    assert_int_equal(root->subkeys[0]->nsubkeys, 0);
    assert_non_null(key_tree_find(root, name + strlen("\xe2\x82\xac")));
}

/* One that looks at each that was removed takes minutes. */
static void a_key_may_come_and_go_often(void **state)
{
    size_t count = 100000;
    struct reg_key *keys = arena_alloc(*state, 2 * count + 1, sizeof *keys);
    for (size_t i = 0; i < 2 * count; i++)
        keys[i] = (struct reg_key){.path = SOFTWARE "k", .remove = i % 2};
    keys[2 * count] = (struct reg_key){.path = SOFTWARE "K\\l"};
    assert_string_equal(show(*state, key_tree_build(*state, keys, 2 * count)), "()");
    assert_string_equal(show(*state, key_tree_build(*state, keys, 2 * count + 1)), "(K(l()))");
}

static void a_path_without_end_is_left_out(void **state)
{
    char *path = arena_alloc(*state, sizeof SOFTWARE + 2 * 600, 1);
    strcpy(path, SOFTWARE);
    for (int i = 0; i < 600; i++)
        strcat(path, "a\\");
    const struct reg_value value = {.name = "v"};
    const struct reg_key key = {.path = path, .values = (void *)&value, .nvalues = 1};
    const struct tree_key *at = key_tree_build(*state, &key, 1);
    for (; at->nsubkeys; at = at->subkeys[0])
        assert_int_equal(at->nvalues, 0);
    assert_int_equal(at->nvalues, 0);
}

/* ---- A seeded comparison with a list of paths that is searched from end to end ---- */

enum { NAMES = 3, DEPTH = 3, VALUES = 2, PATHS = 1 + 3 + 9 + 27, OPERATIONS = 40, RUNS = 2000 };

/* Paths as numbers: 0 is the root, and p * NAMES + n + 1 the child n of p. */
static const char *make_path(struct arena *arena, unsigned path, bool upper)
{
    if (!path)
        return "HKEY_LOCAL_MACHINE\\SOFTWARE";
    unsigned name = (path - 1) % NAMES;
    return arena_printf(arena, "%s\\%c", make_path(arena, (path - 1) / NAMES, upper),
                        (int)((upper ? 'A' : 'a') + name));
}

static bool is_below(unsigned path, unsigned top)
{
    while (path > top)
        path = (path - 1) / NAMES;
    return path == top;
}

struct expected {
    bool exists[PATHS];
    unsigned value[PATHS][VALUES]; /* 0: not there */
};

static void apply(struct expected *expected, unsigned path, bool remove, unsigned value,
                  unsigned number)
{
    for (unsigned p = 0; remove && path && p < PATHS; p++)
        if (is_below(p, path)) {
            expected->exists[p] = false;
            memset(expected->value[p], 0, sizeof expected->value[p]);
        }
    for (unsigned p = path; !remove; p = (p - 1) / NAMES) {
        expected->exists[p] = true;
        if (!p)
            break;
    }
    if (!remove)
        expected->value[path][value] = number;
}

static void compare(struct arena *arena, const struct tree_key *root,
                    const struct expected *expected, unsigned seed)
{
    for (unsigned p = 0; p < PATHS; p++) {
        const char *path = make_path(arena, p, seed % 2) + strlen("HKEY_LOCAL_MACHINE\\SOFTWARE");
        const struct tree_key *key = key_tree_find(root, path + (*path == '\\'));
        if (!key != !expected->exists[p])
            fail_msg("seed %u: key %s", seed, path);
        size_t count = 0;
        for (unsigned v = 0; key && v < VALUES; v++)
            count += expected->value[p][v] != 0;
        if (key && key->nvalues != count)
            fail_msg("seed %u: values of %s", seed, path);
        for (size_t i = 0; key && i < count; i++) {
            const struct reg_value *value = key->values[i];
            if (value->type != expected->value[p][value->name[0] == 'w'])
                fail_msg("seed %u: value %s of %s", seed, value->name, path);
        }
    }
}

static void any_sequence_of_writes_leaves_what_a_list_says(void **state)
{
    print_message("seeds 0 to %d\n", RUNS - 1);
    for (unsigned seed = 0; seed < RUNS; seed++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        struct expected expected = {.exists = {true}};
        struct reg_key keys[OPERATIONS];
        struct reg_value values[OPERATIONS];
        uint64_t random = seed;
        for (unsigned i = 0; i < OPERATIONS; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            unsigned bits = (unsigned)(random >> 33), path = bits % PATHS;
            bool remove_key = bits / 64 % 8 == 0, remove_value = bits / 512 % 4 == 0;
            unsigned value = bits / 4096 % VALUES;
            values[i] = (struct reg_value){
                .name = value ? "w" : "V", .type = i + 1, .remove = remove_value};
            keys[i] = (struct reg_key){.path = make_path(arena, path, bits / 8192 % 2),
                                       .remove = remove_key,
                                       .values = &values[i],
                                       .nvalues = remove_key ? 0 : 1};
            apply(&expected, path, remove_key, value, remove_value ? 0 : i + 1);
        }
        compare(arena, key_tree_build(arena, keys, OPERATIONS), &expected, seed);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(keys_and_values_are_sorted_by_name),
        SUPPORT_TEST(letter_case_makes_no_other_key_or_value),
        SUPPORT_TEST(what_is_not_below_software_is_left_out),
        SUPPORT_TEST(a_removed_key_takes_what_is_below_it),
        SUPPORT_TEST(a_removed_value_is_gone_until_it_is_written_again),
        SUPPORT_TEST(conditions_look_at_what_was_written_before),
        SUPPORT_TEST(a_key_is_where_it_is_first_named),
        SUPPORT_TEST(many_keys_of_one_parent_are_found),
        SUPPORT_TEST(a_name_of_more_than_255_characters_is_left_out),
        SUPPORT_TEST(a_key_may_come_and_go_often),
        SUPPORT_TEST(a_path_without_end_is_left_out),
        SUPPORT_TEST(any_sequence_of_writes_leaves_what_a_list_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
