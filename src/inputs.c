/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "inputs.h"

#include <errno.h>
#include <poll.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/path.h"
#include "base/text.h"
#include "input/logs.h"
#include "worker/worker.h"

struct input_file {
    const char *path; /* "-" is standard input */
    struct input_record record;
    size_t candidate, number; /* the order of evidence */
    int error;                /* why there is no digest */
};

/* A source that is read as long as nothing stops it. */
struct watched {
    const struct source *source;
    struct inputs *inputs;
    const char *path, *doing;
    size_t done;
};

static bool is_stopped(const struct inputs *inputs)
{
    return poll(&(struct pollfd){.fd = inputs->stop_fd, .events = POLLIN}, 1, 0) > 0;
}

static ssize_t read_watched(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct watched *watched = source->context;
    errno = EINTR;
    if (is_stopped(watched->inputs))
        return -1;
    progress_show(watched->inputs->progress, worker_clock(), watched->done, watched->inputs->total,
                  watched->doing, watched->path);
    return watched->source->read_at(watched->source, offset, buf, len);
}

static bool take_digest(const struct watched *watched, uint8_t *digest)
{
    struct source source = {
        .size = watched->source->size, .read_at = read_watched, .context = (void *)watched};
    return digest_source(&source, digest);
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(((const struct input_file *)left)->path,
                  ((const struct input_file *)right)->path);
}

/* The record of a path, which belongs to the first candidate that it is read for. NULL where it has
 * its digest already. */
static struct input_file *add_file(struct inputs *inputs, size_t candidate, const char *role,
                                   const char *path)
{
    struct arena *arena = inputs->arena;
    struct input_file **there =
        tfind(&(struct input_file){.path = path}, &inputs->by_path, compare_paths);
    struct input_file *file = there ? *there : arena_alloc(arena, 1, sizeof *file);
    if (there && file->candidate <= candidate)
        return NULL;
    file->candidate = candidate;
    file->number = inputs->ntaken++;
    file->record.role = role;
    if (there)
        return NULL;
    file->path = arena_strdup(arena, path);
    file->record.name =
        strcmp(path, "-") == 0 ? "(standard input)" : text_from_utf8(arena, path, strlen(path));
    if (!tsearch(file, &inputs->by_path, compare_paths))
        end_out_of_memory();
    inputs->items = arena_grow(arena, inputs->items, inputs->count, sizeof *inputs->items);
    inputs->items[inputs->count++] = file;
    return file;
}

static void hash_before(struct inputs *inputs, struct input_file *file, const struct source *source)
{
    struct watched watched = {.source = source,
                              .inputs = inputs,
                              .path = file->path,
                              .doing = "hashed",
                              .done = file->candidate};
    file->record.size = source->size;
    file->record.has_before = take_digest(&watched, file->record.before);
    file->error = file->record.has_before ? 0 : errno;
}

static void add_input(struct inputs *inputs, size_t candidate, const char *role,
                      const struct input *input)
{
    if (input->fd < 0 || input->is_stream)
        return;
    struct input_file *file = add_file(inputs, candidate, role, input->path);
    struct source source = input_source(input);
    if (!file)
        return;
    file->record.is_stream = strcmp(input->path, "-") == 0;
    hash_before(inputs, file, &source);
}

void inputs_add_job(struct inputs *inputs, size_t candidate, const struct job *job)
{
    add_input(inputs, candidate, "evidence", &job->input);
    for (size_t i = 0; i < job->nlogs; i++)
        add_input(inputs, candidate, "log", &job->logs[i]);
    if (job->has_system)
        add_input(inputs, candidate, "system", &job->system);
    for (size_t i = 0; i < job->nsystem_logs; i++)
        add_input(inputs, candidate, "system log", &job->system_logs[i]);
}

void inputs_add_part(struct inputs *inputs, size_t candidate, const char *image, int folder,
                     const char *name)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct stat st;
    struct input input = {.fd = access_open_name(folder, name)};
    input.path = arena_printf(arena, "%.*s%s", (int)(path_name(image) - image), image, name);
    if (input.fd >= 0 && fstat(input.fd, &st) == 0) {
        input.size = (uint64_t)st.st_size;
        add_input(inputs, candidate, "part", &input);
    }
    input_close(&input);
}

void inputs_add_stream(struct inputs *inputs, size_t candidate, const char *path, int memory)
{
    struct stat st;
    struct input_file *file = add_file(inputs, candidate, "evidence", path);
    if (!file || fstat(memory, &st) < 0)
        return;
    struct input input = {.name = path, .fd = memory, .size = (uint64_t)st.st_size};
    struct source source = input_source(&input);
    file->record.is_stream = true;
    hash_before(inputs, file, &source);
}

/* What has become of a file. A pipe in its place is not opened: it could keep us for ever. */
static void hash_after(struct inputs *inputs, struct input_file *file, size_t done)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct input input = log_open(arena, file->path);
    struct source source = input_source(&input);
    struct watched watched = {.source = &source,
                              .inputs = inputs,
                              .path = file->path,
                              .doing = "hashed again",
                              .done = done};
    file->record.has_after = take_digest(&watched, file->record.after);
    file->error = file->record.has_after ? 0 : errno;
    input_close(&input);
}

static void say_state(const struct inputs *inputs, const struct input_file *file)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    enum input_state state = input_state(&file->record);
    progress_clear(inputs->progress);
    fprintf(stderr, "hiveaudit: %s: %s%s%s\n", text_escape(arena, file->record.name),
            input_state_text(state), state == INPUT_CHANGED ? "" : ": ",
            state == INPUT_CHANGED ? "" : strerror(file->error));
}

static int compare_order(const void *left, const void *right)
{
    const struct input_file *a = *(struct input_file *const *)left;
    const struct input_file *b = *(struct input_file *const *)right;
    int order = (a->candidate > b->candidate) - (a->candidate < b->candidate);
    return order ? order : (a->number > b->number) - (a->number < b->number);
}

bool inputs_compare(struct inputs *inputs)
{
    if (inputs->count)
        qsort(inputs->items, inputs->count, sizeof *inputs->items, compare_order);
    inputs->total = inputs->count;
    for (size_t i = 0; i < inputs->count; i++) {
        struct input_file *file = inputs->items[i];
        if (file->record.has_before && !file->record.is_stream)
            hash_after(inputs, file, i);
        if (is_stopped(inputs))
            return false;
        if (input_is_bad(&file->record))
            say_state(inputs, file);
    }
    return true;
}

const struct input_record *inputs_list(const struct inputs *inputs, size_t *count)
{
    struct input_record *records = arena_alloc(inputs->arena, inputs->count, sizeof *records);
    for (size_t i = 0; i < inputs->count; i++)
        records[i] = inputs->items[i]->record;
    *count = inputs->count;
    return records;
}

static void keep_file(void *file)
{
    (void)file; /* the arena has it */
}

void inputs_end(struct inputs *inputs)
{
    tdestroy(inputs->by_path, keep_file);
    inputs->by_path = NULL;
}
