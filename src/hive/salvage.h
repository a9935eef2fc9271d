/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_SALVAGE_H
#define HIVEAUDIT_HIVE_SALVAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "hive/image.h"

/* A subkey or value that a list names and that cannot be read, or a list of them that cannot be. */
struct loss_at {
    uint64_t parent; /* file offset of the cell of the key that has it, as hive_key */
    uint64_t offset; /* where its cell is said to be, in the file */
    bool is_value;
    uint32_t count; /* how many are lost there, as far as the hive says */
    const char *reason;
};

/* What a salvage came to. */
struct salvage {
    size_t repairs;       /* places that were changed; 0: there was nothing to repair */
    struct loss_at *lost; /* the first ten thousand, in the arena */
    size_t nlost;
    bool lost_more; /* there are more of them: nobody knows of which keys */
};

/* Repairs an image, not sealed yet, so far that hivex reads what can be read: base block, hive
 * bins, cells, lists of subkeys and of values. Each repair is a DIAG_INCOMPLETE with its file
 * offset. Only what cannot stand is changed, so that a sound hive stays as it is. The image may
 * grow to the end of its last bin. Takes time and memory in proportion to the image, whatever is in
 * it. */
struct salvage hive_salvage(struct arena *arena, struct diags *diags, struct hive_image *image);

#endif
