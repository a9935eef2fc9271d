#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is no sound SOFTWARE hive: every such thing ends in a clear message and status 3, without a
# crash or a hang, and unchanged.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

sample_hives || exit
broken=$tmp/broken.hive
printf 'Not a hive, but some text of more than one line.\n\n' >"$tmp/text"
: >"$tmp/empty"
mkdir "$tmp/folder"

# is_refused NAME [FILE]: status 3 with a message that names it, on standard error and in the report,
# and a FILE that stays as it is.
is_refused() {
    before=$([ ! -f "${2-}" ] || sha256sum "$2")
    audit 3 "$1" || return
    after=$([ ! -f "${2-}" ] || sha256sum "$2")
    grep -qF "hiveaudit: $1: " "$tmp/err" || { cat "$tmp/err" && return 1; }
    grep -qF "$1: " "$tmp/out" && says '^  (failed|incomplete): .' "$tmp/out" && same "$before" "$after"
}

# refuses REASON FILE: the same, and the message says why.
refuses() {
    is_refused "$2" "$2" && says "$1" "$tmp/err"
}

check 'an empty file' refuses 'is empty' "$tmp/empty"
check 'a text file' refuses 'is not a registry hive' "$tmp/text"
check 'a program' refuses 'an ELF program' "$MKHIVE"
check 'an empty folder' refuses 'nothing to audit: no SOFTWARE hive in this folder' "$tmp/folder"
check 'a missing file' refuses 'No such file' "$tmp/missing"
check 'a file below a file' refuses 'Not a directory' "$tmp/text/SOFTWARE"
check 'a link to nothing' sh -c "ln -s nowhere '$tmp/link'"
check 'a link to nothing is a missing file' refuses 'No such file' "$tmp/link"
check 'a name of no letters' is_refused ''
check '/dev/null' refuses 'is empty' /dev/null
check '/dev/zero' refuses 'is not a registry hive' /dev/zero

# Pipes.
fifo_is_refused() {
    mkfifo "$tmp/fifo" || return
    eval "$1" >"$tmp/fifo" &
    is_refused "$tmp/fifo"
    verdict=$?
    wait
    rm "$tmp/fifo"
    return "$verdict"
}

fifo_is_audited() {
    mkfifo "$tmp/fifo" || return
    cat "$broken" >"$tmp/fifo" &
    audit 1 "$tmp/fifo"
    verdict=$?
    wait
    rm "$tmp/fifo"
    return "$verdict"
}

stdin_is_refused() {
    eval "$1" | {
        audit 3 - && says '^hiveaudit: \(standard input\): .' "$tmp/err"
    }
}

check 'a named pipe that holds a hive is audited' fifo_is_audited
check 'a named pipe that closes early' fifo_is_refused "head -c 5000 '$broken'"
check 'a named pipe that closes at once' fifo_is_refused :
for bytes in 0 1 3 4 100 512 4095 4096 5000 20000; do
    check "standard input that ends after $bytes bytes" stdin_is_refused "head -c $bytes '$broken'"
done
check 'standard input that is text' stdin_is_refused 'echo text'
closed_stdin() {
    audit 3 - <&- && says '^hiveaudit: \(standard input\): .' "$tmp/err"
}
check 'standard input that is closed' closed_stdin

# Truncated hives. hivex maps whole pages, and hive bins are of 4096 bytes.
truncated() {
    head -c "$1" "$2" >"$tmp/truncated" && is_refused "$tmp/truncated" "$tmp/truncated"
}
size=$(wc -c <"$broken")
for bytes in 1 4 48 511 512 4095 4096 4097 4100 4128 4200 8191 8192 8193 $((size / 4)) \
    $((size / 2)) $((size - 4096)) $((size - 8)) $((size - 1)); do
    check "a hive cut to $bytes of $size bytes" truncated "$bytes" "$broken"
done

# damaged OFFSET BYTES: the broken hive with other bytes (in printf's spelling) at an offset ends in
# whatever status, but not in a crash.
damaged() {
    cp "$broken" "$tmp/damaged" && chmod u+w "$tmp/damaged" || return
    # shellcheck disable=SC2059 # the bytes are a format on purpose
    printf "$2" | dd of="$tmp/damaged" bs=1 seek="$1" conv=notrunc 2>"$tmp/dd" || return
    status=0
    timeout 20 "$HIVEAUDIT" "$tmp/damaged" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ "$status" -lt 4 ] || { echo "status $status" && cat "$tmp/err" && return 1; }
}

damaged_everywhere() {
    offset=$1
    while [ "$offset" -lt "$2" ]; do
        damaged "$offset" "$3" || { echo "at $offset" && return 1; }
        offset=$((offset + $4))
    done
}
check 'the base block with ff, 4 bytes at a time' damaged_everywhere 0 64 '\377\377\377\377' 4
check 'the first cells with ff, 4 bytes at a time' damaged_everywhere 4096 4352 '\377\377\377\377' 4
check 'zeros throughout the hive' damaged_everywhere 4128 "$size" '\0\0\0\0\0\0\0\0' 1544
check 'large numbers throughout the hive' damaged_everywhere 4132 "$size" '\377\377\377\177' 1220

# A wrong checksum costs the trust in the base block, not what can be read.
checksum_is_repaired() {
    cp "$broken" "$tmp/damaged" && audit 1 "$broken" && findings <"$tmp/out" >"$tmp/found" || return
    printf '\1\2\3\4' | dd of="$tmp/damaged" bs=1 seek=508 conv=notrunc 2>"$tmp/dd" || return
    is_refused "$tmp/damaged" "$tmp/damaged" &&
        says '^  incomplete: is damaged at 0x1fc: wrong checksum .*got 04030201' "$tmp/out" &&
        says 'audit incomplete$' "$tmp/out" && same "$(cat "$tmp/found")" "$(findings <"$tmp/out")"
}
check 'a wrong checksum is repaired and said, and every finding is there' checksum_is_repaired

# Three entries in a hive of one view. In its key of SmartCards, 48 bytes before the name, is the offset of
# the list of them; the second byte before the name of an entry is in its key, which starts 76 before it.
entries_of_one_view() {
    for entry in Alpha Beta Gamma; do
        printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\%s]\n"ATR"=hex:3b,00\n' "$entry"
    done | hive entries
}
# overwrite NAME OFFSET BYTES: where a name stands in that hive; the place is from there.
overwrite() {
    name_at=$(LC_ALL=C grep -abo "$1" "$tmp/entries.hive" | cut -d : -f 1)
    # shellcheck disable=SC2059 # the bytes are a format on purpose
    printf "$3" | dd of="$tmp/entries.hive" bs=1 seek=$((name_at + $2)) conv=notrunc 2>"$tmp/dd"
}
# covers READ ENTRIES: what both reports say about how many entries were read.
covers() {
    is_refused "$tmp/entries.hive" && says "^  incomplete: .*SmartCards: $1 of $2 entries read as a whole; " "$tmp/out" &&
        audit 3 -o json "$tmp/entries.hive" && same "\"entries\": $2, \"read\": $1," \
        "$(sed -n '/"coverage"/,/"lost"/s/^ *\("[er].*[0-9l],\)$/\1/p' "$tmp/out" | paste -s -d ' ' -)"
}
lost_list_is_counted() {
    entries_of_one_view && overwrite SmartCards -48 '\360\377\377\177' && covers 0 3
}
lost_entry_is_counted() {
    entries_of_one_view && overwrite Beta -76 xx && covers 2 3
}
# Where its key is gone as well, nobody knows.
lost_key_is_not_counted() {
    entries_of_one_view && overwrite SmartCards -76 xx && is_refused "$tmp/entries.hive" &&
        audit 3 -o json "$tmp/entries.hive" && says '^ *"entries": null,$' "$tmp/out"
}
check 'a list of entries that is lost is counted' lost_list_is_counted
check 'so is an entry' lost_entry_is_counted
check 'what was in a key that is lost is not' lost_key_is_not_counted

# Mostly a hole: it takes neither room nor memory, and little time.
sparse_hive_is_read() {
    cp "$broken" "$tmp/sparse" && truncate -s 1G "$tmp/sparse" || return
    audit 1 "$tmp/sparse" && says '^  hive of 1073741824 bytes, clean, ' "$tmp/out" && says 'audit complete$' "$tmp/out"
}
check 'a sparse hive of 1 GiB is read in time' sparse_hive_is_read
rm -f "$tmp/sparse"

# The corpus: nothing in these folders is a SOFTWARE hive with a Calais key.
if [ -z "${HIVEAUDIT_CORPUS:-}" ]; then
    skip 'every hive of traps, hostile and dirty' 'HIVEAUDIT_CORPUS is not set'
elif ! command -v xz >"$tmp/xz"; then
    skip 'every hive of traps, hostile and dirty' 'xz is not installed'
else
    find "$HIVEAUDIT_CORPUS/hives/traps" "$HIVEAUDIT_CORPUS/hives/dirty" "$HIVEAUDIT_CORPUS/hostile" \
        -name '*.xz' | sort >"$tmp/list"
    while read -r file; do
        name=${file#"$HIVEAUDIT_CORPUS"/}
        copy=$tmp/$(basename "${name%.xz}")
        xz -dc "$file" >"$copy" || exit
        check "${name%.xz}" is_refused "$copy" "$copy"
        [ "$copy" = "$tmp/truncated" ] || rm "$copy"
    done <"$tmp/list"

    xz -dc "$HIVEAUDIT_CORPUS/hives/win7-x86/SOFTWARE.xz" >"$tmp/SOFTWARE" || exit
    size=$(wc -c <"$tmp/SOFTWARE")
    for bytes in 4097 100000 $((size / 3)) $((size / 2)) $((size * 9 / 10)); do
        check "a real hive cut to $bytes of $size bytes" truncated "$bytes" "$tmp/SOFTWARE"
    done
    for system in win7-x86 win81-x64; do
        xz -dc "$HIVEAUDIT_CORPUS/hives/$system/SYSTEM.xz" >"$tmp/SYSTEM" || exit
        check "the SYSTEM hive of $system is named" refuses 'this is a SYSTEM hive' "$tmp/SYSTEM"
    done
fi
done_testing
