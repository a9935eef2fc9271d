/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "images.h"
#include "trees.h"

#define HIVE_SIZE 200704

/* The parts of a WIM that tests change ("Windows Imaging File Format", 2007). */
#define BLOB_TABLE_AT   48 /* in the header: a resource header */
#define RESOURCE_OFFSET 8  /* in a resource header; before it 7 bytes of size and one of flags */
#define FLAG_METADATA   2
#define ENTRY_SIZE      50 /* of the blob table */
#define ENTRY_HASH      30
#define DENTRY_NAME     102 /* in a directory entry */
#define DENTRY_FLAGS    8
#define DENTRY_TAG      88

struct opened_wim {
    struct opened *opened;
    struct wim *wim; /* NULL: it could not be opened */
};

/* Opens a WIM of the folder of the test, as a worker has it: by its descriptor. */
static struct opened_wim open_wim(const struct scratch *scratch, const char *name)
{
    struct opened_wim open = {.opened = opened_make(scratch->arena, LIBRARY_BIT(LIBRARY_WIM))};
    struct access *access = &open.opened->access;
    access->folder = openat(AT_FDCWD, scratch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    arena_close_fd(access->arena, access->folder);
    if (!wim_open(access, images_file(scratch, access, name), &open.wim))
        open.wim = NULL;
    return open;
}

static struct opened *open_image(const struct scratch *scratch, const char *name, unsigned number)
{
    struct opened_wim open = open_wim(scratch, name);
    if (!open.wim)
        fail_msg("%s", opened_said(open.opened));
    if (!tree_open_wim(&open.opened->access, open.wim, number, &open.opened->tree))
        fail_msg("%s", opened_said(open.opened));
    return open.opened;
}

/* Bytes that pack to three quarters. */
static char *make_hive(struct arena *arena, uint32_t seed)
{
    char *bytes = arena_alloc(arena, HIVE_SIZE, 1);
    for (size_t i = 0; i < HIVE_SIZE; i++)
        bytes[i] = (char)((seed = seed * 1664525 + 1013904223) >> 26);
    return bytes;
}

/* Makes the folder "in", whose hive depends on a seed. */
static const char *make_folder(const struct scratch *scratch, const char *in, uint32_t seed)
{
    const char *hive = make_hive(scratch->arena, seed);
    scratch_make_folder(scratch, in);
    scratch_make_folder(scratch, arena_printf(scratch->arena, "%s/Windows", in));
    scratch_make_folder(scratch, arena_printf(scratch->arena, "%s/Windows/config", in));
    scratch_write(scratch, arena_printf(scratch->arena, "%s/Windows/config/SOFTWARE", in), hive,
                  HIVE_SIZE);
    scratch_write(scratch, arena_printf(scratch->arena, "%s/Windows/config/empty", in), "", 0);
    scratch_write_text(scratch, arena_printf(scratch->arena, "%s/\xc3\xbc.txt", in), "umlaut");
    return hive;
}

static void check_image(struct opened *opened, const char *hive)
{
    assert_string_equal(opened_list(opened, ""), "Windows/ \xc3\xbc.txt:6 ");
    assert_string_equal(opened_list(opened, "WINDOWS/CONFIG"),
                        "Windows/config/empty:0 Windows/config/SOFTWARE:200704 ");
    assert_string_equal(opened_find(opened, "windows/config/software"),
                        "Windows/config/SOFTWARE:200704 ");
    assert_string_equal(opened_find(opened, "windows/config/SYSTEM"), "absent");
    assert_string_equal(opened_find(opened, "windows/config/software/x"), "absent");
    opened_check(opened, "Windows/Config/Software", hive, HIVE_SIZE);
    opened_check(opened, "Windows/Config/empty", "", 0);
    opened_check(opened, "\xc3\x9c.TXT", "umlaut", 6);
    assert_string_equal(opened_said(opened), "");
}

static void check_format(const struct scratch *scratch, const char *options)
{
    const char *hive = make_folder(scratch, "in", 1);
    images_run(scratch, arena_printf(scratch->arena, "wimlib-imagex capture in a.wim %s", options));
    struct opened *opened = open_image(scratch, "a.wim", 1);
    check_image(opened, hive);
    opened_close(opened);
}

static void a_wim_without_compression_is_read(void **state)
{
    check_format(*state, "--compress=none");
}

static void a_wim_by_xpress_is_read(void **state)
{
    check_format(*state, "--compress=xpress");
}

static void a_wim_by_lzx_is_read(void **state)
{
    check_format(*state, "--compress=lzx");
}

static void a_solid_esd_is_read(void **state)
{
    check_format(*state, "--solid");
}

static void a_wim_for_pipes_is_read(void **state)
{
    check_format(*state, "--pipable");
}

static void standard_output_is_what_it_was(void **state)
{
    struct stat before, after;
    assert_int_equal(fstat(STDOUT_FILENO, &before), 0);
    check_format(*state, "--compress=lzx");
    assert_int_equal(fstat(STDOUT_FILENO, &after), 0);
    assert_int_equal(before.st_dev, after.st_dev);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void each_image_has_its_files(void **state)
{
    const struct scratch *scratch = *state;
    const char *first = make_folder(scratch, "in1", 1), *second = make_folder(scratch, "in2", 2);
    images_run(scratch, "wimlib-imagex capture in1 a.wim 'Windows \xc3\xbc' && "
                        "wimlib-imagex append in2 a.wim ''");
    struct opened_wim open = open_wim(scratch, "a.wim");
    const struct wim_image *images;
    assert_int_equal(wim_images(open.wim, &images), 2);
    assert_int_equal(images[0].number, 1);
    assert_string_equal(images[0].name, "Windows \xc3\xbc");
    assert_int_equal(images[1].number, 2);
    assert_string_equal(images[1].name, "");
    struct tree trees[2];
    for (unsigned i = 0; i < 2; i++)
        assert_true(tree_open_wim(&open.opened->access, open.wim, i + 1, &trees[i]));
    for (unsigned i = 0; i < 4; i++) { /* by turns: each time the other's folders are read anew */
        open.opened->tree = trees[i % 2];
        check_image(open.opened, i % 2 ? second : first);
    }
    opened_close(open.opened);
}

static void a_name_with_a_lone_surrogate_is_kept(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "in");
    scratch_write_text(scratch, "in/a\xed\xa0\x80z", "x");
    images_run(scratch, "wimlib-imagex capture in a.wim");
    struct opened *opened = open_image(scratch, "a.wim", 1);
    assert_string_equal(opened_list(opened, ""), "a\xed\xa0\x80z:1 ");
    opened_check(opened, "A\xed\xa0\x80Z", "x", 1);
    opened_close(opened);
}

/* Splits a WIM of three files, so that the parts are set1.swm, set12.swm ... */
static void make_split(const struct scratch *scratch)
{
    uint32_t random = 1;
    uint8_t *bytes = arena_alloc(scratch->arena, 1 << 20, 1);
    scratch_make_folder(scratch, "in");
    for (unsigned i = 0; i < 3; i++) {
        for (size_t k = 0; k < 1 << 20; k++)
            bytes[k] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
        scratch_write(scratch, arena_printf(scratch->arena, "in/%u", i), bytes, 1 << 20);
    }
    images_run(scratch, "wimlib-imagex capture in a.wim && wimlib-imagex split a.wim SET.swm 1.5");
}

static void check_random(const struct scratch *scratch, struct opened *opened, const char *name)
{
    struct source source;
    if (!opened_open(opened, name, &source))
        fail_msg("%s", opened_said(opened));
    struct access *access = &opened->access;
    images_compare(&source,
                   images_file(scratch, access, arena_printf(scratch->arena, "in/%s", name)));
}

static void the_parts_of_a_split_wim_are_found_in_its_folder(void **state)
{
    const struct scratch *scratch = *state;
    make_split(scratch);
    struct opened *opened = open_image(scratch, "SET.swm", 1);
    assert_string_equal(opened_said(opened), "");
    for (unsigned i = 0; i < 3; i++)
        check_random(scratch, opened, arena_printf(scratch->arena, "%u", i));
    opened_close(opened);
}

static void a_missing_part_costs_the_files_in_it(void **state)
{
    const struct scratch *scratch = *state;
    make_split(scratch);
    images_run(scratch, "rm SET2.swm");
    struct opened *opened = open_image(scratch, "SET.swm", 1);
    assert_string_equal(opened_said(opened),
                        "incomplete: part 2 of 3, SET2.swm, cannot be read: No such file or "
                        "directory\n");
    unsigned read = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct source source;
        read += opened_open(opened, arena_printf(scratch->arena, "%u", i), &source);
    }
    assert_int_equal(read, 2);
    assert_string_equal(opened_said(opened),
                        "failed: cannot be read out of the WIM: its data is not in this WIM, but "
                        "in another or in a part that is missing\n");
    opened_close(opened);
}

static void a_part_of_another_set_is_not_taken(void **state)
{
    const struct scratch *scratch = *state;
    make_split(scratch);
    images_run(scratch, "wimlib-imagex capture in b.wim && wimlib-imagex split b.wim b.swm 1.5 && "
                        "mv b2.swm SET2.swm && mv SET.swm x && cat SET3.swm >SET.swm && "
                        "cat x >SET3.swm && mv x SET.swm");
    struct opened *opened = open_image(scratch, "SET.swm", 1);
    assert_string_equal(
        opened_said(opened),
        "incomplete: part 2 of 3, SET2.swm, cannot be read: it belongs to another set\n"
        "incomplete: part 3 of 3, SET3.swm, cannot be read: it is another part\n");
    opened_close(opened);
}

static void another_part_than_the_first_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    make_split(scratch);
    struct opened_wim open = open_wim(scratch, "SET2.swm");
    assert_null(open.wim);
    assert_string_equal(opened_said(open.opened),
                        "failed: is part 2 of 3 of a split WIM: want its first part\n");
    opened_close(open.opened);
}

/* A WIM without compression in memory, to be changed and written again. */
static struct memory_hive *load(const struct scratch *scratch)
{
    struct input input;
    struct diags diags = {.arena = scratch->arena};
    assert_true(input_open(scratch->arena, &diags, scratch_path(scratch, "a.wim"), &input));
    struct source source = input_source(&input);
    uint8_t *bytes = arena_alloc(scratch->arena, (size_t)source.size, 1);
    assert_true(source_read(&source, 0, bytes, (size_t)source.size));
    input_close(&input);
    return support_wrap(scratch->arena, bytes, (size_t)source.size);
}

static void save(const struct scratch *scratch, const struct memory_hive *wim)
{
    scratch_write(scratch, "a.wim", wim->bytes, (size_t)wim->source.size);
}

static void damage_of_a_file_fails_it_alone(void **state)
{
    const struct scratch *scratch = *state;
    const char *hive = make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex capture in a.wim --compress=none");
    struct memory_hive *wim = load(scratch);
    struct source source;
    wim->bytes[support_locate(wim, 0, hive, 64) + 100000] ^= 1;
    save(scratch, wim);
    struct opened *opened = open_image(scratch, "a.wim", 1);
    assert_false(opened_open(opened, "Windows/config/SOFTWARE", &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be read out of the WIM: The SHA-1 message digest of a WIM "
                        "resource did not match the expected value\n");
    opened_check(opened, "\xc3\xbc.txt", "umlaut", 6);
    opened_close(opened);
}

static void damage_of_packed_bytes_fails(void **state)
{
    static const char *const options[] = {"--compress=lzx", "--compress=xpress", "--solid"};
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        images_run(scratch,
                   arena_printf(scratch->arena, "wimlib-imagex capture in a.wim %s", options[i]));
        struct memory_hive *wim = load(scratch);
        struct source source;
        wim->bytes[wim->source.size / 2] ^= 0x10;
        save(scratch, wim);
        struct opened *opened = open_image(scratch, "a.wim", 1);
        assert_false(opened_open(opened, "Windows/config/SOFTWARE", &source));
        assert_int_equal(opened->diags.count, 1);
        assert_int_equal(opened->diags.worst, DIAG_FAILED);
        opened_close(opened);
    }
}

static void a_cut_wim_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex capture in a.wim");
    struct memory_hive *wim = load(scratch);
    const uint64_t sizes[] = {0, 8, 100, 208, wim->source.size / 2, wim->source.size - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        wim->source.size = sizes[i];
        save(scratch, wim);
        struct opened_wim open = open_wim(scratch, "a.wim");
        assert_null(open.wim);
        assert_int_equal(open.opened->diags.count, 1);
        assert_int_equal(open.opened->diags.worst, DIAG_FAILED);
        opened_close(open.opened);
    }
}

static void a_size_that_no_memory_does_for_is_said(void **state)
{
    const struct scratch *scratch = *state;
    if (BUILT_WITH_ASAN)
        skip();
    make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex capture in a.wim");
    struct memory_hive *wim = load(scratch);
    memset(wim->bytes + BLOB_TABLE_AT + 16, 0x7f, 6); /* its size when it is unpacked */
    memset(wim->bytes + BLOB_TABLE_AT, 0x7f, 6);
    save(scratch, wim);
    struct opened_wim open = open_wim(scratch, "a.wim");
    assert_null(open.wim);
    assert_int_equal(open.opened->diags.count, 1);
    opened_close(open.opened);
}

static void a_wim_without_images_is_refused(void **state)
{
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex capture in a.wim && wimlib-imagex delete a.wim 1");
    struct opened_wim open = open_wim(scratch, "a.wim");
    assert_null(open.wim);
    assert_string_equal(opened_said(open.opened), "failed: is a WIM without images\n");
    opened_close(open.opened);
}

/* The entry of the blob table for the only image's metadata. */
static uint8_t *find_metadata(const struct memory_hive *wim)
{
    const uint8_t *header = wim->bytes + BLOB_TABLE_AT;
    uint8_t *entry = wim->bytes + get_u64(header + RESOURCE_OFFSET);
    while (!(entry[7] & FLAG_METADATA))
        entry += ENTRY_SIZE;
    return entry;
}

/* The metadata's hash is made right again after a change. */
static void fix_hash(const struct scratch *scratch, struct memory_hive *wim)
{
    uint8_t *entry = find_metadata(wim);
    size_t size = (size_t)(get_u64(entry) & UINT64_C(0xffffffffffffff));
    scratch_write(scratch, "metadata", wim->bytes + get_u64(entry + RESOURCE_OFFSET), size);
    images_run(scratch, "sha1sum metadata | cut -c 1-40 | xxd -r -p >hash");
    CLEANUP(file) FILE *file = fopen(scratch_path(scratch, "hash"), "rb");
    assert_non_null(file);
    assert_int_equal(fread(entry + ENTRY_HASH, 1, 20, file), 20);
}

/* Opens the hive after its attributes and its reparse tag were changed. */
static void check_refused(const struct scratch *scratch, uint32_t attributes, uint32_t tag,
                          const char *said)
{
    images_run(scratch, "xxd --version && wimlib-imagex capture in a.wim --compress=none");
    struct memory_hive *wim = load(scratch);
    struct source source;
    uint8_t *entry =
        wim->bytes + support_locate(wim, 0, "S\0O\0F\0T\0W\0A\0R\0E", 16) - DENTRY_NAME;
    put_u32(entry + DENTRY_FLAGS, attributes);
    put_u32(entry + DENTRY_TAG, tag);
    fix_hash(scratch, wim);
    save(scratch, wim);
    struct opened *opened = open_image(scratch, "a.wim", 1);
    assert_string_equal(opened_find(opened, "Windows/config/SOFTWARE"),
                        "Windows/config/SOFTWARE:200704 ");
    assert_false(opened_open(opened, "Windows/config/SOFTWARE", &source));
    assert_string_equal(opened_said(opened), said);
    opened_close(opened);
}

static void bytes_that_are_not_those_of_the_file_are_refused(void **state)
{
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    check_refused(scratch, 0x4020, 0,
                  "failed: cannot be read out of the WIM: it is encrypted (EFS)\n");
    check_refused(scratch, 0x420, 0x80000017,
                  "failed: cannot be read out of the WIM: it is compressed by WOF\n");
    check_refused(scratch, 0x420, 0x80000013,
                  "failed: cannot be read out of the WIM: it is a reparse point (tag 80000013)\n");
}

static void a_link_is_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex --version && ln -s Windows in/link && "
                        "ln -s Windows/config/SOFTWARE in/hive && wimlib-imagex capture in a.wim");
    struct opened *opened = open_image(scratch, "a.wim", 1);
    assert_string_equal(opened_list(opened, ""), "hive@ link@ Windows/ \xc3\xbc.txt:6 ");
    assert_string_equal(opened_find(opened, "link/config"), "absent");
    opened_close(opened);
}

static void many_files_can_be_open_one_after_the_other(void **state)
{
    const struct scratch *scratch = *state;
    make_folder(scratch, "in", 1);
    images_run(scratch, "wimlib-imagex capture in a.wim");
    struct opened *opened = open_image(scratch, "a.wim", 1);
    struct node node = opened_node(opened, "\xc3\xbc.txt");
    for (unsigned i = 0; i < 2000; i++) { /* more than there are descriptors */
        struct source source;
        CLEANUP(arena) struct arena *arena = arena_new();
        assert_true(opened->tree.methods->open(&opened->tree, arena, &node, &source));
        assert_int_equal(source.size, 6);
    }
    opened_close(opened);
}

static void libwim_is_asked_for(void **state)
{
    const struct scratch *scratch = *state;
    struct diags diags = {.arena = scratch->arena};
    struct access access = {.arena = scratch->arena, .diags = &diags, .folder = -1};
    struct source file = {.name = "a.wim", .fd = -1};
    struct wim *wim;
    assert_false(wim_open(&access, &file, &wim));
    assert_int_equal(access.wanted, LIBRARY_BIT(LIBRARY_WIM));
    assert_int_equal(diags.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(libwim_is_asked_for),
        SCRATCH_TEST(a_wim_without_compression_is_read),
        SCRATCH_TEST(a_wim_by_xpress_is_read),
        SCRATCH_TEST(a_wim_by_lzx_is_read),
        SCRATCH_TEST(a_solid_esd_is_read),
        SCRATCH_TEST(a_wim_for_pipes_is_read),
        SCRATCH_TEST(standard_output_is_what_it_was),
        SCRATCH_TEST(each_image_has_its_files),
        SCRATCH_TEST(a_name_with_a_lone_surrogate_is_kept),
        SCRATCH_TEST(the_parts_of_a_split_wim_are_found_in_its_folder),
        SCRATCH_TEST(a_missing_part_costs_the_files_in_it),
        SCRATCH_TEST(a_part_of_another_set_is_not_taken),
        SCRATCH_TEST(another_part_than_the_first_is_refused),
        SCRATCH_TEST(damage_of_a_file_fails_it_alone),
        SCRATCH_TEST(damage_of_packed_bytes_fails),
        SCRATCH_TEST(a_cut_wim_is_refused),
        SCRATCH_TEST(a_size_that_no_memory_does_for_is_said),
        SCRATCH_TEST(a_wim_without_images_is_refused),
        SCRATCH_TEST(bytes_that_are_not_those_of_the_file_are_refused),
        SCRATCH_TEST(a_link_is_not_followed),
        SCRATCH_TEST(many_files_can_be_open_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
