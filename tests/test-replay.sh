#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Transaction logs: found, replayed, judged and saved. What Windows made of the same hive and logs is
# the truth, and readers that know nothing of hiveaudit compare the two.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

readers='RetryDeviceInitialize is '
mkdir "$tmp/evidence" "$tmp/work" || exit
hive_file=$tmp/evidence/SOFTWARE
cat >"$tmp/changes.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000000
END
cat >"$tmp/mend.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000001
END
make_dirty() {
    logged_hive "$1" "$srcdir/hives/stock.reg" "$tmp/changes.reg"
}
make_dirty "$hive_file" && : >"$hive_file.LOG2" || exit

# state FOLDER: names, contents and times of all that is in it.
state() {
    (cd "$1" && find . -printf '%p %s %T@ %C@ %m\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

# with_logs NAME...: a fresh folder $tmp/work with the dirty hive, and a copy of its log, or an empty
# file for a name that starts with "empty:".
with_logs() {
    rm -rf "$tmp/work" && mkdir "$tmp/work" && cp "$hive_file" "$tmp/work/SOFTWARE" || return
    for log; do
        case $log in
        empty:*) : >"$tmp/work/${log#empty:}" ;;
        *) cp "$hive_file.LOG1" "$tmp/work/$log" ;;
        esac || return
    done
}

# ---- Findings before and after ----

is_recovered() {
    says '^  hive of [0-9]+ bytes, dirty-recovered \(sequence numbers 2/1\)' "$tmp/out" &&
        says '^  log SOFTWARE.LOG1 \(HvLE\): entry 2 replayed$' "$tmp/out" &&
        says 'audit complete$' "$tmp/out" && [ ! -s "$tmp/err" ]
}
# timed RULE TIMING: what a text report says about logs below a finding.
timed() {
    same "$2" "$(sed -n "/^  [a-z]* $1: /,/^ *written/s/^    logs  *//p" "$tmp/out")"
}
finds_both_states() {
    audit 1 "$hive_file" && is_recovered &&
        timed retry-device-initialize-value 'only with the logs replayed: the hive alone does not show it' &&
        timed retry-device-initialize-absent 'only without the logs: it is gone once they are replayed'
}
# What is gone fails nothing: of the stock hive there is only a note before, and an error after.
gone_findings_fail_nothing() {
    logged_hive "$tmp/mended" "$srcdir/hives/stock.reg" "$tmp/mend.reg" || return
    audit 1 --logs=ignore --allow-dirty --fail-on=note --disable=module-unverified "$tmp/mended" &&
        audit 0 --fail-on=note --disable=module-unverified "$tmp/mended" &&
        timed retry-device-initialize-absent 'only without the logs: it is gone once they are replayed'
}
# A finding that is the same with and without the logs says nothing of them.
unchanged_is_not_timed() {
    logged_hive "$tmp/broken" "$srcdir/hives/stock.reg" "$srcdir/hives/broken.reg" "$tmp/changes.reg" &&
        audit 1 "$tmp/broken" && says 'dirty-recovered' "$tmp/out" &&
        says '^  error atr-outside-mask: ' "$tmp/out" && timed atr-outside-mask ''
}
finds_both_states_in_json() {
    audit 1 -o json "$hive_file" && says '"state": "dirty-recovered"' "$tmp/out" || return
    command -v python3 >"$tmp/which" || return 0
    python3 - "$tmp/out" <<'END'
import json, sys

item, = json.load(open(sys.argv[1]))["evidence"]
assert {f["rule"]: f.get("replay") for f in item["findings"]} == {
    "retry-device-initialize-value": "only-after", "retry-device-initialize-absent": "only-before",
    "module-unverified": None}
assert item["status"] == "complete" and item["hive"]["repairs"] == 0
assert (item["hive"]["primary_sequence"], item["hive"]["secondary_sequence"]) == (2, 1)
one, two = item["hive"]["logs"]
assert one == {"name": "SOFTWARE.LOG1", "format": "HvLE", "applied": 1, "first": 2, "last": 2,
               "reason": None}, one
assert two == {"name": "SOFTWARE.LOG2", "format": "none", "applied": 0, "first": None, "last": None,
               "reason": "empty"}, two
END
}
# The hive alone is one of Windows without smart cards, in which there is nothing to find.
finds_what_only_the_logs_hold() {
    cat >"$tmp/windows.reg" <<'END' && logged_hive "$tmp/windows" "$tmp/windows.reg" "$srcdir/hives/broken.reg" || return
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentBuildNumber"="19045"
"ProductName"="Windows 10 Pro"
"BuildLabEx"="19041.1.amd64fre.vb_release.191206-1406"
END
    # What these rules report is the same where there are no smart cards at all.
    audit 1 "$tmp/windows" &&
        says ', dirty-recovered' "$tmp/out" && says 'audit complete$' "$tmp/out" || return
    count=$(grep -cE '^  (error|warning|note) [a-z0-9-]+: ' "$tmp/out")
    [ "$count" -ge 20 ] &&
        same "$count" "$(grep -c '^    logs  *only with the logs replayed: the hive alone does not show it$' "$tmp/out")" &&
        silent 'only without the logs' "$tmp/out" && audit 3 --logs=ignore "$tmp/windows" && says 'nothing to audit' "$tmp/err"
}
ignored_logs_show_the_old_state() {
    audit 3 --logs=ignore "$hive_file" && says ', dirty-unrecovered \(sequence numbers 2/1\)' "$tmp/out" &&
        silent '^  log |^    logs ' "$tmp/out" && says "${readers}not set" "$tmp/out" &&
        silent "${readers}0" "$tmp/out" && says 'incomplete: .*its logs are ignored' "$tmp/out" &&
        audit 0 --logs=ignore --allow-dirty "$hive_file" && silent "${readers}0" "$tmp/out"
}
check 'a finding that exists only with the logs, or without them, says so' finds_both_states
check 'what is gone with the logs replayed fails nothing' gone_findings_fail_nothing
check 'so it does in JSON, which names the logs' finds_both_states_in_json
check 'a finding that the logs do not change says nothing of them' unchanged_is_not_timed
check 'what the hive alone has no place for exists only with the logs' finds_what_only_the_logs_hold
check '--logs=ignore shows the old state' ignored_logs_show_the_old_state

# ---- Logs are found ----

is_found() {
    with_logs "$@" && audit 1 "$tmp/work/SOFTWARE" && says ', dirty-recovered' "$tmp/out" &&
        says "${readers}0" "$tmp/out"
}
is_not_found() {
    reason=$1
    shift
    with_logs "$@" && audit 3 "$tmp/work/SOFTWARE" && says ', dirty-unrecovered' "$tmp/out" &&
        says "$reason" "$tmp/err" && silent "${readers}0" "$tmp/out"
}
for log in SOFTWARE.LOG SOFTWARE.LOG1 SOFTWARE.LOG2 software.log software.log1 Software.Log2; do
    check "$log beside the hive is used" is_found "$log"
done
check 'one log is there, the other is empty' is_found SOFTWARE.LOG2 empty:SOFTWARE.LOG1
check 'the same in lower case' is_found software.log1 empty:software.log2
check 'both logs hold the same' is_found SOFTWARE.LOG1 SOFTWARE.LOG2
check 'three files for logs' is_found empty:SOFTWARE.LOG SOFTWARE.LOG1 empty:SOFTWARE.LOG2
check 'both logs are empty' is_not_found 'no log could be applied' empty:SOFTWARE.LOG1 empty:SOFTWARE.LOG2
check 'there are no logs' is_not_found 'no logs were found'
check 'logs of another hive are not its logs' is_not_found 'no logs were found' SYSTEM.LOG1 \
    SOFTWARE.LOG3 SOFTWARE1.LOG1 SOFTWARE.LOG1.txt XSOFTWARE.LOG1
stream_has_no_logs() {
    (cd "$tmp/evidence" && audit 3 - <SOFTWARE) && says ', dirty-unrecovered' "$tmp/out"
}
check 'standard input has no logs beside it' stream_has_no_logs
# Hives that letter case alone tells apart have logs that are spelled like them.
case_tells_hives_apart() {
    with_logs && cp "$tmp/work/SOFTWARE" "$tmp/work/software" || return
    [ "$(find "$tmp/work" -type f | wc -l)" -eq 2 ] || return 0 # this file system ignores case
    cp "$hive_file.LOG1" "$tmp/work/software.LOG1" && : >"$tmp/work/SOFTWARE.LOG1" || return
    audit 1 "$tmp/work/software" && says ', dirty-recovered' "$tmp/out" &&
        audit 3 "$tmp/work/SOFTWARE" && says ', dirty-unrecovered' "$tmp/out"
}
check 'hives that letter case alone tells apart keep their own logs' case_tells_hives_apart
# The logs of the other one would recover it to what it never was.
case_gives_no_log_away() {
    with_logs SOFTWARE.LOG1 && cp "$tmp/work/SOFTWARE" "$tmp/work/software" || return
    [ "$(find "$tmp/work" -type f | wc -l)" -eq 3 ] || return 0 # this file system ignores case
    audit 1 "$tmp/work/SOFTWARE" && audit 3 "$tmp/work/software" && says 'no logs were found' "$tmp/err"
}
check 'a log belongs to the hive that is spelled like it, and to no other' case_gives_no_log_away
# links_to TARGET: $tmp/links/hive is a link.
links_to() {
    rm -rf "$tmp/links" && mkdir "$tmp/links" && ln -s "$1" "$tmp/links/hive"
}
link_has_the_logs_of_its_target() {
    with_logs software.log1 && links_to ../work/SOFTWARE && audit 1 "$tmp/links/hive" && is_found_by software.log1 &&
        (cd "$tmp/links" && audit 1 hive) && is_found_by software.log1
}
is_found_by() {
    says ', dirty-recovered' "$tmp/out" && says "^  log $1 \\(HvLE\\): entry 2 replayed\$" "$tmp/out"
}
# Those beside it come first, whatever they are.
link_has_its_own_logs() {
    with_logs SOFTWARE.LOG1 && links_to ../work/SOFTWARE && : >"$tmp/links/hive.LOG1" &&
        audit 3 "$tmp/links/hive" && says '^  log hive.LOG1: not used; empty$' "$tmp/out" &&
        cp "$hive_file.LOG1" "$tmp/links/hive.LOG1" && rm "$tmp/work/SOFTWARE.LOG1" &&
        audit 1 "$tmp/links/hive" && is_found_by hive.LOG1
}
check 'of a link, the logs beside its target are used' link_has_the_logs_of_its_target
check 'where none lie beside the link' link_has_its_own_logs
# lost_log REASON: SOFTWARE.LOG2 may hold the last changes, also where SOFTWARE.LOG1 is replayed.
lost_log() {
    audit 3 "$tmp/work/SOFTWARE" && says ', dirty-recovered' "$tmp/out" && says "${readers}0" "$tmp/out" &&
        says "^  incomplete: the hive's last changes are missing: SOFTWARE.LOG2 $1.* \(--allow-dirty" "$tmp/out" &&
        says "^  log SOFTWARE.LOG2.*: not used; $1" "$tmp/out" && says 'audit incomplete$' "$tmp/out" &&
        audit 1 --allow-dirty "$tmp/work/SOFTWARE" && says 'audit complete$' "$tmp/out" && [ ! -s "$tmp/err" ] &&
        says "last changes are missing: SOFTWARE.LOG2 $1.*, as --allow-dirty accepts" "$tmp/out"
}
unread_log_is_said() {
    with_logs SOFTWARE.LOG1 && ln -s nowhere "$tmp/work/SOFTWARE.LOG2" && lost_log 'cannot be read: No such file' &&
        rm "$tmp/work/SOFTWARE.LOG2" && mkdir "$tmp/work/SOFTWARE.LOG2" && lost_log 'cannot be read: Is a directory'
}
# A hole: it takes no room.
large_log_is_said() {
    with_logs SOFTWARE.LOG1 SOFTWARE.LOG2 && truncate -s 513M "$tmp/work/SOFTWARE.LOG2" && lost_log 'is too large \(got 537919488 bytes, '
}
check 'a log that cannot be read is said, although another one is replayed' unread_log_is_said
check 'so is one that is too large' large_log_is_said
clean_hive_needs_no_logs() {
    with_logs SOFTWARE.LOG1 && "$MKHIVE" "$tmp/work/SOFTWARE" "$srcdir/hives/stock.reg" &&
        audit 0 "$tmp/work/SOFTWARE" && says ' bytes, clean, ' "$tmp/out" && silent '^  log ' "$tmp/out" &&
        audit 0 --logs=require "$tmp/work/SOFTWARE"
}
check 'the logs of a clean hive are not replayed, whatever they hold' clean_hive_needs_no_logs

# ---- Logs are named, required ----

named_log_is_used() {
    with_logs && audit 1 --log="$hive_file.LOG1" "$tmp/work/SOFTWARE" && says ', dirty-recovered' "$tmp/out" &&
        says "^  log $hive_file.LOG1 \\(HvLE\\): entry 2 replayed\$" "$tmp/out" &&
        audit 1 --log="$hive_file.LOG1" - <"$tmp/work/SOFTWARE" && says ', dirty-recovered' "$tmp/out"
}
# Those beside the hive do not help where others are named.
named_log_replaces() {
    : >"$tmp/empty" && audit 3 --log="$tmp/empty" "$hive_file" && says ', dirty-unrecovered' "$tmp/out"
}
required_and_there() {
    audit 1 --logs=require "$hive_file" && is_recovered
}
required_and_missing() {
    with_logs && audit 3 --logs=require "$tmp/work/SOFTWARE" &&
        says '^  failed: .*--logs=require' "$tmp/out" && says 'audit failed$' "$tmp/out" &&
        silent "$readers" "$tmp/out" && audit 3 --logs=require --allow-dirty "$tmp/work/SOFTWARE"
}
check '--log names a log, for standard input as well' named_log_is_used
check '--log replaces the logs beside the hive' named_log_replaces
check '--logs=require takes a hive that its logs recover' required_and_there
check '--logs=require fails one that they do not, also with --allow-dirty' required_and_missing

# ---- The recovered hive ----

# u32 FILE OFFSET: a little-endian number.
u32() {
    od -A n -t u4 -j "$2" -N 4 "$1" | tr -d ' '
}
# save HIVE OPTION...: writes $tmp/saved.
save() {
    rm -f "$tmp/saved"
    saved_hive=$1
    shift
    audit 0 --fail-on=never --save-recovered="$tmp/saved" "$@" "$saved_hive"
}
# A hive that needs no logs: equal numbers, the type of a hive, all of its bins, and hiveaudit calls it clean.
saved_is_sound() {
    same "$(u32 "$tmp/saved" 4)" "$(u32 "$tmp/saved" 8)" && same 0 "$(u32 "$tmp/saved" 28)" || return
    [ "$(u32 "$tmp/saved" 40)" -le $(($(wc -c <"$tmp/saved") - 4096)) ] || { echo 'bins are missing' && return 1; }
    audit_status=0
    "${HIVEAUDIT:?}" --fail-on=never "$tmp/saved" >"$tmp/out" 2>"$tmp/err" || audit_status=$?
    says '^  hive of [0-9]+ bytes, clean, ' "$tmp/out" && silent '^  incomplete' "$tmp/out"
}
saves_ours() {
    save "$hive_file" && saved_is_sound && audit 1 "$tmp/saved" && says "${readers}0" "$tmp/out" &&
        silent "${readers}not set" "$tmp/out"
}
never_replaces() {
    echo precious >"$tmp/precious" && audit 2 --save-recovered="$tmp/precious" "$hive_file" &&
        says "^hiveaudit: --save-recovered: $tmp/precious: is never replaced" "$tmp/err" &&
        same precious "$(cat "$tmp/precious")"
}
never_replaces_through_a_link() {
    ln -s "$1" "$tmp/link" && audit 2 --save-recovered="$tmp/link" "$hive_file"
    verdict=$?
    rm "$tmp/link"
    [ "$verdict" -eq 0 ] && same precious "$(cat "$tmp/precious")" && [ ! -e "$tmp/dangling" ]
}
leaves_nothing() {
    rm -f "$tmp/saved"
    audit "$@" && [ ! -e "$tmp/saved" ]
}
one_file_for_both() {
    leaves_nothing 2 -o "json=$tmp/saved" --save-recovered="$tmp/saved" "$hive_file" &&
        leaves_nothing 2 -o "json=$tmp/./saved" --save-recovered="$tmp/saved" "$hive_file"
}
saves_a_clean_hive() {
    "$MKHIVE" "$tmp/clean" "$srcdir/hives/stock.reg" && save "$tmp/clean" && cmp "$tmp/clean" "$tmp/saved"
}
check '--save-recovered writes the hive with its logs replayed' saves_ours
check 'a clean hive is saved as it is' saves_a_clean_hive
check 'it never replaces a file' never_replaces
check 'nor one that a link names' never_replaces_through_a_link "$tmp/precious"
check 'nor does it make one that a link names' never_replaces_through_a_link "$tmp/dangling"
check 'a hive that is not recovered is not saved' \
    leaves_nothing 3 --save-recovered="$tmp/saved" --log="$tmp/empty" "$hive_file"
check 'nor is what is no hive' leaves_nothing 3 --save-recovered="$tmp/saved" "$tmp/changes.reg"
# What is missing is missing in the file as well: it would pass for a whole hive.
head -c 20480 "$tmp/clean" >"$tmp/truncated" && head -c 104 "$tmp/clean" >"$tmp/start" || exit
check 'nor is a clean hive that is truncated' leaves_nothing 3 --save-recovered="$tmp/saved" "$tmp/truncated"
check 'nor is a log' leaves_nothing 3 --save-recovered="$tmp/saved" "$hive_file.LOG1"
check 'nor are the first bytes of a hive' leaves_nothing 3 --save-recovered="$tmp/saved" "$tmp/start"
check 'nor anything of a wrong command line' leaves_nothing 2 --save-recovered="$tmp/saved" --disable=all "$hive_file"
check 'a report and the recovered hive do not both go to one file' one_file_for_both
check 'a folder that is missing is an error' leaves_nothing 2 --save-recovered="$tmp/none/saved" "$hive_file"

# ---- Evidence stays as it is ----

stays_as_it_is() {
    before=$(state "$tmp/evidence")
    for option in --logs=auto --logs=require --logs=ignore --save-recovered="$tmp/again" -j2 --sandbox=off; do
        audit_status=0
        (cd "$tmp/evidence" && "$HIVEAUDIT" "$option" SOFTWARE) >"$tmp/out" 2>"$tmp/err" || audit_status=$?
        [ "$audit_status" -ne 2 ] || { cat "$tmp/err" && return 1; }
    done
    "$HIVEAUDIT" "$tmp/evidence" >"$tmp/out" && return 1 # a finding
    same "$before" "$(state "$tmp/evidence")"
}
check 'evidence, its logs and its folder stay as they are' stays_as_it_is

# ---- Hives that Windows made ----

corpus=${HIVEAUDIT_CORPUS:-}
if [ -z "$corpus" ] || ! command -v xz >"$tmp/which"; then
    skip 'hives that Windows made dirty, and recovered' 'HIVEAUDIT_CORPUS is not set, or xz is not installed'
    done_testing
fi
for name in hives/dirty/new1 hives/dirty/old1 hives/dirty/usrclass hives/dirty/ntuser hostile/log1 \
    hostile/base-block; do
    mkdir -p "$tmp/corpus/$name" || exit
    for file in "$corpus/$name"/*.xz; do
        to=${file##*/}
        xz -dc "$file" >"$tmp/corpus/$name/${to%.xz}" || exit
    done
done
dirty=$tmp/corpus/hives/dirty
state "$tmp/corpus" >"$tmp/before"

# Each reader prints the whole tree: keys, values with their data, and, in hivexml, the time of each key.
# hivexml tells where cells lie as well. Its first line is the base block's time.
tree_by_hivexml() {
    hivexml "$1" >"$tmp/xml" && sed 's/></>\n</g' "$tmp/xml" | sed '1,/<mtime>/d'
}
# Keys in their order, and values, without the lines that name the tool.
tree_by_regfexport() {
    regfexport "$1" >"$tmp/export" && sed 1,2d "$tmp/export"
}
# equals READER HIVE: the saved hive has the tree of the one that Windows recovered.
equals() {
    "tree_by_$1" "$2" >"$tmp/want" && "tree_by_$1" "$tmp/saved" >"$tmp/got" || return
    [ "$(wc -l <"$tmp/want")" -ge 15 ] || { cat "$tmp/want" && return 1; }
    cmp "$tmp/want" "$tmp/got"
}
differs() {
    "tree_by_$1" "$2" >"$tmp/got" && ! cmp -s "$tmp/want" "$tmp/got"
}

# outside_tree FILE WANT ALLOWED: the bytes that differ lie at these offsets (a pattern of awk's, from 1 on).
#
# Windows loaded the hive that it recovered and wrote once more. So these differ: sequence numbers, times,
# the recovery's own GUIDs, the log's name and the checksum in the base block (below 4096); the time in the
# header of the first hive bin (20 bytes into it), where a hive keeps the time of its last write; and what
# Windows puts right when it loads a hive, for which no log has an entry: in old1 one key's field for the
# length of its longest value name (24 where it has one value, the default, with a name of 2 bytes).
outside_tree() {
    cmp -l "$1" "$2" | awk -v allowed="$3" '
        $1 <= 4096 || ($1 >= 4117 && $1 <= 4124) || $1 == allowed { next }
        { print "differs at " $1 - 1; bad = 1 }
        END { exit bad }'
}

# truth NAME HIVE WINDOWS ALLOWED: for each reader that is installed.
truth() {
    name=$1 windows=$dirty/$1/$3
    check "$name is saved" save "$dirty/$1/$2"
    check "$name: the saved hive is sound, and clean" saved_is_sound
    check "$name: it has the size of the one that Windows recovered" \
        same "$(wc -c <"$windows")" "$(wc -c <"$tmp/saved")"
    for reader in hivexml regfexport; do
        if command -v "$reader" >"$tmp/which"; then
            check "$name: $reader sees the tree that Windows recovered" equals "$reader" "$windows"
            check "$name: $reader sees another in the dirty hive" differs "$reader" "$dirty/$1/$2"
        else
            skip "$name: $reader sees the tree that Windows recovered" "$reader is not installed"
        fi
    done
    check "$name: no byte differs but those that Windows wrote later" outside_tree "$windows" "$tmp/saved" "$4"
}
truth new1 NewDirtyHive RecoveredHive_Windows10 0
truth old1 OldDirtyHive RecoveredHive_Windows7 441801

# replays HIVE PATTERN...: what the text says about the hive and its logs, whatever it is a hive of.
replays() {
    audit 3 "$dirty/$1" || return
    shift
    for pattern; do
        says "^  $pattern" "$tmp/out" || return
    done
}
new1_is_replayed() {
    replays new1/NewDirtyHive 'hive of 262144 bytes, dirty-recovered \(sequence numbers 3/2\)' \
        'log NewDirtyHive.LOG1 \(HvLE\): entry 2 replayed$' \
        'log NewDirtyHive.LOG2 \(HvLE\): entries 3..5 replayed$'
}
old1_is_replayed() {
    replays old1/OldDirtyHive 'hive of 524288 bytes, dirty-recovered \(sequence numbers 5/4\)' \
        'log OldDirtyHive.LOG1 \(DIRT\): replayed$' 'log OldDirtyHive.LOG2: not used; empty$'
}
usrclass_is_replayed() {
    replays usrclass/UsrClass.dat 'hive of 2883584 bytes, dirty-recovered \(sequence numbers 256/255\)' \
        'log UsrClass.dat.LOG1 \(HvLE\): entries 287..290 replayed$' \
        'log UsrClass.dat.LOG2 \(HvLE\): entries 291..300 replayed$'
}
# The hive's numbers are 567 and 566; its logs are spelled in lower case.
ntuser_is_replayed() {
    replays ntuser/NTUSER.DAT 'hive of 1048576 bytes, dirty-recovered \(sequence numbers 567/566\)' \
        'log ntuser.dat.log1 \(HvLE\): entries 566..588 replayed$' \
        'log ntuser.dat.log2 \(HvLE\): not used; holds only older entries \(got 562 to 562, '
}
check 'new1: entries 2 to 5, from both logs' new1_is_replayed
check 'old1: the one log of the old format' old1_is_replayed
check 'usrclass: entries 287 to 300, across both logs' usrclass_is_replayed
check 'ntuser: entries 566 to 588; LOG2 is stale' ntuser_is_replayed
# hivexml reads every value. In ntuser it stops at one where entry 566 alone is left out.
for name in usrclass/UsrClass.dat ntuser/NTUSER.DAT; do
    check "$name is saved" save "$dirty/$name"
    check "$name: the saved hive is sound, and clean" saved_is_sound
    if command -v hivexml >"$tmp/which"; then
        check "$name: hivexml reads the saved hive" tree_by_hivexml "$tmp/saved"
    else
        skip "$name: hivexml reads the saved hive" 'hivexml is not installed'
    fi
done

# Which log holds the earlier entries is found in them, not in their names.
logs_named_in_any_order() {
    cp "$tmp/saved" "$tmp/usual" && save "$dirty/usrclass/UsrClass.dat" --log="$dirty/usrclass/UsrClass.dat.LOG2" \
        --log="$dirty/usrclass/UsrClass.dat.LOG1" && cmp "$tmp/usual" "$tmp/saved" &&
        says 'LOG2 \(HvLE\): entries 291..300 replayed$' "$tmp/out" &&
        says 'LOG1 \(HvLE\): entries 287..290 replayed$' "$tmp/out"
}
logs_swapped_beside_the_hive() {
    mkdir "$tmp/swapped" && cp "$dirty/usrclass/UsrClass.dat" "$tmp/swapped/" &&
        cp "$dirty/usrclass/UsrClass.dat.LOG1" "$tmp/swapped/UsrClass.dat.LOG2" &&
        cp "$dirty/usrclass/UsrClass.dat.LOG2" "$tmp/swapped/UsrClass.dat.LOG1" &&
        save "$tmp/swapped/UsrClass.dat" && cmp "$tmp/usual" "$tmp/saved"
}
first_log_alone() {
    save "$dirty/usrclass/UsrClass.dat" --log="$dirty/usrclass/UsrClass.dat.LOG1" &&
        says 'LOG1 \(HvLE\): entries 287..290 replayed$' "$tmp/out" && same 290 "$(u32 "$tmp/saved" 4)"
}
check 'usrclass is saved once more' save "$dirty/usrclass/UsrClass.dat"
check 'logs may be named in any order' logs_named_in_any_order
check 'and have swapped names' logs_swapped_beside_the_hive
check 'one of two logs may be missing' first_log_alone

log1_is_not_applied() {
    audit 3 "$tmp/corpus/hostile/log1/BadLogHive" && says ', dirty-unrecovered \(sequence numbers 5/4\)' "$tmp/out" &&
        says '^  log BadLogHive.LOG1 \(DIRT\): not used; wrong checksum of its base block' "$tmp/out" &&
        says '^  incomplete: the hive is dirty .*no log could be applied' "$tmp/out" &&
        leaves_nothing 3 --save-recovered="$tmp/saved" "$tmp/corpus/hostile/log1/BadLogHive"
}
# The specification says that Windows takes the log's base block where that of the hive is bad. The hive and
# the log are those of old1, but for the damage: so is what comes of it.
base_block_is_repaired() {
    audit 3 "$tmp/corpus/hostile/base-block/BadBaseBlockHive" && says ', dirty-recovered ' "$tmp/out" &&
        says '^  log BadBaseBlockHive.LOG1 \(DIRT\): replayed$' "$tmp/out" &&
        save "$tmp/corpus/hostile/base-block/BadBaseBlockHive" && saved_is_sound
}
check 'hostile/log1: a log with a wrong checksum is not applied, which is said' log1_is_not_applied
check 'hostile/base-block: the base block is repaired from the log' base_block_is_repaired
if command -v hivexml >"$tmp/which"; then
    check 'hostile/base-block: hivexml sees the tree that Windows recovered of old1' \
        equals hivexml "$dirty/old1/RecoveredHive_Windows7"
else
    skip 'hostile/base-block: hivexml sees the tree that Windows recovered of old1' 'hivexml is not installed'
fi

evidence_is_unchanged() {
    same "$(cat "$tmp/before")" "$(state "$tmp/corpus")"
}
check 'none of these hives, logs and folders was changed' evidence_is_unchanged
done_testing
