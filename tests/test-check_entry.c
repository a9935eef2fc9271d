/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define INBOX_RULE                                                                                 \
    "- {id: no-inbox, title: Title, severity: note, check: inbox_missing,\n"                       \
    "   parameters: {entries: ['" PIV "', '" GENERIC "']}}\n"
#define ONE_VIEW_RULE                                                                              \
    "- {id: one-view, title: Title, severity: warning, check: view_asymmetric,\n"                  \
    "   exempt: {providers: ['$DisableSCPnP$']}}\n"
#define DIFFERS_RULE RULE("differs", "warning", "view_differs")
#define FORM_RULES                                                                                 \
    RULE("malformed", "warning", "string_malformed") RULE("no-nul", "note", "string_unterminated")

#define CSP(name)    "\"Crypto Provider\"=\"" name "\"\n"
#define KSP(name)    "\"Smart Card Key Storage Provider\"=\"" name "\"\n"
#define MODULE(name) "\"80000001\"=\"" name "\"\n"
#define PAIR         "\"ATR\"=hex:3b,02,14,58\n\"ATRMask\"=hex:ff,ff,ff,ff\n"

#define WINDOWS(build_lab)                                                                         \
    "[Microsoft\\Windows NT\\CurrentVersion]\n\"CurrentBuildNumber\"=\"19045\"\n"                  \
    "\"BuildLabEx\"=\"" build_lab "\"\n[Microsoft\\Cryptography\\Calais\\SmartCards]\n"
#define X86   WINDOWS("7601.17514.x86fre.win7sp1_rtm.101119-1850")
#define AMD64 WINDOWS("19041.1.amd64fre.vb_release.191206-1406")
#define ARM64 WINDOWS("19041.1.arm64fre.vb_release.191206-1406")

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* A hive, and what it is reported as. */
struct hive_case {
    const char *name, *hive, *expected;
};

static void check_hives(struct arena *arena, const char *rules, const struct hive_case *cases,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got = findings_of(arena, rules, cases[i].hive);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static void an_inbox_entry_is_missing_where_no_view_has_it(void **state)
{
    static const struct hive_case cases[] = {
        {"both", AMD64 "[" CARDS PIV "]\n[" CARDS GENERIC "]\n", ""},
        {"in another letter case",
         AMD64 "[" CARDS "IDENTITY DEVICE (nist SP 800-73 [piv])]\n"
               "[" CARDS "identity device (microsoft generic profile)]\n",
         ""},
        {"one in the other view only, which view-asymmetric reports",
         AMD64 "[" CARDS PIV "]\n[" WOW CARDS GENERIC "]\n", ""},
        {"one", AMD64 "[" CARDS PIV "]\n", "note no-inbox native SmartCards|-\n"},
        {"none", AMD64, "note no-inbox native SmartCards|-\nnote no-inbox native SmartCards|-\n"},
        {"a name that is nearly it",
         AMD64 "[" CARDS GENERIC "]\n[" CARDS "Identity Device (NIST SP 800-73 P)]\n",
         "note no-inbox native SmartCards|-\n"},
    };
    check_hives(*state, INBOX_RULE, cases, COUNT_OF(cases));
}

static void a_missing_inbox_entry_is_named(void **state)
{
    struct findings findings = findings_judge(*state, INBOX_RULE, AMD64 "[" CARDS GENERIC "]\n");
    assert_int_equal(findings.count, 1);
    assert_non_null(strstr(findings.items[0].message, "\"" PIV "\""));
    assert_string_equal(findings.items[0].origin->key,
                        "Microsoft\\Cryptography\\Calais\\SmartCards");
}

static void an_entry_in_one_view_only_is_reported_on_64_bit_windows(void **state)
{
    static const struct hive_case cases[] = {
        {"both views", AMD64 "[" CARDS "Card]\n[" WOW CARDS "Card]\n", ""},
        {"both views, in another letter case", AMD64 "[" CARDS "Card]\n[" WOW CARDS "CARD]\n", ""},
        {"native only", AMD64 "[" CARDS "Card]\n[" WOW CARDS "Card 2]\n[" CARDS "Card 2]\n",
         "warning one-view native Card|-\n"},
        {"32-bit only", AMD64 "[" WOW CARDS "Card]\n", "warning one-view wow6432node Card|-\n"},
        {"each in another", AMD64 "[" CARDS "A]\n[" WOW CARDS "B]\n",
         "warning one-view native A|-\nwarning one-view wow6432node B|-\n"},
        {"no 32-bit view at all", AMD64 "[" CARDS "Card]\n", "warning one-view native Card|-\n"},
        {"32-bit view in another letter case",
         AMD64 "[" CARDS "Card]\n[WOW6432NODE\\" CARDS "Card]\n", ""},
        {"ARM64", ARM64 "[" CARDS "Card]\n", "warning one-view native Card|-\n"},
        {"the view of 32-bit ARM programs is rarely filled",
         ARM64 "[" CARDS "Card]\n[" WOW CARDS "Card]\n[WowAA32Node\\" CARDS "Other]\n", ""},
        {"32-bit Windows", X86 "[" CARDS "Card]\n", ""},
        {"32-bit Windows with a stray view", X86 "[" CARDS "Card]\n[" WOW CARDS "Other]\n", ""},
        {"unknown bitness, a 32-bit view", "[" CARDS "Card]\n[Wow6432Node]\n",
         "warning one-view native Card|-\n"},
        {"unknown bitness, one view", "[" CARDS "Card]\n", ""},
        {"exempt", AMD64 "[" CARDS "Card]\n" CSP("$disablescpnp$"), ""},
    };
    check_hives(*state, ONE_VIEW_RULE, cases, COUNT_OF(cases));
}

/* The values of an entry in the native view and in the other, and what is reported. */
static const struct {
    const char *name, *native, *other, *expected;
} view_pairs[] = {
    {"the same", PAIR CSP("A") KSP("B"), PAIR CSP("A") KSP("B"), ""},
    {"module", PAIR MODULE("a64.dll"), PAIR MODULE("a32.dll"), ""},
    {"other values", PAIR "\"InstalledBy\"=\"a\"\n", PAIR "\"80000100\"=\"b\"\n", ""},
    {"letter case of providers", CSP("Contoso"), CSP("CONTOSO"), ""},
    {"type of a provider", CSP("a"), "\"Crypto Provider\"=hex(2):61,00,00,00\n", ""},
    {"NUL at the end of a provider", CSP("a"), "\"Crypto Provider\"=hex(1):61,00\n", ""},
    {"ATR", PAIR, "\"ATR\"=hex:3b,02,14,59\n\"ATRMask\"=hex:ff,ff,ff,ff\n",
     "warning differs native Card|ATR\n"},
    {"length of ATR", "\"ATR\"=hex:3b,00\n", "\"ATR\"=hex:3b\n",
     "warning differs native Card|ATR\n"},
    {"ATR of no bytes", "\"ATR\"=hex:\n", "\"ATR\"=hex:\n", ""},
    {"ATR of no bytes, ATR absent", "\"ATR\"=hex:\n", "", "warning differs native Card|ATR\n"},
    {"ATR absent in the native view", "", "\"ATR\"=hex:3b,00\n",
     "warning differs native Card|ATR\n"},
    {"mask", PAIR, "\"ATR\"=hex:3b,02,14,58\n\"ATRMask\"=hex:ff,ff,ff,00\n",
     "warning differs native Card|ATRMask\n"},
    {"mask of all FF, mask absent", PAIR, "\"ATR\"=hex:3b,02,14,58\n", ""},
    {"mask absent, mask of all FF", "\"ATR\"=hex:3b,02,14,58\n", PAIR, ""},
    {"mask absent, mask of FF and another length", "\"ATR\"=hex:3b,02,14,58\n",
     "\"ATR\"=hex:3b,02,14,58\n\"ATRMask\"=hex:ff,ff,ff\n",
     "warning differs native Card|ATRMask\n"},
    {"mask absent, mask that is not all FF", "\"ATR\"=hex:3b,02,14,58\n",
     "\"ATR\"=hex:3b,02,14,58\n\"ATRMask\"=hex:ff,ff,ff,00\n",
     "warning differs native Card|ATRMask\n"},
    {"CSP", CSP("A"), CSP("B"), "warning differs native Card|Crypto Provider\n"},
    {"KSP", KSP("A"), KSP("B"), "warning differs native Card|Smart Card Key Storage Provider\n"},
    {"all: one finding, on the first", PAIR CSP("A") KSP("B"), CSP("C"),
     "warning differs native Card|ATR\n"},
    {"type of ATR", "\"ATR\"=hex:3b,00\n", "\"ATR\"=hex(1):3b,00\n",
     "warning differs native Card|ATR\n"},
};

static void what_pairs_a_card_must_be_the_same_in_both_views(void **state)
{
    for (size_t i = 0; i < COUNT_OF(view_pairs); i++) {
        const char *hive = arena_printf(*state, AMD64 "[" CARDS "Card]\n%s[" WOW CARDS "CARD]\n%s",
                                        view_pairs[i].native, view_pairs[i].other);
        const char *got = findings_of(*state, DIFFERS_RULE, hive);
        if (strcmp(got, view_pairs[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", view_pairs[i].name, got,
                     view_pairs[i].expected);
    }
}

static void a_difference_names_both_sides(void **state)
{
    struct findings findings = findings_judge(
        *state, DIFFERS_RULE,
        AMD64 "[" CARDS "Card]\n" PAIR CSP("A") "[" WOW CARDS "Card]\n" PAIR KSP("B"));
    assert_int_equal(findings.count, 1);
    const char *message = findings.items[0].message;
    assert_non_null(strstr(message, WOW CARDS "Card"));
    assert_non_null(strstr(message, "Crypto Provider is \"A\" here and absent there"));
    assert_non_null(strstr(message, "Smart Card Key Storage Provider is absent here and \"B\""));
    assert_null(strstr(message, "ATR"));
}

static void views_that_windows_does_not_have_are_not_compared(void **state)
{
    static const struct hive_case cases[] = {
        {"32-bit Windows", X86 "[" CARDS "Card]\n" CSP("A") "[" WOW CARDS "Card]\n" CSP("B"), ""},
        {"ARM programs on amd64",
         AMD64 "[" CARDS "Card]\n" CSP("A") "[WowAA32Node\\" CARDS "Card]\n" CSP("B"), ""},
        {"ARM programs on ARM64",
         ARM64 "[" CARDS "Card]\n" CSP("A") "[WowAA32Node\\" CARDS "Card]\n" CSP("B"),
         "warning differs native Card|Crypto Provider\n"},
    };
    check_hives(*state, DIFFERS_RULE, cases, COUNT_OF(cases));
}

/* Only the value that is spelled in capitals is damaged. */
static void a_value_that_cannot_be_read_differs_from_nothing(void **state)
{
    static const char *const hives[] = {
        AMD64 "[" CARDS "Card]\n\"ATR\"=hex:3b,04,51,ff,08,00\n"
              "[" WOW CARDS "Card]\n\"atr\"=hex:3b,04,51,ff,08,01\n",
        AMD64 "[" CARDS "Card]\n\"atr\"=hex:3b,04,51,ff,08,00\n"
              "[" WOW CARDS "Card]\n\"ATR\"=hex:3b,04,51,ff,08,01\n",
    };
    for (size_t i = 0; i < COUNT_OF(hives); i++) {
        struct memory_hive *hive = support_build(*state, hives[i]);
        findings_damage_value(hive, "ATR");
        assert_string_equal(findings_of_damaged(*state, DIFFERS_RULE FORM_RULES, hive), "");
    }
}

static void malformed_strings_are_reported_once(void **state)
{
    static const struct entry_case cases[] = {
        {"sound", CSP("a") KSP("b") MODULE("c") "\"InstalledBy\"=\"d\"\n", ""},
        {"empty", CSP("") "\"80000001\"=hex(1):\n", ""},
        {"NULs at the end", "\"80000001\"=hex(1):61,00,00,00,00,00\n", ""},
        {"NULs only", "\"80000001\"=hex(1):00,00,00,00\n", ""},
        {"surrogate pair", "\"80000001\"=hex(1):3d,d8,00,de,00,00\n", ""},
        {"odd length", "\"80000001\"=hex(1):61,00,00,00,00\n",
         "warning malformed native Card|80000001\n"},
        {"odd length without NUL", "\"80000001\"=hex(1):61,00,62\n",
         "warning malformed native Card|80000001\n"},
        {"a single byte", "\"80000001\"=hex(1):61\n", "warning malformed native Card|80000001\n"},
        {"embedded NUL", "\"80000001\"=hex(1):61,00,00,00,62,00,00,00\n",
         "warning malformed native Card|80000001\n"},
        {"embedded NUL without NUL", "\"80000001\"=hex(1):61,00,00,00,62,00\n",
         "warning malformed native Card|80000001\n"},
        {"lone high surrogate", "\"80000001\"=hex(1):3d,d8,00,00\n",
         "warning malformed native Card|80000001\n"},
        {"lone low surrogate", "\"80000001\"=hex(1):00,de,61,00,00,00\n",
         "warning malformed native Card|80000001\n"},
        {"no NUL", "\"80000001\"=hex(1):61,00\n", "note no-nul native Card|80000001\n"},
        {"no NUL, expandable", "\"80000001\"=hex(2):61,00\n", "note no-nul native Card|80000001\n"},
        {"one flaw in each value",
         "\"Crypto Provider\"=hex(1):61,00\n\"Smart Card Key Storage Provider\"=hex(1):61\n"
         "\"80000001\"=hex(1):61,00\n\"InstalledBy\"=hex(1):3d,d8,00,00\n",
         "warning malformed native Card|InstalledBy\n"
         "warning malformed native Card|Smart Card Key Storage Provider\n"
         "note no-nul native Card|80000001\nnote no-nul native Card|Crypto Provider\n"},
        {"wrong type", "\"80000001\"=dword:1\n\"Crypto Provider\"=hex:61,00\n",
         "warning malformed native Card|80000001\nwarning malformed native Card|Crypto Provider\n"},
        {"list of strings", "\"80000001\"=hex(7):61,00,00,00,00,00\n",
         "warning malformed native Card|80000001\n"},
        {"values of other kinds", "\"Primary Provider\"=dword:1\n\"Custom\"=hex(1):61\n", ""},
    };
    findings_check_entries(*state, FORM_RULES, cases, COUNT_OF(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(an_inbox_entry_is_missing_where_no_view_has_it),
        SUPPORT_TEST(a_missing_inbox_entry_is_named),
        SUPPORT_TEST(an_entry_in_one_view_only_is_reported_on_64_bit_windows),
        SUPPORT_TEST(what_pairs_a_card_must_be_the_same_in_both_views),
        SUPPORT_TEST(a_difference_names_both_sides),
        SUPPORT_TEST(views_that_windows_does_not_have_are_not_compared),
        SUPPORT_TEST(a_value_that_cannot_be_read_differs_from_nothing),
        SUPPORT_TEST(malformed_strings_are_reported_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
