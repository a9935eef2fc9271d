# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# The Test Anything Protocol for shell tests: . "$srcdir/tests/tap.sh", tests, done_testing.

tap_count=0
tap_failures=0

# ok NAME: a test that passed.
ok() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s\n' "$tap_count" "$1"
}

# not_ok NAME [DETAIL]: a test that failed; DETAIL says how.
not_ok() {
    tap_count=$((tap_count + 1))
    tap_failures=$((tap_failures + 1))
    printf 'not ok %d - %s\n' "$tap_count" "$1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/#   /'
}

# check NAME COMMAND...: passes where the command does; its output is shown where it fails.
# The command runs in a subshell: variables that it sets are lost.
check() {
    tap_name=$1
    shift
    if tap_output=$("$@" 2>&1); then
        ok "$tap_name"
    else
        not_ok "$tap_name" "status $? of: $*
$tap_output"
    fi
}

# skip NAME REASON: a test that cannot run here.
skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# skip_all REASON: ends the script before its first test.
skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

# done_testing: ends the script; without it, the script has failed.
done_testing() {
    [ "$tap_count" -gt 0 ] || not_ok 'the script holds a test'
    printf '1..%d\n' "$tap_count"
    [ "$tap_failures" -eq 0 ]
    exit
}
