/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/configuration.h"
#include "model/kind.h"
#include "model/module.h"
#include "model/read_hive.h"
#include "model/snapshot.h"
#include "model/system.h"

static bool read_software(struct reader *reader, void *into)
{
    struct snapshot *snapshot = into;
    const char *other = kind_other_than_software(reader->hive);
    snapshot->hive.kind = reader_judge_kind(reader, other, HIVE_KIND_SOFTWARE);
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

static bool read_image(struct arena *arena, struct diags *diags, const struct hive_image *image,
                       struct snapshot *snapshot)
{
    struct hive_model model = {.read = read_software,
                               .into = snapshot,
                               .size = sizeof *snapshot,
                               .facts = &snapshot->hive};
    return image_read(arena, diags, image, &model);
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
    return read_image(arena, &unused, image, before) ? before : NULL;
}

/* Hands over the recovered hive to whom it is for. */
static void hand_over(struct arena *arena, struct loaded_hive *loaded,
                      const struct hive_facts *facts, struct hive_image *recovered)
{
    struct hive_image *last = loaded_hive_last(loaded);
    if (!recovered || !image_is_recovered(arena, last, facts))
        return;
    *recovered = *last;
    last->fd = -1;
}

static bool read_states(struct arena *arena, struct diags *diags, struct loaded_hive *loaded,
                        struct snapshot *snapshot)
{
    bool read = read_image(arena, diags, loaded_hive_last(loaded), snapshot);
    if (read && loaded->recovered.fd >= 0)
        snapshot->before = read_before(arena, &loaded->found, snapshot);
    return read;
}

bool snapshot_read(struct arena *arena, struct diags *diags, const struct source *source,
                   const struct read_plan *plan, struct snapshot *snapshot)
{
    struct loaded_hive loaded;
    *snapshot = (struct snapshot){.requests = plan->requests, .nrequests = plan->nrequests};
    bool read = loaded_hive_open(arena, diags, source, plan->logs, plan->nlogs, plan->policy,
                                 &loaded, &snapshot->hive) &&
                read_states(arena, diags, &loaded, snapshot);
    if (loaded.found.fd >= 0)
        hand_over(arena, &loaded, &snapshot->hive, plan->recovered);
    loaded_hive_close(&loaded); /* before the next hive is loaded */
    if (read && plan->system)
        system_read(arena, diags, plan, &snapshot->system);
    if (snapshot->before)
        snapshot->before->system = snapshot->system;
    if (read)
        module_find_files(arena, diags, plan->files, snapshot);
    return read;
}
