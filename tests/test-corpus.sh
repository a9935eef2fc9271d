#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The SOFTWARE hives of two real machines.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
corpus=${HIVEAUDIT_CORPUS:-}
[ -n "$corpus" ] || skip_all 'HIVEAUDIT_CORPUS is not set'
command -v xz >"$tmp/xz" || skip_all 'xz is not installed'

mkdir "$tmp/win7" "$tmp/win81" || exit
xz -dc "$corpus/hives/win7-x86/SOFTWARE.xz" >"$tmp/win7/SOFTWARE" || exit
xz -dc "$corpus/hives/win81-x64/SOFTWARE.xz" >"$tmp/win81/SOFTWARE" || exit
win7=$tmp/win7/SOFTWARE win81=$tmp/win81/SOFTWARE
sha256sum "$win7" "$win81" >"$tmp/sums"

nothing_at_or_above_warning() {
    silent '^  (error|warning) ' "$tmp/out" && says ': 0 errors, 0 warnings, ' "$tmp/out"
}

# The bytes behind its last hive bin are normal.
win7_is_sound() {
    audit 0 "$win7" && nothing_at_or_above_warning && says '^  hive of [0-9]+ bytes, clean,' "$tmp/out" &&
        says 'audit complete$' "$tmp/out" && [ ! -s "$tmp/err" ]
}

win7_is_known() {
    audit 0 "$win7" && says '^  Windows 7 .*build 7601.*x86$' "$tmp/out" &&
        says '^  entries: 2 native$' "$tmp/out"
}

win81_is_dirty() {
    audit 3 "$win81" && nothing_at_or_above_warning && says 'audit incomplete$' "$tmp/out"
}

win81_says_so_in_text() {
    audit 3 "$win81" && says '^  hive of .*, dirty-unrecovered \(sequence numbers 43469/43468\)' "$tmp/out" &&
        says '^  incomplete: the hive is dirty' "$tmp/out"
}

win81_says_so_on_stderr() {
    audit 3 -q "$win81" && says "^hiveaudit: $win81: the hive is dirty" "$tmp/err" && [ ! -s "$tmp/out" ]
}

win81_says_so_in_json() {
    audit 3 -o json "$win81" && says '"state": "dirty-unrecovered"' "$tmp/out" &&
        says '"primary_sequence": 43469' "$tmp/out" && says '"secondary_sequence": 43468' "$tmp/out" &&
        says '"status": "incomplete"' "$tmp/out" && says '"exit_status": 3' "$tmp/out" &&
        says '"message": "the hive is dirty' "$tmp/out" && silent '"severity": "(error|warning)"' "$tmp/out"
}

win81_is_accepted() {
    audit 0 --allow-dirty "$win81" && nothing_at_or_above_warning && says 'audit complete$' "$tmp/out" &&
        says ', dirty-unrecovered \(sequence numbers 43469/43468\)' "$tmp/out"
}

win81_is_known() {
    audit 3 "$win81" && says '^  Windows 8.1 .*build 9600.*amd64$' "$tmp/out" &&
        says '^  entries: 2 native, 2 wow6432node$' "$tmp/out"
}

# 3 outranks the others; the clean hive is audited all the same.
dirt_of_one_is_dirt_of_all() {
    audit 3 "$win81" "$win7" && says '1 complete, 1 incomplete, 0 failed' "$tmp/out"
}

check 'a clean Windows 7 gives status 0 and nothing at or above warning' win7_is_sound
check 'its build, architecture and one view are known' win7_is_known
check 'a dirty Windows 8.1 gives status 3 and nothing at or above warning' win81_is_dirty
check 'the text says that it is dirty' win81_says_so_in_text
check 'standard error says that it is dirty' win81_says_so_on_stderr
check 'the JSON says that it is dirty' win81_says_so_in_json
check '--allow-dirty takes it, and still says that it is dirty' win81_is_accepted
check 'its build, architecture and both views are known' win81_is_known
check 'a dirty hive makes a run with a clean one incomplete' dirt_of_one_is_dirt_of_all
check 'neither file was changed' sha256sum --quiet -c "$tmp/sums"
done_testing
