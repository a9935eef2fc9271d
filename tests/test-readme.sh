#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The README shows what the program prints.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
readme=$(cd "$srcdir" && pwd)/README.md
cd "${builddir:?}" || exit

# excerpt_is_true: each part of the README's excerpt, between lines of "[...]", stands in the output, in
# order; the first at its beginning, the last at its end. The line about the program itself is left out: the
# sandbox is not the same everywhere.
excerpt_is_true() {
    src/hiveaudit hives/broken.hive | sed '/^hiveaudit .*, sandbox: /d' | awk '
        NR == FNR { line[FNR] = $0; count = FNR; next }
        /^<!-- Excerpt / { inside = 1; next }
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
        }' - "$readme"
}

check 'the excerpt in the README is what the program prints' excerpt_is_true
done_testing
