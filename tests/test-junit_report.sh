#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The JUnit report, as junitparser and Python's XML parser read it: a suite for each piece of evidence, a case for
# each rule, and the failures that the exit status stands for.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

# Debian's own python3 has Debian's junitparser, also where another python3 comes before it.
for python in python3 /usr/bin/python3 ''; do
    [ -z "$python" ] || ! "$python" -c 'import junitparser' 2>"$tmp/err" || break
done
[ -n "$python" ] || skip_all 'junitparser (Debian package python3-junitparser) is not installed'
# shellcheck source=tests/reports.sh
. "$srcdir/tests/reports.sh"

# agrees.py JUNIT JSON FAIL-ON: what JUnit XML says is what the JSON report says.
cat >"$tmp/agrees.py" <<'END'
import json, re, sys, unicodedata
import xml.etree.ElementTree as etree
from junitparser import Error, Failure, JUnitXml, Skipped

LEVELS = ["note", "warning", "error", "never"]
data = open(sys.argv[1], encoding="utf-8").read()
bad = {c for c in data if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}
assert not bad and "\ufffe" not in data and "\uffff" not in data, bad

def escaped(text):
    """As it stands in the file; U+FFFD may be what JSON has for half a surrogate pair."""
    out = "".join(c if c.isprintable() else {1: "\\x%02x", 2: "\\u%04x", 3: "\\U%08x"}[
        1 if ord(c) < 0x100 else 2 if ord(c) < 0x10000 else 3] % ord(c) for c in text)
    return re.escape(out).replace("\ufffd", r"(\\ud[89a-f]..|.)")

def fails(finding):
    return LEVELS.index(finding["severity"]) >= LEVELS.index(sys.argv[3]) and finding.get("replay") != "only-before"

suites = list(JUnitXml.fromfile(sys.argv[1]))
report = json.load(open(sys.argv[2], encoding="utf-8"))
evidence = report["evidence"]
# What is about the run is a suite behind all others.
assert len(suites) == len(evidence) + any(name in report for name in ("inputs", "waivers", "baseline"))
for suite, node, item in zip(suites, etree.parse(sys.argv[1]).getroot(), evidence):
    assert re.fullmatch(escaped(item["name"]), suite.name), suite.name
    cases = {case.name: case for case in suite}
    results = {name: {type(r) for r in case.result} for name, case in cases.items()}
    assert suite.tests == len(cases) == len(list(suite)), "two cases of one name"
    for count, kind in ((suite.failures, Failure), (suite.errors, Error), (suite.skipped, Skipped)):
        assert count == sum(kind in kinds for kinds in results.values())
    assert all(case.classname == suite.name and case.time == 0 for case in suite)
    assert (Error in results.pop("audit")) == (item["status"] != "complete") == bool(suite.errors)
    assert {n for n, kinds in results.items() if kinds} == {f["rule"] for f in item["findings"] if fails(f)}
    texts = {case.get("name"): "".join(case.itertext()) for case in node.iter("testcase")}
    for finding in item["findings"]:
        for text in finding["message"], finding["key"]:
            assert re.search(escaped(text), texts[finding["rule"]]), (text, texts[finding["rule"]])
    for diag in item["diagnostics"]:
        assert re.search(escaped(diag["message"]), texts["audit"]), diag
    properties = {p.name: p.value for p in suite.properties()}
    assert properties["status"] == item["status"]
    assert properties.get("sha256") == (item["hive"] and item["hive"]["sha256"])
    assert properties.get("arch") == (item["os"] and item["os"]["arch"])
END

# agrees STATUS ARGUMENT...: JUnit XML and JSON of one run agree; it is well-formed for xmllint, too.
fail_on=warning
agrees() {
    report junit "$@" --fail-on="$fail_on" -o "json=$tmp/report.json" &&
        "$python" "$tmp/agrees.py" "$tmp/report" "$tmp/report.json" "$fail_on" || return
    ! command -v xmllint >"$tmp/which" || xmllint --noout "$tmp/report"
}
# suites PATTERN: the counts of the only suite.
suites() {
    same "$1" "$(sed -n 's/.* \(tests=.*\) time="0">$/\1/p' "$tmp/report")"
}

report_evidence || exit

check 'a clean hive' agrees 0 "$clean"
check 'a broken hive' agrees 1 "$broken"
check 'a recovered hive' agrees 1 "$dirty"
check 'a hive that stays dirty' agrees 3 --logs=ignore "$dirty"
check 'a clean hive and a file that cannot be read' agrees 3 "$clean" "$unreadable"
check 'with --hash there are digests, and a suite about the run' agrees 3 --hash "$broken" "$dirty" "$unreadable"
check 'an INF' agrees 0 "$srcdir/hives/contoso.inf"
check 'hostile names' agrees 1 "$names"
fail_on=error
check 'warnings that fail nothing' agrees 1 "$broken"
fail_on=never
check 'findings that all fail nothing' agrees 0 "$broken"
fail_on=warning
fleet || exit
check '1,000 hives' agrees 1 "$tmp/fleet"

one_rule() {
    agrees 1 --disable=all --enable=atr-outside-mask "$broken" && suites 'tests="2" failures="1" errors="0" skipped="0"'
}
check 'a rule that is switched off has no case' one_rule
unread_has_no_rules() {
    agrees 3 "$unreadable" && suites 'tests="1" failures="0" errors="1" skipped="0"'
}
check 'of what cannot be read no rule has passed' unread_has_no_rules
hidden_fails() {
    audit 1 -o junit --disable=all --enable=atr-structure --min-severity=error "$broken" &&
        says '<failure type="warning"' "$tmp/out"
}
check 'what fails the run is there, whatever is shown' hidden_fails
cat >"$tmp/rules.yaml" <<'END'
rules:
  - {id: of-windows-7, title: T, severity: error, applies_to: {build: "<10240"}, key: A, expect: {exists: true}}
  - {id: of-windows-10, title: T, severity: error, applies_to: {build: ">=10240"}, key: A, expect: {exists: true}}
END
other_builds_have_no_case() {
    agrees 1 --no-default-rules --rules="$tmp/rules.yaml" "$clean" && says 'name="of-windows-10"' "$tmp/report" &&
        silent 'name="of-windows-7"' "$tmp/report"
}
check 'a rule for other builds has no case' other_builds_have_no_case
labels_are_properties() {
    agrees 0 --case='<&"' --examiner=A --exhibit=B --note="$(printf 'E\nF')" "$clean" &&
        says '<property name="case" value="&lt;&amp;&quot;"/>' "$tmp/report" &&
        says '<property name="note" value="E\\x0aF"/>' "$tmp/report"
}
check 'what --case and its like say are properties' labels_are_properties
check 'a full disk is an error' is_full junit
check 'it has nothing to say of --card' no_cards junit
done_testing
