/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_OPTIONS_TAKE_H
#define HIVEAUDIT_OPTIONS_TAKE_H

#include "options.h"

/* What getopt_long gives for long options that have no short one. */
enum {
    OPT_RULES = 256,
    OPT_EXPECT,
    OPT_RULES_FROM,
    OPT_INVENTORY,
    OPT_NO_DEFAULT_RULES,
    OPT_ENABLE,
    OPT_DISABLE,
    OPT_SEVERITY,
    OPT_LIST_RULES,
    OPT_EXPLAIN,
    OPT_CHECK_RULES,
    OPT_FAIL_ON,
    OPT_MIN_SEVERITY,
    OPT_COLOR,
    OPT_ALLOW_DIRTY,
    OPT_FILES0_FROM,
    OPT_LOG,
    OPT_LOGS,
    OPT_SAVE_RECOVERED,
    OPT_TIMEOUT,
    OPT_SANDBOX,
    OPT_IMAGE,
    OPT_ALL_COPIES,
    OPT_SHADOW_COPIES,
    OPT_RECOVERY_KEY,
    OPT_PASSWORD_FILE,
    OPT_BEK,
    OPT_SYSTEM,
    OPT_HASH,
    OPT_INF_PROFILE,
    OPT_CARD,
    OPT_CARDS_FROM,
    OPT_DECODE,
    OPT_ATR_NAMES,
    OPT_WAIVERS,
    OPT_NOW,
    OPT_BASELINE,
    OPT_FAIL_ON_NEW,
    OPT_GOLDEN,
    OPT_FIX,
    OPT_UNDO,
    OPT_MANIFEST,
    OPT_VERIFY,
    OPT_CASE,
    OPT_EXAMINER,
    OPT_EXHIBIT,
    OPT_NOTE,
};

#define JOBS_MAX 256 /* workers at the same time */

/* Takes one option of the command line with its argument, optarg. False after a message. */
bool options_take(struct arena *arena, struct options *options, int option);

/* Asks for a report, "FORMAT" or "FORMAT=FILE". False after a message. */
bool options_add_output(struct arena *arena, struct options *options, const char *text);

/* Asks for an output, at a path or "-" for standard output. */
void options_append_output(struct arena *arena, struct options *options,
                           const struct format *format, const char *path);

#endif
