#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: [MUTANTS=1000] [SEED=1] peers.sh
# What other tools make of the same mutants as run.sh, 2 seconds for each. They know no logs, or are
# given none.
set -u
# shellcheck source=tests/mutants/samples.sh
. "${srcdir:?}/tests/mutants/samples.sh"

mutants=${MUTANTS:-1000}
seed=${SEED:-1}
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp/samples" "$tmp/hostile" && make_samples "$tmp/samples" || exit
# shellcheck disable=SC2086 # samples is a list of words
"${builddir:?}/tests/mutants/mutate" "$seed" 0 "$mutants" "$tmp/hostile" $samples || exit

card='Microsoft\Cryptography\Calais\SmartCards'
run_hiveaudit() {
    timeout -k 1 2 "${HIVEAUDIT:?}" -q -o json "$1"
}
run_hivexget() {
    timeout -k 1 2 hivexget "$1" "$card"
}
run_reglookup() {
    timeout -k 1 2 reglookup "$1"
}
run_regfexport() {
    timeout -k 1 2 regfexport "$1"
}

# verdict STATUS TOOL: how it ended. hiveaudit has read something unless its report says "failed";
# that some of it was lost is in the report, too, and its status.
verdict() {
    if [ "$1" -eq 124 ]; then
        echo timeout
    elif [ "$1" -gt 128 ]; then
        echo crashed
    elif [ "$1" -eq 0 ] || { [ "$2" = hiveaudit ] && ! grep -q '"status": "failed"' "$tmp/out"; }; then
        echo well
    else
        echo refused
    fi
}

printf '%d mutants of seed %s\n' "$mutants" "$seed"
printf '%-12s %10s %10s %10s %10s\n' '' 'ended well' refused crashed 'timed out'
for tool in hiveaudit hivexget reglookup regfexport; do
    if [ $tool != hiveaudit ] && ! command -v $tool >"$tmp/which"; then
        printf '%-12s not installed\n' $tool
        continue
    fi
    : >"$tmp/verdicts"
    for mutant in "$tmp"/hostile/??????; do
        run_$tool "$mutant" >"$tmp/out" 2>"$tmp/err" </dev/null
        verdict $? $tool >>"$tmp/verdicts"
    done
    printf '%-12s' $tool
    for what in well refused crashed timeout; do
        printf ' %10d' "$(grep -cx $what "$tmp/verdicts")"
    done
    echo
done
