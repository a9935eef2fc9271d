/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_WIM_WINDOW_H
#define HIVEAUDIT_INPUT_WIM_WINDOW_H

#include "base/source.h"
#include "input/access.h"

/* A WIM that is no file of its own, because it lies on a disc, as a file in memory that is all
 * holes: libwim opens files only. What it is about to read has to be filled first. */
struct wim_window {
    const struct source *wim;
    int fd; /* of the memory */
    struct arena *arena;
    struct wim_fill {
        uint64_t offset, size;
    } * large; /* what was filled, small pieces left out */
    size_t nlarge;
    uint64_t filled; /* bytes */
};

/* Makes a window, filled as far as libwim reads to open the WIM: its header, tables and metadata.
 * It lives as long as the arena of access. False after a diagnostic. */
bool wim_window_open(struct access *access, const struct source *wim, struct wim_window *window);

/* Fills bytes, unless they are there. NULL, or why that cannot be. */
const char *wim_window_fill(struct wim_window *window, uint64_t offset, uint64_t size);

#endif
