/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/gunzip.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define CHUNK_SIZE (64 * 1024)
#define ID1        0x1f /* what every member starts with (RFC 1952, 2.3.1) */

#define FUNCTIONS(X) X(inflateInit2_) X(inflate) X(inflateReset) X(inflateEnd)
LIBRARY_TABLE(zlib, FUNCTIONS)

struct gunzip {
    const struct source *file;
    uint64_t offset; /* of what is unpacked next but for what the stream still has */
    z_stream stream;
    bool is_between;   /* a member has ended, and no other has begun */
    const char *error; /* behind what was unpacked */
    unsigned char in[CHUNK_SIZE], out[2 * CHUNK_SIZE];
};

static void end_stream(void *handle)
{
    zlib.inflateEnd(handle);
}

struct gunzip *gunzip_open(struct access *access, struct arena *arena, const struct source *file)
{
    if (!LIBRARY_BIND(access, LIBRARY_ZLIB, zlib))
        return NULL;
    struct gunzip *gunzip = arena_alloc(arena, 1, sizeof *gunzip);
    gunzip->file = file;
    /* 16: gzip around it, whose checksums zlib then compares. */
    if (zlib.inflateInit2_(&gunzip->stream, 16 + MAX_WBITS, ZLIB_VERSION, sizeof(z_stream)) != Z_OK)
        end_out_of_memory();
    arena_on_free(arena, end_stream, &gunzip->stream);
    return gunzip;
}

/* Sees to it that the stream has input, unless the file is at its end. */
static bool fill(struct gunzip *gunzip)
{
    if (gunzip->stream.avail_in)
        return true;
    ssize_t n = gunzip->file->read_at(gunzip->file, gunzip->offset, gunzip->in, sizeof gunzip->in);
    if (n < 0) {
        gunzip->error = strerror(errno);
        return false;
    }
    gunzip->offset += (uint64_t)n;
    gunzip->stream.next_in = gunzip->in;
    gunzip->stream.avail_in = (uInt)n;
    return true;
}

/* Behind a member comes another, or zeros of a tape's last block. Anything else is a member whose
 * start is damaged, and what follows is lost. Ends with the file: 0. */
static int start_member(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    for (;;) {
        if (!fill(gunzip))
            return -1;
        if (!stream->avail_in)
            return 0;
        if (*stream->next_in)
            break;
        stream->next_in++;
        stream->avail_in--;
    }
    if (*stream->next_in != ID1 || zlib.inflateReset(stream) != Z_OK) {
        gunzip->error = "bytes that are no gzip data follow it";
        return -1;
    }
    gunzip->is_between = false;
    return 1;
}

/* Unpacks some more. A call without progress is an error, so that they end with the file. */
static void advance(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    if (!fill(gunzip))
        return;
    int status = zlib.inflate(stream, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR)
        end_out_of_memory();
    gunzip->is_between = status == Z_STREAM_END;
    if (status == Z_OK || status == Z_STREAM_END)
        return;
    gunzip->error = status == Z_BUF_ERROR ? "the gzip data ends before it is complete"
                    : stream->msg         ? stream->msg
                                          : "the gzip data is damaged";
}

ssize_t gunzip_read(struct gunzip *gunzip, const void **bytes, const char **error)
{
    z_stream *stream = &gunzip->stream;
    stream->next_out = gunzip->out;
    stream->avail_out = sizeof gunzip->out;
    while (stream->avail_out == sizeof gunzip->out && !gunzip->error) {
        int status = gunzip->is_between ? start_member(gunzip) : 1;
        if (status == 0)
            return 0;
        if (status > 0)
            advance(gunzip);
    }
    *bytes = gunzip->out;
    *error = gunzip->error;
    size_t len = sizeof gunzip->out - stream->avail_out;
    return len ? (ssize_t)len : -1;
}
