/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include "images.h"
#include "trees.h"

#define LIBRARIES LIBRARY_BIT(LIBRARY_UDFREAD)
#define FILE_SIZE 300001

static uint8_t *make_bytes(struct arena *arena)
{
    uint8_t *bytes = arena_alloc(arena, FILE_SIZE, 1);
    uint32_t random = 1;
    for (size_t i = 0; i < FILE_SIZE; i++)
        bytes[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    return bytes;
}

/* A disc with UDF and ISO 9660 in memory, where a test can change it. */
static struct memory_hive *make_disc(const struct scratch *scratch)
{
    scratch_make_folder(scratch, "in");
    scratch_make_folder(scratch, "in/Sources");
    scratch_make_folder(scratch, "in/Sources/empty folder");
    scratch_write(scratch, "in/Sources/Install.wim", make_bytes(scratch->arena), FILE_SIZE);
    scratch_write_text(scratch, "in/Sources/\xc3\xbc.txt", "umlaut");
    scratch_write_text(scratch, "in/empty", "");
    images_run(scratch, "genisoimage -quiet -udf -J -input-charset utf-8 -o disc in");
    struct input input;
    struct diags diags = {.arena = scratch->arena};
    assert_true(input_open(scratch->arena, &diags, scratch_path(scratch, "disc"), &input));
    struct source source = input_source(&input);
    uint8_t *bytes = arena_alloc(scratch->arena, (size_t)source.size, 1);
    assert_true(source_read(&source, 0, bytes, (size_t)source.size));
    input_close(&input);
    return support_wrap(scratch->arena, bytes, (size_t)source.size);
}

static struct opened *open_disc(const struct scratch *scratch, const struct memory_hive *disc)
{
    struct opened *opened = opened_make(scratch->arena, LIBRARIES);
    if (!tree_open_udf(&opened->access, &disc->source, &opened->tree))
        opened->tree.methods = NULL;
    return opened;
}

static void files_are_found_in_any_letter_case(void **state)
{
    const struct scratch *scratch = *state;
    struct opened *opened = open_disc(scratch, make_disc(scratch));
    assert_string_equal(opened_said(opened), "");
    assert_string_equal(opened_list(opened, ""), "empty:0 Sources/ ");
    assert_string_equal(opened_list(opened, "SOURCES"),
                        "Sources/empty folder/ Sources/Install.wim:300001 "
                        "Sources/\xc3\xbc.txt:6 ");
    assert_string_equal(opened_list(opened, "sources/Empty Folder"), "");
    assert_string_equal(opened_find(opened, "sources/INSTALL.WIM"), "Sources/Install.wim:300001 ");
    assert_string_equal(opened_find(opened, "sources/install.esd"), "absent");
    assert_string_equal(opened_find(opened, "empty/x"), "absent");
    opened_check(opened, "sources/install.wim", make_bytes(scratch->arena), FILE_SIZE);
    opened_check(opened, "sources/\xc3\x9c.TXT", "umlaut", 6);
    opened_check(opened, "empty", "", 0);
    assert_string_equal(opened_said(opened), "");
    opened_close(opened);
}

static void a_disc_tells_whether_it_has_udf(void **state)
{
    const struct scratch *scratch = *state;
    struct memory_hive *disc = make_disc(scratch);
    assert_true(udf_is_volume(&disc->source));
    uint8_t *descriptor = disc->bytes + 16 * 2048; /* the sequence starts there (ECMA-167, 2/8) */
    while (memcmp(descriptor + 1, "NSR02", 5) != 0)
        descriptor += 2048;
    descriptor[1] = 'X';
    assert_false(udf_is_volume(&disc->source));
    disc->source.size = 1000;
    assert_false(udf_is_volume(&disc->source));
}

static void what_a_cut_disc_lacks_fails(void **state)
{
    const struct scratch *scratch = *state;
    struct memory_hive *disc = make_disc(scratch);
    struct opened *opened = open_disc(scratch, disc);
    struct source source;
    char got[FILE_SIZE];
    const uint8_t *start =
        memmem(disc->bytes, disc->source.size, make_bytes(scratch->arena), FILE_SIZE);
    assert_non_null(start);
    disc->source.size = (size_t)(start - disc->bytes) + 200000;
    assert_true(opened_open(opened, "Sources/Install.wim", &source));
    assert_true(source_read(&source, 0, got, 200000));
    assert_memory_equal(got, make_bytes(scratch->arena), 200000);
    assert_false(source_read(&source, 0, got, FILE_SIZE));
    opened_close(opened);
}

static void a_file_whose_entry_is_damaged_is_said(void **state)
{
    const struct scratch *scratch = *state;
    struct memory_hive *disc = make_disc(scratch);
    /* The file entry (ECMA-167, 4/14.9) holds the size at 56 and the tag's checksum at 4. */
    uint8_t size[8] = {FILE_SIZE & 0xff, FILE_SIZE >> 8 & 0xff, FILE_SIZE >> 16};
    size_t entry = support_locate(disc, 2048 * 257, size, sizeof size) - 56;
    disc->bytes[entry + 4] ^= 1;
    struct opened *opened = open_disc(scratch, disc);
    assert_string_equal(opened_list(opened, "Sources"),
                        "Sources/empty folder/ Sources/Install.wim@ Sources/\xc3\xbc.txt:6 "
                        "(failed)");
    assert_string_equal(opened_said(opened),
                        "incomplete: Sources/Install.wim: its file entry cannot be read\n");
    assert_string_equal(opened_find(opened, "Sources/Install.wim"), "failed");
    opened_check(opened, "Sources/\xc3\xbc.txt", "umlaut", 6);
    opened_close(opened);
}

static void blocks_that_are_not_recorded_are_no_zeros(void **state)
{
    const struct scratch *scratch = *state;
    struct memory_hive *disc = make_disc(scratch);
    uint8_t size[8] = {FILE_SIZE & 0xff, FILE_SIZE >> 8 & 0xff, FILE_SIZE >> 16};
    size_t entry = support_locate(disc, 2048 * 257, size, sizeof size) - 56;
    /* The only allocation descriptor: its upper two bits make it one without bytes on the disc
     * (ECMA-167, 4/14.14.1.1). It stands behind the extended attributes. */
    size_t descriptor = entry + 176 + support_get_u32(disc, entry + 168);
    assert_int_equal(support_get_u32(disc, descriptor), FILE_SIZE);
    support_put_u32(disc, descriptor, FILE_SIZE | UINT32_C(2) << 30);
    struct opened *opened = open_disc(scratch, disc);
    struct source source;
    char got[100];
    if (opened->tree.methods && opened_open(opened, "Sources/Install.wim", &source))
        assert_false(source_read(&source, 0, got, sizeof got));
    opened_close(opened);
}

static void what_is_no_udf_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    struct memory_hive *disc =
        support_wrap(scratch->arena, arena_alloc(scratch->arena, 1 << 20, 1), 1 << 20);
    struct opened *opened = open_disc(scratch, disc);
    assert_null(opened->tree.methods);
    assert_string_equal(opened_said(opened), "failed: cannot be read as a UDF file system\n");
    assert_false(udf_is_volume(&disc->source));
    opened_close(opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(files_are_found_in_any_letter_case),
        SCRATCH_TEST(a_disc_tells_whether_it_has_udf),
        SCRATCH_TEST(what_a_cut_disc_lacks_fails),
        SCRATCH_TEST(a_file_whose_entry_is_damaged_is_said),
        SCRATCH_TEST(blocks_that_are_not_recorded_are_no_zeros),
        SCRATCH_TEST(what_is_no_udf_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
