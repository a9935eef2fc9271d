/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_LOGS_H
#define HIVEAUDIT_INPUT_LOGS_H

#include "base/arena.h"
#include "input/input.h"

/* Logs of one hive: Windows has up to three, --log may name more. */
#define LOGS_MAX 8

/* Finds the transaction logs of hives: files beside them with their name and .LOG, .LOG1 or .LOG2,
 * all in any letter case, unless another file is spelled like the log. It keeps the names of the
 * last folder, where the next hive mostly lies, too. Starts as zeros. */
struct log_finder {
    struct arena *arena; /* of the folder at hand */
    const char *folder;  /* NULL: none yet */
    bool is_listed;      /* false: its names are not to be had */
    const char **names;  /* of its files that are named like logs, or SYSTEM, sorted */
    size_t count;
};

/* Opens the logs of a hive, at most three, in that order. One that cannot be opened is there all
 * the same: reading it gives the error. *logs lives in the arena. */
void log_finder_open(struct log_finder *finder, struct arena *arena, const char *hive,
                     struct input **logs, size_t *count);
/* The path of the SYSTEM hive beside a hive that is named SOFTWARE, both in any letter case. NULL
 * where there is none. */
const char *log_finder_find_system(struct log_finder *finder, struct arena *arena,
                                   const char *hive);
void log_finder_end(struct log_finder *finder);

/* Opens a log by its path; one that cannot be opened gives the error when it is read. */
struct input log_open(struct arena *arena, const char *path);

/* ".LOG", ".LOG1", ".LOG2": what names of logs end in. */
#define LOG_SUFFIXES 3
extern const char *const log_suffixes[LOG_SUFFIXES];

/* The end of a name that makes it one of a log: ".LOG", ".LOG1" or ".LOG2" in any letter case. ""
 * where it is none. */
const char *log_suffix(const char *name);

#endif
