/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_PE_H
#define HIVEAUDIT_MODEL_PE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"
#include "model/snapshot.h"

/* The header of an EXE or DLL: as much of it as tells which processor its code is for. */

enum pe_machine {
    PE_MACHINE_NONE = 0,
    PE_MACHINE_I386 = 0x14c,
    PE_MACHINE_ARM = 0x1c0,
    PE_MACHINE_THUMB = 0x1c2,
    PE_MACHINE_ARMNT = 0x1c4,
    PE_MACHINE_IA64 = 0x200,
    PE_MACHINE_AMD64 = 0x8664,
    PE_MACHINE_ARM64 = 0xaa64,
};

#define PE_MACHINE_MAX 0xffff

/* Reads the machine of a file; PE_MACHINE_NONE where it has no PE header. False with errno set
 * where the file cannot be read. */
bool pe_read_machine(const struct source *source, uint32_t *machine);

/* The architecture that a machine belongs to; ARCH_UNKNOWN for any other. */
enum arch pe_machine_arch(uint32_t machine);

/* "amd64", or "0x0200" in the arena for one that belongs to no architecture. */
const char *pe_machine_name(struct arena *arena, uint32_t machine);

#endif
