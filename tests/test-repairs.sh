#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# --fix and --undo: what is repaired, by readers of .reg files that are not ours as well; what is not, and why;
# files that are written as a whole or not at all.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'
wow='HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Microsoft\Cryptography\Calais'
sample_hives || exit
stock=$srcdir/hives/stock.reg
fix=$tmp/fix.reg undo=$tmp/undo.reg

# entry KEY NAME ATR MASK DLL: an entry in registry text.
entry() {
    printf '[%s\\SmartCards\\%s]\n"ATR"=hex:%s\n"ATRMask"=hex:%s\n' "$1" "$2" "$3" "$4"
    printf '"80000001"="%s"\n"Crypto Provider"="Microsoft Base Smart Card Crypto Provider"\n' "$5"
    printf '"Smart Card Key Storage Provider"="Microsoft Smart Card Key Storage Provider"\n\n'
}
# both NAME ATR MASK DLL: the same entry in both views.
both() {
    entry "$calais" "$@"
    entry "$wow" "$@"
}
dead='3b,04,51,ff,08,01 ff,ff,ff,ff,ff,f0' mended='3b,04,51,ff,08,00'

# repair STATUS ARGUMENT...: writes $fix and $undo anew.
repair() {
    repair_status=$1
    shift
    rm -f "$fix" "$undo"
    audit "$repair_status" --fix="$fix" --undo="$undo" "$@"
}
# in_utf8 FILE: a .reg as lines of UTF-8.
in_utf8() {
    iconv -f UTF-16 -t UTF-8 "$1" | tr -d '\r'
}
# lines FILE: what regedit would do.
lines() {
    in_utf8 "$1" | sed -e 1d -e '/^;/d' -e '/^$/d'
}
# holds FILE PATTERN: whether a line of a .reg matches.
holds() {
    in_utf8 "$1" >"$tmp/utf8" && says "$2" "$tmp/utf8"
}
# wants FILE: what regedit would do is on standard input.
wants() {
    same "$(cat)" "$(lines "$1")"
}
list_findings() {
    "$HIVEAUDIT" "$@" 2>"$tmp/err" | findings | sort
}

# ---- What is repaired ----

repairs_the_sample() {
    repair 1 "$tmp/broken.hive" && wants "$fix" <<END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
[$calais\\SmartCards\\Contoso [v2] (test/1)+]
"ATR"=hex:3b,f2,08,00,00,c1,00,31,fe,00,00,00,00
[$wow\\Readers]
"RetryDeviceInitialize"=-
[$wow\\SmartCards\\Contoso [v2] (test/1)+]
"ATR"=hex:3b,f2,08,00,00,c1,00,31,fe,00,00,00,00
END
}
undoes_the_sample() {
    repair 1 "$tmp/broken.hive" && wants "$undo" <<END
[$wow\\SmartCards\\Contoso [v2] (test/1)+]
"ATR"=hex:3b,f2,18,00,ff,c1,0a,31,fe,55,c8,06,8a
[$wow\\Readers]
"RetryDeviceInitialize"=dword:00000001
[$calais\\SmartCards\\Contoso [v2] (test/1)+]
"ATR"=hex:3b,f2,18,00,ff,c1,0a,31,fe,55,c8,06,8a
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000000
END
}
has_its_form() {
    repair 1 "$tmp/broken.hive" || return
    for form_file in "$fix" "$undo"; do
        same ' ff fe 57 00' "$(od -A n -t x1 -N 4 "$form_file")" &&
            iconv -f UTF-16 -t UTF-8 "$form_file" >"$tmp/utf8" &&
            same "$(wc -l <"$tmp/utf8")" "$(grep -c "$(printf '\r')\$" "$tmp/utf8")" &&
            same 'Windows Registry Editor Version 5.00' "$(head -n 1 "$tmp/utf8" | tr -d '\r')" || return
    done
}
says_rule_and_old_value() {
    repair 1 "$tmp/broken.hive" && holds "$fix" '^; error atr-outside-mask \(native\): ATR has bits set outside' &&
        holds "$fix" '^; Old value: 3b f2 18 00 ff c1 0a 31 fe 55 c8 06 8a$' &&
        holds "$fix" '^; warning retry-device-initialize-misplaced \(wow6432node\): ' &&
        holds "$fix" '^; Old value: REG_DWORD 1$' && holds "$undo" '^; Takes back what was done for atr-outside-mask$'
}
says_what_it_leaves() {
    repair 1 "$tmp/broken.hive" && holds "$fix" '^; warning view-asymmetric \(native\): ' &&
        holds "$fix" '^;   why: a copy for the other view would be a guess: its DLL differs$' &&
        holds "$fix" '^;   why: repaired, it would bring mask-weak of Microsoft\\Cryptography\\Calais\\SmartCards\\Contoso ATR outside mask$'
}
check 'the sample is repaired where that needs no guess' repairs_the_sample
check '--undo is the inverse' undoes_the_sample
check 'both are UTF-16LE with a mark, lines that end with CR and LF, and a header' has_its_form
check 'each change stands below its rule and the old value' says_rule_and_old_value
check 'what is left is said, and why' says_what_it_leaves

# What was seen with the value at the wrong place and nowhere else.
moves_what_is_misplaced() {
    hive misplaced "$stock" <<END && repair 1 "$tmp/misplaced.hive" && wants "$fix" <<WANT
[$wow\\Readers]
"RetryDeviceInitialize"=dword:00000001
END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
[$wow\\Readers]
"RetryDeviceInitialize"=-
WANT
}
cat >"$tmp/fleet.yaml" <<'END'
rules:
  - id: fleet-retry
    title: readers are to be tried again
    severity: warning
    key: Microsoft\Cryptography\Calais\Readers
    value: RetryDeviceInitialize
    expect:
      equals: '1'
END
writes_what_a_fleet_demands() {
    repair 1 --rules="$tmp/fleet.yaml" "$tmp/stock.hive" && wants "$fix" <<END &&
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
END
        holds "$fix" '^; Old value: absent$' && wants "$undo" <<END
[$calais\\Readers]
"RetryDeviceInitialize"=-
END
}
makes_a_key_and_removes_it() {
    hive no_readers "$stock" <<END && repair 1 --rules="$tmp/fleet.yaml" "$tmp/no_readers.hive" &&
[-$calais\\Readers]
END
        wants "$undo" <<END
[-$calais\\Readers]
END
}
mends_a_type_and_keeps_it_for_undo() {
    hive text "$stock" <<END && repair 1 "$tmp/text.hive" && wants "$fix" <<WANT && wants "$undo" <<UNDO
[$calais\\Readers]
"RetryDeviceInitialize"=hex(1):31,00,41
END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
WANT
[$calais\\Readers]
"RetryDeviceInitialize"=hex(1):31,00,41
UNDO
}
says_what_goes_along() {
    {
        # shellcheck disable=SC2086 # two arguments
        entry "$calais" Contoso $dead a.dll
        entry "$wow" Contoso "$mended" ff,ff,ff,ff,ff,f0 a.dll
    } | hive differs "$stock" && repair 1 "$tmp/differs.hive" && wants "$fix" <<END &&
[$calais\\SmartCards\\Contoso]
"ATR"=hex:$mended
END
        holds "$fix" '^; Settled by these changes as well:$' && holds "$fix" '^; warning view-differs \(native\): '
}
# Repaired, A would take the card of B, which comes behind it; C is another matter.
keeps_out_what_would_shadow_another() {
    {
        # shellcheck disable=SC2086
        both A $dead a.dll && both B "$mended" ff,ff,ff,ff,ff,ff b.dll && both C 3b,01,41 ff,ff,f0 c.dll
    } | hive shadows "$stock" && repair 1 "$tmp/shadows.hive" && wants "$fix" <<END &&
[$calais\\SmartCards\\C]
"ATR"=hex:3b,01,40
[$wow\\SmartCards\\C]
"ATR"=hex:3b,01,40
END
        holds "$fix" '^;   why: repaired, it would bring atr-shadowed of Microsoft\\.*\\SmartCards\\B$'
}
# waive KEY...: waives findings of atr-outside-mask.
waive() {
    echo 'waivers:'
    for waive_key; do
        printf '  - {rule: atr-outside-mask, key: "%s", reason: no more, owner: Ada, expires: 2030-01-31}\n' \
            "$(printf '%s' "$waive_key" | sed 's/\\/&&/g')"
    done
}
# Where one view is waived, a repair of the other would make them differ.
leaves_what_is_waived() {
    waive "$@" >"$tmp/waivers.yaml" &&
        repair 1 --waivers="$tmp/waivers.yaml" --now=2029-12-31 "$tmp/broken.hive" && wants "$fix" <<END &&
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
[$wow\\Readers]
"RetryDeviceInitialize"=-
END
        holds "$fix" '^;   why: waived until 2030-01-31 by Ada \(no more\)$'
}
nothing_to_repair() {
    repair 0 "$tmp/stock.hive" && same '' "$(lines "$fix")" && same '' "$(lines "$undo")" &&
        says "^hiveaudit: --fix: $tmp/stock.hive: nothing to repair: the file changes nothing\$" "$tmp/err" &&
        red=$tmp/$(printf '\033[31m') && cp "$tmp/stock.hive" "$red" && repair 0 "$red" && silent "$(printf '\033')" "$tmp/err"
}
check 'a misplaced copy of 1 moves to its place' moves_what_is_misplaced
check 'a value is written that a rule of the user demands' writes_what_a_fleet_demands
check 'the inverse removes a key that the repair makes' makes_a_key_and_removes_it
check 'data of a wrong type comes back by the inverse as it was' mends_a_type_and_keeps_it_for_undo
check 'what is settled along with it is said' says_what_goes_along
check 'a repair that would make new findings is left out, and the others are not' keeps_out_what_would_shadow_another
leaves_drift() {
    repair 1 --golden="$tmp/stock.hive" "$tmp/broken.hive" && holds "$fix" '^; warning golden-added ' &&
        holds "$fix" '^;   why: which of the hives is right would be a guess$'
}
waived='Microsoft\Cryptography\Calais\SmartCards\Contoso [v2] (test/1)+'
check 'what is waived is left alone' leaves_what_is_waived "$waived" "Wow6432Node\\$waived"
check 'and so is its copy in another view' leaves_what_is_waived "$waived"
check 'so is drift from a golden hive, which is told' leaves_drift
check 'where nothing is to be repaired the file says so, and so does standard error' nothing_to_repair

evidence_stays() {
    before=$(sha256sum "$tmp/broken.hive" && stat -c %Y,%Z "$tmp/broken.hive") && repair 1 "$tmp/broken.hive" &&
        same "$before" "$(sha256sum "$tmp/broken.hive" && stat -c %Y,%Z "$tmp/broken.hive")"
}
same_bytes_each_time() {
    repair 1 -j1 "$tmp/broken.hive" && mv "$fix" "$tmp/first.reg" && mv "$undo" "$tmp/first_undo.reg" &&
        repair 1 -j2 "$tmp/broken.hive" && cmp "$fix" "$tmp/first.reg" && cmp "$undo" "$tmp/first_undo.reg"
}
labels_are_there() {
    repair 1 --case='X 1' --examiner=Ada --exhibit=E2 --note="$(printf 'two\nlines \134')" "$tmp/broken.hive" &&
        holds "$fix" '^; Case: X 1$' && holds "$undo" '^; Examiner: Ada$' && holds "$fix" '^; Exhibit: E2$' &&
        holds "$fix" '^; Note: two\\x0alines \\ ;$' && lines "$fix" >"$tmp/lines" && repair 1 "$tmp/broken.hive" &&
        same "$(cat "$tmp/lines")" "$(lines "$fix")"
}
reports_stay() {
    audit 1 -o "json=$tmp/plain.json" "$tmp/broken.hive" && repair 1 -o "json=$tmp/with.json" "$tmp/broken.hive" &&
        cmp "$tmp/plain.json" "$tmp/with.json"
}
works_without_a_sandbox() {
    repair 1 "$tmp/broken.hive" && mv "$fix" "$tmp/first.reg" && repair 1 --sandbox=off "$tmp/broken.hive" &&
        cmp "$fix" "$tmp/first.reg"
}
check 'evidence stays as it is' evidence_stays
check 'the bytes are the same each time' same_bytes_each_time
check 'the labels of the case are in the comments, and stay there' labels_are_there
check 'the reports are those of an audit without it' reports_stay
check 'it works without a sandbox' works_without_a_sandbox

# ---- By another reader ----

# merge HIVE FILE: applies a .reg to $tmp/merged.hive with hivexregedit, which wants UTF-8.
merge() {
    [ "$1" = "$tmp/merged.hive" ] || cp "$1" "$tmp/merged.hive"
    iconv -f UTF-16 -t UTF-8 "$2" >"$tmp/merged.reg" &&
        hivexregedit --merge --prefix 'HKEY_LOCAL_MACHINE\SOFTWARE' "$tmp/merged.hive" "$tmp/merged.reg"
}
# export_calais HIVE: each value with its key, sorted, as values are written in another order. Not every Windows
# has the second key.
export_calais() {
    for export_key in '\Microsoft' '\Wow6432Node\Microsoft'; do
        hivexregedit --export "$1" "$export_key\Cryptography" 2>"$tmp/export_err"
    done | awk '/^\[/ { key = $0 } { print key " " $0 }' | sort
}
# settles_by_another HIVE OPTION...: merged, the repair has removed the findings on standard input, no other, and
# has added none; the inverse brings all values back.
settles_by_another() {
    settled_hive=$1
    shift
    sort >"$tmp/settled"
    list_findings "$@" "$settled_hive" >"$tmp/before" && repair 1 "$@" "$settled_hive" && merge "$settled_hive" "$fix" &&
        list_findings "$@" "$tmp/merged.hive" >"$tmp/after" &&
        same "$(cat "$tmp/settled")" "$(comm -23 "$tmp/before" "$tmp/after")" &&
        same '' "$(comm -13 "$tmp/before" "$tmp/after")" || return
    export_calais "$settled_hive" >"$tmp/exported" && ! export_calais "$tmp/merged.hive" | cmp -s "$tmp/exported" - &&
        merge "$tmp/merged.hive" "$undo" && export_calais "$tmp/merged.hive" | cmp "$tmp/exported" -
}
sample_by_another() {
    settles_by_another "$tmp/broken.hive" <<'END'
error atr-outside-mask native Microsoft\Cryptography\Calais\SmartCards\Contoso [v2] (test/1)+
error atr-outside-mask wow6432node Wow6432Node\Microsoft\Cryptography\Calais\SmartCards\Contoso [v2] (test/1)+
warning retry-device-initialize-misplaced wow6432node Wow6432Node\Microsoft\Cryptography\Calais\Readers
warning retry-device-initialize-value native Microsoft\Cryptography\Calais\Readers
END
}
fleet_by_another() {
    settles_by_another "$tmp/stock.hive" --rules="$tmp/fleet.yaml" <<'END'
note retry-device-initialize-absent native Microsoft\Cryptography\Calais\Readers
warning fleet-retry native Microsoft\Cryptography\Calais\Readers
END
}
# That hive is of a Windows 7, which does not know the value: the rule that says so is off.
corpus_by_another() {
    unpack "$HIVEAUDIT_CORPUS/hives/win7-x86/SOFTWARE.xz" && settles_by_another "$tmp/SOFTWARE" \
        --rules="$tmp/fleet.yaml" --disable=retry-device-initialize-no-effect <<'END'
warning fleet-retry native Microsoft\Cryptography\Calais\Readers
END
}
corpus_stays() {
    unpack "$HIVEAUDIT_CORPUS/hives/win7-x86/SOFTWARE.xz" && repair 0 "$tmp/SOFTWARE" && same '' "$(lines "$fix")"
}
# Names that are comments, brackets, quotes or commands to somebody; and a message of several lines would be.
hostile_by_another() {
    {
        for hostile_name in 'a];b' '[-HKEY_LOCAL_MACHINE' '"x"=-' "\\$(printf '\342\200\250')x" "; \\"; do
            # shellcheck disable=SC2086
            both "${hostile_name#\\}" $dead a.dll
        done
    } | hive hostile "$stock" && repair 1 "$tmp/hostile.hive" && merge "$tmp/hostile.hive" "$fix" &&
        list_findings "$tmp/merged.hive" >"$tmp/after" && silent 'atr-outside-mask' "$tmp/after" &&
        list_findings "$tmp/hostile.hive" >"$tmp/before" && same '' "$(comm -13 "$tmp/before" "$tmp/after")"
}
if ! command -v hivexregedit >"$tmp/which"; then
    skip 'hivexregedit takes it, and its inverse' 'hivexregedit (libwin-hivex-perl) is not installed'
else
    check 'hivexregedit takes it, and its inverse: the sample' sample_by_another
    check 'a value that a fleet demands' fleet_by_another
    check 'names that mean something in a .reg' hostile_by_another
    if [ -n "${HIVEAUDIT_CORPUS-}" ]; then
        check 'a hive of Windows 7' corpus_by_another
    else
        skip 'a hive of Windows 7' 'HIVEAUDIT_CORPUS is not set'
    fi
fi
if [ -n "${HIVEAUDIT_CORPUS-}" ]; then
    check 'a sound hive of Windows 7 needs no repair' corpus_stays
else
    skip 'a sound hive of Windows 7 needs no repair' 'HIVEAUDIT_CORPUS is not set'
fi

# A key whose name holds a line feed, in place of a mark, is left alone.
name_of_two_lines() {
    # shellcheck disable=SC2086
    both 'two#lines' $dead a.dll | hive lines "$stock" &&
        LC_ALL=C sed 's/two#lines/two\nlines/g' "$tmp/lines.hive" >"$tmp/two.hive" && repair 1 "$tmp/two.hive" &&
        same '' "$(lines "$fix")" && holds "$fix" '^;   in Microsoft\\.*\\two\\x0alines$' &&
        holds "$fix" '^;   why: a \.reg cannot hold the name of its key$'
}
check 'a name that no .reg can hold stays a comment of one line' name_of_two_lines

# ---- Kinds of evidence ----

takes_its_logs_into_account() {
    # shellcheck disable=SC2086
    both Contoso $dead a.dll >"$tmp/dead.reg" && printf '[%s\\Readers]\n"RetryDeviceInitialize"=dword:00000000\n' \
        "$calais" >"$tmp/retry.reg" && logged_hive "$tmp/logged" "$stock" "$tmp/dead.reg" "$tmp/retry.reg" &&
        repair 1 "$tmp/logged" && wants "$fix" <<END
[$calais\\Readers]
"RetryDeviceInitialize"=dword:00000001
[$calais\\SmartCards\\Contoso]
"ATR"=hex:$mended
[$wow\\SmartCards\\Contoso]
"ATR"=hex:$mended
END
}
takes_other_ways() {
    repair 1 "$tmp/broken.hive" && lines "$fix" >"$tmp/lines" && repair 1 - <"$tmp/broken.hive" &&
        same "$(cat "$tmp/lines")" "$(lines "$fix")" && repair 1 --save-recovered="$tmp/saved" "$tmp/broken.hive" &&
        cmp "$tmp/saved" "$tmp/broken.hive" && rm "$tmp/saved"
}
# Findings of the SYSTEM hive and of files beside it are none that a repair settles.
takes_an_archive() {
    config=Windows/System32/config
    mkdir -p "$tmp/tree/$config" && cp "$tmp/broken.hive" "$tmp/tree/$config/SOFTWARE" &&
        cp "${builddir:?}/hives/system.hive" "$tmp/tree/$config/SYSTEM" &&
        echo text >"$tmp/tree/Windows/System32/ntdll.dll" && tar -C "$tmp/tree" -cf "$tmp/tree.tar" . &&
        repair 1 "$tmp/broken.hive" && lines "$fix" >"$tmp/lines" && repair 1 "$tmp/tree.tar" &&
        same "$(cat "$tmp/lines")" "$(lines "$fix")" &&
        holds "$fix" "^; Evidence: $tmp/tree.tar!/$config/SOFTWARE\$" && holds "$fix" ' ksp-not-registered ' &&
        holds "$fix" ' module-not-found ' && silent '^; Settled' "$tmp/utf8"
}
check 'a hive is repaired as it is with its logs' takes_its_logs_into_account
check 'standard input is taken, and --save-recovered goes along' takes_other_ways
check 'so is an archive with one hive' takes_an_archive

# refuses PATTERN ARGUMENT...: no file, status 2, and why.
refuses() {
    pattern=$1
    shift
    repair 2 "$@" && says "^hiveaudit: .*$pattern" "$tmp/err" && [ ! -e "$fix" ] && [ ! -e "$undo" ] &&
        same '' "$(find "$tmp" -name '*.tmp')"
}
refuses_two_hives() {
    mkdir -p "$tmp/two/Windows/System32/config" "$tmp/two/Windows.old/System32/config" &&
        cp "$tmp/broken.hive" "$tmp/two/Windows/System32/config/SOFTWARE" &&
        cp "$tmp/broken.hive" "$tmp/two/Windows.old/System32/config/SOFTWARE" &&
        tar -C "$tmp/two" -cf "$tmp/two.tar" . &&
        refuses 'a repair is for one hive \(of a WIM, --image takes one\)$' "$tmp/two.tar"
}
# Without a report to go on for, the second is never met.
refuses_two_hives_unread() {
    rm -f "$fix" && audit 2 --fix="$fix" -o text=/dev/full "$tmp/two.tar" && [ ! -e "$fix" ] &&
        says 'may not be all that is there: ' "$tmp/err" && audit 2 --fix="$fix" -o text=/dev/full "$tmp/broken.hive" &&
        [ -s "$fix" ]
}
damaged_hive() {
    head -c -8192 "$tmp/broken.hive" >"$tmp/short.hive" && refuses 'is (damaged|no whole hive): ' "$tmp/short.hive" &&
        LC_ALL=C sed 's/lh/XX/' "$tmp/broken.hive" >"$tmp/damaged.hive" &&
        refuses 'is damaged: ' "$tmp/damaged.hive"
}
dirty_hive() {
    "$MKHIVE" --dirty "$tmp/dirty.hive" "$stock" "$srcdir/hives/broken.reg" &&
        refuses 'is dirty, and its last changes are missing: ' "$tmp/dirty.hive" &&
        refuses 'is dirty, and its last changes are missing: ' --allow-dirty "$tmp/dirty.hive" &&
        refuses 'is dirty, and its last changes are missing: ' --logs=ignore "$tmp/dirty.hive" &&
        logged_hive "$tmp/half" "$stock" "$srcdir/hives/broken.reg" && mkdir "$tmp/half.LOG2" &&
        refuses 'is dirty, and its last changes are missing: ' --allow-dirty "$tmp/half"
}
says_the_line() {
    # shellcheck disable=SC2086
    { printf 'Windows Registry Editor Version 5.00\n\n' && both Contoso $dead a.dll; } >"$tmp/dead.reg" &&
        refuses 'is a \.reg: the file itself is to be corrected, from line 4 on$' "$tmp/dead.reg"
}
status_is_in_the_report() {
    refuses 'is an INF' -o "json=$tmp/report.json" "$srcdir/hives/contoso.inf" &&
        says '"exit_status": 2' "$tmp/report.json"
}
check 'of two hives none is repaired' refuses_two_hives
if [ -c /dev/full ]; then
    check 'nor where only one of them was read' refuses_two_hives_unread
else
    skip 'nor where only one of them was read' 'there is no /dev/full'
fi
check 'a damaged hive is not repaired' damaged_hive
check 'nor is one that is dirty' dirty_hive
check 'an INF is corrected itself' refuses 'is an INF: the file itself is to be corrected' "$srcdir/hives/contoso.inf"
check 'a .reg as well, and its line is said' says_the_line
check 'the report knows the status' status_is_in_the_report
check 'a file that is not there has no repair' refuses 'could not be audited' "$tmp/missing.hive"
check 'nor have two' refuses '--fix .*one hive' "$tmp/broken.hive" "$tmp/stock.hive"
check 'nor has a folder' refuses '--fix .*not for a folder' "$tmp/tree"
check 'nor a list' refuses '--fix .*one hive' --files0-from="$tmp/broken.hive"
check 'nor cards' refuses '--fix does not go with --card' --card=3B00 "$tmp/broken.hive"

# ---- Files ----

undo_needs_fix() {
    audit 2 --undo="$undo" "$tmp/broken.hive" && says '^hiveaudit: --undo.* needs --fix' "$tmp/err" && [ ! -e "$undo" ]
}
places_of_their_own() {
    for place in "--undo=$fix" "-otext=$fix" "-ojson=$undo --undo=$undo" "--undo=$tmp/./fix.reg"; do
        # shellcheck disable=SC2086 # several arguments
        audit 2 --fix="$fix" $place "$tmp/broken.hive" && [ ! -e "$fix" ] && [ ! -e "$undo" ] || return
    done
    says '/./fix.reg: cannot be written: it is being written already' "$tmp/err"
}
standard_output_is_refused() {
    (cd "$tmp" && for option in --fix=- "--fix=$fix --undo=-"; do
        # shellcheck disable=SC2086 # two arguments
        audit 2 $option "$tmp/broken.hive" && says 'got "-", want a file$' "$tmp/err" && [ ! -e ./- ] || exit
    done)
}
evidence_is_not_replaced() {
    cp "$tmp/broken.hive" "$tmp/copy.hive" && cp "$tmp/stock.hive" "$tmp/other.hive" || return
    audit 2 --fix="$tmp/copy.hive" "$tmp/copy.hive" && says 'is evidence: no repair can take its place' "$tmp/err" &&
        audit 2 --fix="$fix" --undo="$tmp/other.hive" "$tmp/copy.hive" &&
        says 'is evidence: no repair can take its place' "$tmp/err" && [ ! -e "$fix" ] &&
        cmp "$tmp/broken.hive" "$tmp/copy.hive" && cmp "$tmp/stock.hive" "$tmp/other.hive"
}
old_files_are_replaced_as_a_whole() {
    echo old >"$fix" && audit 2 --fix="$fix" "$srcdir/hives/contoso.inf" && same old "$(cat "$fix")" &&
        audit 1 --fix="$fix" "$tmp/broken.hive" && holds "$fix" '^Windows Registry Editor' && rm "$fix"
}
unwritten() {
    rm -f "$fix" "$undo"
    pattern=$1
    shift
    audit 2 "$@" "$tmp/broken.hive" && says "^hiveaudit: --$pattern" "$tmp/err" && [ ! -e "$fix" ] && [ ! -e "$undo" ] &&
        same '' "$(find "$tmp" -name '*.tmp')"
}
check '--undo takes --fix' undo_needs_fix
check 'each file has a place of its own' places_of_their_own
check 'standard output is no place for them' standard_output_is_refused
check 'evidence is not replaced' evidence_is_not_replaced
check 'what is there is replaced when the new one is complete' old_files_are_replaced_as_a_whole
check 'a folder that is not there is an error' unwritten 'fix: .*/none/fix.reg: cannot be written: No such file' \
    --fix="$tmp/none/fix.reg" --undo="$undo"
check 'for --undo as well' unwritten 'undo: .*/none/undo.reg: cannot be written: No such file' --fix="$fix" \
    --undo="$tmp/none/undo.reg"
if [ -c /dev/full ]; then
    ln -s /dev/full "$tmp/device"
    check 'a full device is an error' unwritten 'fix: .*No space left' --fix="$tmp/device" --undo="$undo"
    check 'no repair is left without its inverse' unwritten 'undo: .*No space left' --fix="$fix" --undo="$tmp/device"
else
    skip 'a full device is an error' 'there is no /dev/full'
fi
no_permission() {
    mkdir "$tmp/locked" && chmod 555 "$tmp/locked" || return
    unwritten 'fix: .*Permission denied' --fix="$tmp/locked/fix.reg"
    verdict=$?
    chmod 755 "$tmp/locked"
    return "$verdict"
}
if [ "$(id -u)" -eq 0 ]; then
    skip 'a folder without permission is an error' 'root writes everywhere'
else
    check 'a folder without permission is an error' no_permission
fi

done_testing
