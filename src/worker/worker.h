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

/* One job in a process of its own, forked without exec and confined before it starts. It sends one
 * frame and ends: a magic number and a length, 4 and 8 bytes little-endian, and as many bytes. All
 * of that is hostile to the parent. */

/* Sends the result of a job; ends the process where that fails. */
void worker_send(int out, struct slice result);

/* What a worker does. When it returns, its process ends. */
typedef void worker_job(const void *context, int out);

struct worker_plan {
    const struct sandbox *sandbox;
    struct sandbox_limits limits;
    unsigned timeout; /* seconds until it is stopped; 0: never */
    int null_fd;      /* /dev/null, in place of its standard streams */
    const int *fds;   /* descriptors that it keeps; all others are closed there */
    size_t nfds;
    worker_job *job;
    const void *context;
};

enum worker_state {
    WORKER_RUNNING,
    WORKER_DONE,   /* its result is there, and it has ended well */
    WORKER_FAILED, /* fault says why */
};

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
    const char *fault; /* in words, in the arena */
    struct arena *arena;
};

/* Starts a worker. False with errno set where there is no process or pipe to be had. The arena
 * outlives the worker. */
bool worker_start(struct worker *worker, struct arena *arena, const struct worker_plan *plan);

/* Takes what the worker has sent and sees whether its time is over. Changes its state. */
void worker_advance(struct worker *worker, int64_t now);

/* The bytes of the result of a worker that is done; the caller frees them with free(). */
struct slice worker_take_result(struct worker *worker);

/* Stops the worker where it still runs, and releases what it holds. */
void worker_end(struct worker *worker);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t worker_clock(void);

#endif
