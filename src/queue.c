/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hive/image.h"
#include "input/digest.h"
#include "input/logs.h"

/* Results that wait for one before them, for each job, and their bytes: more keep the workers busy
 * behind a slow hive, and take more memory. */
#define WINDOW_PER_JOB    8
#define WAITING_BYTES_MAX ((size_t)64 << 20)

/* Evidence larger than any hive with its logs has no digest taken. */
#define DIGESTED_MAX ((uint64_t)512 << 20)

/* What is remembered of evidence that may come again. */
#define KNOWN_MAX       1024
#define KNOWN_BYTES_MAX ((size_t)8 << 20)

/* A worker's address space has room for what it inherits, for mappings of the hive and of its
 * copies, and for this. */
#define MEMORY_MORE ((uint64_t)1 << 30)

/* An outcome that several candidates may share. */
struct shared_outcome {
    struct outcome outcome;
    uint8_t digest[DIGEST_SIZE];
    bool ready; /* not before its worker has ended */
    unsigned references;
};

/* A candidate on its way. */
struct task {
    const struct candidate *candidate;
    struct arena *arena;
    bool works; /* the worker is there */
    struct worker worker;
    struct shared_outcome *shared; /* NULL: not known yet which */
    uint64_t size;                 /* bytes of the evidence */
};

struct queue {
    const struct queue_settings *settings;
    const struct candidates *candidates;
    struct log_finder logs;
    struct task *tasks; /* a ring: that of candidate i is at i % window */
    size_t window;
    size_t first, next; /* candidates from first on are not handed over, from next on not begun */
    unsigned running;
    int64_t busy_since; /* workers are not looked after from then on */
    bool stopped;       /* by a signal */
    struct shared_outcome
        *known[KNOWN_MAX]; /* a ring: what evidence that was handed over came to */
    size_t known_first, nknown, known_bytes;
    uint64_t next_id;
};

static struct shared_outcome *new_outcome(struct queue *queue)
{
    struct shared_outcome *shared = calloc(1, sizeof *shared);
    if (!shared)
        end_out_of_memory();
    shared->references = 1;
    shared->outcome.id = queue->next_id++;
    return shared;
}

static void release(struct shared_outcome *shared)
{
    if (!shared || --shared->references)
        return;
    free((void *)shared->outcome.fault);
    free((void *)shared->outcome.result.ptr);
    free(shared);
}

/* The outcome of a task, which may have twins that wait for it already. */
static void set_result(struct queue *queue, struct task *task, struct slice result)
{
    if (!task->shared)
        task->shared = new_outcome(queue);
    task->shared->outcome.size = task->size;
    task->shared->outcome.result = result;
    task->shared->ready = true;
}

static void set_fault(struct queue *queue, struct task *task, const char *fault)
{
    set_result(queue, task, (struct slice){0});
    task->shared->outcome.fault = strdup(fault);
    if (!task->shared->outcome.fault)
        end_out_of_memory();
}

static void forget_oldest(struct queue *queue)
{
    struct shared_outcome *oldest = queue->known[queue->known_first];
    queue->known_first = (queue->known_first + 1) % KNOWN_MAX;
    queue->nknown--;
    queue->known_bytes -= oldest->outcome.result.len;
    release(oldest);
}

/* The oldest go where there are too many, or too much of them. */
static void remember(struct queue *queue, struct shared_outcome *shared)
{
    if (queue->nknown == KNOWN_MAX)
        forget_oldest(queue);
    shared->references++;
    queue->known[(queue->known_first + queue->nknown++) % KNOWN_MAX] = shared;
    queue->known_bytes += shared->outcome.result.len;
    while (queue->known_bytes > KNOWN_BYTES_MAX)
        forget_oldest(queue);
}

static struct task *task_of(struct queue *queue, size_t index)
{
    return &queue->tasks[index % queue->window];
}

/* What the same evidence has come to, or is about to. */
static struct shared_outcome *find_twin(struct queue *queue, const uint8_t *digest)
{
    for (size_t i = queue->first; i < queue->next; i++) {
        struct shared_outcome *shared = task_of(queue, i)->shared;
        if (shared && shared->outcome.may_recur && memcmp(shared->digest, digest, DIGEST_SIZE) == 0)
            return shared;
    }
    for (size_t i = 0; i < queue->nknown; i++) {
        struct shared_outcome *shared = queue->known[(queue->known_first + i) % KNOWN_MAX];
        if (memcmp(shared->digest, digest, DIGEST_SIZE) == 0)
            return shared;
    }
    return NULL;
}

static void end_worker(struct queue *queue, struct task *task)
{
    worker_end(&task->worker);
    task->works = false;
    queue->running--;
}

static void take_result(struct queue *queue, struct task *task)
{
    if (task->worker.state == WORKER_FAILED)
        set_fault(queue, task, task->worker.fault);
    else
        set_result(queue, task, worker_take_result(&task->worker));
    end_worker(queue, task);
    if (task->shared->outcome.may_recur)
        remember(queue, task->shared);
}

static void advance(struct queue *queue, struct task *task)
{
    worker_advance(&task->worker, worker_clock());
    if (task->worker.state != WORKER_RUNNING)
        take_result(queue, task);
}

/* The logs that were named, or those beside the hive; a stream has none. */
static void open_logs(struct queue *queue, struct task *task, struct job *job)
{
    const struct queue_settings *settings = queue->settings;
    if (settings->nlogs) {
        job->logs = arena_alloc(task->arena, settings->nlogs, sizeof *job->logs);
        for (; job->nlogs < settings->nlogs; job->nlogs++)
            job->logs[job->nlogs] = log_open(task->arena, settings->logs[job->nlogs]);
    } else if (!job->input.is_stream && settings->job.policy != LOGS_IGNORE)
        log_finder_open(&queue->logs, task->arena, task->candidate->path, &job->logs, &job->nlogs);
}

/* Bytes of address space that a worker starts with: those of this process. */
static uint64_t measure_own_memory(void)
{
    unsigned long pages = 0;
    CLEANUP(file) FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", &pages) != 1)
        return 0;
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* False where it has to be tried again when another worker has ended. */
static bool start_worker(struct queue *queue, struct task *task, struct job *job)
{
    const struct queue_settings *settings = queue->settings;
    int fds[2 + job->nlogs];
    size_t nfds = 0;
    fds[nfds++] = job->input.fd;
    for (size_t i = 0; i < job->nlogs; i++)
        if (job->logs[i].fd >= 0)
            fds[nfds++] = job->logs[i].fd;
    if (settings->job.recovered_fd >= 0)
        fds[nfds++] = settings->job.recovered_fd;
    struct worker_plan plan = {
        .sandbox = &settings->sandbox,
        .limits = {.memory = measure_own_memory() + MEMORY_MORE +
                             4 * (job->input.is_stream ? IMAGE_SIZE_MAX : job->input.size),
                   .seconds = settings->timeout,
                   .file = IMAGE_SIZE_MAX},
        .timeout = settings->timeout,
        .null_fd = settings->null_fd,
        .fds = fds,
        .nfds = nfds,
        .job = job_run,
        .context = job,
    };
    task->works = worker_start(&task->worker, task->arena, &plan);
    if (task->works)
        queue->running++;
    else if (input_is_shortage(errno) && queue->running)
        return false;
    else
        set_fault(queue, task,
                  arena_printf(task->arena, "no process to read it: %s", strerror(errno)));
    return true;
}

/* Whether the digest of evidence is worth its time: it is what was listed, and no larger than hives
 * are. */
static bool is_digested(const struct task *task, const struct job *job)
{
    uint64_t size = job->input.size;
    for (size_t i = 0; i < job->nlogs; i++)
        size += job->logs[i].size;
    return task->candidate->has_twin && !job->input.is_stream &&
           job->input.size == task->candidate->size && size <= DIGESTED_MAX;
}

/* What came of the same bytes with the same logs will do. Evidence that cannot be read to its end
 * has no twin; its worker says why. */
static bool share_twin(struct queue *queue, struct task *task, const struct job *job)
{
    struct source sources[1 + job->nlogs];
    uint8_t digest[DIGEST_SIZE];
    sources[0] = input_source(&job->input);
    for (size_t i = 0; i < job->nlogs; i++)
        sources[1 + i] = input_source(&job->logs[i]);
    if (!is_digested(task, job) || !digest_sources(sources, 1 + job->nlogs, digest))
        return false;
    task->shared = find_twin(queue, digest);
    if (task->shared) {
        task->shared->references++;
        return true;
    }
    task->shared = new_outcome(queue);
    task->shared->outcome.may_recur = true;
    memcpy(task->shared->digest, digest, sizeof digest);
    return false;
}

/* False where something ran out that running workers will give back. */
static bool open_files(struct queue *queue, struct task *task, struct job *job, struct diags *diags)
{
    if (input_open(task->arena, diags, task->candidate->path, &job->input))
        open_logs(queue, task, job);
    bool short_of = job->input.fd < 0 && input_is_shortage(-job->input.fd);
    for (size_t i = 0; i < job->nlogs; i++)
        short_of |= job->logs[i].fd < 0 && input_is_shortage(-job->logs[i].fd);
    return !short_of || !queue->running;
}

static void close_files(struct job *job)
{
    for (size_t i = 0; i < job->nlogs; i++)
        input_close(&job->logs[i]);
    input_close(&job->input);
}

static bool start_file(struct queue *queue, struct task *task)
{
    struct job job = {.settings = &queue->settings->job};
    struct diags diags = {.arena = task->arena};
    bool started = open_files(queue, task, &job, &diags);
    task->size = job.input.size;
    if (started && job.input.fd < 0)
        set_fault(queue, task, diags.items[0].message);
    else if (started && !share_twin(queue, task, &job))
        started = start_worker(queue, task, &job);
    close_files(&job);
    return started;
}

static void end_task(struct task *task)
{
    if (task->works)
        worker_end(&task->worker);
    release(task->shared);
    arena_free(task->arena);
}

static bool start_next(struct queue *queue)
{
    const struct candidate *candidate = &queue->candidates->items[queue->next];
    struct task *task = task_of(queue, queue->next);
    *task = (struct task){.candidate = candidate, .arena = arena_new()};
    if (candidate->kind != CANDIDATE_NAMED && candidate->kind != CANDIDATE_FOUND)
        set_result(queue, task, (struct slice){0});
    else if (!start_file(queue, task)) {
        end_task(task);
        return false;
    }
    queue->next++;
    return true;
}

static size_t count_waiting(struct queue *queue)
{
    size_t bytes = 0;
    for (size_t i = queue->first; i < queue->next; i++) {
        const struct shared_outcome *shared = task_of(queue, i)->shared;
        bytes += shared ? shared->outcome.result.len : 0;
    }
    return bytes;
}

static bool may_start(struct queue *queue)
{
    return queue->running < queue->settings->jobs && queue->next < queue->candidates->count &&
           queue->next - queue->first < queue->window &&
           (!queue->running || count_waiting(queue) <= WAITING_BYTES_MAX);
}

static void start_tasks(struct queue *queue)
{
    while (may_start(queue) && start_next(queue))
        ;
}

/* Hands over what is ready, in order. False where nothing more is wanted. */
static bool hand_over(struct queue *queue, queue_take *take, void *context)
{
    bool wanted = true;
    while (wanted && queue->first < queue->next) {
        struct task *task = task_of(queue, queue->first);
        if (!task->shared || !task->shared->ready)
            break;
        wanted = take(context, task->candidate, &task->shared->outcome);
        end_task(task);
        queue->first++;
    }
    return wanted;
}

/* Milliseconds until the first worker's time is over; -1: none has a limit. */
static int time_left(int64_t now, int64_t deadline)
{
    if (deadline == INT64_MAX)
        return -1;
    return deadline <= now ? 0 : deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

/* The time that this process was busy, or waited for a reader of its reports, is not theirs. */
static int extend_deadlines(struct queue *queue)
{
    int64_t now = worker_clock(), first = INT64_MAX;
    for (size_t i = queue->first; i < queue->next; i++) {
        struct task *task = task_of(queue, i);
        if (!task->works || task->worker.deadline == INT64_MAX)
            continue;
        int64_t since =
            queue->busy_since > task->worker.started ? queue->busy_since : task->worker.started;
        task->worker.deadline += now - since;
        first = task->worker.deadline < first ? task->worker.deadline : first;
    }
    return time_left(now, first);
}

static void wait_for_workers(struct queue *queue)
{
    struct pollfd fds[queue->running + 1];
    struct task *tasks[queue->running + 1];
    nfds_t count = 0;
    for (size_t i = queue->first; i < queue->next; i++)
        if (task_of(queue, i)->works) {
            tasks[count] = task_of(queue, i);
            fds[count] = (struct pollfd){.fd = tasks[count]->worker.out, .events = POLLIN};
            count++;
        }
    fds[count] = (struct pollfd){.fd = queue->settings->stop_fd, .events = POLLIN};
    poll(fds, count + 1, count ? extend_deadlines(queue) : 0);
    queue->busy_since = worker_clock();
    queue->stopped = fds[count].revents;
    for (nfds_t i = 0; i < count && !queue->stopped; i++)
        advance(queue, tasks[i]);
}

bool queue_run(const struct queue_settings *settings, const struct candidates *candidates,
               queue_take *take, void *context)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct queue *queue = arena_alloc(arena, 1, sizeof *queue);
    *queue = (struct queue){
        .settings = settings,
        .candidates = candidates,
        .window = (size_t)settings->jobs * WINDOW_PER_JOB,
        .busy_since = worker_clock(),
    };
    queue->tasks = arena_alloc(arena, queue->window, sizeof *queue->tasks);
    bool wanted = true;
    while (wanted && queue->first < candidates->count) {
        start_tasks(queue);
        wait_for_workers(queue);
        wanted = !queue->stopped && hand_over(queue, take, context);
    }
    for (; queue->first < queue->next; queue->first++)
        end_task(task_of(queue, queue->first));
    for (size_t i = 0; i < queue->nknown; i++)
        release(queue->known[(queue->known_first + i) % KNOWN_MAX]);
    log_finder_end(&queue->logs);
    return !queue->stopped;
}
