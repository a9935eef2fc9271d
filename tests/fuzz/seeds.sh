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
for target in baseline disk fve hive inf manifest message partitions reg replay rules system waivers wire; do
    mkdir -p "$out/$target"
done
PATH=$PATH:/usr/sbin:/sbin

text() {
    printf 'Windows Registry Editor Version 5.00\n\n' >"$work/$1.reg"
    sed 's/^\[/[HKEY_LOCAL_MACHINE\\SOFTWARE\\/' >>"$work/$1.reg"
}

# poke FILE OFFSET BYTES: BYTES are of printf.
poke() {
    # shellcheck disable=SC2059
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# damage HIVE NAME OUT: overwrites the signatures of a hive's first bin and of the keys of a name.
damage() {
    cp "$1" "$3"
    poke "$3" 4096 x
    LC_ALL=C grep -abo "$2" "$3" | while IFS=: read -r place _; do
        poke "$3" $((place - 76)) xx
    done
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
# Entries that get in each other's way, and cards that were seen.
text crowd <<END
[$calais\\SmartCards\\A]
"ATR"=hex:3b,04,51,00,08,00
"ATRMask"=hex:ff,ff,ff,00,ff,ff
"80000001"="a.dll"
[$calais\\SmartCards\\Same cards, other driver]
"ATR"=hex:3b,04,51,00,08,00
"ATRMask"=hex:ff,ff,ff,00,ff,ff
"80000001"="b.dll"
[$calais\\SmartCards\\Some of them]
"ATR"=hex:3b,04,51,07,08,00
"80000001"="b.dll"
[$calais\\SmartCards\\Overlap]
"ATR"=hex:3b,04,00,07,00,00
"ATRMask"=hex:ff,ff,00,ff,00,00
"Crypto Provider"="Other"
[$calais\\SmartCards\\Same historical bytes]
"ATR"=hex:3b,14,11,51,07,08,00
"80000001"="c.dll"
[$calais\\SmartCards\\As text]
"ATR"="3b 04 51 07 08 00"
[$calais\\SmartCards\\Mask of another length]
"ATR"=hex:3b,04,51,07,08,00
"ATRMask"=hex:ff,ff
[$calais\\SmartCards\\Identity Device (NIST SP 800-73 [PIV])]
"80000001"="msclmd.dll"
[Wow6432Node\\$calais\\SmartCards\\A]
"ATR"=hex:3b,04,51,00,08,00
"ATRMask"=hex:ff,ff,ff,00,ff,ff
"80000001"="a.dll"
[$calais\\PIV Device ATR Cache]
"1"=hex:3b,04,51,07,08,00
"2"=hex:3b
[$calais\\IDMP ATR Cache]
"1"=hex:3b,04,51,07,08,01
"2"="3b"
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

# What a drive with files and a SYSTEM hive is asked for. The SYSTEM hive is that of hives/, and less.
text modules <<END
[$calais\\SmartCards\\There]
"80000001"="a.dll"
[$calais\\SmartCards\\Elsewhere]
"80000001"="D:\\\\x\\\\y.dll"
[$calais\\SmartCards\\By path]
"80000001"=hex(2):25,00,77,00,69,00,6e,00,64,00,69,00,72,00,25,00,5c,00,62,00,2e,00,64,00,6c,00,\\
  6c,00,00,00
"Smart Card Key Storage Provider"="Other"
[$calais\\SmartCards\\Folder]
"80000001"="C:\\\\Windows\\\\"
[$calais\\SmartCards\\Short]
"80000001"="C:\\\\PROGRA~1\\\\z.dll"
"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"
[Wow6432Node\\$calais\\SmartCards\\There]
"80000001"="a.dll"
[Microsoft\\Cryptography\\Defaults\\Provider\\Gone]
"Image Path"="gone.dll"
END
printf 'Windows Registry Editor Version 5.00\n\n' >"$work/ksps.reg"
sed 's/^\[/[HKEY_LOCAL_MACHINE\\SYSTEM\\/' >>"$work/ksps.reg" <<END
[Select]
"Current"=dword:00000007
"Default"=dword:00000002
[Setup]
[MountedDevices]
[ControlSet002\\Control\\Cryptography\\Providers\\Other]
"Aliases"=hex(7):41,00,00,00,42,00,00,00,00,00
[ControlSet002\\Control\\Cryptography\\Providers\\Other\\UM]
"Image"="a.dll"
[ControlSet002\\Control\\Cryptography\\Providers\\None]
[ControlSet002\\Services\\SCardSvr]
"Start"=dword:00000004
[ControlSet002\\Services\\CertPropSvc]
"Start"="4"
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
mkhive crowd windows.reg crowd.reg
mkhive rest windows.reg rest.reg
mkhive other arm.reg rest.reg
mkhive modules windows.reg modules.reg
mkhive ksps ksps.reg
"$MKHIVE" system "${srcdir:?}/hives/system.reg"
"$MKHIVE" --dirty dirty windows.reg
"$MKHIVE" --dirty unsaved ksps.reg
for entries in 1 3; do
    "$mklog" "$entries" dirty cards - "hvle$entries.LOG1"
done
"$mklog" 2 cards rest 5 next.LOG2
"$mklog" dirt dirty cards - dirt.LOG1
"$mklog" 2 dirty modules - modules.LOG1
"$mklog" 1 unsaved system - system.LOG1

for hive in windows arm cards crowd rest other dirty; do
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
damage cards Types damaged
"$mkseed" wire damaged >"$out/wire/damaged"
damage ksps None damaged-ksps
cp system ksps damaged-ksps unsaved short "$out/system/"
"$mkseed" drive modules - system >"$out/wire/system"
"$mkseed" drive modules - ksps >"$out/wire/ksps"
"$mkseed" drive modules - damaged-ksps >"$out/wire/damaged-ksps"
"$mkseed" drive modules - unsaved system.LOG1 >"$out/wire/system-logs"
"$mkseed" drive modules - short >"$out/wire/no-system"
"$mkseed" drive modules - - >"$out/wire/files"
"$mkseed" drive damaged - ksps >"$out/wire/damaged-files"
"$mkseed" drive dirty modules.LOG1 ksps >"$out/wire/before"
"$mkseed" replay 7 dirty hvle1.LOG1 next.LOG2 >"$out/replay/two"
"$mkseed" replay 7 dirty hvle3.LOG1 next.LOG2 >"$out/replay/follow"
"$mkseed" replay 7 dirty next.LOG2 hvle3.LOG1 >"$out/replay/swapped"
"$mkseed" replay 7 dirty hvle3.LOG1 dirt.LOG1 >"$out/replay/mixed"
head -c 512 /dev/zero >zeros
tail -c +513 dirty | cat zeros - >baseless
"$mkseed" replay 6 baseless hvle3.LOG1 >"$out/replay/baseless"
cp "$srcdir"/rules/*.yaml "$srcdir"/rules/examples/*.yaml "$out/rules/"

# waiver FIELD DAY: a waiver in a line.
waiver() {
    printf '%s\n' "- {rule: atr-outside-mask, $1, reason: r, owner: o, expires: $2}"
}
{ echo waivers: && waiver "key: 'A\\B'" 2026-11-21 && waiver "evidence: '*/SOFT*'" 2026-11-20; } >"$out/waivers/short"
{ echo waivers: && waiver "key: 'a\\x00\\ud800\\x1b', evidence: 'host?*'" 2027-01-31; } >"$out/waivers/escaped"
cat >"$out/waivers/long" <<END
waivers:
  - rule: atr-missing
    key: a\\b
    reason: >-
      over
      two lines
    owner: "J. \\u0044oe"
    expires: "2026-11-21"
END

# Reports: of a finding or two, twice in one document, and as lines.
finding() {
    printf '{"fingerprint":"%064d","rule":"r","severity":"error","view":"native","key":"%s","value":%s,"message":"m"}' \
        "$1" "$2" "$3"
}
head='"schema_version":"1","min_severity":"note"'
one="{\"name\":\"a\",\"findings\":[$(finding 1 'A\\B' null),$(finding 2 '\u0000\ud83d\ude00' '""')]}"
printf '%s' "{$head,\"evidence\":[$one,$one,{\"name\":\"b\",\"findings\":[]}]}" >"$out/baseline/report"
printf '%s\n%s\n' "{$head,${one#?}" "{$head,${one#?}" >"$out/baseline/lines"
printf '%s' "{$head,\"name\":\"a\",\"findings\":[{\"replay\":\"only-before\"},$(finding 1 K null)]}" >"$out/baseline/replayed"

# Manifests: of nothing, and of all that there may be.
cat >"$out/manifest/empty" <<'END'
{"kind":"hiveaudit-manifest","schema_version":"1","working_directory":null,"now":null,"arguments":[],
"tool":{"version":"fuzz","libraries":{}},"files":[],"evidence":[],"inputs":[],"exit_status":0}
END
cat >"$out/manifest/whole" <<'END'
{"kind":"hiveaudit-manifest","schema_version":"1","working_directory":"/a","now":"2026-11-21",
"arguments":["-q","\u0000\ud83d\ude00"],"tool":{"version":"1","libraries":{"hivex":"1","\u001b":"\u202e"}},
"files":[{"option":"rules","name":"a","sha256":"00"},{"option":"x\n","name":"\u0000","sha256":null}],
"evidence":[{"name":"a","status":"complete","findings":{"error":0,"warning":1,"note":2},"sha256":null},
{"name":"a","status":"failed","findings":{"error":9223372036854775807,"warning":-1,"note":0},"sha256":"00"}],
"inputs":[{"name":"a","role":"evidence","size":1,"state":"lost","sha256_before":"00"},
{"name":"b","role":"log","size":0,"state":"unread","sha256_before":null}],"exit_status":2}
END

# Images: what fuzz-disk.c takes, a letter and a small image. QEMU's VHD and VDI have large blocks:
# these are made smaller.
disk() {
    { printf %s "$1" && cat "$2"; } >"$out/disk/$3"
}

{ cat rest && head -c 5000 /dev/zero && tail -c 3000 rest; } >raw
truncate -s 20000 raw
for options in '-o cluster_size=512' '-o cluster_size=512,compat=0.10' \
    '-c -o cluster_size=512' '-c -o cluster_size=1024,compression_type=zstd'; do
    # The options are several words.
    # shellcheck disable=SC2086
    qemu-img convert -f raw -O qcow2 $options raw image
    disk q image "$(printf %s "qcow2$options" | tr -cs 'a-z0-9\n' -)"
done
qemu-img create -q -f qcow2 -o cluster_size=512 -u -b raw -F raw image 20000
disk q image qcow2-backing
qemu-img convert -f raw -O vpc -o subformat=fixed,force_size=on raw image
disk v image vhd-fixed
for type in 3 4; do
    qemu-img create -q -f vpc -o force_size=on image 40960
    truncate -s -512 image
    poke image 540 '\000\000\000\012\000\000\020\000'
    poke image 63 "\\00$type"
    truncate -s 2048 image
    poke image 1536 '\000\000\000\004\377\377\377\377\000\000\000\015'
    { printf '\252\360' && head -c 510 /dev/zero && head -c 4096 raw; } >block
    { cat image block block && head -c 512 image; } >sparse
    disk v sparse "vhd-$type"
done
qemu-img create -q -f vdi image 40960
map=$(od -An -tu4 -j340 -N4 image)
truncate -s $((map + 512)) image
poke image 340 "$(printf '\\%03o\\%03o' $((map % 256)) $((map / 256)))"
poke image 344 "$(printf '\\%03o\\%03o' $(((map + 512) % 256)) $(((map + 512) / 256)))"
poke image 376 '\000\020\000\000'
poke image 384 '\012\000\000\000'
poke image "$((map))" '\001\000\000\000\377\377\377\377\000\000\000\000\376\377\377\377'
{ cat image && head -c 8192 raw; } >sparse
disk d sparse vdi

# Partition tables: what fuzz-partitions.c takes, a byte of bits and the start of a disk.
partitions() {
    name=$1 bits=$2 bytes=$3
    rm -f table
    truncate -s 16M table
    sfdisk -q table >/dev/null
    # shellcheck disable=SC2059
    { printf "$bits" && head -c "$bytes" table; } >"$out/partitions/$name"
}

printf 'label: dos\nsize=1M\n4: size=2M\n' | partitions mbr '\001' 512
printf 'label: dos\nsize=2, type=7\nsize=2M, type=7\n' | partitions small '\000' 2048
printf 'label: gpt\ntable-length: 8\nsize=1M\nsize=2M\n' | partitions gpt '\003' 2048
printf 'label: gpt\nsize=1M\nsize=2M\n' | partitions gpt-128 '\001' 17408
{
    printf '\005' && head -c 512 table && head -c 3584 /dev/zero
    tail -c +513 table | head -c 4000
} >"$out/partitions/gpt-4096"
{
    printf '\011' && head -c 512 table && head -c 3584 /dev/zero
    tail -c 512 table
} >"$out/partitions/gpt-second"
# Logical partitions, moved together: the chain starts at sector 1, its next link is sector 3.
printf 'label: dos\nsize=1M\nsize=10M, type=f\n5: size=1M\n6: size=1M\n' |
    partitions chain '\001' 512
poke "$out/partitions/chain" 471 '\001\000\000\000'
tail -c +$((2 * 1048576 + 1)) table | head -c 512 >logical
poke logical 454 '\001\000\000\000\001\000\000\000'
poke logical 470 '\002\000\000\000\002\000\000\000'
{ cat logical && head -c 512 /dev/zero && cat logical; } >>"$out/partitions/chain"

# little SIZE NUMBER...: writes numbers of so many bytes, little-endian.
little() {
    little_size=$1
    shift
    for number; do
        for _ in $(seq "$little_size"); do
            # shellcheck disable=SC2059
            printf "\\$(printf %03o $((number % 256)))"
            number=$((number / 256))
        done
    done
}

# What fuzz-message.c takes.
{
    little 1 0 && little 8 5 && printf p3/vs && little 1 1 && little 8 2 && printf p3
    little 4 1 && little 8 131000000000000000 && little 1 1 && little 8 4 && printf havw
} >"$out/message/item"
little 1 0 >bare
{ cat bare && little 8 0 && little 1 0 && little 4 0 && little 8 0 && little 1 0 && little 8 0; } \
    >"$out/message/bare"
little 1 1 >"$out/message/end"
{ little 1 2 && little 4 3; } >"$out/message/need"

# BitLocker: what fuzz-fve.c takes. A boot sector, the metadata behind it; nothing is encrypted.
# entry TYPE VALUE: an entry that holds its input.
entry() {
    cat >data
    little 2 $(($(wc -c <data) + 8)) "$1" "$2" 1
    cat data
}

bytes() {
    head -c "$1" /dev/zero | tr '\0' k
}

# protector PROTECTION: seals a key with the one that stands beside it.
protector() {
    { bytes 24 && little 2 0 "$1" && cat keys; } >protected
    entry 2 8 <protected
}

{ little 4 8192 && bytes 32; } | entry 0 1 >key
{ cat key && bytes 72 | entry 0 5; } >keys
# fve NAME SIGNATURE OFFSET SECTOR-SIZE METHOD BEK: the GUID and all behind it are at an offset.
fve() {
    {
        protector 0 && protector 512 && protector 8192 && bytes 72 | entry 3 5
        little 8 69632 4096 | entry 15 15
    } >entries
    size=$(($(wc -c <entries) + 48))
    {
        printf %s -FVE-FS- && little 2 $(((size + 79) / 16)) 2 4 4 && little 4 0 0 0 0
        little 8 512 70000 90000 && little 8 0
        little 4 $size 1 48 $size && bytes 16 && little 4 0 "$5" && little 8 0 && cat entries
    } >metadata
    head -c 512 /dev/zero >volume
    poke volume 3 "$2"
    poke volume 11 "$(printf '\\%03o\\%03o' $(($4 % 256)) $(($4 / 256)))"
    poke volume "$3" '\073\326\147\111\051\056\330\112\203\231\366\243\071\343\320\001'
    little 8 512 70000 90000 | dd of=volume bs=1 seek=$(($3 + 16)) conv=notrunc status=none
    { little 2 "$(wc -c <"$6")" && cat "$6" volume metadata && bytes 3000; } >"$out/fve/$1"
}

{ bytes 24 && cat key; } | entry 6 9 >external
{ little 4 $(($(wc -c <external) + 48)) 1 48 && bytes 36 && cat external; } >bek
fve xts-128 '\055FVE-FS-' 160 512 32772 bek
fve xts-256 '\055FVE-FS-' 160 4096 32773 bek
fve to-go MSWIN4.1 424 512 32770 /dev/null

# Registry text: what fuzz-reg.c takes. One of every form that a line has, and what people get wrong.
cp cards.reg crowd.reg rest.reg modules.reg "$out/reg/"
printf 'REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\X]\r\n"a"=hex(2):e9,80,00\r\n"b"=hex(7):41,\\\r\n  ; x\r\n  00,00\r\n' \
    >"$out/reg/ansi"
printf '\357\273\277REGEDIT5\n[-HKEY_USERS\\x\\]\n[HKLM\\y\\\\z] ; [a]\n@=dword:1 ;\n"\303\251"=-\n"\351"=x\n' \
    >"$out/reg/utf8"
printf '; \351\r[HKEY_USERS\\]]\r"a"="C:\\b\\\\"\r"c"=hex,1\r 02,03\r"d"=hex(b):1,02,\\\r@="x"\r[\r#\r"e"="\\0"\r' \
    >"$out/reg/mistakes"
iconv -f UTF-8 -t UTF-16LE rest.reg | { printf '\377\376' && cat && printf '\0\0x'; } >"$out/reg/utf16"

# INFs: what fuzz-inf.c takes. A sound one for three processors, one of every form of an AddReg line,
# and what vendors get wrong.
cat >driver.inf <<'END'
[Version]
Signature="$Windows NT$"
[Manufacturer]
%V%=Cards,NTx86,NTamd64.6.1,NTamd64,NTarm64.10.0...16299
[Cards.NTx86]
%D%=Install,SCFILTER\CID_51ff0800
[Cards.NTamd64]
[Cards.NTamd64.6.1]
%D%=Install,SCFILTER\CID_51ff0800, SCFILTER\CID_00
[Cards.NTarm64.10.0...16299]
%D%=Install,SCFILTER\CID_51ff0800
[DefaultInstall.ntamd64]
AddReg=Native,Wow
CopyFiles=@card.dll
[Install.NT]
AddReg=Native
AddReg=Wow ; both
Include=umpass.inf
Needs=UmPass
[Install.NT.Services]
Include=umpass.inf
AddService=,2
[Native]
HKLM,%Key%\Test,"ATR",0x00000001,3b,04,51,ff,\ ; more
  08,00
HKLM , "%Key%\Test","80000001",,%11%\card.dll
[Wow]
HKLM,%Key%\Test,"ATR",0x00004001,3b,04,51,ff,08,00
[Strings]
V="Vendor ""of"" cards; and more"
D = Card reader
Key="SOFTWARE\Microsoft\Cryptography\Calais\SmartCards"
[Strings.0407]
V="Anderer"
END
cat >addreg.inf <<'END'
[DefaultInstall]
AddReg=A,B,,A
[A]
HKLM,k
HKLM,k,v
HKLM,k,,,default
HKCU,k,v,2,text
HKCR,k,v,0x20,"%%a%% 100%"
HKU,k,v,0x00010000,a,b,""
HKLM,k,v,0x00010008,c
HKLM,k,v,0x00020000,%SystemRoot%\x
HKLM,k,v,0x00010001,258
HKLM,k,v,0x00010001,1,2,3,4
HKLM,k,v,0x00020001,ff
HKLM,k,v,0x00380001,1
HKLM,k,v,4
HKLM,k,,4
HKLM,k,,0x10
HKLM,SOFTWARE\k,v,0x1000,x
HKLM,SOFTWARE\k,v,0x4000,x
HKLM,SOFTWARE\Wow6432Node\k,v,0x4000,x
[a]
HKR,,UpperFilters,0x10000,x
END
cat >mistakes.inf <<'END'
stray
[Manufacturer]
%V%=M,NTamd46,NTx86
N
[M.NTx86]
d=None,x
I
[DefaultInstall]
AddReg=A,None
[A
[A] tail
HKR,SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\x,v,,"open
HKLM,k,v,1,0x3b,3b04,zz
HKLM,k,v,0,3b,04
HKLM,k,v,flags,1
HKLM,k,v,0x5000,1
HKLM,k,v,0x30000,1
HKEY_LOCAL_MACHINE,k
HKLM,%V%%W%,%X%,,%none%
[Strings]
V="%W%"
W="%V%"
X="%X%"
Y
END
cp driver.inf addreg.inf mistakes.inf "$out/inf/"
iconv -f UTF-8 -t UTF-16LE addreg.inf | { printf '\377\376' && cat && printf '\0\0x'; } \
    >"$out/inf/utf16"
{ cat mistakes.inf && printf 'Z="\351"\0\r\n'; } >"$out/inf/ansi"

# Of both, what a worker sends.
for reg in crowd.reg mistakes utf16; do
    "$mkseed" reg "$out/reg/$reg" >"$out/wire/reg-$reg"
done
for inf in driver.inf mistakes.inf; do
    "$mkseed" inf "$out/inf/$inf" >"$out/wire/inf-$inf"
done
