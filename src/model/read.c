/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "hive/base_block.h"
#include "hive/hive.h"
#include "hive/image.h"
#include "model/kind.h"
#include "model/read_key.h"
#include "model/snapshot.h"

#define CALAIS    "Microsoft\\Cryptography\\Calais"
#define PROVIDERS "Microsoft\\Cryptography\\Defaults\\Provider"

static const char *const policy_paths[NPOLICIES] = {
    [POLICY_SCPNP] = "Policies\\Microsoft\\Windows\\ScPnP",
    [POLICY_CERTPROP] = "Policies\\Microsoft\\Windows\\CertProp",
    [POLICY_CREDENTIAL_PROVIDER] = "Policies\\Microsoft\\Windows\\SmartCardCredentialProvider",
};

static const char *const atr_cache_paths[NATR_CACHES] = {
    [ATR_CACHE_PIV] = CALAIS "\\PIV Device ATR Cache",
    [ATR_CACHE_IDMP] = CALAIS "\\IDMP ATR Cache",
};

static const char *text_of(const struct regkey *key, const char *name)
{
    const struct regval *value = regkey_value(key, name);
    return value->state == VALUE_OK ? value->text : NULL;
}

/* A build number as text; 0 where it is none. */
static uint32_t parse_build(const char *text)
{
    uint32_t build = 0;
    for (const char *p = text ? text : ""; *p; p++) {
        if (!isdigit((unsigned char)*p) || build > 1000000)
            return 0;
        build = build * 10 + (uint32_t)(*p - '0');
    }
    return build;
}

/* BuildLabEx is "19041.1.amd64fre.vb_release...": the third part names the architecture. */
static enum arch parse_arch(const char *build_lab)
{
    static const struct {
        const char *prefix;
        enum arch arch;
    } archs[] = {
        {"amd64", ARCH_AMD64}, {"arm64", ARCH_ARM64}, {"x86", ARCH_X86},
        {"i386", ARCH_X86},    {"arm", ARCH_ARM},
    };
    const char *part = build_lab;
    for (int dots = 0; part && dots < 2; dots++) {
        part = strchr(part, '.');
        part = part ? part + 1 : NULL;
    }
    for (size_t i = 0; part && i < sizeof archs / sizeof *archs; i++)
        if (strncmp(part, archs[i].prefix, strlen(archs[i].prefix)) == 0)
            return archs[i].arch;
    return ARCH_UNKNOWN;
}

/* ProductName says "Windows 10" on Windows 11 as well, and CurrentVersion says 6.3 on both: the
 * build decides what Windows this is. */
static void read_os(struct reader *reader, struct os_build *os)
{
    struct regkey key =
        reader_read_key(reader, VIEW_NATIVE, "Microsoft\\Windows NT\\CurrentVersion", KEY_VALUES);
    os->product = text_of(&key, "ProductName");
    os->display_version = text_of(&key, "DisplayVersion");
    if (!os->display_version)
        os->display_version = text_of(&key, "ReleaseId");
    os->system_root = text_of(&key, "SystemRoot");
    os->build = parse_build(text_of(&key, "CurrentBuildNumber"));
    if (!os->build)
        os->build = parse_build(text_of(&key, "CurrentBuild"));
    os->has_ubr = regval_dword(regkey_value(&key, "UBR"), &os->ubr);
    os->arch = parse_arch(text_of(&key, "BuildLabEx"));
    os->is_64bit = os->arch == ARCH_UNKNOWN ? reader->root_state[VIEW_WOW6432NODE] == HIVE_OK
                                            : os->arch == ARCH_AMD64 || os->arch == ARCH_ARM64;
}

/* Marks values whose type is not the one that their field wants. */
static void judge_type(struct regval *value)
{
    for (int i = 0; i < NCARD_FIELDS; i++)
        if (text_equal(value->name, card_fields[i].value) && value->state == VALUE_OK &&
            !field_takes_type(&card_fields[i], value->type))
            value->state = VALUE_WRONG_TYPE;
}

static struct card make_card(struct reader *reader, const struct origin *origin)
{
    struct card card = {.key = reader_read_subkey(reader, origin, KEY_VALUES)};
    for (size_t i = 0; i < card.key.nvalues; i++)
        judge_type(&card.key.values[i]);
    for (int i = 0; i < NCARD_FIELDS; i++)
        card.field[i] = regkey_value(&card.key, card_fields[i].value);
    return card;
}

static void add_loss(struct reader *reader, struct view_config *config, struct loss loss)
{
    config->lost = arena_grow(reader->arena, config->lost, config->nlost, sizeof *config->lost);
    config->lost[config->nlost++] = loss;
}

static bool is_whole(const struct card *card)
{
    for (size_t i = 0; i < card->key.nvalues; i++)
        if (card->key.values[i].state == VALUE_UNREADABLE)
            return false;
    return card->key.state == KEY_PRESENT;
}

/* Entries that are lost, or of which something is. */
static void collect_losses(struct reader *reader, struct view_config *config)
{
    const struct regkey *list = &config->smart_cards;
    config->nlisted = config->nread = config->ncards;
    for (size_t i = 0; i < reader->nlost; i++) {
        const struct loss_at *lost = &reader->lost[i];
        if (!list->origin.offset || lost->parent != list->origin.offset || lost->is_value)
            continue;
        config->nlisted += lost->count;
        add_loss(reader, config, (struct loss){list->origin.key, lost->offset, lost->reason});
    }
    for (size_t i = 0; i < config->ncards; i++) {
        const struct origin *origin = &config->cards[i].key.origin;
        if (is_whole(&config->cards[i]))
            continue;
        config->nread--;
        add_loss(reader, config,
                 (struct loss){origin->key, origin->offset, "some of its values cannot be read"});
    }
    if (config->nlost)
        diag_add(reader->diags, DIAG_INCOMPLETE, list->origin.key,
                 "%ju of %ju entries read as a whole; the first that is not, at 0x%jx: %s",
                 (uintmax_t)config->nread, (uintmax_t)config->nlisted,
                 (uintmax_t)config->lost[0].offset, config->lost[0].reason);
}

static void read_cards(struct reader *reader, struct view_config *config)
{
    const struct regkey *list = &config->smart_cards;
    config->cards = arena_alloc(reader->arena, list->nsubkeys, sizeof *config->cards);
    config->ncards = list->nsubkeys;
    for (size_t i = 0; i < list->nsubkeys; i++)
        config->cards[i] = make_card(reader, &list->subkeys[i]);
    collect_losses(reader, config);
}

static void read_csps(struct reader *reader, struct view_config *config)
{
    const struct regkey *list = &config->providers;
    config->csps = arena_alloc(reader->arena, list->nsubkeys, sizeof *config->csps);
    config->ncsps = list->nsubkeys;
    for (size_t i = 0; i < list->nsubkeys; i++)
        config->csps[i] = reader_read_subkey(reader, &list->subkeys[i], KEY_VALUES);
}

/* 64-bit Windows has the view of 32-bit programs whether its key is there or not; the one of 32-bit
 * ARM programs came and went with releases, so that the key has to show it. */
static bool view_exists(const struct reader *reader, const struct os_build *os, enum view view)
{
    if (view == VIEW_WOWAA32NODE)
        return os->arch == ARCH_ARM64 && reader->root_state[view] != HIVE_ABSENT;
    return view == VIEW_NATIVE || os->is_64bit;
}

static void read_view(struct reader *reader, const struct os_build *os, enum view view,
                      struct view_config *config)
{
    config->exists = view_exists(reader, os, view);
    config->readers = reader_read_key(reader, view, CALAIS "\\Readers", KEY_VALUES | KEY_SUBKEYS);
    config->calais = reader_read_key(reader, view, CALAIS, KEY_SUBKEYS);
    if (config->calais.state == KEY_PRESENT && !config->exists)
        diag_add(reader->diags, DIAG_NOTE, config->calais.origin.key,
                 "without effect: this Windows does not have this view, so it is not audited");
    if (!config->exists)
        return;
    config->smart_cards = reader_read_key(reader, view, CALAIS "\\SmartCards", KEY_SUBKEYS);
    config->providers = reader_read_key(reader, view, PROVIDERS, KEY_SUBKEYS);
    read_cards(reader, config);
    read_csps(reader, config);
}

static void read_requests(struct reader *reader, struct snapshot *snapshot)
{
    snapshot->requested =
        arena_alloc(reader->arena, snapshot->nrequests, sizeof *snapshot->requested);
    for (size_t i = 0; i < snapshot->nrequests; i++) {
        const struct key_request *request = &snapshot->requests[i];
        /* Several rules look at one key: it is read, and complained of, once. */
        size_t first = key_request_first(snapshot->requests, i);
        snapshot->requested[i] =
            first < i ? snapshot->requested[first]
                      : reader_read_key(reader, request->view, request->path, KEY_VALUES);
    }
}

static void read_configuration(struct reader *reader, struct snapshot *snapshot)
{
    reader_find_views(reader);
    read_os(reader, &snapshot->os);
    for (enum view view = 0; view < NVIEWS; view++) {
        struct view_config *config = &snapshot->views[view];
        read_view(reader, &snapshot->os, view, config);
        snapshot->has_calais |= config->exists && config->calais.state != KEY_ABSENT;
    }
    for (int i = 0; i < NPOLICIES; i++)
        snapshot->policies[i] = reader_read_key(reader, VIEW_NATIVE, policy_paths[i], KEY_VALUES);
    for (int i = 0; i < NATR_CACHES; i++)
        snapshot->atr_caches[i] =
            reader_read_key(reader, VIEW_NATIVE, atr_cache_paths[i], KEY_VALUES);
    read_requests(reader, snapshot);
}

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

/* Says where a sound base block announces more than there is. */
static void check_length(struct arena *arena, struct diags *diags, const struct hive_image *image)
{
    struct base_block block;
    if (read_base_block(arena, image, &block) && !base_block_fault(arena, &block) &&
        image->size - BASE_BLOCK_SIZE < block.bins_size)
        diag_add(diags, DIAG_INCOMPLETE, NULL,
                 "is truncated: %u bytes of hive bins announced, %ju are there", block.bins_size,
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
    check_length(arena, diags, image);
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
    read_configuration(reader, snapshot);
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
        check_length(arena, diags, image);
        reader = (struct reader){
            .arena = arena, .diags = diags, .lost = salvage.lost, .nlost = salvage.nlost};
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
    read_damaged(arena, &unused, image, before);
    return snapshot_is_configured(before) ? before : NULL;
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
