/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/field.h"

const char *const regtype_names[NREGTYPES] = {
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
};

const struct field card_fields[NCARD_FIELDS] = {
    [CARD_ATR] = {"ATR", REG_BINARY},
    [CARD_ATR_MASK] = {"ATRMask", REG_BINARY},
    [CARD_CSP] = {"Crypto Provider", REG_SZ},
    [CARD_KSP] = {"Smart Card Key Storage Provider", REG_SZ},
    [CARD_MODULE] = {"80000001", REG_SZ}, /* the minidriver */
    [CARD_PRIMARY_PROVIDER] = {"Primary Provider", REG_BINARY},
    [CARD_SUPPORTED_INTERFACES] = {"Supported Interfaces", REG_BINARY},
    [CARD_INSTALLED_BY] = {"InstalledBy", REG_SZ},
};

bool field_takes_type(const struct field *field, uint32_t type)
{
    return type == field->type || (field->type == REG_SZ && type == REG_EXPAND_SZ);
}
