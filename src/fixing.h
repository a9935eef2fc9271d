/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_FIXING_H
#define HIVEAUDIT_FIXING_H

#include "judged.h"

/* The files that --fix and --undo ask for. */
struct fixing {
    const struct options *options; /* NULL, as all else: nothing is asked for */
    struct arena *arena;
    struct output fix, undo;
    const char *name;            /* of the evidence, as a text */
    size_t nitems;               /* pieces of evidence that were met: one is wanted */
    bool is_over;                /* and there are no more */
    const struct judged *judged; /* that one; NULL where it could not be read */
    struct findings findings;    /* of that one, with their waivers */
};

/* Makes the files, which come to their place when they are complete. False after a message on
 * standard error. */
bool fixing_open(struct fixing *fixing, struct arena *arena, const struct options *options,
                 const struct run *run);

/* Adds the folders in which the files are still to be renamed or removed. */
void fixing_list_folders(const struct fixing *fixing, struct strings *folders);

/* Takes a piece of evidence that was reported. Whether it may be the one that is to be repaired: it
 * has to stay, then. */
bool fixing_take(struct fixing *fixing, const struct audited *audited, const struct judged *judged);

/* What a worker that tries a repair needs. */
struct fixing_tools {
    const struct judge *judge;
    int hive;    /* the memfd that holds it, with its logs replayed */
    int null_fd; /* /dev/null */
    int stop_fd; /* where it can be read from, the run ends */
};

enum fixing_result {
    FIXING_DONE,    /* the files are there, or none was asked for */
    FIXING_FAILED,  /* after a message on standard error: none is */
    FIXING_STOPPED, /* by a signal; fixing_discard is still to be called */
};

/* Plans the repair, tries it in workers, and writes the files. */
enum fixing_result fixing_run(struct fixing *fixing, const struct fixing_tools *tools);

/* Gives the files up. */
void fixing_discard(struct fixing *fixing);

#endif
