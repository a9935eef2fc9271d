/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include "base/cleanup.h"
#include "base/text.h"

#define MISSING_SHOWN 20 /* pieces of evidence; JSON has all of them */

void text_write_asides(struct output *output, const struct aside *asides, size_t count)
{
    const char *separator = " (";
    for (size_t i = 0; i < count; i++)
        if (asides[i].count) {
            fprintf(output->stream, "%s%zu %s", separator, asides[i].count, asides[i].what);
            separator = ", ";
        }
    if (*separator == ',')
        fputc(')', output->stream);
}

void text_write_standing(struct output *output, const struct finding *finding)
{
    if (finding->baseline == BASELINE_NEW)
        fputs(", new", output->stream);
    if (finding_is_waived(finding))
        fputs(", waived", output->stream);
}

void text_write_waiver(struct output *output, struct arena *arena, const struct waiver *waiver)
{
    if (waiver)
        text_write_prose(output, arena, "waiver",
                         arena_printf(arena, "%s %s, %s: %s",
                                      waiver->is_expired ? "expired on" : "until", waiver->expires,
                                      waiver->owner, waiver->reason));
}

void text_write_unknown(struct output *output, const struct audited *audited)
{
    if (!output->run->baseline || audited->in_baseline)
        return;
    fputs("  ", output->stream);
    text_paint(output, COLOR_NOTE);
    fputs("note", output->stream);
    text_paint(output, COLOR_NONE);
    fputs(": the baseline has no evidence of this name: all of it is new\n", output->stream);
}

static void write_old(struct output *output, struct arena *arena, const struct old_finding *old)
{
    if (!run_shows_gone(output->run, old))
        return;
    fputs("\n  ", output->stream);
    text_paint(output, COLOR_DIM);
    fprintf(output->stream, "gone: %s %s", old->severity, text_escape(arena, old->rule));
    text_paint(output, COLOR_NONE);
    fprintf(output->stream, ": %s\n", text_escape(arena, old->message));
    if (*old->key)
        text_write_line(output, text_escape(arena, old->view), text_escape(arena, old->key));
    if (old->value)
        text_write_line(output, "value",
                        *old->value ? text_escape(arena, old->value) : "(default)");
}

void text_write_gone(struct output *output, struct arena *arena, const struct audited *audited)
{
    for (size_t i = 0; i < audited->ngone; i++)
        write_old(output, arena, &audited->gone[i]);
}

static void write_complaint(struct output *output, struct arena *arena, const struct waiver *waiver)
{
    const char *complaint = waiver_complain(arena, waiver);
    if (complaint)
        fprintf(output->stream, "  %s:%u:%u: %s\n", text_escape(arena, waiver->place.file),
                waiver->place.line, waiver->place.column, text_escape(arena, complaint));
}

/* "waivers, as of 2026-11-21: 3 used, 1 unused, 0 expired". */
static void write_waivers(struct output *output, const struct waivers *waivers)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    size_t expired = 0, unused = 0;
    for (size_t i = 0; i < waivers->count; i++) {
        const struct waiver *waiver = &waivers->items[i];
        expired += waiver->is_expired;
        unused += !waiver->is_expired && !waiver->nfindings;
    }
    fprintf(output->stream, "\nwaivers, as of %s: %zu used, %zu unused, %zu expired\n",
            output->run->now, waivers->count - expired - unused, unused, expired);
    for (size_t i = 0; i < waivers->count; i++)
        write_complaint(output, arena, &waivers->items[i]);
}

/* "baseline old.json: 2 new, 55 unchanged, 1 gone", and what of it was not in this run. */
static void write_baseline(struct output *output, const struct totals *totals)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    fprintf(output->stream, "\nbaseline %s: %zu new, %zu unchanged, %zu gone\n",
            text_escape(arena, output->run->baseline), totals->new, totals->unchanged,
            totals->gone);
    for (size_t i = 0; i < totals->nmissing && i < MISSING_SHOWN; i++)
        fprintf(output->stream, "  not in this run: %s\n", text_escape(arena, totals->missing[i]));
    if (totals->nmissing > MISSING_SHOWN)
        fprintf(output->stream, "  and %zu more\n", totals->nmissing - MISSING_SHOWN);
}

void text_write_standing_totals(struct output *output, const struct totals *totals)
{
    if (totals->waivers)
        write_waivers(output, totals->waivers);
    if (output->run->baseline)
        write_baseline(output, totals);
}
