/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "message.h"

#include <stdlib.h>

#include "base/codec.h"
#include "worker/worker.h"

static void code_item(struct codec *codec, struct message *message)
{
    message->member = codec_text(codec, message->member);
    message->origin = codec_optional_text(codec, message->origin);
    codec_u32(codec, &message->shadow);
    codec_i64(codec, &message->created);
    message->is_certain = codec_choice(codec, message->is_certain, 2);
    message->facts = codec_slice(codec, message->facts);
}

static void code_message(struct codec *codec, struct message *message)
{
    message->kind = codec_choice(codec, message->kind, NMESSAGE_KINDS);
    if (message->kind == MESSAGE_NEED)
        codec_u32(codec, &message->libraries);
    if (message->kind == MESSAGE_PART)
        message->name = codec_slice(codec, message->name);
    if (message->kind == MESSAGE_ITEM)
        code_item(codec, message);
}

struct slice message_encode(const struct message *message)
{
    struct codec codec = {0};
    struct message copy = *message;
    code_message(&codec, &copy);
    return (struct slice){.ptr = codec.out, .len = codec.len};
}

const char *message_decode(struct arena *arena, struct slice bytes, struct message *message)
{
    struct codec codec = {.arena = arena, .all = bytes, .in = bytes};
    *message = (struct message){0};
    code_message(&codec, message);
    codec_demand(&codec, codec.in.len == 0, "there are bytes behind the end");
    return codec.fault;
}

void message_send(int out, const struct message *message)
{
    struct slice bytes = message_encode(message);
    worker_send(out, bytes);
    free((void *)bytes.ptr);
}

void message_send_item(int out, struct message message, const struct wire_item *item)
{
    struct slice facts = wire_encode(item);
    message.kind = MESSAGE_ITEM;
    message.facts = facts;
    message_send(out, &message);
    free((void *)facts.ptr);
}
