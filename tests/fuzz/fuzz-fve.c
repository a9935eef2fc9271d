/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BitLocker volumes: what stands on them, and AES-XTS. Two bytes are the size of a startup key
 * file, which follows, and then the start of a volume, which goes on with zeros. No fuzzer finds a
 * checksum: those of the metadata are made right. As it opens no sealed key either, the sectors
 * are decrypted with one that is made up. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/crc32.h"
#include "input/fve.h"

const char fuzz_corpus[] = "fve";

#define HEADER       2
#define PADDING      (2 * FVE_BLOCK_SIZE)
#define CHECKED_SIZE 20000

static void repair_block(uint8_t *volume, size_t size, uint64_t at)
{
    if (at > size || size - at < FVE_BLOCK_SIZE)
        return;
    uint8_t *block = volume + at;
    size_t checked = (size_t)get_u16(block + 8) * 16;
    if (checked <= FVE_BLOCK_SIZE - 8)
        put_u32(block + checked + 4, crc32_compute(CRC32, block, checked));
}

/* Both kinds of boot sectors say where the blocks are. */
static void repair(uint8_t *volume, size_t size)
{
    static const size_t places[] = {160 + FVE_GUID_SIZE, 424 + FVE_GUID_SIZE};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (size_t copy = 0; copy < FVE_COPIES; copy++)
            repair_block(volume, size, get_u64(volume + places[i] + 8 * copy));
}

/* The plain bytes are the same in whatever pieces they are read. */
static void check_plain(const struct source *plain)
{
    static uint8_t whole[CHECKED_SIZE], piece[CHECKED_SIZE];
    size_t size = plain->size < CHECKED_SIZE ? (size_t)plain->size : CHECKED_SIZE;
    if (!source_read(plain, 0, whole, size))
        return;
    for (size_t at = 0, len = 1; at < size; at += len, len = 2 * len + 1) {
        if (len > size - at)
            len = size - at;
        MUST(source_read(plain, at, piece, len) && memcmp(piece, whole + at, len) == 0);
    }
}

static void read_volume(struct access *access, const struct source *volume)
{
    struct fve fve;
    struct source plain;
    uint8_t key[FVE_KEY_MAX];
    size_t len = 0;
    if (!fve_read(access, volume, &fve))
        return;
    enum fve_unlocked unlocked = fve_unlock(access, &fve, key, &len);
    MUST(unlocked != FVE_UNLOCKED || len <= FVE_KEY_MAX);
    for (uint8_t i = 0; i < FVE_KEY_MAX; i++)
        key[i] = i;
    if (fve_open_xts(access, volume, &fve, key, &plain))
        check_plain(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < HEADER)
        return 0;
    size_t bek = get_u16(bytes), left = len - HEADER;
    if (bek > left)
        bek = left;
    left -= bek;
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t size = left + PADDING;
    uint8_t *volume = arena_alloc(arena, size, 1);
    memcpy(volume, bytes + HEADER + bek, left);
    repair(volume, size);
    struct fuzz_source source = fuzz_wrap("volume", volume, size);
    struct unlock unlock = {.bek = arena_dup(arena, (struct slice){bytes + HEADER, bek})};
    struct diags diags = {.arena = arena};
    struct access access = {.arena = arena, .diags = &diags, .folder = -1, .unlock = &unlock};
    if (fve_is_boot_sector(volume))
        read_volume(&access, &source.source);
    return 0;
}
