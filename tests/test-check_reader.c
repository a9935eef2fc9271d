/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define VALUE_RULE     RULE("value", "warning", "retry_value")
#define MISPLACED_RULE RULE("misplaced", "warning", "retry_misplaced")
#define STRAY_RULE                                                                                 \
    "- id: stray\n  title: Title\n  severity: warning\n  check: stray_key\n  parameters:\n"        \
    "    keys:\n    - Microsoft\\Wow6432Node\\Microsoft\\Cryptography\\Calais\n"                   \
    "    - Microsoft\\Cryptograph\\Calais\n"

#define CALAIS  "Microsoft\\Cryptography\\Calais\\"
#define RETRY   "\"RetryDeviceInitialize\"="
#define WINDOWS SUPPORT_WINDOWS_10

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void check_hives(struct arena *arena, const char *rules, const char *const cases[][3],
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = findings_of(arena, rules, cases[i][1]);
        if (strcmp(got, cases[i][2]) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i][0], got, cases[i][2]);
    }
}

static void a_retry_value_other_than_1_is_reported_where_it_is_a_number(void **state)
{
    static const char found[] = "warning value native Readers|RetryDeviceInitialize\n";
    static const char *const cases[][3] = {
        {"1", WINDOWS "[" READERS "]\n" RETRY "dword:00000001\n", ""},
        {"0", WINDOWS "[" READERS "]\n" RETRY "dword:00000000\n", found},
        {"2", WINDOWS "[" READERS "]\n" RETRY "dword:00000002\n", found},
        {"1 in the top byte", WINDOWS "[" READERS "]\n" RETRY "dword:01000000\n", found},
        {"name in another letter case",
         WINDOWS "[" READERS "]\n\"retrydeviceinitialize\"=dword:0\n",
         "warning value native Readers|retrydeviceinitialize\n"},
        {"text", WINDOWS "[" READERS "]\n" RETRY "\"0\"\n", ""},
        {"big-endian", WINDOWS "[" READERS "]\n" RETRY "hex(5):00,00,00,00\n", ""},
        {"3 bytes", WINDOWS "[" READERS "]\n" RETRY "hex(4):00,00,00\n", ""},
        {"absent", WINDOWS "[" READERS "]\n", ""},
        {"no Readers key", WINDOWS, ""},
        {"in the view that does not count", WINDOWS "[" WOW READERS "]\n" RETRY "dword:0\n", ""},
        {"of one reader", WINDOWS "[" READERS "\\Contoso 1]\n" RETRY "dword:0\n", ""},
    };
    check_hives(*state, VALUE_RULE, cases, COUNT_OF(cases));
}

static void a_retry_value_where_windows_does_not_look_is_misplaced(void **state)
{
    static const char found[] = "warning misplaced wow6432node Readers|RetryDeviceInitialize\n";
    static const char key[] = "warning misplaced native RetryDeviceInitialize|-\n";
    static const char *const cases[][3] = {
        {"native", WINDOWS "[" READERS "]\n" RETRY "dword:1\n", ""},
        {"none", WINDOWS "[" WOW READERS "]\n\"Other\"=dword:1\n", ""},
        {"32-bit view", WINDOWS "[" WOW READERS "]\n" RETRY "dword:1\n", found},
        {"32-bit view, wrong type", WINDOWS "[" WOW READERS "]\n" RETRY "\"1\"\n", found},
        {"both", WINDOWS "[" READERS "]\n" RETRY "dword:1\n[" WOW READERS "]\n" RETRY "dword:1\n",
         found},
        {"32-bit view in another letter case",
         WINDOWS "[wow6432NODE\\" READERS "]\n" RETRY "dword:1\n", found},
        {"32-bit view of a 32-bit Windows",
         "[Microsoft\\Windows NT\\CurrentVersion]\n"
         "\"BuildLabEx\"=\"7601.17514.x86fre.win7sp1_rtm.101119-1850\"\n"
         "[" CALAIS "SmartCards]\n[" WOW READERS "]\n" RETRY "dword:1\n",
         found},
        {"a key", WINDOWS "[" READERS "\\RetryDeviceInitialize]\n@=dword:1\n", key},
        {"a key in another letter case", WINDOWS "[" READERS "\\RETRYdeviceinitialize]\n",
         "warning misplaced native RETRYdeviceinitialize|-\n"},
        {"a key in the 32-bit view", WINDOWS "[" WOW READERS "\\RetryDeviceInitialize]\n",
         "warning misplaced wow6432node RetryDeviceInitialize|-\n"},
        {"a key beside the value",
         WINDOWS "[" READERS "]\n" RETRY "dword:1\n[" READERS "\\RetryDeviceInitialize]\n", key},
        {"another key", WINDOWS "[" READERS "\\RetryDeviceInitialize 2]\n", ""},
    };
    check_hives(*state, MISPLACED_RULE, cases, COUNT_OF(cases));
}

static void the_two_misspelled_paths_are_stray_and_no_others(void **state)
{
    static const char *const cases[][3] = {
        {"none", WINDOWS, ""},
        {"Microsoft\\Wow6432Node",
         WINDOWS "[Microsoft\\Wow6432Node\\Microsoft\\Cryptography\\Calais]\n",
         "warning stray native Calais|-\n"},
        {"in another letter case",
         WINDOWS "[Microsoft\\WOW6432NODE\\Microsoft\\cryptography\\CALAIS\\SmartCards]\n",
         "warning stray native Calais|-\n"},
        {"Cryptograph", WINDOWS "[Microsoft\\Cryptograph\\Calais\\SmartCards\\Card]\n",
         "warning stray native Calais|-\n"},
        {"Microsoft\\Wow6432Node without Calais",
         WINDOWS "[Microsoft\\Wow6432Node\\Microsoft\\Cryptography]\n", ""},
        {"Cryptograph without Calais", WINDOWS "[Microsoft\\Cryptograph]\n", ""},
        {"Cryptograph in the 32-bit view", WINDOWS "[" WOW "Microsoft\\Cryptograph\\Calais]\n", ""},
        {"another misspelling", WINDOWS "[Microsoft\\Cryptographie\\Calais]\n", ""},
    };
    check_hives(*state, STRAY_RULE, cases, COUNT_OF(cases));
}

/* Names of keys below Calais, and whether they are taken for SmartCards or Readers. */
static const struct {
    const char *name;
    bool is_stray;
} children[] = {
    {"!SmartCards", true},
    {"Smart Cards", true},
    {"Smart_Cards", true},
    {"smart-cards", true},
    {"SmartCards.", true},
    {"SMARTCARDS ", true},
    {"S.m.a.r.t.C.a.r.d.s", true},
    {"!Readers", true},
    {"READERS!", true},
    {"(Readers)", true},
    {"SmartCards", false},
    {"smartcards", false},
    {"Readers", false},
    {"READERS", false},
    {"Cache", false},
    {"Current", false},
    {"PIV Device ATR Cache", false},
    {"IDMP ATR Cache", false},
    {"SmartCard", false},
    {"SmartCards2", false},
    {"XSmartCards", false},
    {"Reader", false},
    {"Readers of old", false},
    {"SmartCardsReaders", false},
    {"!", false},
    {"...", false},
};

static void a_name_with_other_punctuation_is_stray_and_no_other_child_of_calais(void **state)
{
    for (size_t i = 0; i < COUNT_OF(children); i++)
        for (enum view view = VIEW_NATIVE; view <= VIEW_WOW6432NODE; view++) {
            const char *root = view == VIEW_NATIVE ? "" : WOW;
            const char *hive =
                arena_printf(*state, WINDOWS "[%s" CALAIS "%s]\n", root, children[i].name);
            const char *expected = children[i].is_stray
                                       ? arena_printf(*state, "warning stray %s %s|-\n",
                                                      view_name(view), children[i].name)
                                       : "";
            const char *got = findings_of(*state, STRAY_RULE, hive);
            if (strcmp(got, expected) != 0)
                fail_msg("%s%s: got \"%s\", want \"%s\"", root, children[i].name, got, expected);
        }
}

static void letters_beyond_ascii_are_not_punctuation(void **state)
{
    assert_string_equal(findings_of(*state, STRAY_RULE, WINDOWS "[" CALAIS "Readers\u00e9]\n"), "");
}

static void a_value_that_cannot_be_read_is_not_judged(void **state)
{
    struct memory_hive *hive =
        support_build(*state, WINDOWS "[" READERS "]\n" RETRY "hex(4):00,00,00,00,00,00,00,00\n"
                                      "[" WOW READERS "]\n" RETRY "hex:00,00,00,00,00,00,00,00\n");
    findings_damage_value(hive, "RetryDeviceInitialize");
    assert_string_equal(findings_of_damaged(*state, VALUE_RULE MISPLACED_RULE, hive), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_retry_value_other_than_1_is_reported_where_it_is_a_number),
        SUPPORT_TEST(a_retry_value_where_windows_does_not_look_is_misplaced),
        SUPPORT_TEST(the_two_misspelled_paths_are_stray_and_no_others),
        SUPPORT_TEST(a_name_with_other_punctuation_is_stray_and_no_other_child_of_calais),
        SUPPORT_TEST(letters_beyond_ascii_are_not_punctuation),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
