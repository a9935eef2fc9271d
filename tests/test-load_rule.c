/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load_value.h"

#include "loading.h"
#include "rule/check.h"

#define CHECK      "  check: atr_missing\n"
#define WANTS      "  key: Microsoft\\Contoso\n  expect: {exists: true}\n"
#define APPLIES    RULE_HEAD CHECK "  applies_to:\n"
#define EXAMPLES   RULE_HEAD CHECK "  examples:\n"
#define EXAMPLE    "  - name: a\n    expect: pass\n    hive: a\n"
#define MAKERS     RULE_HEAD "  check: mask_too_broad\n  parameters: {makers: "
#define PARAMETERS RULE_HEAD "  check: module_missing\n  parameters:\n"

static const struct rule *load_one(struct arena *arena, const char *text)
{
    struct ruleset ruleset = loading_load_well(arena, text);
    assert_int_equal(ruleset.count, 1);
    return &ruleset.rules[0];
}

static void an_example_may_have_a_list_of_card_names(void **state)
{
    const struct rule *rule =
        load_one(*state, EXAMPLES EXAMPLE "    atr_names: |\n      3F 00\n      \tname\n");
    assert_string_equal(rule->examples[0].atr_names, "3F 00\n\tname\n");
    assert_null(load_one(*state, EXAMPLES EXAMPLE)->examples[0].atr_names);
}

static void an_example_may_have_a_golden_hive(void **state)
{
    const struct rule *rule = load_one(*state, EXAMPLES EXAMPLE "    golden: '[a]'\n");
    assert_string_equal(rule->examples[0].golden, "[a]");
    assert_null(load_one(*state, EXAMPLES EXAMPLE)->examples[0].golden);
}

static void a_parameter_may_be_a_number(void **state)
{
    static const char text[] = RULE_HEAD "  check: mask_too_broad\n"
                                         "  parameters: {makers: 7, common_words: [card]}\n";
    const struct rule *rule = load_one(*state, text);
    assert_int_equal(rule->parameters[0].count, 1);
    assert_string_equal(rule->parameters[0].items[0], "7");
    assert_string_equal(rule->parameters[1].items[0], "card");
}

static void all_that_a_rule_can_say_is_kept(void **state)
{
    const struct rule *rule = load_one(*state, "# comment\n"
                                               "rules:\n"
                                               "  - examples:\n"
                                               "      - {name: one, expect: fail, hive: '[A]'}\n"
                                               "      - {name: two, expect: pass, hive: '[B]'}\n"
                                               "    exempt: {entries: [a, b], providers: ['* c']}\n"
                                               "    parameters: {providers: [d]}\n"
                                               "    check: module_missing\n"
                                               "    enabled: false\n"
                                               "    references: [r, s]\n"
                                               "    remedy: Remedy\n"
                                               "    effect: Effect\n"
                                               "    rationale: Rationale\n"
                                               "    tags: [t]\n"
                                               "    severity: warning\n"
                                               "    title: Title\n"
                                               "    id: the-id-2\n");
    assert_string_equal(rule->id, "the-id-2");
    assert_string_equal(rule->title, "Title");
    assert_int_equal(rule->severity, SEVERITY_WARNING);
    assert_string_equal(rule->rationale, "Rationale");
    assert_string_equal(rule->effect, "Effect");
    assert_string_equal(rule->remedy, "Remedy");
    assert_int_equal(rule->tags.count, 1);
    assert_string_equal(rule->references.items[1], "s");
    assert_false(rule->enabled);
    assert_string_equal(rule->check->name, "module_missing");
    assert_string_equal(rule->parameters[0].items[0], "d");
    assert_string_equal(rule->exempt_entries.items[1], "b");
    assert_string_equal(rule->exempt_providers.items[0], "* c");
    assert_int_equal(rule->nexamples, 2);
    assert_string_equal(rule->examples[1].name, "two");
    assert_true(rule->examples[1].must_pass);
    assert_false(rule->examples[0].must_pass);
    assert_string_equal(rule->examples[1].text, "[B]");
    assert_int_equal(rule->examples[1].place.line, 5);
    assert_string_equal(rule->place.file, "a.yaml");
    assert_int_equal(rule->place.line, 3);
    assert_int_equal(rule->place.column, 5);
}

static void a_rule_is_on_and_applies_everywhere_unless_it_says_otherwise(void **state)
{
    const struct rule *rule = load_one(*state, RULE_HEAD CHECK);
    assert_true(rule->enabled);
    assert_false(rule->limits_build);
    assert_int_equal(rule->archs, 0);
    assert_int_equal(rule->views, 0);
    rule = load_one(*state, APPLIES "    build: 100..200\n    architecture: [arm64, x86]\n"
                                    "    view: [wowaa32node, native]\n");
    assert_true(rule->limits_build);
    assert_int_equal(rule->build_min, 100);
    assert_int_equal(rule->build_max, 200);
    assert_int_equal(rule->archs, 1u << ARCH_ARM64 | 1u << ARCH_X86);
    assert_int_equal(rule->views, 1u << VIEW_WOWAA32NODE | 1u << VIEW_NATIVE);
}

static void values_that_yaml_could_misread_stay_text(void **state)
{
    const struct rule *rule = load_one(
        *state, "rules:\n- id: 0x10\n  title: no\n  severity: note\n  rationale: ~\n"
                "  effect: 3b:01\n  remedy: 1e3\n  message: null\n  tags: [no, 3b:01, 0x10, ~]\n"
                "  key: Microsoft\\no\n  value: ~\n  expect: {equals: no}\n");
    assert_string_equal(rule->id, "0x10");
    assert_string_equal(rule->title, "no");
    assert_string_equal(rule->rationale, "~");
    assert_string_equal(rule->effect, "3b:01");
    assert_string_equal(rule->remedy, "1e3");
    assert_string_equal(rule->message, "null");
    assert_string_equal(rule->tags.items[0], "no");
    assert_string_equal(rule->tags.items[1], "3b:01");
    assert_string_equal(rule->tags.items[2], "0x10");
    assert_string_equal(rule->tags.items[3], "~");
    assert_string_equal(rule->value, "~");
    assert_string_equal(rule->expect.one_of.items[0], "no");
}

static void unknown_fields_are_refused_at_every_level(void **state)
{
    static const struct loading_case cases[] = {
        {RULE_HEAD CHECK "  sevrity: note\n",
         "a.yaml:6:3: unknown field \"sevrity\" (did you mean \"severity\"?)\n"},
        {RULE_HEAD CHECK "  colour: red\n", "a.yaml:6:3: unknown field \"colour\"\n"},
        {RULE_HEAD CHECK "  Title: red\n",
         "a.yaml:6:3: unknown field \"Title\" (did you mean \"title\"?)\n"},
        {RULE_HEAD CHECK "  1: red\n", "a.yaml:6:3: unknown field \"1\"\n"},
        {APPLIES "    bild: 1\n", "a.yaml:7:5: unknown field \"bild\" (did you mean \"build\"?)\n"},
        {APPLIES "    views: native\n",
         "a.yaml:7:5: unknown field \"views\" (did you mean \"view\"?)\n"},
        {RULE_HEAD CHECK "  exempt:\n    entry: [a]\n", "a.yaml:7:5: unknown field \"entry\"\n"},
        {RULE_HEAD CHECK "  exempt:\n    provider: [a]\n",
         "a.yaml:7:5: unknown field \"provider\" (did you mean \"providers\"?)\n"},
        {EXAMPLES "  - nme: a\n    expect: fail\n    hive: a\n",
         "a.yaml:7:5: unknown field \"nme\" (did you mean \"name\"?)\n"},
        {PARAMETERS "    providers: [a]\n    provider: [b]\n",
         "a.yaml:8:5: unknown field \"provider\" (did you mean \"providers\"?)\n"},
        {RULE_HEAD CHECK "  parameters: {providers: [a]}\n",
         "a.yaml:6:16: unknown field \"providers\"\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void a_rule_needs_an_id_a_title_a_severity_and_something_to_do(void **state)
{
    static const struct loading_case cases[] = {
        {"rules:\n- title: T\n  severity: note\n" CHECK, "a.yaml:2:3: this rule has no \"id\"\n"},
        {"rules:\n- id: x\n  severity: note\n" CHECK, "a.yaml:2:3: this rule has no \"title\"\n"},
        {"rules:\n- id: x\n  title: T\n" CHECK, "a.yaml:2:3: this rule has no \"severity\"\n"},
        {RULE_HEAD, "a.yaml:2:3: this rule has neither"},
        {RULE_HEAD "  value: V\n  expect: {exists: true}\n", "a.yaml:2:3: this rule has neither"},
        {RULE_HEAD "  key: A\n", "a.yaml:2:3: this rule has a \"key\" and no \"expect\"\n"},
        {RULE_HEAD "  key: A\n  value: V\n",
         "a.yaml:2:3: this rule has a \"key\" and no \"expect\"\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void a_check_and_an_expectation_exclude_each_other(void **state)
{
    static const char error[] = "a.yaml:2:3: a rule has a \"check\", or \"key\" and \"expect\"";
    static const struct loading_case cases[] = {
        {RULE_HEAD CHECK WANTS, error},
        {RULE_HEAD CHECK "  key: A\n  expect: {exists: true}\n", error},
        {RULE_HEAD CHECK "  expect: {exists: true}\n", error},
        {RULE_HEAD CHECK "  value: V\n", error},
        {RULE_HEAD CHECK "  message: M\n", error},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void exemptions_belong_to_checks_of_card_entries(void **state)
{
    static const char error[] = "a.yaml:2:3: only a check of each card entry";
    static const struct loading_case cases[] = {
        {RULE_HEAD WANTS "  exempt: {entries: [a]}\n", error},
        {RULE_HEAD WANTS "  exempt: {providers: [a]}\n", error},
        {RULE_HEAD "  check: retry_value\n  exempt: {entries: [a]}\n", error},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void a_check_gets_the_parameters_that_it_needs(void **state)
{
    static const struct loading_case cases[] = {
        {RULE_HEAD "  check: module_missing\n",
         "a.yaml:2:3: check \"module_missing\" needs the parameter \"providers\"\n"},
        {RULE_HEAD "  check: inbox_module\n  parameters: {entries: [a]}\n",
         "a.yaml:2:3: check \"inbox_module\" needs the parameter \"modules\"\n"},
        {PARAMETERS "    providers: []\n", "a.yaml:7:16: \"providers\" has to be a sequence"},
        {PARAMETERS "    providers: {a: b}\n", "a.yaml:7:16: \"providers\" has to be a sequence"},
        {PARAMETERS "    providers: inbox\n", "a.yaml:7:16: unknown list \"inbox\"\n"},
        {"lists:\n  windows-ksps: [a]\n" PARAMETERS "    providers: window-ksps\n",
         "a.yaml:9:16: unknown list \"window-ksps\" (did you mean \"windows-ksps\"?)\n"},
        {"lists:\n  a: [b]\n" RULE_HEAD CHECK "  exempt:\n    entries: b\n",
         "a.yaml:9:14: unknown list \"b\""},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

#define CARD_PAIRS RULE_HEAD "  check: card_pairs\n  parameters:\n"

static void an_atr_that_is_none_is_an_error_where_it_stands(void **state)
{
    static const struct loading_case cases[] = {
        {RULE_HEAD "  check: card_pairs\n",
         "a.yaml:2:3: check \"card_pairs\" needs the parameter \"atrs\"\n"},
        {CARD_PAIRS "    entries: [a]\n",
         "a.yaml:2:3: check \"card_pairs\" needs the parameter \"atrs\"\n"},
        {CARD_PAIRS "    atrs: [3B00, 3B0]\n",
         "a.yaml:7:18: got \"3B0\", want an ATR in hex, such as 3B0451FF0800\n"},
        {CARD_PAIRS "    atrs:\n      - 3B 00\n      - 3B\n",
         "a.yaml:9:9: got 1 byte, want an ATR of 2 to 33\n"},
        {"lists:\n  ours: [3B00, x]\n" CARD_PAIRS "    atrs: ours\n",
         "a.yaml:9:11: got \"x\", want an ATR in hex, such as 3B0451FF0800\n"},
        {CARD_PAIRS "    atr: [3B00]\n",
         "a.yaml:7:5: unknown field \"atr\" (did you mean \"atrs\"?)\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
    const struct rule *rule = load_one(*state, CARD_PAIRS "    atrs: [3B00]\n    csps: [a]\n");
    assert_int_equal(rule->parameters[0].count, 1);
    assert_int_equal(rule->parameters[1].count, 0);
    assert_string_equal(rule->parameters[3].items[0], "a");
}

static void a_check_of_no_view_cannot_be_limited_to_one(void **state)
{
    static const struct loading_case refused = {
        RULE_HEAD "  check: retry_value\n  applies_to: {view: native}\n",
        "a.yaml:2:0: check \"retry_value\" cannot be limited to a view"};
    loading_check_cases(*state, &refused, 1);
    load_one(*state, RULE_HEAD "  check: retry_misplaced\n  applies_to: {view: native}\n");
}

static void an_expectation_takes_no_parameters(void **state)
{
    static const char *const text = RULE_HEAD WANTS "  parameters: {providers: [a]}\n";
    struct rule_errors errors;
    loading_load(*state, &errors, &text, 1);
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(errors.items[0], "parameters"));
}

static void words_that_are_none_of_a_set_are_refused_with_the_nearest(void **state)
{
    static const struct loading_case cases[] = {
        {"rules:\n- id: x\n  title: T\n  severity: eror\n" CHECK,
         "a.yaml:4:13: unknown severity \"eror\" (did you mean \"error\"?)\n"},
        {"rules:\n- id: x\n  title: T\n  severity: critical\n" CHECK,
         "a.yaml:4:13: unknown severity \"critical\"\n"},
        {"rules:\n- id: x\n  title: T\n  severity: [error]\n" CHECK,
         "a.yaml:4:13: want a severity\n"},
        {RULE_HEAD "  check: atr_mising\n",
         "a.yaml:5:10: unknown check \"atr_mising\" (did you mean \"atr_missing\"?)\n"},
        {RULE_HEAD "  check: everything\n", "a.yaml:5:10: unknown check \"everything\"\n"},
        {RULE_HEAD "  check: {atr_missing: 1}\n", "a.yaml:5:10: want a check\n"},
        {RULE_HEAD CHECK "  enabled: no\n", "a.yaml:6:12: unknown truth value \"no\"\n"},
        {RULE_HEAD CHECK "  enabled: True\n",
         "a.yaml:6:12: unknown truth value \"True\" (did you mean \"true\"?)\n"},
        {APPLIES "    architecture: amd46\n",
         "a.yaml:7:19: unknown architecture \"amd46\" (did you mean \"amd64\"?)\n"},
        {APPLIES "    architecture: [x86, x64_86]\n",
         "a.yaml:7:25: unknown architecture \"x64_86\"\n"},
        {APPLIES "    architecture: unknown\n", "a.yaml:7:19: unknown architecture \"unknown\"\n"},
        {APPLIES "    architecture: []\n", "a.yaml:7:19: want a"},
        {APPLIES "    view: wow64node\n",
         "a.yaml:7:11: unknown view \"wow64node\" (did you mean \"wow6432node\"?)\n"},
        {APPLIES "    view: [native, none]\n", "a.yaml:7:20: unknown view \"none\""},
        {APPLIES "    view: [[native]]\n", "a.yaml:7:12: want a view\n"},
        {EXAMPLES "  - name: a\n    expect: fails\n    hive: a\n",
         "a.yaml:8:13: unknown outcome \"fails\" (did you mean \"fail\"?)\n"},
        {EXAMPLES EXAMPLE "    files: {a.dll: amd46}\n",
         "a.yaml:10:0: unknown architecture \"amd46\" (did you mean \"amd64\"?)\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void texts_and_lists_have_to_be_what_they_are(void **state)
{
    static const struct loading_case cases[] = {
        {"rules:\n- id: x\n  title: [T]\n  severity: note\n" CHECK,
         "a.yaml:3:10: \"title\" has to be a text\n"},
        {"rules:\n- id: {a: b}\n  title: T\n  severity: note\n" CHECK,
         "a.yaml:2:7: \"id\" has to be a text\n"},
        {RULE_HEAD CHECK "  remedy: ''\n", "a.yaml:6:0: \"remedy\" has to be a text\n"},
        {RULE_HEAD CHECK "  tags: a\n", "a.yaml:6:9: \"tags\" has to be a sequence"},
        {RULE_HEAD CHECK "  tags: []\n", "a.yaml:6:9: \"tags\" has to be a sequence"},
        {RULE_HEAD CHECK "  tags: [a, [b]]\n", "a.yaml:6:13: want a text\n"},
        {RULE_HEAD CHECK "  references: {a: b}\n",
         "a.yaml:6:15: \"references\" has to be a sequence"},
        {RULE_HEAD CHECK "  applies_to: all\n",
         "a.yaml:6:15: \"applies_to\" has to be a mapping\n"},
        {RULE_HEAD CHECK "  applies_to: {}\n", "a.yaml:6:15: \"applies_to\" has to be a mapping\n"},
        {RULE_HEAD CHECK "  exempt: [a]\n", "a.yaml:6:11: \"exempt\" has to be a mapping\n"},
        {RULE_HEAD "  check: module_missing\n  parameters: providers\n",
         "a.yaml:6:15: \"parameters\" has to be a mapping\n"},
        {RULE_HEAD "  key: A\n  value: [V]\n  expect: {exists: true}\n",
         "a.yaml:6:10: \"value\" has to be the name of a value\n"},
        {RULE_HEAD "  key: [A]\n  expect: {exists: true}\n",
         "a.yaml:5:8: \"key\" has to be a text\n"},
        {RULE_HEAD CHECK "  examples: a\n", "a.yaml:6:13: \"examples\" has to be a sequence\n"},
        {MAKERS "many, common_words: [a]}\n",
         "a.yaml:6:24: \"makers\" has to be a number above 0 (got \"many\")"},
        {MAKERS "0, common_words: [a]}\n",
         "a.yaml:6:24: \"makers\" has to be a number above 0 (got \"0\")"},
        {MAKERS "[5], common_words: [a]}\n", "a.yaml:6:24: \"makers\" has to be a text"},
        {MAKERS "5}\n", "a.yaml:2:3: check \"mask_too_broad\" needs the parameter"},
        {EXAMPLES EXAMPLE "    atr_names: [a]\n", "a.yaml:10:16: \"atr_names\" has to be a text"},
        {EXAMPLES "  - a\n", "a.yaml:7:5: an example has a name"},
        {EXAMPLES "  - name: a\n    hive: a\n", "a.yaml:7:5: an example has a name"},
        {EXAMPLES "  - name: a\n    expect: pass\n    hive: a\n    x: y\n",
         "a.yaml:10:5: unknown field \"x\""},
        {EXAMPLES "  - name: a\n    expect: pass\n    hive: a\n    inf: a\n",
         "a.yaml:7:5: an example has a name"},
        {EXAMPLES "  - name: a\n    reg: a\n    inf: a\n", "a.yaml:7:5: an example has a name"},
        {EXAMPLES "  - name: a\n    expect: pass\n    hive: [a]\n",
         "a.yaml:9:11: \"hive\" has to be a text\n"},
        {EXAMPLES "  - name: a\n    expect: pass\n    files: {a: arm}\n",
         "a.yaml:7:5: an example has a name"},
        {EXAMPLES "  - {name: a, expect: pass, inf: a, files: {a: arm}}\n",
         "a.yaml:7:5: files come with a hive, not with an INF or .reg"},
        {EXAMPLES "  - {name: a, expect: pass, inf: a, golden: a}\n",
         "a.yaml:7:5: a golden hive is compared with a hive, not with an INF or .reg"},
        {EXAMPLES EXAMPLE "    golden: [a]\n", "a.yaml:10:13: \"golden\" has to be a text\n"},
        {EXAMPLES EXAMPLE "    files: [a]\n", "a.yaml:10:12: \"files\" has to be a mapping\n"},
        {EXAMPLES EXAMPLE "    files: {}\n", "a.yaml:10:12: \"files\" has to be a mapping\n"},
        {"rules:\n- word\n", "a.yaml:2:3: a rule is a mapping\n"},
        {"rules:\n- [id]\n", "a.yaml:2:3: a rule is a mapping\n"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void the_files_of_an_example_are_kept(void **state)
{
    const struct example *example =
        load_one(*state, EXAMPLES EXAMPLE "    files:\n"
                                          "      Windows\\System32\\a b.dll: arm64\n"
                                          "      b.txt: none\n")
            ->examples;
    assert_int_equal(example->nfiles, 2);
    assert_string_equal(example->files[0].path, "Windows\\System32\\a b.dll");
    assert_int_equal(example->files[0].arch, ARCH_ARM64);
    assert_string_equal(example->files[1].path, "b.txt");
    assert_int_equal(example->files[1].arch, ARCH_UNKNOWN);
    assert_int_equal(load_one(*state, EXAMPLES EXAMPLE)->examples->nfiles, 0);
}

static void files_of_an_example_are_written_from_the_root_of_the_drive(void **state)
{
    static const struct loading_case cases[] = {
        {EXAMPLES EXAMPLE "    files: {'C:\\a.dll': arm}\n",
         "a.yaml:10:0: a file is written from the root of the drive"},
        {EXAMPLES EXAMPLE "    files: {\\a.dll: arm}\n",
         "a.yaml:10:0: a file is written from the root of the drive"},
        {EXAMPLES EXAMPLE "    files: {Windows/a.dll: arm}\n",
         "a.yaml:10:0: a file is written from the root of the drive"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void a_field_without_a_value_is_refused_at_its_line(void **state)
{
    static const struct loading_case cases[] = {
        {"rules:\n- id: x\n  title:\n  severity: note\n" CHECK,
         "a.yaml:3:0: \"title\" has to be a text\n"},
        {"rules:\n- id: x\n  title: T\n  severity:\n" CHECK, "a.yaml:4:0: unknown severity \"\"\n"},
        {RULE_HEAD CHECK "  tags:\n", "a.yaml:6:0: \"tags\" has to be a sequence"},
    };
    loading_check_cases(*state, cases, COUNT(cases));
}

static void an_id_is_made_of_lower_case_letters_digits_and_hyphens(void **state)
{
    static const char *const bad[] = {"Mask-weak", "mask_weak",           "mask weak",
                                      "mask.weak", "maske-schw\u00e4che", "a/b"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct loading_case row = {
            arena_printf(*state, "rules:\n- id: %s\n  title: T\n  severity: note\n" CHECK, bad[i]),
            "a.yaml:2:7: an id is made of"};
        loading_check_cases(*state, &row, 1);
    }
}

static void what_is_no_range_of_builds_is_refused(void **state)
{
    static const char *const bad[] = {
        "x",
        "18362-19045",
        "19045..18362",
        "'>='",
        "'<0'",
        "'=>1'",
        "'=1'",
        "'==1'",
        "'<>1'",
        "-1",
        "1..",
        "..1",
        "1..2..3",
        "'>=1..2'",
        "1.0",
        "1,2",
        "'>= 1'",
        "' 1'",
        "1 ..2",
        "4294967295",
        "'>4294967295'",
        "1..4294967296",
        "18446744073709551616",
        "0x",
        "''",
        "[18362]",
        "{a: 1}",
        "windows 10",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct loading_case row = {arena_printf(*state, APPLIES "    build: %s\n", bad[i]),
                                         "a.yaml:7:0: "};
        loading_check_cases(*state, &row, 1);
    }
}

static void ranges_of_builds_include_both_ends(void **state)
{
    static const struct {
        const char *text;
        uint32_t min, max;
    } cases[] = {
        {"18362", 18362, 18362},          {"'>=18362'", 18362, UINT32_MAX},
        {"'>18362'", 18363, UINT32_MAX},  {"'<=18362'", 0, 18362},
        {"'<18362'", 0, 18361},           {"'<1'", 0, 0},
        {"18362..19045", 18362, 19045},   {"7..7", 7, 7},
        {"0..4294967295", 0, UINT32_MAX},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct rule *rule =
            load_one(*state, arena_printf(*state, APPLIES "    build: %s\n", cases[i].text));
        assert_int_equal(rule->build_min, cases[i].min);
        assert_int_equal(rule->build_max, cases[i].max);
    }
}

static void a_key_is_written_from_the_root_of_the_hive(void **state)
{
    static const char *const bad[] = {"\\Microsoft\\Contoso",
                                      "HKEY_LOCAL_MACHINE\\SOFTWARE\\A",
                                      "HKEY_CURRENT_USER\\Software\\A",
                                      "HKLM\\SOFTWARE\\A",
                                      "HKLM:\\SOFTWARE\\A",
                                      "Software\\Microsoft"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct loading_case row = {
            arena_printf(*state, RULE_HEAD "  key: %s\n  expect: {exists: true}\n", bad[i]),
            "a.yaml:5:8: a key is written from the root"};
        loading_check_cases(*state, &row, 1);
    }
    static const struct loading_case paths[] = {
        {RULE_HEAD "  key: A\\\\B\n  expect: {exists: true}\n",
         "a.yaml:5:8: an empty name in the path"},
        {RULE_HEAD "  key: A\\\n  expect: {exists: true}\n",
         "a.yaml:5:8: an empty name in the path"},
        {RULE_HEAD "  key: A/B\n  expect: {exists: true}\n",
         "a.yaml:5:8: the names of a path are parted"},
    };
    loading_check_cases(*state, paths, COUNT(paths));
    const struct rule *rule =
        load_one(*state, RULE_HEAD "  key: A/b\\[c] (d)\n  expect: {exists: true}\n");
    assert_string_equal(rule->key, "A/b\\[c] (d)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(all_that_a_rule_can_say_is_kept),
        SUPPORT_TEST(an_example_may_have_a_list_of_card_names),
        SUPPORT_TEST(an_example_may_have_a_golden_hive),
        SUPPORT_TEST(a_parameter_may_be_a_number),
        SUPPORT_TEST(a_rule_is_on_and_applies_everywhere_unless_it_says_otherwise),
        SUPPORT_TEST(values_that_yaml_could_misread_stay_text),
        SUPPORT_TEST(unknown_fields_are_refused_at_every_level),
        SUPPORT_TEST(a_rule_needs_an_id_a_title_a_severity_and_something_to_do),
        SUPPORT_TEST(a_check_and_an_expectation_exclude_each_other),
        SUPPORT_TEST(exemptions_belong_to_checks_of_card_entries),
        SUPPORT_TEST(a_check_gets_the_parameters_that_it_needs),
        SUPPORT_TEST(an_atr_that_is_none_is_an_error_where_it_stands),
        SUPPORT_TEST(a_check_of_no_view_cannot_be_limited_to_one),
        SUPPORT_TEST(an_expectation_takes_no_parameters),
        SUPPORT_TEST(words_that_are_none_of_a_set_are_refused_with_the_nearest),
        SUPPORT_TEST(texts_and_lists_have_to_be_what_they_are),
        SUPPORT_TEST(the_files_of_an_example_are_kept),
        SUPPORT_TEST(files_of_an_example_are_written_from_the_root_of_the_drive),
        SUPPORT_TEST(a_field_without_a_value_is_refused_at_its_line),
        SUPPORT_TEST(an_id_is_made_of_lower_case_letters_digits_and_hyphens),
        SUPPORT_TEST(what_is_no_range_of_builds_is_refused),
        SUPPORT_TEST(ranges_of_builds_include_both_ends),
        SUPPORT_TEST(a_key_is_written_from_the_root_of_the_hive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
