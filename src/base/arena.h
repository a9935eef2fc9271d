/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_BASE_ARENA_H
#define HIVEAUDIT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"

/* Memory that is freed all at once: one arena per piece of evidence, one for the rules. */
struct arena;

/* Never NULL: out of memory ends the process with status 2. Released by arena_free. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Ends the process with status 2: what every allocation does that fails. Nothing is flushed, so
 * that a worker cannot write what its parent has buffered. */
_Noreturn void end_out_of_memory(void);

/* Zeroed memory for count objects of size bytes, aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* Has a handle released when the arena is freed: the last one first, all of them before any
 * memory goes. */
void arena_on_free(struct arena *arena, void (*release)(void *handle), void *handle);

/* The same for a descriptor. */
void arena_close_fd(struct arena *arena, int fd);

/* Copies, each followed by a NUL that its length does not count. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_strdup(struct arena *arena, const char *text);
struct slice arena_dup(struct arena *arena, struct slice bytes);

char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Grows an array by doubling: returns items with room for at least one more than count objects
 * of size bytes. Call it before each append; the old array stays in the arena. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size);

#endif
