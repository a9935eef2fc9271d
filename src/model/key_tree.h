/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_KEY_TREE_H
#define HIVEAUDIT_MODEL_KEY_TREE_H

#include "base/arena.h"
#include "hive/reg_text.h"

/* Keys and values of HKEY_LOCAL_MACHINE\SOFTWARE as writing them in turn leaves them, from nothing:
 * keys and values are added, replaced and removed as regedit would. Names are compared in any
 * letter case; keys and values are sorted by them, as in a hive. */

struct tree_key {
    const char *name; /* as first spelled */
    unsigned line, column;
    const struct reg_value *const *values; /* sorted by name; each name is there once */
    size_t nvalues;
    const struct tree_key *const *subkeys; /* sorted by name */
    size_t nsubkeys;
};

/* The root: SOFTWARE itself, whose name is "". Everything lives in the arena, and refers to keys.
 */
const struct tree_key *key_tree_build(struct arena *arena, const struct reg_key *keys,
                                      size_t nkeys);

/* The key below another with a path, or NULL. */
const struct tree_key *key_tree_find(const struct tree_key *key, const char *path);

#endif
