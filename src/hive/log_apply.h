/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_LOG_APPLY_H
#define HIVEAUDIT_HIVE_LOG_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "hive/base_block.h"
#include "hive/log.h"

/* What the files of the replay share; nobody else includes it. */

/* Where entries or the dirty vector begin: in "the second sector". */
#define LOG_START BASE_BLOCK_CHECKED

/* Pages of hive bins data have 512 bytes in a dirty vector, and hive bins are made of 4096. */
#define LOG_PAGE_SIZE  512
#define LOG_BLOCK_SIZE 4096

/* The image of a hive, mapped to be written. */
struct log_target {
    int fd;
    uint8_t *bytes;          /* NULL while there are none */
    uint64_t size, mapped;   /* bytes */
    uint64_t size_max;       /* it may not grow beyond */
    bool sound;              /* there is a base block, and its checksum is right */
    struct base_block block; /* where it is sound, as it was before the replay */
};

/* Makes room for so many bytes of hive bins data; new ones are zero. False with errno set, and the
 * size as it was, where that fails. */
bool log_target_grow(struct log_target *target, uint32_t bins_size);

/* Makes the base block that of a sound hive after a replay. base holds LOG_START bytes of a log's
 * base block to take the rest from; NULL: the hive's own is kept. */
void log_target_finish(struct log_target *target, const uint8_t *base, uint32_t sequence,
                       uint32_t bins_size);

/* One log. */
struct log_file {
    const struct source *source;
    struct log_use *use;
    struct slice bytes;      /* the whole log, at least LOG_START bytes; of length 0: not read */
    struct base_block block; /* set where there are bytes */
    bool unread;             /* for lack of access or memory */
    bool sound;              /* its base block is; else use->reason says what is wrong */
};

/* Applies the sound logs of one format. Of an entry or a DIRT log nothing is written before all of
 * it is known to be right. */
void log_apply_hvle(struct arena *arena, struct log_target *target, struct log_file *files,
                    size_t nfiles, struct replay *replay);
void log_apply_dirt(struct arena *arena, struct log_target *target, struct log_file *files,
                    size_t nfiles, struct replay *replay);

#endif
