/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_PACKAGE_INF_ADDREG_H
#define HIVEAUDIT_PACKAGE_INF_ADDREG_H

#include "package/inf_text.h"

/* What one line of an AddReg section does. */
struct inf_write {
    const char *path; /* with its root: "HKEY_LOCAL_MACHINE\SOFTWARE\..." */
    bool is_32bit;    /* in the 32-bit view of a 64-bit Windows (flag 32BITKEY) */
    bool removes_key;
    bool has_value; /* else the key alone */
    struct reg_value value;
    unsigned line, column;
};

/* Sets the writes of a section from its lines, the first time that it is called for it, and adds
 * what is wrong with these. Lines that write to the key of a device have no write. */
void inf_read_writes(struct inf *inf, struct inf_section *section);

/* The path of a write on a Windows of a bitness. */
const char *inf_write_path(struct inf *inf, const struct inf_write *write, bool is_64bit);

#endif
