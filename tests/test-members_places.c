/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/members.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "support.h"

/* A tree of paths, as a volume, an archive or a folder holds them: those that end in a slash are
 * folders, as is all above them. "=" in front makes a file start like a hive; "!" makes looking for
 * something, or listing it, fail; "@" makes a link. The ids of files are their places here. */
struct planted {
    struct access access;
    struct diags diags;
    struct tree tree;
    const char *const *paths;
    size_t count;
};

static bool has_mark(const char *path)
{
    return *path == '=' || *path == '!' || *path == '@';
}

/* How far a path leads below a folder: "Windows/x/y" in "Windows" gives "x/y"; NULL: it does not.
 */
static const char *below(const char *path, const char *folder)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t len = strlen(folder);
    path += has_mark(path);
    if (!len)
        return path;
    if (strlen(path) <= len || path[len] != '/' ||
        !text_equal(arena_strndup(arena, path, len), folder))
        return NULL;
    return path + len + 1;
}

/* The node that is the first part of what is below a folder. */
static struct node make_node(struct arena *arena, const struct planted *planted, size_t index,
                             const struct node *folder, const char *rest)
{
    const char *path = planted->paths[index];
    size_t len = strcspn(rest, "/");
    bool is_last = rest[len] == '\0';
    struct node node = {.name = arena_strndup(arena, rest, len), .id = index, .size = 8192};
    node.path = tree_join(arena, folder, node.name);
    node.kind = !is_last ? NODE_FOLDER : *path == '@' ? NODE_OTHER : NODE_FILE;
    node.is_hive = is_last && *path == '=';
    return node;
}

static enum tree_result find(struct tree *tree, struct arena *arena, const struct node *folder,
                             const char *name, struct node *found)
{
    const struct planted *planted = tree->context;
    for (size_t i = 0; i < planted->count; i++) {
        const char *rest = below(planted->paths[i], folder->path);
        if (!rest || !*rest)
            continue;
        struct node node = make_node(arena, planted, i, folder, rest);
        if (!text_equal(node.name, name))
            continue;
        if (*planted->paths[i] == '!' && node.kind != NODE_FOLDER) {
            diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: lost", node.path);
            return TREE_FAILED;
        }
        *found = node;
        return TREE_FOUND;
    }
    return TREE_ABSENT;
}

static bool list(struct tree *tree, struct arena *arena, const struct node *folder,
                 struct node **nodes, size_t *count)
{
    const struct planted *planted = tree->context;
    bool is_whole = true;
    *nodes = arena_alloc(arena, planted->count, sizeof **nodes);
    *count = 0;
    for (size_t i = 0; i < planted->count; i++) {
        const char *rest = below(planted->paths[i], folder->path);
        if (!rest || !*rest)
            continue;
        struct node node = make_node(arena, planted, i, folder, rest);
        bool is_new = true;
        for (size_t j = 0; j < *count && is_new; j++)
            is_new = strcmp((*nodes)[j].name, node.name) != 0;
        is_whole &= *planted->paths[i] != '!' || node.kind == NODE_FOLDER;
        if (is_new && (*planted->paths[i] != '!' || node.kind == NODE_FOLDER))
            (*nodes)[(*count)++] = node;
    }
    tree_sort(*nodes, *count);
    if (!is_whole)
        diag_add(tree->access->diags, DIAG_INCOMPLETE, NULL, "%s: cannot be listed", folder->path);
    return is_whole;
}

static ssize_t read_file(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    memset(buf, 0, len);
    if (offset == 0 && source->context)
        memcpy(buf, "regf", len < 4 ? len : 4);
    return (ssize_t)len;
}

static bool open_file(struct tree *tree, struct arena *arena, const struct node *file,
                      struct source *source)
{
    (void)tree, (void)arena;
    static char hive;
    *source = (struct source){.size = file->size, .read_at = read_file, .fd = -1};
    source->context = file->is_hive ? &hive : NULL;
    return true;
}

static const struct tree_methods methods = {.find = find, .list = list, .open = open_file};

static struct planted *plant(struct arena *arena, const char *const *paths, size_t count)
{
    struct planted *planted = arena_alloc(arena, 1, sizeof *planted);
    *planted = (struct planted){.diags = {.arena = arena}, .paths = paths, .count = count};
    planted->access = (struct access){.arena = arena, .diags = &planted->diags, .folder = -1};
    planted->tree = (struct tree){.access = &planted->access,
                                  .methods = &methods,
                                  .context = planted,
                                  .root = {.name = "", .path = "", .kind = NODE_FOLDER}};
    return planted;
}

/* A hive with its files: "W/c/SOFTWARE +LOG1 SYSTEM(+LOG) live C:drive\n" has a log, and beside it
 * a SYSTEM hive with one. */
static const char *show_member(struct arena *arena, const struct member *member)
{
    const char *text = member->software.hive.path;
    for (size_t i = 0; i < member->software.nlogs; i++)
        text = arena_printf(arena, "%s +%s", text, member->software.logs[i].name);
    if (member->has_system)
        text = arena_printf(arena, "%s %s", text, member->system.hive.name);
    for (size_t i = 0; i < member->system.nlogs; i++)
        text = arena_printf(arena, "%s +%s", text, member->system.logs[i].name);
    if (member->is_live)
        text = arena_printf(arena, "%s live(%s)", text, member->windows.path);
    if (member->has_drive)
        text = arena_printf(arena, "%s drive(%s)", text, member->drive.path);
    return arena_printf(arena, "%s\n", text);
}

/* All members, then what was said; "(whole)" or "(not whole)" stands at the end. */
static const char *search(struct arena *arena, struct planted *planted, enum members_where where,
                          bool all_copies)
{
    struct member *members;
    size_t count;
    bool is_whole = members_find(&planted->tree, arena, where, all_copies, &members, &count);
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s", text, show_member(arena, &members[i]));
    for (size_t i = 0; i < planted->diags.count; i++)
        text = arena_printf(arena, "%s%s\n", text, planted->diags.items[i].message);
    return arena_printf(arena, "%s(%swhole)", text, is_whole ? "" : "not ");
}

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SEARCH(state, paths, where, all_copies)                                                    \
    search(*(state), plant(*(state), paths, COUNT(paths)), where, all_copies)

#define CONFIG "/System32/config/"

static void a_windows_in_the_root_is_found_with_all_that_belongs_to_it(void **state)
{
    static const char *const paths[] = {
        "Users/x",
        "=Windows" CONFIG "SOFTWARE",
        "Windows" CONFIG "SOFTWARE.LOG1",
        "Windows" CONFIG "SOFTWARE.LOG2",
        "Windows" CONFIG "SOFTWARE.LOG3",
        "=Windows" CONFIG "SYSTEM",
        "Windows" CONFIG "SYSTEM.LOG",
        "=Windows" CONFIG "SECURITY",
    };
    static const char want[] = "Windows" CONFIG "SOFTWARE +SOFTWARE.LOG1 +SOFTWARE.LOG2 "
                               "SYSTEM +SYSTEM.LOG live(Windows) drive()\n(whole)";
    assert_string_equal(SEARCH(state, paths, MEMBERS_OF_VOLUME, false), want);
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false), want);
}

static void letter_case_does_not_count_and_is_kept(void **state)
{
    static const char *const paths[] = {
        "WINNT/system32/CONFIG/software",
        "WINNT/system32/CONFIG/Software.Log",
        "WINNT/system32/CONFIG/system",
    };
    assert_string_equal(SEARCH(state, paths, MEMBERS_OF_VOLUME, false),
                        "WINNT/system32/CONFIG/software +Software.Log system live(WINNT) drive()\n"
                        "(whole)");
}

/* Whatever it is called: the first of several was not always named Windows. */
static void every_windows_of_a_volume_is_found(void **state)
{
    static const char *const paths[] = {
        "=Windows" CONFIG "SOFTWARE",
        "=Win7" CONFIG "SOFTWARE",
        "Program Files/System32/x",
        "=a/Windows" CONFIG "SOFTWARE",
    };
    assert_string_equal(SEARCH(state, paths, MEMBERS_OF_VOLUME, false),
                        "Win7" CONFIG "SOFTWARE live(Win7) drive()\n"
                        "Windows" CONFIG "SOFTWARE live(Windows) drive()\n(whole)");
}

static void a_tree_may_be_the_windows_folder_itself(void **state)
{
    static const char *const paths[] = {"=System32/config/SOFTWARE", "notepad.exe"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false),
                        "System32/config/SOFTWARE live()\n(whole)");
}

/* A collection of several machines, and hives that were copied out. */
static void drives_are_found_at_any_depth(void **state)
{
    static const char *const paths[] = {
        "=PC1/C/Windows" CONFIG "SOFTWARE",
        "=PC1/D/Win" CONFIG "SOFTWARE",
        "=PC2/uploads/C%3A/Windows" CONFIG "SOFTWARE",
        "=PC2/uploads/C%3A/other/SOFTWARE",
        "=PC3/any",
    };
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false),
                        "PC1/C/Windows" CONFIG "SOFTWARE live(PC1/C/Windows) drive(PC1/C)\n"
                        "PC1/D/Win" CONFIG "SOFTWARE live(PC1/D/Win) drive(PC1/D)\n"
                        "PC2/uploads/C%3A/Windows" CONFIG "SOFTWARE live(PC2/uploads/C%3A/Windows) "
                        "drive(PC2/uploads/C%3A)\nPC3/any\n(whole)");
}

/* The folder of the hive is there, and none of Windows above it. */
static void hives_outside_of_a_windows_are_not_live(void **state)
{
    static const char *const paths[] = {
        "=config/SOFTWARE",         "config/SOFTWARE.LOG1", "=config/SYSTEM",
        "=old/software of a pc",    "old/SYSTEM",           "=old/x.LOG1",
        "old/software of a pc.LOG",
    };
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false),
                        "config/SOFTWARE +SOFTWARE.LOG1 SYSTEM\nconfig/SYSTEM\n"
                        "old/software of a pc +software of a pc.LOG\n(whole)");
}

static const char *const with_copies[] = {
    "=Windows" CONFIG "SOFTWARE",
    "=Windows" CONFIG "SYSTEM",
    "=Windows" CONFIG "RegBack/SOFTWARE",
    "=Windows" CONFIG "RegBack/SYSTEM",
    "=Windows.old/Windows" CONFIG "SOFTWARE",
    "=$WINDOWS.~BT/x/SOFTWARE",
    "=Users/x/NTUSER.DAT",
    "Users/x/notes",
};

static void old_copies_are_left_out(void **state)
{
    static const char want[] = "Windows" CONFIG "SOFTWARE SYSTEM live(Windows) drive()\n(whole)";
    assert_string_equal(SEARCH(state, with_copies, MEMBERS_OF_VOLUME, false), want);
    assert_string_equal(SEARCH(state, with_copies, MEMBERS_ANYWHERE, false), want);
}

static void old_copies_are_found_where_they_are_wanted(void **state)
{
    static const char want[] =
        "$WINDOWS.~BT/x/SOFTWARE\nUsers/x/NTUSER.DAT\n"
        "Windows.old/Windows" CONFIG "SOFTWARE live(Windows.old/Windows) drive(Windows.old)\n"
        "Windows" CONFIG "RegBack/SOFTWARE SYSTEM\nWindows" CONFIG "RegBack/SYSTEM\n"
        "Windows" CONFIG "SOFTWARE SYSTEM live(Windows) drive()\n"
        "Windows" CONFIG "SYSTEM\n"
        "(whole)";
    assert_string_equal(SEARCH(state, with_copies, MEMBERS_OF_VOLUME, true), want);
    assert_string_equal(SEARCH(state, with_copies, MEMBERS_ANYWHERE, true), want);
}

static void old_copies_alone_are_nothing_unless_they_are_wanted(void **state)
{
    static const char *const paths[] = {"=c/Windows.old/Windows" CONFIG "SOFTWARE",
                                        "=c/regback/SOFTWARE"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false), "(whole)");
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, true),
                        "c/regback/SOFTWARE\nc/Windows.old/Windows" CONFIG
                        "SOFTWARE live(c/Windows.old/Windows) drive(c/Windows.old)\n(whole)");
}

static void links_are_not_followed(void **state)
{
    static const char *const paths[] = {
        "@Windows" CONFIG "SOFTWARE", "@Documents and Settings", "=a/Windows" CONFIG "SOFTWARE",
        "@a/Windows" CONFIG "SYSTEM", "@a/Windows" CONFIG "SOFTWARE.LOG1"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false),
                        "a/Windows" CONFIG "SOFTWARE live(a/Windows) drive(a)\n(whole)");
}

static void a_folder_in_place_of_the_hive_is_none(void **state)
{
    static const char *const paths[] = {"Windows" CONFIG "SOFTWARE/x", "=Other" CONFIG "SOFTWARE",
                                        "Other" CONFIG "SYSTEM/x",
                                        "Other" CONFIG "SOFTWARE.LOG1/x"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_OF_VOLUME, false),
                        "Other" CONFIG "SOFTWARE live(Other) drive()\n(whole)");
}

static void what_cannot_be_looked_for_is_said_and_costs_nothing_else(void **state)
{
    static const char *const paths[] = {
        "=Windows" CONFIG "SOFTWARE", "!Windows" CONFIG "SOFTWARE.LOG1",
        "Windows" CONFIG "SOFTWARE.LOG2", "!Windows" CONFIG "SYSTEM", "!Lost" CONFIG "SOFTWARE"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_OF_VOLUME, false),
                        "Windows" CONFIG "SOFTWARE +SOFTWARE.LOG2 live(Windows) drive()\n"
                        "Lost" CONFIG "SOFTWARE: lost\nWindows" CONFIG "SOFTWARE.LOG1: lost\n"
                        "Windows" CONFIG "SYSTEM: lost\n(not whole)");
}

static void what_a_failing_listing_gives_is_looked_at(void **state)
{
    static const char *const paths[] = {"=a/SOFTWARE", "!a/lost", "=b/SOFTWARE"};
    assert_string_equal(SEARCH(state, paths, MEMBERS_ANYWHERE, false),
                        "a/SOFTWARE\nb/SOFTWARE\na: cannot be listed\n(not whole)");
}

/* An archive is read from its start to its end once. */
static void members_of_a_sequential_tree_come_as_they_lie(void **state)
{
    static const char *const paths[] = {
        "=c/SYSTEM", "=b/SOFTWARE", "=a/SOFTWARE", "=c/SOFTWARE", "=d/SOFTWARE", "a/SOFTWARE.LOG1",
    };
    struct planted *planted = plant(*state, paths, COUNT(paths));
    planted->tree.is_sequential = true;
    assert_string_equal(search(*state, planted, MEMBERS_ANYWHERE, false),
                        "c/SYSTEM\nc/SOFTWARE SYSTEM\nb/SOFTWARE\na/SOFTWARE +SOFTWARE.LOG1\n"
                        "d/SOFTWARE\n(whole)");
}

static void files_are_listed_with_the_hive_first(void **state)
{
    static const char *const paths[] = {
        "=SOFTWARE", "SOFTWARE.LOG", "SOFTWARE.LOG1", "SOFTWARE.LOG2",
        "=SYSTEM",   "SYSTEM.LOG",   "SYSTEM.LOG1",   "SYSTEM.LOG2",
    };
    struct planted *planted = plant(*state, paths, COUNT(paths));
    const struct node *files[MEMBER_FILES_MAX];
    struct member *members;
    size_t count;
    assert_true(members_find(&planted->tree, *state, MEMBERS_ANYWHERE, false, &members, &count));
    assert_int_equal(count, 2);
    assert_int_equal(member_files(&members[0], files), MEMBER_FILES_MAX);
    for (size_t i = 0; i < MEMBER_FILES_MAX; i++)
        assert_string_equal(files[i]->path, paths[i] + (paths[i][0] == '='));
    assert_int_equal(member_files(&members[1], files), 4);
    assert_string_equal(files[3]->path, "SYSTEM.LOG2");
}

/* Folder in folder, 65 of them: the file in the last one is not seen. */
static void folders_are_looked_into_down_to_a_depth(void **state)
{
    for (unsigned depth = 64; depth <= 65; depth++) {
        const char *path = "=";
        for (unsigned i = 0; i < depth; i++)
            path = arena_printf(*state, "%sf/", path);
        const char *const paths[] = {arena_printf(*state, "%sSOFTWARE", path), "=z"};
        const char *shown = SEARCH(state, paths, MEMBERS_ANYWHERE, false);
        bool is_said = strstr(shown, "not looked into: folders are more than 64 deep");
        assert_int_equal(strstr(shown, "SOFTWARE") != NULL, depth == 64);
        assert_int_equal(is_said, depth == 65);
        assert_int_equal(strstr(shown, "(whole)") != NULL, depth == 64);
        assert_non_null(strstr(shown, "z\n")); /* the others are found */
    }
}

/* A listing of 10,002 hives, and something else that was left out before. */
static bool list_many(struct tree *tree, struct arena *arena, const struct node *folder,
                      struct node **nodes, size_t *count)
{
    (void)tree;
    *count = 10002;
    *nodes = arena_alloc(arena, *count, sizeof **nodes);
    for (size_t i = 0; i < *count; i++) {
        const char *name = arena_printf(arena, "%05zu", i);
        (*nodes)[i] = (struct node){
            .name = name, .path = tree_join(arena, folder, name), .size = 8192, .is_hive = true};
    }
    return false;
}

static enum tree_result find_nothing(struct tree *tree, struct arena *arena,
                                     const struct node *folder, const char *name,
                                     struct node *found)
{
    (void)tree, (void)arena, (void)folder, (void)name, (void)found;
    return TREE_ABSENT;
}

static void hives_are_taken_up_to_a_number_which_is_said_once(void **state)
{
    static const struct tree_methods many = {
        .find = find_nothing, .list = list_many, .open = open_file};
    struct planted *planted = plant(*state, NULL, 0);
    struct member *members;
    size_t count;
    planted->tree.methods = &many;
    planted->tree.is_sequential = true;
    assert_false(members_find(&planted->tree, *state, MEMBERS_ANYWHERE, false, &members, &count));
    assert_int_equal(count, 10000);
    assert_int_equal(planted->diags.count, 1);
    assert_string_equal(planted->diags.items[0].message,
                        "holds more than 10000 hives: the others are left out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_windows_in_the_root_is_found_with_all_that_belongs_to_it),
        SUPPORT_TEST(letter_case_does_not_count_and_is_kept),
        SUPPORT_TEST(every_windows_of_a_volume_is_found),
        SUPPORT_TEST(a_tree_may_be_the_windows_folder_itself),
        SUPPORT_TEST(drives_are_found_at_any_depth),
        SUPPORT_TEST(hives_outside_of_a_windows_are_not_live),
        SUPPORT_TEST(old_copies_are_left_out),
        SUPPORT_TEST(old_copies_are_found_where_they_are_wanted),
        SUPPORT_TEST(old_copies_alone_are_nothing_unless_they_are_wanted),
        SUPPORT_TEST(links_are_not_followed),
        SUPPORT_TEST(a_folder_in_place_of_the_hive_is_none),
        SUPPORT_TEST(what_cannot_be_looked_for_is_said_and_costs_nothing_else),
        SUPPORT_TEST(what_a_failing_listing_gives_is_looked_at),
        SUPPORT_TEST(members_of_a_sequential_tree_come_as_they_lie),
        SUPPORT_TEST(files_are_listed_with_the_hive_first),
        SUPPORT_TEST(folders_are_looked_into_down_to_a_depth),
        SUPPORT_TEST(hives_are_taken_up_to_a_number_which_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
