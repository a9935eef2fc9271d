/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_WORKER_WORKER_H
#define HIVEAUDIT_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/slice.h"
#include "worker/sandbox.h"

/* One job in a process of its own, forked without exec and confined before it starts. It sends
 * frames and ends: a magic number and a length, 4 and 8 bytes little-endian, and as many bytes, at
 * least once. All of that is hostile to the parent. */

/* Sends a frame; ends the process where that fails. */
void worker_send(int out, struct slice bytes);

/* What a worker does. When it returns, its process ends. */
typedef void worker_job(const void *context, int out);

struct worker_plan {
    const struct sandbox *sandbox;
    struct sandbox_limits limits;
    unsigned timeout; /* seconds until it is stopped; 0: never */
    int null_fd;      /* /dev/null, in place of its standard streams */
    const int *fds;   /* descriptors that it keeps; all others are closed there */
    size_t nfds;
    /* Called before it is confined, where not NULL, to load what it needs, and not to look at
     * evidence. False: there is no job any more; it has sent why. */
    bool (*prepare)(const void *context, int out);
    worker_job *job;
    const void *context;
};

enum worker_state {
    WORKER_RUNNING,
    WORKER_DONE,   /* all its frames are there, and it has ended well */
    WORKER_FAILED, /* fault says why */
};

/* The fault of evidence whose worker has sent what none sends. */
#define WORKER_NONSENSE "made the process that read it send nonsense"

/* A worker, as its parent sees it. */
struct worker {
    enum worker_state state;
    pid_t pid;         /* 0: it has ended */
    int out;           /* to read from; poll this one */
    int64_t started;   /* CLOCK_MONOTONIC in milliseconds */
    int64_t deadline;  /* CLOCK_MONOTONIC in milliseconds; INT64_MAX: none */
    unsigned timeout;  /* seconds */
    uint8_t *received; /* malloc'ed */
    size_t len, room;
    size_t taken;      /* bytes of it in frames that were taken */
    bool has_sent;     /* at least one frame */
    const char *fault; /* in words, in the arena */
    struct arena *arena;
};

/* Starts a worker. False with errno set where there is no process or pipe to be had. The arena
 * outlives the worker. */
bool worker_start(struct worker *worker, struct arena *arena, const struct worker_plan *plan);

/* Takes what the worker has sent and sees whether its time is over. Changes its state. */
void worker_advance(struct worker *worker, int64_t now);

/* Takes the next frame, whether the worker still runs or not. The caller frees it with free().
 * False where there is none yet. */
bool worker_take_frame(struct worker *worker, struct slice *frame);

/* Gives the worker as many seconds from now on; 0: leaves it as it is. */
void worker_extend(struct worker *worker, unsigned seconds);

/* Stops the worker where it still runs, and releases what it holds. */
void worker_end(struct worker *worker);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t worker_clock(void);

#endif
