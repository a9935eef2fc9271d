#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --card and --cards-from: which entry takes a card, in reports and exit statuses.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
sample_hives || exit
hives=$srcdir/hives

fabrikam=3B0451FF0800
dead='3b ac 00 40 2a 00 12 25 00 64 80 00 03 10 00 90 00' # of OpenSC #2321, in broken.reg
yubikey=3B8D80018073C021C057597562694B6579F9               # YubiKey 5 by NFC

# ask STATUS ARGUMENT...: audits without the names of cards that this machine may have.
ask() {
    ask_status=$1
    shift
    audit "$ask_status" --atr-names=none "$@"
}

# ---- Status ----

check 'a card that pairs is status 0' ask 0 "--card=$fabrikam" "$tmp/fabrikam.hive"
check 'one that does not is status 1' ask 1 "--card=$fabrikam" "$tmp/stock.hive"
check 'one of several that does not is status 1' ask 1 "--card=$fabrikam" "--card=$yubikey" "$tmp/fabrikam.hive"
check 'one that does not pair on one of several machines is status 1' \
    ask 1 "--card=$fabrikam" "$tmp/fabrikam.hive" "$tmp/stock.hive"
check 'findings do not count' ask 0 --card=3B7A180000436F6E746F736F203036 "$tmp/broken.hive"
check 'nor does --fail-on' ask 1 --fail-on=never "--card=$fabrikam" "$tmp/stock.hive"
check 'no rule has to be on' ask 0 --disable=all "--card=$fabrikam" "$tmp/fabrikam.hive"

one_view_is_enough() {
    hive native "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\SmartCards\\Fabrikam]
"ATR"=hex:3b,04,51,ff,08,00
END
    ask 0 "--card=$fabrikam" "$tmp/native.hive" && says '^  pairs with Fabrikam$' "$tmp/out" &&
        says '^  pairs with no entry$' "$tmp/out"
}
check 'a card that pairs in one view is status 0' one_view_is_enough

incomplete_outranks() {
    head -c 8192 "$tmp/fabrikam.hive" >"$tmp/cut.hive"
    ask 3 "--card=$yubikey" "$tmp/cut.hive" && ask 3 "--card=$yubikey" "$tmp/fabrikam.hive" "$tmp/nowhere" &&
        "$MKHIVE" --dirty "$tmp/dirty.hive" "$hives/stock.reg" && ask 3 "--card=$yubikey" "$tmp/dirty.hive" &&
        ask 1 --allow-dirty "--card=$yubikey" "$tmp/dirty.hive"
}
check 'incomplete evidence is status 3, whatever the cards do' incomplete_outranks

no_evidence_is_refused() {
    ask 2 "--card=$fabrikam" && says 'no evidence' "$tmp/err"
}
check 'cards without evidence are status 2' no_evidence_is_refused

# ---- What is refused ----

# refuses PATTERN ARGUMENT...: status 2, with a message and without a report.
refuses() {
    refuses_pattern=$1
    shift
    ask 2 "$@" "$tmp/fabrikam.hive" && says "$refuses_pattern" "$tmp/err" && [ ! -s "$tmp/out" ]
}
check 'what is no ATR is refused' refuses '--card: got "3B0", want an ATR in hex' --card=3B0
check 'so is an ATR of one byte' refuses '--card: got 1 byte, want an ATR of 2 to 33' --card=3B
check 'and an empty one' refuses '--card: got "", want' --card=
check 'and control characters are escaped' refuses '--card: got "[\]x1b.31m", want' --card="$(printf '\033[31m')"
check 'a list that is not there is refused' refuses '--cards-from: .*/nowhere: cannot be read' \
    --cards-from="$tmp/nowhere"
check 'so is a folder' refuses '--cards-from: .*: cannot be read' --cards-from="$tmp"

wrong_lines_are_named() {
    printf '# ours\n3B00\n3B0\n\n3B 04 XX = Name\n= nothing\n' >"$tmp/wrong"
    refuses '/wrong:3: got "3B0", want an ATR' --cards-from="$tmp/wrong" &&
        says '/wrong:5: got "3B 04 XX", want' "$tmp/err" && says '/wrong:6: got "", want' "$tmp/err" &&
        same 3 "$(wc -l <"$tmp/err" | tr -d ' ')"
}
check 'each line that is no ATR is named' wrong_lines_are_named

many_wrong_lines_are_counted() {
    yes x | head -n 100 >"$tmp/wrong"
    refuses '/wrong:10: ' --cards-from="$tmp/wrong" && says '/wrong: 90 more lines' "$tmp/err" &&
        same 11 "$(wc -l <"$tmp/err" | tr -d ' ')"
}
check 'many of them are counted' many_wrong_lines_are_counted

lists_are_bounded() {
    : >"$tmp/empty" && refuses 'holds no ATR' --cards-from="$tmp/empty" || return
    printf '# nothing\n\n' >"$tmp/empty" && refuses 'holds no ATR' --cards-from="$tmp/empty" || return
    yes 3B00 | head -n 10001 >"$tmp/long" && refuses 'more than 10000 cards' --cards-from="$tmp/long" || return
    head -c 1048577 /dev/zero | tr '\0' '#' >"$tmp/large"
    refuses 'is too large' --cards-from="$tmp/large"
}
check 'a list without an ATR, and too long ones, are refused' lists_are_bounded
check 'rules that are expected are not passed over' refuses '--expect does not go with --card' \
    --expect="$hives/fabrikam.reg" "--card=$fabrikam"
check 'a list and evidence cannot both be standard input' refuses 'read but once' --cards-from=- -

# ---- Lists ----

# pairs_of: "ATR name pairs" of each card in the JSON report on standard output.
pairs_of() {
    python3 -c '
import json, sys
for e in json.load(sys.stdin)["evidence"]:
    for c in e["cards"]:
        print(c["atr"], c["name"], c["pairs"])' <"$tmp/out"
}

cat >"$tmp/cards" <<'END'
# The cards of the house
3B 04 51 FF 08 00 = Fabrikam card # the old one

0x3B,0x8D,0x80,0x01,0x80,0x73,0xC0,0x21,0xC0,0x57,0x59,0x75,0x62,0x69,0x4B,0x65,0x79,0xF9=YubiKey #5
  3b:00	# nameless
3b0451ff0800 =
END
want='3b0451ff0800 Fabrikam card True
3b8d80018073c021c057597562694b6579f9 YubiKey False
3b00 None False
3b0451ff0800 None True'

lists_are_read() {
    ask 1 -o json --cards-from="$1" "$tmp/fabrikam.hive" && same "$want" "$(pairs_of)"
}
if python3 -c '' 2>/dev/null; then
    check 'a list has comments, names and any spelling' lists_are_read "$tmp/cards"
    sed 's/$/\r/' "$tmp/cards" >"$tmp/cards.crlf"
    check 'its lines may end as those of Windows do' lists_are_read "$tmp/cards.crlf"
    iconv -f UTF-8 -t UTF-16 "$tmp/cards" >"$tmp/cards.utf16"
    check 'and it may be UTF-16' lists_are_read "$tmp/cards.utf16"
    check 'it may come from standard input' lists_are_read - <"$tmp/cards"
else
    skip 'lists are read' 'python3 is not installed'
fi

order_is_kept() {
    printf '3B00\n' >"$tmp/one"
    printf '3B0451FF0800\n' >"$tmp/two"
    ask 1 --cards-from="$tmp/two" "--card=$yubikey" --cards-from="$tmp/one" "$tmp/stock.hive" &&
        same 'card 3b8d80018073c021c057597562694b6579f9 card 3b0451ff0800 card 3b00' \
            "$(grep '^  card ' "$tmp/out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
}
check 'cards come in their order, those of --card first' order_is_kept

# ---- The text report ----

pairs_are_shown() {
    ask 0 "--card=$fabrikam" "$tmp/fabrikam.hive" &&
        same '  card 3b0451ff0800
    decoded     direct convention, T=0, 4 historical bytes 51 ff 08 00, no TCK
    device ID   SCFILTER\CID_51FF0800

  pairs with Fabrikam
    native      Microsoft\Cryptography\Calais\SmartCards\Fabrikam
    wow6432node Wow6432Node\Microsoft\Cryptography\Calais\SmartCards\Fabrikam
    ATR         3b 04 51 ff 08 00
    ATRMask     ff ff ff ff ff ff
    minidriver  Fabrikamcm.dll
    CSP         Microsoft Base Smart Card Crypto Provider
    KSP         Microsoft Smart Card Key Storage Provider' \
            "$(sed -n '/^  card/,/^    KSP/p' "$tmp/out")" &&
        says ': 1 card pairs with an entry, 0 with none; audit complete$' "$tmp/out" &&
        silent '(errors?|warnings?|notes?)[,;]' "$tmp/out"
}
check 'the entry that takes a card is shown with all that drives it' pairs_are_shown

near_misses_are_aligned() {
    ask 1 --card="$dead" "$tmp/broken.hive" &&
        same '      card      3b ac 00 40 2a 00 12 25 00 64 80 00 03 10 00 90 00
      ATRMask   ff 00 00 00 00 ff ff ff ff ff ff 00 00 00 ff ff ff
      ATR       3b ac 00 40 2a 00 12 25 00 64 80 00 03 10 00 90 00
                   ^^    ^^ ^^                      ^^ ^^
      repaired  3b 00 00 00 00 00 12 25 00 64 80 00 00 00 00 90 00' \
            "$(sed -n '/^      card/,/^      repaired/p' "$tmp/out" | head -n 5)" &&
        says '^    near miss   Contoso ATR outside mask: ATR has bits set outside ATRMask' "$tmp/out" &&
        says 'EnableScPnP is 0$' "$tmp/out" # as broken.reg says
}
check 'a near miss is shown with its bytes aligned' near_misses_are_aligned

# count_near N: of N that are near, five are shown.
count_near() {
    for i in $(seq "$1"); do
        printf '[Microsoft\\Cryptography\\Calais\\SmartCards\\%s]\n"ATR"=hex:3b,04,51,ff,08,%02x\n' "$i" "$i"
    done | hive near "$hives/stock.reg" && ask 1 "--card=$fabrikam" "$tmp/near.hive" &&
        same 5 "$(grep -c '^    near miss ' "$tmp/out")"
}
near_misses_are_counted() {
    count_near 5 && silent ' more near' "$tmp/out" &&
        count_near 6 && says '^                and 1 more near miss$' "$tmp/out" &&
        count_near 7 && says '^                and 2 more near misses$' "$tmp/out"
}
check 'of many near misses the nearest are shown' near_misses_are_counted

# An ATR that is cut short has historical bytes, and no device ID.
cut_atr_gives_no_id() {
    ask 1 --card=3BFA1800008131FE45 "$tmp/stock.hive" &&
        says '^                that the card itself has to give, as its ATR gives none$' "$tmp/out"
}
check 'a card without a device ID has to give one' cut_atr_gives_no_id

discovery_is_told() {
    ask 1 "--card=$yubikey" "$tmp/stock.hive" &&
        says '^    then        its ATR is neither in the PIV Device ATR Cache nor in the' "$tmp/out" &&
        says 'if it has the GIDS application: it goes to "Identity Device' "$tmp/out" &&
        says 'SCFILTER.CID_8073C021C057597562694B6579' "$tmp/out" &&
        same 1 "$(grep -c '^  pairs with no entry' "$tmp/out")" # both views at once
}
check 'what follows without an entry is told, for equal views at once' discovery_is_told

caches_are_looked_in() {
    hive cached "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\PIV Device ATR Cache]
"0A"=hex:3b,8d,80,01,80,73,c0,21,c0,57,59,75,62,69,4b,65,79,f9
END
    ask 1 "--card=$yubikey" "$tmp/cached.hive" &&
        says '^    then        its ATR is in the PIV Device ATR Cache .the value "0A".: the$' "$tmp/out" &&
        silent 'Plug and Play' "$tmp/out" || return
    hive both "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\PIV Device ATR Cache]
"0A"=hex:3b,00
[Microsoft\\Cryptography\\Calais\\IDMP ATR Cache]
@=hex:3b,00
END
    ask 1 --card=3B00 "$tmp/both.hive" && same \
        '    then        its ATR is in the PIV Device ATR Cache (the value "0A"): the
                card goes to "Identity Device (NIST SP 800-73 [PIV])"
                its ATR is in the IDMP ATR Cache, too (the default value), which
                leads to "Identity Device (Microsoft Generic Profile)"; which of
                the two comes first is not documented' \
        "$(sed -n '/^    then/,/^$/p' "$tmp/out")"
}
check 'a card in a cache goes to the entry of Windows' caches_are_looked_in

# No path and no name of Windows is that long, and each card would show it again.
long_texts_are_cut() {
    hive texts "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\SmartCards\\Long]
"ATR"=hex:3b,00
"80000001"="$(printf %020000d 0)"
END
    ask 0 --card=3b00 --card=3b:00 -o json="$tmp/texts.json" -o text "$tmp/texts.hive" &&
        same 2 "$(grep -c "^    minidriver  0\{400\}\.\.\.$" "$tmp/out")" &&
        same 2 "$(grep -c '"module": "0\{1000\}\.\.\."' "$tmp/texts.json")"
}
check 'long texts are cut' long_texts_are_cut

text_fits_a_terminal() {
    printf '%s\n' "$fabrikam" "$dead" "$yubikey" 3BFD1300008131FE158073C021C057597562694B657940 \
        3B7A180000436F6E746F736F203031 >"$tmp/five"
    ask 1 --cards-from="$tmp/five" "$tmp/broken.hive" || return
    sed -n '/^  card/,/^[^ ]/p' "$tmp/out" | grep -v -e '[\\]' -e '^[^ ]' | awk 'length > 80 { print; bad = 1 } END { exit bad }'
}
check 'all but paths fits in 80 columns' text_fits_a_terminal

long_atrs_are_broken() {
    long=3BFF9600008131FE4380318065B085040120120FFF829000D0 # 25 bytes
    hive long "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\SmartCards\\Long]
"ATR"=hex:3b,ff,96,00,00,81,31,fe,43,80,31,80,65,b0,85,04,01,20,12,0f,ff,82,90,01,d1
END
    ask 1 "--card=$long" "$tmp/long.hive" &&
        same '      card      3b ff 96 00 00 81 31 fe 43 80 31 80 65 b0 85 04 01 20 12 0f
      ATR       3b ff 96 00 00 81 31 fe 43 80 31 80 65 b0 85 04 01 20 12 0f
      card      ff 82 90 00 d0
      ATR       ff 82 90 01 d1
                         ^^ ^^' "$(sed -n '/^      card/,/\^/p' "$tmp/out")"
}
check 'a long ATR goes on below, all rows together' long_atrs_are_broken

colours_are_as_asked_for() {
    escape=$(printf '\033')
    ask 1 --color=always "--card=$yubikey" "$tmp/stock.hive" && says "$escape" "$tmp/out" || return
    sed "s/$escape\[[0-9;]*m//g" "$tmp/out" >"$tmp/plain"
    ask 1 "--card=$yubikey" "$tmp/stock.hive" && silent "$escape" "$tmp/out" && cmp "$tmp/plain" "$tmp/out"
}
check 'colours change nothing else, and stay out of a pipe' colours_are_as_asked_for

names_are_shown() {
    printf '3B 04 51 FF 08 0.\n\tCard of the list\n' >"$tmp/names"
    printf '3B0451FF0800 = Card of the house\n' >"$tmp/one"
    audit 0 --atr-names="$tmp/names" --cards-from="$tmp/one" "$tmp/fabrikam.hive" &&
        same '    name        Card of the house
                Card of the list' "$(sed -n '/^    name/,/list$/p' "$tmp/out")"
}
check 'a card is called what the user and the list call it' names_are_shown

hostile_names_are_escaped() {
    hive hostile "$hives/stock.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\SmartCards\\$(printf 'Evil\033[31m')]
"ATR"=hex:3b,04,51,ff,08,00
"80000001"="$(printf 'a\033b.dll')"
END
    printf '3B0451FF0800 = \033[2J\n' >"$tmp/one"
    ask 0 --cards-from="$tmp/one" "$tmp/hostile.hive" && silent "$(printf '\033')" "$tmp/out" &&
        says 'pairs with Evil.x1b' "$tmp/out"
}
check 'names are escaped' hostile_names_are_escaped

totals_are_told() {
    ask 1 "--card=$fabrikam" "--card=$yubikey" "$tmp/fabrikam.hive" "$tmp/stock.hive" &&
        says '^2 pieces of evidence: 2 complete, 0 incomplete, 0 failed; 1 card pairs with an entry, 3 with none$' \
            "$tmp/out"
}
check 'the totals count cards' totals_are_told

quiet_is_quiet() {
    ask 1 -q "--card=$yubikey" "$tmp/fabrikam.hive" && [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ]
}
check 'the status alone is enough' quiet_is_quiet

same_bytes_each_time() {
    ask 1 -j1 --cards-from="$tmp/five" "$tmp/broken.hive" "$tmp/broken.hive" "$tmp/stock.hive" &&
        cp "$tmp/out" "$tmp/first" &&
        ask 1 -j4 --cards-from="$tmp/five" "$tmp/broken.hive" "$tmp/broken.hive" "$tmp/stock.hive" &&
        cmp "$tmp/first" "$tmp/out"
}
check 'the same evidence gives the same bytes, whatever -j' same_bytes_each_time

# ---- Registry text as evidence ----

text_is_evidence() {
    ask 0 "--card=$fabrikam" "$hives/fabrikam.reg" &&
        says '^  pairs with Fabrikam, as far as this .reg says$' "$tmp/out" || return
    ask 1 "--card=$yubikey" "$hives/fabrikam.reg" &&
        says '^  pairs with no entry, as far as this .reg says$' "$tmp/out" && silent '^    then' "$tmp/out"
}
check 'a .reg answers, and does not say what else there is' text_is_evidence

# An entry with one name, and an ATR for each architecture.
cat >"$tmp/card.inf" <<'END'
[Version]
Signature="$Windows NT$"
[DefaultInstall.ntx86]
AddReg=One
[DefaultInstall.ntamd64]
AddReg=Other
[One]
HKLM,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Card,ATR,1,3b,04,51,ff,08,01
[Other]
HKLM,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Card,ATR,1,3b,04,51,ff,08,00
HKLM,SOFTWARE\Wow6432Node\Microsoft\Cryptography\Calais\SmartCards\Card,ATR,1,3b,04,51,ff,08,00
END

infs_are_evidence() {
    ask 0 "--card=$fabrikam" "$tmp/card.inf" &&
        same '  pairs with no entry, as far as this INF says
    x86         Microsoft\Cryptography\Calais\SmartCards
  pairs with Card, as far as this INF says
    amd64       Microsoft\Cryptography\Calais\SmartCards\Card
    amd64       Wow6432Node\Microsoft\Cryptography\Calais\SmartCards\Card' \
            "$(grep -e '^  pairs' -e '^    x86' -e '^    amd64' "$tmp/out")"
}
check 'an INF answers for each architecture' infs_are_evidence

# ---- The JSON report ----

is_valid() {
    python3 -c '
import json, jsonschema, sys
jsonschema.validate(*(json.load(open(path)) for path in sys.argv[1:]))' \
        "$tmp/out" "$srcdir/doc/hiveaudit-report.schema.json"
}

json_is_valid() {
    for evidence in "$tmp/fabrikam.hive" "$tmp/broken.hive" "$tmp/stock.hive" "$tmp/cached.hive" \
        "$hives/fabrikam.reg" "$hives/broken.reg" "$tmp/card.inf"; do
        ask 1 -o json --cards-from="$tmp/five" "$evidence" && is_valid || return
    done
    ask 3 -o json "--card=$yubikey" "$tmp/nowhere" && is_valid
}

json_says_all() {
    ask 1 -o json --card="$dead" "$tmp/broken.hive" && python3 -c '
import json, sys
document = json.load(sys.stdin)
evidence, = document["evidence"]
assert document["exit_status"] == 1 and not document["rules"] and not evidence["findings"]
card, = evidence["cards"]
assert card["pairs"] is False and card["device_id"] == "SCFILTER\\CID_001225006480000310009000"
native, wow = card["views"]
assert (native["view"], wow["view"]) == ("native", "wow6432node")
assert native["entry"] is None and native["complete"] and not native["others"]
near = native["near_misses"][0]
assert near["entry"]["name"] == "Contoso ATR outside mask" and near["reasons"] == ["outside-mask"]
assert near["first_difference"] == {"offset": 1, "card": "ac", "mask": "00", "stored": "ac"}
assert near["repaired_atr"] == "3b00000000001225006480000000009000" and near["distance"] == 0
assert native["then"]["plug_and_play"] == "off"
assert [cache["value"] for cache in native["then"]["caches"]] == [None, None]' <"$tmp/out"
}

rules_have_no_cards() {
    ask 0 -o json --fail-on=never "$tmp/stock.hive" && ! grep -q '"cards"' "$tmp/out"
}
check 'without cards, the report has no such member' rules_have_no_cards

if python3 -c 'import jsonschema' 2>/dev/null; then
    check 'JSON reports are as the schema says' json_is_valid
    check 'the JSON report says all that the text does' json_says_all
else
    skip 'JSON reports are as the schema says' 'no python3 with jsonschema'
fi

# ---- The rule ----

rule_finds_what_stands_in_the_way() {
    cat >"$tmp/rule.yaml" <<END
rules:
  - id: ours
    title: Our card
    severity: error
    check: card_pairs
    parameters: {atrs: [$fabrikam], entries: [Fabrikam]}
END
    hive front "$hives/stock.reg" "$hives/fabrikam.reg" <<END || return
[Microsoft\\Cryptography\\Calais\\SmartCards\\Contoso]
"ATR"=hex:3b,04,51,ff,08,00
"80000001"="contosocm.dll"
END
    audit 0 --no-default-rules --rules="$tmp/rule.yaml" "$tmp/fabrikam.hive" &&
        audit 1 --no-default-rules --rules="$tmp/rule.yaml" "$tmp/front.hive" &&
        same 'error ours native Microsoft\Cryptography\Calais\SmartCards\Contoso' "$(findings <"$tmp/out")" &&
        says 'card 3b0451ff0800 pairs with "Contoso" .*, want entry "Fabrikam"; "Fabrikam" fits too' "$tmp/out" &&
        audit 1 -o json --no-default-rules --rules="$tmp/rule.yaml" "$tmp/front.hive" &&
        says '"card": "3b0451ff0800"' "$tmp/out"
}
check 'a rule demands an entry for a card' rule_finds_what_stands_in_the_way

wrong_rule_is_named() {
    sed "s/$fabrikam/3B0/" "$tmp/rule.yaml" >"$tmp/wrong.yaml"
    audit 2 --rules="$tmp/wrong.yaml" "$tmp/fabrikam.hive" &&
        says 'wrong.yaml:6:25: got "3B0", want an ATR in hex' "$tmp/err"
}
check 'an ATR of a rule that is none is named at its place' wrong_rule_is_named
done_testing
