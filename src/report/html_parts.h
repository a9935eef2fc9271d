/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_HTML_PARTS_H
#define HIVEAUDIT_REPORT_HTML_PARTS_H

#include "base/digest.h"
#include "base/embedded.h"
#include "report/report.h"
#include "rule/inventory.h"

/* What the files of the HTML report share. A page is of bounded size, or no browser would show it:
 * what does not fit is counted, and the page says so. Tags that HTML lets one leave out are. */

/* The style sheet and the script of the page. */
extern const struct embedded html_files[];

/* Where a part of the page is written. */
struct html {
    FILE *stream;
    struct arena *arena; /* lives as long as the part is made */
    const struct run *run;
};

/* printf; any text but one of this program goes through html_text. */
void html_print(const struct html *html, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A text as it stands in an element or a quoted attribute. */
const char *html_text(const struct html *html, const char *text);

/* "Term: text" as a row of a list of facts; the text is escaped here. Bytes, paths and numbers that
 * are compared by eye are code. */
void html_write_fact(const struct html *html, const char *term, const char *text);
void html_write_code(const struct html *html, const char *term, const char *text);

/* A part that is made in memory, to be compared or to be moved. */
struct html_draft {
    struct html html;
    char *text;
    size_t len;
};
void html_begin_draft(struct html_draft *draft, const struct html *like);
/* text and len are set, and released by html_free_draft. */
void html_end_draft(struct html_draft *draft);
void html_free_draft(struct html_draft *draft);

/* Pieces of evidence, by their numbers. */
struct html_range {
    size_t first, last;
};

/* What is the same in several pieces of evidence, and drawn once. */
struct html_group {
    uint8_t digest[DIGEST_SIZE]; /* of all that is drawn */
    size_t number;               /* from 1, in the order in which they came */
    struct html_column *column;  /* of a finding: its rule */
    enum severity severity;
    long offset; /* of the drawing */
    size_t size; /* 0: it did not fit */
    struct html_range *ranges;
    size_t nranges, npieces;
    const char **places; /* the first ones, as rows of a table */
    size_t nplaces;      /* all */
};

struct html_groups {
    struct html_group *items;
    size_t count;
    size_t *slots; /* of a hash table: the index of an item, and 1; 0: free */
    size_t nslots;
};

/* What one rule found. */
struct html_column {
    const struct rule *rule;
    size_t findings[NSEVERITIES];
    size_t npieces; /* that have some */
    size_t order;   /* from 1: the worst comes first */
    size_t row;     /* the last piece that has some, counted from 1 */
    size_t cell;    /* where its cell is in that row */
};

struct html_cell {
    struct html_column *column;
    enum severity severity; /* the worst */
    size_t count;
};

/* A piece of evidence as a row. */
struct html_row {
    const char *name;
    enum evidence_status status;
    struct html_cell *cells;
    size_t ncells;
};

/* Evidence by rules. */
struct html_matrix {
    struct html_column **columns; /* by rule id; html_matrix_sort puts the worst first */
    size_t ncolumns;
    struct html_row *rows; /* the first ones */
    size_t nrows, ncells;
    bool is_cut;
};

/* What is known so far. The evidence stands last in the page, and is kept until the parts in front
 * of it can be written. */
struct html_page {
    struct arena *arena;
    FILE *pieces, *drawings; /* memfds; NULL where there are none */
    size_t npieces;
    size_t nlines; /* of findings, in the parts of evidence */
    bool has_undrawn, has_unlisted;
    struct html_groups findings, entries;
    struct html_matrix matrix;
};

/* The group with a digest, which is made where there is none: npieces is 0 then. Valid until the
 * next call. */
struct html_group *html_groups_find(struct arena *arena, struct html_groups *groups,
                                    const uint8_t *digest);

/* Says that the piece of evidence at hand has what a group draws. */
void html_group_add_piece(struct html_page *page, struct html_group *group);

/* Adds a draft to the drawings; false where they would be too many. */
bool html_group_draw(struct html_page *page, struct html_group *group,
                     const struct html_draft *draft);

/* Copies the drawing of a group into the page. */
void html_write_drawing(const struct html *html, struct html_page *page,
                        const struct html_group *group);

/* "items 1-4, 7", as links, of which there is a limit. */
void html_write_ranges(const struct html *html, const struct html_group *group);

/* Copies a part of a stream to the end of the page. */
void html_copy(const struct html *html, FILE *from, long offset, size_t size);

/* The ATR and the mask of a finding, bit by bit. */
void html_write_grid(const struct html *html, const struct pair_detail *pair);

/* Adds a finding to the findings of the page, and as a line to the piece of evidence. */
void html_add_finding(struct html_page *page, const struct html *piece,
                      const struct finding *finding);
void html_write_findings(const struct html *html, struct html_page *page);

/* An entry of an inventory. */
struct html_involved {
    size_t earlier;   /* the row of the entry that takes cards from it; SIZE_MAX: none */
    bool is_involved; /* it takes cards, or loses some */
};

/* Says of each entry how it stands to others; how many take cards from others or lose some. */
size_t html_find_involved(struct arena *arena, const struct inventory *inventory,
                          struct html_involved **involved);

/* Draws these. */
void html_write_picture(const struct html *html, const struct inventory *inventory,
                        const struct html_involved *involved, size_t ninvolved);

/* Draws which entries take cards from which, and says in the piece of evidence where. */
void html_add_entries(struct html_page *page, const struct html *piece,
                      const struct snapshot *snapshot);
void html_write_entries(const struct html *html, struct html_page *page);

/* Begins the row of a piece of evidence; adds a finding to it, and gives the column of its rule. */
void html_matrix_begin_row(struct html_page *page, const struct audited *audited);
struct html_column *html_matrix_add(struct html_page *page, const struct finding *finding);

/* The worst column comes first from then on: nothing is added behind that. */
void html_matrix_sort(struct html_matrix *matrix);

/* The rules that found something, as a list; and evidence by rules. */
void html_write_rules(const struct html *html, const struct html_page *page);
void html_write_matrix(const struct html *html, const struct html_page *page);

/* A piece of evidence. */
void html_write_piece(struct html_page *page, const struct html *piece,
                      const struct audited *audited);
/* What becomes of the cards that were asked about. */
void html_write_cards(const struct html *html, const struct audited *audited);

/* "1 error, 2 warnings, 0 notes"; "2 cards pair with an entry, 1 with none". */
void html_write_counts(const struct html *html, const size_t findings[NSEVERITIES]);
void html_write_card_counts(const struct html *html, const size_t cards[2]);

/* What all comes to, in front; and what was done by whom, at the end. */
void html_write_summary(const struct html *html, const struct html_page *page,
                        const struct totals *totals);
void html_write_record(const struct html *html, const struct totals *totals);

#endif
