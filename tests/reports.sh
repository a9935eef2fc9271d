# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What the tests of report formats share, besides tap.sh and audit.sh: evidence of each kind, and what holds
# for every format.

# report_evidence: in $tmp, the hives clean, broken, dirty (whose log adds broken.reg) and names, and the file
# unreadable. The file of names has a hostile name itself: $names.
report_evidence() {
    sample_hives && mkdir "${tmp:?}/dirty" && echo text >"$tmp/unreadable" || return
    # shellcheck disable=SC2034 # for those who source this
    clean=$tmp/stock.hive broken=$tmp/broken.hive dirty=$tmp/dirty/SOFTWARE unreadable=$tmp/unreadable
    logged_hive "$dirty" "${srcdir:?}/hives/stock.reg" "$srcdir/hives/broken.reg" || return
    python3 "$tmp/names.py" text "$tmp/names.reg" || return
    "$MKHIVE" "$tmp/plain.hive" "$srcdir/hives/stock.reg" "$tmp/names.reg" || return
    mkdir "$tmp/names" && (cd "$tmp/names" && python3 "$tmp/names.py" hive ../plain.hive) || return
    # shellcheck disable=SC2034
    names=$(echo "$tmp"/names/*)
}

# names.py text OUT: registry text with an entry for each hostile name. names.py hive IN: the hive of it, under a
# file name that is hostile as well. Some characters have stand-ins in the text, as no tool would write them.
cat >"${tmp:?}/names.py" <<'END'
import sys

STAND_INS = {"\0": "\ueaea", "\n": "\uebeb", "\r": "\uecec", "\ud800": "\ueded", "\udc00": "\ueeee"}
NAMES = [
    "a\0b", "a\ud800b", "a\udc00b", "".join(map(chr, range(1, 32))), "a\x7f\x85\x9fb",
    "a\u2028\u2029b", "a\u202e\u2066\u200b\ufeffb", "a\ufffe\uffffb", "\U0001f4b3\U000e0041",
    "=1+1", "+1", "-1", "@SUM(1)", "'quoted'", "\uff1d1", "=cmd|' /C calc'!A0",
    "a;=1+1", 'a;"=1+1"', "a;'b", "a, b", '"quoted"', "<script>alert(1)</script>", "a&amp;b", "]]>",
    "a|b", "%s%n", "$(id)", "`id`", "\u041a\u0430\u0440\u0442\u0430 \u5361",
]
CARDS = r"Microsoft\Cryptography\Calais\SmartCards"

def write_text(path):
    text = "Windows Registry Editor Version 5.00\r\n\r\n"
    for name in NAMES:
        for character, stand_in in STAND_INS.items():
            name = name.replace(character, stand_in)
        text += f'[HKEY_LOCAL_MACHINE\\SOFTWARE\\{CARDS}\\{name}]\r\n"ATR"=hex:3b\r\n'
    open(path, "wb").write(b"\xff\xfe" + text.encode("utf-16-le"))

def write_hive(path):
    hive = open(path, "rb").read()
    for character, stand_in in STAND_INS.items():
        before, after = hive.split(stand_in.encode("utf-16-le"))
        hive = before + character.encode("utf-16-le", "surrogatepass") + after
    open(b"=1+1;\"-x\",<script>&'|\n\x1b[31m\xe2\x80\xae\xff.hive", "wb").write(hive)

if __name__ == "__main__":
    {"text": write_text, "hive": write_hive}[sys.argv[1]](sys.argv[2])
END

# fleet: $tmp/fleet, 1,000 hives of which 25 differ.
fleet() {
    mkdir "$tmp/fleet" || return
    for fleet_hive in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
        hive "$fleet_hive" "$srcdir/hives/stock.reg" <<END || return
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\Card $fleet_hive]
"ATR"=hex:3b,00
END
    done
    python3 - "$tmp" <<'END'
import os, sys
for i in range(1000):
    folder = f"{sys.argv[1]}/fleet/host-{i:03}"
    os.mkdir(folder)
    os.link(f"{sys.argv[1]}/{i % 25 + 1:02}.hive", folder + "/SOFTWARE")
END
}

# report FORMAT STATUS ARGUMENT...: writes $tmp/report by a run that ends with this status.
report() {
    report_format=$1 report_status=$2
    shift 2
    audit "$report_status" -q -o "$report_format=$tmp/report" "$@"
}

# no_cards FORMAT: it has nothing to say of --card.
no_cards() {
    audit 2 -o "$1=$tmp/report" --card=3b00 "$clean" && says "output=$1 does not go with --card" "$tmp/err"
}

# is_full FORMAT: a full disk is an error, with a message.
is_full() {
    ln -sf /dev/full "$tmp/full" && audit 2 -q -o "$1=$tmp/full" "$broken" &&
        says "^hiveaudit: $tmp/full: the report cannot be written: No space left" "$tmp/err"
}
