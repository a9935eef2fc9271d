/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

#define FIRST_AFTER 1000 /* milliseconds */

static size_t measure_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* The end of a name says more than its start. Bytes of one character stay together. */
static const char *cut_start(struct arena *arena, const char *name, size_t max)
{
    size_t len = strlen(name);
    if (len <= max)
        return name;
    const char *end = name + len - max + 3;
    while ((*end & 0xc0) == 0x80)
        end++;
    return arena_printf(arena, "...%s", end);
}

void progress_show(struct progress *progress, int64_t now, size_t done, size_t total,
                   const char *doing, const char *name)
{
    if (!progress->is_wanted || now - progress->started < FIRST_AFTER ||
        now - progress->shown < PROGRESS_STEP)
        return;
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *start = arena_printf(arena, "hiveaudit: %zu of %zu %s, %jd s: ", done, total, doing,
                                     (intmax_t)(now - progress->started) / 1000);
    size_t width = measure_width(), used = strlen(start) + 1;
    size_t room = width > used + 8 ? width - used : 8;
    const char *text = text_escape(arena, text_from_utf8(arena, name, strlen(name)));
    fprintf(stderr, "\r%s%s\033[K", start, cut_start(arena, text, room));
    fflush(stderr);
    progress->shown = now;
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = 0;
}
