/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_PATH_H
#define HIVEAUDIT_BASE_PATH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"

/* The last part of a path, within it. */
const char *path_name(const char *path);

/* The folder that holds a file, for opening: "." where the path names none. */
const char *path_folder(struct arena *arena, const char *path);

/* Whether both are one file, whatever paths it was found by. */
static inline bool path_is_same_file(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

#endif
