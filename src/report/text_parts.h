/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_TEXT_PARTS_H
#define HIVEAUDIT_REPORT_TEXT_PARTS_H

#include "report/report.h"

/* What the files of the text report share; other reports take words of it. Texts are escaped by the
 * caller. */

#define TEXT_LABEL_WIDTH 16 /* columns of the labels in front of details, indent included */
#define TEXT_WIDTH       80 /* columns of a terminal: only what cannot be broken is wider */

enum color { COLOR_BOLD, COLOR_ERROR, COLOR_WARNING, COLOR_NOTE, COLOR_DIM, COLOR_NONE };

/* Nothing where the output has no colours. */
void text_paint(struct output *output, enum color color);

/* "    ATRMask     ", then what the caller writes; or a whole line. */
void text_write_label(struct output *output, const char *label);
void text_write_line(struct output *output, const char *label, const char *text);

/* The same with prose of any origin, which is escaped here, and wrapped. */
void text_write_prose(struct output *output, struct arena *arena, const char *label,
                      const char *prose);
const char *text_wrap_prose(struct arena *arena, const char *prose);

/* Prose of a rule file, which may break its lines anywhere, as one line. */
const char *text_join_lines(struct arena *arena, const char *prose);

/* Bytes to be compared, one below the other. */
struct text_row {
    const char *label;
    bool is_there; /* else it is left out */
    struct slice bytes;
};

/* Writes rows of bytes, all together where they are longer than a line, with "^^" below each of the
 * nmarked bytes that is marked (not 0). */
void text_write_rows(struct output *output, const struct text_row *rows, size_t count,
                     const uint8_t *marked, size_t nmarked);

/* What a value says: its text, "none" where there is none, or what else it is; escaped. A long text
 * is cut: JSON has all of it. */
const char *text_show_value(struct arena *arena, const struct regval *value);

/* "the value "x"", or "the default value", which has no name; not escaped. */
const char *text_name_value(struct arena *arena, const struct regval *value);

/* What a count leaves to be said: " (1 waived, 2 not shown)"; nothing where all are 0. */
struct aside {
    size_t count;
    const char *what;
};
void text_write_asides(struct output *output, const struct aside *asides, size_t count);

/* How a finding stands: ", new, waived" behind its rule; and who answers for it, until when and
 * why. */
void text_write_standing(struct output *output, const struct finding *finding);
void text_write_waiver(struct output *output, struct arena *arena, const struct waiver *waiver);

/* That the baseline does not have a piece of evidence; and the findings that are gone from it. */
void text_write_unknown(struct output *output, const struct audited *audited);
void text_write_gone(struct output *output, struct arena *arena, const struct audited *audited);

/* Of the whole run: what became of the waivers, and how it differs from the baseline. */
void text_write_standing_totals(struct output *output, const struct totals *totals);

/* "x86, amd64": of bits by enum arch. */
const char *text_list_archs(struct arena *arena, unsigned archs);

/* The cards that were inserted, as far as caches say that; of each cache the first ones. */
void text_write_seen_cards(struct output *output, const struct snapshot *snapshot);

/* All entries of a snapshot, and which cards come to them. */
void text_write_inventory(struct output *output, const struct snapshot *snapshot);

/* What becomes of the cards that were asked about, in one piece of evidence. */
void text_write_cards(struct output *output, const struct audited *audited);

/* "2 cards pair with an entry, 1 with none"; counts are those of struct totals. */
void text_write_card_counts(struct output *output, const size_t counts[2]);

/* With --hash: the files of evidence, before and after the run. */
void text_write_inputs(struct output *output, const struct totals *totals);

#endif
