/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_DIRTY_H
#define HIVEAUDIT_TESTS_DIRTY_H

/* A dirty hive of registry text, and a log that makes another text of it. */

#include "support.h"

/* The sequence number that the log continues with. */
#define DIRTY_NUMBER 7

struct dirty {
    struct memory_hive *hive, *log;
};

/* The hive is in state "before", and all that its log, named SOFTWARE.LOG1, holds makes "after" of
 * it. */
struct dirty dirty_make(struct arena *arena, const char *before, const char *after);

#endif
