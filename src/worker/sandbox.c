/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "worker/sandbox_parts.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define BUILT_WITH_ASAN true
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BUILT_WITH_ASAN true
#endif
#ifndef BUILT_WITH_ASAN
#define BUILT_WITH_ASAN false
#endif

bool sandbox_choose(enum sandbox_mode mode, struct sandbox *sandbox)
{
    *sandbox = (struct sandbox){0};
    if (mode == SANDBOX_OFF)
        return true;
    if (!BUILT_WITH_ASAN) {
        sandbox->seccomp = sandbox_probe_seccomp();
        sandbox->landlock = sandbox_probe_landlock();
        sandbox->limits = true;
    }
    return mode == SANDBOX_AUTO || (sandbox->seccomp && sandbox->landlock);
}

const char *sandbox_name(const struct sandbox *sandbox)
{
    if (sandbox->seccomp)
        return sandbox->landlock ? "seccomp+landlock" : "seccomp";
    return sandbox->landlock ? "landlock" : "none";
}

/* A limit that is already lower stays: only root may raise a hard one. */
static bool lower_limit(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0)
        return false;
    if (hard < limit.rlim_max)
        limit.rlim_max = hard;
    if (soft < limit.rlim_cur)
        limit.rlim_cur = soft;
    return setrlimit(resource, &limit) == 0;
}

/* The soft limit of processor time ends the process with SIGXCPU, which tells what happened. */
static bool limit_time(unsigned seconds)
{
    return seconds == 0 || lower_limit(RLIMIT_CPU, seconds, (rlim_t)seconds + 1);
}

/* RLIMIT_CORE does not hold where cores are piped to a program; a process that is not dumpable has
 * none. It can still open its own /proc/self/fd. */
static bool forbid_core(void)
{
    return lower_limit(RLIMIT_CORE, 0, 0) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* Valgrind lets no hard limit of descriptors be set; no privilege hangs on it. */
static bool limit_descriptors(unsigned count)
{
    return count == 0 || lower_limit(RLIMIT_NOFILE, count, RLIM_INFINITY);
}

static bool set_limits(const struct sandbox_limits *limits)
{
    return forbid_core() && limit_time(limits->seconds) &&
           lower_limit(RLIMIT_AS, limits->memory, limits->memory) &&
           lower_limit(RLIMIT_FSIZE, limits->file, limits->file) &&
           limit_descriptors(limits->descriptors) && lower_limit(RLIMIT_NPROC, 0, 0);
}

/* The kernel asks for this before it lets a process without privileges confine itself. */
static bool renounce_privileges(const struct sandbox *sandbox)
{
    return (!sandbox->seccomp && !sandbox->landlock) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

/* The filter comes last: it refuses the calls of the steps before it. */
bool sandbox_enter_worker(const struct sandbox *sandbox, const struct sandbox_limits *limits)
{
    return renounce_privileges(sandbox) && (!sandbox->limits || set_limits(limits)) &&
           (!sandbox->landlock || sandbox_close_paths(limits->readable, limits->nreadable)) &&
           (!sandbox->seccomp || sandbox_filter_worker(limits->rewrites && sandbox->landlock));
}

bool sandbox_enter_parent(const struct sandbox *sandbox, const char *const *folders,
                          size_t nfolders)
{
    return renounce_privileges(sandbox) &&
           (!sandbox->landlock || sandbox_write_only_in(folders, nfolders)) &&
           (!sandbox->seccomp || sandbox_filter_parent());
}
