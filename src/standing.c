/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "standing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"

/* The one look at the clock; in UTC, as all times in reports. */
static const char *find_today(struct arena *arena)
{
    time_t now = time(NULL);
    struct tm day = {0};
    gmtime_r(&now, &day);
    return arena_printf(arena, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

static bool load_waivers(struct standing *standing, struct arena *arena,
                         const struct options *options, const struct ruleset *ruleset)
{
    struct rule_errors errors = {.arena = arena};
    struct rule_files files = {0};
    if (!options->waiver_paths.count)
        return true;
    standing->now = options->now ? options->now : find_today(arena);
    for (size_t i = 0; i < options->waiver_paths.count; i++)
        rule_files_add_path(&errors, &files, options->waiver_paths.items[i]);
    standing->waivers = waivers_load(&errors, ruleset, &files, standing->now);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "hiveaudit: %s\n", errors.items[i]);
    return errors.count == 0;
}

bool standing_load(struct standing *standing, struct arena *arena, const struct options *options,
                   const struct ruleset *ruleset)
{
    return load_waivers(standing, arena, options, ruleset);
}

static void copy_findings(struct arena *arena, struct findings *findings)
{
    struct finding *copy = arena_alloc(arena, findings->count, sizeof *copy);
    if (findings->count)
        memcpy(copy, findings->items, findings->count * sizeof *copy);
    findings->items = copy;
}

void standing_apply(struct standing *standing, struct arena *arena, struct audited *audited)
{
    if (!standing->now)
        return;
    copy_findings(arena, &audited->findings);
    waivers_apply(&standing->waivers, audited->name, &audited->findings);
}

void standing_count(const struct finding *finding, struct totals *totals)
{
    if (finding->waiver)
        ++*(finding->waiver->is_expired ? &totals->expired : &totals->waived);
}

void standing_end(const struct standing *standing, struct totals *totals)
{
    totals->waivers = standing->now ? &standing->waivers : NULL;
}

void standing_complain(const struct standing *standing)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    for (size_t i = 0; i < standing->waivers.count; i++) {
        const struct waiver *waiver = &standing->waivers.items[i];
        const char *complaint = waiver_complain(arena, waiver);
        if (complaint)
            fprintf(stderr, "hiveaudit: %s:%u:%u: %s\n", text_escape(arena, waiver->place.file),
                    waiver->place.line, waiver->place.column, text_escape(arena, complaint));
    }
}
