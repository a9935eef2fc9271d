/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hive/base_block.h"
#include "hive/hive.h"
#include "hive/image.h"
#include "hive/salvage.h"
#include "model/configuration.h"
#include "model/kind.h"
#include "model/read_key.h"
#include "model/snapshot.h"

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

static bool read_hive(struct reader *reader, struct snapshot *snapshot)
{
    hive_key *keys;
    size_t count;
    if (hive_subkeys(reader->hive, hive_root(reader->hive), &keys, &count) != HIVE_OK) {
        diag_add(reader->diags, DIAG_FAILED, NULL, "is damaged: its root key cannot be read (%s)",
                 hive_fault(reader->hive));
        return false;
    }
    const char *other = kind_other_than_software(reader->hive);
    /* A root that lost keys may have been that of any hive. */
    snapshot->hive.kind = !other                                               ? HIVE_KIND_SOFTWARE
                          : reader_has_losses(reader, hive_root(reader->hive)) ? HIVE_KIND_UNKNOWN
                                                                               : HIVE_KIND_OTHER;
    if (other) {
        diag_add(reader->diags, DIAG_FAILED, NULL,
                 "nothing to audit: this is %s, want a SOFTWARE hive", other);
        return false;
    }
    configuration_read(reader, snapshot);
    if (!snapshot->has_calais)
        diag_add(reader->diags, DIAG_FAILED, NULL,
                 "nothing to audit: this SOFTWARE hive has no key " CALAIS);
    return snapshot->has_calais;
}

/* One attempt at an image, which is sealed for it. */
static bool read_image(struct reader *reader, const struct hive_image *image,
                       struct snapshot *snapshot)
{
    bool read = false;
    if (hive_image_seal(image->fd) < 0)
        diag_add(reader->diags, DIAG_FAILED, NULL, "cannot be sealed: %s", strerror(errno));
    else if (check_base_block(reader->arena, reader->diags, image))
        reader->hive = hive_open(reader->arena, reader->diags, image);
    if (reader->hive)
        read = read_hive(reader, snapshot);
    hive_close(reader->hive);
    reader->hive = NULL;
    return read;
}

/* Where an attempt met damage, a copy of the image is repaired as far as that goes and read in its
 * place. A sound hive never pays for that. */
static bool read_damaged(struct arena *arena, struct diags *diags, const struct hive_image *image,
                         struct snapshot *snapshot)
{
    struct snapshot first = *snapshot;
    struct diags first_diags = {.arena = arena};
    struct reader reader = {.arena = arena, .diags = &first_diags};
    bool read = read_image(&reader, image, &first);
    if (first_diags.worst == DIAG_NOTE || first.hive.kind == HIVE_KIND_OTHER ||
        first.hive.kind == HIVE_KIND_NONE) {
        *snapshot = first;
        diags_append(diags, &first_diags);
        return read;
    }
    struct source source = hive_image_source(image);
    struct hive_image copy = hive_image_load(&source, diags);
    if (copy.fd < 0)
        return false;
    struct salvage salvage = hive_salvage(arena, diags, &copy);
    if (salvage.repairs) {
        struct base_block block;
        if (read_base_block(arena, image, &block) && !base_block_fault(arena, &block))
            check_length(diags, image, &block);
        reader = (struct reader){.arena = arena,
                                 .diags = diags,
                                 .lost = salvage.lost,
                                 .nlost = salvage.nlost,
                                 .lost_more = salvage.lost_more};
        snapshot->hive.repairs = salvage.repairs;
        read = read_image(&reader, &copy, snapshot);
    } else {
        *snapshot = first;
        diags_append(diags, &first_diags);
    }
    hive_image_close(&copy);
    return read;
}

/* Replays the logs into a copy of a dirty hive; fd is -1 where they do not recover it. */
static struct hive_image recover(struct arena *arena, struct diags *diags,
                                 const struct hive_image *image, const struct read_plan *plan,
                                 struct hive_facts *facts)
{
    struct source source = hive_image_source(image);
    struct hive_image copy = {.fd = -1};
    if (facts->state == HIVE_CLEAN || plan->policy == LOGS_IGNORE || !plan->nlogs)
        return copy;
    copy = hive_image_load(&source, diags);
    if (copy.fd < 0)
        return copy;
    struct replay replay = hive_replay(arena, &copy, plan->logs, plan->nlogs);
    facts->logs = replay.logs;
    facts->nlogs = replay.nlogs;
    facts->lost = replay.lost;
    if (replay.recovered)
        facts->state = HIVE_RECOVERED, facts->known = true;
    else
        hive_image_close(&copy);
    return copy;
}

/* What the hive shows without its logs; NULL where that cannot be read. */
static struct snapshot *read_before(struct arena *arena, const struct hive_image *image,
                                    const struct snapshot *after)
{
    struct diags unused = {.arena = arena};
    struct snapshot *before = arena_alloc(arena, 1, sizeof *before);
    *before = (struct snapshot){
        .hive = after->hive, .requests = after->requests, .nrequests = after->nrequests};
    before->hive.state = HIVE_UNRECOVERED;
    return read_damaged(arena, &unused, image, before) ? before : NULL;
}

/* Whether an image is a whole hive that shows the last state. */
static bool is_recovered(struct arena *arena, const struct hive_image *image,
                         const struct hive_facts *facts)
{
    struct base_block block;
    return facts->state != HIVE_UNRECOVERED && read_base_block(arena, image, &block) &&
           !base_block_fault(arena, &block) && image->size - BASE_BLOCK_SIZE >= block.bins_size;
}

bool snapshot_read(struct arena *arena, struct diags *diags, const struct source *source,
                   const struct read_plan *plan, struct snapshot *snapshot)
{
    bool read = false;
    *snapshot = (struct snapshot){.requests = plan->requests, .nrequests = plan->nrequests};
    struct hive_image image = hive_image_load(source, diags);
    if (image.fd < 0)
        return false;
    read_facts(arena, &image, &snapshot->hive);
    struct hive_image recovered = recover(arena, diags, &image, plan, &snapshot->hive);
    bool has_recovered = recovered.fd >= 0;
    if (plan->policy == LOGS_REQUIRE && snapshot->hive.state == HIVE_UNRECOVERED)
        diag_add(diags, DIAG_FAILED, NULL,
                 "is dirty, and no logs recover it, as --logs=require demands");
    else
        read = read_damaged(arena, diags, has_recovered ? &recovered : &image, snapshot);
    if (read && has_recovered)
        snapshot->before = read_before(arena, &image, snapshot);
    struct hive_image *last = has_recovered ? &recovered : &image;
    if (plan->recovered && is_recovered(arena, last, &snapshot->hive)) {
        *plan->recovered = *last;
        last->fd = -1;
    }
    hive_image_close(&recovered);
    hive_image_close(&image);
    return read;
}
