#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# .reg files as evidence: what they would write is audited, and what is wrong with their text is said.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

smart_cards='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards'

# entry NAME: a sound entry.
entry() {
    cat <<END
[$smart_cards\\$1]
"ATR"=hex:3b,04,51,ff,08,00
"ATRMask"=hex:ff,ff,ff,ff,ff,ff
"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"
"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"
"80000001"="contosocm.dll"
END
}

# reg NAME: makes $tmp/NAME.reg of a header and what stands on standard input.
reg() {
    { printf 'Windows Registry Editor Version 5.00\r\n' && cat; } >"$tmp/$1.reg"
}

entry Contoso | reg sound
entry Contoso | sed 's/,08,00/,08,01/; s/,ff$/,f0/' | reg dead
entry Contoso | sed 's/Mask"=hex:/Mask"=hex,/' | reg typo
printf '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso]\n"x"="y"\n' | reg other
printf 'Windows, a text\n' >"$tmp/text"

# ---- What it would write ----

check 'a sound .reg is clean' audit 0 "$tmp/sound.reg"

dead_is_found() {
    audit 1 "$tmp/dead.reg" && says '^  error atr-outside-mask: ' "$tmp/out" &&
        says "^    at  *$tmp/dead.reg:3:1\$" "$tmp/out"
}
check 'a mistake of an entry is a finding with file, line and column' dead_is_found

# encoded NAME: a .reg with a mistake, in other bytes on standard input, has the same findings.
encoded() {
    cp "$tmp/dead.reg" "$tmp/encoded.reg"
    audit 1 "$tmp/encoded.reg" && findings <"$tmp/out" >"$tmp/want" && cat >"$tmp/encoded.reg" &&
        audit 1 "$tmp/encoded.reg" && says "^  \\.reg, $1\$" "$tmp/out" &&
        same "$(cat "$tmp/want")" "$(findings <"$tmp/out")"
}
in_utf16() {
    { printf '\377\376' && iconv -f UTF-8 -t UTF-16LE "$tmp/dead.reg"; } | encoded UTF-16LE
}
in_utf8_with_a_mark() {
    { printf '\357\273\277' && cat "$tmp/dead.reg"; } | encoded 'UTF-8 with BOM'
}
in_windows_1252() {
    { cat "$tmp/dead.reg" && printf '; caf\351\r\n'; } | encoded Windows-1252
}
with_the_old_header() {
    { echo REGEDIT4 && tail -n +2 "$tmp/dead.reg"; } | encoded UTF-8
}
with_crs_alone() {
    tr '\n' '\r' <"$tmp/dead.reg" | encoded UTF-8
}
check 'a .reg in UTF-16LE' in_utf16
check 'a .reg in UTF-8 with a byte order mark' in_utf8_with_a_mark
check 'a .reg in Windows-1252' in_windows_1252
check 'a .reg of Windows 98' with_the_old_header
check 'a .reg with lines that end in a CR' with_crs_alone

removed_entry_is_none() {
    { entry Contoso && printf '[-%s\\Contoso]\n' "$smart_cards"; } | reg removed
    audit 0 "$tmp/removed.reg" && silent Contoso "$tmp/out"
}
check 'an entry that is removed again is not there' removed_entry_is_none

letters_of_windows_1252() {
    { echo REGEDIT4 && entry Contoso | sed 's/"contosocm.dll"/hex(2):43,3a,e9,2e,64,6c,6c,00/'; } >"$tmp/ansi.reg"
    audit 1 "$tmp/ansi.reg" && says 'got "C:é\.dll"' "$tmp/out"
}
check 'hex data of Windows 98 is Windows-1252' letters_of_windows_1252

# ---- What is wrong with its text ----

# faulty NAME LINE:COLUMN WORDS: a .reg has a problem there.
faulty() {
    audit 1 "$tmp/$1.reg" && says "$3" "$tmp/out" && says "^    at  *$tmp/$1.reg:$2\$" "$tmp/out"
}

# broken LINE:COLUMN WORDS SCRIPT: a sound .reg has one after it was edited by sed.
broken() {
    sed "$3" "$tmp/sound.reg" >"$tmp/broken.reg"
    faulty broken "$1" "$2"
}
check 'hex with a comma in place of the colon' faulty typo 4:14 '"ATRMask": malformed hex data'
check 'a digit that is none' broken 3:15 'malformed hex data' 's/ATR"=hex:3b,04/ATR"=hex:3b,0g/'
check 'a missing quote' broken 7:26 'malformed string' 's/dll"/dll/'
check 'a missing bracket' broken 8:73 'malformed key' "\$a\\
[$smart_cards\\\\Contoso"
check 'a missing comma' broken 3:14 'malformed hex data' 's/3b,/3b /'
check 'a path with single backslashes' broken 7:16 'malformed string' 's/"contoso/"C:\\contoso/'
check 'a line that is none' broken 8:1 'malformed line' '7a\
nonsense'
check 'no header' broken 1:1 'header' 1d
check 'a header of another version' broken 1:1 'malformed header' '1s/5.00/6.00/'
check 'a comment above the header' broken 1:1 'no header in the first line' '1i\
; SPDX'
# $ is the last line.
# shellcheck disable=SC2016
check 'Wow6432Node below Microsoft' broken 8:1 'stray-calais-key: Windows does not read this key' \
    '$a\
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\Contoso]'
check 'a root by its short name' broken 2:1 'key without a root' 's/HKEY_LOCAL_MACHINE/HKLM/'

nul_is_said() {
    { cat "$tmp/sound.reg" && printf '"x"="\000"\n'; } >"$tmp/nul.reg"
    faulty nul 8:6 'a NUL character'
}
check 'a NUL' nul_is_said

rest_is_read() {
    { cat "$tmp/dead.reg" && entry Fabrikam | sed 's/Mask"=hex:/Mask"=hex,/'; } >"$tmp/both.reg"
    faulty both 10:14 'malformed hex data' && says atr-outside-mask "$tmp/out" &&
        says '^  entries: 2 native$' "$tmp/out"
}
check 'all else of a text with a mistake is audited' rest_is_read

# ---- Where it comes from ----

nothing_is_said() {
    audit 3 "$tmp/other.reg" && says 'nothing to audit' "$tmp/err"
}
check 'a .reg without a Calais key is nothing to audit' nothing_is_said

as_standard_input() {
    audit 1 - <"$tmp/dead.reg" && says '^    at  *\(standard input\):3:1$' "$tmp/out"
}
through_a_pipe() {
    { sed 's/$/ ;/; s/^/; /' "$srcdir"/hives/stock.reg | head -c 60000 && printf '\n' && cat "$tmp/dead.reg"; } >"$tmp/late.reg"
    # shellcheck disable=SC2002
    cat "$tmp/late.reg" | audit 1 -
}
check 'a .reg as standard input' as_standard_input
check 'a .reg through a pipe, below a long comment' through_a_pipe

in_a_folder() {
    mkdir -p "$tmp/folder/sub" && cp "$tmp/dead.reg" "$tmp/folder/sub/a.txt" &&
        cp "$tmp/sound.reg" "$tmp/other.reg" "$tmp/text" "$tmp/folder" || return
    audit 1 "$tmp/folder" && says "^$tmp/folder/sub/a.txt: 1 error" "$tmp/out" &&
        says "^$tmp/folder/sound.reg: 0 errors" "$tmp/out" && silent 'other.reg|folder/text' "$tmp/out"
}
check 'in a folder .reg files are found by their content, and other texts passed over' in_a_folder

in_an_archive() {
    tar -C "$tmp" -cf "$tmp/sound.tar" sound.reg dead.reg
    audit 3 "$tmp/sound.tar" && says 'no SOFTWARE hive' "$tmp/err"
}
check 'a .reg in an archive is passed over' in_an_archive

no_option_for_hives() {
    audit 3 --log="$tmp/text" "$tmp/sound.reg" && says 'is a \.reg' "$tmp/err"
}
check 'a .reg has no logs' no_option_for_hives

# ---- What is too much ----

large_is_refused() {
    { cat "$tmp/sound.reg" && head -c 17000000 /dev/zero | tr '\0' '\n'; } >"$tmp/large.reg"
    audit 3 "$tmp/large.reg" && says 'too large' "$tmp/err"
}
many_keys() {
    seq 100000 | smart_cards=$smart_cards awk '{
        printf "[%s\\%d]\n\"ATR\"=hex:3b,04,%02x,%02x,%02x,00\n", ENVIRON["smart_cards"], $1, $1 / 65536, $1 / 256 % 256, $1 % 256
    }' | reg many
    audit 1 "$tmp/many.reg" && says '^  entries: 100000 native$' "$tmp/out"
}
long_line() {
    { entry Contoso && printf '"x"=hex:00' && head -c 3000000 /dev/zero | sed 's/\x00/,00/g' && printf '\n"y"=z'; } | reg long
    faulty long 9:5 '"y": malformed data'
}
many_problems() {
    { entry Contoso && yes nonsense | head -n 300000; } | reg problems
    audit 1 "$tmp/problems.reg" && says '299001 problems from here on that are not listed' "$tmp/out"
}
check 'a text that is too large is refused' large_is_refused
check '100,000 keys' many_keys
check 'a line of 9 MB' long_line
check 'a problem on each of 300,000 lines' many_problems

# ---- Vendors ----

# vendor STATUS FILE: the findings of a file of the corpus are those on standard input.
vendor() {
    audit "$1" --min-severity=warning "${HIVEAUDIT_CORPUS:-}/reg/$2" && same "$(cat)" "$(findings <"$tmp/out")"
}
if [ -d "${HIVEAUDIT_CORPUS:-}/reg" ]; then
    for file in open-eid-install opensc-minidriver-italian-cns-a0464462 opensc-minidriver-westcos-a0464462 \
        sc-hsm_minidriver-sc-hsm; do
        check "$file.reg is clean" vendor 0 "$file.reg" </dev/null
    done
    for file in a0464462 c980b821; do
        cp "$HIVEAUDIT_CORPUS/reg/opensc-minidriver-feitian-$file.reg" "$tmp/feitian.reg"
        check "the typing error of opensc-minidriver-feitian-$file.reg is found" \
            faulty feitian 5:14 '"ATRMask": malformed hex data'
    done
else
    skip 'the .reg files of vendors' 'HIVEAUDIT_CORPUS is not set'
fi

done_testing
