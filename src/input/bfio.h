/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_BFIO_H
#define HIVEAUDIT_INPUT_BFIO_H

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

#endif
