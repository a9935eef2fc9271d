/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_STANDING_H
#define HIVEAUDIT_STANDING_H

#include "options.h"

/* What findings are held against: waivers, and an earlier report. Starts as zeros. */
struct standing {
    const char *now;         /* the day of the run; NULL: there are no waivers */
    struct rule_files files; /* of waivers */
    struct waivers waivers;
    const char *baseline_path; /* as a text; NULL: there is none */
    struct baseline baseline;
};

/* Reads what the options name. False after a message on standard error. */
bool standing_load(struct standing *standing, struct arena *arena, const struct options *options,
                   const struct ruleset *ruleset);

/* Says of the findings how they stand. They become a copy in the arena, as identical evidence
 * shares them. */
void standing_apply(struct standing *standing, struct arena *arena, struct audited *audited);

/* Once all is audited. */
void standing_end(const struct standing *standing, struct arena *arena, struct totals *totals);

/* Says on standard error which waivers have expired or waived nothing. */
void standing_complain(const struct standing *standing);

#endif
