/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RULE_SUGGEST_H
#define HIVEAUDIT_RULE_SUGGEST_H

#include <stddef.h>

/* The best of the words considered so far; word is NULL while none is near. */
struct suggestion {
    const char *word;
    size_t distance;
};

/* Offers a word as what a misspelled one may have meant: near is a third of its letters changed at
 * most, rounded up. */
void suggest_consider(struct suggestion *best, const char *got, const char *word);

#endif
