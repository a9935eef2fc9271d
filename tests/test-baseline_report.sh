#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --baseline: findings are held against those of an earlier JSON report; --fail-on-new lets only new
# ones fail the run.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

cards='Microsoft\Cryptography\Calais\SmartCards'
# entry NAME: an entry whose ATR has a bit outside its mask.
entry() {
    printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\%s\\%s]\n"ATR"=hex:3b,02,41,43\n"ATRMask"=hex:ff,ff,ff,00\n' "$cards" "$1"
    printf '"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"\n"80000001"="contosocm.dll"\n'
}
sample_hives || exit
mkdir "$tmp/fleet" || exit
stock=$srcdir/hives/stock.reg
entry Contoso | hive one "$stock" || exit
{ entry Contoso && entry Fabrikam; } | hive two "$stock" || exit
entry "$(printf 'evil \033[31m<script>"\342\200\256')" | hive evil "$stock" || exit

# put HIVE [HOST]: makes a hive the evidence.
put() {
    cp "$tmp/$1.hive" "$tmp/fleet/${2:-host}"
}

# Only the rule that the entries violate.
only='--disable=all --enable=atr-outside-mask'

# keep STATUS [ARGUMENT]...: audits the evidence into $tmp/old.json.
keep() {
    keep_status=$1
    shift
    # Two options.
    # shellcheck disable=SC2086
    audit "$keep_status" -q -o json="$tmp/old.json" $only "$@" "$tmp/fleet"
}

# compared STATUS [ARGUMENT]...: audits the evidence against $tmp/old.json.
compared() {
    compared_status=$1
    shift
    # shellcheck disable=SC2086
    audit "$compared_status" --baseline="$tmp/old.json" $only "$@" "$tmp/fleet"
}

put two
keep 1 || exit
itself_is_unchanged() {
    compared 0 --fail-on-new && silent ', new' "$tmp/out" && silent 'gone:' "$tmp/out" &&
        says '2 errors, 0 warnings, 0 notes; audit complete' "$tmp/out" &&
        says '^baseline .*/old.json: 0 new, 2 unchanged, 0 gone$' "$tmp/out" && [ ! -s "$tmp/err" ]
}
check 'of the evidence itself nothing is new or gone' itself_is_unchanged
check 'what is unchanged fails the run without --fail-on-new' compared 1

# Of all rules and all kinds of findings, JSON Lines and an INF included.
broken_is_unchanged() {
    audit 1 -q --inventory -o "$1=$tmp/all" "$tmp/broken.hive" "$srcdir/hives/broken.reg" "$srcdir/hives/contoso.inf" &&
        audit 0 --baseline="$tmp/all" --fail-on-new "$srcdir/hives/broken.reg" "$tmp/broken.hive" "$srcdir/hives/contoso.inf" &&
        says '^baseline .*: 0 new, [1-9][0-9]* unchanged, 0 gone$' "$tmp/out"
}
check 'nor of the broken hive, with all rules' broken_is_unchanged json
check 'a report as JSON Lines is a baseline as well' broken_is_unchanged jsonl

fixed_is_gone() {
    put one
    compared 0 --fail-on-new && says '^  gone: error atr-outside-mask: ' "$tmp/out" &&
        says '^    native      .*\\Fabrikam$' "$tmp/out" &&
        says '1 error, 0 warnings, 0 notes \(1 gone\); audit complete' "$tmp/out" &&
        says '^baseline .*: 0 new, 1 unchanged, 1 gone$' "$tmp/out"
}
check 'what was repaired is gone' fixed_is_gone
gone_is_hidden() {
    compared 0 --fail-on-new --min-severity=error --severity=atr-outside-mask=warning &&
        says '1 gone' "$tmp/out" && says 'gone: error' "$tmp/out" || return
    sed 's/"severity": "error"/"severity": "note"/' "$tmp/old.json" >"$tmp/notes.json"
    for format in json jsonl csv junit sqlite; do
        audit 1 --baseline="$tmp/notes.json" -o "$format=$tmp/shown.$format" "$tmp/fleet" &&
            says 'Fabrikam|gone since' "$tmp/shown.$format" &&
            audit 1 --baseline="$tmp/notes.json" --min-severity=error -o "$format=$tmp/hidden.$format" "$tmp/fleet" &&
            silent 'Fabrikam|gone since' "$tmp/hidden.$format" || return
    done
}
check 'what is gone is shown from --min-severity on' gone_is_hidden
added_is_new() {
    put one && keep 1 && put two && compared 1 --fail-on-new &&
        says '^  error atr-outside-mask, new: ' "$tmp/out" && says '^  error atr-outside-mask: ' "$tmp/out" &&
        says '2 errors, 0 warnings, 0 notes \(1 new\)' "$tmp/out" &&
        says '^baseline .*: 1 new, 1 unchanged, 0 gone$' "$tmp/out"
}
check 'what came since is new, and fails the run' added_is_new
check '--fail-on says of which severity on' compared 0 --fail-on-new --severity=atr-outside-mask=note
new_is_waived() {
    printf 'waivers: [{rule: atr-outside-mask, evidence: "*", reason: r, owner: o, expires: 2026-11-21}]' >"$tmp/w.yaml"
    compared 0 --fail-on-new --waivers="$tmp/w.yaml" --now=2026-11-21 &&
        says '^  error atr-outside-mask, new, waived: ' "$tmp/out" && says '\(2 waived, 1 new\)' "$tmp/out"
}
check 'a waiver is for what is new, too' new_is_waived

other_evidence_is_new() {
    put one && keep 1 && mv "$tmp/fleet/host" "$tmp/fleet/other" && compared 1 --fail-on-new &&
        says '^  note: the baseline has no evidence of this name: all of it is new$' "$tmp/out" &&
        says '^baseline .*: 1 new, 0 unchanged, 0 gone$' "$tmp/out" &&
        says '^  not in this run: .*/fleet/host$' "$tmp/out"
    result=$?
    rm "$tmp/fleet/other"
    return "$result"
}
check 'evidence of another name is new as a whole' other_evidence_is_new

damaged_is_not_gone() {
    put two && keep 1 && head -c 12288 "$tmp/two.hive" >"$tmp/fleet/host" && compared 3 &&
        says '0 new, [0-9]+ unchanged, 0 gone$' "$tmp/out" && silent 'not in this run' "$tmp/out" &&
        : >"$tmp/fleet/host" && compared 3 && says '0 gone$' "$tmp/out"
}
check 'what cannot be read is not gone' damaged_is_not_gone

dirty_is_compared() {
    put stock && keep 0 || return
    entry Contoso >"$tmp/late.reg"
    logged_hive "$tmp/fleet/host" "$stock" "$tmp/late.reg" || return
    compared 1 --fail-on-new && says '^  error atr-outside-mask, new: ' "$tmp/out" && keep 1 &&
        compared 0 --fail-on-new && rm "$tmp"/fleet/host* && put one && compared 0 --fail-on-new &&
        says '0 new, 1 unchanged, 0 gone$' "$tmp/out"
}
check 'what came with the logs of a dirty hive is new once' dirty_is_compared
undone_is_gone() {
    put one && keep 1 || return
    printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\%s\\Contoso]\n"ATR"=hex:3b,02,41,00\n' "$cards" >"$tmp/late.reg"
    logged_hive "$tmp/fleet/host" "$tmp/one.reg" "$stock" "$tmp/late.reg" || return
    compared 0 --fail-on-new && says 'only without the logs' "$tmp/out" &&
        says '0 new, 0 unchanged, 1 gone$' "$tmp/out"
}
check 'what the logs take away is gone' undone_is_gone
rm -f "$tmp"/fleet/host*

hostile_names_are_compared() {
    put evil && keep 1 && compared 0 --fail-on-new && put stock && compared 0 &&
        says 'gone: error' "$tmp/out" && says 'evil \\x1b\[31m<script>"\\u202e$' "$tmp/out" &&
        silent "$(printf '\033')" "$tmp/out"
}
check 'hostile names are compared, and escaped where they are gone' hostile_names_are_compared

severity_is_kept_apart() {
    put two && keep 1 --min-severity=error --severity=atr-outside-mask=warning &&
        compared 1 --severity=atr-outside-mask=warning &&
        says '^hiveaudit: --baseline: .*old.json: was written with --min-severity=error' "$tmp/err" &&
        silent ', new' "$tmp/out" && says '0 new, 0 unchanged, 0 gone$' "$tmp/out" &&
        compared 1 --fail-on-new --severity=atr-outside-mask=warning && compared 1 --fail-on-new &&
        says '2 new' "$tmp/out"
}
check 'what the baseline left out is not said to be new, and is no reason to pass' severity_is_kept_apart

bytes_are_the_same() {
    rm -f "$tmp"/fleet/* && put one a && put two b && put evil c && keep 1 && put two a && put two c &&
        compared 1 -j1 -o text -o json="$tmp/1.json" && cp "$tmp/out" "$tmp/1.txt" &&
        compared 1 -j2 -o text -o json="$tmp/2.json" && cmp "$tmp/out" "$tmp/1.txt" && cmp "$tmp/1.json" "$tmp/2.json"
}
check 'identical hives stand apart, the same for any number of jobs' bytes_are_the_same
json_says_it() {
    python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
a, b, c = report["evidence"]
total = report["baseline"]
assert (total["new"], total["unchanged"], total["gone"], total["missing"]) == (3, 3, 1, []), total
assert [f["baseline"] for f in a["findings"]] == ["unchanged", "new"]
assert [f["baseline"] for f in b["findings"]] == ["unchanged"] * 2
assert [f["baseline"] for f in c["findings"]] == ["new"] * 2
assert all(e["in_baseline"] for e in (a, b, c))
gone, = c["gone"]
old = json.load(open(sys.argv[2]))["evidence"][2]["findings"][0]
assert gone == {name: old[name] for name in gone}
assert (c["counts"]["new"], c["counts"]["unchanged"], c["counts"]["gone"]) == (2, 0, 1)
' "$tmp/1.json" "$tmp/old.json"
}
check 'JSON says all of it' json_says_it
replaced_at_the_end() {
    put two a && compared 1 -q -o json="$tmp/old.json" && compared 0 --fail-on-new
}
check 'a report may take the place of its baseline' replaced_at_the_end
many_hives() {
    rm -f "$tmp"/fleet/*
    for host in $(seq 1 1000); do
        ln "$tmp/two.hive" "$tmp/fleet/host$host" || return
    done
    keep 1 && compared 0 --fail-on-new && says '0 new, 2000 unchanged, 0 gone$' "$tmp/out" &&
        audit 0 --baseline="$tmp/old.json" --fail-on-new --disable=all --enable=atr-outside-mask "$tmp/fleet/host7" &&
        says '^  and 979 more$' "$tmp/out"
}
check 'a thousand hives are compared' many_hives

# refuses PATTERN ARGUMENT...: status 2, said on standard error alone.
refuses() {
    pattern=$1
    shift
    audit 2 "$@" "$tmp/stock.hive" && says "^hiveaudit: .*$pattern" "$tmp/err" && [ ! -s "$tmp/out" ]
}
# wrong PATTERN TEXT: a baseline of this text is refused.
wrong() {
    printf '%s' "$2" >"$tmp/wrong.json"
    refuses "--baseline: .*wrong.json: $1" --baseline="$tmp/wrong.json"
}
check 'what is no JSON is refused' wrong 'is not JSON at byte' 'text'
check 'an empty file is refused' wrong 'is no report \(want' ''
check 'other JSON is refused' wrong 'is no report \(want' '{"findings": []}'
check 'a report of another schema is refused' wrong 'has schema_version "0\\x1b", want "1"' '{"schema_version": "0\u001b"}'
check 'a report that is cut short is refused' wrong 'is not JSON at byte' "$(head -c 5000 "$tmp/old.json")"
check 'a hive is refused' refuses 'is not JSON' --baseline="$tmp/stock.hive"
check 'a file that is missing is refused' refuses 'No such file' --baseline="$tmp/none"
of_cards() {
    audit 0 -q -o json="$tmp/cards.json" --card=3b7a180000436f6e746f736f204944 "$srcdir/hives/contoso.inf" &&
        refuses 'is of a run with --card' --baseline="$tmp/cards.json"
}
check 'a report about cards is refused' of_cards
check '--fail-on-new needs --baseline' refuses '--fail-on-new needs --baseline' --fail-on-new
check '--baseline does not go with --card' refuses '--baseline does not go with --card' --baseline="$tmp/old.json" --card=3B00
done_testing
