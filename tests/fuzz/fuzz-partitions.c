/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Partition tables. The first byte has bits, the others are the start of a disk, which goes on with
 * zeros: with bit 0 for 16 MiB, else up to the next 4096 bytes. No fuzzer finds a checksum: with
 * bit 1 those of a GPT are made right that starts at 512, with bit 2 those of one at 4096, with bit
 * 3 those of its second copy, at the end of what the input holds. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/crc32.h"
#include "input/partitions.h"

const char fuzz_corpus[] = "partitions";

enum { LARGE = 1, REPAIR_512 = 2, REPAIR_4096 = 4, REPAIR_SECOND = 8 };
#define PADDING        4096
#define LARGE_SIZE     ((size_t)16 * 1024 * 1024)
#define PARTITIONS_MAX 256

static void repair_gpt(uint8_t *disk, size_t len, size_t at, size_t sector_size)
{
    if (at + sector_size > len || memcmp(disk + at, "EFI PART", 8) != 0)
        return;
    uint8_t *header = disk + at;
    uint64_t entries = get_u64(header + 72), room = len / sector_size;
    uint64_t size = (uint64_t)get_u32(header + 80) * get_u32(header + 84);
    if (entries < room && size <= len - entries * sector_size)
        put_u32(header + 88, crc32_compute(CRC32, disk + entries * sector_size, (size_t)size));
    uint32_t header_size = get_u32(header + 12);
    put_u32(header + 16, 0);
    if (header_size <= sector_size)
        put_u32(header + 16, crc32_compute(CRC32, header, header_size));
}

static void check(const struct partition *partitions, size_t count, uint64_t size)
{
    MUST(count <= PARTITIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct partition *one = &partitions[i];
        MUST(one->number > 0 && one->size > 0);
        MUST(one->offset < size && one->size <= size - one->offset);
        MUST(!i || one->number > one[-1].number);
        for (size_t j = 0; j < i; j++)
            MUST(partitions[j].offset + partitions[j].size <= one->offset ||
                 one->offset + one->size <= partitions[j].offset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (!len)
        return 0;
    unsigned bits = bytes[0];
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t size = (len - 1 + PADDING - 1) / PADDING * PADDING;
    size_t whole = bits & LARGE ? size + LARGE_SIZE : size;
    uint8_t *disk = arena_alloc(arena, whole, 1);
    memcpy(disk, bytes + 1, len - 1);
    if (bits & REPAIR_512)
        repair_gpt(disk, whole, 512, 512);
    if (bits & REPAIR_4096)
        repair_gpt(disk, whole, 4096, 4096);
    if (bits & REPAIR_SECOND && size)
        repair_gpt(disk, whole, size - 512, 512);
    struct fuzz_source source = fuzz_wrap("disk", disk, whole);
    struct diags diags = {.arena = arena};
    struct partition *partitions;
    size_t count;
    enum partitions_found found =
        partitions_read(arena, &diags, &source.source, &partitions, &count);
    MUST(found != PARTITIONS_NONE || count == 0);
    MUST(diags.worst != DIAG_FAILED);
    check(partitions, count, whole);
    return 0;
}
