/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_EMBEDDED_H
#define HIVEAUDIT_BASE_EMBEDDED_H

#include <stddef.h>

/* A text file of the source tree, made part of the program by src/embed.sh when it is built. Arrays
 * of them end with a name of NULL. */
struct embedded {
    const char *name, *text;
};

#endif
