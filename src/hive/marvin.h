/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HIVE_MARVIN_H
#define HIVEAUDIT_HIVE_MARVIN_H

#include <stdint.h>

#include "base/slice.h"

/* Marvin32, the hash that guards entries of transaction logs: all 64 bits of its state. */
uint64_t marvin32(uint64_t seed, struct slice bytes);

#endif
