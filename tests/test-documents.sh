#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Man page, completions and doc/ARCHITECTURE.md keep up with the program.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
doc=$srcdir/doc
hiveaudit=${builddir:?}/src/hiveaudit

# nothing_from COMMAND...: succeeds where the command prints nothing.
nothing_from() {
    output=$("$@")
    [ -z "$output" ] || { printf '%s\n' "$output" && return 1; }
}

# options_missing_in FILE PATTERN: those of --help that the file has not as PATTERN says; @ is the name.
options_missing_in() {
    "$hiveaudit" --help | grep -oE -e '--[a-z][a-z0-9-]+' | sort -u | while read -r option; do
        sed 's/\\-/-/g' "$1" | grep -qE -e "$(printf '%s' "$2" | sed "s/@/${option#--}/")" ||
            echo "$1: $option"
    done
}

# bash_replies WORD...: what bash offers for the last word of "hiveaudit WORD...", split as bash does.
bash_replies() {
    # $0 and $@ are those of the inner shell
    # shellcheck disable=SC2016
    bash --norc -c '
        . "$0" || exit
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _hiveaudit "$1"
        printf "%s\n" "${COMPREPLY[@]}"' "$doc/completions/hiveaudit.bash" "$hiveaudit" "$@"
}

# bash_offers REPLIES WORD...: bash offers exactly these, separated by blanks.
bash_offers() {
    want=$1
    shift
    got=$(bash_replies "$@" | tr '\n' ' ')
    [ "$got" = "$want " ] || { echo "got $got" && return 1; }
}

bash_offers_every_option() {
    bash_replies -- >"$work/options" &&
        nothing_from options_missing_in "$work/options" '^--@=?$'
}

bash_offers_every_rule() {
    "$hiveaudit" --list-rules | sed 's/ .*//' | sort >"$work/rules" && [ -s "$work/rules" ] &&
        bash_replies --explain = | sort | diff "$work/rules" -
}

# unnamed_sources: files of src that doc/ARCHITECTURE.md does not name.
unnamed_sources() {
    for file in "$srcdir"/src/*.[ch] "$srcdir"/src/*/*.[ch]; do
        name=${file##*/}
        [ "$name" = shipped.c ] || # made by the build
            grep -qF -e " $name" -e " ${name%.*}.[ch]" -e "/${name%.*}.[ch]" -e "/$name" "$doc/ARCHITECTURE.md" ||
            echo "$file"
    done
}

# named_without_source: what the list of files in doc/ARCHITECTURE.md names in src and is not there.
named_without_source() {
    awk '/^    src\/[a-z]+\// { folder = $1; next }
         /^    src\// { print $1; next }
         /^    [a-z]/ { folder = "" }
         folder && /^      [a-z]/ { for (i = 1; $i ~ /\.(\[ch\]|[ch]),?$/; i++) print folder $i }
        ' "$doc/ARCHITECTURE.md" | tr -d , | while read -r pattern; do
        case $pattern in
        *'.[ch]') [ -e "$srcdir/${pattern%.*}.c" ] && [ -e "$srcdir/${pattern%.*}.h" ] ;;
        *) [ -e "$srcdir/$pattern" ] ;;
        esac || echo "$pattern"
    done
}

# undescribed: checks, their parameters and built-in lists that hiveaudit-rules(5) does not describe.
undescribed() {
    page=$doc/hiveaudit-rules.5
    tr -d '\n' <"$srcdir/src/rule/checks.c" | grep -oE '\{"[a-z_]+",[^{}]*(\{[^{}]*\}[^{}]*)?\}' |
        while read -r row; do
            check=$(expr "$row" : '{"\([a-z_]*\)"')
            line=$(grep -nE "^\.BR? $check( |\$)" "$page") || echo "$check"
            printf '%s' "$row" | sed 's/^{"[a-z_]*"//' | grep -oE '"[a-z_]+"' | tr -d '"' |
                while read -r parameter; do
                    printf '%s' "$line" | grep -qw "$parameter" || echo "$check: $parameter"
                done
        done
    sed -n '/^lists:/,/^rules:/s/^  \([a-z-]*\):.*/\1/p' "$srcdir"/rules/*.yaml | sed 's/-/\\-/g' |
        while read -r list; do
            grep -qxF -e ".B $list" "$page" || echo "list $list"
        done
}

# Automake calls the log of a test by its name without the suffix: of two with one name it runs one.
tests_of_one_name() {
    for test in "$srcdir"/tests/test-*.sh; do
        [ ! -e "${test%.sh}.c" ] || echo "${test%.sh}: as .c and .sh"
    done
}

man_page_is_sound() {
    nothing_from mandoc -T lint -W warning "$1"
}

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

check 'no two tests have one name' nothing_from tests_of_one_name
check 'the man page explains every option' nothing_from options_missing_in "$doc/hiveaudit.1" '^\..*--@([= ]|$)'
check 'zsh completes every option' nothing_from options_missing_in "$doc/completions/_hiveaudit" "[{,'*)]--@[]=[}]"
check 'fish completes every option' nothing_from options_missing_in "$doc/completions/hiveaudit.fish" ' -l @ '
check 'bash completes every option' bash_offers_every_option
check 'bash completes the id of every rule' bash_offers_every_rule
check 'bash completes behind "=" what readline replaces' bash_offers 'note never' --fail-on = n
check 'bash completes behind a blank' bash_offers 'note never' --fail-on n
check 'bash completes an id and its severity' bash_offers 'warning' --severity = mask-weak = w
check 'bash leaves the file of an output to readline' bash_offers '' -o json = x
check 'doc/ARCHITECTURE.md names every source file' nothing_from unnamed_sources
check 'doc/ARCHITECTURE.md names no file that is not there' nothing_from named_without_source
check 'hiveaudit-rules(5) describes every check, parameter and list' nothing_from undescribed
for page in "$doc"/*.[1-9]; do
    if command -v mandoc >/dev/null; then
        check "${page##*/} is sound" man_page_is_sound "$page"
    else
        skip "${page##*/} is sound" 'mandoc is not installed'
    fi
done
done_testing
