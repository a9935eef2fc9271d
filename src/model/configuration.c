/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/configuration.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

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
    os->arch = reader->os ? reader->os->arch : parse_arch(text_of(&key, "BuildLabEx"));
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

/* The name in the path of an entry; NULL of other keys. */
static const char *find_entry_name(const char *path)
{
    static const char list[] = CALAIS "\\SmartCards\\";
    size_t len = sizeof list - 1;
    return strncasecmp(path, list, len) == 0 && !strchr(path + len, '\\') ? path + len : NULL;
}

/* Entries are known already. To look for each of many would be to look at the names of all of them,
 * each time. False where it is not known whether one is there. */
static bool find_entry(struct reader *reader, const struct snapshot *snapshot,
                       const struct key_request *request, struct regkey *key)
{
    const struct view_config *config = &snapshot->views[request->view];
    const char *name = find_entry_name(request->path);
    if (!name || !config->exists || config->smart_cards.state != KEY_PRESENT)
        return false;
    const struct card *card = view_find_card(config, name);
    if (card) {
        *key = card->key;
        return true;
    }
    *key = (struct regkey){.state = KEY_ABSENT};
    key->origin.key = arena_printf(reader->arena, "%s\\%s", config->smart_cards.origin.key, name);
    key->origin.name = name;
    key->origin.view = request->view;
    return true;
}

static struct regkey read_request(struct reader *reader, const struct snapshot *snapshot,
                                  const struct key_request *request)
{
    struct regkey key;
    if (find_entry(reader, snapshot, request, &key))
        return key;
    return reader_read_key(reader, request->view, request->path, KEY_VALUES);
}

static void read_requests(struct reader *reader, struct snapshot *snapshot)
{
    snapshot->requested =
        arena_alloc(reader->arena, snapshot->nrequests, sizeof *snapshot->requested);
    /* Several rules look at one key: it is read, and complained of, once. */
    const size_t *first =
        key_requests_first(reader->arena, snapshot->requests, snapshot->nrequests);
    for (size_t i = 0; i < snapshot->nrequests; i++)
        snapshot->requested[i] = first[i] < i
                                     ? snapshot->requested[first[i]]
                                     : read_request(reader, snapshot, &snapshot->requests[i]);
}

void configuration_read(struct reader *reader, struct snapshot *snapshot)
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
