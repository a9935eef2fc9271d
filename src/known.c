/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct shared_outcome *outcome_new(struct known *known)
{
    struct shared_outcome *shared = calloc(1, sizeof *shared);
    if (!shared)
        end_out_of_memory();
    shared->references = 1;
    shared->id = known->next_id++;
    return shared;
}

struct shared_outcome *outcome_share(struct shared_outcome *shared)
{
    shared->references++;
    return shared;
}

void outcome_release(struct shared_outcome *shared)
{
    if (!shared || --shared->references)
        return;
    for (size_t i = 0; i < shared->nresults; i++)
        free((void *)shared->results[i].ptr);
    free(shared->results);
    free((void *)shared->fault);
    free(shared);
}

void outcome_add(struct shared_outcome *shared, struct slice result)
{
    shared->results = reallocarray(shared->results, shared->nresults + 1, sizeof *shared->results);
    if (!shared->results)
        end_out_of_memory();
    shared->results[shared->nresults++] = result;
    shared->size += result.len;
}

void outcome_drop(struct shared_outcome *shared, size_t index)
{
    shared->size -= shared->results[index].len;
    free((void *)shared->results[index].ptr);
    shared->results[index] = (struct slice){0};
}

void outcome_end(struct shared_outcome *shared, const char *fault)
{
    shared->is_over = true;
    shared->fault = fault ? strdup(fault) : NULL;
    if (fault && !shared->fault)
        end_out_of_memory();
}

static void forget_oldest(struct known *known)
{
    struct shared_outcome *oldest = known->items[known->first];
    known->first = (known->first + 1) % KNOWN_MAX;
    known->count--;
    known->bytes -= oldest->size;
    outcome_release(oldest);
}

void known_add(struct known *known, struct shared_outcome *shared)
{
    if (known->count == KNOWN_MAX)
        forget_oldest(known);
    known->items[(known->first + known->count++) % KNOWN_MAX] = outcome_share(shared);
    known->bytes += shared->size;
    while (known->bytes > KNOWN_BYTES_MAX)
        forget_oldest(known);
}

struct shared_outcome *known_find(const struct known *known, const uint8_t *digest)
{
    for (size_t i = 0; i < known->count; i++) {
        struct shared_outcome *shared = known->items[(known->first + i) % KNOWN_MAX];
        if (memcmp(shared->digest, digest, DIGEST_SIZE) == 0)
            return shared;
    }
    return NULL;
}

void known_end(struct known *known)
{
    while (known->count)
        forget_oldest(known);
}
