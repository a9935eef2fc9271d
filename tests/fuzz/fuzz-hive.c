/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and salvage: the input is a hive. What is read is sent, judged and reported. The checksum
 * of the base block is made right where the byte before it, which Windows leaves 0, is even. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "../repair.h"
#include "base/cleanup.h"
#include "hive/base_block.h"

const char fuzz_corpus[] = "hive";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct fuzz_rules *rules = fuzz_shipped_rules();
    CLEANUP(arena) struct arena *arena = arena_new();
    uint8_t *copy = arena_alloc(arena, len, 1);
    memcpy(copy, bytes, len);
    if (len >= BASE_BLOCK_CHECKED && copy[BASE_AT_CHECKSUM - 1] % 2 == 0)
        repair_base_block(copy, len);
    struct fuzz_source hive = fuzz_wrap("SOFTWARE", copy, len);
    struct read_plan plan = {.requests = rules->requests, .nrequests = rules->nrequests};
    struct wire_item item = {.diags.arena = arena, .size = len};
    item.read = snapshot_read(arena, &item.diags, &hive.source, &plan, &item.snapshot);
    MUST(item.read || item.diags.worst == DIAG_FAILED);
    fuzz_send(rules, &item);
    fuzz_report(rules, &item);
    return 0;
}
