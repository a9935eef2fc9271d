/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_PARTITIONS_H
#define HIVEAUDIT_INPUT_PARTITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"

struct partition {
    unsigned number;       /* as Linux counts: 1.. of the table, logical ones of an MBR from 5 on */
    uint64_t offset, size; /* bytes */
};

enum partitions_found { PARTITIONS_NONE, PARTITIONS_MBR, PARTITIONS_GPT };

/* Reads the partition table of a disk: GPT (its second copy where the first is damaged, which is
 * said), or MBR with extended partitions; sectors of 512 or 4096 bytes. Partitions come in the
 * order of their numbers. A table that goes in circles, overlaps, or lies outside the disk is cut
 * there, with a DIAG_INCOMPLETE diagnostic. PARTITIONS_NONE where there is no table. */
enum partitions_found partitions_read(struct arena *arena, struct diags *diags,
                                      const struct source *disk, struct partition **partitions,
                                      size_t *count);

#endif
