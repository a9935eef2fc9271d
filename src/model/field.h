/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_FIELD_H
#define HIVEAUDIT_MODEL_FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Registry value types (winnt.h). */
enum {
    REG_NONE = 0,
    REG_SZ = 1,
    REG_EXPAND_SZ = 2,
    REG_BINARY = 3,
    REG_DWORD = 4,
    REG_DWORD_BIG_ENDIAN = 5,
    REG_LINK = 6,
    REG_MULTI_SZ = 7,
    REG_QWORD = 11,
};

/* Their names, by number. */
#define NREGTYPES (REG_QWORD + 1)
extern const char *const regtype_names[NREGTYPES];

/* The values of a Calais\SmartCards entry that the model knows (domain: A.2). */
enum card_field {
    CARD_ATR,
    CARD_ATR_MASK,
    CARD_CSP,
    CARD_KSP,
    CARD_MODULE,
    CARD_PRIMARY_PROVIDER,
    CARD_SUPPORTED_INTERFACES,
    CARD_INSTALLED_BY,
    NCARD_FIELDS,
};

struct field {
    const char *value; /* name of the registry value */
    uint32_t type;     /* expected; REG_SZ also takes REG_EXPAND_SZ */
};

/* One row per card_field, in that order. */
extern const struct field card_fields[NCARD_FIELDS];

bool field_takes_type(const struct field *field, uint32_t type);

#endif
