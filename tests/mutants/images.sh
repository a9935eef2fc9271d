#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: [IMAGE_MUTANTS=25] [SEED=1] [IMAGES="qcow2 zip ..."] images.sh
# Audits mutants of small images and archives with the program, so many of each. Each either gives the
# findings of the image that it was made of, or it is said that something is wrong. KEEP=FOLDER keeps those
# of which neither is true.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

# Libraries ask for more memory than there is, and are told so, as without a sanitizer.
ASAN_OPTIONS=${ASAN_OPTIONS-}:allocator_may_return_null=1
export ASAN_OPTIONS
mutants=${IMAGE_MUTANTS:-25}
seed=${SEED:-1}
at_once=50
limit=10 # seconds for one mutant
images=$tmp/images hostile=$tmp/hostile mutate=$srcdir/tests/mutants/images.py
for tool in mkntfs wimlib-imagex sfdisk qemu-img ewfacquire zip tar 7z python3; do
    lacks "$tool" >"$tmp/lacks" || continue
    skip_all "$(cat "$tmp/lacks")"
done

# Small: a hive and nothing else, in a volume of 1.5 MB. With a file of which only the name tells something, a
# name that is another would be another finding.
make_images() {
    sample_hives && mkdir -p "$images" tree/Windows/System32/config && cp broken.hive "tree/$hive_way" &&
        volume_size=1500K && volume "$images/ntfs" tree -p 0 && volume volume tree -p 64 && cd "$images" &&
        disk mbr 1600K <<'END' && place "$tmp/volume" mbr 64 && disk gpt 1600K <<'END_OF_GPT' || return
label: dos
start=64, size=3000, type=7
END
label: gpt
first-lba: 34
start=64, size=3000, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
END_OF_GPT
    place "$tmp/volume" gpt 64 && qemu-img convert -f raw -O qcow2 -o cluster_size=4096 mbr qcow2 &&
        qemu-img convert -f raw -O qcow2 -c mbr qcow2-zlib && qemu-img convert -f raw -O vmdk mbr vmdk &&
        qemu-img convert -f raw -O vmdk -o subformat=streamOptimized mbr vmdk-stream &&
        qemu-img convert -f raw -O vpc mbr vhd && qemu-img convert -f raw -O vhdx -o block_size=1M,log_size=1M mbr vhdx &&
        qemu-img convert -f raw -O vdi mbr vdi && cp mbr mbr.raw && ewfacquire -u -q -t ewf -c fast -C 1 -D d -e e -E 1 -N n mbr.raw &&
        rm mbr.raw && mv ewf.E01 ewf && wim wim "$tmp/tree" LZX && wim wim-none "$tmp/tree" none &&
        (cd "$tmp/tree" && zip -q -r "$images/zip.zip" . && zip -q -0 -r "$images/stored.zip" .) && mv zip.zip zip &&
        mv stored.zip zip-stored && tar -C "$tmp/tree" -czf tar.gz . && 7z a -bso0 -bsp0 seven.7z "$tmp/tree/Windows" && mv seven.7z 7z
}
(cd "$tmp" && make_images) >"$tmp/made" 2>&1 || {
    not_ok 'images are made' "$(tail -n 5 "$tmp/made")"
    done_testing
}
learn "$tmp/tree" "$tmp/wanted.json" || exit

# note WHAT DETAIL: keeps something wrong with the mutants at hand.
note() {
    printf '%s: %s\n' "$batch" "$2" >>"$tmp/$1"
}

# audit_batch: one run of the program over the mutants in the folder.
audit_batch() {
    watch "$hostile" >"$tmp/before"
    status=0
    timeout -k 5 $((limit * at_once)) "${HIVEAUDIT:?}" -j2 --timeout=$limit -q -o json \
        "$hostile"/?????? >"$tmp/report" 2>"$tmp/err" </dev/null || status=$?
    case $status in
    0 | 1 | 3) ;;
    *) note status "status $status: $(tail -n 3 "$tmp/err" | cut -c1-200)" ;;
    esac
    watch "$hostile" | cmp -s - "$tmp/before" || note changed 'evidence or its folder'
    python3 "$mutate" judge "$tmp/report" "$tmp/wanted.json" "$hostile" | sed "s/^/$image /" >"$tmp/classes"
    cat "$tmp/classes" >>"$tmp/all"
    grep -E ': took (longer|more processor time)' "$tmp/err" >>"$tmp/slow"
    grep -E ' the process that read it ' "$tmp/err" >>"$tmp/crashed"
    grep -E 'ERROR: [A-Za-z]*Sanitizer|runtime error:' "$tmp/err" >>"$tmp/sanitizers"
    grep -E ' (wrong|lost) ' "$tmp/classes" >>"$tmp/wrong"
    [ -z "${KEEP-}" ] || sed -n 's/^.* \(wrong\|lost\) //p' "$tmp/classes" | while read -r name; do
        cp --sparse=always "$hostile/$name" "$KEEP/$image-$seed-$name"
    done
    [ -z "${KEEP-}" ] || grep -oE "$hostile/[0-9]{6}.* (the process that read it|took) " "$tmp/err" |
        sed "s|$hostile/\\([0-9]*\\).*|\\1|" | while read -r name; do
        cp --sparse=always "$hostile/$name" "$KEEP/$image-$seed-$name"
    done
}

# What is not changed gives the findings, so that mutants that do not have lost them by the change.
unchanged() {
    rm -rf "$hostile" && mkdir "$hostile" && cp "$1" "$hostile/000000" || return
    "$HIVEAUDIT" -q -o json "$hostile/000000" >"$tmp/report" 2>"$tmp/err"
    same 'same 000000' "$(python3 "$mutate" judge "$tmp/report" "$tmp/wanted.json" "$hostile")" && return
    cat "$tmp/err"
    return 1
}

touch "$tmp/all"
for path in "$images"/*; do
    image=${path##*/} first=0
    case " ${IMAGES-$image} " in
    *" $image "*) ;;
    *) continue ;;
    esac
    check "$image is audited as it is" unchanged "$path"
    while [ "$first" -lt "$mutants" ]; do
        count=$((mutants - first < at_once ? mutants - first : at_once))
        batch="$image, mutants $first to $((first + count - 1))"
        rm -rf "$hostile" && mkdir "$hostile" &&
            python3 "$mutate" make "$seed" "$first" "$count" "$hostile" "$path" "$tmp/broken.hive" || exit
        audit_batch
        first=$((first + count))
    done
    for class in same said wrong lost; do
        printf '# %s: %s %d\n' "$image" "$class" "$(grep -c "^$image $class " "$tmp/all")"
    done
done

# nothing_in FILE: passes where nothing was noted there; shows what was.
nothing_in() {
    [ ! -s "$tmp/$1" ] && return
    wc -l <"$tmp/$1"
    head -n 20 "$tmp/$1" | sed "s|$hostile/||g"
    return 1
}
printf '# workers that crashed: %d\n' "$(wc -l <"$tmp/crashed")"

name="$mutants mutants of each image, seed $seed"
check "$name: the program ends with status 0, 1 or 3" nothing_in status
check "$name: none takes more than $limit seconds" nothing_in slow
check "$name: none gives other findings without a word" nothing_in wrong
check "$name: no evidence is changed" nothing_in changed
check "$name: no sanitizer complains" nothing_in sanitizers
if [ -n "${SANITIZERS-}" ]; then
    check "$name: no worker crashes" nothing_in crashed
else
    nothing_in crashed | sed 's/^/# /'
fi
done_testing
