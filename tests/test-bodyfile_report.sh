#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The body file, as mactime of The Sleuth Kit reads it: the times of the JSON report, on the keys that the hive has.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

command -v mactime >"$tmp/which" || skip_all 'mactime (Debian package sleuthkit) is not installed'
python3 -c 'import csv' 2>"$tmp/err" || skip_all 'python3 is not installed'
# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"

# agrees.py TIMELINE JSON BODYFILE: each event is at the time that JSON has for its key, and is the key at its cell.
cat >"$tmp/agrees.py" <<'END'
import csv, json, re, sys, unicodedata

data = open(sys.argv[3], encoding="utf-8").read()
bad = {c for c in data if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}
assert not bad and "\ufffe" not in data and "\uffff" not in data, bad
lines = [line for line in data.splitlines() if not line.startswith("#")]
assert all(line.count("|") == 10 for line in lines), "a field holds a field"
assert len(lines) == len(set(lines)), "a row is there twice"

def plain(text):
    text = re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", lambda m: chr(int(m[1][1:], 16)), text)
    return re.sub("[\ud800-\udfff]", "\ufffd", text)

def second(time):
    return re.sub(r"\.\d{7}Z$", "Z", time)

events = {}
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    if row["Type"] == "m...":  # what is no time of ours is "0000-00-00"
        events[plain(row["File Name"]), int(row["Meta"])] = row["Date"]
    else:
        assert row["Date"] == "0000-00-00T00:00:00Z", row
assert len(events) == len(lines), (len(events), len(lines))

for item in json.load(open(sys.argv[2], encoding="utf-8"))["evidence"]:
    name = item["name"]
    if item["hive"]:
        assert events[name + ": hive last written", 0] == second(item["hive"]["last_written"])
    for finding in item["findings"]:
        if finding["offset"] and finding["last_write"].endswith("Z"):
            hive = "SYSTEM" if finding.get("hive") else "SOFTWARE"
            event = events[f"{name}: HKLM\\{hive}\\{finding['key']}", finding["offset"]]
            assert event == second(finding["last_write"]), finding
    roots = {"native": "", "wow6432node": "Wow6432Node\\"}
    for entry in item.get("inventory") or []:
        for view in entry["views"]:
            key = f"{roots[view]}Microsoft\\Cryptography\\Calais\\SmartCards\\{entry['name']}"
            assert any(event == f"{name}: HKLM\\SOFTWARE\\{key}" for event, cell in events), key
END

# agrees STATUS ARGUMENT...: the timeline of a run agrees with its JSON report.
agrees() {
    report bodyfile "$@" -o "json=$tmp/report.json" &&
        mactime -y -d -b "$tmp/report" >"$tmp/timeline" 2>"$tmp/err" &&
        python3 "$tmp/agrees.py" "$tmp/timeline" "$tmp/report.json" "$tmp/report"
}

# times.py TIMELINE HIVEXML NAME: each event of a hive is there at the time that hivexml has for its key, and all
# keys of smart cards and providers are there.
cat >"$tmp/times.py" <<'END'
import csv, re, sys
import xml.etree.ElementTree as etree

keys = {}
def walk(node, path):
    for child in node.findall("node"):
        key = path + "\\" + child.get("name")
        keys[key] = child.findtext("mtime")
        walk(child, key)
xml = re.sub(rb"[\x00-\x08\x0b-\x1f]|&#x?[^;]*;", b"", open(sys.argv[2], "rb").read()) # hivexml has them in data
walk(etree.fromstring(xml).find("node"), sys.argv[3] + ": HKLM\\SOFTWARE")

LISTS = ["Calais", "Readers"], ["Calais", "SmartCards"], ["Defaults", "Provider"]
events = {}
for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")):
    if row["Type"] == "m..." and "HKLM" in row["File Name"]:
        events[row["File Name"]] = row["Date"]
for event, time in events.items():
    assert keys[event] == time, (event, keys[event], time)
for key, time in keys.items():
    parts = re.sub(r".*: HKLM\\SOFTWARE\\(Wow6432Node\\)?Microsoft\\Cryptography\\", "", key).split("\\")
    if parts == ["Calais"] or parts[:2] in LISTS and len(parts) < 4:
        assert key in events or (time or "") < "1980", key
assert len(set(events.values())) > 1, "times that differ"
END

# tick.py IN OUT: a hive of which each key was written in another second; two have a time that is none.
cat >"$tmp/tick.py" <<'END'
import re, sys

hive = bytearray(open(sys.argv[1], "rb").read())
for i, key in enumerate(re.finditer(rb"(?<=[\x00-\xff]{4})nk[\x00-\xff]\x00", bytes(hive[4096:]))):
    at = 4096 + key.start() + 4
    hive[at:at + 8] = (131000000000000000 + i * 864000 * 10**7 // 7).to_bytes(8, "little")
for name, time in ((b"Contoso ATR empty", 0), (b"Contoso without CSP", 5)):
    at = hive.index(b"nk", hive.index(name) - 78) + 4
    hive[at:at + 8] = time.to_bytes(8, "little")
open(sys.argv[2], "wb").write(hive)
END

# true_times STATUS HIVE ARGUMENT...: the times are those that another reader of hives has.
true_times() {
    hivexml "$2" >"$tmp/hive.xml" && agrees "$@" && python3 "$tmp/times.py" "$tmp/timeline" "$tmp/hive.xml" "$2"
}

report_evidence || exit
python3 "$tmp/tick.py" "$broken" "$tmp/ticking.hive" || exit
check 'a clean hive' agrees 0 --inventory "$clean"
check 'a broken hive' agrees 1 --inventory "$broken"
check 'a recovered hive' agrees 1 "$dirty"
check 'hostile names' agrees 1 --inventory "$names"
check 'a SYSTEM hive' agrees 1 --system="${builddir:?}/hives/system.hive" "$broken"
if command -v hivexml >"$tmp/which"; then
    check 'times that differ' true_times 1 "$tmp/ticking.hive"
    if [ -n "${HIVEAUDIT_CORPUS:-}" ] && command -v xz >"$tmp/which"; then
        unpack "$HIVEAUDIT_CORPUS/hives/win7-x86/SOFTWARE.xz" || exit
        check 'a real Windows 7' true_times 0 "$tmp/SOFTWARE"
    else
        skip 'a real Windows 7' 'HIVEAUDIT_CORPUS is not set, or xz is not installed'
    fi
else
    skip 'times that differ' 'hivexml (Debian package libhivex-bin) is not installed'
fi
no_times_are_comments() {
    agrees 1 "$tmp/ticking.hive" && says '^# .*Contoso ATR empty: no time: its FILETIME is 0$' "$tmp/report" &&
        says '^# .*Contoso without CSP: no time: its FILETIME is 5$' "$tmp/report" &&
        silent "SOFTWARE.Microsoft.*Contoso ATR empty|1970" "$tmp/timeline"
}
check 'what is no time is said, and is no event' no_times_are_comments
missing_is_said() {
    agrees 3 --logs=ignore "$unreadable" "$dirty" && says "^# $unreadable: failed: is not a registry hive" "$tmp/report" &&
        says "^# $dirty: incomplete: the hive is dirty" "$tmp/report"
}
check 'evidence that is not there as a whole is said' missing_is_said
text_is_said() {
    agrees 0 "$srcdir/hives/contoso.inf" && says 'contoso.inf: a text, which has no times$' "$tmp/report"
}
check 'so is a text' text_is_said
labels_are_comments() {
    agrees 0 --case='A|B' --note="$(printf 'E\nF')" "$clean" && says '^# case: A\\x7cB$' "$tmp/report" &&
        says '^# note: E\\x0aF$' "$tmp/report"
}
check 'so is what --case and its like say' labels_are_comments
check 'cards that are asked about change no times' agrees 1 --card=3b00 "$clean"
fleet || exit
check '1,000 hives' agrees 1 "$tmp/fleet"
check 'a full disk is an error' is_full bodyfile
done_testing
