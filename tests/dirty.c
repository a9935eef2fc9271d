/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "dirty.h"

#include "logs.h"

/* A log of one entry, which holds all hive bins of a hive. */
static struct memory_hive *dirty_log(struct arena *arena, const struct memory_hive *after)
{
    uint32_t bins = (uint32_t)after->source.size - BASE_BLOCK_SIZE;
    struct memory_hive *log = make_log(arena, after, 6, DIRTY_NUMBER);
    support_put_u32(log, BASE_AT_BINS_SIZE, bins);
    set_numbers(log, DIRTY_NUMBER, DIRTY_NUMBER);
    size_t len = (ENTRY_PAGES + 8 + bins + 511) / 512 * 512, at = append(arena, log, len);
    memcpy(log->bytes + at, "HvLE", 4);
    support_put_u32(log, at + ENTRY_SIZE, (uint32_t)len);
    support_put_u32(log, at + ENTRY_FLAGS, support_get_u32(log, BASE_FLAGS));
    support_put_u32(log, at + ENTRY_SEQUENCE, DIRTY_NUMBER);
    support_put_u32(log, at + ENTRY_BINS_SIZE, bins);
    support_put_u32(log, at + ENTRY_COUNT, 1);
    support_put_u32(log, at + ENTRY_PAGES + 4, bins);
    memcpy(log->bytes + at + ENTRY_PAGES + 8, after->bytes + BASE_BLOCK_SIZE, bins);
    fix_hashes(log, at);
    return log;
}

struct dirty dirty_make(struct arena *arena, const char *before, const char *after)
{
    struct dirty dirty = {
        .hive = support_build(arena, before),
        .log = dirty_log(arena, support_build(arena, after)),
    };
    set_numbers(dirty.hive, DIRTY_NUMBER, DIRTY_NUMBER - 1);
    dirty.log->source.name = "SOFTWARE.LOG1";
    return dirty;
}
