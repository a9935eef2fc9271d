/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_REPORT_REG_FILE_H
#define HIVEAUDIT_REPORT_REG_FILE_H

#include "report/report.h"
#include "rule/fix.h"

/* A repair as registry text, and what its comments say. */
struct reg_file {
    const struct fix *fix;
    const char *evidence; /* its name, as a text */
    const char *version;  /* of hiveaudit */
    const struct labels *labels;
};

/* The bytes of a .reg that repairs a hive, or that takes this back: UTF-16LE with a byte order
 * mark, lines end with CR and LF. Nothing from evidence leaves its comment or its quotes. In the
 * arena. */
struct slice reg_file_fix(struct arena *arena, const struct reg_file *file);
struct slice reg_file_undo(struct arena *arena, const struct reg_file *file);

#endif
