/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "rule/finding.h"
#include "support.h"

#define CALAIS "Microsoft\\Cryptography\\Calais\\"
#define CARDS  "SOFTWARE\\" CALAIS "SmartCards\\"

/* An INF that writes bad entries: one on both architectures, in one section; one on amd64 only. */
static const char inf[] = "[Version]\nSignature=\"$Windows NT$\"\n"
                          "[Manufacturer]\nV=M,NTamd64,NTx86\n"
                          "[M.NTamd64]\nD=I64,X\n[M.NTx86]\nD=I32,X\n"
                          "[I64]\nAddReg=Both,One\n[I32]\nAddReg=Both\n"
                          "[Both]\nHKLM," CARDS "Both,ATR,1,3b\n"
                          "[One]\nHKLM," CARDS "One,ATR,1,3b\n";

static const char rules[] = "- {id: rule, title: Title, severity: error, check: atr_length}\n";

static struct findings judge(struct arena *arena, const char *yaml, enum package_kind kind,
                             const char *text)
{
    struct ruleset ruleset = support_load_rules(arena, arena_printf(arena, "rules:\n%s", yaml));
    return support_judge_package(arena, &ruleset, kind, text);
}

static void what_is_found_on_several_architectures_is_one_finding(void **state)
{
    struct findings findings = judge(*state, rules, PACKAGE_INF, inf);
    assert_int_equal(findings.count, 2);
    assert_string_equal(findings.items[0].origin->name, "Both");
    assert_int_equal(findings.items[0].archs, 1u << ARCH_X86 | 1u << ARCH_AMD64);
    assert_string_equal(findings.items[1].origin->name, "One");
    assert_int_equal(findings.items[1].archs, 1u << ARCH_AMD64);
}

static void a_finding_stands_where_its_value_does(void **state)
{
    struct findings findings = judge(*state, rules, PACKAGE_INF, inf);
    assert_int_equal(finding_place(&findings.items[0]).line, 14);
    assert_int_equal(finding_place(&findings.items[1]).line, 16);
}

static void a_rule_may_be_for_one_architecture(void **state)
{
    struct findings findings =
        judge(*state,
              "- {id: rule, title: Title, severity: error, check: atr_length,\n"
              "   applies_to: {architecture: x86}}\n",
              PACKAGE_INF, inf);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].archs, 1u << ARCH_X86);
}

static void a_reg_has_no_architectures(void **state)
{
    struct findings findings = judge(
        *state, rules, PACKAGE_REG, "REGEDIT4\n[HKEY_LOCAL_MACHINE\\" CARDS "A]\n\"ATR\"=hex:3b\n");
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.items[0].archs, 0);
    assert_int_equal(finding_place(&findings.items[0]).line, 3);
}

/* What a text does not name may be there already. */
static void what_a_text_leaves_out_is_not_missing(void **state)
{
    static const char *const of_hives[] = {
        "- {id: rule, title: Title, severity: error, check: csp_registered}\n",
        "- {id: rule, title: Title, severity: error, check: inbox_missing,\n"
        "   parameters: {entries: [Inbox]}}\n",
        "- {id: rule, title: Title, severity: error, key: " CALAIS "Readers, value: X,\n"
        "   expect: {exists: true}}\n",
        "- {id: rule, title: Title, severity: error, key: Microsoft\\Other,\n"
        "   expect: {exists: true}}\n",
    };
    static const char text[] = "REGEDIT4\n[HKEY_LOCAL_MACHINE\\" CARDS "A]\n"
                               "\"Crypto Provider\"=\"Contoso\"\n";
    for (size_t i = 0; i < sizeof of_hives / sizeof *of_hives; i++)
        assert_int_equal(judge(*state, of_hives[i], PACKAGE_REG, text).count, 0);
}

static void what_a_text_does_name_is_judged(void **state)
{
    struct findings findings =
        judge(*state,
              "- {id: rule, title: Title, severity: error, key: " CALAIS "Readers, value: X,\n"
              "   expect: {equals: 1}}\n",
              PACKAGE_REG,
              "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\" CALAIS "Readers]\n\"X\"=dword:2\n");
    assert_int_equal(findings.count, 1);
    assert_int_equal(finding_place(&findings.items[0]).line, 3);
}

static void a_rule_is_judged_where_some_architecture_is_its_own(void **state)
{
    struct snapshot amd64 = {.os.arch = ARCH_AMD64, .package = &(struct package_facts){0}};
    struct snapshot x86 = {
        .os.arch = ARCH_X86, .package = &(struct package_facts){0}, .variant = &amd64};
    struct rule rule = {.enabled = true, .archs = 1u << ARCH_AMD64};
    const struct ruleset none = {0};
    (void)state;
    assert_true(rule_is_judged(&none, &rule, &x86));
    rule.archs = 1u << ARCH_ARM64;
    assert_false(rule_is_judged(&none, &rule, &x86));
    rule.archs = 0;
    rule.enabled = false;
    assert_false(rule_is_judged(&none, &rule, &x86));
}

static void a_rule_is_judged_where_its_conditions_cannot_be_decided(void **state)
{
    const struct snapshot unknown = {.os.arch = ARCH_UNKNOWN};
    const struct rule rule = {
        .enabled = true, .limits_build = true, .build_min = 1, .archs = 1u << ARCH_AMD64};
    const struct ruleset none = {0};
    (void)state;
    assert_true(rule_is_judged(&none, &rule, &unknown));
}

static void drift_is_judged_where_there_is_a_golden_hive(void **state)
{
    const struct snapshot hive = {0};
    struct ruleset ruleset = support_load_rules(
        *state, "rules:\n- {id: rule, title: Title, severity: error, check: golden_added}\n");
    assert_false(rule_is_judged(&ruleset, &ruleset.rules[0], &hive));
    ruleset.golden = &hive;
    assert_true(rule_is_judged(&ruleset, &ruleset.rules[0], &hive));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_is_found_on_several_architectures_is_one_finding),
        SUPPORT_TEST(a_finding_stands_where_its_value_does),
        SUPPORT_TEST(a_rule_may_be_for_one_architecture),
        SUPPORT_TEST(a_reg_has_no_architectures),
        SUPPORT_TEST(what_a_text_leaves_out_is_not_missing),
        SUPPORT_TEST(what_a_text_does_name_is_judged),
        SUPPORT_TEST(a_rule_is_judged_where_some_architecture_is_its_own),
        SUPPORT_TEST(a_rule_is_judged_where_its_conditions_cannot_be_decided),
        SUPPORT_TEST(drift_is_judged_where_there_is_a_golden_hive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
