#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: fuzz.sh SECONDS TARGET...   (make fuzz FUZZ_SECONDS=600)
# Runs each target for so many seconds, one after the other. Seeds are the committed corpora; what
# is found goes to tests/fuzz/found/ of the build folder, inputs that crash to tests/fuzz/crashes/.
# A crash ends that target, not the others; the status is then 1.
set -u

seconds=${1:?}
shift
status=0
for target; do
    name=${target##*/fuzz-}
    found=${builddir:?}/tests/fuzz/found/$name
    crashes=$builddir/tests/fuzz/crashes
    mkdir -p "$found" "$crashes" || exit
    printf '=== %s for %s seconds\n' "$target" "$seconds"
    "$builddir/$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$crashes/$name-" "$found" \
        "${srcdir:?}/tests/fuzz/corpus/$name" </dev/null || {
        echo "=== $target: failed; see $crashes" >&2
        status=1
    }
done
exit "$status"
