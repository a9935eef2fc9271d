/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_GUNZIP_H
#define HIVEAUDIT_INPUT_GUNZIP_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/source.h"
#include "input/access.h"

/* What gzip has packed, from front to back, with its checksums verified. libarchive, which unpacks
 * gzip too, leaves them alone. */
struct gunzip;

/* Lives in the arena, as long as file. NULL after a diagnostic, or where zlib is wanted. */
struct gunzip *gunzip_open(struct access *access, struct arena *arena, const struct source *file);

/* The next bytes, which stay until the next call; 0 at the end. -1 after damage: *error says it. */
ssize_t gunzip_read(struct gunzip *gunzip, const void **bytes, const char **error);

#endif
