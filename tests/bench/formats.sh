#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares the report formats with each other in one run, as ratios: what an audit takes with each of them, and
# with all of them at once, against the same audit with the text report, in time and in peak memory. 1,000
# different hives, each with the findings of hives/broken.reg; and 2,000 against these, which says what grows with
# their number.
# shellcheck source=tests/bench/start.sh
. "${srcdir:?}/tests/bench/start.sh"
need hyperfine hyperfine
need python3 python3
need /usr/bin/time time

"${MKHIVE:?}" "$work/base.hive" "${srcdir:?}/hives/stock.reg" "$srcdir/hives/broken.reg"
mkdir "$work/out"
different_hives "$work/base.hive" "$work/fleet" 2000
find "$work/fleet" -type f -print0 | sort -z >"$work/2000"
find "$work/fleet" -type f -name '0*' -print0 | sort -z >"$work/1000"

# report FORMAT: the option that asks for it.
report() {
    [ "$1" = manifest ] && echo "--manifest='$work/out/manifest'" || echo "-o $1='$work/out/$1'"
}

formats='text json jsonl sarif csv junit sqlite html bodyfile manifest'
all=
for format in $formats; do
    all="$all $(report "$format")"
done
set --
for count in 1000 2000; do
    for format in $formats all; do
        [ "$format" = all ] && options=$all || options=$(report "$format")
        echo "exec '$hiveaudit' --fail-on=never -q -j2 $options --files0-from='$work/$count'" \
            >"$work/$format-$count"
        [ "$count" = 1000 ] && set -- "$@" -n "$format" "sh $work/$format-$count"
        rm -f "$work/out"/*
        /usr/bin/time -f '%U %S %M' -o "$work/$format-$count.cost" sh "$work/$format-$count"
    done
done

# Of SQLite, each run makes a database of its own: it is not appended to.
hyperfine --shell=none --warmup 1 --runs 3 --prepare "rm -f $work/out/sqlite" \
    --export-json "$work/times.json" "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}

python3 - "$work" <<'END'
import json, os, sys
work = sys.argv[1]
results = json.load(open(work + "/times.json"))["results"]

def cost(name, count):
    user, system, peak = map(float, open(f"{work}/{name}-{count}.cost").read().split())
    return user + system, peak / 1024

text = results[0]["median"]
text_peak = cost("text", 1000)[1]
print(f"1,000 hives; median of {len(results[0]['times'])} runs, and what 2,000 take of 1,000, in processor time")
print(f"{'':10}{'s':>8}{'of text':>10}{'peak MiB':>10}{'of text':>10}{'2,000: time':>14}{'memory':>9}")
for result in results:
    name, (once, peak), (often, more) = result["command"], cost(result["command"], 1000), cost(result["command"], 2000)
    print(f"{name:10}{result['median']:8.2f}{result['median'] / text:8.2f} x{peak:10.1f}{peak / text_peak:8.2f} x"
          f"{often / once:12.2f} x{more / peak:7.2f} x")
END
