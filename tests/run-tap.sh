#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: run-tap.sh TEST [ARGUMENT...]
# Runs a test and prints its results as TAP in which every planned test counts exactly once:
#  - cmocka prints "not ok 3 # SKIP name" for a skipped test, and one plan for each group;
#  - planned tests that a program did not live to run are failures;
#  - a status that no failed test explains (signals, timeouts, sanitizers: from 99) is a failure.
set -u
limit=${TEST_TIMEOUT:-600}

CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT
{
    timeout -k 10 "$limit" "$@" </dev/null
    printf '\nrun-tap status %d\n' $?
} | LC_ALL=C awk -v limit="$limit" '
function result(verdict, text) {
    print verdict " " ++count " - " text
    if (verdict == "not ok")
        failed++
}
/^run-tap status [0-9]+$/ {
    status = $3
    next
}
/^1\.\.[0-9]+/ {
    have_plan = 1
    planned += substr($1, 4)
    if ($1 == "1..0")
        skip_all = $0
    next
}
/^(not )?ok( |$)/ {
    verdict = $1 == "ok" ? "ok" : "not ok"
    sub(/^(not )?ok *[0-9]* *(- *)?/, "")
    if (sub(/^# SKIP */, ""))
        result("ok", $0 " # SKIP")
    else
        result(verdict, $0)
    next
}
{ print }
END {
    end = status == 124 ? "was stopped after " limit " seconds" : "ended with status " status
    abrupt = status >= 99 || (status != 0 && !failed)
    if (!have_plan)
        result("not ok", "every test ran: the program " end " before it told their number")
    else if (count > planned)
        result("not ok", "the program ran " count " tests, not " planned)
    else if (count == planned && abrupt)
        result("not ok", "the program " end)
    while (count < planned)
        result("not ok", "not run: the program " end)
    print count == 0 && skip_all ? skip_all : "1.." count
}'
