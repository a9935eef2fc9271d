/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/read_hive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hive/base_block.h"
#include "hive/hive.h"
#include "hive/salvage.h"

/* False where the image is too short for a base block. */
static bool read_base_block(struct arena *arena, const struct hive_image *image,
                            struct base_block *block)
{
    uint8_t bytes[BASE_BLOCK_CHECKED];
    if (image->size < BASE_BLOCK_SIZE || pread(image->fd, bytes, sizeof bytes, 0) != sizeof bytes)
        return false;
    *block = base_block_decode(arena, (struct slice){.ptr = bytes, .len = sizeof bytes});
    return true;
}

/* Takes the facts of the base block. */
static void read_facts(struct arena *arena, const struct hive_image *image,
                       struct hive_facts *facts)
{
    struct base_block block;
    *facts = (struct hive_facts){.file_name = ""};
    if (!read_base_block(arena, image, &block))
        return;
    *facts = (struct hive_facts){
        .file_name = block.file_name,
        .primary_sequence = block.primary_sequence,
        .secondary_sequence = block.secondary_sequence,
        .last_written = block.last_written,
        .known = true,
        .kind = base_block_is_log(&block) ? HIVE_KIND_NONE : HIVE_KIND_UNKNOWN,
        .state = base_block_is_dirty(&block) ? HIVE_UNRECOVERED : HIVE_CLEAN,
    };
}

/* Replays the logs into a copy of a dirty hive; fd is -1 where they do not recover it. */
static struct hive_image recover(struct arena *arena, struct diags *diags,
                                 const struct hive_image *image, const struct source *logs,
                                 size_t nlogs, struct hive_facts *facts)
{
    struct source source = hive_image_source(image);
    struct hive_image copy = hive_image_load(&source, diags);
    if (copy.fd < 0)
        return copy;
    struct replay replay = hive_replay(arena, &copy, logs, nlogs);
    facts->logs = replay.logs;
    facts->nlogs = replay.nlogs;
    facts->lost = replay.lost;
    if (replay.recovered)
        facts->state = HIVE_RECOVERED, facts->known = true;
    else
        hive_image_close(&copy);
    return copy;
}

bool loaded_hive_open(struct arena *arena, struct diags *diags, const struct source *source,
                      const struct source *logs, size_t nlogs, enum log_policy policy,
                      struct loaded_hive *loaded, struct hive_facts *facts)
{
    *loaded = (struct loaded_hive){.found = hive_image_load(source, diags), .recovered.fd = -1};
    if (loaded->found.fd < 0)
        return false;
    read_facts(arena, &loaded->found, facts);
    if (facts->state != HIVE_CLEAN && policy != LOGS_IGNORE && nlogs)
        loaded->recovered = recover(arena, diags, &loaded->found, logs, nlogs, facts);
    bool refused = policy == LOGS_REQUIRE && facts->state == HIVE_UNRECOVERED;
    if (refused)
        diag_add(diags, DIAG_FAILED, NULL,
                 "is dirty, and no logs recover it, as --logs=require demands");
    return !refused;
}

void loaded_hive_close(struct loaded_hive *loaded)
{
    hive_image_close(&loaded->recovered);
    hive_image_close(&loaded->found);
}

struct hive_image *loaded_hive_last(struct loaded_hive *loaded)
{
    return loaded->recovered.fd >= 0 ? &loaded->recovered : &loaded->found;
}

bool image_is_recovered(struct arena *arena, const struct hive_image *image,
                        const struct hive_facts *facts)
{
    struct base_block block;
    return facts->state != HIVE_UNRECOVERED && read_base_block(arena, image, &block) &&
           !base_block_fault(arena, &block) && image->size - BASE_BLOCK_SIZE >= block.bins_size;
}

/* Says where a base block announces more than there is. */
static void check_length(struct diags *diags, const struct hive_image *image,
                         const struct base_block *block)
{
    if (image->size - BASE_BLOCK_SIZE < block->bins_size)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "is truncated: %u bytes of hive bins announced, %ju are there", block->bins_size,
                 (uintmax_t)image->size - BASE_BLOCK_SIZE);
}

/* Refuses an image without a base block that hivex would take. */
static bool check_base_block(struct arena *arena, struct diags *diags,
                             const struct hive_image *image)
{
    struct base_block block;
    if (!read_base_block(arena, image, &block)) {
        diag_add(diags, DIAG_FAILED, NULL, "is no whole hive (got %ju bytes, want at least %d)",
                 (uintmax_t)image->size, BASE_BLOCK_SIZE);
        return false;
    }
    const char *fault = base_block_fault(arena, &block);
    if (fault)
        diag_add(diags, DIAG_FAILED, NULL, "is no sound hive: %s", fault);
    else
        check_length(diags, image, &block);
    return !fault;
}

static bool read_open_hive(struct reader *reader, const struct hive_model *model)
{
    hive_key *keys;
    size_t count;
    if (hive_subkeys(reader->hive, hive_root(reader->hive), &keys, &count) != HIVE_OK) {
        diag_add(reader->diags, DIAG_FAILED, NULL, "is damaged: its root key cannot be read (%s)",
                 hive_fault(reader->hive));
        return false;
    }
    return model->read(reader, model->into);
}

/* One attempt at an image, which is sealed for it. */
static bool attempt(struct reader *reader, const struct hive_image *image,
                    const struct hive_model *model)
{
    bool read = false;
    if (hive_image_seal(image->fd) < 0)
        diag_add(reader->diags, DIAG_FAILED, NULL, "cannot be sealed: %s", strerror(errno));
    else if (check_base_block(reader->arena, reader->diags, image))
        reader->hive = hive_open(reader->arena, reader->diags, image);
    if (reader->hive)
        read = read_open_hive(reader, model);
    hive_close(reader->hive);
    reader->hive = NULL;
    return read;
}

/* Another attempt, at a repaired image. */
static bool attempt_repaired(struct arena *arena, struct diags *diags,
                             const struct hive_image *image, const struct hive_image *repaired,
                             const struct salvage *salvage, const struct hive_model *model)
{
    struct base_block block;
    if (read_base_block(arena, image, &block) && !base_block_fault(arena, &block))
        check_length(diags, image, &block);
    struct reader reader = {.arena = arena,
                            .diags = diags,
                            .lost = salvage->lost,
                            .nlost = salvage->nlost,
                            .lost_more = salvage->lost_more};
    model->facts->repairs = salvage->repairs;
    return attempt(&reader, repaired, model);
}

/* Whether a first attempt needs no second. */
static bool is_sound(const struct diags *diags, const struct hive_facts *facts)
{
    return diags->worst == DIAG_NOTE || facts->kind == HIVE_KIND_OTHER ||
           facts->kind == HIVE_KIND_NONE;
}

/* Reads a repaired copy of an image, or where there is nothing to repair keeps the first attempt.
 */
static bool read_damaged(struct arena *arena, struct diags *diags, const struct hive_image *image,
                         const struct hive_model *model, struct slice start, struct diags *first,
                         bool read)
{
    struct source source = hive_image_source(image);
    struct hive_image copy = hive_image_load(&source, diags);
    if (copy.fd < 0) {
        memcpy(model->into, start.ptr, start.len);
        return false;
    }
    struct salvage salvage = hive_salvage(arena, diags, &copy);
    if (salvage.repairs) {
        memcpy(model->into, start.ptr, start.len);
        read = attempt_repaired(arena, diags, image, &copy, &salvage, model);
    } else {
        diags_append(diags, first);
    }
    hive_image_close(&copy);
    return read;
}

bool image_read(struct arena *arena, struct diags *diags, const struct hive_image *image,
                const struct hive_model *model)
{
    struct slice start = arena_dup(arena, (struct slice){model->into, model->size});
    struct diags first = {.arena = arena};
    struct reader reader = {.arena = arena, .diags = &first};
    bool read = attempt(&reader, image, model);
    if (!is_sound(&first, model->facts))
        return read_damaged(arena, diags, image, model, start, &first, read);
    diags_append(diags, &first);
    return read;
}

enum hive_kind reader_judge_kind(const struct reader *reader, const char *other,
                                 enum hive_kind wanted)
{
    /* A root that lost keys may have been that of any hive. */
    return !other                                               ? wanted
           : reader_has_losses(reader, hive_root(reader->hive)) ? HIVE_KIND_UNKNOWN
                                                                : HIVE_KIND_OTHER;
}
