/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_LOG_H
#define HIVEAUDIT_HIVE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"
#include "hive/image.h"

/* Transaction logs (Windows registry file format specification, "Format of transaction log files"):
 * what Windows has written down, but not yet into the hive. */

enum log_format {
    LOG_NONE, /* empty, too short or of no known format */
    LOG_DIRT, /* old: up to Windows 8; a bitmap of dirty pages, which apply all at once */
    LOG_HVLE, /* new: since Windows 8.1; entries with sequence numbers and hashes */
    NLOG_FORMATS,
};
extern const char *const log_format_names[NLOG_FORMATS]; /* "none", "DIRT", "HvLE" */

/* What became of one log. */
struct log_use {
    const char *name; /* as the source is named */
    enum log_format format;
    uint32_t first, last; /* sequence numbers of the first and last entry applied */
    uint32_t applied;     /* entries applied, each as a whole; a DIRT log counts as one */
    const char *reason;   /* why it was not used, or why it stopped there; NULL: used to its end */
};

/* What the logs made of a hive. */
struct replay {
    struct log_use *logs; /* one for each source, in the order given */
    size_t nlogs;
    bool recovered;   /* at least one entry was applied: the hive is as Windows would recover it */
    const char *lost; /* NULL, or what the logs hold that cannot be applied: changes known to be
                         missing even so */
};

/* Replays the logs of a dirty hive into its image, which is not sealed yet, as Windows does: those
 * of the new format in the order of their sequence numbers, or else the one of the old format that
 * fits. An entry is applied whole or not at all. The image may grow. Where anything was applied the
 * base block is right afterwards: type 0, equal sequence numbers, size and checksum; else the image
 * is unchanged. Texts live in the arena. */
struct replay hive_replay(struct arena *arena, struct hive_image *image, const struct source *logs,
                          size_t nlogs);

#endif
