/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_VERSIONS_H
#define HIVEAUDIT_VERSIONS_H

#include "report/report.h"

/* The libraries that the program runs on, for --version and reports; with those that read images,
 * as far as they are there, where these are wanted, for which it starts a process. */
const struct component *versions_list(struct arena *arena, bool of_images, size_t *count);

#endif
