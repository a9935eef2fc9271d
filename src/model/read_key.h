/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_READ_KEY_H
#define HIVEAUDIT_MODEL_READ_KEY_H

#include "base/diag.h"
#include "hive/hive.h"
#include "hive/salvage.h"
#include "model/key_tree.h"
#include "model/snapshot.h"

/* What reading a hive into a model needs. */
struct reader {
    struct hive *hive;
    const struct tree_key *tree; /* the keys of a text in place of a hive; NULL: none */
    const struct os_build *os;   /* what is known beforehand of a text's Windows; NULL: nothing */
    struct arena *arena;
    struct diags *diags;
    /* By view; VIEW_NONE is the hive's own root. */
    enum hive_result root_state[NVIEWS + 1]; /* whether the key that holds a view is there */
    hive_key root[NVIEWS + 1];
    const char *root_name[NVIEWS + 1]; /* prefix of its paths, as spelled: "Wow6432Node\" */
    struct loss_at *lost; /* what salvage had to leave behind, and subkeys without a name */
    size_t nlost;
    bool lost_more; /* any key may have lost some */
};

/* Which parts of a key are wanted. */
enum key_parts { KEY_VALUES = 1, KEY_SUBKEYS = 2 };

/* The keys that hold the views: "" is the root itself. */
extern const char *const reader_root_names[NVIEWS + 1];

/* Finds the roots: the hive's own, and the views', in any letter case. */
void reader_find_views(struct reader *reader);

/* Whether subkeys of a key are lost. */
bool reader_has_losses(const struct reader *reader, hive_key key);

/* Reads a key by its path below a view's root. What is there and cannot be read, or may have been
 * there, is a DIAG_INCOMPLETE. */
struct regkey reader_read_key(struct reader *reader, enum view view, const char *path,
                              unsigned parts);

/* Likewise a subkey by its name, which stands for itself whatever characters it has. */
struct regkey reader_read_child(struct reader *reader, const struct origin *parent,
                                const char *name, unsigned parts);

/* Reads a key that was found as a subkey. */
struct regkey reader_read_subkey(struct reader *reader, const struct origin *origin,
                                 unsigned parts);

#endif
