#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# JSON Lines: each line is what the JSON report says of one piece of evidence, as soon as it is known.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
schema=$srcdir/doc/hiveaudit-report.schema.json
sample_hives || exit

python3 -c 'import jsonschema' 2>/dev/null ||
    skip_all 'no python3 with jsonschema (Debian package python3-jsonschema)'

# same_as_json STATUS ARGUMENT...: each line is valid, and is the item of the JSON report in its place.
same_as_json() {
    same_status=$1
    shift
    audit "$same_status" -o json="$tmp/r.json" -o jsonl="$tmp/r.jsonl" "$@" || return
    python3 - "$schema" "$tmp/r.json" "$tmp/r.jsonl" <<'END'
import json, sys
import jsonschema

schema, report = (json.load(open(path)) for path in sys.argv[1:3])
schema = {"$defs": schema["$defs"], "$ref": "#/$defs/evidence"}
validator = jsonschema.Draft202012Validator(schema)
seen = {}
lines = open(sys.argv[3], newline="").read().split("\n")
assert lines.pop() == "", "the last line does not end"
assert len(lines) == len(report["evidence"]), (len(lines), len(report["evidence"]))
for text, wanted in zip(lines, report["evidence"]):
    line = json.loads(text)
    for name in ("schema_version", "labels", "min_severity"):
        assert line.pop(name) == report[name]
    assert line == wanted, wanted["name"]
    line["name"] = ""
    key = json.dumps(line)
    if key not in seen:  # of a thousand hives most are alike
        validator.validate(line)
        seen[key] = True
END
}

many_hives() {
    mkdir "$tmp/many" || return
    for host in $(seq 1 1000); do
        case $((host % 3)) in 0) sample=stock ;; 1) sample=fabrikam ;; *) sample=broken ;; esac
        ln "$tmp/$sample.hive" "$tmp/many/host$host" || return
    done
    same_as_json 1 "$tmp/many"
}

# The second piece of evidence is a pipe that stays open until the line about the first is there.
a_line_comes_before_the_next_evidence() {
    python3 - "$HIVEAUDIT" "$tmp/fabrikam.hive" <<'END'
import json, subprocess, sys

run = subprocess.Popen([sys.argv[1], "-o", "jsonl", sys.argv[2], "-"], stdin=subprocess.PIPE,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
assert json.loads(run.stdout.readline())["name"] == sys.argv[2]
rest, _ = run.communicate(open(sys.argv[2], "rb").read())
assert json.loads(rest)["name"] == "(standard input)"
assert run.returncode == 0, run.returncode
END
}

hostile_names() {
    hive hostile "$srcdir/hives/stock.reg" <<END || return
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\$(printf '\033[31m\342\200\256<script>\342\200\250&,\047x')]
"ATR"=hex:3b
END
    same_as_json 1 "$tmp/hostile.hive" && silent "$(printf '[\001-\011\013-\037\177-\377]')" "$tmp/r.jsonl"
}

for sample in stock:0 fabrikam:0 broken:1; do
    check "the line about ${sample%:*}" same_as_json "${sample#*:}" "$tmp/${sample%:*}.hive"
done
head -c 40000 "$tmp/broken.hive" >"$tmp/truncated"
check 'lines about evidence of all kinds' same_as_json 3 --inventory "$tmp/stock.hive" "$tmp/truncated" \
    "$tmp/missing" "$srcdir/hives/contoso.inf" "$tmp/broken.hive"
check 'lines about a card' same_as_json 1 --card=3b7a180000436f6e746f736f204944 "$tmp/stock.hive" \
    "$srcdir/hives/contoso.inf"
check 'a thousand hives are a thousand lines' many_hives
check 'a line comes before the next evidence is there' a_line_comes_before_the_next_evidence
check 'nothing breaks a line' hostile_names
check 'a full device is an error' audit 2 -o jsonl=/dev/full "$tmp/fabrikam.hive"

done_testing
