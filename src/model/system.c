/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/system.h"

#include <string.h>

#include "base/text.h"
#include "model/kind.h"
#include "model/read_hive.h"

#define SELECT "Select"

/* A control set's key; Windows counts them in three digits. */
static const char *name_control_set(struct arena *arena, uint32_t number)
{
    return arena_printf(arena, "ControlSet%03u", number);
}

/* One that cannot be read is there as well: what is read below it will say so. */
static bool has_control_set(struct reader *reader, uint32_t number)
{
    hive_key key;
    return number != 0 && hive_find(reader->hive, hive_root(reader->hive),
                                    name_control_set(reader->arena, number), &key) != HIVE_ABSENT;
}

/* Windows runs on the set that Select\Current names. Where that names none, the others that Select
 * knows come next, and at last the first of all: a guess, which is said. */
static uint32_t guess_control_set(struct reader *reader, const struct regkey *select)
{
    static const char *const names[] = {"Default", "LastKnownGood"};
    const char *by = NULL;
    uint32_t number = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && !by; i++)
        if (regval_dword(regkey_value(select, names[i]), &number) &&
            has_control_set(reader, number))
            by = arena_printf(reader->arena, SELECT "\\%s names it", names[i]);
    if (!by)
        number = 1, by = "the first of all";
    const char *current = regval_show(reader->arena, regkey_value(select, "Current"));
    bool is_there = has_control_set(reader, number);
    if (is_there)
        diag_add(reader->diags, DIAG_NOTE, NULL,
                 SELECT "\\Current names no control set (got %s): %s is taken (%s)", current,
                 name_control_set(reader->arena, number), by);
    else
        diag_add(reader->diags, DIAG_FAILED, NULL,
                 "has no control set that can be read (" SELECT "\\Current: %s)", current);
    return is_there ? number : 0;
}

static uint32_t find_control_set(struct reader *reader)
{
    struct regkey select = reader_read_key(reader, VIEW_NONE, SELECT, KEY_VALUES);
    uint32_t number;
    bool is_told = regval_dword(regkey_value(&select, "Current"), &number);
    return is_told && has_control_set(reader, number) ? number : guess_control_set(reader, &select);
}

/* A hostile hive can register any number. */
static void limit_ksps(struct reader *reader, struct regkey *providers)
{
    if (providers->nsubkeys <= KSPS_MAX)
        return;
    diag_add(reader->diags, DIAG_INCOMPLETE, providers->origin.key,
             "there are %zu KSPs, of which %d are read", providers->nsubkeys, KSPS_MAX);
    providers->nsubkeys = KSPS_MAX;
    providers->state = KEY_UNREADABLE;
    regkey_index_subkeys(reader->arena, providers);
}

static void read_ksps(struct reader *reader, struct system_config *system, const char *set)
{
    struct regkey *providers = &system->providers;
    const char *path = arena_printf(reader->arena, "%s\\Control\\Cryptography\\Providers", set);
    *providers = reader_read_key(reader, VIEW_NONE, path, KEY_SUBKEYS);
    limit_ksps(reader, providers);
    system->nksps = providers->nsubkeys;
    system->ksps = arena_alloc(reader->arena, system->nksps, sizeof *system->ksps);
    for (size_t i = 0; i < system->nksps; i++) {
        const struct origin *origin = &providers->subkeys[i];
        system->ksps[i].key = reader_read_subkey(reader, origin, KEY_VALUES);
        system->ksps[i].user_mode = reader_read_child(reader, origin, KSP_USER_MODE, KEY_VALUES);
    }
    system_index_ksps(reader->arena, system);
    if (system->nksp_names == KSP_NAMES_MAX && !system->knows_ksps)
        diag_add(reader->diags, DIAG_INCOMPLETE, providers->origin.key,
                 "the KSPs have more names and aliases than the %d that are read", KSP_NAMES_MAX);
}

static bool read_system(struct reader *reader, void *into)
{
    struct system_config *system = into;
    const char *other = kind_other_than_system(reader->hive);
    system->hive.kind = reader_judge_kind(reader, other, HIVE_KIND_SYSTEM);
    if (other) {
        diag_add(reader->diags, DIAG_FAILED, NULL, "this is %s, want a SYSTEM hive", other);
        return false;
    }
    reader_find_views(reader);
    system->control_set = find_control_set(reader);
    if (!system->control_set)
        return false;
    const char *set = name_control_set(reader->arena, system->control_set);
    read_ksps(reader, system, set);
    for (int i = 0; i < NSERVICES; i++)
        system->services[i] = reader_read_key(
            reader, VIEW_NONE,
            arena_printf(reader->arena, "%s\\Services\\%s", set, service_names[i]), KEY_VALUES);
    return true;
}

/* Adds what was met, so that nobody takes it for the hive that is audited. */
static void append_named(struct diags *diags, const struct diags *own, const char *name)
{
    for (size_t i = 0; i < own->count; i++) {
        const struct diag *diag = &own->items[i];
        diag_add(diags, diag->level == DIAG_NOTE ? DIAG_NOTE : DIAG_INCOMPLETE, diag->key,
                 "the SYSTEM hive (%s): %s", name, diag->message);
    }
}

void system_read(struct arena *arena, struct diags *diags, const struct read_plan *plan,
                 struct system_config *system)
{
    const struct source *source = plan->system;
    struct diags own = {.arena = arena};
    struct loaded_hive loaded;
    struct hive_model model = {
        .read = read_system, .into = system, .size = sizeof *system, .facts = &system->hive};
    *system = (struct system_config){
        .state = SYSTEM_FAILED, .name = text_from_utf8(arena, source->name, strlen(source->name))};
    if (loaded_hive_open(arena, &own, source, plan->system_logs, plan->nsystem_logs, plan->policy,
                         &loaded, &system->hive) &&
        image_read(arena, &own, loaded_hive_last(&loaded), &model))
        system->state = SYSTEM_READ;
    loaded_hive_close(&loaded);
    append_named(diags, &own, system->name);
}
