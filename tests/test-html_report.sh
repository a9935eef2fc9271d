#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The HTML report, as a browser shows it.
# shellcheck source=tests/tap.sh
. "${srcdir:?}/tests/tap.sh"
# shellcheck source=tests/audit.sh
. "$srcdir/tests/audit.sh"

# page STATUS NAME ARGUMENT...: a page and, to compare it with, the JSON report of the same run.
page() {
    page_status=$1 page_name=$2
    shift 2
    audit "$page_status" -q -o "html=$tmp/$page_name.html" -o "json=$tmp/$page_name.json" "$@"
}

# An output that is full is an error, and a folder that is not there.
unwritable() {
    audit 2 -q -o html=/dev/full "$tmp/broken.hive" && says 'cannot be written' "$tmp/err" &&
        audit 2 -q -o "html=$tmp/missing/page.html" "$tmp/broken.hive"
}

# Addresses are those of the references of rules, which only a click follows.
self_contained() {
    silent '(src|srcset|action|data|poster)="|url\(|@import' "$tmp/broken.html" &&
        silent '<link|<iframe|<object|<embed' "$tmp/broken.html"
}

# The names of hostile.hive: tags of no page.
has_no_foreign_tags() {
    silent '<img|<script>w|</code></article>|<b>' "$1"
}

# The digests that the policy lets pass, by Python's hashlib.
policy_is_of_its_parts() {
    python3 - "$tmp/broken.html" <<'END'
import base64, hashlib, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
for tag in "style", "script":
    text, = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"; {tag}-src 'sha256-{digest}';" in page, tag
END
}

sample_hives || exit
mkdir -p "$tmp/fleet/host1" "$tmp/fleet/host2" "$tmp/fleet/host3" "$tmp/fleet/host4" &&
    cp "$tmp/broken.hive" "$tmp/fleet/host1/SOFTWARE" && cp "$tmp/fabrikam.hive" "$tmp/fleet/host2/SOFTWARE" &&
    cp "$tmp/stock.hive" "$tmp/fleet/host3/SOFTWARE" && head -c 3000 "$tmp/broken.hive" >"$tmp/fleet/host4/SOFTWARE" ||
    exit
calais='HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Calais'
esc=$(printf '\033') bidi=$(printf '\342\200\256')
hive 'hostile' "$srcdir/hives/stock.reg" <<END || exit
[$calais\\SmartCards\\<script>window.pwned=1</script>]
"ATR"=hex:3b
[$calais\\SmartCards\\"'><img src=x onerror=window.pwned=1>]
"ATR"=hex:3b,02,14,58
"80000001"="</code></article><script>window.pwned=1</script>"
[$calais\\SmartCards\\&lt;b&gt; ${esc}[2J $bidi {{7*7}}]
"ATR"=hex:3b,02,14,58
"Crypto Provider"="</title>"
[$calais\\SmartCards\\Lone]
"ATR"=hex:3b,02,14,59
"Crypto Provider"=hex(1):3d,d8,00,00,41,00
[$calais\\PIV Device ATR Cache]
"<img src=x onerror=window.pwned=1>"=dword:00000001
END
name="$tmp/<img src=x onerror=window.pwned=1>$bidi.hive"
mv "$tmp/hostile.hive" "$name" || exit

check 'a page of a broken hive' page 1 broken --inventory "$tmp/broken.hive"
check 'a page of a fleet' page 3 fleet "$tmp/fleet"
check 'a page of hostile names' page 1 hostile --inventory '--case=</title><script>window.pwned=1</script>' "$name"
check 'it has no tags of theirs' has_no_foreign_tags "$tmp/hostile.html"
check 'a page of cards' page 1 cards --card=3b021458 --card=3b7a180000436f6e746f736f203130 "$name"
check 'nor has that' has_no_foreign_tags "$tmp/cards.html"
check 'a page of a clean hive' page 0 clean "$tmp/stock.hive"
check 'a page that cannot be written is an error' unwritable
check 'the page names nothing to be fetched' self_contained
check 'its policy is of its own style and script' policy_is_of_its_parts

i=0
while [ $i -lt 1000 ]; do
    folder=$tmp/many/host$(printf '%04d' $i)
    mkdir -p "$folder" && ln "$tmp/broken.hive" "$folder/SOFTWARE" || exit
    i=$((i + 1))
done
check 'a page of 1,000 hives' page 1 many "$tmp/many"
check 'it has less than 15 million bytes' [ "$(wc -c <"$tmp/many.html")" -lt 15000000 ]

modules=${HIVEAUDIT_NODE_MODULES-$srcdir/tests/npm/node_modules}
chromium=$(command -v chromium) || chromium=
if ! command -v node >"$tmp/which"; then
    skip 'a browser shows the pages' 'node is not installed'
elif ! [ -d "$modules/playwright-core" ] || ! [ -d "$modules/axe-core" ]; then
    skip 'a browser shows the pages' 'playwright-core and axe-core are not installed (bootstrap --with-test-tools)'
elif [ -z "$chromium" ]; then
    skip 'a browser shows the pages' 'chromium is not installed'
else
    node "$srcdir/tests/html.mjs" "$modules" "$chromium" "$tmp" >"$tmp/results" 2>"$tmp/err"
    while read -r result rest; do
        case $result in
        ok) ok "$rest" ;;
        not) not_ok "${rest#ok }" ;;
        esac
    done <"$tmp/results"
    check 'the browser came to the end' grep -qx end "$tmp/results"
fi
done_testing
