/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/finding.h"

#include "rule/waivers.h"
#include "support.h"

static const struct fail_policy at_warning = {.least = SEVERITY_WARNING};

static void severities_from_the_least_on_fail(void **state)
{
    (void)state;
    assert_false(finding_fails(&(struct finding){.severity = SEVERITY_NOTE}, &at_warning));
    assert_true(finding_fails(&(struct finding){.severity = SEVERITY_WARNING}, &at_warning));
    assert_true(finding_fails(&(struct finding){.severity = SEVERITY_ERROR}, &at_warning));
}

static void never_is_never(void **state)
{
    const struct fail_policy never = {.never = true};
    (void)state;
    assert_false(finding_fails(&(struct finding){.severity = SEVERITY_ERROR}, &never));
}

static void what_the_replay_of_logs_took_away_fails_nothing(void **state)
{
    struct finding finding = {.severity = SEVERITY_ERROR, .timing = TIMING_BEFORE};
    (void)state;
    assert_false(finding_fails(&finding, &at_warning));
    finding.timing = TIMING_AFTER;
    assert_true(finding_fails(&finding, &at_warning));
}

static void a_waiver_holds_until_it_expires(void **state)
{
    struct waiver waiver = {.owner = "A"};
    struct finding finding = {.severity = SEVERITY_ERROR, .waiver = &waiver};
    (void)state;
    assert_true(finding_is_waived(&finding));
    assert_false(finding_fails(&finding, &at_warning));
    waiver.is_expired = true;
    assert_false(finding_is_waived(&finding));
    assert_true(finding_fails(&finding, &at_warning));
}

static void only_what_the_baseline_has_is_not_new(void **state)
{
    const struct fail_policy only_new = {.least = SEVERITY_WARNING, .only_new = true};
    struct finding finding = {.severity = SEVERITY_ERROR, .baseline = BASELINE_UNCHANGED};
    (void)state;
    assert_true(finding_fails(&finding, &at_warning));
    assert_false(finding_fails(&finding, &only_new));
    finding.baseline = BASELINE_NEW;
    assert_true(finding_fails(&finding, &only_new));
    finding.baseline = BASELINE_NONE;
    assert_true(finding_fails(&finding, &only_new));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(severities_from_the_least_on_fail),
        cmocka_unit_test(never_is_never),
        cmocka_unit_test(what_the_replay_of_logs_took_away_fails_nothing),
        cmocka_unit_test(a_waiver_holds_until_it_expires),
        cmocka_unit_test(only_what_the_baseline_has_is_not_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
