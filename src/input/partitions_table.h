/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_PARTITIONS_TABLE_H
#define HIVEAUDIT_INPUT_PARTITIONS_TABLE_H

#include <stdbool.h>

#include "input/partitions.h"

/* What the readers of both kinds of tables share. */

#define PARTITIONS_MAX 256 /* as many as Linux takes of a disk */

/* Sectors of disks: the smaller one is by far the more frequent. */
#define SECTOR_MIN 512
#define SECTOR_MAX 4096

struct partition_table {
    struct arena *arena;
    struct diags *diags;
    const struct source *disk;
    struct partition *items;
    size_t count;
    bool is_full; /* PARTITIONS_MAX was said */
};

/* Adds a partition of count sectors from a sector on; what overlaps another one, or lies outside
 * the disk, is left out or cut, which is said. */
void partition_add(struct partition_table *table, unsigned number, uint64_t sector, uint64_t count,
                   unsigned sector_size);

/* Adds the partitions of a GPT, none where both copies are damaged, which is said. False where
 * there is no GPT and none is expected. */
bool partitions_read_gpt(struct partition_table *table, bool is_expected);

#endif
