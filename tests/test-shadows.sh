#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Volume shadow copies, BitLocker volumes and disks that build on others.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

make_windows || exit
corpus=${HIVEAUDIT_CORPUS:+$HIVEAUDIT_CORPUS/images}
# names: of the evidence of the last report.
names() {
    sed -n 's/^      "name": "\(.*\)",$/\1/p' "$tmp/out"
}

# ---- Shadow copies ----

shadow_tools="$volume_tools ntfscp python3"
# A volume of 16 MB whose SOFTWARE was first stock.hive, then fabrikam.hive, and is broken.hive now.
shadow_volume() {
    windows win "$tmp/stock.hive" && volume_size=16M && volume state-1 "$PWD/win" && cp state-1 state-2 &&
        ntfscp -q state-2 "$tmp/fabrikam.hive" "$hive_way" && cp state-2 vol.img &&
        ntfscp -q vol.img "$tmp/broken.hive" "$hive_way" || return
    # In the last 4 MB nothing lies but the copy of the boot sector, at their very end.
    python3 "$srcdir/tests/mkshadows.py" vol.img 12582912 state-1 state-2 && learn "$PWD/win" "$tmp/stock.json" &&
        cp "$tmp/fabrikam.hive" "win/$hive_way" && learn "$PWD/win" "$tmp/fabrikam.json" && rm -r win state-1 state-2
}
# The oldest is clean, and what is said of the middle one was not said before.
present_in() {
    reports 1 --shadow-copies=all "$image" && python3 - "$tmp/out" <<'END'
import json, sys
oldest, middle, now = ({f["rule"]: f["shadow_copies"] for f in evidence["findings"]}
                       for evidence in json.load(open(sys.argv[1]))["evidence"])
print(oldest, middle, now, sep="\n")
assert all(1 in stores for stores in oldest.values()), "of the oldest"
assert all(2 in stores for stores in middle.values()), "of the middle one"
assert now["atr-outside-mask"] == [], "what is new"
assert middle["retry-device-initialize-absent"] == [1, 2], "what was there before"
END
}
now_is_about() {
    reports 1 "$@" "$image" && is_about "$image!/$way$hive_way" "$wanted"
}
all_are_about() {
    leaves_alone "$dir" reports 1 "$@" "$image" && is_about "$image!/${way}vss1/$hive_way" "$tmp/stock.json" \
        "$image!/${way}vss2/$hive_way" "$tmp/fabrikam.json" "$image!/$way$hive_way" "$wanted"
}
# one_is_about LIST WAY REPORT
one_is_about() {
    reports "$4" --shadow-copies="$1" "$image" && is_about "$image!/${way}$2/$hive_way" "$3" "$image!/$way$hive_way" "$wanted"
}
creation_times_are_said() {
    reports 1 --shadow-copies=all "$image" && says '2024-01-17T22:20:00\.0000000Z' "$tmp/out" &&
        says '2024-01-17T23:20:00\.0000000Z' "$tmp/out" && audit 1 --shadow-copies=all "$image" &&
        says '2024-01-17T22:20:00' "$tmp/out"
}
no_such_shadow() {
    audit 3 --shadow-copies=7 "$image" && says '7' "$tmp/err"
}
no_shadows() {
    volume "$dir/plain.img" "$tree" >"$tmp/made" 2>&1 && audit 1 --shadow-copies=all "$dir/plain.img" &&
        says 'note: has no shadow copies' "$tmp/out"
}
way=
if prepare 'shadow copies are read where that is asked for' "$shadow_tools" shadow_volume; then
    image=$dir/vol.img
    check 'shadow copies are left alone where nobody asks for them' now_is_about
    check 'so they are by --shadow-copies=none' now_is_about --shadow-copies=none
    check '--shadow-copies=all reads them, the oldest first, then what is there now' all_are_about --shadow-copies=all
    check '--shadow-copies=2 reads one' one_is_about 2 vss2 "$tmp/fabrikam.json" 1
    check 'so does a list' all_are_about --shadow-copies=1,2
    check 'it is said when they were made' creation_times_are_said
    check 'a finding says in which of them it is' present_in
    check 'one that is not there is said' no_such_shadow
    check 'so it is where there are none at all' no_shadows
fi
shadow_disk() {
    shadow_volume && disk disk.raw 20M <<'END' && place vol.img disk.raw 2048 &&
label: dos
start=2048, size=32768, type=7
END
        qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2 && rm disk.raw vol.img
}
if prepare 'shadow copies in a partition of a qcow2' "$shadow_tools sfdisk qemu-img" shadow_disk; then
    image=$dir/disk.qcow2 way=p1/
    check 'shadow copies in a partition of a qcow2' all_are_about --shadow-copies=all
fi
# One of Windows' own making, in which no Windows lies: two stores are looked into, and say so.
real_shadows() {
    cp "$corpus/vsstest.qcow2" .
}
real_shadows_are_read() {
    options=--shadow-copies=all is_refused "$dir/vsstest.qcow2" 'nothing to audit'
}
name='a volume of Windows with shadow copies is looked into'
if [ -z "$corpus" ]; then
    skip "$name" 'HIVEAUDIT_CORPUS is not set'
elif prepare "$name" '' real_shadows; then
    check "$name" real_shadows_are_read
fi

# ---- BitLocker ----

# The volumes of the corpus and what it says of them, unpacked once.
bitlk=$tmp/bitlk-images
unpack_bitlocker() {
    [ -e "$bitlk" ] || tar -C "$tmp" -xf "$corpus/bitlk-images.tar.xz"
}
# bitlocker NAME: an encrypted volume as vol.img.
bitlocker() {
    unpack_bitlocker && cp "$bitlk/bitlk-$1.img" vol.img && chmod 644 vol.img
}
# fact NAME FIELD: what the corpus says of it.
fact() {
    unpack_bitlocker && sed -n "/^\[bitlk-$1\]/,/^\$/s/^$2=//p" "$bitlk/images.conf"
}
bek_of() {
    cat "$bitlk/$(fact "$1" SK_VMK_GUID | tr a-f A-F).BEK"
}

# mounted COMMAND...: runs a command while the decrypted volume is the file plain/dislocker-file, opened by
# the option $opener.
mounted() {
    mkdir plain && dislocker-fuse -V vol.img "$opener" -- plain || return
    mounted_status=0
    "$@" || mounted_status=$?
    mounted_tries=0
    until fusermount -u plain || [ "$mounted_tries" -ge 50 ]; do
        mounted_tries=$((mounted_tries + 1))
        sleep 0.1
    done
    rmdir plain && return "$mounted_status"
}
# What dislocker writes is in the file only after it has ended.
settle() {
    settle_tries=0
    while pgrep -f "dislocker-fuse -V vol.img $opener -- plain" >"$tmp/which" && [ "$settle_tries" -lt 50 ]; do
        settle_tries=$((settle_tries + 1))
        sleep 0.1
    done
}
fill() {
    mkntfs -F -Q -q plain/dislocker-file && wimlib-imagex capture --quiet --compress=none "$tree" tree.wim &&
        wimlib-imagex apply --quiet tree.wim 1 plain/dislocker-file && rm tree.wim
}
# filled NAME: an encrypted volume with $tree.
filled() {
    bitlocker "$1" && mounted fill && settle
}

bitlocker_tools="$volume_tools dislocker-fuse fusermount tar xz"
# is_locked IMAGE: without a key it is said that one is needed, and no key is shown.
is_locked() {
    is_refused "$1" 'BitLocker.*(key|password)|(key|password).*BitLocker'
}
# shows_no_key KEY: nothing that was printed holds it, in either format.
shows_no_key() {
    # shellcheck disable=SC2086 # a list
    silent "$1" "$tmp/out" && silent "$1" "$tmp/err" && audit 1 $options "$image" && silent "$1" "$tmp/out" && silent "$1" "$tmp/err"
}
# locked NAME OPTION KEY: the volume of this name, which an option of hiveaudit opens.
locked() {
    locked_name=$1 locked_option=$2 locked_key=$3
    image=$dir/vol.img
    options=
    check "BitLocker volume $locked_name: without a key that is said" is_locked "$image"
    options=$locked_option
    check "BitLocker volume $locked_name: with $4 it is audited" is_audited "$image" ''
    check "BitLocker volume $locked_name: $4 is not shown" shows_no_key "$locked_key"
    options=
}
# volume_by NAME password|recovery|bek
volume_by() {
    by_name=$1
    opener=-p$(fact "$1" RP)
    prepare "BitLocker volume $1 by $2" "$bitlocker_tools" filled "$1" || return 0
    case $2 in
    password)
        fact "$by_name" PW >"$tmp/password"
        locked "$by_name" "--bitlocker-password-file=$tmp/password" "$(fact "$by_name" PW)" 'its password'
        ;;
    recovery) locked "$by_name" "--recovery-key=$(fact "$by_name" RP)" "$(fact "$by_name" RP)" 'its recovery key' ;;
    bek)
        bek_of "$by_name" >"$tmp/startup.bek"
        locked "$by_name" "--bek=$tmp/startup.bek" "$(fact "$by_name" RP)" 'its startup key'
        ;;
    esac
}
wrong_keys() {
    echo wrong >"$tmp/password" && options=--bitlocker-password-file=$tmp/password is_locked "$image" &&
        options=--recovery-key=042647-302313-590458-071500-554323-116567-412181-516978 is_locked "$image"
}
malformed_key() {
    audit 2 --recovery-key=1234 "$image" && says 'recovery-key' "$tmp/err"
}
bitlocker_disk() {
    filled aes-xts-128 && disk disk.raw 102M <<'END' && place vol.img disk.raw 2048 &&
label: dos
start=2048, size=204800, type=7
END
        qemu-img convert -f raw -O qcow2 disk.raw disk.qcow2 && rm disk.raw vol.img
}
if [ -z "$corpus" ]; then
    skip 'BitLocker volumes' 'HIVEAUDIT_CORPUS is not set'
elif ! [ -w /dev/fuse ]; then
    skip 'BitLocker volumes' '/dev/fuse is not writable: they cannot be filled'
else
    volume_by aes-cbc-128 password
    volume_by aes-xts-128 recovery
    volume_by aes-xts-256 password
    volume_by aes-xts-128-4k password
    volume_by aes-xts-128-unicode password
    volume_by aes-xts-128-startup-key bek
    if [ -n "${image-}" ] && [ -e "$image" ]; then
        check 'wrong keys are said' wrong_keys
        check 'a recovery key that is none is wrong use' malformed_key
    fi
    opener=-p$(fact aes-xts-128 RP)
    options=--recovery-key=$(fact aes-xts-128 RP)
    container 'a BitLocker volume in a qcow2' "$bitlocker_tools sfdisk qemu-img" disk.qcow2 p1/ bitlocker_disk
    options=
    # A key in clear: BitLocker was suspended.
    opener=-c
    container 'a BitLocker volume that is suspended' "$bitlocker_tools" vol.img - filled aes-xts-128-clearkey-only
fi
# The decoy of BitLocker To Go is a FAT volume, which is never taken for all.
name='BitLocker To Go without a key: that is said'
if [ -z "$corpus" ]; then
    skip "$name" 'HIVEAUDIT_CORPUS is not set'
elif prepare "$name" 'tar xz' bitlocker togo-aes-cbc-128; then
    check "$name" is_locked "$dir/vol.img"
fi

# ---- Differencing disks ----

# A dynamic VHD whose hive lacks 64 KiB, and a differencing one on it that has them: only both hold a Windows.
differencing() {
    volume "$volume" "$tree" -p 2048 && mbr_disk disk.raw && piece_at=$(offset_of "$tmp/broken.hive" disk.raw) &&
        dd if=disk.raw of=piece bs=512 skip=$((piece_at / 512)) count=128 status=none &&
        dd if=/dev/zero of=disk.raw bs=512 seek=$((piece_at / 512)) count=128 conv=notrunc status=none &&
        qemu-img convert -f raw -O vpc -o force_size disk.raw parent.vhd &&
        python3 "$srcdir/tests/mkdifferencing.py" parent.vhd child.vhd parent.vhd piece "$piece_at" &&
        rm disk.raw piece "$volume" && "$@"
}
volume=$tmp/volume
differencing_tools="$disk_tools qemu-img python3"
container 'a differencing VHD with its parent' "$differencing_tools" child.vhd p1/ differencing true
refused 'without its parent that is said' "$differencing_tools" child.vhd 'parent' differencing rm parent.vhd
other_parent() {
    qemu-img create -q -f vpc -o force_size parent.vhd 16M
}
refused 'so it is with another parent' "$differencing_tools" child.vhd 'parent' differencing other_parent
moved_parent() {
    mkdir -p "$tmp/outside" && mv parent.vhd "$tmp/outside" && ln -s "$tmp/outside/parent.vhd" parent.vhd
}
refused 'a link to the parent that leads out is not followed' "$differencing_tools" child.vhd 'parent' differencing moved_parent

# Those of the corpus hold no Windows, and their checksums are wrong.
corpus_differencing() {
    xz -dc "$corpus/image-differential.vhd.xz" >image-differential.vhd && xz -dc "$corpus/image.vhd.xz" >image.vhd
}
name='a differencing VHD of the corpus is no disk with a Windows'
if [ -z "$corpus" ]; then
    skip "$name" 'HIVEAUDIT_CORPUS is not set'
elif prepare "$name" xz corpus_differencing; then
    check "$name" is_refused "$dir/image-differential.vhd" 'nothing to audit|checksum|footer'
fi
done_testing
