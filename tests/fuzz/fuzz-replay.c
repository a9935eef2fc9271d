/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The replay of logs. The input is a hive and up to two logs (numbers little-endian):
 *
 *     u32 bits, u32 length of the hive, u32 length of the first log,
 *     the hive, the first log, the second log (all that is left)
 *
 * Lengths are cut to what is there; a log of length 0 is none. No fuzzer finds a hash: with bit 0
 * the checksum of the hive's base block is made right, with bit 1 those of the logs, with bit 2 the
 * hashes of all log entries. */
#include "config.h"

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>

#include "../repair.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "hive/base_block.h"
#include "hive/image.h"
#include "hive/log.h"

const char fuzz_corpus[] = "replay";

enum { REPAIR_HIVE = 1, REPAIR_LOGS = 2, REPAIR_ENTRIES = 4 };
#define HEADER 12

struct part {
    uint8_t *bytes;
    size_t len;
};

static struct part take(struct part *left, size_t len)
{
    if (len > left->len)
        len = left->len;
    struct part part = {.bytes = left->bytes, .len = len};
    left->bytes += len;
    left->len -= len;
    return part;
}

static void repair(unsigned bits, const struct part *hive, const struct part *logs)
{
    if (bits & REPAIR_HIVE)
        repair_base_block(hive->bytes, hive->len);
    for (int i = 0; i < 2; i++) {
        if (bits & REPAIR_LOGS)
            repair_base_block(logs[i].bytes, logs[i].len);
        if (bits & REPAIR_ENTRIES)
            repair_entries(logs[i].bytes, logs[i].len);
    }
}

/* The promises of hive/log.h. */
static void check(const struct replay *replay, const struct hive_image *image,
                  const struct part *before)
{
    uint32_t applied = 0;
    for (size_t i = 0; i < replay->nlogs; i++) {
        MUST(replay->logs[i].applied || replay->logs[i].reason);
        applied += replay->logs[i].applied;
    }
    MUST(replay->recovered == (applied > 0));
    if (!image->size)
        return;
    uint8_t *bytes = mmap(NULL, image->size, PROT_READ, MAP_SHARED, image->fd, 0);
    MUST(bytes != MAP_FAILED);
    if (replay->recovered) {
        MUST(image->size >= BASE_BLOCK_SIZE);
        CLEANUP(arena) struct arena *arena = arena_new();
        struct base_block block =
            base_block_decode(arena, (struct slice){.ptr = bytes, .len = BASE_BLOCK_CHECKED});
        MUST(block.type == 0 && block.primary_sequence == block.secondary_sequence);
        MUST(block.checksum == block.computed_checksum);
        MUST(image->size - BASE_BLOCK_SIZE >= block.bins_size);
    } else
        MUST(image->size == before->len && memcmp(bytes, before->bytes, before->len) == 0);
    munmap(bytes, image->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < HEADER)
        return 0;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct part left = {.bytes = arena_alloc(arena, len, 1), .len = len - HEADER}, logs[2];
    memcpy(left.bytes, bytes + HEADER, left.len);
    struct part hive = take(&left, get_u32(bytes + 4));
    logs[0] = take(&left, get_u32(bytes + 8));
    logs[1] = left;
    repair(get_u32(bytes), &hive, logs);
    struct diags diags = {.arena = arena};
    struct fuzz_source source = fuzz_wrap("SOFTWARE", hive.bytes, hive.len);
    struct fuzz_source memory[2];
    struct hive_image images[2] = {{.fd = -1}, {.fd = -1}}, image;
    struct source sources[2];
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        memory[i] = fuzz_wrap(i ? "SOFTWARE.LOG2" : "SOFTWARE.LOG1", logs[i].bytes, logs[i].len);
        if (!logs[i].len)
            continue;
        images[n] = hive_image_load(&memory[i].source, &diags);
        MUST(images[n].fd >= 0);
        sources[n] = hive_image_source(&images[n]);
        sources[n++].name = memory[i].source.name;
    }
    image = hive_image_load(&source.source, &diags);
    MUST(image.fd >= 0);
    struct replay replay = hive_replay(arena, &image, sources, n);
    check(&replay, &image, &hive);
    hive_image_close(&image);
    hive_image_close(&images[0]);
    hive_image_close(&images[1]);
    return 0;
}
