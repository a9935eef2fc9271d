/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk_cluster.h"

#include <assert.h>
#include <zlib.h>
#include <zstd.h>

#include "input/library.h"

#define ZLIB_FUNCTIONS(X) X(inflateInit2_) X(inflate) X(inflateEnd)
LIBRARY_TABLE(zlib, ZLIB_FUNCTIONS)

#define ZSTD_FUNCTIONS(X) X(ZSTD_findFrameCompressedSize) X(ZSTD_decompress) X(ZSTD_isError)
LIBRARY_TABLE(zstd, ZSTD_FUNCTIONS)

bool clusters_start(struct clusters *clusters, struct access *access, size_t size, bool is_zstd)
{
    *clusters = (struct clusters){.access = access, .size = size, .is_zstd = is_zstd};
    return is_zstd ? LIBRARY_BIND(access, LIBRARY_ZSTD, zstd)
                   : LIBRARY_BIND(access, LIBRARY_ZLIB, zlib);
}

static size_t find_slot(const struct clusters *clusters, uint64_t number)
{
    size_t slots = CLUSTER_BYTES / clusters->size;
    slots = slots < 1 ? 1 : slots > CLUSTER_SLOTS ? CLUSTER_SLOTS : slots;
    return (size_t)(number % slots);
}

const uint8_t *clusters_find(const struct clusters *clusters, uint64_t number)
{
    const struct cluster_slot *slot = &clusters->slots[find_slot(clusters, number)];
    return slot->is_full && slot->number == number ? slot->bytes : NULL;
}

uint8_t *clusters_room(struct clusters *clusters, size_t len)
{
    assert(len <= 2 * clusters->size);
    if (!clusters->packed)
        clusters->packed = arena_alloc(clusters->access->arena, 2, clusters->size);
    return clusters->packed;
}

/* Whether a whole cluster comes out. What stands behind the data is not looked at: their length is
 * only known in sectors of 512 bytes. */
static bool inflate_cluster(const struct clusters *clusters, size_t len, uint8_t *bytes)
{
    z_stream stream = {.next_in = clusters->packed,
                       .avail_in = (uInt)len,
                       .next_out = bytes,
                       .avail_out = (uInt)clusters->size};
    if (zlib.inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, (int)sizeof stream) != Z_OK)
        end_out_of_memory();
    int result = zlib.inflate(&stream, Z_FINISH);
    zlib.inflateEnd(&stream);
    return (result == Z_STREAM_END || result == Z_BUF_ERROR) && stream.avail_out == 0;
}

static bool decompress_cluster(const struct clusters *clusters, size_t len, uint8_t *bytes)
{
    size_t frame = zstd.ZSTD_findFrameCompressedSize(clusters->packed, len);
    return !zstd.ZSTD_isError(frame) &&
           zstd.ZSTD_decompress(bytes, clusters->size, clusters->packed, frame) == clusters->size;
}

const uint8_t *clusters_unpack(struct clusters *clusters, uint64_t number, size_t len)
{
    struct cluster_slot *slot = &clusters->slots[find_slot(clusters, number)];
    if (!slot->bytes)
        slot->bytes = arena_alloc(clusters->access->arena, 1, clusters->size);
    slot->number = number;
    slot->is_full = clusters->is_zstd ? decompress_cluster(clusters, len, slot->bytes)
                                      : inflate_cluster(clusters, len, slot->bytes);
    return slot->is_full ? slot->bytes : NULL;
}
