/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/module.h"

#include <string.h>

#include "support.h"

/* Where Windows looks is what Microsoft documents: LoadLibrary, File System Redirector, File path
 * formats on Windows systems, Naming Files. */

static const struct os_build windows_10 = {
    .system_root = "C:\\Windows", .build = 19045, .arch = ARCH_AMD64, .is_64bit = true};

/* A row of a table of cases: a text, and the path in one view. */
struct path_case {
    const char *text, *path;
};
#define OUT  "out of reach"
#define NONE "no name"

static void check_cases(struct arena *arena, const struct os_build *os, enum view view,
                        const struct path_case *cases, size_t count)
{
    static const char *const reaches[] = {
        [MODULE_IN_REACH] = "?", [MODULE_OUT_OF_REACH] = OUT, [MODULE_NO_NAME] = NONE};
    for (size_t i = 0; i < count; i++) {
        struct module_place place = module_resolve(arena, os, view, cases[i].text);
        const char *got = place.path ? place.path : reaches[place.reach];
        assert_int_equal(!place.path, place.reach != MODULE_IN_REACH);
        if (strcmp(got, cases[i].path) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].text, got, cases[i].path);
    }
}
#define CHECK(os, view, ...)                                                                       \
    do {                                                                                           \
        static const struct path_case rows[] = {__VA_ARGS__};                                      \
        check_cases(*state, os, view, rows, sizeof rows / sizeof *rows);                           \
    } while (0)

static void a_bare_name_is_looked_for_in_the_system_folder_of_the_view(void **state)
{
    struct os_build arm64 = windows_10;
    arm64.arch = ARCH_ARM64;
    CHECK(&windows_10, VIEW_NATIVE, {"msclmd.dll", "C:\\Windows\\System32\\msclmd.dll"},
          {"MSCLMD.DLL", "C:\\Windows\\System32\\MSCLMD.DLL"},
          {" a b.dll", "C:\\Windows\\System32\\ a b.dll"});
    CHECK(&windows_10, VIEW_WOW6432NODE, {"msclmd.dll", "C:\\Windows\\SysWOW64\\msclmd.dll"});
    CHECK(&arm64, VIEW_WOWAA32NODE, {"msclmd.dll", "C:\\Windows\\SysArm32\\msclmd.dll"});
    assert_true(module_resolve(*state, &windows_10, VIEW_NATIVE, "a.dll").is_bare);
    assert_true(module_resolve(*state, &windows_10, VIEW_NATIVE, "\"a.dll\"").is_bare);
    assert_false(module_resolve(*state, &windows_10, VIEW_NATIVE, "C:\\a.dll").is_bare);
    assert_false(module_resolve(*state, &windows_10, VIEW_NATIVE, "a/b.dll").is_bare);
    assert_false(module_resolve(*state, &windows_10, VIEW_NATIVE, "C:a.dll").is_bare);
}

static void a_name_without_a_dot_gets_a_suffix(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"a", "C:\\Windows\\System32\\a.dll"},
          {"a.", "C:\\Windows\\System32\\a"}, {"a.ocx", "C:\\Windows\\System32\\a.ocx"},
          {"C:\\b\\a", "C:\\b\\a.dll"}, {"C:\\b.c\\a", "C:\\b.c\\a.dll"}, {"C:\\b\\a.", "C:\\b\\a"},
          {"\\\\?\\C:\\b\\a", "C:\\b\\a.dll"});
}

static void blanks_and_dots_at_the_end_of_a_name_are_taken_away(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"a.dll  ", "C:\\Windows\\System32\\a.dll"},
          {"a.dll. .", "C:\\Windows\\System32\\a.dll"}, {"C:\\b.\\a.dll...", "C:\\b\\a.dll"},
          {"C:\\b..\\c...\\a.dll", "C:\\b..\\c...\\a.dll"}, {"C:\\b \\a.dll", "C:\\b \\a.dll"},
          {"\\\\?\\C:\\b.\\a.dll.", "C:\\b.\\a.dll."}, {"   ", NONE}, {"", NONE}, {"...", NONE},
          {"C:\\b\\. .", NONE});
}

static void steps_are_taken_by_the_text_alone_and_never_lead_above_the_root(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"C:\\Windows\\System32\\..\\a.dll", "C:\\Windows\\a.dll"},
          {"C:\\a\\b\\..\\..\\c.dll", "C:\\c.dll"}, {"C:\\long name\\..\\b.dll", "C:\\b.dll"},
          {"C:\\..\\..\\a\\..\\..\\b.dll", "C:\\b.dll"}, {"C:\\.\\a\\.\\b.dll", "C:\\a\\b.dll"},
          {"C:\\a\\\\\\b.dll", "C:\\a\\b.dll"}, {"C:\\a\\..", NONE}, {"C:\\..", NONE},
          {"C:\\.", NONE}, {"C:\\", NONE}, {"C:\\a\\", NONE}, {"..", NONE}, {".", NONE},
          {"\\\\?\\C:\\a\\..\\b.dll", NONE}, {"\\\\?\\C:\\a\\\\b.dll", NONE},
          {"\\\\?\\C:\\.\\b.dll", NONE}, {"..\\a.dll", OUT}, {"C:..\\a.dll", OUT});
}

static void forward_slashes_part_names_as_well(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"C:/Windows/System32/a.dll", "C:\\Windows\\System32\\a.dll"},
          {"C:\\a/../b.dll", "C:\\b.dll"}, {"\\\\?\\C:/a.dll", NONE}, {"a/b.dll", OUT});
    CHECK(&windows_10, VIEW_WOW6432NODE,
          {"C:/Windows/System32/a.dll", "C:\\Windows\\SysWOW64\\a.dll"});
}

static void prefixes_lead_to_the_same_files(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"\\\\?\\C:\\a\\b.dll", "C:\\a\\b.dll"},
          {"\\??\\C:\\a\\b.dll", "C:\\a\\b.dll"}, {"\\\\.\\C:\\a\\.\\b.dll", "C:\\a\\b.dll"},
          {"//?/C:/a/b.dll", "C:\\a\\b.dll"},
          {"\\SystemRoot\\System32\\a.dll", "C:\\Windows\\System32\\a.dll"},
          {"\\systemroot\\a.dll", "C:\\Windows\\a.dll"}, {"\\SystemRootX\\a.dll", OUT},
          {"\\\\?\\UNC\\server\\a.dll", OUT}, {"\\\\?\\a.dll", OUT}, {"\\\\?\\", NONE},
          {"\\\\?\\Volume{00000000-0000-0000-0000-000000000000}\\a.dll", OUT});
    CHECK(&windows_10, VIEW_WOW6432NODE,
          {"\\\\?\\C:\\Windows\\System32\\a.dll", "C:\\Windows\\SysWOW64\\a.dll"});
}

static void characters_that_no_name_has_lead_nowhere(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE, {"\"C:\\Program Files\\a.dll\"", NONE}, {"a\".dll", NONE},
          {"C:\\a|b.dll", NONE}, {"C:\\a*.dll", NONE}, {"a?.dll", NONE}, {"<a>.dll", NONE},
          {"a\n.dll", NONE}, {"a\001.dll", NONE});
}

static void what_is_not_on_the_drive_of_windows_is_out_of_reach(void **state)
{
    struct os_build other = windows_10;
    other.system_root = "D:\\WINNT\\";
    CHECK(&windows_10, VIEW_NATIVE, {"D:\\a.dll", OUT}, {"\\\\server\\share\\a.dll", OUT},
          {"\\Windows\\a.dll", OUT}, {"System32\\a.dll", OUT}, {"C:a.dll", OUT},
          {"C:\\a.dll:stream", OUT}, {"1:\\a.dll", OUT}, {"c:\\a.dll", "c:\\a.dll"});
    CHECK(&other, VIEW_NATIVE, {"C:\\a.dll", OUT}, {"d:\\a.dll", "d:\\a.dll"},
          {"a.dll", "D:\\WINNT\\System32\\a.dll"},
          {"%ProgramFiles%\\a.dll", "D:\\Program Files\\a.dll"});
}

static void an_unknown_root_is_the_usual_one(void **state)
{
    static const char *const roots[] = {NULL,        "",          "Windows",
                                        "\\Windows", "C:Windows", "%SystemDrive%\\Windows"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        struct os_build os = {.system_root = roots[i]};
        assert_string_equal(module_system_folder(*state, &os, VIEW_NATIVE),
                            "C:\\Windows\\System32");
    }
    struct os_build os = {.system_root = "E:\\"};
    assert_string_equal(module_system_folder(*state, &os, VIEW_NATIVE), "E:\\System32");
}

static void system32_leads_32_bit_programs_elsewhere(void **state)
{
    CHECK(
        &windows_10, VIEW_WOW6432NODE,
        {"C:\\Windows\\System32\\a.dll", "C:\\Windows\\SysWOW64\\a.dll"},
        {"c:\\WINDOWS\\system32\\b\\a.dll", "C:\\Windows\\SysWOW64\\b\\a.dll"},
        {"C:\\x\\..\\Windows\\System32\\a.dll", "C:\\Windows\\SysWOW64\\a.dll"},
        {"C:\\Windows\\Sysnative\\a.dll", "C:\\Windows\\System32\\a.dll"},
        {"C:\\Windows\\SysWOW64\\a.dll", "C:\\Windows\\SysWOW64\\a.dll"},
        {"C:\\Windows\\System32x\\a.dll", "C:\\Windows\\System32x\\a.dll"},
        {"C:\\System32\\a.dll", "C:\\System32\\a.dll"},
        {"C:\\Program Files\\a.dll", "C:\\Program Files\\a.dll"},
        {"C:\\Windows\\System32\\spool\\a.dll", "C:\\Windows\\System32\\spool\\a.dll"},
        {"C:\\Windows\\System32\\drivers\\etc\\a.dll",
         "C:\\Windows\\System32\\drivers\\etc\\a.dll"},
        {"C:\\Windows\\System32\\DriverStore\\a.dll", "C:\\Windows\\System32\\DriverStore\\a.dll"},
        {"C:\\Windows\\System32\\drivers\\a.dll", "C:\\Windows\\SysWOW64\\drivers\\a.dll"});
    CHECK(&windows_10, VIEW_NATIVE,
          {"C:\\Windows\\System32\\a.dll", "C:\\Windows\\System32\\a.dll"},
          {"C:\\Windows\\Sysnative\\a.dll", "C:\\Windows\\Sysnative\\a.dll"});
    CHECK(&windows_10, VIEW_WOWAA32NODE,
          {"C:\\Windows\\System32\\a.dll", "C:\\Windows\\SysArm32\\a.dll"});
}

static void variables_that_are_the_same_for_all_are_expanded(void **state)
{
    CHECK(&windows_10, VIEW_NATIVE,
          {"%SystemRoot%\\system32\\a.dll", "C:\\Windows\\system32\\a.dll"},
          {"%systemroot%/a.dll", "C:\\Windows\\a.dll"}, {"%windir%\\a.dll", "C:\\Windows\\a.dll"},
          {"%SystemDrive%\\a.dll", "C:\\a.dll"},
          {"%ProgramFiles%\\a.dll", "C:\\Program Files\\a.dll"},
          {"%ProgramFiles(x86)%\\a.dll", "C:\\Program Files (x86)\\a.dll"},
          {"%ProgramW6432%\\a.dll", "C:\\Program Files\\a.dll"},
          {"%CommonProgramFiles%\\a.dll", "C:\\Program Files\\Common Files\\a.dll"},
          {"%ProgramData%\\a.dll", "C:\\ProgramData\\a.dll"});
    CHECK(&windows_10, VIEW_WOW6432NODE,
          {"%SystemRoot%\\system32\\a.dll", "C:\\Windows\\SysWOW64\\a.dll"},
          {"%ProgramFiles%\\a.dll", "C:\\Program Files (x86)\\a.dll"},
          {"%CommonProgramFiles%\\a.dll", "C:\\Program Files (x86)\\Common Files\\a.dll"},
          {"%ProgramW6432%\\a.dll", "C:\\Program Files\\a.dll"});
}

static void other_variables_are_out_of_reach(void **state)
{
    static const struct os_build windows_7_x86 = {
        .system_root = "C:\\Windows", .build = 7601, .arch = ARCH_X86};
    static const struct os_build windows_xp = {
        .system_root = "C:\\WINDOWS", .build = 2600, .arch = ARCH_X86};
    CHECK(&windows_10, VIEW_NATIVE, {"%TEMP%\\a.dll", OUT}, {"%Contoso%\\a.dll", OUT},
          {"%windi%\\a.dll", OUT}, {"%windirs%\\a.dll", OUT}, {"%windir%%windir%\\a.dll", OUT},
          {"C:\\%windir%\\a.dll", OUT}, {"%windir%\\%x%.dll", OUT}, {"%%windir%\\a.dll", OUT},
          {"100%.dll", "C:\\Windows\\System32\\100%.dll"},
          {"a%%.dll", "C:\\Windows\\System32\\a%%.dll"});
    CHECK(&windows_7_x86, VIEW_NATIVE, {"%ProgramFiles(x86)%\\a.dll", OUT},
          {"%ProgramW6432%\\a.dll", OUT}, {"%ProgramFiles%\\a.dll", "C:\\Program Files\\a.dll"});
    /* It may be called C:\Programme there. */
    CHECK(&windows_xp, VIEW_NATIVE, {"%ProgramFiles%\\a.dll", OUT}, {"%ProgramData%\\a.dll", OUT},
          {"%SystemDrive%\\a.dll", "C:\\a.dll"});
}

static void names_outside_ascii_stay_what_they_are(void **state)
{
    struct os_build os = windows_10;
    os.system_root = "C:\\Win\xc3\xa4";
    CHECK(&os, VIEW_WOW6432NODE,
          {"c:\\WIN\xc3\x84\\System32\\\xc3\xb6.dll", "C:\\Win\xc3\xa4\\SysWOW64\\\xc3\xb6.dll"},
          {"\xed\xa0\x80.dll", "C:\\Win\xc3\xa4\\SysWOW64\\\xed\xa0\x80.dll"});
}

/* As long as a path of Windows can be, and longer: nothing is copied for the latter. */
static void texts_beyond_the_longest_path_are_out_of_reach(void **state)
{
    enum { LONGEST = 32767 };
    char *text = arena_alloc(*state, LONGEST + 2, 1);
    memset(text, 'a', LONGEST);
    assert_int_equal(module_resolve(*state, &windows_10, VIEW_NATIVE, text).reach, MODULE_IN_REACH);
    text[LONGEST] = 'a';
    assert_int_equal(module_resolve(*state, &windows_10, VIEW_NATIVE, text).reach,
                     MODULE_OUT_OF_REACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_bare_name_is_looked_for_in_the_system_folder_of_the_view),
        SUPPORT_TEST(a_name_without_a_dot_gets_a_suffix),
        SUPPORT_TEST(blanks_and_dots_at_the_end_of_a_name_are_taken_away),
        SUPPORT_TEST(steps_are_taken_by_the_text_alone_and_never_lead_above_the_root),
        SUPPORT_TEST(forward_slashes_part_names_as_well),
        SUPPORT_TEST(prefixes_lead_to_the_same_files),
        SUPPORT_TEST(characters_that_no_name_has_lead_nowhere),
        SUPPORT_TEST(what_is_not_on_the_drive_of_windows_is_out_of_reach),
        SUPPORT_TEST(an_unknown_root_is_the_usual_one),
        SUPPORT_TEST(system32_leads_32_bit_programs_elsewhere),
        SUPPORT_TEST(variables_that_are_the_same_for_all_are_expanded),
        SUPPORT_TEST(other_variables_are_out_of_reach),
        SUPPORT_TEST(names_outside_ascii_stay_what_they_are),
        SUPPORT_TEST(texts_beyond_the_longest_path_are_out_of_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
