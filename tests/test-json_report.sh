#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The JSON report: valid by its schema whatever was audited, true to the hive, and of one mind with the
# text report and the exit status.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

python3 -c 'import jsonschema' 2>"$tmp/err" ||
    skip_all 'python3 with jsonschema (Debian package python3-jsonschema) is not installed'

# valid.py SCHEMA REPORT STATUS: the report is what the schema says, and has the status.
cat >"$tmp/valid.py" <<'END'
import json, sys
from jsonschema import Draft202012Validator

schema, report = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:3])
Draft202012Validator.check_schema(schema)
errors = sorted(Draft202012Validator(schema).iter_errors(report), key=lambda error: error.json_path)
for error in errors[:10]:
    print(error.json_path, error.message[:300])
if report["exit_status"] != int(sys.argv[3]):
    print("exit_status", report["exit_status"], "but the status is", sys.argv[3])
    errors.append(None)
sys.exit(bool(errors))
END

# true.py REPORT TEXT-FINDINGS HIVE: each finding stands in the text report as well, in that order, at
# the offset of a key; its bytes are in the hive; the counts are those of the findings.
cat >"$tmp/true.py" <<'END'
import collections, json, sys

item, = json.load(open(sys.argv[1], encoding="utf-8"))["evidence"]
lines = open(sys.argv[2], encoding="utf-8").read().splitlines()
hive = open(sys.argv[3], "rb").read()
found = item["findings"]
assert lines == [f"{f['severity']} {f['rule']} {f['view']} {f['key']}" for f in found], "other findings"
assert len(found) > 0 and item["size"] == len(hive)
counts = collections.Counter(f["severity"] for f in found)
assert all(counts[level] == item["counts"][level] for level in ("note", "warning", "error"))
for f in found:
    if f["offset"] is not None:
        assert hive[f["offset"] + 4:f["offset"] + 6] == b"nk", f
        assert f["last_write"] == "2024-01-01T00:00:00.0000000Z", f
    if f["data"]:
        assert bytes.fromhex(f["data"]) in hive or len(f["data"]) <= 8, f
    pair = f.get("pair")
    if pair and pair["repaired_atr"] is not None:
        atr, mask, repaired = (bytes.fromhex(pair[m]) for m in ("atr", "mask", "repaired_atr"))
        assert repaired == bytes(a & m for a, m in zip(atr, mask)), f
        assert pair["offending_bytes"] == [i for i in range(len(atr)) if atr[i] & ~mask[i]], f
keys = [(["native", "wow6432node", "wowaa32node", "none"].index(f["view"]), f["key"].upper(), f["rule"]) for f in found]
assert keys == sorted(keys), "not sorted"
END

# valid STATUS ARGUMENT...: the report of a run that has to end with this status.
valid() {
    status=$1
    shift
    audit "$status" -q -o "json=$tmp/report.json" "$@" || return
    python3 "$tmp/valid.py" "$srcdir/doc/hiveaudit-report.schema.json" "$tmp/report.json" "$status"
}

sample_hives || exit
calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'
clean=$tmp/stock.hive broken=$tmp/broken.hive
: >"$tmp/empty"
echo text >"$tmp/text"
head -c 20000 "$broken" >"$tmp/truncated"
"$MKHIVE" --dirty "$tmp/dirty.hive" "$srcdir/hives/stock.reg" || exit

esc=$(printf '\033') bidi=$(printf '\342\200\256')
hive names "$srcdir/hives/stock.reg" <<END || exit
[$calais\\SmartCards\\A$esc "quoted" \\back $bidi]
"ATR"=hex:3b
"InstalledBy"=hex(1):3d,d8,00,00,41,00
@="$esc"
[$calais\\Readers]
"RetryDeviceInitialize"=hex(deadbeef):01,02
"$esc$bidi"=hex:00
@=hex(7):41,00
END
hive settings "$srcdir/hives/stock.reg" <<END || exit
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\ScPnP]
"EnableScPnP"=dword:00000000
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\CertProp]
"CertPropEnabled"=dword:00000001
[$calais\\PIV Device ATR Cache]
"1"=hex:3b,04,51,ff,08,00
END
hive unknown-os <<END || exit
[$calais\\SmartCards\\Contoso]
"ATR"=hex:3b,02,14,58
END
hive nothing <<END || exit
[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]
"ProductName"="Windows"
END

check 'a clean hive' valid 0 "$clean"
check 'the sample of Microsoft' valid 0 "$tmp/fabrikam.hive"
check 'a broken hive' valid 1 "$broken"
check 'only its errors' valid 1 --min-severity=error "$broken"
check 'nothing of it fails' valid 0 --fail-on=never "$broken"
check 'a dirty hive' valid 3 "$tmp/dirty.hive"
check 'a dirty hive that is accepted' valid 0 --allow-dirty "$tmp/dirty.hive"
check 'hostile names and odd types' valid 1 "$tmp/names.hive"
check 'inventories' valid 1 --inventory "$broken" "$tmp/names.hive" "$srcdir/hives/fabrikam.reg"
check 'policies and caches' valid 1 "$tmp/settings.hive"
check 'an unknown Windows' valid 1 "$tmp/unknown-os.hive"
check 'a hive with nothing to audit' valid 3 "$tmp/nothing.hive"
check 'an empty file' valid 3 "$tmp/empty"
check 'a text file' valid 3 "$tmp/text"
check 'a truncated hive' valid 3 "$tmp/truncated"
check 'a missing file' valid 3 "$tmp/missing"
check 'a folder' valid 3 "$tmp"
check 'several hives, good and bad' valid 3 "$clean" "$tmp/missing" "$broken" "$tmp/dirty.hive" "$clean"

if [ -n "${HIVEAUDIT_CORPUS:-}" ] && command -v xz >"$tmp/which"; then
    unpack "$HIVEAUDIT_CORPUS/hives/win7-x86/SOFTWARE.xz" || exit
    check 'a real Windows 7' valid 0 "$tmp/SOFTWARE"
    unpack "$HIVEAUDIT_CORPUS/hives/win81-x64/SOFTWARE.xz" || exit
    check 'a real Windows 8.1' valid 3 "$tmp/SOFTWARE"
    for name in hives/traps/ntuser_software_partial hostile/GarbageHive hostile/TruncatedHive \
        hostile/UnicodeHive hostile/misc/special hostile/misc/invalid_regf_checksum.rf; do
        unpack "$HIVEAUDIT_CORPUS/$name.xz" || exit
        check "$name" valid 3 "$tmp/${name##*/}"
    done
else
    skip 'hives of the corpus' 'HIVEAUDIT_CORPUS is not set, or xz is not installed'
fi

agrees() {
    audit 1 -o text -o "json=$tmp/report.json" "$broken" && findings <"$tmp/out" >"$tmp/found" &&
        python3 "$tmp/true.py" "$tmp/report.json" "$tmp/found" "$broken"
}
check 'text and JSON report the same findings, and these are true to the hive' agrees
done_testing
