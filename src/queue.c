/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "budget.h"
#include "inputs.h"
#include "known.h"
#include "message.h"

/* Results that wait for one before them, for each job, and their bytes: more keep the workers busy
 * behind a slow hive, and take more memory. */
#define WINDOW_PER_JOB    8
#define WAITING_BYTES_MAX ((size_t)64 << 20)

/* Hives of one image that are reported: a worker that was taken over could send them without end.
 */
#define ITEMS_MAX 100000

/* Files that one image goes on in; a segmented E01 has up to 14,971. */
#define PARTS_MAX 20000

/* A candidate on its way. */
struct task {
    const struct candidate *candidate;
    struct arena *arena;
    struct job job; /* its files are open as long as a worker may need them */
    bool works;     /* the worker is there */
    bool is_heard;  /* it is listened to */
    struct worker worker;
    struct shared_outcome *shared; /* NULL: not known yet which */
    size_t taken;                  /* parts of it that were handed over */
    size_t nfiles;                 /* other files that it goes on in */
    uint64_t size;                 /* bytes of the evidence */
};

struct queue {
    const struct queue_settings *settings;
    const struct candidates *candidates;
    struct log_finder finder;
    struct task *tasks; /* a ring: that of candidate i is at i % window */
    size_t window;
    size_t first, next; /* candidates from first on are not handed over, from next on not begun */
    unsigned running;
    int64_t busy_since; /* workers are not looked after from then on */
    bool stopped;       /* by a signal */
    struct known known;
};

static struct task *task_of(struct queue *queue, size_t index)
{
    return &queue->tasks[index % queue->window];
}

/* What the same evidence has come to, or is about to. */
static struct shared_outcome *find_twin(struct queue *queue, const uint8_t *digest)
{
    for (size_t i = queue->first; i < queue->next; i++) {
        struct shared_outcome *shared = task_of(queue, i)->shared;
        if (shared && shared->may_recur && memcmp(shared->digest, digest, DIGEST_SIZE) == 0)
            return shared;
    }
    return known_find(&queue->known, digest);
}

/* The outcome of a task, which may have twins that wait for it already. */
static struct shared_outcome *outcome_of(struct queue *queue, struct task *task)
{
    if (!task->shared)
        task->shared = outcome_new(&queue->known);
    return task->shared;
}

static void end_worker(struct queue *queue, struct task *task)
{
    worker_end(&task->worker);
    task->works = false;
    queue->running--;
}

static size_t index_of(const struct queue *queue, const struct task *task)
{
    return (size_t)(task->candidate - queue->candidates->items);
}

/* A pipe can be read but once: its digest is that of what its worker has read. */
static void hash_stream(struct queue *queue, const struct task *task)
{
    if (queue->settings->inputs && task->job.spool >= 0)
        inputs_add_stream(queue->settings->inputs, index_of(queue, task), task->candidate->path,
                          task->job.spool);
}

static void end_with(struct queue *queue, struct task *task, const char *fault)
{
    struct shared_outcome *shared = outcome_of(queue, task);
    if (task->works)
        end_worker(queue, task);
    hash_stream(queue, task);
    evidence_close(&task->job);
    outcome_end(shared, fault);
    if (shared->may_recur)
        known_add(&queue->known, shared);
}

/* False where it has to be tried again when another worker has ended. */
static bool start_worker(struct queue *queue, struct task *task)
{
    const struct queue_settings *settings = queue->settings;
    int fds[EVIDENCE_FDS_MAX], readable[EVIDENCE_FDS_MAX];
    struct worker_plan plan = {
        .sandbox = &settings->sandbox,
        .limits = budget_limits(&task->job, settings->timeout),
        .timeout = budget_time(&task->job, settings->timeout),
        .null_fd = settings->null_fd,
        .fds = fds,
        .nfds = evidence_list_fds(&task->job, fds),
        .prepare = job_prepare,
        .job = job_run,
        .context = &task->job,
    };
    plan.limits.readable = readable;
    plan.limits.nreadable = evidence_list_readable(&task->job, readable);
    task->works = worker_start(&task->worker, task->arena, &plan);
    if (task->works)
        queue->running++;
    else if (input_is_shortage(errno) && queue->running)
        return false;
    else
        end_with(queue, task,
                 arena_printf(task->arena, "no process to read it: %s", strerror(errno)));
    return true;
}

/* A worker that wants libraries is followed by one that has them: never twice for the same. */
static void start_again(struct queue *queue, struct task *task, unsigned libraries)
{
    if (task->shared && task->shared->nresults) {
        end_with(queue, task, WORKER_NONSENSE);
        return;
    }
    end_worker(queue, task);
    task->job.libraries |= libraries;
    evidence_open_folder(task->arena, task->candidate->path, &task->job);
    if (!start_worker(queue, task))
        end_with(queue, task, "no process to read it: out of processes");
}

/* Takes an item, whose bytes are the outcome's then. What may have twins is one hive. */
static void take_item(struct queue *queue, struct task *task, struct slice bytes)
{
    struct shared_outcome *shared = outcome_of(queue, task);
    outcome_add(shared, bytes);
    worker_extend(&task->worker, queue->settings->timeout);
    if (shared->may_recur && shared->nresults > 1)
        end_with(queue, task, WORKER_NONSENSE);
    else if (shared->nresults > ITEMS_MAX)
        end_with(queue, task, "holds more hives than are reported of one image");
}

/* A hive needs no library, and stands for its twins without one. */
static bool is_need(const struct task *task, const struct message *message)
{
    return message->kind == MESSAGE_NEED && !(message->libraries & ~LIBRARIES_ALL) &&
           (message->libraries & ~task->job.libraries) &&
           !(task->shared && task->shared->may_recur);
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
        if (task->is_heard && task->worker.deadline < first)
            first = task->worker.deadline;
    }
    return time_left(now, first);
}

/* Only who has the folder can have opened a file in it. */
static bool is_part(struct task *task, const struct message *message)
{
    return message->kind == MESSAGE_PART && task->job.folder >= 0 && task->job.settings->hash &&
           message->name.len && message->name.len <= NAME_MAX && task->nfiles++ < PARTS_MAX;
}

/* It may be large: the time for that is not the workers'. */
static void take_part(struct queue *queue, struct task *task, struct slice name)
{
    if (queue->settings->inputs)
        inputs_add_part(queue->settings->inputs, index_of(queue, task), task->candidate->path,
                        task->job.folder,
                        arena_strndup(task->arena, (const char *)name.ptr, name.len));
    extend_deadlines(queue);
    queue->busy_since = worker_clock();
}

/* Takes a message; the bytes are this function's. */
static void take_message(struct queue *queue, struct task *task, struct slice bytes)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct message message;
    const char *fault = message_decode(arena, bytes, &message);
    if (!fault && message.kind == MESSAGE_ITEM) {
        take_item(queue, task, bytes);
        return;
    }
    free((void *)bytes.ptr);
    if (fault)
        end_with(queue, task, arena_printf(arena, "%s (%s)", WORKER_NONSENSE, fault));
    else if (is_part(task, &message))
        take_part(queue, task, message.name);
    else if (is_need(task, &message))
        start_again(queue, task, message.libraries);
    else if (message.kind == MESSAGE_END && outcome_of(queue, task)->nresults)
        end_with(queue, task, NULL);
    else
        end_with(queue, task, WORKER_NONSENSE);
}

static void advance(struct queue *queue, struct task *task)
{
    struct slice bytes;
    worker_advance(&task->worker, worker_clock());
    while (task->works && worker_take_frame(&task->worker, &bytes))
        take_message(queue, task, bytes);
    if (!task->works || task->worker.state == WORKER_RUNNING)
        return;
    end_with(queue, task, task->worker.fault ? task->worker.fault : WORKER_NONSENSE);
}

/* Whether evidence is as it was listed. What lies on a drive has files that are its own. */
static bool may_have_twin(const struct task *task)
{
    return task->candidate->has_twin && !task->job.input.is_stream && task->job.drive < 0 &&
           task->job.input.size == task->candidate->size;
}

/* What came of the same bytes with the same logs will do. Evidence that cannot be read to its end
 * has no twin; its worker says why. */
static bool share_twin(struct queue *queue, struct task *task)
{
    uint8_t digest[DIGEST_SIZE];
    if (!may_have_twin(task) || !evidence_take_digest(&task->job, digest))
        return false;
    struct shared_outcome *twin = find_twin(queue, digest);
    if (twin) {
        task->shared = outcome_share(twin);
        return true;
    }
    task->shared = outcome_new(&queue->known);
    task->shared->may_recur = true;
    memcpy(task->shared->digest, digest, sizeof digest);
    return false;
}

/* False where something ran out that running workers will give back. */
static bool start_file(struct queue *queue, struct task *task)
{
    struct diags diags = {.arena = task->arena};
    if (!evidence_open(task->arena, &diags, &queue->finder, &queue->settings->beside,
                       task->candidate->path, &task->job) &&
        queue->running)
        return false;
    task->size = task->job.input.size;
    if (queue->settings->inputs)
        inputs_add_job(queue->settings->inputs, index_of(queue, task), &task->job);
    if (task->job.input.fd < 0)
        end_with(queue, task, diags.items[0].message);
    else if (share_twin(queue, task))
        evidence_close(&task->job);
    else
        return start_worker(queue, task);
    return true;
}

static void end_task(struct task *task)
{
    if (task->works)
        worker_end(&task->worker);
    evidence_close(&task->job);
    outcome_release(task->shared);
    arena_free(task->arena);
}

static bool start_next(struct queue *queue)
{
    const struct candidate *candidate = &queue->candidates->items[queue->next];
    struct task *task = task_of(queue, queue->next);
    *task = (struct task){.candidate = candidate, .arena = arena_new()};
    task->job = (struct job){
        .settings = &queue->settings->job, .input.fd = -1, .drive = -1, .folder = -1, .spool = -1};
    if (candidate->kind != CANDIDATE_NAMED && candidate->kind != CANDIDATE_FOUND)
        end_with(queue, task, NULL);
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
        bytes += shared ? shared->size : 0;
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

/* Every candidate has at least one part, and a fault is one. */
static size_t count_parts(const struct shared_outcome *shared)
{
    return shared->nresults + (shared->fault || !shared->nresults);
}

/* Hands over the next result of a task, or its fault. */
static bool hand_over_one(struct queue *queue, struct task *task, queue_take *take, void *context)
{
    struct shared_outcome *shared = task->shared;
    bool has_result = task->taken < shared->nresults;
    struct outcome outcome = {
        .may_recur = shared->may_recur,
        .id = shared->may_recur ? shared->id : queue->known.next_id++,
        .fault = has_result ? NULL : shared->fault,
        .result = has_result ? shared->results[task->taken] : (struct slice){0},
        .size = task->size,
        .is_last = shared->is_over && task->taken + 1 == count_parts(shared),
    };
    progress_clear(queue->settings->progress);
    bool wanted = take(context, task->candidate, &outcome);
    if (has_result && !shared->may_recur)
        outcome_drop(shared, task->taken);
    task->taken++;
    return wanted;
}

/* Whether a task has something to hand over: all but its last result, until it is over. */
static bool has_more(const struct task *task)
{
    const struct shared_outcome *shared = task->shared;
    if (!shared)
        return false;
    if (!shared->is_over)
        return !shared->may_recur && task->taken + 1 < shared->nresults;
    return task->taken < count_parts(shared);
}

/* The line is about the first that is still read. */
static void show_progress(struct queue *queue)
{
    if (queue->first < queue->next)
        progress_show(queue->settings->progress, worker_clock(), queue->first,
                      queue->candidates->count, "read",
                      task_of(queue, queue->first)->candidate->path);
}

/* Hands over what is ready, in order. False where nothing more is wanted. */
static bool hand_over(struct queue *queue, queue_take *take, void *context)
{
    bool wanted = true;
    while (wanted && queue->first < queue->next) {
        struct task *task = task_of(queue, queue->first);
        while (wanted && has_more(task))
            wanted = hand_over_one(queue, task, take, context);
        if (!wanted || !task->shared || !task->shared->is_over)
            break;
        end_task(task);
        queue->first++;
    }
    return wanted;
}

/* While enough results wait for the first candidate, only its worker is listened to: the others
 * wait with theirs, for their pipes hold little. So memory stays bounded, and the first one goes
 * on. */
static nfds_t choose_workers(struct queue *queue, struct task **tasks, struct pollfd *fds)
{
    bool is_full = count_waiting(queue) > WAITING_BYTES_MAX;
    nfds_t count = 0;
    for (size_t i = queue->first; i < queue->next; i++) {
        struct task *task = task_of(queue, i);
        task->is_heard = task->works && (i == queue->first || !is_full);
        if (!task->is_heard)
            continue;
        tasks[count] = task;
        fds[count++] = (struct pollfd){.fd = task->worker.out, .events = POLLIN};
    }
    return count;
}

/* Nor is the time theirs in which they were not listened to. */
static void spare_unheard(struct queue *queue, int64_t waited)
{
    for (size_t i = queue->first; i < queue->next; i++) {
        struct task *task = task_of(queue, i);
        if (task->works && !task->is_heard && task->worker.deadline != INT64_MAX)
            task->worker.deadline += waited;
    }
}

static void wait_for_workers(struct queue *queue)
{
    struct pollfd fds[queue->running + 1];
    struct task *tasks[queue->running + 1];
    nfds_t count = choose_workers(queue, tasks, fds);
    int time = count ? extend_deadlines(queue) : 0;
    int64_t before = worker_clock();
    fds[count] = (struct pollfd){.fd = queue->settings->stop_fd, .events = POLLIN};
    if (queue->settings->progress->is_wanted && (time < 0 || time > PROGRESS_STEP))
        time = PROGRESS_STEP;
    poll(fds, count + 1, time);
    show_progress(queue);
    queue->busy_since = worker_clock();
    queue->stopped = fds[count].revents;
    spare_unheard(queue, queue->busy_since - before);
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
    known_end(&queue->known);
    log_finder_end(&queue->finder);
    return !queue->stopped;
}
