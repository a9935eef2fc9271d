/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "support.h"

#define PATIENCE 30000 /* milliseconds until a test gives up */
#define MIB      ((size_t)1 << 20)
#define NONSENSE "made the process that read it send nonsense"

struct fixture {
    struct arena *arena;
    struct sandbox sandbox; /* none, where the test does not choose */
    struct sandbox_limits limits;
    struct worker worker;
    int null_fd;
    const int *fds;
    size_t nfds;
    unsigned timeout;
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    fixture->arena = arena;
    fixture->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    *state = fixture;
    return fixture->null_fd < 0;
}

/* No test leaves a process behind. */
static int stop(void **state)
{
    struct fixture *fixture = *state;
    close(fixture->null_fd);
    arena_free(fixture->arena);
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static void start_job(struct fixture *fixture, worker_job *job, const void *context)
{
    struct worker_plan plan = {
        .sandbox = &fixture->sandbox,
        .limits = fixture->limits,
        .timeout = fixture->timeout,
        .null_fd = fixture->null_fd,
        .fds = fixture->fds,
        .nfds = fixture->nfds,
        .job = job,
        .context = context,
    };
    assert_true(worker_start(&fixture->worker, fixture->arena, &plan));
    assert_int_equal(fixture->worker.state, WORKER_RUNNING);
}

/* Follows the worker until it is over. */
static void follow(struct fixture *fixture)
{
    struct worker *worker = &fixture->worker;
    int64_t end = worker_clock() + PATIENCE;
    while (worker->state == WORKER_RUNNING) {
        struct pollfd poll_fd = {.fd = worker->out, .events = POLLIN};
        int64_t left = worker->deadline - worker_clock();
        poll(&poll_fd, 1, left < 0 ? 0 : left < PATIENCE ? (int)left : PATIENCE);
        worker_advance(worker, worker_clock());
        assert_true(worker_clock() < end);
    }
}

static void run_job(struct fixture *fixture, worker_job *job, const void *context)
{
    start_job(fixture, job, context);
    follow(fixture);
}

static void assert_failed(struct fixture *fixture, const char *fault)
{
    assert_int_equal(fixture->worker.state, WORKER_FAILED);
    assert_string_equal(fixture->worker.fault, fault);
    worker_end(&fixture->worker);
}

/* The worker is done, and this is its result. */
static void assert_result(struct fixture *fixture, const void *bytes, size_t len)
{
    if (fixture->worker.state != WORKER_DONE)
        fail_msg("%s", fixture->worker.fault);
    assert_null(fixture->worker.fault);
    struct slice result;
    assert_true(worker_take_frame(&fixture->worker, &result));
    assert_int_equal(result.len, len);
    if (len)
        assert_memory_equal(result.ptr, bytes, len);
    free((void *)result.ptr);
    worker_end(&fixture->worker);
}

static struct slice slice_of(const char *text)
{
    return (struct slice){.ptr = (const uint8_t *)text, .len = strlen(text)};
}

static void send_text(const void *context, int out)
{
    worker_send(out, slice_of(context));
}

static void a_job_sends_its_result(void **state)
{
    run_job(*state, send_text, "result");
    assert_result(*state, "result", 6);
    run_job(*state, send_text, "");
    assert_result(*state, "", 0);
}

static uint8_t *make_pattern(struct arena *arena, size_t len)
{
    uint8_t *bytes = arena_alloc(arena, len, 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 13 + i / 241);
    return bytes;
}

static void send_slice(const void *context, int out)
{
    worker_send(out, *(const struct slice *)context);
}

/* Larger than a pipe, than what is read at once, and than the room made first. */
static void a_large_result_arrives_whole(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {65536 - 12, 65536, 131072 - 12, 131072 + 1, 9 * MIB + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct slice bytes = {.ptr = make_pattern(fixture->arena, sizes[i]), .len = sizes[i]};
        run_job(fixture, send_slice, &bytes);
        assert_result(fixture, bytes.ptr, bytes.len);
    }
}

static void read_in_a_sandbox(const void *context, int out)
{
    char bytes[16];
    ssize_t n = pread(*(const int *)context, bytes, sizeof bytes, 0);
    worker_send(out, (struct slice){.ptr = (uint8_t *)bytes, .len = n < 0 ? 0 : (size_t)n});
}

/* With what this kernel and build can do. */
static void a_confined_job_reads_what_it_was_given(void **state)
{
    struct fixture *fixture = *state;
    int fd = memfd_create("test-worker", MFD_CLOEXEC);
    assert_int_equal(write(fd, "evidence", 8), 8);
    assert_true(sandbox_choose(SANDBOX_AUTO, &fixture->sandbox));
    fixture->limits = (struct sandbox_limits){.memory = 4096 * MIB, .seconds = 10, .file = MIB};
    fixture->fds = &fd;
    fixture->nfds = 1;
    run_job(fixture, read_in_a_sandbox, &fd);
    assert_result(fixture, "evidence", 8);
    close(fd);
}

static void use_up_memory(const void *context, int out)
{
    (void)context, (void)out;
    struct arena *arena = arena_new();
    for (size_t i = 0; i < 4096; i++)
        arena_alloc(arena, MIB, 1);
}

static void a_confined_job_gets_no_more_than_its_memory(void **state)
{
    struct fixture *fixture = *state;
    sandbox_choose(SANDBOX_AUTO, &fixture->sandbox);
    if (!fixture->sandbox.limits)
        skip();
    fixture->limits = (struct sandbox_limits){.memory = 256 * MIB, .seconds = 10, .file = MIB};
    run_job(fixture, use_up_memory, NULL);
    assert_failed(fixture, "needs more memory than it may have");
}

/* The process is gone and no zombie is left of it. */
static void assert_gone(pid_t pid)
{
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void wait_for_ever(const void *context, int out)
{
    (void)context, (void)out;
    while (true)
        pause();
}

static void a_running_worker_can_be_ended(void **state)
{
    struct fixture *fixture = *state;
    start_job(fixture, wait_for_ever, NULL);
    pid_t pid = fixture->worker.pid;
    worker_end(&fixture->worker);
    assert_gone(pid);
}

/* Around the handlers of a sanitizer. */
static void die_by_signal(const void *context, int out)
{
    (void)out;
    uint64_t as_default[4] = {0};
    syscall(SYS_rt_sigaction, *(const int *)context, as_default, NULL, 8);
    raise(*(const int *)context);
}

static void a_crash_is_named_by_its_signal(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int number;
        const char *fault;
    } signals[] = {
        {SIGSEGV, "crashed the process that read it (SIGSEGV)"},
        {SIGABRT, "crashed the process that read it (SIGABRT)"},
        {SIGBUS, "crashed the process that read it (SIGBUS)"},
        {SIGSYS, "crashed the process that read it (SIGSYS)"},
        {SIGKILL, "crashed the process that read it (SIGKILL)"},
        {SIGXCPU, "took more processor time than it may have"},
    };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int number = signals[i].number;
        run_job(fixture, die_by_signal, &number);
        assert_failed(fixture, signals[i].fault);
    }
}

static void exit_with(const void *context, int out)
{
    worker_send(out, slice_of("result"));
    _exit(*(const int *)context);
}

/* Whatever was sent before: a job that ends so cannot be believed. */
static void an_exit_status_says_why_it_failed(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int status;
        const char *fault;
    } exits[] = {
        {1, "ended the process that read it (status 1)"},
        {2, "needs more memory than it may have"},
        {3, "was not read: the process that reads it cannot be confined"},
        {99, "ended the process that read it (status 99)"},
        {255, "ended the process that read it (status 255)"},
    };
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        int status = exits[i].status;
        run_job(fixture, exit_with, &status);
        assert_failed(fixture, exits[i].fault);
    }
}

static void run_out_of_memory(const void *context, int out)
{
    (void)context, (void)out;
    end_out_of_memory();
}

static void out_of_memory_is_told_from_a_crash(void **state)
{
    run_job(*state, run_out_of_memory, NULL);
    assert_failed(*state, "needs more memory than it may have");
}

/* Bytes that a job sends as they are. */
struct raw {
    const char *what;
    size_t len;
    const char *bytes;
};
#define RAW(what, bytes)                                                                           \
    {                                                                                              \
        what, sizeof bytes - 1, bytes                                                              \
    }
#define LEN(n) n "\0\0\0\0\0\0\0"

static void send_raw(const void *context, int out)
{
    const struct raw *raw = context;
    ssize_t n = write(out, raw->bytes, raw->len);
    (void)n;
}

static void a_frame_is_its_magic_number_length_and_bytes(void **state)
{
    static const struct raw raw = RAW("a frame", "hawf" LEN("\3") "abc");
    run_job(*state, send_raw, &raw);
    assert_result(*state, "abc", 3);
}

static void frames_that_are_none_are_nonsense(void **state)
{
    static const struct raw cases[] = {
        RAW("nothing", ""),
        RAW("one byte", "h"),
        RAW("a header without its last byte", "hawf\0\0\0\0\0\0\0"),
        RAW("half a frame", "hawf" LEN("\4") "ab"),
        RAW("another kind", "hawg" LEN("\1") "x"),
        RAW("zeros", "\0\0\0\0" LEN("\0")),
        RAW("a trailing byte", "hawf" LEN("\1") "xy"),
        RAW("a byte behind an empty result", "hawf" LEN("\0") "x"),
        RAW("half a second frame", "hawf" LEN("\1") "xhawf" LEN("\1")),
        RAW("a second frame of another kind", "hawf" LEN("\1") "xhawg" LEN("\1") "x"),
        RAW("the largest length", "hawf\xff\xff\xff\xff\xff\xff\xff\xff"
                                  "abc"),
        RAW("a length that wraps around", "hawf\xf4\xff\xff\xff\xff\xff\xff\xff"
                                          "abc"),
        RAW("a length one too large", "hawf" LEN("\4") "abc"),
        RAW("a length above 32 bits", "hawf\3\0\0\0\1\0\0\0"
                                      "abc"),
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct raw raw = cases[i];
        run_job(fixture, send_raw, &raw);
        if (fixture->worker.state != WORKER_FAILED)
            fail_msg("%s is taken", raw.what);
        assert_failed(fixture, NONSENSE);
    }
}

static void send_twice(const void *context, int out)
{
    (void)context;
    worker_send(out, slice_of("one"));
    worker_send(out, slice_of(""));
}

static void frames_are_taken_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    struct slice frame;
    run_job(fixture, send_twice, NULL);
    assert_int_equal(fixture->worker.state, WORKER_DONE);
    assert_true(worker_take_frame(&fixture->worker, &frame));
    assert_int_equal(frame.len, 3);
    assert_memory_equal(frame.ptr, "one", 3);
    free((void *)frame.ptr);
    assert_true(worker_take_frame(&fixture->worker, &frame));
    assert_int_equal(frame.len, 0);
    free((void *)frame.ptr);
    assert_false(worker_take_frame(&fixture->worker, &frame));
    worker_end(&fixture->worker);
}

static bool send_instead(const void *context, int out)
{
    worker_send(out, slice_of(context));
    return false;
}

static void crash(const void *context, int out)
{
    (void)context;
    (void)out;
    abort();
}

static void what_cannot_be_prepared_has_no_job(void **state)
{
    struct fixture *fixture = *state;
    struct worker_plan plan = {
        .sandbox = &fixture->sandbox,
        .null_fd = fixture->null_fd,
        .prepare = send_instead,
        .job = crash,
        .context = "missing",
    };
    assert_true(worker_start(&fixture->worker, fixture->arena, &plan));
    follow(fixture);
    assert_result(fixture, "missing", 7);
}

static void send_for_ever(const void *context, int out)
{
    uint8_t header[12] = "hawf";
    put_u64(header + 4, *(const uint64_t *)context);
    ssize_t n = write(out, header, sizeof header);
    static const char chunk[65536];
    while (n > 0)
        n = write(out, chunk, sizeof chunk);
}

/* Whatever comes behind the length that it announces. */
static void a_flood_is_stopped(void **state)
{
    struct fixture *fixture = *state;
    uint64_t len = 200 * MIB;
    start_job(fixture, send_for_ever, &len);
    pid_t pid = fixture->worker.pid;
    follow(fixture);
    assert_gone(pid);
    assert_in_range(fixture->worker.len, 256 * MIB, 257 * MIB);
    assert_failed(fixture, NONSENSE);
}

static void a_job_is_stopped_at_its_deadline_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    fixture->timeout = 30;
    int64_t before = worker_clock();
    start_job(fixture, wait_for_ever, NULL);
    pid_t pid = fixture->worker.pid;
    assert_in_range(fixture->worker.deadline - before, 30000, 31000);
    worker_advance(&fixture->worker, fixture->worker.deadline - 1);
    assert_int_equal(fixture->worker.state, WORKER_RUNNING);
    worker_advance(&fixture->worker, fixture->worker.deadline);
    assert_gone(pid);
    assert_failed(fixture, "took longer than 30 s to read (--timeout)");
}

static void a_second_is_a_second(void **state)
{
    struct fixture *fixture = *state;
    fixture->timeout = 1;
    int64_t before = worker_clock();
    run_job(fixture, wait_for_ever, NULL);
    assert_in_range(worker_clock() - before, 1000, 10000);
    assert_failed(fixture, "took longer than 1 s to read (--timeout)");
}

static void without_a_timeout_there_is_no_deadline(void **state)
{
    struct fixture *fixture = *state;
    start_job(fixture, wait_for_ever, NULL);
    worker_advance(&fixture->worker, INT64_MAX - 1);
    assert_int_equal(fixture->worker.state, WORKER_RUNNING);
    worker_end(&fixture->worker);
}

static void close_pipe_and_stay(const void *context, int out)
{
    worker_send(out, slice_of(context));
    close(out);
    wait_for_ever(NULL, -1);
}

static void a_worker_that_only_closes_its_pipe_is_ended(void **state)
{
    struct fixture *fixture = *state;
    run_job(fixture, close_pipe_and_stay, "result");
    assert_failed(fixture, "crashed the process that read it (SIGKILL)");
}

#define FDS 256

/* Sends a byte for each descriptor: what is open there. */
static void send_descriptors(const void *context, int out)
{
    uint8_t open_fds[FDS];
    for (int fd = 0; fd < FDS; fd++) {
        struct stat st;
        bool is_open = fcntl(fd, F_GETFD) >= 0, known = is_open && fstat(fd, &st) == 0;
        bool is_null = known && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
        open_fds[fd] = !is_open ? '-' : fd == out ? 'o' : is_null ? 'n' : 'f';
    }
    (void)context;
    worker_send(out, (struct slice){.ptr = open_fds, .len = FDS});
}

/* Checks what a worker has open; stderr is as in the parent where nothing confines it. */
static void check_descriptors(struct fixture *fixture, bool stderr_is_null)
{
    unsigned pipes = 0;
    run_job(fixture, send_descriptors, NULL);
    assert_int_equal(fixture->worker.state, WORKER_DONE);
    struct slice result;
    assert_true(worker_take_frame(&fixture->worker, &result));
    assert_int_equal(result.len, FDS);
    assert_int_equal(result.ptr[0], 'n');
    assert_int_equal(result.ptr[1], 'n');
    if (stderr_is_null)
        assert_int_equal(result.ptr[2], 'n');
    for (int fd = 3; fd < FDS; fd++) {
        bool given = false;
        for (size_t i = 0; i < fixture->nfds; i++)
            given |= fixture->fds[i] == fd;
        if (result.ptr[fd] == 'o')
            pipes++;
        else
            assert_int_equal(result.ptr[fd], given ? 'f' : '-');
    }
    assert_int_equal(pipes, 1);
    free((void *)result.ptr);
    worker_end(&fixture->worker);
}

/* Around gaps, in any order, and twice. */
static void a_job_has_the_descriptors_that_it_is_given_and_no_others(void **state)
{
    struct fixture *fixture = *state;
    int memory = memfd_create("test-worker", MFD_CLOEXEC);
    int fds[] = {fcntl(memory, F_DUPFD, 200), fcntl(memory, F_DUPFD, 40), memory,
                 fcntl(memory, F_DUPFD, 41), fcntl(memory, F_DUPFD, 40)};
    int others[] = {fcntl(memory, F_DUPFD, 30), fcntl(memory, F_DUPFD, 100),
                    fcntl(memory, F_DUPFD, 255)};
    int twice[] = {fds[0], fds[1], fds[0]};
    check_descriptors(fixture, false);
    fixture->fds = fds;
    fixture->nfds = 5;
    check_descriptors(fixture, false);
    fixture->fds = twice;
    fixture->nfds = 3;
    check_descriptors(fixture, false);
    for (size_t i = 0; i < 5; i++)
        close(fds[i]);
    for (size_t i = 0; i < 3; i++)
        close(others[i]);
}

static void a_confined_job_has_no_standard_streams(void **state)
{
    struct fixture *fixture = *state;
    struct sandbox chosen;
    sandbox_choose(SANDBOX_AUTO, &chosen);
    if (!chosen.limits)
        skip();
    fixture->sandbox.limits = true;
    fixture->limits = (struct sandbox_limits){.memory = 4096 * MIB, .file = MIB};
    check_descriptors(fixture, true);
}

static void report_and_wait(const void *context, int out)
{
    alarm(2 * PATIENCE / 1000); /* it ends, whatever becomes of the test */
    ssize_t n = write(*(const int *)context, "x", 1);
    (void)n;
    wait_for_ever(context, out);
}

/* A parent that starts a worker and dies as soon as that runs. */
static _Noreturn void start_and_die(struct fixture *fixture, const int *ends)
{
    char byte;
    fixture->fds = &ends[1];
    fixture->nfds = 1;
    int write_end = ends[1];
    start_job(fixture, report_and_wait, &write_end);
    _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
}

static void a_worker_dies_with_its_parent(void **state)
{
    struct fixture *fixture = *state;
    int ends[2], status;
    char byte;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0)
        start_and_die(fixture, ends);
    close(ends[1]);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct pollfd poll_fd = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, PATIENCE), 1); /* the last end for writing is closed */
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static int lowest_free_fd(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

/* A pipe takes two descriptors. */
static void a_worker_that_cannot_start_leaves_nothing_open(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = lowest_free_fd();
    struct worker_plan plan = {
        .sandbox = &fixture->sandbox, .null_fd = fixture->null_fd, .job = send_text, .context = ""};
    for (int more = 0; more < 2; more++) {
        limit = (struct rlimit){.rlim_cur = (rlim_t)(lowest + more), .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        errno = 0;
        bool started = worker_start(&fixture->worker, fixture->arena, &plan);
        int error = errno;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_false(started);
        assert_int_equal(error, EMFILE);
        assert_int_equal(lowest_free_fd(), lowest);
    }
}

static void a_worker_that_ended_leaves_nothing_open(void **state)
{
    struct fixture *fixture = *state;
    int lowest = lowest_free_fd();
    int number = SIGKILL;
    run_job(fixture, send_text, "result");
    assert_result(fixture, "result", 6);
    run_job(fixture, die_by_signal, &number);
    worker_end(&fixture->worker);
    start_job(fixture, wait_for_ever, NULL);
    worker_end(&fixture->worker);
    assert_int_equal(lowest_free_fd(), lowest);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_job_sends_its_result),
        TEST(a_large_result_arrives_whole),
        TEST(a_confined_job_reads_what_it_was_given),
        TEST(a_confined_job_gets_no_more_than_its_memory),
        TEST(a_running_worker_can_be_ended),
        TEST(a_crash_is_named_by_its_signal),
        TEST(an_exit_status_says_why_it_failed),
        TEST(out_of_memory_is_told_from_a_crash),
        TEST(a_frame_is_its_magic_number_length_and_bytes),
        TEST(frames_that_are_none_are_nonsense),
        TEST(frames_are_taken_one_by_one),
        TEST(what_cannot_be_prepared_has_no_job),
        TEST(a_flood_is_stopped),
        TEST(a_job_is_stopped_at_its_deadline_and_not_before),
        TEST(a_second_is_a_second),
        TEST(without_a_timeout_there_is_no_deadline),
        TEST(a_worker_that_only_closes_its_pipe_is_ended),
        TEST(a_job_has_the_descriptors_that_it_is_given_and_no_others),
        TEST(a_confined_job_has_no_standard_streams),
        TEST(a_worker_dies_with_its_parent),
        TEST(a_worker_that_cannot_start_leaves_nothing_open),
        TEST(a_worker_that_ended_leaves_nothing_open),
    };
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    return cmocka_run_group_tests(tests, NULL, NULL);
}
