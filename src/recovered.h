/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_RECOVERED_H
#define HIVEAUDIT_RECOVERED_H

#include "model/wire.h"
#include "options.h"
#include "rule/rule.h"

/* The file that --save-recovered asks for. A worker cannot write files: it fills a memfd, and the
 * parent copies that. */
struct recovered {
    const char *path; /* NULL: no file is asked for */
    int memory;       /* what a worker fills; -1: not asked for */
    int file;         /* new, and empty so far; -1: none is written */
    bool saved;       /* memory holds a hive */
};

/* Makes the file, which must not exist yet, if it is asked for and nothing is just made again;
 * memory is for --fix, too. False after a message on standard error. */
bool recovered_open(struct recovered *recovered, const struct options *options);

/* Adds the folder in which the file may still be removed. */
void recovered_list_folder(const struct recovered *recovered, struct arena *arena,
                           struct strings *folders);

/* Looks whether the hive was recovered, and says in its diagnostics where it was not. A hive of any
 * kind will do: that it is not SOFTWARE is no fault, then. */
void recovered_take(struct recovered *recovered, struct wire_item *item);

/* Writes the file, or removes it where there is nothing for it. False after a message on standard
 * error. */
bool recovered_close(struct recovered *recovered);

/* Removes the file. */
void recovered_discard(struct recovered *recovered);

#endif
