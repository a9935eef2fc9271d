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

# different_hives HIVE FOLDER COUNT: copies of a hive, 0000 and on, of which no two are equal.
different_hives() {
    mkdir "$2"
    python3 - "$@" <<'END'
import struct, sys
hive = bytearray(open(sys.argv[1], "rb").read())
for i in range(int(sys.argv[3])):
    # The time stamp of the first hive bin: no checksum covers it, and nobody minds it.
    struct.pack_into("<I", hive, 4096 + 20, i + 1)
    open(f"{sys.argv[2]}/{i:04}", "wb").write(hive)
END
}
