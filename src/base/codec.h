/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_CODEC_H
#define HIVEAUDIT_BASE_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* Facts as bytes, for a reader who does not trust the writer. Each function works in both
 * directions, so that a struct is described once: encoding, it appends what it is given and returns
 * that; decoding, it returns what was sent, or after a fault nothing: 0, "", no items. Numbers are
 * little-endian; a count has 8 bytes. {0} encodes; {.arena, .all, .in, .spare} decodes. */
struct codec {
    struct arena *arena; /* decoding: what is decoded lives here; NULL: encoding */
    uint8_t *out; /* encoding: of malloc, the caller frees it; out of memory ends the process */
    size_t len, room;
    struct slice all, in; /* decoding: all that was sent, and what is left of it */
    size_t spare;         /* decoding: bytes that may be made on top of what was sent */
    const char *fault;    /* decoding: the first thing that is wrong, and where; NULL: nothing */
    bool has_places;      /* the caller's own: places in a text go along */
};

/* Decoding, makes a demand that is not met the fault. */
void codec_demand(struct codec *codec, bool met, const char *fault);

/* The lowest bytes of a number, size of them. */
uint64_t codec_number(struct codec *codec, uint64_t number, size_t size);
void codec_u32(struct codec *codec, uint32_t *number);
void codec_i64(struct codec *codec, int64_t *number);

/* A number of bytes or places: at most INT64_MAX, as of a file. */
void codec_size(struct codec *codec, uint64_t *number);

/* One byte below count: an enum, or a bool with a count of 2. */
unsigned codec_choice(struct codec *codec, unsigned value, unsigned count);

/* The count of what takes at least so many bytes each: no more than are left can hold. */
size_t codec_count(struct codec *codec, size_t count, size_t least);

/* Decoding, makes room for as many items, zeroed. Where the count is one of codec_count, memory
 * stays in proportion to what was sent. */
void *codec_array(struct codec *codec, void *items, size_t count, size_t size);

/* Bytes. Decoded, ptr is never NULL. */
struct slice codec_slice(struct codec *codec, struct slice bytes);

/* Text (base/text.h). Encoding takes any string: what fits nothing is sent as U+FFFD. The optional
 * one may be NULL. */
const char *codec_text(struct codec *codec, const char *text);
const char *codec_optional_text(struct codec *codec, const char *text);

#endif
