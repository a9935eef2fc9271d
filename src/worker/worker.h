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

/* One job in a process of its own, forked without exec and confined before it starts. It sends a
 * frame or two and ends. All that it sends is hostile to the parent. */

/* A frame is its kind and its length, 4 and 8 bytes little-endian, and as many bytes. */
enum frame_kind {
    FRAME_DIGEST = 1, /* what the evidence is, by its digest: may it be left out? */
    FRAME_RESULT = 2, /* the last one */
};

#define WORKER_DIGEST_SIZE 32 /* bytes */

/* The child's ends. */
struct channel {
    int out, in;
};

/* Sends a frame; ends the process where that fails. */
void channel_send(const struct channel *channel, enum frame_kind kind, struct slice payload);

/* Waits until the parent wants the job to go on; ends the process where it does not. */
void channel_await(const struct channel *channel);

/* What a worker does. When it returns, its process ends. */
typedef void worker_job(void *context, const struct channel *channel);

struct worker_plan {
    const struct sandbox *sandbox;
    struct sandbox_limits limits;
    unsigned timeout; /* seconds until it is stopped; 0: never */
    int null_fd;      /* /dev/null, in place of its standard streams */
    const int *fds;   /* descriptors that it keeps; all others are closed there */
    size_t nfds;
    worker_job *job;
    void *context;
};

enum worker_state {
    WORKER_RUNNING,
    WORKER_ASKING, /* its digest is there: worker_go or worker_end */
    WORKER_DONE,   /* its result is there, and it has ended well */
    WORKER_FAILED, /* fault says why */
};

/* A worker, as its parent sees it. */
struct worker {
    enum worker_state state;
    pid_t pid;         /* 0: it has ended */
    int out;           /* to read from; poll this one */
    int in;            /* to let it go on */
    int64_t deadline;  /* CLOCK_MONOTONIC in milliseconds; INT64_MAX: none */
    unsigned timeout;  /* seconds */
    uint8_t *received; /* malloc'ed */
    size_t len, room;
    size_t result;                      /* where the result's frame starts in what was received */
    uint8_t digest[WORKER_DIGEST_SIZE]; /* where asking */
    const char *fault;                  /* in words, in the arena */
    struct arena *arena;
};

/* Starts a worker. False with errno set where there is no process or pipe to be had. The arena
 * outlives the worker. */
bool worker_start(struct worker *worker, struct arena *arena, const struct worker_plan *plan);

/* Takes what the worker has sent and sees whether its time is over. Changes its state. */
void worker_advance(struct worker *worker, int64_t now);

/* Lets a worker that asks go on. */
void worker_go(struct worker *worker);

/* The bytes of the result of a worker that is done; the caller frees them with free(). */
struct slice worker_take_result(struct worker *worker);

/* Stops the worker where it still runs, and releases what it holds. */
void worker_end(struct worker *worker);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t worker_clock(void);

#endif
