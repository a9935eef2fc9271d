#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# WIMs, discs and archives: the Windows in them is found, and audited as if its hive lay there alone.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

make_windows || exit
mkdir "$tmp/backup" && cp -r "$tree" "$tmp/backup/C" || exit

# ---- WIMs ----

wim_tools=wimlib-imagex
container 'a WIM without compression' "$wim_tools" install.wim 1/ wim install.wim "$tree" none
container 'a WIM compressed by XPRESS' "$wim_tools" install.wim 1/ wim install.wim "$tree" XPRESS
container 'a WIM compressed by LZX' "$wim_tools" install.wim 1/ wim install.wim "$tree" LZX
container 'a WIM compressed by LZMS' "$wim_tools" install.wim 1/ wim install.wim "$tree" LZMS
container 'a solid ESD' "$wim_tools" install.esd 1/ wim install.esd "$tree" LZMS --solid
container 'a WIM with an integrity table' "$wim_tools" install.wim 1/ wim install.wim "$tree" LZX --check
container 'a WIM that is named as something else' "$wim_tools" image.bin 1/ wim image.bin "$tree" LZX

# Two images: a clean Windows and the other.
two_images() {
    windows clean "$tmp/stock.hive" && wimlib-imagex capture --quiet --compress=LZX clean install.wim 'Clean image' &&
        wimlib-imagex append --quiet "$tree" install.wim Contoso-golden && learn "$dir/clean" "$tmp/clean.json" &&
        rm -r clean
}
both_images_are_audited() {
    leaves_alone "$dir" reports 1 "$dir/install.wim" && is_about "$dir/install.wim!/1/$hive_way" "$tmp/clean.json" \
        "$dir/install.wim!/2/$hive_way" "$wanted"
}
if prepare 'two images of a WIM are both audited' "$wim_tools" two_images; then
    check 'two images of a WIM are both audited' both_images_are_audited
fi
for options in --image=2 --image=Contoso-golden; do
    container "one of them, by $options" "$wim_tools" install.wim 2/ two_images
done
no_such_image() {
    audit 3 --image="$1" "$dir/install.wim" && says "$1" "$tmp/err"
}
options=
if prepare 'an image that is not there is said' "$wim_tools" two_images; then
    check 'an image that is not there is said' no_such_image 3
    check 'so is a name' no_such_image Fabrikam
fi
other_image_first() {
    mkdir pe && seq 1000 >pe/readme && wimlib-imagex capture --quiet pe install.wim PE &&
        wimlib-imagex append --quiet "$tree" install.wim Windows && rm -r pe
}
container 'an image without a Windows does no harm beside one that has it' "$wim_tools" install.wim 2/ other_image_first
no_windows() {
    mkdir pe && seq 1000 >pe/readme && wimlib-imagex capture --quiet pe install.wim PE && rm -r pe
}
refused 'a WIM without a Windows is nothing to audit' "$wim_tools" install.wim 'nothing to audit' no_windows

# noise KIB: bytes that no compression makes small.
noise() {
    openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "$(($1 * 1024))"
}
split_wim() {
    cp -r "$tree" win && noise 600 >win/Windows/noise-1 && noise 700 >win/Windows/noise-2 && noise 800 >win/Windows/noise-3 &&
        wim install.wim win LZX && wimlib-imagex split --quiet install.wim install.swm 1 && rm -r win install.wim &&
        [ -e install2.swm ]
}
container 'a SWM in parts' "$wim_tools openssl" install.swm 1/ split_wim
missing_part() {
    split_wim && rm install2.swm
}
# What is missing may hold nothing of the hive.
is_truthful() {
    is_refused "$1" . || is_audited "$@"
}
if prepare 'a part of a SWM that is missing is never passed over' "$wim_tools openssl" missing_part; then
    check 'a part of a SWM that is missing is never passed over' is_truthful "$dir/install.swm" 1/
fi
dirty_wim() {
    printf 'Windows Registry Editor Version 5.00\n\n[%s]\n"ATR"=hex:3b,04,51,ff,08,00\n"ATRMask"=hex:ff,ff,ff,00,ff,ff\n' \
        'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Of the log' >"$tmp/of-log.reg"
    windows win "$tmp/stock.hive" && logged_hive "win/$hive_way" "${stock:?}" "$tmp/of-log.reg" && learn "$dir/win" "$tmp/dirty.json"
}
logs_are_replayed() {
    leaves_alone "$dir" reports 1 "$dir/$1" && says '"state": "dirty-recovered"' "$tmp/out" &&
        is_about "$dir/$1!/$2$hive_way" "$tmp/dirty.json"
}
name='a dirty hive of a WIM is recovered by its logs'
! prepare "$name" "$wim_tools" eval 'dirty_wim && wim install.wim win LZX && rm -r win' ||
    check "$name" logs_are_replayed install.wim 1/

# ---- Discs ----

# Windows' own discs are UDF, with an ISO 9660 beside it that holds a note only.
windows_disc() {
    mkdir -p disc/sources && wim disc/sources/install.wim "$tree" LZX && seq 10 >disc/readme.txt &&
        genisoimage -quiet -udf -V CONTOSO -hide sources -hide install.wim -o win.iso disc && rm -r disc
}
iso_disc() {
    mkdir -p disc/sources && wim disc/sources/install.wim "$tree" LZX && seq 10 >disc/readme.txt &&
        xorriso -as mkisofs -quiet "$@" -V CONTOSO -o win.iso disc && rm -r disc
}
# libwim wants the real path of what it opens, which only the sandbox can give to a WIM in memory.
if "$HIVEAUDIT" --version | grep -q '^Sandbox: seccomp'; then
    container 'a UDF disc with a WIM' "$wim_tools genisoimage" win.iso sources/install.wim!/1/ windows_disc
    container 'an ISO 9660 disc (Joliet) with a WIM' "$wim_tools xorriso" win.iso sources/install.wim!/1/ iso_disc -J
    container 'an ISO 9660 disc (Rock Ridge) with a WIM' "$wim_tools xorriso" win.iso sources/install.wim!/1/ iso_disc -R
else
    refused 'without the sandbox, a WIM on a disc cannot be read, and that is said' "$wim_tools genisoimage" win.iso \
        'in the sandbox only' windows_disc
fi
empty_disc() {
    mkdir disc && seq 10 >disc/readme.txt && genisoimage -quiet -udf -o win.iso disc && rm -r disc
}
refused 'a disc without a Windows is nothing to audit' genisoimage win.iso 'nothing to audit' empty_disc

# ---- Archives ----

# tarball FILTER: backup.tar of the folder C, or what a filter makes of it.
tarball() {
    tar -C "$tmp/backup" -cf - C | "$@" >backup.tar
}
container 'a tar' tar backup.tar C/ tarball cat
container 'a tar.gz' 'tar gzip' backup.tar C/ tarball gzip -c
container 'a tar.bz2' 'tar bzip2' backup.tar C/ tarball bzip2 -c
container 'a tar.xz' 'tar xz' backup.tar C/ tarball xz -c
container 'a tar.zst' 'tar zstd' backup.tar C/ tarball zstd -qc
container 'a tar of the folder one is in' tar backup.tar - tar -C "$tree" -cf backup.tar .
container 'a tar of POSIX' tar backup.tar C/ tar -C "$tmp/backup" -c --format=pax -f backup.tar C
container 'a tar of Unix V7' tar backup.tar C/ tar -C "$tmp/backup" -c --format=v7 -f backup.tar C

# zipped OPTION...: backup.zip of the folder C.
zipped() {
    (cd "$tmp/backup" && zip -q -r "$@" "$dir/backup.zip" C)
}
container 'a zip' zip backup.zip C/ zipped
container 'a zip that only stores' zip backup.zip C/ zipped -0
container 'a zip without entries for folders' zip backup.zip C/ zipped -D
container 'a zip that is named as something else' zip backup.dat C/ eval 'zipped && mv backup.zip backup.dat'
# As programs on Windows wrote them, against the specification (APPNOTE 4.4.17.1).
back_slashes() {
    python3 - "$tmp/backup" "$1" <<'END'
import os, sys, zipfile
root, out = sys.argv[1:]
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            info = zipfile.ZipInfo("x")
            info.filename = os.path.relpath(path, root).replace("/", "\\")
            archive.writestr(info, open(path, "rb").read())
END
}
container 'a zip with back slashes in its names' python3 backup.zip C/ back_slashes backup.zip
seven() {
    7z a -bso0 -bsp0 "$@" backup.7z "$tmp/backup/C"
}
container 'a 7z' 7z backup.7z C/ seven
container 'a 7z that is not solid' 7z backup.7z C/ seven -ms=off -m0=LZMA
container 'a 7z by PPMd' 7z backup.7z C/ seven -m0=PPMd
container 'a 7z by bzip2' 7z backup.7z C/ seven -m0=BZip2
container 'a 7z by Deflate' 7z backup.7z C/ seven -m0=Deflate

# The same tree as collectors lay it out.
collection() {
    mkdir -p "kape/$1" && cp -r "$tree/." "kape/$1" && (cd kape && zip -q -r ../backup.zip .) && rm -r kape
}
container 'a collection of KAPE' zip backup.zip PC1/C/ collection PC1/C
container 'a collection of Velociraptor' zip backup.zip uploads/auto/C%3A/ collection uploads/auto/C%3A
container 'another of Velociraptor' zip backup.zip 'uploads/ntfs/%5C%5C.%5CC%3A/' collection 'uploads/ntfs/%5C%5C.%5CC%3A'
odd_case() {
    mkdir -p case/windows/SYSTEM32/Config && cp "$tmp/broken.hive" case/windows/SYSTEM32/Config/software &&
        cp "$tmp/system.hive" case/windows/SYSTEM32/Config/System && cp -r "$tree/Windows/System32/." case/windows/SYSTEM32/x &&
        mv case/windows/SYSTEM32/x/*.dll case/windows/SYSTEM32 && rm -r case/windows/SYSTEM32/x &&
        cp -r "$tree/Windows/SysWOW64" case/windows/syswow64 && (cd case && zip -q -r ../backup.zip .) && rm -r case
}
odd_case_is_audited() {
    leaves_alone "$dir" reports 1 "$dir/backup.zip" &&
        same "$dir/backup.zip!/windows/SYSTEM32/Config/software" "$(sed -n 's/^      "name": "\(.*\)",$/\1/p' "$tmp/out")" &&
        python3 "$compare" --hive "$tmp/out" "$dir/backup.zip!/windows/SYSTEM32/Config/software" "$wanted_hive"
}
if prepare 'odd letter case in an archive' zip odd_case; then
    check 'odd letter case in an archive' odd_case_is_audited
fi
bare_hives() {
    mkdir hives && cp "$tmp/broken.hive" hives/SOFTWARE && cp "$tmp/system.hive" hives/SYSTEM && (cd hives && zip -q -r ../hives.zip .) &&
        rm -r hives
}
bare_hives_are_audited() {
    leaves_alone "$dir" reports 1 "$dir/hives.zip" &&
        python3 "$compare" --hive "$tmp/out" "$dir/hives.zip!/SOFTWARE" "$wanted_hive" && silent '"ksp-unverified"' "$tmp/out"
}
if prepare 'bare hives in an archive' zip bare_hives; then
    check 'bare hives in an archive' bare_hives_are_audited
fi
name='a dirty hive of an archive is recovered by its logs'
! prepare "$name" zip eval 'dirty_wim && (cd win && zip -q -r ../backup.zip .) && rm -r win' ||
    check "$name" logs_are_replayed backup.zip ''
two_hosts() {
    windows hosts/PC2/C "$tmp/stock.hive" && learn "$dir/hosts/PC2/C" "$tmp/clean.json" && mkdir hosts/PC1 &&
        cp -r "$tree" hosts/PC1/C && (cd hosts && zip -q -r ../hosts.zip .) && rm -r hosts
}
both_hosts_are_audited() {
    leaves_alone "$dir" reports 1 "$dir/hosts.zip" && is_about "$dir/hosts.zip!/PC1/C/$hive_way" "$wanted" \
        "$dir/hosts.zip!/PC2/C/$hive_way" "$tmp/clean.json"
}
if prepare 'two hosts in an archive are both audited, by name' zip two_hosts; then
    check 'two hosts in an archive are both audited, by name' both_hosts_are_audited
fi

# ---- Archives that are not as they should be ----

# A hive that has only its name to show for it, for it is encrypted or was cut, is not passed over where there
# are others.
mixed_hives() {
    mkdir whole cut locked && cp "$tmp/broken.hive" whole/SOFTWARE && head -c 20000 "$tmp/broken.hive" >cut/SOFTWARE &&
        cp "$tmp/broken.hive" locked/SOFTWARE && zip -q -r mixed.zip whole cut && zip -q -r -P secret mixed.zip locked &&
        rm -r whole cut locked
}
all_are_told() {
    leaves_alone "$dir" reports 3 "$dir/mixed.zip" && says 'mixed\.zip!/whole/SOFTWARE"' "$tmp/out" &&
        says 'mixed\.zip!/cut/SOFTWARE: is truncated' "$tmp/err" && says 'mixed\.zip!/locked/SOFTWARE: .*encrypted' "$tmp/err"
}
name='bare hives that cannot be looked into are told by their names'
if prepare "$name" zip mixed_hives; then
    check "$name" all_are_told
fi
refused 'an encrypted zip is said' zip backup.zip 'encrypt|password|passphrase' zipped -P secret
refused 'an encrypted 7z is said' 7z backup.7z 'encrypt|password|passphrase' seven -psecret
refused 'one with encrypted names as well' 7z backup.7z 'encrypt|password|passphrase' seven -psecret -mhe=on
no_hive() {
    seq 1000 >numbers && zip -q backup.zip numbers && rm numbers
}
refused 'an archive without a hive is nothing to audit' zip backup.zip 'nothing to audit' no_hive

# Archives that store bytes as they are, of which one is changed: a byte of an ATR, which the hive itself does
# not tell. Only their checksums do.
stored_gzip() {
    python3 -c 'import gzip, sys
sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(), 0))'
}
changed() {
    changed_file=$1
    shift
    "$@" && python3 - "$changed_file" <<'END'
import sys
atr = bytes.fromhex("3bac0040")
with open(sys.argv[1], "r+b") as file:
    at = file.read().find(atr)
    assert at >= 0
    file.seek(at + 3)
    file.write(b"\x41")
END
}
refused 'a byte of a zip that is another is said' zip backup.zip . changed backup.zip zipped -0
refused 'so is one of a 7z' 7z backup.7z . changed backup.7z seven -m0=Copy -mx=0
refused 'and one of a tar.gz' 'tar python3' backup.tar . changed backup.tar tarball stored_gzip
refused 'and one of a WIM' "$wim_tools" install.wim . changed install.wim wim install.wim "$tree" none

cut_in_half() {
    half_file=$1
    shift
    "$@" && truncate -s $(($(stat -c %s "$half_file") / 2)) "$half_file"
}
# half NAME TOOLS FILE WAY COMMAND...
half() {
    half_name="half of a $1 is never taken for the whole" half_tools=$2 half_of=$3 half_way=$4
    shift 4
    prepare "$half_name" "$half_tools" cut_in_half "$half_of" "$@" || return 0
    check "$half_name" is_truthful "$dir/$half_of" "$half_way"
}
half tar tar backup.tar C/ tarball cat
half tar.gz 'tar gzip' backup.tar C/ tarball gzip -c
half tar.xz 'tar xz' backup.tar C/ tarball xz -c
half tar.zst 'tar zstd' backup.tar C/ tarball zstd -qc
half zip zip backup.zip C/ zipped
half 7z 7z backup.7z C/ seven
half WIM "$wim_tools" install.wim 1/ wim install.wim "$tree" LZX
half ESD "$wim_tools" install.esd 1/ wim install.esd "$tree" LZMS --solid
half SWM "$wim_tools openssl" install.swm 1/ split_wim

# Names that lead out of the archive lead nowhere.
names_that_lead_out() {
    python3 - "$tmp/broken.hive" "$tmp/stock.hive" <<'END'
import sys, tarfile
with tarfile.open("backup.tar", "w") as archive:
    for name, path in (("../../Windows/System32/config/SOFTWARE", sys.argv[2]),
                       ("/Windows/System32/config/SOFTWARE", sys.argv[2]),
                       ("C/Windows/System32/config/SOFTWARE", sys.argv[1])):
        info = tarfile.TarInfo(name)
        info.size = len(open(path, "rb").read())
        archive.addfile(info, open(path, "rb"))
    link = tarfile.TarInfo("D/Windows/System32/config/SOFTWARE")
    link.type, link.linkname = tarfile.SYMTYPE, sys.argv[2]
    archive.addfile(link)
END
}
# Which of them count is open; each that does lies in the archive.
nothing_leads_out() {
    leaves_alone "$dir" reports 0 "$dir/backup.tar" || leaves_alone "$dir" reports 1 "$dir/backup.tar" || return
    silent '^      "name": ".*(\.\./|!//|!/D/)' "$tmp/out"
}
if prepare 'names that lead out of an archive lead nowhere' python3 names_that_lead_out; then
    check 'names that lead out of an archive lead nowhere' nothing_leads_out
fi

# ---- Sizes ----

many_entries() {
    python3 - "$tmp/backup" <<'END'
import os, sys, zipfile
root = sys.argv[1]
with zipfile.ZipFile("backup.zip", "w") as archive:
    for i in range(100000):
        archive.writestr(zipfile.ZipInfo(f"C/Users/contoso/Documents/folder {i // 1000}/file {i}.txt"), b"")
        if i != 60000:
            continue
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = os.path.join(folder, name)
                archive.write(path, os.path.relpath(path, root))
END
}
container 'a zip of 100,000 entries' python3 backup.zip C/ many_entries
done_testing
