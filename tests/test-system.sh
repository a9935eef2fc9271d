#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The SYSTEM hive of the same Windows: named or found beside SOFTWARE, replayed, judged, reported.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

stock=$srcdir/hives/stock.reg
system=$srcdir/hives/system.reg
cards='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards'
ksps='HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Cryptography\Providers'
services='HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services'

# A card of a KSP that is not one of Windows, in the one view that it is for.
cat >"$tmp/card.reg" <<END
[$cards\\Contoso]
"ATR"=hex:3b,7a,18,00,00,43,6f,6e,74,6f,73,6f,20,31,32
"ATRMask"=hex:ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff,ff
"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"
"Smart Card Key Storage Provider"="Contoso Key Storage Provider"
"80000001"="contosocm.dll"
END
cat >"$tmp/ksp.reg" <<END
[$ksps\\CONTOSO Key Storage PROVIDER\\UM]
"Image"="contosoksp.dll"
END
"$MKHIVE" "$tmp/stock.hive" "$stock" && "$MKHIVE" "$tmp/card.hive" "$stock" "$tmp/card.reg" &&
    "$MKHIVE" "$tmp/system.hive" "$system" || exit
sha256sum "$tmp"/*.hive >"$tmp/sums"

unverified='^  note ksp-unverified: '
unregistered='^  error ksp-not-registered: "Contoso Key Storage Provider" is neither'

# ---- KSPs ----

without_it_there_is_doubt() {
    audit 0 --disable=view-asymmetric "$tmp/card.hive" && says "$unverified" "$tmp/out" &&
        silent 'ksp-not-registered: |^  SYSTEM hive ' "$tmp/out"
}
an_unregistered_ksp_is_an_error() {
    audit 1 --system="$tmp/system.hive" "$tmp/card.hive" && says "$unregistered" "$tmp/out" &&
        silent "$unverified" "$tmp/out" && says 'audit complete$' "$tmp/out" && [ ! -s "$tmp/err" ]
}
# with_system FILE.reg STATUS: audits the card with a SYSTEM hive that a registry text changes. That the
# card is in one view only does not count.
with_system() {
    "$MKHIVE" "$tmp/other.hive" "$system" "$1" &&
        audit "$2" --disable=view-asymmetric --system="$tmp/other.hive" "$tmp/card.hive"
}
a_registered_ksp_is_silent() {
    with_system "$tmp/ksp.reg" 0 && silent 'ksp-(unverified|not-registered)' "$tmp/out"
}
an_alias_is_enough() {
    cat >"$tmp/alias.reg" <<END
[$ksps\\Other]
"Aliases"=hex(7):78,00,00,00,$(printf 'contoso KEY storage provider' | od -An -v -tx1 | tr -s ' \n' ' ' |
        sed 's/^ //; s/ $//; s/ /,00,/g'),00,00,00,00,00
END
    with_system "$tmp/alias.reg" 0 && silent 'ksp-(unverified|not-registered)' "$tmp/out"
}
only_the_current_control_set_counts() {
    sed 's/ControlSet001/ControlSet002/' "$tmp/ksp.reg" >"$tmp/second.reg" &&
        with_system "$tmp/second.reg" 1 && says "$unregistered" "$tmp/out" &&
        cat >>"$tmp/second.reg" <<'END' &&
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Control\Cryptography\Providers\Microsoft Smart Card Key Storage Provider]
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000002
END
        with_system "$tmp/second.reg" 0 && says ': clean, ControlSet002, 2 CNG providers$' "$tmp/out" &&
        silent 'ksp-(unverified|not-registered)' "$tmp/out"
}
a_guessed_control_set_is_said() {
    cat >"$tmp/select.reg" <<'END'
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000007
END
    with_system "$tmp/select.reg" 1 && says "$unregistered" "$tmp/out" &&
        says '^  note: the SYSTEM hive \(.*other.hive\): Select\\Current names no control set .*: ControlSet001 is taken' \
            "$tmp/out"
}
check 'without a SYSTEM hive a KSP that is none of Windows is a note' without_it_there_is_doubt
check 'with one, a KSP that is not registered is an error' an_unregistered_ksp_is_an_error
check 'a KSP that is registered, in another letter case, is no finding' a_registered_ksp_is_silent
check 'nor is one that is an alias' an_alias_is_enough
check 'only the current control set counts' only_the_current_control_set_counts
check 'a control set that had to be guessed is said' a_guessed_control_set_is_said

# ---- Found beside SOFTWARE ----

# found_beside SOFTWARE SYSTEM: in a folder of their own, by these names.
found_beside() {
    rm -rf "$tmp/found" && mkdir "$tmp/found" && cp "$tmp/card.hive" "$tmp/found/$1" &&
        cp "$tmp/system.hive" "$tmp/found/$2" || return
    audit 1 "$tmp/found/$1" && says "$unregistered" "$tmp/out" &&
        says "^  SYSTEM hive .*$2: clean, ControlSet001, 4 CNG providers\$" "$tmp/out" || return
    # The folder, too, holds one piece of evidence: SYSTEM is none of its own.
    audit 1 "$tmp/found" && says "$unregistered" "$tmp/out" && silent 'pieces of evidence' "$tmp/out"
}
the_named_one_is_taken() {
    rm -rf "$tmp/found" && mkdir "$tmp/found" && cp "$tmp/card.hive" "$tmp/found/SOFTWARE" &&
        cp "$tmp/system.hive" "$tmp/found/SYSTEM" &&
        "$MKHIVE" "$tmp/with-ksp.hive" "$system" "$tmp/ksp.reg" || return
    audit 0 --disable=view-asymmetric --system="$tmp/with-ksp.hive" "$tmp/found/SOFTWARE" &&
        silent 'ksp-not-registered' "$tmp/out" && says '^  SYSTEM hive .*with-ksp.hive: ' "$tmp/out"
}
check 'SYSTEM is found beside SOFTWARE' found_beside SOFTWARE SYSTEM
check 'system is found beside SOFTWARE' found_beside SOFTWARE system
check 'System is found beside software' found_beside software System
check 'a SYSTEM hive that is named goes before the one that is found' the_named_one_is_taken

# ---- Stock, and what is noted ----

# stock_is_quiet WANT ARGUMENT...: nothing at or above warning.
stock_is_quiet() {
    audit "$@" && silent '^  (error|warning) ' "$tmp/out" && says ': 0 errors, 0 warnings, ' "$tmp/out"
}
stock_has_one_note() {
    stock_is_quiet 0 --disable=module-unverified --system="$tmp/system.hive" "$tmp/stock.hive" &&
        same 'note retry-device-initialize-absent native Microsoft\Cryptography\Calais\Readers' \
            "$(findings <"$tmp/out")"
}
services_are_noted() {
    cat >"$tmp/services.reg" <<END
[$services\\SCardSvr]
"Start"=dword:00000004
[$services\\CertPropSvc]
"Start"=dword:00000004
[-$services\\scfilter]
END
    with_system "$tmp/services.reg" 1 || return
    same 'note certificate-propagation-disabled system ControlSet001\Services\CertPropSvc
note service-disabled system ControlSet001\Services\SCardSvr
note pnp-filter-missing system ControlSet001\Services\scfilter' "$(findings <"$tmp/out" | grep ' system ')"
}
check 'a stock Windows gives nothing more with its SYSTEM hive' stock_has_one_note
check 'services that are disabled, and a driver that is missing, are notes' services_are_noted

# ---- Dirty and damaged ----

logged_hive "$tmp/dirty" "$system" "$tmp/ksp.reg" || exit
dirty_without_logs_is_incomplete() {
    cp "$tmp/dirty" "$tmp/nologs" &&
        audit 3 --disable=view-asymmetric --system="$tmp/nologs" "$tmp/card.hive" &&
        says '^  incomplete: the SYSTEM hive \(.*nologs\) is dirty \(sequence numbers 2 and 1 differ\)' "$tmp/out" &&
        says "^hiveaudit: $tmp/card.hive: the SYSTEM hive .* is dirty" "$tmp/err" &&
        says "$unregistered" "$tmp/out" && says 'audit incomplete$' "$tmp/out"
}
allow_dirty_accepts_it() {
    audit 1 --disable=view-asymmetric --allow-dirty --system="$tmp/nologs" "$tmp/card.hive" &&
        says '^  note: the SYSTEM hive .* is dirty .*, as --allow-dirty accepts$' "$tmp/out" &&
        says 'audit complete$' "$tmp/out" && [ ! -s "$tmp/err" ]
}
its_logs_are_replayed() {
    audit 0 --disable=view-asymmetric --system="$tmp/dirty" "$tmp/card.hive" &&
        says '^  SYSTEM hive .*dirty: dirty-recovered \(sequence numbers 2/1\), ControlSet001, 5 CNG providers$' "$tmp/out" &&
        says '^  log dirty.LOG1 \(HvLE\): entry 2 replayed$' "$tmp/out" &&
        silent 'ksp-not-registered' "$tmp/out" && says 'audit complete$' "$tmp/out"
}
ignored_logs_show_the_old_state() {
    audit 3 --disable=view-asymmetric --logs=ignore --system="$tmp/dirty" "$tmp/card.hive" &&
        says 'the SYSTEM hive .* is dirty .*its logs are ignored' "$tmp/out" &&
        says "$unregistered" "$tmp/out" && silent '^  log ' "$tmp/out"
}
required_logs_fail_it() {
    audit 3 --disable=view-asymmetric --logs=require --system="$tmp/nologs" "$tmp/card.hive" &&
        says 'the SYSTEM hive .*: is dirty, and no logs recover it, as --logs=require demands' "$tmp/err" &&
        says '^  SYSTEM hive .*: not read$' "$tmp/out" && says "$unverified" "$tmp/out"
}
check 'a dirty SYSTEM hive without its logs makes the audit incomplete' dirty_without_logs_is_incomplete
check 'unless --allow-dirty takes it' allow_dirty_accepts_it
check 'its logs are replayed' its_logs_are_replayed
check '--logs=ignore holds for it' ignored_logs_show_the_old_state
check '--logs=require holds for it' required_logs_fail_it

# fails FILE WORDS: it is not read, which is said, and SOFTWARE is audited all the same.
fails() {
    audit 3 --system="$1" "$tmp/card.hive" && says "^hiveaudit: $tmp/card.hive: the SYSTEM hive .*$2" "$tmp/err" &&
        says "^  incomplete: the SYSTEM hive .*$2" "$tmp/out" && says '^  SYSTEM hive .*: not read$' "$tmp/out" &&
        says "$unverified" "$tmp/out" && says '^  warning view-asymmetric: ' "$tmp/out" &&
        says 'audit incomplete$' "$tmp/out"
}
: >"$tmp/empty"
head -c 8192 /dev/zero >"$tmp/zeros"
head -c 6000 "$tmp/system.hive" >"$tmp/truncated"
a_truncated_one_is_incomplete() {
    audit 3 --system="$tmp/truncated" "$tmp/card.hive" && says 'the SYSTEM hive .*is truncated' "$tmp/err" &&
        says 'audit incomplete$' "$tmp/out"
}
a_missing_one_is_an_error() {
    audit 2 --system="$tmp/missing" "$tmp/card.hive" && says '--system: .*missing' "$tmp/err" && [ ! -s "$tmp/out" ]
}
check 'an empty file in its place makes the audit incomplete' fails "$tmp/empty" 'is no whole hive'
check 'so do zeros' fails "$tmp/zeros" 'is no sound hive'
check 'so does another hive, which is named' fails "$tmp/stock.hive" 'this is a SOFTWARE hive, want a SYSTEM hive'
check 'so does a part of one' a_truncated_one_is_incomplete
check 'one that is named and not there ends the run' a_missing_one_is_an_error

# ---- JSON ----

json_tells_it() {
    audit 0 --disable=view-asymmetric -o json --system="$tmp/dirty" "$tmp/card.hive" &&
        command -v python3 >"$tmp/which" || return
    python3 - "$tmp/out" <<'END'
import json, sys

item, = json.load(open(sys.argv[1]))["evidence"]
system = item["system"]
assert system["name"].endswith("dirty"), system
assert (system["state"], system["control_set"], system["providers"]) == ("read", 1, 5), system
assert system["hive"]["state"] == "dirty-recovered" and item["hive"]["state"] == "clean", system
log = system["hive"]["logs"][0]
assert (log["name"], log["applied"]) == ("dirty.LOG1", 1), log
assert item["status"] == "complete"
END
}
json_names_the_hive_of_a_finding() {
    audit 1 -o json --system="$tmp/other.hive" "$tmp/card.hive" || return
    python3 - "$tmp/out" <<'END'
import json, sys

item, = json.load(open(sys.argv[1]))["evidence"]
hives = {f["rule"]: (f.get("hive"), f["view"], f["key"]) for f in item["findings"]}
assert hives["service-disabled"] == ("system", "none", "ControlSet001\\Services\\SCardSvr"), hives
assert hives["ksp-not-registered"][0] is None, hives
END
}
# valid ARGUMENT...: the report is valid against the schema.
valid() {
    timeout 20 "$HIVEAUDIT" -q -o json="$tmp/report.json" "$@" 2>"$tmp/err"
    python3 -c '
import json, jsonschema, sys
jsonschema.validate(*(json.load(open(path)) for path in sys.argv[1:]))' \
        "$tmp/report.json" "$srcdir/doc/hiveaudit-report.schema.json"
}
if command -v python3 >"$tmp/which"; then
    "$MKHIVE" "$tmp/other.hive" "$system" "$tmp/services.reg" || exit
    check 'JSON tells its name, state, control set, providers and logs' json_tells_it
    check 'a finding on one of its keys names the hive' json_names_the_hive_of_a_finding
else
    skip 'JSON tells its name, state, control set, providers and logs' 'python3 is not installed'
    skip 'a finding on one of its keys names the hive' 'python3 is not installed'
fi
if python3 -c 'import jsonschema' 2>"$tmp/err"; then
    for file in other.hive dirty nologs empty zeros truncated stock.hive; do
        check "the report with $file is valid" valid --system="$tmp/$file" "$tmp/card.hive"
    done
else
    skip 'the reports are valid' 'python3 with jsonschema (Debian package python3-jsonschema) is not installed'
fi
check 'no hive was changed' sha256sum --quiet -c "$tmp/sums"

# ---- Real machines ----

corpus=${HIVEAUDIT_CORPUS:-}
real_hives() {
    for machine in win7-x86 win81-x64; do
        mkdir "$tmp/$machine" || return
        for name in SOFTWARE SYSTEM; do
            xz -dc "$corpus/hives/$machine/$name.xz" >"$tmp/$machine/$name" || return
        done
    done
}
windows_7_is_quiet() {
    stock_is_quiet 0 "$tmp/win7-x86/SOFTWARE" && says 'SYSTEM hive .*: clean, ControlSet001, 4 CNG providers$' "$tmp/out" &&
        silent ' service-disabled:|pnp-filter-missing|certificate-propagation' "$tmp/out"
}
# It never had a reader: the service is disabled, which is a note and no more.
windows_8_1_is_quiet() {
    stock_is_quiet 0 --allow-dirty "$tmp/win81-x64/SOFTWARE" &&
        says 'SYSTEM hive .*: dirty-unrecovered \(sequence numbers 3785/3784\), ControlSet001, 7 CNG providers$' "$tmp/out" &&
        says '^  note service-disabled: ' "$tmp/out" && silent 'pnp-filter-missing|certificate-propagation' "$tmp/out"
}
if [ -z "$corpus" ] || ! command -v xz >"$tmp/which"; then
    skip 'Windows 7 gives nothing at or above warning' 'HIVEAUDIT_CORPUS is not set, or xz not installed'
    skip 'nor does Windows 8.1' 'HIVEAUDIT_CORPUS is not set, or xz not installed'
else
    real_hives || exit
    check 'Windows 7 gives nothing at or above warning' windows_7_is_quiet
    check 'nor does Windows 8.1' windows_8_1_is_quiet
fi
done_testing
