/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_KNOWN_H
#define HIVEAUDIT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/slice.h"

/* What came of evidence, which several candidates may share. Its memory is counted by references.
 */
struct shared_outcome {
    uint64_t id;
    bool may_recur; /* other evidence may be identical: it has a digest */
    uint8_t digest[DIGEST_SIZE];
    struct slice *results; /* items that its worker sent; malloc'ed */
    size_t nresults;
    size_t size;       /* bytes of all results that are still there */
    const char *fault; /* malloc'ed; NULL: none */
    bool is_over;      /* nothing more comes */
    unsigned references;
};

/* So much is remembered of evidence that may come again. */
#define KNOWN_MAX       1024
#define KNOWN_BYTES_MAX ((size_t)8 << 20)

/* What was handed over, the oldest first. Starts as zeros. */
struct known {
    struct shared_outcome *items[KNOWN_MAX]; /* a ring */
    size_t first, count, bytes;
    uint64_t next_id;
};

struct shared_outcome *outcome_new(struct known *known);
struct shared_outcome *outcome_share(struct shared_outcome *shared);
void outcome_release(struct shared_outcome *shared);

/* Adds a result, which is the outcome's then. */
void outcome_add(struct shared_outcome *shared, struct slice result);

/* Gives up a result that nobody wants any more. */
void outcome_drop(struct shared_outcome *shared, size_t index);

/* Ends an outcome, with a fault or NULL, of which it keeps a copy. */
void outcome_end(struct shared_outcome *shared, const char *fault);

/* Remembers an outcome; the oldest are forgotten for it. */
void known_add(struct known *known, struct shared_outcome *shared);
struct shared_outcome *known_find(const struct known *known, const uint8_t *digest);
void known_end(struct known *known);

#endif
