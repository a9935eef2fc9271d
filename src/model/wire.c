/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/wire.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "model/module.h"
#include "model/system.h"
#include "model/wire_key.h"

#define WIRE_MAGIC   UINT32_C(0x77766168) /* "havw" */
#define WIRE_VERSION 3

/* Bytes of full paths that are made of names. Without a limit, a long path with many subkeys would
 * grow to the square of what was sent. */
#define PATHS_MAX ((size_t)64 << 20)

/* The fewest bytes that each takes on the wire: a count is believed only where these are left. */
enum {
    LEAST_DIAG = 10,
    LEAST_LOG = 22,
    LEAST_ENTRY = 9,
    LEAST_KSP = 10,
    LEAST_LOSS = 24,
    LEAST_FILE = 10,
    LEAST_PROBLEM = 25,
    LEAST_ID = 16,
};

#define ANY_VIEW ((1u << (VIEW_NONE + 1)) - 1)

/* A function of each struct describes it for both directions (base/codec.h): it encodes a struct
 * and leaves it as it is, or decodes one that starts all zero. */

/* One by one, as diag_add does it: the array can grow on. */
static void wire_diags(struct codec *codec, struct diags *diags)
{
    size_t count = codec_count(codec, diags->count, LEAST_DIAG);
    codec_demand(codec, count <= DIAGS_MAX, "there are too many diagnostics");
    for (size_t i = 0; i < count && !codec->fault; i++) {
        if (codec->arena)
            diags->items = arena_grow(codec->arena, diags->items, i, sizeof *diags->items);
        struct diag *diag = &diags->items[i];
        diag->level = codec_choice(codec, diag->level, DIAG_FAILED + 1);
        diag->key = codec_optional_text(codec, diag->key);
        diag->message = codec_text(codec, diag->message);
        if (diag->level > diags->worst)
            diags->worst = diag->level; /* the worst is never left out */
    }
    diags->count = count;
}

static void wire_digest(struct codec *codec, bool *has_digest, uint8_t *digest)
{
    *has_digest = codec_choice(codec, *has_digest, 2);
    if (!*has_digest)
        return;
    struct slice bytes = codec_slice(codec, (struct slice){digest, FILE_DIGEST_SIZE});
    codec_demand(codec, bytes.len == FILE_DIGEST_SIZE, "a digest has another length");
    if (codec->arena && !codec->fault)
        memcpy(digest, bytes.ptr, FILE_DIGEST_SIZE);
}

static void wire_facts(struct codec *codec, struct hive_facts *facts)
{
    facts->kind = codec_choice(codec, facts->kind, NHIVE_KINDS);
    facts->known = codec_choice(codec, facts->known, 2);
    if (!facts->known)
        return;
    facts->file_name = codec_text(codec, facts->file_name);
    codec_u32(codec, &facts->primary_sequence);
    codec_u32(codec, &facts->secondary_sequence);
    codec_i64(codec, &facts->last_written);
    facts->state = codec_choice(codec, facts->state, NHIVE_STATES);
    facts->lost = codec_optional_text(codec, facts->lost);
    codec_size(codec, &facts->repairs);
    wire_digest(codec, &facts->has_digest, facts->digest);
    facts->nlogs = codec_count(codec, facts->nlogs, LEAST_LOG);
    facts->logs = codec_array(codec, facts->logs, facts->nlogs, sizeof *facts->logs);
    for (size_t i = 0; i < facts->nlogs && !codec->fault; i++) {
        struct log_use *log = &facts->logs[i];
        log->name = codec_text(codec, log->name);
        log->format = codec_choice(codec, log->format, NLOG_FORMATS);
        codec_u32(codec, &log->first);
        codec_u32(codec, &log->last);
        codec_u32(codec, &log->applied);
        log->reason = codec_optional_text(codec, log->reason);
    }
}

static void wire_os(struct codec *codec, struct os_build *os)
{
    os->product = codec_optional_text(codec, os->product);
    os->display_version = codec_optional_text(codec, os->display_version);
    os->system_root = codec_optional_text(codec, os->system_root);
    codec_u32(codec, &os->build);
    codec_u32(codec, &os->ubr);
    os->has_ubr = codec_choice(codec, os->has_ubr, 2);
    os->arch = codec_choice(codec, os->arch, NARCHS);
    os->is_64bit = codec_choice(codec, os->is_64bit, 2);
}

static void wire_cards(struct codec *codec, struct view_config *config)
{
    const struct regkey *list = &config->smart_cards;
    assert(codec->arena || config->ncards == list->nsubkeys);
    codec_demand(codec, list->nsubkeys <= codec->in.len / LEAST_ENTRY, "the entries are missing");
    config->ncards = codec->fault ? 0 : list->nsubkeys;
    config->cards = codec_array(codec, config->cards, config->ncards, sizeof *config->cards);
    for (size_t i = 0; i < config->ncards && !codec->fault; i++) {
        struct card *card = &config->cards[i];
        wire_entry(codec, &card->key, &list->subkeys[i]);
        for (int field = 0; codec->arena && !codec->fault && field < NCARD_FIELDS; field++)
            card->field[field] = regkey_value(&card->key, card_fields[field].value);
    }
}

static void wire_csps(struct codec *codec, struct view_config *config)
{
    const struct regkey *list = &config->providers;
    assert(codec->arena || config->ncsps == list->nsubkeys);
    codec_demand(codec, list->nsubkeys <= codec->in.len / LEAST_ENTRY, "the providers are missing");
    config->ncsps = codec->fault ? 0 : list->nsubkeys;
    config->csps = codec_array(codec, config->csps, config->ncsps, sizeof *config->csps);
    for (size_t i = 0; i < config->ncsps && !codec->fault; i++)
        wire_entry(codec, &config->csps[i], &list->subkeys[i]);
}

static void wire_losses(struct codec *codec, struct view_config *config)
{
    codec_size(codec, &config->nlisted);
    codec_size(codec, &config->nread);
    codec_demand(codec, config->nread <= config->nlisted, "more entries were read than there are");
    config->nlost = codec_count(codec, config->nlost, LEAST_LOSS);
    config->lost = codec_array(codec, config->lost, config->nlost, sizeof *config->lost);
    for (size_t i = 0; i < config->nlost && !codec->fault; i++) {
        struct loss *loss = &config->lost[i];
        loss->key = codec_text(codec, loss->key);
        codec_size(codec, &loss->offset);
        loss->reason = codec_text(codec, loss->reason);
    }
}

static void wire_view(struct codec *codec, enum view view, struct view_config *config)
{
    config->exists = codec_choice(codec, config->exists, 2);
    codec_demand(codec, config->exists || view != VIEW_NATIVE, "the native view is missing");
    wire_regkey(codec, &config->calais, 1u << view);
    wire_regkey(codec, &config->readers, 1u << view);
    if (!config->exists)
        return;
    wire_regkey(codec, &config->smart_cards, 1u << view);
    wire_regkey(codec, &config->providers, 1u << view);
    wire_cards(codec, config);
    wire_csps(codec, config);
    wire_losses(codec, config);
}

static void wire_requests(struct codec *codec, struct snapshot *snapshot)
{
    uint64_t count = codec_number(codec, snapshot->nrequests, 8);
    codec_demand(codec, count == snapshot->nrequests, "the keys of rules are others");
    snapshot->requested =
        codec_array(codec, snapshot->requested, snapshot->nrequests, sizeof *snapshot->requested);
    CLEANUP(arena) struct arena *arena = arena_new();
    const size_t *first = key_requests_first(arena, snapshot->requests, snapshot->nrequests);
    for (size_t i = 0; i < snapshot->nrequests && !codec->fault; i++) {
        if (first[i] == i)
            wire_regkey(codec, &snapshot->requested[i],
                        1u << snapshot->requests[i].view | 1u << VIEW_NONE);
        else if (codec->arena)
            snapshot->requested[i] = snapshot->requested[first[i]];
    }
}

static void wire_problems(struct codec *codec, struct package_facts *package)
{
    package->nproblems = codec_count(codec, package->nproblems, LEAST_PROBLEM);
    package->problems =
        codec_array(codec, package->problems, package->nproblems, sizeof *package->problems);
    for (size_t i = 0; i < package->nproblems && !codec->fault; i++) {
        struct text_problem *problem = &package->problems[i];
        problem->fault = codec_choice(codec, problem->fault, NTEXT_FAULTS);
        problem->where = codec_text(codec, problem->where);
        wire_place(codec, &problem->line, &problem->column);
        problem->message = codec_text(codec, problem->message);
    }
}

static void wire_ids(struct codec *codec, struct package_facts *package)
{
    package->nids = codec_count(codec, package->nids, LEAST_ID);
    package->ids = codec_array(codec, package->ids, package->nids, sizeof *package->ids);
    for (size_t i = 0; i < package->nids && !codec->fault; i++) {
        struct hardware_id *id = &package->ids[i];
        id->id = codec_text(codec, id->id);
        wire_place(codec, &id->line, &id->column);
    }
}

static void wire_package(struct codec *codec, struct snapshot *snapshot)
{
    codec->has_places = codec_choice(codec, snapshot->package != NULL, 2);
    if (!codec->has_places)
        return;
    struct package_facts *package = codec_array(codec, snapshot->package, 1, sizeof *package);
    package->kind = codec_choice(codec, package->kind, NPACKAGE_KINDS);
    package->encoding = codec_choice(codec, package->encoding, NENCODINGS);
    wire_problems(codec, package);
    wire_ids(codec, package);
    snapshot->package = package;
}

static void wire_snapshot(struct codec *codec, struct snapshot *snapshot)
{
    wire_facts(codec, &snapshot->hive);
    if (!codec_choice(codec, snapshot_is_configured(snapshot), 2))
        return;
    wire_package(codec, snapshot);
    wire_os(codec, &snapshot->os);
    codec_demand(codec, !snapshot_is_inf(snapshot) || snapshot->os.arch != ARCH_UNKNOWN,
                 "an INF is for no architecture");
    for (enum view view = 0; view < NVIEWS; view++) {
        struct view_config *config = &snapshot->views[view];
        wire_view(codec, view, config);
        snapshot->has_calais |= config->exists && config->calais.state != KEY_ABSENT;
    }
    for (int i = 0; i < NPOLICIES; i++)
        wire_regkey(codec, &snapshot->policies[i], ANY_VIEW);
    for (int i = 0; i < NATR_CACHES; i++)
        wire_regkey(codec, &snapshot->atr_caches[i], ANY_VIEW);
    wire_requests(codec, snapshot);
}

static void wire_ksp(struct codec *codec, struct ksp *ksp, const struct origin *origin)
{
    struct origin *user_mode = &ksp->user_mode.origin;
    wire_entry(codec, &ksp->key, origin);
    if (codec->arena) {
        user_mode->name = KSP_USER_MODE;
        user_mode->key = wire_path(codec, origin->key, KSP_USER_MODE);
        user_mode->view = origin->view;
    }
    wire_content(codec, &ksp->user_mode);
}

static void wire_ksps(struct codec *codec, struct system_config *system)
{
    const struct regkey *list = &system->providers;
    assert(codec->arena || system->nksps == list->nsubkeys);
    codec_demand(codec, list->nsubkeys <= KSPS_MAX, "there are too many KSPs");
    codec_demand(codec, list->nsubkeys <= codec->in.len / LEAST_KSP, "the KSPs are missing");
    system->nksps = codec->fault ? 0 : list->nsubkeys;
    system->ksps = codec_array(codec, system->ksps, system->nksps, sizeof *system->ksps);
    for (size_t i = 0; i < system->nksps && !codec->fault; i++)
        wire_ksp(codec, &system->ksps[i], &list->subkeys[i]);
    if (codec->arena && !codec->fault)
        system_index_ksps(codec->arena, system);
}

static void wire_system(struct codec *codec, struct system_config *system)
{
    system->state = codec_choice(codec, system->state, NSYSTEM_STATES);
    if (system->state == SYSTEM_NONE)
        return;
    system->name = codec_text(codec, system->name);
    wire_facts(codec, &system->hive);
    if (system->state != SYSTEM_READ)
        return;
    codec_demand(codec, system->hive.known && system->hive.kind == HIVE_KIND_SYSTEM,
                 "the SYSTEM hive is none");
    codec_u32(codec, &system->control_set);
    codec_demand(codec, system->control_set != 0, "the control set is missing");
    wire_regkey(codec, &system->providers, 1u << VIEW_NONE);
    wire_ksps(codec, system);
    for (int i = 0; i < NSERVICES; i++)
        wire_regkey(codec, &system->services[i], 1u << VIEW_NONE);
}

/* What is there, of a file that is. */
static void wire_found_file(struct codec *codec, struct module_file *file)
{
    codec_size(codec, &file->size);
    file->machine = (uint32_t)codec_number(codec, file->machine, 2);
    wire_digest(codec, &file->has_digest, file->digest);
}

/* Decoding, makes of a file what follows from what was asked. */
static enum module_reach place_file(struct codec *codec, const struct snapshot *snapshot,
                                    struct module_file *file)
{
    enum module_reach reach = MODULE_IN_REACH;
    if (!codec->arena || codec->fault)
        return reach;
    codec_demand(codec, snapshot->views[file->view].exists,
                 "a file is of a view that is not there");
    *file = module_place_file(codec->arena, &snapshot->os, file->view, file->asked, &reach);
    return snapshot->has_system_folder[file->view] ? reach : MODULE_OUT_OF_REACH;
}

static void wire_file(struct codec *codec, const struct snapshot *snapshot,
                      struct module_file *file)
{
    file->view = codec_choice(codec, file->view, NVIEWS);
    file->asked = codec_text(codec, file->asked);
    enum module_reach reach = place_file(codec, snapshot, file);
    file->state = codec_choice(codec, file->state, NFILE_STATES);
    codec_demand(codec, file->state == FILE_UNKNOWN || reach != MODULE_OUT_OF_REACH,
                 "a file was found where none was looked for");
    if (file->state != FILE_PRESENT && file->state != FILE_UNREADABLE)
        return;
    file->found = codec_optional_text(codec, file->found);
    codec_demand(codec, reach == MODULE_IN_REACH && (file->found || file->state != FILE_PRESENT),
                 "a file was found nowhere");
    if (file->state == FILE_PRESENT)
        wire_found_file(codec, file);
}

/* Files are sorted, so that they can be searched, and each is there once. */
static void wire_files(struct codec *codec, struct snapshot *snapshot)
{
    snapshot->has_files = codec_choice(codec, snapshot->has_files, 2);
    if (!snapshot->has_files)
        return;
    for (enum view view = 0; view < NVIEWS; view++)
        if (snapshot->views[view].exists)
            snapshot->has_system_folder[view] =
                codec_choice(codec, snapshot->has_system_folder[view], 2);
    size_t count = codec_count(codec, snapshot->nfiles, LEAST_FILE);
    codec_demand(codec, count <= MODULE_FILES_MAX, "there are too many files");
    snapshot->nfiles = codec->fault ? 0 : count;
    snapshot->files =
        codec_array(codec, snapshot->files, snapshot->nfiles, sizeof *snapshot->files);
    for (size_t i = 0; i < snapshot->nfiles && !codec->fault; i++) {
        struct module_file *file = &snapshot->files[i];
        wire_file(codec, snapshot, file);
        codec_demand(codec, codec->fault || i == 0 || module_compare_files(file - 1, file) < 0,
                     "the files are not in order");
    }
}

/* What was before has nothing before it. */
static void wire_before(struct codec *codec, struct snapshot *snapshot)
{
    if (!codec_choice(codec, snapshot->before != NULL, 2))
        return;
    struct snapshot *before = codec_array(codec, snapshot->before, 1, sizeof *before);
    if (codec->arena) /* one SYSTEM hive serves both states */
        *before = (struct snapshot){.requests = snapshot->requests,
                                    .nrequests = snapshot->nrequests,
                                    .system = snapshot->system};
    wire_snapshot(codec, before);
    codec_demand(codec, snapshot_is_configured(before), "nothing was read before");
    if (codec->arena)
        module_share_files(snapshot, before);
    snapshot->before = before;
}

/* Each target of an INF has one snapshot at most, in their order. */
static void wire_variants(struct codec *codec, struct snapshot *first)
{
    struct snapshot *last = first;
    for (int i = 1; codec_choice(codec, last->variant != NULL, 2); i++) {
        codec_demand(codec, snapshot_is_inf(first) && i < NTARGETS, "there are too many variants");
        if (codec->fault)
            return;
        struct snapshot *next = codec_array(codec, last->variant, 1, sizeof *next);
        if (codec->arena)
            *next = (struct snapshot){.requests = first->requests, .nrequests = first->nrequests};
        wire_snapshot(codec, next);
        codec_demand(codec, snapshot_is_inf(next), "a variant is of no INF");
        codec_demand(codec, last->os.arch < next->os.arch, "the variants are not in order");
        last->variant = next;
        last = next;
    }
}

static void wire_item(struct codec *codec, struct wire_item *item)
{
    codec_demand(codec, codec_number(codec, WIRE_MAGIC, 4) == WIRE_MAGIC, "this is no snapshot");
    codec_demand(codec, codec_number(codec, WIRE_VERSION, 4) == WIRE_VERSION,
                 "the version is another");
    codec_size(codec, &item->size);
    item->read = codec_choice(codec, item->read, 2);
    wire_diags(codec, &item->diags);
    wire_snapshot(codec, &item->snapshot);
    wire_system(codec, &item->snapshot.system);
    if (snapshot_is_configured(&item->snapshot))
        wire_files(codec, &item->snapshot);
    wire_before(codec, &item->snapshot);
    wire_variants(codec, &item->snapshot);
}

struct slice wire_encode(const struct wire_item *item)
{
    struct codec codec = {0};
    struct wire_item copy = *item;
    wire_item(&codec, &copy);
    return (struct slice){.ptr = codec.out, .len = codec.len};
}

const char *wire_decode(struct arena *arena, struct slice bytes, const struct key_request *requests,
                        size_t nrequests, struct wire_item *item)
{
    struct codec codec = {.arena = arena, .all = bytes, .in = bytes, .spare = PATHS_MAX};
    *item = (struct wire_item){
        .diags = {.arena = arena},
        .snapshot = {.requests = requests, .nrequests = nrequests},
    };
    wire_item(&codec, item);
    const struct snapshot *snapshot = &item->snapshot;
    codec_demand(&codec, codec.in.len == 0, "there are bytes behind the end");
    codec_demand(&codec,
                 !item->read ||
                     ((snapshot->hive.known || snapshot->package) && snapshot_has_calais(snapshot)),
                 "nothing was read, but it is said to be");
    codec_demand(&codec, item->read || item->diags.worst == DIAG_FAILED,
                 "nothing was read, and nothing says why");
    codec_demand(&codec, snapshot->system.state != SYSTEM_FAILED || item->diags.worst != DIAG_NOTE,
                 "the SYSTEM hive was not read, and nothing says why");
    return codec.fault;
}
