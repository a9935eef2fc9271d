#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares the audit of a hive inside an image with what people do today, who first copy the hive out of it,
# with the usual tool: as ratios of wall time. The hive is BENCH_HIVE, or the 65 MB one of the corpus. Then
# the start of the program: a small plain hive against `true`, reglookup, and, where BENCH_BEFORE names one,
# another hiveaudit.
# shellcheck source=tests/bench/start.sh
. "${srcdir:?}/tests/bench/start.sh"
PATH=$PATH:/usr/sbin:/sbin
need hyperfine hyperfine
need reglookup reglookup
need python3 python3
need mkntfs ntfs-3g
need ntfscat ntfs-3g
need wimlib-imagex wimtools
need qemu-img qemu-utils
need ewfacquire ewf-tools
need icat sleuthkit

way=Windows/System32/config/SOFTWARE
mkdir -p "$work/tree/${way%/*}" "$work/out"
if [ -n "${BENCH_HIVE-}" ]; then
    cp "$BENCH_HIVE" "$work/tree/$way"
elif [ -n "${HIVEAUDIT_CORPUS-}" ]; then
    xz -dc "$HIVEAUDIT_CORPUS/hives/win81-x64/SOFTWARE.xz" >"$work/tree/$way"
else
    echo "bench: neither BENCH_HIVE nor HIVEAUDIT_CORPUS is set: no hive to measure with" >&2
    exit 1
fi
size=$(stat -c %s "$work/tree/$way")

# The containers: one volume, and a WIM of the same tree.
cd "$work"
{
    wimlib-imagex capture --compress=LZX tree install.wim && truncate -s "$((size * 2 + 32000000))" vol.raw &&
        mkntfs -F -Q -q vol.raw && wimlib-imagex apply install.wim 1 vol.raw &&
        qemu-img convert -f raw -O qcow2 vol.raw vol.qcow2 &&
        qemu-img convert -f raw -O vpc -o subformat=dynamic,force_size vol.raw vol.vhd &&
        ewfacquire -u -q -t vol -c fast -C 1 -D disk -e examiner -E 1 -N none vol.raw
} >log 2>&1 || {
    cat log >&2
    exit 1
}
inode=$(ntfsinfo -F "$way" vol.raw | sed -n 's/^Dumping Inode \([0-9]*\).*/\1/p' | head -n 1)

# script NAME TEXT: what is measured.
script() {
    printf 'set -e\n%s\n' "$2" >"$work/$1"
}
for image in vol.raw vol.qcow2 vol.E01 vol.vhd install.wim; do
    script "audit-$image" "exec '$hiveaudit' --allow-dirty --fail-on=never -q '$work/$image'"
    sh "$work/audit-$image" || [ $? -eq 3 ] || {
        echo "bench: $image is not audited" >&2
        exit 1
    }
done
script extract-vol.raw "ntfscat vol.raw '$way' >out/hive"
script extract-vol.qcow2 "qemu-img convert -O raw vol.qcow2 out/raw; ntfscat out/raw '$way' >out/hive"
script extract-vol.vhd "qemu-img convert -f vpc -O raw vol.vhd out/raw; ntfscat out/raw '$way' >out/hive"
script extract-vol.E01 "icat -i ewf vol.E01 '$inode' >out/hive"
script extract-install.wim "wimlib-imagex extract install.wim 1 '/$way' --dest-dir=out --no-acls >/dev/null 2>&1; mv out/SOFTWARE out/hive"

# measure JSON RUNS NAME...: the times of scripts.
measure() {
    measure_json=$1 measure_runs=$2
    shift 2
    for measure_name; do
        set -- "$@" -n "$measure_name" "sh $work/$measure_name"
        shift
    done
    hyperfine --shell=none -i --warmup 2 --runs "$measure_runs" --export-json "$measure_json" "$@" >log 2>&1 || {
        cat log >&2
        exit 1
    }
}
for image in vol.raw vol.qcow2 vol.E01 vol.vhd install.wim; do
    sh "$work/extract-$image"
    cmp "$work/tree/$way" out/hive
    measure "$image.json" 7 "audit-$image" "extract-$image"
done

python3 - "$size" <<'END'
import json, sys
print(f"one hive of {int(sys.argv[1]) / 1e6:.0f} MB in an image: its audit, against copying it to a file")
for image, tool in (("vol.raw", "ntfscat"), ("vol.qcow2", "qemu-img convert and ntfscat"), ("vol.E01", "icat"),
                    ("vol.vhd", "qemu-img convert and ntfscat (dynamic)"),
                    ("install.wim", "wimlib-imagex extract (LZX)")):
    ours, theirs = (result["median"] for result in json.load(open(image + ".json"))["results"])
    print(f"{image:12}{ours / theirs:8.2f} x {tool}")
END

"${MKHIVE:?}" "$work/small.hive" "${srcdir:?}/hives/stock.reg"
script small-hiveaudit "exec '$hiveaudit' -q '$work/small.hive'"
script small-reglookup "exec reglookup '$work/small.hive' >'$work/out/text'"
script small-true 'exec true'
set -- small-hiveaudit small-reglookup small-true
if [ -n "${BENCH_BEFORE-}" ]; then
    script small-before "exec '$BENCH_BEFORE' -q '$work/small.hive'"
    set -- "$@" small-before
fi
measure small.json 50 "$@"
python3 - "$(stat -c %s "$work/small.hive")" <<'END'
import json, sys
times = {result["command"][6:]: result["median"] for result in json.load(open("small.json"))["results"]}
print(f"\none plain hive of {int(sys.argv[1]) / 1e3:.0f} KB: its audit, start included")
for name, what in (("reglookup", "reglookup of all of it"), ("true", "true"), ("before", "the hiveaudit before")):
    if name in times:
        print(f"{'':12}{times['hiveaudit'] / times[name]:8.2f} x {what}")
END
