/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_WIRE_KEY_H
#define HIVEAUDIT_MODEL_WIRE_KEY_H

#include "base/codec.h"
#include "model/snapshot.h"

/* Keys and values, for both directions of the wire (base/codec.h). */

/* Where a text says something: of a hive these are 0, and not sent, as there are many. */
void wire_place(struct codec *codec, uint32_t *line, uint32_t *column);

/* Decoding, the path of a subkey. */
const char *wire_path(struct codec *codec, const char *parent, const char *name);

/* What was read of a key that may be absent. */
void wire_content(struct codec *codec, struct regkey *key);

/* A key that was looked for by its path. views: bits of those that it may belong to. */
void wire_regkey(struct codec *codec, struct regkey *key, unsigned views);

/* A key that was found as a subkey: it is there, and only its values were read. */
void wire_entry(struct codec *codec, struct regkey *key, const struct origin *origin);

#endif
