#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The ATRs and masks that real products register, judged by the shipped rules.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
cards=${HIVEAUDIT_CORPUS:-}/cards
[ -n "${HIVEAUDIT_CORPUS:-}" ] || skip_all 'HIVEAUDIT_CORPUS is not set'
[ -r "$cards/opensc-0.22.tsv" ] || skip_all "no cards/opensc-0.22.tsv in $HIVEAUDIT_CORPUS"

# entries NAME-COLUMN...: makes registry text, complete but for ATR and mask, of a table on standard
# input that has columns of these names; its names are those of the columns, joined by a blank. The
# first column names the driver where $drivers is not empty.
drivers=
entries() {
    awk -F '\t' -v names="$*" -v drivers="$drivers" '
        function hex(digits,   i, text) {
            for (i = 1; i < length(digits); i += 2)
                text = text (i > 1 ? "," : "") substr(digits, i, 2)
            return text
        }
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; count = split(names, part, " "); next }
        {
            name = ""
            for (i = 1; i <= count; i++)
                name = name (i > 1 ? " " : "") $column[part[i]]
            for (view = 0; view < 2; view++) {
                print "[HKEY_LOCAL_MACHINE\\SOFTWARE\\" (view ? "Wow6432Node\\" : "") \
                    "Microsoft\\Cryptography\\Calais\\SmartCards\\" name "]"
                print "\"ATR\"=hex:" hex($column["atr"])
                print "\"ATRMask\"=hex:" hex($column["mask"])
                print "\"Crypto Provider\"=\"Microsoft Base Smart Card Crypto Provider\""
                print "\"Smart Card Key Storage Provider\"=\"Microsoft Smart Card Key Storage Provider\""
                print "\"80000001\"=\"" (drivers ? $1 : "contosocm") ".dll\""
            }
        }'
}

# dead: the names of the rows that are marked as dead; of rows with one name the last counts.
dead() {
    awk -F '\t' 'NR > 1 { is_dead[$1] = $4 == "yes" } END { for (n in is_dead) if (is_dead[n]) print n }'
}

# entries_with RULE VIEW: the names of the entries that the report finds so.
entries_with() {
    findings <"$tmp/out" | awk -v rule="$1" -v view="$2" '$2 == rule && $3 == view' | sed 's/.*\\//'
}

entries name <"$cards/opensc-0.22.tsv" | hive opensc "$srcdir/hives/stock.reg" || exit
entries vendor entry <"$cards/clean-vendors.tsv" | hive clean "$srcdir/hives/stock.reg" || exit

drivers=yes
entries name <"$cards/opensc-0.22.tsv" | hive opensc-apart "$srcdir/hives/stock.reg" || exit
entries vendor entry <"$cards/clean-vendors.tsv" | hive clean-apart "$srcdir/hives/stock.reg" || exit

# collisions HIVE: the findings about entries that claim the same cards, as "RULE NAME".
collisions() {
    timeout 20 "$HIVEAUDIT" --fail-on=never "$tmp/$1.hive" >"$tmp/out" || return
    findings <"$tmp/out" | awk '$3 == "native" && $2 ~ /^(atr-(duplicate|shadowed|overlap)|device-id-shared)$/' |
        sed 's/^[a-z]* \([a-z-]*\) .*\\/\1 /'
}

dead_are_outside_mask() {
    audit 1 "$tmp/opensc.hive" &&
        same "$(dead <"$cards/opensc-0.22.tsv" | sort)" "$(entries_with atr-outside-mask "$1" | sort)"
}

all_entries_are_there() {
    audit "$1" "$tmp/$2.hive" && says "^  entries: $3 native, $3 wow6432node\$" "$tmp/out"
}

no_other_error() {
    audit 1 "$tmp/opensc.hive" || return
    findings <"$tmp/out" | grep '^error ' >"$tmp/errors"
    [ -s "$tmp/errors" ] && ! grep -v '^error atr-outside-mask ' "$tmp/errors"
}

clean_has_one_structure() {
    audit 1 "$tmp/clean.hive" && says ' 0 errors, 2 warnings, ' "$tmp/out" &&
        same 'autenticacao.gov SmartCardName_3' "$(entries_with atr-structure "$1")"
}

# What vendors ship is for their own cards, as far as pcsc-tools knows them.
list=/usr/share/pcsc/smartcard_list.txt
no_mask_is_too_broad() {
    audit 1 --atr-names="$list" "$tmp/$1.hive" && silent '^  warning mask-too-broad: ' "$tmp/out"
}

# inventory_with VERDICT: the names of the entries whose last line in the inventory starts so.
inventory_with() {
    awk -v verdict="    takes       $1" '/^  entry / { name = substr($0, 9) }
        index($0, verdict) == 1 { print name }' "$tmp/out"
}

inventory_knows_the_dead() {
    audit 1 --inventory "$tmp/opensc.hive" && same "$(dead <"$cards/opensc-0.22.tsv" | sort)" \
        "$(inventory_with 'no card, ever: byte ' | sort)" &&
        same 2 "$(inventory_with 'cards that have the ' | sort -u | wc -l | tr -d ' ')" &&
        audit 1 --inventory "$tmp/clean.hive" && same '' "$(inventory_with 'no card, ever: ')"
}

# 57 names besides the two of Windows, as two of 58 rows share one.
check 'every row of OpenSC 0.22 is an entry of both views' all_entries_are_there 1 opensc 59
check 'exactly its dead rows are outside their mask' dead_are_outside_mask native
check 'in the other view as well' dead_are_outside_mask wow6432node
check 'its table has no other error' no_other_error
check 'the inventory knows them as well' inventory_knows_the_dead
check 'every pair of five vendors is an entry of both views' all_entries_are_there 1 clean 29
check 'their pairs are sound, but for one structure' clean_has_one_structure native
check 'in the other view as well' clean_has_one_structure wow6432node
for table in opensc clean; do
    if [ -r "$list" ]; then
        check "no mask of the table $table is too broad" no_mask_is_too_broad "$table"
    else
        skip "no mask of the table $table is too broad" 'pcsc-tools is not installed'
    fi
done

# Where all entries lead to drivers of their own, the worst case, or to one for each vendor.
only_ids_are_shared() {
    same "$2" "$(collisions "$1")"
}
check 'with one driver for all, nothing collides' only_ids_are_shared opensc ''
check 'with a driver for each vendor, two share a device ID, and no cards' \
    only_ids_are_shared clean-apart 'device-id-shared eid-mw SmartCardName_v18'
check 'with a driver for each row of OpenSC 0.22, three share device IDs, and no cards' \
    only_ids_are_shared opensc-apart 'device-id-shared SmartCard-HSM 4K
device-id-shared SmartCard-HSM-CL
device-id-shared STARCOS (b)'
done_testing
