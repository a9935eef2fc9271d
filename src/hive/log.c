/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "hive/log.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "hive/log_apply.h"

/* What the logs of one hive may take in memory. Windows keeps each to some tens of megabytes. */
#define LOGS_SIZE_MAX (UINT64_C(512) << 20)
#define GROWTH_SLACK  ((uint64_t)64 << 20) /* bytes */

/* As much as tells the format: the base block and the signature behind it. */
#define HEAD_SIZE (LOG_START + 4)

const char *const log_format_names[NLOG_FORMATS] = {
    [LOG_NONE] = "none",
    [LOG_DIRT] = "DIRT",
    [LOG_HVLE] = "HvLE",
};

/* "File type" of a log's base block: "1 means transaction log", and 6 is the new format. */
static const uint32_t file_types[NLOG_FORMATS] = {[LOG_DIRT] = 1, [LOG_HVLE] = 6};

static bool has_signature(const uint8_t *bytes, const char *signature)
{
    return memcmp(bytes, signature, 4) == 0;
}

static bool map_image(struct log_target *target, uint64_t size)
{
    if (size <= target->mapped)
        return true;
    void *bytes = target->bytes
                      ? mremap(target->bytes, target->mapped, size, MREMAP_MAYMOVE)
                      : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, target->fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    target->bytes = bytes;
    target->mapped = size;
    return true;
}

bool log_target_grow(struct log_target *target, uint32_t bins_size)
{
    uint64_t size = (uint64_t)BASE_BLOCK_SIZE + bins_size;
    if (size <= target->size)
        return true;
    if (size > target->size_max) {
        errno = EFBIG;
        return false;
    }
    if (!map_image(target, size) || ftruncate(target->fd, (off_t)size) != 0)
        return false;
    target->size = size;
    return true;
}

void log_target_finish(struct log_target *target, const uint8_t *base, uint32_t sequence,
                       uint32_t bins_size)
{
    if (base)
        memcpy(target->bytes, base, LOG_START);
    put_u32(target->bytes + BASE_AT_PRIMARY_SEQUENCE, sequence);
    put_u32(target->bytes + BASE_AT_SECONDARY_SEQUENCE, sequence);
    put_u32(target->bytes + BASE_AT_TYPE, 0);
    put_u32(target->bytes + BASE_AT_BINS_SIZE, bins_size);
    base_block_put_checksum(target->bytes);
}

/* Windows logs new hive bins with their pages, so that a hive grows by about what its logs hold. */
static bool open_target(struct arena *arena, struct log_target *target,
                        const struct hive_image *image, uint64_t logs_size)
{
    *target = (struct log_target){
        .fd = image->fd, .size = image->size, .size_max = image->size + logs_size + GROWTH_SLACK};
    if (!map_image(target, image->size))
        return false;
    if (target->size < BASE_BLOCK_CHECKED)
        return true;
    struct slice bytes = {.ptr = target->bytes, .len = BASE_BLOCK_CHECKED};
    target->block = base_block_decode(arena, bytes);
    target->sound = base_block_is_sound(&target->block);
    return true;
}

/* The image cannot be sealed as long as a writable mapping of it exists. */
static void close_target(const struct log_target *target, struct hive_image *image)
{
    if (target->bytes)
        munmap(target->bytes, target->mapped);
    image->size = target->size;
}

/* Returns NULL or what is wrong. */
static const char *read_bytes(struct arena *arena, const struct source *source, uint8_t *bytes,
                              size_t len)
{
    ssize_t n = source->read_at(source, 0, bytes, len);
    if (n < 0)
        return arena_printf(arena, "cannot be read: %s", strerror(errno));
    if ((size_t)n < len)
        return arena_printf(arena, "has become shorter (got %zd bytes, want %zu)", n, len);
    return NULL;
}

/* By what the log holds, or else by what its base block says that it holds. */
static enum log_format detect_format(const uint8_t *head)
{
    for (enum log_format i = LOG_NONE + 1; i < NLOG_FORMATS; i++)
        if (has_signature(head + LOG_START, log_format_names[i]))
            return i;
    for (enum log_format i = LOG_NONE + 1; has_signature(head, "regf") && i < NLOG_FORMATS; i++)
        if (get_u32(head + BASE_AT_TYPE) == file_types[i])
            return i;
    return LOG_NONE;
}

/* Why a log takes no part ("A transaction log file is considered to be valid when it has an
 * expected base block ..., and its primary sequence number is equal to its secondary sequence
 * number"); NULL where it may. */
static const char *find_fault(struct arena *arena, const struct log_file *file)
{
    const struct base_block *block = &file->block;
    if (!block->has_signature)
        return "no base block (want the signature regf)";
    if (block->checksum != block->computed_checksum)
        return arena_printf(arena, "wrong checksum of its base block (got %08x, want %08x)",
                            block->checksum, block->computed_checksum);
    if (block->type != file_types[file->use->format])
        return arena_printf(arena, "wrong file type in its base block (got %u, want %u)",
                            block->type, file_types[file->use->format]);
    if (block->primary_sequence != block->secondary_sequence)
        return arena_printf(arena, "was not written to its end (got sequence numbers %u and %u)",
                            block->primary_sequence, block->secondary_sequence);
    if (block->bins_size == 0 || block->bins_size % LOG_BLOCK_SIZE || block->bins_size > INT32_MAX)
        return arena_printf(arena, "wrong size of the hive bins data in its base block (got %u)",
                            block->bins_size);
    return NULL;
}

/* Nobody knows what a log holds that cannot be read. */
static bool refuse_unread(struct log_file *file, const char *reason)
{
    file->use->reason = reason;
    file->unread = true;
    return false;
}

/* Tells the format. False where nothing more of the log is wanted: use->reason says why. */
static bool read_head(struct arena *arena, struct log_file *file)
{
    const struct source *source = file->source;
    struct log_use *use = file->use;
    uint8_t head[HEAD_SIZE] = {0};
    size_t len = source->size < HEAD_SIZE ? (size_t)source->size : HEAD_SIZE;
    const char *fault = read_bytes(arena, source, head, len); /* of no bytes: can it be read? */
    if (fault)
        return refuse_unread(file, fault);
    if (source->size == 0)
        use->reason = "empty";
    else if (source->size < LOG_START)
        use->reason = arena_printf(arena, "too short for a log (got %ju bytes, want %d or more)",
                                   (uintmax_t)source->size, LOG_START);
    if (use->reason)
        return false;
    use->format = detect_format(head);
    if (use->format == LOG_NONE)
        use->reason = "is no transaction log of a known format";
    return use->format != LOG_NONE;
}

/* Reads a log whole into the scratch arena, if *left bytes are enough, and finds out whether it is
 * sound. */
static void read_log(struct arena *arena, struct arena *scratch, struct log_file *file,
                     uint64_t *left)
{
    const struct source *source = file->source;
    if (!read_head(arena, file))
        return;
    if (source->size > *left) {
        refuse_unread(file,
                      arena_printf(arena, "is too large (got %ju bytes, %ju are left for logs)",
                                   (uintmax_t)source->size, (uintmax_t)*left));
        return;
    }
    *left -= source->size;
    size_t len = (size_t)source->size;
    uint8_t *bytes = arena_alloc(scratch, len, 1);
    const char *fault = read_bytes(arena, source, bytes, len);
    if (fault) {
        refuse_unread(file, fault);
        return;
    }
    file->bytes = (struct slice){.ptr = bytes, .len = len};
    file->block = base_block_decode(scratch, file->bytes);
    file->use->reason = find_fault(arena, file);
    file->sound = !file->use->reason;
}

static bool any_sound(const struct log_file *files, size_t nfiles, enum log_format format)
{
    for (size_t i = 0; i < nfiles; i++)
        if (files[i].sound && files[i].use->format == format)
            return true;
    return false;
}

/* Windows of the new format writes no log of the old: such a one was left behind by an update. */
static void set_dirt_aside(struct log_file *files, size_t nfiles)
{
    for (size_t i = 0; i < nfiles; i++)
        if (files[i].sound && files[i].use->format == LOG_DIRT)
            files[i].use->reason = "not used: another log has the new format (HvLE)";
}

static void apply_logs(struct arena *arena, struct log_target *target, struct log_file *files,
                       size_t nfiles, struct replay *replay)
{
    log_apply_hvle(arena, target, files, nfiles, replay);
    if (any_sound(files, nfiles, LOG_HVLE))
        set_dirt_aside(files, nfiles);
    else
        log_apply_dirt(arena, target, files, nfiles, replay);
}

static void refuse_all(struct arena *arena, struct log_file *files, size_t nfiles)
{
    const char *reason =
        arena_printf(arena, "the hive cannot be mapped into memory: %s", strerror(errno));
    for (size_t i = 0; i < nfiles; i++)
        if (files[i].sound)
            files[i].use->reason = reason;
}

/* A log that could not be read may hold the last changes. */
static void note_unread(struct arena *arena, const struct log_file *files, size_t nfiles,
                        struct replay *replay)
{
    for (size_t i = 0; i < nfiles && !replay->lost; i++)
        if (files[i].unread)
            replay->lost = arena_printf(arena, "%s %s", text_escape(arena, files[i].use->name),
                                        files[i].use->reason);
}

struct replay hive_replay(struct arena *arena, struct hive_image *image, const struct source *logs,
                          size_t nlogs)
{
    struct replay replay = {.logs = arena_alloc(arena, nlogs, sizeof *replay.logs), .nlogs = nlogs};
    CLEANUP(arena) struct arena *scratch = arena_new();
    struct log_file *files = arena_alloc(scratch, nlogs, sizeof *files);
    uint64_t left = LOGS_SIZE_MAX;
    for (size_t i = 0; i < nlogs; i++) {
        replay.logs[i].name = logs[i].name;
        files[i] = (struct log_file){.source = &logs[i], .use = &replay.logs[i]};
        read_log(arena, scratch, &files[i], &left);
    }
    struct log_target target;
    if (open_target(scratch, &target, image, LOGS_SIZE_MAX - left))
        apply_logs(arena, &target, files, nlogs, &replay);
    else
        refuse_all(arena, files, nlogs);
    close_target(&target, image);
    note_unread(arena, files, nlogs, &replay);
    return replay;
}
