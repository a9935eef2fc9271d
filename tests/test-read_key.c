/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/read_key.h"

#include <string.h>

#include "base/utf16.h"
#include "support.h"

/* Offsets from the start of a cell (Windows registry file format specification). */
enum { NK_SUBKEYS = 4 + 28, NK_VALUES = 4 + 40, NK_NAME_LENGTH = 4 + 72, VK_DATA = 4 + 8 };

#define OUTSIDE UINT32_C(0x7ffffff0)

struct fixture {
    struct open_hive *open;
    struct reader reader;
};

static struct fixture start_reader(void **state, const struct memory_hive *bytes)
{
    struct fixture fixture = {.open = support_open(*state, bytes)};
    assert_non_null(fixture.open->hive);
    fixture.reader =
        (struct reader){.hive = fixture.open->hive, .arena = *state, .diags = &fixture.open->diags};
    reader_find_views(&fixture.reader);
    return fixture;
}

static struct fixture read_text(void **state, const char *reg_text)
{
    return start_reader(state, support_build(*state, reg_text));
}

static void stop_reader(struct fixture *fixture)
{
    support_close(fixture->open);
}

/* The only diagnostic: something of a key could not be read. */
static void assert_incomplete(const struct fixture *fixture, const char *key, const char *words)
{
    const struct diags *diags = &fixture->open->diags;
    assert_int_equal(diags->count, 1);
    assert_int_equal(diags->items[0].level, DIAG_INCOMPLETE);
    assert_string_equal(diags->items[0].key, key);
    if (!strstr(diags->items[0].message, words))
        fail_msg("\"%s\" does not say \"%s\"", diags->items[0].message, words);
}

static void views_are_found_in_any_letter_case(void **state)
{
    struct fixture fixture = read_text(state, "[WOW6432node\\a]\n[wowaa32NODE\\b]\n[a]\n");
    struct reader *reader = &fixture.reader;
    assert_int_equal(reader->root_state[VIEW_NATIVE], HIVE_OK);
    assert_int_equal(reader->root_state[VIEW_WOW6432NODE], HIVE_OK);
    assert_int_equal(reader->root_state[VIEW_WOWAA32NODE], HIVE_OK);
    assert_int_equal(reader->root[VIEW_NATIVE], hive_root(reader->hive));
    assert_string_equal(reader->root_name[VIEW_NATIVE], "");
    assert_string_equal(reader->root_name[VIEW_WOW6432NODE], "WOW6432node\\");
    assert_string_equal(reader->root_name[VIEW_WOWAA32NODE], "wowaa32NODE\\");
    assert_string_equal(reader_read_key(reader, VIEW_WOW6432NODE, "a", KEY_VALUES).origin.key,
                        "WOW6432node\\a");
    stop_reader(&fixture);
}

static void a_view_that_is_not_there_holds_absent_keys(void **state)
{
    struct fixture fixture = read_text(state, "[a\\Wow6432Node\\b]\n");
    assert_int_equal(fixture.reader.root_state[VIEW_WOW6432NODE], HIVE_ABSENT);
    struct regkey key =
        reader_read_key(&fixture.reader, VIEW_WOW6432NODE, "x\\b", KEY_VALUES | KEY_SUBKEYS);
    assert_int_equal(key.state, KEY_ABSENT);
    assert_int_equal(key.origin.view, VIEW_WOW6432NODE);
    assert_string_equal(key.origin.key, "Wow6432Node\\x\\b");
    assert_string_equal(key.origin.name, "b");
    assert_int_equal(key.origin.offset, 0);
    assert_int_equal(key.origin.last_write, 0);
    assert_int_equal(key.nvalues + key.nsubkeys, 0);
    assert_int_equal(fixture.open->diags.count, 0);
    stop_reader(&fixture);
}

static void a_key_says_where_it_was_found(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[Micro\\Soft]\n");
    size_t cell = support_locate_key(*state, bytes, "Micro\\Soft");
    support_put_u32(bytes, cell + 8, 0x89abcdef);
    support_put_u32(bytes, cell + 12, 0x01cd1234);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NATIVE, "Micro\\Soft", KEY_VALUES);
    assert_int_equal(key.state, KEY_PRESENT);
    assert_string_equal(key.origin.key, "Micro\\Soft");
    assert_string_equal(key.origin.name, "Soft");
    assert_int_equal(key.origin.view, VIEW_NATIVE);
    assert_int_equal(key.origin.offset, cell);
    assert_int_equal(key.origin.last_write, INT64_C(0x01cd123489abcdef));
    stop_reader(&fixture);
}

static void only_the_parts_asked_for_are_read(void **state)
{
    struct fixture fixture = read_text(state, "[k\\b]\n[k\\a]\n[k]\n\"v\"=\"1\"\n");
    struct reader *reader = &fixture.reader;
    struct regkey key = reader_read_key(reader, VIEW_NATIVE, "k", KEY_VALUES);
    assert_int_equal(key.nvalues, 1);
    assert_int_equal(key.nsubkeys, 0);
    key = reader_read_key(reader, VIEW_NATIVE, "k", KEY_SUBKEYS);
    assert_int_equal(key.nvalues, 0);
    assert_int_equal(key.nsubkeys, 2);
    assert_string_equal(key.subkeys[0].key, "k\\a");
    assert_string_equal(key.subkeys[0].name, "a");
    assert_string_equal(key.subkeys[1].key, "k\\b");
    assert_int_equal(key.subkeys[0].offset,
                     reader_read_key(reader, VIEW_NATIVE, "k\\a", 0).origin.offset);
    assert_int_equal(fixture.open->diags.count, 0);
    stop_reader(&fixture);
}

static void a_subkey_is_read_by_where_it_was_found(void **state)
{
    struct fixture fixture = read_text(state, "[Wow6432Node\\k\\a]\n\"v\"=\"1\"\n");
    struct regkey list = reader_read_key(&fixture.reader, VIEW_WOW6432NODE, "k", KEY_SUBKEYS);
    assert_int_equal(list.nsubkeys, 1);
    struct regkey key = reader_read_subkey(&fixture.reader, &list.subkeys[0], KEY_VALUES);
    assert_int_equal(key.state, KEY_PRESENT);
    assert_string_equal(key.origin.key, "Wow6432Node\\k\\a");
    assert_int_equal(key.origin.view, VIEW_WOW6432NODE);
    assert_int_equal(key.nvalues, 1);
    stop_reader(&fixture);
}

static void text_is_decoded_and_data_kept(void **state)
{
    struct fixture fixture = read_text(
        state, "[k]\n\"sz\"=\"x\"\n\"expand\"=hex(2):25,00,41,00\n\"odd\"=hex(1):41,00,00,00,42\n"
               "\"nul\"=hex(1):41,00,00,00,42,00,00,00\n\"multi\"=hex(7):41,00,00,00\n"
               "\"bin\"=hex:41,00\n@=dword:5\n");
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NATIVE, "k", KEY_VALUES);
    static const struct {
        const char *name;
        uint32_t type;
        const char *text;
        unsigned flaws;
        size_t len;
    } wanted[] = {
        {"sz", REG_SZ, "x", 0, 4},
        {"expand", REG_EXPAND_SZ, "%A", UTF16_UNTERMINATED, 4},
        {"odd", REG_SZ, "A", UTF16_ODD_LENGTH, 5},
        {"nul", REG_SZ,
         "A\xc0\x80"
         "B",
         UTF16_EMBEDDED_NUL, 8},
        {"multi", REG_MULTI_SZ, NULL, 0, 4},
        {"bin", REG_BINARY, NULL, 0, 2},
        {"", REG_DWORD, NULL, 0, 4},
    };
    assert_int_equal(key.nvalues, 7);
    for (size_t i = 0; i < key.nvalues; i++) {
        assert_string_equal(key.values[i].name, wanted[i].name);
        assert_int_equal(key.values[i].state, VALUE_OK);
        assert_int_equal(key.values[i].type, wanted[i].type);
        assert_int_equal(key.values[i].flaws, wanted[i].flaws);
        assert_int_equal(key.values[i].raw.len, wanted[i].len);
        if (wanted[i].text)
            assert_string_equal(key.values[i].text, wanted[i].text);
        else
            assert_null(key.values[i].text);
    }
    stop_reader(&fixture);
}

static void a_value_list_that_cannot_be_read_is_said(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[a\\k]\n\"v\"=\"1\"\n[a\\k\\s]\n");
    support_put_u32(bytes, support_locate_key(*state, bytes, "a\\k") + NK_VALUES, OUTSIDE);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key =
        reader_read_key(&fixture.reader, VIEW_NATIVE, "a\\k", KEY_VALUES | KEY_SUBKEYS);
    assert_int_equal(key.state, KEY_UNREADABLE);
    assert_int_equal(key.nvalues, 0);
    assert_int_equal(key.nsubkeys, 1);
    assert_incomplete(&fixture, "a\\k", "values cannot be read");
    stop_reader(&fixture);
}

static void a_subkey_list_that_cannot_be_read_is_said(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[a\\k\\s]\n[a\\k]\n\"v\"=\"1\"\n");
    support_put_u32(bytes, support_locate_key(*state, bytes, "a\\k") + NK_SUBKEYS, OUTSIDE);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key =
        reader_read_key(&fixture.reader, VIEW_NATIVE, "a\\k", KEY_VALUES | KEY_SUBKEYS);
    assert_int_equal(key.state, KEY_UNREADABLE);
    assert_int_equal(key.nvalues, 1);
    assert_int_equal(key.nsubkeys, 0);
    assert_incomplete(&fixture, "a\\k", "subkeys cannot be read");
    stop_reader(&fixture);
}

static void a_key_that_may_be_there_is_unreadable(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[a\\k]\n");
    support_put_u32(bytes, support_locate_key(*state, bytes, "a") + NK_SUBKEYS, OUTSIDE);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NATIVE, "a\\k", KEY_VALUES);
    assert_int_equal(key.state, KEY_UNREADABLE);
    assert_int_equal(key.origin.offset, 0);
    assert_string_equal(key.origin.key, "a\\k");
    assert_incomplete(&fixture, "a\\k", "key cannot be read");
    stop_reader(&fixture);
}

static void a_value_that_cannot_be_read_is_said_with_its_name(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[k]\n\"good\"=\"1\"\n\"bad\"=\"22222\"\n");
    size_t list = support_follow(bytes, support_locate_key(*state, bytes, "k") + NK_VALUES);
    support_put_u32(bytes, support_follow(bytes, list + 8) + VK_DATA, OUTSIDE);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NATIVE, "k", KEY_VALUES);
    assert_int_equal(key.state, KEY_PRESENT);
    assert_int_equal(key.nvalues, 2);
    assert_int_equal(key.values[0].state, VALUE_OK);
    assert_int_equal(key.values[1].state, VALUE_UNREADABLE);
    assert_string_equal(key.values[1].name, "bad");
    assert_null(key.values[1].text);
    assert_incomplete(&fixture, "k", "\"bad\"");
    stop_reader(&fixture);
}

static void a_subkey_whose_name_cannot_be_read_is_said_and_left_out(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[k\\bad]\n\"v\"=\"1\"\n[k\\good]\n");
    size_t cell = support_locate_key(*state, bytes, "k\\bad");
    memset(bytes->bytes + cell + NK_NAME_LENGTH, 0xff, 2);
    struct fixture fixture = start_reader(state, bytes);
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NATIVE, "k", KEY_SUBKEYS);
    assert_int_equal(key.state, KEY_UNREADABLE);
    assert_int_equal(key.nsubkeys, 1);
    assert_string_equal(key.subkeys[0].name, "good");
    assert_incomplete(&fixture, "k", arena_printf(*state, "0x%zx", cell));
    stop_reader(&fixture);
}

/* Found in neither view nor absent from it. */
static void a_view_that_cannot_be_read_is_not_absent(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[Wow6432Node\\k]\n[Microsoft\\k]\n");
    size_t cell = support_locate_key(*state, bytes, "Wow6432Node");
    memset(bytes->bytes + cell + NK_NAME_LENGTH, 0xff, 2);
    struct fixture fixture = start_reader(state, bytes);
    assert_int_equal(fixture.reader.root_state[VIEW_WOW6432NODE], HIVE_UNREADABLE);
    struct regkey key = reader_read_key(&fixture.reader, VIEW_WOW6432NODE, "k", KEY_VALUES);
    assert_int_equal(key.state, KEY_UNREADABLE);
    assert_incomplete(&fixture, "Wow6432Node\\k", "cannot be read");
    assert_int_equal(reader_read_key(&fixture.reader, VIEW_NATIVE, "Microsoft\\k", 0).state,
                     KEY_PRESENT);
    stop_reader(&fixture);
}

static void the_root_of_the_hive_belongs_to_no_view(void **state)
{
    struct fixture fixture = read_text(state, "[a\\b]\n\"x\"=dword:1\n");
    struct regkey key = reader_read_key(&fixture.reader, VIEW_NONE, "A\\B", KEY_VALUES);
    assert_int_equal(key.state, KEY_PRESENT);
    assert_int_equal(key.origin.view, VIEW_NONE);
    assert_string_equal(key.origin.key, "A\\B");
    assert_int_equal(key.nvalues, 1);
    stop_reader(&fixture);
}

static void a_child_is_found_by_its_name_as_it_is(void **state)
{
    struct fixture fixture = read_text(state, "[a\\b\\c]\n\"x\"=dword:1\n");
    struct reader *reader = &fixture.reader;
    struct regkey parent = reader_read_key(reader, VIEW_NONE, "a\\b", KEY_VALUES);
    struct regkey child = reader_read_child(reader, &parent.origin, "C", KEY_VALUES);
    assert_int_equal(child.state, KEY_PRESENT);
    assert_string_equal(child.origin.key, "a\\b\\C");
    assert_string_equal(child.origin.name, "C");
    assert_int_equal(child.origin.view, VIEW_NONE);
    assert_int_equal(child.nvalues, 1);
    child = reader_read_child(reader, &parent.origin, "d", KEY_VALUES);
    assert_int_equal(child.state, KEY_ABSENT);
    assert_int_equal(child.origin.offset, 0);
    assert_int_equal(fixture.open->diags.count, 0);
    stop_reader(&fixture);
}

static void a_child_that_may_be_lost_is_not_absent(void **state)
{
    struct fixture fixture = read_text(state, "[a]\n");
    struct reader *reader = &fixture.reader;
    struct regkey parent = reader_read_key(reader, VIEW_NONE, "a", KEY_VALUES);
    struct loss_at lost = {.parent = parent.origin.offset, .count = 1, .reason = "test"};
    reader->lost = &lost;
    reader->nlost = 1;
    assert_int_equal(reader_read_child(reader, &parent.origin, "b", KEY_VALUES).state,
                     KEY_UNREADABLE);
    assert_int_equal(fixture.open->diags.count, 1);
    stop_reader(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(views_are_found_in_any_letter_case),
        SUPPORT_TEST(a_view_that_is_not_there_holds_absent_keys),
        SUPPORT_TEST(a_key_says_where_it_was_found),
        SUPPORT_TEST(only_the_parts_asked_for_are_read),
        SUPPORT_TEST(a_subkey_is_read_by_where_it_was_found),
        SUPPORT_TEST(text_is_decoded_and_data_kept),
        SUPPORT_TEST(a_value_list_that_cannot_be_read_is_said),
        SUPPORT_TEST(a_subkey_list_that_cannot_be_read_is_said),
        SUPPORT_TEST(a_key_that_may_be_there_is_unreadable),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_said_with_its_name),
        SUPPORT_TEST(a_subkey_whose_name_cannot_be_read_is_said_and_left_out),
        SUPPORT_TEST(a_view_that_cannot_be_read_is_not_absent),
        SUPPORT_TEST(the_root_of_the_hive_belongs_to_no_view),
        SUPPORT_TEST(a_child_is_found_by_its_name_as_it_is),
        SUPPORT_TEST(a_child_that_may_be_lost_is_not_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
