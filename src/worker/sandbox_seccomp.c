/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/sandbox.h"
#include "worker/sandbox_parts.h"

/* Arguments that the kernel takes as int: it ignores the upper half, so a rule has to. */
#define INT_BITS UINT64_C(0xffffffff)

/* A call with one condition on its arguments: argument & mask == value. */
struct condition {
    const char *call;
    unsigned argument; /* counted from 0 */
    uint64_t mask, value;
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a worker may do. Calls are named, not numbered: no architecture has all of them. */
static const char *const worker_calls[] = {
    /* Descriptors it has. */
    "read",
    "pread64",
    "readv",
    "write",
    "pwrite64",
    "writev",
    "lseek",
    "fstat",
    "newfstatat", /* fstat of glibc */
    "statx",      /* fstat of architectures without the two above */
    "close",
    "dup",
    "dup2",
    "dup3",
    "getdents64", /* of folders that Landlock leaves open */
    "poll",
    "ppoll",
    "ftruncate",
    "fallocate",
    /* Memory. */
    "munmap",
    "mremap",
    "madvise",
    "brk",
    "sysinfo", /* qsort of glibc asks how much memory there is */
    /* The rest of a process with one thread. */
    "clock_gettime",
    "gettimeofday",
    "getrandom",
    "futex",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "restart_syscall",
    "getpid",
    "gettid", /* abort asks for both, then calls tgkill */
    "exit",
    "exit_group",
};

/* Flags of opening that change nothing in what is opened. */
#define READ_FLAGS                                                                                 \
    (O_CLOEXEC | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_NOCTTY)

/* Of fcntl's commands, F_SETOWN and F_SETFL could send signals to others. Opening is for hivex,
 * which opens a memfd again; Landlock sees to it that nothing else opens. */
static const struct condition worker_conditions[] = {
    {"fcntl", 1, INT_BITS, F_DUPFD},
    {"fcntl", 1, INT_BITS, F_DUPFD_CLOEXEC},
    {"fcntl", 1, INT_BITS, F_GETFD},
    {"fcntl", 1, INT_BITS, F_SETFD},
    {"fcntl", 1, INT_BITS, F_GETFL},
    {"fcntl", 1, INT_BITS, F_ADD_SEALS},
    {"fcntl", 1, INT_BITS, F_GET_SEALS},
    {"memfd_create", 1, INT_BITS & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING), 0},
    {"open", 1, INT_BITS & ~(uint64_t)READ_FLAGS, O_RDONLY},
    {"openat", 2, INT_BITS & ~(uint64_t)READ_FLAGS, O_RDONLY},
    {"mmap", 2, PROT_EXEC, 0},
    {"mprotect", 2, PROT_EXEC, 0},
};

/* How hivex opens what it commits to: a memfd by its path in /proc. It is Landlock that sees to it
 * that nothing else opens. */
#define REWRITE_FLAGS (O_WRONLY | O_CREAT | O_TRUNC)
static const struct condition rewrite_conditions[] = {
    {"open", 1, INT_BITS & ~(uint64_t)READ_FLAGS, REWRITE_FLAGS},
    {"openat", 2, INT_BITS & ~(uint64_t)READ_FLAGS, REWRITE_FLAGS},
};

/* What the parent may not do: what an intruder needs to go further, and what Landlock does not
 * govern. An allow-list would have to know what all its libraries do. */
static const char *const parent_calls[] = {
    /* Programs and other processes. */
    "execve",
    "execveat",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    /* Sockets. */
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    /* Files without Landlock's leave; it knows truncate only from Linux 6.2 on. fchmod is not
     * here: reports keep the mode of the file that they replace. */
    "chmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchown",
    "fchownat",
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "truncate",
    "openat2", /* its flags lie in memory, where a filter cannot look */
    "name_to_handle_at",
    "open_by_handle_at",
    /* The view of the file system. */
    "chroot",
    "pivot_root",
    "mount",
    "umount2",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "setns",
    "unshare",
    "quotactl",
    "quotactl_fd",
    "fanotify_init",
    /* Parts of the kernel that no report needs. */
    "bpf",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "modify_ldt",
    "personality",
    /* The machine. */
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "syslog",
    "iopl",
    "ioperm",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
};

/* Keystrokes put into the terminal, which a shell would run. Then ways to truncate a file that
 * Landlock takes for reading before Linux 6.2; O_ACCMODE as a mode is Linux's "neither". */
static const struct condition parent_conditions[] = {
    {"ioctl", 1, INT_BITS, TIOCSTI},
    {"ioctl", 1, INT_BITS, TIOCLINUX},
    {"open", 1, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC},
    {"open", 1, O_ACCMODE, O_ACCMODE},
    {"openat", 2, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC},
    {"openat", 2, O_ACCMODE, O_ACCMODE},
};

/* Asks the kernel itself: libseccomp would fall back to prctl where seccomp(2) is missing. The
 * lists above name the calls of 64-bit architectures. */
bool sandbox_probe_seccomp(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    return sizeof(void *) == 8 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* The functions below return 0 or a negative errno, as libseccomp does. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, const char *call,
                    const struct scmp_arg_cmp *condition)
{
    int number = seccomp_syscall_resolve_name(call);
    if (number < 0)
        return 0; /* this architecture has no such call, or libseccomp does not know it yet */
    return seccomp_rule_add_array(filter, action, number, condition ? 1 : 0, condition);
}

static int add_calls(scmp_filter_ctx filter, uint32_t action, const char *const *calls,
                     size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = add_rule(filter, action, calls[i], NULL);
    return status;
}

static int add_condition(scmp_filter_ctx filter, uint32_t action, const struct condition *c)
{
    return add_rule(filter, action, c->call,
                    &SCMP_CMP(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value));
}

static int add_conditions(scmp_filter_ctx filter, uint32_t action,
                          const struct condition *conditions, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = add_condition(filter, action, &conditions[i]);
    return status;
}

/* abort sends its signal to the process itself, and must not reach any other. */
static int add_abort(scmp_filter_ctx filter)
{
    const struct condition self = {"tgkill", 0, UINT64_MAX, (uint64_t)getpid()};
    return add_condition(filter, SCMP_ACT_ALLOW, &self);
}

/* libwim asks for the real path of what it opens. That of a memfd is none; as a name that is no
 * link, /proc/self/fd/N is real. */
static int add_links(scmp_filter_ctx filter)
{
    static const char *const calls[] = {"readlink", "readlinkat"};
    return add_calls(filter, SCMP_ACT_ERRNO(EINVAL), calls, COUNT(calls));
}

static int add_worker_rules(scmp_filter_ctx filter)
{
    const uint32_t action = SCMP_ACT_ALLOW;
    int status = add_calls(filter, action, worker_calls, COUNT(worker_calls));
    if (status == 0)
        status = add_conditions(filter, action, worker_conditions, COUNT(worker_conditions));
    if (status == 0)
        status = add_links(filter);
    return status == 0 ? add_abort(filter) : status;
}

static int add_rewriter_rules(scmp_filter_ctx filter)
{
    int status = add_worker_rules(filter);
    return status == 0 ? add_conditions(filter, SCMP_ACT_ALLOW, rewrite_conditions,
                                        COUNT(rewrite_conditions))
                       : status;
}

static int add_parent_rules(scmp_filter_ctx filter)
{
    const uint32_t action = SCMP_ACT_ERRNO(EPERM);
    int status = add_calls(filter, action, parent_calls, COUNT(parent_calls));
    if (status == 0)
        status = add_conditions(filter, action, parent_conditions, COUNT(parent_conditions));
    return status;
}

/* Calls of another architecture (32 bits, x32) have numbers that the rules do not mean: they kill.
 */
static int set_attributes(scmp_filter_ctx filter)
{
    int status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (status == 0) /* the kernel's errno, not ECANCELED for all */
        status = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    return status;
}

static bool load_filter(uint32_t default_action, int (*add_rules)(scmp_filter_ctx filter))
{
    scmp_filter_ctx filter = seccomp_init(default_action);
    if (!filter) {
        errno = ENOMEM;
        return false;
    }
    int status = set_attributes(filter);
    if (status == 0)
        status = add_rules(filter);
    if (status == 0)
        status = seccomp_load(filter);
    seccomp_release(filter);
    errno = -status;
    return status == 0;
}

bool sandbox_filter_worker(bool rewrites)
{
    return load_filter(SCMP_ACT_ERRNO(EPERM), rewrites ? add_rewriter_rules : add_worker_rules);
}

bool sandbox_filter_parent(void)
{
    return load_filter(SCMP_ACT_ALLOW, add_parent_rules);
}

const char *sandbox_library_version(struct arena *arena)
{
    const struct scmp_version *version = seccomp_version();
    return arena_printf(arena, "%u.%u.%u", version->major, version->minor, version->micro);
}
