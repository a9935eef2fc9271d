/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_OUTPUTS_H
#define HIVEAUDIT_OUTPUTS_H

#include "input/candidates.h"
#include "options.h"
#include "report/report.h"

/* The reports of one run. */
struct outputs {
    struct output *items;
    size_t count;
};

/* Takes out of the files found in folders those that the reports of this run go to, and with
 * --verify those that the run wrote which is made again, unless evidence stands there by now: they
 * are none, and change with each run. */
void outputs_leave_out(const struct options *options, struct candidates *candidates);

/* Whether no report and no repair would take the place of evidence, of what an option reads, but
 * for a baseline, or of the recovered hive, whose file is there already; else there is a message on
 * standard error. */
bool outputs_spare_inputs(const struct options *options, const struct candidates *candidates);

/* Opens the reports that are asked for. False after a message on standard error: none is left. */
bool outputs_open(struct outputs *outputs, struct arena *arena, const struct options *options,
                  const struct run *run);

/* Adds one piece of evidence to each. */
void outputs_add(struct outputs *outputs, const struct audited *audited);

/* Whether nobody is left to read on: every report met an error. */
bool outputs_are_lost(const struct outputs *outputs);

/* Adds the folders in which files are still to be renamed or removed. */
void outputs_list_folders(const struct outputs *outputs, struct arena *arena,
                          struct strings *folders);

/* What has become of a file that the run has written, for a manifest. */
struct report_record outputs_record(struct arena *arena, const char *format, const char *path,
                                    bool is_complete);

/* Ends the reports; good: all else that the run writes is complete. False after a message on
 * standard error where one of them is not. */
bool outputs_close(struct outputs *outputs, const struct totals *totals, bool good);

/* Gives all of them up. */
void outputs_discard(struct outputs *outputs);

#endif
