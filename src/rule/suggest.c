/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/suggest.h"

#include <string.h>

#define WORD_LEN_MAX 63 /* longer words get no suggestion */

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein distance, row by row. */
static size_t distance_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[WORD_LEN_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

void suggest_consider(struct suggestion *best, const char *got, const char *word)
{
    size_t got_len = strlen(got), word_len = strlen(word);
    if (got_len > WORD_LEN_MAX || word_len > WORD_LEN_MAX)
        return;
    size_t distance = distance_of(got, got_len, word, word_len);
    if (distance > (got_len + 2) / 3 || (best->word && distance >= best->distance))
        return;
    *best = (struct suggestion){.word = word, .distance = distance};
}
