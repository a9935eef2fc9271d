/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_INVENTORY_H
#define HIVEAUDIT_RULE_INVENTORY_H

#include "model/snapshot.h"

/* Which cards come to an entry. */
enum verdict {
    VERDICT_PAIRS,       /* those that it matches */
    VERDICT_SHARES,      /* those that it matches, but for some that earlier entries take */
    VERDICT_SHADOWED,    /* none: an earlier entry takes them all */
    VERDICT_NEVER,       /* none: it can match no card */
    VERDICT_NO_ATR,      /* none by their ATR: it has none */
    VERDICT_APPLICATION, /* it is an entry of Windows, for cards with an application */
    VERDICT_UNREADABLE,  /* its ATR or mask cannot be read */
    VERDICT_UNCOMPARED,  /* it was not compared with all earlier ones: there are too many */
    NVERDICTS,
};

/* "pairs", "no-atr". */
extern const char *const verdict_names[NVERDICTS];

/* The values that are listed. */
#define NLISTED_FIELDS 5
extern const enum card_field listed_fields[NLISTED_FIELDS];

/* An entry, in all views where it is the same. */
struct inventory_row {
    const struct card *card; /* the first of them */
    bool in_view[NVIEWS];
    unsigned archs[NVIEWS]; /* of an INF, bits by enum arch: where it is in that view */
    enum verdict verdict;
    const struct card *earlier; /* of VERDICT_SHADOWED: the first that takes its cards; of
                                 * VERDICT_SHARES: the first that takes some of them */
    const char *reason;         /* of VERDICT_NEVER, with the values; of VERDICT_APPLICATION, the
                                 * application. NULL else */
};

struct inventory {
    struct inventory_row *rows; /* in inventory_list by name, which is the order of Windows */
    size_t count;
};

/* All entries of a snapshot and its variants, a row for each view and architecture, in the order of
 * the hive. */
struct inventory inventory_collect(struct arena *arena, const struct snapshot *snapshot);

/* The same by name, and what is alike in several views once. */
struct inventory inventory_list(struct arena *arena, const struct snapshot *snapshot);

/* The mask of an entry's ATR as far as it fits it; ptr is NULL where there is none. */
struct slice inventory_mask(const struct card *card);

#endif
