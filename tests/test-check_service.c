/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include "findings.h"

#define SERVICE_RULE     RULE("service", "note", "smart_card_service_disabled")
#define CERTIFICATE_RULE RULE("certificates", "note", "certificate_propagation_disabled")
#define FILTER_RULE                                                                                \
    "- {id: filter, title: Title, severity: note, check: pnp_filter_missing,\n"                    \
    "   parameters: {entries: ['" PIV "']}}\n"

#define SERVICES "ControlSet001\\Services\\"
#define CARD     SUPPORT_WINDOWS_10 "[" CARDS "Card]\n\"80000001\"=\"contosocm.dll\"\n"

struct service_case {
    const char *name, *software, *system, *expected;
};

static void check_cases(void **state, const char *rules, const struct service_case *cases,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *got =
            findings_of_both(*state, rules, cases[i].software,
                             arena_printf(*state, SUPPORT_SYSTEM "%s", cases[i].system));
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].expected);
    }
}

static void a_disabled_service_is_reported_at_its_value(void **state)
{
    static const char found[] = "note service none SCardSvr|Start\n";
    static const struct service_case cases[] = {
        {"disabled", SUPPORT_WINDOWS_10, "[" SERVICES "SCardSvr]\n\"Start\"=dword:4\n", found},
        {"in another letter case", SUPPORT_WINDOWS_10,
         "[" SERVICES "scardsvr]\n\"start\"=dword:4\n", "note service none SCardSvr|start\n"},
        {"on demand", SUPPORT_WINDOWS_10, "[" SERVICES "SCardSvr]\n\"Start\"=dword:3\n", ""},
        {"automatic", SUPPORT_WINDOWS_10, "[" SERVICES "SCardSvr]\n\"Start\"=dword:2\n", ""},
        {"text", SUPPORT_WINDOWS_10, "[" SERVICES "SCardSvr]\n\"Start\"=\"4\"\n", ""},
        {"no Start", SUPPORT_WINDOWS_10, "[" SERVICES "SCardSvr]\n", ""},
        {"no service", SUPPORT_WINDOWS_10, "", ""},
        {"another service", SUPPORT_WINDOWS_10, "[" SERVICES "CertPropSvc]\n\"Start\"=dword:4\n",
         "note certificates none CertPropSvc|Start\n"},
    };
    check_cases(state, SERVICE_RULE CERTIFICATE_RULE, cases, sizeof cases / sizeof *cases);
}

static void the_plug_and_play_filter_is_missed_where_a_minidriver_needs_it(void **state)
{
    static const struct service_case cases[] = {
        {"disabled", CARD, "[" SERVICES "scfilter]\n\"Start\"=dword:4\n",
         "note filter none scfilter|Start\n"},
        {"absent", CARD, "", "note filter none scfilter|-\n"},
        {"there", CARD, "[" SERVICES "SCFILTER]\n\"Start\"=dword:3\n", ""},
        {"there, without Start", CARD, "[" SERVICES "scfilter]\n", ""},
        {"absent, and no entry", SUPPORT_WINDOWS_10, "", ""},
        {"absent, and only an entry of Windows",
         SUPPORT_WINDOWS_10 "[" CARDS PIV "]\n\"80000001\"=\"msclmd.dll\"\n", "", ""},
        {"absent, and an entry without minidriver",
         SUPPORT_WINDOWS_10 "[" CARDS "Card]\n\"80000001\"=\"\"\n", "", ""},
        {"absent, and an entry of 32-bit programs",
         SUPPORT_WINDOWS_10 "[" WOW CARDS "Card]\n\"80000001\"=\"contosocm.dll\"\n", "",
         "note filter none scfilter|-\n"},
    };
    check_cases(state, FILTER_RULE, cases, sizeof cases / sizeof *cases);
}

static void a_finding_says_that_it_is_in_the_system_hive(void **state)
{
    struct findings findings = findings_judge_both(
        *state, SERVICE_RULE FILTER_RULE, CARD,
        support_build(*state, SUPPORT_SYSTEM "[" SERVICES "SCardSvr]\n\"Start\"=dword:4\n"));
    assert_int_equal(findings.count, 2);
    assert_true(findings.items[0].in_system);
    assert_string_equal(findings.items[0].origin->key, SERVICES "SCardSvr");
    assert_string_equal(findings.items[0].message, "the service SCardSvr is disabled");
    assert_true(findings.items[1].in_system);
    assert_string_equal(findings.items[1].message,
                        "the driver scfilter is not registered, while 1 entry names a minidriver");
}

/* A rule that cannot be decided keeps it, too. */
static void an_undecided_finding_says_so_as_well(void **state)
{
    struct findings findings = findings_judge_both(
        *state,
        "- {id: filter, title: Title, severity: note, check: pnp_filter_missing,\n"
        "   applies_to: {build: '>=7600'}, parameters: {entries: [x]}}\n",
        "[" CARDS "Card]\n\"80000001\"=\"x.dll\"\n[" CARDS "Other]\n\"80000001\"=\"x.dll\"\n",
        support_build(*state, SUPPORT_SYSTEM));
    assert_int_equal(findings.count, 1);
    assert_true(findings.items[0].in_system);
    assert_non_null(strstr(findings.items[0].message, "2 entries name"));
}

static void without_the_system_hive_services_are_not_judged(void **state)
{
    assert_string_equal(findings_of(*state, SERVICE_RULE CERTIFICATE_RULE FILTER_RULE, CARD), "");
    assert_string_equal(
        findings_of_both(*state, SERVICE_RULE CERTIFICATE_RULE FILTER_RULE, CARD, "[x]\n"), "");
}

static void a_service_that_cannot_be_read_is_not_judged(void **state)
{
    enum { NK_VALUES = 4 + 40 };
    struct memory_hive *system =
        support_build(*state, SUPPORT_SYSTEM "[" SERVICES "scfilter]\n\"Start\"=dword:4\n");
    support_put_u32(system, support_locate_key(*state, system, SERVICES "scfilter") + NK_VALUES,
                    0x7ffffff0);
    assert_int_equal(findings_judge_both(*state, FILTER_RULE, CARD, system).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_disabled_service_is_reported_at_its_value),
        SUPPORT_TEST(the_plug_and_play_filter_is_missed_where_a_minidriver_needs_it),
        SUPPORT_TEST(a_finding_says_that_it_is_in_the_system_hive),
        SUPPORT_TEST(an_undecided_finding_says_so_as_well),
        SUPPORT_TEST(without_the_system_hive_services_are_not_judged),
        SUPPORT_TEST(a_service_that_cannot_be_read_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
