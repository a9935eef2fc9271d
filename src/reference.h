/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REFERENCE_H
#define HIVEAUDIT_REFERENCE_H

#include "options.h"

/* A file that evidence is held against. It is as hostile as evidence is, and read like it: by a
 * worker. */
struct reference {
    const char *option, *path;       /* as on the command line */
    struct arena *arena;             /* of the snapshot */
    const struct snapshot *snapshot; /* NULL until it is read */
};

/* Reads it as a whole: what is missing in it would never be missed. False after messages on
 * standard error. With MODE_RULES_FROM nothing is to be opened behind that. */
bool reference_read(struct reference *reference, const struct options *options);

/* For CLEANUP(reference). */
static inline void cleanup_reference(struct reference *reference)
{
    arena_free(reference->arena);
}

/* "hiveaudit: --expect: driver.inf: what". */
void reference_complain(const struct reference *reference, const char *what);

#endif
