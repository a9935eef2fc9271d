/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_PATH_H
#define HIVEAUDIT_BASE_PATH_H

#include "base/arena.h"

/* The last part of a path, within it. */
const char *path_name(const char *path);

/* The folder that holds a file, for opening: "." where the path names none. */
const char *path_folder(struct arena *arena, const char *path);

#endif
