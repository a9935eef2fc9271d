/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

void codec_demand(struct codec *codec, bool met, const char *fault)
{
    if (!codec->arena || codec->fault || met)
        return;
    codec->fault =
        arena_printf(codec->arena, "%s, at byte %zu", fault, codec->all.len - codec->in.len);
    codec->in.len = 0; /* nothing more is decoded */
}

static void append(struct codec *codec, const void *bytes, size_t len)
{
    if (len > codec->room - codec->len) {
        size_t room;
        if (__builtin_add_overflow(codec->room, len, &room) || room > SIZE_MAX / 4)
            end_out_of_memory();
        codec->room = 2 * room;
        codec->out = realloc(codec->out, codec->room);
        if (!codec->out)
            end_out_of_memory();
    }
    if (len)
        memcpy(codec->out + codec->len, bytes, len);
    codec->len += len;
}

/* Takes bytes off what is left; they are no more than that. */
static const uint8_t *take(struct codec *codec, size_t len)
{
    const uint8_t *bytes = codec->in.ptr;
    codec->in = (struct slice){.ptr = bytes + len, .len = codec->in.len - len};
    return bytes;
}

uint64_t codec_number(struct codec *codec, uint64_t number, size_t size)
{
    uint8_t bytes[8] = {0};
    if (!codec->arena) {
        put_u64(bytes, number);
        append(codec, bytes, size);
        return number;
    }
    codec_demand(codec, size <= codec->in.len, "the bytes end early");
    if (!codec->fault)
        memcpy(bytes, take(codec, size), size);
    return get_u64(bytes);
}

void codec_u32(struct codec *codec, uint32_t *number)
{
    *number = (uint32_t)codec_number(codec, *number, 4);
}

void codec_i64(struct codec *codec, int64_t *number)
{
    *number = (int64_t)codec_number(codec, (uint64_t)*number, 8);
}

void codec_size(struct codec *codec, uint64_t *number)
{
    *number = codec_number(codec, *number, 8);
    codec_demand(codec, *number <= INT64_MAX, "a size or offset is absurd");
}

unsigned codec_choice(struct codec *codec, unsigned value, unsigned count)
{
    value = (unsigned)codec_number(codec, value, 1);
    codec_demand(codec, value < count, "a choice is out of range");
    return codec->fault ? 0 : value;
}

size_t codec_count(struct codec *codec, size_t count, size_t least)
{
    uint64_t number = codec_number(codec, count, 8);
    codec_demand(codec, number <= codec->in.len / least, "a count is larger than what is left");
    return codec->fault ? 0 : (size_t)number;
}

void *codec_array(struct codec *codec, void *items, size_t count, size_t size)
{
    return codec->arena ? arena_alloc(codec->arena, count, size) : items;
}

struct slice codec_slice(struct codec *codec, struct slice bytes)
{
    bytes.len = codec_count(codec, bytes.len, 1);
    if (!codec->arena) {
        append(codec, bytes.ptr, bytes.len);
        return bytes;
    }
    return arena_dup(codec->arena, (struct slice){take(codec, bytes.len), bytes.len});
}

/* Messages may quote what is no valid text, as names of files need not be: what is sent is valid.
 */
static void put_text(struct codec *codec, const char *text)
{
    char sequence[4];
    codec_count(codec, 0, 1);
    size_t start = codec->len;
    for (uint32_t code; (code = text_next(&text));)
        append(codec, sequence, text_put(sequence, code));
    put_u64(codec->out + start - 8, codec->len - start);
}

const char *codec_text(struct codec *codec, const char *text)
{
    if (!codec->arena) {
        put_text(codec, text);
        return text;
    }
    size_t len = codec_count(codec, 0, 1);
    codec_demand(codec, text_is_valid((const char *)codec->in.ptr, len), "a text is not valid");
    if (codec->fault)
        return "";
    return arena_strndup(codec->arena, (const char *)take(codec, len), len);
}

const char *codec_optional_text(struct codec *codec, const char *text)
{
    return codec_choice(codec, text != NULL, 2) ? codec_text(codec, text) : NULL;
}
