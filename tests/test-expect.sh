#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --expect and --rules-from: packages and golden hives as rules.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
sample_hives || exit
reg=$srcdir/hives/fabrikam.reg
stock=$srcdir/hives/stock.reg

# changed NAME SED-SCRIPT: builds $tmp/NAME.hive of the sample with its text changed.
changed() {
    sed "$2" "$reg" | hive "$1" "$stock"
}

# expected STATUS HIVE EXPECTATION: the findings of generated rules alone.
expected() {
    audit "$1" --no-default-rules --expect="$3" "$2"
}

sample_is_as_expected() {
    expected 0 "$tmp/fabrikam.hive" "$1" && says ' 0 errors, 0 warnings, 0 notes; ' "$tmp/out" &&
        audit 0 --expect="$1" --fail-on=warning "$tmp/fabrikam.hive"
}

# differs NAME SED-SCRIPT FINDING...: exactly these are found in a changed sample.
differs() {
    changed "$1" "$2" || return
    differs_hive=$tmp/$1.hive
    shift 2
    expected 1 "$differs_hive" "$reg" &&
        same "$(printf '%s\n' "$@")" "$(findings <"$tmp/out" | cut -d ' ' -f 1-3)"
}

missing_entry_is_found() {
    expected 1 "$tmp/stock.hive" "$reg" && says ' 10 errors, ' "$tmp/out" &&
        says '^  error expect-fabrikam-native-atr: ATR of "Fabrikam" is not as in fabrikam.reg \(ATR: got nothing, want 3b 04 51 ff 08 00\)$' "$tmp/out"
}

missing_view_is_found() {
    hive native "$stock" "$reg" <<'REG' || return
Windows Registry Editor Version 5.00
[-HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node]
REG
    expected 1 "$tmp/native.hive" "$reg" &&
        same '5 wow6432node' "$(findings <"$tmp/out" | cut -d ' ' -f 3 | sort | uniq -c | sed 's/^ *//')"
}

printed_rules_are_the_same_rules() {
    audit 0 --rules-from="$reg" && cp "$tmp/out" "$tmp/printed.yaml" &&
        silent . "$tmp/err" && audit 0 --check-rules --no-default-rules "$tmp/printed.yaml" &&
        audit 1 --no-default-rules --rules="$tmp/printed.yaml" "$tmp/stock.hive" &&
        cp "$tmp/out" "$tmp/by-rules" && expected 1 "$tmp/stock.hive" "$reg" &&
        cmp "$tmp/by-rules" "$tmp/out"
}

rules_take_options() {
    audit 0 --no-default-rules --expect="$reg" --severity=all=note "$tmp/stock.hive" &&
        audit 1 --no-default-rules --expect="$reg" --disable=all \
            --enable=expect-fabrikam-native-atr "$tmp/stock.hive" && says ' 1 error, ' "$tmp/out" &&
        audit 0 --expect="$reg" --explain=expect-fabrikam-native-atr &&
        says 'Made of fabrikam.reg, which holds this value' "$tmp/out" &&
        audit 0 --expect="$reg" --list-rules && says '^expect-fabrikam-wow6432node-atr ' "$tmp/out"
}

golden_hive_is_expected() {
    expected 0 "$tmp/fabrikam.hive" "$tmp/fabrikam.hive" &&
        expected 0 "$tmp/fabrikam.hive" "$tmp/stock.hive" &&
        expected 1 "$tmp/stock.hive" "$tmp/fabrikam.hive" && says ' 10 errors, ' "$tmp/out"
}

several_are_expected() {
    audit 1 --no-default-rules --expect="$reg" --expect="$tmp/fabrikam.hive" "$tmp/stock.hive" &&
        says ' 20 errors, ' "$tmp/out"
}

standard_input_is_expected() {
    audit 0 --rules-from=- <"$reg" && says 'standard input' "$tmp/out" &&
        audit 2 --expect=- - <"$reg" && says 'read but once$' "$tmp/err"
}

names_survive() {
    hive names "$stock" <<'REG' || return
Windows Registry Editor Version 5.00
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\a/b+c.d (x) [y] "z" 'ü' #: {}]
"no"="null"
"back\\slash \"x\""="C:\\Windows\\x.dll"
@="default"
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\empty]
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:1
REG
    expected 0 "$tmp/names.hive" "$tmp/names.hive" && silent . "$tmp/err" &&
        expected 1 "$tmp/stock.hive" "$tmp/names.hive" && says ' 5 errors, ' "$tmp/out"
}

# A dirty hive would lend its old state to the rules.
dirty_golden_hive_needs_its_logs() {
    logged_hive "$tmp/golden.hive" "$stock" "$reg" || return
    expected 1 "$tmp/stock.hive" "$tmp/golden.hive" && says ' 10 errors, ' "$tmp/out" || return
    mkdir "$tmp/bare" && cp "$tmp/golden.hive" "$tmp/bare" || return
    expected 2 "$tmp/stock.hive" "$tmp/bare/golden.hive" &&
        says '^hiveaudit: --expect: .*/bare/golden.hive: the hive is dirty ' "$tmp/err" &&
        silent . "$tmp/out" &&
        audit 0 --no-default-rules --allow-dirty --expect="$tmp/bare/golden.hive" "$tmp/stock.hive"
}

# refused PATTERN FILE: neither option takes a file.
refused() {
    expected 2 "$tmp/fabrikam.hive" "$2" && says "^hiveaudit: --expect: $2: $1" "$tmp/err" &&
        silent . "$tmp/out" &&
        audit 2 --rules-from="$2" && says "^hiveaudit: --rules-from: $2: $1" "$tmp/err" &&
        silent . "$tmp/out"
}

damaged_is_refused() {
    head -c 9000 "$tmp/fabrikam.hive" >"$tmp/cut.hive"
    refused '' "$tmp/cut.hive"
}

empty_is_refused() {
    printf 'REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais]\n' >"$tmp/empty.reg"
    refused 'holds nothing that rules could demand$' "$tmp/empty.reg"
}

folder_is_refused() {
    mkdir -p "$tmp/folder" && refused '' "$tmp/folder"
}

twins_of_ids_are_refused() {
    audit 0 --rules-from="$reg" && cp "$tmp/out" "$tmp/mine.yaml" &&
        audit 2 --rules="$tmp/mine.yaml" --expect="$reg" "$tmp/stock.hive" &&
        says ':[0-9]+:[0-9]+: rule "expect-fabrikam-native-atr" is there twice: the other is ' "$tmp/err"
}

rules_from_takes_no_evidence() {
    audit 2 --rules-from="$reg" "$tmp/stock.hive" && says 'unexpected argument' "$tmp/err"
}

# Hostile names reach a terminal neither in rules nor in what is said of them.
hostile_names_are_escaped() {
    printf 'REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\a\033[31m\302\233]\n"\033"="\033"\n"n"=hex(1):41,00,00,00,42,00\n' \
        >"$tmp/hostile.reg"
    esc=$(printf '[\033\302]')
    for option in --rules-from="$tmp/hostile.reg" "--expect=$tmp/hostile.reg --list-rules" \
        "--expect=$tmp/hostile.reg --explain=expect-a-31m-native-unnamed"; do
        # Each option is words.
        # shellcheck disable=SC2086
        audit 0 $option && LC_ALL=C silent "$esc" "$tmp/out" && LC_ALL=C silent "$esc" "$tmp/err" &&
            says 'left out: .*\\x1b.* n is a text that no rule can spell' "$tmp/err" || return
    done
}

# In a sandbox, and within its limits, like all evidence.
hang_is_ended() {
    mkfifo "$tmp/fifo" && sleep 5 <>"$tmp/fifo" &
    sleeper=$!
    until [ -p "$tmp/fifo" ]; do :; done
    audit 2 --timeout=1 --rules-from="$tmp/fifo"
    result=$?
    kill "$sleeper"
    return "$result"
}

# corpus_is_as_expected FILE.reg: a hive into which a vendor's file was imported.
corpus_is_as_expected() {
    "$MKHIVE" "$tmp/imported.hive" "$stock" "$1" && expected 0 "$tmp/imported.hive" "$1" &&
        expected 1 "$tmp/stock.hive" "$1"
}

# Each variant of the sample differs from the .reg as it differs from the INF that the .reg is made of.
inf_demands_the_same() {
    inf=$HIVEAUDIT_CORPUS/inf/fabrikam-sample.inf
    for variant in fabrikam stock byte letter type value native; do
        status=1
        [ "$variant" = fabrikam ] && status=0
        expected "$status" "$tmp/$variant.hive" "$reg" && findings <"$tmp/out" >"$tmp/by-reg" &&
            expected "$status" "$tmp/$variant.hive" "$inf" &&
            same "$(cat "$tmp/by-reg")" "$(findings <"$tmp/out")" || return
    done
}

# On x86 the sample INF writes one view, and nothing on arm64, which must not look clean.
inf_knows_architectures() {
    sed 's/amd64fre/x86fre/' "$stock" >"$tmp/x86.reg" && sed 's/amd64fre/arm64fre/' "$stock" >"$tmp/arm64.reg" &&
        "$MKHIVE" "$tmp/x86.hive" "$tmp/x86.reg" && "$MKHIVE" "$tmp/arm64.hive" "$tmp/arm64.reg" &&
        expected 1 "$tmp/x86.hive" "$1" && says ' 5 errors, 0 warnings, 0 notes' "$tmp/out" &&
        expected 1 "$tmp/arm64.hive" "$1" && says 'warning expect-architecture: .* nothing here was compared' "$tmp/out" &&
        says ' 0 errors, 1 warning, 0 notes' "$tmp/out"
}

hkr_is_left_out() {
    refused 'left out: Microsoft.Cryptography.Calais.SmartCards.Beid: this key is written below HKR' "$1" &&
        says 'holds nothing that rules could demand$' "$tmp/err"
}

check 'a .reg demands what the sample holds' sample_is_as_expected "$reg"
check 'an altered byte is found' \
    differs byte '8s/04,51/04,50/' 'error expect-fabrikam-native-atr native'
check 'an altered letter is found' \
    differs letter '19s/Fabrikamcm/fabrikamcm/' 'error expect-fabrikam-wow6432node-80000001 wow6432node'
check 'another type is found' \
    differs type '9s/hex:/hex(7):/' 'error expect-fabrikam-native-atrmask native'
check 'a missing value is found' \
    differs value '/Wow6432Node/,$ { /^"Crypto/d; }' 'error expect-fabrikam-wow6432node-crypto-provider wow6432node'
check 'a missing entry is found, value by value' missing_entry_is_found
check 'a missing view is found' missing_view_is_found
check '--rules-from prints the rules that --expect judges by' printed_rules_are_the_same_rules
check 'they take the options about rules' rules_take_options
check 'a golden hive can be expected' golden_hive_is_expected
check 'several files can be' several_are_expected
check 'and standard input' standard_input_is_expected
check 'odd names survive' names_survive
check 'a dirty golden hive needs its logs' dirty_golden_hive_needs_its_logs
check 'a damaged one is refused' damaged_is_refused
check 'what holds nothing to expect is refused' empty_is_refused
check 'so is a folder' folder_is_refused
check 'rules that are there already are refused' twins_of_ids_are_refused
check '--rules-from takes no evidence' rules_from_takes_no_evidence
check 'hostile names are escaped' hostile_names_are_escaped
check 'a file that hangs is given up' hang_is_ended
corpus=${HIVEAUDIT_CORPUS:-}
if [ -r "$corpus/inf/fabrikam-sample.inf" ]; then
    check "Microsoft's sample INF demands what the .reg does" inf_demands_the_same
    check 'on the architectures that it is for' inf_knows_architectures "$corpus/inf/fabrikam-sample.inf"
    check 'what an INF writes below HKR is no demand' hkr_is_left_out "$corpus/inf/beidmdrv.inf"
    for name in open-eid-install opensc-minidriver-westcos-a0464462 \
        opensc-minidriver-italian-cns-a0464462 sc-hsm_minidriver-sc-hsm; do
        check "$name.reg is met where it was imported" corpus_is_as_expected "$corpus/reg/$name.reg"
    done
else
    skip "vendors' packages demand what they write" 'HIVEAUDIT_CORPUS is not set'
fi
done_testing
