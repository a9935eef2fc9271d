/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hive/hive.h"
#include "support.h"

/* Every fact is tried in a child, which ends with the errno of what was refused, 0 for what was
 * allowed, or NOT_ENTERED. */
#define NOT_ENTERED 250
#define UNEXPECTED  251

#define MIB ((uint64_t)1 << 20)

static const struct sandbox_limits limits = {
    .memory = 1024 * MIB,
    .seconds = 10,
    .file = 64 * MIB,
    .descriptors = 64,
};

/* Folders A, for which the parent has leave, and B, for which it has none; each has a file "old".
 * Relative to them the tests run. */
struct fixture {
    struct arena *arena;
    struct sandbox sandbox; /* what is entered */
    char root[256], a[300], b[300];
    pid_t starter;
    int in, out;              /* what a test leaves open for its worker */
    struct memory_hive *hive; /* what a worker is to read */
};

typedef int attempt_fn(struct fixture *fixture);

static int refused(long result)
{
    return result < 0 ? errno : 0;
}

static void make_file(const char *folder, const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("evidence", file);
    assert_int_equal(fclose(file), 0);
}

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    fixture->arena = arena;
    fixture->starter = getpid();
    sandbox_choose(SANDBOX_AUTO, &fixture->sandbox);
    const char *tmp = getenv("TMPDIR");
    snprintf(fixture->root, sizeof fixture->root, "%s/hiveaudit-sandbox-XXXXXX",
             tmp ? tmp : "/tmp");
    *state = fixture;
    if (!mkdtemp(fixture->root))
        return -1;
    snprintf(fixture->a, sizeof fixture->a, "%s/A", fixture->root);
    snprintf(fixture->b, sizeof fixture->b, "%s/B", fixture->root);
    assert_int_equal(mkdir(fixture->a, 0755) | mkdir(fixture->b, 0755), 0);
    make_file(fixture->a, "old");
    make_file(fixture->b, "old");
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    char *command = arena_printf(fixture->arena, "rm -rf '%s'", fixture->root);
    int status = system(command);
    arena_free(fixture->arena);
    return status;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

/* cmocka catches the signals by which a child has to end. */
static void restore_signals(void)
{
    static const int numbers[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGXCPU};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        signal(numbers[i], SIG_DFL);
}

static int finish(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static int finish_with_status(pid_t pid)
{
    int status = finish(pid);
    if (!WIFEXITED(status))
        fail_msg("the child was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* The wait status of a child that tries something as a worker. */
static int try_in(struct fixture *fixture, const struct sandbox_limits *with, attempt_fn *attempt)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        restore_signals();
        _exit(sandbox_enter_worker(&fixture->sandbox, with) ? attempt(fixture) : NOT_ENTERED);
    }
    return finish(pid);
}

static int in_worker(struct fixture *fixture, attempt_fn *attempt)
{
    int status = try_in(fixture, &limits, attempt);
    if (!WIFEXITED(status))
        fail_msg("the worker was killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

static int in_parent(struct fixture *fixture, attempt_fn *attempt)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        restore_signals();
        const char *folders[] = {fixture->a};
        _exit(sandbox_enter_parent(&fixture->sandbox, folders, 1) ? attempt(fixture) : NOT_ENTERED);
    }
    return finish_with_status(pid);
}

static void need_limits(const struct fixture *fixture)
{
    if (fixture->sandbox.limits)
        return;
    print_message("no sandbox in a build with AddressSanitizer\n");
    skip();
}

static void need_seccomp(const struct fixture *fixture)
{
    need_limits(fixture);
    if (fixture->sandbox.seccomp)
        return;
    print_message("seccomp(2) is not available here\n");
    skip();
}

static void need_landlock(const struct fixture *fixture)
{
    need_limits(fixture);
    if (fixture->sandbox.landlock)
        return;
    print_message("Landlock is not available here\n");
    skip();
}

/* Makes the sandbox one of system calls alone, or of paths alone. */
static struct fixture *with_seccomp_only(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    fixture->sandbox.landlock = false;
    return fixture;
}

static struct fixture *with_landlock_only(void **state)
{
    struct fixture *fixture = *state;
    need_landlock(fixture);
    fixture->sandbox.seccomp = false;
    return fixture;
}

static char *path_in(struct fixture *fixture, const char *folder, const char *name)
{
    return arena_printf(fixture->arena, "%s/%s", folder, name);
}

static const char *descriptor_path(struct fixture *fixture, int fd)
{
    return arena_printf(fixture->arena, "/proc/self/fd/%d", fd);
}

/* What a worker must not do. */

static int open_to_read(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "old"), O_RDONLY | O_CLOEXEC));
}

static int open_folder(struct fixture *fixture)
{
    return refused(open(fixture->b, O_RDONLY | O_CLOEXEC));
}

static int open_to_write(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "old"), O_WRONLY | O_CLOEXEC));
}

static int open_to_read_and_write(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "old"), O_RDWR | O_CLOEXEC));
}

static int open_to_truncate(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "old"), O_RDONLY | O_TRUNC));
}

static int truncate_without_a_mode(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "old"), O_ACCMODE | O_TRUNC));
}

static int truncate_path(struct fixture *fixture)
{
    return refused(truncate(path_in(fixture, fixture->b, "old"), 1));
}

static int create_file(struct fixture *fixture)
{
    return refused(open(path_in(fixture, fixture->b, "new"), O_RDONLY | O_CREAT, 0600));
}

static int create_nameless_file(struct fixture *fixture)
{
    return refused(open(fixture->b, O_TMPFILE | O_RDWR, 0600));
}

static int unlink_file(struct fixture *fixture)
{
    return refused(unlink(path_in(fixture, fixture->b, "old")));
}

static int rename_file(struct fixture *fixture)
{
    return refused(rename(path_in(fixture, fixture->b, "old"), path_in(fixture, fixture->b, "z")));
}

static int make_folder(struct fixture *fixture)
{
    return refused(mkdir(path_in(fixture, fixture->b, "new"), 0700));
}

static int make_link(struct fixture *fixture)
{
    return refused(symlink("old", path_in(fixture, fixture->b, "new")));
}

static int change_mode(struct fixture *fixture)
{
    return refused(chmod(path_in(fixture, fixture->b, "old"), 0777));
}

static int change_times(struct fixture *fixture)
{
    return refused(utimensat(AT_FDCWD, path_in(fixture, fixture->b, "old"), NULL, 0));
}

static int make_socket(struct fixture *fixture)
{
    (void)fixture;
    return refused(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int make_socket_pair(struct fixture *fixture)
{
    (void)fixture;
    int pair[2];
    return refused(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int connect_socket(struct fixture *fixture)
{
    (void)fixture;
    struct sockaddr address = {.sa_family = AF_UNIX};
    return refused(connect(0, &address, sizeof address));
}

static int run_program(struct fixture *fixture)
{
    (void)fixture;
    char name[] = "true", *arguments[] = {name, NULL};
    return refused(execv("/bin/true", arguments));
}

static int fork_process(struct fixture *fixture)
{
    (void)fixture;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return refused(pid);
}

static int signal_starter(struct fixture *fixture)
{
    (void)fixture;
    return refused(kill(getppid(), SIGCONT));
}

static int signal_thread_of_starter(struct fixture *fixture)
{
    return refused(syscall(SYS_tgkill, fixture->starter, fixture->starter, SIGCONT));
}

static int trace_process(struct fixture *fixture)
{
    (void)fixture;
    return refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int map_executable(struct fixture *fixture)
{
    (void)fixture;
    void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? errno : 0;
}

static int make_executable(struct fixture *fixture)
{
    (void)fixture;
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? UNEXPECTED : refused(mprotect(map, 4096, PROT_READ | PROT_EXEC));
}

static int control_device(struct fixture *fixture)
{
    (void)fixture;
    return refused(ioctl(0, FIONREAD, &(int){0}));
}

static int set_process_option(struct fixture *fixture)
{
    (void)fixture;
    return refused(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int set_limit(struct fixture *fixture)
{
    (void)fixture;
    struct rlimit none = {0};
    return refused(setrlimit(RLIMIT_CORE, &none));
}

static int set_owner_of_descriptor(struct fixture *fixture)
{
    (void)fixture;
    return refused(fcntl(0, F_SETOWN, getpid()));
}

static int set_up_io_uring(struct fixture *fixture)
{
    (void)fixture;
    return refused(syscall(SYS_io_uring_setup, 1, NULL));
}

static void a_worker_is_refused_system_calls(void **state)
{
    static const struct {
        const char *name;
        attempt_fn *attempt;
    } calls[] = {
        {"open to write", open_to_write},
        {"open to read and write", open_to_read_and_write},
        {"open to truncate", open_to_truncate},
        {"open to truncate, without a mode", truncate_without_a_mode},
        {"create a file", create_file},
        {"create a file without a name", create_nameless_file},
        {"truncate", truncate_path},
        {"unlink", unlink_file},
        {"rename", rename_file},
        {"mkdir", make_folder},
        {"symlink", make_link},
        {"chmod", change_mode},
        {"utimensat", change_times},
        {"socket", make_socket},
        {"socketpair", make_socket_pair},
        {"connect", connect_socket},
        {"execve", run_program},
        {"fork", fork_process},
        {"kill", signal_starter},
        {"tgkill", signal_thread_of_starter},
        {"ptrace", trace_process},
        {"mmap", map_executable},
        {"mprotect", make_executable},
        {"ioctl", control_device},
        {"prctl", set_process_option},
        {"setrlimit", set_limit},
        {"fcntl F_SETOWN", set_owner_of_descriptor},
        {"io_uring_setup", set_up_io_uring},
    };
    struct fixture *fixture = with_seccomp_only(state);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status = in_worker(fixture, calls[i].attempt);
        if (status != EPERM)
            fail_msg("%s: got %d, want EPERM", calls[i].name, status);
    }
}

static void a_worker_opens_no_path(void **state)
{
    struct fixture *fixture = *state;
    need_landlock(fixture);
    assert_int_equal(in_worker(fixture, open_to_read), EACCES);
    assert_int_equal(in_worker(fixture, open_folder), EACCES);
}

static void a_worker_without_landlock_opens_paths_for_reading_only(void **state)
{
    struct fixture *fixture = with_seccomp_only(state);
    assert_int_equal(in_worker(fixture, open_to_read), 0);
    assert_int_equal(in_worker(fixture, open_to_write), EPERM);
}

static void a_worker_without_seccomp_reaches_no_path(void **state)
{
    static attempt_fn *const attempts[] = {
        open_to_read, open_folder, open_to_write, create_file, create_nameless_file,
        unlink_file,  rename_file, make_folder,   make_link,   run_program,
    };
    struct fixture *fixture = with_landlock_only(state);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        assert_int_equal(in_worker(fixture, attempts[i]), EACCES);
}

static int open_evidence_to_write(struct fixture *fixture)
{
    return refused(open(descriptor_path(fixture, fixture->in), O_RDWR | O_CLOEXEC));
}

static int write_to_evidence(struct fixture *fixture)
{
    return refused(write(fixture->in, "x", 1));
}

static int read_evidence(struct fixture *fixture)
{
    char bytes[8];
    return pread(fixture->in, bytes, 8, 0) == 8 && memcmp(bytes, "evidence", 8) == 0 ? 0
                                                                                     : UNEXPECTED;
}

static void a_worker_reads_evidence_it_has_open_and_cannot_write_it(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    fixture->in = open(path_in(fixture, fixture->b, "old"), O_RDONLY | O_CLOEXEC);
    assert_true(fixture->in >= 0);
    assert_int_equal(in_worker(fixture, read_evidence), 0);
    assert_int_equal(in_worker(fixture, write_to_evidence), EBADF);
    assert_int_equal(in_worker(fixture, open_evidence_to_write), EPERM);
    fixture->sandbox.seccomp = false;
    if (fixture->sandbox.landlock)
        assert_int_equal(in_worker(fixture, open_evidence_to_write), EACCES);
    close(fixture->in);
}

/* What a worker must be able to do. */

static int use_memfd(struct fixture *fixture)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, 8192) < 0 || pwrite(fd, "hive", 4, 4096) != 4)
        return UNEXPECTED;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
        return UNEXPECTED;
    int again = open(descriptor_path(fixture, fd), O_RDONLY | O_CLOEXEC);
    if (again < 0)
        return errno;
    struct stat info;
    const char *map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, again, 0);
    if (map == MAP_FAILED || fstat(again, &info) < 0 || info.st_size != 8192)
        return UNEXPECTED;
    return memcmp(map + 4096, "hive", 4) == 0 ? 0 : UNEXPECTED;
}

static void a_worker_makes_seals_and_reopens_a_memfd(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    assert_int_equal(in_worker(fixture, use_memfd), 0);
}

static int rewrite_memfd(struct fixture *fixture)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    if (fd < 0 || write(fd, "hive", 4) != 4)
        return UNEXPECTED;
    int again = open(descriptor_path(fixture, fd),
                     O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
    if (again < 0)
        return errno;
    return write(again, "HIVE!", 5) == 5 && lseek(fd, 0, SEEK_END) == 5 ? 0 : UNEXPECTED;
}

static int truncate_to_write(struct fixture *fixture)
{
    return refused(
        open(path_in(fixture, fixture->b, "old"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
}

static int in_rewriter(struct fixture *fixture, attempt_fn *attempt)
{
    struct sandbox_limits rewriter = limits;
    rewriter.rewrites = true;
    return WEXITSTATUS(try_in(fixture, &rewriter, attempt));
}

static void only_a_worker_that_rewrites_opens_a_memfd_for_writing(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    need_landlock(fixture);
    assert_int_equal(in_worker(fixture, rewrite_memfd), EPERM);
    assert_int_equal(in_rewriter(fixture, rewrite_memfd), 0);
}

static void it_opens_no_path_and_does_nothing_else_more(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    need_landlock(fixture);
    assert_int_equal(in_rewriter(fixture, open_to_read), EACCES);
    assert_int_equal(in_rewriter(fixture, truncate_to_write), EACCES);
    assert_int_equal(in_rewriter(fixture, open_to_write), EPERM);
    assert_int_equal(in_rewriter(fixture, fork_process), EPERM);
}

static void without_landlock_it_opens_nothing_for_writing(void **state)
{
    struct fixture *fixture = with_seccomp_only(state);
    assert_int_equal(in_rewriter(fixture, rewrite_memfd), EPERM);
    assert_int_equal(in_rewriter(fixture, truncate_to_write), EPERM);
}

static int read_hive(struct fixture *fixture)
{
    const struct reading *reading = support_read(fixture->arena, fixture->hive);
    const struct card *card = support_find_card(&reading->snapshot, VIEW_NATIVE, "Caf\u00e9");
    return reading->read && reading->diags.worst == DIAG_NOTE && card ? 0 : UNEXPECTED;
}

static void a_worker_reads_a_hive(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    fixture->hive = support_build(fixture->arena, SUPPORT_WINDOWS_10
                                  "[Microsoft\\Cryptography\\Calais\\SmartCards\\Caf\u00e9]\n"
                                  "\"ATR\"=hex:3b,00\n"
                                  "\"Crypto Provider\"=\"\u0416\"\n");
    struct hive_converters converters;
    assert_true(hive_load_converters(&converters)); /* a worker inherits them */
    int result = in_worker(fixture, read_hive);
    hive_unload_converters(&converters);
    assert_int_equal(result, 0);
}

static int use_pipe_and_clock(struct fixture *fixture)
{
    struct timespec now;
    char byte;
    if (write(fixture->out, "x", 1) != 1 || clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        return UNEXPECTED;
    return read(fixture->in, &byte, 1) == 1 && byte == 'x' && close(fixture->in) == 0 ? 0
                                                                                      : UNEXPECTED;
}

static void a_worker_uses_pipes_it_has(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fixture->in = ends[0];
    fixture->out = ends[1];
    assert_int_equal(in_worker(fixture, use_pipe_and_clock), 0);
    close(ends[0]);
    close(ends[1]);
}

/* Large blocks are mapped and remapped, small ones come from the heap. */
static int allocate_much(struct fixture *fixture)
{
    (void)fixture;
    char *small[10000];
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        if (!(small[i] = malloc(1000)))
            return UNEXPECTED;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        free(small[i]);
    char *block = malloc(200 * MIB);
    char *larger = block ? realloc(block, 400 * MIB) : NULL;
    if (!larger)
        return errno;
    memset(larger, 1, MIB);
    larger[400 * MIB - 1] = 1;
    free(larger);
    return 0;
}

static int allocate_too_much(struct fixture *fixture)
{
    (void)fixture;
    return malloc(limits.memory) ? 0 : errno;
}

static void a_worker_gets_memory_up_to_its_limit(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    assert_int_equal(in_worker(fixture, allocate_much), 0);
    assert_int_equal(in_worker(fixture, allocate_too_much), ENOMEM);
}

/* How a worker ends. */

static int spin(struct fixture *fixture)
{
    (void)fixture;
    for (volatile unsigned count = 0;; count++)
        ;
    return 0;
}

static void a_worker_ends_when_its_processor_time_is_used_up(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    const struct sandbox_limits one = {.memory = 1024 * MIB, .seconds = 1, .file = MIB};
    int status = try_in(fixture, &one, spin);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXCPU);
}

static int write_too_much(struct fixture *fixture)
{
    (void)fixture;
    int fd = memfd_create("test", MFD_CLOEXEC);
    return ftruncate(fd, (off_t)limits.file) < 0 ? UNEXPECTED
                                                 : refused(pwrite(fd, "x", 1, (off_t)limits.file));
}

static void a_worker_ends_when_it_makes_a_file_too_large(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    int status = try_in(fixture, &limits, write_too_much);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXFSZ);
}

static int end_by_abort(struct fixture *fixture)
{
    (void)fixture;
    abort();
}

extern void __stack_chk_fail(void);

static int end_by_stack_check(struct fixture *fixture)
{
    (void)fixture;
    close(2);
    __stack_chk_fail();
    return 0;
}

static void a_worker_that_aborts_ends_by_sigabrt(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    int status = try_in(fixture, &limits, end_by_abort);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    status = try_in(fixture, &limits, end_by_stack_check);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

#ifdef __x86_64__
static int call_as_x32(struct fixture *fixture)
{
    (void)fixture;
    return refused(syscall(0x40000000 | SYS_getpid));
}
#endif

static void a_worker_that_calls_as_another_architecture_is_killed(void **state)
{
#ifdef __x86_64__
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    int status = try_in(fixture, &limits, call_as_x32);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
#else
    (void)state;
    print_message("this architecture has one set of system calls\n");
    skip();
#endif
}

static bool limit_is(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur == soft && limit.rlim_max == hard;
}

static bool soft_limit_is(int resource, rlim_t soft)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur == soft;
}

static int look_at_limits(struct fixture *fixture)
{
    (void)fixture;
    return limit_is(RLIMIT_AS, limits.memory, limits.memory) && limit_is(RLIMIT_CPU, 10, 11) &&
                   limit_is(RLIMIT_FSIZE, limits.file, limits.file) &&
                   soft_limit_is(RLIMIT_NOFILE, 64) && limit_is(RLIMIT_CORE, 0, 0) &&
                   limit_is(RLIMIT_NPROC, 0, 0) && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
               ? 0
               : UNEXPECTED;
}

static void a_worker_has_limits_where_nothing_else_holds(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    fixture->sandbox = (struct sandbox){.limits = true};
    assert_int_equal(in_worker(fixture, look_at_limits), 0);
    assert_int_equal(in_worker(fixture, open_to_write), 0);
}

/* Without a limit of processor time, and under limits that were there before. */
static int enter_below_other_limits(struct fixture *fixture)
{
    struct rlimit low = {.rlim_cur = 5, .rlim_max = 7}, files = {.rlim_cur = 32, .rlim_max = 99};
    if (setrlimit(RLIMIT_CPU, &low) < 0 || setrlimit(RLIMIT_NOFILE, &files) < 0)
        return errno;
    struct sandbox_limits forever = limits;
    forever.seconds = 0;
    if (!sandbox_enter_worker(&fixture->sandbox, &forever))
        return NOT_ENTERED;
    return limit_is(RLIMIT_CPU, 5, 7) && limit_is(RLIMIT_NOFILE, 32, 99) ? 0 : UNEXPECTED;
}

static int run_child(struct fixture *fixture, attempt_fn *attempt)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        restore_signals();
        _exit(attempt(fixture));
    }
    return finish_with_status(pid);
}

static void limits_only_become_lower(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    fixture->sandbox = (struct sandbox){.limits = true};
    int result = run_child(fixture, enter_below_other_limits);
    if (result == EPERM) {
        print_message("a hard limit of files cannot be lowered here (Valgrind)\n");
        skip();
    }
    assert_int_equal(result, 0);
}

/* The parent. */

static int write_report(struct fixture *fixture)
{
    const char *path = path_in(fixture, fixture->a, ".new"),
               *end = path_in(fixture, fixture->a, "r");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, "report", 6) != 6 || fchmod(fd, 0640) < 0 || fsync(fd) < 0 || close(fd))
        return errno;
    if (rename(path, end) < 0 || rename(end, path_in(fixture, fixture->a, "old")) < 0)
        return errno;
    return refused(unlink(path_in(fixture, fixture->a, "old")));
}

static void the_parent_writes_in_its_folders(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    assert_int_equal(in_parent(fixture, write_report), 0);
}

static void the_parent_reads_everything(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    assert_int_equal(in_parent(fixture, open_to_read), 0);
    assert_int_equal(in_parent(fixture, open_folder), 0);
}

static int move_out(struct fixture *fixture)
{
    return refused(rename(path_in(fixture, fixture->a, "old"), path_in(fixture, fixture->b, "z")));
}

static void the_parent_changes_nothing_elsewhere(void **state)
{
    static attempt_fn *const attempts[] = {
        open_to_write, open_to_read_and_write,
        create_file,   create_nameless_file,
        unlink_file,   rename_file,
        make_folder,   make_link,
    };
    struct fixture *fixture = *state;
    need_landlock(fixture);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        assert_int_equal(in_parent(fixture, attempts[i]), EACCES);
    int status = in_parent(fixture, move_out);
    assert_true(status == EACCES || status == EXDEV);
}

static void the_parent_is_refused_system_calls(void **state)
{
    static const struct {
        const char *name;
        attempt_fn *attempt;
    } calls[] = {
        {"execve", run_program},
        {"socket", make_socket},
        {"socketpair", make_socket_pair},
        {"connect", connect_socket},
        {"ptrace", trace_process},
        {"io_uring_setup", set_up_io_uring},
        {"chmod", change_mode},
        {"utimensat", change_times},
        {"truncate", truncate_path},
        {"open to truncate", open_to_truncate},
        {"open to truncate, without a mode", truncate_without_a_mode},
    };
    struct fixture *fixture = with_seccomp_only(state);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status = in_parent(fixture, calls[i].attempt);
        if (status != EPERM)
            fail_msg("%s: got %d, want EPERM", calls[i].name, status);
    }
}

static int type_into_terminal(struct fixture *fixture)
{
    (void)fixture;
    /* The kernel looks at the lower half of the request alone. */
    return refused(syscall(SYS_ioctl, 0, TIOCSTI | (UINT64_C(1) << 32), "x"));
}

static void the_parent_cannot_type_into_its_terminal(void **state)
{
    struct fixture *fixture = with_seccomp_only(state);
    assert_int_equal(in_parent(fixture, type_into_terminal), EPERM);
}

static void the_parent_runs_no_program_without_seccomp_either(void **state)
{
    struct fixture *fixture = with_landlock_only(state);
    assert_int_equal(in_parent(fixture, run_program), EACCES);
}

static int start_worker(struct fixture *fixture)
{
    int attempted = run_child(fixture, fork_process);
    if (attempted != 0)
        return attempted;
    static attempt_fn *const allowed[] = {use_memfd, read_hive, allocate_much};
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (in_worker(fixture, allowed[i]) != 0)
            return UNEXPECTED;
    bool confined = (!fixture->sandbox.seccomp || in_worker(fixture, fork_process) == EPERM) &&
                    (!fixture->sandbox.landlock || in_worker(fixture, open_to_read) == EACCES);
    return confined ? 0 : UNEXPECTED;
}

static void the_parent_starts_workers_which_confine_themselves_further(void **state)
{
    struct fixture *fixture = *state;
    need_limits(fixture);
    fixture->hive = support_build(fixture->arena, SUPPORT_WINDOWS_10
                                  "[Microsoft\\Cryptography\\Calais\\SmartCards\\Caf\u00e9]\n");
    struct hive_converters converters;
    assert_true(hive_load_converters(&converters));
    int result = in_parent(fixture, start_worker);
    hive_unload_converters(&converters);
    assert_int_equal(result, 0);
}

/* What is chosen, and what fails. */

static int enter_with_missing_folder(struct fixture *fixture)
{
    const char *folders[] = {fixture->a, path_in(fixture, fixture->b, "none")};
    return sandbox_enter_parent(&fixture->sandbox, folders, 2) ? 0 : errno;
}

/* The kernel stacks 16 rulesets of Landlock. */
static int enter_too_often(struct fixture *fixture)
{
    for (int i = 0; i < 16; i++)
        if (!sandbox_enter_worker(&fixture->sandbox, &limits))
            return UNEXPECTED;
    return sandbox_enter_worker(&fixture->sandbox, &limits) ? 0 : errno;
}

static void landlock_that_cannot_be_had_is_a_failure(void **state)
{
    struct fixture *fixture = with_landlock_only(state);
    assert_int_equal(run_child(fixture, enter_with_missing_folder), ENOENT);
    assert_int_equal(run_child(fixture, enter_too_often), E2BIG);
}

/* Makes this process one of a kernel that lacks a system call. */
static bool take_away(int number, uint32_t error)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = 4, .filter = program};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

static int enter_without_seccomp_call(struct fixture *fixture)
{
    fixture->sandbox.landlock = false;
    if (!take_away(SYS_seccomp, EINVAL))
        return UNEXPECTED;
    return sandbox_enter_worker(&fixture->sandbox, &limits) ? 0 : errno;
}

static void seccomp_that_cannot_be_had_is_a_failure(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    assert_int_equal(run_child(fixture, enter_without_seccomp_call), EINVAL);
}

static int choose_without_landlock(struct fixture *fixture)
{
    struct sandbox *sandbox = &fixture->sandbox;
    return take_away(SYS_landlock_create_ruleset, EOPNOTSUPP) &&
                   sandbox_choose(SANDBOX_AUTO, sandbox) && !sandbox->landlock &&
                   sandbox->seccomp && sandbox->limits && !sandbox_choose(SANDBOX_REQUIRE, sandbox)
               ? 0
               : UNEXPECTED;
}

static int choose_without_seccomp(struct fixture *fixture)
{
    struct sandbox *sandbox = &fixture->sandbox;
    bool landlock = sandbox->landlock;
    return take_away(SYS_seccomp, ENOSYS) && sandbox_choose(SANDBOX_AUTO, sandbox) &&
                   !sandbox->seccomp && sandbox->landlock == landlock && sandbox->limits &&
                   !sandbox_choose(SANDBOX_REQUIRE, sandbox)
               ? 0
               : UNEXPECTED;
}

static void what_the_kernel_lacks_is_not_chosen(void **state)
{
    struct fixture *fixture = *state;
    need_seccomp(fixture);
    assert_int_equal(run_child(fixture, choose_without_landlock), 0);
    assert_int_equal(run_child(fixture, choose_without_seccomp), 0);
}

static void all_that_is_required_is_chosen_or_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct sandbox sandbox;
    bool all = fixture->sandbox.seccomp && fixture->sandbox.landlock;
    assert_int_equal(sandbox_choose(SANDBOX_REQUIRE, &sandbox), all);
}

static void nothing_is_chosen_when_off(void **state)
{
    (void)state;
    struct sandbox sandbox;
    assert_true(sandbox_choose(SANDBOX_OFF, &sandbox));
    assert_false(sandbox.seccomp || sandbox.landlock || sandbox.limits);
}

static int enter_nothing(struct fixture *fixture)
{
    fixture->sandbox = (struct sandbox){0};
    if (!sandbox_enter_parent(&fixture->sandbox, NULL, 0) ||
        !sandbox_enter_worker(&fixture->sandbox, &limits))
        return NOT_ENTERED;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
        return UNEXPECTED;
    return open_to_write(fixture);
}

static void nothing_is_confined_when_off(void **state)
{
    assert_int_equal(run_child(*state, enter_nothing), 0);
}

static void a_sandbox_is_named_by_its_parts(void **state)
{
    (void)state;
    assert_string_equal(sandbox_name(&(struct sandbox){.seccomp = true, .landlock = true}),
                        "seccomp+landlock");
    assert_string_equal(sandbox_name(&(struct sandbox){.seccomp = true}), "seccomp");
    assert_string_equal(sandbox_name(&(struct sandbox){.landlock = true}), "landlock");
    assert_string_equal(sandbox_name(&(struct sandbox){.limits = true}), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worker_is_refused_system_calls),
        TEST(a_worker_opens_no_path),
        TEST(a_worker_without_landlock_opens_paths_for_reading_only),
        TEST(a_worker_without_seccomp_reaches_no_path),
        TEST(a_worker_reads_evidence_it_has_open_and_cannot_write_it),
        TEST(a_worker_makes_seals_and_reopens_a_memfd),
        TEST(only_a_worker_that_rewrites_opens_a_memfd_for_writing),
        TEST(it_opens_no_path_and_does_nothing_else_more),
        TEST(without_landlock_it_opens_nothing_for_writing),
        TEST(a_worker_reads_a_hive),
        TEST(a_worker_uses_pipes_it_has),
        TEST(a_worker_gets_memory_up_to_its_limit),
        TEST(a_worker_ends_when_its_processor_time_is_used_up),
        TEST(a_worker_ends_when_it_makes_a_file_too_large),
        TEST(a_worker_that_aborts_ends_by_sigabrt),
        TEST(a_worker_that_calls_as_another_architecture_is_killed),
        TEST(a_worker_has_limits_where_nothing_else_holds),
        TEST(limits_only_become_lower),
        TEST(the_parent_writes_in_its_folders),
        TEST(the_parent_reads_everything),
        TEST(the_parent_changes_nothing_elsewhere),
        TEST(the_parent_is_refused_system_calls),
        TEST(the_parent_cannot_type_into_its_terminal),
        TEST(the_parent_runs_no_program_without_seccomp_either),
        TEST(the_parent_starts_workers_which_confine_themselves_further),
        TEST(landlock_that_cannot_be_had_is_a_failure),
        TEST(seccomp_that_cannot_be_had_is_a_failure),
        TEST(what_the_kernel_lacks_is_not_chosen),
        TEST(all_that_is_required_is_chosen_or_it_fails),
        TEST(nothing_is_chosen_when_off),
        TEST(nothing_is_confined_when_off),
        TEST(a_sandbox_is_named_by_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
