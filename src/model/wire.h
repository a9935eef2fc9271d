/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_WIRE_H
#define HIVEAUDIT_MODEL_WIRE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "model/snapshot.h"

/* What a worker found out about a piece of evidence, as bytes on their way to the parent. Numbers
 * are little-endian. What follows from other facts (index of subkeys, decoded text, field pointers,
 * full paths of subkeys) is not sent but made again, so that it cannot contradict them. */
struct wire_item {
    struct diags diags;
    struct snapshot snapshot;
    uint64_t size; /* bytes of the evidence */
    bool read;     /* what snapshot_read returned */
};

/* Encodes an item into memory that the caller frees with free(). */
struct slice wire_encode(const struct wire_item *item);

/* Decodes what a worker sent: hostile input, as the worker read hostile evidence. Everything lives
 * in the arena; bytes may go. requests are those that the snapshot answers. Returns NULL, or what
 * is wrong with the bytes; then the item is not to be used. Bytes behind the end are wrong, too. */
const char *wire_decode(struct arena *arena, struct slice bytes, const struct key_request *requests,
                        size_t nrequests, struct wire_item *item);

#endif
