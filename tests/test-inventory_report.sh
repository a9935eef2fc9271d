#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --inventory, and the cards that the ATR caches have seen.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
sample_hives || exit
calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'

# block NAME: the lines about an entry in the report.
block() {
    awk -v heading="  entry $1" '$0 == heading { found = 1; next } /^$/ { found = 0 } found' "$tmp/out"
}

entry_is_told() {
    audit 0 --atr-names=none --inventory "$tmp/fabrikam.hive" && same "$(block Fabrikam)" \
        '    views       native, wow6432node
    ATR         3b 04 51 ff 08 00
    ATRMask     all ff
    decoded     direct convention, T=0, 4 historical bytes 51 ff 08 00, no TCK
    device ID   SCFILTER\CID_51FF0800
    minidriver  Fabrikamcm.dll
    CSP         Microsoft Base Smart Card Crypto Provider
    KSP         Microsoft Smart Card Key Storage Provider
    takes       cards with this ATR'
}

windows_entries_are_told() {
    audit 0 --inventory "$tmp/stock.hive" &&
        same 2 "$(grep -c '^    takes       cards that have the PIV application, whatever their ATR$' "$tmp/out")" &&
        same 2 "$(grep -c '^    takes       cards that have the GIDS application, ' "$tmp/out")"
}

nothing_is_told_unasked() {
    audit 0 "$tmp/fabrikam.hive" && silent '^  entry |^    takes ' "$tmp/out" &&
        audit 0 -o json "$tmp/fabrikam.hive" && silent '"inventory"' "$tmp/out"
}

# Only texts of the registry make lines longer.
fits() {
    audit 1 --inventory "$1" &&
        awk '/^$/ { found = 0 } found && !/^    (minidriver|CSP|KSP) / { print } /^  entry / { found = 1 }' \
            "$tmp/out" >"$tmp/lines" && [ -s "$tmp/lines" ] && silent '.{81}' "$tmp/lines"
}

every_verdict_is_told() {
    hive verdicts "$srcdir/hives/stock.reg" <<REG || return
Windows Registry Editor Version 5.00
[$calais\\SmartCards\\a]
"ATR"=hex:3b,00
"ATRMask"=hex:ff,00
[$calais\\SmartCards\\b]
"ATR"=hex:3b,01
[$calais\\SmartCards\\c]
[$calais\\SmartCards\\d]
"ATR"=hex:3b,01
"ATRMask"=hex:ff,00
[$calais\\SmartCards\\f]
"ATR"=hex:00,00
"ATRMask"=hex:00,ff
[$calais\\SmartCards\\e$(printf '\033[31m')]
"ATR"="3b"
"80000001"="$(printf '\033')"
REG
    audit 1 --inventory "$tmp/verdicts.hive" || return
    for line in 'cards whose ATR, under the mask, is this one' \
        'cards whose ATR, under the mask, is this one, but for those that' \
        'no card: "a" comes first and takes all of them' \
        'no card by its ATR: it has none' \
        'no card, ever: byte 1 of its ATR is 01 and its mask 00 there' \
        'no card, ever: its ATR is a REG_SZ, not a REG_BINARY'; do
        grep -qxF -e "    takes       $line" "$tmp/out" || { echo "no line: $line" && return 1; }
    done
    says '^  entry e\\x1b\[31m$' "$tmp/out" && silent "$(printf '\033')" "$tmp/out" &&
        audit 1 -o json --inventory "$tmp/verdicts.hive" &&
        same 'application never no-atr pairs shadowed shares' \
            "$(sed -n 's/^ *"verdict": "\(.*\)",$/\1/p' "$tmp/out" | sort -u | tr '\n' ' ' | sed 's/ $//')"
}

# What a mask is matters most where the ATR is none.
odd_pairs_are_told() {
    hive odd "$srcdir/hives/stock.reg" <<REG || return
Windows Registry Editor Version 5.00
[$calais\\SmartCards\\long]
"ATR"=hex:3b,bf,18,00,81,31,fe,45,50,4b,43,53,31,35,00,00,00,00,00,00,00,00,00,01
"ATRMask"=hex:ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,00,00,00,00,00,00,00,00,00,ff
[$calais\\SmartCards\\text]
"ATR"="3B00"
"ATRMask"=hex:ff,00
"80000001"=""
[$calais\\SmartCards\\many]
"ATR"=hex:$(printf '3b,%.0s' $(seq 40))00
[$calais\\SmartCards\\void]
"ATR"=hex:
"ATRMask"=hex:
"80000001"="$(printf %0500d 0)"
REG
    audit 1 --inventory "$tmp/odd.hive" && same "$(block long | sed -n 2,5p)" \
        '    ATR         3b bf 18 00 81 31 fe 45 50 4b 43 53 31 35 00 00 00 00 00 00
    ATRMask     ff ff ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00 00 00
    ATR         00 00 00 01
    ATRMask     00 00 00 ff' && same "$(block text | sed -n 2,4p)" \
        '    ATR         "3B00"
    ATRMask     ff 00
    minidriver  none' && same "$(block many | sed -n 2,3p)" \
        "    ATR         3b$(printf ' 3b%.0s' $(seq 20))
               $(printf ' 3b%.0s' $(seq 19)) ..." && same "$(block void | sed -n 2,4p)" \
        "    ATR         (no bytes)
    ATRMask     (no bytes)
    minidriver  $(printf %0400d 0)..."
}

packages_have_one() {
    audit 0 --inventory "$srcdir/hives/fabrikam.reg" &&
        same 'views native, wow6432node' "$(block Fabrikam | sed -n '1s/  */ /gp' | sed 's/^ //')"
}

seen_cards_are_told() {
    hive seen "$srcdir/hives/stock.reg" <<REG || return
Windows Registry Editor Version 5.00
[$calais\\PIV Device ATR Cache]
"0"=hex:3b,04,51,ff,08,00
"1$(printf '\033')"="3b"
[$calais\\IDMP ATR Cache]
"0"=hex:3b
REG
    audit 0 --atr-names=none "$tmp/seen.hive" &&
        same "$(sed -n '/^  cards seen/,/^$/p' "$tmp/out")" \
            '  cards seen here, by the PIV Device ATR Cache:
    written     2024-01-01T00:00:00.0000000Z
    ATR         3b 04 51 ff 08 00
    decoded     direct convention, T=0, 4 historical bytes 51 ff 08 00, no TCK
    device ID   SCFILTER\CID_51FF0800
    no ATR      the value "1\x1b" is a REG_SZ, not a REG_BINARY
  cards seen here, by the IDMP ATR Cache:
    written     2024-01-01T00:00:00.0000000Z
    no ATR      the value "0" has 1 byte, and an ATR 2 to 33'
}

seen_cards_are_named() {
    printf '3B 04 51 FF 08 00\n\tFabrikam card\n' >"$tmp/names"
    audit 0 --atr-names="$tmp/names" --inventory "$tmp/seen.hive" &&
        says '^    name        Fabrikam card$' "$tmp/out" &&
        audit 0 -o json --atr-names="$tmp/names" "$tmp/seen.hive" && says '"Fabrikam card"' "$tmp/out" &&
        says '"problem": "has 1 byte, and an ATR 2 to 33"' "$tmp/out"
}

many_seen_cards_are_cut() {
    {
        echo "[$calais\\PIV Device ATR Cache]"
        for i in $(seq 10 40); do echo "\"$i\"=hex:3b,02,00,$i"; done
    } | hive many "$srcdir/hives/stock.reg" && audit 0 "$tmp/many.hive" &&
        same 20 "$(grep -c '^    ATR ' "$tmp/out")" && says '^                and 11 more$' "$tmp/out" &&
        audit 0 -o json "$tmp/many.hive" && same 31 "$(grep -c '"cache": ' "$tmp/out")"
}

check 'an entry is told with all that it is' entry_is_told
check 'those of Windows are for applications' windows_entries_are_told
check 'without the option there is none' nothing_is_told_unasked
check 'every verdict has its words' every_verdict_is_told
check 'odd ATRs and masks are told' odd_pairs_are_told
check 'a .reg has an inventory as well' packages_have_one
check 'lines fit' fits "$tmp/broken.hive"
check 'cards in the ATR caches are told' seen_cards_are_told
check 'and named' seen_cards_are_named
check 'in text, of many the first' many_seen_cards_are_cut
done_testing
