/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <stdlib.h>

#include "report/text_parts.h"

#define CELLS_MAX        100000 /* of the table, with those that are empty */
#define COLUMNS_MAX      60     /* of the table; the list of rules has all */
#define COLUMNS_ON_PAPER 24

static const char letters[NSEVERITIES] = {'N', 'W', 'E'};

/* Where a rule stands among those that found something, or would. */
static size_t find_column(const struct html_matrix *matrix, const struct rule *rule)
{
    size_t low = 0, high = matrix->ncolumns;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(matrix->columns[middle]->rule->id, rule->id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct html_column *get_column(struct html_page *page, const struct rule *rule)
{
    struct html_matrix *matrix = &page->matrix;
    size_t at = find_column(matrix, rule);
    if (at < matrix->ncolumns && matrix->columns[at]->rule == rule)
        return matrix->columns[at];
    struct html_column *column = arena_alloc(page->arena, 1, sizeof *column);
    column->rule = rule;
    matrix->columns =
        arena_grow(page->arena, matrix->columns, matrix->ncolumns, sizeof(struct html_column *));
    memmove(&matrix->columns[at + 1], &matrix->columns[at],
            (matrix->ncolumns++ - at) * sizeof(struct html_column *));
    return matrix->columns[at] = column;
}

void html_matrix_begin_row(struct html_page *page, const struct audited *audited)
{
    struct html_matrix *matrix = &page->matrix;
    matrix->is_cut |= matrix->nrows == CELLS_MAX || matrix->ncells >= CELLS_MAX;
    if (matrix->is_cut)
        return;
    matrix->rows = arena_grow(page->arena, matrix->rows, matrix->nrows, sizeof *matrix->rows);
    matrix->rows[matrix->nrows++] = (struct html_row){
        .name = arena_strdup(page->arena, audited->name), .status = audited->status};
}

static struct html_cell *get_cell(struct html_page *page, struct html_row *row,
                                  struct html_column *column)
{
    if (column->row != page->npieces) {
        row->cells = arena_grow(page->arena, row->cells, row->ncells, sizeof *row->cells);
        row->cells[row->ncells] = (struct html_cell){.column = column};
        column->cell = row->ncells++;
        page->matrix.ncells++;
    }
    return &row->cells[column->cell];
}

struct html_column *html_matrix_add(struct html_page *page, const struct finding *finding)
{
    struct html_matrix *matrix = &page->matrix;
    struct html_column *column = get_column(page, finding->rule);
    column->findings[finding->severity]++;
    if (!matrix->is_cut) {
        struct html_cell *cell = get_cell(page, &matrix->rows[matrix->nrows - 1], column);
        cell->count++;
        if (finding->severity > cell->severity)
            cell->severity = finding->severity;
    }
    column->npieces += column->row != page->npieces;
    column->row = page->npieces;
    return column;
}

/* By what is worst first, then by how many pieces of evidence have it. */
static int compare_columns(const void *left, const void *right)
{
    const struct html_column *a = *(struct html_column *const *)left;
    const struct html_column *b = *(struct html_column *const *)right;
    for (int severity = NSEVERITIES - 1; severity >= 0; severity--)
        if (!a->findings[severity] != !b->findings[severity])
            return a->findings[severity] ? -1 : 1;
    if (a->npieces != b->npieces)
        return a->npieces > b->npieces ? -1 : 1;
    return strcmp(a->rule->id, b->rule->id);
}

void html_matrix_sort(struct html_matrix *matrix)
{
    if (matrix->ncolumns)
        qsort(matrix->columns, matrix->ncolumns, sizeof *matrix->columns, compare_columns);
    for (size_t i = 0; i < matrix->ncolumns; i++)
        matrix->columns[i]->order = i + 1;
}

/* What a rule found at its worst. */
static enum severity find_worst(const struct html_column *column)
{
    int severity = NSEVERITIES - 1;
    while (severity && !column->findings[severity])
        severity--;
    return (enum severity)severity;
}

/* In how many pieces of evidence, where there are several. */
static void write_share(const struct html *html, const struct html_page *page,
                        const struct html_column *column)
{
    size_t percent = (column->npieces * 100 + page->npieces - 1) / page->npieces;
    html_print(html,
               "<td class=\"number\">%zu<td class=\"bar\"><svg width=\"100\" height=\"8\" "
               "aria-hidden=\"true\"><rect width=\"%zu\" height=\"8\"/></svg>",
               column->npieces, percent);
}

static void write_rule(const struct html *html, const struct html_page *page,
                       const struct html_column *column)
{
    const char *severity = severity_name(find_worst(column)), *title = column->rule->title;
    size_t findings = 0;
    for (int i = 0; i < NSEVERITIES; i++)
        findings += column->findings[i];
    html_print(html,
               "<tr class=\"%s\"><td class=\"severity\">%s<th scope=\"row\">"
               "<a href=\"#r%zu\">%s</a><td>%s<td class=\"number\">%zu",
               severity, severity, column->order, html_text(html, column->rule->id),
               title ? html_text(html, text_join_lines(html->arena, title)) : "", findings);
    if (page->npieces > 1)
        write_share(html, page, column);
    html_print(html, "\n");
}

void html_write_rules(const struct html *html, const struct html_page *page)
{
    const struct html_matrix *matrix = &page->matrix;
    html_print(html,
               "<div class=\"scroll\"><table class=\"rules\"><thead><tr>"
               "<th scope=\"col\">Severity<th scope=\"col\">Rule<th scope=\"col\">What it says"
               "<th scope=\"col\" class=\"number\">Findings%s<tbody>\n",
               page->npieces > 1 ? "<th scope=\"col\" class=\"number\">Items<th scope=\"col\">Share"
                                 : "");
    for (size_t i = 0; i < matrix->ncolumns; i++)
        write_rule(html, page, matrix->columns[i]);
    html_print(html, "</table></div>\n");
}

/* How many bytes all names start with alike, up to the end of a folder. */
static size_t find_folder(const struct html_matrix *matrix)
{
    const char *first = matrix->nrows ? matrix->rows[0].name : "";
    const char *end = strrchr(first, '/');
    size_t len = end ? (size_t)(end - first) + 1 : 0;
    for (size_t i = 1; i < matrix->nrows; i++) {
        const char *name = matrix->rows[i].name;
        size_t same = 0;
        while (same < len && name[same] == first[same])
            same++;
        while (same && first[same - 1] != '/')
            same--;
        len = same;
    }
    return len;
}

static void write_row(const struct html *html, const struct html_row *row, size_t number,
                      size_t folder, size_t ncolumns, const struct html_cell **cells)
{
    memset(cells, 0, ncolumns * sizeof *cells);
    for (size_t i = 0; i < row->ncells; i++)
        if (row->cells[i].column->order <= ncolumns)
            cells[row->cells[i].column->order - 1] = &row->cells[i];
    html_print(html, "<tr><th scope=\"row\"><a href=\"#e%zu\">%zu</a> <bdi>%s</bdi>", number,
               number, html_text(html, row->name + folder));
    if (row->status != EVIDENCE_COMPLETE)
        html_print(html, " <em>%s</em>", evidence_status_name(row->status));
    for (size_t i = 0; i < ncolumns; i++)
        if (cells[i])
            html_print(html, "<td class=\"%s\">%c%zu", severity_name(cells[i]->severity),
                       letters[cells[i]->severity], cells[i]->count);
        else
            html_print(html, "<td>");
    html_print(html, "\n");
}

static void write_heads(const struct html *html, const struct html_matrix *matrix, size_t folder,
                        size_t ncolumns)
{
    const char *name = folder ? arena_strndup(html->arena, matrix->rows[0].name, folder) : "";
    html_print(html,
               "<div class=\"scroll matrix%s\"><table><caption>E: errors, W: warnings, N: notes, "
               "and how many.%s<bdi>%s</bdi></caption><thead><tr><th scope=\"col\">Item",
               ncolumns > COLUMNS_ON_PAPER ? " wide" : "", folder ? " All items are below " : "",
               html_text(html, name));
    for (size_t i = 0; i < ncolumns; i++)
        html_print(html, "<th scope=\"col\"><a href=\"#r%zu\">%s</a>", matrix->columns[i]->order,
                   html_text(html, matrix->columns[i]->rule->id));
    html_print(html, "<tbody>\n");
}

static void write_omitted(const struct html *html, const struct html_page *page, size_t nrows,
                          size_t ncolumns)
{
    if (page->matrix.ncolumns > ncolumns)
        html_print(html, "<p class=\"more\">The %zu worst rules are shown, of %zu.</p>\n", ncolumns,
                   page->matrix.ncolumns);
    if (page->npieces > nrows)
        html_print(html,
                   "<p class=\"more\">The first %zu pieces of evidence are shown, of %zu.</p>\n",
                   nrows, page->npieces);
}

void html_write_matrix(const struct html *html, const struct html_page *page)
{
    const struct html_matrix *matrix = &page->matrix;
    size_t ncolumns = matrix->ncolumns < COLUMNS_MAX ? matrix->ncolumns : COLUMNS_MAX;
    size_t nrows = CELLS_MAX / (ncolumns ? ncolumns : 1);
    nrows = matrix->nrows < nrows ? matrix->nrows : nrows;
    const struct html_cell **cells = arena_alloc(html->arena, ncolumns, sizeof *cells);
    size_t folder = find_folder(matrix);
    write_heads(html, matrix, folder, ncolumns);
    for (size_t i = 0; i < nrows; i++)
        write_row(html, &matrix->rows[i], i + 1, folder, ncolumns, cells);
    html_print(html, "</table></div>\n");
    if (ncolumns > COLUMNS_ON_PAPER)
        html_print(
            html,
            "<p class=\"paper\">This table has %zu rules, more than a sheet of paper is wide, and "
            "is on the screen only. Each finding says in which items it is.</p>\n",
            ncolumns);
    write_omitted(html, page, nrows, ncolumns);
}
