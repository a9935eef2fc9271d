# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: compare-reports.py [--hive] GOT.json [NAME WANTED.json]...

Says how a JSON report differs from one about evidence with these names, in this order, about each of
which it says what another report says about its only evidence. What depends on where evidence lies
is left out: the name of the image in front of the names of files, of which shadow copy it is, and notes
about how it was read.
With --hive, only what the SOFTWARE hive by itself tells is compared: rules that the other report
knows, without those that files or the SYSTEM hive decide."""

import json
import re
import sys

HIVE_FIELDS = ("status", "size", "hive", "os", "coverage", "settings", "findings")
# Rules whose findings are others where there is more than the hive.
NOT_OF_HIVE = re.compile(r"ksp-(unverified|not-registered)|module-(unverified|not-found)")
IN_WINDOWS = re.compile(r"(Windows/)?(System32/)?(config/)?[^/]*\Z", re.IGNORECASE)


def without_place(thing, place):
    if isinstance(thing, dict):
        return {name: without_place(value, place) for name, value in thing.items()}
    if isinstance(thing, list):
        return [without_place(value, place) for value in thing]
    return thing.replace(place, "") if isinstance(thing, str) and place else thing


def without(thing, *names):
    return {name: value for name, value in thing.items() if name not in names}


def without_folder(system):
    return {**system, "name": system["name"].rsplit("/", 1)[-1]} if system else system


def without_way(thing, way):
    """Files are found at a path from the root of an archive, which is not always that of a drive."""
    if isinstance(thing, dict):
        thing = {name: without_way(value, way) for name, value in thing.items()}
        if way and isinstance(thing.get("found"), str):
            thing["found"] = thing["found"].removeprefix(way)
        return thing
    return [without_way(part, way) for part in thing] if isinstance(thing, list) else thing


def facts_of(evidence, hive_rules):
    place = IN_WINDOWS.sub("", evidence["name"], count=1)
    facts = without(evidence, "name", "shadow_copy")
    facts["findings"] = [without(finding, "shadow_copies") for finding in evidence["findings"]]
    facts["diagnostics"] = [d for d in evidence["diagnostics"] if d["level"] != "note"]
    facts["system"] = without_folder(evidence.get("system"))
    if hive_rules is not None:
        facts = {name: facts[name] for name in HIVE_FIELDS}
        facts["findings"] = [without(f, "file") for f in facts["findings"] if f["rule"] in hive_rules]
    return without_place(without_way(facts, place.rsplit("!/", 1)[-1]), place)


def differences(name, got, wanted, path=""):
    if isinstance(got, dict) and isinstance(wanted, dict):
        for key in sorted(got.keys() | wanted.keys()):
            yield from differences(name, got.get(key), wanted.get(key), f"{path}.{key}")
    elif isinstance(got, list) and isinstance(wanted, list) and got != wanted:
        for thing in got:
            if thing not in wanted:
                yield f"{name}: {path} has {json.dumps(thing)}"
        for thing in wanted:
            if thing not in got:
                yield f"{name}: {path} lacks {json.dumps(thing)}"
        yield f"{name}: {path}: got {len(got)}, want {len(wanted)}"
    elif got != wanted:
        yield f"{name}: {path}: got {json.dumps(got)}, want {json.dumps(wanted)}"


def rules_of(report):
    findings = report["evidence"][0]["findings"]
    return {f["rule"] for f in findings if not NOT_OF_HIVE.match(f["rule"])}


def load(path):
    with open(path, encoding="ascii") as file:
        return json.load(file)


def compare(got, pairs, hive):
    names = [evidence["name"] for evidence in got["evidence"]]
    if names != [name for name, _ in pairs]:
        yield f"got evidence {names}, want {[name for name, _ in pairs]}"
        return
    for evidence, (name, path) in zip(got["evidence"], pairs):
        wanted = load(path)
        rules = rules_of(wanted) if hive else None
        yield from differences(name, facts_of(evidence, rules), facts_of(wanted["evidence"][0], rules))


def main(arguments):
    hive = arguments[:1] == ["--hive"]
    arguments = arguments[hive:]
    pairs = list(zip(arguments[1::2], arguments[2::2]))
    found = list(compare(load(arguments[0]), pairs, hive))
    for line in found[:20]:
        print(line[:500])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
