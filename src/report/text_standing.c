/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/text_parts.h"

#include "base/cleanup.h"
#include "base/text.h"

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

void text_write_standing_totals(struct output *output, const struct totals *totals)
{
    if (totals->waivers)
        write_waivers(output, totals->waivers);
}
