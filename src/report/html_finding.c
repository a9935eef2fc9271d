/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "report/describe.h"
#include "report/text_parts.h"

#define PLACES_MAX 8     /* of a finding that are listed one by one */
#define LINES_MAX  25000 /* of findings, in all parts of evidence */

static void write_value(const struct html *html, const struct finding *finding)
{
    const struct regval *value = finding->value;
    const char *name = *value->name ? value->name : "(default)";
    html_write_code(html, "Value",
                    arena_printf(html->arena, "%s = %s", name, regval_show(html->arena, value)));
}

static void write_file(const struct html *html, const struct module_file *file)
{
    if (file->state != FILE_PRESENT)
        return;
    html_write_fact(html, "File", describe_file(html->arena, file));
    if (file->has_digest)
        html_write_code(html, "SHA-256", describe_digest(html->arena, file->digest));
}

/* All that is the same wherever a finding is. */
static void write_body(const struct html *html, const struct finding *finding)
{
    const char *severity = severity_name(finding->severity);
    const char *name = *finding->origin->name ? finding->origin->name : finding->origin->key;
    html_print(
        html, "<h4><span class=\"severity %s\">%s</span> <bdi>%s</bdi></h4>\n<p>%s</p>\n<dl>\n",
        severity, severity, *name ? html_text(html, name) : html_text(html, finding->rule->id),
        html_text(html, finding->message));
    if (finding->pair && finding->pair->decoded)
        html_write_fact(html, "Decoded", finding->pair->decoded);
    if (finding->value && (!finding->pair || finding->value->state == VALUE_WRONG_TYPE))
        write_value(html, finding);
    if (finding->golden)
        html_write_code(html, "Golden", regval_show(html->arena, finding->golden));
    if (finding->file)
        write_file(html, finding->file);
    if (finding->archs)
        html_write_fact(html, "On", text_list_archs(html->arena, finding->archs));
    html_print(html, "</dl>\n");
}

static void write_bytes(const struct html *html, struct slice bytes)
{
    html_print(html, "%zu\n", bytes.len);
    if (bytes.len)
        fwrite(bytes.ptr, 1, bytes.len, html->stream);
}

/* What is drawn, and what words may have cut short. */
static void write_evidence(const struct html *html, const struct finding *finding)
{
    const struct pair_detail *pair = finding->pair;
    if (finding->value)
        write_bytes(html, finding->value->raw);
    if (!pair)
        return;
    size_t len = pair->atr.len > pair->mask.len ? pair->atr.len : pair->mask.len;
    write_bytes(html, pair->atr);
    write_bytes(html, pair->mask);
    write_bytes(html, pair->repaired);
    if (pair->marked)
        write_bytes(html, (struct slice){pair->marked, len});
}

/* The group of findings that look the same. */
static struct html_group *find_group(struct html_page *page, const struct html *piece,
                                     const struct finding *finding)
{
    struct html_draft draft;
    uint8_t digest[DIGEST_SIZE];
    html_begin_draft(&draft, piece);
    html_print(&draft.html, "%s\n", finding->rule->id);
    write_body(&draft.html, finding);
    write_evidence(&draft.html, finding);
    html_end_draft(&draft);
    digest_bytes((struct slice){(const uint8_t *)draft.text, draft.len}, digest);
    html_free_draft(&draft);
    return html_groups_find(page->arena, &page->findings, digest);
}

static void draw(struct html_page *page, const struct html *piece, struct html_group *group,
                 const struct finding *finding)
{
    struct html_draft draft;
    html_begin_draft(&draft, piece);
    write_body(&draft.html, finding);
    if (finding->pair)
        html_write_grid(&draft.html, finding->pair);
    html_end_draft(&draft);
    page->has_undrawn |= !html_group_draw(page, group, &draft);
    html_free_draft(&draft);
}

static const char *show_view(const struct html *html, const struct finding *finding)
{
    const char *view = finding->in_system ? "SYSTEM" : view_name(finding->origin->view);
    return finding->origin->view == VIEW_NONE && !finding->in_system
               ? ""
               : arena_printf(html->arena, "<span class=\"view\">%s</span>", view);
}

/* "line 12:1 native KEY". */
static const char *show_place(const struct html *html, const struct finding *finding)
{
    struct text_place place = finding_place(finding);
    const char *line =
        place.line ? arena_printf(html->arena, "line %u:%u ", place.line, place.column) : "";
    return arena_printf(html->arena, "%s%s <code>%s</code>", line, show_view(html, finding),
                        html_text(html, finding->origin->key));
}

static const char *show_waiver(const struct html *html, const struct waiver *waiver)
{
    return arena_printf(html->arena, "%s %s, %s: %s",
                        waiver->is_expired ? "waiver expired on" : "waived until", waiver->expires,
                        html_text(html, waiver->owner), html_text(html, waiver->reason));
}

/* Each in a line of its own. */
static const char *add_remark(const struct html *html, const char *remarks, const char *remark)
{
    return arena_printf(html->arena, "%s<br><small>%s</small>", remarks, remark);
}

/* What is to be said of a finding in one piece of evidence. */
static const char *show_remarks(const struct html *html, const struct finding *finding)
{
    const char *remarks = "";
    if (baseline_state_names[finding->baseline])
        remarks = add_remark(html, remarks, baseline_state_names[finding->baseline]);
    if (finding->waiver)
        remarks = add_remark(html, remarks, show_waiver(html, finding->waiver));
    if (finding->timing != TIMING_BOTH)
        remarks = add_remark(html, remarks, describe_timing(finding->timing));
    if (finding->has_history)
        remarks = add_remark(html, remarks, describe_history(html->arena, finding));
    return remarks;
}

/* When the key was last written, and where its cell is, as cells of a table. */
static const char *show_cell(const struct html *html, const struct origin *origin)
{
    return origin->offset
               ? arena_printf(html->arena, "<td>%s<td>0x%" PRIx64,
                              text_filetime(html->arena, origin->last_write), origin->offset)
               : "<td><td>";
}

static void add_place(struct html_page *page, const struct html *piece, struct html_group *group,
                      const struct finding *finding)
{
    if (group->nplaces++ >= PLACES_MAX || !group->size)
        return;
    if (!group->places)
        group->places = arena_alloc(page->arena, PLACES_MAX, sizeof *group->places);
    group->places[group->nplaces - 1] =
        arena_printf(page->arena, "<tr><td><a href=\"#e%zu\">%zu</a><td>%s%s%s\n", page->npieces,
                     page->npieces, show_place(piece, finding), show_remarks(piece, finding),
                     show_cell(piece, finding->origin));
}

static void write_line(struct html_page *page, const struct html *piece,
                       const struct html_group *group, const struct finding *finding)
{
    const char *severity = severity_name(finding->severity);
    const char *rule = html_text(piece, finding->rule->id);
    const char *link =
        group->size ? arena_printf(piece->arena, "<a href=\"#f%zu\">%s</a>", group->number, rule)
                    : rule;
    html_print(piece, "<tr class=\"%s\"><td class=\"severity\">%s<td>%s<td>%s <bdi>%s</bdi>%s%s\n",
               severity, severity, link, show_view(piece, finding),
               html_text(piece, finding->origin->name), show_remarks(piece, finding),
               show_cell(piece, finding->origin));
    page->nlines++;
}

void html_add_finding(struct html_page *page, const struct html *piece,
                      const struct finding *finding)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct html part = {piece->stream, arena, piece->run};
    struct html_column *column = html_matrix_add(page, finding);
    struct html_group *group = find_group(page, &part, finding);
    if (!group->npieces) {
        group->column = column;
        group->severity = finding->severity;
        draw(page, &part, group, finding);
    }
    html_group_add_piece(page, group);
    add_place(page, &part, group, finding);
    if (page->nlines < LINES_MAX)
        write_line(page, &part, group, finding);
    else
        page->has_unlisted = true;
}

static void write_group(const struct html *html, struct html_page *page,
                        const struct html_group *group)
{
    size_t listed = group->nplaces < PLACES_MAX ? group->nplaces : PLACES_MAX;
    html_print(html, "<article class=\"finding %s\" id=\"f%zu\">\n", severity_name(group->severity),
               group->number);
    html_write_drawing(html, page, group);
    html_print(html, "<div class=\"scroll\"><table class=\"places\"><thead><tr>"
                     "<th scope=\"col\">Item<th scope=\"col\">Key<th scope=\"col\">Last written"
                     "<th scope=\"col\">Cell at<tbody>\n");
    for (size_t i = 0; i < listed; i++)
        fputs(group->places[i], html->stream);
    html_print(html, "</table></div>\n");
    if (group->nplaces > listed) {
        html_print(html, "<p class=\"more\">and %zu more: in all, %zu times in ",
                   group->nplaces - listed, group->nplaces);
        html_write_ranges(html, group);
        html_print(html, "</p>\n");
    }
    html_print(html, "</article>\n");
}

static void write_prose(const struct html *html, const char *term, const char *prose)
{
    if (prose)
        html_write_fact(html, term, text_join_lines(html->arena, prose));
}

/* Only what is an address of the web becomes a link: rule files are the user's. */
static void write_references(const struct html *html, const struct strings *references)
{
    for (size_t i = 0; i < references->count; i++) {
        const char *text = html_text(html, references->items[i]);
        bool is_link = strncmp(text, "https://", strlen("https://")) == 0;
        html_print(html, "%s", i ? "<br>" : "<dt>References<dd>");
        if (is_link)
            html_print(html, "<a href=\"%s\" rel=\"noreferrer\">%s</a>", text, text);
        else
            html_print(html, "%s", text);
    }
}

static void begin_rule(const struct html *html, const struct html_column *column)
{
    const struct rule *rule = column->rule;
    html_print(html, "<section class=\"rule\" id=\"r%zu\">\n<h3>%s <code>%s</code></h3>\n<dl>\n",
               column->order,
               rule->title ? html_text(html, text_join_lines(html->arena, rule->title)) : "",
               html_text(html, rule->id));
    write_prose(html, "Effect", rule->effect);
    write_prose(html, "Remedy", rule->remedy);
    html_print(html, "</dl>\n");
    if (!rule->rationale && !rule->references.count)
        return;
    html_print(html, "<details class=\"why\"><summary>Why this is said</summary><dl>\n");
    write_prose(html, "Why", rule->rationale);
    write_references(html, &rule->references);
    html_print(html, "</dl></details>\n");
}

static int compare_groups(const void *left, const void *right)
{
    const struct html_group *a = *(struct html_group *const *)left;
    const struct html_group *b = *(struct html_group *const *)right;
    if (a->column->order != b->column->order)
        return a->column->order < b->column->order ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static struct html_group **sort_groups(const struct html *html, struct html_groups *groups)
{
    struct html_group **sorted =
        arena_alloc(html->arena, groups->count, sizeof(struct html_group *));
    for (size_t i = 0; i < groups->count; i++)
        sorted[i] = &groups->items[i];
    if (groups->count)
        qsort(sorted, groups->count, sizeof *sorted, compare_groups);
    return sorted;
}

void html_write_findings(const struct html *html, struct html_page *page)
{
    struct html_group **sorted = sort_groups(html, &page->findings);
    const struct html_column *column = NULL;
    for (size_t i = 0; i < page->findings.count; i++) {
        if (sorted[i]->column != column) {
            html_print(html, column ? "</section>\n" : "");
            column = sorted[i]->column;
            begin_rule(html, column);
        }
        if (sorted[i]->size)
            write_group(html, page, sorted[i]);
    }
    html_print(html, column ? "</section>\n" : "");
}
