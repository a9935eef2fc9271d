/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_WORKER_SANDBOX_H
#define HIVEAUDIT_WORKER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* What confines a process. Chosen once, at the start; a process that then fails to get all of it
 * must not go on. */
struct sandbox {
    bool seccomp;  /* system calls by an allow-list (worker) or without a few (parent) */
    bool landlock; /* no path at all (worker); writing only where reports go (parent) */
    bool limits;   /* of memory, processor time and files (worker) */
};

enum sandbox_mode { SANDBOX_AUTO, SANDBOX_REQUIRE, SANDBOX_OFF };

/* What this kernel and build can do: nothing with SANDBOX_OFF, nor in a build with
 * AddressSanitizer, which dies under both. False with SANDBOX_REQUIRE where something is missing.
 */
bool sandbox_choose(enum sandbox_mode mode, struct sandbox *sandbox);

/* "seccomp+landlock", "seccomp", "landlock" or "none". */
const char *sandbox_name(const struct sandbox *sandbox);

/* "2.5.4", of libseccomp. */
const char *sandbox_library_version(struct arena *arena);

/* What a worker may use up. */
struct sandbox_limits {
    uint64_t memory;  /* bytes of address space */
    unsigned seconds; /* of processor time; 0: no limit */
    uint64_t file;    /* bytes of the largest file, which can only be a memfd */
    unsigned descriptors;
    bool rewrites;       /* may open its memfds for writing as well; needs Landlock */
    const int *readable; /* files, and folders with all below them, that it may open for reading */
    size_t nreadable;
};

/* Confines a worker for good: it can read, write and map the descriptors it has, make memfds, open
 * those again through /proc/self/fd, and end. No path opens but those that are readable (without
 * Landlock: none for writing), no socket, no process, no program, no core dump. Limits hold also
 * where nothing else does, unless the mode is off. Call it with every descriptor that is not needed
 * closed, and with iconv's converters open. False with errno set. */
bool sandbox_enter_worker(const struct sandbox *sandbox, const struct sandbox_limits *limits);

/* Confines the parent: no program, no socket, no tracing; files can be made, renamed and removed
 * only in these folders, which exist. False with errno set. */
bool sandbox_enter_parent(const struct sandbox *sandbox, const char *const *folders,
                          size_t nfolders);

#endif
