/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_EXAMPLE_FILES_H
#define HIVEAUDIT_EXAMPLE_FILES_H

#include "rule/rule.h"

/* Finds the files of an example, which outlives it: each is no more than a PE header. */
struct file_finder example_files_finder(const struct example *example);

#endif
