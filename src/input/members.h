/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_MEMBERS_H
#define HIVEAUDIT_INPUT_MEMBERS_H

#include "input/tree.h"

/* A hive in a tree, with its transaction logs. */
struct hive_files {
    struct node hive;
    struct node logs[3]; /* SOFTWARE.LOG, .LOG1, .LOG2 */
    size_t nlogs;
};

/* What is to be audited in a tree. */
struct member {
    struct hive_files software;
    bool is_live;             /* in the folder where Windows keeps it; else anything may be in it */
    bool has_system;          /* the SYSTEM hive lies beside it */
    struct hive_files system; /* where it does */
    struct node windows;      /* of a live one: its Windows folder */
    bool has_drive;           /* the folder above that is in the tree, too */
    struct node drive;
};

/* Where no Windows lies in the root, its folders are looked into: for Windows folders and drives,
 * and outside of them for hives. */
enum members_where {
    MEMBERS_OF_VOLUME, /* hives are told by the name SOFTWARE: a volume may hold a million files */
    MEMBERS_ANYWHERE,  /* hives are told by what is in them */
};

/* Finds the SOFTWARE hives of a tree: the live one of each Windows, and with all_copies every file
 * that starts like a hive. False after a diagnostic where parts could not be looked into; what was
 * found stands. Of a sequential tree, they come in the order of their bytes, else by path. */
bool members_find(struct tree *tree, struct arena *arena, enum members_where where, bool all_copies,
                  struct member **members, size_t *count);

/* The files of a member, for tree_methods.fetch: at most MEMBER_FILES_MAX. */
#define MEMBER_FILES_MAX 8
size_t member_files(const struct member *member, const struct node **files);

#endif
