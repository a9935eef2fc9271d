#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --golden: drift from a golden hive, and what can be one.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
sample_hives || exit
reg=$srcdir/hives/fabrikam.reg
entry='Microsoft\Cryptography\Calais\SmartCards\Fabrikam'

# changed NAME SED-SCRIPT: builds $tmp/NAME.hive of the sample with its text changed.
changed() {
    sed "$2" "$reg" | hive "$1" "$stock"
}

# compared STATUS GOLDEN HIVE...: the findings of the rules about drift alone.
compared() {
    compared_status=$1 compared_golden=$2
    shift 2
    audit "$compared_status" --no-default-rules --rules="$srcdir/rules/golden.yaml" \
        --golden="$compared_golden" "$@"
}

# drifts GOLDEN HIVE FINDING...: exactly these are found.
drifts() {
    compared 1 "$1" "$2" || return
    shift 2
    same "$(printf 'warning golden-%s\n' "$@")" "$(findings <"$tmp/out")"
}

each_is_as_itself() {
    for sample in stock fabrikam broken; do
        compared 0 "$tmp/$sample.hive" "$tmp/$sample.hive" &&
            says ' 0 errors, 0 warnings, 0 notes; ' "$tmp/out" &&
            says "^compared with the golden hive $tmp/$sample.hive\$" "$tmp/out" || return
    done
}

entries_are_added() {
    drifts "$tmp/stock.hive" "$tmp/fabrikam.hive" \
        "added native $entry" "added wow6432node Wow6432Node\\$entry"
}

entries_are_removed() {
    drifts "$tmp/fabrikam.hive" "$tmp/stock.hive" \
        "removed native $entry" "removed wow6432node Wow6432Node\\$entry" &&
        silent '^    written' "$tmp/out"
}

byte_is_changed() {
    changed byte '8s/04,51/04,50/' && drifts "$tmp/fabrikam.hive" "$tmp/byte.hive" "changed native $entry" &&
        says '^  warning golden-changed: ATR differs: got 3b 04 50 ff 08 00, the golden hive has 3b 04 51 ff 08 00$' "$tmp/out" &&
        says '^    value       ATR = 3b 04 50 ff 08 00$' "$tmp/out" &&
        says '^    golden      3b 04 51 ff 08 00$' "$tmp/out"
}

order_and_case_do_not_matter() {
    changed order '7s/Fabrikam/FABRIKAM/; 8{h;d}; 9{s/ATRMask/atrmask/;G}' &&
        compared 0 "$tmp/fabrikam.hive" "$tmp/order.hive"
}

values_are_removed() {
    changed fewer '/^"Crypto/d' &&
        drifts "$tmp/fabrikam.hive" "$tmp/fewer.hive" "removed native $entry" \
            "removed wow6432node Wow6432Node\\$entry" &&
        says '^  warning golden-removed: Crypto Provider is missing: the golden hive has "Microsoft Base ' "$tmp/out" &&
        says '^    value       Crypto Provider = absent$' "$tmp/out"
}

# json_of RULE: what the JSON report says of the first finding of a rule.
json_of() {
    python3 - "$tmp/report.json" "$1" <<'END'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
finding = next(f for e in report["evidence"] for f in e["findings"] if f["rule"] == sys.argv[2])
print(report["tool"]["golden"] is not None, finding["value"], finding["data"], finding["offset"] is not None,
      finding.get("golden"))
END
}

json_has_both_sides() {
    changed json '8s/04,51/04,50/; 9d' &&
        compared 1 "$tmp/fabrikam.hive" -q -o json="$tmp/report.json" "$tmp/json.hive" &&
        same "True ATR 3b0450ff0800 True {'type': 'REG_BINARY', 'data': '3b0451ff0800'}" \
            "$(json_of golden-changed)" &&
        same "True ATRMask None True {'type': 'REG_BINARY', 'data': 'ffffffffffff'}" \
            "$(json_of golden-removed)" &&
        compared 1 "$tmp/fabrikam.hive" -q -o json="$tmp/report.json" "$tmp/stock.hive" &&
        same 'True None None False None' "$(json_of golden-removed)"
}

rules_take_options() {
    audit 1 --golden="$tmp/fabrikam.hive" --severity=golden-removed=error "$tmp/stock.hive" &&
        says '^  error golden-removed: ' "$tmp/out" &&
        audit 0 --golden="$tmp/fabrikam.hive" --disable=golden-removed "$tmp/stock.hive" &&
        audit 0 --golden="$tmp/fabrikam.hive" --fail-on=error "$tmp/stock.hive"
}

# Where nothing would be compared, nothing must look as if it had been.
rules_are_needed() {
    audit 2 --no-default-rules --rules="$srcdir/rules/readers.yaml" --golden="$tmp/stock.hive" "$tmp/stock.hive" &&
        says '^hiveaudit: --golden: every rule that compares is switched off' "$tmp/err" &&
        audit 2 --disable=golden-added --disable=golden-removed --disable=golden-changed \
            --golden="$tmp/stock.hive" "$tmp/stock.hive" &&
        says '^hiveaudit: --golden: every rule that compares is switched off' "$tmp/err" &&
        audit 2 --disable=all --enable=golden-added "$tmp/stock.hive" &&
        says '^hiveaudit: every rule is switched off: nothing would be audited$' "$tmp/err"
}

many_are_compared() {
    compared 1 "$tmp/fabrikam.hive" -j1 "$tmp/stock.hive" "$tmp/fabrikam.hive" "$tmp/broken.hive" "$tmp/stock.hive" &&
        cp "$tmp/out" "$tmp/one" &&
        compared 1 "$tmp/fabrikam.hive" -j2 "$tmp/stock.hive" "$tmp/fabrikam.hive" "$tmp/broken.hive" "$tmp/stock.hive" &&
        cmp "$tmp/one" "$tmp/out"
}

archive_is_a_golden_hive() {
    mkdir -p "$tmp/backup/hives" && cp "$tmp/fabrikam.hive" "$tmp/backup/hives/SOFTWARE" &&
        "$MKHIVE" "$tmp/backup/hives/other" "$srcdir/hives/system.reg" &&
        tar -C "$tmp/backup" -cf "$tmp/backup.tar" hives &&
        compared 0 "$tmp/backup.tar" "$tmp/fabrikam.hive" && compared 1 "$tmp/backup.tar" "$tmp/stock.hive"
}

standard_input_is_a_golden_hive() {
    # Evidence is read only, whatever the linter thinks.
    # shellcheck disable=SC2094
    compared 0 - "$tmp/stock.hive" <"$tmp/stock.hive" &&
        says '^compared with the golden hive \(standard input\)$' "$tmp/out" &&
        audit 2 --golden=- - <"$tmp/stock.hive" && says 'read but once$' "$tmp/err"
}

# A dirty hive would lend its old state.
dirty_needs_its_logs() {
    logged_hive "$tmp/golden.hive" "$stock" "$reg" && compared 0 "$tmp/golden.hive" "$tmp/fabrikam.hive" || return
    mkdir "$tmp/bare" && cp "$tmp/golden.hive" "$tmp/bare" &&
        refused 'the hive is dirty ' "$tmp/bare/golden.hive" &&
        compared 0 "$tmp/bare/golden.hive" --allow-dirty "$tmp/stock.hive"
}

# What is only there with the logs replayed is new drift.
replay_tells_drift_apart() {
    logged_hive "$tmp/logged.evidence" "$stock" "$reg" &&
        compared 1 "$tmp/stock.hive" "$tmp/logged.evidence" &&
        same 2 "$(grep -c '^    logs        only with the logs replayed' "$tmp/out")" &&
        compared 0 "$tmp/fabrikam.hive" --min-severity=note "$tmp/logged.evidence" &&
        same 2 "$(grep -c '^    logs        only without the logs' "$tmp/out")"
}

# refused PATTERN FILE: it is no golden hive, and nothing is reported.
refused() {
    compared 2 "$2" "$tmp/stock.hive" && says "^hiveaudit: --golden: $2: $1" "$tmp/err" && silent . "$tmp/out"
}

texts_are_refused() {
    refused 'this is no hive: .* \(--expect ' "$reg" && refused 'this is no hive: ' "$srcdir/hives/contoso.inf"
}

texts_are_not_compared() {
    audit 0 --fail-on=never --golden="$tmp/stock.hive" "$srcdir/hives/contoso.inf" "$reg" &&
        silent 'golden-(added|removed|changed)' "$tmp/out" &&
        says '^  note: not compared with the golden hive: what this INF does not name ' "$tmp/out" &&
        says '^  note: not compared with the golden hive: what this .reg does not name ' "$tmp/out"
}

what_is_no_whole_hive_is_refused() {
    head -c 9000 "$tmp/fabrikam.hive" >"$tmp/cut.hive" && refused '' "$tmp/cut.hive" &&
        mkdir "$tmp/folder" && refused '' "$tmp/folder" && refused '' "$tmp/missing" &&
        : >"$tmp/empty" && refused '' "$tmp/empty" &&
        "$MKHIVE" "$tmp/system.hive" "$srcdir/hives/system.reg" &&
        refused 'nothing to audit: this is a SYSTEM hive, want a SOFTWARE hive' "$tmp/system.hive"
}

two_hives_are_refused() {
    mkdir -p "$tmp/two/a" "$tmp/two/b" && cp "$tmp/stock.hive" "$tmp/two/a/SOFTWARE" &&
        cp "$tmp/fabrikam.hive" "$tmp/two/b/SOFTWARE" && tar -C "$tmp/two" -cf "$tmp/two.tar" a b &&
        refused 'holds more than one hive' "$tmp/two.tar"
}

# no_use OPTION...: what would be passed over is refused.
no_use() {
    audit 2 --golden="$tmp/stock.hive" "$@" && says 'does not go with' "$tmp/err"
}

is_for_audits() {
    no_use --card=3b00 "$tmp/stock.hive" && no_use --list-rules && no_use --decode=3b00 &&
        no_use --check-rules && no_use --explain=golden-added && no_use --rules-from="$reg"
}

hang_is_ended() {
    mkfifo "$tmp/fifo" && sleep 5 <>"$tmp/fifo" &
    sleeper=$!
    until [ -p "$tmp/fifo" ]; do :; done
    compared 2 "$tmp/fifo" --timeout=1 "$tmp/stock.hive"
    result=$?
    kill "$sleeper"
    return "$result"
}

# Names and data of either side reach a terminal as text alone.
hostile_names_are_escaped() {
    printf '[Microsoft\\Cryptography\\Calais\\SmartCards\\a\033[31m\302\233]\n"\033"="\033"\n"n"=hex(1):1b,00,00,00,2e,20\n' |
        hive hostile "$stock" || return
    esc=$(printf '[\033\302]')
    for pair in "stock hostile" "hostile stock"; do
        compared 1 "$tmp/${pair% *}.hive" "$tmp/${pair#* }.hive" && says 'a\\x1b\[31m\\x9b$' "$tmp/out" &&
            LC_ALL=C silent "$esc" "$tmp/out" || return
    done
    cp "$tmp/stock.hive" "$tmp/$(printf 'x\033')" && compared 0 "$tmp/$(printf 'x\033')" "$tmp/stock.hive" &&
        LC_ALL=C silent "$esc" "$tmp/out"
}

# system_hive NAME START: a Windows in $tmp/NAME with a SYSTEM hive, whose Smart Card service starts so.
system_hive() {
    mkdir -p "$tmp/$1" && cp "$tmp/stock.hive" "$tmp/$1/SOFTWARE" &&
        sed "/SCardSvr/,/Start/ s/\"Start\"=.*/\"Start\"=dword:0000000$2/" "$srcdir/hives/system.reg" >"$tmp/$1.reg" &&
        "$MKHIVE" "$tmp/$1/SYSTEM" "$tmp/$1.reg"
}

system_hives_are_compared() {
    system_hive three 3 && system_hive four 4 &&
        drifts "$tmp/three/SOFTWARE" "$tmp/four/SOFTWARE" 'changed system ControlSet001\Services\SCardSvr' &&
        compared 0 "$tmp/three/SOFTWARE" "$tmp/stock.hive" && compared 0 "$tmp/stock.hive" "$tmp/three/SOFTWARE"
}

# facts HIVE: what hivex tells of the entries and CSPs of a hive: a line "KEY", and one for each of its
# values, "KEY<tab>NAME<tab>DATA".
facts() {
    for parent in 'Microsoft\Cryptography\Calais\SmartCards' 'Microsoft\Cryptography\Defaults\Provider'; do
        printf 'load %s\ncd \\%s\nls\n' "$1" "$parent" | hivexsh | while read -r key; do
            echo "$parent\\$key"
            hivexget "$1" "\\$parent\\$key" | while IFS= read -r line; do
                printf '%s\t%s\t%s\n' "$parent\\$key" "${line%%=*}" "${line#*=}"
            done
        done
    done
}

# expected_drift GOLDEN-FACTS FACTS: the findings that follow.
expected_drift() {
    awk -F '\t' '
        function say(kind, key) { print "golden-" kind " native " key }
        NR == FNR { golden[$1 FS $2] = $3; next }
        { here[$1 FS $2] = $3 }
        END {
            for (fact in here) {
                split(fact, part, FS)
                if (!(fact in golden) && (part[2] == "" || (part[1] FS) in golden)) say("added", part[1])
                else if (fact in golden && here[fact] != golden[fact]) say("changed", part[1])
            }
            for (fact in golden) {
                split(fact, part, FS)
                if (!(fact in here) && (part[2] == "" || (part[1] FS) in here)) say("removed", part[1])
            }
        }' "$1" "$2" | sort
}

# windows_drifts GOLDEN HIVE: by what hivex reads of both.
windows_drifts() {
    expected_drift "$tmp/$1.facts" "$tmp/$2.facts" >"$tmp/expected-drift"
    [ -s "$tmp/expected-drift" ] || return
    compared 1 "$tmp/$1.software" --allow-dirty "$tmp/$2.software" &&
        findings <"$tmp/out" | grep -E " native .*\\\\(SmartCards|Provider)\\\\" | cut -d ' ' -f 2- | sort >"$tmp/got-drift"
    diff -u "$tmp/expected-drift" "$tmp/got-drift"
}

real_windows_drift() {
    for windows in win7-x86 win81-x64; do
        xz -dc "$HIVEAUDIT_CORPUS/hives/$windows/SOFTWARE.xz" >"$tmp/$windows.software" &&
            facts "$tmp/$windows.software" >"$tmp/$windows.facts" && [ -s "$tmp/$windows.facts" ] &&
            compared 0 "$tmp/$windows.software" --allow-dirty "$tmp/$windows.software" || return
    done
    windows_drifts win7-x86 win81-x64 && windows_drifts win81-x64 win7-x86
}

check 'each hive is as itself, and the report says with what it was compared' each_is_as_itself
check 'what only the evidence has is added' entries_are_added
check 'what only the golden hive has is removed, and nowhere' entries_are_removed
check 'an altered byte is a change, shown on both sides' byte_is_changed
check 'order and letter case of names do not matter' order_and_case_do_not_matter
check 'a missing value is removed from its key' values_are_removed
check 'JSON has both sides' json_has_both_sides
check 'the rules take options' rules_take_options
check 'without one of them there is no comparison' rules_are_needed
check 'many hives are compared, with any -j alike' many_are_compared
check 'an archive with one hive is a golden hive' archive_is_a_golden_hive
check 'so is standard input' standard_input_is_a_golden_hive
check 'a dirty one needs its logs' dirty_needs_its_logs
check 'drift is told apart by the replay of logs' replay_tells_drift_apart
check 'an INF or .reg is no golden hive' texts_are_refused
check 'nor is it compared with one, which is said' texts_are_not_compared
check 'what is no whole SOFTWARE hive is refused' what_is_no_whole_hive_is_refused
check 'so are two hives' two_hives_are_refused
check '--golden is for audits by rules' is_for_audits
check 'a golden hive that hangs is given up' hang_is_ended
check 'hostile names are escaped' hostile_names_are_escaped
check 'SYSTEM hives are compared where both sides have one' system_hives_are_compared
if [ -n "${HIVEAUDIT_CORPUS:-}" ]; then
    check 'two real Windows differ by what hivex reads of them' real_windows_drift
else
    skip 'two real Windows differ by what hivex reads of them' 'HIVEAUDIT_CORPUS is not set'
fi
done_testing
