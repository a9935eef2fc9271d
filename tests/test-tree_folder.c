/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/tree.h"

#include <fcntl.h>
#include <unistd.h>

#include "scratch.h"
#include "trees.h"

static struct opened *open_folder(const struct scratch *scratch)
{
    struct opened *opened = opened_make(scratch->arena, 0);
    int fd = open(scratch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    opened->access.folder = fd;
    assert_true(tree_open_folder(&opened->access, fd, &opened->tree));
    return opened;
}

static void close_folder(struct opened *opened)
{
    int fd = opened->access.folder;
    opened_close(opened);
    assert_int_equal(close(fd), 0); /* it outlives the tree */
}

static void link_to(const struct scratch *scratch, const char *name, const char *target)
{
    assert_int_equal(symlink(target, scratch_path(scratch, name)), 0);
}

static void names_are_found_in_any_letter_case(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "WINDOWS");
    scratch_make_folder(scratch, "WINDOWS/system32");
    scratch_write_text(scratch, "WINDOWS/system32/Software", "12345");
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_find(opened, "Windows/System32/SOFTWARE"),
                        "WINDOWS/system32/Software:5 ");
    assert_string_equal(opened_find(opened, "windows/SYSTEM32/software.log"), "absent");
    assert_string_equal(opened_find(opened, "windows/System32/software/x"), "absent");
    assert_string_equal(opened_said(opened), "");
    close_folder(opened);
}

static void the_exact_name_comes_first(void **state)
{
    const struct scratch *scratch = *state;
    scratch_write_text(scratch, "SOFTWARE", "1");
    scratch_write_text(scratch, "Software", "12");
    scratch_write_text(scratch, "software", "123");
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_find(opened, "Software"), "Software:2 ");
    assert_string_equal(opened_find(opened, "software"), "software:3 ");
    assert_string_equal(opened_find(opened, "sOFTWARE"), "SOFTWARE:1 ");
    close_folder(opened);
}

static void a_way_out_of_the_folder_is_absent(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "a");
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_find(opened, ".."), "absent");
    assert_string_equal(opened_find(opened, "a/../.."), "absent");
    assert_string_equal(opened_find(opened, "a/./."), "absent");
    assert_string_equal(opened_find(opened, "a//b"), "absent");
    assert_string_equal(opened_said(opened), "");
    close_folder(opened);
}

static void a_folder_is_listed_sorted_with_sizes_and_kinds(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "c");
    scratch_write_text(scratch, "B", "1234");
    scratch_write_text(scratch, "a", "");
    scratch_make_fifo(scratch, "D");
    link_to(scratch, "e", "B");
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_list(opened, ""), "a:0 B:4 c/ D@ e@ ");
    assert_string_equal(opened_list(opened, "C"), "");
    assert_string_equal(opened_said(opened), "");
    close_folder(opened);
}

/* Neither at the end nor on the way, though the folder held no link when it was listed. */
static void links_are_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "real");
    scratch_write_text(scratch, "real/file", "1");
    link_to(scratch, "linked", "real");
    link_to(scratch, "real/also", "file");
    struct opened *opened = open_folder(scratch);
    struct source source;
    assert_string_equal(opened_find(opened, "linked/file"), "absent");
    struct node file = opened_node(opened, "real/file");
    struct node changed = {.name = "file", .path = "linked/file", .kind = NODE_FILE};
    assert_false(opened->tree.methods->open(&opened->tree, opened->arena, &changed, &source));
    assert_string_equal(opened_said(opened), "failed: cannot be opened: Not a directory\n");
    changed.path = "real/also";
    assert_false(opened->tree.methods->open(&opened->tree, opened->arena, &changed, &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be opened: Too many levels of symbolic links\n");
    assert_true(opened->tree.methods->open(&opened->tree, opened->arena, &file, &source));
    close_folder(opened);
}

static void a_file_is_read_by_its_descriptor(void **state)
{
    const struct scratch *scratch = *state;
    char bytes[100000];
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes + 65000, "middle", 6);
    scratch_make_folder(scratch, "Some");
    scratch_write(scratch, "Some/File", bytes, sizeof bytes);
    struct opened *opened = open_folder(scratch);
    opened_check(opened, "some/file", bytes, sizeof bytes);
    struct source source;
    assert_true(opened_open(opened, "some/file", &source));
    assert_true(source.fd >= 0);
    assert_string_equal(source.name, "Some/File");
    close_folder(opened);
}

static void a_pipe_is_no_file_and_no_trap(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_fifo(scratch, "pipe");
    struct opened *opened = open_folder(scratch);
    struct source source;
    assert_false(opened_open(opened, "pipe", &source));
    assert_string_equal(opened_said(opened), "failed: is no file\n");
    close_folder(opened);
}

/* Such names have other texts than bytes; two that have one text are both listed. */
static void names_that_are_no_utf_8_are_found_again(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "Caf\xe9");
    scratch_write_text(scratch, "Caf\xe9/\xff\xfe", "123");
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_list(opened, ""), "Caf\xef\xbf\xbd/ ");
    assert_string_equal(opened_list(opened, "caf\xef\xbf\xbd"),
                        "Caf\xef\xbf\xbd/\xef\xbf\xbd\xef\xbf\xbd:3 ");
    opened_check(opened, "CAF\xef\xbf\xbd/\xef\xbf\xbd\xef\xbf\xbd", "123", 3);
    close_folder(opened);
}

static void a_listing_is_of_now(void **state)
{
    const struct scratch *scratch = *state;
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_list(opened, ""), "");
    scratch_write_text(scratch, "new", "1");
    assert_string_equal(opened_list(opened, ""), "new:1 ");
    close_folder(opened);
}

static void what_goes_away_is_left_out_or_said(void **state)
{
    const struct scratch *scratch = *state;
    scratch_write_text(scratch, "Gone", "1");
    struct opened *opened = open_folder(scratch);
    struct node node = opened_node(opened, "gone");
    struct source source;
    assert_int_equal(unlink(scratch_path(scratch, "Gone")), 0);
    assert_false(opened->tree.methods->open(&opened->tree, opened->arena, &node, &source));
    assert_string_equal(opened_said(opened),
                        "failed: cannot be opened: No such file or directory\n");
    close_folder(opened);
}

static int look_into_closed_folders(struct scratch *scratch)
{
    struct opened *opened = open_folder(scratch);
    assert_string_equal(opened_list(opened, "closed"), "(failed)");
    assert_string_equal(opened_said(opened),
                        "incomplete: closed: cannot be listed: Permission denied\n");
    assert_string_equal(opened_find(opened, "closed/a"), "failed");
    assert_string_equal(opened_said(opened),
                        "incomplete: closed/a: cannot be looked for: Permission denied\n");
    assert_string_equal(opened_list(opened, "names"), "(failed)");
    assert_string_equal(opened_said(opened), "incomplete: names: 2 of 2 entries cannot be read, "
                                             "the first is a: Permission denied\n");
    assert_string_equal(opened_list(opened, ""), "closed/ names/ ");
    assert_string_equal(opened_said(opened), "");
    close_folder(opened);
    return 0;
}

static void what_may_not_be_read_is_said_once(void **state)
{
    struct scratch *scratch = *state;
    const char *closed = scratch_make_folder(scratch, "closed");
    const char *names = scratch_make_folder(scratch, "names");
    scratch_write_text(scratch, "closed/a", "1");
    scratch_write_text(scratch, "names/a", "1");
    scratch_write_text(scratch, "names/b", "1");
    assert_int_equal(chmod(closed, 0), 0);
    assert_int_equal(chmod(names, 0444), 0);
    int status = scratch_run_as_nobody(scratch, look_into_closed_folders);
    assert_int_equal(chmod(closed, 0755), 0);
    assert_int_equal(chmod(names, 0755), 0);
    assert_int_equal(status, 0);
}

static void nothing_stays_open(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "a");
    scratch_make_folder(scratch, "a/b");
    scratch_write_text(scratch, "a/b/File", "1");
    struct opened *opened = open_folder(scratch);
    int before = dup(0);
    close(before);
    for (int i = 0; i < 100; i++) {
        opened_find(opened, "A/B/FILE");
        opened_find(opened, "a/b/none");
        opened_list(opened, "a/b");
    }
    int after = dup(0);
    close(after);
    assert_int_equal(after, before);
    close_folder(opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(names_are_found_in_any_letter_case),
        SCRATCH_TEST(the_exact_name_comes_first),
        SCRATCH_TEST(a_way_out_of_the_folder_is_absent),
        SCRATCH_TEST(a_folder_is_listed_sorted_with_sizes_and_kinds),
        SCRATCH_TEST(links_are_not_followed),
        SCRATCH_TEST(a_file_is_read_by_its_descriptor),
        SCRATCH_TEST(a_pipe_is_no_file_and_no_trap),
        SCRATCH_TEST(names_that_are_no_utf_8_are_found_again),
        SCRATCH_TEST(a_listing_is_of_now),
        SCRATCH_TEST(what_goes_away_is_left_out_or_said),
        SCRATCH_TEST(what_may_not_be_read_is_said_once),
        SCRATCH_TEST(nothing_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
