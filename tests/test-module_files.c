/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/module.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "findings.h"

#define MODULE(path) "\"80000001\"=\"" path "\"\n"
#define KSPS         "ControlSet001\\Control\\Cryptography\\Providers\\"

/* %windir%\a.dll, as REG_EXPAND_SZ. */
#define EXPANDED_MODULE                                                                            \
    "\"80000001\"=hex(2):25,00,77,00,69,00,6e,00,64,00,69,00,72,00,25,00,5c,00,61,00,2e,00,64,00," \
    "6c,00,6c,00,00,00\n"

/* A file that came with a hive, or something in its place that cannot be read. */
struct fake_file {
    const char *path;
    enum file_state state;
    uint64_t size;
    bool is_damaged; /* it is there, and reading it fails */
};

struct fake {
    const struct fake_file *files;
    size_t nfiles;
    char asked[8][64]; /* the first paths that were looked for */
    size_t nasked;
    size_t open, open_max; /* arenas that hold an open file */
};

static void close_file(void *handle)
{
    ((struct fake *)handle)->open--;
}

static ssize_t read_zeros(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct fake_file *file = source->context;
    if (file->is_damaged) {
        errno = EIO;
        return -1;
    }
    size_t count = offset < source->size ? source->size - offset : 0;
    count = count < len ? count : len;
    memset(buf, 0, count);
    return (ssize_t)count;
}

static enum file_state find(void *context, struct arena *arena, const char *path,
                            struct found_file *found)
{
    struct fake *fake = context;
    if (fake->nasked < sizeof fake->asked / sizeof *fake->asked)
        snprintf(fake->asked[fake->nasked], sizeof fake->asked[0], "%s", path);
    fake->nasked++;
    for (size_t i = 0; i < fake->nfiles; i++) {
        const struct fake_file *file = &fake->files[i];
        if (!text_equal(file->path, path))
            continue;
        *found = (struct found_file){.path = arena_printf(arena, "./%s", file->path),
                                     .source = {.name = file->path,
                                                .size = file->size,
                                                .read_at = read_zeros,
                                                .fd = -1,
                                                .context = (void *)file}};
        if (++fake->open > fake->open_max)
            fake->open_max = fake->open;
        arena_on_free(arena, close_file, fake);
        return file->state;
    }
    return FILE_ABSENT;
}

static bool digest(const struct source *source, uint8_t *out)
{
    memset(out, (int)strlen(source->name), FILE_DIGEST_SIZE);
    errno = EIO;
    return !strstr(source->name, "undigested");
}

#define PRESENT(name)                                                                              \
    {                                                                                              \
        name, FILE_PRESENT, 0, false                                                               \
    }
#define SYSTEM32 PRESENT("Windows\\System32\\ntdll.dll")
#define SYSWOW64 PRESENT("WINDOWS\\syswow64\\NTDLL.DLL")

/* Reads hives with files, of which a SYSTEM hive may be one. */
static struct reading *read_with(struct arena *arena, struct fake *fake, bool digests,
                                 const char *software, const char *system)
{
    struct file_finder finder = {.find = find, .digest = digests ? digest : NULL, .context = fake};
    struct read_plan plan = {.files = fake ? &finder : NULL,
                             .system = system ? &support_build(arena, system)->source : NULL};
    struct reading *reading = arena_alloc(arena, 1, sizeof *reading);
    reading->diags.arena = arena;
    reading->read = snapshot_read(arena, &reading->diags, &support_build(arena, software)->source,
                                  &plan, &reading->snapshot);
    assert_true(reading->read);
    if (fake)
        assert_int_equal(fake->open, 0);
    return reading;
}

/* The files of a snapshot as text: "native x.dll C:\Windows\System32\x.dll present". */
static const char *show_files(struct arena *arena, const struct snapshot *snapshot)
{
    static const char *const states[NFILE_STATES] = {"unknown", "absent", "present", "unreadable"};
    const char *text = "";
    for (size_t i = 0; i < snapshot->nfiles; i++) {
        const struct module_file *file = &snapshot->files[i];
        text = arena_printf(arena, "%s%s %s %s %s\n", text, view_name(file->view), file->asked,
                            file->path ? file->path : "-", states[file->state]);
    }
    return text;
}

static const char *read_files(struct arena *arena, struct fake *fake, const char *software)
{
    const struct reading *reading = read_with(arena, fake, false, software, NULL);
    assert_int_equal(reading->diags.worst, DIAG_NOTE);
    return show_files(arena, &reading->snapshot);
}

static void without_files_nothing_is_looked_up(void **state)
{
    const struct reading *reading =
        read_with(*state, NULL, false, SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll"), NULL);
    assert_false(reading->snapshot.has_files);
    assert_int_equal(reading->snapshot.nfiles, 0);
    assert_null(snapshot_find_file(&reading->snapshot, VIEW_NATIVE, "a.dll"));
}

static void each_view_looks_for_what_it_names_once(void **state)
{
    static const struct fake_file files[] = {SYSTEM32, SYSWOW64,
                                             PRESENT("windows\\system32\\A.DLL"),
                                             PRESENT("Windows\\SysWOW64\\c.dll")};
    struct fake fake = {.files = files, .nfiles = 4};
    const char *got = read_files(
        *state, &fake,
        SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll") "[" CARDS "B]\n" MODULE(
            "a.dll") "[" WOW CARDS
                     "A]\n" MODULE("a.dll") "[" WOW CARDS
                                            "B]\n" MODULE("C:\\\\Windows\\\\System32\\\\c.dll"));
    assert_string_equal(got,
                        "native a.dll C:\\Windows\\System32\\a.dll present\n"
                        "wow6432node C:\\Windows\\System32\\c.dll C:\\Windows\\SysWOW64\\c.dll "
                        "present\n"
                        "wow6432node a.dll C:\\Windows\\SysWOW64\\a.dll absent\n");
    assert_int_equal(fake.nasked, 2 + 3);
    assert_string_equal(fake.asked[0], "Windows\\System32\\ntdll.dll");
    assert_string_equal(fake.asked[1], "Windows\\SysWOW64\\ntdll.dll");
    assert_int_equal(fake.open_max, 1);
}

static void what_was_found_is_told_as_it_is_spelled(void **state)
{
    static const struct fake_file files[] = {SYSTEM32,
                                             {"Windows\\System32\\A.dll", FILE_PRESENT, 77, false}};
    struct fake fake = {.files = files, .nfiles = 2};
    const struct reading *reading =
        read_with(*state, &fake, false, SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.DLL"), NULL);
    const struct module_file *file = snapshot_find_file(&reading->snapshot, VIEW_NATIVE, "a.DLL");
    assert_string_equal(file->found, "./Windows\\System32\\A.dll");
    assert_int_equal(file->size, 77);
    assert_int_equal(file->machine, 0);
    assert_true(file->is_bare);
    assert_false(file->has_digest);
    assert_null(snapshot_find_file(&reading->snapshot, VIEW_NATIVE, "A.DLL"));
    assert_null(snapshot_find_file(&reading->snapshot, VIEW_WOW6432NODE, "a.DLL"));
}

static void images_of_providers_are_looked_for_expanded_whatever_their_type(void **state)
{
    static const struct fake_file files[] = {SYSTEM32, SYSWOW64,
                                             PRESENT("Windows\\System32\\scksp.dll")};
    struct fake fake = {.files = files, .nfiles = 3};
    const struct reading *reading =
        read_with(*state, &fake, false,
                  SUPPORT_WINDOWS_10
                  "[" PROVIDERS "Csp]\n\"Image Path\"=\"%SystemRoot%\\\\system32\\\\csp"
                  ".dll\"\n[" PROVIDERS "None]\n[" PROVIDERS "Type]\n\"Image Path\"=hex:61\n",
                  SUPPORT_SYSTEM "[" KSPS "Ksp\\UM]\n\"Image\"=\"scksp.dll\"\n[" KSPS "None]\n");
    assert_string_equal(show_files(*state, &reading->snapshot),
                        "native %SystemRoot%\\system32\\csp.dll C:\\Windows\\system32\\csp.dll "
                        "absent\n"
                        "native scksp.dll C:\\Windows\\System32\\scksp.dll present\n"
                        "wow6432node scksp.dll C:\\Windows\\SysWOW64\\scksp.dll absent\n");
}

static void a_minidriver_is_expanded_only_where_its_type_says_so(void **state)
{
    static const struct fake_file files[] = {SYSTEM32, PRESENT("Windows\\a.dll")};
    struct fake fake = {.files = files, .nfiles = 2};
    assert_string_equal(read_files(*state, &fake,
                                   SUPPORT_WINDOWS_10
                                   "[" CARDS "A]\n" EXPANDED_MODULE "[" CARDS
                                   "B]\n" MODULE("%windir%\\\\b.dll") "[" CARDS "C]\n" MODULE(
                                       "c%.dll") "[" CARDS "D]\n\"80000001\"=hex:61\n[" CARDS
                                                 "E]\n" MODULE("")),
                        "native %windir%\\a.dll C:\\Windows\\a.dll present\n");
}

static void a_view_without_its_system_folder_is_not_looked_at(void **state)
{
    static const struct fake_file files[] = {SYSWOW64, PRESENT("Windows\\System32\\a.dll")};
    struct fake fake = {.files = files, .nfiles = 2};
    const struct reading *reading = read_with(
        *state, &fake, false,
        SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll") "[" WOW CARDS "A]\n" MODULE("a.dll"),
        NULL);
    assert_string_equal(show_files(*state, &reading->snapshot),
                        "native a.dll C:\\Windows\\System32\\a.dll unknown\n"
                        "wow6432node a.dll C:\\Windows\\SysWOW64\\a.dll absent\n");
    assert_true(reading->snapshot.has_files);
    assert_false(reading->snapshot.has_system_folder[VIEW_NATIVE]);
    assert_true(reading->snapshot.has_system_folder[VIEW_WOW6432NODE]);
    assert_false(reading->snapshot.has_system_folder[VIEW_WOWAA32NODE]);
}

/* As the files of a compressed Windows (Compact OS) may be. */
static void a_system_folder_that_cannot_be_read_is_one(void **state)
{
    static const struct fake_file files[] = {
        {"Windows\\System32\\ntdll.dll", FILE_UNREADABLE, 0, false}};
    struct fake fake = {.files = files, .nfiles = 1};
    assert_string_equal(
        read_files(*state, &fake, SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll")),
        "native a.dll C:\\Windows\\System32\\a.dll absent\n");
}

static void the_system_folder_is_that_of_system_root(void **state)
{
    static const struct fake_file files[] = {PRESENT("WINNT\\System32\\ntdll.dll"),
                                             PRESENT("WINNT\\System32\\a.dll")};
    struct fake fake = {.files = files, .nfiles = 2};
    assert_string_equal(
        read_files(*state, &fake,
                   "[Microsoft\\Windows NT\\CurrentVersion]\n\"SystemRoot\"=\"E:\\\\WINNT\"\n"
                   "[" CARDS "A]\n" MODULE("a.dll")),
        "native a.dll E:\\WINNT\\System32\\a.dll present\n");
}

static void what_is_out_of_reach_stays_unknown_and_what_has_no_name_is_absent(void **state)
{
    static const struct fake_file files[] = {SYSTEM32};
    struct fake fake = {.files = files, .nfiles = 1};
    assert_string_equal(read_files(*state, &fake,
                                   SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE(
                                       "D:\\\\a.dll") "[" CARDS "B]\n" MODULE("\\\"b.dll\\\"")),
                        "native \"b.dll\" - absent\nnative D:\\a.dll - unknown\n");
    assert_int_equal(fake.nasked, 2);
}

/* What is called PROGRA~1 has another name, too, and only NTFS knows both. */
static void short_names_that_are_not_found_stay_unknown(void **state)
{
    static const struct fake_file files[] = {SYSTEM32, PRESENT("PROGRA~1\\a.dll")};
    struct fake fake = {.files = files, .nfiles = 2};
    assert_string_equal(
        read_files(*state, &fake,
                   SUPPORT_WINDOWS_10
                   "[" CARDS "A]\n" MODULE("C:\\\\PROGRA~1\\\\a.dll") "[" CARDS "B]\n" MODULE(
                       "C:\\\\PROGRA~2\\\\b.dll") "[" CARDS "C]\n" MODULE("C:\\\\a~\\\\c.dll")),
        "native C:\\PROGRA~1\\a.dll C:\\PROGRA~1\\a.dll present\n"
        "native C:\\PROGRA~2\\b.dll C:\\PROGRA~2\\b.dll unknown\n"
        "native C:\\a~\\c.dll C:\\a~\\c.dll absent\n");
}

static void what_cannot_be_read_is_said(void **state)
{
    static const struct fake_file files[] = {
        SYSTEM32,
        {"Windows\\System32\\a.dll", FILE_UNREADABLE, 100, false},
        {"Windows\\System32\\b.dll", FILE_PRESENT, 100, true},
        {"Windows\\System32\\undigested.dll", FILE_PRESENT, 100, false}};
    struct fake fake = {.files = files, .nfiles = 4};
    const struct reading *reading =
        read_with(*state, &fake, true,
                  SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll") "[" CARDS "B]\n" MODULE(
                      "b.dll") "[" CARDS "C]\n" MODULE("undigested.dll"),
                  NULL);
    assert_string_equal(show_files(*state, &reading->snapshot),
                        "native a.dll C:\\Windows\\System32\\a.dll unreadable\n"
                        "native b.dll C:\\Windows\\System32\\b.dll unreadable\n"
                        "native undigested.dll C:\\Windows\\System32\\undigested.dll unreadable\n");
    assert_int_equal(reading->diags.count, 2); /* the finder speaks for itself */
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_non_null(strstr(reading->diags.items[0].message, "./Windows\\System32\\b.dll"));
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(reading->snapshot.files[i].size, 0);
        assert_false(reading->snapshot.files[i].has_digest);
    }
}

static void digests_are_taken_where_they_are_wanted_and_not_of_what_is_huge(void **state)
{
    static const struct fake_file files[] = {
        SYSTEM32,
        {"Windows\\System32\\a.dll", FILE_PRESENT, 100, false},
        {"Windows\\System32\\b.dll", FILE_PRESENT, UINT64_C(1) << 40, false}};
    struct fake fake = {.files = files, .nfiles = 3};
    const struct reading *reading = read_with(
        *state, &fake, true,
        SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("a.dll") "[" CARDS "B]\n" MODULE("b.dll"), NULL);
    const struct module_file *file = reading->snapshot.files;
    assert_true(file[0].has_digest);
    assert_int_equal(file[0].digest[31], strlen("Windows\\System32\\a.dll"));
    assert_int_equal(file[1].state, FILE_PRESENT);
    assert_false(file[1].has_digest);
    assert_int_equal(reading->diags.count, 1);
    assert_int_equal(reading->diags.items[0].level, DIAG_NOTE);
}

static void no_more_files_are_looked_up_than_the_budget_allows(void **state)
{
    static const struct fake_file files[] = {SYSTEM32};
    struct fake fake = {.files = files, .nfiles = 1};
    struct arena *arena = *state;
    struct snapshot snapshot = {.views[VIEW_NATIVE].exists = true};
    struct view_config *config = &snapshot.views[VIEW_NATIVE];
    struct diags diags = {.arena = arena};
    struct file_finder finder = {.find = find, .context = &fake};
    config->ncards = MODULE_FILES_MAX + 1;
    config->cards = arena_alloc(arena, config->ncards, sizeof *config->cards);
    for (size_t i = 0; i < config->ncards; i++) {
        struct regval *value = arena_alloc(arena, 1, sizeof *value);
        *value = (struct regval){.name = "80000001",
                                 .state = VALUE_OK,
                                 .type = REG_SZ,
                                 .seen = arena_printf(arena, "%zu.dll", i % MODULE_FILES_MAX)};
        config->cards[i].field[CARD_MODULE] = value;
    }
    module_find_files(arena, &diags, &finder, &snapshot);
    assert_int_equal(snapshot.nfiles, MODULE_FILES_MAX);
    assert_int_equal(diags.count, 0);
    ((struct regval *)config->cards[MODULE_FILES_MAX].field[CARD_MODULE])->seen = "more.dll";
    fake.nasked = 0;
    module_find_files(arena, &diags, &finder, &snapshot);
    assert_int_equal(snapshot.nfiles, MODULE_FILES_MAX);
    assert_int_equal(fake.nasked, MODULE_FILES_MAX + 1);
    assert_int_equal(diags.worst, DIAG_INCOMPLETE);
}

/* Rules judge that state, too. */
static void the_state_before_the_logs_shares_what_was_looked_up(void **state)
{
    static const struct fake_file files[] = {SYSTEM32};
    struct fake fake = {.files = files, .nfiles = 1};
    struct arena *arena = *state;
    struct file_finder finder = {.find = find, .context = &fake};
    struct diags diags = {.arena = arena};
    struct snapshot snapshot = support_read(arena, support_build(arena, SUPPORT_WINDOWS_10
                                                                 "[" CARDS "A]\n" MODULE("a.dll")))
                                   ->snapshot;
    struct snapshot before = support_read(arena, support_build(arena, SUPPORT_WINDOWS_10
                                                               "[" CARDS "A]\n" MODULE("old.dll")))
                                 ->snapshot;
    snapshot.before = &before;
    module_find_files(arena, &diags, &finder, &snapshot);
    assert_string_equal(show_files(arena, &snapshot),
                        "native a.dll C:\\Windows\\System32\\a.dll absent\n"
                        "native old.dll C:\\Windows\\System32\\old.dll absent\n");
    assert_non_null(snapshot_find_file(&before, VIEW_NATIVE, "old.dll"));
    assert_true(before.has_files && before.has_system_folder[VIEW_NATIVE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(without_files_nothing_is_looked_up),
        SUPPORT_TEST(each_view_looks_for_what_it_names_once),
        SUPPORT_TEST(what_was_found_is_told_as_it_is_spelled),
        SUPPORT_TEST(images_of_providers_are_looked_for_expanded_whatever_their_type),
        SUPPORT_TEST(a_minidriver_is_expanded_only_where_its_type_says_so),
        SUPPORT_TEST(a_view_without_its_system_folder_is_not_looked_at),
        SUPPORT_TEST(a_system_folder_that_cannot_be_read_is_one),
        SUPPORT_TEST(the_system_folder_is_that_of_system_root),
        SUPPORT_TEST(what_is_out_of_reach_stays_unknown_and_what_has_no_name_is_absent),
        SUPPORT_TEST(short_names_that_are_not_found_stay_unknown),
        SUPPORT_TEST(what_cannot_be_read_is_said),
        SUPPORT_TEST(digests_are_taken_where_they_are_wanted_and_not_of_what_is_huge),
        SUPPORT_TEST(no_more_files_are_looked_up_than_the_budget_allows),
        SUPPORT_TEST(the_state_before_the_logs_shares_what_was_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
