#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares hiveaudit with the tools that people use today, in one run, as ratios:
# the whole audit of a hive against reading one value (hivexget) and printing one subtree
# (reglookup) of it. The hive is BENCH_HIVE, or the 65 MB one of the corpus.
set -eu

hiveaudit=${HIVEAUDIT:?the program to measure}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

need() {
    command -v "$1" >/dev/null && return
    echo "bench: $1 is missing (Debian package $2)" >&2
    exit 1
}
need hyperfine hyperfine
need hivexget libhivex-bin
need reglookup reglookup
need python3 python3
need /usr/bin/time time

if [ -n "${BENCH_HIVE-}" ]; then
    hive=$BENCH_HIVE
elif [ -n "${HIVEAUDIT_CORPUS-}" ]; then
    hive=$work/SOFTWARE
    xz -dc "$HIVEAUDIT_CORPUS/hives/win81-x64/SOFTWARE.xz" >"$hive"
else
    echo "bench: neither BENCH_HIVE nor HIVEAUDIT_CORPUS is set: no hive to measure with" >&2
    exit 1
fi

cat >"$work/audit" <<END
exec "$hiveaudit" --allow-dirty --fail-on=never -q "$hive"
END
cat >"$work/hivexget" <<END
exec hivexget "$hive" 'Microsoft\\Windows NT\\CurrentVersion' ProductName >"$work/out"
END
cat >"$work/reglookup" <<END
exec reglookup -p Microsoft/Cryptography/Calais/SmartCards "$hive" >"$work/out" 2>&1
END

hyperfine --shell=none --warmup 2 --runs 15 --export-json "$work/times.json" \
    -n hiveaudit "sh $work/audit" \
    -n hivexget "sh $work/hivexget" \
    -n reglookup "sh $work/reglookup" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
for name in audit hivexget reglookup; do
    /usr/bin/time -f %M -o "$work/$name.kib" sh "$work/$name"
done

python3 - "$work" "$(stat -c %s "$hive")" <<'END'
import json, sys
work, size = sys.argv[1], int(sys.argv[2])
results = json.load(open(work + "/times.json"))["results"]
ours = results[0]["median"]
print(f"one hive of {size / 1e6:.0f} MB; median of {len(results[0]['times'])} runs")
print(f"{'':12}{'ms':>8}{'hiveaudit takes':>18}{'peak MiB':>10}")
for result, name in zip(results, ("audit", "hivexget", "reglookup")):
    peak = int(open(f"{work}/{name}.kib").read()) / 1024
    print(f"{result['command']:12}{result['median'] * 1e3:8.1f}"
          f"{ours / result['median']:16.2f} x{peak:10.1f}")
END
