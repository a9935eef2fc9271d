# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What is mutated: hives and logs made by our own means, texts, and those of the corpus where it is
# there. Sets $samples to arguments of mutate: HIVE[,LOG[,LOG]] or TEXT each, none with blanks.

# many_entries COUNT: registry text with so many entries, for lists of several kinds.
many_entries() {
    awk -v count="$1" 'BEGIN {
        print "Windows Registry Editor Version 5.00\n"
        for (i = 0; i < count; i++) {
            printf "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\Card %04d]\n", i
            print "\"ATR\"=hex:3b,04,51,ff,08,00\n\"ATRMask\"=hex:ff,ff,ff,ff,ff,ff"
            print "\"Crypto Provider\"=\"Microsoft Base Smart Card Crypto Provider\"\n"
        }
    }'
}

# unpack_sample NAME FILE...: files of the corpus, of which the first is the hive.
unpack_sample() {
    unpack_name=$1
    unpack_list=
    shift
    for unpack_file; do
        unpack_path=$work/$unpack_name.${unpack_list:+log}$#
        xz -dc "$HIVEAUDIT_CORPUS/hives/$unpack_file.xz" >"$unpack_path" || return
        unpack_list=$unpack_list${unpack_list:+,}$unpack_path
        shift
    done
    samples="$samples $unpack_list"
}

# make_samples WORK: fills a folder and sets $samples.
make_samples() {
    work=$1
    stock=${srcdir:?}/hives/stock.reg
    fabrikam=$srcdir/hives/fabrikam.reg
    broken=$srcdir/hives/broken.reg
    mklog=${builddir:?}/tests/mklog
    many_entries 40 >"$work/many.reg"
    "$MKHIVE" "$work/stock" "$stock" &&
        "$MKHIVE" "$work/fabrikam" "$stock" "$fabrikam" &&
        "$MKHIVE" "$work/broken" "$stock" "$broken" &&
        "$MKHIVE" "$work/many" "$stock" "$work/many.reg" &&
        "$MKHIVE" --dirty "$work/dirty" "$stock" &&
        "$mklog" 3 "$work/dirty" "$work/many" - "$work/dirty.LOG1" &&
        "$mklog" 2 "$work/many" "$work/broken" 5 "$work/dirty.LOG2" &&
        "$mklog" dirt "$work/dirty" "$work/broken" - "$work/old.LOG1" || return
    samples="$work/stock $work/fabrikam $work/broken $work/many"
    samples="$samples $work/dirty,$work/dirty.LOG1,$work/dirty.LOG2 $work/dirty,$work/old.LOG1"
    [ -n "${HIVEAUDIT_CORPUS-}" ] && command -v xz >/dev/null || return 0
    unpack_sample new dirty/new1/NewDirtyHive dirty/new1/NewDirtyHive.LOG1 \
        dirty/new1/NewDirtyHive.LOG2 &&
        unpack_sample old dirty/old1/OldDirtyHive dirty/old1/OldDirtyHive.LOG1 \
            dirty/old1/OldDirtyHive.LOG2 &&
        unpack_sample tiny traps/libguestfs-windows-software
}

# make_texts WORK: likewise INFs and .reg. What is written as UTF-16 shares no line with the others.
make_texts() {
    work=$1
    samples=
    for text in broken.reg contoso.inf fabrikam.reg stock.reg; do
        samples="$samples $srcdir/hives/$text"
    done
    for text in broken.reg contoso.inf; do
        { printf '\377\376' && iconv -f UTF-8 -t UTF-16LE "$srcdir/hives/$text"; } \
            >"$work/utf16-$text" || return
        samples="$samples $work/utf16-$text"
    done
    [ -n "${HIVEAUDIT_CORPUS-}" ] || return 0
    for text in "$HIVEAUDIT_CORPUS"/inf/*.inf "$HIVEAUDIT_CORPUS"/reg/*.reg; do
        samples="$samples $text"
    done
}
