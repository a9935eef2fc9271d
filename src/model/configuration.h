/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_CONFIGURATION_H
#define HIVEAUDIT_MODEL_CONFIGURATION_H

#include "model/read_key.h"
#include "model/snapshot.h"

#define CALAIS "Microsoft\\Cryptography\\Calais"

/* Reads the smart-card configuration out of an open SOFTWARE hive: Windows itself, then cards,
 * readers and providers in each view, policies, ATR caches, and the keys that rules ask for. What
 * cannot be read is a DIAG_INCOMPLETE. */
void configuration_read(struct reader *reader, struct snapshot *snapshot);

#endif
