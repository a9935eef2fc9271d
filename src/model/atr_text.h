/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_ATR_TEXT_H
#define HIVEAUDIT_MODEL_ATR_TEXT_H

#include "model/atr.h"

/* One line for people: convention, protocols, historical bytes, TCK, and what is wrong (with what
 * was expected and found). Never NULL. */
const char *atr_describe(struct arena *arena, struct slice bytes, const struct atr *atr);

/* How a decoded ATR, as far as it is known, violates ISO/IEC 7816-3: "what (got X, want Y)". NULL
 * where it does not. */
const char *atr_describe_violation(struct arena *arena, struct slice bytes, const struct atr *atr);

/* "T=0, T=1": the protocols that an ATR offers, each once. */
const char *atr_describe_protocols(struct arena *arena, const struct atr *atr);

/* Bytes in hex, and what of them is text behind that. */
const char *atr_show_bytes(struct arena *arena, struct slice bytes);

#endif
