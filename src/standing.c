/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "standing.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "report/json_baseline.h"

#define BASELINE_SIZE_MAX ((size_t)512 << 20) /* bytes: some 10,000 hives with many findings */

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
    if (!options->waiver_paths.count)
        return true;
    standing->now = options->now ? options->now : find_today(arena);
    for (size_t i = 0; i < options->waiver_paths.count; i++)
        rule_files_add_path(&errors, &standing->files, options->waiver_paths.items[i]);
    standing->waivers = waivers_load(&errors, ruleset, &standing->files, standing->now);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "hiveaudit: %s\n", errors.items[i]);
    return errors.count == 0;
}

/* What the baseline left out by its severity is not compared, which must not look like nothing new.
 */
static void check_severity(const struct options *options, const struct baseline *baseline)
{
    if (baseline->min_severity > options->min_severity)
        fprintf(stderr,
                "hiveaudit: --baseline: %s: was written with --min-severity=%s: what is below is "
                "not compared\n",
                options->baseline, severity_name(baseline->min_severity));
}

static bool load_baseline(struct standing *standing, struct arena *arena,
                          const struct options *options)
{
    CLEANUP(arena) struct arena *of_file = arena_new();
    struct slice bytes;
    if (!options->baseline)
        return true;
    standing->baseline_path = text_from_utf8(arena, options->baseline, strlen(options->baseline));
    const char *fault = file_read(of_file, options->baseline, BASELINE_SIZE_MAX, &bytes);
    if (!fault)
        fault = json_read_baseline(arena, bytes, &standing->baseline);
    malloc_trim(0); /* what JSON took: every worker would be forked with the page tables of that */
    if (fault)
        fprintf(stderr, "hiveaudit: --baseline: %s: %s\n", options->baseline,
                text_escape(of_file, fault));
    else
        check_severity(options, &standing->baseline);
    return !fault;
}

bool standing_load(struct standing *standing, struct arena *arena, const struct options *options,
                   const struct ruleset *ruleset)
{
    return load_waivers(standing, arena, options, ruleset) &&
           load_baseline(standing, arena, options);
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
    size_t ngone;
    if (!standing->now && !standing->baseline_path)
        return;
    copy_findings(arena, &audited->findings);
    if (standing->now)
        waivers_apply(&standing->waivers, audited->name, &audited->findings);
    if (!standing->baseline_path)
        return;
    audited->gone = baseline_compare(arena, &standing->baseline, audited->name, &audited->findings,
                                     &ngone, &audited->in_baseline);
    /* What could not be read may still be there. */
    audited->ngone = audited->status == EVIDENCE_COMPLETE ? ngone : 0;
}

void standing_end(const struct standing *standing, struct arena *arena, struct totals *totals)
{
    const struct baseline *baseline = &standing->baseline;
    totals->waivers = standing->now ? &standing->waivers : NULL;
    totals->missing = arena_alloc(arena, baseline->count, sizeof *totals->missing);
    for (size_t i = 0; i < baseline->count; i++)
        if (!baseline->evidence[i].is_seen)
            totals->missing[totals->nmissing++] = baseline->evidence[i].name;
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
