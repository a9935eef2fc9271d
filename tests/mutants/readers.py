# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: readers.py FOLDER COUNT
# Reads the reports of one run, each by a reader that is not ours: FOLDER/json, FOLDER/csv ... All are about so many
# pieces of evidence and the same findings, and none holds a character that a terminal or a reader would not show
# as itself. Prints what is wrong; nothing else.
import csv, html.parser, json, os, sqlite3, sys, unicodedata, xml.etree.ElementTree

folder, count = sys.argv[1], int(sys.argv[2])


# Unicode counts them as format characters, but they are seen, and hide and reorder nothing.
SEEN = set(map(chr, [*range(0x600, 0x606), 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd,
                     *range(0x13430, 0x13440)]))


def read(name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        text = file.read()
    for character in set(text) - set("\r\n") - SEEN:
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"), f"{name}: {character!r}"
    return text


class Page(html.parser.HTMLParser):
    """Tags that the page has once, pieces of evidence, and what links lead to."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.pieces, self.ids, self.links = 0, 0, set(), set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert not any(name.startswith("on") for name in attributes), attributes
        self.scripts += tag in ("script", "style")
        self.pieces += tag == "details" and "piece" in attributes.get("class", "").split()
        self.ids.add(attributes.get("id"))
        self.links.add(attributes.get("href", attributes.get("src")))


def list_findings(pieces):
    return [(piece["name"], finding["rule"], finding["key"]) for piece in pieces for finding in piece["findings"]]


def check_json():
    report = json.loads(read("json"))
    assert len(report["evidence"]) == count, len(report["evidence"])
    return list_findings(report["evidence"])


def check_lines(findings):
    lines = [json.loads(line) for line in read("jsonl").splitlines()]
    assert len(lines) == count, len(lines)
    assert findings == list_findings(lines)


def check_sarif(findings):
    run, = json.loads(read("sarif"))["runs"]
    assert [result["ruleId"] for result in run["results"]] == [rule for _, rule, _ in findings]


def check_csv(findings):
    rows = list(csv.DictReader(read("csv").splitlines(keepends=True), strict=True))
    assert not any(None in row or None in row.values() for row in rows)
    assert [row["rule"] for row in rows if row["rule"]] == [rule for _, rule, _ in findings]


def check_junit(findings):
    suites = xml.etree.ElementTree.fromstring(read("junit")).findall("testsuite")
    assert len(suites) == count + 1, len(suites)  # the last is of the run
    for suite in suites:
        for part, tag in (("tests", ""), ("failures", "/failure"), ("errors", "/error"), ("skipped", "/skipped")):
            assert int(suite.get(part)) == len(suite.findall("testcase" + tag)), (part, suite.get("name"))


def check_sqlite(findings):
    database = sqlite3.connect(os.path.join(folder, "sqlite"))
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("SELECT count(*) FROM evidence").fetchall() == [(count,)]
    assert [rule for rule, in database.execute("SELECT rule FROM findings ORDER BY evidence_id, finding_id")] == \
        [rule for _, rule, _ in findings]


def check_html(findings):
    page = Page(read("html"))
    assert page.scripts == 2, page.scripts
    assert page.pieces == count, page.pieces
    lost = {link[1:] for link in page.links if link and link.startswith("#")} - page.ids
    assert not lost, lost


def check_bodyfile(findings):
    for line in read("bodyfile").splitlines():
        fields = line.split("|")
        assert line.startswith("#") or len(fields) == 11 and all(field.isdigit() for field in fields[6:]), line


def check_manifest(findings):
    assert len(json.loads(read("manifest"))["evidence"]) == count


if __name__ == "__main__":
    try:
        read("text")
        of_json = check_json()
        for check in (check_lines, check_sarif, check_csv, check_junit, check_sqlite, check_html, check_bodyfile,
                      check_manifest):
            check(of_json)
    except (AssertionError, KeyError, ValueError, csv.Error, sqlite3.Error, xml.etree.ElementTree.ParseError) as error:
        where = error.__traceback__
        while where.tb_next:
            where = where.tb_next
        print(f"{where.tb_frame.f_code.co_name}: {error!r:.300}")
