/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/finding.h"

#include "findings.h"
#include "rule/check.h"

#define KEY "Microsoft\\Contoso"
#define ATR "\"ATR\"=hex:\n"

#define OS(values) "[Microsoft\\Windows NT\\CurrentVersion]\n" values
#define BUILD(n)   "\"CurrentBuildNumber\"=\"" n "\"\n"
#define ARCH(name) "\"BuildLabEx\"=\"19041.1." name "fre.vb_release.191206-1406\"\n"
#define NO_CARDS   "[Microsoft\\Cryptography\\Calais\\SmartCards]\n"
#define BAD_CARD   "[" CARDS "Card]\n" ATR

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* A rule that finds something on BAD_CARD, where it applies. */
static const char *conditional_rule(struct arena *arena, const char *applies_to)
{
    return arena_printf(arena,
                        "- {id: rule, title: Title, severity: error, check: atr_length,\n"
                        "   applies_to: {%s}}\n",
                        applies_to);
}

#define FOUND     "error rule native Card|ATR\n"
#define UNDECIDED "note rule native Card|ATR\n"

static void a_rule_applies_to_the_builds_that_it_names(void **state)
{
    static const struct {
        const char *range, *below, *first, *last, *above; /* builds; NULL: there is none */
    } cases[] = {
        {"18362", "18361", "18362", "18362", "18363"},
        {"'>=18362'", "18361", "18362", "26100", NULL},
        {"'>18362'", "18362", "18363", "26100", NULL},
        {"'<=18362'", NULL, "7601", "18362", "18363"},
        {"'<18362'", NULL, "7601", "18361", "18362"},
        {"18362..19045", "18361", "18362", "19045", "19046"},
        {"0x47ba", "18361", "18362", "18362", "18363"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *rule =
            conditional_rule(*state, arena_printf(*state, "build: %s", cases[i].range));
        const char *builds[] = {cases[i].below, cases[i].first, cases[i].last, cases[i].above};
        for (size_t j = 0; j < COUNT_OF(builds); j++) {
            bool applies = j == 1 || j == 2;
            if (!builds[j])
                continue;
            const char *hive =
                arena_printf(*state, OS("\"CurrentBuildNumber\"=\"%s\"\n") BAD_CARD, builds[j]);
            const char *got = findings_of(*state, rule, hive);
            if (strcmp(got, applies ? FOUND : "") != 0)
                fail_msg("%s, build %s: got \"%s\"", cases[i].range, builds[j], got);
        }
    }
}

static void a_rule_applies_to_the_architectures_that_it_names(void **state)
{
    static const char *const archs[] = {"x86", "amd64", "arm", "arm64"};
    for (size_t i = 0; i < COUNT_OF(archs); i++)
        for (size_t j = 0; j < COUNT_OF(archs); j++) {
            const char *hive =
                arena_printf(*state, OS("\"BuildLabEx\"=\"19041.1.%sfre.a\"\n") BAD_CARD, archs[j]);
            const char *rule =
                conditional_rule(*state, arena_printf(*state, "architecture: %s", archs[i]));
            assert_string_equal(findings_of(*state, rule, hive), i == j ? FOUND : "");
        }
    const char *rule = conditional_rule(*state, "architecture: [amd64, arm64]");
    assert_string_equal(findings_of(*state, rule, OS(ARCH("arm64")) BAD_CARD), FOUND);
    assert_string_equal(findings_of(*state, rule, OS(ARCH("x86")) BAD_CARD), "");
}

static void a_rule_looks_at_the_views_that_it_names(void **state)
{
    static const char hive[] =
        OS(ARCH("arm64")) BAD_CARD "[" WOW CARDS "Card]\n" ATR "[WowAA32Node\\" CARDS "Card]\n" ATR;
    static const struct {
        const char *applies_to, *expected;
    } cases[] = {
        {"view: native", FOUND},
        {"view: wow6432node", "error rule wow6432node Card|ATR\n"},
        {"view: wowaa32node", "error rule wowaa32node Card|ATR\n"},
        {"view: [wowaa32node, native]", FOUND "error rule wowaa32node Card|ATR\n"},
        {"architecture: arm64",
         FOUND "error rule wow6432node Card|ATR\nerror rule wowaa32node Card|ATR\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(
            findings_of(*state, conditional_rule(*state, cases[i].applies_to), hive),
            cases[i].expected);
}

/* Three entries would be reported; where the condition is unknown, one note stands for them. */
static void a_condition_that_cannot_be_decided_gives_exactly_one_note(void **state)
{
    static const char cards[] = BAD_CARD "[" CARDS "Card 2]\n" ATR "[" CARDS "Card 3]\n" ATR;
    static const struct {
        const char *applies_to, *os, *unknown;
    } cases[] = {
        {"build: '>=18362'", OS(ARCH("amd64")), "the build of"},
        {"build: '>=18362'", OS(BUILD("not a number")), "the build of"},
        {"build: '>=18362'", OS(BUILD("0")), "the build of"},
        {"architecture: amd64", OS(BUILD("19045")), "the architecture of"},
        {"architecture: amd64", OS("\"BuildLabEx\"=\"nonsense\"\n"), "the architecture of"},
        {"build: '>=18362', architecture: amd64", "", "the build and architecture of"},
        {"build: '>=18362', architecture: amd64", OS(BUILD("19045")), "the architecture of"},
        {"build: '>=18362', architecture: amd64", OS(ARCH("amd64")), "the build of"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct findings findings =
            findings_judge(*state, conditional_rule(*state, cases[i].applies_to),
                           arena_printf(*state, "%s%s", cases[i].os, cards));
        assert_string_equal(findings_show(*state, findings), UNDECIDED);
        assert_non_null(strstr(findings.items[0].message, cases[i].unknown));
        assert_non_null(strstr(findings.items[0].message, "impossible length"));
        assert_int_equal(findings.items[0].rule->severity, SEVERITY_ERROR);
    }
}

static void one_condition_that_does_not_hold_decides(void **state)
{
    static const struct {
        const char *applies_to, *os;
    } cases[] = {
        {"build: '>=18362', architecture: amd64", OS(ARCH("x86"))},
        {"build: '>=18362', architecture: amd64", OS(BUILD("9600"))},
        {"build: '>=18362', architecture: amd64", OS(BUILD("9600") ARCH("amd64"))},
        {"build: '>=18362', architecture: amd64", OS(BUILD("19045") ARCH("x86"))},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(findings_of(*state, conditional_rule(*state, cases[i].applies_to),
                                        arena_printf(*state, "%s%s", cases[i].os, BAD_CARD)),
                            "");
}

static void an_undecided_rule_that_would_find_nothing_says_nothing(void **state)
{
    assert_string_equal(findings_of(*state, conditional_rule(*state, "build: '>=18362'"), NO_CARDS),
                        "");
}

static void an_undecided_expectation_gives_one_note_as_well(void **state)
{
    static const char rule[] =
        "- {id: rule, title: Title, severity: error, key: '" KEY "', value: V,\n"
        "   expect: {equals: 1}, applies_to: {build: '>=18362', view: [native, wow6432node]}}\n";
    assert_string_equal(findings_of(*state, rule, NO_CARDS "[" WOW KEY "]\n"),
                        "note rule native Contoso|-\n");
    assert_string_equal(findings_of(*state, rule, NO_CARDS "[" KEY "]\n\"V\"=dword:1\n"), "");
}

static void rules_that_are_off_find_nothing(void **state)
{
    static const char rules[] =
        "- {id: off, title: Title, severity: error, enabled: false, check: atr_length}\n"
        "- {id: on, title: Title, severity: error, enabled: true, check: atr_length}\n"
        "- {id: off-2, title: Title, severity: error, enabled: false, key: '" KEY "',\n"
        "   expect: {exists: true}}\n";
    assert_string_equal(findings_of(*state, rules, BAD_CARD), "error on native Card|ATR\n");
}

static void findings_are_sorted_by_view_key_rule_and_value(void **state)
{
    static const char rules[] =
        "- {id: z-length, title: Title, severity: note, check: atr_length}\n"
        "- {id: a-length, title: Title, severity: error, check: atr_length}\n"
        "- {id: m-form, title: Title, severity: warning, check: string_malformed}\n"
        "- {id: b-key, title: Title, severity: note, key: Microsoft\\Contoso,\n"
        "   applies_to: {view: [native, wow6432node]}, expect: {exists: true}}\n";
    static const char hive[] =
        SUPPORT_WINDOWS_10 "[Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\A]\n"
                           "\"ATR\"=hex:\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\b]\n"
                           "\"ATR\"=hex:\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\C]\n"
                           "\"ATR\"=hex:\n"
                           "\"InstalledBy\"=dword:1\n"
                           "\"80000001\"=dword:1\n"
                           "\"Crypto Provider\"=dword:1\n"
                           "[Microsoft\\Cryptography\\Calais\\SmartCards\\a]\n"
                           "\"ATR\"=hex:\n";
    assert_string_equal(findings_of(*state, rules, hive),
                        "note b-key native Contoso|-\n"
                        "error a-length native a|ATR\n"
                        "note z-length native a|ATR\n"
                        "error a-length native b|ATR\n"
                        "note z-length native b|ATR\n"
                        "error a-length native C|ATR\n"
                        "warning m-form native C|80000001\n"
                        "warning m-form native C|Crypto Provider\n"
                        "warning m-form native C|InstalledBy\n"
                        "note z-length native C|ATR\n"
                        "note b-key wow6432node Contoso|-\n"
                        "error a-length wow6432node A|ATR\n"
                        "note z-length wow6432node A|ATR\n");
}

/* "Wow6432Node\Zeta" stands in front of "Zeta", but the view counts first. */
static void the_native_view_comes_first_whatever_its_keys_are_called(void **state)
{
    static const char rule[] = "- {id: rule, title: Title, severity: error, key: Zeta,\n"
                               "   applies_to: {view: [native, wow6432node]},\n"
                               "   expect: {exists: true}}\n";
    assert_string_equal(findings_of(*state, rule, SUPPORT_WINDOWS_10),
                        "error rule native Zeta|-\nerror rule wow6432node Zeta|-\n");
}

static void findings_of_many_keys_keep_their_order(void **state)
{
    char *hive = arena_printf(*state, "%s", SUPPORT_WINDOWS_10);
    for (int i = 499; i >= 0; i--)
        hive = arena_printf(*state, "%s[" CARDS "Card %03d]\n" ATR, hive, i * 7 % 500);
    struct findings findings = findings_judge(*state, RULE("rule", "error", "atr_length"), hive);
    assert_int_equal(findings.count, 500);
    for (int i = 0; i < 500; i++)
        assert_string_equal(findings.items[i].origin->name, arena_printf(*state, "Card %03d", i));
}

static void the_order_of_rules_in_their_file_changes_nothing(void **state)
{
    static const char one[] =
        RULE("a", "error", "atr_length") RULE("b", "note", "provider_missing");
    static const char other[] =
        RULE("b", "note", "provider_missing") RULE("a", "error", "atr_length");
    static const char hive[] = SUPPORT_WINDOWS_10 BAD_CARD "[" CARDS "Card 2]\n" ATR;
    const char *first = findings_of(*state, one, hive);
    assert_string_equal(first, findings_of(*state, other, hive));
    assert_string_equal(first, findings_of(*state, one, hive));
}

static void exempt_entries_and_providers_are_literal_names_in_any_letter_case(void **state)
{
    static const char rule[] =
        "- {id: length, title: Title, severity: error, check: atr_length,\n"
        "   exempt: {entries: ['" PIV "', 'A*'], providers: ['* Dummy Provider']}}\n";
    assert_string_equal(
        findings_of(*state, rule,
                    SUPPORT_WINDOWS_10
                    "[" CARDS PIV "]\n" ATR "[" WOW CARDS
                    "IDENTITY device (nist sp 800-73 [piv])]\n" ATR "[" CARDS
                    "Identity Device (NIST SP 800-73 P)]\n" ATR "[" CARDS PIV " 2]\n" ATR "[" CARDS
                    "A*]\n" ATR "[" CARDS "Ab]\n" ATR "[" CARDS "Dummy]\n" ATR
                    "\"Crypto Provider\"=\"Some dummy provider\"\n"
                    "[" CARDS "No dummy]\n" ATR "\"Crypto Provider\"=\"Dummy Provider 2\"\n"),
        "error length native Ab|ATR\n"
        "error length native Identity Device (NIST SP 800-73 P)|ATR\n"
        "error length native " PIV " 2|ATR\n"
        "error length native No dummy|ATR\n");
}

static void a_finding_knows_its_rule_key_value_and_place(void **state)
{
    struct findings findings =
        findings_judge(*state, RULE("rule", "error", "atr_length"), SUPPORT_WINDOWS_10 BAD_CARD);
    assert_int_equal(findings.count, 1);
    const struct finding *finding = &findings.items[0];
    assert_string_equal(finding->rule->title, "Title");
    assert_string_equal(finding->origin->key, CARDS "Card");
    assert_int_equal(finding->origin->view, VIEW_NATIVE);
    assert_true(finding->origin->offset >= 4096);
    assert_int_equal(finding->value->type, REG_BINARY);
}

/* What is found before and after the replay of logs. */

/* The findings of two texts together, a line each, with their timing. */
static const char *join_texts(struct arena *arena, const char *rules, const char *after,
                              const char *before)
{
    static const char *const timings[] = {"both", "after", "before"};
    struct findings now = findings_judge(arena, rules, arena_printf(arena, NO_CARDS "%s", after));
    struct findings then = findings_judge(arena, rules, arena_printf(arena, NO_CARDS "%s", before));
    struct findings all = findings_join(arena, &now, &then);
    const char *text = "";
    for (size_t i = 0; i < all.count; i++) {
        const struct finding *finding = &all.items[i];
        text = arena_printf(arena, "%s%s %s %s %s\n", text, timings[finding->timing],
                            severity_name(finding->severity), finding->rule->id,
                            finding->origin->name);
    }
    return text;
}

#define LENGTH     RULE("length", "error", "atr_length")
#define CARD(name) "[" CARDS name "]\n" ATR

static void a_finding_of_both_states_is_there_once(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH, CARD("A"), CARD("A")), "both error length A\n");
}

static void a_finding_that_the_logs_bring_is_told(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH, CARD("A"), ""), "after error length A\n");
}

/* It is no longer true, so that nobody has to act on it. */
static void a_finding_that_the_logs_take_away_is_a_note(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH, "", CARD("A")), "before note length A\n");
}

static void without_findings_there_is_nothing_to_join(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH, "", ""), "");
    struct findings none = {0};
    assert_int_equal(findings_join(*state, &none, &none).count, 0);
}

static void joined_findings_are_sorted_as_all_are(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH RULE("also", "warning", "atr_length"),
                                   CARD("B") CARD("D") CARD("E"), CARD("A") CARD("B") CARD("C")),
                        "before note also A\nbefore note length A\n"
                        "both warning also B\nboth error length B\n"
                        "before note also C\nbefore note length C\n"
                        "after warning also D\nafter error length D\n"
                        "after warning also E\nafter error length E\n");
}

/* The key's cell has moved and its name is spelled the same: what is said is what is true now. */
static void a_finding_is_the_same_wherever_its_key_lies_and_whatever_its_words(void **state)
{
    static const char rules[] = "- {id: set, title: Title, severity: warning, key: '" KEY "',\n"
                                "   value: X, expect: {equals: 1}}\n";
    struct findings now =
        findings_judge(*state, rules, NO_CARDS "[" KEY "]\n\"X\"=dword:00000003\n");
    struct findings then = findings_judge(*state, rules,
                                          NO_CARDS "[Microsoft\\Before]\n\"Y\"=\"long text\"\n"
                                                   "[" KEY "]\n\"X\"=dword:00000002\n");
    assert_int_equal(now.count, 1);
    assert_int_equal(then.count, 1);
    assert_string_not_equal(now.items[0].message, then.items[0].message);
    assert_int_not_equal(now.items[0].origin->offset, then.items[0].origin->offset);
    struct findings all = findings_join(*state, &now, &then);
    assert_int_equal(all.count, 1);
    assert_int_equal(all.items[0].timing, TIMING_BOTH);
    assert_string_equal(all.items[0].message, now.items[0].message);
    assert_ptr_equal(all.items[0].origin, now.items[0].origin);
}

static void other_views_values_and_rules_are_other_findings(void **state)
{
    assert_string_equal(join_texts(*state, LENGTH, CARD("A"), "[" WOW CARDS "A]\n" ATR),
                        "after error length A\nbefore note length A\n");
    assert_string_equal(join_texts(*state, LENGTH, CARD("A"), CARD("B")),
                        "after error length A\nbefore note length B\n");
}

/* Whole lists of findings that one thing was found twice in: none is lost, each counts once. */
static void repeated_findings_are_paired_one_by_one(void **state)
{
    struct findings one = findings_judge(*state, LENGTH, NO_CARDS CARD("A"));
    assert_int_equal(one.count, 1);
    struct finding twice[] = {one.items[0], one.items[0]};
    struct findings two = {.items = twice, .count = 2};
    struct findings all = findings_join(*state, &two, &one);
    assert_int_equal(all.count, 2);
    assert_int_equal((all.items[0].timing == TIMING_BOTH) + (all.items[1].timing == TIMING_BOTH),
                     1);
    assert_int_equal((all.items[0].timing == TIMING_AFTER) + (all.items[1].timing == TIMING_AFTER),
                     1);
    all = findings_join(*state, &two, &two);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.items[0].timing, TIMING_BOTH);
    assert_int_equal(all.items[1].timing, TIMING_BOTH);
}

/* What was given stays as it was, in its order. */
static void joining_leaves_the_parts_alone(void **state)
{
    struct findings now = findings_judge(*state, LENGTH, NO_CARDS CARD("A"));
    struct findings then = findings_judge(*state, LENGTH, NO_CARDS CARD("B"));
    struct finding was_now = now.items[0], was_then = then.items[0];
    findings_join(*state, &now, &then);
    assert_memory_equal(&now.items[0], &was_now, sizeof was_now);
    assert_memory_equal(&then.items[0], &was_then, sizeof was_then);
}

/* Rules that report a value that is not there. */
#define ABSENCE_RULES                                                                              \
    RULE("atr", "error", "atr_missing")                                                            \
    RULE("mask", "note", "mask_missing")                                                           \
    RULE("neither", "error", "provider_missing")                                                   \
    RULE("csp", "note", "csp_missing")                                                             \
    RULE("ksp", "note", "ksp_missing")                                                             \
    "- {id: module, title: Title, severity: error, check: module_missing,\n"                       \
    "   parameters: {providers: ['" BASE_CSP "', '" BASE_KSP "']}}\n"                              \
    "- {id: contoso, title: Title, severity: error,\n"                                             \
    "   key: 'Microsoft\\Cryptography\\Calais\\SmartCards\\Card', value: Contoso,\n"               \
    "   expect: {exists: true}}\n"

static const char *judge_absences(struct arena *arena, const struct memory_hive *hive)
{
    struct ruleset ruleset =
        support_load_rules(arena, arena_printf(arena, "rules:\n%s", ABSENCE_RULES));
    size_t nrequests;
    const struct key_request *requests = ruleset_collect_requests(arena, &ruleset, &nrequests);
    struct read_plan plan = {.requests = requests, .nrequests = nrequests};
    struct diags diags = {.arena = arena};
    struct snapshot snapshot;
    assert_true(snapshot_read(arena, &diags, &hive->source, &plan, &snapshot));
    return findings_show(arena, ruleset_judge(arena, &ruleset, &snapshot));
}

/* Each of them finds something in a hive that is sound, and nothing where another value of the key
 * is lost, the list of them is cut, or it is lost as a whole. */
static void a_value_that_is_not_there_may_be_one_that_is_lost(void **state)
{
    enum { NK_VALUE_COUNT = 4 + 36, NK_VALUES = 4 + 40, OUTSIDE = 0x7ffffff0 };
    static const char *const values[] = {
        "\"80000001\"=\"a.dll\"\n",
        "\"ATR\"=hex:3b,02,14,58\n",
        "\"ATR\"=hex:3b,02,14,58\n\"Crypto Provider\"=\"" BASE_CSP "\"\n",
        "\"ATR\"=hex:3b,02,14,58\n\"Smart Card Key Storage Provider\"=\"" BASE_KSP "\"\n",
        "\"80000001\"=\"a.dll\"\n\"Crypto Provider\"=\"" BASE_CSP "\"\n",
    };
    static const char *const wanted[] = {
        "error atr native Card|-\nerror contoso native Card|-\nerror neither native Card|-\n",
        "error contoso native Card|-\nnote mask native Card|-\nerror neither native Card|-\n",
        "error contoso native Card|-\nnote mask native Card|-\nerror module native Card|-\n",
        ("error contoso native Card|-\nnote csp native Card|-\nnote mask native Card|-\n"
         "error module native Card|-\n"),
        "error atr native Card|-\nerror contoso native Card|-\nnote ksp native Card|-\n",
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const char *text = arena_printf(
            *state, SUPPORT_WINDOWS_10 "[" CARDS "Card]\n\"other\"=\"x\"\n%s", values[i]);
        struct memory_hive *hive = support_build(*state, text);
        assert_string_equal(judge_absences(*state, hive), wanted[i]);
        findings_lose_value(hive, "other");
        assert_string_equal(judge_absences(*state, hive), "");
        hive = support_build(*state, text);
        size_t key = support_locate_key(*state, hive, CARDS "Card");
        support_put_u32(hive, key + NK_VALUE_COUNT, 1000);
        assert_string_equal(judge_absences(*state, hive), "");
        hive = support_build(*state, text);
        support_put_u32(hive, key + NK_VALUES, OUTSIDE);
        assert_string_equal(judge_absences(*state, hive), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_rule_applies_to_the_builds_that_it_names),
        SUPPORT_TEST(a_rule_applies_to_the_architectures_that_it_names),
        SUPPORT_TEST(a_rule_looks_at_the_views_that_it_names),
        SUPPORT_TEST(a_condition_that_cannot_be_decided_gives_exactly_one_note),
        SUPPORT_TEST(one_condition_that_does_not_hold_decides),
        SUPPORT_TEST(an_undecided_rule_that_would_find_nothing_says_nothing),
        SUPPORT_TEST(an_undecided_expectation_gives_one_note_as_well),
        SUPPORT_TEST(rules_that_are_off_find_nothing),
        SUPPORT_TEST(findings_are_sorted_by_view_key_rule_and_value),
        SUPPORT_TEST(the_native_view_comes_first_whatever_its_keys_are_called),
        SUPPORT_TEST(findings_of_many_keys_keep_their_order),
        SUPPORT_TEST(the_order_of_rules_in_their_file_changes_nothing),
        SUPPORT_TEST(exempt_entries_and_providers_are_literal_names_in_any_letter_case),
        SUPPORT_TEST(a_finding_knows_its_rule_key_value_and_place),
        SUPPORT_TEST(a_finding_of_both_states_is_there_once),
        SUPPORT_TEST(a_finding_that_the_logs_bring_is_told),
        SUPPORT_TEST(a_finding_that_the_logs_take_away_is_a_note),
        SUPPORT_TEST(without_findings_there_is_nothing_to_join),
        SUPPORT_TEST(joined_findings_are_sorted_as_all_are),
        SUPPORT_TEST(a_finding_is_the_same_wherever_its_key_lies_and_whatever_its_words),
        SUPPORT_TEST(other_views_values_and_rules_are_other_findings),
        SUPPORT_TEST(repeated_findings_are_paired_one_by_one),
        SUPPORT_TEST(joining_leaves_the_parts_alone),
        SUPPORT_TEST(a_value_that_is_not_there_may_be_one_that_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
