/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/hive_write.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "hive/base_block.h"
#include "hive/hive.h"

#define NEW_YEAR_2024 INT64_C(133485408000000000)

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

static struct reg_text parse(void **state, const char *source)
{
    struct slice bytes = {.ptr = (const uint8_t *)source, .len = strlen(source)};
    struct reg_text text = reg_text_parse(*state, bytes);
    assert_int_equal(text.nproblems, 0);
    return text;
}

static struct hive_image build(void **state, const char *source)
{
    struct reg_text text = parse(state, source);
    const char *fault = NULL;
    struct hive_image image = hive_build(*state, &text, 1, &fault);
    assert_null(fault);
    assert_true(image.fd >= 0);
    return image;
}

static void assert_refused(void **state, const char *source, const char *expected)
{
    struct reg_text text = parse(state, source);
    const char *fault = NULL;
    struct hive_image image = hive_build(*state, &text, 1, &fault);
    assert_int_equal(image.fd, -1);
    assert_non_null(fault);
    assert_string_equal(fault, expected);
}

static struct slice read_image(void **state, const struct hive_image *image)
{
    uint8_t *bytes = arena_alloc(*state, image->size, 1);
    assert_int_equal(pread(image->fd, bytes, image->size, 0), (ssize_t)image->size);
    return (struct slice){.ptr = bytes, .len = image->size};
}

/* A hive that was built and is open for reading. */
struct built {
    struct hive_image image;
    struct diags diags;
    struct hive *hive;
};

static struct built *open_built(void **state, struct hive_image image)
{
    struct built *built = arena_alloc(*state, 1, sizeof *built);
    built->image = image;
    built->diags.arena = *state;
    built->hive = hive_open(*state, &built->diags, &image);
    assert_non_null(built->hive);
    return built;
}

static void close_built(struct built *built)
{
    hive_close(built->hive);
    hive_image_close(&built->image);
}

static hive_key find(struct built *built, const char *path)
{
    hive_key key;
    assert_int_equal(hive_find(built->hive, hive_root(built->hive), path, &key), HIVE_OK);
    return key;
}

static bool is_absent(struct built *built, const char *path)
{
    hive_key key;
    return hive_find(built->hive, hive_root(built->hive), path, &key) == HIVE_ABSENT;
}

static size_t values_of(struct built *built, const char *path, struct hive_value **values)
{
    size_t count;
    assert_int_equal(hive_values(built->hive, find(built, path), values, &count), HIVE_OK);
    return count;
}

static void assert_value(const struct hive_value *value, const char *name, uint32_t type,
                         const void *data, size_t len)
{
    assert_null(value->unreadable);
    assert_string_equal(value->name, name);
    assert_int_equal(value->type, type);
    assert_int_equal(value->raw.len, len);
    if (len)
        assert_memory_equal(value->raw.ptr, data, len);
}

#define DATA(literal) (literal), sizeof(literal) - 1

static void no_text_makes_an_empty_hive(void **state)
{
    const char *fault = NULL;
    struct hive_image image = hive_build(*state, NULL, 0, &fault);
    assert_null(fault);
    struct built *built = open_built(state, image);
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(built->hive, hive_root(built->hive), &keys, &count), HIVE_OK);
    assert_int_equal(count, 0);
    close_built(built);
}

static void base_block_is_sound_and_clean(void **state)
{
    struct hive_image image = build(state, "[a\\b]\n\"v\"=\"1\"\n");
    struct base_block block = base_block_decode(*state, read_image(state, &image));
    assert_null(base_block_fault(*state, &block));
    assert_false(base_block_is_dirty(&block));
    assert_int_equal(block.last_written, NEW_YEAR_2024);
    assert_int_equal(image.size, BASE_BLOCK_SIZE + block.bins_size);
    hive_image_close(&image);
}

static void image_is_sealed(void **state)
{
    struct hive_image image = build(state, "[a]\n");
    int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    assert_int_equal(fcntl(image.fd, F_GET_SEALS) & seals, seals);
    assert_int_equal(pwrite(image.fd, "x", 1, 0), -1);
    hive_image_close(&image);
}

static void same_text_makes_the_same_bytes(void **state)
{
    const char *source = "[a\\b]\n\"v\"=\"1\"\n\"w\"=hex:01,02,03,04,05\n[c]\n[-a\\b]\n[d\\e\\f]\n";
    struct hive_image first = build(state, source), second = build(state, source);
    struct slice a = read_image(state, &first), b = read_image(state, &second);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    hive_image_close(&first);
    hive_image_close(&second);
}

static void every_key_was_written_on_new_years_day(void **state)
{
    struct built *built = open_built(state, build(state, "[a\\b\\c]\n"));
    static const char *const paths[] = {"", "a", "a\\b", "a\\b\\c"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_int_equal(hive_key_last_write(built->hive, find(built, paths[i])), NEW_YEAR_2024);
    close_built(built);
}

static void values_of_every_type_come_back(void **state)
{
    struct built *built = open_built(
        state,
        build(state, "[HKEY_LOCAL_MACHINE\\SOFTWARE\\k]\n\"sz\"=\"\xc3\xa9\"\n\"none\"=hex(0):\n"
                     "\"expand\"=hex(2):25,00\n\"binary\"=hex:00,ff,00\n\"dword\"=dword:80000001\n"
                     "\"big\"=hex(5):00,00,00,01\n\"multi\"=hex(7):41,00,00,00,00,00\n"
                     "\"qword\"=hex(b):01,02,03,04,05,06,07,08\n\"own\"=hex(ffff0001):01\n"
                     "@=\"default\"\n\"odd\"=hex(1):41,00,42\n"));
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 11);
    assert_value(&values[0], "sz", 1, DATA("\xe9\0\0\0"));
    assert_value(&values[1], "none", 0, "", 0);
    assert_value(&values[2], "expand", 2, DATA("%\0"));
    assert_value(&values[3], "binary", 3, DATA("\0\xff\0"));
    assert_value(&values[4], "dword", 4, DATA("\1\0\0\x80"));
    assert_value(&values[5], "big", 5, DATA("\0\0\0\1"));
    assert_value(&values[6], "multi", 7, DATA("A\0\0\0\0\0"));
    assert_value(&values[7], "qword", 11, DATA("\1\2\3\4\5\6\7\x08"));
    assert_value(&values[8], "own", 0xffff0001, DATA("\1"));
    assert_value(&values[9], "", 1, DATA("d\0e\0f\0a\0u\0l\0t\0\0\0"));
    assert_value(&values[10], "odd", 1, DATA("A\0B"));
    close_built(built);
}

static void long_data_comes_back_whole(void **state)
{
    static const size_t sizes[] = {4, 5, 16344, 16345, 70000, 999992};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct reg_value value = {.name = "v", .type = 3};
        uint8_t *bytes = arena_alloc(*state, sizes[i], 1);
        for (size_t j = 0; j < sizes[i]; j++)
            bytes[j] = (uint8_t)(j * 7 + j / 251);
        value.data = (struct slice){.ptr = bytes, .len = sizes[i]};
        struct reg_key key = {.path = "k", .values = &value, .nvalues = 1};
        const char *fault = NULL;
        struct hive_image image =
            hive_build(*state, &(struct reg_text){.keys = &key, .nkeys = 1}, 1, &fault);
        assert_null(fault);
        struct built *built = open_built(state, image);
        struct hive_value *values;
        assert_int_equal(values_of(built, "k", &values), 1);
        assert_value(&values[0], "v", 3, bytes, sizes[i]);
        close_built(built);
    }
}

static void later_values_replace_earlier_ones_in_any_letter_case(void **state)
{
    struct built *built = open_built(
        state, build(state, "[k]\n\"one\"=\"1\"\n\"two\"=\"2\"\n\"ONE\"=\"3\"\n\"three\"=\"4\"\n"
                            "[K]\n\"Two\"=dword:5\n\"\xc3\xa4\"=\"6\"\n[k]\n\"\xc3\x84\"=\"7\"\n"));
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 4);
    assert_value(&values[0], "ONE", 1, DATA("3\0\0\0"));
    assert_value(&values[1], "three", 1, DATA("4\0\0\0"));
    assert_value(&values[2], "Two", 4, DATA("\5\0\0\0"));
    assert_value(&values[3], "\xc3\x84", 1, DATA("7\0\0\0"));
    close_built(built);
}

static void values_are_removed(void **state)
{
    struct built *built = open_built(
        state,
        build(state, "[k]\n\"a\"=\"1\"\n\"b\"=\"2\"\n@=\"3\"\n\"gone\"=-\n[K]\n\"A\"=-\n@=-\n"
                     "[l]\n\"x\"=\"1\"\n\"x\"=-\n[m]\n\"x\"=-\n\"x\"=\"2\"\n"));
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 1);
    assert_value(&values[0], "b", 1, DATA("2\0\0\0"));
    assert_int_equal(values_of(built, "l", &values), 0);
    assert_int_equal(values_of(built, "m", &values), 1);
    close_built(built);
}

static void keys_are_removed_with_all_below(void **state)
{
    struct built *built = open_built(
        state,
        build(state, "[a\\b\\c]\n\"v\"=\"1\"\n\"odd\"=hex(1):00,d8,00\n\"d\"=hex(4):01\n[a\\d]\n"
                     "[only\\child]\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\A\\B]\n[-never\\there]\n"
                     "[-only\\child]\n[again]\n\"old\"=\"1\"\n[-again]\n[again]\n"));
    struct hive_value *values;
    assert_true(is_absent(built, "a\\b"));
    find(built, "a\\d");
    find(built, "only");
    assert_true(is_absent(built, "only\\child"));
    assert_true(is_absent(built, "never"));
    assert_int_equal(values_of(built, "again", &values), 0);
    close_built(built);
}

static void a_key_can_have_a_child_again(void **state)
{
    struct built *built =
        open_built(state, build(state, "[a\\b]\n[-a\\b]\n[a\\c]\n[a\\b]\n[-a\\c]\n"));
    find(built, "a\\b");
    assert_true(is_absent(built, "a\\c"));
    close_built(built);
}

static void texts_are_applied_in_turn(void **state)
{
    struct reg_text texts[] = {
        parse(state, "[k]\n\"v\"=\"1\"\n\"w\"=\"1\"\n[gone]\n"),
        parse(state, "[k]\n\"v\"=\"2\"\n[-gone]\n"),
    };
    const char *fault = NULL;
    struct built *built = open_built(state, hive_build(*state, texts, 2, &fault));
    assert_null(fault);
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 2);
    assert_value(&values[0], "w", 1, DATA("1\0\0\0"));
    assert_value(&values[1], "v", 1, DATA("2\0\0\0"));
    assert_true(is_absent(built, "gone"));
    close_built(built);
}

static void keys_are_found_in_any_letter_case(void **state)
{
    struct built *built = open_built(
        state, build(state, "[\xc3\x84rger\\\xd0\x96]\n[\xc3\xa4RGER\\\xd0\xb6\\x]\n[Microsoft]\n"
                            "[mICROSOFT\\y]\n"));
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(built->hive, hive_root(built->hive), &keys, &count), HIVE_OK);
    assert_int_equal(count, 2);
    find(built, "\xc3\x84rger\\\xd0\x96\\x");
    assert_string_equal(hive_key_name(built->hive, find(built, "microsoft")), "Microsoft");
    close_built(built);
}

static void names_with_any_characters_come_back(void **state)
{
    static const char *const names[] = {
        "Contoso [v2] (test/1)+",
        "Identity Device (NIST SP 800-73 [PIV])",
        "caf\xc3\xa9",
        "\xd0\x9a\xd0\xb0\xd1\x80\xd1\x82\xd0\xb0 \xe5\x8d\xa1 \xf0\x9f\x92\xb3",
        "%s *?.{}'",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *source = arena_printf(*state, "[k\\%s]\n\"%s\"=\"x\"\n", names[i], names[i]);
        struct built *built = open_built(state, build(state, source));
        char *path = arena_printf(*state, "k\\%s", names[i]);
        assert_string_equal(hive_key_name(built->hive, find(built, path)), names[i]);
        struct hive_value *values;
        assert_int_equal(values_of(built, path, &values), 1);
        assert_string_equal(values[0].name, names[i]);
        close_built(built);
    }
}

/* A path of count keys. */
static char *deep_path(void **state, size_t count)
{
    char *path = arena_alloc(*state, 2 * count, 1);
    for (size_t i = 0; i < count; i++)
        memcpy(path + 2 * i, i + 1 < count ? "a\\" : "a", i + 1 < count ? 2 : 1);
    return path;
}

static void deep_paths_are_made_and_removed(void **state)
{
    char *path = deep_path(state, 512);
    struct built *built =
        open_built(state, build(state, arena_printf(*state, "[%s]\n\"v\"=\"1\"\n", path)));
    struct hive_value *values;
    assert_int_equal(values_of(built, path, &values), 1);
    close_built(built);
    built = open_built(state, build(state, arena_printf(*state, "[%s]\n[-a\\a]\n", path)));
    find(built, "a");
    assert_true(is_absent(built, "a\\a"));
    close_built(built);
}

static void thousands_of_subkeys_are_made_in_order(void **state)
{
    enum { COUNT = 2000 };
    char *source = arena_alloc(*state, COUNT * 16, 1), *out = source;
    for (int i = 0; i < COUNT; i++)
        out += sprintf(out, "[k\\%05d]\n", i * 7919 % COUNT);
    struct built *built = open_built(state, build(state, source));
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(built->hive, find(built, "k"), &keys, &count), HIVE_OK);
    assert_int_equal(count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_string_equal(hive_key_name(built->hive, keys[i]), arena_printf(*state, "%05d", i));
    close_built(built);
}

static void what_no_hive_can_hold_is_refused(void **state)
{
    assert_refused(
        state, arena_printf(*state, "[%s]\n", deep_path(state, 513)),
        arena_printf(*state, "key %s: cannot create it: it lies too deep", deep_path(state, 513)));
    char *name = memset(arena_alloc(*state, 16385, 1), 'n', 16384);
    assert_refused(
        state, arena_printf(*state, "[%.256s]\n", name),
        arena_printf(*state, "key %.256s: cannot create it: its name is too long", name));
    assert_refused(state, arena_printf(*state, "[k]\n\"%s\"=\"x\"\n", name),
                   "key k: cannot set the value of line 2: its name is too long");
    assert_refused(state, "[-HKEY_LOCAL_MACHINE\\SOFTWARE]\n",
                   "key : cannot remove it: Invalid argument");
}

static void names_that_are_no_unicode_are_refused(void **state)
{
    struct reg_value value = {.name = "\xed\xa0\x80", .type = 3, .line = 7};
    struct reg_key key = {.path = "k", .values = &value, .nvalues = 1};
    struct reg_text text = {.keys = &key, .nkeys = 1};
    const char *fault = NULL;
    assert_int_equal(hive_build(*state, &text, 1, &fault).fd, -1);
    assert_string_equal(fault, "key k: cannot set the value of line 7: its name holds a NUL or "
                               "half a surrogate pair");
    key = (struct reg_key){.path = "k\xc0\x80"};
    assert_int_equal(hive_build(*state, &text, 1, &fault).fd, -1);
    assert_string_equal(fault, "key k\\x00: cannot create it: its name holds a NUL or half a "
                               "surrogate pair");
}

static void too_long_data_is_refused(void **state)
{
    struct reg_value value = {.name = "v", .type = 3, .line = 2};
    value.data = (struct slice){.ptr = arena_alloc(*state, 999993, 1), .len = 999993};
    struct reg_key key = {.path = "k", .values = &value, .nvalues = 1};
    const char *fault = NULL;
    struct hive_image image =
        hive_build(*state, &(struct reg_text){.keys = &key, .nkeys = 1}, 1, &fault);
    assert_int_equal(image.fd, -1);
    assert_string_equal(fault, "key k: cannot set the value of line 2: its data is too long");
}

/* Each of these makes hivex work, or grow, without end. */
static void hostile_texts_are_cut(void **state)
{
    struct reg_value value = {.name = "v", .type = 3};
    value.data = (struct slice){.ptr = arena_alloc(*state, 900000, 1), .len = 900000};
    struct reg_text text = {.nkeys = 20000};
    text.keys = arena_alloc(*state, text.nkeys, sizeof *text.keys);
    for (size_t i = 0; i < text.nkeys; i++)
        text.keys[i] = (struct reg_key){.path = "k", .values = &value, .nvalues = 1};
    const char *fault = NULL;
    assert_int_equal(hive_build(*state, &text, 1, &fault).fd, -1);
    assert_string_equal(fault, "key k: cannot go on: too much for one hive");

    for (size_t i = 0; i < text.nkeys; i++)
        text.keys[i] = (struct reg_key){.path = arena_printf(*state, "%04zu", i % 1000)};
    assert_int_equal(hive_build(*state, &text, 1, &fault).fd, -1);
    assert_non_null(strstr(fault, "cannot go on: too much for one hive"));
}

/* A copy that can still be changed. */
static struct hive_image copy(void **state, const struct hive_image *image)
{
    struct diags diags = {.arena = *state};
    struct source source = hive_image_source(image);
    struct hive_image loaded = hive_image_load(&source, &diags);
    assert_true(loaded.fd >= 0);
    return loaded;
}

static void a_text_changes_what_it_names_and_nothing_else(void **state)
{
    struct hive_image original = build(
        state, "[k]\n\"a\"=\"1\"\n\"b\"=hex(1):41,00,42\n\"c\"=hex:01\n[other]\n\"v\"=hex:02\n");
    struct slice bytes = read_image(state, &original);
    struct hive_image image = copy(state, &original);
    struct reg_text text =
        parse(state, "[HKEY_LOCAL_MACHINE\\SOFTWARE\\K]\n\"A\"=dword:2\n\"c\"=-\n[new]\n@=\"x\"\n");
    const char *fault = NULL;
    assert_true(hive_apply(*state, &image, &text, &fault));
    struct slice after = read_image(state, &original);
    assert_int_equal(after.len, bytes.len);
    assert_memory_equal(after.ptr, bytes.ptr, bytes.len);
    hive_image_close(&original);

    struct built *built = open_built(state, image);
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 2);
    assert_value(&values[0], "b", 1, DATA("A\0B"));
    assert_value(&values[1], "A", 4, DATA("\2\0\0\0"));
    assert_int_equal(values_of(built, "other", &values), 1);
    assert_value(&values[0], "v", 3, DATA("\2"));
    assert_int_equal(values_of(built, "new", &values), 1);
    close_built(built);
}

/* Puts one byte in place of the only one of another text. */
static void patch(void **state, const struct hive_image *image, const char *text, size_t len,
                  size_t at, char byte)
{
    struct slice bytes = read_image(state, image);
    const uint8_t *found = memmem(bytes.ptr, bytes.len, text, len);
    assert_non_null(found);
    assert_int_equal(pwrite(image->fd, &byte, 1, found - bytes.ptr + (off_t)at), 1);
}

/* U+0416 becomes U+D816, which is half a pair; and what hivex takes for "k" has a NUL in it. */
static void names_that_nobody_looks_for_are_passed_over(void **state)
{
    struct hive_image original =
        build(state, "[\xd0\x96\xd0\x96]\n[j#1]\n\"v\"=\"1\"\n[k]\n\"v\"=\"1\"\n");
    struct hive_image image = copy(state, &original);
    struct reg_text text = parse(state, "[k]\n\"v\"=-\n");
    const char *fault = NULL;
    patch(state, &image, "\x16\4\x16\4", 4, 1, (char)0xd8);
    patch(state, &image, "j#1", 3, 0, 'k');
    patch(state, &image, "k#1", 3, 1, '\0');
    assert_true(hive_apply(*state, &image, &text, &fault));
    struct built *built = open_built(state, image);
    struct hive_value *values;
    assert_int_equal(values_of(built, "k", &values), 0);
    close_built(built);
    hive_image_close(&original);
}

static void what_is_no_hive_is_refused(void **state)
{
    struct hive_image original = build(state, "[k]\n"), image = copy(state, &original);
    struct reg_text text = parse(state, "[k]\n@=\"x\"\n");
    const char *fault = NULL;
    assert_int_equal(pwrite(image.fd, "x", 1, 0), 1);
    assert_false(hive_apply(*state, &image, &text, &fault));
    assert_non_null(strstr(fault, "no hive can be made: "));
    hive_image_close(&image);
    hive_image_close(&original);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(no_text_makes_an_empty_hive),
        TEST(base_block_is_sound_and_clean),
        TEST(image_is_sealed),
        TEST(same_text_makes_the_same_bytes),
        TEST(every_key_was_written_on_new_years_day),
        TEST(values_of_every_type_come_back),
        TEST(long_data_comes_back_whole),
        TEST(later_values_replace_earlier_ones_in_any_letter_case),
        TEST(values_are_removed),
        TEST(keys_are_removed_with_all_below),
        TEST(a_key_can_have_a_child_again),
        TEST(texts_are_applied_in_turn),
        TEST(keys_are_found_in_any_letter_case),
        TEST(names_with_any_characters_come_back),
        TEST(deep_paths_are_made_and_removed),
        TEST(thousands_of_subkeys_are_made_in_order),
        TEST(what_no_hive_can_hold_is_refused),
        TEST(names_that_are_no_unicode_are_refused),
        TEST(too_long_data_is_refused),
        TEST(hostile_texts_are_cut),
        TEST(a_text_changes_what_it_names_and_nothing_else),
        TEST(names_that_nobody_looks_for_are_passed_over),
        TEST(what_is_no_hive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
