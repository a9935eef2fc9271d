/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/finding.h"

#include <string.h>

#include "base/digest.h"
#include "rule/waivers.h"
#include "support.h"

/* Of "rule-a", on the value "ATR" of "Microsoft\Card" in the native view. */
struct fixture {
    struct rule rule;
    struct origin origin;
    struct regval value;
    struct finding finding;
};

static struct fixture *make(struct arena *arena)
{
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    assert_true(digest_prepare());
    fixture->rule = (struct rule){.id = "rule-a"};
    fixture->origin = (struct origin){.key = "Microsoft\\Card", .name = "Card"};
    fixture->value = (struct regval){.name = "ATR", .state = VALUE_OK};
    fixture->finding = (struct finding){.rule = &fixture->rule,
                                        .origin = &fixture->origin,
                                        .value = &fixture->value,
                                        .severity = SEVERITY_ERROR,
                                        .message = "what is wrong"};
    return fixture;
}

static const char *fingerprint(struct arena *arena, const struct fixture *fixture)
{
    return finding_fingerprint(arena, &fixture->finding);
}

/* Baselines and SARIF consumers keep these: they must not change. The digests are those of
 *   printf 'rule-a native  14:MICROSOFT\\CARD=ATR' | sha256sum
 *   printf 'rule-a system 3b04 14:MICROSOFT\\CARD' | sha256sum */
static void fingerprints_are_those_of_sha256sum(void **state)
{
    static const uint8_t atr[] = {0x3b, 0x04};
    struct fixture *fixture = make(*state);
    assert_string_equal(fingerprint(*state, fixture),
                        "ba00edd4226241952db182fad75d8b4bea8409b8107d9ae89aa1dda4005ea452");
    fixture->finding.value = NULL;
    fixture->finding.card = (struct slice){atr, sizeof atr};
    fixture->finding.in_system = true;
    assert_string_equal(fingerprint(*state, fixture),
                        "27445f6a0dbe931c6e6c8e96a913ce2dc14c03dc1a7e4f81fdedcd395cc62b5f");
}

static void letter_case_place_time_and_words_do_not_matter(void **state)
{
    struct fixture *fixture = make(*state);
    const char *before = fingerprint(*state, fixture);
    fixture->origin = (struct origin){.key = "MICROSOFT\\card",
                                      .name = "card",
                                      .last_write = 129783058347342920,
                                      .offset = 0x8c8200,
                                      .line = 3,
                                      .column = 4};
    fixture->value = (struct regval){.name = "atr",
                                     .state = VALUE_WRONG_TYPE,
                                     .type = 1,
                                     .raw = {(const uint8_t *)"x", 1},
                                     .line = 5};
    fixture->rule.title = "other";
    fixture->finding.severity = SEVERITY_NOTE;
    fixture->finding.message = "other words";
    fixture->finding.timing = TIMING_AFTER;
    fixture->finding.archs = 2;
    assert_string_equal(fingerprint(*state, fixture), before);
}

static void a_value_without_a_place_stands_at_that_of_its_key(void **state)
{
    struct fixture *fixture = make(*state);
    fixture->origin.line = 3;
    assert_int_equal(finding_place(&fixture->finding).line, 3);
    fixture->value.line = 5;
    assert_int_equal(finding_place(&fixture->finding).line, 5);
    fixture->finding.value = NULL;
    assert_int_equal(finding_place(&fixture->finding).line, 3);
}

static void each_part_of_an_identity_matters(void **state)
{
    static const uint8_t atr[] = {0x3b, 0x04};
    struct fixture *fixture = make(*state);
    struct regval named = {.name = ""};
    struct rule rule = {.id = "rule-b"};
    const struct finding plain = fixture->finding;
    struct finding changed[5] = {plain, plain, plain, plain, plain};
    changed[0].rule = &rule;
    changed[1].in_system = true;
    changed[2].value = NULL;
    changed[3].value = &named;
    changed[4].card = (struct slice){atr, sizeof atr};
    const char *seen[8] = {fingerprint(*state, fixture)};
    size_t count = 1;
    for (size_t i = 0; i < 5; i++)
        seen[count++] = finding_fingerprint(*state, &changed[i]);
    fixture->origin.view = VIEW_WOW6432NODE;
    seen[count++] = fingerprint(*state, fixture);
    fixture->origin.view = VIEW_NATIVE;
    fixture->origin.key = "Microsoft\\Card=ATR";
    fixture->finding.value = NULL;
    seen[count++] = fingerprint(*state, fixture);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(strlen(seen[i]), 64);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

static void what_the_golden_hive_has_besides_is_known_by_its_name(void **state)
{
    struct fixture *fixture = make(*state);
    const char *present = fingerprint(*state, fixture);
    fixture->finding.value = NULL;
    fixture->finding.golden = &fixture->value;
    assert_string_equal(fingerprint(*state, fixture), present);
}

static void what_fails_a_run_is_a_matter_of_severity_waivers_and_baseline(void **state)
{
    struct finding finding = make(*state)->finding;
    struct waiver waiver = {0};
    struct fail_policy policy = {.least = SEVERITY_ERROR};
    assert_true(finding_fails(&finding, &policy));
    finding.severity = SEVERITY_WARNING;
    assert_false(finding_fails(&finding, &policy));
    policy.least = SEVERITY_NOTE;
    assert_true(finding_fails(&finding, &policy));
    finding.waiver = &waiver;
    assert_true(finding_is_waived(&finding));
    assert_false(finding_fails(&finding, &policy));
    waiver.is_expired = true;
    assert_true(finding_fails(&finding, &policy));
    finding.baseline = BASELINE_UNCHANGED;
    assert_true(finding_fails(&finding, &policy));
    policy.only_new = true;
    assert_false(finding_fails(&finding, &policy));
    finding.baseline = BASELINE_NONE; /* the baseline left out its severity: nobody knows */
    assert_true(finding_fails(&finding, &policy));
    finding.baseline = BASELINE_NEW;
    assert_true(finding_fails(&finding, &policy));
    policy.never = true;
    assert_false(finding_fails(&finding, &policy));
}

static void what_the_replay_of_logs_took_away_fails_nothing(void **state)
{
    const struct fail_policy at_warning = {.least = SEVERITY_WARNING};
    struct finding finding = {.severity = SEVERITY_ERROR, .timing = TIMING_BEFORE};
    (void)state;
    assert_false(finding_fails(&finding, &at_warning));
    finding.timing = TIMING_AFTER;
    assert_true(finding_fails(&finding, &at_warning));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(fingerprints_are_those_of_sha256sum),
        SUPPORT_TEST(letter_case_place_time_and_words_do_not_matter),
        SUPPORT_TEST(a_value_without_a_place_stands_at_that_of_its_key),
        SUPPORT_TEST(each_part_of_an_identity_matters),
        SUPPORT_TEST(what_the_golden_hive_has_besides_is_known_by_its_name),
        SUPPORT_TEST(what_the_replay_of_logs_took_away_fails_nothing),
        SUPPORT_TEST(what_fails_a_run_is_a_matter_of_severity_waivers_and_baseline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
