/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "rule/load.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "rule/shipped.h"

static void add_file(struct rule_errors *errors, struct rule_files *files, struct rule_file file)
{
    files->items = arena_grow(errors->arena, files->items, files->count, sizeof *files->items);
    files->items[files->count++] = file;
}

static void read_file(struct rule_errors *errors, struct rule_files *files, const char *path)
{
    struct slice bytes;
    const char *fault = file_read(errors->arena, path, RULE_FILE_SIZE_MAX, &bytes);
    if (fault)
        rule_error_add(errors, "%s: %s", path, fault);
    else
        add_file(errors, files,
                 (struct rule_file){arena_strdup(errors->arena, path), (const char *)bytes.ptr,
                                    bytes.len});
}

bool rule_files_take(const char *name)
{
    const char *suffix = strrchr(name, '.');
    return suffix && name[0] != '.' &&
           (strcmp(suffix, ".yaml") == 0 || strcmp(suffix, ".yml") == 0);
}

static int is_taken(const struct dirent *entry)
{
    return rule_files_take(entry->d_name);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct rule_errors *errors, struct rule_files *files, const char *path)
{
    CLEANUP(free) struct dirent **names = NULL;
    int count = scandir(path, &names, is_taken, compare_names);
    if (count < 0)
        rule_error_add(errors, "%s: cannot be read: %s", path, strerror(errno));
    else if (count == 0)
        rule_error_add(errors, "%s: no *.yaml in this folder", path);
    for (int i = 0; i < count; i++) {
        read_file(errors, files, arena_printf(errors->arena, "%s/%s", path, names[i]->d_name));
        free(names[i]);
    }
}

void rule_files_add_path(struct rule_errors *errors, struct rule_files *files, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        read_folder(errors, files, path);
    else
        read_file(errors, files, path);
}

void rule_files_add_text(struct rule_errors *errors, struct rule_files *files, const char *name,
                         const char *text)
{
    add_file(errors, files, (struct rule_file){name, text, strlen(text)});
}

void rule_files_add_shipped(struct rule_errors *errors, struct rule_files *files)
{
    for (const struct embedded *file = shipped_rules; file->name; file++)
        rule_files_add_text(errors, files, file->name, file->text);
}
