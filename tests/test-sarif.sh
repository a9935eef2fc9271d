#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The SARIF report, as Microsoft's validator and a JSON Schema validator read it: without an error or a warning,
# and with all that the JSON report says.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

python3 -c 'import json' 2>"$tmp/err" || skip_all 'python3 is not installed'
# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"

package=${HIVEAUDIT_NODE_MODULES-$srcdir/tests/npm/node_modules}/@microsoft/sarif-multitool-linux

# validated.py LOG: what the validator found, but for the one rule that is not followed. SARIF2005 wants an
# informationUri of the tool: there is no page about hiveaudit on the Web to name.
cat >"$tmp/validated.py" <<'END'
import json, sys

run = json.load(open(sys.argv[1], encoding="utf-8-sig"))["runs"][0]
rules = run["tool"]["driver"].get("rules", [])
assert run["invocations"][0]["executionSuccessful"], run["invocations"]
bad = {}
for result in run.get("results", []):
    if result.get("level", "warning") in ("error", "warning") and result["ruleId"] != "SARIF2005":
        bad.setdefault(result["ruleId"], result)
assert not bad, json.dumps(bad, indent=1)
END

# agrees.py SARIF JSON: results are the findings, in their order; what is written for GitHub and viewers is there.
cat >"$tmp/agrees.py" <<'END'
import json, re, sys, unicodedata
from urllib.parse import unquote

data = open(sys.argv[1], "rb").read()
assert data.isascii()
log, report = json.loads(data), json.load(open(sys.argv[2], encoding="utf-8"))
run, = log["runs"]
rules, artifacts = run["tool"]["driver"]["rules"], run["artifacts"]
invocation, = run["invocations"]
assert invocation["executionSuccessful"] == (report["exit_status"] < 2)
assert invocation["exitCode"] == report["exit_status"]
assert "startTimeUtc" not in invocation

def is_plain(text):
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)

def escaped(name):
    """As messages and names have it; the surrogates of JSON are U+FFFD."""
    return re.sub(r"\\u[dD][89a-fA-F][0-9a-f]{2}", "\ufffd", re.sub(
        r"\\(x[0-9a-f]{2}|u(?![dD][89a-fA-F])[0-9a-f]{4}|U[0-9a-f]{8})", lambda m: chr(int(m[1][1:], 16)), name))

def spoken(text):
    return escaped(text).replace("{{", "{").replace("}}", "}").replace("]\\(", "](")

def check_location(location):
    uri = location["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/!()%-]+", uri) and not uri.startswith("/"), uri
    assert artifacts[location["index"]]["location"] == location
    return unquote(uri)

for rule in rules:
    assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"], rule["id"]
    assert rule["help"]["text"] and rule["help"]["markdown"], rule["id"]
    assert rule["helpUri"].startswith("https://"), rule["id"]
left = iter(run["results"])
notes = iter(invocation["toolExecutionNotifications"])
for item in report["evidence"]:
    for finding in item["findings"]:
        result = next(left)
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == finding["rule"]
        assert result["level"] == finding["severity"]
        assert is_plain(result["message"]["text"])
        assert spoken(result["message"]["text"]) == finding["message"], (result, finding)
        assert result["partialFingerprints"] == {"hiveauditFingerprint/v1": finding["fingerprint"]}
        location, = result["locations"]
        place = location["physicalLocation"]
        name = check_location(place["artifactLocation"])
        if finding.get("hive") != "system":
            assert item["name"].lstrip("/").removeprefix("./") == name, (item["name"], name)
        region = place["region"]
        assert region["startLine"] == finding.get("line", 1)
        if finding.get("line"):
            assert region["startColumn"] == finding["column"]
        if finding["offset"] and finding["offset"] + 80 <= item["size"]:
            assert (region["byteOffset"], region["byteLength"]) == (finding["offset"], 80)
        for key in location.get("logicalLocations", []):
            full = key["fullyQualifiedName"]
            assert is_plain(full) and finding["key"] in escaped(full), (full, finding["key"])
            assert finding["view"] == "none" or full.startswith("HKEY_LOCAL_MACHINE\\SOFTWARE\\")
        for name in ("view", "last_write", "pair"):
            assert result["properties"].get(name) == finding.get(name)
    for diag in item["diagnostics"]:
        note = next(notes)
        assert note["level"] == {"note": "note", "incomplete": "warning", "failed": "error"}[diag["level"]]
        assert diag["message"] in spoken(note["message"]["text"]) and is_plain(note["message"]["text"])
        check_location(note["locations"][0]["physicalLocation"]["artifactLocation"])
assert next(left, None) is None and next(notes, None) is None
END

# schema.py SCHEMA SARIF
cat >"$tmp/schema.py" <<'END'
import json, sys
import jsonschema

schema, log = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
jsonschema.Draft202012Validator(schema).validate(log)
END

# The validator looks for what URIs name on the Web, if only to note it: here it shall not get there.
validates() {
    https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
        "$package/Sarif.Multitool" validate "$tmp/report.sarif" --rule-kind 'Sarif;Ghas;Gh' \
        --level 'Error;Warning' --max-file-size-in-kb 100000 --log ForceOverwrite -o "$tmp/log" >"$tmp/said" 2>&1
    python3 "$tmp/validated.py" "$tmp/log" || { tail -n 5 "$tmp/said" && return 1; }
}

# sarif STATUS ARGUMENT...: a run of this status, whose SARIF and JSON reports agree.
sarif() {
    report sarif "$@" -o "json=$tmp/report.json" && mv "$tmp/report" "$tmp/report.sarif" &&
        python3 "$tmp/agrees.py" "$tmp/report.sarif" "$tmp/report.json"
}

was_made() {
    cat "$tmp/made"
    return "$made_status"
}

# checked NAME STATUS ARGUMENT...: the tests of one run.
checked() {
    checked_name=$1
    shift
    made_status=0
    sarif "$@" >"$tmp/made" 2>&1 || made_status=$?
    check "$checked_name" was_made
    if [ -x "$package/Sarif.Multitool" ]; then
        check "$checked_name: its validator finds nothing" validates
    else
        skip "$checked_name: its validator finds nothing" 'no sarif-multitool in tests/npm (./bootstrap --with-test-tools)'
    fi
    if [ -e "$package/sarif-2.1.0.json" ] && python3 -c 'import jsonschema' 2>"$tmp/err"; then
        check "$checked_name: it is valid" python3 "$tmp/schema.py" "$package/sarif-2.1.0.json" "$tmp/report.sarif"
    else
        skip "$checked_name: it is valid" 'no schema in tests/npm, or no python3-jsonschema'
    fi
}

# holds EXPRESSION: whether a Python expression about the run holds.
holds() {
    python3 -c 'import json, sys
run, = json.load(open(sys.argv[1]))["runs"]
assert eval("(" + sys.argv[2] + ")"), run["invocations"]' "$tmp/report.sarif" "$1"
}

report_evidence || exit
checked 'a clean hive' 0 "$clean"
checked 'a broken hive' 1 "$broken"
checked 'a recovered hive' 1 "$dirty"
checked 'a hive that stays dirty' 3 --logs=ignore "$dirty"
checked 'evidence of all kinds' 3 "$clean" "$unreadable" "$tmp/missing" "$srcdir/hives/contoso.inf" "$srcdir/hives/broken.reg" "$clean"
checked 'hostile names' 1 "$names"
checked 'errors only' 1 --min-severity=error "$broken"

relative_names() {
    (cd "$tmp" && sarif 1 ./broken.hive dirty/SOFTWARE) &&
        holds '[a["location"].get("uriBaseId") for a in run["artifacts"]] == [None, None]' &&
        holds '[a["location"]["uri"] for a in run["artifacts"]] == ["broken.hive", "dirty/SOFTWARE"]'
}
absolute_names() {
    sarif 1 "$broken" && holds 'run["originalUriBaseIds"][run["artifacts"][0]["location"]["uriBaseId"]]["uri"] +
        run["artifacts"][0]["location"]["uri"] == "file://'"$broken"'"'
}
standard_input() {
    sarif 1 - <"$broken" && holds 'run["artifacts"][0]["location"]["uri"] == "(standard%20input)"'
}
an_archive() {
    (cd "$tmp" && tar -cf hives.tar broken.hive && sarif 1 hives.tar) &&
        holds 'run["artifacts"][0]["location"]["uri"] == "hives.tar!/broken.hive"'
}
cells_are_there() {
    sarif 1 "$broken" && python3 - "$tmp/report.sarif" "$broken" <<'END'
import json, sys
run, = json.load(open(sys.argv[1]))["runs"]
hive = open(sys.argv[2], "rb").read()
regions = [r["locations"][0]["physicalLocation"]["region"] for r in run["results"]]
found = [r for r in regions if "byteOffset" in r]
assert len(found) > 20
for region in found:
    cell = hive[region["byteOffset"]:][:region["byteLength"]]
    size = -int.from_bytes(cell[:4], "little", signed=True)
    assert cell[4:6] == b"nk" and len(cell) == 80 <= size, region
END
}
hashes() {
    sarif 1 --hash "$broken" "$dirty" && python3 - "$tmp/report.sarif" "$broken" "$dirty" "$dirty.LOG1" <<'END'
import hashlib, json, sys
run, = json.load(open(sys.argv[1]))["runs"]
want = [(hashlib.sha256(data).hexdigest(), len(data)) for data in (open(p, "rb").read() for p in sys.argv[2:])]
assert [(a["hashes"]["sha-256"], a["length"]) for a in run["artifacts"]] == want, run["artifacts"]
assert ["roles" in a for a in run["artifacts"]] == [True, True, False]
END
}
hashes_of_a_text() {
    sarif 0 --hash "$srcdir/hives/contoso.inf" && holds 'run["artifacts"][0]["hashes"] and len(run["artifacts"]) == 1'
}
the_system_hive() {
    mkdir "$tmp/config" && cp "$broken" "$tmp/config/SOFTWARE" && "$MKHIVE" "$tmp/config/SYSTEM" "$srcdir/hives/system.reg" &&
        sarif 1 --enable=all "$tmp/config/SOFTWARE" && holds 'len(run["artifacts"]) == 2' || return
    # Of the stock sample nothing is wrong there: a service that is off is made for it.
    hive off "$srcdir/hives/system.reg" <<'END' && cp "$tmp/off.hive" "$tmp/config/SYSTEM" || return
[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\SCardSvr]
"Start"=dword:00000004
END
    sarif 1 "$tmp/config/SOFTWARE" && holds 'any(
        r["properties"].get("hive") == "system" and
        r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith("HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\") and
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("/SYSTEM") for r in run["results"])'
}
lines_of_a_text() {
    sarif 1 --inf-profile=windows10 "$srcdir/hives/contoso.inf" &&
        holds 'run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 25, "startColumn": 1}'
}
waived_is_suppressed() {
    cat >"$tmp/waivers.yaml" <<'END' &&
waivers:
  - rule: atr-outside-mask
    evidence: "*"
    reason: "the vendor [knows](http://example.org)"
    owner: A. Owner
    expires: 2030-01-31
  - rule: mask-missing
    evidence: "*"
    reason: "it was"
    owner: B. Owner
    expires: 2020-01-31
  - rule: atr-missing
    evidence: "nothing like it"
    reason: "none"
    owner: C. Owner
    expires: 2030-01-31
END
        sarif 1 --waivers="$tmp/waivers.yaml" --now=2026-01-01 "$broken" &&
        holds 'all(bool(r["suppressions"]) == (r["ruleId"] == "atr-outside-mask") for r in run["results"])' &&
        holds '{json.dumps(s, sort_keys=True) for r in run["results"] for s in r["suppressions"]} == {json.dumps(
            {"justification": "the vendor [knows](http://example.org) (A. Owner, until 2030-01-31)",
             "kind": "external", "status": "accepted"}, sort_keys=True)}' &&
        holds '[n["level"] for n in run["invocations"][0]["toolConfigurationNotifications"]] == ["warning", "note"]'
}
baseline_is_a_state() {
    audit 1 -q -o "json=$tmp/earlier.json" "$broken" "$clean" &&
        sed 's/"fingerprint": "0/"fingerprint": "1/' "$tmp/earlier.json" >"$tmp/changed.json" &&
        report sarif 1 --baseline="$tmp/changed.json" "$broken" && mv "$tmp/report" "$tmp/report.sarif" &&
        holds '{r["baselineState"] for r in run["results"]} == {"new", "unchanged", "absent"}' &&
        holds '"stock.hive" in run["invocations"][0]["toolConfigurationNotifications"][0]["message"]["text"]'
}
labels_are_properties() {
    sarif 1 --case=C1 --examiner=E --exhibit=X --note="$(printf 'a\nb')" "$broken" &&
        holds 'run["properties"] == {"case": "C1", "examiner": "E", "exhibit": "X", "note": "a\nb", "min_severity": "note"}'
}
check 'a relative name is a URI without a base' relative_names
check 'an absolute one is relative to the root' absolute_names
check 'standard input has a name' standard_input
check 'what lies in an archive is named as a whole' an_archive
check 'regions are the cells of keys' cells_are_there
check '--hash adds digests, and the logs' hashes
check 'also of what is no hive' hashes_of_a_text
check 'the SYSTEM hive is an artifact of its own' the_system_hive
check 'findings in a text have lines and columns' lines_of_a_text
check 'waived findings are suppressed, and other waivers said' waived_is_suppressed
check 'a baseline makes states' baseline_is_a_state
check 'labels are properties of the run' labels_are_properties
check 'it has nothing to say of --card' no_cards sarif
check 'a full disk is an error' is_full sarif

fleet || exit
checked 'a thousand hives' 1 --min-severity=warning "$tmp/fleet"

# 350 hives with more than 25,000 findings, of which the last ones of the lowest severity go.
too_many_are_cut() {
    mkdir "$tmp/crowd" && for host in $(seq 1 350); do
        ln "$broken" "$tmp/crowd/$host" || return
    done
    report sarif 1 -o "json=$tmp/report.json" "$tmp/crowd" && mv "$tmp/report" "$tmp/report.sarif" &&
        python3 - "$tmp/report.sarif" "$tmp/report.json" <<'END'
import collections, json, sys
run, = json.load(open(sys.argv[1]))["runs"]
found = [f for e in json.load(open(sys.argv[2]))["evidence"] for f in e["findings"]]
counts = collections.Counter(f["severity"] for f in found)
kept = collections.Counter(r["level"] for r in run["results"])
over = len(found) - 25000
assert 0 < over < counts["note"] and kept.total() == 25000, counts
assert kept == counts - collections.Counter(note=over), (kept, counts)
text = run["invocations"][0]["toolConfigurationNotifications"][0]["message"]["text"]
assert f"notes: {over}" in text and "errors: 0, warnings: 0" in text, text
END
}
check 'more than 25,000 results are cut, and that is said' too_many_are_cut
done_testing
