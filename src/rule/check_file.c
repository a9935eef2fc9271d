/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "model/module.h"
#include "model/pe.h"

/* A value that names a DLL: the minidriver of an entry, or the image of a provider. */
struct lead {
    enum view view; /* whose programs load it */
    const struct origin *origin;
    const struct regval *value;
    const char *text;     /* of the value */
    const char *kind;     /* "CSP", "KSP"; NULL: a minidriver */
    const char *provider; /* its name */
    bool in_system;       /* it stands in the SYSTEM hive */
};

typedef void lead_fn(struct judgement *judgement, const struct lead *lead,
                     const struct module_file *file);

/* Calls a function for a value that names a DLL. file is NULL where that was not looked up. */
static void follow(struct judgement *judgement, const struct lead *lead, lead_fn *call)
{
    if (lead->text)
        call(judgement, lead, snapshot_find_file(judgement->snapshot, lead->view, lead->text));
}

static void follow_module(struct judgement *judgement, const struct card *card, lead_fn *call)
{
    struct lead lead = {.view = card->key.origin.view,
                        .origin = &card->key.origin,
                        .value = card->field[CARD_MODULE],
                        .text = module_text(card)};
    follow(judgement, &lead, call);
}

static void follow_csp(struct judgement *judgement, enum view view, const struct regkey *csp,
                       lead_fn *call)
{
    const struct regval *image = regkey_value(csp, MODULE_CSP_IMAGE);
    struct lead lead = {.view = view,
                        .origin = &csp->origin,
                        .value = image,
                        .text = module_image_text(image),
                        .kind = "CSP",
                        .provider = csp->origin.name};
    follow(judgement, &lead, call);
}

/* What stands in the SYSTEM hive is of no view; each view's programs make of it what is theirs. */
static void follow_ksp(struct judgement *judgement, enum view view, const struct ksp *ksp,
                       lead_fn *call)
{
    const struct regval *image = regkey_value(&ksp->user_mode, MODULE_KSP_IMAGE);
    struct origin *origin = arena_alloc(judgement->arena, 1, sizeof *origin);
    *origin = ksp->user_mode.origin;
    origin->view = view;
    struct lead lead = {.view = view,
                        .origin = origin,
                        .value = image,
                        .text = module_image_text(image),
                        .kind = "KSP",
                        .provider = ksp->key.origin.name,
                        .in_system = true};
    follow(judgement, &lead, call);
}

/* The providers to which entries of a view refer, each once, however many do. */
static void follow_providers(struct judgement *judgement, enum view view, lead_fn *call)
{
    const struct view_config *config = &judgement->snapshot->views[view];
    const struct system_config *system = &judgement->snapshot->system;
    bool *uses_csp = arena_alloc(judgement->arena, config->ncsps, sizeof *uses_csp);
    bool *uses_ksp = arena_alloc(judgement->arena, system->nksps, sizeof *uses_ksp);
    for (size_t i = 0; i < config->ncards; i++) {
        const char *csp = card_text(&config->cards[i], CARD_CSP);
        const char *ksp = card_text(&config->cards[i], CARD_KSP);
        size_t found = csp ? regkey_find_subkey(&config->providers, csp) : SIZE_MAX;
        if (found != SIZE_MAX)
            uses_csp[found] = true;
        const struct ksp *known = ksp ? system_find_ksp(system, ksp) : NULL;
        if (known)
            uses_ksp[known - system->ksps] = true;
    }
    for (size_t i = 0; i < config->ncsps; i++)
        if (uses_csp[i])
            follow_csp(judgement, view, &config->csps[i], call);
    for (size_t i = 0; i < system->nksps; i++)
        if (uses_ksp[i])
            follow_ksp(judgement, view, &system->ksps[i], call);
}

static void follow_all_providers(struct judgement *judgement, lead_fn *call)
{
    for (enum view view = 0; view < NVIEWS; view++)
        if (judgement_wants_view(judgement, view))
            follow_providers(judgement, view, call);
}

/* "the minidriver "x.dll"". */
static const char *describe(struct arena *arena, const struct lead *lead)
{
    if (!lead->provider)
        return arena_printf(arena, "the minidriver \"%s\"", lead->text);
    return arena_printf(arena, "the image \"%s\" of the %s \"%s\"", lead->text, lead->kind,
                        lead->provider);
}

static struct finding *add_finding(struct judgement *judgement, const struct lead *lead,
                                   const struct module_file *file, const char *fault)
{
    struct finding *finding = judgement_add(judgement, lead->origin, lead->value, "%s %s",
                                            describe(judgement->arena, lead), fault);
    finding->file = file;
    finding->in_system = lead->in_system;
    return finding;
}

static void lower_to_warning(struct finding *finding)
{
    if (finding->severity > SEVERITY_WARNING)
        finding->severity = SEVERITY_WARNING;
}

/* A bare name may be found elsewhere, as a program can look in more folders. */
static void judge_presence(struct judgement *judgement, const struct lead *lead,
                           const struct module_file *file)
{
    if (!file || file->state != FILE_ABSENT)
        return;
    const char *fault = "cannot be found: no file can have this name";
    if (file->path)
        fault = arena_printf(judgement->arena, "was not found: there is no %s%s", file->path,
                             file->is_bare ? ", though programs may look elsewhere, too" : "");
    struct finding *finding = add_finding(judgement, lead, file, fault);
    if (file->is_bare)
        lower_to_warning(finding);
}

void check_module_found(struct judgement *judgement, const struct card *card)
{
    follow_module(judgement, card, judge_presence);
}

void check_image_found(struct judgement *judgement)
{
    follow_all_providers(judgement, judge_presence);
}

static enum arch wanted_arch(const struct os_build *os, enum view view)
{
    return view == VIEW_WOW6432NODE ? ARCH_X86 : view == VIEW_WOWAA32NODE ? ARCH_ARM : os->arch;
}

/* Windows on ARM64 runs programs for amd64, too, and they look into the same System32: such a DLL
 * serves them, and no other program. A DLL that serves both (ARM64X) counts as arm64. */
static void judge_machine(struct judgement *judgement, const struct lead *lead,
                          const struct module_file *file)
{
    if (!file || file->state != FILE_PRESENT)
        return;
    enum arch want = wanted_arch(&judgement->snapshot->os, lead->view);
    enum arch got = pe_machine_arch(file->machine);
    if (file->machine == PE_MACHINE_NONE)
        add_finding(judgement, lead, file, "leads to a file that is no DLL: it has no PE header");
    else if (want == ARCH_ARM64 && got == ARCH_AMD64)
        lower_to_warning(add_finding(judgement, lead, file,
                                     "leads to a DLL for amd64: on arm64 only programs for amd64 "
                                     "can load it"));
    else if (want != ARCH_UNKNOWN && got != want)
        add_finding(judgement, lead, file,
                    arena_printf(judgement->arena,
                                 "leads to a DLL for %s, which programs of this view cannot load "
                                 "(want %s)",
                                 pe_machine_name(judgement->arena, file->machine),
                                 arch_name(want)));
}

void check_module_machine(struct judgement *judgement, const struct card *card)
{
    follow_module(judgement, card, judge_machine);
}

void check_image_machine(struct judgement *judgement)
{
    follow_all_providers(judgement, judge_machine);
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

static void judge_place(struct judgement *judgement, const struct lead *lead,
                        const struct module_file *file)
{
    const struct strings *folders = &judgement->rule->parameters[0];
    struct module_place place =
        module_resolve(judgement->arena, &judgement->snapshot->os, lead->view, lead->text);
    for (size_t i = 0; i < folders->count; i++) {
        const char *folder = folders->items[i];
        if (!folder_holds(folder, place.path, lead->text))
            continue;
        add_finding(judgement, lead, file,
                    strcmp(folder, "\\") == 0
                        ? "lies right in the root of the drive"
                        : arena_printf(judgement->arena, "lies where users can write: %s", folder));
        return;
    }
}

void check_module_place(struct judgement *judgement, const struct card *card)
{
    follow_module(judgement, card, judge_place);
}

void check_image_place(struct judgement *judgement)
{
    follow_all_providers(judgement, judge_place);
}

/* Why a file was not looked for. */
static const char *explain_unknown(struct judgement *judgement, enum view view,
                                   const struct module_file *file)
{
    const struct snapshot *snapshot = judgement->snapshot;
    if (!snapshot->has_files)
        return "the files of this Windows did not come with its hive";
    if (!snapshot->has_system_folder[view])
        return arena_printf(judgement->arena,
                            "the files that came with the hive lack %s\\ntdll.dll",
                            module_system_folder(judgement->arena, &snapshot->os, view));
    if (file && file->path)
        return arena_printf(judgement->arena,
                            "the files that came with the hive do not tell what is at %s",
                            file->path);
    return "from the text alone it cannot be told where Windows looks";
}

/* The first adds a note that stands for all. */
static void note_unknown(struct judgement *judgement, const struct lead *lead,
                         const struct module_file *file)
{
    if (judgement->findings->count || (file && file->state != FILE_UNKNOWN))
        return;
    judgement_add(judgement, &judgement->snapshot->views[lead->view].smart_cards.origin, NULL,
                  "DLLs that entries lead to were not looked for, such as %s: %s",
                  describe(judgement->arena, lead), explain_unknown(judgement, lead->view, file));
}

void check_file_unverified(struct judgement *judgement)
{
    struct findings note = {0};
    struct judgement alone = *judgement;
    alone.findings = &note;
    for (enum view view = 0; view < NVIEWS; view++) {
        const struct view_config *config = &judgement->snapshot->views[view];
        for (size_t i = 0; i < config->ncards; i++)
            follow_module(&alone, &config->cards[i], note_unknown);
        follow_providers(&alone, view, note_unknown);
    }
    if (note.count)
        judgement_add(judgement, note.items[0].origin, NULL, "%s", note.items[0].message);
}
