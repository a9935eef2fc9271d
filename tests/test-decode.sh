#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --decode prints what ATRs say, and --atr-names what the cards are called.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

sample=3B0451FF0800
yubikey='3B 8D 80 01 80 73 C0 21 C0 57 59 75 62 69 4B 65 79 F9'

# Names of this test's own.
cat >"$tmp/names.txt" <<'END'
# a list
3B 04 51 FF 08 0.
	Fabrikam card
	second line

3B 04 51 FF 08 00
	the same by another name
END

# decode STATUS ARGUMENT...: without a list of names.
decode() {
    decode_status=$1
    shift
    audit "$decode_status" --atr-names=none "$@"
}

sample_is_decoded() {
    decode 0 --decode="$sample" && same \
'ATR         3b 04 51 ff 08 00 (6 bytes)
TS  3b      direct convention
T0  04      no more interface bytes; K=4: 4 historical bytes
protocols   T=0
historical  51 ff 08 00
    51      category: proprietary
TCK         none, as T=0 alone has none
device ID   SCFILTER\CID_51FF0800
name        unknown: there is no list of names (see --atr-names)' "$(cat "$tmp/out")" && [ ! -s "$tmp/err" ]
}

spellings_are_one() {
    decode 0 --decode="$sample" || return
    cp "$tmp/out" "$tmp/plain"
    for spelling in '3b 04 51 ff 08 00' 3b,04,51,ff,08,00 3B:04:51:FF:08:00 3b-04-51-ff-08-00 \
        0x3B,0x04,0x51,0xFF,0x08,0x00 ' 3b 04 51 ff 08 00 '; do
        decode 0 --decode "$spelling" && cmp "$tmp/plain" "$tmp/out" || return
    done
}

several_are_parted() {
    decode 0 --decode="$sample" --decode="$yubikey" --decode=3F00 &&
        same 'ATR ATR ATR' "$(awk '/^ATR/ { print $1 }' "$tmp/out" | paste -sd ' ')" &&
        same '2' "$(grep -c '^$' "$tmp/out")" &&
        says '^device ID   SCFILTER\\CID_8073C021C057597562694B6579$' "$tmp/out"
}

one_violation_counts() {
    decode 1 --decode="$sample" --decode=3B80800102 --decode=3F00 &&
        says '^fault       wrong TCK \(got 02, want 01\)$' "$tmp/out" &&
        same 3 "$(grep -c '^ATR' "$tmp/out")"
}

is_refused() {
    decode 2 --decode="$1" && [ ! -s "$tmp/out" ] && says '^hiveaudit: --decode: got ".*", want an ATR in hex' "$tmp/err"
}

# Nothing of an argument reaches the terminal as it is.
refusal_is_escaped() {
    is_refused "$(printf '3b\033[31m')" && says 'got "3b.x1b\[31m"' "$tmp/err"
}

takes_no_evidence() {
    decode 2 --decode="$sample" "$tmp/names.txt" && says 'unexpected argument' "$tmp/err"
}

needs_no_sound_rules() {
    decode 0 --decode="$sample" --rules="$tmp/nothing.yaml"
}

names_are_given() {
    audit 0 --atr-names="$tmp/names.txt" --decode="$sample" && [ ! -s "$tmp/err" ] &&
        same 'name        Fabrikam card
            second line
            the same by another name' "$(tail -n 3 "$tmp/out")"
}

pattern_names_others() {
    audit 0 --atr-names="$tmp/names.txt" --decode=3B0451FF080F &&
        same '            second line' "$(tail -n 1 "$tmp/out")"
}

unknown_is_said() {
    audit 0 --atr-names="$tmp/names.txt" --decode=3F00 && says "^name        not in $tmp/names.txt\$" "$tmp/out"
}

names_are_escaped() {
    printf '3F 00\n\ta\033[31mb\n' >"$tmp/hostile.txt"
    audit 0 --atr-names="$tmp/hostile.txt" --decode=3F00 && says '^name        a.x1b\[31mb$' "$tmp/out"
}

names_come_through_a_pipe() {
    # shellcheck disable=SC2094
    audit 0 --atr-names=/dev/stdin --decode="$sample" <"$tmp/names.txt" && says 'Fabrikam card' "$tmp/out"
}

report_is_refused() {
    audit 2 --decode=3F00 -o json && says '^hiveaudit: --output does not go with --decode' "$tmp/err"
}
check 'a report of it is not to be had, and not passed over' report_is_refused

list_is_refused() {
    audit 2 --atr-names="$1" --decode="$sample" && says "^hiveaudit: --atr-names: .*$2" "$tmp/err" &&
        audit 2 --atr-names="$1" "$tmp/stock.hive" && says "^hiveaudit: --atr-names: .*$2" "$tmp/err"
}

oddities_are_counted() {
    printf '\tnobody\n3F 00\n\tname\n3Z\n\tlost\n' >"$tmp/odd.txt"
    audit 0 --atr-names="$tmp/odd.txt" --decode=3F00 && says '^name        name$' "$tmp/out" &&
        same "hiveaudit: --atr-names: $tmp/odd.txt:1: neither an ATR nor the name of one (2 lines skipped)" \
            "$(cat "$tmp/err")"
}

report_names_the_list() {
    audit 0 --atr-names="$1" -o json "$tmp/stock.hive" && says "$2" "$tmp/out"
}

# The list that is installed is used by itself, so each run of a machine is the same.
installed_list_is_taken() {
    audit 0 -o json "$tmp/stock.hive" && says '"file": "/usr/share/pcsc/smartcard_list.txt"' "$tmp/out" &&
        audit 0 --decode="$yubikey" && says '^name  *[Yy]ubi' "$tmp/out"
}

hive stock "$srcdir/hives/stock.reg" </dev/null || exit
head -c 17000000 /dev/zero | tr '\0' '#' >"$tmp/large.txt"

check 'an ATR is decoded, without evidence' sample_is_decoded
check 'any usual spelling is the same ATR' spellings_are_one
check 'several are parted by an empty line' several_are_parted
check 'one that violates the standard makes status 1' one_violation_counts
check 'what is no hex is refused' is_refused xyz
check 'an odd digit is refused' is_refused 3B0
check 'nothing is refused' is_refused ''
check 'what was refused is escaped' refusal_is_escaped
check 'evidence besides is refused' takes_no_evidence
check 'rules are not loaded for it' needs_no_sound_rules
check 'a card has all of its names' names_are_given
check 'a pattern names other cards as well' pattern_names_others
check 'a card that is not in the list is said to be unknown' unknown_is_said
check 'names are escaped' names_are_escaped
check 'a list may come through a pipe' names_come_through_a_pipe
check 'a list that is not there is an error' list_is_refused "$tmp/nothing.txt" 'No such file'
check 'a folder is an error' list_is_refused "$tmp" 'directory'
check 'a list without any ATR is an error' list_is_refused /dev/null 'holds no ATR'
check 'a list that is too large is an error' list_is_refused "$tmp/large.txt" 'too large'
check 'lines that are not understood are counted' oddities_are_counted
check 'the JSON report names the list' report_names_the_list "$tmp/names.txt" "\"file\": \"$tmp/names.txt\""
check 'and says how many ATRs it has' report_names_the_list "$tmp/names.txt" '"atrs": 2'
check 'no list is null' report_names_the_list none '"atr_names": null'
if [ -r /usr/share/pcsc/smartcard_list.txt ]; then
    check 'the list that is installed is taken' installed_list_is_taken
else
    skip 'the list that is installed is taken' 'pcsc-tools is not installed'
fi
done_testing
