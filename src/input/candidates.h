/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_CANDIDATES_H
#define HIVEAUDIT_INPUT_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum candidate_kind {
    CANDIDATE_NAMED,  /* an argument: whatever it is, it is reported */
    CANDIDATE_FOUND,  /* a file in a folder: only a SOFTWARE hive is reported, or what may be one */
    CANDIDATE_FAULT,  /* part of a folder that could not be looked into */
    CANDIDATE_FOLDER, /* behind all that was found in a folder */
};

/* Where evidence may lie. */
struct candidate {
    enum candidate_kind kind;
    const char *path;  /* "-" is standard input where it is named */
    uint64_t size;     /* bytes, as far as is known before it is opened */
    const char *fault; /* of CANDIDATE_FAULT */
    uint64_t start;    /* stands for its first bytes, where others have its size */
    bool has_twin;     /* another candidate is a file of the same size that starts alike */
};

struct candidates {
    struct arena *arena;
    bool all_copies; /* of a drive, also hives that are not the live ones */
    struct candidate *items;
    size_t count;
};

/* Adds what an argument names, or all files below a folder: by name, level by level as in
 * a listing, logs and what is no plain file left out, links in it not followed. Of a drive or a
 * Windows folder there, only its SOFTWARE hives are added unless all copies are wanted. */
void candidates_add(struct candidates *candidates, const char *argument);

/* Adds what a file names, each name ended by a NUL as find -print0 does; "-" is standard
 * input. False with errno set where it cannot be read. A list without a name is a fault. */
bool candidates_add_list(struct candidates *candidates, const char *path);

/* Sets has_twin, and says whether any has one. */
bool candidates_find_twins(struct candidates *candidates);

/* Whether a file has the name that Windows gives to its SOFTWARE hive, in any letter case. */
bool is_named_software(const char *path);

/* Whether Windows keeps copies of old hives in folders of this name. */
bool is_old_copy(const char *name);

#endif
