#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares hiveaudit with the tools that people use today, in one run, as ratios:
# - the whole audit of a hive against reading one value (hivexget) and printing one subtree
#   (reglookup) of it; the hive is BENCH_HIVE, or the 65 MB one of the corpus;
# - 1,000 hives of 0.9 MB, equal ones and different ones, with -j2 against reglookup by xargs -P2;
# - the sandbox against none, on 200 different hives;
# - 10,000 entries against 1,000, and the rules that compare entries with each other against none of
#   them: entries apart, all equal, and all with cards in common.
# shellcheck source=tests/bench/start.sh
. "${srcdir:?}/tests/bench/start.sh"
need hyperfine hyperfine
need hivexget libhivex-bin
need reglookup reglookup
need python3 python3
need /usr/bin/time time
need xargs findutils

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

# Many hives. They are made here, so that there is no doubt about what is in them.

# registry_text KEYS: as many keys with three values each, and 10 entries in both views.
registry_text() {
    awk -v keys="$1" 'BEGIN {
        software = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\"
        print "Windows Registry Editor Version 5.00\n"
        for (i = 0; i < 20; i++) {
            view = i % 2 ? "Wow6432Node\\" : ""
            printf "%s%sMicrosoft\\Cryptography\\Calais\\SmartCards\\Card %d]\n", software, view, i / 2
            printf "\"ATR\"=hex:3b,04,51,ff,08,%02x\n\"ATRMask\"=hex:ff,ff,ff,ff,ff,ff\n", i / 2
            print "\"Crypto Provider\"=\"Microsoft Base Smart Card Crypto Provider\""
            print "\"Smart Card Key Storage Provider\"=\"Microsoft Smart Card Key Storage Provider\""
            print "\"80000001\"=\"msclmd.dll\"\n"
        }
        for (i = 0; i < keys; i++) {
            group = int(i / 20) # a long list of subkeys makes the hive large: hivex writes it anew for each
            printf "%sClasses\\Group %d\\{%08x-0000-0000-c000-000000000046}]\n", software, group, i
            printf "@=\"Class number %d of this hive\"\n", i
            printf "\"InprocServer32\"=\"C:\\\\Windows\\\\System32\\\\module%d.dll\"\n", i
            printf "\"ThreadingModel\"=\"Both\"\n\n"
        }
    }'
}

registry_text 1600 >"$work/many.reg"
"${MKHIVE:?}" "$work/base.hive" "${srcdir:?}/hives/stock.reg" "$work/many.reg"
different_hives "$work/base.hive" "$work/different" 1000
mkdir "$work/equal"
for file in "$work/different"/*; do
    cp "$work/base.hive" "$work/equal/${file##*/}"
done
find "$work/different" -type f | sort | head -n 200 | tr '\n' '\0' >"$work/few"

# audit_many NAME FILES OPTION...: a script that audits the hives of a list.
audit_many() {
    name=$1
    files=$2
    shift 2
    echo "exec '$hiveaudit' --fail-on=never -q -o text=/dev/null $* --files0-from='$files'" \
        >"$work/$name"
}
for kind in equal different; do
    find "$work/$kind" -type f -print0 | sort -z >"$work/$kind.list"
    audit_many "$kind-audit" "$work/$kind.list" -j2
    echo "xargs -0 -P2 -n1 reglookup -p /Microsoft/Cryptography/Calais <'$work/$kind.list' >'$work/out'" \
        >"$work/$kind-reglookup"
done
audit_many auto "$work/few" --sandbox=auto -j1
audit_many off "$work/few" --sandbox=off -j1

hyperfine --shell=none --warmup 1 --runs 3 --export-json "$work/many.json" \
    -n equal-audit "sh $work/equal-audit" -n equal-reglookup "sh $work/equal-reglookup" \
    -n different-audit "sh $work/different-audit" \
    -n different-reglookup "sh $work/different-reglookup" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}
hyperfine --shell=none --warmup 1 --runs 9 --export-json "$work/isolation.json" \
    -n auto "sh $work/auto" -n off "sh $work/off" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}

python3 - "$work" "$(stat -c %s "$work/base.hive")" "$("$hiveaudit" --version | grep Sandbox)" <<'END'
import json, sys
work, size, sandbox = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def medians(name):
    results = json.load(open(f"{work}/{name}.json"))["results"]
    return {result["command"]: result["median"] for result in results}

many, isolation = medians("many"), medians("isolation")
print(f"\n1,000 hives of {size / 1e6:.2f} MB: all audited with -j2, and one subtree of each "
      "printed by xargs -P2 -n1 reglookup")
print(f"{'':12}{'audit s':>10}{'reglookup s':>13}{'hiveaudit takes':>18}")
for kind in ("equal", "different"):
    ours, theirs = many[kind + "-audit"], many[kind + "-reglookup"]
    print(f"{kind:12}{ours:10.2f}{theirs:13.2f}{ours / theirs:16.2f} x")
auto, off = (isolation[mode] * 1e3 / 200 for mode in ("auto", "off"))
print(f"\n200 different hives of {size / 1e6:.2f} MB with -j1; {sandbox}")
print(f"{auto:6.2f} ms for each with --sandbox=auto: the whole cost of isolation is less")
print(f"{off:6.2f} ms for each with --sandbox=off, where each has a process of its own, too")
print(f"{auto - off:6.2f} ms for each is what the sandbox costs")
END

# Many entries, as registry text: hivex builds no hive with that many.

# entries SHAPE COUNT: native entries with a thousand drivers; each that overlaps wants two bits of its own.
entries() {
    awk -v shape="$1" -v count="$2" 'BEGIN {
        print "Windows Registry Editor Version 5.00\n"
        for (i = 0; i < count; i++) {
            printf "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\Card %05d]\n", i
            first = i % 264
            second = (first + 1 + int(i / 264)) % 264
            bytes = sprintf("3b,06,51,ff,%02x,%02x,00,00", i / 256, i % 256)
            if (shape == "equal")
                bytes = "3b,06,51,ff,00,00,00,00"
            for (byte = 0; shape == "overlap" && byte < 33; byte++)
                bytes = (byte ? bytes "," : "") sprintf("%02x", \
                    (int(first / 8) == byte) * 2 ^ (first % 8) + (int(second / 8) == byte) * 2 ^ (second % 8))
            print "\"ATR\"=hex:" bytes (shape == "overlap" ? "\n\"ATRMask\"=hex:" bytes : "")
            printf "\"80000001\"=\"module%d.dll\"\n\n", i % 1000
        }
    }'
}

set --
for shape in apart equal overlap; do
    for count in 1000 10000; do
        name=$shape-$count
        entries "$shape" "$count" >"$work/$name.reg"
        audit="exec '$hiveaudit' --fail-on=never -q -o text=/dev/null '$work/$name.reg'"
        echo "$audit" >"$work/$name-with"
        echo "$audit --disable=atr-duplicate --disable=atr-shadowed --disable=atr-overlap" \
            "--disable=device-id-shared --disable=cache-conflict" >"$work/$name-without"
        set -- "$@" -n "$name-with" "sh $work/$name-with" -n "$name-without" "sh $work/$name-without"
    done
done
hyperfine --shell=none --warmup 1 --runs 9 --export-json "$work/entries.json" "$@" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
}

python3 - "$work" <<'END'
import json, sys
results = json.load(open(sys.argv[1] + "/entries.json"))["results"]
ms = {result["command"]: result["median"] * 1e3 for result in results}
print("\n10,000 entries in one view: the audit, against that of 1,000, and against that without the rules "
      "that compare entries with each other")
print(f"{'':12}{'ms':>8}{'of 1,000':>12}{'of without':>12}")
for shape in ("apart", "equal", "overlap"):
    ours = ms[shape + "-10000-with"]
    print(f"{shape:12}{ours:8.1f}{ours / ms[shape + '-1000-with']:10.2f} x"
          f"{ours / ms[shape + '-10000-without']:10.2f} x")
END
