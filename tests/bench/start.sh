# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What benchmarks share: a folder of their own, $work, which is removed at the end, and what they need.
set -eu

# shellcheck disable=SC2034 # for those who source this
hiveaudit=${HIVEAUDIT:?the program to measure}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# need COMMAND PACKAGE: ends the benchmark where a tool is missing.
need() {
    command -v "$1" >/dev/null && return
    echo "bench: $1 is missing (Debian package $2)" >&2
    exit 1
}
