#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What evidence was: --hash takes SHA-256 of every file of it, before the run and after it.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

sample_hives || exit
hive system "$srcdir/hives/system.reg" </dev/null || exit
cat >"$tmp/changes.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000000
END
mkdir "$tmp/pc"
logged_hive "$tmp/pc/SOFTWARE" "$srcdir/hives/stock.reg" "$tmp/changes.reg" &&
    cp "$tmp/system.hive" "$tmp/pc/SYSTEM" && : >"$tmp/pc/SYSTEM.LOG2" || exit

# inputs FILE: "STATE ROLE SHA256 NAME" of each input of a report or manifest.
inputs() {
    query "$1" '[f"""{i["state"]} {i["role"]} {i["sha256_before"]} {i["name"]}""" for i in d["inputs"]]'
}

hash_has_every_file() {
    audit 1 -q --hash -o json="$tmp/report.json" "$tmp/pc" "$tmp/stock.hive" || return
    same "unchanged evidence $(sum "$tmp/pc/SOFTWARE") $tmp/pc/SOFTWARE
unchanged log $(sum "$tmp/pc/SOFTWARE.LOG1") $tmp/pc/SOFTWARE.LOG1
unchanged system $(sum "$tmp/pc/SYSTEM") $tmp/pc/SYSTEM
unchanged system log $(sum "$tmp/pc/SYSTEM.LOG2") $tmp/pc/SYSTEM.LOG2
unchanged evidence $(sum "$tmp/stock.hive") $tmp/stock.hive" "$(inputs "$tmp/report.json")"
}
named_files_count() {
    audit 1 -q --hash -o json="$tmp/report.json" --log="$tmp/pc/SOFTWARE.LOG1" --system="$tmp/system.hive" \
        "$tmp/pc/SOFTWARE" || return
    same "unchanged evidence $(sum "$tmp/pc/SOFTWARE") $tmp/pc/SOFTWARE
unchanged log $(sum "$tmp/pc/SOFTWARE.LOG1") $tmp/pc/SOFTWARE.LOG1
unchanged system $(sum "$tmp/system.hive") $tmp/system.hive" "$(inputs "$tmp/report.json")"
}
text_has_inputs() {
    audit 0 --hash "$tmp/stock.hive" && says '^Inputs$' "$tmp/out" &&
        says "^  $tmp/stock.hive: evidence of [0-9]+ bytes, unchanged\$" "$tmp/out" &&
        says "^    SHA-256 $(sum "$tmp/stock.hive")\$" "$tmp/out"
}
no_hash_no_inputs() {
    audit 0 -o text -o json="$tmp/report.json" "$tmp/stock.hive" && silent '^Inputs|SHA-256' "$tmp/out" &&
        same False "$(query "$tmp/report.json" '"inputs" in d')"
}
jobs_do_not_matter() {
    mkdir "$tmp/all" && cp -r "$tmp/pc" "$tmp"/*.hive "$tmp/all" &&
        audit 1 -q -j1 --hash -o json="$tmp/one.json" "$tmp/all" &&
        audit 1 -q -j4 --hash -o json="$tmp/four.json" "$tmp/all" &&
        cmp "$tmp/one.json" "$tmp/four.json"
}
# It grows while the audit goes on.
redirected_report_is_no_evidence() {
    mkdir "$tmp/here" && cp "$tmp/stock.hive" "$tmp/here" || return
    (cd "$tmp/here" && "$HIVEAUDIT" --hash . >report.txt 2>errors.txt) && silent 'report.txt|errors.txt' "$tmp/here/report.txt"
}
pipe_is_hashed() {
    # shellcheck disable=SC2002
    cat "$tmp/stock.hive" | audit 0 -q --hash -o json="$tmp/report.json" - &&
        same "read-once evidence $(sum "$tmp/stock.hive") (standard input)" "$(inputs "$tmp/report.json")" &&
        audit 0 -q --hash -o json="$tmp/report.json" - <"$tmp/stock.hive" &&
        same "read-once evidence $(sum "$tmp/stock.hive") (standard input)" "$(inputs "$tmp/report.json")"
}
# The parent can still open evidence, and nothing else has changed.
sandbox_lets_it_read() {
    "$HIVEAUDIT" --sandbox=require --version >"$tmp/version" 2>&1 || return
    audit 0 --sandbox=require --hash "$tmp/stock.hive" && says ', unchanged$' "$tmp/out"
}

live=$tmp/live.hive
# audit_while STATUS COMMAND...: audits $live and then a pipe; runs the command when the report of
# the first is there, and only then lets the pipe end. So the change falls into the run, always.
audit_while() {
    while_want=$1 while_status=0
    shift
    cp "$tmp/stock.hive" "$live" && rm -f "$tmp/gate" "$tmp/lines" && mkfifo "$tmp/gate" "$tmp/lines" || return
    "$HIVEAUDIT" -q -j1 --hash -o jsonl="$tmp/lines" -o json="$tmp/report.json" -o text="$tmp/report.txt" \
        -o csv="$tmp/report.csv" -o junit="$tmp/report.xml" -o bodyfile="$tmp/report.body" \
        "$live" "$tmp/gate" 2>"$tmp/err" &
    exec 8<"$tmp/lines"
    read -r _ <&8 && "$@" && cat "$tmp/stock.hive" >"$tmp/gate"
    cat <&8 >/dev/null
    exec 8<&-
    wait $! || while_status=$?
    [ "$while_status" -eq "$while_want" ] || { echo "got status $while_status, want $while_want" && cat "$tmp/err" && return 1; }
}
flip_byte() {
    printf X | dd of="$1" bs=1 seek=4096 conv=notrunc status=none
}
change_is_said() {
    audit_while 3 flip_byte "$tmp/live.hive" || return
    says "^hiveaudit: $tmp/live.hive: changed while it was audited\$" "$tmp/err" &&
        says "^  $tmp/live.hive: evidence of [0-9]+ bytes, changed while it was audited\$" "$tmp/report.txt" &&
        says "^$tmp/live.hive,incomplete,.*,incomplete,.*,changed while it was audited," "$tmp/report.csv" &&
        says "^      <error type=\"incomplete\" message=\"1 of 2 files\">$tmp/live.hive: changed while" "$tmp/report.xml" &&
        says "^# $tmp/live.hive: changed while it was audited\$" "$tmp/report.body" &&
        says "^    before  $(sum "$tmp/stock.hive")\$" "$tmp/report.txt" &&
        says "^    after   $(sum "$tmp/live.hive")\$" "$tmp/report.txt" &&
        same "changed evidence $(sum "$tmp/stock.hive") $tmp/live.hive
read-once evidence $(sum "$tmp/stock.hive") $tmp/gate" "$(inputs "$tmp/report.json")" &&
        same "$(sum "$tmp/live.hive")
3" "$(query "$tmp/report.json" '[d["inputs"][0]["sha256_after"], d["exit_status"]]')"
}
hostile_name_is_escaped() {
    live=$tmp/$(printf 'a\033[31m.hive') && audit_while 3 flip_byte "$live" &&
        says '/a\\x1b\[31m.hive: changed while it was audited$' "$tmp/err" && silent "$(printf '\033')" "$tmp/err"
}
growth_is_said() {
    # shellcheck disable=SC2016
    audit_while 3 sh -c 'echo >>"$0"' "$tmp/live.hive" &&
        says "^hiveaudit: $tmp/live.hive: changed while it was audited\$" "$tmp/err"
}
replacement_is_said() {
    cp "$tmp/broken.hive" "$tmp/other.hive" && audit_while 3 mv "$tmp/other.hive" "$tmp/live.hive" &&
        says "^hiveaudit: $tmp/live.hive: changed while it was audited\$" "$tmp/err"
}
loss_is_said() {
    audit_while 3 rm "$tmp/live.hive" &&
        says "^hiveaudit: $tmp/live.hive: cannot be read any more: No such file or directory\$" "$tmp/err" &&
        says "^  $tmp/live.hive: evidence of [0-9]+ bytes, cannot be read any more\$" "$tmp/report.txt"
}
no_change_is_fine() {
    audit_while 0 true && [ ! -s "$tmp/err" ]
}
# A copy with the same bytes in its place is no change of the evidence.
same_bytes_are_fine() {
    cp "$tmp/stock.hive" "$tmp/other.hive" && audit_while 0 mv "$tmp/other.hive" "$tmp/live.hive" && [ ! -s "$tmp/err" ]
}

# The second file takes minutes to hash; the first one is done when the signal comes.
signal_ends_it() {
    rm -f "$tmp/lines" && mkfifo "$tmp/lines" && truncate -s 1T "$tmp/large.img" && mkdir "$tmp/reports" || return
    "$HIVEAUDIT" -q -j1 --hash -o jsonl="$tmp/lines" -o json="$tmp/reports/report.json" \
        "$tmp/stock.hive" "$tmp/large.img" 2>"$tmp/err" &
    exec 8<"$tmp/lines"
    read -r _ <&8 && kill -TERM $! && cat <&8 >/dev/null
    exec 8<&-
    signal_status=0
    wait $! || signal_status=$?
    [ "$signal_status" -eq 143 ] && same '' "$(ls "$tmp/reports")"
}

check 'each file of evidence has its SHA-256, by sha256sum' hash_has_every_file
check 'files that are named count as well' named_files_count
check 'the text report says what they were' text_has_inputs
check 'without --hash there is nothing of it' no_hash_no_inputs
check '-j changes nothing' jobs_do_not_matter
check 'a folder is audited whose report is redirected into it' redirected_report_is_no_evidence
check 'standard input has the SHA-256 of what came' pipe_is_hashed
if "$HIVEAUDIT" --sandbox=require --version >/dev/null 2>&1; then
    check 'the sandbox lets the files be read again' sandbox_lets_it_read
else
    skip 'the sandbox lets the files be read again' 'not all of the sandbox is to be had here'
fi
check 'a change under the audit is said, and ends it with status 3' change_is_said
check 'so it is where the name is hostile' hostile_name_is_escaped
check 'so does growth' growth_is_said
check 'so does another file in its place' replacement_is_said
check 'so does the loss of the file' loss_is_said
if truncate -s 1T "$tmp/large.img" 2>/dev/null; then
    check 'a signal ends it, in the middle of a large file' signal_ends_it
else
    skip 'a signal ends it, in the middle of a large file' 'no file of 1 TiB can be made here'
fi
check 'evidence that stays as it is ends it well' no_change_is_fine
check 'so does a copy in its place' same_bytes_are_fine
done_testing
