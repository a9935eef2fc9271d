/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/path.h"

/* Evidence larger than any hive with its logs has no digest taken. */
#define DIGESTED_MAX ((uint64_t)512 << 20)

/* What comes by standard input lies nowhere, though it may be a file. */
static bool has_place(const struct job *job, const char *path)
{
    return !job->input.is_stream && strcmp(path, "-") != 0;
}

/* The logs that were named, or those beside the hive. */
static void open_logs(struct arena *arena, struct log_finder *finder, const struct beside *beside,
                      const char *path, struct job *job)
{
    if (beside->nlogs) {
        job->logs = arena_alloc(arena, beside->nlogs, sizeof *job->logs);
        for (; job->nlogs < beside->nlogs; job->nlogs++)
            job->logs[job->nlogs] = log_open(arena, beside->logs[job->nlogs]);
    } else if (has_place(job, path) && job->settings->policy != LOGS_IGNORE)
        log_finder_open(finder, arena, path, &job->logs, &job->nlogs);
}

static void open_system(struct arena *arena, struct log_finder *finder, const struct beside *beside,
                        const char *path, struct job *job)
{
    const char *system = beside->system;
    if (!system && has_place(job, path))
        system = log_finder_find_system(finder, arena, path);
    if (!system)
        return;
    job->has_system = true;
    job->system = log_open(arena, system);
    if (job->settings->policy != LOGS_IGNORE)
        log_finder_open(finder, arena, system, &job->system_logs, &job->nsystem_logs);
}

/* Cuts the last part off a path. Returns that. */
static const char *cut_last(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash)
        return "";
    *slash = '\0';
    return slash + 1;
}

/* A folder, or the error that opening it gave, as a negative number. */
static int open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* A hive in Windows\System32\config lies on a drive, whose folder is opened with it. The root of
 * this machine is none: nothing of this machine is evidence. */
static int open_drive(const char *path)
{
    CLEANUP(free) char *real = realpath(path, NULL);
    if (!real)
        return -errno;
    cut_last(real);
    if (strcasecmp(cut_last(real), "config") != 0 || strcasecmp(cut_last(real), "System32") != 0)
        return -1;
    cut_last(real);
    return *real ? open_folder(real) : -1;
}

static bool is_short(int fd)
{
    return fd < 0 && input_is_shortage(-fd);
}

/* A finder that could not list the folder at hand has not kept it. */
static bool are_short(const struct job *job, const struct log_finder *finder)
{
    bool any = is_short(job->input.fd) || is_short(job->spool) || is_short(job->drive) ||
               (job->has_system && is_short(job->system.fd)) || (finder->arena && !finder->folder);
    for (size_t i = 0; i < job->nlogs; i++)
        any |= is_short(job->logs[i].fd);
    for (size_t i = 0; i < job->nsystem_logs; i++)
        any |= is_short(job->system_logs[i].fd);
    return any;
}

static int make_spool(void)
{
    int fd = memfd_create("hiveaudit-input", MFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

bool evidence_open(struct arena *arena, struct diags *diags, struct log_finder *finder,
                   const struct beside *beside, const char *path, struct job *job)
{
    job->drive = job->folder = job->spool = -1;
    if (input_open(arena, diags, path, &job->input)) {
        open_logs(arena, finder, beside, path, job);
        open_system(arena, finder, beside, path, job);
        if (job->input.is_stream)
            job->spool = make_spool();
        else if (has_place(job, path))
            job->drive = open_drive(path);
    }
    return !are_short(job, finder);
}

void evidence_open_folder(struct arena *arena, const char *path, struct job *job)
{
    if (job->folder < 0 && has_place(job, path))
        job->folder = open_folder(path_folder(arena, path));
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void evidence_close(struct job *job)
{
    for (size_t i = 0; i < job->nlogs; i++)
        input_close(&job->logs[i]);
    for (size_t i = 0; i < job->nsystem_logs; i++)
        input_close(&job->system_logs[i]);
    if (job->has_system)
        input_close(&job->system);
    input_close(&job->input);
    close_one(&job->drive);
    close_one(&job->folder);
    close_one(&job->spool);
}

static size_t add_fd(int *fds, size_t count, int fd)
{
    if (fd >= 0)
        fds[count++] = fd;
    return count;
}

size_t evidence_list_fds(const struct job *job, int *fds)
{
    size_t count = add_fd(fds, 0, job->input.fd);
    for (size_t i = 0; i < job->nlogs; i++)
        count = add_fd(fds, count, job->logs[i].fd);
    for (size_t i = 0; i < job->nsystem_logs; i++)
        count = add_fd(fds, count, job->system_logs[i].fd);
    if (job->has_system)
        count = add_fd(fds, count, job->system.fd);
    count = add_fd(fds, count, job->settings->recovered_fd);
    count = add_fd(fds, count, job->drive);
    count = add_fd(fds, count, job->folder);
    return add_fd(fds, count, job->spool);
}

size_t evidence_list_sources(const struct job *job, struct source *sources)
{
    size_t count = 0;
    sources[count++] = input_source(&job->input);
    for (size_t i = 0; i < job->nlogs; i++)
        sources[count++] = input_source(&job->logs[i]);
    if (job->has_system)
        sources[count++] = input_source(&job->system);
    for (size_t i = 0; i < job->nsystem_logs; i++)
        sources[count++] = input_source(&job->system_logs[i]);
    return count;
}

/* What an image holds, files beside it may decide, and it may hold several hives: none has a twin.
 */
static bool starts_like_hive(const struct source *source)
{
    unsigned char magic[4];
    return source_read(source, 0, magic, sizeof magic) && content_is_hive(magic, sizeof magic);
}

bool evidence_take_digest(const struct job *job, uint8_t *digest)
{
    struct source sources[EVIDENCE_FDS_MAX];
    size_t count = evidence_list_sources(job, sources);
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += sources[i].size;
    return size <= DIGESTED_MAX && starts_like_hive(&sources[0]) &&
           digest_sources(sources, count, digest);
}

size_t evidence_list_readable(const struct job *job, int *fds)
{
    size_t count = job->libraries ? add_fd(fds, 0, job->input.fd) : 0;
    count = add_fd(fds, count, job->folder);
    return add_fd(fds, count, job->drive);
}
