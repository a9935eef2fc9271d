/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UEFI specification 2.10, chapter 5.3, "GUID Partition Table (GPT) Disk Layout". */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "input/partitions_table.h"

#define HEADER_MIN    92
#define ENTRY_MIN     128
#define GPT_TABLE_MAX ((uint64_t)1024 * 1024) /* bytes of entries; usually they are 16384 */

/* One of the two copies of a GPT. */
struct gpt {
    unsigned sector_size;
    uint64_t entries_at; /* bytes */
    uint32_t nentries, entry_size;
    const uint8_t *entries;
    uint64_t other; /* sector of the other copy */
    bool is_there;  /* the signature is */
};

/* Returns NULL, or what is wrong. */
static const char *check_header(uint8_t *header, struct gpt *gpt, uint64_t sector)
{
    uint32_t size = get_u32(header + 12), crc = get_u32(header + 16);
    if (size < HEADER_MIN || size > gpt->sector_size)
        return "its header has a bad size";
    put_u32(header + 16, 0);
    if (crc32_compute(CRC32, header, size) != crc)
        return "its header has a bad checksum";
    if (get_u64(header + 24) != sector)
        return "its header is in a wrong place";
    gpt->other = get_u64(header + 32);
    gpt->nentries = get_u32(header + 80);
    gpt->entry_size = get_u32(header + 84);
    if (gpt->entry_size < ENTRY_MIN || gpt->entry_size % 8)
        return "its entries have a bad size";
    if ((uint64_t)gpt->nentries * gpt->entry_size > GPT_TABLE_MAX)
        return "it has too many entries";
    if (__builtin_mul_overflow(get_u64(header + 72), gpt->sector_size, &gpt->entries_at))
        return "its entries are outside the disk";
    return NULL;
}

static const char *read_entries(const struct partition_table *table, struct gpt *gpt, uint32_t crc)
{
    const struct source *disk = table->disk;
    size_t len = (size_t)gpt->nentries * gpt->entry_size;
    if (gpt->entries_at > disk->size || len > disk->size - gpt->entries_at)
        return "its entries are outside the disk";
    uint8_t *entries = arena_alloc(table->arena, len, 1);
    if (!source_read(disk, gpt->entries_at, entries, len))
        return "its entries cannot be read";
    gpt->entries = entries;
    return crc32_compute(CRC32, entries, len) == crc ? NULL : "its entries have a bad checksum";
}

/* Reads the copy whose header is at a sector. Returns NULL, or what is wrong. */
static const char *read_copy(const struct partition_table *table, struct gpt *gpt, uint64_t sector)
{
    uint8_t header[SECTOR_MAX];
    uint64_t at;
    if (__builtin_mul_overflow(sector, gpt->sector_size, &at) || at >= table->disk->size)
        return "it is outside the disk";
    if (!source_read(table->disk, at, header, gpt->sector_size))
        return errno == ENODATA ? "it is outside the disk" : "it cannot be read";
    gpt->is_there = memcmp(header, "EFI PART", 8) == 0;
    if (!gpt->is_there)
        return "it is not there";
    const char *fault = check_header(header, gpt, sector);
    return fault ? fault : read_entries(table, gpt, get_u32(header + 88));
}

static void add_entries(struct partition_table *table, const struct gpt *gpt)
{
    static const uint8_t unused[16];
    for (uint32_t i = 0; i < gpt->nentries; i++) {
        const uint8_t *entry = gpt->entries + (size_t)i * gpt->entry_size;
        uint64_t first = get_u64(entry + 32), last = get_u64(entry + 40);
        if (memcmp(entry, unused, sizeof unused) == 0)
            continue;
        if (last < first || last == UINT64_MAX)
            diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                     "partition %" PRIu32 " is left out: it has no end", i + 1);
        else
            partition_add(table, i + 1, first, last - first + 1, gpt->sector_size);
    }
}

/* The second copy is in the last sector, unless the disk has grown, or was cut: the first one may
 * tell. Returns NULL, or what is wrong. */
static const char *read_second(const struct partition_table *table, struct gpt *gpt)
{
    const char *fault = "it is outside the disk";
    uint64_t sectors = table->disk->size / gpt->sector_size, other = gpt->other;
    if (sectors > 2)
        fault = read_copy(table, gpt, sectors - 1);
    return fault && other > 1 ? read_copy(table, gpt, other) : fault;
}

/* Says which copy is damaged; without the second one there are no partitions. */
static void say_damage(const struct partition_table *table, const char *first, const char *second)
{
    if (second)
        diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                 "the GPT is damaged: of its first copy, %s; of its second copy, %s", first,
                 second);
    else
        diag_add(table->diags, DIAG_NOTE, NULL,
                 "the first copy of the GPT is damaged (%s): the second one is used", first);
}

/* The size of sectors shows in where the copies are. */
bool partitions_read_gpt(struct partition_table *table, bool is_expected)
{
    struct gpt gpts[] = {{.sector_size = SECTOR_MIN}, {.sector_size = SECTOR_MAX}};
    const char *first = "it is not there", *second = "it is not there", *fault;
    for (int i = 0; i < 2; i++) {
        fault = read_copy(table, &gpts[i], 1);
        if (!fault) {
            add_entries(table, &gpts[i]);
            return true;
        }
        first = gpts[i].is_there ? fault : first;
        is_expected |= gpts[i].is_there;
    }
    for (int i = 0; i < 2; i++) {
        fault = read_second(table, &gpts[i]);
        if (!fault) {
            say_damage(table, first, NULL);
            add_entries(table, &gpts[i]);
            return true;
        }
        second = gpts[i].is_there ? fault : second;
    }
    if (is_expected)
        say_damage(table, first, second);
    return is_expected;
}
