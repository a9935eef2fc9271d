/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_HIVE_H
#define HIVEAUDIT_HIVE_HIVE_H

#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "hive/image.h"

/* An open hive: the one place that reads the tree of keys, through hivex. */
struct hive;

/* The character sets that hivex converts names and texts with. It opens its converters when it
 * first needs them, which a confined process cannot: the C library has to have loaded them before.
 * They stay loaded while these are open. */
struct hive_converters {
    iconv_t handles[4];
};

/* False with errno set where the C library has not all of them. */
bool hive_load_converters(struct hive_converters *converters);
void hive_unload_converters(struct hive_converters *converters);

/* A key: the file offset of its cell, in bytes. Never 0 for a key that exists. */
typedef uint64_t hive_key;

/* Three different facts about something looked for. */
enum hive_result {
    HIVE_OK,
    HIVE_ABSENT,
    HIVE_UNREADABLE, /* hive_fault says why */
};

struct hive_value {
    const char *name;       /* "" is the default value; NULL where it could not be read */
    uint32_t type;          /* REG_... */
    struct slice raw;       /* in the arena */
    const char *unreadable; /* NULL, or why name, type or data could not be read */
};

/* Opens the tree of a sealed image, which stays open as long. NULL after a DIAG_FAILED diagnostic.
 * The arena holds what is read; hive_close releases the rest. */
struct hive *hive_open(struct arena *arena, struct diags *diags, const struct hive_image *image);
void hive_close(struct hive *hive);

hive_key hive_root(const struct hive *hive);

/* Finds a key by its path below another ("A\B\C", literal, in any letter case). *found is set only
 * with HIVE_OK. */
enum hive_result hive_find(struct hive *hive, hive_key from, const char *path, hive_key *found);

/* The subkeys of a key in the order of the hive; the array lives in the arena. */
enum hive_result hive_subkeys(struct hive *hive, hive_key key, hive_key **keys, size_t *count);

/* The values of a key, names and data; one that cannot be read is in the array and says so. */
enum hive_result hive_values(struct hive *hive, hive_key key, struct hive_value **values,
                             size_t *count);

/* The name of a key as text (base/text.h), or NULL: hive_fault says why. */
const char *hive_key_name(struct hive *hive, hive_key key);

/* FILETIME of a key's last write; 0 where it cannot be read. */
int64_t hive_key_last_write(struct hive *hive, hive_key key);

/* What the last call that returned HIVE_UNREADABLE or NULL met, in words. */
const char *hive_fault(const struct hive *hive);

#endif
