/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/pe.h"

#include <string.h>

#include "base/bytes.h"

/* PE Format: the MS-DOS header says at 0x3c where the signature lies; the file header behind it
 * starts with the machine. */
enum {
    DOS_HEADER_SIZE = 0x40,
    AT_SIGNATURE = 0x3c,
    SIGNATURE_SIZE = 4,
    FILE_HEADER_SIZE = 20,
};

bool pe_read_machine(const struct source *source, uint32_t *machine)
{
    uint8_t dos[DOS_HEADER_SIZE], header[SIGNATURE_SIZE + FILE_HEADER_SIZE];
    *machine = PE_MACHINE_NONE;
    if (source->size < sizeof dos)
        return true;
    if (!source_read(source, 0, dos, sizeof dos))
        return false;
    uint32_t at = get_u32(dos + AT_SIGNATURE);
    if (memcmp(dos, "MZ", 2) != 0 || at > source->size || source->size - at < sizeof header)
        return true;
    if (!source_read(source, at, header, sizeof header))
        return false;
    if (memcmp(header, "PE\0", SIGNATURE_SIZE) == 0)
        *machine = get_u16(header + SIGNATURE_SIZE);
    return true;
}

enum arch pe_machine_arch(uint32_t machine)
{
    switch (machine) {
    case PE_MACHINE_I386:
        return ARCH_X86;
    case PE_MACHINE_AMD64:
        return ARCH_AMD64;
    case PE_MACHINE_ARM:
    case PE_MACHINE_THUMB:
    case PE_MACHINE_ARMNT:
        return ARCH_ARM;
    case PE_MACHINE_ARM64:
        return ARCH_ARM64;
    default:
        return ARCH_UNKNOWN;
    }
}

const char *pe_machine_name(struct arena *arena, uint32_t machine)
{
    enum arch arch = pe_machine_arch(machine);
    return arch == ARCH_UNKNOWN ? arena_printf(arena, "0x%04x", machine) : arch_name(arch);
}
