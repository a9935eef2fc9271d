# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What the tests of the database share, besides tap.sh, audit.sh and reports.sh.

python3 -c 'import sqlite3; assert sqlite3.sqlite_version_info >= (3, 37)' 2>"${tmp:?}/err" ||
    skip_all 'python3 with sqlite3 3.37 is not installed'

db=$tmp/report.db

# run STATUS ARGUMENT...: adds a run to the database.
run() {
    run_status=$1
    shift
    audit "$run_status" -q -o "sqlite=$db" "$@"
}

# ask DATABASE SQL: what it answers, a line for each row.
ask() {
    python3 - "$@" <<'END'
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2]):
    print(*row, sep="|")
END
}
# nothing_beside DATABASE: neither a journal nor anything that was begun.
nothing_beside() {
    same "$1" "$(find "${1%/*}" -name "${1##*/}*")"
}

# dump.py DATABASE RUN: all rows of a run but its number.
cat >"$tmp/dump.py" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for table, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1").fetchall():
    for row in db.execute(f"SELECT * FROM {table} WHERE run_id = ? ORDER BY 1, 2, 3", sys.argv[2:]):
        print(table, *row[1:])
END
