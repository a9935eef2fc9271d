#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Waivers, a baseline, a golden hive, digests and labels together, in all formats of one run: each says its part,
# and gives the same bytes twice, and for any number of jobs.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"

formats='text json jsonl sarif csv junit sqlite html bodyfile'
report_evidence && mkdir "$tmp/1" "$tmp/2" "$tmp/3" || exit
cat >"$tmp/waivers.yaml" <<'END'
waivers:
  - {rule: atr-outside-mask, evidence: "*", reason: known, owner: A. B., expires: 2030-01-01}
  - {rule: csp-not-registered, evidence: "*", reason: late, owner: C. D., expires: 2020-01-01}
  - {rule: atr-missing, evidence: "no such host", reason: in vain, owner: E. F., expires: 2030-01-01}
END
audit 1 -q -o "json=$tmp/now.json" "$broken" "$names" &&
    sed 's/"fingerprint": "0/"fingerprint": "1/; s/stock.hive"/lost.hive"/' "$tmp/now.json" >"$tmp/earlier.json" || exit

# all_formats FOLDER ARGUMENT...: writes FOLDER/FORMAT for each.
all_formats() {
    folder=$1
    shift
    for format in $formats; do
        set -- "$@" -o "$format=$folder/$format"
    done
    audit 3 -q --inventory --hash --waivers="$tmp/waivers.yaml" --now=2026-01-01 --baseline="$tmp/earlier.json" \
        --golden="$tmp/fabrikam.hive" --case=C1 --examiner=Ada --exhibit=E2 --note='a note' "$@" \
        "$broken" "$names" "$clean" "$dirty" "$unreadable" "$tmp"/?? "$tmp/missing"
}
# Of several hives alike one is read, and reported for each.
for i in 1 2 3 4 5 6 7 8 9; do
    ln "$broken" "$tmp/b$i" && ln "$clean" "$tmp/c$i" || exit
done
all_formats "$tmp/1" -j1 && all_formats "$tmp/2" -j2 && all_formats "$tmp/3" -j1 || exit

same_bytes_as() {
    cmp "$tmp/1/$1" "$tmp/$2/$1"
}
for format in $formats; do
    check "$format: the same bytes again" same_bytes_as "$format" 3
    check "$format: and with two jobs" same_bytes_as "$format" 2
done

# says_in FORMAT WORDS...: each of these.
says_in() {
    says_format=$1
    shift
    for words; do
        says "$words" "$tmp/1/$says_format" || return
    done
}
check 'text' says_in text 'C1' 'Ada' 'waived' 'this waiver expired on 2020-01-01' 'has waived nothing' ' gone$' 'SHA-256'
check 'SARIF' says_in sarif '"C1"' '"suppressions":\[\{' 'this waiver expired on 2020-01-01' 'has waived nothing' \
    '"baselineState":"absent"' '"sha-256"' 'golden-added'
check 'CSV' says_in csv ',waived,A. B.,' ',expired,C. D.,' ',gone,' ',unchanged,' 'golden-removed' ',C1,Ada,E2,a note' \
    ",complete,$(sha256sum <"$broken" | cut -d ' ' -f 1),"
check 'JUnit' says_in junit '<skipped message="waived by A. B.' 'was waived by C. D.' 'this waiver expired on 2020-01-01' \
    'has waived nothing' 'gone since the baseline' 'name="golden-added"' 'name="examiner" value="Ada"' 'name="sha256"'
check 'the body file' says_in bodyfile '^# case: C1$' '^# note: a note$' ': failed: '
done_testing
