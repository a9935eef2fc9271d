#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: [MUTANTS=200] [SEED=1] run.sh
# Audits mutants of hives and logs with the program, and as many of texts, with all reports at once. Mutant N of a
# seed is always the same, as long as the samples are; with HIVEAUDIT_CORPUS there are more of these.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/mutants/samples.sh
. "$srcdir/tests/mutants/samples.sh"

mutants=${MUTANTS:-200}
seed=${SEED:-1}
at_once=50
limit=10 # seconds for one mutant
formats='text json jsonl sarif csv junit sqlite html bodyfile'

tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mutate=${builddir:?}/tests/mutants/mutate
hostile=$tmp/hostile

mkdir "$tmp/samples" || exit

# note WHAT DETAIL: keeps something wrong with the mutants at hand.
note() {
    printf '%s: %s\n' "$batch" "$2" >>"$tmp/$1"
}

# audit_batch: one run of the program over the mutants in the folder.
audit_batch() {
    sha256sum "$hostile"/* >"$tmp/before"
    rm -rf "$tmp/reports" && mkdir "$tmp/reports" || exit
    set -- "$hostile"/??????
    pieces=$#
    for format in $formats; do
        set -- -o "$format=$tmp/reports/$format" "$@"
    done
    status=0
    timeout -k 5 $((limit * pieces)) "${HIVEAUDIT:?}" -j2 --timeout=$limit -q --manifest="$tmp/reports/manifest" \
        "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    case $status in
    0 | 1 | 3) ;;
    *) note status "status $status: $(tail -n 3 "$tmp/err" | cut -c1-200)" ;;
    esac
    sha256sum "$hostile"/* | cmp -s - "$tmp/before" || note changed 'evidence or its folder'
    grep -oE '^      "status": "[a-z]+"' "$tmp/reports/json" >>"$tmp/statuses"
    grep -cE '^      "status": "' "$tmp/reports/json" | grep -qx "$pieces" || note lost "not $pieces reports"
    if [ -n "$python" ]; then
        wrong=$("$python" "$srcdir/tests/mutants/readers.py" "$tmp/reports" "$pieces" 2>&1)
        [ -z "$wrong" ] || note misread "$wrong"
    fi
    grep -E ': took (longer|more processor time)' "$tmp/err" >>"$tmp/slow"
    grep -E ' the process that read it ' "$tmp/err" >>"$tmp/crashed"
    grep -E 'Sanitizer|runtime error:' "$tmp/err" >>"$tmp/sanitizers"
}

# audit_mutants KIND: makes mutants of $samples, and audits them.
audit_mutants() {
    printf '# %d mutants of seed %s, of %d %s\n' "$mutants" "$seed" \
        "$(printf '%s' "$samples" | wc -w)" "$1"
    for notes in status changed lost misread statuses slow crashed sanitizers; do
        : >"$tmp/$notes"
    done
    first=0
    while [ "$first" -lt "$mutants" ]; do
        count=$((mutants - first < at_once ? mutants - first : at_once))
        batch="mutants $first to $((first + count - 1))"
        rm -rf "$hostile" && mkdir "$hostile" || exit
        # shellcheck disable=SC2086 # samples is a list of words
        "$mutate" "$seed" "$first" "$count" "$hostile" $samples || exit
        audit_batch
        first=$((first + count))
    done
}

# nothing_in FILE: passes where nothing was noted there; shows what was.
nothing_in() {
    [ ! -s "$tmp/$1" ] && return
    wc -l <"$tmp/$1"
    head -n 20 "$tmp/$1" | sed "s|$hostile/||g"
    return 1
}

# check_mutants KIND: hivex may crash a worker over a hive, and that is said; over a text nothing may.
check_mutants() {
    for status in complete incomplete failed; do
        printf '# %s: %d\n' "$status" "$(grep -c "\"$status\"" "$tmp/statuses")"
    done
    printf '# workers that crashed: %d\n' "$(wc -l <"$tmp/crashed")"
    name="$mutants mutants of $1, seed $seed"
    check "$name: the program ends with status 0, 1 or 3" nothing_in status
    check "$name: each is reported" nothing_in lost
    if [ -n "$python" ]; then
        check "$name: each report is read by other readers" nothing_in misread
    else
        skip "$name: each report is read by other readers" 'python3 is not installed'
    fi
    check "$name: none takes more than $limit seconds" nothing_in slow
    check "$name: no evidence is changed" nothing_in changed
    check "$name: no sanitizer complains" nothing_in sanitizers
    if [ -n "${SANITIZERS-}" ] || [ "$1" = texts ]; then
        check "$name: no worker crashes" nothing_in crashed
    else
        nothing_in crashed | sed 's/^/# /'
    fi
}

python=$(command -v python3)
make_samples "$tmp/samples" || exit
audit_mutants hives
check_mutants hives
make_texts "$tmp/samples" || exit
audit_mutants texts
check_mutants texts
done_testing
