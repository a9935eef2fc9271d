/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

void check_module_missing(struct judgement *judgement, const struct card *card)
{
    const struct strings *providers = &judgement->rule->parameters[0];
    const char *csp = card_text(card, CARD_CSP), *ksp = card_text(card, CARD_KSP);
    const char *user = csp && strings_hold(providers, csp)   ? csp
                       : ksp && strings_hold(providers, ksp) ? ksp
                                                             : NULL;
    if (user && card_lacks(card, CARD_MODULE))
        judgement_add(judgement, &card->key.origin, NULL,
                      "no minidriver: 80000001 is %s, but \"%s\" works through one",
                      card->field[CARD_MODULE]->state == VALUE_ABSENT ? "absent" : "empty", user);
}

static bool has_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

/* Whether path lies below folder, in any letter case. */
static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return strncasecmp(path, folder, len) == 0 && path[len] == '\\';
}

/* %SystemRoot% and %windir% at the start stand for the folder of Windows. */
static const char *expand_root(struct arena *arena, const char *path, const char *root)
{
    static const char *const variables[] = {"%SystemRoot%", "%windir%"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (is_below(path, variables[i]))
            return arena_printf(arena, "%s%s", root, path + strlen(variables[i]));
    return path;
}

/* X: is the drive of Windows PE: an image that Setup has not deployed yet says that Windows lies
 * there, and names its files by other drives. */
static bool has_known_root(const struct judgement *judgement)
{
    const char *root = judgement->snapshot->os.system_root;
    return root && has_drive(root) && *root != 'X' && *root != 'x';
}

/* The folder of Windows, without a backslash at its end. */
static const char *root_of(const struct judgement *judgement)
{
    const char *root =
        has_known_root(judgement) ? judgement->snapshot->os.system_root : "C:\\Windows";
    size_t len = strlen(root);
    while (len && root[len - 1] == '\\')
        len--;
    return arena_strndup(judgement->arena, root, len);
}

/* The system folders of all views. The first is that of the native view. */
static const char *const system_folders[] = {"\\System32", "\\SysWOW64", "\\SysArm32"};
#define NSYSTEM_FOLDERS (sizeof system_folders / sizeof *system_folders)

/* A bare name, or a file right in a system folder. */
static bool is_in_system_folder(struct judgement *judgement, const char *path)
{
    if (!strpbrk(path, "\\/:"))
        return true;
    const char *root = root_of(judgement);
    path = expand_root(judgement->arena, path, root);
    /* Where Windows lies is not known without SystemRoot: then any folder right on a drive may be
     * it. */
    size_t root_len = has_known_root(judgement)            ? strlen(root)
                      : has_drive(path) && path[2] == '\\' ? 3 + strcspn(path + 3, "\\")
                                                           : SIZE_MAX;
    if (root_len > strlen(path) || (has_known_root(judgement) && !is_below(path, root)))
        return false;
    for (size_t i = 0; i < NSYSTEM_FOLDERS; i++)
        if (is_below(path + root_len, system_folders[i]) &&
            !strpbrk(path + root_len + strlen(system_folders[i]) + 1, "\\/:"))
            return true;
    return false;
}

const char *module_file_name(const char *path)
{
    const char *name = has_drive(path) ? path + 2 : path;
    const char *back = strrchr(name, '\\'), *forward = strrchr(name, '/');
    const char *last = !back || (forward && forward > back) ? forward : back;
    return last ? last + 1 : name;
}

void check_inbox_module(struct judgement *judgement, const struct card *card)
{
    const struct strings *entries = &judgement->rule->parameters[0];
    const struct strings *modules = &judgement->rule->parameters[1];
    const char *path = card_text(card, CARD_MODULE);
    if (!path || !strings_hold(entries, card->key.origin.name))
        return;
    const struct regval *value = card->field[CARD_MODULE];
    if (!strings_hold(modules, module_file_name(path)))
        judgement_add(judgement, &card->key.origin, value,
                      "the minidriver of this entry of Windows was changed (got \"%s\", want %s)",
                      path, modules->items[0]);
    else if (!is_in_system_folder(judgement, path))
        judgement_add(judgement, &card->key.origin, value,
                      "the minidriver of this entry of Windows lies outside its system folders "
                      "(got \"%s\")",
                      path);
}

static bool has_parent_step(const char *path)
{
    for (const char *p = path; (p = strstr(p, "..")); p += 2)
        if ((p == path || p[-1] == '\\') && (p[2] == '\\' || !p[2]))
            return true;
    return false;
}

/* What is wrong with the letters of a path; NULL where nothing is. */
static const char *find_spelling_fault(const char *path, uint32_t type)
{
    size_t len = strlen(path);
    if (strchr(path, '"'))
        return "it has quotation marks, which become part of the name";
    if (isspace((unsigned char)path[0]) || isspace((unsigned char)path[len - 1]))
        return "it starts or ends with a blank";
    if (type == REG_SZ && strchr(path, '%'))
        return "a REG_SZ is not expanded, so % stays as it is";
    if (strchr(path, '/'))
        return "it has forward slashes";
    if (path[len - 1] == '\\')
        return "it names a folder";
    if (strchr(has_drive(path) ? path + 2 : path, ':'))
        return "it names a data stream of a file";
    if (has_drive(path) && path[2] != '\\')
        return "its backslashes are missing";
    return has_parent_step(path) ? "it steps up with \"..\"" : NULL;
}

/* What is wrong with the place that a path names; NULL where nothing is. */
static const char *find_place_fault(struct judgement *judgement, enum view view, const char *path)
{
    const char *root = root_of(judgement);
    path = expand_root(judgement->arena, path, root);
    if (!strchr(path, '\\') || path[0] == '%')
        return NULL;
    if (strncmp(path, "\\\\", 2) == 0)
        return "it lies on the network";
    if (!has_drive(path))
        return "it has folders but no drive";
    if (tolower((unsigned char)path[0]) != tolower((unsigned char)root[0]))
        return arena_printf(judgement->arena, "it is not on the drive of Windows, %c:", root[0]);
    for (size_t i = 1; i < NSYSTEM_FOLDERS && view == VIEW_NATIVE; i++)
        if (is_below(path, arena_printf(judgement->arena, "%s%s", root, system_folders[i])))
            return arena_printf(judgement->arena,
                                "%s holds 32-bit programs, and this is the native view",
                                system_folders[i] + 1);
    return NULL;
}

void check_module_path(struct judgement *judgement, const struct card *card)
{
    const char *path = card_text(card, CARD_MODULE);
    if (!path)
        return;
    const char *plain = strncmp(path, "\\\\?\\", 4) == 0 ? path + 4 : path;
    const char *fault =
        *plain ? find_spelling_fault(plain, card->field[CARD_MODULE]->type) : "it names nothing";
    if (!fault)
        fault = find_place_fault(judgement, card->key.origin.view, plain);
    if (fault)
        judgement_add(judgement, &card->key.origin, card->field[CARD_MODULE],
                      "the path of the minidriver is suspicious: %s (got \"%s\")", fault, path);
}
