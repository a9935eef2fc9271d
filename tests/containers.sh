# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What tests of images, archives and trees share, besides tap.sh and audit.sh: a Windows tree made of a
# sample hive, functions that put it into containers by Debian's tools, and what has to hold of each.

PATH=$PATH:/usr/sbin:/sbin # mkntfs, sfdisk
umask 022
compare=${srcdir:?}/tests/compare-reports.py
hive_way=Windows/System32/config/SOFTWARE

[ -z "${VALGRIND_OPTS-}" ] || skip_all 'Valgrind takes too long over images; unit tests read them under it'

command -v python3 >"${tmp:?}/which" || skip_all 'python3 is not installed, which compares reports'

# ---- The program without rights ----

# Root gives up its identity, so that nothing here needs it. The program gets a working folder and a
# $TMPDIR, which stay empty. It is copied, as others may not reach the folder that it was built in.
no_rights='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs'
chmod 755 "${tmp:?}" && mkdir -m 777 "$tmp/home" && cp "${HIVEAUDIT:?}" "$tmp/program" || exit
if [ "$(id -u)" -eq 0 ] && $no_rights "$tmp/program" --version >"$tmp/as" 2>&1; then
    HIVEAUDIT=$tmp/program
    echo '# the program runs as nobody'
else
    no_rights=
fi
cat >"$tmp/hiveaudit" <<END
#!/bin/sh
cd '$tmp/home' && TMPDIR='$tmp/home' exec $no_rights '$HIVEAUDIT' "\$@"
END
chmod 755 "$tmp/hiveaudit"
HIVEAUDIT=$tmp/hiveaudit

# ---- A Windows ----

# tiny_dll MACHINE FILE: as much of a PE file as tells the machine: its two bytes in octal, low one first.
tiny_dll() {
    {
        printf MZ && head -c 58 /dev/zero && printf '\100\000\000\000PE\000\000%b' "$1" && head -c 442 /dev/zero
    } >"$2"
}

# windows FOLDER SOFTWARE: a Windows with this hive, a SYSTEM hive and some modules.
windows() {
    mkdir -p "$1/Windows/System32/config" "$1/Windows/SysWOW64" "$1/Users" && cp "$2" "$1/$hive_way" &&
        cp "$tmp/system.hive" "$1/Windows/System32/config/SYSTEM" || return
    for windows_dll in ntdll.dll msclmd.dll basecsp.dll scksp.dll; do
        tiny_dll '\0144\0206' "$1/Windows/System32/$windows_dll" &&
            tiny_dll '\0114\0001' "$1/Windows/SysWOW64/$windows_dll" || return
    done
}

# A SYSTEM hive with Microsoft's smart card KSP and its alias, the name of the CSP.
system_hive() {
    hive system <<'END'
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000001
"Default"=dword:00000001
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\ComputerName\ComputerName]
"ComputerName"="CONTOSO-1"
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Cryptography\Providers\Microsoft Smart Card Key Storage Provider]
"Aliases"=hex(7):4d,00,69,00,63,00,72,00,6f,00,73,00,6f,00,66,00,74,00,20,00,42,00,61,00,73,00,65,00,20,\
  00,53,00,6d,00,61,00,72,00,74,00,20,00,43,00,61,00,72,00,64,00,20,00,43,00,72,00,79,00,70,00,74,00,6f,\
  00,20,00,50,00,72,00,6f,00,76,00,69,00,64,00,65,00,72,00,00,00,00,00
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Cryptography\Providers\Microsoft Smart Card Key Storage Provider\UM]
"Image"="scksp.dll"
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\SCardSvr]
"Start"=dword:00000003
END
}

# learn FOLDER REPORT: what hiveaudit says of a tree, to compare with.
learn() {
    "$HIVEAUDIT" -q -o json --fail-on=never "$1" >"$2" 2>"$tmp/err" || [ $? -eq 3 ]
}

# make_windows: a Windows in the folder $tree, of which all findings are known, which are those of broken.hive:
# $wanted is a report about it, and $wanted_hive one about its SOFTWARE hive alone.
make_windows() {
    tree=$tmp/tree wanted=$tmp/tree.json wanted_hive=$tmp/bare.json
    sample_hives && system_hive && mkdir "$tmp/bare" && cp "$tmp/broken.hive" "$tmp/bare/SOFTWARE" &&
        windows "$tree" "$tmp/broken.hive" && learn "$tmp/bare/SOFTWARE" "$wanted_hive" && learn "$tree" "$wanted"
}

# ---- What has to hold ----

# watch FOLDER...: all files below, with their bytes, times and rights.
watch() {
    find "$@" -printf '%p %y %s %m %U:%G %T@ %C@\n' | sort
    find "$@" -type f -size -256M -exec sha256sum {} + | sort
}

# leaves_alone FOLDER COMMAND...: runs a command, which changes nothing there, nor in $TMPDIR.
leaves_alone() {
    leaves_folder=$1
    shift
    watch "$leaves_folder" "$tmp/home" >"$tmp/before"
    "$@" || return
    watch "$leaves_folder" "$tmp/home" >"$tmp/after"
    cmp -s "$tmp/before" "$tmp/after" && return
    echo 'something was written:'
    diff "$tmp/before" "$tmp/after"
}

# reports STATUS ARGUMENT...: audits into $tmp/out, as JSON.
reports() {
    reports_want=$1 reports_status=0
    shift
    timeout 20 "$HIVEAUDIT" -o json "$@" >"$tmp/out" 2>"$tmp/err" || reports_status=$?
    [ "$reports_status" -eq "$reports_want" ] && return
    echo "got status $reports_status, want $reports_want: $*"
    head -n 20 "$tmp/err"
    grep -E '^      "(name|status|message)": ' "$tmp/out" | head -n 20
    return 1
}

# is_about [NAME REPORT]...: the last JSON report is about this evidence, and says of it what these say.
is_about() {
    python3 "$compare" "$tmp/out" "$@"
}

# is_audited FILE WAY...: what hiveaudit says of a container in which a copy of $tree lies at each of these
# places, "p1/" for example, is what it says of the hive alone and of the tree. $options may hold options.
options=
is_audited() {
    audited_file=$1
    shift
    # shellcheck disable=SC2086 # a list
    leaves_alone "${audited_file%/*}" reports 1 $options "$audited_file" || return
    audited_pairs=
    for audited_way; do
        audited_pairs="$audited_pairs $audited_file!/$audited_way$hive_way WANTED"
    done
    # No name has a blank.
    # shellcheck disable=SC2046
    python3 "$compare" --hive "$tmp/out" $(echo "$audited_pairs" | sed "s|WANTED|$wanted_hive|g") &&
        is_about $(echo "$audited_pairs" | sed "s|WANTED|$wanted|g")
}

# is_refused FILE PATTERN: nothing of a container is audited: status 3, a message that matches, and no report
# that calls anything complete.
is_refused() {
    # shellcheck disable=SC2086 # a list
    leaves_alone "${1%/*}" reports 3 $options "$1" && says "$2" "$tmp/err" &&
        silent '^      "status": "complete"' "$tmp/out"
}

# ---- Containers ----

# lacks TOOL...: says which is missing; fails where none is.
lacks() {
    for lacks_tool; do
        command -v "$lacks_tool" >"$tmp/which" && continue
        echo "$lacks_tool is not installed"
        return
    done
    return 1
}

# prepare NAME "TOOL..." COMMAND...: runs a command in an empty folder, $dir. Where that cannot be, the test is
# skipped, or has failed.
prepare() {
    prepare_name=$1 prepare_tools=$2
    shift 2
    # shellcheck disable=SC2086 # a list
    if prepare_lacks=$(lacks $prepare_tools); then
        skip "$prepare_name" "$prepare_lacks"
        return 1
    fi
    [ -z "${dir-}" ] || rm -rf "$dir"
    prepare_count=$((${prepare_count-0} + 1))
    dir=$tmp/container-$prepare_count
    mkdir "$dir" && (cd "$dir" && "$@") >"$tmp/made" 2>&1 && return
    not_ok "$prepare_name" "it could not be made:
$(tail -n 5 "$tmp/made")"
    return 1
}

# container NAME "TOOL..." FILE "WAY..." COMMAND...: the command makes a container of this name in the folder
# that it runs in. A way of "-" is the root.
container() {
    container_name=$1 container_tools=$2 container_file=$3 container_ways=$4
    shift 4
    prepare "$container_name" "$container_tools" "$@" || return 0
    set --
    for container_way in $container_ways; do
        set -- "$@" "${container_way#-}"
    done
    check "$container_name" is_audited "$dir/$container_file" "$@"
}

# refused NAME "TOOL..." FILE PATTERN COMMAND...: the same, of which nothing can be audited.
refused() {
    refused_name=$1 refused_tools=$2 refused_file=$3 refused_pattern=$4
    shift 4
    prepare "$refused_name" "$refused_tools" "$@" || return 0
    check "$refused_name" is_refused "$dir/$refused_file" "$refused_pattern"
}

# ---- Volumes and disks ----

# offset_of FILE IMAGE: where the first bytes of a file stand in an image.
offset_of() {
    python3 - "$1" "$2" <<'END'
import mmap, sys
with open(sys.argv[1], "rb") as file, open(sys.argv[2], "rb") as image:
    at = mmap.mmap(image.fileno(), 0, access=mmap.ACCESS_READ).find(file.read(512))
    print(at)
    sys.exit(at < 0)
END
}

# shellcheck disable=SC2034 # for the tests
volume_tools='mkntfs wimlib-imagex' disk_tools='mkntfs wimlib-imagex sfdisk'

# volume FILE FOLDER [OPTION...]: an NTFS volume of $volume_size with what is in a folder.
volume_size=12M
volume() {
    volume_file=$1 volume_folder=$2
    shift 2
    truncate -s "$volume_size" "$volume_file" && mkntfs -F -Q -q "$@" "$volume_file" &&
        wimlib-imagex capture --quiet --compress=none "$volume_folder" "$volume_file.wim" &&
        wimlib-imagex apply --quiet "$volume_file.wim" 1 "$volume_file" && rm "$volume_file.wim"
}

# place VOLUME DISK SECTOR [SECTOR-SIZE]: copies a volume into a disk; holes stay holes.
place() {
    dd if="$1" of="$2" bs="${4-512}" seek="$3" conv=notrunc,sparse status=none
}

# disk FILE SIZE: an empty disk, partitioned by a script of sfdisk on standard input.
disk() {
    truncate -s "$2" "$1" && sfdisk -q "$1"
}

# Disks of several layouts, with $volume, a volume of $tree.

mbr_disk() {
    disk "$1" 16M <<'END' && place "${volume:?}" "$1" 2048
label: dos
start=2048, size=24576, type=7, bootable
END
}

gpt_disk() {
    disk "$1" 20M <<'END' && place "$volume" "$1" 8192
label: gpt
start=2048, size=4096, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI system partition"
start=6144, size=2048, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE
start=8192, size=24576, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="Basic data partition"
END
}

# The Windows is the second logical partition.
extended_disk() {
    disk "$1" 24M <<'END' && place "$volume" "$1" 12288
label: dos
1: start=2048, size=2048, type=7
2: start=4096, size=40960, type=f
5: start=6144, size=4096, type=7
6: start=12288, size=24576, type=7
END
}

# disk_4k FILE mbr|gpt: sectors of 4096 bytes, for which sfdisk 2.38 has no option.
disk_4k() {
    truncate -s 16M "$1" && volume "$1.volume" "$tree" -s 4096 -c 4096 && place "$1.volume" "$1" 256 4096 &&
        rm "$1.volume" && python3 - "$1" "$2" <<'END'
import struct, sys, uuid, zlib

path, label = sys.argv[1:]
sector, first, count, sectors = 4096, 256, 3072, 4096
basic = uuid.UUID("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7").bytes_le
disk = uuid.UUID("00000000-0000-4000-8000-000000000001").bytes_le
part = uuid.UUID("00000000-0000-4000-8000-000000000002").bytes_le

def mbr(kind, start, size):
    entry = struct.pack("<B3sB3sII", 0, b"\0\2\0", kind, b"\xff" * 3, start, size)
    return bytes(446) + entry + bytes(48) + b"\x55\xaa"

def header(here, other, table_at, table):
    fields = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, here, other, 6, sectors - 6,
                         disk, table_at, 128, 128, zlib.crc32(table))
    return fields[:16] + struct.pack("<I", zlib.crc32(fields)) + fields[20:]

with open(path, "r+b") as file:
    def put(at, data):
        file.seek(at * sector)
        file.write(data)
    if label == "mbr":
        put(0, mbr(7, first, count))
    else:
        entry = basic + part + struct.pack("<QQQ", first, first + count - 1, 0)
        table = (entry + "Windows".encode("utf-16-le").ljust(72, b"\0")).ljust(128 * 128, b"\0")
        put(0, mbr(0xEE, 1, sectors - 1))
        put(1, header(1, sectors - 1, 2, table))
        put(2, table)
        put(sectors - 5, table)
        put(sectors - 1, header(sectors - 1, 1, sectors - 5, table))
END
}

# ---- WIMs ----

# wim FILE FOLDER COMPRESSION [OPTION...]
wim() {
    wim_file=$1 wim_folder=$2 wim_compression=$3
    shift 3
    wimlib-imagex capture --quiet --compress="$wim_compression" "$@" "$wim_folder" "$wim_file" 'Contoso golden image'
}
