/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/candidates.h"

#include <errno.h>
#include <string.h>

#include "scratch.h"

/* All candidates as text, one line for each: "found a/SOFTWARE 5". Paths in the folder of the test
 * are shown without it. */
static const char *show(const struct scratch *scratch, const struct candidates *candidates)
{
    static const char *const kinds[] = {"named", "found", "fault", "folder"};
    const char *text = "";
    size_t prefix = strlen(scratch->folder);
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->items[i];
        const char *path = candidate->path;
        if (strncmp(path, scratch->folder, prefix) == 0)
            path += prefix + (path[prefix] == '/');
        text = arena_printf(scratch->arena, "%s%s %s %ju%s%s\n", text, kinds[candidate->kind], path,
                            (uintmax_t)candidate->size, candidate->fault ? " " : "",
                            candidate->fault ? candidate->fault : "");
    }
    return text;
}

static struct candidates add_all(const struct scratch *scratch, const char *argument)
{
    struct candidates candidates = {.arena = scratch->arena};
    candidates_add(&candidates, argument);
    return candidates;
}

static const char *show_argument(const struct scratch *scratch, const char *argument)
{
    struct candidates candidates = add_all(scratch, argument);
    return show(scratch, &candidates);
}

static void a_file_is_named_with_its_size(void **state)
{
    const struct scratch *scratch = *state;
    const char *path = scratch_write_text(scratch, "SOFTWARE", "12345");
    assert_string_equal(show_argument(scratch, path), "named SOFTWARE 5\n");
}

/* Whether it can be opened is seen later; whatever is named is reported. */
static void whatever_is_no_folder_is_named(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(show_argument(scratch, "-"), "named - 0\n");
    assert_string_equal(show_argument(scratch, ""), "named  0\n");
    assert_string_equal(show_argument(scratch, scratch_path(scratch, "missing")),
                        "named missing 0\n");
    assert_string_equal(show_argument(scratch, scratch_make_fifo(scratch, "pipe")),
                        "named pipe 0\n");
    assert_string_equal(show_argument(scratch, scratch_write_text(scratch, "x.LOG1", "abc")),
                        "named x.LOG1 3\n");
    assert_string_equal(show_argument(scratch, "/dev/null"), "named /dev/null 0\n");
}

static void a_folder_is_walked_by_name_and_depth_first(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const folders[] = {"b", "b/c", "B", "b/c/d"};
    static const char *const files[] = {"z", "b/z", "b/a", "a", "b/c/d/x", "b/c/e", "B/1", "b/c.a"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        scratch_make_folder(scratch, folders[i]);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        scratch_write_text(scratch, files[i], files[i]);
    assert_string_equal(show_argument(scratch, scratch->folder),
                        "found B/1 3\nfound a 1\nfound b/a 3\nfound b/c/d/x 7\nfound b/c/e 5\n"
                        "found b/c.a 5\nfound b/z 3\nfound z 1\nfolder  0\n");
}

static void an_empty_folder_is_only_its_end(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(show_argument(scratch, scratch->folder), "folder  0\n");
}

static void logs_are_no_evidence_of_their_own(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const names[] = {"SOFTWARE",      "SOFTWARE.LOG", "SOFTWARE.LOG1",
                                        "software.log2", "x.Log1",       "SOFTWARE.LOG3"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        scratch_write_text(scratch, names[i], "x");
    assert_string_equal(show_argument(scratch, scratch->folder),
                        "found SOFTWARE 1\nfound SOFTWARE.LOG3 1\nfolder  0\n");
}

static void links_in_a_folder_are_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "in");
    scratch_make_folder(scratch, "out");
    scratch_write_text(scratch, "out/file", "x");
    assert_int_equal(symlink("../out", scratch_path(scratch, "in/folder")), 0);
    assert_int_equal(symlink("../out/file", scratch_path(scratch, "in/file")), 0);
    assert_int_equal(symlink("nowhere", scratch_path(scratch, "in/dangling")), 0);
    assert_int_equal(symlink("..", scratch_path(scratch, "in/up")), 0);
    assert_string_equal(show_argument(scratch, scratch_path(scratch, "in")), "folder in 0\n");
}

static void a_link_that_is_named_is_followed(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "out");
    scratch_write_text(scratch, "out/file", "four");
    assert_int_equal(symlink("out", scratch_path(scratch, "folder")), 0);
    assert_int_equal(symlink("out/file", scratch_path(scratch, "file")), 0);
    assert_string_equal(show_argument(scratch, scratch_path(scratch, "folder")),
                        "found folder/file 4\nfolder folder 0\n");
    assert_string_equal(show_argument(scratch, scratch_path(scratch, "file")), "named file 4\n");
}

static void what_is_no_plain_file_is_left_out(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_fifo(scratch, "SOFTWARE");
    if (mknod(scratch_path(scratch, "device"), S_IFCHR | 0600, 0x0103) != 0)
        print_message("no device can be made here: %s\n", strerror(errno));
    scratch_write_text(scratch, "x", "x");
    assert_string_equal(show_argument(scratch, scratch->folder), "found x 1\nfolder  0\n");
}

static int look_into_closed_folder(struct scratch *scratch)
{
    const char *shown = show_argument(scratch, scratch->folder);
    const char *want =
        arena_printf(scratch->arena,
                     "found a 1\nfault closed 0 cannot be looked into: %s\nfound z 1\nfolder  0\n",
                     strerror(EACCES));
    return strcmp(shown, want);
}

static void a_folder_that_cannot_be_looked_into_is_a_fault(void **state)
{
    struct scratch *scratch = *state;
    scratch_write_text(scratch, "a", "1");
    scratch_make_folder(scratch, "closed");
    scratch_write_text(scratch, "closed/SOFTWARE", "1");
    scratch_write_text(scratch, "z", "1");
    assert_int_equal(chmod(scratch_path(scratch, "closed"), 0), 0);
    int result = scratch_run_as_nobody(scratch, look_into_closed_folder);
    assert_int_equal(chmod(scratch_path(scratch, "closed"), 0700), 0);
    assert_int_equal(result, 0);
}

static int look_into_what_is_named(struct scratch *scratch)
{
    const char *shown = show_argument(scratch, scratch_path(scratch, "closed"));
    return strcmp(shown, arena_printf(scratch->arena,
                                      "fault closed 0 cannot be looked into: %s\nfolder closed 0\n",
                                      strerror(EACCES)));
}

static void a_named_folder_that_cannot_be_looked_into_is_a_fault(void **state)
{
    struct scratch *scratch = *state;
    scratch_make_folder(scratch, "closed");
    assert_int_equal(chmod(scratch_path(scratch, "closed"), 0), 0);
    int result = scratch_run_as_nobody(scratch, look_into_what_is_named);
    assert_int_equal(chmod(scratch_path(scratch, "closed"), 0700), 0);
    assert_int_equal(result, 0);
}

static void arguments_add_up_in_their_order(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    scratch_make_folder(scratch, "folder");
    for (char name = 'a'; name <= 'j'; name++)
        scratch_write_text(scratch, arena_printf(scratch->arena, "folder/%c", name), "x");
    candidates_add(&candidates, "z");
    candidates_add(&candidates, scratch_path(scratch, "folder"));
    candidates_add(&candidates, "z");
    assert_int_equal(candidates.count, 13);
    assert_string_equal(candidates.items[0].path, "z");
    assert_string_equal(candidates.items[10].path, scratch_path(scratch, "folder/j"));
    assert_int_equal(candidates.items[11].kind, CANDIDATE_FOLDER);
    assert_string_equal(candidates.items[12].path, "z");
}

/* A list of these bytes, shown; the list is in a file, or in standard input for "-". */
static const char *show_list(const struct scratch *scratch, const char *bytes, size_t len,
                             bool is_stdin)
{
    struct candidates candidates = {.arena = scratch->arena};
    const char *path = scratch_write(scratch, "list", bytes, len);
    int saved = dup(STDIN_FILENO);
    if (is_stdin)
        assert_non_null(freopen(path, "r", stdin));
    assert_true(candidates_add_list(&candidates, is_stdin ? "-" : path));
    if (is_stdin)
        dup2(saved, STDIN_FILENO);
    close(saved);
    return show(scratch, &candidates);
}
#define LIST(bytes) bytes, sizeof bytes - 1

static void names_of_a_list_end_with_a_nul(void **state)
{
    const struct scratch *scratch = *state;
    assert_string_equal(show_list(scratch, LIST("a\0b c\0\n\0"), false),
                        "named a 0\nnamed b c 0\nnamed \n 0\n");
    assert_string_equal(show_list(scratch, LIST("a\0last"), false), "named a 0\nnamed last 0\n");
    assert_string_equal(show_list(scratch, LIST("only"), false), "named only 0\n");
}

static void a_list_names_folders_and_standard_input_as_arguments_do(void **state)
{
    const struct scratch *scratch = *state;
    scratch_make_folder(scratch, "folder");
    scratch_write_text(scratch, "folder/x", "x");
    const char *list = arena_printf(scratch->arena, "-|%s/folder|", scratch->folder);
    size_t len = strlen(list);
    char *bytes = arena_strdup(scratch->arena, list);
    for (size_t i = 0; i < len; i++)
        bytes[i] = bytes[i] == '|' ? '\0' : bytes[i];
    assert_string_equal(show_list(scratch, bytes, len, false),
                        "named - 0\nfound folder/x 1\nfolder folder 0\n");
}

static void a_list_can_come_from_standard_input(void **state)
{
    assert_string_equal(show_list(*state, LIST("a\0b\0"), true), "named a 0\nnamed b 0\n");
}

/* find that finds nothing must not look like a clean audit. */
static void a_list_without_a_name_is_a_fault(void **state)
{
    assert_string_equal(show_list(*state, LIST(""), false),
                        "fault list 0 names nothing to audit\n");
    assert_string_equal(show_list(*state, LIST(""), true), "fault - 0 names nothing to audit\n");
}

/* It is a name, of which no file is there: it is reported as that. */
static void an_empty_name_of_a_list_is_not_passed_over(void **state)
{
    assert_string_equal(show_list(*state, LIST("\0a\0"), false), "named  0\nnamed a 0\n");
}

static void a_list_that_cannot_be_read_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    errno = 0;
    assert_false(candidates_add_list(&candidates, scratch_path(scratch, "missing")));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(candidates.count, 0);
    errno = 0;
    assert_false(candidates_add_list(&candidates, scratch->folder));
    assert_int_equal(errno, EISDIR);
}

static void files_of_the_same_size_that_start_alike_may_be_twins(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    static const struct {
        const char *name, *text;
        bool has_twin;
    } files[] = {{"a", "12345", true}, {"b", "1", false},    {"c", "54321", false},
                 {"d", "", false},     {"e", "12345", true}, {"f", "", false},
                 {"g", "333", true},   {"h", "333", true},   {"i", "4444", false},
                 {"j", "12346", false}};
    enum { COUNT = sizeof files / sizeof *files };
    for (size_t i = 0; i < COUNT; i++)
        candidates_add(&candidates, scratch_write_text(scratch, files[i].name, files[i].text));
    candidates_add(&candidates, "-");
    candidates_add(&candidates, scratch_make_fifo(scratch, "pipe"));
    assert_true(candidates_find_twins(&candidates));
    for (size_t i = 0; i < candidates.count; i++)
        assert_int_equal(candidates.items[i].has_twin, i < COUNT && files[i].has_twin);
    for (size_t i = 0; i < COUNT; i++)
        assert_string_equal(candidates.items[i].path, scratch_path(scratch, files[i].name));
}

/* The digest of all bytes tells them apart, where it comes to that. */
static void twins_are_looked_for_in_the_first_512_bytes(void **state)
{
    const struct scratch *scratch = *state;
    for (size_t at = 511; at <= 512; at++) {
        struct candidates candidates = {.arena = scratch->arena};
        char bytes[1000] = {0};
        candidates_add(&candidates, scratch_write(scratch, "a", bytes, sizeof bytes));
        bytes[at] = 1;
        candidates_add(&candidates, scratch_write(scratch, "b", bytes, sizeof bytes));
        assert_int_equal(candidates_find_twins(&candidates), at == 512);
    }
}

/* What becomes of it is said when it is opened. */
static void a_file_that_is_gone_meanwhile_is_no_error(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    candidates_add(&candidates, scratch_write_text(scratch, "a", "same"));
    candidates_add(&candidates, scratch_write_text(scratch, "b", "same"));
    candidates_add(&candidates, scratch_write_text(scratch, "c", "same"));
    assert_int_equal(unlink(candidates.items[1].path), 0);
    assert_true(candidates_find_twins(&candidates));
    assert_true(candidates.items[0].has_twin);
    assert_false(candidates.items[1].has_twin);
    assert_true(candidates.items[2].has_twin);
}

/* As opening the evidence does: looking for twins leaves no trace on it. */
static void looking_for_twins_moves_no_access_time(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1100000000}};
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_write_text(scratch, i ? "a" : "b", "same");
        assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
        candidates_add(&candidates, path);
    }
    assert_true(candidates_find_twins(&candidates));
    for (int i = 0; i < 2; i++) {
        struct stat st;
        assert_int_equal(stat(candidates.items[i].path, &st), 0);
        assert_int_equal(st.st_atim.tv_sec, 1000000000);
    }
}

static void files_of_different_sizes_have_no_twins(void **state)
{
    const struct scratch *scratch = *state;
    struct candidates candidates = {.arena = scratch->arena};
    assert_false(candidates_find_twins(&candidates));
    candidates_add(&candidates, scratch_write_text(scratch, "a", "1"));
    assert_false(candidates_find_twins(&candidates));
    candidates_add(&candidates, scratch_write_text(scratch, "b", "22"));
    candidates_add(&candidates, "-");
    candidates_add(&candidates, "-");
    candidates_add(&candidates, scratch_make_folder(scratch, "folder"));
    assert_false(candidates_find_twins(&candidates));
}

static void the_name_of_software_is_known_in_any_letter_case(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool named;
    } cases[] = {{"SOFTWARE", true},     {"a/software", true},    {"/SoftWare", true},
                 {"SOFTWARE/x", false},  {"SOFTWARE.bak", false}, {"xSOFTWARE", false},
                 {"a/SOFTWARE/", false}, {"a\\SOFTWARE", false},  {"", false},
                 {"SOFTWAR", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(is_named_software(cases[i].path), cases[i].named);
    }
}

/* Files of one byte, and the folders that they are in. */
static void make_files(const struct scratch *scratch, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = arena_strdup(scratch->arena, scratch_path(scratch, names[i]));
        for (char *p = path + strlen(scratch->folder) + 1; (p = strchr(p, '/')); *p++ = '/') {
            *p = '\0';
            assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        }
        scratch_write_text(scratch, names[i], "x");
    }
}

/* What is found in a folder of these files, with all copies or without. */
static const char *show_files(const struct scratch *scratch, bool all_copies)
{
    struct candidates candidates = {.arena = scratch->arena, .all_copies = all_copies};
    candidates_add(&candidates, scratch->folder);
    return show(scratch, &candidates);
}
#define MAKE_FILES(scratch, ...)                                                                   \
    make_files(scratch, (const char *const[]){__VA_ARGS__},                                        \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
#define CONFIG "/System32/config/"

static void a_drive_is_no_more_than_its_live_hives(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "Windows" CONFIG "SOFTWARE", "Windows" CONFIG "SYSTEM",
               "Windows" CONFIG "RegBack/SOFTWARE", "Users/x/NTUSER.DAT", "a",
               "Windows/notepad.exe", "WinPE/system32/CONFIG/software");
    assert_string_equal(show_files(scratch, false),
                        "found WinPE/system32/CONFIG/software 1\n"
                        "found Windows" CONFIG "SOFTWARE 1\nfolder  0\n");
    assert_string_equal(
        show_files(scratch, true),
        "found Users/x/NTUSER.DAT 1\nfound WinPE/system32/CONFIG/software 1\n"
        "found Windows" CONFIG "RegBack/SOFTWARE 1\nfound Windows" CONFIG "SOFTWARE 1\n"
        "found Windows" CONFIG "SYSTEM 1\nfound Windows/notepad.exe 1\nfound a 1\nfolder  0\n");
}

static void a_windows_folder_may_be_named(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "System32/config/SOFTWARE", "System32/config/DEFAULT", "x");
    assert_string_equal(show_files(scratch, false),
                        "found System32/config/SOFTWARE 1\nfolder  0\n");
}

static void drives_are_found_among_other_folders(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "PC1/C/Windows" CONFIG "SOFTWARE", "PC1/C/x", "PC1/x",
               "PC2/Windows" CONFIG "SOFTWARE", "PC2/Windows" CONFIG "SOFTWARE.LOG1",
               "PC3/SOFTWARE");
    assert_string_equal(show_files(scratch, false),
                        "found PC1/C/Windows" CONFIG "SOFTWARE 1\nfound PC1/x 1\n"
                        "found PC2/Windows" CONFIG "SOFTWARE 1\nfound PC3/SOFTWARE 1\n"
                        "folder  0\n");
}

static void old_copies_in_a_folder_are_left_out(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "x/RegBack/SOFTWARE", "x/windows.OLD/Windows" CONFIG "SOFTWARE",
               "$WINDOWS.~BT/a", "$Windows.~WS/a", "z");
    assert_string_equal(show_files(scratch, false), "found z 1\nfolder  0\n");
    assert_string_equal(show_files(scratch, true),
                        "found $WINDOWS.~BT/a 1\nfound $Windows.~WS/a 1\n"
                        "found x/RegBack/SOFTWARE 1\n"
                        "found x/windows.OLD/Windows" CONFIG "SOFTWARE 1\nfound z 1\nfolder  0\n");
}

/* Who names one wants it. */
static void an_old_copy_that_is_named_is_looked_into(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "RegBack/SOFTWARE");
    assert_string_equal(show_argument(scratch, scratch_path(scratch, "RegBack")),
                        "found RegBack/SOFTWARE 1\nfolder RegBack 0\n");
}

/* A hive that lies behind one may be anybody's. */
static void links_make_no_windows(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "real/config/SOFTWARE", "a/System32/x", "b/System32/config/x");
    assert_int_equal(symlink("../real", scratch_path(scratch, "a/system32")), 0);
    assert_int_equal(symlink("../../../real/config", scratch_path(scratch, "a/System32/config")),
                     0);
    assert_int_equal(symlink("../../../real/config/SOFTWARE",
                             scratch_path(scratch, "b/System32/config/SOFTWARE")),
                     0);
    assert_string_equal(show_files(scratch, false),
                        "found a/System32/x 1\nfound b/System32/config/x 1\n"
                        "found real/config/SOFTWARE 1\nfolder  0\n");
}

static void what_is_no_file_in_the_place_of_the_hive_is_none(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "Windows" CONFIG "SOFTWARE/x", "Other" CONFIG "SYSTEM");
    scratch_make_fifo(scratch, "Other" CONFIG "SOFTWARE");
    assert_string_equal(show_files(scratch, false),
                        "found Other" CONFIG "SYSTEM 1\nfound Windows" CONFIG "SOFTWARE/x 1\n"
                        "folder  0\n");
}

/* Whatever the order in which a folder gives them. */
static void of_several_spellings_that_of_windows_comes_first(void **state)
{
    const struct scratch *scratch = *state;
    MAKE_FILES(scratch, "W/System32/config/software", "W/System32/config/SOFTWARE",
               "W/System32/config/Software", "V/system32/Config/sOFTWARE",
               "V/system32/Config/software", "V/system32/Config/soFTWARE");
    assert_string_equal(show_files(scratch, false),
                        "found V/system32/Config/sOFTWARE 1\n"
                        "found W/System32/config/SOFTWARE 1\nfolder  0\n");
}

static void names_of_old_copies_are_known_in_any_letter_case(void **state)
{
    static const char *const names[] = {"RegBack",      "REGBACK",      "windows.old",
                                        "$windows.~bt", "$WINDOWS.~WS", "Windows.old.000"};
    static const char *const others[] = {
        "", "RegBack2", "Windows", "windows.older", "RegBack.old", "~BT"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(is_old_copy(names[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(is_old_copy(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_file_is_named_with_its_size),
        SCRATCH_TEST(whatever_is_no_folder_is_named),
        SCRATCH_TEST(a_folder_is_walked_by_name_and_depth_first),
        SCRATCH_TEST(an_empty_folder_is_only_its_end),
        SCRATCH_TEST(logs_are_no_evidence_of_their_own),
        SCRATCH_TEST(links_in_a_folder_are_not_followed),
        SCRATCH_TEST(a_link_that_is_named_is_followed),
        SCRATCH_TEST(what_is_no_plain_file_is_left_out),
        SCRATCH_TEST(a_folder_that_cannot_be_looked_into_is_a_fault),
        SCRATCH_TEST(a_named_folder_that_cannot_be_looked_into_is_a_fault),
        SCRATCH_TEST(arguments_add_up_in_their_order),
        SCRATCH_TEST(names_of_a_list_end_with_a_nul),
        SCRATCH_TEST(a_list_names_folders_and_standard_input_as_arguments_do),
        SCRATCH_TEST(a_list_can_come_from_standard_input),
        SCRATCH_TEST(a_list_without_a_name_is_a_fault),
        SCRATCH_TEST(an_empty_name_of_a_list_is_not_passed_over),
        SCRATCH_TEST(a_list_that_cannot_be_read_is_an_error),
        SCRATCH_TEST(files_of_the_same_size_that_start_alike_may_be_twins),
        SCRATCH_TEST(twins_are_looked_for_in_the_first_512_bytes),
        SCRATCH_TEST(a_file_that_is_gone_meanwhile_is_no_error),
        SCRATCH_TEST(looking_for_twins_moves_no_access_time),
        SCRATCH_TEST(files_of_different_sizes_have_no_twins),
        SCRATCH_TEST(the_name_of_software_is_known_in_any_letter_case),
        SCRATCH_TEST(a_drive_is_no_more_than_its_live_hives),
        SCRATCH_TEST(a_windows_folder_may_be_named),
        SCRATCH_TEST(drives_are_found_among_other_folders),
        SCRATCH_TEST(old_copies_in_a_folder_are_left_out),
        SCRATCH_TEST(an_old_copy_that_is_named_is_looked_into),
        SCRATCH_TEST(links_make_no_windows),
        SCRATCH_TEST(what_is_no_file_in_the_place_of_the_hive_is_none),
        SCRATCH_TEST(of_several_spellings_that_of_windows_comes_first),
        SCRATCH_TEST(names_of_old_copies_are_known_in_any_letter_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
