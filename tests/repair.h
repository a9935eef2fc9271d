/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_TESTS_REPAIR_H
#define HIVEAUDIT_TESTS_REPAIR_H

/* Makes right again what guards hives and logs against change, so that damaged ones get past the
 * checks of the program. */

#include <stddef.h>
#include <stdint.h>

/* The checksum of a base block, where there is one. */
void repair_base_block(uint8_t *bytes, size_t len);

/* Both hashes of each entry of a log of the new format, as far as their sizes lead. */
void repair_entries(uint8_t *bytes, size_t len);

/* The hashes of the one entry that starts here; left bytes follow. Returns its size, 0 where there
 * is none. */
size_t repair_entry(uint8_t *entry, size_t left);

#endif
