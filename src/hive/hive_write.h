/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_HIVE_WRITE_H
#define HIVEAUDIT_HIVE_HIVE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "hive/image.h"
#include "hive/reg_text.h"

/* Makes a hive in memory of nothing but registry texts, applied in turn to an empty hive through
 * hivex: keys and values are added, replaced and removed as regedit would. Problems in the texts
 * are the caller's. Returns the sealed image; fd is -1, and *fault says why in words, where hivex
 * refuses. */
struct hive_image hive_build(struct arena *arena, const struct reg_text *texts, size_t ntexts,
                             const char **fault);

/* Applies a registry text in the same way to a hive in memory that is not sealed, and whose bytes
 * may be hostile. False, with *fault in words, where hivex refuses; the image is of no use then. */
bool hive_apply(struct arena *arena, struct hive_image *image, const struct reg_text *text,
                const char **fault);

#endif
