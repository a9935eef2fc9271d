/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "named.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "input/logs.h"
#include "options_check.h"

static bool check_file(const char *option, const char *path)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct input file = log_open(arena, path);
    int error = file.is_stream ? ESPIPE : file.fd < 0 ? -file.fd : 0;
    input_close(&file);
    if (error)
        fprintf(stderr, "hiveaudit: --%s: %s: cannot be read: %s\n", option, path, strerror(error));
    return !error;
}

bool named_check_files(const struct options *options)
{
    for (size_t i = 0; i < options->logs.count; i++)
        if (!check_file("log", options->logs.items[i]))
            return false;
    return !options->system || check_file("system", options->system);
}

bool named_list_candidates(const struct options *options, struct candidates *candidates)
{
    const char *list = options->files0_from;
    for (size_t i = 0; i < options->narguments; i++)
        candidates_add(candidates, options->arguments[i]);
    if (list && !candidates_add_list(candidates, list)) {
        fprintf(stderr, "hiveaudit: --files0-from: %s: cannot be read: %s\n", list,
                strerror(errno));
        return false;
    }
    const char *single = candidates->count > 1 ? options_find_single(options) : NULL;
    if (single)
        fprintf(stderr, "hiveaudit: %s is for one hive file, not for a folder\n", single);
    return !single;
}
