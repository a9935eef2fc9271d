# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What shell tests that run the program share, besides tap.sh: a folder of their own, $tmp, which is
# removed at the end, and functions to make hives, to audit them and to read reports.

tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# audit STATUS ARGUMENT...: runs hiveaudit; its output is in $tmp/out and $tmp/err. Fails where its
# status is another, and says so.
audit() {
    audit_want=$1
    shift
    audit_status=0
    timeout 20 "${HIVEAUDIT:?}" "$@" >"$tmp/out" 2>"$tmp/err" || audit_status=$?
    [ "$audit_status" -eq "$audit_want" ] && return
    echo "got status $audit_status, want $audit_want: $*"
    head -n 20 "$tmp/out" "$tmp/err"
    return 1
}

# hive NAME FILE.reg...: builds $tmp/NAME.hive of registry texts and of the one on standard input.
hive() {
    hive_name=$1
    shift
    cat >"$tmp/$hive_name.reg"
    "${MKHIVE:?}" "$tmp/$hive_name.hive" "$@" "$tmp/$hive_name.reg"
}

# logged_hive OUT FILE.reg...: builds a dirty hive of registry texts but the last, and beside it OUT.LOG1,
# which adds the last.
logged_hive() {
    logged_out=$1 logged_all=
    shift
    "$MKHIVE" "$tmp/logged.hive" "$@" || return
    while [ $# -gt 1 ]; do
        logged_all="$logged_all $1"
        shift
    done
    # Paths of the tests have no blanks.
    # shellcheck disable=SC2086
    "$MKHIVE" --dirty "$logged_out" $logged_all &&
        "${builddir:?}/tests/mklog" 1 "$logged_out" "$tmp/logged.hive" - "$logged_out.LOG1"
}

# sample_hives: builds the hives of the hives folder in $tmp.
sample_hives() {
    stock=${srcdir:?}/hives/stock.reg
    "$MKHIVE" "$tmp/stock.hive" "$stock" &&
        "$MKHIVE" "$tmp/fabrikam.hive" "$stock" "$srcdir/hives/fabrikam.reg" &&
        "$MKHIVE" "$tmp/broken.hive" "$stock" "$srcdir/hives/broken.reg"
}

# findings: reduces a text report on standard input to a line "SEVERITY RULE VIEW KEY" each.
findings() {
    awk '/^  (error|warning|note) [a-z0-9-]+: / {
             line = $1 " " substr($2, 1, length($2) - 1)
             getline
             view = $1
             sub(/^ *[a-z0-9]+ +/, "")
             print line " " view " " $0
         }'
}

# same EXPECTED GOT: compares two texts, and shows how they differ.
same() {
    [ "$1" = "$2" ] && return
    printf '%s\n' "$1" >"$tmp/expected"
    printf '%s\n' "$2" | diff -u "$tmp/expected" - | sed 1,2d
    return 1
}

# says PATTERN FILE: whether a line of a file matches; shows the file where none does.
says() {
    grep -qE -e "$1" "$2" && return
    echo "no line matches $1:"
    head -n 20 "$2"
    return 1
}

# silent PATTERN FILE: whether no line of a file matches.
silent() {
    ! grep -E -e "$1" "$2"
}

# unpack FILE.xz...: unpacks files of the corpus into $tmp.
unpack() {
    for unpack_file; do
        unpack_name=${unpack_file##*/}
        xz -dc "$unpack_file" >"$tmp/${unpack_name%.xz}" || return
    done
}

# sum FILE: its SHA-256, by another program.
sum() {
    sha256sum "$1" | cut -c1-64
}

# query FILE EXPRESSION: prints what a Python expression makes of a JSON document, d; of a list, line by line.
query() {
    python3 -c '
import json, sys
value = eval(sys.argv[2], {"d": json.load(open(sys.argv[1]))})
print("\n".join(map(str, value)) if isinstance(value, list) else value)' "$1" "$2"
}
