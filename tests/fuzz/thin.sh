#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: thin.sh TARGET OUT BYTES SEEDS FOUND   (in the build folder; see tests/fuzz/README)
# Makes a corpus of at most so many bytes: all seeds, and of what libFuzzer's set cover keeps of
# the finds as many as there is room for. Their names are hashes, so that this is a random choice.
set -eu

target=${1:?}
out=${2:?}
left=${3:?}
seeds=${4:?}
found=${5:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$out"
"$target" -set_cover_merge=1 -max_len=32768 -rss_limit_mb=2048 -timeout=10 "$work" "$seeds" "$found"
for file in "$seeds"/* "$work"/*; do
    size=$(wc -c <"$file")
    if [ "$size" -le "$left" ] && [ "$size" -le 32768 ]; then
        cp "$file" "$out/"
        left=$((left - size))
    fi
done
