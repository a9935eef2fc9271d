/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/fve.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32.h"

#define BOOT_SIZE       512
#define BLOCK_HEAD      64 /* the block's header, then the header of the list of entries */
#define LIST_HEAD       48
#define ENTRY_HEAD      8
#define VMK_HEAD        28 /* GUID, time, unknown, protection */
#define VALIDATION_SIZE 8
#define PROTECTORS_MAX  64

static const uint8_t signature[8] = "-FVE-FS-";
static const uint8_t togo_signature[8] = "MSWIN4.1";

/* 4967d63b-2e29-4ad8-8399-f6a339e3d001: what follows are offsets of the blocks. */
static const uint8_t normal_guid[FVE_GUID_SIZE] = {
    0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01,
};

/* 92a84d3b-dd80-4d0e-9e4e-b1e3284eaed8: the same, and a map tells what is encrypted so far. */
static const uint8_t on_write_guid[FVE_GUID_SIZE] = {
    0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd, 0x0e, 0x4d, 0x9e, 0x4e, 0xb1, 0xe3, 0x28, 0x4e, 0xae, 0xd8,
};

/* Behind the boot code; BitLocker To Go has a boot sector of FAT. */
#define GUID_AT      160
#define TOGO_GUID_AT 424

static bool is_togo(const uint8_t *sector)
{
    return memcmp(sector + 3, togo_signature, sizeof togo_signature) == 0 &&
           (memcmp(sector + TOGO_GUID_AT, normal_guid, FVE_GUID_SIZE) == 0 ||
            memcmp(sector + TOGO_GUID_AT, on_write_guid, FVE_GUID_SIZE) == 0);
}

bool fve_is_boot_sector(const uint8_t *sector)
{
    return memcmp(sector + 3, signature, sizeof signature) == 0 || is_togo(sector);
}

bool fve_next_entry(struct slice *list, struct fve_entry *entry)
{
    if (list->len < ENTRY_HEAD)
        return false;
    size_t size = get_u16(list->ptr);
    if (size < ENTRY_HEAD || size > list->len)
        return false;
    *entry = (struct fve_entry){
        .type = get_u16(list->ptr + 2),
        .value = get_u16(list->ptr + 4),
        .data = {.ptr = list->ptr + ENTRY_HEAD, .len = size - ENTRY_HEAD},
    };
    list->ptr += size;
    list->len -= size;
    return true;
}

bool fve_find_value(struct slice list, enum fve_value_type value, struct fve_entry *entry)
{
    while (fve_next_entry(&list, entry))
        if (entry->value == value)
            return true;
    return false;
}

/* The block states its size in units of 16 bytes, and its checksum stands behind it. */
static bool is_sound(const uint8_t *block)
{
    size_t size = (size_t)get_u16(block + 8) * 16;
    return memcmp(block, signature, sizeof signature) == 0 && get_u16(block + 10) == 2 &&
           size >= BLOCK_HEAD + LIST_HEAD && size <= FVE_BLOCK_SIZE - VALIDATION_SIZE &&
           crc32_compute(CRC32, block, size) == get_u32(block + size + 4);
}

static void add_protector(struct access *access, struct fve *fve, struct slice data)
{
    if (data.len < VMK_HEAD || fve->count == PROTECTORS_MAX)
        return;
    fve->protectors =
        arena_grow(access->arena, fve->protectors, fve->count, sizeof *fve->protectors);
    struct fve_protector *protector = &fve->protectors[fve->count++];
    *protector = (struct fve_protector){
        .protection = get_u16(data.ptr + 26),
        .entries = {.ptr = data.ptr + VMK_HEAD, .len = data.len - VMK_HEAD},
    };
    memcpy(protector->guid, data.ptr, FVE_GUID_SIZE);
}

/* The list starts behind its own header, whose size counts as a part of it. */
static bool read_entries(struct access *access, const uint8_t *block, struct fve *fve)
{
    size_t size = get_u32(block + BLOCK_HEAD), head = get_u32(block + BLOCK_HEAD + 8);
    if (head < LIST_HEAD || size < head || size > (size_t)get_u16(block + 8) * 16 - BLOCK_HEAD)
        return false;
    struct slice list = {.ptr = block + BLOCK_HEAD + head, .len = size - head};
    struct fve_entry entry;
    while (fve_next_entry(&list, &entry)) {
        if (entry.type == FVE_ENTRY_VMK && entry.value == FVE_VALUE_VMK)
            add_protector(access, fve, entry.data);
        if (entry.type == FVE_ENTRY_FVEK && entry.value == FVE_VALUE_SEALED)
            fve->fvek = entry.data;
        if (entry.type == FVE_ENTRY_HEADER && entry.value == FVE_VALUE_EXTENT &&
            entry.data.len >= 16) {
            fve->header_offset = get_u64(entry.data.ptr);
            fve->header_size = get_u64(entry.data.ptr + 8);
        }
    }
    return fve->fvek.len && fve->header_size;
}

static bool read_block(struct access *access, const uint8_t *block, struct fve *fve)
{
    fve->state = get_u16(block + 12);
    fve->method = get_u16(block + BLOCK_HEAD + 36);
    for (unsigned i = 0; i < FVE_COPIES; i++)
        fve->blocks[i] = get_u64(block + 32 + 8 * (size_t)i);
    return read_entries(access, block, fve);
}

bool fve_read(struct access *access, const struct source *volume, struct fve *fve)
{
    uint8_t boot[BOOT_SIZE], *block = arena_alloc(access->arena, 1, FVE_BLOCK_SIZE);
    if (!source_read(volume, 0, boot, sizeof boot))
        return access_fail(access, "the boot sector of the BitLocker volume cannot be read");
    const uint8_t *guid = boot + (is_togo(boot) ? TOGO_GUID_AT : GUID_AT);
    *fve = (struct fve){.sector_size = get_u16(boot + 11)};
    if (memcmp(guid, on_write_guid, FVE_GUID_SIZE) == 0)
        return access_fail(access, "the BitLocker volume is encrypted in part only, as it is "
                                   "written to: this cannot be read here");
    if (memcmp(guid, normal_guid, FVE_GUID_SIZE) != 0)
        return access_fail(access,
                           "the BitLocker volume is of an unknown version: those of Windows "
                           "Vista cannot be read here");
    for (unsigned i = 0; i < FVE_COPIES; i++) {
        uint64_t offset = get_u64(guid + FVE_GUID_SIZE + 8 * (size_t)i);
        if (source_read(volume, offset, block, FVE_BLOCK_SIZE) && is_sound(block) &&
            read_block(access, block, fve))
            return true;
    }
    return access_fail(access, "the BitLocker volume is damaged: none of the three copies of its "
                               "metadata is sound");
}
