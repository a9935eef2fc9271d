/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_CLEANUP_H
#define HIVEAUDIT_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

/* Handles are released where they go out of scope: CLEANUP(fd) int fd = open(...); */
#define CLEANUP(kind) __attribute__((cleanup(cleanup_##kind)))

static inline void cleanup_free(void *ptr)
{
    free(*(void **)ptr);
}

static inline void cleanup_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void cleanup_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

static inline void cleanup_arena(struct arena **arena)
{
    arena_free(*arena);
}

#endif
