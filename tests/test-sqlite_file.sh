#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The file of a database: several writers at a time, and none but a sound database of runs is touched.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/databases.sh
. "$srcdir/tests/databases.sh"

sample_hives || exit
clean=$tmp/stock.hive broken=$tmp/broken.hive

# ---- Many ----

# writers FILE: six runs at the same time, all of which are there then.
writers() {
    pids=
    for writer in 1 2 3 4 5 6; do
        timeout 60 "$HIVEAUDIT" -q --note="$writer" -o "sqlite=$1" "$broken" &
        pids="$pids $!"
    done
    for pid in $pids; do
        writer_status=0
        wait "$pid" || writer_status=$?
        same 1 "$writer_status" || return
    done
    nothing_beside "$1" && same 'ok|0|6|6|1' "$(ask "$1" "SELECT
        (SELECT group_concat(integrity_check) FROM pragma_integrity_check),
        (SELECT count(*) FROM pragma_foreign_key_check), count(*), count(DISTINCT note),
        (SELECT count(DISTINCT n) FROM (SELECT count(*) AS n FROM findings GROUP BY run_id))
        FROM runs WHERE run_id > (SELECT max(run_id) - 6 FROM runs)")"
}
many_writers() {
    for round in 1 2 3 4; do
        rm -f "$tmp/shared.db"
        [ $((round % 2)) -eq 1 ] || : >"$tmp/shared.db"
        writers "$tmp/shared.db" && writers "$tmp/shared.db" || return
    done
}
check 'several writers at a time add all their runs' many_writers

# locker.py DATABASE: keeps it locked until a line comes.
cat >"$tmp/locker.py" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
END
waits_for_others() {
    rm -f "$db" "$tmp/to" "$tmp/from" && run 0 "$clean" && mkfifo "$tmp/to" "$tmp/from" || return
    exec 5<>"$tmp/to" 6<>"$tmp/from"
    python3 "$tmp/locker.py" "$db" <&5 >&6 &
    locker=$!
    read -r _ <&6
    timeout 60 "$HIVEAUDIT" -q -o "sqlite=$db" "$broken" &
    waiter=$!
    sleep 0.5
    kill -0 "$waiter" && echo >&5
    waiter_status=0
    wait "$waiter" || waiter_status=$?
    wait "$locker"
    exec 5<&- 6<&-
    same 1 "$waiter_status" && same 2 "$(ask "$db" 'SELECT count(*) FROM runs')"
}
check 'a run waits for a writer that is not done' waits_for_others

# What a writer has left that was killed is taken back, as SQLite does it.
killed_writer_is_undone() {
    rm -f "$db" && run 0 "$clean" && python3 - "$db" <<'END'
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN")
db.execute("UPDATE rules SET title = 'lost', effect = replace(hex(zeroblob(2000)), '00', 'x')")
os.kill(os.getpid(), signal.SIGKILL)
END
    [ -s "$db-journal" ] && run 1 "$broken" && nothing_beside "$db" && same '2|0' \
        "$(ask "$db" "SELECT count(*), (SELECT count(*) FROM rules WHERE title = 'lost') FROM runs")"
}
check 'what a killed writer left is undone' killed_writer_is_undone

# ---- What is not touched ----

# refuses FILE MESSAGE [ARGUMENT...]: the run ends with status 2 before any evidence is read, and the file is as
# it was.
refuses() {
    refused=$1 message=$2
    shift 2
    cp -p "$refused" "$tmp/before" && audit 2 -q -o "sqlite=$refused" "$@" "$broken" "$tmp/missing" &&
        says "^hiveaudit: $refused: the report cannot be written: $message" "$tmp/err" &&
        silent 'missing' "$tmp/err" && cmp "$tmp/before" "$refused" && nothing_beside "$refused"
}
# changed NAME SQL: a database like $tmp/good.db, changed.
rm -f "$db" && run 1 "$broken" && cp "$db" "$tmp/good.db" || exit
changed() {
    cp "$tmp/good.db" "$tmp/$1.db" && ask "$tmp/$1.db" "$2"
}
echo text >"$tmp/text.db"
check 'a text is refused' refuses "$tmp/text.db" 'it is no SQLite database$'
ask "$tmp/foreign.db" 'CREATE TABLE runs (a)'
check 'so is the database of another program' refuses "$tmp/foreign.db" \
    'it is the database of another program \(application_id 0, want 0x68697661\)$'
changed newer 'PRAGMA user_version = 2'
check 'so is one of a newer version' refuses "$tmp/newer.db" 'it is of another version of hiveaudit \(user_version 2, want 1\)$'
changed wal 'PRAGMA journal_mode = WAL' >"$tmp/mode"
check 'so is one with a write-ahead log' refuses "$tmp/wal.db" 'it uses a write-ahead log'
tables='its tables are not as hiveaudit makes them$'
changed column 'ALTER TABLE runs ADD COLUMN more TEXT'
check 'so is one with another column' refuses "$tmp/column.db" "$tables"
changed dropped 'DROP TABLE inputs'
check 'so is one without a table' refuses "$tmp/dropped.db" "$tables"
changed trigger 'CREATE TRIGGER spy AFTER INSERT ON runs BEGIN DELETE FROM findings; END'
check 'so is one with a trigger' refuses "$tmp/trigger.db" "$tables"
changed index "CREATE INDEX own ON runs (length(note))"
check 'so is one with an index on an expression' refuses "$tmp/index.db" "$tables"
python3 - "$tmp" <<'END' || exit
import sys
good = open(sys.argv[1] + "/good.db", "rb").read()
size = 4096
def write(name, content):
    open(f"{sys.argv[1]}/{name}.db", "wb").write(content)
write("page", good[:8 * size] + bytes(b ^ 0x55 for b in good[8 * size:9 * size]) + good[9 * size:])
write("cut", good[:len(good) // 2])
write("odd", good[:size + 100])
write("head", good[:60])
write("zeros", bytes(3 * size))
write("schema", good[:100] + bytes(b ^ 0xff for b in good[100:200]) + good[200:])
END
check 'so is one with a damaged page' refuses "$tmp/page.db" 'it is damaged: '
for name in cut odd schema; do
    check "so is a damaged one: $name" refuses "$tmp/$name.db" '(it is damaged: |database disk image is malformed|malformed)'
done
for name in head zeros; do
    check "so is what is no database any more: $name" refuses "$tmp/$name.db" 'it is no SQLite database$'
done

views_are_left_alone() {
    changed own 'CREATE VIEW spy AS SELECT * FROM runs' && ask "$tmp/own.db" ANALYZE &&
        audit 1 -q -o "sqlite=$tmp/own.db" "$broken" && same 2 "$(ask "$tmp/own.db" 'SELECT count(*) FROM spy')"
}
check 'a view of the user and statistics are no fault' views_are_left_alone
empty_is_filled() {
    : >"$tmp/empty.db" && audit 1 -q -o "sqlite=$tmp/empty.db" "$broken" && python3 "$tmp/dump.py" "$tmp/good.db" 1 >"$tmp/alone" &&
        python3 "$tmp/dump.py" "$tmp/empty.db" 1 | cmp "$tmp/alone" - && nothing_beside "$tmp/empty.db"
}
check 'an empty file is filled' empty_is_filled
link_stays() {
    cp "$tmp/good.db" "$tmp/linked.db" && chmod 640 "$tmp/linked.db" && ln -s linked.db "$tmp/link.db" &&
        audit 1 -q -o "sqlite=$tmp/link.db" "$broken" && [ -L "$tmp/link.db" ] &&
        same 2 "$(ask "$tmp/linked.db" 'SELECT count(*) FROM runs')" && same 640 "$(stat -c %a "$tmp/linked.db")"
}
check 'a link stays a link, and a file keeps its mode' link_stays
odd_names_are_names() {
    mkdir "$tmp/odd" && (cd "$tmp/odd" && for name in ':memory:' 'file:x?mode=memory' "it's"; do
        audit 1 -q -o "sqlite=$name" "$broken" && audit 1 -q -o "sqlite=$name" "$broken" &&
            same 2 "$(ask "./$name" 'SELECT count(*) FROM runs')" || exit
    done)
}
check 'no name stands for anything but a file' odd_names_are_names
evidence_is_spared() {
    cp "$broken" "$tmp/spared.hive" && audit 2 -o "sqlite=$tmp/spared.hive" "$tmp/spared.hive" &&
        says 'is evidence: no report can take its place' "$tmp/err" && cmp "$broken" "$tmp/spared.hive" &&
        audit 2 -o "sqlite=$tmp/spared.hive" "$clean" && cmp "$broken" "$tmp/spared.hive" &&
        cp "$tmp/good.db" "$tmp/spared.db" && audit 2 -o "sqlite=$tmp/spared.db" "$tmp/spared.db" && cmp "$tmp/good.db" "$tmp/spared.db"
}
check 'evidence is no place for it' evidence_is_spared
leftover_is_said() {
    for suffix in journal wal; do
        echo old >"$tmp/gone.db-$suffix" && audit 2 -q -o "sqlite=$tmp/gone.db" "$broken" &&
            says "gone.db-$suffix is there without it\$" "$tmp/err" && nothing_beside "$tmp/gone.db-$suffix" &&
            [ ! -e "$tmp/gone.db" ] && rm "$tmp/gone.db-$suffix" || return
    done
}
check 'the journal of a database that is gone is no part of a new one' leftover_is_said

# ---- Where it cannot be written ----

# fails TARGET MESSAGE: status 2 and a message.
fails() {
    audit 2 -o "sqlite=$1" "$broken" && says "$2" "$tmp/err"
}
needs_a_file() {
    audit 2 -o sqlite "$clean" && says 'output: got "sqlite", want sqlite=FILE' "$tmp/err" &&
        audit 2 -o sqlite=- "$clean" && says 'want sqlite=FILE' "$tmp/err" && [ ! -s "$tmp/out" ]
}
check 'it needs a file' needs_a_file
for device in /dev/full /dev/null /dev/stdout; do
    check "$device is none" fails "$device" "^hiveaudit: $device: the report cannot be written: it has to be a file of its own$"
done
once_in_a_run() {
    (cd "$tmp" && rm -f twice.db && audit 2 -o sqlite=twice.db -o sqlite=./twice.db "$broken" && same '' "$(find . -name 'twice.db*')")
}
check 'one run is added once' once_in_a_run

# The run itself is written, and ends in the midst of what it is added to.
short_of_space() {
    cp "$tmp/good.db" "$tmp/large.db" && (
        ulimit -f "$(($(stat -c %s "$tmp/good.db") / 512 + 40))"
        audit 2 -q -o "sqlite=$tmp/large.db" "$broken"
    ) && says 'large.db: the report cannot be written: File too large$' "$tmp/err" && cmp "$tmp/good.db" "$tmp/large.db" &&
        nothing_beside "$tmp/large.db"
}
check 'where it cannot grow, it is as it was' short_of_space

full_disk() {
    audit 2 -q -o "sqlite=$tmp/disk/x.db" "$broken" && says 'x.db: the report cannot be written: .*disk is full' "$tmp/err" &&
        same '' "$(find "$tmp/disk" -type f)" && mount -o remount,size=400k "$tmp/disk" && cp "$tmp/good.db" "$tmp/disk/x.db" &&
        audit 2 -q -o "sqlite=$tmp/disk/x.db" "$broken" && says 'x.db: the report cannot be written: .*disk is full' "$tmp/err" &&
        cmp "$tmp/good.db" "$tmp/disk/x.db" && nothing_beside "$tmp/disk/x.db"
}
mkdir "$tmp/disk"
if mount -t tmpfs -o size=100k hiveaudit-test "$tmp/disk" 2>"$tmp/err"; then
    check 'on a full disk it is as it was' full_disk
    umount "$tmp/disk"
else
    skip 'on a full disk it is as it was' 'no file system can be mounted here'
fi

confined() {
    rm -f "$db" && run 1 --sandbox=require "$broken" && run 1 --sandbox=require "$broken" && nothing_beside "$db" &&
        same 2 "$(ask "$db" 'SELECT count(*) FROM runs')"
}
if "$HIVEAUDIT" --sandbox=require --version >"$tmp/version" 2>&1; then
    check 'a run is added from within the sandbox' confined
else
    skip 'a run is added from within the sandbox' "there is none here: $(head -n 1 "$tmp/version")"
fi
done_testing
