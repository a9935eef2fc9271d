/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "budget.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "hive/image.h"

/* A worker's address space has room for what it inherits, for mappings of the hive and of its
 * copies, and for this. */
#define MEMORY_MORE ((uint64_t)1 << 30)

/* Descriptors of a worker: an image may come in many parts. */
#define HIVE_DESCRIPTORS  64
#define IMAGE_DESCRIPTORS 4096

/* An archive may have to be read from end to end: bytes for which it has one more second. */
#define BYTES_PER_SECOND ((uint64_t)4 << 20)

/* Bytes of address space that a worker starts with: those of this process. */
static uint64_t measure_own_memory(void)
{
    unsigned long pages = 0;
    CLEANUP(file) FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", &pages) != 1)
        return 0;
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* A WIM on a disc becomes a file in memory, with holes in place of what is not read. */
static uint64_t max_file(const struct job *job)
{
    bool is_disc = job->libraries & LIBRARY_BIT(LIBRARY_UDFREAD);
    return is_disc && job->input.size > IMAGE_SIZE_MAX ? job->input.size : IMAGE_SIZE_MAX;
}

struct sandbox_limits budget_limits(const struct job *job, unsigned timeout)
{
    bool may_be_large = job->libraries || job->input.is_stream;
    uint64_t hives = job->input.size + (job->has_system ? job->system.size : 0);
    return (struct sandbox_limits){
        .memory = measure_own_memory() + MEMORY_MORE +
                  4 * (may_be_large || hives > IMAGE_SIZE_MAX ? IMAGE_SIZE_MAX : hives),
        .seconds = job->libraries ? 0 : timeout,
        .file = max_file(job),
        .descriptors = job->libraries ? IMAGE_DESCRIPTORS : HIVE_DESCRIPTORS,
    };
}

unsigned budget_time(const struct job *job, unsigned timeout)
{
    if (timeout == 0 || !job->libraries)
        return timeout;
    uint64_t more = job->input.stored / BYTES_PER_SECOND;
    return timeout + (unsigned)(more < INT_MAX / 2 ? more : INT_MAX / 2);
}
