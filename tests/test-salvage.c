/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/salvage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hive/base_block.h"
#include "support.h"

/* Offsets from the start of a cell, by the Windows registry file format specification. */
enum {
    SIGNATURE = 4,
    NK_FLAGS = 4 + 2,
    NK_SUBKEY_COUNT = 4 + 20,
    NK_SUBKEYS = 4 + 28,
    NK_VALUE_COUNT = 4 + 36,
    NK_VALUES = 4 + 40,
    NK_NAME_LENGTH = 4 + 72,
    LIST_COUNT = 4 + 2,
    LIST_ELEMENTS = 4 + 4,
    ROOT = 4096 + 32,
};

#define OUTSIDE UINT32_C(0x7ffffff0) /* where no cell of these small hives lies */

/* A small hive, to be damaged in one place at a time, and what is in it. */
#define SMALL                                                                                      \
    "[a\\b\\c]\n@=\"default\"\n\"v\"=\"text of some length\"\n\"w\"=dword:1\n"                     \
    "[a\\d]\n\"x\"=hex:01,02,03,04,05,06\n[a\\e]\n[f\\g]\n\"y\"=\"1\"\n"
#define SMALL_TREE ";a;a\\b;a\\b\\c{,v,w};a\\d{x};a\\e;f;f\\g{y};"

/* A hive after a salvage. */
struct salvaged {
    struct memory_hive *bytes;
    struct salvage salvage;
    struct open_hive open; /* hive is NULL where hivex does not open it */
};

static struct salvaged *salvage(struct arena *arena, const struct memory_hive *hive)
{
    struct salvaged *salvaged = arena_alloc(arena, 1, sizeof *salvaged);
    struct open_hive *open = &salvaged->open;
    open->diags.arena = arena;
    open->image = hive_image_load(&hive->source, &open->diags);
    assert_true(open->image.fd >= 0);
    salvaged->salvage = hive_salvage(arena, &open->diags, &open->image);
    size_t size = open->image.size;
    uint8_t *bytes = arena_alloc(arena, size, 1);
    assert_int_equal(pread(open->image.fd, bytes, size, 0), (ssize_t)size);
    assert_int_equal(lseek(open->image.fd, 0, SEEK_END), (ssize_t)size);
    salvaged->bytes = support_wrap(arena, bytes, size);
    assert_int_equal(hive_image_seal(open->image.fd), 0);
    struct diags refused = {.arena = arena};
    open->hive = hive_open(arena, &refused, &open->image);
    return salvaged;
}

static void done(struct salvaged *salvaged)
{
    support_close(&salvaged->open);
}

/* "path{values};" of each key, from the root down; "?" is what cannot be read.
 */
struct tree {
    struct arena *arena;
    struct hive *hive;
    FILE *out;
    const char *text;
    size_t keys, unreadable; /* keys; lists among them that cannot be read */
};

static void put_values(struct tree *tree, hive_key key)
{
    struct hive_value *values;
    size_t count;
    if (hive_values(tree->hive, key, &values, &count) != HIVE_OK) {
        tree->unreadable++;
        return;
    }
    for (size_t i = 0; i < count; i++)
        fprintf(tree->out, "%s%s", i ? "," : "{", values[i].unreadable ? "?" : values[i].name);
    fputs(count ? "}" : "", tree->out);
}

static void put_tree(struct tree *tree, hive_key key, const char *path)
{
    hive_key *keys;
    size_t count;
    tree->keys++;
    fputs(path, tree->out);
    put_values(tree, key);
    fputs(";", tree->out);
    if (hive_subkeys(tree->hive, key, &keys, &count) != HIVE_OK) {
        tree->unreadable++;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = hive_key_name(tree->hive, keys[i]);
        put_tree(tree, keys[i],
                 arena_printf(tree->arena, "%s%s%s", path, *path ? "\\" : "", name ? name : "?"));
    }
}

static struct tree read_tree(struct arena *arena, struct hive *hive)
{
    char *text = NULL;
    size_t len;
    struct tree tree = {.arena = arena, .hive = hive, .out = open_memstream(&text, &len)};
    assert_non_null(tree.out);
    put_tree(&tree, hive_root(hive), "");
    fclose(tree.out);
    tree.text = arena_strdup(arena, text);
    free(text);
    return tree;
}

static bool is_named(const struct diags *diags, size_t offset)
{
    char place[32];
    snprintf(place, sizeof place, "at 0x%zx:", offset);
    for (size_t i = 0; i < diags->count; i++)
        if (strstr(diags->items[i].message, place))
            return true;
    return false;
}

/* A second salvage finds nothing to do. */
static void assert_final(struct arena *arena, const struct salvaged *salvaged)
{
    struct salvaged *again = salvage(arena, salvaged->bytes);
    if (again->salvage.repairs)
        fail_msg("%s", again->open.diags.items[0].message);
    assert_int_equal(again->salvage.nlost, 0);
    assert_int_equal(again->bytes->source.size, salvaged->bytes->source.size);
    assert_memory_equal(again->bytes->bytes, salvaged->bytes->bytes, salvaged->bytes->source.size);
    done(again);
}

/* Salvages a damaged hive, of which this is left; the repair is said with its place. */
static void assert_left(struct arena *arena, const struct memory_hive *hive, size_t offset,
                        const char *left)
{
    struct salvaged *salvaged = salvage(arena, hive);
    const struct diags *diags = &salvaged->open.diags;
    assert_int_not_equal(salvaged->salvage.repairs, 0);
    assert_int_equal(diags->worst, DIAG_INCOMPLETE);
    if (!is_named(diags, offset))
        fail_msg("no diagnostic for 0x%zx, but: %s", offset, diags->items[0].message);
    assert_non_null(salvaged->open.hive);
    assert_string_equal(read_tree(arena, salvaged->open.hive).text, left);
    assert_final(arena, salvaged);
    done(salvaged);
}

static size_t list_of(struct arena *arena, const struct memory_hive *hive, const char *path)
{
    return support_follow(hive, support_locate_key(arena, hive, path) + NK_SUBKEYS);
}

static size_t value_list_of(struct arena *arena, const struct memory_hive *hive, const char *path)
{
    return support_follow(hive, support_locate_key(arena, hive, path) + NK_VALUES);
}

static void put_count(struct memory_hive *hive, size_t offset, unsigned count)
{
    hive->bytes[offset] = (uint8_t)count;
    hive->bytes[offset + 1] = (uint8_t)(count >> 8);
}

static void assert_unchanged(struct arena *arena, const struct memory_hive *hive)
{
    struct salvaged *salvaged = salvage(arena, hive);
    if (salvaged->salvage.repairs)
        fail_msg("%s", salvaged->open.diags.items[0].message);
    assert_int_equal(salvaged->salvage.nlost, 0);
    assert_int_equal(salvaged->open.diags.count, 0);
    assert_int_equal(salvaged->bytes->source.size, hive->source.size);
    assert_memory_equal(salvaged->bytes->bytes, hive->bytes, hive->source.size);
    done(salvaged);
}

static void a_sound_hive_stays_as_it_is(void **state)
{
    assert_unchanged(*state, support_build(*state, SMALL));
    assert_unchanged(*state, support_build(*state, "[a]\n[-a]\n"));
    assert_unchanged(*state, support_build(*state, SUPPORT_WINDOWS_10));
}

static void a_hive_with_bytes_behind_its_bins_stays_as_it_is(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t size = hive->source.size + 10001;
    uint8_t *bytes = arena_alloc(*state, size, 1);
    memset(bytes, 0xa5, size);
    memcpy(bytes, hive->bytes, hive->source.size);
    assert_unchanged(*state, support_wrap(*state, bytes, size));
}

static void real_hives_stay_as_they_are(void **state)
{
    static const char *const paths[] = {
        "hives/win7-x86/SYSTEM",
        "hives/win7-x86/SOFTWARE",
        "hives/win81-x64/SOFTWARE",
        "hives/win81-x64/SYSTEM",
        "hives/dirty/ntuser/NTUSER.DAT",
        "hives/dirty/usrclass/UsrClass.dat",
        "hives/dirty/new1/NewDirtyHive",
        "hives/dirty/new1/RecoveredHive_Windows10",
        "hives/dirty/old1/RecoveredHive_Windows7",
        "hives/traps/libguestfs-windows-software",
        "hives/traps/ntuser_software_partial",
        "hostile/BigDataHive",
        "hostile/BogusKeyNamesHive",
        "hostile/DupNameHive",
        "hostile/EmptyHive",
        "hostile/InvalidParentHive",
        "hostile/System_Delta",
        "hostile/UnicodeHive",
        "hostile/UpcaseHive",
        "hostile/WrongOrderHive",
        "hostile/misc/100_sub_keys.hiv",
        "hostile/misc/minimal",
        "hostile/misc/rlenvalue_test_hive",
        "hostile/misc/special",
    };
    support_corpus(*state, paths[0]); /* or skips */
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct arena *arena = arena_new();
        struct memory_hive *hive = support_corpus(arena, paths[i]);
        assert_unchanged(arena, hive);
        arena_free(arena);
    }
}

static void a_lost_signature_of_the_base_block_is_put_back(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    uint32_t sequence = support_get_u32(hive, BASE_AT_PRIMARY_SEQUENCE);
    assert_int_not_equal(sequence, 0);
    memset(hive->bytes, 0, 4);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.repairs, 1);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_PRIMARY_SEQUENCE), sequence);
    done(salvaged);
    assert_left(*state, hive, 0, SMALL_TREE);
}

static void a_lost_base_block_is_made_anew(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    memset(hive->bytes, 0xff, 4096);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_PRIMARY_SEQUENCE), 0);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_SECONDARY_SEQUENCE), 0);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_BINS_SIZE), hive->source.size - 4096);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_ROOT_OFFSET), 32);
    done(salvaged);
    assert_left(*state, hive, 0, SMALL_TREE);
}

static void a_wrong_checksum_is_set_right(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    support_put_u32(hive, BASE_AT_SECONDARY_SEQUENCE, 77);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(support_get_u32(salvaged->bytes, BASE_AT_SECONDARY_SEQUENCE), 77);
    done(salvaged);
    assert_left(*state, hive, BASE_AT_CHECKSUM, SMALL_TREE);
}

/* The checksum says that one of them was damaged. */
static void damaged_fields_of_the_base_block_are_set_right(void **state)
{
    static const size_t fields[] = {BASE_AT_MAJOR, BASE_AT_TYPE, BASE_AT_FORMAT,
                                    BASE_AT_ROOT_OFFSET, BASE_AT_BINS_SIZE};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        hive->bytes[fields[i] + 1] ^= 0x40;
        assert_left(*state, hive, fields[i], SMALL_TREE);
        assert_left(*state, hive, BASE_AT_CHECKSUM, SMALL_TREE);
    }
}

static void offsets_and_sizes_of_a_right_base_block_are_fitted(void **state)
{
    static const struct {
        size_t field;
        uint32_t number;
    } cases[] = {
        {BASE_AT_ROOT_OFFSET, OUTSIDE},  {BASE_AT_ROOT_OFFSET, 33},
        {BASE_AT_BINS_SIZE, 0},          {BASE_AT_BINS_SIZE, 4095},
        {BASE_AT_BINS_SIZE, UINT32_MAX}, {BASE_AT_BINS_SIZE, 0x10000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        support_put_u32(hive, cases[i].field, cases[i].number);
        support_fix_checksum(hive);
        assert_left(*state, hive, cases[i].field, SMALL_TREE);
    }
}

static void what_is_no_hive_stays_as_it_is(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    static const uint32_t types[] = {1, 2, 6, 7};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        support_put_u32(hive, BASE_AT_TYPE, types[i]);
        support_fix_checksum(hive);
        memcpy(hive->bytes + 4096, "xxxx", 4);
        assert_unchanged(*state, hive);
    }
    uint8_t *bytes = arena_alloc(*state, 10000, 1);
    for (size_t size = 0; size <= 10000; size += 500)
        assert_unchanged(*state, support_wrap(*state, bytes, size));
}

/* A hive of several bins: hivex adds one where the last is full. */
static struct memory_hive *build_bins(void **state)
{
    char *text = arena_strdup(*state, "");
    for (int i = 0; i < 60; i++)
        text = arena_printf(*state, "%s[key%02d\\below]\n\"v\"=\"%064d\"\n", text, i, i);
    struct memory_hive *hive = support_build(*state, text);
    assert_true(hive->source.size >= 4096 * 4);
    return hive;
}

static const char *tree_of(struct arena *arena, const struct memory_hive *hive)
{
    struct open_hive *open = support_open(arena, hive);
    assert_non_null(open->hive);
    const char *text = read_tree(arena, open->hive).text;
    support_close(open);
    return text;
}

static void a_damaged_header_of_a_bin_is_made_anew(void **state)
{
    struct memory_hive *hive = build_bins(state);
    const char *tree = tree_of(*state, hive);
    size_t bins = 0;
    for (size_t bin = 4096, size; bin < hive->source.size; bin += size) {
        size = support_get_u32(hive, bin + 8);
        bins++;
        for (size_t field = 0; field < 12; field += 4)
            for (unsigned i = 0; i < 3; i++) {
                static const uint32_t numbers[] = {0, 0x12345678, 0x80001000};
                uint32_t sound = support_get_u32(hive, bin + field);
                if (sound == numbers[i])
                    continue;
                support_put_u32(hive, bin + field, numbers[i]);
                assert_left(*state, hive, bin, tree);
                support_put_u32(hive, bin + field, sound);
            }
        uint8_t sound[32];
        memcpy(sound, hive->bytes + bin, sizeof sound);
        memset(hive->bytes + bin, 0, sizeof sound);
        assert_left(*state, hive, bin, tree);
        memcpy(hive->bytes + bin, sound, sizeof sound);
    }
    assert_true(bins > 2);
}

/* Sizes that lead to the middle of another bin, or behind it. */
static void a_bin_of_the_wrong_size_is_fitted(void **state)
{
    struct memory_hive *hive = build_bins(state);
    const char *tree = tree_of(*state, hive);
    for (size_t bin = 4096, size; bin < hive->source.size; bin += size) {
        size = support_get_u32(hive, bin + 8);
        for (size_t wrong = 4096; bin + wrong <= hive->source.size; wrong += 4096) {
            if (wrong == size)
                continue;
            support_put_u32(hive, bin + 8, (uint32_t)wrong);
            assert_left(*state, hive, bin, tree);
        }
        support_put_u32(hive, bin + 8, (uint32_t)size);
    }
}

/* Wherever it is cut behind the root. */
static void a_truncated_hive_keeps_what_is_before_the_cut(void **state)
{
    struct memory_hive *hive = build_bins(state);
    size_t most = 0;
    for (size_t size = 4096 + 240; size <= hive->source.size; size += 216) {
        struct arena *arena = arena_new();
        struct memory_hive *cut = support_wrap(arena, hive->bytes, size);
        struct salvaged *salvaged = salvage(arena, cut);
        assert_non_null(salvaged->open.hive);
        if (size % 4096 >= 32 + 8) /* room for a cell */
            assert_int_equal(salvaged->bytes->source.size % 4096, 0);
        assert_true(salvaged->bytes->source.size < size + 4096);
        struct tree tree = read_tree(arena, salvaged->open.hive);
        assert_int_equal(tree.unreadable, 0);
        assert_in_range(tree.keys, 1, 1 + 2 * 60);
        most = tree.keys > most ? tree.keys : most;
        assert_final(arena, salvaged);
        done(salvaged);
        arena_free(arena);
    }
    assert_true(most > 60);
}

static void the_cell_at_the_cut_is_freed(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t cell = support_locate_key(*state, hive, "f\\g");
    struct salvaged *salvaged = salvage(*state, support_wrap(*state, hive->bytes, cell + 20));
    size_t end = (cell + 20 + 4095) / 4096 * 4096;
    assert_int_equal(salvaged->bytes->source.size, end);
    assert_int_equal(support_get_u32(salvaged->bytes, cell), end - cell);
    assert_true(is_named(&salvaged->open.diags, cell));
    done(salvaged);
}

/* The record says how long its cell was, or the next sound cell does. */
static void a_cell_of_the_wrong_size_loses_nothing(void **state)
{
    static const uint32_t sizes[] = {0, 4, 12, 0x7fffffff, 0x80000000, UINT32_MAX, 0x00000fff};
    static const char *const paths[] = {"", "a", "a\\b", "a\\b\\c", "a\\e", "f\\g"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            struct memory_hive *hive = support_build(*state, SMALL);
            size_t cell = support_locate_key(*state, hive, paths[i]);
            support_put_u32(hive, cell, sizes[j]);
            assert_left(*state, hive, cell, SMALL_TREE);
        }
}

static void lists_of_the_wrong_size_lose_nothing(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t lists[] = {list_of(*state, hive, ""), list_of(*state, hive, "a"),
                      value_list_of(*state, hive, "a\\b\\c")};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint32_t size = support_get_u32(hive, lists[i]);
        support_put_u32(hive, lists[i], 0);
        assert_left(*state, hive, lists[i], SMALL_TREE);
        support_put_u32(hive, lists[i], size);
    }
}

static void two_damaged_cells_of_a_bin_lose_nothing_between_them(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t a = support_locate_key(*state, hive, "a"), g = support_locate_key(*state, hive, "f\\g");
    support_put_u32(hive, a, 0);
    support_put_u32(hive, g, 0x11111111);
    assert_left(*state, hive, a, SMALL_TREE);
    assert_left(*state, hive, g, SMALL_TREE);
}

/* The root's list of subkeys, in which the first element is a. */
static void an_element_that_is_no_key_is_removed(void **state)
{
    static const uint32_t offsets[] = {OUTSIDE, 0, UINT32_MAX, 32 + 8, 33};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        size_t element = list_of(*state, hive, "") + LIST_ELEMENTS;
        support_put_u32(hive, element, offsets[i]);
        assert_left(*state, hive, element, ";f;f\\g{y};");
    }
}

static void a_removed_subkey_is_handed_back(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t d = support_locate_key(*state, hive, "a\\d"), a = support_locate_key(*state, hive, "a");
    size_t element = list_of(*state, hive, "a") + LIST_ELEMENTS + 8;
    memcpy(hive->bytes + d + SIGNATURE, "xx", 2);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.repairs, 1);
    assert_int_equal(salvaged->salvage.nlost, 1);
    assert_int_equal(salvaged->salvage.lost[0].parent, a);
    assert_int_equal(salvaged->salvage.lost[0].offset, d);
    assert_non_null(strstr(salvaged->salvage.lost[0].reason, "no key"));
    assert_string_equal(salvaged->open.diags.items[0].key, "a");
    done(salvaged);
    assert_left(*state, hive, element, ";a;a\\b;a\\b\\c{,v,w};a\\e;f;f\\g{y};");
}

static void the_parents_name_is_text(void **state)
{
    struct memory_hive *hive = support_build(*state, "[a\xc3\xa9X\\lost]\n[\xd0\x9a\\lost]\n");
    hive->bytes[support_locate(hive, 0, "a\xe9X", 3) + 2] = 0;
    uint8_t *at = hive->bytes;
    while ((at = memmem(at, (size_t)(hive->bytes + hive->source.size - at), "lost", 4))) {
        memcpy(at - 76, "xx", 2);
        at += 4;
    }
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.nlost, 2);
    assert_string_equal(salvaged->open.diags.items[0].key, "a\xc3\xa9\xc0\x80");
    assert_string_equal(salvaged->open.diags.items[1].key, "\xd0\x9a");
    done(salvaged);
}

static void a_key_with_a_name_beyond_its_cell_is_removed(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    put_count(hive, support_locate_key(*state, hive, "a\\b") + NK_NAME_LENGTH, 0xffff);
    assert_left(*state, hive, list_of(*state, hive, "a") + LIST_ELEMENTS,
                ";a;a\\d{x};a\\e;f;f\\g{y};");
}

static void the_root_is_kept_whatever_its_name(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t element = list_of(*state, hive, "") + LIST_ELEMENTS;
    put_count(hive, ROOT + NK_NAME_LENGTH, 0xffff);
    support_put_u32(hive, element, OUTSIDE);
    assert_left(*state, hive, element, ";f;f\\g{y};");
}

static void a_cycle_is_cut(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t element = list_of(*state, hive, "a\\b") + LIST_ELEMENTS;
    static const char *const targets[] = {"", "a", "a\\b"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        size_t cell = support_locate_key(*state, hive, targets[i]);
        struct memory_hive *cyclic = support_build(*state, SMALL);
        support_put_u32(cyclic, element, (uint32_t)(cell - 4096));
        assert_left(*state, cyclic, element, ";a;a\\b;a\\d{x};a\\e;f;f\\g{y};");
    }
}

static void a_key_is_in_the_tree_once(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t element = list_of(*state, hive, "a") + LIST_ELEMENTS;
    support_put_u32(hive, element + 8, support_get_u32(hive, element));
    assert_left(*state, hive, element + 8, ";a;a\\b;a\\b\\c{,v,w};a\\e;f;f\\g{y};");
}

static void a_list_of_subkeys_belongs_to_one_key(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t f = support_locate_key(*state, hive, "f"), a = support_locate_key(*state, hive, "a");
    support_put_u32(hive, f + NK_SUBKEYS, support_get_u32(hive, a + NK_SUBKEYS));
    support_put_u32(hive, f + NK_SUBKEY_COUNT, 3);
    assert_left(*state, hive, f + NK_SUBKEYS, ";a;a\\b;a\\b\\c{,v,w};a\\d{x};a\\e;f;");
}

static void a_bad_list_of_subkeys_leaves_the_key_without(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t field = support_locate_key(*state, hive, "a") + NK_SUBKEYS;
    memcpy(hive->bytes + list_of(*state, hive, "a") + SIGNATURE, "xx", 2);
    assert_left(*state, hive, field, ";a;f;f\\g{y};");
    support_put_u32(hive, field, OUTSIDE);
    assert_left(*state, hive, field, ";a;f;f\\g{y};");
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.nlost, 1);
    assert_int_equal(salvaged->salvage.lost[0].offset, UINT64_C(4096) + OUTSIDE);
    done(salvaged);
}

static void a_count_of_subkeys_is_fitted(void **state)
{
    static const uint32_t counts[] = {0, 1, 4, 0x7fffffff, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        size_t field = support_locate_key(*state, hive, "a") + NK_SUBKEY_COUNT;
        support_put_u32(hive, field, counts[i]);
        assert_left(*state, hive, field, SMALL_TREE);
    }
}

static void a_list_with_a_count_beyond_its_cell_is_cut(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t field = list_of(*state, hive, "a") + LIST_COUNT;
    put_count(hive, field, 0xffff);
    assert_left(*state, hive, field, SMALL_TREE);
}

/* The lists of a and f under one of the root, in the cell of a value's data. */
static struct memory_hive *build_index_root(void **state, size_t *root_list)
{
    struct memory_hive *hive = support_build(*state, SMALL "[s]\n\"r\"=hex:00,00,00,00,00,00,00,00,"
                                                           "00,00,00,00,00,00,00,00,00,00,00,00\n");
    size_t s = support_locate_key(*state, hive, "s");
    size_t value = support_follow(hive, support_follow(hive, s + NK_VALUES) + 4);
    uint32_t offset = support_get_u32(hive, value + 4 + 8);
    *root_list = 4096 + offset;
    memcpy(hive->bytes + *root_list + SIGNATURE, "ri\1\0", 4);
    support_put_u32(hive, *root_list + LIST_ELEMENTS, support_get_u32(hive, ROOT + NK_SUBKEYS));
    support_put_u32(hive, ROOT + NK_SUBKEYS, offset);
    return hive;
}

#define INDEX_TREE SMALL_TREE "s{r};"

static void lists_of_lists_are_followed(void **state)
{
    size_t list;
    assert_unchanged(*state, build_index_root(state, &list));
    struct memory_hive *hive = build_index_root(state, &list);
    assert_string_equal(tree_of(*state, hive), INDEX_TREE);
    size_t leaf = support_follow(hive, list + LIST_ELEMENTS);
    support_put_u32(hive, leaf + LIST_ELEMENTS, OUTSIDE);
    assert_left(*state, hive, leaf + LIST_ELEMENTS, ";f;f\\g{y};s{r};");
}

static void a_list_of_lists_holds_lists_of_keys_only(void **state)
{
    size_t list;
    for (int i = 0; i < 4; i++) {
        struct memory_hive *hive = build_index_root(state, &list);
        uint32_t elements[] = {(uint32_t)(list - 4096), OUTSIDE, 32,
                               support_get_u32(hive, list + LIST_ELEMENTS)};
        put_count(hive, list + LIST_COUNT, 2);
        support_put_u32(hive, list + LIST_ELEMENTS + 4, elements[i]);
        assert_left(*state, hive, list + LIST_ELEMENTS + 4, INDEX_TREE);
    }
    struct memory_hive *hive = build_index_root(state, &list);
    put_count(hive, list + LIST_COUNT, 0xffff);
    assert_left(*state, hive, list + LIST_COUNT, INDEX_TREE);
}

static void a_value_that_is_none_is_removed(void **state)
{
    static const uint32_t offsets[] = {OUTSIDE, 0, UINT32_MAX, 32, 33};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        size_t element = value_list_of(*state, hive, "a\\b\\c") + 4 + 4;
        support_put_u32(hive, element, offsets[i]);
        assert_left(*state, hive, element, ";a;a\\b;a\\b\\c{,w};a\\d{x};a\\e;f;f\\g{y};");
    }
}

static void a_count_of_values_beyond_the_list_is_cut(void **state)
{
    static const uint32_t counts[] = {1000, 0x7fffffff, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct memory_hive *hive = support_build(*state, SMALL);
        size_t field = support_locate_key(*state, hive, "a\\b\\c") + NK_VALUE_COUNT;
        support_put_u32(hive, field, counts[i]);
        assert_left(*state, hive, field, SMALL_TREE);
    }
}

static void a_bad_list_of_values_leaves_the_key_without(void **state)
{
    struct memory_hive *hive = support_build(*state, SMALL);
    size_t field = support_locate_key(*state, hive, "a\\b\\c") + NK_VALUES;
    uint32_t others = support_get_u32(hive, support_locate_key(*state, hive, "a\\d") + NK_VALUES);
    uint32_t offsets[] = {OUTSIDE, 32, others};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        support_put_u32(hive, field, offsets[i]);
        assert_left(*state, hive, field, ";a;a\\b;a\\b\\c;a\\d{x};a\\e;f;f\\g{y};");
    }
}

/* Keys as deep as the registry allows stay; those below them do not. */
static void the_tree_ends_at_512_levels(void **state)
{
    char *path = arena_alloc(*state, 2 * 512 + 1, 1);
    memset(path, 'k', 2 * 512 - 1);
    for (size_t i = 1; i < 2 * 512 - 1; i += 2)
        path[i] = '\\';
    struct memory_hive *hive = support_build(*state, arena_printf(*state, "[%s]\n[x\\y]\n", path));
    assert_unchanged(*state, hive);
    size_t last = support_locate_key(*state, hive, path), x = support_locate_key(*state, hive, "x");
    uint32_t list = support_get_u32(hive, x + NK_SUBKEYS);
    support_put_u32(hive, x + NK_SUBKEYS, UINT32_MAX);
    support_put_u32(hive, x + NK_SUBKEY_COUNT, 0);
    support_put_u32(hive, last + NK_SUBKEYS, list);
    support_put_u32(hive, last + NK_SUBKEY_COUNT, 1);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.repairs, 1);
    assert_true(is_named(&salvaged->open.diags, 4096 + list + LIST_ELEMENTS));
    assert_non_null(strstr(salvaged->salvage.lost[0].reason, "deeper"));
    done(salvaged);
}

/* Diagnostics are capped, repairs are counted, lost keys handed back up to a limit. */
static void thousands_of_repairs_are_counted(void **state)
{
    enum { MANY = 12000 };
    char *text = arena_alloc(*state, 12 * MANY + 200, 1), *out = text;
    out += sprintf(out, "[many\\child]\n[store]\n\"cell\"=hex:00");
    for (size_t i = 0; i < 4 * MANY + 8; i++)
        out += sprintf(out, ",00");
    sprintf(out, "\n");
    struct memory_hive *hive = support_build(*state, text);
    size_t many = support_locate_key(*state, hive, "many");
    size_t value = support_follow(hive, value_list_of(*state, hive, "store") + 4);
    size_t list = support_follow(hive, value + 4 + 8);
    memcpy(hive->bytes + list + SIGNATURE, "li", 2);
    put_count(hive, list + LIST_COUNT, MANY);
    support_put_u32(hive, many + NK_SUBKEYS, (uint32_t)(list - 4096));
    support_put_u32(hive, many + NK_SUBKEY_COUNT, MANY);
    struct salvaged *salvaged = salvage(*state, hive);
    assert_int_equal(salvaged->salvage.repairs, MANY);
    assert_int_equal(salvaged->salvage.nlost, 10000);
    assert_int_equal(salvaged->open.diags.count, DIAGS_MAX);
    assert_string_equal(read_tree(*state, salvaged->open.hive).text, ";many;store{cell};");
    done(salvaged);
}

/* The keys that can be reached from the root, as counted by hand or by the key nodes there. */
static void hostile_hives_are_read_as_far_as_they_go(void **state)
{
    static const struct {
        const char *path;
        size_t keys; /* 0: it does not open */
        bool repaired;
    } hives[] = {
        {"hostile/BadListHive", 6, true}, /* two keys with one list */
        {"hostile/BadSubkeyHive", 6, true},
        {"hostile/TruncatedHive", 2, true}, /* the other 83 are below lists that are gone */
        {"hostile/TruncatedDirtyHive", 2, true},
        {"hostile/EffectiveSizeHive", 5003, true},
        {"hostile/GarbageHive", 1, true},
        {"hostile/InvalidParentHive", 5003, false},
        {"hostile/base-block/BadBaseBlockHive", 5003, true},
        {"hostile/log1/BadLogHive", 5003, false},
        {"hostile/misc/corrupt_sub_key_list.hiv", 100, true}, /* one of 101 is lost */
        {"hostile/misc/empty_file.rf", 0, false},
        {"hostile/misc/fake_software.rf", 0, false},
        {"hostile/misc/invalid_creg_header.rf", 0, false},
        {"hostile/misc/invalid_regf_checksum.rf", 0, false},
        {"hostile/misc/invalid_regf_header.rf", 0, false},
        {"hostile/misc/regfio_corrupt_hbin1.dat", 0, true}, /* its root has no signature */
        {"hostile/misc/regfio_corrupt_lf_subkeys.dat", 1, true},
        {"hostile/misc/winnt_error_tests.rf", 0, false},
        {"hostile/misc/winnt_value_tests.rf", 0, false},
        {"hives/dirty/new1/NewDirtyHive.LOG1", 0, false},
        {"hives/dirty/old1/OldDirtyHive.LOG1", 0, false},
        {"hostile/log1/BadLogHive.LOG1", 0, false},
    };
    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++) {
        const struct memory_hive *hive = support_corpus(*state, hives[i].path);
        struct salvaged *salvaged = salvage(*state, hive);
        struct tree tree = {0};
        if (salvaged->open.hive)
            tree = read_tree(*state, salvaged->open.hive);
        if (tree.keys != hives[i].keys || (salvaged->salvage.repairs > 0) != hives[i].repaired)
            fail_msg("%s: %zu keys, %zu repairs", hives[i].path, tree.keys,
                     salvaged->salvage.repairs);
        assert_int_equal(tree.unreadable, 0);
        assert_final(*state, salvaged);
        done(salvaged);
    }
}

/* 285 of its pages are zeros. */
static void a_real_hive_with_a_hole_is_read_around_it(void **state)
{
    struct salvaged *salvaged =
        salvage(*state, support_corpus(*state, "hives/traps/corrupted_system_hive"));
    assert_non_null(salvaged->open.hive);
    struct tree tree = read_tree(*state, salvaged->open.hive);
    assert_true(tree.keys > 1000);
    assert_int_equal(tree.unreadable, 0);
    assert_final(*state, salvaged);
    done(salvaged);
}

/* A generator of numbers, by a seed that a failure names. */
static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Whether a root is left in what is still a hive: one of its two signatures stands, and where it is
 * not that of the first bin, the base block is none of something else. */
static bool has_root(const struct memory_hive *hive, const uint8_t *sound)
{
    return (memcmp(hive->bytes + 4096, "hbin", 4) == 0 || memcmp(hive->bytes, sound, 36) == 0) &&
           memcmp(hive->bytes + ROOT + SIGNATURE, "nk", 2) == 0;
}

static void damage(struct memory_hive *hive, uint64_t *seed)
{
    size_t flips = 1 + next_random(seed) % 8;
    for (size_t i = 0; i < flips; i++) {
        size_t base = next_random(seed) % 8 ? 4096 : 0;
        size_t at = base + next_random(seed) % (base ? hive->source.size - base : 512);
        hive->bytes[at] ^= (uint8_t)(1 + next_random(seed) % 255);
    }
}

/* Whatever is changed: the hive opens as long as it has a root, the tree ends, no list in it is
 * unreadable, and nothing is left to repair. */
static void repair_at_random(struct arena *outer, struct memory_hive *hive, size_t runs)
{
    size_t size = hive->source.size, opened = 0;
    uint8_t *sound = arena_alloc(outer, size, 1);
    memcpy(sound, hive->bytes, size);
    for (size_t run = 0; run < runs; run++) {
        struct arena *arena = arena_new();
        uint64_t seed = run;
        hive->source.size = size;
        memcpy(hive->bytes, sound, size);
        damage(hive, &seed);
        if (next_random(&seed) % 4 == 0)
            hive->source.size -= next_random(&seed) % 4000;
        struct salvaged *salvaged = salvage(arena, hive);
        if (salvaged->open.hive && read_tree(arena, salvaged->open.hive).unreadable)
            fail_msg("seed %zu: a list is unreadable", run);
        if (!salvaged->open.hive && has_root(hive, sound))
            fail_msg("seed %zu: does not open", run);
        opened += salvaged->open.hive != NULL;
        assert_final(arena, salvaged);
        done(salvaged);
        arena_free(arena);
    }
    assert_in_range(opened, runs * 99 / 100, runs);
}

static void changed_bytes_are_repaired(void **state)
{
    repair_at_random(*state, support_build(*state, SMALL), 2000);
    repair_at_random(*state, build_bins(state), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_sound_hive_stays_as_it_is),
        SUPPORT_TEST(a_hive_with_bytes_behind_its_bins_stays_as_it_is),
        SUPPORT_TEST(real_hives_stay_as_they_are),
        SUPPORT_TEST(a_lost_signature_of_the_base_block_is_put_back),
        SUPPORT_TEST(a_lost_base_block_is_made_anew),
        SUPPORT_TEST(a_wrong_checksum_is_set_right),
        SUPPORT_TEST(damaged_fields_of_the_base_block_are_set_right),
        SUPPORT_TEST(offsets_and_sizes_of_a_right_base_block_are_fitted),
        SUPPORT_TEST(what_is_no_hive_stays_as_it_is),
        SUPPORT_TEST(a_damaged_header_of_a_bin_is_made_anew),
        SUPPORT_TEST(a_bin_of_the_wrong_size_is_fitted),
        SUPPORT_TEST(a_truncated_hive_keeps_what_is_before_the_cut),
        SUPPORT_TEST(the_cell_at_the_cut_is_freed),
        SUPPORT_TEST(a_cell_of_the_wrong_size_loses_nothing),
        SUPPORT_TEST(lists_of_the_wrong_size_lose_nothing),
        SUPPORT_TEST(two_damaged_cells_of_a_bin_lose_nothing_between_them),
        SUPPORT_TEST(an_element_that_is_no_key_is_removed),
        SUPPORT_TEST(a_removed_subkey_is_handed_back),
        SUPPORT_TEST(the_parents_name_is_text),
        SUPPORT_TEST(a_key_with_a_name_beyond_its_cell_is_removed),
        SUPPORT_TEST(the_root_is_kept_whatever_its_name),
        SUPPORT_TEST(a_cycle_is_cut),
        SUPPORT_TEST(a_key_is_in_the_tree_once),
        SUPPORT_TEST(a_list_of_subkeys_belongs_to_one_key),
        SUPPORT_TEST(a_bad_list_of_subkeys_leaves_the_key_without),
        SUPPORT_TEST(a_count_of_subkeys_is_fitted),
        SUPPORT_TEST(a_list_with_a_count_beyond_its_cell_is_cut),
        SUPPORT_TEST(lists_of_lists_are_followed),
        SUPPORT_TEST(a_list_of_lists_holds_lists_of_keys_only),
        SUPPORT_TEST(a_value_that_is_none_is_removed),
        SUPPORT_TEST(a_count_of_values_beyond_the_list_is_cut),
        SUPPORT_TEST(a_bad_list_of_values_leaves_the_key_without),
        SUPPORT_TEST(the_tree_ends_at_512_levels),
        SUPPORT_TEST(thousands_of_repairs_are_counted),
        SUPPORT_TEST(hostile_hives_are_read_as_far_as_they_go),
        SUPPORT_TEST(a_real_hive_with_a_hole_is_read_around_it),
        SUPPORT_TEST(changed_bytes_are_repaired),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
