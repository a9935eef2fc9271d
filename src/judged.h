/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_JUDGED_H
#define HIVEAUDIT_JUDGED_H

#include "message.h"
#include "model/wire.h"
#include "options.h"
#include "queue.h"
#include "recovered.h"
#include "rule/card_answer.h"

/* A piece of evidence, decoded and judged. Everything about it lives in an arena of its own. */
struct judged {
    uint64_t id; /* of its outcome */
    struct arena *arena;
    const char *fault; /* NULL, or why it could not be decoded */
    struct message message;
    struct wire_item item;
    struct findings findings;
    const struct card_answer *answers; /* to the cards of the judge; NULL: nothing was read */
};

/* So many are remembered: copies of one hive lie next to each other, or are of a few kinds. */
#define JUDGED_MAX 16

/* What judging needs, and what it remembers. */
struct judge {
    const struct options *options;
    const struct ruleset *ruleset;
    const struct key_request *requests;
    size_t nrequests;
    struct asked_cards cards; /* these are answered in place of judging */
    struct recovered *recovered;
    struct judged judged[JUDGED_MAX];
};

/* Decodes and judges what a worker sent; identical evidence once, as long as it is remembered. */
struct judged *judge_take(struct judge *judge, const struct outcome *outcome);

/* Forgets what judge_take gave, unless the outcome may come again. */
void judge_release(struct judged *judged, const struct outcome *outcome);

/* Whether it is something else than a SOFTWARE hive, in a place where that may be. */
bool judged_is_passed_over(const struct judged *judged, const struct candidate *candidate);

void judge_end(struct judge *judge);

#endif
