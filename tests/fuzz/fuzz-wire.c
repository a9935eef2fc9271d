/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parent's side: the input is what a worker sent. What is accepted is judged and reported,
 * becomes rules, and is, sent again, the same bytes. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"

const char fuzz_corpus[] = "wire";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct fuzz_rules *rules = fuzz_fixed_rules();
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item;
    struct slice sent = {.ptr = bytes, .len = len};
    if (wire_decode(arena, sent, rules->requests, rules->nrequests, &item))
        return 0;
    struct slice again = wire_encode(&item);
    MUST(again.len == len && memcmp(again.ptr, bytes, len) == 0);
    free((void *)again.ptr);
    fuzz_report(rules, &item);
    if (item.read)
        fuzz_rules_from(arena, &item.snapshot);
    return 0;
}
