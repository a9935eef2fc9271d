/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_DISK_IMAGE_H
#define HIVEAUDIT_INPUT_DISK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"
#include "input/access.h"

/* What the readers of images share whose disks are made of blocks, found by tables. */

/* Images that a disk is made of, each over the next: backing files, parents. */
#define DISK_DEPTH_MAX 16

/* Tables are read by pieces of a file, of which so many are kept, however large they are. */
#define DISK_PIECE_SIZE 4096
#define DISK_PIECES     64

struct disk_piece {
    uint64_t number;
    size_t len; /* less than a whole piece at the end of the file; 0: empty */
    uint8_t *bytes;
};

struct disk_image;

/* Reads bytes of a disk that lie in one of its blocks. False with errno set, after a diagnostic. */
typedef bool disk_read_fn(struct disk_image *image, uint64_t at, void *buf, size_t len);

/* The first member of each reader's own. */
struct disk_image {
    struct access *access;
    const struct source *file;
    const char *what;      /* of messages: "the qcow2 image" */
    unsigned depth;        /* images that lie over it */
    uint64_t block_size;   /* of the disk, bytes */
    disk_read_fn *read;    /* of a block */
    struct source *below;  /* what this image does not hold is there; NULL: it is zeros */
    struct diags *said_in; /* where its damage was said last, and how many were there then */
    size_t said;
    struct disk_piece pieces[DISK_PIECES];
};

/* Damage of an image that is met while its disk is read, as a DIAG_INCOMPLETE diagnostic: once for
 * each piece of evidence, because the first read that fails decides. The format goes on where
 * image->what stops. Returns false with errno as given. */
bool disk_complain(struct disk_image *image, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails while the image is opened: a DIAG_FAILED diagnostic; the format goes on as above. */
bool disk_fail(struct disk_image *image, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says something while the image is opened. */
void disk_say(struct disk_image *image, enum diag_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads bytes of the file, which all have to be there. False after disk_complain. */
bool disk_read_file(struct disk_image *image, uint64_t offset, void *buf, size_t len);

/* The same for a few bytes of a table. */
bool disk_read_table(struct disk_image *image, uint64_t offset, void *buf, size_t len);

/* Reads bytes that this image does not hold. */
bool disk_read_below(struct disk_image *image, uint64_t at, void *buf, size_t len);

/* Why access_open_beside failed. */
const char *disk_open_error(void);

/* The disk of an image whose members are set. */
struct source disk_source(struct disk_image *image, uint64_t size);

#endif
