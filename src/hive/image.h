/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_IMAGE_H
#define HIVEAUDIT_HIVE_IMAGE_H

#include <stdint.h>

#include "base/diag.h"
#include "base/source.h"

/* The bytes of one hive in a memfd: nothing that happens to the evidence later can reach them, and
 * nothing done to them can reach the evidence. Logs are replayed and damage is repaired there; then
 * it is sealed. */
struct hive_image {
    int fd; /* -1: none */
    uint64_t size;
};

/* Bytes of the largest image. Offsets in a hive have 31 bits; room beyond them is left for the tail
 * that Windows preallocates. */
#define IMAGE_SIZE_MAX (UINT64_C(2) << 30)

/* Copies a source into a memfd, or takes the memfd that it is; not sealed yet. fd is -1 after a
 * DIAG_FAILED diagnostic. */
struct hive_image hive_image_load(const struct source *source, struct diags *diags);

/* The bytes of an image as a source: to copy, to save, to hash. */
struct source hive_image_source(const struct hive_image *image);

/* Seals a memfd against every change. -1 with errno set where that fails. */
int hive_image_seal(int fd);

void hive_image_close(struct hive_image *image);

#endif
