#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A driver's INF as evidence: what it would write is audited for each architecture, and what is wrong
# with its text is said.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

# A sound INF for x86 and amd64, as Microsoft's sample is built.
cat >"$tmp/sound.inf" <<'END'
; A driver of nothing.
[Version]
Signature="$Windows NT$"
Class=SmartCard
Provider=%Vendor%
[Manufacturer]
%Vendor%=Cards,NTx86.6.1,NTamd64.6.1
[Cards.NTx86.6.1]
%Card%=Install32,SCFILTER\CID_51ff0800
[Cards.NTamd64.6.1]
%Card%=Install64,SCFILTER\CID_51ff0800
[DefaultInstall]
AddReg=Native
[DefaultInstall.NTamd64]
AddReg=Wow
AddReg=Native
[Install32.NT]
AddReg=Native
CopyFiles=Files
[Install64.NT]
AddReg=Wow
AddReg=Native
CopyFiles=Files
[Files]
contosocm.dll
[Native]
HKLM, %Key%,"ATR",0x00000001,3b,04,51,ff,08,00
HKLM, %Key%,"ATRMask",0x00000001,ff,ff,ff,ff,ff,ff
HKLM, %Key%,"Crypto Provider",0x00000000,"Microsoft Base Smart Card Crypto Provider"
HKLM, %Key%,"Smart Card Key Storage Provider",,"Microsoft Smart Card Key Storage Provider"
HKLM, %Key%,"80000001",0x00000000,%Module%
[Wow]
HKLM, %KeyWow%,"ATR",0x00000001,3b,04,51,ff,08,00
HKLM, %KeyWow%,"ATRMask",0x00000001,ff,ff,ff,ff,ff,ff
HKLM, %KeyWow%,"Crypto Provider",0x00000000,"Microsoft Base Smart Card Crypto Provider"
HKLM, %KeyWow%,"Smart Card Key Storage Provider",,"Microsoft Smart Card Key Storage Provider"
HKLM, %KeyWow%,"80000001",0x00000000,%Module%
[Strings]
Vendor="Contoso"
Card="Contoso card"
Key="SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso"
KeyWow="SOFTWARE\Wow6432Node\Microsoft\Cryptography\Calais\SmartCards\Contoso"
Module="contosocm.dll"
END

# edited SCRIPT: $tmp/edited.inf is the sound one, edited by sed.
edited() {
    sed "$1" "$tmp/sound.inf" >"$tmp/edited.inf"
}

# found STATUS LINE...: the findings of the edited INF are these.
found() {
    status=$1
    shift
    audit "$status" "$tmp/edited.inf" && same "$(printf '%s\n' "$@")" "$(findings <"$tmp/out")"
}

# at LINE:COLUMN: one of them stands there.
at() {
    says "^    at  *$tmp/edited.inf:$1\$" "$tmp/out"
}

sound_is_clean() {
    audit 0 --fail-on=note "$tmp/sound.inf" && says '^  INF, UTF-8$' "$tmp/out" &&
        says '^  entries on x86: 1 native$' "$tmp/out" &&
        says '^  entries on amd64: 1 native, 1 wow6432node$' "$tmp/out"
}
check 'a sound INF is clean on both architectures' sound_is_clean

# ---- What it would write ----

key='Microsoft\Cryptography\Calais\SmartCards\Contoso'

both_architectures_are_one_finding() {
    edited '/^HKLM, %Key%,"ATRMask"/s/ff$/f0/; /^HKLM, %Key%,"ATR"/s/00$/01/'
    found 1 "error atr-outside-mask native $key" "warning view-differs native $key" && at 27:1 &&
        says '^    on  *x86, amd64$' "$tmp/out"
}
check 'a mistake on both architectures is one finding with its line' both_architectures_are_one_finding

one_view_only() {
    edited '/^AddReg=Wow/d'
    found 1 "warning view-asymmetric native $key" && says '^    on  *amd64$' "$tmp/out"
}
check 'an entry in one view only is found where there are two' one_view_only

flags_choose_the_view() {
    edited '/^HKLM, %KeyWow%/{s/KeyWow/Key/; s/0x00000/0x00004/; s/,,/,0x4000,/}'
    audit 0 --fail-on=note "$tmp/edited.inf" &&
        says '^  entries on amd64: 1 native, 1 wow6432node$' "$tmp/out"
}
check 'the flag 32BITKEY is the other view' flags_choose_the_view

# What is for Windows 10 registers in one view.
version_decides() {
    edited 's/NTamd64.6.1$/NTamd64.10.0,&/; s/^\[DefaultInstall/[Other/; /^\[Files\]/i\
[Cards.NTamd64.10.0]\
%Card%=Install32,SCFILTER\\CID_51ff0800'
    audit 1 "$tmp/edited.inf" && says '^  warning view-asymmetric: ' "$tmp/out" &&
        says '^  entries on amd64: 1 native, 0 wow6432node$' "$tmp/out"
}
check 'the highest version is what the newest Windows takes' version_decides

json_has_places() {
    edited '/^HKLM, %Key%,"ATRMask"/s/ff$/f0/; /^HKLM, %Key%,"ATR"/s/00$/01/'
    audit 1 -o json "$tmp/edited.inf" && says '"rule": "atr-outside-mask"' "$tmp/out" &&
        says '"line": 27' "$tmp/out" && says '"x86"' "$tmp/out" && says '"amd64"' "$tmp/out"
}
check 'so do line, column and architectures in JSON' json_has_places

in_utf16() {
    { printf '\377\376' && iconv -f UTF-8 -t UTF-16LE "$tmp/sound.inf"; } >"$tmp/utf16.inf"
    audit 0 --fail-on=note "$tmp/utf16.inf" && says '^  INF, UTF-16LE$' "$tmp/out"
}
in_windows_1252() {
    sed "s/Contoso card/$(printf 'Cart\343o')/" "$tmp/sound.inf" >"$tmp/ansi.inf"
    audit 1 --fail-on=note "$tmp/ansi.inf" && says '^  INF, Windows-1252$' "$tmp/out" &&
        says '^  note inf-encoding: ' "$tmp/out" && says '0 errors, 0 warnings, 1 note;' "$tmp/out"
}
check 'an INF in UTF-16LE' in_utf16
check 'an INF in Windows-1252, which has a note' in_windows_1252

# ---- What is wrong with its text ----

# broken STATUS FINDING LINE:COLUMN SCRIPT: the sound INF has one after it was edited by sed.
broken() {
    edited "$4"
    audit "$1" --fail-on=note "$tmp/edited.inf" && says "^  $2: " "$tmp/out" && at "$3"
}
check 'a string that is not defined' broken 1 'error inf-string-undefined' 31:35 's/^Module=/Modul=/'
check 'a section that is missing' broken 1 'error inf-section-missing' 13:8 '13s/Native/Nativ/'
check 'models that are missing' broken 1 'error inf-section-missing' 7:26 's/^\[Cards.NTamd64/&x/'
check 'HKR in place of HKLM' broken 1 'warning inf-key-of-device' 33:1 '/^\[Wow/,/^\[S/s/HKLM/HKR/'
check 'bytes without their flag' broken 1 'error inf-flags-wrong' 27:19 '27s/0x00000001/0x00000000/'
check 'a byte that is none' broken 1 'error package-data-malformed' 27:33 '27s/3b,04/3b,4x/'
check 'a quote that is not closed' broken 1 'error package-line-malformed' 39:8 '39s/"$//'
check 'a part of the null driver' broken 1 'note inf-null-driver-partial' 17:1 '/^\[Install32/a\
Include=umpass.inf\
Needs=UmPass'
check 'a hardware ID of another card' broken 1 'note hardware-id-unmatched' 9:18 '9s/0800$/0801/'

profiles_differ() {
    audit 1 --inf-profile=windows10 "$tmp/sound.inf" && says 'inf-default-install-forbidden' "$tmp/out" &&
        edited '/^\[DefaultInstall/,/^\[Install32/{/^\[Install32/!d}' &&
        audit 0 --inf-profile=windows10 --fail-on=note "$tmp/edited.inf" &&
        audit 1 "$tmp/edited.inf" && says 'inf-default-install-missing' "$tmp/out"
}
check 'DefaultInstall is demanded by one profile and forbidden by the other' profiles_differ

nothing_is_said() {
    edited 's/Calais/Calias/'
    audit 3 "$tmp/edited.inf" && says 'nothing to audit' "$tmp/err"
}
check 'an INF without a Calais key is nothing to audit' nothing_is_said

# ---- What is too much ----

many_sections() {
    { cat "$tmp/sound.inf" && seq 100000 | sed 's/.*/[S&]\nAddReg=S&x/'; } >"$tmp/edited.inf"
    audit 1 "$tmp/edited.inf" && says 'got [0-9]+ more problems, which are not listed' "$tmp/out"
}
long_line() {
    { cat "$tmp/sound.inf" && printf 'x="' && head -c 10000000 /dev/zero | tr '\0' y && printf '"\n'; } >"$tmp/edited.inf"
    audit 1 "$tmp/edited.inf" && says 'got 10000000 characters, want at most 4095' "$tmp/out" && at 44:3
}
cyclic_strings() {
    edited 's/^Module=.*/Module="%Modul2%"\
Modul2="%Module%"/'
    audit 1 "$tmp/edited.inf" && says 'whose text names %Modul2%' "$tmp/out" && at 31:35
}
check '100,000 sections' many_sections
check 'a line of 10 MB' long_line
check 'strings that name each other' cyclic_strings

# ---- Vendors ----

# vendor PROFILE FILE: the rules that a file of the corpus breaks, and how often, are those on standard
# input.
vendor() {
    audit "$1" --inf-profile="$2" --fail-on=warning "$HIVEAUDIT_CORPUS/inf/$3" &&
        same "$(cat)" "$(findings <"$tmp/out" | cut -d ' ' -f 1,2 | sort | uniq -c | sed 's/^ *//')"
}
if [ -d "${HIVEAUDIT_CORPUS:-}/inf" ]; then
    for file in fabrikam-sample fabrikam_inbox_rebrand; do
        check "$file.inf, of Microsoft, is clean" vendor 0 legacy "$file.inf" </dev/null
    done
    check 'beidmdrv.inf registers by HKR' vendor 1 legacy beidmdrv.inf <<'END'
1 warning inf-default-install-missing
6 warning inf-key-of-device
4 warning view-asymmetric
END
    check 'esteidcm.inf names sections that it does not have' vendor 1 legacy esteidcm.inf <<'END'
3 error inf-section-missing
1 note inf-encoding
2 note inf-null-driver-partial
END
    check 'the older one has them' vendor 0 legacy esteidcm-2018-utf16.inf <<'END'
2 note inf-null-driver-partial
END
    check 'opensc-minidriver.inf.in names a string that it does not define' \
        vendor 1 legacy opensc-minidriver.inf.in <<'END'
1 error inf-string-undefined
1 warning module-path-suspicious
END
    check 'pteidmdrv.inf holds an ATR that is cut short' vendor 1 legacy pteidmdrv.inf <<'END'
1 note inf-encoding
3 note inf-null-driver-partial
3 warning atr-structure
END
    check "Microsoft's sample has what Windows 10 forbids" vendor 1 windows10 fabrikam-sample.inf <<'END'
1 error inf-default-install-forbidden
END
else
    skip "vendors' INFs" 'HIVEAUDIT_CORPUS is not set'
fi

done_testing
