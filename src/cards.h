/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_CARDS_H
#define HIVEAUDIT_CARDS_H

#include "options.h"
#include "rule/card_answer.h"

/* The cards that --card and --cards-from ask about, in the order of the command line, those of
 * --card first. False after a message on standard error: status 2. */
bool cards_load(struct arena *arena, const struct options *options, struct asked_cards *cards);

#endif
