#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --verify: an audit is made again by its manifest, and what differs is said.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
case=$tmp/case manifest=$tmp/manifest.json

sample_hives && mkdir "$case" || exit
cat >"$tmp/changes.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000000
END

# fresh: a case as it was: two hosts, rules.
fresh() {
    rm -rf "$case" && mkdir -p "$case/pc1" "$case/pc2" &&
        logged_hive "$case/pc1/SOFTWARE" "$srcdir/hives/stock.reg" "$tmp/changes.reg" &&
        cp "$tmp/broken.hive" "$case/pc2/SOFTWARE" && cp "$srcdir/rules/examples/fleet.yaml" "$case"
}
# record STATUS ARGUMENT...: audits in the folder of the case, and writes a manifest.
record() {
    record_status=$1
    shift
    (cd "$case" && audit "$record_status" -q --manifest="$manifest" "$@")
}
# verify STATUS ARGUMENT...: verifies from elsewhere.
verify() {
    verify_status=$1
    shift
    (cd / && audit "$verify_status" --verify="$manifest" "$@")
}
# differs: likewise, where the status does not matter.
differs() {
    (cd / && "$HIVEAUDIT" --verify="$manifest" >"$tmp/out" 2>"$tmp/err")
    says '^not the same: ' "$tmp/out"
}
same_again() {
    verify 0 "$@" && same 'verified: same findings from same evidence' "$(cat "$tmp/out")"
}
# edit STATEMENT: changes the manifest, d.
edit() {
    python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
exec(sys.argv[2])
json.dump(d, open(sys.argv[1], "w"))' "$manifest" "$1"
}

unchanged_is_verified() {
    fresh && record 1 --rules=fleet.yaml pc1 pc2/SOFTWARE && same_again && [ ! -s "$tmp/err" ]
}
incomplete_can_be_the_same() {
    fresh && record 3 pc1 missing && same_again
}
all_options_are_repeated() {
    fresh && record 1 --inventory --min-severity=error --fail-on=note --logs=ignore --hash --disable=all \
        --enable=atr-outside-mask --case=7 -j1 --timeout=30 pc2 && same_again -j2
}
waivers_keep_their_day() {
    cat >"$case/waivers.yaml" <<'END'
waivers:
  - rule: atr-outside-mask
    evidence: '*'
    reason: a ticket
    owner: J. Doe
    expires: 2020-01-31
END
    record 0 --disable=all --enable=atr-outside-mask --waivers=waivers.yaml --now=2020-01-31 pc2 && same_again &&
        record 1 --disable=all --enable=atr-outside-mask --waivers=waivers.yaml pc2 && same_again &&
        edit 'd["now"] = "2020-01-31"' && verify 1 && says '^differs: exit status: was 1, is 0$' "$tmp/out"
}
recovered_hive_is_not_written_again() {
    fresh && printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]\n' >"$tmp/other.reg" && "$MKHIVE" "$case/other" "$tmp/other.reg" &&
        record 0 --save-recovered=saved other && rm "$case/saved" && same_again && [ ! -e "$case/saved" ]
}
other_findings_differ() {
    fresh && record 1 --rules=fleet.yaml pc1 pc2 && cp "$tmp/fabrikam.hive" "$case/pc2/SOFTWARE" && verify 1 &&
        says '^differs: evidence pc2/SOFTWARE: was complete, errors [1-9].*, is complete, errors 1, ' "$tmp/out" &&
        says "^differs: file of evidence pc2/SOFTWARE: was .*$(sum "$tmp/broken.hive"), is .*$(sum "$tmp/fabrikam.hive")\$" \
            "$tmp/out" && says '^not the same: [0-9]+ differences$' "$tmp/out" && silent pc1 "$tmp/out"
}
# One byte that no finding depends on: slack at the end.
one_byte_differs() {
    fresh && record 1 pc1 pc2 && printf X | dd of="$case/pc2/SOFTWARE" bs=1 conv=notrunc status=none \
        seek=$(($(stat -c %s "$case/pc2/SOFTWARE") - 1)) && verify 1 &&
        says '^differs: file of evidence pc2/SOFTWARE: ' "$tmp/out"
}
log_differs() {
    fresh && record 1 pc1 && printf X | dd of="$case/pc1/SOFTWARE.LOG1" bs=1 conv=notrunc status=none \
        seek=$(($(stat -c %s "$case/pc1/SOFTWARE.LOG1") - 1)) && differs &&
        says '^differs: file of log pc1/SOFTWARE.LOG1: ' "$tmp/out"
}
rule_file_differs() {
    fresh && record 1 --rules=fleet.yaml pc1 && echo '# a comment' >>"$case/fleet.yaml" && verify 1 &&
        same "not the same: 1 difference" "$(tail -n 1 "$tmp/out")" &&
        says "^differs: --rules fleet.yaml: was SHA-256 [0-9a-f]{64}, is SHA-256 $(sum "$case/fleet.yaml")\$" "$tmp/out"
}
lost_evidence_is_status_3() {
    fresh && record 1 pc1 pc2/SOFTWARE && rm "$case/pc2/SOFTWARE" && verify 3 &&
        says '^differs: evidence pc2/SOFTWARE: was complete, .*, is failed, ' "$tmp/out" &&
        says '^missing: file of evidence pc2/SOFTWARE: ' "$tmp/out" || return
    fresh && record 1 pc1 "$case" && rm "$case/pc2/SOFTWARE" && verify 3 &&
        says "^missing: evidence $case/pc2/SOFTWARE: " "$tmp/out" || return
    fresh && record 1 pc2 && truncate -s 12288 "$case/pc2/SOFTWARE" && verify 3 &&
        says '^differs: evidence pc2/SOFTWARE: was complete, .*, is incomplete, ' "$tmp/out" || return
    record 3 pc2 && cp "$tmp/broken.hive" "$case/pc2/SOFTWARE" && verify 1
}
new_evidence_differs() {
    fresh && record 1 . && cp "$tmp/stock.hive" "$case/third" && verify 1 && says '^new: evidence ./third: ' "$tmp/out" &&
        says '^new: file of evidence ./third: ' "$tmp/out"
}
# A case is often audited where it lies, and its reports lie there, too: they are no evidence.
own_reports_are_left_out() {
    fresh || return
    for time in first second; do
        echo "for the $time time"
        (cd "$case" && audit 1 -o html=report.html -o sqlite=report.db --manifest=manifest.json . &&
            "$HIVEAUDIT" --verify=manifest.json >verdict) && says '^verified' "$case/verdict" && rm "$case/verdict" ||
            return
    done
    ! grep -E '"\./(report|manifest|verdict)' "$case/manifest.json" || return
    cp "$tmp/broken.hive" "$case/report.html"
    (cd "$case" && audit 1 --verify=manifest.json) && says '^new: evidence \./report\.html: ' "$tmp/out"
}
other_options_differ() {
    fresh && record 1 pc2 && edit 'd["arguments"].append("--disable=atr-outside-mask")' && verify 1 &&
        says '^differs: evidence pc2/SOFTWARE: ' "$tmp/out"
}
versions_are_said() {
    fresh && record 1 pc2 && edit 'd["tool"]["version"] = "0.0.9"; d["tool"]["libraries"]["hivex"] = "1.0"' && verify 0 &&
        says '^note: version hiveaudit: was 0\.0\.9, is ' "$tmp/out" && says '^note: version hivex: was 1\.0, is ' "$tmp/out" &&
        same 'verified: same findings from same evidence' "$(tail -n 1 "$tmp/out")"
}
built_in_rules_differ() {
    fresh && record 1 pc2 && edit 'd["files"][0]["sha256"] = "0" * 64' && verify 1 &&
        says '^differs: --default-rules built in: ' "$tmp/out"
}
exit_status_differs() {
    fresh && record 1 pc2 && edit 'd["exit_status"] = 0' && verify 1 && says '^differs: exit status: was 0, is 1$' "$tmp/out"
}
output_error_is_no_difference() {
    fresh && record 2 -o json=/dev/full pc2 && verify 0 && says '^note: exit status: was 2, is 1$' "$tmp/out"
}
moved_case_is_verified() {
    fresh && record 1 pc1 pc2 && mv "$case" "$tmp/moved" || return
    (cd "$tmp/moved" && audit 0 --verify="$manifest") &&
        says "^hiveaudit: --verify: $manifest: its working directory $case cannot be entered " "$tmp/err" &&
        says '^verified' "$tmp/out" && verify 3 && mv "$tmp/moved" "$case"
}
reports_go_where_the_user_is() {
    fresh && record 1 pc2 && mkdir -p "$tmp/elsewhere" || return
    (cd "$tmp/elsewhere" && audit 0 --verify="$manifest" -o json=report.json) && [ -s "$tmp/elsewhere/report.json" ] &&
        [ ! -e "$case/report.json" ] && same 1 "$(query "$tmp/elsewhere/report.json" 'd["exit_status"]')"
}
verdict_has_standard_output() {
    verify 2 -o text && says 'two reports cannot both go to standard output' "$tmp/err"
}
# Only what a manifest cannot say may be said with it.
other_options_are_refused() {
    for option in --hash --rules=x --fail-on=never --manifest=x --fix=x --save-recovered=x --timeout=5; do
        verify 2 "$option" && says "^hiveaudit: ${option%%=*} does not go with --verify" "$tmp/err" || return
    done
    verify 2 SOFTWARE && verify 2 --list-rules
}
key_has_to_be_given() {
    key=042647-302313-590458-071500-554323-116567-412181-516978
    fresh && record 1 --recov "$key" pc2 && verify 2 && says 'recovery-key: it was redacted, and has to be given again' \
        "$tmp/err" && same_again --recovery-key="$key" && silent 042647 "$tmp/err"
}
# A manifest is no program: whatever its arguments say, nothing is written, and nothing less confined.
nothing_is_written() {
    fresh && record 1 pc2/SOFTWARE && rm -rf "$tmp/evil" && mkdir "$tmp/evil" || return
    (cd "$case" && find . -printf '%p %s %T@\n' | sort) >"$tmp/before"
    edit "d['arguments'] = ['-o', 'json=$tmp/evil/a', '-o', 'text', '--save-recovered=$tmp/evil/b', '--fix', '$tmp/evil/c',
        '--undo=$tmp/evil/d', '--man=$tmp/evil/e', '--sandbox=off', 'pc2/SOFTWARE']" || return
    differs
    (cd "$case" && find . -printf '%p %s %T@\n' | sort) >"$tmp/after"
    same '' "$(ls "$tmp/evil")" && cmp "$tmp/before" "$tmp/after" && [ "$(grep -c . "$tmp/out")" -lt 5 ] || return
    (cd / && "$HIVEAUDIT" --verify="$manifest" -o json="$tmp/report.json") >"$tmp/out" 2>"$tmp/err"
    same "$("$HIVEAUDIT" --version | sed -n 's/^Sandbox: //p')" "$(query "$tmp/report.json" 'd["tool"]["sandbox"]')"
}
manifest_is_not_replaced() {
    fresh && record 1 pc2 && cp "$manifest" "$tmp/before" || return
    (cd "$tmp" && audit 2 --verify=manifest.json -o json=manifest.json) && says 'what --verify reads' "$tmp/err" &&
        cmp "$tmp/before" "$manifest"
}
only_audits_are_made_again() {
    for arguments in '["--help"]' '["--version"]' '["--list-rules"]' '["--decode=3b00"]' "[\"--verify=$manifest\"]" '[]' \
        '["--nonsense"]' '["--rules-from=x"]'; do
        fresh && record 1 pc2 && edit "d['arguments'] = $arguments" && verify 2 && [ ! -s "$tmp/out" ] &&
            says "^hiveaudit: --verify: $manifest: its arguments are not those of an audit" "$tmp/err" || return
    done
}
broken_manifests_are_refused() {
    audit 2 --verify="$tmp/none" && says "^hiveaudit: --verify: $tmp/none: cannot be read: No such file" "$tmp/err" &&
        fresh && record 1 pc2 && head -c 300 "$manifest" >"$tmp/cut" && audit 2 --verify="$tmp/cut" &&
        says "^hiveaudit: --verify: $tmp/cut: is no JSON: [0-9]+:[0-9]+: " "$tmp/err" &&
        audit 2 --verify="$tmp/broken.hive" && says 'is no JSON' "$tmp/err" || return
    audit 1 -q -o json="$tmp/report.json" "$tmp/broken.hive" && audit 2 --verify="$tmp/report.json" &&
        says 'is no manifest of a run: "kind": got nothing, want a text' "$tmp/err" && [ ! -s "$tmp/out" ] &&
        audit 2 --verify=/dev/zero && says 'is too large' "$tmp/err"
}
# Deep enough to break a reader that calls itself, and names that would reach the terminal.
hostile_manifests_are_told() {
    head -c 1000000 /dev/zero | tr '\0' '[' >"$tmp/deep" && audit 2 --verify="$tmp/deep" || return
    fresh && record 1 pc2 && edit 'd["evidence"][0]["name"] = "\x1b[31m\u202e"; d["files"][0]["name"] = "a\nverified"' &&
        edit 'd["files"][0]["sha256"] = "\x1b[31m"' && verify 3 && ! LC_ALL=C grep -q '[^ -~]' "$tmp/out" &&
        silent '^verified' "$tmp/out" && edit 'd["kind"] = "\x1b[31m"' && verify 2 &&
        says 'got "\\x1b\[31m"' "$tmp/err" && ! LC_ALL=C grep -q '[^ -~]' "$tmp/err"
}
output_errors_are_status_2() {
    fresh && record 1 pc2 && verify 2 -o json=/dev/full && verify_status=0 &&
        (cd / && "$HIVEAUDIT" --verify="$manifest" >/dev/full 2>"$tmp/err") || verify_status=$?
    [ "$verify_status" -eq 2 ] && says 'No space left' "$tmp/err"
}

check 'the same audit is verified' unchanged_is_verified
check 'so is one that was incomplete then' incomplete_can_be_the_same
check 'its options are repeated' all_options_are_repeated
check 'waivers are held against the same day' waivers_keep_their_day
check 'a recovered hive is not written again' recovered_hive_is_not_written_again
check 'other findings differ' other_findings_differ
check 'one byte of evidence differs' one_byte_differs
check 'a log differs' log_differs
check 'a rule file differs' rule_file_differs
check 'lost evidence is status 3' lost_evidence_is_status_3
check 'new evidence differs' new_evidence_differs
check 'reports of the run itself are no evidence' own_reports_are_left_out
check 'other options differ' other_options_differ
check 'other versions are said, and no fault' versions_are_said
check 'other built-in rules differ' built_in_rules_differ
check 'another exit status differs' exit_status_differs
check 'a report that could not be written is no difference' output_error_is_no_difference
check 'a case that was moved is verified from its new place' moved_case_is_verified
check 'reports go where the user is' reports_go_where_the_user_is
check 'standard output is for the verdict' verdict_has_standard_output
check 'options of the audit are refused' other_options_are_refused
check 'a recovery key has to be given again' key_has_to_be_given
check 'a manifest has nothing written' nothing_is_written
check 'nor is it replaced where its audit has another folder' manifest_is_not_replaced
check 'a manifest of anything but an audit is refused' only_audits_are_made_again
check 'a broken manifest is refused' broken_manifests_are_refused
check 'a hostile one is told safely' hostile_manifests_are_told
check 'an output error is status 2' output_errors_are_status_2
done_testing
