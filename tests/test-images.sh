#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Disk images: the Windows in them is found, and audited as if its hive lay there alone.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

make_windows || exit
volume=$tmp/volume raw=$tmp/disk.raw
# shellcheck disable=SC2086 # lists
{
    lacks $volume_tools || volume "$volume" "$tree" -p 2048 || exit
    lacks $disk_tools || mbr_disk "$raw" || exit
} >"$tmp/made" 2>&1

# ---- Raw disks and volumes ----

container 'a bare NTFS volume' "$volume_tools" vol.img - cp "$volume" vol.img
container 'a disk with an MBR' "$disk_tools" disk p1/ cp "$raw" disk
container 'a disk with extended partitions' "$disk_tools" disk.img p6/ extended_disk disk.img
container 'a disk with a GPT' "$disk_tools" disk.img p3/ gpt_disk disk.img
container 'a disk with an MBR and sectors of 4096 bytes' "$volume_tools" disk.img p1/ disk_4k disk.img mbr
container 'a disk with a GPT and sectors of 4096 bytes' "$volume_tools" disk.img p1/ disk_4k disk.img gpt
container 'a volume with sectors of 4096 bytes' "$volume_tools" vol.img - volume vol.img "$tree" -s 4096 -c 4096
container 'a volume with clusters of 512 bytes' "$volume_tools" vol.img - volume vol.img "$tree" -c 512
container 'a volume with clusters of 64 KiB' "$volume_tools" vol.img - volume vol.img "$tree" -c 65536
# The name tells nothing.
container 'a disk that is named as something else' "$disk_tools" disk.vmdk p1/ cp "$raw" disk.vmdk
split_raw() {
    split -b 5M --numeric-suffixes=1 -a 3 "$raw" disk.
}
container 'a disk split into parts' "$disk_tools" disk.001 p1/ split_raw

# The first copy of the table is damaged: the second is used, which is said.
gpt_second_copy() {
    gpt_disk disk.img && printf X | dd of=disk.img bs=1 seek=1060 conv=notrunc status=none
}
container 'a GPT whose first copy is damaged' "$disk_tools" disk.img p3/ gpt_second_copy

# ---- How a volume holds the hive ----

# The hive in pieces of one cluster, with those of another file between them.
fragmented() {
    cp -r "$tree" win && : >"win/$hive_way" && : >win/other && volume vol.img "$PWD/win" && rm -r win || return
    fragment_at=0
    while [ "$fragment_at" -lt "$(stat -c %s "$tmp/broken.hive")" ]; do
        ntfsfallocate -n -o "$fragment_at" -l 4096 vol.img "$hive_way" && ntfsfallocate -n -o "$fragment_at" -l 4096 vol.img other ||
            return
        fragment_at=$((fragment_at + 4096))
    done
    ntfscp -q vol.img "$tmp/broken.hive" "$hive_way"
}
container 'a hive in fragments' "$volume_tools ntfsfallocate ntfscp" vol.img - fragmented
# ntfscp compresses what it copies to the root of a volume with compression.
compressed() {
    truncate -s 12M vol.img && mkntfs -F -Q -q -C vol.img && ntfscp -q vol.img "$tmp/broken.hive" SOFTWARE &&
        ntfsinfo -F SOFTWARE vol.img | grep -q 'File attributes:.*COMPRESSED'
}
compressed_hive_is_audited() {
    leaves_alone "$dir" reports 1 --all-copies "$dir/vol.img" &&
        python3 "$compare" --hive "$tmp/out" "$dir/vol.img!/SOFTWARE" "$wanted_hive"
}
if prepare 'a hive that NTFS compresses' "$volume_tools ntfscp ntfsinfo" compressed; then
    check 'a hive that NTFS compresses' compressed_hive_is_audited
fi
# A link is a reparse point, which another tag makes a file that Compact OS (WOF) compresses: it reads as zeros.
wof_volume() {
    volume vol.img "$PWD/win" && rm -r win && python3 - vol.img <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    volume = file.read()
    assert b"\x0c\0\0\xa0" in volume
    file.seek(0)
    file.write(volume.replace(b"\x0c\0\0\xa0", b"\x17\0\0\x80"))
END
}
wof() {
    cp -r "$tree" win && ln -sf ntuser.dat "win/$hive_way" && wof_volume
}
refused 'a hive that Compact OS compresses is said' "$volume_tools python3" vol.img 'WOF|Compact OS' wof
# Compact OS compresses nearly all DLLs, and no hive: such a Windows is as sound as any.
wof_dlls() {
    windows win "$tmp/stock.hive" || return
    for wof_dll in win/Windows/*/*.dll; do
        ln -sf ntuser.dat "$wof_dll" || return
    done
    wof_volume
}
wof_dlls_are_there() {
    leaves_alone "$dir" reports 0 "$dir/vol.img" && same 1 "$(grep -c 'WOF' "$tmp/out")" &&
        silent '"rule": "module-' "$tmp/out"
}
if prepare 'DLLs that Compact OS compresses are there' "$volume_tools python3" wof_dlls; then
    check 'DLLs that Compact OS compresses are there' wof_dlls_are_there
fi
# What was not written back is missing: that is said, and the hive is audited.
hibernated() {
    { printf hibr && head -c 8188 /dev/zero; } >hiberfil.sys && cp "$volume" vol.img && ntfscp -q vol.img hiberfil.sys hiberfil.sys &&
        rm hiberfil.sys
}
hibernation_is_said() {
    is_audited "$dir/vol.img" '' && says 'hibernated' "$tmp/out"
}
if prepare 'a volume of a hibernated Windows is audited, and that is said' "$volume_tools ntfscp" hibernated; then
    check 'a volume of a hibernated Windows is audited, and that is said' hibernation_is_said
fi

# ---- Expert Witness ----

# ewf NAME OPTION...: an E01 of the disk.
ewf() {
    ewf_name=$1
    shift
    ewfacquire -u -q -t "$ewf_name" -C 1 -D disk -e examiner -E 1 -N none "$@" "$raw"
}
ewf_tools="$disk_tools ewfacquire"
container 'an E01' "$ewf_tools" disk.E01 p1/ ewf disk -c fast
container 'an E01 without compression' "$ewf_tools" disk.E01 p1/ ewf disk -c none
container 'an E01 in segments' "$ewf_tools" disk.E01 p1/ ewf disk -c none -S 1MiB
container 'an E01 of EnCase 7' "$ewf_tools" disk.E01 p1/ ewf disk -f encase7 -c best
container 'an E01 of FTK' "$ewf_tools" disk.E01 p1/ ewf disk -f ftk

# ---- Images of virtual machines ----

# qemu FORMAT FILE [OPTION...]: the disk in another format.
qemu() {
    qemu_format=$1 qemu_file=$2
    shift 2
    qemu-img convert -f raw -O "$qemu_format" "$@" "$raw" "$qemu_file"
}
qemu_tools="$disk_tools qemu-img"
container 'a qcow2 of version 2' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -o compat=0.10
container 'a qcow2 of version 3' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -o compat=1.1
container 'a qcow2 with clusters of 512 bytes' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -o cluster_size=512
container 'a qcow2 with clusters of 2 MiB' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -o cluster_size=2M
container 'a qcow2 compressed by zlib' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -c -o compression_type=zlib
container 'a qcow2 compressed by zstd' "$qemu_tools" disk.qcow2 p1/ qemu qcow2 disk.qcow2 -c -o compression_type=zstd

# overlay FORMAT OPTION...: top.qcow2 on a backing file base, which lacks 64 KiB of the hive that top has. Only
# the two together hold a Windows.
overlay() {
    overlay_format=$1
    shift
    hive_at=$(offset_of "$tmp/broken.hive" "$raw") && overlay_at=$((hive_at / 65536 * 65536)) &&
        dd if="$raw" of=piece bs=65536 skip=$((overlay_at / 65536)) count=1 status=none && cp "$raw" base.raw &&
        dd if=/dev/zero of=base.raw bs=65536 seek=$((overlay_at / 65536)) count=1 conv=notrunc status=none || return
    if [ "$overlay_format" = raw ]; then
        mv base.raw base
    else
        qemu-img convert -f raw -O "$overlay_format" "$@" base.raw base && rm base.raw || return
    fi
    qemu-img create -q -f qcow2 -b base -F "$overlay_format" top.qcow2 &&
        qemu-io -f qcow2 -c "write -q -s piece $overlay_at 65536" top.qcow2 && rm piece
}
overlay_tools="$qemu_tools qemu-io"
container 'a qcow2 on a raw backing file' "$overlay_tools" top.qcow2 p1/ overlay raw
container 'a qcow2 on a qcow2' "$overlay_tools" top.qcow2 p1/ overlay qcow2
container 'a qcow2 on one compressed by zstd' "$overlay_tools" top.qcow2 p1/ overlay qcow2 -c -o compression_type=zstd

container 'a sparse VMDK' "$qemu_tools" disk.vmdk p1/ qemu vmdk disk.vmdk -o subformat=monolithicSparse
container 'a streamOptimized VMDK' "$qemu_tools" disk.vmdk p1/ qemu vmdk disk.vmdk -o subformat=streamOptimized
container 'a flat VMDK' "$qemu_tools" disk.vmdk p1/ qemu vmdk disk.vmdk -o subformat=monolithicFlat
# The names that the descriptor gives are no longer true.
renamed_vmdk() {
    qemu vmdk disk.vmdk -o subformat="$1" && mv disk.vmdk evidence.bin
}
container 'a sparse VMDK that was renamed' "$qemu_tools" evidence.bin p1/ renamed_vmdk monolithicSparse
container 'a streamOptimized VMDK that was renamed' "$qemu_tools" evidence.bin p1/ renamed_vmdk streamOptimized
container 'a flat VMDK whose descriptor was renamed' "$qemu_tools" evidence.bin p1/ renamed_vmdk monolithicFlat
# The volume lies across the end of the first extent.
extents() {
    truncate -s 2056M wide.raw && sfdisk -q wide.raw <<'END' && place "$volume" wide.raw 4186112 &&
label: dos
start=4186112, size=24576, type=7
END
        qemu-img convert -f raw -O vmdk -o subformat="$1" wide.raw disk.vmdk && rm wide.raw && [ "$(find . -type f | wc -l)" -eq 3 ]
}
container 'a VMDK of sparse extents of 2 GB' "$qemu_tools" disk.vmdk p1/ extents twoGbMaxExtentSparse
container 'a VMDK of flat extents of 2 GB' "$qemu_tools" disk.vmdk p1/ extents twoGbMaxExtentFlat

container 'a fixed VHD' "$qemu_tools" disk.vhd p1/ qemu vpc disk.vhd -o subformat=fixed
container 'a dynamic VHD' "$qemu_tools" disk.vhd p1/ qemu vpc disk.vhd -o subformat=dynamic
container 'a dynamic VHDX' "$qemu_tools" disk.vhdx p1/ qemu vhdx disk.vhdx -o subformat=dynamic
container 'a fixed VHDX' "$qemu_tools" disk.vhdx p1/ qemu vhdx disk.vhdx -o subformat=fixed
container 'a dynamic VDI' "$qemu_tools" disk.vdi p1/ qemu vdi disk.vdi
container 'a fixed VDI' "$qemu_tools" disk.vdi p1/ qemu vdi disk.vdi -o static=on
gpt_qcow2() {
    gpt_disk disk.raw && qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2 && rm disk.raw
}
container 'a qcow2 with a GPT' "$qemu_tools" disk.qcow2 p3/ gpt_qcow2

# ---- Images that are not whole, or lead elsewhere ----

missing_part() {
    split_raw && rm "$1"
}
refused 'a part that is missing in the middle is said' "$disk_tools" disk.001 'disk\.002' missing_part disk.002
missing_segment() {
    ewf disk -c none -S 1MiB && rm "$1"
}
refused 'a segment of an E01 that is missing is said' "$ewf_tools" disk.E01 'segment' missing_segment disk.E03
refused 'so is the last one' "$ewf_tools" disk.E01 'segment' missing_segment disk.E17

# damaged_ewf FILE OFFSET: a byte of a chunk that holds this file is another.
damaged_ewf() {
    ewf disk -c none && damaged_at=$(offset_of "$1" disk.E01) && printf X |
        dd of=disk.E01 bs=1 seek=$((damaged_at + $2)) conv=notrunc status=none
}
refused 'a chunk of an E01 with a wrong checksum is said, and is no hive' "$ewf_tools" disk.E01 'checksum|damaged' \
    damaged_ewf "$tmp/broken.hive" 300
lonely_file() {
    cp -r "$tree" lonely && seq 100000 >lonely/seq && volume vol "$PWD/lonely" -p 2048 && truncate -s 16M lonely.raw &&
        cp "$raw" lonely.raw && place vol lonely.raw 2048 && raw=$PWD/lonely.raw && damaged_ewf lonely/seq 300000 &&
        rm -r lonely lonely.raw vol
}
container 'one that no hive is in does no harm' "$ewf_tools" disk.E01 p1/ lonely_file

# cut_hive FILE COMMAND...: makes an image and cuts it inside the hive.
cut_hive() {
    cut_file=$1
    shift
    "$@" && cut_at=$(offset_of "$tmp/broken.hive" "$cut_file") && truncate -s $((cut_at + 3000)) "$cut_file"
}
refused 'a disk that is cut short is said' "$disk_tools" disk.img . cut_hive disk.img cp "$raw" disk.img
refused 'so is a qcow2' "$qemu_tools" disk.qcow2 . cut_hive disk.qcow2 qemu qcow2 disk.qcow2
refused 'and a VMDK' "$qemu_tools" disk.vmdk . cut_hive disk.vmdk qemu vmdk disk.vmdk
refused 'and a VHD' "$qemu_tools" disk.vhd . cut_hive disk.vhd qemu vpc disk.vhd
refused 'and a VHDX' "$qemu_tools" disk.vhdx . cut_hive disk.vhdx qemu vhdx disk.vhdx
refused 'and a VDI' "$qemu_tools" disk.vdi . cut_hive disk.vdi qemu vdi disk.vdi
refused 'and an E01' "$ewf_tools" disk.E01 . cut_hive disk.E01 ewf disk -c none

# Of what is compressed, half is left: that may be enough.
cut_in_half() {
    half_file=$1
    shift
    "$@" && truncate -s $(($(stat -c %s "$half_file") / 2)) "$half_file"
}
is_truthful() {
    is_refused "$1" . || is_audited "$1" p1/
}
for format in 'qcow2 -c' 'vmdk -o subformat=streamOptimized'; do
    name="half of a compressed image (${format%% *}) is never taken for the whole"
    # shellcheck disable=SC2086 # a list
    if prepare "$name" "$qemu_tools" cut_in_half disk qemu ${format%% *} disk ${format#* }; then
        check "$name" is_truthful "$dir/disk"
    fi
done

missing_extent() {
    qemu vmdk disk.vmdk -o subformat=monolithicFlat && rm disk-flat.vmdk
}
refused 'an extent that is missing is named' "$qemu_tools" disk.vmdk 'disk-flat\.vmdk' missing_extent
missing_base() {
    overlay raw && rm base
}
refused 'so is a backing file' "$overlay_tools" top.qcow2 'base' missing_base

# elsewhere NAME: what is needed lies outside the folder, where the image says.
outside=$tmp/outside
elsewhere() {
    mkdir -p "$outside" && overlay raw && mv base "$outside/base" && qemu-img rebase -u -F raw -b "$1" top.qcow2
}
refused 'a backing file outside the folder is not followed' "$overlay_tools" top.qcow2 'outside|folder' elsewhere "$outside/base"
refused 'nor is one above it' "$overlay_tools" top.qcow2 'outside|folder' elsewhere ../outside/base
refused 'nor is one below it' "$overlay_tools" top.qcow2 'outside|folder' elsewhere ./../outside/base
refused 'nor is a protocol' "$overlay_tools" top.qcow2 . elsewhere "nbd://localhost:10809/disk"
refused 'nor is JSON' "$overlay_tools" top.qcow2 . elsewhere "json:{\"driver\":\"raw\",\"file.filename\":\"$outside/base\"}"
linked_base() {
    mkdir -p "$outside" && overlay raw && mv base "$outside/base" && ln -s "$outside/base" base
}
refused 'nor is a link that leads out' "$overlay_tools" top.qcow2 . linked_base
vmdk_elsewhere() {
    mkdir -p "$outside" && qemu vmdk disk.vmdk -o subformat=monolithicFlat && mv disk-flat.vmdk "$outside" &&
        sed -i 's|"disk-flat.vmdk"|"../outside/disk-flat.vmdk"|' disk.vmdk
}
refused 'nor is an extent outside the folder' "$qemu_tools" disk.vmdk 'outside|folder' vmdk_elsewhere
loop() {
    overlay qcow2 && qemu-img rebase -u -F qcow2 -b top.qcow2 base
}
refused 'a backing file that leads in circles comes to an end' "$overlay_tools" top.qcow2 . loop
external_data() {
    qemu qcow2 disk.qcow2 -o data_file=disk.data
}
refused 'a qcow2 with an external data file is refused' "$qemu_tools" disk.qcow2 'data (file|in another)' external_data

# ---- What lies on a disk ----

empty_volume() {
    mkdir -p empty/Documents && seq 1000 >empty/Documents/numbers && volume vol.img "$PWD/empty" && rm -r empty
}
refused 'a volume without a Windows is nothing to audit' "$volume_tools" vol.img 'nothing to audit' empty_volume
blank_disk() {
    disk disk.img 4M <<'END'
label: dos
start=2048, size=4096, type=7
END
}
refused 'so is a disk without a file system' sfdisk disk.img 'nothing to audit' blank_disk
zeros() {
    truncate -s 1M zeros
}
refused 'zeros are no image' '' zeros . zeros
encrypted_hive() {
    mkdir -p win && windows win "$tmp/broken.hive" && printf '\377\376garbage' >"win/$hive_way" && volume vol.img "$PWD/win" && rm -r win
}
refused 'a SOFTWARE that is no hive is said' "$volume_tools" vol.img 'hive' encrypted_hive

# Two of them, one clean: each is named by its partition.
two_windows() {
    windows one "$tmp/broken.hive" && windows two "$tmp/stock.hive" && volume one.vol "$PWD/one" -p 2048 &&
        volume two.vol "$PWD/two" -p 26624 && disk disk.img 26M <<'END' &&
label: dos
start=2048, size=24576, type=7
start=26624, size=24576, type=7
END
        place one.vol disk.img 2048 && place two.vol disk.img 26624 && rm -r ./*.vol
}
all_windows_are_audited() {
    learn "$dir/two" "$tmp/two.json" && rm -r "$dir/one" "$dir/two" && leaves_alone "$dir" reports 1 "$dir/disk.img" &&
        is_about "$dir/disk.img!/p1/$hive_way" "$wanted" "$dir/disk.img!/p2/$hive_way" "$tmp/two.json"
}
if prepare 'two Windows on a disk are both audited' "$disk_tools" two_windows; then
    check 'two Windows on a disk are both audited' all_windows_are_audited
fi

# A dirty hive with its logs, which add a fault, and one without them.
dirty_windows() {
    printf 'Windows Registry Editor Version 5.00\n\n[%s]\n"ATR"=hex:3b,04,51,ff,08,00\n"ATRMask"=hex:ff,ff,ff,00,ff,ff\n' \
        'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Of the log' >"$tmp/of-log.reg"
    windows win "$tmp/stock.hive" && logged_hive "win/$hive_way" "${stock:?}" "$tmp/of-log.reg" && "$@" &&
        volume vol.img "$PWD/win" && mv win "$tmp/win-$prepare_count"
}
logs_are_replayed() {
    learn "$tmp/win-$prepare_count" "$tmp/dirty.json" && leaves_alone "$dir" reports 1 "$dir/vol.img" &&
        says '"state": "dirty-recovered"' "$tmp/out" && says 'Of the log' "$tmp/out" &&
        is_about "$dir/vol.img!/$hive_way" "$tmp/dirty.json"
}
if prepare 'a dirty hive is recovered by the logs beside it in the image' "$volume_tools" dirty_windows true; then
    check 'a dirty hive is recovered by the logs beside it in the image' logs_are_replayed
fi
lower_case_logs() {
    mv "win/$hive_way.LOG1" win/Windows/System32/config/software.log1
}
if prepare 'so it is by logs in other letter case' "$volume_tools" dirty_windows lower_case_logs; then
    check 'so it is by logs in other letter case' logs_are_replayed
fi
lost_logs() {
    rm "win/$hive_way.LOG1"
}
lost_logs_are_said() {
    leaves_alone "$dir" reports 3 "$dir/vol.img" && says '"state": "dirty-unrecovered"' "$tmp/out" &&
        reports 0 --allow-dirty "$dir/vol.img"
}
if prepare 'without them the audit is incomplete' "$volume_tools" dirty_windows lost_logs; then
    check 'without them the audit is incomplete' lost_logs_are_said
fi

# Copies: RegBack, windows.old, $WINDOWS.~BT and a hive under another name.
# shellcheck disable=SC2016
setup='$WINDOWS.~BT/NewOS'
copies() {
    cp -r "$tree" win && mkdir -p win/Windows/System32/config/RegBack win/Temp &&
        cp "$tmp/stock.hive" win/Windows/System32/config/RegBack/SOFTWARE && windows win/Windows.old "$tmp/stock.hive" &&
        windows "win/$setup" "$tmp/stock.hive" && cp "$tmp/stock.hive" win/Temp/saved.bak && volume vol.img "$PWD/win" &&
        rm -r win
}
only_all_copies() {
    is_audited "$dir/vol.img" '' && leaves_alone "$dir" reports 1 --all-copies "$dir/vol.img" || return
    same "$(printf "$dir/vol.img!/%s\n" "$setup/$hive_way" Temp/saved.bak "$hive_way" \
        Windows/System32/config/RegBack/SOFTWARE "Windows.old/$hive_way" | sort)" \
        "$(sed -n 's/^      "name": "\(.*\)",$/\1/p' "$tmp/out" | sort)"
}
if prepare 'copies are audited with --all-copies, and only then' "$volume_tools" copies; then
    check 'copies are audited with --all-copies, and only then' only_all_copies
fi

system_option() {
    hive other-system <<'END' && audit 1 --system="$tmp/other-system.hive" "$dir/vol.img" && says ksp-not-registered "$tmp/out"
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000001
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Cryptography\Providers\Contoso Key Storage Provider]
"Aliases"=hex(7):00,00
END
}
if prepare '--system takes the place of the SYSTEM hive of the image' "$volume_tools" cp "$volume" vol.img; then
    check '--system takes the place of the SYSTEM hive of the image' system_option
fi

# ---- Images in several files ----

# hashes FILE...: the digests before and after are those of these files of the folder, which all belong to the
# image in the first; likewise where all of them are candidates, in any order of workers.
hashes() {
    audit 1 -q --hash -o json "$dir/$1" || return
    for hashed; do
        echo "unchanged $(sum "$dir/$hashed") $dir/$hashed"
    done >"$tmp/sums"
    same "$(cat "$tmp/sums")" "$(query "$tmp/out" '["{state} {sha256_before} {name}".format(**i) for i in d["inputs"]]')" &&
        audit 1 -q -j1 --fail-on=error --hash -o json "$dir" && mv "$tmp/out" "$tmp/one" &&
        audit 1 -q -j3 --fail-on=error --hash -o json "$dir" && cmp "$tmp/one" "$tmp/out"
}
# all_hash FILE...: the same of names that a pattern found, which are several.
all_hash() {
    [ $# -gt 1 ] && hashes "$@"
}
backed() {
    cp "$raw" base.img && qemu-img create -q -f qcow2 -b base.img -F raw disk.qcow2
}
if prepare '--hash takes the parts of a raw disk' "$disk_tools" split_raw; then
    cd "$dir" && set -- disk.0* && cd "$OLDPWD" || exit
    check '--hash takes the parts of a raw disk' all_hash "$@"
fi
if prepare '--hash takes the segments of an E01' "$ewf_tools" ewf disk -c none -S 5MiB; then
    cd "$dir" && set -- disk.E* && cd "$OLDPWD" || exit
    check '--hash takes the segments of an E01' all_hash "$@"
fi
if prepare '--hash takes the backing file of a qcow2' "$qemu_tools" backed; then
    check '--hash takes the backing file of a qcow2' hashes disk.qcow2 base.img
fi

# ---- Sizes ----

# Terabytes, which are holes but for the tables and the volume, near the end.
terabytes() {
    disk disk.img 4T <<'END' && place "$volume" disk.img 8000000000
label: gpt
start=2048, size=4194304
start=8000000000, size=24576
END
}
container 'a disk of 4 TB' "$disk_tools" disk.img p2/ terabytes
terabytes_qcow2() {
    terabytes && qemu-img create -q -f qcow2 -b disk.img -F raw top.qcow2
}
container 'a qcow2 on it' "$qemu_tools" top.qcow2 p2/ terabytes_qcow2
rm -rf "$dir" "$outside"
done_testing
