/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PROGRESS_H
#define HIVEAUDIT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line on the terminal that says what a run is at, once that takes over a second. */
struct progress {
    bool is_wanted;  /* standard error is a terminal, and not to be quiet */
    int64_t started; /* CLOCK_MONOTONIC in milliseconds */
    int64_t shown;   /* likewise; 0: no line is there */
};

/* Milliseconds between two lines. */
#define PROGRESS_STEP 250

/* Shows a line where it is time: how many are done ("read") of how many, and which is next. */
void progress_show(struct progress *progress, int64_t now, size_t done, size_t total,
                   const char *doing, const char *name);

/* Takes the line away, before something else is written. */
void progress_clear(struct progress *progress);

#endif
