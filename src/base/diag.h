/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_DIAG_H
#define HIVEAUDIT_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* What a diagnostic means for the evidence it was raised on. */
enum diag_level {
    DIAG_NOTE,       /* worth saying; the audit is complete */
    DIAG_INCOMPLETE, /* something could not be read, or cannot be trusted */
    DIAG_FAILED,     /* nothing could be audited */
};

/* "note", "incomplete", "failed". */
extern const char *const diag_level_names[DIAG_FAILED + 1];

struct diag {
    enum diag_level level;
    const char *key;     /* registry key, or NULL where it concerns the whole evidence */
    const char *message; /* what is wrong (got X, want Y) */
};

/* More than these say no more, and a hostile hive can raise them without end. */
#define DIAGS_MAX 100

/* The diagnostics of one piece of evidence, in the order they were raised; the worst also counts
 * those that were left out. */
struct diags {
    struct arena *arena;
    struct diag *items;
    size_t count;
    enum diag_level worst;
};

/* Adds a diagnostic; key may be NULL and is kept by reference. */
void diag_add(struct diags *diags, enum diag_level level, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds all diagnostics of others. */
void diags_append(struct diags *diags, const struct diags *others);

#endif
