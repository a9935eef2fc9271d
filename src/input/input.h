/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_INPUT_H
#define HIVEAUDIT_INPUT_INPUT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/source.h"

/* Opens a piece of evidence read-only, without changing its access time where that is allowed: a
 * file, or standard input for "-" (and any other pipe), which is read into memory. Only what starts
 * like a registry hive is taken; all else is named. Returns false after a DIAG_FAILED diagnostic.
 * *source lives in the arena; release its descriptor with input_close. */
bool input_open(struct arena *arena, struct diags *diags, const char *argument,
                struct source *source);
void input_close(struct source *source);

#endif
