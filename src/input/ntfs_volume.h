/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_NTFS_VOLUME_H
#define HIVEAUDIT_INPUT_NTFS_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include <ntfs-3g/volume.h>

#include "base/source.h"
#include "input/access.h"

/* An NTFS volume, mounted by libntfs-3g from a source, which is never written. It remembers why a
 * read failed, for the library mostly says EIO. */
struct ntfs {
    ntfs_volume *volume; /* compares names in their letter case */
    const struct source *source;
    struct ntfs_device_operations operations;
    uint64_t announced;  /* bytes that the volume has by its boot sector */
    uint64_t reads_left; /* until ntfs_expect is called again */
    bool is_beyond_end;  /* something was read that lies behind the source */
    int error;           /* what the source gave; 0: nothing */
};

/* Mounts a volume, until the arena of access is freed. A volume that is longer than its source is
 * mounted, and said to be truncated. NULL after a DIAG_FAILED diagnostic, or where the library is
 * wanted. */
struct ntfs *ntfs_open(struct access *access, const struct source *source);

/* To be called before the library is: there was no error yet, and it may read so many times. */
void ntfs_expect(struct ntfs *ntfs, uint64_t reads);

/* Why the last call of the library failed: what a read met since ntfs_expect, or errno. */
const char *ntfs_explain(const struct ntfs *ntfs, struct arena *arena);

#endif
