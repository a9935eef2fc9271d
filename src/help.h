/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_HELP_H
#define HIVEAUDIT_HELP_H

#include "worker/sandbox.h"

/* --help, on standard output: one screen. */
void help_print(void);

/* --version, with what is in force of a sandbox. */
void help_print_version(struct arena *arena, const struct sandbox *sandbox);

#endif
