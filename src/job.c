/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/text.h"
#include "hive/hive.h"
#include "hive/image.h"
#include "input/logs.h"
#include "lookup.h"
#include "message.h"

/* A hive and what belongs to it, wherever all that lies. */
struct hive_sources {
    struct source software, system;
    struct source logs[LOGS_MAX], system_logs[LOGS_MAX];
    size_t nlogs, nsystem_logs;
    bool has_system;
};

/* Of an image, the first hive that was read is kept, for a repair; of a hive file whatever can be
 * recovered. */
static bool is_kept(const struct job_settings *settings, const struct wire_item *item)
{
    struct stat st;
    return settings->is_for_hive ||
           (item->read && fstat(settings->recovered_fd, &st) == 0 && st.st_size == 0);
}

/* The parent's memfd takes the bytes, all or none: it writes them where they were asked for. */
static void keep_recovered(const struct job_settings *settings, struct hive_image *recovered,
                           struct wire_item *item)
{
    int fd = settings->recovered_fd;
    struct source source = hive_image_source(recovered);
    if (recovered->fd >= 0 && is_kept(settings, item) && !source_copy(&source, fd)) {
        diag_add(&item->diags, DIAG_INCOMPLETE, NULL, "the recovered hive cannot be kept: %s",
                 strerror(errno));
        if (ftruncate(fd, 0) < 0)
            end_out_of_memory();
    }
    hive_image_close(recovered);
}

/* Of the bytes as they are in the evidence. What cannot be read to its end has no digest. */
static void hash_hives(const struct hive_sources *sources, struct snapshot *snapshot)
{
    struct hive_facts *software = &snapshot->hive, *system = &snapshot->system.hive;
    software->has_digest = digest_source(&sources->software, software->digest);
    system->has_digest = sources->has_system && digest_source(&sources->system, system->digest);
}

static void read_hive(const struct job_settings *settings, const struct hive_sources *sources,
                      struct lookup *lookup, struct wire_item *item)
{
    struct hive_image recovered = {.fd = -1};
    struct file_finder finder = lookup_finder(lookup, settings->hash);
    struct read_plan plan = {
        .logs = sources->logs,
        .nlogs = sources->nlogs,
        .policy = settings->policy,
        .requests = settings->requests,
        .nrequests = settings->nrequests,
        .system = sources->has_system ? &sources->system : NULL,
        .system_logs = sources->system_logs,
        .nsystem_logs = sources->nsystem_logs,
        .files = lookup ? &finder : NULL,
        .recovered = settings->recovered_fd >= 0 ? &recovered : NULL,
    };
    item->size = sources->software.size;
    item->read =
        snapshot_read(item->diags.arena, &item->diags, &sources->software, &plan, &item->snapshot);
    keep_recovered(settings, &recovered, item);
    if (settings->hash)
        hash_hives(sources, &item->snapshot);
}

static size_t take_inputs(const struct input *inputs, size_t count, struct source *sources)
{
    for (size_t i = 0; i < count; i++)
        sources[i] = input_source(&inputs[i]);
    return count;
}

/* A hive file, with what lies beside it, on the drive that it may lie on. */
static void run_hive(const struct job *job, const struct input *input, struct wire_item *item)
{
    struct access *access = arena_alloc(item->diags.arena, 1, sizeof *access);
    *access = (struct access){.arena = item->diags.arena, .diags = &item->diags, .folder = -1};
    struct hive_sources sources = {.software = input_source(input), .has_system = job->has_system};
    sources.nlogs = take_inputs(job->logs, job->nlogs, sources.logs);
    if (job->has_system) {
        sources.system = input_source(&job->system);
        sources.nsystem_logs =
            take_inputs(job->system_logs, job->nsystem_logs, sources.system_logs);
    }
    struct tree tree;
    struct lookup lookup = {.tree = &tree};
    bool has_drive = job->drive >= 0 && tree_open_folder(access, job->drive, &tree);
    if (has_drive)
        lookup.root = tree.root;
    read_hive(job->settings, &sources, has_drive ? &lookup : NULL, item);
}

/* The bytes of a file that belongs to a hive. What cannot be opened is there all the same: reading
 * it fails. */
static struct source open_node(struct tree *tree, struct arena *arena, const struct node *node)
{
    struct diags *diags = tree->access->diags, own = {.arena = diags->arena};
    struct source source;
    tree->access->diags = &own;
    bool opened = tree->methods->open(tree, arena, node, &source);
    tree->access->diags = diags;
    append_file_faults(diags, node->name, &own);
    if (!opened)
        source = input_source(&(struct input){.fd = -EIO});
    source.name = node->name;
    return source;
}

static size_t open_nodes(struct tree *tree, struct arena *arena, const struct node *nodes,
                         size_t count, struct source *sources)
{
    for (size_t i = 0; i < count; i++)
        sources[i] = open_node(tree, arena, &nodes[i]);
    return count;
}

static const char *join_names(struct arena *arena, const char *volume, const char *path)
{
    return *volume ? arena_printf(arena, "%s/%s", volume, path) : path;
}

/* As reports name a file in an image. */
static const char *name_in_image(const struct job *job, struct arena *arena,
                                 const struct volume *volume, const struct node *node)
{
    return arena_printf(arena, "%s!/%s", job->input.name,
                        join_names(arena, volume->name, node->path));
}

/* Opens the files of a member. False after a diagnostic. */
static bool open_member(const struct job *job, struct volume *volume, struct arena *arena,
                        const struct member *member, struct hive_sources *sources)
{
    struct tree *tree = &volume->tree;
    const struct node *files[MEMBER_FILES_MAX];
    size_t nfiles = member_files(member, files);
    *sources = (struct hive_sources){.has_system = member->has_system};
    if (tree->methods->fetch && !tree->methods->fetch(tree, arena, files, nfiles))
        return false;
    if (!tree->methods->open(tree, arena, &member->software.hive, &sources->software))
        return false;
    sources->nlogs =
        open_nodes(tree, arena, member->software.logs, member->software.nlogs, sources->logs);
    if (job->has_system) {
        sources->has_system = true;
        sources->system = input_source(&job->system);
        sources->nsystem_logs =
            take_inputs(job->system_logs, job->nsystem_logs, sources->system_logs);
    } else if (member->has_system) {
        sources->system = open_node(tree, arena, &member->system.hive);
        sources->system.name = name_in_image(job, arena, volume, &member->system.hive);
        sources->nsystem_logs = open_nodes(tree, arena, member->system.logs, member->system.nlogs,
                                           sources->system_logs);
    }
    return true;
}

/* Whether something came of a member that is more than "no SOFTWARE hive". */
static bool is_found(const struct member *member, const struct wire_item *item)
{
    enum hive_kind kind = item->snapshot.hive.kind;
    return member->is_live || (kind != HIVE_KIND_NONE && kind != HIVE_KIND_OTHER);
}

/* Reads one hive of a volume, and sends it. */
static bool run_member(const struct job *job, int out, const struct container *container,
                       struct volume *volume, const struct member *member)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena,
                             .size = member->software.hive.size,
                             .snapshot.requests = job->settings->requests};
    struct hive_sources sources;
    struct lookup lookup = {.tree = &volume->tree,
                            .root = member->has_drive ? member->drive : member->windows,
                            .is_windows = !member->has_drive};
    diags_append(&item.diags, &container->diags);
    diags_append(&item.diags, volume->diags);
    volume->tree.access->diags = &item.diags;
    if (open_member(job, volume, arena, member, &sources))
        read_hive(job->settings, &sources, member->is_live ? &lookup : NULL, &item);
    struct message message = {
        .member = join_names(arena, volume->name, member->software.hive.path),
        .origin = join_names(arena, volume->origin, member->software.hive.path),
        .shadow = volume->shadow,
        .created = volume->created,
        .is_certain = member->is_live,
    };
    message_send_item(out, message, &item);
    return is_found(member, &item);
}

/* The hives of a volume. What was met in looking for them is said with the image. */
static size_t run_volume(const struct job *job, int out, const struct container *container,
                         struct volume *volume, struct diags *rest)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct diags diags = {.arena = arena};
    struct member *members;
    size_t count, found = 0;
    if (volume->is_open) {
        volume->tree.access->diags = &diags;
        members_find(&volume->tree, arena, volume->where, job->settings->choice.all_copies,
                     &members, &count);
        for (size_t i = 0; i < count; i++)
            found += run_member(job, out, container, volume, &members[i]);
    }
    if (!volume->is_open || !found)
        diags_append(&diags, volume->diags);
    for (size_t i = 0; i < diags.count; i++)
        diag_add(rest, diags.items[i].level, *volume->name ? volume->name : NULL, "%s",
                 diags.items[i].message);
    return found;
}

static void add_nothing(struct diags *diags, const struct container *container)
{
    const char *others = "";
    for (size_t i = 0; i < container->others.count; i++)
        others = arena_printf(diags->arena, "%s%s%s", others, i ? ", " : " (",
                              container->others.items[i]);
    diag_add(diags, DIAG_FAILED, NULL, "nothing to audit: no SOFTWARE hive in this image%s%s",
             others, *others ? ")" : "");
}

/* The parent takes the digests of all that is read. */
static void send_parts(const struct job *job, int out, struct access *access)
{
    for (size_t i = 0; job->settings->hash && i < access->nopened; i++) {
        struct slice name = {(const uint8_t *)access->opened[i], strlen(access->opened[i])};
        message_send(out, &(struct message){.kind = MESSAGE_PART, .name = name});
    }
    access->nopened = 0;
}

/* All hives of an image, then what is to be said about the image itself. */
static void run_volumes(const struct job *job, int out, struct container *container,
                        struct wire_item *item)
{
    size_t found = 0;
    struct diags rest = {.arena = item->diags.arena};
    for (size_t i = 0; i < container->count; i++)
        found += run_volume(job, out, container, &container->volumes[i], &rest);
    if (!found)
        diags_append(&item->diags, &container->diags);
    diags_append(&item->diags, &rest);
    if (found && item->diags.worst == DIAG_NOTE)
        return;
    if (item->diags.worst == DIAG_NOTE)
        item->snapshot.hive.kind = HIVE_KIND_NONE;
    if (!found && item->diags.worst != DIAG_FAILED)
        add_nothing(&item->diags, container);
    if (found && item->diags.worst == DIAG_INCOMPLETE)
        diag_add(&item->diags, DIAG_FAILED, NULL, "parts of this image could not be audited");
    message_send_item(out, (struct message){.member = ""}, item);
}

/* False where the image has to be read by a process that has more libraries. */
static bool run_container(const struct job *job, int out, const struct source *file,
                          enum content content, struct wire_item *item)
{
    struct access *access = arena_alloc(item->diags.arena, 1, sizeof *access);
    *access = (struct access){.arena = item->diags.arena,
                              .libraries = job->libraries,
                              .folder = job->folder,
                              .unlock = &job->settings->unlock};
    struct container container;
    container_open(access, file, content, &job->settings->choice, &container);
    if (access->wanted) {
        message_send(out, &(struct message){.kind = MESSAGE_NEED, .libraries = access->wanted});
        return false;
    }
    if (access->is_later_part)
        item->snapshot.hive.kind = HIVE_KIND_NONE;
    send_parts(job, out, access);
    run_volumes(job, out, &container, item);
    send_parts(job, out, access);
    return true;
}

static void refuse(struct wire_item *item, const char *kind)
{
    diag_add(&item->diags, DIAG_FAILED, NULL,
             "is %s: --log and --save-recovered are for a hive file", kind);
}

static bool is_package(enum content content)
{
    return content == CONTENT_INF || content == CONTENT_REG;
}

static void run_package(const struct job *job, const struct source *file, enum content content,
                        struct wire_item *item)
{
    struct read_plan plan = {.requests = job->settings->requests,
                             .nrequests = job->settings->nrequests};
    item->read = snapshot_read_package(item->diags.arena, &item->diags, file,
                                       content == CONTENT_INF ? PACKAGE_INF : PACKAGE_REG, &plan,
                                       &item->snapshot);
}

void job_run(const void *context, int out)
{
    const struct job *job = context;
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item = {.diags.arena = arena, .snapshot.requests = job->settings->requests};
    struct input input = job->input;
    enum content content;
    const char *kind;
    bool read = input_read(&input, job->spool, &item.diags, &content, &kind);
    struct source file = input_source(&input);
    item.size = input.size;
    if (read && container_is(content) && !job->settings->is_for_hive) {
        if (!run_container(job, out, &file, content, &item))
            return;
    } else {
        if (read && job->settings->is_for_hive && (container_is(content) || is_package(content)))
            refuse(&item, kind);
        else if (read && is_package(content))
            run_package(job, &file, content, &item);
        else if (read)
            run_hive(job, &input, &item);
        else if (content != CONTENT_HIVE)
            item.snapshot.hive.kind = HIVE_KIND_NONE;
        message_send_item(out, (struct message){.member = ""}, &item);
    }
    message_send(out, &(struct message){.kind = MESSAGE_END});
}

bool job_prepare(const void *context, int out)
{
    const struct job *job = context;
    CLEANUP(arena) struct arena *arena = arena_new();
    const char *missing = libraries_load(arena, job->libraries);
    if (!missing)
        return true;
    struct wire_item item = {.diags.arena = arena,
                             .size = job->input.size,
                             .snapshot.requests = job->settings->requests};
    diag_add(&item.diags, DIAG_FAILED, NULL, "cannot be read: %s", missing);
    message_send_item(out, (struct message){.member = ""}, &item);
    message_send(out, &(struct message){.kind = MESSAGE_END});
    return false;
}
