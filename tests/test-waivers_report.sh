#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --waivers: what someone answers for stays visible, fails nothing until its day is over, and is said
# where it waives nothing.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

cards='Microsoft\Cryptography\Calais\SmartCards'
# entry KEY: an entry whose ATR has a bit outside its mask.
entry() {
    printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\%s]\n"ATR"=hex:3b,02,41,43\n"ATRMask"=hex:ff,ff,ff,00\n' "$1"
    printf '"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"\n"80000001"="contosocm.dll"\n'
}
sample_hives || exit
{ entry "$cards\\Contoso" && entry "Wow6432Node\\$cards\\Contoso"; } | hive both "$srcdir/hives/stock.reg" || exit
entry "$cards\\Contoso" | hive native "$srcdir/hives/stock.reg" || exit
mkdir "$tmp/host1" "$tmp/host2" || exit
cp "$tmp/both.hive" "$tmp/host1/SOFTWARE"
cp "$tmp/both.hive" "$tmp/host2/SOFTWARE"

# waive RULE [FIELD: VALUE]...: adds a waiver to $tmp/waivers.yaml; its last day is 2026-11-21.
waive() {
    [ -s "$tmp/waivers.yaml" ] || echo 'waivers:' >"$tmp/waivers.yaml"
    printf '  - rule: %s\n' "$1" >>"$tmp/waivers.yaml"
    shift
    for field; do
        printf '    %s\n' "$field" >>"$tmp/waivers.yaml"
    done
    printf '    reason: ticket 4711\n    owner: J. Doe\n    expires: 2026-11-21\n' >>"$tmp/waivers.yaml"
}

# held STATUS ARGUMENT...: audits by the waivers, for what is an error or a warning of ATRs.
held() {
    held_status=$1
    shift
    audit "$held_status" --disable=all --enable=atr-outside-mask --waivers="$tmp/waivers.yaml" "$@"
}

waive atr-outside-mask "key: '$cards\\CONTOSO'"
waived_is_visible() {
    held 1 --now=2026-11-21 "$tmp/both.hive" && [ ! -s "$tmp/err" ] &&
        says '^  error atr-outside-mask, waived: ' "$tmp/out" &&
        says '^    waiver      until 2026-11-21, J. Doe: ticket 4711$' "$tmp/out" &&
        says 'both.hive: 2 errors, 0 warnings, 0 notes \(1 waived\); audit complete' "$tmp/out" &&
        says '^  error atr-outside-mask: ' "$tmp/out"
}
check 'a waived finding is visible, and that of the other view is not waived' waived_is_visible
check 'a run whose findings are all waived does not fail' held 0 --now=2026-11-21 "$tmp/native.hive"
check 'the day before, too' held 0 --now=2026-11-20 "$tmp/native.hive"
day_is_said() {
    held 0 --now=2026-11-21 "$tmp/native.hive" &&
        says '^waivers, as of 2026-11-21: 1 used, 0 unused, 0 expired$' "$tmp/out"
}
check 'the report says the day' day_is_said
expired_is_said() {
    held 1 --now=2026-11-22 "$tmp/native.hive" &&
        says '^  error atr-outside-mask: ' "$tmp/out" &&
        says '^    waiver      expired on 2026-11-21, J. Doe: ticket 4711$' "$tmp/out" &&
        says '1 error, 0 warnings, 0 notes; audit complete' "$tmp/out" &&
        says '^waivers, as of 2026-11-22: 0 used, 0 unused, 1 expired$' "$tmp/out" &&
        says 'waivers.yaml:2:5: this waiver expired on 2026-11-21: 1 finding of ' "$tmp/out" &&
        says '^hiveaudit: .*waivers.yaml:2:5: this waiver expired on 2026-11-21' "$tmp/err"
}
check 'the day after it waives nothing, which is said' expired_is_said
unused_is_said() {
    held 0 --now=2026-11-21 "$tmp/stock.hive" &&
        says '^waivers, as of 2026-11-21: 0 used, 1 unused, 0 expired$' "$tmp/out" &&
        says '^hiveaudit: .*waivers.yaml:2:5: this waiver has waived nothing: ' "$tmp/err"
}
check 'one that has waived nothing is said' unused_is_said
# At any time it is another day in one of these zones at least.
today_is_said() {
    for zone in UTC0 EAST-14 WEST+12; do
        before=$(date -u +%F)
        (export TZ="$zone" && held 0 "$tmp/native.hive") || return
        after=$(date -u +%F)
        grep -qF -e "as of $before:" -e "as of $after:" "$tmp/out" || return
    done
}
sed -i 's/expires: .*/expires: 9999-12-31/' "$tmp/waivers.yaml"
check 'without --now it is today, in UTC' today_is_said
sed -i 's/expires: .*/expires: 0001-01-01/' "$tmp/waivers.yaml"
check 'which is later than the days of old' held 1 "$tmp/native.hive"
hidden_is_counted() {
    held 0 --min-severity=error --severity=atr-outside-mask=warning --now=2000-01-01 "$tmp/native.hive" &&
        says '1 warning, 0 notes \(1 waived, 1 not shown\)' "$tmp/out"
}
sed -i 's/expires: .*/expires: 2026-11-21/' "$tmp/waivers.yaml"
check 'one that is not shown is counted' hidden_is_counted

: >"$tmp/waivers.yaml"
waive atr-outside-mask "evidence: '*/host1/*'"
of_one_host() {
    held 1 --now=2026-11-21 "$1" "$tmp/host1" "$tmp/host2" && [ ! -s "$tmp/err" ] &&
        says 'host1/SOFTWARE: 2 errors, 0 warnings, 0 notes \(2 waived\)' "$tmp/out" &&
        says 'host2/SOFTWARE: 2 errors, 0 warnings, 0 notes; ' "$tmp/out" &&
        says '^2 pieces .*4 errors, 0 warnings, 0 notes \(2 waived\)$' "$tmp/out"
}
check 'a waiver of some evidence is for that alone, also of identical hives' of_one_host -j1
check 'and with workers side by side' of_one_host -j2
bytes_are_the_same() {
    held 1 --now=2026-11-21 -o json -j1 "$tmp/host1" "$tmp/host2" && cp "$tmp/out" "$tmp/first" &&
        held 1 --now=2026-11-21 -o json -j2 "$tmp/host1" "$tmp/host2" && cmp "$tmp/out" "$tmp/first"
}
check 'reports are the same for any number of jobs' bytes_are_the_same

# A name that would write on a terminal, in the file and in the hive.
entry "$(printf '%s\\evil \033[31m<script>"' "$cards")" | hive evil "$srcdir/hives/stock.reg" || exit
: >"$tmp/waivers.yaml"
waive atr-outside-mask "key: '$cards\\evil \\x1b[31m<script>\"'" "evidence: '*evil.hive'"
printf '  - {rule: atr-outside-mask, key: "\\e[31m", reason: "a\\nb\\e[0m", owner: "\\u202e", expires: 2026-11-21}\n' \
    >>"$tmp/waivers.yaml"
hostile_is_escaped() {
    held 0 --now=2026-11-21 "$tmp/evil.hive" && says '\(1 waived\)' "$tmp/out" &&
        says 'no finding of atr-outside-mask in the key "\\x1b\[31m"' "$tmp/err" &&
        silent "$(printf '\033')" "$tmp/out" && silent "$(printf '\033')" "$tmp/err"
}
check 'hostile names are waived as text reports show them' hostile_is_escaped

dirty_is_waived() {
    : >"$tmp/waivers.yaml"
    waive atr-outside-mask "key: '$cards\\Contoso'"
    entry "$cards\\Contoso" >"$tmp/late.reg"
    logged_hive "$tmp/dirty.hive" "$srcdir/hives/stock.reg" "$tmp/late.reg" || return
    held 0 --now=2026-11-21 "$tmp/dirty.hive" && says 'only with the logs replayed' "$tmp/out" &&
        says '\(1 waived\)' "$tmp/out" && held 3 --now=2026-11-21 --logs=ignore "$tmp/dirty.hive"
}
check 'a finding of a dirty hive can be waived, its dirt cannot' dirty_is_waived

json_says_it() {
    : >"$tmp/waivers.yaml"
    waive atr-outside-mask "key: '$cards\\Contoso'"
    waive atr-missing "evidence: '*'"
    held 1 --now=2026-11-21 -o json "$tmp/both.hive" && python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["waivers"]["day"] == "2026-11-21"
used, unused = report["waivers"]["items"]
assert (used["state"], used["findings"], used["line"]) == ("used", 1, 2), used
assert (unused["state"], unused["findings"], unused["key"]) == ("unused", 0, None), unused
native, wow = report["evidence"][0]["findings"]
assert native["waiver"] == {"reason": "ticket 4711", "owner": "J. Doe", "expires": "2026-11-21", "expired": False}
assert "waiver" not in wow
assert report["evidence"][0]["counts"]["waived"] == 1' <"$tmp/out"
}
check 'JSON says all of it' json_says_it

# refuses PATTERN ARGUMENT...: status 2, said on standard error alone.
refuses() {
    pattern=$1
    shift
    audit 2 "$@" && says "^hiveaudit: .*$pattern" "$tmp/err" && [ ! -s "$tmp/out" ]
}
wrong() {
    printf '%s\n' "$2" >"$tmp/wrong.yaml"
    refuses "wrong.yaml:$1" --waivers="$tmp/wrong.yaml" "$tmp/stock.hive"
}
check 'an unknown rule is refused with the nearest' \
    wrong '1:18: unknown rule "atr-outside-mas" \(did you mean "atr-outside-mask"' \
    'waivers: [{rule: atr-outside-mas, key: K, reason: r, owner: o, expires: 2026-11-21}]'
check 'a waiver without a reason is refused' wrong '1:11: this waiver has no "reason"' \
    'waivers: [{rule: atr-outside-mask, key: K, owner: o, expires: 2026-11-21}]'
check 'a file without waivers is refused' wrong '1:10: "waivers" has to be' 'waivers: []'
check 'an empty file is refused' wrong '1:1: nothing here' ''
check 'a file that is missing is refused' refuses 'none.yaml: .*No such file' --waivers="$tmp/none.yaml" "$tmp/stock.hive"
check 'a day that is none is refused' refuses '--now: got "2026-02-29"' --waivers="$tmp/waivers.yaml" --now=2026-02-29 "$tmp/stock.hive"
check '--now needs --waivers' refuses '--now needs --waivers' --now=2026-11-21 "$tmp/stock.hive"
check '--waivers does not go with --card' refuses '--waivers does not go with --card' \
    --waivers="$tmp/waivers.yaml" --card=3B00 "$tmp/stock.hive"
check 'nor with --list-rules' refuses '--waivers does not go with --list-rules' \
    --waivers="$tmp/waivers.yaml" --list-rules
done_testing
