/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/disk_image.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void say(struct disk_image *image, enum diag_level level, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void say(struct disk_image *image, enum diag_level level, const char *format, va_list args)
{
    struct diags *diags = image->access->diags;
    diag_add(diags, level, NULL, "%s %s", image->what, arena_vprintf(diags->arena, format, args));
}

/* Fewer diagnostics than there were then: they are those of other evidence in the same place. */
static bool is_said(const struct disk_image *image)
{
    const struct diags *diags = image->access->diags;
    return image->said_in == diags && image->said <= diags->count;
}

bool disk_complain(struct disk_image *image, int error, const char *format, ...)
{
    if (!is_said(image)) {
        va_list args;
        va_start(args, format);
        say(image, DIAG_INCOMPLETE, format, args);
        va_end(args);
        image->said_in = image->access->diags;
        image->said = image->said_in->count;
    }
    errno = error;
    return false;
}

bool disk_fail(struct disk_image *image, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(image, DIAG_FAILED, format, args);
    va_end(args);
    return false;
}

void disk_say(struct disk_image *image, enum diag_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(image, level, format, args);
    va_end(args);
}

static bool complain_of_file(struct disk_image *image, uint64_t offset, size_t len)
{
    int error = errno;
    if (error == ENODATA)
        return disk_complain(image, EIO,
                             "is cut short: %zu bytes at %" PRIu64 " are not there (got %" PRIu64
                             " bytes)",
                             len, offset, image->file->size);
    return disk_complain(image, error, "cannot be read at %" PRIu64 ": %s", offset,
                         strerror(error));
}

bool disk_read_file(struct disk_image *image, uint64_t offset, void *buf, size_t len)
{
    return source_read(image->file, offset, buf, len) || complain_of_file(image, offset, len);
}

/* NULL with errno set. */
static const struct disk_piece *read_piece(struct disk_image *image, uint64_t number)
{
    struct disk_piece *piece = &image->pieces[number % DISK_PIECES];
    if (piece->len && piece->number == number)
        return piece;
    if (!piece->bytes)
        piece->bytes = arena_alloc(image->access->arena, DISK_PIECE_SIZE, 1);
    ssize_t n =
        image->file->read_at(image->file, number * DISK_PIECE_SIZE, piece->bytes, DISK_PIECE_SIZE);
    piece->len = n < 0 ? 0 : (size_t)n;
    piece->number = number;
    return n < 0 ? NULL : piece;
}

bool disk_read_table(struct disk_image *image, uint64_t offset, void *buf, size_t len)
{
    for (size_t done = 0; done < len;) {
        size_t within = (size_t)((offset + done) % DISK_PIECE_SIZE);
        size_t n = DISK_PIECE_SIZE - within < len - done ? DISK_PIECE_SIZE - within : len - done;
        const struct disk_piece *piece = read_piece(image, (offset + done) / DISK_PIECE_SIZE);
        if (piece && piece->len < within + n)
            errno = ENODATA;
        if (!piece || piece->len < within + n)
            return complain_of_file(image, offset, len);
        memcpy((uint8_t *)buf + done, piece->bytes + within, n);
        done += n;
    }
    return true;
}

static ssize_t read_disk(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    struct disk_image *image = source->context;
    len = source_limit(source, offset, len);
    if (!len)
        return 0;
    for (size_t done = 0; done < len;) {
        uint64_t left = image->block_size - (offset + done) % image->block_size;
        size_t n = left < len - done ? (size_t)left : len - done;
        if (!image->read(image, offset + done, (uint8_t *)buf + done, n))
            return -1;
        done += n;
    }
    return (ssize_t)len;
}

/* A disk may have grown since the one below it was closed: what lies behind that is zeros. An image
 * there has said itself what is wrong. */
bool disk_read_below(struct disk_image *image, uint64_t at, void *buf, size_t len)
{
    const struct source *below = image->below;
    uint64_t left = below && at < below->size ? below->size - at : 0;
    size_t n = left < len ? (size_t)left : len;
    memset((uint8_t *)buf + n, 0, len - n);
    if (!n || source_read(below, at, buf, n))
        return true;
    if (below->read_at == read_disk)
        return false;
    return disk_complain(image, errno == ENODATA ? EIO : errno,
                         "lies over %s, which cannot be read at %" PRIu64 ": %s", below->name, at,
                         strerror(errno));
}

struct source disk_source(struct disk_image *image, uint64_t size)
{
    return (struct source){
        .name = image->file->name, .size = size, .read_at = read_disk, .fd = -1, .context = image};
}

/* A link may lead out of the folder; what comes from a pipe has none. */
const char *disk_open_error(void)
{
    return errno == EXDEV ? "only files in the image's own folder are read" : strerror(errno);
}
