/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_READ_KEY_H
#define HIVEAUDIT_MODEL_READ_KEY_H

#include "base/diag.h"
#include "hive/hive.h"
#include "hive/salvage.h"
#include "model/snapshot.h"

/* What reading a hive into a model needs. */
struct reader {
    struct hive *hive;
    struct arena *arena;
    struct diags *diags;
    enum hive_result root_state[NVIEWS]; /* whether the key that holds a view is there */
    hive_key root[NVIEWS];
    const char *root_name[NVIEWS]; /* prefix of its paths, as spelled in the hive: "Wow6432Node\" */
    struct loss_at *lost; /* what salvage had to leave behind, and subkeys without a name */
    size_t nlost;
    bool lost_more; /* any key may have lost some */
};

/* Which parts of a key are wanted. */
enum key_parts { KEY_VALUES = 1, KEY_SUBKEYS = 2 };

/* Finds the views' roots, in any letter case. */
void reader_find_views(struct reader *reader);

/* Whether subkeys of a key are lost. */
bool reader_has_losses(const struct reader *reader, hive_key key);

/* Reads a key by its path below a view's root. What is there and cannot be read, or may have been
 * there, is a DIAG_INCOMPLETE. */
struct regkey reader_read_key(struct reader *reader, enum view view, const char *path,
                              unsigned parts);

/* Reads a key that was found as a subkey. */
struct regkey reader_read_subkey(struct reader *reader, const struct origin *origin,
                                 unsigned parts);

#endif
