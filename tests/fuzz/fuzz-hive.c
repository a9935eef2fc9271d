/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and salvage: the input is a hive. What is read is sent, judged and reported, and becomes
 * rules. The checksum of the base block is made right where the byte before it, which Windows
 * leaves 0, is even. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "../repair.h"
#include "base/cleanup.h"
#include "hive/base_block.h"

const char fuzz_corpus[] = "hive";

static bool read_hive(const void *context, const struct read_plan *plan, struct wire_item *item)
{
    const struct fuzz_source *hive = context;
    return snapshot_read(item->diags.arena, &item->diags, &hive->source, plan, &item->snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    uint8_t *copy = arena_alloc(arena, len, 1);
    memcpy(copy, bytes, len);
    if (len >= BASE_BLOCK_CHECKED && copy[BASE_AT_CHECKSUM - 1] % 2 == 0)
        repair_base_block(copy, len);
    struct fuzz_source hive = fuzz_wrap("SOFTWARE", copy, len);
    struct wire_item item = {.diags.arena = arena, .size = len};
    fuzz_audit(fuzz_shipped_rules(), &item, read_hive, &hive);
    return 0;
}
