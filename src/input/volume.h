/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_VOLUME_H
#define HIVEAUDIT_INPUT_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/source.h"
#include "input/access.h"

/* Whether a volume is encrypted by BitLocker, BitLocker To Go with its decoy file system included.
 */
bool bitlocker_is_volume(const struct source *volume);

/* The decrypted bytes of a BitLocker volume: AES-CBC by libbde, AES-XTS by input/fve.h. False after
 * a diagnostic, which says which keys the volume takes where none fits, or where a library is
 * wanted. The volume outlives them. */
bool bitlocker_open(struct access *access, const struct source *volume, struct source *plain);

/* A volume shadow copy. */
struct shadow {
    unsigned number; /* from 1 on, the oldest first */
    int64_t created; /* FILETIME */
    struct source source;
};

/* The shadow copies of an NTFS volume, by libvshadow: none is no error. False after a diagnostic,
 * or where a library is wanted; shadows that cannot be read are left out, with a diagnostic. */
bool shadows_open(struct access *access, const struct source *volume, struct shadow **shadows,
                  size_t *count);

#endif
