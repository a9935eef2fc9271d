/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_NUMBER_H
#define HIVEAUDIT_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a whole text as a number, decimal or 0x-hexadecimal. */
bool number_parse(const char *text, uint64_t *number);

#endif
