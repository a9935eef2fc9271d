# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# bash completion for hiveaudit. Needs nothing but bash.

# The ids of the built-in rules; $1 is the program.
_hiveaudit_rules()
{
    "$1" --list-rules 2>/dev/null | while read -r id _; do
        printf '%s ' "$id"
    done
}

# The names of files are left to readline, which knows how to quote them.
_hiveaudit_complete_files()
{
    COMPREPLY=()
    compopt -o default 2>/dev/null
}

# Completes an argument: $1 is the program, $2 the option, $3 the argument so far, $4 what is in front of
# it in the same word.
_hiveaudit_complete_argument()
{
    local words argument=$3 before=$4
    case $2=$3 in
    --output=*=* | -o=*=* | --rules=* | --expect=* | --rules-from=* | --files0-from=* | --cards-from=* | --log=* | --save-recovered=* | --system=* | \
        --bitlocker-password-file=* | --bek=* | --atr-names=* | --waivers=* | --baseline=* | --golden=* | --fix=* | --undo=* | \
        --manifest=* | --verify=*)
        _hiveaudit_complete_files && return
        ;;
    --output=* | -o=*) words='text json jsonl sarif csv junit sqlite html bodyfile' ;;
    --min-severity=*) words='note warning error' ;;
    --fail-on=*) words='note warning error never' ;;
    --color=*) words='auto always never' ;;
    --logs=*) words='auto require ignore' ;;
    --sandbox=*) words='auto require off' ;;
    --inf-profile=*) words='legacy windows10' ;;
    --shadow-copies=*) words='none all' ;;
    --enable=* | --disable=*) words="$(_hiveaudit_rules "$1") all" ;;
    --explain=*) words=$(_hiveaudit_rules "$1") ;;
    --severity=*=*)
        words='note warning error'
        before+=${argument%%=*}=
        argument=${argument#*=}
        ;;
    --severity=*)
        words="$(_hiveaudit_rules "$1") all "
        words=${words// /= }
        ;;
    *) return ;;
    esac
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "$argument")
}

# bash splits words at "=" and ":": joins them again, up to the cursor. Sets words, the last of which is
# being completed.
_hiveaudit_join_words()
{
    local i word before=' '
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ $before == *[=:] || $word == [=:]* ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        before=$word
    done
}

# readline replaces only what is behind the last "=" or ":" of the word $1.
_hiveaudit_trim_replies()
{
    local i prefix=
    [[ $COMP_WORDBREAKS == *=* && $1 == *=* ]] && prefix=${1%=*}=
    [[ $COMP_WORDBREAKS == *:* && ${1#"$prefix"} == *:* ]] && prefix=${1%:*}:
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$prefix"}
    done
}

_hiveaudit()
{
    local options='--output= --rules= --expect= --rules-from= --inventory --no-default-rules --enable= --disable= --severity= --list-rules
        --explain= --check-rules --fail-on= --min-severity= --quiet --color= --allow-dirty --files0-from=
        --all-copies --image= --shadow-copies= --recovery-key= --bitlocker-password-file= --bek= --system= --hash
        --card= --cards-from= --decode= --atr-names= --log= --logs= --save-recovered= --jobs= --timeout= --sandbox= --inf-profile=
        --waivers= --now= --baseline= --fail-on-new --golden= --fix= --undo= --manifest= --verify= --case= --examiner= --exhibit= --note=
        --help --version'
    local words cur prev i
    _hiveaudit_join_words
    cur=${words[-1]} prev=${words[-2]-}
    COMPREPLY=()
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        if [[ ${words[i]} == -- ]]; then
            _hiveaudit_complete_files
            return
        fi
    done
    case $prev in
    -o | --output | --rules | --expect | --rules-from | --enable | --disable | --severity | --explain | --fail-on | --min-severity | --color | \
        --files0-from | --image | --shadow-copies | --recovery-key | --bitlocker-password-file | --bek | --system | \
        --card | --cards-from | --decode | --atr-names | --log | --logs | --save-recovered | -j | --jobs | --timeout | --sandbox | \
        --waivers | --now | --baseline | --golden | --fix | --undo | --manifest | --verify | --case | --examiner | --exhibit | --note | --inf-profile)
        _hiveaudit_complete_argument "$1" "$prev" "$cur" ''
        ;;
    *)
        case $cur in
        --*=*) _hiveaudit_complete_argument "$1" "${cur%%=*}" "${cur#*=}" "${cur%%=*}=" ;;
        -*) mapfile -t COMPREPLY < <(compgen -W "$options -o -j -q -h -V" -- "$cur") ;;
        *) _hiveaudit_complete_files ;;
        esac
        ;;
    esac
    _hiveaudit_trim_replies "$cur"
    if [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _hiveaudit hiveaudit
