/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/hive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define NEW_YEAR_2024 INT64_C(133485408000000000) /* when the hives of these tests were written */

/* Offsets from the start of a cell, by the Windows registry file format specification: each record
 * stands behind the 4 bytes of the cell's size. */
enum {
    NK_SIGNATURE = 4,
    NK_FLAGS = 4 + 2,
    NK_LAST_WRITTEN = 4 + 4,
    NK_SUBKEY_COUNT = 4 + 20,
    NK_SUBKEYS = 4 + 28,
    NK_VALUE_COUNT = 4 + 36,
    NK_VALUES = 4 + 40,
    NK_NAME_LENGTH = 4 + 72,
    NK_NAME = 4 + 76,
    VK_SIGNATURE = 4,
    VK_DATA_SIZE = 4 + 4,
    VK_DATA = 4 + 8,
    VK_FLAGS = 4 + 16,
    VK_NAME = 4 + 20,
    LIST_COUNT = 4 + 2,
    LIST_ELEMENTS = 4 + 4,
};

#define OUTSIDE UINT32_C(0x7ffffff0) /* where no cell of these small hives lies */

/* A hive to be damaged, and the same once it is open. */
struct fixture {
    struct arena *arena;
    struct memory_hive *bytes;
    struct open_hive *open;
    struct hive *hive;
};

static struct fixture build(void **state, const char *reg_text)
{
    return (struct fixture){.arena = *state, .bytes = support_build(*state, reg_text)};
}

static size_t key_cell(struct fixture *fixture, const char *path)
{
    return support_locate_key(fixture->arena, fixture->bytes, path);
}

/* The cell of the value with an index, in the order of the hive. */
static size_t value_cell(struct fixture *fixture, const char *path, size_t index)
{
    size_t list = support_follow(fixture->bytes, key_cell(fixture, path) + NK_VALUES);
    return support_follow(fixture->bytes, list + 4 + 4 * index);
}

static void open_tree(struct fixture *fixture)
{
    fixture->open = support_open(fixture->arena, fixture->bytes);
    fixture->hive = fixture->open->hive;
    assert_non_null(fixture->hive);
    assert_int_equal(fixture->open->diags.count, 0);
}

static struct fixture open_built(void **state, const char *reg_text)
{
    struct fixture fixture = build(state, reg_text);
    open_tree(&fixture);
    return fixture;
}

static void close_tree(struct fixture *fixture)
{
    support_close(fixture->open);
}

static enum hive_result find(struct fixture *fixture, const char *path, hive_key *key)
{
    return hive_find(fixture->hive, hive_root(fixture->hive), path, key);
}

static hive_key must_find(struct fixture *fixture, const char *path)
{
    hive_key key = 0;
    assert_int_equal(find(fixture, path, &key), HIVE_OK);
    assert_int_not_equal(key, 0);
    return key;
}

static size_t values_of(struct fixture *fixture, const char *path, struct hive_value **values)
{
    size_t count;
    assert_int_equal(hive_values(fixture->hive, must_find(fixture, path), values, &count), HIVE_OK);
    return count;
}

static void assert_absent(struct fixture *fixture, const char *path)
{
    hive_key key = 4711;
    assert_int_equal(find(fixture, path, &key), HIVE_ABSENT);
    assert_int_equal(key, 4711);
}

static void assert_unreadable(struct fixture *fixture, const char *path)
{
    hive_key key = 4711;
    assert_int_equal(find(fixture, path, &key), HIVE_UNREADABLE);
    assert_int_equal(key, 4711);
    assert_non_null(hive_fault(fixture->hive));
    assert_string_not_equal(hive_fault(fixture->hive), "");
}

static void a_key_is_found_in_any_letter_case(void **state)
{
    struct fixture fixture = open_built(state, "[Microsoft\\\xc3\x89tat\\\xd0\x9a]\n");
    hive_key key = must_find(&fixture, "MICROSOFT\\\xc3\xa9TAT\\\xd0\xba");
    assert_int_equal(must_find(&fixture, "microsoft\\\xc3\x89tat\\\xd0\x9a"), key);
    assert_string_equal(hive_key_name(fixture.hive, key), "\xd0\x9a");
    assert_string_equal(hive_key_name(fixture.hive, must_find(&fixture, "micROSOFT")), "Microsoft");
    close_tree(&fixture);
}

static void names_are_literal(void **state)
{
    static const char *const names[] = {
        "Identity Device (NIST SP 800-73 [PIV])", "a/b.c+d", "*", "?[ab]", ".", "..", "%s%n", " x ",
    };
    char *text = arena_strdup(*state, "[Other]\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        text = arena_printf(*state, "%s[k\\%s\\below]\n", text, names[i]);
    struct fixture fixture = open_built(state, text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        hive_key key = must_find(&fixture, arena_printf(*state, "k\\%s", names[i]));
        assert_string_equal(hive_key_name(fixture.hive, key), names[i]);
        must_find(&fixture, arena_printf(*state, "k\\%s\\below", names[i]));
    }
    assert_absent(&fixture, "k\\Identity*");
    assert_absent(&fixture, "k\\a\\b.c+d");
    assert_absent(&fixture, "k/a/b.c+d");
    assert_absent(&fixture, "?ther");
    assert_absent(&fixture, "Othe");
    assert_absent(&fixture, "Others");
    close_tree(&fixture);
}

static void what_is_not_there_is_absent(void **state)
{
    struct fixture fixture = open_built(state, "[a\\b]\n\"v\"=\"1\"\n");
    assert_absent(&fixture, "b");
    assert_absent(&fixture, "a\\c");
    assert_absent(&fixture, "a\\b\\c");
    assert_absent(&fixture, "x\\y\\z");
    assert_absent(&fixture, "a\\v");
    close_tree(&fixture);
}

static void the_empty_path_is_the_key_itself(void **state)
{
    struct fixture fixture = open_built(state, "[a\\b]\n");
    assert_int_equal(must_find(&fixture, ""), hive_root(fixture.hive));
    hive_key a = must_find(&fixture, "a"), found = 0;
    assert_int_equal(hive_find(fixture.hive, a, "", &found), HIVE_OK);
    assert_int_equal(found, a);
    assert_int_equal(hive_find(fixture.hive, a, "b", &found), HIVE_OK);
    assert_int_equal(found, must_find(&fixture, "a\\b"));
    close_tree(&fixture);
}

static void a_key_is_the_file_offset_of_its_cell(void **state)
{
    struct fixture fixture = build(state, "[Calais]\n");
    size_t name = support_locate(fixture.bytes, 0, "Calais", 6);
    open_tree(&fixture);
    hive_key key = must_find(&fixture, "Calais");
    assert_int_equal(key, name - NK_NAME);
    assert_memory_equal(fixture.bytes->bytes + key + NK_SIGNATURE, "nk", 2);
    close_tree(&fixture);
}

static void subkeys_come_in_the_order_of_the_hive(void **state)
{
    struct fixture fixture = open_built(state, "[k\\b]\n[k\\C]\n[k\\a]\n[k\\D\\e]\n[l]\n");
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(fixture.hive, must_find(&fixture, "k"), &keys, &count), HIVE_OK);
    assert_int_equal(count, 4);
    static const char *const names[] = {"a", "b", "C", "D"};
    for (size_t i = 0; i < count; i++)
        assert_string_equal(hive_key_name(fixture.hive, keys[i]), names[i]);
    assert_int_equal(hive_subkeys(fixture.hive, must_find(&fixture, "l"), &keys, &count), HIVE_OK);
    assert_int_equal(count, 0);
    close_tree(&fixture);
}

static void the_last_write_is_the_keys_own(void **state)
{
    struct fixture fixture = build(state, "[a\\b]\n");
    size_t cell = key_cell(&fixture, "a");
    support_put_u32(fixture.bytes, cell + NK_LAST_WRITTEN, 0x89abcdef);
    support_put_u32(fixture.bytes, cell + NK_LAST_WRITTEN + 4, 0x01cd1234);
    open_tree(&fixture);
    assert_int_equal(hive_key_last_write(fixture.hive, must_find(&fixture, "a")),
                     INT64_C(0x01cd123489abcdef));
    assert_int_equal(hive_key_last_write(fixture.hive, must_find(&fixture, "a\\b")), NEW_YEAR_2024);
    close_tree(&fixture);
}

static void values_come_with_type_and_data(void **state)
{
    struct fixture fixture =
        open_built(state, "[k]\n\"sz\"=\"\xc3\xa9\"\n@=hex:01,02\n\"Dword\"=dword:80000001\n"
                          "\"empty\"=hex:\n\"odd\"=hex(1):41,00,42\n\"own\"=hex(ffff0001):07\n");
    struct hive_value *values;
    assert_int_equal(values_of(&fixture, "k", &values), 6);
    static const struct {
        const char *name;
        uint32_t type;
        const char *data;
        size_t len;
    } wanted[] = {
        {"sz", 1, "\xe9\0\0", 4}, {"", 3, "\1\2", 2},    {"Dword", 4, "\1\0\0\x80", 4},
        {"empty", 3, "", 0},      {"odd", 1, "A\0B", 3}, {"own", 0xffff0001, "\7", 1},
    };
    for (size_t i = 0; i < 6; i++) {
        assert_null(values[i].unreadable);
        assert_string_equal(values[i].name, wanted[i].name);
        assert_int_equal(values[i].type, wanted[i].type);
        assert_int_equal(values[i].raw.len, wanted[i].len);
        if (wanted[i].len)
            assert_memory_equal(values[i].raw.ptr, wanted[i].data, wanted[i].len);
    }
    assert_int_equal(values_of(&fixture, "", &values), 0);
    close_tree(&fixture);
}

static void what_was_read_outlives_the_hive(void **state)
{
    struct fixture fixture = open_built(state, "[k]\n\"name\"=\"data\"\n");
    struct hive_value *values;
    assert_int_equal(values_of(&fixture, "k", &values), 1);
    const char *name = hive_key_name(fixture.hive, must_find(&fixture, "k"));
    close_tree(&fixture);
    assert_string_equal(values[0].name, "name");
    assert_memory_equal(values[0].raw.ptr, "d\0a\0t\0a\0\0\0", 10);
    assert_string_equal(name, "k");
}

/* A name of 3 characters whose middle one becomes a NUL. */
static void put_nul(struct fixture *fixture, const char *name)
{
    fixture->bytes->bytes[support_locate(fixture->bytes, 0, name, 3) + 1] = 0;
}

static void a_nul_in_a_name_is_kept(void **state)
{
    struct fixture fixture = build(state, "[aXb]\n\"cYd\"=\"1\"\n");
    put_nul(&fixture, "aXb");
    put_nul(&fixture, "cYd");
    open_tree(&fixture);
    hive_key *keys;
    struct hive_value *values;
    size_t count;
    assert_int_equal(hive_subkeys(fixture.hive, hive_root(fixture.hive), &keys, &count), HIVE_OK);
    assert_int_equal(count, 1);
    assert_string_equal(hive_key_name(fixture.hive, keys[0]), "a\xc0\x80"
                                                              "b");
    assert_int_equal(hive_values(fixture.hive, keys[0], &values, &count), HIVE_OK);
    assert_int_equal(count, 1);
    assert_string_equal(values[0].name, "c\xc0\x80"
                                        "d");
    close_tree(&fixture);
}

/* A known way to hide a key from programs that use C strings. */
static void a_name_with_a_nul_is_not_the_name_before_it(void **state)
{
    struct fixture fixture = build(state, "[aXb\\below]\n");
    put_nul(&fixture, "aXb");
    open_tree(&fixture);
    assert_absent(&fixture, "a");
    assert_absent(&fixture, "a\\below");
    close_tree(&fixture);
}

static void names_of_one_byte_per_character_are_latin_1(void **state)
{
    struct fixture fixture = build(state, "[cafX]\n");
    fixture.bytes->bytes[support_locate(fixture.bytes, 0, "cafX", 4) + 3] = 0xe9;
    open_tree(&fixture);
    must_find(&fixture, "caf\xc3\xa9");
    close_tree(&fixture);
}

/* The key "DX", its name now UTF-16 of one or two code units, beside a sound one. */
static struct fixture build_bad_name(void **state, const char *units, size_t len)
{
    struct fixture fixture = build(state, "[k\\DXDX]\n[k\\good]\n");
    size_t cell = key_cell(&fixture, "k\\DXDX");
    fixture.bytes->bytes[cell + NK_FLAGS] &= (uint8_t)~0x20;
    fixture.bytes->bytes[cell + NK_NAME_LENGTH] = (uint8_t)len;
    memcpy(fixture.bytes->bytes + cell + NK_NAME, units, len);
    open_tree(&fixture);
    return fixture;
}

/* Names may hold a lone surrogate, which no UTF-8 can: it is kept in text as three bytes. */
static void a_name_with_a_lone_surrogate_is_read(void **state)
{
    static const struct {
        const char *units, *name;
        size_t len;
    } names[] = {{"\0\xdc", "\xed\xb0\x80", 2},
                 {"\0\xd8"
                  "A\0",
                  "\xed\xa0\x80"
                  "A",
                  4},
                 {"\xe9\0\0\xd8", "\xc3\xa9\xed\xa0\x80", 4}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct fixture fixture = build_bad_name(state, names[i].units, names[i].len);
        hive_key *keys;
        size_t count;
        assert_int_equal(hive_subkeys(fixture.hive, must_find(&fixture, "k"), &keys, &count),
                         HIVE_OK);
        assert_int_equal(count, 2);
        assert_string_equal(hive_key_name(fixture.hive, keys[0]), names[i].name);
        assert_string_equal(hive_key_name(fixture.hive, keys[1]), "good");
        close_tree(&fixture);
    }
}

/* Half a code unit stands for nothing. */
static void a_name_of_an_odd_length_is_unreadable(void **state)
{
    struct fixture fixture = build_bad_name(state, "A\0B", 3);
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(fixture.hive, must_find(&fixture, "k"), &keys, &count), HIVE_OK);
    assert_null(hive_key_name(fixture.hive, keys[0]));
    assert_non_null(strstr(hive_fault(fixture.hive), "UTF-16"));
    close_tree(&fixture);
}

static void a_value_whose_name_has_a_lone_surrogate_is_read(void **state)
{
    struct fixture fixture = build(state, "[k]\n\"DXDX\"=\"1\"\n");
    size_t cell = value_cell(&fixture, "k", 0);
    fixture.bytes->bytes[cell + VK_FLAGS] = 0;
    memcpy(fixture.bytes->bytes + cell + VK_NAME, "v\0\0\xdc", 4);
    open_tree(&fixture);
    struct hive_value *values;
    assert_int_equal(values_of(&fixture, "k", &values), 1);
    assert_null(values[0].unreadable);
    assert_string_equal(values[0].name, "v\xed\xb0\x80");
    assert_int_equal(values[0].type, 1);
    assert_memory_equal(values[0].raw.ptr, "1\0\0\0", 4);
    close_tree(&fixture);
}

/* 300 units in a key's name; the registry allows 255. */
static void a_name_with_a_lone_surrogate_has_the_same_limits(void **state)
{
    char units[600];
    struct fixture fixture =
        build(state, arena_printf(*state, "[k\\DXDX]\n\"fill\"=\"%0700d\"\n[k\\good]\n", 0));
    size_t cell = key_cell(&fixture, "k\\DXDX");
    uint8_t *bytes = fixture.bytes->bytes;
    size_t size = -support_get_u32(fixture.bytes, cell) & UINT32_MAX, next = cell + size;
    while (size < NK_NAME + sizeof units) { /* the cells behind it are swallowed */
        uint32_t more = support_get_u32(fixture.bytes, next);
        more = more > INT32_MAX ? -more : more;
        size += more;
        next += more;
    }
    support_put_u32(fixture.bytes, cell, (uint32_t)-size);
    support_put_u32(fixture.bytes, cell + NK_VALUE_COUNT, 0);
    bytes[cell + NK_FLAGS] &= (uint8_t)~0x20;
    bytes[cell + NK_NAME_LENGTH] = sizeof units & 0xff;
    bytes[cell + NK_NAME_LENGTH + 1] = sizeof units >> 8;
    memset(units, 0xd8, sizeof units);
    memcpy(bytes + cell + NK_NAME, units, sizeof units);
    open_tree(&fixture);
    assert_null(hive_key_name(fixture.hive, cell));
    assert_non_null(strstr(hive_fault(fixture.hive), "longer than the registry allows"));
    close_tree(&fixture);
}

/* No name that is looked for can be one that is not UTF-16. */
static void a_name_that_is_not_utf_16_hides_nothing_else(void **state)
{
    static const struct {
        const char *units;
        size_t len;
    } names[] = {{"\0\xdc", 2},
                 {"\0\xd8"
                  "A\0",
                  4},
                 {"\0\xd8", 2}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct fixture fixture = build_bad_name(state, names[i].units, names[i].len);
        must_find(&fixture, "k\\good");
        assert_absent(&fixture, "k\\other");
        close_tree(&fixture);
    }
}

static void a_value_list_that_points_outside_is_unreadable(void **state)
{
    struct fixture fixture = build(state, "[bad]\n\"v\"=\"1\"\n[good]\n\"v\"=\"1\"\n");
    support_put_u32(fixture.bytes, key_cell(&fixture, "bad") + NK_VALUES, OUTSIDE);
    open_tree(&fixture);
    struct hive_value *values;
    size_t count;
    assert_int_equal(hive_values(fixture.hive, must_find(&fixture, "bad"), &values, &count),
                     HIVE_UNREADABLE);
    assert_non_null(hive_fault(fixture.hive));
    assert_int_equal(values_of(&fixture, "good", &values), 1);
    close_tree(&fixture);
}

static void an_absurd_number_of_values_is_unreadable(void **state)
{
    static const uint32_t counts[] = {2000, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct fixture fixture = build(state, "[bad]\n\"v\"=\"1\"\n");
        support_put_u32(fixture.bytes, key_cell(&fixture, "bad") + NK_VALUE_COUNT, counts[i]);
        open_tree(&fixture);
        struct hive_value *values;
        size_t count;
        assert_int_equal(hive_values(fixture.hive, must_find(&fixture, "bad"), &values, &count),
                         HIVE_UNREADABLE);
        close_tree(&fixture);
    }
}

static void a_subkey_list_that_points_outside_is_unreadable(void **state)
{
    struct fixture fixture = build(state, "[bad\\child]\n[good\\child]\n");
    support_put_u32(fixture.bytes, key_cell(&fixture, "bad") + NK_SUBKEYS, OUTSIDE);
    open_tree(&fixture);
    hive_key *keys;
    size_t count;
    assert_int_equal(hive_subkeys(fixture.hive, must_find(&fixture, "bad"), &keys, &count),
                     HIVE_UNREADABLE);
    assert_unreadable(&fixture, "bad\\child");
    assert_unreadable(&fixture, "bad\\missing");
    must_find(&fixture, "good\\child");
    close_tree(&fixture);
}

/* A list of lists whose only list is itself. */
static void a_subkey_list_that_holds_itself_is_unreadable(void **state)
{
    struct fixture fixture = build(state, "[bad\\child]\n[good]\n");
    size_t key = key_cell(&fixture, "bad"), list = support_follow(fixture.bytes, key + NK_SUBKEYS);
    memcpy(fixture.bytes->bytes + list + 4, "ri\1\0", 4);
    support_put_u32(fixture.bytes, list + LIST_ELEMENTS,
                    support_get_u32(fixture.bytes, key + NK_SUBKEYS));
    open_tree(&fixture);
    assert_unreadable(&fixture, "bad\\child");
    must_find(&fixture, "good");
    close_tree(&fixture);
}

/* Each key that has itself, or its parent, below it is only followed as far as a path goes. */
static void a_cycle_of_keys_ends_with_the_path(void **state)
{
    struct fixture fixture = build(state, "[a\\b]\n");
    size_t a = key_cell(&fixture, "a"), list = support_follow(fixture.bytes, a + NK_SUBKEYS);
    size_t to_root = support_follow(fixture.bytes, key_cell(&fixture, "") + NK_SUBKEYS);
    support_put_u32(fixture.bytes, list + LIST_ELEMENTS,
                    support_get_u32(fixture.bytes, to_root + LIST_ELEMENTS));
    fixture.open = support_open(*state, fixture.bytes);
    fixture.hive = fixture.open->hive;
    if (fixture.hive) {
        hive_key key;
        assert_int_not_equal(find(&fixture, "a\\b", &key), HIVE_OK);
        find(&fixture, "a\\a\\a\\a\\a\\a\\a\\a\\a\\a", &key);
    }
    close_tree(&fixture);
}

static void a_key_that_is_none_makes_its_list_unreadable(void **state)
{
    struct fixture fixture = build(state, "[k\\damaged]\n[k\\sound]\n[l\\sound]\n");
    memcpy(fixture.bytes->bytes + key_cell(&fixture, "k\\damaged") + NK_SIGNATURE, "xx", 2);
    open_tree(&fixture);
    assert_unreadable(&fixture, "k\\damaged");
    assert_unreadable(&fixture, "k\\missing");
    must_find(&fixture, "l\\sound");
    close_tree(&fixture);
}

/* The name that cannot be read may be the one that is looked for. */
static void a_search_that_meets_a_damaged_name_cannot_say_absent(void **state)
{
    struct fixture fixture = build(state, "[k\\damaged]\n[k\\sound]\n");
    size_t cell = key_cell(&fixture, "k\\damaged");
    fixture.bytes->bytes[cell + NK_NAME_LENGTH] = 0xff;
    fixture.bytes->bytes[cell + NK_NAME_LENGTH + 1] = 0xff;
    open_tree(&fixture);
    must_find(&fixture, "k\\sound");
    assert_unreadable(&fixture, "k\\damaged");
    assert_unreadable(&fixture, "k\\missing");
    assert_absent(&fixture, "missing");
    close_tree(&fixture);
}

/* One damaged value of three. */
static struct hive_value *read_three(struct fixture *fixture)
{
    struct hive_value *values;
    open_tree(fixture);
    assert_int_equal(values_of(fixture, "k", &values), 3);
    assert_string_equal(values[0].name, "a");
    assert_null(values[0].unreadable);
    assert_string_equal(values[2].name, "c");
    assert_null(values[2].unreadable);
    assert_non_null(values[1].unreadable);
    assert_int_equal(values[1].raw.len, 0);
    return values;
}

#define THREE_VALUES "[k]\n\"a\"=\"1\"\n\"b\"=\"22222\"\n\"c\"=\"3\"\n"

static void a_damaged_value_is_said_among_sound_ones(void **state)
{
    struct fixture fixture = build(state, THREE_VALUES);
    memcpy(fixture.bytes->bytes + value_cell(&fixture, "k", 1) + VK_SIGNATURE, "xx", 2);
    assert_null(read_three(&fixture)[1].name);
    close_tree(&fixture);
}

static void a_value_keeps_its_name_where_its_data_is_damaged(void **state)
{
    struct fixture fixture = build(state, THREE_VALUES);
    support_put_u32(fixture.bytes, value_cell(&fixture, "k", 1) + VK_DATA, OUTSIDE);
    struct hive_value *values = read_three(&fixture);
    assert_string_equal(values[1].name, "b");
    assert_int_equal(values[1].type, 1);
    close_tree(&fixture);
}

static void a_value_over_1_mib_is_said_and_not_read(void **state)
{
    struct fixture fixture = build(state, THREE_VALUES);
    support_put_u32(fixture.bytes, value_cell(&fixture, "k", 1) + VK_DATA_SIZE, 1048577);
    struct hive_value *values = read_three(&fixture);
    assert_string_equal(values[1].name, "b");
    assert_non_null(strstr(values[1].unreadable, "1048577 bytes"));
    assert_non_null(strstr(values[1].unreadable, "1048576"));
    close_tree(&fixture);
}

/* A hive in which the value list, or subkey list, of the key "many" has been replaced by a cell of
 * COUNT elements that all point to the same value or key. */
enum { MANY = 20000 };

static struct fixture build_many(void **state, const char *rest)
{
    char *text = arena_alloc(*state, 8 * MANY * 3 + strlen(rest) + 200, 1), *out = text;
    out += sprintf(out, "[many\\child]\n[many]\n%s[store]\n\"cell\"=hex:00", rest);
    for (size_t i = 0; i < 8 * MANY; i++)
        out += sprintf(out, ",00");
    sprintf(out, "\n");
    return build(state, text);
}

static void repeat_value(struct fixture *fixture, size_t count)
{
    size_t many = key_cell(fixture, "many");
    size_t list = support_follow(fixture->bytes, many + NK_VALUES);
    uint32_t value = support_get_u32(fixture->bytes, list + 4);
    size_t field = value_cell(fixture, "store", 0) + VK_DATA;
    size_t cell = support_follow(fixture->bytes, field);
    for (size_t i = 0; i < count; i++)
        support_put_u32(fixture->bytes, cell + 4 + 4 * i, value);
    support_put_u32(fixture->bytes, many + NK_VALUES, support_get_u32(fixture->bytes, field));
    support_put_u32(fixture->bytes, many + NK_VALUE_COUNT, (uint32_t)count);
}

static void repeat_subkey(struct fixture *fixture)
{
    size_t many = key_cell(fixture, "many");
    size_t list = support_follow(fixture->bytes, many + NK_SUBKEYS);
    uint32_t child = support_get_u32(fixture->bytes, list + LIST_ELEMENTS);
    size_t field = value_cell(fixture, "store", 0) + VK_DATA;
    size_t cell = support_follow(fixture->bytes, field);
    memcpy(fixture->bytes->bytes + cell + 4, "li", 2);
    fixture->bytes->bytes[cell + LIST_COUNT] = MANY & 0xff;
    fixture->bytes->bytes[cell + LIST_COUNT + 1] = MANY >> 8;
    for (size_t i = 0; i < MANY; i++)
        support_put_u32(fixture->bytes, cell + LIST_ELEMENTS + 4 * i, child);
    support_put_u32(fixture->bytes, many + NK_SUBKEYS, support_get_u32(fixture->bytes, field));
    support_put_u32(fixture->bytes, many + NK_SUBKEY_COUNT, MANY);
}

static void all_values_of_a_hive_share_a_budget_of_64_mib(void **state)
{
    size_t size = 900000;
    char *text = arena_alloc(*state, 3 * size + 20, 1), *out = text;
    out += sprintf(out, "\"big\"=hex:00");
    for (size_t i = 1; i < size; i++)
        out += sprintf(out, ",%02x", (unsigned)(i & 0xff));
    sprintf(out, "\n");
    struct fixture fixture = build_many(state, text);
    repeat_value(&fixture, 80);
    open_tree(&fixture);
    struct hive_value *values;
    assert_int_equal(values_of(&fixture, "many", &values), 80);
    for (size_t i = 0; i < 80; i++) {
        assert_string_equal(values[i].name, "big");
        if ((i + 1) * size <= (64u << 20)) {
            assert_null(values[i].unreadable);
            assert_int_equal(values[i].raw.len, size);
        } else {
            assert_non_null(values[i].unreadable);
            assert_int_equal(values[i].raw.len, 0);
        }
    }
    close_tree(&fixture);
}

static void a_hive_has_a_budget_of_a_million_values(void **state)
{
    struct fixture fixture = build_many(state, "\"v\"=dword:1\n");
    repeat_value(&fixture, MANY);
    struct hive_value *values;
    size_t count;
    open_tree(&fixture);
    hive_key many = must_find(&fixture, "many");
    for (size_t read = 0; read + MANY <= 1000000; read += MANY)
        assert_int_equal(hive_values(fixture.hive, many, &values, &count), HIVE_OK);
    assert_int_equal(hive_values(fixture.hive, many, &values, &count), HIVE_UNREADABLE);
    assert_non_null(strstr(hive_fault(fixture.hive), "too many values"));
    close_tree(&fixture);
}

static void a_hive_has_a_budget_of_four_million_names(void **state)
{
    struct fixture fixture = build_many(state, "");
    repeat_subkey(&fixture);
    open_tree(&fixture);
    hive_key many = must_find(&fixture, "many"), found;
    size_t searches = 0;
    while (hive_find(fixture.hive, many, "missing", &found) == HIVE_ABSENT)
        searches++;
    assert_in_range(searches, 3900000 / MANY, 4000000 / MANY);
    assert_non_null(strstr(hive_fault(fixture.hive), "too many names"));
    assert_null(hive_key_name(fixture.hive, many));
    close_tree(&fixture);
}

static void assert_refused(void **state, const struct memory_hive *bytes)
{
    struct open_hive *open = support_open(*state, bytes);
    assert_null(open->hive);
    assert_int_equal(open->diags.count, 1);
    assert_int_equal(open->diags.worst, DIAG_FAILED);
    assert_non_null(strstr(open->diags.items[0].message, "damaged"));
    support_close(open);
}

static void a_hive_whose_bins_are_damaged_is_refused(void **state)
{
    struct fixture fixture = build(state, "[a]\n");
    memcpy(fixture.bytes->bytes + 4096, "xxxx", 4);
    assert_refused(state, fixture.bytes);
}

static void a_hive_whose_root_lies_outside_is_refused(void **state)
{
    struct fixture fixture = build(state, "[a]\n");
    support_put_u32(fixture.bytes, 36, OUTSIDE);
    support_fix_checksum(fixture.bytes);
    assert_refused(state, fixture.bytes);
}

static void a_hive_whose_root_is_no_key_is_refused(void **state)
{
    struct fixture fixture = build(state, "[a]\n");
    memcpy(fixture.bytes->bytes + key_cell(&fixture, "") + NK_SIGNATURE, "xx", 2);
    struct open_hive *open = support_open(*state, fixture.bytes);
    if (open->hive) {
        hive_key *keys, key;
        size_t count;
        assert_int_equal(hive_subkeys(open->hive, hive_root(open->hive), &keys, &count),
                         HIVE_UNREADABLE);
        assert_int_equal(hive_find(open->hive, hive_root(open->hive), "a", &key), HIVE_UNREADABLE);
    } else {
        assert_int_equal(open->diags.worst, DIAG_FAILED);
    }
    support_close(open);
}

static void a_hive_without_bins_is_refused(void **state)
{
    struct fixture fixture = build(state, "[a]\n");
    assert_refused(state, support_wrap(*state, fixture.bytes->bytes, 4096));
    assert_refused(state, support_wrap(*state, fixture.bytes->bytes, 4096 + 40));
}

/* Reads all that can be read. */
static void walk(struct hive *hive, hive_key key, int depth)
{
    struct hive_value *values;
    hive_key *keys;
    size_t count;
    hive_key_name(hive, key);
    hive_key_last_write(hive, key);
    hive_values(hive, key, &values, &count);
    if (depth < 6 && hive_subkeys(hive, key, &keys, &count) == HIVE_OK)
        for (size_t i = 0; i < count; i++)
            walk(hive, keys[i], depth + 1);
}

static void no_changed_byte_crashes_the_reader(void **state)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    struct fixture fixture =
        build(state, "[a\\b\\c]\n\"v\"=\"text\"\n@=dword:1\n[a\\d]\n\"w\"=hex:01,02,03,04,05\n");
    uint8_t *bytes = fixture.bytes->bytes;
    size_t end = fixture.bytes->source.size;
    while (bytes[end - 1] == 0)
        end--;
    for (size_t i = 4096; i < end; i++)
        for (size_t j = 0; j < sizeof flips; j++) {
            struct arena *arena = arena_new();
            bytes[i] ^= flips[j];
            struct open_hive *open = support_open(arena, fixture.bytes);
            if (open->hive)
                walk(open->hive, hive_root(open->hive), 0);
            else
                assert_int_equal(open->diags.worst, DIAG_FAILED);
            support_close(open);
            bytes[i] ^= flips[j];
            arena_free(arena);
        }
}

static void a_real_hive_can_be_read(void **state)
{
    struct fixture fixture = {.arena = *state,
                              .bytes = support_corpus(*state, "hives/win7-x86/SOFTWARE")};
    open_tree(&fixture);
    hive_key *keys;
    size_t count;
    hive_key cards = must_find(&fixture, "microsoft\\cryptography\\calais\\smartcards");
    assert_int_equal(hive_subkeys(fixture.hive, cards, &keys, &count), HIVE_OK);
    assert_int_equal(count, 2);
    assert_string_equal(hive_key_name(fixture.hive, keys[0]),
                        "Identity Device (Microsoft Generic Profile)");
    assert_string_equal(hive_key_name(fixture.hive, keys[1]),
                        "Identity Device (NIST SP 800-73 [PIV])");
    close_tree(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_key_is_found_in_any_letter_case),
        SUPPORT_TEST(names_are_literal),
        SUPPORT_TEST(what_is_not_there_is_absent),
        SUPPORT_TEST(the_empty_path_is_the_key_itself),
        SUPPORT_TEST(a_key_is_the_file_offset_of_its_cell),
        SUPPORT_TEST(subkeys_come_in_the_order_of_the_hive),
        SUPPORT_TEST(the_last_write_is_the_keys_own),
        SUPPORT_TEST(values_come_with_type_and_data),
        SUPPORT_TEST(what_was_read_outlives_the_hive),
        SUPPORT_TEST(a_nul_in_a_name_is_kept),
        SUPPORT_TEST(a_name_with_a_nul_is_not_the_name_before_it),
        SUPPORT_TEST(names_of_one_byte_per_character_are_latin_1),
        SUPPORT_TEST(a_name_with_a_lone_surrogate_is_read),
        SUPPORT_TEST(a_name_of_an_odd_length_is_unreadable),
        SUPPORT_TEST(a_value_whose_name_has_a_lone_surrogate_is_read),
        SUPPORT_TEST(a_name_with_a_lone_surrogate_has_the_same_limits),
        SUPPORT_TEST(a_name_that_is_not_utf_16_hides_nothing_else),
        SUPPORT_TEST(a_value_list_that_points_outside_is_unreadable),
        SUPPORT_TEST(an_absurd_number_of_values_is_unreadable),
        SUPPORT_TEST(a_subkey_list_that_points_outside_is_unreadable),
        SUPPORT_TEST(a_subkey_list_that_holds_itself_is_unreadable),
        SUPPORT_TEST(a_cycle_of_keys_ends_with_the_path),
        SUPPORT_TEST(a_key_that_is_none_makes_its_list_unreadable),
        SUPPORT_TEST(a_search_that_meets_a_damaged_name_cannot_say_absent),
        SUPPORT_TEST(a_damaged_value_is_said_among_sound_ones),
        SUPPORT_TEST(a_value_keeps_its_name_where_its_data_is_damaged),
        SUPPORT_TEST(a_value_over_1_mib_is_said_and_not_read),
        SUPPORT_TEST(all_values_of_a_hive_share_a_budget_of_64_mib),
        SUPPORT_TEST(a_hive_has_a_budget_of_a_million_values),
        SUPPORT_TEST(a_hive_has_a_budget_of_four_million_names),
        SUPPORT_TEST(a_hive_whose_bins_are_damaged_is_refused),
        SUPPORT_TEST(a_hive_whose_root_lies_outside_is_refused),
        SUPPORT_TEST(a_hive_whose_root_is_no_key_is_refused),
        SUPPORT_TEST(a_hive_without_bins_is_refused),
        SUPPORT_TEST(no_changed_byte_crashes_the_reader),
        SUPPORT_TEST(a_real_hive_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
