/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/logs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "input/candidates.h"

#define SYSTEM "SYSTEM" /* the hive beside SOFTWARE */

const char *const log_suffixes[LOG_SUFFIXES] = {".LOG", ".LOG1", ".LOG2"};

const char *log_suffix(const char *name)
{
    const char *suffix = strrchr(name, '.');
    for (size_t i = 0; suffix && i < LOG_SUFFIXES; i++)
        if (strcasecmp(suffix, log_suffixes[i]) == 0)
            return suffix;
    return "";
}

/* Any letter case is next to each other, in a fixed order. */
static int compare_names(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    int order = strcasecmp(a, b);
    return order ? order : strcmp(a, b);
}

void log_finder_end(struct log_finder *finder)
{
    arena_free(finder->arena);
    *finder = (struct log_finder){0};
}

static void list_folder(struct log_finder *finder, const char *folder)
{
    log_finder_end(finder);
    finder->arena = arena_new();
    finder->folder = arena_strdup(finder->arena, folder);
    DIR *stream = opendir(folder);
    finder->is_listed = stream;
    if (!stream && input_is_shortage(errno))
        finder->folder = NULL; /* the next hive may have better luck */
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        if (!*log_suffix(entry->d_name) && strcasecmp(entry->d_name, SYSTEM) != 0)
            continue;
        finder->names =
            arena_grow(finder->arena, finder->names, finder->count, sizeof *finder->names);
        finder->names[finder->count++] = arena_strdup(finder->arena, entry->d_name);
    }
    if (stream)
        closedir(stream);
    if (finder->count)
        qsort(finder->names, finder->count, sizeof *finder->names, compare_names);
}

/* The first name that does not sort before this one in any letter case. */
static size_t find_first(const struct log_finder *finder, const char *name)
{
    size_t low = 0, high = finder->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcasecmp(finder->names[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool stat_beside(const char *folder, const char *name, size_t len, struct stat *st)
{
    CLEANUP(free) char *path = NULL;
    if (asprintf(&path, "%s/%.*s", folder, (int)len, name) < 0)
        end_out_of_memory();
    return stat(path, st) == 0;
}

/* Whether a log's name without its end is that of another file, to which it then belongs. Where
 * letter case does not count, both names are of one file. */
static bool has_owner(const char *folder, const char *hive, const char *log)
{
    struct stat own, other;
    return stat_beside(folder, log, (size_t)(log_suffix(log) - log), &other) &&
           !(stat_beside(folder, hive, strlen(hive), &own) && path_is_same_file(&own, &other));
}

/* Where letter case alone tells two hives apart, each has the logs that are spelled like it. */
static const char *find_log(const struct log_finder *finder, const char *hive, const char *wanted)
{
    const char *found = NULL;
    for (size_t i = find_first(finder, wanted); i < finder->count; i++) {
        const char *name = finder->names[i];
        if (strcasecmp(name, wanted) != 0)
            break;
        if (strncmp(name, hive, strlen(hive)) == 0)
            return name;
        if (!found && !has_owner(finder->folder, hive, name))
            found = name;
    }
    return found;
}

/* A folder that may be entered but not listed: the usual spellings are tried. */
static const char *guess_log(struct arena *arena, const char *folder, const char *wanted)
{
    struct stat st;
    if (stat(arena_printf(arena, "%s/%s", folder, wanted), &st) == 0)
        return wanted;
    char *lower = arena_strdup(arena, wanted);
    for (char *p = strrchr(lower, '.'); *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return stat(arena_printf(arena, "%s/%s", folder, lower), &st) == 0 ? lower : NULL;
}

/* Why something is no file; 0 where it may be one. A pipe that lies where a log is looked for is
 * not even opened: its writer would see that. */
static int refuse_kind(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
        return 0;
    return S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
}

struct input log_open(struct arena *arena, const char *path)
{
    struct diags unused = {.arena = arena};
    int error = refuse_kind(path);
    if (error)
        return (struct input){.name = arena_strdup(arena, path), .fd = -error};
    struct input log;
    input_open(arena, &unused, path, &log);
    return log;
}

static void look_into(struct log_finder *finder, const char *folder)
{
    if (!finder->folder || strcmp(finder->folder, folder) != 0)
        list_folder(finder, folder);
}

/* A folder may hold hives of several machines, but only one can be named SOFTWARE. */
const char *log_finder_find_system(struct log_finder *finder, struct arena *arena, const char *hive)
{
    struct stat st;
    const char *folder = path_folder(arena, hive);
    int len = (int)(path_name(hive) - hive);
    if (!is_named_software(hive))
        return NULL;
    look_into(finder, folder);
    if (!finder->is_listed) {
        const char *path = arena_printf(arena, "%.*s" SYSTEM, len, hive);
        return stat(path, &st) == 0 ? path : NULL;
    }
    size_t i = find_first(finder, SYSTEM);
    if (i == finder->count || strcasecmp(finder->names[i], SYSTEM) != 0)
        return NULL;
    return arena_printf(arena, "%.*s%s", len, hive, finder->names[i]);
}

static void open_beside(struct log_finder *finder, struct arena *arena, const char *hive,
                        struct input *logs, size_t *count)
{
    const char *name = path_name(hive), *folder = path_folder(arena, hive);
    look_into(finder, folder);
    for (size_t i = 0; i < LOG_SUFFIXES; i++) {
        const char *wanted = arena_printf(arena, "%s%s", name, log_suffixes[i]);
        const char *found =
            finder->is_listed ? find_log(finder, name, wanted) : guess_log(arena, folder, wanted);
        if (!found)
            continue;
        struct input *log = &logs[(*count)++];
        *log = log_open(arena, arena_printf(arena, "%.*s%s", (int)(name - hive), hive, found));
        log->name = arena_strdup(arena, found);
    }
}

/* Of a link, the logs may lie beside the hive itself. */
void log_finder_open(struct log_finder *finder, struct arena *arena, const char *hive,
                     struct input **logs, size_t *count)
{
    struct stat st;
    *logs = arena_alloc(arena, LOG_SUFFIXES, sizeof **logs);
    *count = 0;
    open_beside(finder, arena, hive, *logs, count);
    if (*count || lstat(hive, &st) != 0 || !S_ISLNK(st.st_mode))
        return;
    CLEANUP(free) char *target = realpath(hive, NULL);
    if (target)
        open_beside(finder, arena, target, *logs, count);
}
