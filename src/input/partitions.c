/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/partitions.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "input/partitions_table.h"

#define SIGNATURE_AT  510
#define ENTRIES_AT    446
#define ENTRY_SIZE    16
#define NENTRIES      4
#define FIRST_LOGICAL 5
#define EXTENDED_MAX  128 /* links of the chains of all extended partitions */

#define TYPE_PROTECTIVE 0xee

struct mbr_entry {
    uint8_t flag, type;
    uint32_t start, count; /* sectors */
};

struct mbr {
    struct partition_table *table;
    unsigned sector_size;
    struct mbr_entry entries[NENTRIES];
    uint64_t seen[EXTENDED_MAX]; /* sectors of the chains */
    unsigned nseen;
    unsigned next; /* number of the next logical partition */
};

static bool has_signature(const uint8_t *sector)
{
    return get_u16(sector + SIGNATURE_AT) == 0xaa55;
}

static void take_entries(const uint8_t *sector, struct mbr_entry entries[NENTRIES])
{
    for (int i = 0; i < NENTRIES; i++) {
        const uint8_t *entry = sector + ENTRIES_AT + i * ENTRY_SIZE;
        entries[i] = (struct mbr_entry){.flag = entry[0],
                                        .type = entry[4],
                                        .start = get_u32(entry + 8),
                                        .count = get_u32(entry + 12)};
    }
}

static bool is_used(const struct mbr_entry *entry)
{
    return entry->type && entry->count;
}

static bool is_extended(const struct mbr_entry *entry)
{
    return entry->type == 0x05 || entry->type == 0x0f || entry->type == 0x85;
}

/* The boot sector of a volume ends in the same signature, and has code or text where a table would
 * be. */
static bool is_volume(const uint8_t *sector)
{
    static const char names[][9] = {"NTFS    ", "-FVE-FS-", "EXFAT   ", "MSWIN4.1"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (memcmp(sector + 3, names[i], 8) == 0)
            return true;
    return false;
}

/* Its jump, the bytes of a sector, and the number and kind of its tables. */
static bool is_like_fat(const uint8_t *sector)
{
    uint16_t size = get_u16(sector + 11);
    return (sector[0] == 0xeb || sector[0] == 0xe9) &&
           (size == 512 || size == 1024 || size == 2048 || size == 4096) && sector[13] &&
           !(sector[13] & (sector[13] - 1)) && get_u16(sector + 14) &&
           (sector[16] == 1 || sector[16] == 2) && sector[21] >= 0xf0;
}

/* As Linux decides: a flag is that of a partition to start from, or nothing. A FAT volume may by
 * chance have entries, but then they lead outside. */
static bool is_table(const struct mbr *mbr, const uint8_t *sector)
{
    bool is_any = false;
    for (int i = 0; i < NENTRIES; i++) {
        const struct mbr_entry *entry = &mbr->entries[i];
        if (entry->flag & 0x7f)
            return false;
        if (is_used(entry) && is_like_fat(sector) &&
            entry->start >= mbr->table->disk->size / SECTOR_MIN)
            return false;
        is_any |= is_used(entry);
    }
    return is_any;
}

static bool has_protective(const struct mbr *mbr)
{
    for (int i = 0; i < NENTRIES; i++)
        if (mbr->entries[i].type == TYPE_PROTECTIVE)
            return true;
    return false;
}

static bool starts_partitions(const struct mbr *mbr, unsigned sector_size)
{
    uint8_t sector[SECTOR_MIN];
    for (int i = 0; i < NENTRIES; i++)
        if (is_used(&mbr->entries[i]) &&
            source_read(mbr->table->disk, (uint64_t)mbr->entries[i].start * sector_size, sector,
                        sizeof sector) &&
            has_signature(sector))
            return true;
    return false;
}

/* The table does not tell the size of its sectors. Where it is the larger one, no partition starts
 * where it would with the smaller one. */
static unsigned find_sector_size(const struct mbr *mbr)
{
    bool is_large = !starts_partitions(mbr, SECTOR_MIN) && starts_partitions(mbr, SECTOR_MAX);
    return is_large ? SECTOR_MAX : SECTOR_MIN;
}

static bool is_too_many(struct partition_table *table)
{
    if (table->count < PARTITIONS_MAX)
        return false;
    if (!table->is_full)
        diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                 "the partition table has more than %d partitions: the others are left out",
                 PARTITIONS_MAX);
    return table->is_full = true;
}

static const struct partition *find_overlap(const struct partition_table *table, uint64_t offset,
                                            uint64_t size)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct partition *other = &table->items[i];
        if (offset < other->offset + other->size && other->offset < offset + size)
            return other;
    }
    return NULL;
}

/* What overlaps is left out whole: else a table that is hostile could show one volume many times.
 */
void partition_add(struct partition_table *table, unsigned number, uint64_t sector, uint64_t count,
                   unsigned sector_size)
{
    uint64_t whole = table->disk->size, offset, size;
    if (is_too_many(table))
        return;
    if (__builtin_mul_overflow(sector, sector_size, &offset) || offset >= whole) {
        diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                 "partition %u is left out: it lies outside the disk (sector %" PRIu64
                 " of a disk of %" PRIu64 " bytes)",
                 number, sector, whole);
        return;
    }
    if (__builtin_mul_overflow(count, sector_size, &size) || size > whole - offset) {
        diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                 "partition %u ends outside the disk: want %" PRIu64 " sectors, got %" PRIu64,
                 number, count, (whole - offset) / sector_size);
        size = whole - offset;
    }
    const struct partition *other = find_overlap(table, offset, size);
    if (other) {
        diag_add(table->diags, DIAG_INCOMPLETE, NULL,
                 "partition %u is left out: it overlaps partition %u", number, other->number);
        return;
    }
    table->items = arena_grow(table->arena, table->items, table->count, sizeof *table->items);
    table->items[table->count++] =
        (struct partition){.number = number, .offset = offset, .size = size};
}

/* Whether a link of a chain is a new one. */
static bool enter_link(struct mbr *mbr, uint64_t at)
{
    const char *fault = mbr->nseen == EXTENDED_MAX ? "has too many links" : NULL;
    for (unsigned i = 0; i < mbr->nseen && !fault; i++)
        if (mbr->seen[i] == at)
            fault = "goes in a circle";
    if (fault) {
        diag_add(mbr->table->diags, DIAG_INCOMPLETE, NULL,
                 "the chain of logical partitions %s, at sector %" PRIu64
                 ": it is followed no further",
                 fault, at);
        return false;
    }
    mbr->seen[mbr->nseen++] = at;
    return true;
}

static bool read_link(struct mbr *mbr, uint64_t at, struct mbr_entry entries[NENTRIES])
{
    uint8_t sector[SECTOR_MIN];
    const char *fault = "no table is there";
    if (!source_read(mbr->table->disk, at * mbr->sector_size, sector, sizeof sector)) {
        fault = errno == ENODATA ? "the disk has ended" : strerror(errno);
    } else if (has_signature(sector)) {
        take_entries(sector, entries);
        return true;
    }
    diag_add(mbr->table->diags, DIAG_INCOMPLETE, NULL,
             "the chain of logical partitions ends at sector %" PRIu64 ": %s", at, fault);
    return false;
}

/* Each link has a partition, counted from the link, and the next link, counted from the first. Ends
 * with the last link, or where they are too many. */
static void add_logical(struct mbr *mbr, uint64_t first)
{
    struct mbr_entry entries[NENTRIES];
    uint64_t at = first;
    while (enter_link(mbr, at) && read_link(mbr, at, entries)) {
        uint32_t link = 0;
        for (int i = 0; i < 2; i++)
            if (is_used(&entries[i]) && is_extended(&entries[i]))
                link = link ? link : entries[i].start;
            else if (is_used(&entries[i]))
                partition_add(mbr->table, mbr->next++, at + entries[i].start, entries[i].count,
                              mbr->sector_size);
        if (!link)
            return;
        at = first + link;
    }
}

/* The container of logical partitions is none itself, but has a number. */
static void add_partitions(struct mbr *mbr)
{
    mbr->next = FIRST_LOGICAL;
    for (int i = 0; i < NENTRIES; i++)
        if (is_used(&mbr->entries[i]) && !is_extended(&mbr->entries[i]))
            partition_add(mbr->table, (unsigned)i + 1, mbr->entries[i].start, mbr->entries[i].count,
                          mbr->sector_size);
    for (int i = 0; i < NENTRIES; i++)
        if (is_used(&mbr->entries[i]) && is_extended(&mbr->entries[i]))
            add_logical(mbr, mbr->entries[i].start);
}

/* A GPT counts where the MBR leaves the disk to it, or is none: what an MBR that is used covers is
 * left from before (UEFI specification, "Protective MBR"). */
static enum partitions_found read_tables(struct mbr *mbr, const uint8_t *sector)
{
    bool is_mbr = has_signature(sector) && is_table(mbr, sector);
    if (has_signature(sector) && is_volume(sector))
        return PARTITIONS_NONE;
    if ((!is_mbr || has_protective(mbr)) && partitions_read_gpt(mbr->table, is_mbr))
        return PARTITIONS_GPT;
    if (!is_mbr || has_protective(mbr))
        return PARTITIONS_NONE;
    mbr->sector_size = find_sector_size(mbr);
    add_partitions(mbr);
    return PARTITIONS_MBR;
}

enum partitions_found partitions_read(struct arena *arena, struct diags *diags,
                                      const struct source *disk, struct partition **partitions,
                                      size_t *count)
{
    struct partition_table table = {.arena = arena, .diags = diags, .disk = disk};
    struct mbr mbr = {.table = &table};
    uint8_t sector[SECTOR_MIN];
    enum partitions_found found = PARTITIONS_NONE;
    if (disk->size < sizeof sector) {
        found = PARTITIONS_NONE;
    } else if (source_read(disk, 0, sector, sizeof sector)) {
        take_entries(sector, mbr.entries);
        found = read_tables(&mbr, sector);
    } else {
        diag_add(diags, DIAG_INCOMPLETE, NULL, "the partition table cannot be read: %s",
                 strerror(errno));
    }
    *partitions = table.items;
    *count = table.count;
    return found;
}
