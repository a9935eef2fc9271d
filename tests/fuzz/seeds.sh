#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: seeds.sh FOLDER
# Makes the inputs that fuzzing starts from, below FOLDER: tests/fuzz/README tells what then becomes
# of them. MKHIVE, srcdir and builddir are those of the tests.
set -eu

out=$(mkdir -p "${1:?}" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mklog=${builddir:?}/tests/mklog
mkseed=$builddir/tests/fuzz/mkseed
mkdir -p "$out/hive" "$out/replay" "$out/rules" "$out/wire"

text() {
    printf 'Windows Registry Editor Version 5.00\n\n' >"$work/$1.reg"
    sed 's/^\[/[HKEY_LOCAL_MACHINE\\SOFTWARE\\/' >>"$work/$1.reg"
}

calais='Microsoft\Cryptography\Calais'

text windows <<END
[Microsoft\\Windows NT\\CurrentVersion]
"ProductName"="Windows 10 Pro"
"CurrentBuildNumber"="19045"
"UBR"=dword:00000edb
"SystemRoot"="C:\\\\Windows"
"BuildLabEx"="19041.1.amd64fre.vb_release.191206-1406"
[$calais\\SmartCards]
[Wow6432Node\\$calais\\SmartCards]
END
text arm <<END
[Microsoft\\Windows NT\\CurrentVersion]
"BuildLabEx"="22000.1.arm64fre.co_release"
[$calais\\SmartCards\\A]
[Wow6432Node\\$calais\\SmartCards\\B]
[WowAA32Node\\$calais\\SmartCards\\C]
END
text cards <<END
[$calais\\SmartCards\\Outside]
"ATR"=hex:3b,04,51,ff
"ATRMask"=hex:ff,ff,0f,ff
"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"
"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"
"80000001"="D:\\\\x\\\\y.dll"
[$calais\\SmartCards\\Types]
"ATR"="3b00"
"ATRMask"=dword:00000001
"80000001"=hex(1):61,00,00,00,62,00,00,00
"Crypto Provider"=hex(1):00,d8,41,00,00
[Wow6432Node\\$calais\\SmartCards\\Outside]
"ATR"=hex:3b,04,51,fe
"Long value name"=hex:01,02,03,04,05,06,07,08
END
text rest <<END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000002
[$calais\\Readers\\RetryDeviceInitialize]
[$calais\\Smart_Cards]
[$calais\\PIV Device ATR Cache]
"3b00"=hex:00
[Microsoft\\Cryptography\\Defaults\\Provider\\Other]
"Image Path"=hex(2):25,00,00,00
[Policies\\Microsoft\\Windows\\ScPnP]
"EnableScPnP"=dword:00000000
END

mkhive() {
    hive=$1
    shift
    "${MKHIVE:?}" "$work/$hive" "$@"
}
cd "$work"
mkhive windows windows.reg
mkhive arm arm.reg
mkhive cards windows.reg cards.reg
mkhive rest windows.reg rest.reg
mkhive other arm.reg rest.reg
"$MKHIVE" --dirty dirty windows.reg
for entries in 1 3; do
    "$mklog" "$entries" dirty cards - "hvle$entries.LOG1"
done
"$mklog" 2 cards rest 5 next.LOG2
"$mklog" dirt dirty cards - dirt.LOG1

for hive in windows arm cards rest other dirty; do
    cp "$hive" "$out/hive/"
    "$mkseed" wire "$hive" >"$out/wire/$hive"
done
for log in hvle3 dirt; do
    "$mkseed" wire dirty "$log.LOG1" >"$out/wire/$log"
    "$mkseed" replay 7 dirty "$log.LOG1" >"$out/replay/$log-repaired"
    "$mkseed" replay 0 dirty "$log.LOG1" >"$out/replay/$log"
done
head -c 5000 windows >short
"$mkseed" wire short >"$out/wire/short" 
"$mkseed" replay 7 dirty hvle1.LOG1 next.LOG2 >"$out/replay/two"
"$mkseed" replay 7 dirty hvle3.LOG1 next.LOG2 >"$out/replay/follow"
"$mkseed" replay 7 dirty next.LOG2 hvle3.LOG1 >"$out/replay/swapped"
"$mkseed" replay 7 dirty hvle3.LOG1 dirt.LOG1 >"$out/replay/mixed"
head -c 512 /dev/zero >zeros
tail -c +513 dirty | cat zeros - >baseless
"$mkseed" replay 6 baseless hvle3.LOG1 >"$out/replay/baseless"
cp "${srcdir:?}"/rules/*.yaml "$srcdir"/rules/examples/*.yaml "$out/rules/"
