/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define NEITHER_RULE RULE("neither", "error", "provider_missing")
#define NO_CSP_RULE  RULE("no-csp", "note", "csp_missing")
#define NO_KSP_RULE  RULE("no-ksp", "note", "ksp_missing")
#define CSP_RULE     RULE("unregistered", "error", "csp_registered")
#define KSP_RULE                                                                                   \
    "- {id: unknown-ksp, title: Title, severity: note, check: ksp_known,\n"                        \
    "   parameters: {providers: ['" BASE_KSP "', '" BASE_CSP "']}}\n"
#define REGISTERED_RULE RULE("unregistered-ksp", "error", "ksp_registered")
#define BAD_RULE                                                                                   \
    "- {id: bad, title: Title, severity: warning, check: provider_known_bad,\n"                    \
    "   parameters: {providers: ['OpenSC CSP']}}\n"
#define DUMMY_RULE                                                                                 \
    "- {id: suppresses, title: Title, severity: note, check: csp_suppresses_pnp,\n"                \
    "   parameters: {providers: ['$DisableSCPnP$', '* Dummy Provider']}}\n"

#define CSP(name) "\"Crypto Provider\"=\"" name "\"\n"
#define KSP(name) "\"Smart Card Key Storage Provider\"=\"" name "\"\n"
#define MODULE    "\"80000001\"=\"contosocm.dll\"\n"
#define ON_CSP(x) x " native Card|Crypto Provider\n"
#define ON_KSP(x) x " native Card|Smart Card Key Storage Provider\n"
#define NEITHER   "error neither native Card|-\n"
#define NO_CSP    "note no-csp native Card|-\n"
#define NO_KSP    "note no-ksp native Card|-\n"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static void a_missing_provider_is_reported_once(void **state)
{
    static const struct entry_case cases[] = {
        {"nothing", "", NEITHER},
        {"a module alone", MODULE, NEITHER},
        {"both empty", CSP("") KSP("") MODULE, NEITHER},
        {"CSP empty, no KSP", CSP("") MODULE, NEITHER},
        {"KSP of a lone NUL", "\"Smart Card Key Storage Provider\"=hex(1):00,00\n" MODULE, NEITHER},
        {"KSP with nothing before a NUL",
         "\"Smart Card Key Storage Provider\"=hex(1):00,00,61,00\n" MODULE, NEITHER},
        {"KSP alone", KSP(BASE_KSP) MODULE, NO_CSP},
        {"KSP alone, no module", KSP(BASE_KSP), NO_CSP},
        {"CSP empty", CSP("") KSP(BASE_KSP) MODULE, NO_CSP},
        {"CSP and module", CSP(BASE_CSP) MODULE, NO_KSP},
        {"KSP empty", CSP(BASE_CSP) KSP("") MODULE, NO_KSP},
        {"CSP of its own and module", CSP("Contoso CSP") MODULE, NO_KSP},
        {"CSP alone", CSP("Contoso CSP"), ""},
        {"CSP and an empty module", CSP("Contoso CSP") "\"80000001\"=\"\"\n", ""},
        {"both", CSP(BASE_CSP) KSP(BASE_KSP) MODULE, ""},
        {"both, one to be expanded",
         CSP(BASE_CSP) "\"Smart Card Key Storage Provider\"=hex(2):61,00\n" MODULE, ""},
        {"CSP of the wrong type, reported as that", "\"Crypto Provider\"=dword:1\n" KSP(BASE_KSP),
         ""},
    };
    findings_check_entries(*state, NEITHER_RULE NO_CSP_RULE NO_KSP_RULE, cases, COUNT_OF(cases));
}

static void a_csp_is_registered_by_a_key_of_its_view_with_an_image_path(void **state)
{
    static const char hive[] = SUPPORT_WINDOWS_10
        "[Microsoft\\Cryptography\\Defaults\\Provider\\Contoso CSP]\n"
        "\"Image Path\"=\"contosocsp.dll\"\n"
        "\"Type\"=dword:1\n"
        "[Microsoft\\Cryptography\\Defaults\\Provider\\A]\n"
        "\"Image Path\"=\"a.dll\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\0 with junk behind a NUL]\n"
        "\"Crypto Provider\"=hex(1):41,00,00,00,78,00\n"
        "[Microsoft\\Cryptography\\Defaults\\Provider\\No image]\n"
        "\"Type\"=dword:1\n"
        "[Wow6432Node\\Microsoft\\Cryptography\\Defaults\\Provider\\Other CSP]\n"
        "\"image path\"=\"contosocsp.dll\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\1 registered]\n"
        "\"Crypto Provider\"=\"Contoso CSP\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\2 in another letter case]\n"
        "\"Crypto Provider\"=\"CONTOSO csp\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\3 misspelled]\n"
        "\"Crypto Provider\"=\"Contoso Csp.\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\4 start of a name]\n"
        "\"Crypto Provider\"=\"Contoso\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\5 no image]\n"
        "\"Crypto Provider\"=\"No image\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\6 in the other view]\n"
        "\"Crypto Provider\"=\"Other CSP\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\7 none]\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\8 empty]\n"
        "\"Crypto Provider\"=\"\"\n"
        "[Microsoft\\Cryptography\\Calais\\SmartCards\\9 wrong type]\n"
        "\"Crypto Provider\"=dword:1\n"
        "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\1 in the other view]\n"
        "\"Crypto Provider\"=\"Contoso CSP\"\n"
        "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\2 registered]\n"
        "\"Crypto Provider\"=\"Other CSP\"\n";
    assert_string_equal(findings_of(*state, CSP_RULE, hive),
                        "error unregistered native 3 misspelled|Crypto Provider\n"
                        "error unregistered native 4 start of a name|Crypto Provider\n"
                        "error unregistered native 5 no image|Crypto Provider\n"
                        "error unregistered native 6 in the other view|Crypto Provider\n"
                        "error unregistered wow6432node 1 in the other view|Crypto Provider\n");
}

static void a_csp_is_unregistered_where_no_provider_is(void **state)
{
    struct findings findings =
        findings_judge(*state, CSP_RULE, SUPPORT_WINDOWS_10 "[" WOW CARDS "Card]\n" CSP(BASE_CSP));
    assert_int_equal(findings.count, 1);
    assert_non_null(strstr(findings.items[0].message, "\"" BASE_CSP "\""));
    assert_non_null(
        strstr(findings.items[0].message, WOW "Microsoft\\Cryptography\\Defaults\\Provider"));
}

static void dummy_providers_are_known_by_name_and_need_no_registration(void **state)
{
    static const struct entry_case cases[] = {
        {"the name of Microsoft's article", CSP("$DisableSCPnP$"), ON_CSP("note suppresses")},
        {"in another letter case", CSP("$disablescpnp$"), ON_CSP("note suppresses")},
        {"a name that ends so", CSP("Contoso Dummy Provider"), ON_CSP("note suppresses")},
        {"in another letter case", CSP("contoso DUMMY PROVIDER"), ON_CSP("note suppresses")},
        {"a name that does not end so", CSP("Contoso Dummy Provider 2"),
         ON_CSP("error unregistered")},
        {"no blank", CSP("ContosoDummy Provider"), ON_CSP("error unregistered")},
        {"a part of it", CSP("DisableSCPnP"), ON_CSP("error unregistered")},
        {"the asterisk itself is nothing special", CSP("*"), ON_CSP("error unregistered")},
        {"as a KSP", KSP("$DisableSCPnP$"), ""},
    };
    findings_check_entries(
        *state,
        "- {id: unregistered, title: Title, severity: error, check: csp_registered,\n"
        "   exempt: {providers: ['$DisableSCPnP$', '* Dummy Provider']}}\n" DUMMY_RULE,
        cases, COUNT_OF(cases));
}

static void a_ksp_that_is_not_of_windows_cannot_be_verified(void **state)
{
    static const struct entry_case cases[] = {
        {"the smart card KSP", KSP(BASE_KSP), ""},
        {"its alias", KSP(BASE_CSP), ""},
        {"in another letter case", KSP("MICROSOFT SMART CARD KEY STORAGE PROVIDER"), ""},
        {"misspelled", KSP("Microsoft Smartcard Key Storage Provider"), ON_KSP("note unknown-ksp")},
        {"longer", KSP(BASE_KSP " "), ON_KSP("note unknown-ksp")},
        {"another", KSP("Contoso KSP"), ON_KSP("note unknown-ksp")},
        {"none", CSP("Contoso CSP"), ""},
        {"empty", KSP(""), ""},
        {"wrong type", "\"Smart Card Key Storage Provider\"=dword:1\n", ""},
    };
    findings_check_entries(*state, KSP_RULE, cases, COUNT_OF(cases));
}

#define KSPS "ControlSet001\\Control\\Cryptography\\Providers\\"

/* A SYSTEM hive with a KSP that has the alias "A". */
static const char some_ksps[] = SUPPORT_SYSTEM
    "[" KSPS "Contoso KSP]\n\"Aliases\"=hex(7):41,00,00,00,00,00\n[" KSPS "Other KSP]\n";

static void a_ksp_is_registered_by_its_name_or_an_alias(void **state)
{
    static const struct entry_case cases[] = {
        {"its name", KSP("Contoso KSP"), ""},
        {"in another letter case", KSP("CONTOSO ksp"), ""},
        {"its alias", KSP("A"), ""},
        {"in another letter case", KSP("a"), ""},
        {"with junk behind a NUL", "\"Smart Card Key Storage Provider\"=hex(1):41,00,00,00,78,00\n",
         ""},
        {"another", KSP("other KSP"), ""},
        {"start of a name", KSP("Contoso"), ON_KSP("error unregistered-ksp")},
        {"longer", KSP("Contoso KSP "), ON_KSP("error unregistered-ksp")},
        {"two names", KSP("A Contoso KSP"), ON_KSP("error unregistered-ksp")},
        {"one of Windows that is not there", KSP(BASE_KSP), ON_KSP("error unregistered-ksp")},
        {"none", CSP("Contoso CSP"), ""},
        {"empty", KSP(""), ""},
        {"wrong type", "\"Smart Card Key Storage Provider\"=dword:1\n", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *got = findings_of_both(
            *state, REGISTERED_RULE KSP_RULE,
            arena_printf(*state, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n%s", cases[i].values),
            some_ksps);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static void a_ksp_serves_all_views(void **state)
{
    static const char software[] = SUPPORT_WINDOWS_10
        "[" WOW CARDS "Card]\n" KSP("Contoso KSP") "[" WOW CARDS "Other]\n" KSP("None");
    assert_string_equal(findings_of_both(*state, REGISTERED_RULE, software, some_ksps),
                        "error unregistered-ksp wow6432node Other|Smart Card Key Storage "
                        "Provider\n");
}

static void a_ksp_is_unregistered_where_none_is(void **state)
{
    static const char software[] = SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" KSP("None");
    struct findings findings = findings_judge_both(*state, REGISTERED_RULE, software,
                                                   support_build(*state, SUPPORT_SYSTEM));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].message,
                        "\"None\" is neither the name nor an alias of a KSP under "
                        "ControlSet001\\Control\\Cryptography\\Providers in the SYSTEM hive");
    assert_false(findings.items[0].in_system); /* it is about the entry */
}

/* Of a SYSTEM hive that cannot be read nothing is known, as of one that is not there. */
static void without_the_system_hive_a_ksp_is_in_doubt(void **state)
{
    static const char software[] = SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" KSP("None");
    assert_string_equal(findings_of(*state, REGISTERED_RULE KSP_RULE, software),
                        ON_KSP("note unknown-ksp"));
    assert_string_equal(findings_of_both(*state, REGISTERED_RULE KSP_RULE, software, "[x]\n"),
                        ON_KSP("note unknown-ksp"));
}

static void a_ksp_is_not_unregistered_where_some_name_cannot_be_read(void **state)
{
    static const char software[] = SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" KSP("None");
    struct memory_hive *system = support_build(*state, some_ksps);
    findings_damage_value(system, "Aliases");
    assert_int_equal(findings_judge_both(*state, REGISTERED_RULE KSP_RULE, software, system).count,
                     0);
}

static void a_provider_that_does_harm_is_reported_where_it_is_named(void **state)
{
    static const struct entry_case cases[] = {
        {"as CSP", CSP("OpenSC CSP") KSP(BASE_KSP), ON_CSP("warning bad")},
        {"as KSP", CSP(BASE_CSP) KSP("opensc csp"), ON_KSP("warning bad")},
        {"as both", CSP("OpenSC CSP") KSP("OpenSC CSP"),
         ON_CSP("warning bad") ON_KSP("warning bad")},
        {"another", CSP("OpenSC CSP2") KSP(BASE_KSP), ""},
        {"none", "", ""},
    };
    findings_check_entries(*state, BAD_RULE, cases, COUNT_OF(cases));
}

static void providers_that_cannot_be_read_are_not_judged(void **state)
{
    static const char *const names[] = {"Crypto Provider", "Smart Card Key Storage Provider"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct memory_hive *hive =
            support_build(*state, arena_printf(*state,
                                               SUPPORT_WINDOWS_10 "[" CARDS "Card]\n" MODULE
                                                                  "\"%s\"=\"OpenSC CSP\"\n",
                                               names[i]));
        findings_damage_value(hive, names[i]);
        assert_string_equal(
            findings_of_damaged(*state, NEITHER_RULE CSP_RULE KSP_RULE BAD_RULE DUMMY_RULE, hive),
            "");
    }
}

static void an_image_path_that_cannot_be_read_is_not_missing(void **state)
{
    struct memory_hive *hive =
        support_build(*state, SUPPORT_WINDOWS_10 "[" PROVIDERS "Contoso CSP]\n"
                                                 "\"Image Path\"=\"contosocsp.dll\"\n"
                                                 "[" CARDS "Card]\n" CSP("Contoso CSP"));
    findings_damage_value(hive, "Image Path");
    assert_string_equal(findings_of_damaged(*state, CSP_RULE, hive), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_missing_provider_is_reported_once),
        SUPPORT_TEST(a_csp_is_registered_by_a_key_of_its_view_with_an_image_path),
        SUPPORT_TEST(a_csp_is_unregistered_where_no_provider_is),
        SUPPORT_TEST(dummy_providers_are_known_by_name_and_need_no_registration),
        SUPPORT_TEST(a_ksp_that_is_not_of_windows_cannot_be_verified),
        SUPPORT_TEST(a_ksp_is_registered_by_its_name_or_an_alias),
        SUPPORT_TEST(a_ksp_serves_all_views),
        SUPPORT_TEST(a_ksp_is_unregistered_where_none_is),
        SUPPORT_TEST(without_the_system_hive_a_ksp_is_in_doubt),
        SUPPORT_TEST(a_ksp_is_not_unregistered_where_some_name_cannot_be_read),
        SUPPORT_TEST(a_provider_that_does_harm_is_reported_where_it_is_named),
        SUPPORT_TEST(providers_that_cannot_be_read_are_not_judged),
        SUPPORT_TEST(an_image_path_that_cannot_be_read_is_not_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
