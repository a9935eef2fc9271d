/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_DISK_CLUSTER_H
#define HIVEAUDIT_INPUT_DISK_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input/access.h"

/* Compressed clusters of qcow2 images. */

/* The bytes of clusters that were read last: who reads a file in small steps meets each often. */
#define CLUSTER_SLOTS 16
#define CLUSTER_BYTES ((size_t)4 * 1024 * 1024) /* of all slots, unless one alone is larger */

struct cluster_slot {
    uint64_t number;
    bool is_full;
    uint8_t *bytes;
};

struct clusters {
    struct access *access;
    size_t size; /* of a cluster */
    bool is_zstd;
    uint8_t *packed; /* room for cluster_packed_max() bytes */
    struct cluster_slot slots[CLUSTER_SLOTS];
};

/* Takes the functions of the library that is wanted. False as access_bind says. */
bool clusters_start(struct clusters *clusters, struct access *access, size_t size, bool is_zstd);

/* The bytes of a cluster that was read before, or NULL. */
const uint8_t *clusters_find(const struct clusters *clusters, uint64_t number);

/* Room for len bytes as they stand in the file, up to twice the size of a cluster. */
uint8_t *clusters_room(struct clusters *clusters, size_t len);

/* The bytes of a cluster out of the first len bytes of that room, until another one takes their
 * place. NULL where they are damaged. */
const uint8_t *clusters_unpack(struct clusters *clusters, uint64_t number, size_t len);

#endif
