/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"

/* More than this is none of ours: snapshots are bounded by the budgets of the hive stage. */
#define RECEIVED_MAX ((size_t)256 << 20)
#define HEADER_SIZE  12
#define RECEIVE_SIZE (64 * 1024)

/* How a worker ends, besides by a signal. 2 is the arena's: out of memory. */
enum { EXIT_GOOD = 0, EXIT_MEMORY = 2, EXIT_UNCONFINED = 3, EXIT_UNHEARD = 4 };

int64_t worker_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(EXIT_UNHEARD);
        bytes += n;
        len -= (size_t)n;
    }
}

void channel_send(const struct channel *channel, enum frame_kind kind, struct slice payload)
{
    uint8_t header[HEADER_SIZE];
    put_u32(header, kind);
    put_u64(header + 4, payload.len);
    write_all(channel->out, header, sizeof header);
    write_all(channel->out, payload.ptr, payload.len);
}

void channel_await(const struct channel *channel)
{
    char word;
    ssize_t n;
    do
        n = read(channel->in, &word, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(EXIT_UNHEARD);
}

static int compare_ints(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return a < b ? -1 : a > b;
}

/* Reports, rule files, other evidence: a worker holds no descriptor but its own. */
static void close_others(const struct worker_plan *plan, const struct channel *channel)
{
    int keep[plan->nfds + 2];
    for (size_t i = 0; i < plan->nfds; i++)
        keep[i] = plan->fds[i];
    keep[plan->nfds] = channel->out;
    keep[plan->nfds + 1] = channel->in;
    qsort(keep, plan->nfds + 2, sizeof *keep, compare_ints);
    unsigned next = STDERR_FILENO + 1;
    for (size_t i = 0; i < plan->nfds + 2; i++) {
        if (keep[i] > (int)next)
            close_range(next, (unsigned)keep[i] - 1, 0);
        if (keep[i] >= (int)next)
            next = (unsigned)keep[i] + 1;
    }
    close_range(next, ~0U, 0);
}

/* A sanitizer's report must be seen, so an unconfined worker keeps standard error. */
static void close_streams(const struct worker_plan *plan)
{
    dup2(plan->null_fd, STDIN_FILENO);
    dup2(plan->null_fd, STDOUT_FILENO);
    if (plan->sandbox->limits)
        dup2(plan->null_fd, STDERR_FILENO);
}

static _Noreturn void run_job(const struct worker_plan *plan, const struct channel *channel,
                              pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_UNHEARD);
    close_streams(plan);
    close_others(plan, channel);
    if (!sandbox_enter_worker(plan->sandbox, &plan->limits))
        _exit(EXIT_UNCONFINED);
    plan->job(plan->context, channel);
    _exit(EXIT_GOOD);
}

static void close_pipe(const int *ends)
{
    close(ends[0]);
    close(ends[1]);
}

/* Two pipes: what the worker says, and what it is told. */
static bool open_pipes(int *said, int *told)
{
    if (pipe2(said, O_CLOEXEC) < 0)
        return false;
    if (pipe2(told, O_CLOEXEC) == 0)
        return true;
    close_pipe(said);
    return false;
}

bool worker_start(struct worker *worker, struct arena *arena, const struct worker_plan *plan)
{
    int said[2], told[2];
    *worker = (struct worker){
        .arena = arena,
        .timeout = plan->timeout,
        .deadline = plan->timeout ? worker_clock() + (int64_t)plan->timeout * 1000 : INT64_MAX,
    };
    if (!open_pipes(said, told))
        return false;
    pid_t parent = getpid();
    worker->pid = fork();
    if (worker->pid < 0) {
        close_pipe(said);
        close_pipe(told);
        return false;
    }
    if (worker->pid == 0)
        run_job(plan, &(struct channel){.out = said[1], .in = told[0]}, parent);
    close(said[1]);
    close(told[0]);
    worker->out = said[0];
    worker->in = told[1];
    fcntl(worker->out, F_SETFL, O_NONBLOCK);
    return true;
}

/* Why it ended, other than well. */
static const char *explain_end(struct arena *arena, int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return "took more processor time than it may have";
    if (WIFSIGNALED(status))
        return arena_printf(arena, "crashed the process that read it (SIG%s)",
                            sigabbrev_np(WTERMSIG(status)));
    switch (WEXITSTATUS(status)) {
    case EXIT_GOOD:
        return NULL;
    case EXIT_MEMORY:
        return "needs more memory than it may have";
    case EXIT_UNCONFINED:
        return "was not read: the process that reads it cannot be confined";
    default:
        return arena_printf(arena, "ended the process that read it (status %d)",
                            WEXITSTATUS(status));
    }
}

static const char nonsense[] = "made the process that read it send nonsense";

/* Whether a whole frame of a kind is at an offset; *end is the offset behind it. */
static bool find_frame(const struct worker *worker, size_t offset, enum frame_kind kind,
                       size_t *end)
{
    const uint8_t *header = worker->received + offset;
    if (worker->len - offset < HEADER_SIZE || get_u32(header) != (uint32_t)kind ||
        get_u64(header + 4) > worker->len - offset - HEADER_SIZE)
        return false;
    *end = offset + HEADER_SIZE + (size_t)get_u64(header + 4);
    return true;
}

static void reap(struct worker *worker, int *status)
{
    pid_t pid = worker->pid;
    worker->pid = 0;
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
}

/* The end of the pipe: the worker is done or dead. */
static void take_end(struct worker *worker)
{
    int status = 0;
    size_t end;
    kill(worker->pid, SIGKILL); /* where it only closed the pipe, it has nothing more to say */
    reap(worker, &status);
    const char *fault = explain_end(worker->arena, status);
    bool whole = find_frame(worker, worker->result, FRAME_RESULT, &end) && end == worker->len;
    worker->state = fault || !whole ? WORKER_FAILED : WORKER_DONE;
    worker->fault = fault ? fault : whole ? NULL : nonsense;
}

static void make_room(struct worker *worker)
{
    if (worker->room - worker->len >= RECEIVE_SIZE)
        return;
    worker->room = worker->room ? worker->room * 2 : 2 * RECEIVE_SIZE;
    worker->received = realloc(worker->received, worker->room);
    if (!worker->received)
        end_out_of_memory();
}

/* Whether there may be more to read now. */
static bool receive(struct worker *worker)
{
    make_room(worker);
    ssize_t n = read(worker->out, worker->received + worker->len, RECEIVE_SIZE);
    if (n < 0)
        return errno == EINTR;
    if (n == 0) {
        take_end(worker);
        return false;
    }
    worker->len += (size_t)n;
    return n == RECEIVE_SIZE && worker->len <= RECEIVED_MAX;
}

/* The first frame may be a digest. */
static void take_question(struct worker *worker)
{
    size_t end;
    if (worker->result || !find_frame(worker, 0, FRAME_DIGEST, &end) ||
        end != HEADER_SIZE + WORKER_DIGEST_SIZE)
        return;
    memcpy(worker->digest, worker->received + HEADER_SIZE, WORKER_DIGEST_SIZE);
    worker->result = end;
    worker->state = WORKER_ASKING;
}

static void stop(struct worker *worker, const char *fault)
{
    int status;
    kill(worker->pid, SIGKILL);
    reap(worker, &status);
    worker->state = WORKER_FAILED;
    worker->fault = fault;
}

void worker_advance(struct worker *worker, int64_t now)
{
    while (worker->state == WORKER_RUNNING && receive(worker))
        ;
    if (worker->state != WORKER_RUNNING)
        return;
    take_question(worker);
    if (worker->len > RECEIVED_MAX)
        stop(worker, nonsense);
    else if (now >= worker->deadline)
        stop(worker, arena_printf(worker->arena, "took longer than %u s to read (--timeout)",
                                  worker->timeout));
}

void worker_go(struct worker *worker)
{
    worker->state = WORKER_RUNNING;
    ssize_t n = write(worker->in, "", 1);
    (void)n; /* a worker that is gone is seen at the end of its pipe */
}

struct slice worker_take_result(struct worker *worker)
{
    size_t start = worker->result + HEADER_SIZE;
    struct slice result = {.ptr = worker->received, .len = worker->len - start};
    memmove(worker->received, worker->received + start, result.len);
    worker->received = NULL;
    return result;
}

void worker_end(struct worker *worker)
{
    if (worker->pid > 0)
        stop(worker, NULL);
    close(worker->out);
    close(worker->in);
    free(worker->received);
    worker->received = NULL;
}
