/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_BFIO_H
#define HIVEAUDIT_INPUT_BFIO_H

#include <inttypes.h>
#include <sys/types.h>

#include <libbfio.h>

#include "base/source.h"
#include "input/access.h"

/* A source as what libewf and its relatives read from: a libbfio handle, made by the functions of
 * that very library's libbfio, because each brings its own. The source outlives the handle, which
 * is released with the arena of access. NULL after a diagnostic. */
libbfio_handle_t *bfio_open(struct access *access, enum library library,
                            const struct source *source);

/* The same for several sources, as a pool; they are its entries from 0 on. */
libbfio_pool_t *bfio_open_pool(struct access *access, enum library library,
                               const struct source *sources, size_t count);

/* What these libraries call to read at an offset; all their handles are an intptr_t. */
typedef ssize_t bfio_read_fn(intptr_t *handle, void *buf, size_t len, off64_t offset,
                             libbfio_error_t **error);

/* What disk_complain says of bytes that cannot be read: how many, and where. */
#define BFIO_DAMAGE "is damaged or incomplete: %zu bytes at %" PRIu64 " of its disk cannot be read"

/* A disk or volume that such a library makes, of size bytes. A read that fails or is short is said
 * by disk_complain, where what is the subject ("the VMDK image"), and gives EIO. */
struct source bfio_source(struct access *access, const char *what, const char *name, uint64_t size,
                          bfio_read_fn *read, intptr_t *handle);

#endif
