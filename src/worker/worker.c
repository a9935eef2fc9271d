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
#include "base/source.h"

/* More than this is none of ours: snapshots are bounded by the budgets of the hive stage. */
#define RECEIVED_MAX ((size_t)256 << 20)
#define FRAME_MAGIC  UINT32_C(0x66776168) /* "hawf" */
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

void worker_send(int out, struct slice bytes)
{
    uint8_t header[HEADER_SIZE];
    put_u32(header, FRAME_MAGIC);
    put_u64(header + 4, bytes.len);
    if (!write_fully(out, header, sizeof header) || !write_fully(out, bytes.ptr, bytes.len))
        _exit(EXIT_UNHEARD);
}

static int compare_ints(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return a < b ? -1 : a > b;
}

/* Reports, rule files, other evidence: a worker holds no descriptor but its own. */
static bool close_others(const struct worker_plan *plan, int out)
{
    int keep[plan->nfds + 1];
    for (size_t i = 0; i < plan->nfds; i++)
        keep[i] = plan->fds[i];
    keep[plan->nfds] = out;
    qsort(keep, plan->nfds + 1, sizeof *keep, compare_ints);
    unsigned next = STDERR_FILENO + 1;
    for (size_t i = 0; i < plan->nfds + 1; i++) {
        if (keep[i] > (int)next && close_range(next, (unsigned)keep[i] - 1, 0) < 0)
            return false;
        if (keep[i] >= (int)next)
            next = (unsigned)keep[i] + 1;
    }
    return close_range(next, ~0U, 0) == 0;
}

/* A sanitizer's report must be seen, so an unconfined worker keeps standard error. */
static bool close_streams(const struct worker_plan *plan)
{
    return dup2(plan->null_fd, STDIN_FILENO) >= 0 && dup2(plan->null_fd, STDOUT_FILENO) >= 0 &&
           (!plan->sandbox->limits || dup2(plan->null_fd, STDERR_FILENO) >= 0);
}

static _Noreturn void run_job(const struct worker_plan *plan, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_UNHEARD);
    if (!close_streams(plan) || !close_others(plan, out))
        _exit(EXIT_UNCONFINED);
    if (plan->prepare && !plan->prepare(plan->context, out))
        _exit(EXIT_GOOD);
    if (!sandbox_enter_worker(plan->sandbox, &plan->limits))
        _exit(EXIT_UNCONFINED);
    plan->job(plan->context, out);
    _exit(EXIT_GOOD);
}

bool worker_start(struct worker *worker, struct arena *arena, const struct worker_plan *plan)
{
    int ends[2];
    int64_t now = worker_clock();
    *worker = (struct worker){
        .arena = arena,
        .timeout = plan->timeout,
        .started = now,
        .deadline = plan->timeout ? now + (int64_t)plan->timeout * 1000 : INT64_MAX,
    };
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t parent = getpid();
    worker->pid = fork();
    if (worker->pid == 0)
        run_job(plan, ends[1], parent);
    close(ends[1]);
    worker->out = ends[0];
    if (worker->pid > 0 && fcntl(worker->out, F_SETFL, O_NONBLOCK) == 0)
        return true;
    worker_end(worker);
    return false;
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

/* Whether the bytes start like a frame, as far as they go. Its length is its header's, too. */
static bool start_frame(const uint8_t *bytes, size_t len, uint64_t *frame)
{
    *frame = HEADER_SIZE;
    if (len < HEADER_SIZE)
        return true;
    uint64_t size = get_u64(bytes + 4);
    *frame += size;
    return get_u32(bytes) == FRAME_MAGIC && size <= RECEIVED_MAX - HEADER_SIZE;
}

/* Whether whole frames were received, and nothing else. */
static bool are_frames(const struct worker *worker)
{
    size_t done = 0;
    for (uint64_t frame; done < worker->len; done += (size_t)frame)
        if (!start_frame(worker->received + done, worker->len - done, &frame) ||
            frame > worker->len - done)
            return false;
    return worker->has_sent || worker->len;
}

/* Ends the process, if it has not ended yet, and returns its status. */
static int reap(struct worker *worker)
{
    int status = 0;
    pid_t pid = worker->pid;
    worker->pid = 0;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* The end of the pipe: the worker is done or dead, or only closed it and has nothing more to say.
 */
static void take_end(struct worker *worker)
{
    const char *fault = explain_end(worker->arena, reap(worker));
    bool whole = are_frames(worker);
    worker->state = fault || !whole ? WORKER_FAILED : WORKER_DONE;
    worker->fault = fault ? fault : whole ? NULL : WORKER_NONSENSE;
}

/* What was taken makes room only here: a worker can send a great many small frames. */
static void make_room(struct worker *worker)
{
    worker->len -= worker->taken;
    if (worker->taken)
        memmove(worker->received, worker->received + worker->taken, worker->len);
    worker->taken = 0;
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

static void stop(struct worker *worker, const char *fault)
{
    reap(worker);
    worker->state = WORKER_FAILED;
    worker->fault = fault;
}

void worker_advance(struct worker *worker, int64_t now)
{
    while (worker->state == WORKER_RUNNING && receive(worker))
        ;
    if (worker->state != WORKER_RUNNING)
        return;
    uint64_t frame;
    if (worker->len > RECEIVED_MAX || !start_frame(worker->received, worker->len, &frame))
        stop(worker, WORKER_NONSENSE);
    else if (now >= worker->deadline)
        stop(worker, arena_printf(worker->arena, "took longer than %u s to read (--timeout)",
                                  worker->timeout));
}

bool worker_take_frame(struct worker *worker, struct slice *frame)
{
    uint64_t len;
    size_t left = worker->len - worker->taken;
    if (left < HEADER_SIZE)
        return false;
    const uint8_t *start = worker->received + worker->taken;
    if (!start_frame(start, left, &len) || len > left)
        return false;
    frame->len = (size_t)len - HEADER_SIZE;
    uint8_t *bytes = malloc(frame->len ? frame->len : 1);
    if (!bytes)
        end_out_of_memory();
    memcpy(bytes, start + HEADER_SIZE, frame->len);
    frame->ptr = bytes;
    worker->taken += (size_t)len;
    worker->has_sent = true;
    return true;
}

void worker_extend(struct worker *worker, unsigned seconds)
{
    int64_t deadline = worker_clock() + (int64_t)seconds * 1000;
    if (seconds && deadline > worker->deadline)
        worker->deadline = deadline;
}

void worker_end(struct worker *worker)
{
    if (worker->pid > 0)
        stop(worker, NULL);
    close(worker->out);
    free(worker->received);
    worker->received = NULL;
}
