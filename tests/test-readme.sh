#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The README shows what the program prints.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"
# shellcheck source=tests/containers.sh
. "$srcdir/tests/containers.sh"

# excerpt_is_true N: each part of the README's Nth excerpt, between lines of "[...]", stands in the text on
# standard input, in order; the first at its beginning, the last at its end. The line about the program itself is
# left out: the sandbox is not the same everywhere.
excerpt_is_true() {
    sed '/^hiveaudit .*, sandbox: /d' | awk -v wanted="$1" '
        NR == FNR { line[FNR] = $0; count = FNR; next }
        /^<!-- Excerpt / { inside = ++excerpts == wanted; next }
        /^<!-- End of the excerpt/ { inside = 0; next }
        !inside || /^```$/ { next }
        $0 == "[...]" { skips = 1; next }
        {
            at++
            while (skips && at < count && line[at] != $0)
                at++
            skips = 0
            shown++
            if (line[at] != $0) {
                print "README.md:" FNR ": " $0
                print "got instead: " line[at]
                wrong = 1
                exit
            }
        }
        END {
            if (!wrong && at != count)
                print "README.md ends the excerpt with line " at " of " count
            exit wrong || at != count || shown < 5
        }' - "$srcdir/README.md"
}
broken_hive_is_true() {
    (cd "${builddir:?}" && src/hiveaudit hives/broken.hive) | excerpt_is_true 1
}
check 'the excerpt in the README is what the program prints' broken_hive_is_true

card_is_true() {
    (cd "$builddir" &&
        src/hiveaudit --card='3b ac 00 40 2a 00 12 25 00 64 80 00 03 10 00 90 00' hives/broken.hive) |
        excerpt_is_true 3
}
check 'so is that about a card' card_is_true

inf_is_true() {
    (cd "$srcdir" && "$builddir/src/hiveaudit" --inf-profile=windows10 hives/contoso.inf) | excerpt_is_true 4
}
check 'and that about an INF' inf_is_true
inf_is_sound() {
    "$builddir/src/hiveaudit" -q --fail-on=note "$srcdir/hives/contoso.inf"
}
check 'which is sound otherwise' inf_is_sound

# A disk with a card driver for 64-bit programs only, and a shadow copy of before it was installed.
disk_of_readme() {
    sample_hives && "$MKHIVE" "$tmp/system.hive" "$srcdir/hives/system.reg" && windows win "$tmp/stock.hive" &&
        volume_size=16M && volume state-1 "$PWD/win" && cp "$tmp/fabrikam.hive" "win/$hive_way" &&
        tiny_dll '\0144\0206' win/Windows/System32/Fabrikamcm.dll && volume vol.img "$PWD/win" && cp vol.img state-2 &&
        python3 "$srcdir/tests/mkshadows.py" vol.img 12582912 state-1 state-2 && disk disk.raw 20M <<'END_OF_DISK' &&
label: dos
start=2048, size=32768, type=7
END_OF_DISK
        place vol.img disk.raw 2048 && qemu-img convert -f raw -O qcow2 disk.raw "$tmp/home/disk.qcow2"
}
disk_is_true() {
    "$HIVEAUDIT" --shadow-copies=all disk.qcow2 | excerpt_is_true 2
}
name='and that about a disk'
# shellcheck disable=SC2154 # lists of containers.sh
if prepare "$name" "$disk_tools qemu-img python3" disk_of_readme; then
    check "$name" disk_is_true
fi
done_testing
