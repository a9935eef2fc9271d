/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_LOOKUP_H
#define HIVEAUDIT_LOOKUP_H

#include "input/tree.h"
#include "model/snapshot.h"

/* Where files of a Windows are looked for. */
struct lookup {
    struct tree *tree;
    struct node root;
    bool is_windows; /* root is the Windows folder; else the drive that holds it */
    bool was_said;   /* that the bytes of some DLLs are elsewhere */
};

/* Finds files there, for the model; with their digests where hash is set. It works on the lookup,
 * which has to live as long. */
struct file_finder lookup_finder(struct lookup *lookup, bool hash);

/* Adds the diagnostics about a file that belongs to a hive: they leave its audit incomplete, and do
 * not end it. */
void append_file_faults(struct diags *diags, const char *name, const struct diags *own);

#endif
