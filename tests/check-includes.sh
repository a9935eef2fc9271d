#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Keeps the picture of doc/ARCHITECTURE.md true, who may include what, and the lists of Makefile.am
# complete.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
cd "$srcdir" || exit

# stages_allowed STAGE: the stages besides its own that it may include; fails for an unknown one.
stages_allowed() {
    case $1 in
    base) ;;
    input | hive | worker) echo base ;;
    package) echo hive base ;;
    model) echo package hive base ;;
    rule) echo model base ;;
    report) echo rule model base ;;
    *) return 1 ;;
    esac
}

# quoted FILE...: prints "FILE:LINE: TARGET" for each #include "TARGET".
quoted() {
    awk -F '"' '/^[ \t]*#[ \t]*include[ \t]*"/ { print FILENAME ":" FNR ": " $2 }' "$@"
}

# nothing_from COMMAND...: succeeds where the command prints nothing.
nothing_from() {
    output=$("$@")
    [ -z "$output" ] || { printf '%s\n' "$output" && return 1; }
}

stage_strays() {
    stage=$1
    allowed=$(stages_allowed "$stage") || { echo "src/$stage is no stage of this table" && return; }
    find "src/$stage" -name '*.[ch]' | sort | while read -r file; do
        quoted "$file"
    done | awk -v own="$stage" -v allowed="$allowed" '
        BEGIN { count = split(own " " allowed, names, " "); while (count) may[names[count--]] }
        $2 == "config.h" { next }
        { split($2, path, "/") }
        !(path[1] in may) || $2 !~ /\// || $2 ~ /\.\./'
}

# includers HEADER ALLOWED: the files of src and hives that include HEADER and match no ALLOWED.
includers() {
    grep -rlE --include='*.[ch]' "^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*[<\"]$1" src hives |
        grep -vE "$2"
}

without_config_first() {
    find src hives tests -name '*.c' | sort | while read -r file; do
        awk '/^[ \t]*#[ \t]*include/ { found = $0; exit }
             END { exit found != "#include \"config.h\"" }' "$file" || echo "$file"
    done
}

without_own_header_second() {
    find src -name '*.c' | sort | while read -r file; do
        own=${file#src/}
        own=${own%.c}.h
        second=$(awk '/^[ \t]*#[ \t]*include/ && ++count == 2 { print $2; exit }' "$file")
        [ ! -e "src/$own" ] || [ "$second" = "\"$own\"" ] || echo "$file: want $own, got $second"
    done
}

headers_that_need_others() {
    find src -name '*.h' | sort | while read -r header; do
        # COMPILE is a command line, relative to the build folder.
        # shellcheck disable=SC2086
        printf '#include "config.h"\n#include "%s"\n' "${header#src/}" |
            (cd "${builddir:?}" && ${COMPILE:?} -fsyntax-only -x c - 2>&1) || echo "$header"
    done
}

left_out() {
    find src hives tests/*.[ch] tests/*.sh -name '*.[ch]' -o -name '*.sh' | while read -r file; do
        case $file in tests/test-*.c) listed=${file%.c} ;; *) listed=$file ;; esac
        grep -qE "(^|[[:space:]])$listed([[:space:]]|\$)" Makefile.am || echo "$file"
    done
}

for directory in src/*/; do
    stage=${directory#src/}
    stage=${stage%/}
    check "$stage includes only what it may" nothing_from stage_strays "$stage"
done
check 'only src/hive and mkhive include hivex' nothing_from includers hivex.h '^(src/hive|hives)/'
check 'only the YAML loader includes libfyaml' \
    nothing_from includers libfyaml.h '^src/rule/yaml\.c$'
check 'only the JSON report includes jansson' \
    nothing_from includers jansson.h '^src/report/json(_[a-z]+)*\.[ch]$'
check 'only the SQLite report includes SQLite' \
    nothing_from includers sqlite3.h '^src/report/sqlite(_[a-z]+)?\.[ch]$'
check 'only one file of src/worker includes libseccomp' \
    nothing_from includers '(linux/)?seccomp.h' '^src/worker/sandbox_seccomp\.c$'
check 'only one file of src/worker includes Landlock' \
    nothing_from includers linux/landlock.h '^src/worker/sandbox_landlock\.c$'
check 'only digests and BitLocker include OpenSSL' \
    nothing_from includers openssl/ '^src/(base/digest|input/(fve_keys|fve_sectors))\.c$'
check 'every .c file includes config.h first' nothing_from without_config_first
check 'every .c file includes its own header second, if any' nothing_from without_own_header_second
check 'every header compiles alone' nothing_from headers_that_need_others
check 'Makefile.am lists every source file and every test' nothing_from left_out
done_testing
