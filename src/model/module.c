/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/module.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"

#define DEFAULT_ROOT   "C:\\Windows"
#define ROOT_LEN_MAX   260   /* MAX_PATH of Windows */
#define TEXT_LEN_MAX   32767 /* of any path of Windows, in characters; here in bytes */
#define FIRST_VISTA    6000  /* build; before it, names of folders depend on the language */
#define PREFIX_LEN     4     /* of \\?\, \??\ and \\.\ */
#define DRIVE_LEN      2
#define DEFAULT_SUFFIX ".dll" /* LoadLibrary adds it to a name without a dot */

/* What the programs of a view see as their own. */
static const struct {
    const char *system, *programs;
} view_folders[NVIEWS] = {
    [VIEW_NATIVE] = {"System32", "Program Files"},
    [VIEW_WOW6432NODE] = {"SysWOW64", "Program Files (x86)"},
    [VIEW_WOWAA32NODE] = {"SysArm32", "Program Files (Arm)"},
};

/* Below System32, what 32-bit programs see as it is (File System Redirector, Win32 API). */
static const char *const not_redirected[] = {"catroot",      "catroot2", "driverstore",
                                             "drivers\\etc", "logfiles", "spool"};

enum base { BASE_WINDOWS, BASE_DRIVE, BASE_PROGRAMS };

/* Variables that are the same for all users. */
static const struct variable {
    const char *name;
    enum base base;
    int view; /* whose folder of programs; NVIEWS: that of the program */
    const char *rest;
} variables[] = {
    {"SystemRoot", BASE_WINDOWS, 0, ""},
    {"windir", BASE_WINDOWS, 0, ""},
    {"SystemDrive", BASE_DRIVE, 0, ""},
    {"ProgramData", BASE_DRIVE, 0, "\\ProgramData"},
    {"ALLUSERSPROFILE", BASE_DRIVE, 0, "\\ProgramData"},
    {"PUBLIC", BASE_DRIVE, 0, "\\Users\\Public"},
    {"ProgramFiles", BASE_PROGRAMS, NVIEWS, ""},
    {"ProgramFiles(x86)", BASE_PROGRAMS, VIEW_WOW6432NODE, ""},
    {"ProgramW6432", BASE_PROGRAMS, VIEW_NATIVE, ""},
    {"CommonProgramFiles", BASE_PROGRAMS, NVIEWS, "\\Common Files"},
    {"CommonProgramFiles(x86)", BASE_PROGRAMS, VIEW_WOW6432NODE, "\\Common Files"},
    {"CommonProgramW6432", BASE_PROGRAMS, VIEW_NATIVE, "\\Common Files"},
};

static bool has_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

/* The folder of Windows, without a backslash at its end. */
static const char *root_of(struct arena *arena, const struct os_build *os)
{
    const char *root = os->system_root;
    if (!root || !has_drive(root) || root[DRIVE_LEN] != '\\' || strlen(root) > ROOT_LEN_MAX)
        root = DEFAULT_ROOT;
    size_t len = strlen(root);
    while (root[len - 1] == '\\')
        len--;
    return arena_strndup(arena, root, len);
}

/* What stands behind a folder and its backslash in a path, in any letter case; NULL where the path
 * does not lie below it. */
static const char *skip_folder(struct arena *arena, const char *path, const char *folder)
{
    size_t len = strlen(folder);
    if (strnlen(path, len) < len || path[len] != '\\')
        return NULL;
    return text_equal(arena_strndup(arena, path, len), folder) ? path + len + 1 : NULL;
}

const char *module_system_folder(struct arena *arena, const struct os_build *os, enum view view)
{
    return arena_printf(arena, "%s\\%s", root_of(arena, os), view_folders[view].system);
}

static const struct variable *find_variable(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strncasecmp(variables[i].name, name, len) == 0 && !variables[i].name[len])
            return &variables[i];
    return NULL;
}

/* What a variable stands for; NULL where that is not the same on every such Windows. */
static const char *variable_value(struct arena *arena, const struct os_build *os, enum view view,
                                  const struct variable *variable)
{
    const char *root = root_of(arena, os);
    if (variable->base == BASE_WINDOWS)
        return root;
    bool names_folder = variable->base == BASE_PROGRAMS || *variable->rest;
    if (names_folder && os->build && os->build < FIRST_VISTA)
        return NULL;
    if (variable->base == BASE_DRIVE)
        return arena_printf(arena, "%.*s%s", DRIVE_LEN, root, variable->rest);
    if (variable->view < NVIEWS && !os->is_64bit)
        return NULL;
    enum view whose = variable->view < NVIEWS ? (enum view)variable->view : view;
    return arena_printf(arena, "%.*s\\%s%s", DRIVE_LEN, root, view_folders[whose].programs,
                        variable->rest);
}

/* Whether two percent signs hold a name between them. */
static bool has_variable(const char *text)
{
    const char *first = strchr(text, '%');
    const char *second = first ? strchr(first + 1, '%') : NULL;
    return second && second > first + 1;
}

/* Expands a variable at the start, where paths have it. Elsewhere, and where it is unknown, only
 * the program at hand could tell: NULL. */
static const char *expand(struct arena *arena, const struct os_build *os, enum view view,
                          const char *text)
{
    if (!has_variable(text))
        return text;
    size_t len = text[0] == '%' ? strcspn(text + 1, "%") : 0;
    const struct variable *variable = len ? find_variable(text + 1, len) : NULL;
    const char *value = variable ? variable_value(arena, os, view, variable) : NULL;
    const char *rest = text + len + 2;
    return value && !has_variable(rest) ? arena_printf(arena, "%s%s", value, rest) : NULL;
}

/* LoadLibrary takes blanks behind a name away. */
static char *trim_blanks(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    while (len && text[len - 1] == ' ')
        len--;
    return arena_strndup(arena, text, len);
}

/* Characters that no name of a file has (Naming Files, Paths, and Namespaces). Those of the
 * prefixes are gone by now, and a colon may part a drive or a stream. */
static bool has_forbidden(const char *path, bool is_verbatim)
{
    for (const char *p = path; *p; p++)
        if (strchr("\"<>|*?", *p) || (unsigned char)*p < ' ' || (is_verbatim && *p == '/'))
            return true;
    return false;
}

/* Whether a path says that its names are to be taken as they are. */
static bool has_verbatim_prefix(const char *path)
{
    return strncmp(path, "\\\\?\\", PREFIX_LEN) == 0 || strncmp(path, "\\??\\", PREFIX_LEN) == 0;
}

/* Takes away what stands in front of a drive, and puts the folder of Windows in place of the name
 * that the kernel has for it. */
static const char *skip_prefix(struct arena *arena, const struct os_build *os, const char *path)
{
    if (has_verbatim_prefix(path) || strncmp(path, "\\\\.\\", PREFIX_LEN) == 0)
        return path + PREFIX_LEN;
    const char *rest = skip_folder(arena, path, "\\SystemRoot");
    return rest ? arena_printf(arena, "%s\\%s", root_of(arena, os), rest) : path;
}

/* The name as Windows sees it: a dot at the end of any part of a path goes, and dots and blanks at
 * the end of the last one (File path formats on Windows systems: trim characters). */
static size_t trimmed_len(const char *name, size_t len, bool is_last)
{
    if (is_last)
        while (len && (name[len - 1] == '.' || name[len - 1] == ' '))
            len--;
    else if (len > 1 && name[len - 1] == '.' && name[len - 2] != '.')
        len--;
    return len;
}

/* Whether a part of a path is empty, "." or "..". */
static bool is_step(const char *part, size_t len)
{
    return len == 0 || (len <= 2 && memcmp(part, "..", len) == 0);
}

/* Takes the last part off a path that ends at out; the root stays. */
static char *step_up(char *start, char *out)
{
    while (out > start && *--out != '\\') /* ends at the start */
        ;
    return out;
}

/* Makes "C:\a\b" of a full path whose parts may step. NULL where it names no file. */
static const char *normalize(struct arena *arena, const char *path, bool is_verbatim)
{
    size_t size = strlen(path) + sizeof DEFAULT_SUFFIX, len;
    char *made = arena_alloc(arena, size, 1), *start = made + DRIVE_LEN, *out = start;
    memcpy(made, path, DRIVE_LEN);
    const char *part = path + DRIVE_LEN + 1;
    for (;; part += len + 1) { /* ends with the path */
        len = strcspn(part, "\\");
        bool is_last = !part[len];
        if (!is_step(part, len)) {
            size_t kept = is_verbatim ? len : trimmed_len(part, len, is_last);
            *out++ = '\\';
            memcpy(out, part, kept);
            out += kept;
        } else if (is_verbatim || is_last) {
            return NULL;
        } else if (len == 2) {
            out = step_up(start, out);
        }
        if (is_last)
            break;
    }
    strcpy(out, strchr(part, '.') ? "" : DEFAULT_SUFFIX);
    return out[-1] == '\\' ? NULL : made;
}

/* What 32-bit programs get in place of System32, and of the name that lets them out of that. */
static const char *redirect(struct arena *arena, const struct os_build *os, enum view view,
                            const char *path)
{
    const char *root = root_of(arena, os);
    if (view == VIEW_NATIVE)
        return path;
    const char *rest = skip_folder(arena, path, arena_printf(arena, "%s\\Sysnative", root));
    if (rest)
        return arena_printf(arena, "%s\\%s", module_system_folder(arena, os, VIEW_NATIVE), rest);
    rest = skip_folder(arena, path, module_system_folder(arena, os, VIEW_NATIVE));
    if (!rest)
        return path;
    for (size_t i = 0; i < sizeof not_redirected / sizeof *not_redirected; i++)
        if (skip_folder(arena, rest, not_redirected[i]))
            return path;
    return arena_printf(arena, "%s\\%s", module_system_folder(arena, os, view), rest);
}

static struct module_place resolve_full(struct arena *arena, const struct os_build *os,
                                        enum view view, const char *path, bool is_verbatim)
{
    const char *root = root_of(arena, os);
    if (!has_drive(path) || path[DRIVE_LEN] != '\\' ||
        tolower((unsigned char)path[0]) != tolower((unsigned char)root[0]) ||
        strchr(path + DRIVE_LEN, ':')) /* a stream of a file */
        return (struct module_place){.reach = MODULE_OUT_OF_REACH};
    path = normalize(arena, path, is_verbatim);
    if (!path)
        return (struct module_place){.reach = MODULE_NO_NAME};
    return (struct module_place){.reach = MODULE_IN_REACH, .path = redirect(arena, os, view, path)};
}

static struct module_place resolve_bare(struct arena *arena, const struct os_build *os,
                                        enum view view, const char *name)
{
    const char *path = normalize(
        arena, arena_printf(arena, "%s\\%s", module_system_folder(arena, os, view), name), false);
    return (struct module_place){
        .reach = path ? MODULE_IN_REACH : MODULE_NO_NAME, .path = path, .is_bare = true};
}

static struct module_place resolve(struct arena *arena, const struct os_build *os, enum view view,
                                   const char *text)
{
    const char *expanded =
        strnlen(text, TEXT_LEN_MAX + 1) > TEXT_LEN_MAX ? NULL : expand(arena, os, view, text);
    if (!expanded)
        return (struct module_place){.reach = MODULE_OUT_OF_REACH};
    char *path = trim_blanks(arena, expanded);
    bool is_verbatim = has_verbatim_prefix(path);
    for (char *p = path; !is_verbatim && *p; p++)
        *p = *p == '/' ? '\\' : *p;
    const char *rest = skip_prefix(arena, os, path);
    if (!*rest || has_forbidden(rest, is_verbatim))
        return (struct module_place){.reach = MODULE_NO_NAME, .is_bare = !strpbrk(path, "\\:")};
    if (!strpbrk(path, "\\:"))
        return resolve_bare(arena, os, view, path);
    return resolve_full(arena, os, view, rest, is_verbatim);
}

struct module_place module_resolve(struct arena *arena, const struct os_build *os, enum view view,
                                   const char *text)
{
    CLEANUP(arena) struct arena *scratch = arena_new(); /* texts may be long, and many */
    struct module_place place = resolve(scratch, os, view, text);
    place.path = place.path ? arena_strdup(arena, place.path) : NULL;
    return place;
}
