-- SPDX-License-Identifier: GPL-3.0-or-later
-- The database of "hiveaudit -o sqlite=FILE". Its columns stand here alone: rows are written, and
-- appended to another database, by the names that they have here. A change is a new user_version.
--
-- Texts are Unicode: what has no place in it (a lone surrogate), and a NUL, is U+FFFD; the exact
-- UTF-16LE is then in the column *_utf16. Times are UTC, as 2024-05-06T07:08:09.1234567Z, or the
-- FILETIME as a number where that is no time. A value that is NULL is not known, or is not there.

PRAGMA application_id = 1751742049; -- "hiva"
PRAGMA user_version = 1;

CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY, -- from 1, in the order in which they were added
    version TEXT NOT NULL, -- of hiveaudit
    sandbox TEXT NOT NULL, -- what was in force while evidence was read
    exit_status INTEGER NOT NULL,
    min_severity TEXT NOT NULL CHECK (min_severity IN ('note', 'warning', 'error')), -- findings below are not here
    case_name TEXT, -- --case
    examiner TEXT,
    exhibit TEXT,
    note TEXT,
    waiver_day TEXT, -- the day that waivers were held against
    baseline TEXT, -- what findings were held against
    golden TEXT, -- what evidence was held against
    atr_names TEXT -- the list of card names
) STRICT;

CREATE TABLE rules ( -- those that were on
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    rule TEXT NOT NULL, -- its id
    severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'error')),
    title TEXT NOT NULL,
    effect TEXT, -- what Windows does
    remedy TEXT,
    PRIMARY KEY (run_id, rule)
) STRICT;

CREATE TABLE rule_tags (
    run_id INTEGER NOT NULL,
    rule TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (run_id, rule, tag),
    FOREIGN KEY (run_id, rule) REFERENCES rules ON DELETE CASCADE
) STRICT;

CREATE TABLE evidence (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    evidence_id INTEGER NOT NULL, -- from 1 in each run, in the order of the report
    name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('complete', 'incomplete', 'failed')),
    size INTEGER NOT NULL, -- bytes
    sha256 TEXT, -- with --hash
    text_kind TEXT CHECK (text_kind IN ('inf', 'reg')), -- NULL: it is a hive
    product TEXT,
    display_version TEXT,
    build INTEGER,
    ubr INTEGER,
    arch TEXT CHECK (arch IN ('unknown', 'x86', 'amd64', 'arm', 'arm64')),
    system_root TEXT,
    hive_state TEXT CHECK (hive_state IN ('clean', 'dirty-recovered', 'dirty-unrecovered')),
    file_name TEXT, -- the path in its base block
    last_written TEXT,
    repairs INTEGER,
    shadow_copy INTEGER, -- the number of the one it lies in
    shadow_created TEXT,
    errors INTEGER NOT NULL, -- these count what min_severity leaves out as well
    warnings INTEGER NOT NULL,
    notes INTEGER NOT NULL,
    PRIMARY KEY (run_id, evidence_id)
) STRICT;
CREATE INDEX evidence_by_name ON evidence (name, run_id);

CREATE TABLE entries ( -- of Calais\SmartCards
    run_id INTEGER NOT NULL,
    evidence_id INTEGER NOT NULL,
    entry_id INTEGER NOT NULL, -- from 1 for each piece of evidence, in its order
    view TEXT NOT NULL CHECK (view IN ('native', 'wow6432node', 'wowaa32node')),
    arch TEXT, -- of an INF: where it writes this one
    name TEXT NOT NULL COLLATE NOCASE,
    name_utf16 BLOB,
    key TEXT NOT NULL COLLATE NOCASE,
    atr BLOB, -- data as stored, as of mask
    mask BLOB,
    module TEXT, -- the minidriver
    csp TEXT,
    ksp TEXT,
    verdict TEXT NOT NULL CHECK (verdict IN ('pairs', 'shares', 'shadowed', 'never', 'no-atr',
        'application', 'unreadable', 'uncompared')), -- as "verdict" of the JSON report
    earlier TEXT, -- the entry in front of it that takes its cards, or some of them
    reason TEXT,
    last_write TEXT, -- of the key
    cell_offset INTEGER, -- of the key's cell, in bytes
    line_number INTEGER, -- in a text, as the next
    column_number INTEGER,
    PRIMARY KEY (run_id, evidence_id, entry_id),
    FOREIGN KEY (run_id, evidence_id) REFERENCES evidence ON DELETE CASCADE
) STRICT;
CREATE INDEX entries_by_name ON entries (name);
CREATE INDEX entries_by_atr ON entries (atr);

CREATE TABLE findings (
    run_id INTEGER NOT NULL,
    evidence_id INTEGER NOT NULL,
    finding_id INTEGER NOT NULL, -- from 1 for each piece of evidence, in the order of the report
    rule TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'error')),
    hive TEXT NOT NULL CHECK (hive IN ('software', 'system')), -- that key and value are of
    view TEXT NOT NULL CHECK (view IN ('native', 'wow6432node', 'wowaa32node', 'none')),
    key TEXT NOT NULL COLLATE NOCASE,
    key_utf16 BLOB,
    value TEXT COLLATE NOCASE, -- its name; NULL: it is about the key as a whole
    value_utf16 BLOB,
    message TEXT NOT NULL,
    fingerprint TEXT NOT NULL, -- the same for the same finding in other runs
    data BLOB, -- of the value, as stored
    card BLOB, -- the ATR of the card that it is about
    atr BLOB, -- the pair that it is about, as the next three
    mask BLOB,
    repaired_atr BLOB,
    decoded TEXT, -- the ATR in words
    replay TEXT CHECK (replay IN ('only-after', 'only-before')), -- of the logs; only-before: no longer true
    architectures TEXT, -- of an INF: where it is there, with commas between
    shadow_copies TEXT, -- those that show it, with commas between
    last_write TEXT, -- of the key
    cell_offset INTEGER, -- of the key's cell, in bytes
    line_number INTEGER, -- in a text, as the next
    column_number INTEGER,
    waiver TEXT CHECK (waiver IN ('active', 'expired')),
    waived_by TEXT,
    waived_until TEXT,
    waiver_reason TEXT,
    baseline_state TEXT CHECK (baseline_state IN ('new', 'unchanged')),
    golden_data BLOB, -- what the golden hive has there
    PRIMARY KEY (run_id, evidence_id, finding_id),
    FOREIGN KEY (run_id, evidence_id) REFERENCES evidence ON DELETE CASCADE,
    FOREIGN KEY (run_id, rule) REFERENCES rules ON DELETE CASCADE
) STRICT;
CREATE INDEX findings_by_rule ON findings (rule, run_id, evidence_id);
CREATE INDEX findings_by_fingerprint ON findings (fingerprint, run_id, evidence_id);

CREATE TABLE diagnostics (
    run_id INTEGER NOT NULL,
    evidence_id INTEGER NOT NULL,
    diagnostic_id INTEGER NOT NULL, -- from 1 for each piece of evidence
    level TEXT NOT NULL CHECK (level IN ('note', 'incomplete', 'failed')),
    key TEXT COLLATE NOCASE,
    message TEXT NOT NULL,
    PRIMARY KEY (run_id, evidence_id, diagnostic_id),
    FOREIGN KEY (run_id, evidence_id) REFERENCES evidence ON DELETE CASCADE
) STRICT;

CREATE TABLE gone_findings ( -- of the baseline: not there any more
    run_id INTEGER NOT NULL,
    evidence_id INTEGER NOT NULL,
    gone_id INTEGER NOT NULL, -- from 1 for each piece of evidence
    rule TEXT NOT NULL, -- this and the next as they were then
    severity TEXT NOT NULL,
    view TEXT NOT NULL,
    key TEXT NOT NULL COLLATE NOCASE,
    value TEXT COLLATE NOCASE,
    message TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (run_id, evidence_id, gone_id),
    FOREIGN KEY (run_id, evidence_id) REFERENCES evidence ON DELETE CASCADE
) STRICT;

CREATE TABLE missing_evidence ( -- of the baseline: not in this run
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    missing_id INTEGER NOT NULL, -- from 1 in each run
    name TEXT NOT NULL,
    PRIMARY KEY (run_id, missing_id)
) STRICT;

CREATE TABLE waivers ( -- those that were given
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    waiver_id INTEGER NOT NULL, -- from 1 in each run, in the order of their files
    file TEXT NOT NULL,
    line_number INTEGER NOT NULL,
    rule TEXT NOT NULL,
    key TEXT COLLATE NOCASE, -- NULL: any
    evidence TEXT, -- a pattern of its name; NULL: any
    reason TEXT NOT NULL,
    owner TEXT NOT NULL,
    expires TEXT NOT NULL, -- the last day on which it holds
    state TEXT NOT NULL CHECK (state IN ('used', 'unused', 'expired')),
    findings INTEGER NOT NULL, -- that it waives, or would
    PRIMARY KEY (run_id, waiver_id)
) STRICT;

CREATE TABLE inputs ( -- every file that was read, with --hash
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    input_id INTEGER NOT NULL, -- from 1 in each run
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('evidence', 'part', 'log', 'system', 'system log')),
    state TEXT NOT NULL, -- as "state" of "inputs" of the JSON report
    size INTEGER NOT NULL, -- bytes
    sha256_before TEXT, -- the run
    sha256_after TEXT,
    PRIMARY KEY (run_id, input_id)
) STRICT;

-- The findings that hold: not those that are gone once the logs are replayed.
CREATE VIEW current_findings AS
    SELECT * FROM findings WHERE replay IS NOT 'only-before';

CREATE VIEW latest_run AS
    SELECT * FROM runs WHERE run_id = (SELECT max(run_id) FROM runs);

-- Which hosts have finding X.
CREATE VIEW hosts_with_finding AS
    SELECT run_id, rule, severity, evidence_id, name AS evidence,
           count(*) AS findings, count(*) FILTER (WHERE waiver = 'active') AS waived
    FROM current_findings JOIN evidence USING (run_id, evidence_id)
    GROUP BY run_id, rule, severity, evidence_id;

-- Of each run, the rule with the most hosts first, errors in front of warnings and notes.
CREATE VIEW worst_rules AS
    SELECT run_id, rule, hosts_with_finding.severity, title, count(*) AS hosts,
           sum(findings) AS findings, sum(waived) AS waived
    FROM hosts_with_finding JOIN rules USING (run_id, rule)
    GROUP BY run_id, rule, hosts_with_finding.severity
    ORDER BY run_id,
             CASE hosts_with_finding.severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END,
             hosts DESC, findings DESC, rule;

-- Each host by each rule; NULL where nothing could be judged.
CREATE VIEW matrix AS
    SELECT run_id, evidence_id, name AS evidence, rule,
           CASE WHEN status <> 'failed' THEN
               (SELECT count(*) FROM current_findings AS found
                WHERE found.run_id = evidence.run_id AND found.evidence_id = evidence.evidence_id
                  AND found.rule = rules.rule)
           END AS findings
    FROM evidence JOIN rules USING (run_id);

-- What two runs differ in, for each pair of them. other_status is that of the same evidence in the
-- other run, NULL where that did not have it: then nothing was repaired or broken. CROSS JOIN has
-- SQLite look at the one piece of evidence first, not at all that share the finding.
CREATE VIEW drift AS
    WITH pairs (earlier_run, later_run, change, run_id, other_run) AS (
        SELECT earlier.run_id, later.run_id, 'new', later.run_id, earlier.run_id
        FROM runs AS earlier JOIN runs AS later ON earlier.run_id < later.run_id
        UNION ALL
        SELECT earlier.run_id, later.run_id, 'gone', earlier.run_id, later.run_id
        FROM runs AS earlier JOIN runs AS later ON earlier.run_id < later.run_id
    )
    SELECT earlier_run, later_run, change, evidence.name AS evidence,
           (SELECT other.status FROM evidence AS other
            WHERE other.name = evidence.name AND other.run_id = other_run
            ORDER BY other.evidence_id LIMIT 1) AS other_status,
           rule, severity, hive, view, key, value, message, fingerprint
    FROM pairs JOIN evidence USING (run_id) JOIN current_findings AS found USING (run_id, evidence_id)
    WHERE NOT EXISTS (
        SELECT 1 FROM evidence AS other CROSS JOIN current_findings AS same USING (run_id, evidence_id)
        WHERE other.run_id = other_run AND other.name = evidence.name
          AND same.fingerprint = found.fingerprint);
