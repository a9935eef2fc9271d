/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/module.h"
#include "model/pe.h"

/* A DLL that an entry leads to, by itself or by the name of a provider. */
struct lead {
    enum card_field field;
    const char *provider; /* its name; NULL: the minidriver */
    const char *text;     /* of the value that names the DLL */
};

/* The value that names the image of a CSP or KSP; NULL where that is not registered. */
static const struct regval *find_image(const struct snapshot *snapshot, enum view view,
                                       enum card_field field, const char *provider)
{
    const struct view_config *config = &snapshot->views[view];
    if (field == CARD_CSP) {
        size_t csp = regkey_find_subkey(&config->providers, provider);
        return csp == SIZE_MAX ? NULL : regkey_value(&config->csps[csp], MODULE_CSP_IMAGE);
    }
    const struct ksp *ksp = system_find_ksp(&snapshot->system, provider);
    return ksp ? regkey_value(&ksp->user_mode, MODULE_KSP_IMAGE) : NULL;
}

/* Where a value of an entry leads to; false where it leads to no DLL. */
static bool find_lead(const struct snapshot *snapshot, const struct card *card,
                      enum card_field field, struct lead *lead)
{
    *lead = (struct lead){.field = field};
    if (field == CARD_MODULE) {
        lead->text = module_text(card);
    } else {
        lead->provider = card_text(card, field);
        const struct regval *image =
            lead->provider ? find_image(snapshot, card->key.origin.view, field, lead->provider)
                           : NULL;
        lead->text = image ? module_image_text(image) : NULL;
    }
    return lead->text;
}

/* "the minidriver "x.dll"". */
static const char *describe(struct arena *arena, const struct lead *lead)
{
    if (!lead->provider)
        return arena_printf(arena, "the minidriver \"%s\"", lead->text);
    return arena_printf(arena, "the image \"%s\" of the %s \"%s\"", lead->text,
                        lead->field == CARD_CSP ? "CSP" : "KSP", lead->provider);
}

typedef void lead_fn(struct judgement *judgement, const struct card *card, const struct lead *lead,
                     const struct module_file *file);

/* Calls a function for each DLL that an entry leads to by the values that the check is about. file
 * is NULL where it was not looked up. */
static void follow_leads(struct judgement *judgement, const struct card *card, lead_fn *call)
{
    static const enum card_field fields[] = {CARD_MODULE, CARD_CSP, CARD_KSP};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct lead lead;
        if ((judgement->rule->check->detail & 1 << fields[i]) &&
            find_lead(judgement->snapshot, card, fields[i], &lead))
            call(judgement, card, &lead,
                 snapshot_find_file(judgement->snapshot, card->key.origin.view, lead.text));
    }
}

static struct finding *add_finding(struct judgement *judgement, const struct card *card,
                                   const struct lead *lead, const struct module_file *file,
                                   const char *fault)
{
    struct finding *finding = judgement_add(judgement, &card->key.origin, card->field[lead->field],
                                            "%s %s", describe(judgement->arena, lead), fault);
    finding->file = file;
    return finding;
}

static void lower_to_warning(struct finding *finding)
{
    if (finding->severity > SEVERITY_WARNING)
        finding->severity = SEVERITY_WARNING;
}

/* A bare name may be found elsewhere, as a program can look in more folders. */
static void judge_presence(struct judgement *judgement, const struct card *card,
                           const struct lead *lead, const struct module_file *file)
{
    if (!file || file->state != FILE_ABSENT)
        return;
    const char *fault = "cannot be found: no file can have this name";
    if (file->path)
        fault =
            arena_printf(judgement->arena, "was not found: %s %s",
                         file->is_bare ? "the system folder has no" : "there is no", file->path);
    struct finding *finding = add_finding(judgement, card, lead, file, fault);
    if (file->is_bare)
        lower_to_warning(finding);
}

void check_file_found(struct judgement *judgement, const struct card *card)
{
    follow_leads(judgement, card, judge_presence);
}

static enum arch wanted_arch(const struct os_build *os, enum view view)
{
    return view == VIEW_WOW6432NODE ? ARCH_X86 : view == VIEW_WOWAA32NODE ? ARCH_ARM : os->arch;
}

/* Windows on ARM64 runs programs for amd64, too, and they look into the same System32: such a DLL
 * serves them, and no other program. A DLL that serves both (ARM64X) counts as arm64. */
static void judge_machine(struct judgement *judgement, const struct card *card,
                          const struct lead *lead, const struct module_file *file)
{
    if (!file || file->state != FILE_PRESENT)
        return;
    struct arena *arena = judgement->arena;
    enum arch want = wanted_arch(&judgement->snapshot->os, card->key.origin.view);
    enum arch got = pe_machine_arch(file->machine);
    const char *machine = pe_machine_name(arena, file->machine);
    if (file->machine == PE_MACHINE_NONE)
        add_finding(judgement, card, lead, file, "leads to a file that is no DLL: no PE header");
    else if (want == ARCH_ARM64 && got == ARCH_AMD64)
        lower_to_warning(add_finding(judgement, card, lead, file,
                                     "leads to a DLL for amd64: on arm64 only programs for amd64 "
                                     "can load it"));
    else if (want != ARCH_UNKNOWN && got != want)
        add_finding(judgement, card, lead, file,
                    arena_printf(arena,
                                 "leads to a DLL for %s, which programs of this view cannot "
                                 "load (want %s)",
                                 machine, arch_name(want)));
}

void check_file_machine(struct judgement *judgement, const struct card *card)
{
    follow_leads(judgement, card, judge_machine);
}

/* Whether text starts with a folder, in any letter case. */
static bool starts_with(const char *text, const char *folder)
{
    size_t len = strlen(folder);
    return strncasecmp(text, folder, len) == 0 && (text[len] == '\\' || text[len] == '/');
}

/* Whether some folder of a path has a name. */
static bool has_folder(const char *path, const char *name)
{
    for (const char *p = strchr(path, '\\'); p; p = strchr(p + 1, '\\'))
        if (starts_with(p + 1, name))
            return true;
    return false;
}

/* Whether an item of a list of folders holds a DLL. path is NULL where it is not known. */
static bool folder_holds(const char *folder, const char *path, const char *text)
{
    if (folder[0] == '%')
        return starts_with(text, folder);
    if (!path)
        return false;
    const char *below = strchr(path, '\\') + 1; /* the root of the drive */
    if (strcmp(folder, "\\") == 0)
        return !strchr(below, '\\');
    return strncmp(folder, "*\\", 2) == 0 ? has_folder(path, folder + 2)
                                          : starts_with(below, folder);
}

static void judge_place(struct judgement *judgement, const struct card *card,
                        const struct lead *lead, const struct module_file *file)
{
    const struct strings *folders = &judgement->rule->parameters[0];
    struct module_place place = module_resolve(judgement->arena, &judgement->snapshot->os,
                                               card->key.origin.view, lead->text);
    for (size_t i = 0; i < folders->count; i++) {
        if (!folder_holds(folders->items[i], place.path, lead->text))
            continue;
        add_finding(judgement, card, lead, file,
                    strcmp(folders->items[i], "\\") == 0
                        ? "lies right in the root of the drive"
                        : arena_printf(judgement->arena,
                                       "lies below a folder that is open to "
                                       "users: %s",
                                       folders->items[i]));
        return;
    }
}

void check_file_place(struct judgement *judgement, const struct card *card)
{
    follow_leads(judgement, card, judge_place);
}

/* Why a file was not looked for. */
static const char *explain_unknown(struct judgement *judgement, enum view view)
{
    const struct snapshot *snapshot = judgement->snapshot;
    if (!snapshot->has_files)
        return "the files of this Windows did not come with its hive";
    if (!snapshot->has_system_folder[view])
        return arena_printf(judgement->arena,
                            "the files that came with the hive lack %s\\ntdll.dll",
                            module_system_folder(judgement->arena, &snapshot->os, view));
    return "from the text alone it cannot be told where Windows looks";
}

/* What was not looked for, in the order of views and entries. */
struct unknowns {
    size_t count;
    const struct card *card; /* the first */
    struct lead lead;
};

static void count_unknowns(const struct snapshot *snapshot, const struct card *card,
                           struct unknowns *unknowns)
{
    static const enum card_field fields[] = {CARD_MODULE, CARD_CSP, CARD_KSP};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct lead lead;
        if (!find_lead(snapshot, card, fields[i], &lead))
            continue;
        const struct module_file *file =
            snapshot_find_file(snapshot, card->key.origin.view, lead.text);
        if (file && file->state != FILE_UNKNOWN)
            continue;
        if (unknowns->count++ == 0) {
            unknowns->card = card;
            unknowns->lead = lead;
        }
    }
}

void check_file_unverified(struct judgement *judgement)
{
    const struct snapshot *snapshot = judgement->snapshot;
    struct unknowns unknowns = {0};
    for (enum view view = 0; view < NVIEWS; view++)
        for (size_t i = 0; i < snapshot->views[view].ncards; i++)
            count_unknowns(snapshot, &snapshot->views[view].cards[i], &unknowns);
    if (!unknowns.count)
        return;
    enum view view = unknowns.card->key.origin.view;
    judgement_add(judgement, &snapshot->views[view].smart_cards.origin, NULL,
                  "%zu DLL%s that entries lead to %s not looked for; the first is %s: %s",
                  unknowns.count, unknowns.count == 1 ? "" : "s",
                  unknowns.count == 1 ? "was" : "were", describe(judgement->arena, &unknowns.lead),
                  explain_unknown(judgement, view));
}
