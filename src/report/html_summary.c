/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <inttypes.h>

#include "report/describe.h"
#include "rule/atr_names.h"

#define MISSING_MAX 1000 /* pieces of evidence of the baseline that are listed */

/* README and the man page say the same of these numbers. */
static const char *explain_status(const struct html *html, int status)
{
    switch (status) {
    case 0:
        return "All evidence was audited, and nothing fails the audit";
    case 1:
        return html->run->ncards ? "A card pairs with no entry" : "Findings fail the audit";
    case 3:
        return "The audit is incomplete: not all evidence could be read";
    default:
        return "The audit ended with an error: nothing can be relied on";
    }
}

static void write_label(const struct html *html, const char *term, const char *text)
{
    if (text)
        html_write_fact(html, term, text);
}

static void write_standing(const struct html *html, const struct totals *totals)
{
    if (html->run->baseline)
        html_print(html,
                   "<dt>Against the baseline<dd>%zu new, %zu unchanged, %zu gone"
                   "<br><code>%s</code>\n",
                   totals->new, totals->unchanged, totals->gone,
                   html_text(html, html->run->baseline));
    if (html->run->golden)
        html_write_code(html, "Golden hive", html->run->golden);
    if (totals->waivers)
        html_print(html,
                   "<dt>Waivers<dd>%zu finding%s waived, %zu with an expired waiver, as of %s\n",
                   totals->waived, totals->waived == 1 ? "" : "s", totals->expired,
                   html_text(html, html->run->now));
}

/* A page is of bounded size, and must not look complete where it is not. */
static void write_limits(const struct html *html, const struct html_page *page)
{
    if (page->has_undrawn)
        html_print(html,
                   "<p class=\"limit\"><strong>Not all is drawn.</strong> There is more than a "
                   "page can hold. The counts are of all findings; the JSON report has all of "
                   "them.</p>\n");
    if (page->has_unlisted)
        html_print(html,
                   "<p class=\"limit\"><strong>Not all is listed.</strong> The later pieces of "
                   "evidence do not list their findings one by one: each finding says in which "
                   "items it is.</p>\n");
}

void html_write_summary(const struct html *html, const struct html_page *page,
                        const struct totals *totals)
{
    const struct labels *labels = &html->run->labels;
    html_print(html,
               "<section id=\"summary\" class=\"summary\">\n<h2>Summary</h2>\n"
               "<p class=\"verdict status-%d\">%s <span>(exit status %d)</span></p>\n<dl>\n",
               totals->exit_status, explain_status(html, totals->exit_status), totals->exit_status);
    write_label(html, "Case", labels->case_name);
    write_label(html, "Exhibit", labels->exhibit);
    write_label(html, "Examiner", labels->examiner);
    write_label(html, "Note", labels->note);
    html_print(html,
               "<dt>Evidence<dd>%zu piece%s: %zu complete, %zu incomplete, %zu failed\n<dt>%s<dd>",
               page->npieces, page->npieces == 1 ? "" : "s", totals->evidence[EVIDENCE_COMPLETE],
               totals->evidence[EVIDENCE_INCOMPLETE], totals->evidence[EVIDENCE_FAILED],
               html->run->ncards ? "Cards" : "Findings");
    if (html->run->ncards)
        html_write_card_counts(html, totals->cards);
    else
        html_write_counts(html, totals->findings);
    if (html->run->min_severity > SEVERITY_NOTE)
        html_print(html, "<br>shown: %ss and worse", severity_name(html->run->min_severity));
    html_print(html, "\n");
    write_standing(html, totals);
    html_print(html, "</dl>\n");
    write_limits(html, page);
    html_print(html, "</section>\n");
}

static void write_waivers(const struct html *html, const struct waivers *waivers)
{
    html_print(html,
               "<h3>Waivers</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Rule"
               "<th scope=\"col\">Key<th scope=\"col\">Evidence<th scope=\"col\">Until"
               "<th scope=\"col\">Owner<th scope=\"col\">Reason<th scope=\"col\">State"
               "<th scope=\"col\" class=\"number\">Findings<tbody>\n");
    for (size_t i = 0; i < waivers->count; i++) {
        const struct waiver *waiver = &waivers->items[i];
        html_print(html,
                   "<tr><td><code>%s</code><td><code>%s</code><td><code>%s</code>"
                   "<td class=\"date\">%s<td>%s<td>%s<td>%s<td class=\"number\">%zu\n",
                   html_text(html, waiver->rule),
                   waiver->key ? html_text(html, waiver->key) : "any",
                   waiver->evidence ? html_text(html, waiver->evidence) : "any",
                   html_text(html, waiver->expires), html_text(html, waiver->owner),
                   html_text(html, waiver->reason), waiver_state(waiver), waiver->nfindings);
    }
    html_print(html, "</table></div>\n");
}

static void write_missing(const struct html *html, const struct totals *totals)
{
    html_print(html, "<h3>Evidence of the baseline that was not in this run</h3>\n<ul>\n");
    for (size_t i = 0; i < totals->nmissing && i < MISSING_MAX; i++)
        html_print(html, "<li><bdi>%s</bdi>\n", html_text(html, totals->missing[i]));
    html_print(html, "</ul>\n");
    if (totals->nmissing > MISSING_MAX)
        html_print(html, "<p class=\"more\">and %zu more</p>\n", totals->nmissing - MISSING_MAX);
}

static const char *show_digest(const struct html *html, bool has_digest, const uint8_t *digest)
{
    return has_digest ? describe_digest(html->arena, digest) : "none";
}

/* The digest after the run has a line of its own only where it is another. */
static void write_input(const struct html *html, const struct input_record *input)
{
    enum input_state state = input_state(input);
    html_print(html,
               "<tr><td><bdi>%s</bdi><td>%s<td class=\"number\">%" PRIu64 "<td><code>%s</code>",
               html_text(html, input->name), html_text(html, input->role), input->size,
               show_digest(html, input->has_before, input->before));
    if (state == INPUT_CHANGED)
        html_print(html, "<br><code>%s</code>", show_digest(html, input->has_after, input->after));
    html_print(html, input_is_bad(input) ? "<td><strong>%s</strong>\n" : "<td>%s\n",
               input_state_text(state));
}

static void write_inputs(const struct html *html, const struct totals *totals)
{
    html_print(html, "<h3>Files read</h3>\n<div class=\"scroll\"><table><thead><tr>"
                     "<th scope=\"col\">File<th scope=\"col\">Role"
                     "<th scope=\"col\" class=\"number\">Bytes<th scope=\"col\">SHA-256"
                     "<th scope=\"col\">After the run<tbody>\n");
    for (size_t i = 0; i < totals->ninputs; i++)
        write_input(html, &totals->inputs[i]);
    html_print(html, "</table></div>\n");
}

static void write_tool(const struct html *html)
{
    const struct run *run = html->run;
    html_print(html, "<dl>\n");
    html_write_fact(html, "Tool", arena_printf(html->arena, "hiveaudit %s", run->version));
    html_write_fact(html, "Sandbox", run->sandbox);
    html_print(html, "<dt>Libraries<dd>");
    for (size_t i = 0; i < run->nlibraries; i++)
        html_print(html, "%s%s %s", i ? ", " : "", html_text(html, run->libraries[i].name),
                   html_text(html, run->libraries[i].version));
    html_print(html, "\n");
    if (run->names && run->names->file)
        html_write_code(html, "Names of cards", run->names->file);
    html_print(html, "</dl>\n");
}

void html_write_record(const struct html *html, const struct totals *totals)
{
    html_print(html, "<section id=\"record\">\n<h2>Record</h2>\n");
    write_tool(html);
    if (totals->waivers && totals->waivers->count)
        write_waivers(html, totals->waivers);
    if (totals->nmissing)
        write_missing(html, totals);
    if (totals->ninputs)
        write_inputs(html, totals);
    html_print(html, "</section>\n");
}
