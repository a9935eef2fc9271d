/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_WORKER_SANDBOX_PARTS_H
#define HIVEAUDIT_WORKER_SANDBOX_PARTS_H

/* What only sandbox.c calls: one file for each mechanism of the kernel. */

#include <stdbool.h>
#include <stddef.h>

/* Whether seccomp(2) filters system calls here. */
bool sandbox_probe_seccomp(void);

/* Load the filter of a worker, which may open for writing what Landlock leaves open, or not; or
 * that of the parent. The process has no_new_privs. False with errno set. */
bool sandbox_filter_worker(bool rewrites);
bool sandbox_filter_parent(void);

/* Whether Landlock restricts paths here. */
bool sandbox_probe_landlock(void);

/* Close every path for good, but for reading what these descriptors are and what is below; or leave
 * all for reading, and these folders for writing as well. The process has no_new_privs. False with
 * errno set. */
bool sandbox_close_paths(const int *readable, size_t nreadable);
bool sandbox_write_only_in(const char *const *folders, size_t nfolders);

#endif
