/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "base/text.h"
#include "base/utf16.h"
#include "findings.h"

#define MISSING_RULE                                                                               \
    "- {id: missing, title: Title, severity: error, check: module_missing,\n"                      \
    "   parameters: {providers: ['" BASE_CSP "', '" BASE_KSP "']}}\n"
#define PATH_RULE RULE("path", "warning", "module_path")
#define INBOX_RULE                                                                                 \
    "- {id: changed, title: Title, severity: error, check: inbox_module,\n"                        \
    "   parameters: {entries: ['" PIV "', '" GENERIC "'], modules: [msclmd.dll]}}\n"

#define CSP(name)    "\"Crypto Provider\"=\"" name "\"\n"
#define KSP(name)    "\"Smart Card Key Storage Provider\"=\"" name "\"\n"
#define MODULE(path) "\"80000001\"=\"" path "\"\n"
#define MISSING      "error missing native Card|-\n"
#define SUSPICIOUS   "warning path native Card|80000001\n"
#define CHANGED(key) "error changed " key "|80000001\n"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void a_minidriver_is_missing_only_where_a_provider_works_through_one(void **state)
{
    static const struct entry_case cases[] = {
        {"CSP of Windows", CSP(BASE_CSP), MISSING},
        {"KSP of Windows", KSP(BASE_KSP), MISSING},
        {"both", CSP(BASE_CSP) KSP(BASE_KSP), MISSING},
        {"in another letter case", CSP("MICROSOFT base smart card CRYPTO provider"), MISSING},
        {"CSP of its own, KSP of Windows", CSP("Contoso CSP") KSP(BASE_KSP), MISSING},
        {"a module of no letters", CSP(BASE_CSP) MODULE(""), MISSING},
        {"a module of a lone NUL", CSP(BASE_CSP) "\"80000001\"=hex(1):00,00\n", MISSING},
        {"a module", CSP(BASE_CSP) KSP(BASE_KSP) MODULE("Fabrikamcm.dll"), ""},
        {"a module that is expanded", CSP(BASE_CSP) "\"80000001\"=hex(2):61,00,00,00\n", ""},
        {"a module of the wrong type, reported as that", CSP(BASE_CSP) "\"80000001\"=dword:1\n",
         ""},
        {"CSP of its own", CSP("Contoso CSP"), ""},
        {"CSP and KSP of its own", CSP("Contoso CSP") KSP("Contoso KSP"), ""},
        {"no provider", "", ""},
        {"a provider of the wrong type", "\"Crypto Provider\"=dword:1\n", ""},
        {"dummy provider", CSP("$DisableSCPnP$"), ""},
    };
    findings_check_entries(*state, MISSING_RULE, cases, COUNT_OF(cases));
}

static void the_missing_minidriver_says_whether_it_is_absent_or_empty(void **state)
{
    struct findings findings = findings_judge(
        *state, MISSING_RULE,
        SUPPORT_WINDOWS_10 "[" CARDS "A]\n" CSP(BASE_CSP) "[" CARDS "B]\n" CSP("Contoso CSP")
            KSP(BASE_KSP) MODULE(""));
    assert_int_equal(findings.count, 2);
    assert_non_null(strstr(findings.items[0].message, "absent, but \"" BASE_CSP "\""));
    assert_non_null(strstr(findings.items[1].message, "empty, but \"" BASE_KSP "\""));
}

static void paths_that_cannot_be_right_are_suspicious(void **state)
{
    static const struct entry_case cases[] = {
        {"quotation marks", MODULE("\\\"C:\\\\Program Files\\\\a.dll\\\""), SUSPICIOUS},
        {"one quotation mark", MODULE("a\\\".dll"), SUSPICIOUS},
        {"blank in front", MODULE(" a.dll"), SUSPICIOUS},
        {"blank behind", MODULE("a.dll "), SUSPICIOUS},
        {"line end behind", "\"80000001\"=hex(1):61,00,0a,00,00,00\n", SUSPICIOUS},
        {"variable in a REG_SZ", MODULE("%SystemRoot%\\\\System32\\\\a.dll"), SUSPICIOUS},
        {"percent sign in a REG_SZ", MODULE("a%b.dll"), SUSPICIOUS},
        {"forward slashes", MODULE("C:/Windows/System32/a.dll"), SUSPICIOUS},
        {"lost backslashes", MODULE("C:Program FilesContosoa.dll"), SUSPICIOUS},
        {"a drive alone", MODULE("C:"), SUSPICIOUS},
        {"steps up", MODULE("C:\\\\Windows\\\\System32\\\\..\\\\a.dll"), SUSPICIOUS},
        {"starts with a step up", MODULE("..\\\\a.dll"), SUSPICIOUS},
        {"ends with a step up", MODULE("C:\\\\Windows\\\\.."), SUSPICIOUS},
        {"network", MODULE("\\\\\\\\server\\\\share\\\\a.dll"), SUSPICIOUS},
        {"another drive", MODULE("D:\\\\build\\\\a.dll"), SUSPICIOUS},
        {"folders without a drive", MODULE("System32\\\\a.dll"), SUSPICIOUS},
        {"root without a drive", MODULE("\\\\Windows\\\\System32\\\\a.dll"), SUSPICIOUS},
        {"32-bit folder in the native view", MODULE("C:\\\\Windows\\\\SysWOW64\\\\a.dll"),
         SUSPICIOUS},
        {"folder of 32-bit ARM programs in the native view",
         MODULE("C:\\\\Windows\\\\SysArm32\\\\a.dll"), SUSPICIOUS},
        {"32-bit folder in another letter case", MODULE("c:\\\\WINDOWS\\\\syswow64\\\\a.dll"),
         SUSPICIOUS},
        {"32-bit folder behind a variable", /* %SystemRoot%\SysWOW64\a */
         "\"80000001\"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,00,"
         "25,00,5c,00,53,00,79,00,73,00,57,00,4f,00,57,00,36,00,34,00,5c,00,61,00,00,00\n",
         SUSPICIOUS},
    };
    findings_check_entries(*state, PATH_RULE, cases, COUNT_OF(cases));
}

static void paths_that_windows_resolves_are_not_suspicious(void **state)
{
    static const struct entry_case cases[] = {
        {"bare name", MODULE("Fabrikamcm.dll"), ""},
        {"System32", MODULE("C:\\\\Windows\\\\System32\\\\a.dll"), ""},
        {"drive in lower case", MODULE("c:\\\\windows\\\\system32\\\\a.dll"), ""},
        {"Program Files", MODULE("C:\\\\Program Files (x86)\\\\Contoso [2]\\\\a.dll"), ""},
        {"dots in names", MODULE("C:\\\\Contoso..2\\\\..a\\\\a...dll"), ""},
        {"folder that only starts like the 32-bit one",
         MODULE("C:\\\\Windows\\\\SysWOW64x\\\\a.dll"), ""},
        {"variable in a REG_EXPAND_SZ", /* %windir%\a */
         "\"80000001\"=hex(2):25,00,77,00,69,00,6e,00,64,00,69,00,72,00,25,00,5c,00,61,00,00,00\n",
         ""},
        {"other variable in a REG_EXPAND_SZ", /* %x%\a */
         "\"80000001\"=hex(2):25,00,78,00,25,00,5c,00,61,00,00,00\n", ""},
        {"no NUL at the end", "\"80000001\"=hex(1):61,00\n", ""},
        {"empty", MODULE(""), ""},
        {"wrong type", "\"80000001\"=hex:22,00\n", ""},
        {"absent", "", ""},
    };
    findings_check_entries(*state, PATH_RULE, cases, COUNT_OF(cases));
}

static void the_32_bit_view_may_name_either_system_folder(void **state)
{
    static const char hive[] =
        SUPPORT_WINDOWS_10 "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\A]\n"
                           "\"80000001\"=\"C:\\\\Windows\\\\System32\\\\a.dll\"\n"
                           "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\B]\n"
                           "\"80000001\"=\"C:\\\\Windows\\\\SysWOW64\\\\a.dll\"\n"
                           "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\C]\n"
                           "\"80000001\"=\"D:\\\\a.dll\"\n";
    assert_string_equal(findings_of(*state, PATH_RULE, hive),
                        "warning path wow6432node C|80000001\n");
}

static void the_drive_and_folder_of_windows_are_those_of_its_hive(void **state)
{
    static const char hive[] =
        SUPPORT_WINDOWS_10 "[Microsoft\\Windows NT\\CurrentVersion]\n"
                           "\"SystemRoot\"=\"D:\\\\WINNT\"\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\A]\n"
                           "\"80000001\"=\"D:\\\\Contoso\\\\a.dll\"\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\B]\n"
                           "\"80000001\"=\"C:\\\\Windows\\\\a.dll\"\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\C]\n"
                           "\"80000001\"=\"d:\\\\winnt\\\\SysWOW64\\\\a.dll\"\n";
    assert_string_equal(findings_of(*state, PATH_RULE, hive), "warning path native B|80000001\n"
                                                              "warning path native C|80000001\n");
}

static void the_system_folders_of_an_inbox_module_are_those_of_its_hive(void **state)
{
    static const char hive[] = SUPPORT_WINDOWS_10
        "[Microsoft\\Windows NT\\CurrentVersion]\n"
        "\"SystemRoot\"=\"D:\\\\WINNT\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\Identity Device (NIST SP 800-73 [PIV])]\n"
        "\"80000001\"=\"D:\\\\winnt\\\\System32\\\\msclmd.dll\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\Identity Device (Microsoft Generic "
        "Profile)]\n"
        "\"80000001\"=\"C:\\\\Windows\\\\System32\\\\msclmd.dll\"\n";
    assert_string_equal(findings_of(*state, INBOX_RULE, hive), CHANGED("native " GENERIC));
}

/* The module of the PIV entry, and whether it is the one that Windows brings along. */
static const struct {
    const char *path;
    bool is_changed;
} inbox_modules[] = {
    {"msclmd.dll", false},
    {"MSCLMD.DLL", false},
    {"C:\\\\Windows\\\\System32\\\\msclmd.dll", false},
    {"C:\\\\Windows\\\\SysWOW64\\\\msclmd.dll", false},
    {"c:\\\\WINDOWS\\\\system32\\\\MSCLMD.dll", false},
    {"%SystemRoot%\\System32\\msclmd.dll", false},
    {"%WINDIR%\\SysWOW64\\msclmd.dll", false},
    {"C:\\\\Windows\\\\SysArm32\\\\msclmd.dll", false},
    {"", false}, /* module-missing says that */
    {"ykmd.dll", true},
    {"msclmd", true},
    {"msclmd.dll ", true},
    {"msclmd.dll.exe", true},
    {"xmsclmd.dll", true},
    {"C:\\\\Windows\\\\System32\\\\ykmd.dll", true},
    {"C:\\\\Users\\\\Public\\\\msclmd.dll", true},
    {"C:\\\\msclmd.dll", true},
    {"D:\\\\Windows\\\\System32\\\\msclmd.dll", true},
    {"C:msclmd.dll", true},
    {".\\\\msclmd.dll", true},
    {"C:\\\\Windows\\\\System32\\\\drivers\\\\msclmd.dll", true},
    {"C:\\\\Windows\\\\System32\\\\..\\\\Temp\\\\msclmd.dll", true},
    {"C:\\\\Windows\\\\System32x\\\\msclmd.dll", true},
    {"C:/Windows/Temp/msclmd.dll", true},
    {"\\\\\\\\server\\\\System32\\\\msclmd.dll", true},
    {"%TEMP%\\msclmd.dll", true},
    {"C:\\\\Windows\\\\System32\\\\evil.dll:msclmd.dll", true}, /* a data stream */
    {"C:\\\\Windows\\\\System32\\\\msclmd.dll:evil.dll", true},
};

/* A path with a variable is a REG_EXPAND_SZ: Windows expands no other type. */
static const char *module_text(struct arena *arena, const char *path)
{
    if (!strchr(path, '%'))
        return arena_printf(arena, "\"80000001\"=\"%s\"\n", path);
    return arena_printf(arena, "\"80000001\"=hex(2):%s,00,00\n",
                        text_hex(arena, utf16_encode(arena, path), ","));
}

static void an_inbox_entry_names_msclmd_bare_or_in_a_system_folder(void **state)
{
    for (size_t i = 0; i < COUNT_OF(inbox_modules); i++) {
        const char *path = inbox_modules[i].path;
        const char *got = findings_of(*state, INBOX_RULE,
                                      arena_printf(*state, SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n%s",
                                                   module_text(*state, path)));
        if (strcmp(got, inbox_modules[i].is_changed ? CHANGED("native " PIV) : "") != 0)
            fail_msg("%s: got \"%s\"", path, got);
    }
}

static void only_inbox_entries_have_to_name_msclmd_in_any_view_and_letter_case(void **state)
{
    static const char hive[] = SUPPORT_WINDOWS_10
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\Contoso]\n"
        "\"80000001\"=\"contosocm.dll\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\Identity Device (NIST SP 800-73)]\n"
        "\"80000001\"=\"contosocm.dll\"\n"
        "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\identity device (microsoft "
        "generic profile)]\n"
        "\"80000001\"=\"contosocm.dll\"\n"
        "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\Identity Device (NIST SP "
        "800-73 [PIV])]\n"
        "\"80000001\"=\"msclmd.dll\"\n";
    assert_string_equal(findings_of(*state, INBOX_RULE, hive),
                        CHANGED("wow6432node identity device (microsoft generic profile)"));
}

static void a_changed_module_is_told_from_one_in_another_place(void **state)
{
    static const char *const places[] = {"C:\\\\Temp\\\\msclmd.dll", "C:/Temp/msclmd.dll",
                                         "C:msclmd.dll"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct findings findings =
            findings_judge(*state, INBOX_RULE,
                           arena_printf(*state, SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n%s",
                                        module_text(*state, places[i])));
        assert_int_equal(findings.count, 1);
        assert_non_null(strstr(findings.items[0].message, "outside its system folders"));
    }
    struct findings findings = findings_judge(
        *state, INBOX_RULE, SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n" MODULE("C:\\\\Temp\\\\a.dll"));
    assert_non_null(strstr(findings.items[0].message, "got \"C:\\Temp\\a.dll\", want msclmd.dll"));
}

static void a_module_that_cannot_be_read_is_not_judged(void **state)
{
    struct memory_hive *hive = support_build(
        *state, SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n" CSP(BASE_CSP) MODULE("D:\\\\contosocm.dll"));
    findings_damage_value(hive, "80000001");
    assert_string_equal(findings_of_damaged(*state, MISSING_RULE PATH_RULE INBOX_RULE, hive), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_minidriver_is_missing_only_where_a_provider_works_through_one),
        SUPPORT_TEST(the_missing_minidriver_says_whether_it_is_absent_or_empty),
        SUPPORT_TEST(paths_that_cannot_be_right_are_suspicious),
        SUPPORT_TEST(paths_that_windows_resolves_are_not_suspicious),
        SUPPORT_TEST(the_32_bit_view_may_name_either_system_folder),
        SUPPORT_TEST(the_drive_and_folder_of_windows_are_those_of_its_hive),
        SUPPORT_TEST(the_system_folders_of_an_inbox_module_are_those_of_its_hive),
        SUPPORT_TEST(an_inbox_entry_names_msclmd_bare_or_in_a_system_folder),
        SUPPORT_TEST(only_inbox_entries_have_to_name_msclmd_in_any_view_and_letter_case),
        SUPPORT_TEST(a_changed_module_is_told_from_one_in_another_place),
        SUPPORT_TEST(a_module_that_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
