#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --manifest: what a run was made with, what it read and what it came to, and never a key.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
schema=$srcdir/doc/hiveaudit-manifest.schema.json
manifest=$tmp/manifest.json
key=042647-302313-590458-071500-554323-116567-412181-516978

sample_hives || exit
mkdir "$tmp/pc" "$tmp/reports" || exit
cat >"$tmp/changes.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000000
END
logged_hive "$tmp/pc/SOFTWARE" "$srcdir/hives/stock.reg" "$tmp/changes.reg" || exit

is_valid() {
    python3 -c '
import json, jsonschema, sys
jsonschema.validate(*(json.load(open(path)) for path in sys.argv[1:]))' "$manifest" "$schema"
}
# record STATUS ARGUMENT...: audits quietly, and writes a manifest that is valid.
record() {
    record_status=$1
    shift
    rm -f "$manifest"
    audit "$record_status" -q --manifest="$manifest" "$@" || return
    [ -z "$can_validate" ] || is_valid
}
can_validate=$(python3 -c 'import jsonschema; print("yes")' 2>/dev/null)

says_what_was_run() {
    # A blank in the name of a folder, and one of another letter.
    mkdir -p "$tmp/a folder/ü" && cp "$tmp/broken.hive" "$tmp/a folder/ü/SOFTWARE" || return
    (cd "$tmp/a folder" && record 1 --case='Case 7' --examiner=E --note='a "note"' --min-severity=error ü) || return
    same "['-q', '--manifest=$manifest', '--case=Case 7', '--examiner=E', '--note=a \"note\"', '--min-severity=error', 'ü']
$tmp/a folder
{'case': 'Case 7', 'examiner': 'E', 'exhibit': None, 'note': 'a \"note\"'}
1" "$(query "$manifest" '[d["arguments"], d["working_directory"], d["labels"], d["exit_status"]]')"
}
versions_are_those_of_version() {
    record 0 "$tmp/stock.hive" && audit 0 --version &&
        same "$(sed -n '1s/hiveaudit //p; s/^Libraries: //p; s/^Sandbox: //p' "$tmp/out")" "$(query "$manifest" \
            '[d["tool"]["version"], ", ".join(" ".join(i) for i in d["tool"]["libraries"].items()), d["tool"]["sandbox"]]')"
}
times_are_those_of_the_run() {
    before=$(date -u +%Y-%m-%dT%H:%M:%S) && record 0 "$tmp/stock.hive" || return
    after=$(date -u -d '+1 second' +%Y-%m-%dT%H:%M:%S)
    query "$manifest" "'$before' <= d['started'] <= d['ended'] <= '$after'" | grep -q True
}
# Each piece of evidence by its line of JSON Lines.
evidence_has_its_digest() {
    record 3 -o jsonl="$tmp/reports/lines" "$tmp/stock.hive" "$tmp/broken.hive" "$tmp/pc" "$tmp/missing" || return
    while read -r line; do
        printf '%s\n' "$line" | sha256sum | cut -c1-64
    done <"$tmp/reports/lines" >"$tmp/want"
    same "$(cat "$tmp/want")" "$(query "$manifest" '[e["sha256"] for e in d["evidence"]]')" &&
        same 'complete complete complete failed' "$(query "$manifest" '" ".join(e["status"] for e in d["evidence"])')" &&
        same "$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    print(json.loads(line)["counts"]["error"])' "$tmp/reports/lines")" \
            "$(query "$manifest" '[e["findings"]["error"] for e in d["evidence"]]')"
}
inputs_have_theirs() {
    record 1 "$tmp/pc" "$tmp/stock.hive" || return
    for file in "$tmp/pc/SOFTWARE" "$tmp/pc/SOFTWARE.LOG1" "$tmp/stock.hive"; do
        echo "unchanged $(sum "$file") $(sum "$file") $file"
    done >"$tmp/want"
    same "$(cat "$tmp/want")" "$(query "$manifest" \
        '[" ".join(i[k] for k in ("state", "sha256_before", "sha256_after", "name")) for i in d["inputs"]]')"
}
reports_have_theirs() {
    record 0 -o json="$tmp/reports/a.json" -o csv="$tmp/reports/b.csv" -o text=/dev/null "$tmp/stock.hive" &&
        same "json $(sum "$tmp/reports/a.json") $tmp/reports/a.json
csv $(sum "$tmp/reports/b.csv") $tmp/reports/b.csv
text None /dev/null" "$(query "$manifest" '["{format} {sha256} {name}".format(**r) for r in d["reports"]]')"
}
# Of one that could not be made there is none, even where an earlier file is in its place.
other_files_have_theirs() {
    record 1 --fix="$tmp/fix.reg" --undo="$tmp/undo.reg" --save-recovered="$tmp/saved" -o csv="$tmp/reports/b.csv" "$tmp/broken.hive" &&
        same "csv $(sum "$tmp/reports/b.csv") $tmp/reports/b.csv
fix $(sum "$tmp/fix.reg") $tmp/fix.reg
undo $(sum "$tmp/undo.reg") $tmp/undo.reg
save-recovered $(sum "$tmp/saved") $tmp/saved" "$(query "$manifest" '["{format} {sha256} {name}".format(**r) for r in d["reports"]]')" &&
        record 2 --fix="$tmp/fix.reg" "$tmp/missing" && [ -e "$tmp/fix.reg" ] &&
        same "fix None $tmp/fix.reg" "$(query "$manifest" '["{format} {sha256} {name}".format(**r) for r in d["reports"]]')"
}
mkdir "$tmp/rules" "$tmp/waivers" && cp "$srcdir"/rules/examples/*.yaml "$tmp/rules" || exit
cat >"$tmp/waivers/tickets.yaml" <<'END'
waivers:
  - rule: atr-outside-mask
    evidence: '*'
    reason: a ticket
    owner: J. Doe
    expires: 2100-01-01
END
echo '3b021450 = a card' >"$tmp/cards.txt"
printf '%s\0' "$tmp/stock.hive" >"$tmp/list"
printf '3B 02 14 50\n\tA card\n' >"$tmp/names.txt"
files_have_theirs() {
    record 0 --atr-names="$tmp/names.txt" --rules="$tmp/rules" --expect="$tmp/fabrikam.hive" \
        --waivers="$tmp/waivers" --now=2026-11-21 --golden="$tmp/stock.hive" --fail-on=never \
        --baseline="$tmp/reports/a.json" \
        --files0-from="$tmp/list" || return
    {
        echo "default-rules $(cat "$srcdir"/rules/*.yaml | sha256sum | cut -c1-64)"
        for file in "$tmp"/rules/*.yaml; do
            echo "rules $(sum "$file")"
        done
        echo "expect $(sum "$tmp/fabrikam.hive")"
        echo "waivers $(sum "$tmp/waivers/tickets.yaml")"
        echo "baseline $(sum "$tmp/reports/a.json")"
        echo "golden $(sum "$tmp/stock.hive")"
        echo "files0-from $(sum "$tmp/list")"
        echo "atr-names $(sum "$tmp/names.txt")"
    } >"$tmp/want"
    same "$(cat "$tmp/want")" "$(query "$manifest" '["{option} {sha256}".format(**f) for f in d["files"]]')" &&
        same 2026-11-21 "$(query "$manifest" 'd["now"]')" &&
        record 0 --disable=all --enable=atr-outside-mask --waivers="$tmp/waivers" --now=2026-11-21 "$tmp/broken.hive" &&
        query "$manifest" 'd["totals"]["waived"] == sum(d["totals"]["findings"].values()) > 0' | grep -q True
}
cards_have_theirs() {
    record 1 --no-default-rules --rules="$tmp/rules/cards.yaml" --cards-from="$tmp/cards.txt" --atr-names=none \
        "$tmp/stock.hive" && same "rules $(sum "$tmp/rules/cards.yaml")
cards-from $(sum "$tmp/cards.txt")" "$(query "$manifest" '["{option} {sha256}".format(**f) for f in d["files"]]')" &&
        same "{'paired': 0, 'unpaired': 1}" "$(query "$manifest" 'd["totals"]["cards"]')"
}
# A pipe was read when it is looked at: waiting for it once more would be for ever.
pipe_has_no_digest() {
    mkfifo "$tmp/pipe" || return
    cat "$tmp/cards.txt" >"$tmp/pipe" &
    record 1 --cards-from="$tmp/pipe" --atr-names=none "$tmp/stock.hive" &&
        same "cards-from None $tmp/pipe" "$(query "$manifest" '"{option} {sha256} {name}".format(**d["files"][1])')"
}

# Whatever form the option has, no output shows the key, or a part of it.
no_output_shows_the_key() {
    for form in "--recovery-key=$key" "--recovery-key $key" "--recov=$key" "--rec $key" "-q --recovery-key=$key"; do
        # The forms are words.
        # shellcheck disable=SC2086
        record 0 $form -o text="$tmp/reports/text" -o json="$tmp/reports/json" -o jsonl="$tmp/reports/jsonl" \
            -o csv="$tmp/reports/csv" -o junit="$tmp/reports/junit" "$tmp/stock.hive" || return
        query "$manifest" 'd["arguments"]' >"$tmp/arguments"
        says '^(--[a-z-]+=)?\(redacted\)$' "$tmp/arguments" || return
        for part in $(echo "$key" | tr - ' '); do
            ! grep -rl "$part" "$tmp/reports" "$manifest" "$tmp/out" "$tmp/err" || return
        done
    done
}
key_files_are_named_only() {
    echo "a secret" >"$tmp/password" && record 0 --bitlocker-password-file="$tmp/password" "$tmp/stock.hive" &&
        silent "secret|$(sum "$tmp/password")" "$manifest" && says "password-file=$tmp/password" "$manifest"
}
other_errors_are_in_it() {
    record 2 -o json=/dev/full "$tmp/stock.hive" && same 2 "$(query "$manifest" 'd["exit_status"]')" &&
        record 3 "$tmp/missing" && same 3 "$(query "$manifest" 'd["exit_status"]')"
}
no_place_no_manifest() {
    audit 2 -q --manifest=/dev/full "$tmp/stock.hive" && says '^hiveaudit: /dev/full: .*No space left' "$tmp/err" &&
        audit 2 -q --manifest="$tmp/nowhere/m.json" "$tmp/stock.hive" &&
        says "^hiveaudit: $tmp/nowhere/m.json: .*No such file" "$tmp/err"
}
spares_what_is_there() {
    cp "$tmp/stock.hive" "$tmp/spared.hive" && audit 2 --manifest="$tmp/spared.hive" "$tmp/spared.hive" &&
        cmp "$tmp/stock.hive" "$tmp/spared.hive" && audit 2 -o json="$manifest" --manifest="$manifest" "$tmp/stock.hive" &&
        audit 2 --manifest=- "$tmp/stock.hive" && says 'cannot both go to standard output' "$tmp/err"
}
goes_to_stdout() {
    audit 0 -q --manifest=- "$tmp/stock.hive" && same hiveaudit-manifest "$(query "$tmp/out" 'd["kind"]')"
}
only_audits_have_one() {
    audit 2 --manifest="$manifest" --list-rules && says '^hiveaudit: --manifest does not go with --list-rules' "$tmp/err"
}
# All but times and, where they differ, arguments.
jobs_do_not_matter() {
    record 1 -j1 "$tmp/pc" "$tmp"/*.hive && sed '/"started"/d; /"ended"/d; /"-j/d' "$manifest" >"$tmp/one" &&
        record 1 -j4 "$tmp/pc" "$tmp"/*.hive && sed '/"started"/d; /"ended"/d; /"-j/d' "$manifest" >"$tmp/four" &&
        cmp "$tmp/one" "$tmp/four"
}
lost_names_are_said() {
    lost_name=$tmp/$(printf 'caf\351') && cp "$tmp/stock.hive" "$lost_name" && record 0 "$lost_name" &&
        says '^hiveaudit: --manifest: argument [0-9]+ is not UTF-8' "$tmp/err" && record 0 "$tmp/stock.hive" &&
        silent 'not UTF-8' "$tmp/err"
}
hostile_names_are_escaped() {
    hostile=$(printf '%s/a\033[31m<b>"\n\342\200\256.hive' "$tmp") && cp "$tmp/stock.hive" "$hostile" || return
    record 0 "$hostile" && same "$hostile" "$(query "$manifest" 'd["inputs"][0]["name"]')" &&
        ! LC_ALL=C grep -q '[^ -~]' "$manifest"
}

if [ -n "$can_validate" ]; then
    check 'a manifest is valid by its schema' record 0 "$tmp/stock.hive"
else
    skip 'a manifest is valid by its schema' 'no python3 with jsonschema (Debian package python3-jsonschema)'
fi
check 'it has the command line, its folder and the labels' says_what_was_run
check 'it has the versions that --version says' versions_are_those_of_version
check 'it has the times of the run' times_are_those_of_the_run
check 'it has the SHA-256 of what was found in each piece of evidence' evidence_has_its_digest
check 'and of the evidence, before and after' inputs_have_theirs
check 'and of the reports' reports_have_theirs
check 'and of what else was written' other_files_have_theirs
check 'and of the files that the run used' files_have_theirs
check 'also with cards' cards_have_theirs
check 'a pipe has none, and nobody waits for it' pipe_has_no_digest
check 'no output shows a recovery key' no_output_shows_the_key
check 'a file with a password is named, and nothing of it told' key_files_are_named_only
check 'its exit status is that of the run, with errors of other outputs' other_errors_are_in_it
check 'without a place for it, the status is 2' no_place_no_manifest
check 'it takes no place of evidence or of a report' spares_what_is_there
check 'it can go to standard output' goes_to_stdout
check 'it goes with audits only' only_audits_have_one
check '-j changes nothing in it' jobs_do_not_matter
check 'hostile names are escaped in it' hostile_names_are_escaped
check 'a name that JSON cannot hold is said' lost_names_are_said
done_testing
