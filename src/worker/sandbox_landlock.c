/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "worker/sandbox_parts.h"

/* Of Linux 6.2; the headers may be older than the kernel. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define RIGHTS_OF_ABI_1 (LANDLOCK_ACCESS_FS_REFER - 1)
#define READ_RIGHTS     (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                                               \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                              \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER | LANDLOCK_ACCESS_FS_TRUNCATE)

/* glibc has no functions for these. The version is 0 or less where there is no Landlock. */
static int ask_version(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
                        LANDLOCK_CREATE_RULESET_VERSION);
}

static int create_ruleset(uint64_t rights)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = rights};
    return (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
}

static bool restrict_self(int ruleset)
{
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}

bool sandbox_probe_landlock(void)
{
    return ask_version() > 0;
}

/* Every right that this kernel can take away; a ruleset with one that it does not know fails. */
static uint64_t known_rights(void)
{
    int version = ask_version();
    uint64_t rights = RIGHTS_OF_ABI_1;
    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    return rights;
}

static bool add_rule(int ruleset, int fd, uint64_t rights)
{
    struct landlock_path_beneath_attr attr = {.allowed_access = rights, .parent_fd = fd};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &attr, 0) == 0;
}

/* What is no folder cannot be listed: such a right is refused for it. */
static bool allow_reading(int ruleset, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    return add_rule(ruleset, fd,
                    S_ISDIR(st.st_mode) ? READ_RIGHTS : LANDLOCK_ACCESS_FS_READ_FILE) ||
           errno == EBADFD;
}

/* A file of a memory file system of the kernel's own, which a memfd is, needs no rule (EBADFD): it
 * stays open to those who have its descriptor. */
bool sandbox_close_paths(const int *readable, size_t nreadable)
{
    CLEANUP(fd) int ruleset = create_ruleset(known_rights());
    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < nreadable; i++)
        if (!allow_reading(ruleset, readable[i]))
            return false;
    return restrict_self(ruleset);
}

static bool allow_beneath(int ruleset, const char *folder, uint64_t rights)
{
    CLEANUP(fd) int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && add_rule(ruleset, fd, rights);
}

bool sandbox_write_only_in(const char *const *folders, size_t nfolders)
{
    uint64_t rights = known_rights();
    CLEANUP(fd) int ruleset = create_ruleset(rights);
    if (ruleset < 0 || !allow_beneath(ruleset, "/", READ_RIGHTS))
        return false;
    for (size_t i = 0; i < nfolders; i++)
        if (!allow_beneath(ruleset, folders[i], rights & WRITE_RIGHTS))
            return false;
    return restrict_self(ruleset);
}
