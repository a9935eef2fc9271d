/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MESSAGE_H
#define HIVEAUDIT_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "model/wire.h"

/* What a worker tells its parent, one frame each: any number of items and parts, and an end; or
 * that it needs libraries, and nothing else. */
enum message_kind {
    MESSAGE_ITEM, /* a hive, or what went wrong with an image as a whole */
    MESSAGE_END,  /* all was said */
    MESSAGE_NEED, /* these libraries, besides those it has: it has read nothing yet */
    MESSAGE_PART, /* the image lies in this file, too, which was opened in its folder */
    NMESSAGE_KINDS,
};

struct message {
    enum message_kind kind;
    uint32_t libraries; /* LIBRARY_BITs (input/library.h) */
    /* Of an item. */
    const char *member; /* its way inside of an image; "" is the evidence itself */
    const char *origin; /* of a volume and all its shadow copies the same; NULL where of none */
    uint32_t shadow;    /* the number of the shadow copy; 0: none */
    int64_t created;    /* FILETIME of the shadow copy */
    bool is_certain;    /* a SOFTWARE hive is wanted there: no other content is passed over */
    struct slice facts; /* for wire_decode */
    /* Of a part. */
    struct slice name; /* of its file, in no encoding */
};

/* The bytes of a message, which the caller frees with free(). */
struct slice message_encode(const struct message *message);

/* Takes a message apart: hostile bytes. All of it lives in the arena. Returns NULL, or what is
 * wrong. */
const char *message_decode(struct arena *arena, struct slice bytes, struct message *message);

/* For a worker: sends a message, or one of an item, which has all but the facts. */
void message_send(int out, const struct message *message);
void message_send_item(int out, struct message message, const struct wire_item *item);

#endif
