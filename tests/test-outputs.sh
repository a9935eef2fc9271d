#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A report that cannot be written, in each format that there is: status 2, a message that names its file, nothing
# left of it, and an earlier file as it was.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

formats=$("${HIVEAUDIT:?}" -o none . 2>&1 | sed -n 's/.*want \(.*\), or one of them with =FILE$/\1/p' | sed 's/,//g; s/ or / /')
sample_hives && mkdir "$tmp/out.d" "$tmp/many" || exit
clean=$tmp/stock.hive broken=$tmp/broken.hive out=$tmp/out.d
i=0
while [ "$i" -lt 60 ]; do
    i=$((i + 1))
    ln "$broken" "$tmp/many/$i" || exit
done

# lost MESSAGE FILE ARGUMENT...: a run that cannot write this file. $through may hold a command that runs it.
through=
lost() {
    lost_message=$1 lost_file=$2 lost_status=0
    shift 2
    lost_before=$(find "$out" -printf '%P %y %i %s\n' | sort)
    # shellcheck disable=SC2086 # a command with arguments, or none
    timeout 20 $through "$HIVEAUDIT" -q "$@" >"$tmp/stdout" 2>"$tmp/err" || lost_status=$?
    same 2 "$lost_status" && says "^hiveaudit: $lost_file: .*$lost_message" "$tmp/err" &&
        same '' "$(cat "$tmp/stdout")" && same "$lost_before" "$(find "$out" -printf '%P %y %i %s\n' | sort)"
}

# ---- What can be wrong with a file: each a function of its format ----

missing_folder() {
    lost 'No such file or directory' "$out/missing/r" -o "$1=$out/missing/r" "$clean"
}
file_for_a_folder() {
    echo earlier >"$out/file" && lost 'Not a directory' "$out/file/r" -o "$1=$out/file/r" "$clean" &&
        same earlier "$(cat "$out/file")"
}
folder_in_its_place() {
    mkdir -p "$out/folder" && lost 'Is a directory' "$out/folder" -o "$1=$out/folder" "$clean"
}
# None of the others is begun, nor is what they would replace touched.
others_are_not_begun() {
    echo earlier >"$out/json" &&
        lost 'No such file' "$out/missing/r" -o "json=$out/json" -o "text=$out/text" -o "$1=$out/missing/r" "$clean" &&
        same earlier "$(cat "$out/json")"
}
# Through a link, so that root does no harm to the device if a file is one day renamed to it.
full_device() {
    ln -sf /dev/full "$out/full" && lost '' "$out/full" -o "$1=$out/full" "$clean" && [ -L "$out/full" ]
}
# As on a full disk. Workers need room for the hive, which is smaller.
full_disk() {
    rm -f "$out/r" && (
        trap '' XFSZ
        ulimit -f 300
        lost 'File too large' "$out/r" -o "$1=$out/r" --fail-on=never "$tmp/many"
    ) && [ ! -e "$out/r" ]
}
others_are_written() {
    ln -sf /dev/full "$out/full" && : >"$out/other" && : >"$out/last" || return
    audit 2 -q -o "json=$out/other" -o "$1=$out/full" -o "text=$out/last" "$clean" &&
        says '"exit_status": 0' "$out/other" && says '^hiveaudit .*, sandbox: ' "$out/last" && rm "$out/other" "$out/last"
}

# without_rights COMMAND...: as root without its rights over files, where this is root.
no_rights=
[ "$(id -u)" -ne 0 ] || no_rights='setpriv --inh-caps=-all --bounding-set=-all'
no_permission() {
    through=$no_rights
    mkdir "$out/closed" && echo earlier >"$out/closed/r" && chmod 555 "$out/closed" &&
        lost 'Permission denied' "$out/closed/r" -o "$1=$out/closed/r" "$clean" &&
        same earlier "$(cat "$out/closed/r")"
    verdict=$?
    chmod 755 "$out/closed" && rm -r "$out/closed" && return "$verdict"
}
can_close_folders() {
    mkdir "$tmp/closed" && chmod 555 "$tmp/closed" && $no_rights touch "$tmp/closed/file" 2>"$tmp/err"
    verdict=$?
    rm -r "$tmp/closed"
    [ "$verdict" -ne 0 ] && grep -q '^touch: ' "$tmp/err"
}

# The evidence is a pipe that is held open: the run is in the midst of it. A signal ends a program by itself, and a
# shell sees that as 128 and its number.
interrupted() {
    mkfifo "$tmp/pipe" && exec 4<>"$tmp/pipe" || return
    "$HIVEAUDIT" -q -j1 -o "$1=$out/r" "$clean" "$tmp/pipe" 2>"$tmp/err" 4<&- &
    tries=0
    until grep -q . "/proc/$!/task/$!/children"; do # a worker: all reports are begun
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || break
        sleep 0.1
    done
    kill -s TERM $!
    status=0
    wait $! || status=$?
    exec 4<&-
    rm "$tmp/pipe"
    same 143 "$status" && [ "$tries" -lt 100 ] && same '' "$(find "$out" -name 'r.*')"
}
leaves_nothing_when_interrupted() {
    rm -f "$out/r" && interrupted "$1" && [ ! -e "$out/r" ]
}

# ---- An earlier file of that name ----

keeps_earlier_on_a_full_disk() {
    cp "$1" "$out/r" && (
        trap '' XFSZ
        ulimit -f 300
        lost 'File too large' "$out/r" -o "$2=$out/r" --fail-on=never "$tmp/many"
    ) && cmp "$1" "$out/r"
}
keeps_earlier_when_interrupted() {
    cp "$1" "$out/r" && interrupted "$2" && cmp "$1" "$out/r"
}

two_names() {
    ln -sf r "$out/link" && echo earlier >"$out/r" &&
        audit 2 -o "json=$out/r" -o "csv=$out/link" "$clean" && says "both go to $out/link" "$tmp/err" &&
        audit 2 -o json -o csv=/dev/stdout "$clean" && says 'both go to /dev/stdout' "$tmp/err" &&
        same '' "$(cat "$tmp/out")" && same earlier "$(cat "$out/r")" && rm "$out/r" "$out/link"
}
check 'two reports do not go to one place under two names' two_names
two_new_names() {
    lost 'it is being written already' "$out/./r" -o "json=$out/r" -o "csv=$out/./r" "$clean"
}
check 'nor where there is no file yet' two_new_names
no_head_is_left() {
    mkfifo "$tmp/head" && { cat "$tmp/head" >"$tmp/read" & } &&
        lost 'No such file' "$out/missing/r" -o csv -o "json=$tmp/head" -o "text=$out/missing/r" "$clean" &&
        wait $! && same '' "$(cat "$tmp/read")"
}
check 'where one cannot be begun, nothing of others is written' no_head_is_left
device_takes_two() {
    audit 0 -o text -o json=/dev/null -o csv=/dev/./null "$clean"
}
check 'a device may take two' device_takes_two

for format in $formats; do
    check "$format: a missing folder" missing_folder "$format"
    check "$format: a file where a folder is wanted" file_for_a_folder "$format"
    check "$format: a folder in its place" folder_in_its_place "$format"
    check "$format: what cannot be begun keeps others from being begun" others_are_not_begun "$format"
    if can_close_folders; then
        check "$format: no permission" no_permission "$format"
    else
        skip "$format: no permission" 'folders cannot be closed to this user (setpriv, Debian package util-linux)'
    fi
    if [ -c /dev/full ]; then
        check "$format: a full device" full_device "$format"
        # A database has to be a file, which is seen before any report is begun.
        [ "$format" = sqlite ] || check "$format: the other reports of the run are written" others_are_written "$format"
    else
        skip "$format: a full device" 'there is no /dev/full'
    fi
    check "$format: a full disk" full_disk "$format"
    check "$format: an interrupted run" leaves_nothing_when_interrupted "$format"
    # One of its own, as some formats add to what is there.
    audit 1 -q -o "$format=$tmp/earlier.$format" "$broken" || exit
    check "$format: a full disk keeps an earlier report" keeps_earlier_on_a_full_disk "$tmp/earlier.$format" "$format"
    check "$format: so does an interrupted run" keeps_earlier_when_interrupted "$tmp/earlier.$format" "$format"
done

# ---- What the run reads ----

# spared FILE WHAT ARGUMENT...: a report in the place of FILE is refused, by another path as well.
spared() {
    spared_file=$1 spared_what=$2
    shift 2
    cp "$spared_file" "$tmp/copy" && for spared_path in "$spared_file" "${spared_file%/*}/./${spared_file##*/}"; do
        lost "is $spared_what: no report can take its place" "$spared_path" -o "json=$spared_path" "$@" &&
            cmp "$tmp/copy" "$spared_file" || return
    done
}
cat >"$tmp/waivers.yaml" <<'END'
waivers:
  - {rule: atr-outside-mask, evidence: '*', reason: known, owner: Ada, expires: 2030-01-31}
END
cp "$srcdir/rules/examples/fleet.yaml" "$tmp" && echo 3B04 >"$tmp/cards" && cp "$srcdir/hives/contoso.inf" "$tmp" &&
    printf '%s\0' "$tmp/contoso.inf" >"$tmp/list" && audit 1 -q --manifest="$tmp/manifest" "$broken" || exit
check 'a file of rules is spared' spared "$tmp/fleet.yaml" 'what --rules reads' --rules="$tmp/fleet.yaml" "$clean"
check 'so are waivers' spared "$tmp/waivers.yaml" 'what --waivers reads' --waivers="$tmp/waivers.yaml" "$clean"
mkdir "$tmp/folder" && cp "$tmp/waivers.yaml" "$tmp/folder" || exit
check 'so are those of a folder' spared "$tmp/folder/waivers.yaml" 'what --waivers reads' --waivers="$tmp/folder" "$clean"
check 'so are cards' spared "$tmp/cards" 'what --cards-from reads' --cards-from="$tmp/cards" "$clean"
check 'so is a list' spared "$tmp/list" 'what --files0-from reads' --files0-from="$tmp/list"
check 'so is what a list names' spared "$tmp/contoso.inf" evidence --files0-from="$tmp/list"
printf 'EVF\t\r\n\377\000' >"$tmp/disk.E02" || exit
check 'so is a later part of an image' spared "$tmp/disk.E02" evidence "$clean"
head -c 8192 /dev/zero | tr '\0' x >"$tmp/disk.002" && printf '\0' | dd of="$tmp/disk.002" bs=1 seek=100 conv=notrunc 2>"$tmp/dd" || exit
check 'so is one that nothing but its bytes shows' spared "$tmp/disk.002" 'binary, and may be a part of an image' "$clean"
check 'so is the manifest that is verified' spared "$tmp/manifest" 'what --verify reads' --verify="$tmp/manifest"
done_testing
