/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/bytes.h"
#include "input/fve.h"

#define SECTOR_MIN 512
#define SECTOR_MAX 4096
#define TWEAK_SIZE 16

struct volume {
    const struct source *source;
    const struct fve *fve;
    EVP_CIPHER_CTX *cipher;
};

static void release(void *context)
{
    EVP_CIPHER_CTX_free(context);
}

/* Where bytes of the plain volume come from. */
struct piece {
    bool is_zero;
    uint64_t from; /* on the encrypted volume */
    uint64_t size;
};

/* Cuts a piece where a region of BitLocker's own begins; within one it is zeros. */
static void cut(struct piece *piece, uint64_t offset, uint64_t start, uint64_t size)
{
    if (offset < start) {
        if (piece->size > start - offset)
            piece->size = start - offset;
    } else if (offset - start < size) {
        piece->is_zero = true;
        if (piece->size > size - (offset - start))
            piece->size = size - (offset - start);
    }
}

/* The first sectors were moved, to make room for BitLocker's boot sector. Where they are now, and
 * where the three blocks are, the volume looks empty, as Windows shows it. */
static struct piece locate(const struct fve *fve, uint64_t offset, uint64_t len)
{
    if (offset < fve->header_size) {
        uint64_t left = fve->header_size - offset;
        return (struct piece){.from = fve->header_offset + offset, .size = len < left ? len : left};
    }
    struct piece piece = {.from = offset, .size = len};
    cut(&piece, offset, fve->header_offset, fve->header_size);
    for (unsigned i = 0; i < FVE_COPIES; i++)
        cut(&piece, offset, fve->blocks[i], FVE_BLOCK_SIZE);
    return piece;
}

/* Decrypts whole sectors in place; each counts by where it lies on the encrypted volume. */
static bool decrypt(const struct volume *volume, uint64_t from, uint8_t *bytes, size_t len)
{
    size_t size = volume->fve->sector_size;
    uint8_t tweak[TWEAK_SIZE] = {0};
    for (size_t at = 0; at < len; at += size) {
        int got;
        put_u64(tweak, (from + at) / size);
        if (EVP_DecryptInit_ex(volume->cipher, NULL, NULL, NULL, tweak) != 1 ||
            EVP_DecryptUpdate(volume->cipher, bytes + at, &got, bytes + at, (int)size) != 1)
            return false;
    }
    return true;
}

static bool read_sectors(const struct volume *volume, uint64_t from, uint8_t *bytes, size_t len)
{
    if (!source_read(volume->source, from, bytes, len))
        return false;
    errno = EIO;
    return decrypt(volume, from, bytes, len);
}

/* Reads the start of a piece: whole sectors, or a part of one. Returns how much; 0: failed. */
static size_t read_piece(const struct volume *volume, const struct piece *piece, uint8_t *buf)
{
    uint8_t sector[SECTOR_MAX];
    size_t size = volume->fve->sector_size, skip = (size_t)(piece->from % size);
    size_t whole = (size_t)piece->size / size * size;
    if (skip == 0 && whole)
        return read_sectors(volume, piece->from, buf, whole) ? whole : 0;
    size_t len = size - skip < piece->size ? size - skip : (size_t)piece->size;
    if (!read_sectors(volume, piece->from - skip, sector, size))
        return 0;
    memcpy(buf, sector + skip, len);
    return len;
}

/* Every round takes at least one byte. */
static ssize_t read_plain(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct volume *volume = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    for (size_t done = 0, got; done < len; done += got) {
        struct piece piece = locate(volume->fve, offset + done, len - done);
        got = (size_t)piece.size;
        if (piece.is_zero)
            memset((uint8_t *)buf + done, 0, got);
        else if ((got = read_piece(volume, &piece, (uint8_t *)buf + done)) == 0)
            return -1;
    }
    return (ssize_t)len;
}

static bool check_layout(struct access *access, const struct source *source, const struct fve *fve)
{
    uint32_t size = fve->sector_size;
    if (size < SECTOR_MIN || size > SECTOR_MAX || size & (size - 1))
        return access_fail(access, "the BitLocker volume is damaged: its sectors have %u bytes",
                           size);
    if (fve->header_size > source->size || fve->header_offset > source->size - fve->header_size ||
        fve->header_offset % size || fve->header_size % size)
        return access_fail(access, "the BitLocker volume is damaged or incomplete: its first "
                                   "sectors were moved to where there is nothing");
    return true;
}

bool fve_open_xts(struct access *access, const struct source *source, const struct fve *fve,
                  const uint8_t *key, struct source *plain)
{
    if (!check_layout(access, source, fve))
        return false;
    struct volume *volume = arena_alloc(access->arena, 1, sizeof *volume);
    *volume = (struct volume){.source = source, .fve = fve, .cipher = EVP_CIPHER_CTX_new()};
    if (!volume->cipher)
        end_out_of_memory();
    arena_on_free(access->arena, release, volume->cipher);
    const EVP_CIPHER *cipher = fve->method == FVE_XTS_256 ? EVP_aes_256_xts() : EVP_aes_128_xts();
    if (EVP_DecryptInit_ex(volume->cipher, cipher, NULL, key, NULL) != 1)
        return access_fail(access, "libcrypto does not do AES-XTS");
    *plain = (struct source){.name = source->name,
                             .size = source->size - source->size % fve->sector_size,
                             .read_at = read_plain,
                             .fd = -1,
                             .context = volume};
    return true;
}
