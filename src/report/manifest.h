/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_MANIFEST_H
#define HIVEAUDIT_REPORT_MANIFEST_H

#include "report/report.h"

/* The record of a run, by which it can be made again and compared (--manifest, --verify). */

#define MANIFEST_KIND           "hiveaudit-manifest"
#define MANIFEST_SCHEMA_VERSION "1"
#define MANIFEST_SIZE_MAX       ((size_t)128 << 20) /* bytes: 100,000 hives with a log each */
#define MANIFEST_ARGUMENTS_MAX  100000

/* Something that a manifest says, to be compared with what another says; all are texts. */
struct fact {
    const char *kind, *name; /* "evidence", "SOFTWARE"; several may be alike, in their order */
    const char *value;
    bool is_of_evidence; /* or a file of it: where this is missing, it cannot be read as it could */
    unsigned rank;       /* of evidence, how little could be read: 0 is all */
    bool is_aside;       /* another value is said, and no fault */
    size_t number;       /* its order */
};

struct manifest {
    struct strings arguments;
    const char *directory; /* NULL: it was gone */
    const char *now;       /* NULL: none */
    struct fact *facts;
    size_t nfacts;
};

/* What came of a comparison. */
struct comparison {
    const struct manifest *expected;
    size_t ndifferences;
    bool has_losses; /* evidence cannot be read as it could */
};

/* Takes a manifest apart: hostile bytes. NULL, or what is wrong with them. */
const char *manifest_read(struct arena *arena, struct slice bytes, struct manifest *manifest);

/* Neither is among the formats of --output: they are the last ones that are written. The verdict
 * makes a manifest of the run and says how it differs from that of run->comparison. */
extern const struct format manifest_format, verdict_format;

#endif
