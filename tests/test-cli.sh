#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: options, arguments, outputs and the exit status.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'
unset NO_COLOR CLICOLOR_FORCE
sample_hives || exit
hive warned "$srcdir/hives/stock.reg" <<END || exit
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000000
END
clean=$tmp/stock.hive broken=$tmp/broken.hive warned=$tmp/warned.hive missing=$tmp/missing.hive
esc=$(printf '\033')
options='files0-from all-copies image shadow-copies recovery-key bitlocker-password-file bek system hash
    log logs save-recovered jobs timeout sandbox card cards-from decode atr-names output inventory
    min-severity color quiet fail-on allow-dirty inf-profile rules no-default-rules expect rules-from
    enable disable severity list-rules explain check-rules help version'

# refuses PATTERN ARGUMENT...: a usage, rule or output error: status 2, said on standard error alone.
refuses() {
    pattern=$1
    shift
    audit 2 "$@" && says "^hiveaudit: .*$pattern" "$tmp/err" && [ ! -s "$tmp/out" ]
}

# accepts STATUS ARGUMENT...: status, and nothing on standard error.
accepts() {
    audit "$@" && [ ! -s "$tmp/err" ]
}

# ---- Usage ----

check 'without evidence, the usage is wrong' refuses 'no evidence'
check 'an unknown option is refused with the nearest' \
    refuses 'unknown option "--min-severty" \(did you mean "--min-severity"\?\)' --min-severty=note "$clean"
check 'one with an argument as well' refuses 'did you mean "--color"\?' --colour=always "$clean"
check 'one that resembles none gets no suggestion' \
    refuses 'unknown option "--frobnicate" \(see --help\)$' --frobnicate "$clean"
check 'an unknown letter is named' refuses 'unknown option "-x"' -x "$clean"
check 'an unknown letter behind a known one is named' refuses 'unknown option "-x"' -qx "$clean"
check 'a wrong option behind the evidence is refused' refuses 'unknown option' "$clean" --wrong
for option in output rules enable disable severity explain fail-on min-severity color files0-from log \
    logs save-recovered jobs timeout sandbox card cards-from decode atr-names expect rules-from \
    inf-profile; do
    check "--$option needs an argument" refuses "\"--$option\" needs an argument" "$clean" "--$option"
done
modes='--list-rules --explain=atr-missing --check-rules --decode=3B00 --rules-from='$clean
for one in $modes; do
    for other in $modes; do
        [ "$one" = "$other" ] ||
            check "${one%%=*} does not go with ${other%%=*}" refuses "--.* does not go with --" "$one" "$other"
    done
    for other in --card=3B00 --cards-from=/dev/null --inventory --output=json --waivers=w --baseline=b --note=n; do
        check "${one%%=*} does not go with ${other%%=*}" \
            refuses "${other%%=*} does not go with ${one%%=*} " "$one" "$other"
    done
done
for one in --decode=3B00 "--rules-from=$clean"; do
    check "${one%%=*} does not go with --expect" refuses '--expect does not go with' "$one" "--expect=$clean"
done
check '--rules-from takes one file' refuses '--rules-from: got ".*", want one file' \
    "--rules-from=$broken" "--rules-from=$clean"
for letter in o j; do
    check "-$letter needs an argument" refuses "\"-$letter\" needs an argument" "$clean" "-$letter"
done
for option in no-default-rules inventory list-rules check-rules quiet allow-dirty help version; do
    check "--$option takes no argument" refuses "$option" "--$option=1" "$clean"
done
check '--fail-on takes a level' refuses '--fail-on: got "high", want' --fail-on=high "$clean"
check '--min-severity takes no "never"' refuses '--min-severity: got "never"' --min-severity=never "$clean"
check '--color takes always, auto or never' refuses '--color: got "yes", want' --color=yes "$clean"
check 'a format is one of those there are' refuses '--output: got "xml", want text, json' -o xml "$clean"
check 'a format in another letter case is none' refuses '--output: got "JSON"' -o JSON "$clean"
check 'a file has a name' refuses '--output: got "json="' -o json= "$clean"
check '--logs takes auto, require or ignore' refuses '--logs: got "never", want' --logs=never "$clean"
check '--sandbox takes auto, require or off' refuses '--sandbox: got "on", want' --sandbox=on "$clean"
for number in '' 0 -1 x 1x 257 1000 4294967297 99999999999999999999; do
    check "-j takes no \"$number\"" refuses "--jobs: got \"$number\", want .* 1 to 256" -j "$number" "$clean"
done
for number in '' -1 x 1s 1.5 86401 4294967297 99999999999999999999; do
    check "--timeout takes no \"$number\"" \
        refuses "--timeout: got \"$number\", want .* 0 to 86400" "--timeout=$number" "$clean"
done
check '--log is for one hive' refuses '--log .*one hive' --log="$clean" "$clean" "$clean"
check 'and for none of a folder' refuses '--log .*not for a folder' --log="$clean" "$tmp"
check 'and not for a list' refuses '--log .*one hive' --log="$clean" --files0-from="$clean"
check 'nor does it go with --logs=ignore' refuses '--log .*--logs=ignore' --log="$clean" --logs=ignore "$clean"
for log in "$missing" "$tmp"; do
    check "--log takes no ${log##*/}" refuses "--log: $log: cannot be read: (No such file|Is a directory)" \
        --log="$clean" --log="$log" "$clean"
done
log_is_a_pipe() {
    mkfifo "$tmp/log-pipe" && refuses "--log: $tmp/log-pipe: cannot be read: Illegal seek" --log="$tmp/log-pipe" "$clean"
}
check 'nor a pipe' log_is_a_pipe
for logs in 8 9; do
    count=0
    set --
    while [ "$count" -lt "$logs" ]; do
        count=$((count + 1))
        set -- "$@" --log="$clean"
    done
    if [ "$logs" -eq 9 ]; then
        check 'nine logs are more than a hive has' refuses '--log: got 9 logs, want at most 8' "$@" "$clean"
    else
        check 'eight are accepted' accepts 0 "$@" "$clean"
    fi
done
for twice in '- -' '--files0-from=- -' '--log=- -' '--log=- --log=- stock.hive' '--system=- -'; do
    # shellcheck disable=SC2086 # several arguments
    check "standard input is read but once: $twice" refuses 'standard input can be read but once' $twice
done
check 'nor is there one --system for a folder' refuses '--system .*not for a folder' --system="$clean" "$tmp"
check '--save-recovered is for one hive' \
    refuses '--save-recovered .*one hive' --save-recovered="$tmp/new" "$clean" "$clean"
check 'and for none of a folder' refuses '--save-recovered .*not for a folder' --save-recovered="$tmp/new" "$tmp"
check 'and not for a list' refuses '--save-recovered .*one hive' --save-recovered="$tmp/new" --files0-from="$clean"
check 'nor does it go with --logs=ignore' \
    refuses '--save-recovered .*--logs=ignore' --save-recovered="$tmp/new" --logs=ignore "$clean"
check '--severity takes ID=LEVEL' refuses '--severity: got "atr-missing"' --severity=atr-missing "$clean"
check 'and a level that exists' refuses '--severity: got' --severity=atr-missing=high "$clean"
check 'two reports do not both go to standard output' refuses 'standard output' -o text -o json "$clean"
check '--list-rules takes no evidence' refuses 'unexpected argument' --list-rules "$clean"
check '--explain takes no evidence' refuses 'unexpected argument' --explain=atr-missing "$clean"

# ---- Help and version ----

help_fits() {
    accepts 0 "$@" && [ "$(wc -l <"$tmp/out")" -le 45 ] && silent '.{81}' "$tmp/out"
}
help_names_every_option() {
    accepts 0 --help || return
    for option in $options; do
        says "--$option([=, ]|\$)" "$tmp/out" || return
    done
    for number in 0 1 2 3; do
        says "^(Exit status:| +) +$number  " "$tmp/out" || return
    done
}
version_names_libraries() {
    accepts 0 "$@" && says '^hiveaudit [0-9]+\.[0-9]+' "$tmp/out" || return
    for library in hivex libfyaml jansson sqlite; do
        says "$library [0-9]+\\.[0-9]" "$tmp/out" || return
    done
    says ', libz 1\.[0-9]+\.[0-9]' "$tmp/out" && says ', libewf [0-9]{8}' "$tmp/out" &&
        says ', libarchive 3\.[0-9]' "$tmp/out" &&
        says ', libntfs-3g so\.[0-9]+' "$tmp/out"
}
check '--help fits a screen of 80 columns and 45 lines' help_fits --help
check '-h is --help' help_fits -h
check '--help says every option and every status' help_names_every_option
check '--version names the libraries' version_names_libraries --version
check '-V is --version' version_names_libraries -V

# ---- Evidence ----

named_like_an_option() {
    cp "$clean" "$tmp/-q" && (cd "$tmp" && accepts 0 -- -q) && says '^-q$' "$tmp/out"
}
stdin_is_read() {
    accepts 1 - <"$broken" && says '^\(standard input\)$' "$tmp/out" &&
        sed "s|(standard input)|$broken|" "$tmp/out" >"$tmp/renamed" &&
        accepts 1 "$broken" && same "$(cat "$tmp/renamed")" "$(cat "$tmp/out")"
}
# The reports follow the arguments.
order_is_kept() {
    audit 3 "$warned" "$missing" "$clean" "$broken" "$clean" &&
        same "$(printf '%s\n' "$warned" "$missing" "$clean" "$broken" "$clean")" \
            "$(grep "^$tmp/[a-z]*\\.hive\$" "$tmp/out")" &&
        says '^5 pieces of evidence: 4 complete, 0 incomplete, 1 failed;' "$tmp/out" &&
        audit 3 -o json "$broken" "$missing" "$clean" &&
        same "$(printf '%s\n' "$broken" "$missing" "$clean")" \
            "$(sed -n 's/^      "name": "\(.*\)",$/\1/p' "$tmp/out")"
}
# The report of what was there is not lost.
one_failure_loses_nothing() {
    audit 3 "$@" && says "^$tmp/broken.hive: 2[0-9] errors" "$tmp/out" &&
        says "^$missing: audit failed" "$tmp/out" && says "^hiveaudit: $missing: " "$tmp/err"
}
check '-- ends the options' named_like_an_option
check '- is standard input' stdin_is_read
check 'options may stand behind the evidence' accepts 0 "$broken" --fail-on=never
check 'a clean hive gives 0' accepts 0 "$clean"
check 'so do several' accepts 0 "$clean" "$clean" "$clean"
check 'a broken one gives 1' accepts 1 "$broken"
check 'a broken one in front of a clean one gives 1' accepts 1 "$broken" "$clean"
check 'a broken one behind a clean one gives 1' accepts 1 "$clean" "$broken"
check 'a missing one gives 3' audit 3 "$missing"
check 'a missing one behind a clean one gives 3' audit 3 "$clean" "$missing"
check 'a missing one in front of a clean one gives 3' audit 3 "$missing" "$clean"
check 'a missing one outranks a broken one behind it' one_failure_loses_nothing "$missing" "$broken"
check 'a missing one outranks a broken one in front of it' one_failure_loses_nothing "$broken" "$missing"
check 'evidence keeps the order of the command line' order_is_kept

# ---- Dirty hives ----

"$MKHIVE" --dirty "$tmp/dirty.hive" "$srcdir/hives/stock.reg" || exit
dirty=$tmp/dirty.hive
dirty_is_said() {
    audit 3 "$dirty" && says ', dirty-unrecovered \(sequence numbers 2/1\)' "$tmp/out" &&
        says '^  incomplete: the hive is dirty .*no logs were found.* \(--allow-dirty accepts that\)$' "$tmp/out" &&
        says "^hiveaudit: $dirty: the hive is dirty" "$tmp/err" &&
        audit 3 -o json "$dirty" && says '"state": "dirty-unrecovered"' "$tmp/out"
}
dirty_is_allowed() {
    accepts 0 --allow-dirty "$dirty" && says ', dirty-unrecovered \(' "$tmp/out" &&
        says '^  note: the hive is dirty .*, as --allow-dirty accepts$' "$tmp/out" && accepts 0 --allow-dirty "$clean"
}
check 'a dirty hive makes the audit incomplete, which every output says' dirty_is_said
check '--allow-dirty accepts it' dirty_is_allowed
check '--allow-dirty excuses nothing else' audit 3 --allow-dirty "$missing"
check '--fail-on=never does not excuse it' audit 3 --fail-on=never "$dirty"

# ---- What fails and what is shown ----

check '--fail-on: notes pass by default' accepts 0 "$clean"
check '--fail-on=note takes notes' accepts 1 --fail-on=note "$clean"
check '--fail-on=warning is the default' accepts 1 "$warned"
check '--fail-on=warning takes warnings' accepts 1 --fail-on=warning "$warned"
check '--fail-on=error lets warnings pass' accepts 0 --fail-on=error "$warned"
check '--fail-on=error takes errors' accepts 1 --fail-on=error "$broken"
check '--fail-on=never lets everything pass' accepts 0 --fail-on=never "$broken"
check '--fail-on=never does not make a missing hive good' audit 3 --fail-on=never "$missing"
check 'the last --fail-on wins' accepts 1 --fail-on=never --fail-on=error "$broken"

shows_only() {
    accepts 1 "--min-severity=$1" "$broken" && findings <"$tmp/out" | cut -d ' ' -f 1 | sort -u >"$tmp/levels" &&
        same "$2" "$(tr '\n' ' ' <"$tmp/levels")"
}
counts_what_it_hides() {
    accepts 1 "$broken" && summary=$(tail -n 1 "$tmp/out") &&
        accepts 1 --min-severity=error "$broken" &&
        same "${summary%; *}" "$(tail -n 1 "$tmp/out" | sed 's/ ([0-9]* not shown).*//')" &&
        says '\([0-9]+ not shown\)' "$tmp/out"
}
json_shows_only_errors() {
    accepts 1 -o json --min-severity=error "$broken" && says '"severity": "error"' "$tmp/out" &&
        silent '"severity": "(note|warning)"' "$tmp/out" && says '"warning": [1-9]' "$tmp/out"
}
check '--min-severity holds for JSON, counts aside' json_shows_only_errors
check '--min-severity=note shows all' shows_only note 'error note warning '
check '--min-severity=warning hides notes' shows_only warning 'error warning '
check '--min-severity=error hides warnings' shows_only error 'error '
check 'what is hidden is counted' counts_what_it_hides
check 'what is hidden fails all the same' accepts 1 --min-severity=error "$warned"

# ---- Outputs ----

one_file_each() {
    accepts 1 -o "text=$tmp/a.txt" -o "json=$tmp/a.json" "$broken" && [ ! -s "$tmp/out" ] &&
        accepts 1 "$broken" && cmp "$tmp/out" "$tmp/a.txt" &&
        accepts 1 --output=json "$broken" && cmp "$tmp/out" "$tmp/a.json"
}
both_at_once() {
    accepts 1 -o text -o "json=$tmp/b.json" "$broken" && says '^hiveaudit|^/.*broken.hive$' "$tmp/out" &&
        says '^{$' "$tmp/b.json" && says '"exit_status": 1' "$tmp/b.json"
}
dash_is_stdout() {
    accepts 1 -o json=- "$broken" && cp "$tmp/out" "$tmp/c.json" && accepts 1 -o json "$broken" &&
        cmp "$tmp/out" "$tmp/c.json"
}
name_with_equals() {
    accepts 1 -o "json=$tmp/d=e.json" "$broken" && [ -s "$tmp/d=e.json" ]
}
quiet_is_quiet() {
    accepts "$1" -q "$2" && [ ! -s "$tmp/out" ]
}
quiet_writes_files() {
    accepts 1 --quiet -o "json=$tmp/q.json" "$broken" && [ ! -s "$tmp/out" ] && [ -s "$tmp/q.json" ]
}
quiet_still_complains() {
    audit 3 -q "$missing" && [ ! -s "$tmp/out" ] && says "^hiveaudit: $missing: " "$tmp/err"
}
check 'each format goes to its file, and none to standard output' one_file_each
check 'text goes to standard output and JSON to a file' both_at_once
check '"-" is standard output' dash_is_stdout
check 'a file name may hold "="' name_with_equals
check '-q says nothing about findings' quiet_is_quiet 1 "$broken"
check '-q says nothing about a clean hive' quiet_is_quiet 0 "$clean"
check '-q leaves the files that -o asks for' quiet_writes_files
check '-q does not hide what could not be read' quiet_still_complains

# A file is complete or as it was before.
keeps_old_file() {
    echo old >"$tmp/old.json"
    audit 2 -o "json=$tmp/old.json" -o "text=$tmp/nowhere/x" "$broken" &&
        says "^hiveaudit: $tmp/nowhere/x: .*No such file" "$tmp/err" && same old "$(cat "$tmp/old.json")" &&
        nothing_is_left
}
nothing_is_left() {
    left=$(find "$tmp" -name '*.tmp')
    [ -z "$left" ] || { echo "left: $left" && return 1; }
}
# Room for the hive in memory, not for a report of forty.
full_disk_keeps_old_file() {
    echo old >"$tmp/full.json"
    set --
    while [ "$#" -lt 40 ]; do
        set -- "$@" "$clean"
    done
    (
        trap '' XFSZ
        ulimit -f 64
        status=0
        timeout 20 "$HIVEAUDIT" -q -o "json=$tmp/full.json" "$@" 2>"$tmp/err" || status=$?
        [ "$status" -eq 2 ] || { echo "status $status, want 2" && exit 1; }
    ) && says "^hiveaudit: $tmp/full.json: .*File too large" "$tmp/err" &&
        same old "$(cat "$tmp/full.json")" && nothing_is_left
}
replaces_whole_file() {
    accepts 1 "$broken" && cp "$tmp/out" "$tmp/r.txt" && accepts 0 -o "text=$tmp/r.txt" "$clean" &&
        silent broken "$tmp/r.txt" && nothing_is_left
}
wrong_rules_write_nothing() {
    audit 2 --disable=no-such -o "json=$tmp/none.json" "$clean" && [ ! -e "$tmp/none.json" ]
}
check 'a file that cannot be written is an error, and no other file is touched' keeps_old_file
check 'a full disk is an error that keeps the old file' full_disk_keeps_old_file
check 'a new report replaces an old one' replaces_whole_file
check 'a wrong rule leaves no report' wrong_rules_write_nothing
# Evidence is only ever read, also where a report is asked for in its place.
is_no_output() {
    cp "$clean" "$tmp/precious.hive" && ln -sf precious.hive "$tmp/alias.hive" || return
    audit 2 -o "json=$1" "$2" && says "^hiveaudit: .*$1" "$tmp/err" && cmp "$clean" "$tmp/precious.hive"
}
check 'evidence is no output' is_no_output "$tmp/precious.hive" "$tmp/precious.hive"
check 'nor is it by another path' is_no_output "$tmp/./precious.hive" "$tmp/precious.hive"
check 'nor through a link' is_no_output "$tmp/precious.hive" "$tmp/alias.hive"
# Not named as evidence, and with nothing in it: by its name it is a log of the hive beside it.
empty_log_is_no_output() {
    mkdir -p "$tmp/beside" && cp "$clean" "$tmp/beside/SOFTWARE" && : >"$tmp/beside/SOFTWARE.$1" || return
    audit 2 -o "json=$tmp/beside/SOFTWARE.$1" "$broken" &&
        says "^hiveaudit: $tmp/beside/SOFTWARE.$1: is evidence" "$tmp/err" && [ ! -s "$tmp/beside/SOFTWARE.$1" ]
}
# A hive that lost its base block is found in a folder by its first hive bin.
hive_without_start_is_no_output() {
    mkdir -p "$tmp/torn" && { head -c 4096 /dev/zero && tail -c +4097 "$clean"; } >"$tmp/torn/old" || return
    cp "$tmp/torn/old" "$tmp/torn-before"
    audit 2 -o "text=$tmp/torn/old" "$tmp/torn" && says "^hiveaudit: $tmp/torn/old: is evidence" "$tmp/err" &&
        cmp "$tmp/torn-before" "$tmp/torn/old"
}
# Neither does the command line name what lies in a folder, nor what an image goes on in.
image_or_text_is_no_output() {
    mkdir -p "$tmp/kept" && cp "$clean" "$tmp/kept/SOFTWARE" && cp "$srcdir/hives/contoso.inf" "$tmp/kept" &&
        tar -C "$tmp/kept" -cf "$tmp/kept/old.tar" SOFTWARE && cp -r "$tmp/kept" "$tmp/kept-before" || return
    for kept in old.tar contoso.inf; do
        audit 2 -o "json=$tmp/kept/$kept" "$tmp/kept" &&
            says "^hiveaudit: $tmp/kept/$kept: is evidence: no report can take its place" "$tmp/err" &&
            audit 2 --fix="$tmp/kept/$kept" "$clean" &&
            says "^hiveaudit: $tmp/kept/$kept: is evidence: no repair can take its place" "$tmp/err" || return
    done
    diff -r "$tmp/kept-before" "$tmp/kept"
}
all_outputs_replace_their_own() {
    set --
    for format in text json jsonl sarif csv junit html bodyfile; do
        set -- "$@" -o "$format=$tmp/own.$format"
    done
    for time in first second; do
        audit 1 "$@" --manifest="$tmp/own.manifest" --fix="$tmp/own.reg" --undo="$tmp/own.undo" "$broken" ||
            { echo "for the $time time" && return 1; }
    done
}
old_report_named_like_a_log() {
    mkdir -p "$tmp/reports" && echo old >"$tmp/reports/x.log" && echo 'no hive' >"$tmp/reports/y" &&
        : >"$tmp/reports/y.log" || return
    accepts 0 -o "json=$tmp/reports/x.log" -o "json=$tmp/reports/y.log" "$clean" &&
        says '"exit_status": 0' "$tmp/reports/x.log" && cmp "$tmp/reports/x.log" "$tmp/reports/y.log"
}
check 'an empty log beside a hive is no output' empty_log_is_no_output LOG2
check 'nor is it in lower case' empty_log_is_no_output log1
check 'nor is a hive that lost its base block' hive_without_start_is_no_output
check 'nor is an image or a text in a folder' image_or_text_is_no_output
check 'old reports and repairs are' all_outputs_replace_their_own
check 'an old report that is named like a log is' old_report_named_like_a_log
# Standard output under another name, here by way of a link as /dev/stdout is one.
writes_to_stdout_by_name() {
    ln -sfn /proc/self/fd/1 "$tmp/stdout" && "$HIVEAUDIT" -o "json=$tmp/stdout" "$clean" >"$tmp/named" &&
        [ -L "$tmp/stdout" ] && says '"exit_status": 0' "$tmp/named"
}
check 'standard output by name is written in place' writes_to_stdout_by_name
replaces_what_a_link_names() {
    echo old >"$tmp/real.json" && chmod 600 "$tmp/real.json" && ln -s real.json "$tmp/link.json" || return
    accepts 0 -o "json=$tmp/link.json" "$clean" && [ -L "$tmp/link.json" ] &&
        says '"exit_status": 0' "$tmp/real.json" && same 600 "$(stat -c %a "$tmp/real.json")" && nothing_is_left
}
check 'a report replaces what a link names, and keeps its mode' replaces_what_a_link_names
check 'a folder is no output' refuses "$tmp: .*Is a directory" -o "json=$tmp" "$clean"

if [ -c /dev/full ]; then
    # Through a link, so that root does no harm to the device if hiveaudit one day renames a file to it.
    ln -s /dev/full "$tmp/device"
    check 'a full device is an error' refuses "$tmp/device: .*No space left" -o "json=$tmp/device" "$clean"
    fills_stdout() {
        status=0
        "$HIVEAUDIT" "$@" >/dev/full 2>"$tmp/err" || status=$?
        [ "$status" -eq 2 ] && says '^hiveaudit: standard output: .*No space left' "$tmp/err"
    }
    for arguments in "$clean" "-o json $clean" --help --version --list-rules --explain=atr-missing \
        --check-rules; do
        # shellcheck disable=SC2086 # several arguments
        check "a full standard output is an error: ${arguments%"$clean"}" fills_stdout $arguments
    done
else
    skip 'a full device is an error' 'there is no /dev/full'
fi
closed_stdout() {
    status=0
    "$HIVEAUDIT" "$@" >&- 2>"$tmp/err" || status=$?
    [ "$status" -eq 2 ] && says '^hiveaudit: standard output: ' "$tmp/err"
}
check 'a closed standard output is an error' closed_stdout "$clean"
check 'for JSON as well' closed_stdout -o json "$clean"
check 'for --help as well' closed_stdout --help
check 'for --list-rules as well' closed_stdout --list-rules
closed_stdout_is_not_needed() {
    status=0
    "$HIVEAUDIT" "$@" >&- 2>"$tmp/err" || status=$?
    [ "$status" -eq 1 ] && [ ! -s "$tmp/err" ]
}
check 'a closed standard output is no error where nothing goes there' \
    closed_stdout_is_not_needed -q "$broken"
closed_stderr() {
    status=0
    "$HIVEAUDIT" -o "json=$tmp/e.json" "$missing" >"$tmp/out" 2>&- || status=$?
    [ "$status" -eq 3 ] && silent 'hiveaudit: ' "$tmp/e.json" && says '"exit_status": 3' "$tmp/e.json"
}
if [ -z "${VALGRIND_OPTS-}" ]; then
    check 'a closed standard error does not write into a report' closed_stderr
else
    skip 'a closed standard error does not write into a report' 'Valgrind does not start without one'
fi

# More than a pipe holds. The reader takes one line and leaves.
leaving_reader_is_quiet() {
    set -- "$broken" "$broken" "$broken" "$broken" "$broken" "$broken" "$broken" "$broken"
    {
        status=0
        timeout 20 "$HIVEAUDIT" -o text -o "json=$tmp/left.json" "$@" 2>"$tmp/err" || status=$?
        echo "$status" >"$tmp/status"
    } | head -n 1 >"$tmp/out"
    [ ! -s "$tmp/err" ] || { cat "$tmp/err" && return 1; }
    [ "$(cat "$tmp/status")" -lt 4 ] && same 8 "$(grep -c '^      "name": ' "$tmp/left.json")" &&
        tail -n 1 "$tmp/left.json" | grep -q '^}$'
}
check 'a reader that leaves early is no fault, and other reports are finished' leaving_reader_is_quiet
gone_reader_is_quiet() {
    mkfifo "$tmp/gone" || return
    : <"$tmp/gone" &
    exec 3>"$tmp/gone"
    wait
    timeout 20 "$HIVEAUDIT" "$@" >&3 2>"$tmp/err"
    exec 3>&-
    rm "$tmp/gone"
    [ ! -s "$tmp/err" ] || { cat "$tmp/err" && return 1; }
}
check 'a reader that is gone is none for a report either' gone_reader_is_quiet "$broken"
check 'nor for --help' gone_reader_is_quiet --help
check 'nor for --list-rules' gone_reader_is_quiet --list-rules

# ---- Colour ----

# has_color ARGUMENT...: whether the text report has escape sequences.
has_color() {
    "$HIVEAUDIT" --fail-on=never "$@" "$broken" >"$tmp/out" && grep -q "$esc" "$tmp/out"
}
has_no_color() {
    ! has_color "$@"
}
with() {
    variable=$1
    shift
    (export "${variable?}" && "$@")
}
check 'a pipe gets no colour' has_no_color
check '--color=always gives colour' has_color --color=always
check '--color=never gives none' has_no_color --color=never
check 'CLICOLOR_FORCE=1 gives colour' with CLICOLOR_FORCE=1 has_color
check 'CLICOLOR_FORCE=0 gives none' with CLICOLOR_FORCE=0 has_no_color
check 'NO_COLOR outranks CLICOLOR_FORCE' with NO_COLOR=1 with CLICOLOR_FORCE=1 has_no_color
check 'an empty NO_COLOR says nothing' with NO_COLOR= with CLICOLOR_FORCE=1 has_color
check '--color=always outranks NO_COLOR' with NO_COLOR=1 has_color --color=always
check '--color=never outranks CLICOLOR_FORCE' with CLICOLOR_FORCE=1 has_no_color --color=never
check 'JSON never has colour' has_no_color --color=always -o json
color_changes_nothing_else() {
    accepts 1 "$broken" && cp "$tmp/out" "$tmp/plain" && accepts 1 --color=always "$broken" &&
        sed "s/$esc\\[[0-9;]*m//g" "$tmp/out" | cmp - "$tmp/plain"
}
check 'colour changes nothing else' color_changes_nothing_else
on_terminal() {
    env -u NO_COLOR "$@" script -qec "'$HIVEAUDIT' --fail-on=never '$broken'" /dev/null >"$tmp/out" </dev/null &&
        grep -q "$esc\\[" "$tmp/out"
}
not_on_terminal() {
    ! on_terminal "$@"
}
if script -qec true /dev/null >"$tmp/which" 2>&1 </dev/null; then
    check 'a terminal gets colour' on_terminal TERM=xterm
    check 'a terminal gets none with NO_COLOR' not_on_terminal NO_COLOR=1 TERM=xterm
else
    skip 'a terminal gets colour' 'script (Debian package bsdutils) has no terminal here'
fi

# ---- Rules ----

rule=$tmp/rule.yaml
cat >"$rule" <<'END'
rules:
  - id: fleet-reader
    title: The fleet wants a value
    severity: error
    key: Microsoft\Contoso
    value: Wanted
    expect: {type: REG_DWORD, equals: 1}
END
finds_ids() {
    same "$1" "$(findings <"$tmp/out" | cut -d ' ' -f 2 | sort -u | tr '\n' ' ')"
}
found() {
    ids=$1 status=$2
    shift 2
    accepts "$status" "$@" && finds_ids "$ids"
}
mkdir "$tmp/rules" && cp "$rule" "$tmp/rules/rule.yaml" || exit
check '--rules=FILE adds rules' found 'fleet-reader module-unverified retry-device-initialize-absent ' 1 --rules="$rule" "$clean"
check '--rules=FOLDER adds rules' found 'fleet-reader module-unverified retry-device-initialize-absent ' 1 --rules="$tmp/rules" "$clean"
check '--no-default-rules leaves those of --rules' \
    found 'fleet-reader ' 1 --no-default-rules --rules="$rule" "$broken"
check '--no-default-rules alone leaves no rule' refuses 'no rules' --no-default-rules "$clean"
check 'a rule file that is missing is an error' refuses 'none.yaml: .*No such file' --rules="$tmp/none.yaml" "$clean"
check 'a folder without rules is an error' refuses 'no \*.yaml in' --rules="$srcdir/hives" "$clean"
check 'the same rules twice are an error with both places' \
    refuses 'rule.yaml:2:[0-9]+: rule "fleet-reader" .*rules/rule.yaml:2' \
    --rules="$tmp/rules" --rules="$rule" "$clean"
bad_rule_is_shown() {
    sed 's/severity/sevrity/' "$rule" >"$tmp/bad.yaml"
    audit 2 --rules="$tmp/bad.yaml" "$clean" && [ ! -s "$tmp/out" ] &&
        says 'bad.yaml:4:5: unknown field "sevrity" \(did you mean "severity"\?\)$' "$tmp/err" &&
        says '^ +sevrity: error$' "$tmp/err" && says '^ +\^$' "$tmp/err"
}
check 'an error in a rule is shown with its place, its line and a suggestion' bad_rule_is_shown
check 'the example pack is off by default' found 'module-unverified retry-device-initialize-absent ' 0 "$clean"

check '--disable switches a rule off' found 'module-unverified ' 0 --disable=retry-device-initialize-absent "$clean"
check '--disable of all failing rules gives 0' \
    accepts 0 --disable=retry-device-initialize-value "$warned"
check '--disable=all, then --enable leaves one' found 'atr-missing ' 1 --disable=all --enable=atr-missing "$broken"
check 'an audit by no rule is an error' \
    refuses 'every rule is switched off' --enable=atr-missing --disable=all "$broken"
check '--disable, then --enable=all leaves all' \
    found 'module-unverified retry-device-initialize-absent ' 0 --disable=retry-device-initialize-absent --enable=all "$clean"
check '--severity makes a note of an error' \
    accepts 0 --disable=all --enable=atr-missing --severity=atr-missing=note "$broken"
check '--severity makes an error of a note' accepts 1 --fail-on=error \
    --severity=retry-device-initialize-absent=error "$clean"
check 'the last --severity wins' accepts 0 --severity=retry-device-initialize-absent=error \
    --severity=retry-device-initialize-absent=note "$clean"
suggests() {
    refuses "$1: no rule has the id \"mask-week\" \\(did you mean \"mask-weak\"\\?\\)" "$@"
}
check '--enable of no rule is refused with the nearest' suggests --enable mask-week "$clean"
check '--disable of no rule is refused with the nearest' suggests --disable mask-week "$clean"
check '--explain of no rule is refused with the nearest' suggests --explain mask-week
check '--severity of no rule is refused with the nearest' \
    refuses '--severity: no rule has the id "mask-week" \(did you mean "mask-weak"\?\)' \
    --severity=mask-week=note "$clean"
check 'an id that resembles none gets no suggestion' \
    refuses 'no rule has the id "frobnicate" \(see --list-rules\)$' --disable=frobnicate "$clean"

lists_rules_of_files() {
    accepts 0 --list-rules --no-default-rules --rules="$rule" &&
        same 'fleet-reader error The fleet wants a value' "$(tr -s ' ' <"$tmp/out")"
}
lists_adjustments() {
    accepts 0 --list-rules --disable=mask-weak --severity=atr-missing=note &&
        says '^mask-weak +warning .* \(off\)$' "$tmp/out" && says '^atr-missing +note ' "$tmp/out"
}
check '--list-rules lists the rules of files' lists_rules_of_files
check '--list-rules says what is off and what was changed' lists_adjustments
explains_every_rule() {
    accepts 0 --list-rules && cut -d ' ' -f 1 "$tmp/out" >"$tmp/ids" && [ "$(wc -l <"$tmp/ids")" -ge 33 ] || return
    while read -r id; do
        accepts 0 --explain="$id" && says "^$id \\((error|warning|note)(, off)?\\)\$" "$tmp/out" || return
    done <"$tmp/ids"
}
check '--explain explains every rule that is listed' explains_every_rule
check '--explain knows the rules of files' accepts 0 --rules="$rule" --explain=fleet-reader

checks_rules() {
    accepts 0 --check-rules && says '^[0-9]+ rules, [0-9]+ examples: 0 failed$' "$tmp/out" &&
        accepts 0 --no-default-rules --check-rules "$rule" &&
        says 'rule.yaml:2: fleet-reader: has no example' "$tmp/out" && says '^1 rules?, 0 examples' "$tmp/out"
}
# failing_example OUTCOME HIVE-LINE: an example that does not behave as it should.
failing_example() {
    {
        cat "$rule"
        printf '    examples:\n      - name: the one\n        expect: %s\n        hive: |\n' "$1"
        printf '          [Microsoft\\Cryptography\\Calais]\n          %s\n' "$2"
    } >"$tmp/example.yaml"
    audit 2 --no-default-rules --check-rules "$tmp/example.yaml" &&
        says "example.yaml:9: fleet-reader: example \"the one\": $3" "$tmp/out"
}
check '--check-rules runs the examples of rules' checks_rules
check '--check-rules runs those of rules that are off as well' accepts 0 --check-rules --disable=all
check '--check-rules reports an example that should fail and passes' failing_example fail \
    '[Microsoft\Contoso]
          "Wanted"=dword:1' 'must fail, but passes'
check '--check-rules reports an example that should pass and fails' failing_example pass '' 'must pass, but: '
check '--check-rules reports an example whose hive is no registry text' failing_example pass '=' \
    'line 2, column 1'

# ---- What evidence holds ----

# ESC, a right-to-left override, a line end of Unicode, a zero-width space, and a line end in a value.
bidi=$(printf '\342\200\256') line=$(printf '\302\205') hidden=$(printf '\342\200\213')
hive names "$srcdir/hives/stock.reg" <<END || exit
[$calais\\SmartCards\\A${esc}[31mred]
"80000001"=hex(1):61,00,0a,00,1b,00,5b,00,33,00,31,00,6d,00,22,00,00,00
[$calais\\SmartCards\\B${bidi}lld${line}x${hidden}]
"ATR"="${bidi}"
END
names_are_escaped() {
    LC_ALL=C accepts 1 "$tmp/names.hive" && silent "$esc|$bidi|$line|$hidden" "$tmp/out" &&
        says 'SmartCards\\A\\x1b\[31mred$' "$tmp/out" &&
        says 'SmartCards\\B\\u202elld\\x85x\\u200b$' "$tmp/out" && says 'a\\x0a\\x1b\[31m' "$tmp/out"
}
json_names_are_lossless() {
    accepts 1 -o json "$tmp/names.hive" && LC_ALL=C silent "$esc|$bidi|$line|$hidden" "$tmp/out" &&
        says 'SmartCards\\\\A\\u001[bB]\[31mred"' "$tmp/out" &&
        says 'SmartCards\\\\B\\u202[eE]lld\\u0085x\\u200[bB]"' "$tmp/out"
}
check 'names in the evidence are escaped in text' names_are_escaped
check 'they are lossless in JSON, and ASCII' json_names_are_lossless
file_name_is_escaped() {
    name="$tmp/x${esc}[31m
y$bidi.hive"
    cp "$clean" "$name" && LC_ALL=C accepts 0 "$name" && silent "$esc|$bidi" "$tmp/out" &&
        says 'x\\x1b\[31m\\x0ay\\u202e\.hive$' "$tmp/out" && rm "$name" &&
        audit 3 "$name" && silent "$esc|$bidi" "$tmp/err" && [ "$(wc -l <"$tmp/err")" -eq 1 ]
}
check 'the name of the evidence is escaped' file_name_is_escaped

deterministic() {
    accepts 1 "$@" && cp "$tmp/out" "$tmp/first" &&
        with LC_ALL=tr_TR.UTF-8 with TZ=Asia/Tokyo with LANGUAGE=de accepts 1 "$@" &&
        cmp "$tmp/first" "$tmp/out" && (cd / && accepts 1 "$@" && cmp "$tmp/first" "$tmp/out")
}
check 'the same evidence gives the same text, in any locale, zone and folder' deterministic "$broken" "$warned"
check 'and the same JSON' deterministic -o json "$broken" "$warned"
check 'no hive was changed' cmp "$broken" "$("$MKHIVE" "$tmp/again.hive" "$srcdir/hives/stock.reg" \
    "$srcdir/hives/broken.reg" && echo "$tmp/again.hive")"
done_testing
