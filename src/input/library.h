/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_INPUT_LIBRARY_H
#define HIVEAUDIT_INPUT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Libraries that read images and archives. None is linked: a process that needs some loads just
 * those, each with a scope of its own, because several of them bring different copies of the same
 * helpers. A plain hive pays for none. */
enum library {
    LIBRARY_ZLIB,
    LIBRARY_ZSTD,
    LIBRARY_EWF,
    LIBRARY_VMDK,
    LIBRARY_VHDI,
    LIBRARY_NTFS,
    LIBRARY_VSHADOW,
    LIBRARY_BDE,
    LIBRARY_WIM,
    LIBRARY_ARCHIVE,
    LIBRARY_UDFREAD,
    NLIBRARIES,
};
#define LIBRARY_BIT(library) (1U << (library))
#define LIBRARIES_ALL        (LIBRARY_BIT(NLIBRARIES) - 1)

/* Loads libraries, a set of LIBRARY_BITs, and what they would open later. A confined process could
 * not. Returns NULL, or what is missing, in the arena. */
const char *libraries_load(struct arena *arena, unsigned set);

/* Takes the functions of a loaded library by their names. Returns NULL, or the name that it lacks.
 */
const char *library_bind(enum library library, const char *const *names, void *table, size_t count);

/* "libewf". */
const char *library_name(struct arena *arena, enum library library);

/* The version of a library as it tells it itself, or else of its file; NULL: it is not there. As it
 * is loaded for that, this is for a process that does nothing else. */
const char *library_version(struct arena *arena, enum library library);

/* A table of functions with the types of the library's header: FUNCTIONS(X) is X(name) for each.
 *     #define FUNCTIONS(X) X(uncompress) X(inflate)
 *     LIBRARY_TABLE(zlib, FUNCTIONS)
 * defines zlib, to be called as zlib.inflate(...) once LIBRARY_BIND has filled it. */
#define LIBRARY_MEMBER(name) __typeof__(name) *name;
#define LIBRARY_NAME(name)   #name,
#define LIBRARY_TABLE(table, FUNCTIONS)                                                            \
    static struct {                                                                                \
        FUNCTIONS(LIBRARY_MEMBER)                                                                  \
    } table;                                                                                       \
    static const char *const table##_names[] = {FUNCTIONS(LIBRARY_NAME)};
#define LIBRARY_BIND(access, library, table)                                                       \
    access_bind(access, library, table##_names, &(table), sizeof(table) / sizeof(void *))

#endif
