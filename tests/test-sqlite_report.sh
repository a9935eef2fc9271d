#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The database of runs, as Python's sqlite3 module and the program sqlite3 read it: what the JSON report says, run
# behind run, and what its views answer.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"
# shellcheck source=tests/databases.sh
. "$srcdir/tests/databases.sh"

# agrees.py DATABASE JSON: the last run is what the JSON report says, and the database is sound.
cat >"$tmp/agrees.py" <<'END'
import json, re, sqlite3, sys

db = sqlite3.connect(sys.argv[1])
db.row_factory = sqlite3.Row
report = json.load(open(sys.argv[2], encoding="utf-8"))
assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
assert db.execute("PRAGMA foreign_key_check").fetchall() == []
run = db.execute("SELECT * FROM latest_run").fetchone()

def equal(got, want, what):
    assert got == want, f"{what}: got {got!r}, want {want!r}"

def text(value):
    return value and value.replace("\0", "\ufffd")

def data(digits):
    return None if digits is None else bytes.fromhex(digits)

def rows(table, item):
    return db.execute(f"SELECT * FROM {table} WHERE run_id = ? AND evidence_id = ? ORDER BY 3",
                      (run["run_id"], item)).fetchall()

def check_exact(row, column):
    """The UTF-16 is there where the text lost something, and is what it was."""
    exact = row[column + "_utf16"]
    equal(exact is not None, "\ufffd" in (row[column] or ""), column + "_utf16 is there")
    if exact is not None:
        whole = exact.decode("utf-16-le", "surrogatepass")
        equal(re.sub("[\0\ud800-\udfff]", "\ufffd", whole), row[column], column)

def check_entries(got, item):
    want = []
    for entry in item["inventory"]:
        archs = entry.get("architectures") or {view: [None] for view in entry["views"]}
        want += [(view, arch, text(entry["name"]), data(entry["atr"]), data(entry["mask"]),
                  *(text(entry[name]) for name in ("module", "csp", "ksp", "verdict", "earlier", "reason")))
                 for view in entry["views"] for arch in archs[view]]
    columns = "view arch name atr mask module csp ksp verdict earlier reason".split()
    equal(sorted(repr(tuple(row[c] for c in columns)) for row in got), sorted(map(repr, want)), "entries")
    for number, row in enumerate(got, 1):
        equal(row["entry_id"], number, "entry_id")
        assert row["key"].endswith("\\SmartCards\\" + row["name"]), row["key"]
        assert (row["cell_offset"] or row["line_number"]) and bool(row["last_write"]) == bool(row["cell_offset"])
        check_exact(row, "name")

def check_finding(row, want):
    pair, waiver = want.get("pair") or {}, want.get("waiver") or {}
    for column in "rule severity view key value message last_write".split():
        equal(row[column], text(want[column]), column)
    for column, name in (("cell_offset", "offset"), ("line_number", "line"), ("column_number", "column"),
                         ("replay", "replay")):
        equal(row[column], want.get(name), column)
    for column in "atr mask repaired_atr".split():
        equal(row[column], data(pair.get(column)), column)
    equal(row["decoded"], text(pair.get("decoded")), "decoded")
    equal(row["hive"], want.get("hive", "software"), "hive")
    equal(row["data"] or b"", data(want["data"]) or b"", "data")
    equal(row["golden_data"] or b"", data(want.get("golden", {}).get("data")) or b"", "golden_data")
    equal(row["card"], data(want.get("card")), "card")
    equal(row["architectures"] or "", ",".join(want.get("architectures", [])), "architectures")
    equal(row["waiver"], waiver and ("expired" if waiver["expired"] else "active") or None, "waiver")
    for column, name in (("waived_by", "owner"), ("waived_until", "expires"), ("waiver_reason", "reason")):
        equal(row[column], waiver.get(name), column)
    assert re.fullmatch("[0-9a-f]{64}", row["fingerprint"])
    check_exact(row, "key")
    check_exact(row, "value")

def check_gone(got, want):
    columns = "rule severity view key value message fingerprint".split()
    equal([[row[c] for c in columns] for row in got], [[text(old[c]) for c in columns] for old in want], "gone")

def check_evidence(row, want):
    number, hive, os = row["evidence_id"], want["hive"] or {}, want["os"] or {}
    for column in "name status size".split():
        equal(row[column], want[column], column)
    for column in "product display_version build ubr arch system_root".split():
        equal(row[column], text(os.get(column)), column) if isinstance(os.get(column), str) else \
            equal(row[column], os.get(column), column)
    for column, name in (("hive_state", "state"), ("last_written", "last_written"), ("repairs", "repairs"),
                         ("sha256", "sha256"), ("file_name", "file_name")):
        equal(row[column], hive.get(name), column)
    equal(row["text_kind"], want.get("text", {}).get("kind"), "text_kind")
    for column in ("error", "warning", "note"):
        equal(row[column + "s"], want["counts"][column], column)
    check_entries(rows("entries", number), want)
    check_gone(rows("gone_findings", number), want.get("gone", []))
    findings, diagnostics = rows("findings", number), rows("diagnostics", number)
    equal(len(findings), len(want["findings"]), "findings")
    for finding in zip(findings, want["findings"]):
        check_finding(*finding)
    equal([(row["level"], row["key"], row["message"]) for row in diagnostics],
          [(d["level"], text(d["key"]), text(d["message"])) for d in want["diagnostics"]], "diagnostics")

equal(run["exit_status"], report["exit_status"], "exit_status")
equal(run["golden"], report["tool"]["golden"], "golden")
equal((run["version"], run["sandbox"]), (report["tool"]["version"], report["tool"]["sandbox"]), "tool")
evidence = db.execute("SELECT * FROM evidence WHERE run_id = ? ORDER BY 2", (run["run_id"],)).fetchall()
equal(len(evidence), len(report["evidence"]), "evidence")
for row, want in zip(evidence, report["evidence"]):
    check_evidence(row, want)
rules = {row["rule"]: row for row in db.execute("SELECT * FROM rules WHERE run_id = ?", (run["run_id"],))}
for name, want in report["rules"].items():
    for column in "title severity effect remedy".split():
        equal(rules[name][column], want[column], column)
    tags = db.execute("SELECT tag FROM rule_tags WHERE run_id = ? AND rule = ?", (run["run_id"], name))
    equal({row[0] for row in tags}, set(want["tags"]), "tags")
missing = db.execute("SELECT name FROM missing_evidence WHERE run_id = ? ORDER BY missing_id", (run["run_id"],))
equal([row[0] for row in missing], report.get("baseline", {}).get("missing", []), "missing evidence")
waivers = db.execute("SELECT * FROM waivers WHERE run_id = ? ORDER BY waiver_id", (run["run_id"],)).fetchall()
columns = "rule key evidence reason owner expires state findings".split()
equal([[row["file"], row["line_number"]] + [row[c] for c in columns] for row in waivers],
      [[w["file"], w["line"]] + [w[c] for c in columns] for w in report.get("waivers", {}).get("items", [])], "waivers")
inputs = db.execute("SELECT * FROM inputs WHERE run_id = ? ORDER BY 2", (run["run_id"],)).fetchall()
columns = "name role state size sha256_before sha256_after".split()
equal([[row[c] for c in columns] for row in inputs], [[i[c] for c in columns] for i in report.get("inputs", [])], "inputs")
END

# agrees STATUS ARGUMENT...: database and JSON of one run agree.
agrees() {
    run "$@" --inventory -o "json=$tmp/report.json" && python3 "$tmp/agrees.py" "$db" "$tmp/report.json"
}
fresh_agrees() {
    rm -f "$db" && agrees "$@"
}
report_evidence || exit
cat >"$tmp/waivers.yaml" <<'END'
waivers:
  - {rule: atr-outside-mask, evidence: "*", reason: known, owner: A. B., expires: 2030-01-01}
  - {rule: csp-not-registered, evidence: "*", reason: late, owner: C. D., expires: 2020-01-01}
  - {rule: atr-missing, key: 'A\B', reason: in vain, owner: E. F., expires: 2030-01-01}
END

# ---- What it says ----

check 'a clean hive' fresh_agrees 0 "$clean"
check 'a broken one is the next run in the same file' agrees 1 "$broken"
check 'likewise only its errors' agrees 1 --min-severity=error "$broken"
check 'a recovered hive says what its logs brought' agrees 1 "$dirty"
check 'a hive that stays dirty says so' agrees 3 --logs=ignore "$dirty"
check 'so does a file that cannot be read' agrees 3 "$clean" "$unreadable" "$tmp/missing"
check 'an INF has lines, columns and architectures' agrees 0 "$srcdir/hives/contoso.inf"
check 'hostile names are text, and can be had back' agrees 1 "$names"
check 'digests of what was read' agrees 1 --hash "$broken" "$dirty"
check 'waivers' agrees 1 --waivers="$tmp/waivers.yaml" --now=2026-01-01 "$broken"
a_baseline_is_kept() {
    audit 3 -q -o "json=$tmp/now.json" "$broken" "$names" "$tmp/missing" || return
    sed 's/"fingerprint": "0/"fingerprint": "1/' "$tmp/now.json" >"$tmp/earlier.json"
    agrees 1 --baseline="$tmp/earlier.json" "$broken" "$names" &&
        same 1 "$(ask "$db" 'SELECT count(*) FROM missing_evidence JOIN latest_run USING (run_id)')" &&
        same 1 "$(ask "$db" 'SELECT count(*) > 0 FROM gone_findings JOIN latest_run USING (run_id)')"
}
check 'what a baseline had besides' a_baseline_is_kept
check 'what a golden hive has in its place' agrees 1 --golden="$clean" "$broken"
check 'all of this is there' same 12 "$(ask "$db" 'SELECT count(*) FROM runs')"

labels_are_kept() {
    run 0 --case=1 --examiner='A; B' --exhibit="C'D" --note="$(printf 'E\nF')" "$clean" &&
        same "1|A; B|C'D|E F" "$(ask "$db" "SELECT case_name, examiner, exhibit, replace(note, char(10), ' ') FROM latest_run")"
}
check 'what --case and its like say' labels_are_kept
name_is_kept() {
    (cd "$tmp/names" && agrees 1 ./=*)
}
check 'the name of a file is text' name_is_kept

# ---- The same bytes ----

mkdir "$tmp/some" && cp "$clean" "$broken" "$names" "$tmp/some" || exit
same_database() {
    for jobs in 1 1 2; do
        rm -f "$db" && run 1 -j"$jobs" "$tmp/some" || return
        [ -e "$tmp/same.db" ] || cp "$db" "$tmp/same.db" || return
        cmp "$tmp/same.db" "$db" || return
    done
}
check 'the same evidence gives the same bytes' same_database

added_is_the_same() {
    rm -f "$tmp/one.db" "$tmp/two.db"
    audit 1 -q -o "sqlite=$tmp/one.db" "$broken" "$names" && audit 0 -q -o "sqlite=$tmp/two.db" "$clean" &&
        python3 "$tmp/dump.py" "$tmp/two.db" 1 >"$tmp/first" && audit 1 -q -o "sqlite=$tmp/two.db" "$broken" "$names" &&
        python3 "$tmp/dump.py" "$tmp/two.db" 1 | cmp "$tmp/first" - &&
        python3 "$tmp/dump.py" "$tmp/one.db" 1 >"$tmp/alone" && python3 "$tmp/dump.py" "$tmp/two.db" 2 | cmp "$tmp/alone" -
}
check 'a run that is added is as it would be alone, and the first stays as it was' added_is_the_same

# ---- Questions ----

hosts_are_found() {
    rm -f "$db" && run 3 "$clean" "$broken" "$unreadable" &&
        same "$broken" "$(ask "$db" "SELECT DISTINCT evidence FROM hosts_with_finding WHERE rule = 'atr-outside-mask'")" &&
        same '4' "$(ask "$db" "SELECT findings FROM hosts_with_finding WHERE rule = 'atr-outside-mask'")"
}
check 'which hosts have a finding' hosts_are_found
worst_comes_first() {
    rm -f "$db" && run 1 "$broken" "$names" "$clean" &&
        same 'atr-length-invalid|error|2' "$(ask "$db" 'SELECT rule, severity, hosts FROM worst_rules LIMIT 1')" &&
        same 'note' "$(ask "$db" 'SELECT severity FROM worst_rules' | tail -n 1)" &&
        same "$(ask "$db" 'SELECT count(*) FROM current_findings')" "$(ask "$db" 'SELECT sum(findings) FROM worst_rules')"
}
check 'which rules are the worst' worst_comes_first
matrix_is_whole() {
    rm -f "$db" && run 3 "$clean" "$broken" "$unreadable" || return
    rules=$("$HIVEAUDIT" --list-rules | grep -vc ' off' | tr -d ' ')
    same "$((3 * rules))|$rules" "$(ask "$db" "SELECT count(*), sum(findings IS NULL) FROM matrix")" &&
        same "$(ask "$db" 'SELECT count(*) FROM current_findings')" "$(ask "$db" 'SELECT sum(findings) FROM matrix')" &&
        same "$unreadable" "$(ask "$db" 'SELECT DISTINCT evidence FROM matrix WHERE findings IS NULL')"
}
check 'each host by each rule' matrix_is_whole

# drift.py DATABASE: the view drift says what the findings of each two runs say.
cat >"$tmp/drift.py" <<'END'
import itertools, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
runs = [row[0] for row in db.execute("SELECT run_id FROM runs ORDER BY 1")]
status = {row[:2]: row[2] for row in db.execute("SELECT run_id, name, status FROM evidence")}
found = {run: set(db.execute("SELECT name, fingerprint FROM current_findings JOIN evidence USING (run_id, evidence_id)"
                             " WHERE run_id = ?", (run,))) for run in runs}
want = set()
for earlier, later in itertools.combinations(runs, 2):
    for change, run, other in (("gone", earlier, later), ("new", later, earlier)):
        want |= {(earlier, later, change, name, status.get((other, name)), fingerprint)
                 for name, fingerprint in found[run] - found[other]}
got = set(db.execute("SELECT earlier_run, later_run, change, evidence, other_status, fingerprint FROM drift"))
assert got == want, (got - want, want - got)
for row in sorted({row[:5] for row in got}, key=repr):
    print(*row)
END
# Hives are others in the second run, and there is one more; in the third, one cannot be read, and one is missing.
drift_is_said() {
    mkdir "$tmp/drift" && cp "$clean" "$tmp/drift/a" && cp "$broken" "$tmp/drift/b" && rm -f "$db" || return
    (cd "$tmp/drift" && run 1 a b && cp "$broken" a && cp "$clean" b && run 1 a b ./a && : >a && run 3 a b) || return
    python3 "$tmp/drift.py" "$db" >"$tmp/out" && same '1 2 gone a complete
1 2 gone b complete
1 2 new ./a None
1 2 new a complete
1 2 new b complete
1 3 gone a failed
1 3 gone b complete
1 3 new b complete
2 3 gone ./a None
2 3 gone a failed' "$(cat "$tmp/out")"
}
check 'what two runs differ in' drift_is_said
# Of 1,000 hosts with the same finding it would else take minutes.
drift_is_looked_up() {
    ask "$db" 'EXPLAIN QUERY PLAN SELECT * FROM drift' >"$tmp/out" &&
        says 'findings_by_fingerprint \(fingerprint=. AND run_id=. AND evidence_id=.\)' "$tmp/out"
}
check 'each finding is looked up in the other run by its evidence' drift_is_looked_up
replayed_is_current() {
    rm -f "$db" && run 1 "$dirty" && same 0 "$(ask "$db" "SELECT count(*) FROM current_findings WHERE replay = 'only-before'")" &&
        same "$(ask "$db" "SELECT count(*) FROM findings WHERE replay IS NOT 'only-before'")" \
            "$(ask "$db" 'SELECT count(*) FROM current_findings')"
}
check 'what the logs ended is in no answer' replayed_is_current
run_is_deleted() {
    rm -f "$db" && run 1 --hash "$broken" && cp "$db" "$tmp/kept.db" && run 1 --hash "$broken" "$names" || return
    python3 - "$db" "$tmp/kept.db" <<'END'
import sqlite3, sys
db, kept = (sqlite3.connect(path) for path in sys.argv[1:])
db.execute("PRAGMA foreign_keys = ON")
db.execute("DELETE FROM runs WHERE run_id = 2")
assert list(db.iterdump()) == list(kept.iterdump())
END
}
check 'a run is deleted with all that hangs on it' run_is_deleted

# The man page names each table, view and column, as its text without markup.
manual_names_all() {
    sed -n '/^\.SH THE SQLITE DATABASE/,/^\.SH REPAIRS/p' "$srcdir/doc/hiveaudit.1" | tr -s ' ,;()' '\n' >"$tmp/words"
    for word in $(ask "$db" "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
            UNION SELECT info.name FROM sqlite_schema JOIN pragma_table_info(sqlite_schema.name) AS info"); do
        grep -qxF -e "$word" "$tmp/words" || echo "$word"
    done >"$tmp/unnamed"
    same '' "$(cat "$tmp/unnamed")"
}
check 'the man page names all of it' manual_names_all
tool_reads_it() {
    same 'ok' "$(sqlite3 "$db" 'PRAGMA integrity_check')" && sqlite3 -json "$db" 'SELECT * FROM findings' | python3 -m json.tool >"$tmp/json"
}
if command -v sqlite3 >"$tmp/which"; then
    check 'the program sqlite3 reads it' tool_reads_it
else
    skip 'the program sqlite3 reads it' 'sqlite3 (Debian package sqlite3) is not installed'
fi

check 'it has nothing to say of --card' no_cards sqlite
fleet || exit
check 'of 1,000 hives all findings are there' fresh_agrees 1 "$tmp/fleet"
done_testing
