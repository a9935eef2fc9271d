#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The CSV report, as Python's csv module reads it: what the JSON report says, a finding a row, and no cell that a
# spreadsheet takes for a formula.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

python3 -c 'import csv' 2>"$tmp/err" || skip_all 'python3 is not installed'
# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"

# agrees.py CSV JSON: rows are findings, in their order, behind what is missing of their evidence.
cat >"$tmp/agrees.py" <<'END'
import csv, json, re, sys, unicodedata

data = open(sys.argv[1], "rb").read()
assert data.endswith(b"\r\n") and not data.startswith(b"\xef\xbb\xbf")
assert not re.search(rb"[^\r]\n|\r[^\n]", data), "a line break that is none of RFC 4180"
text = data.decode("utf-8")
bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\r", "\n"}
assert not bad and "\ufffe" not in text and "\uffff" not in text, bad

FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
for delimiter in ",;":
    for row in csv.reader(text.splitlines(), delimiter=delimiter):
        assert not any(cell.startswith(tuple(FORMULA)) for cell in row), row

def plain(cell):
    """Without apostrophes in front and escapes; the surrogates are those of JSON."""
    cell = re.sub(r"(^|;)'", r"\1", cell)
    cell = re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", lambda m: chr(int(m[1][1:], 16)), cell)
    return re.sub("[\ud800-\udfff]", "\ufffd", cell)

def spaced(digits):
    return bytes.fromhex(digits or "").hex(" ")

def number(value):
    return "" if value is None else str(value)

rows = list(csv.DictReader(text.splitlines(), strict=True))
assert all(None not in row and None not in row.values() for row in rows), "rows of another length"
left = iter(rows)
for item in json.load(open(sys.argv[2], encoding="utf-8"))["evidence"]:
    diags = [d for d in item["diagnostics"] if d["level"] != "note"]
    assert bool(diags) == (item["status"] != "complete")
    for wanted in diags + item["findings"]:
        row = next(left)
        assert plain(row["evidence"]) == item["name"] and row["status"] == item["status"]
        assert row["sha256"] == (item["hive"] and item["hive"]["sha256"] or "")
        assert row["build"] == number(item["os"] and item["os"]["build"])
        assert row["product"] == (item["os"] and item["os"]["product"] or "")
        assert row["severity"] == wanted.get("severity", wanted.get("level"))
        assert row["rule"] == wanted.get("rule", "")
        assert plain(row["key"]) == (wanted["key"] or ""), (row["key"], wanted["key"])
        assert plain(row["message"]) == wanted["message"], (row["message"], wanted["message"])
        if not row["rule"]:
            continue
        pair = wanted.get("pair") or {}
        view = wanted.get("hive") or wanted["view"]
        assert row["view"] == view and plain(row["value"]) in (wanted["value"] or "", "(default)")
        assert row["atr"] == spaced(pair.get("atr")) and row["mask"] == spaced(pair.get("mask"))
        assert row["offending_bytes"] == " ".join(map(str, pair.get("offending_bytes", [])))
        assert row["repaired_atr"] == spaced(pair.get("repaired_atr"))
        assert row["last_write"] == (wanted["last_write"] or "") and row["offset"] == number(wanted["offset"])
        assert row["line"] == number(wanted.get("line")) and row["column"] == number(wanted.get("column"))
        assert row["replay"] == wanted.get("replay", "")
        assert row["architectures"] == ", ".join(wanted.get("architectures", []))
        assert re.fullmatch("[0-9a-f]{64}", row["fingerprint"])
assert next(left, None) is None, "more rows than findings"
END

# agrees STATUS ARGUMENT...: CSV and JSON of one run agree.
agrees() {
    report csv "$@" -o "json=$tmp/report.json" && python3 "$tmp/agrees.py" "$tmp/report" "$tmp/report.json"
}
# rows N: how many findings and faults the report has.
rows() {
    same "$1" "$(($(grep -c '' "$tmp/report") - 1))"
}

report_evidence || exit

clean_is_a_header() {
    agrees 0 --min-severity=warning "$clean" && rows 0 && says '^evidence,status,.*,rule,severity,' "$tmp/report"
}
check 'of a clean hive there are its notes' agrees 0 "$clean"
check 'without them there is the header' clean_is_a_header
check 'of a broken hive each finding is a row' agrees 1 "$broken"
check 'likewise only its errors' agrees 1 --min-severity=error "$broken"
check 'a recovered hive says what its logs brought' agrees 1 "$dirty"
dirty_is_a_row() {
    agrees 3 --min-severity=warning --logs=ignore "$dirty" && rows 1 && says ',incomplete,.*,incomplete,.*the hive is dirty' "$tmp/report"
}
check 'a hive that stays dirty has a row that says so' dirty_is_a_row
unreadable_is_a_row() {
    agrees 3 --min-severity=warning "$clean" "$unreadable" && rows 1 && says "^$unreadable,failed,.*,failed,.*is not a registry hive" "$tmp/report"
}
check 'a file that cannot be read has a row that says so' unreadable_is_a_row
check 'with --hash rows have digests' agrees 3 --hash "$broken" "$dirty" "$unreadable"
check 'an INF has lines, columns and architectures' agrees 0 "$srcdir/hives/contoso.inf"
cat >"$tmp/bad.inf" <<'END'
[Version]
Signature="$Windows NT$"
[DefaultInstall]
AddReg=r
[r]
HKLM,"SOFTWARE\Microsoft\Cryptography\Calais\SmartCards\Contoso",ATR,1,3b
END
check 'so has one with faults' agrees 1 "$tmp/bad.inf"
check 'hostile names are text, and can be had back' agrees 1 "$names"
named_like_a_formula() {
    (cd "$tmp/names" && agrees 1 ./=*) && says "^\"\./=1\\+1;'\"\"-x\"\",<script>" "$tmp/report"
}
check 'so is the name of a file' named_like_a_formula
labels_are_cells() {
    agrees 1 --case='=1' --examiner='A, B' --exhibit='C "D"' --note="$(printf 'E\nF')" "$broken" &&
        says ",'=1,\"A, B\",\"C \"\"D\"\"\",E.x0aF.\$" "$tmp/report"
}
check 'what --case and its like say is in each row' labels_are_cells
fleet || exit
check 'of 1,000 hives all findings are there' agrees 1 "$tmp/fleet"
check 'a full disk is an error' is_full csv
check 'it has nothing to say of --card' no_cards csv
done_testing
