/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_FVE_H
#define HIVEAUDIT_INPUT_FVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/source.h"
#include "input/access.h"

/* What BitLocker (full volume encryption) writes about a volume. The layout is that of libyal's
 * "BitLocker Drive Encryption (BDE) format specification", checked with the samples of cryptsetup.
 */

#define FVE_GUID_SIZE 16
#define FVE_COPIES    3

enum fve_method {
    FVE_CBC_128_DIFFUSER = 0x8000,
    FVE_CBC_256_DIFFUSER = 0x8001,
    FVE_CBC_128 = 0x8002,
    FVE_CBC_256 = 0x8003,
    FVE_XTS_128 = 0x8004,
    FVE_XTS_256 = 0x8005,
};

enum fve_protection {
    FVE_CLEAR_KEY = 0x0000, /* protection is suspended: the key lies there for all */
    FVE_TPM = 0x0100,
    FVE_STARTUP_KEY = 0x0200,
    FVE_TPM_PIN = 0x0500,
    FVE_RECOVERY_KEY = 0x0800,
    FVE_CERTIFICATE = 0x1000, /* a smart card, or a data recovery agent */
    FVE_PASSWORD = 0x2000,
};

enum fve_entry_type { FVE_ENTRY_VMK = 2, FVE_ENTRY_FVEK = 3, FVE_ENTRY_HEADER = 0xf };

enum fve_value_type {
    FVE_VALUE_KEY = 1,
    FVE_VALUE_STRETCH = 3,
    FVE_VALUE_SEALED = 5, /* a key, encrypted by AES-CCM with another */
    FVE_VALUE_VMK = 8,
    FVE_VALUE_EXTERNAL = 9,
    FVE_VALUE_EXTENT = 0xf,
};

/* An entry; what it holds may be entries in turn. */
struct fve_entry {
    uint16_t type, value;
    struct slice data;
};

/* Takes the first entry off a list. False at the end of it, or where it is damaged. */
bool fve_next_entry(struct slice *list, struct fve_entry *entry);
/* The first entry of a list with this kind of value. */
bool fve_find_value(struct slice list, enum fve_value_type value, struct fve_entry *entry);

/* A way to the volume's master key. */
struct fve_protector {
    uint8_t guid[FVE_GUID_SIZE];
    uint16_t protection; /* enum fve_protection, or another */
    struct slice entries;
};

struct fve {
    uint16_t state;  /* 4: all of it is encrypted */
    uint16_t method; /* enum fve_method, or another */
    uint32_t sector_size;
    uint64_t blocks[FVE_COPIES];         /* where these facts lie on the volume, three times */
    uint64_t header_offset, header_size; /* where the first bytes of the volume were moved */
    struct slice fvek;                   /* data of the entry that seals the key of the sectors */
    struct fve_protector *protectors;
    size_t count;
};
#define FVE_BLOCK_SIZE 65536 /* the room that each of the three takes */

/* Whether the first bytes of a volume are those of BitLocker: 512 of them. */
bool fve_is_boot_sector(const uint8_t *sector);

/* Reads what stands on a volume, out of the first of the three copies that is sound. False after a
 * diagnostic. */
bool fve_read(struct access *access, const struct source *volume, struct fve *fve);

/* Prepares what the functions below need, in a process that is not confined yet. False where it is
 * not there. */
bool fve_prepare(void);

/* Takes a recovery key: eight groups of six digits, "-" between them, each 11 times a number of 16
 * bits. Returns the number of the first group that is none, or 0. */
#define FVE_RECOVERY_SIZE 16 /* bytes */
unsigned fve_parse_recovery_key(const char *text, uint8_t bytes[FVE_RECOVERY_SIZE]);

enum fve_unlocked { FVE_UNLOCKED, FVE_LOCKED, FVE_FAILED };

/* Finds the key of the sectors with any of the keys that access has, or by a clear key. Afterwards
 * key has *len bytes. FVE_FAILED after a diagnostic. */
#define FVE_KEY_MAX 64
enum fve_unlocked fve_unlock(struct access *access, const struct fve *fve,
                             uint8_t key[static FVE_KEY_MAX], size_t *len);

/* The decrypted bytes of a volume whose method is AES-XTS. False after a diagnostic. */
bool fve_open_xts(struct access *access, const struct source *volume, const struct fve *fve,
                  const uint8_t *key, struct source *plain);

#endif
