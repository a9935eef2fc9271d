#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each shipped rule, as a whole with its parameters and exemptions: reported where it holds, by its
# id and severity, and not where it does not.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

errors='atr-missing atr-wrong-type mask-wrong-type atr-length-invalid mask-length-mismatch
    atr-outside-mask mask-all-zero module-missing provider-missing csp-not-registered ksp-not-registered
    inbox-module-changed module-not-found module-wrong-architecture provider-image-not-found
    retry-device-initialize-wrong-type package-line-malformed package-data-malformed reg-header-missing
    inf-flags-wrong inf-string-undefined inf-section-missing inf-default-install-forbidden'
warnings='atr-length-over-iso mask-weak atr-structure module-path-suspicious provider-known-bad
    view-asymmetric view-differs string-malformed retry-device-initialize-value
    retry-device-initialize-misplaced stray-calais-key scpnp-disabled module-outside-windows
    mask-too-broad atr-duplicate atr-shadowed atr-overlap
    inf-key-of-device inf-default-install-missing
    golden-added golden-changed golden-removed'
notes='mask-missing csp-missing ksp-missing ksp-unverified string-unterminated inbox-missing
    retry-device-initialize-absent retry-device-initialize-no-effect csp-suppresses-pnp
    module-unverified device-id-shared cache-conflict hardware-id-unmatched inf-null-driver-partial
    reg-one-view csp-unverified inf-encoding
    service-disabled certificate-propagation-disabled pnp-filter-missing'

# all_rules: a line "RULE SEVERITY" for each that has to ship.
all_rules() {
    for id in $errors; do echo "$id error"; done
    for id in $warnings; do echo "$id warning"; done
    for id in $notes; do echo "$id note"; done
}

all_are_listed() {
    audit 0 --list-rules && same "$(all_rules | sort)" "$(awk '{ print $1 " " $2 }' "$tmp/out" | sort)"
}

all_pass_their_examples() {
    audit 0 --check-rules "$@" && says ' 0 failed$' "$tmp/out" && silent 'has no example' "$tmp/out"
}

# profile_of RULE: the option without which it is off.
profile_of() {
    case $1 in
    inf-default-install-forbidden) echo --inf-profile=windows10 ;;
    esac
}

is_documented() {
    # None is no argument.
    # shellcheck disable=SC2046
    audit 0 $(profile_of "$1") --explain="$1" && says "^$1 \\($2\\)\$" "$tmp/out" || return
    for heading in Why Effect Remedy References 'Example: .*' ; do
        says "^$heading\$" "$tmp/out" || return
    done
    says "^    $2 $1: " "$tmp/out"
}

check 'exactly the rules that have to ship are listed, with their severities' all_are_listed
check 'every shipped rule passes its examples, and has some of both kinds' all_pass_their_examples
check 'so do the rules of the example pack' all_pass_their_examples "$srcdir/rules/examples"
all_rules >"$tmp/all"
while read -r id severity; do
    check "$id says why, what it does, a remedy, references and an example" \
        is_documented "$id" "$severity"
done <"$tmp/all"

# The sample hives.
sample_hives || exit
stock=$srcdir/hives/stock.reg
calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'
calais32='HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Microsoft\Cryptography\Calais'
providers='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Defaults\Provider'
providers32='HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Microsoft\Cryptography\Defaults\Provider'
version='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
policies='Policies\Microsoft\Windows\ScPnP'

# What Windows 10 22H2 lacks, so that nothing at all is found on it.
cat >"$tmp/quiet.reg" <<END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
END

# rules_of HIVE: the findings, with the last component of the key: "RULE VIEW NAME". A hive without the
# files of its Windows has the note module-unverified, too.
rules_of() {
    timeout 20 "$HIVEAUDIT" --fail-on=never --disable=module-unverified "$tmp/$1.hive" >"$tmp/report" || return
    findings <"$tmp/report" | while read -r _ id view key; do
        printf '%s %s %s\n' "$id" "$view" "${key##*\\}"
    done
}

# finds HIVE LINE...: whether the findings are these, in any order.
finds() {
    name=$1
    shift
    same "$(printf '%s\n' "$@" | sort)" "$(rules_of "$name" | sort)"
}

# case_of NAME LINE...: a test on what is found on a Windows that has nothing else to find, with the
# registry text of standard input on top.
case_of() {
    number=$((${number:-0} + 1))
    hive "case-$number" "$stock" "$tmp/quiet.reg" || exit
    fact=$1
    shift
    check "$fact" finds "case-$number" "${@-}"
}

nothing_at_or_above_warning() {
    audit 0 "$tmp/$1.hive" && silent '^  (error|warning) ' "$tmp/out" && [ ! -s "$tmp/err" ]
}

check 'a stock Windows gives nothing at or above warning' nothing_at_or_above_warning stock
check 'and one note: RetryDeviceInitialize is absent' finds stock \
    'retry-device-initialize-absent native Readers'
check 'what the sample INF of Microsoft writes gives nothing more' nothing_at_or_above_warning fabrikam
check 'and no other note' finds fabrikam 'retry-device-initialize-absent native Readers'
case_of 'a stock Windows with RetryDeviceInitialize = 1 gives nothing' </dev/null

# Every rule on some hive. These three need another Windows or another value than broken.hive has.
hive wrong-type "$stock" <<END
[$calais\\Readers]
"RetryDeviceInitialize"="1"
END
hive no-effect "$stock" "$tmp/quiet.reg" <<END
[$version]
"CurrentBuild"="17763"
"CurrentBuildNumber"="17763"
END

# dll FILE MACHINE: a DLL that is a PE header only, in a folder of the drive; MACHINE as octal escapes.
amd64='\0144\0206' x86='\0114\0001'
dll() {
    mkdir -p "${1%/*}"
    { printf MZ && head -c 58 /dev/zero && printf '@\0\0\0PE\0\0%b' "$2" && head -c 18 /dev/zero; } >"$1"
}

# drive NAME: a drive of Windows with the DLLs of the stock one; its SOFTWARE hive is NAME.hive.
drive() {
    windows=$tmp/$1/Windows
    for name in ntdll msclmd basecsp rsaenh dssenh scksp; do
        dll "$windows/System32/$name.dll" "$amd64"
        dll "$windows/SysWOW64/$name.dll" "$x86"
    done
    mkdir "$windows/System32/config"
    cp "$tmp/$1.hive" "$windows/System32/config/SOFTWARE"
}
hive sound "$stock" "$tmp/quiet.reg" </dev/null
drive sound
hive lost "$stock" <<END
[$calais\\SmartCards\\Contoso full]
"80000001"="C:\\\\Program Files\\\\Contoso\\\\contosocm.dll"
[$calais\\SmartCards\\Contoso swapped]
"80000001"="swapped.dll"
[$calais\\SmartCards\\Contoso provider]
"Crypto Provider"="Contoso CSP"
[$providers\\Contoso CSP]
"Image Path"="%SystemRoot%\\\\contosocsp.dll"
END
drive lost
dll "$windows/System32/Swapped.DLL" "$x86"

# evidence_of RULE: evidence of which it holds.
evidence_of() {
    case $1 in
    retry-device-initialize-absent) echo "$tmp/stock.hive" ;;
    retry-device-initialize-wrong-type) echo "$tmp/wrong-type.hive" ;;
    retry-device-initialize-no-effect) echo "$tmp/no-effect.hive" ;;
    mask-too-broad) echo "$tmp/broad.hive" ;;
    module-not-found | module-wrong-architecture | provider-image-not-found)
        echo "$tmp/lost/Windows/System32/config/SOFTWARE"
        ;;
    reg-header-missing | reg-one-view | csp-unverified) echo "$tmp/broken.reg" ;;
    inf-default-install-forbidden) echo "$tmp/default.inf" ;;
    package-* | inf-* | hardware-id-unmatched) echo "$tmp/broken.inf" ;;
    *) echo "$tmp/broken.hive" ;;
    esac
}

# What of SYSTEM can be wrong.
"$MKHIVE" "$tmp/system.hive" "$srcdir/hives/system.reg" &&
    hive broken-system "$srcdir/hives/system.reg" <<'END' || exit
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\SCardSvr]
"Start"=dword:00000004
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\CertPropSvc]
"Start"=dword:00000004
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\scfilter]
"Start"=dword:00000004
END

# A mask that takes any card of five historical bytes, and known cards of five makers.
hive broad "$stock" <<END || exit
[$calais\\SmartCards\\Contoso broad]
"ATR"=hex:3b,05,00,00,00,00,00
"ATRMask"=hex:ff,ff,00,00,00,00,00
END
for maker in Contoso Fabrikam Litware Northwind Wingtip; do
    printf '3B 05 4%d 43 43 43 43\n\t%s card\n' "${#maker}" "$maker"
done >"$tmp/known.txt"

# What is wrong in texts: an INF that has all faults of one, and a .reg without its
# header, with one view, and a CSP of its own.
cat >"$tmp/broken.inf" <<'END'
[Version]
Signature="$Windows NT$"
[Manufacturer]
Contoso=Cards,NTamd64
[Cards.NTamd64]
Card=Install,SCFILTER\CID_51ff0800
[Install]
AddReg=Card,None
Include=umpass.inf
[Card]
HKR,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso,"ATR",0x00000000,3b,00
HKLM,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso,"ATRMask",0x00000001,0xff,ff
HKLM,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso,"80000001",,%Module%
HKLM,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso,"80000100",,"fr-FR,Clé"
HKEY_LOCAL_MACHINE,SOFTWARE
END
{ cat "$tmp/broken.inf" && echo '[DefaultInstall]'; } >"$tmp/default.inf"
printf '[%s]\n"Crypto Provider"="Contoso CSP"\n' "$calais\\SmartCards\\Contoso" >"$tmp/broken.reg"

# A golden hive with an entry of its own, and a changed one of Windows.
hive golden "$stock" <<END
[$calais\\SmartCards\\Golden]
[$calais\\SmartCards\\Identity Device (NIST SP 800-73 [PIV])]
"80000001"="golden.dll"
END

# option_of RULE: what it needs besides evidence.
option_of() {
    profile_of "$1"
    case $1 in
    mask-too-broad) echo "--atr-names=$tmp/known.txt" ;;
    golden-*) echo "--golden=$tmp/golden.hive" ;;
    ksp-not-registered | service-disabled | certificate-propagation-disabled | pnp-filter-missing)
        echo "--system=$tmp/broken-system.hive"
        ;;
    esac
}

# is_reported RULE SEVERITY: found with its severity, where it holds; gone when it is switched off.
is_reported() {
    evidence=$(evidence_of "$1")
    set -- "$1" "$2" "$(option_of "$1")"
    # Most need none.
    # shellcheck disable=SC2086
    audit 0 --fail-on=never $3 "$evidence" && says "^  $2 $1: " "$tmp/out" &&
        audit 0 --fail-on=never --disable="$1" $3 "$evidence" && silent "^  [a-z]+ $1: " "$tmp/out"
}

is_not_on_stock() {
    audit 0 --system="$tmp/system.hive" "$tmp/sound/Windows/System32/config/SOFTWARE" && silent "^  [a-z]+ $1: " "$tmp/out"
}

while read -r id severity; do
    check "$id is reported where it holds, as $severity" is_reported "$id" "$severity"
    check "$id is not reported on a sound Windows" is_not_on_stock "$id"
done <"$tmp/all"

sound_gives_nothing() {
    audit 0 --fail-on=note "$tmp/sound/Windows/System32/config/SOFTWARE"
}
is_unverified_once() {
    audit 0 "$tmp/stock.hive" && same 1 "$(findings <"$tmp/out" | grep -c '^note module-unverified ')"
}
check 'a stock Windows with its DLLs gives nothing at all' sound_gives_nothing
check 'a stock hive alone gives one note for all DLLs' is_unverified_once

one_finding_for_each_fault() {
    audit 1 "$tmp/broken.hive" || return
    doubled=$(findings <"$tmp/out" | cut -d ' ' -f 3- | grep 'Contoso' | sort | uniq -d)
    [ -z "$doubled" ] || { printf 'more than one finding on\n%s\n' "$doubled" && return 1; }
}
check 'one fault gives one finding on every entry of broken.hive' one_finding_for_each_fault

# Exemptions, and what goes together.
inbox='Identity Device (NIST SP 800-73 [PIV])'
base_csp='"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"'
base_ksp='"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"'
pair='"ATR"=hex:3b,02,14,58
"ATRMask"=hex:ff,ff,ff,ff'
module='"80000001"="contosocm.dll"'

# both VALUES: the entry Contoso in both views.
both() {
    printf '[%s\\SmartCards\\Contoso]\n%s\n[%s\\SmartCards\\Contoso]\n%s\n' "$calais" "$1" "$calais32" "$1"
}

case_of 'a complete entry in both views gives nothing' <<END
$(both "$pair
$base_csp
$base_ksp
$module")
END
case_of 'a registered CSP of its own needs no minidriver and no KSP' <<END
$(both "$pair
\"Crypto Provider\"=\"Contoso CSP\"")
[$providers\\Contoso CSP]
"Image Path"="contosocsp.dll"
[$providers32\\Contoso CSP]
"Image Path"="contosocsp.dll"
END
case_of 'a CSP that one view has registered is missing in the other' \
    'csp-not-registered wow6432node Contoso' <<END
$(both "$pair
\"Crypto Provider\"=\"Contoso CSP\"")
[$providers\\Contoso CSP]
"Image Path"="contosocsp.dll"
END
case_of 'a minidriver with a CSP alone, as vendors write, is a note' \
    'ksp-missing native Contoso' 'ksp-missing wow6432node Contoso' <<END
$(both "$pair
$base_csp
$module")
END
for dummy in "\$DisableSCPnP\$" "\$disablescpnp\$" 'Contoso Dummy Provider'; do
    case_of "an entry with $dummy in one view is a note and nothing else" \
        'csp-suppresses-pnp native NoMinidriver-3B021458' <<END
[$calais\\SmartCards\\NoMinidriver-3B021458]
$pair
"Crypto Provider"="$dummy"
END
done
case_of 'another name that is not registered is a fault, whatever the entry is called' \
    'csp-not-registered native NoMinidriver-3B021458' \
    'view-asymmetric native NoMinidriver-3B021458' <<END
[$calais\\SmartCards\\NoMinidriver-3B021458]
$pair
"Crypto Provider"="NoSuchProvider"
END
case_of 'an entry of Windows is exempt from all rules about ATR and mask' <<END
[$calais\\SmartCards\\$inbox]
"ATR"="text"
"ATRMask"=hex:
[$calais32\\SmartCards\\$inbox]
"ATR"="text"
"ATRMask"=hex:
END
case_of 'an entry of Windows needs its minidriver and its providers' \
    "module-missing native $inbox" "provider-missing wow6432node $inbox" \
    "view-differs native $inbox" <<END
[$calais\\SmartCards\\$inbox]
"80000001"=-
[$calais32\\SmartCards\\$inbox]
"Crypto Provider"=-
"Smart Card Key Storage Provider"=-
END
case_of 'an entry of Windows with another minidriver is one finding' \
    "inbox-module-changed native $inbox" <<END
[$calais\\SmartCards\\$inbox]
"80000001"="D:/x/contosocm.dll"
END
case_of 'a bare msclmd.dll, as on Windows 7, is sound' <<END
[$calais\\SmartCards\\$inbox]
"80000001"="msclmd.dll"
END
case_of 'the views may name different minidrivers' <<END
[$calais\\SmartCards\\Contoso]
$pair
$base_csp
$base_ksp
"80000001"="contoso64.dll"
[$calais32\\SmartCards\\Contoso]
$pair
$base_csp
$base_ksp
"80000001"="contoso32.dll"
END
for ksp in 'Microsoft Software Key Storage Provider' 'Microsoft Platform Crypto Provider' \
    'Microsoft Passport Key Storage Provider' 'Microsoft Base Smart Card Crypto Provider'; do
    case_of "the KSP $ksp is known" <<END
$(both "$pair
$base_csp
\"Smart Card Key Storage Provider\"=\"$ksp\"
$module")
END
done

# RetryDeviceInitialize. on_build NUMBER: what makes a build of the stock one.
on_build() {
    printf '[%s]\n"CurrentBuild"=%s\n"CurrentBuildNumber"=%s\n' "$version" "$1" "$1"
}
absent='retry-device-initialize-absent native Readers'
useless='retry-device-initialize-no-effect native Readers'
retry_absent="[$calais\\Readers]
\"RetryDeviceInitialize\"=-"
case_of 'without RetryDeviceInitialize, build 18362 gets a note' "$absent" <<END
$(on_build '"18362"')
$retry_absent
END
case_of 'without RetryDeviceInitialize, build 18361 gets none' <<END
$(on_build '"18361"')
$retry_absent
END
case_of 'RetryDeviceInitialize = 1 has an effect on build 18362' <<END
$(on_build '"18362"')
END
case_of 'RetryDeviceInitialize = 1 has no effect on build 18361' "$useless" <<END
$(on_build '"18361"')
END
case_of 'without RetryDeviceInitialize, an unknown build gets one note for that rule' \
    "$absent" 'inbox-missing native SmartCards' <<END
$(on_build -)
$retry_absent
[-$calais\\SmartCards\\$inbox]
[-$calais32\\SmartCards\\$inbox]
END
case_of 'with RetryDeviceInitialize, an unknown build gets one note for the other rule' \
    "$useless" <<END
$(on_build -)
END
case_of 'CurrentBuild stands in for CurrentBuildNumber' <<END
[$version]
"CurrentBuildNumber"=-
"CurrentBuild"="17763"
$retry_absent
END
for data in 'dword:00000000' 'dword:00000002'; do
    case_of "RetryDeviceInitialize = $data is a wrong value" \
        'retry-device-initialize-value native Readers' <<END
[$calais\\Readers]
"RetryDeviceInitialize"=$data
END
done
for data in '"1"' 'hex:01,00,00,00' 'hex(5):00,00,00,01' 'hex(4):01,00' 'hex(b):01,00,00,00,00,00,00,00'; do
    case_of "RetryDeviceInitialize = $data has the wrong type" \
        'retry-device-initialize-wrong-type native Readers' <<END
[$calais\\Readers]
"RetryDeviceInitialize"=$data
END
done
case_of 'a Wow6432Node copy of RetryDeviceInitialize is misplaced' \
    'retry-device-initialize-misplaced wow6432node Readers' <<END
[$calais32\\Readers]
"RetryDeviceInitialize"=dword:00000001
END
case_of 'a key called RetryDeviceInitialize is misplaced' \
    'retry-device-initialize-misplaced native RetryDeviceInitialize' <<END
[$calais\\Readers\\RetryDeviceInitialize]
END

# Policy and stray keys.
case_of 'EnableScPnP = 0 switches Plug and Play off' 'scpnp-disabled none ScPnP' <<END
[HKEY_LOCAL_MACHINE\\SOFTWARE\\$policies]
"EnableScPnP"=dword:00000000
END
case_of 'EnableScPnP = 1 does not' <<END
[HKEY_LOCAL_MACHINE\\SOFTWARE\\$policies]
"EnableScPnP"=dword:00000001
END
case_of 'a Wow6432Node copy of EnableScPnP has no meaning' <<END
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Wow6432Node\\$policies]
"EnableScPnP"=dword:00000000
END
case_of 'Cache, Current and the ATR caches are no stray keys' <<END
[$calais\\Cache]
[$calais\\Current]
[$calais\\PIV Device ATR Cache]
"1"=hex:3b,02,14,58
[$calais\\IDMP ATR Cache]
END
case_of 'other spellings of SmartCards and Readers are stray' \
    'stray-calais-key native !Readers' 'stray-calais-key wow6432node Smart Cards' <<END
[$calais\\!Readers]
[$calais32\\Smart Cards]
END

# The example pack: the machine that it describes passes, another one is told each thing that it lacks.
fleet=$srcdir/rules/examples
hive fleet "$stock" "$srcdir/hives/fabrikam.reg" "$tmp/quiet.reg" </dev/null || exit
fleet_passes() {
    audit 0 --fail-on=note --disable=module-unverified --rules="$fleet" "$tmp/fleet.hive"
}
fleet_fails() {
    audit 1 --no-default-rules --rules="$fleet" "$tmp/stock.hive" || return
    for value in retry-device-initialize card-atr card-mask card-csp card-ksp card-module; do
        says "^  error fleet-$value: " "$tmp/out" || return
    done
    for view in native wow6432node; do
        same 5 "$(findings <"$tmp/out" | grep -c "^error fleet-card-[a-z]* $view ")" &&
            same 1 "$(findings <"$tmp/out" | grep -c "^error fleet-cards-pair $view ")" || return
    done
}
check 'a machine as the example pack wants it passes' fleet_passes
check 'a stock one lacks what the pack wants, in both views' fleet_fails

# A 32-bit Windows has one view.
case_of 'a 32-bit Windows has one view, and a stray Wow6432Node means nothing there' <<END
[$version]
"BuildLabEx"="19041.1.x86fre.vb_release.191206-1406"
[$calais\\SmartCards\\Contoso]
$pair
$base_csp
$base_ksp
$module
[$calais32\\SmartCards\\Other]
"ATR"=hex:
END
done_testing
