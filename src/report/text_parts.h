/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_TEXT_PARTS_H
#define HIVEAUDIT_REPORT_TEXT_PARTS_H

#include "report/report.h"

/* What the files of the text report share. Texts are escaped by the caller. */

#define TEXT_LABEL_WIDTH 16 /* columns of the labels in front of details, indent included */

enum color { COLOR_BOLD, COLOR_ERROR, COLOR_WARNING, COLOR_NOTE, COLOR_DIM, COLOR_NONE };

/* Nothing where the output has no colours. */
void text_paint(struct output *output, enum color color);

/* "    ATRMask     ", then what the caller writes; or a whole line. */
void text_write_label(struct output *output, const char *label);
void text_write_line(struct output *output, const char *label, const char *text);
void text_write_bytes(struct output *output, struct arena *arena, const char *label,
                      struct slice bytes);

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

#endif
