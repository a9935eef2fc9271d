#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each piece of evidence is read by a worker, a confined process of its own, which may be lost without harm
# to the rest. A named pipe that is held open without data keeps its worker for as long as a test looks at it.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

[ -r /proc/self/stat ] || skip_all 'there is no /proc'
# shellcheck disable=SC3045 # where it is unknown, a core file may be left
ulimit -c 0 2>/dev/null
sample_hives && mkfifo "$tmp/pipe" || exit
clean=$tmp/stock.hive broken=$tmp/broken.hive pipe=$tmp/pipe
sandbox=$("${HIVEAUDIT:?}" --version | sed -n 's/^Sandbox: //p')

# ---- Processes ----

# children PID: the processes that it has started and that are there, one a line, with their state.
children() {
    for stat in /proc/[0-9]*/stat; do
        [ ! -r "$stat" ] || sed -n "s/^\\([0-9]*\\) (.*) \\([A-Z]\\) $1 .*/\\1 \\2/p" "$stat"
    done 2>"$tmp/gone"
}

# soon COMMAND...: whether it comes to be true within some seconds.
soon() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { echo "never came to be: $*" && return 1; }
        sleep 0.1
    done
}
# One worker is left, which sleeps: the one that waits for the pipe. It is $worker.
has_one_worker() {
    worker=$(children "$parent")
    [ "${worker#* }" = S ] || return
    worker=${worker% S}
    fds_of "$worker" | grep -q "^[^ ]* $pipe\$" || return
    [ "$sandbox" = none ] || [ -n "${off-}" ] || field "$worker" Seccomp 2
}
is_gone() {
    [ ! -e "/proc/$1" ]
}
# field PID NAME VALUE: what /proc/PID/status says.
field() {
    grep -q "^$2:[[:space:]]*$3\$" "/proc/$1/status"
}
# fds_of PID: its descriptors and what they are, by number.
fds_of() {
    find "/proc/$1/fd" -type l -printf '%f %l\n' 2>"$tmp/gone" | sort -n
}

# start ARGUMENT...: runs hiveaudit, $parent, and waits until only the worker of the pipe is left. Every start
# needs a stop. $through may hold a command that runs it.
through=
start() {
    exec 4<>"$pipe"
    # shellcheck disable=SC2086 # a command with arguments, or none
    $through "$HIVEAUDIT" "$@" >"$tmp/out" 2>"$tmp/err" 4<&- &
    parent=$!
    soon has_one_worker
}
# stop STATUS: lets go of the pipe, so that the run comes to its end.
stop() {
    exec 4<&-
    status=0
    wait "$parent" || status=$?
    same "$1" "$status" || { cat "$tmp/err" && return 1; }
}

# ---- A worker that is lost ----

others_are_audited() {
    says "^$broken: 28 errors.*; audit complete\$" "$tmp/out" && says "^$clean: 0 errors.*; audit complete\$" "$tmp/out" &&
        says "^$pipe: audit failed\$" "$tmp/out" && says '^3 pieces of evidence: 2 complete, 0 incomplete, 1 failed' "$tmp/out"
}
# A sanitizer has the last word about SEGV: a report, and a status.
lost_worker_is_said() {
    start "$@" "$broken" "$pipe" "$clean" && kill -s "$signal" "$worker"
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && others_are_audited &&
        says "^  failed: (crashed the process that read it \\(SIG$signal\\)|ended the process .*99)" "$tmp/out" &&
        says "^hiveaudit: $pipe: (crashed the process that read it \\(SIG$signal\\)|ended the process .*99)" "$tmp/err"
}
lost_worker_is_in_json() {
    start -o json "$broken" "$pipe" "$clean" && kill -s KILL "$worker"
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && says '"message": "crashed the process that read it \(SIGKILL\)"' "$tmp/out" &&
        same 2 "$(grep -c '"status": "complete"' "$tmp/out")" && says '"exit_status": 3' "$tmp/out"
}
for signal in SEGV KILL ABRT; do
    check "a worker lost to SIG$signal is said, and all others are audited" lost_worker_is_said -j 2
done
signal=BUS
check 'so they are one after the other' lost_worker_is_said -j 1
check 'JSON says so as well' lost_worker_is_in_json

# ---- Deadlines ----

# too_long OPTION...: evidence that does not come to its end.
too_long() {
    exec 4<>"$pipe"
    audit 3 --timeout=1 "$@" "$broken" "$pipe" "$clean"
    verdict=$?
    exec 4<&-
    [ "$verdict" -eq 0 ] && others_are_audited && says '^  failed: took longer than 1 s to read \(--timeout\)$' "$tmp/out"
}
# Not even a writer is there; opening such a pipe must not wait for one where no deadline holds.
nobody_writes() {
    audit 3 --timeout=1 "$broken" "$pipe" "$clean" && others_are_audited &&
        says '^  failed: took longer than 1 s to read \(--timeout\)$' "$tmp/out"
}
pipe_for_a_log() {
    mkdir "$tmp/piped" && "${MKHIVE:?}" --dirty "$tmp/piped/SOFTWARE" "$srcdir/hives/stock.reg" &&
        mkfifo "$tmp/piped/SOFTWARE.LOG1" && audit 3 "$tmp/piped/SOFTWARE" &&
        says '^  log SOFTWARE.LOG1: not used' "$tmp/out" && audit 3 "$tmp/piped"
}
# A pipe that has no writer yet is not at its end.
late_writer_is_waited_for() {
    (sleep 1 && exec cat "$broken" >"$pipe") &
    writer=$!
    audit 1 --timeout=15 "$clean" "$pipe"
    verdict=$?
    kill "$writer" 2>"$tmp/gone" # where nobody has read what it writes
    wait "$writer"
    [ "$verdict" -eq 0 ] && says "^$pipe: 28 errors.*; audit complete\$" "$tmp/out"
}
# Longer than the other deadline above; then the pipe comes to its end.
no_deadline() {
    start --timeout=0 "$broken" "$pipe" "$clean" && sleep 1.5 && fds_of "$worker" >"$tmp/fds" && [ -s "$tmp/fds" ]
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && others_are_audited && says '^  failed: is empty' "$tmp/out"
}
check '--timeout stops a worker, and all others are audited' too_long
check 'one job is enough for that' too_long -j 1
check 'a pipe that nobody writes to is stopped as well' nobody_writes
check 'a pipe whose writer comes late is read' late_writer_is_waited_for
check 'a pipe that has the name of a log is none' pipe_for_a_log
check '--timeout=0 waits' no_deadline

# ---- The end of the parent ----

parent_takes_its_workers_along() {
    start "$broken" "$pipe" && kill -s "$1" "$parent"
    verdict=$?
    wait "$parent"
    [ "$verdict" -eq 0 ] && soon is_gone "$worker"
    verdict=$?
    exec 4<&-
    return "$verdict"
}
for signal in KILL TERM; do
    check "SIG$signal for the parent ends its workers" parent_takes_its_workers_along "$signal"
done
# ---- Signals ----

# A shell starts what runs beside it with SIGINT ignored: env puts that right. Nothing is left of what was
# begun, and nothing is said.
signal_leaves_nothing() {
    mkdir "$tmp/begun" || return
    through="env --default-signal=$1"
    start -o "json=$tmp/begun/report" "$clean" "$pipe" && [ "$(find "$tmp/begun" -name 'report.*.tmp')" ] &&
        ends_by "$@"
    verdict=$?
    through=
    rm -r "$tmp/begun" && return "$verdict"
}
signal_leaves_no_recovered_hive() {
    mkdir "$tmp/begun" || return
    through="env --default-signal=$1"
    start --save-recovered="$tmp/begun/recovered" "$pipe" && [ -e "$tmp/begun/recovered" ] && ends_by "$@"
    verdict=$?
    through=
    rm -r "$tmp/begun" && return "$verdict"
}
signal_leaves_no_repair() {
    mkdir "$tmp/begun" || return
    through="env --default-signal=$1"
    start --fix="$tmp/begun/fix.reg" --undo="$tmp/begun/undo.reg" "$pipe" &&
        [ "$(find "$tmp/begun" -name '*.reg.*.tmp' | wc -l)" -eq 2 ] && ends_by "$@"
    verdict=$?
    through=
    rm -r "$tmp/begun" && return "$verdict"
}
# ends_by SIGNAL NUMBER: the signal ends the run, which is seen by its status, and the folder is empty. The pipe
# is let go of so that a run that the signal does not end comes to its end as well.
ends_by() {
    kill -s "$1" "$parent"
    exec 4<&-
    status=0
    wait "$parent" || status=$?
    same "$((128 + $2))" "$status" && same '' "$(find "$tmp/begun" -type f)" && same '' "$(cat "$tmp/err")" &&
        soon is_gone "$worker"
}
# As nohup does.
ignored_signal_stays_ignored() {
    mkdir "$tmp/begun" || return
    through="env --ignore-signal=$1"
    start -o "text=$tmp/begun/report" "$clean" "$pipe" && kill -s "$1" "$parent" && sleep 0.5 && ! is_gone "$parent"
    verdict=$?
    through=
    stop 3 && [ "$verdict" -eq 0 ] && says '^2 pieces of evidence: 1 complete' "$tmp/begun/report"
    verdict=$?
    rm -r "$tmp/begun" && return "$verdict"
}
if env --default-signal=INT true 2>"$tmp/which"; then
    for signal in 'HUP 1' 'INT 2' 'TERM 15'; do
        # shellcheck disable=SC2086 # two arguments
        check "SIG${signal% *} leaves no report that was begun" signal_leaves_nothing $signal
        # shellcheck disable=SC2086
        check "SIG${signal% *} leaves no recovered hive" signal_leaves_no_recovered_hive $signal
        # shellcheck disable=SC2086
        check "SIG${signal% *} leaves no repair" signal_leaves_no_repair $signal
        check "SIG${signal% *} that is ignored stays so" ignored_signal_stays_ignored "${signal% *}"
    done
else
    skip 'signals leave nothing that was begun' 'env takes no --default-signal'
fi

# ---- Processes that have ended ----

# has_one_worker would never be true with a zombie.
no_zombies() {
    start -j 4 "$clean" "$broken" "$clean" "$tmp/missing" "$tmp/fabrikam.hive" "$pipe" "$clean" "$broken" /dev/null
    verdict=$?
    children "$parent" >"$tmp/children"
    stop 3 && [ "$verdict" -eq 0 ] && same 1 "$(wc -l <"$tmp/children")"
}
check 'no worker that has ended stays behind' no_zombies

# ---- Confinement ----

# says_sandbox NAME OPTION...: what --version and both reports say is in force.
says_sandbox() {
    name=$1
    shift
    audit 0 "$@" --version && same "$name" "$(sed -n 's/^Sandbox: //p' "$tmp/out")" &&
        audit 0 "$@" "$clean" && same "$name" "$(sed -n '$s/^hiveaudit [0-9.]*, sandbox: //p' "$tmp/out")" &&
        audit 0 "$@" -o json "$clean" && same "$name" "$(sed -n 's/^ *"sandbox": "\(.*\)",$/\1/p' "$tmp/out")"
}
knows_sandbox() {
    case $sandbox in
    seccomp+landlock | seccomp | landlock | none) ;;
    *) echo "sandbox: $sandbox" && return 1 ;;
    esac
}
require_is_all_or_nothing() {
    if [ "$sandbox" = seccomp+landlock ]; then
        says_sandbox "$sandbox" --sandbox=require
    else
        audit 2 --sandbox=require "$clean" && says "--sandbox=require: .*got $sandbox, want" "$tmp/err" && [ ! -s "$tmp/out" ]
    fi
}
check '--version says what is in force' knows_sandbox
check 'so does each report' says_sandbox "$sandbox"
check '--sandbox=auto is the default' says_sandbox "$sandbox" --sandbox=auto
check '--sandbox=off says none' says_sandbox none --sandbox=off
check '--sandbox=require is all or nothing' require_is_all_or_nothing

# Its standard streams, which lead nowhere, the pipe to its parent, and its evidence, which is a pipe itself.
holds_only_its_own() {
    start -o "json=$tmp/report.json" "$clean" "$pipe" "$broken" && fds_of "$worker" >"$tmp/fds"
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && only_these "$pipe"
}
# only_these FILE...: /dev/null three times, a pipe, memory for what comes out of it, these files, and no other.
only_these() {
    same '0 /dev/null 1 /dev/null 2 /dev/null ' "$(head -n 3 "$tmp/fds" | tr '\n' ' ')" &&
        same 1 "$(grep -c '^[0-9]* pipe:\[[0-9]*\]$' "$tmp/fds")" || return
    for file; do
        same 1 "$(grep -cF " $file" "$tmp/fds")" || return
    done
    same "$((5 + $#))" "$(wc -l <"$tmp/fds")" || { cat "$tmp/fds" && return 1; }
}
holds_logs_and_memory() {
    start --log="$clean" --log="$broken" --save-recovered="$tmp/recovered" "$pipe" && fds_of "$worker" >"$tmp/fds"
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && only_these "$pipe" "$clean" "$broken" /memfd:hiveaudit-recovered
}
# is_confined worker|parent: a filter is in force, and no privileges can be gained.
is_confined() {
    start "$clean" "$pipe"
    verdict=$?
    [ "$1" = parent ] && pid=$parent || pid=$worker
    grep -E '^(Seccomp|NoNewPrivs):' "/proc/$pid/status"
    [ "$verdict" -eq 0 ] && field "$pid" Seccomp 2 && field "$pid" NoNewPrivs 1
    verdict=$?
    stop 3 && return "$verdict"
}
# A limit is a line of /proc/PID/limits: its name, what it is now, what it may be.
is_limited() {
    start --timeout=60 "$clean" "$pipe" && cat "/proc/$worker/limits" >"$tmp/limits"
    verdict=$?
    stop 3 && [ "$verdict" -eq 0 ] && says '^Max core file size +0 +0 ' "$tmp/limits" &&
        says '^Max address space +[0-9]+ ' "$tmp/limits" && says '^Max cpu time +[0-9]+ ' "$tmp/limits" &&
        says '^Max file size +[0-9]+ ' "$tmp/limits"
}
is_not_confined() {
    off=1
    ours=$(sed -n 's/^Seccomp:[[:space:]]*//p' /proc/self/status)
    start --sandbox=off "$clean" "$pipe" && field "$worker" Seccomp "$ours" && field "$parent" Seccomp "$ours"
    verdict=$?
    off=
    stop 3 && return "$verdict"
}
if [ "$sandbox" = none ]; then
    skip 'workers and the parent are confined' 'there is no sandbox here'
else
    check 'a worker holds nothing but its own evidence and its pipes' holds_only_its_own
    check 'logs and the recovered hive are what it may hold besides' holds_logs_and_memory
    check 'a worker has limits' is_limited
    check '--sandbox=off confines nothing' is_not_confined
fi
case $sandbox in
*seccomp*)
    check 'a worker is under a filter and gains no privileges' is_confined worker
    check 'so is the parent' is_confined parent
    ;;
*) skip 'a worker is under a filter and gains no privileges' 'there is no seccomp here' ;;
esac
done_testing
