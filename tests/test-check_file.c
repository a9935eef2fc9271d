/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "example_files.h"
#include "findings.h"

#define FOUND_RULE   RULE("found", "error", "module_not_found")
#define MACHINE_RULE RULE("machine", "error", "module_wrong_architecture")
#define IMAGE_RULE   RULE("image", "error", "provider_image_not_found")
#define UNKNOWN_RULE RULE("unverified", "note", "module_unverified")
#define PLACE_RULE                                                                                 \
    "- {id: place, title: Title, severity: warning, check: module_outside_windows,\n"              \
    "   parameters: {folders: ['\\', Users, '*\\Temp', '%TEMP%']}}\n"

#define MODULE(path) "\"80000001\"=\"" path "\"\n"
#define IMAGE(path)  "\"Image Path\"=\"" path "\"\n"
#define CSP(name)    "\"Crypto Provider\"=\"" name "\"\n"
#define KSP(name)    "\"Smart Card Key Storage Provider\"=\"" name "\"\n"
#define KSPS         "ControlSet001\\Control\\Cryptography\\Providers\\"
#define CURRENT      "[Microsoft\\Windows NT\\CurrentVersion]\n"

/* %TEMP%\a, as REG_EXPAND_SZ. */
#define MODULE_IN_TEMP "\"80000001\"=hex(2):25,00,54,00,45,00,4d,00,50,00,25,00,5c,00,61,00,00,00\n"

#define NTDLL                                                                                      \
    {"Windows\\System32\\ntdll.dll", ARCH_AMD64},                                                  \
    {                                                                                              \
        "Windows\\SysWOW64\\ntdll.dll", ARCH_X86                                                   \
    }

/* Judges hives with the files that came with them. */
static struct findings judge(struct arena *arena, const char *rules, const char *software,
                             const char *system, const struct example *files)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", rules));
    struct diags diags = {.arena = arena};
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    struct file_finder finder = example_files_finder(files);
    struct read_plan plan = {.system = system ? &support_build(arena, system)->source : NULL,
                             .files = files->nfiles ? &finder : NULL};
    assert_true(
        snapshot_read(arena, &diags, &support_build(arena, software)->source, &plan, snapshot));
    assert_int_equal(diags.worst, DIAG_NOTE);
    return ruleset_judge(arena, &ruleset, snapshot);
}

/* A row of a table of cases: the values of one entry, Card, on a 64-bit Windows with these files.
 */
struct file_case {
    const char *name, *values, *expected;
};

static void check_cases(struct arena *arena, const char *rules, const struct example *files,
                        const struct file_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text =
            arena_printf(arena, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n%s\n", cases[i].values);
        const char *got = findings_show(arena, judge(arena, rules, text, NULL, files));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}
#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void a_minidriver_that_is_not_there_is_an_error_for_a_full_path_only(void **state)
{
    static struct example_file there[] = {NTDLL, {"Windows\\System32\\a.dll", ARCH_AMD64}};
    static const struct example files = {.files = there, .nfiles = 3};
    static const struct file_case cases[] = {
        {"full path", MODULE("C:\\\\x\\\\b.dll"), "error found native Card|80000001\n"},
        {"bare name", MODULE("b.dll"), "warning found native Card|80000001\n"},
        {"full path that no file can have", MODULE("\\\"C:\\\\Windows\\\\System32\\\\a.dll\\\""),
         "error found native Card|80000001\n"},
        {"bare name that no file can have", MODULE("\\\"a.dll\\\""),
         "warning found native Card|80000001\n"},
        {"full path to what is there", MODULE("c:\\\\WINDOWS\\\\System32\\\\A.DLL"), ""},
        {"bare name of what is there", MODULE("a"), ""},
        {"another drive", MODULE("D:\\\\b.dll"), ""},
        {"no minidriver", "", ""},
        {"variable in a REG_SZ", MODULE("%windir%\\\\b.dll"), ""},
    };
    check_cases(*state, FOUND_RULE, &files, cases, COUNT_OF(cases));
}

static void a_severity_is_never_raised(void **state)
{
    static struct example_file there[] = {NTDLL};
    static const struct example files = {.files = there, .nfiles = 2};
    static const char *const severities[] = {"note", "warning"};
    for (size_t i = 0; i < 2; i++) {
        const char *rule =
            arena_printf(*state, "- {id: found, title: T, severity: %s, check: module_not_found}\n",
                         severities[i]);
        const struct file_case row = {
            "bare name", MODULE("b.dll"),
            arena_printf(*state, "%s found native Card|80000001\n", severities[i])};
        check_cases(*state, rule, &files, &row, 1);
    }
}

static void a_missing_file_says_where_it_was_looked_for(void **state)
{
    static struct example_file there[] = {NTDLL, {"Windows\\System32\\a.dll", ARCH_AMD64}};
    static const struct example files = {.files = there, .nfiles = 3};
    struct findings findings =
        judge(*state, FOUND_RULE,
              SUPPORT_WINDOWS_10 "[" WOW CARDS "A]\n" MODULE("C:\\\\Windows\\\\System32\\\\a.dll"),
              NULL, &files);
    assert_int_equal(findings.count, 1);
    assert_non_null(strstr(findings.items[0].message, "\"C:\\Windows\\System32\\a.dll\""));
    assert_non_null(strstr(findings.items[0].message, "no C:\\Windows\\SysWOW64\\a.dll"));
    assert_string_equal(findings.items[0].file->path, "C:\\Windows\\SysWOW64\\a.dll");
    assert_int_equal(findings.items[0].file->state, FILE_ABSENT);
}

static void without_files_or_system_folder_only_one_note_is_given(void **state)
{
    static struct example_file of_native[] = {{"Windows\\System32\\ntdll.dll", ARCH_AMD64}};
    static struct example_file others[] = {{"Program Files\\b.dll", ARCH_AMD64}};
    static const struct example none = {.nfiles = 0}, native = {.files = of_native, .nfiles = 1},
                                other = {.files = others, .nfiles = 1};
    static const char rules[] = FOUND_RULE MACHINE_RULE IMAGE_RULE UNKNOWN_RULE;
    static const char hive[] = SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("C:\\\\x\\\\a.dll")
        CSP("Csp") "[" CARDS "B]\n" MODULE("b.dll") "[" PROVIDERS "Csp]\n" IMAGE(
            "csp.dll") "[" WOW CARDS "A]\n" MODULE("C:\\\\x\\\\a.dll");
    const struct example *all[] = {&none, &other};
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(findings_show(*state, judge(*state, rules, hive, NULL, all[i])),
                            "note unverified native SmartCards|-\n");
    assert_string_equal(findings_show(*state, judge(*state, rules, hive, NULL, &native)),
                        "error found native A|80000001\nwarning found native B|80000001\n"
                        "warning image native Csp|Image Path\n"
                        "note unverified wow6432node SmartCards|-\n");
}

static void the_note_says_why_and_of_which_file(void **state)
{
    static struct example_file there[] = {NTDLL};
    static struct example_file others[] = {{"Program Files\\b.dll", ARCH_AMD64}};
    static const struct example none = {.nfiles = 0}, files = {.files = there, .nfiles = 2},
                                other = {.files = others, .nfiles = 1};
    static const struct {
        const struct example *files;
        const char *words[2];
    } cases[] = {
        {&none, {"the minidriver \"D:\\a.dll\"", "did not come with its hive"}},
        {&other, {"the minidriver \"D:\\a.dll\"", "lack C:\\Windows\\System32\\ntdll.dll"}},
        {&files, {"the minidriver \"D:\\a.dll\"", "cannot be told"}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings =
            judge(*state, UNKNOWN_RULE, SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("D:\\\\a.dll"),
                  NULL, cases[i].files);
        assert_int_equal(findings.count, 1);
        for (size_t j = 0; j < 2; j++)
            assert_non_null(strstr(findings.items[0].message, cases[i].words[j]));
    }
}

static void entries_that_lead_to_no_dll_need_no_note(void **state)
{
    static const struct example none = {.nfiles = 0};
    static const struct file_case cases[] = {
        {"nothing", "", ""},
        {"a CSP that is not registered", CSP("Csp"), ""},
        {"a KSP of which nothing is known", KSP(BASE_KSP), ""},
        {"a variable in a REG_SZ, which another rule reports", MODULE("%windir%\\\\a.dll"), ""},
        {"a minidriver", MODULE("a.dll"), "note unverified native SmartCards|-\n"},
    };
    check_cases(*state, UNKNOWN_RULE, &none, cases, COUNT_OF(cases));
    static const char unused[] = SUPPORT_WINDOWS_10 "[" PROVIDERS "Csp]\n" IMAGE("csp.dll");
    assert_int_equal(judge(*state, UNKNOWN_RULE, unused, NULL, &none).count, 0);
}

static void a_dll_has_to_be_for_the_programs_of_its_view(void **state)
{
    static const struct {
        const char *build_lab;
        enum arch arch; /* of the DLL */
        enum view view;
        const char *severity; /* NULL: it fits */
    } cases[] = {
        {"1.1.amd64fre.x", ARCH_AMD64, VIEW_NATIVE, NULL},
        {"1.1.amd64fre.x", ARCH_X86, VIEW_NATIVE, "error"},
        {"1.1.amd64fre.x", ARCH_ARM64, VIEW_NATIVE, "error"},
        {"1.1.amd64fre.x", ARCH_UNKNOWN, VIEW_NATIVE, "error"},
        {"1.1.amd64fre.x", ARCH_X86, VIEW_WOW6432NODE, NULL},
        {"1.1.amd64fre.x", ARCH_AMD64, VIEW_WOW6432NODE, "error"},
        {"1.1.x86fre.x", ARCH_X86, VIEW_NATIVE, NULL},
        {"1.1.x86fre.x", ARCH_AMD64, VIEW_NATIVE, "error"},
        {"1.1.arm64fre.x", ARCH_ARM64, VIEW_NATIVE, NULL},
        {"1.1.arm64fre.x", ARCH_AMD64, VIEW_NATIVE, "warning"},
        {"1.1.arm64fre.x", ARCH_X86, VIEW_NATIVE, "error"},
        {"1.1.arm64fre.x", ARCH_X86, VIEW_WOW6432NODE, NULL},
        {"1.1.arm64fre.x", ARCH_ARM64, VIEW_WOW6432NODE, "error"},
        {"1.1.arm64fre.x", ARCH_ARM, VIEW_WOWAA32NODE, NULL},
        {"1.1.arm64fre.x", ARCH_X86, VIEW_WOWAA32NODE, "error"},
        {"", ARCH_X86, VIEW_NATIVE, NULL},
        {"", ARCH_UNKNOWN, VIEW_NATIVE, "error"},
    };
    static const char *const roots[] = {"", "Wow6432Node\\", "WowAA32Node\\"};
    static const char *const folders[] = {"System32", "SysWOW64", "SysArm32"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum view view = cases[i].view;
        struct example_file there[] = {
            {arena_printf(*state, "Windows\\%s\\ntdll.dll", folders[view]), ARCH_X86},
            {arena_printf(*state, "Windows\\%s\\a.dll", folders[view]), cases[i].arch}};
        struct example files = {.files = there, .nfiles = 2};
        const char *hive = arena_printf(*state,
                                        CURRENT "\"BuildLabEx\"=\"%s\"\n[" CARDS "Other]\n[%s" CARDS
                                                "A]\n" MODULE("a.dll"),
                                        cases[i].build_lab, roots[view]);
        const char *want = cases[i].severity ? arena_printf(*state, "%s machine %s A|80000001\n",
                                                            cases[i].severity, view_name(view))
                                             : "";
        const char *got = findings_show(*state, judge(*state, MACHINE_RULE, hive, NULL, &files));
        if (strcmp(got, want) != 0)
            fail_msg("case %zu: got \"%s\", want \"%s\"", i, got, want);
    }
}

/* However many entries refer to a provider, and only where one does. */
static void the_image_of_a_provider_is_judged_once_in_each_view(void **state)
{
    static struct example_file there[] = {NTDLL,
                                          {"Windows\\System32\\scksp.dll", ARCH_AMD64},
                                          {"Windows\\SysWOW64\\csp.dll", ARCH_AMD64}};
    static const struct example files = {.files = there, .nfiles = 4};
    static const char software[] = SUPPORT_WINDOWS_10 "[" CARDS "A]\n" CSP("csp") KSP(
        "Alias") "[" CARDS "B]\n" CSP("CSP") KSP("Ksp") "[" WOW CARDS "A]\n" CSP("Csp")
        KSP("Ksp") "[" PROVIDERS "Csp]\n" IMAGE(
            "%SystemRoot%\\\\system32\\\\csp.dll") "[" PROVIDERS
                                                   "Unused]\n" IMAGE(
                                                       "C:\\\\x\\\\unused.dll") "[" WOW
                                                       PROVIDERS "Csp]\n" IMAGE(
                                                           "%SystemRoot%\\\\system32\\\\csp.dll");
    static const char system[] =
        SUPPORT_SYSTEM "[" KSPS "Ksp]\n\"Aliases\"=hex(7):41,00,6c,00,69,00,61,00,73,00,00,00,00,"
                       "00\n[" KSPS "Ksp\\UM]\n\"Image\"=\"scksp.dll\"\n"
                       "[" KSPS "Unused\\UM]\n\"Image\"=\"C:\\\\x\\\\unused.dll\"\n";
    struct findings findings = judge(*state, IMAGE_RULE MACHINE_RULE, software, system, &files);
    assert_string_equal(findings_show(*state, findings),
                        "error image native Csp|Image Path\n"
                        "warning image wow6432node UM|Image\n"
                        "error machine wow6432node Csp|Image Path\n");
    assert_false(findings.items[0].in_system);
    assert_true(findings.items[1].in_system);
    assert_string_equal(findings.items[1].origin->key, KSPS "Ksp\\UM");
    assert_non_null(strstr(findings.items[1].message, "SysWOW64\\scksp.dll"));
    assert_non_null(strstr(findings.items[1].message, "the KSP \"Ksp\""));
}

static void a_rule_can_be_limited_to_a_view(void **state)
{
    static const struct example none = {.nfiles = 0};
    static const char rule[] =
        "- {id: place, title: Title, severity: warning, check: module_outside_windows,\n"
        "   applies_to: {view: wow6432node}, parameters: {folders: [Users]}}\n";
    static const char card[] = MODULE("C:\\\\Users\\\\a.dll") CSP("Csp");
    const char *hive =
        arena_printf(*state,
                     SUPPORT_WINDOWS_10 "[" CARDS "A]\n%s[" WOW CARDS "A]\n%s[" PROVIDERS
                                        "Csp]\n%s[" WOW PROVIDERS "Csp]\n%s",
                     card, card, IMAGE("C:\\\\Users\\\\b.dll"), IMAGE("C:\\\\Users\\\\b.dll"));
    assert_string_equal(findings_show(*state, judge(*state, rule, hive, NULL, &none)),
                        "warning place wow6432node A|80000001\n"
                        "warning place wow6432node Csp|Image Path\n");
}

static void dlls_in_open_folders_are_reported_by_their_paths_alone(void **state)
{
    static const struct example none = {.nfiles = 0};
    static const char found[] = "warning place native Card|80000001\n";
    static const struct file_case cases[] = {
        {"folder of the list", MODULE("C:\\\\Users\\\\a\\\\b.dll"), found},
        {"in another letter case", MODULE("c:/USERS/b.dll"), found},
        {"root of the drive", MODULE("C:\\\\a.dll"), found},
        {"folder of that name anywhere", MODULE("C:\\\\Windows\\\\TEMP\\\\b.dll"), found},
        {"right in the root as well", MODULE("C:\\\\Temp\\\\x\\\\b.dll"), found},
        {"a step up", MODULE("C:\\\\Windows\\\\..\\\\Users\\\\b.dll"), found},
        {"a prefix", MODULE("\\\\\\\\?\\\\C:\\\\Users\\\\b.dll"), found},
        {"a variable of the list", MODULE_IN_TEMP, found},
        {"bare name", MODULE("Users"), ""},
        {"system folder", MODULE("C:\\\\Windows\\\\System32\\\\a.dll"), ""},
        {"a folder that only starts like one", MODULE("C:\\\\UsersX\\\\a.dll"), ""},
        {"a file with the name", MODULE("C:\\\\x\\\\Temp"), ""},
        {"a folder of the root elsewhere", MODULE("C:\\\\x\\\\Users\\\\a.dll"), ""},
        {"another drive", MODULE("D:\\\\Users\\\\a.dll"), ""},
        {"a variable in a REG_SZ", MODULE("%TEMP%\\\\a.dll"), ""},
    };
    check_cases(*state, PLACE_RULE, &none, cases, COUNT_OF(cases));
}

static void a_finding_brings_the_file_along_where_it_was_looked_up(void **state)
{
    static struct example_file there[] = {NTDLL, {"Users\\b.dll", ARCH_AMD64}};
    static const struct example none = {.nfiles = 0}, files = {.files = there, .nfiles = 3};
    static const char hive[] = SUPPORT_WINDOWS_10 "[" CARDS "A]\n" MODULE("C:\\\\Users\\\\b.dll");
    assert_null(judge(*state, PLACE_RULE, hive, NULL, &none).items[0].file);
    assert_string_equal(judge(*state, PLACE_RULE, hive, NULL, &files).items[0].file->found,
                        "Users\\b.dll");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_minidriver_that_is_not_there_is_an_error_for_a_full_path_only),
        SUPPORT_TEST(a_severity_is_never_raised),
        SUPPORT_TEST(a_missing_file_says_where_it_was_looked_for),
        SUPPORT_TEST(without_files_or_system_folder_only_one_note_is_given),
        SUPPORT_TEST(the_note_says_why_and_of_which_file),
        SUPPORT_TEST(entries_that_lead_to_no_dll_need_no_note),
        SUPPORT_TEST(a_dll_has_to_be_for_the_programs_of_its_view),
        SUPPORT_TEST(the_image_of_a_provider_is_judged_once_in_each_view),
        SUPPORT_TEST(a_rule_can_be_limited_to_a_view),
        SUPPORT_TEST(dlls_in_open_folders_are_reported_by_their_paths_alone),
        SUPPORT_TEST(a_finding_brings_the_file_along_where_it_was_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
