/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_ATR_PARSE_H
#define HIVEAUDIT_MODEL_ATR_PARSE_H

#include "model/atr.h"

/* Reads the ATR of a card that a person has written, in any usual spelling of hex: 3B0451FF0800,
 * 3b 04 51 ff 08 00, 3b:04:51:ff:08:00, 0x3B,0x04,0x51,0xFF,0x08,0x00. NULL, or what is wrong: "got
 * X, want Y". */
const char *atr_parse(struct arena *arena, const char *text, struct slice *atr);

/* Likewise bytes that need not be as many as an ATR has. */
const char *atr_parse_bytes(struct arena *arena, const char *text, struct slice *bytes);

#endif
