/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_ATR_REPORT_H
#define HIVEAUDIT_MODEL_ATR_REPORT_H

#include "model/atr.h"

/* All that the ATR of a card says, for people: a line for each byte and fact, "label text\n". Of
 * one that violates ISO/IEC 7816-3, as much as can be decoded, and how it does. */
const char *atr_report(struct arena *arena, struct slice bytes);

/* One such line, for what is known of the card besides; what is too long for it goes on below. */
const char *atr_report_line(struct arena *arena, const char *label, const char *text);

/* Whether it does not violate ISO/IEC 7816-3. */
bool atr_is_sound(struct slice bytes);

#endif
