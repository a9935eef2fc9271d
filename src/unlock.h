/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_UNLOCK_H
#define HIVEAUDIT_UNLOCK_H

#include "options.h"

/* Takes the keys of encrypted volumes from the command line and the files that it names. False
 * after a message on standard error, which never shows a key. */
bool unlock_load(struct arena *arena, const struct options *options, struct unlock *unlock);

#endif
