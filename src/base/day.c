/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/day.h"

#include <string.h>

/* Two digits as a number; negative where there are others. */
static int parse_two(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

static int count_days(int century, int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year ? year % 4 == 0 : century % 4 == 0;
    return days[month - 1] + (month == 2 && is_leap);
}

bool day_is_valid(const char *text)
{
    if (strlen(text) != strlen("2027-01-31") || text[4] != '-' || text[7] != '-')
        return false;
    int century = parse_two(text), year = parse_two(text + 2);
    int month = parse_two(text + 5), day = parse_two(text + 8);
    return century >= 0 && year >= 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= count_days(century, year, month);
}
