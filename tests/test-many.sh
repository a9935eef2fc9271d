#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Many pieces of evidence in one run: folders, lists, jobs side by side, and hives that are there twice.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

sample_hives || exit
clean=$tmp/stock.hive broken=$tmp/broken.hive missing=$tmp/missing.hive
echo 'Not a hive.' >"$tmp/text"
cat >"$tmp/changes.reg" <<'END'
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\Readers]
"RetryDeviceInitialize"=dword:00000000
END
hive system "$srcdir/hives/system.reg" </dev/null || exit
system=$tmp/system.hive

# names: what the text report of the last run is about, one a line.
names() {
    sed -n 's/^\(.*\): \([0-9]* errors\{0,1\}, .*\|audit failed\)$/\1/p' "$tmp/out"
}
# is_about NAME...: the last run reported these, in this order, and nothing else.
is_about() {
    same "$(printf '%s\n' "$@")" "$(names)"
}
# folder NAME: an empty folder $tmp/NAME, which is $dir.
folder() {
    dir=$tmp/$1
    rm -rf "$dir"
    mkdir -p "$dir"
}

# ---- Folders ----

folder_is_walked() {
    folder tree && mkdir -p "$dir/b/config" "$dir/a" "$dir/C" "$dir/empty" && cp "$clean" "$dir/b/config/SOFTWARE" &&
        cp "$broken" "$dir/a/anything" && cp "$clean" "$dir/C/SOFTWARE" && cp "$clean" "$dir/z" || return
    audit 1 "$dir" && is_about "$dir/C/SOFTWARE" "$dir/a/anything" "$dir/b/config/SOFTWARE" "$dir/z" &&
        [ ! -s "$tmp/err" ] && says '^4 pieces of evidence: 4 complete' "$tmp/out"
}
# A trailing slash, and a path from the folder one is in.
folder_is_named_as_it_is() {
    audit 1 "$tmp/tree/" && [ "$(names | wc -l)" -eq 4 ] && (cd "$tmp/tree" && audit 0 C) && is_about C/SOFTWARE &&
        (cd "$tmp/tree/C" && audit 0 .) && is_about ./SOFTWARE
}
passes_over_the_rest() {
    folder rest && cp "$clean" "$dir/SOFTWARE" && cp "$system" "$dir/SYSTEM" && cp "$tmp/text" "$dir/readme.txt" &&
        : >"$dir/empty" && cp "$HIVEAUDIT" "$dir/program" && head -c 5000 /dev/zero >"$dir/zeros" &&
        mkfifo "$dir/pipe" || return
    audit 0 "$dir" && is_about "$dir/SOFTWARE" && [ ! -s "$tmp/err" ]
}
# Logs and standard files of Windows beside the hive are no evidence of their own.
logs_are_not_hives() {
    folder logs && logged_hive "$dir/SOFTWARE" "$srcdir/hives/stock.reg" "$tmp/changes.reg" &&
        : >"$dir/SOFTWARE.LOG2" && cp "$dir/SOFTWARE.LOG1" "$dir/copy-of-log" || return
    audit 1 "$dir" && is_about "$dir/SOFTWARE" && says ', dirty-recovered ' "$tmp/out" && [ ! -s "$tmp/err" ]
}
# What has the name of the hive that is looked for is never passed over.
garbage_named_software_is_said() {
    folder garbage && cp "$tmp/text" "$dir/SOFTWARE" && mkdir "$dir/x" && cp "$system" "$dir/x/software" &&
        cp "$clean" "$dir/x/other" || return
    audit 3 "$dir" && is_about "$dir/SOFTWARE" "$dir/x/other" "$dir/x/software" &&
        says "^hiveaudit: $dir/SOFTWARE: .*is not a registry hive" "$tmp/err" &&
        says "^hiveaudit: $dir/x/software: .*SYSTEM hive" "$tmp/err"
}
# A hive that may be a SOFTWARE hive is not passed over because it is damaged.
damaged_hive_is_said() {
    folder damaged && head -c 60000 "$broken" >"$dir/cut" && printf regf >"$dir/torn" &&
        cp "$clean" "$dir/SOFTWARE" || return
    audit 3 "$dir" && is_about "$dir/SOFTWARE" "$dir/cut" "$dir/torn" && says "^hiveaudit: $dir/cut: " "$tmp/err" &&
        says "^hiveaudit: $dir/torn: is no whole hive" "$tmp/err"
}
links_are_not_followed() {
    folder linked && mkdir "$dir/inside" && cp "$clean" "$dir/inside/SOFTWARE" && ln -s inside "$dir/again" &&
        ln -s "$tmp/tree" "$dir/outside" && ln -s . "$dir/loop" && ln -s "$broken" "$dir/SOFTWARE" &&
        ln -s nowhere "$dir/dangling" || return
    audit 0 "$dir" && is_about "$dir/inside/SOFTWARE"
}
# What a user names is followed, as everywhere.
named_link_is_followed() {
    ln -s tree/C "$tmp/to-folder" && audit 0 "$tmp/to-folder" && is_about "$tmp/to-folder/SOFTWARE" &&
        ln -s tree/C/SOFTWARE "$tmp/to-hive" && audit 0 "$tmp/to-hive" && is_about "$tmp/to-hive"
}
nothing_to_audit() {
    audit 3 "$1" && is_about "$1" && says "^hiveaudit: $1: nothing to audit: .*$2" "$tmp/err" &&
        says '^1 piece|audit failed$' "$tmp/out"
}
one_empty_folder_of_two() {
    audit 3 "$tmp/empty" "$tmp/tree/C" && is_about "$tmp/empty" "$tmp/tree/C/SOFTWARE"
}
# Where its paths are longer than the system takes, that is said, and no other evidence is lost.
deep_tree_is_walked() {
    folder deep && mkdir "$dir/z" && cp "$clean" "$dir/z/SOFTWARE" && python3 - "$dir" "$clean" <<'END' || return
import os, shutil, sys
os.chdir(sys.argv[1])
for depth in range(300):
    os.mkdir("d" * 20)
    os.chdir("d" * 20)
    if depth in (5, 299):
        shutil.copy(sys.argv[2], "SOFTWARE")
END
    audit 3 "$dir" && says "^hiveaudit: $dir/d.*/d*: cannot be looked into: File name too long" "$tmp/err" &&
        says '^3 pieces of evidence: 2 complete, 0 incomplete, 1 failed' "$tmp/out" && says "^$dir/z/SOFTWARE: " "$tmp/out"
}
hostile_file_names() {
    folder names && name=$(printf 'a\nb\033[31m') && mkdir "$dir/$name" && cp "$clean" "$dir/$name/SOFTWARE" &&
        cp "$clean" "$dir/-q" && cp "$clean" "$dir/ " || return
    audit 0 "$dir" && is_about "$dir/ " "$dir/-q" "$dir/a\\x0ab\\x1b[31m/SOFTWARE"
}
check 'a folder is walked, by name' folder_is_walked
check 'its files are named below what was named' folder_is_named_as_it_is
check 'other files are passed over in silence, SYSTEM as well' passes_over_the_rest
check 'so are logs, which are used' logs_are_not_hives
check 'what is named SOFTWARE and is none is said' garbage_named_software_is_said
check 'so is a hive that is damaged' damaged_hive_is_said
check 'links in a folder are not followed' links_are_not_followed
check 'a link that is named is' named_link_is_followed
folder empty
check 'a folder without a file is nothing to audit' nothing_to_audit "$tmp/empty" '0 files'
folder other && cp "$system" "$dir/SYSTEM" && cp "$tmp/text" "$dir/text"
check 'so is one without a SOFTWARE hive' nothing_to_audit "$tmp/other" '2 files'
folder nested && mkdir -p "$dir/a/b" "$dir/c" && cp "$tmp/text" "$dir/a/b/text"
check 'and one whose folders are without' nothing_to_audit "$tmp/nested" '1 file '
check 'an empty folder does not hide behind another' one_empty_folder_of_two
if command -v python3 >"$tmp/which"; then
    check 'a tree whose paths are too long is said' deep_tree_is_walked
else
    skip 'a tree whose paths are too long is said' 'python3 is not installed'
fi
check 'names that are hostile' hostile_file_names
unreadable_folder_is_said() {
    folder closed && mkdir "$dir/a" "$dir/m" "$dir/z" && cp "$clean" "$dir/a/SOFTWARE" && cp "$clean" "$dir/m/SOFTWARE" &&
        cp "$clean" "$dir/z/SOFTWARE" && chmod 0 "$dir/m" || return
    audit 3 "$dir"
    verdict=$?
    chmod 755 "$dir/m"
    [ "$verdict" -eq 0 ] && is_about "$dir/a/SOFTWARE" "$dir/m" "$dir/z/SOFTWARE" &&
        says "^hiveaudit: $dir/m: cannot be looked into: Permission denied" "$tmp/err"
}
unreadable_file_is_said() {
    folder locked && cp "$clean" "$dir/SOFTWARE" && cp "$clean" "$dir/other" && chmod 0 "$dir/other" || return
    audit 3 "$dir" && is_about "$dir/SOFTWARE" "$dir/other" && says "^hiveaudit: $dir/other: cannot be opened: Permission denied" "$tmp/err"
}
if [ "$(id -u)" -eq 0 ]; then
    skip 'a folder that cannot be read is said' 'root reads all'
    skip 'a file that cannot be read is said' 'root reads all'
else
    check 'a folder that cannot be read is said' unreadable_folder_is_said
    check 'a file that cannot be read is said' unreadable_file_is_said
fi

# ---- Lists ----

list_is_read() {
    printf '%s\0' "$broken" "$missing" "$tmp/tree" "$clean" >"$tmp/list" || return
    audit 3 --files0-from="$tmp/list" && is_about "$broken" "$missing" "$tmp/tree/C/SOFTWARE" "$tmp/tree/a/anything" \
        "$tmp/tree/b/config/SOFTWARE" "$tmp/tree/z" "$clean" && cp "$tmp/out" "$tmp/listed" &&
        audit 3 "$broken" "$missing" "$tmp/tree" "$clean" && cmp "$tmp/listed" "$tmp/out" &&
        audit 3 --files0-from=- <"$tmp/list" && cmp "$tmp/listed" "$tmp/out"
}
list_of_find() {
    find "$tmp/tree/C" -type f -print0 >"$tmp/list" && audit 0 --files0-from="$tmp/list" && is_about "$tmp/tree/C/SOFTWARE"
}
# The last name need not be ended; names may hold line ends.
odd_lists() {
    printf '%s' "$clean" >"$tmp/list" && audit 0 --files0-from="$tmp/list" && is_about "$clean" &&
        name=$(printf 'two\nlines') && cp "$clean" "$tmp/$name" && printf '%s\0' "$tmp/$name" >"$tmp/list" &&
        audit 0 --files0-from="$tmp/list" && is_about "$tmp/two\\x0alines"
}
# Standard input is at its end when its list is read: it would seem to be empty evidence.
list_that_names_itself() {
    printf '%s\0' "$clean" - "$broken" >"$tmp/list" && audit 3 --files0-from=- <"$tmp/list" &&
        is_about "$clean" '(standard input)' "$broken" &&
        says '^hiveaudit: \(standard input\): standard input is the list itself$' "$tmp/err" &&
        audit 1 --files0-from="$tmp/list" <"$clean" && is_about "$clean" '(standard input)' "$broken"
}
list_is_wrong() {
    pattern=$1
    shift
    audit 2 "$@" && says "^hiveaudit: $pattern" "$tmp/err" && [ ! -s "$tmp/out" ]
}
empty_list() {
    : >"$tmp/list" && audit 3 --files0-from="$tmp/list" && says "^hiveaudit: $tmp/list: names nothing to audit" "$tmp/err" &&
        audit 3 --files0-from=- </dev/null && says 'names nothing to audit' "$tmp/err"
}
check '--files0-from takes evidence from a file, or standard input' list_is_read
check 'what find -print0 writes is a list' list_of_find
check 'the last name need not be ended, and a name may hold line ends' odd_lists
check 'a list in standard input cannot name it, another can' list_that_names_itself
check 'a list and an argument do not go together' \
    list_is_wrong '--files0-from .*command line' --files0-from="$tmp/list" "$clean"
check 'a list that is missing is an error' list_is_wrong "--files0-from: $tmp/none: .*No such file" --files0-from="$tmp/none"
check 'a folder is no list' list_is_wrong "--files0-from: $tmp/tree: .*Is a directory" --files0-from="$tmp/tree"
check 'an empty list is nothing to audit' empty_list

# ---- Jobs ----

# A mixed set: good and bad evidence, hives that are there twice or often, a dirty one with its log and the
# same bytes without, standard input, and a folder.
folder mixed
cp "$broken" "$dir/one" && cp "$broken" "$dir/two" && cp "$clean" "$dir/three" &&
    logged_hive "$dir/dirty" "$srcdir/hives/stock.reg" "$tmp/changes.reg" &&
    cp "$dir/dirty" "$dir/dirty-alone" && head -c 60000 "$broken" >"$dir/cut" && cp "$dir/cut" "$dir/cut-too" &&
    cp "$system" "$dir/system" && cp "$system" "$dir/system-too" || exit
mixed() {
    status=0
    "$HIVEAUDIT" "$@" "$dir/one" "$missing" "$dir/dirty" "$dir/two" - "$dir" "$dir/cut-too" "$dir/dirty-alone" \
        "$tmp/tree" "$dir/one" "$tmp/text" "$dir/system" "$dir/system-too" "$clean" "$tmp/fabrikam.hive" <"$broken" \
        >"$tmp/out" 2>"$tmp/err" || status=$?
    same 3 "$status"
}
# Every report says what the sandbox was.
without_sandbox() {
    sed -e '/^ *"sandbox": /d' -e '/^hiveaudit .*, sandbox: /d'
}
jobs_do_not_matter() {
    mixed -j 1 "$@" && cp "$tmp/out" "$tmp/one-job" && cp "$tmp/err" "$tmp/one-err" || return
    for jobs in 2 7 256; do
        mixed -j "$jobs" "$@" && cmp "$tmp/one-job" "$tmp/out" && cmp "$tmp/one-err" "$tmp/err" || return
    done
    mixed "$@" && cmp "$tmp/one-job" "$tmp/out" && mixed --sandbox=off "$@" &&
        same "$(without_sandbox <"$tmp/one-job")" "$(without_sandbox <"$tmp/out")"
}
# As if each were alone: the report of each piece of the mixed set, but for its name.
alone() {
    audit_status=0
    "$HIVEAUDIT" "$1" >"$tmp/out" 2>"$tmp/err" || audit_status=$?
    without_sandbox <"$tmp/out" >"$tmp/alone"
}
twins_are_reported_each() {
    mixed -j 2 && cp "$tmp/out" "$tmp/all" || return
    for name in "$dir/one" "$dir/two" "$dir/cut" "$dir/cut-too" "$dir/dirty" "$dir/dirty-alone" "$dir/system"; do
        alone "$name"
        # The first block of that name among all is what it is alone.
        awk -v name="$name" '$0 == name { on = 1 } on { print } on && index($0, name ": ") == 1 { exit }' \
            "$tmp/all" >"$tmp/block"
        cmp "$tmp/alone" "$tmp/block" || return
    done
}
# The log tells them apart, not only their own bytes.
same_bytes_other_logs() {
    audit 3 "$dir/dirty" "$dir/dirty-alone" && same 1 "$(grep -c ', dirty-recovered ' "$tmp/out")" &&
        same 1 "$(grep -c ', dirty-unrecovered ' "$tmp/out")" &&
        audit 3 -j1 "$dir/dirty-alone" "$dir/dirty" "$dir/dirty-alone" &&
        same 2 "$(grep -c ', dirty-unrecovered ' "$tmp/out")"
}
log_names_are_their_own() {
    folder named && for name in A B; do
        cp "$tmp/mixed/dirty" "$dir/$name" && cp "$tmp/mixed/dirty.LOG1" "$dir/$name.LOG1" || return
    done
    audit 1 "$dir/A" "$dir/B" && says '^  log A.LOG1 ' "$tmp/out" && says '^  log B.LOG1 ' "$tmp/out"
}
# What holds several hives: each copy of it gives all of them, and each hive its own findings.
twin_archives() {
    folder archives && mkdir "$dir/in" && cp "$clean" "$dir/in/one" && cp "$broken" "$dir/in/two" &&
        (cd "$dir/in" && tar -cf ../a.tar one two) && cp "$dir/a.tar" "$dir/b.tar" || return
    audit 1 "$clean" "$broken" && findings <"$tmp/out" >"$tmp/alone" && audit 1 "$dir/a.tar" "$dir/b.tar" &&
        is_about "$dir/a.tar!/one" "$dir/a.tar!/two" "$dir/b.tar!/one" "$dir/b.tar!/two" &&
        same "$(cat "$tmp/alone" "$tmp/alone")" "$(findings <"$tmp/out")"
}
worst_status_decides() {
    audit 0 "$clean" "$clean" "$tmp/fabrikam.hive" && audit 1 "$clean" "$broken" "$clean" &&
        audit 3 "$clean" "$broken" "$missing" && audit 3 "$missing" "$broken" "$clean" &&
        audit 3 "$broken" "$clean" "$tmp/empty" && audit 3 "$tmp/mixed/cut" "$broken"
}
check 'any number of jobs gives the same text' jobs_do_not_matter
check 'and the same JSON' jobs_do_not_matter -o json
check 'evidence that is there twice is reported as if it were alone' twins_are_reported_each
check 'hives of the same bytes with other logs are other evidence' same_bytes_other_logs
check 'twins name their own logs' log_names_are_their_own
check 'archives of the same bytes give all of their hives' twin_archives
check 'the worst status of all decides' worst_status_decides
# 200 copies of one hive, and some that differ from it in the last byte only or in size.
folder many
copies=0
while [ "$copies" -lt 200 ]; do
    copies=$((copies + 1))
    cp "$clean" "$dir/copy-$copies" || exit
done
cp "$broken" "$dir/broken" && cp "$clean" "$dir/near" && cp "$tmp/text" "$dir/text" || exit
printf '\001' | dd of="$dir/near" bs=1 seek=$(($(wc -c <"$clean") - 1)) conv=notrunc 2>"$tmp/dd" || exit
many_are_counted() {
    for jobs in 1 2 7; do
        audit 1 -j "$jobs" "$tmp/many" && says '^202 pieces of evidence: 202 complete' "$tmp/out" &&
            same "$(find "$tmp/many" -type f ! -name text | LC_ALL=C sort)" "$(names)" &&
            same 201 "$(names | while read -r name; do
                grep -c "^$name: 0 errors, 0 warnings, 2 notes; audit complete\$" "$tmp/out"
            done | grep -c '^1$')" || return
    done
}
check '200 copies and some others are each reported, in order' many_are_counted
# Hives that all differ, with logs, and room for fewer files than jobs: what runs out comes back.
few_descriptors_are_enough() {
    folder differ || return
    number=10
    while [ "$number" -lt 50 ]; do
        number=$((number + 1))
        printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\Card %d]\n"ATR"=hex:3b,00\n' \
            "$number" | hive differs "$srcdir/hives/stock.reg" && mv "$tmp/differs.hive" "$dir/$number" &&
            : >"$dir/$number.LOG1" || return
    done
    audit 1 -j 1 "$dir" && cp "$tmp/out" "$tmp/one-job" &&
        says '^40 pieces of evidence: 40 complete, 0 incomplete, 0 failed' "$tmp/out" || return
    # shellcheck disable=SC3045 # where it is unknown, the test fails
    (ulimit -n 20 && audit 1 -j 30 "$dir") && [ ! -s "$tmp/err" ] && cmp "$tmp/one-job" "$tmp/out"
}
check 'more jobs than the limit of open files has room for are no harm' few_descriptors_are_enough
one_bad_of_many() {
    set -- "$clean" "$clean" "$clean" "$clean" "$clean"
    audit 3 -j 2 "$missing" "$@" "$tmp/text" "$@" /dev/null "$@" "$tmp/mixed/cut" "$@" "$tmp/mixed/system" "$@" &&
        says '^30 pieces of evidence: 25 complete, 1 incomplete, 4 failed;' "$tmp/out"
}
check 'no bad piece stops the others' one_bad_of_many
done_testing
