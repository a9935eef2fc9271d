/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void days_of_the_calendar_are_days(void **state)
{
    static const char *const days[] = {"2026-11-21", "2027-01-31", "2024-02-29",
                                       "2000-02-29", "0000-12-31", "9999-12-31"};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_true(day_is_valid(days[i]));
}

static void all_else_is_none(void **state)
{
    static const char *const others[] = {
        "",           "2026",       "2026-11",     "2026-11-2",   "2026-11-211", "2026/11/21",
        "2026-13-01", "2026-00-01", "2026-04-31",  "2026-01-00",  "2023-02-29",  "1900-02-29",
        "2026-1a-01", "-026-01-01", " 2026-01-01", "21-11-2026x", "2026-11-21 "};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(day_is_valid(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_the_calendar_are_days),
        cmocka_unit_test(all_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
