#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# JSON reports are valid against the schema in doc/, and the schema refuses what is none.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
schema=$srcdir/doc/hiveaudit-report.schema.json
hives=${builddir:?}/hives
hiveaudit=${HIVEAUDIT:?}

python3 -c 'import jsonschema' 2>/dev/null ||
    skip_all 'no python3 with jsonschema (Debian package python3-jsonschema)'

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

is_valid() {
    python3 -c '
import json, jsonschema, sys
jsonschema.validate(*(json.load(open(path)) for path in sys.argv[1:]))' "$1" "$schema"
}

# report_is_valid STATUS ARGUMENT...: a run ends with the status, and its report is valid.
report_is_valid() {
    want=$1
    shift
    "$hiveaudit" -q -o json="$work/report.json" "$@" 2>"$work/log"
    got=$?
    [ "$got" -eq "$want" ] || { echo "status $got, want $want" && return 1; }
    is_valid "$work/report.json"
}

# damage STATEMENT: runs it on the report d, whose items of evidence are those of the last check below,
# and writes what becomes of it.
damage() {
    python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
broken, failed = d["evidence"]
finding = next(f for f in broken["findings"] if "pair" in f)
before = json.dumps(d)
exec(sys.argv[3])
assert json.dumps(d) != before
json.dump(d, open(sys.argv[2], "w"))' "$work/report.json" "$work/damaged.json" "$1"
}

# is_refused STATEMENT: what becomes of the report is not valid, and the schema is why.
is_refused() {
    damage "$1" || return
    if is_valid "$work/damaged.json" >"$work/log" 2>&1; then
        return 1
    fi
    grep -q ValidationError "$work/log"
}

for hive in stock:0 fabrikam:0 broken:1; do
    check "the report about ${hive%:*}.hive is valid" report_is_valid "${hive#*:}" "$hives/${hive%:*}.hive"
done
inf=$srcdir/hives/contoso.inf
check 'the report about an INF is valid' report_is_valid 0 --inventory "$inf"
check 'and one with a fault of its text' report_is_valid 1 --inf-profile=windows10 "$inf"
check 'and one of a card that pairs on it' report_is_valid 0 --card=3b7a180000436f6e746f736f204944 "$inf"
check 'and of one that does not' report_is_valid 1 --card=3b7a180000436f6e746f736f204945 "$inf"
check 'the report about a .reg is valid' report_is_valid 1 --inventory "$srcdir/hives/broken.reg"
head -c 40000 "$hives/broken.hive" >"$work/truncated"
: >"$work/empty"
check 'the report about a truncated hive is valid' report_is_valid 3 "$work/truncated"
check 'the report about an empty file is valid' report_is_valid 3 "$work/empty"
check 'the report about several pieces of evidence is valid' \
    report_is_valid 3 "$hives/stock.hive" "$work/truncated" - "$work" "$hives/broken.hive" </dev/null
sed '/^"80000001/d; s/04,51/04,50/; s/Wow6432Node.*Fabrikam/&2/' "$srcdir/hives/fabrikam.reg" >"$work/golden.reg"
"${MKHIVE:?}" "$work/golden.hive" "$srcdir/hives/stock.reg" "$work/golden.reg"
mkdir -p "$work/drive/Windows/System32/config"
cp "$hives/broken.hive" "$work/drive/Windows/System32/config/SOFTWARE"
echo no DLL >"$work/drive/Windows/System32/ntdll.dll"
cp "$work/drive/Windows/System32/ntdll.dll" "$work/drive/Windows/System32/msclmd.dll"
check 'the report about a drive, with its files, is valid' report_is_valid 1 --hash "$work/drive"
check 'a report of what is changed, removed and added against a golden hive is valid' \
    report_is_valid 1 --golden="$work/golden.hive" "$hives/fabrikam.hive"
cat >"$work/waivers.yaml" <<'END'
waivers:
- {rule: atr-outside-mask, evidence: '*', reason: r, owner: o, expires: 2026-11-21}
- {rule: mask-missing, evidence: '*', reason: r, owner: o, expires: 2026-11-20}
- {rule: atr-missing, key: K, reason: r, owner: o, expires: 2026-11-21}
END
stands_and_is_valid() {
    "$hiveaudit" -q -o json="$work/old.json" "$hives/broken.hive" "$hives/stock.hive"
    report_is_valid 1 --waivers="$work/waivers.yaml" --now=2026-11-21 --case=C --examiner=E --exhibit=X --note=N \
        --baseline="$work/old.json" "$hives/broken.hive" "$hives/fabrikam.hive"
}
check 'a report with waivers, a baseline and labels is valid' stands_and_is_valid
check 'a report of errors only is valid' report_is_valid 1 --min-severity=error "$hives/broken.hive"
check 'a report about a broken hive and a missing one is valid' \
    report_is_valid 3 "$hives/broken.hive" "$work/missing"

while IFS='|' read -r name statement; do
    check "the schema refuses $name" is_refused "$statement"
done <<'END'
a missing exit status|del d["exit_status"]
an exit status that no report has|d["exit_status"] = 2
a member of the document that it does not know|d["extra"] = 1
a report without evidence|d["evidence"] = []
a missing member of the evidence|del broken["settings"]
a member of a finding that it does not know|finding["extra"] = 1
a missing member of a finding|del finding["offset"]
an unknown severity|finding["severity"] = "fatal"
an unknown view|finding["view"] = "WOW6432Node"
a rule id with capitals|finding["rule"] = "ATR-missing"
half a byte of data|finding["data"] = "3b0"
bytes in capitals|finding["pair"]["atr"] = "3B04"
a time of another precision|finding["last_write"] = "2024-01-01T00:00:00Z"
a month that does not exist|finding["last_write"] = "2024-13-01T00:00:00.0000000Z"
data without a value|finding["value"] = None
a last write without a key|finding["offset"] = None
a hive state that does not exist|broken["hive"]["state"] = "dirty"
a sequence number of more than 32 bits|broken["hive"]["primary_sequence"] = 2 ** 32
evidence that does not say which files there were|del broken["files"]
a file that is there and has no size|broken["files"] = [{"view": "native", "name": "a", "path": "C:a", "state": "present", "found": "a", "size": None, "machine": None, "sha256": None}]
a file that is not there and has a digest|broken["files"] = [{"view": "native", "name": "a", "path": "C:a", "state": "absent", "found": None, "size": None, "machine": None, "sha256": "0" * 64}]
a file of no view|broken["files"] = [{"view": "none", "name": "a", "path": "C:a", "state": "absent", "found": None, "size": None, "machine": None, "sha256": None}]
evidence that does not say whether there was a SYSTEM hive|del broken["system"]
a SYSTEM hive that was read and has no control set|broken["system"] = {"name": "SYSTEM", "state": "read", "hive": broken["hive"], "control_set": None, "providers": 1}
a SYSTEM hive that failed and has providers|broken["system"] = {"name": "SYSTEM", "state": "failed", "hive": None, "control_set": None, "providers": 1}
a finding in a hive that does not exist|finding["hive"] = "software"
an unchanged input without a SHA-256 after the run|d["inputs"] = [{"name": "a", "role": "evidence", "size": 1, "state": "unchanged", "sha256_before": "0" * 64, "sha256_after": None}]
an input of no role|d["inputs"] = [{"name": "a", "role": "hive", "size": 1, "state": "read-once", "sha256_before": "0" * 64, "sha256_after": None}]
a build as text|broken["os"]["build"] = "19045"
a finding without a fingerprint|del finding["fingerprint"]
a finding that is neither new nor old|finding["baseline"] = "gone"
a waiver without an owner|finding["waiver"] = {"reason": "r", "expires": "2026-11-21", "expired": False}
a day that is none|d["waivers"] = {"day": "2026-11-32", "items": []}
a label that it does not know|d["labels"]["colour"] = "red"
a negative count|broken["counts"]["error"] = -1
entries in a view that does not exist|broken["counts"]["entries"]["none"] = 0
complete evidence without its Windows|broken["os"] = None
complete evidence with an incomplete diagnostic|broken["diagnostics"] = [dict(failed["diagnostics"][0], level="incomplete")]
failed evidence without a diagnostic|failed["diagnostics"] = []
failed evidence with findings|failed["findings"] = broken["findings"]
END
done_testing
