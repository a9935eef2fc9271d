/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <inttypes.h>

#include "base/text.h"
#include "report/describe.h"
#include "report/text_parts.h"
#include "rule/card_answer.h"
#include "rule/seen_cards.h"

#define SEEN_MAX 20   /* cards of the caches; JSON has all */
#define GONE_MAX 1000 /* findings of the baseline */
#define LOST_MAX 100  /* entries */

static void write_digest(const struct html *html, const struct hive_facts *hive)
{
    if (hive->has_digest)
        html_write_code(html, "SHA-256", describe_digest(html->arena, hive->digest));
}

static void write_logs(const struct html *html, const struct hive_facts *hive)
{
    for (size_t i = 0; i < hive->nlogs; i++)
        html_write_fact(html, "Log", describe_log(html->arena, &hive->logs[i]));
    if (hive->lost)
        html_write_fact(html, "Lost", hive->lost);
    if (hive->repairs)
        html_write_fact(html, "Repairs",
                        arena_printf(html->arena,
                                     "%" PRIu64 " places, in memory, to read what can be read",
                                     hive->repairs));
}

static void write_hive(const struct html *html, const struct audited *audited)
{
    struct arena *arena = html->arena;
    const struct hive_facts *hive = &audited->snapshot->hive;
    if (audited->shadow)
        html_write_fact(html, "Shadow copy",
                        arena_printf(arena, "%u, made %s", audited->shadow,
                                     text_filetime(arena, audited->created)));
    if (audited->size)
        html_write_fact(html, "Size", arena_printf(arena, "%" PRIu64 " bytes", audited->size));
    if (!hive->known)
        return;
    html_write_fact(html, "State", describe_state(arena, hive));
    html_write_fact(html, "Last written", text_filetime(arena, hive->last_written));
    if (*hive->file_name)
        html_write_code(html, "Its own name", hive->file_name);
    write_digest(html, hive);
    write_logs(html, hive);
}

static void write_system(const struct html *html, const struct system_config *system)
{
    if (system->state == SYSTEM_NONE)
        return;
    html_write_code(html, "SYSTEM hive", system->name);
    if (system->state == SYSTEM_FAILED) {
        html_write_fact(html, "State", "not read");
        return;
    }
    html_write_fact(html, "State", describe_system(html->arena, system));
    write_digest(html, &system->hive);
    write_logs(html, &system->hive);
}

static void write_windows(const struct html *html, const struct snapshot *snapshot)
{
    const struct package_facts *package = snapshot->package;
    if (package) {
        html_write_fact(html, "Text",
                        arena_printf(html->arena, "%s, %s", package_kind_names[package->kind],
                                     encoding_names[package->encoding]));
        return;
    }
    html_write_fact(html, "Windows", describe_os(html->arena, &snapshot->os));
    html_write_fact(html, "Architecture", arch_name(snapshot->os.arch));
}

/* "native: 12 of 14 entries read": where not all of them could be. */
static void write_coverage(const struct html *html, const struct view_config *config,
                           enum view view)
{
    if (config->exists && config->nread < config->nlisted)
        html_write_fact(html, "Coverage",
                        arena_printf(html->arena,
                                     "%s: %" PRIu64 " of %" PRIu64 " entries read as a whole",
                                     view_name(view), config->nread, config->nlisted));
    for (size_t i = 0; i < config->nlost && i < LOST_MAX; i++)
        html_write_fact(
            html, "Lost entry",
            arena_printf(html->arena, "%s: %s", config->lost[i].key, config->lost[i].reason));
}

static void write_entries(const struct html *html, const struct snapshot *snapshot)
{
    for (const struct snapshot *at = snapshot; at; at = at->variant) {
        const char *entries = describe_entries(html->arena, at);
        if (snapshot_is_inf(at))
            entries = arena_printf(html->arena, "%s on %s", entries, arch_name(at->os.arch));
        html_write_fact(html, "Entries", entries);
    }
    for (enum view view = 0; view < NVIEWS; view++)
        write_coverage(html, &snapshot->views[view], view);
}

static void write_seen(const struct html *html, const struct snapshot *snapshot)
{
    struct seen_cards cards = seen_cards_list(html->arena, snapshot);
    for (size_t i = 0; i < cards.count && i < SEEN_MAX; i++) {
        const struct seen_card *seen = &cards.items[i];
        const char *what =
            seen->fault ? arena_printf(html->arena, "%s %s",
                                       text_name_value(html->arena, seen->value), seen->fault)
                        : text_hex(html->arena, seen->atr, " ");
        html_print(html, "<dt>Card seen<dd><code>%s</code> by the %s", html_text(html, what),
                   discovery_steps[seen->cache].cache);
        if (seen->decoded)
            html_print(html, "<br><small>%s</small>", html_text(html, seen->decoded));
    }
    if (cards.count > SEEN_MAX)
        html_print(html, "<dt>Cards seen<dd>and %zu more", cards.count - SEEN_MAX);
}

static void write_diags(const struct html *html, const struct diags *diags)
{
    if (!diags->count)
        return;
    html_print(html, "<ul class=\"diags\">\n");
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        const char *level = diag_level_names[diag->level];
        html_print(html, "<li class=\"%s\"><strong>%s</strong> ", level, level);
        if (diag->key)
            html_print(html, "<code>%s</code> ", html_text(html, diag->key));
        html_print(html, "%s\n", html_text(html, diag->message));
    }
    html_print(html, "</ul>\n");
}

static void write_findings(struct html_page *page, const struct html *html,
                           const struct audited *audited, const struct totals *totals)
{
    size_t nshown = 0;
    for (int severity = (int)html->run->min_severity; severity < NSEVERITIES; severity++)
        nshown += totals->findings[severity];
    if (!nshown)
        return;
    html_print(html, "<div class=\"scroll\"><table class=\"lines\"><thead><tr>"
                     "<th scope=\"col\">Severity<th scope=\"col\">Rule<th scope=\"col\">Key"
                     "<th scope=\"col\">Last written<th scope=\"col\">Cell at<tbody>\n");
    for (size_t i = 0; i < audited->findings.count; i++)
        if (audited->findings.items[i].severity >= html->run->min_severity)
            html_add_finding(page, html, &audited->findings.items[i]);
    html_print(html, "</table></div>\n");
    if (page->has_unlisted)
        html_print(html, "<p class=\"more\">Not all of its findings are listed here: see "
                         "<a href=\"#findings\">Findings</a></p>\n");
}

static void write_gone(const struct html *html, const struct audited *audited)
{
    size_t count = 0;
    for (size_t i = 0; i < audited->ngone; i++) {
        const struct old_finding *old = &audited->gone[i];
        if (!run_shows_gone(html->run, old) || count++ >= GONE_MAX)
            continue;
        html_print(html, "%s<li>%s %s: %s <span class=\"view\">%s</span> <code>%s</code>\n",
                   count == 1 ? "<h4>Gone since the baseline</h4>\n<ul>\n" : "",
                   html_text(html, old->severity), html_text(html, old->rule),
                   html_text(html, old->message), html_text(html, old->view),
                   html_text(html, old->key));
    }
    html_print(html, count ? "</ul>\n" : "");
    if (count > GONE_MAX)
        html_print(html, "<p class=\"more\">and %zu more</p>\n", count - GONE_MAX);
}

/* What the piece comes to. */
static void write_outcome(const struct html *html, const struct audited *audited,
                          const struct totals *totals)
{
    html_print(html, "<span class=\"outcome\"><span class=\"status %s\">%s</span> ",
               evidence_status_name(audited->status), evidence_status_name(audited->status));
    if (audited_was_read(audited) && html->run->ncards)
        html_write_card_counts(html, totals->cards);
    else if (audited_was_read(audited))
        html_write_counts(html, totals->findings);
    html_print(html, "</span>");
}

void html_write_piece(struct html_page *page, const struct html *piece,
                      const struct audited *audited)
{
    const struct snapshot *snapshot = audited->snapshot;
    bool was_read = audited_was_read(audited);
    struct totals totals = {0};
    totals_add(&totals, audited);
    html_print(piece,
               "<details class=\"piece\" id=\"e%zu\" data-status=\"%s\"><summary><h3>"
               "<span class=\"item\">%zu</span> <bdi>%s</bdi></h3>",
               page->npieces, evidence_status_name(audited->status), page->npieces,
               html_text(piece, audited->name));
    write_outcome(piece, audited, &totals);
    html_print(piece, "</summary>\n");
    write_diags(piece, audited->diags);
    if (piece->run->baseline && !audited->in_baseline)
        html_print(piece, "<p>The baseline has no evidence of this name: all of it is new.</p>\n");
    html_print(piece, "<dl>\n");
    if (was_read)
        write_windows(piece, snapshot);
    write_hive(piece, audited);
    write_system(piece, &snapshot->system);
    if (was_read) {
        write_entries(piece, snapshot);
        html_add_entries(page, piece, snapshot);
    }
    if (was_read && !piece->run->ncards)
        write_seen(piece, snapshot);
    html_print(piece, "</dl>\n");
    write_findings(page, piece, audited, &totals);
    write_gone(piece, audited);
    html_write_cards(piece, audited);
    html_print(piece, "</details>\n");
}
