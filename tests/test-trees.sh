#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Folders with Windows trees: mounted or copied drives, and what collectors make.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

make_windows || exit

# tree_is_audited ARGUMENT NAME: the argument holds one copy of $tree, whose hive has this name.
tree_is_audited() {
    leaves_alone "$dir" reports 1 "$1" && python3 "$compare" --hive "$tmp/out" "$2" "$wanted_hive" && is_about "$2" "$wanted"
}
# hive_is_audited ARGUMENT NAME: so it is, but not all that it is about lies below the argument.
hive_is_audited() {
    leaves_alone "$dir" reports 1 "$1" && python3 "$compare" --hive "$tmp/out" "$2" "$wanted_hive"
}
copy_tree() {
    mkdir -p "./$1" && cp -r "$tree/." "./$1"
}
# tree NAME PLACE ARGUMENT [WHAT-HOLDS]: a copy of $tree at a place of an empty folder, in which the argument lies.
tree() {
    prepare "$1" '' copy_tree "$2" && check "$1" "${4-tree_is_audited}" "$dir${3:+/$3}" "$dir/${2:+$2/}$hive_way"
}
# names: of the evidence of the last report.
names() {
    sed -n 's/^      "name": "\(.*\)",$/\1/p' "$tmp/out"
}

check 'a tree gives what its hive alone gives' python3 "$compare" --hive "$wanted" "$tree/$hive_way" "$wanted_hive"
# What the hive alone leaves open: where the SYSTEM hive is there, a KSP is registered or it is not; where the
# system folder is there, a module is there or it is not.
settled() {
    says '"rule": "ksp-not-registered"' "$1" && silent '"rule": "ksp-unverified"' "$1" &&
        says '"rule": "module-not-found"' "$1"
}
check 'and what the SYSTEM hive and the files beside it tell' settled "$wanted"
tree 'the root of a drive' mnt/c mnt/c
tree 'a Windows folder' '' Windows
tree 'a System32 folder' '' Windows/System32 hive_is_audited
tree 'a config folder' '' Windows/System32/config hive_is_audited
tree 'a folder in which drives lie' mnt/c ''
tree 'a collection of KAPE' PC1/C PC1
tree 'a collection of Velociraptor' uploads/auto/C%3A ''
tree 'another of Velociraptor' 'uploads/ntfs/%5C%5C.%5CC%3A' uploads

bare_hives() {
    mkdir hives && cp "$tmp/broken.hive" hives/SOFTWARE && cp "$tmp/system.hive" hives/SYSTEM
}
bare_hives_are_audited() {
    leaves_alone "$dir" reports 1 "$1" && python3 "$compare" --hive "$tmp/out" "$dir/hives/SOFTWARE" "$wanted_hive" &&
        silent '"rule": "ksp-unverified"' "$tmp/out" && says '"rule": "ksp-not-registered"' "$tmp/out" &&
        silent '"rule": "module-not-found"' "$tmp/out"
}
if prepare 'bare hives in a folder' '' bare_hives; then
    check 'bare hives in a folder: SYSTEM is used, and no module is missed' bare_hives_are_audited "$dir"
    check 'so it is with the hive itself as the argument' bare_hives_are_audited "$dir/hives/SOFTWARE"
fi

odd_case() {
    mkdir -p mnt/windows/SYSTEM32/Config && cp "$tmp/broken.hive" mnt/windows/SYSTEM32/Config/software &&
        cp "$tmp/system.hive" mnt/windows/SYSTEM32/Config/system && cp -r "$tree/Windows/SysWOW64" mnt/windows/syswow64 &&
        cp "$tree"/Windows/System32/*.dll mnt/windows/SYSTEM32 && cp -r "$tree/Users" mnt
}
# The names of files differ, and nothing else: the same rules, the same number of times.
odd_case_is_audited() {
    leaves_alone "$dir" reports 1 "$dir/mnt" && same "$dir/mnt/windows/SYSTEM32/Config/software" "$(names)" &&
        same "$(grep '"rule": ' "$wanted" | sort | uniq -c)" "$(grep '"rule": ' "$tmp/out" | sort | uniq -c)"
}
if prepare 'odd letter case' '' odd_case; then
    check 'odd letter case' odd_case_is_audited
fi
upper_case_logs() {
    odd_case && printf 'Windows Registry Editor Version 5.00\n\n[%s]\n"ATR"=hex:3b,04,51,ff,08,00\n"ATRMask"=hex:ff,ff,ff,00,ff,ff\n' \
        'HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Of the log' >"$tmp/of-log.reg" &&
        logged_hive mnt/windows/SYSTEM32/Config/software "${stock:?}" "$tmp/of-log.reg" &&
        mv mnt/windows/SYSTEM32/Config/software.LOG1 mnt/windows/SYSTEM32/Config/Software.Log1
}
logs_are_replayed() {
    leaves_alone "$dir" reports 1 "$dir/mnt" && says '"state": "dirty-recovered"' "$tmp/out" && says 'Of the log' "$tmp/out"
}
if prepare 'so are logs' '' upper_case_logs; then
    check 'so are logs' logs_are_replayed
fi

two_hosts() {
    mkdir -p hosts/PC1 && cp -r "$tree" hosts/PC1/C && windows hosts/PC2/C "$tmp/stock.hive"
}
both_hosts_are_audited() {
    learn "$dir/hosts/PC2/C" "$tmp/clean.json" && leaves_alone "$dir" reports 1 "$dir/hosts" &&
        is_about "$dir/hosts/PC1/C/$hive_way" "$wanted" "$dir/hosts/PC2/C/$hive_way" "$tmp/clean.json"
}
if prepare 'two hosts in a folder are both audited, each with its own files' '' two_hosts; then
    check 'two hosts in a folder are both audited, each with its own files' both_hosts_are_audited
fi

# shellcheck disable=SC2016
setup='$WINDOWS.~BT/NewOS'
copies() {
    cp -r "$tree" c && mkdir -p c/Windows/System32/config/RegBack c/Temp &&
        cp "$tmp/stock.hive" c/Windows/System32/config/RegBack/SOFTWARE && windows c/Windows.old "$tmp/stock.hive" &&
        windows "c/$setup" "$tmp/stock.hive" && cp "$tmp/stock.hive" c/Temp/saved.bak
}
only_all_copies() {
    tree_is_audited "$dir/c" "$dir/c/$hive_way" && leaves_alone "$dir" reports 1 --all-copies "$dir/c" || return
    same "$(printf "$dir/c/%s\n" "$setup/$hive_way" Temp/saved.bak "$hive_way" Windows/System32/config/RegBack/SOFTWARE \
        "Windows.old/$hive_way" | sort)" "$(names | sort)"
}
if prepare 'copies are audited with --all-copies, and only then' '' copies; then
    check 'copies are audited with --all-copies, and only then' only_all_copies
fi

# Links of the tree are not followed: neither of folders nor of hives.
links() {
    mkdir -p c/Windows/System32 && cp -r "$tree/Windows/System32/config" elsewhere && ln -s ../../../elsewhere c/Windows/System32/config
}
if prepare 'a tree whose config folder is a link is nothing to audit' '' links; then
    check 'a tree whose config folder is a link is nothing to audit' is_refused "$dir/c" 'nothing to audit'
fi
# What a link leads to is not known: neither a DLL nor a folder (such as the C:\\Programme of a German Windows)
# is missed.
linked_dlls() {
    hive linked "$srcdir/hives/stock.reg" <<'END' || return
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Fabrikam]
"ATR"=hex:3b,04,51,ff,08,00
"ATRMask"=hex:ff,ff,ff,ff,ff,ff
"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"
"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"
"80000001"="C:\\Programme\\Fabrikam\\Fabrikamcm.dll"
END
    windows c "$tmp/linked.hive" && ln -s 'Program Files' c/Programme && ln -sf elsewhere.dll c/Windows/System32/scksp.dll
}
nothing_is_missed() {
    leaves_alone "$dir" reports 1 "$dir/c" && silent 'not-found' "$tmp/out" &&
        says 'do not tell what is at C:..Programme' "$tmp/out"
}
if prepare 'what is behind a link is not missed' '' linked_dlls; then
    check 'what is behind a link is not missed' nothing_is_missed
fi
# The hive is audited all the same.
closed_dlls() {
    windows c "$tmp/stock.hive" && chmod 0 c/Windows/System32/msclmd.dll
}
closed_dlls_are_said() {
    leaves_alone "$dir/c/Users" reports 3 "$dir/c" && says '"status": "incomplete"' "$tmp/out" &&
        says 'System32/msclmd.dll: cannot be opened: Permission denied' "$tmp/out" && silent 'not-found' "$tmp/out"
}
if [ "$(id -u)" -eq 0 ] && [ -z "$no_rights" ]; then
    skip 'a DLL that may not be read makes the audit incomplete' 'root may read all'
elif prepare 'a DLL that may not be read makes the audit incomplete' '' closed_dlls; then
    check 'a DLL that may not be read makes the audit incomplete' closed_dlls_are_said
fi
empty_tree() {
    mkdir -p c/Windows/System32/drivers && cp "$tree/Windows/System32/ntdll.dll" c/Windows/System32
}
if prepare 'a Windows without its hive is nothing to audit' '' empty_tree; then
    check 'a Windows without its hive is nothing to audit' is_refused "$dir/c" 'nothing to audit'
fi

# Images below a folder are evidence like hives.
nested() {
    mkdir images && cp "$tmp/stock.hive" images/SOFTWARE && (cd "$tree" && zip -q -r "$dir/images/pc.zip" .)
}
nested_images_are_audited() {
    leaves_alone "$dir" reports 1 "$dir/images" && same "$dir/images/SOFTWARE
$dir/images/pc.zip!/$hive_way" "$(names)"
}
if prepare 'archives in a folder are audited as well' zip nested; then
    check 'archives in a folder are audited as well' nested_images_are_audited
fi

# The parts of an image are read with the first of them. Without that one, they are said.
parts() {
    mkdir images && volume vol.img "$tree" && ewfacquire -u -q -t images/disk -C 1 -D disk -e examiner -E 1 -N none -c none -S 1MiB vol.img &&
        qemu-img convert -O vmdk -o subformat=twoGbMaxExtentSparse vol.img images/vm.vmdk && rm vol.img &&
        cp -r "$tree" win && head -c 1500000 /dev/urandom >win/noise && wim images/install.wim win none && rm -r win &&
        wimlib-imagex split --quiet images/install.wim images/install.swm 1 && rm images/install.wim &&
        [ -e images/disk.E02 ] && [ -e images/vm-s001.vmdk ] && [ -e images/install2.swm ]
}
parts_are_read_once() {
    leaves_alone "$dir" reports 1 "$dir/images" && same "$dir/images/disk.E01!/$hive_way
$dir/images/install.swm!/1/$hive_way
$dir/images/vm.vmdk!/$hive_way" "$(names)"
}
lone_parts_are_said() {
    rm "$dir/images/disk.E01" "$dir/images/vm.vmdk" "$dir/images/install.swm"
    leaves_alone "$dir" reports 3 "$dir/images" && says 'images/disk.E02' "$tmp/out" &&
        says 'images/install2.swm' "$tmp/out" && says 'images/vm-s001.vmdk' "$tmp/out"
}
if prepare 'the parts of an image in a folder are read once' 'mkntfs wimlib-imagex ewfacquire qemu-img' parts; then
    check 'the parts of an image in a folder are read once' parts_are_read_once
    check 'without the first they are said' lone_parts_are_said
fi

# Digests of the files that were found.
with_digests() {
    leaves_alone "$tree" reports 1 --hash "$tree" &&
        says "$(sha256sum <"$tree/Windows/System32/msclmd.dll" | cut -c1-64)" "$tmp/out"
}
check '--hash gives the SHA-256 of a module that was found' with_digests
done_testing
