/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_FILE_H
#define HIVEAUDIT_BASE_FILE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/slice.h"

/* Files that the user writes: rules, and lists. Evidence is read elsewhere. */

/* Reads all of a file of up to max bytes; a NUL that does not count follows them. NULL, or what is
 * wrong: "cannot be read: No such file or directory". */
const char *file_read(struct arena *arena, const char *path, size_t max, struct slice *bytes);

/* Likewise what is left of a stream. */
const char *file_read_stream(struct arena *arena, FILE *stream, size_t max, struct slice *bytes);

#endif
