/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_DECODE_H
#define HIVEAUDIT_DECODE_H

#include "options.h"

/* --decode: prints what each ATR says. Returns the exit status: 1 where one of them violates
 * ISO/IEC 7816-3. */
int decode_print(struct arena *arena, const struct options *options);

#endif
