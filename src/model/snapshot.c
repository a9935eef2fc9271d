/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf16.h"

#define SHOWN_BYTES_MAX 40
#define SHOWN_TEXT_MAX  300 /* bytes; longer than any path that Windows takes by default */

const char *const view_names[NVIEWS + 1] = {"native", "wow6432node", "wowaa32node", "none"};
const char *const package_kind_names[NPACKAGE_KINDS] = {"INF", ".reg"};
const char *const package_kind_ids[NPACKAGE_KINDS] = {"inf", "reg"};
const char *const arch_names[NARCHS] = {"unknown", "x86", "amd64", "arm", "arm64"};

const char *const hive_state_names[NHIVE_STATES] = {"clean", "dirty-recovered",
                                                    "dirty-unrecovered"};

const char *const service_names[NSERVICES] = {
    [SERVICE_SCARDSVR] = "SCardSvr",         [SERVICE_SCFILTER] = "scfilter",
    [SERVICE_SCDEVICEENUM] = "ScDeviceEnum", [SERVICE_CERTPROPSVC] = "CertPropSvc",
    [SERVICE_SCPOLICYSVC] = "SCPolicySvc",
};

bool snapshot_is_configured(const struct snapshot *snapshot)
{
    return snapshot->policies[0].origin.key;
}

const char *view_name(enum view view)
{
    return view_names[view];
}

const char *arch_name(enum arch arch)
{
    return arch_names[arch];
}

static bool is_same_key(const struct key_request *a, const struct key_request *b)
{
    return a->view == b->view && text_equal(a->path, b->path);
}

/* By hash: rules that were made of a package may ask for thousands of keys. */
size_t *key_requests_first(struct arena *arena, const struct key_request *requests, size_t count)
{
    size_t nslots = 16;
    while (nslots < 2 * count)
        nslots *= 2;
    size_t *first = arena_alloc(arena, count, sizeof *first);
    size_t *slots = arena_alloc(arena, nslots, sizeof *slots); /* an index and 1; 0: free */
    for (size_t i = 0; i < count; i++) {
        size_t slot = (text_hash(requests[i].path) + requests[i].view) & (nslots - 1);
        /* Ends: half of the slots are free. */
        while (slots[slot] && !is_same_key(&requests[slots[slot] - 1], &requests[i]))
            slot = (slot + 1) & (nslots - 1);
        if (!slots[slot])
            slots[slot] = i + 1;
        first[i] = slots[slot] - 1;
    }
    return first;
}

const struct regval *regkey_value(const struct regkey *key, const char *name)
{
    static const struct regval absent = {.name = "", .state = VALUE_ABSENT};
    static const struct regval unreadable = {.name = "", .state = VALUE_UNREADABLE};
    for (size_t i = 0; i < key->nvalues; i++)
        if (text_equal(key->values[i].name, name))
            return &key->values[i];
    return key->state == KEY_UNREADABLE ? &unreadable : &absent;
}

static int compare_subkeys(const void *left, const void *right, void *subkeys)
{
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    const struct origin *origins = subkeys;
    int order = text_compare(origins[a].name, origins[b].name);
    return order ? order : a < b ? -1 : a > b;
}

void regkey_index_subkeys(struct arena *arena, struct regkey *key)
{
    key->by_name = arena_alloc(arena, key->nsubkeys, sizeof *key->by_name);
    for (size_t i = 0; i < key->nsubkeys; i++)
        key->by_name[i] = i;
    if (key->nsubkeys)
        qsort_r(key->by_name, key->nsubkeys, sizeof *key->by_name, compare_subkeys, key->subkeys);
}

size_t regkey_find_subkey(const struct regkey *key, const char *name)
{
    size_t low = 0, high = key->nsubkeys;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(key->subkeys[key->by_name[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < key->nsubkeys && text_equal(key->subkeys[key->by_name[low]].name, name);
    return found ? key->by_name[low] : SIZE_MAX;
}

const struct card *view_find_card(const struct view_config *config, const char *name)
{
    size_t index = regkey_find_subkey(&config->smart_cards, name);
    return index == SIZE_MAX ? NULL : &config->cards[index];
}

static void add_ksp_name(struct arena *arena, struct system_config *system, const char *name,
                         size_t ksp)
{
    if (system->nksp_names == KSP_NAMES_MAX) {
        system->knows_ksps = false;
        return;
    }
    system->ksp_names =
        arena_grow(arena, system->ksp_names, system->nksp_names, sizeof *system->ksp_names);
    system->ksp_names[system->nksp_names++] = (struct ksp_name){.name = name, .ksp = ksp};
}

/* The texts of a REG_MULTI_SZ; an empty one is its end. A single REG_SZ is taken as well: nobody
 * is told that a name is missing which is written there. */
static void add_aliases(struct arena *arena, struct system_config *system, size_t ksp)
{
    const struct regval *value = regkey_value(&system->ksps[ksp].key, "Aliases");
    unsigned flaws;
    if (value->state == VALUE_UNREADABLE)
        system->knows_ksps = false;
    if (value->state != VALUE_OK || (value->type != REG_MULTI_SZ && !value->text))
        return;
    const char *text = utf16_decode(arena, value->raw, &flaws);
    while (*text && system->nksp_names < KSP_NAMES_MAX) {
        const char *nul = strstr(text, "\xc0\x80");
        size_t len = nul ? (size_t)(nul - text) : strlen(text);
        if (len == 0)
            return;
        add_ksp_name(arena, system, arena_strndup(arena, text, len), ksp);
        text += nul ? len + 2 : len;
    }
    if (*text)
        system->knows_ksps = false;
}

static int compare_ksp_names(const void *left, const void *right)
{
    const struct ksp_name *a = left, *b = right;
    int order = text_compare(a->name, b->name);
    return order ? order : a->ksp < b->ksp ? -1 : a->ksp > b->ksp;
}

void system_index_ksps(struct arena *arena, struct system_config *system)
{
    system->knows_ksps = system->providers.state != KEY_UNREADABLE;
    for (size_t i = 0; i < system->nksps; i++) {
        add_ksp_name(arena, system, system->ksps[i].key.origin.name, i);
        add_aliases(arena, system, i);
    }
    if (system->nksp_names)
        qsort(system->ksp_names, system->nksp_names, sizeof *system->ksp_names, compare_ksp_names);
}

const struct ksp *system_find_ksp(const struct system_config *system, const char *name)
{
    size_t low = 0, high = system->nksp_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(system->ksp_names[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < system->nksp_names && text_equal(system->ksp_names[low].name, name);
    return found ? &system->ksps[system->ksp_names[low].ksp] : NULL;
}

void regval_decode_text(struct arena *arena, struct regval *value)
{
    if (value->type != REG_SZ && value->type != REG_EXPAND_SZ)
        return;
    value->text = utf16_decode(arena, value->raw, &value->flaws);
    const char *nul = strstr(value->text, "\xc0\x80");
    value->seen =
        nul ? arena_strndup(arena, value->text, (size_t)(nul - value->text)) : value->text;
}

bool regval_dword(const struct regval *value, uint32_t *number)
{
    uint64_t wide;
    if (value->type != REG_DWORD || !regval_number(value, &wide))
        return false;
    *number = (uint32_t)wide;
    return true;
}

bool regval_number(const struct regval *value, uint64_t *number)
{
    bool is_there = value->state == VALUE_OK || value->state == VALUE_WRONG_TYPE;
    bool is_dword = value->type == REG_DWORD || value->type == REG_DWORD_BIG_ENDIAN;
    size_t len = is_dword ? 4 : 8;
    if (!is_there || (!is_dword && value->type != REG_QWORD) || value->raw.len != len)
        return false;
    *number = 0;
    for (size_t i = 0; i < len; i++)
        *number =
            *number << 8 | value->raw.ptr[value->type == REG_DWORD_BIG_ENDIAN ? i : len - 1 - i];
    return true;
}

const char *regval_show(struct arena *arena, const struct regval *value)
{
    uint64_t number;
    if (value->state == VALUE_ABSENT)
        return "absent";
    if (value->state == VALUE_UNREADABLE)
        return "unreadable";
    if (value->text)
        return arena_printf(arena, "\"%s\"", text_cut(arena, value->text, SHOWN_TEXT_MAX));
    if (regval_number(value, &number))
        return arena_printf(arena, "%s %" PRIu64, regtype_name(arena, value->type), number);
    struct slice shown = value->raw;
    if (shown.len > SHOWN_BYTES_MAX)
        shown.len = SHOWN_BYTES_MAX;
    return arena_printf(arena, "%s%s%s%s",
                        value->type == REG_BINARY ? "" : regtype_name(arena, value->type),
                        value->type == REG_BINARY ? "" : " ",
                        value->raw.len ? text_hex(arena, shown, " ") : "of no bytes",
                        shown.len < value->raw.len ? " ..." : "");
}

const char *regtype_name(struct arena *arena, uint32_t type)
{
    return type < NREGTYPES ? regtype_names[type] : arena_printf(arena, "type 0x%x", type);
}
